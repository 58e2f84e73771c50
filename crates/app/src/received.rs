//! What a receiver adds to the handling of another member's record: readers' groups for its own people. It is its own
//! business. The envelope stays as its originator signed it, nobody else sees anything of it, and what the originator
//! states anew keeps it.

use std::collections::BTreeSet;
use std::sync::Arc;

use comity_model::{Handling, Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::{handling as handlings, record};

use crate::force::InForce;
use crate::handling::{Change, Changed, keeps_a_reader};
use crate::look::Look;
use crate::{Actor, App, AppError, admit, attachment, journal, settle, sight, subject, triage};

/// Limits every version of a received record, with its files, to readers' groups, or drops such a limit. None when the text
/// names no received record, or more than that is to be changed.
pub(crate) fn limit(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    actor: &Actor,
    (text, change): (&str, &Change),
) -> Result<Option<Changed>, AppError> {
    let groups = Change { inner: change.inner.clone(), ..Change::default() };
    if *change != groups || groups == Change::default() {
        return Ok(None);
    }
    let all: Vec<Record> = subject::all(app, tx, text)?.into_iter().map(Stored::into_inner).collect();
    if all.iter().any(|one| force.is_home_of(app, &one.key.origin)) {
        return Ok(None);
    }
    let Some(found) = all.iter().find(|one| one.state == RecordState::Live) else { return Ok(None) };
    let next = with(&found.handling, change);
    keeps_a_reader(tx, actor, found, &next)?;
    settle::reach(app, tx, force)?;
    let mut copies = 0;
    let mut look = Look::new(app, tx)?;
    for one in record::of_id(tx, &found.key.id, None, None)? {
        let one = one.into_inner();
        // What is hidden from whoever says so is limited already, and another group would open it.
        if one.key.origin != found.key.origin || !lasts(&one) || !look.sees(&one) {
            continue;
        }
        let mut limited = attachment::kept_with(tx, &one)?;
        limited.insert(0, one);
        for one in &limited {
            copies += usize::from(place(app, tx, force, one, &with(&one.handling, change))?);
        }
    }
    if copies == 0 {
        return Err(AppError::Conflict(format!("{} is handled so already", found.key.id)));
    }
    let leaf = journal::leaf(app, "record.limited", &actor.name).object(triage::marker(tx, found)?);
    journal::append(app, tx, vec![leaf])?;
    Ok(Some(Changed {
        id: found.key.id.clone(),
        version: found.key.version.clone(),
        copies,
        revision: found.revision,
        level: next.level_name().to_owned(),
    }))
}

fn lasts(one: &Record) -> bool {
    matches!(one.state, RecordState::Live | RecordState::Overdue | RecordState::Quarantined)
}

fn with(now: &Handling, change: &Change) -> Handling {
    let mut next = now.clone();
    next.inner.extend(change.inner.0.iter().cloned());
    let dropped: BTreeSet<&String> = change.inner.1.iter().collect();
    next.inner.retain(|group| !dropped.contains(group));
    next
}

/// Moves a record to the shelf of another handling; false when it stands there. Whoever may have it as before is not shown
/// it once more, so that nobody else learns that something changed; when a limit goes it is shown to all again.
fn place(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    one: &Record,
    next: &Handling,
) -> Result<bool, AppError> {
    if *one.handling == *next {
        return Ok(false);
    }
    let mut moved = one.clone();
    moved.handling_id = next.id()?;
    moved.handling = Arc::new(next.clone());
    handlings::intern(tx, moved.handling_id, next)?;
    let saw = sight::seers(app, tx, force, one)?;
    if next.is_within(&one.handling) {
        admit::move_to_shelf(app, tx, force, &moved)?;
    } else {
        admit::shelve(app, tx, force, &mut moved)?;
    }
    sight::show_before(app, tx, force, &moved, &saw)?;
    Ok(true)
}
