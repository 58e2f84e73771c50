//! Every answer that is not a success, and the one place where an `AppError` becomes a status. A handler returns a
//! [`Refusal`]; it travels as a marked, empty response to [`render`], which writes it as the asked-for surface
//! does: a TAXII error object under `/taxii2`, problem details elsewhere.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::visit::Stage;
use crate::app::{AppError, Role};
use crate::{problem, taxii};

/// Longer details are cut.
const LONGEST_DETAIL_BYTES: usize = 2048;
const BUSY_SECONDS: u64 = 1;

/// What the caller is told: a status, a fixed title, a sentence that is safe to show, and extra headers.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    /// Stable name of the kind of refusal, for programs that say it in their own words.
    pub(crate) code: Option<&'static str>,
    /// Every fault of a record that was refused.
    pub(crate) faults: Vec<problem::FaultLine>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), code: None, faults: Vec::new(), headers: Vec::new() }
    }

    /// 400: the request cannot be understood.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Malformed request", detail)
    }

    /// 400: there is no body where one is needed.
    pub(crate) fn empty() -> Self {
        Self::malformed("the request has no body")
    }

    /// 401: no key, a wrong one, an expired one: the three look the same.
    pub(crate) fn unauthorized() -> Self {
        let mut refusal = Self::new(
            StatusCode::UNAUTHORIZED,
            "Key needed",
            "give a valid key as Bearer or Basic credentials",
        );
        refusal.headers = vec![
            (WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"comity\", charset=\"UTF-8\"")),
            (WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"comity\"")),
        ];
        refusal
    }

    /// 401: nobody is signed in; an unknown name, a wrong password, a visit that ended: all look the same. It asks for no
    /// key, or a browser would open a box of its own.
    pub(crate) fn sign_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Sign in", "sign in with your name and password")
            .with_code("sign-in")
    }

    /// 401: the person is known, and not yet signed in.
    pub(crate) fn stage(stage: Stage) -> Self {
        let (title, detail, code) = match stage {
            Stage::Enrol => {
                ("Second factor needed", "your roles need a second factor: set one up first", "enrol")
            }
            _ => ("Code needed", "give the code of your second factor", "second-factor"),
        };
        Self::new(StatusCode::UNAUTHORIZED, title, detail).with_code(code)
    }

    /// 403: the person acts in none of these roles.
    pub(crate) fn role(roles: &[Role]) -> Self {
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let detail = format!("it takes the role {}, held and chosen for this visit", names.join(" or "));
        Self::forbidden(detail).with_code("role")
    }

    /// 403: the act needs a fresh proof of who acts.
    pub(crate) fn step_up() -> Self {
        Self::forbidden("prove once more who you are: give your password, and the code of your second factor")
            .with_code("step-up")
    }

    /// 403: what was given to prove who acts is not right.
    pub(crate) fn proof() -> Self {
        Self::forbidden("the password or the code is not right; a code counts once").with_code("proof")
    }

    /// 404: a one-time link that was used, has ended, or never was.
    pub(crate) fn no_link() -> Self {
        let detail =
            "this link was used or has ended; who runs the node makes another: comity user link NAME";
        Self::new(StatusCode::NOT_FOUND, "Link not good", detail).with_code("link")
    }

    /// 429: too much failed under a name or from an address.
    pub(crate) fn wait(seconds: u64) -> Self {
        Self::too_often(seconds).with_code("wait")
    }

    /// 403: the request does not come from a page of this node.
    pub(crate) fn foreign_page() -> Self {
        Self::forbidden("this request does not come from a page of this node; open it anew")
            .with_code("foreign-page")
    }

    /// 400: a key and a visit say two different things about who calls.
    pub(crate) fn two_callers() -> Self {
        Self::malformed("the request brings both a key and a visit; send one of them")
            .with_code("two-callers")
    }

    /// 403: the key is good, and does not carry this right on something its holder may know of.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Not allowed", detail)
    }

    /// 404: there is nothing here for this caller. The text never depends on why.
    pub(crate) fn absent() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", "there is no such resource, or this key may not see it")
    }

    /// 404 for a path that no route has.
    pub(crate) fn no_route(detail: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    /// 405; the router adds `Allow`.
    pub(crate) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "the Allow header lists the methods")
    }

    /// 406: the request takes no media type that the node writes.
    pub(crate) fn unacceptable() -> Self {
        let detail = format!("the answer is {}; ask for it in Accept", crate::media::TAXII_TEXT);
        Self::new(StatusCode::NOT_ACCEPTABLE, "Not acceptable", detail)
    }

    /// 408: the body did not come in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "Too slow", "the body did not come in time; send it at once")
    }

    /// 413: more bytes or objects than the node takes at once.
    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Too large", detail)
    }

    /// 414: the query is longer than the node reads.
    pub(crate) fn too_long(most_bytes: usize) -> Self {
        Self::new(
            StatusCode::URI_TOO_LONG,
            "Address too long",
            format!("the path and query may have {most_bytes} bytes together; match fewer values at once"),
        )
    }

    /// 415: the body is of a type or packing that the node does not read.
    pub(crate) fn media(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", detail)
    }

    /// 422: the record was understood and may not be kept so; nothing of it is stored.
    pub(crate) fn unprocessable(faults: Vec<problem::FaultLine>) -> Self {
        let detail = "the record is refused and nothing is stored; each fault says what to do";
        Self { faults, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Record refused", detail) }
    }

    /// 429 with the whole seconds to wait.
    pub(crate) fn too_often(wait_seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", "wait as long as Retry-After says")
            .with_header(RETRY_AFTER, wait_seconds.to_string())
    }

    /// 503: the node has its hands full.
    pub(crate) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Busy", "the node is busy; try again shortly")
            .with_header(RETRY_AFTER, BUSY_SECONDS.to_string())
    }

    /// 500; `cause` goes to the log only.
    pub(crate) fn internal(cause: &str) -> Self {
        tracing::error!(cause, "request failed");
        let detail = "the node could not answer; its operator finds the cause under the X-Request-Id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal error", detail)
    }

    /// The same with a name for programs.
    pub(crate) fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The same with one more header; one that is no valid header is left out.
    pub(crate) fn with_header(mut self, name: impl TryInto<HeaderName>, value: impl AsRef<str>) -> Self {
        if let (Ok(name), Ok(value)) = (name.try_into(), HeaderValue::from_str(value.as_ref())) {
            self.headers.push((name, value));
        }
        self
    }

    /// The empty response that carries this refusal to [`render`].
    pub(crate) fn into_marked(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.into_marked()
    }
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        let told = shortened(error.outside());
        match error {
            AppError::Denied(_) => Self::forbidden(told),
            AppError::NotFound(_) => Self::absent(),
            AppError::Conflict(_) => Self::new(StatusCode::CONFLICT, "Conflict", told),
            AppError::Invalid(_) => Self::malformed(told),
            AppError::Limit { .. } => Self::too_large(told),
            AppError::NotNow(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not now", told),
            AppError::Busy(_) => {
                tracing::warn!(%error, "the store is busy");
                Self::busy()
            }
            _ => Self::internal(&error.to_string()),
        }
    }
}

impl From<crate::query::Unreadable> for Refusal {
    fn from(fault: crate::query::Unreadable) -> Self {
        Self::malformed(fault.0)
    }
}

/// Writes refusals in the form of the surface that was asked: the path decides.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let is_taxii = taxii::covers(request.uri().path());
    let mut response = next.run(request).await;
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
    let (media, body) = if is_taxii { taxii::error::body(&refusal) } else { problem::body(&refusal) };
    response.headers_mut().insert(CONTENT_TYPE, media);
    *response.body_mut() = Body::from(body);
    response
}

/// The text up to the length that an answer shows.
fn shortened(mut told: String) -> String {
    if told.len() > LONGEST_DETAIL_BYTES {
        told.truncate(told.floor_char_boundary(LONGEST_DETAIL_BYTES));
        told.push_str(" ... and more");
    }
    told
}
