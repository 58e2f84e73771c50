//! Discovery and the API root (TAXII 2.1 §4.1, §4.2).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{API_ROOT, error, resource};
use crate::asked::Asked;
use crate::media;
use crate::refusal::Refusal;
use crate::router::Shared;

/// The discovery resource.
#[derive(Serialize, ToSchema)]
pub(crate) struct Discovery {
    title: String,
    description: &'static str,
    /// One of `api_roots`.
    default: &'static str,
    /// Paths on this server.
    api_roots: [&'static str; 1],
}

/// The API root resource.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiRoot {
    title: String,
    versions: [&'static str; 1],
    /// The largest body of a POST, in bytes.
    max_content_length: u64,
}

/// What this node offers over TAXII.
#[utoipa::path(get, path = "/taxii2/", tag = "taxii", operation_id = "taxii_discovery",
    responses((status = 200, body = Discovery, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn discovery(State(shared): State<Shared>, _asked: Asked) -> Result<Response, Refusal> {
    let discovery = Discovery {
        title: shared.app.member_name().to_owned(),
        description: "A Comity node: records under release control, each reader sees what is meant for it",
        default: API_ROOT,
        api_roots: [API_ROOT],
    };
    resource(StatusCode::OK, &discovery)
}

/// The one API root.
#[utoipa::path(get, path = "/taxii2/api/", tag = "taxii", operation_id = "taxii_api_root",
    responses((status = 200, body = ApiRoot, content_type = "application/taxii+json;version=2.1"),
        (status = 401, body = error::ErrorMessage, content_type = "application/taxii+json;version=2.1")))]
pub(crate) async fn api_root(State(shared): State<Shared>, _asked: Asked) -> Result<Response, Refusal> {
    let root = ApiRoot {
        title: shared.app.member_name().to_owned(),
        versions: [media::TAXII_TEXT],
        max_content_length: shared.bounds.body_bytes as u64,
    };
    resource(StatusCode::OK, &root)
}
