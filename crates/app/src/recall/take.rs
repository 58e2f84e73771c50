//! Taking a recall: whoever brings it, the originator's signature counts.

use std::collections::BTreeSet;

use comity_ledger::{Hash, root_of};
use comity_model::message::Body as _;
use comity_model::recall::{
    Claim, HolderEvent, Recall, RecallFault, Says, Scope, Target, TargetEvent, TargetState,
};
use comity_model::stix::Digest;
use comity_model::{MemberId, Receipt, Record, RecordState, SignedMessage};
use comity_store::Tx;
use comity_store::tables::outbox::{self, MessageRow, MessageState};
use comity_store::tables::recall::{self as rows, RecallRow, TargetRow};
use comity_store::tables::{peer, record};

use super::{Kept, answer, aside, bulk, holders};
use crate::exchange::{self, Judged, Way};
use crate::force::{InForce, in_force};
use crate::limits::MessageLimits;
use crate::{App, AppError, catchup, journal};

/// A recall waits since its speaker said so many in a day: each of them takes records out of use here.
pub(crate) const TOO_MANY: &str = "too-many-recalls-today";

/// Whether a member said so many recalls in a day that the next ones wait. A node that catches up takes all that it missed.
fn is_too_many(app: &App, tx: &mut Tx<'_>, signer: &MemberId) -> Result<bool, AppError> {
    if signer == app.member() || catchup::is_behind(tx)? {
        return Ok(false);
    }
    let day = app.now().plus_seconds(-86_400);
    Ok(rows::count_since(tx, signer, day)? >= app.limits().messages.recalls)
}

/// Takes a recall that a member brought; its signature was checked.
pub(crate) fn take(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (via, way): (&MemberId, Way),
    signed: &SignedMessage,
) -> Result<Judged, AppError> {
    let digest = signed.digest()?;
    let Ok(recall) = Recall::read(signed) else {
        return refused(app, tx, (via, digest), signed, "not-of-its-form");
    };
    if is_too_many(app, tx, &signed.message.from)? {
        return Ok(Judged::Waits(TOO_MANY.into()));
    }
    let mut unheld = None;
    let says = match judge(tx, force, &signed.message.from, (&recall.origin, &recall.targets), &mut unheld)? {
        Ok(says) => says,
        Err(RecallFault::NothingHeld) => {
            if outbox::count_waiting(tx, via, exchange::NOTHING_HELD, digest)? >= MessageLimits::UNHELD_MAX {
                return refused(app, tx, (via, digest), signed, "too-many-unheld");
            }
            return Ok(Judged::Waits(exchange::waits_for(force, unheld.unwrap_or_default()).into()));
        }
        Err(fault) => return refused(app, tx, (via, digest), signed, fault.code()),
    };
    let actor = format!("member:{via}");
    let kept = Kept { row: row_of(app, signed, digest, &recall, says), recall };
    let gone = enter(app, tx, force, kept, &actor)?;
    let leaf = journal::leaf(app, "recall.taken", "node")
        .member(signed.message.from.as_str())
        .object(Hash(digest.0))
        .count(gone.len() as u64)
        .detail("records", &root_of(&gone).to_string());
    journal::append(app, tx, vec![leaf])?;
    for member in rows::tellers_below(tx, digest)? {
        is_asking(tx, force, digest, &member)?;
    }
    if way == Way::Listed || &signed.message.from == app.member() {
        holders::tell(app, tx, force, digest)?;
        told(app, tx, force, (via, way), digest)?;
    } else {
        told(app, tx, force, (via, way), digest)?;
        holders::tell(app, tx, force, digest)?;
    }
    answer::send(app, tx, digest)?;
    Ok(Judged::Taken)
}

/// A recall that is known here is said once more: by another member, or since the two do not know the same.
pub(crate) fn told_again(
    app: &App,
    tx: &mut Tx<'_>,
    (via, way): (&MemberId, Way),
    known: &MessageRow,
) -> Result<(), AppError> {
    if known.state == MessageState::Refused {
        rows::told_by(tx, known.digest, via, false)?;
    }
    let Some(row) = rows::find(tx, known.digest)? else { return Ok(()) };
    let force = in_force(app, tx)?;
    let before = answer::counter(tx, &row)?;
    if told(app, tx, &force, (via, way), known.digest)? {
        if before.is_none() || answer::counter(tx, &row)? == before {
            answer::send_to(app, tx, known.digest, via)?;
        } else {
            // Who learned what is behind this node until now learns that it is counted elsewhere.
            answer::send(app, tx, known.digest)?;
        }
    }
    Ok(())
}

/// Notes that a member told of a recall. Answers go to who speaks, to whose records they are and its host, and to those
/// from which this node has records: to others it says by no answer what is here. Whether it gets them now and did not
/// before.
fn is_asking(tx: &mut Tx<'_>, force: &InForce, digest: Digest, via: &MemberId) -> Result<bool, AppError> {
    let Some(row) = rows::find(tx, digest)? else { return Ok(false) };
    let host = force.agreement.member(&row.origin).and_then(|origin| origin.hosted_by.as_ref());
    let is_by_right = via == &row.signer || via == &row.origin || Some(via) == host;
    let is_answered = is_by_right
        || peer::list(tx)?.iter().any(|one| &one.member == via)
        || outbox::has_said(tx, via, Receipt::KIND)?;
    Ok(rows::told_by(tx, digest, via, is_answered)?)
}

/// Notes who told of a recall; whether the member waits for an answer and did not before. Who got the records from here
/// and lists what it knows does not ask.
fn told(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (via, way): (&MemberId, Way),
    digest: Digest,
) -> Result<bool, AppError> {
    let is_own = rows::find(tx, digest)?.is_some_and(|row| &row.signer == app.member());
    if let Some(holder) = rows::holder(tx, digest, via)? {
        holders::heard(app, tx, holder)?;
        if way == Way::Listed || is_own {
            return Ok(false);
        }
    }
    if is_own {
        // This node told it, and does not know that any more.
        holders::lost(tx, digest, via)?;
        return Ok(false);
    }
    is_asking(tx, force, digest, via)
}

/// Notes that a recall is refused, so that nobody has to send it again, and everybody who looks can see it.
fn refused(
    app: &App,
    tx: &mut Tx<'_>,
    (via, digest): (&MemberId, Digest),
    signed: &SignedMessage,
    code: &'static str,
) -> Result<Judged, AppError> {
    // Who brings so much that is refused is not noted each time.
    if outbox::count_refused(tx, via)? >= app.limits().messages.refused {
        return Ok(Judged::Refused(code));
    }
    rows::told_by(tx, digest, via, false)?;
    let leaf = journal::leaf(app, "recall.refused", "node")
        .member(signed.message.from.as_str())
        .object(Hash(digest.0))
        .detail("reason", code);
    journal::append(app, tx, vec![leaf])?;
    tracing::warn!(signer = %signed.message.from, %via, reason = code, "a recall was refused");
    Ok(Judged::Refused(code))
}

/// As whom a member recalls records of `origin`, by the agreement in force and by what is held here. The first record of which nothing is
/// held that could show that it is a delegate is `unheld`; the others are not looked for.
pub(super) fn judge<'a>(
    tx: &mut Tx<'_>,
    force: &InForce,
    signer: &MemberId,
    (origin, targets): (&MemberId, &'a [Target]),
    unheld: &mut Option<&'a str>,
) -> Result<Result<Says, RecallFault>, AppError> {
    let member = force.agreement.member(origin);
    let by_itself = Claim { signer, origin, member, delegates: &[] }.judge();
    if by_itself != Err(RecallFault::NothingHeld) {
        return Ok(by_itself);
    }
    let mut held: Vec<BTreeSet<MemberId>> = Vec::with_capacity(targets.len());
    for target in targets {
        let all = record::of_id(tx, target.id.as_str(), None, None)?;
        let is_it = |one: &&Record| {
            &one.key.origin == origin
                && one.version_at == target.version_at()
                && (target.is_dated() || one.key.digest == target.object)
        };
        let Some(found) = all.iter().map(comity_model::Stored::peek).find(is_it) else {
            *unheld = Some(target.id.as_str());
            break;
        };
        held.push(found.handling.delegates.clone());
    }
    let mut delegates: Vec<Option<&BTreeSet<MemberId>>> = held.iter().map(Some).collect();
    if unheld.is_some() {
        delegates.push(None);
    }
    Ok(Claim { signer, origin, member, delegates: &delegates }.judge())
}

/// The row of a recall that was not known.
pub(super) fn row_of(
    app: &App,
    signed: &SignedMessage,
    digest: Digest,
    recall: &Recall,
    says: Says,
) -> RecallRow {
    RecallRow {
        message: digest,
        id: signed.message.id.clone(),
        origin: recall.origin.clone(),
        signer: signed.message.from.clone(),
        says,
        number: i64::try_from(recall.number).unwrap_or(i64::MAX),
        scope: recall.scope,
        reason: recall.reason,
        obligation: recall.obligation,
        supersedes: recall.supersedes,
        cascade: recall.cascade,
        is_superseded: false,
        said: signed.message.at,
        deadline: recall.deadline,
        at: app.now(),
    }
}

fn targets_of(kept: &Kept, actor: &str) -> Vec<TargetRow> {
    (1..)
        .zip(&kept.recall.targets)
        .map(|(n, target)| TargetRow {
            message: kept.row.message,
            n,
            id: target.id.as_str().to_owned(),
            version_at: target.version_at(),
            version: target.version.as_str().to_owned(),
            object: target.object,
            revision: target.revision.map(i64::from),
            state: TargetState::Absent,
            reason: String::new(),
            actor: actor.to_owned(),
            at: kept.row.at,
        })
        .collect()
}

/// Writes a recall that was made or taken, and does what it says with what is here. Answers the commitments of the records
/// that it took out of use, or put back.
pub(super) fn enter(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    mut kept: Kept,
    actor: &str,
) -> Result<Vec<Hash>, AppError> {
    let newer = replaced_by(tx, &kept)?;
    kept.row.is_superseded = !newer.is_empty();
    let mut targets = targets_of(&kept, actor);
    if !rows::keep(tx, &kept.row, &targets)? {
        return Ok(Vec::new());
    }
    for newer in newer.iter().filter(|newer| newer.recall.scope == Scope::Lift) {
        for target in &mut targets {
            aside::step(app, tx, &kept.row, target, TargetEvent::Lifted, ("", actor))?;
        }
        lifted_first(app, tx, &newer.row, actor)?;
    }
    let replaces = supersede(app, tx, &kept, actor)?;
    if kept.row.is_superseded {
        return Ok(Vec::new());
    }
    if kept.recall.scope == Scope::Lift {
        return lift(app, tx, force, (&kept.row, &mut targets, replaces), actor);
    }
    bulk::set_aside(app, tx, force, (&kept.row, &kept.recall), &mut targets, actor)
}

/// The recalls that were here first and stand in place of this one.
fn replaced_by(tx: &mut Tx<'_>, kept: &Kept) -> Result<Vec<Kept>, AppError> {
    let mut all = Vec::new();
    for row in rows::naming(tx, kept.row.message)? {
        if let Some(newer) = Kept::find(tx, row.message)?
            && newer.known().replaces(&kept.known()).is_ok()
        {
            all.push(newer);
        }
    }
    Ok(all)
}

/// A lift was here before its restriction, and could not end it: it does now, and who asked is answered again, so that
/// both orders end alike.
fn lifted_first(app: &App, tx: &mut Tx<'_>, lift: &RecallRow, actor: &str) -> Result<(), AppError> {
    let mut has_moved = false;
    for mut target in rows::targets(tx, lift.message)? {
        if !super::here(tx, lift, &target)?.is_empty() {
            has_moved |= aside::step(app, tx, lift, &mut target, TargetEvent::Lifted, ("", actor))?;
        }
    }
    if has_moved {
        answer::send(app, tx, lift.message)?;
    }
    Ok(())
}

/// Puts a recall in place of the one that it names, if it may; whether it does.
fn supersede(app: &App, tx: &mut Tx<'_>, kept: &Kept, actor: &str) -> Result<bool, AppError> {
    let Some(named) = kept.row.supersedes else { return Ok(false) };
    let Some(older) = Kept::find(tx, named)? else { return Ok(false) };
    if kept.known().replaces(&older.known()).is_err() {
        return Ok(false);
    }
    if kept.recall.scope == Scope::Lift {
        for mut target in rows::targets(tx, named)? {
            aside::step(app, tx, &older.row, &mut target, TargetEvent::Lifted, ("", actor))?;
        }
    }
    if rows::supersede(tx, named)? {
        for mut holder in rows::holders(tx, named)? {
            holder.holder.state = holders::moved(&holder, HolderEvent::Superseded)?;
            rows::keep_holder(tx, &holder)?;
        }
        let leaf = journal::leaf(app, "recall.superseded", actor).object(Hash(named.0));
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(true)
}

/// Ends a restriction that is known here; one that is not known yet is lifted when it comes.
fn lift(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (row, targets, replaces): (&RecallRow, &mut [TargetRow], bool),
    actor: &str,
) -> Result<Vec<Hash>, AppError> {
    let mut copies = Vec::new();
    for target in targets {
        let here = super::here(tx, row, target)?;
        if !replaces || here.is_empty() {
            continue;
        }
        aside::step(app, tx, row, target, TargetEvent::Lifted, ("", actor))?;
        copies.extend(here.into_iter().filter(|one| one.state == RecordState::Quarantined));
    }
    aside::bring_back(app, tx, force, copies, actor)
}
