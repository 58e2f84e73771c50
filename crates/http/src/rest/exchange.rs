//! What the nodes of members say to each other besides records.

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use utoipa::ToSchema;

use super::of;
use crate::app::exchange;
use crate::asked::Asked;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::router::Shared;
use crate::{body, media};

/// What one node sends another: the same form for the request and for its answer. Fields that are not known are passed
/// over.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the use case reads and writes")]
pub(crate) struct Exchange {
    /// Version of this form: 1.
    v: u8,
    /// Name and version of the program.
    program: Option<String>,
    /// SHA-256 of the agreement in force.
    agreement: String,
    /// Now, in UTC with six fraction digits.
    at: String,
    /// The last of the other side's messages that is durable here: `n` and `digest`.
    #[schema(value_type = Object)]
    have: Value,
    /// What the other side has not yet: each with its number `n` and the signed `message`.
    messages: Vec<Value>,
    /// Whether there are more.
    more: Option<bool>,
    /// What the sender says about ledgers: its key note, its newest checkpoint and what it has seen of others.
    #[schema(value_type = Option<Object>)]
    ledger: Option<Value>,
}

/// Takes what the node of this key's member says, and answers with what this node has for it.
#[utoipa::path(post, path = "/api/v1/exchange", tag = "rest", operation_id = "exchange",
    request_body(content = Exchange, content_type = "application/json"),
    responses((status = 200, body = Exchange, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn exchange(
    State(shared): State<Shared>,
    asked: Asked,
    request: Request,
) -> Result<Response, Refusal> {
    if !media::is_json_body(&asked.headers) {
        return Err(Refusal::media("the body must be application/json"));
    }
    let bytes = body::read(&shared.bounds, &asked.headers, request.into_body()).await?;
    let answer = shared.run(move |app| exchange::answer(app, &asked.reader, &bytes)).await?;
    Ok(of(media::JSON, answer))
}
