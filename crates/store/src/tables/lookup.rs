//! Records found by what they are or what they name, rather than by their own id.

use std::collections::BTreeSet;
use std::sync::Arc;

use comity_model::stix::{Digest, Tlp};
use comity_model::{Handling, HandlingId, MemberId, Record, RecordKey, RecordState, Stored};

use super::handling::Handlings;
use super::record::{COLUMNS, marks, read, read_parts};
use crate::{StoreError, Tx, Value};

fn records(tx: &mut Tx<'_>, sql: &str, params: &[Value]) -> Result<Vec<Stored<Record>>, StoreError> {
    let rows = tx.query(sql, params)?;
    let mut handlings = Handlings::default();
    rows.into_iter().map(|mut row| read(tx, &mut row, &mut handlings)).collect()
}

/// The records of a STIX type that name `target` in the property `path`, newest version first, of one origin or of all,
/// in every state; behind the first so many, at most so many. It reads the derived references, which a reindex builds
/// again.
///
/// # Errors
/// Those of the engine.
pub fn naming(
    tx: &mut Tx<'_>,
    (target, path, kind): (&str, &str, &str),
    origin: Option<&MemberId>,
    (skip, limit): (i64, i64),
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM collection c CROSS JOIN reference f
         JOIN record r ON r.collection = f.collection AND r.seq = f.seq
         WHERE f.collection = c.collection AND f.target = ?1 AND f.path = ?2 AND r.kind = ?3
         AND (?4 = '' OR r.origin = ?4)
         ORDER BY r.version_us DESC, r.seq DESC, r.collection LIMIT ?6 OFFSET ?5"
    );
    let origin = origin.map_or("", MemberId::as_str);
    records(tx, &sql, &[target.into(), path.into(), kind.into(), origin.into(), skip.into(), limit.into()])
}

/// Which of these ids are named in the property `path` of anything in a collection.
///
/// # Errors
/// Those of the engine.
pub fn named(tx: &mut Tx<'_>, collection: &str, path: &str, ids: &[&str]) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let mut params: Vec<Value> = vec![collection.into(), path.into()];
        params.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "SELECT DISTINCT target FROM reference WHERE collection = ?1 AND path = ?2 AND target IN ({})",
            marks(3, chunk.len())
        );
        for row in tx.query(&sql, &params)? {
            found.push(row.text(0)?);
        }
    }
    Ok(found)
}

/// Which of these ids are named in the property `path` of anything in any collection.
///
/// # Errors
/// Those of the engine.
pub fn named_anywhere(tx: &mut Tx<'_>, path: &str, ids: &[&str]) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    for chunk in ids.chunks(500) {
        let mut params: Vec<Value> = vec![path.into()];
        params.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "SELECT f.target FROM collection c CROSS JOIN reference f
             WHERE f.collection = c.collection AND f.path = ?1 AND f.target IN ({})",
            marks(2, chunk.len())
        );
        for row in tx.query(&sql, &params)? {
            found.insert(row.text(0)?);
        }
    }
    Ok(found)
}

/// What these records of a collection name, but for who made them: pairs of number and target.
///
/// # Errors
/// Those of the engine.
pub fn names(tx: &mut Tx<'_>, collection: &str, seqs: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
    let (among, numbers) = tx.among(2, seqs.iter().copied());
    let sql = format!(
        "SELECT seq, target FROM reference
         WHERE collection = ?1 AND path <> 'created_by_ref' AND seq {among}"
    );
    let mut found = Vec::new();
    tx.each(&sql, &[collection.into(), numbers], &mut |row| {
        found.push((row.int(0)?, row.text(1)?));
        Ok(())
    })?;
    Ok(found)
}

/// A record that others name: what decides who may see it, without its envelope and bytes.
pub struct Target {
    /// What names it.
    pub key: RecordKey,
    /// Its number.
    pub seq: i64,
    /// STIX type.
    pub kind: String,
    /// The name of its handling.
    pub handling_id: HandlingId,
    /// Its handling.
    pub handling: Arc<Handling>,
    /// Levels of its marked parts.
    pub parts: BTreeSet<Option<Tlp>>,
    /// Where it stands.
    pub state: RecordState,
    /// The leaf that brought it.
    pub leaf: i64,
    /// Whether it names others.
    pub names: bool,
}

/// The records of these STIX ids in all collections, from every origin and in every state.
///
/// # Errors
/// Those of the engine.
pub fn targets(tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<Target>, StoreError> {
    let mut rows = Vec::new();
    for chunk in ids.chunks(500) {
        let params: Vec<Value> = chunk.iter().map(|id| Value::from(*id)).collect();
        let sql = format!(
            "SELECT r.collection, r.origin, r.id, r.version, r.digest, r.seq, r.kind, r.handling, r.parts, r.state,
             r.leaf, r.names FROM collection c CROSS JOIN record r
             WHERE r.collection = c.collection AND r.id IN ({})",
            marks(1, chunk.len())
        );
        rows.extend(tx.query(&sql, &params)?);
    }
    let mut handlings = Handlings::default();
    rows.iter()
        .map(|row| {
            let (origin, state) = (row.text_ref(1)?, row.text_ref(9)?);
            let handling_id = HandlingId(Digest(row.hash(7)?));
            Ok(Target {
                key: RecordKey {
                    collection: row.text(0)?,
                    origin: origin
                        .parse()
                        .map_err(|_| StoreError::Corrupt(format!("`{origin}` is no member id")))?,
                    id: row.text(2)?,
                    version: row.text(3)?,
                    digest: Digest(row.hash(4)?),
                },
                seq: row.int(5)?,
                kind: row.text(6)?,
                handling_id,
                handling: handlings.get(tx, handling_id)?,
                parts: read_parts(row.text_ref(8)?)?,
                state: RecordState::from_name(state)
                    .ok_or_else(|| StoreError::Corrupt(format!("`{state}` is no state of a record")))?,
                leaf: row.int(10)?,
                names: row.bool(11)?,
            })
        })
        .collect()
}

/// The live records of a STIX type, newest version first; at most so many behind the first so many.
///
/// # Errors
/// Those of the engine.
pub fn live_of_kind(
    tx: &mut Tx<'_>,
    kind: &str,
    (skip, limit): (i64, i64),
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.kind = ?1 AND r.state = 'live'
         ORDER BY r.version_us DESC, r.seq DESC, r.collection LIMIT ?2 OFFSET ?3"
    );
    records(tx, &sql, &[kind.into(), limit.into(), skip.into()])
}

/// The same of one origin: however many another member sends, they are not read.
///
/// # Errors
/// Those of the engine.
pub fn live_of_kind_by(
    tx: &mut Tx<'_>,
    kind: &str,
    origin: &MemberId,
    (skip, limit): (i64, i64),
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.kind = ?1 AND r.state = 'live' AND r.origin = ?2
         ORDER BY r.version_us DESC, r.seq DESC, r.collection LIMIT ?3 OFFSET ?4"
    );
    records(tx, &sql, &[kind.into(), origin.as_str().into(), limit.into(), skip.into()])
}

/// The records of a STIX type and of one origin that name `target` in the property `path`, newest version first, in
/// every state but erased; of one collection, or of all. However many another member sends, they hide
/// none.
///
/// # Errors
/// Those of the engine.
pub fn naming_by(
    tx: &mut Tx<'_>,
    (target, path): (&str, &str),
    kind: &str,
    origin: &MemberId,
    collection: Option<&str>,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let mut params: Vec<Value> = vec![target.into(), path.into(), kind.into(), origin.as_str().into()];
    params.extend(collection.map(Value::from));
    let within = if collection.is_some() { "AND c.collection = ?5" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM collection c CROSS JOIN reference f
         JOIN record r ON r.collection = f.collection AND r.seq = f.seq
         WHERE f.collection = c.collection AND f.target = ?1 AND f.path = ?2 AND r.kind = ?3 AND r.origin = ?4 AND r.state <> 'erased' {within}
         ORDER BY r.version_us DESC, r.seq DESC, r.collection"
    );
    records(tx, &sql, &params)
}

/// What an origin holds back in a collection, or of it the versions of one object, oldest first; at most so many behind the
/// first so many.
///
/// # Errors
/// Those of the engine.
pub fn held_by(
    tx: &mut Tx<'_>,
    collection: &str,
    origin: &MemberId,
    id: Option<&str>,
    (skip, limit): (i64, i64),
) -> Result<Vec<Stored<Record>>, StoreError> {
    let mut params: Vec<Value> = vec![collection.into(), origin.as_str().into(), limit.into(), skip.into()];
    params.extend(id.map(Value::from));
    let only = if id.is_some() { "AND r.id = ?5" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.collection = ?1 AND r.origin = ?2 AND r.state = 'held' {only}
         ORDER BY r.seq LIMIT ?3 OFFSET ?4"
    );
    records(tx, &sql, &params)
}

/// The records of a STIX type with this display name that are in use or kept back, newest version first: those of one
/// origin (`by`), or those of all the others; at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn called(
    tx: &mut Tx<'_>,
    kind: &str,
    name: &str,
    (origin, by): (&MemberId, bool),
    limit: i64,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let is = if by { "=" } else { "<>" };
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.kind = ?1 AND r.name = ?2 AND r.origin {is} ?3
         AND r.state IN ('live', 'held') ORDER BY r.version_us DESC, r.seq DESC, r.collection LIMIT ?4"
    );
    records(tx, &sql, &[kind.into(), name.into(), origin.as_str().into(), limit.into()])
}
