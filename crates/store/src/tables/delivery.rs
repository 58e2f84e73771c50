//! What left for whom.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::stix::Digest;
use comity_model::{HandlingId, MemberId, Micros};

use super::record::marks;
use crate::{Row, StoreError, Tx, Value};

/// One record that left on a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Departure {
    /// Number of the record.
    pub seq: i64,
    /// Digest of what was served.
    pub served: Digest,
    /// Handling under which it left.
    pub handling: HandlingId,
    /// Salt of its commitment.
    pub salt: [u8; 32],
}

/// Where a page goes, and under what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// Collection.
    pub collection: String,
    /// Audience.
    pub audience: i64,
    /// Policy set that decided.
    pub policy: Digest,
    /// Epoch that decided.
    pub epoch: i64,
    /// The ledger leaf of the page's first deliveries.
    pub leaf: i64,
    /// When.
    pub at_us: i64,
}

/// Those departures of a page that leave for this audience for the first time.
///
/// # Errors
/// Those of the engine.
pub fn first_time<'a>(
    tx: &mut Tx<'_>,
    collection: &str,
    audience: i64,
    departures: &'a [Departure],
) -> Result<Vec<&'a Departure>, StoreError> {
    let (among, numbers) = tx.among(3, departures.iter().map(|departure| departure.seq));
    let sql = format!(
        "SELECT seq, served, handling FROM delivery WHERE collection = ?1 AND audience = ?2 AND seq {among}"
    );
    let mut known = BTreeSet::new();
    for row in tx.query(&sql, &[collection.into(), audience.into(), numbers])? {
        known.insert((row.int(0)?, row.hash(1)?, row.hash(2)?));
    }
    Ok(departures
        .iter()
        .filter(|departure| !known.contains(&(departure.seq, departure.served.0, departure.handling.0.0)))
        .collect())
}

/// Writes the departures of a page; repeats only count.
///
/// # Errors
/// Those of the engine.
pub fn write(tx: &mut Tx<'_>, page: &Page, departures: &[Departure]) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::with_capacity(departures.len() * 12);
    for departure in departures {
        rows.extend([
            (&page.collection).into(),
            page.audience.into(),
            departure.seq.into(),
            departure.served.0.into(),
            departure.handling.0.0.into(),
            page.policy.0.into(),
            page.epoch.into(),
            page.leaf.into(),
            departure.salt.into(),
            page.at_us.into(),
            page.at_us.into(),
            Value::from(1_i64),
        ]);
    }
    tx.insert_many(
        "INSERT INTO delivery (collection, audience, seq, served, handling, policy, epoch, leaf, salt, first_us,
         last_us, n)",
        12,
        &rows,
        "ON CONFLICT (collection, audience, seq, served, handling) DO UPDATE
         SET last_us = excluded.last_us, n = delivery.n + 1",
    )?;
    Ok(())
}

/// A delivery with what its commitment is made of.
#[cfg(feature = "sim")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Noted {
    /// The member that it left for.
    pub member: MemberId,
    /// Digest of what was served.
    pub served: Digest,
    /// The epoch that decided first.
    pub epoch: i64,
    /// Ledger leaf of the first time.
    pub leaf: i64,
    /// Salt of its commitment.
    pub salt: [u8; 32],
}

/// Every delivery, in the order of the leaves, for those who check them.
///
/// # Errors
/// Those of the engine.
#[cfg(feature = "sim")]
pub fn noted(tx: &mut Tx<'_>) -> Result<Vec<Noted>, StoreError> {
    let sql = "SELECT a.member, d.served, d.epoch, d.leaf, d.salt FROM delivery d
               JOIN audience a ON a.audience = d.audience ORDER BY d.leaf, d.seq, d.served";
    let read = |row: &Row| {
        let member = row.text(0)?.parse().map_err(|error| StoreError::Row(format!("member: {error}")))?;
        let (served, epoch, leaf, salt) = (Digest(row.hash(1)?), row.int(2)?, row.int(3)?, row.hash(4)?);
        Ok(Noted { member, served, epoch, leaf, salt })
    };
    tx.query(sql, &[])?.iter().map(read).collect()
}

/// Whether a record of this originator ever left for this member.
///
/// # Errors
/// Those of the engine.
pub fn went(tx: &mut Tx<'_>, member: &MemberId, originator: &MemberId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM delivery d JOIN audience a ON a.audience = d.audience
               JOIN record r ON r.collection = d.collection AND r.seq = d.seq
               WHERE a.member = ?1 AND r.origin = ?2 LIMIT 1";
    Ok(tx.query_one(sql, &[member.as_str().into(), originator.as_str().into()])?.is_some())
}

/// A delivery as reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Collection.
    pub collection: String,
    /// Number of the record.
    pub seq: i64,
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name.
    pub name: String,
    /// Audience.
    pub audience: i64,
    /// The member of this audience.
    pub member: MemberId,
    /// Digest of what was served.
    pub served: Digest,
    /// Digest of the whole object; differs when a redacted variant was served.
    pub digest: Digest,
    /// Handling under which it left.
    pub handling: HandlingId,
    /// First time.
    pub first_at: Micros,
    /// Last time.
    pub last_at: Micros,
    /// How often.
    pub count: i64,
    /// Ledger leaf of the first time.
    pub leaf: i64,
}

/// Whose deliveries are asked for; what is none or empty restricts nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Filter<'a> {
    /// Of this record: collection and number.
    pub record: Option<(&'a str, i64)>,
    /// To this member, in whichever context.
    pub member: Option<&'a str>,
    /// To this audience.
    pub audience: Option<i64>,
    /// In these collections.
    pub collections: Option<&'a [&'a str]>,
}

/// A place in the list of deliveries: the one that it stands on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// First time.
    pub first_at: Micros,
    /// Number of the record.
    pub seq: i64,
    /// Audience.
    pub audience: i64,
    /// Digest of what was served.
    pub served: Digest,
    /// Handling under which it left.
    pub handling: HandlingId,
    /// Collection.
    pub collection: String,
}

impl Delivery {
    /// The place of this delivery in the list.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            first_at: self.first_at,
            seq: self.seq,
            audience: self.audience,
            served: self.served,
            handling: self.handling,
            collection: self.collection.clone(),
        }
    }
}

/// Deliveries of one record, or to one member, oldest first, at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn list(
    tx: &mut Tx<'_>,
    record: Option<(&str, i64)>,
    member: Option<&str>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    page(tx, &Filter { record, member, ..Filter::default() }, None, limit)
}

/// The first `limit` deliveries behind a place, oldest first.
///
/// # Errors
/// Those of the engine.
pub fn page(
    tx: &mut Tx<'_>,
    filter: &Filter<'_>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let mut params: Vec<Value> = vec![limit.into()];
    let conditions = conditions(filter, after, &mut params);
    let sql = format!(
        "SELECT {REPORTED} FROM delivery d JOIN record r ON r.collection = d.collection AND r.seq = d.seq
         JOIN audience a ON a.audience = d.audience {conditions}
         ORDER BY d.first_us, d.seq, d.audience, d.served, d.handling, d.collection LIMIT ?1"
    );
    tx.query(&sql, &params)?.iter().map(read).collect()
}

/// The conditions of a filter and a place; their parameters are appended.
fn conditions(filter: &Filter<'_>, after: Option<&Place>, params: &mut Vec<Value>) -> String {
    let mut all = Vec::new();
    let mut add = |text: &str, values: Vec<Value>| {
        let first = params.len() + 1;
        all.push(text.replace("{}", &marks(first, values.len())));
        params.extend(values);
    };
    if let Some((collection, seq)) = filter.record {
        add("(d.collection, d.seq) = ({})", vec![collection.into(), seq.into()]);
    }
    if let Some(member) = filter.member {
        add("a.member = {}", vec![member.into()]);
    }
    if let Some(audience) = filter.audience {
        add("d.audience = {}", vec![audience.into()]);
    }
    match filter.collections {
        None => {}
        Some([]) => add("1 = 0", Vec::new()),
        Some(names) => add("d.collection IN ({})", names.iter().map(|name| Value::from(*name)).collect()),
    }
    if let Some(place) = after {
        add(
            "(d.first_us, d.seq, d.audience, d.served, d.handling, d.collection) > ({})",
            vec![
                place.first_at.0.into(),
                place.seq.into(),
                place.audience.into(),
                place.served.0.into(),
                place.handling.0.0.into(),
                (&place.collection).into(),
            ],
        );
    }
    if all.is_empty() { String::new() } else { format!("WHERE {}", all.join(" AND ")) }
}

fn read(row: &Row) -> Result<Delivery, StoreError> {
    let member = row.text(13)?;
    Ok(Delivery {
        collection: row.text(0)?,
        seq: row.int(1)?,
        id: row.text(2)?,
        version: row.text(3)?,
        name: row.text(4)?,
        audience: row.int(5)?,
        member: member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?,
        served: Digest(row.hash(6)?),
        digest: Digest(row.hash(7)?),
        handling: HandlingId(Digest(row.hash(8)?)),
        first_at: Micros(row.int(9)?),
        last_at: Micros(row.int(10)?),
        count: row.int(11)?,
        leaf: row.int(12)?,
    })
}

/// What left for a member and was not taken, what was said last first, at most so many behind the first so many: the
/// delivery with the code of why, and when that was said.
///
/// # Errors
/// Those of the engine.
pub fn refused(
    tx: &mut Tx<'_>,
    (skip, limit): (i64, i64),
) -> Result<Vec<(Delivery, String, Micros)>, StoreError> {
    let sql = format!(
        "SELECT {REPORTED}, t.reason, t.at_us FROM receipt t JOIN delivery d ON d.served = t.served
         JOIN audience a ON a.audience = d.audience AND a.member = t.member
         JOIN record r ON r.collection = d.collection AND r.seq = d.seq WHERE t.reason <> ''
         ORDER BY t.at_us DESC, t.member, t.served, d.collection, d.seq, d.audience LIMIT ?1 OFFSET ?2"
    );
    tx.query(&sql, &[limit.into(), skip.into()])?
        .iter()
        .map(|row| Ok((read(row)?, row.text(14)?, Micros(row.int(15)?))))
        .collect()
}

/// The columns that [`read`] expects.
const REPORTED: &str = "d.collection, d.seq, r.id, r.version, r.name, d.audience, d.served, r.digest, d.handling, \
     d.first_us, d.last_us, d.n, d.leaf, a.member";

/// The members for whom a record ever left, each with when it first did.
///
/// # Errors
/// Those of the engine.
pub fn first(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Vec<(MemberId, Micros)>, StoreError> {
    let sql = "SELECT a.member, min(d.first_us) FROM audience a CROSS JOIN delivery d
               WHERE d.collection = ?1 AND d.audience = a.audience AND d.seq = ?2 GROUP BY a.member ORDER BY a.member";
    tx.query(sql, &[collection.into(), seq.into()])?
        .iter()
        .map(|row| {
            let member = row.text(0)?;
            let parsed =
                member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?;
            Ok((parsed, Micros(row.int(1)?)))
        })
        .collect()
}

/// The members for whom a record ever left.
///
/// # Errors
/// Those of the engine.
pub fn members(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<BTreeSet<MemberId>, StoreError> {
    // By audience, because deliveries are kept in that order.
    let sql = "SELECT DISTINCT a.member FROM audience a WHERE EXISTS
               (SELECT 1 FROM delivery d WHERE d.collection = ?1 AND d.audience = a.audience AND d.seq = ?2)";
    tx.query(sql, &[collection.into(), seq.into()])?
        .iter()
        .map(|row| {
            let member = row.text(0)?;
            member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))
        })
        .collect()
}

/// For whom records of a collection ever left: the numbers of those that left for each member, a part for each audience.
/// `seqs` rise.
///
/// # Errors
/// Those of the engine.
pub fn members_of(
    tx: &mut Tx<'_>,
    collection: &str,
    seqs: &[i64],
) -> Result<Vec<(MemberId, BTreeSet<i64>)>, StoreError> {
    let (Some(first), Some(last)) = (seqs.first(), seqs.last()) else { return Ok(Vec::new()) };
    // Where they lie close together, one walk along the index of each audience is quicker than a look at each place.
    let is_dense = last.saturating_sub(*first) / 4 <= i64::try_from(seqs.len()).unwrap_or(i64::MAX);
    let (only, mut values) = if is_dense {
        ("BETWEEN ?2 AND ?3".to_owned(), vec![Value::from(*first), Value::from(*last)])
    } else {
        let (among, numbers) = tx.among(2, seqs.iter().copied());
        (among, vec![numbers])
    };
    values.insert(0, collection.into());
    let sql = format!(
        "SELECT d.audience, d.seq FROM audience a CROSS JOIN delivery d
         WHERE d.audience = a.audience AND d.collection = ?1 AND d.seq {only}"
    );
    let mut went: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    tx.each(&sql, &values, &mut |row| {
        let (audience, seq) = (row.int(0)?, row.int(1)?);
        if seqs.binary_search(&seq).is_ok() {
            went.entry(audience).or_default().insert(seq);
        }
        Ok(())
    })?;
    let mut found = Vec::with_capacity(went.len());
    for row in tx.query("SELECT audience, member FROM audience ORDER BY audience", &[])? {
        if let Some(seqs) = went.remove(&row.int(0)?) {
            let member = row.text_ref(1)?;
            let member =
                member.parse().map_err(|_| StoreError::Row(format!("`{member}` is no member id")))?;
            found.push((member, seqs));
        }
    }
    Ok(found)
}
