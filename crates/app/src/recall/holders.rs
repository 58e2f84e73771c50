//! Those to whom this node gave what is recalled: telling them, and waiting for their answers.

use std::collections::{BTreeMap, BTreeSet};

use comity_ledger::Hash;
use comity_model::recall::{Holder, HolderEvent, HolderState, Late, Overdue};
use comity_model::stix::Digest;
use comity_model::{MemberId, Micros, SignedMessage};
use comity_store::Tx;
use comity_store::tables::delivery;
use comity_store::tables::outbox::{self, Mailbox};
use comity_store::tables::recall::{self as rows, HolderRow, RecallRow, TargetRow};

use super::{answer, bulk, here, named};
use crate::exchange::{self, Judged};
use crate::force::{InForce, find_member, in_force};
use crate::onward::danger;
use crate::{Actor, App, AppError, Role, journal, triage};

/// Holders about whom one transaction tells the chair: the next one goes on.
const LATE_AT_ONCE: i64 = 500;

/// Where a holder stands after something happened.
pub(super) fn moved(holder: &HolderRow, event: HolderEvent) -> Result<HolderState, AppError> {
    holder.holder.state.step(event).map_err(|fault| AppError::Conflict(fault.to_string()))
}

/// Tells everybody to whom this node gave what a recall in force names. Who told this node knows of it.
pub(super) fn tell(app: &App, tx: &mut Tx<'_>, force: &InForce, digest: Digest) -> Result<(), AppError> {
    let Some(row) = rows::find(tx, digest)?.filter(|row| !row.is_superseded) else { return Ok(()) };
    let is_own = &row.signer == app.member();
    if !is_own && !row.cascade {
        return Ok(());
    }
    let mut counts = bulk::went_to(tx, &row)?;
    if is_own {
        passed_on(app, tx, &row, &mut counts)?;
    }
    if is_own {
        // Its originator learns what its delegate says.
        let all = i64::try_from(rows::targets(tx, digest)?.len()).unwrap_or(i64::MAX);
        counts.entry(row.origin.clone()).or_insert(all);
    }
    let tellers = rows::tellers(tx, digest)?;
    counts.retain(|member, _| {
        let is_here = is_own && member == &row.origin && force.hosts(app, member);
        let knows = tellers.contains(member) || member == &row.signer || member == app.member();
        !(is_here || knows)
    });
    let holders: Vec<HolderRow> = counts
        .into_iter()
        .map(|(member, targets)| {
            let known = force.agreement.member(&member);
            let state = HolderState::first(known.is_some_and(|one| one.active && !one.keys.is_empty()));
            first(&row, &member, state, targets)
        })
        .collect();
    rows::keep_holders(tx, &holders)?;
    Ok(rows::queue(tx, digest, app.now())?)
}

/// Adds those to whom others passed it on for a danger to life, of which this node was told, and to whom it did not go
/// from here too.
fn passed_on(
    app: &App,
    tx: &mut Tx<'_>,
    row: &RecallRow,
    counts: &mut BTreeMap<MemberId, i64>,
) -> Result<(), AppError> {
    let thirds = danger::thirds(app, tx)?;
    if thirds.is_empty() {
        return Ok(());
    }
    let targets = rows::targets(tx, row.message)?;
    let mut met: BTreeSet<(Digest, MemberId)> = BTreeSet::new();
    for (one, third) in thirds {
        let is_it = |target: &&TargetRow| {
            one.id.as_str() == target.id
                && one.version_at() == target.version_at
                && one.object == target.object
        };
        for target in targets.iter().filter(is_it) {
            let mut went = false;
            for found in here(tx, row, target)? {
                went |= delivery::members(tx, &found.key.collection, found.seq)?.contains(&third);
            }
            if !went && met.insert((target.object, third.clone())) {
                *counts.entry(third.clone()).or_default() += 1;
            }
        }
    }
    Ok(())
}

fn first(row: &RecallRow, member: &MemberId, state: HolderState, targets: i64) -> HolderRow {
    HolderRow {
        message: row.message,
        member: member.clone(),
        holder: Holder { state, answer: None },
        reason: String::new(),
        targets,
        due: due(row),
        told: None,
        onward: (0, 0),
        escalated: None,
        closed_by: None,
    }
}

/// By when those whom this node tells are to answer. A recall that came after its deadline gives them as long as it gave
/// the first ones, from when it came: nobody is overdue before anybody could answer.
fn due(row: &RecallRow) -> Micros {
    if row.deadline > row.at {
        return row.deadline;
    }
    Micros(row.at.0.saturating_add(row.deadline.0.saturating_sub(row.said.0)))
}

/// A member has a recall of this node, which does not know any more that it told it: it waits for its answer again.
pub(super) fn lost(tx: &mut Tx<'_>, digest: Digest, member: &MemberId) -> Result<(), AppError> {
    let Some(row) = rows::find(tx, digest)? else { return Ok(()) };
    let count = rows::targets(tx, digest)?.len();
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Ok(rows::keep_holder(tx, &first(&row, member, HolderState::Told, count))?)
}

/// A holder says that it has the recall.
pub(super) fn heard(app: &App, tx: &mut Tx<'_>, mut holder: HolderRow) -> Result<(), AppError> {
    if holder.holder.state != HolderState::Queued {
        return Ok(());
    }
    holder.holder.state = moved(&holder, HolderEvent::Delivered)?;
    holder.told = Some(app.now());
    Ok(rows::keep_holder(tx, &holder)?)
}

/// The node of a member was met: it has what it said to have, and one that had no key has one now.
pub(crate) fn met(app: &App, tx: &mut Tx<'_>, mailbox: &Mailbox) -> Result<(), AppError> {
    for holder in rows::arrived(tx, &mailbox.member, mailbox.told_n)? {
        heard(app, tx, holder)?;
    }
    for mut holder in rows::unable(tx, &mailbox.member)? {
        holder.holder.state = moved(&holder, HolderEvent::Keyed)?;
        rows::keep_holder(tx, &holder)?;
        outbox::queue(tx, &mailbox.member, holder.message, app.now().0)?;
    }
    Ok(())
}

/// A person waits no longer for a member's answer, and says why.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown recall, or a member that
/// did not get from here what it names; [`AppError::Conflict`] for one that has finished; [`AppError::Invalid`] without
/// a reason.
pub fn close(app: &App, actor: &Actor, recall: &str, member: &str, reason: &str) -> Result<(), AppError> {
    actor.require(&[Role::ReleaseOfficer], "close a recall for a member")?;
    let reason = triage::reason("--reason", reason)?;
    app.store().write("recall.close", |tx| {
        let force = in_force(app, tx)?;
        let row = named(tx, recall)?;
        let id = find_member(&force, member)?;
        let mut holder = rows::holder(tx, row.message, &id)?.ok_or_else(|| {
            AppError::NotFound(format!("{member} did not get from this node what {recall} names"))
        })?;
        let before = answer::beyond(tx, row.message)?;
        holder.holder.state = moved(&holder, HolderEvent::Closed)?;
        holder.reason.clone_from(&reason);
        holder.closed_by = Some(actor.name.clone());
        rows::keep_holder(tx, &holder)?;
        let leaf =
            journal::leaf(app, "recall.closed", &actor.name).member(id.as_str()).object(Hash(row.message.0));
        journal::append(app, tx, vec![leaf])?;
        answer::outward(app, tx, row.message, &before)
    })
}

/// Whether somebody has not answered in time and nobody was told yet.
pub(crate) fn is_due(tx: &mut Tx<'_>, now: Micros) -> Result<bool, AppError> {
    Ok(!rows::newly_overdue(tx, now, 1)?.is_empty())
}

/// Notes, once, who has not answered in time, and tells the chair of the community.
pub(crate) fn act(app: &App, tx: &mut Tx<'_>, force: &InForce, now: Micros) -> Result<(), AppError> {
    let mut late: BTreeMap<Digest, Vec<HolderRow>> = BTreeMap::new();
    for holder in rows::newly_overdue(tx, now, LATE_AT_ONCE)? {
        late.entry(holder.message).or_default().push(holder);
    }
    let chair = force.agreement.chair.as_ref().filter(|chair| *chair != app.member());
    for (recall, holders) in late {
        let mut leaves = Vec::new();
        let mut members = Vec::new();
        for mut holder in holders {
            let state = holder.holder.state;
            members.push(Late { member: holder.member.clone(), state, since: holder.due });
            leaves.push(
                journal::leaf(app, "recall.overdue", "clock")
                    .member(holder.member.as_str())
                    .object(Hash(recall.0))
                    .detail("state", state.name()),
            );
            holder.escalated = Some(now);
            rows::keep_holder(tx, &holder)?;
        }
        if let Some(chair) = chair {
            leaves.push(journal::leaf(app, "recall.escalated", "clock").object(Hash(recall.0)));
            exchange::say(app, tx, chair, &Overdue { recall, members })?;
        }
        journal::append(app, tx, leaves)?;
    }
    Ok(())
}

/// Takes what a member says about those who did not answer it: it is kept, and people are told.
pub(crate) fn take_overdue(app: &App, tx: &mut Tx<'_>, signed: &SignedMessage) -> Result<Judged, AppError> {
    let Ok(said) = Overdue::read(signed) else { return Ok(Judged::Refused("not-of-its-form")) };
    let leaf = journal::leaf(app, "recall.overdue-told", "node")
        .member(signed.message.from.as_str())
        .object(Hash(signed.digest()?.0))
        .count(said.members.len() as u64);
    journal::append(app, tx, vec![leaf])?;
    tracing::warn!(by = %signed.message.from, members = said.members.len(), "members do not answer a recall");
    Ok(Judged::Taken)
}
