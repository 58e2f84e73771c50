//! One record: what it says, who sees it and why, what left for whom, and how it came to be so.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::app::delivery::{self, DeliveryView, Without};
use crate::app::desk::{self, HistoryLine};
use crate::app::edit;
use crate::app::explain::{self, Explanation, Sight};
use crate::app::preview::{self, Got, Subject};
use crate::problem::NotForAll;
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{Need, READ};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Person(Need::of(READ));
    vec![
        Endpoint::get("/api/v1/desk/records/{object}", read, one),
        Endpoint::get("/api/v1/desk/records/{object}/sights", read, sights),
        Endpoint::get("/api/v1/desk/records/{object}/sights/{member}", read, sight),
        Endpoint::get("/api/v1/desk/records/{object}/deliveries", read, deliveries),
        Endpoint::get("/api/v1/desk/records/{object}/difference", read, difference),
        Endpoint::get("/api/v1/desk/records/{object}/history", read, history),
    ]
}

/// The newest version of a record, or the one that is named, with its names, what this node knows beside it, what others
/// say under the same id, and what this person may do with it.
#[utoipa::path(get, path = "/api/v1/desk/records/{object}", tag = "desk", operation_id = "desk_record", security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id"),
        ("version" = Option<String>, Query, description = "a version; the newest when left out")),
    responses((status = 200, description = "RecordPage", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn one(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let id = seen.name("object")?;
    let parameters = Parameters::read(seen.query.as_deref())?;
    let version = parameters.one("version")?.map(str::to_owned);
    work(&shared, &seen, move |app, actor| desk::record(app, actor, &id, version.as_deref())).await
}

/// What each other member sees of it.
#[derive(Serialize)]
struct Sights {
    sights: Vec<Sight>,
}

/// What each other member sees of the newest version of a record, and by which rule; of a draft, once it is published.
#[utoipa::path(get, path = "/api/v1/desk/records/{object}/sights", tag = "desk", operation_id = "desk_sights", security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id")),
    responses((status = 200, description = "Sights", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn sights(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let id = seen.name("object")?;
    work(&shared, &seen, move |app, _| Ok(Sights { sights: explain::who_sees(app, &id)? })).await
}

/// Why one member has, or has not, got it, and the very bytes.
#[derive(Serialize)]
struct SightOf {
    explanation: Explanation,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<Got>,
}

/// Why a member has, or has not, got a record, what would have to change, and the very bytes that it would get.
#[utoipa::path(get, path = "/api/v1/desk/records/{object}/sights/{member}", tag = "desk",
    operation_id = "desk_sight", security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id"),
        ("member" = String, Path, description = "id or name of a member")),
    responses((status = 200, description = "SightOf", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn sight(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let (id, member) = (seen.name("object")?, seen.name("member")?);
    work(&shared, &seen, move |app, _| {
        let explanation = explain::to(app, &id, &member)?;
        let got = preview::got(app, Subject::Record(&id), &member)?.into_iter().next();
        Ok(SightOf { explanation, got })
    })
    .await
}

/// What left, and who has nothing.
#[derive(Serialize)]
struct Deliveries {
    left: Vec<DeliveryView>,
    without: Vec<Without>,
}

/// What left of a record for whom and what came of it, and who has nothing and why.
#[utoipa::path(get, path = "/api/v1/desk/records/{object}/deliveries", tag = "desk",
    operation_id = "desk_deliveries", security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id")),
    responses((status = 200, description = "Deliveries", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn deliveries(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let id = seen.name("object")?;
    work(&shared, &seen, move |app, _| {
        Ok(Deliveries { left: delivery::of_record(app, &id)?, without: delivery::without(app, &id)? })
    })
    .await
}

/// What differs between two versions of a record: the newest and the one before it when none is named.
#[utoipa::path(get, path = "/api/v1/desk/records/{object}/difference", tag = "desk",
    operation_id = "desk_difference", security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id"),
        ("from" = Option<String>, Query, description = "the older version"),
        ("to" = Option<String>, Query, description = "the newer version")),
    responses((status = 200, description = "Compared", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn difference(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let id = seen.name("object")?;
    let parameters = Parameters::read(seen.query.as_deref())?;
    let version = |name| Ok::<_, Refusal>(parameters.one(name)?.map(str::to_owned));
    let (from, to) = (version("from")?, version("to")?);
    work(&shared, &seen, move |app, _| edit::compare(app, &id, from.as_deref(), to.as_deref())).await
}

/// The versions of a record.
#[derive(Serialize)]
struct History {
    versions: Vec<HistoryLine>,
}

/// The versions of a record that this person may see, the newest first: when each came, by whom, and why.
#[utoipa::path(get, path = "/api/v1/desk/records/{object}/history", tag = "desk", operation_id = "desk_history", security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id")),
    responses((status = 200, description = "History", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn history(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let id = seen.name("object")?;
    work(&shared, &seen, move |app, actor| Ok(History { versions: desk::history(app, actor, &id)? })).await
}
