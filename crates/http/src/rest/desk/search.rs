//! The search of this node's own people. What is searched for stands in the body, so that no name reaches an address.

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::told;
use crate::app::Role;
use crate::app::desk;
use crate::app::search::{self, Asking, ConsultationView};
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{Need, READ};

/// Who watches over searches.
const WATCH: &[Role] = &[Role::Auditor, Role::DataProtection];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/desk/search", Access::Person(Need::of(READ)), find),
        Endpoint::get("/api/v1/desk/search/{consultation}", Access::Person(Need::of(READ)), asked),
        Endpoint::get("/api/v1/desk/searches", Access::Person(Need::of(WATCH)), list),
    ]
}

/// A search, and what justifies it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// Words, phrases and selectors; may be empty when a name is given.
    #[serde(default)]
    query: String,
    /// A name to look up, in any script.
    name: Option<String>,
    /// Purpose of the agreement.
    purpose: String,
    /// Reference of the case.
    case: Option<String>,
    /// Why, for a query that names a community or a trait.
    reason: Option<String>,
    /// Legal basis.
    basis: Option<String>,
    /// Names that were not in use at this date are passed over.
    at: Option<String>,
    /// Most hits on the page.
    limit: Option<usize>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Older versions too.
    #[serde(default)]
    all_versions: bool,
}

/// Searches for words, names and selectors. The search is noted with its purpose and case before anything is shown.
#[utoipa::path(post, path = "/api/v1/desk/search", tag = "desk", operation_id = "desk_search", security(("visit" = [])), request_body = Wish,
    responses((status = 200, description = "Found", body = Object, content_type = "application/json"), NotForAll,
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn find(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let wish: Wish = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    work(&shared, &seen, move |app, actor| {
        let asking = Asking {
            query: &wish.query,
            name: wish.name.as_deref(),
            purpose: Some(&wish.purpose),
            case: wish.case.as_deref(),
            basis: wish.basis.as_deref(),
            at: wish.at.as_deref(),
            reason: wish.reason.as_deref(),
            limit: wish.limit,
            after: wish.after.as_deref(),
            all_versions: wish.all_versions,
        };
        search::run(app, actor, &asking)
    })
    .await
}

/// A search of one's own, as it was asked; for everybody else there is none.
#[utoipa::path(get, path = "/api/v1/desk/search/{consultation}", tag = "desk", operation_id = "desk_search_asked", security(("visit" = [])),
    params(("consultation" = String, Path, description = "number of the search")),
    responses((status = 200, description = "Asked", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn asked(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let id = seen.name("consultation")?;
    work(&shared, &seen, move |app, actor| desk::asked(app, actor, &id)).await
}

/// What was searched for.
#[derive(Serialize)]
struct Searches {
    searches: Vec<ConsultationView>,
}

/// What the people of this node searched for, the newest first: for auditors and data protection.
#[utoipa::path(get, path = "/api/v1/desk/searches", tag = "desk", operation_id = "desk_searches", security(("visit" = [])),
    responses((status = 200, description = "Searches", body = Object, content_type = "application/json"), NotForAll))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, actor| Ok(Searches { searches: search::consultations(app, actor)? })).await
}
