//! The proof of a set of policies, as a file: what was proved about which rules and by what, signed by the member whose
//! node brought them into force.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::envelope::canonical_json;
use crate::stix::Digest;
use crate::{MemberId, MemberKey, Micros, ModelError, PublicKey};

/// Largest proof that is read, in bytes.
pub const PROOF_BYTES_MAX: usize = 4 << 20;

/// What stands for the solver where the proof of the guards was inherited by their hash.
pub const INHERITED: &str = "inherited";

/// What was proved about a set of policies.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyProof {
    /// Version of this form; always 1.
    pub v: u8,
    /// Name of the set: SHA-256 over schema, guards and local policies.
    pub policies: Digest,
    /// SHA-256 of the guards.
    pub guards: Digest,
    /// SHA-256 of the invariants that the community keeps of its own.
    pub own: Digest,
    /// The solver and its version, or [`INHERITED`].
    pub solver: String,
    /// When.
    pub at: Micros,
    /// The invariants.
    pub invariants: Vec<Promise>,
}

/// One invariant and the answers about it. The answer `holds` is a proof, `inherited` one by the hash of the guards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Its name.
    pub id: String,
    /// What it promises.
    pub says: String,
    /// A community's own: it has to hold for these policies only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_own: bool,
    /// The answer about any local policies, by action.
    pub any: BTreeMap<String, String>,
    /// The answer about these policies, by action.
    pub these: BTreeMap<String, String>,
}

impl PolicyProof {
    /// Signs the proof as `signer`.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn sign(self, signer: MemberId, key: &MemberKey) -> Result<SignedProof, ModelError> {
        let signature = key.sign(&signed_bytes(&self, &signer)?);
        Ok(SignedProof { signature, key: key.public().id(), signer, proof: self })
    }
}

/// A proof with the signature of the member whose node made it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedProof {
    /// What was proved.
    pub proof: PolicyProof,
    /// Who signed.
    pub signer: MemberId,
    /// Short name of the key.
    pub key: String,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

impl SignedProof {
    /// Reads a signed proof.
    ///
    /// # Errors
    /// [`ModelError::Proof`] when it is too large, not of this form, or of another version.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        if text.len() > PROOF_BYTES_MAX {
            return Err(ModelError::Proof(format!("larger than {PROOF_BYTES_MAX} bytes")));
        }
        let read: Self = serde_json::from_str(text).map_err(|error| ModelError::Proof(error.to_string()))?;
        if read.proof.v != 1 {
            return Err(ModelError::Proof(format!("version {} is not known here", read.proof.v)));
        }
        Ok(read)
    }

    /// The canonical form, as kept and exported; its SHA-256 is the name of the proof.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        String::from_utf8(canonical_json(self)?).map_err(|error| ModelError::Canonical(error.to_string()))
    }

    /// Checks the signature with a key of the signer.
    ///
    /// # Errors
    /// [`ModelError::Proof`] when it was made with another key or is not over this proof.
    pub fn verify(&self, key: &PublicKey) -> Result<(), ModelError> {
        key.verify(&signed_bytes(&self.proof, &self.signer)?, &self.signature)
            .map_err(|error| ModelError::Proof(error.to_string()))
    }
}

fn signed_bytes(proof: &PolicyProof, signer: &MemberId) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Statement<'a> {
        context: &'static str,
        proof: &'a PolicyProof,
        signer: &'a MemberId,
    }
    canonical_json(&Statement { context: "comity/policy-proof/1", proof, signer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_every_answer_and_the_signer() {
        let key = MemberKey::from_seed([1; 32]);
        let signer: MemberId = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
        let answers = BTreeMap::from([("release".to_owned(), "holds".to_owned())]);
        let promise = Promise {
            id: "exercise".into(),
            says: "EXERCISE nothing leaves".into(),
            is_own: false,
            any: answers.clone(),
            these: answers,
        };
        let proof = PolicyProof {
            v: 1,
            policies: Digest::of(b"set"),
            guards: Digest::of(b"guards"),
            own: Digest::of(b""),
            solver: "cvc5 1.0.3".into(),
            at: Micros(0),
            invariants: vec![promise],
        };
        let signed = proof.sign(signer, &key).unwrap();
        let read = SignedProof::from_json(&signed.to_json().unwrap()).unwrap();
        assert_eq!(read, signed);
        assert!(read.verify(&key.public()).is_ok());
        assert!(read.verify(&MemberKey::from_seed([2; 32]).public()).is_err());
        let mut altered = read.clone();
        altered.proof.invariants[0].these.insert("release".into(), "fails".into());
        assert!(altered.verify(&key.public()).is_err());
        let mut altered = read.clone();
        altered.signer = "identity--00000000-0000-4000-8000-000000000002".parse().unwrap();
        assert!(altered.verify(&key.public()).is_err());
        assert!(SignedProof::from_json(&read.to_json().unwrap().replace("\"v\":1", "\"v\":2")).is_err());
    }
}
