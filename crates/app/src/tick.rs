//! The clocks of governance: triage, review dates, erasure. They are acted upon in the transaction of every page and
//! write that they govern; a server also looks by itself, and `comity tick` does by hand.

use comity_model::Micros;
use comity_store::Tx;
use comity_store::tables::{review as dates, triage as rows};
use serde::Serialize;

use crate::council::figure;
use crate::force::{InForce, in_force};
use crate::{App, AppError, recall, review, settle, triage};

const DAY_SECONDS: i64 = 86_400;
/// Records that one transaction erases: the next one goes on.
const ERASED_AT_ONCE: i64 = 100;

/// What the clocks did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Ticked {
    /// Taken out of use because their review date passed.
    pub overdue: usize,
    /// Erased because nobody kept them after their review date.
    pub erased: usize,
    /// Erased because nobody accepted them from triage.
    pub dropped: usize,
    /// Own figures that say since now that what they counted has changed.
    pub figures: usize,
    /// Due for review within the warning time of the agreement.
    pub due_soon: usize,
}

/// The instants up to which triage and review dates lead to erasure.
fn ends(force: &InForce, now: Micros) -> (Micros, Micros) {
    let clocks = &force.agreement.clocks;
    let ago = |days: u32| now.plus_seconds(-i64::from(days) * DAY_SECONDS);
    (ago(clocks.triage_days), ago(clocks.erase_days))
}

/// Acts upon every clock that has run by this instant.
pub(crate) fn act(app: &App, tx: &mut Tx<'_>, force: &InForce, now: Micros) -> Result<Ticked, AppError> {
    let overdue = review::pass(app, tx, now)?;
    if !app.has_keys() {
        return Ok(Ticked { overdue, ..Ticked::default() });
    }
    recall::act(app, tx, force, now)?;
    let (triage_end, review_end) = ends(force, now);
    Ok(Ticked {
        overdue,
        erased: review::expire(app, tx, force, review_end, ERASED_AT_ONCE)?,
        dropped: triage::expire(app, tx, force, triage_end, ERASED_AT_ONCE)?,
        figures: 0,
        due_soon: 0,
    })
}

/// Whether a clock has run and nobody acted upon it yet.
pub(crate) fn is_due(app: &App, tx: &mut Tx<'_>, now: Micros) -> Result<bool, AppError> {
    let force = in_force(app, tx)?;
    let (triage_end, review_end) = if app.has_keys() { ends(&force, now) } else { (Micros(0), Micros(0)) };
    let is_late = app.has_keys() && recall::is_due(tx, now)?;
    Ok(is_late || dates::waits(tx, now, review_end)? || !rows::waiting(tx, triage_end, (0, 1))?.is_empty())
}

/// Acts upon every clock, until nothing is left to do.
///
/// # Errors
/// Those of the store; [`AppError::Environment`] on a node without its keys.
pub fn run(app: &App) -> Result<Ticked, AppError> {
    app.keys()?;
    let mut done = Ticked::default();
    while app.store().read("tick.due", |tx| settle::is_due(app, tx))? {
        let once = app.store().write("tick.act", |tx| {
            let force = in_force(app, tx)?;
            let now = settle::instant(app, tx)?;
            let once = act(app, tx, &force, now)?;
            settle::dates(app, tx, &force)?;
            Ok::<_, AppError>(once)
        })?;
        done.overdue += once.overdue;
        done.erased += once.erased;
        done.dropped += once.dropped;
    }
    done.figures = figure::mark_stale(app)?;
    done.due_soon = app.store().read("tick.soon", |tx| {
        let force = in_force(app, tx)?;
        let days = i64::from(force.agreement.clocks.warn_days);
        let until = app.now().plus_seconds(days * DAY_SECONDS);
        Ok::<_, AppError>(dates::before(tx, until, (0, i64::MAX))?.len())
    })?;
    Ok(done)
}
