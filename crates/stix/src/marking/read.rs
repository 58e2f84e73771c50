//! Which markings an object or a part of it carries.

#![deny(clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use super::{MarkingError, Selector};
use crate::json::{Map, Value};
use crate::object::Object;

/// What a question about markings covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches, named where they are set")]
pub struct Scope {
    /// Also the markings of the parts around the selected one and of the whole object.
    pub inherited: bool,
    /// Also the markings of everything within the selected part.
    pub descendants: bool,
    /// Marking definitions count.
    pub refs: bool,
    /// Languages count.
    pub langs: bool,
}

impl Default for Scope {
    /// Only what is said of the selected part itself; marking definitions and languages.
    fn default() -> Self {
        Self { inherited: false, descendants: false, refs: true, langs: true }
    }
}

/// The markings of the parts that `selectors` point to, or, without selectors, of the whole object: identifiers of
/// marking definitions and languages, in the order in which they stand, each once. Those of the whole object come
/// last, when `scope` takes in what is inherited; without selectors the scope does not matter.
///
/// A granular marking that is malformed marks nothing here; [`super::conflicts`] reports it.
///
/// # Errors
/// [`MarkingError::InvalidSelector`] when a selector points to nothing, or the list of them is empty.
pub fn get<'o>(
    object: &'o Object<'_>,
    selectors: Option<&[&str]>,
    scope: Scope,
) -> Result<Vec<&'o str>, MarkingError> {
    let Some(selectors) = selectors else { return Ok(unique(object_level(object))) };
    let asked = chosen(object, selectors)?;
    let mut found = Vec::new();
    for (labels, parts) in entries(object) {
        if parts.iter().any(|part| covers(&asked, part, scope)) {
            found.extend(labels.marking.filter(|_| scope.refs));
            found.extend(labels.lang.filter(|_| scope.langs));
        }
    }
    if scope.inherited {
        found.extend(object_level(object));
    }
    Ok(unique(found.into_iter()))
}

/// Whether the object or the selected parts are marked: with anything, when `markings` is empty; without selectors,
/// with at least one of `markings` at the level of the object; with selectors, with every one of `markings` at one of
/// the selected parts, as far as `scope` reaches.
///
/// # Errors
/// As [`get`].
pub fn is_marked(
    object: &Object<'_>,
    markings: &[&str],
    selectors: Option<&[&str]>,
    scope: Scope,
) -> Result<bool, MarkingError> {
    let found: BTreeSet<&str> = get(object, selectors, scope)?.into_iter().collect();
    Ok(match selectors {
        _ if markings.is_empty() => !found.is_empty(),
        None => markings.iter().any(|marking| found.contains(marking)),
        Some(_) => markings.iter().all(|marking| found.contains(marking)),
    })
}

/// What one entry of `granular_markings` says of its parts.
#[derive(Clone, Copy)]
pub(super) struct Labels<'o> {
    pub(super) marking: Option<&'o str>,
    pub(super) lang: Option<&'o str>,
}

/// The texts in `object_marking_refs`; a single text instead of a list counts as a list of one.
pub(super) fn object_level<'o>(object: &'o Object<'_>) -> impl Iterator<Item = &'o str> {
    let value = object.value().get("object_marking_refs");
    let listed = value.and_then(Value::as_array).unwrap_or_default().iter().filter_map(Value::as_str);
    value.and_then(Value::as_str).into_iter().chain(listed)
}

/// The entries of `granular_markings` that can be read, with the selectors that can be read.
fn entries<'o>(object: &'o Object<'_>) -> impl Iterator<Item = (Labels<'o>, Vec<Selector>)> {
    let listed = object.value().get("granular_markings").and_then(Value::as_array).unwrap_or_default();
    listed.iter().filter_map(Value::as_object).map(|entry| (labels(entry), parts(entry)))
}

pub(super) fn labels<'o>(entry: &'o Map<'_>) -> Labels<'o> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    Labels { marking: text("marking_ref"), lang: text("lang") }
}

fn parts(entry: &Map<'_>) -> Vec<Selector> {
    let listed = entry.get("selectors").and_then(Value::as_array).unwrap_or_default();
    listed.iter().filter_map(|item| Selector::parse(item.as_str()?).ok()).collect()
}

/// The parts that are asked about; each must be there.
pub(super) fn chosen(object: &Object<'_>, selectors: &[&str]) -> Result<BTreeSet<Selector>, MarkingError> {
    let invalid = |text: &str| MarkingError::InvalidSelector(text.chars().take(120).collect());
    if selectors.is_empty() {
        return Err(invalid(""));
    }
    let mut asked = BTreeSet::new();
    for text in selectors {
        let selector = Selector::parse(text).map_err(|_| invalid(text))?;
        match object.at(&selector) {
            None | Some(Value::Null) => return Err(invalid(text)),
            Some(_) => drop(asked.insert(selector)),
        }
    }
    Ok(asked)
}

/// Whether a marking of `part` answers a question about one of `asked`. Selectors sort so that what lies within a part
/// follows it at once, which keeps this from being a walk over all of them.
fn covers(asked: &BTreeSet<Selector>, part: &Selector, scope: Scope) -> bool {
    if asked.contains(part) {
        return true;
    }
    if scope.inherited && asked.range::<Selector, _>(part..).next().is_some_and(|next| next.is_within(part)) {
        return true;
    }
    scope.descendants && part.around().any(|outer| asked.contains(outer))
}

fn unique<'o>(found: impl Iterator<Item = &'o str>) -> Vec<&'o str> {
    let mut seen = BTreeSet::new();
    found.filter(|text| seen.insert(*text)).collect()
}
