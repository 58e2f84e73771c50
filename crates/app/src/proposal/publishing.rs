//! What became of the proposals to publish drafts, for those who keep them.

use comity_model::Micros;
use comity_store::Tx;
use comity_store::tables::desk;

use super::{Action, ProposalView, read, view};
use crate::AppError;
use crate::drafts::RefusedView;

/// Most refusals that are looked through.
const REFUSALS_READ: i64 = 1_000;

/// The proposals to publish drafts that wait, and those that were refused, the newest first.
pub(crate) struct Publishing {
    waiting: Vec<(desk::Proposal, Action)>,
    refused: Vec<(desk::Proposal, Action)>,
}

/// Reads the proposals to publish drafts that wait or were refused.
pub(crate) fn about_publishing(tx: &mut Tx<'_>) -> Result<Publishing, AppError> {
    let with_action = |row: desk::Proposal| {
        let action = read(&row.body)?;
        Ok::<_, AppError>((row, action))
    };
    let waiting = desk::waiting(tx)?.into_iter().map(with_action).collect::<Result<_, _>>()?;
    let refused = desk::refused(tx, "publish", REFUSALS_READ)?
        .into_iter()
        .map(with_action)
        .collect::<Result<_, _>>()?;
    Ok(Publishing { waiting, refused })
}

impl Publishing {
    /// The proposal to publish this draft that waits, and the last refusal of one.
    pub(crate) fn of(
        &self,
        tx: &mut Tx<'_>,
        at: &str,
        seq: i64,
    ) -> Result<(Option<ProposalView>, Option<RefusedView>), AppError> {
        let is_of = |action: &Action| matches!(action, Action::Publish { collection, seqs } if collection == at && seqs.contains(&seq));
        let waits = self
            .waiting
            .iter()
            .find(|(_, action)| is_of(action))
            .map(|(row, action)| view(row.clone(), action));
        let Some((row, _)) = self.refused.iter().find(|(_, action)| is_of(action)) else {
            return Ok((waits, None));
        };
        let refused = RefusedView {
            by: row.decided_by.clone().unwrap_or_default(),
            at: Micros(row.decided_us.unwrap_or(row.created_us)),
            reason: desk::answer(tx, &row.id)?,
        };
        Ok((waits, Some(refused)))
    }
}
