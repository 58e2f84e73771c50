//! The listener over real sockets: what only bytes on a wire can show.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::World;
use crate::{Certificate, HttpError, ServerOptions, serve};

/// A serving node that ends with its handle.
struct Serving {
    address: SocketAddr,
    scheme: &'static str,
    stop: oneshot::Sender<()>,
    tasks: JoinSet<Result<(), HttpError>>,
}

fn plain() -> ServerOptions {
    ServerOptions { listen: "127.0.0.1:0".parse().unwrap(), tls: None, behind_proxy: false, printer: None }
}

/// The test certificate for `localhost`; its key opens nothing else.
fn certificate(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

async fn start(world: &World, options: ServerOptions) -> Serving {
    let (stop, stopped) = oneshot::channel::<()>();
    let (bound, is_bound) = oneshot::channel();
    let mut tasks = JoinSet::new();
    let app = world.app.clone();
    let shutdown = async {
        let _ = stopped.await;
    };
    let on_bound = move |address, scheme| bound.send((address, scheme)).unwrap();
    tasks.spawn(serve(app, options, on_bound, shutdown));
    let (address, scheme) = is_bound.await.unwrap();
    Serving { address, scheme, stop, tasks }
}

/// Sends bytes and reads to the end of the stream.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, bytes: &str) -> String {
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn port_0_is_announced_and_answers_until_it_is_told_to_stop() {
    let world = World::new();
    let mut serving = start(&world, plain()).await;
    assert_eq!(serving.scheme, "http");
    assert_ne!(serving.address.port(), 0);
    let answer = exchange(TcpStream::connect(serving.address).await.unwrap(), HEALTH).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    serving.stop.send(()).unwrap();
    serving.tasks.join_next().await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(serving.address).await.is_err());
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let world = World::new();
    let mut serving = start(&world, plain()).await;
    let mut idle = TcpStream::connect(serving.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut piece = [0_u8; 16];
    idle.read_exact(&mut piece).await.unwrap();
    serving.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), serving.tasks.join_next()).await;
    ended.unwrap().unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn j1_a_public_address_without_tls_is_refused_unless_a_proxy_stands_before_it() {
    let world = World::new();
    let public = ServerOptions { listen: "0.0.0.0:0".parse().unwrap(), ..plain() };
    let refused = serve(world.app.clone(), public.clone(), |_, _| panic!("bound"), async {}).await;
    assert!(matches!(&refused, Err(HttpError::Unprotected { .. })), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("--behind-proxy"));
    let behind = ServerOptions { behind_proxy: true, ..public };
    serve(world.app.clone(), behind, |_, scheme| assert_eq!(scheme, "http"), async {}).await.unwrap();
}

#[tokio::test]
async fn an_occupied_port_is_a_clear_error() {
    let world = World::new();
    let serving = start(&world, plain()).await;
    let again = ServerOptions { listen: serving.address, ..plain() };
    let error = serve(world.app.clone(), again, |_, _| {}, async {}).await.unwrap_err().to_string();
    assert!(error.contains(&serving.address.to_string()) && error.contains("--listen"), "{error}");
}

#[tokio::test]
async fn tls_answers_https_and_leaves_plain_text_unanswered() {
    let world = World::new();
    let files = Certificate::Files(certificate("certificate.pem"), certificate("key.pem"));
    let serving = start(&world, ServerOptions { tls: Some(files), ..plain() }).await;
    assert_eq!(serving.scheme, "https");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate("certificate.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(serving.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let answer = exchange(stream, HEALTH).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let plain = exchange(TcpStream::connect(serving.address).await.unwrap(), HEALTH).await;
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
}

#[tokio::test]
async fn a_claimed_2_gb_body_is_refused_on_the_wire_at_once() {
    let world = World::new();
    let serving = start(&world, plain()).await;
    let request = format!(
        "POST /taxii2/api/collections/open/objects/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/taxii+json;version=2.1\r\nContent-Length: 2147483648\r\n\r\n{{",
        world.keys.both.secret
    );
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0_u8; 12];
    tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut head)).await.unwrap().unwrap();
    assert_eq!(&head, b"HTTP/1.1 413");
    let again = exchange(TcpStream::connect(serving.address).await.unwrap(), HEALTH).await;
    assert!(again.starts_with("HTTP/1.1 200"), "{again}");
}

#[tokio::test]
async fn broken_requests_end_their_own_connection_only() {
    let world = World::new();
    let serving = start(&world, plain()).await;
    for broken in
        ["\u{1}\u{2}\u{3}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /healthz HTTP/1.1\r\nA b: c\r\n\r\n"]
    {
        let answer = exchange(TcpStream::connect(serving.address).await.unwrap(), broken).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let many = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X-Filler: 1\r\n".repeat(500));
    let answer = exchange(TcpStream::connect(serving.address).await.unwrap(), &many).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let good = exchange(TcpStream::connect(serving.address).await.unwrap(), HEALTH).await;
    assert!(good.starts_with("HTTP/1.1 200"), "{good}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_ends_its_headers_is_cut_off() {
    let world = World::new();
    let serving = start(&world, plain()).await;
    let answer =
        exchange(TcpStream::connect(serving.address).await.unwrap(), "GET /healthz HTTP/1.1\r\nHo").await;
    assert!(!answer.contains("200"), "{answer}");
}
