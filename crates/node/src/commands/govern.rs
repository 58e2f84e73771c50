//! Personal data: triage, review dates, erasure, allegations, consent, and the clocks.

use std::path::Path;

use comity_app::allegation;
use comity_app::consent;
use comity_app::erase;
use comity_app::model::{Category, Micros};
use comity_app::review::{self, Reviewed};
use comity_app::tick;
use comity_app::triage::{self, Acceptance, TriageView};
use comity_app::wording;
use comity_app::{Actor, App};
use serde_json::json;

use super::{Session, community};
use crate::cli::govern::{
    AllegeArgs, ConsentAnswerArgs, ConsentCommand, EraseArgs, ErasedCommand, QuarantineCommand,
    ReviewCommand, ReviewExtendArgs, TriageAcceptArgs, TriageCommand,
};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, pairs, table};

/// Largest list of tombstones that is read, in bytes.
const STONES_BYTES_MAX: usize = 64 << 20;

/// `comity triage`.
///
/// # Errors
/// Those of the use case.
pub fn triage(session: &Session, command: &TriageCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        TriageCommand::List => {
            let views = triage::list(&app, &actor)?;
            if views.is_empty() {
                return Answer::facts(&views, "nothing waits in triage");
            }
            let rows: Vec<[String; 6]> = views
                .iter()
                .map(|view| {
                    [
                        view.kind.clone(),
                        view.name.clone(),
                        view.origin.clone(),
                        view.taken_at.clone(),
                        view.erased_at.clone(),
                        format!("{}@{}", view.id, view.version),
                    ]
                })
                .collect();
            Answer::facts(&views, table(["KIND", "NAME", "FROM", "CAME", "ERASED AT", "RECORD"], &rows))
        }
        TriageCommand::Accept(args) => accept(&app, &actor, args),
        TriageCommand::Drop { record } => {
            let done = triage::drop_record(&app, &actor, record)?;
            Answer::facts(&done, format!("erased {}@{}", done.id, done.version))
        }
    }
}

fn accept(app: &App, actor: &Actor, args: &TriageAcceptArgs) -> Result<Answer, Failure> {
    let stated = Acceptance {
        purpose: args.purpose.clone(),
        legal_basis: args.basis.clone(),
        category: args.category.as_deref().map(category).transpose()?,
        review_at: args.review.as_deref().map(|text| time("--review", text)).transpose()?,
        agreed: args.agreed_by.clone(),
    };
    let done = triage::accept(app, actor, &args.record, &stated)?;
    Answer::facts(&done, format!("accepted {}@{} for {}", done.id, done.version, args.purpose))
}

/// What `comity show` says of a record that waits in triage.
///
/// # Errors
/// Those of the printing.
pub fn waiting(view: &TriageView) -> Result<Answer, Failure> {
    let text = pairs(&[
        ("id", view.id.clone()),
        ("version", view.version.clone()),
        ("kind", view.kind.clone()),
        ("name", view.name.clone()),
        ("from", view.origin.clone()),
        ("came", view.taken_at.clone()),
        ("erased at", view.erased_at.clone()),
        ("state", "triage: only its relevance may be judged; `comity triage accept` or `drop`".to_owned()),
    ]);
    Answer::facts(view, text)
}

fn category(word: &str) -> Result<Category, Failure> {
    serde_json::from_value(json!(word))
        .map_err(|error| Failure::usage(format!("--category `{word}`; command line; {error}")))
}

/// An instant as typed.
///
/// # Errors
/// Exit code 2 when it is none.
pub fn time(place: &str, text: &str) -> Result<Micros, Failure> {
    text.parse().map_err(|error| Failure::usage(format!("{place} `{text}`; command line; {error}")))
}

/// `comity review`.
///
/// # Errors
/// Those of the use case.
pub fn review(session: &Session, command: &ReviewCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        ReviewCommand::List { due } => due_list(&app, &actor, *due),
        ReviewCommand::Extend(args) => extend(&app, &actor, args),
        ReviewCommand::Done { record, reason } => {
            let done = review::done(&app, &actor, record, reason)?;
            let text =
                format!("{}@{} ends at {} unless it is justified", done.id, done.version, done.review_at);
            Answer::facts(&done, text)
        }
        ReviewCommand::Ask { record } => {
            let whom = review::ask(&app, &actor, record)?;
            let text = format!(
                "noted. Only {whom} can keep {record} longer: ask its point of contact; the new date comes with the next pull"
            );
            Answer::facts(&json!({"ask": whom}), text)
        }
        ReviewCommand::Report => {
            let report = review::report(&app, &actor)?;
            let mut lines = vec![format!(
                "kept for over five years: {} of persons under 18, {} of victims",
                report.minors, report.victims
            )];
            lines.extend(report.records.iter().map(|one| {
                format!("{}  {}  since {}, extended {} times", one.id, one.why, one.first_at, one.extensions)
            }));
            Answer::facts(&report, lines.join("\n"))
        }
    }
}

fn due_list(app: &App, actor: &Actor, due: Option<u32>) -> Result<Answer, Failure> {
    let views = review::list(app, actor, due)?;
    if views.is_empty() {
        return Answer::facts(&views, "nothing is due");
    }
    let rows: Vec<[String; 7]> = views
        .iter()
        .map(|view| {
            [
                view.due_at.clone(),
                view.days.to_string(),
                view.state.clone(),
                if view.own { "own".to_owned() } else { view.origin.clone() },
                view.extensions.to_string(),
                format!("{}@{}", view.id, view.version),
                view.name.clone(),
            ]
        })
        .collect();
    Answer::facts(&views, table(["DUE", "DAYS", "STATE", "ORIGIN", "EXTENDED", "RECORD", "NAME"], &rows))
}

fn extend(app: &App, actor: &Actor, args: &ReviewExtendArgs) -> Result<Answer, Failure> {
    let until = time("--until", &args.until)?;
    let decision = args.decision_until.as_deref().map(|text| time("--decision-until", text)).transpose()?;
    let done: Reviewed = review::extend(app, actor, &args.record, (until, decision), &args.reason)?;
    let text = format!(
        "{}@{} is kept until {}; extended {} times by now; it is {}",
        done.id, done.version, done.review_at, done.extensions, done.state
    );
    Answer::facts(&done, text)
}

/// `comity erase`.
///
/// # Errors
/// Those of the use case.
pub fn erase(session: &Session, args: &EraseArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let why = (args.reason.as_str(), args.authority.as_str());
    let proposal = erase::propose(&app, &actor, &args.record, why, args.none_to_come)?;
    Answer::facts(&proposal, community::waiting(&proposal))
}

/// `comity erased`.
///
/// # Errors
/// Those of the use case, and a list that cannot be read.
pub fn erased(session: &Session, command: &ErasedCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        ErasedCommand::List => {
            let views = erase::list(&app, &actor)?;
            if views.is_empty() {
                return Answer::facts(&views, "nothing was erased");
            }
            let rows: Vec<[String; 5]> = views
                .iter()
                .map(|view| {
                    [
                        view.at.to_string(),
                        view.reason.clone(),
                        view.authority.clone(),
                        view.scope.clone(),
                        format!("{}@{}", view.id, view.version),
                    ]
                })
                .collect();
            Answer::facts(&views, table(["AT", "REASON", "AUTHORITY", "KEEPS OUT", "RECORD"], &rows))
        }
        ErasedCommand::Apply { file } => apply(&app, &actor, file),
    }
}

fn apply(app: &App, actor: &Actor, file: &Path) -> Result<Answer, Failure> {
    let text = input::read_text(file, STONES_BYTES_MAX)?;
    let proposal = erase::apply(app, actor, &text)?;
    Answer::facts(&proposal, community::waiting(&proposal))
}

/// `comity allege`.
///
/// # Errors
/// Those of the use case.
pub fn allege(session: &Session, args: &AllegeArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let made = allegation::make(&app, &actor, &args.record, &args.text, args.source.as_deref())?;
    let mut text = format!("{} is {}; the allegation is {}", made.record, made.state, made.note);
    if let Some(proposal) = &made.waiting {
        text = format!("{text}\nthe note {}", community::waiting(proposal));
    }
    Answer::facts(&made, text)
}

/// `comity quarantine`.
///
/// # Errors
/// Those of the use case.
pub fn quarantine(session: &Session, command: &QuarantineCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        QuarantineCommand::Lift { record, reason } => {
            let proposal = allegation::propose_lift(&app, &actor, record, reason)?;
            Answer::facts(&proposal, community::waiting(&proposal))
        }
        QuarantineCommand::List => {
            let found = allegation::list(&app, &actor)?;
            let mut lines = Vec::new();
            for one in &found.records {
                lines.push(format!("{}@{}  record of {}: {}", one.id, one.version, one.origin, one.reason));
                lines.push(format!(
                    "  grade {} meanwhile; its originator stated {}",
                    one.grade, one.stated_grade
                ));
                lines.extend(one.resting.iter().map(|id| format!("  resting on it: {id}")));
            }
            if lines.is_empty() {
                lines.push("nothing is set aside because of an allegation".to_owned());
            }
            lines.extend(
                found
                    .members
                    .iter()
                    .map(|one| format!("{}: {} alleged, {} lifted", one.member, one.made, one.lifted)),
            );
            Answer::facts(&found, lines.join("\n"))
        }
    }
}

/// `comity consent`.
///
/// # Errors
/// Those of the use case.
pub fn consent(session: &Session, command: &ConsentCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        ConsentCommand::Ask { record, purpose, reason } => {
            let asked = consent::ask(&app, &actor, record, purpose, reason)?;
            Answer::facts(
                &asked,
                format!("asked as {}; the originator fetches it at its next pull", asked.id),
            )
        }
        ConsentCommand::Answer(args) => answer(&app, &actor, args),
        ConsentCommand::List => {
            let views = consent::list(&app, &actor)?;
            if views.is_empty() {
                return Answer::facts(&views, "no requests");
            }
            let rows: Vec<[String; 6]> = views
                .iter()
                .map(|view| {
                    [
                        view.id.clone(),
                        view.state.clone(),
                        view.purpose.clone(),
                        view.by.clone(),
                        view.record.clone(),
                        view.reason.clone(),
                    ]
                })
                .collect();
            Answer::facts(&views, table(["REQUEST", "STATE", "PURPOSE", "BY", "RECORD", "REASON"], &rows))
        }
    }
}

fn answer(app: &App, actor: &Actor, args: &ConsentAnswerArgs) -> Result<Answer, Failure> {
    let outcome = consent::answer(app, actor, &args.id, args.yes)?;
    let text = match &outcome {
        Some(comity_app::proposal::Outcome::Pending(proposal)) => community::waiting(proposal),
        Some(comity_app::proposal::Outcome::Done(changed)) => {
            format!("granted: {} has revision {}", changed.id, changed.revision)
        }
        None => "refused".to_owned(),
    };
    Answer::facts(&outcome, text)
}

/// `comity wording`.
///
/// # Errors
/// Those of the use case.
pub fn wording(session: &Session) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let views = wording::list(&app, &actor)?;
    if views.is_empty() {
        return Answer::facts(&views, "nobody was asked");
    }
    let rows: Vec<[String; 5]> = views
        .iter()
        .map(|view| {
            [view.at.clone(), view.by.clone(), view.place.clone(), view.words.clone(), view.reason.clone()]
        })
        .collect();
    Answer::facts(&views, table(["AT", "BY", "PLACE", "WORDS", "REASON"], &rows))
}

/// `comity tick`.
///
/// # Errors
/// Those of the use case.
pub fn tick(session: &Session) -> Result<Answer, Failure> {
    let done = tick::run(&session.open_as_user()?.0)?;
    let text = format!(
        "out of use {}, erased {}, dropped from triage {}; due for review soon {}; figures marked as stale {}",
        done.overdue, done.erased, done.dropped, done.due_soon, done.figures
    );
    Answer::facts(&done, text)
}
