//! What is said about records that were shared: a recall, a dispute, and that somebody does not answer.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{DEADLINE_DAYS_MAX, HolderState, MEMBERS_MAX, TARGETS_MAX, TEXT_CHARS_MAX, number, wrong};
use crate::message::Body;
use crate::stix::{Digest, Id, Timestamp};
use crate::{MemberId, Message, Micros, ModelError, SignedMessage};

const DAY_SECONDS: i64 = 86_400;

words! {
    /// What a recall asks for.
    Scope {
        /// The record is taken back for ever; a later version may come.
        Withdraw = "withdraw",
        /// A later version stands in its place.
        Correct = "correct",
        /// Its handling became stricter: it stands from a later revision of its envelope on, for whoever gets that.
        Narrow = "narrow",
        /// It is not to be used until that is lifted.
        Restrict = "restrict",
        /// An earlier restriction ends.
        Lift = "lift",
    }
}

words! {
    /// Why, as a code. What is to be said in words stays at home.
    Reason {
        /// It is wrong.
        Wrong = "wrong",
        /// It was collected or sent unlawfully.
        Unlawful = "unlawful",
        /// A court or a supervisor ordered it.
        Order = "order",
        /// Its own source took it back.
        SourceWithdrawn = "source-withdrawn",
        /// Something newer says more.
        Superseded = "superseded",
        /// It should not have gone out, or not so far.
        ReleasedInError = "released-in-error",
        /// It was withdrawn at its originator.
        Withdrawn = "withdrawn",
        /// Ill-treatment is alleged in how it was obtained.
        IllTreatment = "ill-treatment",
        /// A complaint about it is open.
        Complaint = "complaint",
        /// None of these.
        Other = "other",
    }
}

words! {
    /// What holders are to do with their copies besides leaving them alone.
    Obligation {
        /// Erase them. A person decides that at each holder.
        Delete = "delete",
        /// Stop using them: it is enough that they are set aside.
        StopUse = "stop-use",
        /// Set them aside and keep them, because they are evidence.
        KeepAsEvidence = "keep-as-evidence",
    }
}

words! {
    /// What a member says is the matter with a record of another.
    Doubt {
        /// It is wrong.
        Wrong = "wrong",
        /// It was collected or sent unlawfully.
        Unlawful = "unlawful",
        /// It is another record once more.
        Duplicate = "duplicate",
        /// None of these.
        Other = "other",
    }
}

impl Scope {
    /// What can be asked of holders beside it; nothing when a restriction is lifted.
    #[must_use]
    pub const fn obligations(self) -> &'static [Obligation] {
        use Obligation::{Delete, KeepAsEvidence, StopUse};
        match self {
            Self::Withdraw | Self::Correct => &[Delete, StopUse, KeepAsEvidence],
            Self::Narrow => &[Delete, StopUse],
            Self::Restrict => &[StopUse, KeepAsEvidence],
            Self::Lift => &[],
        }
    }
}

/// One version of one record of the originator that speaks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// STIX id of the object.
    pub id: Id,
    /// Its version: `modified`, else `created`, else the epoch. Two spellings of one instant are one version.
    pub version: Timestamp,
    /// SHA-256 of the canonical form of the whole object.
    pub object: Digest,
    /// The first revision of its envelope that stands; said when the handling is narrowed, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

impl Target {
    /// The version as an instant, as records keep it.
    #[must_use]
    pub fn version_at(&self) -> Micros {
        Micros(self.version.micros())
    }
}

/// An originator takes back, corrects, narrows or stops what it shared. It is for everybody whom it concerns: each holder
/// passes it on, as it is signed, to those who have the record from there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// Whose records they are. The speaker is the originator, its host or its delegate.
    pub origin: MemberId,
    /// The speaker's own number for its recalls, from 1; rises. One number said twice shows a speaker that lost what it
    /// had, or that says two things.
    pub number: u64,
    /// What is asked for.
    pub scope: Scope,
    /// Why.
    pub reason: Reason,
    /// Which versions of which records.
    pub targets: Vec<Target>,
    /// The version that stands in the place of the targets, which are older versions of the same record; said when it
    /// is corrected, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Target>,
    /// What holders are to do with their copies; not said when a restriction is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obligation: Option<Obligation>,
    /// By when the speaker expects answers, by its own clock.
    pub deadline: Micros,
    /// Whether it is to be passed on to whoever has the record from a holder.
    pub cascade: bool,
    /// Digest of the signed recall that it replaces as a whole. A lift names the restriction that it lifts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Digest>,
}

impl Body for Recall {
    const KIND: &'static str = "recall";
}

impl Recall {
    /// Reads and checks a recall. The signature is not looked at, and not whether the speaker may say so.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked(&signed.message)
    }

    /// Checks what was read against the frame in which it was said.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self, said: &Message) -> Result<Self, ModelError> {
        if !said.id.parse::<Id>().is_ok_and(|id| id.kind() == "recall") {
            return Err(wrong("its id must be `recall--` and a UUID"));
        }
        if said.to.is_some() {
            return Err(wrong("it is for everybody whom it concerns: `to` must be left out"));
        }
        number("number", self.number)?;
        if self.number == 0 {
            return Err(wrong("its number is 0: they begin with 1"));
        }
        let latest = said.at.plus_seconds(DEADLINE_DAYS_MAX.saturating_mul(DAY_SECONDS));
        if self.deadline <= said.at || self.deadline > latest {
            return Err(wrong(format!(
                "its deadline is not within {DEADLINE_DAYS_MAX} days after it was said"
            )));
        }
        let allowed = self.scope.obligations();
        let is_asked = self.obligation.as_ref().map_or(allowed.is_empty(), |one| allowed.contains(one));
        if !is_asked {
            let asked = self.obligation.map_or("nothing", Obligation::name);
            return Err(wrong(format!("`{}` cannot go with `{asked}`", self.scope.name())));
        }
        if self.scope == Scope::Lift && self.supersedes.is_none() {
            return Err(wrong("a lift must name the restriction that it lifts in `supersedes`"));
        }
        self.check_targets()?;
        self.check_replacement()?;
        Ok(self)
    }

    fn check_targets(&self) -> Result<(), ModelError> {
        let count = self.targets.len();
        if count == 0 || count > TARGETS_MAX {
            return Err(wrong(format!("it names {count} records; 1 to {TARGETS_MAX} are expected")));
        }
        let mut met = BTreeSet::new();
        for target in &self.targets {
            let bytes = (!target.is_dated()).then_some(target.object);
            if !met.insert((&target.id, target.version_at(), bytes)) {
                return Err(wrong(format!("{} stands twice among its records", target.id)));
            }
            if target.revision.is_some() != (self.scope == Scope::Narrow) {
                return Err(wrong("`revision` is said of each record that is narrowed, and only then"));
            }
            if target.revision.is_some_and(|revision| revision < 2) {
                return Err(wrong("`revision` is below 2: the first one narrows nothing"));
            }
        }
        Ok(())
    }

    fn check_replacement(&self) -> Result<(), ModelError> {
        let Some(new) = &self.replacement else {
            return if self.scope == Scope::Correct {
                Err(wrong("a correction must name its replacement"))
            } else {
                Ok(())
            };
        };
        if self.scope != Scope::Correct {
            return Err(wrong("only a correction has a replacement"));
        }
        if new.revision.is_some() {
            return Err(wrong("`revision` is said of records that are narrowed only"));
        }
        let is_older = |old: &Target| old.id == new.id && old.version < new.version;
        if !self.targets.iter().all(is_older) {
            return Err(wrong("a correction replaces older versions of the same record, and no others"));
        }
        Ok(())
    }
}

/// A member says to the originator that something is wrong with a record. It changes nothing by itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// Which version of which record of the one to whom it is said.
    pub target: Target,
    /// What is the matter.
    pub reason: Doubt,
    /// The same in words.
    pub text: String,
}

impl Body for Dispute {
    const KIND: &'static str = "dispute";
}

impl Dispute {
    /// Reads and checks a dispute.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked(&signed.message)
    }

    /// Checks what was read against the frame in which it was said.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self, said: &Message) -> Result<Self, ModelError> {
        if said.to.is_none() {
            return Err(wrong("a dispute is for the originator alone: `to` must name it"));
        }
        if self.target.revision.is_some() {
            return Err(wrong("`revision` is said of records that are narrowed only"));
        }
        let is_plain = |c: char| c == '\n' || !c.is_control();
        let fits = self.text.chars().nth(TEXT_CHARS_MAX).is_none() && self.text.chars().all(is_plain);
        if self.text.trim().is_empty() || !fits {
            return Err(wrong(format!("`text` must be plain text of 1 to {TEXT_CHARS_MAX} characters")));
        }
        Ok(self)
    }
}

/// A member that has not answered in time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Late {
    /// Who.
    pub member: MemberId,
    /// Where it stands: one of the states that wait for an answer.
    pub state: HolderState,
    /// Since when.
    pub since: Micros,
}

/// Who has not answered a recall in time, as told to the chair and to oversight.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// Digest of the signed recall.
    pub recall: Digest,
    /// Who has not answered.
    pub members: Vec<Late>,
}

impl Body for Overdue {
    const KIND: &'static str = "overdue";
}

impl Overdue {
    /// Reads and checks it.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked(&signed.message)
    }

    /// Checks what was read against the frame in which it was said.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self, said: &Message) -> Result<Self, ModelError> {
        if said.to.is_none() {
            return Err(wrong("who is overdue is told to one member: `to` must name it"));
        }
        let count = self.members.len();
        if count == 0 || count > MEMBERS_MAX {
            return Err(wrong(format!("it names {count} members; 1 to {MEMBERS_MAX} are expected")));
        }
        let mut met = BTreeSet::new();
        for late in &self.members {
            if !met.insert(&late.member) {
                return Err(wrong(format!("{} stands twice among its members", late.member)));
            }
            if !late.state.waits() {
                return Err(wrong(format!("who is `{}` is not overdue", late.state.name())));
            }
        }
        Ok(self)
    }
}
