//! Invitations: how a member asks another into the community, and what the two nodes say to each other until it is in.
//!
//! An invitation is a text that people hand over by whatever way they trust. It names who invites, with its keys and the
//! certificate of its node, and holds a token that is good once. Whoever has it answers by its node; the answer to that
//! brings the agreement, which names the new member.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::agreement::AGREEMENT_BYTES_MAX;
use crate::envelope::canonical_json;
use crate::stix::Digest;
use crate::{MemberId, MemberKey, Micros, ModelError, PublicKey, SignedKeyNote, Standing};

/// The first line of an invitation.
const HEADING: &str = "comity-invitation 1";
/// Largest invitation, in bytes of its text; and largest request to join.
pub const INVITATION_BYTES_MAX: usize = 64 << 10;
/// Characters on a line of the text.
const LINE_CHARS: usize = 76;

/// Something that a node states under its member key, in one context only.
pub trait Statement: Serialize + DeserializeOwned {
    /// The context: the same bytes mean nothing in another one.
    const CONTEXT: &'static str;
    /// Most bytes of its JSON.
    const BYTES_MAX: usize;
    /// Version of its form.
    fn version(&self) -> u8;
}

/// A statement with the signature of who states it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed<T> {
    /// What is stated.
    pub said: T,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

impl<T: Statement> Signed<T> {
    /// Signs a statement.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn new(said: T, key: &MemberKey) -> Result<Self, ModelError> {
        let signature = key.sign(&signed_bytes(&said)?);
        Ok(Self { said, signature })
    }

    /// Reads a statement from JSON. Its signature is not looked at.
    ///
    /// # Errors
    /// [`ModelError::Invitation`] when it is too large, not of this form, or of another version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > T::BYTES_MAX {
            return Err(ModelError::Invitation(format!("it is over {} bytes", T::BYTES_MAX)));
        }
        let read: Self =
            serde_json::from_slice(bytes).map_err(|error| ModelError::Invitation(error.to_string()))?;
        match read.said.version() {
            1 => Ok(read),
            other => Err(ModelError::Invitation(format!("version {other} is not known here"))),
        }
    }

    /// The canonical form.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_json(&self) -> Result<Vec<u8>, ModelError> {
        canonical_json(self)
    }

    /// SHA-256 of the canonical form.
    ///
    /// # Errors
    /// As for [`Self::to_json`].
    pub fn digest(&self) -> Result<Digest, ModelError> {
        Ok(Digest::of(&self.to_json()?))
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`ModelError::Key`] when it is not of this key over this statement.
    pub fn verify(&self, key: &PublicKey) -> Result<(), ModelError> {
        key.verify(&signed_bytes(&self.said)?, &self.signature)
    }
}

fn signed_bytes<T: Statement>(said: &T) -> Result<Vec<u8>, ModelError> {
    #[derive(Serialize)]
    struct Stated<'a, T> {
        context: &'static str,
        said: &'a T,
    }
    canonical_json(&Stated { context: T::CONTEXT, said })
}

/// Whose certificate others see at the address of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsEnd {
    /// The node's own: members know it by its key note, and no authority is asked.
    #[default]
    Own,
    /// One of an authority that the system of the other side trusts; the node still sees who calls.
    Authority,
    /// That of a proxy, which ends TLS before the node: the node does not see who calls.
    Proxy,
}

/// Where a node is reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// `https://HOST[:PORT]`.
    pub url: String,
    /// Whose certificate is seen there.
    pub tls: TlsEnd,
}

/// What a member says to one that it asks in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Version of this form; always 1.
    pub v: u8,
    /// What the community calls itself.
    pub community: String,
    /// Whether it exists for exercises and demonstrations only.
    pub exercise: bool,
    /// Version of the agreement in force: an older one is not taken.
    pub version: u64,
    /// Who invites.
    pub from: MemberId,
    /// Its display name.
    pub from_name: String,
    /// Its key, which signs this and the answer to who joins.
    pub key: PublicKey,
    /// The other keys of its node, the one of its certificate among them.
    pub keynote: SignedKeyNote,
    /// Where its node is reached.
    pub at: Address,
    /// Display name of who is invited.
    pub name: String,
    /// What it will be in the community.
    pub standing: Standing,
    /// The secret that is good once.
    pub token: String,
    /// Until when.
    pub expires: Micros,
}

impl Statement for Invitation {
    const CONTEXT: &'static str = "comity/invite/1";
    const BYTES_MAX: usize = INVITATION_BYTES_MAX;

    fn version(&self) -> u8 {
        self.v
    }
}

impl Signed<Invitation> {
    /// The text that people hand over.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn to_text(&self) -> Result<String, ModelError> {
        let mut text = format!("{HEADING}\n");
        let encoded = STANDARD.encode(self.to_json()?);
        for (n, character) in encoded.chars().enumerate() {
            if n > 0 && n % LINE_CHARS == 0 {
                text.push('\n');
            }
            text.push(character);
        }
        text.push('\n');
        Ok(text)
    }

    /// Reads such a text, and checks that it is whole: signed with the key that it names, and the key note with the same.
    ///
    /// # Errors
    /// [`ModelError::Invitation`] when it is none, or was altered.
    pub fn from_text(text: &str) -> Result<Self, ModelError> {
        let fault = |why: String| ModelError::Invitation(why);
        if text.len() > INVITATION_BYTES_MAX {
            return Err(fault(format!("it is over {INVITATION_BYTES_MAX} bytes")));
        }
        let mut lines = text.trim().lines().map(str::trim);
        if lines.next() != Some(HEADING) {
            return Err(fault(format!("its first line is not `{HEADING}`")));
        }
        let bytes = STANDARD
            .decode(lines.collect::<String>())
            .map_err(|_| fault("a line of it was altered or is missing: ask for it once more".into()))?;
        let read = Self::from_json(&bytes)?;
        let altered = |error: ModelError| fault(format!("it was altered: {error}"));
        read.verify(&read.said.key).map_err(altered)?;
        read.said.keynote.verify(&[read.said.key]).map_err(altered)?;
        if read.said.keynote.note.member != read.said.from {
            return Err(fault("its key note is of another member".into()));
        }
        Ok(read)
    }

    /// What two people compare on the telephone: eight groups of four.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a text in it has no canonical form.
    pub fn fingerprint(&self) -> Result<String, ModelError> {
        Ok(spoken(self.digest()?))
    }
}

/// The first half of a digest in eight groups of four hex digits.
pub fn spoken(digest: Digest) -> String {
    let hex = digest.to_string();
    let groups = hex.as_bytes().chunks(4).take(8).map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(" ")
}

/// A key to a node, as it is handed over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// User name.
    pub user: String,
    /// Secret.
    pub secret: String,
}

/// What the node of who was invited says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joining {
    /// Version of this form; always 1.
    pub v: u8,
    /// The secret of the invitation.
    pub token: String,
    /// The id that it gave itself.
    pub member: MemberId,
    /// The display name of the invitation.
    pub name: String,
    /// Its key, which signs this.
    pub key: PublicKey,
    /// The other keys of its node.
    pub keynote: SignedKeyNote,
    /// Where its node is reached; absent when nobody reaches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Address>,
    /// A key to its node, for who invited; there when the address is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// When, by its clock.
    pub said_at: Micros,
}

impl Statement for Joining {
    const CONTEXT: &'static str = "comity/join/1";
    const BYTES_MAX: usize = INVITATION_BYTES_MAX;

    fn version(&self) -> u8 {
        self.v
    }
}

/// The answer to who joins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// Version of this form; always 1.
    pub v: u8,
    /// Digest of the request: an answer to another one says nothing.
    pub request: Digest,
    /// What is brought; absent while the agreement waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<Brought>,
}

/// What a new member gets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brought {
    /// The agreement that names it, as TOML.
    pub agreement: String,
    /// Its key to the node of who invited.
    pub access: Access,
}

impl Statement for Joined {
    const CONTEXT: &'static str = "comity/joined/1";
    const BYTES_MAX: usize = 2 * AGREEMENT_BYTES_MAX;

    fn version(&self) -> u8 {
        self.v
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyNote;

    fn key() -> MemberKey {
        MemberKey::from_seed([1; 32])
    }

    fn invitation() -> Signed<Invitation> {
        let from: MemberId = "identity--00000000-0000-4000-8000-000000000001".parse().unwrap();
        let note = KeyNote {
            v: 1,
            member: from.clone(),
            number: 7,
            ledger: "exercise.example+1+AAAA".into(),
            witness: "exercise.example/witness+1+AAAA".into(),
            continues: None,
            tls: vec![Digest::of(b"EXERCISE")],
            courier: None,
            follows: Vec::new(),
            handed_over: Vec::new(),
            witness_before: None,
            more: Default::default(),
        };
        let said = Invitation {
            v: 1,
            community: "EXERCISE community".into(),
            exercise: true,
            version: 3,
            from,
            from_name: "EXERCISE North desk".into(),
            key: key().public(),
            keynote: note.sign(&key()).unwrap(),
            at: Address { url: "https://north.example:6180".into(), tls: TlsEnd::Own },
            name: "EXERCISE South desk".into(),
            standing: Standing::Member,
            token: "EXERCISE-token".into(),
            expires: Micros(1_000_000),
        };
        Signed::new(said, &key()).unwrap()
    }

    #[test]
    fn an_invitation_is_read_as_it_was_written_also_from_a_letter_with_other_line_ends() {
        let signed = invitation();
        let text = signed.to_text().unwrap();
        assert!(text.starts_with("comity-invitation 1\n") && text.lines().all(|line| line.len() <= 76));
        assert_eq!(Signed::from_text(&text).unwrap(), signed);
        assert_eq!(Signed::from_text(&format!("\n{}\n", text.replace('\n', " \r\n"))).unwrap(), signed);
    }

    #[test]
    fn no_letter_of_an_invitation_can_be_altered_and_no_line_left_out() {
        let text = invitation().to_text().unwrap();
        let start = text.find('\n').unwrap() + 1;
        for at in (start..text.len() - 1).step_by(7).filter(|at| text.as_bytes()[*at] != b'\n') {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let altered = Signed::from_text(&String::from_utf8(bytes).unwrap());
            assert!(altered.is_err(), "letter {at}");
        }
        let lines: Vec<&str> = text.lines().collect();
        for gone in 0..lines.len() {
            let kept: Vec<&str> =
                lines.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, line)| *line).collect();
            assert!(Signed::from_text(&kept.join("\n")).is_err(), "line {gone}");
        }
    }

    #[test]
    fn the_fingerprint_is_short_enough_to_be_read_out_and_is_of_the_whole_text() {
        let spoken = invitation().fingerprint().unwrap();
        assert_eq!(spoken.len(), 39);
        assert!(spoken.split(' ').all(|group| group.len() == 4));
        let mut other = invitation();
        other.said.at.url.push('0');
        assert_ne!(other.fingerprint().unwrap(), spoken);
    }

    #[test]
    fn a_statement_of_one_context_says_nothing_in_another() {
        let joined = Joined { v: 1, request: Digest::of(b"EXERCISE"), brought: None };
        let signed = Signed::new(joined, &key()).unwrap();
        assert!(signed.verify(&key().public()).is_ok());
        #[derive(Serialize, Deserialize)]
        struct Other(Joined);
        impl Statement for Other {
            const CONTEXT: &'static str = "comity/other/1";
            const BYTES_MAX: usize = 1 << 10;
            fn version(&self) -> u8 {
                1
            }
        }
        let other = Signed { said: Other(signed.said.clone()), signature: signed.signature.clone() };
        assert!(other.verify(&key().public()).is_err());
        let newer = Signed { said: Joined { v: 2, ..signed.said }, signature: signed.signature };
        let error = Signed::<Joined>::from_json(&newer.to_json().unwrap()).unwrap_err().to_string();
        assert!(error.contains("version 2"), "{error}");
    }
}
