//! A small node behind its router, with one key of every kind, and the tests that ask it.

mod access;
mod council;
mod desk;
mod document;
mod exchange;
mod inputs;
mod join;
mod listening;
mod log;
mod negotiation;
mod operation;
mod papers;
mod people;
mod reading;
mod records;
mod release;
mod users;
mod visit;
mod web;
mod write;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use comity_testkit::SeededRandom;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::app::credential::{self, IssuedKey, NewKey, Rights, Scope};
use crate::app::home::{self, Setup};
use crate::app::import::{self, Input};
use crate::app::limits::NetworkLimits;
use crate::app::model::stix::Tlp;
use crate::app::model::{Member, MemberId, Micros, Standing, Stated};
use crate::app::{Actor, App, Clock, Random, SystemRandom, agreement, collection, person};
use crate::rest::desk::papers::Printer;
use crate::router::build;
use crate::taxii::API_ROOT;
use crate::telemetry::Telemetry;

pub(super) const TAXII: &str = "application/taxii+json;version=2.1";
pub(super) const READER: &str = "identity--8c6af861-7b20-41ef-9b59-6344fd872a8f";
/// 2026-01-01T00:00:00Z.
pub(super) const START: Micros = Micros(1_767_225_600_000_000);

/// A clock that tests move.
pub(super) struct Hands(AtomicI64);

impl Hands {
    pub(super) fn advance_days(&self, days: i64) {
        self.advance_seconds(days * 86_400);
    }

    pub(super) fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Micros {
        Micros(self.0.load(Ordering::Relaxed))
    }
}

/// A node of the member "Exercise host" with the collections `open` and `closed`.
pub(super) struct World {
    pub(super) app: App,
    pub(super) telemetry: Telemetry,
    pub(super) keys: Keys,
    pub(super) clock: Arc<Hands>,
    pub(super) open: String,
    pub(super) closed: String,
    router: Router,
    _folder: tempfile::TempDir,
}

/// One key of each kind; all but the last two are of the member "Exercise reader".
pub(super) struct Keys {
    /// May read `open`.
    pub(super) read: IssuedKey,
    /// May write to `open`.
    pub(super) write: IssuedKey,
    /// May do both there.
    pub(super) both: IssuedKey,
    /// Has no right on any collection.
    pub(super) bare: IssuedKey,
    /// Was good for a day, which is over.
    pub(super) expired: IssuedKey,
    /// Opens the figures.
    pub(super) metrics: IssuedKey,
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world whose bounds are changed first.
    pub(super) fn with(change: impl FnOnce(&mut NetworkLimits)) -> Self {
        Self::of(Arc::new(SystemRandom), change)
    }

    /// A world that makes PDFs, whose bounds are changed first.
    pub(super) fn printing(printer: Printer, change: impl FnOnce(&mut NetworkLimits)) -> Self {
        let mut world = Self::new();
        let mut bounds = world.app.limits().network.clone();
        change(&mut bounds);
        world.router = build(world.app.clone(), world.telemetry.clone(), bounds, Some(printer));
        world
    }

    /// A world that is the same whenever it is made.
    pub(super) fn seeded() -> Self {
        Self::of(Arc::new(SeededRandom::new(8)), |_| {})
    }

    fn of(random: Arc<dyn Random>, change: impl FnOnce(&mut NetworkLimits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hands(AtomicI64::new(START.0)));
        let setup =
            Setup { member_name: "Exercise host", store_url: Some("sqlite::memory:"), exercise: false };
        let app = home::init(&folder.path().join("home"), &setup, clock.clone(), random).unwrap();
        let operator = person::actor(&app, None).unwrap();
        join(&app, &operator);
        let open = collection::add(&app, &operator, "Open", Some("EXERCISE records")).unwrap().id;
        let closed = collection::add(&app, &operator, "Closed", None).unwrap().id;
        let key = |rights: Option<(bool, bool)>, days, scope| {
            let collections =
                rights.map(|(read, write)| ("open".to_owned(), Rights { read, write })).into_iter().collect();
            let new = NewKey {
                member: READER,
                collections,
                purpose: None,
                basis: None,
                days,
                scope,
                inner: Vec::new(),
            };
            credential::add(&app, &operator, &new).unwrap()
        };
        let keys = Keys {
            read: key(Some((true, false)), None, Scope::Exchange),
            write: key(Some((false, true)), None, Scope::Exchange),
            both: key(Some((true, true)), None, Scope::Exchange),
            bare: key(None, None, Scope::Exchange),
            expired: key(Some((true, true)), Some(1), Scope::Exchange),
            metrics: key(None, None, Scope::Metrics),
        };
        clock.advance_days(2);
        let telemetry = Telemetry::new();
        let mut bounds = app.limits().network.clone();
        change(&mut bounds);
        let router = build(app.clone(), telemetry.clone(), bounds, None);
        Self { app, telemetry, keys, clock, open, closed, router, _folder: folder }
    }

    pub(super) fn operator(&self) -> Actor {
        person::actor(&self.app, None).unwrap()
    }

    /// Publishes objects as the node's own member at a level.
    pub(super) fn publish(&self, into: &str, tlp: Tlp, objects: &[Value]) {
        let input = Input {
            collection: into,
            name: "test",
            stated: Stated { tlp: Some(tlp), ..Stated::default() },
            ..Input::default()
        };
        let bytes = serde_json::to_vec(&json!({ "objects": objects })).unwrap();
        let summary = import::run(&self.app, &self.operator(), &input, &bytes, &mut |_| {}).unwrap();
        assert!(summary.rejected.is_empty(), "{:?}", summary.rejected);
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    /// GET with a key and the TAXII media type; a path without a leading slash hangs below the API root.
    pub(super) async fn get(&self, key: &IssuedKey, path: &str) -> Answer {
        self.send(asking(Method::GET, path, Some(key)).body(Body::empty()).unwrap()).await
    }

    /// GET of the objects of `open`, with a query.
    pub(super) async fn objects(&self, key: &IssuedKey, query: &str) -> Answer {
        self.get(key, &format!("collections/{}/objects/{query}", self.open)).await
    }

    /// POST of an envelope to `open`.
    pub(super) async fn post(&self, key: &IssuedKey, body: impl Into<Body>) -> Answer {
        let path = format!("collections/{}/objects/", self.open);
        let request = asking(Method::POST, &path, Some(key)).header(CONTENT_TYPE, TAXII);
        self.send(request.body(body.into()).unwrap()).await
    }

    /// The ids in `open` that a key sees, in order.
    pub(super) async fn visible(&self, key: &IssuedKey) -> Vec<String> {
        let answer = self.objects(key, "?limit=1000").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let envelope = answer.json();
        let objects = envelope["objects"].as_array().cloned().unwrap_or_default();
        objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that this is a well-formed TAXII error message of a status, and gives its description.
    pub(super) fn taxii_error(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), TAXII);
        let message = self.json();
        assert!(message["title"].as_str().is_some_and(|title| !title.is_empty()), "{message}");
        assert_eq!(message["http_status"], json!(status.to_string()));
        message["description"].as_str().unwrap().to_owned()
    }

    /// Asserts that this is a problem of a status (RFC 9457), and gives its detail.
    pub(super) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], json!(status));
        problem["detail"].as_str().unwrap().to_owned()
    }
}

/// A request with a key as Basic credentials and the TAXII media type.
pub(super) fn asking(method: Method, path: &str, key: Option<&IssuedKey>) -> Builder {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("{API_ROOT}{path}") };
    let request = Request::builder().method(method).uri(path).header(ACCEPT, TAXII);
    match key {
        Some(key) => {
            let pair = STANDARD.encode(format!("{}:{}", key.user, key.secret));
            request.header(AUTHORIZATION, format!("Basic {pair}"))
        }
        None => request,
    }
}

/// A valid indicator; equal numbers make equal ids, so another `modified` makes another version.
pub(super) fn indicator(number: u32, modified: &str) -> Value {
    json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": format!("indicator--00000000-0000-4000-8000-{number:012}"),
        "created": "2025-01-01T00:00:00.000Z",
        "modified": modified,
        "name": format!("EXERCISE indicator {number}"),
        "indicator_types": ["benign"],
        "pattern": "[domain-name:value = 'exercise.example']",
        "pattern_type": "stix",
        "valid_from": "2025-01-01T00:00:00Z",
    })
}

/// The first version of an indicator.
pub(super) fn first(number: u32) -> Value {
    indicator(number, "2025-01-01T00:00:00.000Z")
}

/// Adds the member that the keys belong to.
fn join(app: &App, operator: &Actor) {
    let mut next = agreement::current(app).unwrap().agreement;
    next.version += 1;
    next.members.push(Member {
        state: None,
        id: READER.parse::<MemberId>().unwrap(),
        name: "Exercise reader".to_owned(),
        standing: Standing::Member,
        active: true,
        groups: Default::default(),
        adequate: false,
        legal_bases: Default::default(),
        keys: Vec::new(),
        hosted_by: None,
    });
    next.legal_bases = BTreeMap::new();
    agreement::import(app, operator, &next.to_toml().unwrap()).unwrap();
}
