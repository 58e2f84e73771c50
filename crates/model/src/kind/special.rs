//! Names that no property has: special categories of personal data, and nationality outside a document.

use super::basis::cut;
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

/// A step from the top of an object: a key or the place in a list.
enum Step<'v> {
    Key(&'v str),
    Index(usize),
}

/// Refuses such properties anywhere in an object. The depth was bounded when the object was read.
pub(super) fn refuse(faults: &mut Faults, object: &Map<'_>) {
    refuse_in(faults, object, &mut Vec::new());
}

fn refuse_in<'v>(faults: &mut Faults, map: &'v Map<'_>, trail: &mut Vec<Step<'v>>) {
    for (key, value) in map.iter() {
        trail.push(Step::Key(key));
        if is_special(key) {
            let message = "special categories of personal data have no field here; remove it";
            faults.add("C1", "special-category", &path_of(trail), message);
        } else if is_nationality(key) {
            let message = "a nationality is what a document states: write it there, as `states_nationality`";
            faults.add("C2", "nationality-outside-document", &path_of(trail), message);
        }
        inside(faults, value, trail);
        trail.pop();
    }
}

fn inside<'v>(faults: &mut Faults, value: &'v Value<'_>, trail: &mut Vec<Step<'v>>) {
    match value {
        Value::Object(map) => refuse_in(faults, map, trail),
        Value::Array(list) => {
            for (at, entry) in list.iter().enumerate() {
                trail.push(Step::Index(at));
                inside(faults, entry, trail);
                trail.pop();
            }
        }
        _ => {}
    }
}

/// The trail as a selector; of a key that is too long only the beginning is shown.
fn path_of(trail: &[Step<'_>]) -> String {
    let shown = trail.iter().map(|step| match step {
        Step::Key(key) => cut(key),
        Step::Index(at) => format!("[{at}]"),
    });
    shown.collect::<Vec<_>>().join(".")
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
