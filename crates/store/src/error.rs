//! The one error type of this crate. It says what was wrong and what to do, never a password of a connection.

/// Why a store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another writer held the database for longer than we wait, or the engine asked us to start over.
    #[error("the database is busy: another process is writing; try again")]
    Busy,
    /// The disk under the database has no room left. Nothing of the transaction was kept.
    #[error("the disk of the database is full: make room and try again")]
    Full,
    /// The database's own structure is damaged, or the file is no database.
    #[error("the database is damaged: {0}; restore a backup")]
    Corrupt(String),
    /// The database has another schema than this program: newer, altered, or not ours at all.
    #[error("the schema does not fit: {0}")]
    Schema(String),
    /// The database cannot be reached or opened, or the connection was lost.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A constraint of the schema refused the rows.
    #[error("the rows conflict with the schema: {0}")]
    Conflict(String),
    /// A row lacks a column, or the column has another type than was asked for.
    #[error("the row has another shape: {0}")]
    Row(String),
    /// A statement that writes was run inside [`Store::read`](crate::Store::read).
    #[error("a read transaction cannot write: use a write transaction")]
    ReadOnly,
    /// Anything else that the engine reported; most often a mistake in the SQL text.
    #[error("the database engine failed: {0}")]
    Engine(String),
}

impl StoreError {
    /// Whether the same call may succeed later without any change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable(_))
    }
}
