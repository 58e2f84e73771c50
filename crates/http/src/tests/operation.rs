//! Running a node: health, figures, limits on callers, request ids, panics, and the REST interface.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use serde_json::json;

use super::{READER, World, asking, first};
use crate::app::credential::IssuedKey;
use crate::app::model::stix::Tlp;

#[tokio::test]
async fn health_is_open_and_says_only_ok() {
    let world = World::new();
    let answer = world.send(asking(Method::GET, "/healthz", None).body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "ok\n"));
}

#[tokio::test]
async fn the_figures_count_requests_by_route_and_name_no_record() {
    let world = World::new();
    world.publish("open", Tlp::Clear, &[first(1)]);
    world.objects(&world.keys.read, "?match[id]=indicator--00000000-0000-4000-8000-000000000001").await;
    let text = world.get(&world.keys.metrics, "/metrics").await.text();
    let line = "comity_http_requests_total{route=\"/taxii2/api/collections/{collection}/objects/\",method=\"GET\",\
        status=\"200\"} 1";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("comity_http_objects_served_total 1"), "{text}");
    for secret in ["indicator--", "identity--", world.keys.read.id.as_str(), world.open.as_str()] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(world.telemetry.text(world.app.alarms()).contains("comity_http_request_seconds"));
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_429_with_retry_after_and_others_are_not() {
    let world = World::with(|bounds| (bounds.requests_per_second, bounds.burst) = (1, 5));
    for _ in 0..5 {
        assert_eq!(world.get(&world.keys.read, "collections/").await.status, 200);
    }
    let held = world.get(&world.keys.read, "collections/").await;
    held.taxii_error(429);
    assert!(held.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(world.get(&world.keys.both, "collections/").await.status, 200);
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_429_even_without_a_key() {
    let world = World::with(|bounds| (bounds.requests_per_second, bounds.burst) = (1, 2));
    let ask = async || {
        let request = asking(Method::GET, "/api/v1/node", None).body(Body::empty()).unwrap();
        world.send(request).await
    };
    for _ in 0..4 {
        assert_eq!(ask().await.status, 401);
    }
    ask().await.problem(429);
}

#[tokio::test]
async fn failed_logins_block_their_address_for_a_while() {
    let world = World::with(|bounds| {
        (bounds.failed_logins, bounds.login_recovery) = (3, Duration::from_secs(3600));
    });
    let wrong = IssuedKey { secret: "guess".to_owned(), ..world.keys.read.clone() };
    for _ in 0..3 {
        assert_eq!(world.get(&wrong, "collections/").await.status, 401);
    }
    let blocked = world.get(&wrong, "collections/").await;
    blocked.taxii_error(429);
    assert!(blocked.header("retry-after").parse::<u64>().unwrap() > 3000);
}

#[tokio::test]
async fn a_good_login_never_counts_as_a_failure() {
    let world = World::with(|bounds| {
        (bounds.failed_logins, bounds.login_recovery) = (1, Duration::from_secs(3600));
    });
    for _ in 0..5 {
        assert_eq!(world.get(&world.keys.read, "collections/").await.status, 200);
    }
}

#[tokio::test]
async fn the_request_id_is_the_nodes_own() {
    let world = World::new();
    let ask = async || {
        let request =
            asking(Method::GET, "/taxii2/", Some(&world.keys.read)).header("x-request-id", "forged");
        world.send(request.body(Body::empty()).unwrap()).await.header("x-request-id").to_owned()
    };
    let (one, other) = (ask().await, ask().await);
    assert_eq!((one.len(), other.len()), (32, 32));
    assert_ne!(one, other);
}

#[tokio::test]
async fn every_answer_forbids_sniffing_keeping_and_running() {
    let world = World::new();
    for path in ["/taxii2/", "/healthz", "/api/v1/node", "/nowhere"] {
        let answer = world.get(&world.keys.read, path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!answer.headers.contains_key("server"), "{path}");
    }
}

#[tokio::test]
async fn the_node_tells_its_member_agreement_and_checkpoint() {
    let world = World::new();
    let node = world.get(&world.keys.read, "/api/v1/node").await.json();
    assert_eq!(
        (&node["member"], &node["name"]),
        (&json!(world.app.member().to_string()), &json!("Exercise host"))
    );
    assert_eq!(node["agreement"]["epoch"], 2);
    let agreement = world.get(&world.keys.read, "/api/v1/agreement").await.json();
    assert_eq!(agreement["digest"], node["agreement"]["digest"]);
    assert!(agreement["toml"].as_str().unwrap().contains("Exercise reader"));
    let note = world.get(&world.keys.read, "/api/v1/ledger/checkpoint").await;
    assert_eq!((note.header("content-type"), note.text()), ("text/plain; charset=utf-8", checkpoint(&node)));
    assert_eq!(node["ledger_key"], json!(world.app.ledger_vkey()));
}

fn checkpoint(node: &serde_json::Value) -> String {
    node["checkpoint"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_caller_learns_who_it_is() {
    let world = World::new();
    let told = world.get(&world.keys.both, "/api/v1/whoami").await.json();
    assert_eq!((&told["member"], &told["name"]), (&json!(READER), &json!("Exercise reader")));
    assert_eq!((&told["standing"], &told["collections"]), (&json!("member"), &json!(["open"])));
    assert_eq!(told["node_member"], json!(world.app.member().to_string()));
    assert!(told.get("purpose").is_none(), "{told}");
}

#[tokio::test]
async fn a_leaf_has_a_proof_and_an_absent_one_is_404() {
    let world = World::new();
    let proof = world.get(&world.keys.read, "/api/v1/ledger/leaves/0/proof").await;
    assert_eq!(proof.status, 200);
    assert!(proof.text().contains("c2sp.org/tlog-proof"), "{}", proof.text());
    for leaf in ["999999", "-1", "x", "99999999999999999999999"] {
        world.get(&world.keys.read, &format!("/api/v1/ledger/leaves/{leaf}/proof")).await.problem(404);
    }
}

#[tokio::test]
async fn deliveries_name_what_left_and_head_requests_deliver_nothing() {
    let world = World::new();
    world.publish("open", Tlp::Clear, &[first(1), first(2)]);
    let head = asking(Method::HEAD, "collections/open/objects/", Some(&world.keys.read));
    assert_eq!(world.send(head.body(Body::empty()).unwrap()).await.status, 200);
    let none = world.get(&world.keys.read, "/api/v1/deliveries").await.json();
    assert_eq!(none, json!({"deliveries": [], "more": false}));
    world.objects(&world.keys.read, "?limit=1").await;
    world.objects(&world.keys.read, "?limit=1").await;
    let told = world.get(&world.keys.read, "/api/v1/deliveries").await.json();
    assert_eq!(told["deliveries"].as_array().unwrap().len(), 1, "{told}");
    let delivery = &told["deliveries"][0];
    assert_eq!(delivery["id"], "indicator--00000000-0000-4000-8000-000000000001");
    assert_eq!((&delivery["view"], &delivery["count"]), (&json!("whole"), &json!(2)));
}

#[tokio::test]
async fn deliveries_come_by_pages_that_leave_none_out() {
    let world = World::new();
    world.publish("open", Tlp::Clear, &[1, 2, 3, 4, 5].map(first));
    world.objects(&world.keys.read, "").await;
    let whole = world.get(&world.keys.read, "/api/v1/deliveries?limit=5000").await.json();
    assert_eq!((whole["deliveries"].as_array().unwrap().len(), &whole["more"]), (5, &json!(false)));
    assert!(whole.get("next").is_none(), "{whole}");
    let (mut walked, mut path) = (Vec::new(), "/api/v1/deliveries?limit=2".to_owned());
    loop {
        let page = world.get(&world.keys.read, &path).await.json();
        let rows = page["deliveries"].as_array().unwrap();
        assert!((1..=2).contains(&rows.len()));
        walked.extend(rows.clone());
        assert_eq!(page["more"], json!(page.get("next").is_some()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/deliveries?limit=2&after={next}");
    }
    assert_eq!(json!(walked), whole["deliveries"]);
    for wrong in ["limit=0", "limit=-1", "limit=x", "limit=1&limit=1", "after=", "after=zzz", "after=AAAA"] {
        world.get(&world.keys.read, &format!("/api/v1/deliveries?{wrong}")).await.problem(400);
    }
}

#[tokio::test]
async fn a_name_with_control_characters_is_a_failed_login() {
    let world = World::with(|bounds| {
        (bounds.failed_logins, bounds.login_recovery) = (2, Duration::from_secs(3600));
    });
    for user in ["k\0ey", "\u{1}"] {
        let wrong = IssuedKey { user: user.to_owned(), ..world.keys.read.clone() };
        assert_eq!(world.get(&wrong, "collections/").await.status, 401);
    }
    world.get(&world.keys.read, "collections/").await.taxii_error(429);
}

#[tokio::test]
async fn errors_outside_taxii_are_problems() {
    let world = World::new();
    let request = asking(Method::GET, "/api/v1/node", None).header(AUTHORIZATION, "Bearer nonsense");
    world.send(request.body(Body::empty()).unwrap()).await.problem(401);
    world.get(&world.keys.metrics, "/api/v1/node").await.problem(403);
    world.get(&world.keys.read, "/metrics").await.problem(403);
}
