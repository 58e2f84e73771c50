//! Taking marked content or references out of an object without leaving an invalid one behind.
//!
//! The result is a new object in compact JSON with the properties in their order. Lists and dictionaries that become
//! empty go as well, and so do properties that may not stand without one that went, such as a longitude without its
//! latitude. Granular markings follow their content when list elements before it go. The identifier stays, also a
//! deterministic one: it names the whole object, of which this is a part. `modified` stays as well, since this is no
//! version of its own; whoever shares parts must not let them be taken for the whole (clause 3.6).
//!
//! The result is validated. When nothing valid can be left, or what is left would say something else than the whole,
//! there is a [`Refusal`], and the caller withholds the object.

#![deny(clippy::arithmetic_side_effects)]

mod bonds;
mod cut;
mod translation;

use crate::id::Id;
use crate::json::{Map, Value};
use crate::marking::{Granular, Segment, Selector};
use crate::object::Object;
use crate::schema::Registry;
use crate::validate::{Finding, Level, validate};

use cut::Cut;
pub use translation::translations_of;

const MARKINGS: &str = "granular_markings";
const OBJECT_MARKINGS: &str = "object_marking_refs";
/// How often something may go because something else went. Only observables in a container that hold nothing but
/// names of each other take more than three turns.
const MOST_TURNS: usize = 32;

/// Why there is no object without the parts that should go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The markings at this place should go, or cannot be followed with certainty, so that content might lose its
    /// marking or be shown although it is marked.
    #[error("the markings at `{0}` should go or cannot be followed; withhold the object")]
    Markings(String),
    /// A marking of the whole object is one that is hidden.
    #[error("the whole object carries the hidden marking {0}; withhold the object")]
    WholeObject(String),
    /// Without the part at this place the object would say something else: that it is not revoked or not defanged,
    /// that it is of another kind, or, for a marking definition, that it marks otherwise.
    #[error("without `{0}` the object would say something else; withhold the object")]
    Meaning(String),
    /// What is left breaks this rule of the standard; it may be that the whole did so already.
    #[error("what is left breaks clause {} at {:?}: {}; withhold the object", .0.clause, .0.path, .0.message)]
    Invalid(Box<Finding>),
}

/// The object without the parts that `selectors` point to; selectors that point to nothing are ignored.
///
/// A granular marking goes when all of its content went; one that still covers something stays, whatever
/// `drop_markings` says. The markings of the whole object cover what is left, so they stay: if a selector points to one
/// of them, it goes only when `drop_markings` is true for it, otherwise there is no result. A selector that points to
/// `granular_markings` gives no result either, since content would lose its marking.
///
/// # Errors
/// [`Refusal`] when no valid object can be left that says a part of what the whole says.
pub fn redacted(
    object: &Object<'_>,
    selectors: &[Selector],
    drop_markings: &dyn Fn(&Id) -> bool,
) -> Result<Vec<u8>, Refusal> {
    let mut cut = Cut::default();
    for selector in selectors {
        if object.at(selector).is_some() {
            cut.mark(selector.segments());
        }
    }
    let key = |name: &str| Segment::Key(name.to_owned());
    if cut.inner.contains_key(&key(MARKINGS)) {
        return Err(Refusal::Markings(MARKINGS.to_owned()));
    }
    if let Some(marked) = cut.inner.get(&key(OBJECT_MARKINGS)) {
        let refused = || Refusal::Markings(OBJECT_MARKINGS.to_owned());
        let listed = object.value().get(OBJECT_MARKINGS).and_then(Value::as_array).ok_or_else(refused)?;
        let kept = listed.iter().enumerate().any(|(at, item)| {
            let chosen = marked.gone || marked.inner.contains_key(&Segment::Index(at));
            let id = item.as_str().and_then(|text| Id::parse(text).ok());
            chosen && !id.is_some_and(|id| drop_markings(&id))
        });
        if kept {
            return Err(refused());
        }
    }
    apply(object, cut)
}

/// As [`redacted`], without the reason.
#[must_use]
pub fn without(
    object: &Object<'_>,
    selectors: &[Selector],
    drop_markings: &dyn Fn(&Id) -> bool,
) -> Option<Vec<u8>> {
    redacted(object, selectors, drop_markings).ok()
}

/// What a viewer may see of `object` from whom the marking definitions are hidden for which `hidden` is true: the
/// object without the parts under their granular markings. Without any such part it is the object as it came.
///
/// # Errors
/// [`Refusal`] when the whole object carries a hidden marking, when its markings cannot be followed with certainty (no
/// list, an identifier that is none, an entry without marking and language, a hidden part that is not there, an object
/// within it that carries markings of its own), or as [`redacted`].
pub fn visible(object: &Object<'_>, hidden: &dyn Fn(&Id) -> bool) -> Result<Vec<u8>, Refusal> {
    let unclear = |place: &str| Refusal::Markings(place.to_owned());
    if object.contains_markings() {
        return Err(unclear("objects"));
    }
    if let Some(value) = object.value().get(OBJECT_MARKINGS) {
        for item in value.as_array().ok_or_else(|| unclear(OBJECT_MARKINGS))? {
            let id = item.as_str().and_then(|text| Id::parse(text).ok());
            let id = id.ok_or_else(|| unclear(OBJECT_MARKINGS))?;
            if hidden(&id) {
                return Err(Refusal::WholeObject(id.to_string()));
            }
        }
    }
    let mut selectors = Vec::new();
    if let Some(value) = object.value().get(MARKINGS) {
        for (at, entry) in value.as_array().ok_or_else(|| unclear(MARKINGS))?.iter().enumerate() {
            let parts = hidden_parts(object, entry, hidden);
            selectors.extend(parts.ok_or_else(|| unclear(&format!("{MARKINGS}.[{at}]")))?);
        }
    }
    if selectors.is_empty() {
        return Ok(if object.bytes().is_empty() { written(object.value()) } else { object.bytes().to_vec() });
    }
    redacted(object, &selectors, hidden)
}

/// The parts that an entry hides; nothing when that cannot be told.
fn hidden_parts(
    object: &Object<'_>,
    entry: &Value<'_>,
    hidden: &dyn Fn(&Id) -> bool,
) -> Option<Vec<Selector>> {
    let map = entry.as_object()?;
    let granular = Granular::from_value(entry)?;
    match &granular.marking_ref {
        Some(marking) if hidden(marking) => {}
        Some(_) => return Some(Vec::new()),
        None => return (!map.contains_key("marking_ref") && granular.lang.is_some()).then(Vec::new),
    }
    let stated = map.get("selectors")?.as_array()?.len();
    let whole =
        stated == granular.selectors.len() && granular.selectors.iter().all(|part| object.at(part).is_some());
    whole.then_some(granular.selectors)
}

/// The object without the references for which `hidden` is true: elements of `*_refs` lists and optional `*_ref`
/// properties, at any depth. References to markings stay.
///
/// `None` when a required reference is hidden, or nothing valid can be left for another reason.
#[must_use]
pub fn drop_references(object: &Object<'_>, hidden: &dyn Fn(&Id) -> bool) -> Option<Vec<u8>> {
    let mut cut = Cut::default();
    object.each_reference(&mut |path, target| {
        if Id::parse(target).is_ok_and(|id| hidden(&id)) {
            cut.mark(path);
        }
    });
    apply(object, cut).ok()
}

fn apply(object: &Object<'_>, mut cut: Cut) -> Result<Vec<u8>, Refusal> {
    settle(&mut cut, object);
    let mut turns = 0..MOST_TURNS;
    while bonds::follow(object, &mut cut) {
        turns.next().ok_or_else(|| Refusal::Meaning("objects".to_owned()))?;
        settle(&mut cut, object);
    }
    if let Some(place) = bonds::changed_meaning(object, &cut) {
        return Err(Refusal::Meaning(place));
    }
    let mut left = cut.apply_map(object.value());
    if let Some(markings) = object.value().get(MARKINGS) {
        let followed = follow_markings(markings, &cut);
        let followed = followed.ok_or_else(|| Refusal::Markings(MARKINGS.to_owned()))?;
        if followed.is_empty() {
            left.remove(MARKINGS);
        } else {
            left.insert(MARKINGS, Value::Array(followed));
        }
    }
    let bytes = written(&left);
    let judged = Object::from_value(Value::Object(left)).map(|left| validate(&left, &Registry::standard()));
    match judged.unwrap_or_default().into_iter().find(|finding| finding.level == Level::Error) {
        Some(finding) => Err(Refusal::Invalid(Box::new(finding))),
        None => Ok(bytes),
    }
}

fn settle(cut: &mut Cut, object: &Object<'_>) {
    for (segment, inner) in &mut cut.inner {
        if let Segment::Key(key) = segment
            && let Some(value) = object.value().get(key)
        {
            inner.settle(value);
        }
    }
}

/// Values of this crate can always be written: their keys are texts and their numbers finite.
fn written(map: &Map<'_>) -> Vec<u8> {
    serde_json::to_vec(map).unwrap_or_default()
}

/// The granular markings of what is left; `None` when one of them cannot be understood.
fn follow_markings<'a>(markings: &Value<'a>, cut: &Cut) -> Option<Vec<Value<'a>>> {
    let mut followed = Vec::new();
    for entry in markings.as_array()? {
        let entry = entry.as_object()?;
        let mut selectors = Vec::new();
        for selector in entry.get("selectors")?.as_array()? {
            let selector = Selector::parse(selector.as_str()?).ok()?;
            if let Some(moved) = cut.follow(&selector) {
                selectors.push(Value::from(moved.to_string()));
            }
        }
        if !selectors.is_empty() {
            let mut entry = entry.clone();
            entry.insert("selectors", Value::Array(selectors));
            followed.push(Value::Object(entry));
        }
    }
    Some(followed)
}

#[cfg(test)]
mod tests;
