//! Members witness each other's ledgers: each node remembers the checkpoints that others show it, signs those that extend
//! what it has seen, and passes on what it has seen. So a ledger that shows two members two histories, or goes back behind
//! what it showed, is found by the members themselves.

mod judge;
mod part;

use std::collections::BTreeMap;

use comity_ledger::{LedgerError, Verifier};
use comity_model::{Micros, SignedKeyNote};
use comity_store::Tx;
use comity_store::tables::witness::{self as rows, Evidence};
use serde::{Deserialize, Serialize};

pub(crate) use self::judge::{take, take_keys};
pub(crate) use self::part::{note_own_keys, offer, own_note};
use crate::force::in_force;
use crate::proposal::{self, Action, ProposalView};
use crate::{Actor, App, AppError, Role, journal, triage};

/// Two histories of one ledger.
const SPLIT_VIEW: &str = "split-view";
/// A ledger that became shorter.
const ROLLED_BACK: &str = "rolled-back";
/// Seen once: it may be an answer that was on its way.
const SUSPECTED: &str = "suspected";
/// An alarm.
const OPEN: &str = "open";

/// What this node has seen of the ledger of one member.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LogView {
    /// Name of the ledger.
    pub log: String,
    /// Display name of its member.
    pub member: String,
    /// Verifier key of the ledger.
    pub ledger_key: String,
    /// Verifier key under which that member signs checkpoints of others.
    pub witness_key: String,
    /// Size of the checkpoint signed last.
    pub size: i64,
    /// When it was signed; empty before the first.
    pub at: String,
    /// Largest checkpoint of this node's ledger under which that member put its signature; 0 for none.
    pub signed_ours: i64,
    /// Name of the evidence that is open or suspected, with its kind and state; empty when all is well.
    pub alarm: String,
    /// What was wrong with what that node said last about ledgers; empty when nothing was.
    pub fault: String,
    /// What that node finds wrong with what this one said last; empty when nothing.
    pub says: String,
}

/// Everything that this node has seen of the ledgers of others.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<LogView>, AppError> {
    app.store().read("witness.list", |tx| {
        let force = in_force(app, tx)?;
        let lines = rows::lines(tx, part::own_log(app), 0, i64::MAX)?;
        let alarms = alarms(tx)?;
        let mut views = Vec::new();
        for row in rows::key_notes(tx)?.into_iter().filter(|row| &row.member != app.member()) {
            let newest = rows::newest(tx, &row.log)?;
            let keys = SignedKeyNote::from_json(&row.body)?.note;
            let peer = rows::peer(tx, &row.member)?;
            let ours = lines.iter().find(|line| line.member == row.member);
            views.push(LogView {
                member: force.name_of(&row.member).to_owned(),
                ledger_key: keys.ledger,
                witness_key: keys.witness,
                size: newest.as_ref().map_or(0, |one| one.size),
                at: newest.map(|one| Micros(one.at_us).to_string()).unwrap_or_default(),
                signed_ours: ours.map_or(0, |line| line.size),
                alarm: alarm_among(&alarms, &row.log),
                log: row.log,
                fault: peer.fault,
                says: peer.says,
            });
        }
        Ok(views)
    })
}

/// The verifier key under which this node signs checkpoints of others.
///
/// # Errors
/// [`AppError::Environment`] without the keys.
pub fn own_key(app: &App) -> Result<String, AppError> {
    Ok(app.keys()?.witness.vkey())
}

/// The key note of this node as a text for members that did not hear of it by an exchange.
///
/// # Errors
/// [`AppError::Environment`] without the keys.
pub fn own_key_note(app: &App) -> Result<String, AppError> {
    app.keys()?;
    note_own_keys(app)?;
    let row = app.store().read("witness.own_note", |tx| rows::key_note(tx, app.member()))?;
    Ok(row.map(|row| row.body).unwrap_or_default())
}

/// Takes the key note of a member from a text. It is believed for the signature of a key of the agreement, whoever brings
/// it. Gives the display name of the member.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Invalid`] when it is none, is not signed by a key of
/// its member in the agreement, or is older than the one that is known.
pub fn learn(app: &App, actor: &Actor, text: &str) -> Result<String, AppError> {
    actor.require(&[Role::Administrator], "take keys of members")?;
    let signed = SignedKeyNote::from_json(text)?;
    let member = &signed.note.member;
    app.store().write("witness.learn", |tx| {
        if member == app.member() {
            return Err(AppError::invalid("key note", "it is of this node's own member"));
        }
        take_keys(app, tx, member, &signed)?;
        Ok(in_force(app, tx)?.name_of(member).to_owned())
    })
}

/// The sizes at which other members signed checkpoints of this node's ledger, each with their lines.
pub(crate) fn signed(app: &App, tx: &mut Tx<'_>) -> Result<BTreeMap<u64, Vec<String>>, AppError> {
    let mut signed: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    if app.has_keys() {
        for line in rows::lines(tx, part::own_log(app), 0, i64::MAX)? {
            signed.entry(line.size.unsigned_abs()).or_default().push(line.line);
        }
    }
    Ok(signed)
}

/// Of the checkpoints that hold this leaf the one that most members signed, and of those the newest.
pub(crate) fn most_signed(
    app: &App,
    tx: &mut Tx<'_>,
    leaf: u64,
) -> Result<Option<(u64, Vec<String>)>, AppError> {
    app.keys()?;
    let holding = signed(app, tx)?.into_iter().filter(|(size, _)| *size > leaf);
    Ok(holding.max_by_key(|(size, lines)| (lines.len(), *size)))
}

/// The alarm about a ledger, or the suspicion; empty when there is none.
pub(crate) fn alarm_of(tx: &mut Tx<'_>, log: &str) -> Result<String, AppError> {
    Ok(alarm_among(&alarms(tx)?, log))
}

/// Every alarm, then every suspicion.
fn alarms(tx: &mut Tx<'_>) -> Result<Vec<Evidence>, AppError> {
    let mut all = rows::evidence(tx, None, OPEN)?;
    all.extend(rows::evidence(tx, None, SUSPECTED)?);
    Ok(all)
}

/// What is to be said first of a ledger: an alarm before a suspicion, and what is about it before what is about an earlier
/// name of it.
fn alarm_among(all: &[Evidence], log: &str) -> String {
    let of_state = |state: &'static str| all.iter().filter(move |one| one.state == state);
    let found = [OPEN, SUSPECTED].into_iter().find_map(|state| {
        of_state(state)
            .find(|one| one.log == log)
            .or_else(|| of_state(state).find(|one| is_of_one(&one.log, log)))
    });
    found.map(|one| format!("{} {} {}", one.state, one.kind, one.id)).unwrap_or_default()
}

/// Whether two names are of ledgers of one member.
fn is_of_one(one: &str, other: &str) -> bool {
    let member = |name: &str| name.split('/').nth(1).map(str::to_owned);
    one != other && member(one) == member(other)
}

/// Two signed checkpoints of one ledger that do not go together, as a file for outsiders.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fork {
    /// Name of the ledger.
    pub log: String,
    /// `split-view` or `rolled-back`.
    pub kind: String,
    /// `suspected`, `open` or `cleared`.
    pub state: String,
    /// When it was seen first.
    pub at: String,
    /// The checkpoint that was known.
    pub known: String,
    /// The checkpoint that was shown.
    pub shown: String,
}

/// What a pair of checkpoints shows to somebody who has only the ledger's key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// One size, two roots: the ledger signed two histories.
    TwoHistories,
    /// Two sizes: whether they contradict each other shows only the proof between them, which the ledger owes.
    OweProof,
    /// The same checkpoint twice.
    Nothing,
}

impl Fork {
    /// Checks both checkpoints with the key of the ledger.
    ///
    /// # Errors
    /// [`LedgerError`] when one of them is not signed by it.
    pub fn verify(&self, log: &Verifier) -> Result<Shown, LedgerError> {
        let [known, shown] = [log.open(&self.known)?, log.open(&self.shown)?];
        Ok(match (known.size == shown.size, known.root == shown.root) {
            (true, true) => Shown::Nothing,
            (true, false) => Shown::TwoHistories,
            (false, _) => Shown::OweProof,
        })
    }
}

/// A piece of evidence, by its name in [`list`].
///
/// # Errors
/// [`AppError::NotFound`] for an unknown name.
pub fn evidence(app: &App, id: &str) -> Result<Fork, AppError> {
    let found = app.store().read("witness.evidence", |tx| rows::find_evidence(tx, id))?;
    let Evidence { log, kind, state, known, shown, at_us, .. } = found.ok_or_else(|| {
        AppError::NotFound(format!("there is no evidence `{id}`: see `comity witness list`"))
    })?;
    Ok(Fork { log, kind, state, at: Micros(at_us).to_string(), known, shown })
}

/// Proposes to take up a ledger again about which there is an alarm: a second person approves. The evidence stays; what
/// the ledger shows next is taken as if it were the first. `log` may also be another name of the ledger, from before or after a
/// restoration: what is cleared is the name that the alarm is about.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] when there is no alarm about it;
/// [`AppError::Invalid`] without a reason.
pub fn propose_clear(app: &App, actor: &Actor, log: &str, reason: &str) -> Result<ProposalView, AppError> {
    actor.require(&[Role::Administrator], "clear an alarm about a ledger")?;
    let reason = triage::reason("--reason", reason)?;
    app.store().write("witness.propose", |tx| {
        let log = alarmed(tx, log)?;
        proposal::propose(app, tx, actor, &Action::ClearAlarm { log }, &reason)
    })
}

/// The name about which there is an alarm: the one that is named, or another of the same ledger.
fn alarmed(tx: &mut Tx<'_>, log: &str) -> Result<String, AppError> {
    let all = rows::evidence(tx, None, OPEN)?;
    let found =
        all.iter().find(|one| one.log == log).or_else(|| all.iter().find(|one| is_of_one(&one.log, log)));
    found.map(|one| one.log.clone()).ok_or_else(|| no_alarm(log))
}

fn no_alarm(log: &str) -> AppError {
    AppError::NotFound(format!("there is no open alarm about the ledger `{log}`: see `comity witness list`"))
}

/// Carries out what was approved.
pub(crate) fn clear(app: &App, tx: &mut Tx<'_>, log: &str, by: &str) -> Result<(), AppError> {
    require_open(tx, log)?;
    rows::clear(tx, log)?;
    rows::drop_suspicion(tx, log)?;
    rows::forget(tx, log)?;
    let owner = rows::key_notes(tx)?.into_iter().find(|row| row.log == log).map(|row| row.member);
    let leaf = journal::leaf(app, "witness.cleared", by);
    let leaf = owner.iter().fold(leaf, |leaf, owner| leaf.member(owner.as_str()));
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// The names of the open evidence against a ledger.
pub(crate) fn open(tx: &mut Tx<'_>, log: &str) -> Result<Vec<String>, AppError> {
    Ok(rows::evidence(tx, Some(log), OPEN)?.into_iter().map(|one| one.id).collect())
}

fn require_open(tx: &mut Tx<'_>, log: &str) -> Result<(), AppError> {
    if open(tx, log)?.is_empty() { Err(no_alarm(log)) } else { Ok(()) }
}
