//! Notes of this member's own people on a record. They are no STIX objects and stand in a table that nothing serves: no
//! page, no export and no peer gets them. A backup of one's own home has them, and erasure deletes them.

use comity_ledger::commitment;
use comity_model::{Micros, Record};
use comity_store::Tx;
use comity_store::tables::life::{self, Remark};
use comity_store::tables::record;
use serde::Serialize;

use crate::look::{Look, filled};
use crate::{Actor, App, AppError, Role, journal, subject};

/// Longest note, in bytes.
const BYTES_MAX: usize = 10_000;

/// A note, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NoteView {
    /// What names it.
    pub note: String,
    /// STIX id of the record.
    pub record: String,
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
}

fn view(one: Remark) -> NoteView {
    NoteView {
        note: one.remark,
        record: one.id,
        text: one.body,
        by: one.actor,
        at: Micros(one.at_us).to_string(),
    }
}

fn may_write(actor: &Actor) -> Result<(), AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer, Role::DataProtection], "write notes on records")
}

/// Keeps a note on a record, own or received.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst, release officer or data protection; [`AppError::NotFound`] for an
/// unknown record; [`AppError::Invalid`] for an empty or long text.
pub fn add(app: &App, actor: &Actor, text: &str, body: &str) -> Result<NoteView, AppError> {
    may_write(actor)?;
    let body = body.trim();
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if body.is_empty() || body.len() > BYTES_MAX || !body.chars().all(is_plain) {
        return Err(AppError::invalid("TEXT", format!("a note has 1 to {BYTES_MAX} bytes of plain text")));
    }
    app.store().write("note.add", |tx| {
        let found = subject::newest(app, tx, text)?;
        let row = Remark {
            remark: app.random_uuid(),
            collection: found.key.collection.clone(),
            seq: found.seq,
            id: found.key.id.clone(),
            body: body.to_owned(),
            actor: actor.name.clone(),
            at_us: app.now().0,
        };
        life::keep_remark(tx, &row)?;
        leaf(app, tx, actor, "note.kept", &found)?;
        Ok(view(row))
    })
}

fn leaf(app: &App, tx: &mut Tx<'_>, actor: &Actor, kind: &str, found: &Record) -> Result<(), AppError> {
    let salt = record::salt(tx, &found.key.collection, found.seq)?.unwrap_or_default();
    let leaf = journal::leaf(app, kind, &actor.name).object(commitment(&salt, &found.key.digest.0));
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// The notes on a record, on every version of it, or on all records; oldest first.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn list(app: &App, only: Option<&str>) -> Result<Vec<NoteView>, AppError> {
    app.store().read("note.list", |tx| {
        let id = match only {
            Some(text) => subject::newest(app, tx, text)?.key.id,
            None => String::new(),
        };
        Ok(seen(app, tx, &id)?.into_iter().map(view).collect())
    })
}

/// The notes on a record, or on all when the id is empty, as far as whoever looks sees what they are on.
fn seen(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<Vec<Remark>, AppError> {
    let mut look = Look::new(app, tx)?;
    let read = |tx: &mut Tx<'_>, part| life::remarks(tx, id, part);
    filled(tx, app.limits().listed, read, |tx, one| look.sees_numbered(tx, &one.collection, one.seq))
}

/// Deletes a note.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst, release officer or data protection; [`AppError::NotFound`] when there
/// is none of this name.
pub fn remove(app: &App, actor: &Actor, note: &str) -> Result<NoteView, AppError> {
    may_write(actor)?;
    app.store().write("note.remove", |tx| {
        let known = seen(app, tx, "")?.into_iter().find(|one| one.remark == note);
        let Some(known) = known else {
            return Err(AppError::NotFound(format!("there is no note `{note}`: see `comity note list`")));
        };
        life::drop_remark(tx, note)?;
        if let Some(found) = record::numbered(tx, &known.collection, known.seq)? {
            leaf(app, tx, actor, "note.deleted", &found.into_inner())?;
        }
        Ok(view(known))
    })
}

/// Deletes the notes and own grades on one version of a record, as its erasure asks for; answers how many rows went.
pub fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<u64, AppError> {
    Ok(life::drop_of(tx, collection, seq)?)
}
