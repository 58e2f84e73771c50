//! `comity show`: one record as a sheet, a section after the other.

mod known;
mod value;

use comity_app::dossier;
use comity_app::model::Category;
use comity_app::model::kind::{
    Answer as Certainty, Assertion, Basis, Confidence, Kind, Likelihood, Statement,
};
use comity_app::sheet::{self, Sheet};
use serde_json::{Value, json};

use super::Session;
use super::record::{facts, indented, opened};
use crate::cli::record::ShowArgs;
use crate::failure::Failure;
use crate::output::{Answer, isolated, pairs};

/// A part of the sheet under its own heading.
struct Section {
    title: &'static str,
    lines: Vec<(String, String)>,
}

/// The sections in their order; each says nothing when there is nothing to say.
const SECTIONS: [fn(&Sheet) -> Section; 8] =
    [set_aside, said_by_the_record, rests_on, words_of_others, beside, changed, links, row];

/// `comity show`.
///
/// # Errors
/// Those of the use case; exit code 1 for `--raw` when the content was erased.
pub fn run(session: &Session, args: &ShowArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    if let Some(view) = comity_app::triage::look(&app, &actor, &args.record)? {
        return super::govern::waiting(&view);
    }
    let sheet = sheet::of(&app, &args.record)?;
    if args.raw {
        return sheet.view.content.map(Answer::exact).ok_or_else(|| {
            Failure::refused(format!(
                "the content of {} was erased; this node; ask its originator",
                sheet.view.id
            ))
        });
    }
    let mut text = if sheet.kind.is_some() { written(&sheet) } else { plain(&sheet) };
    print(&mut text, [duties(&sheet)]);
    let mut value = with_handling(&sheet);
    if sheet.view.state != "erased" {
        let known = dossier::of(&app, &format!("{}@{}", sheet.view.id, sheet.view.version))?;
        print(&mut text, known::sections(&known));
        if let Some(all) = value.as_object_mut() {
            all.insert("known".to_owned(), json!(known));
        }
    }
    Answer::facts(&value, text)
}

/// The sheet for programs, with its handling as an object.
fn with_handling(sheet: &Sheet) -> Value {
    let mut value = json!(sheet);
    if let (Some(all), Value::Object(row)) = (value.as_object_mut(), opened(&sheet.view)) {
        all.extend(row);
    }
    value
}

/// An object that is of no kind: what is known about it, and its bytes.
fn plain(sheet: &Sheet) -> String {
    let mut facts = facts(&sheet.view);
    if sheet.others > 0 {
        facts.push(("others", others(sheet)));
    }
    facts.extend(sheet.set_aside.iter().map(|why| ("not in use", isolated(why))));
    let content = sheet.view.content.as_deref().unwrap_or("erased");
    format!("{}\n{}", pairs(&facts), indented(content))
}

fn others(sheet: &Sheet) -> String {
    format!("{} more under this id; name one as id@version", sheet.others)
}

/// A record of a kind.
fn written(sheet: &Sheet) -> String {
    let view = &sheet.view;
    let narrowed = if view.narrowed { " narrowed" } else { "" };
    let mut text = format!(
        "{}  {}\n{}{narrowed}, {}, record of {}\n",
        sheet.word.replace('-', " ").to_uppercase(),
        isolated(&view.name),
        view.level,
        view.state,
        isolated(&view.origin)
    );
    print(&mut text, SECTIONS.map(|section| section(sheet)));
    text
}

/// Adds the sections that say something.
fn print(text: &mut String, sections: impl IntoIterator<Item = Section>) {
    for Section { title, lines } in sections {
        if lines.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{title}\n"));
        let lines: Vec<(&str, String)> =
            lines.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        for line in pairs(&lines).lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
}

fn set_aside(sheet: &Sheet) -> Section {
    let lines = sheet.set_aside.iter().map(|why| ("why".to_owned(), isolated(why))).collect();
    Section { title: "Not in use", lines }
}

fn said_by_the_record(sheet: &Sheet) -> Section {
    let mut lines = Vec::new();
    if let Some(Kind::Subject(person)) = &sheet.kind {
        let words = sheet::in_words(person.category);
        // A link makes a contact what it is; of others it is one statement among the rest.
        let link = person.link.as_ref().filter(|_| person.category == Category::Contact);
        let of = link.map(|link| format!(" of {}", link.with_ref.as_str()));
        lines.push(("category".to_owned(), format!("{words}{}", of.unwrap_or_default())));
        let under = match sheet.under_18 {
            Some(Certainty::Yes) => "yes, computed now",
            Some(Certainty::No) => "no, computed now",
            _ => "unknown",
        };
        lines.push(("under 18".to_owned(), under.to_owned()));
    }
    if let Some(kind) = &sheet.kind {
        lines.extend(value::lines(&json!(kind)));
    }
    Section { title: "What it says", lines }
}

fn rests_on(sheet: &Sheet) -> Section {
    let Some(kind) = &sheet.kind else { return Section { title: "", lines: Vec::new() } };
    let Basis { whole, parts, collected, .. } = kind.basis();
    let mut lines = vec![("as a whole".to_owned(), assertion(whole))];
    for part in parts {
        lines.push((part.selector.clone(), assertion(&part.assertion)));
    }
    if let Some(collected) = collected {
        let word = json!(collected).as_str().unwrap_or_default().replace('-', " ");
        lines.push(("collected".to_owned(), word));
    }
    Section { title: "On what it rests", lines }
}

/// Fact or assessment; how likely it is, and apart from it how sure the assessor is.
fn assertion(said: &Assertion) -> String {
    let mut text = match said.statement {
        Statement::Fact => "fact".to_owned(),
        Statement::Assessment => "assessment".to_owned(),
    };
    if let Some(likelihood) = said.likelihood {
        let (low, high) = likelihood.percent();
        text.push_str(&format!("; likelihood: {} ({low} to {high} %)", likely(likelihood)));
    }
    if let Some(confidence) = said.confidence {
        let word = match confidence {
            Confidence::Low => "low",
            Confidence::Moderate => "moderate",
            Confidence::High => "high",
        };
        text.push_str(&format!("; confidence of the assessor: {word}"));
    }
    text
}

fn likely(likelihood: Likelihood) -> String {
    json!(likelihood).as_str().unwrap_or_default().replace('-', " ")
}

fn words_of_others(sheet: &Sheet) -> Section {
    let said = sheet.kind.as_ref().map(|kind| kind.basis().said.as_slice()).unwrap_or_default();
    let lines = said
        .iter()
        .map(|one| {
            let mut speaker = isolated(&one.said_by);
            for relay in &one.relayed_by {
                speaker.push_str(&format!(", passed on by {}", isolated(relay)));
            }
            if let Some(translator) = &one.translated_by {
                speaker.push_str(&format!(", translated by {}", isolated(translator)));
            }
            (speaker, format!("\u{201c}{}\u{201d}", isolated(&one.text)))
        })
        .collect();
    Section { title: "In the words of others", lines }
}

fn beside(sheet: &Sheet) -> Section {
    let stated = &sheet.statement;
    let mut lines = Vec::new();
    // Of a person the record says it.
    if let Some(category) = stated.category.filter(|_| !matches!(sheet.kind, Some(Kind::Subject(_)))) {
        lines.push(("category of the person".to_owned(), category.to_owned()));
    }
    for (name, text) in [("purpose", &stated.purpose), ("legal basis", &stated.legal_basis)] {
        lines.extend(text.as_ref().map(|text| (name.to_owned(), isolated(text))));
    }
    lines.extend(stated.review_at.map(|at| ("review on".to_owned(), at.to_string())));
    lines.push(("grading".to_owned(), graded(sheet)));
    Section { title: "Stated beside it", lines }
}

fn graded(sheet: &Sheet) -> String {
    let grading = &sheet.statement.grading;
    if let Some(why) = &sheet.statement.capped {
        return format!(
            "{}{} ({}), whatever was stated: {why}",
            grading.source, grading.information, grading.scale
        );
    }
    if !sheet.statement.graded {
        return format!("{}{} (not graded)", grading.source, grading.information);
    }
    format!("source {}, information {}, on the scale {}", grading.source, grading.information, grading.scale)
}

fn duties(sheet: &Sheet) -> Section {
    let lines = (1..).zip(&sheet.view.duties).map(|(at, duty): (u32, _)| (at.to_string(), isolated(duty)));
    Section { title: "What binds whoever reads it", lines: lines.collect() }
}

fn changed(sheet: &Sheet) -> Section {
    let lines = sheet.change.as_ref().map(|change| {
        vec![
            ("reason".to_owned(), isolated(&change.reason)),
            ("by".to_owned(), isolated(&change.actor)),
            ("at".to_owned(), change.at.to_string()),
        ]
    });
    Section { title: "Why this version was made", lines: lines.unwrap_or_default() }
}

fn links(sheet: &Sheet) -> Section {
    let lines = sheet
        .links
        .iter()
        .map(|link| {
            let other = link.other_name.as_deref().map(isolated).unwrap_or_default();
            let at = link.other.as_deref().unwrap_or_default();
            let word = &link.name;
            let text = match link.end {
                Some("source") => format!("this {word} {other} {at}"),
                Some(_) => format!("{other} {at} {word} this"),
                None => format!("{} {} names it", link.word, isolated(&link.name)),
            };
            (link.id.clone(), format!("{} (record of {})", text.trim(), isolated(&link.origin)))
        })
        .collect();
    Section { title: "Links", lines }
}

fn row(sheet: &Sheet) -> Section {
    let view = &sheet.view;
    let mut lines = vec![
        ("record".to_owned(), view.id.clone()),
        ("version".to_owned(), view.version.clone()),
        ("collection".to_owned(), isolated(&view.collection)),
    ];
    if sheet.others > 0 {
        lines.push(("others".to_owned(), others(sheet)));
    }
    Section { title: "Where it stands", lines }
}
