//! What members say is wrong with records of others. The signed messages, with the words, are kept by [`super::outbox`].

use comity_model::recall::Doubt;
use comity_model::stix::Digest;
use comity_model::{MemberId, Micros};

use crate::{Row, StoreError, Tx};

/// A dispute that was made here or came here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DisputeRow {
    /// Digest of the signed message: its name.
    pub message: Digest,
    /// Who says it.
    pub member: MemberId,
    /// STIX id of the record.
    pub id: String,
    /// Its version as an instant.
    pub version_at: Micros,
    /// Digest of the whole object.
    pub object: Digest,
    /// What is the matter.
    pub reason: Doubt,
    /// Whether it was said here.
    pub is_own: bool,
    /// Whether somebody here is done with it.
    pub is_closed: bool,
    /// When it was made or came.
    pub at: Micros,
}

const DISPUTE: &str = "message, member, id, version_us, object, reason, own, state, at_us";

fn read(row: &Row) -> Result<DisputeRow, StoreError> {
    let (member, reason) = (row.text_ref(1)?, row.text_ref(5)?);
    Ok(DisputeRow {
        message: Digest(row.hash(0)?),
        member: member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?,
        id: row.text(2)?,
        version_at: Micros(row.int(3)?),
        object: Digest(row.hash(4)?),
        reason: Doubt::from_name(reason)
            .ok_or_else(|| StoreError::Corrupt(format!("`{reason}` is no reason of a dispute")))?,
        is_own: row.bool(6)?,
        is_closed: row.text_ref(7)? == "closed",
        at: Micros(row.int(8)?),
    })
}

/// How many disputes of a member came since then.
///
/// # Errors
/// Those of the engine.
pub fn count_since(tx: &mut Tx<'_>, member: &MemberId, since: Micros) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM dispute WHERE member = ?1 AND at_us > ?2";
    tx.query_one(sql, &[member.as_str().into(), since.0.into()])?.map_or(Ok(0), |row| row.int(0))
}

/// Keeps a dispute; false, and nothing is changed, when it is known.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, one: &DisputeRow) -> Result<bool, StoreError> {
    let added = tx.exec(
        &format!(
            "INSERT INTO dispute ({DISPUTE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (message) DO NOTHING"
        ),
        &[
            one.message.0.into(),
            one.member.as_str().into(),
            (&one.id).into(),
            one.version_at.0.into(),
            one.object.0.into(),
            one.reason.name().into(),
            one.is_own.into(),
            if one.is_closed { "closed" } else { "open" }.into(),
            one.at.0.into(),
        ],
    )?;
    Ok(added > 0)
}

/// What is disputed about an object, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn about(tx: &mut Tx<'_>, id: &str) -> Result<Vec<DisputeRow>, StoreError> {
    let sql = format!("SELECT {DISPUTE} FROM dispute WHERE id = ?1 ORDER BY at_us, message");
    tx.query(&sql, &[id.into()])?.iter().map(read).collect()
}

/// Every dispute with which nobody is done, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn open(tx: &mut Tx<'_>) -> Result<Vec<DisputeRow>, StoreError> {
    let sql = format!("SELECT {DISPUTE} FROM dispute WHERE state = 'open' ORDER BY at_us, message");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Notes that somebody is done with a dispute; false when none of this digest was open.
///
/// # Errors
/// Those of the engine.
pub fn close(tx: &mut Tx<'_>, message: Digest) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE dispute SET state = 'closed' WHERE message = ?1 AND state = 'open'",
        &[message.0.into()],
    )?;
    Ok(changed > 0)
}
