//! Recalls that cannot be judged when they come, and recalls that somebody brings whom they do not concern.

use comity_app::model::recall::{Dispute, Doubt, Obligation, Reason, Recall, Scope, Target};
use comity_app::model::{Message, SignedMessage, Stated};
use comity_app::recall::{self, How, Wish};
use comity_app::serve::Query;
use comity_app::stix::{Digest, Limits, Object, Tlp, canon};
use comity_app::{AppError, Clock as _, attachment, exchange, explain};
use serde_json::json;

use crate::paper::{at, id, note, version};
use crate::recall_hostile::{Desk, GUEST, HOST, OWNER, STRANGER, key, signed};
use crate::web::{SOUTH, Web, all, holder, issue, states, take_back};

fn text(number: u32) -> String {
    note(number, 0, &format!("paper {number}"), Some(Tlp::Green))
}

fn digest(text: &str) -> Digest {
    canon::digest_of(Object::parse(text.as_bytes(), &Limits::default()).unwrap().value()).unwrap()
}

fn target(number: u32) -> Target {
    Target {
        id: id(number).parse().unwrap(),
        version: version(0).parse().unwrap(),
        object: digest(&text(number)),
        revision: None,
    }
}

/// What the guest recalls as a delegate of the host.
fn by_delegate(desk: &Desk, number: u32, targets: Vec<Target>) -> SignedMessage {
    let recall = Recall { targets, ..desk.recall(HOST) };
    desk.say(GUEST, number, &recall).sign(&key(1)).unwrap()
}

fn delegated(desk: &Desk) -> Stated {
    Stated { delegates: [desk.id(GUEST)].into(), ..at(Tlp::Green) }
}

#[test]
fn a_recall_that_waits_for_its_record_holds_as_soon_as_that_comes() {
    let mut desk = Desk::new();
    let said = json!(by_delegate(&desk, 1, vec![target(2)]));
    desk.bring(STRANGER, &[said]);
    assert!(desk.is_untouched());
    // Nobody is met in between.
    let stated = delegated(&desk);
    desk.node().publish("reports", &stated, &text(2));
    assert_eq!(all(desk.node()).len(), 1);
    assert_eq!(states(desk.node(), 2, 0), ["quarantined"]);
}

#[test]
fn a_recall_whose_key_was_unknown_holds_whoever_is_met_under_the_agreement_that_knows_it() {
    let mut desk = Desk::new();
    let said = signed(desk.say(OWNER, 1, &desk.recall(OWNER)), 9);
    desk.bring(STRANGER, &[said]);
    desk.bring(GUEST, &[]);
    assert!(desk.is_untouched());
    desk.community.amend_member(OWNER, |member| member.keys = vec![key(9).public()]);
    desk.bring(GUEST, &[]);
    assert_eq!(all(desk.node()).len(), 1, "who brought it is silent ever since");
}

#[test]
fn a_recall_that_was_dated_ahead_holds_when_anybody_else_brings_it_later() {
    let mut desk = Desk::new();
    let mut message = desk.say(OWNER, 1, &desk.recall(OWNER));
    message.at = message.at.plus_seconds(1_800);
    let said = signed(message, 3);
    desk.bring(STRANGER, std::slice::from_ref(&said));
    desk.bring(GUEST, std::slice::from_ref(&said));
    assert!(desk.is_untouched());
    desk.community.clock.advance_seconds(1_800);
    desk.bring(GUEST, &[json!({"EXERCISE": "nothing"}), said]);
    assert_eq!(all(desk.node()).len(), 1);
}

#[test]
fn a_member_has_few_recalls_that_wait_for_records_and_is_told_of_the_first_too_many() {
    let mut desk = Desk::new();
    let many: Vec<_> =
        (0..51).map(|number| json!(by_delegate(&desk, number, vec![target(100 + number)]))).collect();
    assert_eq!(desk.bring(STRANGER, &many[..50]), "");
    let fault = desk.bring(STRANGER, &many[50..]);
    assert!(fault.contains("too-many-unheld"), "{fault}");
    assert_eq!(desk.bring(GUEST, &many[49..50]), "", "what waits already counts for who brought it first");
}

#[test]
fn a_delegate_of_one_undated_object_recalls_no_other_of_the_same_id() {
    let mut desk = Desk::new();
    let object = |more: &str| {
        format!(
            r#"{{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bb4d7a1d4a","value":"198.51.100.3"{more}}}"#
        )
    };
    let (own, other) = (object(r#","x_exercise":"one""#), object(r#","x_exercise":"two""#));
    let stated = delegated(&desk);
    let node = desk.node();
    assert_eq!(node.import("reports", &stated, &own).unwrap().accepted, 1);
    assert_eq!(node.import("reports", &at(Tlp::Green), &other).unwrap().accepted, 1);
    let aimed = |text: &str| Target {
        id: "ipv4-addr--28bb3599-77cd-5a82-a950-b5bb4d7a1d4a".parse().unwrap(),
        version: "1970-01-01T00:00:00.000Z".parse().unwrap(),
        object: digest(text),
        revision: None,
    };
    let foreign = json!(by_delegate(&desk, 1, vec![aimed(&other)]));
    assert!(desk.bring(GUEST, &[foreign]).contains("not-its-originator"));
    assert!(all(desk.node()).is_empty());
    let allowed = json!(by_delegate(&desk, 2, vec![aimed(&own)]));
    desk.bring(GUEST, &[allowed]);
    assert_eq!(all(desk.node()).len(), 1);
}

/// How many messages wait here for a member.
fn unsaid(desk: &Desk, member: &str) -> i64 {
    let all = exchange::standings(&desk.node().app).unwrap();
    all.into_iter().find(|one| one.member == member).map_or(0, |one| one.unsaid)
}

#[test]
fn who_only_has_the_bytes_of_a_recall_learns_nothing_by_bringing_it() {
    let mut desk = Desk::new();
    let said = signed(desk.say(OWNER, 1, &desk.recall(OWNER)), 3);
    desk.bring(STRANGER, std::slice::from_ref(&said));
    assert_eq!(
        (all(desk.node()).len(), unsaid(&desk, STRANGER)),
        (1, 0),
        "it holds, and nobody answers that"
    );
    desk.bring(OWNER, std::slice::from_ref(&said));
    desk.bring(GUEST, &[said]);
    assert_eq!((unsaid(&desk, OWNER), unsaid(&desk, GUEST)), (1, 0));
}

#[test]
fn who_says_a_recall_learns_what_is_behind_a_holder_though_another_brought_it_first() {
    // South has it from North and from East, and West from South.
    let web = Web::new(4, &[(1, 0), (1, 3), (3, 0), (3, 1), (2, 1)]);
    web.publish(0, 1, 0);
    web.settle();
    let issued = take_back(web.north(), 1);
    web.go(3);
    assert_eq!(all(web.south()).len(), 1, "East brought it");
    web.go(1);
    web.go(1);
    let south = holder(web.north(), &issued.recall, SOUTH);
    assert_eq!(south.onward, (1, 1), "West has not decided");
}

#[test]
fn a_restriction_and_its_lift_end_alike_in_both_orders() {
    let end = |is_lift_first: bool| {
        let mut desk = Desk::new();
        let stated = delegated(&desk);
        desk.node().publish("reports", &stated, &text(2));
        let stop = Recall {
            scope: Scope::Restrict,
            obligation: Some(Obligation::StopUse),
            targets: vec![target(2)],
            ..desk.recall(HOST)
        };
        let stopped = desk.say(GUEST, 1, &stop).sign(&key(1)).unwrap();
        let supersedes = Some(stopped.digest().unwrap());
        let lift = Recall { scope: Scope::Lift, obligation: None, supersedes, ..stop };
        let mut both = vec![json!(stopped), signed(desk.say(GUEST, 2, &lift), 1)];
        if is_lift_first {
            both.reverse();
        }
        desk.bring(GUEST, &both);
        let mut stands: Vec<_> =
            all(desk.node()).iter().map(|one| (one.scope.clone(), one.records[0].state.clone())).collect();
        stands.sort();
        (stands, states(desk.node(), 2, 0), unsaid(&desk, GUEST))
    };
    let expected = [("lift".into(), "lifted".into()), ("restrict".into(), "lifted".into())];
    for is_lift_first in [false, true] {
        let (stands, there, answers) = end(is_lift_first);
        assert_eq!((stands.as_slice(), there), (&expected[..], vec!["live".to_owned()]), "{is_lift_first}");
        assert_eq!(answers, 2, "the last answer about the lift says that it was done");
    }
}

#[test]
fn a_file_that_another_recall_wants_kept_is_not_erased_with_its_record() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    let north = web.north();
    let file = attachment::add(&north.app, &north.operator(), &id(1), ("EXERCISE.txt", None), b"EXERCISE");
    let file = file.unwrap().id;
    web.settle();
    let wish =
        Wish { obligation: Some(Obligation::KeepAsEvidence), ..Wish::new(Scope::Withdraw, Reason::Wrong) };
    issue(north, &file, &wish);
    let taken = take_back(north, 1);
    web.settle();
    let south = web.south();
    let purged = recall::comply(&south.app, &south.operator(), &taken.recall, Some(&id(1)), How::Purge);
    assert!(matches!(&purged, Err(AppError::Conflict(text)) if text.contains(&file)), "{purged:?}");
    assert_eq!(states(south, 1, 0), ["quarantined"]);
    let kept = explain::records(&south.app, None).unwrap().into_iter().find(|one| one.id == file).unwrap();
    assert_eq!(kept.state, "quarantined");
}

#[test]
fn a_recall_that_came_after_its_deadline_makes_nobody_overdue_who_was_just_told() {
    let mut desk = Desk::new();
    let stated = Stated { onward: true, ..delegated(&desk) };
    desk.node().publish("reports", &stated, &text(2));
    let stranger = desk.id(STRANGER);
    let reader = desk.readers.iter().find(|(id, _)| *id == stranger).unwrap().1.clone();
    assert!(!desk.node().stream(&reader, "reports", &Query::default(), 10).is_empty());
    let said = json!(by_delegate(&desk, 1, vec![target(2)]));
    desk.community.clock.advance_seconds(7_200);
    desk.bring(GUEST, &[said]);
    let is_late =
        |desk: &Desk| all(desk.node())[0].members.iter().find(|one| one.member == STRANGER).unwrap().overdue;
    assert!(!is_late(&desk));
    desk.community.clock.advance_seconds(3_600);
    assert!(is_late(&desk), "they have as long as the first ones had");
}

#[test]
fn a_member_disputes_so_much_in_a_day_and_is_told_of_the_first_too_many() {
    let mut desk = Desk::new();
    let host = desk.id(HOST);
    let dispute = |desk: &Desk, number: u32| {
        let said = Dispute { target: target(1), reason: Doubt::Wrong, text: "EXERCISE".into() };
        let (from, now) = (desk.id(GUEST), desk.community.clock.now());
        signed(Message::new(format!("dispute-{number}"), from, Some(host.clone()), now, &said).unwrap(), 1)
    };
    let many: Vec<_> = (0..201).map(|number| dispute(&desk, number)).collect();
    assert_eq!(desk.bring(GUEST, &many[..200]), "");
    assert!(desk.bring(GUEST, &many[200..]).contains("too-many-disputes"));
    desk.community.clock.advance_seconds(86_400);
    let next = dispute(&desk, 300);
    desk.bring(GUEST, &[next]);
    assert_eq!(recall::disputes(&desk.node().app, &desk.node().operator()).unwrap().len(), 201);
}
