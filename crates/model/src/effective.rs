//! How the markings in a record's bytes and the statements of its envelope become one handling.
//!
//! The rule is one: the strictest of all. No marking is ever taken as clear, and a marking that cannot be
//! interpreted leaves the record with its originator and the node's own member.

use std::collections::BTreeSet;

use crate::stix::{Id, Object, Tlp, marking::Meaning};
use crate::{Category, Flag, Handling, HandlingCode, Iep, MemberId, Micros, Pap};

/// What a person states about release beyond the markings in the bytes; all empty by default.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stated {
    /// TLP level.
    pub tlp: Option<Tlp>,
    /// Handling code.
    pub code: Option<HandlingCode>,
    /// Permissible actions.
    pub pap: Option<Pap>,
    /// Named recipients.
    pub to: BTreeSet<MemberId>,
    /// Need-to-know groups.
    pub groups: BTreeSet<String>,
    /// Members who must not receive it.
    pub exclude: BTreeSet<MemberId>,
    /// Hubs that may release it in the originator's name.
    pub delegates: BTreeSet<MemberId>,
    /// Purposes it may be used for.
    pub purposes: BTreeSet<String>,
    /// Not before.
    pub embargo_until: Option<Micros>,
    /// Not from then on.
    pub end_at: Option<Micros>,
    /// Consent to onward transfer.
    pub onward: bool,
    /// It holds personal data.
    pub personal: bool,
    /// What the person is to the case.
    pub category: Option<Category>,
    /// Circumstances.
    pub flags: BTreeSet<Flag>,
    /// Information Exchange Policy.
    pub iep: Option<Iep>,
    /// Readers' groups inside this node's member.
    pub inner: BTreeSet<String>,
    /// States from which the person has refuge.
    pub refugee_from: BTreeSet<String>,
}

/// The release-relevant markings found in an object's bytes, resolved.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Markings {
    /// The strictest TLP level on the whole object.
    pub tlp: Option<Tlp>,
    /// A marking on the whole object that could not be interpreted.
    pub uninterpreted: bool,
    /// Levels of marked parts, each once, in order of strictness; none stands for a part whose marking could not
    /// be interpreted.
    pub parts: BTreeSet<Option<Tlp>>,
}

impl Markings {
    /// Reads the markings of an object. `resolve` answers what a marking definition means (STIX 2.1 §7.2); the
    /// published TLP ids are known without it.
    pub fn of(object: &Object<'_>, resolve: &dyn Fn(&Id) -> Meaning) -> Self {
        // What a contained object says of itself is not followed; so it stays with its originator.
        let mut found = Self { uninterpreted: object.contains_markings(), ..Self::default() };
        for id in object.object_marking_refs() {
            match meaning(&id, resolve) {
                Meaning::Tlp(tlp) => found.tlp = found.tlp.max(Some(tlp)),
                Meaning::Statement => {}
                _ => found.uninterpreted = true,
            }
        }
        for granular in object.granular_markings() {
            let Some(id) = granular.marking_ref else { continue };
            match meaning(&id, resolve) {
                Meaning::Tlp(tlp) => {
                    found.parts.insert(Some(tlp));
                }
                Meaning::Statement => {}
                _ => {
                    found.parts.insert(None);
                }
            }
        }
        found
    }

    /// The handling of a record of `originator` with these markings and these statements.
    pub fn handling(&self, originator: MemberId, stated: &Stated) -> Handling {
        let mut handling = Handling::unmarked(originator);
        handling.uninterpreted = self.uninterpreted;
        handling.tlp = self.tlp.max(stated.tlp);
        handling.code = stated.code;
        handling.pap = stated.pap;
        handling.recipients.extend(stated.to.iter().cloned());
        handling.groups.clone_from(&stated.groups);
        handling.exclusions.clone_from(&stated.exclude);
        handling.delegates.clone_from(&stated.delegates);
        handling.purposes.clone_from(&stated.purposes);
        handling.embargo_until = stated.embargo_until;
        handling.end_at = stated.end_at;
        handling.onward = stated.onward;
        handling.personal = stated.personal || stated.category.is_some();
        handling.category = stated.category;
        handling.flags.clone_from(&stated.flags);
        handling.iep.clone_from(&stated.iep);
        handling.inner.clone_from(&stated.inner);
        handling.refugee_from.clone_from(&stated.refugee_from);
        handling.heed_iep();
        handling
    }

    /// Whether a handling stays within what the bytes allow: it may be narrower than the markings, never wider.
    pub fn allow(&self, handling: &Handling) -> bool {
        let level_kept = match (self.tlp, handling.tlp) {
            (Some(bytes), Some(stated)) => stated >= bytes,
            (Some(_) | None, None) | (None, Some(_)) => true,
        };
        level_kept && (!self.uninterpreted || handling.uninterpreted)
    }
}

/// What a marking means: the published TLP ids need no definition at hand.
fn meaning(id: &Id, resolve: &dyn Fn(&Id) -> Meaning) -> Meaning {
    match Tlp::from_marking_id(id.as_str()) {
        Some(tlp) => Meaning::Tlp(tlp),
        None => resolve(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stix::Limits;

    fn origin() -> MemberId {
        "identity--00000000-0000-4000-8000-000000000001".parse().unwrap()
    }

    fn markings(refs: &str) -> Markings {
        let text = format!(
            r#"{{"type":"note","spec_version":"2.1","id":"note--00000000-0000-4000-8000-000000000002","object_marking_refs":[{refs}]}}"#
        );
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        Markings::of(&object, &|id| {
            if id.uuid().starts_with('a') { Meaning::Statement } else { Meaning::Unknown }
        })
    }

    const STATEMENT: &str = r#""marking-definition--a0000000-0000-4000-8000-000000000001""#;
    const FOREIGN: &str = r#""marking-definition--b0000000-0000-4000-8000-000000000001""#;

    #[test]
    fn d2_several_tlp_marks_mean_the_strictest() {
        let both = format!(r#""{}","{}""#, Tlp::Amber.marking_id(), Tlp::Green.marking_id());
        assert_eq!(markings(&both).tlp, Some(Tlp::Amber));
    }

    #[test]
    fn what_a_contained_observable_says_of_itself_keeps_the_whole_with_its_originator() {
        let text = format!(
            r#"{{"type":"observed-data","object_marking_refs":["{}"],"objects":{{"0":{{"type":"file","object_marking_refs":["{}"]}}}}}}"#,
            Tlp::Clear.marking_id(),
            Tlp::Red.marking_id()
        );
        let object = Object::parse(text.as_bytes(), &crate::stix::Limits::default()).unwrap();
        assert!(Markings::of(&object, &|_| Meaning::Unknown).uninterpreted);
    }

    #[test]
    fn a_statement_restricts_nothing_and_releases_nothing() {
        let only = markings(STATEMENT);
        assert_eq!(only.handling(origin(), &Stated::default()).tlp, None);
        let stated = Stated { tlp: Some(Tlp::Clear), ..Stated::default() };
        assert_eq!(only.handling(origin(), &stated).tlp, Some(Tlp::Clear));
    }

    #[test]
    fn the_envelope_cannot_widen_the_bytes() {
        let red = markings(&format!(r#""{}""#, Tlp::Red.marking_id()));
        let stated = Stated { tlp: Some(Tlp::Clear), ..Stated::default() };
        assert_eq!(red.handling(origin(), &stated).tlp, Some(Tlp::Red));
        let mut wider = red.handling(origin(), &stated);
        wider.tlp = Some(Tlp::Green);
        assert!(!red.allow(&wider));
    }

    #[test]
    fn a_marking_nobody_knows_stays_with_the_originator() {
        let foreign = markings(&format!(r#""{}",{FOREIGN}"#, Tlp::Clear.marking_id()));
        let handling = foreign.handling(origin(), &Stated::default());
        assert!(handling.uninterpreted);
        let mut wider = handling;
        wider.uninterpreted = false;
        assert!(!foreign.allow(&wider));
    }
}
