//! Commands about the tamper-evident log.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const VERIFY: &str = "\
Examples:
  comity verify
  comity verify --log ./export --vkey north.vkey
  comity verify --proof leaf-17.proof --leaf leaf-17.json --vkey north.vkey
  comity verify --policy-proof proof.json \\
      --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
  comity verify --receipt receipts.json \\
      --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// Verify the ledger of this node, or an exported one, or one proof
///
/// With `--log`, `--proof`, `--receipt` or `--policy-proof` it works offline and needs no home: only what was exported and the verifier key of the node
/// that made it. Exit code 1 means that something does not fit; the message says which entry or file.
#[derive(Debug, Args)]
#[command(after_help = VERIFY)]
pub struct VerifyArgs {
    /// Exported log to recompute
    #[arg(long, value_name = "DIR", requires = "vkey", conflicts_with_all = ["proof", "leaf"])]
    pub log: Option<PathBuf>,
    /// Proof that a leaf stands in a log
    #[arg(long, value_name = "FILE", requires_all = ["leaf", "vkey"])]
    pub proof: Option<PathBuf>,
    /// The leaf, as exported
    #[arg(long, value_name = "FILE", requires = "proof")]
    pub leaf: Option<PathBuf>,
    /// Verifier key of the log: the text, or a file that holds it
    #[arg(long, value_name = "KEY")]
    pub vkey: Option<String>,
    /// Signed proof of policies, as `policy export-proof` prints it
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with_all = ["log", "proof", "vkey"])]
    pub policy_proof: Option<PathBuf>,
    /// Signed receipts, as `deliveries --proof` writes them
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with_all = ["log", "proof", "vkey", "policy_proof"])]
    pub receipt: Option<PathBuf>,
    /// Public key of the member that signed the proof of policies, or the receipts; repeat for receipts of several members
    #[arg(long, value_name = "KEY")]
    pub key: Vec<String>,
}

/// Export the ledger, print its checkpoint or a proof.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Write the whole log as static files
    Export(LedgerExportArgs),
    /// Print the signed checkpoint
    #[command(after_help = "Example:\n  comity ledger checkpoint > checkpoint")]
    Checkpoint,
    /// Print the proof that a leaf stands in the log
    Proof(LedgerProofArgs),
}

/// Write the whole log as static files
///
/// The layout is that of C2SP tlog-tiles; the verifier key is written beside it as `vkey`. Any web server can serve it,
/// and `comity verify --log` checks it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity ledger export ./export")]
pub struct LedgerExportArgs {
    /// Folder to write
    pub folder: PathBuf,
}

const PROOF: &str = "\
Example:
  comity ledger proof 17 --leaf leaf-17.json > leaf-17.proof";

/// Print the proof that a leaf stands in the log
#[derive(Debug, Args)]
#[command(after_help = PROOF)]
pub struct LedgerProofArgs {
    /// Number of the leaf, from 0
    pub leaf_number: u64,
    /// Write the leaf itself to this file
    #[arg(long, value_name = "FILE")]
    pub leaf: Option<PathBuf>,
}
