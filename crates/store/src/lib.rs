//! The store: SQLite and PostgreSQL behind one blocking transaction type, with one SQL text for both.
//!
//! Only this crate holds SQL. It knows rows, not rules: what may be released to whom is decided elsewhere.
//! Every call blocks its thread; from an async task call it inside `spawn_blocking`, never directly.

mod connection;
mod copy;
#[cfg(feature = "sim")]
pub mod crash;
mod dialect;
mod engine;
mod error;
mod location;
mod migrate;
mod pg;
mod pool;
mod schema;
mod sqlite;
pub mod tables;
mod tx;
mod value;

pub use copy::Copied;
pub use engine::Store;
pub use error::StoreError;
pub use location::{Engine, Location};
pub use tx::Tx;
pub use value::{Row, Value};
