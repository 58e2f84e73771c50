//! Signatures of witnesses under the checkpoints of other logs (C2SP tlog-cosignature, version `cosignature/v1`).
//!
//! A witness states: at this time, this was the newest checkpoint of the log that I had seen, and it extends every one
//! that I had signed before. Whoever trusts some of the witnesses need not trust the log not to show others another
//! history. Signatures are Ed25519 (note signature type 0x04) over the time and the text of the checkpoint.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use signed_note::VerificationError;

use crate::key::{Known, check_name, checkpoint_in, note_key_id, read_note, refusal};
use crate::{Head, LedgerError, Verifier, leaf_hash, parse_proof_file, verify_inclusion};

/// Most lines of witnesses that are put under one checkpoint: the note format has room for 100 with the log's own.
pub const MAX_LINES: usize = 64;

const COSIGNATURE: u8 = 0x04;
const TIME_BYTES: usize = 8;

/// The private key of a witness, with its name. The seed is wiped from memory when it is dropped.
pub struct WitnessKey {
    name: String,
    key: SigningKey,
}

impl WitnessKey {
    /// The key of the witness `name`, from 32 secret random bytes.
    ///
    /// # Errors
    /// [`LedgerError::Key`] when the name is empty, longer than 255 bytes, or holds a space, a plus sign or a
    /// control character.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<WitnessKey, LedgerError> {
        check_name(name)?;
        Ok(WitnessKey { name: name.to_owned(), key: SigningKey::from_bytes(&seed) })
    }

    /// The public key as others are given it: `name+id+base64`.
    pub fn vkey(&self) -> String {
        let mut typed = vec![COSIGNATURE];
        typed.extend(self.key.verifying_key().as_bytes());
        format!("{}+{:08x}+{}", self.name, self.id(), STANDARD.encode(typed))
    }

    /// The signature line for a checkpoint, without a line end. The checkpoint's own signature is not looked at, nor
    /// whether it extends what was signed before: that is the caller's to check.
    ///
    /// # Errors
    /// [`LedgerError::Note`] when it is no checkpoint, or the time is 0.
    pub fn cosign(&self, note: &str, unix_seconds: u64) -> Result<String, LedgerError> {
        let note = read_note(note)?;
        checkpoint_in(&note)?;
        if unix_seconds == 0 {
            return Err(LedgerError::Note("a witness signs at a time after 1970".to_owned()));
        }
        let mut line = self.id().to_be_bytes().to_vec();
        line.extend(unix_seconds.to_be_bytes());
        line.extend(self.key.sign(&signed_bytes(unix_seconds, note.text())).to_bytes());
        Ok(format!("\u{2014} {} {}", self.name, STANDARD.encode(line)))
    }

    fn id(&self) -> u32 {
        note_key_id(&self.name, COSIGNATURE, &self.key.verifying_key())
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({})", self.vkey())
    }
}

/// The public key of a witness: tells its signatures from others.
#[derive(Debug, Clone)]
pub struct Cosigner(Known);

impl Cosigner {
    /// Reads a verifier key of a witness, `name+id+base64` of type 0x04.
    ///
    /// # Errors
    /// [`LedgerError::Key`], as for [`Verifier::parse`].
    pub fn parse(vkey: &str) -> Result<Cosigner, LedgerError> {
        Known::parse(vkey, COSIGNATURE).map(Cosigner)
    }

    /// The name of the witness.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Checks the line of this witness under a checkpoint, and gives the time it states, in seconds since 1970. The
    /// log's own signature is not looked at: open the checkpoint with its [`Verifier`], too.
    ///
    /// # Errors
    /// [`LedgerError::Note`] when it is no checkpoint, has no line of this witness, or the first such line does not
    /// verify.
    pub fn open(&self, note: &str) -> Result<u64, LedgerError> {
        let note = read_note(note)?;
        checkpoint_in(&note)?;
        let (verified, _) = note.verify(self).map_err(|cause| refusal(self.name(), &cause))?;
        let time = verified.first().and_then(|line| split(line.signature()));
        time.map(|(time, _)| time).ok_or_else(|| LedgerError::Note("a line without a time".to_owned()))
    }

    /// Whether a note has a line that claims to be of this witness.
    fn has_line(&self, note: &str) -> Result<bool, LedgerError> {
        let note = read_note(note)?;
        match note.verify(self) {
            Err(signed_note::NoteError::UnverifiedNote) => Ok(false),
            _ => Ok(true),
        }
    }
}

impl PartialEq for Cosigner {
    fn eq(&self, other: &Cosigner) -> bool {
        self.0.name == other.0.name && self.0.key == other.0.key
    }
}

impl signed_note::Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn key_id(&self) -> u32 {
        self.0.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = split(signature) else { return false };
        time > 0 && self.0.key.verify_strict(&signed_bytes(time, text), &signature).is_ok()
    }
}

impl signed_note::Verifiers for Cosigner {
    fn verifier(&self, name: &str, id: u32) -> Result<&dyn signed_note::Verifier, VerificationError> {
        if name == self.0.name && id == self.0.id {
            Ok(self)
        } else {
            Err(VerificationError::UnknownKey { name: name.to_owned(), id })
        }
    }
}

fn signed_bytes(time: u64, text: &[u8]) -> Vec<u8> {
    let mut bytes = format!("cosignature/v1\ntime {time}\n").into_bytes();
    bytes.extend(text);
    bytes
}

/// The time and the signature in a line.
fn split(bytes: &[u8]) -> Option<(u64, Signature)> {
    let (time, signature) = bytes.split_first_chunk::<TIME_BYTES>()?;
    Some((u64::from_be_bytes(*time), Signature::from_slice(signature).ok()?))
}

/// A checkpoint with lines of witnesses under the log's own; at most [`MAX_LINES`] are taken.
pub fn with_lines(note: &str, lines: &[String]) -> String {
    let mut text = note.to_owned();
    for line in lines.iter().take(MAX_LINES) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Whom somebody who checks a proof trusts.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The log.
    pub log: Verifier,
    /// The witnesses that count.
    pub witnesses: Vec<Cosigner>,
    /// How many of them must have signed.
    pub need: usize,
}

/// What a proof with witnesses shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// Place of the entry in the log, from 0.
    pub index: u64,
    /// The head it stands under.
    pub head: Head,
    /// Names of the witnesses that signed the head, each with its time in seconds since 1970.
    pub by: Vec<(String, u64)>,
}

/// Checks everything a proof file claims about an entry, and that enough witnesses signed its checkpoint. Each
/// witness counts once. A line that claims to be of a witness named and does not verify spoils the whole proof.
///
/// # Errors
/// Those of [`verify_proof_file`](crate::verify_proof_file); [`LedgerError::Note`] for a bad line of a witness;
/// [`LedgerError::TooFewWitnesses`].
pub fn verify_witnessed(text: &str, leaf_bytes: &[u8], trust: &Trust) -> Result<Witnessed, LedgerError> {
    let proof = parse_proof_file(text)?;
    let head = trust.log.open(&proof.checkpoint)?;
    verify_inclusion(head, proof.index, leaf_hash(leaf_bytes), &proof.path)?;
    let mut by: Vec<(String, u64)> = Vec::new();
    let mut counted: Vec<&Cosigner> = Vec::new();
    for witness in &trust.witnesses {
        if !counted.contains(&witness) && witness.has_line(&proof.checkpoint)? {
            by.push((witness.name().to_owned(), witness.open(&proof.checkpoint)?));
            counted.push(witness);
        }
    }
    if by.len() < trust.need {
        return Err(LedgerError::TooFewWitnesses { found: by.len(), need: trust.need });
    }
    Ok(Witnessed { index: proof.index, head, by })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::sample::{entries, key, log};
    use crate::{inclusion, proof_file};

    const NOW: u64 = 1_795_000_000;

    fn witness(seed: u8) -> WitnessKey {
        WitnessKey::from_seed(&format!("exercise.example/witness/{seed}"), [seed; 32]).unwrap()
    }

    fn cosigner(seed: u8) -> Cosigner {
        Cosigner::parse(&witness(seed).vkey()).unwrap()
    }

    fn checkpoint() -> String {
        key().sign_checkpoint(log(&entries(5)).0)
    }

    /// The proof of entry 2 of 5, its checkpoint signed by these witnesses.
    fn proof(lines: &[String]) -> String {
        let (head, stored) = log(&entries(5));
        proof_file(2, &inclusion(head, 2, &stored).unwrap(), &with_lines(&checkpoint(), lines))
    }

    fn trust(witnesses: &[u8], need: usize) -> Trust {
        let log = Verifier::parse(&key().vkey()).unwrap();
        Trust { log, witnesses: witnesses.iter().map(|seed| cosigner(*seed)).collect(), need }
    }

    fn lines(seeds: &[u8]) -> Vec<String> {
        seeds.iter().map(|seed| witness(*seed).cosign(&checkpoint(), NOW).unwrap()).collect()
    }

    /// Computed apart from this program, by hand-written Ed25519, from the text of the specification.
    #[test]
    fn the_line_is_the_one_of_the_specification() {
        let key = WitnessKey::from_seed("witness.example/w1", [0x2a; 32]).unwrap();
        assert_eq!(key.vkey(), VECTOR_VKEY);
        let note = format!("{VECTOR_TEXT}\n\u{2014} log.example AAAAAAAAAAAA\n");
        assert_eq!(key.cosign(&note, 1_679_315_147).unwrap(), VECTOR_LINE);
        let signed = with_lines(&note, &[VECTOR_LINE.to_owned()]);
        assert_eq!(Cosigner::parse(VECTOR_VKEY).unwrap().open(&signed), Ok(1_679_315_147));
    }

    const VECTOR_TEXT: &str = "log.example\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    const VECTOR_VKEY: &str = "witness.example/w1+18041f2a+BBl/ayPhbIUyxqvIOPrNXqeJvgx2spIDNAOb+os9No1h";
    const VECTOR_LINE: &str = "\u{2014} witness.example/w1 GAQfKgAAAABkGFDL70PWCAtTDYZq85ZO28SU2KXjK4Dr7PkyFe/f6hJOMc+hVd5kaqybhaolvyC1nK8sfthl9e0iuOWA+s5tK93DAg==";

    #[test]
    fn a_line_opens_with_the_key_of_the_witness_and_the_log_still_opens_its_checkpoint() {
        let note = with_lines(&checkpoint(), &lines(&[1, 2]));
        assert_eq!(cosigner(1).open(&note), Ok(NOW));
        assert_eq!(cosigner(2).open(&note), Ok(NOW));
        assert_eq!(Verifier::parse(&key().vkey()).unwrap().open(&note), Ok(log(&entries(5)).0));
        assert!(cosigner(3).open(&note).is_err(), "it did not sign");
    }

    #[test]
    fn a_key_of_a_log_is_no_key_of_a_witness_nor_the_other_way_round() {
        assert!(matches!(Cosigner::parse(&key().vkey()), Err(LedgerError::Key(_))));
        assert!(matches!(Verifier::parse(&witness(1).vkey()), Err(LedgerError::Key(_))));
        assert!(WitnessKey::from_seed("a b", [1; 32]).is_err());
    }

    #[test]
    fn a_line_for_another_checkpoint_under_another_name_or_of_another_time_does_not_verify() {
        let other = key().sign_checkpoint(log(&entries(6)).0);
        let line = witness(1).cosign(&other, NOW).unwrap();
        assert!(cosigner(1).open(&with_lines(&checkpoint(), std::slice::from_ref(&line))).is_err());
        assert!(cosigner(1).open(&with_lines(&other, &[line])).is_ok());
        let renamed = WitnessKey::from_seed("exercise.example/witness/9", [1; 32]).unwrap();
        let line = renamed.cosign(&checkpoint(), NOW).unwrap();
        assert!(cosigner(1).open(&with_lines(&checkpoint(), std::slice::from_ref(&line))).is_err());
        let stolen = line.replace("witness/9", "witness/1");
        assert!(cosigner(1).open(&with_lines(&checkpoint(), &[stolen])).is_err());
    }

    #[test]
    fn nothing_but_a_checkpoint_is_signed_and_never_at_time_zero() {
        assert!(witness(1).cosign(&checkpoint(), 0).is_err());
        assert!(witness(1).cosign("text\n\n\u{2014} log.example AAAAAAAAAAAA\n", NOW).is_err());
        assert!(witness(1).cosign("", NOW).is_err());
        // A line that is well signed for time 0 is refused, too.
        let one = witness(1);
        let text = checkpoint().split_once("\n\n").map(|(text, _)| format!("{text}\n")).unwrap();
        let mut bytes = one.id().to_be_bytes().to_vec();
        bytes.extend(0_u64.to_be_bytes());
        bytes.extend(one.key.sign(&signed_bytes(0, text.as_bytes())).to_bytes());
        let line = format!("\u{2014} {} {}", one.name, STANDARD.encode(bytes));
        assert!(cosigner(1).open(&with_lines(&checkpoint(), &[line])).is_err());
    }

    #[test]
    fn a_proof_needs_as_many_different_witnesses_as_are_asked_for() {
        let leaf = entries(5)[2].clone();
        let by = |text: &str, trust: &Trust| verify_witnessed(text, &leaf, trust).map(|found| found.by.len());
        assert_eq!(by(&proof(&lines(&[1, 2])), &trust(&[1, 2, 3], 2)), Ok(2));
        let few = Err(LedgerError::TooFewWitnesses { found: 1, need: 2 });
        assert_eq!(by(&proof(&lines(&[1])), &trust(&[1, 2, 3], 2)), few);
        assert_eq!(by(&proof(&lines(&[1, 1])), &trust(&[1, 1, 1], 2)), few, "one witness counts once");
        assert_eq!(by(&proof(&lines(&[1, 2])), &trust(&[1], 2)), few, "others do not count");
        assert_eq!(by(&proof(&[]), &trust(&[], 0)), Ok(0));
        assert_eq!(verify_witnessed(&proof(&lines(&[1])), b"", &trust(&[1], 1)).ok(), None);
    }

    #[test]
    fn a_forged_line_of_a_known_witness_spoils_the_proof_and_one_of_an_unknown_does_not() {
        let leaf = entries(5)[2].clone();
        let other = key().sign_checkpoint(log(&entries(6)).0);
        let forged = [lines(&[1]), vec![witness(2).cosign(&other, NOW).unwrap()]].concat();
        let text = proof(&forged);
        assert!(matches!(verify_witnessed(&text, &leaf, &trust(&[1, 2], 1)), Err(LedgerError::Note(_))));
        assert_eq!(verify_witnessed(&text, &leaf, &trust(&[1], 1)).unwrap().by.len(), 1);
    }

    #[test]
    fn no_more_lines_are_added_than_the_note_format_takes() {
        let many = vec![lines(&[1]).remove(0); 200];
        assert_eq!(cosigner(1).open(&with_lines(&checkpoint(), &many)), Ok(NOW));
    }

    #[test]
    fn every_flipped_bit_of_a_witnessed_checkpoint_is_refused() {
        let note = with_lines(&checkpoint(), &lines(&[1])).into_bytes();
        let log = Verifier::parse(&key().vkey()).unwrap();
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut changed = note.clone();
                changed[at] ^= 1 << bit;
                let Ok(text) = String::from_utf8(changed) else { continue };
                assert!(log.open(&text).is_err() || cosigner(1).open(&text).is_err(), "bit {bit} of {at}");
            }
        }
    }

    #[test]
    fn the_seed_is_not_printed() {
        assert_eq!(format!("{:?}", witness(1)), format!("WitnessKey({})", witness(1).vkey()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_signed_opens_at_its_time_and_the_reference_reader_reads_it(
            seed in any::<[u8; 32]>(), size in 1_usize..40, time in 1..=u64::MAX,
        ) {
            let one = WitnessKey::from_seed("exercise.example/w", seed).unwrap();
            let note = key().sign_checkpoint(log(&entries(size)).0);
            let note = with_lines(&note, &[one.cosign(&note, time).unwrap()]);
            prop_assert_eq!(Cosigner::parse(&one.vkey()).unwrap().open(&note), Ok(time));
            let reader = signed_note::StandardVerifier::new(&key().vkey()).unwrap();
            let known = signed_note::VerifierList::new(vec![Box::new(reader)]);
            let (verified, other) = read_note(&note).unwrap().verify(&known).unwrap();
            prop_assert_eq!((verified.len(), other.len()), (1, 1));
            prop_assert_eq!(other[0].name(), "exercise.example/w");
        }

        #[test]
        fn one_changed_byte_in_the_line_is_refused(at in any::<Index>(), byte in any::<u8>()) {
            let line = lines(&[1]).remove(0);
            let mut bytes = line.clone().into_bytes();
            let place = at.index(bytes.len());
            prop_assume!(bytes[place] != byte);
            bytes[place] = byte;
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assert!(cosigner(1).open(&with_lines(&checkpoint(), &[changed])).is_err());
            }
        }

        #[test]
        fn opening_any_text_does_not_panic(text in any::<String>()) {
            prop_assert!(cosigner(1).open(&text).is_err());
            prop_assert!(Cosigner::parse(&text).is_err());
        }
    }
}
