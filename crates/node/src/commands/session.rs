//! `comity session` as far as it changes something, `comity journal` and `comity calendar`.

use std::fmt::Write as _;
use std::path::Path;

use comity_app::compose::statement::StatementText;
use comity_app::council::{calendar, journal, work};
use comity_app::model::kind::council::Stance;
use comity_app::{Actor, App};

use super::Session;
use super::council::answer;
use super::decision::time;
use crate::cli::session::{
    CalendarCommand, JournalCommand, SessionAgendaArgs, SessionNewArgs, SessionSayArgs,
};
use crate::failure::Failure;
use crate::output::{Answer, isolated, pairs};

/// `comity session new`.
///
/// # Errors
/// Those of the use case; exit code 2 for what is no date.
pub fn plan(app: &App, actor: &Actor, args: &SessionNewArgs) -> Result<Answer, Failure> {
    let on = args
        .on
        .parse()
        .map_err(|_| Failure::usage(format!("`{}` is no date: write it as 2026-12-01", args.on)))?;
    let statement = StatementText { tlp: args.tlp.clone(), ..StatementText::default() };
    let new = work::New {
        body: &args.body,
        number: args.number,
        on,
        place: args.place.as_deref(),
        title: args.title.as_deref(),
        collection: args.collection.as_deref(),
        statement: &statement,
    };
    answer(&work::plan(app, actor, &new)?)
}

/// `comity session agenda`.
///
/// # Errors
/// Those of the use case.
pub fn agenda(app: &App, actor: &Actor, args: &SessionAgendaArgs) -> Result<Answer, Failure> {
    let item =
        work::NewItem { number: args.number, title: &args.title, papers: &args.paper, public: args.public };
    answer(&work::agenda(app, actor, &args.session, &item)?)
}

/// `comity session say`.
///
/// # Errors
/// Those of the use case; exit code 2 for what is no time.
pub fn say(app: &App, actor: &Actor, args: &SessionSayArgs) -> Result<Answer, Failure> {
    let spoken = journal::Spoken {
        speaker: &args.speaker,
        text: &args.text,
        at: args.at.as_deref().map(time).transpose()?,
        item: args.item.as_deref(),
        documents: &args.document,
        decision: args.decision.as_deref(),
    };
    answer(&journal::say(app, actor, &args.session, &spoken)?)
}

/// `comity journal`.
///
/// # Errors
/// Those of the use case; exit code 1 while somebody has not approved.
pub fn journals(session: &Session, command: &JournalCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        JournalCommand::Show(args) => {
            let view = journal::show(&app, &actor, &args.session)?;
            let facts = [
                ("record", view.place.id.clone()),
                ("state", view.state.to_owned()),
                ("approvals", isolated(&view.told)),
            ];
            let mut text = format!("{}\n\n{}\n", isolated(&view.title), pairs(&facts));
            for one in &view.entries {
                let at = one.at.as_ref().map(|at| format!("{at}  ")).unwrap_or_default();
                let (speaker, words) = (isolated(&one.speaker), isolated(&one.text));
                let _ = writeln!(text, "{}. {at}{speaker}: {words}", one.number);
                for id in &one.about {
                    let _ = writeln!(text, "   {id}");
                }
            }
            for one in &view.amendments {
                let _ = writeln!(text, "asked for: {}", isolated(one));
            }
            Answer::facts(&view, text)
        }
        JournalCommand::Table(args) => answer(&journal::table(&app, &actor, &args.session, &args.tlp)?),
        JournalCommand::Amend(args) => {
            answer(&journal::answer(&app, &actor, &args.session, (Stance::Amend, &args.text))?)
        }
        JournalCommand::Approve(args) => {
            answer(&journal::answer(&app, &actor, &args.session, (Stance::Approve, &args.text))?)
        }
        JournalCommand::Adopt(args) => answer(&journal::adopt(&app, &actor, &args.session)?),
    }
}

/// `comity calendar`.
///
/// # Errors
/// Those of the use case; exit code 3 when the file cannot be written.
pub fn calendars(session: &Session, command: &CalendarCommand) -> Result<Answer, Failure> {
    let CalendarCommand::Export(args) = command;
    let (app, actor) = session.open_as_user()?;
    let made = calendar::export(&app, &actor)?;
    if args.file == Path::new("-") {
        return Ok(Answer::exact(made.text));
    }
    std::fs::write(&args.file, &made.text)
        .map_err(|error| Failure::file("the calendar cannot be written", &args.file, &error))?;
    let mut text = format!("{} sessions and {} deadlines\n", made.sessions, made.deadlines);
    for line in &made.left_out {
        let _ = writeln!(text, "left out: {}", isolated(line));
    }
    Answer::facts(&made, text)
}
