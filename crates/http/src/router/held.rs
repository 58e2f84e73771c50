//! The body of an answer that holds the place of its request. It goes out in pieces, so that the place is free when
//! the client has taken the answer, not when the connection has taken it over.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

/// The largest piece, in bytes; a connection takes no further one while this much waits to be sent.
const PIECE_BYTES: usize = 32 << 10;

/// The place of a request, on its way from the gate to the body.
#[derive(Clone)]
pub(super) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Place {
    pub(super) fn new(permit: OwnedSemaphorePermit) -> Self {
        Self { _permit: Arc::new(permit) }
    }
}

/// Gives the place of a request to the body of its answer.
pub(super) async fn hold(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Place>() {
        Some(place) => response.map(|body| Body::new(Held { body, rest: Bytes::new(), _place: place })),
        None => response,
    }
}

struct Held {
    body: Body,
    rest: Bytes,
    _place: Place,
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        let count = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(count)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn a_large_answer_goes_out_in_pieces_and_whole_and_says_its_length() {
        let places = Arc::new(Semaphore::new(1));
        let place = Place::new(Arc::clone(&places).try_acquire_owned().unwrap());
        let all: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut held = Held { body: Body::from(all.clone()), rest: Bytes::new(), _place: place };
        let mut got = Vec::new();
        while got.len() < all.len() {
            assert_eq!(hyper::body::Body::size_hint(&held).exact(), Some((all.len() - got.len()) as u64));
            assert!(!hyper::body::Body::is_end_stream(&held));
            assert_eq!(places.available_permits(), 0);
            let piece = held.frame().await.unwrap().unwrap().into_data().unwrap();
            assert!((1..=PIECE_BYTES).contains(&piece.len()));
            got.extend_from_slice(&piece);
        }
        assert!(hyper::body::Body::is_end_stream(&held) && held.frame().await.is_none());
        assert_eq!(got, all);
        drop(held);
        assert_eq!(places.available_permits(), 1);
    }
}
