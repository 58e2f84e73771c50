//! Review dates: what is due, what is kept longer and why, and what ends because its purpose is achieved.

use comity_ledger::{commitment, root_of};
use comity_model::kind::review_fault;
use comity_model::{Category, Flag, Handling, Micros, Record, RecordState, SignedEnvelope};
use comity_store::Tx;
use comity_store::tables::review::{self as rows, Extension};
use comity_store::tables::{collection, fact, record};
use serde::Serialize;

use crate::admit::{Batch, Restated, Statement, sign};
use crate::erase::{self, Cause, Scope};
use crate::force::{InForce, in_force};
use crate::look::{Look, filled};
use crate::{
    Actor, App, AppError, Role, admit, allegation, attachment, journal, kinds, recall, search, settle,
    subject, triage,
};

const DAY_SECONDS: i64 = 86_400;
/// From how many years on the supervisor is told of records of minors and victims.
const REPORT_YEARS: i64 = 5;
const DECIDERS: [Role; 2] = [Role::DataProtection, Role::ReleaseOfficer];
/// Why a record is overdue.
const PASSED: &str = "its review date has passed";

/// A record whose review is due, or soon will be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DueView {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name; empty where a list names nobody, and of what waits in triage.
    pub name: String,
    /// Id of the collection.
    pub collection: String,
    /// Display name of the originator.
    pub origin: String,
    /// Whether it is this member's own.
    pub own: bool,
    /// Where it stands.
    pub state: String,
    /// When it stops being served.
    pub due_at: String,
    /// When it is erased, unless somebody keeps it.
    pub erased_at: String,
    /// Whole days from now to the date; negative after it.
    pub days: i64,
    /// How often it was kept longer.
    pub extensions: i64,
}

/// A record with another review date.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reviewed {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The date from now on.
    pub review_at: String,
    /// How often it was kept longer by now.
    pub extensions: i64,
    /// Where it stands.
    pub state: String,
}

/// A record for the supervisor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LongKept {
    /// STIX id.
    pub id: String,
    /// Why it is listed: `minor` or `victim`.
    pub why: String,
    /// When it first came.
    pub first_at: String,
    /// How often it was kept longer.
    pub extensions: i64,
}

/// What the supervisor is told.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Report {
    /// Records of persons under 18 kept for over five years.
    pub minors: usize,
    /// Records of victims kept for over five years.
    pub victims: usize,
    /// The records.
    pub records: Vec<LongKept>,
}

/// What is due within `days` (by default the warning time of the agreement), the earliest first.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads.
pub fn list(app: &App, actor: &Actor, days: Option<u32>) -> Result<Vec<DueView>, AppError> {
    first(app, actor, days, app.limits().listed)
}

/// The first `most` of [`list`].
pub(crate) fn first(
    app: &App,
    actor: &Actor,
    days: Option<u32>,
    most: usize,
) -> Result<Vec<DueView>, AppError> {
    actor.may_read()?;
    crate::serve::settle_if_due(app)?;
    app.store().read("review.list", |tx| {
        let force = in_force(app, tx)?;
        let days = i64::from(days.unwrap_or(force.agreement.clocks.warn_days));
        let until = app.now().plus_seconds(days * DAY_SECONDS);
        let mut look = Look::new(app, tx)?;
        let read = |tx: &mut Tx<'_>, part| rows::before(tx, until, part);
        let due = filled(tx, most, read, |_, due| Ok(look.sees(due.record.peek())))?;
        let now = settle::instant(app, tx)?;
        let mut views = Vec::with_capacity(due.len());
        for due in &due {
            let found = due.record.peek();
            let is_named =
                found.state != RecordState::Triage && !search::is_listed_only(app, tx, found, now)?;
            views.push(view(app, &force, due, is_named));
        }
        Ok(views)
    })
}

fn view(app: &App, force: &InForce, due: &rows::Due, is_named: bool) -> DueView {
    let found = due.record.peek();
    let erase = i64::from(force.agreement.clocks.erase_days) * DAY_SECONDS;
    DueView {
        id: found.key.id.clone(),
        version: found.key.version.clone(),
        name: if is_named { found.name.clone() } else { String::new() },
        collection: found.key.collection.clone(),
        origin: force.name_of(&found.key.origin).to_owned(),
        own: &found.key.origin == app.member(),
        state: found.state.name().to_owned(),
        due_at: due.due_at.to_string(),
        erased_at: due.due_at.plus_seconds(erase).to_string(),
        days: (due.due_at.0 - app.now().0).div_euclid(DAY_SECONDS * 1_000_000),
        extensions: due.extensions,
    }
}

/// Keeps one record of this node's own member until another date, after an individual assessment, of which the reason
/// is written down. The bytes stay; the envelope is signed anew, and the record is served again.
///
/// # Errors
/// [`AppError::Denied`] without the role data protection or release officer, or for another member's record: only its
/// originator can keep it longer; [`AppError::Conflict`] for a record that is not in use; [`AppError::Invalid`] for an
/// empty reason, or a date that is not later or too far away.
pub fn extend(
    app: &App,
    actor: &Actor,
    text: &str,
    (until, decision_until): (Micros, Option<Micros>),
    reason: &str,
) -> Result<Reviewed, AppError> {
    actor.require(&DECIDERS, "keep a record beyond its review date")?;
    let reason = triage::reason("--reason", reason)?;
    app.store().write("review.extend", |tx| {
        let force = in_force(app, tx)?;
        let copies = in_use(app, tx, text, "keep it longer; ask with `comity review ask`")?;
        let mut done = None;
        for mut one in copies {
            let due = rows::of(tx, &one.key.collection, one.seq)?;
            let from = due.map_or(Micros(0), |due| due.due_at);
            if until <= from {
                return Err(AppError::invalid(
                    "--until",
                    format!("it is due at {from} already; name a later date"),
                ));
            }
            rows::cap(tx, &one.key.collection, one.seq, None)?;
            let dates = (until, decision_until);
            restate(app, tx, &force, &mut one, dates, &actor.name)?;
            for mut file in attachment::kept_with(tx, &one)? {
                rows::cap(tx, &file.key.collection, file.seq, None)?;
                restate(app, tx, &force, &mut file, dates, &actor.name)?;
            }
            if one.state == RecordState::Quarantined {
                allegation::set_aside(app, tx, &force, &one.key.id, &actor.name)?;
            }
            let extension = Extension {
                n: 0,
                from,
                until,
                reason: reason.clone(),
                actor: actor.name.clone(),
                at: app.now(),
            };
            let n = rows::extend(tx, &one.key.collection, one.seq, &extension)?;
            let leaf = journal::leaf(app, "review.extended", &actor.name)
                .object(triage::marker(tx, &one)?)
                .detail("extensions", &n.to_string());
            journal::append(app, tx, vec![leaf])?;
            done = Some(reviewed(&one, until, n));
        }
        done.ok_or_else(|| AppError::NotFound(format!("there is no record `{text}`")))
    })
}

fn reviewed(one: &Record, at: Micros, extensions: i64) -> Reviewed {
    Reviewed {
        id: one.key.id.clone(),
        version: one.key.version.clone(),
        review_at: at.to_string(),
        extensions,
        state: one.state.name().to_owned(),
    }
}

/// The copies of the newest version of a record of one's own that is in use or overdue.
fn in_use(app: &App, tx: &mut Tx<'_>, text: &str, what: &str) -> Result<Vec<Record>, AppError> {
    let kept = |one: &Record| matches!(one.state, RecordState::Live | RecordState::Overdue);
    let own = subject::own(app, tx, text, what)?;
    let Some(newest) = own.iter().filter(|one| kept(one)).max_by_key(|one| (one.version_at, one.seq)) else {
        let state = own.first().map_or("gone", |one| one.state.name());
        return Err(AppError::Conflict(format!("{text} is {state}")));
    };
    let (version, digest) = (newest.key.version.clone(), newest.key.digest);
    Ok(own
        .into_iter()
        .filter(|one| kept(one) && one.key.version == version && one.key.digest == digest)
        .collect())
}

/// Signs the envelope anew with another review date and puts the record on a new place.
fn restate(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    one: &mut Record,
    (review_at, decision_until): (Micros, Option<Micros>),
    actor: &str,
) -> Result<(), AppError> {
    let old = SignedEnvelope::from_json(&one.envelope)?.envelope;
    let statement = Statement {
        handling: (*one.handling).clone(),
        purpose: old.purpose,
        legal_basis: old.legal_basis,
        review_at: Some(review_at),
        decision_until,
        grading: old.grading,
        received: None,
    };
    match triage::kind_of(app, tx, one)? {
        Some(kind) => kinds::check(&kind, &statement, app.now()),
        None => review_fault(review_at, decision_until, app.now()).map_or(Ok(()), |fault| Err(fault.message)),
    }
    .map_err(|why| AppError::invalid("--until", why))?;
    let revision = one.revision.saturating_add(1);
    let (collection, origin) = (one.key.collection.clone(), one.key.origin.clone());
    let batch =
        Batch { collection: &collection, origin: &origin, actor, leaf: "review.extended", hold: false };
    let envelope = sign(app, tx, &batch, &one.key, &statement, revision)?;
    rows::state(tx, &collection, one.seq, Some(review_at))?;
    let aside = recall::why_aside(app, tx, force, one)?;
    one.state = if aside.is_some() { RecordState::Quarantined } else { RecordState::Live };
    one.reason = aside.unwrap_or_default();
    one.envelope = envelope.clone();
    one.revision = revision;
    settle::reach(app, tx, force)?;
    let next = Restated { handling: &statement.handling, envelope, revision };
    admit::restate(app, tx, force, one, next, actor)
}

/// The purpose of a record is achieved: it ends after the days that the agreement gives to erase it or to justify
/// that it is kept, never later than it would have. For one's own record the new date is signed and travels; another
/// member's record ends here alone.
///
/// # Errors
/// [`AppError::Denied`] without the role data protection or release officer; [`AppError::Conflict`] for a record that
/// is not in use.
pub fn done(app: &App, actor: &Actor, text: &str, reason: &str) -> Result<Reviewed, AppError> {
    actor.require(&DECIDERS, "say that the purpose of a record is achieved")?;
    triage::reason("--reason", reason)?;
    app.store().write("review.done", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        if found.state != RecordState::Live {
            return Err(AppError::Conflict(format!("{text} is {}", found.state.name())));
        }
        let days = i64::from(force.agreement.clocks.purpose_days);
        let cap = app.now().plus_seconds(days * DAY_SECONDS);
        let mut last = None;
        for stored in record::of_id(tx, &found.key.id, None, Some(&found.key.version))? {
            let mut one = stored.into_inner();
            if one.state != RecordState::Live || one.key.origin != found.key.origin {
                continue;
            }
            let due = rows::of(tx, &one.key.collection, one.seq)?;
            let at = due.map_or(cap, |due| due.due_at.min(cap));
            if &one.key.origin == app.member() {
                restate(app, tx, &force, &mut one, (at, Some(at)), &actor.name)?;
            }
            rows::cap(tx, &one.key.collection, one.seq, Some(at))?;
            end_files(app, tx, &force, &one, at, &actor.name)?;
            let leaf = journal::leaf(app, "purpose.achieved", &actor.name).object(triage::marker(tx, &one)?);
            journal::append(app, tx, vec![leaf])?;
            last = Some(reviewed(&one, at, 0));
        }
        last.ok_or_else(|| AppError::NotFound(format!("there is no record `{text}`")))
    })
}

/// The files of a record whose purpose is achieved end with it, or earlier if they would have.
fn end_files(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    one: &Record,
    at: Micros,
    actor: &str,
) -> Result<(), AppError> {
    for mut file in attachment::kept_with(tx, one)? {
        if file.state != RecordState::Live {
            continue;
        }
        let due = rows::of(tx, &file.key.collection, file.seq)?;
        let at = due.map_or(at, |due| due.due_at.min(at));
        if &file.key.origin == app.member() {
            restate(app, tx, force, &mut file, (at, Some(at)), actor)?;
        }
        rows::cap(tx, &file.key.collection, file.seq, Some(at))?;
    }
    Ok(())
}

/// When the terms of a record's exchange policy end, the copies that are here come up for review (D8). Whatever else ends
/// it earlier still does.
pub(crate) fn follow_policy(
    tx: &mut Tx<'_>,
    (collection, seq): (&str, i64),
    was: Option<&Handling>,
    next: &Handling,
) -> Result<(), AppError> {
    let end = |handling: &Handling| handling.iep.as_ref().and_then(|iep| iep.end_date);
    let (old, new) = (was.and_then(end), end(next));
    if old != new {
        let other = rows::capped(tx, collection, seq)?.filter(|cap| Some(*cap) != old);
        rows::cap(tx, collection, seq, [other, new].into_iter().flatten().min())?;
    }
    Ok(())
}

/// Notes that the originator of a record has to be asked to keep it longer: nobody else can. Answers whom to ask.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record; [`AppError::Conflict`] for one of this member's own.
pub fn ask(app: &App, actor: &Actor, text: &str) -> Result<String, AppError> {
    actor.may_read()?;
    app.store().write("review.ask", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        if &found.key.origin == app.member() {
            return Err(AppError::Conflict(format!("{text} is your own: use `comity review extend`")));
        }
        let leaf = journal::leaf(app, "review.asked", &actor.name)
            .member(found.key.origin.as_str())
            .object(triage::marker(tx, &found)?);
        journal::append(app, tx, vec![leaf])?;
        Ok(force.name_of(&found.key.origin).to_owned())
    })
}

/// Records of minors and victims that are kept for over five years, for the supervisor.
///
/// # Errors
/// [`AppError::Denied`] without the role data protection or auditor.
pub fn report(app: &App, actor: &Actor) -> Result<Report, AppError> {
    actor.require(&[Role::DataProtection, Role::Auditor], "report to the supervisor")?;
    app.store().read("review.report", |tx| {
        let since = app.now().plus_seconds(-REPORT_YEARS * 365 * DAY_SECONDS);
        let mut report = Report::default();
        let mut look = Look::new(app, tx)?;
        for due in rows::before(tx, Micros(i64::MAX), (0, i64::MAX))? {
            let found = due.record.peek();
            let minor = found.handling.flags.contains(&Flag::Minor);
            let victim = found.handling.category == Some(Category::Victim);
            if due.first_at > since || !(minor || victim) || !look.sees(found) {
                continue;
            }
            report.minors += usize::from(minor);
            report.victims += usize::from(victim);
            report.records.push(LongKept {
                id: found.key.id.clone(),
                why: if minor { "minor" } else { "victim" }.into(),
                first_at: due.first_at.to_string(),
                extensions: due.extensions,
            });
        }
        Ok(report)
    })
}

/// Says that every review date that an envelope states stands in its table.
const DATES_FACT: &str = "review_dates";
/// Records that are read in one step.
const PAGE: i64 = 1_000;

/// Reads the review dates out of the envelopes, once: a home that was made before they were kept apart has none.
pub(crate) fn fill_once(app: &App) -> Result<(), AppError> {
    let is_filled = |tx: &mut Tx<'_>| Ok::<_, AppError>(fact::get(tx, DATES_FACT)?.is_some());
    if app.store().read("review.filled", is_filled)? {
        return Ok(());
    }
    app.store().write("review.fill", |tx| {
        for one in collection::list(tx)? {
            fill(tx, &one.id)?;
        }
        Ok(fact::set(tx, DATES_FACT, "1")?)
    })
}

/// Reads the review dates of one collection out of its envelopes. What this node set itself stays.
pub(crate) fn fill(tx: &mut Tx<'_>, collection: &str) -> Result<(), AppError> {
    let mut after = 0;
    loop {
        let page = record::list(tx, collection, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.peek().seq;
        for stored in &page {
            let found = stored.peek();
            if found.state == RecordState::Erased || found.envelope.is_empty() {
                continue;
            }
            let review_at = SignedEnvelope::from_json(&found.envelope)?.envelope.review_at;
            rows::state(tx, collection, found.seq, review_at)?;
        }
    }
}

/// Takes out of use what is past its date at this instant, with the older versions of the same object: they do not
/// come up in its place. Answers how many.
pub(crate) fn pass(app: &App, tx: &mut Tx<'_>, now: Micros) -> Result<usize, AppError> {
    let mut commitments = Vec::new();
    for stored in rows::passed(tx, now)? {
        let found = stored.into_inner();
        let mut out = versions_until(tx, &found)?;
        out.retain(|one| one.state == RecordState::Live);
        for one in &out {
            record::set_state(tx, &one.key.collection, one.seq, RecordState::Overdue, PASSED)?;
        }
        // Whatever date its files have of their own: they belong to it.
        out.extend(attachment::without(tx, &found, RecordState::Live)?);
        for one in out {
            record::set_state(tx, &one.key.collection, one.seq, RecordState::Overdue, PASSED)?;
            let salt = record::salt(tx, &one.key.collection, one.seq)?.unwrap_or_default();
            commitments.push(commitment(&salt, &one.key.digest.0));
        }
    }
    // A node without its keys cannot sign a leaf. That is no reason to show what may not be shown.
    if !commitments.is_empty() && app.has_keys() {
        let leaf = journal::leaf(app, "review.passed", "clock")
            .object(root_of(&commitments))
            .count(commitments.len() as u64);
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(commitments.len())
}

/// This version of an object in its collection and of its origin, and the older ones.
fn versions_until(tx: &mut Tx<'_>, found: &Record) -> Result<Vec<Record>, AppError> {
    Ok(record::of_id(tx, &found.key.id, Some(&found.key.collection), None)?
        .into_iter()
        .map(comity_model::Stored::into_inner)
        .filter(|one| {
            one.key.origin == found.key.origin && (one.version_at, one.seq) <= (found.version_at, found.seq)
        })
        .collect())
}

/// Erases what was due before an instant and nobody kept; answers how many.
pub(crate) fn expire(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    until: Micros,
    limit: i64,
) -> Result<usize, AppError> {
    let cause = Cause { reason: "review".into(), authority: "clock: review".into(), scope: Scope::Object };
    let mut erased = 0;
    for due in rows::before(tx, until, (0, limit))? {
        for one in versions_until(tx, due.record.peek())? {
            erased += usize::from(one.state != RecordState::Erased);
            erase::one(app, tx, force, &one, &cause, "clock")?;
        }
    }
    Ok(erased)
}
