//! One connection to either engine, with the few verbs that a transaction needs.

use std::ops::ControlFlow;

use crate::error::StoreError;
use crate::location::Engine;
use crate::pg::PgConnection;
use crate::sqlite::SqliteConnection;
use crate::value::{Row, Value};

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

pub(crate) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(Box<PgConnection>),
}

impl Connection {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(inner) => inner.begin(mode),
            Self::Postgres(inner) => inner.begin(mode),
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(inner) => inner.batch("COMMIT"),
            Self::Postgres(inner) => inner.commit(),
        }
    }

    /// Ends an open transaction without its changes; does nothing when none is open.
    pub(crate) fn rollback(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(inner) => inner.rollback(),
            Self::Postgres(inner) => inner.rollback(),
        }
    }

    /// Whether the connection can serve another transaction.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(inner) => inner.is_sound(),
        }
    }

    /// Several statements without parameters, separated by `;`.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(inner) => inner.batch(sql),
            Self::Postgres(inner) => inner.batch(sql),
        }
    }

    pub(crate) fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(inner) => inner.exec(sql, params),
            Self::Postgres(inner) => inner.exec(sql, params),
        }
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(inner) => inner.each(sql, params, visit),
            Self::Postgres(inner) => inner.each(sql, params, visit),
        }
    }
}
