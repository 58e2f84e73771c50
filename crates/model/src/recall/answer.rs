//! What a holder answers to a recall, and what its answer adds up to.

use serde::{Deserialize, Serialize};

use super::{
    HolderEvent, HolderState, MEMBERS_MAX, Obligation, Recall, RecallFault, TARGETS_MAX, TELLINGS_MAX,
    TargetState,
};
use super::{number, wrong};
use crate::message::Body;
use crate::stix::Digest;
use crate::{Micros, ModelError, SignedMessage};

words! {
    /// How far a holder is.
    Stage {
        /// It has the recall and has set aside what is named; nothing is decided yet.
        Acknowledged = "acknowledged",
        /// It has decided about everything that is named.
        Final = "final",
    }
}

words! {
    /// What a holder states about one record, from the best to the worst.
    Outcome {
        /// It was never there.
        Unknown = "unknown",
        /// What was asked for was done.
        Complied = "complied",
        /// It was done to a part of it.
        Partly = "partly",
        /// It is kept out of use, and not erased.
        Held = "held",
        /// What was asked for is refused.
        Refused = "refused",
    }
}

words! {
    /// Why something was not done, as a code. What is to be said in words stays at home.
    Refusal {
        /// The holder has grounds of its own to keep it.
        OwnGrounds = "own-grounds",
        /// A law of the holder's makes it keep it.
        LegalDuty = "legal-duty",
        /// The holder says that the recall is wrong.
        Disputed = "disputed",
        /// The holder cannot do it.
        NotAble = "not-able",
    }
}

/// About how many of the records each is stated. All of them are written, so that nobody states by leaving something out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcomes {
    /// What was asked for was done.
    pub complied: u64,
    /// Done to a part.
    pub partly: u64,
    /// Kept out of use, and not erased.
    pub held: u64,
    /// Refused.
    pub refused: u64,
    /// Never there.
    pub unknown: u64,
}

impl Outcomes {
    /// The count of one outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Unknown => self.unknown,
            Outcome::Complied => self.complied,
            Outcome::Partly => self.partly,
            Outcome::Held => self.held,
            Outcome::Refused => self.refused,
        }
    }

    /// The worst outcome of which there is one; unknown only when there is no other.
    #[must_use]
    pub fn worst(&self) -> Outcome {
        let there = |outcome: &&Outcome| self.of(**outcome) > 0;
        Outcome::ALL.iter().rev().find(there).copied().unwrap_or(Outcome::Unknown)
    }

    fn total(&self) -> u64 {
        Outcome::ALL.iter().fold(0, |sum: u64, outcome| sum.saturating_add(self.of(*outcome)))
    }

    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Unknown => &mut self.unknown,
            Outcome::Complied => &mut self.complied,
            Outcome::Partly => &mut self.partly,
            Outcome::Held => &mut self.held,
            Outcome::Refused => &mut self.refused,
        };
        *count = count.saturating_add(1);
    }
}

/// A record with which what was asked for was not done, or not wholly.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its place among the records of the recall, from 1.
    pub n: u64,
    /// What is stated about it.
    pub outcome: Outcome,
    /// Why, unless it was never there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Refusal>,
}

/// What became of the recall at those who have the records from the holder, and beyond. One that got it from two is counted
/// at both.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onward {
    /// To how many it was passed on.
    pub told: u64,
    /// How many of them have not finished yet.
    pub open: u64,
    /// How many hold something back by refusing.
    pub refused: u64,
    /// How many hold something back out of use.
    pub held: u64,
    /// From how many no answer can come.
    pub silent: u64,
    /// SHA-256 of a secret of the holder's and of the id of each whom it told itself: who they are can be proved later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub salted: Vec<Digest>,
}

impl Onward {
    /// What a node says of its own holders. `salted` is added by who keeps the secret.
    pub fn over<'a>(holders: impl IntoIterator<Item = (HolderState, Option<&'a RecallAnswer>)>) -> Self {
        let mut sum = Self::default();
        for (state, answer) in holders {
            if state == HolderState::Superseded {
                continue;
            }
            let is_closed = state == HolderState::Closed;
            sum.told = sum.told.saturating_add(1);
            let own = match answer {
                Some(answer) if answer.stage == Stage::Final => Some(answer.outcomes.worst()),
                _ => None,
            };
            let place = match own {
                Some(Outcome::Refused) => Some(&mut sum.refused),
                Some(Outcome::Held) => Some(&mut sum.held),
                Some(Outcome::Complied | Outcome::Unknown) => None,
                Some(Outcome::Partly) | None if is_closed || state == HolderState::Cannot => {
                    Some(&mut sum.silent)
                }
                Some(Outcome::Partly) | None => Some(&mut sum.open),
            };
            if let Some(count) = place {
                *count = count.saturating_add(1);
            }
            let Some(beyond) = answer.map(|answer| &answer.onward) else { continue };
            // Whoever closes a holder waits for nothing behind it either.
            let (open, silent) = if is_closed {
                (0, beyond.open.saturating_add(beyond.silent))
            } else {
                (beyond.open, beyond.silent)
            };
            sum.told = sum.told.saturating_add(beyond.told);
            sum.open = sum.open.saturating_add(open);
            sum.refused = sum.refused.saturating_add(beyond.refused);
            sum.held = sum.held.saturating_add(beyond.held);
            sum.silent = sum.silent.saturating_add(silent);
        }
        sum.capped()
    }

    /// The same within the limits, so that no holder can count so far that this node cannot answer any more. What is open
    /// stays so before all else.
    fn capped(mut self) -> Self {
        self.told = self.told.min(TELLINGS_MAX);
        let mut room = self.told;
        for part in [&mut self.open, &mut self.refused, &mut self.held, &mut self.silent] {
            *part = (*part).min(room);
            room = room.saturating_sub(*part);
        }
        self
    }

    fn check(&self) -> Result<(), ModelError> {
        if self.told > TELLINGS_MAX {
            return Err(wrong(format!("onward: more than {TELLINGS_MAX} were told")));
        }
        let parts = [self.open, self.refused, self.held, self.silent];
        if parts.iter().fold(0, |sum: u64, part| sum.saturating_add(*part)) > self.told {
            return Err(wrong("onward: more are open, refuse, hold or are silent than were told"));
        }
        if self.salted.len() > MEMBERS_MAX || self.salted.len() as u64 > self.told {
            return Err(wrong("onward: `salted` has more members than were told"));
        }
        Ok(())
    }
}

/// What orders the answers of one holder to one recall: when it was said, at which leaf of its ledger, and the digest of
/// the signed answer, so that two that say to be the same stand in one order everywhere. The greatest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AnswerOrder {
    /// When it was said, by the holder's clock.
    pub at: Micros,
    /// Leaf of the holder's ledger.
    pub leaf: u64,
    /// Digest of the signed answer.
    pub digest: Digest,
}

/// A holder says what became of what is recalled, to who told it of the recall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallAnswer {
    /// Digest of the signed recall.
    pub recall: Digest,
    /// How far it is.
    pub stage: Stage,
    /// Counts over the records; all are 0 until everything is decided.
    pub outcomes: Outcomes,
    /// Each record of which another outcome than `complied` is counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
    /// What became of it beyond. Only who told the holder first gets that; for the others it is empty.
    pub onward: Onward,
    /// Leaf of the holder's own ledger that says the same.
    pub leaf: u64,
}

impl Body for RecallAnswer {
    const KIND: &'static str = "recall-answer";
}

impl RecallAnswer {
    /// The answer of a holder where each record of the recall stands as given: final once all are decided.
    #[must_use]
    pub fn over(
        recall: Digest,
        obligation: Option<Obligation>,
        targets: &[(TargetState, Option<Refusal>)],
        onward: Onward,
        leaf: u64,
    ) -> Self {
        let mut outcomes = Outcomes::default();
        let mut exceptions = Vec::new();
        let mut stage = Stage::Final;
        for (n, (state, reason)) in (1..).zip(targets) {
            let Some(outcome) = state.outcome(obligation) else {
                stage = Stage::Acknowledged;
                continue;
            };
            outcomes.add(outcome);
            if outcome != Outcome::Complied {
                exceptions.push(Exception { n, outcome, reason: *reason });
            }
        }
        if stage == Stage::Acknowledged {
            outcomes = Outcomes::default();
            exceptions.clear();
        }
        Self { recall, stage, outcomes, exceptions, onward, leaf }
    }

    /// Reads and checks an answer by itself; [`Self::fits`] compares it with the recall.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn read(signed: &SignedMessage) -> Result<Self, ModelError> {
        signed.read::<Self>()?.checked()
    }

    /// Checks what was read.
    ///
    /// # Errors
    /// [`ModelError::Message`] with what is wrong.
    pub fn checked(self) -> Result<Self, ModelError> {
        number("leaf", self.leaf)?;
        self.onward.check()?;
        let total = self.outcomes.total();
        if total > TARGETS_MAX as u64 || (total == 0) != (self.stage == Stage::Acknowledged) {
            return Err(wrong(format!("`{}` cannot go with {total} outcomes", self.stage.name())));
        }
        if self.exceptions.len() > TARGETS_MAX {
            return Err(wrong(format!("more than {TARGETS_MAX} exceptions")));
        }
        let mut counted = Outcomes { complied: self.outcomes.complied, ..Outcomes::default() };
        let mut last = 0;
        for one in &self.exceptions {
            if one.n <= last || one.n > TARGETS_MAX as u64 {
                return Err(wrong("its exceptions are not in the order of the records, from 1"));
            }
            last = one.n;
            if one.outcome == Outcome::Complied || one.reason.is_some() == (one.outcome == Outcome::Unknown) {
                return Err(wrong("an exception says why, unless the record was never there"));
            }
            counted.add(one.outcome);
        }
        if counted != self.outcomes {
            return Err(wrong("its counts are not those of its exceptions"));
        }
        Ok(self)
    }

    /// Checks that it can be an answer to this recall.
    ///
    /// # Errors
    /// [`RecallFault::Answer`] when it is to another one, or not about all of its records.
    pub fn fits(&self, digest: Digest, recall: &Recall) -> Result<(), RecallFault> {
        if self.recall != digest {
            return Err(RecallFault::Answer("it names another recall"));
        }
        let count = recall.targets.len() as u64;
        if self.stage == Stage::Final && self.outcomes.total() != count {
            return Err(RecallFault::Answer("it is not about all records of the recall"));
        }
        if self.exceptions.iter().any(|one| one.n > count) {
            return Err(RecallFault::Answer("it names a record that the recall does not name"));
        }
        Ok(())
    }

    /// Its place among the answers of this holder. Only the greatest counts, in whichever order they come.
    #[must_use]
    pub fn order(&self, at: Micros, digest: Digest) -> AnswerOrder {
        AnswerOrder { at, leaf: self.leaf, digest }
    }

    /// What it means for the holder: the worst of what it states about the records. Who did its own part is `partly` there
    /// while somebody beyond it has not finished.
    #[must_use]
    pub fn adds_up(&self) -> HolderEvent {
        if self.stage == Stage::Acknowledged {
            return HolderEvent::Acknowledged;
        }
        match self.outcomes.worst() {
            Outcome::Refused => HolderEvent::Refused,
            Outcome::Held => HolderEvent::Held,
            Outcome::Partly => HolderEvent::Partly,
            Outcome::Complied | Outcome::Unknown if self.onward.open > 0 => HolderEvent::Partly,
            Outcome::Complied => HolderEvent::Complied,
            Outcome::Unknown => HolderEvent::Unknown,
        }
    }
}
