//! The agreement and the rules in force, for reading.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::app::activate::{self, HistoryView, RulesView};
use crate::app::agreement;
use crate::problem::NotForAll;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{ANY, Need};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/desk/agreement", Access::Person(Need::of(ANY)), in_force),
        Endpoint::get("/api/v1/desk/policies", Access::Person(Need::of(ANY)), policies),
    ]
}

/// The agreement in force, with its number, its digest and its text.
#[utoipa::path(get, path = "/api/v1/desk/agreement", tag = "desk", operation_id = "desk_agreement", security(("visit" = [])),
    responses((status = 200, description = "InForceView", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn in_force(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, _| agreement::current(app)).await
}

/// The rules in force and how they came to be.
#[derive(Serialize)]
struct Policies {
    rules: RulesView,
    history: Vec<HistoryView>,
}

/// The rules in force, each with the sentence that says what it does, and when which rules came into force.
#[utoipa::path(get, path = "/api/v1/desk/policies", tag = "desk", operation_id = "desk_policies", security(("visit" = [])),
    responses((status = 200, description = "Policies", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn policies(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, _| {
        Ok(Policies { rules: activate::rules(app)?, history: activate::history(app)? })
    })
    .await
}
