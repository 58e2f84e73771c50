//! Signed messages between members: what a node says to another besides records. Each is signed by the member key of
//! who says it, over its canonical form (RFC 8785), so that it can be passed on and proved.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::envelope::canonical_json;
use crate::stix::Digest;
use crate::{MemberId, MemberKey, Micros, ModelError, PublicKey};

/// Largest message, in bytes of its canonical form.
pub const MESSAGE_BYTES_MAX: usize = 256 << 10;
/// Longest id or kind of a message, in bytes.
const WORD_BYTES_MAX: usize = 64;

/// What one member says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Version of this form; always 1.
    pub v: u8,
    /// The speaker's own name for it: what it says under one name is said once.
    pub id: String,
    /// What it is about: decides the form of `body`.
    pub kind: String,
    /// Who says it, and signs.
    pub from: MemberId,
    /// For whom it is; absent when it is for everybody whom it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<MemberId>,
    /// When it was said, by the speaker's clock.
    pub at: Micros,
    /// What is said.
    pub body: Value,
}

/// A message with the signature of who says it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedMessage {
    /// What is said.
    pub message: Message,
    /// Short name of the key.
    pub key: String,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

/// A kind of message: its word, and the form of its body.
pub trait Body: Serialize + DeserializeOwned {
    /// The word of the kind: lower-case letters and hyphens.
    const KIND: &'static str;
}

impl Message {
    /// A message that is not signed yet.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when the body has no JSON form.
    pub fn new<B: Body>(
        id: String,
        from: MemberId,
        to: Option<MemberId>,
        at: Micros,
        body: &B,
    ) -> Result<Self, ModelError> {
        let body = serde_json::to_value(body).map_err(|error| ModelError::Canonical(error.to_string()))?;
        Ok(Self { v: 1, id, kind: B::KIND.to_owned(), from, to, at, body })
    }

    /// Signs it with the key of the member that says it.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form; [`ModelError::Message`] when it is too large.
    pub fn sign(self, key: &MemberKey) -> Result<SignedMessage, ModelError> {
        let signature = key.sign(&signed_bytes(&self)?);
        let signed = SignedMessage { key: key.public().id(), signature, message: self };
        signed.checked()
    }
}

impl SignedMessage {
    /// Reads a signed message. Its signature is not looked at.
    ///
    /// # Errors
    /// [`ModelError::Message`] when it is too large, not of this form, or of another version.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        if text.len() > 2 * MESSAGE_BYTES_MAX {
            return Err(too_large());
        }
        let read: Self =
            serde_json::from_str(text).map_err(|error| ModelError::Message(error.to_string()))?;
        read.checked()
    }

    /// Checks what was read as a part of something else.
    ///
    /// # Errors
    /// As for [`Self::from_json`].
    pub fn checked(self) -> Result<Self, ModelError> {
        if self.message.v != 1 {
            return Err(ModelError::Message(format!("version {} is not known here", self.message.v)));
        }
        let is_word = |text: &str| {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            (1..=WORD_BYTES_MAX).contains(&text.len()) && text.chars().all(is_plain)
        };
        for (name, text) in [("id", &self.message.id), ("kind", &self.message.kind)] {
            if !is_word(text) {
                let why = format!(
                    "{name}: 1 to {WORD_BYTES_MAX} lower-case letters, digits and hyphens are expected"
                );
                return Err(ModelError::Message(why));
            }
        }
        if canonical_json(&self)?.len() > MESSAGE_BYTES_MAX {
            return Err(too_large());
        }
        Ok(self)
    }

    /// The canonical form, as stored and sent.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<String, ModelError> {
        String::from_utf8(canonical_json(self)?).map_err(|error| ModelError::Canonical(error.to_string()))
    }

    /// SHA-256 of the canonical form: the name under which everybody knows it.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn digest(&self) -> Result<Digest, ModelError> {
        Ok(Digest::of(&canonical_json(self)?))
    }

    /// Checks the signature against one of the speaker's keys.
    ///
    /// # Errors
    /// [`ModelError::Message`] when no key given is the one named, or the signature is not over this message.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), ModelError> {
        let key = keys.iter().find(|key| key.id() == self.key).ok_or_else(|| {
            let from = &self.message.from;
            ModelError::Message(format!("key {} is not among the keys of {from} in the agreement", self.key))
        })?;
        key.verify(&signed_bytes(&self.message)?, &self.signature)
            .map_err(|error| ModelError::Message(error.to_string()))
    }

    /// What is said, in the form of its kind.
    ///
    /// # Errors
    /// [`ModelError::Message`] when it is of another kind or not of that form.
    pub fn read<B: Body>(&self) -> Result<B, ModelError> {
        if self.message.kind != B::KIND {
            return Err(ModelError::Message(format!("it is a `{}`, not a `{}`", self.message.kind, B::KIND)));
        }
        B::deserialize(&self.message.body).map_err(|error| ModelError::Message(error.to_string()))
    }
}

fn too_large() -> ModelError {
    ModelError::Message(format!("it is over {MESSAGE_BYTES_MAX} bytes"))
}

fn signed_bytes(message: &Message) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Statement<'a> {
        context: &'static str,
        message: &'a Message,
    }
    canonical_json(&Statement { context: "comity/message/1", message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Greeting {
        words: String,
    }

    impl Body for Greeting {
        const KIND: &'static str = "greeting";
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Other {}

    impl Body for Other {
        const KIND: &'static str = "other";
    }

    fn member() -> MemberId {
        "identity--00000000-0000-4000-8000-000000000001".parse().unwrap()
    }

    fn greeting(words: &str) -> Message {
        let body = Greeting { words: words.to_owned() };
        Message::new("m-1".into(), member(), None, Micros(1_767_225_600_000_000), &body).unwrap()
    }

    #[test]
    fn a_message_comes_back_as_it_was_said_and_its_name_is_the_same_for_everybody() {
        let key = MemberKey::from_seed([1; 32]);
        let signed = greeting("EXERCISE Ж ا").sign(&key).unwrap();
        let text = signed.to_json().unwrap();
        let read = SignedMessage::from_json(&text).unwrap();
        assert!(read.verify(&[key.public()]).is_ok());
        assert_eq!(read.read::<Greeting>().unwrap().words, "EXERCISE Ж ا");
        let spread = serde_json::to_string_pretty(&read).unwrap();
        let again = SignedMessage::from_json(&spread).unwrap();
        assert_eq!(again.digest().unwrap(), signed.digest().unwrap());
        assert_eq!(again.digest().unwrap(), Digest::of(text.as_bytes()));
    }

    #[test]
    fn every_field_is_under_the_signature_and_no_other_key_does() {
        let key = MemberKey::from_seed([1; 32]);
        let signed = greeting("EXERCISE").sign(&key).unwrap();
        let other = MemberKey::from_seed([2; 32]);
        assert!(signed.verify(&[other.public()]).is_err());
        type Change = fn(&mut Message);
        let changes: [Change; 6] = [
            |one| one.id.push('x'),
            |one| one.kind = "other".into(),
            |one| one.from = "identity--00000000-0000-4000-8000-000000000002".parse().unwrap(),
            |one| one.to = Some(one.from.clone()),
            |one| one.at = Micros(one.at.0 + 1),
            |one| one.body["words"] = "EXERCISE other".into(),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut altered = signed.clone();
            change(&mut altered.message);
            assert!(altered.verify(&[key.public()]).is_err(), "change {n}");
        }
        assert!(signed.verify(&[other.public(), key.public()]).is_ok());
    }

    #[test]
    fn what_is_not_of_this_form_is_refused_with_the_reason() {
        let key = MemberKey::from_seed([1; 32]);
        let good = greeting("EXERCISE").sign(&key).unwrap();
        let text = good.to_json().unwrap();
        for (from, to, why) in [
            ("\"v\":1", "\"v\":2", "version 2 is not known here"),
            ("\"v\":1", "\"v\":1,\"extra\":1", "unknown field"),
            ("\"m-1\"", "\"M 1\"", "id: 1 to 64"),
            ("\"m-1\"", "\"\"", "id: 1 to 64"),
            ("\"greeting\"", "\"greeting\\u0000\"", "kind: 1 to 64"),
        ] {
            let bad = text.replacen(from, to, 1);
            let error = SignedMessage::from_json(&bad).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(good.read::<Other>().unwrap_err().to_string().contains("it is a `greeting`"));
        let large = greeting(&"x".repeat(MESSAGE_BYTES_MAX));
        assert!(large.sign(&key).unwrap_err().to_string().contains("over 262144 bytes"));
    }
}
