//! What the ledger says about the epochs. Whatever decides stands in tables that anybody can write who reaches the
//! database; the ledger is signed. So an epoch is compared with the leaf that was written when it came into force.

use std::cell::RefCell;
use std::collections::BTreeSet;

use comity_ledger::{Head, Leaf, Verifier, inclusion, leaf_hash, verify_inclusion};
use comity_model::stix::Digest;
use comity_model::{Agreement, SignedProof, Signer};
use comity_policy::PolicySet;
use comity_store::Tx;
use comity_store::tables::activation::{self, Activation};
use comity_store::tables::epoch::{self, Epoch, Kept};
use comity_store::tables::{fact, journal as rows};

use crate::force::altered;
use crate::journal::{TxHashes, head};
use crate::proof::Own;
use crate::signers::Signers;
use crate::{App, AppError, gate};

/// Leaves read at once when one is looked for.
const BLOCK: u64 = 1_000;

/// The kinds of leaves with which epochs begin.
const KINDS: [&str; 2] = ["agreement.applied", "policy.activated"];

/// What is not as it came into force; none when all of it is.
pub(crate) type Fault = Option<&'static str>;

/// Number of the epoch that began with a leaf; none for a leaf of another kind.
pub(crate) fn begun(leaf: &Leaf) -> Option<i64> {
    if KINDS.contains(&leaf.kind.as_str()) { leaf.detail.get("epoch")?.parse().ok() } else { None }
}

/// Remembers with which leaf an epoch began, so that it need not be looked for. Whoever reads the leaf there checks it.
pub(crate) fn note(tx: &mut Tx<'_>, number: i64, leaf: i64) -> Result<(), AppError> {
    Ok(fact::set(tx, &place_name(number), &leaf.to_string())?)
}

fn place_name(number: i64) -> String {
    format!("epoch_leaf_{number}")
}

/// Refuses an epoch in force, or a newest activation, that is not the one that the ledger has. Gives the leaves that had
/// to be looked for, each with its epoch, to be noted where something can be written.
///
/// # Errors
/// [`AppError::Environment`] with what was altered.
pub(crate) fn require_unaltered(app: &App, tx: &mut Tx<'_>) -> Result<Vec<(i64, i64)>, AppError> {
    let in_force = epoch::number(tx)?;
    let activated = activation::newest(tx)?.map(|newest| newest.epoch);
    let mut searched = Vec::new();
    for number in
        activated.into_iter().chain([in_force]).filter(|number| *number > 0).collect::<BTreeSet<_>>()
    {
        let leaf = leaf_of(app, tx, number)?;
        if let Some(what) = fault(app, tx, number, leaf.as_ref())? {
            return Err(altered(what));
        }
        let place = leaf.and_then(|leaf| leaf.seq).and_then(|place| i64::try_from(place).ok());
        let is_noted = fact::get(tx, &place_name(number))? == place.map(|place| place.to_string());
        searched.extend(place.filter(|_| !is_noted).map(|place| (number, place)));
    }
    Ok(searched)
}

/// Compares an epoch with its leaf.
pub(crate) fn fault(app: &App, tx: &mut Tx<'_>, number: i64, leaf: Option<&Leaf>) -> Result<Fault, AppError> {
    let Some(row) = epoch::numbered(tx, number)? else { return Ok(Some("epoch")) };
    let Some(kept) = epoch::kept(tx, row.policy)? else { return Ok(Some("policies (missing)")) };
    let agreement = match Agreement::from_toml(&row.agreement) {
        Ok(agreement) if agreement.digest()? == row.digest => agreement,
        _ => return Ok(Some("agreement")),
    };
    if !is_named(&row, &kept) {
        return Ok(Some("policies"));
    }
    let Some(leaf) = leaf else { return Ok(Some("epoch (unknown to the ledger)")) };
    if leaf.policy != Some(row.policy.to_string()) {
        return Ok(Some("policies"));
    }
    if !states(leaf, "agreement", row.digest) {
        return Ok(Some("agreement"));
    }
    if !states(leaf, "guards", kept.guards) {
        return Ok(Some("guards"));
    }
    match activation::of(tx, number)? {
        None if leaf.kind == "agreement.applied" => Ok(None),
        None => Ok(Some("proof of the policies")),
        Some(activation) => {
            let signers = Signers::read(tx)?.of(&agreement, app.member(), &[]);
            Ok(fault_of_proof(app, &signers, &row, &activation, leaf))
        }
    }
}

/// Whether local policies have the name under which they are kept, with the schema and the guards that stand beside them.
fn is_named(row: &Epoch, kept: &Kept) -> bool {
    match kept.schema {
        Some(schema) => PolicySet::name_of([schema, kept.guards], &kept.body) == row.policy,
        None => PolicySet::is_of_older(row.policy, kept.guards, &kept.body),
    }
}

/// Whether a leaf says this of an epoch, or nothing.
fn states(leaf: &Leaf, name: &str, value: Digest) -> bool {
    leaf.detail.get(name).is_none_or(|stated| *stated == value.to_string())
}

/// Compares the proof and the invariants of an activation with its leaf, with the policies, and with the member's keys.
fn fault_of_proof(app: &App, signers: &[Signer], row: &Epoch, activation: &Activation, leaf: &Leaf) -> Fault {
    let own: Result<Own, _> = serde_json::from_str(&activation.invariants);
    let Some(own) = own.ok().map(|own| gate::own_hash(&own)).filter(|own| states(leaf, "invariants", *own))
    else {
        return Some("invariants");
    };
    let faulty = Some("proof of the policies");
    let Ok(signed) = SignedProof::from_json(&activation.proof) else { return faulty };
    let digest = Digest::of(activation.proof.as_bytes());
    let holds = leaf.kind == "policy.activated"
        && digest == activation.digest
        && states(leaf, "proof", digest)
        && leaf.detail.get("solver") == Some(&activation.solver)
        && signed.proof.solver == activation.solver
        && (signed.proof.policies, signed.proof.own) == (row.policy, own)
        && states(leaf, "guards", signed.proof.guards)
        && &signed.signer == app.member()
        && signers.iter().any(|one| one.is_good_at(signed.proof.at) && signed.verify(&one.key).is_ok());
    if holds { None } else { faulty }
}

/// The leaf with which an epoch began, if the signed head of the ledger covers one.
fn leaf_of(app: &App, tx: &mut Tx<'_>, number: i64) -> Result<Option<Leaf>, AppError> {
    let Some(row) = rows::head(tx)? else { return Ok(None) };
    let at = head(tx)?;
    let signed = Verifier::parse(app.ledger_vkey()).and_then(|verifier| verifier.open(&row.checkpoint));
    if signed.ok() != Some(at) {
        return Ok(None);
    }
    let noted = fact::get(tx, &place_name(number))?.and_then(|text| text.parse::<u64>().ok());
    if let Some(place) = noted
        && let Some(leaf) = in_block(tx, at, number, (place, place.saturating_add(1)))?
    {
        return Ok(Some(leaf));
    }
    let mut end = at.size;
    while end > 0 {
        let first = end.saturating_sub(BLOCK);
        if let Some(leaf) = in_block(tx, at, number, (first, end))? {
            return Ok(Some(leaf));
        }
        end = first;
    }
    Ok(None)
}

/// The last leaf from `first` on and before `end` with which this epoch began, if the head covers it.
fn in_block(
    tx: &mut Tx<'_>,
    at: Head,
    number: i64,
    (first, end): (u64, u64),
) -> Result<Option<Leaf>, AppError> {
    let (Ok(from), Ok(count)) = (i64::try_from(first), i64::try_from(end.saturating_sub(first))) else {
        return Ok(None);
    };
    for (place, bytes) in (first..).zip(rows::leaves(tx, from, count)?).collect::<Vec<_>>().into_iter().rev()
    {
        let Ok(leaf) = Leaf::decode(&bytes) else { continue };
        if begun(&leaf) == Some(number) {
            let proved = inclusion(at, place, &TxHashes(RefCell::new(&mut *tx)))
                .and_then(|path| verify_inclusion(at, place, leaf_hash(&bytes), &path));
            return Ok(proved.is_ok().then_some(leaf));
        }
    }
    Ok(None)
}
