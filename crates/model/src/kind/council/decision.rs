//! What a body decides: by consensus, or by silence until a deadline.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::gathering::{heading, remarks};
use super::{Counsel, are_of, is_of};
use crate::kind::basis::{Attributed, Basis, plain};
use crate::kind::fault::Faults;
use crate::stix::{Id, Timestamp};

/// The shortest and the longest time for which silence is waited, in seconds: an hour, and 400 days.
pub const SILENCE_SECONDS: std::ops::RangeInclusive<i64> = 3_600..=400 * 86_400;
/// Longest number of a decision, in characters.
const LONGEST_NUMBER: usize = 64;

/// Where a decision stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionStatus {
    /// It is proposed.
    Proposed,
    /// It is adopted unless a member objects before it is closed.
    Silence,
    /// It was adopted.
    Adopted,
    /// An objection stopped it.
    Stopped,
    /// Whoever proposed it took it back.
    Withdrawn,
}

impl DecisionStatus {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Silence => "silence",
            Self::Adopted => "adopted",
            Self::Stopped => "stopped",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// How a decision is come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Procedure {
    /// Every member that is entitled approves, and none objects.
    Consensus,
    /// No member that is entitled objects until the deadline has passed and it is closed.
    Silence,
}

impl Procedure {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Silence => "silence",
        }
    }
}

/// A decision: one record through all its states. What members say about it stands in their positions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The body that decides.
    pub body_ref: Id,
    /// The session at which it is decided or was proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_ref: Option<Id>,
    /// The item on the agenda.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_ref: Option<Id>,
    /// Its number among the decisions of the body; an adopted one has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What is decided.
    pub text: String,
    /// Where it stands.
    pub status: DecisionStatus,
    /// How it is come to.
    pub procedure: Procedure,
    /// When silence began to be waited for, for this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Timestamp>,
    /// Until when silence is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// When it was stated that it is adopted or stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Timestamp>,
    /// The members that can object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entitled_refs: Vec<Id>,
    /// Those of them without which it was closed, because nothing was heard from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_heard_refs: Vec<Id>,
    /// Why it was closed without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_heard_reason: Option<String>,
    /// Papers that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub document_refs: Vec<Id>,
    /// What it decides about: measures, programmes, papers, reports, bodies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decides_refs: Vec<Id>,
    /// The decision in whose place it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes_ref: Option<Id>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Decision {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        plain(faults, "text", &self.text);
        is_of(faults, "body_ref", &self.body_ref, &["body"]);
        for (path, id, word) in [
            ("session_ref", &self.session_ref, "session"),
            ("item_ref", &self.item_ref, "agenda-item"),
            ("supersedes_ref", &self.supersedes_ref, "decision"),
        ] {
            if let Some(id) = id {
                is_of(faults, path, id, &[word]);
            }
        }
        are_of(faults, "document_refs", &self.document_refs, &["document"]);
        let decided = ["measure", "programme", "document", "report", "body"];
        are_of(faults, "decides_refs", &self.decides_refs, &decided);
        if let Some(number) = &self.number {
            plain(faults, "number", number);
            if number.chars().nth(LONGEST_NUMBER).is_some() {
                let message = format!("at most {LONGEST_NUMBER} characters");
                faults.add("form", "text-long", "number", message);
            }
        }
        self.check_state(faults);
        self.check_times(faults);
        self.check_members(faults);
        remarks(faults, &self.notes);
    }
}

impl Decision {
    /// What each state needs, and what does not go with it.
    fn check_state(&self, faults: &mut Faults) {
        use DecisionStatus::{Adopted, Proposed, Silence, Stopped};
        if self.status == Adopted && self.number.is_none() {
            let message = "an adopted decision has a number: leave it to `comity decision close`, which takes the next \
                           one, or give one that is free";
            faults.add("K4", "decision-number", "number", message);
        }
        if matches!(self.status, Adopted | Stopped) != self.closed.is_some() {
            let message = "what is adopted or stopped says when it was closed, and nothing else does";
            faults.add("K4", "decision-closed", "closed", message);
        }
        let is_silent = self.procedure == Procedure::Silence;
        if self.status == Silence && !is_silent {
            let message = "silence is waited for by the procedure silence alone";
            faults.add("K4", "decision-procedure", "procedure", message);
        }
        let waits = is_silent && matches!(self.status, Silence | Adopted | Stopped);
        if waits && (self.opened.is_none() || self.deadline.is_none()) {
            let message = "a silence procedure says since when and until when silence is waited for";
            faults.add("K4", "silence-times", "deadline", message);
        }
        if (self.status == Proposed || !is_silent) && (self.opened.is_some() || self.deadline.is_some()) {
            let message = "only a silence procedure that was opened has a beginning and a deadline";
            faults.add("K4", "silence-times", "deadline", message);
        }
        if (waits || self.status == Adopted) && self.entitled_refs.is_empty() {
            let message = "name the members that can object";
            faults.add("K4", "entitled-missing", "entitled_refs", message);
        }
    }

    fn check_times(&self, faults: &mut Faults) {
        let micros = |at: &Option<Timestamp>| at.as_ref().map(Timestamp::micros);
        if let (Some(opened), Some(deadline)) = (micros(&self.opened), micros(&self.deadline)) {
            let seconds = deadline.saturating_sub(opened).div_euclid(1_000_000);
            if !SILENCE_SECONDS.contains(&seconds) {
                let message = "silence is waited for at least 1 hour and at most 400 days";
                faults.add("K4", "silence-length", "deadline", message);
            }
        }
        let is_adopted = self.status == DecisionStatus::Adopted && self.procedure == Procedure::Silence;
        if let (true, Some(deadline), Some(closed)) =
            (is_adopted, micros(&self.deadline), micros(&self.closed))
            && closed < deadline
        {
            let message = "silence is consent at the deadline and not before";
            faults.add("K4", "closed-early", "closed", message);
        }
    }

    fn check_members(&self, faults: &mut Faults) {
        for (path, list) in [("entitled_refs", &self.entitled_refs), ("not_heard_refs", &self.not_heard_refs)]
        {
            let mut met = BTreeSet::new();
            faults.each(path, list, |faults, path, id| {
                if id.kind() != "identity" {
                    let message = format!("name a member here, not a {}", id.kind());
                    faults.add("form", "reference-type", path, message);
                } else if !met.insert(id.as_str()) {
                    faults.add("form", "member-twice", path, "name each member once");
                }
            });
        }
        if self.not_heard_refs.is_empty() != self.not_heard_reason.is_none() {
            let message = "say why it was closed without members, and without which";
            faults.add("K4", "not-heard-reason", "not_heard_reason", message);
        }
        if let Some(reason) = &self.not_heard_reason {
            plain(faults, "not_heard_reason", reason);
        }
        let is_entitled = |id: &Id| self.entitled_refs.contains(id);
        if self.status != DecisionStatus::Adopted && !self.not_heard_refs.is_empty()
            || !self.not_heard_refs.iter().all(is_entitled)
        {
            let message = "only an adopted decision was closed without members, and they were entitled";
            faults.add("K4", "not-heard", "not_heard_refs", message);
        }
    }
}
