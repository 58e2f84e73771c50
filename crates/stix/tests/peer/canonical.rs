//! The canonical form (RFC 8785) of every object of the public bundles, and of numbers from the bits of a random
//! generator, against the Python package rfc8785.

use comity_stix::{Limits, Value, canonical, parse, read};
use sha2::{Digest as _, Sha256};

use crate::corpus::{folder, unpacked};
use crate::python::{ask, chosen, python};

/// SHA-256 of our canonical form in hexadecimal digits.
fn ours(value: &Value<'_>) -> String {
    let form = canonical(value).unwrap();
    Sha256::digest(form).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_object_of_the_bundles_has_the_same_canonical_form() {
    let (Some(python), Some(folder)) = (python(), folder("bundles")) else { return };
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut lines, mut expected) = (Vec::new(), Vec::new());
    for path in paths {
        let bytes = unpacked(&path);
        for item in read(&bytes, &Limits::default()).unwrap().items {
            let value = item.object.unwrap().into_value();
            expected.push(ours(&value));
            // On one line, with the numbers as they stand.
            let text = std::str::from_utf8(item.bytes).unwrap();
            lines.push(text.replace(['\n', '\r'], " "));
        }
    }
    let answers = ask(&python, "canonical.py", &lines);
    let differing: Vec<_> =
        lines.iter().zip(&expected).zip(&answers).filter(|((_, ours), theirs)| *theirs != *ours).collect();
    println!("canonical: {} objects, {} differ", lines.len(), differing.len());
    assert!(differing.is_empty(), "{:?}", differing.first());
}

#[test]
fn numbers_have_the_same_canonical_form() {
    let Some(python) = python() else { return };
    let mut state = chosen("COMITY_SEED", 20_261_122);
    let mut lines = Vec::new();
    while lines.len() < 20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = f64::from_bits(state ^ (state >> 31));
        if number.is_finite() {
            lines.push(format!("[{number:e}]"));
        }
    }
    let answers = ask(&python, "canonical.py", &lines);
    for (line, theirs) in lines.iter().zip(&answers) {
        assert_eq!(*theirs, ours(&parse(line.as_bytes(), &Limits::default()).unwrap()), "{line}");
    }
}
