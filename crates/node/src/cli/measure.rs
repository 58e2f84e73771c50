//! Commands about measures and programmes.

use clap::{Args, Subcommand};

/// Joint measures.
#[derive(Debug, Subcommand)]
pub enum MeasureCommand {
    /// List the measures that are here, those due first in front
    List(MeasureListArgs),
    /// Show one measure: by which decision, who sees to it, until when, what shows that it was taken
    Show(MeasureShowArgs),
    /// State that a decision adopted a measure
    Adopt(MeasureAdoptArgs),
    /// State who sees to an adopted measure, and until when
    Assign(MeasureAssignArgs),
    /// State that a measure was taken, with the records that show it
    Done(MeasureDoneArgs),
    /// State that a measure will not be taken
    Drop(MeasureDropArgs),
}

/// List the measures that are here, those due first in front
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity measure list\n  comity measure list --owner 'EXERCISE south' --due-before 2027-01-01"
)]
pub struct MeasureListArgs {
    /// Only those that this member sees to
    #[arg(long, value_name = "MEMBER")]
    pub owner: Option<String>,
    /// Only those that are due before this day
    #[arg(long, value_name = "DATE")]
    pub due_before: Option<String>,
}

/// Show one measure: by which decision, who sees to it, until when, what shows that it was taken
///
/// What its originator states and this node cannot follow is shown as that: a measure is adopted by a decision that is
/// adopted here and decides about it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity measure show comity-measure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13"
)]
pub struct MeasureShowArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "MEASURE")]
    pub measure: String,
}

/// State that a decision adopted a measure
///
/// The decision is adopted here, and names the measure or its programme among what it decides about.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity measure adopt comity-measure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 --decision ECR-2026-4"
)]
pub struct MeasureAdoptArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "MEASURE")]
    pub measure: String,
    /// The decision: its id or its number
    #[arg(long, value_name = "DECISION")]
    pub decision: String,
}

const ASSIGN: &str = "\
Example:
  comity measure assign comity-measure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 \\
      --owner 'EXERCISE south' --due 2027-03-31";

/// State who sees to an adopted measure, and until when
#[derive(Debug, Args)]
#[command(after_help = ASSIGN)]
pub struct MeasureAssignArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "MEASURE")]
    pub measure: String,
    /// The member that sees to it
    #[arg(long, value_name = "MEMBER")]
    pub owner: String,
    /// By when, as 2027-03-31
    #[arg(long, value_name = "DATE")]
    pub due: Option<String>,
}

const DONE: &str = "\
Example:
  comity measure done comity-measure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 \\
      --evidence incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a14 --on 2027-02-20";

/// State that a measure was taken, with the records that show it
#[derive(Debug, Args)]
#[command(after_help = DONE)]
pub struct MeasureDoneArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "MEASURE")]
    pub measure: String,
    /// A record that shows it; repeat for more
    #[arg(long, value_name = "RECORD", required = true)]
    pub evidence: Vec<String>,
    /// When it was taken
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
}

/// State that a measure will not be taken
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity measure drop comity-measure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 \\\n      \
                  --reason 'EXERCISE another measure covers it'"
)]
pub struct MeasureDropArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "MEASURE")]
    pub measure: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Programmes of several years.
#[derive(Debug, Subcommand)]
pub enum ProgrammeCommand {
    /// List the programmes that are here
    List(ProgrammeListArgs),
    /// Show one programme with its measures
    Show(ProgrammeShowArgs),
    /// State that a decision adopted a programme
    Adopt(ProgrammeAdoptArgs),
    /// State that the years of a programme are over
    Close(ProgrammeShowArgs),
}

/// List the programmes that are here
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity programme list")]
pub struct ProgrammeListArgs {}

/// One programme
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity programme show comity-programme--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12\n  \
                  comity programme close comity-programme--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12"
)]
pub struct ProgrammeShowArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "PROGRAMME")]
    pub programme: String,
}

/// State that a decision adopted a programme
///
/// The decision is adopted here, and names the programme among what it decides about.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity programme adopt comity-programme--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\\n      \
                  --decision ECR-2026-4"
)]
pub struct ProgrammeAdoptArgs {
    /// Its id, or the number under which a reading had it
    #[arg(value_name = "PROGRAMME")]
    pub programme: String,
    /// The decision: its id or its number
    #[arg(long, value_name = "DECISION")]
    pub decision: String,
}
