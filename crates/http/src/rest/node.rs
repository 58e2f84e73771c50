//! Who runs this node, who is asking, and what binds both.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::app::model::Standing;
use crate::app::{agreement, ledger, whoami};
use crate::asked::Asked;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::router::Shared;

/// This node.
#[derive(Serialize, ToSchema)]
pub(crate) struct Node {
    /// STIX identity of the member that operates it.
    member: String,
    /// Display name.
    name: String,
    /// The agreement in force.
    agreement: AgreementHead,
    /// The newest checkpoint of its ledger, a C2SP signed note; left out before the first leaf.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    /// The verifier key for it.
    ledger_key: String,
}

/// What peers compare.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgreementHead {
    /// Number of the epoch on this node.
    epoch: u64,
    /// Digest of the agreement.
    digest: String,
    /// Hash of the guards and local policies.
    policy: String,
}

/// The agreement in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgreementDocument {
    #[serde(flatten)]
    head: AgreementHead,
    /// The document in TOML.
    toml: String,
    /// The signatures of members under it, each in its canonical JSON; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signatures: Vec<String>,
}

/// The caller, as this node knows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WhoAmI {
    /// STIX identity of the caller's member.
    member: String,
    /// Display name of the caller's member.
    name: String,
    /// member, observer, partner or oversight; left out when the agreement no longer knows the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<&'static str>,
    /// Purpose that the key is tied to; left out when there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    purpose: String,
    /// Legal basis that the key is tied to; left out when there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    legal_basis: String,
    /// STIX identity of the member that operates this node.
    node_member: String,
    /// Digest of the agreement in force.
    agreement_digest: String,
    /// Its version.
    agreement_version: u64,
    /// Now, by the clock of this node, in UTC with six fraction digits.
    at: String,
    /// What this node knows of the caller's member.
    knows: Knowledge,
    /// Aliases of the collections on which the key has a right.
    collections: Vec<String>,
}

/// What a node knows of a member and of the way between the two.
#[derive(Serialize, ToSchema)]
pub(crate) struct Knowledge {
    /// Short names of the keys with which the member signs now.
    keys: Vec<String>,
    /// SHA-256 of the public keys of its node's certificates, as its key note names them.
    certificates: Vec<String>,
    /// Number of the last of the member's messages that is here.
    has: i64,
    /// Number of the last message for the member.
    given: i64,
    /// Size of the largest checkpoint of its ledger that was signed here; 0 for none.
    ledger: i64,
}

/// This node: member, agreement, ledger head.
#[utoipa::path(get, path = "/api/v1/node", tag = "rest", operation_id = "node",
    responses((status = 200, body = Node, content_type = "application/json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn node(State(shared): State<Shared>, _asked: Asked) -> Result<Response, Refusal> {
    let node = shared
        .run(|app| {
            Ok(Node {
                member: app.member().to_string(),
                name: app.member_name().to_owned(),
                agreement: head(&agreement::current(app)?),
                checkpoint: ledger::checkpoint(app)?,
                ledger_key: app.ledger_vkey().to_owned(),
            })
        })
        .await?;
    json(&node)
}

/// The agreement in force.
#[utoipa::path(get, path = "/api/v1/agreement", tag = "rest", operation_id = "agreement",
    responses((status = 200, body = AgreementDocument, content_type = "application/json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn agreement(State(shared): State<Shared>, _asked: Asked) -> Result<Response, Refusal> {
    let (current, signatures) = shared
        .run(|app| {
            let current = agreement::current(app)?;
            let lines = current.signatures.iter().map(|one| one.to_json()).collect::<Result<Vec<_>, _>>()?;
            Ok((current, lines))
        })
        .await?;
    json(&AgreementDocument { head: head(&current), toml: current.toml, signatures })
}

/// Whom this node thinks the caller is.
#[utoipa::path(get, path = "/api/v1/whoami", tag = "rest", operation_id = "whoami",
    responses((status = 200, body = WhoAmI, content_type = "application/json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn whoami(State(shared): State<Shared>, asked: Asked) -> Result<Response, Refusal> {
    let told = shared.run(move |app| whoami::whoami(app, &asked.reader)).await?;
    json(&WhoAmI {
        member: told.member,
        name: told.name,
        standing: told.standing.map(Standing::name),
        purpose: told.purpose,
        legal_basis: told.legal_basis,
        node_member: told.node_member,
        agreement_digest: told.agreement_digest,
        agreement_version: told.agreement_version,
        at: told.at.to_string(),
        knows: Knowledge {
            keys: told.knows.keys,
            certificates: told.knows.certificates.iter().map(ToString::to_string).collect(),
            has: told.knows.has,
            given: told.knows.given,
            ledger: told.knows.ledger,
        },
        collections: told.collections,
    })
}

fn head(current: &agreement::InForceView) -> AgreementHead {
    AgreementHead {
        epoch: current.epoch.unsigned_abs(),
        digest: current.digest.clone(),
        policy: current.policy.clone(),
    }
}
