//! What limits the use of a record, and what of a handling never leaves the node.

use comity_app::handling::{self, Change};
use comity_app::model::{Flag, Handling, HandlingCode, Iep, Micros, Pap, Permitted, Stated, Use};
use comity_app::serve::{self, Query};
use comity_app::stix::Tlp;
use comity_app::{Actor, App, explain, foresee, ledger, replay, review};
use comity_testkit::{Community, NOW_US, Node, Place, READ, Seat};

use crate::paper::{at, id, note};
use crate::two::Two;

const DAY: i64 = 86_400;
const BLOCKED: &str = "Exercise blocked";
const FREE: &str = "Exercise free";
const UNSAID: &str = "Exercise unsaid";

fn community() -> Community {
    let seats = vec![
        Seat::member("Exercise host").node(Place::memory()),
        Seat::member(BLOCKED),
        Seat::member(FREE),
        Seat::member(UNSAID),
    ];
    let mut community = Community::new(1, seats);
    community.amend(|agreement| {
        for (name, state) in [(BLOCKED, "QX"), (FREE, "QY")] {
            let member = agreement.members.iter_mut().find(|member| member.name == name).unwrap();
            member.state = Some(state.into());
        }
        let border = agreement.purposes.get_mut("border").unwrap();
        border.usage = Use::ExternalDirect;
    });
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

/// The node as one of its people finds it who is in the readers' group of these tests.
fn inside(node: &Node) -> App {
    node.app.seen_by(&Actor { inner: ["unit-seven".to_owned()].into(), ..node.operator() })
}

fn kept_handling(node: &Node, number: u32) -> Handling {
    Handling::from_json(&explain::show(&inside(node), &id(number)).unwrap()[0].handling).unwrap()
}

#[test]
fn h2_what_is_blocked_for_a_state_reaches_no_member_of_it_and_nobody_can_read_the_block() {
    let community = community();
    let node = community.node();
    let stated = Stated {
        refugee_from: ["QX".to_owned()].into(),
        inner: ["unit-seven".to_owned()].into(),
        onward: true,
        ..at(Tlp::Green)
    };
    node.publish("exercise", &stated, &note(1, 0, "refuge", None));
    for (member, seen) in [(BLOCKED, 0), (FREE, 1), (UNSAID, 0)] {
        let reader = node.reader(member, "exercise");
        assert_eq!(node.sees(&reader, "exercise").len(), seen, "{member}");
    }
    let reader = node.reader(FREE, "exercise");
    let page = serve::page(&node.app, &reader, "exercise", &Query::default()).unwrap();
    let sent = page.objects[0].get().envelope_json();
    for word in ["QX", "refugee", "unit-seven", "inner", "onward"] {
        assert!(!sent.contains(word), "{word}: {sent}");
    }
    let kept = kept_handling(node, 1);
    assert!(kept.onward && kept.refugee_from.contains("QX"), "the node itself keeps the whole");
    assert!(!sent.contains(&kept.id().unwrap().to_string()), "nor a name from which it could be guessed");
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    let told = explain::to(&inside(node), &id(1), BLOCKED).unwrap();
    assert_eq!(told.sight.rules, ["guard-refugee"]);
}

#[test]
fn h2_a_block_that_is_added_later_stops_release_and_can_be_dropped_again() {
    let community = community();
    let node = community.node();
    let reader = node.reader(BLOCKED, "exercise");
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "refuge", None));
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    let block = Change { refugee_from: (vec!["qx".into()], vec![]), ..Change::default() };
    handling::change(&node.app, &node.operator(), &id(1), &block).unwrap();
    assert!(node.sees(&reader, "exercise").is_empty());
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    let wrong = Change { refugee_from: (vec!["Utopia".into()], vec![]), ..Change::default() };
    assert!(handling::change(&node.app, &node.operator(), &id(1), &wrong).is_err());
    let drop = Change { refugee_from: (vec![], vec!["QX".into()]), ..Change::default() };
    handling::change(&node.app, &node.operator(), &id(1), &drop).unwrap();
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
}

#[test]
fn what_is_limited_to_readers_groups_is_no_example_for_people_outside() {
    let community = community();
    let node = community.node();
    let stated = Stated { inner: ["unit-seven".to_owned()].into(), ..at(Tlp::Green) };
    node.publish("exercise", &stated, &note(1, 0, "inner", None));
    assert_eq!(node.sees(&node.reader(FREE, "exercise"), "exercise"), [id(1)]);
    community.clock.advance_seconds(60);
    let local = "@id(\"nothing\") @says(\"nothing goes\") forbid (principal, action, resource);";
    let outside = node.app.seen_by(&node.operator());
    for (app, told) in [(&outside, 0), (&inside(node), 1)] {
        let foreseen = foresee::policies(app, local).unwrap();
        let lost = &foreseen.readers.iter().find(|one| one.member == FREE && one.has_key).unwrap().lost;
        assert_eq!((lost.count, lost.examples.len()), (1, told));
        let replayed = replay::policies(app, local, Micros(0), None).unwrap();
        let withheld = &replayed.readers[0].withheld;
        assert_eq!((withheld.count, withheld.examples.len()), (1, told));
    }
}

#[test]
fn h2_another_node_takes_the_record_without_the_private_side() {
    let two = Two::new();
    let stated = Stated { inner: ["unit-seven".to_owned()].into(), ..at(Tlp::Green) };
    two.north().publish("exercise", &stated, &note(1, 0, "inner", None));
    assert_eq!(two.southward().received, 1);
    assert!(!kept_handling(two.south(), 1).is_private());
    assert_eq!(two.southward().unchanged, 1, "the same comes again as the same");
    for node in [two.north(), two.south()] {
        assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
    }
}

#[test]
fn d8_an_exchange_policy_opens_and_ends_release_at_its_dates() {
    let community = community();
    let node = community.node();
    let reader = node.reader(FREE, "exercise");
    let (start, end) = (Micros(NOW_US).plus_seconds(60), Micros(NOW_US).plus_seconds(120));
    let iep = Iep { start_date: Some(start), end_date: Some(end), tlp: Some(Tlp::Green), ..Iep::default() };
    let stated = Stated { iep: Some(iep), end_at: Some(end.plus_seconds(60)), ..Stated::default() };
    node.publish("exercise", &stated, &note(1, 0, "dated", None));
    assert!(node.sees(&reader, "exercise").is_empty(), "it does not hold yet");
    community.clock.set(start);
    assert_eq!(node.sees(&reader, "exercise"), [id(1)], "its level releases it");
    let longer = Change { end: Some(String::new()), ..Change::default() };
    let refused = handling::change(&node.app, &node.operator(), &id(1), &longer).unwrap_err().to_string();
    assert!(refused.contains("its IEP states a stricter end date"), "{refused}");
    community.clock.set(end);
    assert!(node.sees(&reader, "exercise").is_empty(), "the earlier of both ends holds");
}

#[test]
fn d8_after_the_end_of_an_exchange_policy_the_copies_of_every_member_come_up_for_review() {
    let two = Two::new();
    let end = two.north().app.now().plus_seconds(10 * DAY);
    let policy = |end: Option<Micros>| Iep { end_date: end, tlp: Some(Tlp::Green), ..Iep::default() };
    let stated = Stated { iep: Some(policy(Some(end))), ..at(Tlp::Green) };
    two.north().publish("exercise", &stated, &note(1, 0, "dated", None));
    two.north().publish("exercise", &at(Tlp::Green), &note(2, 0, "open", None));
    assert_eq!(two.southward().received, 2);
    let due = |node: &Node| {
        let all = review::list(&node.app, &node.operator(), Some(30)).unwrap();
        all.into_iter().map(|one| (one.id, one.due_at, one.state)).collect::<Vec<_>>()
    };
    let expected = |state: &str| vec![(id(1), end.to_string(), state.to_owned())];
    for node in [two.north(), two.south()] {
        assert_eq!(due(node), expected("live"), "it is announced");
    }
    // Its originator gives it more time before it ends, and no end at all after that: the copies follow.
    let later = end.plus_seconds(5 * DAY);
    let give = |end| {
        let iep = Change { iep: Some(Some(policy(end))), end: Some(String::new()), ..Change::default() };
        handling::change(&two.north().app, &two.north().operator(), &id(1), &iep).unwrap();
    };
    give(Some(later));
    two.southward();
    assert_eq!(
        (due(two.south())[0].1.clone(), due(two.north())[0].1.clone()),
        (later.to_string(), later.to_string())
    );
    two.community.clock.set(later);
    for node in [two.north(), two.south()] {
        assert_eq!(due(node)[0].2, "overdue", "nobody uses it before somebody decides");
    }
    let until = (later.plus_seconds(90 * DAY), None);
    review::extend(&two.north().app, &two.north().operator(), &id(1), until, "EXERCISE still open").unwrap();
    two.community.clock.advance_seconds(DAY);
    assert_eq!(
        explain::show(&two.north().app, &id(1)).unwrap()[0].state,
        "live",
        "it is kept, and not released"
    );
    assert!(two.north().sees(&two.north().reader(crate::two::WEST, "exercise"), "exercise") == [id(2)]);
    give(None);
    two.southward();
    let at_south = &explain::show(&two.south().app, &id(1)).unwrap()[0];
    assert_eq!(at_south.state, "live");
    assert_eq!(due(two.south()), []);
}

#[test]
fn d9_a_purpose_that_does_more_than_is_permitted_gets_nothing_and_looking_is_possible() {
    let community = community();
    let node = community.node();
    let acts = node.client(&node.key_for(FREE, "exercise", READ, Some("border"), Some("treaty")));
    let looks = node.client(&node.key_for(FREE, "exercise", READ, Some("network"), Some("treaty")));
    let permits = |permitted| Stated {
        iep: Some(Iep { permitted_actions: Some(permitted), ..Iep::default() }),
        ..at(Tlp::Green)
    };
    node.publish("exercise", &permits(Permitted::None), &note(1, 0, "none", None));
    node.publish("exercise", &permits(Permitted::Direct), &note(2, 0, "direct", None));
    node.publish("exercise", &Stated { pap: Some(Pap::Red), ..at(Tlp::Green) }, &note(3, 0, "red", None));
    assert_eq!(node.sees(&acts, "exercise"), [id(2)]);
    assert_eq!(node.sees(&looks, "exercise"), [id(1), id(2), id(3)]);
}

#[test]
fn d2_level_code_pap_policy_and_originator_control_hold_together_and_the_strictest_wins() {
    let community = community();
    let node = community.node();
    let iep = Iep { tlp: Some(Tlp::Amber), ..Iep::default() };
    let stated = Stated {
        code: Some(HandlingCode::H2),
        pap: Some(Pap::Amber),
        iep: Some(iep),
        flags: [Flag::OriginatorControl].into(),
        to: [community.id(FREE)].into(),
        ..at(Tlp::Clear)
    };
    node.publish("exercise", &stated, &note(1, 0, "together", Some(Tlp::Green)));
    assert_eq!(kept_handling(node, 1).tlp, Some(Tlp::Amber), "bytes, statement and policy: the strictest");
    assert_eq!(node.sees(&node.reader(FREE, "exercise"), "exercise"), [id(1)]);
    assert!(node.sees(&node.reader(UNSAID, "exercise"), "exercise").is_empty());
    let told = explain::to(&node.app, &id(1), UNSAID).unwrap();
    assert_eq!(told.sight.rules, ["guard-originator-control"]);
    assert!(told.steps.iter().any(|step| step.starts_with("handling code H2: ")), "{:?}", told.steps);
    let free = Change {
        code: Some(String::new()),
        flags: (vec![], vec!["originator-control".into()]),
        iep: Some(None),
        ..Change::default()
    };
    handling::change(&node.app, &node.operator(), &id(1), &free).unwrap();
    assert_eq!(node.sees(&node.reader(UNSAID, "exercise"), "exercise"), [id(1)]);
}
