//! Changes of handling: within the bytes, by the originator, effective at once, signed anew.

use comity_app::explain;
use comity_app::handling::{self, Change};
use comity_app::model::{ApprovalRule, SignedEnvelope, Stated};
use comity_app::proposal::{self, Outcome};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{AppError, Reader, Role, intake, withdraw};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat, engines};

use crate::paper::{at, id, note, version};

const ALDER: &str = "Exercise Alder";
const BIRCH: &str = "Exercise Birch";

fn community(place: Place) -> (Community, Reader, Reader) {
    let community = Community::new(
        1,
        vec![
            Seat::member("Exercise host").node(place),
            Seat::member(ALDER).groups(&["north"]),
            Seat::member(BIRCH),
        ],
    );
    let node = community.node();
    assert_eq!(node.collection("Exercise"), "exercise");
    let alder = node.client(&node.key(ALDER, "exercise", READ_WRITE));
    let birch = node.client(&node.key(BIRCH, "exercise", READ_WRITE));
    (community, alder, birch)
}

fn change(node: &Node, record: &str, change: &Change) -> Result<u32, AppError> {
    match handling::change(&node.app, &node.operator(), record, change)? {
        Outcome::Done(done) => Ok(done.revision),
        Outcome::Pending(proposal) => panic!("{proposal:?}"),
    }
}

fn level(level: &str) -> Change {
    Change { tlp: Some(level.into()), ..Change::default() }
}

fn exclude(member: &str) -> Change {
    Change { exclude: (vec![member.into()], Vec::new()), ..Change::default() }
}

fn sent(node: &Node, reader: &Reader, query: &Query) -> Vec<(String, SignedEnvelope)> {
    node.stream(reader, "exercise", query, 10)
        .iter()
        .map(|one| {
            let entry: serde_json::Value = serde_json::from_str(&one.get().envelope_json()).unwrap();
            (one.get().id().to_owned(), SignedEnvelope::from_json(&entry["signed"].to_string()).unwrap())
        })
        .collect()
}

#[test]
fn a_handling_wider_than_the_bytes_is_refused_and_changes_nothing() {
    let (community, _, birch) = community(Place::memory());
    let node = community.node();
    node.publish("exercise", &Stated::default(), &note(1, 0, "amber in its bytes", Some(Tlp::Amber)));
    for wider in ["clear", "green"] {
        assert!(matches!(change(node, &id(1), &level(wider)), Err(AppError::Conflict(_))));
    }
    let (_, envelope) = sent(node, &birch, &Query::default()).remove(0);
    assert_eq!((envelope.envelope.revision, envelope.envelope.handling.tlp), (1, Some(Tlp::Amber)));
    assert_eq!(change(node, &id(1), &level("amber+strict")).unwrap(), 2);
}

#[test]
fn a_level_that_only_the_envelope_states_may_be_lowered_again() {
    let (community, _, birch) = community(Place::memory());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Red), &note(1, 0, "no level in its bytes", None));
    assert!(node.sees(&birch, "exercise").is_empty());
    change(node, &id(1), &level("green")).unwrap();
    assert_eq!(node.sees(&birch, "exercise"), [id(1)]);
}

#[test]
fn a_marking_that_nobody_knows_cannot_be_stated_away() {
    let (community, alder, birch) = community(Place::memory());
    let node = community.node();
    let strange = note(1, 0, "strange", Some(Tlp::Clear))
        .replace(Tlp::Clear.marking_id(), "marking-definition--00000000-0000-4000-8000-00000000abcd");
    node.publish("exercise", &at(Tlp::Clear), &strange);
    assert!(node.sees(&alder, "exercise").is_empty());
    let named = Change { to: (vec![BIRCH.into()], Vec::new()), ..Change::default() };
    change(node, &id(1), &named).unwrap();
    assert!(node.sees(&birch, "exercise").is_empty());
}

engines! {
    fn what_is_narrowed_vanishes_for_whom_it_excludes_and_stays_for_the_others(engine: Engine) {
        let (community, alder, birch) = community(engine.place());
        let node = community.node();
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "for all", None));
        assert_eq!((node.sees(&alder, "exercise"), node.sees(&birch, "exercise")), (vec![id(1)], vec![id(1)]));
        change(node, &id(1), &exclude(BIRCH)).unwrap();
        assert_eq!(node.sees(&alder, "exercise"), [id(1)]);
        assert!(node.sees(&birch, "exercise").is_empty());
        let gone = serve::object(&node.app, &birch, "exercise", &id(1), &Query::default());
        assert!(matches!(gone, Err(AppError::NotFound(_))));
        let why = explain::to(&node.app, &id(1), BIRCH).unwrap();
        assert_eq!(why.sight.rules, ["guard-excluded"]);
        assert!(why.delivered_at.is_some(), "it left once, and the answer says so: {}", why.answer);
    }

    fn when_the_newest_version_is_narrowed_the_one_before_comes_again(engine: Engine) {
        let (community, alder, birch) = community(engine.place());
        let node = community.node();
        let both = format!("{}\n{}", note(1, 0, "old", None), note(1, 1, "new", None));
        node.publish("exercise", &at(Tlp::Green), &both);
        let first = serve::page(&node.app, &birch, "exercise", &Query::default()).unwrap();
        assert_eq!(first.objects.iter().map(|one| one.get().version()).collect::<Vec<_>>(), [version(1)]);
        change(node, &format!("{}@{}", id(1), version(1)), &exclude(BIRCH)).unwrap();
        let beyond = Query { added_after: first.last_added, ..Query::default() };
        let next = serve::page(&node.app, &birch, "exercise", &beyond).unwrap();
        assert_eq!(next.objects.iter().map(|one| one.get().version()).collect::<Vec<_>>(), [version(0)]);
        assert_eq!(serve::page(&node.app, &alder, "exercise", &beyond).unwrap().objects.len(), 1);
    }

    fn what_is_widened_arrives_late_with_a_new_signed_revision_of_its_envelope(engine: Engine) {
        let (community, alder, birch) = community(engine.place());
        let node = community.node();
        let north = Stated { groups: ["north".to_owned()].into(), ..at(Tlp::Green) };
        node.publish("exercise", &north, &note(1, 0, "for the north", None));
        node.publish("exercise", &at(Tlp::Green), &note(2, 0, "for all", None));
        let page = serve::page(&node.app, &birch, "exercise", &Query::default()).unwrap();
        assert_eq!(page.objects.iter().map(|one| one.get().id()).collect::<Vec<_>>(), [id(2)]);
        let beyond = Query { added_after: page.last_added, ..Query::default() };
        let before = sent(node, &alder, &Query::default()).remove(0).1;

        let dropped = Change { groups: (Vec::new(), vec!["north".into()]), ..Change::default() };
        assert_eq!(change(node, &id(1), &dropped).unwrap(), 2);
        let late = sent(node, &birch, &beyond);
        assert_eq!(late.len(), 1);
        let (late_id, envelope) = &late[0];
        assert_eq!(late_id, &id(1));
        assert!(envelope.envelope.handling.groups.is_empty());
        assert_eq!(envelope.envelope.revision, 2);
        assert!(envelope.envelope.seq > before.envelope.seq);
        assert_eq!(envelope.envelope.object, before.envelope.object, "the bytes are the same");
        let keys = &community.agreement.member(node.member()).unwrap().keys;
        envelope.verify(keys).unwrap();
    }
}

#[test]
fn a_change_that_changes_nothing_is_said_to_be_none() {
    let (community, ..) = community(Place::memory());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "for all", None));
    assert!(matches!(change(node, &id(1), &level("green")), Err(AppError::Conflict(_))));
    assert!(matches!(change(node, &id(1), &Change::default()), Err(AppError::Conflict(_))));
}

#[test]
fn another_members_record_cannot_be_changed_or_withdrawn() {
    let (community, alder, _) = community(Place::memory());
    let node = community.node();
    let posted = format!(r#"{{"objects":[{}]}}"#, note(1, 0, "of Alder", Some(Tlp::Green)));
    assert_eq!(intake::post(&node.app, &alder, "exercise", posted.as_bytes()).unwrap().successes.len(), 1);
    assert!(matches!(change(node, &id(1), &level("red")), Err(AppError::Denied(_))));
    let withdrawn = withdraw::run(&node.app, &node.operator(), &id(1), "EXERCISE");
    assert!(matches!(withdrawn, Err(AppError::Denied(_))));
}

#[test]
fn a_claim_of_another_member_about_the_same_object_does_not_bind_its_originators_hands() {
    let (community, alder, birch) = community(Place::memory());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "the host's own", None));
    let claim = format!(r#"{{"objects":[{}]}}"#, note(1, 9, "a later claim of Alder", Some(Tlp::Green)));
    intake::post(&node.app, &alder, "exercise", claim.as_bytes()).unwrap();
    assert_eq!(change(node, &id(1), &exclude(BIRCH)).unwrap(), 2);
    let sights = explain::who_sees(&node.app, &id(1)).unwrap();
    assert!(
        sights.iter().any(|sight| sight.rules == ["guard-excluded"]),
        "the answer is about one's own record"
    );
    let gone = withdraw::run(&node.app, &node.operator(), &id(1), "EXERCISE").unwrap();
    assert_eq!(gone.len(), 1);
    assert!(
        node.sees(&birch, "exercise").is_empty(),
        "Alder's claim is not forwarded, and the host's record is gone"
    );
}

/// A community that asks for a second person for TLP:RED, with two records, and that second person.
fn careful() -> (Community, Reader, comity_app::Actor) {
    let (mut community, _, birch) = community(Place::memory());
    community.amend(|agreement| {
        agreement.two_person.insert(ApprovalRule::Red);
    });
    let node = community.node();
    let second = node.user("second", &[Role::ReleaseOfficer]);
    let both = format!("{}\n{}", note(1, 0, "a", None), note(2, 0, "b", None));
    node.publish("exercise", &at(Tlp::Green), &both);
    (community, birch, second)
}

fn red_for(member: &str) -> Change {
    Change { tlp: Some("red".into()), to: (vec![member.into()], Vec::new()), ..Change::default() }
}

fn propose(node: &Node, number: u32, change: &Change) -> String {
    match handling::change(&node.app, &node.operator(), &id(number), change) {
        Ok(Outcome::Pending(proposal)) => proposal.id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_to_red_for_somebody_waits_for_the_second_person_where_the_agreement_asks_for_one() {
    let (community, birch, second) = careful();
    let node = community.node();
    let (first, stale) = (propose(node, 1, &red_for(ALDER)), propose(node, 2, &red_for(ALDER)));
    assert_eq!(node.sees(&birch, "exercise"), [id(1), id(2)], "nothing happens before the approval");
    proposal::approve(&node.app, &second, &first).unwrap();
    assert_eq!(node.sees(&birch, "exercise"), [id(2)]);

    // What was withdrawn meanwhile is not brought back to any shelf by a late approval.
    withdraw::run(&node.app, &node.operator(), &id(2), "EXERCISE").unwrap();
    assert!(matches!(proposal::approve(&node.app, &second, &stale), Err(AppError::Conflict(_))));
    assert!(node.sees(&birch, "exercise").is_empty());
}

#[test]
fn nobody_is_kept_waiting_to_narrow_and_nobody_widens_alone_what_the_rule_is_about() {
    let (community, birch, second) = careful();
    let node = community.node();
    change(node, &id(1), &level("red")).unwrap();
    assert_eq!(node.sees(&birch, "exercise"), [id(2)], "narrowed at once");
    let back = propose(node, 1, &level("green"));
    assert_eq!(node.sees(&birch, "exercise"), [id(2)]);
    proposal::approve(&node.app, &second, &back).unwrap();
    assert_eq!(node.sees(&birch, "exercise"), [id(1), id(2)]);
}

#[test]
fn a_proposal_made_before_another_change_is_not_carried_out() {
    let (community, birch, second) = careful();
    let node = community.node();
    let stale = propose(node, 1, &red_for(BIRCH));
    change(node, &id(1), &exclude(BIRCH)).unwrap();
    assert!(matches!(proposal::approve(&node.app, &second, &stale), Err(AppError::Conflict(_))));
    assert_eq!(node.sees(&birch, "exercise"), [id(2)], "the exclusion stands");
}

#[test]
fn what_is_said_about_a_record_holds_for_its_copy_in_another_collection() {
    let (community, _, birch) = community(Place::memory());
    let node = community.node();
    assert_eq!(node.collection("Second"), "second");
    let other = node.client(&node.key(BIRCH, "second", READ_WRITE));
    for collection in ["exercise", "second"] {
        node.publish(collection, &at(Tlp::Green), &note(1, 0, "a", None));
    }
    change(node, &id(1), &exclude(BIRCH)).unwrap();
    assert!(node.sees(&birch, "exercise").is_empty());
    assert!(node.sees(&other, "second").is_empty());
}

#[test]
fn the_same_import_again_never_undoes_what_was_narrowed() {
    let (community, _, birch) = community(Place::memory());
    let node = community.node();
    let text = note(1, 0, "a", None);
    node.publish("exercise", &at(Tlp::Green), &text);
    change(node, &id(1), &exclude(BIRCH)).unwrap();
    let again = node.import("exercise", &at(Tlp::Green), &text).unwrap();
    assert_eq!((again.unchanged, again.changed), (1, 0));
    assert!(node.sees(&birch, "exercise").is_empty());
}

#[test]
fn an_import_that_states_less_narrows_also_what_was_restated_by_hand() {
    let (community, _, birch) = community(Place::memory());
    let node = community.node();
    let text = note(1, 0, "a", None);
    node.publish("exercise", &at(Tlp::Amber), &text);
    change(node, &id(1), &level("green")).unwrap();
    assert_eq!(node.sees(&birch, "exercise"), [id(1)]);
    let narrower = node.import("exercise", &at(Tlp::Red), &text).unwrap();
    assert_eq!((narrower.changed, narrower.unchanged), (1, 0), "never silently wider than was just stated");
    assert!(node.sees(&birch, "exercise").is_empty());
}

#[test]
fn an_import_narrows_what_is_there_and_refuses_to_widen_it() {
    let (community, _, birch) = community(Place::memory());
    let node = community.node();
    let text = note(1, 0, "a", None);
    node.publish("exercise", &at(Tlp::Amber), &text);
    let wider = node.import("exercise", &at(Tlp::Green), &text).unwrap();
    assert_eq!((wider.changed, wider.rejected.len()), (0, 1));
    assert!(wider.rejected[0].reason.contains("comity handling"), "{:?}", wider.rejected);
    let narrower = node.import("exercise", &at(Tlp::Red), &text).unwrap();
    assert_eq!((narrower.changed, narrower.rejected.len()), (1, 0));
    assert!(node.sees(&birch, "exercise").is_empty());
}
