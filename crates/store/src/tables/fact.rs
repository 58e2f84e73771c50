//! Single facts about this database: its member, when it was restored, until when time boundaries are settled.

use crate::{StoreError, Tx, Value};

/// The value of a fact.
///
/// # Errors
/// Those of the engine.
pub fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    tx.query_one("SELECT value FROM fact WHERE name = ?1", &[name.into()])?.map(|row| row.text(0)).transpose()
}

/// Sets a fact.
///
/// # Errors
/// Those of the engine.
pub fn set(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[Value::from(name), value.into()],
    )?;
    Ok(())
}
