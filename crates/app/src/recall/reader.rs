//! The recalls that concern a member, as its own node or program may read them here.

use comity_model::recall::HolderState;
use comity_model::stix::Digest;
use comity_store::tables::recall as rows;
use serde::Serialize;

use crate::force::in_force;
use crate::{App, AppError, Reader};

/// A recall as who was told of it reads it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReaderRecall {
    /// Its id.
    pub recall: String,
    /// Digest of the signed message.
    pub digest: Digest,
    /// Display name of the originator of the records.
    pub origin: String,
    /// What is asked.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// What is to be done with copies; empty for a lift.
    pub obligation: String,
    /// Whether it holds, and no other stands in its place.
    pub in_force: bool,
    /// When it was said.
    pub said_at: String,
    /// By when an answer is expected.
    pub due: String,
    /// Records that it names, as `id@version`.
    pub records: Vec<String>,
    /// Where the caller stands.
    pub state: &'static str,
    /// Whether its answer is overdue.
    pub overdue: bool,
}

/// The recalls that name something that the caller's member got from here, the oldest first. Of others who have it there
/// is no trace.
///
/// # Errors
/// Those of the store.
pub fn of_reader(app: &App, reader: &Reader) -> Result<Vec<ReaderRecall>, AppError> {
    app.store().read("recall.of_reader", |tx| {
        let force = in_force(app, tx)?;
        let mut all = Vec::new();
        for row in rows::list(tx, false)? {
            let Some(holder) = rows::holder(tx, row.message, &reader.member)? else { continue };
            let state: HolderState = holder.holder.state;
            let records = rows::targets(tx, row.message)?
                .into_iter()
                .map(|target| format!("{}@{}", target.id, target.version))
                .collect();
            all.push(ReaderRecall {
                digest: row.message,
                origin: force.name_of(&row.origin).to_owned(),
                scope: row.scope.name().to_owned(),
                reason: row.reason.name().to_owned(),
                obligation: row.obligation.map_or("", comity_model::recall::Obligation::name).to_owned(),
                in_force: !row.is_superseded,
                said_at: row.said.to_string(),
                due: row.deadline.to_string(),
                recall: row.id,
                records,
                state: state.name(),
                overdue: !row.is_superseded && state.is_overdue(holder.due, app.now()),
            });
        }
        Ok(all)
    })
}
