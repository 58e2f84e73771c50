//! What a handler of a route for people has: who acts, the headers, the query and the path's names; and the node as
//! this person finds it, which [`run`] and [`work`] hand to the use case.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::app::model::stix::Digest;
use crate::app::visit::Visit;
use crate::app::{Actor, App, AppError};
use crate::media;
use crate::refusal::Refusal;
use crate::rest::of;
use crate::router::Shared;
use crate::visitor::{Person, is_look};

/// A request by a person whose visit is good for the route.
pub(crate) struct Seen {
    /// Who acts, in the roles taken for this visit.
    pub(crate) actor: Actor,
    pub(crate) visit: Visit,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Option<String>,
    method: Method,
    names: Vec<(String, String)>,
}

impl Seen {
    /// The value of a name in the route template; as [`crate::asked::Asked::name`].
    pub(crate) fn name(&self, name: &str) -> Result<String, Refusal> {
        let found = self.names.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        found.filter(|value| !value.contains(char::is_control)).ok_or_else(Refusal::absent)
    }
}

impl FromRequestParts<Shared> for Seen {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        // Without admission there is no visit, whatever the route.
        let Some(Person(visit)) = parts.extensions.get::<Person>().cloned() else {
            return Err(Refusal::sign_in());
        };
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Refusal::absent())?;
        let names = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self {
            actor: visit.actor.clone(),
            visit,
            headers: parts.headers.clone(),
            query: parts.uri.query().map(str::to_owned),
            method: parts.method.clone(),
            names,
        })
    }
}

/// Runs a use case as this person, on the node as this person finds it.
pub(crate) async fn run<T, F>(shared: &Shared, seen: &Seen, job: F) -> Result<T, Refusal>
where
    T: Send + 'static,
    F: FnOnce(&App, &Actor) -> Result<T, AppError> + Send + 'static,
{
    let actor = seen.actor.clone();
    shared.run(move |app| job(&app.seen_by(&actor), &actor)).await
}

/// The same, with its outcome as the answer in JSON. A look that names what it got before gets it again only when it is
/// another.
pub(crate) async fn work<T, F>(shared: &Shared, seen: &Seen, job: F) -> Result<Response, Refusal>
where
    T: Serialize + Send + 'static,
    F: FnOnce(&App, &Actor) -> Result<T, AppError> + Send + 'static,
{
    let value = run(shared, seen, job).await?;
    let bytes = serde_json::to_vec(&value).map_err(|error| Refusal::internal(&error.to_string()))?;
    if !is_look(&seen.method) {
        return Ok(of(media::JSON, bytes));
    }
    let tag = format!("W/\"{}\"", Digest::of(&bytes));
    let known = seen.headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { of(media::JSON, bytes) };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}
