//! The work on a session: planned with its agenda, convened, held, closed when its journal is adopted.

use std::collections::BTreeSet;

use comity_model::kind::council::{
    AgendaItem, Invited, InvitedAs, Known, Party, Session, SessionStatus, Uncertain,
};
use comity_model::kind::{Assertion, Basis, Kind, PartialDate, Period};
use comity_model::stix::Id;
use comity_model::{MemberId, Standing};

use super::conflict::enter;
use super::decision::rewrite;
use super::gather::{Gathering, Held};
use super::session::{named, resolve};
use crate::compose::Entry;
use crate::compose::statement::StatementText;
use crate::force::in_force;
use crate::{Actor, App, AppError};

/// A session that is planned.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// The body: a name of it, or its id.
    pub body: &'a str,
    /// Its number among the sessions of the body.
    pub number: u32,
    /// On which day, month or year.
    pub on: PartialDate,
    /// Where.
    pub place: Option<&'a str>,
    /// A heading; without one it is made of body and number.
    pub title: Option<&'a str>,
    /// Collection; without one that of the body.
    pub collection: Option<&'a str>,
    /// Who is to have it.
    pub statement: &'a StatementText,
}

pub(super) fn fact() -> Basis {
    Basis::of(Assertion::FACT)
}

fn parse(id: &str) -> Result<Id, AppError> {
    Id::parse(id).map_err(|error| AppError::Internal(error.to_string()))
}

/// Plans a session. The one with the number before it is its predecessor, where it is here.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown body; [`AppError::Conflict`]
/// when several bodies are meant. What is wrong with it stands in the answer.
pub fn plan(app: &App, actor: &Actor, new: &New<'_>) -> Result<Entry, AppError> {
    actor.may_read()?;
    let (body, predecessor) = app.store().read("council.plan", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let bodies = gathering.all(tx, "body")?;
        let ids: BTreeSet<String> = named(&bodies, new.body)?.into_iter().collect();
        if ids.len() > 1 {
            let all: Vec<&str> = ids.iter().map(String::as_str).collect();
            let why = format!("`{}` names {}: name one by its id", new.body, all.join(" and "));
            return Err(AppError::Conflict(why));
        }
        let body = bodies.into_iter().find(|held| ids.contains(&held.place.id));
        let sessions = gathering.all(tx, "session")?;
        let before = sessions.iter().find(|held| match &held.kind {
            Kind::Session(one) => {
                ids.contains(one.body_ref.as_str())
                    && one.number.basis == Known::Stated
                    && one.number.value.is_some_and(|number| number.saturating_add(1) == new.number)
            }
            _ => false,
        });
        Ok((body, before.map(|held| held.place.id.clone())))
    })?;
    let body = body.ok_or_else(|| AppError::NotFound(format!("there is no body `{}`", new.body)))?;
    let title = match new.title {
        Some(title) => title.to_owned(),
        None => format!("{}, session {}", body.title(), new.number),
    };
    let session = Session {
        title,
        summary: None,
        body_ref: parse(&body.place.id)?,
        number: Uncertain::stated(new.number),
        status: SessionStatus::Planned,
        during: Uncertain::stated(Period { from: Some(new.on), until: Some(new.on) }),
        place: new.place.map(|place| Uncertain::stated(place.to_owned())),
        host: None,
        chair_of_body: None,
        chair_of_meeting: None,
        opened_by: None,
        invited: Vec::new(),
        members: None,
        observers: None,
        speakers: Vec::new(),
        message_refs: Vec::new(),
        predecessor_ref: predecessor.as_deref().map(parse).transpose()?,
        related_events: Vec::new(),
        source_refs: Vec::new(),
        notes: Vec::new(),
        basis: fact(),
    };
    let collection = new.collection.unwrap_or(&body.place.collection);
    enter(app, actor, collection, Kind::Session(Box::new(session)), new.statement)
}

/// The session that a text names, with its record.
pub(super) fn find(app: &App, text: &str) -> Result<(Held, Session), AppError> {
    app.store().read("council.session", |tx| {
        let own = in_force(app, tx)?.name_of(app.member()).to_owned();
        let mut gathering = Gathering::new(app, tx)?;
        let bodies = gathering.all(tx, "body")?;
        let all = gathering.all(tx, "session")?;
        let held = resolve(&all, &bodies, text, &own)?;
        match &held.kind {
            Kind::Session(session) => Ok((held.clone(), session.as_ref().clone())),
            _ => Err(AppError::Internal("a session is a session".into())),
        }
    })
}

pub(super) fn own(app: &App, actor: &Actor, text: &str) -> Result<(Held, Session), AppError> {
    actor.may_read()?;
    let found = find(app, text)?;
    if &found.0.origin != app.member() {
        return Err(AppError::Denied(format!(
            "{} is a session of {}: only its originator changes it",
            found.0.place.id, found.0.place.origin
        )));
    }
    Ok(found)
}

fn write(app: &App, actor: &Actor, held: &Held, session: Session, reason: &str) -> Result<Entry, AppError> {
    rewrite(app, actor, &held.place.id, Kind::Session(Box::new(session)), reason)
}

/// An item for an agenda.
#[derive(Clone, Copy, Debug)]
pub struct NewItem<'a> {
    /// Its place on the agenda.
    pub number: u16,
    /// A heading.
    pub title: &'a str,
    /// Ids of papers on it.
    pub papers: &'a [String],
    /// Whether everybody may have it; else it is for members.
    pub public: bool,
}

/// Puts an item on the agenda of a session: for members, or clear for everybody. Observers have the clear part.
///
/// # Errors
/// [`AppError::Denied`] of another member's session, or without the role release officer; [`AppError::NotFound`] for an unknown
/// session. What is wrong with it stands in the answer.
pub fn agenda(app: &App, actor: &Actor, text: &str, item: &NewItem<'_>) -> Result<Entry, AppError> {
    let (held, _) = own(app, actor, text)?;
    let papers: Result<Vec<Id>, _> = item.papers.iter().map(|id| Id::parse(id)).collect();
    let made = AgendaItem {
        title: item.title.to_owned(),
        summary: None,
        session_ref: parse(&held.place.id)?,
        position_number: item.number,
        words: None,
        item_basis: Known::Stated,
        paper_refs: papers.map_err(|error| AppError::invalid("--paper", error.to_string()))?,
        notes: Vec::new(),
        basis: fact(),
    };
    let level = if item.public { "clear" } else { "amber" };
    let statement = StatementText { tlp: Some(level.to_owned()), ..StatementText::default() };
    enter(app, actor, &held.place.collection, Kind::AgendaItem(made), &statement)
}

fn party(member: &MemberId) -> Party {
    Party { member_ref: Some(member.id().clone()), ..Party::default() }
}

/// Convenes a session: everybody is invited by what the agreement says they are, members and observers.
///
/// # Errors
/// As for [`agenda`].
pub fn invite(app: &App, actor: &Actor, text: &str) -> Result<Entry, AppError> {
    let (held, mut session) = own(app, actor, text)?;
    let force = app.store().read("council.invite", |tx| in_force(app, tx))?;
    let invited = force.agreement.members.iter().filter_map(|one| {
        let standing = match one.standing {
            Standing::Member => InvitedAs::Member,
            Standing::Observer => InvitedAs::Observer,
            Standing::Partner | Standing::Oversight => return None,
        };
        Some(Invited { party: party(&one.id), standing })
    });
    session.invited = invited.collect();
    if session.status == SessionStatus::Planned {
        session.status = SessionStatus::Convened;
    }
    write(app, actor, &held, session, "convened")
}

/// Notes that members take part in a session; observers as observers.
///
/// # Errors
/// As for [`agenda`]; [`AppError::NotFound`] for an unknown member.
pub fn attend(app: &App, actor: &Actor, text: &str, members: &[String]) -> Result<Entry, AppError> {
    let (held, mut session) = own(app, actor, text)?;
    let force = app.store().read("council.attend", |tx| in_force(app, tx))?;
    let named = app.store().read("council.attend", |_| crate::stated::members(&force, members))?;
    for member in named {
        let as_observer = force.agreement.member(&member).is_none_or(|one| one.standing != Standing::Member);
        let list = if as_observer { &mut session.observers } else { &mut session.members };
        let list = list.get_or_insert_with(|| Uncertain::stated(Vec::new()));
        list.basis = Known::Stated;
        let all = list.value.get_or_insert_with(Vec::new);
        if !all.iter().any(|one| one.member_ref.as_ref().is_some_and(|id| id == member.id())) {
            all.push(party(&member));
        }
    }
    write(app, actor, &held, session, "attendance")
}

/// States that a session was held, with who took part.
///
/// # Errors
/// As for [`agenda`].
pub fn hold(app: &App, actor: &Actor, text: &str) -> Result<Entry, AppError> {
    let (held, mut session) = own(app, actor, text)?;
    session.status = SessionStatus::Held;
    write(app, actor, &held, session, "held")
}

/// Closes a session whose journal was adopted; or states that one will not take place.
///
/// # Errors
/// As for [`agenda`].
pub fn close(app: &App, actor: &Actor, text: &str, cancel: Option<&str>) -> Result<Entry, AppError> {
    let (held, mut session) = own(app, actor, text)?;
    session.status = if cancel.is_some() { SessionStatus::Cancelled } else { SessionStatus::Closed };
    write(app, actor, &held, session, cancel.unwrap_or("closed"))
}
