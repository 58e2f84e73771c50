//! What a recall keeps out, and what it meets when it arrives later.

use std::collections::{BTreeMap, HashMap};

use comity_model::recall::{Arrival, Scope, TargetState};
use comity_model::stix::Digest;
use comity_model::{MemberId, NotTaken, Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::recall::{self as rows, TargetRow};
use comity_store::tables::record;

use super::{Kept, answer, aside, is_named};
use crate::admit::{Admitted, Batch, Candidate, Statement};
use crate::force::InForce;
use crate::why::Why;
use crate::{App, AppError, exchange, journal};

/// Why candidates are kept out by recalls in force: the reason for people, by the place of the candidate.
pub(crate) fn kept_out(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    origin: &MemberId,
    items: &[(Candidate, Statement)],
) -> Result<HashMap<usize, Why>, AppError> {
    let mut out = HashMap::new();
    if items.is_empty() || !rows::is_any(tx)? {
        return Ok(out);
    }
    let object = |(candidate, statement): &(Candidate, Statement)| {
        statement.received.as_ref().map_or(candidate.digest, |received| received.object)
    };
    let ids: Vec<&str> = items.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
    // What comes with an envelope of its originator is known by its id.
    let bare = items.iter().filter(|(_, statement)| statement.received.is_none());
    let objects: Vec<Digest> = bare.map(object).collect();
    let mut named = rows::of_ids(tx, origin, &ids)?;
    named.extend(rows::of_objects(tx, &objects)?);
    if named.is_empty() {
        return Ok(out);
    }
    let mut known: BTreeMap<Digest, Kept> = BTreeMap::new();
    for target in &named {
        if !known.contains_key(&target.message)
            && let Some(kept) = Kept::find(tx, target.message)?
        {
            known.insert(target.message, kept);
        }
    }
    for (at, item) in items.iter().enumerate() {
        let (candidate, statement) = item;
        let object = object(item);
        let is_about = |target: &&TargetRow| target.id == candidate.id || target.object == object;
        if !named.iter().any(|target| is_about(&target)) {
            continue;
        }
        let first_origin = first_origin(tx, &candidate.id, object)?;
        let arrival = Arrival {
            origin,
            id: &candidate.id,
            version_at: candidate.version_at,
            object,
            revision: statement.received.as_ref().map(|received| received.revision),
            first_origin: first_origin.as_ref(),
        };
        // What narrows a record of one's own took no bytes back here.
        let is_own = |kept: &Kept| &kept.row.signer == app.member() && kept.row.scope == Scope::Narrow;
        let keeps = |kept: &&Kept| !is_own(kept) && kept.recall.keeps_out(&arrival).is_some();
        if let Some(kept) = known.values().find(keeps) {
            out.insert(at, why(app, force, kept));
        }
    }
    Ok(out)
}

fn why(app: &App, force: &InForce, kept: &Kept) -> Why {
    let row = &kept.row;
    if &row.signer == app.member() {
        let text = format!("it was withdrawn and recalled ({}); publish a new version instead", row.id);
        return Why::new(NotTaken::Recalled, text);
    }
    let text = format!(
        "{} recalled it ({}, {}; {}): only a later version is taken",
        force.name_of(&row.signer),
        row.scope.name(),
        row.reason.name(),
        row.id
    );
    Why::new(NotTaken::Recalled, text)
}

/// As whose record these bytes came here first.
fn first_origin(tx: &mut Tx<'_>, id: &str, object: Digest) -> Result<Option<MemberId>, AppError> {
    let all = record::of_id(tx, id, None, None)?.into_iter().map(Stored::into_inner);
    let first = all.filter(|one| one.key.digest == object).min_by_key(|one| (one.leaf, one.seq));
    Ok(first.map(|one| one.key.origin))
}

/// Records came. What a recall in force stops is set aside at once; what was waited for (a replacement, a narrower
/// handling) is noted. Who told of the recall learns what changed.
pub(crate) fn arrived(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    (items, outcomes): (&[(Candidate, Statement)], &[Admitted]),
) -> Result<(), AppError> {
    let came = items
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| matches!(outcome, Admitted::Accepted(_) | Admitted::Changed));
    let ids: Vec<&str> = came.map(|((candidate, _), _)| candidate.id.as_str()).collect();
    // A recall that could not be judged without them may be judged now.
    exchange::came(app, tx, &ids)?;
    if !rows::is_any(tx)? {
        return Ok(());
    }
    let mut changed: BTreeMap<Digest, bool> = BTreeMap::new();
    let mut gone = Vec::new();
    for mut target in rows::of_ids(tx, batch.origin, &ids)? {
        let Some(kept) = Kept::find(tx, target.message)? else { continue };
        if &kept.row.origin != batch.origin || !concerns(tx, &kept, &target)? {
            continue;
        }
        let (set_aside, moved) =
            aside::find(app, tx, force, (&kept.row, &kept.recall), &mut target, batch.actor)?;
        gone.extend(set_aside);
        *changed.entry(target.message).or_default() |= moved;
    }
    if !gone.is_empty() {
        let leaf = journal::leaf(app, "records.set-aside", batch.actor)
            .object(comity_ledger::root_of(&gone))
            .count(gone.len() as u64);
        journal::append(app, tx, vec![leaf])?;
    }
    for (recall, _) in changed.into_iter().filter(|(_, moved)| *moved) {
        answer::send(app, tx, recall)?;
    }
    Ok(())
}

/// Whether something is to be done about a target now that its object came again.
fn concerns(tx: &mut Tx<'_>, kept: &Kept, target: &TargetRow) -> Result<bool, AppError> {
    Ok(match kept.row.scope {
        Scope::Lift => false,
        Scope::Correct if target.state == TargetState::SetAside => true,
        Scope::Narrow if target.state != TargetState::Narrowed => true,
        _ => {
            let all = record::of_id(tx, &target.id, None, None)?;
            let is_used = |one: &Record| {
                !matches!(
                    one.state,
                    RecordState::Quarantined
                        | RecordState::Withdrawn
                        | RecordState::Erased
                        | RecordState::Held
                )
            };
            all.iter().map(Stored::peek).any(|one| is_named(&kept.row, target, one) && is_used(one))
        }
    })
}
