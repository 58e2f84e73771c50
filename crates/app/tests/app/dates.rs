//! Time boundaries: embargo, end of release, and clocks that are put back.

use comity_app::explain::{self, View};
use comity_app::model::{Micros, Stated};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{AppError, Clock as _, Reader};
use comity_testkit::{Community, NOW_US, Node, Place, Seat};

use crate::paper::{at, id, note};

const READER: &str = "Exercise reader";

fn community() -> (Community, Reader) {
    let community =
        Community::new(1, vec![Seat::member("Exercise host").node(Place::memory()), Seat::member(READER)]);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let reader = community.node().reader(READER, "exercise");
    (community, reader)
}

fn after_seconds(seconds: i64) -> Option<Micros> {
    Some(Micros(NOW_US).plus_seconds(seconds))
}

fn embargoed(seconds: i64) -> Stated {
    Stated { embargo_until: after_seconds(seconds), ..at(Tlp::Green) }
}

/// The next page of a client that follows `added_after`, as (id, added-time).
fn next_page(node: &Node, reader: &Reader, added_after: Option<Micros>) -> Vec<(String, Micros)> {
    let page =
        serve::page(&node.app, reader, "exercise", &Query { added_after, ..Query::default() }).unwrap();
    page.objects.iter().map(|one| (one.get().id().to_owned(), one.get().added_at())).collect()
}

#[test]
fn what_was_under_embargo_arrives_at_the_next_page_although_the_cursor_is_beyond_it() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &embargoed(60), &note(1, 0, "early", None));
    community.clock.advance_seconds(10);
    node.publish("exercise", &at(Tlp::Green), &note(2, 0, "open", None));
    let first = next_page(node, &reader, None);
    assert_eq!(first.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), [id(2)]);
    let cursor = Some(first[0].1);

    community.clock.set(Micros(after_seconds(60).unwrap().0 - 1));
    assert!(next_page(node, &reader, cursor).is_empty());
    let view = |name: &str| explain::who_sees(&node.app, name).unwrap()[0].view;
    assert_eq!(view(&id(1)), View::Nothing);

    community.clock.set(after_seconds(60).unwrap());
    let late = next_page(node, &reader, cursor);
    assert_eq!(late.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), [id(1)]);
    assert!(late[0].1 > first[0].1);
    assert_eq!(view(&id(1)), View::Whole);
    assert!(next_page(node, &reader, Some(late[0].1)).is_empty());
}

#[test]
fn the_manifest_acts_upon_a_passed_embargo_too() {
    let (community, reader) = community();
    let node = community.node();
    node.publish("exercise", &embargoed(60), &note(1, 0, "early", None));
    let listed = || serve::manifest(&node.app, &reader, "exercise", &Query::default()).unwrap().entries;
    assert!(listed().is_empty());
    community.clock.advance_seconds(60);
    let entry = listed().remove(0);
    assert_eq!((entry.id, entry.date_added), (id(1), community.clock.now()));
}

#[test]
fn at_its_end_date_a_record_is_gone_without_a_trace() {
    let (community, reader) = community();
    let node = community.node();
    let stated = Stated { end_at: after_seconds(60), ..at(Tlp::Green) };
    node.publish("exercise", &stated, &note(1, 0, "short", None));
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    community.clock.advance_seconds(60);
    let query = Query::default();
    assert!(node.sees(&reader, "exercise").is_empty());
    assert!(serve::manifest(&node.app, &reader, "exercise", &query).unwrap().entries.is_empty());
    let gone = serve::object(&node.app, &reader, "exercise", &id(1), &query).unwrap_err();
    let never = serve::object(&node.app, &reader, "exercise", &id(9), &query).unwrap_err();
    assert!(matches!(gone, AppError::NotFound(_)));
    assert_eq!(gone.to_string(), never.to_string());
    let sight = &explain::who_sees(&node.app, &id(1)).unwrap()[0];
    assert_eq!(
        (sight.view, sight.rules.as_slice()),
        (View::Nothing, ["guard-expired".to_owned()].as_slice())
    );
}

#[test]
fn a_clock_that_is_put_back_neither_hides_nor_reorders() {
    let (community, reader) = community();
    let node = community.node();
    community.clock.advance_seconds(100);
    // The embargo is over when the record is published: it is shown as it comes.
    node.publish("exercise", &embargoed(60), &note(1, 0, "was early", None));
    // The same by a date that passes while the record is there.
    node.publish("exercise", &embargoed(120), &note(2, 0, "will be late", None));
    community.clock.advance_seconds(50);
    let warm = next_page(node, &reader, None);
    assert_eq!(warm.len(), 2);

    community.clock.set(Micros(NOW_US));
    let slow = node.reader(READER, "exercise");
    assert_eq!(next_page(node, &slow, None), warm, "what was shown stays shown");
    node.publish("exercise", &at(Tlp::Green), &note(3, 0, "new", None));
    let third = next_page(node, &reader, Some(warm[1].1));
    assert_eq!(third.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), [id(3)]);
    assert!(third[0].1 > warm[1].1);
    let views: Vec<View> =
        (1..=3).map(|number| explain::who_sees(&node.app, &id(number)).unwrap()[0].view).collect();
    assert_eq!(views, [View::Whole; 3]);
}

#[test]
fn a_client_that_comes_only_after_the_clock_was_put_back_misses_nothing() {
    let (community, reader) = community();
    let node = community.node();
    community.clock.advance_seconds(100);
    node.publish("exercise", &embargoed(60), &note(1, 0, "was early", None));
    node.publish("exercise", &at(Tlp::Green), &note(2, 0, "open", None));
    community.clock.set(Micros(NOW_US));
    let first = next_page(node, &reader, None);
    let cursor = first.last().map(|one| one.1);
    community.clock.advance_seconds(1_000);
    let mut held: Vec<String> =
        first.into_iter().chain(next_page(node, &reader, cursor)).map(|one| one.0).collect();
    held.sort();
    assert_eq!(held, [id(1), id(2)]);
}

#[test]
fn no_boundary_falls_between_two_readings_of_the_clock() {
    let (community, reader) = community();
    let node = community.node();
    for number in 1..=40 {
        let stated =
            Stated { embargo_until: Some(Micros(NOW_US + i64::from(number) * 1_000)), ..at(Tlp::Green) };
        node.publish("exercise", &stated, &note(number, 0, "soon", None));
    }
    community.clock.tick(700);
    let mut got = Vec::new();
    let mut cursor = None;
    for number in 100..140 {
        // A publication under a new handling acts upon the dates before it opens anything.
        let stated = Stated { end_at: after_seconds(3_600 + i64::from(number)), ..at(Tlp::Green) };
        node.publish("exercise", &stated, &note(number, 0, "now", None));
        for (id, added_at) in next_page(node, &reader, cursor) {
            got.push(id);
            cursor = Some(added_at);
        }
    }
    got.sort();
    let wanted: Vec<String> = (1..=40).chain(100..140).map(id).collect();
    assert_eq!(got, wanted, "each once, none skipped");
}
