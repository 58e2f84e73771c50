//! What a handler needs of a request: the reader behind the key, the headers, the raw query and the path's names.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::app::Reader;
use crate::auth::Caller;
use crate::refusal::Refusal;
use crate::router::Shared;
use crate::taxii;

/// A request by a known caller. Under `/taxii2` it also takes a TAXII 2.1 answer, or it would have been refused.
pub(crate) struct Asked {
    pub(crate) reader: Reader,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Option<String>,
    /// Whether only the head of the answer is wanted.
    pub(crate) is_head: bool,
    names: Vec<(String, String)>,
}

impl Asked {
    /// The value of a name in the route template. A name that the template lacks is absent, and so is a value with
    /// control characters: nothing is called so, and not every database takes the question.
    pub(crate) fn name(&self, name: &str) -> Result<String, Refusal> {
        let found = self.names.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        found.filter(|value| !value.contains(char::is_control)).ok_or_else(Refusal::absent)
    }
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        // Without admission there is no caller, whatever the route.
        let Some(Caller(reader)) = parts.extensions.get::<Caller>().cloned() else {
            return Err(Refusal::unauthorized());
        };
        if taxii::covers(parts.uri.path()) {
            taxii::require_taxii(&parts.headers)?;
        }
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Refusal::absent())?;
        let names = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = parts.uri.query().map(str::to_owned);
        let is_head = parts.method == Method::HEAD;
        Ok(Self { reader, headers: parts.headers.clone(), query, is_head, names })
    }
}
