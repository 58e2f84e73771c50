//! How fast ATT&CK enterprise goes in, goes in again, and goes over to an empty peer: whole runs of the binary with
//! its start, its database on disk and two processes for the pull. Medians of three rounds, and each as a multiple of
//! reading the same bytes into a plain `serde_json::Value` in the same round.
//!
//! `cargo bench --package comity-node --bench attack`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement that cannot be made must stop"
)]

#[path = "../tests/attack/pair.rs"]
mod pair;
#[path = "../tests/node/stage.rs"]
#[allow(dead_code, reason = "journeys use the rest of it")]
mod stage;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::pair::{OBJECTS, Pair, bundle, unpacked};

const ROUNDS: usize = 3;
const STEPS: [&str; 4] = ["serde_json::Value", "import", "import, unchanged", "pull by an empty peer"];

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// The duration of each step.
fn round(bundle: &Path, bytes: &[u8]) -> [Duration; 4] {
    let (value, parse) = timed(|| serde_json::from_slice::<serde_json::Value>(bytes).unwrap());
    assert_eq!(black_box(value)["objects"].as_array().unwrap().len(), OBJECTS);
    let pair = Pair::make();
    let (first, import) = timed(|| pair.import(bundle));
    let (second, unchanged) = timed(|| pair.import(bundle));
    let server = pair.serve();
    let (pulled, pull) = timed(|| pair.pull());
    assert_eq!([&first["accepted"], &second["unchanged"], &pulled["received"]], [OBJECTS; 3]);
    assert_eq!(server.stop(), 0);
    [parse, import, unchanged, pull]
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}

fn main() {
    let Some(bundle) = bundle() else { return };
    let bytes = unpacked(&bundle);
    let rounds: Vec<[Duration; 4]> = (0..ROUNDS).map(|_| round(&bundle, &bytes)).collect();
    let megabytes = bytes.len() as f64 / 1e6;
    println!("ATT&CK enterprise: {OBJECTS} objects, {megabytes:.1} MB of JSON; medians of {ROUNDS}");
    println!("{:<22} {:>8} {:>10} {:>8} {:>10}", "STEP", "SECONDS", "OBJECTS/S", "MB/S", "TO PARSE");
    let medians: Vec<f64> = (0..STEPS.len())
        .map(|step| median(rounds.iter().map(|round| round[step]).collect()).as_secs_f64())
        .collect();
    for (name, seconds) in STEPS.iter().zip(&medians) {
        let (objects, speed, ratio) = (OBJECTS as f64 / seconds, megabytes / seconds, seconds / medians[0]);
        println!("{name:<22} {seconds:>8.2} {objects:>10.0} {speed:>8.1} {ratio:>9.1}x");
    }
}
