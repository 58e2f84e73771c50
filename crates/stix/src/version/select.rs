//! Which of several objects is the latest version.

use std::collections::{BTreeMap, BTreeSet};

use super::content::fingerprint;
use crate::id::Id;
use crate::object::Object;
use crate::time::Timestamp;

/// A set of objects, by identifier and version.
///
/// What orders versions is the instant of `modified`, else of `created`: `…48.000Z` is `…48Z`. An object without
/// either, as most observables are, has the one version `None`, which is before every other; marking definitions have
/// the one version of their `created`. Bundles are objects here like any other: read them first and give their
/// content.
///
/// Objects that say the same are kept once (see clause 3.6: a default may be left out, and the order of properties,
/// the spelling of numbers and zeros at the end of a time do not count). Objects of one identifier and version that
/// differ are all kept, in the order given, and are [`Versions::conflicts`].
#[derive(Clone, Debug, Default)]
pub struct Versions<'o, 'a> {
    groups: BTreeMap<Id, BTreeMap<Option<Timestamp>, Vec<&'o Object<'a>>>>,
    unidentified: Vec<&'o Object<'a>>,
    duplicates: usize,
}

/// Several objects of one identifier and version that differ. The standard does not say which one holds.
#[derive(Clone, Debug)]
pub struct Conflict<'o, 'a> {
    /// The identifier.
    pub id: Id,
    /// The version, `None` for objects without any. Observables of one deterministic identifier may differ in the
    /// properties that do not make up the identifier; they are reported here too.
    pub version: Option<Timestamp>,
    /// The objects, in the order given, at least two.
    pub objects: Vec<&'o Object<'a>>,
}

impl<'o, 'a> Versions<'o, 'a> {
    /// Sorts the objects.
    #[must_use]
    pub fn of(objects: impl IntoIterator<Item = &'o Object<'a>>) -> Self {
        let mut sorted = Self::default();
        for object in objects {
            match object.id() {
                Some(id) => {
                    let versions = sorted.groups.entry(id).or_default();
                    versions.entry(object.version()).or_default().push(object);
                }
                None => sorted.unidentified.push(object),
            }
        }
        for held in sorted.groups.values_mut().flat_map(BTreeMap::values_mut).filter(|held| held.len() > 1) {
            let before = held.len();
            let mut seen = BTreeSet::new();
            held.retain(|object| seen.insert(fingerprint(object)));
            sorted.duplicates = sorted.duplicates.saturating_add(before.saturating_sub(held.len()));
        }
        sorted
    }

    /// The identifiers, in order.
    pub fn ids(&self) -> impl Iterator<Item = &Id> {
        self.groups.keys()
    }

    /// The latest version, which is the state of the object (clause 3.6). Of a conflict it is the one given first.
    #[must_use]
    pub fn latest(&self, id: &Id) -> Option<&'o Object<'a>> {
        self.groups.get(id)?.values().next_back()?.first().copied()
    }

    /// The earliest version there is. Of a conflict it is the one given first.
    #[must_use]
    pub fn first(&self, id: &Id) -> Option<&'o Object<'a>> {
        self.groups.get(id)?.values().next()?.first().copied()
    }

    /// Every version, the earliest first; of a conflict all, in the order given.
    pub fn all(&self, id: &Id) -> impl Iterator<Item = &'o Object<'a>> {
        self.groups.get(id).into_iter().flat_map(BTreeMap::values).flatten().copied()
    }

    /// The version of the instant `at`; more than one in a conflict.
    #[must_use]
    pub fn at(&self, id: &Id, at: &Timestamp) -> &[&'o Object<'a>] {
        self.groups.get(id).and_then(|versions| versions.get(&Some(at.clone()))).map_or(&[], Vec::as_slice)
    }

    /// Whether the latest version is revoked: one of them, in a conflict. The whole object is revoked then, with its
    /// earlier versions (clause 3.6). No when the identifier is unknown.
    #[must_use]
    pub fn is_revoked(&self, id: &Id) -> bool {
        let latest = self.groups.get(id).and_then(|versions| versions.values().next_back());
        latest.is_some_and(|held| held.iter().any(|object| object.revoked()))
    }

    /// The latest version of every identifier, by identifier.
    pub fn latest_of_each(&self) -> impl Iterator<Item = &'o Object<'a>> {
        self.groups.values().filter_map(|versions| versions.values().next_back()?.first().copied())
    }

    /// Every object that says something of its own, by identifier and version; those without identifier last.
    pub fn distinct(&self) -> impl Iterator<Item = &'o Object<'a>> {
        let sorted = self.groups.values().flat_map(BTreeMap::values).flatten();
        sorted.chain(&self.unidentified).copied()
    }

    /// How many objects said the same as another and were left out.
    #[must_use]
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// The objects without a well-formed identifier, in the order given. None of them is compared with another.
    #[must_use]
    pub fn unidentified(&self) -> &[&'o Object<'a>] {
        &self.unidentified
    }

    /// Every identifier and version for which different objects were given.
    pub fn conflicts(&self) -> impl Iterator<Item = Conflict<'o, 'a>> {
        self.groups.iter().flat_map(|(id, versions)| {
            versions.iter().filter(|(_, held)| held.len() > 1).map(|(version, held)| Conflict {
                id: id.clone(),
                version: version.clone(),
                objects: held.clone(),
            })
        })
    }

    /// The versions that are later than one that revoked the object, which the standard forbids (clause 3.6).
    pub fn after_revocation(&self) -> impl Iterator<Item = &'o Object<'a>> {
        self.groups.values().flat_map(|versions| {
            let revoked = versions.values().position(|held| held.iter().any(|object| object.revoked()));
            let from = revoked.map_or(versions.len(), |at| at.saturating_add(1));
            versions.values().skip(from).flatten().copied()
        })
    }
}
