//! What left in a period, summed up by what a decision looks at.

use std::collections::BTreeSet;

use comity_model::HandlingId;
use comity_model::stix::{Digest, Tlp};

use super::record::{parts_text, read_parts};
use crate::{StoreError, Tx, Value};

/// First deliveries of a period about which every decision is the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Past {
    /// Audience.
    pub audience: i64,
    /// Handling under which they left.
    pub handling: HandlingId,
    /// Epoch that decided.
    pub epoch: i64,
    /// Levels of the marked parts that the records have.
    pub parts: BTreeSet<Option<Tlp>>,
    /// Whether all parts left, too.
    pub whole: bool,
    /// How many.
    pub count: u64,
}

/// Which first deliveries count.
const WHOLE: &str = "CASE WHEN d.served = r.digest OR d.served = r.held THEN 1 ELSE 0 END";

/// The first deliveries from one instant to before another, summed up.
///
/// # Errors
/// Those of the engine.
pub fn all(tx: &mut Tx<'_>, since_us: i64, until_us: i64) -> Result<Vec<Past>, StoreError> {
    let sql = format!(
        "SELECT d.audience, d.handling, d.epoch, r.parts, {WHOLE}, count(*) FROM delivery d
         JOIN record r ON r.collection = d.collection AND r.seq = d.seq
         WHERE d.first_us >= ?1 AND d.first_us < ?2
         GROUP BY d.audience, d.handling, d.epoch, r.parts, {WHOLE}
         ORDER BY d.audience, d.handling, d.epoch, r.parts, {WHOLE}"
    );
    tx.query(&sql, &[since_us.into(), until_us.into()])?
        .iter()
        .map(|row| {
            Ok(Past {
                audience: row.int(0)?,
                handling: HandlingId(Digest(row.hash(1)?)),
                epoch: row.int(2)?,
                parts: read_parts(row.text_ref(3)?)?,
                whole: row.int(4)? == 1,
                count: row.int(5)?.unsigned_abs(),
            })
        })
        .collect()
}

/// Some of the records of such a sum: id, version and name of each.
///
/// # Errors
/// Those of the engine.
pub fn examples(
    tx: &mut Tx<'_>,
    past: &Past,
    (since_us, until_us): (i64, i64),
    limit: i64,
) -> Result<Vec<(String, String, String)>, StoreError> {
    let sql = format!(
        "SELECT r.id, r.version, r.name FROM delivery d
         JOIN record r ON r.collection = d.collection AND r.seq = d.seq
         WHERE d.first_us >= ?1 AND d.first_us < ?2 AND d.audience = ?3 AND d.handling = ?4 AND d.epoch = ?5
         AND r.parts = ?6 AND {WHOLE} = ?7 ORDER BY d.first_us, d.collection, d.seq LIMIT ?8"
    );
    let params: [Value; 8] = [
        since_us.into(),
        until_us.into(),
        past.audience.into(),
        past.handling.0.0.into(),
        past.epoch.into(),
        parts_text(&past.parts).into(),
        i64::from(past.whole).into(),
        limit.into(),
    ];
    tx.query(&sql, &params)?.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.text(2)?))).collect()
}
