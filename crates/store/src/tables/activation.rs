//! Activations of local policies and of a community's own invariants.

use comity_model::stix::Digest;

use crate::{Row, StoreError, Tx};

/// One activation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activation {
    /// The epoch that began with it.
    pub epoch: i64,
    /// The invariants that are kept since then, as JSON.
    pub invariants: String,
    /// The signed proof.
    pub proof: String,
    /// SHA-256 of the proof.
    pub digest: Digest,
    /// By what it was proved.
    pub solver: String,
    /// Why; empty when nobody said.
    pub reason: String,
}

/// Keeps an activation.
///
/// # Errors
/// [`StoreError::Conflict`] when the epoch has one.
pub fn insert(tx: &mut Tx<'_>, activation: &Activation) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO activation (epoch, invariants, proof, digest, solver, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            activation.epoch.into(),
            (&activation.invariants).into(),
            (&activation.proof).into(),
            activation.digest.0.into(),
            (&activation.solver).into(),
            (&activation.reason).into(),
        ],
    )?;
    Ok(())
}

/// The newest activation; none before the first.
///
/// # Errors
/// Those of the engine.
pub fn newest(tx: &mut Tx<'_>) -> Result<Option<Activation>, StoreError> {
    tx.query_one(
        "SELECT epoch, invariants, proof, digest, solver, reason FROM activation ORDER BY epoch DESC LIMIT 1",
        &[],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// The activation with which an epoch began; none for an epoch that began otherwise.
///
/// # Errors
/// Those of the engine.
pub fn of(tx: &mut Tx<'_>, epoch: i64) -> Result<Option<Activation>, StoreError> {
    tx.query_one(
        "SELECT epoch, invariants, proof, digest, solver, reason FROM activation WHERE epoch = ?1",
        &[epoch.into()],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

fn read(row: &Row) -> Result<Activation, StoreError> {
    Ok(Activation {
        epoch: row.int(0)?,
        invariants: row.text(1)?,
        proof: row.text(2)?,
        digest: Digest(row.hash(3)?),
        solver: row.text(4)?,
        reason: row.text(5)?,
    })
}

/// An epoch with its policy set, and the activation with which it began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Number of the epoch.
    pub epoch: i64,
    /// Name of the policy set.
    pub policy: Digest,
    /// Who began it.
    pub actor: String,
    /// When.
    pub at_us: i64,
    /// SHA-256 of the proof, by what it was proved, and why; none for an epoch that began otherwise.
    pub activation: Option<(Digest, String, String)>,
}

/// All epochs, oldest first.
///
/// # Errors
/// Those of the engine.
pub fn steps(tx: &mut Tx<'_>) -> Result<Vec<Step>, StoreError> {
    tx.query(
        "SELECT e.epoch, e.policy, e.actor, e.at_us, a.epoch, a.digest, a.solver, a.reason
         FROM epoch e LEFT JOIN activation a ON a.epoch = e.epoch ORDER BY e.epoch",
        &[],
    )?
    .iter()
    .map(|row| {
        let is_activation = row.opt_int(4)?.is_some();
        let activation =
            is_activation.then(|| Ok::<_, StoreError>((Digest(row.hash(5)?), row.text(6)?, row.text(7)?)));
        Ok(Step {
            epoch: row.int(0)?,
            policy: Digest(row.hash(1)?),
            actor: row.text(2)?,
            at_us: row.int(3)?,
            activation: activation.transpose()?,
        })
    })
    .collect()
}
