//! Records that an audience is shown once more, at an added-time that is its own alone.

use comity_model::HandlingId;

use super::record::marks;
use crate::{StoreError, Tx, Value};

/// Shows records once more, each (audience, number) at the same instant; one that was shown so before moves there.
///
/// # Errors
/// Those of the engine.
pub fn show(tx: &mut Tx<'_>, collection: &str, again: &[(i64, i64)], at_us: i64) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(again.len() * 4);
    for (audience, seq) in again {
        rows.extend([collection.into(), (*audience).into(), (*seq).into(), at_us.into()]);
    }
    tx.insert_many(
        "INSERT INTO reshown (collection, audience, seq, at_us)",
        4,
        &rows,
        "ON CONFLICT (collection, audience, seq) DO UPDATE SET at_us = excluded.at_us",
    )?;
    Ok(())
}

/// Forgets it of a record that got another place: everybody sees it there.
pub(super) fn moved(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM reshown WHERE collection = ?1 AND seq = ?2", &[collection.into(), seq.into()])?;
    Ok(())
}

/// Forgets it of shelves that an audience sees no more.
pub(super) fn closed(
    tx: &mut Tx<'_>,
    collection: &str,
    audience: i64,
    handlings: &[HandlingId],
) -> Result<(), StoreError> {
    let mut params: Vec<Value> = vec![collection.into(), audience.into()];
    params.extend(handlings.iter().map(|id| Value::from(id.0.0)));
    let sql = format!(
        "DELETE FROM reshown WHERE collection = ?1 AND audience = ?2 AND seq IN
         (SELECT s.seq FROM reshown s CROSS JOIN record r WHERE s.collection = ?1 AND s.audience = ?2
          AND r.collection = s.collection AND r.seq = s.seq AND r.handling IN ({}))",
        marks(3, handlings.len())
    );
    tx.exec(&sql, &params)?;
    Ok(())
}
