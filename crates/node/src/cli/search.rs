//! Commands that find records and what waits, and that show what was searched for.

use clap::Args;

const SEARCH: &str = "\
Examples:
  comity search bridge crossing --purpose border-security
  comity search '\"mountain pass\" -training kind:border-event' --purpose border-security
  comity search --name 'Тожибоев' --purpose border-security --at 2015
  comity search name:Anvar nationality:KG --purpose border-security --case 2026/17
  comity search Muslims --purpose border-security --reason 'complaint 7 quotes it'

Parts of a query, all of which must hold:
  word  \"some words\"  -word
  name:  number:  id:                      who or what
  kind:  category:  country:               of which one of several, with commas, must hold
  from:  until:                            dates of the matter: 2026, 2026-03 or 2026-03-08
  origin:  collection:                     whose record, and where
  nationality:                             as a document states it; beside name, number, id only

Each search is noted with who, when and why. Exit code 1: nothing found, or refused.";

/// Find records by words, names and selectors
///
/// Words are found in other forms, spellings and scripts; the original text is shown. A name is found in Latin, Cyrillic
/// and Arabic letters alike. Every search states a purpose of the agreement and is noted, and what holds personal data is
/// found only for a purpose that its originator allows. Of victims, witnesses and persons under 18 the answer says only
/// that there is a record. Nobody can be searched for by belief or descent, nor by nationality alone. Exit code 1 means:
/// nothing found, or refused.
#[derive(Debug, Args)]
#[command(after_help = SEARCH)]
pub struct SearchArgs {
    /// What to look for; quote it where it has marks or a leading dash
    #[arg(required_unless_present = "name")]
    pub query: Vec<String>,
    /// Purpose of the search, one of the agreement's
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
    /// Reference of the case that it is for; noted
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Legal basis [default: the only one that is agreed for this member]
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// Name to look up, in any script
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Pass over names that were not in use at this date
    #[arg(long, value_name = "DATE")]
    pub at: Option<String>,
    /// Why, for a query that names a community or a trait; noted
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Most hits on the page, up to 200
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
    /// Go on behind the page that ended with this token
    #[arg(long, value_name = "TOKEN")]
    pub after: Option<String>,
    /// Which versions of a record: the newest, or all
    #[arg(long, value_name = "WHICH", default_value = "newest", value_parser = ["newest", "all"])]
    pub versions: String,
}

/// List what the users of this node searched for, newest first
///
/// For the roles auditor and data protection.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity searches --as auditor --json")]
pub struct SearchesArgs {}

/// List what waits for you, by your roles
///
/// Recalls to answer, proposals to approve, what members or this node did not take, what waits in triage or for review,
/// requests for consent, what came since yesterday, and your drafts. Administrators see alarms and settings, no content.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity today --as second")]
pub struct TodayArgs {}
