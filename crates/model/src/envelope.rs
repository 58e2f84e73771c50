//! The envelope: what travels with a record and is not in its bytes.
//!
//! It is signed by the origin's member key over its canonical form (RFC 8785). It does not hold the object.

use serde::{Deserialize, Serialize};

use crate::stix::{self, Digest};
use crate::{Handling, MemberId, MemberKey, Micros, ModelError, PublicKey};

/// Source and information, graded apart on one scale. Scales are never converted into each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// `4x4` or `6x6` (Admiralty).
    pub scale: String,
    /// Reliability of the source.
    pub source: String,
    /// Credibility of the information.
    pub information: String,
}

/// What an origin states about one version of one of its records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Version of this form; always 1.
    pub v: u8,
    /// SHA-256 of the canonical form of the whole object.
    pub object: Digest,
    /// STIX id of the object.
    pub id: String,
    /// Whose record it is.
    pub origin: MemberId,
    /// The origin's own number for this statement; rises with every change.
    pub seq: u64,
    /// 1 at first; rises with every change of handling of the same bytes.
    pub revision: u32,
    /// What the origin states about release.
    pub handling: Handling,
    /// Grading by the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<Grading>,
    /// Purpose for which it was collected; required with personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Legal basis of the exchange; required with personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// When the record is to be reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_at: Option<Micros>,
}

impl Envelope {
    /// Signs the envelope as `signer`.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn sign(self, signer: MemberId, key: &MemberKey) -> Result<SignedEnvelope, ModelError> {
        let message = signed_bytes(&self, &signer)?;
        Ok(SignedEnvelope { signature: key.sign(&message), key: key.public().id(), signer, envelope: self })
    }
}

/// An envelope with the signature of its origin, or of the member that attests it for an origin without a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedEnvelope {
    /// What is stated.
    pub envelope: Envelope,
    /// Who signed.
    pub signer: MemberId,
    /// Short name of the key.
    pub key: String,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

impl SignedEnvelope {
    /// Reads a signed envelope and completes its handling.
    ///
    /// # Errors
    /// [`ModelError::Envelope`] when it is not of this form or of another version.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let mut read: Self =
            serde_json::from_str(text).map_err(|error| ModelError::Envelope(error.to_string()))?;
        if read.envelope.v != 1 {
            return Err(ModelError::Envelope(format!("version {} is not known here", read.envelope.v)));
        }
        if read.envelope.handling.originator != read.envelope.origin {
            return Err(ModelError::Envelope(
                "the handling names another originator than the envelope".into(),
            ));
        }
        read.envelope.handling = read.envelope.handling.checked()?;
        Ok(read)
    }

    /// Checks the signature against one of the signer's keys.
    ///
    /// # Errors
    /// [`ModelError::Envelope`] when no key given is the one named, or the signature is not over this envelope.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), ModelError> {
        let key = keys.iter().find(|key| key.id() == self.key).ok_or_else(|| {
            ModelError::Envelope(format!(
                "key {} is not among the keys of {} in the agreement",
                self.key, self.signer
            ))
        })?;
        key.verify(&signed_bytes(&self.envelope, &self.signer)?, &self.signature)
            .map_err(|error| ModelError::Envelope(error.to_string()))
    }

    /// The serialised form, as stored and sent.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        String::from_utf8(canonical_json(self)?).map_err(|error| ModelError::Canonical(error.to_string()))
    }
}

fn signed_bytes(envelope: &Envelope, signer: &MemberId) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Statement<'a> {
        context: &'static str,
        envelope: &'a Envelope,
        signer: &'a MemberId,
    }
    canonical_json(&Statement { context: "comity/envelope/1", envelope, signer })
}

/// The RFC 8785 form of anything serialisable. Numbers beyond 2^53 and duplicate keys are refused.
pub(crate) fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, ModelError> {
    let plain = serde_json::to_vec(value).map_err(|error| ModelError::Canonical(error.to_string()))?;
    let tree = stix::json::parse(&plain, &stix::Limits::default())
        .map_err(|error| ModelError::Canonical(error.to_string()))?;
    stix::canon::canonical(&tree).map_err(|error| ModelError::Canonical(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        let origin: MemberId = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
        Envelope {
            v: 1,
            object: Digest::of(b"{}"),
            id: "note--00000000-0000-4000-8000-000000000002".into(),
            handling: Handling::unmarked(origin.clone()),
            origin,
            seq: 1,
            revision: 1,
            grading: None,
            purpose: None,
            legal_basis: None,
            review_at: None,
        }
    }

    #[test]
    fn the_signature_covers_every_statement_and_the_signer() {
        let key = MemberKey::from_seed([1; 32]);
        let signed = envelope().sign(envelope().origin, &key).unwrap();
        let read = SignedEnvelope::from_json(&signed.to_json().unwrap()).unwrap();
        assert!(read.verify(&[key.public()]).is_ok());

        let mut altered = read.clone();
        altered.envelope.handling.onward = true;
        assert!(altered.verify(&[key.public()]).is_err());
        let mut altered = read.clone();
        altered.envelope.seq = 2;
        assert!(altered.verify(&[key.public()]).is_err());
        let mut altered = read.clone();
        altered.signer = "identity--00000000-0000-4000-8000-000000000009".parse().unwrap();
        assert!(altered.verify(&[key.public()]).is_err());
        assert!(read.verify(&[MemberKey::from_seed([2; 32]).public()]).is_err());
    }

    #[test]
    fn an_envelope_about_another_originators_handling_is_refused() {
        let key = MemberKey::from_seed([1; 32]);
        let mut wrong = envelope();
        wrong.handling =
            Handling::unmarked("identity--00000000-0000-4000-8000-000000000009".parse().unwrap());
        let text = wrong.clone().sign(wrong.origin, &key).unwrap().to_json().unwrap();
        assert!(SignedEnvelope::from_json(&text).is_err());
    }
}
