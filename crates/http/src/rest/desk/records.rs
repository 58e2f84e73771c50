//! The list of records.

use axum::extract::State;
use axum::response::Response;

use super::{flag, several};
use crate::app::browse::{self, Filter};
use crate::app::model::Category;
use crate::problem::{NotForAll, Problem};
use crate::query::{Parameters, Unreadable};
use crate::refusal::Refusal;
use crate::rest::limit;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{Need, READ};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/desk/records", Access::Person(Need::of(READ)), list),
        Endpoint::get("/api/v1/desk/records/counts", Access::Person(Need::of(READ)), counts),
    ]
}

/// The records that this person may see, the newest first, each object by its newest version.
#[utoipa::path(get, path = "/api/v1/desk/records", tag = "desk", operation_id = "desk_records", security(("visit" = [])),
    params(("kind" = Option<String>, Query, description = "words of kinds or STIX types, joined by commas"),
        ("category" = Option<String>, Query, description = "categories of persons, joined by commas"),
        ("origin" = Option<String>, Query, description = "originators by id or name, joined by commas"),
        ("collection" = Option<String>, Query, description = "collections, joined by commas"),
        ("country" = Option<String>, Query, description = "countries of the matter, joined by commas"),
        ("language" = Option<String>, Query, description = "languages of records, joined by commas"),
        ("month" = Option<String>, Query, description = "months in which the matter began, joined by commas"),
        ("level" = Option<String>, Query, description = "levels in words, joined by commas"),
        ("state" = Option<String>, Query, description = "where they stand, joined by commas"),
        ("mine" = Option<bool>, Query, description = "only what this person brought in"),
        ("received" = Option<bool>, Query, description = "only what others originated"),
        ("limit" = Option<u64>, Query, description = "most lines on the page: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, description = "BrowsePage", body = Object, content_type = "application/json"), NotForAll,
        (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let filter = filter(&Parameters::read(seen.query.as_deref())?)?;
    work(&shared, &seen, move |app, actor| browse::page(app, actor, &filter)).await
}

/// How many records the same list has, and how many each value of what it is filtered by would leave. Nothing that this
/// person may not see is in any number. A number with `more` is of what was looked at one by one: there may be more.
#[utoipa::path(get, path = "/api/v1/desk/records/counts", tag = "desk", operation_id = "desk_records_counts",
    security(("visit" = [])),
    params(("kind" = Option<String>, Query, description = "words of kinds or STIX types, joined by commas"),
        ("category" = Option<String>, Query, description = "categories of persons, joined by commas"),
        ("origin" = Option<String>, Query, description = "originators by id or name, joined by commas"),
        ("collection" = Option<String>, Query, description = "collections, joined by commas"),
        ("country" = Option<String>, Query, description = "countries of the matter, joined by commas"),
        ("language" = Option<String>, Query, description = "languages of records, joined by commas"),
        ("month" = Option<String>, Query, description = "months in which the matter began, joined by commas"),
        ("level" = Option<String>, Query, description = "levels in words, joined by commas"),
        ("state" = Option<String>, Query, description = "where they stand, joined by commas"),
        ("mine" = Option<bool>, Query, description = "only what this person brought in"),
        ("received" = Option<bool>, Query, description = "only what others originated")),
    responses((status = 200, description = "Counts", body = Object, content_type = "application/json"), NotForAll,
        (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn counts(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let filter = filter(&Parameters::read(seen.query.as_deref())?)?;
    work(&shared, &seen, move |app, actor| browse::counts(app, actor, &filter)).await
}

fn filter(parameters: &Parameters) -> Result<Filter, Unreadable> {
    let categories = several(parameters, "category")?;
    Ok(Filter {
        kinds: several(parameters, "kind")?,
        categories: categories.iter().map(|text| category(text)).collect::<Result<_, _>>()?,
        origins: several(parameters, "origin")?,
        collections: several(parameters, "collection")?,
        countries: several(parameters, "country")?,
        languages: several(parameters, "language")?,
        months: several(parameters, "month")?,
        levels: several(parameters, "level")?,
        states: several(parameters, "state")?,
        mine: flag(parameters, "mine")?,
        received: flag(parameters, "received")?,
        after: parameters.one("after")?.map(str::to_owned),
        limit: parameters.one("limit")?.map(limit).transpose()?,
    })
}

fn category(text: &str) -> Result<Category, Unreadable> {
    serde_json::from_value(text.into()).map_err(|_| Unreadable("category names one that there is not".into()))
}
