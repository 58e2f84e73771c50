//! The people of this node, for who runs it: who there is, how each comes in, links, and the end of an account.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::told;
use crate::app::visit::{self, link};
use crate::app::{Role, person};
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, run, work};
use crate::visitor::Need;

/// Who runs the node.
const RUNS: &[Role] = &[Role::Administrator];

/// The routes of this module.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let looks = Access::Person(Need::of(RUNS));
    let acts = Access::Person(Need::of(RUNS).stepped());
    vec![
        Endpoint::get("/api/v1/desk/users", looks, list),
        Endpoint::post("/api/v1/desk/users", acts, add),
        Endpoint::post("/api/v1/desk/users/{name}/link", acts, make_link),
        Endpoint::post("/api/v1/desk/users/{name}/end", acts, end),
    ]
}

/// A user to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    /// Name.
    name: String,
    /// Roles, at least one.
    roles: Vec<String>,
    /// Readers' groups.
    #[serde(default)]
    inner: Vec<String>,
}

/// The users of this node, and how each comes in.
#[utoipa::path(get, path = "/api/v1/desk/users", tag = "desk", operation_id = "desk_users",
    security(("visit" = [])),
    responses((status = 200, description = "array of AccountView", body = Object, content_type = "application/json"),
        NotForAll))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, visit::accounts).await
}

/// Adds a user of this node's member, who has no password until a link is used.
#[utoipa::path(post, path = "/api/v1/desk/users", tag = "desk", operation_id = "desk_add_user",
    security(("visit" = [])), request_body(content = UserBody, content_type = "application/json"),
    responses((status = 200, description = "PersonView", body = Object, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "somebody is or was called so")))]
pub(crate) async fn add(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: UserBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    work(&shared, &seen, move |app, actor| {
        let roles: Vec<Role> = body.roles.iter().map(|role| role.parse()).collect::<Result<_, _>>()?;
        person::add(app, actor, &body.name, &roles, &body.inner)
    })
    .await
}

/// Makes a one-time link for a user. What it opens is shown once: the page makes the address of it.
#[utoipa::path(post, path = "/api/v1/desk/users/{name}/link", tag = "desk", operation_id = "desk_link_user",
    security(("visit" = [])), params(("name" = String, Path, description = "user")),
    responses((status = 200, description = "user, token, ends_at", body = Object, content_type = "application/json"),
        NotForAll))]
pub(crate) async fn make_link(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let name = seen.name("name")?;
    work(&shared, &seen, move |app, actor| link::make(app, actor, &name)).await
}

/// Ends a user: nobody acts or signs in under the name any more.
#[utoipa::path(post, path = "/api/v1/desk/users/{name}/end", tag = "desk", operation_id = "desk_end_user",
    security(("visit" = [])), params(("name" = String, Path, description = "user")),
    responses((status = 204, description = "ended"), NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "the last administrator stays")))]
pub(crate) async fn end(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let name = seen.name("name")?;
    run(&shared, &seen, move |app, actor| person::end(app, actor, &name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
