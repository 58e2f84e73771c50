//! One connection to SQLite: how it is set up, how it runs statements, and what its errors mean.

use std::fs::OpenOptions;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, ToSql, params_from_iter};

use crate::connection::Mode;
use crate::error::StoreError;
use crate::value::{Row, Value};

/// How long a connection waits before it looks again whether another process has finished writing. Short and always the same:
/// with the growing waits of SQLite, who waited longest would look most seldom, and a process that writes again and again would
/// keep it out.
const BUSY_WAIT: Duration = Duration::from_millis(2);
/// How often it looks: ten seconds.
const BUSY_LOOKS: i32 = 5_000;
/// Prepared statements kept by a connection.
const STATEMENTS_MAX: usize = 256;

pub(crate) struct SqliteConnection {
    inner: rusqlite::Connection,
    /// The only connection of a store in memory reads and writes; it is told each time which it may.
    is_shared: bool,
    mode: Mode,
}

impl SqliteConnection {
    /// A database in memory, which lives as long as this connection.
    pub(crate) fn open_memory() -> Result<Self, StoreError> {
        let mut inner =
            rusqlite::Connection::open_in_memory().map_err(|error| explain(&error, Mode::Write))?;
        prepare(&mut inner, 16_384)?;
        Ok(Self { inner, is_shared: true, mode: Mode::Write })
    }

    /// A connection to a file, which is made (mode 0600) when it is absent.
    pub(crate) fn open_file(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        make_private(path)
            .map_err(|error| StoreError::Unavailable(format!("cannot open {}: {error}", path.display())))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut inner = rusqlite::Connection::open_with_flags(path, flags)
            .map_err(|error| explain(&error, Mode::Write))?;
        prepare(&mut inner, if mode == Mode::Write { 16_384 } else { 4_096 })?;
        let journal: String = inner
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
            .map_err(|error| explain(&error, Mode::Write))?;
        if journal != "wal" {
            return Err(StoreError::Unavailable(format!(
                "{} lies on a file system without shared memory (journal mode {journal}); use a local disk",
                path.display()
            )));
        }
        settings(&inner, &[("synchronous", "FULL"), ("journal_size_limit", "67108864")])?;
        if mode == Mode::Read {
            settings(&inner, &[("query_only", "ON")])?;
        }
        Ok(Self { inner, is_shared: false, mode })
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), StoreError> {
        self.mode = mode;
        if self.is_shared {
            settings(&self.inner, &[("query_only", if mode == Mode::Read { "ON" } else { "OFF" })])?;
        }
        self.batch(match mode {
            Mode::Write => "BEGIN IMMEDIATE",
            Mode::Read => "BEGIN DEFERRED",
        })
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.inner.execute_batch(sql).map_err(|error| explain(&error, self.mode))
    }

    /// Ends the transaction unless the engine has already done so.
    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        if self.inner.is_autocommit() { Ok(()) } else { self.batch("ROLLBACK") }
    }

    pub(crate) fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let run = || {
            let mut statement = self.inner.prepare_cached(sql)?;
            statement.execute(params_from_iter(params))
        };
        let changed = run().map_err(|error| explain(&error, self.mode))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let told = |error: rusqlite::Error| explain(&error, self.mode);
        let mut statement = self.inner.prepare_cached(sql).map_err(told)?;
        let width = statement.column_count();
        let mut rows = statement.query(params_from_iter(params)).map_err(told)?;
        while let Some(row) = rows.next().map_err(told)? {
            let mut values = Vec::with_capacity(width);
            for column in 0..width {
                values.push(read(row.get_ref(column).map_err(told)?, column)?);
            }
            if visit(Row::new(values)).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn read(value: ValueRef<'_>, column: usize) -> Result<Value, StoreError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(StoreError::Row(format!("column {column} is text that is not UTF-8"))),
        },
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
        ValueRef::Real(_) => Err(StoreError::Row(format!("column {column} is a float: cast it to BIGINT"))),
    }
}

/// Makes the file with mode 0600 when it is absent; SQLite gives its side files the same mode.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// What every connection gets. Deleted bytes are overwritten, because erasure means that they are gone.
fn prepare(inner: &mut rusqlite::Connection, cache_kib: i64) -> Result<(), StoreError> {
    let told = |error: rusqlite::Error| explain(&error, Mode::Write);
    inner.busy_handler(Some(wait)).map_err(told)?;
    inner.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    inner.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(told)?;
    inner.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).map_err(told)?;
    inner.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false).map_err(told)?;
    inner.pragma_update(None, "cache_size", -cache_kib).map_err(told)?;
    settings(inner, &[("foreign_keys", "ON"), ("trusted_schema", "OFF"), ("secure_delete", "ON")])
}

/// Waits for another process that writes; whether to look again, after so many times.
fn wait(looks: i32) -> bool {
    std::thread::sleep(BUSY_WAIT);
    looks < BUSY_LOOKS
}

fn settings(inner: &rusqlite::Connection, pairs: &[(&str, &str)]) -> Result<(), StoreError> {
    for (name, value) in pairs {
        // Some settings answer with a row and some do not; the answer is of no use here.
        inner
            .execute_batch(&format!("PRAGMA {name} = {value}"))
            .map_err(|error| explain(&error, Mode::Write))?;
    }
    Ok(())
}

fn explain(error: &rusqlite::Error, mode: Mode) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return StoreError::Engine(error.to_string());
    };
    let message = message.clone().unwrap_or_else(|| failure.to_string());
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(message),
        ErrorCode::ConstraintViolation => StoreError::Conflict(message),
        ErrorCode::ReadOnly if mode == Mode::Read => StoreError::ReadOnly,
        ErrorCode::ReadOnly
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::SystemIoFailure
        | ErrorCode::FileLockingProtocolFailed => StoreError::Unavailable(message),
        _ => StoreError::Engine(message),
    }
}
