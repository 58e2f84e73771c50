//! Records written and read by programs in their JSON form.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, READER, World, asking};
use crate::app::credential::IssuedKey;
use crate::app::explain;

/// A training site without a person.
pub(super) fn site() -> Value {
    json!({"kind": "training-site", "title": "EXERCISE camp at the quarry", "place": {"country": "XA"},
        "basis": {"whole": {"statement": "fact"}}})
}

fn person() -> Value {
    json!({"kind": "subject", "category": "contact", "basis": {"whole": {"statement": "fact"}},
        "names": [{"value": "EXERCISE Orlan Tevi", "script": "Latn", "name_kind": "primary"}]})
}

async fn send(world: &World, method: Method, path: &str, key: &IssuedKey, body: &Value) -> Answer {
    let request = asking(method, path, Some(key)).header(CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

const RECORDS: &str = "/api/v1/collections/open/records";

#[tokio::test]
async fn a1_a_person_posted_without_purpose_is_refused_with_every_fault_and_nothing_is_stored() {
    let world = World::new();
    let answer = send(&world, Method::POST, RECORDS, &world.keys.write, &json!({"record": person()})).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    let problem = answer.json();
    let codes: Vec<&str> =
        problem["faults"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["contact-without-link", "purpose-missing", "legal-basis-missing"], "{problem}");
    assert_eq!(problem["faults"][1]["rule"], "A1");
    assert!(explain::records(&world.app, None).unwrap().is_empty());
}

#[tokio::test]
async fn a_record_is_posted_in_the_name_of_the_keys_member_changed_and_read_in_its_form() {
    let world = World::new();
    let body = json!({"record": site(), "statement": {"tlp": "clear"}});
    let answer = send(&world, Method::POST, RECORDS, &world.keys.write, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let views = explain::show(&world.app, &id).unwrap();
    assert!(views[0].handling.contains(READER), "the origin is the member of the key: {}", views[0].handling);
    let path = format!("{RECORDS}/{id}");
    let mut next = site();
    next["capacity"] = json!(40);
    let without = send(&world, Method::PUT, &path, &world.keys.write, &json!({"record": next})).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "a change needs a reason");
    let body = json!({"record": next, "reason": "EXERCISE counted anew"});
    let mut kept_back = body.clone();
    kept_back["draft"] = json!(true);
    let refused = send(&world, Method::PUT, &path, &world.keys.write, &kept_back).await;
    assert_eq!(refused.status, 422, "a new version is not published when it was to be kept back");
    let answer = send(&world, Method::PUT, &path, &world.keys.write, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let read =
        world.send(asking(Method::GET, &path, Some(&world.keys.read)).body(Body::empty()).unwrap()).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text());
    assert_eq!(read.json()["record"]["capacity"], 40);
    assert_eq!(read.json()["object"]["type"], "infrastructure");
    let deliveries = asking(Method::GET, "/api/v1/deliveries", Some(&world.keys.read));
    let noted = world.send(deliveries.body(Body::empty()).unwrap()).await.json();
    assert_eq!(noted["deliveries"][0]["id"], id.as_str(), "what was read is noted as delivered");
}

#[tokio::test]
async fn what_is_no_record_is_malformed_and_stores_nothing() {
    let world = World::new();
    for body in [
        json!([]),
        json!({}),
        json!({"record": {"kind": "wish"}, "statement": {"whim": 1}}),
        json!({"record": site(), "extra": 1}),
    ] {
        let answer = send(&world, Method::POST, RECORDS, &world.keys.write, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.text());
    }
    let body = json!({"record": {"kind": "wish"}});
    let answer = send(&world, Method::POST, RECORDS, &world.keys.write, &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = json!({"record": site(), "statement": {"groups": ["nobody"]}});
    let answer = send(&world, Method::POST, RECORDS, &world.keys.write, &body).await;
    assert_eq!(answer.json()["faults"][0]["path"], "group", "{}", answer.text());
    assert!(explain::records(&world.app, None).unwrap().is_empty());
}
