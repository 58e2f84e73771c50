//! Papers, measures, programmes and the reports on them.

use serde::{Deserialize, Serialize};

use super::gathering::{heading, remarks};
use super::journal::{self, DocumentState, JournalEntry};
use super::part::{self, Party, Uncertain};
use super::{Counsel, are_of, is_of};
use crate::kind::basis::{Attributed, Basis, plain};
use crate::kind::date::PartialDate;
use crate::kind::fault::Faults;
use crate::stix::Id;

/// Years that a programme or report may name.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// What a document is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentType {
    /// A paper for a session.
    Paper,
    /// A message that somebody sent to a session.
    Message,
    /// What a publisher reported.
    PressReport,
    /// What was said at a session, which those who took part approve.
    Journal,
}

/// A part of a document, as it was printed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What the part is called.
    pub label: String,
    /// Where it was printed, from 1 at the top.
    pub placed: u16,
    /// What it is: the report, an update of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The date that it bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamped: Option<PartialDate>,
    /// The part that it brings up to date, which is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<String>,
}

/// A document: what it is and where it comes from. Its text stays where it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it is.
    pub document_type: DocumentType,
    /// The session that it belongs to or reports on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_ref: Option<Id>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Uncertain<String>>,
    /// Who published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Uncertain<String>>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Uncertain<PartialDate>>,
    /// Who sent it; of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_party: Option<Party>,
    /// Name of the file that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// SHA-256 of the text that was read, as 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whom it cites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<String>,
    /// Where it stands, of a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_state: Option<DocumentState>,
    /// What was said, of a journal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<JournalEntry>,
    /// The members that approved it, of a journal that is adopted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_refs: Vec<Id>,
    /// Its parts, as they were printed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// What it is known from, where that is another document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_refs: Vec<Id>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Document {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        if let Some(session) = &self.session_ref {
            is_of(faults, "session_ref", session, &["session"]);
        }
        part::text(faults, "author", self.author.as_ref());
        part::text(faults, "publisher", self.publisher.as_ref());
        if let Some(published) = &self.published {
            published.check(faults, "published", |_, _, _| {});
        }
        match (&self.from_party, self.document_type) {
            (Some(party), DocumentType::Message) => party.check(faults, "from_party"),
            (None, DocumentType::Message) => {
                faults.add("form", "message-from", "from_party", "say who sent the message");
            }
            (Some(_), _) => {
                faults.add("form", "message-from", "from_party", "only a message has somebody who sent it");
            }
            (None, _) => {}
        }
        if let Some(file) = &self.file_name {
            plain(faults, "file_name", file);
        }
        if let Some(sha256) = &self.sha256 {
            let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
            if sha256.len() != 64 || !sha256.bytes().all(is_hex) {
                faults.add("form", "sha256", "sha256", "write SHA-256 as 64 small hexadecimal digits");
            }
        }
        faults.each("cites", &self.cites, |faults, path, cited| plain(faults, path, cited));
        self.check_sections(faults);
        journal::check(faults, self);
        are_of(faults, "source_refs", &self.source_refs, &["document"]);
        remarks(faults, &self.notes);
    }
}

impl Document {
    /// Labels and places are those of one part each, and what is brought up to date is another part.
    fn check_sections(&self, faults: &mut Faults) {
        let mut labels = std::collections::BTreeSet::new();
        let mut places = std::collections::BTreeSet::new();
        let known: std::collections::BTreeSet<&str> =
            self.sections.iter().map(|section| section.label.as_str()).collect();
        faults.each("sections", &self.sections, |faults, path, section| {
            plain(faults, &format!("{path}.label"), &section.label);
            if let Some(role) = &section.role {
                plain(faults, &format!("{path}.role"), role);
            }
            if !labels.insert(&section.label) || !places.insert(section.placed) {
                faults.add("form", "section-twice", path, "each part has a label and a place of its own");
            }
            let other = section.updates.as_ref();
            if other.is_some_and(|other| *other == section.label || !known.contains(other.as_str())) {
                let message = "name the label of the older part of this document";
                faults.add("form", "section-updates", &format!("{path}.updates"), message);
            }
        });
    }
}

/// How far a measure is. From *adopted* on it rests on a decision: nothing is adopted by being reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureStatus {
    /// Somebody says that measures are intended.
    Intention,
    /// Somebody proposes it.
    Proposed,
    /// It was outlined.
    Outlined,
    /// A decision adopted it.
    Adopted,
    /// Somebody sees to it.
    InForce,
    /// It was taken; the evidence is named.
    Done,
    /// It will not be taken.
    Dropped,
}

impl MeasureStatus {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intention => "intention",
            Self::Proposed => "proposed",
            Self::Outlined => "outlined",
            Self::Adopted => "adopted",
            Self::InForce => "in-force",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }
}

/// A joint measure, as far as somebody states it, and from its adoption on by whom and until when it is taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The measure in the words of whoever states it.
    pub words: Attributed,
    /// How far it is.
    pub status: MeasureStatus,
    /// The claim or document that states it; one that no decision adopted has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_in_ref: Option<Id>,
    /// The decision that adopted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_ref: Option<Id>,
    /// The programme that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_ref: Option<Id>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_ref: Option<Id>,
    /// Who is to see to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Party>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<PartialDate>,
    /// Records that show that it was taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_refs: Vec<Id>,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_on: Option<PartialDate>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Measure {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        self.words.check(faults, "words");
        for (path, id, words) in [
            ("stated_in_ref", &self.stated_in_ref, &["claim", "document"][..]),
            ("decision_ref", &self.decision_ref, &["decision"]),
            ("programme_ref", &self.programme_ref, &["programme"]),
            ("session_ref", &self.session_ref, &["session"]),
        ] {
            if let Some(id) = id {
                is_of(faults, path, id, words);
            }
        }
        self.check_state(faults);
        if let Some(owner) = &self.owner {
            owner.check(faults, "owner");
        }
        remarks(faults, &self.notes);
    }
}

impl Measure {
    /// What each state rests on.
    fn check_state(&self, faults: &mut Faults) {
        use MeasureStatus::{Adopted, Done, Dropped, InForce};
        let is_adopted = matches!(self.status, Adopted | InForce | Done);
        if is_adopted && self.decision_ref.is_none() {
            let message = "a measure is adopted by a decision alone: name it";
            faults.add("K8", "measure-decision", "decision_ref", message);
        }
        if !is_adopted && self.status != Dropped && self.decision_ref.is_some() {
            let message = "a measure that a decision adopted is adopted, in-force, done or dropped";
            faults.add("K8", "measure-decision", "decision_ref", message);
        }
        if self.stated_in_ref.is_none() && self.decision_ref.is_none() {
            let message = "name the claim or document that states it, or the decision that adopted it";
            faults.add("form", "measure-source", "stated_in_ref", message);
        }
        if matches!(self.status, InForce | Done) && self.owner.is_none() {
            let message = "somebody sees to a measure in force: name the owner";
            faults.add("K8", "measure-owner", "owner", message);
        }
        if (self.status == Done) == self.evidence_refs.is_empty() {
            let message =
                "a measure is done with evidence alone: name the records that show it, and no others before";
            faults.add("K8", "measure-evidence", "evidence_refs", message);
        }
        faults.each("evidence_refs", &self.evidence_refs, |_, _, _| {});
        if self.done_on.is_some() && self.status != Done {
            faults.add("form", "measure-done", "done_on", "only what is done says when it was");
        }
    }
}

/// How far a programme is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgrammeStatus {
    /// It is being written.
    Draft,
    /// A decision adopted it.
    Adopted,
    /// Its years are over, or a decision ended it.
    Closed,
    /// Others report that there is one; nothing is said of how it was adopted.
    Reported,
}

impl ProgrammeStatus {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Adopted => "adopted",
            Self::Closed => "closed",
            Self::Reported => "reported",
        }
    }
}

/// How far a report is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportStatus {
    /// It is being written.
    Draft,
    /// Others report that it was given.
    Reported,
}

/// A programme of several years.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it is called by whoever names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Attributed>,
    /// Its years, in their order.
    pub years: Vec<i16>,
    /// How far it is.
    pub status: ProgrammeStatus,
    /// The decision that adopted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_ref: Option<Id>,
    /// The body whose programme it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_ref: Option<Id>,
    /// The session from which it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_ref: Option<Id>,
    /// Who reports on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rapporteur: Option<Party>,
    /// Its measures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measure_refs: Vec<Id>,
    /// The programme before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor_ref: Option<Id>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Programme {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        if let Some(words) = &self.words {
            words.check(faults, "words");
        }
        let rises = self.years.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
        if self.years.is_empty() || !rises {
            faults.add("form", "years-order", "years", "name each year once, the earliest first");
        }
        faults.each("years", &self.years, |faults, path, year| in_years(faults, path, *year));
        for (path, id, words) in [
            ("body_ref", &self.body_ref, "body"),
            ("session_ref", &self.session_ref, "session"),
            ("predecessor_ref", &self.predecessor_ref, "programme"),
            ("decision_ref", &self.decision_ref, "decision"),
        ] {
            if let Some(id) = id {
                is_of(faults, path, id, &[words]);
            }
        }
        let is_adopted = matches!(self.status, ProgrammeStatus::Adopted | ProgrammeStatus::Closed);
        if is_adopted != self.decision_ref.is_some() {
            let message = "only a decision adopts a programme, and nothing else has one: name it";
            faults.add("K8", "programme-decision", "decision_ref", message);
        }
        if let Some(rapporteur) = &self.rapporteur {
            rapporteur.check(faults, "rapporteur");
        }
        are_of(faults, "measure_refs", &self.measure_refs, &["measure"]);
        remarks(faults, &self.notes);
    }
}

/// Whether a report gives figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provided {
    /// It gives figures: those that are named.
    Figures,
    /// Figures are not provided.
    NotProvided,
}

/// A report on one year of a programme.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The programme.
    pub programme_ref: Id,
    /// The year.
    pub year: i16,
    /// Whether it is being written, or others report that it was given.
    pub status: ReportStatus,
    /// Whether it gives figures.
    pub provided: Provided,
    /// Its figures: those that members counted, and claims that give one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figure_refs: Vec<Id>,
    /// The claim that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_ref: Option<Id>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Report {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        is_of(faults, "programme_ref", &self.programme_ref, &["programme"]);
        in_years(faults, "year", self.year);
        if (self.provided == Provided::Figures) == self.figure_refs.is_empty() {
            let message = "a report that provides figures names them, or the claims that give them; without, they are not-provided";
            faults.add("form", "figures-provided", "provided", message);
        }
        are_of(faults, "figure_refs", &self.figure_refs, &["claim", "figure"]);
        if let Some(claim) = &self.claim_ref {
            is_of(faults, "claim_ref", claim, &["claim"]);
        }
        remarks(faults, &self.notes);
    }
}

fn in_years(faults: &mut Faults, path: &str, year: i16) {
    if !YEARS.contains(&year) {
        let message = format!("a year lies between {} and {}", YEARS.start(), YEARS.end());
        faults.add("form", "year-range", path, message);
    }
}
