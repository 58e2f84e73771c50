//! Other local policies, put to what has left: what would have stayed, what would have gone besides.

use comity_app::model::{Micros, Standing, Stated};
use comity_app::policy::{PolicySet, STANDARD_LOCAL};
use comity_app::replay::{self, Course, Replayed};
use comity_app::stix::{Digest, Tlp};
use comity_app::{AppError, Clock as _, withdraw};
use comity_store::{Location, Store, StoreError};
use comity_testkit::{Community, Engine, NOW_US, Seat, engines};

use crate::guards::left_by_another_program;
use crate::paper::{at, id, note, with_marked_abstract};

const MEMBER: &str = "Exercise member";
const PARTNER: &str = "Exercise partner";
/// Nobody but a full member gets green, and partners get amber.
const OTHER: &str = r#"
@id("green-to-members") @says("partners get no green")
forbid (principal, action == Comity::Action::"release", resource)
when { resource.tlp == 1 && principal.standing != "member" && principal != resource.originator };
@id("partners-amber") @says("partners get amber")
permit (principal, action == Comity::Action::"release", resource)
when { resource.tlp == 2 && principal.standing == "partner" };
"#;

struct Story {
    community: Community,
    middle: Micros,
}

/// A green, an amber and a green note with an amber part go out; later another green one.
fn story(engine: Engine) -> Story {
    let seats = vec![
        Seat::member("Exercise host").node(engine.place()),
        Seat::member(MEMBER),
        Seat::member(PARTNER).standing(Standing::Partner),
    ];
    let community = Community::new(1, seats);
    let node = community.node();
    assert_eq!(node.collection("Exercise"), "exercise");
    let readers = [MEMBER, PARTNER].map(|name| node.reader(name, "exercise"));
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "a", None));
    node.publish("exercise", &at(Tlp::Amber), &note(2, 0, "b", None));
    node.publish("exercise", &at(Tlp::Clear), &with_marked_abstract(&note(3, 0, "c", None), Tlp::Amber));
    for reader in &readers {
        let _ = node.sees(reader, "exercise");
    }
    community.clock.advance_seconds(3_600);
    let middle = community.clock.now();
    node.publish("exercise", &at(Tlp::Green), &note(4, 0, "d", None));
    for reader in &readers {
        let _ = node.sees(reader, "exercise");
    }
    community.clock.advance_seconds(60);
    Story { community, middle }
}

impl Story {
    fn replay(&self, more: &str, since: Micros, until: Option<Micros>) -> Replayed {
        let local = format!("{STANDARD_LOCAL}\n{more}");
        replay::policies(&self.community.node().app, &local, since, until).unwrap()
    }
}

fn counts(course: &Course) -> (&str, [u64; 3]) {
    (&course.member, [course.withheld.count, course.other_parts.count, course.sent.count])
}

engines! {
    fn what_would_have_stayed_gone_otherwise_and_gone_besides_is_counted_for_each_member(engine: Engine) {
        let story = story(engine);
        let all = story.replay(OTHER, Micros(0), None);
        assert_eq!(all.deliveries, 4 + 3);
        assert_eq!(all.undecided, 0);
        let [partner] = &all.readers[..] else { panic!("{all:?}") };
        assert_eq!(counts(partner), (PARTNER, [2, 1, 1]));
        let named = |found: &comity_app::foresee::Found| {
            found.examples.iter().map(|one| (one.id.clone(), one.level.clone())).collect::<Vec<_>>()
        };
        assert_eq!(named(&partner.withheld), [(id(1), "TLP:GREEN".to_owned()), (id(4), "TLP:GREEN".to_owned())]);
        assert_eq!(named(&partner.other_parts), [(id(3), "TLP:CLEAR".to_owned())], "it would have got the part, too");
        assert_eq!(named(&partner.sent), [(id(2), "TLP:AMBER".to_owned())]);
        assert_eq!(story.replay("", Micros(0), None).readers, []);
    }

    fn the_period_counts_from_its_first_instant_to_before_its_last(engine: Engine) {
        let story = story(engine);
        let later = story.replay(OTHER, story.middle, None);
        assert_eq!((later.deliveries, counts(&later.readers[0])), (2, (PARTNER, [1, 0, 1])));
        let before = story.replay(OTHER, Micros(0), Some(story.middle));
        assert_eq!((before.deliveries, counts(&before.readers[0])), (5, (PARTNER, [1, 1, 1])));
        let local = STANDARD_LOCAL;
        let turned = replay::policies(&story.community.node().app, local, story.middle, Some(Micros(0)));
        assert!(matches!(turned, Err(AppError::Invalid(_))), "{turned:?}");
    }

    fn deliveries_are_decided_by_the_agreement_of_their_time_and_the_handling_under_which_they_left(engine: Engine) {
        let mut story = story(engine);
        // Since then the partner became a member, and what left is withdrawn.
        story.community.amend_member(PARTNER, |member| member.standing = Standing::Member);
        for number in 1..5 {
            let node = story.community.node();
            withdraw::run(&node.app, &node.operator(), &id(number), "EXERCISE").unwrap();
        }
        let all = story.replay(OTHER, Micros(0), None);
        assert_eq!(all.readers.iter().map(counts).collect::<Vec<_>>(), [(PARTNER, [2, 1, 0])]);
    }
}

#[test]
fn what_was_fetched_before_would_not_have_gone_besides() {
    let story = story(Engine::Memory);
    let node = story.community.node();
    let named = Stated { to: [story.community.id(PARTNER)].into(), ..at(Tlp::Amber) };
    node.publish("exercise", &named, &note(5, 0, "e", None));
    let _ = node.sees(&node.reader(PARTNER, "exercise"), "exercise");
    let narrowed = comity_app::handling::Change { to: (vec![], vec![PARTNER.into()]), ..Default::default() };
    comity_app::handling::change(&node.app, &node.operator(), &id(5), &narrowed).unwrap();
    story.community.clock.advance_seconds(1);
    let all = story.replay(OTHER, Micros(0), None);
    assert_eq!(counts(&all.readers[0]), (PARTNER, [2, 1, 1]), "the fifth had gone out already");
}

#[test]
fn what_left_under_the_guards_of_another_program_is_counted_since_the_guards_of_now_judge_it() {
    let story = story(Engine::File);
    let node = story.community.node();
    assert_eq!(story.replay(OTHER, Micros(0), None).by_guards_of_now, 0);
    let foreign = [Digest([7; 32]); 2];
    let name = PolicySet::name_of(foreign, STANDARD_LOCAL);
    left_by_another_program(node, name, &[[7; 32]; 2].concat());
    let app = node.second();
    node.publish("exercise", &at(Tlp::Green), &note(6, 0, "f", None));
    let _ = node.sees(&node.reader(PARTNER, "exercise"), "exercise");
    story.community.clock.advance_seconds(60);
    let local = format!("{STANDARD_LOCAL}\n{OTHER}");
    let all = replay::policies(&app, &local, Micros(0), None).unwrap();
    assert_eq!((all.undecided, all.by_guards_of_now), (0, 4 + 3), "{all:?}");
    assert!(all.deliveries > all.by_guards_of_now, "{all:?}");
}

#[test]
fn deliveries_whose_policies_are_not_kept_any_more_are_not_decided() {
    let story = story(Engine::File);
    let node = story.community.node();
    let wish = comity_app::activate::Wish {
        local: Some(format!("{STANDARD_LOCAL}\n// EXERCISE")),
        inherit: true,
        ..Default::default()
    };
    comity_app::activate::run(&node.app, &node.operator(), wish, &Default::default()).unwrap();
    let Location::File(path) = node.place().location() else { panic!("a file was asked for") };
    let store = Store::open(&Location::File(path.clone()), NOW_US).unwrap();
    let gone = PolicySet::standard().unwrap().hash();
    store
        .write("lose", |tx| {
            tx.exec("DELETE FROM policy WHERE policy = ?1", &[gone.0.into()])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let all = story.replay(OTHER, Micros(0), None);
    assert_eq!((all.deliveries, all.undecided), (7, 7), "{all:?}");
}
