//! Signatures under agreements, whether these came into force or not.

use comity_model::MemberId;
use comity_model::stix::Digest;

use crate::{StoreError, Tx};

/// Keeps the signature of a member, in place of an earlier one under the same agreement.
///
/// # Errors
/// Those of the engine.
pub fn keep(
    tx: &mut Tx<'_>,
    agreement: Digest,
    signer: &MemberId,
    body: &str,
    now_us: i64,
) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO agreement_signature (agreement, signer, body, at_us) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (agreement, signer) DO UPDATE SET body = excluded.body, at_us = excluded.at_us",
        &[agreement.0.into(), signer.as_str().into(), body.into(), now_us.into()],
    )?;
    Ok(())
}

/// The signatures under an agreement, in the order of the signers.
///
/// # Errors
/// Those of the engine.
pub fn under(tx: &mut Tx<'_>, agreement: Digest) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT body FROM agreement_signature WHERE agreement = ?1 ORDER BY signer";
    tx.query(sql, &[agreement.0.into()])?.iter().map(|row| row.text(0)).collect()
}
