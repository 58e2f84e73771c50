//! `comity grade`, `grades`, `same`, `note`, `attachment` and `vocabulary`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use comity_app::attachment::{self, AttachmentView};
use comity_app::grade::{self, Grades};
use comity_app::model::attachment::ATTACHMENT_BYTES_MAX;
use comity_app::model::vocabulary::Wording;
use comity_app::note::{self, NoteView};
use comity_app::quality::{self, QualityView};
use comity_app::same::{self, Asking, Decided, Merged, Offers};
use comity_app::vocabulary::{self, AdoptedView};

use super::{Session, community, handling};
use crate::cli::life::{
    AttachmentAddArgs, AttachmentCommand, CheckArgs, GradeArgs, GradesArgs, NoteCommand, SameArgs,
    VocabularyAdoptArgs, VocabularyCommand,
};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, pairs, table};

/// Largest vocabulary that is read, in bytes.
const VOCABULARY_BYTES_MAX: usize = 1 << 20;

/// `comity grade`.
///
/// # Errors
/// Those of the use case.
pub fn grade(session: &Session, args: &GradeArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let grading = grade::read(&args.grade, &args.scale)?;
    let done = grade::give(&app, &actor, &args.record, &grading, &args.reason)?;
    let mut text = format!("{}@{}: {}", done.id, done.version, done.grade);
    if done.own {
        text.push_str("; everyone who has it gets the grade at the next pull");
    } else if let Some(pending) = &done.pending {
        text.push_str(&format!(
            "; it goes back to {} after:\n{}",
            done.provider,
            community::waiting(pending)
        ));
    } else if done.returned.is_some() {
        text.push_str(&format!("; it goes back to {} at its next pull", done.provider));
    } else {
        text.push_str(&format!("; {} graded it so too, so nothing goes back", done.provider));
    }
    Answer::facts(&done, text)
}

/// `comity grades`.
///
/// # Errors
/// Those of the use case.
pub fn grades(session: &Session, args: &GradesArgs) -> Result<Answer, Failure> {
    let found = grade::of(&session.open_to_read()?, &args.record)?;
    let text = grades_text(&found);
    Answer::facts(&found, text)
}

/// The grades of a record, for people.
fn grades_text(found: &Grades) -> String {
    let rows: Vec<[String; 6]> = found
        .grades
        .iter()
        .map(|one| {
            let version = if one.is_current { "this version".to_owned() } else { one.of_version.clone() };
            let member = one.member.clone();
            [
                member,
                one.grade.clone(),
                one.against.words().into(),
                version,
                one.at.clone(),
                one.reason.clone(),
            ]
        })
        .collect();
    let title = format!("{}@{}  {}", found.id, found.version, found.name);
    format!("{title}\n{}", table(["MEMBER", "GRADE", "AGAINST", "OF", "AT", "WHY"], &rows))
}

/// `comity check`; the answer is no when somebody should look at the record first.
///
/// # Errors
/// Those of the use case.
pub fn check(session: &Session, args: &CheckArgs) -> Result<Answer, Failure> {
    let found = quality::of(&session.open_to_read()?, &args.record)?;
    let text = format!("{}@{}  {}\n{}", found.id, found.version, found.name, quality_text(&found));
    let warned = !found.warnings.is_empty();
    Ok(Answer::facts(&found, text)?.refused_if(warned))
}

/// The labels of a record and what speaks against sending it, for people.
pub fn quality_text(found: &QualityView) -> String {
    let mut facts: Vec<(&str, String)> = Vec::new();
    match &found.quality {
        None => facts.push(("quality", "not a record of one of the kinds".into())),
        Some(quality) => facts.extend([
            ("accuracy", quality.accuracy.clone()),
            ("completeness", quality.completeness.clone()),
            ("reliability", quality.reliability.clone()),
            ("currency", quality.currency.clone()),
        ]),
    }
    facts.extend(found.priority.map(|priority| ("priority", priority.to_owned())));
    facts.extend(found.classification.clone().map(|mark| ("classification", mark)));
    facts.extend(found.warnings.iter().map(|warning| ("look at", warning.clone())));
    pairs(&facts)
}

/// `comity same`.
///
/// # Errors
/// Those of the use case.
pub fn same(session: &Session, args: &SameArgs) -> Result<Answer, Failure> {
    if let Some(other) = &args.other {
        let (app, actor) = session.open_as_user()?;
        let reason = args.reason.as_deref().unwrap_or_default();
        let pair = (args.record.as_str(), other.as_str());
        let decided = if args.undo {
            same::undo(&app, &actor, pair, reason)?
        } else {
            same::decide(&app, &actor, pair, args.yes, reason)?
        };
        return Answer::facts(&decided, decided_text(&decided));
    }
    let (app, actor) = session.open_as_user()?;
    let asking = Asking {
        record: &args.record,
        all: args.all,
        purpose: args.purpose.as_deref(),
        basis: args.basis.as_deref(),
    };
    if args.merged {
        let merged = same::merged(&app, &actor, &asking)?;
        let text = merged_text(&merged);
        return Answer::facts(&merged, text);
    }
    let offers = same::offers(&app, &actor, &asking)?;
    let text = offers_text(&offers);
    Answer::facts(&offers, text)
}

fn decided_text(one: &Decided) -> String {
    let verdict = if one.same { "the same" } else { "not the same" };
    let undone = one.undone.as_ref().map(|how| format!("; undone {how}")).unwrap_or_default();
    format!("{}: {verdict}, says {} at {}: {}{undone}", one.other, one.by, one.at, one.reason)
}

fn offers_text(found: &Offers) -> String {
    let mut lines = vec![format!("{}  {}: compared with {} records", found.id, found.name, found.compared)];
    if found.is_cut {
        lines.push("there are more records of persons and groups: only the newest were compared".into());
    }
    if found.offers.is_empty() {
        lines.push("nothing is offered".into());
    }
    for offer in &found.offers {
        if offer.hit_only {
            let what = "a record of";
            lines.push(format!("\npossibly the same: {}: {what} {}, ask it", offer.id, offer.origin));
        } else {
            lines.push(format!("\npossibly the same: {}  {}  ({})", offer.id, offer.name, offer.origin));
        }
        lines.extend(offer.reasons.iter().map(|reason| format!("  - {reason}")));
        lines.extend(offer.against.iter().map(|reason| format!("  against: {reason}")));
        lines.extend(offer.decided.iter().map(|one| format!("  decided: {}", decided_text(one))));
    }
    lines.join("\n")
}

fn merged_text(found: &Merged) -> String {
    let rows: Vec<[String; 7]> = found
        .statements
        .iter()
        .map(|one| {
            [
                one.property.clone(),
                one.value.clone(),
                one.statement.to_owned(),
                one.origin.clone(),
                one.grade.clone(),
                one.level.clone(),
                one.id.clone(),
            ]
        })
        .collect();
    let mut text = table(["PROPERTY", "VALUE", "AS", "ORIGIN", "GRADE", "HANDLING", "RECORD"], &rows);
    for one in &found.decisions {
        text.push_str(&format!("\n{}", decided_text(one)));
    }
    text
}

/// `comity note`.
///
/// # Errors
/// Those of the use case.
pub fn note(session: &Session, command: &NoteCommand) -> Result<Answer, Failure> {
    match command {
        NoteCommand::Add(args) => {
            let (app, actor) = session.open_as_user()?;
            let kept = note::add(&app, &actor, &args.record, &args.text)?;
            Answer::facts(&kept, format!("kept {} on {}; it never leaves this node", kept.note, kept.record))
        }
        NoteCommand::List(args) => {
            let found = note::list(&session.open_to_read()?, args.record.as_deref())?;
            let text = notes_text(&found);
            Answer::facts(&found, text)
        }
        NoteCommand::Remove(args) => {
            let (app, actor) = session.open_as_user()?;
            let gone = note::remove(&app, &actor, &args.note)?;
            Answer::facts(&gone, format!("deleted {}", gone.note))
        }
    }
}

fn notes_text(found: &[NoteView]) -> String {
    if found.is_empty() {
        return "no notes".into();
    }
    let rows: Vec<[String; 5]> = found
        .iter()
        .map(|one| [one.at.clone(), one.by.clone(), one.record.clone(), one.text.clone(), one.note.clone()])
        .collect();
    table(["AT", "BY", "RECORD", "TEXT", "NOTE"], &rows)
}

/// `comity attachment`.
///
/// # Errors
/// Those of the use case; exit code 3 for a file that cannot be read.
pub fn attachment(session: &Session, command: &AttachmentCommand) -> Result<Answer, Failure> {
    match command {
        AttachmentCommand::Add(args) => attach(session, args),
        AttachmentCommand::List(args) => {
            let found = attachment::of(&session.open_to_read()?, &args.record)?;
            let text = files_text(&found);
            Answer::facts(&found, text)
        }
        AttachmentCommand::Get(args) => {
            let (view, bytes) = attachment::get(&session.open_to_read()?, &args.attachment)?;
            if session.wants_json() {
                return Answer::facts(&view, "");
            }
            Ok(Answer::exact(bytes))
        }
    }
}

fn attach(session: &Session, args: &AttachmentAddArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = raw(&args.file)?;
    let added = attachment::add(&app, &actor, &args.record, (&name, args.title.as_deref()), &bytes)?;
    let mut text =
        format!("attached {} ({}, {} bytes) as {}", added.name, added.mime_type, added.size, added.id);
    if let Some(pending) = &added.pending {
        text = format!("{text}\n{}", community::waiting(pending));
    }
    Answer::facts(&added, text)
}

/// A file as it is: nothing is decompressed. One byte more than is taken is read, and no further.
fn raw(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file("the file cannot be read", path, &error);
    let most = u64::try_from(ATTACHMENT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn files_text(found: &[AttachmentView]) -> String {
    if found.is_empty() {
        return "no attachments".into();
    }
    let rows: Vec<[String; 7]> = found
        .iter()
        .map(|one| {
            [
                one.name.clone(),
                one.title.clone(),
                one.mime_type.clone(),
                one.size.to_string(),
                one.level.clone(),
                one.state.clone(),
                one.id.clone(),
            ]
        })
        .collect();
    table(["FILE", "TITLE", "TYPE", "BYTES", "HANDLING", "STATE", "ATTACHMENT"], &rows)
}

/// `comity vocabulary`.
///
/// # Errors
/// Those of the use case.
pub fn vocabulary(session: &Session, command: &VocabularyCommand) -> Result<Answer, Failure> {
    match command {
        VocabularyCommand::Adopt(args) => adopt(session, args),
        VocabularyCommand::List => {
            let found = vocabulary::list(&session.open_to_read()?)?;
            let rows: Vec<[String; 7]> = found.iter().map(listed).collect();
            let text = if rows.is_empty() {
                "nothing is adopted".to_owned()
            } else {
                table(["NAME", "WHAT", "VERSION", "TERMS", "ADOPTED", "ORIGIN", "RECORD"], &rows)
            };
            Answer::facts(&found, text)
        }
        VocabularyCommand::Show(args) => {
            let found = vocabulary::show(&session.open_to_read()?, &args.name, args.version)?;
            let blocks: Vec<String> =
                found.iter().map(|one| version_text(one, args.language.as_deref())).collect();
            Answer::facts(&found, blocks.join("\n"))
        }
        VocabularyCommand::Cited(args) => {
            let language = args.language.as_deref();
            let found = vocabulary::of(&session.open_to_read()?, &args.record, language)?;
            let rows: Vec<[String; 4]> = found
                .iter()
                .map(|one| {
                    let label = one.label.as_ref().map_or_else(|| "not known here".to_owned(), wording);
                    [one.term.clone(), label, one.vocabulary.clone(), one.version.to_string()]
                })
                .collect();
            let text = if rows.is_empty() {
                "it cites no term".to_owned()
            } else {
                table(["TERM", "MEANS", "VOCABULARY", "VERSION"], &rows)
            };
            Answer::facts(&found, text)
        }
    }
}

fn adopt(session: &Session, args: &VocabularyAdoptArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let text = input::read_text(&args.file, VOCABULARY_BYTES_MAX)?;
    let stated = handling::resolve(&app, &args.stated)?;
    let adopted = vocabulary::adopt(&app, &actor, &args.collection, &stated, &text)?;
    let mut text = format!(
        "adopted {} version {} with {} terms as {}",
        adopted.name,
        adopted.version,
        adopted.terms.len(),
        adopted.id
    );
    if let Some(pending) = &adopted.pending {
        text = format!("{text}\n{}", community::waiting(pending));
    }
    Answer::facts(&adopted, text)
}

fn decision(one: &AdoptedView) -> String {
    format!("{} {}, {}", one.adopted.body, one.adopted.number, one.adopted.date)
}

fn listed(one: &AdoptedView) -> [String; 7] {
    [
        one.name.clone(),
        one.what.to_owned(),
        one.version.to_string(),
        one.terms.len().to_string(),
        decision(one),
        one.origin.clone(),
        one.id.clone(),
    ]
}

fn version_text(one: &AdoptedView, language: Option<&str>) -> String {
    let rows: Vec<[String; 2]> = one
        .terms
        .iter()
        .map(|term| {
            let label = vocabulary::in_language(&term.labels, language).map(wording);
            [term.code.clone(), label.unwrap_or_default()]
        })
        .collect();
    let title = format!(
        "{} version {} ({}), adopted by {}, kept by {}",
        one.name,
        one.version,
        one.what,
        decision(one),
        one.origin
    );
    format!("{title}\n{}", table(["CODE", "MEANS"], &rows))
}

/// A wording with its language, and who translated it.
fn wording(one: &Wording) -> String {
    match &one.translated_by {
        None => format!("{} ({}, as adopted)", one.text, one.language),
        Some(by) => format!("{} ({}, translated by {by})", one.text, one.language),
    }
}
