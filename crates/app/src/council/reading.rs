//! A reading of sources as it comes: facts from press reports, each uncertain one with how it is known. Every field is
//! named here: one that is unknown refuses the whole, so that nothing is lost in silence.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Number, Value};

use crate::AppError;

/// The longest reading, in bytes.
pub(super) const READING_BYTES: usize = 4 << 20;
/// Most rows of a reading.
pub(super) const READING_ROWS: usize = 10_000;

/// Most sessions among them.
const SESSIONS: usize = 500;

/// The file: rows as they are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "$about")]
    _about: Option<IgnoredAny>,
    #[serde(rename = "schema_version")]
    _schema_version: Option<IgnoredAny>,
    language: Option<String>,
    marking: Option<String>,
    #[serde(rename = "field_values")]
    _field_values: Option<IgnoredAny>,
    #[serde(rename = "basis_values")]
    _basis_values: Option<IgnoredAny>,
    sources: Vec<Value>,
    agencies: Vec<Value>,
    sessions: Vec<Value>,
    claims: Vec<Value>,
    conflict_sets: Vec<Value>,
}

/// The whole reading.
pub(super) struct Reading {
    pub(super) language: Option<String>,
    pub(super) marking: Option<String>,
    pub(super) sources: Vec<Source>,
    pub(super) agencies: Vec<Agency>,
    pub(super) sessions: Vec<Session>,
    pub(super) claims: Vec<Claim>,
    pub(super) conflict_sets: Vec<ConflictSet>,
}

/// An uncertain field. Without a value it is not known.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct Uncertain<T> {
    pub(super) value: Option<T>,
    pub(super) basis: String,
    pub(super) note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) publisher: Uncertain<String>,
    pub(super) author: Uncertain<String>,
    pub(super) publication_date: Uncertain<String>,
    pub(super) cites: Vec<String>,
    pub(super) language: String,
    pub(super) session_ref: String,
    #[serde(default)]
    pub(super) parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) id: String,
    pub(super) role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agency {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) country: Option<String>,
    pub(super) head_named: Option<String>,
    pub(super) name_variants: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) number: Uncertain<u32>,
    pub(super) date: Uncertain<String>,
    pub(super) place: Uncertain<String>,
    pub(super) host_country: Uncertain<String>,
    pub(super) chair_of_council: Uncertain<String>,
    pub(super) chair_of_meeting: Uncertain<String>,
    pub(super) opened_by: Option<Uncertain<String>>,
    pub(super) members_named: Uncertain<Vec<String>>,
    pub(super) observers_named: Uncertain<Vec<String>>,
    pub(super) speakers: Vec<String>,
    #[serde(default)]
    pub(super) messages: Vec<Message>,
    #[serde(default)]
    pub(super) related_events: Vec<Event>,
    pub(super) agenda_topics: Vec<Topic>,
    pub(super) decisions: Vec<Decision>,
    #[serde(default)]
    pub(super) proposals: Vec<String>,
    #[serde(default)]
    pub(super) results_reported: Vec<String>,
    #[serde(default)]
    pub(super) programmes: Vec<Programme>,
    pub(super) sources: Vec<String>,
    pub(super) claims: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub(super) from: String,
    pub(super) form: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub(super) event: String,
    pub(super) when: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    pub(super) topic: String,
    pub(super) basis: String,
}

/// What the reading calls a decision: a measure as far as a source states it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    pub(super) text: String,
    pub(super) status: String,
    pub(super) source: String,
    pub(super) claim: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Programme {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) years: Vec<i16>,
    pub(super) reported_year: i16,
    pub(super) rapporteur: String,
    pub(super) report_claim: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) session: String,
    pub(super) source: String,
    pub(super) source_file: String,
    pub(super) statement: String,
    pub(super) speaker: Option<String>,
    pub(super) attribution_chain: Vec<String>,
    pub(super) kind: String,
    pub(super) topic: String,
    pub(super) reported_as: String,
    pub(super) certainty: String,
    pub(super) quantity: Option<Quantity>,
    #[serde(default)]
    pub(super) sensitivity: Vec<String>,
    /// Holds statements of one voice too, so it is not taken: what differs is told by the sets, what is contested below.
    #[serde(default)]
    pub(super) conflicts_with: Vec<IgnoredAny>,
    #[serde(default)]
    pub(super) contested_by: Vec<String>,
    #[serde(default)]
    pub(super) bears_on: Vec<String>,
    pub(super) note: Option<String>,
    pub(super) editor_note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quantity {
    pub(super) value: Number,
    pub(super) op: String,
    pub(super) unit: String,
    pub(super) scope: Option<String>,
    pub(super) period: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConflictSet {
    pub(super) id: String,
    pub(super) question: String,
    pub(super) claims: Vec<String>,
    #[serde(default)]
    pub(super) sessions: Vec<String>,
    #[serde(rename = "type")]
    pub(super) difference: String,
    pub(super) view: String,
    #[serde(default)]
    pub(super) parties_without_statement: Vec<String>,
    #[serde(default)]
    pub(super) bears_on: Vec<String>,
}

/// Reads a reading.
pub(super) fn read(text: &str) -> Result<Reading, AppError> {
    if text.len() > READING_BYTES {
        return Err(AppError::Limit { what: "the reading".into(), max: format!("{READING_BYTES} bytes") });
    }
    let file: File =
        serde_json::from_str(text).map_err(|error| refused("the reading", &error.to_string()))?;
    let count = [&file.sources, &file.agencies, &file.sessions, &file.claims, &file.conflict_sets];
    if count.into_iter().map(Vec::len).sum::<usize>() > READING_ROWS {
        return Err(AppError::Limit { what: "the reading".into(), max: format!("{READING_ROWS} rows") });
    }
    if file.sessions.len() > SESSIONS {
        return Err(AppError::Limit { what: "the reading".into(), max: format!("{SESSIONS} sessions") });
    }
    let reading = Reading {
        language: file.language,
        marking: file.marking,
        sources: rows("sources", file.sources)?,
        agencies: rows("agencies", file.agencies)?,
        sessions: rows("sessions", file.sessions)?,
        claims: rows("claims", file.claims)?,
        conflict_sets: rows("conflict_sets", file.conflict_sets)?,
    };
    reading.check()?;
    Ok(reading)
}

fn rows<T: DeserializeOwned>(name: &str, all: Vec<Value>) -> Result<Vec<T>, AppError> {
    all.into_iter()
        .enumerate()
        .map(|(at, row)| {
            serde_json::from_value(row)
                .map_err(|error| refused(&format!("{name}.[{at}]"), &error.to_string()))
        })
        .collect()
}

/// A refusal of the whole.
pub(super) fn refused(place: &str, why: &str) -> AppError {
    let why: String = why.chars().take(400).collect();
    AppError::invalid(place, format!("{why}; nothing was imported"))
}

impl Reading {
    /// Keys stand once, and every key that another part names is there.
    fn check(&self) -> Result<(), AppError> {
        let sources = keys("sources", self.sources.iter().map(|one| &one.id))?;
        keys("agencies", self.agencies.iter().map(|one| &one.id))?;
        let sessions = keys("sessions", self.sessions.iter().map(|one| &one.id))?;
        let claims = keys("claims", self.claims.iter().map(|one| &one.id))?;
        keys("conflict_sets", self.conflict_sets.iter().map(|one| &one.id))?;
        for (at, source) in self.sources.iter().enumerate() {
            known(&format!("sources.[{at}]"), &sessions, [&source.session_ref])?;
        }
        let mut numbered = BTreeSet::new();
        for (at, session) in self.sessions.iter().enumerate() {
            let here = format!("sessions.[{at}]");
            let number = session.number.value.filter(|_| session.number.basis == "stated");
            if let Some(number) = number.filter(|number| !numbered.insert((&session.body, *number))) {
                return Err(refused(&here, &format!("there is another session {number} of this body")));
            }
            known(&here, &sources, &session.sources)?;
            known(&here, &sources, session.messages.iter().map(|message| &message.source))?;
            known(&here, &sources, session.related_events.iter().map(|event| &event.source))?;
            known(&here, &sources, session.decisions.iter().map(|decision| &decision.source))?;
            known(&here, &claims, session.decisions.iter().filter_map(|decision| decision.claim.as_ref()))?;
            known(&here, &claims, session.programmes.iter().map(|programme| &programme.report_claim))?;
            known(&here, &claims, session.claims.iter().chain(&session.proposals))?;
            known(&here, &claims, &session.results_reported)?;
        }
        let listed: BTreeSet<(&str, &str)> = self
            .sessions
            .iter()
            .flat_map(|session| session.claims.iter().map(|claim| (session.id.as_str(), claim.as_str())))
            .collect();
        for (at, claim) in self.claims.iter().enumerate() {
            let here = format!("claims.[{at}]");
            known(&here, &sessions, [&claim.session])?;
            known(&here, &sources, [&claim.source])?;
            known(&here, &claims, claim.contested_by.iter().chain(&claim.bears_on))?;
            if !listed.contains(&(claim.session.as_str(), claim.id.as_str())) {
                return Err(refused(&here, &format!("its session does not list `{}`", claim.id)));
            }
            let source = self.sources.iter().find(|source| source.id == claim.source);
            if source.is_none_or(|source| source.file != claim.source_file) {
                return Err(refused(
                    &here,
                    &format!("`{}` is not the file of its source", claim.source_file),
                ));
            }
        }
        for (at, set) in self.conflict_sets.iter().enumerate() {
            let here = format!("conflict_sets.[{at}]");
            known(&here, &sessions, &set.sessions)?;
            known(&here, &claims, set.claims.iter().chain(&set.bears_on))?;
        }
        Ok(())
    }
}

fn keys<'a>(name: &str, all: impl Iterator<Item = &'a String>) -> Result<BTreeSet<&'a str>, AppError> {
    let mut found = BTreeSet::new();
    for (at, key) in all.enumerate() {
        if !found.insert(key.as_str()) {
            return Err(refused(&format!("{name}.[{at}]"), &format!("the key `{key}` stands twice")));
        }
    }
    Ok(found)
}

fn known<'a>(
    place: &str,
    keys: &BTreeSet<&str>,
    named: impl IntoIterator<Item = &'a String>,
) -> Result<(), AppError> {
    match named.into_iter().find(|key| !keys.contains(key.as_str())) {
        Some(key) => Err(refused(place, &format!("it names `{key}`, which the reading does not hold"))),
        None => Ok(()),
    }
}
