//! Markings and versions against the open corpora.
#![expect(clippy::unwrap_used, reason = "what reads the corpora for the tests fails loudly")]

use std::io::Read as _;
use std::path::{Path, PathBuf};

#[path = "conformance/operations.rs"]
mod operations;

/// The folder of the corpora. Without it the test fails under CI and is left out elsewhere.
#[expect(clippy::disallowed_methods, reason = "a test finds its data through the environment")]
fn shared() -> Option<PathBuf> {
    let folder = std::env::var("COMITY_SHARED").ok().map(|folder| {
        let path = PathBuf::from(folder);
        let path = if path.is_relative() { Path::new(env!("CARGO_MANIFEST_DIR")).join(path) } else { path };
        path.join("data/stix")
    });
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "COMITY_SHARED names no folder with data/stix");
        eprintln!("left out: COMITY_SHARED names no folder with data/stix");
    }
    found
}

fn rows(name: &str) -> Vec<serde_json::Value> {
    let Some(folder) = shared() else { return Vec::new() };
    let mut text = String::new();
    let file = std::fs::File::open(folder.join(name)).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_row_of_the_marking_operations_comes_out_as_recorded() {
    let failures = operations::marking_ops(&rows("marking-ops.jsonl.gz"));
    assert!(failures.is_empty(), "{} rows:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_row_of_the_versioning_operations_comes_out_as_recorded() {
    let failures = operations::versioning_ops(&rows("versioning-ops.jsonl.gz"));
    assert!(failures.is_empty(), "{} rows:\n{}", failures.len(), failures.join("\n"));
}
