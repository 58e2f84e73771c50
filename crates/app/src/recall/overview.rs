//! Recalls as people see them: what each asks, what became of it here, and who has answered.

use comity_model::recall::{HolderState, TargetState};
use comity_model::stix::Digest;
use comity_model::{Micros, Record};
use comity_store::Tx;
use comity_store::tables::recall::{self as rows, HolderRow, RecallRow, TargetRow};
use serde::Serialize;

use super::{here, named};
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{Actor, App, AppError};

/// Which recalls are asked for; what is false or none restricts nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Filter<'a> {
    /// This one: its id or digest.
    pub recall: Option<&'a str>,
    /// Those that name this record: `id` or `id@version`.
    pub record: Option<&'a str>,
    /// Those that hold.
    pub in_force: bool,
    /// Those about which somebody has to decide here, or an answer is waited for.
    pub open: bool,
    /// Those with a member that has not answered in time.
    pub overdue: bool,
    /// Those of others.
    pub here: bool,
}

/// A recall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RecallView {
    /// Its id.
    pub recall: String,
    /// Digest of the signed message.
    pub digest: Digest,
    /// Display name of the originator of the records.
    pub origin: String,
    /// Display name of who recalls them.
    pub by: String,
    /// As whom: originator, host, delegate.
    pub says: String,
    /// What is asked.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// What holders are to do; empty for a lift.
    pub obligation: String,
    /// Whether it was made here.
    pub own: bool,
    /// Whether it holds, and no other stands in its place.
    pub in_force: bool,
    /// When it was said.
    pub said_at: String,
    /// By when answers are expected.
    pub due: String,
    /// What it names, and what became of that here.
    pub records: Vec<TargetView>,
    /// Those who have it from here.
    pub members: Vec<HolderView>,
}

/// A record that a recall names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TargetView {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// What became of it here; empty while it is not here.
    pub state: String,
    /// Why it is held or refused, as a code.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// Whether somebody here has to decide.
    pub waits: bool,
}

/// A member that has something of a recall from here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HolderView {
    /// Display name.
    pub member: String,
    /// Where it stands.
    pub state: &'static str,
    /// The same in words: what it states, not what is so.
    pub words: &'static str,
    /// When it had the recall, or signed its answer by its own clock.
    pub since: Option<String>,
    /// By when its answer is expected.
    pub due: String,
    /// Whether it should have answered by now.
    pub overdue: bool,
    /// How many of the records it got from here.
    pub records: i64,
    /// To how many others it says to have passed it on, and how many of these it says have not finished.
    pub onward: (i64, i64),
    /// Why nobody waits for it any more.
    pub reason: String,
    /// Digest of its signed answer.
    pub answer: Option<Digest>,
}

/// What can be said of a holder: what it states by signature, and no more.
pub(super) const fn words(state: HolderState) -> &'static str {
    match state {
        HolderState::Queued => "not told yet",
        HolderState::Told => "told",
        HolderState::Acknowledged => "states that it set it aside (signed)",
        HolderState::Complied => "states that it did what was asked (signed)",
        HolderState::Partly => "states that a part is done (signed)",
        HolderState::Held => "states that it keeps it out of use (signed)",
        HolderState::Refused => "refuses (signed)",
        HolderState::Unknown => "states that it never had it (signed)",
        HolderState::Cannot => "cannot confirm",
        HolderState::Closed => "closed here",
        HolderState::Superseded => "another recall stands in its place",
    }
}

/// The same where it was asked to delete.
pub(super) const fn words_of(
    state: HolderState,
    obligation: Option<comity_model::recall::Obligation>,
) -> &'static str {
    match (state, obligation) {
        (HolderState::Complied, Some(comity_model::recall::Obligation::Delete)) => {
            "states that it deleted it (signed)"
        }
        _ => words(state),
    }
}

/// The recalls that a filter means, the oldest first. What a person may not see is not among them.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads; [`AppError::NotFound`] for an unknown recall.
pub fn overview(app: &App, actor: &Actor, filter: &Filter<'_>) -> Result<Vec<RecallView>, AppError> {
    actor.may_read()?;
    app.store().read("recall.overview", |tx| {
        let force = in_force(app, tx)?;
        let all = match filter.recall {
            Some(text) => vec![named(tx, text)?],
            None => rows::list(tx, filter.in_force)?,
        };
        let mut look = Look::new(app, tx)?;
        let mut views = Vec::new();
        for row in all {
            if filter.here && &row.signer == app.member() {
                continue;
            }
            let targets = rows::targets(tx, row.message)?;
            if filter.record.is_some_and(|text| !targets.iter().any(|target| is_meant(target, text))) {
                continue;
            }
            if let Some(view) = view(app, tx, &force, &mut look, row, targets)?
                && (!filter.open || is_open(&view))
                && (!filter.overdue || view.members.iter().any(|member| member.overdue))
            {
                views.push(view);
            }
        }
        Ok(views)
    })
}

fn is_meant(target: &TargetRow, text: &str) -> bool {
    text == target.id || text == format!("{}@{}", target.id, target.version)
}

/// Whether somebody has to do something about it: here, or a member that has not finished.
fn is_open(view: &RecallView) -> bool {
    let waits = |member: &HolderView| HolderState::from_name(member.state).is_some_and(HolderState::waits);
    view.in_force && (view.records.iter().any(|one| one.waits) || view.members.iter().any(waits))
}

fn view(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    look: &mut Look<'_>,
    row: RecallRow,
    targets: Vec<TargetRow>,
) -> Result<Option<RecallView>, AppError> {
    let mut records = Vec::new();
    for target in targets {
        let copies: Vec<Record> = here(tx, &row, &target)?;
        if copies.iter().all(|one| look.sees(one)) {
            records.push(target_view(app, &row, target));
        }
    }
    if records.is_empty() {
        return Ok(None);
    }
    let members = rows::holders(tx, row.message)?
        .into_iter()
        .map(|holder| holder_view(force, &row, holder, app.now()))
        .collect();
    Ok(Some(RecallView {
        digest: row.message,
        origin: force.name_of(&row.origin).to_owned(),
        by: force.name_of(&row.signer).to_owned(),
        says: row.says.name().to_owned(),
        scope: row.scope.name().to_owned(),
        reason: row.reason.name().to_owned(),
        obligation: row.obligation.map_or("", comity_model::recall::Obligation::name).to_owned(),
        own: &row.signer == app.member(),
        in_force: !row.is_superseded,
        said_at: row.said.to_string(),
        due: row.deadline.to_string(),
        recall: row.id,
        records,
        members,
    }))
}

fn target_view(app: &App, row: &RecallRow, target: TargetRow) -> TargetView {
    let is_own = &row.signer == app.member();
    let is_undecided = target.state.outcome(row.obligation).is_none();
    TargetView {
        waits: !is_own && !row.is_superseded && is_undecided && target.state != TargetState::Absent,
        id: target.id,
        version: target.version,
        state: target.state.name().to_owned(),
        reason: target.reason,
        by: target.actor,
    }
}

pub(super) fn holder_view(force: &InForce, row: &RecallRow, one: HolderRow, now: Micros) -> HolderView {
    let state = one.holder.state;
    HolderView {
        member: force.name_of(&one.member).to_owned(),
        state: state.name(),
        words: words_of(state, row.obligation),
        since: one.holder.answer.map(|answer| answer.at).or(one.told).map(|at| at.to_string()),
        due: one.due.to_string(),
        overdue: !row.is_superseded && state.is_overdue(one.due, now),
        records: one.targets,
        onward: one.onward,
        reason: one.reason,
        answer: one.holder.answer.map(|answer| answer.digest),
    }
}
