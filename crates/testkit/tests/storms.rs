//! Storms over a federation of eight nodes, each from a seed that follows from one printed number.
#![expect(clippy::unwrap_used, reason = "a test ends where its storm cannot be run")]

use comity_testkit::SeededRandom;
use comity_testkit::sim::{Storm, Summary, run};

/// Things that happen in a storm before the weather calms.
const STEPS: usize = 40;

fn storm(seed: u64, trace: bool) -> Summary {
    match run(&Storm { seed, steps: STEPS, trace }) {
        Ok(summary) => summary,
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn one_storm() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("COMITY_STORM") {
        println!("{:?}", storm(seed, true).rounds);
        return;
    }
    let first = number("FIRST").unwrap_or(0);
    for n in first..first + number("COUNT").unwrap_or(10) {
        let begun = std::time::Instant::now();
        match run(&Storm { seed: SeededRandom::derived(1, n), steps: STEPS, trace: false }) {
            Ok(s) => eprintln!("{n} {:?} rounds {} copies {} pages {} receipts {} alarms {}", begun.elapsed(), s.rounds, s.copies, s.pages, s.receipts, s.alarms),
            Err(f) => eprintln!("{n} {:?} FAIL {} {} {}", begun.elapsed(), f.checker, f.seed, f.text),
        }
    }
}
