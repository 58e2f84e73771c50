//! The third-party rule: what a member got goes to a third one with its originator's consent only.

use comity_app::handling::{self, Change};
use comity_app::model::message::Body;
use comity_app::model::recall::{Reason, Scope, Target};
use comity_app::model::{ApprovalRule, Message, OnwardAnswer, OnwardAsk, Stated};
use comity_app::onward::{self, Given, HOURS, OnwardView, Question};
use comity_app::recall::{self, Wish};
use comity_app::stix::{Digest, Tlp};
use comity_app::{AppError, Clock as _, proposal};
use comity_testkit::Node;

use crate::exchange::leaves;
use crate::paper::{at, id, note, version};
use crate::recall_hostile::{Desk, GUEST, HOST, OWNER, STRANGER, signed};
use crate::web::{NAMES, NORTH, SOUTH, WEST, Web, states};

const EAST: &str = NAMES[3];

/// South pulls from North, and West from South. North gave South a paper that is for South alone.
fn for_south_alone() -> Web {
    let web = Web::new(3, &[(1, 0), (2, 1)]);
    give(&web, Stated { to: [web.community.id(SOUTH)].into(), ..at(Tlp::Red) });
    web
}

fn give(web: &Web, stated: Stated) {
    web.north().publish("reports", &stated, &note(1, 0, "paper", stated.tlp));
    web.settle();
    assert_eq!((states(web.south(), 1, 0), states(web.node(2), 1, 0)), (vec!["live".into()], vec![]));
}

const QUESTION: Question<'static> = Question {
    third: WEST,
    purpose: "border",
    reason: "EXERCISE a crossing is expected",
    protection: "EXERCISE their law is as ours",
    hours: HOURS,
};

fn ask(node: &Node, question: &Question<'_>) -> Result<OnwardView, AppError> {
    onward::ask(&node.app, &node.operator(), &id(1), question)
}

fn answer(node: &Node, question: Digest, yes: bool, words: &str) -> Result<Given, AppError> {
    onward::answer(&node.app, &node.operator(), &question.to_string(), yes, words)
}

fn only(node: &Node) -> OnwardView {
    let mut all = onward::list(&node.app, &node.operator()).unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn d4_a_yes_with_conditions_lets_the_one_who_asked_give_it_to_the_third_and_nobody_else() {
    let web = for_south_alone();
    let asked = ask(web.south(), &QUESTION).unwrap();
    assert_eq!((asked.decides.as_str(), asked.to.as_str(), asked.own), (NORTH, WEST, true));
    web.settle();
    let came = only(web.north());
    assert_eq!((came.question, came.state, came.ours), (asked.question, "open", true));
    assert_eq!((came.by.as_str(), came.purpose.as_str()), (SOUTH, "border"));
    assert_eq!((came.reason.as_str(), came.protection.as_str()), (QUESTION.reason, QUESTION.protection));
    assert!(states(web.node(2), 1, 0).is_empty(), "a question alone gives nothing");
    let Given::Answered(given) = answer(web.north(), asked.question, true, "EXERCISE no copies").unwrap()
    else {
        panic!("nobody else is asked");
    };
    assert_eq!(given.kept_by, "");
    web.settle();
    let heard = only(web.south());
    assert_eq!(
        (heard.state, heard.words.as_str(), heard.kept_by.as_str()),
        ("yes", "EXERCISE no copies", "")
    );
    assert_eq!(states(web.node(2), 1, 0), ["live"]);
    let held = comity_app::explain::records(&web.node(2).app, None).unwrap().remove(0);
    assert_eq!(held.origin, NORTH, "it is North's, whoever gives it");
    for (node, leaf) in [(web.south(), "onward.asked"), (web.north(), "onward.received")] {
        assert_eq!(leaves(node, leaf), 1, "{leaf}");
    }
    for (node, leaf) in [(web.north(), "onward.answered"), (web.south(), "onward.answer-received")] {
        assert_eq!(leaves(node, leaf), 1, "{leaf}");
    }
}

#[test]
fn d4_without_consent_nothing_goes_on_and_silence_is_no() {
    let web = for_south_alone();
    let asked = ask(web.south(), &Question { hours: 1, ..QUESTION }).unwrap();
    web.settle();
    web.community.clock.advance_seconds(3_601);
    web.settle();
    assert_eq!((only(web.south()).state, only(web.north()).state), ("expired", "expired"));
    assert!(states(web.node(2), 1, 0).is_empty());
    let late = answer(web.north(), asked.question, true, "").unwrap_err().to_string();
    assert!(late.contains("silence was a no"), "{late}");
}

#[test]
fn d4_a_no_says_why_and_gives_nothing() {
    let web = for_south_alone();
    let asked = ask(web.south(), &QUESTION).unwrap();
    web.settle();
    assert!(answer(web.north(), asked.question, false, " ").is_err(), "a no has a reason");
    answer(web.north(), asked.question, false, "EXERCISE the source would be known").unwrap();
    let again = answer(web.north(), asked.question, true, "").unwrap_err().to_string();
    assert!(again.contains("answered before"), "{again}");
    web.settle();
    let heard = only(web.south());
    assert_eq!((heard.state, heard.words.as_str()), ("no", "EXERCISE the source would be known"));
    assert!(states(web.node(2), 1, 0).is_empty());
}

#[test]
fn d4_what_came_through_a_hub_asks_the_originator_and_tells_the_hub() {
    // West has it from South, which North lets pass it on; West asks North, with which it speaks, about East.
    let web = Web::new(4, &[(1, 0), (2, 1), (2, 0)]);
    let (south, west) = (web.community.id(SOUTH), web.community.id(WEST));
    let stated = Stated { to: [south.clone(), west].into(), delegates: [south].into(), ..at(Tlp::Red) };
    web.north().publish("reports", &stated, &note(1, 0, "paper", Some(Tlp::Red)));
    web.go(1);
    let pulled = comity_app::pull::run(
        &web.node(2).app,
        &web.node(2).operator(),
        Some("n1"),
        Some("reports"),
        Some("reports"),
        &mut |_| {},
    );
    let _ = pulled.unwrap();
    let asked = ask(web.node(2), &Question { third: EAST, ..QUESTION }).unwrap();
    web.settle();
    assert!(only(web.north()).ours);
    let told = only(web.south());
    assert_eq!((told.question == asked.question, told.ours, told.own), (false, false, false));
    assert_eq!((told.by.as_str(), told.decides.as_str(), told.to.as_str()), (WEST, NORTH, EAST));
    let refused = answer(web.south(), told.question, true, "").unwrap_err().to_string();
    assert!(refused.contains("another member"), "{refused}");
}

#[test]
fn a_yes_waits_for_the_second_person_who_approves_the_handling() {
    let mut web = for_south_alone();
    web.community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::Red));
    let asked = ask(web.south(), &QUESTION).unwrap();
    web.settle();
    let Given::Pending(waiting) = answer(web.north(), asked.question, true, "").unwrap() else {
        panic!("a second person is asked");
    };
    web.settle();
    assert_eq!(only(web.south()).state, "open");
    let second = web.north().user("second", &[comity_app::Role::ReleaseOfficer]);
    let _ = proposal::approve(&web.north().app, &second, &waiting.id).unwrap();
    assert!(matches!(answer(web.north(), asked.question, true, "").unwrap(), Given::Answered(_)));
    web.settle();
    assert_eq!((only(web.south()).state, states(web.node(2), 1, 0)), ("yes", vec!["live".to_owned()]));
}

#[test]
fn a_yes_is_for_the_third_alone_and_gives_no_right_to_take_the_record_back() {
    let web = Web::new(4, &[(1, 0), (2, 1), (3, 1)]);
    let (south, east) = (web.community.id(SOUTH), web.community.id(EAST));
    give(&web, Stated { to: [south, east].into(), ..at(Tlp::Red) });
    assert!(states(web.node(3), 1, 0).is_empty(), "East is named, and South may not give it");
    let asked = ask(web.south(), &QUESTION).unwrap();
    web.settle();
    answer(web.north(), asked.question, true, "").unwrap();
    web.settle();
    assert_eq!(states(web.node(2), 1, 0), ["live"]);
    assert!(states(web.node(3), 1, 0).is_empty(), "the consent is about West");
    let refused = recall::issue(
        &web.south().app,
        &web.south().operator(),
        &id(1),
        &Wish::new(Scope::Withdraw, Reason::Wrong),
    );
    assert!(matches!(refused, Err(AppError::Denied(_))), "{refused:?}");
    assert_eq!(states(web.north(), 1, 0), ["live"]);
}

#[test]
fn what_a_second_person_approves_after_a_no_or_too_late_changes_nothing() {
    for late in [false, true] {
        let mut web = for_south_alone();
        web.community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::Red));
        let asked = ask(web.south(), &QUESTION).unwrap();
        web.settle();
        let Given::Pending(waiting) = answer(web.north(), asked.question, true, "").unwrap() else {
            panic!("a second person is asked");
        };
        if late {
            web.community.clock.advance_seconds(HOURS * 3_600 + 1);
        } else {
            answer(web.north(), asked.question, false, "EXERCISE no").unwrap();
        }
        let second = web.north().user("second", &[comity_app::Role::ReleaseOfficer]);
        let refused = proposal::approve(&web.north().app, &second, &waiting.id).unwrap_err().to_string();
        assert!(refused.contains("the question that it answers"), "{refused}");
        web.settle();
        assert!(states(web.node(2), 1, 0).is_empty());
    }
}

#[test]
fn a_no_is_refused_while_the_handling_lets_the_record_go() {
    let mut web = for_south_alone();
    let asked = ask(web.south(), &QUESTION).unwrap();
    web.settle();
    web.community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::Red));
    let Given::Pending(waiting) = answer(web.north(), asked.question, true, "").unwrap() else {
        panic!("a second person is asked");
    };
    let second = web.north().user("second", &[comity_app::Role::ReleaseOfficer]);
    let _ = proposal::approve(&web.north().app, &second, &waiting.id).unwrap();
    let refused = answer(web.north(), asked.question, false, "EXERCISE no").unwrap_err().to_string();
    assert!(refused.contains("take that back first"), "{refused}");
    let change = Change { to: (Vec::new(), vec![WEST.into()]), ..Change::default() };
    let _ = handling::change(&web.north().app, &web.north().operator(), &id(1), &change).unwrap();
    answer(web.north(), asked.question, false, "EXERCISE no").unwrap();
    web.settle();
    assert_eq!(only(web.south()).state, "no");
}

#[test]
fn who_is_excluded_by_now_gets_no_consent() {
    let web = for_south_alone();
    let asked = ask(web.south(), &QUESTION).unwrap();
    web.settle();
    let change = Change { exclude: (vec![SOUTH.into()], Vec::new()), ..Change::default() };
    let _ = handling::change(&web.north().app, &web.north().operator(), &id(1), &change).unwrap();
    let refused = answer(web.north(), asked.question, true, "").unwrap_err().to_string();
    assert!(refused.contains("kept from"), "{refused}");
}

#[test]
fn what_still_keeps_it_back_in_spite_of_a_yes_is_said() {
    let web = Web::new(3, &[(1, 0), (2, 1)]);
    give(&web, Stated { to: [web.community.id(SOUTH)].into(), end_at: Some(later(&web)), ..at(Tlp::Red) });
    let asked = ask(web.south(), &QUESTION).unwrap();
    web.settle();
    answer(web.north(), asked.question, true, "").unwrap();
    web.settle();
    assert_eq!(only(web.south()).kept_by, "");
    web.community.clock.advance_seconds(7_200);
    assert_ne!(only(web.south()).kept_by, "", "its time is over");
}

fn later(web: &Web) -> comity_app::model::Micros {
    web.community.clock.now().plus_seconds(3_600)
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_to_do() {
    let web = Web::new(4, &[(1, 0), (2, 1)]);
    let stated = Stated {
        to: [web.community.id(SOUTH)].into(),
        exclude: [web.community.id(WEST)].into(),
        ..at(Tlp::Red)
    };
    give(&web, stated);
    let (north, south) = (web.north(), web.south());
    let east = Question { third: EAST, ..QUESTION };
    for (node, question, why) in [
        (north, QUESTION, "is your own"),
        (south, QUESTION, "by name"),
        (south, Question { third: NORTH, ..QUESTION }, "has it already"),
        (south, Question { third: SOUTH, ..QUESTION }, "has it already"),
        (south, Question { third: "nobody", ..QUESTION }, "no member `nobody`"),
        (south, Question { purpose: "sport", ..east }, "not defined"),
        (south, Question { reason: " ", ..east }, "few words"),
        (south, Question { protection: "", ..east }, "few words"),
        (south, Question { hours: 0, ..east }, "--hours"),
        (south, Question { hours: i64::MAX, ..east }, "--hours"),
    ] {
        let error = ask(node, &question).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
    assert!(onward::list(&south.app, &south.operator()).unwrap().is_empty(), "and nothing was asked");
    for text in ["", "nonsense", &"00".repeat(32)] {
        let error = onward::answer(&north.app, &north.operator(), text, true, "").unwrap_err();
        assert!(matches!(error, AppError::NotFound(_)), "{error}");
    }
    let auditor = south.user("auditor", &[comity_app::Role::Auditor]);
    assert!(matches!(onward::ask(&south.app, &auditor, &id(1), &east), Err(AppError::Denied(_))));
}

/// A question of a member whose messages the test writes itself.
fn question(desk: &Desk, decides: &str, third: &str, target: u32) -> OnwardAsk {
    OnwardAsk {
        target: Target {
            id: id(target).parse().unwrap(),
            version: version(0).parse().unwrap(),
            object: Digest::of(b"EXERCISE"),
            revision: None,
        },
        decides: desk.id(decides),
        third: desk.id(third),
        purpose: "border".into(),
        reason: "EXERCISE".into(),
        protection: "EXERCISE".into(),
        due: desk.node().clock().now().plus_seconds(3_600),
    }
}

/// A member says something to the node; what the node says was wrong with it.
fn tell<B: Body>(desk: &mut Desk, from: &str, name: &str, body: &B) -> String {
    let key = [GUEST, STRANGER, OWNER].iter().position(|one| *one == from).unwrap() + 1;
    let (now, to) = (desk.node().clock().now(), desk.id(HOST));
    let message = Message::new(format!("exercise-{name}"), desk.id(from), Some(to), now, body).unwrap();
    desk.bring(from, &[signed(message, u8::try_from(key).unwrap())])
}

#[test]
fn questions_and_answers_that_are_not_as_they_must_be_change_nothing() {
    let mut desk = Desk::new();
    let good = question(&desk, HOST, OWNER, 1);
    for (name, body, why) in [
        ("unknown", question(&desk, HOST, OWNER, 7), "not-our-record"),
        (
            "third",
            OnwardAsk {
                third: "identity--00000000-0000-4000-8000-0000000000ff".parse().unwrap(),
                ..good.clone()
            },
            "no-such-member",
        ),
        ("form", OnwardAsk { reason: String::new(), ..good.clone() }, "not-of-its-form"),
        (
            "stranger",
            OnwardAsk { decides: desk.id(OWNER), third: desk.id(GUEST), ..good.clone() },
            "not-our-record",
        ),
    ] {
        let fault = tell(&mut desk, STRANGER, name, &body);
        assert!(fault.ends_with(why), "{name}: {fault}");
    }
    assert!(onward::list(&desk.node().app, &desk.node().operator()).unwrap().is_empty());
    let never = OnwardAnswer { ask: Digest::of(b"EXERCISE"), yes: true, words: String::new() };
    assert!(tell(&mut desk, OWNER, "never", &never).ends_with("never-asked"));
    assert_eq!(tell(&mut desk, GUEST, "good", &good), "");
    let asked = only(desk.node());
    // Whoever asked does not answer, nor does a third.
    let yes = OnwardAnswer { ask: asked.question, yes: true, words: String::new() };
    for member in [GUEST, OWNER] {
        assert!(tell(&mut desk, member, "yes", &yes).ends_with("never-asked"));
    }
    assert_eq!(only(desk.node()).state, "open");
}
