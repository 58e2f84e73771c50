//! A session with its agenda and documents as a paper.

use comity_model::kind::Kind;
use comity_model::kind::council::Session;
use comity_model::paper::{Run, run};
use comity_model::stix::Id;
use comity_store::Tx;

use super::conflict::told;
use super::{Form, Sheet, find, noted, programme};
use crate::council::decision::line as line_of;
use crate::council::gather::{Gathering, Held, line, meant};
use crate::council::{measure, session as view};
use crate::force::{InForce, in_force};
use crate::{App, AppError};

pub(super) fn write(
    sheet: &mut Sheet,
    app: &App,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    (held, session): (&Held, &Session),
) -> Result<Form, AppError> {
    let id = held.place.id.as_str();
    let bodies = gathering.all(tx, "body")?;
    let documents = gathering.all(tx, "document")?;
    sheet.uses(held);
    let named = bodies.iter().filter(|one| one.place.id == session.body_ref.as_str());
    if let Some(body) = meant(named, &held.origin) {
        sheet.uses(body);
    }
    let mut rows = vec![
        vec![run("body"), run(view::body_name(&bodies, &held.origin, session))],
        vec![run("status"), run(view::status(session))],
    ];
    rows.extend(view::fields(session).iter().map(|field| vec![run(field.what), run(told(field))]));
    if !session.speakers.is_empty() {
        rows.push(vec![run("speakers"), run(session.speakers.join(", "))]);
    }
    sheet.table("The session", &["Field", "What is known, and how"], rows);
    agenda(sheet, &gathering.naming(tx, id, "session_ref", "agenda-item")?);
    let named = gathering.naming(tx, id, "session_ref", "measure")?;
    measures(sheet, app, tx, gathering, &named)?;
    papers(sheet, "Messages to the session", (held, &session.message_refs), &documents);
    let reports = gathering.all(tx, "report")?;
    for one in gathering.naming(tx, id, "session_ref", "programme")? {
        programme::lines(sheet, &one, &reports);
    }
    let related = session.related_events.iter().map(|event| run(line(&event.words)));
    sheet.list("Around the session, no part of it", related.collect());
    claims(sheet, &gathering.naming(tx, id, "session_ref", "claim")?);
    papers(sheet, "Known from", (held, &session.source_refs), &documents);
    sheet.list("Remarks", session.notes.iter().map(|note| run(line(note))).collect());
    Ok(Form { name: "Session", title: session.title.clone() })
}

fn agenda(sheet: &mut Sheet, items: &[Held]) {
    let mut items: Vec<_> = items.iter().filter_map(|one| Some((view::item(one)?, one))).collect();
    items.sort_by_key(|(item, _)| item.number);
    let mut rows = Vec::with_capacity(items.len());
    for (item, held) in items {
        let n = sheet.cite(held, format!("Agenda item {}", item.number));
        rows.push(vec![run(item.number.to_string()), noted(item.topic, n), run(item.basis)]);
    }
    sheet.table("Agenda", &["No.", "Topic", "How it is known"], rows);
}

/// Measures as far as they can be followed here: none is adopted by being stated.
pub(super) fn measures(
    sheet: &mut Sheet,
    app: &App,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    all: &[Held],
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    let mut rows: Vec<Vec<Run>> = Vec::with_capacity(all.len());
    for held in all {
        let Kind::Measure(measure) = &held.kind else { continue };
        let seen = measure::view(app, tx, &force, gathering, held, measure)?;
        let decided = deciding(app, tx, &force, gathering, (held, measure.decision_ref.as_ref()))?;
        let n = sheet.cite_beside(held, format!("Measure: {}", measure.title), &decided);
        let by = seen.decision.map(|decision| format!(", by {decision}")).unwrap_or_default();
        let stated = seen.stated.map(|stated| format!("; {stated}")).unwrap_or_default();
        let due = seen.due.map(|due| format!("due {due}"));
        let overdue = seen.overdue.then(|| "overdue".to_owned());
        let done = seen.done_on.map(|on| format!("done on {on}"));
        let owner: Vec<String> = seen.owner.into_iter().chain(due).chain(overdue).chain(done).collect();
        rows.push(vec![
            run(format!("{}{by}{stated}", seen.status)),
            noted(seen.words, n),
            run(owner.join(", ")),
        ]);
    }
    sheet.table("Measures", &["How far", "Measure, and whose words", "Who sees to it, and by when"], rows);
    Ok(())
}

/// The records of a decision of which a paper tells the number: the newest, and the version that is followed here.
pub(super) fn deciding(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    gathering: &mut Gathering<'_>,
    (by, decision): (&Held, Option<&Id>),
) -> Result<Vec<Held>, AppError> {
    let mut found = Vec::new();
    let Some(id) = decision else { return Ok(found) };
    for held in gathering.first_of(tx, std::slice::from_ref(id), &by.origin)? {
        if let Kind::Decision(newest) = &held.kind {
            found.push(line_of(app, tx, force, gathering, (&held, newest))?.behind);
        }
        found.push(held);
    }
    Ok(found)
}

/// Documents, each with its parts in the order in which they came to be.
fn papers(sheet: &mut Sheet, heading: &str, (of, ids): (&Held, &[Id]), documents: &[Held]) {
    let mut rows = Vec::with_capacity(ids.len());
    for held in ids.iter().filter_map(|id| find(documents, id.as_str(), &of.origin)) {
        let Kind::Document(document) = &held.kind else { continue };
        let from = document.from_party.as_ref().map(view::party).unwrap_or_default();
        let sources: Vec<&Held> =
            document.source_refs.iter().filter_map(|id| find(documents, id.as_str(), &held.origin)).collect();
        let n = sheet.cite_beside(held, format!("Document: {}", document.title), sources.iter().copied());
        let sources: Vec<String> = sources.into_iter().map(Held::title).collect();
        let parts = view::parts(document);
        rows.push(vec![
            noted(document.title.clone(), n),
            run(from),
            run(sources.join("\n")),
            run(parts.join("\n")),
        ]);
    }
    sheet.table(heading, &["Document", "From", "Known from", "Its parts"], rows);
}

fn claims(sheet: &mut Sheet, all: &[Held]) {
    let mut rows = Vec::with_capacity(all.len());
    for held in all {
        let Kind::Claim(claim) = &held.kind else { continue };
        let number = held.place.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
        let n = sheet.cite(held, format!("Claim{number} on {}", claim.topic));
        rows.push(vec![run(claim.chain()), noted(claim.words.text.clone(), n)]);
    }
    sheet.table("Claims made there or in a report on it", &["Whose words", "Words"], rows);
}
