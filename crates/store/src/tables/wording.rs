//! Wording that names a community as such and was kept, with the reason that was given.

use comity_model::Micros;

use crate::{Row, StoreError, Tx, Value};

/// One place in one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wording {
    /// Collection.
    pub collection: String,
    /// Number of the record.
    pub seq: i64,
    /// Where in the record.
    pub place: String,
    /// The words.
    pub words: String,
    /// Why they stay.
    pub reason: String,
    /// Who said so.
    pub actor: String,
    /// When.
    pub at: Micros,
}

/// Keeps what was answered.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, rows: &[Wording]) -> Result<(), StoreError> {
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 7);
    for row in rows {
        values.extend([
            (&row.collection).into(),
            row.seq.into(),
            (&row.place).into(),
            (&row.words).into(),
            (&row.reason).into(),
            (&row.actor).into(),
            row.at.0.into(),
        ]);
    }
    tx.insert_many(
        "INSERT INTO wording (collection, seq, place, words, reason, actor, at_us)",
        7,
        &values,
        "ON CONFLICT (collection, seq, place) DO NOTHING",
    )?;
    Ok(())
}

/// The answers, the oldest first, at most so many behind the first so many.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>, (skip, limit): (i64, i64)) -> Result<Vec<Wording>, StoreError> {
    let line = |row: &Row| {
        Ok(Wording {
            collection: row.text(0)?,
            seq: row.int(1)?,
            place: row.text(2)?,
            words: row.text(3)?,
            reason: row.text(4)?,
            actor: row.text(5)?,
            at: Micros(row.int(6)?),
        })
    };
    tx.query(
        "SELECT collection, seq, place, words, reason, actor, at_us FROM wording
         ORDER BY at_us, collection, seq, place LIMIT ?1 OFFSET ?2",
        &[limit.into(), skip.into()],
    )?
    .iter()
    .map(line)
    .collect()
}
