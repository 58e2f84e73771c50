//! What becomes of a newer version tells those nothing who never saw it; and what a key brings is not answered by what
//! is hidden from its member.

use comity_app::intake::{self, Status};
use comity_app::model::Stated;
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{Reader, erase, handling, proposal, withdraw};
use comity_testkit::{Community, Engine, Node, READ_WRITE, Seat, engines};
use serde_json::{Value, json};

use crate::paper::{at, id, note, version};

const NAMED: &str = "Exercise named";
const OTHER: &str = "Exercise other";

fn community(engine: Engine) -> Community {
    let seats =
        vec![Seat::member("Exercise host").node(engine.place()), Seat::member(NAMED), Seat::member(OTHER)];
    Community::new(1, seats)
}

/// What a client gets that goes on where it was: the versions of record 1.
fn rest(node: &Node, reader: &Reader, query: &mut Query) -> Vec<String> {
    let page = serve::page(&node.app, reader, "exercise", query).unwrap();
    query.added_after = page.last_added.or(query.added_after);
    page.objects.iter().map(|one| one.get().version().to_owned()).collect()
}

/// How the newer version goes.
type Going = fn(&Community, &str);

fn withdrawn(community: &Community, name: &str) {
    let node = community.node();
    withdraw::run(&node.app, &node.operator(), name, "EXERCISE").unwrap();
}

fn erased(community: &Community, name: &str) {
    let node = community.node();
    let second = node.user("second", &comity_app::Role::ALL);
    let made =
        erase::propose(&node.app, &node.operator(), name, ("wrong", "EXERCISE authority"), false).unwrap();
    proposal::approve_because(&node.app, &second, &made.id, Some("EXERCISE")).unwrap();
}

fn narrowed(community: &Community, name: &str) {
    let node = community.node();
    let to = (Vec::new(), vec![NAMED.to_owned()]);
    let change = handling::Change { to, ..handling::Change::default() };
    handling::change(&node.app, &node.operator(), name, &change).unwrap();
}

engines! {
    fn who_never_saw_the_newer_version_is_not_told_that_it_went(engine: Engine) {
        for going in [withdrawn as Going, erased, narrowed] {
            let community = community(engine);
            let node = community.node();
            assert_eq!(node.collection("Exercise"), "exercise");
            let (named, other) = (node.reader(NAMED, "exercise"), node.reader(OTHER, "exercise"));
            node.publish("exercise", &at(Tlp::Green), &note(1, 0, "older", None));
            let to = [community.id(NAMED)].into();
            let red = Stated { tlp: Some(Tlp::Red), to, ..Stated::default() };
            node.publish("exercise", &red, &note(1, 1, "newer", None));
            let (mut by_named, mut by_other) = (Query::default(), Query::default());
            assert_eq!(rest(node, &named, &mut by_named), [version(1)]);
            assert_eq!(rest(node, &other, &mut by_other), [version(0)]);
            community.clock.advance_seconds(1);
            going(&community, &format!("{}@{}", id(1), version(1)));
            assert_eq!(rest(node, &named, &mut by_named), [version(0)], "shown again to who lost the newer one");
            assert_eq!(rest(node, &other, &mut by_other), Vec::<String>::new(), "and to nobody else");
            assert_eq!(node.sees(&other, "exercise"), [id(1)]);
            // What is stated anew has one place for everybody.
            community.clock.advance_seconds(1);
            let change = handling::Change { onward: Some(true), ..handling::Change::default() };
            let older = format!("{}@{}", id(1), version(0));
            handling::change(&node.app, &node.operator(), &older, &change).unwrap();
            assert_eq!(rest(node, &named, &mut by_named), [version(0)]);
            assert_eq!(rest(node, &other, &mut by_other), [version(0)]);
        }
    }
}

fn post(node: &Node, key: &Reader, object: &Value) -> Status {
    let body = json!({"objects": [object]}).to_string();
    let mut told = intake::post(&node.app, key, "exercise", body.as_bytes()).unwrap();
    told.id.clear();
    told
}

#[test]
fn a_post_that_names_a_hidden_person_is_answered_like_one_that_names_nobody() {
    let community = community(Engine::Memory);
    let node = community.node();
    assert_eq!(node.collection("Exercise"), "exercise");
    let key = node.client(&node.key(OTHER, "exercise", READ_WRITE));
    let person = |number: u32| {
        json!({"type": "identity", "spec_version": "2.1", "id": person_id(number), "identity_class": "individual",
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "name": "EXERCISE person"})
    };
    node.publish("exercise", &at(Tlp::Green), &person(1).to_string());
    node.publish("exercise", &at(Tlp::Red), &person(2).to_string());
    let kinds: Value = serde_json::from_str(include_str!("../../../../schema/kinds/examples.json")).unwrap();
    let of = |one: &&Value| one["type"] == "relationship" && one["extensions"].is_object();
    let mut relation = kinds["objects"].as_array().unwrap().iter().find(of).unwrap().clone();
    relation["relationship_type"] = "member-of".into();
    relation["target_ref"] = "identity--00000000-0000-4000-8000-00000000c001".into();
    for entry in relation["extensions"].as_object_mut().unwrap().values_mut() {
        entry["concerns_person"] = false.into();
    }
    let mut told = |number: u32| {
        relation["source_ref"] = person_id(number).into();
        relation["id"] = format!("relationship--00000000-0000-4000-8000-{number:012}").into();
        let status = post(node, &key, &relation);
        (status.successes.len(), status.failures.into_iter().map(|one| one.message).collect::<Vec<_>>())
    };
    let (seen, reasons) = told(1);
    assert!(seen == 0 && reasons[0].as_deref().unwrap().contains("concerns_person"), "{reasons:?}");
    assert_eq!(told(2), told(3));
    assert_eq!(told(2).0, 1);
}

fn person_id(number: u32) -> String {
    format!("identity--00000000-0000-4000-8000-0000000ab{number:03}")
}
