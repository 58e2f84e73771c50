//! Activations of local policies and of a community's own invariants.

use comity_model::stix::Digest;

use crate::{StoreError, Tx};

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

/// The invariants that are kept, as JSON, and the signed proof of them; none before the first activation.
///
/// # Errors
/// Those of the engine.
pub fn invariants(tx: &mut Tx<'_>) -> Result<Option<(String, String)>, StoreError> {
    tx.query_one("SELECT invariants, proof FROM activation ORDER BY epoch DESC LIMIT 1", &[])?
        .map(|row| Ok((row.text(0)?, row.text(1)?)))
        .transpose()
}

/// The signed proof of the newest activation, or of the one with which an epoch began.
///
/// # Errors
/// Those of the engine.
pub fn proof(tx: &mut Tx<'_>, epoch: Option<i64>) -> Result<Option<String>, StoreError> {
    let row = match epoch {
        Some(number) => tx.query_one("SELECT proof FROM activation WHERE epoch = ?1", &[number.into()])?,
        None => tx.query_one("SELECT proof FROM activation ORDER BY epoch DESC LIMIT 1", &[])?,
    };
    row.map(|row| row.text(0)).transpose()
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
