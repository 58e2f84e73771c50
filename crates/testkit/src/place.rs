//! Places where a test's store lives: memory, a file in a folder that goes with the test, or a PostgreSQL schema.

use comity_store::{Location, Store};
use tempfile::TempDir;

/// The fixed time of tests: 2026-01-01T00:00:00Z in microseconds.
pub const NOW_US: i64 = 1_767_225_600_000_000;

/// The engines that a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// SQLite in memory.
    Memory,
    /// SQLite in a file.
    File,
    /// PostgreSQL.
    Postgres,
}

impl Engine {
    /// A new place on this engine.
    ///
    /// # Panics
    /// When PostgreSQL is asked for and missing.
    #[must_use]
    #[expect(clippy::expect_used, reason = "whoever asks for PostgreSQL has made sure that it is there")]
    pub fn place(self) -> Place {
        match self {
            Self::Memory => Place::memory(),
            Self::File => Place::file(),
            Self::Postgres => Place::postgres().expect("PostgreSQL is there"),
        }
    }
}

/// A place of one test's own, empty at first.
pub struct Place {
    location: Location,
    /// Removed when the place is dropped.
    _folder: Option<TempDir>,
}

impl Place {
    /// Memory: each [`Place::open`] is another database.
    #[must_use]
    pub fn memory() -> Self {
        Self { location: Location::Memory, _folder: None }
    }

    /// A file in a folder of its own.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test cannot go on without its folder")]
    pub fn file() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { location: Location::File(folder.path().join("store.db")), _folder: Some(folder) }
    }

    /// A PostgreSQL schema of its own, or `None` when PostgreSQL is missing (see [`postgres()`](crate::postgres())).
    #[must_use]
    pub fn postgres() -> Option<Self> {
        crate::postgres().map(|url| Self { location: Location::Postgres(url), _folder: None })
    }

    /// Where it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Opens a store there, at the time [`NOW_US`].
    ///
    /// # Panics
    /// When the store cannot be opened.
    #[must_use]
    #[expect(clippy::panic, reason = "a test cannot go on without its store")]
    pub fn open(&self) -> Store {
        Store::open(&self.location, NOW_US).unwrap_or_else(|error| panic!("{:?}: {error}", self.location))
    }
}
