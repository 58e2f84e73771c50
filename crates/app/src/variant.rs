//! Redacted variants of records: made once for each set of levels that is taken out, and kept.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use comity_model::Record;
use comity_model::stix::{Id, Meaning, Tlp};
use comity_policy::redact;
use comity_store::Tx;
use comity_store::tables::record as rows;
use sha2::{Digest as _, Sha256};

use crate::{App, AppError, import};

/// Marking definitions whose meaning is at hand, by id.
pub(crate) type Meanings = HashMap<String, Meaning>;

/// Levels of marked parts.
pub(crate) type Parts = BTreeSet<Option<Tlp>>;

/// What is left of an object for somebody who may not have its parts of these levels; none when nothing valid is.
pub(crate) fn left(
    app: &App,
    tx: &mut Tx<'_>,
    bytes: &[u8],
    denied: &Parts,
    known: &Meanings,
) -> Result<Option<Vec<u8>>, AppError> {
    let shared = RefCell::new(tx);
    let resolve = |id: &Id| match (known.get(id.as_str()), shared.try_borrow_mut()) {
        (Some(meaning), _) => *meaning,
        (None, Ok(mut tx)) => import::stored_meaning(app, &mut tx, id.as_str()).unwrap_or(Meaning::Unknown),
        (None, Err(_)) => Meaning::Unknown,
    };
    Ok(redact(bytes, denied, &resolve)?)
}

/// What is kept of a redaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kept {
    /// What is left of the object.
    Bytes(Vec<u8>),
    /// That nothing valid is left of it.
    Nothing,
    /// Nobody has made it yet.
    Unmade,
}

/// The kept variant of a record without its parts of these levels.
pub(crate) fn kept(tx: &mut Tx<'_>, record: &Record, denied: &Parts) -> Result<Kept, AppError> {
    Ok(match rows::content(tx, &record.key, &name(denied))? {
        None => Kept::Unmade,
        Some(bytes) if bytes.is_empty() => Kept::Nothing,
        Some(bytes) => Kept::Bytes(bytes),
    })
}

/// Makes the variant of a record without its parts of these levels and keeps it for the next time; none when nothing
/// valid is left, which is kept too, as a variant without bytes. Of erased bytes nothing is left and nothing kept.
pub(crate) fn made(
    app: &App,
    tx: &mut Tx<'_>,
    record: &Record,
    denied: &Parts,
) -> Result<Option<Vec<u8>>, AppError> {
    let Some(bytes) = rows::content(tx, &record.key, &[])? else { return Ok(None) };
    let made = left(app, tx, &bytes, denied, &Meanings::new())?;
    rows::keep_variant(tx, &record.key, &name(denied), made.as_deref().unwrap_or_default())?;
    Ok(made)
}

/// The name of a redaction: a hash of the levels that it takes out.
fn name(denied: &Parts) -> Vec<u8> {
    let words: Vec<&str> = denied.iter().map(|part| part.map_or("none", Tlp::short)).collect();
    Sha256::digest(words.join(" ").as_bytes()).to_vec()
}
