//! Personal data that came from outside without purpose or legal basis: it is held apart, only until somebody finds it
//! relevant and its provider agrees to a purpose, and erased when the clock has run.

use comity_model::kind::Kind;
use comity_model::stix::Object;
use comity_model::{Category, MemberId, Micros, Record, RecordState, SignedEnvelope, Stored};
use comity_store::Tx;
use comity_store::tables::{record, review, triage as rows};
use serde::Serialize;

use crate::admit::{Batch, Candidate, Restated, Statement, sign};
use crate::erase::{self, Cause, Scope};
use crate::force::{InForce, in_force};
use crate::look::{Look, filled};
use crate::stated::defined;
use crate::{Actor, App, AppError, Role, admit, journal, kinds, recall, subject};

/// The longest text that somebody gives as a reason or an agreement, in characters.
const SAID_CHARS_MAX: usize = 2_000;

/// What a person sees of a record in triage: enough to tell whether it is relevant, and no more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TriageView {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The kind of record, else the STIX type.
    pub kind: String,
    /// Display name.
    pub name: String,
    /// Display name of the provider.
    pub origin: String,
    /// When it came.
    pub taken_at: String,
    /// When it is erased unless somebody accepts it.
    pub erased_at: String,
}

/// A record that was accepted or dropped.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Handled {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
}

/// What is stated about a record that is accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acceptance {
    /// Purpose of use, of the agreement.
    pub purpose: String,
    /// Legal basis, of the agreement.
    pub legal_basis: String,
    /// What the person is to the case.
    pub category: Option<Category>,
    /// When it is reviewed; by default after the time of the agreement.
    pub review_at: Option<Micros>,
    /// The provider's agreement: who agreed, and when.
    pub agreed: String,
}

const LOOKERS: [Role; 2] = [Role::Analyst, Role::DataProtection];

/// Whether a candidate goes to triage: personal data of another member, about which its envelope, if there is one at
/// all, says neither purpose nor legal basis.
pub(crate) fn is_for(app: &App, origin: &MemberId, candidate: &Candidate, statement: &Statement) -> bool {
    origin != app.member()
        && statement.received.is_none()
        && candidate.record.as_ref().is_some_and(Kind::is_personal)
        && (statement.purpose.is_none() || statement.legal_basis.is_none())
}

/// Notes that records were taken into triage.
pub(crate) fn taken(app: &App, tx: &mut Tx<'_>, batch: &Batch<'_>, seqs: &[i64]) -> Result<(), AppError> {
    if seqs.is_empty() {
        return Ok(());
    }
    for seq in seqs {
        rows::take(tx, batch.collection, *seq, app.now())?;
    }
    let leaf = journal::leaf(app, "triage.taken", batch.actor)
        .member(batch.origin.as_str())
        .count(seqs.len() as u64)
        .detail("collection", batch.collection);
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// A text that a person gives as a reason: not empty and not too long.
pub(crate) fn said(place: &str, text: &str, chars_max: usize) -> Result<String, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::invalid(place, "say it in a few words"));
    }
    if text.chars().nth(chars_max).is_some() {
        return Err(AppError::Limit { what: place.to_owned(), max: format!("{chars_max} characters") });
    }
    Ok(text.to_owned())
}

/// The same for reasons of the usual length.
pub(crate) fn reason(place: &str, text: &str) -> Result<String, AppError> {
    said(place, text, SAID_CHARS_MAX)
}

/// What waits, the oldest first.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or data protection.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<TriageView>, AppError> {
    first(app, actor, app.limits().listed)
}

/// The first `most` of [`list`].
pub(crate) fn first(app: &App, actor: &Actor, most: usize) -> Result<Vec<TriageView>, AppError> {
    actor.require(&LOOKERS, "look at what waits in triage")?;
    crate::serve::settle_if_due(app)?;
    app.store().read("triage.list", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let read = |tx: &mut Tx<'_>, part| rows::waiting(tx, Micros(i64::MAX), part);
        let waiting = filled(tx, most, read, |_, one| Ok(look.sees(one.record.peek())))?;
        waiting.iter().map(|one| view(app, tx, &force, one)).collect()
    })
}

fn view(app: &App, tx: &mut Tx<'_>, force: &InForce, one: &rows::Waiting) -> Result<TriageView, AppError> {
    let found = one.record.peek();
    let days = i64::from(force.agreement.clocks.triage_days);
    let kind = kind_of(app, tx, found)?.map_or(found.kind.clone(), |kind| kind.word().to_owned());
    Ok(TriageView {
        id: found.key.id.clone(),
        version: found.key.version.clone(),
        kind,
        name: found.name.clone(),
        origin: force.name_of(&found.key.origin).to_owned(),
        taken_at: one.taken_at.to_string(),
        erased_at: one.taken_at.plus_seconds(days * 86_400).to_string(),
    })
}

/// The kind of record that stored bytes are.
pub(crate) fn kind_of(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Option<Kind>, AppError> {
    let Some(bytes) = record::content(tx, &found.key, &[])? else { return Ok(None) };
    let object = Object::parse(&bytes, &app.limits().stix)
        .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))?;
    Ok(kinds::read(&object).ok().flatten())
}

/// Looks at one record in triage. That somebody looked stands in the ledger; none when the text names no such record.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or data protection; [`AppError::NotFound`] for an unknown record.
pub fn look(app: &App, actor: &Actor, text: &str) -> Result<Option<TriageView>, AppError> {
    let waits = |found: &Stored<Record>| found.peek().state == RecordState::Triage;
    if !app
        .store()
        .read("triage.waits", |tx| Ok::<_, AppError>(subject::all(app, tx, text)?.iter().all(waits)))?
    {
        return Ok(None);
    }
    actor.require(&LOOKERS, "look at what waits in triage")?;
    app.store().write("triage.look", |tx| {
        let force = in_force(app, tx)?;
        let found = waiting(app, tx, text)?;
        let leaf = journal::leaf(app, "triage.checked", &actor.name).object(marker(tx, &found)?);
        journal::append(app, tx, vec![leaf])?;
        let one = rows::one(tx, &found.key.collection, found.seq)?;
        one.map(|one| view(app, tx, &force, &one)).transpose()
    })
}

/// The commitment of a record, for a leaf about it.
pub(crate) fn marker(tx: &mut Tx<'_>, found: &Record) -> Result<comity_ledger::Hash, AppError> {
    let salt = record::salt(tx, &found.key.collection, found.seq)?.unwrap_or_default();
    Ok(comity_ledger::commitment(&salt, &found.key.digest.0))
}

fn waiting(app: &App, tx: &mut Tx<'_>, text: &str) -> Result<Record, AppError> {
    subject::all(app, tx, text)?
        .into_iter()
        .map(Stored::into_inner)
        .find(|one| one.state == RecordState::Triage)
        .ok_or_else(|| {
            AppError::Conflict(format!("{text} does not wait in triage: see `comity triage list`"))
        })
}

/// Accepts a record for a purpose to which its provider agreed. It is in use from then on, for that purpose alone; the
/// provider stays its originator, and this node attests what is stated.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer or data protection; [`AppError::Conflict`] when it does not
/// wait in triage; [`AppError::Invalid`] for a purpose or basis that the agreement does not know, an empty agreement of
/// the provider, or a statement that the record may not have.
pub fn accept(app: &App, actor: &Actor, text: &str, stated: &Acceptance) -> Result<Handled, AppError> {
    actor.require(&[Role::ReleaseOfficer, Role::DataProtection], "accept what waits in triage")?;
    let agreed = reason("--agreed-by", &stated.agreed)?;
    app.store().write("triage.accept", |tx| {
        let force = in_force(app, tx)?;
        let mut found = waiting(app, tx, text)?;
        let statement = statement(app, tx, &force, &found, stated)?;
        let collection = found.key.collection.clone();
        let origin = found.key.origin.clone();
        let batch = Batch {
            collection: &collection,
            origin: &origin,
            actor: &actor.name,
            leaf: "triage.accepted",
            hold: false,
        };
        let revision = found.revision.saturating_add(1);
        let envelope = sign(app, tx, &batch, &found.key, &statement, revision)?;
        let aside = recall::why_aside(app, tx, &force, &found)?;
        found.state = if aside.is_some() { RecordState::Quarantined } else { RecordState::Live };
        found.reason = aside.unwrap_or_default();
        let leaf = journal::leaf(app, batch.leaf, &actor.name)
            .object(marker(tx, &found)?)
            .detail("purpose", &stated.purpose);
        journal::append(app, tx, vec![leaf])?;
        let next = Restated { handling: &statement.handling, envelope, revision };
        admit::restate(app, tx, &force, &found, next, &actor.name)?;
        review::state(tx, &collection, found.seq, statement.review_at)?;
        rows::accept(tx, &collection, found.seq, &agreed, &actor.name, app.now())?;
        Ok(Handled { id: found.key.id, version: found.key.version })
    })
}

fn statement(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    stated: &Acceptance,
) -> Result<Statement, AppError> {
    let agreement = &force.agreement;
    defined(&agreement.purposes, std::slice::from_ref(&stated.purpose), "--purpose")?;
    defined(&agreement.legal_bases, std::slice::from_ref(&stated.legal_basis), "--basis")?;
    let mut handling = (*found.handling).clone();
    handling.personal = true;
    handling.purposes = [stated.purpose.clone()].into();
    handling.category = stated.category.or(handling.category);
    let days = i64::from(agreement.clocks.review_days);
    let statement = Statement {
        handling: handling.checked()?,
        purpose: Some(stated.purpose.clone()),
        legal_basis: Some(stated.legal_basis.clone()),
        review_at: Some(stated.review_at.unwrap_or_else(|| app.now().plus_seconds(days * 86_400))),
        decision_until: None,
        grading: SignedEnvelope::from_json(&found.envelope)?.envelope.grading,
        received: None,
    };
    if let Some(kind) = kind_of(app, tx, found)? {
        kinds::check(&kind, &statement, app.now()).map_err(|why| AppError::invalid(&found.key.id, why))?;
    }
    Ok(statement)
}

/// Drops what waits: it is not relevant, and erased.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or data protection; [`AppError::Conflict`] when it does not wait in
/// triage.
pub fn drop_record(app: &App, actor: &Actor, text: &str) -> Result<Handled, AppError> {
    actor.require(&LOOKERS, "drop what waits in triage")?;
    app.store().write("triage.drop", |tx| {
        let force = in_force(app, tx)?;
        let found = waiting(app, tx, text)?;
        let cause = Cause {
            reason: "not-relevant".into(),
            authority: format!("triage: {}", actor.name),
            scope: Scope::Copy,
        };
        erase::one(app, tx, &force, &found, &cause, &actor.name)?;
        Ok(Handled { id: found.key.id, version: found.key.version })
    })
}

/// Erases what came before `until` and nobody accepted; answers how many.
pub(crate) fn expire(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    until: Micros,
    limit: i64,
) -> Result<usize, AppError> {
    let due = rows::waiting(tx, until, (0, limit))?;
    let cause =
        Cause { reason: "not-relevant".into(), authority: "clock: triage".into(), scope: Scope::Copy };
    for one in &due {
        erase::one(app, tx, force, one.record.peek(), &cause, "clock")?;
    }
    Ok(due.len())
}
