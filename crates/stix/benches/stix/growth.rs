//! Whether time for each object and memory stay the same while a document grows a hundredfold.

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use comity_stix::{Limits, Registry, Stream, is_valid, validate};

use crate::endless::Endless;

const SIZES: [u64; 3] = [100_000, 1_000_000, 10_000_000];
/// Bars: the slowest against the fastest, the largest memory and the spread of it, in MB.
const SLOWER: f64 = 1.5;
const MEMORY: f64 = 200.0;
const SPREAD: f64 = 8.0;

/// Runs every size in a process of its own and prints the table. Whether the bars hold.
pub fn measure() -> bool {
    println!("\nStreaming a bundle that is made while it is read, no file; a process for each size.");
    println!(
        "{:>12} {:>9} {:>9} {:>11} {:>11} {:>9}",
        "OBJECTS", "GB", "SECONDS", "OBJECTS/S", "CPU NS EACH", "PEAK MB"
    );
    let mut rows = Vec::new();
    for size in SIZES {
        // What is over soon is tried three times, and the middle one counts.
        let tries = if size < 10_000_000 { 3 } else { 1 };
        let mut runs: Vec<[f64; 4]> = (0..tries).map(|_| run(size)).collect();
        runs.sort_by(|one, other| one[2].total_cmp(&other[2]));
        let [bytes, seconds, busy, memory] = runs[runs.len() / 2];
        let (each, speed) = (busy * 1e9 / size as f64, size as f64 / seconds);
        println!("{size:>12} {:>9.2} {seconds:>9.2} {speed:>11.0} {each:>11.0} {memory:>9.1}", bytes / 1e9);
        rows.push((each, memory));
    }
    let spread = |pick: fn(&(f64, f64)) -> f64| {
        let values = || rows.iter().map(pick);
        (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max))
    };
    let ((fast, slow), (small, large)) = (spread(|row| row.0), spread(|row| row.1));
    let holds = [slow <= fast * SLOWER, large < MEMORY && large - small < SPREAD];
    let word = |holds: bool| if holds { "holds " } else { "MISSED" };
    println!(
        "{} the slowest takes {:.2}x of the fastest for each object, at most {SLOWER}x",
        word(holds[0]),
        slow / fast
    );
    println!(
        "{} peak memory {small:.1} to {large:.1} MB, below {MEMORY} and at most {SPREAD} apart",
        word(holds[1])
    );
    holds[0] && holds[1]
}

/// One process: bytes, seconds, seconds of processor, peak of the memory in MB.
fn run(size: u64) -> [f64; 4] {
    let output =
        Command::new(std::env::current_exe().unwrap()).args(["--grow", &size.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = said.split_whitespace().map(|word| word.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// Streams a bundle of so many objects; prints bytes, seconds, seconds of processor and the peak of the memory
/// in MB.
pub fn child(objects: u64) {
    let registry = Registry::standard();
    let limits = Limits { bytes: usize::MAX, objects: usize::MAX, ..Limits::default() };
    let mut stream = Stream::new(Endless::new(objects), &limits);
    let (mut count, mut end) = (0, 0);
    let (begun, idle) = (Instant::now(), processor_time());
    while let Some(item) = stream.next_item().unwrap() {
        let object = item.object.unwrap();
        if count < 1000 {
            let findings = validate(&object, &registry);
            assert!(is_valid(&findings), "{findings:?}");
        }
        black_box(object);
        count += 1;
        end = item.offset + item.length;
    }
    let (seconds, busy) = (begun.elapsed().as_secs_f64(), processor_time() - idle);
    assert_eq!(count, objects);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: f64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("{end} {seconds} {busy} {}", kilobytes / 1e3);
}

/// Seconds that this process has run: unlike those of a clock they do not grow while others have the processor.
fn processor_time() -> f64 {
    let said = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    said.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
}
