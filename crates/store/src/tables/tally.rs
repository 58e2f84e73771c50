//! How many records stand where: counts by shelf, for questions about all records at once.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::stix::{Digest, Tlp};
use comity_model::{HandlingId, Record, RecordState, Stored};

use super::handling::Handlings;
use super::record::{COLUMNS, WIDTH, parts_text, read, read_parts};
use crate::{StoreError, Tx, Value};

/// Live records on one shelf that have the same parts marked apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Collection.
    pub collection: String,
    /// Handling.
    pub handling: HandlingId,
    /// Levels of the marked parts; empty for records without any.
    pub parts: BTreeSet<Option<Tlp>>,
    /// How many.
    pub count: u64,
}

/// How many live records stand on each shelf, those with marked parts apart. Read from indexes alone, so that a million
/// records are counted at once.
///
/// # Errors
/// Those of the engine.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Tally>, StoreError> {
    // Most records are live and have no marked parts: the index `record_odd` holds the others alone.
    let odd = tx.query(
        "SELECT collection, handling, state, parts, count(*) FROM record WHERE state <> 'live' OR parts <> ''
         GROUP BY collection, handling, state, parts",
        &[],
    )?;
    let mut tallies = Vec::new();
    let mut elsewhere: BTreeMap<(String, [u8; 32]), i64> = BTreeMap::new();
    for row in &odd {
        let (collection, handling, count) = (row.text(0)?, row.hash(1)?, row.int(4)?);
        *elsewhere.entry((collection.clone(), handling)).or_default() += count;
        if row.text_ref(2)? == RecordState::Live.name() {
            let parts = read_parts(row.text_ref(3)?)?;
            let count = count.unsigned_abs();
            tallies.push(Tally { collection, handling: HandlingId(Digest(handling)), parts, count });
        }
    }
    let all = "SELECT collection, handling, count(*) FROM record GROUP BY collection, handling";
    for row in tx.query(all, &[])? {
        let (collection, handling) = (row.text(0)?, row.hash(1)?);
        let others = elsewhere.remove(&(collection.clone(), handling)).unwrap_or(0);
        let count = row.int(2)?.saturating_sub(others).unsigned_abs();
        if count > 0 {
            let handling = HandlingId(Digest(handling));
            tallies.push(Tally { collection, handling, parts: BTreeSet::new(), count });
        }
    }
    tallies.sort_by(|a, b| (&a.collection, a.handling, &a.parts).cmp(&(&b.collection, b.handling, &b.parts)));
    Ok(tallies)
}

/// How many live records of a tally came before an instant and did not leave for this audience before it, and the first
/// of them.
///
/// # Errors
/// Those of the engine.
pub fn not_sent(
    tx: &mut Tx<'_>,
    tally: &Tally,
    audience: i64,
    until_us: i64,
    examples: i64,
) -> Result<(u64, Vec<Stored<Record>>), StoreError> {
    let from = "FROM record r WHERE r.collection = ?1 AND r.handling = ?2 AND r.parts = ?3 AND r.state = 'live'
         AND r.first_us < ?4 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.collection = ?1 AND d.audience = ?5
         AND d.seq = r.seq AND d.first_us < ?4)";
    let mut params = vec![
        Value::from(&tally.collection),
        tally.handling.0.0.into(),
        parts_text(&tally.parts).into(),
        until_us.into(),
        audience.into(),
    ];
    let counted = tx.query_one(&format!("SELECT count(*) {from}"), &params)?;
    let count = counted.map(|row| row.int(0)).transpose()?.unwrap_or(0).unsigned_abs();
    params.push(examples.into());
    let mut handlings = Handlings::default();
    let rows = tx.query(&format!("SELECT {COLUMNS} {from} ORDER BY r.ord LIMIT ?6"), &params)?;
    let rows: Result<Vec<_>, _> =
        rows.into_iter().map(|mut row| read(tx, &mut row, &mut handlings)).collect();
    Ok((count, rows?))
}

/// Whether a live record stands on a shelf.
///
/// # Errors
/// Those of the engine.
pub fn has_live(tx: &mut Tx<'_>, collection: &str, handling: HandlingId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM record WHERE collection = ?1 AND handling = ?2 AND state = 'live' LIMIT 1";
    Ok(tx.query_one(sql, &[collection.into(), handling.0.0.into()])?.is_some())
}

/// Live records of a tally in the order of their places, each with its place: at most `limit` after the place
/// `after_ord`.
///
/// # Errors
/// Those of the engine.
pub fn records(
    tx: &mut Tx<'_>,
    tally: &Tally,
    after_ord: i64,
    limit: i64,
) -> Result<Vec<(i64, Stored<Record>)>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, r.ord FROM record r WHERE r.collection = ?1 AND r.handling = ?2 AND r.parts = ?3
         AND r.state = 'live' AND r.ord > ?4 ORDER BY r.ord LIMIT ?5"
    );
    let rows = tx.query(
        &sql,
        &[
            (&tally.collection).into(),
            tally.handling.0.0.into(),
            parts_text(&tally.parts).into(),
            after_ord.into(),
            limit.into(),
        ],
    )?;
    let mut handlings = Handlings::default();
    rows.into_iter().map(|mut row| Ok((row.int(WIDTH)?, read(tx, &mut row, &mut handlings)?))).collect()
}
