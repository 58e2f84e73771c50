//! Names that no property has: special categories of personal data, and nationality outside a document.

use super::fault::Faults;
use crate::stix::{Map, Value};

/// Beginnings of words in the name of a property that stand for a special category.
const BEGINNINGS: [&str; 9] =
    ["ethnic", "religi", "racial", "tribal", "denominat", "sexual", "genetic", "biometric", "confessio"];
/// Whole words that do.
const WORDS: [&str; 12] = [
    "race",
    "faith",
    "creed",
    "caste",
    "tribe",
    "clan",
    "sect",
    "belief",
    "beliefs",
    "health",
    "orientation",
    "skin",
];

/// Whether the name of a property speaks of a special category of personal data (descent, belief, health, sexual life,
/// genetic or biometric data). It looks at names, not at values, and knows English words alone.
pub fn is_special(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| WORDS.contains(&word) || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)))
}

fn is_nationality(name: &str) -> bool {
    let lower = name.to_lowercase();
    name != "states_nationality" && (lower.contains("nationalit") || lower.contains("citizenship"))
}

/// Refuses such properties anywhere in an object. The depth was bounded when the object was read.
pub(super) fn refuse(faults: &mut Faults, map: &Map<'_>, path: &str) {
    for (key, value) in map.iter() {
        let here = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if is_special(key) {
            let message = "special categories of personal data have no field here; remove it";
            faults.add("C1", "special-category", &here, message);
        } else if is_nationality(key) {
            let message = "a nationality is what a document states: write it there, as `states_nationality`";
            faults.add("C2", "nationality-outside-document", &here, message);
        }
        refuse_in(faults, value, &here);
    }
}

fn refuse_in(faults: &mut Faults, value: &Value<'_>, path: &str) {
    match value {
        Value::Object(map) => refuse(faults, map, path),
        Value::Array(list) => {
            for (at, entry) in list.iter().enumerate() {
                if matches!(entry, Value::Object(_) | Value::Array(_)) {
                    refuse_in(faults, entry, &format!("{path}.[{at}]"));
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_names_of_special_categories_are_known_and_others_are_free() {
        for name in
            ["religion", "x_ethnicity", "ethnic-group", "Race", "religious_belief", "health_state", "x.tribe"]
        {
            assert!(is_special(name), "{name}");
        }
        for name in
            ["trace", "embrace", "sector", "section", "clandestine", "states_nationality", "infrastructure"]
        {
            assert!(!is_special(name), "{name}");
        }
    }
}
