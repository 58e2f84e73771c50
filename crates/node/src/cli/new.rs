//! `comity new`, `comity link`, `comity edit` and `comity diff`: records written by people who never saw STIX.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use serde_json::Value;

use super::council_kinds::COUNCIL;
use super::field::{Field, Take};
use super::handling::{CareArgs, ReachArgs, categories, tlp_levels};
use super::kinds::{KINDS, KindHelp, RELATIONS};

/// What is stated about release, and beside a record.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Who it is for")]
pub struct ReleaseArgs {
    /// Level of the Traffic Light Protocol; without one it stays with your own member
    #[arg(long, value_name = "LEVEL", value_parser = tlp_levels())]
    pub tlp: Option<String>,
    /// Whom it reaches
    #[command(flatten)]
    pub reach: ReachArgs,
    /// Purpose of collection; the first of several, which are those it may be used for
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Vec<String>,
    /// Legal basis of the exchange; needed with personal data
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// When it is to be reviewed, as 2027-01-31 [default with personal data: by the agreement]
    #[arg(long, value_name = "DATE")]
    pub review: Option<String>,
    /// Until when the decision lasts on which it rests; a review may then be later
    #[arg(long, value_name = "DATE")]
    pub decision_until: Option<String>,
    /// Grade of source and information, such as B2 [default: X4, not graded]
    #[arg(long, value_name = "GRADE", requires = "scale")]
    pub grade: Option<String>,
    /// Scale of the grade
    #[arg(long, value_name = "SCALE", requires = "grade",
        value_parser = PossibleValuesParser::new(["4x4", "6x6"]))]
    pub scale: Option<String>,
    /// Not before this time, as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub embargo: Option<String>,
    /// Not from this time on
    #[arg(long, value_name = "TIME")]
    pub release_until: Option<String>,
    /// Consent to onward transfer within the marking
    #[arg(long)]
    pub onward: bool,
    /// With what care
    #[command(flatten)]
    pub care: CareArgs,
    /// Named handling of the agreement to start from
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
}

/// On what a record rests.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "On what it rests")]
pub struct BasisArgs {
    /// It is established
    #[arg(long, conflicts_with_all = ["assessment", "likelihood", "confidence"])]
    pub fact: bool,
    /// It is somebody's judgement
    #[arg(long)]
    pub assessment: bool,
    /// How likely it is; of an assessment
    #[arg(long, value_name = "WORD", requires = "assessment", value_parser = PossibleValuesParser::new([
        "almost-no-chance", "very-unlikely", "unlikely", "roughly-even-chance", "likely", "very-likely",
        "almost-certain"]))]
    pub likelihood: Option<String>,
    /// How sure the assessor is; apart from how likely it is
    #[arg(long, value_name = "WORD", requires = "assessment",
        value_parser = PossibleValuesParser::new(["low", "moderate", "high"]))]
    pub confidence: Option<String>,
    /// Words of somebody, as they fell; only here may words stand that judge
    #[arg(long, value_name = "TEXT", requires = "said_by")]
    pub quote: Option<String>,
    /// Whose words they are
    #[arg(long, value_name = "WHO", requires = "quote")]
    pub said_by: Option<String>,
    /// Who passed them on, the nearest to the speaker first; repeat for more
    #[arg(long, value_name = "WHO", requires = "quote")]
    pub relayed_by: Vec<String>,
    /// How the information came about
    #[arg(long, value_name = "WORD", value_parser = PossibleValuesParser::new(["public-source",
        "official-record", "observation", "interview", "interview-in-custody", "technical-means", "other-body"]))]
    pub collected: Option<String>,
}

/// How a record is entered.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "How it is entered")]
pub struct EntryArgs {
    /// Collection it goes into: id, alias or title
    #[arg(long, value_name = "C")]
    pub collection: Option<String>,
    /// Keep it back until it is published
    #[arg(long)]
    pub draft: bool,
    /// Language of the texts, as a tag such as en or ru
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// Why a text stays that names a community as such
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Anything that has no option of its own: a path of the JSON form and its value; repeat for more
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Say what would be written and who would see it, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Where records come from that are not typed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "From files")]
pub struct SourceArgs {
    /// One record in TOML or JSON, with a table `statement`; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    pub file: Option<PathBuf>,
    /// A table with a record a row
    #[arg(long, value_name = "FILE", requires = "map")]
    pub csv: Option<PathBuf>,
    /// Which column of the table goes where
    #[arg(long, value_name = "FILE", requires = "csv")]
    pub map: Option<PathBuf>,
    /// File for the rows that were refused, one JSON object a line
    #[arg(long, value_name = "FILE", requires = "csv")]
    pub rejects: Option<PathBuf>,
}

/// `comity new KIND`.
#[derive(Clone, Debug)]
pub struct NewCommand {
    /// The kind.
    pub kind: &'static KindHelp,
    /// What was said, field by field, in the order of the fields.
    pub answers: Vec<(&'static Field, String)>,
    /// On what it rests.
    pub basis: BasisArgs,
    /// What is stated beside it.
    pub release: ReleaseArgs,
    /// How it is entered.
    pub entry: EntryArgs,
    /// Where it comes from.
    pub source: SourceArgs,
}

impl Subcommand for NewCommand {
    fn augment_subcommands(command: Command) -> Command {
        every()
            .fold(command, |command, kind| command.subcommand(one(kind)))
            .subcommand_required(true)
            .arg_required_else_help(true)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        every().any(|kind| kind.word == name)
    }
}

/// Every kind that can be written.
fn every() -> impl Iterator<Item = &'static KindHelp> {
    KINDS.iter().chain(&COUNCIL)
}

fn one(kind: &'static KindHelp) -> Command {
    let (short, long) = kind.about.split_once("\n\n").unwrap_or((kind.about, ""));
    let guided = "Without options, on a terminal, it asks question by question.";
    let mut command = Command::new(kind.word);
    for field in kind.all() {
        command = command.arg(argument(field));
    }
    let command = BasisArgs::augment_args(command);
    let command = ReleaseArgs::augment_args(command);
    let command = EntryArgs::augment_args(command);
    // Each part brings its own description; that of the kind is the one that counts.
    SourceArgs::augment_args(command)
        .next_help_heading(None::<&str>)
        .about(short)
        .long_about(format!("{short}\n\n{long} {guided}"))
        .after_help(format!("Example:\n  {}", kind.example))
}

fn argument(field: &'static Field) -> Arg {
    let argument = Arg::new(field.flag)
        .long(field.flag)
        .value_name(field.value)
        .help(field.help)
        .help_heading("The record")
        .action(if field.is_many() { ArgAction::Append } else { ArgAction::Set });
    match field.take {
        Take::Word(words) | Take::Stated(words) => {
            argument.value_parser(PossibleValuesParser::new(words.iter().copied()))
        }
        _ => argument
            .value_parser(move |text: &str| field.apply(&mut Value::Null, text).map(|()| text.to_owned())),
    }
}

impl FromArgMatches for NewCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, given) = matches.subcommand().ok_or_else(missing)?;
        let kind = every().find(|kind| kind.word == name).ok_or_else(missing)?;
        let mut answers = Vec::new();
        for field in kind.all() {
            let texts = given.get_many::<String>(field.flag).into_iter().flatten();
            answers.extend(texts.map(|text| (field, text.clone())));
        }
        Ok(Self {
            kind,
            answers,
            basis: BasisArgs::from_arg_matches(given)?,
            release: ReleaseArgs::from_arg_matches(given)?,
            entry: EntryArgs::from_arg_matches(given)?,
            source: SourceArgs::from_arg_matches(given)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

const LINK: &str = "\
Examples:
  comity link identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 \\
      identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 --as-kind member-of --fact \\
      --grounds 'EXERCISE named in the list of the cell' --from 2025-06 --collection cases \\
      --purpose border-security --basis treaty-4 --tlp amber";

/// State how two records are related
///
/// Needed: --as-kind, --grounds, and --fact or --assessment. Both records must be here. When one of them is a person, an
/// account or a payment, the relation is personal data and needs --purpose and --basis; the category is that of the
/// person unless --category says another.
#[derive(Debug, Args)]
#[command(after_help = LINK)]
pub struct LinkArgs {
    /// The record that the sentence begins with
    #[arg(value_name = "RECORD")]
    pub source: String,
    /// The other record
    #[arg(value_name = "OTHER")]
    pub target: String,
    /// How they are related
    #[arg(long, value_name = "WORD", value_parser = PossibleValuesParser::new(RELATIONS.iter().copied()))]
    pub as_kind: String,
    /// The facts that show it
    #[arg(long, value_name = "TEXT")]
    pub grounds: Option<String>,
    /// Since when, as exactly as it is known
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Until when
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// A few words
    #[arg(long, value_name = "TEXT")]
    pub summary: Option<String>,
    /// What the person in it is to the case
    #[arg(long, value_name = "CATEGORY", value_parser = categories())]
    pub category: Option<String>,
    /// On what it rests.
    #[command(flatten)]
    pub basis: BasisArgs,
    /// What is stated beside it.
    #[command(flatten)]
    pub release: ReleaseArgs,
    /// How it is entered.
    #[command(flatten)]
    pub entry: EntryArgs,
}

const EDIT: &str = "\
Examples:
  comity edit incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 --set persons=7 \\
      --reason 'EXERCISE recount by the post' --dry-run
  comity edit identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --category witness \\
      --reason 'EXERCISE cleared by the court'";

/// Correct a record of your own: a new version with a reason
///
/// The difference is shown. What was stated beside the old version holds for the new one unless an option says
/// otherwise; a draft stays a draft, and the old version stays readable as RECORD@VERSION. Another category of a person
/// drops what it does not allow, and says what that was.
#[derive(Debug, Args)]
#[command(after_help = EDIT)]
pub struct EditArgs {
    /// Record to correct
    pub record: String,
    /// A path of the JSON form and its new value; repeat for more
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A path to remove; repeat for more
    #[arg(long, value_name = "PATH")]
    pub unset: Vec<String>,
    /// The whole record anew, in TOML or JSON
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// What the person is to the case from now on
    #[arg(long, value_name = "CATEGORY", value_parser = categories())]
    pub category: Option<String>,
    /// Why; kept on this node with the version
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Keep the new version back until it is published; an analyst may do that with a published record
    #[arg(long)]
    pub draft: bool,
    /// Show the difference and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What is stated otherwise than before.
    #[command(flatten)]
    pub release: ReleaseArgs,
}

const DIFF: &str = "\
Examples:
  comity diff incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13
  comity diff incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 --from 2026-03-01T08:00:00.000000Z";

/// Compare two versions of a record as they are held here
///
/// Without versions the newest is compared with the one before it. Exit code 1 means: they differ.
#[derive(Debug, Args)]
#[command(after_help = DIFF)]
pub struct DiffArgs {
    /// Record to compare
    pub record: String,
    /// The older version, as written
    #[arg(long, value_name = "VERSION")]
    pub from: Option<String>,
    /// The newer version
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
}
