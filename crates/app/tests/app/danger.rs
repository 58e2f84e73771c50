//! The one way around an originator: a life is in danger at once (D5). Two persons decide, the originator is told with the
//! reason, and what the originator itself could not give stays back.

use comity_app::handling::{self, Change};
use comity_app::model::message::Body;
use comity_app::model::recall::{HolderState, Target};
use comity_app::model::{Envelope, Flag, Message, Micros, OnwardDanger, OnwardTold, Standing, Stated};
use comity_app::onward::danger::{propose, report};
use comity_app::onward::{Danger, OverrideReport};
use comity_app::proposal::ProposalView;
use comity_app::stix::{Limits, Object, Tlp, canon};
use comity_app::{AppError, Clock as _, Role, delivery, exchange, policy, proposal, replay};
use comity_testkit::Node;
use comity_testkit::mesh::Fate;
use serde_json::{Value, json};

use crate::exchange::leaves;
use crate::paper::{at, id, note, version, with_marked_abstract};
use crate::recall_hostile::{Desk, GUEST, HOST, OWNER, STRANGER, key, signed};
use crate::web::{NORTH, OBSERVER, SOUTH, WEST, Web, holder, one, states, take_back, url};

const ATTACK: &str = "EXERCISE an attack on a school is expected within the hour";
const WARNING: Danger<'static> = Danger { third: WEST, purpose: "border", basis: None, danger: ATTACK };

/// South pulls from North, West from South, East from West. North lets nobody pass the paper on.
fn web(stated: &Stated) -> Web {
    let web = Web::new(4, &[(1, 0), (2, 1), (3, 2)]);
    web.north().publish("reports", stated, &note(1, 0, "paper", stated.tlp));
    web.settle();
    assert_eq!((states(web.south(), 1, 0), states(web.node(2), 1, 0)), (vec!["live".into()], vec![]));
    web
}

fn strict() -> Stated {
    at(Tlp::AmberStrict)
}

fn wish(node: &Node) -> Result<ProposalView, AppError> {
    propose(&node.app, &node.operator(), &id(1), &WARNING)
}

/// Two persons of a node pass the paper on.
fn override_at(node: &Node, name: &str) {
    let proposal = wish(node).unwrap();
    let second = node.user(name, &[Role::ReleaseOfficer]);
    let _ = proposal::approve(&node.app, &second, &proposal.id).unwrap();
}

fn told(node: &Node) -> OverrideReport {
    report(&node.app, &node.operator(), Micros(0)).unwrap()
}

fn counts(node: &Node) -> (usize, usize, usize) {
    let told = told(node);
    (told.given, told.told, told.came)
}

#[test]
fn d5_danger_to_life_goes_at_once_and_its_originator_is_told_with_the_reason() {
    let web = web(&strict());
    let proposal = wish(web.south()).unwrap();
    web.settle();
    assert!(states(web.node(2), 1, 0).is_empty(), "one person alone gives nothing");
    assert_eq!([counts(web.north()), counts(web.south())], [(0, 0, 0); 2]);
    let second = web.south().user("second", &[Role::ReleaseOfficer]);
    let _ = proposal::approve(&web.south().app, &second, &proposal.id).unwrap();
    assert_eq!(told(web.south()).overrides[0].originator_knows, Some(false), "nothing was exchanged yet");
    web.settle();
    assert_eq!(states(web.node(2), 1, 0), ["live"]);
    let north = told(web.north());
    let known = &north.overrides[0];
    assert_eq!((north.told, known.by.as_str(), known.to.as_str()), (1, SOUTH, WEST));
    assert_eq!((known.danger.as_str(), known.purpose.as_str()), (ATTACK, "border"));
    let south = told(web.south());
    assert_eq!((south.given, south.overrides[0].originator_knows), (1, Some(true)));
    assert_eq!(told(web.node(2)).overrides[0].originator, NORTH);
    let given = delivery::of_record(&web.south().app, &id(1)).unwrap();
    let given: Vec<_> = given.iter().filter(|one| one.member == WEST).map(|one| one.state.word()).collect();
    assert_eq!(given, ["received"], "it is a delivery like another, with a receipt");
    for (node, leaf) in [
        (web.south(), "onward.overridden"),
        (web.north(), "onward.overridden-told"),
        (web.node(2), "onward.warned"),
    ] {
        assert_eq!(leaves(node, leaf), 1, "{leaf}");
    }
    // Who decides those deliveries again finds the consent that was stood in for.
    let app = &web.south().app;
    let again = replay::policies(app, policy::STANDARD_LOCAL, Micros(0), None).unwrap();
    assert!(again.readers.is_empty(), "{again:?}");
}

#[test]
fn d5_what_came_for_a_danger_goes_no_further_also_not_for_another_danger() {
    let web = web(&Stated { onward: true, ..strict() });
    override_at(web.south(), "second");
    web.settle();
    assert_eq!(states(web.node(2), 1, 0), ["live"]);
    assert!(states(web.node(3), 1, 0).is_empty(), "East asks West in vain");
    let east = Danger { third: "Exercise east", ..WARNING };
    let west = web.node(2);
    let refused = propose(&west.app, &west.operator(), &id(1), &east).unwrap_err().to_string();
    assert!(refused.contains("guard-originator-control"), "{refused}");
}

#[test]
fn d5_it_is_counted_and_takes_two_persons_of_whom_both_release() {
    let web = web(&strict());
    let south = web.south();
    let analyst = south.user("analyst", &[Role::Analyst, Role::DataProtection]);
    let denied = propose(&south.app, &analyst, &id(1), &WARNING);
    assert!(matches!(denied, Err(AppError::Denied(_))), "{denied:?}");
    let proposal = wish(south).unwrap();
    for actor in [&south.operator(), &analyst] {
        let denied = proposal::approve(&south.app, actor, &proposal.id);
        assert!(matches!(denied, Err(AppError::Denied(_))), "{denied:?}");
    }
    let second = south.user("second", &[Role::ReleaseOfficer]);
    let _ = proposal::refuse(&south.app, &second, &proposal.id, "EXERCISE no").unwrap();
    assert!(proposal::approve(&south.app, &second, &proposal.id).is_err());
    web.settle();
    assert_eq!([counts(web.north()), counts(south), counts(web.node(2))], [(0, 0, 0); 3]);
    assert!(states(web.node(2), 1, 0).is_empty());
    override_at(south, "third");
    web.settle();
    assert_eq!([counts(web.north()), counts(south), counts(web.node(2))], [(0, 1, 0), (1, 0, 0), (0, 0, 1)]);
    web.community.clock.advance_seconds(60);
    let later = web.community.clock.now();
    assert_eq!(report(&south.app, &south.operator(), later).unwrap().given, 0, "of another time");
}

#[test]
fn d5_a_recall_by_the_originator_reaches_the_third() {
    let web = web(&strict());
    override_at(web.south(), "second");
    web.settle();
    let recall = take_back(web.north(), 1).recall;
    web.settle();
    assert_eq!(states(web.node(2), 1, 0), ["quarantined"]);
    // North never meets West: it hears of it from South, and is not waited for twice.
    assert_eq!(holder(web.south(), &recall, WEST).state, HolderState::Acknowledged.name());
    assert!(one(web.north(), &recall).members.iter().all(|one| one.member != WEST));
    // What was taken back is never passed on.
    let refused = wish(web.south()).unwrap_err().to_string();
    assert!(refused.contains("quarantined"), "{refused}");
}

#[test]
fn d5_a_recall_reaches_the_third_also_when_who_warned_it_is_switched_off() {
    let web = Web::new(3, &[(1, 0), (2, 1), (2, 0)]);
    web.north().publish("reports", &strict(), &note(1, 0, "paper", strict().tlp));
    web.go(1);
    override_at(web.south(), "second");
    web.go(1);
    let west = web.node(2);
    let meet = |peer: &str| exchange::run(&west.app, &west.operator(), Some(peer)).unwrap();
    let _ = (meet("n0"), meet("n1"));
    assert_eq!(states(west, 1, 0), ["live"]);
    web.mesh.leave(&url(1));
    take_back(web.north(), 1);
    let _ = meet("n0");
    assert_eq!(states(west, 1, 0), ["quarantined"]);
}

#[test]
fn d5_what_changed_or_was_taken_back_before_the_second_person_stays() {
    for is_recalled in [true, false] {
        let web = web(&strict());
        let proposal = wish(web.south()).unwrap();
        if is_recalled {
            take_back(web.north(), 1);
        } else {
            let change = Change { exclude: (vec![WEST.into()], Vec::new()), ..Change::default() };
            let _ = handling::change(&web.north().app, &web.north().operator(), &id(1), &change).unwrap();
        }
        web.settle();
        let second = web.south().user("second", &[Role::ReleaseOfficer]);
        let refused = proposal::approve(&web.south().app, &second, &proposal.id).unwrap_err();
        assert!(matches!(refused, AppError::Conflict(_)), "{refused}");
        web.settle();
        assert!(states(web.node(2), 1, 0).is_empty());
        assert_eq!(counts(web.north()), (0, 0, 0));
    }
}

/// What North states about the paper.
type How = fn(&Web) -> Stated;

#[test]
fn d5_what_its_originator_could_not_give_no_danger_opens() {
    let cases: [(&str, How, &str); 5] = [
        ("excluded", |web| Stated { exclude: [web.community.id(WEST)].into(), ..strict() }, "guard-excluded"),
        ("red", |web| Stated { to: [web.community.id(SOUTH)].into(), ..at(Tlp::Red) }, "guard-red"),
        (
            "group",
            |web| Stated {
                groups: ["north".to_owned()].into(),
                to: [web.community.id(SOUTH)].into(),
                ..strict()
            },
            "guard-groups",
        ),
        (
            "control",
            |web| Stated {
                flags: [Flag::OriginatorControl].into(),
                to: [web.community.id(SOUTH)].into(),
                ..strict()
            },
            "guard-originator-control",
        ),
        (
            "ended",
            |web| Stated { end_at: Some(web.community.clock.now().plus_seconds(3_600)), ..strict() },
            "guard-expired",
        ),
    ];
    for (name, stated, guard) in cases {
        let web = Web::new(3, &[(1, 0), (2, 1)]);
        let stated = stated(&web);
        web.north().publish("reports", &stated, &note(1, 0, "paper", stated.tlp));
        web.settle();
        assert_eq!(states(web.south(), 1, 0), ["live"], "{name}");
        web.community.clock.advance_seconds(7_200);
        let refused = wish(web.south()).unwrap_err().to_string();
        assert!(refused.contains(guard), "{name}: {refused}");
        assert!(refused.contains("also for a danger to life"), "{refused}");
    }
    // A part that is for nobody but South, and a paper that South has in part.
    let web = Web::new(3, &[(1, 0), (2, 1)]);
    let text = with_marked_abstract(&note(1, 0, "paper", Some(Tlp::Amber)), Tlp::Red);
    let stated = Stated { to: [web.community.id(SOUTH)].into(), ..at(Tlp::Amber) };
    web.north().publish("reports", &stated, &text);
    web.north().publish("reports", &at(Tlp::Amber), &text.replace(&id(1), &id(2)));
    web.settle();
    let refused = wish(web.south()).unwrap_err().to_string();
    assert!(refused.contains("marked more strictly"), "{refused}");
    let south = web.south();
    let refused = propose(&south.app, &south.operator(), &id(2), &WARNING).unwrap_err().to_string();
    assert!(refused.contains("in part only"), "{refused}");
}

#[test]
fn d5_an_observer_is_warned_of_what_observers_may_have() {
    for (level, is_given) in [(Tlp::Green, true), (Tlp::Amber, false)] {
        let mut web = Web::new(3, &[(1, 0), (2, 1)]);
        web.community.amend_member(WEST, |member| member.standing = Standing::Observer);
        web.north().publish("reports", &at(level), &note(1, 0, "paper", Some(level)));
        web.settle();
        let done = wish(web.south()).map_err(|error| error.to_string());
        assert_eq!(done.is_ok(), is_given, "{done:?}");
        if is_given {
            override_at(web.south(), "second");
            web.settle();
            assert_eq!(states(web.node(2), 1, 0), ["live"]);
        } else {
            assert!(done.unwrap_err().contains("guard-observer"));
        }
    }
}

#[test]
fn d5_what_cannot_go_so_is_refused_with_what_to_do() {
    let web = web(&strict());
    let (north, south) = (web.north(), web.south());
    for (node, danger, why) in [
        (north, WARNING, "is your own"),
        (south, Danger { third: NORTH, ..WARNING }, "has it already"),
        (south, Danger { third: SOUTH, ..WARNING }, "has it already"),
        (south, Danger { third: OBSERVER, ..WARNING }, "no node that could be warned"),
        (south, Danger { third: "nobody", ..WARNING }, "no member `nobody`"),
        (south, Danger { danger: " ", ..WARNING }, "few words"),
        (south, Danger { purpose: "sport", ..WARNING }, "not defined"),
        (south, Danger { basis: Some("whim"), ..WARNING }, "not defined"),
    ] {
        let error = propose(&node.app, &node.operator(), &id(1), &danger).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
    assert!(propose(&south.app, &south.operator(), &id(9), &WARNING).is_err(), "an unknown record");
    let green = Stated { onward: true, ..at(Tlp::Green) };
    north.publish("reports", &green, &note(2, 0, "paper", Some(Tlp::Green)));
    web.settle();
    let error = propose(&south.app, &south.operator(), &id(2), &WARNING).unwrap_err().to_string();
    assert!(error.contains("from here already"), "{error}");
}

#[test]
fn d5_what_is_lost_is_said_again_and_what_comes_twice_counts_once() {
    let web = web(&strict());
    override_at(web.south(), "second");
    for fate in [Fate::Lost, Fate::AnswerLost] {
        web.mesh.weather(Box::new(move |_| fate));
        web.settle();
        assert_eq!(told(web.south()).overrides[0].originator_knows, Some(false), "{fate:?}");
    }
    web.mesh.weather(Box::new(|_| Fate::Twice));
    web.settle();
    web.settle();
    assert_eq!(told(web.south()).overrides[0].originator_knows, Some(true));
    assert_eq!([counts(web.north()), counts(web.node(2))], [(0, 1, 0), (0, 0, 1)]);
    assert_eq!(states(web.node(2), 1, 0), ["live"]);
    assert_eq!(leaves(web.node(2), "onward.warned"), 1);
}

#[test]
fn d5_what_was_taken_back_on_its_way_does_not_arrive() {
    let web = web(&strict());
    override_at(web.south(), "second");
    take_back(web.north(), 1);
    // South hears of it before West asks.
    let south = web.south();
    let _ = exchange::run(&south.app, &south.operator(), Some("n0")).unwrap();
    web.settle();
    assert!(states(web.node(2), 1, 0).is_empty());
    assert_eq!(counts(web.node(2)), (0, 0, 0));
    assert_eq!(counts(web.north()), (0, 1, 0), "the originator was told all the same");
}

/// A message of a member, with a record beside it.
fn bring(desk: &Desk, from: &str, n: u64, message: &Value, beside: Option<(&str, Value)>) -> String {
    let mut line = json!({"n": n, "message": message});
    if let Some((object, entry)) = beside {
        line["beside"] = json!({"object": serde_json::from_str::<Value>(object).unwrap(), "entry": entry});
    }
    let member = desk.id(from);
    let reader = desk.readers.iter().find(|(id, _)| *id == member).unwrap().1.clone();
    let digest = desk.community.agreement.digest().unwrap();
    let form = json!({"v": 1, "program": "exercise/1", "agreement": digest, "at": desk.community.clock.now(),
        "have": {"n": 0}, "messages": [line]});
    exchange::answer(&desk.node().app, &reader, form.to_string().as_bytes()).unwrap();
    let name = |one: &exchange::Standing| one.member == from;
    exchange::standings(&desk.node().app).unwrap().into_iter().find(name).unwrap().fault
}

fn say<B: Body>(desk: &Desk, from: &str, name: &str, body: &B) -> Value {
    let number = [GUEST, STRANGER, OWNER].iter().position(|one| *one == from).unwrap() + 1;
    let (now, to) = (desk.node().clock().now(), desk.id(HOST));
    let message = Message::new(format!("exercise-{name}"), desk.id(from), Some(to), now, body).unwrap();
    signed(message, u8::try_from(number).unwrap())
}

#[test]
fn d5_a_forged_override_gives_nothing_and_counts_nothing() {
    let desk = Desk::new();
    let text = note(5, 0, "forged", Some(Tlp::Green));
    let object =
        canon::digest_of(Object::parse(text.as_bytes(), &Limits::default()).unwrap().value()).unwrap();
    let target =
        Target { id: id(5).parse().unwrap(), version: version(0).parse().unwrap(), object, revision: None };
    // The guest says that the owner stated this, and signs it in the owner's name with its own key.
    let mut handling = comity_app::model::Handling::unmarked(desk.id(OWNER));
    handling.tlp = Some(Tlp::Green);
    let envelope = |by: u8| {
        let envelope = Envelope {
            v: 1,
            object,
            id: id(5),
            origin: desk.id(OWNER),
            seq: 1,
            revision: 1,
            handling: handling.clone().checked().unwrap(),
            grading: None,
            purpose: Some("border".into()),
            legal_basis: Some("treaty".into()),
            review_at: None,
            labels: Default::default(),
        };
        json!({"served": object, "signed": envelope.sign(desk.id(OWNER), &key(by)).unwrap()})
    };
    let danger = OnwardDanger {
        target: target.clone(),
        origin: desk.id(OWNER),
        purpose: "border".into(),
        basis: String::new(),
        danger: ATTACK.into(),
    };
    let other = note(5, 0, "altered", Some(Tlp::Green));
    let not_taken = "its-record-was-not-taken";
    for (n, name, beside, why) in [
        (1, "bare", None, "came-without-its-record"),
        (2, "forged", Some((text.as_str(), envelope(1))), not_taken),
        (3, "altered", Some((other.as_str(), envelope(3))), not_taken),
    ] {
        let fault = bring(&desk, GUEST, n, &say(&desk, GUEST, name, &danger), beside);
        assert!(fault.ends_with(why), "{name}: {fault}");
    }
    let elsewhere =
        OnwardDanger { target: Target { id: id(6).parse().unwrap(), ..target.clone() }, ..danger.clone() };
    let fault = bring(&desk, GUEST, 4, &say(&desk, GUEST, "id", &elsewhere), Some((&text, envelope(3))));
    assert!(fault.ends_with(not_taken), "{fault}");
    // Told of a record that the node never had, and of its own by somebody who is another.
    let told =
        OnwardTold { target, third: desk.id(STRANGER), purpose: "border".into(), danger: ATTACK.into() };
    let fault = bring(&desk, GUEST, 5, &say(&desk, GUEST, "told", &told), None);
    assert!(fault.ends_with("not-our-record"), "{fault}");
    let mut stolen = say(&desk, GUEST, "stolen", &told);
    stolen["message"]["from"] = json!(desk.id(OWNER));
    let fault = bring(&desk, GUEST, 6, &stolen, None);
    assert!(fault.ends_with("not-its-own"), "{fault}");
    assert_eq!(counts(desk.node()), (0, 0, 0));
    assert!(states(desk.node(), 5, 0).is_empty());
    // The same with the owner's own signature is taken, once.
    let good = say(&desk, GUEST, "good", &danger);
    assert_eq!(bring(&desk, GUEST, 7, &good, Some((&text, envelope(3)))), fault);
    assert_eq!(
        bring(&desk, GUEST, 8, &good, Some((&text, envelope(3)))),
        fault,
        "the last fault stays shown"
    );
    assert_eq!((counts(desk.node()), states(desk.node(), 5, 0).len()), ((0, 0, 1), 1));
}
