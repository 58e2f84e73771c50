//! Whether the node works, and its figures.

use axum::extract::State;
use axum::response::Response;

use super::of;
use crate::app::ledger;
use crate::asked::Asked;
use crate::media;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::router::Shared;

/// Says `ok` when the database answers; open to everybody, and says nothing else.
#[utoipa::path(get, path = "/healthz", tag = "operation", operation_id = "health", security(()),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn health(State(shared): State<Shared>) -> Result<Response, Refusal> {
    shared.run(ledger::checkpoint).await.map_err(|_| Refusal::busy())?;
    Ok(of(media::TEXT, "ok\n"))
}

/// Figures for Prometheus; takes a key made for this.
#[utoipa::path(get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn figures(State(shared): State<Shared>, _asked: Asked) -> Response {
    of(media::METRICS, shared.telemetry.text(shared.app.alarms()))
}
