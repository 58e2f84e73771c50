//! What differs between two documents, by identifier and version.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Difference, Kind, objects};
use crate::canon::canonical;
use crate::id::Id;
use crate::json::Value;
use crate::object::Object;
use crate::time::Timestamp;

/// One of the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// One version of an object in one of the documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The identifier; as written if it is malformed, empty if there is none.
    pub id: String,
    /// `modified`, else `created`; absent for objects without versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Timestamp>,
    /// The place of the object among those of its document, from 0.
    pub index: usize,
}

/// One object that both documents have and that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// The identifier.
    pub id: String,
    /// The object in the first document.
    pub a: Version,
    /// The object in the second document.
    pub b: Version,
    /// The document with the later version; absent when both have the same one. An object that has versions must not
    /// differ then (clause 3.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer: Option<Side>,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Changed {
    /// Whether the two mean the same and are only written otherwise.
    #[must_use]
    pub fn is_representation(&self) -> bool {
        self.differences.iter().all(|difference| difference.kind == Kind::Representation)
    }
}

/// What differs between two documents. Every list is ordered by identifier and version.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DocumentDiff {
    /// Versions that only the first document has.
    pub only_a: Vec<Version>,
    /// Versions that only the second document has.
    pub only_b: Vec<Version>,
    /// Objects that differ: in one and the same version, or in their latest versions, when these are not the same.
    pub changed: Vec<Changed>,
    /// How many versions are the same in both, the order of keys and of sets aside. A repeated object counts once.
    pub same: usize,
}

impl DocumentDiff {
    /// Whether the two documents have the same objects in the same versions, whatever their order.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.only_a.is_empty() && self.only_b.is_empty() && self.changed.is_empty()
    }
}

/// What two lists of objects hold, apart and in common, by identifier and version.
///
/// Objects of one identifier and version are compared with each other. If the latest versions of an object are not of
/// the same time, these two are compared as well and stand in `changed`; a latest version that the other document does
/// not have is then not listed in `only_a` or `only_b`. Objects without an identifier are the same if they are equal.
#[must_use]
pub fn documents(a: &[Object<'_>], b: &[Object<'_>]) -> DocumentDiff {
    let (first, second) = (grouped(a), grouped(b));
    let mut diff = DocumentDiff::default();
    let keys: BTreeSet<&Key> = first.keys().chain(second.keys()).collect();
    for key in keys {
        match (first.get(key), second.get(key)) {
            (Some(first), Some(second)) => diff.object(&key.id, Source(a, first), Source(b, second)),
            (Some(only), None) => diff.only_a.extend(Source(a, only).all(&key.id)),
            (None, Some(only)) => diff.only_b.extend(Source(b, only).all(&key.id)),
            (None, None) => {}
        }
    }
    diff
}

/// What objects of two documents are matched by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    id: String,
    /// The canonical form of an object without identifier; else empty.
    content: Vec<u8>,
}

/// The places of the objects of one identifier, by version.
type Versions = BTreeMap<Option<Timestamp>, Vec<usize>>;

fn grouped(objects: &[Object<'_>]) -> BTreeMap<Key, Versions> {
    let mut groups: BTreeMap<Key, Versions> = BTreeMap::new();
    for (at, object) in objects.iter().enumerate() {
        let id = object.id().map(|id: Id| id.as_str().to_owned());
        let id = id.or_else(|| object.text("id").map(str::to_owned)).unwrap_or_default();
        let content = if id.is_empty() { text_of(object) } else { Vec::new() };
        let versions = groups.entry(Key { id, content }).or_default();
        versions.entry(object.version()).or_default().push(at);
    }
    groups
}

fn text_of(object: &Object<'_>) -> Vec<u8> {
    let value = Value::Object(object.value().clone());
    canonical(&value).or_else(|_| serde_json::to_vec(&value)).unwrap_or_default()
}

/// The objects of one identifier in one document.
#[derive(Clone, Copy)]
struct Source<'s, 'o>(&'s [Object<'o>], &'s Versions);

impl<'s, 'o> Source<'s, 'o> {
    /// Objects of one version, none twice.
    fn variants(self, version: &Option<Timestamp>) -> Vec<usize> {
        let places = self.1.get(version).map(Vec::as_slice).unwrap_or_default();
        if places.len() < 2 {
            return places.to_vec();
        }
        let mut seen = BTreeSet::new();
        let mut new = |at: &&usize| self.0.get(**at).is_some_and(|object| seen.insert(text_of(object)));
        places.iter().filter(&mut new).copied().collect()
    }

    fn all(self, id: &'s str) -> impl Iterator<Item = Version> {
        self.1.keys().flat_map(move |version| {
            let variants = self.variants(version).into_iter();
            variants.map(move |index| Version { id: id.to_owned(), version: version.clone(), index })
        })
    }

    fn latest(self) -> Option<Version> {
        let (version, places) = self.1.last_key_value()?;
        places.first().map(|index| Version { id: String::new(), version: version.clone(), index: *index })
    }
}

impl DocumentDiff {
    /// The versions of one object that both documents have.
    fn object(&mut self, id: &str, a: Source<'_, '_>, b: Source<'_, '_>) {
        let latest = a.latest().zip(b.latest()).filter(|(first, second)| first.version != second.version);
        let versions: BTreeSet<_> = a.1.keys().chain(b.1.keys()).collect();
        for version in versions {
            let (mut first, mut second) = (a.variants(version), b.variants(version));
            self.same = self.same.saturating_add(without_equal((a.0, &mut first), (b.0, &mut second)));
            let named = |index: usize| Version { id: id.to_owned(), version: version.clone(), index };
            let pairs = first.len().min(second.len());
            for (at, pair) in first.iter().zip(&second) {
                self.compare(a.0, b.0, named(*at), named(*pair), None);
            }
            let compared = |index: usize, of_a: bool| {
                latest.as_ref().is_some_and(|(a, b)| if of_a { a.index == index } else { b.index == index })
            };
            let rest = |list: &[usize], of_a: bool| -> Vec<Version> {
                let rest = list.iter().skip(pairs).filter(|at| !compared(**at, of_a));
                rest.map(|at| named(*at)).collect()
            };
            self.only_a.extend(rest(&first, true));
            self.only_b.extend(rest(&second, false));
        }
        if let Some((first, second)) = latest {
            let newer = if first.version > second.version { Side::A } else { Side::B };
            let own = |version: Version| Version { id: id.to_owned(), ..version };
            self.compare(a.0, b.0, own(first), own(second), Some(newer));
        }
    }

    fn compare(
        &mut self,
        a: &[Object<'_>],
        b: &[Object<'_>],
        first: Version,
        second: Version,
        newer: Option<Side>,
    ) {
        let (Some(left), Some(right)) = (a.get(first.index), b.get(second.index)) else { return };
        let differences = objects(left.value(), right.value());
        if differences.is_empty() {
            self.same = self.same.saturating_add(1);
        } else {
            self.changed.push(Changed { id: first.id.clone(), a: first, b: second, newer, differences });
        }
    }
}

/// Takes equal objects out of both lists; how many pairs there were.
fn without_equal(
    (a, first): (&[Object<'_>], &mut Vec<usize>),
    (b, second): (&[Object<'_>], &mut Vec<usize>),
) -> usize {
    if first.len() < 2 && second.len() < 2 {
        return 0;
    }
    let text = |objects: &[Object<'_>], at: usize| objects.get(at).map(text_of).unwrap_or_default();
    let of_b: BTreeSet<_> = second.iter().map(|at| text(b, *at)).collect();
    let common: BTreeSet<_> =
        first.iter().map(|at| text(a, *at)).filter(|text| of_b.contains(text)).collect();
    first.retain(|at| !common.contains(&text(a, *at)));
    second.retain(|at| !common.contains(&text(b, *at)));
    common.len()
}
