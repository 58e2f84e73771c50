//! What a member finds with its key: ids of records that it then fetches by TAXII, where delivery is noted.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{json, limit};
use crate::app::serve::{self, FoundEntry};
use crate::asked::Asked;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::router::Shared;

/// A page of what was found, collection by collection, in the order in which the records came.
#[derive(Serialize, ToSchema)]
pub(crate) struct Found {
    entries: Vec<Entry>,
    /// Whether there is another page.
    more: bool,
    /// What to send as `next` to get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One record that was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Id of the collection.
    collection: String,
    /// STIX id.
    id: String,
    /// Version as the object writes it.
    version: String,
    /// STIX type.
    r#type: String,
    /// When this reader could first see it, in UTC with six fraction digits.
    date_added: String,
}

impl From<FoundEntry> for Entry {
    fn from(entry: FoundEntry) -> Self {
        Self {
            collection: entry.collection,
            id: entry.id,
            version: entry.version,
            r#type: entry.kind,
            date_added: entry.date_added.to_string(),
        }
    }
}

/// The newest versions in which a query is found, of what this key may see now.
#[utoipa::path(get, path = "/api/v1/search", tag = "rest", operation_id = "search",
    params(("q" = String, Query, description = "the query: words, \"phrases\", -word, and selectors such as kind:plan"),
        ("limit" = Option<u64>, Query, description = "most entries on the page; lowered to the node's own"),
        ("next" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Found, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn search(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let parameters = Parameters::read(asked.query.as_deref())?;
    let Some(query) = parameters.one("q")?.map(str::to_owned) else {
        return Err(Refusal::malformed("q is missing; say what to look for"));
    };
    let next = parameters.one("next")?.map(str::to_owned);
    let most = parameters.one("limit")?.map(limit).transpose()?;
    let page =
        shared.run(move |app| serve::search(app, &asked.reader, &query, most, next.as_deref())).await?;
    json(&Found {
        more: page.next.is_some(),
        next: page.next,
        entries: page.entries.into_iter().map(Entry::from).collect(),
    })
}
