//! The journal of a session: what was said, by whom and in which order, and which members approved it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::paper::{Document, DocumentType};
use super::{are_of, is_of};
use crate::kind::basis::Attributed;
use crate::kind::fault::Faults;
use crate::stix::{Id, Timestamp};

/// Where a journal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentState {
    /// It is being written.
    Draft,
    /// Those who took part have it, and approve or amend it.
    Tabled,
    /// Those who took part approved it.
    Adopted,
}

impl DocumentState {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Tabled => "tabled",
            Self::Adopted => "adopted",
        }
    }
}

/// One intervention.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// Its number in the journal, from 1.
    pub entry_number: u16,
    /// When it was spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Timestamp>,
    /// The item on the agenda.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_ref: Option<Id>,
    /// What was said, with who said it.
    pub words: Attributed,
    /// Papers that were spoken to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub document_refs: Vec<Id>,
    /// The decision that was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_ref: Option<Id>,
}

/// What a journal has and no other document.
pub(super) fn check(faults: &mut Faults, document: &Document) {
    let is_journal = document.document_type == DocumentType::Journal;
    let has = document.document_state.is_some();
    if is_journal != has
        || (!is_journal && !(document.entries.is_empty() && document.approved_refs.is_empty()))
    {
        let message = "a journal has a state, entries and approvals, and no other document does";
        faults.add("K3", "journal-state", "document_state", message);
    }
    if is_journal && document.session_ref.is_none() {
        faults.add("K3", "journal-session", "session_ref", "a journal is that of a session: name it");
    }
    let mut before: Option<(u16, Option<i64>)> = None;
    faults.each("entries", &document.entries, |faults, path, entry| {
        entry.words.check(faults, &format!("{path}.words"));
        if let Some(item) = &entry.item_ref {
            is_of(faults, &format!("{path}.item_ref"), item, &["agenda-item"]);
        }
        if let Some(decision) = &entry.decision_ref {
            is_of(faults, &format!("{path}.decision_ref"), decision, &["decision"]);
        }
        are_of(faults, &format!("{path}.document_refs"), &entry.document_refs, &["document"]);
        let at = entry.spoken.as_ref().map(Timestamp::micros);
        let (number, time) = before.unwrap_or((0, None));
        if entry.entry_number <= number {
            let message = "entries are numbered from 1 in the order in which they were spoken";
            faults.add("K3", "entry-order", &format!("{path}.entry_number"), message);
        }
        if at.is_some_and(|at| time.is_some_and(|time| at < time)) {
            let message = "it was spoken before the entry in front of it: put them in their order";
            faults.add("K3", "entry-time", &format!("{path}.spoken"), message);
        }
        before = Some((entry.entry_number, at.or(time)));
    });
    let mut met = BTreeSet::new();
    faults.each("approved_refs", &document.approved_refs, |faults, path, id| {
        if id.kind() != "identity" {
            let message = format!("name a member here, not a {}", id.kind());
            faults.add("form", "reference-type", path, message);
        } else if !met.insert(id.as_str()) {
            faults.add("form", "member-twice", path, "name each member once");
        }
    });
    if (document.document_state == Some(DocumentState::Adopted)) == document.approved_refs.is_empty() {
        let message = "an adopted journal names the members that approved it, and no other one does";
        faults.add("K3", "journal-approved", "approved_refs", message);
    }
}
