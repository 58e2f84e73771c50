//! Selectors of granular markings (clause 7.2.3) that follow what they mark.

use crate::json::{Map, Value};
use crate::marking::{Segment, Selector};

/// Where a selector goes: from the whole entry and the steps of one selector to the new ones, `None` to keep it.
pub(super) type Follow<'f> = dyn FnMut(&Map<'static>, &[Segment]) -> Option<Vec<String>> + 'f;

/// Puts new selectors in the place of each one for which `follow` gives any; an entry without selectors goes.
pub(super) fn reselect(map: &mut Map<'static>, follow: &mut Follow<'_>) {
    let Some(Value::Array(entries)) = map.get_mut("granular_markings") else { return };
    entries.retain_mut(|entry| {
        let Value::Object(entry) = entry else { return true };
        let Some(Value::Array(selectors)) = entry.get("selectors") else { return true };
        let mut kept: Vec<Value<'static>> = Vec::new();
        let mut changed = false;
        for selector in selectors {
            let steps = selector.as_str().and_then(|text| Selector::parse(text).ok());
            match steps.and_then(|steps| follow(entry, steps.segments())) {
                None => kept.push(selector.clone()),
                Some(new) => {
                    changed = true;
                    kept.extend(new.into_iter().map(Value::from));
                }
            }
        }
        if changed && kept.is_empty() {
            return false;
        }
        if changed {
            entry.insert("selectors", Value::Array(kept));
        }
        true
    });
    if entries.is_empty() {
        map.remove("granular_markings");
    }
}

/// A selector of these steps.
pub(super) fn selector(steps: &[Segment]) -> String {
    Selector::from_segments(steps.to_vec()).to_string()
}

/// Adds a marking of the whole object, once.
pub(super) fn mark(map: &mut Map<'static>, marking: &str) {
    match map.get_mut("object_marking_refs") {
        Some(Value::Array(list)) => {
            if !list.iter().any(|held| held.as_str() == Some(marking)) {
                list.push(Value::from(marking.to_owned()));
            }
        }
        _ => {
            map.insert("object_marking_refs", Value::Array(vec![Value::from(marking.to_owned())]));
        }
    }
}

/// Adds an entry to the granular markings.
pub(super) fn mark_part(map: &mut Map<'static>, entry: Map<'static>) {
    let entry = Value::Object(entry);
    match map.get_mut("granular_markings") {
        Some(Value::Array(list)) => {
            if !list.contains(&entry) {
                list.push(entry);
            }
        }
        _ => {
            map.insert("granular_markings", Value::Array(vec![entry]));
        }
    }
}
