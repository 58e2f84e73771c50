//! Erasing what a record holds, and the tombstones that keep copies from coming back.

use comity_model::stix::Digest;
use comity_model::{Handling, MemberId, Micros, Record};

use super::handling;
use super::record::{content_key, marks};
use crate::{Row, StoreError, Tx, Value};

/// What is left of an erased record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tombstone {
    /// Collection.
    pub collection: String,
    /// Whose record it was.
    pub origin: MemberId,
    /// STIX id.
    pub id: String,
    /// The version as an instant; 0 for objects without one.
    pub version_at: Micros,
    /// The version as written.
    pub version: String,
    /// Digest of the whole object.
    pub digest: Digest,
    /// Its commitment in the ledger; none where the record itself was never here.
    pub marker: Option<[u8; 32]>,
    /// What is kept out: `version`, `object` (no version that is not newer) or `future` (no version ever).
    pub scope: String,
    /// Code of the reason.
    pub reason: String,
    /// On whose authority.
    pub authority: String,
    /// When.
    pub at: Micros,
}

const COLUMNS: &str =
    "collection, origin, id, version_us, version, digest, marker, scope, reason, authority, at_us";

fn read(row: &Row) -> Result<Tombstone, StoreError> {
    let origin = row.text(1)?;
    Ok(Tombstone {
        collection: row.text(0)?,
        origin: origin.parse().map_err(|_| StoreError::Corrupt(format!("`{origin}` is no member id")))?,
        id: row.text(2)?,
        version_at: Micros(row.int(3)?),
        version: row.text(4)?,
        digest: Digest(row.hash(5)?),
        marker: row.opt_hash(6)?,
        scope: row.text(7)?,
        reason: row.text(8)?,
        authority: row.text(9)?,
        at: Micros(row.int(10)?),
    })
}

/// Sets a tombstone; one that stands stays as it is.
///
/// # Errors
/// Those of the engine.
pub fn set(tx: &mut Tx<'_>, tombstone: &Tombstone) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO tombstone (collection, origin, id, version_us, version, digest, marker, scope, reason, authority,
         at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (collection, origin, id, version, digest) DO NOTHING",
        &[
            (&tombstone.collection).into(),
            tombstone.origin.as_str().into(),
            (&tombstone.id).into(),
            tombstone.version_at.0.into(),
            (&tombstone.version).into(),
            tombstone.digest.0.into(),
            tombstone.marker.map_or(Value::Null, Value::from),
            (&tombstone.scope).into(),
            (&tombstone.reason).into(),
            (&tombstone.authority).into(),
            tombstone.at.0.into(),
        ],
    )?;
    Ok(())
}

/// The tombstones of these ids, in any collection and of any origin.
///
/// # Errors
/// Those of the engine.
pub fn of(tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<Tombstone>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let params: Vec<Value> = chunk.iter().map(|id| Value::from(*id)).collect();
        let sql =
            format!("SELECT {COLUMNS} FROM tombstone WHERE id IN ({}) ORDER BY at_us", marks(1, chunk.len()));
        for row in tx.query(&sql, &params)? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Every tombstone, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Tombstone>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM tombstone ORDER BY at_us, collection, id, version, digest");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Takes everything out of a record that says what it was: bytes, redactions, name, references, findings, envelope,
/// handling, and the salt of its commitment. The row with id, version and digest stays, as erased.
///
/// # Errors
/// Those of the engine.
pub fn erase(tx: &mut Tx<'_>, record: &Record, reason: &str) -> Result<(), StoreError> {
    let key = &record.key;
    let place = [Value::from(&key.collection), record.seq.into()];
    let [collection, origin, id, version, digest, _] = content_key(key, &[]);
    tx.exec(
        "DELETE FROM content WHERE collection = ?1 AND origin = ?2 AND id = ?3 AND version = ?4 AND digest = ?5",
        &[collection, origin, id, version, digest],
    )?;
    for table in ["reference", "finding", "review", "extension", "triage", "wording", "withheld"] {
        tx.exec(&format!("DELETE FROM {table} WHERE collection = ?1 AND seq = ?2"), &place)?;
    }
    let bare = Handling::unmarked(key.origin.clone());
    let name = bare.id().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    handling::intern(tx, name, &bare)?;
    tx.exec(
        "UPDATE record SET name = '', parts = '', envelope = '', salt = NULL, handling = ?3, ord = -1,
         state = 'erased', reason = ?4 WHERE collection = ?1 AND seq = ?2",
        &[(&key.collection).into(), record.seq.into(), name.0.0.into(), reason.into()],
    )?;
    tx.touch(&key.collection, record.seq);
    Ok(())
}
