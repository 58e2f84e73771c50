//! Asking another member into the community, and letting it in when its node answers.
//!
//! The invitation is a text with a token that is good once; of the token this node keeps the hash. Whoever answers with it
//! is added to the agreement, gets a key, and its node becomes a peer. The same node may answer again, until the two have
//! met: so an answer that was lost, or an agreement that waits for a second person, costs nothing.

use std::collections::BTreeSet;

use comity_model::agreement::Member;
use comity_model::invitation::{INVITATION_BYTES_MAX, Signed, TlsEnd};
use comity_model::{
    Access, Address, Agreement, ApprovalRule, Brought, Invitation, Joined, Joining, MemberId, Micros,
    PublicKey, SignedKeyNote, Standing,
};
use comity_store::Tx;
use comity_store::tables::invitation::{self as rows, InvitationRow, InvitationState};
use comity_store::tables::{access, outbox, witness as notes};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::credential::{self, Channel, Fresh, NewKey, Rights, Scope};
use crate::force::{InForce, in_force};
use crate::proposal::{self, Action};
use crate::{Actor, App, AppError, Role, agreement, client, collection, journal, peer, token, witness};

/// Where a node takes the answer to an invitation.
pub const PATH: &str = "/api/v1/join";
/// Largest request to join, in bytes.
pub const BYTES_MAX: usize = INVITATION_BYTES_MAX;
/// Longest time that an invitation is good, in days.
pub const DAYS_MAX: u32 = 90;

/// An invitation to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewInvitation<'a> {
    /// Display name of who is invited.
    pub name: &'a str,
    /// What it will be in the community.
    pub standing: Standing,
    /// Its state (ISO 3166-1), when it is said.
    pub state: Option<&'a str>,
    /// Groups of the agreement that it will be in.
    pub groups: &'a [String],
    /// Whether its protection of personal data was found adequate.
    pub adequate: bool,
    /// Collections (id, alias or title) of this node that its key opens, with the rights.
    pub collections: Vec<(String, Rights)>,
    /// Purpose of use that its key is tied to.
    pub purpose: Option<&'a str>,
    /// Legal basis on which it may receive personal data, and that its key is tied to.
    pub basis: Option<&'a str>,
    /// Where it reaches this node.
    pub url: &'a str,
    /// Whose certificate it sees there.
    pub tls: TlsEnd,
    /// How long the invitation is good, in days.
    pub days: u32,
}

/// What is offered, as kept.
#[derive(Clone, Serialize, Deserialize)]
struct Terms {
    standing: Standing,
    state: Option<String>,
    groups: BTreeSet<String>,
    adequate: bool,
    collections: Vec<(String, bool, bool)>,
    purpose: Option<String>,
    basis: Option<String>,
}

/// An invitation that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Invited {
    /// To name it.
    pub id: String,
    /// Display name of who is invited.
    pub name: String,
    /// The text to hand over. It is not shown again.
    pub text: String,
    /// What two people compare on the telephone.
    pub fingerprint: String,
    /// Until when it is good.
    pub expires_at: String,
}

/// An invitation, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InvitationView {
    /// To name it.
    pub id: String,
    /// Display name of who is invited.
    pub name: String,
    /// `open`, `waiting` for a second person, `joined`, `revoked` or `expired`.
    pub state: String,
    /// User who invited.
    pub by: String,
    /// Until when it is good.
    pub expires_at: String,
    /// Short name of the key of who answered; empty when nobody did.
    pub key: String,
    /// Proposal that a second person approves; empty when none waits.
    pub proposal: String,
    /// Member id of who answered; empty when nobody did.
    pub member: String,
    /// The public key of who answered; empty when nobody did.
    pub public_key: String,
}

/// Makes an invitation.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] when the community has a member of this
/// name; [`AppError::NotFound`] for an unknown collection; [`AppError::Invalid`] for an address, group, purpose or basis
/// that cannot be.
pub fn make(app: &App, actor: &Actor, new: &NewInvitation<'_>) -> Result<Invited, AppError> {
    actor.require(&[Role::Administrator], "invite members")?;
    let keys = app.keys()?;
    if new.days == 0 || new.days > DAYS_MAX {
        return Err(AppError::invalid("--days", format!("1 to {DAYS_MAX} days")));
    }
    let url = client::check_address(new.url)?;
    witness::note_own_keys(app)?;
    let id = format!("i{}", token::hex(&app.random_bytes::<4>()));
    let secret = token::text(&app.random_bytes::<32>());
    let expires = app.now().plus_seconds(i64::from(new.days) * 86_400);
    let said = app.store().write("invite.make", |tx| {
        let force = in_force(app, tx)?;
        let terms = terms(tx, &force, new)?;
        let trial: MemberId = format!("identity--{}", app.random_uuid()).parse()?;
        enlarged(&force.agreement, &terms, new.name, &trial, keys.member.public())?;
        let own = notes::key_note(tx, app.member())?
            .ok_or_else(|| AppError::Internal("this node has no key note".into()))?;
        let row = InvitationRow {
            id: id.clone(),
            secret: hash(&secret),
            name: new.name.to_owned(),
            terms: serde_json::to_string(&terms).map_err(|error| AppError::Internal(error.to_string()))?,
            actor: actor.name.clone(),
            state: InvitationState::Open,
            member: None,
            public_key: None,
            proposal: None,
            credential: None,
            made_us: app.now().0,
            expires_us: expires.0,
        };
        rows::insert(tx, &row)?;
        let leaf = journal::leaf(app, "invitation.made", &actor.name).detail("invitation", &id);
        journal::append(app, tx, vec![leaf])?;
        Ok::<_, AppError>(Invitation {
            v: 1,
            community: force.agreement.title.clone(),
            exercise: force.agreement.exercise,
            version: force.agreement.version,
            from: app.member().clone(),
            from_name: force.name_of(app.member()).to_owned(),
            key: keys.member.public(),
            keynote: SignedKeyNote::from_json(&own.body)?,
            at: Address { url: url.clone(), tls: new.tls },
            name: new.name.to_owned(),
            standing: new.standing,
            token: secret.clone(),
            expires,
        })
    })?;
    let signed = Signed::new(said, &keys.member)?;
    Ok(Invited {
        id,
        name: new.name.to_owned(),
        text: signed.to_text()?,
        fingerprint: signed.fingerprint()?,
        expires_at: expires.to_string(),
    })
}

fn terms(tx: &mut Tx<'_>, force: &InForce, new: &NewInvitation<'_>) -> Result<Terms, AppError> {
    credential::check_context(&force.agreement, new.purpose, new.basis)?;
    let mut collections = Vec::new();
    for (name, rights) in &new.collections {
        collections.push((collection::find(tx, name)?.id, rights.read, rights.write));
    }
    Ok(Terms {
        standing: new.standing,
        state: new.state.map(str::to_owned),
        groups: new.groups.iter().cloned().collect(),
        adequate: new.adequate,
        collections,
        purpose: new.purpose.map(str::to_owned),
        basis: new.basis.map(str::to_owned),
    })
}

/// The next version of an agreement, with one more member.
fn enlarged(
    before: &Agreement,
    terms: &Terms,
    name: &str,
    id: &MemberId,
    key: PublicKey,
) -> Result<Agreement, AppError> {
    if before.members.iter().any(|member| member.name == name) {
        return Err(AppError::Conflict(format!("the community has a member `{name}` already")));
    }
    let mut next = before.clone();
    next.version = next.version.saturating_add(1);
    next.members.push(Member {
        id: id.clone(),
        name: name.to_owned(),
        standing: terms.standing,
        state: terms.state.clone(),
        active: true,
        groups: terms.groups.clone(),
        adequate: terms.adequate,
        legal_bases: terms.basis.iter().cloned().collect(),
        keys: vec![key],
        hosted_by: None,
    });
    // Reading it checks it.
    Ok(Agreement::from_toml(&next.to_toml()?)?)
}

/// All invitations, newest first.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<InvitationView>, AppError> {
    let all = app.store().read("invite.list", rows::list)?;
    Ok(all.into_iter().map(|row| view(app, row)).collect())
}

fn view(app: &App, row: InvitationRow) -> InvitationView {
    let is_over = row.state == InvitationState::Open && app.now().0 >= row.expires_us;
    let public_key = row.public_key.clone().unwrap_or_default();
    let key = row.public_key.and_then(|key| key.parse::<PublicKey>().ok());
    InvitationView {
        state: if is_over { "expired" } else { row.state.name() }.to_owned(),
        member: row.member.map(|member| member.to_string()).unwrap_or_default(),
        public_key,
        id: row.id,
        name: row.name,
        by: row.actor,
        expires_at: Micros(row.expires_us).to_string(),
        key: key.map(|key| key.id()).unwrap_or_default(),
        proposal: row.proposal.filter(|_| row.state == InvitationState::Waiting).unwrap_or_default(),
    }
}

/// Takes an invitation back, named by its id, or by the name of who is invited. The proposal of the agreement that names who
/// answered goes with it.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] when none is open by that name.
pub fn revoke(app: &App, actor: &Actor, text: &str) -> Result<InvitationView, AppError> {
    actor.require(&[Role::Administrator], "take invitations back")?;
    app.store().write("invite.revoke", |tx| {
        let is_open = |row: &InvitationRow| {
            matches!(row.state, InvitationState::Open | InvitationState::Waiting)
                && (row.id == text || row.name == text)
        };
        let mut found = rows::list(tx)?.into_iter().filter(is_open);
        let (Some(mut row), None) = (found.next(), found.next()) else {
            return Err(AppError::NotFound(format!(
                "there is not just one open invitation `{text}`: see `comity invitations`"
            )));
        };
        if let Some(id) = row.proposal.take() {
            proposal::withdraw_agreement(app, tx, &id, &actor.name)?;
        }
        row.state = InvitationState::Revoked;
        rows::keep(tx, &row)?;
        let leaf = journal::leaf(app, "invitation.revoked", &actor.name).detail("invitation", &row.id);
        journal::append(app, tx, vec![leaf])?;
        Ok(view(app, row))
    })
}

/// Lets a node in that answers an invitation, or says that a second person has yet to approve the agreement.
///
/// # Errors
/// [`AppError::Invalid`] when it is no answer to any invitation; [`AppError::Denied`], always in the same words, when its
/// token is of none, or of one that was used, has expired or was taken back, or when it is not from whom it says.
pub fn answer(app: &App, channel: Channel, body: &[u8]) -> Result<Vec<u8>, AppError> {
    let signed: Signed<Joining> = Signed::from_json(body)?;
    let said = &signed.said;
    signed.verify(&said.key)?;
    said.keynote.verify(&[said.key])?;
    if let Some(at) = &said.at {
        client::check_address(&at.url)?;
    }
    // Whoever guesses gets no place among the writers.
    if app.store().read("invite.look", |tx| usable(app, tx, said, channel))?.is_none() {
        return Err(refused());
    }
    let fresh = Fresh { bound: matches!(channel, Channel::Certified(_)), ..Fresh::draw(app) };
    let brought = app.store().write("invite.answer", |tx| {
        let Some(row) = usable(app, tx, said, channel)? else { return Err(refused()) };
        admit(app, tx, row, said, &fresh)
    })?;
    let joined = Joined { v: 1, request: signed.digest()?, brought };
    Ok(Signed::new(joined, &app.keys()?.member)?.to_json()?)
}

fn refused() -> AppError {
    AppError::Denied("no invitation that is good here was answered: ask who invited for another".into())
}

/// The invitation that is answered, when it is good for who answers.
fn usable(
    app: &App,
    tx: &mut Tx<'_>,
    said: &Joining,
    channel: Channel,
) -> Result<Option<InvitationRow>, AppError> {
    let secret = hash(&said.token);
    let Some(row) = rows::by_secret(tx, &secret)? else { return Ok(None) };
    let is_same: bool = row.secret.ct_eq(&secret).into();
    let is_own = match channel {
        Channel::Certified(pin) => said.keynote.note.tls.contains(&pin),
        Channel::Bare | Channel::Proxied => true,
    };
    let key = said.key.to_string();
    let is_from = match (&row.member, &row.public_key) {
        (None, None) => true,
        (Some(member), Some(known)) => *member == said.member && *known == key,
        _ => false,
    };
    let is_open = match row.state {
        InvitationState::Revoked => false,
        InvitationState::Open => app.now().0 < row.expires_us,
        // It was answered in time, and is good for nobody else: a second person may take longer.
        InvitationState::Waiting => true,
        // Once the two nodes met, who joined has all that it needs.
        InvitationState::Joined => outbox::mailbox(tx, &said.member)?.met_us == 0,
    };
    let is_good = is_same
        && is_own
        && is_from
        && is_open
        && row.name == said.name
        && said.keynote.note.member == said.member
        && &said.member != app.member();
    Ok(is_good.then_some(row))
}

/// Brings the agreement that names the new member, and then gives it what it needs.
fn admit(
    app: &App,
    tx: &mut Tx<'_>,
    mut row: InvitationRow,
    said: &Joining,
    fresh: &Fresh,
) -> Result<Option<Brought>, AppError> {
    let force = in_force(app, tx)?;
    let terms: Terms = serde_json::from_str(&row.terms)
        .map_err(|error| AppError::Internal(format!("an invitation: {error}")))?;
    match force.agreement.member(&said.member) {
        Some(member) if row.member.is_some() && member.active && member.keys.contains(&said.key) => {}
        Some(_) => return Err(refused()),
        None => {
            row.member = Some(said.member.clone());
            row.public_key = Some(said.key.to_string());
            if force.agreement.signing.is_some() {
                // No door brings what others have to sign: it waits for the version that names who answered.
                row.state = InvitationState::Waiting;
                rows::keep(tx, &row)?;
                return Ok(None);
            }
            let next = enlarged(&force.agreement, &terms, &row.name, &said.member, said.key)?;
            if force.agreement.two_person.contains(&ApprovalRule::Agreement) {
                propose(app, tx, &force, &mut row, &next)?;
                return Ok(None);
            }
            agreement::bring(app, tx, &next, &row.actor)?;
        }
    }
    welcome(app, tx, row, &terms, said, fresh).map(Some)
}

/// Proposes the agreement, unless the proposal to bring it waits already.
fn propose(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    row: &mut InvitationRow,
    next: &Agreement,
) -> Result<(), AppError> {
    let instead_of = force.digest.to_string();
    let waits = match &row.proposal {
        Some(id) => proposal::waits_instead_of(tx, id, &instead_of)?,
        None => false,
    };
    if !waits {
        let inviter = Actor {
            name: row.actor.clone(),
            member: app.member().clone(),
            roles: BTreeSet::new(),
            inner: BTreeSet::new(),
        };
        let action = Action::Agreement { toml: next.to_toml()?, instead_of };
        let reason = "a member that was invited joins, and the agreement asks for a second person";
        if let Some(overtaken) = &row.proposal {
            proposal::withdraw_agreement(app, tx, overtaken, &row.actor)?;
        }
        row.proposal = Some(proposal::propose(app, tx, &inviter, &action, reason)?.id);
    }
    row.state = InvitationState::Waiting;
    rows::keep(tx, row)?;
    Ok(())
}

/// Gives a member of the agreement its key, and makes its node a peer.
fn welcome(
    app: &App,
    tx: &mut Tx<'_>,
    mut row: InvitationRow,
    terms: &Terms,
    said: &Joining,
    fresh: &Fresh,
) -> Result<Brought, AppError> {
    witness::take_keys(app, tx, &said.member, &said.keynote)?;
    if let (Some(at), Some(access)) = (&said.at, &said.access) {
        peer::keep(app, tx, (&said.member, &said.name), at, access)?;
    }
    if let Some(before) = &row.credential {
        access::revoke(tx, before, app.now().0)?;
    }
    let rights =
        |(id, read, write): &(String, bool, bool)| (id.clone(), Rights { read: *read, write: *write });
    let new = NewKey {
        member: said.member.as_str(),
        collections: terms.collections.iter().map(rights).collect(),
        purpose: terms.purpose.as_deref(),
        basis: terms.basis.as_deref(),
        days: None,
        scope: Scope::Exchange,
        inner: Vec::new(),
    };
    let issued = credential::issue(app, tx, &new, fresh, &row.actor)?;
    row.state = InvitationState::Joined;
    row.credential = Some(issued.id);
    rows::keep(tx, &row)?;
    let leaf = journal::leaf(app, "member.joined", &row.actor).member(said.member.as_str());
    journal::append(app, tx, vec![leaf.detail("invitation", &row.id)])?;
    let agreement = in_force(app, tx)?.text.clone();
    Ok(Brought { agreement, access: Access { user: issued.user, secret: issued.secret } })
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
