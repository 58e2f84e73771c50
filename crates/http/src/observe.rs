//! Gives each request an id of the node's own, writes one log line and the figures for it, and sets the headers
//! that every answer carries. The log has the route template, never the path, a query value or a credential.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::auth::Caller;
use crate::router::Shared;
use crate::visitor::Person;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What every answer carries: nothing is kept by caches, sniffed, framed or run by a browser. The screens alone
/// (`web.rs`) state these themselves.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// Observes one request from the outermost place.
pub(crate) async fn observe(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = next_id();
    request.headers_mut().remove(REQUEST_ID);
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status().as_u16();
    let method = known(method.as_str());
    shared.telemetry.answered(&route, method, status, took);
    span.in_scope(|| {
        let reader = response.extensions().get::<Caller>().map(|caller| &caller.0);
        let member = reader.map(|reader| reader.member.to_string()).unwrap_or_default();
        let key = reader.map(|reader| reader.credential.clone()).unwrap_or_default();
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let user = response.extensions().get::<Person>().map(|person| person.0.actor.name.as_str());
        let user = user.unwrap_or_default();
        tracing::info!(method, route, status, millis, member, key, user, "answered");
    });
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// An id that tells an outsider neither the number of requests nor their order: a keyed hash of a counter.
fn next_id() -> String {
    static KEYS: LazyLock<(RandomState, RandomState)> =
        LazyLock::new(|| (RandomState::new(), RandomState::new()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:016x}{:016x}", KEYS.0.hash_one(count), KEYS.1.hash_one(count))
}

/// The method as a label with few values.
fn known(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("OTHER")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_do_not_repeat() {
        let ids: HashSet<_> = (0..1000).map(|_| next_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 32));
    }

    #[test]
    fn an_invented_method_makes_no_new_label() {
        assert_eq!(known("GET"), "GET");
        assert_eq!(known("BREW"), "OTHER");
    }
}
