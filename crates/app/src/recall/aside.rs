//! Setting records aside, and bringing them back.

use comity_ledger::Hash;
use comity_model::recall::{Recall, Scope, TargetEvent, TargetState};
use comity_model::{Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::recall::{self as rows, RecallRow, TargetRow};
use comity_store::tables::record;

use super::{here, is_for_good, keeps_aside, speaks_for};
use crate::force::InForce;
use crate::{App, AppError, admit, allegation, attachment, compromise, journal, sight, triage, withdraw};

/// Why a record is set aside: what a recall says about it, else what is alleged; none when nothing keeps it so.
pub(crate) fn why_aside(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
) -> Result<Option<String>, AppError> {
    let alleged = match keeps_aside(tx, force, found)? {
        Some(why) => return Ok(Some(why)),
        None => allegation::about(app, tx, force, found)?,
    };
    match alleged {
        Some(why) => Ok(Some(why)),
        None => compromise::about(force, found),
    }
}

/// Takes a record out of use as a recall in force says: withdrawn where it comes from, set aside elsewhere. Answers its
/// commitment when it was in use.
pub(super) fn set(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (row, found): (&RecallRow, &Record),
    actor: &str,
) -> Result<Vec<Hash>, AppError> {
    // A recall that keeps the record aside besides the one that was lifted or the one that holds already.
    let Some(why) = keeps_aside(tx, force, found)? else { return Ok(Vec::new()) };
    if matches!(found.state, RecordState::Withdrawn | RecordState::Erased | RecordState::Held) {
        return Ok(Vec::new());
    }
    // What a delegate says of this node's own records is for a person here to decide.
    if is_for_good(row.scope) && &row.signer == app.member() && speaks_for(app, force, &found.key.origin) {
        // The leaf of the recall names it.
        withdraw::take_out(app, tx, force, found, (actor, &why))?;
        return Ok(vec![triage::marker(tx, found)?]);
    }
    let (collection, seq) = (&found.key.collection, found.seq);
    if found.state == RecordState::Quarantined {
        record::set_state(tx, collection, seq, RecordState::Quarantined, &why)?;
        return Ok(Vec::new());
    }
    let saw = sight::losers(app, tx, force, found)?;
    record::set_state(tx, collection, seq, RecordState::Quarantined, &why)?;
    let mut gone = vec![triage::marker(tx, found)?];
    // Its files say what it says.
    for file in attachment::without(tx, found, RecordState::Live)? {
        record::set_state(tx, &file.key.collection, file.seq, RecordState::Quarantined, &why)?;
        gone.push(triage::marker(tx, &file)?);
    }
    sight::show_before(app, tx, force, found, &saw)?;
    Ok(gone)
}

/// Moves a record that a recall names, and notes it; whether it stands elsewhere now.
pub(super) fn step(
    app: &App,
    tx: &mut Tx<'_>,
    row: &RecallRow,
    target: &mut TargetRow,
    event: TargetEvent,
    (reason, actor): (&str, &str),
) -> Result<bool, AppError> {
    let next = target.state.step(row.scope, event).map_err(|fault| AppError::Conflict(fault.to_string()))?;
    if next == target.state && target.reason == reason {
        return Ok(false);
    }
    (target.state, target.reason) = (next, reason.to_owned());
    Ok(rows::move_target(tx, (row.message, target.n), (next, reason), actor, app.now())?)
}

/// Looks at what is here of a record that a recall in force names, and sets it aside. Answers the commitments of what was
/// in use, and whether the record stands elsewhere now.
pub(super) fn find(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (row, recall): (&RecallRow, &Recall),
    target: &mut TargetRow,
    actor: &str,
) -> Result<(Vec<Hash>, bool), AppError> {
    let copies = here(tx, row, target)?;
    if copies.is_empty() {
        return Ok((Vec::new(), false));
    }
    let was = target.state;
    if row.scope == Scope::Narrow && copies.iter().all(|one| stands(target, one)) {
        step(app, tx, row, target, TargetEvent::Narrowed, ("", actor))?;
        let gone = bring_back(app, tx, force, copies, actor)?;
        return Ok((gone, target.state != was));
    }
    if copies.iter().all(|one| one.state == RecordState::Erased) {
        // A person here erased it before it was recalled.
        if target.state == TargetState::Absent {
            step(app, tx, row, target, TargetEvent::Found, ("", actor))?;
            if row.scope != Scope::Restrict {
                step(app, tx, row, target, TargetEvent::Purge, ("", actor))?;
            }
        }
        return Ok((Vec::new(), target.state != was));
    }
    let reason = target.reason.clone();
    step(app, tx, row, target, TargetEvent::Found, (&reason, actor))?;
    let mut gone = Vec::new();
    for one in &copies {
        gone.extend(set(app, tx, force, (row, one), actor)?);
    }
    if is_replaced(tx, recall)? && target.state == TargetState::SetAside {
        step(app, tx, row, target, TargetEvent::Replaced, ("", actor))?;
    }
    Ok((gone, target.state != was))
}

/// Whether a copy has the revision of its envelope from which on it stands.
pub(super) fn stands(target: &TargetRow, one: &Record) -> bool {
    target.revision.is_some_and(|from| i64::from(one.revision) >= from)
}

/// Whether the version that stands in the place of what a recall names is here and in use.
fn is_replaced(tx: &mut Tx<'_>, recall: &Recall) -> Result<bool, AppError> {
    let Some(new) = &recall.replacement else { return Ok(false) };
    let all = record::of_id(tx, new.id.as_str(), None, None)?;
    Ok(all.iter().map(Stored::peek).any(|one| {
        one.key.origin == recall.origin
            && one.version_at == new.version_at()
            && one.state == RecordState::Live
    }))
}

/// Puts records back in use that nothing keeps aside any more, with their files, each on a new place: who reads here has
/// passed the old one. Answers their commitments.
pub(super) fn bring_back(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    copies: Vec<Record>,
    actor: &str,
) -> Result<Vec<Hash>, AppError> {
    let mut back: Vec<Record> = Vec::new();
    for one in copies.into_iter().filter(|one| one.state == RecordState::Quarantined) {
        match why_aside(app, tx, force, &one)? {
            Some(why) => {
                record::set_state(tx, &one.key.collection, one.seq, RecordState::Quarantined, &why)?;
            }
            None => back.push(one),
        }
    }
    let mut files: Vec<Record> = Vec::new();
    for one in &back {
        for file in attachment::without(tx, one, RecordState::Quarantined)? {
            let is_known = |known: &Record| (&known.key, known.seq) == (&file.key, file.seq);
            if !files.iter().chain(&back).any(is_known) && why_aside(app, tx, force, &file)?.is_none() {
                files.push(file);
            }
        }
    }
    // The oldest first, so that the newest version is the last to come.
    back.sort_by_key(|one| (one.version_at, one.seq));
    let mut markers = Vec::new();
    for mut one in back.into_iter().chain(files) {
        one.state = RecordState::Live;
        one.reason = String::new();
        admit::shelve(app, tx, force, &mut one)?;
        markers.push(triage::marker(tx, &one)?);
    }
    if !markers.is_empty() {
        let leaf = journal::leaf(app, "records.restored", actor)
            .object(comity_ledger::root_of(&markers))
            .count(markers.len() as u64);
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(markers)
}
