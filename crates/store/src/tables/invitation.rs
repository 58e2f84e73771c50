//! Who was asked into the community, and who answered.

use comity_model::MemberId;

use crate::{Row, StoreError, Tx};

/// Where an invitation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvitationState {
    /// Nobody answered.
    Open,
    /// Somebody answered, and the agreement waits for a second person.
    Waiting,
    /// Who answered is a member.
    Joined,
    /// Taken back.
    Revoked,
}

impl InvitationState {
    const ALL: [Self; 4] = [Self::Open, Self::Waiting, Self::Joined, Self::Revoked];

    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Joined => "joined",
            Self::Revoked => "revoked",
        }
    }
}

/// An invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvitationRow {
    /// To name it.
    pub id: String,
    /// SHA-256 of its token.
    pub secret: [u8; 32],
    /// Display name of who is invited.
    pub name: String,
    /// What is offered, as JSON.
    pub terms: String,
    /// User who invited.
    pub actor: String,
    /// Where it stands.
    pub state: InvitationState,
    /// Who answered.
    pub member: Option<MemberId>,
    /// Public key of who answered.
    pub public_key: Option<String>,
    /// Proposal that waits.
    pub proposal: Option<String>,
    /// Key that who answered got.
    pub credential: Option<String>,
    /// When it was made.
    pub made_us: i64,
    /// Until when it is good.
    pub expires_us: i64,
}

const INVITATION: &str = "invitation, secret, name, terms, actor, state, member, public_key, proposal, credential, \
                          made_us, expires_us";

fn read(row: &Row) -> Result<InvitationRow, StoreError> {
    let state = row.text(5)?;
    let corrupt = |what: &str| StoreError::Corrupt(format!("`{what}` in an invitation"));
    Ok(InvitationRow {
        id: row.text(0)?,
        secret: row.hash(1)?,
        name: row.text(2)?,
        terms: row.text(3)?,
        actor: row.text(4)?,
        state: InvitationState::ALL
            .into_iter()
            .find(|one| one.name() == state)
            .ok_or_else(|| corrupt(&state))?,
        member: row.opt_text(6)?.map(|id| id.parse().map_err(|_| corrupt(&id))).transpose()?,
        public_key: row.opt_text(7)?,
        proposal: row.opt_text(8)?,
        credential: row.opt_text(9)?,
        made_us: row.int(10)?,
        expires_us: row.int(11)?,
    })
}

/// Keeps a new invitation.
///
/// # Errors
/// [`StoreError::Conflict`] when its id or token is taken.
pub fn insert(tx: &mut Tx<'_>, one: &InvitationRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO invitation (invitation, secret, name, terms, actor, state, made_us, expires_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[
            (&one.id).into(),
            one.secret.into(),
            (&one.name).into(),
            (&one.terms).into(),
            (&one.actor).into(),
            one.state.name().into(),
            one.made_us.into(),
            one.expires_us.into(),
        ],
    )?;
    Ok(())
}

/// Writes where an invitation stands now.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, one: &InvitationRow) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE invitation SET state = ?2, member = ?3, public_key = ?4, proposal = ?5, credential = ?6
         WHERE invitation = ?1",
        &[
            (&one.id).into(),
            one.state.name().into(),
            one.member.as_ref().map(MemberId::as_str).into(),
            one.public_key.as_deref().into(),
            one.proposal.as_deref().into(),
            one.credential.as_deref().into(),
        ],
    )?;
    Ok(())
}

/// The invitation with this hash of its token.
///
/// # Errors
/// Those of the engine.
pub fn by_secret(tx: &mut Tx<'_>, secret: &[u8; 32]) -> Result<Option<InvitationRow>, StoreError> {
    let sql = format!("SELECT {INVITATION} FROM invitation WHERE secret = ?1");
    tx.query_one(&sql, &[(*secret).into()])?.as_ref().map(read).transpose()
}

/// All invitations, newest first.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<InvitationRow>, StoreError> {
    let sql = format!("SELECT {INVITATION} FROM invitation ORDER BY made_us DESC, invitation");
    tx.query(&sql, &[])?.iter().map(read).collect()
}
