//! Why versions of records of one's own were made.

use crate::{StoreError, Tx};

/// One change: who made the version, why, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// User or key.
    pub actor: String,
    /// Why, in the words of the actor.
    pub reason: String,
    /// When, in microseconds.
    pub at_us: i64,
}

/// Keeps why the version with this number was made.
///
/// # Errors
/// [`StoreError::Conflict`] when that is known already.
pub fn add(tx: &mut Tx<'_>, collection: &str, seq: i64, change: &Change) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO change (collection, seq, actor, reason, at_us) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            collection.into(),
            seq.into(),
            (&change.actor).into(),
            (&change.reason).into(),
            change.at_us.into(),
        ],
    )?;
    Ok(())
}

/// Forgets why the version with this number was made.
///
/// # Errors
/// Those of the engine.
pub fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM change WHERE collection = ?1 AND seq = ?2", &[collection.into(), seq.into()])?;
    Ok(())
}

/// Why the version with this number was made; none for a first version and for what came from elsewhere.
///
/// # Errors
/// Those of the engine.
pub fn of(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<Change>, StoreError> {
    tx.query_one(
        "SELECT actor, reason, at_us FROM change WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into()],
    )?
    .map(|row| Ok(Change { actor: row.text(0)?, reason: row.text(1)?, at_us: row.int(2)? }))
    .transpose()
}
