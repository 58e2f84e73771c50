//! People who come with a browser: the cookie that carries a visit, the pages that may speak for it, and what a visit
//! must be for a route. Every check stands here, so that a handler of a route for people has nothing left to check.

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method};

use crate::app::Role;
use crate::app::visit::{self, Stage, Visit};
use crate::refusal::Refusal;
use crate::router::Shared;

/// What a page sends along with every request that is more than a look.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-comity-token");
/// What a page sends with `1` when it looks by itself, at intervals, and nobody asked it to.
const UNATTENDED: HeaderName = HeaderName::from_static("x-comity-unattended");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// More bytes of cookies are not looked at.
const COOKIES_BYTES_MAX: usize = 4 << 10;

/// The roles that read records, as [`crate::app::Actor::may_read`] has them.
pub(crate) const READ: &[Role] =
    &[Role::Analyst, Role::ReleaseOfficer, Role::Secretariat, Role::DataProtection, Role::Auditor];
/// Every role: for what is about the person itself.
pub(crate) const ANY: &[Role] = &Role::ALL;

/// What a visit must be for a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Need {
    /// The person acts in one of these roles.
    pub(crate) roles: &'static [Role],
    /// The person has proved again, a short while ago, who it is; asked of who is signed in.
    pub(crate) stepped: bool,
    /// The visit has come at least so far.
    pub(crate) stage: Stage,
}

impl Need {
    /// A person who is signed in and acts in one of these roles.
    pub(crate) const fn of(roles: &'static [Role]) -> Self {
        Self { roles, stepped: false, stage: Stage::Signed }
    }

    /// The same for an act that asks for a fresh proof of who it is.
    pub(crate) const fn stepped(self) -> Self {
        Self { stepped: true, ..self }
    }

    /// The same for a visit that has come only so far.
    pub(crate) const fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }
}

/// The visit behind a request, found good for its route. Handlers take it as [`crate::seen::Seen`].
#[derive(Clone)]
pub(crate) struct Person(pub(crate) Visit);

/// Finds the visit of a request and holds it against what the route needs.
pub(crate) async fn admit(
    shared: &Shared,
    need: Need,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Person, Refusal> {
    let Some(cookie) = cookie(headers, &shared.cookie) else { return Err(Refusal::sign_in()) };
    if headers.contains_key(AUTHORIZATION) {
        return Err(Refusal::two_callers());
    }
    own_page(method, headers)?;
    let is_attended = is_attended(method, headers);
    let known = move |app: &_| match is_attended {
        true => visit::recognise(app, &cookie),
        false => visit::glimpse(app, &cookie),
    };
    let visit = shared.run(known).await?.ok_or_else(Refusal::sign_in)?;
    let token = headers.get(TOKEN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_look(method) && !visit.fits(token) {
        return Err(Refusal::foreign_page());
    }
    if visit.stage < need.stage {
        return Err(Refusal::stage(visit.stage));
    }
    shared.gates.keys.take(&format!("person:{}", visit.actor.name)).map_err(|seconds| {
        shared.telemetry.turned_away("person-rate");
        Refusal::too_often(seconds)
    })?;
    if visit.stage == Stage::Signed && !need.roles.iter().any(|role| visit.actor.roles.contains(role)) {
        return Err(Refusal::role(need.roles));
    }
    if need.stepped && visit.stage == Stage::Signed && !visit.stepped {
        return Err(Refusal::step_up());
    }
    Ok(Person(visit))
}

/// Whether somebody sits before the page that sends this, as far as it says: only a look can be without.
pub(crate) fn is_attended(method: &Method, headers: &HeaderMap) -> bool {
    *method != Method::GET || headers.get(UNATTENDED).is_none_or(|value| value != "1")
}

/// Whether a request only looks.
pub(crate) fn is_look(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The one cookie of this name. None when there is none, when the cookies are many or long, or when it stands twice:
/// what another page put beside ours is not told from ours.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(COOKIE).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let text = value.to_str().ok().filter(|text| text.len() <= COOKIES_BYTES_MAX)?;
    let mut found =
        text.split(';').filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name);
    let (Some((_, value)), None) = (found.next(), found.next()) else { return None };
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// Refuses what a page of another origin sends: a browser says from where it asks, and names the origin of whatever
/// is more than a look.
pub(crate) fn own_page(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let one = |name: HeaderName| {
        let mut values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            (None, _) => None,
            _ => Some(""),
        }
    };
    let asked_from = one(FETCH_SITE).is_none_or(|site| site == "same-origin");
    let named = match one(ORIGIN) {
        Some(origin) => one(HOST).is_some_and(|host| is_origin_of(origin, host)),
        None => is_look(method),
    };
    if asked_from && named { Ok(()) } else { Err(Refusal::foreign_page()) }
}

/// Whether an origin is the one of the node that is addressed so: by HTTPS, or by HTTP on the machine itself, which is
/// the only place where a browser keeps our cookie without TLS.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let name = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(authority, |(name, _)| name);
    let is_here = ["127.0.0.1", "[::1]", "localhost"].contains(&name);
    (scheme == "https" || (scheme == "http" && is_here))
        && !host.is_empty()
        && authority.eq_ignore_ascii_case(host)
}
