//! A programme with its reports, and one report, as papers.

use comity_model::council::trace;
use comity_model::kind::Kind;
use comity_model::kind::council::{Programme, Provided, Report};
use comity_model::paper::{Run, run};
use comity_model::stix::Id;
use comity_store::Tx;

use super::{Form, Sheet, find, noted, session};
use crate::council::claims::figure;
use crate::council::gather::{Gathering, Held, line};
use crate::council::measure;
use crate::force::in_force;
use crate::{App, AppError};

pub(super) fn write(
    sheet: &mut Sheet,
    app: &App,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    (held, programme): (&Held, &Programme),
) -> Result<Form, AppError> {
    let (claims, reports) = (gathering.all(tx, "claim")?, gathering.all(tx, "report")?);
    about(sheet, app, tx, gathering, (held, programme))?;
    let mut found: Vec<(&Held, &Report)> = of(held, &reports);
    found.sort_by_key(|(_, report)| report.year);
    let (mut rows, mut figures) = (Vec::with_capacity(found.len()), Vec::new());
    for (one, report) in &found {
        let n = sheet.cite(one, format!("Report on {}", report.year));
        rows.push(vec![run(report.year.to_string()), noted(report.title.clone(), n), run(provided(report))]);
    }
    sheet.table("Reports", &["Year", "Report", "Figures"], rows);
    for (one, report) in &found {
        figures.extend(given(one, &report.figure_refs, &claims));
    }
    table(sheet, &figures);
    sheet.list("Remarks", programme.notes.iter().map(|note| run(line(note))).collect());
    Ok(Form { name: "Programme", title: programme.title.clone() })
}

/// One report on a programme.
pub(super) fn report(
    sheet: &mut Sheet,
    app: &App,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    (held, report): (&Held, &Report),
) -> Result<Form, AppError> {
    let (programmes, claims) = (gathering.all(tx, "programme")?, gathering.all(tx, "claim")?);
    sheet.uses(held);
    sheet.text(format!("Report on the year {}. Figures: {}.", report.year, provided(report)));
    if let Some(claim) = report.claim_ref.as_ref().and_then(|id| find(&claims, id.as_str(), &held.origin)) {
        let n = sheet.cite(claim, "The claim that this report was given");
        sheet.list("That it was given is known from", vec![noted(claim.title(), n)]);
    }
    table(sheet, &given(held, &report.figure_refs, &claims));
    if let Some(of) = find(&programmes, report.programme_ref.as_str(), &held.origin)
        && let Kind::Programme(programme) = &of.kind
    {
        sheet.heading(&programme.title);
        about(sheet, app, tx, gathering, (of, programme))?;
    }
    sheet.list("Remarks", report.notes.iter().map(|note| run(line(note))).collect());
    Ok(Form { name: "Report on a programme", title: report.title.clone() })
}

/// What a programme says of itself, as far as it can be followed here, and its measures.
fn about(
    sheet: &mut Sheet,
    app: &App,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    (held, programme): (&Held, &Programme),
) -> Result<(), AppError> {
    sheet.uses(held);
    let measures = gathering.all(tx, "measure")?;
    let force = in_force(app, tx)?;
    let seen = measure::programme(app, tx, &force, (&mut *gathering, &measures), held, programme)?;
    for decision in session::deciding(app, tx, &force, gathering, (held, programme.decision_ref.as_ref()))? {
        sheet.uses(&decision);
    }
    let years: Vec<String> = seen.years.iter().map(ToString::to_string).collect();
    let by = seen.decision.map(|decision| format!(", by {decision}")).unwrap_or_default();
    let stated = seen.stated.map(|stated| format!("; {stated}")).unwrap_or_default();
    sheet.text(format!("Programme for {}. It is {}{by}{stated}.", years.join(", "), seen.status));
    if let Some(words) = &programme.words {
        sheet.text(format!("It is called: {}", line(words)));
    }
    let named: Vec<Held> = seen
        .measures
        .iter()
        .filter_map(|one| measures.iter().find(|held| held.place == one.place))
        .cloned()
        .collect();
    session::measures(sheet, app, tx, gathering, &named)
}

/// A programme within the paper of a session: its heading, and which reports on it there are.
pub(super) fn lines(sheet: &mut Sheet, held: &Held, reports: &[Held]) {
    let Kind::Programme(programme) = &held.kind else { return };
    let n = sheet.cite(held, format!("Programme: {}", programme.title));
    let mut lines: Vec<Run> = Vec::new();
    if let Some(words) = &programme.words {
        lines.push(noted(format!("called {}", line(words)), n));
    } else {
        lines.push(noted(programme.title.clone(), n));
    }
    for (one, report) in of(held, reports) {
        let n = sheet.cite(one, format!("Report on {}", report.year));
        lines.push(noted(format!("{}: {}", report.title, provided(report)), n));
    }
    sheet.list(&format!("Programme: {}", programme.title), lines);
}

/// The reports on a programme.
fn of<'a>(programme: &Held, reports: &'a [Held]) -> Vec<(&'a Held, &'a Report)> {
    reports
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::Report(report) if report.programme_ref.as_str() == programme.place.id => {
                Some((one, report))
            }
            _ => None,
        })
        .collect()
}

fn provided(report: &Report) -> String {
    match report.provided {
        Provided::NotProvided => "not provided".to_owned(),
        Provided::Figures if report.figure_refs.len() == 1 => "1 is given".to_owned(),
        Provided::Figures => format!("{} are given", report.figure_refs.len()),
    }
}

/// The claims that a report names.
fn given<'a>(report: &Held, ids: &[Id], claims: &'a [Held]) -> Vec<&'a Held> {
    ids.iter().filter_map(|id| find(claims, id.as_str(), &report.origin)).collect()
}

/// The figures that claims give, each with whose it is and whether it can be traced.
fn table(sheet: &mut Sheet, given: &[&Held]) {
    let mut rows = Vec::with_capacity(given.len());
    for held in given {
        let Kind::Claim(claim) = &held.kind else { continue };
        let n = sheet.cite(held, format!("Claim on {}", claim.topic));
        let (number, stamp) = match &claim.quantity {
            Some(quantity) => (figure(quantity), trace::stamp(&trace::missing_of(quantity))),
            None => ("no figure".to_owned(), String::new()),
        };
        rows.push(vec![noted(number, n), run(stamp), run(claim.chain()), run(claim.words.text.clone())]);
    }
    sheet.table("Figures", &["Figure", "Traced", "Whose words", "Words"], rows);
}
