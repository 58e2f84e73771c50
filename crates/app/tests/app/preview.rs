//! What is said before a record goes out: the very bytes that each member gets, and what would have to change for it to get
//! any.

use comity_app::explain::{self, View};
use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::model::{Category, Iep, Permitted, Purpose, Standing, Stated, Use};
use comity_app::preview::{self, Subject};
use comity_app::remedy::{Step, TRIES_MAX};
use comity_app::stix::Tlp;
use comity_app::{AppError, publish, withdraw};
use comity_testkit::{Community, Node, Place, Seat, SeededRandom, shared_engines};

use crate::foresee::{Dice, World};
use crate::paper::{at, id, note, with_marked_abstract};

const READER: &str = "Exercise reader";

shared_engines! {
    fn what_is_shown_beforehand_is_byte_for_byte_what_each_member_then_gets(engine: Engine) {
        let mut dice = Dice::new(SeededRandom::printed_seed());
        let world = World::new(engine, &mut dice);
        let served = world.served();
        let mut parts = 0;
        for ((name, record), foretold) in &world.foretold {
            let then = preview::got(&world.node().app, Subject::Record(record), name).unwrap().remove(0);
            assert_eq!(then.content, *foretold, "{name} {record}: the same before and after it is published");
            let gets: Vec<&Vec<u8>> =
                served.iter().filter(|(reader, _)| reader.0 == *name).filter_map(|(_, got)| got.get(record)).collect();
            match foretold {
                Some(bytes) if then.sight.has_key => {
                    assert!(gets.contains(&&bytes.clone().into_bytes()), "{name} {record}");
                    parts += usize::from(then.sight.view == View::Part);
                }
                Some(_) => assert!(gets.is_empty(), "{name} {record}: it has no key"),
                None => assert!(gets.is_empty(), "{name} {record}: nothing was foretold"),
            }
        }
        eprintln!("{} foretold, {parts} of them in part", world.foretold.len());
    }
}

fn community(standing: Standing) -> Community {
    let seats = vec![
        Seat::member("Exercise host").node(Place::memory()).groups(&["north"]),
        Seat::member(READER).standing(standing).groups(&["south"]),
    ];
    let community = Community::new(1, seats);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

/// The ways that are told for the reader to see the first note, each step with who can make it.
fn ways(node: &Node) -> Vec<String> {
    let told = explain::to(&node.app, &id(1), READER).unwrap();
    assert_eq!(told.sight.view == View::Nothing, told.outlook != Default::default(), "{told:?}");
    let one = |way: Vec<Step>| {
        way.into_iter().map(|step| format!("{} {}", step.who, step.what)).collect::<Vec<_>>().join(" + ")
    };
    told.outlook.ways.into_iter().map(one).collect()
}

const ORIGIN: &str = "the originator, Exercise host,";

#[test]
fn the_smallest_changes_are_told_with_who_can_make_them_and_each_of_them_works() {
    let mut community = community(Standing::Member);
    let stated = Stated { groups: ["north".to_owned()].into(), ..at(Tlp::Green) };
    community.node().publish("exercise", &stated, &note(1, 0, "a", None));
    let reader = community.node().reader(READER, "exercise");
    let told = ways(community.node());
    assert_eq!(
        told,
        [
            format!("{ORIGIN} names {READER} as a recipient"),
            format!("{ORIGIN} adds the group south, in which {READER} is"),
            format!("{ORIGIN} drops the limit to groups"),
            format!("the secretariat takes {READER} into the group north"),
        ]
    );
    community.amend_member(READER, |member| _ = member.groups.insert("north".into()));
    assert_eq!(community.node().sees(&reader, "exercise"), [id(1)]);
    community.amend_member(READER, |member| _ = member.groups.remove("north"));
    let changes = [
        Change { to: (vec![READER.into()], vec![]), ..Change::default() },
        Change { groups: (vec!["south".into()], vec![]), ..Change::default() },
        Change { groups: (vec![], vec!["north".into()]), ..Change::default() },
    ];
    for change in changes {
        let node = community.node();
        assert!(node.sees(&reader, "exercise").is_empty());
        handling::change(&node.app, &node.operator(), &id(1), &change).unwrap();
        assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
        assert!(ways(node).is_empty(), "nothing has to change");
        let back = Change {
            to: (vec![], vec![READER.into()]),
            groups: (vec!["north".into()], vec!["south".into()]),
            ..Change::default()
        };
        handling::change(&node.app, &node.operator(), &id(1), &back).unwrap();
    }
}

#[test]
fn where_one_change_is_not_enough_two_are_told_and_no_change_that_is_not_needed() {
    let community = community(Standing::Member);
    let node = community.node();
    let stated = Stated { exclude: [community.id(READER)].into(), ..at(Tlp::Red) };
    node.publish("exercise", &stated, &note(1, 0, "a", None));
    assert_eq!(
        ways(node),
        [
            format!("{ORIGIN} names {READER} as a recipient + {ORIGIN} excludes {READER} no longer"),
            format!(
                "{ORIGIN} excludes {READER} no longer + {ORIGIN} lowers TLP:RED to TLP:AMBER+STRICT (in a new version, \
                 where its bytes say TLP:RED)"
            ),
        ]
    );
}

#[test]
fn an_observer_is_told_apart_from_a_member_and_a_partner_needs_the_local_policies() {
    let told = |standing| {
        let community = community(standing);
        community.node().publish("exercise", &at(Tlp::Amber), &note(1, 0, "a", None));
        ways(community.node())
    };
    let common = [
        format!("{ORIGIN} names {READER} as a recipient"),
        format!("{ORIGIN} lowers TLP:AMBER to TLP:GREEN (in a new version, where its bytes say TLP:AMBER)"),
    ];
    let member = |standing: &str| format!("the secretariat makes {READER} a full member; it is {standing}");
    assert_eq!(told(Standing::Observer), [&common[..], &[member("observer")]].concat());
    let permit = format!("the community permits it to {READER} in the local policies");
    assert_eq!(told(Standing::Partner), [&common[..], &[member("partner"), permit]].concat());
    assert_eq!(told(Standing::Member), Vec::<String>::new());
}

#[test]
fn personal_data_needs_a_key_with_purpose_and_basis_and_that_key_then_reads_it() {
    let community = community(Standing::Member);
    let node = community.node();
    let stated = Stated {
        personal: true,
        category: Some(Category::Contact),
        purposes: ["border".to_owned()].into(),
        ..at(Tlp::Green)
    };
    let (purpose, legal_basis) = (Some("border".into()), Some("treaty".into()));
    let input = Input { collection: "exercise", name: "x", stated, purpose, legal_basis, ..Input::default() };
    import::run(&node.app, &node.operator(), &input, note(1, 0, "a", None).as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(
        ways(node),
        [format!("this node gives {READER} a key for the purpose border on the legal basis treaty")]
    );
    let key = node.key_for(READER, "exercise", comity_testkit::READ, Some("border"), Some("treaty"));
    assert_eq!(node.sees(&node.client(&key), "exercise"), [id(1)]);
    assert!(ways(node).is_empty());
}

#[test]
fn limits_of_use_are_lifted_by_the_originator_or_met_by_a_key_for_a_purpose_that_does_less() {
    let mut community = community(Standing::Member);
    community.amend(|agreement| {
        let purpose = Purpose { usage: Use::Internal, court: true, ..Purpose::from("EXERCISE trial") };
        agreement.purposes.insert("trial".into(), purpose);
    });
    let node = community.node();
    let iep = Iep { permitted_actions: Some(Permitted::None), ..Iep::default() };
    let stated = Stated { iep: Some(iep), ..at(Tlp::Green) };
    node.publish("exercise", &stated, &note(1, 0, "a", None));
    let key = node.key_for(READER, "exercise", comity_testkit::READ, Some("trial"), None);
    let reader = node.client(&key);
    assert!(node.sees(&reader, "exercise").is_empty());
    let less = |purpose: &str| format!("this node gives {READER} a key for the purpose {purpose}");
    assert_eq!(
        ways(node),
        [format!("{ORIGIN} permits more to be done with it than none"), less("border"), less("network")]
    );
    let drop = Change { iep: Some(None), ..Change::default() };
    handling::change(&node.app, &node.operator(), &id(1), &drop).unwrap();
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    let code = Change { code: Some("H1".into()), ..Change::default() };
    handling::change(&node.app, &node.operator(), &id(1), &code).unwrap();
    assert_eq!(ways(node), [format!("{ORIGIN} drops the handling code H1"), less("border"), less("network")]);
}

#[test]
fn h2_who_lifts_a_block_for_a_state_or_says_the_state_of_a_member_is_told_and_so_is_originator_control() {
    let mut community = community(Standing::Member);
    let stated = Stated { refugee_from: ["QX".to_owned()].into(), ..at(Tlp::Green) };
    community.node().publish("exercise", &stated, &note(1, 0, "a", None));
    let told = ways(community.node());
    assert_eq!(
        told,
        [
            format!("{ORIGIN} lifts the block for every state"),
            format!(
                "the secretariat states to which state {READER} belongs, if it is none for which it is blocked"
            ),
        ]
    );
    community.amend_member(READER, |member| member.state = Some("QX".into()));
    assert_eq!(ways(community.node()), [format!("{ORIGIN} lifts the block for the state QX")]);
    community.amend_member(READER, |member| member.state = Some("QY".into()));
    assert!(ways(community.node()).is_empty());
    let node = community.node();
    let control = Change { flags: (vec!["originator-control".into()], vec![]), ..Change::default() };
    handling::change(&node.app, &node.operator(), &id(1), &control).unwrap();
    assert_eq!(
        ways(node),
        [format!("{ORIGIN} names {READER} as a recipient"), format!("{ORIGIN} gives up originator control")]
    );
}

#[test]
fn a_date_a_draft_and_a_withdrawal_are_told_for_what_they_are() {
    let community = community(Standing::Member);
    let node = community.node();
    let embargo = Stated { embargo_until: Some("2026-01-02T00:00:00Z".parse().unwrap()), ..at(Tlp::Green) };
    node.publish("exercise", &embargo, &note(1, 0, "a", None));
    let told = ways(node);
    assert_eq!(told[0], format!("{ORIGIN} drops the embargo"));
    assert!(told[1].starts_with("time ends the embargo at 2026-01-02"), "{told:?}");

    let draft =
        Input { collection: "exercise", name: "x", stated: at(Tlp::Green), draft: true, ..Input::default() };
    import::run(&node.app, &node.operator(), &draft, note(2, 0, "b", None).as_bytes(), &mut |_| {}).unwrap();
    let told = explain::to(&node.app, &id(2), READER).unwrap();
    assert_eq!(told.outlook.ways[0][0].what, "publishes it (`comity publish`)", "{told:?}");
    let foretold = explain::who_sees(&node.app, &id(2)).unwrap();
    assert_eq!(foretold[0].view, View::Whole, "of a draft, what it will be");
    publish::run(&node.app, &node.operator(), &id(2)).unwrap();
    let reader = node.reader(READER, "exercise");
    assert_eq!(node.sees(&reader, "exercise"), [id(2)]);

    withdraw::run(&node.app, &node.operator(), &id(2), "EXERCISE").unwrap();
    let told = explain::to(&node.app, &id(2), READER).unwrap().outlook;
    assert!(told.ways.is_empty() && told.for_good.unwrap().contains("withdrawn"));
}

#[test]
fn where_no_two_changes_suffice_the_rules_in_the_way_are_named() {
    let mut community = community(Standing::Member);
    let stated = Stated {
        groups: ["north".to_owned()].into(),
        exclude: [community.id(READER)].into(),
        embargo_until: Some("2026-01-02T00:00:00Z".parse().unwrap()),
        ..at(Tlp::Green)
    };
    community.node().publish("exercise", &stated, &note(1, 0, "a", None));
    community.amend_member(READER, |member| member.active = false);
    let told = explain::to(&community.node().app, &id(1), READER).unwrap().outlook;
    assert!(told.ways.is_empty(), "{told:?}");
    let names: Vec<&str> = told.in_the_way.iter().filter_map(|rule| rule.split(':').next()).collect();
    assert_eq!(names, ["guard-inactive", "guard-embargoed", "guard-excluded", "guard-groups"]);
}

#[test]
fn among_sixty_members_and_forty_groups_the_search_for_changes_ends_after_its_tries_and_says_so() {
    let groups: Vec<String> = (0..40).map(|number| format!("group-{number}")).collect();
    let mut seats = vec![Seat::member("Exercise host").node(Place::memory()), Seat::member(READER)];
    let others: Vec<String> = (0..58).map(|number| format!("Exercise member {number}")).collect();
    seats.extend(others.iter().map(|name| Seat::member(name)));
    let mut community = Community::new(1, seats);
    community.amend(|agreement| {
        agreement.groups.extend(groups.iter().map(|group| (group.clone(), format!("EXERCISE {group}"))));
        for member in agreement.members.iter_mut().filter(|member| member.name != READER) {
            member.groups = groups.iter().cloned().collect();
        }
    });
    assert_eq!(community.node().collection("Exercise"), "exercise");
    let stated = Stated {
        groups: groups.iter().cloned().collect(),
        exclude: [community.id(READER)].into(),
        embargo_until: Some("2026-01-02T00:00:00Z".parse().unwrap()),
        ..at(Tlp::Amber)
    };
    community.node().publish("exercise", &stated, &note(1, 0, "a", None));
    community.amend_member(READER, |member| member.active = false);
    let told = explain::to(&community.node().app, &id(1), READER).unwrap().outlook;
    assert!(told.ways.is_empty() && told.in_the_way.len() == 4, "{told:?}");
    assert!((100..=TRIES_MAX + 2).contains(&told.tries), "{told:?}");
    assert!(told.untried > 0, "{told:?}");
    // What can be found is found.
    community.amend_member(READER, |member| member.active = true);
    let open = Stated { groups: groups.iter().cloned().collect(), ..at(Tlp::Amber) };
    community.node().publish("exercise", &open, &note(2, 0, "b", None));
    let told = explain::to(&community.node().app, &id(2), READER).unwrap().outlook;
    assert!(!told.ways.is_empty() && told.tries <= TRIES_MAX, "{told:?}");
}

#[test]
fn the_view_of_a_member_is_what_is_left_and_of_nothing_there_is_none() {
    let community = community(Standing::Member);
    let node = community.node();
    let text = with_marked_abstract(&note(1, 0, "shown", None), Tlp::Red);
    let input = Input { collection: "exercise", name: "x", stated: at(Tlp::Green), ..Input::default() };
    let got = preview::got(&node.app, Subject::Document(&input, text.as_bytes()), READER).unwrap();
    let content = got[0].content.as_ref().unwrap();
    assert!(content.contains("EXERCISE shown") && !content.contains("EXERCISE secret"), "{content}");
    let hollow = text.replace(r#"["abstract"]"#, r#"["content"]"#);
    let got = preview::got(&node.app, Subject::Document(&input, hollow.as_bytes()), READER).unwrap();
    assert_eq!((got[0].content.as_deref(), got[0].sight.view), (None, View::Nothing));
    let own = preview::got(&node.app, Subject::Document(&input, text.as_bytes()), "Exercise host");
    assert!(matches!(own, Err(AppError::Invalid(_))), "{own:?}");
}
