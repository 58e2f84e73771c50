//! Taking a record of one's own back: it leaves every stream at once, and a tombstone stays.

use comity_model::recall::Reason;
use comity_model::{Record, RecordState};
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;

use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{Actor, App, AppError, Role, attachment, journal, recall, sight, subject};

/// A record that was withdrawn.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Withdrawn {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
}

/// Withdraws the records that a text names (all versions, or one).
///
/// # Errors
/// [`AppError::Denied`] without the role release officer, or when another member is the originator;
/// [`AppError::NotFound`] for an unknown record.
pub fn run(app: &App, actor: &Actor, text: &str, reason: &str) -> Result<Vec<Withdrawn>, AppError> {
    actor.require(&[Role::ReleaseOfficer], "withdraw records")?;
    app.store().write("withdraw.run", |tx| {
        let force = in_force(app, tx)?;
        let mut done = Vec::new();
        let mut gone = Vec::new();
        for found in subject::own(app, tx, text, "withdraw it")? {
            if !matches!(found.state, RecordState::Withdrawn | RecordState::Erased) {
                one(app, tx, &force, &found, &actor.name, reason)?;
                done.push(Withdrawn { id: found.key.id.clone(), version: found.key.version.clone() });
                gone.push(found);
            }
        }
        recall::follow(app, tx, &force, &gone, (Reason::Withdrawn, &actor.name))?;
        Ok(done)
    })
}

/// Withdraws one record and shows the version before it again to those who saw it, so that nobody who skipped that one is
/// left without.
pub(crate) fn one(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    actor: &str,
    reason: &str,
) -> Result<(), AppError> {
    take_out(app, tx, force, found, (actor, reason))?;
    let salt = record::salt(tx, &found.key.collection, found.seq)?.unwrap_or_default();
    let leaf = journal::leaf(app, "record.withdrawn", actor)
        .object(comity_ledger::commitment(&salt, &found.key.digest.0));
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// Does what [`one`] does where the caller's leaf names the record.
pub(crate) fn take_out(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    (actor, reason): (&str, &str),
) -> Result<(), AppError> {
    // A draft was visible to nobody, so it hid nothing.
    let saw = sight::losers(app, tx, force, found)?;
    record::set_state(tx, &found.key.collection, found.seq, RecordState::Withdrawn, reason)?;
    attachment::withdraw_with(app, tx, force, found, (actor, reason))?;
    sight::show_before(app, tx, force, found, &saw)
}

/// Withdraws the older versions of a record that say another category of the person: what somebody is taken for no more
/// is not told of them any longer.
///
/// # Errors
/// Those of [`older_of_other_category`].
pub(crate) fn of_other_category(
    app: &App,
    tx: &mut Tx<'_>,
    new: &Record,
    actor: &str,
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    let older = older_of_other_category(app, tx, new)?;
    for one in &older {
        self::one(app, tx, &force, one, actor, "category changed")?;
    }
    recall::follow(app, tx, &force, &older, (Reason::Wrong, actor))
}

/// The older versions of a record that say another category of the person, the oldest first, so that none of them is shown
/// again in place of the next.
///
/// # Errors
/// [`AppError::Denied`] when whoever looks does not see them all: nobody decides about what they do not see.
pub(crate) fn older_of_other_category(
    app: &App,
    tx: &mut Tx<'_>,
    new: &Record,
) -> Result<Vec<Record>, AppError> {
    if new.handling.category.is_none() {
        return Ok(Vec::new());
    }
    let mut older: Vec<Record> = record::of_id(tx, &new.key.id, None, None)?
        .into_iter()
        .map(comity_model::Stored::into_inner)
        .filter(|one| one.key.origin == new.key.origin && one.version_at < new.version_at)
        .filter(|one| matches!(one.state, RecordState::Live | RecordState::Held | RecordState::Overdue))
        .filter(|one| one.handling.category != new.handling.category)
        .collect();
    let mut look = Look::new(app, tx)?;
    if !older.iter().all(|one| look.sees(one)) {
        return Err(AppError::Denied(format!(
            "to say another category withdraws the older versions of {}, and not every one is there for you: somebody \
             who sees them all does this",
            new.key.id
        )));
    }
    older.sort_by_key(|one| (one.version_at, one.seq));
    Ok(older)
}
