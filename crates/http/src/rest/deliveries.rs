//! What left this node for the caller, as the node noted it.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{json, limit};
use crate::app::delivery::{self, DeliveryView};
use crate::asked::Asked;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::router::Shared;

/// A page of what left for this key's member in this key's context, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deliveries {
    deliveries: Vec<Delivery>,
    /// Whether there is another page.
    more: bool,
    /// What to send as `after` to get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One version of an object that left.
#[derive(Serialize, ToSchema)]
pub(crate) struct Delivery {
    /// STIX id.
    id: String,
    /// Version as the object writes it.
    version: String,
    /// `whole`, or `part` when a part was withheld.
    view: &'static str,
    /// When it left first, in UTC with six fraction digits.
    first_at: String,
    /// When it left last.
    last_at: String,
    /// How often it left.
    count: u64,
    /// Index of the ledger leaf that notes the first time.
    leaf: u64,
    /// What came of it: `received` or `refused` by a signed receipt, `late` or `delivered` without one, `told` when the
    /// member has no key to sign with.
    state: &'static str,
}

impl From<DeliveryView> for Delivery {
    fn from(view: DeliveryView) -> Self {
        Self {
            id: view.id,
            version: view.version,
            view: view.view,
            first_at: view.first_at,
            last_at: view.last_at,
            count: view.count.unsigned_abs(),
            leaf: view.leaf.unsigned_abs(),
            state: view.state.word(),
        }
    }
}

/// What this node has delivered to the caller, in collections that the key may still read.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "rest", operation_id = "deliveries",
    params(("after" = Option<String>, Query, description = "the `next` of the page before"),
        ("limit" = Option<u64>, Query, description = "most deliveries on the page; lowered to the node's own")),
    responses((status = 200, body = Deliveries, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn deliveries(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let parameters = Parameters::read(asked.query.as_deref())?;
    let after = parameters.one("after")?.map(str::to_owned);
    let limit = parameters.one("limit")?.map(limit).transpose()?;
    let page =
        shared.run(move |app| delivery::of_reader(app, &asked.reader, after.as_deref(), limit)).await?;
    json(&Deliveries {
        more: page.next.is_some(),
        next: page.next,
        deliveries: page.deliveries.into_iter().map(Delivery::from).collect(),
    })
}
