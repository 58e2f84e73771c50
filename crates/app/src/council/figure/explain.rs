//! A figure as one viewer finds it: what it says, which of the records it counted the viewer may see, and how many besides.

use std::collections::BTreeMap;

use comity_model::council::trace;
use comity_model::kind::Kind;
use comity_model::kind::council::{Counted, Figure, Moved, Why};
use comity_model::{MemberId, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::figure as rows;
use comity_store::tables::record;
use serde::Serialize;

use super::super::claims;
use super::super::gather::{Gathering, Held, Listed, Place, line};
use super::told_left;
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{Actor, App, AppError, recall};

/// Records named by figures of others that one list looks up, so that no member can shut it by naming many.
const NAMED_AT_ONCE: usize = 20_000;

/// A record that was counted, as far as the viewer may see it. It is named by its id alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CountedLine {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name of the originator.
    pub origin: String,
    /// Level in words.
    pub level: String,
    /// Where it stands here.
    pub state: String,
    /// What it added, where this node counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
}

/// A figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FigureView {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// The number as it is told, with unit and scope.
    pub figure: String,
    /// What is missing to trace it; empty when nothing is.
    pub missing: Vec<&'static str>,
    /// `traced`, or that it is not, and why.
    pub trace: String,
    /// What was asked, in words; none for a number that was stated and not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// In which time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// What was counted, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// When it was counted.
    pub as_of: String,
    /// How many records were counted; none where that is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<u32>,
    /// Those of them that the viewer may see here.
    pub shown: Vec<CountedLine>,
    /// How many more of them the viewer may see that are not listed, because they are so many; left out when none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<usize>,
    /// How many are counted and not shown; none where the number of those counted is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_shown: Option<u32>,
    /// What was left out, a sentence each; known where it was counted alone.
    pub left_out: Vec<String>,
    /// Whose records were counted.
    pub contributors: Vec<String>,
    /// The figures that it adds, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Why it is stale, a sentence each; empty when it is not.
    pub stale: Vec<String>,
    /// What the last recalculation changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
    /// Remarks, each with who makes it.
    pub notes: Vec<String>,
}

/// A figure of the own member or another one, or a number that somebody gave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Explained {
    /// A number in a claim.
    Claim(claims::Explained),
    /// A figure.
    Figure(Box<FigureView>),
}

/// A line on a list of figures.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FigureLine {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// The number as it is told.
    pub figure: String,
    /// `traced`, or that it is not, and why.
    pub trace: String,
    /// Whether what it counted has changed since.
    pub stale: bool,
}

/// What a figure says, what it counted, and what has changed since; or what the number of a claim lacks.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none; [`AppError::Conflict`] when several
/// are meant, or a claim gives no number.
pub fn explain(app: &App, actor: &Actor, text: &str) -> Result<Explained, AppError> {
    actor.may_read()?;
    let app = &app.seen_by(actor);
    let figure = app.store().read("figure.explain", |tx| {
        let held = Gathering::new(app, tx)?.one(tx, text, &["figure", "claim"])?;
        match &held.kind {
            Kind::Figure(figure) => view(app, tx, &held, figure).map(Some),
            _ => Ok::<_, AppError>(None),
        }
    })?;
    match figure {
        Some(view) => Ok(Explained::Figure(Box::new(view))),
        None => claims::explain(app, actor, text).map(Explained::Claim),
    }
}

/// The figures that are here; those that are stale when only they are asked for.
///
/// # Errors
/// [`AppError::Denied`] to who may not read.
pub fn list(app: &App, actor: &Actor, stale: bool) -> Result<Listed<FigureLine>, AppError> {
    actor.may_read()?;
    let app = &app.seen_by(actor);
    app.store().read("figure.list", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let (mut lines, mut budget, mut passed_over) = (Vec::new(), NAMED_AT_ONCE, 0_usize);
        for held in gathering.all(tx, "figure")? {
            let Kind::Figure(figure) = &held.kind else { continue };
            let is_foreign = &held.origin != app.member();
            let changed = if is_foreign && figure.record_refs.len() > budget {
                passed_over = passed_over.saturating_add(1);
                figure.stale.iter().map(told).collect()
            } else {
                budget = budget.saturating_sub(if is_foreign { figure.record_refs.len() } else { 0 });
                stale_lines(app, tx, &held, figure)?
            };
            lines.push(FigureLine {
                title: figure.title.clone(),
                figure: figure.line(),
                trace: trace::stamp(&trace::missing_of_figure(figure)),
                stale: !changed.is_empty(),
                place: held.place,
            });
        }
        lines.retain(|line| line.stale || !stale);
        let mut left_out = gathering.left_out();
        if passed_over > 0 {
            left_out.push(format!(
                "of {passed_over} figures of others what they name was not looked up here: `comity figure explain` does it"
            ));
        }
        Ok(Listed { lines, left_out })
    })
}

/// The run behind the version of an own figure that is held; none for what was not counted here.
pub(super) fn run_of(
    app: &App,
    tx: &mut Tx<'_>,
    origin: &MemberId,
    figure: (&str, &Figure),
) -> Result<Option<rows::Run>, AppError> {
    let (id, figure) = figure;
    if origin != app.member() {
        return Ok(None);
    }
    let last = rows::last(tx, id)?;
    let root = figure.counted_root.as_deref();
    Ok(last.filter(|run| root == Some(comity_model::stix::Digest(run.root).to_string().as_str())))
}

fn view(app: &App, tx: &mut Tx<'_>, held: &Held, figure: &Figure) -> Result<FigureView, AppError> {
    let force = in_force(app, tx)?;
    let run = run_of(app, tx, &held.origin, (&held.place.id, figure))?;
    let mut left_out = Vec::new();
    let mut shown = match &run {
        Some(run) => {
            let left = rows::left(tx, &run.figure, run.n)?;
            left_out = told_left(left.iter().map(|(reason, count)| (reason.as_str(), *count)));
            counted_here(app, tx, &force, run)?
        }
        None => named_here(app, tx, &force, figure)?,
    };
    let missing = trace::missing_of_figure(figure);
    let seen = u32::try_from(shown.len()).unwrap_or(u32::MAX);
    let more = shown.len().saturating_sub(app.limits().listed);
    shown.truncate(app.limits().listed);
    let date = |date: Option<comity_model::kind::PartialDate>| {
        date.map_or_else(|| "…".into(), |date| date.to_string())
    };
    let period = (!figure.period.is_open())
        .then(|| format!("{} to {}", date(figure.period.from), date(figure.period.until)));
    Ok(FigureView {
        title: figure.title.clone(),
        figure: figure.line(),
        trace: trace::stamp(&missing),
        missing,
        asked: figure.asked.as_ref().map(|asked| match &asked.path {
            Some(days) if asked.count == Counted::Within => {
                format!("records within {days} days of {}", asked.query)
            }
            Some(path) => format!("{} of {path} in {}", asked.count.name(), asked.query),
            None => format!("{} of {}", asked.count.name(), asked.query),
        }),
        period,
        rule: figure.counting_rule.clone(),
        as_of: figure.as_of.as_str().to_owned(),
        counted: figure.counted,
        not_shown: figure.counted.map(|counted| counted.saturating_sub(seen)),
        shown,
        more: (more > 0).then_some(more),
        left_out,
        contributors: contributors(&force, figure),
        parts: figure.part_refs.iter().map(|id| id.as_str().to_owned()).collect(),
        stale: stale_lines(app, tx, held, figure)?,
        changes: figure.changes.as_ref().map(|changes| {
            let moved: Vec<String> = changes.moved.iter().map(told).collect();
            format!("from {} to {}: {}", changes.was, changes.now, moved.join(", "))
        }),
        notes: figure.notes.iter().map(line).collect(),
        place: held.place.clone(),
    })
}

fn contributors(force: &InForce, figure: &Figure) -> Vec<String> {
    let name = |party: &comity_model::kind::council::Party| {
        let member = party.member_ref.as_ref().and_then(|id| id.as_str().parse::<MemberId>().ok());
        match (member, &party.name) {
            (Some(member), _) => force.name_of(&member).to_owned(),
            (None, Some(name)) => line(name),
            (None, None) => party.country.clone().unwrap_or_default(),
        }
    };
    figure.contributors.iter().map(name).collect()
}

/// Of what this node counted, what the viewer may see.
fn counted_here(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    run: &rows::Run,
) -> Result<Vec<CountedLine>, AppError> {
    let mut look = Look::new(app, tx)?;
    let mut lines = Vec::new();
    for one in rows::counted(tx, &run.figure, run.n)? {
        let Some(found) = record::numbered(tx, &one.collection, one.seq)? else { continue };
        let found = found.into_inner();
        if found.state != RecordState::Erased && look.sees(&found) {
            lines.push(counted_line(force, &found, Some(one.share)));
        }
    }
    Ok(lines)
}

/// Of what another node's member names, what the viewer finds here.
fn named_here(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    figure: &Figure,
) -> Result<Vec<CountedLine>, AppError> {
    let mut lines = Vec::new();
    for found in named(app, tx, figure)? {
        lines.push(counted_line(force, &found, None));
    }
    Ok(lines)
}

/// The records that a figure names and the viewer finds here: of each object one, in use before what is not.
fn named(app: &App, tx: &mut Tx<'_>, figure: &Figure) -> Result<Vec<Record>, AppError> {
    let mut look = Look::new(app, tx)?;
    let mut all = Vec::new();
    for id in &figure.record_refs {
        let rows = record::of_id(tx, id.as_str(), None, None)?;
        let seen = rows
            .into_iter()
            .map(comity_model::Stored::into_inner)
            .filter(|one| !matches!(one.state, RecordState::Erased | RecordState::Triage) && look.sees(one));
        all.extend(seen.max_by_key(|one| (one.state == RecordState::Live, one.version_at, one.seq)));
    }
    Ok(all)
}

fn counted_line(force: &InForce, found: &Record, share: Option<String>) -> CountedLine {
    CountedLine {
        id: found.key.id.clone(),
        version: found.key.version.clone(),
        origin: force.name_of(&found.key.origin).to_owned(),
        level: found.handling.level_name().to_owned(),
        state: found.state.name().to_owned(),
        share,
    }
}

/// Why a figure is stale: what its originator says, else what this node knows of what it counted; and of another member's
/// figure, what is set aside here.
pub(super) fn stale_lines(
    app: &App,
    tx: &mut Tx<'_>,
    held: &Held,
    figure: &Figure,
) -> Result<Vec<String>, AppError> {
    if let Some(run) = run_of(app, tx, &held.origin, (&held.place.id, figure))? {
        return Ok(moved(app, tx, &run, figure)?.iter().map(told).collect());
    }
    let mut lines: Vec<String> =
        figure.stale.iter().map(|moved| format!("{}: {}", held.place.origin, told(moved))).collect();
    let (force, mut here) = (in_force(app, tx)?, BTreeMap::new());
    for found in named(app, tx, figure)? {
        if let Some(why) = why_of(tx, &force, &found)? {
            *here.entry(why).or_insert(0_u32) += 1;
        }
    }
    lines.extend(
        here.into_iter().map(|(why, count)| format!("here: {}", told(&Moved { why, count: Some(count) }))),
    );
    Ok(lines)
}

/// Why a record counts no more as it stands; none when it is in use.
fn why_of(tx: &mut Tx<'_>, force: &InForce, found: &Record) -> Result<Option<Why>, AppError> {
    let recalled = |tx: &mut Tx<'_>| recall::keeps_aside(tx, force, found).map(|why| why.is_some());
    Ok(match found.state {
        RecordState::Live | RecordState::Held => None,
        RecordState::Withdrawn if recalled(tx)? => Some(Why::Recalled),
        RecordState::Withdrawn => Some(Why::Withdrawn),
        RecordState::Quarantined | RecordState::Triage if recalled(tx)? => Some(Why::Recalled),
        RecordState::Quarantined | RecordState::Triage => Some(Why::SetAside),
        RecordState::Overdue => Some(Why::Overdue),
        RecordState::Erased => Some(Why::Erased),
    })
}

/// Why each record that a run counted is another one now; by the place of the record.
pub(super) fn whys(
    app: &App,
    tx: &mut Tx<'_>,
    run: &rows::Run,
) -> Result<BTreeMap<(String, i64), Why>, AppError> {
    let force = in_force(app, tx)?;
    let mut found = BTreeMap::new();
    for one in rows::since(tx, &run.figure, run.n)? {
        let (collection, seq) = (one.counted.collection, one.counted.seq);
        let why = match one.state {
            None | Some(RecordState::Erased) => Some(Why::Erased),
            _ if one.newer => Some(Why::Corrected),
            Some(RecordState::Live) => None,
            Some(_) => match record::numbered(tx, &collection, seq)? {
                Some(found) => why_of(tx, &force, found.peek())?,
                None => Some(Why::Erased),
            },
        };
        if let Some(why) = why {
            found.insert((collection, seq), why);
        }
    }
    Ok(found)
}

/// How many of what a run counted are others now, as far as that may be told.
pub(super) fn moved(
    app: &App,
    tx: &mut Tx<'_>,
    run: &rows::Run,
    figure: &Figure,
) -> Result<Vec<Moved>, AppError> {
    let mut counts: BTreeMap<Why, u32> = BTreeMap::new();
    for why in whys(app, tx, run)?.into_values() {
        *counts.entry(why).or_insert(0) += 1;
    }
    let cell = in_force(app, tx)?.agreement.small_cell();
    Ok(tellable(counts, figure.suppressed || run.personal, cell))
}

/// Counts by reason; of few persons only that there are some.
pub(super) fn tellable(counts: BTreeMap<Why, u32>, personal: bool, cell: u32) -> Vec<Moved> {
    counts
        .into_iter()
        .map(|(why, count)| Moved { why, count: (!personal || count >= cell).then_some(count) })
        .collect()
}

/// One reason in words.
pub(super) fn told(moved: &Moved) -> String {
    let count = moved.count.map_or_else(|| "a few".to_owned(), |count| count.to_string());
    format!("{count} {}", moved.why.name().replace('-', " "))
}
