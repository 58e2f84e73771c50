//! What a member keeps back on this node before others get it: only its own keys see it, and publish it.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use super::records::Released;
use crate::app::proposal::Outcome;
use crate::app::{publish, serve};
use crate::asked::Asked;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::router::Shared;

/// What this key's member holds back in a collection, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Drafts {
    drafts: Vec<Released>,
    /// Whether there are more than one answer holds.
    more: bool,
}

/// What became of a draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct Published {
    /// STIX id.
    id: String,
    /// Version as the object writes it; left out while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// `published`, or `waiting` for a second person of this node's own member.
    state: &'static str,
}

async fn found(
    shared: &Shared,
    asked: Asked,
    collection: String,
    id: Option<String>,
) -> Result<Drafts, Refusal> {
    let work = move |app: &crate::app::App| {
        let found = serve::drafts(app, &asked.reader, &collection, id.as_deref())?;
        let drafts = found.objects.iter().map(|one| Released::of(app, one)).collect();
        Ok(Drafts { drafts, more: found.more })
    };
    shared.run(work).await
}

/// The drafts of this key's member; nobody else sees them.
#[utoipa::path(get, path = "/api/v1/collections/{collection}/drafts", tag = "rest", operation_id = "drafts",
    params(("collection" = String, Path, description = "id or alias")),
    responses((status = 200, body = Drafts, content_type = "application/json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let collection = asked.name("collection")?;
    json(&found(&shared, asked, collection, None).await?)
}

/// The versions of one draft of this key's member.
#[utoipa::path(get, path = "/api/v1/collections/{collection}/drafts/{object}", tag = "rest", operation_id = "draft",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id")),
    responses((status = 200, body = Drafts, content_type = "application/json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    json(&found(&shared, asked, collection, Some(object)).await?)
}

/// Publishes the newest draft of this id. Where the agreement asks for a second person, another key than the one that
/// brought it has to publish the draft of a hosted member.
#[utoipa::path(post, path = "/api/v1/collections/{collection}/drafts/{object}/publish", tag = "rest",
    operation_id = "publish_draft",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id")),
    responses((status = 200, body = Published, content_type = "application/json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn publish(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    let id = object.clone();
    let outcome = shared.run(move |app| publish::by_key(app, &asked.reader, &collection, &object)).await?;
    json(&match outcome {
        Outcome::Done(done) => Published { id: done.id, version: Some(done.version), state: "published" },
        Outcome::Pending(_) => Published { id, version: None, state: "waiting" },
    })
}
