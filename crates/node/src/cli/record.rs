//! Commands about records: bring in, check, publish, take back, ask about.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::handling::{StatedArgs, categories};

const IMPORT: &str = "\
Examples:
  comity import note.json --collection reports --tlp amber --group council
  comity import attack.json.gz --collection attack --tlp clear --rejects refused.jsonl
  comity import person.json --collection cases --tlp red --to 'EXERCISE South desk' \\
      --personal --category contact --purpose border-security --basis treaty-4
  comity import event.json --collection reports --rejects not-taken.jsonl
  cat bundle.json | comity import - --collection reports --draft";

/// Bring records in from files
///
/// A file is a STIX 2.1 bundle, a single object, a TAXII envelope, or one object a line; it may be compressed with
/// gzip. Objects with errors are refused one by one, with the reason; the others are taken. A record about whose release
/// nothing is stated, neither here nor in its markings, stays with its originator. What is known already is not written
/// again.
///
/// A file with MISP events (JSON with `Event`, `response` or a list of events) is known by its form and converted first.
/// What of an event has no place in the records is counted as not taken and listed with its path by `--rejects`. Tags
/// tlp:* are markings; a distribution to one's own organisation or a sharing group lets nobody have it until a level or
/// recipients are stated here. Attachments are never taken.
#[derive(Debug, Args)]
#[command(after_help = IMPORT)]
pub struct ImportArgs {
    /// Files to read; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Collection to import into: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: String,
    /// Keep the records back until they are published
    #[arg(long)]
    pub draft: bool,
    /// File for the reasons of refusal and for what was not taken of MISP events, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// How soon the records are to be looked at
    #[arg(long, value_name = "PRIORITY", value_parser = PossibleValuesParser::new(["routine", "urgent", "immediate"]))]
    pub priority: Option<String>,
    /// Classification mark that the records bear at their origin, as the agreement lists it
    #[arg(long, value_name = "MARK")]
    pub classified: Option<String>,
    /// Why wording stays that names a community as such; kept, and not part of the record
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// What is stated about release.
    #[command(flatten)]
    pub stated: StatedArgs,
    /// Legal basis of the exchange; needed with personal data
    #[arg(long, value_name = "BASIS", help_heading = "Who it is for")]
    pub basis: Option<String>,
    /// When personal data is reviewed, as 2028-01-31T12:00:00Z [default: after the time of the agreement]
    #[arg(long, value_name = "TIME", help_heading = "Who it is for")]
    pub review: Option<String>,
}

/// Publish a record that was imported as a draft
///
/// Where the agreement asks for a second person, the publication waits for `comity approve`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity publish note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --as lena")]
pub struct PublishArgs {
    /// Record to publish
    pub record: String,
}

const WITHDRAW: &str = "\
Example:
  comity withdraw note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --reason 'source retracted'";

/// Take a record back
///
/// It is served to nobody from the next request on; a tombstone with the reason stays.
#[derive(Debug, Args)]
#[command(after_help = WITHDRAW)]
pub struct WithdrawArgs {
    /// Record to withdraw
    pub record: String,
    /// Why; kept with the tombstone
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

const WHO_SEES: &str = "\
Examples:
  comity who-sees note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11
  comity who-sees draft.json --collection reports --tlp amber --group council
  comity who-sees bundle.json --collection reports --tlp green --matrix
  comity who-sees draft.json --collection reports --tlp amber --view 'EXERCISE South desk'
  comity who-sees note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --for 'EXERCISE South desk'

With --view and --for, exit code 1 means that the member sees nothing.";

/// Say who will see a record, whole, in part or not, and why
///
/// For a file nothing is stored: it is the preview of an import with the same options. Of a draft it is said what will be
/// seen once that is published. The answer is made by the code that decides each release and cuts what is served.
#[derive(Debug, Args)]
#[command(after_help = WHO_SEES)]
pub struct WhoSeesArgs {
    /// A record, or a file that is not imported yet
    #[arg(value_name = "RECORD|FILE")]
    pub subject: String,
    /// Collection that a file would be imported into: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: Option<String>,
    /// Print a table of objects by members instead
    #[arg(long, conflicts_with_all = ["view", "outlook"])]
    pub matrix: bool,
    /// Print the very bytes that this member would get, by id or name
    #[arg(long, value_name = "MEMBER", conflicts_with = "outlook")]
    pub view: Option<String>,
    /// Say what would have to change for this member to see it, by id or name
    #[arg(long = "for", id = "outlook", value_name = "MEMBER")]
    pub outlook: Option<String>,
    /// What would be stated about release, for a file.
    #[command(flatten)]
    pub stated: StatedArgs,
    /// Legal basis of the exchange, for a file
    #[arg(long, value_name = "BASIS", help_heading = "Who it is for")]
    pub basis: Option<String>,
}

const EXPLAIN: &str = "\
Example:
  comity explain note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --to 'EXERCISE South desk'";

/// Explain why a member gets a record or does not
///
/// Names the rule that decided, says whether the record has left for that member, and what would have to change for it to
/// see it. Exit code 1 means: not released.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN)]
pub struct ExplainArgs {
    /// Record to explain
    pub record: String,
    /// Member, by id or name
    #[arg(long, value_name = "MEMBER")]
    pub to: String,
}

const DELIVERIES: &str = "\
Examples:
  comity deliveries note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11
  comity deliveries note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --proof receipts.json
  comity deliveries --member 'EXERCISE South desk' --json";

/// List what left this node for whom, and what came of it
///
/// A delivery is received or refused when the member's node signed so, late when it should have by now, and told when the
/// member has no key to confirm with. Of a record the members that have nothing of it are listed too, with the reason.
#[derive(Debug, Args)]
#[command(after_help = DELIVERIES)]
pub struct DeliveriesArgs {
    /// Record to follow
    #[arg(required_unless_present = "member", conflicts_with = "member")]
    pub record: Option<String>,
    /// Member to follow, by id or name
    #[arg(long, value_name = "MEMBER")]
    pub member: Option<String>,
    /// Write the signed receipts to this file; `comity verify --receipt` checks them anywhere
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
}

const LIST: &str = "\
Examples:
  comity list
  comity list --kind border-event --since 2026-03-01 --collection reports
  comity list --kind subject --category contact --limit 50 --json";

/// List records
///
/// In the order they came, collection by collection. A person is listed with what the person is to the case.
#[derive(Debug, Args)]
#[command(after_help = LIST)]
pub struct ListArgs {
    /// Only this kind: the word of `comity new`, or a STIX type; repeat for more
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// Only where the person in it is this to the case
    #[arg(long, value_name = "CATEGORY", value_parser = categories())]
    pub category: Option<String>,
    /// Only records in this state, such as live, held or withdrawn
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Only records of this member, by id or name
    #[arg(long, value_name = "MEMBER")]
    pub origin: Option<String>,
    /// Only this collection: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: Option<String>,
    /// Only what came since then, as 2026-03-01 or with a time
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only what I brought in
    #[arg(long)]
    pub mine: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Continue after the mark that the page before ended with
    #[arg(long, value_name = "MARK")]
    pub after: Option<String>,
}

const SHOW: &str = "\
Examples:
  comity show note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11
  comity show note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11@2026-01-31T12:00:00.000Z --raw > \\
      note.json";

/// Show one record
///
/// A record of one of the kinds is shown as a sheet: what it says, on what it rests, what is stated beside it, its links.
/// Every other object is shown with its row. `--raw` prints the bytes as they came.
#[derive(Debug, Args)]
#[command(after_help = SHOW)]
pub struct ShowArgs {
    /// Record to show
    pub record: String,
    /// Print the stored bytes and nothing else
    #[arg(long)]
    pub raw: bool,
}
