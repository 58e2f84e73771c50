//! The node's append-only ledger, written in the transaction of the change that it records (invariant 5).

use std::cell::RefCell;

use comity_ledger::{Hash, Hashes, Head, Leaf, LedgerError};
use comity_store::Tx;
use comity_store::tables::journal::{self as rows, HeadRow};

use crate::{App, AppError, catchup, rotate};

/// A leaf of this kind by this actor, now.
pub(crate) fn leaf(app: &App, kind: &str, actor: &str) -> Leaf {
    Leaf::new(kind, &app.now().to_string(), actor)
}

/// Appends leaves, extends the tree, signs the new head; returns the number of the first leaf.
pub(crate) fn append(app: &App, tx: &mut Tx<'_>, leaves: Vec<Leaf>) -> Result<i64, AppError> {
    let key = &app.keys()?.ledger;
    catchup::require_leaves(tx, &leaves)?;
    rotate::require_newest(app, tx)?;
    let (name, head) = match rows::head(tx)? {
        Some(row) => (row.checkpoint.lines().next().map(str::to_owned), at(&row)),
        None => (None, Head::EMPTY),
    };
    if name.is_some_and(|name| name != key.name()) {
        return Err(AppError::NotNow(
            "the ledger goes on under another name since this node was opened: start it again".into(),
        ));
    }
    let first = i64::try_from(head.size).map_err(|_| AppError::Internal("the ledger is full".into()))?;
    let encoded: Vec<Vec<u8>> =
        (head.size..).zip(&leaves).map(|(seq, leaf)| leaf.encode(seq)).collect::<Result<_, _>>()?;
    let slices: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
    let appended = comity_ledger::append(head, &slices, &TxHashes(RefCell::new(tx)))?;
    rows::add_leaves(tx, first, &encoded)?;
    let hashes: Vec<(i64, [u8; 32])> = appended
        .hashes
        .iter()
        .map(|(index, hash)| Ok((index_of(*index)?, hash.0)))
        .collect::<Result<_, AppError>>()?;
    rows::add_hashes(tx, &hashes)?;
    rows::set_head(
        tx,
        &HeadRow {
            size: index_of(appended.head.size)?,
            root: appended.head.root.0,
            checkpoint: key.sign_checkpoint(appended.head),
        },
    )?;
    Ok(first)
}

/// The head of the tree as kept.
pub(crate) fn head(tx: &mut Tx<'_>) -> Result<Head, AppError> {
    Ok(match rows::head(tx)? {
        Some(row) => at(&row),
        None => Head::EMPTY,
    })
}

fn at(row: &HeadRow) -> Head {
    Head { size: row.size.unsigned_abs(), root: Hash(row.root) }
}

fn index_of(number: u64) -> Result<i64, AppError> {
    i64::try_from(number).map_err(|_| AppError::Internal("the ledger is full".into()))
}

/// Stored tree hashes, read in an open transaction.
pub(crate) struct TxHashes<'a, 'b>(pub(crate) RefCell<&'a mut Tx<'b>>);

impl Hashes for TxHashes<'_, '_> {
    fn read(&self, indexes: &[u64]) -> Result<Vec<Hash>, LedgerError> {
        let fault = |error: String| LedgerError::Storage(error);
        let wanted: Vec<i64> = indexes
            .iter()
            .map(|index| i64::try_from(*index).map_err(|error| fault(error.to_string())))
            .collect::<Result<_, _>>()?;
        let mut tx = self.0.try_borrow_mut().map_err(|error| fault(error.to_string()))?;
        let hashes = rows::hashes(&mut tx, &wanted).map_err(|error| fault(error.to_string()))?;
        Ok(hashes.into_iter().map(Hash).collect())
    }
}
