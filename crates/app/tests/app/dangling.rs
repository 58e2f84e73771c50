//! References that lead to what a reader may not see: they go, on every way out, and what is foretold says so.

use comity_app::explain::{self, View};
use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::model::{Micros, Standing, Stated};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{Actor, AppError, Reader, group, intake};
use comity_testkit::{Community, Node, Place, READ, READ_WRITE, Seat};
use serde_json::{Value, json};

use crate::paper::{at, id, note};
use crate::two::{Two, WEST};

const LINK: &str = "relationship--00000000-0000-4000-8000-000000000001";
const READER: &str = "Exercise reader";
const MEMBERS: [&str; 2] = [READER, "Exercise other"];
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

/// Ids of what a reader gets that was added after an instant, and the instant of the last of it.
fn added(node: &Node, reader: &Reader, after: Option<Micros>) -> (Vec<Value>, Option<Micros>) {
    let query = Query { added_after: after, ..Query::default() };
    let all = node.stream(reader, "exercise", &query, 10);
    let last = all.last().map(|one| one.get().added_at()).or(after);
    (all.iter().map(|one| serde_json::from_slice(one.get().bytes()).unwrap()).collect(), last)
}

fn restate(node: &Node, id: &str, change: &Change) {
    handling::change(&node.app, &node.operator(), id, change).unwrap();
}

#[test]
fn who_held_less_of_a_record_gets_the_rest_of_it_with_the_record_that_it_names() {
    let two = Two::new();
    let (north, south) = (two.north(), two.south());
    let west = north.reader(WEST, "exercise");
    for number in [1, 2] {
        north.publish("exercise", &at(Tlp::Red), &note(number, 1, "red", None));
    }
    north.publish("exercise", &at(Tlp::Green), &naming(3, &[&id(1), UNKNOWN, &id(2)]));
    let link = json!({"type": "relationship", "spec_version": "2.1", "id": LINK, "relationship_type": "related-to",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "source_ref": id(1),
        "target_ref": UNKNOWN});
    north.publish("exercise", &at(Tlp::Green), &link.to_string());
    two.southward();
    assert_eq!(held_names(south, &id(3)), json!([UNKNOWN]));
    assert!(explain::show(&south.app, LINK).is_err());
    let (_, last) = added(north, &west, None);

    // For all but west.
    let exclude = (vec![WEST.to_owned()], Vec::new());
    restate(north, &id(1), &Change { tlp: Some("green".into()), exclude, ..Change::default() });
    two.southward();
    assert_eq!(held_names(south, &id(3)), json!([id(1), UNKNOWN]));
    assert!(explain::show(&south.app, LINK).is_ok() && explain::show(&south.app, &id(1)).is_ok());
    assert_eq!(added(north, &west, last).0, Vec::<Value>::new(), "west is not told that anything happened");

    restate(north, &id(2), &Change { tlp: Some("green".into()), ..Change::default() });
    two.southward();
    assert_eq!(held_names(south, &id(3)), json!([id(1), UNKNOWN, id(2)]));
    let got: Vec<Value> = added(north, &west, last).0.iter().map(|one| one["id"].clone()).collect();
    assert_eq!(got, [json!(id(2)), json!(id(3))], "west is given both once more");
}

fn held_names(node: &Node, id: &str) -> Value {
    let views = explain::show(&node.app, id).unwrap();
    let object: Value = serde_json::from_str(views[0].content.as_deref().unwrap()).unwrap();
    object["object_refs"].clone()
}

#[test]
fn what_names_a_record_comes_again_at_the_end_of_an_embargo_with_a_new_version_and_with_another_agreement() {
    let mut community = community();
    let tomorrow = community.node().app.now().plus_seconds(86_400);
    let node = community.node();
    let embargoed = Stated { embargo_until: Some(tomorrow), ..at(Tlp::Green) };
    node.publish("exercise", &embargoed, &note(1, 1, "embargoed", None));
    node.publish("exercise", &at(Tlp::Red), &note(2, 1, "red", None));
    let grouped = Stated { groups: ["north".to_owned()].into(), ..at(Tlp::Green) };
    node.publish("exercise", &grouped, &note(3, 1, "of a group", None));
    node.publish("exercise", &at(Tlp::Green), &naming(4, &[&id(1), &id(2), &id(3), UNKNOWN]));
    let reader = reader(community.node());
    let names = |node: &Node, after| {
        let (got, last) = added(node, &reader, after);
        let of = got.iter().find(|one| one["id"] == id(4)).map(|one| one["object_refs"].clone());
        (of, last)
    };
    let (first, last) = names(node, None);
    assert_eq!(first, Some(json!([UNKNOWN])));
    community.clock.advance_seconds(2 * 86_400);
    let (second, last) = names(community.node(), last);
    assert_eq!(second, Some(json!([id(1), UNKNOWN])));
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(2, 2, "a newer version for all", None));
    let (third, last) = names(community.node(), last);
    assert_eq!(third, Some(json!([id(1), id(2), UNKNOWN])));
    community.amend_member(READER, |member| _ = member.groups.insert("north".into()));
    let (fourth, last) = names(community.node(), last);
    assert_eq!(fourth, Some(json!([id(1), id(2), id(3), UNKNOWN])));
    assert_eq!(names(community.node(), last).0, None);
}

#[test]
fn a_reader_that_claims_an_id_for_itself_learns_nothing_by_it() {
    let community = community();
    let node = community.node();
    let key = node.client(&node.key_for(READER, "exercise", READ_WRITE, None, None));
    node.publish("exercise", &kept_from(&community), &note(1, 1, "hidden", None));
    let claim = json!({"objects": [serde_json::from_str::<Value>(&note(1, 2, "claimed", Some(Tlp::Green))).unwrap()]});
    intake::post(&node.app, &key, "exercise", claim.to_string().as_bytes()).unwrap();
    node.publish("exercise", &at(Tlp::Green), &naming(2, &[&id(1), UNKNOWN]));
    assert_eq!(got(node, &id(2)).unwrap()["object_refs"], json!([UNKNOWN]));
}

#[test]
fn what_another_node_wrote_goes_on_as_it_wrote_it() {
    let two = Two::new();
    let (north, south) = (two.north(), two.south());
    let passed_on = Stated { onward: true, ..at(Tlp::Green) };
    south.publish("exercise", &at(Tlp::Red), &note(1, 1, "south's own", None));
    north.publish("exercise", &passed_on, &naming(2, &[&id(1), UNKNOWN]));
    two.southward();
    let west = south.reader(WEST, "exercise");
    let (got, _) = added(south, &west, None);
    assert_eq!(got.len(), 1);
    assert_eq!(got[0]["object_refs"], json!([id(1), UNKNOWN]));
}

#[test]
fn no_older_version_stands_in_for_one_that_is_withheld_for_what_it_names() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &kept_from(&community), &note(1, 1, "hidden", None));
    node.publish("exercise", &at(Tlp::Green), &note(2, 1, "older", None));
    let mut newer: Value = serde_json::from_str(&note(2, 2, "newer", None)).unwrap();
    newer["object_refs"] = json!([id(1)]);
    node.publish("exercise", &at(Tlp::Green), &newer.to_string());
    assert_eq!(got(node, &id(2)), None);
    let explained = explain::to(&node.app, &id(2), READER).unwrap();
    assert!(explained.answer.contains(&id(1)), "{}", explained.answer);
    assert_eq!(
        explained.outlook.in_the_way,
        [format!("the record it names must be for {READER} too: {}", id(1))]
    );
}

#[test]
fn people_outside_of_a_readers_group_do_not_read_its_records_out_of_others() {
    let community = community();
    let node = community.node();
    group::add(&node.app, &node.operator(), "unit").unwrap();
    let limited = Stated { inner: ["unit".to_owned()].into(), ..at(Tlp::Green) };
    let inside = node.app.seen_by(&Actor { inner: ["unit".to_owned()].into(), ..node.operator() });
    let input = Input { collection: "exercise", name: "x", stated: limited, ..Input::default() };
    import::run(&inside, &node.operator(), &input, note(1, 1, "of the unit", None).as_bytes(), &mut |_| {})
        .unwrap();
    node.publish("exercise", &at(Tlp::Green), &naming(2, &[&id(1), UNKNOWN]));
    let names = |app: &comity_app::App| {
        let views = explain::show(app, &id(2)).unwrap();
        let object: Value = serde_json::from_str(views[0].content.as_deref().unwrap()).unwrap();
        object["object_refs"].clone()
    };
    assert_eq!(names(&inside), json!([id(1), UNKNOWN]));
    assert_eq!(names(&node.app), json!([UNKNOWN]));
    let told = explain::who_sees(&node.app, &id(2)).unwrap();
    assert!(!told.iter().any(|one| one.why.contains(&id(1)) || one.without.concat().contains(&id(1))));
}

#[test]
fn a_document_is_looked_at_with_what_comes_beside_it() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &kept_from(&community), &note(1, 1, "hidden", None));
    let document = format!(
        r#"{{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[{},{}]}}"#,
        naming(2, &[&id(1)]),
        naming(3, &[&id(2), UNKNOWN]),
    );
    let input = Input { collection: "exercise", name: "x", stated: at(Tlp::Green), ..Input::default() };
    let foretold = explain::preview(&node.app, &input, document.as_bytes()).unwrap();
    let of = |id: &str| foretold.iter().find(|one| one.id == id && one.member == READER).unwrap();
    assert_eq!(of(&id(2)).view, View::Nothing);
    assert_eq!(of(&id(3)).without, [format!("the reference to {}", id(2))]);
    node.publish("exercise", &at(Tlp::Green), &document);
    assert_eq!(got(node, &id(2)), None);
    assert_eq!(got(node, &id(3)).unwrap()["object_refs"], json!([UNKNOWN]));
}

#[test]
fn a_hosted_member_that_guesses_an_id_is_not_told_that_another_member_has_it() {
    let mut community = community();
    let host = community.node().member().clone();
    community.amend_member("Exercise other", |member| member.hosted_by = Some(host.clone()));
    let node = community.node();
    let kept_from_both = Stated { exclude: MEMBERS.map(|name| community.id(name)).into(), ..at(Tlp::Green) };
    node.publish("exercise", &kept_from(&community), &note(1, 1, "for the hosted member", None));
    node.publish("exercise", &kept_from_both, &note(2, 1, "for neither", None));
    let hosted = node.client(&node.key_for("Exercise other", "exercise", READ_WRITE, None, None));
    let mut object: Value = serde_json::from_str(&naming(3, &[&id(1), &id(2), UNKNOWN])).unwrap();
    object["object_marking_refs"] = json!([Tlp::Green.marking_id()]);
    let sent = json!({"objects": [object]}).to_string();
    intake::post(&node.app, &hosted, "exercise", sent.as_bytes()).unwrap();
    let names = |reader: &Reader| {
        let (all, _) = added(node, reader, None);
        all.iter().find(|one| one["id"] == id(3)).unwrap()["object_refs"].clone()
    };
    assert_eq!(names(&reader(node)), json!([id(2), UNKNOWN]), "what it may not see it could only guess");
    assert_eq!(names(&hosted), json!([id(1), id(2), UNKNOWN]), "what it wrote goes back to it as it is");
}
