//! When records are to be reviewed, and who kept them longer and why.

use comity_model::{Micros, Record, Stored};

use super::handling::Handlings;
use super::record::{COLUMNS, WIDTH, read};
use crate::{Row, StoreError, Tx, Value};

/// A record with its review date.
pub struct Due {
    /// The record.
    pub record: Stored<Record>,
    /// What its originator states; none where only this node set a date.
    pub review_at: Option<Micros>,
    /// When it stops being served.
    pub due_at: Micros,
    /// When it first came here.
    pub first_at: Micros,
    /// How often somebody kept it longer.
    pub extensions: i64,
}

/// Keeps the review date that an originator states; none takes it away. A date that this node set stays.
///
/// # Errors
/// Those of the engine.
pub fn state(
    tx: &mut Tx<'_>,
    collection: &str,
    seq: i64,
    review_at: Option<Micros>,
) -> Result<(), StoreError> {
    let cap = dates(tx, collection, seq)?.and_then(|(_, cap)| cap);
    keep(tx, collection, seq, review_at.map(|at| at.0), cap)
}

/// Ends a record earlier than its originator states; none takes that back.
///
/// # Errors
/// Those of the engine.
pub fn cap(tx: &mut Tx<'_>, collection: &str, seq: i64, cap: Option<Micros>) -> Result<(), StoreError> {
    let review = dates(tx, collection, seq)?.and_then(|(review, _)| review);
    keep(tx, collection, seq, review, cap.map(|at| at.0))
}

/// When this node ends a record earlier than its originator states, if it does.
///
/// # Errors
/// Those of the engine.
pub fn capped(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<Micros>, StoreError> {
    Ok(dates(tx, collection, seq)?.and_then(|(_, cap)| cap).map(Micros))
}

type Dates = (Option<i64>, Option<i64>);

fn dates(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<Dates>, StoreError> {
    tx.query_one(
        "SELECT review_us, cap_us FROM review WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into()],
    )?
    .map(|row| Ok((row.opt_int(0)?, row.opt_int(1)?)))
    .transpose()
}

fn keep(
    tx: &mut Tx<'_>,
    collection: &str,
    seq: i64,
    review: Option<i64>,
    cap: Option<i64>,
) -> Result<(), StoreError> {
    let Some(due) = [review, cap].into_iter().flatten().min() else { return forget(tx, collection, seq) };
    tx.exec(
        "INSERT INTO review (collection, seq, review_us, cap_us, due_us) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (collection, seq) DO UPDATE SET review_us = excluded.review_us, cap_us = excluded.cap_us,
         due_us = excluded.due_us",
        &[collection.into(), seq.into(), review.into(), cap.into(), due.into()],
    )?;
    Ok(())
}

/// Forgets the date of a record: its content is gone.
///
/// # Errors
/// Those of the engine.
pub fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM review WHERE collection = ?1 AND seq = ?2", &[collection.into(), seq.into()])?;
    Ok(())
}

/// Live records whose date has come.
///
/// # Errors
/// Those of the engine.
pub fn passed(tx: &mut Tx<'_>, now: Micros) -> Result<Vec<Stored<Record>>, StoreError> {
    let found = select(tx, "WHERE v.due_us <= ?1 AND r.state = 'live'", &[now.0.into()])?;
    Ok(found.into_iter().map(|due| due.record).collect())
}

/// Records whose date came before an instant, the earliest first, at most so many behind the first so many.
///
/// # Errors
/// Those of the engine.
pub fn before(tx: &mut Tx<'_>, at: Micros, (skip, limit): (i64, i64)) -> Result<Vec<Due>, StoreError> {
    select(
        tx,
        "WHERE v.due_us <= ?1 AND r.state <> 'erased' ORDER BY v.due_us, v.collection, v.seq
         LIMIT ?2 OFFSET ?3",
        &[at.0.into(), limit.into(), skip.into()],
    )
}

/// The date of one record.
///
/// # Errors
/// Those of the engine.
pub fn of(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<Due>, StoreError> {
    let found = select(tx, "WHERE v.collection = ?1 AND v.seq = ?2", &[collection.into(), seq.into()])?;
    Ok(found.into_iter().next())
}

/// Whether a live record's date has come by `now`, or the date of any before `erase`.
///
/// # Errors
/// Those of the engine.
pub fn waits(tx: &mut Tx<'_>, now: Micros, erase: Micros) -> Result<bool, StoreError> {
    Ok(tx
        .query_one(
            "SELECT 1 FROM review v JOIN record r ON r.collection = v.collection AND r.seq = v.seq
             WHERE v.due_us <= ?1 AND (r.state = 'live' OR (v.due_us <= ?2 AND r.state <> 'erased')) LIMIT 1",
            &[now.0.into(), erase.0.into()],
        )?
        .is_some())
}

fn select(tx: &mut Tx<'_>, clause: &str, params: &[Value]) -> Result<Vec<Due>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, v.review_us, v.due_us, r.first_us, (SELECT count(*) FROM extension e
         WHERE e.collection = v.collection AND e.seq = v.seq) FROM review v
         JOIN record r ON r.collection = v.collection AND r.seq = v.seq {clause}"
    );
    let rows = tx.query(&sql, params)?;
    let mut handlings = Handlings::default();
    rows.into_iter()
        .map(|mut row| {
            Ok(Due {
                record: read(tx, &mut row, &mut handlings)?,
                review_at: row.opt_int(WIDTH)?.map(Micros),
                due_at: Micros(row.int(WIDTH + 1)?),
                first_at: Micros(row.int(WIDTH + 2)?),
                extensions: row.int(WIDTH + 3)?,
            })
        })
        .collect()
}

/// One decision to keep a record longer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// How many there were before, and this one.
    pub n: i64,
    /// The date before.
    pub from: Micros,
    /// The date from then on.
    pub until: Micros,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Micros,
}

/// Writes that a record is kept longer; answers how often it was by now. `n` of the argument is not read.
///
/// # Errors
/// Those of the engine.
pub fn extend(tx: &mut Tx<'_>, collection: &str, seq: i64, extension: &Extension) -> Result<i64, StoreError> {
    let n = i64::try_from(extensions(tx, collection, seq)?.len()).unwrap_or(i64::MAX - 1) + 1;
    tx.exec(
        "INSERT INTO extension (collection, seq, n, from_us, until_us, reason, actor, at_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[
            collection.into(),
            seq.into(),
            n.into(),
            extension.from.0.into(),
            extension.until.0.into(),
            (&extension.reason).into(),
            (&extension.actor).into(),
            extension.at.0.into(),
        ],
    )?;
    Ok(n)
}

/// Every decision to keep a record longer, the first first.
///
/// # Errors
/// Those of the engine.
pub fn extensions(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Vec<Extension>, StoreError> {
    let line = |row: &Row| {
        Ok(Extension {
            n: row.int(0)?,
            from: Micros(row.int(1)?),
            until: Micros(row.int(2)?),
            reason: row.text(3)?,
            actor: row.text(4)?,
            at: Micros(row.int(5)?),
        })
    };
    tx.query(
        "SELECT n, from_us, until_us, reason, actor, at_us FROM extension
         WHERE collection = ?1 AND seq = ?2 ORDER BY n",
        &[collection.into(), seq.into()],
    )?
    .iter()
    .map(line)
    .collect()
}
