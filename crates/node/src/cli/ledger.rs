//! Commands about the tamper-evident log.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const VERIFY: &str = "\
Examples:
  comity verify
  comity verify --log ./export --vkey north.vkey
  comity verify --proof leaf-17.proof --leaf leaf-17.json --vkey north.vkey
  comity verify --proof leaf-17.proof --leaf leaf-17.json --vkey north.vkey \\
      --witness south.vkey --witness west.vkey --need 2
  comity verify --fork fork.json --vkey north.vkey
  comity verify --consistency old.checkpoint new.checkpoint --path old-new.path --vkey north.vkey
  comity verify --policy-proof proof.json \\
      --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
  comity verify --receipt receipts.json \\
      --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// Verify the ledger of this node, or an exported one, or one proof
///
/// With `--log`, `--proof`, `--consistency`, `--fork`, `--receipt` or `--policy-proof` it works offline and needs no home: only what was exported and the verifier key of the node
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
    /// Verifier key of a witness that must have signed: the text, or a file that holds it; may be repeated
    #[arg(long, value_name = "KEY", requires = "proof")]
    pub witness: Vec<String>,
    /// How many of these witnesses must have signed [default: all]
    #[arg(long, value_name = "NUMBER", requires = "witness")]
    pub need: Option<usize>,
    /// Two checkpoints of one log that contradict each other, as `witness evidence` prints them
    #[arg(long, value_name = "FILE", requires = "vkey", conflicts_with_all = ["log", "proof"])]
    pub fork: Option<PathBuf>,
    /// Two checkpoints of one log, of which the newer must begin with everything that the older held
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], requires_all = ["path", "vkey"],
        conflicts_with_all = ["log", "proof"])]
    pub consistency: Option<Vec<PathBuf>>,
    /// The proof of that, as `ledger consistency` prints it
    #[arg(long, value_name = "FILE", requires = "consistency")]
    pub path: Option<PathBuf>,
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
    /// Print the proof that a later log begins with an earlier one
    Consistency(LedgerConsistencyArgs),
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
Examples:
  comity ledger proof 17 --leaf leaf-17.json > leaf-17.proof
  comity ledger proof 17 --witnessed > leaf-17.proof";

/// Print the proof that a leaf stands in the log
#[derive(Debug, Args)]
#[command(after_help = PROOF)]
pub struct LedgerProofArgs {
    /// Number of the leaf, from 0
    pub leaf_number: u64,
    /// Under the checkpoint that most other members signed, with their signatures
    #[arg(long)]
    pub witnessed: bool,
    /// Write the leaf itself to this file
    #[arg(long, value_name = "FILE")]
    pub leaf: Option<PathBuf>,
}

const CONSISTENCY: &str = "\
Example:
  comity ledger consistency 17 42 > 17-42.path";

/// Print the proof that the log with NEW leaves begins with the log with OLD leaves
///
/// Somebody who kept the checkpoints of both sizes checks with `comity verify --consistency` that nothing was changed or
/// removed between them.
#[derive(Debug, Args)]
#[command(after_help = CONSISTENCY)]
pub struct LedgerConsistencyArgs {
    /// Number of leaves of the older checkpoint: its second line
    pub old: u64,
    /// Number of leaves of the newer checkpoint
    pub new: u64,
}
