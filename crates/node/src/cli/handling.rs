//! Options that state or change a handling: who a record is for.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args};

/// The levels of TLP 2.0, least strict first.
pub fn tlp_levels() -> PossibleValuesParser {
    PossibleValuesParser::new(["clear", "green", "amber", "amber+strict", "red"])
}

/// What a person can be to a case.
pub fn categories() -> PossibleValuesParser {
    PossibleValuesParser::new([
        "suspect",
        "convicted",
        "future-offence",
        "contact",
        "victim",
        "witness",
        "can-inform",
    ])
}

/// Circumstances that call for more care.
pub fn flags() -> PossibleValuesParser {
    PossibleValuesParser::new([
        "anonymous-source",
        "originator-control",
        "neutrality",
        "minor",
        "ill-treatment",
        "complaint",
    ])
}

/// Whom a record reaches, and whom not.
#[derive(Clone, Debug, Default, Args)]
pub struct ReachArgs {
    /// Named recipient, by id or name; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub to: Vec<String>,
    /// Need-to-know group of the agreement; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub group: Vec<String>,
    /// Member who must not get it; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub exclude: Vec<String>,
    /// Hub that may release it in the originator's name; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub delegate: Vec<String>,
}

/// With what care a record is used.
#[derive(Clone, Debug, Default, Args)]
pub struct CareArgs {
    /// Circumstance that calls for more care; repeat for more
    #[arg(long, value_name = "FLAG", value_parser = flags())]
    pub flag: Vec<String>,
    /// Handling code of police cooperation
    #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(["H0", "H1", "H2", "H3"]))]
    pub code: Option<String>,
    /// Permissible actions
    #[arg(long, value_name = "LEVEL", value_parser = PossibleValuesParser::new(["clear", "green", "amber", "red"]))]
    pub pap: Option<String>,
}

/// What is stated about release, beyond the markings in the bytes. The strictest of both holds.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Who it is for")]
pub struct StatedArgs {
    /// Level of the Traffic Light Protocol
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
    /// Whom it reaches
    #[command(flatten)]
    pub reach: ReachArgs,
    /// Purpose it may be used for; the first is also the purpose it was collected for; repeat for more
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Vec<String>,
    /// Not before this time, as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub embargo: Option<String>,
    /// Not from this time on
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Consent to onward transfer within the marking
    #[arg(long)]
    pub onward: bool,
    /// It holds personal data
    #[arg(long)]
    pub personal: bool,
    /// What the person in it is to the case
    #[arg(long, value_name = "CATEGORY", value_parser = categories(), requires = "personal")]
    pub category: Option<String>,
    /// With what care
    #[command(flatten)]
    pub care: CareArgs,
    /// Information Exchange Policy 2.0 of FIRST, as a file of JSON
    #[arg(long, value_name = "FILE")]
    pub iep: Option<PathBuf>,
    /// Readers' group inside this node's own member; repeat for more. It never leaves the node
    #[arg(long, value_name = "GROUP")]
    pub inner: Vec<String>,
    /// State from which the person has refuge, by two letters: nothing of it goes there; repeat for more. It never
    /// leaves the node
    #[arg(long, value_name = "STATE")]
    pub refugee_from: Vec<String>,
    /// Named handling of the agreement to start from
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
}

const HANDLING: &str = "\
Examples:
  comity handling note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11
  comity handling note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --no-group border-cell
  comity handling note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --to 'EXERCISE South desk' \\
      --no-embargo
  comity handling note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --code H2 --flag originator-control
  comity handling note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --iep policy.json --refugee-from QX";

/// Show or change who a record is for
///
/// Without an option the handling is shown. A change keeps the bytes and makes a new revision of the envelope; members
/// who may newly see the record receive it at their next pull. What is wider than the markings in the bytes allow is
/// refused: that needs a new version of the object with other markings, by its creator.
#[derive(Debug, Args)]
#[command(after_help = HANDLING)]
pub struct HandlingArgs {
    /// Record to show or change
    pub record: String,
    /// Level of the Traffic Light Protocol
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
    /// Name a recipient; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub to: Vec<String>,
    /// Name a recipient no longer; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub not_to: Vec<String>,
    /// Let a member release it in your name to the named recipients; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub delegate: Vec<String>,
    /// Let a member do so no longer; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub no_delegate: Vec<String>,
    /// Add a need-to-know group; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub group: Vec<String>,
    /// Drop a need-to-know group; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub no_group: Vec<String>,
    /// Exclude a member; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub exclude: Vec<String>,
    /// Exclude a member no longer; repeat for more
    #[arg(long, value_name = "MEMBER")]
    pub include: Vec<String>,
    /// Add a purpose; repeat for more
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Vec<String>,
    /// Drop a purpose; repeat for more
    #[arg(long, value_name = "PURPOSE")]
    pub no_purpose: Vec<String>,
    /// Not before this time, as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "no_embargo")]
    pub embargo: Option<String>,
    /// End the embargo
    #[arg(long)]
    pub no_embargo: bool,
    /// Not from this time on
    #[arg(long, value_name = "TIME", conflicts_with = "no_until")]
    pub until: Option<String>,
    /// Drop the end date
    #[arg(long)]
    pub no_until: bool,
    /// Consent to onward transfer within the marking
    #[arg(long, action = ArgAction::SetTrue, conflicts_with = "no_onward")]
    pub onward: bool,
    /// Withdraw the consent to onward transfer
    #[arg(long)]
    pub no_onward: bool,
    /// What limits the use, and what stays inside the node
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Options of `comity handling` that limit the use of a record, and those that never leave the node.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Handling code of police cooperation
    #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(["H0", "H1", "H2", "H3"]))]
    pub code: Option<String>,
    /// Drop the handling code
    #[arg(long, conflicts_with = "code")]
    pub no_code: bool,
    /// Permissible actions
    #[arg(long, value_name = "LEVEL", value_parser = PossibleValuesParser::new(["clear", "green", "amber", "red"]))]
    pub pap: Option<String>,
    /// Drop the permissible actions
    #[arg(long, conflicts_with = "pap")]
    pub no_pap: bool,
    /// Add a circumstance that calls for more care; repeat for more
    #[arg(long, value_name = "FLAG", value_parser = flags())]
    pub flag: Vec<String>,
    /// Drop a circumstance; repeat for more
    #[arg(long, value_name = "FLAG", value_parser = flags())]
    pub no_flag: Vec<String>,
    /// Information Exchange Policy 2.0 of FIRST, as a file of JSON
    #[arg(long, value_name = "FILE")]
    pub iep: Option<PathBuf>,
    /// Drop the policy; the level and dates that came with it stay
    #[arg(long, conflicts_with = "iep")]
    pub no_iep: bool,
    /// Add a readers' group inside this node's own member; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub inner: Vec<String>,
    /// Drop a readers' group; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub no_inner: Vec<String>,
    /// Block it for a state from which the person has refuge; repeat for more
    #[arg(long, value_name = "STATE")]
    pub refugee_from: Vec<String>,
    /// Drop the block for a state; repeat for more
    #[arg(long, value_name = "STATE")]
    pub not_refugee_from: Vec<String>,
}

impl HandlingArgs {
    /// Whether anything is to be changed; otherwise the handling is shown.
    pub fn is_change(&self) -> bool {
        let lists = [
            &self.to,
            &self.not_to,
            &self.delegate,
            &self.no_delegate,
            &self.group,
            &self.no_group,
            &self.exclude,
            &self.include,
            &self.purpose,
            &self.no_purpose,
            &self.limits.flag,
            &self.limits.no_flag,
            &self.limits.inner,
            &self.limits.no_inner,
            &self.limits.refugee_from,
            &self.limits.not_refugee_from,
        ];
        lists.iter().any(|list| !list.is_empty())
            || self.tlp.is_some()
            || self.embargo.is_some()
            || self.until.is_some()
            || self.limits.code.is_some()
            || self.limits.pap.is_some()
            || self.limits.iep.is_some()
            || [self.no_embargo, self.no_until, self.onward, self.no_onward].contains(&true)
            || [self.limits.no_code, self.limits.no_pap, self.limits.no_iep].contains(&true)
    }
}
