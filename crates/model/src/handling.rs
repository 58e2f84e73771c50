//! Handling: everything an originator states about the release of a record, as one immutable value.
//!
//! A handling is named by the SHA-256 of its canonical form, so equal statements share one name and one verdict.
//! It is never edited: a change is another handling. What a handling *means* is decided in `policy`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::iep::{Iep, Permitted};
use crate::stix::{Digest, Tlp};
use crate::{MemberId, Micros, ModelError};

/// The name of a handling: the SHA-256 of its canonical form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HandlingId(pub Digest);

impl fmt::Display for HandlingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Handling codes of police cooperation, which restrict use after receipt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum HandlingCode {
    /// May be used for preventing and combating crime within the agreement.
    H0,
    /// Not to be disclosed in court proceedings without the originator's permission.
    H1,
    /// Not to be disseminated further without the originator's permission.
    H2,
    /// Other restrictions, stated in the record.
    H3,
}

impl HandlingCode {
    /// The code as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::H0 => "H0",
            Self::H1 => "H1",
            Self::H2 => "H2",
            Self::H3 => "H3",
        }
    }
}

/// Permissible Actions Protocol: what the recipient may do with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pap {
    /// No restriction on use.
    Clear,
    /// Active actions allowed.
    Green,
    /// Passive checks only.
    Amber,
    /// Non-detectable actions only.
    Red,
}

/// What the person in a record is to the case. A supporter is no category: it is a contact with a stated link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Suspected of an offence.
    Suspect,
    /// Convicted of an offence.
    Convicted,
    /// Factual grounds exist to believe that the person will commit an offence.
    FutureOffence,
    /// In contact or associated with one of the above.
    Contact,
    /// Victim or possible victim.
    Victim,
    /// Witness.
    Witness,
    /// Can inform about the offence.
    CanInform,
}

impl Category {
    /// The word used in documents and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspect => "suspect",
            Self::Convicted => "convicted",
            Self::FutureOffence => "future-offence",
            Self::Contact => "contact",
            Self::Victim => "victim",
            Self::Witness => "witness",
            Self::CanInform => "can-inform",
        }
    }
}

/// Circumstances that call for more care than the levels say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// The source must not be named or deduced.
    AnonymousSource,
    /// Every use needs the originator's agreement.
    OriginatorControl,
    /// Of political, military, religious or racial character: neutrality review.
    Neutrality,
    /// The person is under 18.
    Minor,
    /// Ill-treatment is alleged in the circumstances of collection.
    IllTreatment,
    /// A complaint of the person concerned is open.
    Complaint,
}

impl Flag {
    /// The word used in documents and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::AnonymousSource => "anonymous-source",
            Self::OriginatorControl => "originator-control",
            Self::Neutrality => "neutrality",
            Self::Minor => "minor",
            Self::IllTreatment => "ill-treatment",
            Self::Complaint => "complaint",
        }
    }
}

/// What the originator states about release. Canonical by construction: sets are sorted, defaults are left out
/// of the serialised form, and the originator is among the recipients.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handling {
    /// Version of this form; always 1. New fields with a default keep old hashes.
    v: u8,
    /// Whose record it is.
    pub originator: MemberId,
    /// The strictest TLP level stated; none means that no releasing marking was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<Tlp>,
    /// A marking was met that could not be interpreted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub uninterpreted: bool,
    /// Handling code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<HandlingCode>,
    /// Permissible actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pap: Option<Pap>,
    /// Members named as recipients; the originator always is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recipients: BTreeSet<MemberId>,
    /// Need-to-know groups of the agreement; empty means no such limit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub groups: BTreeSet<String>,
    /// Members who must not receive it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exclusions: BTreeSet<MemberId>,
    /// Hubs that may release it in the originator's name to the recipients named here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub delegates: BTreeSet<MemberId>,
    /// Members that hold it and may release it to these third members, each of whom is a recipient as well: what the
    /// originator consented to when it was asked. Unlike a delegate none of them may do more in the originator's name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub consents: BTreeMap<MemberId, BTreeSet<MemberId>>,
    /// Purposes it may be used for; empty means any, except for personal data, where it means none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub purposes: BTreeSet<String>,
    /// Not to be released before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo_until: Option<Micros>,
    /// Not to be released from this instant on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Micros>,
    /// The originator consents to onward transfer within the marking.
    #[serde(default, skip_serializing_if = "is_default")]
    pub onward: bool,
    /// It holds personal data.
    #[serde(default, skip_serializing_if = "is_default")]
    pub personal: bool,
    /// What the person in it is to the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Circumstances that call for more care.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flags: BTreeSet<Flag>,
    /// Information Exchange Policy; its level and dates are those of this handling or laxer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iep: Option<Iep>,
    /// Readers' groups inside the node's own member; empty means no such limit. Private: it never leaves the node.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inner: BTreeSet<String>,
    /// States (ISO 3166-1, two letters) from which the person in it has refuge: nothing of it goes there. Private: it
    /// never leaves the node.
    #[serde(default, skip_serializing_if = "is_default")]
    pub refugee_from: BTreeSet<String>,
}

/// Whether a text is the code of a state: two capital letters. Whether the code is assigned is not known here.
pub fn is_state(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Handling {
    /// The handling of a record about whose release nothing is stated: its originator and the node's own member.
    pub fn unmarked(originator: MemberId) -> Self {
        Self {
            v: 1,
            recipients: BTreeSet::from([originator.clone()]),
            originator,
            tlp: None,
            uninterpreted: false,
            code: None,
            pap: None,
            groups: BTreeSet::new(),
            exclusions: BTreeSet::new(),
            delegates: BTreeSet::new(),
            consents: BTreeMap::new(),
            purposes: BTreeSet::new(),
            embargo_until: None,
            end_at: None,
            onward: false,
            personal: false,
            category: None,
            flags: BTreeSet::new(),
            iep: None,
            inner: BTreeSet::new(),
            refugee_from: BTreeSet::new(),
        }
    }

    /// Reads the serialised form and makes it canonical.
    ///
    /// # Errors
    /// [`ModelError::Handling`] for unknown fields, another version, too many names (1,000 a set), a state or a readers'
    /// group that is none, or an IEP that is stricter than the handling around it.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let read: Self =
            serde_json::from_str(text).map_err(|error| ModelError::Handling(error.to_string()))?;
        read.checked()
    }

    /// Checks limits and completes the canonical form of a handling that came inside another document.
    ///
    /// # Errors
    /// As for [`Handling::from_json`].
    pub fn checked(mut self) -> Result<Self, ModelError> {
        if self.v != 1 {
            return Err(ModelError::Handling(format!("version {} is not known here", self.v)));
        }
        let sizes = [
            self.recipients.len(),
            self.groups.len(),
            self.exclusions.len(),
            self.delegates.len(),
            self.consents.values().map(|thirds| thirds.len().max(1)).sum(),
            self.purposes.len(),
            self.inner.len(),
            self.refugee_from.len(),
        ];
        if sizes.iter().any(|&size| size > 1_000) {
            return Err(ModelError::Handling("more than 1,000 names in one set".into()));
        }
        if let Some(code) = self.refugee_from.iter().find(|code| !is_state(code)) {
            return Err(ModelError::Handling(format!(
                "{code:?} is no state: write two capital letters of ISO 3166-1"
            )));
        }
        if let Some(name) = self.inner.iter().find(|name| name.trim().is_empty() || name.len() > 100) {
            return Err(ModelError::Handling(format!(
                "the readers' group {name:?} has no name of 1 to 100 bytes"
            )));
        }
        self.iep = self.iep.map(Iep::checked).transpose()?;
        self.heeds_iep()?;
        self.recipients.insert(self.originator.clone());
        Ok(self)
    }

    /// Takes over from its IEP what is stricter there: the level, the later start and the earlier end.
    pub fn heed_iep(&mut self) {
        let Some(iep) = &self.iep else { return };
        self.tlp = self.tlp.max(iep.tlp);
        self.embargo_until = self.embargo_until.max(iep.start_date);
        self.end_at = [self.end_at, iep.end_date].into_iter().flatten().min();
    }

    /// Refuses a handling that is laxer than the IEP in it, where a level is stated at all.
    fn heeds_iep(&self) -> Result<(), ModelError> {
        let mut heeded = self.clone();
        heeded.heed_iep();
        let laxer = [
            ("level", self.tlp.is_some() && heeded.tlp != self.tlp),
            ("embargo", heeded.embargo_until != self.embargo_until),
            ("end date", heeded.end_at != self.end_at),
        ];
        match laxer.iter().find(|(_, is_laxer)| *is_laxer) {
            Some((what, _)) => Err(ModelError::Handling(format!(
                "its IEP states a stricter {what}: give another IEP, or none, to go beyond it"
            ))),
            None => Ok(()),
        }
    }

    /// What recipients may do with it: the stricter of its IEP and its PAP level. None means that neither says.
    pub fn permitted(&self) -> Option<Permitted> {
        let by_pap = self.pap.map(|pap| match pap {
            Pap::Red => Permitted::Internal,
            Pap::Amber => Permitted::Indirect,
            Pap::Green | Pap::Clear => Permitted::Direct,
        });
        let by_iep = self.iep.as_ref().and_then(|iep| iep.permitted_actions);
        [by_pap, by_iep].into_iter().flatten().min()
    }

    /// Whether it states something that never leaves the node.
    pub fn is_private(&self) -> bool {
        !self.inner.is_empty() || !self.refugee_from.is_empty()
    }

    /// What leaves the node of it: everything but the private side. Where there is a block for a state the rest says
    /// that nobody passes it on, so that a receiver that does not know of the block cannot break it.
    #[must_use]
    pub fn outward(&self) -> Self {
        let mut outward = self.clone();
        if !outward.refugee_from.is_empty() {
            outward.onward = false;
            outward.delegates.clear();
            outward.consents.clear();
        }
        outward.inner.clear();
        outward.refugee_from.clear();
        outward
    }

    /// What stands at a member that got it without its originator having been asked, because a life was in danger: nobody
    /// passes it on from there.
    #[must_use]
    pub fn going_no_further(&self) -> Self {
        let mut kept = self.clone();
        kept.flags.insert(Flag::OriginatorControl);
        kept.onward = false;
        kept.delegates.clear();
        kept.consents.clear();
        kept
    }

    /// The canonical form (RFC 8785): what is hashed, signed and kept.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text cannot be canonical (it cannot happen for a handling read by this crate).
    pub fn canonical(&self) -> Result<String, ModelError> {
        let bytes = crate::envelope::canonical_json(self)?;
        String::from_utf8(bytes).map_err(|error| ModelError::Canonical(error.to_string()))
    }

    /// The name: SHA-256 of the canonical form.
    ///
    /// # Errors
    /// As for [`Handling::canonical`].
    pub fn id(&self) -> Result<HandlingId, ModelError> {
        Ok(HandlingId(Digest::of(self.canonical()?.as_bytes())))
    }

    /// The same handling at the stricter of its own level and `tlp`: what a marked part of a record has.
    #[must_use]
    pub fn at_least(&self, tlp: Option<Tlp>) -> Self {
        let mut stricter = self.clone();
        stricter.tlp = match (self.tlp, tlp) {
            (Some(own), Some(part)) => Some(own.max(part)),
            _ => None,
        };
        stricter
    }

    /// Whether everything that this handling allows is allowed by `other` too: it states the same or more strictly.
    pub fn is_within(&self, other: &Self) -> bool {
        let level = match (self.tlp, other.tlp) {
            (Some(own), Some(theirs)) => own >= theirs,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let end = match (self.end_at, other.end_at) {
            (Some(own), Some(theirs)) => own <= theirs,
            (_, None) => true,
            (None, Some(_)) => false,
        };
        // An empty set of groups or purposes means no such limit.
        let limited = |own: &BTreeSet<String>, theirs: &BTreeSet<String>| {
            theirs.is_empty() || (!own.is_empty() && own.is_subset(theirs))
        };
        let iep = match (&self.iep, &other.iep) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(theirs)) => own.is_within(theirs),
        };
        self.originator == other.originator
            && level
            && iep
            && limited(&self.inner, &other.inner)
            && self.refugee_from.is_superset(&other.refugee_from)
            && end
            && (self.uninterpreted || !other.uninterpreted)
            && self.recipients.is_subset(&other.recipients)
            && limited(&self.groups, &other.groups)
            && limited(&self.purposes, &other.purposes)
            && self.exclusions.is_superset(&other.exclusions)
            && self.delegates.is_subset(&other.delegates)
            && self
                .consents
                .iter()
                .all(|(by, thirds)| thirds.iter().all(|third| other.consents_to(by, third)))
            && self.embargo_until >= other.embargo_until
            && (other.onward || !self.onward)
            && (self.personal || !other.personal)
            && (other.category.is_none() || self.category == other.category)
            && self.flags.is_superset(&other.flags)
            && self.code >= other.code
            && self.pap >= other.pap
    }

    /// Whether its originator lets a member that holds it release it to a third one, of those named as recipients.
    pub fn consents_to(&self, by: &MemberId, third: &MemberId) -> bool {
        self.delegates.contains(by) || self.consents.get(by).is_some_and(|thirds| thirds.contains(third))
    }

    /// Whether a group, named recipient, exclusion or date narrows it beyond its level.
    pub fn is_narrowed(&self) -> bool {
        self.recipients.len() > 1
            || !self.groups.is_empty()
            || !self.exclusions.is_empty()
            || !self.purposes.is_empty()
            || self.embargo_until.is_some()
            || self.end_at.is_some()
            || self.is_private()
    }

    /// The level in words for people: `TLP:AMBER`, or `no marking`, or `unknown marking`.
    pub fn level_name(&self) -> &'static str {
        match self.tlp {
            _ if self.uninterpreted => "unknown marking",
            Some(tlp) => tlp.name(),
            None => "no marking",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u8) -> MemberId {
        format!("identity--00000000-0000-4000-8000-0000000000{n:02}").parse().unwrap()
    }

    #[test]
    fn defaults_are_left_out_so_that_hashes_last() {
        let handling = Handling::unmarked(member(1));
        assert_eq!(
            handling.canonical().unwrap(),
            r#"{"originator":"identity--00000000-0000-4000-8000-000000000001","recipients":["identity--00000000-0000-4000-8000-000000000001"],"v":1}"#
        );
        // Pinned: a change here changes the name of every stored handling.
        assert_eq!(handling.id().unwrap().to_string().len(), 64);
    }

    #[test]
    fn the_order_of_statements_does_not_matter() {
        let a = r#"{"v":1,"originator":"identity--00000000-0000-4000-8000-000000000001","tlp":"amber","groups":["b","a"]}"#;
        let b = r#"{"groups":["a","b"],"tlp":"amber","recipients":["identity--00000000-0000-4000-8000-000000000001"],"originator":"identity--00000000-0000-4000-8000-000000000001","v":1}"#;
        assert_eq!(
            Handling::from_json(a).unwrap().id().unwrap(),
            Handling::from_json(b).unwrap().id().unwrap()
        );
    }

    #[test]
    fn an_unknown_statement_is_refused_not_ignored() {
        let text =
            r#"{"v":1,"originator":"identity--00000000-0000-4000-8000-000000000001","eyes_only":true}"#;
        assert!(Handling::from_json(text).is_err());
        assert!(Handling::from_json(&text.replace(r#""v":1"#, r#""v":2"#)).is_err());
    }

    #[test]
    fn within_means_that_nobody_gets_more() {
        let mut wide = Handling::unmarked(member(1));
        wide.tlp = Some(Tlp::Green);
        wide.recipients.insert(member(2));
        wide.onward = true;
        let narrower: [fn(&mut Handling); 13] = [
            |h| h.tlp = Some(Tlp::Red),
            |h| h.tlp = None,
            |h| h.uninterpreted = true,
            |h| drop(h.recipients.pop_last()),
            |h| h.groups.extend(["council".into()]),
            |h| h.purposes.extend(["border".into()]),
            |h| h.exclusions.extend([member(3)]),
            |h| h.embargo_until = Some(Micros(1)),
            |h| h.end_at = Some(Micros(1)),
            |h| h.onward = false,
            |h| h.iep = Some(Iep::default()),
            |h| h.inner.extend(["unit".into()]),
            |h| h.refugee_from.extend(["QX".into()]),
        ];
        assert!(wide.is_within(&wide));
        for narrow in narrower {
            let mut changed = wide.clone();
            narrow(&mut changed);
            assert!(changed.is_within(&wide), "{changed:?}");
            assert!(!wide.is_within(&changed), "{changed:?}");
        }
        let mut personal = wide.clone();
        personal.personal = true;
        assert!(personal.is_within(&wide) && !wide.is_within(&personal));
    }

    #[test]
    fn h2_the_private_side_never_stands_in_what_leaves_and_nobody_may_pass_it_on() {
        let mut handling = Handling::unmarked(member(1));
        handling.tlp = Some(Tlp::Green);
        handling.onward = true;
        handling.delegates.insert(member(2));
        let open = handling.clone();
        assert_eq!(open.outward(), open);
        handling.inner.insert("unit".into());
        assert_eq!(handling.outward(), open, "a limit inside a member is nobody else's affair");
        handling.refugee_from.insert("QX".into());
        let outward = handling.outward().canonical().unwrap();
        for word in ["inner", "refugee", "QX", "unit", "onward", "delegates"] {
            assert!(!outward.contains(word), "{word}: {outward}");
        }
        let read = Handling::from_json(&handling.canonical().unwrap()).unwrap();
        assert_eq!(read, handling, "the node itself keeps the whole");
        for wrong in ["q", "qx", "QXX", "Q1"] {
            let mut odd = open.clone();
            odd.refugee_from.insert(wrong.into());
            assert!(odd.checked().is_err(), "{wrong}");
        }
    }

    #[test]
    fn d8_the_dates_and_the_level_of_an_iep_hold_where_they_are_stricter() {
        let mut handling = Handling::unmarked(member(1));
        handling.tlp = Some(Tlp::Green);
        handling.embargo_until = Some(Micros(5));
        handling.end_at = Some(Micros(50));
        let dated = |start, end, tlp| {
            Some(Iep {
                start_date: Some(Micros(start)),
                end_date: Some(Micros(end)),
                tlp: Some(tlp),
                ..Iep::default()
            })
        };
        handling.iep = dated(9, 40, Tlp::Amber);
        assert!(handling.clone().checked().is_err(), "who sends it so says two things");
        handling.heed_iep();
        assert_eq!((handling.embargo_until, handling.end_at), (Some(Micros(9)), Some(Micros(40))));
        assert_eq!(handling.tlp, Some(Tlp::Amber));
        handling.iep = dated(1, 90, Tlp::Clear);
        let before = handling.clone();
        handling.heed_iep();
        assert_eq!(handling, before, "the stricter of its own dates and level stay");
        assert!(handling.checked().is_ok());
    }

    #[test]
    fn d9_the_stricter_of_iep_and_pap_says_what_is_permitted() {
        let mut handling = Handling::unmarked(member(1));
        assert_eq!(handling.permitted(), None);
        handling.pap = Some(Pap::Amber);
        assert_eq!(handling.permitted(), Some(Permitted::Indirect));
        let says = |permitted| Some(Iep { permitted_actions: Some(permitted), ..Iep::default() });
        handling.iep = says(Permitted::Direct);
        assert_eq!(handling.permitted(), Some(Permitted::Indirect));
        handling.iep = says(Permitted::None);
        assert_eq!(handling.permitted(), Some(Permitted::None));
        handling.pap = None;
        handling.iep = says(Permitted::Contact);
        assert_eq!(handling.permitted(), Some(Permitted::Contact));
    }

    #[test]
    fn a_part_is_never_laxer_than_its_record() {
        let mut handling = Handling::unmarked(member(1));
        assert_eq!(handling.at_least(Some(Tlp::Clear)).tlp, None);
        handling.tlp = Some(Tlp::Amber);
        assert_eq!(handling.at_least(Some(Tlp::Clear)).tlp, Some(Tlp::Amber));
        assert_eq!(handling.at_least(Some(Tlp::Red)).tlp, Some(Tlp::Red));
        assert_eq!(handling.at_least(None).tlp, None);
    }
}
