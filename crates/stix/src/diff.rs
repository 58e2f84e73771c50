//! What differs between two objects, and between two documents, in the sense of STIX rather than of text.
//!
//! The order of keys and white space never matter. These lists are compared as sets, by their elements and whatever
//! their order: every list whose name ends in `_refs`, `_types` or `_motivations`; `labels`, `aliases`, `roles`,
//! `sectors`, `goals`, `capabilities`, `implementation_languages`, `architecture_execution_envs`, `authors`, `selectors`,
//! `languages`, `groups`, `extension_properties`, `service_type` and `kill_chain_phases`. Every other list is compared
//! element by element.
//!
//! What is written otherwise but means the same is a difference of [`Kind::Representation`]: timestamps of one instant,
//! identifiers in another case, numbers such as `5` and `5.0`, elements of a set that are repeated, and a property that
//! has its default value against one that is absent (clause 3.6): `revoked`, `defanged`, `summary` of a sighting, and
//! `spec_version` of an observable.

mod documents;
mod list;

use serde::{Serialize, Serializer};

use crate::id::Id;
use crate::json::{Map, Value};
use crate::marking::{Segment, Selector};
use crate::object::Class;
use crate::time::Timestamp;

pub use documents::{Changed, DocumentDiff, Side, Version, documents};

/// How a place differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is in the second object only.
    Added,
    /// It is in the first object only.
    Removed,
    /// It is in both with another meaning.
    Changed,
    /// It means the same in both and is only written otherwise.
    Representation,
}

/// One difference between two objects.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Where, in the form of a selector: in the first object if `from` is there, else in the second one. The two differ
    /// behind elements of lists that were added or removed.
    pub path: String,
    /// The same place as `path`, step by step.
    #[serde(skip)]
    pub steps: Vec<Segment>,
    /// How it differs.
    pub kind: Kind,
    /// The value in the first object, if it is there.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub from: Option<Value<'static>>,
    /// The value in the second object, if it is there.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub to: Option<Value<'static>>,
}

fn as_json<S: Serializer>(value: &Option<Value<'static>>, out: S) -> Result<S::Ok, S::Error> {
    value.serialize(out)
}

/// What differs between `a` and `b`, in the order of `a`; in each dictionary what only `b` has comes last.
///
/// Applied in this way the differences turn `a` into `b`, up to the order of sets: set `to` at each difference that
/// has both `from` and `to`; then take out what has only `from`, the last first; then put in what has only `to`, the
/// first first.
///
/// The work grows with the size of the objects. Where more than 10,000 pairs of elements of two lists would have to be
/// compared, they are paired by their place instead.
#[must_use]
pub fn objects(a: &Map<'_>, b: &Map<'_>) -> Vec<Difference> {
    let kind = b.get("type").or_else(|| a.get("type")).and_then(Value::as_str);
    let mut comparison = Comparison { defaults: defaults(kind), ..Comparison::default() };
    comparison.maps(a, b);
    comparison.found
}

/// A property and the value that its absence stands for.
type Default = (&'static str, Value<'static>);

/// The defaults of the top-level properties of a type (clause 3.2 and 5.2).
fn defaults(kind: Option<&str>) -> Vec<Default> {
    let no = Value::Bool(false);
    match kind.map(Class::of) {
        Some(Class::Sco) => vec![("defanged", no), ("spec_version", Value::from("2.1"))],
        Some(Class::Sro) if kind == Some("sighting") => vec![("revoked", no.clone()), ("summary", no)],
        _ => vec![("revoked", no)],
    }
}

/// Names of lists that are sets, besides those that end in [`SET_ENDINGS`].
const SETS: [&str; 15] = [
    "aliases",
    "architecture_execution_envs",
    "authors",
    "capabilities",
    "extension_properties",
    "goals",
    "groups",
    "implementation_languages",
    "kill_chain_phases",
    "labels",
    "languages",
    "roles",
    "sectors",
    "selectors",
    "service_type",
];

const SET_ENDINGS: [&str; 3] = ["_refs", "_types", "_motivations"];

/// Whether a list of this name has no order of its own.
fn is_set(name: &str) -> bool {
    SETS.contains(&name) || SET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Collects differences while walking through two values side by side.
#[derive(Default)]
struct Comparison {
    defaults: Vec<Default>,
    /// The way in the first object.
    here: Vec<Segment>,
    /// The way in the second object.
    there: Vec<Segment>,
    found: Vec<Difference>,
}

impl Comparison {
    fn note(&mut self, kind: Kind, from: Option<&Value<'_>>, to: Option<&Value<'_>>) {
        let steps = if from.is_none() { self.there.clone() } else { self.here.clone() };
        let own = |value: Option<&Value<'_>>| value.cloned().map(Value::into_owned);
        self.found.push(Difference {
            path: Selector::from_segments(steps.clone()).to_string(),
            steps,
            kind,
            from: own(from),
            to: own(to),
        });
    }

    /// Runs `compare` one step further inside of both.
    fn inside(&mut self, here: Segment, there: Segment, compare: impl FnOnce(&mut Self)) {
        self.here.push(here);
        self.there.push(there);
        compare(self);
        self.here.pop();
        self.there.pop();
    }

    fn maps(&mut self, a: &Map<'_>, b: &Map<'_>) {
        for (name, from) in a.iter() {
            let step = Segment::Key(name.to_owned());
            self.inside(step.clone(), step, |inner| match b.get(name) {
                Some(to) => inner.values(name, from, to),
                None => inner.one_sided(Kind::Removed, name, from),
            });
        }
        for (name, to) in b.iter() {
            if !a.contains_key(name) {
                let step = Segment::Key(name.to_owned());
                self.inside(step.clone(), step, |inner| inner.one_sided(Kind::Added, name, to));
            }
        }
    }

    /// A property that only one object has: if it has its default value, both mean the same.
    fn one_sided(&mut self, kind: Kind, name: &str, value: &Value<'_>) {
        let (from, to) = if kind == Kind::Added { (None, Some(value)) } else { (Some(value), None) };
        let top = self.here.len() == 1;
        let default =
            top && self.defaults.iter().any(|(known, standard)| *known == name && standard == value);
        self.note(if default { Kind::Representation } else { kind }, from, to);
    }

    fn values(&mut self, name: &str, a: &Value<'_>, b: &Value<'_>) {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => self.maps(a, b),
            (Value::Array(a), Value::Array(b)) if is_set(name) => self.sets(a, b),
            (Value::Array(a), Value::Array(b)) => self.lists(a, b),
            _ if a == b && same_notation(a, b) => {}
            _ if mean_the_same(name, a, b) => self.note(Kind::Representation, Some(a), Some(b)),
            _ => self.note(Kind::Changed, Some(a), Some(b)),
        }
    }
}

/// `0.0` and `-0.0` are equal but written otherwise.
fn same_notation(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        _ => true,
    }
}

/// Whether two values that are not equal mean the same under a key of this name.
fn mean_the_same(name: &str, a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            let id = name == "id" || name.ends_with("_ref") || name.ends_with("_refs");
            if id && a.eq_ignore_ascii_case(b) {
                return Id::parse(a).is_ok_and(|a| Id::parse(b) == Ok(a));
            }
            Timestamp::parse(a).is_ok_and(|a| Timestamp::parse(b) == Ok(a))
        }
        (Value::Integer(whole), Value::Float(number)) | (Value::Float(number), Value::Integer(whole)) => {
            crate::canon::LARGEST_INTEGER.unsigned_abs() >= whole.unsigned_abs()
                && Value::Integer(*whole)
                    .as_f64()
                    .is_some_and(|whole| whole.total_cmp(&(number + 0.0)).is_eq())
        }
        (Value::Float(a), Value::Float(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
