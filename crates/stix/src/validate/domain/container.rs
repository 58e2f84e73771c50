//! The deprecated container of observables inside observed data (STIX 2.1 clauses 2.13 and 4.14).

use std::collections::BTreeMap;

use super::super::{Judge, base, marking, observable, relation};
use crate::id::Id;
use crate::json::{Map, Value};
use crate::object::Class;
use crate::rule;
use crate::schema::{self, Kind};
use crate::trail::Step;

/// Judges the entries, which need no identifier and name each other by their keys.
pub(super) fn container<'v>(judge: &mut Judge<'v>, objects: &'v Map<'_>) {
    judge.report(&rule::CONTAINER, "the container of observables is deprecated; use `object_refs`");
    let numbered = |key: &str| {
        (key == "0" || !key.starts_with('0')) && key.parse::<usize>().is_ok_and(|at| at < objects.len())
    };
    if !objects.keys().all(numbered) {
        judge.report(&rule::CONTAINER_KEY, "keys should be the integers from 0 upwards");
    }
    if !is_connected(objects) {
        let message = "objects that no reference ties together belong to observed data of their own";
        judge.report(&rule::CONTAINER_UNRELATED, message);
    }
    for (key, entry) in objects.iter() {
        judge.inside(Step::Key(key), |judge| match entry {
            Value::Object(entry) => contained(judge, entry),
            Value::Null => {}
            _ => judge.report_in(&rule::DICTIONARY, "2.13", "an observable must be a dictionary"),
        });
    }
}

/// Whether references tie all entries together, whatever their direction.
fn is_connected(objects: &Map<'_>) -> bool {
    let places: BTreeMap<&str, usize> = objects.keys().enumerate().map(|(at, key)| (key, at)).collect();
    let mut neighbours = vec![Vec::new(); objects.len()];
    for (at, (_, entry)) in objects.iter().enumerate() {
        each_reference(entry, &mut |key| {
            if let Some(other) = places.get(key) {
                for (from, to) in [(at, *other), (*other, at)] {
                    if let Some(list) = neighbours.get_mut(from) {
                        list.push(to);
                    }
                }
            }
        });
    }
    let mut reached = vec![false; objects.len()];
    let mut waiting = vec![0];
    while let Some(at) = waiting.pop() {
        if let Some(seen @ false) = reached.get_mut(at) {
            *seen = true;
            waiting.extend(neighbours.get(at).into_iter().flatten());
        }
    }
    reached.iter().all(|seen| *seen)
}

/// Visits the strings of every property that ends in `_ref` or `_refs`, however deep; reading has bounded the depth.
fn each_reference(value: &Value<'_>, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter() {
                match value {
                    Value::String(key) if name.ends_with("_ref") => visit(key),
                    Value::Array(list) if name.ends_with("_refs") => {
                        list.iter().filter_map(Value::as_str).for_each(&mut *visit);
                    }
                    _ => each_reference(value, visit),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| each_reference(item, visit)),
        _ => {}
    }
}

fn contained<'v>(judge: &mut Judge<'v>, entry: &'v Map<'_>) {
    let Some(name) = entry.get("type").and_then(Value::as_str) else {
        return judge.report_in(&rule::TYPE, "2.13", "an observable needs a `type`");
    };
    if let Some(id) = entry.get("id") {
        judge.inside(Step::Key("id"), |judge| match id.as_str().map(Id::parse) {
            None => judge.report(&rule::ID, "`id` must be a string of the form type--UUID"),
            Some(Err(error)) => judge.report(&rule::ID, error),
            Some(Ok(id)) if id.kind() != name => {
                let message = format_args!("the identifier names the type {:?}", id.kind());
                judge.report(&rule::ID_TYPE, message);
            }
            Some(Ok(_)) => {}
        });
    }
    if entry.get("spec_version").is_some_and(|version| version.as_str() != Some("2.1")) {
        judge.inside(Step::Key("spec_version"), |judge| {
            judge.report(&rule::SPEC_VERSION, "`spec_version` must be \"2.1\"");
        });
    }
    let Some(kind) = schema::kind_of(name) else { return };
    if Class::of(name) != Class::Sco {
        return judge.report(&rule::CONTAINER_TYPE, "only observables may stand in the container");
    }
    properties(judge, kind, entry);
    relation::orders(judge, kind, entry);
    observable::rules(judge, name, entry);
}

fn properties<'v>(judge: &mut Judge<'v>, kind: &'static Kind, entry: &'v Map<'_>) {
    for (name, value) in entry.iter() {
        let own = kind.properties.iter().find(|property| property.name == name);
        let Some(property) = own.or_else(|| schema::common(name)) else { continue };
        if name == "type" || name == "id" {
            continue;
        }
        judge.contained = own.is_some();
        judge.inside(Step::Key(name), |judge| judge.shaped(value, property.shape, property.required));
    }
    judge.contained = false;
    marking::granular_markings(judge, entry);
    judge.contained = true;
    if let Some(extensions) = entry.get("extensions") {
        judge.inside(Step::Key("extensions"), |judge| match extensions {
            Value::Null => {}
            Value::Object(map) => {
                for (key, extension) in map.iter() {
                    judge.inside(Step::Key(key), |judge| {
                        base::extension(judge, kind.name, Class::Sco, key, extension);
                    });
                }
            }
            _ => judge.report_in(&rule::DICTIONARY, "3.2", "`extensions` must be a dictionary"),
        });
    }
    judge.contained = false;
    for property in kind.properties.iter().filter(|property| property.required) {
        if !entry.contains_key(property.name) {
            let message = format_args!("`{}` is required for {}", property.name, kind.name);
            judge.report_in(&rule::REQUIRED, kind.clause, message);
        }
    }
    if !kind.one_of.is_empty() && !kind.one_of.iter().any(|name| entry.contains_key(name)) {
        let message = format_args!("{} needs at least one of {}", kind.name, kind.one_of.join(", "));
        judge.report_in(&rule::REQUIRED, kind.clause, message);
    }
}
