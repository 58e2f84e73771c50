//! Keeps what each audience sees in step with the decisions: when a shelf is new, an audience is new, an epoch
//! begins, or a date in a handling passes. What becomes visible late gets new added-times, as an interval.

use std::collections::HashMap;

use comity_model::{Handling, HandlingId, Micros, RecordState};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::handling::{self, Handlings, Shelf};
use comity_store::tables::release::{self, Audience, Verdict};
use comity_store::tables::{collection, fact, record};

use crate::force::{InForce, in_force};
use crate::{App, AppError, admit, tick};

const SETTLED: &str = "settled_us";

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
    let now = instant(app, tx)?;
    let handling = Handlings::default().get(tx, id)?;
    for audience in release::audiences(tx)? {
        if shows(app, tx, force, &audience, (id, &handling), now)? {
            release::open(tx, collection, audience.number, id, None)?;
        }
    }
    Ok(())
}

/// Opens to a new audience all shelves that it may see: it has asked for nothing yet, so nothing is late.
pub(crate) fn new_audience(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audience: &Audience,
) -> Result<(), AppError> {
    let now = instant(app, tx)?;
    let mut handlings = Handlings::default();
    for shelf in handling::shelves(tx, None)? {
        let handling = handlings.get(tx, shelf.handling)?;
        if shows(app, tx, force, audience, (shelf.handling, &handling), now)? {
            release::open(tx, &shelf.collection, audience.number, shelf.handling, None)?;
        }
    }
    Ok(())
}

fn adjust(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audiences: &[Audience],
    shelves: &[Shelf],
    now: Micros,
) -> Result<Settled, AppError> {
    let mut handlings = Handlings::default();
    let mut bases: HashMap<(String, HandlingId), i64> = HashMap::new();
    let mut settled = Settled::default();
    for shelf in shelves {
        let handling = handlings.get(tx, shelf.handling)?;
        for audience in audiences {
            let wanted = shows(app, tx, force, audience, (shelf.handling, &handling), now)?;
            let is_open = release::is_open(tx, &shelf.collection, audience.number, shelf.handling)?;
            if wanted && !is_open {
                let key = (shelf.collection.clone(), shelf.handling);
                let base = match bases.get(&key) {
                    Some(base) => *base,
                    None => {
                        let count = shelf.next_ord.max(1);
                        let base = collection::take_instants(tx, &shelf.collection, app.now().0, count)?;
                        bases.insert(key, base);
                        base
                    }
                };
                let late = Some((shelf.next_ord, base));
                release::open(tx, &shelf.collection, audience.number, shelf.handling, late)?;
                settled.opened += 1;
            } else if !wanted && is_open {
                release::close(tx, &shelf.collection, audience.number, shelf.handling)?;
                settled.closed += 1;
            }
        }
    }
    Ok(settled)
}

/// Whether a handling may be shown to an audience at an instant. The verdict without the dates is kept.
fn shows(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    audience: &Audience,
    (id, handling): (HandlingId, &Handling),
    now: Micros,
) -> Result<bool, AppError> {
    let decision = force.decide(app, audience, handling, StateFlags::default());
    let rules: Vec<&str> = decision.rules().iter().map(|rule| rule.id.as_str()).collect();
    release::decide(
        tx,
        &Verdict {
            audience: audience.number,
            handling: id,
            epoch: force.number,
            allow: decision.allow(),
            rules: rules.join(" "),
        },
    )?;
    let state = StateFlags::of(RecordState::Live, handling, now);
    // The dates only restrict: without any the verdict stands, and after a denial nothing else can come.
    if state == StateFlags::default() || !decision.allow() {
        return Ok(decision.allow());
    }
    Ok(force.decide(app, audience, handling, state).allow())
}
