//! What stays behind: deliveries, ledger leaves, and a verification that notices every change.

use std::collections::BTreeMap;

use comity_app::delivery::{self, DeliveryView};
use comity_app::model::{Standing, Stated};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{AppError, Reader, explain, handling, intake, ledger, withdraw};
use comity_store::{Store, Value};
use comity_testkit::{Community, NOW_US, Node, Place, READ_WRITE, Seat, engines};

use crate::paper::{at, id, note};

const READER: &str = "Exercise reader";

fn community(place: Place) -> (Community, Reader) {
    let community = Community::new(1, vec![Seat::member("Exercise host").node(place), Seat::member(READER)]);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let reader = community.node().client(&community.node().key(READER, "exercise", READ_WRITE));
    (community, reader)
}

/// A green note whose content is for nobody else, so that others get it without its abstract.
fn half_red(number: u32, selector: &str) -> String {
    note(number, 0, "half", Some(Tlp::Green)).replace(
        r#""content""#,
        &format!(
            r#""abstract":"EXERCISE secret","granular_markings":[{{"marking_ref":"{}","selectors":["{selector}"]}}],"content""#,
            Tlp::Red.marking_id()
        ),
    )
}

fn kinds(node: &Node) -> BTreeMap<String, u64> {
    let verified = ledger::verify(&node.app).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    verified.kinds
}

fn delivered(node: &Node) -> u64 {
    kinds(node).get("records.delivered").copied().unwrap_or(0)
}

fn page(node: &Node, reader: &Reader, limit: usize) -> serve::Page {
    serve::page(&node.app, reader, "exercise", &Query { limit: Some(limit), ..Query::default() }).unwrap()
}

engines! {
    fn each_page_leaves_one_leaf_for_what_left_first_and_repeats_only_count(engine: Engine) {
        let (community, reader) = community(engine.place());
        let node = community.node();
        let text: Vec<String> = (1..=5).map(|number| note(number, 0, "open", None)).collect();
        node.publish("exercise", &at(Tlp::Green), &text.join("\n"));
        assert_eq!(delivered(node), 0);
        page(node, &reader, 3);
        assert_eq!(delivered(node), 1);
        community.clock.advance_seconds(5);
        page(node, &reader, 3);
        assert_eq!(delivered(node), 1, "a repeat writes no leaf");
        page(node, &reader, 5);
        assert_eq!(delivered(node), 2, "two of the five were new");

        let rows = delivery::of_member(&node.app, READER).unwrap();
        let counts: BTreeMap<&str, i64> = rows.iter().map(|row| (row.id.as_str(), row.count)).collect();
        assert_eq!(counts.values().copied().collect::<Vec<_>>(), [3, 3, 3, 1, 1]);
        let first = &delivery::of_record(&node.app, &id(1)).unwrap()[0];
        assert!(first.first_at < first.last_at);
        assert_eq!((first.member.as_str(), first.view), (READER, "whole"));
        let leaf: serde_json::Value = serde_json::from_slice(
            &ledger::leaf(&node.app, first.leaf.unsigned_abs()).unwrap().unwrap(),
        )
        .unwrap();
        assert!(leaf.to_string().contains("records.delivered"), "{leaf}");
        assert_eq!(delivery::of_reader(&node.app, &reader, None, None).unwrap().deliveries.len(), 5);
        assert!(matches!(delivery::of_record(&node.app, &id(9)), Err(AppError::NotFound(_))));
    }

    fn a_page_that_shows_nothing_leaves_nothing(engine: Engine) {
        let (community, reader) = community(engine.place());
        let node = community.node();
        node.publish("exercise", &at(Tlp::Red), &note(1, 0, "red", None));
        let before = ledger::verify(&node.app).unwrap().leaves;
        assert!(page(node, &reader, 10).objects.is_empty());
        assert_eq!(ledger::verify(&node.app).unwrap().leaves, before);
        assert!(delivery::of_member(&node.app, READER).unwrap().is_empty());
    }

    fn a_redacted_variant_is_noted_as_a_part_and_made_once(engine: Engine) {
        let (community, reader) = community(engine.place());
        let node = community.node();
        node.publish("exercise", &Stated::default(), &half_red(1, "abstract"));
        let first = page(node, &reader, 1).objects[0].get().bytes().to_vec();
        assert!(!String::from_utf8(first.clone()).unwrap().contains("secret"));
        assert_eq!(page(node, &reader, 1).objects[0].get().bytes(), first);
        let rows: Vec<DeliveryView> = delivery::of_record(&node.app, &id(1)).unwrap();
        assert_eq!(rows.iter().map(|row| (row.view, row.count)).collect::<Vec<_>>(), [("part", 2)]);
        let own = node.reader("Exercise host", "exercise");
        let whole = page(node, &own, 1).objects[0].get().bytes().to_vec();
        assert_eq!(whole, half_red(1, "abstract").into_bytes());
        assert_eq!(delivered(node), 2);
    }
}

#[test]
fn who_saw_a_part_and_may_see_more_later_gets_the_fuller_one_and_nothing_else_again() {
    let (mut community, reader) = community(Place::memory());
    community.amend_member(READER, |member| member.standing = Standing::Observer);
    let node = community.node();
    let amber = half_red(1, "abstract").replace(Tlp::Red.marking_id(), Tlp::Amber.marking_id());
    node.publish(
        "exercise",
        &Stated::default(),
        &format!("{amber}\n{}", note(2, 0, "plain", Some(Tlp::Green))),
    );
    let first = page(node, &reader, 10);
    assert_eq!(first.objects.len(), 2);
    assert!(!String::from_utf8_lossy(first.objects[0].get().bytes()).contains("secret"));

    let mut after = first.last_added;
    let mut come = |community: &Community| {
        let query = Query { added_after: after, versions: serve::Versions::All, ..Query::default() };
        let page = serve::page(&community.node().app, &reader, "exercise", &query).unwrap();
        after = page.last_added.or(after);
        page.objects.iter().map(|one| one.get().bytes().to_vec()).collect::<Vec<_>>()
    };
    community.amend_member(READER, |member| {
        member.groups.insert("north".into());
    });
    assert!(come(&community).is_empty(), "nothing of it changes what the reader may see");
    community.amend_member(READER, |member| member.standing = Standing::Member);
    assert_eq!(come(&community), [amber.clone().into_bytes()]);
    community.amend_member(READER, |member| member.standing = Standing::Observer);
    assert!(come(&community).is_empty(), "to see less brings nothing");
}

#[test]
fn a_record_of_which_nothing_valid_is_left_leaves_no_trace_for_that_reader() {
    let (community, reader) = community(Place::memory());
    let node = community.node();
    // A note without its content is no note.
    let texts = [
        note(1, 0, "one", Some(Tlp::Green)),
        half_red(2, "content"),
        note(3, 0, "three", Some(Tlp::Green)),
        half_red(4, "content"),
    ];
    node.publish("exercise", &Stated::default(), &texts.join("\n"));
    assert_eq!(explain::who_sees(&node.app, &id(2)).unwrap()[0].view, explain::View::Nothing);

    let query = |limit| Query { limit: Some(limit), ..Query::default() };
    let two = page(node, &reader, 2);
    assert_eq!(two.objects.iter().map(|one| one.get().id()).collect::<Vec<_>>(), [id(1), id(3)]);
    assert_eq!(two.next, None, "the withheld one is not promised");
    assert_eq!(two.last_added, Some(two.objects[1].get().added_at()));
    let listed = serve::manifest(&node.app, &reader, "exercise", &query(2)).unwrap();
    assert_eq!(listed.entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>(), [id(1), id(3)]);
    assert_eq!(listed.next, None);
    let (withheld, absent) = (
        serve::object(&node.app, &reader, "exercise", &id(2), &query(1)).unwrap_err(),
        serve::object(&node.app, &reader, "exercise", &id(9), &query(1)).unwrap_err(),
    );
    assert_eq!(withheld.to_string(), absent.to_string());
    assert!(serve::versions(&node.app, &reader, "exercise", &id(2), &query(1)).is_err());
    let withdrawn = |number| {
        intake::withdraw(&node.app, &reader, "exercise", &id(number), &query(1)).unwrap_err().to_string()
    };
    assert_eq!(withdrawn(2), withdrawn(9));
    let own = node.reader("Exercise host", "exercise");
    assert_eq!(node.sees(&own, "exercise"), [id(1), id(2), id(3), id(4)]);
}

/// A node with a little of everything in its ledger.
fn busy() -> (Community, Reader) {
    let (mut community, reader) = community(Place::file());
    let node = community.node();
    let text: Vec<String> = (1..=4).map(|number| note(number, 0, "open", None)).collect();
    node.publish("exercise", &at(Tlp::Green), &text.join("\n"));
    node.publish("exercise", &at(Tlp::Green), &note(7, 0, "alone in its batch", None));
    page(node, &reader, 10);
    let posted = format!(r#"{{"objects":[{}]}}"#, note(8, 0, "posted", Some(Tlp::Green)));
    intake::post(&node.app, &reader, "exercise", posted.as_bytes()).unwrap();
    let red = handling::Change { tlp: Some("red".into()), ..handling::Change::default() };
    handling::change(&node.app, &node.operator(), &id(1), &red).unwrap();
    withdraw::run(&node.app, &node.operator(), &id(2), "EXERCISE").unwrap();
    let _officer = node.user("officer", &[comity_app::Role::ReleaseOfficer]);
    community.amend_member(READER, |member| {
        member.groups.insert("north".into());
    });
    page(community.node(), &reader, 10);
    (community, reader)
}

fn execute(node: &Node, sql: &str, params: &[Value]) {
    let store = Store::open(node.place().location(), NOW_US).unwrap();
    let changed = store.write("tamper", |tx| tx.exec(sql, params)).unwrap();
    assert!(changed > 0, "{sql} changed nothing");
}

fn number(node: &Node, sql: &str) -> i64 {
    let store = Store::open(node.place().location(), NOW_US).unwrap();
    store.read("look", |tx| tx.query_one(sql, &[])?.unwrap().int(0)).unwrap()
}

#[test]
fn after_everything_that_a_node_does_its_ledger_verifies() {
    let (community, _) = busy();
    let verified = ledger::verify(&community.node().app).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    assert_eq!(verified.records, 6);
    for kind in
        ["records.published", "records.posted", "records.delivered", "handling.changed", "record.withdrawn"]
    {
        assert!(verified.kinds.contains_key(kind), "{kind}");
    }
    let total: u64 = verified.kinds.values().sum();
    assert_eq!(total, verified.leaves);
}

fn tampered(sql: &str, params: &[Value]) -> Vec<String> {
    let (community, _) = busy();
    execute(community.node(), sql, params);
    match ledger::verify(&community.node().app) {
        Ok(verified) => verified.faults,
        Err(error) => vec![error.to_string()],
    }
}

fn name_of(number: u32) -> Vec<Value> {
    vec![id(number).into()]
}

#[test]
fn verification_notices_changed_content() {
    let mut params = name_of(3);
    params.push(note(3, 0, "forged", None).into_bytes().into());
    let faults = tampered("UPDATE content SET bytes = ?2 WHERE id = ?1", &params);
    assert!(faults.iter().any(|fault| fault.contains(&id(3))), "{faults:?}");
}

#[test]
fn verification_notices_missing_content() {
    let faults = tampered("DELETE FROM content WHERE id = ?1", &name_of(3));
    assert!(faults.iter().any(|fault| fault.contains(&id(3))), "{faults:?}");
}

#[test]
fn verification_notices_a_deleted_record_even_when_it_was_alone_in_its_batch() {
    for gone in [3, 7, 8] {
        let faults = tampered("DELETE FROM record WHERE id = ?1", &name_of(gone));
        assert!(!faults.is_empty(), "record {gone}");
    }
}

#[test]
fn verification_notices_a_changed_leaf() {
    let faults = tampered("UPDATE leaf SET body = ?1 WHERE seq = 2", &[b"{}".to_vec().into()]);
    assert!(!faults.is_empty());
    let faults = tampered("DELETE FROM leaf WHERE seq = 3", &[]);
    assert!(!faults.is_empty());
}

#[test]
fn verification_notices_a_changed_envelope_or_handling() {
    let widened = "UPDATE record SET envelope = replace(envelope, '\"tlp\":\"red\"', '\"tlp\":\"green\"')
         WHERE id = ?1";
    let faults = tampered(widened, &name_of(1));
    assert!(faults.iter().any(|fault| fault.contains(&id(1))), "{faults:?}");
    let faults = tampered(
        "UPDATE handling SET body = replace(body, '\"tlp\":\"red\"', '\"tlp\":\"clear\"')
         WHERE body LIKE '%red%'",
        &[],
    );
    assert!(!faults.is_empty());
    let swapped = "UPDATE record SET handling = (SELECT handling FROM record WHERE id = ?2) WHERE id = ?1";
    let faults = tampered(swapped, &[id(1).into(), id(3).into()]);
    assert!(faults.iter().any(|fault| fault.contains(&id(1))), "{faults:?}");
}

#[test]
fn verification_notices_a_change_of_any_stored_hash_of_the_tree() {
    let (community, _) = busy();
    let node = community.node();
    for index in 0..number(node, "SELECT max(idx) FROM tree") {
        let flip = |node: &Node| {
            execute(
                node,
                "UPDATE tree SET hash = CASE WHEN hash = zeroblob(32) THEN (SELECT body FROM kept) ELSE zeroblob(32) END
                 WHERE idx = ?1",
                &[index.into()],
            );
        };
        if index == 0 {
            execute_any(node, "CREATE TABLE kept (body BLOB)");
        }
        execute_any(node, "DELETE FROM kept");
        execute(node, "INSERT INTO kept SELECT hash FROM tree WHERE idx = ?1", &[index.into()]);
        flip(node);
        let verified = ledger::verify(&node.app).unwrap();
        assert!(!verified.faults.is_empty(), "stored hash {index}");
        flip(node);
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    }
}

fn execute_any(node: &Node, sql: &str) {
    let store = Store::open(node.place().location(), NOW_US).unwrap();
    store.write("tamper", |tx| tx.exec(sql, &[])).unwrap();
}
