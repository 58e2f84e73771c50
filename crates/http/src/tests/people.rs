//! Invariant 10 for routes of people: one table of who gets which status. Each module of the desk has an array of its
//! own; [`PEOPLE`] joins them.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use axum::http::request::Builder;
use axum::http::{Method, Request};

use super::{READER, World, asking};
use crate::visitor::TOKEN;

/// Where the pages of the tests are.
pub(super) const ORIGIN_HERE: &str = "http://127.0.0.1:6180";

/// A route for people: method, path, the body of the test, and the statuses for nobody, a program with a key, an analyst,
/// a release officer, the secretariat, data protection, an auditor, an administrator. Each has proved a moment ago who
/// it is, and acts in this role alone.
pub(super) struct Seat(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) [u16; 8],
);

/// The arrays of all modules.
pub(super) const PEOPLE: &[&[Seat]] = &[];

/// Every line of them.
pub(super) fn seats() -> impl Iterator<Item = &'static Seat> {
    PEOPLE.iter().flat_map(|one| one.iter())
}

/// The path of a line with names that are there.
fn filled(path: &str) -> String {
    path.replace("{collection}", "open")
        .replace("{object}", "indicator--00000000-0000-4000-8000-000000000001")
        .replace("{member}", READER)
}

/// A person who is signed in.
pub(super) struct Visitor {
    pub(super) cookie: String,
    pub(super) token: String,
}

impl Visitor {
    /// A request as a page of this node sends it for this person.
    pub(super) fn asking(&self, world: &World, method: Method, path: &str) -> Builder {
        let name = crate::app::visit::cookie_name(&world.app);
        from_page(method, path).header(COOKIE, format!("{name}={}", self.cookie)).header(TOKEN, &self.token)
    }
}

/// A request as a page of this node sends it.
pub(super) fn from_page(method: Method, path: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, "127.0.0.1:6180")
        .header(ORIGIN, ORIGIN_HERE)
        .header("sec-fetch-site", "same-origin")
}

#[tokio::test]
async fn nobody_and_programs_reach_no_route_of_people() {
    for Seat(method, path, body, expected) in seats() {
        let world = World::new();
        let ask = |request: Builder| {
            let request = request.header(CONTENT_TYPE, "application/json").body(Body::from(*body)).unwrap();
            world.send(request)
        };
        let method: Method = method.parse().unwrap();
        let nobody = ask(from_page(method.clone(), &filled(path))).await;
        let program = ask(asking(method.clone(), &filled(path), Some(&world.keys.both))).await;
        assert_eq!(nobody.status, expected[0], "{method} {path}: {}", nobody.text());
        assert_eq!(program.status, expected[1], "{method} {path}: {}", program.text());
    }
}
