//! Rows of the corpora `marking-ops` and `versioning-ops` against this crate: pure functions from rows to lines, one
//! for each row that came out differently.
//!
//! A row was recorded from calls of another library, with the values that the calls had. Four things are not in the
//! rows and are decided here:
//! - The order of markings of a whole object is not fixed there, so those lists are compared as sets; the order of
//!   `granular_markings` and of their selectors is compared.
//! - Whether a call allowed custom properties was not recorded. A row of a test that is named for it
//!   (`disable_custom`, `enable_custom`) follows the name; every other may add them to an object that has some.
//! - What is no dictionary cannot be put to this crate as an object: that refusal answers `TypeNotVersionableError`.
//! - A time that the other library took from its clock stands as a placeholder: any later time is right.

use std::collections::BTreeSet;

use comity_stix::marking::{self, MarkingError, Scope, Stamp};
use comity_stix::version::{self, Custom, VersionError};
use comity_stix::{Limits, Object, Registry, Timestamp, Value};
use serde_json::Value as Json;

const PLACEHOLDER: &str = "<later than the input's modified>";
const NOW: &str = "2026-01-01T00:00:00.000Z";

/// What came of a call: the result as JSON, or the name of the error in the rows and ours.
type Outcome = Result<Json, (&'static str, String)>;

/// Every row of `marking-ops` that came out differently.
pub fn marking_ops(rows: &[Json]) -> Vec<String> {
    rows.iter().filter_map(|row| failure(row, &marking_op(row))).collect()
}

/// Every row of `versioning-ops` that came out differently.
pub fn versioning_ops(rows: &[Json]) -> Vec<String> {
    rows.iter().filter_map(|row| failure(row, &versioning_op(row))).collect()
}

fn failure(row: &Json, outcome: &Outcome) -> Option<String> {
    let good = match outcome {
        Ok(result) => row["ok"] == Json::Bool(true) && same(row, result),
        Err((name, _)) => row["ok"] == Json::Bool(false) && row["error"].as_str() == Some(*name),
    };
    let expected = if row["ok"] == Json::Bool(true) { &row["result"] } else { &row["error"] };
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    (!good).then(|| format!("{} {}: expected {expected}, came {outcome:?}", text("id"), text("fn")))
}

fn same(row: &Json, result: &Json) -> bool {
    let expected = &row["result"];
    if let (Some(expected), Some(result)) = (expected.as_array(), result.as_array()) {
        return set_of(expected) == set_of(result);
    }
    let (Some(expected), Some(result)) = (expected.as_object(), result.as_object()) else {
        return expected == result;
    };
    expected.len() == result.len()
        && expected.iter().all(|(key, wanted)| match (key.as_str(), result.get(key)) {
            ("modified", Some(came)) if wanted.as_str() == Some(PLACEHOLDER) => is_later(&row["object"], came),
            ("object_marking_refs", Some(came)) => {
                let lists = (wanted.as_array(), came.as_array());
                matches!(lists, (Some(wanted), Some(came)) if wanted.len() == came.len() && set_of(wanted) == set_of(came))
            }
            (_, came) => came == Some(wanted),
        })
}

fn set_of(list: &[Json]) -> BTreeSet<String> {
    list.iter().map(ToString::to_string).collect()
}

/// Whether `came` is a time of at least three digits after the last one of the object.
fn is_later(object: &Json, came: &Json) -> bool {
    let time = |value: &Json| value.as_str().and_then(|text| Timestamp::parse(text).ok());
    let old = time(&object["modified"]).or_else(|| time(&object["created"]));
    time(came).is_some_and(|came| came.digits() >= 3 && old.is_some_and(|old| came > old))
}

fn versioning_op(row: &Json) -> Outcome {
    let bytes = row["object"].to_string().into_bytes();
    let object = Object::parse(&bytes, &Limits::default())
        .map_err(|error| ("TypeNotVersionableError", error.to_string()))?;
    let change = row["change"].to_string().into_bytes();
    let change =
        Object::parse(&change, &Limits::default()).map_err(|error| ("no change", error.to_string()))?;
    let now = now()?;
    let made = if row["fn"] == "revoke" {
        version::revoke(&object, &now)
    } else {
        let test = row["test"].as_str().unwrap_or_default();
        let custom = match test {
            test if test.ends_with("disable_custom") => Custom::Refused,
            test if test.ends_with("enable_custom") => Custom::Allowed,
            _ => Custom::AsBefore,
        };
        version::new_version_with(&object, change.value(), &now, custom, &Registry::standard())
    };
    made.map_err(|error| (version_error(&error), error.to_string())).and_then(|value| json_of(&value))
}

fn marking_op(row: &Json) -> Outcome {
    let bytes = row["object"].to_string().into_bytes();
    let object =
        Object::parse(&bytes, &Limits::default()).map_err(|error| ("no object", error.to_string()))?;
    let name = row["fn"].as_str().unwrap_or_default();
    let order: &[&str] = match name {
        "get_markings" => &["selectors", "inherited", "descendants", "marking_ref", "lang"],
        "is_marked" => &["marking", "selectors", "inherited", "descendants"],
        "set_markings" => &["marking", "selectors", "marking_ref", "lang"],
        "add_markings" | "remove_markings" => &["marking", "selectors"],
        _ => &["selectors", "marking_ref", "lang"],
    };
    let argument = |name: &str| {
        let place = order.iter().position(|known| *known == name);
        row["kwargs"].get(name).or_else(|| row["args"].get(place?)).filter(|value| !value.is_null())
    };
    let flag = |name: &str, default: bool| argument(name).and_then(Json::as_bool).unwrap_or(default);
    let scope = Scope {
        inherited: flag("inherited", false),
        descendants: flag("descendants", false),
        refs: flag("marking_ref", true),
        langs: flag("lang", true),
    };
    let selectors = argument("selectors").map(selectors).transpose()?;
    let selectors: Option<Vec<&str>> =
        selectors.as_ref().map(|list| list.iter().map(String::as_str).collect());
    let selectors = selectors.as_deref();
    // Selectors are judged before markings, so unreadable markings count only when the selectors are right.
    let judged = marking::get(&object, selectors, scope).map_err(|error| fault(&error))?;
    if name == "get_markings" {
        return Ok(Json::from(judged));
    }
    let markings = argument("marking").map(markings).transpose()?.unwrap_or_default();
    let markings: Vec<&str> = markings.iter().map(String::as_str).collect();
    let now = now()?;
    let stamp = Stamp::At(&now);
    let made = match name {
        "is_marked" => {
            let is = marking::is_marked(&object, &markings, selectors, scope);
            return is.map(Json::from).map_err(|error| fault(&error));
        }
        "set_markings" => marking::set(&object, &markings, selectors, scope, stamp),
        "add_markings" => marking::add(&object, &markings, selectors, stamp),
        "remove_markings" => marking::remove(&object, &markings, selectors, stamp),
        "clear_markings" => marking::clear(&object, selectors, scope, stamp),
        other => return Err(("no function", other.to_owned())),
    };
    made.map_err(|error| fault(&error)).and_then(|value| json_of(&value))
}

/// One selector or a list of them.
fn selectors(value: &Json) -> Result<Vec<String>, (&'static str, String)> {
    let text = |item: &Json| {
        item.as_str().map(str::to_owned).ok_or_else(|| ("InvalidSelectorError", item.to_string()))
    };
    value.as_array().map_or_else(|| Ok(vec![text(value)?]), |list| list.iter().map(text).collect())
}

/// One marking or a list of them, each a text or a whole definition.
fn markings(value: &Json) -> Result<Vec<String>, (&'static str, String)> {
    let one = |item: &Json| {
        let bytes = item.to_string().into_bytes();
        let value = comity_stix::parse(&bytes, &Limits::default())
            .map_err(|error| ("no value", error.to_string()))?;
        marking::name_of(&value).map(str::to_owned).map_err(|error| fault(&error))
    };
    value.as_array().map_or_else(|| Ok(vec![one(value)?]), |list| list.iter().map(one).collect())
}

fn fault(error: &MarkingError) -> (&'static str, String) {
    let name = match error {
        MarkingError::InvalidSelector(_) => "InvalidSelectorError",
        MarkingError::NotFound(_) => "MarkingNotFoundError",
        MarkingError::InvalidValue(_) => "InvalidValueError",
        MarkingError::Version(error) => version_error(error),
        _ => "another",
    };
    (name, error.to_string())
}

fn version_error(error: &VersionError) -> &'static str {
    match error {
        VersionError::Type(_) => "TypeNotVersionableError",
        VersionError::NotVersioned => "ObjectNotVersionableError",
        VersionError::Revoked | VersionError::AlreadyRevoked => "RevokeError",
        VersionError::Unmodifiable(_) => "UnmodifiablePropertyError",
        VersionError::Modified(_) | VersionError::NotLater { .. } => "InvalidValueError",
        VersionError::Custom(_) => "ExtraPropertiesError",
        VersionError::Invalid(finding) if finding.code == "stix-required" => "MissingPropertiesError",
        VersionError::Invalid(_) => "InvalidValueError",
        _ => "another",
    }
}

fn now() -> Result<Timestamp, (&'static str, String)> {
    Timestamp::parse(NOW).map_err(|error| ("no time", error.to_string()))
}

fn json_of(value: &Value<'_>) -> Outcome {
    serde_json::to_value(value).map_err(|error| ("no JSON", error.to_string()))
}
