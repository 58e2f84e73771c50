//! What goes on between members: recalling records, deciding about what others recall, and meeting a partner now.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::release::OFFICER;
use super::told;
use crate::app::recall::{self, How, Obligation, Reason, RecallScope, Wish};
use crate::app::{App, AppError, Role, exchange, pull};
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, run, work};
use crate::visitor::Need;

/// Who decides about what others recall.
const DECIDERS: &[Role] = &[Role::ReleaseOfficer, Role::DataProtection];
/// Who meets partners.
const MEETERS: &[Role] = &[Role::ReleaseOfficer, Role::Administrator];

/// The routes of recalls and partners that change something.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let officer = Access::Person(Need::of(OFFICER).stepped());
    let meets = Access::Person(Need::of(MEETERS));
    vec![
        Endpoint::post("/api/v1/desk/recalls", officer, issue),
        Endpoint::post(
            "/api/v1/desk/recalls/{recall}/comply",
            Access::Person(Need::of(DECIDERS).stepped()),
            comply,
        ),
        Endpoint::post("/api/v1/desk/recalls/{recall}/close", officer, close),
        Endpoint::post("/api/v1/desk/partners/{peer}/pull", meets, pull_now),
        Endpoint::post("/api/v1/desk/partners/{peer}/exchange", meets, exchange_now),
    ]
}

/// A recall to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecallBody {
    /// Id of the record for every version, or id@version.
    record: String,
    /// `withdraw`, `correct`, `narrow` or `restrict`.
    scope: String,
    /// Why, as a code.
    reason: String,
    /// What holders do: `delete`, `stop-use`, `keep-as-evidence`; left out for what goes with the scope.
    obligation: Option<String>,
    /// For a correction, the version that stands.
    replacement: Option<String>,
    /// Hours within which an answer is expected.
    hours: Option<i64>,
}

/// A decision about what somebody recalled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComplyBody {
    /// `purge`, `hold` or `refuse`.
    how: String,
    /// One record of it; left out for all.
    record: Option<String>,
    /// To hold: why, in words that stay here.
    ground: Option<String>,
    /// To refuse: why, as a code.
    reason: Option<String>,
}

/// For whom nobody waits any longer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseBody {
    /// Id or display name of the member.
    member: String,
    /// Why.
    reason: String,
}

/// Reads a word of a closed list.
fn word<T>(read: fn(&str) -> Option<T>, place: &'static str, text: &str) -> Result<T, AppError> {
    read(text).ok_or_else(|| AppError::invalid(place, "it is no word of the list"))
}

/// Recalls a record of one's own: it is out of use here at once, and everybody who got it from here is told.
#[utoipa::path(post, path = "/api/v1/desk/recalls", tag = "desk", operation_id = "desk_recall_issue",
    request_body(content = RecallBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Issued"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn issue(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: RecallBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let act = move |app: &App, actor: &_| {
        let obligation =
            body.obligation.as_deref().map(|text| word(Obligation::from_name, "obligation", text));
        let usual = Wish::new(
            word(RecallScope::from_name, "scope", &body.scope)?,
            word(Reason::from_name, "reason", &body.reason)?,
        );
        let wish = Wish {
            obligation: obligation.transpose()?,
            replacement: body.replacement.as_deref(),
            hours: body.hours.unwrap_or(usual.hours),
            ..usual
        };
        recall::issue(app, actor, &body.record, &wish)
    };
    work(&shared, &seen, act).await
}

/// Decides about what somebody recalled, and answers once everything is decided.
#[utoipa::path(post, path = "/api/v1/desk/recalls/{recall}/comply", tag = "desk", operation_id = "desk_comply",
    params(("recall" = String, Path, description = "id or digest")),
    request_body(content = ComplyBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Complied"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn comply(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let recall = seen.name("recall")?;
    let body: ComplyBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let act = move |app: &App, actor: &_| {
        let how = match (body.how.as_str(), &body.ground, &body.reason) {
            ("purge", None, None) => How::Purge,
            ("hold", Some(ground), None) => How::Hold { ground },
            ("refuse", None, Some(code)) => {
                How::Refuse { reason: word(recall::Refusal::from_name, "reason", code)? }
            }
            _ => {
                let what = "purge takes nothing, hold takes a ground, refuse takes a reason";
                return Err(AppError::invalid("how", what));
            }
        };
        recall::comply(app, actor, &recall, body.record.as_deref(), how)
    };
    work(&shared, &seen, act).await
}

/// Waits no longer for a member's answer to a recall.
#[utoipa::path(post, path = "/api/v1/desk/recalls/{recall}/close", tag = "desk", operation_id = "desk_close",
    params(("recall" = String, Path, description = "id or digest")),
    request_body(content = CloseBody, content_type = "application/json"),
    responses((status = 204, description = "closed"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn close(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let recall = seen.name("recall")?;
    let body: CloseBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    run(&shared, &seen, move |app, actor| recall::close(app, actor, &recall, &body.member, &body.reason))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fetches what a partner has for this node, now. What fails at the partner's side stands in the answer.
#[utoipa::path(post, path = "/api/v1/desk/partners/{peer}/pull", tag = "desk", operation_id = "desk_partner_pull",
    params(("peer" = String, Path, description = "name of the peer here")),
    responses((status = 200, body = Object, content_type = "application/json", description = "a list of Pulled"),
        NotForAll),
    security(("visit" = [])))]
pub(crate) async fn pull_now(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let peer = seen.name("peer")?;
    let act = move |app: &_, actor: &_| pull::run(app, actor, Some(&peer), None, None, &mut |_| {});
    work(&shared, &seen, act).await
}

/// Exchanges messages with a partner, now: receipts, recalls and their answers.
#[utoipa::path(post, path = "/api/v1/desk/partners/{peer}/exchange", tag = "desk", operation_id = "desk_partner_exchange",
    params(("peer" = String, Path, description = "name of the peer here")),
    responses((status = 200, body = Object, content_type = "application/json", description = "a list of Exchanged"),
        NotForAll),
    security(("visit" = [])))]
pub(crate) async fn exchange_now(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let peer = seen.name("peer")?;
    work(&shared, &seen, move |app, actor| exchange::run(app, actor, Some(&peer))).await
}
