//! Applied versions of the agreement and of the local policies.

use comity_model::stix::Digest;

use crate::{Row, StoreError, Tx};

/// One applied version of agreement and policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Epoch {
    /// Number, from 1.
    pub number: i64,
    /// Digest of the agreement.
    pub digest: Digest,
    /// The agreement as TOML.
    pub agreement: String,
    /// Hash of the policy set.
    pub policy: Digest,
}

/// Number and hashes of the epoch in force, without its texts: cheap, to ask before every page.
///
/// # Errors
/// Those of the engine.
pub fn number(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    Ok(tx
        .query_one("SELECT max(epoch) FROM epoch", &[])?
        .map(|row| row.opt_int(0))
        .transpose()?
        .flatten()
        .unwrap_or(0))
}

/// What tells apart what is in force: number of the epoch, digest of its agreement, hash of its policy set, and the mark of
/// the list of changed keys.
pub type Names = (i64, Digest, Digest, Option<Digest>);

/// The names of what is in force. Numbers alone tell epochs apart no better: a transaction may have been rolled back.
///
/// # Errors
/// Those of the engine.
pub fn names(tx: &mut Tx<'_>) -> Result<Option<Names>, StoreError> {
    let sql = "SELECT epoch, digest, policy, (SELECT mark FROM key_change ORDER BY n DESC LIMIT 1)
               FROM epoch ORDER BY epoch DESC LIMIT 1";
    tx.query_one(sql, &[])?
        .map(|row| {
            let mark = row.opt_hash(3)?.map(Digest);
            Ok((row.int(0)?, Digest(row.hash(1)?), Digest(row.hash(2)?), mark))
        })
        .transpose()
}

/// The epoch in force.
///
/// # Errors
/// Those of the engine.
pub fn latest(tx: &mut Tx<'_>) -> Result<Option<Epoch>, StoreError> {
    tx.query_one("SELECT epoch, digest, body, policy FROM epoch ORDER BY epoch DESC LIMIT 1", &[])?
        .as_ref()
        .map(read)
        .transpose()
}

/// The epoch of this number.
///
/// # Errors
/// Those of the engine.
pub fn numbered(tx: &mut Tx<'_>, number: i64) -> Result<Option<Epoch>, StoreError> {
    tx.query_one("SELECT epoch, digest, body, policy FROM epoch WHERE epoch = ?1", &[number.into()])?
        .as_ref()
        .map(read)
        .transpose()
}

fn read(row: &Row) -> Result<Epoch, StoreError> {
    Ok(Epoch {
        number: row.int(0)?,
        digest: Digest(row.hash(1)?),
        agreement: row.text(2)?,
        policy: Digest(row.hash(3)?),
    })
}

/// The agreements of all epochs, oldest first.
///
/// # Errors
/// Those of the engine.
pub fn agreements(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    tx.query("SELECT body FROM epoch ORDER BY epoch", &[])?.iter().map(|row| row.text(0)).collect()
}

/// Puts another epoch in force.
///
/// # Errors
/// [`StoreError::Conflict`] when the number exists.
pub fn insert(tx: &mut Tx<'_>, epoch: &Epoch, actor: &str, at_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO epoch (epoch, digest, body, policy, actor, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            epoch.number.into(),
            epoch.digest.0.into(),
            (&epoch.agreement).into(),
            epoch.policy.0.into(),
            actor.into(),
            at_us.into(),
        ],
    )?;
    Ok(())
}

/// Local policies as they are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// SHA-256 of the schema that they were read with; none where an older program kept them.
    pub schema: Option<Digest>,
    /// SHA-256 of the guards.
    pub guards: Digest,
    /// Their text.
    pub body: String,
}

/// Keeps the text of a set of local policies, with the SHA-256 of the schema and that of the guards. They stand in one
/// column, one after the other; older programs left the one of the guards there.
///
/// # Errors
/// Those of the engine.
pub fn keep_policy(
    tx: &mut Tx<'_>,
    policy: Digest,
    [schema, guards]: [Digest; 2],
    body: &str,
) -> Result<(), StoreError> {
    let frame = [schema.0, guards.0].as_flattened().to_vec();
    tx.exec(
        "INSERT INTO policy (policy, guards, body) VALUES (?1, ?2, ?3) ON CONFLICT (policy) DO NOTHING",
        &[policy.0.into(), frame.into(), body.into()],
    )?;
    Ok(())
}

/// A set of local policies.
///
/// # Errors
/// Those of the engine; [`StoreError::Row`] when the hashes beside it are none.
pub fn kept(tx: &mut Tx<'_>, policy: Digest) -> Result<Option<Kept>, StoreError> {
    let Some(row) = tx.query_one("SELECT guards, body FROM policy WHERE policy = ?1", &[policy.0.into()])?
    else {
        return Ok(None);
    };
    let (schema, guards) = match row.blob_ref(0)?.as_chunks::<32>() {
        ([guards], []) => (None, Digest(*guards)),
        ([schema, guards], []) => (Some(Digest(*schema)), Digest(*guards)),
        _ => return Err(StoreError::Row("beside a set of policies stand no hashes".into())),
    };
    Ok(Some(Kept { schema, guards, body: row.text(1)? }))
}

/// The text of a set of local policies.
///
/// # Errors
/// Those of [`kept`].
pub fn policy(tx: &mut Tx<'_>, policy: Digest) -> Result<Option<String>, StoreError> {
    Ok(kept(tx, policy)?.map(|kept| kept.body))
}
