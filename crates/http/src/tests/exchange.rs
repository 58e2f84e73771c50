//! What nodes say to each other over one request: what is not as it must be is refused, and changes nothing.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{Answer, World, asking};
use crate::app::credential::IssuedKey;
use crate::app::{agreement, exchange};

async fn send(world: &World, key: &IssuedKey, body: impl Into<Body>) -> Answer {
    let request = asking(Method::POST, exchange::PATH, Some(key)).header(CONTENT_TYPE, "application/json");
    world.send(request.body(body.into()).unwrap()).await
}

/// A request that says and has nothing.
fn empty(world: &World) -> Value {
    let digest = agreement::current(&world.app).unwrap().agreement.digest().unwrap();
    json!({"v": 1, "agreement": digest, "at": world.app.now(), "have": {"n": 0}, "messages": []})
}

#[tokio::test]
async fn a_request_is_answered_in_the_form_that_it_has() {
    let world = World::new();
    let mut form = empty(&world);
    form["of a newer program"] = json!({"EXERCISE": 1});
    let answer = send(&world, &world.keys.bare, form.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    let told = answer.json();
    assert_eq!(
        (&told["have"], &told["messages"], &told["more"]),
        (&json!({"n": 0}), &json!([]), &json!(false))
    );
    assert_eq!(told["agreement"], form["agreement"]);
    assert!(told["program"].as_str().unwrap().starts_with("comity/"));
}

#[tokio::test]
async fn a_body_that_is_no_exchange_is_refused_and_kept_nowhere() {
    let world = World::new();
    let with = |field: &str, value: Value| {
        let mut form = empty(&world);
        form[field] = value;
        form.to_string()
    };
    let line = |n: u64| json!({"n": n, "message": {"EXERCISE": true}});
    let many: Vec<Value> = (1..=501).map(line).collect();
    for (body, why) in [
        (String::new(), "no exchange"),
        ("{".into(), "no exchange"),
        ("\u{0}".into(), "no exchange"),
        ("[".repeat(5_000), "no exchange"),
        (with("v", json!("1")), "no exchange"),
        (with("v", json!(2)), "version 2"),
        (with("messages", json!(many)), "more than 500"),
        (with("messages", json!([line(2), line(2)])), "numbers rise"),
        (with("have", json!({"n": -1})), "no exchange"),
        (with("have", json!({"n": 9_000_000_000_000_000_u64})), "far beyond"),
        (with("program", json!("EXERCISE\n")), "plain"),
    ] {
        let told = send(&world, &world.keys.read, body.clone()).await.problem(400);
        assert!(told.contains(why), "{told} for {}", body.chars().take(80).collect::<String>());
        assert_eq!(exchange::standings(&world.app).unwrap(), []);
    }
    let large = with("pad", json!("x".repeat(1 << 20)));
    let answer = send(&world, &world.keys.read, large).await;
    assert!([400, 413].contains(&answer.status.as_u16()), "{}", answer.text());
    assert_eq!(exchange::standings(&world.app).unwrap(), []);
    let media =
        asking(Method::POST, exchange::PATH, Some(&world.keys.read)).header(CONTENT_TYPE, "text/plain");
    let body = Body::from(empty(&world).to_string());
    assert_eq!(world.send(media.body(body).unwrap()).await.status, 415);
    assert_eq!(send(&world, &world.keys.read, empty(&world).to_string()).await.status, 200);
}

#[tokio::test]
async fn a_message_that_is_none_is_passed_over_and_said_to_be_had() {
    let world = World::new();
    let mut form = empty(&world);
    form["messages"] = json!([{"n": 1, "message": {"EXERCISE": true}}, {"n": 2, "message": 7}]);
    let told = send(&world, &world.keys.read, form.to_string()).await.json();
    assert_eq!(told["have"], json!({"n": 2}));
    assert!(exchange::standings(&world.app).unwrap()[0].fault.starts_with("message 2:"));
}
