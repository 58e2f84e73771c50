//! Collections (TAXII 2.1 §5.1, §5.2). A collection that the key may neither read nor write answers exactly like
//! one that does not exist.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{error, resource};
use crate::app::serve::{self, Readable};
use crate::asked::Asked;
use crate::media;
use crate::refusal::Refusal;
use crate::router::Shared;

/// The collections that a key may use; the list is left out when there are none.
#[derive(Serialize, ToSchema)]
pub(crate) struct Collections {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    collections: Vec<Collection>,
}

/// One collection.
#[derive(Serialize, ToSchema)]
pub(crate) struct Collection {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Stands for the id in every path.
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
    can_read: bool,
    can_write: bool,
    media_types: [&'static str; 1],
}

impl From<Readable> for Collection {
    fn from(readable: Readable) -> Self {
        Self {
            id: readable.id,
            title: readable.title,
            description: Some(readable.description).filter(|text| !text.is_empty()),
            alias: Some(readable.alias).filter(|text| !text.is_empty()),
            can_read: readable.can_read,
            can_write: readable.can_write,
            media_types: [media::STIX_TEXT],
        }
    }
}

/// Every collection that this key may read or write.
#[utoipa::path(get, path = "/taxii2/api/collections/", tag = "taxii", operation_id = "taxii_collections",
    responses((status = 200, body = Collections, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn list(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let found = shared.run(move |app| serve::collections(app, &asked.reader)).await?;
    let collections = found.into_iter().map(Collection::from).collect();
    resource(StatusCode::OK, &Collections { collections })
}

/// One collection, by id or alias.
#[utoipa::path(get, path = "/taxii2/api/collections/{collection}/", tag = "taxii", operation_id = "taxii_collection",
    params(("collection" = String, Path, description = "id or alias")),
    responses((status = 200, body = Collection, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1"),
        (status = 404, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn one(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let id = asked.name("collection")?;
    let found = shared.run(move |app| serve::collection(app, &asked.reader, &id)).await?;
    resource(StatusCode::OK, &Collection::from(found.ok_or_else(Refusal::absent)?))
}
