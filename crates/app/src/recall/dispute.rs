//! Disputes: what a member says is wrong with a record of another. It goes to the originator alone, and changes nothing.

use comity_ledger::Hash;
use comity_model::recall::{Dispute, Doubt, Target};
use comity_model::stix::{Digest, Id, Timestamp};
use comity_model::{MemberId, Record, SignedMessage};
use comity_store::Tx;
use comity_store::tables::dispute::{self as rows, DisputeRow};
use comity_store::tables::{outbox, record};
use serde::Serialize;

use crate::exchange::{self, Judged};
use crate::force::{InForce, in_force};
use crate::limits::MessageLimits;
use crate::look::Look;
use crate::{Actor, App, AppError, Role, journal, subject, triage};

/// What a member says is wrong with a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DisputeView {
    /// Digest of the signed message: its name.
    pub dispute: Digest,
    /// Display name of who says it.
    pub member: String,
    /// STIX id of the record.
    pub id: String,
    /// Its version as an instant.
    pub version: String,
    /// What is the matter, as a code.
    pub reason: String,
    /// In words.
    pub text: String,
    /// Whether it was said here.
    pub own: bool,
    /// When it was made or came.
    pub at: String,
}

/// A version of a record as messages name it.
pub(crate) fn target_of(found: &Record, revision: Option<u32>) -> Result<Target, AppError> {
    let version: Timestamp = found
        .key
        .version
        .parse()
        .map_err(|_| AppError::Internal(format!("`{}` is no version", found.key.version)))?;
    let id: Id =
        found.key.id.parse().map_err(|_| AppError::Internal(format!("`{}` is no STIX id", found.key.id)))?;
    Ok(Target { id, version, object: found.key.digest, revision })
}

/// Says to the originator of a record what is wrong with it. Nothing changes, here or there, by that alone.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst, release officer or data protection; [`AppError::NotFound`] for an
/// unknown record; [`AppError::Conflict`] for a record of one's own, or whose originator cannot be told.
pub fn dispute(
    app: &App,
    actor: &Actor,
    text: &str,
    reason: Doubt,
    words: &str,
) -> Result<DisputeView, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer, Role::DataProtection], "dispute a record")?;
    let words = triage::reason("--text", words)?;
    app.store().write("recall.dispute", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        let origin = &found.key.origin;
        if force.is_home_of(app, origin) {
            return Err(AppError::Conflict(format!(
                "{text} is a record of your own: change it with `comity edit`, or take it back with `comity recall`"
            )));
        }
        if force.agreement.member(origin).is_none_or(|one| !one.active || one.keys.is_empty()) {
            return Err(AppError::Conflict(format!(
                "{} has no node that could be told: speak with its people",
                force.name_of(origin)
            )));
        }
        let said = Dispute { target: target_of(&found, None)?, reason, text: words.clone() };
        let signed = exchange::say(app, tx, origin, &said)?;
        let row = row_of(app, &signed, &said, app.member().clone())?;
        rows::keep(tx, &row)?;
        let leaf = journal::leaf(app, "dispute.made", &actor.name).object(Hash(row.message.0));
        journal::append(app, tx, vec![leaf])?;
        Ok(view(&force, row, words.clone()))
    })
}

fn row_of(
    app: &App,
    signed: &SignedMessage,
    said: &Dispute,
    member: MemberId,
) -> Result<DisputeRow, AppError> {
    Ok(DisputeRow {
        message: signed.digest()?,
        is_own: &member == app.member(),
        member,
        id: said.target.id.as_str().to_owned(),
        version_at: said.target.version_at(),
        object: said.target.object,
        reason: said.reason,
        is_closed: false,
        at: app.now(),
    })
}

fn view(force: &InForce, row: DisputeRow, text: String) -> DisputeView {
    DisputeView {
        dispute: row.message,
        member: force.name_of(&row.member).to_owned(),
        id: row.id,
        version: row.version_at.to_string(),
        reason: row.reason.name().to_owned(),
        text,
        own: row.is_own,
        at: row.at.to_string(),
    }
}

/// Takes a dispute about a record of this node's own member.
pub(crate) fn take(app: &App, tx: &mut Tx<'_>, signed: &SignedMessage) -> Result<Judged, AppError> {
    let Ok(said) = Dispute::read(signed) else { return Ok(Judged::Refused("not-of-its-form")) };
    let all = record::of_id(tx, said.target.id.as_str(), None, None)?;
    let is_it = |one: &Record| &one.key.origin == app.member() && one.version_at == said.target.version_at();
    if !all.iter().any(|one| is_it(one.peek())) {
        return Ok(Judged::Refused("not-our-record"));
    }
    let a_day_ago = app.now().plus_seconds(-86_400);
    if rows::count_since(tx, &signed.message.from, a_day_ago)? >= MessageLimits::DISPUTES_MAX {
        return Ok(Judged::Refused("too-many-disputes"));
    }
    let row = row_of(app, signed, &said, signed.message.from.clone())?;
    rows::keep(tx, &row)?;
    let leaf = journal::leaf(app, "dispute.received", "node")
        .member(signed.message.from.as_str())
        .object(Hash(row.message.0));
    journal::append(app, tx, vec![leaf])?;
    Ok(Judged::Taken)
}

/// The disputes with which nobody is done: those that came here, and those that were made here.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads.
pub fn disputes(app: &App, actor: &Actor) -> Result<Vec<DisputeView>, AppError> {
    actor.may_read()?;
    app.store().read("recall.disputes", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let mut views = Vec::new();
        for row in rows::open(tx)? {
            if !look.sees_object(tx, &row.id)? {
                continue;
            }
            let Some(message) = outbox::find(tx, row.message)? else { continue };
            let said = Dispute::read(&SignedMessage::from_json(&message.body)?)?;
            views.push(view(&force, row, said.text));
        }
        Ok(views)
    })
}

/// Somebody here is done with a dispute.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer or data protection; [`AppError::NotFound`] when none of this
/// digest is open.
pub fn end_dispute(app: &App, actor: &Actor, dispute: &str) -> Result<(), AppError> {
    actor.require(&[Role::ReleaseOfficer, Role::DataProtection], "close a dispute")?;
    app.store().write("recall.end_dispute", |tx| {
        let absent =
            || AppError::NotFound(format!("no dispute `{dispute}` is open: see `comity recalls --disputes`"));
        let digest: Digest = dispute.parse().map_err(|_| absent())?;
        if !rows::close(tx, digest)? {
            return Err(absent());
        }
        let leaf = journal::leaf(app, "dispute.closed", &actor.name).object(Hash(digest.0));
        journal::append(app, tx, vec![leaf])?;
        Ok(())
    })
}
