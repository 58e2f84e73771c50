//! Counting a figure again, and saying on it that what it counted has changed.

use std::collections::BTreeMap;

use comity_model::kind::Kind;
use comity_model::kind::council::{Figure, Moved, Recalculated, Why};
use comity_model::stix::Object;
use comity_model::{Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::figure as rows;
use comity_store::tables::record;
use serde::Serialize;

use super::explain::{moved, run_of, tellable, told, whys};
use super::keep::by_id;
use super::run::{Found, count};
use super::{Counting, Question, fill, question_of, stamp, sum};
use crate::edit::{self, Edit};
use crate::force::in_force;
use crate::{Actor, App, AppError, Role, search, subject, supplement};

/// Figures that one tick looks at and marks.
const MARKED_AT_ONCE: usize = 100;
const READ_AT_ONCE: i64 = 500;

/// What a recalculation came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Again {
    /// STIX id.
    pub id: String,
    /// The number before.
    pub was: String,
    /// The number now.
    pub now: String,
    /// What changed and why, a line each; empty when nothing did, and then nothing was written.
    pub changes: Vec<String>,
    /// The version that was made; none when nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Asks the question of a figure of one's own again. When what it counts has changed, a new version says from what to what,
/// and why.
///
/// # Errors
/// [`AppError::Denied`] for another member's figure or without the role release officer; [`AppError::NotFound`] when there
/// is none; [`AppError::Conflict`] for a number that was stated and not counted, or when what is counted may not be told;
/// [`AppError::Invalid`] without a reason.
pub fn recalculate(app: &App, actor: &Actor, text: &str, reason: &str) -> Result<Again, AppError> {
    actor.require(&[Role::ReleaseOfficer], "recalculate a figure")?;
    let reason = supplement::reason(reason, "--reason")?;
    let app = &app.seen_by(actor);
    let (id, figure, next, question, found, moves) = app.store().read("figure.recount", |tx| {
        let (stored, figure) = own(app, tx, text)?;
        let run = run_of(app, tx, &stored.key.origin, (&stored.key.id, &figure))?.ok_or_else(|| {
            AppError::Conflict(format!(
                "{} was stated and not counted here: correct it with `comity edit`",
                stored.key.id
            ))
        })?;
        let mut next = figure.clone();
        (next.as_of, next.stale) = (stamp(app.now()), Vec::new());
        let (question, found) = asked_again(app, tx, &run, &mut next)?;
        let cell = in_force(app, tx)?.agreement.small_cell();
        let moves = tellable(difference(app, tx, &run, &found)?, run.personal || found.personal, cell);
        Ok::<_, AppError>((stored.key.id, figure, next, question, found, moves))
    })?;
    if question.parts.is_empty() {
        search::note(app, actor, &question.asked.query, super::why(&question), found.records.len())?;
    }
    let mut again =
        Again { id: id.clone(), was: figure.line(), now: next.line(), changes: lines(&moves), version: None };
    if moves.is_empty() {
        return Ok(again);
    }
    let mut next = next;
    next.changes = Some(Recalculated { was: again.was.clone(), now: again.now.clone(), moved: moves });
    let counting = Counting::new(app, &mut next, &question, &found)?;
    again.version = Some(write(app, actor, &id, next, (reason, Some(&counting)))?);
    Ok(again)
}

/// Asks the question of a run again, or adds the figures of a sum again, and puts the answer into the figure.
fn asked_again(
    app: &App,
    tx: &mut Tx<'_>,
    run: &rows::Run,
    next: &mut Figure,
) -> Result<(Question, Found), AppError> {
    let (question, query) = question_of(run)?;
    if !question.parts.is_empty() {
        let added = sum::read(app, tx, &question.parts, question.outward)?;
        added.put(next)?;
        return Ok((question, added.found));
    }
    let force = in_force(app, tx)?;
    let found = count(app, tx, &force, &question, &query?)?;
    let cell = force.agreement.small_cell();
    let nearest = super::keep::nearest(tx, &found, cell)?;
    fill(next, &question, &found, (cell, nearest))?;
    Ok((question, found))
}

fn lines(moves: &[Moved]) -> Vec<String> {
    moves.iter().map(told).collect()
}

/// The newest version of an own figure that a text names.
fn own(app: &App, tx: &mut Tx<'_>, text: &str) -> Result<(Record, Figure), AppError> {
    let newest = subject::own(app, tx, text, "recalculate it")?
        .into_iter()
        .filter(|one| matches!(one.state, RecordState::Live | RecordState::Held))
        .max_by_key(|one| (one.version_at, one.seq))
        .ok_or_else(|| AppError::Conflict(format!("{text} is not in use any more")))?;
    match read(app, tx, &newest)? {
        Some(figure) => Ok((newest, figure)),
        None => Err(AppError::Conflict(format!("{text} is no figure"))),
    }
}

/// The figure that stored bytes are, as they are kept.
fn read(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Option<Figure>, AppError> {
    let Some(bytes) = record::content(tx, &found.key, &[])? else { return Ok(None) };
    let Ok(object) = Object::parse(&bytes, &app.limits().stix) else { return Ok(None) };
    match Kind::read(&object) {
        Ok(Some(Kind::Figure(figure))) => Ok(Some(*figure)),
        _ => Ok(None),
    }
}

/// Why what is counted now is not what a run counted.
fn difference(
    app: &App,
    tx: &mut Tx<'_>,
    run: &rows::Run,
    found: &Found,
) -> Result<BTreeMap<Why, u32>, AppError> {
    let since = whys(app, tx, run)?;
    let counted = rows::counted(tx, &run.figure, run.n)?;
    let before = by_id(&counted);
    let now: BTreeMap<&str, [u8; 32]> =
        found.records.iter().map(|one| (one.id.as_str(), one.digest)).collect();
    let mut counts: BTreeMap<Why, u32> = BTreeMap::new();
    let mut add = |why: Why| *counts.entry(why).or_insert(0) += 1;
    for one in &counted {
        match now.get(one.id.as_str()) {
            Some(digest) if digest.as_slice() == one.digest => {}
            Some(_) => add(Why::Corrected),
            // What was corrected and fits the question no more counts as that.
            None => match since.get(&(one.collection.clone(), one.seq)) {
                None | Some(Why::Corrected) => add(Why::NoLonger),
                Some(why) => add(*why),
            },
        }
    }
    for _ in now.keys().filter(|id| !before.contains_key(**id)) {
        add(Why::New);
    }
    Ok(counts)
}

/// Writes the next version of a figure as its maker's; the answer is the version.
fn write(
    app: &App,
    actor: &Actor,
    id: &str,
    figure: Figure,
    (reason, counting): (String, Option<&Counting>),
) -> Result<String, AppError> {
    let form = serde_json::to_value(Kind::Figure(Box::new(figure)))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let edit = Edit { record: id.to_owned(), form: Some(form), reason, ..Edit::default() };
    match edit::run_counted(app, actor, &edit, counting)? {
        Ok(edited) => Ok(edited.to),
        Err(faults) => Err(supplement::refused(&faults)),
    }
}

/// Says on each own figure that is in use and whose records have changed since that it is stale, once for each change. Answers
/// how many versions it wrote.
///
/// # Errors
/// Those of the store and of the door.
pub(crate) fn mark_stale(app: &App) -> Result<usize, AppError> {
    let mut marked = 0;
    let mut after = String::new();
    loop {
        let ids = app.store().read("figure.tick", |tx| rows::figures(tx, &after, READ_AT_ONCE))?;
        let Some(last) = ids.last() else { return Ok(marked) };
        after.clone_from(last);
        for id in &ids {
            let found = app.store().read("figure.stale", |tx| to_mark(app, tx, id))?;
            let Some((record, figure)) = found else { continue };
            // Readers' groups that limit the figure limit nobody here: the node itself says this.
            let clock = Actor {
                name: "clock".into(),
                member: app.member().clone(),
                roles: [Role::ReleaseOfficer].into(),
                inner: record.handling.inner.clone(),
            };
            let reason = "records that the figure counted have changed".to_owned();
            match write(&app.seen_by(&clock), &clock, id, figure, (reason, None)) {
                Ok(_) => marked += 1,
                // One that the door does not take any more stops no clock; the lists show it as stale all the same.
                Err(
                    AppError::Invalid(_)
                    | AppError::Conflict(_)
                    | AppError::Denied(_)
                    | AppError::NotFound(_),
                ) => {}
                Err(error) => return Err(error),
            }
            if marked >= MARKED_AT_ONCE {
                return Ok(marked);
            }
        }
    }
}

/// The figure as it is to be marked; none when it says already what has changed, or is not in use.
fn to_mark(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<Option<(Record, Figure)>, AppError> {
    let all = record::of_id(tx, id, None, None)?.into_iter().map(Stored::into_inner);
    let own: Vec<Record> = all.filter(|one| &one.key.origin == app.member()).collect();
    if !own.iter().any(|one| one.state == RecordState::Live) {
        return Ok(None);
    }
    // A mark that waits for a second person is not made again.
    let newest = own
        .into_iter()
        .filter(|one| matches!(one.state, RecordState::Live | RecordState::Held))
        .max_by_key(|one| (one.version_at, one.seq));
    let Some(newest) = newest else { return Ok(None) };
    let Some(mut figure) = read(app, tx, &newest)? else { return Ok(None) };
    let Some(run) = run_of(app, tx, &newest.key.origin, (id, &figure))? else { return Ok(None) };
    let now = moved(app, tx, &run, &figure)?;
    if now == figure.stale {
        return Ok(None);
    }
    figure.stale = now;
    Ok(Some((newest, figure)))
}
