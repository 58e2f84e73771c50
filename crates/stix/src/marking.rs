//! Data markings (STIX 2.1 clause 7.2): the Traffic Light Protocol in both published forms, what a marking
//! definition means, granular markings and their selectors; and the work on the markings of an object.
//!
//! [`get`] and [`is_marked`] ask which markings an object or a part of it carries, [`set`], [`add`], [`remove`] and
//! [`clear`] change them, [`effective`], [`language`], [`conflicts`] and [`strictest_tlp`] say what they come to. All
//! of them take markings as texts, since what came from outside may be malformed and must still be found and removed.
//!
//! ```
//! use comity_stix::marking::{Scope, Stamp, Tlp, add, is_marked};
//! use comity_stix::{Limits, Object};
//!
//! let text = br#"{"type":"url","id":"url--c27c572c-2e17-5ce1-817e-67bb97629a56","value":"https://example.org/"}"#;
//! let url = Object::parse(text, &Limits::default())?;
//! let red = Tlp::Red.marking_id();
//! let marked = Object::from_value(add(&url, &[red], None, Stamp::Keep)?)?;
//! let inherited = Scope { inherited: true, ..Scope::default() };
//! assert!(is_marked(&marked, &[red], Some(&["value"]), inherited)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here decides who may see what; it only says what a marking is.

mod effective;
mod read;
mod selector;
mod write;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::Id;
use crate::json::{self, Value};
use crate::limits::Limits;
use crate::object::Object;
use crate::version::VersionError;

pub use effective::{
    Conflict, ConflictKind, Effective, Label, Source, Strictest, conflicts, effective, language,
    strictest_tlp,
};
pub use read::{Scope, get, is_marked};
pub use selector::{Segment, Selector, SelectorError};
pub use write::{Stamp, add, clear, name_of, remove, set};

/// The extension through which TLP 2.0 marking definitions declare themselves.
pub const TLP_EXTENSION: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

/// A level of the Traffic Light Protocol 2.0, ordered by strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tlp {
    /// No limit on disclosure; called white by TLP 1.
    Clear,
    /// Limited to the community.
    Green,
    /// Limited to the recipient's organisation and its clients, on need to know.
    Amber,
    /// Limited to the recipient's organisation.
    AmberStrict,
    /// For the eyes of the individual recipients only.
    Red,
}

/// The text names no level of the Traffic Light Protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no TLP level; use clear, green, amber, amber+strict or red")]
pub struct TlpError(String);

/// Which published form of the protocol a definition has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edition {
    One,
    Two,
}

/// Every published definition: level, edition, identifier.
const DEFINITIONS: [(Tlp, Edition, &str); 9] = [
    (Tlp::Clear, Edition::Two, "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"),
    (Tlp::Green, Edition::Two, "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
    (Tlp::Amber, Edition::Two, "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
    (Tlp::AmberStrict, Edition::Two, "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"),
    (Tlp::Red, Edition::Two, "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"),
    (Tlp::Clear, Edition::One, "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"),
    (Tlp::Green, Edition::One, "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"),
    (Tlp::Amber, Edition::One, "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"),
    (Tlp::Red, Edition::One, "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"),
];

impl Tlp {
    /// Every level, the most open first.
    pub const ALL: [Self; 5] = [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict, Self::Red];

    /// The official name, such as `TLP:AMBER+STRICT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        }
    }

    /// The short name, such as `amber+strict`.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::AmberStrict => "amber+strict",
            Self::Red => "red",
        }
    }

    /// The identifier of the published TLP 2.0 marking definition.
    #[must_use]
    pub fn marking_id(self) -> &'static str {
        DEFINITIONS
            .iter()
            .find(|(level, edition, _)| *level == self && *edition == Edition::Two)
            .map_or("", |(_, _, id)| id)
    }

    /// The level behind the identifier of a published definition: the five of TLP 2.0 and the four constants of
    /// TLP 1 (clause 7.2.1.4).
    #[must_use]
    pub fn from_marking_id(id: &str) -> Option<Self> {
        DEFINITIONS.iter().find(|(_, _, known)| *known == id).map(|(level, _, _)| *level)
    }

    /// The published TLP 2.0 marking definition as JSON text.
    #[must_use]
    pub fn definition(self) -> String {
        text_of(self, Edition::Two, self.marking_id())
    }

    /// Whether `object` is the published definition of this level, of either edition, property for property.
    #[must_use]
    pub fn is_exact_definition(self, object: &Object<'_>) -> bool {
        Self::of_definition(object) == Some(self)
    }

    /// The level of which `object` is the published definition, of either edition, property for property.
    #[must_use]
    pub fn of_definition(object: &Object<'_>) -> Option<Self> {
        let id = object.value().get("id").and_then(Value::as_str)?;
        let (level, edition, _) = DEFINITIONS.iter().find(|(_, _, known)| *known == id)?;
        let text = text_of(*level, *edition, id);
        let published = json::parse(text.as_bytes(), &Limits::default()).ok()?;
        (published.as_object() == Some(object.value())).then_some(*level)
    }
}

fn text_of(level: Tlp, edition: Edition, id: &str) -> String {
    let short = if edition == Edition::One && level == Tlp::Clear { "white" } else { level.short() };
    let name = format!("TLP:{}", short.to_ascii_uppercase());
    let head = r#"{"type":"marking-definition","spec_version":"2.1""#;
    match edition {
        Edition::One => format!(
            r#"{head},"id":"{id}","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"{name}","definition":{{"tlp":"{short}"}}}}"#
        ),
        Edition::Two => format!(
            r#"{head},"id":"{id}","created":"2022-10-01T00:00:00.000Z","name":"{name}","extensions":{{"{TLP_EXTENSION}":{{"extension_type":"property-extension","tlp_2_0":"{short}"}}}}}}"#
        ),
    }
}

impl fmt::Display for Tlp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Tlp {
    type Err = TlpError;

    /// Takes the short and the official name in any case, and `white` for clear.
    fn from_str(text: &str) -> Result<Self, TlpError> {
        let lower = text.to_ascii_lowercase();
        let short = lower.strip_prefix("tlp:").unwrap_or(&lower);
        if short == "white" {
            return Ok(Self::Clear);
        }
        let found = Self::ALL.into_iter().find(|level| level.short() == short);
        found.ok_or_else(|| TlpError(text.chars().take(40).collect()))
    }
}

impl Serialize for Tlp {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.short())
    }
}

impl<'de> Deserialize<'de> for Tlp {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a marking definition says about release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meaning {
    /// It is the published definition of this level.
    Tlp(Tlp),
    /// It is a statement (clause 7.2.1.3), such as a copyright notice; it restricts nothing.
    Statement,
    /// It cannot be interpreted: an unknown kind, an extension, or a claim to be TLP that differs from what is
    /// published. Treat it as the strictest.
    Unknown,
}

/// What `definition` means.
#[must_use]
pub fn meaning(definition: &Object<'_>) -> Meaning {
    if let Some(level) = Tlp::of_definition(definition) {
        return Meaning::Tlp(level);
    }
    let value = definition.value();
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let statement = definition.kind() == "marking-definition"
        && text("definition_type") == Some("statement")
        && !value.contains_key("extensions")
        && text("id").is_some_and(|id| Tlp::from_marking_id(id).is_none());
    if statement { Meaning::Statement } else { Meaning::Unknown }
}

/// Whether `definition` claims to be a TLP marking: by its type, its extension or its identifier.
#[must_use]
pub fn claims_tlp(definition: &Object<'_>) -> bool {
    let value = definition.value();
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    text("definition_type").is_some_and(|kind| kind.eq_ignore_ascii_case("tlp"))
        || text("id").is_some_and(|id| Tlp::from_marking_id(id).is_some())
        || value
            .get("extensions")
            .and_then(Value::as_object)
            .is_some_and(|map| map.contains_key(TLP_EXTENSION))
}

/// Why markings cannot be read or changed as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MarkingError {
    /// The text is no selector or points to nothing in the object (clause 7.2.3.1), or no selector was given.
    #[error("{0:?} selects nothing in this object; name a property or list element that is there")]
    InvalidSelector(String),
    /// The marking to take away is not there.
    #[error("the marking {0:?} is not there")]
    NotFound(String),
    /// The value is neither the identifier of a marking definition nor, for parts of an object, a language; or there
    /// is none (the text is empty then).
    #[error(
        "{0:?} is no marking; give the identifier of another object, a marking definition, or for parts a language"
    )]
    InvalidValue(String),
    /// The markings that the object has cannot be understood, so changing them might lose one.
    #[error("`{0}` is malformed; repair it before changing markings")]
    Malformed(String),
    /// There can be no new version of the object.
    #[error(transparent)]
    Version(#[from] VersionError),
}

/// One entry of `granular_markings` (clause 7.2.3): a marking or a language for parts of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granular {
    /// The parts. A malformed selector is left out here; validation reports it as an error.
    pub selectors: Vec<Selector>,
    /// The marking definition, absent when the entry names a language.
    pub marking_ref: Option<Id>,
    /// The language of the parts, as RFC 5646 writes it.
    pub lang: Option<String>,
}

impl Granular {
    /// Reads one entry; `None` when it is no dictionary.
    #[must_use]
    pub fn from_value(value: &Value<'_>) -> Option<Self> {
        let entry = value.as_object()?;
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let listed = entry.get("selectors").and_then(Value::as_array).unwrap_or_default();
        Some(Self {
            selectors: listed.iter().filter_map(|item| Selector::parse(item.as_str()?).ok()).collect(),
            marking_ref: text("marking_ref").and_then(|id| Id::parse(id).ok()),
            lang: text("lang").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests;
