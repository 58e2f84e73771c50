//! Use for another purpose than the provider set: it is denied, and the provider can be asked for consent. The request
//! is a note to the originator alone; the answer is the originator's new envelope.

use comity_model::stix::Tlp;
use comity_model::{Handling, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::consent as rows;
use comity_store::tables::record;
use serde::Serialize;

use crate::admit::Statement;
use crate::force::{InForce, in_force};
use crate::handling::{self, Change, Changed};
use crate::letter::{self, Letter, PURPOSE, REQUEST};
use crate::look::Look;
use crate::proposal::Outcome;
use crate::{Actor, App, AppError, Role, journal, subject, triage};

/// A request, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConsentView {
    /// What names it: the STIX id of the note.
    pub id: String,
    /// STIX id of the record.
    pub record: String,
    /// The purpose that is asked for.
    pub purpose: String,
    /// Display name of the member who asks.
    pub by: String,
    /// Why.
    pub reason: String,
    /// `asked`, `granted` or `refused`.
    pub state: String,
    /// Whether it was made here.
    pub own: bool,
    /// When it was made, or came.
    pub at: String,
}

/// Asks the originator of a record to allow its use for another purpose.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst, release officer or data protection; [`AppError::Conflict`] for a
/// record of one's own or one that the purpose allows already; [`AppError::Invalid`] for a purpose that the agreement
/// does not know or an empty reason.
pub fn ask(app: &App, actor: &Actor, text: &str, purpose: &str, why: &str) -> Result<ConsentView, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer, Role::DataProtection], "ask for consent")?;
    let why = triage::reason("--reason", why)?;
    app.store().write("consent.ask", |tx| {
        let force = in_force(app, tx)?;
        if !force.agreement.purposes.contains_key(purpose) {
            return Err(AppError::invalid(
                "--purpose",
                format!("`{purpose}` is not defined in the agreement"),
            ));
        }
        let found = subject::newest(app, tx, text)?;
        check(app, &found, purpose)?;
        let letter = Letter {
            title: "consent request",
            text: &why,
            labels: vec![REQUEST.to_owned(), format!("{PURPOSE}{purpose}")],
            authors: Vec::new(),
            about: &found.key.id,
        };
        let mut handling = Handling::unmarked(app.member().clone());
        handling.tlp = Some(Tlp::Red);
        handling.recipients.insert(found.key.origin.clone());
        handling.inner.clone_from(&found.handling.inner);
        let statement = Statement::markings_alone(handling);
        let place = letter::place_for(app, tx, &found.key.origin, &found.key.collection)?;
        let sent = letter::send(app, tx, &force, (actor, &place), &letter, statement)?;
        let leaf = journal::leaf(app, "consent.asked", &actor.name)
            .member(found.key.origin.as_str())
            .object(triage::marker(tx, &found)?)
            .detail("purpose", purpose);
        journal::append(app, tx, vec![leaf])?;
        let row =
            rows::find(tx, &sent.id)?.ok_or_else(|| AppError::Internal("the request was not kept".into()))?;
        view(app, tx, &force, row)
    })
}

fn check(app: &App, found: &Record, purpose: &str) -> Result<(), AppError> {
    if &found.key.origin == app.member() {
        return Err(AppError::Conflict(format!(
            "{} is your own: add the purpose with `comity handling`",
            found.key.id
        )));
    }
    let allowed = &found.handling.purposes;
    if allowed.contains(purpose) || (allowed.is_empty() && !found.handling.personal) {
        return Err(AppError::Conflict(format!("{} may be used for {purpose} already", found.key.id)));
    }
    match found.state {
        RecordState::Erased | RecordState::Triage => {
            Err(AppError::Conflict(format!("{} is {}", found.key.id, found.state.name())))
        }
        _ => Ok(()),
    }
}

/// Requests made here and requests that came, the oldest first.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<ConsentView>, AppError> {
    actor.may_read()?;
    app.store().read("consent.list", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let mut views = Vec::new();
        for row in rows::list(tx)? {
            if look.sees_object(tx, &row.target)? {
                views.push(view(app, tx, &force, row)?);
            }
        }
        Ok(views)
    })
}

fn view(app: &App, tx: &mut Tx<'_>, force: &InForce, row: rows::Consent) -> Result<ConsentView, AppError> {
    let own = &row.member == app.member();
    let mut state = row.state;
    // The answer to one's own request is the originator's new envelope: it names the purpose. So it is here, where a
    // second person approved the change.
    if state == "asked" {
        for stored in record::of_id(tx, &row.target, None, None)? {
            let is_ours = own || &stored.peek().key.origin == app.member();
            if is_ours && stored.peek().handling.purposes.contains(&row.purpose) {
                "granted".clone_into(&mut state);
            }
        }
    }
    Ok(ConsentView {
        id: row.note,
        record: row.target,
        purpose: row.purpose,
        by: force.name_of(&row.member).to_owned(),
        reason: row.reason,
        state,
        own,
        at: row.at.to_string(),
    })
}

/// Answers a request about a record of one's own. Yes adds the purpose to its handling, by a new envelope that
/// travels; no is noted.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer, or for another member's record; [`AppError::NotFound`] for an
/// unknown request; [`AppError::Conflict`] when it was answered before.
pub fn answer(app: &App, actor: &Actor, id: &str, yes: bool) -> Result<Option<Outcome<Changed>>, AppError> {
    actor.require(&[Role::ReleaseOfficer], "answer a request for consent")?;
    let found = app.store().read("consent.find", |tx| match rows::find(tx, id)? {
        Some(row) if Look::new(app, tx)?.sees_object(tx, &row.target)? => Ok::<_, AppError>(Some(row)),
        _ => Ok(None),
    })?;
    let row = found.ok_or_else(|| {
        AppError::NotFound(format!("there is no request `{id}`: see `comity consent list`"))
    })?;
    if &row.member == app.member() {
        return Err(AppError::Conflict("this node made the request; its originator answers it".into()));
    }
    if row.state != "asked" {
        return Err(AppError::Conflict(format!("it was {} before", row.state)));
    }
    // First the change: if it is not allowed, the request stays open.
    let change = Change { purposes: (vec![row.purpose.clone()], Vec::new()), ..Change::default() };
    let outcome = if yes { Some(handling::change(app, actor, &row.target, &change)?) } else { None };
    // It is granted when the change is: until a second person approves it the request stays open.
    let waits = matches!(outcome, Some(Outcome::Pending(_)));
    app.store().write("consent.answer", |tx| {
        let state = if waits {
            "proposed"
        } else if yes {
            "granted"
        } else {
            "refused"
        };
        if !waits {
            rows::answer(tx, id, state, &actor.name, app.now())?;
        }
        let leaf = journal::leaf(app, "consent.answered", &actor.name)
            .member(row.member.as_str())
            .detail("answer", state)
            .detail("purpose", &row.purpose);
        journal::append(app, tx, vec![leaf])?;
        Ok::<_, AppError>(())
    })?;
    Ok(outcome)
}
