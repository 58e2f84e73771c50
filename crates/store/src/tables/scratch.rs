//! What people have begun to write and not kept yet, sealed.

use crate::{Row, StoreError, Tx};

/// Something begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScratchRow {
    /// What its owner's page calls it.
    pub scratch: String,
    /// What was written so far, sealed.
    pub sealed: Vec<u8>,
    /// When it was last changed.
    pub at_us: i64,
}

fn read(row: &Row) -> Result<ScratchRow, StoreError> {
    Ok(ScratchRow { scratch: row.text(0)?, sealed: row.blob(1)?, at_us: row.int(2)? })
}

/// Keeps something in place of what stood under its name.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, owner: &str, one: &ScratchRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO scratch (owner, scratch, sealed, at_us) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (owner, scratch) DO UPDATE SET sealed = ?3, at_us = ?4",
        &[owner.into(), one.scratch.as_str().into(), one.sealed.clone().into(), one.at_us.into()],
    )?;
    Ok(())
}

/// What stands under a name.
///
/// # Errors
/// Those of the engine.
pub fn one(tx: &mut Tx<'_>, owner: &str, name: &str) -> Result<Option<ScratchRow>, StoreError> {
    let sql = "SELECT scratch, sealed, at_us FROM scratch WHERE owner = ?1 AND scratch = ?2";
    tx.query_one(sql, &[owner.into(), name.into()])?.as_ref().map(read).transpose()
}

/// All that somebody has begun, the latest first.
///
/// # Errors
/// Those of the engine.
pub fn all(tx: &mut Tx<'_>, owner: &str, most: i64) -> Result<Vec<ScratchRow>, StoreError> {
    let sql =
        "SELECT scratch, sealed, at_us FROM scratch WHERE owner = ?1 ORDER BY at_us DESC, scratch LIMIT ?2";
    tx.query(sql, &[owner.into(), most.into()])?.iter().map(read).collect()
}

/// Drops what stands under a name; answers whether anything did.
///
/// # Errors
/// Those of the engine.
pub fn drop(tx: &mut Tx<'_>, owner: &str, name: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM scratch WHERE owner = ?1 AND scratch = ?2";
    Ok(tx.exec(sql, &[owner.into(), name.into()])? > 0)
}

/// Drops all that somebody has begun.
///
/// # Errors
/// Those of the engine.
pub fn drop_of(tx: &mut Tx<'_>, owner: &str) -> Result<(), StoreError> {
    tx.exec("DELETE FROM scratch WHERE owner = ?1", &[owner.into()])?;
    Ok(())
}

/// Drops what nobody changed since then, whoever began it.
///
/// # Errors
/// Those of the engine.
pub fn forget_before(tx: &mut Tx<'_>, at_us: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM scratch WHERE at_us < ?1", &[at_us.into()])?;
    Ok(())
}
