//! The open corpus of deterministic identifiers: each object with the identifier that the reference gives it.
#![expect(clippy::unwrap_used, reason = "what reads the corpus for the test fails loudly")]

mod corpus;

use comity_stix::observable::{check, contributing, id_of};
use comity_stix::{Derived, Limits, Value, parse, read};

use corpus::{folder, unpacked};

#[test]
fn every_object_of_the_corpus_gets_its_expected_identifier() {
    let Some(folder) = folder("") else { return };
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
    let Some(folder) = folder("") else { return };
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
