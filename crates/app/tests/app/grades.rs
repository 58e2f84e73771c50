//! Grades: one's own in the signed envelope, another's beside it, and back to the provider when they differ.

use comity_app::grade::{self, Against, Grades};
use comity_app::import::{self, Input};
use comity_app::model::SignedEnvelope;
use comity_app::serve::{Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{AppError, Role, allegation, explain, ledger, sheet};
use comity_testkit::{Node, READ};

use crate::paper::{self, at};
use crate::two::{NORTH, SOUTH, Two, WEST, example, governed, held, put, taken};

const UUID: &str = "00000000-0000-4000-8000-00000000feed";

fn give(node: &Node, record: &str, grade: &str, scale: &str, reason: &str) -> grade::Graded {
    let grading = grade::read(grade, scale).unwrap();
    grade::give(&node.app, &node.operator(), record, &grading, reason).unwrap()
}

fn of(node: &Node, record: &str) -> Grades {
    grade::of(&node.app, record).unwrap()
}

fn lines(node: &Node, record: &str) -> Vec<(String, String, Against)> {
    of(node, record).grades.into_iter().map(|one| (one.member, one.grade, one.against)).collect()
}

fn line(member: &str, grade: &str, against: Against) -> (String, String, Against) {
    (member.to_owned(), grade.to_owned(), against)
}

fn bytes(node: &Node, record: &str) -> Option<String> {
    explain::show(&node.app, record).unwrap().remove(0).content
}

/// The envelopes that a member gets of a record, by the purpose `border`.
fn envelopes(node: &Node, member: &str, record: &str) -> Vec<SignedEnvelope> {
    let key = node.key_for(member, "exercise", READ, Some("border"), Some("treaty"));
    let query = Query { ids: vec![record.to_owned()], versions: Versions::All, ..Query::default() };
    let sent = node.stream(&node.client(&key), "exercise", &query, 10);
    sent.iter()
        .map(|one| {
            let entry: serde_json::Value = serde_json::from_str(&one.get().envelope_json()).unwrap();
            SignedEnvelope::from_json(&entry["signed"].to_string()).unwrap()
        })
        .collect()
}

#[test]
fn b4_a_provider_grades_its_own_record_anew_and_everyone_who_has_it_gets_the_grade_and_no_other_byte() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("group"));
    assert_eq!(two.southward().received, 1);
    let before = bytes(two.south(), &record);
    assert_eq!(lines(two.south(), &record), [line(NORTH, "X4 (not graded)", Against::Provider)]);

    let done = give(two.north(), &record, "b2", "6x6", "");
    assert!(done.own && done.returned.is_none());
    assert_eq!(lines(two.north(), &record), [line(NORTH, "B2 (6x6)", Against::Provider)]);
    assert_eq!(two.southward().changed, 1);
    assert_eq!(lines(two.south(), &record), [line(NORTH, "B2 (6x6)", Against::Provider)]);
    assert_eq!(bytes(two.south(), &record), before);
    let sent = envelopes(two.north(), SOUTH, &record).remove(0);
    assert_eq!(sent.envelope.revision, 2);
    sent.verify(&two.community.agreement.member(two.north().member()).unwrap().keys).unwrap();
    for node in [two.north(), two.south()] {
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    }
    let again = grade::give(
        &two.north().app,
        &two.north().operator(),
        &record,
        &grade::read("B2", "6x6").unwrap(),
        "",
    );
    assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
}

#[test]
fn b5_a_receivers_different_grade_stands_beside_the_providers_and_comes_back_to_it() {
    let two = Two::new();
    let graded = comity_app::import::Input { grading: Some(grade::read("B2", "6x6").unwrap()), ..governed() };
    let record = taken(two.north(), &graded, &example("subject"));
    two.southward();
    let done = give(two.south(), &record, "D4", "6x6", "EXERCISE: our post saw nobody.");
    assert!(!done.own && done.returned.is_some() && done.pending.is_none());
    let both = [line(NORTH, "B2 (6x6)", Against::Provider), line(SOUTH, "D4 (6x6)", Against::Differs)];
    assert_eq!(lines(two.south(), &record), both);

    let before = envelopes(two.north(), SOUTH, &record);
    assert_eq!(two.northward().received, 1);
    assert_eq!(lines(two.north(), &record), both);
    assert_eq!(of(two.north(), &record).grades[1].reason, "EXERCISE: our post saw nobody.");
    assert_eq!(envelopes(two.north(), SOUTH, &record), before, "the provider's grade is as it was");

    // Only the provider gets it, and a second grade is a new version of the same note.
    assert!(envelopes(two.south(), WEST, &done.returned.clone().unwrap()).is_empty());
    let later = give(two.south(), &record, "C3", "6x6", "");
    assert_eq!(later.returned, done.returned);
    assert_eq!(two.northward().received, 1);
    assert_eq!(lines(two.north(), &record)[1], line(SOUTH, "C3 (6x6)", Against::Differs));
    assert_eq!(lines(two.north(), &record).len(), 2);
    for node in [two.north(), two.south()] {
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn b5_a_receiver_that_agrees_after_all_says_so_and_one_that_always_did_sends_nothing() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("group"));
    two.southward();
    assert_eq!(give(two.south(), &record, "X4", "4x4", "").returned, None);
    assert!(held(two.south(), "note").is_empty());
    assert!(give(two.south(), &record, "A2", "4x4", "").returned.is_some());
    assert!(give(two.south(), &record, "X4", "4x4", "").returned.is_some());
    two.northward();
    assert_eq!(lines(two.north(), &record)[1], line(SOUTH, "X4 (4x4)", Against::Agrees));
}

#[test]
fn b5_a_returned_grade_is_told_however_many_notes_name_the_record() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("group"));
    two.southward();
    give(two.south(), &record, "D4", "6x6", "");
    assert_eq!(two.northward().received, 1);
    let notes: Vec<String> = (1..=1_010)
        .map(|number| {
            let of = "identity--00000000-0000-4000-8000-000000000999";
            paper::note(number, 1, "beside it", None).replace(of, &record).replace("2026-01", "2027-01")
        })
        .collect();
    let bundle = format!(r#"{{"type":"bundle","id":"bundle--{UUID}","objects":[{}]}}"#, notes.join(","));
    let taken =
        import::run(&two.north().app, &two.north().operator(), &governed(), bundle.as_bytes(), &mut |_| {});
    assert_eq!(taken.unwrap().accepted, 1_010);
    assert_eq!(lines(two.north(), &record)[1], line(SOUTH, "D4 (6x6)", Against::DifferentScales));
}

#[test]
fn b4_grades_on_two_scales_are_never_compared_or_converted() {
    let two = Two::new();
    let graded = comity_app::import::Input { grading: Some(grade::read("B2", "6x6").unwrap()), ..governed() };
    let record = taken(two.north(), &graded, &example("training-site"));
    two.southward();
    give(two.south(), &record, "B2", "4x4", "");
    two.northward();
    for node in [two.north(), two.south()] {
        assert_eq!(lines(node, &record)[1], line(SOUTH, "B2 (4x4)", Against::DifferentScales));
    }
    for (grade, scale) in
        [("F1", "4x4"), ("A5", "4x4"), ("X4", "6x6"), ("B22", "6x6"), ("B", "6x6"), ("B2", "5x5")]
    {
        assert!(grade::read(grade, scale).is_err(), "{grade} {scale}");
    }
}

#[test]
fn a_grade_of_a_version_that_nobody_here_published_is_no_word_to_us() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("group"));
    two.southward();
    give(two.south(), &record, "A1", "4x4", "");
    let note = held(two.south(), "note").remove(0);
    let text = bytes(two.south(), &note).unwrap();
    let mut forged: serde_json::Value = serde_json::from_str(&text).unwrap();
    forged["id"] = "note--00000000-0000-4000-8000-00000000cafe".into();
    let entry = forged["extensions"].as_object_mut().unwrap().values_mut().next().unwrap();
    entry["of_digest"] = "0".repeat(64).into();
    let named = comity_app::import::Input {
        stated: comity_app::model::Stated { to: [two.north().member().clone()].into(), ..at(Tlp::Red) },
        ..governed()
    };
    assert_eq!(put(two.north(), &named, &forged).accepted, 1, "one's own note is one's own matter");
    assert_eq!(lines(two.north(), &record).len(), 1);
    // And a note that says nonsense is refused at the door.
    let entry = forged["extensions"].as_object_mut().unwrap().values_mut().next().unwrap();
    entry["source"] = "Z".into();
    assert!(put(two.north(), &named, &forged).rejected[0].reason.contains("not on the scale"));
}

#[test]
fn j3_while_ill_treatment_is_alleged_no_grade_says_more_than_that_it_cannot_be_judged() {
    let two = Two::new();
    let input = Input { grading: Some(grade::read("A1", "6x6").unwrap()), ..governed() };
    let record = taken(two.north(), &input, &example("group"));
    let (app, operator) = (&two.north().app, two.north().operator());
    assert_eq!(sheet::of(app, &record).unwrap().statement.grading, grade::read("A1", "6x6").unwrap());
    allegation::make(app, &operator, &record, "EXERCISE: said in court", None).unwrap();
    let stated = sheet::of(app, &record).unwrap().statement;
    assert_eq!(stated.grading, grade::read("F6", "6x6").unwrap());
    assert!(stated.capped.unwrap().contains(NORTH));
    let refused = grade::give(app, &operator, &record, &grade::read("B2", "6x6").unwrap(), "");
    assert!(matches!(&refused, Err(AppError::Conflict(why)) if why.contains("alleged")), "{refused:?}");
}

#[test]
fn who_may_not_grade_is_told_which_role_may() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("group"));
    two.southward();
    let grading = grade::read("B2", "6x6").unwrap();
    let auditor = two.north().user("auditor", &[Role::Auditor]);
    let analyst = two.north().user("analyst", &[Role::Analyst]);
    for actor in [&auditor, &analyst] {
        let denied = grade::give(&two.north().app, actor, &record, &grading, "");
        assert!(matches!(denied, Err(AppError::Denied(_))), "{denied:?}");
    }
    let analyst = two.south().user("analyst", &[Role::Analyst]);
    assert!(grade::give(&two.south().app, &analyst, &record, &grading, "").is_ok());
}
