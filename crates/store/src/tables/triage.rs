//! Personal data that came without purpose or legal basis and waits for a look.

use comity_model::{Micros, Record, Stored};

use super::handling::Handlings;
use super::record::{COLUMNS, WIDTH, read};
use crate::{StoreError, Tx, Value};

/// A record that waits, and since when.
pub struct Waiting {
    /// The record.
    pub record: Stored<Record>,
    /// When it came.
    pub taken_at: Micros,
}

/// Notes that a record waits.
///
/// # Errors
/// Those of the engine.
pub fn take(tx: &mut Tx<'_>, collection: &str, seq: i64, at: Micros) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO triage (collection, seq, taken_us) VALUES (?1, ?2, ?3)",
        &[collection.into(), seq.into(), at.0.into()],
    )?;
    Ok(())
}

/// Keeps what the provider agreed to, when a record was accepted.
///
/// # Errors
/// Those of the engine.
pub fn accept(
    tx: &mut Tx<'_>,
    collection: &str,
    seq: i64,
    agreed: &str,
    actor: &str,
    at: Micros,
) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE triage SET agreed = ?3, actor = ?4, accepted_us = ?5 WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into(), agreed.into(), actor.into(), at.0.into()],
    )?;
    Ok(())
}

/// What the provider of an accepted record agreed to, as it was written down.
///
/// # Errors
/// Those of the engine.
pub fn agreed(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<String>, StoreError> {
    let row = tx.query_one(
        "SELECT agreed FROM triage WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into()],
    )?;
    Ok(row.map(|row| row.opt_text(0)).transpose()?.flatten())
}

/// Forgets that a record waited: its content is gone.
///
/// # Errors
/// Those of the engine.
pub fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM triage WHERE collection = ?1 AND seq = ?2", &[collection.into(), seq.into()])?;
    Ok(())
}

/// What waits and came no later than an instant, the oldest first, at most so many behind the first so many.
///
/// # Errors
/// Those of the engine.
pub fn waiting(
    tx: &mut Tx<'_>,
    until: Micros,
    (skip, limit): (i64, i64),
) -> Result<Vec<Waiting>, StoreError> {
    let clause = "t.taken_us <= ?1 ORDER BY t.taken_us, t.collection, t.seq LIMIT ?2 OFFSET ?3";
    select(tx, clause, &[until.0.into(), limit.into(), skip.into()])
}

/// A record that waits; none when it does not.
///
/// # Errors
/// Those of the engine.
pub fn one(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<Waiting>, StoreError> {
    Ok(select(tx, "t.collection = ?1 AND t.seq = ?2", &[collection.into(), seq.into()])?.pop())
}

fn select(tx: &mut Tx<'_>, clause: &str, params: &[Value]) -> Result<Vec<Waiting>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, t.taken_us FROM triage t
         JOIN record r ON r.collection = t.collection AND r.seq = t.seq
         WHERE t.accepted_us IS NULL AND r.state = 'triage' AND {clause}"
    );
    let rows = tx.query(&sql, params)?;
    let mut handlings = Handlings::default();
    rows.into_iter()
        .map(|mut row| {
            Ok(Waiting { record: read(tx, &mut row, &mut handlings)?, taken_at: Micros(row.int(WIDTH)?) })
        })
        .collect()
}
