//! The rows of the ledger: leaves, stored tree hashes, and the signed head.

use std::collections::HashMap;

use crate::{StoreError, Tx, Value};

/// The head as kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeadRow {
    /// Number of leaves.
    pub size: i64,
    /// Merkle root.
    pub root: [u8; 32],
    /// Signed checkpoint of this head.
    pub checkpoint: String,
}

/// The head; none before the first leaf.
///
/// # Errors
/// Those of the engine.
pub fn head(tx: &mut Tx<'_>) -> Result<Option<HeadRow>, StoreError> {
    tx.query_one("SELECT size, root, checkpoint FROM head WHERE one = 1", &[])?
        .map(|row| Ok(HeadRow { size: row.int(0)?, root: row.hash(1)?, checkpoint: row.text(2)? }))
        .transpose()
}

/// Puts the head in place of the older one.
///
/// # Errors
/// Those of the engine.
pub fn set_head(tx: &mut Tx<'_>, head: &HeadRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO head (one, size, root, checkpoint) VALUES (1, ?1, ?2, ?3)
         ON CONFLICT (one) DO UPDATE SET size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint",
        &[head.size.into(), head.root.into(), (&head.checkpoint).into()],
    )?;
    Ok(())
}

/// Adds leaves from number `first` on.
///
/// # Errors
/// [`StoreError::Conflict`] when a number is taken.
pub fn add_leaves(tx: &mut Tx<'_>, first: i64, leaves: &[Vec<u8>]) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(leaves.len() * 2);
    for (seq, body) in (first..).zip(leaves) {
        rows.extend([seq.into(), body.as_slice().into()]);
    }
    tx.insert_many("INSERT INTO leaf (seq, body)", 2, &rows, "")?;
    Ok(())
}

/// Adds stored hashes of the tree.
///
/// # Errors
/// [`StoreError::Conflict`] when an index is taken.
pub fn add_hashes(tx: &mut Tx<'_>, hashes: &[(i64, [u8; 32])]) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(hashes.len() * 2);
    for (index, hash) in hashes {
        rows.extend([(*index).into(), (*hash).into()]);
    }
    tx.insert_many("INSERT INTO tree (idx, hash)", 2, &rows, "")?;
    Ok(())
}

/// Stored hashes of the tree, in the order asked for.
///
/// # Errors
/// [`StoreError::Corrupt`] when one is missing.
pub fn hashes(tx: &mut Tx<'_>, indexes: &[i64]) -> Result<Vec<[u8; 32]>, StoreError> {
    let (among, numbers) = tx.among(1, indexes.iter().copied());
    let mut found = HashMap::with_capacity(indexes.len());
    for row in tx.query(&format!("SELECT idx, hash FROM tree WHERE idx {among}"), &[numbers])? {
        found.insert(row.int(0)?, row.hash(1)?);
    }
    indexes
        .iter()
        .map(|index| {
            found
                .get(index)
                .copied()
                .ok_or_else(|| StoreError::Corrupt(format!("tree hash {index} is missing")))
        })
        .collect()
}

/// Every stored tree hash after index `after`, in order, at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn hash_range(tx: &mut Tx<'_>, after: i64, limit: i64) -> Result<Vec<(i64, [u8; 32])>, StoreError> {
    tx.query(
        "SELECT idx, hash FROM tree WHERE idx > ?1 ORDER BY idx LIMIT ?2",
        &[after.into(), limit.into()],
    )?
    .iter()
    .map(|row| Ok((row.int(0)?, row.hash(1)?)))
    .collect()
}

/// Leaves from number `first` on, at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn leaves(tx: &mut Tx<'_>, first: i64, limit: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    tx.query("SELECT body FROM leaf WHERE seq >= ?1 ORDER BY seq LIMIT ?2", &[first.into(), limit.into()])?
        .iter()
        .map(|row| row.blob(0))
        .collect()
}
