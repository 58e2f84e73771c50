//! Publishing what was kept back.

use comity_model::RecordState;
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;

use crate::force::in_force;
use crate::proposal::{self, Action, Outcome};
use crate::threshold::Threshold;
use crate::{Actor, App, AppError, Role, admit, allegation, attachment, journal, settle, subject, withdraw};

/// A record that was published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Published {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
}

/// Publishes a draft, or proposes it where the agreement asks for a second person.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown record;
/// [`AppError::Conflict`] when it is published already.
pub fn run(app: &App, actor: &Actor, text: &str) -> Result<Outcome<Published>, AppError> {
    actor.require(&[Role::ReleaseOfficer], "publish records")?;
    app.store().write("publish.run", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::own(app, tx, text, "publish it")?
            .into_iter()
            .max_by_key(|one| (one.state == RecordState::Held, one.version_at, one.seq))
            .ok_or_else(|| AppError::NotFound(format!("there is no record `{text}`")))?;
        if found.state != RecordState::Held {
            return Err(AppError::Conflict(format!(
                "{} is {}, not a draft",
                found.key.id,
                found.state.name()
            )));
        }
        let collection = found.key.collection.clone();
        if let Some(reason) = Threshold::of(app, tx, &force, &found.key.origin)?.asks(None, &found.handling) {
            let action = Action::Publish { collection, seqs: vec![found.seq] };
            return proposal::propose(app, tx, actor, &action, reason).map(Outcome::Pending);
        }
        place_held(app, tx, &actor.name, &collection, &[found.seq])?;
        Ok(Outcome::Done(Published { id: found.key.id, version: found.key.version }))
    })
}

/// Puts held records on their shelves.
pub(crate) fn place_held(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &str,
    collection: &str,
    seqs: &[i64],
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    settle::reach(app, tx, &force)?;
    let mut commitments = Vec::new();
    let mut published = Vec::new();
    let mut waiting = seqs.to_vec();
    let mut at = 0;
    while let Some(seq) = waiting.get(at).copied() {
        at += 1;
        let Some(stored) = record::numbered(tx, collection, seq)? else { continue };
        let mut held = stored.into_inner();
        if held.state != RecordState::Held {
            continue;
        }
        if let Some(why) = allegation::about(app, tx, &force, &held)? {
            return Err(AppError::Conflict(format!("{}: {why}; see `comity quarantine list`", held.key.id)));
        }
        // Its files were held back with it.
        waiting.extend(attachment::held_with(tx, &held)?);
        published.push(held.key.id.clone());
        held.state = RecordState::Live;
        held.reason = String::new();
        admit::shelve(app, tx, &force, &mut held)?;
        withdraw::of_other_category(app, tx, &held, actor)?;
        let salt = record::salt(tx, collection, seq)?.unwrap_or_default();
        commitments.push(comity_ledger::commitment(&salt, &held.key.digest.0));
    }
    if !commitments.is_empty() {
        let leaf = journal::leaf(app, "held.published", actor)
            .object(comity_ledger::root_of(&commitments))
            .count(commitments.len() as u64)
            .detail("collection", collection);
        journal::append(app, tx, vec![leaf])?;
    }
    let ids: Vec<&str> = published.iter().map(String::as_str).collect();
    attachment::follow_new(app, tx, &force, actor, (collection, &ids))
}
