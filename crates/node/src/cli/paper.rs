//! The command that makes a document of a record of the council's work.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const PAPER: &str = "\
Examples:
  comity paper k-strength --out strength.pdf
  comity paper 'EXERCISE Council/47' --form html --out session-47.html
  comity paper c-47-02 --form csv > figure.csv";

/// Make a document of a conflict set, a session, a decision, a programme, a report or a claim
#[derive(Debug, Args)]
#[command(after_help = PAPER)]
pub struct PaperArgs {
    /// Id of the record, the number under which a reading had it, the number of a decision, or BODY/NUMBER of a session
    #[arg(value_name = "RECORD")]
    pub record: String,
    /// Form of the document
    #[arg(long, value_enum, value_name = "FORM", default_value_t = PaperForm::Pdf)]
    pub form: PaperForm,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Forms of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaperForm {
    /// A4 pages
    Pdf,
    /// One file without scripts
    Html,
    /// A row for each row and line, its marking in front
    Csv,
    /// Everything in it, for programs
    Json,
}
