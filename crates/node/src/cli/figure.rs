//! Commands about figures: numbers that a member counts out of records; and about what came of records.

use clap::{Args, Subcommand};

use super::handling::tlp_levels;

/// Count, and look at figures.
#[derive(Debug, Subcommand)]
pub enum FigureCommand {
    /// Count records and make a figure of it
    New(Box<FigureNewArgs>),
    /// List the figures that are here
    List(FigureListArgs),
    /// Say what a figure counted, whether it can be traced, and what has changed since
    Explain(FigureExplainArgs),
    /// Ask the question of a figure again, and say what changed and why
    Recalculate(FigureRecalculateArgs),
    /// Add figures of several members without counting a record twice
    Add(FigureAddArgs),
}

const NEW: &str = "\
Examples:
  comity figure new --collection council --title 'EXERCISE finds of 2026' \\
      --purpose border-security --ask 'kind:find country:KZ' --from 2026 --until 2026 --unit finds \\
      --rule 'each find once, by the day on which it was made' --dry-run
  comity figure new --collection council --title 'EXERCISE narcotics found' \\
      --purpose border-security --ask kind:find --count sum:items.amount --unit kg \\
      --rule 'net, as weighed' --tlp amber

What stands at a path is found with `comity show RECORD`. Exit code 1: refused.";

/// Count records and make a figure of it
///
/// The question is one of `comity search` that names kinds and selects nobody: no name:, number:, id: or nationality:. The figure
/// keeps it with the records that it counted, so that it can be explained and counted again. Counted is what you may use for
/// the purpose; what was withdrawn, recalled or set aside never is, and an object that several members have counts once.
/// Without period, unit and counting rule the figure is stamped untraced. Fewer persons than the agreement says are told as
/// "fewer than", and without a level the figure stays with your own member.
#[derive(Debug, Args)]
#[command(after_help = NEW)]
pub struct FigureNewArgs {
    /// Collection into which the figure goes: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: String,
    /// A heading
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// The question: a query that names kinds of records
    #[arg(long, value_name = "QUERY")]
    pub ask: String,
    /// What is counted: records, sum:PATH, distinct:PATH, or within:DAYS, those made so soon after what they are about
    #[arg(long, value_name = "WHAT", default_value = "records")]
    pub count: String,
    /// Begin of the period: 2026, 2026-03 or 2026-03-08
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// End of the period
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// The unit
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// What was counted, and how
    #[arg(long, value_name = "TEXT")]
    pub rule: Option<String>,
    /// Of what it is the number
    #[arg(long, value_name = "TEXT")]
    pub scope: Option<String>,
    /// Purpose of counting, one of the agreement's
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
    /// Level of the figure; without one it stays with your own member
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
    /// A member to whom it goes, of a figure for named recipients
    #[arg(long, value_name = "MEMBER", requires = "tlp")]
    pub to: Vec<String>,
    /// A readers' group of your own member that may read it
    #[arg(long, value_name = "GROUP")]
    pub inner: Vec<String>,
    /// Say what would be counted, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// List the figures that are here
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity figure list\n  comity figure list --stale")]
pub struct FigureListArgs {
    /// Only those whose records have changed since they were counted
    #[arg(long)]
    pub stale: bool,
}

/// Say what a figure counted, whether it can be traced, and what has changed since
///
/// Of the records that were counted those are listed that you may see; the others are counted and not shown. A figure is traced
/// when it states period, unit, counting rule and contributors, and a figure of a member also what it counted. Exit code 1
/// means that it is untraced.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity figure explain c-47-02\n  comity figure explain comity-figure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a14"
)]
pub struct FigureExplainArgs {
    /// The figure by its id; or the claim that gives a number, by its id or the number under which a reading had it
    #[arg(value_name = "FIGURE")]
    pub figure: String,
}

const RECALCULATE: &str = "\
Example:
  comity figure recalculate comity-figure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a14 \\
      --reason 'EXERCISE a find was recalled'";

/// Ask the question of a figure again, and say what changed and why
///
/// When something changed, a new version of the figure says the number before and since, and how many records were corrected,
/// withdrawn, recalled, set aside or erased, or are new. When nothing did, nothing is written.
#[derive(Debug, Args)]
#[command(after_help = RECALCULATE)]
pub struct FigureRecalculateArgs {
    /// A figure of your own member that was counted here
    #[arg(value_name = "FIGURE")]
    pub figure: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

const ADD: &str = "\
Example:
  comity figure add comity-figure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a14 \\
      comity-figure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a15 \\
      --collection council --title 'EXERCISE finds of both members'";

/// Add figures of several members without counting a record twice
///
/// Only counts of records with one unit, period, scope, counting rule and question are added. A record that several of them name
/// counts once. What a member counted and does not name may be among what another one counted: then the sum is a range.
#[derive(Debug, Args)]
#[command(after_help = ADD)]
pub struct FigureAddArgs {
    /// The figures, by their ids
    #[arg(value_name = "FIGURE", required = true, num_args = 2..)]
    pub parts: Vec<String>,
    /// Collection into which the sum goes: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: String,
    /// A heading
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// Level of the sum; without one it stays with your own member
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
    /// Say what it would come to, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Say what came of records that were shared.
#[derive(Debug, Subcommand)]
pub enum OutcomeCommand {
    /// Tell the originator of a record what came of it
    Add(OutcomeAddArgs),
    /// List what came of records
    List(OutcomeListArgs),
}

const OUTCOME: &str = "\
Examples:
  comity outcome add incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --result seized \\
      --amount '2.5 kg' --rule 'net, as weighed' --on 2026-11-12
  comity outcome add incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --result nothing";

/// Tell the originator of a record what came of it
///
/// It goes to the originator alone, under the conditions that it set for the record. Exit code 1: refused.
#[derive(Debug, Args)]
#[command(after_help = OUTCOME)]
pub struct OutcomeAddArgs {
    /// A record of another member: its id, or id@version
    #[arg(value_name = "RECORD")]
    pub record: String,
    /// What came of it
    #[arg(long, value_name = "WORD", value_parser = ["sighting", "hit-confirmed", "prevented", "seized", "arrested", "nothing"])]
    pub result: String,
    /// When: 2026, 2026-03 or 2026-03-08
    #[arg(long = "on", value_name = "DATE")]
    pub happened: Option<String>,
    /// How much was seized: a number and a unit
    #[arg(long, value_name = "AMOUNT", requires = "rule")]
    pub amount: Option<String>,
    /// How that was counted or weighed
    #[arg(long, value_name = "TEXT", requires = "amount")]
    pub rule: Option<String>,
    /// A few words
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
}

/// List what came of records
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity outcome list\n  comity outcome list --of incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11"
)]
pub struct OutcomeListArgs {
    /// Only of this record
    #[arg(long, value_name = "RECORD")]
    pub of: Option<String>,
}
