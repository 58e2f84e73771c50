//! Commands about the life of a record: grades, what may be the same, own notes, attachments, vocabularies.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::handling::StatedArgs;

const GRADE: &str = "\
Examples:
  comity grade incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 B2 --scale 6x6
  comity grade incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 X3 --scale 4x4 \\
      --reason 'EXERCISE: our own post saw nobody'";

/// Grade a record: the reliability of its source and the credibility of what it says
///
/// The letter is the source, the digit the information. On 4x4 the letters are A, B, C and X and the digits 1 to 4; on
/// 6x6 (Admiralty) they are A to F and 1 to 6. No grade is ever converted to the other scale. The grade of a record of
/// your own goes into its signed envelope and to everyone who has it; its bytes stay. The grade of another's record is
/// kept beside the provider's, and returned to the provider alone when it differs.
#[derive(Debug, Args)]
#[command(after_help = GRADE)]
pub struct GradeArgs {
    /// Record to grade
    pub record: String,
    /// A letter and a digit, such as B2
    pub grade: String,
    /// Scale of the grade
    #[arg(long, value_name = "SCALE", value_parser = PossibleValuesParser::new(["4x4", "6x6"]))]
    pub scale: String,
    /// Why; it goes back to the provider with the grade
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,
}

/// List the grades of a record: the provider's, and those of receivers
///
/// Of your own record it lists what receivers returned, of another's your own grade beside the provider's. A record that
/// nobody graded is X4.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity grades incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11")]
pub struct GradesArgs {
    /// Record
    pub record: String,
}

const CHECK: &str = "\
Example:
  comity check incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11";

/// Check the quality of a record: accuracy, completeness, reliability, currency
///
/// The labels are read from the record and its grade and go with it in its signed envelope. Of a record of your own it
/// warns of what somebody should look at before it leaves; exit code 1 means that there is something.
#[derive(Debug, Args)]
#[command(after_help = CHECK)]
pub struct CheckArgs {
    /// Record to check
    pub record: String,
}

const SAME: &str = "\
Examples:
  comity same identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --purpose border
  comity same identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\
      identity--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22 --yes --reason 'EXERCISE: same passport'
  comity same identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --merged --purpose border
  comity same identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\
      identity--0d9c1f4e-2b7a-4c8d-8e1f-3a5b7c9d0e22 --undo --reason 'EXERCISE: two brothers'";

/// Offer records that may mean the same person or group, decide about two, or show them side by side
///
/// Offers have reasons and no score: names that meet across scripts, a shared document or number, dates of birth that can
/// be one day. A person decides. Nothing in the records changes, a decision can be undone, and a pair that was decided is
/// not offered again unless `--all` is given.
#[derive(Debug, Args)]
#[command(after_help = SAME)]
pub struct SameArgs {
    /// Record of a person or group
    pub record: String,
    /// Another record, to decide about both
    #[arg(requires = "decision")]
    pub other: Option<String>,
    /// They mean the same
    #[arg(long, group = "decision", requires = "other", requires = "reason")]
    pub yes: bool,
    /// They do not mean the same
    #[arg(long, group = "decision", requires = "other", requires = "reason")]
    pub no: bool,
    /// Undo the decision about them
    #[arg(long, group = "decision", requires = "other", requires = "reason")]
    pub undo: bool,
    /// Why; kept with the decision
    #[arg(long, value_name = "TEXT", requires = "decision")]
    pub reason: Option<String>,
    /// Purpose of the comparison, one of the agreement's; it is noted
    #[arg(long, required_unless_present = "decision")]
    pub purpose: Option<String>,
    /// Legal basis [default: the only one that is agreed for this member]
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// Offer pairs again that were decided
    #[arg(long, conflicts_with = "decision")]
    pub all: bool,
    /// Show every statement of the records that were decided to mean the same, side by side
    #[arg(long, conflicts_with_all = ["decision", "all"])]
    pub merged: bool,
}

/// Keep notes on records for your own people.
#[derive(Debug, Subcommand)]
pub enum NoteCommand {
    /// Keep a note on a record; it never leaves this node
    Add(NoteAddArgs),
    /// List the notes on a record, or all
    List(NoteListArgs),
    /// Delete a note
    Remove(NoteRemoveArgs),
}

const NOTE_ADD: &str = "\
Example:
  comity note add incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 'EXERCISE: ask the border post'";

/// Keep a note on a record; it never leaves this node
///
/// A note is no STIX object: no page, no export and no peer gets it. A backup of this home has it. Erasing the record
/// deletes it.
#[derive(Debug, Args)]
#[command(after_help = NOTE_ADD)]
pub struct NoteAddArgs {
    /// Record, own or received
    pub record: String,
    /// The note
    pub text: String,
}

/// List the notes on a record, or all
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity note list\n  comity note list incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11"
)]
pub struct NoteListArgs {
    /// Only this record
    pub record: Option<String>,
}

/// Delete a note
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity note remove 6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11")]
pub struct NoteRemoveArgs {
    /// The note, as `note list` names it
    pub note: String,
}

/// Attach files to records, list and fetch them.
#[derive(Debug, Subcommand)]
pub enum AttachmentCommand {
    /// Attach a file to a record of your own
    Add(AttachmentAddArgs),
    /// List the files of a record
    List(AttachmentListArgs),
    /// Write a file to standard output
    Get(AttachmentGetArgs),
}

const ATTACHMENT_ADD: &str = "\
Example:
  comity attachment add incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 photo.jpg \\
      --title 'EXERCISE: tracks at km 41'";

/// Attach a file to a record of your own
///
/// The file has the handling of its record at all times: it goes to the same members, and is restated, published and
/// withdrawn with it. PDF, PNG, JPEG, WebP, plain text, CSV and JSON of at most 8 MiB are taken, when the bytes are what
/// the name says; archives, office documents, markup and programs are not. Nothing opens or runs a file on the node.
#[derive(Debug, Args)]
#[command(after_help = ATTACHMENT_ADD)]
pub struct AttachmentAddArgs {
    /// Record that it belongs to
    pub record: String,
    /// The file
    pub file: PathBuf,
    /// What it shows
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
}

/// List the files of a record
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity attachment list incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11")]
pub struct AttachmentListArgs {
    /// Record
    pub record: String,
}

const ATTACHMENT_GET: &str = "\
Example:
  comity attachment get comity-attachment--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 > photo.jpg";

/// Write a file to standard output
///
/// Its size and digest are checked first. With `--json` what is known about it is printed instead.
#[derive(Debug, Args)]
#[command(after_help = ATTACHMENT_GET)]
pub struct AttachmentGetArgs {
    /// Attachment, as `attachment list` names it
    pub attachment: String,
}

/// Adopt and show vocabularies and criteria.
#[derive(Debug, Subcommand)]
pub enum VocabularyCommand {
    /// Adopt a version of a vocabulary or of criteria
    Adopt(Box<VocabularyAdoptArgs>),
    /// List what is adopted, own and received
    #[command(after_help = "Example:\n  comity vocabulary list")]
    List,
    /// Show the terms of a version
    Show(VocabularyShowArgs),
    /// Show what the terms mean that a record cites
    Cited(VocabularyCitedArgs),
}

const ADOPT: &str = "\
Example:
  comity vocabulary adopt manner.json --collection reports --tlp green --as sara";

/// Adopt a version of a vocabulary or of criteria
///
/// The file is its JSON form (schema/kinds/vocabulary.json, criteria.json): name, version, the decision that adopted it,
/// and the terms or acts. Versions rise, and an adopted version never changes. A criterion that names a trait instead of
/// an act is refused. Takes the role secretariat.
#[derive(Debug, Args)]
#[command(after_help = ADOPT)]
pub struct VocabularyAdoptArgs {
    /// File to adopt; `-` is standard input
    pub file: PathBuf,
    /// Collection to adopt it into: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: String,
    /// What is stated about release.
    #[command(flatten)]
    pub stated: StatedArgs,
}

const VOCABULARY_SHOW: &str = "\
Examples:
  comity vocabulary show exercise-manner
  comity vocabulary show exercise-manner --version 1 --language ru";

/// Show the terms of a version
#[derive(Debug, Args)]
#[command(after_help = VOCABULARY_SHOW)]
pub struct VocabularyShowArgs {
    /// Name
    pub name: String,
    /// Version [default: the newest]
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// Language to show, where there is a translation
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
}

/// Show what the terms mean that a record cites
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity vocabulary cited incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11")]
pub struct VocabularyCitedArgs {
    /// Record
    pub record: String,
    /// Language to show, where there is a translation
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
}
