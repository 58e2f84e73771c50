//! By which keys the signatures of members are checked: those of the agreement, with what changed about them since without
//! the agreement. It is part of what is in force.

use comity_model::stix::Digest;
use comity_model::succession::signers;
use comity_model::{Agreement, MemberId, Micros, PublicKey, SignedSuccession, Signer, Succession};
use comity_store::Tx;
use comity_store::tables::key_change::{self as rows, Change, KeyChange};

use crate::AppError;

/// Why a signature with a key does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoSigner {
    /// Nothing here says that it is a key of the member.
    Unknown,
    /// Somebody else has it.
    Stolen,
    /// Another took its place before the date of what it signed.
    Ended(Micros),
}

impl NoSigner {
    /// For people.
    pub(crate) fn words(self, key: &str) -> String {
        match self {
            Self::Unknown => format!("key {key} is not among the keys of its member in the agreement"),
            Self::Stolen => format!("key {key} is in other hands, as people here have said"),
            Self::Ended(at) => {
                format!("another key took the place of key {key} at {at}, and this is of later")
            }
        }
    }
}

/// What changed about member keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signers {
    mark: Option<Digest>,
    followed: Vec<SignedSuccession>,
    /// Keys that somebody else has, each with since when.
    stolen: Vec<(MemberId, String, Micros)>,
}

impl Signers {
    /// Reads it.
    pub(crate) fn read(tx: &mut Tx<'_>) -> Result<Self, AppError> {
        let mut all = Self { mark: rows::mark(tx)?, ..Self::default() };
        if all.mark.is_none() {
            return Ok(all);
        }
        let (stolen, followed): (Vec<KeyChange>, Vec<KeyChange>) =
            rows::list(tx)?.into_iter().partition(|one| one.change == Change::Stolen);
        let since = |one: KeyChange| (one.member, one.key, Micros(one.since_us));
        all.stolen = stolen.into_iter().map(since).collect();
        for one in followed {
            let signed = SignedSuccession::from_json(&one.body)?;
            // What somebody else handed over, or took over, is nobody's word.
            if !all.is_doubted(&signed, Micros(one.at_us)) {
                all.followed.push(signed);
            }
        }
        Ok(all)
    }

    /// What tells it apart; none while nothing changed.
    pub(crate) fn mark(&self) -> Option<Digest> {
        self.mark
    }

    /// The statements about keys of a member that follow others, oldest first.
    pub(crate) fn followed(&self, member: &MemberId) -> Vec<SignedSuccession> {
        self.followed.iter().filter(|one| &one.succession.member == member).cloned().collect()
    }

    /// The same of every member but these.
    pub(crate) fn of_others(&self, but: &[&MemberId]) -> Vec<SignedSuccession> {
        self.followed.iter().filter(|one| !but.contains(&&one.succession.member)).cloned().collect()
    }

    /// Whether one of the two keys was in other hands when the statement came.
    pub(crate) fn is_doubted(&self, one: &SignedSuccession, came: Micros) -> bool {
        let said = &one.succession;
        [&said.before, &said.next]
            .into_iter()
            .any(|key| self.stolen_since(&said.member, &key.id()).is_some_and(|since| came > since))
    }

    /// The keys of a member, when these statements hold besides.
    pub(crate) fn of(
        &self,
        agreement: &Agreement,
        member: &MemberId,
        more: &[SignedSuccession],
    ) -> Vec<Signer> {
        let named = agreement.member(member).map(|one| one.keys.as_slice()).unwrap_or_default();
        let known: Vec<Succession> = self
            .followed
            .iter()
            .chain(more)
            .filter(|one| &one.succession.member == member)
            .map(|one| one.succession.clone())
            .collect();
        let stolen: Vec<String> =
            self.stolen.iter().filter(|(of, ..)| of == member).map(|(_, key, _)| key.clone()).collect();
        signers(named, &known, &stolen)
    }

    /// Since when somebody else has this key of a member; none when nobody said so.
    pub(crate) fn stolen_since(&self, member: &MemberId, key: &str) -> Option<Micros> {
        self.stolen.iter().find(|(of, known, _)| of == member && known == key).map(|(.., since)| *since)
    }

    /// Whether somebody else has this key of a member.
    pub(crate) fn is_stolen(&self, member: &MemberId, key: &str) -> bool {
        self.stolen_since(member, key).is_some()
    }

    /// Whether somebody else has any key.
    pub(crate) fn is_any_stolen(&self) -> bool {
        !self.stolen.is_empty()
    }
}

/// The key of this short name, when what is dated so may be signed with it.
pub(crate) fn key_at(
    signers: &[Signer],
    key: &str,
    at: Option<Micros>,
    is_stolen: bool,
) -> Result<PublicKey, NoSigner> {
    if is_stolen {
        return Err(NoSigner::Stolen);
    }
    let signer = signers.iter().find(|one| one.key.id() == key).ok_or(NoSigner::Unknown)?;
    match (signer.until, at) {
        (Some(until), None) => Err(NoSigner::Ended(until)),
        (Some(until), Some(at)) if !signer.is_good_at(at) => Err(NoSigner::Ended(until)),
        _ => Ok(signer.key),
    }
}
