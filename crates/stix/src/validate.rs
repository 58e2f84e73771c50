//! Validation against the rules of STIX 2.1: what is wrong, where, and which clause says so.
//!
//! An error means that the standard forbids what was found; the object is not accepted. Types and properties that the
//! standard does not define are never errors by themselves. Patterns and the deep rules of single types (the meaning
//! of a CPE, of an SWID tag, of each vocabulary) are not judged here.

mod base;
mod marking;
mod relation;
mod shape;

use serde::Serialize;

use crate::canon::LARGEST_INTEGER;
use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::schema::{self, Registry};
use crate::trail::{Step, path_of};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The standard forbids it; the object is not accepted.
    Error,
    /// Allowed, but advised against or likely a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

/// What was found in an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name of the rule, such as `stix-id-type`.
    pub code: &'static str,
    /// How grave it is.
    pub level: Level,
    /// Where, in the form of a selector; empty for the object as a whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The clause of STIX 2.1 that the rule comes from.
    pub clause: &'static str,
}

/// Findings of one kind (errors; all others) that are kept of one object, so that a hostile object cannot fill the
/// memory with them.
const MOST_FINDINGS: usize = 100;

/// Judges one object. The order of the findings is that of the rules, not of the properties.
///
/// At most 100 errors and 100 other findings are kept. Of a bundle only the container is judged; judge its objects one
/// by one.
#[must_use]
pub fn validate(object: &Object<'_>, registry: &Registry) -> Vec<Finding> {
    let mut judge = Judge::new(registry);
    let class = registry.class_of(object);
    judge.general(object.value(), class != Class::Bundle);
    base::identity(&mut judge, object, class);
    base::versions(&mut judge, object, class);
    judge.properties(object, class);
    marking::markings(&mut judge, object);
    if class == Class::Marking {
        marking::definition(&mut judge, object);
    }
    base::extensions(&mut judge, object, class);
    relation::relations(&mut judge, object);
    judge.findings
}

/// Whether no finding is an error.
#[must_use]
pub fn is_valid(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level != Level::Error)
}

/// Collects findings while walking through one object.
struct Judge<'v> {
    registry: &'v Registry,
    trail: Vec<Step<'v>>,
    findings: Vec<Finding>,
    errors: usize,
    /// Within the deprecated container of observables references name neighbours, not identifiers (clause 2.13).
    contained: bool,
}

impl<'v> Judge<'v> {
    fn new(registry: &'v Registry) -> Self {
        Self { registry, trail: Vec::new(), findings: Vec::new(), errors: 0, contained: false }
    }

    fn error(&mut self, code: &'static str, clause: &'static str, message: impl Into<String>) {
        if self.errors < MOST_FINDINGS {
            self.errors = self.errors.saturating_add(1);
            self.push(Level::Error, code, clause, message.into());
        }
    }

    fn warning(&mut self, code: &'static str, clause: &'static str, message: impl Into<String>) {
        self.lesser(Level::Warning, code, clause, message.into());
    }

    fn note(&mut self, code: &'static str, clause: &'static str, message: impl Into<String>) {
        self.lesser(Level::Note, code, clause, message.into());
    }

    fn lesser(&mut self, level: Level, code: &'static str, clause: &'static str, message: String) {
        if self.findings.len().saturating_sub(self.errors) < MOST_FINDINGS {
            self.push(level, code, clause, message);
        }
    }

    fn push(&mut self, level: Level, code: &'static str, clause: &'static str, message: String) {
        self.findings.push(Finding { code, level, path: path_of(&self.trail), message, clause });
    }

    /// Runs `judge` one step further inside.
    fn inside(&mut self, step: Step<'v>, judge: impl FnOnce(&mut Self)) {
        self.trail.push(step);
        judge(self);
        self.trail.pop();
    }

    /// What holds for every value: no null, no empty list, no number that JSON readers disagree about.
    fn general(&mut self, map: &'v Map<'_>, objects: bool) {
        for (key, value) in map.iter() {
            if objects || key != "objects" {
                self.inside(Step::Key(key), |judge| judge.general_value(value));
            }
        }
    }

    fn general_value(&mut self, value: &'v Value<'_>) {
        match value {
            Value::Null => self.error("stix-null", "3.1", "null is not allowed; leave the property out"),
            Value::Unsigned(_) => self.large_integer(),
            Value::Integer(number) if number.unsigned_abs() > LARGEST_INTEGER.unsigned_abs() => {
                self.large_integer();
            }
            Value::Array(list) if list.is_empty() => {
                self.error("stix-empty-list", "2.12", "an empty list is not allowed; leave the property out");
            }
            Value::Array(list) => {
                for (at, item) in list.iter().enumerate() {
                    self.inside(Step::Index(at), |judge| judge.general_value(item));
                }
            }
            Value::Object(map) => self.general(map, true),
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::String(_) => {}
        }
    }

    fn large_integer(&mut self) {
        self.error("stix-integer-range", "2.10", "integers must lie within 2^53 - 1; write it as a string");
    }

    /// Every top-level property by its known shape, and those that must be there.
    fn properties(&mut self, object: &'v Object<'_>, class: Class) {
        let known = schema::kind_of(object.kind());
        let extended = self.extended(object);
        for (name, value) in object.value().iter() {
            let property = schema::common(name).or_else(|| {
                known.and_then(|kind| kind.properties.iter().find(|property| property.name == name))
            });
            self.inside(Step::Key(name), |judge| match property {
                Some(property) => judge.shaped(value, property.shape, property.required),
                None => judge.unknown(name, known.is_some() && !extended),
            });
        }
        let Some(kind) = known else { return };
        for property in kind.properties.iter().filter(|property| property.required) {
            if !object.value().contains_key(property.name) {
                let message = format!("`{}` is required for {}", property.name, kind.name);
                self.error("stix-required", kind.clause, message);
            }
        }
        if !kind.one_of.is_empty() && !kind.one_of.iter().any(|name| object.value().contains_key(name)) {
            let message = format!("{} needs at least one of {}", kind.name, kind.one_of.join(", "));
            self.error("stix-required", kind.clause, message);
        }
        if class == Class::Bundle {
            self.bundle(object);
        }
    }

    fn bundle(&mut self, object: &'v Object<'_>) {
        match object.value().get("objects") {
            Some(Value::Array(list)) if list.is_empty() => {
                self.error("stix-empty-list", "2.12", "an empty list is not allowed; leave `objects` out");
            }
            None | Some(Value::Array(_)) => {}
            Some(_) => self.error("stix-list", "8.1", "`objects` of a bundle must be a list"),
        }
    }

    /// Whether an extension of the object may bring top-level properties (clause 7.3).
    fn extended(&self, object: &Object<'_>) -> bool {
        let entries = object.value().get("extensions").and_then(Value::as_object);
        entries.into_iter().flat_map(|map| map.iter()).any(|(_, entry)| {
            let declared =
                entry.as_object().and_then(|entry| entry.get("extension_type")).and_then(Value::as_str);
            declared == Some("toplevel-property-extension")
        })
    }

    fn unknown(&mut self, name: &str, worth_saying: bool) {
        if !name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic()) {
            return self.error(
                "stix-property-name",
                "3.1",
                "the name of a property must begin with a letter",
            );
        }
        let plain =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !plain || !(3..=250).contains(&name.len()) {
            let message =
                "names of properties have 3 to 250 of a-z, 0-9 and _; other readers may refuse this one";
            return self.warning("stix-property-name", "3.1", message);
        }
        if worth_saying && !self.registry.knows_property(name) {
            self.note(
                "stix-custom-property",
                "11.1",
                "the standard does not define this property; it is kept as it is",
            );
        }
    }
}

#[cfg(test)]
mod tests;
