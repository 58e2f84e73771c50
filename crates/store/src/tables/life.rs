//! What this member's own people keep beside records: their grades, their decisions that two records mean one person
//! or group, and their notes. None of it is part of a record, and nothing here is ever served.

use crate::{Row, StoreError, Tx, Value};

/// How this member graded a record of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grade {
    /// `4x4` or `6x6`.
    pub scale: String,
    /// Reliability of the source.
    pub source: String,
    /// Credibility of the information.
    pub information: String,
    /// Why.
    pub reason: String,
    /// Who graded.
    pub actor: String,
    /// When, in microseconds.
    pub at_us: i64,
}

/// Adds a grade; it holds from now on.
///
/// # Errors
/// Those of the engine.
pub fn keep_grade(tx: &mut Tx<'_>, collection: &str, seq: i64, grade: &Grade) -> Result<(), StoreError> {
    let key = [Value::from(collection), seq.into()];
    let last = tx.query_one("SELECT MAX(n) FROM grade WHERE collection = ?1 AND seq = ?2", &key)?;
    let last = last.map(|row| row.opt_int(0)).transpose()?.flatten().unwrap_or(0);
    tx.exec(
        "INSERT INTO grade (collection, seq, n, scale, source, information, reason, actor, at_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &[
            collection.into(),
            seq.into(),
            (last + 1).into(),
            (&grade.scale).into(),
            (&grade.source).into(),
            (&grade.information).into(),
            (&grade.reason).into(),
            (&grade.actor).into(),
            grade.at_us.into(),
        ],
    )?;
    Ok(())
}

/// Every grade of a record, the one that holds first.
///
/// # Errors
/// Those of the engine.
pub fn grades(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Vec<Grade>, StoreError> {
    tx.query(
        "SELECT scale, source, information, reason, actor, at_us FROM grade
         WHERE collection = ?1 AND seq = ?2 ORDER BY n DESC",
        &[collection.into(), seq.into()],
    )?
    .iter()
    .map(|row| {
        Ok(Grade {
            scale: row.text(0)?,
            source: row.text(1)?,
            information: row.text(2)?,
            reason: row.text(3)?,
            actor: row.text(4)?,
            at_us: row.int(5)?,
        })
    })
    .collect()
}

/// What somebody decided about two records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sameness {
    /// STIX id of the one, which is less than the other.
    pub low: String,
    /// STIX id of the other.
    pub high: String,
    /// Number of the decision on this pair, from 1.
    pub n: i64,
    /// Whether they mean the same person or group.
    pub same: bool,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub actor: String,
    /// When, in microseconds.
    pub at_us: i64,
    /// Who undid it, why and when; none while it stands.
    pub undone: Option<(String, String, i64)>,
}

fn sameness(row: &Row) -> Result<Sameness, StoreError> {
    let undone = match (row.opt_text(7)?, row.opt_text(8)?, row.opt_int(9)?) {
        (Some(by), Some(reason), Some(at)) => Some((by, reason, at)),
        _ => None,
    };
    Ok(Sameness {
        low: row.text(0)?,
        high: row.text(1)?,
        n: row.int(2)?,
        same: row.int(3)? != 0,
        reason: row.text(4)?,
        actor: row.text(5)?,
        at_us: row.int(6)?,
        undone,
    })
}

const SAMENESS: &str =
    "low, high, n, same, reason, actor, at_us, undone_by, undone_reason, undone_us FROM sameness";

/// Keeps a decision on a pair. Its number is given here.
///
/// # Errors
/// Those of the engine.
pub fn keep_sameness(tx: &mut Tx<'_>, one: &Sameness) -> Result<(), StoreError> {
    let key = [Value::from(&one.low), (&one.high).into()];
    let last = tx.query_one("SELECT MAX(n) FROM sameness WHERE low = ?1 AND high = ?2", &key)?;
    let last = last.map(|row| row.opt_int(0)).transpose()?.flatten().unwrap_or(0);
    tx.exec(
        "INSERT INTO sameness (low, high, n, same, reason, actor, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            (&one.low).into(),
            (&one.high).into(),
            (last + 1).into(),
            one.same.into(),
            (&one.reason).into(),
            (&one.actor).into(),
            one.at_us.into(),
        ],
    )?;
    Ok(())
}

/// Every decision that names a record, oldest first; undone ones too.
///
/// # Errors
/// Those of the engine.
pub fn samenesses(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Sameness>, StoreError> {
    let sql = format!("SELECT {SAMENESS} WHERE low = ?1 OR high = ?1 ORDER BY at_us, low, high, n");
    tx.query(&sql, &[id.into()])?.iter().map(sameness).collect()
}

/// Marks the decision on a pair that stands as undone; false when none stands.
///
/// # Errors
/// Those of the engine.
pub fn undo_sameness(
    tx: &mut Tx<'_>,
    (low, high): (&str, &str),
    by: &str,
    reason: &str,
    at_us: i64,
) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE sameness SET undone_by = ?3, undone_reason = ?4, undone_us = ?5
         WHERE low = ?1 AND high = ?2 AND undone_us IS NULL",
        &[low.into(), high.into(), by.into(), reason.into(), at_us.into()],
    )?;
    Ok(changed > 0)
}

/// Forgets every decision that names a record.
///
/// # Errors
/// Those of the engine.
pub fn drop_samenesses(tx: &mut Tx<'_>, id: &str) -> Result<u64, StoreError> {
    tx.exec("DELETE FROM sameness WHERE low = ?1 OR high = ?1", &[id.into()])
}

/// A note of this member's own people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// Its number, a UUID.
    pub remark: String,
    /// Collection of the record.
    pub collection: String,
    /// Number of the record.
    pub seq: i64,
    /// STIX id of the record.
    pub id: String,
    /// The text.
    pub body: String,
    /// Who wrote it.
    pub actor: String,
    /// When, in microseconds.
    pub at_us: i64,
}

/// Keeps a note.
///
/// # Errors
/// [`StoreError::Conflict`] when its number is taken.
pub fn keep_remark(tx: &mut Tx<'_>, one: &Remark) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO remark (remark, collection, seq, id, body, actor, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            (&one.remark).into(),
            (&one.collection).into(),
            one.seq.into(),
            (&one.id).into(),
            (&one.body).into(),
            (&one.actor).into(),
            one.at_us.into(),
        ],
    )?;
    Ok(())
}

/// The notes on a record by its STIX id, or on all records for an empty one; oldest first, at most so many
/// behind the first so many.
///
/// # Errors
/// Those of the engine.
pub fn remarks(tx: &mut Tx<'_>, id: &str, (skip, limit): (i64, i64)) -> Result<Vec<Remark>, StoreError> {
    tx.query(
        "SELECT remark, collection, seq, id, body, actor, at_us FROM remark
         WHERE ?1 = '' OR id = ?1 ORDER BY at_us, remark LIMIT ?2 OFFSET ?3",
        &[Value::from(id), limit.into(), skip.into()],
    )?
    .iter()
    .map(|row| {
        Ok(Remark {
            remark: row.text(0)?,
            collection: row.text(1)?,
            seq: row.int(2)?,
            id: row.text(3)?,
            body: row.text(4)?,
            actor: row.text(5)?,
            at_us: row.int(6)?,
        })
    })
    .collect()
}

/// Deletes one note; false when there is none of this number.
///
/// # Errors
/// Those of the engine.
pub fn drop_remark(tx: &mut Tx<'_>, remark: &str) -> Result<bool, StoreError> {
    Ok(tx.exec("DELETE FROM remark WHERE remark = ?1", &[remark.into()])? > 0)
}

/// Deletes every note and grade on one version of a record, as its erasure asks for. Answers how many rows went.
///
/// # Errors
/// Those of the engine.
pub fn drop_of(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<u64, StoreError> {
    let key = [Value::from(collection), seq.into()];
    let remarks = tx.exec("DELETE FROM remark WHERE collection = ?1 AND seq = ?2", &key)?;
    let grades = tx.exec("DELETE FROM grade WHERE collection = ?1 AND seq = ?2", &key)?;
    Ok(remarks + grades)
}
