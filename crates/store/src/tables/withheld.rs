//! What an audience was given less of because it names what that audience may not see.

use crate::{Row, StoreError, Tx, Value};

use super::record::marks;

/// A record of which something was withheld from an audience, and what it names there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Withheld {
    /// Audience.
    pub audience: i64,
    /// Collection of the naming record.
    pub collection: String,
    /// Its number.
    pub seq: i64,
    /// STIX id of what it names.
    pub target: String,
}

const COLUMNS: &str = "audience, collection, seq, target";

fn read(row: &Row) -> Result<Withheld, StoreError> {
    Ok(Withheld { audience: row.int(0)?, collection: row.text(1)?, seq: row.int(2)?, target: row.text(3)? })
}

/// Keeps what was withheld; what is known already stays.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, rows: &[Withheld]) -> Result<(), StoreError> {
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 4);
    for one in rows {
        values.extend([one.audience.into(), (&one.collection).into(), one.seq.into(), (&one.target).into()]);
    }
    tx.insert_many(
        "INSERT INTO withheld (audience, collection, seq, target)",
        4,
        &values,
        "ON CONFLICT (collection, audience, seq, target) DO NOTHING",
    )?;
    Ok(())
}

/// What was withheld because of these targets.
///
/// # Errors
/// Those of the engine.
pub fn of_targets(tx: &mut Tx<'_>, targets: &[&str]) -> Result<Vec<Withheld>, StoreError> {
    let mut found = Vec::new();
    if tx.query_one("SELECT 1 FROM withheld LIMIT 1", &[])?.is_none() {
        return Ok(found);
    }
    for chunk in targets.chunks(500) {
        let params: Vec<Value> = chunk.iter().map(|id| Value::from(*id)).collect();
        let sql = format!("SELECT {COLUMNS} FROM withheld WHERE target IN ({})", marks(1, chunk.len()));
        for row in tx.query(&sql, &params)? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Everything that was withheld.
///
/// # Errors
/// Those of the engine.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Withheld>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM withheld ORDER BY audience, collection, seq, target");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Forgets one row: the target may be seen now.
///
/// # Errors
/// Those of the engine.
pub fn lift(tx: &mut Tx<'_>, one: &Withheld) -> Result<(), StoreError> {
    tx.exec(
        "DELETE FROM withheld WHERE collection = ?1 AND audience = ?2 AND seq = ?3 AND target = ?4",
        &[(&one.collection).into(), one.audience.into(), one.seq.into(), (&one.target).into()],
    )?;
    Ok(())
}

/// Forgets it of a record that is gone or got another place: whoever may see it sees it there anew.
pub(super) fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM withheld WHERE collection = ?1 AND seq = ?2", &[collection.into(), seq.into()])?;
    Ok(())
}

/// Forgets it of many records of a collection.
pub(super) fn forget_all(tx: &mut Tx<'_>, collection: &str, seqs: &[i64]) -> Result<(), StoreError> {
    let (among, numbers) = tx.among(2, seqs.iter().copied());
    tx.exec(
        &format!("DELETE FROM withheld WHERE collection = ?1 AND seq {among}"),
        &[collection.into(), numbers],
    )?;
    Ok(())
}
