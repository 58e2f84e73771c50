//! The inbox of whoever is signed in.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::told;
use crate::app::today;
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, run, work};
use crate::visitor::{ANY, Need};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/desk/today", Access::Person(Need::of(ANY)), list),
        Endpoint::post("/api/v1/desk/today/done", Access::Person(Need::of(ANY)), done),
    ]
}

/// What waits for this person, by role: each sees the work of its own roles, and an administrator no content.
#[utoipa::path(get, path = "/api/v1/desk/today", tag = "desk", operation_id = "desk_today", security(("visit" = [])),
    responses((status = 200, description = "Today", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, today::of).await
}

/// What is put away, or taken back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// Key of a thing in the inbox.
    key: String,
    /// Whether it is taken back into the inbox.
    #[serde(default)]
    back: bool,
}

/// Puts away a thing in one's own inbox that asks for nothing, or takes it back.
#[utoipa::path(post, path = "/api/v1/desk/today/done", tag = "desk", operation_id = "desk_today_done", security(("visit" = [])),
    request_body = Done,
    responses((status = 204, description = "done"), NotForAll,
        (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn done(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let asked: Done = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    run(&shared, &seen, move |app, actor| today::put(app, actor, &asked.key, asked.back)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
