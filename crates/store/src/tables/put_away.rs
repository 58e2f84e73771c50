//! What people put away in their inboxes.

use std::collections::BTreeSet;

use crate::{StoreError, Tx};

/// Puts something away; what was put away before stays so.
///
/// # Errors
/// Those of the engine.
pub fn put(tx: &mut Tx<'_>, owner: &str, item: &str, at_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO put_away (owner, item, at_us) VALUES (?1, ?2, ?3) ON CONFLICT (owner, item) DO NOTHING",
        &[owner.into(), item.into(), at_us.into()],
    )?;
    Ok(())
}

/// Takes something back into the inbox.
///
/// # Errors
/// Those of the engine.
pub fn take_back(tx: &mut Tx<'_>, owner: &str, item: &str) -> Result<(), StoreError> {
    tx.exec("DELETE FROM put_away WHERE owner = ?1 AND item = ?2", &[owner.into(), item.into()])?;
    Ok(())
}

/// What somebody put away, at most so much, the latest first.
///
/// # Errors
/// Those of the engine.
pub fn of(tx: &mut Tx<'_>, owner: &str, most: i64) -> Result<BTreeSet<String>, StoreError> {
    tx.query(
        "SELECT item FROM put_away WHERE owner = ?1 ORDER BY at_us DESC, item LIMIT ?2",
        &[owner.into(), most.into()],
    )?
    .iter()
    .map(|row| row.text(0))
    .collect()
}

/// Forgets all that somebody put away but the latest so many.
///
/// # Errors
/// Those of the engine.
pub fn keep_latest(tx: &mut Tx<'_>, owner: &str, most: i64) -> Result<(), StoreError> {
    tx.exec(
        "DELETE FROM put_away WHERE owner = ?1 AND item NOT IN
             (SELECT item FROM put_away WHERE owner = ?1 ORDER BY at_us DESC, item LIMIT ?2)",
        &[owner.into(), most.into()],
    )?;
    Ok(())
}

/// Forgets what was put away before then.
///
/// # Errors
/// Those of the engine.
pub fn forget_before(tx: &mut Tx<'_>, owner: &str, at_us: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM put_away WHERE owner = ?1 AND at_us < ?2", &[owner.into(), at_us.into()])?;
    Ok(())
}
