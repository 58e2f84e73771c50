//! The ledger as seen from outside: its checkpoint, proofs, export, and the verification of a whole home.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use comity_ledger::{
    CHECKPOINT_PATH, HANDED_OVER_PATH, HandOver, Hash, Head, Leaf, LedgerError, Report, Verifier, commitment,
    consistency as prove, files, head_at, inclusion, leaf_hash, path_text, proof_file, root_of,
    verify_entries, verify_inclusion,
};
use comity_model::stix::{Object, canon};
use comity_model::{Agreement, MemberId, PublicKey, Record, RecordState, SignedEnvelope, SignedSuccession};
use comity_store::Tx;
use comity_store::tables::key_change::{self, Change};
use comity_store::tables::{activation, collection, epoch, journal as rows, record, tombstone};
use serde::Serialize;

use crate::journal::{TxHashes, head};
use crate::{App, AppError, catchup, epochs, pull, rotate, witness};

/// The signed checkpoint of the ledger (C2SP tlog-checkpoint); none before the first leaf.
///
/// # Errors
/// Those of the store.
pub fn checkpoint(app: &App) -> Result<Option<String>, AppError> {
    Ok(app.store().read("ledger.checkpoint", rows::head)?.map(|row| row.checkpoint))
}

/// The proof that a leaf is in the ledger (C2SP tlog-proof), for an outsider who holds the leaf's bytes; none when
/// there is no such leaf.
///
/// # Errors
/// [`AppError::Environment`] when the tree does not fit its head.
pub fn proof(app: &App, number: u64) -> Result<Option<String>, AppError> {
    app.store().read("ledger.proof", |tx| {
        let Some(row) = rows::head(tx)? else { return Ok(None) };
        let at = head(tx)?;
        if number >= at.size {
            return Ok(None);
        }
        let path = inclusion(at, number, &TxHashes(RefCell::new(tx))).map_err(damaged)?;
        Ok(Some(proof_file(number, &path, &row.checkpoint)))
    })
}

/// The proof that a leaf is in the ledger, under a checkpoint that other members signed, with their signatures: of those
/// that hold the leaf the one with the most, and of these the newest. None when no such checkpoint holds the leaf.
///
/// # Errors
/// As for [`proof`], and [`AppError::Environment`] without the keys.
pub fn witnessed_proof(app: &App, number: u64) -> Result<Option<String>, AppError> {
    app.store().read("ledger.witnessed", |tx| {
        let Some((size, lines)) = witness::most_signed(app, tx, number)? else { return Ok(None) };
        let now = head(tx)?;
        let then = then(tx, now, size)?;
        let path = inclusion(then, number, &TxHashes(RefCell::new(tx))).map_err(damaged)?;
        Ok(Some(proof_file(number, &path, &witness::own_note(app, then, &lines)?)))
    })
}

/// The proof that the ledger of `new` leaves begins with the one of `old` leaves, a hash a line; none when it never had so
/// many, or `old` is larger than `new`. Whoever kept the checkpoint of either checks them with it.
///
/// # Errors
/// [`AppError::Environment`] when the tree does not fit its head.
pub fn consistency(app: &App, old: u64, new: u64) -> Result<Option<String>, AppError> {
    app.store().read("ledger.consistency", |tx| {
        let at = head(tx)?;
        if old > new || new > at.size {
            return Ok(None);
        }
        let new = then(tx, at, new)?;
        Ok(Some(path_text(&path_between(tx, old, new)?)))
    })
}

/// The head that the ledger had at a size.
pub(crate) fn then(tx: &mut Tx<'_>, at: Head, size: u64) -> Result<Head, AppError> {
    head_at(at, size, &TxHashes(RefCell::new(tx))).map_err(damaged)
}

/// The consistency proof from a size to a head of the ledger.
pub(crate) fn path_between(tx: &mut Tx<'_>, old: u64, new: Head) -> Result<Vec<Hash>, AppError> {
    let old = then(tx, new, old)?;
    prove(old, new, &TxHashes(RefCell::new(tx))).map_err(damaged)
}

fn damaged(error: LedgerError) -> AppError {
    AppError::Environment(format!("the ledger is damaged: {error}"))
}

/// The bytes of a leaf; none when there is no such leaf.
///
/// # Errors
/// Those of the store.
pub fn leaf(app: &App, number: u64) -> Result<Option<Vec<u8>>, AppError> {
    let Ok(first) = i64::try_from(number) else { return Ok(None) };
    Ok(app.store().read("ledger.leaf", |tx| rows::leaves(tx, first, 1))?.into_iter().next())
}

/// Leaves as they are hashed, from this number on, at most so many; fewer at the end.
///
/// # Errors
/// Those of the store.
pub fn leaves(app: &App, from: u64, count: usize) -> Result<Vec<Vec<u8>>, AppError> {
    let (Ok(first), Ok(count)) = (i64::try_from(from), i64::try_from(count)) else { return Ok(Vec::new()) };
    Ok(app.store().read("ledger.leaves", |tx| rows::leaves(tx, first, count))?)
}

/// Writes the whole ledger as C2SP static files (tiles, entry bundles, checkpoint) into an empty folder.
///
/// # Errors
/// [`AppError::Environment`] when the folder cannot be written or the tree does not fit its head.
pub fn export(app: &App, folder: &Path) -> Result<usize, AppError> {
    crate::home::require_empty(folder)?;
    let fault = |error: std::io::Error| AppError::Environment(format!("{}: {error}", folder.display()));
    app.store().read("ledger.export", |tx| {
        let Some(row) = rows::head(tx)? else { return Ok(0) };
        let at = head(tx)?;
        let shared = RefCell::new(tx);
        let entries = |number: u64| {
            let fault = |error: String| LedgerError::Storage(error);
            let first = i64::try_from(number).map_err(|error| fault(error.to_string()))?;
            let mut tx = shared.try_borrow_mut().map_err(|error| fault(error.to_string()))?;
            let found = rows::leaves(&mut tx, first, 1).map_err(|error| fault(error.to_string()))?;
            found.into_iter().next().ok_or_else(|| fault(format!("leaf {number} is missing")))
        };
        let hashes = SharedHashes(&shared);
        let mut count = 0;
        for file in files(at, &entries, &hashes)? {
            let (path, bytes) = file?;
            let target = folder.join(path);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).map_err(fault)?;
            }
            fs::write(target, bytes).map_err(fault)?;
            count += 1;
        }
        fs::write(folder.join(CHECKPOINT_PATH), row.checkpoint).map_err(fault)?;
        let mut tx = shared.try_borrow_mut().map_err(|error| AppError::Internal(error.to_string()))?;
        let signed = export_signed(app, &mut tx, at, folder)?;
        let handed = rotate::handed_over(&mut tx)?;
        if !handed.is_empty() {
            fs::create_dir_all(folder.join(HANDED_OVER_PATH)).map_err(fault)?;
        }
        for (number, text) in (1..).zip(&handed) {
            fs::write(folder.join(HANDED_OVER_PATH).join(number.to_string()), text).map_err(fault)?;
        }
        Ok(count + signed + handed.len() + 1)
    })
}

/// Writes the checkpoints that other members signed, as `cosigned/SIZE`.
fn export_signed(app: &App, tx: &mut Tx<'_>, at: Head, folder: &Path) -> Result<usize, AppError> {
    let signed = witness::signed(app, tx)?;
    let fault = |error: std::io::Error| AppError::Environment(format!("{}: {error}", folder.display()));
    if !signed.is_empty() {
        fs::create_dir_all(folder.join("cosigned")).map_err(fault)?;
    }
    for (size, lines) in &signed {
        let note = witness::own_note(app, then(tx, at, *size)?, lines)?;
        fs::write(folder.join("cosigned").join(size.to_string()), note).map_err(fault)?;
    }
    Ok(signed.len())
}

struct SharedHashes<'a, 'b, 'c>(&'a RefCell<&'b mut Tx<'c>>);

impl comity_ledger::Hashes for SharedHashes<'_, '_, '_> {
    fn read(&self, indexes: &[u64]) -> Result<Vec<Hash>, LedgerError> {
        let mut tx = self.0.try_borrow_mut().map_err(|error| LedgerError::Storage(error.to_string()))?;
        TxHashes(RefCell::new(&mut tx)).read(indexes)
    }
}

/// What the verification of a home found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verified {
    /// Leaves in the ledger.
    pub leaves: u64,
    /// Root of the tree, hex.
    pub root: String,
    /// Leaves of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Records whose content, envelope and commitment were checked.
    pub records: u64,
    /// What is wrong; empty when all is well.
    pub faults: Vec<String>,
}

/// Verifies a home: the tree from its leaves, the signed head, one inclusion proof, and every record against its
/// digest, its envelope's signature and the leaf that brought it.
///
/// # Errors
/// Those of the store; what does not fit is no error but a fault in the answer.
pub fn verify(app: &App) -> Result<Verified, AppError> {
    app.store().read("ledger.verify", |tx| {
        let mut verified = Verified {
            leaves: 0,
            root: String::new(),
            kinds: BTreeMap::new(),
            records: 0,
            faults: Vec::new(),
        };
        let Stated { batches: roots, epochs } = tree(app, tx, &mut verified)?;
        verified.faults.extend(epoch_faults(app, tx, epochs)?);
        let keys = known_keys(tx)?;
        let mut met = BTreeSet::new();
        for one in collection::list(tx)? {
            met.extend(records(app, tx, &keys, &one.id, &roots, &mut verified)?);
        }
        for leaf in roots.keys().filter(|leaf| !met.contains(leaf)) {
            verified.faults.push(format!("the records of ledger leaf {leaf} are gone"));
        }
        Ok(verified)
    })
}

/// The keys that each member has or had, in any epoch: what was signed with an old key stays signed.
pub(crate) type Keys = HashMap<MemberId, Vec<PublicKey>>;

pub(crate) fn known_keys(tx: &mut Tx<'_>) -> Result<Keys, AppError> {
    let mut known = Keys::new();
    for text in epoch::agreements(tx)? {
        for member in Agreement::from_toml(&text)?.members {
            let keys = known.entry(member.id).or_default();
            for key in member.keys {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
    }
    for one in key_change::list(tx)? {
        if one.change == Change::Followed {
            let said = SignedSuccession::from_json(&one.body)?.succession;
            let keys = known.entry(said.member).or_default();
            keys.extend([said.before, said.next]);
        }
    }
    Ok(known)
}

/// Root and count that a leaf states about a batch of records, by the number of the leaf.
type Batches = BTreeMap<i64, (Option<Hash>, u64)>;

/// What leaves state about what stands in the tables.
#[derive(Default)]
struct Stated {
    batches: Batches,
    /// The leaf with which each epoch began.
    epochs: BTreeMap<i64, Leaf>,
}

/// What is wrong with the epochs, as the leaves have them that they began with.
fn epoch_faults(app: &App, tx: &mut Tx<'_>, mut begun: BTreeMap<i64, Leaf>) -> Result<Vec<String>, AppError> {
    let mut faults = Vec::new();
    for step in activation::steps(tx)? {
        let leaf = begun.remove(&step.epoch);
        if let Some(what) = epochs::fault(app, tx, step.epoch, leaf.as_ref())? {
            faults.push(format!("epoch {}: {what}: not what came into force", step.epoch));
        }
    }
    faults.extend(begun.into_keys().map(|number| format!("epoch {number} is gone")));
    Ok(faults)
}

/// The kinds of leaves that bring a batch of records.
const BATCH_KINDS: [&str; 4] = ["records.published", "records.held", "records.posted", "records.received"];

fn tree(app: &App, tx: &mut Tx<'_>, verified: &mut Verified) -> Result<Stated, AppError> {
    let mut stated = Stated::default();
    let Some(row) = rows::head(tx)? else { return Ok(stated) };
    let at = head(tx)?;
    verified.leaves = at.size;
    verified.root = at.root.to_string();
    let report = {
        let shared = RefCell::new(&mut *tx);
        let walked = (0..at.size).step_by(1_000).flat_map(|first| block(&shared, first, at.size));
        let noted = walked.inspect(|entry| {
            let Some(leaf) = entry.as_ref().ok().and_then(|bytes| Leaf::decode(bytes).ok()) else { return };
            let Some(seq) = leaf.seq.and_then(|seq| i64::try_from(seq).ok()) else { return };
            if let Some(number) = epochs::begun(&leaf) {
                stated.epochs.insert(number, leaf);
            } else if BATCH_KINDS.contains(&leaf.kind.as_str()) {
                stated.batches.insert(seq, (leaf.object, leaf.count.unwrap_or(0)));
            }
        });
        verify_entries(at, noted)
    };
    match report {
        Ok(Report { kinds, .. }) => verified.kinds = kinds,
        Err(error) => verified.faults.push(format!("ledger: {error}")),
    }
    match Verifier::parse(app.ledger_vkey()).and_then(|verifier| verifier.open(&row.checkpoint)) {
        Ok(signed) if signed == at => {}
        Ok(_) => {
            verified.faults.push("the signed checkpoint speaks of another head than the one kept".into())
        }
        Err(error) => verified.faults.push(format!("checkpoint: {error}")),
    }
    handed_over(app, tx, at, verified)?;
    if let Err(error) = stored_tree(tx, at) {
        verified.faults.push(format!("the stored tree does not fit the leaves: {error}"));
    }
    prove_last(tx, at, verified)?;
    Ok(stated)
}

/// Checks that every checkpoint with which the ledger went on under another key is one of this ledger, and that the last of them
/// states the key with which it is signed now, whatever name it bears since.
fn handed_over(app: &App, tx: &mut Tx<'_>, at: Head, verified: &mut Verified) -> Result<(), AppError> {
    let stated = rotate::handed_over(tx)?;
    // A node that was put back may have handed over when it had leaves that are lost.
    let begins_with = catchup::begins_with(tx)?.unwrap_or(u64::MAX);
    let mut last: Option<Verifier> = None;
    for text in &stated {
        let opened = HandOver::stated(text).and_then(|over| match &last {
            Some(before) => HandOver::open(text, before),
            None => Ok(over),
        });
        match opened {
            Ok(over)
                if over.head.size > begins_with.min(at.size)
                    || then(tx, at, over.head.size)? == over.head =>
            {
                last = Some(over.next);
            }
            Ok(over) => verified.faults.push(format!(
                "the ledger went on under another key with {} leaves that are not those kept",
                over.head.size
            )),
            Err(error) => verified.faults.push(format!("a change of the ledger key: {error}")),
        }
    }
    if let (Some(last), Ok(now)) = (last, Verifier::parse(app.ledger_vkey()))
        && !last.is_same_key(&now)
    {
        verified
            .faults
            .push("the key that signs the ledger is not the one that it was handed over to".into());
    }
    Ok(())
}

fn block(shared: &RefCell<&mut Tx<'_>>, first: u64, size: u64) -> Vec<Result<Vec<u8>, LedgerError>> {
    let fault = |error: String| vec![Err(LedgerError::Storage(error))];
    let Ok(mut tx) = shared.try_borrow_mut() else { return fault("the database is in use".into()) };
    let (Ok(from), Ok(count)) = (i64::try_from(first), i64::try_from(1_000.min(size - first))) else {
        return fault("the ledger is too long".into());
    };
    match rows::leaves(&mut tx, from, count) {
        Ok(leaves) => leaves.into_iter().map(Ok).collect(),
        Err(error) => fault(error.to_string()),
    }
}

/// Grows the tree again from the leaves and compares every stored hash.
fn stored_tree(tx: &mut Tx<'_>, at: Head) -> Result<(), AppError> {
    let fault = |text: String| AppError::Environment(text);
    let mut grown = Head::EMPTY;
    while grown.size < at.size {
        let first = i64::try_from(grown.size).map_err(|error| fault(error.to_string()))?;
        let leaves = rows::leaves(tx, first, 1_000)?;
        if leaves.is_empty() {
            return Err(fault(format!("leaf {first} is missing")));
        }
        let slices: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
        let appended = comity_ledger::append(grown, &slices, &TxHashes(RefCell::new(&mut *tx)))?;
        let indexes: Vec<i64> =
            appended.hashes.iter().filter_map(|(index, _)| i64::try_from(*index).ok()).collect();
        let stored = rows::hashes(tx, &indexes)?;
        if stored.len() != appended.hashes.len()
            || stored.iter().zip(&appended.hashes).any(|(a, (_, b))| *a != b.0)
        {
            return Err(fault(format!("a hash over leaves from {first} on is another one")));
        }
        grown = appended.head;
    }
    if grown == at { Ok(()) } else { Err(fault("it has another head".into())) }
}

/// One inclusion proof from the stored tree, as an outsider would get it.
fn prove_last(tx: &mut Tx<'_>, at: Head, verified: &mut Verified) -> Result<(), AppError> {
    let number = at.size - 1;
    let bytes =
        rows::leaves(tx, i64::try_from(number).unwrap_or(0), 1)?.into_iter().next().unwrap_or_default();
    let proved = inclusion(at, number, &TxHashes(RefCell::new(tx)))
        .and_then(|path| verify_inclusion(at, number, leaf_hash(&bytes), &path));
    if let Err(error) = proved {
        verified.faults.push(format!("the stored tree gives no proof of leaf {number}: {error}"));
    }
    Ok(())
}

fn records(
    app: &App,
    tx: &mut Tx<'_>,
    keys: &Keys,
    id: &str,
    batches: &Batches,
    verified: &mut Verified,
) -> Result<BTreeSet<i64>, AppError> {
    let mut after = 0;
    let mut leaves = BTreeSet::new();
    loop {
        let page = record::list(tx, id, after, 1_000)?;
        let Some(last) = page.last() else { break };
        after = last.peek().seq;
        for stored in page {
            let one = stored.into_inner();
            verified.records += 1;
            leaves.insert(one.leaf);
            if let Some(fault) = record_fault(app, tx, keys, &one)? {
                verified.faults.push(format!("{} {}: {fault}", one.key.id, one.key.version));
            }
        }
    }
    for &leaf in &leaves {
        let found = record::batch(tx, id, leaf)?;
        let hashes: Option<Vec<Hash>> = found
            .iter()
            .map(|(salt, digest, kept)| match salt {
                Some(salt) => Some(commitment(salt, &digest.0)),
                None => kept.map(Hash),
            })
            .collect();
        let Some(hashes) = hashes else { continue };
        let stated = batches.get(&leaf).copied();
        if stated != Some((Some(root_of(&hashes)), hashes.len() as u64)) {
            verified
                .faults
                .push(format!("the records of ledger leaf {leaf} are not the ones it was written for"));
        }
    }
    Ok(leaves)
}

fn record_fault(app: &App, tx: &mut Tx<'_>, keys: &Keys, one: &Record) -> Result<Option<String>, AppError> {
    let Some(bytes) = record::content(tx, &one.key, &[])? else {
        // Only an erasure takes content away, and it leaves a tombstone.
        let stones = tombstone::of(tx, &[&one.key.id])?;
        let is_known = stones.iter().any(|stone| stone.digest == one.key.digest);
        let is_fine = one.state == RecordState::Erased && is_known;
        return Ok((!is_fine).then(|| "its content is missing".into()));
    };
    let digest = Object::parse(&bytes, &app.limits().stix)
        .ok()
        .and_then(|object| canon::digest_of(object.value()).ok());
    if digest != Some(one.held) {
        return Ok(Some("its content is not what was written".into()));
    }
    if one.handling.id()? != one.handling_id {
        return Ok(Some("its handling is not the one that its name stands for".into()));
    }
    let envelope = match SignedEnvelope::from_json(&one.envelope) {
        Ok(envelope) => envelope,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let outward = if one.handling.is_private() { one.handling.outward().id()? } else { one.handling_id };
    let stated = &envelope.envelope.handling;
    let kept = if pull::is_warned(one) { stated.going_no_further().id()? } else { stated.id()? };
    if envelope.envelope.object != one.key.digest || kept != outward {
        return Ok(Some("its envelope speaks of another object or handling".into()));
    }
    let known = keys.get(&envelope.signer).map(Vec::as_slice).unwrap_or_default();
    Ok(envelope.verify(known).err().map(|error| error.to_string()))
}
