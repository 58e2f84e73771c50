//! The one door for who is not a member yet: the answer to an invitation.

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use utoipa::ToSchema;

use super::of;
use crate::app::invite;
use crate::app::limits::NetworkLimits;
use crate::limit::Origin;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::router::{Remote, Shared};
use crate::{auth, body, media};

/// What the node of who was invited says, under the signature of its member key.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the use case reads")]
pub(crate) struct JoinRequest {
    /// Version, token, member with its key and key note, and where its node is reached with a key to it.
    #[schema(value_type = Object)]
    said: Value,
    /// Base64 of the Ed25519 signature over the canonical form of `{"context":"comity/join/1","said":…}`.
    signature: String,
}

/// What it gets, under the signature of the member key of this node.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the use case writes")]
pub(crate) struct JoinAnswer {
    /// Version, digest of the request, and what is brought: the agreement and a key. Nothing is brought while the
    /// agreement waits for a second person.
    #[schema(value_type = Object)]
    said: Value,
    /// Base64 of the Ed25519 signature over the canonical form of `{"context":"comity/joined/1","said":…}`.
    signature: String,
}

/// Lets a node in that answers an invitation.
#[utoipa::path(post, path = "/api/v1/join", tag = "rest", operation_id = "join", security(()),
    request_body(content = JoinRequest, content_type = "application/json"),
    responses((status = 200, body = JoinAnswer, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 408, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn join(State(shared): State<Shared>, request: Request) -> Result<Response, Refusal> {
    let origin = Origin::of(Remote::of(request.extensions()));
    shared.gates.joins.take(&origin).map_err(|seconds| {
        shared.telemetry.turned_away("join-rate");
        Refusal::too_often(seconds)
    })?;
    let (channel, headers) = (auth::channel(&request), request.headers().clone());
    if !media::is_json_body(&headers) {
        return Err(Refusal::media("the body must be application/json"));
    }
    let bounds = NetworkLimits {
        body_bytes: invite::BYTES_MAX,
        inflated_bytes: invite::BYTES_MAX,
        ..shared.bounds.clone()
    };
    let bytes = shared.soon(body::read(&bounds, &headers, request.into_body())).await?;
    let answer = shared.run(move |app| invite::answer(app, channel, &bytes)).await?;
    Ok(of(media::JSON, answer))
}
