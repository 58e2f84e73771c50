//! The one outgoing client: TAXII 2.1 over HTTPS, with limits and an allow-list of one address.

use std::io::Read as _;
use std::time::Duration;

use flate2::read::GzDecoder;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{StatusCode, Url, redirect};
use serde::Deserialize;

use comity_store::tables::peer::{Peer, Trust};

use crate::carrier::{Answer, Carrier, Failure};
use crate::limits::PeerLimits;
use crate::{App, AppError, tls};

const MEDIA: &str = "application/taxii+json;version=2.1";
const JSON: &str = "application/json";

/// A client for one peer.
pub(crate) struct PeerClient {
    client: Client,
    base: Url,
    login: String,
    secret: String,
    body_bytes: usize,
}

/// Checks the address of a peer: HTTPS, or plain HTTP to loopback; no path, user or query.
pub(crate) fn check_address(text: &str) -> Result<String, AppError> {
    let fault = |reason: &str| AppError::invalid("URL", format!("`{text}`: {reason}"));
    let url = Url::parse(text).map_err(|error| fault(&error.to_string()))?;
    let loopback = match url.host() {
        Some(host) => is_loopback(&host.to_string()),
        None => return Err(fault("it names no host")),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(fault("plain HTTP is for loopback only: use https")),
        _ => return Err(fault("use https://HOST[:PORT]")),
    }
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !is_plain || !(url.path().is_empty() || url.path() == "/") {
        return Err(fault("give scheme, host and port only"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(host: &str) -> bool {
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    plain == "localhost" || plain.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl PeerClient {
    pub(crate) fn new(app: &App, peer: &Peer, secret: String) -> Result<Self, AppError> {
        let url = peer.url.as_str();
        let fault = |error: reqwest::Error| AppError::Environment(format!("client for {url}: {error}"));
        // The first caller sets the provider of the whole process; later ones find it set.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = Client::builder()
            .timeout(Duration::from_secs(app.limits().peer.seconds))
            .connect_timeout(Duration::from_secs(10))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("comity/", env!("CARGO_PKG_VERSION")));
        if !peer.authority.is_empty() {
            let certificate = reqwest::Certificate::from_pem(peer.authority.as_bytes()).map_err(fault)?;
            builder = builder.tls_certs_only([certificate]);
        }
        builder = match peer.trust {
            Trust::Authority => builder,
            Trust::Shown => builder.identity(tls::shown(app)?),
            Trust::Pinned => {
                let pins = app.store().read("client.pins", |tx| tls::pins(tx, &peer.member))?;
                builder.tls_backend_preconfigured(tls::pinned(app, pins)?)
            }
        };
        let base = Url::parse(url).map_err(|error| AppError::Environment(format!("{url}: {error}")))?;
        let client = builder.build().map_err(fault)?;
        let login = peer.login.clone();
        Ok(Self { client, base, login, secret, body_bytes: app.limits().peer.page_bytes })
    }

    /// The address of a path on the peer; any other host is refused.
    fn address(&self, path: &str) -> Result<Url, Failure> {
        let url = self.base.join(path).map_err(|error| Failure::Final(format!("{path}: {error}")))?;
        if url.origin() != self.base.origin() {
            return Err(Failure::Final(format!("the peer points to {url}, which is another host")));
        }
        Ok(url)
    }

    fn send(&self, request: RequestBuilder, media: &str) -> Result<Answer, Failure> {
        // Who asks to be let in has no key yet.
        let request = match self.login.as_str() {
            "" => request,
            login => request.basic_auth(login, Some(&self.secret)),
        };
        let answer =
            request.header(ACCEPT, media).header(ACCEPT_ENCODING, "gzip").send().map_err(|error| {
                Failure::Passing(format!("{} did not answer: {}", self.base, cause(&error)), None)
            })?;
        self.read(answer)
    }

    fn read(&self, answer: Response) -> Result<Answer, Failure> {
        let status = answer.status();
        let headers = answer.headers().clone();
        if status == StatusCode::FORBIDDEN {
            let why = said(answer).map(|why| format!(": {why}")).unwrap_or_default();
            return Err(Failure::Final(format!("{} does not allow it{why}", self.base)));
        }
        if !status.is_success() {
            return Err(self.refused(status, &headers));
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let limit = self.body_bytes as u64;
        let cut = |error: std::io::Error| {
            Failure::Passing(format!("the answer of {} broke off: {error}", self.base), None)
        };
        let mut raw = Vec::new();
        answer.take(limit + 1).read_to_end(&mut raw).map_err(cut)?;
        let wire_bytes = raw.len();
        let body = if text(CONTENT_ENCODING.as_str()).as_deref() == Some("gzip") {
            let mut plain = Vec::new();
            GzDecoder::new(raw.as_slice()).take(limit + 1).read_to_end(&mut plain).map_err(cut)?;
            plain
        } else {
            raw
        };
        if body.len() > self.body_bytes {
            let text = format!("a page of {} is over {limit} bytes", self.base);
            return Err(Failure::TooLarge(text, wire_bytes));
        }
        Ok(Answer { body, last_added: text("x-taxii-date-added-last"), wire_bytes })
    }

    fn refused(&self, status: StatusCode, headers: &HeaderMap) -> Failure {
        let text = match status {
            StatusCode::UNAUTHORIZED => {
                format!("{} does not accept our key: ask its member for another", self.base)
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                return Failure::Absent(format!("{} has no such collection for our key", self.base));
            }
            other => format!("{} answered {other}", self.base),
        };
        let wait = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            Failure::Passing(text, wait)
        } else {
            Failure::Final(text)
        }
    }
}

impl Carrier for PeerClient {
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        let mut url = self.address(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(self.client.get(url).header("comity-envelopes", "1"), MEDIA)
    }

    fn post(&self, path: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        let request = self.client.post(self.address(path)?).header(CONTENT_TYPE, JSON).body(body);
        self.send(request, JSON)
    }

    fn pause(&self, wait: Duration) {
        std::thread::sleep(wait);
    }
}

/// What a refusal says for people, in problem details or in a TAXII error; cut, and without control characters.
fn said(answer: Response) -> Option<String> {
    #[derive(Deserialize)]
    struct Told {
        #[serde(alias = "description")]
        detail: String,
    }
    let mut body = Vec::new();
    answer.take(4 * PeerLimits::TEXT_BYTES_MAX as u64).read_to_end(&mut body).ok()?;
    let told: Told = serde_json::from_slice(&body).ok()?;
    let plain: String = told.detail.chars().filter(|c| !c.is_control()).collect();
    Some(plain.get(..plain.floor_char_boundary(PeerLimits::TEXT_BYTES_MAX))?.to_owned())
}

/// The innermost cause of a failed request, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::check_address;

    #[test]
    fn j1_nothing_is_pulled_over_a_plain_channel_but_from_loopback() {
        for good in
            ["https://node.example", "https://node.example:6180/", "http://127.0.0.1:80", "http://[::1]:80"]
        {
            assert!(check_address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://node.example",
            "http://127.0.0.1.example",
            "ftp://127.0.0.1",
            "https://user:pass@node.example",
            "https://node.example/path",
            "https://node.example/?q",
            "node.example",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }
}
