//! The recalls that concern the caller, as this node told them.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::app::recall::{self, ReaderRecall};
use crate::asked::Asked;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::router::Shared;

/// Recalls of what this key's member got from this node, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recalls {
    recalls: Vec<Recall>,
}

/// One recall.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recall {
    /// Its id.
    recall: String,
    /// SHA-256 of the signed message.
    digest: String,
    /// Display name of the originator of the records.
    origin: String,
    /// `withdraw`, `correct`, `narrow`, `restrict` or `lift`.
    scope: String,
    /// Why, as a code.
    reason: String,
    /// What is to be done with copies: `delete`, `stop-use`, `keep-as-evidence`; empty for a lift.
    obligation: String,
    /// Whether it holds, and no other stands in its place.
    in_force: bool,
    /// When it was said, in UTC with six fraction digits.
    said_at: String,
    /// By when an answer is expected.
    due: String,
    /// The records that it names, as `id@version`.
    records: Vec<String>,
    /// Where the caller's member stands: `cannot` for one without a key to sign an answer with.
    state: &'static str,
    /// Whether its answer is overdue.
    overdue: bool,
}

impl From<ReaderRecall> for Recall {
    fn from(one: ReaderRecall) -> Self {
        Self {
            digest: one.digest.to_string(),
            recall: one.recall,
            origin: one.origin,
            scope: one.scope,
            reason: one.reason,
            obligation: one.obligation,
            in_force: one.in_force,
            said_at: one.said_at,
            due: one.due,
            records: one.records,
            state: one.state,
            overdue: one.overdue,
        }
    }
}

/// What this node told the caller's member to take out of use. A program without messages learns of it here.
#[utoipa::path(get, path = "/api/v1/recalls", tag = "rest", operation_id = "recalls",
    responses((status = 200, body = Recalls, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn recalls(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    Parameters::read(asked.query.as_deref())?;
    let all = shared.run(move |app| recall::of_reader(app, &asked.reader)).await?;
    json(&Recalls { recalls: all.into_iter().map(Recall::from).collect() })
}
