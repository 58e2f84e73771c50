//! The container of observed data (clause 2.13): its entries become objects with identifiers, their references name
//! those, and markings of the container go with them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sha2::{Digest as _, Sha256};
use uuid::Builder;

use crate::id::{Id, is_type_name};
use crate::json::{Map, Value};
use crate::marking::{Segment, Selector};
use crate::object::Class;
use crate::observable::{Derived, contributing, id_of};
use crate::schema::{self, Kind, Shape};

use super::select::{mark, mark_part, reselect, selector};
use super::{Log, What, headed, observable};

/// Every marking of the observed data may go to every entry. More of them, or more of both together, are not followed,
/// so that a small object cannot become a huge one.
const MOST_MARKINGS: usize = 1_000;
const MOST_MARKED: usize = 200_000;

/// One entry on its way.
struct Entry {
    key: String,
    map: Map<'static>,
    id: Option<Id>,
}

/// Takes the observables out of observed data. When they cannot stand alone everything stays as it is.
pub(super) fn lift(mut map: Map<'static>, log: &mut Log) -> (Map<'static>, Vec<Map<'static>>) {
    let Some(container) = map.get("objects") else { return (map, Vec::new()) };
    if let Err(why) = standing_alone(&map, container) {
        let message = format!("{why}; the container stays, which STIX 2.1 admits (clause 2.13)");
        log.say(What::Left, "objects", None, None, message);
        return (map, Vec::new());
    }
    let Some(Value::Object(container)) = map.get_mut("objects") else { return (map, Vec::new()) };
    let container = std::mem::take(container);
    let mut entries = Vec::new();
    for (key, value) in container {
        let Value::Object(entry) = value else { continue };
        let entry = observable::lift(entry, &format!("objects.{key}"), log);
        entries.push(Entry { key: key.into_owned(), map: entry, id: None });
    }
    identify(&mut entries, &map, log);
    let ids: BTreeMap<String, String> = entries
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), entry.id.as_ref()?.as_str().to_owned())))
        .collect();
    let mut made = Vec::new();
    for mut entry in entries {
        let kind = schema::kind_of(&kind_of(&entry.map));
        rewrite(&mut entry.map, kind, &ids);
        let id = ids.get(&entry.key).map(|id| Value::from(id.clone()));
        let message = "the entry is an object of its own (clauses 2.13 and 4.14)";
        log.say(What::Created, format!("objects.{}", entry.key), None, id.clone(), message);
        made.push((entry.key, headed(entry.map, id)));
    }
    let map = refer(map, &mut made, log);
    (map, made.into_iter().map(|(_, map)| map).collect())
}

fn kind_of(map: &Map<'_>) -> String {
    map.get("type").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Why the entries cannot become objects of their own.
fn standing_alone(observed: &Map<'_>, container: &Value<'_>) -> Result<(), String> {
    let Some(entries) = container.as_object().filter(|entries| !entries.is_empty()) else {
        return Err("`objects` is no dictionary of observables".to_owned());
    };
    if observed.contains_key("object_refs") {
        return Err("the object has `object_refs` already".to_owned());
    }
    if !observed.get("id").and_then(Value::as_str).is_some_and(Id::is_valid) {
        return Err("the object has no valid identifier to make others from".to_owned());
    }
    let markings = markings(observed);
    if markings > MOST_MARKINGS || markings.saturating_mul(entries.len()) > MOST_MARKED {
        return Err(format!("{markings} markings of {} entries are too many to follow", entries.len()));
    }
    for (key, entry) in entries.iter() {
        let Some(entry) = entry.as_object() else {
            return Err(format!("the entry {key:?} is no dictionary"));
        };
        let name = kind_of(entry);
        if !is_type_name(&name) || !matches!(Class::of(&name), Class::Sco | Class::Custom) {
            return Err(format!("the entry {key:?} is no observable: its `type` is {name:?}"));
        }
        let Some(known) = schema::kind_of(&name) else { continue };
        let mut dangling = None;
        each(entry, Some(known), &mut |text| {
            if !entries.contains_key(text) && !Id::is_valid(text) {
                dangling.get_or_insert_with(|| text.chars().take(40).collect::<String>());
            }
        });
        if let Some(text) = dangling {
            return Err(format!("the entry {key:?} names {text:?}, which is not in the container"));
        }
    }
    Ok(())
}

/// How many markings of the whole and of parts there are.
fn markings(observed: &Map<'_>) -> usize {
    let list = |key: &str| observed.get(key).and_then(Value::as_array).unwrap_or_default();
    let selectors = |part: &Value<'_>| {
        let selectors = part.as_object().and_then(|part| part.get("selectors")).and_then(Value::as_array);
        selectors.map_or(0, <[_]>::len)
    };
    let parts = list("granular_markings").iter().map(selectors);
    parts.fold(list("object_marking_refs").len(), usize::saturating_add)
}

/// Whether the keys of this dictionary are content rather than names of properties, so that none is a reference.
fn is_content(kind: Option<&Kind>, name: &str) -> bool {
    let Some(kind) = kind else { return false };
    let all = kind.properties.iter().chain(kind.extensions.iter().flat_map(|(_, inner)| *inner));
    all.into_iter().any(|property| property.name == name && matches!(property.shape, Shape::Dictionary(..)))
}

fn is_reference(name: &str) -> bool {
    name.ends_with("_ref") || name.ends_with("_refs")
}

/// Calls `visit` with every text in a property of references, at any depth.
fn each(map: &Map<'_>, kind: Option<&Kind>, visit: &mut dyn FnMut(&str)) {
    for (name, value) in map.iter().filter(|(name, _)| !is_content(kind, name)) {
        each_value(value, is_reference(name), kind, visit);
    }
}

fn each_value(value: &Value<'_>, reference: bool, kind: Option<&Kind>, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) if reference => visit(text),
        Value::Array(list) => list.iter().for_each(|item| each_value(item, reference, kind, visit)),
        Value::Object(map) => each(map, kind, visit),
        _ => {}
    }
}

/// Puts identifiers in the place of keys of the container.
fn rewrite(map: &mut Map<'static>, kind: Option<&Kind>, ids: &BTreeMap<String, String>) {
    map.retain(|name, value| {
        if !is_content(kind, name) {
            rewrite_value(value, is_reference(name), kind, ids);
        }
        true
    });
}

fn rewrite_value(
    value: &mut Value<'static>,
    reference: bool,
    kind: Option<&Kind>,
    ids: &BTreeMap<String, String>,
) {
    match value {
        Value::String(text) if reference => {
            if let Some(id) = ids.get(text.as_ref()) {
                *text = id.clone().into();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| rewrite_value(item, reference, kind, ids)),
        Value::Object(map) => rewrite(map, kind, ids),
        _ => {}
    }
}

/// The properties of an entry that contribute to its identifier, and its type.
fn contribution(map: &Map<'static>) -> Map<'static> {
    let names = contributing(&kind_of(map)).unwrap_or_default();
    let counts = |key: &str| key == "type" || names.contains(&key);
    map.iter().filter(|(key, _)| counts(key)).map(|(key, value)| (key.to_owned(), value.clone())).collect()
}

/// Gives every entry its identifier, those first that others need for theirs.
fn identify(entries: &mut [Entry], observed: &Map<'static>, log: &mut Log) {
    let places: BTreeMap<String, usize> =
        entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at)).collect();
    let mut parts: Vec<Map<'static>> = Vec::new();
    let mut waits: Vec<usize> = Vec::new();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for (at, entry) in entries.iter().enumerate() {
        let part = contribution(&entry.map);
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        each(&part, schema::kind_of(&kind_of(&part)), &mut |text| needed.extend(places.get(text)));
        for place in &needed {
            if let Some(users) = users.get_mut(*place) {
                users.push(at);
            }
        }
        waits.push(needed.len());
        parts.push(part);
    }
    let mut ready: VecDeque<usize> = (0..entries.len()).filter(|at| waits.get(*at) == Some(&0)).collect();
    let mut ids = BTreeMap::new();
    while let Some(at) = ready.pop_front() {
        let (Some(entry), Some(part)) = (entries.get_mut(at), parts.get_mut(at)) else { continue };
        let kind = schema::kind_of(&kind_of(part));
        rewrite(part, kind, &ids);
        let id = match id_of(part) {
            Ok(Derived::Id(id)) => Some(id),
            Ok(_) => random(observed, &entry.key, &kind_of(part)),
            Err(error) => {
                let message = format!("{error}; the object got a UUID of version 4");
                log.say(What::Left, format!("objects.{}", entry.key), None, None, message);
                random(observed, &entry.key, &kind_of(part))
            }
        };
        ids.extend(id.as_ref().map(|id| (entry.key.clone(), id.as_str().to_owned())));
        entry.id = id;
        for user in users.get(at).into_iter().flatten() {
            if let Some(open) = waits.get_mut(*user) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    ready.push_back(*user);
                }
            }
        }
    }
    for entry in entries.iter_mut().filter(|entry| entry.id.is_none()) {
        let message = "its identifier would depend on itself; the object got a UUID of version 4";
        log.say(What::Left, format!("objects.{}", entry.key), None, None, message);
        entry.id = random(observed, &entry.key, &kind_of(&entry.map));
    }
}

/// An identifier of version 4 for what stood under `key`: the same each time for the same version of observed data.
fn random(observed: &Map<'_>, key: &str, kind: &str) -> Option<Id> {
    let text = |name: &str| observed.get(name).and_then(Value::as_str).unwrap_or_default();
    let seed = [text("id"), text("modified"), key].join("\n");
    let digest = Sha256::digest(seed.as_bytes());
    let bytes: [u8; 16] = digest.get(..16)?.try_into().ok()?;
    Id::parse(&format!("{kind}--{}", Builder::from_random_bytes(bytes).into_uuid())).ok()
}

/// Puts `object_refs` in the place of the container, and moves its markings to the objects.
fn refer(map: Map<'static>, made: &mut [(String, Map<'static>)], log: &mut Log) -> Map<'static> {
    let mut refs: Vec<Value<'static>> = Vec::new();
    let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (key, object)) in made.iter().enumerate() {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = *known.entry(id.clone()).or_insert_with(|| {
            refs.push(Value::from(id));
            refs.len().saturating_sub(1)
        });
        places.insert(key.clone(), (at, place));
    }
    let list = Value::Array(refs);
    let mut map = super::renamed(map, "objects", "object_refs");
    map.insert("object_refs", list.clone());
    let message = "observed data names its observables (clause 4.14)";
    log.say(What::Moved, "objects", None, Some(list), message);
    if let Some(Value::Array(markings)) = map.get("object_marking_refs") {
        for (_, object) in made.iter_mut() {
            markings.iter().filter_map(Value::as_str).for_each(|marking| mark(object, marking));
        }
    }
    reselect(&mut map, &mut |part, steps| follow(part, steps, made, &places, log));
    for (_, object) in made.iter() {
        log.about(object);
        for key in ["object_marking_refs", "granular_markings"] {
            if let Some(markings) = object.get(key) {
                let message =
                    "the object carries the markings of the observed data that it comes from (clause 7.2)";
                log.say(What::Added, key, None, Some(markings.clone()), message);
            }
        }
    }
    log.about(&map);
    map
}

/// Where the marking of a part of the container goes: to the objects, and to their references.
fn follow(
    part: &Map<'static>,
    steps: &[Segment],
    made: &mut [(String, Map<'static>)],
    places: &BTreeMap<String, (usize, usize)>,
    log: &mut Log,
) -> Option<Vec<String>> {
    let (Segment::Key(first), rest) = steps.split_first()? else { return None };
    if first != "objects" {
        return None;
    }
    let Some(marking) = part.get("marking_ref").and_then(Value::as_str).map(str::to_owned) else {
        let message = "this entry names no marking and points into the container; it is not here any more";
        log.say(What::Left, selector(steps), None, None, message);
        return Some(Vec::new());
    };
    let Some((Segment::Key(key), inner)) = rest.split_first() else {
        made.iter_mut().for_each(|(_, object)| mark(object, &marking));
        return Some(vec!["object_refs".to_owned()]);
    };
    let Some((at, place)) = places.get(key) else {
        let message = "this marking points to nothing in the container; it is not here any more";
        log.say(What::Left, selector(steps), None, None, message);
        return Some(Vec::new());
    };
    let (_, object) = made.get_mut(*at)?;
    if inner.is_empty() {
        mark(object, &marking);
        return Some(vec![selector(&[Segment::Key("object_refs".into()), Segment::Index(*place)])]);
    }
    let kind = kind_of(object);
    let mut inner = inner.to_vec();
    if let Some(Segment::Key(name)) = inner.first_mut() {
        *name = observable::name_of(&kind, name).to_owned();
    }
    let found = |steps: &[Segment]| Selector::from_segments(steps.to_vec()).find(object).is_some();
    if !found(&inner) {
        for step in &mut inner {
            if matches!(step, Segment::Key(name) if name == "ssdeep") {
                *step = Segment::Key("SSDEEP".into());
            }
        }
    }
    if found(&inner) {
        let mut entry = part.clone();
        entry.insert("selectors", Value::Array(vec![Value::from(selector(&inner))]));
        mark_part(object, entry);
    } else {
        mark(object, &marking);
    }
    Some(Vec::new())
}
