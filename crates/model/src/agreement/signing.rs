//! An agreement that takes effect when several members have signed it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Agreement;
use crate::envelope::canonical_json;
use crate::stix::Digest;
use crate::{MemberId, MemberKey, ModelError, PublicKey};

/// Largest signature under an agreement, in bytes of its JSON.
pub const SIGNATURE_BYTES_MAX: usize = 2 << 10;
/// Hours for which two members go on with two agreements, when the agreement does not say.
const GRACE_HOURS: u32 = 48;

/// Who signs the next version of the agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// The members that may sign.
    pub by: BTreeSet<MemberId>,
    /// How many of them have to.
    pub need: u32,
    /// For how many hours two members go on handing each other records while other agreements are in force at their nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_hours: Option<u32>,
}

impl Signing {
    /// For how many hours two members go on with two agreements.
    #[must_use]
    pub fn grace_hours(&self) -> u32 {
        self.grace_hours.unwrap_or(GRACE_HOURS)
    }

    /// What is wrong with it in an agreement.
    pub(super) fn fault(&self, agreement: &Agreement) -> Option<String> {
        let most = u32::try_from(self.by.len()).unwrap_or(u32::MAX);
        if self.need == 0 || self.need > most {
            return Some(format!("signing needs {} of {most} signatures: write 1 to {most}", self.need));
        }
        let can_sign = |id: &&MemberId| {
            agreement.member(id).is_some_and(|member| member.active && !member.keys.is_empty())
        };
        self.by
            .iter()
            .find(|id| !can_sign(id))
            .map(|id| format!("{id} is to sign, and is no active member with a key"))
    }
}

/// The signature of a member under an agreement: it wants this version to come into force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementSignature {
    /// Version of this form; always 1.
    pub v: u8,
    /// Digest of the agreement.
    pub digest: Digest,
    /// Its version.
    pub version: u64,
    /// Who signs.
    pub signer: MemberId,
    /// Short name of the key.
    pub key: String,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

impl AgreementSignature {
    /// Signs an agreement.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a number in it is beyond 2^53.
    pub fn sign(agreement: &Agreement, signer: MemberId, key: &MemberKey) -> Result<Self, ModelError> {
        let (digest, version) = (agreement.digest()?, agreement.version);
        let signature = key.sign(&signed_bytes(digest, version, &signer)?);
        Ok(Self { v: 1, digest, version, signer, key: key.public().id(), signature })
    }

    /// Reads a signature; whether it holds is not looked at.
    ///
    /// # Errors
    /// [`ModelError::Agreement`] when it is too large, not of this form, or of another version.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let wrong = |why: String| ModelError::Agreement(format!("signature: {why}"));
        if text.len() > SIGNATURE_BYTES_MAX {
            return Err(wrong(format!("it is over {SIGNATURE_BYTES_MAX} bytes")));
        }
        let read: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if read.v == 1 { Ok(read) } else { Err(wrong(format!("version {} is not known here", read.v))) }
    }

    /// The canonical form.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when the version is beyond 2^53.
    pub fn to_json(&self) -> Result<String, ModelError> {
        String::from_utf8(canonical_json(self)?).map_err(|error| ModelError::Canonical(error.to_string()))
    }

    /// Checks that it is under this agreement, with this key.
    ///
    /// # Errors
    /// [`ModelError::Agreement`] when it is under another one; [`ModelError::Key`] when it does not hold.
    pub fn verify(&self, agreement: &Agreement, key: &PublicKey) -> Result<(), ModelError> {
        if (self.digest, self.version) != (agreement.digest()?, agreement.version) {
            return Err(ModelError::Agreement(format!(
                "the signature of {} is under another text, version {}",
                self.signer, self.version
            )));
        }
        key.verify(&signed_bytes(self.digest, self.version, &self.signer)?, &self.signature)
    }
}

fn signed_bytes(digest: Digest, version: u64, signer: &MemberId) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Statement<'a> {
        context: &'static str,
        digest: Digest,
        version: u64,
        signer: &'a MemberId,
    }
    canonical_json(&Statement { context: "comity/agreement/1", digest, version, signer })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement(signing: &str) -> Result<Agreement, ModelError> {
        let member = |n: u8| {
            let key = MemberKey::from_seed([n; 32]).public();
            let id = format!("identity--00000000-0000-4000-8000-00000000000{n}");
            format!(
                "[[member]]\nid = \"{id}\"\nname = \"EXERCISE {n}\"\nstanding = \"member\"\nkeys = [\"{key}\"]\n"
            )
        };
        Agreement::from_toml(&format!(
            "title = \"EXERCISE\"\nversion = 2\n{signing}\n{}{}",
            member(1),
            member(2)
        ))
    }

    const BOTH: &str = "by = [\"identity--00000000-0000-4000-8000-000000000001\", \"identity--00000000-0000-4000-8000-000000000002\"]";

    #[test]
    fn who_signs_are_members_with_keys_and_no_more_are_needed_than_there_are() {
        let with = |text: &str| agreement(&format!("[signing]\n{text}"));
        assert_eq!(with(&format!("{BOTH}\nneed = 2")).unwrap().signing.unwrap().grace_hours(), 48);
        for wrong in [
            format!("{BOTH}\nneed = 3"),
            format!("{BOTH}\nneed = 0"),
            "by = []\nneed = 1".to_owned(),
            "by = [\"identity--00000000-0000-4000-8000-000000000003\"]\nneed = 1".to_owned(),
        ] {
            assert!(with(&wrong).is_err(), "{wrong}");
        }
        assert!(!agreement("").unwrap().to_toml().unwrap().contains("signing"), "its digest stays as it was");
    }

    #[test]
    fn a_signature_is_under_one_text_of_one_version() {
        let (one, key) = (agreement("").unwrap(), MemberKey::from_seed([1; 32]));
        let signed = AgreementSignature::sign(&one, one.members[0].id.clone(), &key).unwrap();
        let read = AgreementSignature::from_json(&signed.to_json().unwrap()).unwrap();
        assert!(read.verify(&one, &key.public()).is_ok());
        assert!(read.verify(&one, &MemberKey::from_seed([2; 32]).public()).is_err());
        for change in [|one: &mut Agreement| one.version += 1, |one: &mut Agreement| one.title.push('!')] {
            let mut other = one.clone();
            change(&mut other);
            assert!(read.verify(&other, &key.public()).is_err());
        }
        let other = AgreementSignature { signer: one.members[1].id.clone(), ..read };
        assert!(other.verify(&one, &key.public()).is_err(), "in the name of another");
    }
}
