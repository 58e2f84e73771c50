//! A whole database from one engine to another, or to a second one of the same: for backups and for restoring them.
//! Tables that are marked as derived stay behind; who opens the copy builds them again.

use std::collections::BTreeMap;

use crate::engine::Store;
use crate::error::StoreError;
use crate::location::Engine;
use crate::schema;
use crate::tx::Tx;
use crate::value::Value;

/// A batch of rows is written when it holds as many values or bytes as this.
const BATCH_MAX_VALUES: usize = 8_192;
const BATCH_MAX_BYTES: usize = 4 << 20;

/// How many rows each table had when it was copied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copied {
    /// Rows by the name of the table; a table without rows has its entry too.
    pub rows: BTreeMap<String, u64>,
}

impl Copied {
    /// Rows of all tables together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows.values().sum()
    }
}

/// One transaction on either side: the source shows one snapshot, the target takes all of it or nothing.
pub(crate) fn copy(source: &Store, target: &Store) -> Result<Copied, StoreError> {
    let copied = source.read("copy.from", |from| target.write("copy.to", |to| copy_tables(from, to)))?;
    target.settle()?;
    Ok(copied)
}

fn copy_tables(from: &mut Tx<'_>, to: &mut Tx<'_>) -> Result<Copied, StoreError> {
    let tables = schema::copied_tables(to.engine());
    for table in &tables {
        if to.query_one(&format!("SELECT 1 FROM {table} LIMIT 1"), &[])?.is_some() {
            return Err(StoreError::Conflict(format!(
                "the target already holds rows (in `{table}`); name an empty one"
            )));
        }
    }
    let mut copied = Copied::default();
    for table in tables {
        let count = copy_table(from, to, &table)?;
        copied.rows.insert(table, count);
    }
    Ok(copied)
}

fn copy_table(from: &mut Tx<'_>, to: &mut Tx<'_>, table: &str) -> Result<u64, StoreError> {
    let columns = columns(to, table)?;
    let list = columns.join(", ");
    let head = format!("INSERT INTO {table} ({list})");
    let mut batch: Vec<Value> = Vec::new();
    let mut bytes = 0;
    let mut count = 0;
    from.each(&format!("SELECT {list} FROM {table}"), &[], &mut |row| {
        bytes += row.values().iter().map(Value::len_bytes).sum::<usize>();
        batch.extend_from_slice(row.values());
        count += 1;
        if batch.len() >= BATCH_MAX_VALUES || bytes >= BATCH_MAX_BYTES {
            to.insert_many(&head, columns.len(), &batch, "")?;
            batch.clear();
            bytes = 0;
        }
        Ok(())
    })?;
    to.insert_many(&head, columns.len(), &batch, "")?;
    Ok(count)
}

/// The columns that a table has in the target; both sides went through the same migrations.
fn columns(tx: &mut Tx<'_>, table: &str) -> Result<Vec<String>, StoreError> {
    let sql = match tx.engine() {
        Engine::Sqlite => "SELECT name FROM pragma_table_info(?1) ORDER BY cid",
        Engine::Postgres => {
            "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = ?1 ORDER BY ordinal_position"
        }
    };
    tx.query(sql, &[table.into()])?.iter().map(|row| row.text(0)).collect()
}
