//! The next version of one object.

use std::collections::BTreeSet;

use super::{Custom, VersionError};
use crate::id::Id;
use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::observable::contributing;
use crate::schema::{self, Registry};
use crate::time::Timestamp;
use crate::validate::{Finding, Level, validate};

/// The same in every version (clauses 3.2 and 3.6).
const UNMODIFIABLE: &[&str] = &["type", "spec_version", "id", "created_by_ref", "created"];

const MILLI: i64 = 1_000;

/// The next version of `object` with `changes`: each value replaces the property of its name or is added at the end;
/// `null` removes the property. Everything else stays as it is, in its order.
///
/// `modified` becomes `at`, with at least three digits of a second. When `at` is not later than the object, the least
/// later time is taken: one millisecond later if the object's time is written in milliseconds, else one microsecond.
/// A `modified` among the changes is taken instead of `at`.
///
/// Custom properties are allowed and no extension is registered; see [`new_version_with`].
///
/// # Errors
/// [`VersionError`]: the object has no versions or is revoked, a change names a property that never changes, or the
/// change breaks a rule of the standard that the object kept (rules it broke before are let pass).
pub fn new_version<'a>(
    object: &Object<'a>,
    changes: &Map<'a>,
    at: &Timestamp,
) -> Result<Value<'a>, VersionError> {
    new_version_with(object, changes, at, Custom::Allowed, &Registry::standard())
}

/// As [`new_version`], with a say about custom properties and with registered extensions.
///
/// # Errors
/// As [`new_version`], and [`VersionError::Custom`].
pub fn new_version_with<'a>(
    object: &Object<'a>,
    changes: &Map<'a>,
    at: &Timestamp,
    custom: Custom,
    registry: &Registry,
) -> Result<Value<'a>, VersionError> {
    open(object)?;
    let locked: Vec<String> =
        changes.keys().filter(|name| is_locked(object, name)).map(str::to_owned).collect();
    if !locked.is_empty() {
        return Err(VersionError::Unmodifiable(locked));
    }
    let modified = next_time(object, changes, at)?;
    let changed = apply(object.value(), changes, &modified);
    // A dictionary always makes an object.
    let Ok(changed) = Object::from_value(Value::Object(changed)) else {
        return Err(VersionError::NotVersioned);
    };
    let strict = match custom {
        Custom::Allowed => false,
        Custom::Refused => true,
        Custom::AsBefore => customs(object, registry).is_empty(),
    };
    if strict {
        let found = customs(&changed, registry);
        if !found.is_empty() {
            return Err(VersionError::Custom(found));
        }
    }
    match broken_by(object, &changed, registry) {
        Some(finding) => Err(VersionError::Invalid(Box::new(finding))),
        None => Ok(changed.into_value()),
    }
}

/// The version of `object` that revokes it (clause 3.6): `revoked` is true and `modified` is as [`new_version`] sets
/// it. Nothing else changes.
///
/// # Errors
/// [`VersionError::AlreadyRevoked`], or as [`new_version`].
pub fn revoke<'a>(object: &Object<'a>, at: &Timestamp) -> Result<Value<'a>, VersionError> {
    if object.revoked() {
        return Err(VersionError::AlreadyRevoked);
    }
    let changes: Map<'a> = [("revoked", Value::Bool(true))].into_iter().collect();
    new_version(object, &changes, at)
}

/// Whether objects like this one have versions: domain and relationship objects, language content and extension
/// definitions that say when they were `created`, objects of unknown types that do, and observables that carry all of
/// `created`, `modified` and `revoked` (clause 3.6 allows an observable the versioning properties).
///
/// # Errors
/// [`VersionError::Type`] or [`VersionError::NotVersioned`] says why not.
pub fn is_versionable(object: &Object<'_>) -> Result<(), VersionError> {
    let has = |name| object.value().contains_key(name);
    let kind = || VersionError::Type(object.kind().chars().take(120).collect());
    match Registry::standard().class_of(object) {
        Class::Marking | Class::Bundle => return Err(kind()),
        Class::Sco if !(has("created") && has("modified") && has("revoked")) => return Err(kind()),
        _ if !has("type") => return Err(kind()),
        _ => {}
    }
    if object.created().is_some() { Ok(()) } else { Err(VersionError::NotVersioned) }
}

/// The same object with other markings, as a new version; judges only what a change of markings can break.
pub(crate) fn restamp<'a>(
    object: &Object<'a>,
    changes: &Map<'a>,
    at: &Timestamp,
) -> Result<Value<'a>, VersionError> {
    open(object)?;
    let modified = next_time(object, changes, at)?;
    Ok(Value::Object(apply(object.value(), changes, &modified)))
}

/// Whether the object has versions and is not revoked.
fn open(object: &Object<'_>) -> Result<(), VersionError> {
    is_versionable(object)?;
    if object.revoked() { Err(VersionError::Revoked) } else { Ok(()) }
}

/// The time of the next version.
fn next_time(object: &Object<'_>, changes: &Map<'_>, at: &Timestamp) -> Result<Timestamp, VersionError> {
    let old = last_time(object)?;
    let Some(given) = changes.get("modified") else { return later(&old, at) };
    let shown = || given.as_str().unwrap_or("that is no text").chars().take(64).collect::<String>();
    let time = given.as_str().and_then(|text| Timestamp::parse(text).ok());
    let time = time.ok_or_else(|| VersionError::Modified(shown()))?;
    if time > old {
        Ok(padded(&time))
    } else {
        Err(VersionError::NotLater { given: shown(), old: old.to_string() })
    }
}

/// The later of `created` and `modified`; a `modified` that cannot be read stops, since nothing is known to be later.
fn last_time(object: &Object<'_>) -> Result<Timestamp, VersionError> {
    let created = object.created().ok_or(VersionError::NotVersioned)?;
    match (object.value().get("modified"), object.modified()) {
        (None, _) => Ok(created),
        (Some(_), Some(modified)) => Ok(modified.max(created)),
        (Some(found), None) => {
            let shown = found.as_str().unwrap_or("that is no text").chars().take(64).collect();
            Err(VersionError::Modified(shown))
        }
    }
}

fn later(old: &Timestamp, at: &Timestamp) -> Result<Timestamp, VersionError> {
    if at > old {
        return Ok(padded(at));
    }
    let end = || VersionError::EndOfTime(old.to_string());
    let next = if old.digits() <= 3 {
        let millis = old.micros().div_euclid(MILLI).checked_add(1).and_then(|next| next.checked_mul(MILLI));
        let text = Timestamp::from_micros(millis.ok_or_else(end)?).to_string();
        // Six digits are written; of a whole millisecond the last three are zeros.
        Timestamp::parse(&text.replacen("000Z", "Z", 1)).map_err(|_| end())?
    } else {
        Timestamp::from_micros(old.micros().checked_add(1).ok_or_else(end)?)
    };
    if next > *old { Ok(next) } else { Err(end()) }
}

/// The same instant with at least three digits of a second (clause 3.2).
fn padded(time: &Timestamp) -> Timestamp {
    let zeros = 3usize.saturating_sub(time.digits());
    let body = time.as_str().trim_end_matches('Z');
    let point = if time.digits() == 0 { "." } else { "" };
    let text = format!("{body}{point}{}Z", "0".repeat(zeros));
    if zeros == 0 { time.clone() } else { Timestamp::parse(&text).unwrap_or_else(|_| time.clone()) }
}

fn is_locked(object: &Object<'_>, name: &str) -> bool {
    // Changing one under the same identifier would make the identifier false.
    let makes_id = || contributing(object.kind()).is_some_and(|names| names.contains(&name));
    UNMODIFIABLE.contains(&name) || (makes_id() && object.id().is_some_and(|id| id.uuid_version() == 5))
}

fn apply<'a>(map: &Map<'a>, changes: &Map<'a>, modified: &Timestamp) -> Map<'a> {
    let mut left = map.clone();
    left.retain(|key, value| match changes.get(key) {
        Some(Value::Null) => false,
        Some(new) => {
            *value = new.clone();
            true
        }
        None => true,
    });
    for (key, value) in changes.iter().filter(|(key, value)| **value != Value::Null && *key != "modified") {
        left.insert(key.to_owned(), value.clone());
    }
    let stamp = Value::from(modified.to_string());
    if left.contains_key("modified") {
        left.insert("modified", stamp);
        return left;
    }
    // A `modified` that was not there belongs next to `created`.
    let mut ordered = Map::new();
    for (key, value) in left {
        let after = key == "created";
        ordered.insert(key, value);
        if after {
            ordered.insert("modified", stamp.clone());
        }
    }
    ordered
}

/// The top-level properties and the keys of extensions that nobody defined. Of an unknown type nothing can be said.
fn customs(object: &Object<'_>, registry: &Registry) -> Vec<String> {
    let Some(kind) = schema::kind_of(object.kind()) else { return Vec::new() };
    let extensions = object.value().get("extensions").and_then(Value::as_object);
    let brings = |entry: &Value<'_>| {
        let declared = entry.as_object().and_then(|entry| entry.get("extension_type"));
        declared.and_then(Value::as_str) == Some("toplevel-property-extension")
    };
    let extended = extensions.is_some_and(|map| map.iter().any(|(_, entry)| brings(entry)));
    let known = |name: &str| {
        extended
            || schema::common(name).is_some()
            || kind.properties.iter().any(|property| property.name == name)
            || registry.knows_property(name)
    };
    let mut found: Vec<String> =
        object.value().keys().filter(|name| !known(name)).map(str::to_owned).collect();
    for key in extensions.into_iter().flat_map(Map::keys) {
        let predefined = kind.extensions.iter().any(|(name, _)| *name == key);
        let defined = key.starts_with("extension-definition--") && Id::is_valid(key);
        if !predefined && !defined {
            found.push(format!("extensions.{key}"));
        }
    }
    found
}

/// The first error of the changed object that the object did not have.
fn broken_by(before: &Object<'_>, after: &Object<'_>, registry: &Registry) -> Option<Finding> {
    let mut errors = validate(after, registry);
    errors.retain(|finding| finding.level == Level::Error);
    if errors.is_empty() {
        return None;
    }
    let known: BTreeSet<_> = validate(before, registry)
        .into_iter()
        .map(|finding| (finding.code, finding.path, finding.message))
        .collect();
    errors
        .into_iter()
        .find(|finding| !known.contains(&(finding.code, finding.path.clone(), finding.message.clone())))
}
