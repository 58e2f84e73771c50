//! What a node says of itself, and whom it thinks a client is.

use comity_model::stix::Digest;
use comity_model::{MemberId, Micros, Standing};
use comity_store::Tx;
use comity_store::tables::{outbox, witness as rows};
use serde::{Deserialize, Serialize};

use crate::force::{InForce, in_force};
use crate::{App, AppError, Reader, serve, tls};

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
    /// Its version.
    pub agreement_version: u64,
    /// Now, by the clock of this node.
    pub at: Micros,
    /// What this node knows of the client's member.
    pub knows: Knowledge,
    /// Aliases of the collections on which the key has a right.
    pub collections: Vec<String>,
}

/// What a node knows of a member and of the way between the two.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Knowledge {
    /// Short names of the keys with which the member signs now.
    pub keys: Vec<String>,
    /// SHA-256 of the public keys of its node's certificates, as its key note names them.
    pub certificates: Vec<Digest>,
    /// Number of the last of the member's messages that is here.
    pub has: i64,
    /// Number of the last message for the member.
    pub given: i64,
    /// Size of the largest checkpoint of its ledger that was signed here; 0 for none.
    pub ledger: i64,
}

impl Knowledge {
    /// What this node knows of a member.
    pub(crate) fn of(force: &InForce, tx: &mut Tx<'_>, member: &MemberId) -> Result<Self, AppError> {
        let keys = force.keys_of(member);
        let mailbox = outbox::mailbox(tx, member)?;
        let left = outbox::left(tx, member, mailbox.told_n)?;
        let log = rows::key_note(tx, member)?.map(|row| row.log);
        let newest = log.map(|log| rows::newest(tx, &log)).transpose()?.flatten();
        Ok(Self {
            keys: keys.iter().filter(|one| one.until.is_none()).map(|one| one.key.id()).collect(),
            certificates: tls::pins(tx, member)?,
            has: mailbox.have_n,
            given: mailbox.told_n.saturating_add(left),
            ledger: newest.map_or(0, |one| one.size),
        })
    }
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
            agreement_version: force.agreement.version,
            at: app.now(),
            knows: Knowledge::of(&force, tx, &reader.member)?,
            collections,
        })
    })
}
