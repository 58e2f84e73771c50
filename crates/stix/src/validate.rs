//! Validation against the rules of STIX 2.1: what is wrong, where, and which clause says so.
//!
//! An error means that the standard forbids what was found; the object is not accepted. Types and properties that the
//! standard does not define are never errors by themselves. [`crate::rule`] lists every rule with its code.

mod base;
mod derived;
mod document;
mod domain;
mod marking;
mod observable;
mod property;
mod reference;
mod relation;
mod shape;

use std::fmt::Display;

use serde::Serialize;

use crate::excerpt::excerpt;
use crate::json::{Map, Value};
use crate::marking::Segment;
use crate::object::{Class, Object};
use crate::rule::Rule;
use crate::schema::Registry;
use crate::trail::{Step, path_of, segments_of};

pub use crate::rule::Level;
pub use document::{Placed, Report};

/// What was found in an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name of the rule, such as `id-type`.
    pub code: &'static str,
    /// How grave it is.
    pub level: Level,
    /// Where, in the form of a selector; empty for the object as a whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The clause of STIX 2.1 that the rule comes from.
    pub clause: &'static str,
    /// The offending value as JSON, cut to 120 characters; absent when something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The same place as `path`, step by step: keys of extensions and dictionaries may hold full stops.
    #[serde(skip)]
    pub steps: Vec<Segment>,
}

/// Which breaches count as errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Every MUST of the standard.
    #[default]
    Strict,
    /// What real feeds get wrong is lowered to a warning; [`crate::repair`] offers a repaired view.
    Lenient,
}

/// Findings of one kind (errors; all others) that are kept of one object, so that a hostile object cannot fill the
/// memory with them.
const MOST_FINDINGS: usize = 100;

/// Judges objects and documents.
///
/// At most 100 errors and 100 other findings are kept of one object.
#[derive(Clone, Copy, Debug)]
pub struct Validator<'r> {
    registry: &'r Registry,
    profile: Profile,
    least: Level,
}

impl<'r> Validator<'r> {
    /// The strict profile, with findings of every level.
    #[must_use]
    pub fn new(registry: &'r Registry) -> Self {
        Self { registry, profile: Profile::Strict, least: Level::Note }
    }

    /// The same under another profile.
    #[must_use]
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// The same, but findings below `level` are not even made.
    #[must_use]
    pub fn least(self, level: Level) -> Self {
        Self { least: level, ..self }
    }

    /// Judges one object. The order of the findings is that of the rules, not of the properties. Of a bundle only the
    /// container is judged; [`Validator::document`] judges all of it.
    #[must_use]
    pub fn object(&self, object: &Object<'_>) -> Vec<Finding> {
        let mut judge = Judge::new(self, object.value());
        let class = self.registry.class_of(object);
        judge.general(object.value(), class != Class::Bundle);
        base::identity(&mut judge, object, class);
        base::versions(&mut judge, object, class);
        judge.properties(object, class);
        marking::markings(&mut judge, object);
        match class {
            Class::Marking => marking::definition(&mut judge, object),
            Class::Language => marking::language_content(&mut judge, object.value()),
            Class::Extension => base::extension_definition(&mut judge, object.value()),
            Class::Sco => derived::identifier(&mut judge, object.value()),
            Class::Sdo if object.kind() == "indicator" => derived::indicator(&mut judge, object.value()),
            _ => {}
        }
        base::extensions(&mut judge, object, class);
        reference::references(&mut judge, object);
        relation::relations(&mut judge, object);
        judge.findings
    }
}

/// Judges one object under the strict profile; see [`Validator::object`].
#[must_use]
pub fn validate(object: &Object<'_>, registry: &Registry) -> Vec<Finding> {
    Validator::new(registry).object(object)
}

/// Whether no finding is an error.
#[must_use]
pub fn is_valid(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level != Level::Error)
}

/// Collects findings while walking through one object.
struct Judge<'v> {
    registry: &'v Registry,
    profile: Profile,
    least: Level,
    root: &'v Map<'v>,
    trail: Vec<Step<'v>>,
    findings: Vec<Finding>,
    errors: usize,
    /// Within the deprecated container of observables references name neighbours, not identifiers (clause 2.13).
    contained: bool,
}

impl<'v> Judge<'v> {
    fn new(validator: &Validator<'v>, root: &'v Map<'v>) -> Self {
        Self {
            registry: validator.registry,
            profile: validator.profile,
            least: validator.least,
            root,
            trail: Vec::new(),
            findings: Vec::new(),
            errors: 0,
            contained: false,
        }
    }

    /// Whether a breach of `rule` would be kept; what is costly to find need not be looked for otherwise.
    fn wants(&self, rule: &Rule) -> bool {
        self.level_of(rule) <= self.least
    }

    fn level_of(&self, rule: &Rule) -> Level {
        match self.profile {
            Profile::Strict => rule.level,
            Profile::Lenient => rule.lenient,
        }
    }

    /// Notes a breach of `rule` at the present place.
    fn report(&mut self, rule: &Rule, message: impl Display) {
        self.report_in(rule, rule.clause, message);
    }

    /// Notes a breach of `rule` that `clause` states more exactly.
    fn report_in(&mut self, rule: &Rule, clause: &'static str, message: impl Display) {
        let level = self.level_of(rule);
        let (kept, error) = match level {
            Level::Error => (self.errors, true),
            Level::Warning | Level::Note => (self.findings.len().saturating_sub(self.errors), false),
        };
        if level > self.least || kept >= MOST_FINDINGS {
            return;
        }
        self.errors = self.errors.saturating_add(usize::from(error));
        self.findings.push(Finding {
            code: rule.code,
            level,
            path: path_of(&self.trail),
            message: message.to_string(),
            clause,
            value: self.value_here(),
            steps: segments_of(&self.trail),
        });
    }

    /// The value at the present place as JSON, cut; nothing for the object as a whole.
    fn value_here(&self) -> Option<String> {
        let (first, rest) = self.trail.split_first()?;
        let Step::Key(key) = first else { return None };
        let found = rest.iter().try_fold(self.root.get(key)?, |value, step| match (step, value) {
            (Step::Key(key), Value::Object(map)) => map.get(key),
            (Step::Index(at), Value::Array(list)) => list.get(*at),
            _ => None,
        })?;
        Some(excerpt(found, MOST_SHOWN))
    }

    /// Runs `judge` one step further inside.
    fn inside(&mut self, step: Step<'v>, judge: impl FnOnce(&mut Self)) {
        self.trail.push(step);
        judge(self);
        self.trail.pop();
    }
}

/// Characters of an offending value that are shown.
const MOST_SHOWN: usize = 120;

/// A text that is quoted in a message, cut to what can be read.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
