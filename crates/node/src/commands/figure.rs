//! Figures: counting, explaining, counting again, adding; and what came of records.

use std::fmt::Write as _;

use comity_app::compose::Entry;
use comity_app::compose::statement::StatementText;
use comity_app::council::claims;
use comity_app::council::figure::{self, Explained, FigureView, NewFigure, NewSum, Published};
use comity_app::council::outcome::{self, NewOutcome};
use comity_app::model::kind::Fault;
use serde_json::json;

use super::{Session, new};
use crate::cli::figure::{FigureAddArgs, FigureCommand, FigureNewArgs, OutcomeCommand};
use crate::failure::Failure;
use crate::output::{Answer, isolated, pairs, table};

/// `comity figure`.
///
/// # Errors
/// Those of the use case; exit code 1 when it is refused or untraced.
pub fn run(session: &Session, command: &FigureCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        FigureCommand::New(args) => count(session, args),
        FigureCommand::List(args) => {
            let lines = figure::list(&app, &actor, args.stale)?;
            let rows: Vec<[String; 5]> = lines
                .iter()
                .map(|line| {
                    let stale = if line.stale { "stale" } else { "" };
                    [
                        line.figure.clone(),
                        line.title.clone(),
                        line.place.origin.clone(),
                        format!("{} {stale}", line.trace).trim_end().to_owned(),
                        line.place.id.clone(),
                    ]
                })
                .collect();
            let mut text = table(["FIGURE", "TITLE", "OF", "TRACE", "RECORD"], &rows);
            for one in &lines.left_out {
                let _ = writeln!(text, "left out: {}", isolated(one));
            }
            Answer::facts(&lines, text)
        }
        FigureCommand::Explain(args) => {
            let found = figure::explain(&app, &actor, &args.figure)?;
            let (text, is_traced) = match &found {
                Explained::Claim(claim) => (claimed(claim), claim.missing.is_empty()),
                Explained::Figure(view) => (explained(view), view.missing.is_empty()),
            };
            Ok(Answer::facts(&found, text)?.refused_if(!is_traced))
        }
        FigureCommand::Add(args) => add(session, args),
        FigureCommand::Recalculate(args) => {
            let again = figure::recalculate(&app, &actor, &args.figure, &args.reason)?;
            let text = match &again.version {
                None => format!("{}: nothing changed\n", isolated(&again.now)),
                Some(version) => {
                    let changes = again.changes.join(", ");
                    format!(
                        "{} -> {}: {changes}\nversion {version}\n",
                        isolated(&again.was),
                        isolated(&again.now)
                    )
                }
            };
            Answer::facts(&again, text)
        }
    }
}

fn count(session: &Session, args: &FigureNewArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let statement = StatementText {
        tlp: args.tlp.clone(),
        to: args.to.clone(),
        inner: args.inner.clone(),
        ..StatementText::default()
    };
    let wish = NewFigure {
        collection: &args.collection,
        title: &args.title,
        ask: &args.ask,
        count: &args.count,
        from: args.from.as_deref(),
        until: args.until.as_deref(),
        unit: args.unit.as_deref(),
        rule: args.rule.as_deref(),
        scope: args.scope.as_deref(),
        purpose: args.purpose.as_deref(),
        statement: &statement,
        dry_run: args.dry_run,
    };
    answer(&figure::publish(&app, &actor, &wish)?)
}

fn add(session: &Session, args: &FigureAddArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let statement = StatementText { tlp: args.tlp.clone(), ..StatementText::default() };
    let wish = NewSum {
        collection: &args.collection,
        title: &args.title,
        parts: &args.parts,
        statement: &statement,
        dry_run: args.dry_run,
    };
    answer(&figure::add(&app, &actor, &wish)?)
}

/// `comity outcome`.
///
/// # Errors
/// Those of the use case; exit code 1 when it is refused.
pub fn outcomes(session: &Session, command: &OutcomeCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        OutcomeCommand::Add(args) => {
            let wish = NewOutcome {
                record: &args.record,
                result: &args.result,
                happened: args.happened.as_deref(),
                amount: args.amount.as_deref(),
                rule: args.rule.as_deref(),
                text: args.text.as_deref(),
            };
            let entry = outcome::add(&app, &actor, &wish)?;
            match &entry {
                Entry::Written(written) => Answer::facts(&entry, new::lines(written)),
                Entry::Refused(faults) => refused(faults),
            }
        }
        OutcomeCommand::List(args) => {
            let lines = outcome::list(&app, &actor, args.of.as_deref())?;
            let rows: Vec<[String; 6]> = lines
                .iter()
                .map(|line| {
                    [
                        line.result.to_owned(),
                        line.happened.clone().unwrap_or_default(),
                        line.amount.clone().unwrap_or_default(),
                        line.place.origin.clone(),
                        line.of.clone(),
                        line.text.clone().unwrap_or_default(),
                    ]
                })
                .collect();
            let mut text = table(["OUTCOME", "ON", "AMOUNT", "STATED BY", "RECORD", "WORDS"], &rows);
            for one in &lines.left_out {
                let _ = writeln!(text, "left out: {}", isolated(one));
            }
            Answer::facts(&lines, text)
        }
    }
}

fn refused(faults: &[Fault]) -> Result<Answer, Failure> {
    let told = format!("refused, nothing is stored: {}", new::told(faults, None));
    Ok(Answer::facts(&json!({ "refused": faults }), told)?.refused_if(true))
}

/// What was counted, and what became of the record.
fn answer(published: &Published) -> Result<Answer, Failure> {
    let mut text = counted(published);
    match &published.entry {
        None => text.push_str("nothing was written\n"),
        Some(Entry::Written(written)) => text.push_str(&new::lines(written)),
        Some(Entry::Refused(faults)) => return refused(faults),
    }
    Answer::facts(published, text)
}

fn counted(published: &Published) -> String {
    let mut text = format!("{} · {}\n", isolated(&published.figure), published.trace);
    if let Some(count) = published.counted {
        let _ = writeln!(text, "records counted: {count}");
    }
    let contributors: Vec<String> = published.contributors.iter().map(|name| isolated(name)).collect();
    let _ = writeln!(text, "contributors: {}", contributors.join(", "));
    for line in &published.left_out {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn claimed(claim: &claims::Explained) -> String {
    format!("{} · said by {}\n{}", isolated(&claim.figure), isolated(&claim.said_by), claim.trace)
}

fn explained(view: &FigureView) -> String {
    let mut text = format!(
        "{}\n{} · counted by {}\n{}\n\n",
        isolated(&view.title),
        isolated(&view.figure),
        isolated(&view.place.origin),
        view.trace
    );
    let mut facts = vec![("record", view.place.id.clone()), ("as of", view.as_of.clone())];
    facts.push((
        "asked",
        view.asked.as_ref().map_or_else(|| "stated, not counted".into(), |asked| isolated(asked)),
    ));
    facts.extend(view.period.as_ref().map(|period| ("period", period.clone())));
    facts.extend(view.rule.as_ref().map(|rule| ("counting rule", isolated(rule))));
    let contributors: Vec<String> = view.contributors.iter().map(|name| isolated(name)).collect();
    facts.push(("contributors", contributors.join(", ")));
    facts.extend(view.counted.map(|counted| ("counted", counted.to_string())));
    facts.extend(
        view.not_shown.filter(|count| *count > 0).map(|count| ("counted, not shown", count.to_string())),
    );
    facts.extend(view.parts.iter().map(|part| ("adds", part.clone())));
    facts.extend(view.left_out.iter().map(|line| ("left out", line.clone())));
    facts.extend(view.stale.iter().map(|line| ("stale", isolated(line))));
    facts.extend(view.changes.as_ref().map(|changes| ("recalculated", isolated(changes))));
    facts.extend(view.notes.iter().map(|note| ("remark", isolated(note))));
    text.push_str(&pairs(&facts));
    if !view.shown.is_empty() {
        let rows: Vec<[String; 5]> = view
            .shown
            .iter()
            .map(|line| {
                [
                    line.id.clone(),
                    line.origin.clone(),
                    line.level.clone(),
                    line.state.clone(),
                    line.share.clone().unwrap_or_default(),
                ]
            })
            .collect();
        text.push('\n');
        text.push_str(&table(["RECORD", "OF", "LEVEL", "STATE", "ADDED"], &rows));
        if let Some(more) = view.more {
            let _ = writeln!(text, "and {more} more");
        }
    }
    text
}
