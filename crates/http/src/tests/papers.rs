//! Documents as people get them: as a file, with the marking, and nothing of what they may not see.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::desk::{at, example};
use super::{Answer, World};
use crate::app::Role;
use crate::app::import::{self, Input};
use crate::app::model::Stated;
use crate::app::model::stix::Tlp;

const CLAIM: &str = "comity-claim--00000000-0000-4000-8000-000000000120";

/// Brings an object in as the operator, without a purpose: it is of no person.
fn put(world: &World, stated: Stated, object: &Value) {
    let input = Input { collection: "open", name: "exercise.json", stated, ..Input::default() };
    let bytes = serde_json::to_vec(&json!({ "objects": [object] })).unwrap();
    let done = import::run(&world.app, &world.operator(), &input, &bytes, &mut |_| {}).unwrap();
    assert!(done.rejected.is_empty(), "{:?}", done.rejected);
}

async fn asked(world: &World, name: &str, path: &str) -> Answer {
    let visitor = world.as_user(name, &[Role::Analyst]);
    let path = format!("/api/v1/desk/papers/{path}");
    world.send(visitor.asking(world, Method::GET, &path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_person_takes_a_document_away_as_a_file_that_runs_nothing() {
    let world = World::new();
    put(&world, at(Tlp::Clear), &example(CLAIM));
    for (form, media) in [
        ("html", "text/html; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
    ] {
        let answer = asked(&world, form, &format!("{CLAIM}?as={form}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.headers[CONTENT_TYPE], media);
        assert_eq!(answer.headers[CONTENT_DISPOSITION], format!("attachment; filename=\"{CLAIM}.{form}\""));
        assert!(answer.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox"));
        assert!(answer.text().contains(CLAIM));
    }
    let none = asked(&world, "pdf", CLAIM).await;
    assert_eq!(none.status, 409, "the tests have no typesetter: {}", none.text());
    let odd = asked(&world, "odd", &format!("{CLAIM}?as=docx")).await;
    assert!(odd.status == 400 && odd.text().contains("pdf, html, csv, json"), "{}", odd.text());
}

#[tokio::test]
async fn a_document_of_what_is_hidden_is_absent_like_one_that_never_was() {
    let world = World::new();
    let inner = Stated { inner: ["cell".to_owned()].into(), ..at(Tlp::Green) };
    let mut hidden = example(CLAIM);
    hidden.as_object_mut().unwrap().remove("object_marking_refs");
    put(&world, inner, &hidden);
    let absent = CLAIM.replace("120", "999");
    let (one, other) = (asked(&world, "a", CLAIM).await, asked(&world, "b", &absent).await);
    assert_eq!((one.status, one.text().replace("120", "999")), (other.status, other.text()));
    assert_eq!(one.status, 404);
}

/// Who holds it keeps the printer from its work.
static INK: Mutex<()> = Mutex::const_new(());
/// How many documents were begun.
static BEGUN: AtomicUsize = AtomicUsize::new(0);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_nobody_waits_for_any_more_leave_the_workers_to_others() {
    let world = World::printing(
        |_| {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            drop(INK.blocking_lock());
            Ok(b"%PDF".to_vec())
        },
        |bounds| bounds.workers = 2,
    );
    put(&world, at(Tlp::Clear), &example(CLAIM));
    let visitor = world.as_user("ann", &[Role::Analyst]);
    let ask = |form: &str| {
        let path = format!("/api/v1/desk/papers/{CLAIM}?as={form}");
        world.send(visitor.asking(&world, Method::GET, &path).body(Body::empty()).unwrap())
    };
    let ink = INK.lock().await;
    let mut first = Box::pin(ask("pdf"));
    while BEGUN.load(Ordering::SeqCst) == 0 {
        let soon = tokio::time::timeout(Duration::from_millis(20), &mut first).await;
        assert!(soon.is_err(), "the printer has no ink");
    }
    drop(first);
    for _ in 0..4 {
        let gone = tokio::time::timeout(Duration::from_millis(50), ask("pdf")).await;
        assert!(gone.is_err(), "one is made at a time");
    }
    let other = tokio::time::timeout(Duration::from_secs(60), ask("html")).await;
    assert_eq!(other.map(|answer| answer.status.as_u16()), Ok(200), "a worker is free");
    assert_eq!(BEGUN.load(Ordering::SeqCst), 1, "and the printer was given one document");
    drop(ink);
    let answer = ask("pdf").await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "%PDF"));
}
