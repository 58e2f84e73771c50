//! What came of records that were shared: entered by the member that received one, returned to its originator alone.

use std::collections::BTreeSet;

use comity_model::kind::council::{Outcome, OutcomeResult};
use comity_model::kind::{Amount, Assertion, Basis, Bound, Kind};
use comity_model::stix::{Id, Timestamp};
use comity_model::{Flag, RecordState, SignedEnvelope};
use comity_store::tables::lookup;
use serde::Serialize;

use super::gather::{Gathering, Held, Listed, Place};
use crate::compose::statement::StatementText;
use crate::compose::{self, Author, Draft, Entry};
use crate::{Actor, App, AppError, letter, subject, supplement};

/// Versions of outcomes that are looked at for one record.
const OF_ONE: i64 = 1_000;

/// What came of a record, as it is entered.
#[derive(Clone, Copy, Debug)]
pub struct NewOutcome<'a> {
    /// The record: a STIX id, or `id@version`.
    pub record: &'a str,
    /// What came of it: a word of [`OutcomeResult`].
    pub result: &'a str,
    /// When: a day, month or year.
    pub happened: Option<&'a str>,
    /// How much was seized: a number and a unit, such as `2.5 kg`.
    pub amount: Option<&'a str>,
    /// How it was counted or weighed.
    pub rule: Option<&'a str>,
    /// A few words.
    pub text: Option<&'a str>,
}

/// What came of a record, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OutcomeLine {
    /// The outcome; its originator is the member that states it.
    #[serde(flatten)]
    pub place: Place,
    /// STIX id of the record.
    pub of: String,
    /// Its version, as written.
    pub of_version: String,
    /// What came of it.
    pub result: &'static str,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub happened: Option<String>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// A few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// States what came of a record of another member. It goes back to that member alone, under the conditions that it set for the
/// record, as a returned grade does.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown record;
/// [`AppError::Conflict`] for a record of one's own or one that is not in use; [`AppError::Invalid`] for an unknown word, date
/// or amount. What is wrong with the record itself stands in the answer.
pub fn add(app: &App, actor: &Actor, new: &NewOutcome<'_>) -> Result<Entry, AppError> {
    actor.may_read()?;
    let app = &app.seen_by(actor);
    let result = result(new.result)?;
    let (found, place) = app.store().read("outcome.of", |tx| {
        let found = subject::newest(app, tx, new.record)?;
        let place = letter::place_for(app, tx, &found.key.origin, &found.key.collection)?;
        Ok::<_, AppError>((found, place))
    })?;
    if &found.key.origin == app.member() {
        return Err(AppError::Conflict(format!(
            "{} is a record of your own member: an outcome goes back to whoever shared a record",
            found.key.id
        )));
    }
    if found.state != RecordState::Live {
        return Err(AppError::Conflict(format!("{} is {}", found.key.id, found.state.name())));
    }
    let outcome = Outcome {
        title: format!("Outcome: {}", result.name().replace('-', " ")),
        summary: new.text.map(|text| supplement::reason(text, "--text")).transpose()?,
        of_ref: Id::parse(&found.key.id).map_err(|error| AppError::Internal(error.to_string()))?,
        of_version: Timestamp::parse(&found.key.version)
            .map_err(|error| AppError::Internal(error.to_string()))?,
        result,
        happened: new
            .happened
            .map(|text| {
                text.parse()
                    .map_err(|_| AppError::invalid("--on", "write a date: 2026, 2026-03 or 2026-03-08"))
            })
            .transpose()?,
        amount: new.amount.map(|text| amount(text, new.rule)).transpose()?,
        notes: Vec::new(),
        basis: Basis::of(Assertion::FACT),
    };
    let form = serde_json::to_value(Kind::Outcome(Box::new(outcome)))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let statement = for_originator(&found)?;
    let draft = Draft { collection: place, form, statement, ..Draft::default() };
    compose::enter(app, Author::Person(actor), &draft)
}

fn result(word: &str) -> Result<OutcomeResult, AppError> {
    OutcomeResult::from_name(word).ok_or_else(|| {
        let words: Vec<&str> = OutcomeResult::ALL.into_iter().map(OutcomeResult::name).collect();
        AppError::invalid("--result", format!("`{word}` is none of {}", words.join(", ")))
    })
}

fn amount(text: &str, rule: Option<&str>) -> Result<Amount, AppError> {
    let (value, unit) = text.trim().split_once(' ').ok_or_else(|| {
        AppError::invalid("--amount", "write a number and a unit with a blank between them, such as '2.5 kg'")
    })?;
    let rule = rule.ok_or_else(|| AppError::invalid("--rule", "say how it was counted or weighed (B6)"))?;
    Ok(Amount {
        value: value.to_owned(),
        bound: Bound::Exactly,
        unit: unit.trim().to_owned(),
        counting_rule: rule.to_owned(),
    })
}

/// The originator alone, under the conditions that it stated for its record.
fn for_originator(found: &comity_model::Record) -> Result<StatementText, AppError> {
    let handling = &found.handling;
    let envelope = SignedEnvelope::from_json(&found.envelope)?.envelope;
    // That a complaint is open or ill-treatment alleged stops the record, not a word to its originator about it.
    let flags = handling.flags.iter().filter(|flag| !matches!(flag, Flag::Complaint | Flag::IllTreatment));
    Ok(StatementText {
        tlp: Some("red".into()),
        to: vec![found.key.origin.to_string()],
        purposes: handling.purposes.iter().cloned().collect(),
        personal: handling.personal,
        category: handling.category.map(|category| category.name().to_owned()),
        flags: flags.map(|flag| flag.name().to_owned()).collect(),
        inner: handling.inner.iter().cloned().collect(),
        purpose: envelope.purpose,
        legal_basis: envelope.legal_basis,
        review_at: envelope.review_at.map(|at| at.to_string()),
        decision_until: envelope.review_at.map(|at| at.to_string()),
        ..StatementText::default()
    })
}

/// What came of records, as far as it is here: of one record, or of all.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] for an unknown record.
pub fn list(app: &App, actor: &Actor, of: Option<&str>) -> Result<Listed<OutcomeLine>, AppError> {
    actor.may_read()?;
    let app = &app.seen_by(actor);
    app.store().read("outcome.list", |tx| {
        let of = of.map(|text| subject::newest(app, tx, text).map(|found| found.key.id)).transpose()?;
        let mut gathering = Gathering::new(app, tx)?;
        let mut all = gathering.all(tx, "outcome")?;
        all.sort_by_key(|held| std::cmp::Reverse((held.version_at, held.place.id.clone())));
        let lines = all.iter().filter_map(line);
        let lines = lines.filter(|line| of.as_ref().is_none_or(|of| &line.of == of)).collect();
        Ok(Listed { lines, left_out: gathering.left_out() })
    })
}

/// The same of the record that a text names, for whoever the node is seen by.
pub(crate) fn of(app: &App, text: &str) -> Result<Vec<OutcomeLine>, AppError> {
    app.store().read("outcome.of_record", |tx| {
        let id = subject::newest(app, tx, text)?.key.id;
        let rows = lookup::naming(tx, (&id, "of_ref", "comity-outcome"), None, (0, OF_ONE))?;
        let ids: BTreeSet<String> = rows.into_iter().map(|row| row.into_inner().key.id).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut all = Gathering::new(app, tx)?.of_ids(tx, &ids)?;
        all.sort_by_key(|held| std::cmp::Reverse((held.version_at, held.place.id.clone())));
        Ok(all.iter().filter_map(line).filter(|line| line.of == id).collect())
    })
}

fn line(held: &Held) -> Option<OutcomeLine> {
    let Kind::Outcome(outcome) = &held.kind else { return None };
    Some(OutcomeLine {
        place: held.place.clone(),
        of: outcome.of_ref.as_str().to_owned(),
        of_version: outcome.of_version.as_str().to_owned(),
        result: outcome.result.name(),
        happened: outcome.happened.map(|date| date.to_string()),
        amount: outcome.amount.as_ref().map(|amount| format!("{} {}", amount.value, amount.unit)),
        text: outcome.summary.clone(),
    })
}
