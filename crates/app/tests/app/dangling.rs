//! References that lead to what a reader may not see: they go, on every way out, and what is foretold says so.

use comity_app::explain::{self, View};
use comity_app::model::{Standing, Stated};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{AppError, Reader};
use comity_testkit::{Community, Node, Place, READ, Seat};
use serde_json::{Value, json};

use crate::paper::{at, id, note};

const READER: &str = "Exercise reader";
const UNKNOWN: &str = "identity--00000000-0000-4000-8000-000000000999";

fn community() -> Community {
    let seats = vec![
        Seat::member("Exercise host").node(Place::memory()),
        Seat::member(READER).standing(Standing::Member),
        Seat::member("Exercise other"),
    ];
    let community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn reader(node: &Node) -> Reader {
    node.client(&node.key_for(READER, "exercise", READ, None, None))
}

/// A note that names these.
fn naming(number: u32, names: &[&str]) -> String {
    let mut object: Value = serde_json::from_str(&note(number, 1, "border note", None)).unwrap();
    object["object_refs"] = json!(names);
    object.to_string()
}

/// Kept from the reader.
fn kept_from(community: &Community) -> Stated {
    Stated { exclude: [community.id(READER)].into(), ..at(Tlp::Green) }
}

/// What the reader gets of a record over its page.
fn got(node: &Node, id: &str) -> Option<Value> {
    let query = Query { ids: vec![id.to_owned()], ..Query::default() };
    let all = node.stream(&reader(node), "exercise", &query, 10);
    all.first().map(|one| serde_json::from_slice(one.get().bytes()).unwrap())
}

fn view(node: &Node, id: &str) -> (View, String) {
    let all = explain::who_sees(&node.app, id).unwrap();
    let one = all.into_iter().find(|sight| sight.member == READER).unwrap();
    (one.view, one.why)
}

#[test]
fn a_reference_to_a_withheld_record_goes_and_one_to_an_unknown_record_stays() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &kept_from(&community), &note(1, 1, "hidden", None));
    node.publish("exercise", &at(Tlp::Green), &naming(2, &[&id(1), UNKNOWN]));
    assert_eq!(got(node, &id(1)), None);
    assert_eq!(got(node, &id(2)).unwrap()["object_refs"], json!([UNKNOWN]));
    let (view, why) = view(node, &id(2));
    assert_eq!(view, View::Part);
    assert!(why.contains(&id(1)), "{why}");
}

#[test]
fn a_record_that_names_nothing_else_is_withheld_whole_and_so_is_its_name_elsewhere() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &kept_from(&community), &note(1, 1, "hidden", None));
    node.publish("exercise", &at(Tlp::Green), &naming(2, &[&id(1)]));
    node.publish("exercise", &at(Tlp::Green), &naming(3, &[&id(2), UNKNOWN]));
    assert_eq!(got(node, &id(2)), None);
    assert_eq!(view(node, &id(2)).0, View::Nothing);
    assert_eq!(got(node, &id(3)).unwrap()["object_refs"], json!([UNKNOWN]));
    let reader = reader(node);
    let manifest = serve::manifest(&node.app, &reader, "exercise", &Query::default()).unwrap();
    let listed: Vec<&str> = manifest.entries.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(listed, [id(3)]);
    let refused = serve::object(&node.app, &reader, "exercise", &id(2), &Query::default());
    assert!(matches!(refused, Err(AppError::NotFound(_))), "{refused:?}");
}

#[test]
fn a_record_that_comes_later_and_stays_hidden_changes_not_one_byte() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &naming(2, &[&id(1)]));
    let before = got(node, &id(2)).unwrap();
    node.publish("exercise", &kept_from(&community), &note(1, 1, "hidden", None));
    assert_eq!(got(node, &id(2)).unwrap(), before);
    assert_eq!(view(node, &id(2)).0, View::Whole);
}

#[test]
fn the_reference_is_there_again_once_its_target_may_be_seen() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &kept_from(&community), &note(1, 1, "hidden", None));
    node.publish("exercise", &at(Tlp::Green), &naming(2, &[&id(1), UNKNOWN]));
    assert_eq!(view(node, &id(2)).0, View::Part);
    let change =
        comity_app::handling::Change { exclude: (Vec::new(), vec![READER.to_owned()]), ..Default::default() };
    comity_app::handling::change(&node.app, &node.operator(), &id(1), &change).unwrap();
    assert_eq!(got(node, &id(2)).unwrap()["object_refs"], json!([id(1), UNKNOWN]));
    assert_eq!(view(node, &id(2)).0, View::Whole);
}
