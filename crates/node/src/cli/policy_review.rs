//! Commands that review a change of the local policies before it is made.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

const POLICY_DIFF: &str = "\
Examples:
  comity policy diff local.cedar
  comity policy diff local.cedar --json

Exit codes: 0 nobody gains and nobody loses; 1 somebody does, or it is not known.";

/// Local policies to compare with those in force.
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

/// Local policies to put to the past.
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
