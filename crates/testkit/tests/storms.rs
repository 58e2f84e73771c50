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
    let seed = std::env::var("COMITY_STORM").map_or(1, |text| text.parse().unwrap());
    for n in 0..10 {
        let begun = std::time::Instant::now();
        let summary = storm(SeededRandom::derived(seed, n), false);
        eprintln!("{:?} rounds {} copies {} pages {} receipts {} alarms {}", begun.elapsed(), summary.rounds, summary.copies, summary.pages, summary.receipts, summary.alarms);
    }
}
