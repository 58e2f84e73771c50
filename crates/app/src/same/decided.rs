//! What people decided about a record and others, as far as whoever looks sees the others.

use comity_store::Tx;
use comity_store::tables::life::{self, Sameness};

use super::{Decided, MERGED_MAX};
use crate::look::Look;
use crate::{App, AppError};

/// The decisions about a record that still stand.
pub(super) fn standing(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<Vec<Decided>, AppError> {
    let mut all = decisions(app, tx, id)?;
    all.retain(|one| one.undone.is_none());
    Ok(all)
}

/// Every decision about a record and another that whoever looks sees, oldest first.
pub(super) fn decisions(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<Vec<Decided>, AppError> {
    let mut look = Look::new(app, tx)?;
    let mut seen = Vec::new();
    for one in life::samenesses(tx, id)? {
        let one = decided(id, &one);
        if look.sees_object(tx, &one.other)? {
            seen.push(one);
        }
    }
    Ok(seen)
}

pub(super) fn decided(id: &str, one: &Sameness) -> Decided {
    let other = if one.low == id { &one.high } else { &one.low };
    Decided {
        other: other.clone(),
        same: one.same,
        by: one.actor.clone(),
        at: comity_model::Micros(one.at_us).to_string(),
        reason: one.reason.clone(),
        undone: one
            .undone
            .as_ref()
            .map(|(by, reason, at)| format!("by {by} at {}: {reason}", comity_model::Micros(*at))),
    }
}

/// The records that decisions link to one, itself first.
pub(super) fn linked(
    app: &App,
    tx: &mut Tx<'_>,
    first: String,
) -> Result<(Vec<String>, Vec<Decided>), AppError> {
    let mut ids = vec![first];
    let mut decisions = Vec::new();
    let mut at = 0;
    while let Some(id) = ids.get(at).cloned() {
        for known in standing(app, tx, &id)?.into_iter().filter(|known| known.same) {
            if ids.len() < MERGED_MAX && !ids.contains(&known.other) {
                ids.push(known.other.clone());
                decisions.push(known);
            }
        }
        at += 1;
    }
    Ok((ids, decisions))
}
