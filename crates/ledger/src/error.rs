//! The one error type of the ledger. It holds no cause from below: every message says what was wrong and
//! where.

use thiserror::Error;

use crate::tree::{MAX_ENTRIES, MAX_ENTRY_BYTES};

/// Why the ledger could not do, or would not believe, something.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The place that keeps stored hashes or entries failed; for those who implement
    /// [`Hashes`](crate::Hashes).
    #[error("ledger storage: {0}")]
    Storage(String),
    /// The stored hashes do not lead to the root that the head names.
    #[error(
        "the stored hashes do not give the root of the head of size {size}: storage is damaged, \
         or the head is another log's"
    )]
    StoredMismatch {
        /// Number of entries the head claims.
        size: u64,
    },
    /// An entry does not fit the 16-bit length of an entry bundle.
    #[error(
        "entry {index} has {bytes} bytes, the most is {MAX_ENTRY_BYTES}: log a digest in place of the content"
    )]
    EntryTooLong {
        /// Place of the entry in the log, from 0.
        index: u64,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A size beyond what the ledger handles.
    #[error("a log of {size} entries is beyond the limit of {MAX_ENTRIES}")]
    TooManyEntries {
        /// The size asked for or claimed, in entries.
        size: u64,
    },
    /// An index at or beyond the size of the tree.
    #[error("entry {index} is not in a tree of {size} entries")]
    OutOfRange {
        /// The index asked for, from 0.
        index: u64,
        /// Number of entries in the tree.
        size: u64,
    },
    /// A later head that is smaller than the earlier one.
    #[error("a tree of {new} entries cannot extend one of {old} entries")]
    Shrunk {
        /// Size of the earlier tree.
        old: u64,
        /// Size of the later tree.
        new: u64,
    },
    /// An inclusion proof that does not lead to the root.
    #[error("the proof does not show this entry at index {index} of the tree of {size} entries")]
    NotIncluded {
        /// Claimed index, from 0.
        index: u64,
        /// Size of the tree the proof is for.
        size: u64,
    },
    /// A consistency proof that does not join the two roots.
    #[error(
        "the proof does not show that the tree of {new} entries extends the tree of {old} entries: \
         history was rewritten, or the proof is for other trees"
    )]
    NotConsistent {
        /// Size of the earlier tree.
        old: u64,
        /// Size of the later tree.
        new: u64,
    },
    /// A key name or a verifier key that cannot be used.
    #[error("ledger key: {0}")]
    Key(String),
    /// A signed note that is malformed, unsigned by the expected key, or not a checkpoint.
    #[error("checkpoint: {0}")]
    Note(String),
    /// A checkpoint of another log.
    #[error("the checkpoint is of log {found:?}, expected {expected:?}")]
    Origin {
        /// Name of the verifier key.
        expected: String,
        /// First line of the checkpoint.
        found: String,
    },
    /// A checkpoint that too few of the witnesses asked for have signed.
    #[error("{found} of the witnesses named have signed the checkpoint, {need} are needed")]
    TooFewWitnesses {
        /// Witnesses whose signature is there and valid.
        found: usize,
        /// How many were asked for.
        need: usize,
    },
    /// A proof file that is not in the form of C2SP tlog-proof.
    #[error("proof file, line {line}: {reason}")]
    ProofFile {
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A text that is not 64 lower-case hexadecimal digits.
    #[error("not a hash: expected 64 lower-case hexadecimal digits")]
    Hex,
    /// Content that cannot be a leaf.
    #[error("leaf: {0}")]
    Leaf(String),
    /// A file of an exported log that is missing or wrong.
    #[error("{path}: {reason}")]
    File {
        /// Path inside the log, as C2SP tlog-tiles names it.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry of a log that is wrong.
    #[error("entry {index}: {reason}")]
    Entry {
        /// Place in the log, from 0.
        index: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// All entries are well formed, but they are not the log that the head names.
    #[error(
        "the entries make a tree of {entries} entries with root {root}, \
         the head says {head_size} entries with root {head_root}"
    )]
    HeadMismatch {
        /// Number of entries read.
        entries: u64,
        /// Root computed from them, hexadecimal.
        root: String,
        /// Number of entries the head claims.
        head_size: u64,
        /// Root the head claims, hexadecimal.
        head_root: String,
    },
}
