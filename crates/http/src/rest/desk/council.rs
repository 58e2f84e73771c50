//! The council's work on screen: bodies, sessions, claims, what claims differ on, programmes and measures; and what this
//! member makes of it.

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::release::OFFICER;
use super::told;
use crate::app::compose::statement::StatementText;
use crate::app::compose::{Entry, Written};
use crate::app::council::conflict::{self, Say};
use crate::app::council::room::{self, Part, Wanted};
use crate::app::council::{compare, decision, figure, propose, session};
use crate::app::{App, AppError, Fault};
use crate::problem::{NotForAll, Problem};
use crate::query::{Parameters, Unreadable};
use crate::refusal::Refusal;
use crate::rest::limit;
use crate::router::{Access, Endpoint, Shared};
use crate::seen::{Seen, work};
use crate::visitor::{Need, READ};

/// Most characters of a reason and of a question.
const TEXT_MAX: usize = 1_000;

/// The routes of the council's work.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let reads = Access::Person(Need::of(READ));
    let acts = Access::Person(Need::of(OFFICER).stepped());
    vec![
        Endpoint::get("/api/v1/desk/council/bodies", reads, bodies),
        Endpoint::get("/api/v1/desk/council/sessions", reads, sessions),
        Endpoint::get("/api/v1/desk/council/sessions/{record}", reads, one_session),
        Endpoint::get("/api/v1/desk/council/claims", reads, claims),
        Endpoint::get("/api/v1/desk/council/claims/{record}", reads, one_claim),
        Endpoint::get("/api/v1/desk/council/conflicts", reads, conflicts),
        Endpoint::get("/api/v1/desk/council/conflicts/{record}", reads, one_conflict),
        Endpoint::post("/api/v1/desk/council/conflicts/{record}/positions", acts, take_position),
        Endpoint::get("/api/v1/desk/council/proposals", reads, proposals),
        Endpoint::post("/api/v1/desk/council/proposals/{mark}/accept", acts, accept),
        Endpoint::get("/api/v1/desk/council/decisions", reads, decisions),
        Endpoint::get("/api/v1/desk/council/decisions/{record}", reads, one_decision),
        Endpoint::get("/api/v1/desk/council/figures", reads, figures),
        Endpoint::get("/api/v1/desk/council/figures/{record}", reads, one_figure),
        Endpoint::get("/api/v1/desk/council/programmes", reads, programmes),
        Endpoint::get("/api/v1/desk/council/measures", reads, measures),
    ]
}

/// What this member makes of a set of claims.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PositionBody {
    /// The claim with which the member works from now on, by its id; left out for a dissent from the set.
    claim: Option<String>,
    /// Why.
    reason: String,
    /// Level; without one the statement stays with the own member.
    tlp: Option<String>,
}

/// A set that is made of a proposal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptBody {
    /// The question that the claims answer differently.
    question: String,
    /// Level; without one the set stays with the own member.
    tlp: Option<String>,
}

fn part(parameters: &Parameters) -> Result<Part, Unreadable> {
    Ok(Part {
        after: parameters.one("after")?.map(str::to_owned),
        limit: parameters.one("limit")?.map(limit).transpose()?,
    })
}

/// The bodies that this person finds, each with how many sessions of it are here.
#[utoipa::path(get, path = "/api/v1/desk/council/bodies", tag = "desk", operation_id = "desk_council_bodies",
    params(("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Page of BodyCard"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn bodies(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let part = part(&Parameters::read(seen.query.as_deref())?)?;
    work(&shared, &seen, move |app, actor| room::bodies(app, actor, &part)).await
}

/// The sessions that this person finds, the latest first.
#[utoipa::path(get, path = "/api/v1/desk/council/sessions", tag = "desk", operation_id = "desk_council_sessions",
    params(("body" = Option<String>, Query, description = "those of one body: its id, or a name of it"),
        ("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Page of SessionLine"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn sessions(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let parameters = Parameters::read(seen.query.as_deref())?;
    let (part, body) = (part(&parameters)?, parameters.one("body")?.map(str::to_owned));
    work(&shared, &seen, move |app, actor| room::sessions(app, actor, body.as_deref(), &part)).await
}

/// One session: by its id, its number in a reading, or BODY/NUMBER.
#[utoipa::path(get, path = "/api/v1/desk/council/sessions/{record}", tag = "desk", operation_id = "desk_council_session",
    params(("record" = String, Path, description = "id, number in a reading, or BODY/NUMBER")),
    responses((status = 200, body = Object, content_type = "application/json", description = "SessionView"), NotForAll),
    security(("visit" = [])))]
pub(crate) async fn one_session(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let record = seen.name("record")?;
    work(&shared, &seen, move |app, actor| session::show(app, actor, &record)).await
}

/// The claims that this person finds, and their topics.
#[utoipa::path(get, path = "/api/v1/desk/council/claims", tag = "desk", operation_id = "desk_council_claims",
    params(("topic" = Option<String>, Query, description = "those on one topic"),
        ("session" = Option<String>, Query, description = "those of one session: its id"),
        ("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "ClaimPage"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn claims(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let parameters = Parameters::read(seen.query.as_deref())?;
    let part = part(&parameters)?;
    let topic = parameters.one("topic")?.map(str::to_owned);
    let session = parameters.one("session")?.map(str::to_owned);
    work(&shared, &seen, move |app, actor| {
        let wanted = Wanted { topic: topic.as_deref(), session: session.as_deref() };
        room::all_claims(app, actor, &wanted, &part)
    })
    .await
}

/// One claim: whose words, through whom, what its number lacks to be traced, and how many sources those on its topic have.
#[utoipa::path(get, path = "/api/v1/desk/council/claims/{record}", tag = "desk", operation_id = "desk_council_claim",
    params(("record" = String, Path, description = "id, or number in a reading")),
    responses((status = 200, body = Object, content_type = "application/json", description = "ClaimView"), NotForAll),
    security(("visit" = [])))]
pub(crate) async fn one_claim(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let record = seen.name("record")?;
    work(&shared, &seen, move |app, actor| room::claim(app, actor, &record)).await
}

/// What claims differ on, as far as this person finds it.
#[utoipa::path(get, path = "/api/v1/desk/council/conflicts", tag = "desk", operation_id = "desk_council_conflicts",
    params(("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Page of ConflictLine"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn conflicts(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let part = part(&Parameters::read(seen.query.as_deref())?)?;
    work(&shared, &seen, move |app, actor| room::conflicts(app, actor, &part)).await
}

/// Claims on one question side by side: a column a source, how what they say stands to each other, and their ratio. Nothing
/// is averaged.
#[utoipa::path(get, path = "/api/v1/desk/council/conflicts/{record}", tag = "desk", operation_id = "desk_council_conflict",
    params(("record" = String, Path, description = "id, or number in a reading")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Comparison"), NotForAll),
    security(("visit" = [])))]
pub(crate) async fn one_conflict(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let record = seen.name("record")?;
    work(&shared, &seen, move |app, actor| compare::show(app, actor, &record)).await
}

/// States that this member works with one claim of a set, or that it does not share the set. The other claims stand as
/// before.
#[utoipa::path(post, path = "/api/v1/desk/council/conflicts/{record}/positions", tag = "desk",
    operation_id = "desk_council_position",
    params(("record" = String, Path, description = "id, or number in a reading")),
    request_body(content = PositionBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Written"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn take_position(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let record = seen.name("record")?;
    let body: PositionBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let act = move |app: &App, actor: &_| {
        let reason = said("reason", &body.reason)?;
        let statement = StatementText { tlp: body.tlp, ..StatementText::default() };
        let say = Say { set: &record, claim: body.claim.as_deref(), reason, statement: &statement };
        written(conflict::say(app, actor, &say)?)
    };
    work(&shared, &seen, act).await
}

/// Proposals, and what is left out of them.
#[derive(Serialize)]
struct Proposals {
    lines: Vec<propose::Proposed>,
    left_out: Vec<String>,
}

/// Pairs of claims of different voices and sources that cannot both hold and stand in no set together. A person decides.
#[utoipa::path(get, path = "/api/v1/desk/council/proposals", tag = "desk", operation_id = "desk_council_proposals",
    responses((status = 200, body = Object, content_type = "application/json", description = "Proposals"), NotForAll),
    security(("visit" = [])))]
pub(crate) async fn proposals(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    work(&shared, &seen, |app, actor| {
        let found = propose::propose(app, actor)?;
        Ok(Proposals { lines: found.lines, left_out: found.left_out })
    })
    .await
}

/// Makes a set of a proposal, for the very claims that were shown under its mark.
#[utoipa::path(post, path = "/api/v1/desk/council/proposals/{mark}/accept", tag = "desk", operation_id = "desk_council_accept",
    params(("mark" = String, Path, description = "mark of the proposal")),
    request_body(content = AcceptBody, content_type = "application/json"),
    responses((status = 200, body = Object, content_type = "application/json", description = "Written"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        NotForAll,
        (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn accept(
    State(shared): State<Shared>,
    seen: Seen,
    request: Request,
) -> Result<Response, Refusal> {
    let mark = seen.name("mark")?;
    let body: AcceptBody = told(&shared, &seen, request).await?.ok_or_else(Refusal::empty)?;
    let act = move |app: &App, actor: &_| {
        let question = said("question", &body.question)?;
        let statement = StatementText { tlp: body.tlp, ..StatementText::default() };
        written(propose::accept(app, actor, &mark, question, &statement)?)
    };
    work(&shared, &seen, act).await
}

/// The decisions that this person finds, those with the nearest deadline first.
#[utoipa::path(get, path = "/api/v1/desk/council/decisions", tag = "desk", operation_id = "desk_council_decisions",
    params(("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Page of DecisionLine"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn decisions(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let part = part(&Parameters::read(seen.query.as_deref())?)?;
    work(&shared, &seen, move |app, actor| room::decisions(app, actor, &part)).await
}

/// One decision: what each member says, until when silence is waited for, and what would come of it.
#[utoipa::path(get, path = "/api/v1/desk/council/decisions/{record}", tag = "desk", operation_id = "desk_council_decision",
    params(("record" = String, Path, description = "id, or number of the decision")),
    responses((status = 200, body = Object, content_type = "application/json", description = "DecisionView"), NotForAll),
    security(("visit" = [])))]
pub(crate) async fn one_decision(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let record = seen.name("record")?;
    work(&shared, &seen, move |app, actor| decision::show(app, actor, &record)).await
}

/// The figures that this person finds.
#[utoipa::path(get, path = "/api/v1/desk/council/figures", tag = "desk", operation_id = "desk_council_figures",
    params(("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Page of FigureLine"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn figures(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let part = part(&Parameters::read(seen.query.as_deref())?)?;
    work(&shared, &seen, move |app, actor| room::figures(app, actor, &part)).await
}

/// What a figure says, what it counted as far as this person may see it, and what has changed since. The id of a claim gives
/// what its number lacks.
#[utoipa::path(get, path = "/api/v1/desk/council/figures/{record}", tag = "desk", operation_id = "desk_council_figure",
    params(("record" = String, Path, description = "id of a figure or claim, or its number in a reading")),
    responses((status = 200, body = Object, content_type = "application/json", description = "FigureView, or Explained"),
        NotForAll, (status = 409, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn one_figure(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let record = seen.name("record")?;
    work(&shared, &seen, move |app, actor| figure::explain(app, actor, &record)).await
}

/// The programmes that this person finds, each with its reports.
#[utoipa::path(get, path = "/api/v1/desk/council/programmes", tag = "desk", operation_id = "desk_council_programmes",
    params(("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Page of ProgrammeCard"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn programmes(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let part = part(&Parameters::read(seen.query.as_deref())?)?;
    work(&shared, &seen, move |app, actor| room::programmes(app, actor, &part)).await
}

/// The joint measures that somebody states, each as far as it is.
#[utoipa::path(get, path = "/api/v1/desk/council/measures", tag = "desk", operation_id = "desk_council_measures",
    params(("session" = Option<String>, Query, description = "those of one session: its id"),
        ("limit" = Option<u64>, Query, description = "most lines: 50 when left out, at most 200"),
        ("after" = Option<String>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Object, content_type = "application/json", description = "Page of MeasureCard"),
        NotForAll, (status = 400, body = Problem, content_type = "application/problem+json")),
    security(("visit" = [])))]
pub(crate) async fn measures(State(shared): State<Shared>, seen: Seen) -> Result<Response, Refusal> {
    let parameters = Parameters::read(seen.query.as_deref())?;
    let (part, session) = (part(&parameters)?, parameters.one("session")?.map(str::to_owned));
    work(&shared, &seen, move |app, actor| room::measures(app, actor, session.as_deref(), &part)).await
}

/// A text that says something.
fn said<'a>(place: &str, text: &'a str) -> Result<&'a str, AppError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_MAX {
        return Err(AppError::invalid(place, "1 to 1,000 characters"));
    }
    Ok(text)
}

/// What was written; a record that is refused is a fault of what was sent, place by place.
fn written(entry: Entry) -> Result<Written, AppError> {
    match entry {
        Entry::Written(written) => Ok(written),
        Entry::Refused(faults) => {
            let told = faults.into_iter().map(|fault| Fault { place: fault.path, reason: fault.message });
            Err(AppError::Invalid(told.collect()))
        }
    }
}
