//! Allegations of ill-treatment: which notes make them, about which objects, and who lifted them.

use comity_model::{MemberId, Micros};

use super::record::marks;
use crate::{Row, StoreError, Tx, Value};

/// One allegation about one object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allegation {
    /// Collection of the note.
    pub collection: String,
    /// Number of the note in it.
    pub seq: i64,
    /// STIX id of what it is about.
    pub target: String,
    /// STIX id of the note.
    pub note: String,
    /// Who makes it.
    pub member: MemberId,
    /// When it came.
    pub at: Micros,
    /// When it was lifted here.
    pub lifted_at: Option<Micros>,
}

const COLUMNS: &str = "collection, seq, target, note, member, at_us, lifted_us";

fn read(row: &Row) -> Result<Allegation, StoreError> {
    let member = row.text(4)?;
    Ok(Allegation {
        collection: row.text(0)?,
        seq: row.int(1)?,
        target: row.text(2)?,
        note: row.text(3)?,
        member: member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?,
        at: Micros(row.int(5)?),
        lifted_at: row.opt_int(6)?.map(Micros),
    })
}

/// Keeps an allegation; one that stands stays as it is.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, allegation: &Allegation) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO allegation (collection, seq, target, note, member, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (collection, seq, target) DO NOTHING",
        &[
            (&allegation.collection).into(),
            allegation.seq.into(),
            (&allegation.target).into(),
            (&allegation.note).into(),
            allegation.member.as_str().into(),
            allegation.at.0.into(),
        ],
    )?;
    Ok(())
}

/// The allegations about these objects that nobody lifted, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn open(tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<Allegation>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let params: Vec<Value> = chunk.iter().map(|id| Value::from(*id)).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM allegation WHERE lifted_us IS NULL AND target IN ({}) ORDER BY at_us, note",
            marks(1, chunk.len())
        );
        for row in tx.query(&sql, &params)? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Every allegation, lifted or not, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Allegation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM allegation ORDER BY at_us, collection, seq, target");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Forgets why allegations about an object were lifted: its content is gone.
///
/// # Errors
/// Those of the engine.
pub fn forget_reasons(tx: &mut Tx<'_>, target: &str) -> Result<(), StoreError> {
    tx.exec("UPDATE allegation SET reason = NULL WHERE target = ?1", &[target.into()])?;
    Ok(())
}

/// Lifts one allegation about an object: that of the note with this place.
///
/// # Errors
/// Those of the engine.
pub fn lift(
    tx: &mut Tx<'_>,
    target: &str,
    (collection, seq): (&str, i64),
    by: &str,
    reason: &str,
    at: Micros,
) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE allegation SET lifted_us = ?4, lifted_by = ?5, reason = ?6
         WHERE collection = ?1 AND seq = ?2 AND target = ?3 AND lifted_us IS NULL",
        &[collection.into(), seq.into(), target.into(), at.0.into(), by.into(), reason.into()],
    )?;
    Ok(())
}
