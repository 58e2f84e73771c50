//! The people of a node, over HTTP.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;

use super::people::{PASSWORD, Seat, Visitor};
use super::{Answer, World};
use crate::app::Role;
use crate::app::visit::link;

#[rustfmt::skip]
pub(super) const SEATS: &[Seat] = &[
    //                                                              none  key   a    o    s    d    u    m
    Seat("GET", "/api/v1/desk/users", "",                          [401, 401, 403, 403, 403, 403, 403, 200]),
    Seat("POST", "/api/v1/desk/users", r#"{"name":"nina","roles":["analyst"]}"#,
                                                                   [401, 401, 403, 403, 403, 403, 403, 200]),
    Seat("POST", "/api/v1/desk/users/{name}/link", "",             [401, 401, 403, 403, 403, 403, 403, 200]),
    // Another administrator is there.
    Seat("POST", "/api/v1/desk/users/{name}/end", "",              [401, 401, 403, 403, 403, 403, 403, 204]),
];

async fn ask(world: &World, who: &Visitor, method: Method, path: &str, body: &str) -> Answer {
    let request = who.asking(world, method, path).header(CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn an_administrator_adds_a_user_hands_over_a_link_and_ends_the_account() {
    let world = World::new();
    let boss = world.as_user("boss", &[Role::Administrator]);
    let users = "/api/v1/desk/users";
    let made =
        ask(&world, &boss, Method::POST, users, r#"{"name":"nina","roles":["analyst","auditor"]}"#).await;
    assert_eq!((made.status.as_u16(), &made.json()["roles"]), (200, &json!(["analyst", "auditor"])));
    let taken = ask(&world, &boss, Method::POST, users, r#"{"name":"nina","roles":["analyst"]}"#).await;
    taken.problem(409);
    for body in [
        r#"{"name":"a b","roles":["analyst"]}"#,
        r#"{"name":"x","roles":["king"]}"#,
        r#"{"name":"x","roles":[]}"#,
    ] {
        ask(&world, &boss, Method::POST, users, body).await.problem(400);
    }
    let made = ask(&world, &boss, Method::POST, "/api/v1/desk/users/nina/link", "").await.json();
    link::take(&world.app, made["token"].as_str().unwrap(), PASSWORD).unwrap().unwrap();
    let listed = ask(&world, &boss, Method::GET, users, "").await.json();
    let nina = listed.as_array().unwrap().iter().find(|one| one["name"] == "nina").unwrap().clone();
    assert_eq!(
        (&nina["has_password"], &nina["factor"], &nina["visits"]),
        (&json!(true), &json!(false), &json!(1))
    );
    assert!(!listed.to_string().contains("token"));
    assert_eq!(ask(&world, &boss, Method::POST, "/api/v1/desk/users/nina/end", "").await.status, 204);
    ask(&world, &boss, Method::POST, "/api/v1/desk/users/nina/end", "").await.problem(404);
    ask(&world, &boss, Method::POST, "/api/v1/desk/users/nobody/link", "").await.problem(404);
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let world = World::new();
    let boss = world.as_user("boss", &[Role::Administrator]);
    let first = ask(&world, &boss, Method::GET, "/api/v1/desk/users", "").await;
    let tag = first.header("etag").to_owned();
    let known = async || {
        let request = boss.asking(&world, Method::GET, "/api/v1/desk/users").header("if-none-match", &tag);
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let again = known().await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    ask(&world, &boss, Method::POST, "/api/v1/desk/users", r#"{"name":"nina","roles":["analyst"]}"#).await;
    assert_eq!(known().await.status, 200);
}
