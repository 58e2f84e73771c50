//! Records of the kinds, written and read by programs in their JSON form. The same checks stand here as on the command
//! line, and a refusal lists every fault.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{json, sent};
use crate::app::compose::statement::StatementText;
use crate::app::compose::{self, Author, Draft, Entry, Written};
use crate::app::edit::{self, Edit};
use crate::app::serve::{self, Outgoing, Query};
use crate::app::{App, AppError, policy, sheet};
use crate::asked::Asked;
use crate::problem::{FaultLine, NotForAll, Problem};
use crate::refusal::Refusal;
use crate::router::Shared;

/// A record that is posted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordBody {
    /// The record in its JSON form, `schema/kinds/kinds.json`.
    #[schema(value_type = Object)]
    record: Value,
    /// What is stated beside it: `tlp`, `to`, `groups`, `exclude`, `purposes`, `embargo_until`, `end_at`, `onward`,
    /// `purpose`, `legal_basis`, `review_at`, `decision_until`, `grading` (`scale`, `source`, `information`),
    /// `category`, `flags`, `reason`, `code`, `pap`, `iep` (an Information Exchange Policy 2.0 of FIRST), and what never
    /// leaves the node: `inner` (readers' groups) and `refugee_from` (states by two letters).
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    statement: StatementText,
    /// Language of its texts, as a tag of RFC 5646.
    #[serde(default)]
    language: Option<String>,
    /// Keep it back until it is published, by a key of this member or a person of it.
    #[serde(default)]
    draft: bool,
    /// With a new version: why it is made.
    #[serde(default)]
    reason: Option<String>,
}

/// A record that was stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stored {
    /// STIX id.
    id: String,
    /// Version as the object writes it.
    version: String,
    /// The word of its kind.
    kind: String,
    /// `published`, `held`, `waiting` for a second person, or `unchanged`.
    state: &'static str,
    /// What did not hinder it and deserves a look.
    warnings: Vec<String>,
}

impl From<Written> for Stored {
    fn from(written: Written) -> Self {
        let Written { id, version, kind, state, warnings, .. } = written;
        Self { id, version, kind, state, warnings }
    }
}

/// A record as this reader may have it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Released {
    /// STIX id.
    id: String,
    /// Version as the object writes it.
    version: String,
    /// The record in its JSON form; left out when the object is of no kind, or what this reader may have of it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    record: Option<Value>,
    /// The object.
    #[schema(value_type = Object)]
    object: Value,
    /// What binds whoever reads it, a sentence each: handling code, permissible actions, exchange policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    duties: Vec<String>,
}

impl Released {
    /// What was released to this reader.
    pub(super) fn of(app: &App, one: &policy::Released<Outgoing>) -> Self {
        Self {
            id: one.get().id().to_owned(),
            version: one.get().version().to_owned(),
            record: sheet::released(app, one).and_then(|kind| serde_json::to_value(kind).ok()),
            object: serde_json::from_slice(one.get().bytes()).unwrap_or_default(),
            duties: one.get().duties(),
        }
    }
}

/// Writes a record of one of the kinds.
#[utoipa::path(post, path = "/api/v1/collections/{collection}/records", tag = "rest", operation_id = "add_record",
    params(("collection" = String, Path, description = "id or alias")),
    request_body(content = RecordBody, content_type = "application/json"),
    responses((status = 201, body = Stored, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "refused, with every fault; nothing is stored")))]
pub(crate) async fn add(
    State(shared): State<Shared>,
    asked: Asked,
    request: Request,
) -> Result<Response, Refusal> {
    let collection = asked.name("collection")?;
    let sent: RecordBody = sent(&shared.bounds, &asked.headers, request).await?.ok_or_else(Refusal::empty)?;
    let outcome = shared
        .run(move |app| {
            let RecordBody { record, statement, language, draft, .. } = sent;
            let draft = Draft { collection, form: record, statement, language, draft };
            told(compose::enter(app, Author::Key(&asked.reader), &draft))
        })
        .await?;
    stored(outcome, StatusCode::CREATED)
}

/// Writes a new version of a record that this key's member brought.
#[utoipa::path(put, path = "/api/v1/collections/{collection}/records/{object}", tag = "rest",
    operation_id = "change_record",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id")),
    request_body(content = RecordBody, content_type = "application/json"),
    responses((status = 200, body = Stored, content_type = "application/json"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "refused, with every fault; nothing is stored")))]
pub(crate) async fn change(
    State(shared): State<Shared>,
    asked: Asked,
    request: Request,
) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    let sent: RecordBody = sent(&shared.bounds, &asked.headers, request).await?.ok_or_else(Refusal::empty)?;
    let outcome = shared
        .run(move |app| {
            for (name, is_said) in [("draft", sent.draft), ("language", sent.language.is_some())] {
                if is_said {
                    return told(Err(AppError::invalid(
                        name,
                        "it can be said of a new record only: leave it out here, or post a new record",
                    )));
                }
            }
            let edit = Edit {
                record: object,
                form: Some(sent.record),
                statement: sent.statement,
                reason: sent.reason.unwrap_or_default(),
                ..Edit::default()
            };
            let edited = edit::by_key(app, Author::Key(&asked.reader), &collection, &edit);
            let entry = edited.map(|outcome| match outcome {
                Ok(mut edited) => edited.entries.pop().unwrap_or_else(|| Entry::Refused(Vec::new())),
                Err(faults) => Entry::Refused(faults),
            });
            told(entry)
        })
        .await?;
    stored(outcome, StatusCode::OK)
}

/// The newest version of a record that this key may see; it is noted as delivered, as a page of one is.
#[utoipa::path(get, path = "/api/v1/collections/{collection}/records/{object}", tag = "rest",
    operation_id = "record",
    params(("collection" = String, Path, description = "id or alias"),
        ("object" = String, Path, description = "STIX id")),
    responses((status = 200, body = Released, content_type = "application/json"),
        NotForAll))]
pub(crate) async fn one(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let (collection, object) = (asked.name("collection")?, asked.name("object")?);
    let found = shared
        .run(move |app| {
            let query = Query { limit: Some(1), ..Query::default() };
            let page = serve::object(app, &asked.reader, &collection, &object, &query)?;
            Ok(page.objects.first().map(|one| Released::of(app, one)))
        })
        .await?;
    json(&found.ok_or_else(Refusal::absent)?)
}

/// What became of a record: stored, or the lines of its refusal.
pub(super) type Outcome = Result<Written, Vec<FaultLine>>;

/// What became of a record, with what the agreement does not know told as faults of what was sent.
pub(super) fn told(entry: Result<Entry, AppError>) -> Result<Outcome, AppError> {
    match entry {
        Ok(Entry::Written(written)) => Ok(Ok(written)),
        Ok(Entry::Refused(faults)) => Ok(Err(lines(faults))),
        // A word that the agreement does not know is a fault of what was sent, told like the others.
        Err(AppError::Invalid(faults)) => Ok(Err(lines(faults))),
        Err(error) => Err(error),
    }
}

/// Faults as they are answered.
pub(super) fn lines<F: Into<FaultLine>>(faults: Vec<F>) -> Vec<FaultLine> {
    faults.into_iter().map(Into::into).collect()
}

fn stored(outcome: Outcome, status: StatusCode) -> Result<Response, Refusal> {
    let stored: Stored = outcome.map_err(Refusal::unprocessable)?.into();
    let mut response = json(&stored)?;
    *response.status_mut() = status;
    Ok(response)
}
