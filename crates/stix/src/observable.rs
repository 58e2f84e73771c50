//! Deterministic identifiers of cyber-observable objects (STIX 2.1 clauses 2.9 and 3.4): the UUIDv5 of the RFC 8785
//! form of the "ID Contributing Properties" that clause 6 names for each type.
//!
//! An object is taken as it is; whether it is valid is a matter of [`mod@crate::validate`]. Within the contributing
//! properties that the standard defines, times are written without zeros that mean nothing and known names of hash
//! algorithms in the spelling of clause 10.7, so that one object has one identifier however its producer wrote it.

mod normal;

use std::borrow::Cow;

use uuid::Uuid;

use crate::canon::{CanonError, canonical};
use crate::id::{Id, IdError};
use crate::json::{Map, Value};
use crate::schema;
use crate::trail::{Step, path_of};

use normal::{Form, normal};

/// The namespace of the identifiers (clause 2.9).
pub const NAMESPACE: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);

/// The order in which one of several hashes is chosen (clauses 6.1, 6.7 and 6.18).
const PREFERRED: [&str; 4] = ["MD5", "SHA-1", "SHA-256", "SHA-512"];

/// So many single hashes are tried before an identifier is said to be another one.
const MOST_HASHES: usize = 8;

/// The types with what contributes to their identifiers, in the words of clause 6.
const CONTRIBUTING: [(&str, &[&str]); 18] = [
    ("artifact", &["hashes", "payload_bin"]),
    ("autonomous-system", &["number"]),
    ("directory", &["path"]),
    ("domain-name", &["value"]),
    ("email-addr", &["value"]),
    ("email-message", &["from_ref", "subject", "body"]),
    ("file", &["hashes", "name", "extensions", "parent_directory_ref"]),
    ("ipv4-addr", &["value"]),
    ("ipv6-addr", &["value"]),
    ("mac-addr", &["value"]),
    ("mutex", &["name"]),
    (
        "network-traffic",
        &["start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"],
    ),
    ("process", &[]),
    ("software", &["name", "cpe", "swid", "vendor", "version"]),
    ("url", &["value"]),
    ("user-account", &["account_type", "user_id", "account_login"]),
    ("windows-registry-key", &["key", "values"]),
    ("x509-certificate", &["hashes", "serial_number"]),
];

/// What the standard says about the identifier of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Derived {
    /// The identifier that the contributing properties give.
    Id(Id),
    /// The type is one of the standard, but nothing contributes: a UUIDv4 must be used (clause 2.9; clause 6.13 for
    /// `process`, to which no property ever contributes).
    Random,
    /// The type is no cyber-observable object of the standard; it has no known contributing properties.
    Undefined,
}

/// Why no identifier can be derived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// A contributing property has no exact canonical form.
    #[error("the identifier cannot be derived: {0}")]
    Canon(#[from] CanonError),
    /// A contributing property is or holds `null`, which STIX never allows (clause 3.1).
    #[error("the identifier cannot be derived: {path:?} is null; leave the property out")]
    Null {
        /// Where, as a selector.
        path: String,
    },
    /// `hashes` is there and holds no hash.
    #[error("the identifier cannot be derived: `hashes` holds no hash; name one or leave the property out")]
    NoHash,
    /// What was put together is no identifier.
    #[error("the identifier cannot be derived: {0}")]
    Id(#[from] IdError),
}

/// An object whose UUIDv5 is not the one that the standard's default rule gives. Other rules are allowed
/// (clause 3.4), so that this alone makes no object invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The identifier of the object.
    pub found: Id,
    /// What the default rule gives instead: an identifier, or that a UUIDv4 must be used.
    pub expected: Derived,
}

/// The "ID Contributing Properties" of a cyber-observable type of the standard: empty for `process`, none for every
/// other type.
#[must_use]
pub fn contributing(kind: &str) -> Option<&'static [&'static str]> {
    CONTRIBUTING.iter().find(|(name, _)| *name == kind).map(|(_, properties)| *properties)
}

/// Derives the identifier of an object by its `type`; its own `id` plays no part.
///
/// Of several hashes one is taken: MD5, SHA-1, SHA-256, SHA-512, else the one whose name sorts first, as the order of
/// keys is no part of an object.
///
/// # Errors
/// [`DeriveError`] when a contributing property has no exact canonical form: `null`, an integer beyond 2^53 - 1, or
/// `hashes` without a hash.
pub fn id_of(object: &Map<'_>) -> Result<Derived, DeriveError> {
    derive(object, Form::Normal, None)
}

/// Compares a UUIDv5 with the derived one. None when they agree, when the identifier is no UUIDv5, and when there is
/// nothing to compare with: for types that the standard does not define, and where [`id_of`] fails.
///
/// An identifier made of another one of the object's hashes, or of times in the spelling of the object, agrees: the
/// standard only advises which hash to take, and does not say how to spell a time.
#[must_use]
pub fn check(object: &Map<'_>) -> Option<Mismatch> {
    let found = object.get("id").and_then(Value::as_str).and_then(|text| Id::parse(text).ok())?;
    if found.uuid_version() != 5 {
        return None;
    }
    let agrees = |derived: &Derived| matches!(derived, Derived::Id(id) if *id == found);
    let expected = id_of(object).ok()?;
    if expected == Derived::Undefined || agrees(&expected) {
        return None;
    }
    let hashes = object.get("hashes").and_then(Value::as_object);
    let names = hashes.into_iter().flat_map(|map| map.keys()).take(MOST_HASHES).map(Some);
    let admitted = names.chain([None]).any(|hash| {
        [Form::Normal, Form::AsWritten]
            .into_iter()
            .any(|form| derive(object, form, hash).is_ok_and(|derived| agrees(&derived)))
    });
    (!admitted).then_some(Mismatch { found, expected })
}

/// Derives the identifier with the given spelling of times and names, and the given hash rather than the preferred
/// one.
fn derive(object: &Map<'_>, form: Form, hash: Option<&str>) -> Result<Derived, DeriveError> {
    let name = object.get("type").and_then(Value::as_str).unwrap_or_default();
    let (Some(properties), Some(kind)) = (contributing(name), schema::kind_of(name)) else {
        return Ok(Derived::Undefined);
    };
    let mut parts = Map::new();
    for key in properties {
        let Some(value) = object.get(key) else { continue };
        refuse_null(value, &mut vec![Step::Key(key)])?;
        let value = match (*key, value) {
            ("hashes", Value::Object(hashes)) => one_hash(hashes, form, hash)?,
            _ => normal(kind, key, value, form),
        };
        parts.insert(Cow::Borrowed(*key), value);
    }
    if parts.is_empty() {
        return Ok(Derived::Random);
    }
    let uuid = Uuid::new_v5(&NAMESPACE, &canonical(&Value::Object(parts))?);
    Ok(Derived::Id(Id::parse(&format!("{name}--{uuid}"))?))
}

/// The dictionary of the single hash that contributes.
fn one_hash<'a>(hashes: &Map<'a>, form: Form, wanted: Option<&str>) -> Result<Value<'a>, DeriveError> {
    if let Some(wanted) = wanted {
        let digest = hashes.get(wanted).ok_or(DeriveError::NoHash)?;
        let mut one = Map::new();
        one.insert(form.algorithm(wanted).into_owned(), digest.clone());
        return Ok(Value::Object(one));
    }
    let hashes = normal::hashes(hashes, form);
    let preferred = PREFERRED.into_iter().find(|name| hashes.contains_key(name));
    let chosen = preferred.or_else(|| hashes.keys().min()).ok_or(DeriveError::NoHash)?.to_owned();
    let mut one = Map::new();
    for (name, digest) in hashes {
        if name == chosen {
            one.insert(name, digest);
        }
    }
    Ok(Value::Object(one))
}

/// Refuses `null` at any depth. The nesting is bounded by what was read.
fn refuse_null<'v>(value: &'v Value<'_>, trail: &mut Vec<Step<'v>>) -> Result<(), DeriveError> {
    match value {
        Value::Null => Err(DeriveError::Null { path: path_of(trail) }),
        Value::Array(list) => list.iter().enumerate().try_for_each(|(at, item)| {
            trail.push(Step::Index(at));
            refuse_null(item, trail)?;
            trail.pop();
            Ok(())
        }),
        Value::Object(map) => map.iter().try_for_each(|(key, item)| {
            trail.push(Step::Key(key));
            refuse_null(item, trail)?;
            trail.pop();
            Ok(())
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
