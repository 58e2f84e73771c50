//! The REST interface under `/api/v1/`, health and figures. Errors are problem details (RFC 9457).

pub(crate) mod deliveries;
pub(crate) mod desk;
pub(crate) mod drafts;
pub(crate) mod exchange;
pub(crate) mod health;
pub(crate) mod join;
pub(crate) mod ledger;
pub(crate) mod node;
pub(crate) mod recalls;
pub(crate) mod records;
pub(crate) mod search;
pub(crate) mod visit;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::compose::file::strict;
use crate::app::limits::NetworkLimits;
use crate::query::Unreadable;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint};
use crate::{body, media};

/// Every route outside TAXII.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = for_programs();
    all.extend(visit::endpoints());
    all.extend(desk::endpoints());
    all
}

/// The routes for members' programs.
fn for_programs() -> Vec<Endpoint> {
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
        Endpoint::get("/api/v1/recalls", Access::Key, recalls::recalls),
        Endpoint::post("/api/v1/exchange", Access::Key, exchange::exchange),
        Endpoint::post("/api/v1/join", Access::Open, join::join),
        Endpoint::get("/api/v1/search", Access::Key, search::search),
        Endpoint::post("/api/v1/collections/{collection}/records", Access::Key, records::add),
        Endpoint::get("/api/v1/collections/{collection}/records/{object}", Access::Key, records::one),
        Endpoint::put("/api/v1/collections/{collection}/records/{object}", Access::Key, records::change),
        Endpoint::get("/api/v1/collections/{collection}/drafts", Access::Key, drafts::list),
        Endpoint::get("/api/v1/collections/{collection}/drafts/{object}", Access::Key, drafts::one),
        Endpoint::delete("/api/v1/collections/{collection}/drafts/{object}", Access::Key, drafts::drop),
        Endpoint::post(
            "/api/v1/collections/{collection}/drafts/{object}/publish",
            Access::Key,
            drafts::publish,
        ),
    ]
}

/// What a request brings as JSON, read under the limits; none when it has no body. What is not of its form is malformed.
pub(crate) async fn sent<T: DeserializeOwned>(
    bounds: &NetworkLimits,
    headers: &HeaderMap,
    request: Request,
) -> Result<Option<T>, Refusal> {
    let bytes = body::read(bounds, headers, request.into_body()).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !media::is_json_body(headers) {
        return Err(Refusal::media("the body must be application/json"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::malformed("the body is no UTF-8"))?;
    let value = strict(text).map_err(|faults| {
        Refusal::malformed(faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; "))
    })?;
    serde_json::from_value(value).map(Some).map_err(|error| Refusal::malformed(error.to_string()))
}

/// The same of at most so many bytes: what is short by its nature is refused before it is taken apart.
pub(crate) async fn short<T: DeserializeOwned>(
    bounds: &NetworkLimits,
    most_bytes: usize,
    headers: &HeaderMap,
    request: Request,
) -> Result<Option<T>, Refusal> {
    let bounds = NetworkLimits { body_bytes: most_bytes, inflated_bytes: most_bytes, ..bounds.clone() };
    sent(&bounds, headers, request).await
}

/// A good answer in JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Response, Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|error| Refusal::internal(&error.to_string()))?;
    Ok(of(media::JSON, bytes))
}

/// A good answer with a body that is ready.
pub(crate) fn of(media: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

/// A page size of at least 1.
pub(crate) fn limit(text: &str) -> Result<usize, Unreadable> {
    match text.parse() {
        Ok(number @ 1..) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(number),
        _ => Err(Unreadable("limit is no number of 1 or more".to_owned())),
    }
}
