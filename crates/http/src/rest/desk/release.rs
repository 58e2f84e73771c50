//! Letting records go and taking them back: drafts, their publication, another handling, withdrawal, and why a member
//! does not see something.

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::told;
use crate::app::handling::{self, Change};
use crate::app::preview::{self, Subject};
use crate::app::{App, AppError, Role, drafts, publish, withdraw};
use crate::problem::{NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{Need, READ};

/// Who keeps drafts.
pub(super) const KEEPERS: &[Role] = &[Role::Analyst, Role::ReleaseOfficer];
/// Who lets records go.
pub(super) const OFFICER: &[Role] = &[Role::ReleaseOfficer];

/// The routes of the release of records.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let acts = Access::Person(Need::of(OFFICER).stepped());
    vec![
        Endpoint::get("/api/v1/desk/drafts", Access::Person(Need::of(KEEPERS)), list),
        Endpoint::post("/api/v1/desk/drafts/{object}/publish", acts, publish),
        Endpoint::put("/api/v1/desk/records/{object}/handling", acts, handle),
        Endpoint::post("/api/v1/desk/records/{object}/withdraw", acts, take_back),
        Endpoint::post("/api/v1/desk/records/{object}/why", Access::Person(Need::of(READ)), why),
    ]
}

/// Things to add to a list, and to drop from it.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Both {
    /// To add.
    add: Vec<String>,
    /// To drop.
    drop: Vec<String>,
}

impl From<Both> for (Vec<String>, Vec<String>) {
    fn from(both: Both) -> Self {
        (both.add, both.drop)
    }
}

/// What is to be different in the handling of a record. What is not named stays as it is; an empty text drops what is
/// stated.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HandlingBody {
    /// TLP level.
    tlp: Option<String>,
    /// Named recipients.
    to: Both,
    /// Members that may release it in its originator's name.
    delegates: Both,
    /// Need-to-know groups.
    groups: Both,
    /// Members who must not receive it.
    exclude: Both,
    /// Purposes that it may be used for.
    purposes: Both,
    /// Not before.
    embargo_until: Option<String>,
    /// Not from then on.
    end_at: Option<String>,
    /// Consent to onward transfer.
    onward: Option<bool>,
    /// Handling code.
    code: Option<String>,
    /// Permissible actions.
    pap: Option<String>,
    /// Circumstances that call for more care.
    flags: Both,
    /// Readers' groups inside this node's member.
    inner: Both,
    /// States from which the person has refuge.
    refugee_from: Both,
}

impl From<HandlingBody> for Change {
    fn from(body: HandlingBody) -> Self {
        Self {
            tlp: body.tlp,
            to: body.to.into(),
            groups: body.groups.into(),
            exclude: body.exclude.into(),
            delegates: body.delegates.into(),
            consents: Vec::new(),
            purposes: body.purposes.into(),
            embargo: body.embargo_until,
            end: body.end_at,
            onward: body.onward,
            code: body.code,
            pap: body.pap,
            flags: body.flags.into(),
            iep: None,
            inner: body.inner.into(),
            refugee_from: body.refugee_from.into(),
        }
    }
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    /// In words.
    pub(super) reason: String,
}

/// About which member a question is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberBody {
    /// Id or display name.
    member: String,
}

/// Drafts of this node, each with the proposal to publish it that waits, and why the last one was refused.
#[utoipa::path(get, path = "/api/v1/desk/drafts", tag = "desk", operation_id = "desk_drafts",
    responses((status = 200, body = Object, content_type = "application/json", description = "Drafts"), NotForAll),
    security(("visit" = [])))]
pub(crate) async fn list(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, drafts::list).await
}

/// Publishes a draft, or proposes it where the agreement asks for a second person. Asked again while that waits, the answer
/// is the same proposal. An id without a version is refused where there are several drafts of it, or a newer version in use.
#[utoipa::path(post, path = "/api/v1/desk/drafts/{object}/publish", tag = "desk", operation_id = "desk_publish",
    params(("object" = String, Path, description = "STIX id, or id@version")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Done, or Pending"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn publish(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    work(&shared, &seen, move |app, actor| publish::run(app, actor, &object)).await
}

/// Changes what is stated about the release of a record of one's own, or proposes it where the agreement asks for a second
/// person.
#[utoipa::path(put, path = "/api/v1/desk/records/{object}/handling", tag = "desk", operation_id = "desk_handling",
    params(("object" = String, Path, description = "STIX id, or id@version")),
    request_body(content = HandlingBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Done, or Pending"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let body: HandlingBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let change = Change::from(body);
    work(&shared, &seen, move |app, actor| handling::change(app, actor, &object, &change)).await
}

/// Takes a record of one's own back: it leaves every stream at once. Of a draft nothing was shared; it is dropped.
#[utoipa::path(post, path = "/api/v1/desk/records/{object}/withdraw", tag = "desk", operation_id = "desk_withdraw",
    params(("object" = String, Path, description = "STIX id for all versions, or id@version")),
    request_body(content = ReasonBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "what was withdrawn"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll),
    security(("visit" = [])))]
pub(crate) async fn take_back(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let body: ReasonBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    work(&shared, &seen, move |app, actor| withdraw::run(app, actor, &object, &said(&body)?)).await
}

/// A reason that says something.
fn said(body: &ReasonBody) -> Result<String, AppError> {
    let reason = body.reason.trim();
    if reason.is_empty() || reason.chars().count() > 1_000 {
        return Err(AppError::invalid("reason", "say why in 1 to 1,000 characters"));
    }
    Ok(reason.to_owned())
}

/// What a member sees of a record, and what would have to change for it to see it.
#[utoipa::path(post, path = "/api/v1/desk/records/{object}/why", tag = "desk", operation_id = "desk_why",
    params(("object" = String, Path, description = "STIX id, or id@version")),
    request_body(content = MemberBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Weighed"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll),
    security(("visit" = [])))]
pub(crate) async fn why(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let body: MemberBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let ask = move |app: &App, _: &_| {
        let mut all = preview::weigh(app, Subject::Record(&object), &body.member)?;
        all.pop().ok_or_else(|| AppError::NotFound(format!("there is no record `{object}`")))
    };
    work(&shared, &seen, ask).await
}
