//! The ledger of this node, for its people and for the checks that a page makes itself.

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::app::Role;
use crate::app::ledger;
use crate::app::witness::{self, LogView};
use crate::problem::{NotForAll, Problem};
use crate::query::{Parameters, Unreadable};
use crate::refusal::Refusal;
use crate::rest::limit;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{ANY, Need};

/// Leaves in one answer when no number is named, and at most.
const LEAVES_DEFAULT: usize = 100;
const LEAVES_MAX: usize = 1_000;
/// Who may have the whole ledger checked, which takes a while.
const CHECK: &[Role] = &[Role::Auditor, Role::Administrator];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/desk/ledger", Access::Person(Need::of(ANY)), head),
        Endpoint::get("/api/v1/desk/ledger/leaves", Access::Person(Need::of(ANY)), leaves),
        Endpoint::post("/api/v1/desk/ledger/verify", Access::Person(Need::of(CHECK)), verify),
    ]
}

/// The head of the ledger and who signed it.
#[derive(Serialize)]
struct Ledger {
    checkpoint: Option<String>,
    vkey: String,
    witnesses: Vec<LogView>,
}

/// The signed checkpoint of this node's ledger, the key that it is signed with, and which members signed it too.
#[utoipa::path(get, path = "/api/v1/desk/ledger", tag = "desk", operation_id = "desk_ledger", security(("visit" = [])),
    responses((status = 200, description = "Ledger", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn head(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, _| {
        Ok(Ledger {
            checkpoint: ledger::checkpoint(app)?,
            vkey: app.ledger_vkey().to_owned(),
            witnesses: witness::list(app)?,
        })
    })
    .await
}

/// Leaves in the order of the ledger.
#[derive(Serialize)]
struct Leaves {
    from: u64,
    leaves: Vec<String>,
}

/// Leaves of the ledger as they are hashed, in Base64. They hold no names and no content.
#[utoipa::path(get, path = "/api/v1/desk/ledger/leaves", tag = "desk", operation_id = "desk_leaves", security(("visit" = [])),
    params(("from" = Option<u64>, Query, description = "number of the first leaf; 0 when left out"),
        ("count" = Option<u64>, Query, description = "how many: 100 when left out, at most 1,000")),
    responses((status = 200, description = "Leaves", body = Object, content_type = "application/json"), NotForAll,
        (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn leaves(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let parameters = Parameters::read(seen.query.as_deref())?;
    let number = |text: &str| {
        text.parse::<u64>().map_err(|_| Unreadable("from is the number of a leaf, from 0".to_owned()))
    };
    let from = parameters.one("from")?.map(number).transpose()?.unwrap_or(0);
    let count = parameters.one("count")?.map(limit).transpose()?.unwrap_or(LEAVES_DEFAULT).min(LEAVES_MAX);
    work(&shared, &seen, move |app, _| {
        let leaves = ledger::leaves(app, from, count)?;
        Ok(Leaves { from, leaves: leaves.iter().map(|leaf| STANDARD.encode(leaf)).collect() })
    })
    .await
}

/// Checks the whole ledger against what stands in the database, and says what is wrong.
#[utoipa::path(post, path = "/api/v1/desk/ledger/verify", tag = "desk", operation_id = "desk_verify", security(("visit" = [])),
    responses((status = 200, description = "Verified", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn verify(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, _| ledger::verify(app)).await
}
