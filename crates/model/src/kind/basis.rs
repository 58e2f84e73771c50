//! What is fact and what is assessment, how likely and how sure, who said it, and how it was collected.

use serde::{Deserialize, Serialize};

use super::fault::Faults;
use crate::neutral;
use crate::stix::{Map, Selector};

/// The longest text that a property of ours holds, in characters.
const LONGEST_TEXT: usize = 20_000;

/// What kind of statement an assertion is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// Established.
    Fact,
    /// Somebody's judgement.
    Assessment,
}

/// How likely something is, in the words and bands of ICD 203. It says nothing about how sure the assessor is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// Almost no chance: 1 to 5 in a hundred.
    AlmostNoChance,
    /// Very unlikely: 5 to 20.
    VeryUnlikely,
    /// Unlikely: 20 to 45.
    Unlikely,
    /// Roughly even chance: 45 to 55.
    RoughlyEvenChance,
    /// Likely: 55 to 80.
    Likely,
    /// Very likely: 80 to 95.
    VeryLikely,
    /// Almost certain: 95 to 99.
    AlmostCertain,
}

impl Likelihood {
    /// Every band, the least likely first.
    pub const ALL: [Self; 7] = [
        Self::AlmostNoChance,
        Self::VeryUnlikely,
        Self::Unlikely,
        Self::RoughlyEvenChance,
        Self::Likely,
        Self::VeryLikely,
        Self::AlmostCertain,
    ];

    /// The band in per cent, lowest and highest.
    pub fn percent(self) -> (u8, u8) {
        match self {
            Self::AlmostNoChance => (1, 5),
            Self::VeryUnlikely => (5, 20),
            Self::Unlikely => (20, 45),
            Self::RoughlyEvenChance => (45, 55),
            Self::Likely => (55, 80),
            Self::VeryLikely => (80, 95),
            Self::AlmostCertain => (95, 99),
        }
    }
}

/// How sure the assessor is of the judgement. It is never computed from a likelihood, nor the other way round.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Low confidence.
    Low,
    /// Moderate confidence.
    Moderate,
    /// High confidence.
    High,
}

/// What is said about an assertion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// Fact or assessment.
    pub statement: Statement,
    /// How likely; only of an assessment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<Likelihood>,
    /// How sure; only of an assessment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
}

impl Assertion {
    /// Something established.
    pub const FACT: Self = Self { statement: Statement::Fact, likelihood: None, confidence: None };

    fn check(&self, faults: &mut Faults, path: &str) {
        if self.statement == Statement::Fact && (self.likelihood.is_some() || self.confidence.is_some()) {
            let message = "a fact has neither likelihood nor confidence; what has them is an assessment";
            faults.add("B3", "fact-with-likelihood", path, message);
        }
    }
}

/// An assertion within a record that differs from the record as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which part, as a STIX selector from the top of the kind, such as `names.[1]` or `designations.[0]`.
    pub selector: String,
    /// What is said about it.
    pub assertion: Assertion,
}

/// The words of somebody, as said or written. Only such a text may hold words that judge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributed {
    /// The words.
    pub text: String,
    /// Whose words they are.
    pub said_by: String,
    /// Who passed them on, the nearest to the speaker first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relayed_by: Vec<String>,
    /// Language of the text as a tag of RFC 5646.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Who translated it; none when these are the words as they fell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translated_by: Option<String>,
}

impl Attributed {
    pub(super) fn check(&self, faults: &mut Faults, path: &str) {
        faults.filled(&format!("{path}.text"), &self.text);
        if self.said_by.trim().is_empty() {
            faults.add("B3", "unattributed", &format!("{path}.said_by"), "say whose words these are");
        }
        is_long(faults, &format!("{path}.text"), &self.text);
    }
}

/// How the information came about: the circumstances of collection as far as they matter for its use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Collected {
    /// From a source that anybody can read.
    PublicSource,
    /// From a record of an authority.
    OfficialRecord,
    /// Somebody was seen or something was found.
    Observation,
    /// Somebody spoke, at liberty.
    Interview,
    /// Somebody spoke in custody: ask under which conditions.
    InterviewInCustody,
    /// By technical means.
    TechnicalMeans,
    /// From another body, which did not say how.
    OtherBody,
}

/// On what a record rests. `whole` holds for everything in it that `parts` does not name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// What is said about the record as a whole.
    pub whole: Assertion,
    /// Parts about which something else is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What others said, in their words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Attributed>,
    /// Circumstances of collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Collected>,
}

impl Basis {
    /// A record whose assertions are all alike.
    pub fn of(whole: Assertion) -> Self {
        Self { whole, parts: Vec::new(), said: Vec::new(), collected: None }
    }

    /// What is said about one part: by the narrowest entry of `parts` around it, else by `whole`.
    pub fn assertion_of(&self, part: &Selector) -> &Assertion {
        let around = self.parts.iter().filter_map(|entry| {
            let selector = Selector::parse(&entry.selector).ok()?;
            part.is_within(&selector).then_some((selector.segments().len(), &entry.assertion))
        });
        around.max_by_key(|(depth, _)| *depth).map_or(&self.whole, |(_, assertion)| assertion)
    }

    pub(super) fn check(&self, faults: &mut Faults, payload: &Map<'_>) {
        self.whole.check(faults, "basis.whole");
        let mut met = std::collections::BTreeSet::new();
        faults.each("basis.parts", &self.parts, |faults, path, part| {
            part.assertion.check(faults, &format!("{path}.assertion"));
            let found =
                Selector::parse(&part.selector).ok().filter(|selector| selector.find(payload).is_some());
            if found.is_none() {
                let message = format!("{:?} points to nothing in this record", cut(&part.selector));
                faults.add("B3", "part-missing", &format!("{path}.selector"), message);
            }
            if !met.insert(&part.selector) {
                faults.add(
                    "B3",
                    "part-twice",
                    &format!("{path}.selector"),
                    "two entries speak about one part",
                );
            }
        });
        faults.each("basis.said", &self.said, |faults, path, said| said.check(faults, path));
    }
}

/// A term of a vocabulary in the version that was in force when it was chosen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// Name of the vocabulary.
    pub vocabulary: String,
    /// Its version, from 1.
    pub version: u32,
    /// Code of the term.
    pub term: String,
}

impl Citation {
    pub(super) fn check(&self, faults: &mut Faults, path: &str) {
        faults.filled(&format!("{path}.vocabulary"), &self.vocabulary);
        plain(faults, &format!("{path}.term"), &self.term);
        if self.version == 0 {
            faults.add(
                "form",
                "vocabulary-version",
                &format!("{path}.version"),
                "versions are numbered from 1",
            );
        }
    }
}

/// A text of ours: not empty, not too long, and without words that judge.
pub(crate) fn plain(faults: &mut Faults, path: &str, text: &str) {
    faults.filled(path, text);
    if is_long(faults, path, text) {
        return;
    }
    for notice in neutral::judging(text).iter().take(3) {
        let message = format!(
            "{:?} judges: it may stand only in the words of somebody who is named (`said`), not in a text of ours",
            notice.word
        );
        faults.add("B3", "judging-word", path, message);
    }
}

fn is_long(faults: &mut Faults, path: &str, text: &str) -> bool {
    let long = text.chars().nth(LONGEST_TEXT).is_some();
    if long {
        faults.add("form", "text-long", path, format!("at most {LONGEST_TEXT} characters"));
    }
    long
}

/// A text that is quoted in a message.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
