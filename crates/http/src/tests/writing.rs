//! What writers can do: post, ask for the status, withdraw their own.

use std::convert::Infallible;
use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Frame;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{Answer, START, TAXII, World, asking, first, indicator};
use crate::app::credential::IssuedKey;
use crate::app::explain;
use crate::app::model::stix::Tlp;

const CLEAR: &str = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";

/// An indicator marked TLP:CLEAR, so that its poster's whole community may see it.
pub(super) fn clear(number: u32) -> Value {
    let mut object = first(number);
    object["object_marking_refs"] = json!([CLEAR]);
    object
}

fn envelope(objects: &[Value]) -> String {
    json!({ "objects": objects }).to_string()
}

async fn withdraw(world: &World, key: &IssuedKey, number: u32, query: &str) -> Answer {
    let path = format!("collections/open/objects/indicator--00000000-0000-4000-8000-{number:012}/{query}");
    world.send(asking(Method::DELETE, &path, Some(key)).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_post_answers_202_with_a_complete_status_that_can_be_fetched_again() {
    let world = World::new();
    let posted = world.post(&world.keys.both, envelope(&[clear(1), clear(2)])).await;
    assert_eq!(posted.status, StatusCode::ACCEPTED, "{}", posted.text());
    let status = posted.json();
    assert_eq!(status["status"], "complete");
    assert_eq!(
        (
            &status["total_count"],
            &status["success_count"],
            &status["failure_count"],
            &status["pending_count"]
        ),
        (&json!(2), &json!(2), &json!(0), &json!(0))
    );
    assert_eq!(status["successes"][0]["version"], "2025-01-01T00:00:00.000Z");
    assert!(status.get("failures").is_none() && status.get("pendings").is_none(), "{status}");
    assert_eq!(status["request_timestamp"].as_str().unwrap().len(), START.to_string().len());
    let path = format!("status/{}/", status["id"].as_str().unwrap());
    assert_eq!(world.get(&world.keys.both, &path).await.json(), status);
    assert_eq!(world.visible(&world.keys.read).await.len(), 2);
}

#[tokio::test]
async fn a_status_is_for_the_key_that_posted_and_absent_for_others() {
    let world = World::new();
    let posted = world.post(&world.keys.both, envelope(&[clear(1)])).await.json();
    let path = format!("status/{}/", posted["id"].as_str().unwrap());
    let foreign = world.get(&world.keys.write, &path).await;
    foreign.taxii_error(404);
    let unknown = world.get(&world.keys.write, "status/2d086da7-4bdc-4f91-900e-d77486753710/").await;
    assert_eq!(foreign.body, unknown.body);
}

#[tokio::test]
async fn an_exact_duplicate_is_no_error() {
    let world = World::new();
    for _ in 0..2 {
        let status = world.post(&world.keys.both, envelope(&[clear(1)])).await.json();
        assert_eq!((&status["success_count"], &status["failure_count"]), (&json!(1), &json!(0)));
    }
    assert_eq!(world.visible(&world.keys.read).await.len(), 1);
}

#[tokio::test]
async fn a_bad_object_among_good_ones_fails_alone_and_says_why() {
    let world = World::new();
    let mut nameless = clear(3);
    nameless.as_object_mut().unwrap().remove("id");
    let mut backwards = indicator(4, "2020-01-01T00:00:00.000Z");
    backwards["object_marking_refs"] = json!([CLEAR]);
    let bad: [Value; 5] = [nameless, backwards, json!("text"), json!(7), json!({"type": "indicator"})];
    for object in bad {
        let world_before = world.visible(&world.keys.read).await.len();
        let number = u32::try_from(world_before).unwrap() * 2 + 100;
        let posted =
            world.post(&world.keys.both, envelope(&[clear(number), object, clear(number + 1)])).await;
        assert_eq!(posted.status, StatusCode::ACCEPTED, "{}", posted.text());
        let status = posted.json();
        assert_eq!((&status["success_count"], &status["failure_count"]), (&json!(2), &json!(1)), "{status}");
        assert!(
            status["failures"][0]["message"].as_str().is_some_and(|text| text.contains("object 1")),
            "{status}"
        );
        assert_eq!(world.visible(&world.keys.read).await.len(), world_before + 2);
    }
}

#[tokio::test]
async fn a_write_only_key_posts_and_does_not_read() {
    let world = World::new();
    assert_eq!(world.post(&world.keys.write, envelope(&[clear(1)])).await.status, StatusCode::ACCEPTED);
    world.objects(&world.keys.write, "").await.taxii_error(403);
    world.get(&world.keys.write, "collections/open/manifest/").await.taxii_error(403);
    let one = "collections/open/objects/indicator--00000000-0000-4000-8000-000000000001/";
    world.get(&world.keys.write, one).await.taxii_error(403);
}

#[tokio::test]
async fn a_read_only_key_posts_403_and_a_foreign_key_404() {
    let world = World::new();
    world.post(&world.keys.read, envelope(&[clear(1)])).await.taxii_error(403);
    world.post(&world.keys.bare, envelope(&[clear(1)])).await.taxii_error(404);
    assert!(world.visible(&world.keys.read).await.is_empty());
}

#[tokio::test]
async fn a_gzip_post_is_unpacked() {
    let world = World::new();
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(envelope(&[clear(1)]).as_bytes()).unwrap();
    let request = asking(Method::POST, "collections/open/objects/", Some(&world.keys.both))
        .header(CONTENT_TYPE, TAXII)
        .header(CONTENT_ENCODING, "gzip")
        .body(Body::from(packer.finish().unwrap()));
    assert_eq!(world.send(request.unwrap()).await.status, StatusCode::ACCEPTED);
    assert_eq!(world.visible(&world.keys.read).await.len(), 1);
}

#[tokio::test]
async fn deletion_withdraws_what_one_brought_and_a_second_one_is_404() {
    let world = World::new();
    world.post(&world.keys.both, envelope(&[clear(1), clear(2)])).await;
    let gone = withdraw(&world, &world.keys.both, 1, "?match[version]=all").await;
    assert_eq!((gone.status, gone.body.len()), (StatusCode::OK, 0));
    assert_eq!(world.visible(&world.keys.read).await, ["indicator--00000000-0000-4000-8000-000000000002"]);
    withdraw(&world, &world.keys.both, 1, "?match[version]=all").await.taxii_error(404);
}

#[tokio::test]
async fn deletion_without_versions_means_the_latest() {
    let world = World::new();
    let mut newer = indicator(1, "2025-02-01T00:00:00.000Z");
    newer["object_marking_refs"] = json!([CLEAR]);
    world.post(&world.keys.both, envelope(&[clear(1), newer])).await;
    assert_eq!(withdraw(&world, &world.keys.both, 1, "").await.status, StatusCode::OK);
    let rest = world.objects(&world.keys.read, "?match[version]=all").await.json();
    let versions: Vec<&str> = rest["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| object["modified"].as_str().unwrap())
        .collect();
    assert_eq!(versions, ["2025-01-01T00:00:00.000Z"]);
}

#[tokio::test]
async fn deletion_follows_the_table_of_rights() {
    let world = World::new();
    world.post(&world.keys.both, envelope(&[clear(1)])).await;
    withdraw(&world, &world.keys.bare, 1, "?match[version]=all").await.taxii_error(404);
    withdraw(&world, &world.keys.read, 1, "?match[version]=all").await.taxii_error(403);
    withdraw(&world, &world.keys.write, 1, "?match[version]=all").await.taxii_error(403);
    withdraw(&world, &world.keys.both, 999, "?match[version]=all").await.taxii_error(404);
    withdraw(&world, &world.keys.both, 1, "?match[version]=nonsense").await.taxii_error(400);
    assert_eq!(world.visible(&world.keys.read).await.len(), 1);
}

#[tokio::test]
async fn the_objects_of_others_cannot_be_withdrawn() {
    let world = World::new();
    world.publish("open", Tlp::Clear, &[first(1)]);
    world.publish("open", Tlp::Red, &[first(2)]);
    withdraw(&world, &world.keys.both, 1, "").await.taxii_error(403);
    let hidden = withdraw(&world, &world.keys.both, 2, "").await;
    hidden.taxii_error(404);
    assert_eq!(hidden.body, withdraw(&world, &world.keys.both, 999, "").await.body);
    assert_eq!(world.visible(&world.keys.read).await.len(), 1);
}

/// A body of which nothing ever comes; it tells when somebody asks for it.
struct Endless(Option<oneshot::Sender<()>>);

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(tell) = self.0.take() {
            let _ = tell.send(());
        }
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_bodies_are_read_at_once_than_there_are_workers() {
    let world = World::with(|bounds| bounds.workers = 1);
    let endless = || {
        let (tell, told) = oneshot::channel();
        (Body::new(Endless(Some(tell))), told)
    };
    let (body, is_read) = endless();
    let mut slow = Box::pin(world.post(&world.keys.both, body));
    tokio::select! {
        _ = &mut slow => panic!("it has no end"),
        read = is_read => read.unwrap(),
    }
    let (body, mut is_read) = endless();
    let waits = tokio::time::timeout(Duration::from_secs(1), world.post(&world.keys.both, body)).await;
    assert!(waits.is_err());
    assert!(is_read.try_recv().is_err(), "nobody has asked for the second body");
    assert_eq!(world.get(&world.keys.both, "collections/").await.status, 200, "others are served");
    drop(slow);
    assert_eq!(world.post(&world.keys.both, envelope(&[clear(1)])).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn d7_a_post_and_a_record_state_that_their_source_stays_anonymous() {
    let world = World::new();
    let path = format!("collections/{}/objects/", world.open);
    let send = async |flags: &str, object: Value| {
        let request = asking(Method::POST, &path, Some(&world.keys.write))
            .header(CONTENT_TYPE, TAXII)
            .header("Comity-Flags", flags);
        world.send(request.body(Body::from(json!({"objects": [object]}).to_string())).unwrap()).await
    };
    let taken = send("anonymous-source, originator-control", clear(1)).await.json();
    assert_eq!(taken["success_count"], 1, "{taken}");
    let shown = explain::show(&world.app, clear(1)["id"].as_str().unwrap()).unwrap().remove(0);
    assert!(shown.handling.contains("anonymous-source") && shown.handling.contains("originator-control"));
    let mut named = clear(2);
    named["external_references"] = json!([{"source_name": "EXERCISE gazette", "description": "EXERCISE"}]);
    let refused = send("anonymous-source", named.clone()).await.json();
    assert_eq!(refused["failure_count"], 1, "{refused}");
    let why = refused["failures"][0]["message"].as_str().unwrap();
    assert!(why.contains("external_references: it may name the source"), "{why}");
    assert_eq!(send("neutral", named.clone()).await.status, 400, "it is no flag");
    assert!(explain::show(&world.app, named["id"].as_str().unwrap()).is_err(), "nothing of it is stored");

    let body = json!({"record": super::records::site(), "statement": {"tlp": "clear", "flags": ["anonymous-source"]}});
    let path = "/api/v1/collections/open/records";
    let request =
        asking(Method::POST, path, Some(&world.keys.write)).header(CONTENT_TYPE, "application/json");
    let stored = world.send(request.body(Body::from(body.to_string())).unwrap()).await.json();
    let shown = explain::show(&world.app, stored["id"].as_str().unwrap()).unwrap().remove(0);
    assert!(shown.handling.contains("anonymous-source"), "{}", shown.handling);
}
