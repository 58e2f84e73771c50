//! Every route, as every caller, for every class of handling, compared with the rules asked directly about every record.
//! The oracle knows nothing of intervals, shelves, caches or pages.

use std::collections::BTreeSet;

use axum::http::Method;
use comity_app::credential::{self, NewKey, Rights, Scope};
use comity_app::import::{self, Input};
use comity_app::model::{Category, Micros, Stated};
use comity_app::policy::{Ask, Context, Entities, StateFlags, choose};
use comity_app::stix::Tlp;
use comity_app::{Clock as _, agreement, person, withdraw};
use comity_testkit::NOW_US;
use comity_testkit::comity_store::Store;
use comity_testkit::comity_store::tables::record;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::story::Story;
use crate::world::{CONTEXTS, MEMBERS, POLICIES, Side, World};

const UNKNOWN: &str = "note--ffffffff-0000-4000-8000-000000000000";

/// One caller: a member with the context of its key.
struct Caller {
    member: usize,
    context: usize,
    secret: String,
}

/// Publishes a note under each combination of a level and something else that is stated.
fn publish_every_handling(world: &World) {
    let levels =
        [None, Some(Tlp::Clear), Some(Tlp::Green), Some(Tlp::Amber), Some(Tlp::AmberStrict), Some(Tlp::Red)];
    let instant = |seconds| Some(Micros(NOW_US).plus_seconds(seconds));
    let mut number = 0;
    for level in levels {
        for class in 0..10 {
            number += 1;
            let mut stated = Stated { tlp: level, ..Stated::default() };
            let mut draft = false;
            match class {
                0 | 9 => {}
                1 => stated.to.extend([world.id_of(0)]),
                2 => stated.groups.extend(["north".to_owned()]),
                3 => stated.exclude.extend([world.id_of(0)]),
                4 => stated.purposes.extend(["border".to_owned()]),
                5 => stated.embargo_until = instant(1_000_000),
                6 => stated.end_at = instant(5),
                7 => draft = true,
                _ => {
                    stated.personal = true;
                    stated.category = Some(Category::Contact);
                }
            }
            let personal = |text: &str| (class == 8).then(|| text.to_owned());
            let input = Input {
                collection: &world.template.collection,
                name: "exercise.json",
                stated,
                draft,
                purpose: personal("border"),
                legal_basis: personal("treaty"),
                ..Input::default()
            };
            let note = json!({"type": "note", "spec_version": "2.1", "id": id(number),
                "created": "2025-01-01T00:00:00.000Z", "modified": "2025-01-01T00:00:00.000Z",
                "content": "EXERCISE everyword", "object_refs": [world.app.member().to_string()]});
            let operator = person::actor(&world.app, None).unwrap();
            let done =
                import::run(&world.app, &operator, &input, note.to_string().as_bytes(), &mut |_| {}).unwrap();
            assert_eq!(done.accepted + done.held, 1, "{level:?} {class} {done:?}");
            if class == 9 {
                withdraw::run(&world.app, &operator, &id(number), "EXERCISE").unwrap();
            }
        }
    }
}

fn id(number: usize) -> String {
    format!("note--00000000-0000-4000-8000-{number:012}")
}

fn callers(world: &World) -> Vec<Caller> {
    let operator = person::actor(&world.app, None).unwrap();
    let mut all = Vec::new();
    for (member, name) in MEMBERS.iter().enumerate() {
        for (context, (purpose, basis)) in CONTEXTS.into_iter().enumerate() {
            let rights = Rights { read: true, write: true };
            let collections = vec![(world.template.collection.clone(), rights)];
            let new = NewKey {
                member: name,
                collections,
                purpose,
                basis,
                inner: Vec::new(),
                days: None,
                scope: Scope::Exchange,
            };
            let secret = credential::add(&world.app, &operator, &new).unwrap().secret;
            all.push(Caller { member, context, secret });
        }
    }
    all
}

/// The ids of the records that the rules let a caller have.
fn allowed(world: &World, caller: &Caller) -> BTreeSet<String> {
    let (purpose, basis) = CONTEXTS[caller.context];
    let set = world.set();
    let entities = Entities::new(&agreement::current(&world.app).unwrap().agreement).unwrap();
    let member = world.id_of(caller.member);
    let store = Store::open(world.app.location(), NOW_US).unwrap();
    let all = store.read("oracle", |tx| record::list(tx, &world.template.collection, 0, 1_000)).unwrap();
    let mut allowed = BTreeSet::new();
    for stored in all {
        let one = stored.peek();
        let (action, own, delegated) = choose(&one.handling, world.app.member(), &member);
        let context = Context {
            purpose: purpose.unwrap_or_default().to_owned(),
            legal_basis: basis.unwrap_or_default().to_owned(),
            own,
            delegated,
            inner: BTreeSet::new(),
            state: StateFlags::of(one.state, &one.handling, world.clock.now()),
        };
        let ask = Ask { member: &member, action, handling: &one.handling, context: &context };
        if set.decide(&entities, &ask).allow() {
            allowed.insert(one.key.id.clone());
        }
    }
    allowed
}

/// The ids that stand in an answer.
fn named(text: &str) -> BTreeSet<String> {
    text.match_indices("note--00000000-")
        .filter_map(|(at, _)| text.get(at..at + 42))
        .map(str::to_owned)
        .collect()
}

/// Asks on every route of the document as a caller, and compares with what it may have.
/// One record in `every` is asked for by its id, another one on each route.
fn walk(world: &mut World, runtime: &Runtime, caller: &Caller, every: usize) {
    let allowed = allowed(world, caller);
    let who = format!("{} in context {}", MEMBERS[caller.member], caller.context);
    let secret = caller.secret.clone();
    let collection = world.template.collection.clone();
    let mut ask = |method: &Method, path: &str| {
        let (status, bytes, _) = world.send_as(runtime, &secret, method.clone(), path, None);
        (status, String::from_utf8_lossy(&bytes).into_owned())
    };
    for (at, (method, route)) in routes().iter().enumerate() {
        let path =
            route.replace("{collection}", &collection).replace("{leaf}", "0").replace("{status}", "none");
        // What is for people is not there for a key, whatever it names.
        if route.starts_with("/api/v1/desk/") {
            let (status, text) = ask(method, &path.replace("{object}", &id(1)));
            assert_eq!((status, named(&text)), (401, BTreeSet::new()), "{method} {route} as {who}");
            continue;
        }
        if route.contains("{object}") {
            if *method == Method::PUT {
                continue;
            }
            let absent = ask(method, &path.replace("{object}", UNKNOWN));
            assert_eq!(absent.0, 404, "{method} {route} as {who}");
            // Nobody asks here for a draft of its own: there is none to be seen.
            let is_draft = route.contains("/drafts/");
            for number in (1 + (at + caller.context) % every..=60).step_by(every) {
                let (status, text) = ask(method, &path.replace("{object}", &id(number)));
                if !is_draft && allowed.contains(&id(number)) {
                    let expected = if *method == Method::DELETE { 403 } else { 200 };
                    assert_eq!(status, expected, "{method} {route} {number} as {who}: {text}");
                } else {
                    assert_eq!((status, &text), (absent.0, &absent.1), "{method} {route} {number} as {who}");
                }
            }
            continue;
        }
        let query = match route.as_str() {
            _ if *method != Method::GET => continue,
            "/api/v1/search" => "?limit=1000&q=everyword",
            _ => "?limit=1000",
        };
        let (_, text) = ask(method, &format!("{path}{query}"));
        let shows_all =
            route.ends_with("/objects/") || route.ends_with("/manifest/") || route.ends_with("/search");
        // What left is what stood on a page before; every other route names no record.
        let expected = match route.as_str() {
            _ if shows_all => allowed.clone(),
            "/api/v1/deliveries" => named(&text).intersection(&allowed).cloned().collect(),
            _ => BTreeSet::new(),
        };
        assert_eq!(named(&text), expected, "{route} as {who}");
    }
}

/// Method and path of every route, from the document that is compared with the router and the table of access.
fn routes() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&comity_http::document().unwrap()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            all.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    assert!(all.len() > 20, "{all:?}");
    all
}

/// Under these local rules, with these standings.
fn compare(policy: usize, standings: [usize; 3], every: usize) {
    let runtime = crate::runtime();
    let story = Story { policy, standings, north: [true, false, true], steps: Vec::new(), ..Story::of(1) };
    let mut world = World::new(&story, Side::A, None);
    publish_every_handling(&world);
    // Past the end of release of some.
    world.clock.advance_seconds(10);
    let mut seen = BTreeSet::new();
    for caller in callers(&world) {
        seen.extend(allowed(&world, &caller));
        walk(&mut world, &runtime, &caller, every);
    }
    assert!(seen.len() > 10 && seen.len() < 60, "{} of 60 are seen by somebody", seen.len());
}

#[test]
fn every_route_shows_every_caller_what_the_rules_allow_of_every_handling() {
    compare(0, [0, 1, 2], 1);
}

#[test]
fn every_route_shows_every_caller_what_other_local_rules_allow() {
    for (policy, standings) in (1..POLICIES.len()).zip([[1, 2, 3], [2, 1, 0], [0, 0, 1], [3, 1, 2]]) {
        compare(policy, standings, 6);
    }
}
