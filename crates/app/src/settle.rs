//! Keeps what each audience sees in step with the decisions: when a shelf is new, an audience is new, an epoch
//! begins, or a date in a handling passes. What becomes visible late gets new added-times, as an interval.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use comity_model::{Handling, HandlingId, Micros, RecordState};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::handling::{self, Handlings, Shelf};
use comity_store::tables::release::{self, Audience, Opening, Verdict};
use comity_store::tables::{collection, fact, record};

use crate::force::{InForce, in_force};
use crate::{App, AppError, admit, dangling, tick, verdicts};

const SETTLED: &str = "settled_us";
/// So many verdicts at most are decided on the one thread that asks.
const ALONE_MAX: usize = 500;

/// How many (audience, shelf) pairs opened or closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settled {
    /// Became visible.
    pub opened: usize,
    /// Are no longer visible.
    pub closed: usize,
}

/// The instant that governs this transaction: never before a date boundary that was already acted upon.
pub(crate) fn instant(app: &App, tx: &mut Tx<'_>) -> Result<Micros, AppError> {
    Ok(Micros(app.now().0.max(settled_until(tx)?)))
}

fn settled_until(tx: &mut Tx<'_>) -> Result<i64, AppError> {
    Ok(fact::get(tx, SETTLED)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Acts upon every date boundary that passed since the last time. To be called before a page is read.
pub(crate) fn dates(app: &App, tx: &mut Tx<'_>, force: &InForce) -> Result<Settled, AppError> {
    let now = instant(app, tx)?;
    dates_until(app, tx, force, now)
}

fn dates_until(app: &App, tx: &mut Tx<'_>, force: &InForce, now: Micros) -> Result<Settled, AppError> {
    tick::act(app, tx, force, now)?;
    let from = settled_until(tx)?;
    let crossed = handling::crossing(tx, from, now.0)?;
    if crossed.is_empty() {
        return Ok(Settled::default());
    }
    let mut shelves = Vec::new();
    for id in crossed {
        shelves.extend(handling::shelves(tx, Some(id))?);
    }
    let audiences = release::audiences(tx)?;
    let settled = adjust(app, tx, force, &audiences, &shelves, now)?;
    keep_instant(tx, now)?;
    Ok(settled)
}

/// Acts upon passed dates and keeps the instant. To be called before anything new is opened: a clock that is put
/// back later then changes nothing about what was shown.
pub(crate) fn reach(app: &App, tx: &mut Tx<'_>, force: &InForce) -> Result<(), AppError> {
    // One reading of the clock: a boundary between two readings would be skipped for ever.
    let now = instant(app, tx)?;
    dates_until(app, tx, force, now)?;
    keep_instant(tx, now)
}

fn keep_instant(tx: &mut Tx<'_>, now: Micros) -> Result<(), AppError> {
    Ok(fact::set(tx, SETTLED, &now.0.to_string())?)
}

/// Whether a date boundary waits to be acted upon.
pub(crate) fn is_due(app: &App, tx: &mut Tx<'_>) -> Result<bool, AppError> {
    let from = settled_until(tx)?;
    let now = app.now().0.max(from);
    Ok(!handling::crossing(tx, from, now)?.is_empty() || tick::is_due(app, tx, Micros(now))?)
}

/// Decides everything again: after another agreement or another set of policies came into force.
pub(crate) fn everything(app: &App, tx: &mut Tx<'_>) -> Result<Settled, AppError> {
    let force = in_force(app, tx)?;
    let now = instant(app, tx)?;
    let audiences = release::audiences(tx)?;
    let shelves = handling::shelves(tx, None)?;
    let settled = adjust(app, tx, &force, &audiences, &shelves, now)?;
    keep_instant(tx, now)?;
    // What another node's member may release is seen by no shelf here.
    dangling::settled(app, tx)?;
    Ok(settled)
}

/// Shows records again of which somebody who saw a part may now see more than in the epoch before; all that have
/// marked parts, when the epoch before cannot be asked any more.
pub(crate) fn fuller(app: &App, tx: &mut Tx<'_>, before: Option<&InForce>) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    let now = instant(app, tx)?;
    let audiences = release::audiences(tx)?;
    for shelf in handling::shelves(tx, None)? {
        let mut grown = HashMap::new();
        for stored in record::with_parts(tx, &shelf.collection, shelf.handling)? {
            let mut one = stored.into_inner();
            let grows = *grown.entry(one.parts.clone()).or_insert_with(|| {
                let Some(before) = before else { return true };
                let state = StateFlags::of(one.state, &one.handling, now);
                audiences.iter().any(|audience| {
                    let may = |epoch: &InForce| epoch.decide(app, audience, &one.handling, state).allow();
                    let lacks = |epoch: &InForce| {
                        epoch.denied(app, audience, &one.handling, &one.parts, one.state, now)
                    };
                    may(before) && may(&force) && !lacks(before).is_subset(&lacks(&force))
                })
            });
            if grows {
                admit::shelve(app, tx, &force, &mut one)?;
            }
        }
    }
    Ok(())
}

/// Opens a new shelf to those who may see it: its records come as they come.
pub(crate) fn new_shelf(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    collection: &str,
    id: HandlingId,
) -> Result<(), AppError> {
    let audiences = release::audiences(tx)?;
    let shelf = Shelf { collection: collection.to_owned(), handling: id, next_ord: 0 };
    open_new(app, tx, force, &audiences, &[shelf])
}

/// Opens to a new audience all shelves that it may see: it has asked for nothing yet, so nothing is late.
pub(crate) fn new_audience(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audience: &Audience,
) -> Result<(), AppError> {
    let shelves = handling::shelves(tx, None)?;
    open_new(app, tx, force, std::slice::from_ref(audience), &shelves)
}

/// Opens what is new, with the records' own added-times.
fn open_new(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audiences: &[Audience],
    shelves: &[Shelf],
) -> Result<(), AppError> {
    let now = instant(app, tx)?;
    let shown = shown(app, tx, force, audiences, shelves, now)?;
    for shelves in shelves.chunk_by(|one, next| one.collection == next.collection) {
        let mut openings = Vec::new();
        for (handling, audience) in pairs(shelves, audiences) {
            if shown.contains(&(audience, handling)) {
                openings.push(Opening { audience, handling, late: None });
            }
        }
        if let Some(first) = shelves.first() {
            release::open_all(tx, &first.collection, &openings)?;
        }
    }
    Ok(())
}

fn pairs<'a>(
    shelves: &'a [Shelf],
    audiences: &'a [Audience],
) -> impl Iterator<Item = (HandlingId, i64)> + 'a {
    shelves.iter().flat_map(|shelf| audiences.iter().map(|audience| (shelf.handling, audience.number)))
}

fn adjust(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audiences: &[Audience],
    shelves: &[Shelf],
    now: Micros,
) -> Result<Settled, AppError> {
    let shown = shown(app, tx, force, audiences, shelves, now)?;
    let mut settled = Settled::default();
    let mut opened = BTreeSet::new();
    for shelves in shelves.chunk_by(|one, next| one.collection == next.collection) {
        let Some(first) = shelves.first() else { continue };
        let (openings, closed) = adjust_collection(app, tx, audiences, (&first.collection, shelves), &shown)?;
        settled.opened += openings.len();
        settled.closed += closed;
        opened.extend(openings.iter().map(|one| one.audience));
    }
    dangling::opened(app, tx, &opened)?;
    Ok(settled)
}

fn adjust_collection(
    app: &App,
    tx: &mut Tx<'_>,
    audiences: &[Audience],
    (collection, shelves): (&str, &[Shelf]),
    shown: &HashSet<(i64, HandlingId)>,
) -> Result<(Vec<Opening>, usize), AppError> {
    let names: Vec<HandlingId> = shelves.iter().map(|shelf| shelf.handling).collect();
    let open = release::open_pairs(tx, collection, &names)?;
    let mut openings = Vec::new();
    // The shelves that open late follow one another in time: each takes as many instants as it has records.
    let mut instants = 0_i64;
    for shelf in shelves {
        let before = openings.len();
        for audience in audiences {
            let pair = (audience.number, shelf.handling);
            if shown.contains(&pair) && !open.contains(&pair) {
                let late = Some((shelf.next_ord, instants));
                openings.push(Opening { audience: audience.number, handling: shelf.handling, late });
            }
        }
        if openings.len() > before {
            instants = instants.saturating_add(shelf.next_ord.max(1));
        }
    }
    if instants > 0 {
        let base = collection::take_instants(tx, collection, app.now().0, instants)?;
        for one in &mut openings {
            one.late = one.late.map(|(next_ord, offset)| (next_ord, base.saturating_add(offset)));
        }
    }
    release::open_all(tx, collection, &openings)?;
    let mut closed = 0;
    for audience in audiences {
        let is_closing = |id: &HandlingId| {
            let pair = (audience.number, *id);
            open.contains(&pair) && !shown.contains(&pair)
        };
        let closing: Vec<HandlingId> = names.iter().copied().filter(is_closing).collect();
        release::close(tx, collection, audience.number, &closing)?;
        closed += closing.len();
    }
    Ok((openings, closed))
}

/// Which handlings of these shelves may be shown to which of these audiences at an instant. The verdicts without the
/// dates are kept, as far as they are other than before.
fn shown(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audiences: &[Audience],
    shelves: &[Shelf],
    now: Micros,
) -> Result<HashSet<(i64, HandlingId)>, AppError> {
    let names: BTreeSet<HandlingId> = shelves.iter().map(|shelf| shelf.handling).collect();
    let names: Vec<HandlingId> = names.into_iter().collect();
    let mut read = Handlings::default();
    let handlings: Vec<_> =
        names.iter().map(|id| Ok((*id, read.get(tx, *id)?))).collect::<Result<_, AppError>>()?;
    let known = release::verdicts(tx, &names)?;
    let mut shown = HashSet::new();
    let mut changed = Vec::new();
    for (audience, id, verdict, is_shown) in weigh(app, force, audiences, &handlings, now) {
        let key = (audience, id);
        if is_shown {
            shown.insert(key);
        }
        let is_known =
            known.get(&key).is_some_and(|old| old.allow == verdict.allow && *old.rules == *verdict.rules);
        if !is_known {
            let rules = verdict.rules.to_string();
            let (handling, epoch, allow) = (id, force.number, verdict.allow);
            changed.push(Verdict { audience, handling, epoch, allow, rules });
        }
    }
    release::decide(tx, &changed)?;
    Ok(shown)
}

/// An audience, a handling, the verdict, and whether it may be shown at the instant.
type Weighed = (i64, HandlingId, verdicts::Verdict, bool);

/// The verdict for each audience on each handling. Where there are many, every core takes a part of the handlings.
fn weigh(
    app: &App,
    force: &InForce,
    audiences: &[Audience],
    handlings: &[(HandlingId, Arc<Handling>)],
    now: Micros,
) -> Vec<Weighed> {
    let lines: Vec<_> = audiences.iter().map(|audience| (audience, force.line(app, audience))).collect();
    let weigh = |part: &[(HandlingId, Arc<Handling>)]| {
        let mut weighed = Vec::with_capacity(part.len() * lines.len());
        for (id, handling) in part {
            let state = StateFlags::of(RecordState::Live, handling, now);
            let prepared = force.prepare(handling);
            for (audience, line) in &lines {
                let verdict = force.verdict(app, line, audience, (*id, &prepared));
                // The dates only restrict: without any the verdict stands, and after a denial nothing else can come.
                let is_shown = verdict.allow
                    && (state == StateFlags::default()
                        || force.decide(app, audience, handling, state).allow());
                weighed.push((audience.number, *id, verdict, is_shown));
            }
        }
        weighed
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores == 1 || handlings.len() * audiences.len() < ALONE_MAX {
        return weigh(handlings);
    }
    let weigh = &weigh;
    std::thread::scope(|scope| {
        let started: Vec<_> = handlings
            .chunks(handlings.len().div_ceil(cores))
            .map(|part| (part, std::thread::Builder::new().spawn_scoped(scope, move || weigh(part))))
            .collect();
        // A part whose thread did not begin, or ended early, is done here.
        let done = |(part, thread): (_, std::io::Result<std::thread::ScopedJoinHandle<'_, _>>)| {
            thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| weigh(part))
        };
        started.into_iter().flat_map(done).collect()
    })
}
