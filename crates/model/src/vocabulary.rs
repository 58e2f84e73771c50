//! Vocabularies and criteria: versioned records that a decision adopted.
//!
//! A record cites a term with the version that was in force ([`crate::kind::Citation`]); an older version never changes.
//! Criteria name acts, never traits: [`Criteria::check`] compares them with the word lists of [`crate::neutral`], which
//! find only the words that stand there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kind::{Citation, Fault, Faults, PartialDate, plain};
use crate::{ModelError, neutral};

/// The decision of a body that adopted something.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adoption {
    /// The body.
    pub body: String,
    /// Number of the decision.
    pub number: String,
    /// When it was adopted.
    pub date: PartialDate,
}

/// A text in one language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Language as a tag of RFC 5646.
    pub language: String,
    /// The text.
    pub text: String,
    /// Who translated it; none for the wording that was adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translated_by: Option<String>,
}

/// One term.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Code that records cite: small letters, digits and hyphens.
    pub code: String,
    /// What it is called.
    pub labels: Vec<Wording>,
    /// What it means.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub definitions: Vec<Wording>,
}

/// One version of a vocabulary.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// Name: small letters, digits and hyphens.
    pub name: String,
    /// Version, from 1.
    pub version: u32,
    /// The version that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u32>,
    /// The decision that adopted it.
    pub adopted: Adoption,
    /// The terms.
    pub terms: Vec<Term>,
}

impl Vocabulary {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`ModelError::Vocabulary`] when the text is not of this form.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        serde_json::from_str(text).map_err(|error| ModelError::Vocabulary(error.to_string()))
    }

    /// The canonical JSON form (RFC 8785).
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        in_words(self)
    }

    /// The cited term, if this is the vocabulary and version that is meant.
    pub fn term(&self, cited: &Citation) -> Option<&Term> {
        let meant = cited.vocabulary == self.name && cited.version == self.version;
        self.terms.iter().find(|term| meant && term.code == cited.term)
    }

    /// Every reason why this version cannot be adopted as it stands.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        check_head(&mut faults, &self.name, self.version, self.replaces, &self.adopted);
        let mut codes = BTreeSet::new();
        faults.each("terms", &self.terms, |faults, path, term| {
            check_code(faults, &format!("{path}.code"), &term.code, &mut codes);
            check_wordings(faults, &format!("{path}.labels"), &term.labels);
            if !term.definitions.is_empty() {
                check_wordings(faults, &format!("{path}.definitions"), &term.definitions);
            }
        });
        faults.into_vec()
    }
}

/// One criterion: an act by which something is recognised.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Code that records cite.
    pub code: String,
    /// The act, in words.
    pub act: Vec<Wording>,
}

/// One version of a set of criteria.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// Name: small letters, digits and hyphens.
    pub name: String,
    /// Version, from 1.
    pub version: u32,
    /// The version that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u32>,
    /// The decision that adopted it.
    pub adopted: Adoption,
    /// The criteria.
    pub criteria: Vec<Criterion>,
}

impl Criteria {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`ModelError::Vocabulary`] when the text is not of this form.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        serde_json::from_str(text).map_err(|error| ModelError::Vocabulary(error.to_string()))
    }

    /// The canonical JSON form (RFC 8785).
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        in_words(self)
    }

    /// Every reason why this version cannot be adopted as it stands. A criterion with a listed word for a trait or a
    /// community is refused; one that names a trait in other words is not recognised.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        check_head(&mut faults, &self.name, self.version, self.replaces, &self.adopted);
        let mut codes = BTreeSet::new();
        faults.each("criteria", &self.criteria, |faults, path, criterion| {
            check_code(faults, &format!("{path}.code"), &criterion.code, &mut codes);
            let path = format!("{path}.act");
            check_wordings(faults, &path, &criterion.act);
            faults.each(&path, &criterion.act, |faults, path, wording| {
                for notice in neutral::traits(&wording.text).iter().take(3) {
                    let message = format!(
                        "{:?} is no act: a criterion says what somebody does, not what somebody is",
                        notice.word
                    );
                    faults.add("C2", "criterion-names-a-trait", &format!("{path}.text"), message);
                }
            });
        });
        faults.into_vec()
    }
}

fn in_words<T: Serialize>(value: &T) -> Result<String, ModelError> {
    String::from_utf8(crate::envelope::canonical_json(value)?)
        .map_err(|error| ModelError::Canonical(error.to_string()))
}

fn check_head(faults: &mut Faults, name: &str, version: u32, replaces: Option<u32>, adopted: &Adoption) {
    check_code(faults, "name", name, &mut BTreeSet::new());
    if version == 0 {
        faults.add("form", "vocabulary-version", "version", "versions are numbered from 1");
    }
    if replaces.is_some_and(|older| older == 0 || older >= version) {
        faults.add(
            "form",
            "vocabulary-version",
            "replaces",
            "a version replaces an older one of the same name",
        );
    }
    for (path, text) in [("adopted.body", &adopted.body), ("adopted.number", &adopted.number)] {
        if text.trim().is_empty() {
            faults.add(
                "form",
                "adoption-missing",
                path,
                "cite the decision that adopted it: body and number",
            );
        }
    }
}

fn check_code<'a>(faults: &mut Faults, path: &str, code: &'a str, met: &mut BTreeSet<&'a str>) {
    let of_form = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if code.is_empty() || code.len() > 100 || !code.bytes().all(of_form) {
        faults.add("form", "code", path, "a code has small letters, digits and hyphens, at most 100");
    }
    plain(faults, path, code);
    if !met.insert(code) {
        faults.add("form", "code-twice", path, format!("{code:?} stands here twice"));
    }
}

/// One wording was adopted, each other one is somebody's translation of it.
fn check_wordings(faults: &mut Faults, path: &str, wordings: &[Wording]) {
    let adopted = wordings.iter().filter(|wording| wording.translated_by.is_none()).count();
    if adopted != 1 {
        let message =
            format!("exactly one wording is the adopted one and names no translator; here are {adopted}");
        faults.add("form", "translation-unattributed", path, message);
    }
    let mut languages = BTreeSet::new();
    faults.each(path, wordings, |faults, path, wording| {
        plain(faults, &format!("{path}.text"), &wording.text);
        faults.filled(&format!("{path}.language"), &wording.language);
        if let Some(by) = &wording.translated_by {
            faults.filled(&format!("{path}.translated_by"), by);
        }
        if !languages.insert(wording.language.as_str()) {
            faults.add("form", "language-twice", path, format!("{:?} stands here twice", wording.language));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRITERIA: &str = r#"{
        "name": "exercise-recruiting", "version": 2, "replaces": 1,
        "adopted": {"body": "EXERCISE Council", "number": "EX-7", "date": "2026-03"},
        "criteria": [{"code": "collects-money", "act": [
            {"language": "ru", "text": "Собирает деньги на перевозку взрывчатки."},
            {"language": "en", "text": "Collects money to move explosives.", "translated_by": "EXERCISE Secretariat"}
        ]}]
    }"#;
    const VOCABULARY: &str = r#"{
        "name": "exercise-manner", "version": 1,
        "adopted": {"body": "EXERCISE Council", "number": "EX-3", "date": "2026-02-11"},
        "terms": [{"code": "crossing", "labels": [{"language": "en", "text": "Crossing outside a border post"}]}]
    }"#;

    fn criteria(from: &str, to: &str) -> Vec<&'static str> {
        assert!(CRITERIA.contains(from));
        let read = Criteria::from_json(&CRITERIA.replace(from, to)).unwrap();
        read.check().into_iter().map(|fault| fault.code).collect()
    }

    #[test]
    fn c2_a_criterion_names_acts_and_never_traits() {
        assert!(criteria("EX-7", "EX-7").is_empty());
        for trait_text in [
            "Wears a beard.",
            "Attends the mosque.",
            "Is one of the Tajiks of the town.",
            "Changed religion.",
        ] {
            assert_eq!(
                criteria("Collects money to move explosives.", trait_text),
                ["criterion-names-a-trait"],
                "{trait_text}"
            );
        }
        assert_eq!(
            criteria("Собирает деньги на перевозку взрывчатки.", "Носит бороду"),
            ["criterion-names-a-trait"]
        );
    }

    #[test]
    fn a_translation_says_whose_it_is_and_a_version_cites_its_decision() {
        assert_eq!(
            criteria(r#", "translated_by": "EXERCISE Secretariat""#, ""),
            ["translation-unattributed"]
        );
        let original = r#""text": "Собирает деньги на перевозку взрывчатки.""#;
        let translated = format!(r#"{original}, "translated_by": "EXERCISE Desk""#);
        assert_eq!(
            criteria(original, &translated),
            ["translation-unattributed"],
            "one wording is the adopted one"
        );
        assert_eq!(criteria("EXERCISE Secretariat", " "), ["empty"]);
        assert_eq!(criteria(r#""EX-7""#, r#""""#), ["adoption-missing"]);
        assert_eq!(criteria(r#""replaces": 1"#, r#""replaces": 2"#), ["vocabulary-version"]);
        assert_eq!(criteria(r#""language": "en""#, r#""language": "ru""#), ["language-twice"]);
        assert!(Criteria::from_json(&CRITERIA.replace("EX-7\"", "EX-7\", \"signed\": true")).is_err());
    }

    #[test]
    fn a_citation_finds_its_term_in_the_cited_version_alone() {
        let read = Vocabulary::from_json(VOCABULARY).unwrap();
        assert!(read.check().is_empty());
        let cited = |version, term: &str| Citation {
            vocabulary: "exercise-manner".into(),
            version,
            term: term.into(),
        };
        assert_eq!(read.term(&cited(1, "crossing")).unwrap().labels[0].language, "en");
        assert!(read.term(&cited(2, "crossing")).is_none() && read.term(&cited(1, "other")).is_none());
        assert_eq!(Vocabulary::from_json(&read.to_json().unwrap()).unwrap(), read);
        let set = Criteria::from_json(CRITERIA).unwrap();
        assert_eq!(Criteria::from_json(&set.to_json().unwrap()).unwrap(), set);
    }

    #[test]
    fn b3_a_term_of_a_vocabulary_does_not_judge() {
        let text = VOCABULARY.replace(r#""code": "crossing""#, r#""code": "militants""#);
        let found: Vec<_> =
            Vocabulary::from_json(&text).unwrap().check().into_iter().map(|fault| fault.code).collect();
        assert_eq!(found, ["judging-word"]);
    }
}
