//! Figures that this node's member counted: what each run asked, and which records it counted under which bytes.

use comity_model::RecordState;

use crate::{Row, StoreError, Tx, Value};

/// One run of a figure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// STIX id of the figure.
    pub figure: String,
    /// Which run of it, from 1.
    pub n: i64,
    /// The version of the figure that it made.
    pub version: String,
    /// The question in JSON.
    pub asked: String,
    /// The exact number; the record may keep it back.
    pub value: String,
    /// Whether it is about persons.
    pub personal: bool,
    /// With what the commitments are made.
    pub salt: [u8; 32],
    /// Root over the commitments.
    pub root: [u8; 32],
    /// Digest of what the record says about the run.
    pub shown: [u8; 32],
    /// Who ran it.
    pub actor: String,
    /// When, in microseconds.
    pub at_us: i64,
}

/// A record that a run counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Counted {
    /// Its collection.
    pub collection: String,
    /// Its number there.
    pub seq: i64,
    /// STIX id; empty when it was erased since.
    pub id: String,
    /// Digest of the whole object then; empty when it was erased since.
    pub digest: Vec<u8>,
    /// What it added.
    pub share: String,
}

/// Where a record that was counted stands now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Since {
    /// What was counted.
    pub counted: Counted,
    /// Where it stands; none when the row is gone.
    pub state: Option<RecordState>,
    /// Whether the same originator has a newer version of it in use in the same collection.
    pub newer: bool,
}

const RUN: &str = "figure, n, version, asked, value, personal, salt, root, shown, actor, at_us";

/// Keeps a run with what it counted and, in numbers by reason, what it left out.
///
/// # Errors
/// [`StoreError::Conflict`] when the run is there already.
pub fn keep(
    tx: &mut Tx<'_>,
    run: &Run,
    counted: &[Counted],
    left: &[(String, i64)],
) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO figure_run (figure, n, version, asked, value, personal, salt, root, shown, actor, at_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &[
            (&run.figure).into(),
            run.n.into(),
            (&run.version).into(),
            (&run.asked).into(),
            (&run.value).into(),
            run.personal.into(),
            run.salt.into(),
            run.root.into(),
            run.shown.into(),
            (&run.actor).into(),
            run.at_us.into(),
        ],
    )?;
    let mut rows: Vec<Value> = Vec::new();
    for one in counted {
        rows.extend([
            (&run.figure).into(),
            run.n.into(),
            (&one.collection).into(),
            one.seq.into(),
            (&one.id).into(),
            one.digest.as_slice().into(),
            (&one.share).into(),
        ]);
    }
    tx.insert_many(
        "INSERT INTO figure_counted (figure, n, collection, seq, id, digest, share)",
        7,
        &rows,
        "",
    )?;
    for (reason, count) in left {
        tx.exec(
            "INSERT INTO figure_left (figure, n, reason, count) VALUES (?1, ?2, ?3, ?4)",
            &[(&run.figure).into(), run.n.into(), reason.into(), (*count).into()],
        )?;
    }
    Ok(())
}

/// The last run of a figure.
///
/// # Errors
/// Those of the engine.
pub fn last(tx: &mut Tx<'_>, figure: &str) -> Result<Option<Run>, StoreError> {
    let sql = format!("SELECT {RUN} FROM figure_run WHERE figure = ?1 ORDER BY n DESC LIMIT 1");
    tx.query_one(&sql, &[figure.into()])?.map(|row| run(&row)).transpose()
}

/// The run with this root, whichever figure it is of.
///
/// # Errors
/// Those of the engine.
pub fn by_root(tx: &mut Tx<'_>, root: &[u8; 32]) -> Result<Option<Run>, StoreError> {
    let sql = format!("SELECT {RUN} FROM figure_run WHERE root = ?1 ORDER BY figure, n LIMIT 1");
    tx.query_one(&sql, &[root.into()])?.map(|row| run(&row)).transpose()
}

/// Every run that is about persons, in the order of the figures.
///
/// # Errors
/// Those of the engine.
pub fn personal(tx: &mut Tx<'_>) -> Result<Vec<Run>, StoreError> {
    let sql = format!("SELECT {RUN} FROM figure_run WHERE personal = 1 ORDER BY figure, n");
    tx.query(&sql, &[])?.iter().map(run).collect()
}

/// The figures that were counted here, behind `after` in the order of their ids; at most so many.
///
/// # Errors
/// Those of the engine.
pub fn figures(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    let rows = tx.query(
        "SELECT DISTINCT figure FROM figure_run WHERE figure > ?1 ORDER BY figure LIMIT ?2",
        &[after.into(), limit.into()],
    )?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// What a run counted, in the order in which the root was made.
///
/// # Errors
/// Those of the engine.
pub fn counted(tx: &mut Tx<'_>, figure: &str, n: i64) -> Result<Vec<Counted>, StoreError> {
    let rows = tx.query(
        "SELECT collection, seq, id, digest, share FROM figure_counted WHERE figure = ?1 AND n = ?2
         ORDER BY collection, seq",
        &[figure.into(), n.into()],
    )?;
    rows.iter().map(counted_of).collect()
}

/// What a run left out, by reason.
///
/// # Errors
/// Those of the engine.
pub fn left(tx: &mut Tx<'_>, figure: &str, n: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = tx.query(
        "SELECT reason, count FROM figure_left WHERE figure = ?1 AND n = ?2 ORDER BY reason",
        &[figure.into(), n.into()],
    )?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

/// Where the records stand now that a run counted.
///
/// # Errors
/// Those of the engine.
pub fn since(tx: &mut Tx<'_>, figure: &str, n: i64) -> Result<Vec<Since>, StoreError> {
    let rows = tx.query(
        "SELECT c.collection, c.seq, c.id, c.digest, c.share, r.state,
         CASE WHEN EXISTS (SELECT 1 FROM record o WHERE o.collection = r.collection AND o.origin = r.origin
           AND o.id = r.id AND o.state = 'live'
           AND (o.version_us > r.version_us OR (o.version_us = r.version_us AND o.seq > r.seq)))
         THEN 1 ELSE 0 END
         FROM figure_counted c LEFT JOIN record r ON r.collection = c.collection AND r.seq = c.seq
         WHERE c.figure = ?1 AND c.n = ?2 ORDER BY c.collection, c.seq",
        &[figure.into(), n.into()],
    )?;
    rows.iter()
        .map(|row| {
            let state = row.opt_text(5)?;
            let known = |text: String| {
                RecordState::from_name(&text)
                    .ok_or_else(|| StoreError::Corrupt(format!("`{text}` is no state of a record")))
            };
            Ok(Since { counted: counted_of(row)?, state: state.map(known).transpose()?, newer: row.bool(6)? })
        })
        .collect()
}

/// Forgets which record was counted, of one that is erased: that something was counted stays.
///
/// # Errors
/// Those of the engine.
pub fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE figure_counted SET id = '', digest = ?3 WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into(), Vec::<u8>::new().into()],
    )?;
    Ok(())
}

/// Forgets every run of a figure that is erased.
///
/// # Errors
/// Those of the engine.
pub fn forget_figure(tx: &mut Tx<'_>, figure: &str) -> Result<(), StoreError> {
    for table in ["figure_left", "figure_counted", "figure_run"] {
        tx.exec(&format!("DELETE FROM {table} WHERE figure = ?1"), &[figure.into()])?;
    }
    Ok(())
}

fn counted_of(row: &Row) -> Result<Counted, StoreError> {
    Ok(Counted {
        collection: row.text(0)?,
        seq: row.int(1)?,
        id: row.text(2)?,
        digest: row.blob(3)?,
        share: row.text(4)?,
    })
}

fn run(row: &Row) -> Result<Run, StoreError> {
    Ok(Run {
        figure: row.text(0)?,
        n: row.int(1)?,
        version: row.text(2)?,
        asked: row.text(3)?,
        value: row.text(4)?,
        personal: row.bool(5)?,
        salt: row.hash(6)?,
        root: row.hash(7)?,
        shown: row.hash(8)?,
        actor: row.text(9)?,
        at_us: row.int(10)?,
    })
}
