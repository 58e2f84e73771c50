//! Patterns of the public corpora: each is read or refused as its row says, and printing loses nothing.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what reads the corpora for the tests fails loudly")]

mod corpus;

use std::path::Path;

use comity_stix::Pattern;
use comity_stix::pattern::{self, PatternLimits};
use serde_json::Value;

use corpus::{folder, unpacked};

fn rows(path: &Path) -> Vec<Value> {
    let bytes = unpacked(path);
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// Reads a pattern, and holds what it prints against it.
fn read(text: &str) -> Result<(), String> {
    let pattern = Pattern::parse(text).map_err(|error| format!("{error}\n{}", error.excerpt(text)))?;
    let printed = pattern.to_string();
    let again = Pattern::parse(&printed).unwrap_or_else(|error| panic!("{text}\n{printed}\n{error}"));
    assert_eq!(again, pattern, "{text}\n{printed}");
    assert_eq!(again.to_string(), printed, "{text}");
    Ok(())
}

#[test]
fn every_row_of_the_corpus_of_patterns_is_judged_as_expected() {
    let Some(folder) = folder("") else { return };
    let rows = rows(&folder.join("patterns.jsonl.gz"));
    let mut wrong = Vec::new();
    for row in &rows {
        let text = row["pattern"].as_str().unwrap();
        let got = read(text);
        if got.is_ok() != (row["expect"] == "valid") {
            wrong.push(format!("{text}: {got:?}, expected {}", row["expect"]));
        }
    }
    assert_eq!((rows.len(), wrong.len()), (313, 0), "{}", wrong.join("\n"));
}

#[test]
fn patterns_that_a_matcher_evaluates_are_read_and_those_it_cannot_read_are_refused() {
    let Some(folder) = folder("") else { return };
    let rows = rows(&folder.join("pattern-match.jsonl.gz"));
    let mut stricter = Vec::new();
    for row in &rows {
        let text = row["pattern"].as_str().unwrap();
        let lenient = pattern::parse_lenient(text, &PatternLimits::default());
        assert_eq!(lenient.is_ok(), row["error"] != "ParseException", "{text}");
        match (lenient, read(text)) {
            (Ok(_), Err(why)) => stricter.push(why),
            (lenient, strict) => assert_eq!(lenient.is_ok(), strict.is_ok(), "{text}"),
        }
    }
    assert!(stricter.iter().all(|why| why.contains("has such a qualifier already")), "{stricter:?}");
    assert_eq!((rows.len(), stricter.len()), (255, 2));
}

/// Every pattern of a document, at any depth.
fn patterns(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let kind = map.get("pattern_type").and_then(Value::as_str);
            if let (Some("stix"), Some(text)) = (kind, map.get("pattern").and_then(Value::as_str)) {
                found.push(text.to_owned());
            }
            map.values().for_each(|value| patterns(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| patterns(value, found)),
        _ => {}
    }
}

#[test]
fn every_pattern_of_a_public_indicator_is_read() {
    let Some(folder) = folder("") else { return };
    let mut found = Vec::new();
    for row in rows(&folder.join("objects-valid.jsonl.gz")) {
        patterns(&row["json"], &mut found);
    }
    let mut paths: Vec<_> =
        std::fs::read_dir(folder.join("bundles")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        patterns(&serde_json::from_slice(&unpacked(&path)).unwrap(), &mut found);
    }
    found.sort();
    found.dedup();
    let refused: Vec<_> =
        found.iter().filter_map(|text| read(text).err().map(|why| format!("{text}: {why}"))).collect();
    // What stands in public bundles and is no pattern, by the reference too: what a converter from STIX 1 marks with
    // these words because it had no path or operator for it, and one doubled qualifier.
    let known = ["unconverted_term", "INVALID-CONDITION", "has such a qualifier already"];
    let (known, other): (Vec<&String>, Vec<&String>) =
        refused.iter().partition(|why| known.iter().any(|mark| why.contains(mark)));
    assert_eq!((found.len(), known.len(), other.len()), (1674, 159, 0), "{other:?}");
}
