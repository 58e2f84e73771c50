//! What becomes of a record that went out with less, or not at all, because of what it names: once that may be seen, the
//! record is shown once more to that audience, and to no other.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::Stored;
use comity_store::Tx;
use comity_store::tables::withheld::{self, Withheld};
use comity_store::tables::{collection, page, record, release, reshown};

use super::{Ends, ends};
use crate::{App, AppError};

/// Something came under these ids, or got another place.
pub(crate) fn came(app: &App, tx: &mut Tx<'_>, ids: &[&str]) -> Result<(), AppError> {
    let rows = withheld::of_targets(tx, ids)?;
    look_again(app, tx, rows)
}

/// Shelves were opened to these audiences.
pub(crate) fn opened(app: &App, tx: &mut Tx<'_>, audiences: &BTreeSet<i64>) -> Result<(), AppError> {
    if audiences.is_empty() {
        return Ok(());
    }
    let mut rows = withheld::all(tx)?;
    rows.retain(|one| audiences.contains(&one.audience));
    look_again(app, tx, rows)
}

/// Everything was decided again.
pub(crate) fn settled(app: &App, tx: &mut Tx<'_>) -> Result<(), AppError> {
    let rows = withheld::all(tx)?;
    look_again(app, tx, rows)
}

fn look_again(app: &App, tx: &mut Tx<'_>, mut rows: Vec<Withheld>) -> Result<(), AppError> {
    while !rows.is_empty() {
        let mut by_audience: BTreeMap<i64, Vec<Withheld>> = BTreeMap::new();
        for row in rows {
            by_audience.entry(row.audience).or_default().push(row);
        }
        let mut grown = BTreeSet::new();
        for (number, rows) in by_audience {
            if let Some(audience) = release::audience(tx, number)? {
                let mut ends = ends(app, tx, &audience)?;
                grown.extend(of_audience(app, tx, &mut ends, rows)?);
            }
        }
        // What names a record that was withheld whole lacks that one too.
        let grown: Vec<&str> = grown.iter().map(String::as_str).collect();
        rows = if grown.is_empty() { Vec::new() } else { withheld::of_targets(tx, &grown)? };
    }
    Ok(())
}

/// The ids of the records of which an audience gets more than before.
fn of_audience(
    app: &App,
    tx: &mut Tx<'_>,
    ends: &mut Ends<'_>,
    rows: Vec<Withheld>,
) -> Result<BTreeSet<String>, AppError> {
    let mut by_record: BTreeMap<(String, i64), Vec<Withheld>> = BTreeMap::new();
    for row in rows {
        by_record.entry((row.collection.clone(), row.seq)).or_default().push(row);
    }
    let mut grown = BTreeSet::new();
    for ((collection, seq), rows) in by_record {
        let Some(one) = record::numbered(tx, &collection, seq)?.map(Stored::into_inner) else { continue };
        let gone = ends.gone_of(tx, &one)?;
        let mut returns = None;
        for row in rows.iter().filter(|row| !gone.contains(&row.target)) {
            withheld::lift(tx, row)?;
            returns = Some(row.audience);
        }
        if let Some(audience) = returns
            && page::sees(tx, &collection, audience, seq)?
        {
            let at_us = collection::take_instants(tx, &collection, app.now().0, 1)?;
            reshown::show(tx, &collection, &[(audience, seq)], at_us)?;
            grown.insert(one.key.id);
        }
    }
    Ok(grown)
}
