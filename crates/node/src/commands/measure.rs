//! `comity measure` and `comity programme`.

use comity_app::council::measure::{self, MeasureView, ProgrammeView, Wanted};
use comity_app::model::kind::PartialDate;

use super::Session;
use super::council::{answer, left_out};
use crate::cli::measure::{MeasureCommand, ProgrammeCommand};
use crate::failure::Failure;
use crate::output::{Answer, isolated, pairs, table};

/// `comity measure`.
///
/// # Errors
/// Those of the use case; exit code 2 for what is no date.
pub fn run(session: &Session, command: &MeasureCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        MeasureCommand::List(args) => {
            let wanted = Wanted { owner: args.owner.as_deref(), before: date(args.due_before.as_deref())? };
            let lines = measure::list(&app, &actor, &wanted)?;
            let text = rows(&lines);
            Answer::facts(&lines, text + &left_out(&lines.left_out))
        }
        MeasureCommand::Show(args) => {
            let view = measure::show(&app, &actor, &args.measure)?;
            Answer::facts(&view, shown(&view))
        }
        MeasureCommand::Adopt(args) => answer(&measure::adopt(&app, &actor, &args.measure, &args.decision)?),
        MeasureCommand::Assign(args) => {
            let due = date(args.due.as_deref())?;
            answer(&measure::assign(&app, &actor, &args.measure, &args.owner, due)?)
        }
        MeasureCommand::Done(args) => {
            let on = date(args.on.as_deref())?;
            answer(&measure::done(&app, &actor, &args.measure, &args.evidence, on)?)
        }
        MeasureCommand::Drop(args) => answer(&measure::drop(&app, &actor, &args.measure, &args.reason)?),
    }
}

/// `comity programme`.
///
/// # Errors
/// Those of the use case.
pub fn programmes(session: &Session, command: &ProgrammeCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        ProgrammeCommand::List(_) => {
            let lines = measure::programmes(&app, &actor)?;
            let rows: Vec<[String; 4]> = lines
                .iter()
                .map(|one| [one.status.to_owned(), years(one), one.title.clone(), one.place.id.clone()])
                .collect();
            let text = table(["STATUS", "YEARS", "PROGRAMME", "RECORD"], &rows);
            Answer::facts(&lines, text + &left_out(&lines.left_out))
        }
        ProgrammeCommand::Show(args) => {
            let view = measure::show_programme(&app, &actor, &args.programme)?;
            let mut facts = vec![
                ("record", view.place.id.clone()),
                ("status", view.status.to_owned()),
                ("years", years(&view)),
            ];
            facts.extend(view.stated.as_ref().map(|stated| ("stated", isolated(stated))));
            facts.extend(view.decision.as_ref().map(|decision| ("adopted by", isolated(decision))));
            let text = format!("{}\n\n{}\n{}", isolated(&view.title), pairs(&facts), rows(&view.measures));
            Answer::facts(&view, text)
        }
        ProgrammeCommand::Adopt(args) => {
            answer(&measure::move_programme(&app, &actor, &args.programme, Some(&args.decision))?)
        }
        ProgrammeCommand::Close(args) => {
            answer(&measure::move_programme(&app, &actor, &args.programme, None)?)
        }
    }
}

fn years(view: &ProgrammeView) -> String {
    view.years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn date(text: Option<&str>) -> Result<Option<PartialDate>, Failure> {
    text.map(|text| {
        text.parse().map_err(|_| Failure::usage(format!("`{text}` is no date: write 2027-03-31")))
    })
    .transpose()
}

fn rows(lines: &[MeasureView]) -> String {
    let rows: Vec<[String; 5]> = lines
        .iter()
        .map(|one| {
            let late = if one.overdue { ", past" } else { "" };
            [
                one.status.to_owned(),
                one.due.as_ref().map_or_else(|| "-".into(), |due| format!("{due}{late}")),
                one.owner.clone().unwrap_or_else(|| "-".into()),
                one.title.clone(),
                one.place.id.clone(),
            ]
        })
        .collect();
    table(["STATUS", "DUE", "OWNER", "MEASURE", "RECORD"], &rows)
}

fn shown(view: &MeasureView) -> String {
    let mut facts = vec![
        ("record", view.place.id.clone()),
        ("words", isolated(&view.words)),
        ("status", view.status.to_owned()),
    ];
    facts.extend(view.stated.as_ref().map(|stated| ("stated", isolated(stated))));
    facts.extend(view.decision.as_ref().map(|decision| ("adopted by", isolated(decision))));
    facts.extend(view.programme.as_ref().map(|id| ("programme", id.clone())));
    facts.extend(view.owner.as_ref().map(|owner| ("owner", isolated(owner))));
    let late = if view.overdue { ", past" } else { "" };
    facts.extend(view.due.as_ref().map(|due| ("due", format!("{due}{late}"))));
    facts.extend(view.done_on.as_ref().map(|on| ("done on", on.clone())));
    facts.extend(view.evidence.iter().map(|id| ("evidence", id.clone())));
    format!("{}\n\n{}", isolated(&view.title), pairs(&facts))
}
