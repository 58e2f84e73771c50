//! Invariant 10 for routes of people: one table of who gets which status. Each module of the desk has an array of its
//! own; [`PEOPLE`] joins them.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use axum::http::request::Builder;
use axum::http::{Method, Request};

use super::{READER, World, asking};
use crate::app::visit::{self, Outcome};
use crate::app::{Role, person};
use crate::router::{Access, endpoints};
use crate::visitor::TOKEN;

/// The password of every user of a test.
pub(super) const PASSWORD: &str = "seven kites over the hill";

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
pub(super) const PEOPLE: &[&[Seat]] = &[
    super::users::SEATS,
    super::visit::SEATS,
    super::release::SEATS,
    super::desk::SEATS,
    super::council::SEATS,
    super::write::SEATS,
];

/// Every line of them.
pub(super) fn seats() -> impl Iterator<Item = &'static Seat> {
    PEOPLE.iter().flat_map(|one| one.iter())
}

/// The path of a line with names that are there.
fn filled(path: &str) -> String {
    path.replace("{collection}", "open")
        .replace("{object}", "indicator--00000000-0000-4000-8000-000000000001")
        .replace("{member}", READER)
        .replace("{name}", "operator")
        .replace("{scratch}", "one")
}

/// A person who is signed in.
pub(super) struct Visitor {
    pub(super) cookie: String,
    pub(super) token: String,
}

impl Visitor {
    /// A request as a page of this node sends it for this person.
    pub(super) fn asking(&self, world: &World, method: Method, path: &str) -> Builder {
        let name = visit::cookie_name(&world.app);
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

impl World {
    /// Adds a user with these roles, who comes with a browser by a link and sets up a second factor where one is needed.
    /// The visit acts in every role but administrator, or in that alone.
    pub(super) fn as_user(&self, name: &str, roles: &[Role]) -> Visitor {
        person::add(&self.app, &self.operator(), name, roles, &[]).unwrap();
        self.come(name)
    }

    /// The same for a user that is there.
    pub(super) fn come(&self, name: &str) -> Visitor {
        let link = visit::link::make(&self.app, &self.operator(), name).unwrap();
        let mut opened = visit::link::take(&self.app, &link.token, PASSWORD).unwrap().unwrap();
        if opened.standing.stage == "enrol" {
            let secret = visit::factor::offer(&self.app, &opened.cookie).unwrap().secret;
            let code = visit::factor::code_of(&secret, self.app.now()).unwrap();
            let Outcome::Right(confirmed) = visit::factor::confirm(&self.app, &opened.cookie, &code).unwrap()
            else {
                panic!("the first code of {name}");
            };
            opened = confirmed.opened;
        }
        assert_eq!(opened.standing.stage, "signed");
        Visitor { cookie: opened.cookie, token: opened.standing.token.unwrap() }
    }
}

/// The roles of the columns, in their order.
const ROLES: [Role; 6] = [
    Role::Analyst,
    Role::ReleaseOfficer,
    Role::Secretariat,
    Role::DataProtection,
    Role::Auditor,
    Role::Administrator,
];

#[tokio::test]
async fn everybody_gets_the_status_of_the_table_on_every_route_of_people() {
    for Seat(method, path, body, expected) in seats() {
        let world = World::new();
        let (method, path): (Method, String) = (method.parse().unwrap(), filled(path));
        let send = async |request: Builder| {
            let request = request.header(CONTENT_TYPE, "application/json").body(Body::from(*body)).unwrap();
            world.send(request).await
        };
        let nobody = send(from_page(method.clone(), &path)).await;
        let program = send(asking(method.clone(), &path, Some(&world.keys.both))).await;
        let mut found = vec![nobody, program];
        for role in ROLES {
            let visitor = world.as_user(role.name(), &[role]);
            found.push(send(visitor.asking(&world, method.clone(), &path)).await);
        }
        let texts: Vec<String> = found.iter().map(super::Answer::text).collect();
        let statuses: Vec<u16> = found.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses, expected, "{method} {path}: {texts:#?}");
    }
}

#[tokio::test]
async fn an_act_that_takes_a_fresh_proof_asks_for_it_and_only_such_an_act_does() {
    for endpoint in endpoints() {
        let Access::Person(need) = endpoint.access else { continue };
        let world = World::new();
        let visitors =
            need.roles.iter().take(1).map(|role| world.as_user("somebody", &[*role])).collect::<Vec<_>>();
        world.clock.advance_seconds(301);
        let path = filled(endpoint.path);
        let request = visitors[0].asking(&world, endpoint.method.clone(), &path);
        let request = request.header(CONTENT_TYPE, "application/json").body(Body::empty()).unwrap();
        let answer = world.send(request).await;
        let asked = answer.status == 403 && answer.text().contains("\"step-up\"");
        assert_eq!(asked, need.stepped, "{} {path}: {}", endpoint.method, answer.text());
    }
}

/// The routes of the desk that take JSON, as the published description says, and no file.
fn of_json() -> impl Iterator<Item = &'static Seat> {
    let document: serde_json::Value = serde_json::from_str(&crate::document().unwrap()).unwrap();
    seats().filter(move |Seat(method, path, ..)| {
        let body = &document["paths"][path][method.to_lowercase()]["requestBody"]["content"];
        path.starts_with("/api/v1/desk/") && !body["application/json"].is_null()
    })
}

#[tokio::test]
async fn a_request_of_the_desk_that_is_too_long_is_refused_before_it_is_taken_apart() {
    let mut found = Vec::new();
    for Seat(method, path, body, statuses) in of_json() {
        let world = World::new();
        let may = ROLES.into_iter().zip(&statuses[2..]).find(|(_, status)| **status != 403).unwrap().0;
        let visitor = world.as_user("somebody", &[may]);
        let send = async |bytes: usize| {
            let request = visitor.asking(&world, method.parse().unwrap(), &filled(path));
            let request = request.header(CONTENT_TYPE, "application/json");
            let body = format!("{}{body}", " ".repeat(bytes - body.len()));
            world.send(request.body(Body::from(body)).unwrap()).await
        };
        let most = if super::write::TAKE_WHOLE_RECORDS.contains(path) { 1 << 20 } else { 64 << 10 };
        assert_ne!(send(most).await.status, 413, "{path}");
        send(most + 1).await.problem(413);
        found.push(*path);
    }
    assert_eq!(found.len(), 27, "{found:#?}");
}
