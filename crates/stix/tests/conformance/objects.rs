//! Documents with an expected verdict, and observables with their expected identifier.

use comity_stix::{Derived, Level, Limits, Registry, Validator, json, observable};
use serde_json::Value;

use crate::Outcome;

/// The document of a row: `json`, or `text` where it is no JSON.
pub fn text_of(row: &Value) -> String {
    match row.get("json") {
        Some(json) => json.to_string(),
        None => row["text"].as_str().unwrap().to_owned(),
    }
}

/// What stands against a document under the strict profile: its errors.
pub fn errors(text: &str) -> Vec<String> {
    let registry = Registry::standard();
    let report = Validator::new(&registry).least(Level::Error).document(text.as_bytes(), &Limits::default());
    let line = |placed: &comity_stix::Placed| {
        let finding = &placed.finding;
        format!("{} {} ({}): {}", finding.code, placed.path(report.form), finding.clause, finding.message)
    };
    report.findings.iter().map(line).collect()
}

pub fn valid(rows: &[Value]) -> Outcome {
    Outcome::of(rows, |row| match errors(&text_of(row)) {
        found if found.is_empty() => Ok(()),
        found => Err(format!("refused, but valid: {}", found.join("; "))),
    })
}

pub fn invalid(rows: &[Value]) -> Outcome {
    Outcome::of(rows, |row| match errors(&text_of(row)) {
        found if found.is_empty() => Err(format!("accepted, but invalid: {}", row["reason"])),
        _ => Ok(()),
    })
}

pub fn identifiers(rows: &[Value]) -> Outcome {
    Outcome::of(rows, |row| {
        let text = row["object_without_id"].to_string();
        let value = json::parse(text.as_bytes(), &Limits::default()).map_err(|error| error.to_string())?;
        let derived = observable::id_of(value.as_object().unwrap()).map_err(|error| error.to_string())?;
        let expected = row["expect_id"].as_str().unwrap();
        match &derived {
            Derived::Id(id) if id.as_str() == expected => Ok(()),
            other => Err(format!("{expected} expected, {other:?} derived")),
        }
    })
}
