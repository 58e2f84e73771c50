//! The versions of an object (TAXII 2.1 §5.8), in order of their added-times, as the object writes them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::{self, Resource};
use super::{dated, error, resource};
use crate::app::serve;
use crate::asked::Asked;
use crate::refusal::Refusal;
use crate::router::Shared;

/// A page of versions. `next` is an addition to the standard, which pages versions by `added_after` only.
#[derive(Serialize, ToSchema)]
pub(crate) struct Versions {
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<String>,
}

/// The versions of an object that this key may see.
#[utoipa::path(get, path = "/taxii2/api/collections/{collection}/objects/{object}/versions/", tag = "taxii",
    operation_id = "taxii_versions",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id"),
        ("added_after" = Option<String>, Query, description = "only versions added after this instant"),
        ("limit" = Option<u64>, Query, description = "most versions on the page"),
        ("next" = Option<String>, Query, description = "the `next` of the page before"),
        ("match[spec_version]" = Option<String>, Query, description = "specification versions, with commas")),
    responses((status = 200, body = Versions, content_type = "application/taxii+json;version=2.1"),
        (status = 400, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 403, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn versions(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    let query = query::read(Resource::Versions, asked.query.as_deref(), &shared.bounds)?;
    let page =
        shared.run(move |app| serve::versions(app, &asked.reader, &collection, &object, &query)).await?;
    let versions = Versions {
        more: (!page.entries.is_empty()).then_some(page.next.is_some()),
        next: page.next,
        versions: page.entries.into_iter().map(|entry| entry.version).collect(),
    };
    Ok(dated(resource(StatusCode::OK, &versions)?, page.first_added, page.last_added))
}
