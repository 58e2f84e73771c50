//! One connection to PostgreSQL: how it is set up, how it runs statements, and what its errors mean.
//! The driver blocks, and must not run on a thread that drives async tasks.

use std::collections::HashMap;
use std::error::Error as _;
use std::ops::ControlFlow;

use bytes::BytesMut;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};
use sha2::{Digest as _, Sha256};

use crate::connection::Mode;
use crate::dialect;
use crate::error::StoreError;
use crate::location::{Engine, PostgresOptions};
use crate::value::{Row, Value};

/// Prepared statements kept by a connection; beyond it we start again with none.
const STATEMENTS_MAX: usize = 256;

pub(crate) struct PgConnection {
    /// Present until the drop.
    client: Option<Client>,
    statements: HashMap<String, Statement>,
    begin_write: String,
    is_open: bool,
}

impl PgConnection {
    pub(crate) fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        let mut client = options.config.connect(NoTls).map_err(|error| explain(&error))?;
        // A schema that does not exist yet may stand in the path; the first migration makes it.
        client
            .batch_execute(&format!(
                "SET search_path TO \"{}\"; SET lock_timeout TO '10s'; SET client_min_messages TO 'error'; \
                 SET default_transaction_isolation TO 'read committed'",
                options.schema
            ))
            .map_err(|error| explain(&error))?;
        let begin_write =
            format!("BEGIN READ WRITE; SELECT pg_advisory_xact_lock({})", writer_lock(&options.schema));
        Ok(Self { client: Some(client), statements: HashMap::new(), begin_write, is_open: false })
    }

    /// Writers of one schema take turns, in whatever process they are; a reader sees one snapshot.
    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), StoreError> {
        self.is_open = true;
        match mode {
            Mode::Write => {
                let sql = std::mem::take(&mut self.begin_write);
                let begun = self.batch(&sql);
                self.begin_write = sql;
                begun
            }
            Mode::Read => self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        self.batch("COMMIT")?;
        self.is_open = false;
        Ok(())
    }

    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        if self.is_open {
            self.batch("ROLLBACK")?;
            self.is_open = false;
        }
        Ok(())
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client()?.batch_execute(sql).map_err(|error| explain(&error))
    }

    /// Whether the connection can serve another transaction.
    pub(crate) fn is_sound(&self) -> bool {
        !self.is_open && self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    pub(crate) fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let statement = self.prepare(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
        let done = self.client()?.execute(&statement, &params);
        done.map_err(|error| self.forget(sql, &error))
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let statement = self.prepare(sql)?;
        let walked = walk(self.client()?, &statement, params, visit);
        match walked {
            Ok(shape) => shape,
            Err(error) => Err(self.forget(sql, &error)),
        }
    }

    fn client(&mut self) -> Result<&mut Client, StoreError> {
        self.client.as_mut().ok_or_else(|| StoreError::Unavailable("the connection is closed".to_owned()))
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let text = dialect::statement(sql, Engine::Postgres);
        let statement = self.client()?.prepare(&text).map_err(|error| explain(&error))?;
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// A statement that failed is prepared anew next time: its table may have changed under it.
    fn forget(&mut self, sql: &str, error: &postgres::Error) -> StoreError {
        self.statements.remove(sql);
        explain(error)
    }
}

impl Drop for PgConnection {
    /// The driver waits for the server when it closes, which must not happen on an async thread; a store can be
    /// dropped anywhere, so a thread of its own does it.
    fn drop(&mut self) {
        self.statements.clear();
        if let Some(client) = self.client.take() {
            let closing = std::thread::Builder::new().name("comity-pg-close".to_owned());
            // Without a thread the server notices the closed socket by itself.
            let _ = closing.spawn(move || drop(client)).map(std::thread::JoinHandle::join);
        }
    }
}

/// The outer error is the engine's, the inner one is about the shape of a row.
fn walk(
    client: &mut Client,
    statement: &Statement,
    params: &[Value],
    visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Result<(), StoreError>, postgres::Error> {
    let params = params.iter().map(|value| value as &(dyn ToSql + Sync));
    let mut rows = client.query_raw(statement, params)?;
    while let Some(found) = rows.next()? {
        match read(&found) {
            Ok(row) => {
                if visit(row).is_break() {
                    break;
                }
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(()))
}

/// The advisory lock of a schema's writers: the first 8 bytes of a hash of its name.
fn writer_lock(schema: &str) -> i64 {
    let digest: [u8; 32] =
        Sha256::new().chain_update("comity writer ").chain_update(schema).finalize().into();
    digest.first_chunk::<8>().copied().map_or(0, i64::from_be_bytes)
}

fn read(found: &postgres::Row) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(found.len());
    for (column, about) in found.columns().iter().enumerate() {
        let value = match *about.type_() {
            Type::INT8 => found.try_get::<_, Option<i64>>(column).map(Value::from),
            Type::INT4 => found.try_get::<_, Option<i32>>(column).map(|n| n.map(i64::from).into()),
            Type::INT2 => found.try_get::<_, Option<i16>>(column).map(|n| n.map(i64::from).into()),
            Type::BOOL => found.try_get::<_, Option<bool>>(column).map(Value::from),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR | Type::UNKNOWN => {
                found.try_get::<_, Option<&str>>(column).map(Value::from)
            }
            Type::BYTEA => found.try_get::<_, Option<&[u8]>>(column).map(Value::from),
            ref other => {
                return Err(StoreError::Row(format!(
                    "column {column} is {other}: cast it to BIGINT, TEXT or BLOB"
                )));
            }
        };
        values.push(value.map_err(|error| StoreError::Row(format!("column {column}: {error}")))?);
    }
    Ok(Row::new(values))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, wanted) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), &Type::INT8) => number.to_sql(wanted, out),
            (Self::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(wanted, out),
            (Self::Int(number), &Type::BOOL) => (*number != 0).to_sql(wanted, out),
            (Self::Text(text), &(Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR)) => {
                text.to_sql(wanted, out)
            }
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(wanted, out),
            (other, _) => Err(format!(
                "a parameter is {} where the statement wants {wanted}: give the parameter a CAST",
                other.kind()
            )
            .into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn explain(error: &postgres::Error) -> StoreError {
    let Some(told) = error.as_db_error() else {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let text = format!("{error}{cause}");
        let lost = error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>());
        return if lost { StoreError::Unavailable(text) } else { StoreError::Engine(text) };
    };
    let message = told.message().to_owned();
    match told.code() {
        &SqlState::T_R_SERIALIZATION_FAILURE
        | &SqlState::T_R_DEADLOCK_DETECTED
        | &SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy,
        &SqlState::DISK_FULL => StoreError::Full,
        &SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => StoreError::Corrupt(message),
        code => match code.code().get(..2) {
            // The message names the constraint; the detail would repeat the rows themselves, so it stays out.
            // 54: the value is too large for the index that covers its column (about 2,700 bytes).
            Some("23" | "54") => StoreError::Conflict(message),
            Some("08" | "28" | "3D" | "53" | "57") => StoreError::Unavailable(message),
            _ => StoreError::Engine(message),
        },
    }
}
