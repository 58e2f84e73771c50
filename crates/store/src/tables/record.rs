//! Records, their bytes, references and findings.

use std::collections::BTreeSet;
use std::sync::Arc;

use comity_model::stix::{Digest, Tlp};
use comity_model::{Handling, HandlingId, MemberId, Micros, Record, RecordKey, RecordState, Stored};

use super::handling::Handlings;
use super::{reshown, withheld};
use crate::{Row, StoreError, Tx, Value};

/// The columns that [`read`] expects, of a table named `r`.
pub(super) const COLUMNS: &str = "r.collection, r.seq, r.origin, r.id, r.kind, r.spec, r.version_us, r.version, \
     r.digest, r.name, r.handling, r.parts, r.added_us, r.state, r.reason, r.revision, r.envelope, r.actor, r.held, r.leaf, \
     r.names";

/// The same without the envelope, which is most of a row and which few need: it stands there as an empty text.
pub(super) const BARE_COLUMNS: &str = "r.collection, r.seq, r.origin, r.id, r.kind, r.spec, r.version_us, r.version, \
     r.digest, r.name, r.handling, r.parts, r.added_us, r.state, r.reason, r.revision, '', r.actor, r.held, r.leaf, \
     r.names";

/// How many columns [`COLUMNS`] has.
pub(super) const WIDTH: usize = 21;

/// A record as written for the first time, with what is kept beside it.
pub struct NewRecord {
    /// The record; `seq`, `added_at` and its place are given by the caller.
    pub record: Record,
    /// Its number on the shelf of its handling; none while it is held.
    pub ord: i64,
    /// Salt of its commitment in the ledger.
    pub salt: [u8; 32],
    /// The object as it came.
    pub bytes: Vec<u8>,
    /// Objects it names: path and id.
    pub references: Vec<(String, String)>,
    /// Warnings of validation, one JSON text each.
    pub findings: Vec<String>,
}

/// Writes new records and all that belongs to them.
///
/// # Errors
/// [`StoreError::Conflict`] when a key exists already.
pub fn insert(tx: &mut Tx<'_>, records: &[NewRecord]) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(records.len() * 24);
    let mut contents: Vec<Value> = Vec::with_capacity(records.len() * 7);
    let mut references: Vec<Value> = Vec::new();
    let mut findings: Vec<Value> = Vec::new();
    for new in records {
        let record = &new.record;
        rows.extend(row_of(new));
        contents.extend(content_key(&record.key, &[]));
        contents.push(new.bytes.as_slice().into());
        let collection = &record.key.collection;
        tx.touch(collection, record.seq);
        for (path, target) in &new.references {
            references.extend([collection.into(), record.seq.into(), path.into(), target.into()]);
        }
        for (n, body) in (0_i64..).zip(&new.findings) {
            findings.extend([collection.into(), record.seq.into(), n.into(), body.into()]);
        }
    }
    tx.insert_many(
        "INSERT INTO record (collection, seq, origin, id, kind, spec, version_us, version, digest, name, handling,
         parts, added_us, state, reason, revision, envelope, actor, held, leaf, names, ord, first_us, salt)",
        24,
        &rows,
        "",
    )?;
    tx.insert_many(
        "INSERT INTO content (collection, origin, id, version, digest, variant, bytes)",
        7,
        &contents,
        "",
    )?;
    tx.insert_many("INSERT INTO reference (collection, seq, path, target)", 4, &references, "")?;
    tx.insert_many("INSERT INTO finding (collection, seq, n, body)", 4, &findings, "")?;
    Ok(())
}

fn row_of(new: &NewRecord) -> [Value; 24] {
    let record = &new.record;
    let key = &record.key;
    [
        (&key.collection).into(),
        record.seq.into(),
        key.origin.as_str().into(),
        (&key.id).into(),
        (&record.kind).into(),
        (&record.spec_version).into(),
        record.version_at.0.into(),
        (&key.version).into(),
        key.digest.0.into(),
        (&record.name).into(),
        record.handling_id.0.0.into(),
        parts_text(&record.parts).into(),
        record.added_at.0.into(),
        record.state.name().into(),
        (&record.reason).into(),
        record.revision.into(),
        (&record.envelope).into(),
        (&record.actor).into(),
        record.held.0.into(),
        record.leaf.into(),
        record.names.into(),
        new.ord.into(),
        record.added_at.0.into(),
        new.salt.into(),
    ]
}

/// The columns that name the content of a record in one variant.
pub(super) fn content_key(key: &RecordKey, variant: &[u8]) -> [Value; 6] {
    [
        (&key.collection).into(),
        key.origin.as_str().into(),
        (&key.id).into(),
        (&key.version).into(),
        key.digest.0.into(),
        variant.into(),
    ]
}

/// Reads one record from a row of [`COLUMNS`]; its texts are taken out of the row.
pub(super) fn read(
    tx: &mut Tx<'_>,
    row: &mut Row,
    handlings: &mut Handlings,
) -> Result<Stored<Record>, StoreError> {
    let origin = row.text_ref(2)?;
    let origin = origin.parse().map_err(|_| StoreError::Corrupt(format!("`{origin}` is no member id")))?;
    let state = row.text_ref(13)?;
    let state = RecordState::from_name(state)
        .ok_or_else(|| StoreError::Corrupt(format!("`{state}` is no state of a record")))?;
    let handling_id = HandlingId(Digest(row.hash(10)?));
    Ok(Stored::new(Record {
        key: RecordKey {
            collection: row.take_text(0)?,
            origin,
            id: row.take_text(3)?,
            version: row.take_text(7)?,
            digest: Digest(row.hash(8)?),
        },
        seq: row.int(1)?,
        kind: row.take_text(4)?,
        spec_version: row.take_text(5)?,
        version_at: Micros(row.int(6)?),
        name: row.take_text(9)?,
        handling: handlings.get(tx, handling_id)?,
        handling_id,
        parts: read_parts(row.text_ref(11)?)?,
        added_at: Micros(row.int(12)?),
        state,
        reason: row.take_text(14)?,
        revision: u32::try_from(row.int(15)?).map_err(|_| StoreError::Corrupt("negative revision".into()))?,
        envelope: row.take_text(16)?,
        actor: row.take_text(17)?,
        held: Digest(row.hash(18)?),
        leaf: row.int(19)?,
        names: row.bool(20)?,
    }))
}

/// Levels of marked parts as they are kept.
pub(super) fn parts_text(parts: &BTreeSet<Option<Tlp>>) -> String {
    parts.iter().map(|part| part.map_or("none", Tlp::short)).collect::<Vec<_>>().join(" ")
}

pub(super) fn read_parts(text: &str) -> Result<BTreeSet<Option<Tlp>>, StoreError> {
    text.split_whitespace()
        .map(|word| match word {
            "none" => Ok(None),
            word => {
                word.parse().map(Some).map_err(|_| StoreError::Corrupt(format!("`{word}` is no TLP level")))
            }
        })
        .collect()
}

fn read_all(tx: &mut Tx<'_>, sql: &str, params: &[Value]) -> Result<Vec<Stored<Record>>, StoreError> {
    let rows = tx.query(sql, params)?;
    let mut handlings = Handlings::default();
    rows.into_iter().map(|mut row| read(tx, &mut row, &mut handlings)).collect()
}

/// The record with exactly this key.
///
/// # Errors
/// Those of the engine.
pub fn find(
    tx: &mut Tx<'_>,
    key: &RecordKey,
    version_at: Micros,
) -> Result<Option<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.collection = ?1 AND r.origin = ?2 AND r.id = ?3
         AND r.version_us = ?4 AND r.version = ?5 AND r.digest = ?6"
    );
    let found = read_all(
        tx,
        &sql,
        &[
            (&key.collection).into(),
            key.origin.as_str().into(),
            (&key.id).into(),
            version_at.0.into(),
            (&key.version).into(),
            key.digest.0.into(),
        ],
    )?;
    Ok(found.into_iter().next())
}

/// All records of a STIX id, newest first, in one collection or in all, of one version or of all. They are looked up in one
/// collection after the other: the index begins with the collection, and without it the engine would walk through all.
///
/// # Errors
/// Those of the engine.
pub fn of_id(
    tx: &mut Tx<'_>,
    id: &str,
    collection: Option<&str>,
    version: Option<&str>,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM collection c CROSS JOIN record r
         WHERE (?2 = '' OR c.collection = ?2) AND r.collection = c.collection AND r.id = ?1
         AND (?3 = '' OR r.version = ?3) ORDER BY r.version_us DESC, r.seq DESC, r.collection"
    );
    read_all(tx, &sql, &[id.into(), collection.unwrap_or("").into(), version.unwrap_or("").into()])
}

/// The records of these STIX ids in all collections, from every origin and in every state, each with the salt of its
/// commitment (none after erasure), newest first. Their envelopes are left out.
///
/// # Errors
/// Those of the engine.
pub fn of_ids(tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<(Record, Option<[u8; 32]>)>, StoreError> {
    let mut found = Vec::new();
    let mut handlings = Handlings::default();
    for chunk in ids.chunks(500) {
        let params: Vec<Value> = chunk.iter().map(|id| Value::from(*id)).collect();
        let sql = format!(
            "SELECT {BARE_COLUMNS}, r.salt FROM collection c CROSS JOIN record r
             WHERE r.collection = c.collection AND r.id IN ({})
             ORDER BY r.version_us DESC, r.seq DESC, r.collection",
            marks(1, chunk.len())
        );
        for mut row in tx.query(&sql, &params)? {
            let salt = row.opt_hash(WIDTH)?;
            found.push((read(tx, &mut row, &mut handlings)?.into_inner(), salt));
        }
    }
    Ok(found)
}

/// Records of a collection (or of all) in the order they were written, `limit` of them after `after_seq`.
///
/// # Errors
/// Those of the engine.
pub fn list(
    tx: &mut Tx<'_>,
    collection: &str,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.collection = ?1 AND r.seq > ?2 ORDER BY r.seq LIMIT ?3"
    );
    read_all(tx, &sql, &[collection.into(), after_seq.into(), limit.into()])
}

/// The records of a collection whose envelope was signed with a key of this short name, in the order they were written, so many
/// (`at.1`) behind a number (`at.0`).
///
/// # Errors
/// Those of the engine.
pub fn signed_with(
    tx: &mut Tx<'_>,
    collection: &str,
    key: &str,
    at: (i64, i64),
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.collection = ?1 AND r.seq > ?2 AND r.envelope LIKE ?4
         ORDER BY r.seq LIMIT ?3"
    );
    // The short name is plain hex.
    let named = format!("%\"key\":\"{key}\"%");
    read_all(tx, &sql, &[collection.into(), at.0.into(), at.1.into(), named.into()])
}

/// The live records of a collection that name an object, in the order they came; at most so many behind the first so
/// many.
///
/// # Errors
/// Those of the engine.
pub fn naming(
    tx: &mut Tx<'_>,
    collection: &str,
    target: &str,
    (skip, limit): (i64, i64),
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.collection = ?1 AND r.state = 'live' AND r.seq IN
         (SELECT f.seq FROM reference f WHERE f.collection = ?1 AND f.target = ?2)
         ORDER BY r.seq LIMIT ?3 OFFSET ?4"
    );
    read_all(tx, &sql, &[collection.into(), target.into(), limit.into(), skip.into()])
}

/// The live records on a shelf that have parts marked apart, in the order of their places.
///
/// # Errors
/// Those of the engine.
pub fn with_parts(
    tx: &mut Tx<'_>,
    collection: &str,
    handling: HandlingId,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.collection = ?1 AND r.handling = ?2 AND r.parts <> ''
         AND r.state = 'live' ORDER BY r.ord"
    );
    read_all(tx, &sql, &[collection.into(), handling.0.0.into()])
}

/// How many records each origin has in a collection, live and otherwise: (origin, live, all).
///
/// # Errors
/// Those of the engine.
pub fn count_by_origin(tx: &mut Tx<'_>, collection: &str) -> Result<Vec<(MemberId, i64, i64)>, StoreError> {
    tx.query(
        "SELECT origin, CAST(sum(CASE WHEN state = 'live' THEN 1 ELSE 0 END) AS BIGINT), count(*) FROM record
         WHERE collection = ?1 GROUP BY origin ORDER BY origin",
        &[collection.into()],
    )?
    .iter()
    .map(|row| {
        let origin = row.text(0)?;
        let origin =
            origin.parse().map_err(|_| StoreError::Corrupt(format!("`{origin}` is no member id")))?;
        Ok((origin, row.int(1)?, row.int(2)?))
    })
    .collect()
}

/// Live records of a collection that one origin states under one handling, with the same parts marked apart.
pub struct Alike {
    /// Origin.
    pub origin: MemberId,
    /// The name of the handling.
    pub handling_id: HandlingId,
    /// The handling.
    pub handling: Arc<Handling>,
    /// Levels of the parts that are marked apart.
    pub parts: BTreeSet<Option<Tlp>>,
    /// How many there are.
    pub count: i64,
}

/// How many live records there are in a collection, by all that decides who may see them.
///
/// # Errors
/// Those of the engine.
pub fn count_alike(tx: &mut Tx<'_>, collection: &str) -> Result<Vec<Alike>, StoreError> {
    let rows = tx.query(
        "SELECT origin, handling, parts, count(*) FROM record WHERE collection = ?1 AND state = 'live'
         GROUP BY origin, handling, parts",
        &[collection.into()],
    )?;
    let mut handlings = Handlings::default();
    rows.iter()
        .map(|row| {
            let (origin, handling_id) = (row.text(0)?, HandlingId(Digest(row.hash(1)?)));
            Ok(Alike {
                origin: origin
                    .parse()
                    .map_err(|_| StoreError::Corrupt(format!("`{origin}` is no member id")))?,
                handling_id,
                handling: handlings.get(tx, handling_id)?,
                parts: read_parts(row.text_ref(2)?)?,
                count: row.int(3)?,
            })
        })
        .collect()
}

/// Which of these (id, version, digest) an origin already has in a collection, with state and handling.
pub struct Known {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Digest of the whole object.
    pub digest: Digest,
    /// Where it stands.
    pub state: RecordState,
    /// Its handling.
    pub handling: HandlingId,
    /// Its number.
    pub seq: i64,
    /// How often its handling was stated.
    pub revision: i64,
    /// Digest of the bytes held here.
    pub held: Digest,
}

/// What is known of these ids from one origin in a collection.
///
/// # Errors
/// Those of the engine.
pub fn known(
    tx: &mut Tx<'_>,
    collection: &str,
    origin: &MemberId,
    ids: &[&str],
) -> Result<Vec<Known>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let mut params: Vec<Value> = vec![collection.into(), origin.as_str().into()];
        params.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "SELECT id, version, digest, state, handling, seq, revision, held FROM record
             WHERE collection = ?1 AND origin = ?2 AND id IN ({})",
            marks(3, chunk.len())
        );
        for row in tx.query(&sql, &params)? {
            let state = row.text(3)?;
            found.push(Known {
                id: row.text(0)?,
                version: row.text(1)?,
                digest: Digest(row.hash(2)?),
                state: RecordState::from_name(&state)
                    .ok_or_else(|| StoreError::Corrupt(format!("`{state}` is no state of a record")))?,
                handling: HandlingId(Digest(row.hash(4)?)),
                seq: row.int(5)?,
                revision: row.int(6)?,
                held: Digest(row.hash(7)?),
            });
        }
    }
    Ok(found)
}

/// `?first, …` for `count` parameters.
pub(super) fn marks(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ")
}

/// Puts a record on another place: after publication, a change of handling, or to show it again.
///
/// # Errors
/// Those of the engine.
pub fn place(tx: &mut Tx<'_>, record: &Record, ord: i64) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE record SET handling = ?3, ord = ?4, added_us = ?5, state = ?6, reason = ?7, revision = ?8, envelope = ?9
         WHERE collection = ?1 AND seq = ?2",
        &[
            (&record.key.collection).into(),
            record.seq.into(),
            record.handling_id.0.0.into(),
            ord.into(),
            record.added_at.0.into(),
            record.state.name().into(),
            (&record.reason).into(),
            record.revision.into(),
            (&record.envelope).into(),
        ],
    )?;
    tx.touch(&record.key.collection, record.seq);
    reshown::moved(tx, &record.key.collection, record.seq)?;
    withheld::forget(tx, &record.key.collection, record.seq)
}

/// Changes where a record stands.
///
/// # Errors
/// Those of the engine.
pub fn set_state(
    tx: &mut Tx<'_>,
    collection: &str,
    seq: i64,
    state: RecordState,
    reason: &str,
) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE record SET state = ?3, reason = ?4 WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into(), state.name().into(), reason.into()],
    )?;
    tx.touch(collection, seq);
    withheld::forget(tx, collection, seq)
}

/// Changes where many records of a collection stand, for one reason.
///
/// # Errors
/// Those of the engine.
pub fn set_states(
    tx: &mut Tx<'_>,
    collection: &str,
    seqs: &[i64],
    state: RecordState,
    reason: &str,
) -> Result<(), StoreError> {
    let (among, numbers) = tx.among(4, seqs.iter().copied());
    tx.exec(
        &format!("UPDATE record SET state = ?2, reason = ?3 WHERE collection = ?1 AND seq {among}"),
        &[collection.into(), state.name().into(), reason.into(), numbers],
    )?;
    seqs.iter().for_each(|seq| tx.touch(collection, *seq));
    withheld::forget_all(tx, collection, seqs)
}

/// The salt of a record's commitment; none after erasure.
///
/// # Errors
/// Those of the engine.
pub fn salt(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<[u8; 32]>, StoreError> {
    Ok(tx
        .query_one(
            "SELECT salt FROM record WHERE collection = ?1 AND seq = ?2",
            &[collection.into(), seq.into()],
        )?
        .map(|row| row.opt_hash(0))
        .transpose()?
        .flatten())
}

/// The bytes of a record in one variant; none when they were erased or never made.
///
/// # Errors
/// Those of the engine.
pub fn content(tx: &mut Tx<'_>, key: &RecordKey, variant: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    tx.query_one(
        "SELECT bytes FROM content WHERE collection = ?1 AND origin = ?2 AND id = ?3 AND version = ?4
         AND digest = ?5 AND variant = ?6",
        &content_key(key, variant),
    )?
    .map(|row| row.blob(0))
    .transpose()
}

/// Keeps the bytes of a redacted variant.
///
/// # Errors
/// Those of the engine.
pub fn keep_variant(
    tx: &mut Tx<'_>,
    key: &RecordKey,
    variant: &[u8],
    bytes: &[u8],
) -> Result<(), StoreError> {
    let mut row: Vec<Value> = content_key(key, variant).into();
    row.push(bytes.into());
    tx.insert_many(
        "INSERT INTO content (collection, origin, id, version, digest, variant, bytes)",
        7,
        &row,
        "ON CONFLICT (collection, origin, id, version, digest, variant) DO UPDATE SET bytes = excluded.bytes",
    )?;
    Ok(())
}

/// Puts fuller bytes, and what they name, in place of the poorer ones that arrived before.
///
/// # Errors
/// Those of the engine.
pub fn replace_content(
    tx: &mut Tx<'_>,
    record: &Record,
    bytes: &[u8],
    references: &[(String, String)],
) -> Result<(), StoreError> {
    // The redactions were made of the poorer bytes.
    tx.exec(
        "DELETE FROM content WHERE collection = ?1 AND origin = ?2 AND id = ?3 AND version = ?4 AND digest = ?5
         AND variant <> ?6",
        &content_key(&record.key, &[]),
    )?;
    keep_variant(tx, &record.key, &[], bytes)?;
    tx.exec(
        "UPDATE record SET held = ?3, parts = ?4, names = ?5 WHERE collection = ?1 AND seq = ?2",
        &[
            (&record.key.collection).into(),
            record.seq.into(),
            record.held.0.into(),
            parts_text(&record.parts).into(),
            record.names.into(),
        ],
    )?;
    tx.exec(
        "DELETE FROM reference WHERE collection = ?1 AND seq = ?2",
        &[(&record.key.collection).into(), record.seq.into()],
    )?;
    keep_references(tx, &record.key.collection, record.seq, references)
}

/// The record with this number.
///
/// # Errors
/// Those of the engine.
pub fn numbered(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<Stored<Record>>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM record r WHERE r.collection = ?1 AND r.seq = ?2");
    Ok(read_all(tx, &sql, &[collection.into(), seq.into()])?.into_iter().next())
}

/// Salt (none after erasure), digest, and the commitment that a tombstone kept, of a record.
pub type Committed = (Option<[u8; 32]>, Digest, Option<[u8; 32]>);

/// Commitments of the records that one ledger leaf stands for, in order. After erasure only the commitment itself is
/// left, so that those of its neighbours can still be checked.
///
/// # Errors
/// Those of the engine.
pub fn batch(tx: &mut Tx<'_>, collection: &str, leaf: i64) -> Result<Vec<Committed>, StoreError> {
    tx.query(
        "SELECT r.salt, r.digest, t.marker FROM record r LEFT JOIN tombstone t ON t.collection = r.collection
         AND t.origin = r.origin AND t.id = r.id AND t.version = r.version AND t.digest = r.digest
         WHERE r.collection = ?1 AND r.leaf = ?2 ORDER BY r.seq",
        &[collection.into(), leaf.into()],
    )?
    .iter()
    .map(|row| Ok((row.opt_hash(0)?, Digest(row.hash(1)?), row.opt_hash(2)?)))
    .collect()
}

/// Removes everything derived in a collection: redacted variants and references.
///
/// # Errors
/// Those of the engine.
pub fn drop_derived(tx: &mut Tx<'_>, collection: &str) -> Result<u64, StoreError> {
    let key = [Value::from(collection)];
    let variants = tx.exec("DELETE FROM content WHERE collection = ?1 AND length(variant) > 0", &key)?;
    let references = tx.exec("DELETE FROM reference WHERE collection = ?1", &key)?;
    Ok(variants + references)
}

/// Writes the references of one record again.
///
/// # Errors
/// Those of the engine.
pub fn keep_references(
    tx: &mut Tx<'_>,
    collection: &str,
    seq: i64,
    references: &[(String, String)],
) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(references.len() * 4);
    for (path, target) in references {
        rows.extend([collection.into(), seq.into(), path.into(), target.into()]);
    }
    tx.insert_many("INSERT INTO reference (collection, seq, path, target)", 4, &rows, "")?;
    Ok(())
}
