//! Joining a community by an invitation: makes the home, asks the node that invited, and takes what it brings.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_model::invitation::{INVITATION_BYTES_MAX, Signed, TlsEnd};
use comity_model::succession::signers;
use comity_model::{Access, Address, Agreement, Invitation, Joined, Joining, Member, MemberId, Succession};
use comity_store::Tx;
use comity_store::tables::peer::Peer;
use comity_store::tables::witness::{self as notes, KeyNoteRow};
use comity_store::tables::{access as keys, collection as collections};
use serde::{Deserialize, Serialize};

use crate::carrier::Failure;
use crate::credential::{self, Fresh, NewKey, Rights, Scope};
use crate::exchange::Exchanged;
use crate::home::{self, Setup};
use crate::invite::PATH;
use crate::{
    Actor, App, AppError, Clock, Random, Role, agreement, client, collection, exchange, journal, peer,
    witness,
};

/// What a join that is not finished is kept in.
const PENDING: &str = "joining.json";

/// Who invites whom into what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InvitationRead {
    /// What two people compare on the telephone.
    pub fingerprint: String,
    /// What the community calls itself.
    pub community: String,
    /// Display name of who invites.
    pub from: String,
    /// Short name of its key.
    pub key: String,
    /// Where its node is reached.
    pub url: String,
    /// Display name of who is invited.
    pub name: String,
    /// What it will be in the community.
    pub standing: String,
    /// Until when the invitation is good.
    pub expires_at: String,
}

/// What who joins says about its own node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wish<'a> {
    /// Where others reach it; none when nobody does.
    pub url: Option<&'a str>,
    /// Whose certificate is seen there.
    pub tls: TlsEnd,
    /// Titles of collections to make, which who invited may read.
    pub collections: &'a [String],
    /// Where the database is, when not a file in the home.
    pub store_url: Option<&'a str>,
}

/// A join that is not finished: the token and the secret stand in it, and it goes when the join is done.
#[derive(Serialize, Deserialize)]
struct Pending {
    invitation: String,
    at: Option<Address>,
    access: Option<Access>,
    collections: Vec<String>,
}

/// What came of asking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct JoinView {
    /// Who invited whom into what.
    pub invitation: InvitationRead,
    /// Short name of the member key of this node: who invited sees the same.
    pub own_key: String,
    /// Our name for the node of who invited; none while a second person there has yet to approve.
    pub peer: Option<String>,
    /// How the first meeting with it went; none while that person has yet to approve.
    pub met: Option<Exchanged>,
}

/// Reads an invitation.
///
/// # Errors
/// [`AppError::Invalid`] when it is none, or was altered.
pub fn read(text: &str) -> Result<InvitationRead, AppError> {
    described(&Signed::from_text(text)?)
}

fn described(signed: &Signed<Invitation>) -> Result<InvitationRead, AppError> {
    let said = &signed.said;
    Ok(InvitationRead {
        fingerprint: signed.fingerprint()?,
        community: said.community.clone(),
        from: said.from_name.clone(),
        key: said.key.id(),
        url: said.at.url.clone(),
        name: said.name.clone(),
        standing: said.standing.name().to_owned(),
        expires_at: said.expires.to_string(),
    })
}

/// Makes the home of who was invited, ready to ask: see [`ask`].
///
/// # Errors
/// [`AppError::Invalid`] when the invitation was altered, or an address cannot be; [`AppError::Conflict`] when it has
/// expired, or the folder holds anything; [`AppError::Environment`] when the folder cannot be written.
pub fn begin(
    home: &Path,
    text: &str,
    wish: &Wish<'_>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<(), AppError> {
    let signed: Signed<Invitation> = Signed::from_text(text)?;
    let said = &signed.said;
    if clock.now() >= said.expires {
        return Err(AppError::Conflict(format!(
            "the invitation was good until {}: ask {} for another",
            said.expires, said.from_name
        )));
    }
    let at = match wish.url {
        Some(url) => Some(Address { url: client::check_address(url)?, tls: wish.tls }),
        None => None,
    };
    let setup = Setup { member_name: &said.name, store_url: wish.store_url, exercise: said.exercise };
    let app = home::init(home, &setup, clock, random)?;
    let access =
        at.is_some().then(|| Fresh::draw(&app)).map(|fresh| Access { user: fresh.id, secret: fresh.secret });
    let pending = Pending { invitation: text.to_owned(), at, access, collections: wish.collections.to_vec() };
    let body = serde_json::to_string(&pending).map_err(|error| AppError::Internal(error.to_string()))?;
    // Its certificate is known by its key note, from the first word on.
    app.store().write("join.begin", |tx| {
        let note = &said.keynote.note;
        let row = KeyNoteRow {
            member: said.from.clone(),
            number: i64::try_from(note.number).unwrap_or(i64::MAX),
            log: note.ledger.split('+').next().unwrap_or_default().to_owned(),
            body: said.keynote.to_json()?,
        };
        notes::keep_key_note(tx, &row, app.now().0)?;
        Ok::<_, AppError>(())
    })?;
    home::write_private(&home.join(PENDING), body.as_bytes())
}

/// Asks the node that invited to let this one in, and takes what it brings. Asking again goes on where it stood.
///
/// # Errors
/// [`AppError::NotFound`] when nothing is to be finished; [`AppError::Denied`] without the role administrator, or when
/// the other side does not take the invitation; [`AppError::Environment`] when it does not answer; [`AppError::Invalid`]
/// when its answer is not the one to what was asked.
pub fn ask(app: &App, actor: &Actor) -> Result<JoinView, AppError> {
    actor.require(&[Role::Administrator], "join a community")?;
    let (path, pending) = pending(app)?;
    let invitation: Signed<Invitation> = Signed::from_text(&pending.invitation)?;
    let own_key = app.keys()?.member.public().id();
    let view = JoinView { invitation: described(&invitation)?, own_key, peer: None, met: None };
    let Some(brought) = send(app, &invitation.said, &pending)? else { return Ok(view) };
    let next = Agreement::from_toml(&brought.agreement)?;
    check(app, &invitation.said, &next)?;
    let name = app.store().write("join.take", |tx| {
        agreement::bring(app, tx, &next, &actor.name)?;
        let from = &invitation.said.from;
        witness::take_keys(app, tx, from, &invitation.said.keynote)?;
        open_to(app, tx, actor, from, &pending)?;
        let known = (from, invitation.said.from_name.as_str());
        let name = peer::keep(app, tx, known, &invitation.said.at, &brought.access)?;
        let leaf = journal::leaf(app, "community.joined", &actor.name).member(from.as_str());
        journal::append(app, tx, vec![leaf])?;
        Ok::<_, AppError>(name)
    })?;
    fs::remove_file(&path)
        .map_err(|error| AppError::Environment(format!("file {}: {error}", path.display())))?;
    let met = exchange::run(app, actor, Some(&name))?.into_iter().next();
    Ok(JoinView { peer: Some(name), met, ..view })
}

fn pending(app: &App) -> Result<(PathBuf, Pending), AppError> {
    let path = app.home().join(PENDING);
    let text = fs::read_to_string(&path).map_err(|_| {
        AppError::NotFound(
            "no join is under way in this home: `comity join INVITATION --home DIR` begins one".into(),
        )
    })?;
    let read = serde_json::from_str(&text)
        .map_err(|error| AppError::Environment(format!("file {}: {error}", path.display())))?;
    Ok((path, read))
}

/// Sends the answer to the invitation; gives what is brought, or nothing while a second person has yet to approve.
fn send(
    app: &App,
    invitation: &Invitation,
    pending: &Pending,
) -> Result<Option<comity_model::Brought>, AppError> {
    let own = &app.keys()?.member;
    witness::note_own_keys(app)?;
    let note = app.store().read("join.note", |tx| notes::key_note(tx, app.member()))?;
    let note = note.ok_or_else(|| AppError::Internal("this node has no key note".into()))?;
    let joining = Joining {
        v: 1,
        token: invitation.token.clone(),
        member: app.member().clone(),
        name: invitation.name.clone(),
        key: own.public(),
        keynote: comity_model::SignedKeyNote::from_json(&note.body)?,
        at: pending.at.clone(),
        access: pending.access.clone(),
        said_at: app.now(),
    };
    let signed = Signed::new(joining, own)?;
    let peer = Peer {
        name: String::new(),
        url: invitation.at.url.clone(),
        member: invitation.from.clone(),
        login: String::new(),
        sealed: Vec::new(),
        authority: String::new(),
        trust: peer::trust(&invitation.at),
    };
    let carrier = app.carriers().open(app, &peer, String::new())?;
    let answer = carrier.post(PATH, signed.to_json()?).map_err(|failure| match failure {
        Failure::Final(_) | Failure::Absent(_) => AppError::Denied(format!(
            "{} does not take the invitation: it was used, has expired, was taken back, or is of another node; ask {} \
             for another",
            invitation.at.url, invitation.from_name
        )),
        other => AppError::Environment(format!("{}; try again with `comity join --again`", other.text())),
    })?;
    let told: Signed<Joined> = Signed::from_json(&answer.body)?;
    told.verify(&invitation.key)?;
    if told.said.request != signed.digest()? {
        return Err(AppError::invalid("answer", "it is not the answer to what was asked"));
    }
    Ok(told.said.brought)
}

/// Whether the agreement is one into which this invitation leads.
fn check(app: &App, invitation: &Invitation, next: &Agreement) -> Result<(), AppError> {
    app.store().read("join.check", |tx| agreement::check(app, tx, next))?;
    let fault = |why: &str| Err(AppError::invalid("agreement", why));
    // The agreement may still name a key that the one of the invitation took the place of: the key note says so.
    let follows = &invitation.keynote.note.follows;
    let stated =
        follows.iter().filter(|one| one.verify().is_ok() && one.succession.member == invitation.from);
    let known: Vec<Succession> = stated.map(|one| one.succession.clone()).collect();
    let is_of = |one: &Member| {
        let keys = signers(&one.keys, &known, &[]);
        one.active && keys.iter().any(|signer| signer.key == invitation.key && signer.until.is_none())
    };
    if !next.member(&invitation.from).is_some_and(is_of) {
        return fault("it does not name who invited, with the key of the invitation");
    }
    let own = next.member(app.member());
    if !own.is_some_and(|own| own.active && own.name == invitation.name) {
        return fault("it does not name this member as it was invited");
    }
    if next.version < invitation.version {
        return fault("it is older than the one of the invitation");
    }
    Ok(())
}

/// Makes the collections, and the key that was sent to who invited.
fn open_to(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &Actor,
    from: &MemberId,
    pending: &Pending,
) -> Result<(), AppError> {
    let mut readable = Vec::new();
    for title in &pending.collections {
        let alias = collection::alias_of(title);
        let found = match collections::find(tx, &alias)? {
            Some(found) => found,
            None => collection::make(app, tx, title, &alias, "", &actor.name)?,
        };
        readable.push((found.id, Rights { read: true, write: false }));
    }
    let (Some(at), Some(access)) = (&pending.at, &pending.access) else { return Ok(()) };
    if keys::credential(tx, &access.user)?.is_some() {
        return Ok(());
    }
    let new = NewKey {
        member: from.as_str(),
        collections: readable,
        purpose: None,
        basis: None,
        days: None,
        scope: Scope::Exchange,
        inner: Vec::new(),
    };
    let bound = at.url.starts_with("https:") && at.tls != TlsEnd::Proxy;
    let fresh = Fresh { id: access.user.clone(), secret: access.secret.clone(), bound };
    credential::issue(app, tx, &new, &fresh, &actor.name)?;
    Ok(())
}

/// Largest invitation that is read, in bytes.
pub const BYTES_MAX: usize = INVITATION_BYTES_MAX;
