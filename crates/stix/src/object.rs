//! One STIX object: its bytes as they came, its properties, and the questions that every consumer asks.
//!
//! Reading judges only that the text is one JSON dictionary within the limits. Whether it is valid STIX is a matter of
//! [`mod@crate::validate`]; the accessors here answer `None` for what is absent or malformed.

use crate::id::Id;
use crate::json::{self, Map, Value};
use crate::limits::Limits;
use crate::marking::{Granular, Segment, Selector};
use crate::read::ReadError;
use crate::time::Timestamp;

/// The family a type belongs to (STIX 2.1 clause 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Domain object.
    Sdo,
    /// Relationship object.
    Sro,
    /// Cyber-observable object.
    Sco,
    /// Marking definition.
    Marking,
    /// Language content.
    Language,
    /// Extension definition.
    Extension,
    /// Bundle, which is a container and no object.
    Bundle,
    /// A type that the standard does not define.
    Custom,
}

impl Class {
    /// The class of a type of the standard; [`Class::Custom`] for every other.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        match kind {
            "attack-pattern" | "campaign" | "course-of-action" | "grouping" | "identity" | "incident"
            | "indicator" | "infrastructure" | "intrusion-set" | "location" | "malware"
            | "malware-analysis" | "note" | "observed-data" | "opinion" | "report" | "threat-actor"
            | "tool" | "vulnerability" => Self::Sdo,
            "relationship" | "sighting" => Self::Sro,
            "artifact"
            | "autonomous-system"
            | "directory"
            | "domain-name"
            | "email-addr"
            | "email-message"
            | "file"
            | "ipv4-addr"
            | "ipv6-addr"
            | "mac-addr"
            | "mutex"
            | "network-traffic"
            | "process"
            | "software"
            | "url"
            | "user-account"
            | "windows-registry-key"
            | "x509-certificate" => Self::Sco,
            "marking-definition" => Self::Marking,
            "language-content" => Self::Language,
            "extension-definition" => Self::Extension,
            "bundle" => Self::Bundle,
            _ => Self::Custom,
        }
    }
}

/// An identifier in a reference property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands, in the form of a selector.
    pub path: String,
    /// The object it names.
    pub target: Id,
}

/// One object with its bytes as they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<'a> {
    bytes: &'a [u8],
    value: Map<'a>,
}

/// An identifier with quotes and a comma takes no less; fewer bytes than this times the limit need no counting.
const SHORTEST_REFERENCE: usize = 44;

impl<'a> Object<'a> {
    /// Reads one object.
    ///
    /// # Errors
    /// [`ReadError`] when the bytes are no JSON dictionary or exceed a limit: `object_bytes`, `depth`,
    /// `string_bytes`, `references`.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        Self::within(bytes.len(), limits)?;
        Self::of_value(bytes, json::parse(bytes, limits)?, limits)
    }

    /// Reads one object from a part of a text that was let through as UTF-8.
    pub(crate) fn parse_text(text: &'a str, limits: &Limits) -> Result<Self, ReadError> {
        if text.starts_with('\u{FEFF}') {
            return Self::parse(text.as_bytes(), limits);
        }
        Self::within(text.len(), limits)?;
        Self::of_value(text.as_bytes(), json::parse_text(text, limits)?, limits)
    }

    fn within(length: usize, limits: &Limits) -> Result<(), ReadError> {
        if length > limits.object_bytes {
            return Err(ReadError::ObjectTooLong(limits.object_bytes));
        }
        Ok(())
    }

    fn of_value(bytes: &'a [u8], value: Value<'a>, limits: &Limits) -> Result<Self, ReadError> {
        let Value::Object(value) = value else { return Err(ReadError::NotAnObject) };
        let object = Self { bytes, value };
        if bytes.len() / SHORTEST_REFERENCE >= limits.references {
            let mut count = 0usize;
            object.each_reference(&mut |_, _| count = count.saturating_add(1));
            if count > limits.references {
                return Err(ReadError::TooManyReferences(limits.references));
            }
        }
        Ok(object)
    }

    /// An object made in memory. It has no bytes of its own: [`Object::bytes`] is empty.
    ///
    /// # Errors
    /// [`ReadError::NotAnObject`] when the value is no dictionary.
    pub fn from_value(value: Value<'a>) -> Result<Self, ReadError> {
        match value {
            Value::Object(value) => Ok(Self { bytes: &[], value }),
            _ => Err(ReadError::NotAnObject),
        }
    }

    /// The bytes as they came; empty for an object made in memory.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The properties.
    #[must_use]
    pub fn value(&self) -> &Map<'a> {
        &self.value
    }

    /// The properties as a value, to be changed or made canonical.
    #[must_use]
    pub fn into_value(self) -> Value<'a> {
        Value::Object(self.value)
    }

    /// The `type`; empty when absent.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// The `id`, if well formed.
    #[must_use]
    pub fn id(&self) -> Option<Id> {
        self.text("id").and_then(|text| Id::parse(text).ok())
    }

    /// The `created` time.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        self.time("created")
    }

    /// The `modified` time.
    #[must_use]
    pub fn modified(&self) -> Option<Timestamp> {
        self.time("modified")
    }

    /// What orders the versions of an object: `modified`, else `created`, else nothing (clause 3.6).
    #[must_use]
    pub fn version(&self) -> Option<Timestamp> {
        self.modified().or_else(|| self.created())
    }

    /// The `spec_version` as written.
    #[must_use]
    pub fn spec_version(&self) -> Option<&str> {
        self.text("spec_version")
    }

    /// The creator.
    #[must_use]
    pub fn created_by_ref(&self) -> Option<Id> {
        self.text("created_by_ref").and_then(|text| Id::parse(text).ok())
    }

    /// Whether the creator revoked the object; absent means no.
    #[must_use]
    pub fn revoked(&self) -> bool {
        self.value.get("revoked").and_then(Value::as_bool).unwrap_or_default()
    }

    /// The `name`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// The markings of the whole object; malformed identifiers are left out, validation reports them as errors.
    #[must_use]
    pub fn object_marking_refs(&self) -> Vec<Id> {
        let listed = self.value.get("object_marking_refs").and_then(Value::as_array).unwrap_or_default();
        listed.iter().filter_map(|item| Id::parse(item.as_str()?).ok()).collect()
    }

    /// The markings of parts of the object.
    #[must_use]
    pub fn granular_markings(&self) -> Vec<Granular> {
        let listed = self.value.get("granular_markings").and_then(Value::as_array).unwrap_or_default();
        listed.iter().filter_map(Granular::from_value).collect()
    }

    /// Whether an object that this one contains carries markings of its own: an observable in the deprecated container of
    /// observed data (clause 2.13), or an object of a bundle. The markings of the whole do not speak for it.
    #[must_use]
    pub fn contains_markings(&self) -> bool {
        let marked = |value: &Value<'_>| {
            value.as_object().is_some_and(|map| {
                map.contains_key("object_marking_refs") || map.contains_key("granular_markings")
            })
        };
        match (self.kind(), self.value.get("objects")) {
            ("observed-data", Some(Value::Object(contained))) => {
                contained.iter().any(|(_, value)| marked(value))
            }
            ("bundle", Some(Value::Array(listed))) => listed.iter().any(marked),
            _ => false,
        }
    }

    /// Every well-formed identifier in a property whose name ends in `_ref` or `_refs`, at any depth, except those of
    /// markings.
    #[must_use]
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        self.each_reference(&mut |path, target| {
            if let Ok(target) = Id::parse(target) {
                found.push(Reference { path: Selector::from_segments(path.to_vec()).to_string(), target });
            }
        });
        found
    }

    /// The family of the type by the standard alone.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::of(self.kind())
    }

    /// The part that `selector` points to.
    #[must_use]
    pub fn at(&self, selector: &Selector) -> Option<&Value<'a>> {
        selector.find(&self.value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// Calls `visit` with path and text of every reference but those of markings.
    pub(crate) fn each_reference(&self, visit: &mut dyn FnMut(&[Segment], &str)) {
        walk_map(&self.value, &mut Vec::new(), visit);
    }

    fn time(&self, key: &str) -> Option<Timestamp> {
        self.text(key).and_then(|text| Timestamp::parse(text).ok())
    }
}

fn walk_map(map: &Map<'_>, path: &mut Vec<Segment>, visit: &mut dyn FnMut(&[Segment], &str)) {
    for (key, value) in map.iter() {
        if path.is_empty() && (key == "object_marking_refs" || key == "granular_markings") {
            continue;
        }
        let reference = key.ends_with("_ref") || key.ends_with("_refs");
        if reference || matches!(value, Value::Object(_) | Value::Array(_)) {
            path.push(Segment::Key(key.to_owned()));
            walk(value, reference, path, visit);
            path.pop();
        }
    }
}

fn walk(
    value: &Value<'_>,
    reference: bool,
    path: &mut Vec<Segment>,
    visit: &mut dyn FnMut(&[Segment], &str),
) {
    match value {
        Value::String(text) if reference => visit(path, text),
        Value::Array(list) => {
            for (at, item) in list.iter().enumerate() {
                path.push(Segment::Index(at));
                walk(item, reference, path, visit);
                path.pop();
            }
        }
        Value::Object(map) => walk_map(map, path, visit),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{
        "type": "report", "spec_version": "2.1", "id": "report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3",
        "created_by_ref": "identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283", "name": "EXERCISE",
        "created": "2015-12-21T19:59:11.000Z", "modified": "2016-12-21T19:59:11.0Z", "revoked": true,
        "object_refs": ["indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2", "broken"],
        "object_marking_refs": ["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"],
        "granular_markings": [{"marking_ref": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
            "selectors": ["name"]}],
        "extensions": {"x": {"list": [{"seen_ref": "campaign--83422c77-904c-4dc1-aff5-5c38f3a2c55c"}]}}
    }"#;

    #[test]
    fn an_object_answers_what_everyone_asks() {
        let report = Object::parse(REPORT.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(report.bytes(), REPORT.as_bytes());
        assert_eq!((report.kind(), report.class(), report.name()), ("report", Class::Sdo, Some("EXERCISE")));
        assert_eq!(report.version().unwrap().as_str(), "2016-12-21T19:59:11.0Z");
        assert_eq!(report.created_by_ref().unwrap().kind(), "identity");
        assert!(report.revoked());
        assert_eq!(report.object_marking_refs().len(), 1);
        assert_eq!(report.granular_markings()[0].selectors[0].to_string(), "name");
        let references: Vec<_> = report.references().into_iter().map(|found| found.path).collect();
        assert_eq!(references, ["created_by_ref", "object_refs.[0]", "extensions.x.list.[0].seen_ref"]);
    }

    #[test]
    fn absent_and_malformed_properties_answer_none() {
        let text = br#"{"id":"x","created":"today","modified":5,"revoked":"no","object_marking_refs":{}}"#;
        let object = Object::parse(text, &Limits::default()).unwrap();
        assert_eq!((object.kind(), object.id(), object.version(), object.name()), ("", None, None, None));
        assert!(
            !object.revoked() && object.object_marking_refs().is_empty() && object.references().is_empty()
        );
    }

    #[test]
    fn objects_beyond_the_limits_are_refused() {
        let limits = Limits { object_bytes: 20, ..Limits::default() };
        assert!(matches!(Object::parse(REPORT.as_bytes(), &limits), Err(ReadError::ObjectTooLong(20))));
        let limits = Limits { references: 3, ..Limits::default() };
        assert!(matches!(Object::parse(REPORT.as_bytes(), &limits), Err(ReadError::TooManyReferences(3))));
        let limits = Limits { references: 4, ..Limits::default() };
        assert!(Object::parse(REPORT.as_bytes(), &limits).is_ok());
        assert!(matches!(Object::parse(b"[]", &Limits::default()), Err(ReadError::NotAnObject)));
    }
}
