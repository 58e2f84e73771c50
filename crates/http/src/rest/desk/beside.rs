//! What people put beside a record: notes, a grade, files, and word to its originator that something in it is wrong.

use axum::extract::{Request, State};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::release::{KEEPERS, OFFICER};
use super::told;
use crate::app::limits::NetworkLimits;
use crate::app::model::Grading;
use crate::app::model::attachment::ATTACHMENT_BYTES_MAX;
use crate::app::recall::{self, Doubt};
use crate::app::{App, AppError, Role, attachment, grade, note};
use crate::problem::{NotForAll, Problem};
use crate::query::Parameters;
use crate::refusal::Refusal;
use crate::rest::of;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, run, work};
use crate::visitor::{Need, READ};
use crate::{body, media};

/// Who writes notes, and tells originators what is wrong.
const NOTES: &[Role] = &[Role::Analyst, Role::ReleaseOfficer, Role::DataProtection];

/// The routes of this module.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let notes = Access::Person(Need::of(NOTES));
    let keeps = Access::Person(Need::of(KEEPERS));
    let publishes = Access::Person(Need::of(OFFICER).stepped());
    vec![
        Endpoint::post("/api/v1/desk/records/{object}/notes", notes, add_note),
        Endpoint::delete("/api/v1/desk/notes/{note}", notes, drop_note),
        Endpoint::post("/api/v1/desk/records/{object}/grade", keeps, give),
        Endpoint::post("/api/v1/desk/records/{object}/dispute", notes, dispute),
        Endpoint::post("/api/v1/desk/drafts/{object}/attachments", keeps, attach_to_draft),
        Endpoint::post("/api/v1/desk/records/{object}/attachments", publishes, attach),
        Endpoint::get("/api/v1/desk/attachments/{object}", Access::Person(Need::of(READ)), file),
    ]
}

/// A note.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteBody {
    /// The text; it stays on this node.
    text: String,
}

/// Keeps a note on a record. It stays on this node and is served to nobody else.
#[utoipa::path(post, path = "/api/v1/desk/records/{object}/notes", tag = "desk", operation_id = "desk_note",
    security(("visit" = [])), params(("object" = String, Path, description = "STIX id")),
    request_body(content = NoteBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "NoteView"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll))]
pub(crate) async fn add_note(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let body: NoteBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    work(&shared, &seen, move |app, actor| note::add(app, actor, &object, &body.text)).await
}

/// Deletes a note.
#[utoipa::path(delete, path = "/api/v1/desk/notes/{note}", tag = "desk", operation_id = "desk_drop_note",
    security(("visit" = [])), params(("note" = String, Path, description = "what names the note")),
    responses((status = 204, description = "deleted"), NotForAll))]
pub(crate) async fn drop_note(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let name = seen.name("note")?;
    run(&shared, &seen, move |app, actor| note::remove(app, actor, &name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A grade of a record.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GradeBody {
    /// `4x4` or `6x6`.
    scale: String,
    /// Letter for the source.
    source: String,
    /// Digit for the information.
    information: String,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Grades a record: one's own anew; another's beside the grade of its provider, to whom one that differs goes back.
#[utoipa::path(post, path = "/api/v1/desk/records/{object}/grade", tag = "desk", operation_id = "desk_grade",
    security(("visit" = [])), params(("object" = String, Path, description = "STIX id, or id@version")),
    request_body(content = GradeBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Graded"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn give(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let GradeBody { scale, source, information, reason } =
        told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let grading = Grading { scale, source, information };
    work(&shared, &seen, move |app, actor| grade::give(app, actor, &object, &grading, &reason)).await
}

/// What is wrong with another member's record.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisputeBody {
    /// What kind of fault, as a code.
    reason: String,
    /// What is wrong and what would be right, in words.
    text: String,
}

/// Says to the originator of a record what is wrong with it. Nothing changes by that alone.
#[utoipa::path(post, path = "/api/v1/desk/records/{object}/dispute", tag = "desk", operation_id = "desk_dispute",
    security(("visit" = [])), params(("object" = String, Path, description = "STIX id, or id@version")),
    request_body(content = DisputeBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "DisputeView"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn dispute(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let body: DisputeBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let act = move |app: &App, actor: &_| {
        let reason = Doubt::from_name(&body.reason)
            .ok_or_else(|| AppError::invalid("reason", "it is no word of the list"))?;
        recall::dispute(app, actor, &object, reason, &body.text)
    };
    work(&shared, &seen, act).await
}

/// Adds a file to a draft of one's own; it is published together with it.
#[utoipa::path(post, path = "/api/v1/desk/drafts/{object}/attachments", tag = "desk",
    operation_id = "desk_attach_to_draft", security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id, or id@version"),
        ("name" = String, Query, description = "name of the file"),
        ("title" = Option<String>, Query, description = "what it shows")),
    request_body(content = Object, content_type = "application/octet-stream"),
    responses((status = 200, body = Object, content_type = "application/json", description = "AttachmentView"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn attach_to_draft(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let (object, file) = (seen.name("object")?, File::read(&shared, &seen, request).await?);
    let act = move |app: &App, actor: &_| {
        attachment::add_to_draft(app, actor, &object, (&file.name, file.title.as_deref()), &file.bytes)
    };
    work(&shared, &seen, act).await
}

/// Adds a file to a record of one's own that is published: it goes out at once, under the record's handling.
#[utoipa::path(post, path = "/api/v1/desk/records/{object}/attachments", tag = "desk", operation_id = "desk_attach",
    security(("visit" = [])),
    params(("object" = String, Path, description = "STIX id, or id@version"),
        ("name" = String, Query, description = "name of the file"),
        ("title" = Option<String>, Query, description = "what it shows")),
    request_body(content = Object, content_type = "application/octet-stream"),
    responses((status = 200, body = Object, content_type = "application/json", description = "AttachmentView"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn attach(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let (object, file) = (seen.name("object")?, File::read(&shared, &seen, request).await?);
    let act = move |app: &App, actor: &_| {
        attachment::add(app, actor, &object, (&file.name, file.title.as_deref()), &file.bytes)
    };
    work(&shared, &seen, act).await
}

/// A file that is sent.
struct File {
    name: String,
    title: Option<String>,
    bytes: axum::body::Bytes,
}

impl File {
    async fn read(shared: &Shared, seen: &Seen, request: Request) -> Result<Self, Refusal> {
        let query = Parameters::read(seen.query.as_deref())?;
        let name = query.one("name")?.ok_or_else(|| Refusal::malformed("name the file"))?.to_owned();
        let title = query.one("title")?.filter(|text| !text.is_empty()).map(str::to_owned);
        let most = ATTACHMENT_BYTES_MAX.saturating_add(1).min(shared.bounds.body_bytes);
        let bounds = NetworkLimits { body_bytes: most, inflated_bytes: most, ..shared.bounds.clone() };
        let bytes = body::read(&bounds, &seen.headers, request.into_body()).await?;
        if bytes.is_empty() {
            return Err(Refusal::empty());
        }
        Ok(Self { name, title, bytes })
    }
}

/// The bytes of a file, to be saved and never shown: no browser opens or runs them in the name of this node.
#[utoipa::path(get, path = "/api/v1/desk/attachments/{object}", tag = "desk", operation_id = "desk_attachment",
    security(("visit" = [])), params(("object" = String, Path, description = "STIX id of the attachment")),
    responses((status = 200, body = Object, content_type = "application/octet-stream", description = "the bytes"),
        NotForAll))]
pub(crate) async fn file(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let object = seen.name("object")?;
    let (_, bytes) = run(&shared, &seen, move |app, _| attachment::get(app, &object)).await?;
    let mut response = of(media::OCTETS, bytes);
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}
