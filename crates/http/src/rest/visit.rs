//! Signing in with a browser: name and password, the second factor, one-time links, a fresh proof, the roles taken for a
//! visit. The cookie goes out here and nowhere else.

use std::collections::BTreeSet;

use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json;
use crate::app::visit::{self, Opened, Outcome, Stage, Standing};
use crate::app::{AppError, Role};
use crate::limit::Origin;
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Core, Endpoint, Remote, Shared};
use crate::seen::Seen;
use crate::visitor::{self, ANY, Need};

/// Largest body of these routes, in bytes.
const BODY_BYTES_MAX: usize = 16 << 10;

/// The routes of signing in.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let signed = Access::Person(Need::of(ANY));
    let stepped = Access::Person(Need::of(ANY).stepped());
    // Asks for a fresh proof of who is signed in, and of nobody who has still to set a second factor up.
    let enrolling = Access::Person(Need::of(ANY).stepped().at(Stage::Enrol));
    let begun = Access::Person(Need::of(ANY).at(Stage::SecondFactor));
    vec![
        Endpoint::get("/api/v1/visit", Access::Open, look),
        Endpoint::post("/api/v1/visit", Access::Open, enter),
        Endpoint::delete("/api/v1/visit", begun, leave),
        Endpoint::post("/api/v1/visit/second-factor", begun, second),
        Endpoint::post("/api/v1/visit/link/look", Access::Open, link_look),
        Endpoint::post("/api/v1/visit/link", Access::Open, link_take),
        Endpoint::post("/api/v1/visit/totp", enrolling, totp_offer),
        Endpoint::put("/api/v1/visit/totp", enrolling, totp_confirm),
        Endpoint::post("/api/v1/visit/recovery", stepped, recovery),
        Endpoint::post("/api/v1/visit/step-up", signed, step_up),
        Endpoint::post("/api/v1/visit/acting", signed, acting),
        Endpoint::post("/api/v1/visit/password", stepped, password),
    ]
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnterBody {
    /// User name.
    name: String,
    /// Password.
    password: String,
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    /// Six digits of the second factor, or a recovery code.
    code: String,
}

/// What opens a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// Token of the link.
    token: String,
}

/// What opens a link, and the password to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeBody {
    /// Token of the link.
    token: String,
    /// The new password.
    password: String,
}

/// A fresh proof of who it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpBody {
    /// Password.
    password: String,
    /// Code of the second factor, where there is one.
    #[serde(default)]
    code: String,
}

/// Roles to be taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActingBody {
    /// Roles, of those that the person holds.
    roles: Vec<String>,
}

/// A change of the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    /// The password before.
    old: String,
    /// The password from now on.
    new: String,
}

/// Recovery codes, and where the visit stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryAnswer {
    /// Codes, each good once; they are not shown again.
    recovery: Vec<String>,
    /// The visit from now on, as `GET /api/v1/visit` tells it; left out where it is as before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    visit: Option<Standing>,
}

/// Says who is signed in here.
#[utoipa::path(get, path = "/api/v1/visit", tag = "visit", operation_id = "visit", security(()),
    responses((status = 200, body = Object, content_type = "application/json", description = "Standing"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(State(shared): State<Shared>, request: Request) -> Result<Response, Refusal> {
    visitor::own_page(request.method(), request.headers())?;
    let cookie = visitor::cookie(request.headers(), &shared.cookie);
    let is_attended = visitor::is_attended(request.method(), request.headers());
    json(&shared.run(move |app| visit::look(app, cookie.as_deref(), is_attended)).await?)
}

/// Signs in by name and password.
#[utoipa::path(post, path = "/api/v1/visit", tag = "visit", operation_id = "enter", security(()),
    request_body(content = EnterBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Standing"),
        (status = 401, body = Problem, content_type = "application/problem+json",
            description = "an unknown name or a wrong password: both look the same"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 408, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json",
            description = "too much failed under this name, or came from this address")))]
pub(crate) async fn enter(State(shared): State<Shared>, request: Request) -> Result<Response, Refusal> {
    let (origin, body) = open_door::<EnterBody>(&shared, request).await?;
    let outcome = shared.run(move |app| visit::enter(app, &body.name, &body.password)).await?;
    if matches!(outcome, Outcome::Wrong) {
        shared.gates.failures.note(origin, std::time::Instant::now());
    }
    opened(&shared, right(outcome, Refusal::sign_in)?)
}

/// Gives the code of the second factor, or a recovery code.
#[utoipa::path(post, path = "/api/v1/visit/second-factor", tag = "visit", operation_id = "second_factor",
    security(("visit" = [])), request_body(content = CodeBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Standing"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn second(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: CodeBody = short(&shared, &seen.headers, request).await?;
    let outcome = shared.run(move |app| visit::second(app, seen.visit.cookie(), &body.code)).await?;
    opened(&shared, right(outcome, Refusal::proof)?)
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/visit", tag = "visit", operation_id = "leave",
    security(("visit" = [])), responses((status = 204, description = "signed out"), NotForAll))]
pub(crate) async fn leave(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    shared.run(move |app| visit::leave(app, seen.visit.cookie())).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &format!("{}=; Max-Age=0; {COOKIE_RULES}", shared.cookie))?;
    Ok(response)
}

/// Says for whom a one-time link is.
#[utoipa::path(post, path = "/api/v1/visit/link/look", tag = "visit", operation_id = "look_at_link", security(()),
    request_body(content = LinkBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "LinkView"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "used, ended or never made: all look the same"),
        (status = 408, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn link_look(State(shared): State<Shared>, request: Request) -> Result<Response, Refusal> {
    let (origin, body) = open_door::<LinkBody>(&shared, request).await?;
    let found = shared.run(move |app| visit::link::look(app, &body.token)).await?;
    json(&found.ok_or_else(|| no_link(&shared, origin))?)
}

/// Sets a password by a one-time link, and signs in.
#[utoipa::path(post, path = "/api/v1/visit/link", tag = "visit", operation_id = "take_link", security(()),
    request_body(content = TakeBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Standing"),
        (status = 400, body = Problem, content_type = "application/problem+json",
            description = "code `password`: it is short, long or guessed first"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 408, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn link_take(State(shared): State<Shared>, request: Request) -> Result<Response, Refusal> {
    let (origin, body) = open_door::<TakeBody>(&shared, request).await?;
    let found = run(&shared, move |app| visit::link::take(app, &body.token, &body.password)).await?;
    opened(&shared, found.ok_or_else(|| no_link(&shared, origin))?)
}

/// Offers a second factor.
#[utoipa::path(post, path = "/api/v1/visit/totp", tag = "visit", operation_id = "offer_second_factor",
    security(("visit" = [])),
    responses((status = 200, body = Object, content_type = "application/json",
            description = "secret, uri, and the modules to be scanned"),
        NotForAll))]
pub(crate) async fn totp_offer(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    json(&shared.run(move |app| visit::factor::offer(app, seen.visit.cookie())).await?)
}

/// Sets the offered second factor up by its first code.
#[utoipa::path(put, path = "/api/v1/visit/totp", tag = "visit", operation_id = "set_second_factor",
    security(("visit" = [])), request_body(content = CodeBody, content_type = "application/json"),
    responses((status = 200, body = RecoveryAnswer, content_type = "application/json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn totp_confirm(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: CodeBody = short(&shared, &seen.headers, request).await?;
    let outcome = shared.run(move |app| visit::factor::confirm(app, seen.visit.cookie(), &body.code)).await?;
    let confirmed = right(outcome, Refusal::proof)?;
    let Opened { cookie, standing } = confirmed.opened;
    let mut response = json(&RecoveryAnswer { recovery: confirmed.recovery, visit: Some(standing) })?;
    set_cookie(&mut response, &format!("{}={cookie}; {COOKIE_RULES}", shared.cookie))?;
    Ok(response)
}

/// Gives new recovery codes.
#[utoipa::path(post, path = "/api/v1/visit/recovery", tag = "visit", operation_id = "renew_recovery",
    security(("visit" = [])),
    responses((status = 200, body = RecoveryAnswer, content_type = "application/json"), NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn recovery(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let recovery = shared.run(move |app| visit::factor::renew_recovery(app, seen.visit.cookie())).await?;
    json(&RecoveryAnswer { recovery, visit: None })
}

/// Proves once more who acts.
#[utoipa::path(post, path = "/api/v1/visit/step-up", tag = "visit", operation_id = "step_up",
    security(("visit" = [])), request_body(content = StepUpBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Standing"),
        NotForAll,
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn step_up(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: StepUpBody = short(&shared, &seen.headers, request).await?;
    let job = move |app: &_| visit::step_up(app, seen.visit.cookie(), &body.password, &body.code);
    json(&right(shared.run(job).await?, Refusal::proof)?)
}

/// Takes roles for this visit.
#[utoipa::path(post, path = "/api/v1/visit/acting", tag = "visit", operation_id = "take_roles",
    security(("visit" = [])), request_body(content = ActingBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Standing"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll))]
pub(crate) async fn acting(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: ActingBody = short(&shared, &seen.headers, request).await?;
    let job = move |app: &_| {
        let roles: BTreeSet<Role> = body.roles.iter().map(|role| role.parse()).collect::<Result<_, _>>()?;
        visit::acting(app, seen.visit.cookie(), &roles)
    };
    json(&shared.run(job).await?)
}

/// Sets a new password.
#[utoipa::path(post, path = "/api/v1/visit/password", tag = "visit", operation_id = "change_password",
    security(("visit" = [])), request_body(content = PasswordBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Standing"),
        (status = 400, body = Problem, content_type = "application/problem+json",
            description = "code `password`: it is short, long or guessed first"),
        NotForAll,
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn password(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: PasswordBody = short(&shared, &seen.headers, request).await?;
    let job = move |app: &_| visit::change_password(app, seen.visit.cookie(), &body.old, &body.new);
    json(&right(run(&shared, job).await?, Refusal::proof)?)
}

/// Kept by the browser until it is closed, sent to this node alone, and never shown to a script.
const COOKIE_RULES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// What somebody sends whom nobody knows yet, with the address that it comes from.
async fn open_door<T: DeserializeOwned>(shared: &Core, request: Request) -> Result<(Origin, T), Refusal> {
    visitor::own_page(request.method(), request.headers())?;
    let origin = Origin::of(Remote::of(request.extensions()));
    shared.gates.entries.take(&origin).map_err(|seconds| {
        shared.telemetry.turned_away("entry-rate");
        Refusal::wait(seconds)
    })?;
    if let Some(seconds) = shared.gates.failures.blocked(origin, std::time::Instant::now()) {
        shared.telemetry.turned_away("login");
        return Err(Refusal::wait(seconds));
    }
    let headers = request.headers().clone();
    Ok((origin, shared.soon(short(shared, &headers, request)).await?))
}

/// A short body, which there must be.
async fn short<T: DeserializeOwned>(
    shared: &Core,
    headers: &HeaderMap,
    request: Request,
) -> Result<T, Refusal> {
    super::short(&shared.bounds, BODY_BYTES_MAX, headers, request).await?.ok_or_else(Refusal::empty)
}

/// Runs a use case that takes a new password; what is wrong with it has a name for programs.
async fn run<T, F>(shared: &Core, job: F) -> Result<T, Refusal>
where
    T: Send + 'static,
    F: FnOnce(&crate::app::App) -> Result<T, AppError> + Send + 'static,
{
    let found = shared
        .run(move |app| match job(app) {
            Err(AppError::Invalid(faults)) => Ok(Err(AppError::Invalid(faults))),
            other => other.map(Ok),
        })
        .await?;
    found.map_err(|fault| Refusal::from(fault).with_code("password"))
}

/// What was right; else the refusal for what was wrong, or how long to wait.
fn right<T>(outcome: Outcome<T>, wrong: fn() -> Refusal) -> Result<T, Refusal> {
    match outcome {
        Outcome::Right(value) => Ok(value),
        Outcome::Wrong => Err(wrong()),
        Outcome::Wait(seconds) => Err(Refusal::wait(seconds)),
    }
}

fn no_link(shared: &Core, origin: Origin) -> Refusal {
    shared.gates.failures.note(origin, std::time::Instant::now());
    Refusal::no_link()
}

/// Tells a page where its visit stands, and its browser the cookie.
fn opened(shared: &Core, opened: Opened) -> Result<Response, Refusal> {
    let mut response = json(&opened.standing)?;
    set_cookie(&mut response, &format!("{}={}; {COOKIE_RULES}", shared.cookie, opened.cookie))?;
    Ok(response)
}

fn set_cookie(response: &mut Response, text: &str) -> Result<(), Refusal> {
    let value = HeaderValue::from_str(text).map_err(|_| Refusal::internal("a cookie is no header"))?;
    response.headers_mut().insert(SET_COOKIE, value);
    Ok(())
}
