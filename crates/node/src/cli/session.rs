//! Commands about the work on a session, its journal, and calendars.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::handling::tlp_levels;

const NEW: &str = "\
Example:
  comity session new --body 'EXERCISE Council' --number 48 --on 2026-12-01 \\
      --place Bexhara --tlp clear";

/// Plan a session
///
/// The session with the number before it is its predecessor, where it is here. It takes a release officer.
#[derive(Debug, Args)]
#[command(after_help = NEW)]
pub struct SessionNewArgs {
    /// The body: a name of it, or its id
    #[arg(long, value_name = "BODY")]
    pub body: String,
    /// Its number among the sessions of the body
    #[arg(long, value_name = "N")]
    pub number: u32,
    /// On which day; a month or a year will do
    #[arg(long, value_name = "DATE")]
    pub on: String,
    /// Where
    #[arg(long, value_name = "TEXT")]
    pub place: Option<String>,
    /// A heading [default: made of body and number]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Collection: id, alias or title [default: that of the body]
    #[arg(long, value_name = "C")]
    pub collection: Option<String>,
    /// Level; without one it stays with your own member
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
}

const AGENDA: &str = "\
Examples:
  comity session agenda 'EXERCISE Council/48' --number 1 --title 'EXERCISE opening' --public
  comity session agenda 'EXERCISE Council/48' --number 2 --title 'EXERCISE crossings at night' \\
      --paper comity-document--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12";

/// Put an item on the agenda of a session
///
/// It is amber, for members; with --public it is clear. Observers find the clear part and no trace of the rest.
#[derive(Debug, Args)]
#[command(after_help = AGENDA)]
pub struct SessionAgendaArgs {
    /// BODY/NUMBER, or the id of the record
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// Its place on the agenda
    #[arg(long, value_name = "N")]
    pub number: u16,
    /// A heading
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// A paper on it; repeat for more
    #[arg(long, value_name = "ID")]
    pub paper: Vec<String>,
    /// Everybody may have it
    #[arg(long)]
    pub public: bool,
}

/// One session
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity session invite 'EXERCISE Council/48'\n  comity session hold 'EXERCISE Council/48'"
)]
pub struct SessionOneArgs {
    /// BODY/NUMBER, or the id of the record
    #[arg(value_name = "SESSION")]
    pub session: String,
}

/// Note who takes part in a session; observers are noted as observers
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity session attend 'EXERCISE Council/48' --member 'EXERCISE north' --member 'EXERCISE south'"
)]
pub struct SessionAttendArgs {
    /// BODY/NUMBER, or the id of the record
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// Who takes part; repeat for more
    #[arg(long, value_name = "MEMBER", required = true)]
    pub member: Vec<String>,
}

const SAY: &str = "\
Example:
  comity session say 'EXERCISE Council/48' --speaker 'EXERCISE Orlan Vesk' \\
      --at 2026-12-01T10:20:00Z --text 'EXERCISE the river is high'";

/// Add what somebody said to the journal of a session, which begins with it
///
/// The journal stays a draft with your own member until it is tabled. A tabled one becomes a draft again.
#[derive(Debug, Args)]
#[command(after_help = SAY)]
pub struct SessionSayArgs {
    /// BODY/NUMBER, or the id of the record
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// Whose words they are
    #[arg(long, value_name = "WHO")]
    pub speaker: String,
    /// The words
    #[arg(long, value_name = "TEXT")]
    pub text: String,
    /// When, as 2026-12-01T10:20:00Z; not before the entry in front of it
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The item on the agenda
    #[arg(long, value_name = "ID")]
    pub item: Option<String>,
    /// A paper that was spoken to; repeat for more
    #[arg(long, value_name = "ID")]
    pub document: Vec<String>,
    /// The decision that was taken: its id or its number
    #[arg(long, value_name = "DECISION")]
    pub decision: Option<String>,
}

/// Close a session whose journal was adopted, or state that it will not take place
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity session close 'EXERCISE Council/48'\n  comity session close 'EXERCISE Council/49' --cancel 'EXERCISE the host is not ready'"
)]
pub struct SessionCloseArgs {
    /// BODY/NUMBER, or the id of the record
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// It will not take place, for this reason
    #[arg(long, value_name = "TEXT")]
    pub cancel: Option<String>,
}

/// The journal of a session.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Show the journal of a session: what was said, and who approved which version
    Show(JournalOneArgs),
    /// Table it to those who took part
    Table(JournalTableArgs),
    /// Ask for another wording of this version
    Amend(JournalSayArgs),
    /// State that your member approves this version
    Approve(JournalSayArgs),
    /// Adopt the version that everybody who took part approved
    Adopt(JournalOneArgs),
}

/// The journal of one session
///
/// Who approved counts for the version that they approved, and for no other. It is adopted when everybody who took part
/// approved it; exit code 1 says who is missing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity journal show 'EXERCISE Council/48'\n  comity journal adopt 'EXERCISE Council/48'"
)]
pub struct JournalOneArgs {
    /// The session: BODY/NUMBER, or the id of its record
    #[arg(value_name = "SESSION")]
    pub session: String,
}

/// Table a journal to those who took part
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity journal table 'EXERCISE Council/48'")]
pub struct JournalTableArgs {
    /// The session: BODY/NUMBER, or the id of its record
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// Its level
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels(), default_value = "amber")]
    pub tlp: String,
}

/// What your member says about the version of a journal that is here
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity journal approve 'EXERCISE Council/48' --text 'EXERCISE as it was said'\n  \
                  comity journal amend 'EXERCISE Council/48' --text 'EXERCISE twelve, and not ten'"
)]
pub struct JournalSayArgs {
    /// The session: BODY/NUMBER, or the id of its record
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// In words
    #[arg(long, value_name = "TEXT")]
    pub text: String,
}

/// Sessions and deadlines for other programs.
#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// Write sessions and deadlines as an iCalendar file
    Export(CalendarExportArgs),
}

/// Write sessions and deadlines as an iCalendar file (RFC 5545)
///
/// Sessions whose day is known become events; open silence procedures and measures that are to be taken by a day become
/// tasks. Every title begins with its level. What you may not see is not in it. The file is for you: whoever has it reads it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity calendar export council.ics\n  comity calendar export - > council.ics"
)]
pub struct CalendarExportArgs {
    /// The file; `-` is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
