//! A set of claims side by side as a paper.

use comity_model::kind::Kind;
use comity_model::kind::council::ConflictSet;
use comity_model::paper::{Piece, Run, run};
use comity_store::Tx;

use super::{Form, Sheet, noted};
use crate::AppError;
use crate::council::conflict::{All, ConflictView};
use crate::council::gather::{Gathering, Held, Place};
use crate::council::session::Field;

pub(super) fn write(
    sheet: &mut Sheet,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    (held, set): (&Held, &ConflictSet),
) -> Result<Form, AppError> {
    let all = All::gathered(gathering, tx)?;
    let known = all.indexed();
    let view = all.view(held, set, &known);
    sheet.uses(held);
    sheet.text(view.heading());
    sheet.text(format!(
        "The claims stand side by side, each with whose words it is. They are not merged and not averaged. What they differ \
         in: {}.",
        view.difference
    ));
    claims(sheet, &view, &all);
    contrast(sheet, &view);
    for one in &set.session_refs {
        if let Some(session) = known.sessions.get(one.as_str(), &held.origin) {
            sheet.uses(session);
        }
    }
    let roles = view.sessions.iter().flat_map(|one| {
        one.roles.iter().map(move |role| vec![run(one.session.clone()), run(role.what), run(told(role))])
    });
    sheet.table("Roles", &["Session", "Role", "Who, and how it is known"], roles.collect());
    let silent = view.without_statement.iter();
    sheet.list("No statement in these sources", silent.map(|party| run(party.clone())).collect());
    let bearing = set.bears_on_refs.iter().filter_map(|id| known.claims.get(id.as_str(), &held.origin));
    let mut lines: Vec<Run> = Vec::new();
    for (line, claim) in view.bears_on.iter().zip(bearing) {
        lines.push(noted(
            line.clone(),
            sheet.cite(claim, "A claim on the reliability of others; it is no conflict"),
        ));
    }
    sheet.list("What bears on their reliability, and is no conflict", lines);
    sheet.list("Derived by somebody, not claimed", view.derived.iter().map(|one| run(one.clone())).collect());
    sheet.list("Remark of the editor", view.shown.iter().map(|one| run(one.clone())).collect());
    positions(sheet, held, &view, &all);
    Ok(Form { name: "Conflict set", title: view.question })
}

/// The claims: numbers first, as they are compared.
fn claims(sheet: &mut Sheet, view: &ConflictView, all: &All) {
    let mut rows = Vec::with_capacity(view.claims.len());
    for claim in &view.claims {
        let figure = match (&claim.figure, &claim.trace) {
            (Some(figure), Some(trace)) => format!("{figure} ({trace})"),
            _ => "no figure".to_owned(),
        };
        let source = claim.source.clone().unwrap_or_else(|| "not stated".into());
        let record = at(&all.claims, &claim.place);
        let document = record.and_then(|record| source_of(record, all));
        let note = record.map(|record| {
            let number = claim.place.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
            let elsewhere = if claim.elsewhere { "; not said at the session" } else { "" };
            let remarks: String = claim.notes.iter().map(|note| format!("; remark: {note}")).collect();
            let text = format!("Claim{number}, {}; source: {source}{elsewhere}{remarks}", claim.reported);
            sheet.cite_beside(record, text, document)
        });
        let words = Piece { text: claim.text.clone(), strong: false, note };
        rows.push(vec![run(figure), run(claim.chain.clone()), vec![words], run(source)]);
    }
    sheet.table("Claims", &["Figure", "Whose words", "Words", "Source"], rows);
}

/// The document that a claim is from.
fn source_of<'a>(claim: &Held, all: &'a All) -> Option<&'a Held> {
    let Kind::Claim(of) = &claim.kind else { return None };
    super::find(&all.documents, of.source.as_ref()?.document_ref.as_str(), &claim.origin)
}

fn contrast(sheet: &mut Sheet, view: &ConflictView) {
    let Some(overlap) = view.overlap else { return };
    let ratio = view.ratio.as_ref().map_or_else(
        || "There is no ratio: the numbers are not of one unit, scope and time.".to_owned(),
        |ratio| format!("The largest number divided by the smallest: {ratio}."),
    );
    sheet.heading("How far apart");
    sheet.text(format!("{ratio} Can all numbers hold: {}.", overlap.name().replace('-', " ")));
}

fn positions(sheet: &mut Sheet, set: &Held, view: &ConflictView, all: &All) {
    let mut rows = Vec::with_capacity(view.positions.len());
    for position in &view.positions {
        let by = position.by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
        let earlier = if position.on_earlier { "; of an earlier version of the set" } else { "" };
        let record = at(&all.positions, &position.place);
        let note = record.map(|record| {
            // The claim is told in the table, so its record is in the paper too.
            let text = format!("Statement of {}{by}{earlier}", position.place.origin);
            sheet.cite_beside(record, text, worked_with(set, record, all))
        });
        let what = match &position.claim {
            Some(claim) => format!("works with: {claim}"),
            None => "dissents".to_owned(),
        };
        rows.push(vec![
            run(position.place.origin.clone()),
            vec![Piece { text: what, strong: false, note }],
            run(position.reason.clone()),
        ]);
    }
    if rows.is_empty() {
        sheet.text("Nobody whose statement is here has adopted a view.");
    }
    sheet.table("What members make of it", &["Member", "View", "Reason"], rows);
}

/// The claim that a position is shown with.
fn worked_with<'a>(set: &Held, position: &Held, all: &'a All) -> Option<&'a Held> {
    let Kind::Position(position) = &position.kind else { return None };
    super::find(&all.claims, position.claim_ref.as_ref()?.as_str(), &set.origin)
}

/// The record at a place.
fn at<'a>(all: &'a [Held], place: &Place) -> Option<&'a Held> {
    all.iter().find(|held| &held.place == place)
}

/// A value with how it is known.
pub(super) fn told(field: &Field) -> String {
    let note = field.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
    match &field.value {
        None => format!("not known{note}"),
        Some(value) => format!("{value} ({}){note}", field.basis),
    }
}
