//! `comity serve`: one runtime, one server, and the signals that end it.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::time::Duration;

use comity_app::visit::link;
use comity_app::{App, tls};
use comity_http::{Certificate, HttpError, ServerOptions};
use tokio::sync::oneshot;

use crate::cli::setup::ServeArgs;
use crate::commands::access::sign_in_at;
use crate::failure::Failure;
use crate::output::Answer;

/// Worker threads of the runtime. Requests block on the database elsewhere, so two suffice and memory stays small.
const WORKERS: usize = 2;
/// Threads for work that blocks. The store has fewer readers than that, and each idle thread would cost memory.
const BLOCKING_THREADS: usize = 16;
/// How often the node looks at the clocks of personal data by itself.
const TICK: Duration = Duration::from_secs(30);
/// How long work that blocks may go on after the server ended: an exchange may wait for a peer that does not answer.
const ENDING: Duration = Duration::from_secs(5);

/// Serves until a signal or the end of standard input.
///
/// # Errors
/// Exit code 2 when the address needs TLS, 3 when it is occupied or the certificate cannot be read.
pub fn run(app: App, args: ServeArgs) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::environment(format!("the server cannot start; operating system; {error}"))
        })?;
    let options = ServerOptions {
        listen: args.listen,
        tls: match args.tls_cert.zip(args.tls_key) {
            Some((chain, key)) => Some(Certificate::Files(chain, key)),
            None => args.tls_own.then_some(Certificate::Own),
        },
        behind_proxy: args.behind_proxy,
        printer: Some(|paper| comity_paper::pdf(paper).map_err(|error| error.to_string())),
    };
    let stdin_closed = args.exit_with_stdin.then(watch_stdin);
    let clocks = ticking(app.clone());
    let messages = exchanging(app.clone(), Duration::from_secs(args.exchange_seconds));
    let (bound, url) = (app.clone(), args.url);
    let on_bound = move |address, scheme| {
        tokio::task::spawn_blocking(move || {
            if let Err(error) = tls::started(&bound) {
                tracing::error!(%error, "the certificate before is still named to members");
            }
            announce(&format!("listening on {scheme}://{address}"));
            let url = url.unwrap_or_else(|| format!("{scheme}://{address}"));
            if !comity_http::has_screens() {
                return;
            }
            match link::first(&bound) {
                Ok(Some(made)) => announce(&format!(
                    "first sign-in, once, until {}: {}",
                    made.ends_at,
                    sign_in_at(&url, &made.token)
                )),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "there is no link for the first sign-in"),
            }
        });
    };
    let ended = runtime.block_on(async move {
        tokio::select! {
            ended = comity_http::serve(app, options, on_bound, stopped(stdin_closed)) => ended,
            never = clocks => match never {},
            never = messages => match never {},
        }
    });
    runtime.shutdown_timeout(ENDING);
    ended.map_err(|error| failure(&error))?;
    Ok(Answer::nothing())
}

/// Acts upon the clocks of governance without anybody asking. What fails is logged and tried again: the pages and
/// writes that a clock governs act upon it themselves.
async fn ticking(app: App) -> Infallible {
    let mut beat = tokio::time::interval(TICK);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let app = app.clone();
        match tokio::task::spawn_blocking(move || comity_app::tick::run(&app)).await {
            Ok(Ok(done)) if done.overdue + done.erased + done.dropped > 0 => {
                tracing::info!(done.overdue, done.erased, done.dropped, "the clocks of personal data");
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the clocks of personal data"),
            Err(error) => tracing::error!(%error, "the clocks of personal data stopped"),
        }
    }
}

/// Exchanges messages with all peers, one round after the other. What fails is logged; the next round goes on where this
/// one stood.
async fn exchanging(app: App, every: Duration) -> Infallible {
    if every.is_zero() {
        return std::future::pending().await;
    }
    let mut beat = tokio::time::interval(every);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let app = app.clone();
        match tokio::task::spawn_blocking(move || comity_app::exchange::with_all(&app)).await {
            Ok(Ok(met)) => {
                for one in met.iter().filter(|one| !one.failure.is_empty()) {
                    tracing::warn!(one.peer, one.failure, "messages were not exchanged");
                }
            }
            Ok(Err(error)) => tracing::error!(%error, "the exchange of messages"),
            Err(error) => tracing::error!(%error, "the exchange of messages stopped"),
        }
    }
}

/// A line on standard output. The first tells a parent process the port; what a line says goes into no log.
fn announce(line: &str) {
    let mut out = io::stdout().lock();
    // A parent that does not listen does not keep the node from serving.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Resolves when the node is to stop. The signals are watched from the call on, so that none is missed between the
/// line that says where the node listens and the first look.
fn stopped(stdin_closed: Option<oneshot::Receiver<()>>) -> impl Future<Output = ()> {
    let (interrupted, terminated) = (interrupted(), terminated());
    let closed = async {
        match stdin_closed {
            Some(receiver) => {
                let _ = receiver.await;
            }
            None => std::future::pending().await,
        }
    };
    async move {
        tokio::select! {
            () = interrupted => tracing::info!("stopping: interrupted"),
            () = terminated => tracing::info!("stopping: terminated"),
            () = closed => tracing::info!("stopping: standard input closed"),
        }
    }
}

#[cfg(unix)]
fn interrupted() -> impl Future<Output = ()> {
    watched(tokio::signal::unix::SignalKind::interrupt(), "Ctrl-C")
}

#[cfg(unix)]
fn terminated() -> impl Future<Output = ()> {
    watched(tokio::signal::unix::SignalKind::terminate(), "SIGTERM")
}

#[cfg(unix)]
fn watched(kind: tokio::signal::unix::SignalKind, name: &'static str) -> impl Future<Output = ()> {
    let signal = tokio::signal::unix::signal(kind);
    async move {
        match signal {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "{name} cannot be watched");
                std::future::pending::<()>().await;
            }
        }
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "Ctrl-C cannot be watched");
        std::future::pending::<()>().await;
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending::<()>().await;
}

/// A thread of its own reads standard input to its end: a blocked read must not hold up the runtime's own end.
fn watch_stdin() -> oneshot::Receiver<()> {
    let (closed, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = closed.send(());
    });
    receiver
}

fn failure(error: &HttpError) -> Failure {
    match error {
        HttpError::Unprotected { .. } => Failure::usage(error.to_string()),
        other => Failure::environment(other.to_string()),
    }
}
