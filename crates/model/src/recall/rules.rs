//! Who may recall, which recalls are in force, which records they name, and what keeps a record aside.

use std::collections::BTreeSet;

use super::{Obligation, Recall, RecallFault, Scope, Target, TargetState};
use crate::agreement::Member;
use crate::stix::Digest;
use crate::{MemberId, Micros, Record};

/// What is known about who recalls. Its signature was checked before: it is of a key that the agreement knows for it.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Who speaks.
    pub signer: &'a MemberId,
    /// Whose records are named.
    pub origin: &'a MemberId,
    /// The originator in the agreement in force.
    pub member: Option<&'a Member>,
    /// For each record that is named, the delegates in the signed envelope that is held here of it, if one is.
    pub delegates: &'a [Option<&'a BTreeSet<MemberId>>],
}

words! {
    /// As whom somebody recalls.
    Says {
        /// The originator itself.
        Originator = "originator",
        /// The member on whose node an originator without keys lives.
        Host = "host",
        /// A member that the originator names in the envelope.
        Delegate = "delegate",
    }
}

impl Claim<'_> {
    /// As whom the speaker may recall. A delegate has to be one for every record that it names, and what shows it has to
    /// be held here: else it could keep out what nobody here has seen yet.
    ///
    /// # Errors
    /// [`RecallFault::NotItsOriginator`] when it is none of those who may; [`RecallFault::NothingHeld`] when it may be a
    /// delegate, and of some record nothing is held here that shows it.
    pub fn judge(&self) -> Result<Says, RecallFault> {
        if self.signer == self.origin {
            return Ok(Says::Originator);
        }
        let is_hosted_by = |member: &Member| member.hosted_by.as_ref() == Some(self.signer);
        if self.member.is_some_and(|member| member.keys.is_empty() && is_hosted_by(member)) {
            return Ok(Says::Host);
        }
        if self.delegates.iter().flatten().any(|delegates| !delegates.contains(self.signer)) {
            return Err(RecallFault::NotItsOriginator { origin: self.origin.to_string() });
        }
        if self.delegates.is_empty() || self.delegates.contains(&None) {
            return Err(RecallFault::NothingHeld);
        }
        Ok(Says::Delegate)
    }
}

/// A recall that was taken, with what was found out when it was.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Digest of the signed recall: its name.
    pub digest: Digest,
    /// Who speaks.
    pub signer: &'a MemberId,
    /// As whom.
    pub says: Says,
    /// When, by its clock.
    pub at: Micros,
    /// What is said.
    pub recall: &'a Recall,
}

impl Known<'_> {
    /// The order in which recalls are listed: by the speaker's time, then its number, then the digest.
    #[must_use]
    pub fn order(&self) -> (Micros, u64, Digest) {
        (self.at, self.recall.number, self.digest)
    }

    /// Whether two different recalls bear one number of one speaker. Both hold; the speaker lost what it had, or says
    /// two things.
    #[must_use]
    pub fn repeats_number_of(&self, other: &Self) -> bool {
        self.signer == other.signer
            && self.recall.number == other.recall.number
            && self.digest != other.digest
    }

    /// Checks that this recall stands in place of the older one that it names. It depends on the two alone, so that it is
    /// the same whichever came first. One that names an older recall and does not replace it holds beside it.
    ///
    /// # Errors
    /// [`RecallFault::Supersedes`] with what does not fit.
    pub fn replaces(&self, older: &Self) -> Result<(), RecallFault> {
        let fault = |why| Err(RecallFault::Supersedes(why));
        if self.recall.supersedes != Some(older.digest) {
            return fault("it does not name it");
        }
        if self.recall.origin != older.recall.origin {
            return fault("they are about records of two originators");
        }
        if self.says == Says::Delegate && self.signer != older.signer {
            return fault("a delegate replaces what it said itself");
        }
        if !older.recall.scope.gives_way_to().contains(&self.recall.scope) {
            return fault("what was taken back is not given back, and only a restriction is lifted");
        }
        let names = |target: &Target| self.recall.targets.iter().any(|own| own.is_same(target));
        if !older.recall.targets.iter().all(names) {
            return fault("it does not name all of its records");
        }
        if self.recall.scope == Scope::Lift && self.recall.targets.len() != older.recall.targets.len() {
            return fault("a lift names the records of the restriction, and no others");
        }
        if self.recall.scope == Scope::Narrow && older.recall.targets.iter().any(|one| self.is_below(one)) {
            return fault("it lets an earlier revision stand");
        }
        Ok(())
    }

    fn is_below(&self, older: &Target) -> bool {
        self.recall.targets.iter().any(|own| own.is_same(older) && own.revision < older.revision)
    }
}

/// Digests of the recalls in force among those that are known. A recall that was replaced stays replaced, whatever becomes
/// of the one that replaced it: no digest can name itself, so there are no circles.
pub fn in_force(known: &[Known<'_>]) -> BTreeSet<Digest> {
    let is_replaced = |one: &Known<'_>| known.iter().any(|newer| newer.replaces(one).is_ok());
    known.iter().filter(|one| !is_replaced(one)).map(|one| one.digest).collect()
}

/// What two nodes compare to find out whether both know the same recalls of those that one told the other, replaced ones
/// too: a set that only grows is equal again once each sent the other what it has.
#[must_use]
pub fn list_digest(known: &BTreeSet<Digest>) -> Digest {
    Digest::of(&known.iter().flat_map(|one| one.0).collect::<Vec<u8>>())
}

impl Scope {
    /// What may stand in place of a recall of this scope.
    #[must_use]
    pub const fn gives_way_to(self) -> &'static [Scope] {
        match self {
            Self::Withdraw | Self::Correct => &[Self::Withdraw, Self::Correct],
            Self::Narrow => &[Self::Narrow, Self::Withdraw, Self::Correct],
            Self::Restrict => &[Self::Restrict, Self::Lift, Self::Withdraw, Self::Correct],
            Self::Lift => &[],
        }
    }
}

impl Target {
    /// Whether both name one version of one object, whatever their bytes. What has no version is told apart by its bytes.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
            && self.version_at() == other.version_at()
            && (self.is_dated() || self.object == other.object)
    }

    /// Whether the object has a version. What has none is kept under the epoch.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        self.version_at() != Micros(0)
    }
}

/// A record that is about to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Whose it is said to be.
    pub origin: &'a MemberId,
    /// STIX id.
    pub id: &'a str,
    /// Version as an instant, 0 without one.
    pub version_at: Micros,
    /// SHA-256 of the canonical form.
    pub object: Digest,
    /// The revision of the signed envelope of its originator with which it comes; none without such an envelope.
    pub revision: Option<u32>,
    /// As whose record these bytes came here first, if they ever did.
    pub first_origin: Option<&'a MemberId>,
}

impl Recall {
    /// The place, from 1, at which this recall names a record. A record of another originator is never named, though it
    /// have the same bytes: else a member could copy another's record and take it from everybody by recalling the copy.
    #[must_use]
    pub fn names(&self, record: &Record) -> Option<usize> {
        let key = &record.key;
        self.place(&key.origin, &key.id, record.version_at, key.digest)
    }

    fn place(&self, origin: &MemberId, id: &str, version_at: Micros, object: Digest) -> Option<usize> {
        let is_it = |target: &Target| {
            target.id.as_str() == id
                && target.version_at() == version_at
                && (target.is_dated() || target.object == object)
        };
        let place = self.targets.iter().position(is_it).filter(|_| *origin == self.origin)?;
        Some(place.saturating_add(1))
    }

    /// The place, from 1, of the record that keeps an arriving one out: it was taken back, or its handling narrowed since
    /// it left. A later version passes. What comes without an envelope of its originator is known by its bytes, if these
    /// came first as a record of the originator that recalls them. A restriction keeps nothing out: what comes is taken,
    /// and set aside.
    #[must_use]
    pub fn keeps_out(&self, arrival: &Arrival<'_>) -> Option<usize> {
        if matches!(self.scope, Scope::Restrict | Scope::Lift) {
            return None;
        }
        let named = self.place(arrival.origin, arrival.id, arrival.version_at, arrival.object);
        let is_copy = arrival.revision.is_none() && arrival.first_origin == Some(&self.origin);
        let copied = || {
            let place = self.targets.iter().position(|target| target.object == arrival.object);
            place.filter(|_| is_copy).map(|place| place.saturating_add(1))
        };
        let place = named.or_else(copied)?;
        let stands_from = self.targets.get(place.saturating_sub(1)).and_then(|target| target.revision);
        let is_narrower = match (stands_from, arrival.revision) {
            (Some(from), Some(revision)) => revision >= from,
            _ => false,
        };
        (!is_narrower).then_some(place)
    }
}

words! {
    /// What keeps a record aside, from the weakest to the strongest. The strongest is what is said about it.
    Ground {
        /// Ill-treatment is alleged in how it was obtained.
        Alleged = "alleged",
        /// Its originator restricts its use.
        Restricted = "restricted",
        /// Its handling became narrower, and the narrower one is not here.
        Narrowed = "narrowed",
        /// A later version stands in its place.
        Corrected = "corrected",
        /// Its originator took it back.
        Withdrawn = "withdrawn",
    }
}

/// What keeps a record aside: each recall in force that names it counts, with where the record stands under it, and
/// whether an allegation about it is open. It is in use again once nothing does, and not before: to lift a restriction
/// ends no allegation and no other recall, and to lift an allegation ends no recall.
pub fn keeps_aside(
    named: impl IntoIterator<Item = (Scope, TargetState)>,
    is_alleged: bool,
) -> Option<Ground> {
    let of = |(scope, state): (Scope, TargetState)| match (scope, state) {
        (Scope::Withdraw, _) => Some(Ground::Withdrawn),
        (Scope::Correct, _) => Some(Ground::Corrected),
        (Scope::Narrow, TargetState::Narrowed) | (Scope::Restrict, TargetState::Lifted) => None,
        (Scope::Narrow, _) => Some(Ground::Narrowed),
        (Scope::Restrict, _) => Some(Ground::Restricted),
        (Scope::Lift, _) => None,
    };
    named.into_iter().filter_map(of).chain(is_alleged.then_some(Ground::Alleged)).max()
}

/// Whether a record may be erased to comply with a recall, where these are what all recalls in force ask about it. What one
/// of them wants kept is kept, because erasing cannot be undone.
///
/// # Errors
/// [`RecallFault::KeepAsEvidence`] when one asks to keep it.
pub fn may_purge(asked: impl IntoIterator<Item = Obligation>) -> Result<(), RecallFault> {
    if asked.into_iter().any(|one| one == Obligation::KeepAsEvidence) {
        return Err(RecallFault::KeepAsEvidence);
    }
    Ok(())
}
