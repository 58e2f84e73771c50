//! What a member says about a record of a council, of whomever it is.

use serde::{Deserialize, Serialize};

use super::gathering::{heading, remarks};
use super::{Counsel, is_of, word_of_type};
use crate::kind::basis::{Attributed, Basis, plain};
use crate::kind::fault::Faults;
use crate::stix::{Id, Timestamp};

/// What the member says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// Of a conflict set: it works with the claim that is named. The others stand as before.
    AdoptView,
    /// It does not share what the record says.
    Dissent,
    /// Of a decision: it objects. One objection stops it.
    Object,
    /// Of a decision: it lets it pass, and states where it differs.
    Reserve,
    /// Of a decision, or of this version of a journal: it approves.
    Approve,
    /// Of this version of a journal: it asks for another wording.
    Amend,
}

impl Stance {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::AdoptView => "adopt-view",
            Self::Dissent => "dissent",
            Self::Object => "object",
            Self::Reserve => "reserve",
            Self::Approve => "approve",
            Self::Amend => "amend",
        }
    }
}

/// A position of the member that makes the record, on one version of another record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The record.
    pub on_ref: Id,
    /// Its version, as written.
    pub on_version: Timestamp,
    /// What the member says.
    pub stance: Stance,
    /// Why.
    pub text: String,
    /// The claim with which it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_ref: Option<Id>,
    /// Who said it for the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_by: Option<String>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Position {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        plain(faults, "text", &self.text);
        if let Some(by) = &self.stated_by {
            plain(faults, "stated_by", by);
        }
        if self.stance == Stance::AdoptView {
            is_of(faults, "on_ref", &self.on_ref, &["conflict-set"]);
            match &self.claim_ref {
                Some(claim) => is_of(faults, "claim_ref", claim, &["claim"]),
                None => faults.add(
                    "form",
                    "view-without-claim",
                    "claim_ref",
                    "name the claim whose view is adopted",
                ),
            }
        } else if self.claim_ref.is_some() {
            let message = "only an adopted view names a claim; say in the text what is not shared";
            faults.add("form", "claim-not-asked", "claim_ref", message);
        }
        match self.stance {
            Stance::Dissent if word_of_type(self.on_ref.kind()).is_none_or(|word| word == "position") => {
                let message = "a dissent is on a record of a council that is no position";
                faults.add("form", "reference-type", "on_ref", message);
            }
            Stance::Object | Stance::Reserve => is_of(faults, "on_ref", &self.on_ref, &["decision"]),
            Stance::Approve => is_of(faults, "on_ref", &self.on_ref, &["decision", "document"]),
            Stance::Amend => is_of(faults, "on_ref", &self.on_ref, &["document"]),
            Stance::AdoptView | Stance::Dissent => {}
        }
        remarks(faults, &self.notes);
    }
}
