//! What a recall does with many records at once: a statement for all of them instead of several for each.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use comity_ledger::{Hash, commitment};
use comity_model::recall::{self as model, Recall, Scope, TargetEvent, TargetState};
use comity_model::supplement::ATTACHMENT_TYPE;
use comity_model::{MemberId, RecordState};
use comity_store::Tx;
use comity_store::tables::delivery;
use comity_store::tables::lot::{self, Salted};
use comity_store::tables::recall::{self as rows, RecallRow, TargetRow};

use super::{aside, in_words, is_for_good, is_named, speaks_for};
use crate::force::InForce;
use crate::{App, AppError};

/// Takes out of use what is here of the records that a recall names. Answers the commitments of those that it took out, in
/// the order of the recall.
///
/// Records with which nothing else is connected go all together; where other versions, files or other recalls have a say,
/// one at a time.
pub(super) fn set_aside(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (row, recall): (&RecallRow, &Recall),
    targets: &mut [TargetRow],
    actor: &str,
) -> Result<Vec<Hash>, AppError> {
    let simple = simple(tx, row, targets)?;
    let mut gone = together(app, tx, force, (row, &simple), targets, actor)?;
    for (at, target) in targets.iter_mut().enumerate() {
        if !simple.contains_key(&at) {
            let one = aside::find(app, tx, force, (row, recall), target, actor)?.0;
            gone.insert(at, one);
        }
    }
    Ok(gone.into_values().flatten().collect())
}

/// The targets, by their place in the list, of which every copy is in use and stands alone: the only version in its
/// collection, without files, named by no other recall.
fn simple(
    tx: &mut Tx<'_>,
    row: &RecallRow,
    targets: &[TargetRow],
) -> Result<BTreeMap<usize, Vec<Salted>>, AppError> {
    let mut simple = BTreeMap::new();
    if targets.len() < 2 || !matches!(row.scope, Scope::Withdraw | Scope::Restrict) {
        return Ok(simple);
    }
    let ids: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    let mut copies: HashMap<String, Vec<Salted>> = HashMap::new();
    for one in lot::of_ids(tx, &ids)? {
        copies.entry(one.0.key.id.clone()).or_default().push(one);
    }
    let disputed = lot::recalled_besides(tx, row.message, &ids)?;
    let with_files = lot::named_anywhere(tx, "record_ref", &ids)?;
    for (at, target) in targets.iter().enumerate() {
        let Some(found) = copies.remove(&target.id) else { continue };
        let mut collections = BTreeSet::new();
        let stands_alone = found.iter().all(|(one, _)| {
            is_named(row, target, one)
                && one.state == RecordState::Live
                && one.kind != ATTACHMENT_TYPE
                && collections.insert(one.key.collection.as_str())
        });
        let is_simple = stands_alone
            && target.state == TargetState::Absent
            && !disputed.contains(&target.id)
            && !with_files.contains(&target.id);
        if is_simple {
            simple.insert(at, found);
        }
    }
    Ok(simple)
}

/// Does with all of these what [`aside::find`] does with one.
fn together(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (row, simple): (&RecallRow, &BTreeMap<usize, Vec<Salted>>),
    targets: &mut [TargetRow],
    actor: &str,
) -> Result<BTreeMap<usize, Vec<Hash>>, AppError> {
    let mut gone = BTreeMap::new();
    let next = TargetState::Absent
        .step(row.scope, TargetEvent::Found)
        .map_err(|fault| AppError::Conflict(fault.to_string()))?;
    let Some(ground) = model::keeps_aside([(row.scope, next)], false) else { return Ok(gone) };
    let is_own = &row.signer == app.member() && speaks_for(app, force, &row.origin);
    let state =
        if is_for_good(row.scope) && is_own { RecordState::Withdrawn } else { RecordState::Quarantined };
    let mut seqs: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut places = Vec::with_capacity(simple.len());
    for (at, copies) in simple {
        let Some(target) = targets.get_mut(*at) else { continue };
        (target.state, target.reason) = (next, String::new());
        places.push(target.n);
        let mut markers = Vec::with_capacity(copies.len());
        for (one, salt) in copies {
            seqs.entry(&one.key.collection).or_default().push(one.seq);
            markers.push(commitment(&salt.unwrap_or_default(), &one.key.digest.0));
        }
        gone.insert(*at, markers);
    }
    if places.is_empty() {
        return Ok(gone);
    }
    let why = in_words(force, ground, row);
    for (collection, seqs) in seqs {
        lot::set_states(tx, collection, &seqs, state, &why)?;
    }
    rows::move_targets(tx, (row.message, &places), next, actor, app.now())?;
    Ok(gone)
}

/// How many of the records that a recall names left from here for each member.
pub(super) fn went_to(tx: &mut Tx<'_>, row: &RecallRow) -> Result<BTreeMap<MemberId, i64>, AppError> {
    let targets = rows::targets(tx, row.message)?;
    let ids: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, target) in targets.iter().enumerate() {
        by_id.entry(target.id.as_str()).or_default().push(at);
    }
    let mut places: HashMap<String, BTreeMap<i64, Vec<usize>>> = HashMap::new();
    for (one, _) in lot::of_ids(tx, &ids)? {
        let named = by_id.get(one.key.id.as_str()).into_iter().flatten().copied();
        let is_it = |at: &usize| targets.get(*at).is_some_and(|target| is_named(row, target, &one));
        let at: Vec<usize> = named.filter(is_it).collect();
        if !at.is_empty() {
            places.entry(one.key.collection).or_default().insert(one.seq, at);
        }
    }
    let mut went: BTreeMap<MemberId, BTreeSet<usize>> = BTreeMap::new();
    for (collection, places) in places {
        let seqs: Vec<i64> = places.keys().copied().collect();
        for (member, seqs) in delivery::members_of(tx, &collection, &seqs)? {
            let of_member = went.entry(member).or_default();
            of_member.extend(seqs.iter().filter_map(|seq| places.get(seq)).flatten());
        }
    }
    Ok(went.into_iter().map(|(member, at)| (member, i64::try_from(at.len()).unwrap_or(i64::MAX))).collect())
}
