//! Brings a database to the schema of this program, and refuses one that it does not know.
//!
//! The table `migration` says what was applied, when, and with which checksum, so that an altered history is seen.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::dialect;
use crate::engine::Store;
use crate::error::StoreError;
use crate::location::{Engine, Location, PostgresOptions};
use crate::schema::{self, Migration, SERIES};
use crate::tx::Tx;
use crate::value::Value;

/// The table that this module keeps; a copy of the database leaves it alone.
const TABLE: &str = "-- local\nCREATE TABLE migration (\n  version BIGINT NOT NULL PRIMARY KEY,\n  name TEXT NOT NULL,\n  \
                     checksum TEXT NOT NULL,\n  applied_us BIGINT NOT NULL\n);\n";

/// One line of the table `migration`.
struct Applied {
    version: i64,
    name: String,
    checksum: String,
}

/// Applies what is missing, in one transaction. A database that lacks nothing is only read, so that opening it
/// never waits for a writer.
pub(crate) fn bring_up_to_date(store: &Store, now_us: i64) -> Result<(), StoreError> {
    if let Some(applied) = store.read("migrate.look", applied)?
        && pending(&applied)?.is_empty()
    {
        return Ok(());
    }
    store.write("migrate.apply", |tx| {
        if let Location::Postgres(url) = store.location() {
            let options = PostgresOptions::parse(url)?;
            tx.batch(&format!("CREATE SCHEMA IF NOT EXISTS \"{}\"", options.schema))?;
        }
        let known = applied(tx)?;
        if known.is_none() {
            run(tx, TABLE)?;
        }
        for migration in pending(&known.unwrap_or_default())? {
            apply(tx, migration, now_us)?;
        }
        Ok(())
    })
}

/// What was applied so far; `None` for a database without any table.
fn applied(tx: &mut Tx<'_>) -> Result<Option<Vec<Applied>>, StoreError> {
    let found = tx.query(
        match tx.engine() {
            Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            Engine::Postgres => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        },
        &[],
    )?;
    let names: Vec<String> = found.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Ok(None);
    }
    if !names.iter().any(|name| name == "migration") {
        return Err(StoreError::Schema(
            "the database holds tables, but not ours; name an empty database or another schema".to_owned(),
        ));
    }
    let rows = tx.query("SELECT version, name, checksum FROM migration ORDER BY version", &[])?;
    let line =
        |row: &crate::Row| Ok(Applied { version: row.int(0)?, name: row.text(1)?, checksum: row.text(2)? });
    rows.iter().map(line).collect::<Result<_, _>>().map(Some)
}

/// The migrations that are still missing, once those that were applied are known to be ours, unaltered.
fn pending(applied: &[Applied]) -> Result<&'static [Migration], StoreError> {
    let mut rest = SERIES;
    for found in applied {
        let Some((migration, later)) = rest.split_first() else {
            return Err(StoreError::Schema(format!(
                "the database is at version {} (`{}`), newer than this program knows; use the newer program",
                found.version, found.name
            )));
        };
        if found.version != migration.version || found.name != migration.name {
            return Err(StoreError::Schema(format!(
                "the database has migration {} (`{}`) where {} (`{}`) belongs; restore a backup",
                found.version, found.name, migration.version, migration.name
            )));
        }
        if found.checksum != checksum(migration.text) {
            return Err(StoreError::Schema(format!(
                "migration {} (`{}`) was applied from another text than this program's; use the program that made \
                 the database, or restore a backup",
                found.version, found.name
            )));
        }
        rest = later;
    }
    Ok(rest)
}

fn apply(tx: &mut Tx<'_>, migration: &Migration, now_us: i64) -> Result<(), StoreError> {
    run(tx, migration.text)?;
    let values = [
        migration.version.into(),
        migration.name.into(),
        checksum(migration.text).into(),
        Value::Int(now_us),
    ];
    tx.exec("INSERT INTO migration (version, name, checksum, applied_us) VALUES (?1, ?2, ?3, ?4)", &values)?;
    Ok(())
}

fn run(tx: &mut Tx<'_>, text: &str) -> Result<(), StoreError> {
    let engine = tx.engine();
    let mut sql = String::with_capacity(text.len() * 2);
    for statement in schema::statements(text).iter().filter(|statement| statement.is_for(engine)) {
        sql.push_str(&dialect::definition(statement, engine));
        sql.push_str(";\n");
    }
    tx.batch(&sql)
}

fn checksum(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        // Writing into a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
