//! Commands about the community: its agreement, members, rules, and what waits for a second person.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::policy::SolverArgs;

/// Read, compare and apply the agreement of the community.
#[derive(Debug, Subcommand)]
pub enum AgreementCommand {
    /// Apply another version of the agreement
    Import(AgreementImportArgs),
    /// Sign a version of the agreement
    Sign(AgreementSignArgs),
    /// Print the agreement in force
    #[command(after_help = "Example:\n  comity agreement show > agreement.toml")]
    Show,
    /// Say what a version would change
    Diff(AgreementDiffArgs),
    /// Show what differs from the agreement of a peer, and take it when told to
    Fetch(AgreementFetchArgs),
}

/// Apply another version of the agreement
///
/// The differences are printed, with how many records become visible or stop being visible. It takes effect at the next
/// request of a running node; earlier versions stay as epochs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comity agreement import agreement.toml --as lena
  comity agreement import agreement.toml --signatures north.sig --signatures south.sig")]
pub struct AgreementImportArgs {
    /// Agreement, TOML; `-` is standard input
    pub file: PathBuf,
    /// File with signatures under it, a line each; repeat for more
    #[arg(long, value_name = "FILE")]
    pub signatures: Vec<PathBuf>,
}

/// Sign a version of the agreement
///
/// Prints the signature of this node's member under this text, for those who bring it into force. Nothing comes into force by
/// it. Where the agreement in force has `[signing]`, the next version needs so many of these.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity agreement sign agreement.toml > north.sig")]
pub struct AgreementSignArgs {
    /// Agreement, TOML; `-` is standard input
    pub file: PathBuf,
}

/// Show what differs from the agreement of a peer, and take it when told to
///
/// Without `--take` nothing changes. With it the agreement of the peer comes into force here as by `agreement import`: an
/// older version is refused, and where the agreement asks for two persons it waits for the second. Exit code 1 means that
/// there are differences, and that they were not taken.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity agreement fetch north\n  comity agreement fetch north --take")]
pub struct AgreementFetchArgs {
    /// Peer, by the name given to it
    pub peer: String,
    /// Bring it into force here
    #[arg(long)]
    pub take: bool,
}

/// Say what a version would change
///
/// Beside the differences of the text it says who would see more and who less of the records of now. Nothing is written.
/// Exit code 1 means that there are differences.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity agreement diff agreement.toml")]
pub struct AgreementDiffArgs {
    /// Agreement, TOML; `-` is standard input
    pub file: PathBuf,
}

/// List the members, or add one to a draft of the agreement.
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Add a member to a draft of the agreement
    Add(Box<MemberAddArgs>),
    /// List the members of the agreement in force
    #[command(after_help = "Example:\n  comity member list")]
    List,
}

const MEMBER_ADD: &str = "\
Example:
  comity member add 'EXERCISE South desk' \\
      --id identity--2b8c7a54-5d0e-4a0e-8f5e-0c8f3c1d9b22 --standing member --group council \\
      --draft agreement.toml
  comity agreement diff agreement.toml
  comity agreement import agreement.toml";

/// Add a member to a draft of the agreement
///
/// The draft is a file, edited in place; when it is missing it is made from the agreement in force, with the next
/// version number. Comments in it stay. Nothing takes effect before `comity agreement import`.
#[derive(Debug, Args)]
#[command(after_help = MEMBER_ADD)]
pub struct MemberAddArgs {
    /// Name for people
    pub name: String,
    /// Its id, `identity--` and a UUID; the member's own `comity member list` shows it
    #[arg(long, value_name = "ID")]
    pub id: String,
    /// What it is in the community
    #[arg(long, value_name = "STANDING", value_parser = PossibleValuesParser::new(["member", "observer", "partner", "oversight"]))]
    pub standing: String,
    /// State to which it belongs, as two capital letters of ISO 3166-1
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Group it belongs to, defined in the draft; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub group: Vec<String>,
    /// Public key of the member, `ed25519:` and base64; repeat for more
    #[arg(long, value_name = "KEY")]
    pub key: Vec<String>,
    /// Id of the member on whose node it lives, when it has none of its own
    #[arg(long, value_name = "ID", conflicts_with = "key")]
    pub hosted_by: Option<String>,
    /// Legal basis on which it may receive personal data, defined in the draft; repeat for more
    #[arg(long, value_name = "BASIS")]
    pub basis: Vec<String>,
    /// Its protection of personal data was found adequate
    #[arg(long)]
    pub adequate: bool,
    /// Draft to edit
    #[arg(long, value_name = "FILE")]
    pub draft: PathBuf,
}

/// List what waits for a second person, or show one proposal whole
///
/// With an ID: who proposed it, when and why, and what it would do. Of policies and agreements the difference to what is
/// in force, and what changes on the records of now; of records their names, their handling, and who would see them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity proposals\n  comity proposals p7c1e0d2f4a6b8c90 --as omar")]
pub struct ProposalsArgs {
    /// Proposal to show whole
    pub id: Option<String>,
}

/// Approve, as a second person, what another user proposed
///
/// The proposer cannot approve. What was proposed is shown as `proposals ID` shows it, and takes effect at once; policies
/// are proved once more before they do.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity approve p7c1e0d2f4a6b8c90 --as omar")]
pub struct ApproveArgs {
    /// Id of the proposal, as `proposals` shows it
    pub id: String,
    /// Why; needed for what is marked for neutrality review
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// By what policies are proved once more.
    #[command(flatten)]
    pub solver: SolverArgs,
}

/// Refuse what another user proposed, or take back what you proposed yourself
///
/// Nothing of it is done: drafts stay drafts, and what is shared stays as it is. The reason stays with the proposal for
/// whoever made it; who may refuse is who may approve.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity refuse p7c1e0d2f4a6b8c90 --reason 'the place names a source' --as omar"
)]
pub struct RefuseArgs {
    /// Id of the proposal, as `proposals` shows it
    pub id: String,
    /// Why; shown to whoever proposed it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}
