//! Repaired views: what the lenient profile tolerates, written as the standard wants it.
//!
//! A view never replaces the object: the bytes that came are kept, and every change is listed with what stood there
//! before. Only what can be mended without inventing a fact is mended; `docs/conformance/repairs.md` has the table of
//! rules with what is offered and what is never done. Above all, nothing that protects is taken away: what a data marking
//! points to is neither left out nor renamed, and a selector of one that points to nothing stays an error, and nothing is
//! left out of the object or renamed in it. Values under properties that the standard does not define are left alone, except that `null` and empty
//! lists are left out everywhere.

mod mend;
mod meta;
mod spelling;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::json::{Map, Value};
use crate::marking::{Segment, Selector};
use crate::object::Object;
use crate::rule::{self, Level, Rule};
use crate::schema::Registry;
use crate::validate::{Finding, Profile, Validator, is_valid};

/// One change.
///
/// Each change applies to the object as the changes before it left it. So undoing them, the last first, gives the
/// original back: set `from`; where it is absent take the value out; where `renamed` is present give the key its old
/// name, the last step of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where, in the form of a selector.
    pub path: String,
    /// The same place as `path`, step by step.
    #[serde(skip)]
    pub steps: Vec<Segment>,
    /// The code of the rule that was broken; see [`crate::rule`].
    pub code: &'static str,
    /// What was done.
    pub message: String,
    /// The value before, as JSON; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The value after, as JSON; absent when it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The new key, when the key was changed and not the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
}

/// A repaired view of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// The object as the standard wants it, as far as it could be mended.
    pub value: Map<'static>,
    /// Every change, in the order in which they were made; empty when nothing was mended.
    pub changes: Vec<Change>,
    /// What remains under the strict profile.
    pub findings: Vec<Finding>,
    /// More than 10,000 changes would be needed, so none was made.
    pub too_many: bool,
}

impl Repaired {
    /// Whether the view breaks no rule of the standard that is a MUST.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        is_valid(&self.findings)
    }
}

/// The codes of the rules of which breaches may be mended. Not every breach of them can be.
pub const OFFERED: &[&str] = &[
    rule::NULL.code,
    rule::EMPTY_LIST.code,
    rule::EMPTY_DICTIONARY.code,
    rule::BOOLEAN.code,
    rule::INTEGER.code,
    rule::INTEGER_FORM.code,
    rule::ENUMERATION.code,
    rule::VOCABULARY.code,
    rule::TIMESTAMP.code,
    rule::TIME_DIGITS.code,
    rule::HASH.code,
    rule::HASH_ALGORITHM.code,
    rule::HASH_UNKNOWN.code,
    rule::ID_CASE.code,
    rule::SPEC_VERSION_MISSING.code,
    rule::LANGUAGE.code,
    rule::EXTERNAL_REFERENCE_ID.code,
    rule::SELECTOR.code,
    rule::TLP.code,
    rule::RELATIONSHIP_TYPE.code,
];

/// More changes than any object but a hostile one needs.
const MOST_CHANGES: usize = 10_000;
/// How often what may be left out is narrowed before nothing more is left out.
const ROUNDS: usize = 6;

/// A repaired view of `object`, with every change and what remains.
///
/// An object in which validation finds neither an error nor a warning comes back unchanged, and a view of a view is the
/// view itself. Nothing is left out if that would break another rule that the lenient profile does not tolerate. Of a
/// bundle only the container is looked at; give its objects one by one.
#[must_use]
pub fn view(object: &Object<'_>, registry: &Registry) -> Repaired {
    let mut repaired = pass(object, registry);
    let mut changes = std::mem::take(&mut repaired.changes);
    // What a change freed may itself be mended: a selector that pointed to nothing held a list at its length, say.
    let mut is_done = changes.is_empty();
    while !is_done && changes.len() <= MOST_CHANGES {
        let Ok(mended) = Object::from_value(Value::Object(std::mem::take(&mut repaired.value))) else {
            break;
        };
        repaired = pass(&mended, registry);
        is_done = repaired.changes.is_empty();
        changes.append(&mut repaired.changes);
    }
    if !is_done {
        return too_many(object, registry);
    }
    Repaired { changes, ..repaired }
}

/// The object as it came, because it would need too many changes.
fn too_many(object: &Object<'_>, registry: &Registry) -> Repaired {
    let (value, findings) = judged(object.value().clone().into_owned(), Validator::new(registry));
    Repaired { value, changes: Vec::new(), findings, too_many: true }
}

/// One walk through the object, repeated until nothing is left out that brings about an error.
fn pass(object: &Object<'_>, registry: &Registry) -> Repaired {
    let strict = Validator::new(registry);
    let lenient = strict.profile(Profile::Lenient).least(Level::Error);
    let before = lenient.object(object);
    let mut kept = BTreeSet::new();
    for round in 0..=ROUNDS {
        let scope = mend::Scope { kept: &kept, leave_out: round < ROUNDS };
        let Some((value, changes)) = mend::mended(object, registry, scope) else { break };
        let (value, after) = judged(value, lenient);
        let new: Vec<_> = culprits(&before, &after, &changes);
        if new.is_empty() {
            let (value, changes) = meta::versioned(value, changes, registry);
            let (value, findings) = judged(value, strict);
            return Repaired { value, changes, findings, too_many: false };
        }
        kept.extend(new);
    }
    too_many(object, registry)
}

/// What `validator` finds in an object that is held as its properties, which are given back.
fn judged(value: Map<'static>, validator: Validator<'_>) -> (Map<'static>, Vec<Finding>) {
    let Ok(object) = Object::from_value(Value::Object(value)) else { return Default::default() };
    let findings = validator.object(&object);
    match object.into_value() {
        Value::Object(value) => (value, findings),
        _ => Default::default(),
    }
}

/// The containers out of which something was left that brought about an error. Errors that a mended value revealed are
/// none of them: they are true of the object.
fn culprits(before: &[Finding], after: &[Finding], changes: &[Change]) -> Vec<Vec<Segment>> {
    let count = |findings: &[Finding], code: &str| findings.iter().filter(|found| found.code == code).count();
    let known = |found: &Finding| before.iter().any(|old| old.code == found.code && old.steps == found.steps);
    let new: BTreeSet<&[Segment]> = after
        .iter()
        .filter(|found| !known(found) && count(after, found.code) > count(before, found.code))
        .map(|found| found.steps.as_slice())
        .collect();
    let left_out = changes.iter().filter(|change| change.to.is_none() && change.renamed.is_none());
    let containers = left_out.filter_map(|change| change.steps.split_last()).map(|(_, container)| container);
    containers.filter(|container| new.contains(container)).map(<[Segment]>::to_vec).collect()
}

/// A change at `steps`.
fn change(
    steps: &[Segment],
    rule: &Rule,
    message: impl Into<String>,
    from: Option<&Value<'_>>,
    to: Option<&Value<'_>>,
) -> Change {
    let json = |value: &Value<'_>| serde_json::to_string(value).unwrap_or_default();
    Change {
        path: Selector::from_segments(steps.to_vec()).to_string(),
        steps: steps.to_vec(),
        code: rule.code,
        message: message.into(),
        from: from.map(json),
        to: to.map(json),
        renamed: None,
    }
}
