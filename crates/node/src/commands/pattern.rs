//! `comity pattern check`: the syntax of patterns. No home is needed.

use std::path::Path;

use comity_stix::pattern::{self, PatternLimits};
use comity_stix::{Limits, Value};
use comity_stix::{json, locate};
use serde::Serialize;

use super::{Session, lines};
use crate::cli::stix::{PatternCheckArgs, PatternCommand};
use crate::failure::Failure;
use crate::input;
use crate::output::Answer;

/// Runs a command about patterns.
///
/// # Errors
/// Standard input that cannot be read.
pub fn run(session: &Session, command: &PatternCommand) -> Result<Answer, Failure> {
    let PatternCommand::Check(args) = command;
    check(session, args)
}

#[derive(Serialize)]
struct Checked {
    index: usize,
    valid: bool,
    error: Option<String>,
}

fn check(session: &Session, args: &PatternCheckArgs) -> Result<Answer, Failure> {
    let stdin = input::is_stdin(Path::new(&args.pattern));
    if stdin && session.shared.json {
        return lines::answer(Limits::default().bytes, |index, line| {
            let error = match line {
                lines::Line::Whole(bytes) => of_line(bytes).err(),
                lines::Line::TooLong(most) => Some(format!("the line is longer than {most} bytes")),
            };
            (Checked { index, valid: error.is_none(), error: error.clone() }, error.is_none())
        });
    }
    let text = if stdin {
        input::read_text(Path::new(&args.pattern), Limits::default().bytes)?
    } else {
        args.pattern.clone()
    };
    let patterns: Vec<&str> =
        if stdin { text.lines().filter(|line| !line.trim().is_empty()).collect() } else { vec![&text] };
    let mut shown = String::new();
    let mut answers = Vec::new();
    for (index, pattern) in patterns.into_iter().enumerate() {
        let error = pattern::parse(pattern, &PatternLimits::default()).err();
        shown.push_str(&match &error {
            None => format!("valid  {pattern}\n"),
            Some(error) => {
                let excerpt = locate::excerpt(pattern.as_bytes(), error.span.clone(), 100);
                let number = excerpt.line.to_string();
                let margin = " ".repeat(number.len());
                format!("error: {error}\n{number} | {}\n{margin} | {}\n", excerpt.text, excerpt.caret)
            }
        });
        answers.push(Checked { index, valid: error.is_none(), error: error.map(|error| error.to_string()) });
    }
    let refused = answers.iter().any(|answer| !answer.valid);
    Ok(Answer::facts(&answers, shown)?.refused_if(refused))
}

/// The pattern of a line `{"pattern": "..."}`.
fn of_line(bytes: &[u8]) -> Result<(), String> {
    let value = json::parse(bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let pattern = value.as_object().and_then(|map| map.get("pattern")).and_then(Value::as_str);
    let pattern = pattern.ok_or("the line is no {\"pattern\": \"...\"}")?;
    pattern::parse(pattern, &PatternLimits::default()).map(|_| ()).map_err(|error| error.to_string())
}
