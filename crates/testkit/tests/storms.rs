//! Storms over a federation of eight nodes: nothing leaves without a permit, no delivery without a leaf, ledgers hold
//! together or an alarm stands, nothing is forged, and when the weather calms everybody has what they may have.
//!
//! `COMITY_STORMS=10000` runs so many in each part, `COMITY_STORM=seed` runs one of them again and tells what happens.
#![expect(clippy::disallowed_methods, reason = "tests are configured by the environment of the test run")]
#![expect(clippy::panic, reason = "a test ends where its storm found something")]

use std::sync::atomic::{AtomicBool, Ordering};

use comity_testkit::SeededRandom;
use comity_testkit::sim::{NODES, Storm, run};

/// Things that happen in a storm before the weather calms.
const STEPS: usize = 32;
/// Parts in which the storms of a run are made, side by side.
const PARTS: u64 = 6;
/// Storms in a run, if not said otherwise.
const STORMS: u64 = 300;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Whether a part of this process has found something: then the others stop.
static FOUND: AtomicBool = AtomicBool::new(false);

/// Runs the storms of one part, each from a seed of its own.
fn part(part: u64) {
    let all = number("COMITY_STORMS").unwrap_or(STORMS);
    let seed = SeededRandom::printed_seed();
    for storm in (0..all).filter(|storm| storm % PARTS == part) {
        if FOUND.load(Ordering::Relaxed) {
            return;
        }
        let seed = SeededRandom::derived(seed, storm);
        if let Err(failure) = run(&Storm { seed, steps: STEPS, trace: false }) {
            FOUND.store(true, Ordering::Relaxed);
            panic!("after {} storms: {failure}", storm + 1);
        }
    }
}

#[test]
fn three_hundred_storms_of_eight_nodes_1() {
    part(0);
}

#[test]
fn three_hundred_storms_of_eight_nodes_2() {
    part(1);
}

#[test]
fn three_hundred_storms_of_eight_nodes_3() {
    part(2);
}

#[test]
fn three_hundred_storms_of_eight_nodes_4() {
    part(3);
}

#[test]
fn three_hundred_storms_of_eight_nodes_5() {
    part(4);
}

#[test]
fn three_hundred_storms_of_eight_nodes_6() {
    part(5);
}

#[test]
fn a_storm_is_told_again_by_its_seed() {
    assert_eq!(NODES, 8);
    if let Some(seed) = number("COMITY_STORM") {
        match run(&Storm { seed, steps: STEPS, trace: true }) {
            Ok(summary) => println!("it calmed after {} rounds", summary.rounds),
            Err(failure) => panic!("{failure}"),
        }
        return;
    }
    let storm = Storm { seed: SeededRandom::printed_seed(), steps: STEPS, trace: false };
    let [first, second] = [run(&storm), run(&storm)];
    assert_eq!(first, second);
}
