//! Writing records of the kinds with a browser: a look at what would become of one, a new one or a new version of one, as
//! a draft or published at once, and links between two. The checks are those of every other way in.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::release::{KEEPERS, OFFICER};
use super::{told, whole};
use crate::app::compose::statement::StatementText;
use crate::app::compose::{self, Author, Draft};
use crate::app::edit::{self, Edit, Edited, Looked};
use crate::app::explain::Sight;
use crate::app::link::{self, Link};
use crate::app::model::stix::diff::Difference;
use crate::app::preview::Got;
use crate::app::{Actor, App, AppError, vocabulary};
use crate::problem::{FaultLine, NotForAll, Problem};
use crate::refusal::Refusal;
use crate::rest::json;
use crate::rest::records::{lines, told as kept};
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, run, work};
use crate::visitor::{Need, READ};

/// The routes of writing.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let keeps = Access::Person(Need::of(KEEPERS));
    let publishes = Access::Person(Need::of(OFFICER).stepped());
    vec![
        Endpoint::post("/api/v1/desk/check", keeps, check),
        Endpoint::post("/api/v1/desk/check/{member}", keeps, got),
        Endpoint::post("/api/v1/desk/drafts", keeps, keep),
        Endpoint::post("/api/v1/desk/records", publishes, publish),
        Endpoint::put("/api/v1/desk/drafts/{object}", keeps, keep_version),
        Endpoint::put("/api/v1/desk/records/{object}", publishes, publish_version),
        Endpoint::post("/api/v1/desk/links/drafts", keeps, link_draft),
        Endpoint::post("/api/v1/desk/links", publishes, link_now),
        Endpoint::get("/api/v1/desk/terms", Access::Person(Need::of(READ)), terms),
    ]
}

/// A record as a form sends it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormBody {
    /// The record in its JSON form, `schema/kinds/kinds.json`.
    #[schema(value_type = Object)]
    record: Value,
    /// Collection of a new record: id or alias.
    #[serde(default)]
    collection: String,
    /// What is stated beside it, as programs state it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    statement: StatementText,
    /// Language of its texts, as a tag of RFC 5646; of a new record alone.
    #[serde(default)]
    language: Option<String>,
    /// For a look: the record of which this would be a new version.
    #[serde(default)]
    object: Option<String>,
    /// Why a new version is made.
    #[serde(default)]
    reason: String,
}

impl FormBody {
    fn draft(self, draft: bool) -> Draft {
        let Self { record, collection, statement, language, .. } = self;
        Draft { collection, form: record, statement, language, draft }
    }

    fn edit(self, object: String, draft: bool) -> Edit {
        let Self { record, statement, reason, .. } = self;
        Edit { record: object, form: Some(record), statement, reason, draft, ..Edit::default() }
    }
}

/// What would become of a record.
#[derive(Serialize, Default)]
struct Checked {
    /// What is wrong with it; then all else is empty.
    faults: Vec<FaultLine>,
    /// What each other member would see of it once it is published.
    sights: Vec<Sight>,
    /// Places and words for which a reason is asked.
    questions: Vec<String>,
    /// What a new version changes.
    differences: Vec<Difference>,
    /// Paths that another category does not allow, and that would be dropped.
    dropped: Vec<&'static str>,
    /// The version from which a new one starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
}

impl Checked {
    fn wrong<F: Into<FaultLine>>(faults: Vec<F>) -> Self {
        Self { faults: lines(faults), ..Self::default() }
    }

    fn of(app: &App, actor: &Actor, body: FormBody) -> Result<Self, AppError> {
        let done = match body.object.clone() {
            None => match compose::preview(app, &body.draft(true)) {
                Ok(Ok(seen)) => Self { sights: seen.sights, questions: seen.questions, ..Self::default() },
                Ok(Err(faults)) => Self::wrong(faults),
                Err(AppError::Invalid(faults)) => Self::wrong(faults),
                Err(error) => return Err(error),
            },
            Some(object) => match edit::look(app, actor, &body.edit(object, true)) {
                Ok(Ok(seen)) => Self::version(seen),
                Ok(Err(faults)) => Self::wrong(faults),
                Err(AppError::Invalid(faults)) => Self::wrong(faults),
                Err(error) => return Err(error),
            },
        };
        Ok(done)
    }

    fn version(Looked { edited, sights, .. }: Looked) -> Self {
        Self {
            sights,
            differences: edited.differences,
            dropped: edited.dropped.iter().map(|one| one.field.name()).collect(),
            from: Some(edited.from),
            ..Self::default()
        }
    }
}

/// What would become of a record if it were kept so: every fault with its place, or what each member would see of it and,
/// of a new version, what it changes. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/desk/check", tag = "desk", operation_id = "desk_check", security(("visit" = [])),
    request_body(content = FormBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Checked"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json", description = "nothing differs")))]
pub(crate) async fn check(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let body: FormBody = whole(&shared, &seen, request).await?;
    work(&shared, &seen, move |app, actor| Checked::of(app, actor, body)).await
}

/// The very bytes that a member would get of a record if it were published so. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/desk/check/{member}", tag = "desk", operation_id = "desk_check_got",
    security(("visit" = [])), params(("member" = String, Path, description = "id or name of a member")),
    request_body(content = FormBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "a list of Got"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn got(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let member = seen.name("member")?;
    let body: FormBody = whole(&shared, &seen, request).await?;
    let ask = move |app: &App, actor: &Actor| match body.object.clone() {
        None => compose::got(app, &body.draft(true), &member),
        Some(object) => edit::got(app, actor, &body.edit(object, true), &member),
    };
    let found: Result<Vec<Got>, _> = run(&shared, &seen, ask).await?;
    json(&found.map_err(|faults| Refusal::unprocessable(lines(faults)))?)
}

/// Keeps a new record as a draft, which nobody else learns of.
#[utoipa::path(post, path = "/api/v1/desk/drafts", tag = "desk", operation_id = "desk_keep", security(("visit" = [])),
    request_body(content = FormBody, content_type = "application/json"),
    responses((status = 201, body = Object, content_type = "application/json", description = "Written"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "refused, with every fault; nothing is stored")))]
pub(crate) async fn keep(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    enter(&shared, &seen, request, true).await
}

/// Writes a new record and publishes it, or proposes that where the agreement asks for a second person.
#[utoipa::path(post, path = "/api/v1/desk/records", tag = "desk", operation_id = "desk_write", security(("visit" = [])),
    request_body(content = FormBody, content_type = "application/json"),
    responses((status = 201, body = Object, content_type = "application/json", description = "Written"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "refused, with every fault; nothing is stored")))]
pub(crate) async fn publish(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    enter(&shared, &seen, request, false).await
}

async fn enter(shared: &Shared, seen: &Seen, request: Request, draft: bool) -> Result<Response, Refusal> {
    let body: FormBody = whole(shared, seen, request).await?;
    let act =
        move |app: &App, actor: &_| kept(compose::enter(app, Author::Person(actor), &body.draft(draft)));
    made(&run(shared, seen, act).await?.map_err(Refusal::unprocessable)?)
}

/// An answer that says what was made.
fn made<T: Serialize>(written: &T) -> Result<Response, Refusal> {
    let mut response = json(written)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Keeps a new version of a record of one's own as a draft.
#[utoipa::path(put, path = "/api/v1/desk/drafts/{object}", tag = "desk", operation_id = "desk_keep_version",
    security(("visit" = [])), params(("object" = String, Path, description = "STIX id, or id@version of the newest")),
    request_body(content = FormBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Edited"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "refused, with every fault; nothing is stored")))]
pub(crate) async fn keep_version(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    change(&shared, &seen, request, true).await
}

/// Writes a new version of a record of one's own: published when the record is, and of a draft a draft.
#[utoipa::path(put, path = "/api/v1/desk/records/{object}", tag = "desk", operation_id = "desk_write_version",
    security(("visit" = [])), params(("object" = String, Path, description = "STIX id, or id@version of the newest")),
    request_body(content = FormBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Edited"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "refused, with every fault; nothing is stored")))]
pub(crate) async fn publish_version(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    change(&shared, &seen, request, false).await
}

async fn change(shared: &Shared, seen: &Seen, request: Request, draft: bool) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let body: FormBody = whole(shared, seen, request).await?;
    let act = move |app: &App, actor: &Actor| -> Result<Result<Edited, Vec<FaultLine>>, AppError> {
        match edit::run(app, actor, &body.edit(object, draft)) {
            Ok(outcome) => Ok(outcome.map_err(lines)),
            Err(AppError::Invalid(faults)) => Ok(Err(lines(faults))),
            Err(error) => Err(error),
        }
    };
    json(&run(shared, seen, act).await?.map_err(Refusal::unprocessable)?)
}

/// A relation between two records that are here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// STIX id of the record that the sentence begins with.
    source: String,
    /// STIX id of the other one.
    target: String,
    /// How they are related.
    word: String,
    /// The facts that show it.
    #[serde(default)]
    grounds: Option<String>,
    /// Since when, as exactly as it is known.
    #[serde(default)]
    from: Option<String>,
    /// Until when.
    #[serde(default)]
    until: Option<String>,
    /// On what it rests: `basis` of the JSON form.
    #[schema(value_type = Object)]
    basis: Value,
    /// Collection: id or alias.
    collection: String,
    /// What is stated beside it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    statement: StatementText,
}

/// Makes a relation between two records and keeps it as a draft.
#[utoipa::path(post, path = "/api/v1/desk/links/drafts", tag = "desk", operation_id = "desk_keep_link",
    security(("visit" = [])), request_body(content = LinkBody, content_type = "application/json"),
    responses((status = 201, body = Object, content_type = "application/json", description = "Written"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn link_draft(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    link(&shared, &seen, request, true).await
}

/// Makes a relation between two records and publishes it.
#[utoipa::path(post, path = "/api/v1/desk/links", tag = "desk", operation_id = "desk_link",
    security(("visit" = [])), request_body(content = LinkBody, content_type = "application/json"),
    responses((status = 201, body = Object, content_type = "application/json", description = "Written"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn link_now(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    link(&shared, &seen, request, false).await
}

async fn link(shared: &Shared, seen: &Seen, request: Request, draft: bool) -> Result<Response, Refusal> {
    let body: LinkBody = told(shared, seen, request).await?.ok_or_else(Refusal::empty)?;
    let act = move |app: &App, actor: &_| {
        let LinkBody { source, target, word, grounds, from, until, basis, collection, statement } = body;
        let draft = Draft { collection, statement, draft, ..Draft::default() };
        let link = Link { source, target, word, grounds, from, until, summary: None, basis, draft };
        kept(link::run(app, actor, &link))
    };
    made(&run(shared, seen, act).await?.map_err(Refusal::unprocessable)?)
}

/// The vocabularies in use here with their terms, for forms that cite one.
#[utoipa::path(get, path = "/api/v1/desk/terms", tag = "desk", operation_id = "desk_terms", security(("visit" = [])),
    responses((status = 200, body = Object, content_type = "application/json", description = "a list of AdoptedView"),
        NotForAll))]
pub(crate) async fn terms(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let all = |app: &App, _: &_| {
        let mut all = vocabulary::list(app)?;
        all.retain(|one| one.what == "vocabulary");
        Ok(all)
    };
    work(&shared, &seen, all).await
}
