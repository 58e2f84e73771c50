//! What a holder answers, and what its answers mean to who told it.

use comity_ledger::Hash;
use comity_model::recall::{Onward, RecallAnswer, Refusal, TargetState};
use comity_model::stix::Digest;
use comity_model::{MemberId, SignedMessage};
use comity_store::Tx;
use comity_store::tables::outbox;
use comity_store::tables::recall::{self as rows, HolderRow, RecallRow};

use super::Kept;
use crate::exchange::{self, Judged};
use crate::{App, AppError, journal};

/// Answers everybody who told of a recall how it stands here now.
pub(super) fn send(app: &App, tx: &mut Tx<'_>, digest: Digest) -> Result<(), AppError> {
    let tellers = rows::tellers(tx, digest)?;
    say(app, tx, digest, &tellers)
}

/// Answers one member that told of a recall.
pub(super) fn send_to(app: &App, tx: &mut Tx<'_>, digest: Digest, to: &MemberId) -> Result<(), AppError> {
    say(app, tx, digest, std::slice::from_ref(to))
}

fn say(app: &App, tx: &mut Tx<'_>, digest: Digest, to: &[MemberId]) -> Result<(), AppError> {
    // Nobody waits for answers to what another recall stands in place of.
    let Some(row) = rows::find(tx, digest)?.filter(|row| !row.is_superseded) else { return Ok(()) };
    if &row.signer == app.member() || to.is_empty() {
        return Ok(());
    }
    let leaf = journal::leaf(app, "recall.answered", "node").object(Hash(digest.0)).count(to.len() as u64);
    let leaf = journal::append(app, tx, vec![leaf])?.unsigned_abs();
    let counter = counter(tx, &row)?;
    for member in to {
        let onward = match &counter {
            Some(counter) if counter == member => beyond(tx, digest)?,
            _ => Onward::default(),
        };
        let answer = over(tx, &row, onward, leaf)?;
        exchange::say(app, tx, member, &answer)?;
    }
    Ok(())
}

/// Who learns what became of a recall behind this node: who says it, or whose records they are, once that told of it; else
/// the member that told of it first. It is one member, so that nobody is counted twice.
pub(super) fn counter(tx: &mut Tx<'_>, row: &RecallRow) -> Result<Option<MemberId>, AppError> {
    let mut tellers = rows::tellers(tx, row.message)?;
    let by_right = [&row.signer, &row.origin].into_iter().find(|member| tellers.contains(member));
    Ok(by_right.cloned().or_else(|| (!tellers.is_empty()).then(|| tellers.remove(0))))
}

/// The answer as things stand here.
fn over(tx: &mut Tx<'_>, row: &RecallRow, onward: Onward, leaf: u64) -> Result<RecallAnswer, AppError> {
    let targets: Vec<(TargetState, Option<Refusal>)> = rows::targets(tx, row.message)?
        .into_iter()
        .map(|target| (target.state, Refusal::from_name(&target.reason)))
        .collect();
    Ok(RecallAnswer::over(row.message, row.obligation, &targets, onward, leaf))
}

/// What became of a recall at those whom this node told, and behind them.
pub(super) fn beyond(tx: &mut Tx<'_>, digest: Digest) -> Result<Onward, AppError> {
    let mut known = Vec::new();
    for holder in rows::holders(tx, digest)? {
        known.push((holder.holder.state, answer_of(tx, &holder)?));
    }
    Ok(Onward::over(known.iter().map(|(state, answer)| (*state, answer.as_ref()))))
}

/// The answer of a holder that counts.
pub(super) fn answer_of(tx: &mut Tx<'_>, holder: &HolderRow) -> Result<Option<RecallAnswer>, AppError> {
    let Some(order) = holder.holder.answer else { return Ok(None) };
    let Some(message) = outbox::find(tx, order.digest)? else { return Ok(None) };
    Ok(Some(RecallAnswer::read(&SignedMessage::from_json(&message.body)?)?))
}

/// Takes what a member answers: of one that got from here what was recalled, and of no other.
pub(crate) fn take(app: &App, tx: &mut Tx<'_>, signed: &SignedMessage) -> Result<Judged, AppError> {
    let Ok(answer) = RecallAnswer::read(signed) else { return Ok(Judged::Refused("not-of-its-form")) };
    // This node may have lost the recall, and get it back from those whom it told.
    let Some(kept) = Kept::find(tx, answer.recall)? else {
        return Ok(Judged::Waits("unknown-recall".into()));
    };
    let member = &signed.message.from;
    let Some(mut holder) = rows::holder(tx, answer.recall, member)? else {
        return Ok(Judged::Refused("not-a-holder"));
    };
    if let Err(fault) = answer.fits(answer.recall, &kept.recall) {
        return Ok(Judged::Refused(fault.code()));
    }
    let digest = signed.digest()?;
    let order = answer.order(signed.message.at, digest);
    let Ok(moved) = holder.holder.answered(order, &answer) else {
        return Ok(Judged::Refused("not-possible"));
    };
    let Some(moved) = moved else { return Ok(Judged::Taken) };
    let before = beyond(tx, answer.recall)?;
    holder.holder = moved;
    holder.told = holder.told.or(Some(app.now()));
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    holder.onward = (count(answer.onward.told), count(answer.onward.open));
    rows::keep_holder(tx, &holder)?;
    let leaf = journal::leaf(app, "recall.answer-received", "node")
        .member(member.as_str())
        .object(Hash(digest.0))
        .detail("state", moved.state.name());
    journal::append(app, tx, vec![leaf])?;
    outward(app, tx, answer.recall, &before)?;
    Ok(Judged::Taken)
}

/// Tells who learns of it when the counts of those behind it are others than before.
pub(super) fn outward(app: &App, tx: &mut Tx<'_>, recall: Digest, before: &Onward) -> Result<(), AppError> {
    let Some(row) = rows::find(tx, recall)? else { return Ok(()) };
    let Some(counter) = counter(tx, &row)? else { return Ok(()) };
    if beyond(tx, recall)? != *before {
        send_to(app, tx, recall, &counter)?;
    }
    Ok(())
}
