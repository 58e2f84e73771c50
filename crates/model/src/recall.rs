//! Recalls: what an originator says to everybody who holds one of its records, and what they answer.
//!
//! These are bodies of signed messages ([`crate::message`]). The frame says who speaks and when; what is said here is
//! ids, digests, counts and codes of closed lists, so that a recall does not tell what the record told. The one text of
//! its own is that of a [`Dispute`], which goes to the originator alone.
//!
//! - A recall is known by the digest of its signed message. Whoever passes it on cannot take its name for another one.
//! - [`HolderState`] and [`TargetState`] are the machines: what becomes of a holder in the eyes of who told it, and of a
//!   record at who holds it.
//! - [`Claim`] says who may recall, [`in_force`] which recalls hold, [`Recall::names`] and [`Recall::keeps_out`] what they
//!   name, and [`keeps_aside`] what keeps a record out of use.
//!
//! Everything is a pure function over what is known; nothing depends on the order in which it became known.

/// A closed list of words: what is not on it is not read.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$of])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that is sent, kept and shown.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the word.
            #[must_use]
            pub fn from_name(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == word)
            }
        }
    };
}

mod answer;
mod machine;
mod rules;
mod said;

use thiserror::Error;

pub use answer::{AnswerOrder, Exception, Onward, Outcome, Outcomes, RecallAnswer, Refusal, Stage};
pub use machine::{
    HOLDER_MOVES, HOLDER_STAYS, Holder, HolderEvent, HolderState, TARGET_MOVES, TARGET_STAYS, TargetEvent,
    TargetState,
};
pub use rules::{Arrival, Claim, Ground, Known, Says, in_force, keeps_aside, list_digest, may_purge};
pub use said::{Dispute, Doubt, Late, Obligation, Overdue, Reason, Recall, Scope, Target};

use crate::ModelError;

/// Most records that one recall names. Taking it is one transaction, and pages wait for that.
pub const TARGETS_MAX: usize = 250;
/// Most members that one message names.
pub const MEMBERS_MAX: usize = 1_000;
/// Most tellings that one answer counts: everybody tells everybody.
pub const TELLINGS_MAX: u64 = 1_000_000;
/// The longest time for an answer, in days.
pub const DEADLINE_DAYS_MAX: i64 = 400;
/// Longest text of a dispute, in characters.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// The largest number that every reader of JSON holds exactly.
pub const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Why something about a recall does not hold. Each has a code, which may be sent and logged.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum RecallFault {
    /// The speaker may not recall what this originator provided.
    #[error("only {origin}, its host or its delegate recalls this; others may dispute it")]
    NotItsOriginator {
        /// Whose records are named.
        origin: String,
    },
    /// The speaker says to be a delegate, and nothing here shows it.
    #[error("nothing held here shows that it is a delegate for all that it names")]
    NothingHeld,
    /// What happened does not fit where it stands.
    #[error("{what} is {state:?}: {event} is not possible")]
    NotPossible {
        /// What it is about: a holder or a record.
        what: &'static str,
        /// Where it stands.
        state: &'static str,
        /// What happened.
        event: &'static str,
    },
    /// A recall in force asks for the record to be kept.
    #[error("a recall in force asks to keep it as evidence: hold it instead")]
    KeepAsEvidence,
    /// A recall does not replace another.
    #[error("it does not replace the other recall: {0}")]
    Supersedes(&'static str),
    /// An answer is not to this recall.
    #[error("the answer does not fit the recall: {0}")]
    Answer(&'static str),
}

impl RecallFault {
    /// The code: it says nothing of persons or content.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotItsOriginator { .. } => "not-its-originator",
            Self::NothingHeld => "nothing-held",
            Self::NotPossible { .. } => "not-possible",
            Self::KeepAsEvidence => "keep-as-evidence",
            Self::Supersedes(_) => "does-not-supersede",
            Self::Answer(_) => "answer-does-not-fit",
        }
    }
}

fn wrong(text: impl std::fmt::Display) -> ModelError {
    ModelError::Message(format!("recall: {text}"))
}

/// Checks that a number is one that all readers of JSON hold exactly.
fn number(name: &str, number: u64) -> Result<(), ModelError> {
    if number > NUMBER_MAX { Err(wrong(format!("{name} is over {NUMBER_MAX}"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
