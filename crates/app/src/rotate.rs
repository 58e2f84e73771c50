//! Changing the keys of a node: a new key takes the place of one, members learn of it by the key note, and what was signed
//! before stays signed.
//!
//! The next key is written beside the one before, the database says that it follows, and then it takes the place of the file.
//! A node that stopped in between finishes that when it is opened, or undoes it when the database does not know of it.

mod files;
mod settle;

use comity_ledger::{HandOver, LedgerKey};
use comity_model::stix::Digest;
use comity_model::{KeyNote, MemberId, MemberKey, SignedSuccession, Succession};
use comity_store::tables::invitation::{self, InvitationRow, InvitationState};
use comity_store::tables::journal::{self as journal_rows, HeadRow};
use comity_store::tables::key_change::{self as rows, Change, KeyChange};
use comity_store::tables::{fact, peer};
use comity_store::{StoreError, Tx};
use serde::Serialize;

pub(crate) use self::files::HISTORY;
pub(crate) use self::settle::{Fit, is_of, settle, take_up};
use crate::{Actor, App, AppError, Role, catchup, courier, home, journal};

/// A key of a node that another can take the place of, besides that of its certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// The key that signs records, messages and key notes.
    Member,
    /// The key that signs the checkpoints of the ledger.
    Ledger,
    /// The key that signs checkpoints of others.
    Witness,
    /// The key under which bundles for this node are sealed.
    Courier,
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Member, Self::Ledger, Self::Witness, Self::Courier];

    /// The word of commands, files and leaves.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Ledger => "ledger",
            Self::Witness => "witness",
            Self::Courier => "courier",
        }
    }

    /// Whether the key before is still of use until [`finish`].
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Witness | Self::Courier)
    }

    /// The short name of the key of a seed.
    fn id(self, seed: &[u8; 32]) -> Result<String, AppError> {
        Ok(match self {
            Self::Member | Self::Witness => MemberKey::from_seed(*seed).public().id(),
            Self::Ledger => ledger_id(&LedgerKey::from_seed("ledger", *seed)?.vkey()),
            Self::Courier => short(&courier::public_key(seed)?),
        })
    }

    /// The public key of a seed, where an agreement names it.
    fn public(self, seed: &[u8; 32]) -> String {
        if self == Self::Member { MemberKey::from_seed(*seed).public().to_string() } else { String::new() }
    }

    /// The fact with the short name of the key that this database goes with.
    fn fact(self) -> &'static str {
        match self {
            Self::Member => "key_member",
            Self::Ledger => "key_ledger",
            Self::Witness => "key_witness",
            Self::Courier => "key_courier",
        }
    }
}

/// The short name of the key in a verifier key, whatever the name of the ledger.
fn ledger_id(vkey: &str) -> String {
    short(vkey.rsplit('+').next().unwrap_or_default())
}

fn short(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string().chars().take(16).collect()
}

/// How often the keys of this node changed: a process that was opened before signs nothing any more.
const CHANGES: &str = "keys_changed";
/// The checkpoints with which the ledger went on under other keys, as a JSON list.
const HANDED_OVER: &str = "ledger_handed_over";

/// A change of a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Changed {
    /// Which: `member`, `ledger`, `witness` or `courier`.
    pub key: &'static str,
    /// Short name of the key that was there.
    pub before: String,
    /// Short name of the key from now on.
    pub now: String,
    /// The public key of the member from now on, as it stands in an agreement; empty for other keys.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub public_key: String,
    /// Whether the one before is still of use until it is dropped.
    pub both: bool,
}

/// Puts a new key in the place of one. A serving node works on once it was started again. Members learn of it by the next
/// exchange; whom this node meets only by bundles is handed its key note.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] while an invitation is open that the member key
/// signed, or while the key before the last change is still of use.
pub fn rotate(app: &App, actor: &Actor, key: Key) -> Result<Changed, AppError> {
    actor.require(&[Role::Administrator], "change keys")?;
    app.keys()?;
    let folder = app.home().join("keys");
    if files::before(&folder, key).exists() {
        return Err(AppError::Conflict(format!(
            "the key before the last change is still there: drop it first, `comity key rotate --{} --finish`",
            key.name()
        )));
    }
    let before = home::read_key(&files::now(&folder, key))?;
    let next = files::prepare(app, &folder, key)?;
    let changed = Changed {
        key: key.name(),
        before: key.id(&before)?,
        now: key.id(&next)?,
        public_key: key.public(&next),
        both: key.is_kept(),
    };
    let written = app.store().write("key.rotate", |tx| {
        if key == Key::Member {
            no_invitation(app, tx)?;
        }
        let leaf = journal::leaf(app, "key.rotated", &actor.name)
            .detail("key", key.name())
            .detail("before", &changed.before)
            .detail("now", &changed.now);
        journal::append(app, tx, vec![leaf])?;
        match key {
            Key::Member => follow(app, tx, &before, &next)?,
            Key::Ledger => hand_over(app, tx, &next)?,
            Key::Witness | Key::Courier => {}
        }
        fact::set(tx, key.fact(), &changed.now)?;
        let changes = changes(tx)?.saturating_add(1);
        fact::set(tx, CHANGES, &changes.to_string())?;
        Ok::<_, AppError>(())
    });
    if let Err(error) = written {
        files::undo(&folder, key)?;
        return Err(error);
    }
    files::place(&folder, key, &next)?;
    app.store().read("key.history", |tx| files::keep_history(app.home(), tx, app.member()))?;
    Ok(changed)
}

/// Drops the key before the last change: nothing is opened or signed with it any more.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] when there is none.
pub fn finish(app: &App, actor: &Actor, key: Key) -> Result<Changed, AppError> {
    actor.require(&[Role::Administrator], "change keys")?;
    app.keys()?;
    let folder = app.home().join("keys");
    let path = files::before(&folder, key);
    if !path.exists() {
        return Err(AppError::NotFound(format!("no key before the {} key is in use", key.name())));
    }
    let (before, now) = (home::read_key(&path)?, home::read_key(&files::now(&folder, key))?);
    let changed = Changed {
        key: key.name(),
        before: key.id(&before)?,
        now: key.id(&now)?,
        public_key: key.public(&now),
        both: false,
    };
    app.store().write("key.finish", |tx| {
        let leaf = journal::leaf(app, "key.dropped", &actor.name);
        let leaf = leaf.detail("key", key.name()).detail("before", &changed.before);
        journal::append(app, tx, vec![leaf])?;
        let changes = changes(tx)?.saturating_add(1);
        fact::set(tx, CHANGES, &changes.to_string())?;
        Ok::<_, AppError>(())
    })?;
    files::remove(&path)?;
    Ok(changed)
}

/// The member key signed what an invitation promises, and its answer would be signed with another.
fn no_invitation(app: &App, tx: &mut Tx<'_>) -> Result<(), AppError> {
    let is_open = |row: &InvitationRow| match row.state {
        InvitationState::Open => app.now().0 < row.expires_us,
        InvitationState::Waiting => true,
        InvitationState::Joined | InvitationState::Revoked => false,
    };
    let open: Vec<String> = invitation::list(tx)?.into_iter().filter(is_open).map(|row| row.id).collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(AppError::Conflict(format!(
        "invitations are open that were signed with the member key: {}; wait until they were answered, or take them back \
         (`comity invitations --revoke`)",
        open.join(", ")
    )))
}

fn follow(app: &App, tx: &mut Tx<'_>, before: &[u8; 32], next: &[u8; 32]) -> Result<(), AppError> {
    let (before, next) = (MemberKey::from_seed(*before), MemberKey::from_seed(*next));
    let said = Succession {
        v: 1,
        member: app.member().clone(),
        before: before.public(),
        next: next.public(),
        at: app.now(),
    };
    keep(app, tx, &said.sign(&before, &next)?)
}

/// Keeps that a key follows another.
pub(crate) fn keep(app: &App, tx: &mut Tx<'_>, signed: &SignedSuccession) -> Result<(), AppError> {
    let said = &signed.succession;
    let row = KeyChange {
        member: said.member.clone(),
        change: Change::Followed,
        key: said.before.id(),
        body: signed.to_json()?,
        since_us: said.at.0,
        at_us: app.now().0,
    };
    rows::add(tx, &row)?;
    // What was refused for an unknown key is judged again.
    Ok(peer::begin_again(tx)?)
}

/// Lets the ledger go on under the next key: under another name, since a name has one key.
fn hand_over(app: &App, tx: &mut Tx<'_>, next: &[u8; 32]) -> Result<(), AppError> {
    let before = &app.keys()?.ledger;
    let name = catchup::next_name(app.member(), before.name(), app.now())?;
    let next = LedgerKey::from_seed(&name, *next)?;
    let head = journal::head(tx)?;
    let checkpoint = HandOver::sign(before, &next, head);
    let size = i64::try_from(head.size).unwrap_or(i64::MAX);
    let row = HeadRow { size, root: head.root.0, checkpoint: checkpoint.clone() };
    journal_rows::set_head(tx, &row)?;
    let mut all = handed_over(tx)?;
    all.push(checkpoint);
    let text = serde_json::to_string(&all).map_err(|error| AppError::Internal(error.to_string()))?;
    fact::set(tx, HANDED_OVER, &text)?;
    fact::set(tx, "ledger_vkey", &next.vkey())?;
    Ok(catchup::note_begins_with(tx, head.size)?)
}

/// The checkpoints with which the ledger of this node went on under other keys, oldest first.
pub(crate) fn handed_over(tx: &mut Tx<'_>) -> Result<Vec<String>, AppError> {
    let text = fact::get(tx, HANDED_OVER)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// How often the keys of this node changed.
pub(crate) fn changes(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    Ok(fact::get(tx, CHANGES)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Refuses to sign for a process that was opened with keys that others took the place of.
pub(crate) fn require_newest(app: &App, tx: &mut Tx<'_>) -> Result<(), AppError> {
    if app.keys()?.changes == changes(tx)? {
        return Ok(());
    }
    Err(AppError::NotNow("the keys of this node changed since it was opened: start it again".into()))
}

/// Puts into a key note how this node came to its keys.
pub(crate) fn state(app: &App, tx: &mut Tx<'_>, note: &mut KeyNote) -> Result<(), AppError> {
    let newest = |all: usize| all.saturating_sub(comity_model::keynote::CHANGES_MAX);
    let mut follows = crate::signers::Signers::read(tx)?.followed(app.member());
    note.follows = follows.split_off(newest(follows.len()));
    let mut handed = handed_over(tx)?;
    note.handed_over = handed.split_off(newest(handed.len()));
    note.witness_before = app.keys()?.witness_before.as_ref().map(comity_ledger::WitnessKey::vkey);
    Ok(())
}

/// Takes the word of another member for how it came to the key that signs its note: what is signed with both keys, and leads
/// from a key that is known here. Gives what is wrong with it.
pub(crate) fn learn(
    app: &App,
    tx: &mut Tx<'_>,
    member: &MemberId,
    stated: &[SignedSuccession],
) -> Result<Option<String>, AppError> {
    let force = crate::force::in_force(app, tx)?;
    let known = force.signers.followed(member);
    let mut fresh: Vec<SignedSuccession> = Vec::new();
    for one in stated {
        if &one.succession.member != member {
            return Ok(Some("a key is said to follow one of another member".into()));
        }
        if let Err(error) = one.verify() {
            return Ok(Some(error.to_string()));
        }
        let same = |other: &&SignedSuccession| other.succession.before == one.succession.before;
        match known.iter().chain(&fresh).find(same) {
            Some(other) if other.succession.next != one.succession.next => {
                tracing::error!(%member, key = one.succession.before.id(), "two keys claim to follow one");
                return Ok(Some(format!(
                    "two keys claim to follow key {}: somebody else may have it (`comity key compromised`)",
                    one.succession.before.id()
                )));
            }
            Some(_) => {}
            None => fresh.push(one.clone()),
        }
    }
    fresh.retain(|one| !force.signers.is_doubted(one, app.now()));
    let signers = force.signers.of(&force.agreement, member, &fresh);
    let is_led = |one: &&SignedSuccession| signers.iter().any(|signer| signer.key == one.succession.next);
    for one in fresh.iter().filter(is_led) {
        keep(app, tx, one)?;
        let leaf = journal::leaf(app, "key.followed", "node")
            .member(member.as_str())
            .detail("before", &one.succession.before.id())
            .detail("now", &one.succession.next.id());
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(None)
}

/// Takes the word of another member for it that another key took the place of the one with which this node was opened: it is
/// signed with that very key. Gives whether that is so.
pub(crate) fn is_given_up(app: &App, tx: &mut Tx<'_>, stated: &[SignedSuccession]) -> Result<bool, AppError> {
    let own = app.keys()?.member.public();
    let Some(found) = stated.iter().find(|one| {
        let said = &one.succession;
        &said.member == app.member() && said.before == own && one.verify().is_ok()
    }) else {
        return Ok(false);
    };
    if catchup::note_old_key(tx, app.now())? {
        let next = found.succession.next.id();
        tracing::error!(key = own.id(), %next, "this node was opened with a member key that was given up");
    }
    Ok(true)
}
