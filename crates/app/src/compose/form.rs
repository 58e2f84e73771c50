//! The JSON form of a record, changed path by path: `place.country`, `names.0.value`, `legs.+.means`.
//!
//! What a path means is not known here; [`comity_model::kind::Kind::from_json`] judges the whole.

use serde_json::{Map, Value};

/// Most steps of a path and most entries of a list that a path can make.
const STEPS: usize = 12;
const ENTRIES: usize = 500;

/// Properties that hold numbers; everything else that is typed is text.
const NUMBERS: [&str; 6] = ["persons", "capacity", "travellers", "version", "latitude", "longitude"];

/// One step of a path.
enum Step<'a> {
    Name(&'a str),
    Entry(usize),
    /// One more entry at the end.
    More,
}

fn steps(path: &str) -> Result<Vec<Step<'_>>, String> {
    let parts: Vec<&str> = path.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() || parts.len() > STEPS {
        return Err(format!(
            "`{path}` is no path: write names and numbers with full stops, such as names.0.value"
        ));
    }
    parts
        .into_iter()
        .map(|part| match part {
            "+" => Ok(Step::More),
            _ if part.bytes().all(|byte| byte.is_ascii_digit()) => match part.parse() {
                Ok(number) if number < ENTRIES => Ok(Step::Entry(number)),
                _ => Err(format!("`{path}`: a list has at most {ENTRIES} entries")),
            },
            _ => Ok(Step::Name(part)),
        })
        .collect()
}

/// A text as the value that a property holds: a number where the property is one, JSON where it begins like a list, a
/// dictionary or a quoted text, else the text itself.
///
/// # Errors
/// The sentence that says what is wrong.
pub fn literal(path: &str, text: &str) -> Result<Value, String> {
    let name = path.rsplit(['.', '[', ']']).find(|part| !part.is_empty()).unwrap_or_default();
    if NUMBERS.contains(&name) {
        return match serde_json::from_str(text.trim()) {
            Ok(number @ Value::Number(_)) => Ok(number),
            _ => Err(format!("{path}: `{text}` is no number")),
        };
    }
    if name == "concerns_person" {
        return text.trim().parse().map(Value::Bool).map_err(|_| format!("{path}: write true or false"));
    }
    if text.starts_with(['{', '[', '"']) {
        return serde_json::from_str(text).map_err(|error| format!("{path}: it begins like JSON; {error}"));
    }
    Ok(Value::String(text.to_owned()))
}

/// Puts a value where a path points, and makes what lies on the way.
///
/// # Errors
/// The sentence that says why the path leads nowhere.
pub fn put(form: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut here = form;
    for step in steps(path)? {
        here = match step {
            Step::Name(name) => {
                if here.is_null() {
                    *here = Value::Object(Map::new());
                }
                let map = here
                    .as_object_mut()
                    .ok_or_else(|| format!("`{path}`: `{name}` stands in no dictionary"))?;
                map.entry(name).or_insert(Value::Null)
            }
            Step::Entry(_) | Step::More => {
                if here.is_null() {
                    *here = Value::Array(Vec::new());
                }
                let list = here
                    .as_array_mut()
                    .ok_or_else(|| format!("`{path}` names an entry of what is no list"))?;
                let at = if let Step::Entry(at) = step { at } else { list.len() };
                if at > list.len() || at >= ENTRIES {
                    return Err(format!(
                        "`{path}`: the list has {} entries; the next is {}",
                        list.len(),
                        list.len()
                    ));
                }
                if at == list.len() {
                    list.push(Value::Null);
                }
                list.get_mut(at).ok_or_else(|| format!("`{path}` leads nowhere"))?
            }
        };
    }
    *here = value;
    Ok(())
}

/// Puts what was typed where a path points.
///
/// # Errors
/// As for [`put`] and [`literal`].
pub fn set(form: &mut Value, path: &str, text: &str) -> Result<(), String> {
    put(form, path, literal(path, text)?)
}

/// Removes what a path points to, and dictionaries and lists that are empty then.
///
/// # Errors
/// The sentence that says that nothing is there.
pub fn unset(form: &mut Value, path: &str) -> Result<(), String> {
    let steps = steps(path)?;
    if take(form, &steps) { Ok(()) } else { Err(format!("`{path}`: there is nothing to remove")) }
}

fn take(here: &mut Value, steps: &[Step<'_>]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return false };
    match (first, here) {
        (Step::Name(name), Value::Object(map)) => {
            if rest.is_empty() {
                return map.remove(*name).is_some();
            }
            let Some(inner) = map.get_mut(*name) else { return false };
            let taken = take(inner, rest);
            if is_empty(inner) {
                map.remove(*name);
            }
            taken
        }
        (Step::Entry(at), Value::Array(list)) if *at < list.len() => {
            if rest.is_empty() {
                list.remove(*at);
                return true;
            }
            let Some(inner) = list.get_mut(*at) else { return false };
            let taken = take(inner, rest);
            if is_empty(inner) {
                list.remove(*at);
            }
            taken
        }
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// The value that a path points to.
pub fn get<'v>(form: &'v Value, path: &str) -> Option<&'v Value> {
    steps(path).ok()?.into_iter().try_fold(form, |here, step| match step {
        Step::Name(name) => here.get(name),
        Step::Entry(at) => here.get(at),
        Step::More => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_make_what_lies_on_the_way_and_numbers_are_numbers() {
        let mut form = json!({"kind": "border-event"});
        for (path, text) in [
            ("place.country", "XA"),
            ("persons", "6"),
            ("names.+.value", "EXERCISE 1"),
            ("names[0].script", "Latn"),
            ("basis.said.[0].relayed_by", "[\"x\"]"),
            ("number", "00120"),
        ] {
            set(&mut form, path, text).unwrap();
        }
        let expected = json!({"kind": "border-event", "place": {"country": "XA"}, "persons": 6, "number": "00120",
            "names": [{"value": "EXERCISE 1", "script": "Latn"}], "basis": {"said": [{"relayed_by": ["x"]}]}});
        assert_eq!(form, expected);
    }

    #[test]
    fn what_leads_nowhere_is_said() {
        let mut form = json!({"title": "x", "names": []});
        assert!(set(&mut form, "title.x", "y").unwrap_err().contains("no dictionary"));
        assert!(set(&mut form, "names.4", "y").unwrap_err().contains("0 entries"));
        assert!(set(&mut form, "persons", "many").unwrap_err().contains("no number"));
        assert!(set(&mut form, "...", "y").unwrap_err().contains("no path"));
        assert!(set(&mut form, "names.99999999999999999999", "y").is_err());
        assert!(unset(&mut form, "summary").is_err());
    }

    #[test]
    fn removing_the_last_of_a_list_removes_the_list() {
        let mut form = json!({"places": [{"country": "XA"}], "title": "x"});
        unset(&mut form, "places.0.country").unwrap();
        assert_eq!(form, json!({"title": "x"}));
    }
}
