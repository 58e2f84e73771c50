//! Interned handlings and the shelves that number records under them.

use std::collections::HashMap;
use std::sync::Arc;

use comity_model::stix::Digest;
use comity_model::{Handling, HandlingId, MemberId, Micros};

use crate::{StoreError, Tx, Value};

/// Handlings read so far in one transaction, so that a page reads each once.
#[derive(Default)]
pub struct Handlings(HashMap<[u8; 32], Arc<Handling>>);

impl Handlings {
    /// The handling of this name.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is missing or no longer reads back.
    pub fn get(&mut self, tx: &mut Tx<'_>, id: HandlingId) -> Result<Arc<Handling>, StoreError> {
        if let Some(known) = self.0.get(&id.0.0) {
            return Ok(Arc::clone(known));
        }
        let row = tx
            .query_one("SELECT body FROM handling WHERE handling = ?1", &[id.0.0.into()])?
            .ok_or_else(|| StoreError::Corrupt(format!("handling {id} is missing")))?;
        let handling = Arc::new(
            Handling::from_json(&row.text(0)?).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        );
        self.0.insert(id.0.0, Arc::clone(&handling));
        Ok(handling)
    }
}

/// Keeps a handling under its name; true when it was new.
///
/// # Errors
/// Those of the engine.
pub fn intern(tx: &mut Tx<'_>, id: HandlingId, handling: &Handling) -> Result<bool, StoreError> {
    let body = handling.canonical().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let added = tx.exec(
        "INSERT INTO handling (handling, body, opens_us, closes_us) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (handling) DO NOTHING",
        &[
            id.0.0.into(),
            body.into(),
            handling.embargo_until.map(|at| at.0).into(),
            handling.end_at.map(|at| at.0).into(),
        ],
    )?;
    Ok(added > 0)
}

/// Every handling that is limited to readers' groups, with its name.
///
/// # Errors
/// [`StoreError::Corrupt`] when one no longer reads back.
pub fn limited(tx: &mut Tx<'_>) -> Result<Vec<(HandlingId, Arc<Handling>)>, StoreError> {
    // The canonical form leaves out what is not stated.
    stating(tx, "body LIKE '%\"inner\":%'")
}

/// Handlings that state something which never leaves the node.
///
/// # Errors
/// [`StoreError::Corrupt`] when one no longer reads back.
pub fn private(tx: &mut Tx<'_>) -> Result<Vec<(HandlingId, Arc<Handling>)>, StoreError> {
    stating(tx, "body LIKE '%\"inner\":%' OR body LIKE '%\"refugee_from\":%'")
}

fn stating(tx: &mut Tx<'_>, such: &str) -> Result<Vec<(HandlingId, Arc<Handling>)>, StoreError> {
    let rows = tx.query(&format!("SELECT handling FROM handling WHERE {such}"), &[])?;
    let mut handlings = Handlings::default();
    rows.iter()
        .map(|row| {
            let id = HandlingId(Digest(row.hash(0)?));
            Ok((id, handlings.get(tx, id)?))
        })
        .collect()
}

/// How one version of an object is handled.
pub struct Handled {
    /// STIX id.
    pub id: String,
    /// When it was made.
    pub version_at: Micros,
    /// Version as written.
    pub version: String,
    /// Its number.
    pub seq: i64,
    /// Its handling.
    pub handling: HandlingId,
}

/// How every version of these ids from one origin is handled, in all collections; erased ones left out.
///
/// # Errors
/// Those of the engine.
pub fn of_objects(tx: &mut Tx<'_>, origin: &MemberId, ids: &[&str]) -> Result<Vec<Handled>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let mut params: Vec<Value> = vec![origin.as_str().into()];
        params.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "SELECT id, version_us, version, seq, handling FROM record
             WHERE origin = ?1 AND state <> 'erased' AND id IN ({})",
            super::record::marks(2, chunk.len())
        );
        for row in tx.query(&sql, &params)? {
            found.push(Handled {
                id: row.text(0)?,
                version_at: Micros(row.int(1)?),
                version: row.text(2)?,
                seq: row.int(3)?,
                handling: HandlingId(Digest(row.hash(4)?)),
            });
        }
    }
    Ok(found)
}

/// Whether a record is under a handling that is in use, or may be again.
///
/// # Errors
/// Those of the engine.
pub fn in_use(tx: &mut Tx<'_>, handling: HandlingId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM record WHERE handling = ?1 AND state NOT IN ('withdrawn', 'erased') LIMIT 1";
    Ok(!tx.query(sql, &[handling.0.0.into()])?.is_empty())
}

/// Handlings whose embargo ends, or whose end comes, after `from_us` and up to `to_us`.
///
/// # Errors
/// Those of the engine.
pub fn crossing(tx: &mut Tx<'_>, from_us: i64, to_us: i64) -> Result<Vec<HandlingId>, StoreError> {
    tx.query(
        "SELECT handling FROM handling
         WHERE (opens_us > ?1 AND opens_us <= ?2) OR (closes_us > ?1 AND closes_us <= ?2)",
        &[from_us.into(), to_us.into()],
    )?
    .iter()
    .map(|row| Ok(HandlingId(Digest(row.hash(0)?))))
    .collect()
}

/// One shelf: a handling in a collection, and the next number on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shelf {
    /// Collection.
    pub collection: String,
    /// Handling.
    pub handling: HandlingId,
    /// Next `ord`; as many records were ever placed on it.
    pub next_ord: i64,
}

/// All shelves, or those of one handling.
///
/// # Errors
/// Those of the engine.
pub fn shelves(tx: &mut Tx<'_>, handling: Option<HandlingId>) -> Result<Vec<Shelf>, StoreError> {
    let (clause, params) = match handling {
        Some(id) => ("WHERE handling = ?1", vec![Value::from(id.0.0)]),
        None => ("", Vec::new()),
    };
    let sql =
        format!("SELECT collection, handling, next_ord FROM shelf {clause} ORDER BY collection, handling");
    tx.query(&sql, &params)?
        .iter()
        .map(|row| {
            Ok(Shelf {
                collection: row.text(0)?,
                handling: HandlingId(Digest(row.hash(1)?)),
                next_ord: row.int(2)?,
            })
        })
        .collect()
}

/// Takes `count` places on a shelf and returns the first; the second answer is true when the shelf is new.
///
/// # Errors
/// Those of the engine.
pub fn take_places(
    tx: &mut Tx<'_>,
    collection: &str,
    handling: HandlingId,
    count: i64,
) -> Result<(i64, bool), StoreError> {
    let key = [Value::from(collection), handling.0.0.into()];
    let next = tx
        .query_one("SELECT next_ord FROM shelf WHERE collection = ?1 AND handling = ?2", &key)?
        .map(|row| row.int(0))
        .transpose()?;
    tx.exec(
        "INSERT INTO shelf (collection, handling, next_ord) VALUES (?1, ?2, ?3)
         ON CONFLICT (collection, handling) DO UPDATE SET next_ord = excluded.next_ord",
        &[collection.into(), handling.0.0.into(), (next.unwrap_or(0) + count).into()],
    )?;
    Ok((next.unwrap_or(0), next.is_none()))
}
