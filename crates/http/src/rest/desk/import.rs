//! Bringing a file in: a look at what would become of it, what one member would get, and then drafts, or the publication.
//! The body is the file as it is; what is stated beside it stands in a header, because a file may have many objects.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::release::{KEEPERS, OFFICER};
use crate::app::compose::file::strict;
use crate::app::compose::statement::StatementText;
use crate::app::import::{self, Input, dry};
use crate::app::{App, AppError};
use crate::body;
use crate::problem::{NotForAll, Problem};
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::Need;

/// What is stated beside the file: JSON as base64url without padding.
const STATEMENT: HeaderName = HeaderName::from_static("x-comity-statement");
/// Most bytes of that header.
const STATEMENT_BYTES_MAX: usize = 8 << 10;
/// Most characters of the name of a file.
const NAME_CHARS_MAX: usize = 255;

/// The routes of bringing files in.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let drafts = Access::Person(Need::of(KEEPERS));
    vec![
        Endpoint::post("/api/v1/desk/import/look", drafts, look),
        Endpoint::post("/api/v1/desk/import/look/{member}", drafts, got),
        Endpoint::post("/api/v1/desk/import/drafts", drafts, keep),
        Endpoint::post("/api/v1/desk/import", Access::Person(Need::of(OFFICER).stepped()), publish),
    ]
}

/// A file, and what is said beside it.
struct File {
    collection: String,
    name: String,
    statement: StatementText,
    bytes: axum::body::Bytes,
}

impl File {
    async fn read(shared: &Shared, seen: &Seen, request: Request) -> Result<Self, Refusal> {
        let query = Parameters::read(seen.query.as_deref())?;
        let collection =
            query.one("collection")?.ok_or_else(|| Refusal::malformed("name the collection"))?.to_owned();
        let name = query.one("name")?.unwrap_or("file");
        let name = name.chars().filter(|one| !one.is_control()).take(NAME_CHARS_MAX).collect();
        let statement = statement(&seen.headers)?;
        let bytes = body::read(&shared.bounds, &seen.headers, request.into_body()).await?;
        if bytes.is_empty() {
            return Err(Refusal::empty());
        }
        Ok(Self { collection, name, statement, bytes })
    }

    fn input(&self, app: &App, draft: bool) -> Result<Input<'_>, AppError> {
        import::stated(app, (&self.collection, &self.name), &self.statement, draft)
    }
}

/// What is stated in the header; nothing without one. Whether there are personal data, a record of a kind says itself; of
/// other objects it is stated here.
fn statement(headers: &HeaderMap) -> Result<StatementText, Refusal> {
    let Some(header) = headers.get(STATEMENT) else { return Ok(StatementText::default()) };
    let malformed = |why: &str| Refusal::malformed(format!("X-Comity-Statement: {why}"));
    if header.len() > STATEMENT_BYTES_MAX {
        return Err(malformed("it is too long"));
    }
    let bytes = URL_SAFE_NO_PAD.decode(header.as_bytes()).map_err(|_| malformed("it is no base64url"))?;
    let text = String::from_utf8(bytes).map_err(|_| malformed("it is no UTF-8"))?;
    let mut value = strict(&text).map_err(|_| malformed("it is no JSON"))?;
    let personal = value.as_object_mut().and_then(|map| map.remove("personal"));
    let mut statement: StatementText =
        serde_json::from_value(value).map_err(|error| malformed(&error.to_string()))?;
    statement.personal = match personal {
        None => false,
        Some(Value::Bool(personal)) => personal,
        Some(_) => return Err(malformed("personal is true or false")),
    };
    Ok(statement)
}

/// What would become of a file if it were brought in so, and what each member would see of it. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/desk/import/look", tag = "desk", operation_id = "desk_import_look",
    params(("collection" = String, Query, description = "id or alias"),
        ("name" = Option<String>, Query, description = "name of the file, for messages"),
        ("x-comity-statement" = Option<String>, Header, description = "what is stated beside it: JSON as base64url")),
    request_body(content = Object, content_type = "application/octet-stream"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Dry"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 413, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn look(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let file = File::read(&shared, &seen, request).await?;
    work(&shared, &seen, move |app, actor| dry::look(app, actor, &file.input(app, true)?, &file.bytes)).await
}

/// The very bytes that a member would get of the objects of a file, from this one of those that would be taken on.
#[utoipa::path(post, path = "/api/v1/desk/import/look/{member}", tag = "desk", operation_id = "desk_import_got",
    params(("member" = String, Path, description = "id of the member"),
        ("collection" = String, Query, description = "id or alias"),
        ("at" = Option<usize>, Query, description = "from which object on, from 0"),
        ("x-comity-statement" = Option<String>, Header, description = "what is stated beside it: JSON as base64url")),
    request_body(content = Object, content_type = "application/octet-stream"),
    responses((status = 200, body = Object, content_type = "application/json", description = "a list of Got"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 413, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn got(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let member = seen.name("member")?;
    let query = Parameters::read(seen.query.as_deref())?;
    let at = match query.one("at")? {
        None => 0,
        Some(text) => text.parse().map_err(|_| Refusal::malformed("at is no number"))?,
    };
    let file = File::read(&shared, &seen, request).await?;
    let ask =
        move |app: &App, actor: &_| dry::got(app, actor, &file.input(app, true)?, &file.bytes, (&member, at));
    work(&shared, &seen, ask).await
}

/// Brings a file in as drafts, which nobody else learns of.
#[utoipa::path(post, path = "/api/v1/desk/import/drafts", tag = "desk", operation_id = "desk_import_drafts",
    params(("collection" = String, Query, description = "id or alias"),
        ("name" = Option<String>, Query, description = "name of the file, for messages"),
        ("x-comity-statement" = Option<String>, Header, description = "what is stated beside it: JSON as base64url")),
    request_body(content = Object, content_type = "application/octet-stream"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Summary"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 413, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn keep(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    bring(&shared, &seen, request, true).await
}

/// Brings a file in and publishes it; what takes a second person waits for one.
#[utoipa::path(post, path = "/api/v1/desk/import", tag = "desk", operation_id = "desk_import",
    params(("collection" = String, Query, description = "id or alias"),
        ("name" = Option<String>, Query, description = "name of the file, for messages"),
        ("x-comity-statement" = Option<String>, Header, description = "what is stated beside it: JSON as base64url")),
    request_body(content = Object, content_type = "application/octet-stream"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Summary"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 413, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn publish(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    bring(&shared, &seen, request, false).await
}

async fn bring(shared: &Shared, seen: &Seen, request: Request, draft: bool) -> Result<Response, Refusal> {
    let file = File::read(shared, seen, request).await?;
    let act = move |app: &App, actor: &_| {
        import::run(app, actor, &file.input(app, draft)?, &file.bytes, &mut |_| {})
    };
    work(shared, seen, act).await
}
