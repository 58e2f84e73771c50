//! Packs answers with gzip for those who take it. Bodies up to one KiB go out as they are.

use std::io::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, VARY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt as _;

use crate::media;

const SMALLEST_BYTES: usize = 1024;

/// Packs the body of a good answer when the request takes gzip and the body is worth it.
pub(crate) async fn pack(request: Request, next: Next) -> Response {
    let wanted = media::takes_gzip(request.headers()) && request.method() != Method::HEAD;
    let mut response = next.run(request).await;
    let is_packed = response.headers().contains_key(CONTENT_ENCODING) || media::is_packed(response.headers());
    if response.status() != StatusCode::OK || is_packed {
        return response;
    }
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    if !wanted {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return crate::refusal::Refusal::internal("the answer could not be gathered").into_marked();
    };
    if plain.len() < SMALLEST_BYTES {
        return Response::from_parts(parts, Body::from(plain));
    }
    let copy = plain.clone();
    match tokio::task::spawn_blocking(move || gzip(&copy)).await {
        Ok(Ok(packed)) => {
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(packed))
        }
        _ => Response::from_parts(parts, Body::from(plain)),
    }
}

/// The fastest level: a page is packed once and read once.
fn gzip(plain: &Bytes) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::new(1));
    encoder.write_all(plain)?;
    encoder.finish()
}
