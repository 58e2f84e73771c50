//! Commands about the rules that decide: look at them, check, prove and activate others.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{ArgGroup, Args, Subcommand};
use comity_app::proof::Means;
use comity_app::prover::Limits;

use super::policy_review::{PolicyDiffArgs, PolicyReplayArgs};

/// Show the rules that decide, check and prove others, and bring them into force.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print the rules in force: the guards that ship, and the local policies in Cedar
    #[command(after_help = "Example:\n  comity policy show")]
    Show,
    /// Write local policies from the release table of an agreement
    New(PolicyNewArgs),
    /// Check local policies for mistakes; needs no home
    Check(PolicyCheckArgs),
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
    /// Bring other local policies into force, once they are proved
    Activate(PolicyActivateArgs),
    /// List when policies were brought into force, by whom, and by what they were proved
    #[command(after_help = "Example:\n  comity policy history")]
    History,
    /// Print the signed proof of an activation
    ExportProof(PolicyExportProofArgs),
}

/// Write local policies from the release table of an agreement
///
/// Without a table, they decide as those that a new node starts with. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity policy new --from agreement.toml > local.cedar")]
pub struct PolicyNewArgs {
    /// Agreement, TOML, needs no home; `-` is standard input [default: the one in force]
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
}

/// Check local policies for mistakes; needs no home
///
/// The policies are read and strictly checked against what a rule may look at. The first mistake is shown with its line.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity policy check local.cedar")]
pub struct PolicyCheckArgs {
    /// Local policies, in Cedar; `-` is standard input
    pub file: PathBuf,
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
    /// Folder with the community's own invariants, *.cedar [default: those in force]
    #[arg(long, value_name = "DIR")]
    pub invariants: Option<PathBuf>,
    /// By what.
    #[command(flatten)]
    pub solver: SolverArgs,
}

/// The solver, and how far it may go.
#[derive(Debug, Args)]
pub struct SolverArgs {
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

impl SolverArgs {
    /// The same for the use cases.
    pub fn means(&self) -> Means {
        Means {
            solver: self.solver.clone().filter(|path| !path.as_os_str().is_empty()),
            limits: Limits {
                question: Duration::from_secs(self.question_seconds),
                processes: usize::from(self.processes),
                ..Limits::default()
            },
        }
    }
}

const POLICY_ACTIVATE: &str = "\
Examples:
  comity policy activate local.cedar --reason 'partners get less' --as lena
  comity policy activate local.cedar --invariants invariants/ --as lena
  comity policy activate --from-agreement --inherit --as lena

Exit codes: 0 in force, or waiting for a second person; 1 not proved or refused, and nothing
was changed; 3 there is no solver.";

/// Bring other local policies into force, once they are proved
///
/// Every invariant that ships, and every one of the community's own, is proved for these policies; what is false or
/// unknown keeps them out. Then it is counted who gains and who loses on this node. They take effect at the next request
/// of a running node, for a page as a whole. Where the agreement asks for two persons they become a proposal.
#[derive(Debug, Args)]
#[command(after_help = POLICY_ACTIVATE, group(ArgGroup::new("rules").required(true).args(["file", "from_agreement"])))]
pub struct PolicyActivateArgs {
    /// Local policies, in Cedar; `-` is standard input
    pub file: Option<PathBuf>,
    /// Take what the release table of the agreement in force means
    #[arg(long)]
    pub from_agreement: bool,
    /// Folder with the community's own invariants, *.cedar, to be kept from now on [default: those in force]
    #[arg(long, value_name = "DIR")]
    pub invariants: Option<PathBuf>,
    /// Keep no invariants of the community's own any more
    #[arg(long, conflicts_with = "invariants")]
    pub drop_invariants: bool,
    /// Why; kept in the history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Ask no solver: the proof of the guards is inherited by their hash; not with invariants of the community's own
    #[arg(long)]
    pub inherit: bool,
    /// By what.
    #[command(flatten)]
    pub solver: SolverArgs,
}

/// Print the signed proof of an activation
///
/// `comity verify --policy-proof` checks it without a home.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity policy export-proof 4 > proof.json")]
pub struct PolicyExportProofArgs {
    /// Epoch that began with it, as `policy history` shows it [default: the newest]
    pub epoch: Option<i64>,
}
