//! A proof that stands alone: one text with index, audit path and signed checkpoint (C2SP tlog-proof).
//!
//! Whoever has the entry's bytes and the log's public key can check it offline. Witness signatures in the
//! checkpoint are carried, not judged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::MAX_NOTE_BYTES;
use crate::proof::MAX_PATH_HASHES;
use crate::{Hash, LedgerError, Verifier, leaf_hash, verify_inclusion};

/// Most bytes of a proof file: its checkpoint, its path, and extra data.
pub const MAX_PROOF_FILE_BYTES: usize = MAX_NOTE_BYTES + 128 * 1024;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// The parts of a proof file, well formed and not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    /// Opaque data beside the proof; nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// Claimed place of the entry in the log, from 0.
    pub index: u64,
    /// Audit path from the leaf's sibling upwards.
    pub path: Vec<Hash>,
    /// The checkpoint, as it came.
    pub checkpoint: String,
}

/// Writes a proof file from an audit path ([`inclusion`](crate::inclusion)) and the checkpoint of the same
/// head.
pub fn proof_file(index: u64, path: &[Hash], checkpoint_note: &str) -> String {
    format!("{FIRST_LINE}\nindex {index}\n{}\n{checkpoint_note}", path_text(path))
}

/// Writes the hashes of a proof, each in base64 on a line of its own.
pub fn path_text(path: &[Hash]) -> String {
    path.iter().map(|hash| format!("{}\n", hash.to_base64())).collect()
}

/// Reads what [`path_text`] writes; the last line end may be missing.
///
/// # Errors
/// [`LedgerError::ProofFile`] with the line that is wrong.
pub fn parse_path(text: &str) -> Result<Vec<Hash>, LedgerError> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.is_empty() { Ok(Vec::new()) } else { read_path(text.split('\n').zip(1..)) }
}

fn read_path<'a>(lines: impl Iterator<Item = (&'a str, usize)>) -> Result<Vec<Hash>, LedgerError> {
    let mut path = Vec::new();
    for (line, number) in lines {
        if path.len() == MAX_PATH_HASHES {
            return Err(wrong(number, &format!("more than {MAX_PATH_HASHES} hashes")));
        }
        path.push(Hash::from_base64(line).ok_or_else(|| wrong(number, "expected a hash in base64"))?);
    }
    Ok(path)
}

/// Reads a proof file without checking signature or path.
///
/// # Errors
/// [`LedgerError::ProofFile`] with the line that is wrong.
pub fn parse_proof_file(text: &str) -> Result<ProofFile, LedgerError> {
    if text.len() > MAX_PROOF_FILE_BYTES {
        return Err(wrong(1, &format!("the file is longer than {MAX_PROOF_FILE_BYTES} bytes")));
    }
    let (top, checkpoint) =
        text.split_once("\n\n").ok_or_else(|| wrong(1, "no empty line before a checkpoint"))?;
    let mut lines = top.split('\n').zip(1..).peekable();
    match lines.next() {
        Some((FIRST_LINE, _)) => {}
        _ => return Err(wrong(1, &format!("expected {FIRST_LINE:?}"))),
    }
    let extra = match lines.peek().and_then(|(line, _)| line.strip_prefix("extra ")) {
        None => None,
        Some(data) => {
            lines.next();
            Some(STANDARD.decode(data).map_err(|_| wrong(2, "extra data is not base64"))?)
        }
    };
    let (line, number) = lines.next().ok_or_else(|| wrong(2, "expected \"index\" and a number"))?;
    let index = index_line(line).ok_or_else(|| wrong(number, "expected \"index\" and a number"))?;
    let path = read_path(lines)?;
    Ok(ProofFile { extra, index, path, checkpoint: checkpoint.to_owned() })
}

/// Checks everything a proof file claims about an entry: checkpoint signature, origin and audit path. Gives
/// the entry's place in the log, from 0.
///
/// # Errors
/// [`LedgerError::ProofFile`], the errors of [`Verifier::open`], or those of [`verify_inclusion`].
pub fn verify_proof_file(text: &str, leaf_bytes: &[u8], verifier: &Verifier) -> Result<u64, LedgerError> {
    let proof = parse_proof_file(text)?;
    let head = verifier.open(&proof.checkpoint)?;
    verify_inclusion(head, proof.index, leaf_hash(leaf_bytes), &proof.path)?;
    Ok(proof.index)
}

fn index_line(line: &str) -> Option<u64> {
    let digits = line.strip_prefix("index ")?;
    let index: u64 = digits.parse().ok()?;
    (index.to_string() == digits).then_some(index)
}

fn wrong(line: usize, reason: &str) -> LedgerError {
    LedgerError::ProofFile { line, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::sample::{entries, key, log};
    use crate::{Head, inclusion};

    fn verifier() -> Verifier {
        Verifier::parse(&key().vkey()).unwrap()
    }

    fn proof(size: usize, index: usize) -> (String, Vec<u8>) {
        let all = entries(size);
        let (head, stored) = log(&all);
        let path = inclusion(head, index as u64, &stored).unwrap();
        (proof_file(index as u64, &path, &key().sign_checkpoint(head)), all[index].clone())
    }

    #[test]
    fn the_text_has_the_form_of_tlog_proof() {
        let (text, leaf) = proof(3, 1);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(&lines[..2], ["c2sp.org/tlog-proof@v1", "index 1"]);
        assert_eq!(lines[2], leaf_hash(&entries(3)[0]).to_base64());
        assert_eq!(lines[4], "");
        assert_eq!(&lines[5..7], ["exercise.example/ledger/2026", "3"]);
        assert_eq!(verify_proof_file(&text, &leaf, &verifier()), Ok(1));
    }

    #[test]
    fn a_log_of_one_entry_needs_no_hashes() {
        let (text, leaf) = proof(1, 0);
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nexercise.example"));
        assert_eq!(verify_proof_file(&text, &leaf, &verifier()), Ok(0));
    }

    #[test]
    fn extra_data_is_read_and_changes_nothing() {
        let (text, leaf) = proof(5, 4);
        let text = text.replacen("index", "extra aGVsbG8=\nindex", 1);
        assert_eq!(parse_proof_file(&text).unwrap().extra.unwrap(), b"hello");
        assert_eq!(verify_proof_file(&text, &leaf, &verifier()), Ok(4));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let (text, _) = proof(5, 1);
        let line_of = |text: &str| match parse_proof_file(text) {
            Err(LedgerError::ProofFile { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line_of(""), 1);
        assert_eq!(line_of(&text.replacen("@v1", "@v2", 1)), 1);
        assert_eq!(line_of(&text.replacen("index", "extra ??\nindex", 1)), 2);
        for index in ["index 01", "index +1", "index -1", "index ", "index 18446744073709551616", "Index 1"] {
            assert_eq!(line_of(&text.replacen("index 1", index, 1)), 2, "{index}");
        }
        assert_eq!(line_of(&text.replacen("index 1\n", "index 1\nAAAA\n", 1)), 3);
        assert_eq!(line_of("c2sp.org/tlog-proof@v1\n\nx"), 2);
        let hash = format!("{}\n", Hash([0; 32]).to_base64());
        let long = format!("index 1\n{}", hash.repeat(70));
        assert_eq!(line_of(&text.replacen("index 1\n", &long, 1)), 67);
        assert_eq!(line_of(&"x\n\n".repeat(1_000_000)), 1);
    }

    #[test]
    fn another_entry_another_log_or_another_place_is_refused() {
        let (text, leaf) = proof(5, 1);
        assert!(verify_proof_file(&text, &entries(5)[2], &verifier()).is_err());
        assert!(verify_proof_file(&text.replacen("index 1", "index 2", 1), &leaf, &verifier()).is_err());
        let beyond = text.replacen("index 1", "index 18446744073709551615", 1);
        assert!(matches!(
            verify_proof_file(&beyond, &leaf, &verifier()),
            Err(LedgerError::OutOfRange { .. })
        ));
        let other = crate::LedgerKey::from_seed("other.example", [9; 32]).unwrap();
        let other = Verifier::parse(&other.vkey()).unwrap();
        assert!(matches!(verify_proof_file(&text, &leaf, &other), Err(LedgerError::Note(_))));
        let empty = proof_file(0, &[], &key().sign_checkpoint(Head::EMPTY));
        assert!(matches!(verify_proof_file(&empty, &leaf, &verifier()), Err(LedgerError::OutOfRange { .. })));
    }

    #[test]
    fn a_path_that_stands_alone_reads_as_it_was_written_and_nothing_else_does() {
        let path = vec![Hash([1; 32]), Hash([2; 32])];
        assert_eq!(parse_path(&path_text(&path)), Ok(path.clone()));
        assert_eq!(parse_path(path_text(&path).trim_end()), Ok(path.clone()));
        assert_eq!(parse_path(""), Ok(Vec::new()));
        for bad in [format!("\n{}", path_text(&path)), path_text(&path).replace('\n', "\r\n"), "x".to_owned()]
        {
            assert!(matches!(parse_path(&bad), Err(LedgerError::ProofFile { .. })), "{bad:?}");
        }
        assert!(parse_path(&path_text(&vec![Hash([0; 32]); 65])).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn one_flipped_bit_in_file_or_entry_is_refused(
            size in 1_usize..300, index in any::<Index>(), at in any::<Index>(), bit in 0_u8..8,
        ) {
            let (text, leaf) = proof(size, index.index(size));
            prop_assert!(verify_proof_file(&text, &leaf, &verifier()).is_ok());
            let mut bytes = text.clone().into_bytes();
            let place = at.index(bytes.len());
            bytes[place] ^= 1_u8 << bit;
            if let Ok(bad) = String::from_utf8(bytes) {
                prop_assert!(verify_proof_file(&bad, &leaf, &verifier()).is_err(), "{}", bad);
            }
            let mut other = leaf.clone();
            other[at.index(leaf.len())] ^= 1_u8 << bit;
            prop_assert!(verify_proof_file(&text, &other, &verifier()).is_err());
        }

        #[test]
        fn writing_and_reading_agree(
            index in any::<u64>(), path in prop::collection::vec(any::<[u8; 32]>(), 0..64),
        ) {
            let path: Vec<Hash> = path.into_iter().map(Hash).collect();
            let read = parse_proof_file(&proof_file(index, &path, "note\n")).unwrap();
            prop_assert_eq!(read, ProofFile { extra: None, index, path, checkpoint: "note\n".to_owned() });
        }

        #[test]
        fn reading_any_text_does_not_panic(
            text in "(c2sp.org/tlog-proof@v1\n)?(index [0-9]{1,25}\n)?\\PC{0,40}\n{0,3}\\PC{0,40}",
        ) {
            prop_assert!(verify_proof_file(&text, b"", &verifier()).is_err());
        }
    }
}
