//! The manifest of a collection (TAXII 2.1 §5.3): what a page of objects would hold, without the objects.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::{self, Resource};
use super::{dated, error, resource};
use crate::app::serve::{self, ManifestEntry};
use crate::asked::Asked;
use crate::media;
use crate::refusal::Refusal;
use crate::router::Shared;

/// A page of the manifest. `next` is an addition to the standard, which pages manifests by `added_after` only.
#[derive(Serialize, ToSchema)]
pub(crate) struct Manifest {
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<ManifestRecord>,
}

/// One version of one object.
#[derive(Serialize, ToSchema)]
pub(crate) struct ManifestRecord {
    id: String,
    /// When this reader could first see it, in UTC with six fraction digits.
    date_added: String,
    version: String,
    media_type: String,
}

impl From<ManifestEntry> for ManifestRecord {
    fn from(entry: ManifestEntry) -> Self {
        Self {
            id: entry.id,
            date_added: entry.date_added.to_string(),
            version: entry.version,
            media_type: media::stix(&entry.spec_version),
        }
    }
}

/// A page of the manifest of what this key may see.
#[utoipa::path(get, path = "/taxii2/api/collections/{collection}/manifest/", tag = "taxii",
    operation_id = "taxii_manifest",
    params(("collection" = String, Path, description = "id or alias"),
        ("added_after" = Option<String>, Query, description = "only objects added after this instant"),
        ("limit" = Option<u64>, Query, description = "most entries on the page; lowered to the node's own"),
        ("next" = Option<String>, Query, description = "the `next` of the page before"),
        ("match[id]" = Option<String>, Query, description = "ids, with commas"),
        ("match[type]" = Option<String>, Query, description = "types, with commas"),
        ("match[version]" = Option<String>, Query, description = "first, last, timestamps with commas, or all"),
        ("match[spec_version]" = Option<String>, Query, description = "specification versions, with commas")),
    responses((status = 200, body = Manifest, content_type = "application/taxii+json;version=2.1"),
        (status = 400, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 403, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn manifest(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let collection = asked.name("collection")?;
    let query = query::read(Resource::Many, asked.query.as_deref(), &shared.bounds)?;
    let page = shared.run(move |app| serve::manifest(app, &asked.reader, &collection, &query)).await?;
    let manifest = Manifest {
        more: (!page.entries.is_empty()).then_some(page.next.is_some()),
        next: page.next,
        objects: page.entries.into_iter().map(ManifestRecord::from).collect(),
    };
    Ok(dated(resource(StatusCode::OK, &manifest)?, page.first_added, page.last_added))
}
