//! The ledger's newest checkpoint and inclusion proofs, in the forms of C2SP: what an outsider needs to verify.

use axum::extract::State;
use axum::response::Response;

use super::of;
use crate::app::ledger;
use crate::asked::Asked;
use crate::media;
use crate::problem::{NotForAll, Problem};
use crate::query::{Parameters, Unreadable};
use crate::refusal::Refusal;
use crate::router::Shared;

/// The newest checkpoint, a signed note.
#[utoipa::path(get, path = "/api/v1/ledger/checkpoint", tag = "rest", operation_id = "ledger_checkpoint",
    responses((status = 200, body = String, content_type = "text/plain"),
        NotForAll))]
pub(crate) async fn checkpoint(State(shared): State<Shared>, _asked: Asked) -> Result<Response, Refusal> {
    let note = shared.run(ledger::checkpoint).await?;
    Ok(of(media::TEXT, note.ok_or_else(Refusal::absent)?))
}

/// The proof that a leaf stands in the ledger, a tlog-proof file.
#[utoipa::path(get, path = "/api/v1/ledger/leaves/{leaf}/proof", tag = "rest", operation_id = "ledger_proof",
    params(("leaf" = u64, Path, description = "index of the leaf, from 0")),
    responses((status = 200, body = String, content_type = "text/plain"),
        NotForAll))]
pub(crate) async fn proof(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let leaf = asked.name("leaf")?.parse().map_err(|_| Refusal::absent())?;
    let proof = shared.run(move |app| ledger::proof(app, leaf)).await?;
    Ok(of(media::TEXT, proof.ok_or_else(Refusal::absent)?))
}

/// The proof that the ledger of `to` leaves begins with the one of `from` leaves: a hash in base64 a line.
#[utoipa::path(get, path = "/api/v1/ledger/consistency", tag = "rest", operation_id = "ledger_consistency",
    params(("from" = u64, Query, description = "number of leaves of the older checkpoint"),
        ("to" = u64, Query, description = "number of leaves of the newer checkpoint")),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn consistency(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let parameters = Parameters::read(asked.query.as_deref())?;
    let (from, to) = (size(&parameters, "from")?, size(&parameters, "to")?);
    let path = shared.run(move |app| ledger::consistency(app, from, to)).await?;
    Ok(of(media::TEXT, path.ok_or_else(Refusal::absent)?))
}

fn size(parameters: &Parameters, name: &str) -> Result<u64, Unreadable> {
    let text = parameters.one(name)?.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let size = text.and_then(|text| text.parse().ok());
    size.ok_or_else(|| Unreadable(format!("{name} is no number of leaves")))
}
