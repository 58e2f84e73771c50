//! Commands about taking back what was shared, and about what others take back.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Subcommand};
use comity_app::recall::{Doubt, Reason, Refusal};

const RECALL: &str = "\
Examples:
  comity recall note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --withdraw --reason wrong
  comity recall note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --correct 2026-11-22T10:00:00.000Z \\
      --reason wrong --hours 24
  comity recall note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --narrow --reason released-in-error
  comity recall note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --restrict --reason complaint
  comity recall recall--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22 --lift --reason other
  comity recall --from ids.txt --withdraw --reason wrong";

/// Take back, correct, narrow or stop a record at everybody who has it
///
/// It is out of use here at once. Everybody to whom this node gave it is told by a signed message, sets it aside, tells
/// those who have it from there, and answers. Without `@version` every version is meant. What was withdrawn or corrected
/// comes again as a new version only; a restriction can be lifted. No words travel with it, only the code of the reason.
#[derive(Debug, Args)]
#[command(after_help = RECALL, group = ArgGroup::new("wish").required(true))]
pub struct RecallArgs {
    /// Record; with `--lift` the recall that stopped it
    #[arg(required_unless_present = "from")]
    pub subject: Option<String>,
    /// Recall many records, every version of each: a file with one id a line; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subject", "correct", "narrow", "lift", "supersedes"])]
    pub from: Option<PathBuf>,
    /// Take it back for good
    #[arg(long, group = "wish")]
    pub withdraw: bool,
    /// A version that is published already stands in the place of the older ones
    #[arg(long, value_name = "VERSION", group = "wish")]
    pub correct: Option<String>,
    /// The handling that it has by now stands, and no wider one: change it with `comity handling` first
    #[arg(long, group = "wish")]
    pub narrow: bool,
    /// Stop its use until that is lifted
    #[arg(long, group = "wish")]
    pub restrict: bool,
    /// Lift an earlier restriction
    #[arg(long, group = "wish")]
    pub lift: bool,
    /// Why
    #[arg(long, value_name = "CODE", value_parser = reasons())]
    pub reason: String,
    /// Hours within which an answer is expected
    #[arg(long, value_name = "N", default_value_t = 72)]
    pub hours: i64,
    /// Holders are to keep their copies, out of use, as evidence
    #[arg(long, conflicts_with_all = ["stop_use", "lift"])]
    pub keep_as_evidence: bool,
    /// Holders are to stop using their copies; they need not delete them
    #[arg(long, conflicts_with = "lift")]
    pub stop_use: bool,
    /// Holders are not to pass it on
    #[arg(long, conflicts_with = "lift")]
    pub no_cascade: bool,
    /// An earlier recall that this one replaces
    #[arg(long, value_name = "RECALL", conflicts_with = "lift")]
    pub supersedes: Option<String>,
}

fn reasons() -> PossibleValuesParser {
    PossibleValuesParser::new(Reason::ALL.iter().map(|one| one.name()))
}

const RECALLS: &str = "\
Examples:
  comity recalls
  comity recalls --overdue
  comity recalls show recall--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22";

/// List recalls, made here and come here, and who has answered
///
/// A member states what it did; nobody can prove that something was deleted. Exit code 1 means that an answer is overdue.
#[derive(Debug, Args)]
#[command(after_help = RECALLS, args_conflicts_with_subcommands = true)]
pub struct RecallsArgs {
    /// Show one, or wait no longer for a member.
    #[command(subcommand)]
    pub command: Option<RecallsCommand>,
    /// Those that wait for a decision here or for an answer
    #[arg(long)]
    pub open: bool,
    /// Those with a member that has not answered in time
    #[arg(long)]
    pub overdue: bool,
    /// Those of others
    #[arg(long)]
    pub here: bool,
    /// Those on which something in use here rests: somebody should look at that again
    #[arg(long)]
    pub stale: bool,
    /// Those in whose place no other stands
    #[arg(long)]
    pub in_force: bool,
    /// Those that name this record
    #[arg(long, value_name = "RECORD")]
    pub record: Option<String>,
    /// What members say is wrong with records, instead of recalls
    #[arg(long, conflicts_with_all = ["open", "overdue", "here", "stale", "in_force", "record"])]
    pub disputes: bool,
}

/// Show one, or wait no longer for a member.
#[derive(Debug, Subcommand)]
pub enum RecallsCommand {
    /// Show one recall: what it names, what became of it here, and who has answered
    Show(RecallsShowArgs),
    /// Wait no longer for the answer of a member
    Close(RecallsCloseArgs),
}

/// Show one recall: what it names, what became of it here, and who has answered
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity recalls show recall--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22")]
pub struct RecallsShowArgs {
    /// Recall: its id or digest
    pub recall: String,
}

const CLOSE: &str = "\
Example:
  comity recalls close recall--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22 \\
      --member 'EXERCISE South desk' --reason 'EXERCISE: it left the community'";

/// Wait no longer for the answer of a member
///
/// What the member answered stays known, and what it refused stays counted.
#[derive(Debug, Args)]
#[command(after_help = CLOSE)]
pub struct RecallsCloseArgs {
    /// Recall: its id or digest
    pub recall: String,
    /// Member, by id or name
    #[arg(long, value_name = "MEMBER")]
    pub member: String,
    /// Why; stays at this node
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

const COMPLY: &str = "\
Examples:
  comity comply recall--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22 --purge
  comity comply recall--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22 \\
      note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --hold --ground 'EXERCISE: evidence in a trial'
  comity comply recall--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22 --refuse legal-duty";

/// Decide about records that their originator took back, and answer
///
/// The node set them aside when the recall came. To erase them is for a person to decide: to purge, to hold them out of
/// use on grounds of your own, or to refuse. Whatever is decided, they stay out of use. Once everything is decided, those
/// who told of the recall get a signed answer.
#[derive(Debug, Args)]
#[command(after_help = COMPLY, group = ArgGroup::new("decision").required(true))]
pub struct ComplyArgs {
    /// Recall: its id or digest
    pub recall: String,
    /// One record of those that it names [default: all that nobody has decided about]
    pub record: Option<String>,
    /// Erase them, as was asked; this cannot be undone
    #[arg(long, group = "decision")]
    pub purge: bool,
    /// Keep them, out of use
    #[arg(long, requires = "ground", group = "decision")]
    pub hold: bool,
    /// On which ground they are held; stays at this node
    #[arg(long, value_name = "TEXT", requires = "hold")]
    pub ground: Option<String>,
    /// Refuse what is asked, with the code of the reason
    #[arg(long, value_name = "CODE", value_parser = refusals(), group = "decision")]
    pub refuse: Option<String>,
}

fn refusals() -> PossibleValuesParser {
    PossibleValuesParser::new(Refusal::ALL.iter().map(|one| one.name()))
}

const DISPUTE: &str = "\
Examples:
  comity dispute note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --reason wrong \\
      --text 'EXERCISE: the date is of last year'
  comity dispute 5f0c2a9e1b7d4c885f0c2a9e1b7d4c885f0c2a9e1b7d4c885f0c2a9e1b7d4c88 --done";

/// Tell the originator of a record what is wrong with it
///
/// It goes to the originator alone and changes nothing by itself: only the originator takes a record back. `comity
/// recalls --disputes` lists what came.
#[derive(Debug, Args)]
#[command(after_help = DISPUTE)]
pub struct DisputeArgs {
    /// Record of another member; with `--done` the dispute
    pub subject: String,
    /// What is the matter
    #[arg(long, value_name = "CODE", value_parser = doubts(), required_unless_present = "done")]
    pub reason: Option<String>,
    /// The same in words, for the originator
    #[arg(long, value_name = "TEXT", required_unless_present = "done")]
    pub text: Option<String>,
    /// Nobody has to do anything about this dispute any more
    #[arg(long, conflicts_with_all = ["reason", "text"])]
    pub done: bool,
}

fn doubts() -> PossibleValuesParser {
    PossibleValuesParser::new(Doubt::ALL.iter().map(|one| one.name()))
}
