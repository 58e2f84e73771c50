//! The screens: one page and its files out of the binary, under the strictest policy that a browser knows. Where a
//! person is stands behind the `#` of the address, so there is one page to serve and no log sees what is looked at.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::media;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint};

include!(concat!(env!("OUT_DIR"), "/screens.rs"));

/// What the page may load and do: its own files and the node it came from, nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// What the page and each of its files carry.
const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()",
        ),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// The page is asked for anew each time.
const ANEW: HeaderValue = HeaderValue::from_static("no-cache");
/// A file has a hash of its bytes in its name.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Whether this build has the screens.
#[must_use]
pub const fn has_screens() -> bool {
    !FILES.is_empty()
}

/// The routes of the screens.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/", Access::Open, page), Endpoint::get("/assets/{file}", Access::Open, file)]
}

/// The page of the screens; open to everybody, and holds no data.
#[utoipa::path(get, path = "/", tag = "screens", operation_id = "page", security(()),
    responses((status = 200, body = String, content_type = "text/html"), (status = 304),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn page(headers: HeaderMap) -> Response {
    FOUND.get("").map_or_else(none_built, |found| found.answer(&headers, ANEW))
}

/// A file of the screens by the name that the page gives it.
#[utoipa::path(get, path = "/assets/{file}", tag = "screens", operation_id = "file", security(()),
    params(("file" = String, Path)),
    responses((status = 200, body = String, content_type = "text/javascript"), (status = 304),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let found = Some(name.as_str()).filter(|name| !name.is_empty()).and_then(|name| FOUND.get(name));
    found.map_or_else(none_built, |found| found.answer(&headers, FOR_GOOD))
}

fn none_built() -> Response {
    let what = if has_screens() {
        "the screens have no such file"
    } else {
        "this node was built without its screens: build it with `make` where Node 20.19 or newer and npm are"
    };
    Refusal::no_route(what).into_response()
}

/// A file with all that is said about it.
struct Found {
    media: HeaderValue,
    tag: HeaderValue,
    plain: &'static [u8],
    packed: Option<Bytes>,
}

/// Every file, packed once for the life of the process.
static FOUND: LazyLock<BTreeMap<&'static str, Found>> =
    LazyLock::new(|| FILES.iter().map(|(name, plain)| (*name, Found::of(name, plain))).collect());

impl Found {
    fn of(name: &str, plain: &'static [u8]) -> Self {
        let (media, worth_packing) = media::of_screen(name);
        let mut hasher = DefaultHasher::new();
        hasher.write(plain);
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("W/\"\""));
        let packed = if worth_packing { pack(plain).ok() } else { None };
        Self { media, tag, plain, packed }
    }

    fn answer(&self, headers: &HeaderMap, keeping: HeaderValue) -> Response {
        let known = headers.get_all(IF_NONE_MATCH).iter().any(|tag| tag == self.tag);
        let packed = self.packed.as_ref().filter(|_| media::takes_gzip(headers));
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else if let Some(packed) = packed {
            packed.clone().into_response()
        } else {
            Bytes::from_static(self.plain).into_response()
        };
        let fields = response.headers_mut();
        for (name, value) in HEADERS {
            fields.insert(name, value);
        }
        fields.insert(CONTENT_TYPE, self.media.clone());
        fields.insert(ETAG, self.tag.clone());
        fields.insert(CACHE_CONTROL, keeping);
        fields.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if packed.is_some() && !known {
            fields.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// As small as it gets: packed once, sent often.
fn pack(plain: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish().map(Bytes::from)
}
