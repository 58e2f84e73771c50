//! What the desk lets out: versions of which nothing is left, decisions at the door, the size of pages, and who is
//! told what left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use comity_app::serve::{self, Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{AppError, Reader, delivery, ledger, reindex};
use comity_store::{Store, Value};
use comity_testkit::{Community, NOW_US, Node, Place, READ, Seat, engines, shared_engines};

use crate::paper::{at, id, note, version, with_marked_abstract};

const READER: &str = "Exercise reader";

fn community(place: Place) -> (Community, Reader) {
    let community = Community::new(1, vec![Seat::member("Exercise host").node(place), Seat::member(READER)]);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let reader = community.node().client(&community.node().key(READER, "exercise", READ));
    (community, reader)
}

/// A green note without which nothing valid is left for others: its content is marked TLP:RED.
fn hollow(number: u32, version: u32) -> String {
    with_marked_abstract(&note(number, version, "hollow", None), Tlp::Red)
        .replace(r#"["abstract"]"#, r#"["content"]"#)
}

fn versions(last: bool, first: bool) -> Versions {
    Versions::Some { last, first, at: Vec::new() }
}

/// Number and version of each object on a reader's pages of one object each; the manifest must name the same.
fn seen(node: &Node, reader: &Reader, versions: &Versions) -> Vec<(String, String)> {
    let query = Query { versions: versions.clone(), limit: Some(1), ..Query::default() };
    let all = node.stream(reader, "exercise", &query, 1);
    let all: Vec<_> =
        all.iter().map(|one| (one.get().id().to_owned(), one.get().version().to_owned())).collect();
    let listed = Query { limit: None, ..query };
    let listed = serve::manifest(&node.app, reader, "exercise", &listed).unwrap().entries;
    assert_eq!(listed.into_iter().map(|one| (one.id, one.version)).collect::<Vec<_>>(), all);
    all
}

fn pairs(wanted: &[(u32, u32)]) -> Vec<(String, String)> {
    wanted.iter().map(|(number, at)| (id(*number), version(*at))).collect()
}

fn store(node: &Node) -> Store {
    Store::open(node.place().location(), NOW_US).unwrap()
}

fn execute(node: &Node, sql: &str, params: &[Value]) -> u64 {
    store(node).write("test", |tx| tx.exec(sql, params)).unwrap()
}

fn page(node: &Node, reader: &Reader) -> serve::Page {
    serve::page(&node.app, reader, "exercise", &Query::default()).unwrap()
}

engines! {
    fn a_version_of_which_nothing_is_left_hides_no_other(engine: Engine) {
        let (community, reader) = community(engine.place());
        let node = community.node();
        let half = with_marked_abstract(&note(3, 1, "half", None), Tlp::Red);
        let all = [
            note(1, 0, "old", None), hollow(1, 1), hollow(2, 0), note(2, 1, "new", None),
            note(3, 0, "old", None), half, hollow(3, 2), hollow(4, 0), hollow(4, 1), note(5, 0, "only", None),
        ];
        for text in &all {
            node.publish("exercise", &at(Tlp::Green), text);
        }
        assert_eq!(seen(node, &reader, &Versions::Last), pairs(&[(1, 0), (2, 1), (3, 1), (5, 0)]));
        assert_eq!(seen(node, &reader, &versions(true, false)), pairs(&[(1, 0), (2, 1), (3, 1), (5, 0)]));
        assert_eq!(seen(node, &reader, &versions(false, true)), pairs(&[(1, 0), (2, 1), (3, 0), (5, 0)]));
        assert_eq!(seen(node, &reader, &versions(true, true)), pairs(&[(1, 0), (2, 1), (3, 0), (3, 1), (5, 0)]));
        assert_eq!(seen(node, &reader, &Versions::All), pairs(&[(1, 0), (2, 1), (3, 0), (3, 1), (5, 0)]));
        let own = node.reader("Exercise host", "exercise");
        assert_eq!(seen(node, &own, &Versions::Last), pairs(&[(1, 1), (2, 1), (3, 2), (4, 1), (5, 0)]));
        let listed = serve::versions(&node.app, &reader, "exercise", &id(1), &Query::default()).unwrap();
        assert_eq!(listed.entries.iter().map(|one| one.version.clone()).collect::<Vec<_>>(), [version(0)]);
    }

}

shared_engines! {
    fn that_nothing_is_left_is_found_out_once(engine: Engine) {
        for first in ["page", "manifest", "object"] {
            let (community, reader) = community(engine.place());
            let node = community.node();
            node.publish("exercise", &at(Tlp::Green), &format!("{}\n{}", hollow(1, 0), hollow(2, 0)));
            let look = || {
                assert!(page(node, &reader).objects.is_empty());
                let query = Query::default();
                let listed = serve::manifest(&node.app, &reader, "exercise", &query).unwrap();
                assert_eq!((listed.entries, listed.next, listed.last_added), (Vec::new(), None, None));
                let one = serve::object(&node.app, &reader, "exercise", &id(1), &query);
                assert!(matches!(one, Err(AppError::NotFound(_))), "{one:?}");
            };
            match first {
                "page" => drop(page(node, &reader)),
                "manifest" => drop(serve::manifest(&node.app, &reader, "exercise", &Query::default()).unwrap()),
                _ => {
                    for number in [1, 2] {
                        let one = serve::versions(&node.app, &reader, "exercise", &id(number), &Query::default());
                        assert!(one.is_err());
                    }
                }
            }
            let broken: Value = b"nobody can read this".to_vec().into();
            let broke = execute(node, "UPDATE content SET bytes = ?1 WHERE length(variant) = 0", &[broken]);
            assert_eq!(broke, 2);
            look();
            look();
        }
    }
}

#[test]
fn what_the_decision_denies_stands_on_no_page_and_in_no_list() {
    let (community, reader) = community(Place::file());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "open", None));
    node.publish("exercise", &at(Tlp::Red), &note(2, 0, "closed", None));
    // An interval that shows what no rule allows.
    let shown = "INSERT INTO release SELECT r.collection, c.audience, r.handling, 0, NULL, 0
         FROM record r, credential c WHERE r.id = ?1 AND c.credential = ?2";
    assert_eq!(execute(node, shown, &[id(2).into(), reader.credential.as_str().into()]), 1);
    let denials = || node.app.alarms().door_denials.load(Ordering::Relaxed);
    assert_eq!(seen(node, &reader, &Versions::Last), pairs(&[(1, 0)]));
    assert!(denials() >= 2, "the page and the manifest each raise the alarm");
    let before = denials();
    let one = serve::versions(&node.app, &reader, "exercise", &id(2), &Query::default());
    assert!(matches!(one, Err(AppError::NotFound(_))), "{one:?}");
    assert!(denials() > before);
    let listed = serve::manifest(&node.app, &reader, "exercise", &Query::default()).unwrap();
    assert_eq!(listed.first_added, listed.last_added, "no time of it shows");
}

#[test]
fn envelopes_count_among_the_bytes_of_a_page() {
    let (community, reader) = community(Place::memory());
    let node = community.node();
    let most = usize::try_from(node.app.limits().page_bytes).unwrap();
    let sized = |number: u32, bytes: usize| {
        let author = |length: usize| format!(r#""{}""#, "x".repeat(length));
        let build = |rest: usize| {
            let large = vec![author(1_000_000); 4].join(",");
            let authors = format!("{large},{}", author(rest));
            note(number, 0, "large", None)
                .replace(r#""content""#, &format!(r#""authors":[{authors}],"content""#))
        };
        let base = build(1).len() - 1;
        build(bytes - base)
    };
    for number in 1..=4 {
        node.publish("exercise", &at(Tlp::Green), &sized(number, most / 4 - 200));
    }
    node.publish("exercise", &at(Tlp::Green), &note(5, 0, "small", None));
    let first = page(node, &reader);
    assert_eq!(first.objects.len(), 3, "four objects alone would fit");
    let sent: usize =
        first.objects.iter().map(|one| one.get().bytes().len() + one.get().envelope_json().len() + 2).sum();
    assert!(sent <= most);
    assert_eq!(node.stream(&reader, "exercise", &Query::default(), 100).len(), 5, "nothing is lost");
}

#[test]
fn lists_of_deliveries_are_whole_however_long() {
    let (community, reader) = community(Place::file());
    let node = community.node();
    let other = node.client(&node.key_for(READER, "exercise", READ, Some("border"), None));
    node.publish("exercise", &at(Tlp::Green), &note(7, 0, "open", None));
    assert_eq!(page(node, &reader).objects.len(), 1);
    // As if it had left in 12,345 more forms, all at the same instant.
    let more = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12345)
         INSERT INTO delivery (collection, audience, seq, served, handling, policy, epoch, leaf, salt, first_us,
         last_us, n) SELECT collection, audience, seq, CAST(printf('%032d', i) AS BLOB), handling, policy, epoch,
         leaf, salt, first_us, last_us, d.n FROM delivery d, n";
    assert_eq!(execute(node, more, &[]), 12_345);
    assert_eq!(page(node, &other).objects.len(), 1);
    assert_eq!(delivery::of_member(&node.app, READER).unwrap().len(), 12_347, "in every context");
    assert_eq!(delivery::of_record(&node.app, &id(7)).unwrap().len(), 12_347);
    let mut got = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let part = delivery::of_reader(&node.app, &reader, after.as_deref(), Some(5_000)).unwrap();
        assert!(part.deliveries.len() <= node.app.limits().network.page_objects);
        got.extend(part.deliveries);
        let Some(next) = part.next else { break };
        after = Some(next);
    }
    assert_eq!(got.len(), 12_346, "its own context alone");
    assert_eq!(delivery::of_reader(&node.app, &other, None, None).unwrap().deliveries.len(), 1);
    for wrong in ["", "x", "AAAA", "é"] {
        let refused = delivery::of_reader(&node.app, &reader, Some(wrong), None);
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{wrong}: {refused:?}");
    }
}

#[test]
fn a_page_for_somebody_who_left_counts_for_nothing() {
    let (community, reader) = community(Place::memory());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "open", None));
    let before = ledger::verify(&node.app).unwrap().leaves;
    let gone = Arc::new(AtomicBool::new(false));
    let app = node.app.awaited(Arc::clone(&gone));
    gone.store(true, Ordering::Release);
    let refused = serve::page(&app, &reader, "exercise", &Query::default());
    assert!(matches!(refused, Err(AppError::Busy(_))), "{refused:?}");
    assert!(delivery::of_member(&node.app, READER).unwrap().is_empty());
    assert_eq!(ledger::verify(&node.app).unwrap().leaves, before);
    gone.store(false, Ordering::Release);
    assert_eq!(serve::page(&app, &reader, "exercise", &Query::default()).unwrap().objects.len(), 1);
}

#[test]
fn each_collection_that_is_built_again_has_its_leaf() {
    let (community, reader) = community(Place::memory());
    let node = community.node();
    let other = node.collection("Other");
    node.publish("exercise", &at(Tlp::Green), &hollow(1, 0));
    node.publish(&other, &at(Tlp::Green), &note(2, 0, "open", None));
    assert!(page(node, &reader).objects.is_empty());
    let done = reindex::run(&node.app, &node.operator()).unwrap();
    assert_eq!((done.records, done.dropped), (2, 3), "a reference of each, and a redaction");
    let verified = ledger::verify(&node.app).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    assert_eq!(verified.kinds.get("derived.rebuilt"), Some(&2));
    assert!(page(node, &reader).objects.is_empty());
}
