//! Changing the markings of an object or of its parts.
//!
//! The entries of `granular_markings` come out merged: one for each marking and language, in the order in which they
//! first stand, the added ones before the held ones, the selectors of each sorted. An entry that says more than the
//! standard knows is kept apart with what it says.

#![deny(clippy::arithmetic_side_effects)]

use std::collections::{BTreeMap, BTreeSet};

use super::read::{chosen, labels, object_level};
use super::{MarkingError, Scope};
use crate::id::Id;
use crate::json::{Map, Value};
use crate::language::is_language;
use crate::object::Object;
use crate::time::Timestamp;
use crate::version::{VersionError, restamp};

const OBJECT: &str = "object_marking_refs";
const GRANULAR: &str = "granular_markings";

/// What becomes of the version of an object whose markings change.
#[derive(Clone, Copy, Debug)]
pub enum Stamp<'t> {
    /// The result is a new version with this time, or the next possible one; a change of markings is a change like
    /// any other (clause 7.2.2).
    At(&'t Timestamp),
    /// `modified` stays. Right for objects that have no versions, such as most observables, and for drafts that were
    /// never shared.
    Keep,
}

/// Replaces the markings of the selected parts, or, without selectors, of the whole object, by `markings`. Of `scope`
/// only `refs` and `langs` matter: which markings of parts give way. Markings of parts around or within the selected
/// ones stay.
///
/// # Errors
/// [`MarkingError::InvalidSelector`], [`MarkingError::InvalidValue`] (also for no markings at all: that is what
/// [`clear`] is for), [`MarkingError::Malformed`], [`MarkingError::Version`].
pub fn set<'a>(
    object: &Object<'a>,
    markings: &[&str],
    selectors: Option<&[&str]>,
    scope: Scope,
    stamp: Stamp<'_>,
) -> Result<Value<'a>, MarkingError> {
    let parts = selectors.map(|selectors| names(object, selectors)).transpose()?;
    some(markings)?;
    let Some(parts) = parts else {
        let refs = references(object, markings)?;
        return finish(object, OBJECT, list(refs), stamp);
    };
    let mut lines = new_lines(object, markings, &parts)?;
    let mut held = lines_of(object)?;
    withdraw(&mut held, &parts, |kind, _| scope.takes(kind));
    lines.append(&mut held);
    finish(object, GRANULAR, written(lines), stamp)
}

/// Adds `markings` to the selected parts, or, without selectors, to the whole object. What is there already is not
/// doubled, but the result is a new version all the same.
///
/// # Errors
/// As [`set`].
pub fn add<'a>(
    object: &Object<'a>,
    markings: &[&str],
    selectors: Option<&[&str]>,
    stamp: Stamp<'_>,
) -> Result<Value<'a>, MarkingError> {
    let parts = selectors.map(|selectors| names(object, selectors)).transpose()?;
    some(markings)?;
    let Some(parts) = parts else {
        let held = held_references(object)?;
        let refs = held.into_iter().chain(references(object, markings)?).collect();
        return finish(object, OBJECT, list(refs), stamp);
    };
    let mut lines = new_lines(object, markings, &parts)?;
    lines.append(&mut lines_of(object)?);
    finish(object, GRANULAR, written(lines), stamp)
}

/// Takes `markings` away from the selected parts, or, without selectors, from the whole object. An object without any
/// markings of the kind comes back as it is.
///
/// # Errors
/// [`MarkingError::NotFound`] when the whole object lacks one of `markings`, or the selected parts lack all of them;
/// else as [`set`].
pub fn remove<'a>(
    object: &Object<'a>,
    markings: &[&str],
    selectors: Option<&[&str]>,
    stamp: Stamp<'_>,
) -> Result<Value<'a>, MarkingError> {
    let parts = selectors.map(|selectors| names(object, selectors)).transpose()?;
    some(markings)?;
    let gone: BTreeSet<&str> = markings.iter().copied().collect();
    let Some(parts) = parts else {
        let mut held = held_references(object)?;
        if held.is_empty() {
            return Ok(unchanged(object));
        }
        let there: BTreeSet<&str> = held.iter().map(String::as_str).collect();
        if let Some(missing) = markings.iter().find(|marking| !there.contains(*marking)) {
            return Err(not_found(missing));
        }
        held.retain(|marking| !gone.contains(marking.as_str()));
        return finish(object, OBJECT, list(held), stamp);
    };
    let mut lines = lines_of(object)?;
    if lines.is_empty() {
        return Ok(unchanged(object));
    }
    if !withdraw(&mut lines, &parts, |_, name| gone.contains(name)) {
        return Err(not_found(markings.first().unwrap_or(&"")));
    }
    finish(object, GRANULAR, written(lines), stamp)
}

/// Takes every marking away from the selected parts, or, without selectors, from the whole object (its granular
/// markings stay then). Of `scope` only `refs` and `langs` matter. An object without any markings of the kind comes
/// back as it is.
///
/// # Errors
/// [`MarkingError::NotFound`] when the object has granular markings, but none at any of the selected parts; else as
/// [`set`].
pub fn clear<'a>(
    object: &Object<'a>,
    selectors: Option<&[&str]>,
    scope: Scope,
    stamp: Stamp<'_>,
) -> Result<Value<'a>, MarkingError> {
    let Some(selectors) = selectors else {
        if !object.value().contains_key(OBJECT) {
            return Ok(unchanged(object));
        }
        return finish(object, OBJECT, None, stamp);
    };
    let parts = names(object, selectors)?;
    let mut lines = lines_of(object)?;
    if lines.is_empty() {
        return Ok(unchanged(object));
    }
    if lines.iter().all(|line| line.selectors.is_disjoint(&parts)) {
        return Err(not_found(selectors.first().unwrap_or(&"")));
    }
    withdraw(&mut lines, &parts, |kind, _| scope.takes(kind));
    finish(object, GRANULAR, written(lines), stamp)
}

/// The text by which the functions here know a marking that is given as JSON: the `id` of a marking definition, or
/// the text itself.
///
/// # Errors
/// [`MarkingError::InvalidValue`] when it is neither.
pub fn name_of<'v>(marking: &'v Value<'_>) -> Result<&'v str, MarkingError> {
    let definition = || {
        let map = marking.as_object()?;
        map.get("type").filter(|kind| kind.as_str() == Some("marking-definition"))?;
        map.get("id")?.as_str()
    };
    let shown = || serde_json::to_string(marking).unwrap_or_default().chars().take(120).collect();
    marking.as_str().or_else(definition).ok_or_else(|| MarkingError::InvalidValue(shown()))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Marking,
    Lang,
}

impl Scope {
    fn takes(self, kind: Kind) -> bool {
        match kind {
            Kind::Marking => self.refs,
            Kind::Lang => self.langs,
        }
    }
}

/// One marking or language and the parts it stands for.
struct Line<'a> {
    kind: Kind,
    name: String,
    selectors: BTreeSet<String>,
    /// The whole entry, when it says more than the standard knows.
    more: Option<Map<'a>>,
}

fn not_found(name: &str) -> MarkingError {
    MarkingError::NotFound(name.chars().take(120).collect())
}

fn invalid(name: &str) -> MarkingError {
    MarkingError::InvalidValue(name.chars().take(120).collect())
}

/// An empty list of markings is more likely a mistake than a wish to change nothing or everything.
fn some(markings: &[&str]) -> Result<(), MarkingError> {
    if markings.is_empty() { Err(invalid("")) } else { Ok(()) }
}

fn unchanged<'a>(object: &Object<'a>) -> Value<'a> {
    Value::Object(object.value().clone())
}

/// The selectors, checked, in the form in which they are written.
fn names(object: &Object<'_>, selectors: &[&str]) -> Result<BTreeSet<String>, MarkingError> {
    Ok(chosen(object, selectors)?.iter().map(ToString::to_string).collect())
}

/// Whether `name` may mark `object`: a marking definition other than the object itself (clauses 3.2 and 7.2.2).
fn is_reference(object: &Object<'_>, name: &str) -> bool {
    let id = Id::parse(name).ok().filter(|id| id.kind() == "marking-definition");
    id.is_some() && object.id() != id
}

fn references(object: &Object<'_>, markings: &[&str]) -> Result<Vec<String>, MarkingError> {
    let judged = markings
        .iter()
        .map(|name| if is_reference(object, name) { Ok((*name).to_owned()) } else { Err(invalid(name)) });
    judged.collect()
}

/// The markings of the whole object as they stand.
fn held_references(object: &Object<'_>) -> Result<Vec<String>, MarkingError> {
    let whole = match object.value().get(OBJECT) {
        None | Some(Value::String(_)) => true,
        Some(Value::Array(listed)) => listed.iter().all(|item| item.as_str().is_some()),
        Some(_) => false,
    };
    if !whole {
        return Err(MarkingError::Malformed(OBJECT.to_owned()));
    }
    Ok(object_level(object).map(str::to_owned).collect())
}

fn new_lines<'a>(
    object: &Object<'_>,
    markings: &[&str],
    parts: &BTreeSet<String>,
) -> Result<Vec<Line<'a>>, MarkingError> {
    let line = |name: &&str| {
        let kind = match *name {
            name if is_reference(object, name) => Kind::Marking,
            name if is_language(name) => Kind::Lang,
            name => return Err(invalid(name)),
        };
        Ok(Line { kind, name: (*name).to_owned(), selectors: parts.clone(), more: None })
    };
    markings.iter().map(line).collect()
}

/// The granular markings that the object has.
fn lines_of<'a>(object: &Object<'a>) -> Result<Vec<Line<'a>>, MarkingError> {
    let listed = match object.value().get(GRANULAR) {
        None => return Ok(Vec::new()),
        Some(Value::Array(listed)) => listed,
        Some(_) => return Err(MarkingError::Malformed(GRANULAR.to_owned())),
    };
    let mut lines = Vec::new();
    for (at, item) in listed.iter().enumerate() {
        let entry = item.as_object().and_then(entry_lines);
        lines.extend(entry.ok_or_else(|| MarkingError::Malformed(format!("{GRANULAR}.[{at}]")))?);
    }
    Ok(lines)
}

fn entry_lines<'a>(entry: &Map<'a>) -> Option<Vec<Line<'a>>> {
    let selectors: Option<BTreeSet<String>> =
        entry.get("selectors")?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    let selectors = selectors?;
    let more =
        entry.keys().any(|key| !matches!(key, "marking_ref" | "lang" | "selectors")).then(|| entry.clone());
    let found = labels(entry);
    if entry.contains_key("marking_ref") != found.marking.is_some()
        || entry.contains_key("lang") != found.lang.is_some()
    {
        return None;
    }
    let pairs = [(Kind::Marking, found.marking), (Kind::Lang, found.lang)];
    let lines: Vec<_> = pairs
        .into_iter()
        .filter_map(|(kind, name)| {
            Some(Line { kind, name: name?.to_owned(), selectors: selectors.clone(), more: more.clone() })
        })
        .collect();
    (!lines.is_empty()).then_some(lines)
}

/// Takes `parts` out of the lines that `which` names; whether one was there.
fn withdraw(lines: &mut Vec<Line<'_>>, parts: &BTreeSet<String>, which: impl Fn(Kind, &str) -> bool) -> bool {
    let mut found = false;
    for line in lines.iter_mut().filter(|line| which(line.kind, &line.name)) {
        let before = line.selectors.len();
        line.selectors.retain(|selector| !parts.contains(selector));
        found |= line.selectors.len() < before;
    }
    lines.retain(|line| !line.selectors.is_empty());
    found
}

/// The lines as a list of entries, merged; nothing when there is none.
fn written<'a>(lines: Vec<Line<'a>>) -> Option<Value<'a>> {
    let mut merged: Vec<Line<'a>> = Vec::new();
    let mut places: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    for mut line in lines {
        let key = (line.kind, line.name.clone());
        let held = places.get(&key).filter(|_| line.more.is_none()).and_then(|at| merged.get_mut(*at));
        if let Some(held) = held {
            held.selectors.append(&mut line.selectors);
        } else {
            if line.more.is_none() {
                places.insert(key, merged.len());
            }
            merged.push(line);
        }
    }
    let entries: Vec<_> = merged.into_iter().map(entry).collect();
    (!entries.is_empty()).then_some(Value::Array(entries))
}

fn entry(line: Line<'_>) -> Value<'_> {
    let (name, other) = match line.kind {
        Kind::Marking => ("marking_ref", "lang"),
        Kind::Lang => ("lang", "marking_ref"),
    };
    let mut entry = line.more.unwrap_or_default();
    entry.remove(other);
    entry.insert(name, Value::from(line.name));
    entry.insert("selectors", Value::Array(line.selectors.into_iter().map(Value::from).collect()));
    Value::Object(entry)
}

/// The markings as a list, each once; nothing when there is none.
fn list<'a>(refs: Vec<String>) -> Option<Value<'a>> {
    let mut seen = BTreeSet::new();
    let kept: Vec<Value<'a>> =
        refs.into_iter().filter(|name| seen.insert(name.clone())).map(Value::from).collect();
    (!kept.is_empty()).then_some(Value::Array(kept))
}

fn finish<'a>(
    object: &Object<'a>,
    key: &'static str,
    value: Option<Value<'a>>,
    stamp: Stamp<'_>,
) -> Result<Value<'a>, MarkingError> {
    match stamp {
        Stamp::At(at) => {
            let changes: Map<'a> = [(key, value.unwrap_or(Value::Null))].into_iter().collect();
            Ok(restamp(object, &changes, at)?)
        }
        Stamp::Keep if object.revoked() => Err(VersionError::Revoked.into()),
        Stamp::Keep => {
            let mut map = object.value().clone();
            match value {
                Some(value) => drop(map.insert(key, value)),
                None => drop(map.remove(key)),
            }
            Ok(Value::Object(map))
        }
    }
}
