//! Markings and versions against the open corpora.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what reads the corpora for the tests fails loudly"
)]

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use comity_stix::{Id, Limits, Object, Registry, Value, is_valid, validate, visible};
use proptest::prelude::*;

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

/// Three definitions that mark parts; what each hides is the viewer's matter.
const MARKS: [&str; 3] = [
    "marking-definition--00000001-e4b4-4b4b-8b4b-0123456789ab",
    "marking-definition--00000002-e4b4-4b4b-8b4b-0123456789ab",
    "marking-definition--00000003-e4b4-4b4b-8b4b-0123456789ab",
];

/// Every valid object of the corpus, bundles opened, without the markings it came with.
fn valid_objects() -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    for row in rows("objects-valid.jsonl.gz") {
        let json = row.get("json").cloned().unwrap_or_default();
        match json.get("objects").and_then(serde_json::Value::as_array).filter(|_| json["type"] == "bundle") {
            Some(list) => found.extend(list.iter().cloned()),
            None => found.push(json),
        }
    }
    for object in found.iter_mut().filter_map(serde_json::Value::as_object_mut) {
        object.remove("granular_markings");
        object.remove("object_marking_refs");
    }
    found
}

/// Every path into the value that a selector can name, and of each leaf the text.
fn paths(value: &serde_json::Value, at: &str, found: &mut Vec<(String, Option<String>)>) {
    let join = |step: String| if at.is_empty() { step } else { format!("{at}.{step}") };
    let children: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Array(list) => {
            list.iter().enumerate().map(|(index, item)| (join(format!("[{index}]")), item)).collect()
        }
        serde_json::Value::Object(map) => map.iter().map(|(key, item)| (join(key.clone()), item)).collect(),
        _ => return,
    };
    for (path, item) in children {
        let leaf = match item {
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        found.push((path.clone(), leaf));
        paths(item, &path, found);
    }
}

/// Marks `chosen` (path, mark) in `json`, lets a viewer look from whom the marks of `hidden` are hidden, and says what
/// is wrong with what that viewer sees; `None` when nothing is wrong. Sets `seen` when anything was left.
fn leak(
    json: &serde_json::Value,
    chosen: &[(String, usize)],
    hidden: &[bool; 3],
    seen: &mut bool,
) -> Option<String> {
    let mut marked = json.clone();
    let entries: Vec<_> = chosen
        .iter()
        .map(|(path, mark)| serde_json::json!({"marking_ref": MARKS[*mark], "selectors": [path]}))
        .collect();
    if !entries.is_empty() {
        marked["granular_markings"] = entries.into();
    }
    let bytes = marked.to_string().into_bytes();
    let object = Object::parse(&bytes, &Limits::default()).unwrap();
    if !is_valid(&validate(&object, &Registry::standard())) {
        return None;
    }
    let is_hidden = |id: &Id| MARKS.iter().zip(hidden).any(|(mark, hidden)| *hidden && id.as_str() == *mark);
    let Ok(left) = visible(&object, &is_hidden) else { return None };
    *seen = true;
    let Ok(rest) = Object::parse(&left, &Limits::default()) else {
        return Some("no object is left".to_owned());
    };
    if let Some(finding) =
        validate(&rest, &Registry::standard()).iter().find(|finding| !is_valid(std::slice::from_ref(finding)))
    {
        return Some(format!("{} at {}: {}", finding.code, finding.path, finding.message));
    }
    let covered = |path: &str| {
        chosen.iter().any(|(cut, mark)| {
            hidden[*mark]
                && path
                    .strip_prefix(cut.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let mut all = Vec::new();
    paths(json, "", &mut all);
    let open: BTreeSet<&String> =
        all.iter().filter(|(path, _)| !covered(path)).filter_map(|(_, text)| text.as_ref()).collect();
    let text = String::from_utf8(left).unwrap();
    for (path, leaf) in all.iter().filter(|(path, _)| covered(path)) {
        let Some(secret) = leaf.as_ref().filter(|leaf| leaf.len() >= 4) else { continue };
        // What the viewer may see elsewhere, names of properties and of the marks, say nothing of what was hidden.
        let elsewhere = open.iter().any(|open| open.contains(secret.as_str()))
            || MARKS.iter().any(|mark| mark.contains(secret.as_str()))
            || all.iter().any(|(path, _)| !covered(path) && path.contains(secret.as_str()));
        let written = Value::from(secret.clone());
        let written = serde_json::to_string(&written).unwrap();
        if !elsewhere && text.contains(written.trim_matches('"')) {
            return Some(format!("{path} is still there: {secret}"));
        }
    }
    None
}

#[test]
fn hiding_any_one_part_of_any_object_leaves_a_valid_object_without_it_or_none() {
    let (mut tried, mut left) = (0usize, 0usize);
    for json in valid_objects() {
        let mut all = Vec::new();
        paths(&json, "", &mut all);
        for (path, _) in all.into_iter().take(60) {
            let mut seen = false;
            let wrong = leak(&json, &[(path.clone(), 0)], &[true, false, false], &mut seen);
            assert_eq!(wrong, None, "{path} of {json}");
            tried += 1;
            left += usize::from(seen);
        }
    }
    assert!(
        tried == 0 || left * 3 > tried,
        "a refusal is right only when nothing valid is left: {left} of {tried}"
    );
}

#[test]
fn hiding_random_parts_from_a_random_viewer_leaves_a_valid_object_without_them_or_none() {
    let objects = valid_objects();
    if objects.is_empty() {
        return;
    }
    let config = ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() };
    let chosen = proptest::collection::vec((any::<prop::sample::Index>(), 0usize..3), 0..6);
    proptest!(config, |(at in any::<prop::sample::Index>(), chosen in chosen, hidden in any::<[bool; 3]>())| {
        let json = at.get(&objects);
        let mut all = Vec::new();
        paths(json, "", &mut all);
        let chosen: Vec<_> = chosen.iter().map(|(at, mark)| (at.get(&all).0.clone(), *mark)).collect();
        prop_assert_eq!(leak(json, &chosen, &hidden, &mut false), None);
    });
}
