//! The REST interface under `/api/v1/`, health and figures. Errors are problem details (RFC 9457).

pub(crate) mod deliveries;
pub(crate) mod drafts;
pub(crate) mod exchange;
pub(crate) mod health;
pub(crate) mod ledger;
pub(crate) mod node;
pub(crate) mod records;
pub(crate) mod search;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::Serialize;

use crate::media;
use crate::query::Unreadable;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint};

/// Every route outside TAXII.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/healthz", Access::Open, health::health),
        Endpoint::get("/metrics", Access::Metrics, health::figures),
        Endpoint::get("/api/v1/node", Access::Key, node::node),
        Endpoint::get("/api/v1/whoami", Access::Key, node::whoami),
        Endpoint::get("/api/v1/agreement", Access::Key, node::agreement),
        Endpoint::get("/api/v1/ledger/checkpoint", Access::Key, ledger::checkpoint),
        Endpoint::get("/api/v1/ledger/consistency", Access::Key, ledger::consistency),
        Endpoint::get("/api/v1/ledger/leaves/{leaf}/proof", Access::Key, ledger::proof),
        Endpoint::get("/api/v1/deliveries", Access::Key, deliveries::deliveries),
        Endpoint::post("/api/v1/exchange", Access::Key, exchange::exchange),
        Endpoint::get("/api/v1/search", Access::Key, search::search),
        Endpoint::post("/api/v1/collections/{collection}/records", Access::Key, records::add),
        Endpoint::get("/api/v1/collections/{collection}/records/{object}", Access::Key, records::one),
        Endpoint::put("/api/v1/collections/{collection}/records/{object}", Access::Key, records::change),
        Endpoint::get("/api/v1/collections/{collection}/drafts", Access::Key, drafts::list),
        Endpoint::get("/api/v1/collections/{collection}/drafts/{object}", Access::Key, drafts::one),
        Endpoint::post(
            "/api/v1/collections/{collection}/drafts/{object}/publish",
            Access::Key,
            drafts::publish,
        ),
    ]
}

/// A good answer in JSON.
fn json<T: Serialize>(value: &T) -> Result<Response, Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|error| Refusal::internal(&error.to_string()))?;
    Ok(of(media::JSON, bytes))
}

/// A good answer with a body that is ready.
fn of(media: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

/// A page size of at least 1.
fn limit(text: &str) -> Result<usize, Unreadable> {
    match text.parse() {
        Ok(number @ 1..) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(number),
        _ => Err(Unreadable("limit is no number of 1 or more".to_owned())),
    }
}
