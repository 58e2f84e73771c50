//! Signing in with a browser, over HTTP: what a page gets, and what no other page, program or copied cookie gets.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::request::Builder;
use axum::http::{Method, Request};
use hyper::body::Frame;
use serde_json::{Value, json};

use super::log::kept;
use super::people::{ORIGIN_HERE, PASSWORD, Seat, Visitor, from_page};
use super::{Answer, World, asking};
use crate::app::visit;
use crate::app::{Role, person};

#[rustfmt::skip]
pub(super) const SEATS: &[Seat] = &[
    //                                                                none  key   a    o    s    d    u    m
    Seat("DELETE", "/api/v1/visit", "",                              [401, 401, 204, 204, 204, 204, 204, 204]),
    // Each is signed in already.
    Seat("POST", "/api/v1/visit/second-factor", r#"{"code":"123456"}"#,
                                                                     [401, 401, 409, 409, 409, 409, 409, 409]),
    Seat("POST", "/api/v1/visit/totp", "",                           [401, 401, 200, 200, 200, 200, 200, 200]),
    // Nothing was offered.
    Seat("PUT", "/api/v1/visit/totp", r#"{"code":"123456"}"#,        [401, 401, 409, 409, 409, 409, 409, 409]),
    // The analyst and the auditor have no second factor.
    Seat("POST", "/api/v1/visit/recovery", "",                       [401, 401, 409, 200, 200, 200, 409, 200]),
    // A wrong password.
    Seat("POST", "/api/v1/visit/step-up", r#"{"password":"x"}"#,     [401, 401, 403, 403, 403, 403, 403, 403]),
    // A role that nobody of them holds beside another.
    Seat("POST", "/api/v1/visit/acting", r#"{"roles":["analyst"]}"#, [401, 401, 200, 403, 403, 403, 403, 403]),
    // A wrong password.
    Seat("POST", "/api/v1/visit/password", r#"{"old":"x","new":"y"}"#,
                                                                     [401, 401, 403, 403, 403, 403, 403, 403]),
];

impl World {
    /// Sends JSON.
    async fn say(&self, request: Builder, body: &str) -> Answer {
        let request = request.header(CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn enter(&self, name: &str, password: &str) -> Answer {
        let body = json!({"name": name, "password": password}).to_string();
        self.say(from_page(Method::POST, "/api/v1/visit"), &body).await
    }

    /// Who a page is told to be signed in.
    async fn standing(&self, cookie: &str) -> Value {
        let visitor = Visitor { cookie: cookie.to_owned(), token: String::new() };
        let request = visitor.asking(self, Method::GET, "/api/v1/visit");
        self.send(request.body(Body::empty()).unwrap()).await.json()
    }
}

/// The value of the cookie that an answer sets.
fn cookie_of(answer: &Answer) -> String {
    let text = answer.header(SET_COOKIE.as_str());
    text.split_once('=').unwrap().1.split_once(';').unwrap().0.to_owned()
}

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_person_opens_a_link_signs_in_acts_and_leaves() {
    let world = World::new();
    person::add(&world.app, &world.operator(), "lena", &[Role::Analyst], &[]).unwrap();
    let link = visit::link::make(&world.app, &world.operator(), "lena").unwrap().token;
    let asked = json!({"token": link}).to_string();
    let looked = world.say(from_page(Method::POST, "/api/v1/visit/link/look"), &asked).await;
    assert_eq!(looked.json()["name"], "lena");
    let body = json!({"token": link, "password": PASSWORD}).to_string();
    let taken = world.say(from_page(Method::POST, "/api/v1/visit/link"), &body).await;
    assert_eq!((taken.status.as_u16(), &taken.json()["stage"]), (200, &json!("signed")));
    for path in ["/api/v1/visit/link/look", "/api/v1/visit/link"] {
        let body = if path.ends_with("look") { &asked } else { &body };
        let again = world.say(from_page(Method::POST, path), body).await;
        again.problem(404);
        assert_eq!(code(&again), "link");
    }

    let answer = world.enter("lena", PASSWORD).await;
    let set = answer.header(SET_COOKIE.as_str());
    assert!(set.starts_with("__Host-comity-"), "{set}");
    for rule in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(set.contains(rule), "{set}");
    }
    assert!(!set.contains("Expires") && !set.contains("Max-Age"), "{set}");
    let told = answer.json();
    assert_eq!(told["me"]["name"], "lena");
    assert_eq!(told, world.standing(&cookie_of(&answer)).await);
    let visitor = Visitor { cookie: cookie_of(&answer), token: told["token"].as_str().unwrap().to_owned() };
    let left = world.say(visitor.asking(&world, Method::DELETE, "/api/v1/visit"), "").await;
    assert_eq!(left.status, 204);
    assert!(left.header(SET_COOKIE.as_str()).contains("Max-Age=0"));
    let gone = world.standing(&visitor.cookie).await;
    assert_eq!((&gone["stage"], &gone["me"], &gone["token"]), (&json!("none"), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_officer_sets_a_second_factor_up_and_needs_it_from_then_on() {
    let world = World::new();
    world.as_user("olga", &[Role::ReleaseOfficer]);
    let half = world.enter("olga", PASSWORD).await;
    assert_eq!(half.json()["stage"], "second-factor");
    let visitor =
        Visitor { cookie: cookie_of(&half), token: half.json()["token"].as_str().unwrap().to_owned() };
    // A cookie of before the second factor opens nothing but the way on and out.
    for (method, path) in [
        (Method::POST, "/api/v1/visit/totp"),
        (Method::PUT, "/api/v1/visit/totp"),
        (Method::POST, "/api/v1/visit/recovery"),
        (Method::POST, "/api/v1/visit/step-up"),
        (Method::POST, "/api/v1/visit/acting"),
        (Method::POST, "/api/v1/visit/password"),
    ] {
        let answer = world.say(visitor.asking(&world, method, path), "{}").await;
        answer.problem(401);
        assert_eq!(code(&answer), "second-factor", "{path}");
        assert_eq!(answer.header("www-authenticate"), "");
    }
    let second = visitor.asking(&world, Method::POST, "/api/v1/visit/second-factor");
    let wrong = world.say(second, r#"{"code":"000000"}"#).await;
    wrong.problem(403);
    assert_eq!(code(&wrong), "proof");
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_answer_alike() {
    let world = World::new();
    world.as_user("lena", &[Role::Analyst]);
    let wrong = world.enter("lena", "not the pass phrase").await;
    wrong.problem(401);
    assert_eq!(code(&wrong), "sign-in");
    assert_eq!(wrong.header("www-authenticate"), "", "the browser opens no box of its own");
    for name in ["nobody", "", "a\0b", "LENA", &"x".repeat(10_000)] {
        let answer = world.enter(name, "not the pass phrase").await;
        assert_eq!((answer.status, &answer.body), (wrong.status, &wrong.body), "{}", name.len());
        assert_eq!(answer.headers.len(), wrong.headers.len());
    }
    world.enter("lena", "again").await;
    world.enter("lena", "again").await;
    let wait = world.enter("lena", PASSWORD).await;
    wait.problem(429);
    assert_eq!((code(&wait).as_str(), wait.header("retry-after")), ("wait", "1"));
}

#[tokio::test]
async fn a_foreign_page_can_neither_read_nor_write() {
    let world = World::new();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let cookie = format!("{}={}", visit::cookie_name(&world.app), visitor.cookie);
    let ask = async |method: Method, headers: &[(&str, &str)]| {
        let path = if method == Method::GET { "/api/v1/visit" } else { "/api/v1/visit/acting" };
        let mut request = Request::builder().method(method).uri(path).header(COOKIE, &cookie);
        request = request.header("x-comity-token", &visitor.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        world.say(request, r#"{"roles":["analyst"]}"#).await
    };
    const HERE: (&str, &str) = ("host", "127.0.0.1:6180");
    let good = [HERE, ("origin", ORIGIN_HERE)];
    assert_eq!(ask(Method::POST, &good).await.status, 200);
    assert_eq!(ask(Method::GET, &[HERE]).await.status, 200);
    for origin in [
        "null",
        "",
        "http://127.0.0.1:6181",
        "http://127.0.0.1",
        "ftp://127.0.0.1:6180",
        "http://127.0.0.1:6180.evil.example",
        "http://127.0.0.1.evil.example:6180",
        "http://evil.example",
        "http://localhost:6180",
        "http://127.0.0.1:6180/",
        "127.0.0.1:6180",
    ] {
        for method in [Method::POST, Method::GET] {
            let answer = ask(method, &[HERE, ("origin", origin)]).await;
            answer.problem(403);
            assert_eq!(code(&answer), "foreign-page", "{origin}");
        }
    }
    for site in ["cross-site", "same-site", "none", ""] {
        for method in [Method::POST, Method::GET] {
            let answer = ask(method, &[good[0], good[1], ("sec-fetch-site", site)]).await;
            assert_eq!(answer.status, 403, "{site}");
        }
    }
    for headers in [
        &[HERE][..],
        &[("origin", ORIGIN_HERE)],
        &[HERE, good[1], ("origin", ORIGIN_HERE)],
        &[("host", "node.example"), ("origin", "http://node.example")],
    ] {
        assert_eq!(ask(Method::POST, headers).await.status, 403, "{headers:?}");
    }
    let secure = [("host", "node.example"), ("origin", "https://node.example")];
    assert_eq!(ask(Method::POST, &secure).await.status, 200);
}

#[tokio::test]
async fn the_token_of_the_page_is_asked_for_by_whatever_is_more_than_a_look() {
    let world = World::new();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let other = world.as_user("mira", &[Role::Analyst]);
    for token in ["", "guessed", &other.token, &visitor.cookie] {
        let stolen = Visitor { cookie: visitor.cookie.clone(), token: token.to_owned() };
        let request = stolen.asking(&world, Method::POST, "/api/v1/visit/acting");
        let answer = world.say(request, r#"{"roles":["analyst"]}"#).await;
        answer.problem(403);
        assert_eq!(code(&answer), "foreign-page");
    }
}

#[tokio::test]
async fn cookies_that_are_many_long_or_double_carry_no_visit() {
    let world = World::new();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let name = visit::cookie_name(&world.app);
    let good = format!("{name}={}", visitor.cookie);
    let ask = async |cookies: &[String]| {
        let mut request = from_page(Method::DELETE, "/api/v1/visit").header("x-comity-token", &visitor.token);
        for cookie in cookies {
            request = request.header(COOKIE, cookie);
        }
        world.say(request, "").await
    };
    for cookies in [
        vec![format!("{good}; {name}=other")],
        vec![good.clone(), "theme=dark".to_owned()],
        vec![format!("{good}; padding={}", "x".repeat(8 << 10))],
        vec![format!("{name}=")],
        vec![format!("{name}2={}", visitor.cookie)],
        vec![good.to_lowercase()],
        vec![format!("__Host-comity-00000000={}", visitor.cookie)],
    ] {
        let answer = ask(&cookies).await;
        answer.problem(401);
        assert_eq!(code(&answer), "sign-in", "{cookies:?}");
    }
    assert_eq!(ask(&[format!("theme=dark; {good}")]).await.status, 204);
}

#[tokio::test]
async fn a_key_and_a_visit_together_are_two_callers() {
    let world = World::new();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let cookie = format!("{}={}", visit::cookie_name(&world.app), visitor.cookie);
    let bearer = format!("Bearer {}", world.keys.both.secret);
    let desk = visitor.asking(&world, Method::DELETE, "/api/v1/visit").header(AUTHORIZATION, &bearer);
    let exchange = asking(Method::GET, "/api/v1/whoami", Some(&world.keys.both)).header(COOKIE, &cookie);
    for request in [desk, exchange] {
        let answer = world.say(request, "").await;
        answer.problem(400);
        assert_eq!(code(&answer), "two-callers");
    }
    // A visit opens nothing that is for programs.
    let request = visitor.asking(&world, Method::GET, "/api/v1/whoami");
    world.say(request, "").await.problem(401);
}

#[tokio::test]
async fn two_nodes_on_one_host_do_not_sign_each_other_out() {
    let (one, two) = (World::new(), World::new());
    let (lena, mira) = (one.as_user("lena", &[Role::Analyst]), two.as_user("mira", &[Role::Analyst]));
    let jar = format!(
        "{}={}; {}={}",
        visit::cookie_name(&one.app),
        lena.cookie,
        visit::cookie_name(&two.app),
        mira.cookie
    );
    for (world, name) in [(&one, "lena"), (&two, "mira")] {
        let request = from_page(Method::GET, "/api/v1/visit").header(COOKIE, &jar);
        assert_eq!(world.say(request, "").await.json()["me"]["name"], name);
    }
}

#[tokio::test]
async fn what_is_sent_to_sign_in_is_short_strict_json() {
    let world = World::new();
    let open = |path| from_page(Method::POST, path);
    let long = json!({"name": "lena", "password": "x".repeat(1 << 20)}).to_string();
    world.say(open("/api/v1/visit"), &long).await.problem(413);
    for body in [
        "",
        "{",
        "[]",
        r#"{"name":"a","name":"b","password":"c"}"#,
        r#"{"name":"a"}"#,
        r#"{"name":"a","password":"b","more":1}"#,
        r#"{"name":1,"password":"b"}"#,
        r#"{"name":"\ud800","password":"b"}"#,
    ] {
        world.say(open("/api/v1/visit"), body).await.problem(400);
    }
    let request = open("/api/v1/visit").header(CONTENT_TYPE, "text/plain");
    world.send(request.body(Body::from(r#"{"name":"a","password":"b"}"#)).unwrap()).await.problem(415);
}

#[tokio::test]
async fn a_bad_password_is_told_with_what_to_do_and_the_link_stays_good() {
    let world = World::new();
    let link = visit::link::make(&world.app, &world.operator(), "operator").unwrap().token;
    let body = json!({"token": link, "password": "password1234"}).to_string();
    let answer = world.say(from_page(Method::POST, "/api/v1/visit/link"), &body).await;
    assert!(answer.problem(400).contains("guessers"));
    assert_eq!(code(&answer), "password");
    assert!(visit::link::look(&world.app, &link).unwrap().is_some());
}

#[tokio::test]
async fn a_visit_that_lost_its_role_or_its_person_is_out_at_the_next_request() {
    let world = World::new();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    person::end(&world.app, &world.operator(), "lena").unwrap();
    let request = visitor.asking(&world, Method::POST, "/api/v1/visit/acting");
    let answer = world.say(request, r#"{"roles":["analyst"]}"#).await;
    answer.problem(401);
    assert_eq!(code(&answer), "sign-in");
}

#[tokio::test]
async fn failures_from_one_address_end_there_though_every_name_is_another() {
    let world = World::with(|bounds| bounds.failed_logins = 3);
    for number in 0..3 {
        assert_eq!(world.enter(&format!("nobody{number}"), "wrong").await.status, 401);
    }
    world.enter("nobody9", "wrong").await.problem(429);
    // Who is signed in goes on.
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let request = visitor.asking(&world, Method::POST, "/api/v1/visit/acting");
    assert_eq!(world.say(request, r#"{"roles":["analyst"]}"#).await.status, 200);
}

#[tokio::test]
async fn no_cookie_token_or_password_stands_in_the_log() {
    let world = Arc::new(World::new());
    let (log, guard) = kept();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let answer = world.enter("lena", PASSWORD).await;
    world.enter("lena", "a wrong pass phrase").await;
    world.enter("a name that nobody has", "a wrong pass phrase").await;
    let request = visitor.asking(&world, Method::POST, "/api/v1/visit/acting");
    world.say(request, r#"{"roles":["analyst"]}"#).await;
    let link = visit::link::make(&world.app, &world.operator(), "lena").unwrap().token;
    let body = json!({"token": link, "password": "short"}).to_string();
    world.say(from_page(Method::POST, "/api/v1/visit/link"), &body).await;
    drop(guard);
    let log = log.text();
    assert!(log.contains("user=\"lena\"") || log.contains("user=lena"), "{log}");
    let cookie = cookie_of(&answer);
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    for secret in [
        &visitor.cookie,
        &visitor.token,
        &cookie,
        &token,
        &link,
        PASSWORD,
        "a wrong pass",
        "a name that nobody",
    ] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[tokio::test]
async fn the_origin_is_held_against_the_host_that_was_asked_whatever_a_proxy_header_says() {
    let world = World::new();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let name = visit::cookie_name(&world.app);
    let request = Request::builder()
        .method(Method::DELETE)
        .uri("/api/v1/visit")
        .header(HOST, "127.0.0.1:6180")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-for", "127.0.0.1")
        .header(ORIGIN, "https://evil.example")
        .header(COOKIE, format!("{name}={}", visitor.cookie))
        .header("x-comity-token", &visitor.token);
    world.say(request, "").await.problem(403);
}

#[tokio::test]
async fn a_page_that_is_left_open_asks_for_news_and_does_not_keep_the_visit_alive() {
    let world = World::new();
    let left = world.as_user("lena", &[Role::Analyst]);
    let used = world.as_user("nina", &[Role::Analyst]);
    let poll = async |visitor: &Visitor, method: Method, path: &str| {
        let request = visitor.asking(&world, method, path).header("x-comity-unattended", "1");
        world.say(request, r#"{"roles":["analyst"]}"#).await
    };
    for minute in 0..31 {
        for path in ["/api/v1/desk/today", "/api/v1/visit"] {
            assert_eq!(poll(&left, Method::GET, path).await.status, if minute < 30 { 200 } else { break });
        }
        // Whatever the header says, an act is somebody's.
        assert_eq!(poll(&used, Method::POST, "/api/v1/visit/acting").await.status, 200);
        world.clock.advance_seconds(60);
    }
    let out = poll(&left, Method::GET, "/api/v1/desk/today").await;
    out.problem(401);
    assert_eq!(code(&out), "sign-in");
    assert_eq!(poll(&left, Method::GET, "/api/v1/visit").await.json()["stage"], "none");
    // Without it, or with another value, a look counts.
    for number in ["0", "true"] {
        let request =
            used.asking(&world, Method::GET, "/api/v1/desk/today").header("x-comity-unattended", number);
        assert_eq!(world.say(request, "").await.status, 200);
        world.clock.advance_seconds(29 * 60);
    }
    assert_eq!(poll(&used, Method::GET, "/api/v1/desk/today").await.status, 200);
}

/// A body of which no byte ever comes.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn strangers_who_send_slowly_keep_nobody_waiting_and_are_sent_away() {
    let world = Arc::new(World::with(|bounds| bounds.workers = 2));
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let begun = tokio::time::Instant::now();
    let paths =
        ["/api/v1/visit", "/api/v1/visit/link", "/api/v1/visit/link/look", "/api/v1/join", "/api/v1/visit"];
    let mut strangers = tokio::task::JoinSet::new();
    for path in paths {
        let request = from_page(Method::POST, path).header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::new(Endless)).unwrap();
        let world = Arc::clone(&world);
        strangers.spawn(async move { world.send(request).await });
    }
    tokio::task::yield_now().await;
    let request = visitor.asking(&world, Method::POST, "/api/v1/visit/acting");
    let mine = world.say(request, r#"{"roles":["analyst"]}"#).await;
    assert_eq!((mine.status.as_u16(), begun.elapsed()), (200, Duration::ZERO));
    for answer in strangers.join_all().await {
        answer.problem(408);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_address_that_knocks_without_end_has_to_wait_and_who_is_signed_in_goes_on() {
    let world = World::new();
    let visitor = world.as_user("lena", &[Role::Analyst]);
    let knock = || world.say(from_page(Method::POST, "/api/v1/visit/link/look"), "{");
    for _ in 0..60 {
        knock().await.problem(400);
    }
    let mut held = knock().await;
    // While it knocked, more came back.
    for _ in 0..1_000 {
        if held.status == 429 {
            break;
        }
        held = knock().await;
    }
    held.problem(429);
    assert_eq!((code(&held).as_str(), held.header("retry-after")), ("wait", "1"));
    let request = visitor.asking(&world, Method::POST, "/api/v1/visit/acting");
    assert_eq!(world.say(request, r#"{"roles":["analyst"]}"#).await.status, 200);
}
