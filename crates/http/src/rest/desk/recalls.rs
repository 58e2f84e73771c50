//! Recalls as the people of this node see them.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::flag;
use crate::app::AppError;
use crate::app::recall::{self, Filter, RecallView};
use crate::problem::{NotForAll, Problem};
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{Need, READ};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Person(Need::of(READ));
    vec![
        Endpoint::get("/api/v1/desk/recalls", read, list),
        Endpoint::get("/api/v1/desk/recalls/{recall}", read, one),
    ]
}

/// Recalls.
#[derive(Serialize)]
struct Recalls {
    recalls: Vec<RecallView>,
}

/// Recalls made here and recalls that came, with what became of each record and who has answered.
#[utoipa::path(get, path = "/api/v1/desk/recalls", tag = "desk", operation_id = "desk_recalls", security(("visit" = [])),
    params(("record" = Option<String>, Query, description = "those that name this record: id or id@version"),
        ("in_force" = Option<bool>, Query, description = "those that hold"),
        ("open" = Option<bool>, Query, description = "those about which somebody has to decide, or an answer is waited for"),
        ("overdue" = Option<bool>, Query, description = "those with a member that has not answered in time"),
        ("here" = Option<bool>, Query, description = "those of others"),
        ("stale" = Option<bool>, Query, description = "those on which something in use here rests")),
    responses((status = 200, description = "Recalls", body = Object, content_type = "application/json"), NotForAll,
        (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let parameters = Parameters::read(seen.query.as_deref())?;
    let record = parameters.one("record")?.map(str::to_owned);
    let filter = Filter {
        recall: None,
        record: None,
        in_force: flag(&parameters, "in_force")?,
        open: flag(&parameters, "open")?,
        overdue: flag(&parameters, "overdue")?,
        here: flag(&parameters, "here")?,
        stale: flag(&parameters, "stale")?,
    };
    work(&shared, &seen, move |app, actor| {
        let filter = Filter { record: record.as_deref(), ..filter };
        Ok(Recalls { recalls: recall::overview(app, actor, &filter)? })
    })
    .await
}

/// One recall, by its id or digest.
#[utoipa::path(get, path = "/api/v1/desk/recalls/{recall}", tag = "desk", operation_id = "desk_recall", security(("visit" = [])),
    params(("recall" = String, Path, description = "id or digest")),
    responses((status = 200, description = "RecallView", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn one(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let recall = seen.name("recall")?;
    work(&shared, &seen, move |app, actor| {
        let filter = Filter { recall: Some(&recall), ..Filter::default() };
        let found = recall::overview(app, actor, &filter)?.into_iter().next();
        found.ok_or_else(|| AppError::NotFound(format!("there is no recall `{recall}`")))
    })
    .await
}
