//! A node that was put back to an older state: from a backup, or because an old copy of its home was started.
//!
//! Its ledger would say something else under the same name than it said before. So it goes on under another name, and says
//! with how many leaves of the one before it begins. And it knows neither what it released nor what was taken back since:
//! until it has heard that from those whom it knew, it hands out nothing and takes in nothing but what catches up.

use std::collections::BTreeSet;

use comity_ledger::Leaf;
use comity_model::{MemberId, Micros};
use comity_store::tables::fact;
use comity_store::tables::journal::{self as rows, HeadRow};
use comity_store::tables::outbox::{self as messages, Mailbox};
use comity_store::tables::peer::{self, Peer};
use comity_store::{Store, StoreError, Tx};
use serde::Serialize;

use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError, Role, exchange, journal, pull, triage};

/// The fact that says why a node catches up: [`RESTORED`] or [`ROLLED_BACK`]; empty or absent for a node that does not.
const BEHIND: &str = "behind";
/// The fact that says since when, in microseconds.
const SINCE: &str = "behind_since";
/// The fact with the name of the ledger that has to go on under another name; empty once it does.
const WAS: &str = "ledger_was";
/// The fact with the number of leaves that this ledger has from the one before it.
const FROM: &str = "ledger_from";

/// Made from a backup.
const RESTORED: &str = "restored";
/// An old copy of the home: members have seen a later state of its ledger.
const ROLLED_BACK: &str = "rolled-back";

/// Started with a member key that another took the place of.
const OLD_KEY: &str = "old-key";

/// Kinds of leaves by people that a node takes while it catches up, by how they begin: what it needs for that, and what
/// only takes away, such as the erasures that its backup does not know.
const TAKEN: [&str; 14] = [
    "key.compromised",
    "node.",
    "courier.",
    "agreement.",
    "policy.",
    "proposal.",
    "record.erased",
    "record.withdrawn",
    "record.quarantined",
    "recall.",
    "erasures.applied",
    "approval.reasoned",
    "visit.",
    "user.",
];

/// The name of a member's ledger: the first one, or one that goes on after a restoration.
pub(crate) fn log_name(member: &MemberId, generation: u64) -> String {
    let uuid = member.id().uuid();
    if generation < 2 { format!("comity/{uuid}") } else { format!("comity/{uuid}/{generation}") }
}

/// Which of the ledgers of a member bears this name, from 1; none when it is no name of one.
pub(crate) fn generation(member: &MemberId, name: &str) -> Option<u64> {
    let rest = name.strip_prefix(&log_name(member, 1))?;
    let number = if rest.is_empty() { 1 } else { rest.strip_prefix('/')?.parse().ok()? };
    (log_name(member, number) == name).then_some(number)
}

/// The name under which a node signs its ledger: that of the head that is kept, or another one when it has to go on at
/// this instant. Names follow the clock, because one backup can be restored twice: no two of them go on under one name.
pub(crate) fn name(store: &Store, member: &MemberId, go_on: Option<Micros>) -> Result<String, AppError> {
    let (kept, was) =
        store.read("catchup.name", |tx| Ok::<_, StoreError>((kept(tx)?, fact::get(tx, WAS)?)))?;
    let Some(kept) = kept else { return Ok(log_name(member, 1)) };
    let Some(number) = generation(member, &kept) else {
        return Err(AppError::Environment(format!(
            "the head of the ledger bears the name `{kept}`, which is not one of {}: it was altered, or belongs to another \
             node",
            log_name(member, 1)
        )));
    };
    Ok(match go_on.filter(|_| was.is_some_and(|was| was == kept)) {
        Some(now) => later(member, number, now),
        None => kept,
    })
}

fn later(member: &MemberId, number: u64, now: Micros) -> String {
    let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or(0);
    log_name(member, number.saturating_add(1).max(seconds))
}

/// The name under which the ledger of a member goes on that bears this one.
pub(crate) fn next_name(member: &MemberId, name: &str, now: Micros) -> Result<String, AppError> {
    let number = generation(member, name)
        .ok_or_else(|| AppError::Internal(format!("`{name}` is no name of the ledger of {member}")))?;
    Ok(later(member, number, now))
}

/// The name in the head of the ledger.
fn kept(tx: &mut Tx<'_>) -> Result<Option<String>, StoreError> {
    let head = rows::head(tx)?;
    Ok(head.map(|row| row.checkpoint.lines().next().unwrap_or_default().to_owned()))
}

/// Notes that what is in this database was put back to an older state.
pub(crate) fn note(tx: &mut Tx<'_>, now: Micros) -> Result<(), StoreError> {
    let was = kept(tx)?.unwrap_or_default();
    fact::set(tx, WAS, &was)?;
    fact::set(tx, BEHIND, RESTORED)?;
    fact::set(tx, SINCE, &now.0.to_string())
}

/// Lets the ledger go on under the name that the node was opened with, when it has to. Gives whether it is the name of
/// the ledger now: another process may have been first.
pub(crate) fn go_on(app: &App) -> Result<bool, AppError> {
    let is_due =
        |tx: &mut Tx<'_>| Ok::<_, StoreError>(fact::get(tx, WAS)?.is_some_and(|was| !was.is_empty()));
    let Ok(keys) = app.keys() else { return Ok(true) };
    if !app.store().read("catchup.due", is_due)? {
        let kept = app.store().read("catchup.kept", kept)?;
        return Ok(kept.is_none_or(|kept| kept == keys.ledger.name()));
    }
    app.store().write("catchup.go-on", |tx| {
        if !is_due(tx)? {
            return Ok(kept(tx)?.is_some_and(|kept| kept == keys.ledger.name()));
        }
        let was = fact::get(tx, WAS)?.unwrap_or_default();
        let head = journal::head(tx)?;
        let size = head.size.to_string();
        let checkpoint = keys.ledger.sign_checkpoint(head);
        let row =
            HeadRow { size: i64::try_from(head.size).unwrap_or(i64::MAX), root: head.root.0, checkpoint };
        rows::set_head(tx, &row)?;
        for (name, value) in [("ledger_vkey", app.ledger_vkey()), (WAS, ""), (FROM, size.as_str())] {
            fact::set(tx, name, value)?;
        }
        let leaf = journal::leaf(app, "ledger.continued", "node").detail("was", &was).detail("leaves", &size);
        journal::append(app, tx, vec![leaf])?;
        Ok(true)
    })
}

/// With how many leaves of the ledger before it this one begins; none for a first one.
pub(crate) fn begins_with(tx: &mut Tx<'_>) -> Result<Option<u64>, StoreError> {
    Ok(fact::get(tx, FROM)?.and_then(|text| text.parse().ok()))
}

/// Notes with how many leaves of the one before it the ledger begins.
pub(crate) fn note_begins_with(tx: &mut Tx<'_>, leaves: u64) -> Result<(), StoreError> {
    fact::set(tx, FROM, &leaves.to_string())
}

/// Notes that a member key lies here that another took the place of: nothing is signed with it.
/// Gives whether that is new.
pub(crate) fn note_old_key(tx: &mut Tx<'_>, now: Micros) -> Result<bool, StoreError> {
    if behind(tx)?.as_deref() == Some(OLD_KEY) {
        return Ok(false);
    }
    fact::set(tx, BEHIND, OLD_KEY)?;
    fact::set(tx, SINCE, &now.0.to_string())?;
    Ok(true)
}

/// Notes that the database is older than the keys that lie beside it, when that is not noted yet.
pub(crate) fn note_older(tx: &mut Tx<'_>, now: Micros) -> Result<(), StoreError> {
    match behind(tx)?.as_deref() {
        Some(RESTORED) => Ok(()),
        _ => note(tx, now),
    }
}

/// Refuses leaves that this node must not write now.
pub(crate) fn require_leaves(tx: &mut Tx<'_>, leaves: &[Leaf]) -> Result<(), AppError> {
    let is_taken = |leaf: &Leaf| {
        // No name of a user has a colon.
        let by_others = ["peer:", "member:"].iter().any(|actor| leaf.actor.starts_with(actor));
        let by_itself = ["node", "clock"].contains(&leaf.actor.as_str()) || by_others;
        by_itself || TAKEN.iter().any(|kind| leaf.kind.starts_with(kind))
    };
    match behind(tx)?.as_deref() {
        None => Ok(()),
        Some(RESTORED) if leaves.iter().all(is_taken) => Ok(()),
        Some(why) => Err(not_now(why)),
    }
}

/// Refuses to hand out what may have been taken back since.
pub(crate) fn require(tx: &mut Tx<'_>) -> Result<(), AppError> {
    behind(tx)?.map_or(Ok(()), |why| Err(not_now(&why)))
}

/// Whether this node catches up.
pub(crate) fn is_behind(tx: &mut Tx<'_>) -> Result<bool, AppError> {
    Ok(behind(tx)?.is_some())
}

fn behind(tx: &mut Tx<'_>) -> Result<Option<String>, StoreError> {
    Ok(fact::get(tx, BEHIND)?.filter(|why| !why.is_empty()))
}

fn not_now(why: &str) -> AppError {
    let what = if why == RESTORED {
        "this node was restored, and catches up: until `comity catch-up` has heard from the members that it knew, it can \
         be read on its own machine, and takes in and hands out nothing else"
    } else if why == OLD_KEY {
        "members know that another member key took the place of the one with which this node was started: put the newest \
         `keys` folder into its home. Until then it can be read on its own machine"
    } else {
        "members have seen a later state of this node's ledger: an old copy of its home was started. It can be read on its \
         own machine; `comity catch-up` goes on from here"
    };
    AppError::NotNow(what.to_owned())
}

/// Notes that members have seen a later state of this node's ledger than it has.
pub(crate) fn note_rolled_back(app: &App) -> Result<(), AppError> {
    app.store().write("catchup.rolled-back", |tx| {
        if behind(tx)?.is_none_or(|why| why != ROLLED_BACK) {
            fact::set(tx, BEHIND, ROLLED_BACK)?;
            fact::set(tx, SINCE, &app.now().0.to_string())?;
        }
        Ok(())
    })
}

/// Why a node catches up and since when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Behind {
    /// `restored` or `rolled-back`.
    pub why: String,
    /// Since when.
    pub since: String,
}

/// Why this node catches up; none when it does not.
///
/// # Errors
/// Those of the store.
pub fn state(app: &App) -> Result<Option<Behind>, AppError> {
    Ok(app.store().read("catchup.state", |tx| {
        let Some(why) = behind(tx)? else { return Ok::<_, StoreError>(None) };
        Ok(Some(Behind { why, since: since(tx)?.to_string() }))
    })?)
}

/// Notes that everything that the node of a member had to say was taken, when this node catches up.
pub(crate) fn note_heard(app: &App, member: &MemberId) -> Result<(), AppError> {
    if app.store().read("catchup.is-behind", behind)?.is_none() {
        return Ok(());
    }
    let heard = |tx: &mut Tx<'_>| fact::set(tx, &heard_name(member), &app.now().0.to_string());
    Ok(app.store().write("catchup.heard", heard)?)
}

/// Notes the same of a member without a network, whose bundle answers one that this node made at an instant: only what it
/// says after this node was put back counts.
pub(crate) fn note_answered(app: &App, member: &MemberId, made_us: i64) -> Result<(), AppError> {
    if app.store().read("catchup.answered", since)?.0 <= made_us {
        note_heard(app, member)?;
    }
    Ok(())
}

/// The fact that says when everything that the node of a member had to say was taken last.
fn heard_name(member: &MemberId) -> String {
    format!("heard {member}")
}

fn since(tx: &mut Tx<'_>) -> Result<Micros, StoreError> {
    Ok(Micros(fact::get(tx, SINCE)?.and_then(|text| text.parse().ok()).unwrap_or(i64::MAX)))
}

/// Lets a node go on that is an old copy of itself: its ledger gets another name when it is opened the next time.
/// Nothing changes for one that was restored. Gives whether it has to be opened again.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] for a node that is not behind.
pub fn take_up(app: &App, actor: &Actor) -> Result<bool, AppError> {
    actor.require(&[Role::Administrator], "let a node catch up")?;
    app.store().write("catchup.take-up", |tx| match behind(tx)?.as_deref() {
        None => Err(AppError::Conflict("this node is not behind: there is nothing to catch up with".into())),
        Some(ROLLED_BACK) => {
            note(tx, app.now())?;
            Ok(true)
        }
        Some(_) => Ok(false),
    })
}

/// A member from which has not come yet what this node may have missed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Outstanding {
    /// Display name of the member.
    pub member: String,
    /// Why, and what to do.
    pub why: String,
}

/// What catching up brought.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct CaughtUp {
    /// Whether the node works as before now.
    pub done: bool,
    /// Records that came.
    pub received: usize,
    /// Members that are still to be heard.
    pub outstanding: Vec<Outstanding>,
    /// Members in whose nodes another agreement is in force.
    pub other_agreement: Vec<String>,
}

/// Exchanges messages with every peer and pulls what it releases. When all of them were heard, and all members that
/// once exchanged messages with this node, it works as before. `without` names those that are not waited for.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] for a node that is not behind, or that
/// has to be opened again; [`AppError::NotFound`] for a name in `without` that is not outstanding; [`AppError::Invalid`]
/// for `without` and no reason.
pub fn run(app: &App, actor: &Actor, without: &[String], reason: &str) -> Result<CaughtUp, AppError> {
    if take_up(app, actor)? {
        return Err(AppError::Conflict("the ledger goes on under another name: open the node again".into()));
    }
    if !without.is_empty() {
        triage::reason("--reason", reason)?;
    }
    let peers = app.store().read("catchup.peers", peer::list)?;
    let mut caught = CaughtUp::default();
    let mut failed: Vec<(MemberId, String)> = Vec::new();
    for peer in &peers {
        match heard(app, actor, peer) {
            Ok(received) => caught.received += received,
            Err(AppError::NotNow(why)) => failed.push((peer.member.clone(), why)),
            Err(error) => return Err(error),
        }
    }
    app.store().write("catchup.run", |tx| {
        // A member may have shown meanwhile that this is an old copy, or another process may have been here.
        match behind(tx)?.as_deref() {
            Some(RESTORED) => {}
            Some(why) => return Err(not_now(why)),
            None => return Err(AppError::Conflict("this node has caught up already".into())),
        }
        let force = in_force(app, tx)?;
        let mut open = outstanding(app, tx, &force, &failed)?;
        let mut left_out = BTreeSet::new();
        for name in without {
            let before = open.len();
            open.retain(|one| &one.member != name);
            if open.len() == before {
                let why = format!("`{name}` is not among those that are still to be heard");
                return Err(AppError::NotFound(why));
            }
            left_out.insert(name.as_str());
        }
        let digest = force.digest;
        let met = messages::mailboxes(tx)?;
        let others = met.iter().filter(|one| one.agreement.is_some_and(|theirs| theirs != digest));
        let other_agreement = others.map(|one| force.name_of(&one.member).to_owned()).collect();
        let done = open.is_empty();
        if done {
            fact::set(tx, BEHIND, "")?;
            let leaf = journal::leaf(app, "node.caught-up", &actor.name)
                .detail("peers", &peers.len().to_string())
                .detail("without", &left_out.len().to_string());
            journal::append(app, tx, vec![leaf])?;
        }
        Ok(CaughtUp { done, outstanding: open, other_agreement, ..caught.clone() })
    })
}

/// Hears one peer; how many records came. [`AppError::NotNow`] says why it was not heard to its end.
fn heard(app: &App, actor: &Actor, peer: &Peer) -> Result<usize, AppError> {
    let only = Some(peer.name.as_str());
    let pulled = pull::run(app, actor, only, None, None, &mut |_| {})?;
    if let Some(one) = pulled.iter().find(|one| !one.failure.is_empty() || !one.unsaid.is_empty()) {
        return Err(AppError::NotNow(format!("{}{}", one.failure, one.unsaid)));
    }
    let said = exchange::run(app, actor, only)?;
    match said.iter().find(|one| !one.failure.is_empty()) {
        Some(one) => Err(AppError::NotNow(one.failure.clone())),
        None => Ok(pulled.iter().map(|one| one.received + one.changed).sum()),
    }
}

/// Who is still to be heard: peers that failed, and members whose nodes met this one before and not since.
fn outstanding(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    failed: &[(MemberId, String)],
) -> Result<Vec<Outstanding>, AppError> {
    let since = since(tx)?;
    let is_active = |id: &MemberId| force.agreement.member(id).is_some_and(|member| member.active);
    let mut open: Vec<Outstanding> = Vec::new();
    let mut add = |id: &MemberId, why: String| {
        let member = force.name_of(id).to_owned();
        if id != app.member() && is_active(id) && open.iter().all(|one| one.member != member) {
            open.push(Outstanding { member, why });
        }
    };
    for (member, why) in failed {
        add(member, why.clone());
    }
    for Mailbox { member, met_us, told_n, .. } in messages::mailboxes(tx)? {
        let heard = fact::get(tx, &heard_name(&member))?.and_then(|text| text.parse::<i64>().ok());
        if met_us < since.0 {
            add(
                &member,
                "its node has not met this one since: wait until it does, or ask its people to".into(),
            );
        } else if heard.is_none_or(|heard| heard < since.0) {
            add(&member, "not everything that its node has to say was taken: see `comity exchange`".into());
        } else if messages::left(tx, &member, told_n)? > 0 {
            add(&member, "it has not taken all messages of this node yet".into());
        }
    }
    Ok(open)
}
