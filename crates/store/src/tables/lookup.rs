//! Records found by what they are or what they name, rather than by their own id.

use comity_model::{Record, Stored};

use super::handling::Handlings;
use super::record::{COLUMNS, read};
use crate::{StoreError, Tx, Value};

fn records(tx: &mut Tx<'_>, sql: &str, params: &[Value]) -> Result<Vec<Stored<Record>>, StoreError> {
    let rows = tx.query(sql, params)?;
    let mut handlings = Handlings::default();
    rows.iter().map(|row| read(tx, row, &mut handlings)).collect()
}

/// The records of a STIX type that name `target` in the property `path`, newest version first, from every origin
/// and in every state; at most `limit`. It reads the derived references, which a reindex builds again.
///
/// # Errors
/// Those of the engine.
pub fn naming(
    tx: &mut Tx<'_>,
    target: &str,
    path: &str,
    kind: &str,
    limit: i64,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM reference f JOIN record r ON r.collection = f.collection AND r.seq = f.seq
         WHERE f.target = ?1 AND f.path = ?2 AND r.kind = ?3
         ORDER BY r.version_us DESC, r.seq DESC, r.collection LIMIT ?4"
    );
    records(tx, &sql, &[target.into(), path.into(), kind.into(), limit.into()])
}

/// The live records of a STIX type, newest version first; at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn live_of_kind(tx: &mut Tx<'_>, kind: &str, limit: i64) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.kind = ?1 AND r.state = 'live'
         ORDER BY r.version_us DESC, r.seq DESC, r.collection LIMIT ?2"
    );
    records(tx, &sql, &[kind.into(), limit.into()])
}

/// The records of a STIX type with this display name, newest version first, in every state; at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn called(
    tx: &mut Tx<'_>,
    kind: &str,
    name: &str,
    limit: i64,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record r WHERE r.kind = ?1 AND r.name = ?2
         ORDER BY r.version_us DESC, r.seq DESC, r.collection LIMIT ?3"
    );
    records(tx, &sql, &[kind.into(), name.into(), limit.into()])
}
