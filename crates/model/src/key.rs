//! The member key: Ed25519, used for envelopes and receipts.
//!
//! A key is made from a seed that the caller draws; this crate knows no randomness.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::ModelError;

const PREFIX: &str = "ed25519:";

/// A member's private key. `Debug` shows the public half only.
pub struct MemberKey(SigningKey);

impl MemberKey {
    /// The key of a 32-byte seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a message; the answer is base64 of the 64 bytes.
    pub fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for MemberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberKey({})", self.public())
    }
}

/// A member's public key, written `ed25519:` and base64 of 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The short name of the key: the first 8 bytes of its SHA-256, in hex. It stands in signatures and leaves.
    pub fn id(&self) -> String {
        let hash = Sha256::digest(self.0.as_bytes());
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks a base64 signature strictly (no small-order keys, no malleable encodings).
    ///
    /// # Errors
    /// [`ModelError::Key`] when the signature is malformed or not of this key over these bytes.
    pub fn verify(&self, message: &[u8], signature: &str) -> Result<(), ModelError> {
        let bytes: [u8; 64] = STANDARD
            .decode(signature)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| ModelError::Key("a signature must be base64 of 64 bytes".into()))?;
        self.0.verify_strict(message, &Signature::from_bytes(&bytes)).map_err(|_| {
            ModelError::Key(format!("the signature is not of key {} over these bytes", self.id()))
        })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.0.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        let bytes: [u8; 32] = text
            .strip_prefix(PREFIX)
            .and_then(|rest| STANDARD.decode(rest).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| {
                ModelError::Key(format!("`{text}` is no key: write `ed25519:` and base64 of 32 bytes"))
            })?;
        let key = VerifyingKey::from_bytes(&bytes)
            .map_err(|_| ModelError::Key(format!("`{text}` is not a point of the curve")))?;
        Ok(Self(key))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_and_bytes_only() {
        let key = MemberKey::from_seed([7; 32]);
        let other = MemberKey::from_seed([8; 32]);
        let signature = key.sign(b"message");
        assert!(key.public().verify(b"message", &signature).is_ok());
        assert!(key.public().verify(b"massage", &signature).is_err());
        assert!(other.public().verify(b"message", &signature).is_err());
        assert!(key.public().verify(b"message", "AAAA").is_err());
    }

    #[test]
    fn the_public_key_round_trips_as_text() {
        let key = MemberKey::from_seed([7; 32]).public();
        assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
        assert!("ed25519:AAAA".parse::<PublicKey>().is_err());
    }
}
