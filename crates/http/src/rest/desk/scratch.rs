//! What somebody has begun to write and not kept yet.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::release::KEEPERS;
use super::whole;
use crate::app::scratch::{self, ScratchLine};
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, run, work};
use crate::visitor::Need;

/// The routes of this module.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let keeps = Access::Person(Need::of(KEEPERS));
    vec![
        Endpoint::get("/api/v1/desk/scratch", keeps, list),
        Endpoint::get("/api/v1/desk/scratch/{scratch}", keeps, one),
        Endpoint::put("/api/v1/desk/scratch/{scratch}", keeps, keep),
        Endpoint::delete("/api/v1/desk/scratch/{scratch}", keeps, drop),
    ]
}

/// What was begun.
#[derive(Serialize)]
struct Begun {
    begun: Vec<ScratchLine>,
}

/// What this person has begun to write, the latest first.
#[utoipa::path(get, path = "/api/v1/desk/scratch", tag = "desk", operation_id = "desk_scratch", security(("visit" = [])),
    responses((status = 200, body = Object, content_type = "application/json", description = "Begun"), NotForAll))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, actor| Ok(Begun { begun: scratch::list(app, actor)? })).await
}

/// One thing that this person has begun; for everybody else there is none.
#[utoipa::path(get, path = "/api/v1/desk/scratch/{scratch}", tag = "desk", operation_id = "desk_scratch_one",
    security(("visit" = [])), params(("scratch" = String, Path, description = "what the page calls it")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Scratch"), NotForAll))]
pub(crate) async fn one(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let name = seen.name("scratch")?;
    work(&shared, &seen, move |app, actor| scratch::get(app, actor, &name)).await
}

/// What stands in a form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScratchBody {
    /// One dictionary, as the page wants it back.
    #[schema(value_type = Object)]
    content: Value,
}

/// Keeps what was written so far, sealed and for this person alone, in place of what stood under the name.
#[utoipa::path(put, path = "/api/v1/desk/scratch/{scratch}", tag = "desk", operation_id = "desk_scratch_keep",
    security(("visit" = [])), params(("scratch" = String, Path, description = "what the page calls it")),
    request_body(content = ScratchBody, content_type = "application/json"),
    responses((status = 204, description = "kept"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json", description = "too many are begun"),
        (status = 413, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn keep(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let name = seen.name("scratch")?;
    let body: ScratchBody = whole(&shared, &seen, request).await?;
    run(&shared, &seen, move |app, actor| scratch::keep(app, actor, &name, &body.content)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Drops what was begun under a name.
#[utoipa::path(delete, path = "/api/v1/desk/scratch/{scratch}", tag = "desk", operation_id = "desk_scratch_drop",
    security(("visit" = [])), params(("scratch" = String, Path, description = "what the page calls it")),
    responses((status = 204, description = "there is none any more"), NotForAll))]
pub(crate) async fn drop(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let name = seen.name("scratch")?;
    run(&shared, &seen, move |app, actor| scratch::drop(app, actor, &name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
