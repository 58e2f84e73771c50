//! People at a browser: a *visit* is one browser in which somebody is signed in, or is about to be. What a visit may do is
//! read again at every request: who ended, lost a role or set a new password is out at the next one.
//!
//! The cookie is 32 random bytes; this node keeps their hash. The token that a page sends along with whatever is more than
//! a look is a keyed hash of the cookie: a page of another origin may make a browser send the cookie, and cannot read the
//! token.

use std::collections::BTreeSet;

use comity_model::Micros;
use comity_model::stix::Digest;
use comity_store::tables::access;
use comity_store::tables::visit::{self as rows, VisitRow};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::limits::VisitLimits;
use crate::{Actor, App, AppError, Role, token};

/// How far a visit has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// The password was right; the code of the second factor is missing.
    SecondFactor,
    /// The password was right; the roles need a second factor, and there is none yet.
    Enrol,
    /// Signed in.
    Signed,
}

impl Stage {
    const ALL: [Self; 3] = [Self::SecondFactor, Self::Enrol, Self::Signed];

    /// The word in the database and outside.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecondFactor => "second-factor",
            Self::Enrol => "enrol",
            Self::Signed => "signed",
        }
    }

    fn of(word: &str) -> Result<Self, AppError> {
        let found = Self::ALL.into_iter().find(|stage| stage.name() == word);
        found.ok_or_else(|| AppError::Internal(format!("`{word}` is no stage of a visit")))
    }
}

/// A visit as one request finds it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who acts, in the roles that the person took for this visit and still holds.
    pub actor: Actor,
    /// How far it has come.
    pub stage: Stage,
    /// Whether the person proved again, a short while ago, who it is.
    pub stepped: bool,
    token: String,
}

impl Visit {
    /// Whether this is the token that the pages of this visit send.
    pub fn fits(&self, token: &str) -> bool {
        self.token.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

/// Name of the cookie that carries a visit to this node.
pub fn cookie_name(app: &App) -> String {
    let digest = Digest::of(app.member().as_str().as_bytes()).to_string();
    format!("__Host-comity-{}", digest.chars().take(8).collect::<String>())
}

/// The visit behind a cookie. None when there is no such visit, when it is over, or when the person is.
///
/// # Errors
/// Those of the store.
pub fn recognise(app: &App, cookie: &str) -> Result<Option<Visit>, AppError> {
    let Some((row, actor)) = app.store().read("visit.recognise", |tx| {
        let Some(row) = rows::visit(tx, &hash(cookie))? else { return Ok::<_, AppError>(None) };
        let Some(person) = access::person(tx, &row.name)? else { return Ok(None) };
        if &person.member != app.member() {
            return Ok(None);
        }
        let held: BTreeSet<Role> =
            person.roles.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let actor = Actor { name: person.name, member: person.member, roles: held, inner: person.inner };
        Ok(Some((row, actor)))
    })?
    else {
        return Ok(None);
    };
    standing(app, cookie, &row, actor)
}

/// What a visit is at this instant; none when it is over.
fn standing(app: &App, cookie: &str, row: &VisitRow, mut actor: Actor) -> Result<Option<Visit>, AppError> {
    let now = app.now();
    let unused_since = now.plus_seconds(-VisitLimits::IDLE_SECONDS);
    if row.ends_us <= now.0 || row.seen_us <= unused_since.0 {
        return Ok(None);
    }
    let acting: BTreeSet<Role> = row.acting.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    actor.roles.retain(|role| acting.contains(role));
    if actor.roles.is_empty() {
        return Ok(None);
    }
    let stepped = Micros(row.stepped_us);
    Ok(Some(Visit {
        actor,
        stage: Stage::of(&row.stage)?,
        stepped: stepped <= now && now < stepped.plus_seconds(VisitLimits::STEPPED_SECONDS),
        token: token_of(app, cookie)?,
    }))
}

/// The token of the pages of a visit.
fn token_of(app: &App, cookie: &str) -> Result<String, AppError> {
    Ok(token::text(&keyed(app, "comity/page-token/1", cookie)?))
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
