//! What is said about a record holds for its versions before and after: nobody who must not have the newest is left with
//! another.

use comity_app::compose::statement::StatementText;
use comity_app::edit::{self, Edit};
use comity_app::handling::{self, Change};
use comity_app::model::Stated;
use comity_app::serve::{self, Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{intake, ledger};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat};

use crate::paper::{at, id, note};

const HOST: &str = "Exercise host";
const BLOCKED: &str = "Exercise blocked";
const FREE: &str = "Exercise free";

fn community() -> Community {
    let seats = vec![Seat::member(HOST).node(Place::memory()), Seat::member(BLOCKED), Seat::member(FREE)];
    let mut community = Community::new(1, seats);
    for (name, state) in [(BLOCKED, "QX"), (FREE, "QY")] {
        community.amend_member(name, |member| member.state = Some(state.into()));
    }
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

/// How many versions a member is shown, when it asks for all.
fn shown(node: &Node, member: &str) -> usize {
    let query = Query { versions: Versions::All, ..Query::default() };
    serve::page(&node.app, &node.reader(member, "exercise"), "exercise", &query).unwrap().objects.len()
}

fn change(node: &Node, change: &Change) {
    handling::change(&node.app, &node.operator(), &id(1), change).unwrap();
}

fn block() -> Change {
    Change { refugee_from: (vec!["QX".into()], vec![]), ..Change::default() }
}

fn blocked() -> Stated {
    Stated { refugee_from: ["QX".to_owned()].into(), ..at(Tlp::Green) }
}

#[test]
fn h2_a_block_on_the_newest_version_does_not_show_the_one_before_it_to_the_very_state() {
    let community = community();
    let node = community.node();
    for version in 0..3 {
        node.publish("exercise", &at(Tlp::Green), &note(1, version, "refuge", None));
    }
    let (qx, qy) = (node.reader(BLOCKED, "exercise"), node.reader(FREE, "exercise"));
    assert_eq!((node.sees(&qx, "exercise").len(), node.sees(&qy, "exercise").len()), (1, 1));
    change(node, &block());
    assert!(node.sees(&qx, "exercise").is_empty());
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 3));
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn d2_originator_control_and_an_exclusion_hold_for_every_version_of_the_record() {
    for narrower in [
        Change { flags: (vec!["originator-control".into()], vec![]), ..Change::default() },
        Change { exclude: (vec![BLOCKED.into()], vec![]), ..Change::default() },
    ] {
        let community = community();
        let node = community.node();
        for version in 0..2 {
            node.publish("exercise", &at(Tlp::Green), &note(1, version, "narrow", None));
        }
        assert_eq!(shown(node, BLOCKED), 2);
        change(node, &narrower);
        assert_eq!(shown(node, BLOCKED), 0, "{narrower:?}");
    }
}

#[test]
fn h2_a_correction_that_adds_a_block_puts_it_on_the_versions_before() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "refuge", None));
    let statement = StatementText { refugee_from: vec!["QX".into()], ..StatementText::default() };
    let form = serde_json::from_str(&note(1, 0, "refuge corrected", None)).unwrap();
    let edit =
        Edit { record: id(1), form: Some(form), reason: "EXERCISE".into(), statement, ..Edit::default() };
    edit::run(&node.app, &node.operator(), &edit).unwrap().unwrap();
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 2));
}

#[test]
fn h2_a_newer_version_by_import_or_post_keeps_the_block_and_dropping_it_takes_the_handling() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &blocked(), &note(1, 0, "refuge", Some(Tlp::Green)));
    node.publish("exercise", &at(Tlp::Green), &note(1, 1, "refuge", Some(Tlp::Green)));
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 2));
    let writer = node.client(&node.key(HOST, "exercise", READ_WRITE));
    let post = |version| {
        let body = format!(r#"{{"objects":[{}]}}"#, note(1, version, "refuge", Some(Tlp::Green)));
        intake::post(&node.app, &writer, "exercise", body.as_bytes()).unwrap()
    };
    assert_eq!(post(2).successes.len(), 1);
    assert_eq!((shown(node, BLOCKED), shown(node, FREE)), (0, 3));
    // The same bytes once more, without the block: the answer is the one that they always get.
    for version in 0..3 {
        let again = post(version);
        assert_eq!((again.failures.len(), again.successes[0].message.clone()), (0, None), "{again:?}");
    }
    assert_eq!(shown(node, BLOCKED), 0);
    change(node, &Change { refugee_from: (vec![], vec!["QX".into()]), ..Change::default() });
    assert_eq!(shown(node, BLOCKED), 1, "of the versions before the block still holds");
    node.publish("exercise", &at(Tlp::Green), &note(1, 3, "refuge", Some(Tlp::Green)));
    assert_eq!(shown(node, BLOCKED), 2);
}
