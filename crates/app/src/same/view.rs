//! What a record states, property by property, for a view beside others.

use comity_model::kind::{Kind, Statement};
use comity_model::stix::Selector;
use comity_model::{Grading, Record, SignedEnvelope};
use serde_json::Value;

use super::Stated;
use crate::AppError;
use crate::force::InForce;

/// Where a property stands in a view: names first.
pub(super) fn place_of(property: &str) -> usize {
    let order = ["names", "category", "birth", "documents", "identifiers", "places"];
    order.iter().position(|one| *one == property).unwrap_or(order.len())
}

pub(super) fn stated(force: &InForce, found: &Record, kind: &Kind) -> Result<Vec<Stated>, AppError> {
    let envelope = SignedEnvelope::from_json(&found.envelope)?.envelope;
    let grade = match &envelope.grading {
        None => "X4 (not graded)".to_owned(),
        Some(Grading { scale, source, information }) => format!("{source}{information} ({scale})"),
    };
    let Ok(Value::Object(properties)) = serde_json::to_value(kind) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (property, value) in properties.iter().filter(|(key, _)| *key != "kind" && *key != "basis") {
        let parts: Vec<(String, &Value)> = match value {
            Value::Array(list) => {
                list.iter().enumerate().map(|(at, one)| (format!("{property}.[{at}]"), one)).collect()
            }
            other => vec![(property.clone(), other)],
        };
        for (path, part) in parts {
            let assertion = match Selector::parse(&path) {
                Ok(selector) => kind.basis().assertion_of(&selector),
                Err(_) => &kind.basis().whole,
            };
            all.push(Stated {
                property: property.clone(),
                value: in_words(part),
                statement: match assertion.statement {
                    Statement::Fact => "fact",
                    Statement::Assessment => "assessment",
                },
                origin: force.name_of(&found.key.origin).to_owned(),
                grade: grade.clone(),
                id: found.key.id.clone(),
                version: found.key.version.clone(),
                level: found.handling.level_name().to_owned(),
            });
        }
    }
    Ok(all)
}

/// A value in one line: its words, the properties named where there are several.
fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(in_words).collect::<Vec<_>>().join("; "),
        Value::Object(map) => {
            let parts = map.iter().map(|(key, value)| match value {
                Value::Object(_) => format!("{key} ({})", in_words(value)),
                other => format!("{key} {}", in_words(other)),
            });
            parts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
