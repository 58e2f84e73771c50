//! The kinds of a council's own work: bodies and their sessions, papers, decisions, measures and programmes, what somebody
//! claimed, what claims differ on, what a member says about any of these, what it counted, and what came of what was shared.
//!
//! What a source says stands in the words of somebody (`Attributed`), with everybody who passed them on; what we say of it
//! stands in texts of ours, which judge nobody. Each field that a source may leave open carries how it is known.

mod claim;
mod decision;
mod figure;
mod gathering;
mod journal;
mod paper;
mod part;
mod position;

use super::basis::Basis;
use super::fault::Faults;
use crate::stix::Id;

pub use claim::{
    Certainty, Claim, ClaimForm, ConflictSet, Derived, Difference, Mark, Quantity, Reported, Sourced,
};
pub use decision::{Decision, DecisionStatus, Procedure, SILENCE_SECONDS};
pub use figure::{Asked, Counted, Figure, MOST_REFS, Moved, Outcome, OutcomeResult, Recalculated, Why};
pub use gathering::{AgendaItem, Body, BodyForm, Event, Invited, InvitedAs, Session, SessionStatus};
pub use journal::{DocumentState, JournalEntry};
pub use paper::{
    Document, DocumentType, Measure, MeasureStatus, Programme, ProgrammeStatus, Provided, Report,
    ReportStatus, Section,
};
pub use part::{Known, Party, Uncertain};
pub use position::{Position, Stance};

/// The words of these kinds, in the order of the variants. The STIX type of each is `comity-` and the word.
pub const WORDS: [&str; 13] = [
    "body",
    "session",
    "agenda-item",
    "document",
    "decision",
    "measure",
    "programme",
    "report",
    "claim",
    "conflict-set",
    "position",
    "figure",
    "outcome",
];

/// The STIX types of these kinds, in the same order.
const TYPES: [&str; 13] = [
    "comity-body",
    "comity-session",
    "comity-agenda-item",
    "comity-document",
    "comity-decision",
    "comity-measure",
    "comity-programme",
    "comity-report",
    "comity-claim",
    "comity-conflict-set",
    "comity-position",
    "comity-figure",
    "comity-outcome",
];

/// The STIX type of one of these kinds.
pub fn stix_type(word: &str) -> Option<&'static str> {
    let at = WORDS.iter().position(|known| *known == word)?;
    TYPES.get(at).copied()
}

/// The word of the kind that has this STIX type.
pub fn word_of_type(stix_type: &str) -> Option<&'static str> {
    let at = TYPES.iter().position(|known| *known == stix_type)?;
    WORDS.get(at).copied()
}

/// What every kind of a council can be asked.
pub(super) trait Counsel {
    /// On what it rests.
    fn basis(&self) -> &Basis;
    /// Lists every reason why it may not be recorded.
    fn check(&self, faults: &mut Faults);
}

/// The object named is of one of these kinds of a council.
fn is_of(faults: &mut Faults, path: &str, id: &Id, words: &[&str]) {
    if !words.iter().any(|word| stix_type(word) == Some(id.kind())) {
        let message = format!("name a {} here, not a {}", words.join(" or a "), id.kind());
        faults.add("form", "reference-type", path, message);
    }
}

/// All objects named are of one of these kinds.
fn are_of(faults: &mut Faults, path: &str, ids: &[Id], words: &[&str]) {
    faults.each(path, ids, |faults, path, id| is_of(faults, path, id, words));
}
