//! Commands that review a change of the local policies before it is made.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

const POLICY_DIFF: &str = "\
Examples:
  comity policy diff local.cedar
  comity policy diff local.cedar --json

Exit codes: 0 nobody gains and nobody loses; 1 somebody does, or it is not known.";

/// Say who would gain and who would lose by other local policies
///
/// First in principle: for each action, whether any request exists that would be allowed and is not now, or the other way
/// round, with one to show. That takes the solver; without it only the records of now are looked at, and the answer says so.
/// Then on the records of now: for each member with a key, in the context of that key, and for each member without one, how
/// many records it would see more and less, and of how many other parts. Nothing is written.
#[derive(Debug, Args)]
#[command(after_help = POLICY_DIFF)]
pub struct PolicyDiffArgs {
    /// Local policies in Cedar; `-` is standard input
    pub file: PathBuf,
    /// The solver [default: cvc5 on the search path]
    #[arg(long, value_name = "PATH", env = "COMITY_CVC5", hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub solver: Option<PathBuf>,
    /// Longest time for one question, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub question_seconds: u64,
}

const POLICY_REPLAY: &str = "\
Examples:
  comity policy replay local.cedar --since 2026-03-01
  comity policy replay local.cedar --since 2026-03-01 --until 2026-04-01T12:00:00Z --json

Exit codes: 0 nothing would have been different; 1 something would.";

/// Decide again, under other local policies, what left
///
/// Each first delivery of that time to another member is decided under the agreement of its epoch and the handling under
/// which it left. What would have gone out besides is judged by the handling, state, agreement and keys of now. Nothing is
/// written.
#[derive(Debug, Args)]
#[command(after_help = POLICY_REPLAY)]
pub struct PolicyReplayArgs {
    /// Local policies in Cedar; `-` is standard input
    pub file: PathBuf,
    /// From then on, as 2026-03-01 or with a time
    #[arg(long, value_name = "TIME")]
    pub since: String,
    /// Before then [default: now]
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}
