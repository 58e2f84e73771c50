//! From STIX 2.0 to STIX 2.1, with every change told.
//!
//! | In 2.0 | In 2.1 |
//! |---|---|
//! | no `spec_version`; `spec_version` of the bundle | `spec_version` 2.1 on each object; none on the bundle |
//! | `labels` of indicator, malware, report, threat-actor, tool | those of the vocabulary move to `indicator_types` and its like; all others stay labels |
//! | a pattern | the same pattern, `pattern_type` stix, `pattern_version` 2.0 |
//! | malware | `is_family` false, which 2.0 does not say and is reported as inferred |
//! | the container `objects` of observed data | observables with identifiers of their own, and `object_refs` |
//! | times of `created` and `modified` with fewer than three digits | three digits |
//! | the TLP definitions | the same identifiers, with their name |
//!
//! Observables carry the markings of the observed data that they come from, so that nothing leaves its marking behind.
//! The same observable met twice becomes one object with the markings of both. One to which nothing of its content gives an
//! identifier (clause 2.9) gets a UUID of version 4 whose bits come from a digest of where it stood, as this crate draws no
//! random numbers: lifting twice gives the same object.
//!
//! What cannot be lifted stays as it is and is reported as [`What::Left`]: properties that 2.1 does not know (they become
//! custom properties), a container with entries that cannot stand alone (2.1 admits the container, clause 2.13), and
//! whatever breaks a rule of 2.1 afterwards. Objects of STIX 2.1 are never changed, except that an observable may take in
//! what a lifted one of the same identifier says.

mod container;
mod domain;
mod merge;
mod observable;
mod select;

use std::collections::BTreeMap;

use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::read::Document;
use crate::schema::Registry;
use crate::validate::{Level, validate};

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum What {
    /// A property that 2.1 wants and whose value follows from 2.0.
    Added,
    /// A property that 2.1 does not have and that says nothing more.
    Removed,
    /// The same value under another name.
    Renamed,
    /// A value that stands elsewhere now.
    Moved,
    /// A value that 2.1 requires and 2.0 does not say: a guess, to be looked at.
    Inferred,
    /// The same content in another spelling.
    Rewritten,
    /// An object made of an entry of a container.
    Created,
    /// Two objects of one identifier that became one.
    Merged,
    /// What could not be lifted and stays as it was.
    Left,
}

impl What {
    /// The stable name of the kind, such as `renamed`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Moved => "moved",
            Self::Inferred => "inferred",
            Self::Rewritten => "rewritten",
            Self::Created => "created",
            Self::Merged => "merged",
            Self::Left => "left",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The `id` of the object as written; empty when it has none.
    pub object: String,
    /// Where, in the form of a selector; empty for the object as a whole.
    pub path: String,
    /// Its kind.
    pub what: What,
    /// The value before, where a single value changed.
    pub from: Option<Value<'static>>,
    /// The value after; for a renamed property its new name.
    pub to: Option<Value<'static>>,
    /// What was done and why.
    pub message: String,
}

/// What lifting gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifted {
    /// The objects in order; observables stand before the observed data that they come from.
    pub objects: Vec<Value<'static>>,
    /// Every change, in the order of the objects. Empty when everything was STIX 2.1.
    pub changes: Vec<Change>,
}

/// Whether an object is of STIX 2.0: a bundle or an object that says so, or an object that needs `spec_version` in 2.1 and
/// has none. An unknown type counts when it has `created`, since only the domain objects of 2.0 stand on their own.
#[must_use]
pub fn is_20(object: &Map<'_>) -> bool {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let class = Class::of(text("type").unwrap_or_default());
    match object.get("spec_version") {
        Some(version) => version.as_str() == Some("2.0"),
        None => match class {
            Class::Sdo | Class::Sro | Class::Marking | Class::Language | Class::Extension => true,
            Class::Custom => text("type").is_some() && object.contains_key("created"),
            Class::Sco | Class::Bundle => false,
        },
    }
}

/// Lifts objects, bundles among them; a bundle stays a bundle with lifted objects. Values that are no objects, and objects
/// of STIX 2.1, come back as they were.
#[must_use]
pub fn lift(objects: Vec<Value<'_>>) -> Lifted {
    let mut log = Log::default();
    let objects = objects.into_iter().map(Value::into_owned).collect();
    let objects = list(objects, &mut log, true);
    Lifted { objects, changes: log.changes }
}

/// Lifts the objects of a document. An object that cannot be read is reported and left out.
#[must_use]
pub fn lift_document(document: &Document<'_>) -> Lifted {
    let mut unread = Log::default();
    let mut objects = Vec::new();
    for item in &document.items {
        match &item.object {
            Ok(object) => objects.push(Value::Object(object.value().clone())),
            Err(error) => {
                let path = format!("objects.[{}]", item.index);
                unread.say(What::Left, path, None, None, format!("cannot be read and is not here: {error}"));
            }
        }
    }
    let mut lifted = lift(objects);
    lifted.changes.extend(unread.changes);
    lifted
}

/// The changes so far, and the object at hand.
#[derive(Default)]
struct Log {
    object: String,
    changes: Vec<Change>,
}

impl Log {
    fn about(&mut self, object: &Map<'_>) {
        self.object = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    }

    fn say(
        &mut self,
        what: What,
        path: impl Into<String>,
        from: Option<Value<'static>>,
        to: Option<Value<'static>>,
        message: impl Into<String>,
    ) {
        let (path, message) = (path.into(), message.into());
        self.changes.push(Change { object: self.object.clone(), path, what, from, to, message });
    }
}

/// A list of objects with the observables that come out of their containers.
fn list(objects: Vec<Value<'static>>, log: &mut Log, outermost: bool) -> Vec<Value<'static>> {
    let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut groups: Vec<Option<Map<'static>>> = Vec::new();
    let mut out_of_containers = Vec::new();
    let mut others = BTreeMap::new();
    for (at, value) in objects.into_iter().enumerate() {
        let mut made = Vec::new();
        match value {
            Value::Object(map) => {
                let map = one(map, log, &mut made, outermost);
                if let Some(id) = map.get("id").and_then(Value::as_str)
                    && Class::of(map.get("type").and_then(Value::as_str).unwrap_or_default()) == Class::Sco
                {
                    places.entry(id.to_owned()).or_insert((at, 0));
                }
                groups.push(Some(map));
            }
            other => {
                groups.push(None);
                others.insert(at, other);
            }
        }
        out_of_containers.push(made);
    }
    let mut before: Vec<Vec<Map<'static>>> = Vec::new();
    let mut again: BTreeMap<(usize, usize), Vec<Map<'static>>> = BTreeMap::new();
    for (at, made) in out_of_containers.into_iter().enumerate() {
        let mut new = Vec::new();
        for map in made {
            log.about(&map);
            if let Some(place) = places.get(log.object.as_str()) {
                again.entry(*place).or_default().push(map);
            } else {
                judge(&map, log);
                new.push(map);
                places.insert(log.object.clone(), (at, new.len()));
            }
        }
        before.push(new);
    }
    for ((place, nth), others) in again {
        // 0 stands for the object of the input; those made before it are counted from 1.
        let held = match nth.checked_sub(1) {
            None => groups.get_mut(place).and_then(Option::as_mut),
            Some(nth) => before.get_mut(place).and_then(|group| group.get_mut(nth)),
        };
        if let Some(held) = held {
            merge::merge(held, others, log);
            judge(held, log);
        }
    }
    let mut out = Vec::new();
    for (at, (made, own)) in before.into_iter().zip(groups).enumerate() {
        out.extend(made.into_iter().chain(own).map(Value::Object));
        out.extend(others.remove(&at));
    }
    out
}

/// One object; what comes out of its container is added to `made`.
fn one(map: Map<'static>, log: &mut Log, made: &mut Vec<Map<'static>>, outermost: bool) -> Map<'static> {
    log.about(&map);
    if map.get("type").and_then(Value::as_str) == Some("bundle") {
        return bundle(map, log, outermost);
    }
    if !is_20(&map) {
        return map;
    }
    let mut map = domain::lift(map, log);
    if map.get("type").and_then(Value::as_str) == Some("observed-data") {
        (map, *made) = container::lift(map, log);
    }
    judge(&map, log);
    map
}

fn bundle(mut map: Map<'static>, log: &mut Log, outermost: bool) -> Map<'static> {
    if !outermost {
        if is_20(&map) {
            log.say(
                What::Left,
                "",
                None,
                None,
                "a bundle within a bundle is none of STIX and stays as it is",
            );
        }
        return map;
    }
    if is_20(&map) {
        let from = map.remove("spec_version");
        let message = "a bundle of STIX 2.1 has no `spec_version`; its objects have (clause 8.1)";
        log.say(What::Removed, "spec_version", from, None, message);
    }
    if let Some(Value::Array(objects)) = map.get_mut("objects") {
        *objects = list(std::mem::take(objects), log, false);
    }
    map
}

/// Reports what breaks a rule of STIX 2.1 after everything was done.
fn judge(map: &Map<'static>, log: &mut Log) {
    let Ok(object) = Object::from_value(Value::Object(map.clone())) else { return };
    for finding in validate(&object, &Registry::standard()) {
        if finding.level == Level::Error {
            let message = format!("{} (clause {}, {})", finding.message, finding.clause, finding.code);
            log.say(What::Left, finding.path, None, None, message);
        }
    }
}

/// The same dictionary with `type`, `spec_version` and `id` first.
fn headed(mut map: Map<'static>, id: Option<Value<'static>>) -> Map<'static> {
    let mut head = Map::new();
    let kind = map.remove("type");
    map.remove("spec_version");
    let id = map.remove("id").or(id);
    for (key, value) in [("type", kind), ("spec_version", Some(Value::from("2.1"))), ("id", id)] {
        if let Some(value) = value {
            head.insert(key, value);
        }
    }
    head.into_iter().chain(map).collect()
}

/// The same dictionary with the value under `key` put under `to`, in its place.
fn renamed(map: Map<'static>, key: &str, to: &str) -> Map<'static> {
    let entries = map.into_iter();
    entries
        .map(|(name, value)| if name == key { (to.to_owned().into(), value) } else { (name, value) })
        .collect()
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
