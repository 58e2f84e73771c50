//! Commands about decisions.

use clap::{Args, Subcommand};

use super::handling::tlp_levels;

/// Decisions of a body.
#[derive(Debug, Subcommand)]
pub enum DecisionCommand {
    /// List the decisions that are here, open ones first
    List(DecisionListArgs),
    /// Show one decision: where it stands, what members say, what it waits for
    Show(DecisionShowArgs),
    /// Begin to wait for silence, put the deadline off, or begin anew with another text
    Open(DecisionOpenArgs),
    /// State that your member objects: one objection stops it
    Object(DecisionSayArgs),
    /// State that your member approves
    Approve(DecisionSayArgs),
    /// State that your member lets it pass, and where it differs
    Reserve(DecisionSayArgs),
    /// State what came of it: adopted, or stopped by an objection
    Close(DecisionCloseArgs),
    /// Take a decision back that is not closed
    Withdraw(DecisionWithdrawArgs),
}

/// List the decisions that are here, open ones first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity decision list")]
pub struct DecisionListArgs {}

/// Show one decision: where it stands, what members say, what it waits for
///
/// Where it stands is judged here out of its versions and of what members said. What its originator states and this node
/// cannot follow is shown as that.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity decision show ECR-2026-4")]
pub struct DecisionShowArgs {
    /// Its id or its number
    #[arg(value_name = "DECISION")]
    pub decision: String,
}

const OPEN: &str = "\
Examples:
  comity decision open comity-decision--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\
      --until 2026-12-08T12:00:00Z
  comity decision open comity-decision--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\
      --until 2026-12-20T12:00:00Z --text 'EXERCISE the members patrol the river by day' \\
      --reason 'EXERCISE the night is left out'";

/// Begin to wait for silence, put the deadline off, or begin anew with another text
///
/// From now until the deadline, at least 1 hour and at most 400 days, the full members of the body can object. Who they are
/// is taken from the agreement and the record of the body; nobody is left out. A deadline is put off and never brought
/// forward; another text begins anew. It takes the role secretariat beside release officer.
#[derive(Debug, Args)]
#[command(after_help = OPEN)]
pub struct DecisionOpenArgs {
    /// Its id or its number
    #[arg(value_name = "DECISION")]
    pub decision: String,
    /// Until when silence is waited for, as 2026-12-08T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub until: String,
    /// Another text; then it begins anew
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "opened")]
    pub reason: String,
}

/// What your member says about a decision
///
/// It is a record of your member on the version that is here, and goes to whoever has the decision. The newest of what a
/// member says counts. Only full members that are entitled are heard.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity decision object ECR-2026-4 --text 'EXERCISE not before the budget'\n  \
                  comity decision reserve ECR-2026-4 --text 'EXERCISE our law is not changed by it'\n  \
                  comity decision approve ECR-2026-4 --text 'EXERCISE we agree'"
)]
pub struct DecisionSayArgs {
    /// Its id or its number
    #[arg(value_name = "DECISION")]
    pub decision: String,
    /// In words
    #[arg(long, value_name = "TEXT")]
    pub text: String,
    /// Level of the statement [default: whoever has the decision gets it]
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
}

const CLOSE: &str = "\
Examples:
  comity decision close comity-decision--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12
  comity decision close comity-decision--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\
      --without 'EXERCISE south' --reason 'EXERCISE its node is out of order'";

/// State what came of it: adopted, or stopped by an objection
///
/// An objection stops it whenever it came, as long as it is here before this. Silence is consent only of a member that got
/// the text before the deadline and from which everything until then was pulled; else it waits for them, or is closed
/// without them, and says so. An adopted decision gets the next number of its body. It takes the role secretariat beside
/// release officer. Exit code 1 means that it was stopped, or waits.
#[derive(Debug, Args)]
#[command(after_help = CLOSE)]
pub struct DecisionCloseArgs {
    /// Its id or its number
    #[arg(value_name = "DECISION")]
    pub decision: String,
    /// A member whose silence is not waited for; its absence stands in the decision
    #[arg(long, value_name = "MEMBER", requires = "reason")]
    pub without: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Take a decision back that is not closed
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity decision withdraw comity-decision--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\\n      \
                  --reason 'EXERCISE the question is settled otherwise'"
)]
pub struct DecisionWithdrawArgs {
    /// Its id or its number
    #[arg(value_name = "DECISION")]
    pub decision: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}
