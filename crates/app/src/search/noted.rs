//! Searches as they are noted: who asked what, for which purpose and case.

use comity_ledger::commitment;
use comity_model::Micros;
use comity_model::stix::Digest;
use comity_store::tables::search::{self as rows, Consultation};
use serde::Serialize;

use crate::{Actor, App, AppError, Role, journal, seal};

/// Searches that one list shows.
const CONSULTATIONS_MAX: i64 = 1_000;

/// A search, as noted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConsultationView {
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// Who asked.
    pub actor: String,
    /// For which purpose.
    pub purpose: String,
    /// Why, where a reason was asked for; else empty.
    pub reason: String,
    /// Reference of the case; empty where none was given.
    pub case: String,
    /// The query.
    pub query: String,
    /// How many hits were shown.
    pub hits: i64,
    /// The ledger leaf that stands for it.
    pub leaf: i64,
}

/// What justifies a search.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Why<'a> {
    /// Purpose of the agreement.
    pub(crate) purpose: &'a str,
    /// The reason that was given; may be empty.
    pub(crate) reason: &'a str,
    /// Reference of the case; may be empty.
    pub(crate) case: &'a str,
}

/// The newest searches of this node's users.
///
/// # Errors
/// [`AppError::Denied`] without the role auditor or data protection.
pub fn consultations(app: &App, actor: &Actor) -> Result<Vec<ConsultationView>, AppError> {
    actor.require(&[Role::Auditor, Role::DataProtection], "read what was searched for")?;
    let rows = app.store().read("search.consultations", |tx| rows::consultations(tx, CONSULTATIONS_MAX))?;
    let groups = app.viewer().inner;
    rows.into_iter()
        // What somebody in more groups asked may name what is limited to them.
        .filter(|row| row.inner.is_subset(&groups))
        .map(|row| consultation_view(app, row))
        .collect()
}

fn consultation_view(app: &App, row: Consultation) -> Result<ConsultationView, AppError> {
    Ok(ConsultationView {
        query: seal::open(app, &sealed_place(&row.id), &row.asked)?,
        at: Micros(row.at_us).to_string(),
        id: row.id,
        actor: row.actor,
        purpose: row.purpose,
        reason: row.reason,
        case: row.case,
        hits: row.hits,
        leaf: row.leaf,
    })
}

/// A search of this person's own, as it was asked.
///
/// # Errors
/// [`AppError::NotFound`] for one of somebody else, one made in readers' groups in which the person is no more, or none.
pub fn asked(app: &App, actor: &Actor, id: &str) -> Result<ConsultationView, AppError> {
    let row = app.store().read("search.asked", |tx| rows::consultation(tx, id))?;
    let groups = app.viewer().inner;
    row.filter(|row| row.actor == actor.name && row.inner.is_subset(&groups))
        .map(|row| consultation_view(app, row))
        .transpose()?
        .ok_or_else(|| AppError::NotFound(format!("there is no search `{id}` of yours")))
}

/// Notes a search with its ledger leaf: the leaf holds a commitment over the query, the row holds the query sealed.
pub(crate) fn note(
    app: &App,
    actor: &Actor,
    text: &str,
    why: Why<'_>,
    hits: usize,
) -> Result<String, AppError> {
    let id = app.random_uuid();
    let salt: [u8; 32] = app.random_bytes();
    let asked = seal::seal(app, &sealed_place(&id), text)?;
    let object = commitment(&salt, &Digest::of(text.as_bytes()).0);
    app.store().write("search.note", |tx| {
        let leaf = journal::leaf(app, "records.consulted", &actor.name)
            .object(object)
            .count(hits as u64)
            .detail("purpose", why.purpose);
        let leaf = journal::append(app, tx, vec![leaf])?;
        let row = Consultation {
            id: id.clone(),
            actor: actor.name.clone(),
            purpose: why.purpose.to_owned(),
            reason: why.reason.to_owned(),
            case: why.case.to_owned(),
            asked: asked.clone(),
            salt,
            hits: i64::try_from(hits).unwrap_or(i64::MAX),
            leaf,
            at_us: app.now().0,
            inner: app.viewer().inner,
        };
        rows::note(tx, &row)?;
        Ok::<_, AppError>(())
    })?;
    Ok(id)
}

fn sealed_place(id: &str) -> String {
    format!("consultation {id}")
}
