//! The listener: binds, speaks TLS when told to, bounds connections and time, and drains when asked to stop.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::app::App;
use crate::app::credential::Channel;
use crate::app::limits::NetworkLimits;
use crate::rest::desk::papers::Printer;
use crate::router::{Remote, printing};
use crate::stall::{Stalling, Term};
use crate::telemetry::Telemetry;
use crate::{HttpError, tls};

/// How often measured figures are folded, in seconds.
const FOLD_SECONDS: u64 = 5;
/// The pause after a failed accept, in milliseconds: the machine is out of file handles.
const ACCEPT_PAUSE_MILLIS: u64 = 50;

/// Where and how to listen.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What TLS shows; none for plain HTTP.
    pub tls: Option<Certificate>,
    /// Whether a proxy in front ends TLS. It allows a public address without TLS, and makes the last entry of
    /// `X-Forwarded-For` the remote address; otherwise that header is ignored.
    pub behind_proxy: bool,
    /// What makes a PDF of a paper; none where none is made.
    pub printer: Option<Printer>,
}

/// The certificate that a listener shows.
#[derive(Clone, Debug)]
pub enum Certificate {
    /// The node's own, which members know by its key note.
    Own,
    /// One in PEM files: the chain, and its private key.
    Files(PathBuf, PathBuf),
}

/// Serves until `shutdown` completes, then lets open requests finish for a short while. `on_bound` gets the real
/// address and the scheme, `http` or `https`.
///
/// # Errors
/// [`HttpError`] when the address is public and nothing protects it, cannot be bound, or a certificate is unfit.
pub async fn serve(
    app: App,
    options: ServerOptions,
    on_bound: impl FnOnce(SocketAddr, &'static str),
    shutdown: impl Future<Output = ()>,
) -> Result<(), HttpError> {
    if !options.listen.ip().to_canonical().is_loopback() && options.tls.is_none() && !options.behind_proxy {
        return Err(HttpError::Unprotected { address: options.listen });
    }
    let tls = options.tls.as_ref().map(|certificate| tls::acceptor(&app, certificate)).transpose()?;
    let fault = |source| HttpError::Bind { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(fault)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let bounds = app.limits().network.clone();
    let telemetry = Telemetry::new();
    let router = printing(app, telemetry.clone(), options.printer);
    on_bound(listener.local_addr().map_err(fault)?, scheme);
    let host = Host { router, tls, bounds, telemetry, behind_proxy: options.behind_proxy };
    host.run(listener, shutdown).await;
    Ok(())
}

/// What every connection needs.
#[derive(Clone)]
struct Host {
    router: Router,
    tls: Option<TlsAcceptor>,
    bounds: NetworkLimits,
    telemetry: Telemetry,
    behind_proxy: bool,
}

impl Host {
    async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let slots = Arc::new(Semaphore::new(self.bounds.connections));
        let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
        let mut folding = tokio::time::interval(Duration::from_secs(FOLD_SECONDS));
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                (stream, peer, permit) = next_connection(&listener, &slots) => {
                    connections.spawn(self.clone().connection(stream, peer, graceful.watcher(), permit));
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                _ = folding.tick() => self.telemetry.fold(),
            }
            self.telemetry.connections().set(f64::from(u32::try_from(connections.len()).unwrap_or(u32::MAX)));
        }
        drop(listener);
        let patience = Duration::from_secs(self.bounds.drain_seconds);
        if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
            tracing::warn!(open = connections.len(), "connections were cut at shutdown");
        }
        connections.shutdown().await;
    }

    async fn connection(
        self,
        stream: TcpStream,
        peer: IpAddr,
        watcher: Watcher,
        permit: OwnedSemaphorePermit,
    ) {
        let _permit = permit;
        let _ = stream.set_nodelay(true);
        let term = Term::default();
        let patience = Duration::from_secs(self.bounds.stall_seconds);
        let stream = Stalling::new(stream, patience, term.clone());
        let bare = if self.behind_proxy { Channel::Proxied } else { Channel::Bare };
        let Some(acceptor) = self.tls.clone() else {
            return self.speak(stream, (peer, bare), watcher, term).await;
        };
        let patience = Duration::from_secs(self.bounds.handshake_seconds);
        match tokio::time::timeout(patience, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                // Behind a proxy it is the proxy whose certificate this would be.
                let channel = if self.behind_proxy { bare } else { tls::channel(stream.get_ref().1) };
                self.speak(stream, (peer, channel), watcher, term).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        }
    }

    async fn speak<S>(self, stream: S, (peer, channel): (IpAddr, Channel), watcher: Watcher, term: Term)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (router, behind_proxy) = (self.router, self.behind_proxy);
        let patience = Duration::from_secs(self.bounds.send_seconds);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            let remote = if behind_proxy { forwarded(&request).unwrap_or(peer) } else { peer };
            request.extensions_mut().insert(Remote(remote));
            request.extensions_mut().insert(channel);
            term.lift();
            let (answer, term) = (router.clone().oneshot(request), term.clone());
            async move {
                let answer = answer.await;
                term.begin(patience);
                answer
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(self.bounds.header_seconds))
            .max_headers(self.bounds.headers)
            .max_buf_size(self.bounds.header_bytes)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "connection ended early");
        }
    }
}

async fn next_connection(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, IpAddr, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed; were it, waiting for ever is the answer that accepts nothing.
        let Ok(permit) = Arc::clone(slots).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer.ip(), permit),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MILLIS)).await;
            }
        }
    }
}

/// The address that the nearest proxy wrote: the last entry of the last `X-Forwarded-For`.
fn forwarded(request: &Request) -> Option<IpAddr> {
    let value = request.headers().get_all("x-forwarded-for").iter().next_back()?;
    value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_entry_of_the_nearest_proxy_counts() {
        let request = Request::builder()
            .header("x-forwarded-for", "203.0.113.9")
            .header("x-forwarded-for", "198.51.100.1, 192.0.2.7")
            .body(Body::empty())
            .unwrap();
        assert_eq!(forwarded(&request), Some("192.0.2.7".parse().unwrap()));
        assert_eq!(forwarded(&Request::new(Body::empty())), None);
    }
}
