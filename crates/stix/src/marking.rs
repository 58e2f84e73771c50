//! Data markings (STIX 2.1 clause 7.2): the Traffic Light Protocol in both published forms, what a marking
//! definition means, granular markings and their selectors.
//!
//! Nothing here decides who may see what; it only says what a marking is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::Id;
use crate::json::{self, Map, Value};
use crate::limits::Limits;
use crate::object::Object;

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

/// One step of a selector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A property of an object or a key of a dictionary.
    Key(String),
    /// An element of a list, from 0.
    Index(usize),
}

/// A path to a part of an object, such as `external_references.[0].url` (clause 7.2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    segments: Vec<Segment>,
}

/// Why a text is not a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no selector; write property names and [n] for list elements, joined by full stops")]
pub struct SelectorError(String);

/// More steps than any object allowed by the limits has.
const MOST_SEGMENTS: usize = 128;

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// [`SelectorError`] when a step is neither a name nor `[n]`, or the first is no name.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let refuse = || SelectorError(text.chars().take(120).collect());
        let mut segments = Vec::new();
        for part in text.split('.') {
            segments.push(segment(part).ok_or_else(refuse)?);
            if segments.len() > MOST_SEGMENTS {
                return Err(refuse());
            }
        }
        if !matches!(segments.first(), Some(Segment::Key(_))) {
            return Err(refuse());
        }
        Ok(Self { segments })
    }

    /// The steps, at least one.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// A selector of known steps.
    pub(crate) fn from_segments(segments: Vec<Segment>) -> Self {
        Self { segments }
    }

    /// The value that the selector points to within `object`.
    #[must_use]
    pub fn find<'v, 'a>(&self, object: &'v Map<'a>) -> Option<&'v Value<'a>> {
        let (first, rest) = self.segments.split_first()?;
        let Segment::Key(key) = first else { return None };
        rest.iter().try_fold(object.get(key)?, |value, segment| match (segment, value) {
            (Segment::Key(key), Value::Object(map)) => map.get(key),
            (Segment::Index(at), Value::Array(list)) => list.get(*at),
            _ => None,
        })
    }
}

fn segment(part: &str) -> Option<Segment> {
    if let Some(index) = part.strip_prefix('[') {
        let digits = index.strip_suffix(']')?;
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'))
            && digits.len() <= 9;
        return if plain { digits.parse().ok().map(Segment::Index) } else { None };
    }
    let named = (1..=250).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    named.then(|| Segment::Key(part.to_owned()))
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                out.write_str(".")?;
            }
            match segment {
                Segment::Key(key) => out.write_str(key)?,
                Segment::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        Self::parse(text)
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object<'_> {
        Object::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn levels_are_ordered_by_strictness_and_read_in_every_spelling() {
        assert!(Tlp::ALL.is_sorted());
        for level in Tlp::ALL {
            assert_eq!(level.short().parse(), Ok(level));
            assert_eq!(level.name().parse(), Ok(level));
            assert_eq!(Tlp::from_marking_id(level.marking_id()), Some(level));
            let written = serde_json::to_string(&level).unwrap();
            assert_eq!(serde_json::from_str::<Tlp>(&written).unwrap(), level);
        }
        assert_eq!("white".parse(), Ok(Tlp::Clear));
        assert_eq!("TLP:White".parse(), Ok(Tlp::Clear));
        assert!("amber strict".parse::<Tlp>().is_err());
        assert!("".parse::<Tlp>().is_err());
    }

    #[test]
    fn published_definitions_mean_their_level() {
        for level in Tlp::ALL {
            let text = level.definition();
            assert_eq!(meaning(&object(&text)), Meaning::Tlp(level));
            assert!(level.is_exact_definition(&object(&text)));
        }
        let white = concat!(
            r#"{"type":"marking-definition","spec_version":"2.1","created":"2017-01-20T00:00:00.000Z","#,
            r#""id":"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9","#,
            r#""definition_type":"tlp","name":"TLP:WHITE","definition":{"tlp":"white"}}"#
        );
        assert_eq!(meaning(&object(white)), Meaning::Tlp(Tlp::Clear));
    }

    #[test]
    fn a_false_claim_to_be_tlp_is_unknown_and_a_statement_is_a_statement() {
        let loosened = Tlp::Red.definition().replace("TLP:RED", "TLP:CLEAR");
        assert_eq!(meaning(&object(&loosened)), Meaning::Unknown);
        assert!(claims_tlp(&object(&loosened)));
        let own_id = Tlp::Clear.definition().replace("94868c89", "14868c89");
        assert_eq!(meaning(&object(&own_id)), Meaning::Unknown);
        let statement = r#"{"type":"marking-definition","spec_version":"2.1",
            "id":"marking-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2017-01-20T00:00:00.000Z",
            "definition_type":"statement","definition":{"statement":"Copyright EXERCISE"}}"#;
        assert_eq!(meaning(&object(statement)), Meaning::Statement);
        let stolen =
            statement.replace("8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed");
        assert_eq!(
            meaning(&object(&stolen)),
            Meaning::Unknown,
            "a statement under the identifier of TLP:RED"
        );
        let other = statement.replace("\"statement\",", "\"pap\",");
        assert_eq!(meaning(&object(&other)), Meaning::Unknown);
    }

    #[test]
    fn selectors_are_read_and_written_back() {
        for text in
            ["id", "labels", "labels.[0]", "external_references.[12].url", "a1-b.SHA-256", "x_y.z.[0].[1]"]
        {
            assert_eq!(Selector::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "[0]",
            "abc[0]",
            "a.[x]",
            "a.[-1]",
            "a.[01]",
            "a.[]",
            "a.[9999999999]",
            "a b",
            "é",
        ] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_selector_finds_its_part() {
        let object = object(r#"{"labels":["a","b"],"ext":{"k":{"list":[{"x":1}]}}}"#);
        let at = |text: &str| object.at(&Selector::parse(text).unwrap()).cloned();
        assert_eq!(at("labels.[1]"), Some("b".into()));
        assert_eq!(at("ext.k.list.[0].x"), Some(Value::Integer(1)));
        assert_eq!(at("labels.[2]"), None);
        assert_eq!(at("labels.x"), None);
        assert_eq!(at("ext.[0]"), None);
        assert_eq!(at("nothing"), None);
    }
}
