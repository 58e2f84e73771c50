//! The properties of a record in words. It knows the shapes that kinds are made of, and no kind.

use serde_json::{Map, Value};

use crate::output::isolated;

/// Properties that stand elsewhere on the sheet.
const ELSEWHERE: [&str; 3] = ["kind", "basis", "category"];
/// The order in which the first ones are shown; the others follow.
const FIRST: [&str; 8] = ["title", "names", "summary", "during", "window", "active", "place", "places"];

/// The properties of a JSON form, each in a line; a list in a line an entry.
pub(super) fn lines(form: &Value) -> Vec<(String, String)> {
    let Some(map) = form.as_object() else { return Vec::new() };
    let mut keys: Vec<&String> = map.keys().filter(|key| !ELSEWHERE.contains(&key.as_str())).collect();
    keys.sort_by_key(|key| FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()));
    let mut lines = Vec::new();
    for key in keys {
        match map.get(key) {
            Some(Value::Array(list)) => {
                lines.extend(list.iter().map(|entry| (label(key), words(entry))));
            }
            Some(value) => lines.push((label(key), words(value))),
            None => {}
        }
    }
    lines
}

fn label(key: &str) -> String {
    let word = match key {
        "designations" => "designation claimed",
        "names" => "name",
        "places" => "place",
        "documents" => "document",
        "identifiers" => "identifier",
        "offences" => "offence",
        "legs" => "leg",
        "items" => "item",
        "locators" => "locator",
        "activities" => "activity",
        "during" => "when",
        "window" => "within",
        "with_ref" => "with",
        _ => key.strip_suffix("_ref").unwrap_or(key),
    };
    word.replace('_', " ")
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => isolated(text),
        Value::Object(map) => shape(map),
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn text<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    map.get(key).and_then(Value::as_str)
}

fn shape(map: &Map<String, Value>) -> String {
    if map.contains_key("name_kind") {
        return name(map);
    }
    if let (Some(by), Some(list)) = (text(map, "designated_by"), text(map, "list")) {
        let entry = text(map, "entry").map(|entry| format!(", entry {}", isolated(entry)));
        return format!(
            "by {}, on {}{}{}",
            isolated(by),
            isolated(list),
            entry.unwrap_or_default(),
            within(map.get("valid"))
        );
    }
    if let (Some(vocabulary), Some(term)) = (text(map, "vocabulary"), text(map, "term")) {
        let version = map.get("version").map(Value::to_string).unwrap_or_default();
        return format!("{} ({}, version {version})", isolated(term), isolated(vocabulary));
    }
    if map.keys().all(|key| key == "from" || key == "until") {
        return period(map);
    }
    const PLACE: [&str; 5] = ["called", "district", "country", "coordinates", "precision"];
    if map.keys().all(|key| PLACE.contains(&key.as_str())) {
        return place(map);
    }
    if let (Some(value), Some(currency)) = (text(map, "value"), text(map, "currency")) {
        return format!("{value} {}", isolated(currency));
    }
    let parts: Vec<String> =
        map.iter().map(|(key, value)| format!("{} {}", label(key), words(value))).collect();
    parts.join("; ")
}

/// A name as written, with its script, its kind, and when it was in use.
fn name(map: &Map<String, Value>) -> String {
    let script = text(map, "script").unwrap_or_default();
    let kind = text(map, "name_kind").unwrap_or_default();
    let called = text(map, "called_by").map(|by| format!(", called so by {}", isolated(by)));
    let scheme = text(map, "scheme").map(|scheme| format!(", by {}", isolated(scheme)));
    format!(
        "{} ({kind}, {script}{}{}{})",
        isolated(text(map, "value").unwrap_or_default()),
        within(map.get("valid")),
        scheme.unwrap_or_default(),
        called.unwrap_or_default()
    )
}

fn within(valid: Option<&Value>) -> String {
    valid.and_then(Value::as_object).map(|valid| format!(", {}", period(valid))).unwrap_or_default()
}

/// A period, its dates as exactly as they are known.
fn period(map: &Map<String, Value>) -> String {
    match (text(map, "from"), text(map, "until")) {
        (Some(from), Some(until)) if from == until => from.to_owned(),
        (Some(from), Some(until)) => format!("from {from} until {until}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => "not known".to_owned(),
    }
}

/// A place with how exactly it is known.
fn place(map: &Map<String, Value>) -> String {
    let mut parts: Vec<String> =
        ["called", "district", "country"].iter().filter_map(|key| text(map, key)).map(isolated).collect();
    if let Some(found) = map.get("coordinates") {
        let degree = |key: &str| found.get(key).map(Value::to_string).unwrap_or_default();
        parts.push(format!("{} north, {} east", degree("latitude"), degree("longitude")));
    }
    let precision = text(map, "precision").map(|word| format!(" (known to the {word})"));
    format!("{}{}", parts.join(", "), precision.unwrap_or_default())
}
