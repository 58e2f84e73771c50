//! What the markings of an object come to at one of its parts.

#![deny(clippy::arithmetic_side_effects)]

use std::collections::{BTreeMap, BTreeSet};

use super::read::{chosen, labels, object_level};
use super::{MarkingError, Meaning, Selector, Tlp};
use crate::id::Id;
use crate::json::{Map, Value};
use crate::object::Object;

/// A marking definition or a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label<'o> {
    /// The identifier of a marking definition, as written.
    Marking(&'o str),
    /// A language tag, as written.
    Lang(&'o str),
}

/// Where a marking is stated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// For the whole object: in `object_marking_refs`, or in the property `lang`.
    Object,
    /// For a part: in `granular_markings`.
    Granular {
        /// Which entry, from 0.
        entry: usize,
        /// The part that it selects: the one asked for, or one around it.
        selector: Selector,
    },
}

/// A marking that holds for a part, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective<'o> {
    /// The marking.
    pub label: Label<'o>,
    /// Where it is stated.
    pub source: Source,
}

/// Every marking that holds for the part at `path`: first those of the whole object, then those of parts, from the
/// outermost to the part itself. A marking that is stated twice comes twice. Of several languages the last one holds;
/// of several marking definitions all do (clauses 7.2.2 and 7.2.3).
///
/// Entries that cannot be read are left out; [`conflicts`] reports them.
///
/// # Errors
/// [`MarkingError::InvalidSelector`] when nothing is at `path`.
pub fn effective<'o>(object: &'o Object<'_>, path: &Selector) -> Result<Vec<Effective<'o>>, MarkingError> {
    chosen(object, &[path.to_string().as_str()])?;
    let whole = object_level(object).map(Label::Marking).chain(object.text("lang").map(Label::Lang));
    let mut found: Vec<_> = whole.map(|label| Effective { label, source: Source::Object }).collect();
    let mut granular = Vec::new();
    for (entry, map) in entries(object) {
        for selector in parts(map).flatten().filter(|selector| path.is_within(selector)) {
            for label in stated(map) {
                let source = Source::Granular { entry, selector: selector.clone() };
                granular.push((selector.segments().len(), Effective { label, source }));
            }
        }
    }
    granular.sort_by_key(|(depth, _)| *depth);
    found.extend(granular.into_iter().map(|(_, effective)| effective));
    Ok(found)
}

/// The language of the text at `path`: what the innermost granular marking around it says, else the property `lang`
/// of the object, else `en` (clause 3.2).
#[must_use]
pub fn language<'o>(object: &'o Object<'_>, path: &Selector) -> &'o str {
    let mut best: Option<(usize, &str)> = None;
    for (_, map) in entries(object) {
        let Some(lang) = labels(map).lang else { continue };
        for selector in parts(map).flatten().filter(|selector| path.is_within(selector)) {
            let depth = selector.segments().len();
            if best.is_none_or(|(deepest, _)| depth > deepest) {
                best = Some((depth, lang));
            }
        }
    }
    best.map(|(_, lang)| lang).or_else(|| object.text("lang")).unwrap_or("en")
}

/// How markings of one object contradict each other or cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ConflictKind {
    /// What should list markings, an entry, or one of its selectors has another form than the standard's.
    #[error("this is no marking of the form that clause 7.2 gives")]
    Malformed,
    /// An entry names both a language and a marking definition, of which it must name exactly one.
    #[error("`lang` and `marking_ref` stand in one entry; write two")]
    LangAndMarking,
    /// A selector points to nothing in the object.
    #[error("the selector points to nothing in this object")]
    Dangling,
    /// More than one TLP level is stated for the very same part.
    #[error("several TLP levels for one part: {}; keep one", names(.0))]
    SeveralTlp(Vec<Tlp>),
    /// A part is marked wider than what is around it. Whether a part may be shared wider than its object is not said
    /// by the standard; taking the stricter one is always safe.
    #[error("the part says {part}, but {outer} holds around it; the stricter one counts")]
    WiderThanAround {
        /// The level of the part.
        part: Tlp,
        /// The strictest level around it.
        outer: Tlp,
    },
    /// More than one language is stated for the very same part.
    #[error("several languages for one part: {}; keep one", .0.join(", "))]
    SeveralLanguages(Vec<String>),
}

fn names(levels: &[Tlp]) -> String {
    levels.iter().map(|level| level.name()).collect::<Vec<_>>().join(", ")
}

/// A contradiction and its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conflict {
    /// Where: the part in question, or the place of the entry that is at fault.
    pub path: String,
    /// What.
    pub kind: ConflictKind,
}

/// Every contradiction among the markings of `object`: first what cannot be read, then levels
/// and languages, each by part. `lookup` says what a
/// marking definition means; the published TLP identifiers are known without it.
#[must_use]
pub fn conflicts(object: &Object<'_>, lookup: &dyn Fn(&Id) -> Meaning) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut levels: BTreeMap<Selector, BTreeSet<Tlp>> = BTreeMap::new();
    let mut langs: BTreeMap<Selector, BTreeSet<&str>> = BTreeMap::new();
    if !is_list(object, "object_marking_refs") {
        found.push(Conflict { path: "object_marking_refs".to_owned(), kind: ConflictKind::Malformed });
    }
    if !is_list(object, "granular_markings") {
        found.push(Conflict { path: "granular_markings".to_owned(), kind: ConflictKind::Malformed });
    }
    for (at, item) in listed(object).iter().enumerate() {
        let place = || format!("granular_markings.[{at}]");
        let Some(map) = item.as_object().filter(|map| is_whole(map)) else {
            found.push(Conflict { path: place(), kind: ConflictKind::Malformed });
            continue;
        };
        if map.contains_key("lang") && map.contains_key("marking_ref") {
            found.push(Conflict { path: place(), kind: ConflictKind::LangAndMarking });
        }
        let level = labels(map).marking.and_then(|name| level_of(name, lookup));
        for (number, part) in parts(map).enumerate() {
            let place = || format!("{}.selectors.[{number}]", place());
            let Some(selector) = part else {
                found.push(Conflict { path: place(), kind: ConflictKind::Malformed });
                continue;
            };
            if object.at(&selector).is_none() {
                found.push(Conflict { path: place(), kind: ConflictKind::Dangling });
            }
            if let Some(lang) = labels(map).lang {
                langs.entry(selector.clone()).or_default().insert(lang);
            }
            if let Some(level) = level {
                levels.entry(selector).or_default().insert(level);
            }
        }
    }
    let whole: BTreeSet<Tlp> = object_level(object).filter_map(|name| level_of(name, lookup)).collect();
    found.extend(several(String::new(), &whole));
    for (selector, held) in &levels {
        found.extend(several(selector.to_string(), held));
        found.extend(wider(selector, held, &levels, whole.last().copied()));
    }
    for (selector, held) in langs.into_iter().filter(|(_, held)| held.len() > 1) {
        let kind = ConflictKind::SeveralLanguages(held.into_iter().map(str::to_owned).collect());
        found.push(Conflict { path: selector.to_string(), kind });
    }
    found
}

fn several(path: String, held: &BTreeSet<Tlp>) -> Option<Conflict> {
    let kind = || ConflictKind::SeveralTlp(held.iter().copied().collect());
    (held.len() > 1).then(|| Conflict { path, kind: kind() })
}

fn wider(
    selector: &Selector,
    held: &BTreeSet<Tlp>,
    levels: &BTreeMap<Selector, BTreeSet<Tlp>>,
    whole: Option<Tlp>,
) -> Option<Conflict> {
    let part = *held.last()?;
    let outer =
        selector.around().filter_map(|outer| levels.get(outer)?.last().copied()).chain(whole).max()?;
    let path = selector.to_string();
    (part < outer).then_some(Conflict { path, kind: ConflictKind::WiderThanAround { part, outer } })
}

/// What one must be cleared for to see something. Ordered: the later, the stricter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strictest {
    /// No TLP level is stated, and nothing that is not understood.
    Unmarked,
    /// The strictest level.
    Tlp(Tlp),
    /// A marking cannot be interpreted or followed, which counts as stricter than every level: its identifier, or the
    /// place of what is malformed.
    Unknown(String),
}

/// The strictest marking that holds for the part at `path` or for anything within it; without a path, for the object
/// with everything in it. `lookup` says what a marking definition means; the published TLP identifiers are known
/// without it.
///
/// Whatever cannot be followed with certainty is [`Strictest::Unknown`]: a definition of unknown meaning, a malformed
/// list or entry, a selector that points to nothing (it may have been meant for this part).
#[must_use]
pub fn strictest_tlp(
    object: &Object<'_>,
    path: Option<&Selector>,
    lookup: &dyn Fn(&Id) -> Meaning,
) -> Strictest {
    let mut strictest = Strictest::Unmarked;
    for key in ["object_marking_refs", "granular_markings"] {
        if !is_list(object, key) {
            strictest = strictest.max(Strictest::Unknown(key.to_owned()));
        }
    }
    for name in object_level(object) {
        strictest = strictest.max(strictness(name, lookup));
    }
    for (at, item) in listed(object).iter().enumerate() {
        let uncertain = || Strictest::Unknown(format!("granular_markings.[{at}]"));
        let Some(map) = item.as_object().filter(|map| is_whole(map)) else {
            strictest = strictest.max(uncertain());
            continue;
        };
        let stated = labels(map).marking.map_or(Strictest::Unmarked, |name| strictness(name, lookup));
        if stated == Strictest::Unmarked {
            continue;
        }
        for part in parts(map) {
            let there = part.filter(|part| object.at(part).is_some());
            let holds = match (&there, path) {
                (None, _) => uncertain(),
                (Some(part), Some(path)) if !path.is_within(part) && !part.is_within(path) => continue,
                (Some(_), _) => stated.clone(),
            };
            strictest = strictest.max(holds);
        }
    }
    strictest
}

fn level_of(name: &str, lookup: &dyn Fn(&Id) -> Meaning) -> Option<Tlp> {
    match strictness(name, lookup) {
        Strictest::Tlp(level) => Some(level),
        Strictest::Unmarked | Strictest::Unknown(_) => None,
    }
}

fn strictness(name: &str, lookup: &dyn Fn(&Id) -> Meaning) -> Strictest {
    let unknown = || Strictest::Unknown(name.chars().take(120).collect());
    let Ok(id) = Id::parse(name) else { return unknown() };
    if let Some(level) = Tlp::from_marking_id(id.as_str()) {
        return Strictest::Tlp(level);
    }
    match lookup(&id) {
        Meaning::Tlp(level) => Strictest::Tlp(level),
        Meaning::Statement => Strictest::Unmarked,
        Meaning::Unknown => unknown(),
    }
}

/// Whether the property is absent or a list, of texts if it is the one of the whole object.
fn is_list(object: &Object<'_>, key: &str) -> bool {
    match object.value().get(key) {
        None => true,
        Some(Value::Array(list)) => {
            key == "granular_markings" || list.iter().all(|item| item.as_str().is_some())
        }
        Some(_) => false,
    }
}

fn listed<'o, 'a>(object: &'o Object<'a>) -> &'o [Value<'a>] {
    object.value().get("granular_markings").and_then(Value::as_array).unwrap_or_default()
}

/// Whether an entry names something, by texts, and lists selectors.
fn is_whole(map: &Map<'_>) -> bool {
    let texts = ["marking_ref", "lang"].into_iter().filter_map(|key| map.get(key));
    let mut count = 0usize;
    let all = texts.inspect(|_| count = count.saturating_add(1)).all(|value| value.as_str().is_some());
    all && count > 0 && matches!(map.get("selectors"), Some(Value::Array(list)) if !list.is_empty())
}

fn entries<'o, 'a>(object: &'o Object<'a>) -> impl Iterator<Item = (usize, &'o Map<'a>)> {
    listed(object).iter().enumerate().filter_map(|(at, item)| Some((at, item.as_object()?)))
}

fn stated<'o>(map: &'o Map<'_>) -> impl Iterator<Item = Label<'o>> {
    let found = labels(map);
    found.marking.map(Label::Marking).into_iter().chain(found.lang.map(Label::Lang))
}

/// The selectors of an entry; nothing in the place of one that is malformed.
fn parts(map: &Map<'_>) -> impl Iterator<Item = Option<Selector>> {
    let selectors = map.get("selectors").and_then(Value::as_array).unwrap_or_default();
    selectors.iter().map(|item| Selector::parse(item.as_str()?).ok())
}
