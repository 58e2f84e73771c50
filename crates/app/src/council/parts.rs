//! The small parts of the records that a reading becomes: words, parties, names, dates, and the words of lists.

use comity_model::kind::council::{Difference, Document, DocumentType, Mark, Party};
use comity_model::kind::{Assertion, Attributed, Basis, Collected, Name, NameKind, PartialDate, Period};

use super::reading::{self, refused};
use crate::AppError;

/// What stands behind a name that is none.
const UNNAMED: &str = "(not named)";

/// The words of a claim: whose they are, and everybody after the first of the chain.
pub(super) fn words(claim: &reading::Claim) -> Attributed {
    let first = claim.attribution_chain.first().cloned().unwrap_or_default();
    Attributed {
        relayed_by: claim.attribution_chain.iter().skip(1).cloned().collect(),
        ..said(&claim.statement, claim.speaker.as_ref().unwrap_or(&first))
    }
}

/// A heading. A number that no source states stays out of it; it stands in the session with how it is known.
pub(super) fn title(session: &reading::Session, place: &str) -> Result<String, AppError> {
    let number = session.number.value.filter(|_| session.number.basis == "stated");
    let number = number.map(|number| format!(" {number}")).unwrap_or_default();
    let (Some(town), Some(day)) = (&session.place.value, &session.date.value) else {
        return Err(refused(place, "a session has a place and a date"));
    };
    Ok(format!("Council session{number}, {town}, {day}"))
}

pub(super) fn said(text: &str, by: &str) -> Attributed {
    Attributed {
        text: text.to_owned(),
        said_by: by.to_owned(),
        relayed_by: Vec::new(),
        language: None,
        translated_by: None,
    }
}

pub(super) fn fact() -> Basis {
    Basis { collected: Some(Collected::PublicSource), ..Basis::of(Assertion::FACT) }
}

pub(super) fn document(title: String, document_type: DocumentType) -> Document {
    Document {
        document_state: None,
        entries: Vec::new(),
        approved_refs: Vec::new(),
        title,
        summary: None,
        document_type,
        session_ref: None,
        author: None,
        publisher: None,
        published: None,
        from_party: None,
        file_name: None,
        sha256: None,
        cites: Vec::new(),
        sections: Vec::new(),
        source_refs: Vec::new(),
        notes: Vec::new(),
        basis: fact(),
    }
}

/// A state by its two letters, or somebody as the reading calls them.
pub(super) fn party(text: &str, editor: &str) -> Party {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Party { country: Some(text.to_owned()), ..Party::default() };
    }
    let bare = text.strip_suffix(UNNAMED).map(str::trim_end);
    Party { name: Some(said(bare.unwrap_or(text), editor)), unnamed: bare.is_some(), ..Party::default() }
}

pub(super) fn name(value: &str, name_kind: NameKind) -> Name {
    let script = match value.chars().find(|c| c.is_alphabetic()) {
        Some('\u{400}'..='\u{52F}') => "Cyrl",
        Some('\u{600}'..='\u{77F}') => "Arab",
        _ => "Latn",
    };
    Name {
        value: value.to_owned(),
        script: script.into(),
        name_kind,
        language: None,
        valid: Period::default(),
        scheme: None,
        called_by: None,
    }
}

pub(super) fn date(place: &str, text: &str) -> Result<PartialDate, AppError> {
    text.parse().map_err(|error: comity_model::ModelError| refused(place, &error.to_string()))
}

/// A word that the kinds know as it is.
pub(super) fn word<T: serde::de::DeserializeOwned>(place: &str, text: &str) -> Result<T, AppError> {
    serde_json::from_value(text.into()).map_err(|error| refused(place, &error.to_string()))
}

pub(super) fn flag(place: &str, text: &str) -> Result<Mark, AppError> {
    Ok(match text {
        "identifiable-or-small-group" => Mark::SmallGroup,
        "nationality-group" => Mark::GroupByOrigin,
        "religion-related" => Mark::SpiritualMatter,
        "presumption-of-innocence" => Mark::PresumptionOfInnocence,
        "detention-treatment" => Mark::TreatmentInDetention,
        "migrants" => Mark::PeopleOnTheMove,
        other => return Err(refused(place, &format!("the sensitivity `{other}` is not known"))),
    })
}

/// What a set differs in, by the first of these words that describes it; the description is kept as a remark.
pub(super) fn difference(text: &str) -> Difference {
    let known = [
        ("denominator", Difference::BaseOfShare),
        ("legal status", Difference::LegalStatus),
        ("role", Difference::Roles),
        ("value", Difference::Value),
        ("estimate", Difference::Value),
        ("wording", Difference::Wording),
        ("statement", Difference::Attribution),
    ];
    known.into_iter().find(|(word, _)| text.contains(word)).map_or(Difference::Other, |(_, found)| found)
}
