//! The TAXII error message (TAXII 2.1 §3.6.1).

use axum::http::HeaderValue;
use serde::Serialize;
use utoipa::ToSchema;

use crate::media;
use crate::refusal::Refusal;

/// The error body of every TAXII resource.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorMessage<'a> {
    /// The kind of the error in a few words.
    title: &'a str,
    /// What was wrong and what to do.
    description: &'a str,
    /// The HTTP status, as text.
    http_status: String,
}

/// The media type and bytes of a refusal.
pub(crate) fn body(refusal: &Refusal) -> (HeaderValue, Vec<u8>) {
    let message = ErrorMessage {
        title: refusal.title,
        description: &refusal.detail,
        http_status: refusal.status.as_u16().to_string(),
    };
    (media::TAXII, serde_json::to_vec(&message).unwrap_or_default())
}
