//! Versions of objects (STIX 2.1 clause 3.6): which of several is the latest, and how the next one is made.
//!
//! [`Versions`] sorts a set of objects by identifier and time. [`new_version`] and [`revoke`] make the next version
//! of one object. The time of the change is a parameter; nothing here reads a clock.
//!
//! ```
//! use comity_stix::{Limits, Object, Timestamp, Versions, revoke};
//!
//! let text = br#"{"type":"tool","spec_version":"2.1","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
//!     "created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z","name":"EXERCISE"}"#;
//! let tool = Object::parse(text, &Limits::default())?;
//! let revoked = Object::from_value(revoke(&tool, &Timestamp::parse("2026-01-01T00:00:00Z")?)?)?;
//! let both = [revoked, tool];
//! let versions = Versions::of(&both);
//! for id in versions.ids() {
//!     assert!(versions.is_revoked(id));
//!     assert_eq!(versions.latest(id), both.first());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(clippy::arithmetic_side_effects)]

mod content;
mod make;
mod select;

use crate::id::Id;
use crate::object::Object;
use crate::validate::Finding;

pub(crate) use make::restamp;
pub use make::{is_versionable, new_version, new_version_with, revoke};
pub use select::{Conflict, Versions};

/// Why there can be no next version of an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// The type has no versions: a bundle, a marking definition, or an observable that does not carry all of
    /// `created`, `modified` and `revoked` (clauses 3.6, 7.2.1 and 8).
    #[error("objects of type {0:?} have no versions; make a new object instead")]
    Type(String),
    /// The object says no `created`, or one that is no timestamp.
    #[error("the object has no readable `created`, which a new version needs; add it first")]
    NotVersioned,
    /// The object is revoked, which is final (clause 3.6).
    #[error("the object is revoked; no later version may be made, make a new object instead")]
    Revoked,
    /// The object is revoked already.
    #[error("the object is revoked already")]
    AlreadyRevoked,
    /// These properties are the same in every version.
    #[error("{} cannot change between versions; leave it out of the changes", .0.join(", "))]
    Unmodifiable(Vec<String>),
    /// The `modified` among the changes is no timestamp.
    #[error("the new `modified` {0:?} is no timestamp; write YYYY-MM-DDTHH:MM:SS.sssZ")]
    Modified(String),
    /// The `modified` among the changes is not later than that of the object, or earlier than its `created`.
    #[error("the new `modified` {given} is not later than {old}; give a later one or none")]
    NotLater {
        /// What the changes say.
        given: String,
        /// What it must be later than.
        old: String,
    },
    /// The object's time is the last one that can be written, so there is no later one.
    #[error("there is no time after {0}")]
    EndOfTime(String),
    /// Custom properties or extensions are refused, and the new version would have these.
    #[error("the standard does not define {}; declare an extension or allow custom properties", .0.join(", "))]
    Custom(Vec<String>),
    /// The change breaks a rule of the standard that the object kept before.
    #[error("the change would break clause {} at {:?}: {}", .0.clause, .0.path, .0.message)]
    Invalid(Box<Finding>),
}

/// What is done about top-level properties and extensions that neither the standard nor a declared or registered
/// extension defines (clause 11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Custom {
    /// They are kept and may be added.
    #[default]
    Allowed,
    /// The new version may have none.
    Refused,
    /// They may be added to an object that has some already, else not.
    AsBefore,
}

/// What an identity may claim about an object (clauses 3.5 and 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authority {
    /// It is named in `created_by_ref`: it alone may make versions and revoke.
    Creator,
    /// Another identity is named, or the caller has none: make a new object with a new identifier, and a
    /// `derived-from` relationship to this one.
    Stranger,
    /// The object names no creator. The standard still allows versions to its creator only, so the caller must know
    /// from elsewhere whether it is that one.
    Unstated,
}

/// What `identity` is to `object`. A malformed `created_by_ref` makes everyone a stranger.
#[must_use]
pub fn authority(object: &Object<'_>, identity: Option<&Id>) -> Authority {
    match (object.value().contains_key("created_by_ref"), object.created_by_ref(), identity) {
        (false, ..) => Authority::Unstated,
        (true, Some(creator), Some(identity)) if creator == *identity => Authority::Creator,
        _ => Authority::Stranger,
    }
}

/// Whether `identity` is named as the creator of `object`, which is still open to change: versionable and not revoked.
/// Where no creator is named the answer is no; see [`authority`] for the difference.
#[must_use]
pub fn may_version(object: &Object<'_>, identity: Option<&Id>) -> bool {
    authority(object, identity) == Authority::Creator && is_versionable(object).is_ok() && !object.revoked()
}

#[cfg(test)]
mod tests;
