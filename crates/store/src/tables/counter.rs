//! Counters: how many records a list shows, by what it is filtered by. They follow each transaction before it ends, for
//! all that was touched in it, so that no way of changing a record can forget them.
//!
//! A list shows a version of an object unless a newer one is in use, or stands where it does. That is what is counted
//! here, as if nothing were hidden from anybody; what a viewer does not find is left out by handling when it is read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use comity_model::stix::Digest;
use comity_model::{HandlingId, RecordState};

use super::handling::Handlings;
use super::record::marks;
use crate::{Row, StoreError, Tx, Value};

/// The field under which all records are counted, with an empty value.
pub const ALL: &str = "";
/// The field of what the kind of a record is called in a list: one value for each record.
pub const WORD: &str = "word";
/// Fields of the search whose values are counted. No number of a paper and no nationality is ever one of them.
pub const FIELDS: [&str; 4] = ["kind", "country", "language", "month"];
/// Those of them that are counted for each word apart too.
const PAIRED: [&str; 3] = ["country", "language", "month"];
/// Records, objects or handlings in one statement.
const BATCH: usize = 500;

/// The field of the values of another one, of the records with one word alone.
#[must_use]
pub fn of_word(word: &str, field: &str) -> String {
    format!("{word}/{field}")
}

/// What a record is counted as.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    handling: [u8; 32],
    state: String,
    is_behind: bool,
}

/// One version of an object.
struct Version {
    seq: i64,
    kind: String,
    state: String,
    handling: [u8; 32],
    counted: Option<Place>,
}

/// One number that changes: field, handling, value, state.
type Cell = (String, [u8; 32], String, String);
type Deltas = BTreeMap<Cell, i64>;

/// Brings the counters up to date with what the transaction touched.
pub(crate) fn settle(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    for (collection, numbers) in tx.take_touched() {
        let numbers: Vec<i64> = numbers.into_iter().collect();
        let mut deltas = Deltas::new();
        for some in numbers.chunks(BATCH) {
            let mut changed = Vec::new();
            for mut versions in objects(tx, &collection, some)? {
                changed.extend(placed(tx, &mut versions)?);
            }
            note(tx, &collection, &changed, &mut deltas)?;
        }
        write(tx, &collection, &deltas)?;
    }
    Ok(())
}

/// Takes records out of the counters, by the facets that they have now, until the transaction ends.
pub(crate) fn uncount(tx: &mut Tx<'_>, collection: &str, numbers: &[i64]) -> Result<(), StoreError> {
    let mut deltas = Deltas::new();
    for some in numbers.chunks(BATCH) {
        let (among, list) = tx.among(2, some.iter().copied());
        let sql = format!(
            "SELECT c.seq, r.kind, r.state, r.handling, c.handling, c.state, c.behind FROM counted c
             JOIN record r ON r.collection = c.collection AND r.seq = c.seq
             WHERE c.collection = ?1 AND c.seq {among}"
        );
        let versions =
            tx.query(&sql, &[collection.into(), list])?.iter().map(version).collect::<Result<Vec<_>, _>>()?;
        let changed: Vec<(Version, Option<Place>)> = versions.into_iter().map(|one| (one, None)).collect();
        note(tx, collection, &changed, &mut deltas)?;
    }
    write(tx, collection, &deltas)?;
    for seq in numbers {
        tx.touch(collection, *seq);
    }
    Ok(())
}

/// Drops all counters of a collection. Every record of it is counted anew before the transaction ends.
pub(crate) fn forget_all(tx: &mut Tx<'_>, collection: &str) -> Result<(), StoreError> {
    for table in ["counter", "counter_total", "counted"] {
        tx.exec(&format!("DELETE FROM {table} WHERE collection = ?1"), &[collection.into()])?;
    }
    for row in tx.query("SELECT seq FROM record WHERE collection = ?1", &[collection.into()])? {
        tx.touch(collection, row.int(0)?);
    }
    Ok(())
}

fn version(row: &Row) -> Result<Version, StoreError> {
    let counted = match row.opt_hash(4)? {
        Some(handling) => Some(Place { handling, state: row.text(5)?, is_behind: row.bool(6)? }),
        None => None,
    };
    Ok(Version { seq: row.int(0)?, kind: row.text(1)?, state: row.text(2)?, handling: row.hash(3)?, counted })
}

/// All versions of the objects to which these records belong, object by object, each with the newest first.
fn objects(tx: &mut Tx<'_>, collection: &str, numbers: &[i64]) -> Result<Vec<Vec<Version>>, StoreError> {
    let (among, list) = tx.among(2, numbers.iter().copied());
    let sql = format!("SELECT DISTINCT id FROM record WHERE collection = ?1 AND seq {among}");
    let ids: Vec<Value> = tx
        .query(&sql, &[collection.into(), list])?
        .iter()
        .map(|row| row.text(0).map(Value::from))
        .collect::<Result<_, _>>()?;
    let mut found: Vec<Vec<Version>> = Vec::new();
    for some in ids.chunks(BATCH) {
        let sql = format!(
            "SELECT r.seq, r.kind, r.state, r.handling, c.handling, c.state, c.behind, r.origin, r.id FROM record r
             LEFT JOIN counted c ON c.collection = r.collection AND c.seq = r.seq
             WHERE r.collection = ?1 AND r.id IN ({})
             ORDER BY r.id, r.origin, r.version_us DESC, r.seq DESC",
            marks(2, some.len())
        );
        let mut params: Vec<Value> = vec![collection.into()];
        params.extend(some.iter().cloned());
        let mut last: Option<(String, String)> = None;
        for row in tx.query(&sql, &params)? {
            let object = (row.text(7)?, row.text(8)?);
            let of_it = version(&row)?;
            match found.last_mut() {
                Some(versions) if last.as_ref() == Some(&object) => versions.push(of_it),
                _ => found.push(vec![of_it]),
            }
            last = Some(object);
        }
    }
    Ok(found)
}

/// The versions of one object that are counted otherwise than they should be, with how they should be.
fn placed(tx: &mut Tx<'_>, versions: &mut Vec<Version>) -> Result<Vec<(Version, Option<Place>)>, StoreError> {
    let mut handlings = Handlings::default();
    // States of newer versions; whether one stands there that no readers' group can hide.
    let mut newer: BTreeMap<String, bool> = BTreeMap::new();
    let mut changed = Vec::new();
    let is_single = versions.len() == 1;
    for one in versions.drain(..) {
        let live = RecordState::Live.name();
        let before = [newer.get(live), newer.get(&one.state)];
        let is_shown = before.iter().all(Option::is_none);
        let can_be = before.iter().flatten().all(|is_open| !**is_open);
        let place =
            can_be.then(|| Place { handling: one.handling, state: one.state.clone(), is_behind: !is_shown });
        if !is_single {
            let handling = handlings.get(tx, HandlingId(Digest(one.handling)))?;
            *newer.entry(one.state.clone()).or_default() |= handling.inner.is_empty();
        }
        if place != one.counted {
            changed.push((one, place));
        }
    }
    Ok(changed)
}

/// Writes down what records are counted as, and adds up by how much the numbers change.
fn note(
    tx: &mut Tx<'_>,
    collection: &str,
    changed: &[(Version, Option<Place>)],
    deltas: &mut Deltas,
) -> Result<(), StoreError> {
    let numbers: Vec<i64> = changed.iter().map(|(one, _)| one.seq).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let facets = facets(tx, collection, &numbers)?;
    let none = Vec::new();
    let mut rows: Vec<Value> = Vec::new();
    let mut gone: Vec<i64> = Vec::new();
    for (one, place) in changed {
        let cells = cells(&one.kind, facets.get(&one.seq).unwrap_or(&none));
        for (at, by) in [(one.counted.as_ref(), -1), (place.as_ref(), 1)] {
            if let Some(place) = at.filter(|place| !place.is_behind) {
                for (field, value) in &cells {
                    let cell = (field.clone(), place.handling, value.clone(), place.state.clone());
                    *deltas.entry(cell).or_default() += by;
                }
            }
        }
        match place {
            None => gone.push(one.seq),
            Some(place) => rows.extend([
                collection.into(),
                one.seq.into(),
                place.handling.into(),
                (&place.state).into(),
                place.is_behind.into(),
            ]),
        }
    }
    if !gone.is_empty() {
        let (among, list) = tx.among(2, gone);
        tx.exec(
            &format!("DELETE FROM counted WHERE collection = ?1 AND seq {among}"),
            &[collection.into(), list],
        )?;
    }
    tx.insert_many(
        "INSERT INTO counted (collection, seq, handling, state, behind)",
        5,
        &rows,
        "ON CONFLICT (collection, seq) DO UPDATE SET handling = excluded.handling, state = excluded.state,
         behind = excluded.behind",
    )?;
    Ok(())
}

/// The facets of records that are counted.
fn facets(
    tx: &mut Tx<'_>,
    collection: &str,
    numbers: &[i64],
) -> Result<HashMap<i64, Vec<(String, String)>>, StoreError> {
    let mut found: HashMap<i64, Vec<(String, String)>> = HashMap::new();
    let (among, list) = tx.among(2, numbers.iter().copied());
    let sql = format!(
        "SELECT seq, field, value FROM facet WHERE collection = ?1 AND seq {among} AND field IN ({})",
        marks(3, FIELDS.len())
    );
    let mut params: Vec<Value> = vec![collection.into(), list];
    params.extend(FIELDS.iter().map(|field| Value::from(*field)));
    for row in tx.query(&sql, &params)? {
        found.entry(row.int(0)?).or_default().push((row.text(1)?, row.text(2)?));
    }
    Ok(found)
}

/// Everything under which a record is counted once.
fn cells(kind: &str, facets: &[(String, String)]) -> BTreeSet<(String, String)> {
    let said = facets.iter().find(|(field, value)| field == "kind" && value != kind);
    let word = said.map_or_else(|| kind.strip_prefix("comity-").unwrap_or(kind), |(_, value)| value.as_str());
    let mut cells = BTreeSet::from([(ALL.to_owned(), String::new()), (WORD.to_owned(), word.to_owned())]);
    for (field, value) in facets {
        cells.insert((field.clone(), value.clone()));
        if PAIRED.contains(&field.as_str()) {
            cells.insert((of_word(word, field), value.clone()));
        }
    }
    cells
}

/// Adds to the numbers, in the order of their keys, and removes those that came down to nothing.
fn write(tx: &mut Tx<'_>, collection: &str, deltas: &Deltas) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::new();
    let mut totals: BTreeMap<(&str, &str, &str), i64> = BTreeMap::new();
    for ((field, handling, value, state), by) in deltas.iter().filter(|(_, by)| **by != 0) {
        rows.extend([
            collection.into(),
            field.into(),
            (*handling).into(),
            value.into(),
            state.into(),
            (*by).into(),
        ]);
        *totals.entry((field, value, state)).or_default() += by;
    }
    tx.insert_many(
        "INSERT INTO counter (collection, field, handling, value, state, n)",
        6,
        &rows,
        "ON CONFLICT (collection, field, handling, value, state) DO UPDATE SET n = counter.n + excluded.n",
    )?;
    let mut rows: Vec<Value> = Vec::new();
    for ((field, value, state), by) in totals.iter().filter(|(_, by)| **by != 0) {
        rows.extend([collection.into(), (*field).into(), (*value).into(), (*state).into(), (*by).into()]);
    }
    tx.insert_many(
        "INSERT INTO counter_total (collection, field, value, state, n)",
        5,
        &rows,
        "ON CONFLICT (collection, field, value, state) DO UPDATE SET n = counter_total.n + excluded.n",
    )?;
    for ((field, handling, value, state), _) in deltas.iter().filter(|(_, by)| **by < 0) {
        tx.exec(
            "DELETE FROM counter WHERE collection = ?1 AND field = ?2 AND handling = ?3 AND value = ?4 AND state = ?5
             AND n <= 0",
            &[collection.into(), field.into(), (*handling).into(), value.into(), state.into()],
        )?;
    }
    Ok(())
}

/// How many records stand under one handling in one state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stand {
    /// The handling.
    pub handling: HandlingId,
    /// Where they stand.
    pub state: RecordState,
    /// How many.
    pub n: u64,
}

/// How many records of a collection have a value of a field, by handling and state.
///
/// # Errors
/// Those of the engine; [`StoreError::Corrupt`] for a state that there is not.
pub fn stands(tx: &mut Tx<'_>, collection: &str, field: &str, value: &str) -> Result<Vec<Stand>, StoreError> {
    tx.query(
        "SELECT handling, state, n FROM counter WHERE collection = ?1 AND field = ?2 AND value = ?3",
        &[collection.into(), field.into(), value.into()],
    )?
    .iter()
    .map(|row| {
        let state = row.text_ref(1)?;
        let state = RecordState::from_name(state)
            .ok_or_else(|| StoreError::Corrupt(format!("`{state}` is no state of a record")))?;
        Ok(Stand {
            handling: HandlingId(Digest(row.hash(0)?)),
            state,
            n: u64::try_from(row.int(2)?).unwrap_or_default(),
        })
    })
    .collect()
}

/// Whose records are counted.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// Those under these handlings.
    Only(&'a [HandlingId]),
    /// All but those under these.
    AllBut(&'a [HandlingId]),
}

/// How many records have each value of a field, in any of some states. Values that nobody has are left out.
///
/// # Errors
/// Those of the engine.
pub fn values(
    tx: &mut Tx<'_>,
    (collection, field): (&str, &str),
    states: &[&str],
    of: Of<'_>,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let (handlings, sign) = match of {
        Of::Only(handlings) => (handlings, 1),
        Of::AllBut(handlings) => {
            let sql = format!(
                "SELECT value, n FROM counter_total WHERE collection = ?1 AND field = ?2 AND state IN ({})",
                marks(3, states.len())
            );
            add(tx, &sql, (collection, field, states), &[], (&mut sums, 1))?;
            (handlings, -1)
        }
    };
    for some in handlings.chunks(BATCH) {
        let sql = format!(
            "SELECT value, CAST(sum(n) AS BIGINT) FROM counter WHERE collection = ?1 AND field = ?2
             AND state IN ({}) AND handling IN ({}) GROUP BY value",
            marks(3, states.len()),
            marks(3 + states.len(), some.len())
        );
        add(tx, &sql, (collection, field, states), some, (&mut sums, sign))?;
    }
    Ok(sums
        .into_iter()
        .filter_map(|(value, n)| Some((value, u64::try_from(n).ok()?)))
        .filter(|(_, n)| *n > 0)
        .collect())
}

fn add(
    tx: &mut Tx<'_>,
    sql: &str,
    (collection, field, states): (&str, &str, &[&str]),
    handlings: &[HandlingId],
    (sums, sign): (&mut BTreeMap<String, i64>, i64),
) -> Result<(), StoreError> {
    let mut params: Vec<Value> = vec![collection.into(), field.into()];
    params.extend(states.iter().map(|state| Value::from(*state)));
    params.extend(handlings.iter().map(|id| Value::from(id.0.0)));
    for row in tx.query(sql, &params)? {
        *sums.entry(row.text(0)?).or_default() += sign * row.int(1)?;
    }
    Ok(())
}
