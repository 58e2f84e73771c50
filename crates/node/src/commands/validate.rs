//! `comity validate`: findings of the STIX validator over files. No home is needed.

use comity_stix::{Document, Item, Level, Limits, Registry};
use serde::Serialize;

use super::Session;
use crate::cli::record::ValidateArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, table};

/// One line of the answer.
#[derive(Serialize)]
struct Line {
    file: String,
    index: usize,
    id: String,
    level: &'static str,
    code: String,
    path: String,
    message: String,
    clause: String,
}

#[derive(Serialize)]
struct Outcome {
    objects: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<Line>,
}

/// Checks every file; the answer is no when there is an error.
///
/// # Errors
/// A file that cannot be read, or that is no STIX document at all.
pub fn run(_session: &Session, args: &ValidateArgs) -> Result<Answer, Failure> {
    let limits = Limits::default();
    let registry = Registry::standard();
    let mut outcome = Outcome { objects: 0, errors: 0, warnings: 0, notes: 0, findings: Vec::new() };
    for path in &args.files {
        let file = input::name(path);
        let bytes = input::read(path, limits.bytes)?;
        let document: Document<'_> = comity_stix::read(&bytes, &limits)
            .map_err(|error| Failure::refused(format!("not a STIX document; {file}; {error}")))?;
        for item in &document.items {
            outcome.objects = outcome.objects.saturating_add(1);
            outcome.findings.extend(check(&file, item, &registry));
        }
    }
    let count = |level: &str| outcome.findings.iter().filter(|line| line.level == level).count();
    (outcome.errors, outcome.warnings, outcome.notes) = (count("error"), count("warning"), count("note"));
    let text = describe(&outcome);
    let refused = outcome.errors > 0;
    Ok(Answer::facts(&outcome, text)?.refused_if(refused))
}

fn check(file: &str, item: &Item<'_>, registry: &Registry) -> Vec<Line> {
    let line = |id: String, level, code: &str, path: &str, message: String, clause: &str| Line {
        file: file.to_owned(),
        index: item.index,
        id,
        level,
        code: code.to_owned(),
        path: path.to_owned(),
        message,
        clause: clause.to_owned(),
    };
    match &item.object {
        Err(error) => vec![line(String::new(), "error", "unreadable", "", error.to_string(), "")],
        Ok(object) => {
            let id = object.id().map(|id| id.to_string()).unwrap_or_default();
            let findings = comity_stix::validate(object, registry);
            let lines = findings.into_iter().map(|finding| {
                line(
                    id.clone(),
                    word(finding.level),
                    finding.code,
                    &finding.path,
                    finding.message,
                    finding.clause,
                )
            });
            lines.collect()
        }
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn describe(outcome: &Outcome) -> String {
    let sum = format!(
        "objects {}, errors {}, warnings {}, notes {}",
        outcome.objects, outcome.errors, outcome.warnings, outcome.notes
    );
    if outcome.findings.is_empty() {
        return sum;
    }
    let rows: Vec<[String; 5]> = outcome
        .findings
        .iter()
        .map(|line| {
            let object = if line.id.is_empty() { format!("object {}", line.index) } else { line.id.clone() };
            let message = if line.path.is_empty() {
                line.message.clone()
            } else {
                format!("{}: {}", line.path, line.message)
            };
            [line.level.to_owned(), line.code.clone(), line.file.clone(), object, message]
        })
        .collect();
    format!("{}{sum}", table(["LEVEL", "CODE", "FILE", "OBJECT", "MESSAGE"], &rows))
}
