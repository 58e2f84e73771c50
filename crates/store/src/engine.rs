//! The store: opening it, and running transactions on it. One writer at a time, several readers beside it.
//!
//! Every call blocks its thread until the engine has answered, and must not be made on a thread that drives async
//! tasks (the PostgreSQL driver would panic there): use `spawn_blocking`.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::connection::{Connection, Mode};
use crate::copy::{self, Copied};
use crate::error::StoreError;
use crate::location::{Engine, Location, PostgresOptions};
use crate::migrate;
use crate::pg::PgConnection;
use crate::pool::{Lease, Pool};
use crate::sqlite::SqliteConnection;
use crate::tables::counter;
use crate::tx::Tx;

/// How often a transaction is tried before its transient error is given back.
const ATTEMPTS_MAX: u32 = 4;
/// Connections that serve readers at the same time.
const READERS_MAX: usize = 4;

/// A handle to one open database; a clone is the same database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    location: Location,
    writer: Pool,
    readers: Pool,
}

/// How one attempt at a transaction ended.
enum Outcome<T, E> {
    Done(T),
    Failed(E),
    /// The engine asks to start over, and nothing was kept.
    Again(E),
}

impl Store {
    /// Opens the database and brings its schema up to date; `now_us` (microseconds since 1970-01-01 UTC) is noted
    /// beside each migration that is applied. A file or a PostgreSQL schema that is absent is made.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when the database has a newer or an altered schema, or is not ours;
    /// [`StoreError::Unavailable`] when it cannot be reached; [`StoreError::Corrupt`] when the file is no database.
    pub fn open(location: &Location, now_us: i64) -> Result<Self, StoreError> {
        let inner =
            Inner { location: location.clone(), writer: Pool::new(1), readers: Pool::new(READERS_MAX) };
        let store = Self { inner: Arc::new(inner) };
        migrate::bring_up_to_date(&store, now_us)?;
        Ok(store)
    }

    /// Runs `run` in a transaction that may write, and commits when it returns `Ok`. `name` stands in the log.
    ///
    /// Writers take turns, those of other processes included. When the engine asks to start over, `run` is called
    /// again from the beginning, four times at most: so it must not change anything but the transaction.
    ///
    /// # Errors
    /// The error of `run`; or one of the engine's. Nothing is kept then. One case is open: when the connection to
    /// PostgreSQL is lost during the commit, the error says that nobody knows.
    pub fn write<T, E: From<StoreError>>(
        &self,
        name: &'static str,
        run: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transact(Mode::Write, name, run)
    }

    /// Runs `run` in a transaction that sees one snapshot of the database and cannot write.
    ///
    /// # Errors
    /// The error of `run`; [`StoreError::ReadOnly`] when it tries to write; or one of the engine's.
    pub fn read<T, E: From<StoreError>>(
        &self,
        name: &'static str,
        run: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transact(Mode::Read, name, run)
    }

    /// The engine underneath.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.inner.location.engine()
    }

    /// Where the store lives. It prints without a password.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.inner.location
    }

    /// Copies every row of one snapshot into `target`, on whichever engines the two run, and returns the rows of
    /// each table. This store keeps serving meanwhile. The target gets everything or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the target already holds rows; else one of the engines'.
    pub fn copy_to(&self, target: &Self) -> Result<Copied, StoreError> {
        copy::copy(self, target)
    }

    /// Moves what SQLite keeps in its `-wal` file into the database file, so that the file alone is whole. Nothing
    /// to do on PostgreSQL.
    ///
    /// # Errors
    /// One of the engine's; a busy reader is none, what it still needs stays in the `-wal` file.
    pub fn settle(&self) -> Result<(), StoreError> {
        if self.engine() == Engine::Sqlite {
            let _entered = Entered::enter(&self.inner)?;
            self.lease(Mode::Write)?.connection()?.batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(())
    }

    fn transact<T, E: From<StoreError>>(
        &self,
        mode: Mode,
        name: &'static str,
        mut run: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _entered = Entered::enter(&self.inner)?;
        let mut attempt = 1;
        loop {
            match self.attempt(mode, &mut run) {
                Outcome::Done(value) => return Ok(value),
                Outcome::Failed(error) => return Err(error),
                Outcome::Again(error) if attempt >= ATTEMPTS_MAX => {
                    tracing::warn!(name, attempt, "the transaction was given up: the database stays busy");
                    return Err(error);
                }
                Outcome::Again(_) => {
                    tracing::debug!(name, attempt, "the transaction starts over");
                    std::thread::sleep(Duration::from_millis(10) * attempt);
                    attempt += 1;
                }
            }
        }
    }

    fn attempt<T, E: From<StoreError>>(
        &self,
        mode: Mode,
        run: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Outcome<T, E> {
        #[cfg(feature = "sim")]
        if let Err(error) = crate::crash::begin(&self.inner.location) {
            return Outcome::Failed(error.into());
        }
        let mut lease = match self.lease(mode) {
            Ok(lease) => lease,
            Err(StoreError::Busy) => return Outcome::Again(StoreError::Busy.into()),
            Err(error) => return Outcome::Failed(error.into()),
        };
        let is_fresh = lease.is_fresh();
        let mut tx = match lease.connection().and_then(|connection| Tx::begin(connection, mode)) {
            Ok(tx) => tx,
            Err(error) => return self.after(mode, is_fresh, &error.clone(), error.into()),
        };
        let done = run(&mut tx).and_then(|value| match tx.trouble() {
            None => counter::settle(&mut tx).map(|()| value).map_err(E::from),
            Some(_) => Ok(value),
        });
        match (done, tx.trouble().cloned()) {
            (Ok(value), None) => match tx.commit() {
                Ok(()) => {
                    #[cfg(feature = "sim")]
                    crate::crash::committed(&self.inner.location, mode);
                    Outcome::Done(value)
                }
                Err(StoreError::Busy) => Outcome::Again(StoreError::Busy.into()),
                Err(StoreError::Unavailable(cause)) if mode == Mode::Write => {
                    let text =
                        format!("lost during a commit, so that nobody knows whether it holds ({cause})");
                    Outcome::Failed(StoreError::Unavailable(text).into())
                }
                Err(error) => Outcome::Failed(error.into()),
            },
            (Ok(_), Some(trouble)) => self.after(mode, is_fresh, &trouble.clone(), trouble.into()),
            (Err(error), Some(trouble)) => self.after(mode, is_fresh, &trouble, error),
            (Err(error), None) => Outcome::Failed(error),
        }
    }

    /// Whether a failure before the commit is worth another attempt. A connection that was kept may have died of
    /// a restart of the server; then its neighbours have too.
    fn after<T, E>(&self, mode: Mode, is_fresh: bool, trouble: &StoreError, error: E) -> Outcome<T, E> {
        match trouble {
            StoreError::Busy => Outcome::Again(error),
            StoreError::Unavailable(_) if !is_fresh && self.engine() == Engine::Postgres => {
                self.pool(mode).clear();
                Outcome::Again(error)
            }
            _ => Outcome::Failed(error),
        }
    }

    fn lease(&self, mode: Mode) -> Result<Lease<'_>, StoreError> {
        self.pool(mode).take(|| match &self.inner.location {
            Location::Memory => SqliteConnection::open_memory().map(Connection::Sqlite),
            Location::File(path) => SqliteConnection::open_file(path, mode).map(Connection::Sqlite),
            Location::Postgres(url) => {
                let connection = PgConnection::open(&PostgresOptions::parse(url)?)?;
                Ok(Connection::Postgres(Box::new(connection)))
            }
        })
    }

    /// A database in memory is its one connection, so readers and writers share it.
    fn pool(&self, mode: Mode) -> &Pool {
        match (mode, &self.inner.location) {
            (Mode::Read, Location::File(_) | Location::Postgres(_)) => &self.inner.readers,
            (Mode::Write, _) | (Mode::Read, Location::Memory) => &self.inner.writer,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Store({})", self.inner.location)
    }
}

thread_local! {
    /// The stores on which this thread has a transaction open.
    static ENTERED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Held while a transaction is open: a second one inside it would wait for the first forever, so it is refused.
struct Entered(usize);

impl Entered {
    fn enter(inner: &Arc<Inner>) -> Result<Self, StoreError> {
        let place = Arc::as_ptr(inner).addr();
        ENTERED.with_borrow_mut(|entered| {
            if entered.contains(&place) {
                let text =
                    "a transaction was begun inside another one on the same store; pass the first one on";
                return Err(StoreError::Engine(text.to_owned()));
            }
            entered.push(place);
            Ok(Self(place))
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.with_borrow_mut(|entered| entered.retain(|place| *place != self.0));
    }
}
