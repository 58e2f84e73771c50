//! Many records at once: looked up, and moved, by few statements.

use std::collections::BTreeSet;

use comity_model::stix::Digest;
use comity_model::{Record, RecordState};

use super::handling::Handlings;
use super::record::{BARE_COLUMNS, WIDTH, marks, read};
use super::withheld;
use crate::{StoreError, Tx, Value};

/// A record with the salt of its commitment; none after erasure.
pub type Salted = (Record, Option<[u8; 32]>);

/// The records of these STIX ids in all collections, from every origin and in every state, newest first. Their envelopes
/// are left out.
///
/// # Errors
/// Those of the engine.
pub fn of_ids(tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<Salted>, StoreError> {
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

/// Which of these ids are named by another recall than this one, in force or not.
///
/// # Errors
/// Those of the engine.
pub fn recalled_besides(
    tx: &mut Tx<'_>,
    message: Digest,
    ids: &[&str],
) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    for chunk in ids.chunks(500) {
        let mut values: Vec<Value> = vec![message.0.into()];
        values.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql =
            format!("SELECT id FROM recall_target WHERE message <> ?1 AND id IN ({})", marks(2, chunk.len()));
        for row in tx.query(&sql, &values)? {
            found.insert(row.text(0)?);
        }
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::super::record::sql_of_id;
    use crate::{Location, Store, Value};

    #[test]
    fn who_names_a_record_by_its_id_does_not_walk_through_all() {
        let store = Store::open(&Location::Memory, 0).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", sql_of_id());
        let params: [Value; 3] = ["note--1".into(), "".into(), "".into()];
        let rows = store.read("test", |tx| tx.query(&sql, &params)).unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.text(3).unwrap()).collect();
        let of_records = plan.iter().find(|line| line.contains(" r ")).unwrap();
        assert!(of_records.starts_with("SEARCH r") && of_records.contains("id=?"), "{plan:#?}");
    }
}
