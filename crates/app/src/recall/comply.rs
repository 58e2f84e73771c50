//! What people of a holder decide about records that were recalled.

use comity_ledger::Hash;
use comity_model::recall::{Refusal, TargetEvent, TargetState, may_purge};
use comity_model::{Record, RecordState};
use comity_store::Tx;
use comity_store::tables::recall::{self as rows, RecallRow, TargetRow};
use comity_store::tables::record;
use serde::Serialize;

use super::{answer, aside, here, named, naming};
use crate::erase::{self, Cause, Scope};
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{Actor, App, AppError, Role, attachment, journal, triage};

/// What a person decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How<'a> {
    /// To erase it, as was asked.
    Purge,
    /// To keep it, out of use, on grounds of one's own. The words stay here.
    Hold {
        /// Why, in words.
        ground: &'a str,
    },
    /// To refuse what was asked. It stays out of use.
    Refuse {
        /// Why, as a code.
        reason: Refusal,
    },
}

/// What came of a decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Complied {
    /// The recall.
    pub recall: String,
    /// Records about which it was decided now.
    pub decided: usize,
    /// Records about which nobody has decided yet.
    pub open: usize,
    /// Records that the recall names.
    pub of: usize,
    /// Whether everything is decided, so that those who told of it have the answer.
    pub answered: bool,
}

/// Decides about what a recall names here: all that nobody decided about, or one record (`id` or `id@version`), and
/// answers once everything is decided.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer or data protection, or where not all of it is there for the
/// person; [`AppError::NotFound`] for an unknown recall or a record that it does not name; [`AppError::Conflict`] when
/// nothing of it is here or can be decided so.
pub fn comply(
    app: &App,
    actor: &Actor,
    recall: &str,
    only: Option<&str>,
    how: How<'_>,
) -> Result<Complied, AppError> {
    actor.require(&[Role::ReleaseOfficer, Role::DataProtection], "decide about recalled records")?;
    let ground = match how {
        How::Hold { ground } => Some(triage::reason("--ground", ground)?),
        _ => None,
    };
    app.store().write("recall.comply", |tx| {
        let force = in_force(app, tx)?;
        let row = named(tx, recall)?;
        if &row.signer == app.member() {
            return Err(AppError::Conflict(format!("{recall} was made here: its holders decide")));
        }
        if row.is_superseded {
            return Err(AppError::Conflict(format!("another recall stands in place of {recall}")));
        }
        let mut targets = rows::targets(tx, row.message)?;
        let of = targets.len();
        let mut decided = 0;
        let mut is_named = false;
        for target in &mut targets {
            let name = format!("{}@{}", target.id, target.version);
            let is_meant = only.is_none_or(|text| text == target.id || text == name);
            is_named |= is_meant;
            let is_done = matches!(target.state, TargetState::Absent | TargetState::Purged)
                || (only.is_none()
                    && !matches!(target.state, TargetState::SetAside | TargetState::Corrected));
            if is_meant && !is_done {
                decide(app, tx, &force, (&row, target), (how, ground.as_deref()), actor)?;
                decided += 1;
            }
        }
        if !is_named {
            let text = only.unwrap_or_default();
            return Err(AppError::NotFound(format!("{recall} does not name {text}")));
        }
        if decided == 0 {
            return Err(AppError::Conflict(format!(
                "nothing of {recall} waits for a decision here: see `comity recalls show {recall}`"
            )));
        }
        let leaf = journal::leaf(app, "recall.decided", &actor.name)
            .object(Hash(row.message.0))
            .count(decided as u64)
            .detail("outcome", word(how));
        journal::append(app, tx, vec![leaf])?;
        let open = targets.iter().filter(|one| one.state.outcome(row.obligation).is_none()).count();
        if open == 0 {
            answer::send(app, tx, row.message)?;
        }
        Ok(Complied { recall: row.id, decided, open, of, answered: open == 0 })
    })
}

fn word(how: How<'_>) -> &'static str {
    match how {
        How::Purge => "purged",
        How::Hold { .. } => "held",
        How::Refuse { .. } => "refused",
    }
}

fn decide(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (row, target): (&RecallRow, &mut TargetRow),
    (how, ground): (How<'_>, Option<&str>),
    actor: &Actor,
) -> Result<(), AppError> {
    let copies = here(tx, row, target)?;
    let mut look = Look::new(app, tx)?;
    // Nobody decides about what they do not see.
    if !copies.iter().all(|one| look.sees(one)) {
        return Err(AppError::Denied(format!(
            "not every record of {} is there for you: somebody who sees them all decides",
            row.id
        )));
    }
    match how {
        How::Purge => {
            purge(app, tx, force, (row, copies), &actor.name)?;
            aside::step(app, tx, row, target, TargetEvent::Purge, ("", &actor.name))?;
        }
        How::Hold { .. } => {
            let code = Refusal::OwnGrounds.name();
            aside::step(app, tx, row, target, TargetEvent::Hold, (code, &actor.name))?;
            for one in copies.iter().filter(|one| one.state == RecordState::Quarantined) {
                let why = format!("{}; held here: {}", one.reason, ground.unwrap_or_default());
                record::set_state(tx, &one.key.collection, one.seq, RecordState::Quarantined, &why)?;
            }
        }
        How::Refuse { reason } => {
            aside::step(app, tx, row, target, TargetEvent::Refuse, (reason.name(), &actor.name))?;
        }
    }
    Ok(())
}

/// Erases what is here of a record, unless another recall in force wants it kept.
fn purge(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (row, copies): (&RecallRow, Vec<Record>),
    actor: &str,
) -> Result<(), AppError> {
    let authority: String =
        format!("{} of {}", row.id, force.name_of(&row.signer)).chars().take(200).collect();
    let cause = Cause { reason: erase::RECALLED.into(), authority, scope: Scope::Recalled };
    for one in copies {
        let key = &one.key;
        let files = attachment::records(tx, &key.origin, &key.id, Some(&key.collection))?;
        let asked: Vec<_> =
            naming(tx, &one)?.into_iter().filter_map(|(recall, _)| recall.obligation).collect();
        may_purge(asked).map_err(|fault| AppError::Conflict(fault.to_string()))?;
        erase::one(app, tx, force, &one, &cause, actor)?;
        // Its files go with its last version: what another recall wants of them is asked as well. A fault undoes it all.
        for file in files.into_iter().filter(|file| file.state != RecordState::Erased) {
            is_left(tx, &file)?;
        }
    }
    Ok(())
}

/// Checks that a file that was here is here still, or that no recall in force wants it kept.
fn is_left(tx: &mut Tx<'_>, file: &Record) -> Result<(), AppError> {
    let now = record::numbered(tx, &file.key.collection, file.seq)?;
    if now.is_some_and(|now| now.peek().state != RecordState::Erased) {
        return Ok(());
    }
    let asked: Vec<_> = naming(tx, file)?.into_iter().filter_map(|(recall, _)| recall.obligation).collect();
    may_purge(asked)
        .map_err(|fault| AppError::Conflict(format!("{}, which goes with it: {fault}", file.key.id)))
}
