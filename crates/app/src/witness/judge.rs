//! Judging what the node of another member says about ledgers: sign what extends what was seen, refuse the rest, and
//! raise an alarm where one ledger shows two histories.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use comity_ledger::{
    Cosigner, HandOver, Hash, Head, LedgerError, Verifier, parse_path, verify_consistency, with_lines,
};
use comity_model::stix::Digest;
use comity_model::{MemberId, ModelError, SignedKeyNote};
use comity_store::tables::witness::{self as rows, Cosignature, Evidence, KeyNoteRow, Seen};
use comity_store::{StoreError, Tx};
use serde_json::value::RawValue;

use super::part::{Part, own_log, own_note};
use super::{OPEN, ROLLED_BACK, SPLIT_VIEW, SUSPECTED};
use crate::exchange::Said;
use crate::force::in_force;
use crate::signers::NoSigner;
use crate::{App, AppError, catchup, journal, ledger, rotate};

/// Largest checkpoint with its lines that is taken, in bytes.
const NOTE_BYTES_MAX: usize = 8 << 10;
/// How long after the first time a shorter ledger must be shown again before that is an alarm: until then it may be an
/// answer that was on its way.
const AGAIN_US: i64 = 60_000_000;
/// Checkpoints of one ledger that others have seen and that are kept.
const SEEN_KEPT: i64 = 64;
/// What is wrong with a key note beside which a newer one, or another of its number, is known.
const NO_RISE: &str = "the number of the key note does not rise";
/// How often a ledger may fail to show that it extends what another member has seen.
const VAIN_MAX: i64 = 3;

/// Why a step ended.
enum Stop {
    /// What was said is not taken; they are told so.
    Told(String),
    /// This node cannot go on.
    Failed(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<ModelError> for Stop {
    fn from(error: ModelError) -> Self {
        Self::Told(error.to_string())
    }
}

fn told<T>(why: &str) -> Result<T, Stop> {
    Err(Stop::Told(why.to_owned()))
}

/// What is known of a ledger while its owner's or another's word about it is judged.
struct Log {
    name: String,
    owner: MemberId,
    verifier: Verifier,
}

/// Takes what the node of a member says about ledgers. What is wrong with it is kept, and told by the next exchange.
pub(crate) fn take(app: &App, via: &MemberId, said: &RawValue, when: Said) -> Result<(), AppError> {
    if !app.has_keys() {
        return Ok(());
    }
    let (alarms, is_behind) = app.store().write("witness.take", |tx| {
        let (mut alarms, mut is_behind) = (0, false);
        let fault = match one(app, tx, via, (said, when), (&mut alarms, &mut is_behind)) {
            Ok(fault) => fault,
            Err(Stop::Told(why)) => why,
            Err(Stop::Failed(error)) => return Err(error),
        };
        let mut peer = rows::peer(tx, via)?;
        if peer.fault != fault {
            peer.fault = fault.chars().take(500).collect();
            rows::keep_peer(tx, via, &peer)?;
        }
        Ok((alarms, is_behind))
    })?;
    if is_behind {
        catchup::note_rolled_back(app)?;
    }
    app.alarms().witness.fetch_add(alarms, Ordering::Relaxed);
    Ok(())
}

/// Each part is judged for itself: one that is wrong does not hold up the next. Gives what was wrong first.
fn one(
    app: &App,
    tx: &mut Tx<'_>,
    via: &MemberId,
    (said, when): (&RawValue, Said),
    (alarms, is_behind): (&mut u64, &mut bool),
) -> Result<String, Stop> {
    let part: Part =
        serde_json::from_str(said.get()).map_err(|error| Stop::Told(format!("ledger: {error}")))?;
    if rotate::is_given_up(app, tx, &part.yours.0)? {
        return told("another member key took the place of the one of this node, which does not have it");
    }
    let (log, mut first) = keys(app, tx, via, (&part.keys, &part.checkpoint), alarms)?;
    heard(tx, via, &part)?;
    for one in part.follows.0.iter().filter(|one| &one.succession.member != app.member()) {
        let said = std::slice::from_ref(one);
        if let Some(why) = rotate::learn(app, tx, &one.succession.member, said)?.filter(|_| first.is_empty())
        {
            first = why;
        }
    }
    let shown = open(&log.verifier, &part.checkpoint)?;
    let steps = [
        checkpoint(app, tx, &log, &part, shown, alarms),
        lines(app, tx, via, &part),
        conflict(app, tx, via, &part, is_behind),
        proofs(app, tx, &log, (&part, when), shown, alarms),
        gossip(app, tx, via, &part, alarms),
    ];
    for step in steps {
        match step {
            Err(Stop::Told(why)) if first.is_empty() => first = why,
            Err(stop @ Stop::Failed(_)) => return Err(stop),
            _ => {}
        }
    }
    Ok(first)
}

fn open(verifier: &Verifier, note: &str) -> Result<Head, Stop> {
    if note.len() > NOTE_BYTES_MAX {
        return told("a checkpoint is too long");
    }
    Ok(verifier.open(note)?)
}

/// Takes the key note of a member of the agreement in force, as [`take`] does.
pub(crate) fn take_keys(
    app: &App,
    tx: &mut Tx<'_>,
    member: &MemberId,
    signed: &SignedKeyNote,
) -> Result<(), AppError> {
    let mut alarms = 0;
    match keys(app, tx, member, (signed, ""), &mut alarms) {
        Ok((_, fault)) if fault.is_empty() => {
            app.alarms().witness.fetch_add(alarms, Ordering::Relaxed);
            Ok(())
        }
        Ok((_, why)) | Err(Stop::Told(why)) => Err(AppError::invalid("key note", why)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Takes the key note, when it is signed by a key of the member in the agreement; gives the ledger that it names, and what
/// is wrong with the note. One whose number does not rise is not kept; the ledger beside it is looked at all the same:
/// else a copy of a node whose note has the higher number would hide what the other one shows. `shown` is the checkpoint
/// that came with it, if one did.
fn keys(
    app: &App,
    tx: &mut Tx<'_>,
    via: &MemberId,
    (signed, shown): (&SignedKeyNote, &str),
    alarms: &mut u64,
) -> Result<(Log, String), Stop> {
    if &signed.note.member != via {
        return told("the key note is of another member");
    }
    signer(app, tx, via, signed)?;
    let verifier = Verifier::parse(&signed.note.ledger)?;
    for witness in [Some(&signed.note.witness), signed.note.witness_before.as_ref()].into_iter().flatten() {
        Cosigner::parse(witness)?;
    }
    let name = verifier.name().to_owned();
    let Some(generation) = catchup::generation(via, &name) else {
        return told("the ledger in the key note does not bear the name of its member");
    };
    let number = i64::try_from(signed.note.number).unwrap_or(i64::MAX);
    let body = signed.to_json()?;
    if let Some(known) = rows::key_note(tx, via)? {
        let before = SignedKeyNote::from_json(&known.body)?;
        let known_key = Verifier::parse(&before.note.ledger)?;
        let handed = HandOver::follow(&known_key, &signed.note.handed_over);
        let is_same_key =
            known_key.is_same_key(&verifier) || handed.iter().any(|one| one.next.is_same_key(&verifier));
        let is_later = catchup::generation(via, &known.log).is_some_and(|before| before < generation);
        if !is_same_key || (known.log != name && !is_later) {
            return told("the key note names another key or an earlier name of the ledger than before");
        }
        if number <= known.number {
            let is_known = number == known.number && body == known.body;
            if !is_known && known.log != name {
                return told(NO_RISE);
            }
            let fault = if is_known { "" } else { NO_RISE };
            return Ok((Log { name, owner: via.clone(), verifier }, fault.to_owned()));
        }
    }
    if let Some(known) = rows::key_note(tx, via)?.filter(|known| known.log != name) {
        let Some(leaves) = signed.note.continues else {
            return told(
                "the key note names another ledger, and not with how many leaves of the one before it begins",
            );
        };
        let before = Log { name: known.log, owner: via.clone(), verifier: verifier.clone() };
        *alarms += continued(app, tx, (&before, &name), leaves, shown)?;
    }
    let row = KeyNoteRow { member: via.clone(), number, log: name.clone(), body };
    rows::keep_key_note(tx, &row, app.now().0)?;
    let leaf = journal::leaf(app, "keys.learnt", "node").member(via.as_str());
    journal::append(app, tx, vec![leaf.detail("number", &number.to_string())])?;
    Ok((Log { name, owner: via.clone(), verifier }, String::new()))
}

/// Takes the statements of a note about keys that follow others, and checks the note with the key that signs now.
fn signer(app: &App, tx: &mut Tx<'_>, via: &MemberId, signed: &SignedKeyNote) -> Result<(), Stop> {
    if !in_force(app, tx)?.agreement.member(via).is_some_and(|member| member.active) {
        signed.verify(&[])?;
    }
    let key = in_force(app, tx)?.key_at(via, &signed.key, None);
    let key = match key {
        Ok(key) => key,
        Err(NoSigner::Unknown) => {
            if let Some(why) = rotate::learn(app, tx, via, &signed.note.follows)? {
                return Err(Stop::Told(why));
            }
            let learnt = in_force(app, tx)?.key_at(via, &signed.key, None);
            learnt.map_err(|why| Stop::Told(why.words(&signed.key)))?
        }
        Err(why) => return Err(Stop::Told(why.words(&signed.key))),
    };
    Ok(signed.verify(&[key])?)
}

/// Takes note that a ledger goes on under another name after a restoration. What was seen of the one before, up to where
/// it says that it begins, it has to begin with: it is asked for the ways from there. When more was seen, that is lost,
/// and an alarm: by accident or not is for people to say. Gives 1 for a new alarm.
fn continued(
    app: &App,
    tx: &mut Tx<'_>,
    (log, now): (&Log, &str),
    leaves: u64,
    shown: &str,
) -> Result<u64, Stop> {
    let (before, via) = (log.name.as_str(), &log.owner);
    let open = rows::evidence(tx, Some(before), OPEN)?;
    if open.iter().any(|one| one.kind == SPLIT_VIEW) {
        return told(
            "two histories of this ledger were seen: it is not taken up under another name until people here have \
             cleared that",
        );
    }
    rows::drop_suspicion(tx, before)?;
    let leaves = i64::try_from(leaves).unwrap_or(i64::MAX);
    for seen in rows::upto(tx, before, leaves)?.into_iter().filter(|seen| seen.size > 0) {
        rows::keep_seen(tx, &Seen { log: now.to_owned(), ..seen }, via, SEEN_KEPT)?;
    }
    let newest = rows::newest(tx, before)?;
    let lost = newest.as_ref().map_or(0, |newest| (newest.size - leaves).max(0));
    let leaf = journal::leaf(app, "ledger.taken-up", "node").member(via.as_str());
    let leaf = leaf.detail("leaves", &leaves.to_string()).detail("lost", &lost.to_string());
    journal::append(app, tx, vec![leaf])?;
    tracing::warn!(
        log = now,
        lost,
        "the node of a member was restored: its ledger goes on under another name"
    );
    match newest.filter(|_| lost > 0) {
        Some(newest) => alarm(app, tx, log, (ROLLED_BACK, OPEN), &newest.note, shown),
        None => Ok(0),
    }
}

/// Notes what the other side knows of this ledger and of this node's keys, and wants to know.
fn heard(tx: &mut Tx<'_>, via: &MemberId, part: &Part) -> Result<(), Stop> {
    let before = rows::peer(tx, via)?;
    let mut peer = before.clone();
    peer.known = i64::try_from(part.known).unwrap_or(0);
    peer.noted = i64::try_from(part.noted).unwrap_or(0);
    peer.asked = serde_json::to_string(&part.ask).unwrap_or_default();
    peer.says = part.fault.chars().filter(|c| !c.is_control()).take(500).collect();
    if peer != before {
        rows::keep_peer(tx, via, &peer)?;
    }
    Ok(())
}

/// Signs the newest checkpoint when it extends the one signed last.
fn checkpoint(
    app: &App,
    tx: &mut Tx<'_>,
    log: &Log,
    part: &Part,
    shown: Head,
    alarms: &mut u64,
) -> Result<(), Stop> {
    if !rows::evidence(tx, Some(&log.name), OPEN)?.is_empty() {
        return told(
            "two histories of this ledger were seen: it is not signed until people here have cleared that",
        );
    }
    let Some(newest) = rows::newest(tx, &log.name)? else {
        return cosign(app, tx, log, &part.checkpoint, shown);
    };
    let known = head_of(&newest);
    if shown == known {
        // It has not gone back: what was shorter had been on its way for long.
        rows::drop_suspicion(tx, &log.name)?;
        return Ok(());
    }
    if shown.size == known.size {
        *alarms += alarm(app, tx, log, (SPLIT_VIEW, OPEN), &newest.note, &part.checkpoint)?;
        return told("another ledger of the same size was seen");
    }
    if shown.size < known.size {
        let since = rows::evidence(tx, Some(&log.name), SUSPECTED)?.first().map(|one| one.at_us);
        let is_again = since.is_some_and(|since| app.now().0 >= since.saturating_add(AGAIN_US));
        let state = if is_again { OPEN } else { SUSPECTED };
        if is_again || since.is_none() {
            rows::drop_suspicion(tx, &log.name)?;
            *alarms += alarm(app, tx, log, (ROLLED_BACK, state), &newest.note, &part.checkpoint)?;
        }
        return told("a longer ledger was seen");
    }
    if part.old != known.size {
        // They do not know yet what is known here; they learn it by the answer.
        return Ok(());
    }
    let joins = parse_path(&part.path).and_then(|path| verify_consistency(known, shown, &path));
    if joins.is_err() {
        *alarms += alarm(app, tx, log, (SPLIT_VIEW, OPEN), &newest.note, &part.checkpoint)?;
        return told("the ledger does not begin with the one that was seen");
    }
    rows::drop_suspicion(tx, &log.name)?;
    cosign(app, tx, log, &part.checkpoint, shown)
}

fn head_of(seen: &Seen) -> Head {
    Head { size: seen.size.unsigned_abs(), root: Hash(seen.root) }
}

/// Puts this node's signature under a checkpoint and remembers it.
fn cosign(app: &App, tx: &mut Tx<'_>, log: &Log, note: &str, head: Head) -> Result<(), Stop> {
    let Ok(keys) = app.keys() else { return Ok(()) };
    let now = app.now();
    let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or(0);
    let mut lines = vec![keys.witness.cosign(note, seconds)?];
    if let Some(before) = &keys.witness_before {
        lines.push(before.cosign(note, seconds)?);
    }
    let hour = |at_us: i64| at_us.div_euclid(3_600_000_000);
    let before = rows::newest(tx, &log.name)?;
    let row = Seen {
        log: log.name.clone(),
        size: i64::try_from(head.size).unwrap_or(i64::MAX),
        root: head.root.0,
        note: with_lines(note, &lines),
        at_us: now.0,
    };
    rows::keep(tx, &row)?;
    if before.is_none_or(|before| hour(before.at_us) != hour(now.0)) {
        let leaf = journal::leaf(app, "checkpoint.cosigned", "node").member(log.owner.as_str());
        let leaf = leaf.detail("size", &head.size.to_string()).detail("root", &head.root.to_string());
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(())
}

/// Keeps two checkpoints that do not go together. Gives 1 when that is a new alarm.
fn alarm(
    app: &App,
    tx: &mut Tx<'_>,
    log: &Log,
    (kind, state): (&str, &str),
    known: &str,
    shown: &str,
) -> Result<u64, Stop> {
    let name = Digest::of(format!("{kind}\n{known}\n{shown}").as_bytes()).to_string();
    let evidence = Evidence {
        id: name.chars().take(16).collect(),
        log: log.name.clone(),
        kind: kind.to_owned(),
        state: state.to_owned(),
        known: known.to_owned(),
        shown: shown.to_owned(),
        at_us: app.now().0,
    };
    rows::keep_evidence(tx, &evidence)?;
    if state != OPEN {
        return Ok(0);
    }
    let leaf = journal::leaf(app, "witness.alarmed", "node").member(log.owner.as_str()).detail("kind", kind);
    journal::append(app, tx, vec![leaf])?;
    tracing::error!(log = log.name, kind, "two histories of one ledger: see `comity witness list`");
    Ok(1)
}

/// Keeps the lines under our own checkpoints that are what they say.
fn lines(app: &App, tx: &mut Tx<'_>, via: &MemberId, part: &Part) -> Result<(), Stop> {
    if app.keys().is_err() {
        return Ok(());
    }
    let note = &part.keys.note;
    let known = [Some(&note.witness), note.witness_before.as_ref()].into_iter().flatten();
    let cosigners = known.map(|key| Cosigner::parse(key)).collect::<Result<Vec<_>, _>>()?;
    let now = journal::head(tx)?;
    let mut all: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for one in &part.cosigned.0 {
        if one.size > now.size || one.line.len() > NOTE_BYTES_MAX || one.line.contains('\n') {
            return told("a signature is under a checkpoint that this ledger never had");
        }
        let then = ledger::then(tx, now, one.size)?;
        let note = own_note(app, then, std::slice::from_ref(&one.line))?;
        if !cosigners.iter().any(|key| key.open(&note).is_ok()) {
            return told("a signature under a checkpoint of this ledger does not verify");
        }
        all.entry(one.size).or_default().push(one.line.clone());
    }
    for (size, lines) in all {
        // A member that changes its key signs with both.
        let line = lines.join("\n");
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let known = rows::lines(tx, own_log(app), size - 1, 1_000)?;
        let is_known = known.iter().any(|known| &known.member == via && known.line == line);
        if !is_known {
            let row = Cosignature { size, member: via.clone(), line, at_us: app.now().0 };
            rows::keep_line(tx, own_log(app), &row)?;
        }
    }
    Ok(())
}

/// Looks at a checkpoint of our own ledger that is said to contradict it.
fn conflict(
    app: &App,
    tx: &mut Tx<'_>,
    via: &MemberId,
    part: &Part,
    is_behind: &mut bool,
) -> Result<(), Stop> {
    let Some(note) = &part.conflict else { return Ok(()) };
    let Ok(theirs) = Verifier::parse(app.ledger_vkey()).map_err(Stop::from).and_then(|own| open(&own, note))
    else {
        return told("what is said to contradict this ledger was not signed by it");
    };
    let now = journal::head(tx)?;
    if theirs.size <= now.size && ledger::then(tx, now, theirs.size)? == theirs {
        return told("what is said to contradict this ledger stands in it");
    }
    *is_behind = true;
    tracing::error!(member = %via, ours = now.size, theirs = theirs.size,
        "a member has seen another history of this ledger: was this node restored or copied?");
    Ok(())
}

/// Takes the ways from what third members have seen to what the owner shows.
fn proofs(
    app: &App,
    tx: &mut Tx<'_>,
    log: &Log,
    (part, when): (&Part, Said),
    shown: Head,
    alarms: &mut u64,
) -> Result<(), Stop> {
    for seen in rows::unproved(tx, &log.name)? {
        let size = seen.size.unsigned_abs();
        let joined = match part.proofs.0.iter().find(|proof| proof.size == size) {
            Some(proof) => parse_path(&proof.path)
                .and_then(|path| verify_consistency(head_of(&seen), shown, &path))
                .is_ok(),
            // Whoever asks may not have heard what it was answered before, and says so again and again.
            None if when == Said::Unasked => continue,
            // The first answers may come from before they were asked.
            None if rows::asked_in_vain(tx, &log.name, seen.size)? < VAIN_MAX => continue,
            None => false,
        };
        rows::prove(tx, &log.name, seen.size)?;
        if !joined {
            *alarms += alarm(app, tx, log, (SPLIT_VIEW, OPEN), &seen.note, &part.checkpoint)?;
            return told("the ledger does not begin with the one that another member has seen");
        }
    }
    Ok(())
}

/// Compares what they have seen of third ledgers with what was seen here.
fn gossip(app: &App, tx: &mut Tx<'_>, via: &MemberId, part: &Part, alarms: &mut u64) -> Result<(), Stop> {
    for note in &part.seen.0 {
        let name = note.lines().next().unwrap_or_default();
        let Some(known) = rows::key_notes(tx)?.into_iter().find(|row| row.log == name) else { continue };
        if &known.member == via || &known.member == app.member() {
            continue;
        }
        let keys = SignedKeyNote::from_json(&known.body)?;
        let verifier = Verifier::parse(&keys.note.ledger)?;
        let Ok(head) = open(&verifier, note) else {
            return told("a checkpoint of a third ledger was not signed by it");
        };
        let log = Log { name: known.log, owner: known.member, verifier };
        let size = i64::try_from(head.size).unwrap_or(i64::MAX);
        match rows::of_size(tx, &log.name, size)? {
            Some(seen) if head_of(&seen) == head => {}
            Some(seen) if rows::evidence(tx, Some(&log.name), OPEN)?.is_empty() => {
                *alarms += alarm(app, tx, &log, (SPLIT_VIEW, OPEN), &seen.note, note)?;
            }
            Some(_) => {}
            None => {
                let seen = Seen {
                    log: log.name.clone(),
                    size,
                    root: head.root.0,
                    note: note.clone(),
                    at_us: app.now().0,
                };
                rows::keep_seen(tx, &seen, via, SEEN_KEPT)?;
            }
        }
    }
    Ok(())
}
