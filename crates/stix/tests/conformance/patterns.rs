//! The syntax of patterns. That they match what they should is a matter of its own.

use comity_stix::pattern::{self, PatternLimits};
use comity_stix::{Pattern, PatternError};
use serde_json::Value;

use crate::Outcome;

type Parse = for<'a> fn(&'a str, &PatternLimits) -> Result<Pattern<'a>, PatternError>;

fn judge(row: &Value, parse: Parse, expected: bool) -> Result<(), String> {
    let text = row["pattern"].as_str().unwrap();
    match (parse(text, &PatternLimits::default()), expected) {
        (Ok(_), true) | (Err(_), false) => Ok(()),
        (Ok(_), false) => Err(format!("accepted, but invalid: {text}")),
        (Err(error), true) => Err(format!("refused, but valid: {text}: {error}")),
    }
}

pub fn syntax(rows: &[Value]) -> Outcome {
    Outcome::of(rows, |row| judge(row, pattern::parse, row["expect"] == "valid"))
}

/// Every pattern of the corpus of matches is well formed, unless an error is expected of it.
pub fn of_matches(rows: &[Value]) -> Outcome {
    let judged: Vec<Value> = rows.iter().filter(|row| row["expect"] != "error").cloned().collect();
    let mut outcome = Outcome::of(&judged, |row| judge(row, pattern::parse_lenient, true));
    outcome.notes.push("syntax only; whether they match is not judged here".to_owned());
    outcome
}
