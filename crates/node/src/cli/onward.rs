//! Commands of the third-party rule: asking whether a record may be passed on, and answering that.

use clap::{ArgGroup, Args, Subcommand};
use comity_app::onward::HOURS;

/// Ask an originator whether a record may go to a third member, or answer such a question
#[derive(Debug, Subcommand)]
pub enum OnwardCommand {
    /// Ask the originator of a record whether it may go to a third member
    ///
    /// Silence is a no. A yes comes as a new envelope, by which this node releases the record to that member.
    #[command(
        after_help = "Example:\n  comity onward ask report--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --to 'EXERCISE East desk' \\\n      --purpose border-security --reason 'EXERCISE a crossing is expected' \\\n      --protection 'EXERCISE their law on personal data is as ours'"
    )]
    Ask(OnwardAskArgs),
    /// Answer a question about a record of this member's own
    ///
    /// Yes names the third member among the recipients, and lets the one who asked release the record to them.
    #[command(
        after_help = "Example:\n  comity onward answer 3b7c… --yes --conditions 'EXERCISE no copies'\n  comity onward answer 3b7c… --no --reason 'EXERCISE the source would be known'"
    )]
    Answer(OnwardAnswerArgs),
    /// List questions made here and questions that came
    #[command(after_help = "Example:\n  comity onward list")]
    List,
    /// Pass a record of another member on without asking, because a life is in danger at once
    ///
    /// A second person approves it (comity approve). Its originator is told at once, with the reason. What the originator itself
    /// may not release to that member stays back, and the copy there goes no further.
    #[command(
        after_help = "Example:\n  comity onward override report--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --to 'EXERCISE East desk' \\\n      --purpose border-security --danger 'EXERCISE an attack is expected within the hour'"
    )]
    Override(OnwardOverrideArgs),
    /// Report what was passed on without asking: from here, of this member's records, and to here
    #[command(
        after_help = "Examples:\n  comity onward report\n  comity onward report --since 2026-01-01 --json"
    )]
    Report(OnwardReportArgs),
}

/// What is passed on without asking.
#[derive(Debug, Args)]
pub struct OnwardOverrideArgs {
    /// Record of another member
    pub record: String,
    /// Member that gets it
    #[arg(long, value_name = "MEMBER")]
    pub to: String,
    /// Purpose, of the agreement
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: String,
    /// Legal basis, of the agreement; needed for personal data
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// Whose life is in danger, and why there is no time to ask
    #[arg(long, value_name = "TEXT")]
    pub danger: String,
}

/// Of which time.
#[derive(Debug, Args)]
pub struct OnwardReportArgs {
    /// From then on, as 2026-03-01 or with a time [default: from the beginning]
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

/// A question.
#[derive(Debug, Args)]
pub struct OnwardAskArgs {
    /// Record of another member
    pub record: String,
    /// Member that would get it
    #[arg(long, value_name = "MEMBER")]
    pub to: String,
    /// Purpose, of the agreement
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: String,
    /// Why, and how serious the matter is
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// How what is personal in it would be protected there
    #[arg(long, value_name = "TEXT")]
    pub protection: String,
    /// Hours within which an answer counts
    #[arg(long, value_name = "HOURS", default_value_t = HOURS)]
    pub hours: i64,
}

/// An answer.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("answer").required(true).args(["yes", "no"])))]
pub struct OnwardAnswerArgs {
    /// The question, as `onward list` shows it
    pub question: String,
    /// It may go there
    #[arg(long)]
    pub yes: bool,
    /// It may not
    #[arg(long, requires = "reason")]
    pub no: bool,
    /// Conditions of a yes, for whoever passes it on and whoever gets it
    #[arg(long, value_name = "TEXT", conflicts_with = "no")]
    pub conditions: Option<String>,
    /// Reason of a no
    #[arg(long, value_name = "TEXT", conflicts_with = "yes")]
    pub reason: Option<String>,
}
