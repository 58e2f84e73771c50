//! Neither the length of a list nor where it ends tells of what is hidden: each list is made in two worlds, of which one
//! holds more, for somebody who may not see that, and is the same.

use std::sync::Arc;

use comity_app::import::{self, Input};
use comity_app::limits::{Limits, NetworkLimits};
use comity_app::model::{Micros, Stated};
use comity_app::stix::Tlp;
use comity_app::{Actor, App, allegation, home, intake, note, review, same, serve, triage, wording};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat, SeededRandom};
use serde::Serialize;
use serde_json::{Value, json};

use crate::paper;
use crate::two::{EXTENSION, example, governed, put};

const HOST: &str = "Exercise host";
const OTHER: &str = "Exercise other";
const GUEST: &str = "Exercise guest";
const NOW_US: i64 = 1_795_000_000_000_000;
const DAY: i64 = 86_400;
/// Lines of a list in these tests.
const LINES: usize = 2;

fn community() -> Community {
    let seats = vec![Seat::member(HOST).node(Place::file()), Seat::member(OTHER), Seat::member(GUEST)];
    let community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

/// The same node with short lists, as one finds it who is in no readers' group.
fn short(node: &Node) -> App {
    let limits = Limits {
        listed: LINES,
        compared: LINES,
        network: NetworkLimits { page_objects: LINES, ..NetworkLimits::default() },
        ..Limits::default()
    };
    let random = Arc::new(SeededRandom::new(9));
    home::open_with(node.app.home(), node.clock().clone(), random, limits).unwrap().seen_by(&node.operator())
}

/// Somebody in the group that hides.
fn inside(node: &Node) -> Actor {
    Actor { inner: ["cell".to_owned()].into(), ..node.operator() }
}

/// What a world shows must be what the world without the hidden records shows. `fill` is called for those that are seen
/// (`false`), then for those that are not, which came before them.
fn alike<T: Serialize>(fill: impl Fn(&mut Community, u32, bool), list: impl Fn(&Node, &App) -> T) {
    let world = |hides: bool| {
        let mut community = community();
        for (is_hidden, from) in [(false, 1), (true, 11)] {
            let start = NOW_US + if is_hidden { 0 } else { 1_000_000_000 };
            for number in from..from + 4 {
                community.clock.set(Micros(start + i64::from(number) * 1_000_000));
                if hides || !is_hidden {
                    fill(&mut community, number, is_hidden);
                }
            }
        }
        community.clock.set(Micros(NOW_US + 2_000_000_000));
        let node = community.node();
        serde_json::to_string(&list(node, &short(node))).unwrap()
    };
    let (more, less) = (world(true), world(false));
    assert_eq!(more, less);
    assert!(less.matches("00000000-0000-4000-8000-00000000b").count() >= LINES, "{less}");
}

/// The published example of a kind under another id.
fn numbered(word: &str, number: u32) -> Value {
    let mut object = example(word);
    let kind = object["id"].as_str().unwrap().split("--").next().unwrap().to_owned();
    object["id"] = format!("{kind}--00000000-0000-4000-8000-00000000b{number:03}").into();
    object
}

fn stated(is_hidden: bool) -> Stated {
    let inner = if is_hidden { ["cell".to_owned()].into() } else { Default::default() };
    Stated { inner, ..governed().stated }
}

#[test]
fn the_list_of_kept_wording_tells_of_no_hidden_record() {
    let fill = |community: &mut Community, number: u32, is_hidden: bool| {
        let mut plan = numbered("plan", number);
        let grounds = json!("EXERCISE an intercepted message about Muslims");
        let old = &mut plan["extensions"][EXTENSION]["grounds"];
        *old = if old.is_string() { grounds } else { json!([grounds]) };
        let reason = Some(format!("EXERCISE quoted {number}"));
        let input = Input { reason, stated: stated(is_hidden), ..governed() };
        assert_eq!(put(community.node(), &input, &plan).accepted, 1);
    };
    alike(fill, |node, app| wording::list(app, &node.operator()).unwrap());
}

#[test]
fn the_list_of_notes_tells_of_no_hidden_record() {
    let fill = |community: &mut Community, number: u32, is_hidden: bool| {
        let node = community.node();
        put(node, &Input { stated: stated(is_hidden), ..governed() }, &numbered("subject", number));
        let id = numbered("subject", number)["id"].as_str().unwrap().to_owned();
        let app = node.app.seen_by(&inside(node));
        note::add(&app, &inside(node), &id, &format!("EXERCISE remark {number}")).unwrap();
    };
    alike(fill, |_, app| note::list(app, None).unwrap());
}

#[test]
fn the_list_of_what_is_due_tells_of_no_hidden_record() {
    let fill = |community: &mut Community, number: u32, is_hidden: bool| {
        let days = if is_hidden { 1 } else { 5 };
        let review_at = Some(Micros(NOW_US + 3_000_000_000).plus_seconds(days * DAY + i64::from(number)));
        let input = Input { stated: stated(is_hidden), review_at, ..governed() };
        assert_eq!(put(community.node(), &input, &numbered("subject", number)).accepted, 1);
    };
    alike(fill, |node, app| review::list(app, &node.operator(), Some(30)).unwrap());
}

#[test]
fn the_list_of_what_waits_in_triage_tells_of_no_record_of_a_hosted_member() {
    let fill = |community: &mut Community, number: u32, is_hidden: bool| {
        let member = if is_hidden { GUEST } else { OTHER };
        let node = community.node();
        let mut subject = numbered("subject", number);
        subject["object_marking_refs"] = json!([Tlp::Green.marking_id()]);
        let key = node.client(&node.key(member, "exercise", READ_WRITE));
        let body = json!({ "objects": [subject] }).to_string();
        let done = intake::post(&node.app, &key, "exercise", body.as_bytes()).unwrap();
        assert!(done.failures.is_empty(), "{done:?}");
        if number == 14 {
            let host = node.member().clone();
            community.amend_member(GUEST, |member| member.hosted_by = Some(host));
        }
    };
    alike(fill, |node, app| triage::list(app, &node.operator()).unwrap());
}

#[test]
fn the_drafts_that_a_key_reads_tell_of_no_hidden_one() {
    for seen in [1, 4] {
        let world = |hides: bool| {
            let community = community();
            community.clock.set(Micros(NOW_US));
            let node = community.node();
            let draft = |number: u32, is_hidden: bool| {
                let input = Input { stated: stated(is_hidden), draft: true, ..governed() };
                let text = paper::note(number, 0, "draft", None);
                let done = import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {});
                assert_eq!(done.unwrap().held, 1);
            };
            // They are listed in the order in which they came.
            if hides {
                (11..15).for_each(|number| draft(number, true));
            }
            (1..=seen).for_each(|number| draft(number, false));
            let key =
                node.client(&node.key_for(HOST, "exercise", READ_WRITE, Some("border"), Some("treaty")));
            let found = serve::drafts(&short(node), &key, "exercise", None).unwrap();
            let bytes =
                found.objects.iter().map(|one| String::from_utf8(one.get().bytes().to_vec()).unwrap());
            (bytes.collect::<Vec<_>>(), found.more)
        };
        let (more, less) = (world(true), world(false));
        assert_eq!(more, less);
        assert_eq!((less.0.len(), less.1), if seen == 1 { (1, false) } else { (LINES, true) });
    }
}

#[test]
fn what_is_offered_as_the_same_and_whether_all_was_compared_tells_of_no_hidden_record() {
    let person = |number: u32| {
        let mut subject = numbered("subject", number);
        let entry = subject["extensions"][EXTENSION].as_object_mut().unwrap();
        for left in ["documents", "identifiers", "link"] {
            entry.remove(left);
        }
        entry["basis"] = json!({"whole": {"statement": "fact"}});
        subject
    };
    let fill = |community: &mut Community, number: u32, is_hidden: bool| {
        // One to compare, and as many others as are compared.
        if is_hidden || number <= 3 {
            let input = Input { stated: stated(is_hidden), ..governed() };
            assert_eq!(put(community.node(), &input, &person(number)).accepted, 1);
        }
    };
    alike(fill, |node, app| {
        let id = person(1)["id"].as_str().unwrap().to_owned();
        let asking = same::Asking {
            record: &id,
            purpose: Some("border"),
            basis: Some("treaty"),
            ..same::Asking::default()
        };
        let offers = same::offers(app, &node.operator(), &asking).unwrap();
        assert_eq!((offers.offers.len(), offers.is_cut), (2, false));
        offers
    });
}

#[test]
fn what_rests_on_a_record_that_is_set_aside_tells_of_no_hidden_record() {
    let world = |hides: bool| {
        let community = community();
        let node = community.node();
        let alleged = paper::id(1);
        node.publish("exercise", &paper::at(Tlp::Green), &paper::note(1, 0, "alleged", None));
        let naming = |number: u32| {
            let other = "identity--00000000-0000-4000-8000-000000000999";
            paper::note(number, 0, "resting", None).replace(other, &alleged)
        };
        if hides {
            let hidden = Stated { inner: ["cell".to_owned()].into(), ..paper::at(Tlp::Green) };
            let all: Vec<String> = (100..220).map(naming).collect();
            node.publish("exercise", &hidden, &all.join("\n"));
        }
        node.publish("exercise", &paper::at(Tlp::Green), &naming(2));
        let app = node.app.seen_by(&node.operator());
        allegation::make(&app, &node.operator(), &alleged, "EXERCISE beaten", None).unwrap();
        let listed = allegation::list(&app, &node.operator()).unwrap();
        assert_eq!(listed.records[0].resting, [paper::id(2)]);
        serde_json::to_string(&listed).unwrap()
    };
    assert_eq!(world(true), world(false));
}
