//! `comity paper`: documents out.

use std::fs;
use std::io::{self, IsTerminal as _};

use comity_app::council::paper::{self, csv, html};
use comity_app::model::Paper;
use serde_json::json;

use super::{Session, new_file, shown};
use crate::cli::paper::{PaperArgs, PaperForm};
use crate::failure::Failure;
use crate::output::Answer;

/// Makes a document of a record.
///
/// # Errors
/// Those of the use case; exit code 1 when the file is there already or the document would be too long, 2 for a PDF on a
/// terminal.
pub fn run(session: &Session, args: &PaperArgs) -> Result<Answer, Failure> {
    if args.out.is_none() && args.form == PaperForm::Pdf && io::stdout().is_terminal() {
        return Err(Failure::usage(
            "a PDF is no text; standard output is a terminal; name a file with --out",
        ));
    }
    let file = args.out.as_ref().map(|path| new_file(path, "the document")).transpose()?;
    let (app, actor) = session.open_as_user()?;
    let paper = paper::of(&app, &actor, &args.record)?;
    let bytes = printed(&paper, args.form)?;
    let Some(file) = file else { return Ok(Answer::exact(bytes)) };
    fs::write(&file, &bytes)
        .map_err(|error| Failure::file("the document cannot be written", &file, &error))?;
    let facts = json!({"file": file, "bytes": bytes.len(), "marking": paper.marking.to_string(), "about": paper.about});
    let text = format!("wrote {} bytes to {}\nmarked {}", bytes.len(), shown(&file), paper.marking);
    Answer::facts(&facts, text)
}

fn printed(paper: &Paper, form: PaperForm) -> Result<Vec<u8>, Failure> {
    match form {
        PaperForm::Pdf => {
            comity_paper::pdf(paper).map_err(|error| Failure::refused(format!("there is no PDF; {error}")))
        }
        PaperForm::Html => Ok(html::write(paper).into_bytes()),
        PaperForm::Csv => Ok(csv::write(paper)?),
        PaperForm::Json => {
            let text = serde_json::to_string_pretty(paper).map_err(|error| {
                Failure::environment(format!("the paper cannot be written as JSON; {error}"))
            })?;
            Ok(format!("{text}\n").into_bytes())
        }
    }
}
