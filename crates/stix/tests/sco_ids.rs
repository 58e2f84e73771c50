//! The open corpus of deterministic identifiers: each object with the identifier that the reference gives it.
#![expect(clippy::unwrap_used, reason = "what reads the corpus for the test fails loudly")]

use std::io::Read as _;
use std::path::{Path, PathBuf};

use comity_stix::observable::{check, contributing, id_of};
use comity_stix::{Derived, Limits, Value, parse, read};

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

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn every_object_of_the_corpus_gets_its_expected_identifier() {
    let Some(folder) = shared() else { return };
    let bytes = unpacked(&folder.join("sco-ids.jsonl.gz"));
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let row = parse(line, &Limits::default()).unwrap();
        let row = row.as_object().unwrap();
        let expected = row.get("expect_id").and_then(Value::as_str).unwrap();
        let object = row.get("object_without_id").and_then(Value::as_object).unwrap();
        match id_of(object) {
            Ok(Derived::Id(id)) if id.as_str() == expected => {}
            other => wrong.push(format!("{expected}: {other:?}")),
        }
        let mut whole = object.clone();
        whole.insert("id", expected.into());
        if let Some(mismatch) = check(&whole) {
            wrong.push(format!("{mismatch:?}"));
        }
        rows += 1;
    }
    assert_eq!((rows, wrong.len()), (229, 0), "{}", wrong.join("\n"));
}

#[test]
fn most_observables_of_public_bundles_carry_the_identifier_that_is_derived() {
    let Some(folder) = shared() else { return };
    let (mut agree, mut differ, mut random) = (0, 0, 0);
    for entry in std::fs::read_dir(folder.join("bundles")).unwrap() {
        let bytes = unpacked(&entry.unwrap().path());
        let document = read(&bytes, &Limits::default()).unwrap();
        for object in document.items.iter().filter_map(|item| item.object.as_ref().ok()) {
            let Some(id) = object.id().filter(|_| contributing(object.kind()).is_some()) else { continue };
            match check(object.value()) {
                _ if id.uuid_version() != 5 => random += 1,
                None => agree += 1,
                Some(_) => differ += 1,
            }
        }
    }
    println!("{agree} agree, {differ} are other UUIDv5, {random} are no UUIDv5");
    // Some producers make their identifiers by rules of their own, which clause 3.4 allows.
    assert!(agree > 2 * differ, "{agree} agree, {differ} differ");
}
