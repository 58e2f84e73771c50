//! Requests to use a record for a purpose that its originator did not set.

use comity_model::{MemberId, Micros};

use crate::{Row, StoreError, Tx};

/// One request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// Collection of the note that carries it.
    pub collection: String,
    /// Number of the note in it.
    pub seq: i64,
    /// STIX id of the note; names the request.
    pub note: String,
    /// STIX id of the record.
    pub target: String,
    /// The purpose that is asked for.
    pub purpose: String,
    /// Who asks.
    pub member: MemberId,
    /// Why.
    pub reason: String,
    /// `asked`, `granted` or `refused`.
    pub state: String,
    /// When it was made, or came.
    pub at: Micros,
    /// The user or peer that brought it.
    pub actor: String,
}

const COLUMNS: &str = "collection, seq, note, target, purpose, member, reason, state, at_us, actor";

fn read(row: &Row) -> Result<Consent, StoreError> {
    let member = row.text(5)?;
    Ok(Consent {
        collection: row.text(0)?,
        seq: row.int(1)?,
        note: row.text(2)?,
        target: row.text(3)?,
        purpose: row.text(4)?,
        member: member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?,
        reason: row.text(6)?,
        state: row.text(7)?,
        at: Micros(row.int(8)?),
        actor: row.text(9)?,
    })
}

/// Keeps a request; one that stands stays as it is.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, consent: &Consent) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO consent (collection, seq, note, target, purpose, member, reason, state, at_us, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (collection, seq) DO NOTHING",
        &[
            (&consent.collection).into(),
            consent.seq.into(),
            (&consent.note).into(),
            (&consent.target).into(),
            (&consent.purpose).into(),
            consent.member.as_str().into(),
            (&consent.reason).into(),
            (&consent.state).into(),
            consent.at.0.into(),
            (&consent.actor).into(),
        ],
    )?;
    Ok(())
}

/// Every request, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Consent>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM consent ORDER BY at_us, collection, seq");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// The request that a note carries.
///
/// # Errors
/// Those of the engine.
pub fn find(tx: &mut Tx<'_>, note: &str) -> Result<Option<Consent>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM consent WHERE note = ?1 ORDER BY collection, seq");
    tx.query_one(&sql, &[note.into()])?.as_ref().map(read).transpose()
}

/// Writes an answer; false when it was answered before.
///
/// # Errors
/// Those of the engine.
pub fn answer(tx: &mut Tx<'_>, note: &str, state: &str, actor: &str, at: Micros) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE consent SET state = ?2, answered_by = ?3, answered_us = ?4 WHERE note = ?1 AND state = 'asked'",
        &[note.into(), state.into(), actor.into(), at.0.into()],
    )?;
    Ok(changed > 0)
}

/// Forgets the requests about a record: its content is gone.
///
/// # Errors
/// Those of the engine.
pub fn forget(tx: &mut Tx<'_>, target: &str) -> Result<(), StoreError> {
    tx.exec("DELETE FROM consent WHERE target = ?1", &[target.into()])?;
    Ok(())
}
