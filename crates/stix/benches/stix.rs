//! How fast STIX is read and judged, against `serde_json::Value` and other libraries in the same run, and whether the
//! streaming reader keeps its speed and its memory when documents grow. Exit 1 when a bar is missed.
//!
//! `cargo bench --package comity-stix --bench stix`; the other libraries are fetched into `target/peers` when they are
//! not there (Python 3 with venv, and cargo). `-- --no-stream` leaves the growing documents out, `-- --only streaming` measures
//! what of ours has that in its name, for a profiler.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement that cannot be made must stop"
)]

#[path = "stix/endless.rs"]
mod endless;
#[path = "stix/growth.rs"]
mod growth;
#[path = "stix/peers.rs"]
mod peers;

use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use comity_stix::{Level, Limits, Registry, Stream, Validator, is_valid, read};

use crate::peers::{Peer, Peers};

const ROUNDS: usize = 5;
const OBJECTS: usize = 24_771;

/// Takes the bytes of a bundle; how many objects it found.
type Work = fn(&[u8]) -> usize;

/// What is measured in this process.
const OURS: [(&str, Work); 6] = [
    ("comity-stix: stream, all MUST checks", stream_and_judge),
    ("comity-stix: read, all MUST checks", read_and_judge),
    ("comity-stix: read, every check", read_and_judge_all),
    ("comity-stix: read", read_only),
    ("comity-stix: streaming", stream),
    ("serde_json::Value", plain),
];

/// Judges object by object by every MUST and drops each before the next: what a reader that keeps nothing does.
fn stream_and_judge(bytes: &[u8]) -> usize {
    let registry = Registry::standard();
    let validator = Validator::new(&registry).least(Level::Error);
    let mut stream = Stream::new(bytes, &Limits::default());
    let mut count = 0;
    while let Some(item) = stream.next_item().unwrap() {
        black_box(is_valid(&validator.object(&item.object.unwrap())));
        count += 1;
    }
    count
}

/// The same with the whole bundle in memory; dropping is part of the time.
fn read_and_judge(bytes: &[u8]) -> usize {
    judge(bytes, Level::Error)
}

/// The same by every rule, warnings and notes written out.
fn read_and_judge_all(bytes: &[u8]) -> usize {
    judge(bytes, Level::Note)
}

fn judge(bytes: &[u8], least: Level) -> usize {
    let registry = Registry::standard();
    let validator = Validator::new(&registry).least(least);
    let document = read(bytes, &Limits::default()).unwrap();
    let objects = document.items.iter().map(|item| item.object.as_ref().unwrap());
    black_box(objects.filter(|object| is_valid(&validator.object(object))).count());
    document.items.len()
}

fn read_only(bytes: &[u8]) -> usize {
    black_box(read(bytes, &Limits::default()).unwrap()).items.len()
}

fn stream(bytes: &[u8]) -> usize {
    let mut stream = Stream::new(bytes, &Limits::default());
    let mut count = 0;
    while let Some(item) = stream.next_item().unwrap() {
        count += usize::from(black_box(item.object).is_ok());
    }
    count
}

fn plain(bytes: &[u8]) -> usize {
    let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    black_box(&value)["objects"].as_array().unwrap().len()
}

fn timed(work: Work, bytes: &[u8], objects: usize) -> f64 {
    let begun = Instant::now();
    assert_eq!(work(bytes), objects);
    begun.elapsed().as_secs_f64()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// ATT&CK enterprise, or nothing where the corpora are not.
#[allow(clippy::disallowed_methods, reason = "a benchmark finds its data through the environment")]
fn attack() -> Option<Vec<u8>> {
    let folder = PathBuf::from(std::env::var("COMITY_SHARED").ok()?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let file = std::fs::File::open(folder.join("data/stix/bundles/attack-enterprise-lifted.json.gz")).ok()?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

/// The bundle with `count` of its objects, spread evenly over it.
fn sample(bytes: &[u8], count: usize) -> Vec<u8> {
    let document = read(bytes, &Limits::default()).unwrap();
    let chosen: Vec<&str> = (0..count)
        .map(|number| {
            std::str::from_utf8(document.items[number * document.items.len() / count].bytes).unwrap()
        })
        .collect();
    let id = document.bundle_id.unwrap();
    format!("{{\"type\":\"bundle\",\"id\":\"{id}\",\"objects\":[{}]}}", chosen.join(",")).into_bytes()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    format!("{cores} cores, {}", model.trim_start_matches(['\t', ' ', ':']))
}

/// A line of the table. `ours` is the time that reading and judging took on the same bytes.
fn row(what: &str, objects: usize, seconds: f64, ours: f64) {
    let speed = objects as f64 / seconds;
    println!("{what:<44} {objects:>8} {seconds:>9.4} {speed:>11.0} {:>9.2}x", seconds / ours);
}

/// A bar with what was measured; whether it holds.
fn bar(what: &str, measured: Option<f64>, least: f64) -> bool {
    let holds = measured.is_some_and(|ratio| ratio >= least);
    let shown = measured.map_or_else(|| "not measured".to_owned(), |ratio| format!("{ratio:.2}x"));
    println!("{} {what}: {shown}, at least {least}x", if holds { "holds " } else { "MISSED" });
    holds
}

/// The table of one core. Whether all bars hold.
fn compare(bytes: &[u8]) -> bool {
    let peers = Peers::prepare(bytes);
    let mut ours = vec![Vec::new(); OURS.len()];
    let mut others: Vec<Vec<(f64, f64)>> = vec![Vec::new(); Peer::ALL.len()];
    let mut took = vec![(0, 0); Peer::ALL.len()];
    let mut failed: Vec<Option<String>> = vec![None; Peer::ALL.len()];
    for _ in 0..ROUNDS {
        for (times, (_, work)) in ours.iter_mut().zip(OURS) {
            times.push(timed(work, bytes, OBJECTS));
        }
        for (at, peer) in Peer::ALL.iter().enumerate() {
            match peers.run(*peer) {
                Ok((read, objects, seconds)) => {
                    took[at] = (read, objects);
                    // Once before, as the peer has run for a while: its caches are warm, too.
                    stream_and_judge(peers.sample(*peer));
                    others[at].push((seconds, timed(stream_and_judge, peers.sample(*peer), objects)));
                }
                Err(why) => failed[at] = Some(why),
            }
        }
    }
    println!("{}; one is used. Medians of {ROUNDS} interleaved rounds.", machine());
    println!("{:<44} {:>8} {:>9} {:>11} {:>10}", "WHAT", "OBJECTS", "SECONDS", "OBJECTS/S", "TO CHECKED");
    let ours: Vec<f64> = ours.into_iter().map(median).collect();
    for ((name, _), seconds) in OURS.iter().zip(&ours) {
        row(name, OBJECTS, *seconds, ours[0]);
    }
    let mut ratios = Vec::new();
    for (at, peer) in Peer::ALL.iter().enumerate() {
        if let Some(why) = &failed[at] {
            println!("{:<44} not measured: {why}", peer.name());
            ratios.push(None);
            continue;
        }
        let seconds = median(others[at].iter().map(|pair| pair.0).collect());
        let same = median(others[at].iter().map(|pair| pair.1).collect());
        row(peer.name(), took[at].1, seconds, same);
        if took[at].0 < took[at].1 {
            println!("{:<44} refused {} of them", "", took[at].1 - took[at].0);
        }
        ratios.push(Some(seconds / same));
    }
    println!("The objects for the validator are spread evenly over the bundle.");
    let all = [
        bar("all MUST checks against serde_json::Value", Some(ours[5] / ours[0]), 1.0),
        bar("all MUST checks against stix2 (Python) parse", ratios[0], 30.0),
        bar("all MUST checks against stix2-validator", ratios[1], 300.0),
        bar("streaming against read", Some(ours[3] / ours[4]), 1.0 / 1.5),
    ];
    all.iter().all(|holds| *holds) && failed.iter().all(Option::is_none)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = words.iter().position(|word| word == "--grow") {
        growth::child(words[at + 1].parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let Some(bytes) = attack() else {
        println!("left out: COMITY_SHARED names no folder with data/stix");
        return ExitCode::SUCCESS;
    };
    println!("ATT&CK enterprise: {OBJECTS} objects, {:.1} MB of JSON", bytes.len() as f64 / 1e6);
    if let Some(at) = words.iter().position(|word| word == "--only") {
        for (name, work) in OURS.iter().filter(|(name, _)| name.contains(&words[at + 1])) {
            let seconds = median((0..4 * ROUNDS).map(|_| timed(*work, &bytes, OBJECTS)).collect());
            println!("{name}: {seconds:.4} s, median of {}", 4 * ROUNDS);
        }
        return ExitCode::SUCCESS;
    }
    let compared = compare(&bytes);
    let grown = words.iter().any(|word| word == "--no-stream") || growth::measure();
    if compared && grown { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
