//! Audiences, the verdicts about them, and the intervals that they see.
//!
//! An open interval shows a record at its own added-time; a late one at `base_us + (ord - lo)`. Intervals of one
//! audience on one shelf never overlap.

use std::collections::{BTreeSet, HashMap, HashSet};

use comity_model::stix::Digest;
use comity_model::{HandlingId, MemberId};

use super::group::{read_names, text_of};
use super::record::marks;
use super::reshown;
use crate::{Row, StoreError, Tx, Value};

/// Handlings named in one statement.
const CHUNK: usize = 500;

/// A member in one context of use: what a release is decided for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Audience {
    /// Its number.
    pub number: i64,
    /// Member.
    pub member: MemberId,
    /// Purpose of use, empty when none is stated.
    pub purpose: String,
    /// Legal basis, empty when none is stated.
    pub basis: String,
    /// Readers' groups inside this node's own member; of any other member there are none.
    pub inner: BTreeSet<String>,
}

const AUDIENCE: &str = "audience, member, purpose, basis, inner_groups";

fn read_audience(row: &Row) -> Result<Audience, StoreError> {
    let member = row.text(1)?;
    Ok(Audience {
        number: row.int(0)?,
        member: member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?,
        purpose: row.text(2)?,
        basis: row.text(3)?,
        inner: read_names(row.text_ref(4)?),
    })
}

/// All audiences.
///
/// # Errors
/// Those of the engine.
pub fn audiences(tx: &mut Tx<'_>) -> Result<Vec<Audience>, StoreError> {
    let sql = format!("SELECT {AUDIENCE} FROM audience ORDER BY audience");
    tx.query(&sql, &[])?.iter().map(read_audience).collect()
}

/// The audience with this number.
///
/// # Errors
/// Those of the engine.
pub fn audience(tx: &mut Tx<'_>, number: i64) -> Result<Option<Audience>, StoreError> {
    let sql = format!("SELECT {AUDIENCE} FROM audience WHERE audience = ?1");
    tx.query_one(&sql, &[number.into()])?.as_ref().map(read_audience).transpose()
}

/// The audience of this member, context and groups; the second answer is true when it is new.
///
/// # Errors
/// Those of the engine.
pub fn audience_of(
    tx: &mut Tx<'_>,
    member: &MemberId,
    purpose: &str,
    basis: &str,
    inner: &BTreeSet<String>,
) -> Result<(Audience, bool), StoreError> {
    let key = [Value::from(member.as_str()), purpose.into(), basis.into(), text_of(inner).into()];
    let sql = format!(
        "SELECT {AUDIENCE} FROM audience WHERE member = ?1 AND purpose = ?2 AND basis = ?3 AND inner_groups = ?4"
    );
    if let Some(row) = tx.query_one(&sql, &key)? {
        return Ok((read_audience(&row)?, false));
    }
    let number = tx
        .query_one("SELECT max(audience) FROM audience", &[])?
        .map(|row| row.opt_int(0))
        .transpose()?
        .flatten()
        .unwrap_or(0)
        + 1;
    let [member_id, purpose_id, basis_id, groups] = key;
    tx.exec(
        "INSERT INTO audience (audience, member, purpose, basis, inner_groups) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[number.into(), member_id, purpose_id, basis_id, groups],
    )?;
    let audience = Audience {
        number,
        member: member.clone(),
        purpose: purpose.to_owned(),
        basis: basis.to_owned(),
        inner: inner.clone(),
    };
    Ok((audience, true))
}

/// An interval of a shelf that an audience sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interval {
    /// Collection.
    pub collection: String,
    /// Audience.
    pub audience: i64,
    /// Handling.
    pub handling: HandlingId,
    /// First `ord` in it.
    pub lo: i64,
    /// First `ord` after it; none while it is open.
    pub hi: Option<i64>,
    /// Added-time of `lo` in a late interval.
    pub base_us: i64,
}

fn read_interval(row: &Row) -> Result<Interval, StoreError> {
    Ok(Interval {
        collection: row.text(0)?,
        audience: row.int(1)?,
        handling: HandlingId(Digest(row.hash(2)?)),
        lo: row.int(3)?,
        hi: row.opt_int(4)?,
        base_us: row.int(5)?,
    })
}

const INTERVAL: &str = "collection, audience, handling, lo, hi, base_us";

/// Whether an audience sees anything of a shelf.
///
/// # Errors
/// Those of the engine.
pub fn is_open(
    tx: &mut Tx<'_>,
    collection: &str,
    audience: i64,
    handling: HandlingId,
) -> Result<bool, StoreError> {
    Ok(tx
        .query_one(
            "SELECT 1 FROM release WHERE collection = ?1 AND audience = ?2 AND handling = ?3 AND hi IS NULL",
            &[collection.into(), audience.into(), handling.0.0.into()],
        )?
        .is_some())
}

/// Which of these shelves of a collection are open to which audience.
///
/// # Errors
/// Those of the engine.
pub fn open_pairs(
    tx: &mut Tx<'_>,
    collection: &str,
    handlings: &[HandlingId],
) -> Result<HashSet<(i64, HandlingId)>, StoreError> {
    let mut found = HashSet::new();
    for chunk in handlings.chunks(CHUNK) {
        let mut params: Vec<Value> = vec![collection.into()];
        params.extend(chunk.iter().map(|id| Value::from(id.0.0)));
        let sql = format!(
            "SELECT audience, handling FROM release WHERE collection = ?1 AND hi IS NULL AND handling IN ({})",
            marks(2, chunk.len())
        );
        tx.each(&sql, &params, &mut |row| {
            found.insert((row.int(0)?, HandlingId(Digest(row.hash(1)?))));
            Ok(())
        })?;
    }
    Ok(found)
}

/// The late intervals of an audience in a collection that reach beyond `after_us`.
///
/// # Errors
/// Those of the engine.
pub fn late(
    tx: &mut Tx<'_>,
    collection: &str,
    audience: i64,
    after_us: i64,
) -> Result<Vec<Interval>, StoreError> {
    let sql = format!(
        "SELECT {INTERVAL} FROM release
         WHERE collection = ?1 AND audience = ?2 AND hi IS NOT NULL AND base_us + (hi - lo) - 1 > ?3
         ORDER BY base_us"
    );
    tx.query(&sql, &[collection.into(), audience.into(), after_us.into()])?
        .iter()
        .map(read_interval)
        .collect()
}

/// A shelf that opens to an audience.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opening {
    /// Audience.
    pub audience: i64,
    /// Handling.
    pub handling: HandlingId,
    /// Everything up to this number is shown late, from this instant on; what comes is shown as it comes. None (for a
    /// new audience, a new shelf) shows all at its own added-time.
    pub late: Option<(i64, i64)>,
}

/// Opens shelves of a collection to audiences.
///
/// # Errors
/// [`StoreError::Conflict`] when one is open already.
pub fn open_all(tx: &mut Tx<'_>, collection: &str, openings: &[Opening]) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(openings.len() * 12);
    for one in openings {
        let key = || [collection.into(), one.audience.into(), one.handling.0.0.into()];
        let mut lo = 0;
        if let Some((next_ord, base_us)) = one.late.filter(|(next_ord, _)| *next_ord > 0) {
            rows.extend(key());
            rows.extend([0_i64.into(), next_ord.into(), base_us.into()]);
            lo = next_ord;
        }
        rows.extend(key());
        rows.extend([lo.into(), Value::Null, 0_i64.into()]);
    }
    tx.insert_many("INSERT INTO release (collection, audience, handling, lo, hi, base_us)", 6, &rows, "")?;
    Ok(())
}

/// Opens one shelf to one audience: see [`Opening::late`].
///
/// # Errors
/// As for [`open_all`].
pub fn open(
    tx: &mut Tx<'_>,
    collection: &str,
    audience: i64,
    handling: HandlingId,
    late: Option<(i64, i64)>,
) -> Result<(), StoreError> {
    open_all(tx, collection, &[Opening { audience, handling, late }])
}

/// Closes shelves to an audience: it sees nothing of them any more.
///
/// # Errors
/// Those of the engine.
pub fn close(
    tx: &mut Tx<'_>,
    collection: &str,
    audience: i64,
    handlings: &[HandlingId],
) -> Result<(), StoreError> {
    for chunk in handlings.chunks(CHUNK) {
        let mut params: Vec<Value> = vec![collection.into(), audience.into()];
        params.extend(chunk.iter().map(|id| Value::from(id.0.0)));
        let sql = format!(
            "DELETE FROM release WHERE collection = ?1 AND audience = ?2 AND handling IN ({})",
            marks(3, chunk.len())
        );
        tx.exec(&sql, &params)?;
        reshown::closed(tx, collection, audience, chunk)?;
    }
    Ok(())
}

/// A decision about an audience and a handling, without record state and dates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Audience.
    pub audience: i64,
    /// Handling.
    pub handling: HandlingId,
    /// Epoch since which it stands.
    pub epoch: i64,
    /// Whether it may be released.
    pub allow: bool,
    /// Ids of the deciding rules, separated by blanks.
    pub rules: String,
}

/// Keeps verdicts in place of older ones.
///
/// # Errors
/// Those of the engine.
pub fn decide(tx: &mut Tx<'_>, verdicts: &[Verdict]) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(verdicts.len() * 5);
    for one in verdicts {
        rows.extend([one.audience.into(), one.handling.0.0.into(), one.epoch.into()]);
        rows.extend([one.allow.into(), (&one.rules).into()]);
    }
    tx.insert_many(
        "INSERT INTO verdict (audience, handling, epoch, allow, rules)",
        5,
        &rows,
        "ON CONFLICT (audience, handling) DO UPDATE
         SET epoch = excluded.epoch, allow = excluded.allow, rules = excluded.rules",
    )?;
    Ok(())
}

/// The kept verdicts on these handlings, by audience and handling.
///
/// # Errors
/// Those of the engine.
pub fn verdicts(
    tx: &mut Tx<'_>,
    handlings: &[HandlingId],
) -> Result<HashMap<(i64, HandlingId), Verdict>, StoreError> {
    let mut found = HashMap::new();
    for chunk in handlings.chunks(CHUNK) {
        let params: Vec<Value> = chunk.iter().map(|id| Value::from(id.0.0)).collect();
        let sql = format!(
            "SELECT audience, handling, epoch, allow, rules FROM verdict WHERE handling IN ({})",
            marks(1, chunk.len())
        );
        tx.each(&sql, &params, &mut |row| {
            let (audience, handling) = (row.int(0)?, HandlingId(Digest(row.hash(1)?)));
            let (epoch, allow, rules) = (row.int(2)?, row.bool(3)?, row.text(4)?);
            found.insert((audience, handling), Verdict { audience, handling, epoch, allow, rules });
            Ok(())
        })?;
    }
    Ok(found)
}

/// The kept verdict about an audience and a handling.
///
/// # Errors
/// Those of the engine.
pub fn verdict(tx: &mut Tx<'_>, audience: i64, handling: HandlingId) -> Result<Option<Verdict>, StoreError> {
    tx.query_one(
        "SELECT epoch, allow, rules FROM verdict WHERE audience = ?1 AND handling = ?2",
        &[audience.into(), handling.0.0.into()],
    )?
    .map(|row| {
        Ok(Verdict { audience, handling, epoch: row.int(0)?, allow: row.bool(1)?, rules: row.text(2)? })
    })
    .transpose()
}
