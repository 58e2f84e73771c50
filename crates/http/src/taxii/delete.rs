//! Deletion (TAXII 2.1 §5.7): withdraws one's own records and leaves a tombstone. Without `match[version]` the
//! latest version is meant, as §3.4 says of every request.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::query::{self, Resource};
use super::{error, reply};
use crate::app::intake;
use crate::asked::Asked;
use crate::refusal::Refusal;
use crate::router::Shared;

/// Withdraws versions of an object that this key's member has brought in.
#[utoipa::path(delete, path = "/taxii2/api/collections/{collection}/objects/{object}/", tag = "taxii",
    operation_id = "taxii_delete_object",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id"),
        ("match[version]" = Option<String>, Query, description = "first, last, timestamps with commas, or all"),
        ("match[spec_version]" = Option<String>, Query, description = "specification versions, with commas")),
    responses((status = 200, description = "withdrawn; the body is empty"),
        (status = 400, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 403, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn object(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    let query = query::read(Resource::Deletion, asked.query.as_deref(), &shared.bounds)?;
    shared.run(move |app| intake::withdraw(app, &asked.reader, &collection, &object, &query)).await?;
    Ok(reply(StatusCode::OK, ""))
}
