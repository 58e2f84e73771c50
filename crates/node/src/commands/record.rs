//! Single records: publish, withdraw, and the questions who sees them and why.

use std::path::Path;

use comity_app::explain::{self, RecordView, Sight, View};
use comity_app::import::Input;
use comity_app::preview::Subject;
use comity_app::proposal::Outcome;
use comity_app::publish::{self, Published};
use comity_app::{App, quality, withdraw};
use comity_stix::Id;
use serde_json::{Value, json};

use super::{Session, community, handling, life, preview};
use crate::cli::record::{ExplainArgs, PublishArgs, WhoSeesArgs, WithdrawArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, isolated, pairs, table};

/// `comity publish`.
///
/// # Errors
/// Those of the use case.
pub fn publish(session: &Session, args: &PublishArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let outcome = publish::run(&app, &actor, &args.record)?;
    let text = match &outcome {
        Outcome::Done(Published { id, version }) => format!("published {id}@{version}"),
        Outcome::Pending(proposal) => community::waiting(proposal),
    };
    let quality = quality::of(&app, &args.record)?;
    let text = match quality.quality {
        Some(_) => format!("{text}\n{}", life::quality_text(&quality)),
        None => text,
    };
    Answer::facts(&outcome, text)
}

/// `comity withdraw`.
///
/// # Errors
/// Those of the use case.
pub fn withdraw(session: &Session, args: &WithdrawArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let withdrawn = withdraw::run(&app, &actor, &args.record, &args.reason)?;
    if withdrawn.is_empty() {
        return Answer::facts(&withdrawn, format!("{} was withdrawn before", args.record));
    }
    let lines: Vec<String> =
        withdrawn.iter().map(|one| format!("withdrew {}@{}", one.id, one.version)).collect();
    Answer::facts(&withdrawn, lines.join("\n"))
}

/// `comity who-sees`.
///
/// # Errors
/// Those of the use case; exit code 2 for a file without the collection it would go into.
pub fn who_sees(session: &Session, args: &WhoSeesArgs) -> Result<Answer, Failure> {
    let app = session.open_to_read()?;
    if is_record(&args.subject) {
        return seen(session, &app, args, Subject::Record(&args.subject));
    }
    let collection = args.collection.as_deref().ok_or_else(|| {
        Failure::usage(format!(
            "`{}` is no record, so it is a file to preview; command line; add --collection C",
            args.subject
        ))
    })?;
    let path = Path::new(&args.subject);
    let bytes = input::read(path, app.limits().file_bytes)?;
    let name = input::name(path);
    let input = Input {
        collection,
        name: &name,
        stated: handling::resolve(&app, &args.stated)?,
        purpose: args.stated.purpose.first().cloned(),
        legal_basis: args.basis.clone(),
        ..Input::default()
    };
    seen(session, &app, args, Subject::Document(&input, &bytes))
}

fn seen(session: &Session, app: &App, args: &WhoSeesArgs, what: Subject<'_>) -> Result<Answer, Failure> {
    if let Some(member) = &args.view {
        return preview::view(session, app, what, member);
    }
    if let Some(member) = &args.outlook {
        return preview::weigh(app, what, member);
    }
    let sights = match what {
        Subject::Record(text) => explain::who_sees(app, text)?,
        Subject::Document(input, bytes) => explain::preview(app, input, bytes)?,
    };
    let text = if args.matrix { preview::matrix(&sights) } else { describe(&sights) };
    Answer::facts(&sights, text)
}

/// Whether a text names a record: a STIX id, or `id@version`.
fn is_record(text: &str) -> bool {
    text.split_once('@').map_or(text, |(id, _)| id).parse::<Id>().is_ok()
}

/// A table for each record, under its name.
pub(super) fn describe(sights: &[Sight]) -> String {
    let same = |a: &Sight, b: &Sight| (&a.id, &a.version) == (&b.id, &b.version);
    let mut blocks = Vec::new();
    for group in sights.chunk_by(same) {
        let Some(first) = group.first() else { continue };
        let rows: Vec<[String; 5]> = group
            .iter()
            .map(|sight| {
                let key = if sight.has_key { "yes" } else { "none" };
                [
                    sight.member.clone(),
                    word(sight.view).to_owned(),
                    key.to_owned(),
                    sight.rules.join(","),
                    sight.why.clone(),
                ]
            })
            .collect();
        let title = format!("{}@{}  {}", first.id, first.version, first.name);
        let mut block = format!("{title}\n{}", table(["MEMBER", "SEES", "KEY", "RULES", "WHY"], &rows));
        for duty in &first.duties {
            block.push_str(&format!("\nwhoever reads it: {}", isolated(duty)));
        }
        blocks.push(block);
    }
    if blocks.is_empty() { "the agreement has no other member".to_owned() } else { blocks.join("\n") }
}

pub(super) fn word(view: View) -> &'static str {
    match view {
        View::Whole => "whole",
        View::Part => "part",
        View::Nothing => "nothing",
    }
}

/// `comity explain`; the answer is no when the member does not see it.
///
/// # Errors
/// Those of the use case.
pub fn explain(session: &Session, args: &ExplainArgs) -> Result<Answer, Failure> {
    let explanation = explain::to(&session.open_to_read()?, &args.record, &args.to)?;
    let sight = &explanation.sight;
    let mut lines = vec![
        explanation.answer.clone(),
        format!("sees: {}", word(sight.view)),
        format!("rules: {}", sight.rules.join(", ")),
    ];
    lines.extend(explanation.steps.iter().map(|step| format!("- {step}")));
    lines.push(preview::outlook_text(&explanation.outlook));
    let refused = sight.view == View::Nothing;
    Ok(Answer::facts(&explanation, lines.join("\n"))?.refused_if(refused))
}

/// A record for programs, with its handling as an object.
pub(super) fn opened(view: &RecordView) -> Value {
    let mut value = json!(view);
    if let (Some(fields), Ok(handling)) =
        (value.as_object_mut(), serde_json::from_str::<Value>(&view.handling))
    {
        fields.insert("handling".to_owned(), handling);
    }
    value
}

/// The level, with a mark when groups, names or dates narrow it.
pub(super) fn level(view: &RecordView) -> String {
    if view.narrowed { format!("{} narrowed", view.level) } else { view.level.clone() }
}

/// `comity handling` without a change.
///
/// # Errors
/// Those of the use case.
pub fn show_handling(session: &Session, record: &str) -> Result<Answer, Failure> {
    let (view, _) = newest(session, record)?;
    let stated: Value = serde_json::from_str(&view.handling).unwrap_or_default();
    let text = format!("{}\n{}", pairs(&facts(&view)), indented(&view.handling));
    Answer::facts(
        &json!({"id": view.id, "version": view.version, "level": view.level, "handling": stated}),
        text,
    )
}

fn newest(session: &Session, record: &str) -> Result<(RecordView, usize), Failure> {
    let mut views = explain::show(&session.open_to_read()?, record)?.into_iter();
    let first = views.next().ok_or_else(|| {
        Failure::refused(format!("there is no record `{record}`; this node; see `comity list`"))
    })?;
    Ok((first, views.len()))
}

/// The row of a record, name by name.
pub(super) fn facts(view: &RecordView) -> Vec<(&'static str, String)> {
    vec![
        ("id", view.id.clone()),
        ("version", view.version.clone()),
        ("type", view.kind.clone()),
        ("name", view.name.clone()),
        ("collection", view.collection.clone()),
        ("origin", view.origin.clone()),
        ("handling", level(view)),
        ("state", view.state.clone()),
    ]
}

/// JSON over several lines for reading; other text as it is.
pub(super) fn indented(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => format!("{value:#}"),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_told_from_a_file_by_its_form() {
        let id = "note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11";
        assert!(is_record(id));
        assert!(is_record(&format!("{id}@2026-01-01T00:00:00.000Z")));
        assert!(!is_record("note.json"));
        assert!(!is_record("-"));
        assert!(!is_record(&format!("./{id}")));
    }
}
