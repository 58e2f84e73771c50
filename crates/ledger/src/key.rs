//! Signing a head as a checkpoint, and opening a checkpoint that somebody else hands over.
//!
//! A checkpoint is a C2SP signed note whose text is the log's name, its size and its root. The key name is
//! the name of the log. Signatures are Ed25519 (note signature type 0x01). Lines of other keys, such as
//! witnesses, are passed over; the first line that claims this key decides, and spoils the whole note when it
//! does not verify.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use signed_note::{Note, NoteError, VerificationError, key_id, new_ed25519_verifier_key};
use tlog_tiles::Checkpoint;

use crate::tree::check_size;
use crate::{Hash, Head, LedgerError};

/// Most bytes of a checkpoint with all its signature lines.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;

const MAX_NAME_BYTES: usize = 255;
const MAX_VERIFIER_KEY_BYTES: usize = 512;
const ED25519: u8 = 0x01;

/// The private key of a log, with the log's name. The seed is wiped from memory when it is dropped.
pub struct LedgerKey {
    name: String,
    key: SigningKey,
}

impl LedgerKey {
    /// The key of the log `origin_name`, from 32 secret random bytes.
    ///
    /// # Errors
    /// [`LedgerError::Key`] when the name is empty, longer than 255 bytes, or holds a space, a plus sign or a
    /// control character (C2SP signed-note, "Format").
    pub fn from_seed(origin_name: &str, seed: [u8; 32]) -> Result<LedgerKey, LedgerError> {
        check_name(origin_name)?;
        Ok(LedgerKey { name: origin_name.to_owned(), key: SigningKey::from_bytes(&seed) })
    }

    /// The name of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key as others are given it: `name+id+base64` (C2SP signed-note).
    pub fn vkey(&self) -> String {
        new_ed25519_verifier_key(&self.name, &self.key.verifying_key())
    }

    /// Signs a head as a checkpoint (C2SP tlog-checkpoint), without extension lines.
    ///
    /// Never sign two heads of which the later does not extend the earlier: it would be proof against the
    /// log.
    pub fn sign_checkpoint(&self, head: Head) -> String {
        let text = format!("{}\n{}\n{}\n", self.name, head.size, head.root.to_base64());
        format!("{text}\n{}\n", self.line(&text))
    }

    /// The signature line of this key under a text, without a line end.
    pub(crate) fn line(&self, text: &str) -> String {
        let id = note_key_id(&self.name, ED25519, &self.key.verifying_key());
        let mut signature = id.to_be_bytes().to_vec();
        signature.extend(self.key.sign(text.as_bytes()).to_bytes());
        format!("\u{2014} {} {}", self.name, STANDARD.encode(signature))
    }
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LedgerKey({})", self.vkey())
    }
}

/// The public key of a log: tells its checkpoints from others.
#[derive(Debug, Clone)]
pub struct Verifier(Known);

impl Verifier {
    /// Reads a C2SP verifier key, `name+id+base64`, for Ed25519.
    ///
    /// # Errors
    /// [`LedgerError::Key`] when it is malformed, its id is not that of the key, its type is another than
    /// Ed25519, or the key is one of the weak points under which anybody can sign.
    pub fn parse(vkey: &str) -> Result<Verifier, LedgerError> {
        Known::parse(vkey, ED25519).map(Verifier)
    }

    /// The name of the log whose checkpoints this key opens.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The same key under another name.
    pub(crate) fn named(&self, name: &str) -> Result<Verifier, LedgerError> {
        check_name(name)?;
        let id = note_key_id(name, ED25519, &self.0.key);
        Ok(Verifier(Known { name: name.to_owned(), id, key: self.0.key }))
    }

    /// Whether two logs are signed with one key, whatever their names.
    #[must_use]
    pub fn is_same_key(&self, other: &Verifier) -> bool {
        self.0.key == other.0.key
    }

    /// Checks the line of this key under a note of whatever text.
    pub(crate) fn has_signed(&self, note: &Note) -> Result<(), LedgerError> {
        note.verify(&self.0).map(|_| ()).map_err(|cause| refusal(self.name(), &cause))
    }

    /// Checks the signature and the origin of a checkpoint and gives the head it states. Signature lines of
    /// other keys and extension lines are passed over.
    ///
    /// # Errors
    /// [`LedgerError::Note`] when the note is malformed, longer than [`MAX_NOTE_BYTES`], not signed by this
    /// key or not a checkpoint; [`LedgerError::Origin`] when it is of another log;
    /// [`LedgerError::TooManyEntries`].
    pub fn open(&self, note: &str) -> Result<Head, LedgerError> {
        let note = read_note(note)?;
        note.verify(&self.0).map_err(|cause| refusal(self.name(), &cause))?;
        let checkpoint = checkpoint_in(&note)?;
        if checkpoint.origin() != self.name() {
            let (expected, found) = (self.name().to_owned(), checkpoint.origin().to_owned());
            return Err(LedgerError::Origin { expected, found });
        }
        let head = Head { size: checkpoint.size(), root: Hash(checkpoint.hash().0) };
        check_size(head.size)?;
        if head.size == 0 && head != Head::EMPTY {
            return Err(LedgerError::Note("the root of an empty log must be SHA-256 of nothing".to_owned()));
        }
        Ok(head)
    }
}

/// Reads a signed note; whether any signature is valid is not looked at.
pub(crate) fn read_note(note: &str) -> Result<Note, LedgerError> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(LedgerError::Note(format!("longer than {MAX_NOTE_BYTES} bytes")));
    }
    Note::from_bytes(note.as_bytes()).map_err(|_| LedgerError::Note("not a signed note".to_owned()))
}

/// The checkpoint that a note holds.
pub(crate) fn checkpoint_in(note: &Note) -> Result<Checkpoint, LedgerError> {
    Checkpoint::from_bytes(note.text()).map_err(|_| {
        LedgerError::Note("signed, but not a checkpoint: expected origin, size and root".to_owned())
    })
}

/// Why a note is not believed, in the words of this crate.
pub(crate) fn refusal(name: &str, cause: &NoteError) -> LedgerError {
    LedgerError::Note(match cause {
        NoteError::InvalidSignature { .. } => format!("the signature of {name} is not valid"),
        NoteError::UnverifiedNote => format!("not signed by the known key of {name}"),
        other => other.to_string(),
    })
}

/// A key as the note format sees it; apart from [`Verifier`] so that its traits stay inside the crate.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) id: u32,
    pub(crate) key: VerifyingKey,
}

impl Known {
    /// Reads a verifier key of this signature type.
    pub(crate) fn parse(vkey: &str, kind: u8) -> Result<Known, LedgerError> {
        let malformed = || LedgerError::Key("a verifier key looks like name+1234abcd+base64".to_owned());
        if vkey.len() > MAX_VERIFIER_KEY_BYTES {
            return Err(malformed());
        }
        let (name, rest) = vkey.split_once('+').ok_or_else(malformed)?;
        let (id, key) = rest.split_once('+').ok_or_else(malformed)?;
        check_name(name)?;
        let bytes = STANDARD.decode(key).map_err(|_| malformed())?;
        let (found, point) = bytes.split_first().ok_or_else(malformed)?;
        if *found != kind {
            return Err(LedgerError::Key(format!(
                "{name} has a key of type {found:#04x}, here only {kind:#04x} is taken"
            )));
        }
        let point: &[u8; 32] = point.try_into().map_err(|_| malformed())?;
        let key = VerifyingKey::from_bytes(point).map_err(|_| malformed())?;
        if key.is_weak() {
            return Err(LedgerError::Key(format!("the key of {name} is weak: anybody can sign for it")));
        }
        let known = Known { id: note_key_id(name, kind, &key), name: name.to_owned(), key };
        if id == format!("{:08x}", known.id) {
            Ok(known)
        } else {
            Err(LedgerError::Key(format!("the id {id:?} in the key of {name} is not that of the key")))
        }
    }
}

impl signed_note::Verifier for Known {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl signed_note::Verifiers for Known {
    fn verifier(&self, name: &str, id: u32) -> Result<&dyn signed_note::Verifier, VerificationError> {
        if name == self.name && id == self.id {
            Ok(self)
        } else {
            Err(VerificationError::UnknownKey { name: name.to_owned(), id })
        }
    }
}

/// The id of a key in signature lines: four bytes of SHA-256 over name, type and key.
pub(crate) fn note_key_id(name: &str, kind: u8, key: &VerifyingKey) -> u32 {
    let mut typed = vec![kind];
    typed.extend(key.as_bytes());
    key_id(name, &typed)
}

pub(crate) fn check_name(name: &str) -> Result<(), LedgerError> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.len() > MAX_NAME_BYTES || name.chars().any(bad) {
        let reason = "a log name has 1 to 255 bytes, no space, no plus sign, no control character";
        return Err(LedgerError::Key(reason.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::leaf_hash;
    use crate::sample::key;

    fn head() -> Head {
        Head { size: 70_000, root: leaf_hash(b"root") }
    }

    fn verifier() -> Verifier {
        Verifier::parse(&key().vkey()).unwrap()
    }

    /// A note with this text, signed by the sample key.
    fn note(text: &str) -> String {
        let mut signature = verifier().0.id.to_be_bytes().to_vec();
        signature.extend(key().key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {} {}\n", key().name, STANDARD.encode(signature))
    }

    #[test]
    fn a_checkpoint_has_origin_size_and_root_and_opens_with_the_public_key() {
        let text = key().sign_checkpoint(head());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(&lines[..2], ["exercise.example/ledger/2026", "70000"]);
        assert_eq!(lines[2], head().root.to_base64());
        assert_eq!(lines[3], "");
        assert!(lines[4].starts_with("\u{2014} exercise.example/ledger/2026 "));
        assert_eq!(verifier().open(&text), Ok(head()));
        assert_eq!(verifier().open(&key().sign_checkpoint(Head::EMPTY)), Ok(Head::EMPTY));
    }

    #[test]
    fn the_note_reads_with_the_foreign_reference_reader() {
        let text = key().sign_checkpoint(head());
        let reader = signed_note::StandardVerifier::new(&key().vkey()).unwrap();
        let known = signed_note::VerifierList::new(vec![Box::new(reader)]);
        assert!(Note::from_bytes(text.as_bytes()).unwrap().verify(&known).is_ok());
    }

    #[test]
    fn a_known_verifier_key_of_the_format_parses() {
        let known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(Verifier::parse(known).unwrap().name(), "PeterNeumann");
    }

    #[test]
    fn bad_names_and_bad_keys_are_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{7f}", "a\u{a0}b", &"x".repeat(256)] {
            assert!(LedgerKey::from_seed(name, [1; 32]).is_err(), "{name:?}");
        }
        let good = key().vkey();
        let weak = VerifyingKey::from_bytes(&[0; 32]).unwrap();
        let other_type = STANDARD.encode([[4].as_slice(), &[9; 32]].concat());
        for bad in [
            String::new(),
            "a+b".to_owned(),
            good.replacen("exercise", "Exercise", 1),
            good.chars().take(good.len() - 4).collect(),
            new_ed25519_verifier_key("a", &weak),
            format!("a+00000000+{other_type}"),
            "x".repeat(100_000),
        ] {
            assert!(matches!(Verifier::parse(&bad), Err(LedgerError::Key(_))), "{bad}");
        }
    }

    #[test]
    fn unknown_signature_lines_are_passed_over_and_a_forged_one_of_ours_is_not() {
        let mut text = key().sign_checkpoint(head());
        text.push_str("\u{2014} witness.example AAAAAAAAAAAA\n");
        assert_eq!(verifier().open(&text), Ok(head()));
        let stranger = LedgerKey::from_seed("exercise.example/ledger/2026", [8; 32]).unwrap();
        let foreign = stranger.sign_checkpoint(head());
        assert!(matches!(verifier().open(&foreign), Err(LedgerError::Note(_))));
        let mut forged = verifier().0.id.to_be_bytes().to_vec();
        forged.extend([0; 64]);
        let line = format!("\u{2014} {} {}\n", key().name, STANDARD.encode(forged));
        let own = key().sign_checkpoint(head());
        let (text, signed) = own.split_once("\n\n").unwrap();
        let before = format!("{text}\n\n{line}{signed}");
        assert!(matches!(verifier().open(&before), Err(LedgerError::Note(_))));
    }

    #[test]
    fn signed_texts_that_are_no_checkpoint_of_this_log_are_refused() {
        let (name, root, empty) = (key().name, head().root.to_base64(), Head::EMPTY.root.to_base64());
        assert_eq!(verifier().open(&note(&format!("{name}\n5\n{root}\nextension\n"))).unwrap().size, 5);
        assert_eq!(verifier().open(&note(&format!("{name}\n0\n{empty}\n"))), Ok(Head::EMPTY));
        let origin = verifier().open(&note(&format!("other.example\n5\n{root}\n")));
        assert!(matches!(origin, Err(LedgerError::Origin { .. })));
        let huge = verifier().open(&note(&format!("{name}\n18446744073709551615\n{root}\n")));
        assert_eq!(huge, Err(LedgerError::TooManyEntries { size: u64::MAX }));
        for text in [
            format!("{name}\n05\n{root}\n"),
            format!("{name}\n-1\n{root}\n"),
            format!("{name}\n18446744073709551616\n{root}\n"),
            format!("{name}\n5\nAAAA\n"),
            format!("{name}\n0\n{root}\n"),
            format!("{name}\n5\n"),
            "\n".to_owned(),
        ] {
            assert!(matches!(verifier().open(&note(&text)), Err(LedgerError::Note(_))), "{text}");
        }
    }

    #[test]
    fn hostile_notes_are_refused_at_once() {
        let good = key().sign_checkpoint(head());
        let padded = format!("{good}{}", "\u{2014} w.example AAAAAAAAAAAA\n".repeat(20_000));
        for bad in ["", "\n\n", &good.replace('\n', "\r\n"), &"\n".repeat(1_000_000), &padded] {
            assert!(matches!(verifier().open(bad), Err(LedgerError::Note(_))));
        }
    }

    #[test]
    fn the_seed_is_not_printed() {
        assert_eq!(format!("{:?}", key()), format!("LedgerKey({})", key().vkey()));
    }

    proptest! {
        #[test]
        fn one_flipped_bit_anywhere_in_a_checkpoint_is_refused(at in any::<Index>(), bit in 0_u8..8) {
            let mut bytes = key().sign_checkpoint(head()).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            if let Ok(text) = String::from_utf8(bytes) {
                prop_assert!(verifier().open(&text).is_err());
            }
        }

        #[test]
        fn opening_any_text_does_not_panic(text in any::<String>()) {
            prop_assert!(verifier().open(&text).is_err());
            prop_assert!(Verifier::parse(&text).is_err());
        }
    }
}
