//! `comity onward`: the third-party rule.

use comity_app::onward::{self, Given, OnwardView, Question};

use super::{Session, community};
use crate::cli::onward::OnwardCommand;
use crate::failure::Failure;
use crate::output::{Answer, table};

/// `comity onward`.
///
/// # Errors
/// Those of the use case.
pub fn run(session: &Session, command: &OnwardCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        OnwardCommand::Ask(args) => {
            let question = Question {
                third: &args.to,
                purpose: &args.purpose,
                reason: &args.reason,
                protection: &args.protection,
                hours: args.hours,
            };
            let asked = onward::ask(&app, &actor, &args.record, &question)?;
            let text =
                format!("asked {} as {}: silence until {} is a no", asked.decides, asked.question, asked.due);
            Answer::facts(&asked, text)
        }
        OnwardCommand::Answer(args) => {
            let words = args.conditions.as_ref().or(args.reason.as_ref());
            let words = words.map(String::as_str).unwrap_or_default();
            let given = onward::answer(&app, &actor, &args.question, args.yes, words)?;
            let text = match &given {
                Given::Answered(view) => answered(view),
                Given::Pending(proposal) => {
                    format!("{}; then answer once more", community::waiting(proposal))
                }
            };
            Answer::facts(&given, text)
        }
        OnwardCommand::List => {
            let views = onward::list(&app, &actor)?;
            if views.is_empty() {
                return Answer::facts(&views, "no questions");
            }
            let rows: Vec<[String; 8]> = views.iter().map(row).collect();
            let heads = ["QUESTION", "STATE", "RECORD", "BY", "DECIDES", "TO", "UNTIL", "WORDS"];
            Answer::facts(&views, table(heads, &rows))
        }
    }
}

fn answered(view: &OnwardView) -> String {
    if view.state != "yes" {
        return format!("answered no: {} does not go to {}", view.record, view.to);
    }
    let text =
        format!("answered yes: {} may give {} to {} for {}", view.by, view.record, view.to, view.purpose);
    if view.kept_by.is_empty() { text } else { format!("{text}; it still stays back: {}", view.kept_by) }
}

fn row(view: &OnwardView) -> [String; 8] {
    let kept_by = &view.kept_by;
    let words = if kept_by.is_empty() { view.words.clone() } else { format!("stays back: {kept_by}") };
    let is_ours = view.ours && view.state == "open";
    [
        view.question.to_string(),
        if is_ours { "to answer" } else { view.state }.to_owned(),
        view.record.clone(),
        view.by.clone(),
        view.decides.clone(),
        view.to.clone(),
        view.due.clone(),
        words,
    ]
}
