//! Key notes: which keys a member's node uses besides the member key, signed by the member key. The agreement names member
//! keys only; a note binds the others to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::envelope::canonical_json;
use crate::stix::Digest;
use crate::{MemberId, MemberKey, ModelError, PublicKey, SignedSuccession};

/// Largest key note, in bytes of its canonical form.
const NOTE_BYTES_MAX: usize = 16 << 10;
/// Most certificates of one node.
const TLS_MAX: usize = 4;
/// Most changes of a key that a note states.
pub const CHANGES_MAX: usize = 8;

/// The keys of one member's node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyNote {
    /// Version of this form; always 1.
    pub v: u8,
    /// Whose they are.
    pub member: MemberId,
    /// Rises with every change: the note of the highest number counts.
    pub number: u64,
    /// Verifier key of the ledger (C2SP signed-note).
    pub ledger: String,
    /// Verifier key for checkpoints of others (C2SP tlog-cosignature).
    pub witness: String,
    /// Of a ledger that goes on after a restoration under another name: how many leaves of the one before it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<u64>,
    /// SHA-256 of the public keys (SPKI) of the node's certificates: one, or two while one replaces the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tls: Vec<Digest>,
    /// Public key (X25519, Base64) under which bundles for a member without a network are sealed; absent from programs that
    /// open none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier: Option<String>,
    /// How the member came to the key that signs the note, from one that the agreement names: the newest changes, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<SignedSuccession>,
    /// How the node came to the key of its ledger: checkpoints that the key before and the next one signed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handed_over: Vec<String>,
    /// The verifier key under which checkpoints of others were signed before `witness`, while both are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness_before: Option<String>,
    /// What newer programs state besides; it stands under the signature as well.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// A key note with the signature of the member.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedKeyNote {
    /// The keys.
    pub note: KeyNote,
    /// Short name of the member key that signed.
    pub key: String,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

impl KeyNote {
    /// Signs the note.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn sign(self, key: &MemberKey) -> Result<SignedKeyNote, ModelError> {
        let signature = key.sign(&signed_bytes(&self)?);
        Ok(SignedKeyNote { key: key.public().id(), signature, note: self })
    }
}

impl SignedKeyNote {
    /// Reads a note that was kept. Its signature is not looked at.
    ///
    /// # Errors
    /// [`ModelError::KeyNote`] when it is not of this form.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        serde_json::from_str(text).map_err(|error| ModelError::KeyNote(error.to_string()))
    }

    /// The canonical form, as kept.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        String::from_utf8(canonical_json(self)?).map_err(|error| ModelError::Canonical(error.to_string()))
    }

    /// Checks form and signature against the member's keys.
    ///
    /// # Errors
    /// [`ModelError::KeyNote`] when it is too large, of another version, or not signed with one of these keys.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), ModelError> {
        let wrong = |why: String| Err(ModelError::KeyNote(why));
        if self.note.v != 1 {
            return wrong(format!("version {} is not known here", self.note.v));
        }
        if self.note.number == 0 {
            return wrong("its number goes from 1 on".into());
        }
        if canonical_json(self)?.len() > NOTE_BYTES_MAX {
            return wrong(format!("it is over {NOTE_BYTES_MAX} bytes"));
        }
        if self.note.tls.len() > TLS_MAX {
            return wrong(format!("it names more than {TLS_MAX} certificates"));
        }
        if self.note.follows.len().max(self.note.handed_over.len()) > CHANGES_MAX {
            return wrong(format!("it states more than {CHANGES_MAX} changes of a key"));
        }
        let Some(key) = keys.iter().find(|key| key.id() == self.key) else {
            return wrong(format!("key {} is not among the keys of its member in the agreement", self.key));
        };
        key.verify(&signed_bytes(&self.note)?, &self.signature)
            .map_err(|error| ModelError::KeyNote(error.to_string()))
    }
}

fn signed_bytes(note: &KeyNote) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Statement<'a> {
        context: &'static str,
        note: &'a KeyNote,
    }
    canonical_json(&Statement { context: "comity/keys/1", note })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> KeyNote {
        KeyNote {
            v: 1,
            member: "identity--00000000-0000-4000-8000-000000000001".parse().unwrap(),
            number: 7,
            ledger: "exercise.example+1+AAAA".into(),
            witness: "exercise.example/witness+1+AAAA".into(),
            continues: None,
            tls: vec![Digest::of(b"EXERCISE")],
            courier: None,
            follows: Vec::new(),
            handed_over: Vec::new(),
            witness_before: None,
            more: BTreeMap::new(),
        }
    }

    #[test]
    fn everything_in_a_note_is_under_the_signature_also_what_is_not_known_here() {
        let key = MemberKey::from_seed([1; 32]);
        let mut newer = note();
        newer.more.insert("later".into(), "EXERCISE".into());
        let signed = newer.sign(&key).unwrap();
        let read = SignedKeyNote::from_json(&signed.to_json().unwrap()).unwrap();
        assert_eq!(read, signed);
        assert!(read.verify(&[key.public()]).is_ok());
        type Change = fn(&mut KeyNote);
        let changes: [Change; 7] = [
            |one| one.number += 1,
            |one| one.ledger.push('x'),
            |one| one.witness.push('x'),
            |one| one.tls.clear(),
            |one| one.courier = Some("EXERCISE".into()),
            |one| one.member = "identity--00000000-0000-4000-8000-000000000002".parse().unwrap(),
            |one| one.more.clear(),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut altered = signed.clone();
            change(&mut altered.note);
            assert!(altered.verify(&[key.public()]).is_err(), "change {n}");
        }
        assert!(signed.verify(&[MemberKey::from_seed([2; 32]).public()]).is_err());
    }

    #[test]
    fn a_note_of_another_version_without_a_number_or_too_large_is_refused() {
        let key = MemberKey::from_seed([1; 32]);
        for (change, why) in [
            (KeyNote { v: 2, ..note() }, "version 2"),
            (KeyNote { number: 0, ..note() }, "from 1"),
            (KeyNote { tls: vec![Digest::of(b""); 5], ..note() }, "more than 4"),
            (KeyNote { ledger: "x".repeat(NOTE_BYTES_MAX), ..note() }, "over 16384"),
        ] {
            let error = change.sign(&key).unwrap().verify(&[key.public()]).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
