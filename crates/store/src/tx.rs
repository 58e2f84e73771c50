//! One transaction on either engine. A failed statement ends it: whatever the closure answers afterwards,
//! nothing is kept. PostgreSQL works like that by itself, and SQLite is held to the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::ControlFlow;

use crate::connection::{Connection, Mode};
use crate::dialect;
use crate::error::StoreError;
use crate::location::Engine;
use crate::value::{Row, Value};

/// Parameters in one statement. SQLite takes 32,766 and PostgreSQL 65,535, but more than this gains nothing.
const PARAMS_MAX: usize = 4_096;
/// Bytes of parameters in one statement of [`Tx::insert_many`], unless one row alone is larger.
const BATCH_MAX_BYTES: usize = 4 << 20;

/// An open transaction. It is made by [`Store::write`](crate::Store::write) and [`Store::read`](crate::Store::read),
/// which end it too.
///
/// SQL is written once for both engines: placeholders are `?1`, `?2` and so on (each may stand in several places),
/// integers are BIGINT. A placeholder that stands alone in a select list needs a CAST, and so does `SUM`, because
/// PostgreSQL must know its type: `CAST(SUM(n) AS BIGINT)`.
pub struct Tx<'a> {
    connection: &'a mut Connection,
    /// The first statement that failed.
    trouble: Option<StoreError>,
    /// Records of each collection that were written or changed, for the counters.
    touched: BTreeMap<String, BTreeSet<i64>>,
}

impl<'a> Tx<'a> {
    pub(crate) fn begin(connection: &'a mut Connection, mode: Mode) -> Result<Self, StoreError> {
        connection.begin(mode)?;
        Ok(Self { connection, trouble: None, touched: BTreeMap::new() })
    }

    /// Commits, or gives back the first failure of a statement and keeps nothing.
    pub(crate) fn commit(self) -> Result<(), StoreError> {
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => self.connection.commit(),
        }
    }

    /// The first statement that failed, if one did.
    pub(crate) fn trouble(&self) -> Option<&StoreError> {
        self.trouble.as_ref()
    }

    /// Says that the record of this number was written, or that it changed what it is counted by. The counters follow
    /// before the transaction ends.
    pub(crate) fn touch(&mut self, collection: &str, seq: i64) {
        match self.touched.get_mut(collection) {
            Some(numbers) => {
                numbers.insert(seq);
            }
            None => {
                self.touched.insert(collection.to_owned(), BTreeSet::from([seq]));
            }
        }
    }

    /// What was touched since this was asked last.
    pub(crate) fn take_touched(&mut self) -> BTreeMap<String, BTreeSet<i64>> {
        std::mem::take(&mut self.touched)
    }

    /// The engine underneath, for the few statements that differ.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.connection.engine()
    }

    /// What stands behind a column to ask for any of these numbers, and the one parameter that it needs at `place`.
    ///
    /// PostgreSQL plans a statement anew for each count of placeholders, and again for each call while the parameters
    /// could matter: for a thousand of them that takes longer than to find the rows.
    #[must_use]
    pub fn among(&self, place: usize, numbers: impl IntoIterator<Item = i64>) -> (String, Value) {
        let mut list = String::new();
        for number in numbers {
            let comma = if list.is_empty() { "" } else { "," };
            // Writing into a String cannot fail.
            let _ = write!(list, "{comma}{number}");
        }
        match self.engine() {
            Engine::Sqlite => {
                (format!("IN (SELECT value FROM json_each(?{place}))"), Value::Text(format!("[{list}]")))
            }
            Engine::Postgres => (
                format!("= ANY(CAST(CAST(?{place} AS TEXT) AS BIGINT[]))"),
                Value::Text(format!("{{{list}}}")),
            ),
        }
    }

    /// Runs a statement that gives no rows and returns how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a constraint refuses, [`StoreError::ReadOnly`] inside a read, and any other
    /// of the engine's.
    pub fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let done = check(params).and_then(|()| self.connection.exec(sql, params));
        self.note(done)
    }

    /// Runs a statement and returns all its rows; use [`Tx::each`] where there may be many.
    ///
    /// # Errors
    /// As [`Tx::exec`]; [`StoreError::Row`] when a column has a type that is not one of ours.
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.walk(sql, params, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Runs a statement and returns its first row, or `None` when there is none.
    ///
    /// # Errors
    /// As [`Tx::query`].
    pub fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StoreError> {
        let mut first = None;
        self.walk(sql, params, &mut |row| {
            first = Some(row);
            ControlFlow::Break(())
        })?;
        Ok(first)
    }

    /// Runs a statement and shows each row as it arrives, so that an answer of any size takes little memory.
    ///
    /// # Errors
    /// As [`Tx::query`], and the first error of `visit`, after which no further row is shown.
    pub fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        visit: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut refused = None;
        self.walk(sql, params, &mut |row| match visit(&row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                refused = Some(error);
                ControlFlow::Break(())
            }
        })?;
        refused.map_or(Ok(()), Err)
    }

    /// Inserts many rows with few statements and returns how many were changed.
    ///
    /// `sql_head` is `INSERT INTO t (a, b)`; `columns` is how many columns it names; `rows` holds the values one
    /// row after the other; `sql_tail` is empty or `ON CONFLICT ...`, without placeholders. Rows of one call must
    /// not meet each other in an `ON CONFLICT DO UPDATE`, which PostgreSQL refuses.
    ///
    /// # Errors
    /// [`StoreError::Engine`] when `rows` is not a whole number of rows; else as [`Tx::exec`].
    pub fn insert_many(
        &mut self,
        sql_head: &str,
        columns: usize,
        rows: &[Value],
        sql_tail: &str,
    ) -> Result<u64, StoreError> {
        if columns == 0 || !rows.len().is_multiple_of(columns) || columns > PARAMS_MAX {
            let text = format!("{} values are no whole number of rows of {columns}", rows.len());
            return self.note(Err(StoreError::Engine(text)));
        }
        let mut changed = 0;
        let mut rest = rows;
        while !rest.is_empty() {
            let count = batch_rows(rest, columns);
            let (batch, later) = rest.split_at_checked(count * columns).unwrap_or((rest, &[]));
            changed += self.exec(&dialect::insert(sql_head, columns, count, sql_tail), batch)?;
            rest = later;
        }
        Ok(changed)
    }

    /// Several statements without parameters; for migrations.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let done = self.connection.batch(sql);
        self.note(done)
    }

    fn walk(
        &mut self,
        sql: &str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let done = check(params).and_then(|()| self.connection.each(sql, params, visit));
        self.note(done)
    }

    /// Remembers the first failure. An unexpected shape of a row is the caller's matter, not the transaction's.
    fn note<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &done
            && !matches!(error, StoreError::Row(_))
            && self.trouble.is_none()
        {
            self.trouble = Some(error.clone());
        }
        done
    }
}

/// How many of the rows go into the next statement: a power of two, so that few different statements are prepared.
fn batch_rows(rows: &[Value], columns: usize) -> usize {
    let mut bytes = 0_usize;
    let fits = rows
        .chunks(columns)
        .take((PARAMS_MAX / columns).max(1))
        .take_while(|row| {
            bytes = row.iter().map(Value::len_bytes).fold(bytes, usize::saturating_add);
            bytes <= BATCH_MAX_BYTES
        })
        .count()
        .max(1);
    1 << fits.ilog2()
}

fn check(params: &[Value]) -> Result<(), StoreError> {
    let has_nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
    match params.iter().position(has_nul) {
        None => Ok(()),
        Some(index) => Err(StoreError::Conflict(format!(
            "parameter {} is text with a NUL character, which PostgreSQL cannot keep; store it as bytes",
            index + 1
        ))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn batches_take_every_row_once_and_stay_within_their_limits(
            sizes in prop::collection::vec(0_usize..3_000_000, 0..8), columns in 1_usize..5, plain in 0_usize..9_000,
        ) {
            let mut rows: Vec<Value> = sizes.iter().map(|size| Value::Blob(vec![0; *size])).collect();
            rows.resize(rows.len() + plain, Value::Int(1));
            rows.truncate(rows.len() / columns * columns);
            let mut rest = &rows[..];
            while !rest.is_empty() {
                let count = batch_rows(rest, columns);
                prop_assert!(count > 0 && count.is_power_of_two());
                prop_assert!(count * columns <= rest.len() && count * columns <= PARAMS_MAX);
                let bytes: usize = rest[..count * columns].iter().map(Value::len_bytes).sum();
                prop_assert!(count == 1 || bytes <= BATCH_MAX_BYTES);
                rest = &rest[count * columns..];
            }
        }
    }
}
