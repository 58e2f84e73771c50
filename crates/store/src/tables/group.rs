//! Readers' groups inside this node's own member: their names, and how a set of them is written into a column.

use std::collections::BTreeSet;

use crate::{StoreError, Tx};

/// A set of names as a column holds it. No name holds a blank.
pub(super) fn text_of(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The names in a column.
pub(super) fn read_names(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Adds a group.
///
/// # Errors
/// [`StoreError::Conflict`] when there is one of this name.
pub fn add(tx: &mut Tx<'_>, name: &str, now_us: i64) -> Result<(), StoreError> {
    tx.exec("INSERT INTO inner_group (name, created_us) VALUES (?1, ?2)", &[name.into(), now_us.into()])?;
    Ok(())
}

/// Removes a group; false when there is none of this name.
///
/// # Errors
/// Those of the engine.
pub fn remove(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(tx.exec("DELETE FROM inner_group WHERE name = ?1", &[name.into()])? > 0)
}

/// The names of all groups.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<BTreeSet<String>, StoreError> {
    tx.query("SELECT name FROM inner_group", &[])?.iter().map(|row| row.text(0)).collect()
}
