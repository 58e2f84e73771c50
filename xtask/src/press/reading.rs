//! The council reading as it comes: facts from press reports, each uncertain one with its basis. It reads and
//! checks; it makes no objects.

use anyhow::{Context, bail};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use std::collections::BTreeSet;

/// The whole reading.
#[derive(Deserialize)]
pub(super) struct Reading {
    pub(super) sources: Vec<Source>,
    pub(super) agencies: Vec<Agency>,
    pub(super) sessions: Vec<Session>,
    pub(super) claims: Vec<Claim>,
    pub(super) conflict_sets: Vec<ConflictSet>,
}

/// An editor's remark. The reading calls its five press reports "seeds" and names test cases; a reader of the
/// product is told of source reports only.
#[derive(Deserialize, Serialize, Clone)]
#[serde(from = "String")]
pub(super) struct Remark(pub(super) String);

impl From<String> for Remark {
    fn from(text: String) -> Self {
        let plain = text.replace("test case: ", "").replace("test case for ", "");
        Self(plain.replace("seed", "source report"))
    }
}

/// An uncertain field. Without a value it is not known.
#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct Uncertain<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<T>,
    pub(super) basis: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Remark>,
}

impl Uncertain<Vec<String>> {
    /// STIX knows no empty list: a list without members is an absent value.
    pub(super) fn filled(&self) -> Self {
        Self { value: self.value.clone().filter(|list| !list.is_empty()), ..self.clone() }
    }
}

impl<T: Clone> Uncertain<T> {
    pub(super) fn known(&self) -> anyhow::Result<T> {
        self.value.clone().context("a place, date and publisher must have a value")
    }
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

#[derive(Deserialize, Serialize, Clone)]
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

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    pub(super) topic: String,
    pub(super) basis: String,
}

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
    pub(super) years: Vec<u32>,
    pub(super) reported_year: u32,
    pub(super) rapporteur: String,
    pub(super) report_claim: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) session: String,
    pub(super) source: String,
    #[serde(rename = "source_file")]
    pub(super) _source_file: IgnoredAny,
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
    /// Holds statements of one voice too; what differs is told by the conflict sets, what is contested below.
    #[serde(default, rename = "conflicts_with")]
    pub(super) _conflicts_with: Vec<IgnoredAny>,
    #[serde(default)]
    pub(super) contested_by: Vec<String>,
    #[serde(default)]
    pub(super) bears_on: Vec<String>,
    pub(super) note: Option<Remark>,
    pub(super) editor_note: Option<Remark>,
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct Quantity {
    pub(super) value: Number,
    pub(super) op: String,
    pub(super) unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
    pub(super) view: Remark,
    #[serde(default)]
    pub(super) parties_without_statement: Vec<String>,
    #[serde(default)]
    pub(super) bears_on: Vec<String>,
}

impl Reading {
    /// Every key that another part names must exist: a name-based id would otherwise point to nothing.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let sources: BTreeSet<_> = self.sources.iter().map(|source| source.id.as_str()).collect();
        let sessions: BTreeSet<_> = self.sessions.iter().map(|session| session.id.as_str()).collect();
        let claims: BTreeSet<_> = self.claims.iter().map(|claim| claim.id.as_str()).collect();
        for source in &self.sources {
            known(&sessions, std::slice::from_ref(&source.session_ref))?;
        }
        for session in &self.sessions {
            known(&sources, &session.sources)?;
            known(&sources, session.messages.iter().map(|message| &message.source))?;
            known(&sources, session.related_events.iter().map(|event| &event.source))?;
            known(&sources, session.decisions.iter().map(|decision| &decision.source))?;
            known(&claims, session.decisions.iter().filter_map(|decision| decision.claim.as_ref()))?;
            known(&claims, session.programmes.iter().map(|programme| &programme.report_claim))?;
            known(&claims, session.claims.iter().chain(&session.proposals).chain(&session.results_reported))?;
        }
        for claim in &self.claims {
            known(&sessions, [&claim.session])?;
            known(&sources, [&claim.source])?;
            known(&claims, claim.contested_by.iter().chain(&claim.bears_on))?;
        }
        for set in &self.conflict_sets {
            known(&sessions, &set.sessions)?;
            known(&claims, set.claims.iter().chain(&set.bears_on))?;
        }
        Ok(())
    }
}

fn known<'a>(keys: &BTreeSet<&str>, named: impl IntoIterator<Item = &'a String>) -> anyhow::Result<()> {
    match named.into_iter().find(|key| !keys.contains(key.as_str())) {
        Some(key) => bail!("the council reading names {key}, which it does not hold"),
        None => Ok(()),
    }
}

impl Session {
    /// A number that no source report states stays out of the title; it stands in the session with its basis.
    pub(super) fn title(&self) -> anyhow::Result<String> {
        let number = self.number.value.filter(|_| self.number.basis == "stated");
        let number = number.map(|number| format!(" {number}")).unwrap_or_default();
        Ok(format!("Council session{number}, {}, {}", self.place.known()?, self.date.known()?))
    }
}
