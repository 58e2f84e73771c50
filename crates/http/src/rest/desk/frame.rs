//! What every screen needs to know of the community and this node.

use axum::extract::State;
use axum::response::Response;

use crate::app::desk;
use crate::problem::NotForAll;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{ANY, Need};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/desk/frame", Access::Person(Need::of(ANY)), frame)]
}

/// Collections, members, groups, purposes, legal bases, presets and kinds: nothing about single records.
#[utoipa::path(get, path = "/api/v1/desk/frame", tag = "desk", operation_id = "desk_frame", security(("visit" = [])),
    responses((status = 200, description = "Frame", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn frame(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, _| desk::frame(app)).await
}
