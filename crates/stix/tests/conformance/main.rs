//! Walks the public STIX corpora under `COMITY_SHARED/data/stix` and prints for each how many rows passed and failed.
//!
//! `make conformance` runs it. A row that fails is printed with the reason; the exit code is then 1. Nothing depends on how
//! many rows there are, so that any folder of the same layout can be walked. Without the folder it fails under CI and
//! is left out elsewhere.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what reads the corpora for the tests fails loudly"
)]

mod bundles;
#[path = "../corpus/mod.rs"]
mod corpus;
mod disputed;
mod objects;
mod operations;
mod patterns;

use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use corpus::unpacked;

/// The outcome of one corpus.
struct Outcome {
    passed: usize,
    /// A line for each row that failed: its id, what was expected, what came.
    failures: Vec<String>,
    /// What else is worth a line.
    notes: Vec<String>,
}

impl Outcome {
    /// Judges each row by `judge`, which gives the reason of a failure.
    fn of(rows: &[Value], judge: impl Fn(&Value) -> Result<(), String>) -> Self {
        let failures: Vec<String> = rows
            .iter()
            .filter_map(|row| judge(row).err().map(|why| format!("{}: {why}", id_of(row))))
            .collect();
        Self::counted(rows.len(), failures)
    }

    fn counted(rows: usize, failures: Vec<String>) -> Self {
        Self { passed: rows.saturating_sub(failures.len()), failures, notes: Vec::new() }
    }
}

type Judge = fn(&[Value]) -> Outcome;

/// Each corpus of rows, by the name of its file, and who judges it.
const CORPORA: [(&str, Judge); 8] = [
    ("objects-valid", objects::valid),
    ("objects-invalid", objects::invalid),
    ("objects-disputed", disputed::decided),
    ("patterns", patterns::syntax),
    ("pattern-match", patterns::of_matches),
    ("marking-ops", |rows| Outcome::counted(rows.len(), operations::marking_ops(rows))),
    ("versioning-ops", |rows| Outcome::counted(rows.len(), operations::versioning_ops(rows))),
    ("sco-ids", objects::identifiers),
];

fn main() -> ExitCode {
    // The runner of the tests asks for a list first.
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--list") {
        if !words.iter().any(|word| word == "--ignored") {
            println!("corpora: test");
        }
        return ExitCode::SUCCESS;
    }
    let Some(folder) = corpus::folder("") else { return ExitCode::SUCCESS };
    let mut failed = false;
    for (name, judge) in CORPORA {
        let path = folder.join(format!("{name}.jsonl.gz"));
        if path.exists() {
            failed |= print(name, &judge(&rows(&path)));
        } else {
            println!("{name}: absent");
        }
    }
    failed |= print("bundles", &bundles::round_trip(&folder.join("bundles")));
    ExitCode::from(u8::from(failed))
}

/// Prints the outcome; whether something failed.
fn print(name: &str, outcome: &Outcome) -> bool {
    println!("{name}: {} passed, {} failed", outcome.passed, outcome.failures.len());
    for line in outcome.failures.iter().chain(&outcome.notes) {
        println!("    {line}");
    }
    !outcome.failures.is_empty()
}

fn rows(path: &Path) -> Vec<Value> {
    let bytes = unpacked(path);
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn id_of(row: &Value) -> &str {
    row["id"].as_str().unwrap_or("a row without id")
}
