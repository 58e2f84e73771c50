//! What the desk shows to whom: the statuses of its reading routes, and its recorded answers.

use std::path::Path;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::people::{Seat, Visitor};
use super::{READER, World, first, indicator};
use crate::app::credential::{self, Login};
use crate::app::import::{self, Input};
use crate::app::model::stix::Tlp;
use crate::app::model::{ApprovalRule, Stated};
use crate::app::peer::{self, NewPeer};
use crate::app::recall::{self, Reason, RecallScope, Wish};
use crate::app::serve::{self, Query};
use crate::app::{Actor, Role, agreement, intake, scratch};

const KINDS: &str = include_str!("../../../../schema/kinds/examples.json");
const EXTENSION: &str = "extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca";
const PERSON: &str = "identity--00000000-0000-4000-8000-000000000100";
const EVENT: &str = "incident--00000000-0000-4000-8000-000000000104";
const INDICATOR: &str = "indicator--00000000-0000-4000-8000-000000000001";

#[rustfmt::skip]
pub(super) const SEATS: &[Seat] = &[
    // none, key, analyst, officer, secretariat, data protection, auditor, administrator. No record is there.
    Seat("GET", "/api/v1/desk/frame", "", [401, 401, 200, 200, 200, 200, 200, 200]),
    Seat("GET", "/api/v1/desk/today", "", [401, 401, 200, 200, 200, 200, 200, 200]),
    Seat("POST", "/api/v1/desk/today/done", r#"{"key":"x"}"#, [401, 401, 400, 400, 400, 400, 400, 400]),
    Seat("GET", "/api/v1/desk/records", "", [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/records/counts", "", [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/records/{object}", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/records/{object}/sights", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/records/{object}/sights/{member}", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/records/{object}/deliveries", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/records/{object}/difference", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/records/{object}/history", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("POST", "/api/v1/desk/search", r#"{"query":"x","purpose":"none"}"#, [401, 401, 400, 400, 400, 400, 400, 403]),
    Seat("GET", "/api/v1/desk/search/{consultation}", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/searches", "", [401, 401, 403, 403, 403, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/recalls", "", [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/recalls/{recall}", "", [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/partners", "", [401, 401, 200, 200, 200, 200, 200, 200]),
    Seat("GET", "/api/v1/desk/ledger", "", [401, 401, 200, 200, 200, 200, 200, 200]),
    Seat("GET", "/api/v1/desk/ledger/leaves", "", [401, 401, 200, 200, 200, 200, 200, 200]),
    Seat("POST", "/api/v1/desk/ledger/verify", "", [401, 401, 403, 403, 403, 403, 200, 200]),
    Seat("GET", "/api/v1/desk/protection", "", [401, 401, 403, 200, 403, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/agreement", "", [401, 401, 200, 200, 200, 200, 200, 200]),
    Seat("GET", "/api/v1/desk/policies", "", [401, 401, 200, 200, 200, 200, 200, 200]),
];

/// The published example with this id, as if it had been made before the clock of the tests.
fn example(id: &str) -> Value {
    let bundle: Value = serde_json::from_str(KINDS).unwrap();
    let mut found =
        bundle["objects"].as_array().unwrap().iter().find(|object| object["id"] == id).unwrap().clone();
    found["created"] = "2025-01-01T00:00:00.000Z".into();
    found["modified"] = "2025-01-01T00:00:00.000Z".into();
    found
}

/// Brings objects in as the operator.
fn put(world: &World, stated: Stated, draft: bool, objects: &[Value]) {
    let input = Input {
        collection: "open",
        name: "exercise.json",
        stated,
        draft,
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..Input::default()
    };
    let bytes = serde_json::to_vec(&json!({ "objects": objects })).unwrap();
    let done = import::run(&world.app, &world.operator(), &input, &bytes, &mut |_| {}).unwrap();
    assert!(done.rejected.is_empty(), "{:?}", done.rejected);
}

fn at(tlp: Tlp) -> Stated {
    Stated { tlp: Some(tlp), ..Stated::default() }
}

/// A world in which every screen has something to show, and somebody who sees it all.
fn stage() -> (World, Visitor) {
    let world = World::seeded();
    let operator = world.operator();
    let mut next = agreement::current(&world.app).unwrap().agreement;
    next.version += 1;
    next.title = "EXERCISE community".to_owned();
    next.purposes.insert("border".to_owned(), "EXERCISE border security".to_owned().into());
    next.legal_bases.insert("treaty".to_owned(), "EXERCISE treaty".to_owned());
    next.groups.insert("north".to_owned(), "EXERCISE north".to_owned());
    next.two_person.insert(ApprovalRule::Red);
    agreement::import(&world.app, &operator, &next.to_toml().unwrap()).unwrap();
    put(&world, at(Tlp::Green), false, &[first(1), first(2)]);
    put(&world, at(Tlp::Green), false, &[indicator(1, "2025-02-01T00:00:00.000Z")]);
    let mut person = example(PERSON);
    person["name"] = "УЧЕНИЕ Анвар Каримов".into();
    person["extensions"][EXTENSION]["names"] = json!([
        {"value": "УЧЕНИЕ Анвар Каримов", "script": "Cyrl", "name_kind": "primary"},
        {"value": "تمرين أنور كريموف", "script": "Arab", "name_kind": "transliteration"},
    ]);
    let governed = Stated { purposes: ["border".to_owned()].into(), ..at(Tlp::Amber) };
    put(&world, governed.clone(), false, &[person]);
    let mut victim = example(PERSON);
    victim["id"] = "identity--00000000-0000-4000-8000-000000000190".into();
    victim["extensions"][EXTENSION] = json!({
        "extension_type": "property-extension", "kind": "subject", "category": "victim",
        "names": [{"value": victim["name"], "script": "Latn", "name_kind": "primary"}],
        "basis": {"whole": {"statement": "fact"}},
    });
    put(&world, governed, false, &[victim]);
    put(&world, at(Tlp::Green), false, &[example(EVENT)]);
    let reader = credential::authenticate(&world.app, &Login::Bearer(world.keys.both.secret.clone()));
    let reader = reader.unwrap().unwrap();
    serve::page(&world.app, &reader, "open", &Query::default()).unwrap();
    recall::issue(&world.app, &operator, EVENT, &Wish::new(RecallScope::Withdraw, Reason::Wrong)).unwrap();
    let mut theirs = first(7);
    theirs["object_marking_refs"] = json!([Tlp::Green.marking_id()]);
    let body = json!({ "objects": [theirs] }).to_string();
    assert!(intake::post(&world.app, &reader, "open", body.as_bytes()).unwrap().failures.is_empty());
    put(&world, at(Tlp::Red), false, &[first(4)]);
    put(&world, at(Tlp::Clear), true, &[first(5)]);
    let url = "https://node.exercise.example";
    let new = NewPeer { name: "exercise", url, member: READER, login: "u", secret: "s", authority: None };
    peer::add(&world.app, &operator, &new).unwrap();
    let roles = [Role::Analyst, Role::ReleaseOfficer, Role::DataProtection, Role::Auditor];
    let visitor = world.as_user("officer", &roles);
    let officer = Actor { name: "officer".to_owned(), ..world.operator() };
    let begun = json!({ "form": { "kind": "find", "title": "EXERCISE half a crate" } });
    scratch::keep(&world.app, &officer, "one", &begun).unwrap();
    (world, visitor)
}

/// A record that names another, which is not there when it comes in.
fn naming(number: u32, named: &[u32]) -> Value {
    let refs: Vec<Value> = named.iter().map(|number| first(*number)["id"].clone()).collect();
    json!({
        "type": "note", "spec_version": "2.1", "id": format!("note--00000000-0000-4000-8000-{number:012}"),
        "created": "2025-01-01T00:00:00.000Z", "modified": "2025-01-01T00:00:00.000Z",
        "content": "EXERCISE note", "object_refs": refs,
    })
}

/// Records that a readers' group hides from whoever is not in it: one in use, a draft, and one that waits for a second
/// person.
fn hide(world: &World) {
    let inner = |tlp| Stated { inner: ["cell".to_owned()].into(), ..at(tlp) };
    put(world, inner(Tlp::Green), false, &[first(30)]);
    put(world, inner(Tlp::Green), true, &[first(31)]);
    put(world, inner(Tlp::Red), false, &[first(32)]);
}

/// A file that names hidden records, invented ones, and one that comes with it
/// under the id of a hidden one; for a look, with the very bytes of a hidden record, too.
fn prying(path: &str) -> String {
    let mut strict = first(31);
    strict["object_marking_refs"] = json!([Tlp::Red.marking_id()]);
    let named = [naming(50, &[30, 90]), naming(51, &[30]), naming(52, &[31, 90]), naming(53, &[32])];
    // Whoever brings in the very bytes is told that they are not taken: there is one copy of them in a collection.
    let very = Some(first(30)).filter(|_| path.starts_with("import/look"));
    json!({ "objects": named.into_iter().chain([strict]).chain(very).collect::<Vec<_>>() }).to_string()
}

/// The routes whose answers are recorded, each under a name.
fn recorded() -> Vec<(&'static str, Method, String)> {
    let record = |rest: &str| format!("records/{INDICATOR}{rest}");
    let get = |name, path: &str| (name, Method::GET, path.to_owned());
    vec![
        get("frame", "frame"),
        get("today", "today"),
        get("records", "records?limit=20"),
        get("counts", "records/counts"),
        get("record", &format!("records/{PERSON}")),
        get("sights", &record("/sights")),
        get("sight", &record(&format!("/sights/{READER}"))),
        get("deliveries", &record("/deliveries")),
        get("difference", &record("/difference")),
        get("history", &record("/history")),
        ("search", Method::POST, "search".to_owned()),
        ("check", Method::POST, "check".to_owned()),
        ("paste", Method::POST, "paste".to_owned()),
        get("scratch", "scratch"),
        get("terms", "terms"),
        get("recalls", "recalls"),
        get("partners", "partners"),
        get("ledger", "ledger"),
        get("protection", "protection"),
        get("policies", "policies"),
    ]
}

/// More routes that tell of records.
fn more() -> Vec<(&'static str, Method, String)> {
    let (get, post) = (Method::GET, Method::POST);
    let namer = |rest: &str| format!("records/{}{rest}", naming(40, &[])["id"].as_str().unwrap());
    vec![
        ("namer", get.clone(), namer("")),
        ("namer's sights", get.clone(), namer("/sights")),
        ("namer's sight", get.clone(), namer(&format!("/sights/{READER}"))),
        ("why", post.clone(), namer("/why")),
        ("drafts", get.clone(), "drafts".to_owned()),
        ("proposals", get.clone(), "proposals".to_owned()),
        ("searches", get, "searches".to_owned()),
        ("import look", post.clone(), "import/look?collection=open".to_owned()),
        ("check of what names hidden records", post.clone(), "check?".to_owned()),
        ("what a member gets of it", post.clone(), format!("check/{READER}")),
        ("import look at one", post.clone(), format!("import/look/{READER}?collection=open")),
        ("import drafts", post, "import/drafts?collection=open".to_owned()),
    ]
}

/// A form as a page sends it, with what is stated beside it.
fn form(record: &Value) -> String {
    let statement = json!({ "tlp": "green", "purpose": "border", "legal_basis": "treaty" });
    json!({ "record": record, "collection": "open", "statement": statement }).to_string()
}

/// A person who is said to have suffered what a hidden record tells of.
fn naming_form() -> Value {
    json!({ "kind": "subject", "category": "victim", "event_ref": first(30)["id"],
        "names": [{ "value": "EXERCISE Orlan Tevi", "script": "Latn", "name_kind": "primary" }],
        "basis": { "whole": { "statement": "fact" } } })
}

async fn ask(world: &World, visitor: &Visitor, method: &Method, path: &str) -> Value {
    let request = visitor.asking(world, method.clone(), &format!("/api/v1/desk/{path}"));
    let body = match (method, path.split_once(['?', '/'])) {
        (&Method::POST, Some(("import", _))) => prying(path),
        (&Method::POST, Some(("check", _))) => form(&naming_form()),
        (&Method::POST, None) if path == "check" => form(&super::records::site()),
        (&Method::POST, None) if path == "paste" => {
            r#"{"text":"EXERCISE 6 persons on 1 March 2026"}"#.to_owned()
        }
        (&Method::POST, Some(("records", _))) => json!({ "member": READER }).to_string(),
        (&Method::POST, _) => r#"{"query":"indicator","purpose":"border","case":"2026/17"}"#.to_owned(),
        _ => String::new(),
    };
    let stated = URL_SAFE_NO_PAD.encode(r#"{"tlp":"green"}"#);
    let request = request.header(CONTENT_TYPE, "application/json").header("x-comity-statement", stated);
    let request = request.body(Body::from(body)).unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 asks this test to rewrite the files")]
async fn the_recorded_answers_are_what_the_node_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/api/examples");
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let (world, visitor) = stage();
    for (name, method, path) in recorded() {
        let made = format!("{:#}\n", ask(&world, &visitor, &method, &path).await);
        let file = folder.join(format!("{name}.json"));
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == made, "{} is stale: run this test with UPDATE=1", file.display());
    }
}

#[tokio::test]
async fn what_a_readers_group_hides_reaches_no_answer_of_the_desk() {
    let ((with, her), (without, him)) = (stage(), stage());
    for world in [&with, &without] {
        put(world, at(Tlp::Green), false, &[naming(40, &[1, 30, 90])]);
    }
    hide(&with);
    for (name, method, path) in recorded().into_iter().chain(more()) {
        // The ledger counts what happens and says of what nothing.
        if name == "ledger" {
            continue;
        }
        let plain = |mut value: Value| {
            if let Some(object) = value.as_object_mut() {
                object.remove("consultation");
            }
            for one in value.get_mut("searches").and_then(Value::as_array_mut).into_iter().flatten() {
                let one = one.as_object_mut().unwrap();
                one.retain(|field, _| field != "id" && field != "leaf");
            }
            value
        };
        let one = plain(ask(&with, &her, &method, &path).await);
        assert_eq!(one, plain(ask(&without, &him, &method, &path).await), "{name}");
    }
}

#[tokio::test]
async fn a_list_is_asked_with_several_values_and_goes_on_by_its_next() {
    let (world, visitor) = stage();
    let get = async |path: &str| ask(&world, &visitor, &Method::GET, path).await;
    let page = get("records?kind=indicator,subject&limit=2").await;
    assert_eq!(page["lines"].as_array().unwrap().len(), 2);
    assert_eq!(page["basis"], "shown");
    let after = page["next"].as_str().unwrap();
    let rest = get(&format!("records?kind=indicator,subject&limit=200&after={after}")).await;
    assert_eq!((&rest["basis"], &rest["next"]), (&json!("seen"), &Value::Null));
    let told: Vec<_> =
        rest["lines"].as_array().unwrap().iter().filter(|line| line["hit_only"] == true).collect();
    assert_eq!((told.len(), &told[0]["name"]), (1, &json!("")));
    let red = get("records?level=TLP:AMBER%2BSTRICT,TLP:RED&state=held,live").await;
    assert_eq!(red["lines"].as_array().unwrap().len(), 1);
    for wrong in ["records?mine=perhaps", "records?category=foe", "records?limit=0"] {
        let request = visitor.asking(&world, Method::GET, &format!("/api/v1/desk/{wrong}"));
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        answer.problem(400);
    }
}

#[tokio::test]
async fn a_look_that_knows_the_answer_gets_none() {
    let (world, visitor) = stage();
    let path = "/api/v1/desk/frame";
    let answer = world.send(visitor.asking(&world, Method::GET, path).body(Body::empty()).unwrap()).await;
    let tag = answer.header("etag").to_owned();
    let again = visitor.asking(&world, Method::GET, path).header("if-none-match", &tag);
    let again = world.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}
