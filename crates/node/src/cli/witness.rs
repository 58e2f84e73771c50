//! Commands about what this node witnesses of the ledgers of others.

use clap::{Args, Subcommand};

/// See what this node has seen of the ledgers of others.
#[derive(Debug, Subcommand)]
pub enum WitnessCommand {
    /// List the ledgers that this node watches, and who signs its own
    List(WitnessListArgs),
    /// Print the verifier key under which this node signs checkpoints of others
    #[command(after_help = "Example:\n  comity witness key > south-witness.vkey")]
    Key,
    /// Print two checkpoints of one ledger that do not go together
    Evidence(WitnessEvidenceArgs),
    /// Propose to take up a ledger again about which there is an alarm
    Clear(WitnessClearArgs),
}

/// List the ledgers that this node watches, and who signs its own
///
/// Nodes show each other their newest checkpoint whenever they exchange messages. A node signs what extends everything it
/// has seen of that ledger. Exit code 1 means that there is an alarm about one of them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity witness list")]
pub struct WitnessListArgs {}

const EVIDENCE: &str = "\
Example:
  comity witness evidence 1f0c9a52e4b7d803 > fork.json";

/// Print two checkpoints of one ledger that do not go together
///
/// Anybody checks the file offline with `comity verify --fork`.
#[derive(Debug, Args)]
#[command(after_help = EVIDENCE)]
pub struct WitnessEvidenceArgs {
    /// Its name, the last word under ALARM in `witness list`
    pub evidence: String,
}

const CLEAR: &str = "\
Example:
  comity witness clear comity/2b8c7a54-5d0e-4a0e-8f5e-0c8f3c1d9b22 --reason 'Restored after a fire'";

/// Propose to take up a ledger again about which there is an alarm
///
/// A second person approves. The evidence stays; what the ledger shows next is taken as if it were the first.
#[derive(Debug, Args)]
#[command(after_help = CLEAR)]
pub struct WitnessClearArgs {
    /// Name of the ledger
    pub log: String,
    /// Why; stays at this node
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}
