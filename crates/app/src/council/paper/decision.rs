//! A decision with its text and what members say about it, as a paper.

use comity_model::kind::council::Decision;
use comity_model::paper::{Run, run};
use comity_store::Tx;

use super::{Form, Sheet, noted};
use crate::council::decision::{Stands, answers, line};
use crate::council::gather::{Gathering, Held, meant};
use crate::force::in_force;
use crate::{App, AppError};

pub(super) fn write(
    sheet: &mut Sheet,
    app: &App,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    (held, newest): (&Held, &Decision),
) -> Result<Form, AppError> {
    let force = in_force(app, tx)?;
    // Where it stands is judged here, and not taken from whoever states it.
    let Stands { line: seen, now, behind, .. } = line(app, tx, &force, gathering, (held, newest))?;
    sheet.uses(held);
    let positions = gathering.naming(tx, &held.place.id, "on_ref", "position")?;
    let bodies = gathering.all(tx, "body")?;
    let named = bodies.iter().filter(|one| one.place.id == now.body_ref.as_str());
    let body = meant(named, &held.origin);
    if let Some(body) = body {
        sheet.uses(body);
    }
    let mut rows = Vec::new();
    let mut fact = |what: &str, value: Option<String>| {
        rows.extend(value.map(|value| vec![run(what), run(value)]));
    };
    fact("number", seen.number);
    fact("status", Some(seen.status.to_owned()));
    fact("stated and not followed", seen.stated);
    fact("body", Some(body.map_or_else(|| now.body_ref.as_str().to_owned(), Held::title)));
    fact("procedure", Some(now.procedure.name().to_owned()));
    fact("opened", now.opened.as_ref().map(|at| at.as_str().to_owned()));
    fact("silence until", seen.deadline);
    fact("closed", now.closed.as_ref().map(|at| at.as_str().to_owned()));
    fact("closed without members, because", now.not_heard_reason.clone());
    sheet.table("The decision", &["Field", "As far as it can be followed here"], rows);
    let n = sheet.cite(&behind, "The decision");
    sheet.list("Its text", vec![noted(now.text.clone(), n)]);
    let mut rows: Vec<Vec<Run>> = Vec::new();
    for answer in answers(&force, &now, newest, &positions) {
        let said = positions
            .iter()
            .find(|one| one.place.origin == answer.member && Some(&one.place.version) == answer.at.as_ref());
        let by = answer.by.map(|by| format!(", by {by}")).unwrap_or_default();
        let what = match said {
            Some(said) => noted(answer.says, sheet.cite(said, format!("Statement of {}{by}", answer.member))),
            None => run(answer.says),
        };
        let counts = if answer.counts { "counts" } else { "does not count" };
        let remarks = std::iter::once(counts).chain(answer.remarks).collect::<Vec<_>>().join("; ");
        rows.push(vec![
            run(answer.member),
            what,
            run(answer.text.unwrap_or_default()),
            run(answer.at.unwrap_or_default()),
            run(remarks),
        ]);
    }
    sheet.table("What members say", &["Member", "Says", "Words", "When", "Remarks"], rows);
    let mut lines = Vec::new();
    for one in gathering.first_of(tx, &now.decides_refs, &held.origin)? {
        let n = sheet.cite(&one, format!("What is decided about: {}", one.kind.word().replace('-', " ")));
        lines.push(noted(one.title(), n));
    }
    sheet.list("What it decides about", lines);
    Ok(Form { name: "Decision", title: newest.title.clone() })
}
