//! How this node stands with those of others.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::app::exchange::{self, Standing};
use crate::app::peer::{self, PeerView};
use crate::app::witness::{self, LogView};
use crate::problem::NotForAll;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{ANY, Need};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/desk/partners", Access::Person(Need::of(ANY)), list)]
}

/// Peers, how this node stands with the nodes of members, and their ledgers.
#[derive(Serialize)]
struct Partners {
    peers: Vec<PeerView>,
    standings: Vec<Standing>,
    logs: Vec<LogView>,
}

/// From whom this node pulls and what it refused, when it last met each member, and what it saw of their ledgers.
#[utoipa::path(get, path = "/api/v1/desk/partners", tag = "desk", operation_id = "desk_partners", security(("visit" = [])),
    responses((status = 200, description = "Partners", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, _| {
        Ok(Partners {
            peers: peer::list(app)?,
            standings: exchange::standings(app)?,
            logs: witness::list(app)?,
        })
    })
    .await
}
