//! Problem details (RFC 9457) for everything outside TAXII.

use axum::http::HeaderValue;
use serde::Serialize;
use utoipa::ToSchema;

use crate::media;
use crate::refusal::Refusal;

/// The error body of the REST interface.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem<'a> {
    /// Always `about:blank`: the status says the kind.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind of the problem in a few words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What was wrong and what to do.
    detail: &'a str,
}

/// The media type and bytes of a refusal.
pub(crate) fn body(refusal: &Refusal) -> (HeaderValue, Vec<u8>) {
    let problem = Problem {
        kind: "about:blank",
        title: refusal.title,
        status: refusal.status.as_u16(),
        detail: &refusal.detail,
    };
    (media::PROBLEM, serde_json::to_vec(&problem).unwrap_or_default())
}
