//! What a node says of itself, and whom it thinks a client is.

use comity_model::Standing;
use serde::Serialize;

use crate::force::in_force;
use crate::{App, AppError, Reader, serve};

/// Whom the node thinks a client is, and under which agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WhoAmI {
    /// Member id of the client.
    pub member: String,
    /// Its display name in the agreement.
    pub name: String,
    /// Its standing; none when the agreement no longer knows it.
    pub standing: Option<Standing>,
    /// Purpose of use that its key states.
    pub purpose: String,
    /// Legal basis that its key states.
    pub legal_basis: String,
    /// Member id of this node.
    pub node_member: String,
    /// Digest of the agreement in force here: peers compare it with theirs.
    pub agreement_digest: String,
    /// Aliases of the collections on which the key has a right.
    pub collections: Vec<String>,
}

/// Answers a client.
///
/// # Errors
/// Those of the store.
pub fn whoami(app: &App, reader: &Reader) -> Result<WhoAmI, AppError> {
    app.store().read("whoami", |tx| {
        let collections = crate::access::all(app, tx, reader)?.into_iter().map(|one| one.alias).collect();
        let force = in_force(app, tx)?;
        let audience = serve::own_audience(tx, reader)?;
        Ok(WhoAmI {
            member: reader.member.to_string(),
            name: force.name_of(&reader.member).to_owned(),
            standing: force.agreement.member(&reader.member).map(|member| member.standing),
            purpose: audience.purpose,
            legal_basis: audience.basis,
            node_member: app.member().to_string(),
            agreement_digest: force.digest.to_string(),
            collections,
        })
    })
}
