//! For whom a record is there, and showing an older version again to those, and only those, who lost a newer one.

use comity_model::{MemberId, Record, RecordState, Stored};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::release::{self, Audience};
use comity_store::tables::{collection, page, record, reshown};

use crate::dangling::{self, Left};
use crate::force::InForce;
use crate::variant::{self, Kept};
use crate::{App, AppError, settle};

/// The rules after which a record is kept from somebody in whatever version.
const WHOLE: [&str; 3] = ["guard-inner", "guard-originator-control", "guard-refugee"];

/// Whether a record is there for an audience: an interval shows it, and something valid is left of it.
fn is_there(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audience: &Audience,
    one: &Record,
) -> Result<bool, AppError> {
    if !page::sees(tx, &one.key.collection, audience.number, one.seq)? {
        return Ok(false);
    }
    let now = settle::instant(app, tx)?;
    let denied = force.denied(app, audience, &one.handling, &one.parts, one.state, now);
    if one.names && dangling::ends(app, tx, audience)?.cut(tx, one, &denied)?.left == Left::Nothing {
        return Ok(false);
    }
    if denied.is_empty() {
        return Ok(true);
    }
    Ok(match variant::kept(tx, one, &denied)? {
        Kept::Bytes(_) => true,
        Kept::Nothing => false,
        Kept::Unmade => variant::made(app, tx, one, &denied)?.is_some(),
    })
}

/// The audiences that a record is there for.
pub(crate) fn seers(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    one: &Record,
) -> Result<Vec<Audience>, AppError> {
    let mut found = Vec::new();
    if one.state == RecordState::Live {
        for audience in release::audiences(tx)? {
            if is_there(app, tx, force, &audience, one)? {
                found.push(audience);
            }
        }
    }
    Ok(found)
}

/// Those of them to whom an older version could be shown in its place: nobody where there is none.
pub(crate) fn losers(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    one: &Record,
) -> Result<Vec<Audience>, AppError> {
    if older(tx, one)?.is_empty() {
        return Ok(Vec::new());
    }
    seers(app, tx, force, one)
}

/// The versions before a record that are in use beside it, the newest first.
fn older(tx: &mut Tx<'_>, gone: &Record) -> Result<Vec<Record>, AppError> {
    let all = record::of_id(tx, &gone.key.id, Some(&gone.key.collection), None)?;
    let is_older = |one: &Record| {
        one.key.origin == gone.key.origin
            && one.state == RecordState::Live
            && (one.version_at, one.seq) < (gone.version_at, gone.seq)
    };
    Ok(all.into_iter().map(Stored::into_inner).filter(is_older).collect())
}

/// Shows each of these audiences, which saw a record, the newest version before it that is there for them; those that
/// still see the record are owed nothing. Whoever never saw the record is not told that it went.
pub(crate) fn show_before(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    gone: &Record,
    saw: &[Audience],
) -> Result<(), AppError> {
    if saw.is_empty() {
        return Ok(());
    }
    let older = older(tx, gone)?;
    let mut again = Vec::new();
    for audience in saw {
        if is_there(app, tx, force, audience, gone)? || is_kept_from(app, force, audience, gone) {
            continue;
        }
        for one in &older {
            if is_there(app, tx, force, audience, one)? {
                again.push((audience.number, one.seq));
                break;
            }
        }
    }
    if !again.is_empty() {
        let at_us = collection::take_instants(tx, &gone.key.collection, app.now().0, 1)?;
        reshown::show(tx, &gone.key.collection, &again, at_us)?;
    }
    Ok(())
}

/// Whether an audience may not have a record for a reason that holds for the record as a whole.
fn is_kept_from(app: &App, force: &InForce, audience: &Audience, one: &Record) -> bool {
    let decision = force.decide(app, audience, &one.handling, StateFlags::default());
    !decision.allow() && decision.rules().iter().any(|rule| WHOLE.contains(&rule.id.as_str()))
}

/// The records of a STIX id that a member knows of here: those that it brought, and those that are there for it under
/// any of its purposes. All of them for the node's own member.
pub(crate) fn known_to(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    member: &MemberId,
    id: &str,
) -> Result<Vec<Record>, AppError> {
    let audiences: Vec<Audience> =
        release::audiences(tx)?.into_iter().filter(|one| &one.member == member).collect();
    let mut known = Vec::new();
    for one in record::of_id(tx, id, None, None)?.into_iter().map(Stored::into_inner) {
        let mut is_known = member == app.member() || &one.key.origin == member;
        for audience in &audiences {
            is_known = is_known || is_there(app, tx, force, audience, &one)?;
        }
        if is_known {
            known.push(one);
        }
    }
    Ok(known)
}
