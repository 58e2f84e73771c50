//! Observables of one identifier become one object.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Map, Value};

use super::{Log, What};

const MARKINGS: &str = "object_marking_refs";
const PARTS: &str = "granular_markings";

/// Takes the others into `held`: lists of references and markings are united, properties that `held` lacks are added,
/// and of two different values the first stays and the other is told.
pub(super) fn merge(held: &mut Map<'static>, others: Vec<Map<'static>>, log: &mut Log) {
    log.about(held);
    let mut seen = Seen::default();
    for other in others {
        one(held, other, &mut seen, log);
        let message = "the same observable again; it is one object with the markings of both";
        log.say(What::Merged, "", None, None, message);
    }
}

/// What each list holds, so that uniting many takes no longer than reading them.
#[derive(Default)]
struct Seen(BTreeMap<String, BTreeSet<String>>);

impl Seen {
    /// Adds `item` to the list under `key` unless it is there.
    fn add(&mut self, map: &mut Map<'static>, key: &str, item: Value<'static>) {
        let text = |item: &Value<'_>| match item {
            Value::String(text) => text.clone().into_owned(),
            other => format!("{other:?}"),
        };
        if !matches!(map.get(key), Some(Value::Array(_))) {
            map.insert(key.to_owned(), Value::Array(Vec::new()));
            self.0.remove(key);
        }
        let Some(Value::Array(list)) = map.get_mut(key) else { return };
        let known = self.0.entry(key.to_owned()).or_insert_with(|| list.iter().map(text).collect());
        if known.insert(text(&item)) {
            list.push(item);
        }
    }
}

fn one(held: &mut Map<'static>, mut other: Map<'static>, seen: &mut Seen, log: &mut Log) {
    let (markings, parts) = (other.remove(MARKINGS), other.remove(PARTS));
    let mut same = true;
    for (key, value) in other {
        match (held.get(&key), value) {
            (Some(known), value) if *known == value => {}
            (Some(Value::Array(_)), Value::Array(list)) if key.ends_with("_refs") => {
                same = false;
                list.into_iter().for_each(|item| seen.add(held, &key, item));
            }
            (Some(known), value) => {
                same = false;
                let message =
                    format!("observables of this identifier differ in `{key}`; the first value stays");
                log.say(What::Merged, &*key, Some(value), Some(known.clone()), message);
            }
            (None, value) => {
                same = false;
                held.insert(key, value);
            }
        }
    }
    if let Some(Value::Array(markings)) = markings {
        markings.into_iter().for_each(|marking| seen.add(held, MARKINGS, marking));
    }
    let Some(Value::Array(parts)) = parts else { return };
    for part in parts {
        let marking = part.as_object().and_then(|part| part.get("marking_ref")).cloned();
        match marking {
            // Selectors would point into another content than the one that was marked.
            Some(marking) if !same => seen.add(held, MARKINGS, marking),
            _ => seen.add(held, PARTS, part),
        }
    }
}
