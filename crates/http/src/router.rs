//! The one list of routes, and what every request passes on its way: observation, packing, the rendering of
//! refusals, panics, gates, admission.

mod held;

use std::any::Any;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::{Extensions, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::limits::NetworkLimits;
use crate::app::{App, AppError, visit};
use crate::limit::{Failures, Origin, Rate};
use crate::refusal::{self, Refusal};
use crate::rest::desk::papers::Printer;
use crate::telemetry::Telemetry;
use crate::visitor::Need;
use crate::{auth, encode, observe, rest, taxii, web};

/// How many answers to invitations an address may send at once.
const JOIN_BURST: u32 = 10;
/// How long until it may send one more, in seconds.
const JOIN_SECONDS: u64 = 10;
/// How many requests to sign in an address may send at once.
const ENTRY_BURST: u32 = 60;
/// How many more it may send in each second.
const ENTRIES_PER_SECOND: u32 = 1;
/// How long a body may take to come that is read before anybody knows from whom it is.
const STRANGER: Duration = Duration::from_secs(3);

/// How many may wait for a PDF at once.
const PAPERS_AWAITED: usize = 16;

/// The whole network face of a node as one service. It makes no PDF.
pub fn router(app: App, telemetry: Telemetry) -> Router {
    printing(app, telemetry, None)
}

/// The same with what makes a PDF of a paper.
pub(crate) fn printing(app: App, telemetry: Telemetry, printer: Option<Printer>) -> Router {
    let bounds = app.limits().network.clone();
    of_core(Core { printer, ..Core::new(app, telemetry, bounds) })
}

/// The same with bounds of one's own.
#[cfg(test)]
pub(crate) fn build(
    app: App,
    telemetry: Telemetry,
    bounds: NetworkLimits,
    printer: Option<Printer>,
) -> Router {
    of_core(Core { printer, ..Core::new(app, telemetry, bounds) })
}

fn of_core(core: Core) -> Router {
    let shared: Shared = Arc::new(core);
    let mut routes = Router::new();
    for endpoint in endpoints() {
        tracing::debug!(method = %endpoint.method, path = endpoint.path, access = ?endpoint.access, "route");
        let state = (Arc::clone(&shared), endpoint.access);
        let handler = endpoint.handler.layer(middleware::from_fn_with_state(state, auth::admit));
        routes = routes.route(endpoint.path, handler);
    }
    guard(routes, shared)
}

/// Puts everything around the routes that every request passes; the last layer is the outermost.
fn guard(routes: Router<Shared>, shared: Shared) -> Router {
    routes
        .method_not_allowed_fallback(async || Refusal::method())
        .fallback(taxii::unknown)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), gate))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(refusal::render))
        .layer(middleware::from_fn(encode::pack))
        .layer(middleware::from_fn(held::hold))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), observe::observe))
        .with_state(shared)
}

/// Every route of the node.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = taxii::endpoints();
    all.extend(rest::endpoints());
    all.extend(web::endpoints());
    all
}

/// One method of one path, who may call it, and what answers.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handler: MethodRouter<Shared>,
}

impl Endpoint {
    /// A GET route; HEAD comes with it.
    pub(crate) fn get<H: Handler<T, Shared>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self { method: Method::GET, path, access, handler: on(MethodFilter::GET, handler) }
    }

    /// A POST route.
    pub(crate) fn post<H: Handler<T, Shared>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self { method: Method::POST, path, access, handler: on(MethodFilter::POST, handler) }
    }

    /// A PUT route.
    pub(crate) fn put<H: Handler<T, Shared>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self { method: Method::PUT, path, access, handler: on(MethodFilter::PUT, handler) }
    }

    /// A DELETE route.
    pub(crate) fn delete<H: Handler<T, Shared>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self { method: Method::DELETE, path, access, handler: on(MethodFilter::DELETE, handler) }
    }
}

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// Anybody.
    Open,
    /// A key for the exchange.
    Key,
    /// A key for the figures of the node.
    Metrics,
    /// A person of this node with a browser, whose visit is as the route needs it.
    Person(Need),
}

/// What handlers and layers share.
pub(crate) type Shared = Arc<Core>;

/// The app and the state of the network face.
pub(crate) struct Core {
    pub(crate) app: App,
    pub(crate) bounds: NetworkLimits,
    pub(crate) telemetry: Telemetry,
    /// Name of the cookie that carries a visit. Ports do not part cookies, so two nodes on one machine need two names.
    pub(crate) cookie: String,
    pub(crate) gates: Gates,
    /// What makes a PDF of a paper.
    pub(crate) printer: Option<Printer>,
    papers: Arc<Semaphore>,
    papers_awaited: Semaphore,
    workers: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

/// The tables and counters that hold callers back.
pub(crate) struct Gates {
    pub(crate) addresses: Rate<Origin>,
    pub(crate) keys: Rate<String>,
    pub(crate) failures: Failures,
    /// Answers to invitations.
    pub(crate) joins: Rate<Origin>,
    /// Requests to sign in.
    pub(crate) entries: Rate<Origin>,
    requests: Arc<Semaphore>,
}

impl Core {
    fn new(app: App, telemetry: Telemetry, bounds: NetworkLimits) -> Self {
        let (per_second, burst) = (bounds.requests_per_second, bounds.burst);
        let gates = Gates {
            // One address may hold several keys.
            addresses: Rate::new(per_second.saturating_mul(2), burst.saturating_mul(2)),
            keys: Rate::new(per_second, burst),
            failures: Failures::new(bounds.failed_logins, bounds.login_recovery),
            joins: Rate::slow(JOIN_SECONDS, JOIN_BURST),
            entries: Rate::new(ENTRIES_PER_SECOND, ENTRY_BURST),
            requests: Arc::new(Semaphore::new(bounds.concurrent_requests)),
        };
        let workers = Arc::new(Semaphore::new(bounds.workers));
        let bodies = Arc::new(Semaphore::new(bounds.workers));
        let cookie = visit::cookie_name(&app);
        let papers = Arc::new(Semaphore::new(1));
        let papers_awaited = Semaphore::new(PAPERS_AWAITED);
        Self { app, bounds, telemetry, cookie, gates, printer: None, papers, papers_awaited, workers, bodies }
    }

    /// The place in which PDFs are made, one at a time: who waits for it holds no worker, and few may wait.
    pub(crate) async fn place_for_paper(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let _waiting = self.papers_awaited.try_acquire().map_err(|_| Refusal::busy())?;
        Arc::clone(&self.papers).acquire_owned().await.map_err(|_| Refusal::busy())
    }

    /// A place among the requests whose bodies are in memory. There are as many as workers: a body that came while
    /// no worker is free would only lie there.
    pub(crate) async fn place_for_body(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.bodies).acquire_owned().await.map_err(|_| Refusal::busy())
    }

    /// Reads what somebody sends whom nobody knows yet: soon, or not at all. It takes no place among the bodies, or a
    /// few strangers who send slowly would keep members and people waiting.
    pub(crate) async fn soon<T>(
        &self,
        reading: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        tokio::time::timeout(STRANGER, reading).await.unwrap_or_else(|_| {
            self.telemetry.turned_away("slow");
            Err(Refusal::too_slow())
        })
    }

    /// Runs a blocking use case on a worker thread. Work that a caller no longer waits for keeps its worker until
    /// it is done, so abandoned requests cannot pile up; it is told, so that it notes nothing as delivered.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&App) -> Result<T, AppError> + Send + 'static,
    {
        let Ok(permit) = Arc::clone(&self.workers).acquire_owned().await else { return Err(Refusal::busy()) };
        let gone = Arc::new(AtomicBool::new(false));
        let app = self.app.awaited(Arc::clone(&gone));
        let _waiting = Waiting(gone);
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&app)
        });
        match work.await {
            Ok(outcome) => outcome.map_err(Refusal::from),
            Err(_) => Err(Refusal::internal("a use case panicked")),
        }
    }
}

/// Somebody who waits for a use case; dropped, they are gone.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The address of the caller, as the listener found it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote(pub(crate) IpAddr);

impl Remote {
    /// The caller's address; the unspecified address where no listener stands in front.
    pub(crate) fn of(extensions: &Extensions) -> IpAddr {
        extensions.get::<Self>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |remote| remote.0)
    }
}

/// Holds back addresses that ask too often, bounds the length of the address line, the requests at once and the
/// time of each. The place of a request goes with its answer until that is sent.
async fn gate(State(shared): State<Shared>, request: Request, next: Next) -> Result<Response, Refusal> {
    let turned_away = |why| shared.telemetry.turned_away(why);
    let origin = Origin::of(Remote::of(request.extensions()));
    shared.gates.addresses.take(&origin).map_err(|seconds| {
        turned_away("address-rate");
        Refusal::too_often(seconds)
    })?;
    let length = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if length > shared.bounds.address_bytes {
        return Err(Refusal::too_long(shared.bounds.address_bytes));
    }
    let Ok(permit) = Arc::clone(&shared.gates.requests).try_acquire_owned() else {
        turned_away("busy");
        return Err(Refusal::busy());
    };
    let patience = Duration::from_secs(shared.bounds.request_seconds);
    let answer = tokio::time::timeout(patience, next.run(request)).await;
    let mut response = answer.map_err(|_| {
        turned_away("time");
        Refusal::busy()
    })?;
    response.extensions_mut().insert(held::Place::new(permit));
    Ok(response)
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
    Refusal::internal(&format!("a handler panicked: {text}")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use crate::app::credential::{self, Login};
    use crate::app::delivery;
    use crate::app::model::stix::Tlp;
    use crate::app::serve::{self, Query};
    use crate::tests::{World, first};

    /// A guarded router with a handler that is fine, one that panics and one that never ends.
    fn trial(change: impl FnOnce(&mut NetworkLimits)) -> Router {
        let world = World::new();
        let mut bounds = world.app.limits().network.clone();
        change(&mut bounds);
        let routes = Router::new()
            .route("/fine", get(async || "fine"))
            .route("/panic", get(async || if true { panic!("a test panics") } else { "" }))
            .route("/endless", get(std::future::pending::<&str>));
        guard(routes, Arc::new(Core::new(world.app, Telemetry::new(), bounds)))
    }

    async fn ask(router: &Router, path: &str) -> Response {
        router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_tells_nothing_and_the_next_request_works() {
        let router = trial(|_| {});
        let answer = ask(&router, "/panic").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("a test panics"));
        assert_eq!(ask(&router, "/fine").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_503_and_gives_its_place_back() {
        let router = trial(|bounds| (bounds.request_seconds, bounds.concurrent_requests) = (0, 1));
        let answer = ask(&router, "/endless").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "1");
        assert_eq!(ask(&router, "/fine").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn more_requests_at_once_than_allowed_are_503() {
        let router = trial(|bounds| bounds.concurrent_requests = 0);
        assert_eq!(ask(&router, "/fine").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_use_case_that_panics_is_a_500_and_its_worker_comes_back() {
        let world = World::new();
        let mut bounds = world.app.limits().network.clone();
        bounds.workers = 1;
        let core = Core::new(world.app, Telemetry::new(), bounds);
        let panicked = core.run(|_| -> Result<(), AppError> { panic!("a test panics") }).await;
        assert_eq!(panicked.unwrap_err().status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(core.run(|_| Ok(7)).await.ok(), Some(7));
    }

    #[tokio::test]
    async fn an_answer_keeps_its_place_until_it_is_sent_or_dropped() {
        let router = trial(|bounds| bounds.concurrent_requests = 1);
        let answer = ask(&router, "/fine").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(ask(&router, "/fine").await.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        assert_eq!(body.as_ref(), b"fine");
        drop(ask(&router, "/fine").await);
        assert_eq!(ask(&router, "/fine").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_page_that_nobody_waits_for_is_not_noted_as_delivered() {
        let world = World::new();
        world.publish("open", Tlp::Clear, &[first(1)]);
        let login = Login::Bearer(world.keys.read.secret.clone());
        let reader = credential::authenticate(&world.app, &login).unwrap().unwrap();
        let core = Core::new(world.app.clone(), Telemetry::new(), world.app.limits().network.clone());
        let (go, may_go) = std::sync::mpsc::channel::<()>();
        let (tell, told) = tokio::sync::oneshot::channel();
        let asking = reader.clone();
        let mut waiting = Box::pin(core.run(move |app| {
            may_go.recv().unwrap();
            let page = serve::page(app, &asking, "open", &Query::default());
            tell.send(matches!(page, Err(AppError::Busy(_)))).unwrap();
            Ok(())
        }));
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("it waits"),
            () = std::future::ready(()) => {}
        }
        drop(waiting);
        go.send(()).unwrap();
        assert!(told.await.unwrap());
        let noted = delivery::of_reader(&world.app, &reader, None, None).unwrap();
        assert_eq!(noted.deliveries, []);
    }
}
