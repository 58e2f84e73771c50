//! Writing with a browser: who gets which status, and that a form finds its faults, its preview and what was begun.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::people::{Seat, Visitor};
use super::records::site;
use super::{Answer, READER, World};
use crate::app::{Role, attachment, explain};

const RECORD: &str = r#"{"record":{"kind":"find"},"collection":"open"}"#;
const GRADE: &str = r#"{"scale":"4x4","source":"B","information":"2"}"#;
const NOTE: &str = r#"{"text":"EXERCISE"}"#;
const DISPUTE: &str = r#"{"reason":"wrong","text":"EXERCISE"}"#;
const LINK: &str = r#"{"source":"note--00000000-0000-4000-8000-000000000001","word":"part-of",
    "target":"note--00000000-0000-4000-8000-000000000002","collection":"open","basis":{}}"#;

/// The routes that take a whole record, or a text that one is made from.
pub(super) const TAKE_WHOLE_RECORDS: &[&str] = &[
    "/api/v1/desk/check",
    "/api/v1/desk/check/{member}",
    "/api/v1/desk/drafts",
    "/api/v1/desk/records",
    "/api/v1/desk/drafts/{object}",
    "/api/v1/desk/records/{object}",
    "/api/v1/desk/scratch/{scratch}",
    "/api/v1/desk/paste",
    "/api/v1/desk/paste/rows",
];

#[rustfmt::skip]
pub(super) const SEATS: &[Seat] = &[
    // none, key, analyst, officer, secretariat, data protection, auditor, administrator. No record is there.
    Seat("POST", "/api/v1/desk/check", RECORD, [401, 401, 200, 200, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/check/{member}", RECORD, [401, 401, 422, 422, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/drafts", RECORD, [401, 401, 422, 422, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/records", RECORD, [401, 401, 403, 422, 403, 403, 403, 403]),
    Seat("PUT", "/api/v1/desk/drafts/{object}", r#"{"record":{},"reason":"EXERCISE"}"#, [401, 401, 404, 404, 403, 403, 403, 403]),
    Seat("PUT", "/api/v1/desk/records/{object}", r#"{"record":{},"reason":"EXERCISE"}"#, [401, 401, 403, 404, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/links/drafts", LINK, [401, 401, 404, 404, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/links", LINK, [401, 401, 403, 404, 403, 403, 403, 403]),
    Seat("GET", "/api/v1/desk/terms", "", [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("POST", "/api/v1/desk/records/{object}/notes", NOTE, [401, 401, 404, 404, 403, 404, 403, 403]),
    Seat("DELETE", "/api/v1/desk/notes/{note}", "", [401, 401, 404, 404, 403, 404, 403, 403]),
    Seat("POST", "/api/v1/desk/records/{object}/grade", GRADE, [401, 401, 404, 404, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/records/{object}/dispute", DISPUTE, [401, 401, 404, 404, 403, 404, 403, 403]),
    Seat("POST", "/api/v1/desk/drafts/{object}/attachments", "x", [401, 401, 400, 400, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/records/{object}/attachments", "x", [401, 401, 403, 400, 403, 403, 403, 403]),
    Seat("GET", "/api/v1/desk/attachments/{object}", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/scratch", "", [401, 401, 200, 200, 403, 403, 403, 403]),
    Seat("GET", "/api/v1/desk/scratch/{scratch}", "", [401, 401, 404, 404, 403, 403, 403, 403]),
    Seat("PUT", "/api/v1/desk/scratch/{scratch}", r#"{"content":{}}"#, [401, 401, 204, 204, 403, 403, 403, 403]),
    Seat("DELETE", "/api/v1/desk/scratch/{scratch}", "", [401, 401, 204, 204, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/paste", NOTE, [401, 401, 200, 200, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/paste/rows", r#"{"csv":"a,b","kind":"find","collection":"open"}"#, [401, 401, 200, 200, 403, 403, 403, 403]),
];

async fn send(world: &World, visitor: &Visitor, method: Method, path: &str, body: impl Into<Body>) -> Answer {
    let request = visitor.asking(world, method, &format!("/api/v1/desk/{path}"));
    world.send(request.header(CONTENT_TYPE, "application/json").body(body.into()).unwrap()).await
}

async fn put_in(world: &World, visitor: &Visitor, path: &str, body: &Value) -> Answer {
    send(world, visitor, Method::POST, path, body.to_string()).await
}

fn filled(record: &Value, statement: &Value) -> Value {
    json!({ "record": record, "collection": "open", "statement": statement })
}

fn suspect() -> Value {
    json!({"kind": "subject", "category": "suspect", "basis": {"whole": {"statement": "fact"}},
        "names": [{"value": "EXERCISE Orlan Tevi", "script": "Latn", "name_kind": "primary"}]})
}

#[tokio::test]
async fn a1_a_look_tells_a_person_without_purpose_at_its_place_and_stores_nothing() {
    let world = World::new();
    let analyst = world.as_user("analyst", &[Role::Analyst]);
    let told = put_in(&world, &analyst, "check", &filled(&suspect(), &json!({}))).await.json();
    let faults: Vec<(&str, &str)> = told["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["path"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    assert_eq!(faults, [("purpose", "purpose-missing"), ("legal_basis", "legal-basis-missing")], "{told}");
    let told = put_in(&world, &analyst, "check", &filled(&site(), &json!({"purpose": "unheard-of"}))).await;
    assert_eq!(told.json()["faults"][0]["path"], "purpose", "{}", told.text());
    assert!(explain::records(&world.app, None).unwrap().is_empty());
}

#[tokio::test]
async fn what_a_member_would_get_of_a_form_is_what_it_then_gets_and_an_analyst_keeps_a_draft_alone() {
    let world = World::new();
    let analyst = world.as_user("analyst", &[Role::Analyst]);
    let officer = world.as_user("officer", &[Role::ReleaseOfficer]);
    let body = filled(&site(), &json!({"tlp": "green"}));
    let seen = put_in(&world, &analyst, "check", &body).await.json();
    assert_eq!(seen["sights"].as_array().unwrap().iter().filter(|one| one["view"] == "whole").count(), 1);
    let foretold = put_in(&world, &analyst, &format!("check/{READER}"), &body).await.json();
    assert!(foretold[0]["content"].as_str().unwrap().contains("camp at the quarry"), "{foretold}");
    assert_eq!(put_in(&world, &analyst, "records", &body).await.status, 403);
    let draft = put_in(&world, &analyst, "drafts", &body).await;
    assert_eq!((draft.status.as_u16(), draft.json()["state"].clone()), (201, json!("held")));
    let published = put_in(&world, &officer, "records", &body).await;
    assert_eq!((published.status.as_u16(), published.json()["state"].clone()), (201, json!("published")));
}

#[tokio::test]
async fn a_new_version_shows_what_it_changes_and_one_by_an_analyst_waits_as_a_draft() {
    let world = World::new();
    let analyst = world.as_user("analyst", &[Role::Analyst]);
    let officer = world.as_user("officer", &[Role::ReleaseOfficer]);
    let body = filled(&site(), &json!({"tlp": "green"}));
    let id = put_in(&world, &officer, "records", &body).await.json()["id"].as_str().unwrap().to_owned();
    world.clock.advance_seconds(60);
    let mut next = site();
    next["title"] = "EXERCISE camp at the old quarry".into();
    let change = json!({ "record": next, "object": id, "reason": "EXERCISE told twice" });
    let seen = put_in(&world, &analyst, "check", &change).await.json();
    assert_eq!(seen["differences"][1]["to"], "EXERCISE camp at the old quarry", "{seen}");
    let same = json!({ "record": site(), "object": id, "reason": "" });
    put_in(&world, &analyst, "check", &same).await.problem(409);
    let path = format!("drafts/{id}");
    let kept = send(&world, &analyst, Method::PUT, &path, change.to_string()).await;
    assert_eq!(kept.json()["entries"][0]["written"]["state"], "held", "{}", kept.text());
    let newest = send(&world, &officer, Method::GET, &format!("records/{id}"), Body::empty()).await.json();
    assert_eq!(newest["may"][0], "publish", "{newest}");
    world.clock.advance_seconds(60);
    let path = format!("records/{id}");
    let nothing = send(&world, &officer, Method::PUT, &path, json!({"record": next}).to_string()).await;
    assert_eq!(nothing.status, 422, "a version has a reason: {}", nothing.text());
}

#[tokio::test]
async fn a_file_goes_into_a_draft_without_a_fresh_proof_and_never_so_into_what_is_published() {
    let world = World::new();
    let officer = world.as_user("officer", &[Role::ReleaseOfficer]);
    let body = filled(&site(), &json!({"tlp": "green"}));
    let draft = put_in(&world, &officer, "drafts", &body).await.json()["id"].as_str().unwrap().to_owned();
    let live = put_in(&world, &officer, "records", &body).await.json()["id"].as_str().unwrap().to_owned();
    let into = |id: &str| format!("drafts/{id}/attachments?name=page.txt");
    let added = send(&world, &officer, Method::POST, &into(&draft), "EXERCISE page").await;
    let file = added.json()["id"].as_str().unwrap().to_owned();
    send(&world, &officer, Method::POST, &into(&live), "EXERCISE page").await.problem(409);
    assert!(attachment::of(&world.app, &live).unwrap().is_empty());
    let got = send(&world, &officer, Method::GET, &format!("attachments/{file}"), Body::empty()).await;
    assert_eq!(got.body.as_ref(), b"EXERCISE page");
    assert_eq!(got.header("content-disposition"), "attachment");
    assert_eq!(got.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn what_was_begun_comes_back_to_its_owner_alone() {
    let world = World::new();
    let (one, other) = (world.as_user("one", &[Role::Analyst]), world.as_user("other", &[Role::Analyst]));
    let content = json!({ "content": { "form": { "kind": "find", "title": "EXERCISE half a" } } });
    let kept = send(&world, &one, Method::PUT, "scratch/a", content.to_string()).await;
    assert_eq!(kept.status, 204, "{}", kept.text());
    let mine = send(&world, &one, Method::GET, "scratch/a", Body::empty()).await.json();
    assert_eq!(mine["content"], content["content"]);
    assert_eq!(send(&world, &other, Method::GET, "scratch/a", Body::empty()).await.status, 404);
    let theirs = send(&world, &other, Method::GET, "scratch", Body::empty()).await.json();
    assert_eq!(theirs["begun"], json!([]));
    let mine = send(&world, &one, Method::GET, "scratch", Body::empty()).await.json();
    assert_eq!(mine["begun"][0]["title"], "EXERCISE half a");
}

#[tokio::test]
async fn a_table_tells_of_each_row_what_is_wrong_with_it_and_stores_nothing() {
    let world = World::new();
    let analyst = world.as_user("analyst", &[Role::Analyst]);
    let table = json!({
        "csv": "What;Where;How many\nEXERCISE ford;XA;6\nEXERCISE pass;;six\n", "separator": ";",
        "kind": "border-event", "collection": "open", "statement": {"tlp": "green"},
        "columns": {"What": "title", "Where": "place.country", "How many": "persons"},
        "constants": {"basis.whole.statement": "fact"},
    });
    let told = put_in(&world, &analyst, "paste/rows", &table).await.json();
    assert_eq!(told["headings"], json!(["What", "Where", "How many"]));
    assert_eq!((&told["rows"][0]["faults"], &told["rows"][0]["record"]["persons"]), (&json!([]), &json!(6)));
    assert_eq!(
        (&told["rows"][1]["line"], &told["rows"][1]["faults"][0]["path"]),
        (&json!(3), &json!("persons"))
    );
    assert!(explain::records(&world.app, None).unwrap().is_empty());
}
