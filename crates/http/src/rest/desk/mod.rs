//! What people of this node do and find with a browser. Each module has its own `endpoints`; one line joins it here.

pub(crate) mod beside;
pub(crate) mod community;
pub(crate) mod council;
pub(crate) mod frame;
pub(crate) mod import;
pub(crate) mod ledger;
pub(crate) mod papers;
pub(crate) mod partners;
pub(crate) mod paste;
pub(crate) mod proposals;
pub(crate) mod protection;
pub(crate) mod recalls;
pub(crate) mod record;
pub(crate) mod records;
pub(crate) mod release;
pub(crate) mod rules;
pub(crate) mod scratch;
pub(crate) mod search;
pub(crate) mod today;
pub(crate) mod users;
pub(crate) mod write;

use axum::extract::Request;
use serde::de::DeserializeOwned;

use super::short;
use crate::query::{Parameters, Unreadable};
use crate::refusal::Refusal;
use crate::router::{Core, Endpoint};
use crate::seen::Seen;

/// Largest body in JSON of these routes, in bytes. Files that are brought in are no such bodies.
const JSON_BYTES_MAX: usize = 64 << 10;

/// Largest body of a route that takes a whole record, what was begun of one, or a text it is made from.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// Every route of the desk.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(frame::endpoints());
    all.extend(today::endpoints());
    all.extend(records::endpoints());
    all.extend(record::endpoints());
    all.extend(papers::endpoints());
    all.extend(search::endpoints());
    all.extend(recalls::endpoints());
    all.extend(partners::endpoints());
    all.extend(ledger::endpoints());
    all.extend(protection::endpoints());
    all.extend(rules::endpoints());
    all.extend(release::endpoints());
    all.extend(proposals::endpoints());
    all.extend(import::endpoints());
    all.extend(community::endpoints());
    all.extend(council::endpoints());
    all.extend(users::endpoints());
    all.extend(write::endpoints());
    all.extend(beside::endpoints());
    all.extend(scratch::endpoints());
    all.extend(paste::endpoints());
    all
}

/// What a page sends as JSON; none when there is no body.
async fn told<T: DeserializeOwned>(
    shared: &Core,
    seen: &Seen,
    request: Request,
) -> Result<Option<T>, Refusal> {
    short(&shared.bounds, JSON_BYTES_MAX, &seen.headers, request).await
}

/// The same for a whole record, or a text that one is made from.
async fn whole<T: DeserializeOwned>(shared: &Core, seen: &Seen, request: Request) -> Result<T, Refusal> {
    let told = short(&shared.bounds, RECORD_BYTES_MAX, &seen.headers, request).await?;
    told.ok_or_else(Refusal::empty)
}

/// The values of a field that takes several, joined by commas.
fn several(parameters: &Parameters, name: &str) -> Result<Vec<String>, Unreadable> {
    let text = parameters.one(name)?.unwrap_or_default();
    Ok(text.split(',').filter(|value| !value.is_empty()).map(str::to_owned).collect())
}

/// A field that is `true` or `false`, and false when it is left out.
fn flag(parameters: &Parameters, name: &str) -> Result<bool, Unreadable> {
    match parameters.one(name)? {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Unreadable(format!("{name} is true or false"))),
    }
}
