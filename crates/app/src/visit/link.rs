//! One-time links: how a person comes to a password. Whoever runs the node makes one and hands it over; nobody else ever
//! knows the password. A link that is used sets whatever was there before aside: password, second factor, visits.

use comity_model::Micros;
use comity_store::Tx;
use comity_store::tables::access;
use comity_store::tables::visit::{self as rows, LinkRow};
use serde::Serialize;

use super::machine::{self, Event, Facts};
use super::{Opened, hash, needs_factor, open, password};
use crate::limits::VisitLimits;
use crate::{Actor, App, AppError, Role, journal, token};

/// A link that was made. The token is not shown again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Made {
    /// User whom it is for.
    pub user: String,
    /// What opens it.
    pub token: String,
    /// Until when it is good.
    pub ends_at: String,
}

/// What a person is told who opens a link.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LinkView {
    /// User whom it is for.
    pub name: String,
    /// Display name of the node's member.
    pub member_name: String,
    /// Roles that the user holds.
    pub roles: Vec<Role>,
    /// Until when it is good.
    pub ends_at: String,
}

/// Makes a link for a user. A user has few; the oldest makes room.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] for an unknown user.
pub fn make(app: &App, actor: &Actor, name: &str) -> Result<Made, AppError> {
    actor.require(&[Role::Administrator], "make links for signing in")?;
    let token = token::text(&app.random_bytes::<32>());
    app.store().write("link.make", |tx| {
        if access::person(tx, name)?.is_none() {
            return Err(AppError::NotFound(format!("there is no user `{name}`: see `comity user list`")));
        }
        let made = keep(app, tx, name, &actor.name, &token)?;
        let leaf = journal::leaf(app, "user.link-made", &actor.name).detail("user", name);
        journal::append(app, tx, vec![leaf])?;
        Ok(made)
    })
}

/// The link for the first sign-in at a node at which nobody has a password; none at any other. It leaves nothing in the
/// ledger, or each start of a node without people would: what is done with it does.
///
/// # Errors
/// Those of the store.
pub fn first(app: &App) -> Result<Option<Made>, AppError> {
    let token = token::text(&app.random_bytes::<32>());
    app.store().write("link.first", |tx| {
        if rows::has_logins(tx)? || access::person(tx, "operator")?.is_none() {
            return Ok(None);
        }
        keep(app, tx, "operator", "node", &token).map(Some)
    })
}

fn keep(app: &App, tx: &mut Tx<'_>, name: &str, by: &str, token: &str) -> Result<Made, AppError> {
    let now = app.now();
    let open = rows::open_links(tx, name, now.0)?;
    for old in open.iter().take((open.len() + 1).saturating_sub(VisitLimits::LINKS_MAX)) {
        rows::drop_link(tx, old)?;
    }
    let ends = now.plus_seconds(VisitLimits::LINK_SECONDS);
    let row = LinkRow { token: hash(token), name: name.to_owned(), made_by: by.to_owned(), ends_us: ends.0 };
    rows::keep_link(tx, &row, now.0)?;
    Ok(Made { user: name.to_owned(), token: token.to_owned(), ends_at: ends.to_string() })
}

/// What a link is for; none for one that was used, has ended, or never was.
///
/// # Errors
/// Those of the store.
pub fn look(app: &App, token: &str) -> Result<Option<LinkView>, AppError> {
    let found = app.store().read("link.look", |tx| good(app, tx, token))?;
    Ok(found.map(|(row, person)| LinkView {
        name: person.name,
        member_name: app.member_name().to_owned(),
        roles: person.roles.into_iter().collect(),
        ends_at: Micros(row.ends_us).to_string(),
    }))
}

/// Sets the password of whom a link is for, and lets the browser in. Every link and visit of this person ends, and a
/// second factor from before is gone. None for a link that [`look`] does not know.
///
/// # Errors
/// [`AppError::Invalid`] for a password that is short, long or guessed first; [`AppError::Busy`] when too many passwords
/// wait to be hashed.
pub fn take(app: &App, token: &str, password: &str) -> Result<Option<Opened>, AppError> {
    let Some((row, _)) = app.store().read("link.look", |tx| good(app, tx, token))? else { return Ok(None) };
    let made = password::made(app, &row.name, password)?;
    let fresh = token::text(&app.random_bytes::<32>());
    app.store().write("link.take", |tx| {
        let Some((row, person)) = good(app, tx, token)? else { return Ok(None) };
        rows::drop_links(tx, &row.name)?;
        rows::drop_visits(tx, &row.name)?;
        rows::drop_login(tx, &row.name)?;
        rows::keep_login(tx, &made)?;
        let leaf = journal::leaf(app, "user.password-set", &row.name).detail("by", &row.made_by);
        journal::append(app, tx, vec![leaf])?;
        let facts = Facts { has_factor: false, needs_factor: needs_factor(app, &person.roles) };
        let stage = machine::next(None, Event::Link, facts)
            .ok_or_else(|| AppError::Internal("a good link leads nowhere".into()))?;
        open(app, tx, &person, stage, &fresh).map(Some)
    })
}

fn good(app: &App, tx: &mut Tx<'_>, token: &str) -> Result<Option<(LinkRow, Actor)>, AppError> {
    let Some(row) = rows::link(tx, &hash(token))? else { return Ok(None) };
    let Some(person) = access::person(tx, &row.name)? else { return Ok(None) };
    if row.ends_us <= app.now().0 || &person.member != app.member() {
        return Ok(None);
    }
    let roles = person.roles.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let person = Actor { name: person.name, member: person.member, roles, inner: person.inner };
    Ok(Some((row, person)))
}
