//! What an audience sees of a collection, in the order of the added-times that it sees.
//!
//! The answer joins three sources: open intervals, read along the collection's own added-times, late intervals, each
//! read along its `ord`, and the few records that this audience is shown once more. Merged, they are the audience's stream; a client that follows it misses nothing.

mod merge;

use std::collections::HashMap;

use comity_model::{Micros, Record, Stored};

use super::handling::Handlings;
use super::record::{BARE_COLUMNS, WIDTH, marks, read};
use super::release::{Interval, late};
use crate::{Row, StoreError, Tx, Value};

/// Which versions of an object are asked for (TAXII 2.1 §3.4, `match[version]`). Where nothing is stated, the newest
/// one is meant.
///
/// A version with parts marked apart may be nothing at all for an audience, which only the caller can tell. So it is
/// neither the newest nor the oldest as long as another could be: see [`seen`] and [`parted`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Versions {
    /// The newest one the audience sees.
    pub last: bool,
    /// The oldest one the audience sees.
    pub first: bool,
    /// Every one.
    pub all: bool,
    /// Those of these instants, in microseconds.
    pub at_us: Vec<i64>,
}

/// What is asked of the stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filter {
    /// Collection.
    pub collection: String,
    /// Audience.
    pub audience: i64,
    /// Only what was added after this instant, as the audience sees it.
    pub after_us: i64,
    /// At most so many rows.
    pub limit: i64,
    /// Only the records of these numbers; empty means all.
    pub seqs: Vec<i64>,
    /// Only these STIX ids; empty means all.
    pub ids: Vec<String>,
    /// Only these STIX types; empty means all.
    pub kinds: Vec<String>,
    /// Only these values of `spec_version`; empty means all.
    pub specs: Vec<String>,
    /// Which versions.
    pub versions: Versions,
}

/// One visible record.
pub struct Seen {
    /// The record without its envelope: [`contents`] reads that together with the object.
    pub record: Stored<Record>,
    /// Added-time as this audience sees it.
    pub added_at: Micros,
}

impl Seen {
    /// The same with the envelope of the record.
    #[must_use]
    pub fn with_envelope(self, envelope: String) -> Self {
        let record = Record { envelope, ..self.record.into_inner() };
        Self { record: Stored::new(record), ..self }
    }
}

/// The first `limit` records of the stream after `after_us`. Where versions of an object have parts marked apart,
/// all are among them that can be the newest or the oldest; the caller decides, with what [`parted`] gives.
///
/// # Errors
/// Those of the engine.
pub fn seen(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Seen>, StoreError> {
    let mut handlings = Handlings::default();
    let most = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let again = Again::of(tx, filter)?;
    let mut all = open_rows(tx, filter, again, &mut handlings)?;
    if again == Again::Some {
        all.extend(reshown_rows(tx, filter, &mut handlings)?);
        all.sort_by_key(|seen| seen.added_at);
        all.truncate(most);
    }
    for interval in late(tx, &filter.collection, filter.audience, filter.after_us)? {
        // They come in the order of their beginnings: what begins behind a full page has no place on it.
        if all.len() >= most && all.last().is_none_or(|last| last.added_at.0 < interval.base_us) {
            break;
        }
        all.extend(late_rows(tx, filter, again, &interval, &mut handlings)?);
        all.sort_by_key(|seen| seen.added_at);
        all.truncate(most);
    }
    Ok(all)
}

/// Every version that the audience of a filter sees of those of these objects that have a live version with parts
/// marked apart, without their envelopes. The other fields of the filter say nothing here.
///
/// # Errors
/// Those of the engine.
pub fn parted(tx: &mut Tx<'_>, filter: &Filter, ids: &[&str]) -> Result<Vec<Stored<Record>>, StoreError> {
    let mut handlings = Handlings::default();
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let mut params: Vec<Value> = vec![(&filter.collection).into(), filter.audience.into()];
        params.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "SELECT {BARE_COLUMNS} FROM record r JOIN release g ON g.collection = r.collection AND g.audience = ?2
             AND g.handling = r.handling AND r.ord >= g.lo AND (g.hi IS NULL OR r.ord < g.hi)
             WHERE r.collection = ?1 AND r.state = 'live' AND r.id IN ({}) AND EXISTS (SELECT 1 FROM record p
             WHERE p.collection = r.collection AND p.origin = r.origin AND p.id = r.id AND p.parts <> ''
             AND p.state = 'live')",
            marks(3, chunk.len())
        );
        for mut row in tx.query(&sql, &params)? {
            found.push(read(tx, &mut row, &mut handlings)?);
        }
    }
    Ok(found)
}

/// Whether anything is shown to an audience once more: hardly ever, and then no row is asked about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    None,
    Some,
}

impl Again {
    fn of(tx: &mut Tx<'_>, filter: &Filter) -> Result<Self, StoreError> {
        let key = [Value::from(&filter.collection), filter.audience.into()];
        let sql = "SELECT 1 FROM reshown s WHERE s.collection = ?1 AND s.audience = ?2 LIMIT 1";
        Ok(if tx.query_one(sql, &key)?.is_some() { Self::Some } else { Self::None })
    }

    /// What is shown to the audience once more stands at that time alone.
    fn condition(self) -> &'static str {
        match self {
            // PostgreSQL wants to know the type of each parameter, also of one that nothing else asks for.
            Self::None => "AND CAST(?2 AS BIGINT) IS NOT NULL",
            Self::Some => {
                "AND NOT EXISTS (SELECT 1 FROM reshown s
                 WHERE s.collection = r.collection AND s.audience = ?2 AND s.seq = r.seq)"
            }
        }
    }
}

fn open_rows(
    tx: &mut Tx<'_>,
    filter: &Filter,
    again: Again,
    handlings: &mut Handlings,
) -> Result<Vec<Seen>, StoreError> {
    if !filter.ids.is_empty() || !filter.seqs.is_empty() {
        return named_rows(tx, filter, again, handlings);
    }
    let most = usize::try_from(filter.limit).unwrap_or(0);
    let mut found = Vec::new();
    let mut after_us = filter.after_us;
    if let Some(upto_us) = merge::walk_upto(tx, filter)? {
        found = walked_rows(tx, filter, again, upto_us, handlings)?;
        after_us = upto_us;
    }
    while found.len() < most {
        let places = merge::places(tx, filter, after_us)?;
        after_us = places.last().map_or(after_us, |last| last.0);
        found.extend(rows_at(tx, filter, again, &places, handlings)?);
        if places.len() < most {
            break;
        }
    }
    found.truncate(most);
    Ok(found)
}

/// The open records up to an instant, found on a walk along the whole collection.
fn walked_rows(
    tx: &mut Tx<'_>,
    filter: &Filter,
    again: Again,
    upto_us: i64,
    handlings: &mut Handlings,
) -> Result<Vec<Seen>, StoreError> {
    let mut params: Vec<Value> = vec![
        (&filter.collection).into(),
        filter.audience.into(),
        filter.after_us.into(),
        filter.limit.into(),
        upto_us.into(),
    ];
    let conditions = conditions(filter, &mut params);
    let sql = format!(
        "SELECT {BARE_COLUMNS}, r.added_us FROM record r
         WHERE r.collection = ?1 AND r.added_us > ?3 AND r.added_us <= ?5 AND r.state = 'live'
         AND EXISTS (SELECT 1 FROM release g WHERE g.collection = r.collection AND g.audience = ?2
         AND g.handling = r.handling AND g.hi IS NULL AND g.lo <= r.ord) {} {conditions}
         ORDER BY r.added_us LIMIT ?4",
        again.condition()
    );
    collect(tx, &sql, &params, handlings)
}

/// The records at these places that are the versions asked for, in the order of the places.
fn rows_at(
    tx: &mut Tx<'_>,
    filter: &Filter,
    again: Again,
    places: &[merge::Place],
    handlings: &mut Handlings,
) -> Result<Vec<Seen>, StoreError> {
    let (among, numbers) = tx.among(3, places.iter().map(|(_, seq)| *seq));
    let mut params: Vec<Value> = vec![(&filter.collection).into(), filter.audience.into(), numbers];
    let again = again.condition();
    let versions = versions(filter, &mut params);
    let sql = format!(
        "SELECT {BARE_COLUMNS}, r.added_us FROM record r
         WHERE r.collection = ?1 AND r.seq {among} {again} {versions}"
    );
    let mut found = collect(tx, &sql, &params, handlings)?;
    found.sort_by_key(|seen| seen.added_at);
    Ok(found)
}

/// The open records among those of these ids or numbers: few, so whatever index finds them.
fn named_rows(
    tx: &mut Tx<'_>,
    filter: &Filter,
    again: Again,
    handlings: &mut Handlings,
) -> Result<Vec<Seen>, StoreError> {
    let mut params: Vec<Value> = vec![
        (&filter.collection).into(),
        filter.audience.into(),
        filter.after_us.into(),
        filter.limit.into(),
    ];
    let conditions = conditions(filter, &mut params);
    let sql = format!(
        "SELECT {BARE_COLUMNS}, r.added_us FROM record r CROSS JOIN release g
         WHERE r.collection = ?1 AND r.added_us > ?3 AND r.state = 'live'
         AND g.collection = r.collection AND g.audience = ?2 AND g.handling = r.handling
         AND g.hi IS NULL AND r.ord >= g.lo {} {conditions}
         ORDER BY r.added_us LIMIT ?4",
        again.condition()
    );
    collect(tx, &sql, &params, handlings)
}

fn reshown_rows(
    tx: &mut Tx<'_>,
    filter: &Filter,
    handlings: &mut Handlings,
) -> Result<Vec<Seen>, StoreError> {
    let mut params: Vec<Value> = vec![
        (&filter.collection).into(),
        filter.audience.into(),
        filter.after_us.into(),
        filter.limit.into(),
    ];
    let conditions = conditions(filter, &mut params);
    let sql = format!(
        "SELECT {BARE_COLUMNS}, s.at_us FROM reshown s CROSS JOIN record r JOIN release g
         ON g.collection = r.collection AND g.audience = ?2 AND g.handling = r.handling
         AND r.ord >= g.lo AND (g.hi IS NULL OR r.ord < g.hi)
         WHERE s.collection = ?1 AND s.audience = ?2 AND s.at_us > ?3
         AND r.collection = s.collection AND r.seq = s.seq AND r.state = 'live' {conditions}
         ORDER BY s.at_us LIMIT ?4"
    );
    collect(tx, &sql, &params, handlings)
}

fn late_rows(
    tx: &mut Tx<'_>,
    filter: &Filter,
    again: Again,
    interval: &Interval,
    handlings: &mut Handlings,
) -> Result<Vec<Seen>, StoreError> {
    let seen_ord = interval.lo.saturating_add(filter.after_us.saturating_sub(interval.base_us));
    let mut params: Vec<Value> = vec![
        (&filter.collection).into(),
        filter.audience.into(),
        seen_ord.max(interval.lo.saturating_sub(1)).into(),
        filter.limit.into(),
        interval.handling.0.0.into(),
        interval.hi.unwrap_or(i64::MAX).into(),
        (interval.base_us - interval.lo).into(),
    ];
    let conditions = conditions(filter, &mut params);
    let sql = format!(
        "SELECT {BARE_COLUMNS}, r.ord + ?7 FROM record r
         WHERE r.collection = ?1 AND r.handling = ?5 AND r.ord > ?3 AND r.ord < ?6 AND r.state = 'live'
         {} {conditions} ORDER BY r.ord LIMIT ?4",
        again.condition()
    );
    collect(tx, &sql, &params, handlings)
}

fn collect(
    tx: &mut Tx<'_>,
    sql: &str,
    params: &[Value],
    handlings: &mut Handlings,
) -> Result<Vec<Seen>, StoreError> {
    let rows = tx.query(sql, params)?;
    rows.into_iter()
        .map(|mut row| Ok(Seen { record: read(tx, &mut row, handlings)?, added_at: Micros(row.int(WIDTH)?) }))
        .collect()
}

/// The conditions of a filter on the record `r`; their parameters are appended.
fn conditions(filter: &Filter, params: &mut Vec<Value>) -> String {
    let mut text = String::new();
    if !filter.seqs.is_empty() {
        text.push_str(&format!(" AND r.seq IN ({})", marks(params.len() + 1, filter.seqs.len())));
        params.extend(filter.seqs.iter().map(|seq| Value::from(*seq)));
    }
    if !filter.ids.is_empty() {
        text.push_str(&format!(" AND r.id IN ({})", marks(params.len() + 1, filter.ids.len())));
        params.extend(filter.ids.iter().map(Value::from));
    }
    text.push_str(&kinds_and_specs(filter, params));
    text.push_str(&versions(filter, params));
    text
}

fn kinds_and_specs(filter: &Filter, params: &mut Vec<Value>) -> String {
    let mut text = String::new();
    for (column, values) in [("r.kind", &filter.kinds), ("r.spec", &filter.specs)] {
        if !values.is_empty() {
            text.push_str(&format!(" AND {column} IN ({})", marks(params.len() + 1, values.len())));
            params.extend(values.iter().map(Value::from));
        }
    }
    text
}

fn versions(filter: &Filter, params: &mut Vec<Value>) -> String {
    if filter.versions.all {
        return String::new();
    }
    let mut any = Vec::new();
    if filter.versions.last || filter.versions == Versions::default() {
        any.push(none_visible(
            "o.version_us >= r.version_us AND (o.version_us > r.version_us OR o.seq > r.seq)",
        ));
    }
    if filter.versions.first {
        any.push(none_visible(
            "o.version_us <= r.version_us AND (o.version_us < r.version_us OR o.seq < r.seq)",
        ));
    }
    if !filter.versions.at_us.is_empty() {
        let at = &filter.versions.at_us;
        any.push(format!("r.version_us IN ({})", marks(params.len() + 1, at.len())));
        params.extend(at.iter().map(|at_us| Value::from(*at_us)));
    }
    format!(" AND ({})", any.join(" OR "))
}

/// True when this audience sees no other version of the object for which `condition` holds, and sees it for sure:
/// of one with parts marked apart there may be nothing left.
fn none_visible(condition: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM record o JOIN release go ON go.collection = o.collection AND go.audience = ?2
         AND go.handling = o.handling AND o.ord >= go.lo AND (go.hi IS NULL OR o.ord < go.hi)
         WHERE o.collection = r.collection AND o.origin = r.origin AND o.id = r.id AND o.state = 'live'
         AND o.parts = '' AND {condition})"
    )
}

/// Whether an audience sees a record now, by its number.
///
/// # Errors
/// Those of the engine.
pub fn sees(tx: &mut Tx<'_>, collection: &str, audience: i64, seq: i64) -> Result<bool, StoreError> {
    Ok(tx
        .query_one(
            "SELECT 1 FROM record r JOIN release g ON g.collection = r.collection AND g.audience = ?2
             AND g.handling = r.handling AND r.ord >= g.lo AND (g.hi IS NULL OR r.ord < g.hi)
             WHERE r.collection = ?1 AND r.seq = ?3 AND r.state = 'live'",
            &[collection.into(), audience.into(), seq.into()],
        )?
        .is_some())
}

/// How many bytes a record holds here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Size {
    /// Of the object.
    pub object: u64,
    /// Of the signed envelope.
    pub envelope: u64,
}

/// How many bytes each of these records holds here, by number; erased ones are left out.
///
/// # Errors
/// Those of the engine.
pub fn sizes(tx: &mut Tx<'_>, collection: &str, seqs: &[i64]) -> Result<HashMap<i64, Size>, StoreError> {
    let mut found = HashMap::with_capacity(seqs.len());
    content(tx, collection, seqs, "octet_length(c.bytes), octet_length(r.envelope)", &mut |row| {
        let size = Size { object: row.int(1)?.unsigned_abs(), envelope: row.int(2)?.unsigned_abs() };
        found.insert(row.int(0)?, size);
        Ok(())
    })?;
    Ok(found)
}

/// An object as it came, and the signed envelope that goes with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    /// The object.
    pub bytes: Vec<u8>,
    /// The envelope as JSON.
    pub envelope: String,
}

/// The objects of these records as they came, by number, with their envelopes; erased ones are left out.
///
/// # Errors
/// Those of the engine.
pub fn contents(
    tx: &mut Tx<'_>,
    collection: &str,
    seqs: &[i64],
) -> Result<HashMap<i64, Content>, StoreError> {
    let mut found = HashMap::with_capacity(seqs.len());
    content(tx, collection, seqs, "c.bytes, r.envelope", &mut |row| {
        found.insert(row.int(0)?, Content { bytes: row.blob(1)?, envelope: row.text(2)? });
        Ok(())
    })?;
    Ok(found)
}

fn content(
    tx: &mut Tx<'_>,
    collection: &str,
    seqs: &[i64],
    columns: &str,
    visit: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (among, numbers) = tx.among(2, seqs.iter().copied());
    let sql = format!(
        "SELECT r.seq, {columns} FROM record r JOIN content c ON c.collection = r.collection
         AND c.origin = r.origin AND c.id = r.id AND c.version = r.version AND c.digest = r.digest
         AND c.variant = ?3 WHERE r.collection = ?1 AND r.seq {among}"
    );
    tx.each(&sql, &[collection.into(), numbers, Value::Blob(Vec::new())], visit)
}
