//! What a member keeps back on this node before others get it: only its own keys see it, and publish it.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::records::Released;
use super::{json, sent};
use crate::app::proposal::Outcome;
use crate::app::{App, intake, publish, serve};
use crate::asked::Asked;
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::Shared;

/// What this key's member holds back in a collection, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Drafts {
    drafts: Vec<Released>,
    /// Whether there are more than one answer holds.
    more: bool,
}

/// What is said about publishing a draft.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishBody {
    /// Why it may go, where it is marked for neutrality review.
    #[serde(default)]
    reason: Option<String>,
}

/// What became of a draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct Published {
    /// STIX id.
    id: String,
    /// Version as the object writes it; left out while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// `published`, or `waiting` for a second person.
    state: &'static str,
    /// Names what waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<String>,
}

async fn found(
    shared: &Shared,
    asked: Asked,
    collection: String,
    id: Option<String>,
) -> Result<Drafts, Refusal> {
    let work = move |app: &App| {
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
        NotForAll))]
pub(crate) async fn list(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let collection = asked.name("collection")?;
    json(&found(&shared, asked, collection, None).await?)
}

/// The versions of one draft of this key's member.
#[utoipa::path(get, path = "/api/v1/collections/{collection}/drafts/{object}", tag = "rest", operation_id = "draft",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id")),
    responses((status = 200, body = Drafts, content_type = "application/json"),
        NotForAll))]
pub(crate) async fn one(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    json(&found(&shared, asked, collection, Some(object)).await?)
}

/// Drops every draft of this id that this key's member keeps back; it stays in the ledger that there was one.
#[utoipa::path(delete, path = "/api/v1/collections/{collection}/drafts/{object}", tag = "rest",
    operation_id = "drop_draft",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id")),
    responses((status = 204, description = "dropped"),
        NotForAll))]
pub(crate) async fn drop(State(shared): State<Shared>, asked: Asked) -> Result<StatusCode, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    shared.run(move |app| intake::drop_drafts(app, &asked.reader, &collection, &object)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Publishes the newest draft of this id. Where the agreement asks for a second person, another key than the one that
/// brought it has to publish the draft of a hosted member; what is marked for neutrality review waits until another key
/// than the one that asked for it publishes it with a reason.
#[utoipa::path(post, path = "/api/v1/collections/{collection}/drafts/{object}/publish", tag = "rest",
    operation_id = "publish_draft",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id")),
    request_body(content = Option<PublishBody>, content_type = "application/json"),
    responses((status = 200, body = Published, content_type = "application/json"),
        (status = 202, body = Published, content_type = "application/json", description = "it waits"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn publish(
    State(shared): State<Shared>,
    asked: Asked,
    request: Request,
) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    let body: PublishBody = sent(&shared.bounds, &asked.headers, request).await?.unwrap_or_default();
    let id = object.clone();
    let work =
        move |app: &App| publish::by_key(app, &asked.reader, (&collection, &object), body.reason.as_deref());
    let (status, published) = match shared.run(work).await? {
        Outcome::Done(done) => (
            StatusCode::OK,
            Published { id: done.id, version: Some(done.version), state: "published", proposal: None },
        ),
        Outcome::Pending(waiting) => (
            StatusCode::ACCEPTED,
            Published { id, version: None, state: "waiting", proposal: Some(waiting.id) },
        ),
    };
    let mut response = json(&published)?;
    *response.status_mut() = status;
    Ok(response)
}
