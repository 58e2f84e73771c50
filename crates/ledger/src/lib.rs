//! The tamper-evident ledger of a node: leaves, Merkle tree, signed checkpoints, proofs and the files an
//! auditor reads.
//!
//! The tree is that of RFC 6962 §2.1 with SHA-256. Checkpoints are C2SP signed notes (`tlog-checkpoint`,
//! Ed25519), single proofs are C2SP `tlog-proof` texts, and an exported log has the layout of C2SP
//! `tlog-tiles`. The crate takes bytes and gives bytes: it reads no file, no clock and no random source, and
//! it does not decide what is worth logging.
//!
//! What a ledger proves: nothing that stood in it when somebody else saw a checkpoint was changed or removed
//! since. It does not prove that an event was logged at all, nor that what a leaf says is true.
//!
//! - [`Leaf`] is the content of one entry; [`append`] adds entries and returns the hashes to store.
//! - [`LedgerKey`] signs a [`Head`]; [`Verifier`] opens what it signed.
//! - [`HandOver`] is the checkpoint with which a log goes on under another key.
//! - [`WitnessKey`] puts the signature of a witness under a checkpoint; [`Cosigner`] checks it, and
//!   [`verify_witnessed`] a proof whose checkpoint several witnesses signed.
//! - [`inclusion`] and [`consistency`] make proofs, [`verify_inclusion`] and [`verify_consistency`] check
//!   them; [`proof_file`] and [`verify_proof_file`] do it for a text that stands alone.
//! - [`files`] lays out a whole log as static files; [`verify_log`] and [`verify_entries`] recompute
//!   everything.

mod cosign;
mod error;
mod hand_over;
mod hash;
mod key;
mod leaf;
mod proof;
mod proof_file;
mod tile;
mod tree;
mod verify;

#[cfg(test)]
mod sample;

pub use cosign::{Cosigner, MAX_LINES, Trust, WitnessKey, Witnessed, verify_witnessed, with_lines};
pub use error::LedgerError;
pub use hand_over::{HANDED_OVER_PATH, HandOver};
pub use hash::{Hash, Head, commitment, leaf_hash, root_of};
pub use key::{LedgerKey, MAX_NOTE_BYTES, Verifier};
pub use leaf::Leaf;
pub use proof::{consistency, inclusion, verify_consistency, verify_inclusion};
pub use proof_file::{
    MAX_PROOF_FILE_BYTES, ProofFile, parse_path, parse_proof_file, path_text, proof_file, verify_proof_file,
};
pub use tile::{CHECKPOINT_PATH, entries_path, files, tile_path};
pub use tree::{Appended, Hashes, MAX_ENTRIES, MAX_ENTRY_BYTES, append, head_at};
pub use verify::{Report, verify_entries, verify_log};
