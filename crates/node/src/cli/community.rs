//! Commands about the community: its agreement, members, rules, and what waits for a second person.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::policy_review::{PolicyDiffArgs, PolicyReplayArgs};

/// Read, compare and apply the agreement of the community.
#[derive(Debug, Subcommand)]
pub enum AgreementCommand {
    /// Apply another version of the agreement
    Import(AgreementImportArgs),
    /// Print the agreement in force
    #[command(after_help = "Example:\n  comity agreement show > agreement.toml")]
    Show,
    /// Say what a version would change
    Diff(AgreementDiffArgs),
}

/// Apply another version of the agreement
///
/// The differences are printed, with how many records become visible or stop being visible. It takes effect at the next
/// request of a running node; earlier versions stay as epochs.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity agreement import agreement.toml --as lena")]
pub struct AgreementImportArgs {
    /// Agreement, TOML; `-` is standard input
    pub file: PathBuf,
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
    Add(MemberAddArgs),
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

/// Show the rules that decide, and prove what they promise.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print the rules in force: the guards that ship, and the local policies in Cedar
    #[command(after_help = "Example:\n  comity policy show")]
    Show,
    /// Prove what the rules promise
    ///
    /// Each invariant is put to a solver, cvc5, for each action: once for the guards with everything else permitted, so
    /// that it holds whatever a community writes, and once for the rules in force. False, unknown and a time-out all
    /// count as not proved. A request that breaks an invariant is shown, after the ordinary evaluator has confirmed it.
    /// Nothing is written.
    Prove(PolicyProveArgs),
    /// Say who would gain and who would lose by other local policies
    ///
    /// First in principle: for each action, whether any request exists that would be allowed and is not now, or the other
    /// way round, with one to show. That takes the solver; without it only the records of now are looked at, and the
    /// answer says so. Then on the records of now: for each member with a key, in the context of that key, and for each
    /// member without one, how many records it would see more and less, and of how many other parts. Nothing is written.
    Diff(PolicyDiffArgs),
    /// Decide again, under other local policies, what left
    ///
    /// Each first delivery of that time to another member is decided under the agreement of its epoch and the handling
    /// under which it left. What would have gone out besides is judged by the handling, state, agreement and keys of now.
    /// Nothing is written.
    Replay(PolicyReplayArgs),
}

const POLICY_PROVE: &str = "\
Examples:
  comity policy prove
  comity policy prove --set local.cedar --invariants policies/invariants

Exit codes: 0 everything is proved; 1 something is not; 3 there is no solver.";

/// What is to be proved, and by what.
#[derive(Debug, Args)]
#[command(after_help = POLICY_PROVE)]
pub struct PolicyProveArgs {
    /// Local policies to prove instead of those in force, in Cedar; needs no home; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub set: Option<PathBuf>,
    /// Folder with the community's own invariants, *.cedar
    #[arg(long, value_name = "DIR")]
    pub invariants: Option<PathBuf>,
    /// The solver [default: cvc5 on the search path]
    #[arg(long, value_name = "PATH", env = "COMITY_CVC5", hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub solver: Option<PathBuf>,
    /// Longest time for one question, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub question_seconds: u64,
    /// Solver processes at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub processes: u8,
}

/// List what waits for a second person
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity proposals")]
pub struct ProposalsArgs {}

/// Approve, as a second person, what another user proposed
///
/// The proposer cannot approve. What was proposed takes effect at once.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity approve p7c1e0d2f4a6b8c90 --as omar")]
pub struct ApproveArgs {
    /// Id of the proposal, as `proposals` shows it
    pub id: String,
    /// Why; needed for what is marked for neutrality review
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}
