//! The free texts of a record.

use crate::stix::{Map, Value};

/// Properties that hold sentences, wherever they stand.
const TEXTS: [&str; 6] = ["title", "summary", "objective", "grounds", "counting_rule", "text"];

/// Visits each free text with its path. The depth of a kind is bounded by its types.
pub(super) fn each(map: &Map<'_>, visit: &mut dyn FnMut(String, &str)) {
    walk(map, "", visit);
}

fn walk(map: &Map<'_>, path: &str, visit: &mut dyn FnMut(String, &str)) {
    for (key, value) in map.iter() {
        let here = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value {
            Value::String(text) if TEXTS.contains(&key) => visit(here, text),
            Value::Object(inner) => walk(inner, &here, visit),
            Value::Array(list) => {
                for (at, entry) in list.iter().enumerate() {
                    if let Value::Object(inner) = entry {
                        walk(inner, &format!("{here}.[{at}]"), visit);
                    }
                }
            }
            _ => {}
        }
    }
}
