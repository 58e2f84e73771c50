//! The status of a POST (TAXII 2.1 §4.3).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{error, resource};
use crate::app::intake::{self, Status, StatusEntry};
use crate::asked::Asked;
use crate::refusal::Refusal;
use crate::router::Shared;

/// What became of the objects of one POST; empty lists are left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusResource {
    id: String,
    /// `complete` or `pending`.
    status: &'static str,
    request_timestamp: String,
    total_count: u64,
    success_count: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successes: Vec<StatusDetails>,
    failure_count: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<StatusDetails>,
    /// Always 0: a POST is answered when every object is judged.
    pending_count: u64,
}

/// What became of one object.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusDetails {
    id: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl From<StatusEntry> for StatusDetails {
    fn from(entry: StatusEntry) -> Self {
        Self { id: entry.id, version: entry.version, message: entry.message }
    }
}

impl From<Status> for StatusResource {
    fn from(status: Status) -> Self {
        let details =
            |entries: Vec<StatusEntry>| entries.into_iter().map(StatusDetails::from).collect::<Vec<_>>();
        Self {
            id: status.id,
            status: if status.complete { "complete" } else { "pending" },
            request_timestamp: status.request_timestamp.to_string(),
            total_count: status.total as u64,
            success_count: status.successes.len() as u64,
            successes: details(status.successes),
            failure_count: status.failures.len() as u64,
            failures: details(status.failures),
            pending_count: 0,
        }
    }
}

/// The status of one of this key's own POSTs.
#[utoipa::path(get, path = "/taxii2/api/status/{status}/", tag = "taxii", operation_id = "taxii_status",
    params(("status" = String, Path, description = "the id that the POST answered with")),
    responses((status = 200, body = StatusResource, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn status(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let id = asked.name("status")?;
    let found = shared.run(move |app| intake::status(app, &asked.reader, &id)).await?;
    resource(StatusCode::OK, &StatusResource::from(found.ok_or_else(Refusal::absent)?))
}
