//! A stream that gives up on a peer that takes nothing for too long, or takes an answer too slowly. The time-outs for
//! request heads and for whole requests stand elsewhere; this one frees the memory of answers that nobody fetches.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// When the answer that is being sent on a connection must be gone. A clone is the same term.
#[derive(Clone, Default)]
pub(crate) struct Term(Arc<Mutex<Option<Instant>>>);

impl Term {
    /// An answer begins: it may take so long.
    pub(crate) fn begin(&self, patience: Duration) {
        self.set(Some(Instant::now() + patience));
    }

    /// No answer is under way.
    pub(crate) fn lift(&self) {
        self.set(None);
    }

    fn set(&self, end: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    fn end(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.end().is_some_and(|end| end <= Instant::now())
    }
}

/// A stream whose writes fail with `TimedOut` when the peer takes no byte for `patience`, or when the term is over.
pub(crate) struct Stalling<S> {
    stream: S,
    patience: Duration,
    term: Term,
    deadline: Pin<Box<Sleep>>,
    waiting: bool,
}

impl<S> Stalling<S> {
    /// Wraps a stream.
    pub(crate) fn new(stream: S, patience: Duration, term: Term) -> Self {
        Self { stream, patience, term, deadline: Box::pin(sleep(patience)), waiting: false }
    }

    fn judge<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.waiting = false;
            return outcome;
        }
        if !self.waiting {
            self.waiting = true;
            let stalled = Instant::now() + self.patience;
            self.deadline.as_mut().reset(self.term.end().map_or(stalled, |end| end.min(stalled)));
        }
        match self.deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stalling<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stalling<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.term.is_over() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.term.is_over() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judge(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_ends_the_write() {
        let (near, _far) = tokio::io::duplex(8);
        let mut stream = Stalling::new(near, Duration::from_secs(5), Term::default());
        let error = stream.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_peer_that_keeps_reading_gets_everything() {
        let (near, mut far) = tokio::io::duplex(8);
        let mut stream = Stalling::new(near, Duration::from_secs(5), Term::default());
        let reader = async {
            let mut got = [0_u8; 64];
            for piece in got.chunks_mut(8) {
                tokio::time::advance(Duration::from_secs(4)).await;
                far.read_exact(piece).await.unwrap();
            }
            got
        };
        let (sent, got) = tokio::join!(stream.write_all(&[7; 64]), reader);
        sent.unwrap();
        assert_eq!(got, [7; 64]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_an_answer_drop_by_drop_is_cut_off_at_the_term() {
        let (near, mut far) = tokio::io::duplex(8);
        let term = Term::default();
        let mut stream = Stalling::new(near, Duration::from_secs(5), term.clone());
        term.begin(Duration::from_secs(10));
        let reader = async {
            let mut taken = 0;
            while let Ok(1..) = far.read(&mut [0_u8; 8]).await {
                taken += 8;
                tokio::time::advance(Duration::from_secs(4)).await;
            }
            taken
        };
        let writer = async {
            let sent = stream.write_all(&[7; 64]).await;
            drop(stream);
            sent
        };
        let (sent, taken) = tokio::join!(writer, reader);
        assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(taken < 64, "{taken}");
        assert!(term.is_over());
        term.lift();
        assert!(!term.is_over());
    }
}
