//! The last word of each member about what was served to it.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::stix::Digest;
use comity_model::{MemberId, Micros};

use super::record::marks;
use crate::{StoreError, Tx, Value};

/// Digests asked for in one statement.
const CHUNK: usize = 500;

/// What a member said about something that was served to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// Code of why it was not taken; empty when the member has it.
    pub reason: String,
    /// The signed message that says so.
    pub message: Digest,
    /// When it was said.
    pub at: Micros,
}

/// Which of these were served to a member, in whatever context.
///
/// # Errors
/// Those of the engine.
pub fn served(
    tx: &mut Tx<'_>,
    member: &MemberId,
    digests: &[Digest],
) -> Result<BTreeSet<Digest>, StoreError> {
    let mut found = BTreeSet::new();
    for chunk in digests.chunks(CHUNK) {
        // The sign keeps the engine from walking through everything that ever left for the member.
        let sql = format!(
            "SELECT DISTINCT served FROM delivery WHERE served IN ({})
             AND +audience IN (SELECT audience FROM audience WHERE member = ?1)",
            marks(2, chunk.len())
        );
        for row in tx.query(&sql, &params(member, chunk))? {
            found.insert(Digest(row.hash(0)?));
        }
    }
    Ok(found)
}

fn params(member: &MemberId, digests: &[Digest]) -> Vec<Value> {
    let mut params: Vec<Value> = vec![member.as_str().into()];
    params.extend(digests.iter().map(|one| Value::from(one.0)));
    params
}

/// Keeps what a member said in one message; what it said later holds.
///
/// # Errors
/// Those of the engine.
pub fn keep(
    tx: &mut Tx<'_>,
    member: &MemberId,
    (message, at): (Digest, Micros),
    said: impl Iterator<Item = (Digest, &'static str)>,
) -> Result<(), StoreError> {
    let mut rows: Vec<Value> = Vec::new();
    for (served, reason) in said {
        rows.extend([
            member.as_str().into(),
            served.0.into(),
            reason.into(),
            message.0.into(),
            Value::from(at.0),
        ]);
    }
    tx.insert_many(
        "INSERT INTO receipt (member, served, reason, message, at_us)",
        5,
        &rows,
        "ON CONFLICT (member, served) DO UPDATE SET reason = excluded.reason, message = excluded.message,
         at_us = excluded.at_us WHERE receipt.at_us <= excluded.at_us",
    )?;
    Ok(())
}

/// What a member said about these.
///
/// # Errors
/// Those of the engine.
pub fn of(
    tx: &mut Tx<'_>,
    member: &MemberId,
    digests: &[Digest],
) -> Result<BTreeMap<Digest, Word>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in digests.chunks(CHUNK) {
        let sql = format!(
            "SELECT served, reason, message, at_us FROM receipt WHERE member = ?1 AND served IN ({})",
            marks(2, chunk.len())
        );
        for row in tx.query(&sql, &params(member, chunk))? {
            let word = Word { reason: row.text(1)?, message: Digest(row.hash(2)?), at: Micros(row.int(3)?) };
            found.insert(Digest(row.hash(0)?), word);
        }
    }
    Ok(found)
}
