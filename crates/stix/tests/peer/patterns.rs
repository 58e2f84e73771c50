//! Differential test: made and mutated patterns, each judged by this crate and by the pattern validator of OASIS
//! (`stix2-patterns`). Every difference is one of those that docs/conformance/patterns.md lists.

mod texts;

use comity_stix::Pattern;
use comity_stix::pattern::{
    Comparison, ComparisonKind, Constant, ConstantKind, Key, ObjectPath, Operator, PatternErrorKind,
    PropertyTest, StepKind,
};

use serde_json::json;

use crate::python::{ask, python};
use texts::KEYWORDS;

#[test]
fn every_pattern_is_judged_as_the_reference_judges_it_or_differs_for_a_documented_reason() {
    let Some(python) = python() else { return };
    let (seed, count) = texts::asked();
    let texts = texts::texts(seed, count);
    let lines: Vec<_> = texts.iter().map(|text| json!({ "pattern": text }).to_string()).collect();
    let answers = ask(&python, "patterns.py", &lines);
    let (mut agree, mut known, mut disagree) = (0, std::collections::BTreeMap::new(), Vec::new());
    let mut valid = 0;
    for (text, answer) in texts.iter().zip(&answers) {
        let ours = Pattern::parse(text);
        valid += usize::from(ours.is_ok());
        if ours.is_ok() == answer["valid"].as_bool().unwrap() {
            agree += 1;
        } else if let Some(class) = explained(text) {
            *known.entry(class).or_insert(0) += 1;
        } else {
            disagree.push(format!("{text:?}\n    ours: {:?}\n    reference: {answer}", ours.err()));
        }
    }
    let explained: i32 = known.values().sum();
    println!(
        "pattern-peer: seed {seed}, {} patterns, {agree} agree, {explained} explained, {} disagree",
        texts.len(),
        disagree.len()
    );
    println!("pattern-peer: {valid} valid by ours; explained: {known:?}");
    disagree.truncate(20);
    assert!(disagree.is_empty(), "{}", disagree.join("\n"));
    // A test of nothing but refusals would agree with anything that refuses.
    assert!((texts.len() / 4..texts.len() * 3 / 4).contains(&valid), "{valid} valid patterns");
}

/// Names of digests that the reference knows, without hyphens.
const DIGESTS: [&str; 14] = [
    "MD5",
    "MD6",
    "RIPEMD160",
    "SHA1",
    "SHA224",
    "SHA256",
    "SHA384",
    "SHA512",
    "SHA3224",
    "SHA3256",
    "SHA3384",
    "SHA3512",
    "SSDEEP",
    "WHIRLPOOL",
];

/// The documented class of differences to which a pattern belongs.
fn explained(text: &str) -> Option<&'static str> {
    let pattern = match Pattern::parse(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            // The regular expressions of the reference end with `$`, which lets a line feed pass.
            let hash = error.kind == PatternErrorKind::Hash && text[error.span].contains("\n'");
            return hash.then_some("a digest with a line feed");
        }
    };
    pattern.comparisons().into_iter().find_map(|leaf| leaf_explained(text, leaf))
}

fn leaf_explained(text: &str, leaf: &Comparison<'_>) -> Option<&'static str> {
    let path = match &leaf.kind {
        ComparisonKind::Test(test) => &test.path,
        ComparisonKind::Exists { path, .. } => path,
        ComparisonKind::And(_) | ComparisonKind::Or(_) => return None,
    };
    let reserved =
        |name: &str| KEYWORDS.contains(&name) || name.starts_with(|first: char| first.is_ascii_digit());
    if reserved(path.object_type) || path.keys().any(|key| reserved(&text[key.span.range()])) {
        return Some("an unquoted name that is a keyword or begins with a digit");
    }
    let ComparisonKind::Test(test) = &leaf.kind else { return None };
    let members = match &test.constant.kind {
        ConstantKind::Set(members) => members.as_slice(),
        _ => std::slice::from_ref(&test.constant),
    };
    let binary = |constant: &Constant<'_>| {
        let source = &text[constant.span.range()];
        matches!(constant.kind, ConstantKind::Binary(_)) && (source == "b''" || source.contains('\n'))
    };
    if members.iter().any(binary) {
        return Some("binary that is empty or has line feeds");
    }
    digest_explained(test)
}

fn digest_explained(test: &PropertyTest<'_>) -> Option<&'static str> {
    if !test.path.keys().any(|key| key.name == "hashes") {
        return None;
    }
    let Some(key) = last(&test.path) else {
        let index = matches!(test.path.steps.last()?.kind, StepKind::Index(_));
        return index.then_some("an index at the end of a path through hashes, at which the reference fails");
    };
    let whole = !matches!(
        test.operator,
        Operator::In | Operator::Like | Operator::Matches | Operator::IsSubset | Operator::IsSuperset
    );
    let name = key.name.to_uppercase().replace(['-', '\''], "");
    let differs = match &test.constant.kind {
        ConstantKind::String(text) if whole => name == "SSDEEP" && text.len() > 128,
        _ => true,
    };
    (differs && DIGESTS.contains(&&*name)).then_some("a digest compared with a part, a set or another type")
}

/// The key with which a path ends.
fn last<'p, 'a>(path: &'p ObjectPath<'a>) -> Option<&'p Key<'a>> {
    match path.steps.last().map(|step| &step.kind) {
        None => Some(&path.property),
        Some(StepKind::Key(key)) => Some(key),
        Some(_) => None,
    }
}
