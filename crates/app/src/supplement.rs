//! Writing records of this node's own member that stand beside others: a returned grade, a vocabulary, an attachment.

use comity_model::kind::{Context, Fault};
use comity_model::stix::marking::Meaning;
use comity_model::stix::{Id, Object, Registry, Timestamp};
use comity_model::{Handling, Micros, Record, SignedEnvelope, Supplement};
use comity_store::Tx;
use comity_store::tables::record;

use crate::admit::{Admitted, Batch, Candidate, Statement, admit};
use crate::force::InForce;
use crate::proposal::{self, Action, ProposalView};
use crate::threshold::Threshold;
use crate::{Actor, App, AppError};

/// A supplement to be written.
pub(crate) struct New<'a> {
    /// Id of the collection.
    pub(crate) collection: &'a str,
    /// What it is.
    pub(crate) supplement: &'a Supplement,
    /// The version before it, if it is a new version of something.
    pub(crate) before: Option<&'a Record>,
    /// Markings in its bytes.
    pub(crate) markings: Vec<Id>,
    /// What is stated about its release.
    pub(crate) handling: Handling,
    /// The record from whose envelope purpose, legal basis and review date are taken.
    pub(crate) about: Option<&'a Record>,
    /// Keep it back, without asking anybody.
    pub(crate) hold: bool,
}

/// A supplement that was written.
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) version: String,
    /// What waits for a second person, if the agreement asks for one.
    pub(crate) pending: Option<ProposalView>,
}

/// Writes a supplement as a record of this node's own member, held where the agreement asks for a second person.
pub(crate) fn put(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    actor: &Actor,
    new: New<'_>,
) -> Result<Written, AppError> {
    let context = context(app, tx, &new)?;
    let text = new.supplement.write(&context).map_err(|faults| refused(&faults))?;
    let object = Object::parse(text.as_bytes(), &app.limits().stix)
        .map_err(|error| AppError::invalid("object", error.to_string()))?;
    let candidate = Candidate::read(app, &object, &Registry::standard(), &|_| Meaning::Unknown)
        .map_err(|reason| AppError::invalid("object", reason))?;
    let about = match new.about {
        Some(found) => Some(SignedEnvelope::from_json(&found.envelope)?.envelope),
        None => None,
    };
    let mut statement = Statement::markings_alone(new.handling);
    if let Some(found) = new.about {
        statement.handling.inner.extend(found.handling.inner.iter().cloned());
    }
    if let Some(about) = about {
        statement.purpose = about.purpose;
        statement.legal_basis = about.legal_basis;
        statement.review_at = about.review_at;
        statement.decision_until = about.review_at;
    }
    let reason =
        Threshold::of(app, tx, force, app.member())?.asks(None, &statement.handling).filter(|_| !new.hold);
    let batch = Batch {
        collection: new.collection,
        origin: app.member(),
        actor: &actor.name,
        leaf: "records.published",
        hold: new.hold || reason.is_some(),
    };
    let items = [(candidate, statement)];
    let outcome = admit(app, tx, force, &batch, &items)?.into_iter().next();
    let pending = match (outcome, reason) {
        (Some(Admitted::Held(seq)), Some(reason)) => {
            let action = Action::Publish { collection: new.collection.to_owned(), seqs: vec![seq] };
            Some(proposal::propose(app, tx, actor, &action, reason)?)
        }
        (Some(Admitted::Held(_) | Admitted::Accepted(_)), _) => None,
        (Some(Admitted::Refused(why)), _) => return Err(AppError::Conflict(why.text)),
        _ => return Err(AppError::Internal("a new supplement was there already".into())),
    };
    let [(candidate, _)] = items;
    Ok(Written { id: candidate.id, version: candidate.version, pending })
}

/// Identifier and times: those of the version before, or new ones.
fn context(app: &App, tx: &mut Tx<'_>, new: &New<'_>) -> Result<Context, AppError> {
    let internal = |error: String| AppError::Internal(error);
    let mut at = app.now();
    let (id, created) = match new.before {
        None => {
            let id = format!("{}--{}", new.supplement.stix_type(), app.random_uuid());
            (id.parse().map_err(|error| internal(format!("{id}: {error}")))?, stamp(at))
        }
        Some(before) => {
            at = Micros(at.0.max(before.version_at.0.saturating_add(1_000)));
            let bytes = record::content(tx, &before.key, &[])?.unwrap_or_default();
            let object = Object::parse(&bytes, &app.limits().stix).ok();
            let created = object.and_then(|object| object.created());
            let id =
                before.key.id.parse().map_err(|error| internal(format!("{}: {error}", before.key.id)))?;
            (id, created.unwrap_or_else(|| stamp(before.version_at)))
        }
    };
    let created_by = app.member().clone();
    Ok(Context {
        id,
        created,
        modified: stamp(at),
        created_by,
        markings: new.markings.clone(),
        language: None,
    })
}

fn stamp(at: Micros) -> Timestamp {
    Timestamp::from_micros(at.0)
}

/// The faults of a supplement as an error for people.
pub(crate) fn refused(faults: &[Fault]) -> AppError {
    let told = |fault: &Fault| crate::Fault {
        place: if fault.path.is_empty() { "input".to_owned() } else { fault.path.clone() },
        reason: format!("{} ({})", fault.message, fault.rule),
    };
    AppError::Invalid(faults.iter().take(5).map(told).collect())
}

/// The supplement that a record is; none when it is none, or its bytes were erased.
pub(crate) fn of(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Option<Supplement>, AppError> {
    let Some(bytes) = record::content(tx, &found.key, &[])? else { return Ok(None) };
    let object = Object::parse(&bytes, &app.limits().stix)
        .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))?;
    Ok(Supplement::read(&object).ok().flatten())
}

/// A text that a person gives as a reason: not empty, not too long.
pub(crate) fn reason(text: &str, option: &str) -> Result<String, AppError> {
    const BYTES_MAX: usize = 2_000;
    let text = text.trim();
    if text.is_empty() || text.len() > BYTES_MAX || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(AppError::invalid(option, format!("say why, in 1 to {BYTES_MAX} bytes of plain text")));
    }
    Ok(text.to_owned())
}
