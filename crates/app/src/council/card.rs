//! Records of a council in their parts, for whoever shows them in another language than ours: every word of a list as it
//! stands in the record, every text with whose it is.

use std::collections::{BTreeSet, HashMap};

use comity_matching::name;
use comity_model::council::{lineage, trace};
use comity_model::kind::council::{
    Body, BodyForm, Certainty, Claim, ClaimForm, Mark, Measure, Party, Quantity, Reported, Uncertain,
};
use comity_model::kind::{Attributed, Bound, Kind, NameKind, PartialDate, Period};
use comity_store::Tx;
use serde::Serialize;

use super::gather::{Gathering, Held, Place};
use super::measure::MeasureView;
use crate::AppError;

/// Another record, by its id and what a list calls it; without a heading when it is not here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Named {
    /// STIX id.
    pub id: String,
    /// Its heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Under which number it came, if it came from a reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Somebody who takes part. Nobody makes a number of those that a source leaves unnamed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PartyView {
    /// Id of the member of the community.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The state, by two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What the source calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Attributed>,
    /// How many they are, where a source counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The source names nobody.
    pub unnamed: bool,
}

impl From<&Party> for PartyView {
    fn from(party: &Party) -> Self {
        Self {
            member: party.member_ref.as_ref().map(|id| id.as_str().to_owned()),
            country: party.country.clone(),
            name: party.name.clone(),
            count: party.count,
            unnamed: party.unnamed,
        }
    }
}

/// A value that a source may leave open, and how it is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Open {
    /// The value; none when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How it is known: stated, inferred, elsewhere or unknown.
    pub basis: &'static str,
    /// What is remarked on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Attributed>,
}

impl Open {
    fn of<T: ToString>(field: &Uncertain<T>) -> Self {
        Self {
            value: field.value.as_ref().map(ToString::to_string),
            basis: field.basis.name(),
            note: field.note.clone(),
        }
    }
}

/// A time as it is written in a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Time {
    /// Its first date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its last date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Time {
    /// None when nothing is stated.
    pub(super) fn of(period: &Period) -> Option<Self> {
        let text = |date: &Option<PartialDate>| date.as_ref().map(ToString::to_string);
        (!period.is_open()).then(|| Self { from: text(&period.from), until: text(&period.until) })
    }
}

/// A number that somebody gave, or the words in its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QuantityCard {
    /// A decimal number as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How it is meant.
    pub bound: Bound,
    /// Words that stay words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_words: Option<Attributed>,
    /// The unit.
    pub unit: String,
    /// Of what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// In which time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Time>,
    /// What the source says of the time, where that is no period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_words: Option<Attributed>,
    /// What was counted, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counting_rule: Option<String>,
    /// Who contributed to it.
    pub contributors: Vec<PartyView>,
    /// What is missing to trace it: period, unit, counting rule, contributors. Empty when it is traced.
    pub missing: Vec<&'static str>,
}

impl QuantityCard {
    fn of(quantity: &Quantity) -> Self {
        Self {
            value: quantity.value.clone(),
            bound: quantity.bound,
            in_words: quantity.in_words.clone(),
            unit: quantity.unit.clone(),
            scope: quantity.scope.clone(),
            period: Time::of(&quantity.period),
            period_words: quantity.period_words.clone(),
            counting_rule: quantity.counting_rule.clone(),
            contributors: quantity.contributors.iter().map(PartyView::from).collect(),
            missing: trace::missing_of(quantity),
        }
    }
}

/// A claim: never without whose words it is and through whom they came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClaimCard {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// The words, whose they are, and who passed them on.
    pub words: Attributed,
    /// Whose voice it is: the speaker, else the last who passed it on.
    pub voice: String,
    /// The voice in Latin letters, where it is in other letters that this node can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// How the words are given.
    pub reported: Reported,
    /// What form of statement it is.
    pub form: ClaimForm,
    /// Whether it is certain that it was said.
    pub certainty: Certainty,
    /// What it is about.
    pub topic: String,
    /// The number that it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<QuantityCard>,
    /// The session at which, or in a report on which, it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Named>,
    /// Whether it was said somewhere else than at the session.
    pub elsewhere: bool,
    /// The document that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Named>,
    /// When that was published, and how that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Open>,
    /// Where in the document it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The claim that it only repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restates: Option<Named>,
    /// Claims of other voices that contradict it.
    pub contested_by: Vec<Named>,
    /// What to mind.
    pub flags: Vec<Mark>,
    /// Remarks, each with who makes it.
    pub notes: Vec<Attributed>,
}

/// What a claim names, by id.
pub(super) struct Around(HashMap<String, Held>);

impl Around {
    /// Reads the documents, sessions and claims that these claims name. Only these are read, however many there are.
    pub(super) fn of(
        gathering: &mut Gathering<'_>,
        tx: &mut Tx<'_>,
        all: &[(&Held, &Claim)],
    ) -> Result<Self, AppError> {
        let mut ids = BTreeSet::new();
        for (_, claim) in all {
            ids.extend(claim.session_ref.iter().chain(&claim.restates_ref));
            ids.extend(claim.source.iter().map(|source| &source.document_ref));
            ids.extend(&claim.contested_by_refs);
        }
        let ids: Vec<&str> = ids.into_iter().map(comity_model::stix::Id::as_str).collect();
        Self::named(gathering, tx, &ids)
    }

    /// Reads the records of these ids.
    pub(super) fn named(
        gathering: &mut Gathering<'_>,
        tx: &mut Tx<'_>,
        ids: &[&str],
    ) -> Result<Self, AppError> {
        let mut found = HashMap::new();
        for held in gathering.of_ids(tx, ids)? {
            found.entry(held.place.id.clone()).or_insert(held);
        }
        Ok(Self(found))
    }

    /// Another record as it is here.
    pub(super) fn name(&self, id: &str) -> Named {
        let held = self.0.get(id);
        Named {
            id: id.to_owned(),
            title: held.map(Held::title),
            key: held.and_then(|held| held.place.key.clone()),
        }
    }

    /// A claim with what it names.
    pub(super) fn card(&self, held: &Held, claim: &Claim) -> ClaimCard {
        let voice = lineage::voice(claim);
        let document = claim.source.as_ref().and_then(|one| self.0.get(one.document_ref.as_str()));
        let published = document.and_then(|document| match &document.kind {
            Kind::Document(document) => document.published.as_ref().map(Open::of),
            _ => None,
        });
        ClaimCard {
            words: claim.words.clone(),
            latin: name::latin(&voice),
            voice,
            reported: claim.reported_as,
            form: claim.claim_form,
            certainty: claim.certainty,
            topic: claim.topic.clone(),
            quantity: claim.quantity.as_ref().map(QuantityCard::of),
            session: claim.session_ref.as_ref().map(|id| self.name(id.as_str())),
            elsewhere: claim.at_session == Some(false),
            source: claim.source.as_ref().map(|source| self.name(source.document_ref.as_str())),
            published,
            at: claim.source.as_ref().and_then(|source| source.place.clone()),
            restates: claim.restates_ref.as_ref().map(|id| self.name(id.as_str())),
            contested_by: claim.contested_by_refs.iter().map(|id| self.name(id.as_str())).collect(),
            flags: claim.flags.clone(),
            notes: claim.notes.clone(),
            place: held.place.clone(),
        }
    }
}

/// A name of a body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BodyName {
    /// As written.
    pub value: String,
    /// In Latin letters, where it is in other letters that this node can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// What it is.
    pub name_kind: NameKind,
    /// When it was in use, where that is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<Time>,
}

/// A council, a working body, an agency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BodyCard {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its names.
    pub names: Vec<BodyName>,
    /// What it is.
    pub form: BodyForm,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// Its state, by two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Who chairs it, and how that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chair: Option<Open>,
    /// Who heads it, and how that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Open>,
    /// Who is in it.
    pub members: Vec<PartyView>,
    /// How many sessions of it are here.
    pub sessions: usize,
    /// Bodies of nearly this name, which number their sessions apart: a sentence each.
    pub near: Vec<String>,
}

impl BodyCard {
    pub(super) fn of(held: &Held, body: &Body, sessions: usize, near: Vec<String>) -> Self {
        let names = body.names.iter().map(|name| BodyName {
            value: name.value.clone(),
            latin: name::latin(&name.value),
            name_kind: name.name_kind,
            valid: Time::of(&name.valid),
        });
        Self {
            names: names.collect(),
            form: body.body_form,
            mandate: body.mandate.clone(),
            country: body.country.clone(),
            chair: body.chair.as_ref().map(Open::of),
            head: body.head.as_ref().map(Open::of),
            members: body.member_parties.iter().map(PartyView::from).collect(),
            sessions,
            near,
            place: held.place.clone(),
        }
    }
}

/// A joint measure, as far as somebody states it and it can be followed here. None is adopted by being stated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MeasureCard {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// How far it is, as far as that can be followed here.
    pub status: &'static str,
    /// What its originator states and this node does not follow, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// The decision that adopted it, by its number; else by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The measure, in whose words.
    pub words: Attributed,
    /// What states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_in: Option<Named>,
    /// The session where it was stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Named>,
    /// Who is to take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<PartyView>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Whether that is past and it is not done.
    pub overdue: bool,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_on: Option<String>,
    /// Ids of what shows that it was taken.
    pub evidence: Vec<String>,
    /// Remarks, each with who makes it.
    pub notes: Vec<Attributed>,
}

impl MeasureCard {
    pub(super) fn of(held: &Held, measure: &Measure, view: MeasureView, around: &Around) -> Self {
        Self {
            title: measure.title.clone(),
            status: view.status,
            stated: view.stated,
            decision: view.decision,
            evidence: view.evidence,
            done_on: view.done_on,
            overdue: view.overdue,
            words: measure.words.clone(),
            stated_in: measure.stated_in_ref.as_ref().map(|id| around.name(id.as_str())),
            session: measure.session_ref.as_ref().map(|id| around.name(id.as_str())),
            owner: measure.owner.as_ref().map(PartyView::from),
            due: measure.due.as_ref().map(ToString::to_string),
            notes: measure.notes.clone(),
            place: held.place.clone(),
        }
    }
}
