//! A second person for what is the first to reach an observer, where the agreement asks for one.

use comity_app::handling::{self, Change};
use comity_app::import::{self, Input, Summary};
use comity_app::model::{ApprovalRule, Standing, Stated};
use comity_app::proposal::{self, Outcome};
use comity_app::stix::Tlp;
use comity_app::{Role, publish, withdraw};
use comity_testkit::{Community, Engine, Node, Seat, engines};

use crate::paper::{at, id, note};

const MEMBER: &str = "Exercise member";
const OBSERVER: &str = "Exercise observer";

fn community(engine: Engine) -> Community {
    let seats = vec![
        Seat::member("Exercise host").node(engine.place()),
        Seat::member(MEMBER),
        Seat::member(OBSERVER).standing(Standing::Observer),
    ];
    let mut community = Community::new(1, seats);
    community.amend(|agreement| _ = agreement.two_person.insert(ApprovalRule::FirstToObserver));
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn put(node: &Node, number: u32, stated: &Stated) -> Summary {
    node.import("exercise", stated, &note(number, 0, "words", None)).unwrap()
}

fn approve(node: &Node) {
    let second = node.user("second", &[Role::ReleaseOfficer]);
    for waiting in proposal::list(&node.app).unwrap() {
        assert!(waiting.reason.contains("first to reach an observer"), "{waiting:?}");
        proposal::approve(&node.app, &second, &waiting.id).unwrap();
    }
}

engines! {
    fn the_first_record_that_would_reach_an_observer_waits_and_the_next_one_goes(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        let observer = node.reader(OBSERVER, "exercise");
        assert_eq!(put(node, 1, &at(Tlp::Amber)).accepted, 1, "no observer gets amber");
        let excluding = Stated { exclude: [community.id(OBSERVER)].into(), ..at(Tlp::Green) };
        assert_eq!(put(node, 2, &excluding).accepted, 1);
        let first = put(node, 3, &at(Tlp::Green));
        assert_eq!((first.accepted, first.held, first.proposals.len()), (0, 1, 1), "{first:?}");
        assert!(node.sees(&observer, "exercise").is_empty());
        approve(node);
        assert_eq!(node.sees(&observer, "exercise"), [id(3)]);
        assert_eq!(put(node, 4, &at(Tlp::Green)).accepted, 1, "the observer has one of this originator");
        // What was delivered counts also when it is taken back.
        for number in [3, 4] {
            withdraw::run(&node.app, &node.operator(), &id(number), "EXERCISE").unwrap();
        }
        assert_eq!(put(node, 5, &at(Tlp::Green)).accepted, 1);
    }

    fn what_was_visible_and_never_fetched_counts_only_while_it_is_visible(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        assert_eq!(put(node, 1, &at(Tlp::Green)).held, 1, "also an observer without a key");
        approve(node);
        assert_eq!(put(node, 2, &at(Tlp::Green)).accepted, 1);
        for number in [1, 2] {
            withdraw::run(&node.app, &node.operator(), &id(number), "EXERCISE").unwrap();
        }
        assert_eq!(put(node, 3, &at(Tlp::Green)).held, 1, "nothing of it ever reached the observer");
    }

    fn neither_a_draft_nor_a_change_of_handling_is_a_way_around(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        let stated = at(Tlp::Green);
        let draft = Input { collection: "exercise", name: "x", stated, draft: true, ..Input::default() };
        import::run(&node.app, &node.operator(), &draft, note(1, 0, "words", None).as_bytes(), &mut |_| {}).unwrap();
        let outcome = publish::run(&node.app, &node.operator(), &id(1)).unwrap();
        assert!(matches!(outcome, Outcome::Pending(_)), "{outcome:?}");

        assert_eq!(put(node, 2, &at(Tlp::Amber)).accepted, 1);
        let named = Change { to: (vec![OBSERVER.into()], vec![]), ..Change::default() };
        let outcome = handling::change(&node.app, &node.operator(), &id(2), &named).unwrap();
        assert!(matches!(outcome, Outcome::Pending(_)), "{outcome:?}");
        let strict = Change { tlp: Some("amber+strict".into()), ..Change::default() };
        let outcome = handling::change(&node.app, &node.operator(), &id(2), &strict).unwrap();
        assert!(matches!(outcome, Outcome::Done(_)), "nobody waits to narrow: {outcome:?}");
    }

    fn a_purpose_for_which_no_observer_has_a_key_yet_is_not_a_way_around(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        let observer = node.reader(OBSERVER, "exercise");
        let border = Stated { purposes: ["border".to_owned()].into(), ..at(Tlp::Green) };
        assert_eq!(put(node, 1, &border).held, 1, "a key for that purpose can be made tomorrow");
        assert!(node.sees(&observer, "exercise").is_empty());
    }

    fn who_asks_twice_to_publish_is_shown_what_waits_already(engine: Engine) {
        let community = community(engine);
        let node = community.node();
        let stated = at(Tlp::Green);
        let draft = Input { collection: "exercise", name: "x", stated, draft: true, ..Input::default() };
        import::run(&node.app, &node.operator(), &draft, note(1, 0, "words", None).as_bytes(), &mut |_| {}).unwrap();
        let first = publish::run(&node.app, &node.operator(), &id(1)).unwrap();
        assert_eq!(publish::run(&node.app, &node.operator(), &id(1)).unwrap(), first);
        assert_eq!(proposal::list(&node.app).unwrap().len(), 1);
    }

    fn under_embargo_it_waits_too_since_it_will_go_out_by_itself(engine: Engine) {
        let community = community(engine);
        let embargo = Stated { embargo_until: Some("2026-01-02T00:00:00Z".parse().unwrap()), ..at(Tlp::Green) };
        assert_eq!(put(community.node(), 1, &embargo).held, 1);
    }
}

#[test]
fn an_agreement_that_does_not_ask_for_it_holds_nothing_back() {
    let mut community = community(Engine::Memory);
    community.amend(|agreement| _ = agreement.two_person.remove(&ApprovalRule::FirstToObserver));
    assert_eq!(put(community.node(), 1, &at(Tlp::Green)).accepted, 1);
}
