//! Invariants 9 and 10: every route has its line in one table of who gets which status, and what a caller may not
//! see answers like what is not there.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::writing::clear;
use super::{TAXII, World, asking, first};
use crate::app::credential::IssuedKey;
use crate::app::model::stix::Tlp;
use crate::router::endpoints;

/// Statuses for: no key, a wrong key, an expired key, a key without a right on the collection, a reading key, a
/// writing key, a key that does both, a key for the figures.
struct Line(&'static str, &'static str, [u16; 8]);

#[rustfmt::skip]
const TABLE: [Line; 37] = [
    //                                                                        none wrong  exp bare read write both figures
    Line("GET",    "/taxii2/",                                                [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/taxii2/api/",                                            [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/taxii2/api/collections/",                                [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/taxii2/api/collections/{collection}/",                   [401, 401, 401, 404, 200, 200, 200, 403]),
    Line("GET",    "/taxii2/api/collections/{collection}/objects/",           [401, 401, 401, 404, 200, 403, 200, 403]),
    Line("POST",   "/taxii2/api/collections/{collection}/objects/",           [401, 401, 401, 404, 403, 202, 202, 403]),
    Line("GET",    "/taxii2/api/collections/{collection}/objects/{object}/",  [401, 401, 401, 404, 200, 403, 200, 403]),
    Line("DELETE", "/taxii2/api/collections/{collection}/objects/{object}/",  [401, 401, 401, 404, 403, 403, 200, 403]),
    Line("GET",    "/taxii2/api/collections/{collection}/objects/{object}/versions/",
                                                                              [401, 401, 401, 404, 200, 403, 200, 403]),
    Line("GET",    "/taxii2/api/collections/{collection}/manifest/",          [401, 401, 401, 404, 200, 403, 200, 403]),
    Line("GET",    "/taxii2/api/status/{status}/",                            [401, 401, 401, 404, 404, 404, 200, 403]),
    Line("GET",    "/healthz",                                                [200, 200, 200, 200, 200, 200, 200, 200]),
    Line("GET",    "/metrics",                                                [401, 401, 401, 403, 403, 403, 403, 200]),
    Line("GET",    "/api/v1/node",                                            [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/api/v1/whoami",                                          [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/api/v1/agreement",                                       [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/api/v1/ledger/checkpoint",                               [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/api/v1/ledger/consistency",                              [401, 401, 401, 400, 400, 400, 400, 403]),
    Line("GET",    "/api/v1/ledger/leaves/{leaf}/proof",                      [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/api/v1/deliveries",                                      [401, 401, 401, 200, 200, 200, 200, 403]),
    Line("GET",    "/api/v1/recalls",                                         [401, 401, 401, 200, 200, 200, 200, 403]),
    // The body of this test is no exchange.
    Line("POST",   "/api/v1/exchange",                                        [401, 401, 401, 400, 400, 400, 400, 403]),
    // The body of this test answers no invitation.
    Line("POST",   "/api/v1/join",                                            [400, 400, 400, 400, 400, 400, 400, 400]),
    // Who is signed in: nobody, whatever the key.
    Line("GET",    "/api/v1/visit",                                           [200, 200, 200, 200, 200, 200, 200, 200]),
    // What no page of this node sends is refused before it is read.
    Line("POST",   "/api/v1/visit",                                           [403, 403, 403, 403, 403, 403, 403, 403]),
    Line("POST",   "/api/v1/visit/link/look",                                 [403, 403, 403, 403, 403, 403, 403, 403]),
    Line("POST",   "/api/v1/visit/link",                                      [403, 403, 403, 403, 403, 403, 403, 403]),
    // Without a query.
    Line("GET",    "/api/v1/search",                                          [401, 401, 401, 400, 400, 400, 400, 403]),
    Line("POST",   "/api/v1/collections/{collection}/records",                [401, 401, 401, 404, 403, 201, 201, 403]),
    Line("GET",    "/api/v1/collections/{collection}/records/{object}",       [401, 401, 401, 404, 200, 403, 200, 403]),
    // The object of this test is of no kind, so that there is no record to change.
    Line("PUT",    "/api/v1/collections/{collection}/records/{object}",       [401, 401, 401, 404, 403, 422, 422, 403]),
    Line("GET",    "/api/v1/collections/{collection}/drafts",                 [401, 401, 401, 404, 200, 403, 200, 403]),
    // The object of this test is no draft.
    Line("GET",    "/api/v1/collections/{collection}/drafts/{object}",        [401, 401, 401, 404, 404, 403, 404, 403]),
    Line("DELETE", "/api/v1/collections/{collection}/drafts/{object}",        [401, 401, 401, 404, 403, 404, 404, 403]),
    Line("POST",   "/api/v1/collections/{collection}/drafts/{object}/publish", [401, 401, 401, 404, 403, 409, 409, 403]),
    Line("GET",    "/",                                                       [PAGE; 8]),
    // The file of this test is none of the screens.
    Line("GET",    "/assets/{file}",                                          [404; 8]),
];

/// A build without screens says so.
const PAGE: u16 = if crate::has_screens() { 200 } else { 404 };

/// The names of the columns.
const CALLERS: [&str; 8] = ["none", "wrong", "expired", "bare", "read", "write", "both", "figures"];

fn table_routes() -> BTreeSet<(String, String)> {
    let programs = TABLE.iter().map(|line| (line.0, line.1));
    let people = super::people::seats().map(|seat| (seat.0, seat.1));
    programs.chain(people).map(|(method, path)| (method.to_owned(), path.to_owned())).collect()
}

/// The key of a column; `wrong` is a real key with another secret.
fn key(world: &World, caller: &str) -> Option<IssuedKey> {
    let keys = &world.keys;
    let found = match caller {
        "none" => return None,
        "wrong" => IssuedKey { secret: format!("{}x", keys.both.secret), ..keys.both.clone() },
        "expired" => keys.expired.clone(),
        "bare" => keys.bare.clone(),
        "read" => keys.read.clone(),
        "write" => keys.write.clone(),
        "both" => keys.both.clone(),
        _ => keys.metrics.clone(),
    };
    Some(found)
}

#[test]
fn the_table_the_router_and_the_document_name_the_same_routes() {
    let routed: BTreeSet<_> =
        endpoints().iter().map(|one| (one.method.to_string(), one.path.to_owned())).collect();
    assert_eq!(routed, table_routes());
    assert_eq!(routed.len(), endpoints().len(), "a route stands twice in the router");
    let document: Value = serde_json::from_str(&crate::document().unwrap()).unwrap();
    let described: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    assert_eq!(described, table_routes());
}

#[tokio::test]
async fn every_caller_gets_the_status_of_the_table_on_every_route() {
    for line in &TABLE {
        let world = World::new();
        let posted = world.post(&world.keys.both, json!({"objects": [clear(1)]}).to_string()).await.json();
        let path = line
            .1
            .replace("{collection}", "open")
            .replace("{object}", "indicator--00000000-0000-4000-8000-000000000001")
            .replace("{status}", posted["id"].as_str().unwrap())
            .replace("{leaf}", "0");
        for (caller, expected) in CALLERS.iter().zip(line.2) {
            let method: Method = line.0.parse().unwrap();
            let rest = path.starts_with("/api/");
            let media = if rest { "application/json" } else { TAXII };
            let request = asking(method, &path, key(&world, caller).as_ref()).header(CONTENT_TYPE, media);
            let body = match line.0 {
                "POST" if path.ends_with("/publish") => json!({"reason": "EXERCISE"}).to_string(),
                "POST" | "PUT" if rest => {
                    json!({"record": super::records::site(), "reason": "EXERCISE"}).to_string()
                }
                "POST" => json!({"objects": [clear(2)]}).to_string(),
                _ => String::new(),
            };
            let answer = world.send(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(answer.status, expected, "{} {path} as {caller}: {}", line.0, answer.text());
        }
    }
}

/// What may differ between two answers to the same caller.
fn comparable(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut kept: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    kept.sort();
    kept
}

#[tokio::test]
async fn absent_foreign_and_unreadable_collections_answer_alike_byte_for_byte() {
    let world = World::new();
    world.publish("closed", Tlp::Clear, &[first(1)]);
    let absent = "2d086da7-4bdc-4f91-900e-d77486753710";
    let object = "indicator--00000000-0000-4000-8000-000000000001";
    for tail in [
        String::new(),
        "objects/".to_owned(),
        "objects/?limit=1&match[type]=indicator".to_owned(),
        "manifest/".to_owned(),
        format!("objects/{object}/"),
        format!("objects/{object}/versions/"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let ask = async |key: &IssuedKey, collection: &str| {
                let path = format!("collections/{collection}/{tail}");
                world.send(asking(method.clone(), &path, Some(key)).body(Body::empty()).unwrap()).await
            };
            let expected = ask(&world.keys.read, absent).await;
            assert_eq!(expected.status, 404);
            for (key, collection) in [
                (&world.keys.read, world.closed.as_str()),
                (&world.keys.read, "closed"),
                (&world.keys.read, "no-such-alias"),
                (&world.keys.bare, world.open.as_str()),
                (&world.keys.bare, "open"),
            ] {
                let answer = ask(key, collection).await;
                assert_eq!(answer.status, expected.status, "{collection}/{tail}");
                assert_eq!(comparable(&answer.headers), comparable(&expected.headers), "{collection}/{tail}");
                assert_eq!(answer.body, expected.body, "{collection}/{tail}");
            }
        }
    }
}

#[tokio::test]
async fn posts_and_deletions_in_absent_and_foreign_collections_answer_alike() {
    let world = World::new();
    world.publish("closed", Tlp::Clear, &[first(1)]);
    let object = "objects/indicator--00000000-0000-4000-8000-000000000001/";
    for (method, tail) in [(Method::POST, "objects/"), (Method::DELETE, object)] {
        let ask = async |collection: &str| {
            let path = format!("collections/{collection}/{tail}");
            let request = asking(method.clone(), &path, Some(&world.keys.both)).header(CONTENT_TYPE, TAXII);
            world.send(request.body(Body::from(json!({"objects": [clear(5)]}).to_string())).unwrap()).await
        };
        let (foreign, absent) = (ask("closed").await, ask("no-such-alias").await);
        absent.taxii_error(404);
        assert_eq!((foreign.status, &foreign.body), (absent.status, &absent.body));
        assert_eq!(comparable(&foreign.headers), comparable(&absent.headers));
    }
}

#[tokio::test]
async fn wrong_expired_unknown_and_revoked_keys_answer_alike() {
    let world = World::new();
    let operator = world.operator();
    crate::app::credential::revoke(&world.app, &operator, &world.keys.write.id).unwrap();
    let wrong = IssuedKey { secret: "nonsense".to_owned(), ..world.keys.both.clone() };
    let unknown = IssuedKey { user: "nobody".to_owned(), ..world.keys.both.clone() };
    let expected = world.get(&wrong, "collections/").await;
    expected.taxii_error(401);
    for key in [&world.keys.expired, &world.keys.write, &unknown] {
        let answer = world.get(key, "collections/").await;
        assert_eq!((answer.status, &answer.body), (expected.status, &expected.body));
        assert_eq!(comparable(&answer.headers), comparable(&expected.headers));
    }
}

#[tokio::test]
async fn a_revoked_key_ends_with_the_next_request() {
    let world = World::new();
    assert_eq!(world.get(&world.keys.read, "collections/").await.status, 200);
    crate::app::credential::revoke(&world.app, &world.operator(), &world.keys.read.id).unwrap();
    assert_eq!(world.get(&world.keys.read, "collections/").await.status, 401);
}
