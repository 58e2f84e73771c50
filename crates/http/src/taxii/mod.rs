//! TAXII 2.1 (OASIS Standard, 10 June 2021) at `/taxii2/`, with one API root.
//!
//! Every path ends in a slash; one that does not is answered with 404, and no redirect, since the standard knows
//! only the form with the slash. Paging is offered by `next` and by `added_after`, also for manifest and versions.

pub(crate) mod collections;
pub(crate) mod delete;
pub(crate) mod discovery;
pub(crate) mod error;
pub(crate) mod manifest;
pub(crate) mod objects;
pub(crate) mod query;
pub(crate) mod status;
pub(crate) mod time;
pub(crate) mod versions;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use serde::Serialize;

use crate::app::model::Micros;
use crate::media;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint};

/// The one API root, as a path.
pub(crate) const API_ROOT: &str = "/taxii2/api/";

const ADDED_FIRST: HeaderName = HeaderName::from_static("x-taxii-date-added-first");
const ADDED_LAST: HeaderName = HeaderName::from_static("x-taxii-date-added-last");

/// Every TAXII route.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    const COLLECTION: &str = "/taxii2/api/collections/{collection}/";
    const OBJECTS: &str = "/taxii2/api/collections/{collection}/objects/";
    const OBJECT: &str = "/taxii2/api/collections/{collection}/objects/{object}/";
    const VERSIONS: &str = "/taxii2/api/collections/{collection}/objects/{object}/versions/";
    const MANIFEST: &str = "/taxii2/api/collections/{collection}/manifest/";
    vec![
        Endpoint::get("/taxii2/", Access::Key, discovery::discovery),
        Endpoint::get(API_ROOT, Access::Key, discovery::api_root),
        Endpoint::get("/taxii2/api/collections/", Access::Key, collections::list),
        Endpoint::get(COLLECTION, Access::Key, collections::one),
        Endpoint::get(OBJECTS, Access::Key, objects::page),
        Endpoint::post(OBJECTS, Access::Key, objects::add),
        Endpoint::get(OBJECT, Access::Key, objects::one),
        Endpoint::delete(OBJECT, Access::Key, delete::object),
        Endpoint::get(VERSIONS, Access::Key, versions::versions),
        Endpoint::get(MANIFEST, Access::Key, manifest::manifest),
        Endpoint::get("/taxii2/api/status/{status}/", Access::Key, status::status),
    ]
}

/// Whether a path belongs to TAXII, so that errors on it are TAXII error messages.
pub(crate) fn covers(path: &str) -> bool {
    path == "/taxii2" || path.starts_with("/taxii2/")
}

/// The answer for a path that no route has.
pub(crate) async fn unknown(request: Request) -> Refusal {
    let path = request.uri().path();
    if covers(path) && !path.ends_with('/') {
        return Refusal::no_route("every TAXII 2.1 path ends in a slash; this one does not");
    }
    Refusal::no_route("there is no such resource")
}

/// Refuses a request that takes no TAXII 2.1 answer (TAXII 2.1 §1.6.8.2).
pub(crate) fn require_taxii(headers: &HeaderMap) -> Result<(), Refusal> {
    if media::takes_taxii(headers) { Ok(()) } else { Err(Refusal::unacceptable()) }
}

/// A good answer with a ready body.
pub(crate) fn reply(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media::TAXII);
    response
}

/// A good answer with a resource.
pub(crate) fn resource<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|error| Refusal::internal(&error.to_string()))?;
    Ok(reply(status, bytes))
}

/// Adds the added-times of the first and last object of an answer (TAXII 2.1 §5.4); none when it holds none.
pub(crate) fn dated(mut response: Response, first: Option<Micros>, last: Option<Micros>) -> Response {
    for (name, instant) in [(ADDED_FIRST, first), (ADDED_LAST, last)] {
        if let Some(value) = instant.and_then(|instant| HeaderValue::from_str(&instant.to_string()).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A good answer to HEAD where the body was never made, so that nothing counts as delivered.
pub(crate) fn head(first: Option<Micros>, last: Option<Micros>) -> Response {
    dated(reply(StatusCode::OK, Body::new(Unmade)), first, last)
}

/// A body of unknown length, without bytes: no `Content-Length` is made from it.
struct Unmade;

impl hyper::body::Body for Unmade {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}
