//! What two nodes say to each other about their ledgers: the part of an exchange, and what this node puts into it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use comity_ledger::{Head, consistency, path_text, with_lines};
use comity_model::keynote::CHANGES_MAX;
use comity_model::{KeyNote, MemberId, SignedKeyNote, SignedSuccession};
use comity_store::Tx;
use comity_store::tables::journal as journal_rows;
use comity_store::tables::witness::{self as rows, KeyNoteRow};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::few::Few;
use crate::force::in_force;
use crate::journal::TxHashes;
use crate::{App, AppError, catchup, courier, home, journal, ledger, rotate, tls};

/// Most checkpoints of third ledgers, and most proofs, in one part.
pub(super) const SEEN_MAX: usize = 100;
/// Most keys of third members that follow others in one part: the newest.
pub(super) const FOLLOWS_MAX: usize = 32;
/// Most signature lines in one part.
const LINES_MAX: usize = 16;

/// What one node says about ledgers. Fields that are not known here are passed over.
#[derive(Serialize, Deserialize)]
pub(super) struct Part {
    /// The sender's keys, signed by its member key.
    pub(super) keys: SignedKeyNote,
    /// The number of the other side's key note that the sender has; 0 for none.
    #[serde(default)]
    pub(super) noted: u64,
    /// What the sender knows of keys of the other side that follow others, signed with both.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) yours: Few<SignedSuccession, CHANGES_MAX>,
    /// What the sender knows of keys of third members that follow others, signed with both: records of theirs may come from
    /// the sender.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) follows: Few<SignedSuccession, FOLLOWS_MAX>,
    /// The newest checkpoint of the sender's ledger.
    pub(super) checkpoint: String,
    /// The size of the other side's ledger that the sender has signed last; 0 for none.
    #[serde(default)]
    pub(super) known: u64,
    /// The size of its own ledger from which `path` leads to `checkpoint`.
    #[serde(default)]
    pub(super) old: u64,
    /// That consistency proof, a hash in base64 a line.
    #[serde(default)]
    pub(super) path: String,
    /// Signature lines under checkpoints of the other side's ledger.
    #[serde(default)]
    pub(super) cosigned: Few<Line, LINES_MAX>,
    /// Checkpoints of third ledgers, as the sender has seen them.
    #[serde(default)]
    pub(super) seen: Few<String, SEEN_MAX>,
    /// Sizes of the other side's ledger from which the sender wants to see the way to the newest.
    #[serde(default)]
    pub(super) ask: Few<u64, SEEN_MAX>,
    /// The ways from the sizes that the other side asked for to `checkpoint`.
    #[serde(default)]
    pub(super) proofs: Few<Proof, SEEN_MAX>,
    /// A checkpoint of the other side's ledger that does not go together with what it showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) conflict: Option<String>,
    /// What was wrong with what the other side said last; empty when nothing was.
    #[serde(default)]
    pub(super) fault: String,
}

fn is_none<const MAX: usize>(all: &Few<SignedSuccession, MAX>) -> bool {
    all.0.is_empty()
}

/// A signature line under the checkpoint of this size.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) size: u64,
    pub(super) line: String,
}

/// A consistency proof from this size.
#[derive(Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) size: u64,
    pub(super) path: String,
}

/// Signs a note of this node's keys when there is none yet, or its keys are others now. A node without keys has none.
pub(crate) fn note_own_keys(app: &App) -> Result<(), AppError> {
    let Ok(keys) = app.keys() else { return Ok(()) };
    let tls = tls::own_pins(app)?;
    let courier = Some(courier::public_key(&keys.courier)?);
    let before = keys.witness_before.as_ref().map(comity_ledger::WitnessKey::vkey);
    let is_same = |row: &KeyNoteRow| {
        SignedKeyNote::from_json(&row.body).is_ok_and(|signed| {
            signed.note.witness_before == before
                && signed.note.ledger == app.ledger_vkey()
                && signed.note.witness == keys.witness.vkey()
                && signed.note.tls == tls
                && signed.note.courier == courier
                && signed.key == keys.member.public().id()
        })
    };
    if app.store().read("witness.own", |tx| rows::key_note(tx, app.member()))?.as_ref().is_some_and(is_same) {
        return Ok(());
    }
    app.store().write("witness.note", |tx| {
        let known = rows::key_note(tx, app.member())?;
        if known.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        // A node that was put back to an older state must not use a number twice: the clock goes on.
        let number = known.map_or(0, |row| row.number).saturating_add(1).max(app.now().0 / 1_000_000);
        let mut note = KeyNote {
            v: 1,
            member: app.member().clone(),
            number: number.unsigned_abs(),
            ledger: app.ledger_vkey().to_owned(),
            witness: keys.witness.vkey(),
            continues: catchup::begins_with(tx)?,
            tls: tls.clone(),
            courier: courier.clone(),
            follows: Vec::new(),
            handed_over: Vec::new(),
            witness_before: None,
            more: BTreeMap::new(),
        };
        rotate::state(app, tx, &mut note)?;
        let body = note.sign(&keys.member)?.to_json()?;
        let row = KeyNoteRow { member: app.member().clone(), number, log: own_log(app).to_owned(), body };
        rows::keep_key_note(tx, &row, app.now().0)?;
        let leaf = journal::leaf(app, "keys.noted", "node").detail("number", &number.to_string());
        journal::append(app, tx, vec![leaf])?;
        Ok(())
    })
}

/// The name of this node's ledger.
pub(super) fn own_log(app: &App) -> &str {
    app.ledger_vkey().split('+').next().unwrap_or_default()
}

/// What this node tells the node of a member about ledgers; nothing before it has noted its keys.
pub(crate) fn offer(app: &App, tx: &mut Tx<'_>, to: &MemberId) -> Result<Option<Box<RawValue>>, AppError> {
    let (Some(own), Some(head_row)) = (rows::key_note(tx, app.member())?, journal_rows::head(tx)?) else {
        return Ok(None);
    };
    let head = journal::head(tx)?;
    let theirs = rows::key_note(tx, to)?;
    let noted = theirs.as_ref().map_or(0, |row| row.number.unsigned_abs());
    let theirs = theirs.map(|row| row.log);
    let peer = rows::peer(tx, to)?;
    let old = peer.known.unsigned_abs();
    let asked: Vec<u64> = serde_json::from_str(&peer.asked).unwrap_or_default();
    let mut proofs = Vec::new();
    for size in asked {
        if let Some(path) = way(tx, size, head)? {
            proofs.push(Proof { size, path });
        }
    }
    let mut part = Part {
        keys: SignedKeyNote::from_json(&own.body)?,
        noted,
        yours: Few(newest(in_force(app, tx)?.signers.followed(to), CHANGES_MAX)),
        follows: Few(newest(in_force(app, tx)?.signers.of_others(&[app.member(), to]), FOLLOWS_MAX)),
        checkpoint: head_row.checkpoint,
        known: 0,
        old,
        path: way(tx, old, head)?.unwrap_or_default(),
        cosigned: Few::default(),
        seen: Few(third(app, tx, theirs.as_deref())?),
        ask: Few::default(),
        proofs: Few(proofs),
        conflict: None,
        fault: peer.fault,
    };
    if let Some(log) = theirs {
        about(tx, app.member(), &log, &mut part)?;
    }
    let text = serde_json::to_string(&part).and_then(RawValue::from_string);
    text.map(Some).map_err(|error| AppError::Internal(format!("ledger part: {error}")))
}

fn newest<T>(mut all: Vec<T>, many: usize) -> Vec<T> {
    all.split_off(all.len().saturating_sub(many))
}

/// What this node says about the ledger of whom it speaks to.
fn about(tx: &mut Tx<'_>, own: &MemberId, log: &str, part: &mut Part) -> Result<(), AppError> {
    let Some(newest) = rows::newest(tx, log)? else { return Ok(()) };
    part.known = newest.size.unsigned_abs();
    let suspected = rows::evidence(tx, Some(log), "suspected")?;
    let open = rows::evidence(tx, Some(log), "open")?;
    part.conflict = open.into_iter().chain(suspected).next().map(|one| one.known);
    if part.conflict.is_none() {
        // One, or two while one key of this node takes the place of another.
        let own = format!("\u{2014} {} ", home::witness_name(own));
        let lines = newest.note.lines().filter(|line| line.starts_with(&own));
        part.cosigned.0.extend(lines.map(|line| Line { size: part.known, line: line.to_owned() }));
    }
    let unproved = rows::unproved(tx, log)?;
    part.ask.0.extend(unproved.iter().take(SEEN_MAX).map(|one| one.size.unsigned_abs()));
    Ok(())
}

/// The newest checkpoints of every ledger but our own and that of whom we speak to.
fn third(app: &App, tx: &mut Tx<'_>, theirs: Option<&str>) -> Result<Vec<String>, AppError> {
    let mut notes = Vec::new();
    for row in rows::key_notes(tx)? {
        if row.log != own_log(app)
            && Some(row.log.as_str()) != theirs
            && notes.len() < SEEN_MAX
            && let Some(newest) = rows::newest(tx, &row.log)?
        {
            notes.push(newest.note);
        }
    }
    Ok(notes)
}

/// The consistency proof from a size of this ledger to its head; none when it never had that size.
fn way(tx: &mut Tx<'_>, size: u64, head: Head) -> Result<Option<String>, AppError> {
    if size > head.size {
        return Ok(None);
    }
    let then = ledger::then(tx, head, size)?;
    Ok(Some(path_text(&consistency(then, head, &TxHashes(RefCell::new(tx)))?)))
}

/// The checkpoint that this node signed at a size, with these lines under it.
pub(crate) fn own_note(app: &App, head: Head, lines: &[String]) -> Result<String, AppError> {
    Ok(with_lines(&app.keys()?.ledger.sign_checkpoint(head), lines))
}
