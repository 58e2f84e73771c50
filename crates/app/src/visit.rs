//! People at a browser: a *visit* is one browser in which somebody is signed in, or is about to be. What a visit may do is
//! read again at every request: who ended, lost a role or set a new password is out at the next one.
//!
//! The cookie is 32 random bytes; this node keeps their hash. The token that a page sends along with whatever is more than
//! a look is a keyed hash of the cookie: a page of another origin may make a browser send the cookie, and cannot read the
//! token. Neither stands in the log or in the ledger.

mod attempt;
pub mod factor;
pub mod link;
mod machine;
pub mod password;

use std::collections::BTreeSet;

use comity_model::stix::Digest;
use comity_model::{MemberId, Micros};
use comity_store::Tx;
use comity_store::tables::access;
use comity_store::tables::visit::{self as rows, LoginRow, VisitRow};
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::limits::VisitLimits;
use crate::{Actor, App, AppError, Role, journal, token};

pub use machine::Stage;
use machine::{Event, Facts};

/// A visit as one request finds it.
#[derive(Clone)]
pub struct Visit {
    /// Who acts, in the roles that the person took for this visit and still holds.
    pub actor: Actor,
    /// How far it has come.
    pub stage: Stage,
    /// Whether the person proved again, a short while ago, who it is.
    pub stepped: bool,
    cookie: String,
    token: String,
    held: BTreeSet<Role>,
    factor: bool,
    ends: Micros,
    stepped_until: Micros,
}

impl Visit {
    /// Whether this is the token that the pages of this visit send.
    pub fn fits(&self, token: &str) -> bool {
        self.token.as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// What the browser sends to say that it is this visit.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }
}

/// What a page is told about the visit of its browser.
#[derive(Clone, Serialize)]
pub struct Standing {
    /// `none`, `second-factor`, `enrol` or `signed`.
    pub stage: &'static str,
    /// Whose node this is.
    pub node: NodeView,
    /// Who is signed in; nothing before the second factor was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<Me>,
    /// What the page sends as `X-Comity-Token` with whatever is more than a look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Whose node this is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NodeView {
    /// Member id.
    pub member: MemberId,
    /// Its display name.
    pub name: String,
    /// Whether it is for exercises only.
    pub exercise: bool,
}

/// Who is signed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Me {
    /// User name.
    pub name: String,
    /// Member id of the person.
    pub member: MemberId,
    /// Its display name.
    pub member_name: String,
    /// Every role that the person holds.
    pub roles: BTreeSet<Role>,
    /// The roles taken for this visit.
    pub acting: BTreeSet<Role>,
    /// Readers' groups in which the person is.
    pub inner: BTreeSet<String>,
    /// Whether there is a second factor.
    pub factor: bool,
    /// Until when what takes a fresh proof is open; left out when it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stepped_until: Option<String>,
    /// When the visit ends at the latest.
    pub ends_at: String,
    /// How long it may rest before it ends, in seconds.
    pub idle_seconds: i64,
}

/// A browser that was let in, one step or all the way. The cookie is shown here and never again.
pub struct Opened {
    /// What the browser is to send from now on.
    pub cookie: String,
    /// What its page is told.
    pub standing: Standing,
}

/// What became of an attempt to prove who one is.
pub enum Outcome<T> {
    /// It was right.
    Right(T),
    /// It was not.
    Wrong,
    /// Too much failed under this name: nothing is tried for so many seconds.
    Wait(u64),
}

/// A visit, as listed; without anything by which it could be used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VisitView {
    /// User name.
    pub user: String,
    /// How far it has come.
    pub stage: String,
    /// The roles taken for it.
    pub acting: String,
    /// When it was last used, to the minute.
    pub seen_at: String,
    /// When it ends at the latest.
    pub ends_at: String,
}

/// A user, with how it comes in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AccountView {
    /// User name.
    pub name: String,
    /// Roles.
    pub roles: BTreeSet<Role>,
    /// Readers' groups in which the user is.
    pub inner: BTreeSet<String>,
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether there is a second factor.
    pub factor: bool,
    /// Browsers in which the user is signed in, or is about to be.
    pub visits: usize,
}

/// Name of the cookie that carries a visit to this node.
pub fn cookie_name(app: &App) -> String {
    let digest = Digest::of(app.member().as_str().as_bytes()).to_string();
    format!("__Host-comity-{}", digest.chars().take(8).collect::<String>())
}

/// What a page is told that brings this cookie, or none; as [`recognise`] or [`glimpse`] has it.
///
/// # Errors
/// Those of the store.
pub fn look(app: &App, cookie: Option<&str>, is_attended: bool) -> Result<Standing, AppError> {
    let visit = match cookie {
        Some(cookie) if is_attended => recognise(app, cookie)?,
        Some(cookie) => glimpse(app, cookie)?,
        None => None,
    };
    Ok(visit.map_or_else(|| nobody(app), |visit| told(app, &visit)))
}

/// The visit behind a cookie. None when there is no such visit, when it is over, or when the person is.
///
/// # Errors
/// Those of the store.
pub fn recognise(app: &App, cookie: &str) -> Result<Option<Visit>, AppError> {
    let Some((row, visit)) = app.store().read("visit.recognise", |tx| found(app, tx, cookie))? else {
        return Ok(None);
    };
    let minute_ago = app.now().plus_seconds(-60);
    if row.seen_us <= minute_ago.0 {
        let now_us = app.now().0;
        // A look does not fail because this cannot be noted now.
        if let Err(error) = app.store().write("visit.seen", |tx| rows::saw_visit(tx, &row.visit, now_us)) {
            tracing::warn!(%error, "that a visit was used is not noted");
        }
    }
    Ok(Some(visit))
}

/// The same for what a page asks by itself: a visit does not go on because a page is left open.
///
/// # Errors
/// Those of the store.
pub fn glimpse(app: &App, cookie: &str) -> Result<Option<Visit>, AppError> {
    Ok(app.store().read("visit.glimpse", |tx| found(app, tx, cookie))?.map(|(_, visit)| visit))
}

/// Lets a browser in by name and password: all the way, or to the second factor. Nothing tells an unknown name from a
/// wrong password, neither the answer nor the work before it.
///
/// # Errors
/// [`AppError::Busy`] when too many passwords wait to be hashed; those of the store.
pub fn enter(app: &App, name: &str, password: &str) -> Result<Outcome<Opened>, AppError> {
    let _turn = app.inner().hashing.turn()?;
    let subject = attempt::subject(app, name)?;
    // No user is called so, and not every database takes the question.
    let asked = if name.contains(char::is_control) { "" } else { name };
    let (waiting, known) = app.store().read("visit.enter", |tx| {
        Ok::<_, AppError>((attempt::waiting(app, tx, &subject)?, account(app, tx, asked)?))
    })?;
    if let Some(seconds) = waiting {
        return Ok(Outcome::Wait(seconds));
    }
    let fits = password::fits(app, known.as_ref().map(|(_, login)| login), password)?;
    let Some((_, before)) = known.filter(|_| fits) else {
        app.store().write("visit.failed", |tx| attempt::failed(app, tx, &subject))?;
        return Ok(Outcome::Wrong);
    };
    let stronger = password::stronger(app, &before, password)?;
    let fresh = token::text(&app.random_bytes::<32>());
    app.store().write("visit.enter", |tx| {
        let Some((person, login)) = account(app, tx, asked)? else { return Ok(Outcome::Wrong) };
        // Set anew since it was looked at: what was given is not the password any more.
        if login.password != before.password {
            return Ok(Outcome::Wrong);
        }
        if let Some(stronger) = &stronger {
            rows::keep_login(tx, stronger)?;
        }
        let stage = machine::next(None, Event::Password, facts(app, &person, &login))
            .ok_or_else(|| AppError::Internal("a right password leads nowhere".into()))?;
        open(app, tx, &person, stage, &fresh).map(Outcome::Right)
    })
}

/// Lets a browser in all the way, by the code of the second factor or a recovery code. The visit gets a new cookie. After
/// a few wrong codes it is over.
///
/// # Errors
/// [`AppError::Conflict`] when the visit waits for no code; those of the store.
pub fn second(app: &App, cookie: &str, code: &str) -> Result<Outcome<Opened>, AppError> {
    let fresh = token::text(&app.random_bytes::<32>());
    app.store().write("visit.second", |tx| {
        let (mut row, visit, login) = here(app, tx, cookie)?;
        let stage = machine::next(Some(visit.stage), Event::Code, facts_of(app, &visit))
            .ok_or_else(|| AppError::Conflict("this visit waits for no code".into()))?;
        let subject = attempt::subject(app, &row.name)?;
        if let Some(seconds) = attempt::waiting(app, tx, &subject)? {
            return Ok(Outcome::Wait(seconds));
        }
        if factor::is_right(app, tx, &login, code)? {
            rows::drop_visit(tx, &row.visit)?;
            let person = Actor { roles: visit.held, ..visit.actor };
            return open(app, tx, &person, stage, &fresh).map(Outcome::Right);
        }
        attempt::failed(app, tx, &subject)?;
        row.tries += 1;
        if row.tries >= VisitLimits::CODES_MAX {
            rows::drop_visit(tx, &row.visit)?;
        } else {
            rows::keep_visit(tx, &row)?;
        }
        Ok(Outcome::Wrong)
    })
}

/// Opens for a few minutes what takes a fresh proof: the password, and a code when there is a second factor.
///
/// # Errors
/// [`AppError::Busy`] when too many passwords wait to be hashed; those of the store.
pub fn step_up(app: &App, cookie: &str, password: &str, code: &str) -> Result<Outcome<Standing>, AppError> {
    let checked = proved(app, cookie, password)?;
    let Outcome::Right(before) = checked else { return Ok(checked.map_none()) };
    app.store().write("visit.step-up", |tx| {
        let (mut row, _, login) = here(app, tx, cookie)?;
        let subject = attempt::subject(app, &row.name)?;
        let has_code = login.totp.is_none() || factor::is_right(app, tx, &login, code)?;
        if login.password != before.password || !has_code {
            attempt::failed(app, tx, &subject)?;
            return Ok(Outcome::Wrong);
        }
        rows::drop_attempt(tx, &subject)?;
        row.stepped_us = app.now().0;
        rows::keep_visit(tx, &row)?;
        let (_, visit, _) = here(app, tx, cookie)?;
        Ok(Outcome::Right(told(app, &visit)))
    })
}

/// Takes these roles for the visit, of those that the person holds.
///
/// # Errors
/// [`AppError::Denied`] for a role that the person does not hold; [`AppError::Invalid`] for none.
pub fn acting(app: &App, cookie: &str, roles: &BTreeSet<Role>) -> Result<Standing, AppError> {
    if roles.is_empty() {
        return Err(AppError::invalid("roles", "take at least one"));
    }
    app.store().write("visit.acting", |tx| {
        let (mut row, visit, _) = here(app, tx, cookie)?;
        if let Some(role) = roles.iter().find(|role| !visit.held.contains(role)) {
            return Err(AppError::Denied(format!("you do not hold the role {}", role.name())));
        }
        row.acting = words(roles);
        rows::keep_visit(tx, &row)?;
        let (_, visit, _) = here(app, tx, cookie)?;
        Ok(told(app, &visit))
    })
}

/// Sets a new password for who gives the one before. Every other visit of the person, and its links, are over.
///
/// # Errors
/// [`AppError::Invalid`] for a password that is short, long or guessed first; [`AppError::Busy`] when too many passwords
/// wait to be hashed.
pub fn change_password(app: &App, cookie: &str, old: &str, new: &str) -> Result<Outcome<Standing>, AppError> {
    let checked = proved(app, cookie, old)?;
    let Outcome::Right(before) = checked else { return Ok(checked.map_none()) };
    let next = password::made(app, &before.name, new)?;
    app.store().write("visit.password", |tx| {
        let (row, visit, login) = here(app, tx, cookie)?;
        if login.password != before.password {
            return Ok(Outcome::Wrong);
        }
        let changed = LoginRow { totp: login.totp, totp_step: login.totp_step, ..next.clone() };
        rows::keep_login(tx, &changed)?;
        rows::drop_links(tx, &row.name)?;
        rows::drop_visits(tx, &row.name)?;
        rows::keep_visit(tx, &row)?;
        journal::append(app, tx, vec![journal::leaf(app, "user.password-set", &row.name)])?;
        Ok(Outcome::Right(told(app, &visit)))
    })
}

/// Ends a visit. One that is over already stays so.
///
/// # Errors
/// Those of the store.
pub fn leave(app: &App, cookie: &str) -> Result<(), AppError> {
    app.store().write("visit.leave", |tx| {
        let Some((row, _)) = found(app, tx, cookie)? else { return Ok(()) };
        rows::drop_visit(tx, &row.visit)?;
        journal::append(app, tx, vec![journal::leaf(app, "visit.ended", &row.name)])?;
        Ok(())
    })
}

/// The browsers in which somebody is signed in, or is about to be.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; those of the store.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<VisitView>, AppError> {
    actor.require(&[Role::Administrator], "list who is signed in")?;
    let all = app.store().read("visit.list", rows::visits)?;
    Ok(all
        .into_iter()
        .filter(|row| !is_over(app, row))
        .map(|row| VisitView {
            user: row.name,
            stage: row.stage,
            acting: row.acting,
            seen_at: Micros(row.seen_us).to_string(),
            ends_at: Micros(row.ends_us).to_string(),
        })
        .collect())
}

/// The users of this node, with how each comes in.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; those of the store.
pub fn accounts(app: &App, actor: &Actor) -> Result<Vec<AccountView>, AppError> {
    actor.require(&[Role::Administrator], "list how users come in")?;
    app.store().read("visit.accounts", |tx| {
        let mut views = Vec::new();
        for person in access::people(tx)? {
            let login = rows::login(tx, &person.name)?;
            let visits = rows::visits_of(tx, &person.name)?;
            views.push(AccountView {
                roles: person.roles.split_whitespace().map(str::parse).collect::<Result<_, _>>()?,
                inner: person.inner,
                has_password: login.is_some(),
                factor: login.is_some_and(|login| login.totp.is_some()),
                visits: visits.iter().filter(|row| !is_over(app, row)).count(),
                name: person.name,
            });
        }
        Ok(views)
    })
}

impl<T> Outcome<T> {
    /// What was not right, of another type.
    fn map_none<U>(self) -> Outcome<U> {
        match self {
            Self::Wait(seconds) => Outcome::Wait(seconds),
            _ => Outcome::Wrong,
        }
    }
}

/// Holds a password against that of the person of a visit.
fn proved(app: &App, cookie: &str, password: &str) -> Result<Outcome<LoginRow>, AppError> {
    let _turn = app.inner().hashing.turn()?;
    let (waiting, login) = app.store().read("visit.proved", |tx| {
        let (row, _, login) = here(app, tx, cookie)?;
        Ok::<_, AppError>((attempt::waiting(app, tx, &attempt::subject(app, &row.name)?)?, login))
    })?;
    if let Some(seconds) = waiting {
        return Ok(Outcome::Wait(seconds));
    }
    if password::fits(app, Some(&login), password)? {
        return Ok(Outcome::Right(login));
    }
    let subject = attempt::subject(app, &login.name)?;
    app.store().write("visit.failed", |tx| attempt::failed(app, tx, &subject))?;
    Ok(Outcome::Wrong)
}

/// The person of this name who is active here, and how it proves who it is.
fn account(app: &App, tx: &mut Tx<'_>, name: &str) -> Result<Option<(Actor, LoginRow)>, AppError> {
    let (person, login) = (access::person(tx, name)?, rows::login(tx, name)?);
    let Some((person, login)) = person.zip(login) else { return Ok(None) };
    if &person.member != app.member() {
        return Ok(None);
    }
    let roles = person.roles.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    Ok(Some((Actor { name: person.name, member: person.member, roles, inner: person.inner }, login)))
}

/// The visit behind a cookie as this transaction finds it.
fn found(app: &App, tx: &mut Tx<'_>, cookie: &str) -> Result<Option<(VisitRow, Visit)>, AppError> {
    Ok(whole(app, tx, cookie)?.map(|(row, visit, _)| (row, visit)))
}

/// The same, with how its person proves who it is, for what takes a visit.
fn here(app: &App, tx: &mut Tx<'_>, cookie: &str) -> Result<(VisitRow, Visit, LoginRow), AppError> {
    whole(app, tx, cookie)?.ok_or_else(|| AppError::NotFound("this visit is over: sign in again".into()))
}

fn whole(app: &App, tx: &mut Tx<'_>, cookie: &str) -> Result<Option<(VisitRow, Visit, LoginRow)>, AppError> {
    let Some(row) = rows::visit(tx, &hash(cookie))? else { return Ok(None) };
    let Some((person, login)) = account(app, tx, &row.name)? else { return Ok(None) };
    if is_over(app, &row) {
        return Ok(None);
    }
    let taken: BTreeSet<Role> = row.acting.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let acting: BTreeSet<Role> = person.roles.intersection(&taken).copied().collect();
    if acting.is_empty() {
        return Ok(None);
    }
    let facts = facts(app, &person, &login);
    let (now, stepped) = (app.now(), Micros(row.stepped_us));
    let stepped_until = stepped.plus_seconds(VisitLimits::STEPPED_SECONDS);
    let visit = Visit {
        stage: Stage::of(&row.stage)?.held(facts),
        stepped: stepped <= now && now < stepped_until,
        cookie: cookie.to_owned(),
        token: token::text(&keyed(app, "comity/page-token/1", cookie)?),
        held: person.roles.clone(),
        factor: facts.has_factor,
        ends: Micros(row.ends_us),
        stepped_until,
        actor: Actor { roles: acting, ..person },
    };
    Ok(Some((row, visit, login)))
}

/// Whether a visit is past its end, or has rested too long.
fn is_over(app: &App, row: &VisitRow) -> bool {
    let now = app.now();
    row.ends_us <= now.0 || row.seen_us <= now.plus_seconds(-VisitLimits::IDLE_SECONDS).0
}

/// Opens a visit of a person. Those that are over go, and of the others the one that rested longest when there are many.
fn open(app: &App, tx: &mut Tx<'_>, person: &Actor, stage: Stage, cookie: &str) -> Result<Opened, AppError> {
    let now = app.now();
    rows::sweep_visits(tx, now.0, now.plus_seconds(-VisitLimits::IDLE_SECONDS).0)?;
    for old in rows::visits_of(tx, &person.name)?.iter().skip(VisitLimits::VISITS_MAX - 1) {
        rows::drop_visit(tx, &old.visit)?;
    }
    let seconds = match stage {
        Stage::Signed => VisitLimits::WHOLE_SECONDS,
        Stage::SecondFactor | Stage::Enrol => VisitLimits::HALF_SECONDS,
    };
    let mut acting = person.roles.clone();
    if acting.len() > 1 {
        // Taken by who wants it, so that content and the machine are not in one hand by habit.
        acting.remove(&Role::Administrator);
    }
    let row = VisitRow {
        visit: hash(cookie),
        name: person.name.clone(),
        stage: stage.name().to_owned(),
        tries: 0,
        acting: words(&acting),
        offered: None,
        seen_us: now.0,
        ends_us: now.plus_seconds(seconds).0,
        stepped_us: now.0,
    };
    rows::keep_visit(tx, &row)?;
    if stage == Stage::Signed {
        rows::drop_attempt(tx, &attempt::subject(app, &person.name)?)?;
        journal::append(app, tx, vec![journal::leaf(app, "visit.began", &person.name)])?;
    }
    let (_, visit, _) = here(app, tx, cookie)?;
    Ok(Opened { cookie: cookie.to_owned(), standing: told(app, &visit) })
}

/// What counts for the stage of a visit.
fn facts(app: &App, person: &Actor, login: &LoginRow) -> Facts {
    Facts { has_factor: login.totp.is_some(), needs_factor: needs_factor(app, &person.roles) }
}

fn facts_of(app: &App, visit: &Visit) -> Facts {
    Facts { has_factor: visit.factor, needs_factor: needs_factor(app, &visit.held) }
}

/// Whether these roles take a second factor: those that let something out of the node, or run it. An exercise asks for none.
fn needs_factor(app: &App, roles: &BTreeSet<Role>) -> bool {
    let careful = [Role::ReleaseOfficer, Role::Secretariat, Role::DataProtection, Role::Administrator];
    !app.is_exercise() && careful.iter().any(|role| roles.contains(role))
}

fn nobody(app: &App) -> Standing {
    let node = NodeView {
        member: app.member().clone(),
        name: app.member_name().to_owned(),
        exercise: app.is_exercise(),
    };
    Standing { stage: "none", node, me: None, token: None }
}

fn told(app: &App, visit: &Visit) -> Standing {
    let me = Me {
        name: visit.actor.name.clone(),
        member: visit.actor.member.clone(),
        member_name: app.member_name().to_owned(),
        roles: visit.held.clone(),
        acting: visit.actor.roles.clone(),
        inner: visit.actor.inner.clone(),
        factor: visit.factor,
        stepped_until: visit.stepped.then(|| visit.stepped_until.to_string()),
        ends_at: visit.ends.to_string(),
        idle_seconds: VisitLimits::IDLE_SECONDS,
    };
    Standing {
        stage: visit.stage.name(),
        me: (visit.stage != Stage::SecondFactor).then_some(me),
        token: Some(visit.token.clone()),
        ..nobody(app)
    }
}

fn words(roles: &BTreeSet<Role>) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ")
}

/// A hash that only this node can make, of a text in one use.
fn keyed(app: &App, usage: &str, text: &str) -> Result<[u8; 32], AppError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&app.keys()?.secret)
        .map_err(|error| AppError::Internal(error.to_string()))?;
    mac.update(usage.as_bytes());
    mac.update(b"\0");
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
