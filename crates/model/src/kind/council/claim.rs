//! What somebody said, what claims differ on, and how that is shown. Nothing here makes a claim a fact of ours.

use serde::{Deserialize, Serialize};

use super::gathering::remarks;
use super::part::Party;
use super::{Counsel, are_of, is_of};
use crate::kind::amount::{Bound, is_number};
use crate::kind::basis::{Attributed, Basis, plain};
use crate::kind::date::Period;
use crate::kind::fault::Faults;
use crate::stix::Id;

/// A claim is shown with its voice in so many characters.
const SHOWN: usize = 300;
/// Claims that one set compares.
const MOST_CLAIMS: usize = 200;

/// How the words are given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reported {
    /// The source quotes; our wording of it need not be the words that fell.
    Quotation,
    /// The source says it in words of its own.
    Paraphrase,
}

/// What form of statement it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimForm {
    /// A number of something.
    Figure,
    /// A judgement of a situation.
    Assessment,
    /// A judgement of the policy of others.
    PoliticalAssessment,
    /// Who is said to have done something.
    Attribution,
    /// What is said to have been achieved.
    Result,
    /// What is to be dealt with.
    Agenda,
    /// Who was there.
    Attendance,
    /// What is intended.
    Intention,
    /// What is proposed.
    Proposal,
    /// A message to others.
    Message,
    /// A plain statement.
    Statement,
    /// That a report was given.
    Report,
    /// That somebody did wrong.
    Allegation,
    /// What a source adds by itself.
    Background,
    /// An opinion.
    Opinion,
}

impl ClaimForm {
    /// Whether it judges, attributes or alleges: the forms for which the editor says whether the source gives evidence.
    pub fn needs_evidence(self) -> bool {
        matches!(self, Self::Assessment | Self::PoliticalAssessment | Self::Attribution | Self::Allegation)
    }
}

/// Whether it is certain that it was said, and by whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The source reports it.
    Reported,
    /// The source leaves it open.
    Uncertain,
}

/// What to mind when a claim is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It is about so few that they can be told apart.
    SmallGroup,
    /// It speaks of people by where they come from: never a selector.
    GroupByOrigin,
    /// It touches what people hold holy.
    SpiritualMatter,
    /// Nobody was convicted of it.
    PresumptionOfInnocence,
    /// It is about how somebody was treated in detention.
    TreatmentInDetention,
    /// It is about people who moved.
    PeopleOnTheMove,
    /// Ill-treatment is alleged: whoever uses it knows.
    IllTreatmentAlleged,
    /// The translation is doubtful.
    TranslationDoubtful,
}

/// Where in a document it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced {
    /// The document.
    pub document_ref: Id,
    /// Where in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// A number that somebody gave, or the words that stand in place of one. It may lack what would make it traceable.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// A decimal number as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Words such as `a large amount`, which stay words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_words: Option<Attributed>,
    /// How the number is meant.
    #[serde(default)]
    pub bound: Bound,
    /// The unit.
    pub unit: String,
    /// Of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// In which time.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub period: Period,
    /// What the source says of the time, where that is no period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_words: Option<Attributed>,
    /// What was counted, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting_rule: Option<String>,
    /// Who contributed to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<Party>,
}

impl Quantity {
    fn check(&self, faults: &mut Faults, path: &str) {
        if let Some(value) = self.value.as_ref().filter(|value| !is_number(value)) {
            let message = format!(
                "a number stands here, and {:?} is none; words such as \"a large amount\" go into in_words and stay qualitative (K6)",
                value.chars().take(40).collect::<String>()
            );
            faults.add("K6", "value-in-words", &format!("{path}.value"), message);
        }
        if self.value.is_some() == self.in_words.is_some() {
            let message = "give a number in `value`, or words in `in_words`: one of the two";
            faults.add("K6", "value-or-words", path, message);
        }
        if let Some(words) = &self.in_words {
            words.check(faults, &format!("{path}.in_words"));
        }
        plain(faults, &format!("{path}.unit"), &self.unit);
        for (key, text) in [("scope", &self.scope), ("counting_rule", &self.counting_rule)] {
            if let Some(text) = text {
                plain(faults, &format!("{path}.{key}"), text);
            }
        }
        self.period.check(faults, &format!("{path}.period"));
        if let Some(words) = &self.period_words {
            words.check(faults, &format!("{path}.period_words"));
        }
        Party::check_all(faults, &format!("{path}.contributors"), &self.contributors);
    }
}

/// What somebody said, with everybody through whom it came. It has no text of ours.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The words, whose they are, and who passed them on.
    pub words: Attributed,
    /// The speaker by name, where the source names one; the first of the chain need not be the speaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// How they are given.
    pub reported_as: Reported,
    /// What form of statement it is.
    pub claim_form: ClaimForm,
    /// Whether it is certain that it was said.
    pub certainty: Certainty,
    /// What it is about, in a word: claims of one topic are compared.
    pub topic: String,
    /// The number that it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The session at which, or in a report on which, it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_ref: Option<Id>,
    /// Whether it was said at the session itself; left out when nobody says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_session: Option<bool>,
    /// The document that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Sourced>,
    /// The claim that it only repeats: the two are one statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restates_ref: Option<Id>,
    /// Claims of other voices that contradict it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested_by_refs: Vec<Id>,
    /// Claims on whose reliability it bears, without contradicting them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bears_on_refs: Vec<Id>,
    /// What to mind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Mark>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests. A fact here is that it was said.
    pub basis: Basis,
}

impl Claim {
    /// Everybody through whom it came, the speaker first.
    pub fn chain(&self) -> String {
        match self.words.relayed_by.as_slice() {
            [] => self.words.said_by.clone(),
            relays => format!("{} via {}", self.words.said_by, relays.join(", ")),
        }
    }

    /// The words with whose they are and through whom they came: the one way in which a claim is shown in a line.
    pub fn display(&self) -> String {
        format!("{}: {}", self.chain(), self.words.text).chars().take(SHOWN).collect()
    }
}

impl Counsel for Claim {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        self.words.check(faults, "words");
        faults.each("words.relayed_by", &self.words.relayed_by, |faults, path, relay| {
            faults.filled(path, relay);
        });
        if let Some(speaker) = &self.speaker {
            faults.filled("speaker", speaker);
        }
        plain(faults, "topic", &self.topic);
        if let Some(quantity) = &self.quantity {
            quantity.check(faults, "quantity");
        }
        if let Some(session) = &self.session_ref {
            is_of(faults, "session_ref", session, &["session"]);
        }
        if let Some(source) = &self.source {
            is_of(faults, "source.document_ref", &source.document_ref, &["document"]);
            if let Some(place) = &source.place {
                plain(faults, "source.place", place);
            }
        }
        if let Some(other) = &self.restates_ref {
            is_of(faults, "restates_ref", other, &["claim"]);
        }
        are_of(faults, "contested_by_refs", &self.contested_by_refs, &["claim"]);
        are_of(faults, "bears_on_refs", &self.bears_on_refs, &["claim"]);
        let mut met = std::collections::BTreeSet::new();
        faults.each("flags", &self.flags, |faults, path, flag| {
            if !met.insert(flag) {
                faults.add("form", "flag-twice", path, "name each flag once");
            }
        });
        remarks(faults, &self.notes);
    }
}

/// What claims differ in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// In a value.
    Value,
    /// In the wording of one statement.
    Wording,
    /// In whom they hold responsible, or in whose statement it is.
    Attribution,
    /// In the legal status of persons.
    LegalStatus,
    /// In who had which role.
    Roles,
    /// In what a share refers to.
    BaseOfShare,
    /// In something else.
    Other,
}

impl Difference {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Wording => "wording",
            Self::Attribution => "attribution",
            Self::LegalStatus => "legal-status",
            Self::Roles => "roles",
            Self::BaseOfShare => "base-of-share",
            Self::Other => "other",
        }
    }
}

/// What somebody computed out of claims. It is no claim.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// What was computed, by whom.
    pub words: Attributed,
    /// Out of which claims.
    pub from_refs: Vec<Id>,
}

/// A question on which claims differ. It holds them side by side, and says nothing about which is right.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictSet {
    /// The question.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claim_refs: Vec<Id>,
    /// The sessions, where the question is about roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session_refs: Vec<Id>,
    /// What they differ in.
    pub difference: Difference,
    /// How the editor shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Attributed>,
    /// Parties that are named and have said nothing in these sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties_without_statement: Vec<String>,
    /// Claims on the reliability of these, which contradict none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bears_on_refs: Vec<Id>,
    /// What was computed out of the claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Derived>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for ConflictSet {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        super::gathering::heading(faults, &self.title, self.summary.as_ref());
        if self.claim_refs.is_empty()
            && (self.session_refs.is_empty() || self.difference != Difference::Roles)
        {
            let message = "name the claims; only a question about roles compares sessions instead";
            faults.add("form", "empty", "claim_refs", message);
        }
        if self.claim_refs.len() > MOST_CLAIMS {
            faults.add("form", "too-many", "claim_refs", format!("at most {MOST_CLAIMS} claims in one set"));
        }
        let mut met = std::collections::BTreeSet::new();
        faults.each("claim_refs", &self.claim_refs, |faults, path, id| {
            is_of(faults, path, id, &["claim"]);
            if !met.insert(id.as_str()) {
                faults.add("form", "claim-twice", path, "name each claim once");
            }
        });
        are_of(faults, "session_refs", &self.session_refs, &["session"]);
        if let Some(shown) = &self.shown {
            shown.check(faults, "shown");
        }
        faults.each("parties_without_statement", &self.parties_without_statement, |faults, path, party| {
            plain(faults, path, party);
        });
        are_of(faults, "bears_on_refs", &self.bears_on_refs, &["claim"]);
        faults.each("derived", &self.derived, |faults, path, derived| {
            derived.words.check(faults, &format!("{path}.words"));
            let from = format!("{path}.from_refs");
            if derived.from_refs.is_empty() {
                faults.add("form", "empty", &from, "name the claims out of which it was computed");
            }
            are_of(faults, &from, &derived.from_refs, &["claim"]);
        });
        remarks(faults, &self.notes);
    }
}
