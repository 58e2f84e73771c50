//! What waits for a second person: the list, one proposal whole, the approval and the refusal.

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::release::ReasonBody;
use super::told;
use crate::app::proof::Means;
use crate::app::{Role, proposal, proposed};
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{ANY, Need};

/// Who decides about some kind of proposal; which kinds, the proposal says to whom.
const DECIDERS: &[Role] =
    &[Role::ReleaseOfficer, Role::Secretariat, Role::DataProtection, Role::Auditor, Role::Administrator];

/// The routes of proposals.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let looks = Access::Person(Need::of(ANY));
    vec![
        Endpoint::get("/api/v1/desk/proposals", looks, list),
        Endpoint::get("/api/v1/desk/proposals/{proposal}", looks, one),
        Endpoint::post(
            "/api/v1/desk/proposals/{proposal}/approve",
            Access::Person(Need::of(DECIDERS).stepped()),
            approve,
        ),
        // Who proposed something takes it back by this, whatever the role.
        Endpoint::post("/api/v1/desk/proposals/{proposal}/refuse", looks, refuse),
    ]
}

/// Why something is approved.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ApproveBody {
    /// In words; needed for what is marked for neutrality review.
    reason: Option<String>,
}

/// What waits, the oldest first, each with what whoever asks may do about it.
#[utoipa::path(get, path = "/api/v1/desk/proposals", tag = "desk", operation_id = "desk_proposals",
    responses((status = 200, body = Object, content_type = "application/json", description = "a list of Listed"),
        NotForAll),
    security(("visit" = [])))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, proposal::list_for).await
}

/// A proposal whole: what a second person is asked to approve, or what became of it.
#[utoipa::path(get, path = "/api/v1/desk/proposals/{proposal}", tag = "desk", operation_id = "desk_proposal",
    params(("proposal" = String, Path, description = "id")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Proposed"), NotForAll),
    security(("visit" = [])))]
pub(crate) async fn one(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let id = seen.name("proposal")?;
    work(&shared, &seen, move |app, actor| proposed::show(app, actor, &id)).await
}

/// Approves what another person proposed, and carries it out. Policies are proved once more first.
#[utoipa::path(post, path = "/api/v1/desk/proposals/{proposal}/approve", tag = "desk", operation_id = "desk_approve",
    params(("proposal" = String, Path, description = "id")),
    request_body(content = Option<ApproveBody>, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Approved"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn approve(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let id = seen.name("proposal")?;
    let body: ApproveBody = told(&shared, &seen, request).await?.unwrap_or_default();
    let reason = body.reason.filter(|reason| !reason.trim().is_empty());
    let act =
        move |app: &_, actor: &_| proposal::approve_by(app, actor, &id, reason.as_deref(), &Means::default());
    work(&shared, &seen, act).await
}

/// Refuses what another person proposed, or takes back what one proposed oneself. Nothing of it is done.
#[utoipa::path(post, path = "/api/v1/desk/proposals/{proposal}/refuse", tag = "desk", operation_id = "desk_refuse",
    params(("proposal" = String, Path, description = "id")),
    request_body(content = ReasonBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Refused"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn refuse(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let id = seen.name("proposal")?;
    let body: ReasonBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    work(&shared, &seen, move |app, actor| proposal::refuse(app, actor, &id, &body.reason)).await
}
