//! `comity onward`: the third-party rule.

use comity_app::compose::statement::instant;
use comity_app::model::Micros;
use comity_app::onward::{self, Danger, Given, OnwardView, OverrideReport, Question};

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
        OnwardCommand::Override(args) => {
            let danger = Danger {
                third: &args.to,
                purpose: &args.purpose,
                basis: args.basis.as_deref(),
                danger: &args.danger,
            };
            let proposal = onward::danger::propose(&app, &actor, &args.record, &danger)?;
            Answer::facts(&proposal, community::waiting(&proposal))
        }
        OnwardCommand::Report(args) => {
            let since = instant("--since", args.since.as_deref())?.unwrap_or(Micros(0));
            let report = onward::danger::report(&app, &actor, since)?;
            Answer::facts(&report, reported(&report))
        }
    }
}

fn reported(report: &OverrideReport) -> String {
    let OverrideReport { given, told, came, overrides, .. } = report;
    let counts = format!(
        "passed on for a danger to life: {given} from here, {told} of this member's records by others, {came} to here\n"
    );
    if overrides.is_empty() {
        return counts;
    }
    let rows: Vec<[String; 8]> = overrides
        .iter()
        .map(|one| {
            let knows = match one.originator_knows {
                Some(true) => "yes",
                Some(false) => "not yet",
                None => "-",
            };
            [
                one.at.clone(),
                one.part.to_owned(),
                one.record.clone(),
                one.by.clone(),
                one.originator.clone(),
                one.to.clone(),
                knows.to_owned(),
                one.danger.clone(),
            ]
        })
        .collect();
    let heads = ["AT", "WHAT", "RECORD", "BY", "ORIGINATOR", "TO", "IT KNOWS", "DANGER"];
    format!("{counts}\n{}", table(heads, &rows))
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
