//! Commands about STIX itself: they read files and need no home.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const VALIDATE: &str = "\
Examples:
  comity validate bundle.json
  comity validate feeds/ --profile lenient --level note
  comity validate bundle.json.gz --json
  cat objects.jsonl | comity validate --json -

With `--json -` each line of standard input is one JSON value, and one line answers it, in order:
{\"index\", \"id\", \"valid\", \"findings\": [{\"code\", \"level\", \"path\", \"message\", \"clause\"}]}.
Exit code 1 means that there is an error somewhere.";

/// Check STIX files against the standard; needs no home
///
/// A file is a bundle, one object, or one object a line, also compressed with gzip. Of a folder every file whose name
/// ends in .json, .jsonl, .ndjson or .stix is read, with or without .gz, and the folders in it. Errors stop an object
/// from being imported, warnings and notes do not. `comity stix rules` lists every rule.
#[derive(Debug, Args)]
#[command(after_help = VALIDATE)]
pub struct ValidateArgs {
    /// Files and folders to read; `-` is standard input
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub files: Vec<PathBuf>,
    /// Which breaches count as errors
    #[arg(long, value_enum, value_name = "PROFILE", default_value_t = Profile::Strict)]
    pub profile: Profile,
    /// Show findings of this level and graver ones
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Level::Warning)]
    pub level: Level,
    /// Show at most so many findings as text
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub most: usize,
}

/// Which breaches count as errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Every MUST of the standard.
    Strict,
    /// What real feeds get wrong is only a warning.
    Lenient,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// The standard forbids it.
    Error,
    /// Advised against, or likely a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

const PATTERN_CHECK: &str = "\
Examples:
  comity pattern check \"[ipv4-addr:value = '198.51.100.3']\"
  cat patterns.txt | comity pattern check -
  cat patterns.jsonl | comity pattern check --json -

With `--json -` each line of standard input is {\"pattern\": \"...\"}, and one line\nanswers it: {\"index\", \"valid\", \"error\"}.";

/// Patterns of indicators.
#[derive(Debug, Subcommand)]
pub enum PatternCommand {
    /// Check the syntax of patterns
    ///
    /// The grammar is that of STIX 2.1 clause 9, whole. Exit code 1 means that a pattern is malformed.
    #[command(after_help = PATTERN_CHECK)]
    Check(PatternCheckArgs),
}

/// What to check.
#[derive(Debug, Args)]
pub struct PatternCheckArgs {
    /// The pattern; `-` reads one pattern a line from standard input
    #[arg(value_name = "PATTERN", allow_hyphen_values = true)]
    pub pattern: String,
}

/// STIX objects and documents.
#[derive(Debug, Subcommand)]
pub enum StixCommand {
    /// Say how two documents differ, by object, version and property
    ///
    /// The order of keys and blanks never count. Exit code 1 means that they differ.
    #[command(
        after_help = "Examples:\n  comity stix diff yesterday.json today.json\n  comity stix diff a.json.gz b.json.gz --json"
    )]
    Diff(StixDiffArgs),
    /// Derive the identifier of observables
    ///
    /// The identifier of an observable follows from its contributing properties (STIX 2.1 clause 2.9), so that the same
    /// address has the same identifier everywhere.
    #[command(after_help = STIX_ID)]
    Id(StixFileArgs),
    /// Lift STIX 2.0 to 2.1 and list what was changed
    ///
    /// The result goes to standard output, the changes to standard error; with `--json` both are one JSON value.
    #[command(
        after_help = "Examples:\n  comity stix lift old.json > new.json\n  comity stix lift old.json --json"
    )]
    Lift(StixFileArgs),
    /// Offer a repaired view of what real feeds get wrong, and list the repairs
    ///
    /// Only what can be mended without inventing a fact is mended; the file itself is never changed. The result goes to
    /// standard output, the repairs to standard error; with `--json` both are one JSON value.
    #[command(after_help = "Example:\n  comity stix repair feed.json > repaired.json")]
    Repair(StixFileArgs),
    /// List every rule of validation with its level and clause
    #[command(after_help = "Example:\n  comity stix rules --json")]
    Rules,
}

const STIX_ID: &str = "\
Examples:
  comity stix id address.json
  cat observables.jsonl | comity stix id --json -

With `--json -` each line of standard input is an object without id, and {\"index\", \"id\"} answers it.
Where no identifier can be derived, `id` is null and `error` says why; exit code 1.";

/// One file.
#[derive(Debug, Args)]
pub struct StixFileArgs {
    /// File to read; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Two files.
#[derive(Debug, Args)]
pub struct StixDiffArgs {
    /// The first document
    #[arg(value_name = "A")]
    pub first: PathBuf,
    /// The second document; `-` is standard input
    #[arg(value_name = "B")]
    pub second: PathBuf,
}
