//! What an erasure and an allegation reach, and what they must not: the records of others, and what came later.

use comity_app::import::Input;
use comity_app::stix::Tlp;
use comity_app::{
    Actor, AppError, Role, allegation, erase, explain, grade, intake, ledger, proposal, reindex, review,
    triage,
};
use comity_testkit::comity_store::tables::desk;
use comity_testkit::comity_store::{StoreError, Tx};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat};
use serde_json::{Value, json};

use crate::paper::{at, note};
use crate::two::{NORTH, SOUTH, Two, WEST, example, governed, held, put, taken};

fn second(node: &Node) -> Actor {
    node.user("second", &[Role::ReleaseOfficer, Role::DataProtection])
}

fn post(node: &Node, member: &str, object: &Value) -> intake::Status {
    let client = node.client(&node.key(member, "exercise", READ_WRITE));
    intake::post(&node.app, &client, "exercise", json!({"objects": [object]}).to_string().as_bytes()).unwrap()
}

fn states(node: &Node, id: &str) -> Vec<String> {
    explain::show(&node.app, id).unwrap().into_iter().map(|one| one.state).collect()
}

/// A later version of an object, of an instant that has a name.
fn later(object: &Value, year: u32) -> Value {
    let mut next = object.clone();
    next["modified"] = json!(format!("{year}-01-01T00:00:00.000Z"));
    next
}

#[test]
fn e7_a_hostile_claim_that_is_dropped_keeps_nothing_of_ones_own_out() {
    let two = Two::new();
    let node = two.north();
    let own = example("subject");
    let id = taken(node, &governed(), &own);
    let claim = later(&own, 2035);
    let posted = post(node, WEST, &claim);
    assert_eq!(posted.successes.len(), 1, "{posted:?}");
    triage::drop_record(&node.app, &node.operator(), &id).unwrap();
    assert_eq!(post(node, WEST, &claim).failures.len(), 1, "the claim itself stays out");
    assert_eq!(put(node, &governed(), &later(&own, 2031)).accepted, 1);
    assert_eq!(post(node, WEST, &later(&own, 2034)).successes.len(), 1, "and only itself");
}

#[test]
fn e7_a_list_of_tombstones_keeps_nothing_out_but_the_copies_that_it_names() {
    let two = Two::new();
    let node = two.north();
    let second = second(node);
    let own = example("subject");
    let id = taken(node, &governed(), &own);
    let forged = json!([{
        "collection": "exercise", "origin": node.member().as_str(), "id": id, "version": "2090-01-01T00:00:00.000Z",
        "version_at": "2090-01-01T00:00:00.000Z", "digest": "ab".repeat(32), "scope": "future", "reason": "order",
        "authority": "EXERCISE nobody", "at": "2026-11-18T00:00:00.000Z",
    }]);
    let mut strange = forged.clone();
    strange[0]["scope"] = json!("everything");
    let refused = erase::apply(&node.app, &node.operator(), &strange.to_string());
    assert!(matches!(refused, Err(AppError::Invalid(_))), "{refused:?}");
    let asked = erase::apply(&node.app, &node.operator(), &forged.to_string()).unwrap();
    assert!(erase::list(&node.app, &node.operator()).unwrap().is_empty(), "it waits for a second person");
    proposal::approve(&node.app, &second, &asked.id).unwrap();
    assert_eq!(states(node, &id), ["live"]);
    assert_eq!(put(node, &governed(), &later(&own, 2031)).accepted, 1);
}

#[test]
fn e7_a_version_that_came_after_an_erasure_was_proposed_is_erased_too() {
    let two = Two::new();
    let node = two.north();
    let second = second(node);
    let id = taken(node, &governed(), &example("subject"));
    let asked = erase::propose(&node.app, &node.operator(), &id, ("order", "EXERCISE 12"), false).unwrap();
    assert_eq!(put(node, &governed(), &later(&example("subject"), 2031)).accepted, 1);
    proposal::approve(&node.app, &second, &asked.id).unwrap();
    assert_eq!(states(node, &id), ["erased", "erased"]);
}

/// A note that alleges ill-treatment.
fn allegation_of(number: u32, target: &str) -> Value {
    let mut letter: Value =
        serde_json::from_str(&note(number, 0, "EXERCISE beaten", Some(Tlp::Green))).unwrap();
    letter["labels"] = json!(["comity-allegation"]);
    letter["object_refs"] = json!([target]);
    letter
}

#[test]
fn j3_who_cannot_see_a_record_does_not_set_it_aside() {
    let two = Two::new();
    let node = two.north();
    let hidden = taken(node, &Input { stated: at(Tlp::Red), ..governed() }, &example("group"));
    assert_eq!(post(node, WEST, &allegation_of(1, &hidden)).successes.len(), 1);
    assert_eq!(states(node, &hidden), ["live"]);
    let member = two.community.id(SOUTH).to_string();
    let identity = json!({"type": "identity", "spec_version": "2.1", "id": member, "name": SOUTH,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "identity_class": "organization"});
    taken(node, &Input { stated: at(Tlp::Clear), ..governed() }, &identity);
    assert_eq!(post(node, WEST, &allegation_of(2, &member)).successes.len(), 1);
    assert_eq!(states(node, &member), ["live"], "nor what the exchange rests on");
    let shown = taken(node, &governed(), &example("subject"));
    assert_eq!(post(node, WEST, &allegation_of(3, &shown)).successes.len(), 1);
    assert_eq!(states(node, &shown), ["quarantined"]);
}

#[test]
fn j3_a_note_that_is_imported_does_not_allege_in_this_members_name() {
    let two = Two::new();
    let node = two.north();
    let record = taken(node, &governed(), &example("subject"));
    let stated = at(Tlp::Green);
    put(node, &Input { draft: true, stated: stated.clone(), ..governed() }, &allegation_of(1, &record));
    put(node, &Input { stated, ..governed() }, &allegation_of(2, &record));
    assert_eq!(states(node, &record), ["live"]);
}

#[test]
fn j3_an_approval_lifts_what_was_alleged_when_it_was_proposed_and_nothing_later() {
    let two = Two::new();
    let node = two.north();
    let second = second(node);
    let record = taken(node, &governed(), &example("subject"));
    post(node, SOUTH, &allegation_of(1, &record));
    let first = allegation::propose_lift(&node.app, &node.operator(), &record, "EXERCISE examined").unwrap();
    two.community.clock.advance_seconds(60);
    post(node, WEST, &allegation_of(2, &record));
    proposal::approve(&node.app, &second, &first.id).unwrap();
    assert_eq!(states(node, &record), ["quarantined"]);
    let left = allegation::list(&node.app, &node.operator()).unwrap();
    assert!(left.records[0].reason.contains(WEST), "{left:?}");
    let next =
        allegation::propose_lift(&node.app, &node.operator(), &record, "EXERCISE examined too").unwrap();
    proposal::approve(&node.app, &second, &next.id).unwrap();
    assert_eq!(states(node, &record), ["live"]);
}

#[test]
fn e7_with_an_erased_record_go_the_letters_that_this_node_wrote_about_it() {
    let two = Two::new();
    let node = two.south();
    let second = second(node);
    let record = taken(two.north(), &governed(), &example("group"));
    two.southward();
    let operator = node.operator();
    grade::give(&node.app, &operator, &record, &grade::read("B2", "6x6").unwrap(), "EXERCISE seen").unwrap();
    allegation::make(&node.app, &operator, &record, "EXERCISE three days without sleep", None).unwrap();
    for waiting in proposal::list(&node.app).unwrap() {
        proposal::approve(&node.app, &second, &waiting.id).unwrap();
    }
    let notes = held(node, "note");
    assert_eq!(notes.len(), 2, "{notes:?}");
    let asked = erase::propose(&node.app, &operator, &record, ("order", "EXERCISE 12"), false).unwrap();
    proposal::approve(&node.app, &second, &asked.id).unwrap();
    for one in &notes {
        assert_eq!(states(node, one), ["erased"], "{one}");
    }
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn e7_with_an_erased_record_go_the_reasons_in_the_proposals_about_it() {
    let community = Community::new(1, vec![Seat::member(NORTH).node(Place::file()), Seat::member(WEST)]);
    let node = community.node();
    assert_eq!(node.collection("Exercise"), "exercise");
    let second = second(node);
    let record = taken(node, &governed(), &example("group"));
    allegation::make(&node.app, &node.operator(), &record, "EXERCISE not asked for", None).unwrap();
    let lift =
        allegation::propose_lift(&node.app, &node.operator(), &record, "EXERCISE we examined it").unwrap();
    proposal::approve_because(&node.app, &second, &lift.id, Some("EXERCISE and so did I")).unwrap();
    let asked =
        erase::propose(&node.app, &node.operator(), &record, ("order", "EXERCISE 12"), false).unwrap();
    proposal::approve(&node.app, &second, &asked.id).unwrap();
    let kept =
        |tx: &mut Tx<'_>| Ok::<_, StoreError>((desk::proposal(tx, &lift.id)?, desk::answer(tx, &lift.id)?));
    let (row, answer) = node.place().open().read("test.kept", kept).unwrap();
    assert!(!row.unwrap().body.contains("examined"));
    assert_eq!(answer, None);
}

#[test]
fn e1_a_home_of_before_finds_its_review_dates_in_the_envelopes() {
    let community = Community::new(1, vec![Seat::member(NORTH).node(Place::file()), Seat::member(WEST)]);
    let node = community.node();
    assert_eq!(node.collection("Exercise"), "exercise");
    let review_at = Some(node.app.now().plus_seconds(10 * 86_400));
    taken(node, &Input { review_at, ..governed() }, &example("plan"));
    let due = |node: &Node| review::list(&node.app, &node.operator(), Some(20)).unwrap().len();
    let forget = |sql: &str| {
        node.place().open().write("test.forget", |tx| tx.exec(sql, &[]).map(|_| ())).unwrap();
    };
    forget("DELETE FROM review");
    assert_eq!(due(node), 0);
    reindex::run(&node.app, &node.operator()).unwrap();
    assert_eq!(due(node), 1);
    forget("DELETE FROM review");
    forget("DELETE FROM fact WHERE name = 'review_dates'");
    let opened = node.second();
    assert_eq!(review::list(&opened, &node.operator(), Some(20)).unwrap().len(), 1);
}
