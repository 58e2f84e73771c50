//! `comity new KIND --csv`: one record a row, each by itself.

use std::path::Path;

use comity_app::compose::rows::{self, MAP_BYTES, Row, TABLE_BYTES};
use comity_app::compose::{self, Author, Draft, Entry};
use comity_app::model::kind::Fault;
use comity_app::{Actor, App};
use serde::Serialize;

use super::{line, over, rest, set, told};
use crate::cli::new::NewCommand;
use crate::commands::Session;
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, table};

/// Rows that are told one by one on a terminal.
const ROWS_SHOWN: usize = 200;

/// What became of a row, or would.
#[derive(Serialize)]
struct Done {
    line: u64,
    /// `published`, `held`, `waiting`, `would be written` or `refused`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
}

/// Enters the rows of a table; the answer is no when one was refused.
pub(super) fn run(
    session: &Session,
    app: &App,
    actor: &Actor,
    command: &NewCommand,
    csv: &Path,
) -> Result<Answer, Failure> {
    let map = command
        .source
        .map
        .as_deref()
        .ok_or_else(|| Failure::usage("--csv needs --map; command line; add it"))?;
    let collection = command.entry.collection.clone();
    let collection = collection
        .ok_or_else(|| Failure::usage("no collection is named; command line; add --collection C"))?;
    if command.entry.dry_run {
        actor.may_read()?;
    }
    let refused = |faults: Vec<Fault>| Failure::refused(told(&faults, None));
    let columns = rows::map(&input::read_text(map, MAP_BYTES)?, command.kind.word).map_err(refused)?;
    let rows = rows::read(&columns, &input::read(csv, TABLE_BYTES)?).map_err(refused)?;
    let mut done = Vec::with_capacity(rows.len());
    for row in rows {
        done.push(one(app, actor, command, &collection, row)?);
    }
    if let Some(path) = &command.source.rejects {
        write_rejects(path, &done)?;
    }
    let any = done.iter().any(|one| one.state == "refused");
    let text = if session.shared.json { String::new() } else { describe(&done, command) };
    Ok(Answer::facts(&done, text)?.refused_if(any))
}

fn one(app: &App, actor: &Actor, command: &NewCommand, collection: &str, row: Row) -> Result<Done, Failure> {
    let refused = |faults: Vec<Fault>| Done { line: row.line, state: "refused", id: None, faults };
    let mut sheet = match row.sheet {
        Ok(sheet) => sheet,
        Err(faults) => return Ok(refused(faults)),
    };
    rest(&mut sheet.form, &command.basis)?;
    set(&mut sheet.form, &command.entry.set)?;
    let mut statement = over(sheet.statement, &command.release);
    statement.reason = command.entry.reason.clone().or(statement.reason);
    let draft = Draft {
        collection: collection.to_owned(),
        form: sheet.form,
        statement,
        language: command.entry.language.clone().or(sheet.language),
        draft: command.entry.draft,
    };
    let outcome = if command.entry.dry_run {
        compose::preview(app, &draft).map(|found| match found {
            Ok(_) => Done { line: row.line, state: "would be written", id: None, faults: Vec::new() },
            Err(faults) => refused(faults),
        })
    } else {
        compose::enter(app, Author::Person(actor), &draft).map(|entry| match entry {
            Entry::Written(written) => {
                Done { line: row.line, state: written.state, id: Some(written.id), faults: Vec::new() }
            }
            Entry::Refused(faults) => refused(faults),
        })
    };
    match outcome {
        // A word that the agreement does not know is a fault of the row, not of the table.
        Err(comity_app::AppError::Invalid(why)) => {
            let fault = |one: comity_app::Fault| Fault {
                code: "statement",
                path: one.place,
                message: one.reason,
                rule: "form",
            };
            Ok(refused(why.into_iter().map(fault).collect()))
        }
        other => Ok(other?),
    }
}

fn describe(done: &[Done], command: &NewCommand) -> String {
    let rows: Vec<[String; 3]> = done
        .iter()
        .take(ROWS_SHOWN)
        .map(|one| {
            let faults: Vec<String> =
                one.faults.iter().map(|fault| line(fault, Some(command.kind))).collect();
            let what = one.id.clone().unwrap_or_else(|| faults.join("; "));
            [one.line.to_string(), one.state.to_owned(), what]
        })
        .collect();
    let refused = done.iter().filter(|one| one.state == "refused").count();
    let mut text = table(["LINE", "STATE", "RECORD OR REASON"], &rows);
    text.push_str(&format!("{} rows, {refused} refused", done.len()));
    if done.len() > ROWS_SHOWN {
        text.push_str(&format!("; the first {ROWS_SHOWN} are shown, --json tells all"));
    }
    text
}

/// One JSON object a line; an earlier file of that name is replaced.
fn write_rejects(path: &Path, done: &[Done]) -> Result<(), Failure> {
    let mut text = Vec::new();
    for one in done.iter().filter(|one| one.state == "refused") {
        let line = serde_json::to_vec(one)
            .map_err(|error| Failure::environment(format!("a reason cannot be written as JSON; {error}")))?;
        text.extend(line);
        text.push(b'\n');
    }
    std::fs::write(path, text).map_err(|error| Failure::file("the reasons cannot be written", path, &error))
}
