//! Collections, their persisted clocks and their counters.

use crate::{Row, StoreError, Tx, Value};

/// A collection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collection {
    /// UUID, as TAXII wants it.
    pub id: String,
    /// Short name for addresses.
    pub alias: String,
    /// Title for people.
    pub title: String,
    /// Description; may be empty.
    pub description: String,
    /// Whether it holds exercise records only.
    pub exercise: bool,
}

const COLUMNS: &str = "collection, alias, title, description, exercise";

fn read(row: &Row) -> Result<Collection, StoreError> {
    Ok(Collection {
        id: row.text(0)?,
        alias: row.text(1)?,
        title: row.text(2)?,
        description: row.text(3)?,
        exercise: row.bool(4)?,
    })
}

/// Adds a collection whose clock starts at `now_us`.
///
/// # Errors
/// [`StoreError::Conflict`] when the id or the alias exists.
pub fn insert(tx: &mut Tx<'_>, collection: &Collection, now_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO collection (collection, alias, title, description, exercise, last_us, last_seq, created_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?6)",
        &[
            Value::from(&collection.id),
            Value::from(&collection.alias),
            Value::from(&collection.title),
            Value::from(&collection.description),
            collection.exercise.into(),
            now_us.into(),
        ],
    )?;
    Ok(())
}

/// The collection with this id or alias.
///
/// # Errors
/// Those of the engine.
pub fn find(tx: &mut Tx<'_>, id_or_alias: &str) -> Result<Option<Collection>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM collection WHERE collection = ?1 OR alias = ?1");
    tx.query_one(&sql, &[id_or_alias.into()])?.as_ref().map(read).transpose()
}

/// All collections, oldest first.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Collection>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM collection ORDER BY created_us, collection");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Takes `count` instants from the collection's clock and returns the first: `max(now, last + 1)`, so that
/// added-times rise strictly whatever the machine's clock does.
///
/// # Errors
/// [`StoreError::Row`] when the collection does not exist.
pub fn take_instants(tx: &mut Tx<'_>, collection: &str, now_us: i64, count: i64) -> Result<i64, StoreError> {
    let last = counter(tx, collection, "last_us")?;
    let first = now_us.max(last.saturating_add(1));
    let end = first.saturating_add(count.max(1) - 1);
    tx.exec("UPDATE collection SET last_us = ?2 WHERE collection = ?1", &[collection.into(), end.into()])?;
    Ok(first)
}

/// Takes `count` sequence numbers and returns the first.
///
/// # Errors
/// [`StoreError::Row`] when the collection does not exist.
pub fn take_numbers(tx: &mut Tx<'_>, collection: &str, count: i64) -> Result<i64, StoreError> {
    let last = counter(tx, collection, "last_seq")?;
    tx.exec(
        "UPDATE collection SET last_seq = ?2 WHERE collection = ?1",
        &[collection.into(), (last + count).into()],
    )?;
    Ok(last + 1)
}

fn counter(tx: &mut Tx<'_>, collection: &str, column: &str) -> Result<i64, StoreError> {
    tx.query_one(&format!("SELECT {column} FROM collection WHERE collection = ?1"), &[collection.into()])?
        .ok_or_else(|| StoreError::Row(format!("collection {collection} does not exist")))?
        .int(0)
}
