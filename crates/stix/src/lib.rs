//! STIX 2.1 for programs that must not lose, change or invent anything.
//!
//! The crate reads STIX documents strictly and under limits, whole or as a stream, and keeps the bytes of every object
//! as they came. It judges objects and documents by every rule of the standard that can be judged ([`mod@validate`]), with the
//! place in the source ([`locate`]) and repaired views ([`repair`]); reads patterns ([`pattern`]); derives identifiers
//! ([`observable`]); handles versions ([`version`]) and markings ([`marking`]), and removes marked content without leaving
//! an invalid object behind ([`redact`]); compares ([`diff`]), lifts STIX 2.0 ([`lift`]), and writes the RFC 8785
//! canonical form ([`canon`]). Typed views ([`typed`]) stand beside the raw properties, never instead of them.
//!
//! It does no input or output, reads no clock, and draws no random numbers. Patterns are read, not matched; similarity
//! of objects is not here.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss
)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod canon;
pub mod diff;
pub mod digest;
mod excerpt;
pub mod id;
pub mod json;
pub mod language;
pub mod lift;
pub mod limits;
pub mod locate;
mod map;
pub mod marking;
pub mod object;
pub mod observable;
pub mod pattern;
pub mod read;
pub mod redact;
pub mod repair;
pub mod rule;
pub mod schema;
pub mod stream;
pub mod time;
mod trail;
pub mod typed;
pub mod validate;
pub mod version;

pub use canon::{CanonError, canonical, digest};
pub use digest::{Digest, DigestError};
pub use id::{Id, IdError};
pub use json::{JsonError, JsonErrorKind, Map, Value, parse};
pub use limits::Limits;
pub use marking::{Granular, Meaning, Segment, Selector, SelectorError, Tlp, TlpError, meaning};
pub use object::{Class, Object, Reference};
pub use observable::{DeriveError, Derived};
pub use pattern::{Pattern, PatternError};
pub use read::{Document, Form, Item, ReadError, read};
pub use redact::{Refusal, drop_references, redacted, translations_of, visible, without};
pub use rule::{Level, Rule};
pub use schema::{Extension, ExtensionKind, Registry};
pub use stream::{Stream, StreamError, StreamItem};
pub use time::{TimeError, Timestamp};
pub use validate::{Finding, Placed, Profile, Report, Validator, is_valid, validate};
pub use version::{VersionError, Versions, new_version, revoke};
