//! What an object is to be after a change, and how that differs from what it was.

use comity_model::kind::{Context, EXTENSION_ID, Fault, Kind};
use comity_model::stix::{Map, Object, Selector, Tlp, Value};

use super::Target;
use crate::compose::malformed;

/// Properties that a merge of a kind into its object never touches.
const KEPT: [&str; 6] = ["type", "spec_version", "id", "created_by_ref", "created", "modified"];

/// The properties that the object is to have.
pub(super) fn wanted(
    object: &Object<'_>,
    target: &Target,
    level: Option<Tlp>,
) -> Result<Map<'static>, Vec<Fault>> {
    let old = object.value().clone().into_owned();
    let mut wanted = match (&target.kind, &target.before, &target.plain) {
        (Some(next), Some(before), _) => merged(object, &old, before, next)?,
        (_, _, Some(plain)) => owned(plain)?,
        _ => old,
    };
    if let Some(level) = level {
        mark(&mut wanted, level);
    }
    Ok(wanted)
}

/// The properties that differ; `null` removes one.
pub(super) fn changes(object: &Object<'_>, mut wanted: Map<'static>) -> Map<'static> {
    let old = object.value().clone().into_owned();
    drop_dead_markings(&mut wanted);
    let mut changes = Map::new();
    for (key, value) in wanted.iter().filter(|(key, _)| *key != "modified") {
        if old.get(key) != Some(value) {
            changes.insert(key.to_owned(), value.clone());
        }
    }
    for key in old.keys().filter(|key| !wanted.contains_key(key)) {
        changes.insert(key.to_owned(), Value::Null);
    }
    changes
}

fn owned(value: &serde_json::Value) -> Result<Map<'static>, Vec<Fault>> {
    let text = value.to_string();
    match comity_model::stix::parse(text.as_bytes(), &comity_model::stix::Limits::default()) {
        Ok(Value::Object(map)) => Ok(map.into_owned()),
        Ok(_) => Err(vec![malformed("", "an object is one dictionary")]),
        Err(error) => Err(vec![malformed("", error.to_string())]),
    }
}

/// The old object with the properties of the kind put in place of the old ones. Everything else in it stays.
fn merged(
    object: &Object<'_>,
    old: &Map<'static>,
    before: &Kind,
    next: &Kind,
) -> Result<Map<'static>, Vec<Fault>> {
    let (was, is) = (written(object, before)?, written(object, next)?);
    let mut wanted = old.clone();
    for key in was.keys().filter(|key| !is.contains_key(key)) {
        wanted.remove(key);
    }
    for (key, value) in is.iter().filter(|(key, _)| !KEPT.contains(key)) {
        if key != "extensions" {
            wanted.insert(key.to_owned(), value.clone());
            continue;
        }
        let entry = value.as_object().and_then(|map| map.get(EXTENSION_ID)).cloned();
        if let (Some(Value::Object(all)), Some(entry)) = (wanted.get_mut("extensions"), entry) {
            all.insert(EXTENSION_ID, entry);
        }
    }
    Ok(wanted)
}

/// A kind as an object of its own, to learn where its properties stand.
fn written(object: &Object<'_>, kind: &Kind) -> Result<Map<'static>, Vec<Fault>> {
    let missing = || vec![malformed("", "the object has no id, time or creator that can be read")];
    let created = object.created().ok_or_else(missing)?;
    let context = Context {
        id: object.id().ok_or_else(missing)?,
        modified: created.clone(),
        created,
        // Never taken over: the properties that name the creator stay as they are.
        created_by: object
            .created_by_ref()
            .and_then(|id| id.as_str().parse().ok())
            .or_else(|| "identity--00000000-0000-4000-8000-000000000000".parse().ok())
            .ok_or_else(missing)?,
        markings: Vec::new(),
        language: None,
    };
    match kind.write(&context)? {
        Value::Object(map) => Ok(map.into_owned()),
        _ => Err(missing()),
    }
}

/// Puts another level in place of those in the bytes, for clients that know no envelope.
fn mark(wanted: &mut Map<'static>, level: Tlp) {
    let is_level = |id: &str| Tlp::ALL.iter().any(|tlp| tlp.marking_id() == id);
    let mut refs: Vec<Value<'static>> = wanted
        .get("object_marking_refs")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .filter(|one| !one.as_str().is_some_and(is_level))
        .cloned()
        .collect();
    refs.push(Value::from(level.marking_id().to_owned()));
    wanted.insert("object_marking_refs", Value::Array(refs));
}

/// Removes markings of parts that are gone with their parts.
fn drop_dead_markings(wanted: &mut Map<'static>) {
    let Some(Value::Array(entries)) = wanted.get("granular_markings").cloned() else { return };
    let mut kept = Vec::new();
    for entry in entries {
        let Value::Object(mut map) = entry else { continue };
        let selectors = map.get("selectors").and_then(Value::as_array).unwrap_or_default();
        let alive = |one: &&Value<'static>| {
            let selector = one.as_str().and_then(|text| Selector::parse(text).ok());
            selector.is_some_and(|selector| selector.find(wanted).is_some())
        };
        let alive: Vec<Value<'static>> = selectors.iter().filter(alive).cloned().collect();
        if !alive.is_empty() {
            map.insert("selectors", Value::Array(alive));
            kept.push(Value::Object(map));
        }
    }
    if kept.is_empty() {
        wanted.remove("granular_markings");
    } else {
        wanted.insert("granular_markings", Value::Array(kept));
    }
}
