//! Commands that govern personal data: triage, review dates, erasure, allegations, consent.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Subcommand};

use super::handling::categories;

const TRIAGE_ACCEPT: &str = "\
Example:
  comity triage accept identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --purpose border-security \\
      --basis treaty-4 --category contact \\
      --agreed-by 'EXERCISE duty officer of South, by telephone, 2026-03-01'";

/// Look at personal data that came without a purpose, and accept or drop it.
#[derive(Debug, Subcommand)]
pub enum TriageCommand {
    /// List what waits, and when it will be erased
    #[command(after_help = "Example:\n  comity triage list")]
    List,
    /// Take a record into use for a purpose to which its provider agreed
    #[command(after_help = TRIAGE_ACCEPT)]
    Accept(TriageAcceptArgs),
    /// Erase a record that is not relevant; a tombstone stays
    #[command(after_help = "Example:\n  comity triage drop identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11")]
    Drop {
        /// Record that waits
        record: String,
    },
}

/// What is stated about a record that is accepted.
#[derive(Debug, Args)]
pub struct TriageAcceptArgs {
    /// Record that waits
    pub record: String,
    /// Purpose it may be used for
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: String,
    /// Legal basis of the exchange
    #[arg(long, value_name = "BASIS")]
    pub basis: String,
    /// What the person in it is to the case
    #[arg(long, value_name = "CATEGORY", value_parser = categories())]
    pub category: Option<String>,
    /// When it is reviewed [default: after the time of the agreement]
    #[arg(long, value_name = "TIME")]
    pub review: Option<String>,
    /// The provider's agreement: who agreed, how, when
    #[arg(long, value_name = "TEXT")]
    pub agreed_by: String,
}

const REVIEW_EXTEND: &str = "\
Example:
  comity review extend identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\
      --until 2028-01-31T12:00:00Z --reason 'EXERCISE the trial is still open'";

/// See what is due for review, keep a record longer, or end it.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// List what is due within the warning time of the agreement, or was due
    #[command(after_help = "Examples:\n  comity review list\n  comity review list --due 30 --json")]
    List {
        /// Within so many days
        #[arg(long, value_name = "DAYS")]
        due: Option<u32>,
    },
    /// Keep one record of this member's own beyond its review date, with the reason
    #[command(after_help = REVIEW_EXTEND)]
    Extend(ReviewExtendArgs),
    /// Say that the purpose of a record is achieved: it ends in a few days unless somebody justifies it
    #[command(
        after_help = "Example:\n  comity review done identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\\n      --reason 'EXERCISE the person was found'"
    )]
    Done {
        /// Record
        record: String,
        /// How the purpose was achieved
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Note that the originator of a record has to be asked to keep it longer
    #[command(after_help = "Example:\n  comity review ask identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11")]
    Ask {
        /// Record of another member
        record: String,
    },
    /// List records of minors and victims that are kept for over five years, for the supervisor
    #[command(after_help = "Example:\n  comity review report --json")]
    Report,
}

/// Until when a record is kept, and why.
#[derive(Debug, Args)]
pub struct ReviewExtendArgs {
    /// Record of this member's own
    pub record: String,
    /// The next review date, as 2028-01-31T12:00:00Z; at most three years from now
    #[arg(long, value_name = "TIME")]
    pub until: String,
    /// Until when the decision lasts on which the record rests; then up to five years
    #[arg(long, value_name = "TIME")]
    pub decision_until: Option<String>,
    /// The assessment; kept here, not in the ledger
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

const ERASE: &str = "\
Examples:
  comity erase identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --reason order \\
      --authority 'EXERCISE supervisor, decision 12'
  comity approve p7c1e0d2f4a6b8c90 --as omar";

/// Propose to erase what a record holds; another person approves it
///
/// Every version here is erased, or the one that `id@version` names: bytes, redactions, name, references, reasons, and
/// the salt that ties it to the ledger. A tombstone with id, digest, time and authority stays: a copy that comes again
/// is refused. A newer version is a new statement of its originator and is taken, unless none is to come. Members who
/// hold the record are not reached by this: withdraw it first.
#[derive(Debug, Args)]
#[command(after_help = ERASE)]
pub struct EraseArgs {
    /// Record to erase
    pub record: String,
    /// Why
    #[arg(long, value_name = "CODE", value_parser = reasons())]
    pub reason: String,
    /// On whose authority; kept with the tombstone
    #[arg(long, value_name = "TEXT")]
    pub authority: String,
    /// Take no version to come either
    #[arg(long)]
    pub none_to_come: bool,
}

fn reasons() -> PossibleValuesParser {
    PossibleValuesParser::new(comity_app::erase::REASONS.map(|(code, _)| code))
}

/// List tombstones, or apply those of before on a restored node.
#[derive(Debug, Subcommand)]
pub enum ErasedCommand {
    /// List what was erased here: id, version, digest, when, on whose authority
    #[command(after_help = "Example:\n  comity erased list --json > erased.json")]
    List,
    /// Erase again what an older backup brought back
    #[command(after_help = "Example:\n  comity erased apply erased.json")]
    Apply {
        /// The list that `erased list --json` printed; `-` is standard input
        file: PathBuf,
    },
}

const ALLEGE: &str = "\
Example:
  comity allege identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\
      --text 'EXERCISE the statement was made after three days without sleep' \\
      --source 'EXERCISE defence counsel'";

/// Allege ill-treatment in how a record was obtained
///
/// The allegation is a note of this member; it goes to whom the record goes, and to its originator, never wider. The
/// record is set aside here at once, and at every node where both meet, until two people there lift it with a reason.
#[derive(Debug, Args)]
#[command(after_help = ALLEGE)]
pub struct AllegeArgs {
    /// Record, of any member
    pub record: String,
    /// What is alleged
    #[arg(long, value_name = "TEXT")]
    pub text: String,
    /// Who says so
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
}

/// See what was set aside because of allegations, or lift one.
#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// List what is set aside, what rests on it, and how often each member alleged
    #[command(after_help = "Example:\n  comity quarantine list")]
    List,
    /// Propose to lift what is alleged about a record; a second release officer approves it
    #[command(
        after_help = "Example:\n  comity quarantine lift identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\\n      --reason 'EXERCISE examined, the interview was recorded whole'"
    )]
    Lift {
        /// Record
        record: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Ask an originator to allow another purpose, or answer such a request.
#[derive(Debug, Subcommand)]
pub enum ConsentCommand {
    /// Ask the originator of a record to allow its use for another purpose
    #[command(
        after_help = "Example:\n  comity consent ask identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\\n      --purpose border-security --reason 'EXERCISE seen at the crossing'"
    )]
    Ask {
        /// Record of another member
        record: String,
        /// Purpose, of the agreement
        #[arg(long, value_name = "PURPOSE")]
        purpose: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Answer a request about a record of this member's own
    #[command(
        after_help = "Example:\n  comity consent answer note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --yes"
    )]
    Answer(ConsentAnswerArgs),
    /// List requests made here and requests that came
    #[command(after_help = "Example:\n  comity consent list")]
    List,
}

/// An answer.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("answer").required(true).args(["yes", "no"])))]
pub struct ConsentAnswerArgs {
    /// The request, as `consent list` shows it
    pub id: String,
    /// Add the purpose to the handling of the record
    #[arg(long)]
    pub yes: bool,
    /// Leave the handling as it is
    #[arg(long)]
    pub no: bool,
}

/// List wording that names a community as such and was kept, with the reason that its author gave
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity wording --as data-officer")]
pub struct WordingArgs {}

/// Act upon the clocks now: review dates, erasure, triage
///
/// A serving node does so by itself, and every page and write does where it matters; this is for nodes that do neither.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity tick")]
pub struct TickArgs {}
