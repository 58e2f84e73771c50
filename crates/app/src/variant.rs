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

/// What is left of an object for somebody who may not have its parts of these levels; none when nothing valid is.
pub(crate) fn left(
    app: &App,
    tx: &mut Tx<'_>,
    bytes: &[u8],
    denied: &BTreeSet<Option<Tlp>>,
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

/// The variant of a record without its parts of these levels, kept for the next time; none when nothing valid is left.
pub(crate) fn keep(
    app: &App,
    tx: &mut Tx<'_>,
    record: &Record,
    bytes: &[u8],
    denied: &BTreeSet<Option<Tlp>>,
) -> Result<Option<Vec<u8>>, AppError> {
    let variant = name(denied);
    if let Some(kept) = rows::content(tx, &record.key, &variant)? {
        return Ok(Some(kept));
    }
    let made = left(app, tx, bytes, denied, &Meanings::new())?;
    if let Some(made) = &made {
        rows::keep_variant(tx, &record.key, &variant, made)?;
    }
    Ok(made)
}

/// Whether nothing valid would be left of a record. Then it is not there at all for whoever asks (invariant 9).
pub(crate) fn is_withheld(
    app: &App,
    tx: &mut Tx<'_>,
    record: &Record,
    denied: &BTreeSet<Option<Tlp>>,
) -> Result<bool, AppError> {
    if denied.is_empty() || rows::content(tx, &record.key, &name(denied))?.is_some() {
        return Ok(false);
    }
    match rows::content(tx, &record.key, &[])? {
        Some(bytes) => Ok(left(app, tx, &bytes, denied, &Meanings::new())?.is_none()),
        None => Ok(true),
    }
}

/// The name of a redaction: a hash of the levels that it takes out.
fn name(denied: &BTreeSet<Option<Tlp>>) -> Vec<u8> {
    let words: Vec<&str> = denied.iter().map(|part| part.map_or("none", Tlp::short)).collect();
    Sha256::digest(words.join(" ").as_bytes()).to_vec()
}
