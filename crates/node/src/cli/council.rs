//! Commands about the council's own work: readings, sessions, claims, and what claims differ on.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::handling::tlp_levels;
use super::session::{
    SessionAgendaArgs, SessionAttendArgs, SessionCloseArgs, SessionNewArgs, SessionOneArgs, SessionSayArgs,
};

/// Bring a reading of sources in.
#[derive(Debug, Subcommand)]
pub enum CouncilCommand {
    /// Bring in a reading of sources: sessions, claims and what they differ on
    Import(CouncilImportArgs),
}

const IMPORT: &str = "\
Examples:
  comity council import reading.json --collection press --editor 'EXERCISE editor' --dry-run
  comity council import reading.json --collection press --editor 'EXERCISE editor'";

/// Bring in a reading of sources: sessions, claims and what they differ on
///
/// A reading says what public sources say, each uncertain field with how it is known. Its records are TLP:CLEAR. It comes
/// in whole or not at all: a field or key that is not known refuses it, with the place. What did not change since it last
/// came stays as it is. Its editor is the author of the records; speakers are data, and an editor that is one of them or a
/// member is refused. At most 4 MiB, 10,000 rows and 500 sessions.
#[derive(Debug, Args)]
#[command(after_help = IMPORT)]
pub struct CouncilImportArgs {
    /// The reading as JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Collection to import into: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: String,
    /// Who wrote the reading [default: your own member]
    #[arg(long, value_name = "NAME")]
    pub editor: Option<String>,
    /// Say what would come in, and bring in nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Sessions of a body.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// List the sessions that are here, the latest first
    List(SessionListArgs),
    /// Show one session: who had which role, agenda, messages, measures
    Show(SessionShowArgs),
    /// Plan a session
    New(SessionNewArgs),
    /// Put an item on the agenda of a session
    Agenda(SessionAgendaArgs),
    /// Convene a session: invite members and observers
    Invite(SessionOneArgs),
    /// Note who takes part in a session
    Attend(SessionAttendArgs),
    /// State that a session was held
    Hold(SessionOneArgs),
    /// Add what somebody said to the journal of a session
    Say(SessionSayArgs),
    /// Close a session whose journal was adopted, or state that it will not take place
    Close(SessionCloseArgs),
}

/// List the sessions that are here, the latest first
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity session list\n  comity session list --body 'EXERCISE Council'")]
pub struct SessionListArgs {
    /// Only those of this body: a name of it, or its id
    #[arg(long, value_name = "BODY")]
    pub body: Option<String>,
}

/// Show one session: who had which role, agenda, messages, measures
///
/// Each field says how it is known. The chair of the body, the chair of the meeting and who opened it are three roles. A
/// measure that was intended or outlined is shown as that; nothing is adopted by being reported.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity session show 'EXERCISE Council/47'\n  comity session show s-47")]
pub struct SessionShowArgs {
    /// BODY/NUMBER with a stated number, the id of the record, or the number under which a reading had it
    #[arg(value_name = "SESSION")]
    pub session: String,
}

/// Look at claims.
#[derive(Debug, Subcommand)]
pub enum ClaimCommand {
    /// List claims, each with whose words it is
    List(ClaimListArgs),
    /// Show one claim
    Show(ClaimShowArgs),
    /// Say where a claim comes from, and how many sources those of its topic have
    Sources(ClaimSourcesArgs),
}

/// List claims, each with whose words it is
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity claim list\n  comity claim list --topic results")]
pub struct ClaimListArgs {
    /// Only those of this topic
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
}

/// Show one claim
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity claim show c-47-02")]
pub struct ClaimShowArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "CLAIM")]
    pub claim: String,
}

/// Say where a claim comes from, and how many sources those of its topic have
///
/// Two outlets with one speech are one source: however often a statement is repeated, it counts once.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity claim sources c-47-02")]
pub struct ClaimSourcesArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "CLAIM")]
    pub claim: String,
}

/// Look at claims side by side.
#[derive(Debug, Subcommand)]
pub enum ConflictCommand {
    /// List the questions on which claims differ
    List(ConflictListArgs),
    /// Show the claims of a question side by side
    Show(ConflictShowArgs),
    /// Propose pairs of claims whose numbers cannot both hold, or make a set of one
    Propose(ConflictProposeArgs),
    /// State that your member works with one of the claims
    Adopt(ConflictAdoptArgs),
    /// State that your member does not share a set
    Dissent(ConflictDissentArgs),
    /// Print a set as JSON, with its records and the proofs of the ledger
    Export(ConflictExportArgs),
}

/// List the questions on which claims differ
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity conflict list")]
pub struct ConflictListArgs {}

/// Show the claims of a question side by side
///
/// They are never merged and never averaged: each stands with whose words it is, and what can be computed is the ratio of
/// the largest number to the smallest, and whether they can all hold. Several statements of one voice are no conflict, and
/// a party that has said nothing in these sources is listed as that.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity conflict show k-strength")]
pub struct ConflictShowArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "SET")]
    pub set: String,
}

const PROPOSE: &str = "\
Examples:
  comity conflict propose
  comity conflict propose --accept 5e1f0c9ab274 --tlp amber \\
      --question 'EXERCISE How many crossings were found?'";

/// Propose pairs of claims whose numbers cannot both hold, or make a set of one
///
/// Proposed are claims of one topic, unit, scope and time, of different voices and sources, that stand in no set together.
/// One voice is never proposed against itself. A person decides whether a proposal becomes a set: the mark stands for two
/// claims as they are listed, whatever comes in meanwhile.
#[derive(Debug, Args)]
#[command(after_help = PROPOSE)]
pub struct ConflictProposeArgs {
    /// Make a set of the proposal with this mark, which stands before it in the list
    #[arg(long, value_name = "MARK", requires = "question")]
    pub accept: Option<String>,
    /// The question that the set asks
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub question: Option<String>,
    /// Level of the set; without one it stays with your own member
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels(), requires = "accept")]
    pub tlp: Option<String>,
}

/// State that your member works with one of the claims
///
/// The choice stands with who made it and why. The other claims stand as before, and another member may choose another.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity conflict adopt k-strength c-05 --reason 'EXERCISE our own count agrees'"
)]
pub struct ConflictAdoptArgs {
    /// The set
    #[arg(value_name = "SET")]
    pub set: String,
    /// One of its claims
    #[arg(value_name = "CLAIM")]
    pub claim: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Level of the statement; without one it stays with your own member
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
}

/// State that your member does not share a set
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity conflict dissent k-strength --reason 'EXERCISE the question mixes two groups'"
)]
pub struct ConflictDissentArgs {
    /// The set
    #[arg(value_name = "SET")]
    pub set: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Level of the statement; without one it stays with your own member
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
}

/// Print a set as JSON, with its records and the proofs of the ledger
///
/// Views and dissents of members stand in it with who stated them. What you may not see is not in it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity conflict export k-strength > strength.json")]
pub struct ConflictExportArgs {
    /// The set
    #[arg(value_name = "SET")]
    pub set: String,
}
