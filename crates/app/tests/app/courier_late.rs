//! Bundles that expired on their way, stopped in the middle, were made by a clock that was wrong, or wait for what does not
//! come any more.

use std::path::PathBuf;

use comity_app::courier::{self, Begin};
use comity_app::delivery::State;
use comity_app::exchange;
use comity_app::stix::Tlp;
use comity_testkit::{Node, READ};

use crate::courier::{held, introduce, missing, open, open_all, outcome, pack, packed};
use crate::exchange::state;
use crate::paper::{at, note};
use crate::web::{NORTH, SOUTH, Web, states};

const DAY: i64 = 86_400;

fn apart() -> Web {
    let web = Web::new(2, &[]);
    introduce(web.north(), web.south());
    web
}

fn acknowledged(node: &Node, of: &str) -> i64 {
    courier::status(&node.app, Some(of)).unwrap().remove(0).acknowledged
}

#[test]
fn what_expired_on_its_way_is_carried_no_more_and_goes_again_with_what_waited_for_it() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    let first = pack(north, SOUTH);
    web.community.clock.advance_seconds(80 * DAY);
    let _ = north.key(SOUTH, "reports", READ);
    web.publish(0, 2, 0);
    let second = packed(north, SOUTH, Begin::Behind);
    assert_eq!((second.n, second.records), (2, 1));
    assert_eq!((state(north, 1, SOUTH), state(north, 2, SOUTH)), (State::Carried, State::Carried));
    web.community.clock.advance_seconds(10 * DAY + 60);
    assert_eq!(state(north, 1, SOUTH), State::Late, "nobody can open that bundle any more");
    assert_eq!(state(north, 2, SOUTH), State::Carried);
    assert_eq!((outcome(south, &first), outcome(south, &second.file)), ("expired", "out-of-order"));
    let third = packed(north, SOUTH, Begin::Behind);
    assert_eq!((third.n, third.records), (3, 2));
    assert_eq!(state(north, 1, SOUTH), State::Carried);
    let opened = open(south, &third.file);
    assert_eq!((opened.outcome, opened.records.received), ("taken", 2), "it waits for nothing: {opened:?}");
    assert_eq!(missing(south), Vec::<i64>::new());
    assert_eq!(outcome(north, &pack(south, NORTH)), "taken");
    assert_eq!((state(north, 1, SOUTH), state(north, 2, SOUTH)), (State::Received, State::Received));
}

#[test]
fn a_bundle_that_arrived_is_not_given_up_when_its_time_is_over() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    assert_eq!(outcome(south, &pack(north, SOUTH)), "taken");
    assert_eq!(outcome(north, &pack(south, NORTH)), "taken");
    web.community.clock.advance_seconds((courier::DAYS + 1) * DAY);
    let _ = north.key(SOUTH, "reports", READ);
    web.publish(0, 2, 0);
    assert_eq!(packed(north, SOUTH, Begin::Behind).records, 1);
}

/// What cannot be compressed, from a seed.
fn noise(seed: u64) -> String {
    let mut x = seed;
    (0..600_000)
        .map(|_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((x >> 33) % 26).unwrap())
        })
        .collect()
}

/// One page for each of these numbers.
fn publish_pages(north: &Node, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        let collection = north.collection(&format!("More {number}"));
        north.publish(
            &collection,
            &at(Tlp::Green),
            &note(number, 0, &noise(u64::from(number)), Some(Tlp::Green)),
        );
        let _ = north.key(SOUTH, &collection, READ);
    }
}

#[test]
fn a_medium_that_fails_in_the_middle_is_reported_with_what_was_taken_from_it_and_as_far_as_where() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    publish_pages(north, 1..=3);
    let file = pack(north, SOUTH);
    let whole = std::fs::read(&file).unwrap();
    let opened = courier::open(&south.app, &south.operator(), std::slice::from_ref(&file), &mut |_| {
        std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    })
    .unwrap()
    .remove(0);
    assert_eq!((opened.outcome, opened.n, opened.member.as_str()), ("cut-off", 1, NORTH), "{opened:?}");
    assert!(opened.records.received > 0 && opened.records.received < 3, "{opened:?}");
    assert_eq!(held(south), opened.records.received, "it says what came");
    let words = &opened.words;
    let as_far_as = format!("taken as far as part page-{}", opened.records.pages);
    assert!(words.contains(&as_far_as) && words.contains("open it again"), "{words}");
    assert!(!words.contains("nothing of it was used"), "{words}");
    let before = opened.records.received;
    std::fs::write(&file, &whole).unwrap();
    let rest = open(south, &file);
    assert_eq!((rest.outcome, rest.records.received), ("taken", 3 - before), "{rest:?}");
}

#[test]
fn what_was_taken_from_one_file_is_reported_when_a_later_one_cannot_be_read() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    let first = pack(north, SOUTH);
    web.publish(0, 2, 0);
    let second = pack(north, SOUTH);
    let files: [PathBuf; 2] = [first, second.clone()];
    let bytes = std::fs::read(&second).unwrap();
    let all = courier::open(&south.app, &south.operator(), &files, &mut |_| {
        std::fs::remove_file(&second).unwrap();
    })
    .unwrap();
    let told: Vec<(i64, &str, usize)> =
        all.iter().map(|one| (one.n, one.outcome, one.records.received)).collect();
    assert_eq!(told, [(1, "taken", 1), (2, "not-finished", 0)]);
    assert!(all[1].words.contains("nothing of it was used"), "{:?}", all[1]);
    std::fs::write(&second, bytes).unwrap();
    assert_eq!(open(south, &second).records.received, 1);
}

#[test]
fn a_clock_that_once_stood_years_ahead_makes_no_later_bundle_an_old_one() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    let clock = &web.community.clock;
    clock.advance_seconds(3 * 365 * DAY);
    let _ = north.key(SOUTH, "reports", READ);
    let ahead = pack(north, SOUTH);
    clock.advance_seconds(-3 * 365 * DAY);
    let opened = open(south, &ahead);
    assert_eq!(opened.outcome, "taken");
    assert!(opened.ahead_seconds > 3 * 364 * DAY, "it is said: {opened:?}");
    assert_eq!(outcome(north, &pack(south, NORTH)), "taken");
    clock.advance_seconds(DAY);
    let later = open(south, &pack(north, SOUTH));
    assert_eq!((later.outcome, later.acknowledges, later.ahead_seconds), ("taken", 1, 0), "{later:?}");
    assert_eq!(acknowledged(south, NORTH), 1, "what it says of itself counts");
}

#[test]
fn a_bundle_from_before_a_meeting_over_the_network_says_nothing_about_how_its_maker_stands() {
    let web = Web::new(2, &[(1, 0)]);
    let (north, south) = (web.north(), web.south());
    introduce(north, south);
    web.publish(0, 1, 0);
    let early = pack(north, SOUTH);
    web.community.clock.advance_seconds(3_600);
    web.settle();
    let met = || exchange::standings(&south.app).unwrap().remove(0).met_at;
    let before = met();
    web.community.clock.advance_seconds(3_600);
    assert_eq!(outcome(south, &early), "taken");
    assert_eq!(met(), before);
    assert_eq!(outcome(south, &pack(north, SOUTH)), "taken");
    assert_ne!(met(), before, "and one from after it does");
}

#[test]
fn nothing_is_missing_once_what_was_lost_came_again_in_a_later_bundle() {
    let web = apart();
    let (north, south) = (web.north(), web.south());
    web.publish(0, 1, 0);
    assert_eq!(outcome(south, &pack(north, SOUTH)), "taken");
    assert_eq!(outcome(north, &pack(south, NORTH)), "taken");
    web.publish(0, 2, 0);
    let lost = pack(north, SOUTH);
    web.publish(0, 3, 0);
    assert_eq!(outcome(south, &pack(north, SOUTH)), "out-of-order");
    assert_eq!(missing(south), [2]);
    let again = packed(north, SOUTH, Begin::Again);
    assert_eq!((again.n, again.records), (4, 2));
    assert_eq!(outcome(south, &again.file), "taken");
    let stands = courier::status(&south.app, None).unwrap().remove(0);
    assert_eq!((stands.missing.as_slice(), stands.taken), (&[][..], 4), "{stands:?}");
    assert!(stands.bundles.iter().all(|one| one.waits_for == 0), "{stands:?}");
    assert_eq!(states(south, 3, 0), ["live"]);
    let late = open_all(south, &[lost]).remove(0);
    assert_eq!((late.outcome, late.open_again.len()), ("taken", 0), "{late:?}");
}
