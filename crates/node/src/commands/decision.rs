//! `comity decision`: proposed, opened, objected to, closed.

use std::fmt::Write as _;

use comity_app::council::decision::{self, Answer as Said, DecisionView};
use comity_app::model::Micros;
use comity_app::model::kind::council::Stance;

use super::Session;
use super::council::{answer, left_out};
use crate::cli::decision::{DecisionCommand, DecisionSayArgs};
use crate::failure::Failure;
use crate::output::{Answer, isolated, pairs, table};

/// `comity decision`.
///
/// # Errors
/// Those of the use case; exit code 1 when a decision was stopped, or cannot be closed yet.
pub fn run(session: &Session, command: &DecisionCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let say = |args: &DecisionSayArgs, stance: Stance| {
        let said = (stance, args.text.as_str());
        answer(&decision::say(&app, &actor, &args.decision, said, args.tlp.as_deref())?)
    };
    match command {
        DecisionCommand::List(_) => {
            let lines = decision::list(&app, &actor)?;
            let rows: Vec<[String; 5]> = lines
                .iter()
                .map(|line| {
                    let note = line.stated.as_ref().map(|_| " (see show)").unwrap_or_default();
                    [
                        line.number.clone().unwrap_or_else(|| "-".into()),
                        format!("{}{note}", line.status),
                        line.deadline.clone().unwrap_or_else(|| "-".into()),
                        line.title.clone(),
                        line.place.id.clone(),
                    ]
                })
                .collect();
            let text = table(["NUMBER", "STATUS", "UNTIL", "DECISION", "RECORD"], &rows);
            Answer::facts(&lines, text + &left_out(&lines.left_out))
        }
        DecisionCommand::Show(args) => {
            let view = decision::show(&app, &actor, &args.decision)?;
            Answer::facts(&view, shown(&view))
        }
        DecisionCommand::Open(args) => {
            let until = time(&args.until)?;
            answer(&decision::open(
                &app,
                &actor,
                &args.decision,
                until,
                (args.text.as_deref(), &args.reason),
            )?)
        }
        DecisionCommand::Object(args) => say(args, Stance::Object),
        DecisionCommand::Approve(args) => say(args, Stance::Approve),
        DecisionCommand::Reserve(args) => say(args, Stance::Reserve),
        DecisionCommand::Close(args) => {
            let closed =
                decision::close(&app, &actor, &args.decision, (&args.without, args.reason.as_deref()))?;
            let is_written = matches!(closed.entry, comity_app::compose::Entry::Written(_));
            if !is_written {
                return answer(&closed.entry);
            }
            Ok(Answer::facts(&closed, format!("{}: {}", closed.outcome, closed.told))?
                .refused_if(closed.outcome == "stopped"))
        }
        DecisionCommand::Withdraw(args) => {
            answer(&decision::withdraw(&app, &actor, &args.decision, &args.reason)?)
        }
    }
}

/// An instant as it was typed.
///
/// # Errors
/// Exit code 2 when it is none.
pub fn time(text: &str) -> Result<Micros, Failure> {
    text.parse().map_err(|_| Failure::usage(format!("`{text}` is no time: write it as 2026-12-08T12:00:00Z")))
}

fn shown(view: &DecisionView) -> String {
    let line = &view.line;
    let mut facts = vec![
        ("record", line.place.id.clone()),
        ("number", line.number.clone().unwrap_or_else(|| "-".into())),
        ("body", isolated(&view.body)),
        ("status", line.status.to_owned()),
    ];
    facts.extend(line.stated.as_ref().map(|stated| ("stated", isolated(stated))));
    facts.push(("procedure", view.procedure.to_owned()));
    facts.extend(view.opened.as_ref().map(|at| ("opened", at.clone())));
    facts.extend(line.deadline.as_ref().map(|at| ("until", at.clone())));
    facts.extend(view.closed.as_ref().map(|at| ("closed", at.clone())));
    facts.extend(view.verdict.as_ref().map(|verdict| ("now", isolated(verdict))));
    facts.extend(view.without.as_ref().map(|why| ("closed without", isolated(why))));
    facts.extend(view.decides.iter().map(|id| ("decides about", id.clone())));
    let mut text = format!("{}\n{}\n\n{}", isolated(&line.title), isolated(&view.text), pairs(&facts));
    if !view.answers.is_empty() {
        text.push_str("\nwhat members say\n");
    }
    for said in &view.answers {
        let _ = writeln!(text, "  {}", told(said));
    }
    text + &left_out(&view.left_out)
}

fn told(said: &Said) -> String {
    let by = said.by.as_ref().map(|by| format!(", by {}", isolated(by))).unwrap_or_default();
    let at = said.at.as_ref().map(|at| format!(" ({at}{by})")).unwrap_or_default();
    let words = said.text.as_ref().map(|text| format!(": {}", isolated(text))).unwrap_or_default();
    let remarks: String = said.remarks.iter().map(|remark| format!(" [{remark}]")).collect();
    format!("{} {}{at}{words}{remarks}", isolated(&said.member), said.says)
}
