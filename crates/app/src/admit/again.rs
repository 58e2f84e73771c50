//! What becomes of a record that is here already when it comes again: with fuller bytes, or stated anew.

use comity_ledger::commitment;
use comity_model::stix::Object;
use comity_model::stix::json::{Map, Value};
use comity_model::{HandlingId, NotTaken, Record, RecordState, SignedEnvelope};
use comity_store::Tx;
use comity_store::tables::record::Known;
use comity_store::tables::{browse, record, review};

use super::{Admitted, Batch, Candidate, NOT_TAKEN, Restated, Statement, restate_as, shelve, sign};
use crate::force::InForce;
use crate::look::Look;
use crate::why::Why;
use crate::{App, AppError, dangling, journal, recall, search};

/// A record that is there already comes again.
pub(super) fn again(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    known: &Known,
    (candidate, statement, name): (&Candidate, &Statement, HandlingId),
) -> Result<Admitted, AppError> {
    // Who may not see what is here learns no more than that it is not taken.
    if statement.received.is_none() && !Look::new(app, tx)?.sees_numbered(tx, batch.collection, known.seq)? {
        return Ok(Admitted::Refused(NOT_TAKEN.into()));
    }
    if known.state == RecordState::Withdrawn {
        return refused(NotTaken::Withdrawn, "it was withdrawn; publish a new version instead");
    }
    if known.state == RecordState::Quarantined && statement.received.is_none() {
        return refused(NotTaken::Quarantined, "it is quarantined here");
    }
    if known.state == RecordState::Erased {
        return Ok(batch.told(Why::new(NotTaken::Erased, "it was erased here")));
    }
    let mut outcome = Admitted::Unchanged;
    let fuller = known.held != candidate.digest && candidate.digest == known.digest;
    let same = known.handling == name;
    // What its origin states anew may be something else than the handling: its grade, say, or its review date.
    let newer = statement
        .received
        .as_ref()
        .is_some_and(|one| i64::from(one.revision) > known.revision || known.state == RecordState::Triage);
    if same && !fuller && !newer {
        return Ok(outcome);
    }
    if known.state == RecordState::Held && statement.received.is_none() {
        return refused(NotTaken::Conflict, "it waits for publication; publish or change it there");
    }
    if batch.hold {
        return refused(
            NotTaken::Conflict,
            "it is published already, and a draft changes nothing about it: change its handling there",
        );
    }
    let Some(stored) = record::numbered(tx, batch.collection, known.seq)? else { return Ok(outcome) };
    let mut row = stored.into_inner();
    if fuller {
        complete(app, tx, &mut row, candidate, batch.actor)?;
        outcome = Admitted::Changed;
    }
    let revision = match &statement.received {
        // An older statement that is repeated or replayed changes nothing.
        Some(received) => Some(received.revision).filter(|_| newer),
        // Bytes that come again narrow and never widen: to widen is the work of `handling`.
        None if same => None,
        None if statement.handling.is_within(&row.handling) => Some(row.revision.saturating_add(1)),
        // Restated by hand since, in another way: what was said last holds.
        None if known.revision > 1 => None,
        None => {
            return refused(
                NotTaken::Conflict,
                "it is here under a narrower handling: widen it with `comity handling`",
            );
        }
    };
    let Some(revision) = revision.filter(|_| !same || newer) else {
        if fuller {
            // Who reads here has the poorer one so far.
            shelve(app, tx, force, &mut row)?;
        }
        return Ok(outcome);
    };
    let envelope = match &statement.received {
        Some(received) => received.text.clone(),
        None => {
            let kept = beside(&row, statement)?;
            review::state(tx, &row.key.collection, row.seq, kept.review_at)?;
            sign(app, tx, batch, &row.key, &kept, revision)?
        }
    };
    if statement.received.is_some() {
        follow_review(app, tx, force, &mut row, statement)?;
    }
    let next = Restated { handling: &statement.handling, envelope, revision };
    let leaf = if same { "envelope.changed" } else { "handling.changed" };
    restate_as(app, tx, force, &row, next, (batch.actor, leaf))?;
    changed(app, tx, &row, (revision, known.revision))
}

/// Notes when a record was stated anew where its number does not tell that it was.
fn changed(
    app: &App,
    tx: &mut Tx<'_>,
    row: &Record,
    (revision, before): (u32, i64),
) -> Result<Admitted, AppError> {
    if i64::from(revision) <= before {
        browse::came_anew(tx, &row.key.collection, row.seq, app.now())?;
    }
    Ok(Admitted::Changed)
}

fn refused(code: NotTaken, text: &str) -> Result<Admitted, AppError> {
    Ok(Admitted::Refused(Why::new(code, text)))
}

/// What this node states of bytes that come again: another handling, and for the rest what was stated of them first. The
/// earlier review date holds.
fn beside(row: &Record, statement: &Statement) -> Result<Statement, AppError> {
    let old = SignedEnvelope::from_json(&row.envelope)?.envelope;
    Ok(Statement {
        handling: statement.handling.clone(),
        purpose: old.purpose.or_else(|| statement.purpose.clone()),
        legal_basis: old.legal_basis.or_else(|| statement.legal_basis.clone()),
        review_at: [old.review_at, statement.review_at].into_iter().flatten().min(),
        decision_until: statement.decision_until,
        grading: old.grading.or_else(|| statement.grading.clone()),
        received: None,
    })
}

/// Takes over the review date of a new envelope. With a date to come a record is in use again: its originator keeps it
/// longer, or says at last for what it may be used.
fn follow_review(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    row: &mut Record,
    statement: &Statement,
) -> Result<(), AppError> {
    let waits = matches!(row.state, RecordState::Overdue | RecordState::Triage);
    if waits && statement.review_at.is_none_or(|at| at > app.now()) {
        let aside = recall::keeps_aside(tx, force, row)?;
        row.state = if aside.is_some() { RecordState::Quarantined } else { RecordState::Live };
        row.reason = aside.unwrap_or_default();
    }
    Ok(review::state(tx, &row.key.collection, row.seq, statement.review_at)?)
}

/// Puts fuller bytes in place of the poorer ones that came before, and notes it in the ledger.
fn complete(
    app: &App,
    tx: &mut Tx<'_>,
    row: &mut Record,
    candidate: &Candidate,
    actor: &str,
) -> Result<(), AppError> {
    row.held = candidate.digest;
    row.parts.clone_from(&candidate.markings.parts);
    row.names = !dangling::names_of(&candidate.references).is_empty();
    record::replace_content(tx, row, &candidate.bytes, &candidate.references)?;
    search::forget(tx, &row.key.collection, row.seq)?;
    search::index(tx, &row.key.collection, &[(row.seq, candidate.entry(app))])?;
    let salt = record::salt(tx, &row.key.collection, row.seq)?.unwrap_or_default();
    let leaf = journal::leaf(app, "content.completed", actor).object(commitment(&salt, &row.key.digest.0));
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// What a version is, of which another form is here: its originator's node signs for each form that it lets out without some
/// of what the record names.
pub(super) enum Form {
    /// No other form is here.
    New,
    /// There is nothing more in it than in what is here.
    Poorer,
    /// It takes the place of these, by their numbers.
    Instead(Vec<i64>),
}

/// Compares a version that came with the forms of it that are here.
pub(super) fn form<'k>(
    app: &App,
    tx: &mut Tx<'_>,
    batch: &Batch<'_>,
    forms: impl Iterator<Item = &'k Known>,
    (candidate, statement): (&Candidate, &Statement),
) -> Result<Form, AppError> {
    let Some(received) = &statement.received else { return Ok(Form::New) };
    let mut replaced = Vec::new();
    for known in forms.filter(|one| one.state == RecordState::Live && one.digest != received.object) {
        let Some(row) = record::numbered(tx, batch.collection, known.seq)? else { continue };
        let Some(bytes) = record::content(tx, &row.peek().key, &[])? else { continue };
        let (here, came) = (Object::parse(&bytes, &app.limits().stix), candidate.object(app));
        let (Ok(here), Ok(came)) = (here, came) else { continue };
        let (is_more, is_less) =
            (holds_all(came.value(), here.value()), holds_all(here.value(), came.value()));
        let order = i64::from(received.revision).cmp(&known.revision);
        if (is_more || is_less) && order.is_lt() || is_less && order.is_eq() {
            return Ok(Form::Poorer);
        }
        if is_more || is_less {
            replaced.push(known.seq);
        }
    }
    Ok(if replaced.is_empty() { Form::New } else { Form::Instead(replaced) })
}

/// Takes a form of a version out of use in whose place another one came.
pub(super) fn replace(app: &App, tx: &mut Tx<'_>, batch: &Batch<'_>, seq: i64) -> Result<(), AppError> {
    let Some(row) = record::numbered(tx, batch.collection, seq)? else { return Ok(()) };
    record::set_state(tx, batch.collection, seq, RecordState::Withdrawn, "it came again in another form")?;
    let salt = record::salt(tx, batch.collection, seq)?.unwrap_or_default();
    let leaf = journal::leaf(app, "record.replaced", batch.actor)
        .object(commitment(&salt, &row.peek().key.digest.0));
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// Whether nothing of `less` is missing in `more`. Granular markings are no content: they follow what is left of it.
fn holds_all(more: &Map<'_>, less: &Map<'_>) -> bool {
    less.iter().all(|(key, value)| {
        key == "granular_markings" || more.get(key).is_some_and(|other| holds(other, value))
    })
}

fn holds(more: &Value<'_>, less: &Value<'_>) -> bool {
    match (more.as_object(), less.as_object(), more.as_array(), less.as_array()) {
        (Some(more), Some(less), ..) => holds_all(more, less),
        (_, _, Some(more), Some(less)) => {
            let mut rest = more.iter();
            less.iter().all(|wanted| rest.any(|one| holds(one, wanted)))
        }
        _ => more == less,
    }
}
