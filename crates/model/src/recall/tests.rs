//! What is said and answered, and who may say it; the machines are in [`orders`] and [`tables`].

mod orders;
mod tables;

use serde_json::{Value, json};

use super::*;
use crate::message::Body;
use crate::stix::Digest;
use crate::{MemberId, MemberKey, Message, Micros, SignedMessage};

const NOW: Micros = Micros(1_790_000_000_000_000);

fn member(n: u8) -> MemberId {
    format!("identity--00000000-0000-4000-8000-0000000000{n:02x}").parse().unwrap()
}

fn digest(n: u64) -> Digest {
    Digest::of(&n.to_be_bytes())
}

fn target(n: u8) -> Target {
    Target {
        id: format!("note--00000000-0000-4000-8000-0000000000{n:02x}").parse().unwrap(),
        version: "2026-09-01T10:00:00.000Z".parse().unwrap(),
        object: digest(u64::from(n)),
        revision: None,
    }
}

fn recall(scope: Scope, targets: Vec<Target>) -> Recall {
    let replacement = targets.first().filter(|_| scope == Scope::Correct).map(|old| Target {
        version: "2026-09-02T10:00:00.000Z".parse().unwrap(),
        object: digest(1_000),
        ..old.clone()
    });
    let revision = (scope == Scope::Narrow).then_some(2);
    Recall {
        origin: member(1),
        number: 1,
        scope,
        reason: Reason::Wrong,
        targets: targets.into_iter().map(|one| Target { revision, ..one }).collect(),
        replacement,
        obligation: scope.obligations().first().copied(),
        deadline: NOW.plus_seconds(3 * 86_400),
        cascade: true,
        supersedes: (scope == Scope::Lift).then(|| digest(77)),
    }
}

fn answer(outcomes: Outcomes, exceptions: Vec<Exception>) -> RecallAnswer {
    let stage = if outcomes == Outcomes::default() { Stage::Acknowledged } else { Stage::Final };
    RecallAnswer { recall: digest(1), stage, outcomes, exceptions, onward: Onward::default(), leaf: 7 }
}

/// Signs whatever stands in `body` under the word of a kind.
fn said(kind: &str, to: Option<MemberId>, body: Value) -> SignedMessage {
    let id = "recall--00000000-0000-4000-8000-000000000abc".to_owned();
    let message = Message { v: 1, id, kind: kind.to_owned(), from: member(1), to, at: NOW, body };
    message.sign(&MemberKey::from_seed([1; 32])).unwrap()
}

fn plain<B: Body>(body: &B) -> Value {
    serde_json::to_value(body).unwrap()
}

fn read_changed(base: &Recall, change: impl Fn(&mut Value)) -> Result<Recall, String> {
    let mut body = plain(base);
    change(&mut body);
    Recall::read(&said("recall", None, body)).map_err(|error| error.to_string())
}

fn read_answer(change: impl Fn(&mut Value)) -> Result<RecallAnswer, String> {
    let outcomes = Outcomes { complied: 2, refused: 1, unknown: 1, ..Outcomes::default() };
    let exceptions = vec![
        Exception { n: 2, outcome: Outcome::Refused, reason: Some(Refusal::OwnGrounds) },
        Exception { n: 4, outcome: Outcome::Unknown, reason: None },
    ];
    let mut body = plain(&answer(outcomes, exceptions));
    change(&mut body);
    RecallAnswer::read(&said("recall-answer", Some(member(1)), body)).map_err(|error| error.to_string())
}

#[test]
fn a_recall_of_each_scope_comes_back_as_it_was_said() {
    for scope in Scope::ALL {
        let one = recall(*scope, vec![target(1)]);
        assert_eq!(read_changed(&one, |_| ()).unwrap(), one, "{scope:?}");
    }
    let most = recall(Scope::Narrow, (0..250).map(target).collect());
    assert_eq!(read_changed(&most, |_| ()).unwrap().targets.len(), 250);
    let text = said("recall", None, plain(&recall(Scope::Withdraw, vec![target(1)]))).to_json().unwrap();
    for left_out in ["replacement", "supersedes", "revision"] {
        assert!(!text.contains(left_out), "{text}");
    }
}

#[test]
fn a_recall_says_ids_and_codes_and_no_text() {
    let one = recall(Scope::Withdraw, vec![target(1)]);
    for (place, text) in [
        ("reason", "He was in EXERCISE town on Friday"),
        ("scope", "withdraw it please"),
        ("obligation", "DELETE"),
        ("supersedes", "the one of Friday"),
        ("origin", "EXERCISE North"),
    ] {
        assert!(read_changed(&one, |body| body[place] = text.into()).is_err(), "{place}");
    }
    for extra in ["text", "origins", "at", "envelopes"] {
        let why = read_changed(&one, |body| body[extra] = "EXERCISE".into()).unwrap_err();
        assert!(why.contains("unknown field"), "{why}");
    }
}

#[test]
fn what_is_beyond_the_limits_of_a_recall_is_refused_whole() {
    let withdraw = recall(Scope::Withdraw, vec![target(1)]);
    let at = |seconds: i64| json!(NOW.plus_seconds(seconds));
    let day = 86_400;
    assert!(read_changed(&withdraw, |body| body["deadline"] = at(400 * day)).is_ok());
    assert!(read_changed(&withdraw, |body| body["number"] = json!(9_007_199_254_740_991_u64)).is_ok());
    let many: Vec<Value> = (0..=250).map(|n| plain_target(&target(n))).collect();
    type Change<'a> = (&'a str, Value, &'a str);
    let changes: [Change<'_>; 10] = [
        ("targets", json!(many), "it names 251 records"),
        ("targets", json!([]), "it names 0 records"),
        ("targets", json!([many[1], many[1]]), "stands twice"),
        ("number", json!(0), "its number is 0"),
        ("number", json!(-1), "invalid value"),
        ("number", json!(1.5), "invalid type"),
        ("deadline", at(400 * day + 1), "not within 400 days"),
        ("deadline", at(0), "not within 400 days"),
        ("supersedes", json!("77"), "64 lower-case hexadecimal digits"),
        ("cascade", json!("yes"), "invalid type"),
    ];
    for (place, value, why) in changes {
        let error = read_changed(&withdraw, |body| body[place] = value.clone()).unwrap_err();
        assert!(error.contains(why), "{place}: {error}");
    }
    let beyond = Recall { number: NUMBER_MAX + 1, ..withdraw.clone() };
    let frame = said("recall", None, plain(&withdraw)).message;
    assert!(beyond.checked(&frame).unwrap_err().to_string().contains("number is over 9007199254740991"));
}

fn plain_target(target: &Target) -> Value {
    serde_json::to_value(target).unwrap()
}

#[test]
fn a_target_is_a_version_of_a_record_of_the_speakers_originator_and_nothing_else() {
    let withdraw = recall(Scope::Withdraw, vec![target(1)]);
    for (place, value, why) in [
        ("origin", json!(member(2)), "unknown field"),
        ("id", json!("note--1"), "does not end with a UUID"),
        ("version", json!("yesterday"), "is not of the form YYYY-MM-DD"),
        ("object", json!("00"), "64 lower-case"),
        ("revision", json!(2), "`revision` is said of each record that is narrowed"),
    ] {
        let error = read_changed(&withdraw, |body| body["targets"][0][place] = value.clone()).unwrap_err();
        assert!(error.contains(why), "{place}: {error}");
    }
    // Two spellings of one instant are one version, whatever the bytes.
    let mut other = target(1);
    other.version = "2026-09-01T10:00:00Z".parse().unwrap();
    other.object = digest(9);
    let twice = json!([plain_target(&target(1)), plain_target(&other)]);
    assert!(read_changed(&withdraw, |body| body["targets"] = twice.clone()).unwrap_err().contains("twice"));
}

#[test]
fn what_goes_with_a_scope_goes_with_no_other() {
    let base = |scope| recall(scope, vec![target(1)]);
    let newer = plain_target(base(Scope::Correct).replacement.as_ref().unwrap());
    let other = plain_target(&target(2));
    for (scope, place, value, why) in [
        (Scope::Correct, "replacement", Value::Null, "must name its replacement"),
        (Scope::Correct, "replacement", other, "older versions of the same record"),
        (Scope::Correct, "replacement", plain_target(&target(1)), "older versions of the same record"),
        (Scope::Withdraw, "replacement", newer, "only a correction"),
        (Scope::Narrow, "targets", json!([plain_target(&target(1))]), "`revision`"),
        (Scope::Narrow, "obligation", json!("keep-as-evidence"), "`narrow` cannot go with"),
        (Scope::Restrict, "obligation", json!("delete"), "`restrict` cannot go with `delete`"),
        (Scope::Withdraw, "obligation", Value::Null, "`withdraw` cannot go with `nothing`"),
        (Scope::Lift, "obligation", json!("stop-use"), "`lift` cannot go with `stop-use`"),
        (Scope::Lift, "supersedes", Value::Null, "must name the restriction"),
    ] {
        let error = read_changed(&base(scope), |body| body[place] = value.clone()).unwrap_err();
        assert!(error.contains(why), "{scope:?} {place}: {error}");
    }
    let error = read_changed(&base(Scope::Narrow), |body| body["targets"][0]["revision"] = json!(1));
    assert!(error.unwrap_err().contains("below 2"));
}

#[test]
fn the_frame_of_a_recall_is_for_everybody_and_has_a_name_of_its_own() {
    let body = plain(&recall(Scope::Withdraw, vec![target(1)]));
    let error = Recall::read(&said("recall", Some(member(2)), body.clone())).unwrap_err().to_string();
    assert!(error.contains("for everybody"), "{error}");
    assert!(Recall::read(&said("recall-answer", None, body.clone())).is_err());
    let mut named = said("recall", None, body).message;
    named.id = "note--00000000-0000-4000-8000-000000000abc".into();
    let signed = named.sign(&MemberKey::from_seed([1; 32])).unwrap();
    assert!(Recall::read(&signed).unwrap_err().to_string().contains("`recall--`"));
}

#[test]
fn an_answer_states_everything_once_and_its_counts_are_those_of_its_exceptions() {
    let fine = read_answer(|_| ()).unwrap();
    assert_eq!(fine.adds_up(), HolderEvent::Refused);
    let exception = |n: u64, outcome: &str| json!({"n": n, "outcome": outcome, "reason": "own-grounds"});
    type Change<'a> = (&'a str, Value, &'a str);
    let changes: [Change<'_>; 12] = [
        ("exceptions", json!([exception(2, "refused")]), "counts are not those"),
        ("exceptions", json!([exception(2, "held"), {"n": 4, "outcome": "unknown"}]), "counts are not those"),
        ("exceptions", json!([{"n": 4, "outcome": "unknown"}, exception(2, "refused")]), "order"),
        ("exceptions", json!([exception(0, "refused")]), "order"),
        ("exceptions", json!([exception(251, "refused")]), "order"),
        ("exceptions", json!([exception(2, "complied")]), "says why"),
        ("exceptions", json!([{"n": 2, "outcome": "refused"}]), "says why"),
        ("exceptions", json!([{"n": 2, "outcome": "refused", "reason": "we need him"}]), "unknown variant"),
        ("stage", json!("acknowledged"), "cannot go with 4 outcomes"),
        ("stage", json!("done"), "unknown variant"),
        ("onward", json!({"told": 1, "open": 1, "refused": 1, "held": 0, "silent": 0}), "than were told"),
        ("leaf", json!(-1), "invalid value"),
    ];
    for (place, value, why) in changes {
        let error = read_answer(|body| body[place] = value.clone()).unwrap_err();
        assert!(error.contains(why), "{place}: {error}");
    }
    assert!(read_answer(|body| body["outcomes"]["complied"] = json!(249)).unwrap_err().contains("251"));
    assert!(read_answer(|body| _ = body["outcomes"].as_object_mut().unwrap().remove("held")).is_err());
    let salted = json!([digest(1), digest(2)]);
    assert!(read_answer(|body| body["onward"]["salted"] = salted.clone()).is_err());
    let beyond = RecallAnswer { leaf: NUMBER_MAX + 1, ..fine.clone() };
    assert!(beyond.checked().is_err());
    let onward = Onward { told: TELLINGS_MAX + 1, ..Onward::default() };
    assert!(RecallAnswer { onward, ..fine.clone() }.checked().is_err());
    let onward = Onward { told: TELLINGS_MAX, open: u64::MAX, refused: 1, ..Onward::default() };
    assert!(RecallAnswer { onward, ..fine }.checked().is_err());
}

#[test]
fn an_answer_is_to_one_recall_and_about_all_of_its_records() {
    let fine = read_answer(|_| ()).unwrap();
    let of = |count: u8| recall(Scope::Withdraw, (1..=count).map(target).collect());
    assert!(fine.fits(digest(1), &of(4)).is_ok());
    for (name, count) in [(digest(2), 4), (digest(1), 3), (digest(1), 5)] {
        assert_eq!(fine.fits(name, &of(count)).unwrap_err().code(), "answer-does-not-fit");
    }
    let acknowledged = answer(Outcomes::default(), Vec::new());
    assert!(acknowledged.fits(digest(1), &of(5)).is_ok());
}

#[test]
fn what_a_holder_decided_is_what_its_answer_says() {
    use TargetState as At;
    let over = |obligation, targets: &[(At, Option<Refusal>)]| {
        let made = RecallAnswer::over(digest(1), Some(obligation), targets, Onward::default(), 3);
        made.checked().unwrap()
    };
    let mixed =
        [(At::Purged, None), (At::Held, Some(Refusal::LegalDuty)), (At::Absent, None), (At::Narrowed, None)];
    let made = over(Obligation::Delete, &mixed);
    assert_eq!((made.stage, made.outcomes.complied, made.outcomes.unknown), (Stage::Final, 2, 1));
    assert_eq!(made.exceptions.iter().map(|one| one.n).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(made.adds_up(), HolderEvent::Held);
    // Nothing is final while a person has to decide about one of them.
    let open = over(Obligation::Delete, &[(At::Purged, None), (At::SetAside, None)]);
    assert_eq!((open.stage, open.outcomes), (Stage::Acknowledged, Outcomes::default()));
    assert_eq!(open.adds_up(), HolderEvent::Acknowledged);
    // That it is out of use is enough where nothing else is asked.
    let stopped = over(Obligation::StopUse, &[(At::SetAside, None), (At::Corrected, None)]);
    assert_eq!(stopped.adds_up(), HolderEvent::Complied);
    assert_eq!(over(Obligation::Delete, &[(At::Absent, None)]).adds_up(), HolderEvent::Unknown);
}

#[test]
fn the_worst_outcome_counts_and_who_waits_for_others_is_not_done() {
    let held = Outcomes { complied: 200, held: 1, partly: 3, ..Outcomes::default() };
    assert_eq!(held.worst(), Outcome::Held);
    assert_eq!(Outcomes { refused: 1, ..held }.worst(), Outcome::Refused);
    assert_eq!(Outcomes { unknown: 1, complied: 1, ..Outcomes::default() }.worst(), Outcome::Complied);
    let mut done = answer(Outcomes { complied: 1, ..Outcomes::default() }, Vec::new());
    assert_eq!(done.adds_up(), HolderEvent::Complied);
    done.onward = Onward { told: 2, open: 1, silent: 1, ..Onward::default() };
    assert_eq!(done.adds_up(), HolderEvent::Partly);
    done.onward.open = 0;
    assert_eq!(done.adds_up(), HolderEvent::Complied);
}

#[test]
fn a_hop_counts_its_holders_and_those_behind_them() {
    let complied = answer(Outcomes { complied: 1, ..Outcomes::default() }, Vec::new());
    let mut far = complied.clone();
    far.onward = Onward { told: 3, open: 1, refused: 1, ..Onward::default() };
    let refused = answer(Outcomes { refused: 1, ..Outcomes::default() }, Vec::new());
    let holders = [
        (HolderState::Complied, Some(&complied)),
        (HolderState::Partly, Some(&far)),
        (HolderState::Refused, Some(&refused)),
        (HolderState::Told, None),
        (HolderState::Cannot, None),
        (HolderState::Closed, None),
        (HolderState::Superseded, Some(&refused)),
    ];
    let sum = Onward::over(holders);
    assert_eq!(sum, Onward { told: 9, open: 2, refused: 2, silent: 2, ..Onward::default() });
    // To close a holder hides no refusal, and waits for nobody behind it.
    let closed = Onward::over([(HolderState::Closed, Some(&refused)), (HolderState::Closed, Some(&far))]);
    assert_eq!(closed, Onward { told: 5, refused: 2, silent: 1, ..Onward::default() });
}

#[test]
fn a_holder_that_counts_beyond_all_measure_keeps_nobody_from_answering() {
    let mut far = answer(Outcomes { complied: 1, ..Outcomes::default() }, Vec::new());
    far.onward = Onward { told: TELLINGS_MAX, refused: TELLINGS_MAX, ..Onward::default() };
    let mut open = far.clone();
    open.onward = Onward { told: 1, open: 1, ..Onward::default() };
    let (far, open) = (far.checked().unwrap(), open.checked().unwrap());
    let holders = [(HolderState::Complied, Some(&far)), (HolderState::Complied, Some(&far))];
    let sum = Onward::over(holders.into_iter().chain([(HolderState::Partly, Some(&open))]));
    assert_eq!((sum.told, sum.open, sum.refused), (TELLINGS_MAX, 1, TELLINGS_MAX - 1));
    assert!(RecallAnswer { onward: sum, ..open }.checked().is_ok());
}

#[test]
fn two_nodes_that_know_the_same_recalls_say_the_same_of_them() {
    let set = |all: &[u64]| all.iter().map(|n| digest(*n)).collect();
    assert_eq!(list_digest(&set(&[1, 2, 3])), list_digest(&set(&[3, 1, 2])));
    assert_ne!(list_digest(&set(&[1, 2])), list_digest(&set(&[1, 2, 3])));
}

#[test]
fn one_number_of_a_speaker_under_two_names_shows() {
    let (one, other) = (member(1), member(2));
    let said = recall(Scope::Withdraw, vec![target(1)]);
    let known =
        |name, signer| Known { digest: digest(name), signer, says: Says::Originator, at: NOW, recall: &said };
    assert!(known(1, &one).repeats_number_of(&known(2, &one)));
    assert!(!known(1, &one).repeats_number_of(&known(1, &one)));
    assert!(!known(1, &one).repeats_number_of(&known(2, &other)));
}

#[test]
fn a_dispute_is_told_to_one_member_in_plain_words_and_a_code() {
    let dispute =
        Dispute { target: target(1), reason: Doubt::Wrong, text: "EXERCISE: it was the 3rd.".into() };
    let read = |to: Option<MemberId>, change: &dyn Fn(&mut Value)| {
        let mut body = plain(&dispute);
        change(&mut body);
        Dispute::read(&said("dispute", to, body)).map_err(|error| error.to_string())
    };
    assert_eq!(read(Some(member(1)), &|_| ()).unwrap(), dispute);
    assert!(read(None, &|_| ()).unwrap_err().contains("the originator alone"));
    for text in ["".to_owned(), " \n".to_owned(), "x".repeat(2_001), "\u{1b}[31m".to_owned()] {
        assert!(read(Some(member(1)), &|body| body["text"] = json!(text)).is_err());
    }
    assert!(read(Some(member(1)), &|body| body["text"] = json!("Ж".repeat(2_000))).is_ok());
    assert!(read(Some(member(1)), &|body| body["reason"] = json!("he is innocent")).is_err());
    assert!(read(Some(member(1)), &|body| body["target"]["revision"] = json!(2)).is_err());
}

#[test]
fn who_is_overdue_waits_for_an_answer_and_is_named_once() {
    let late = |n: u8, state| Late { member: member(n), state, since: NOW };
    let read = |members: Vec<Late>, to| {
        Overdue::read(&said("overdue", to, plain(&Overdue { recall: digest(1), members })))
    };
    let fine = vec![late(2, HolderState::Queued), late(3, HolderState::Partly)];
    assert!(read(fine.clone(), Some(member(9))).is_ok());
    assert!(read(fine, None).is_err());
    assert!(read(Vec::new(), Some(member(9))).is_err());
    assert!(read(vec![late(2, HolderState::Told), late(2, HolderState::Queued)], Some(member(9))).is_err());
    for state in [HolderState::Complied, HolderState::Refused, HolderState::Cannot, HolderState::Closed] {
        assert!(read(vec![late(2, state)], Some(member(9))).is_err(), "{state:?}");
    }
}

#[test]
fn every_word_is_lower_case_and_read_back() {
    fn words<T: Copy + PartialEq + std::fmt::Debug + serde::Serialize>(
        all: &[T],
        name: fn(T) -> &'static str,
        read: fn(&str) -> Option<T>,
    ) {
        for one in all {
            let word = name(*one);
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{word}");
            assert_eq!(read(word), Some(*one));
            assert_eq!(serde_json::to_value(one).unwrap(), json!(word));
        }
        assert!(read("Withdraw").is_none() && read("no such word").is_none());
    }
    words(Scope::ALL, Scope::name, Scope::from_name);
    words(Reason::ALL, Reason::name, Reason::from_name);
    words(Obligation::ALL, Obligation::name, Obligation::from_name);
    words(Doubt::ALL, Doubt::name, Doubt::from_name);
    words(Stage::ALL, Stage::name, Stage::from_name);
    words(Outcome::ALL, Outcome::name, Outcome::from_name);
    words(Refusal::ALL, Refusal::name, Refusal::from_name);
    words(HolderState::ALL, HolderState::name, HolderState::from_name);
    words(TargetState::ALL, TargetState::name, TargetState::from_name);
}
