//! `comity stix`: differences, identifiers, lifting, repair and the rules. No home is needed.

use std::io::Write as _;
use std::path::Path;

use comity_stix::diff::{self, DocumentDiff, Kind, Version};
use comity_stix::{
    Derived, Document, Form, Limits, Object, ReadError, Registry, Value, lift, observable, read, repair, rule,
};
use serde::Serialize;

use super::{Session, lines};
use crate::cli::stix::{StixCommand, StixDiffArgs, StixFileArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, table, visible};

/// Runs a command about STIX objects.
///
/// # Errors
/// A file that cannot be read, or that holds no STIX document.
pub fn run(session: &Session, command: &StixCommand) -> Result<Answer, Failure> {
    match command {
        StixCommand::Diff(args) => compare(args),
        StixCommand::Id(args) => identify(session, args),
        StixCommand::Lift(args) => lifted(session, args),
        StixCommand::Repair(args) => repaired(session, args),
        StixCommand::Rules => rules(),
    }
}

/// The bytes of a file.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    input::read(path, comity_app::limits::Limits::default().stix.bytes)
}

fn objects_of(document: Document<'_>) -> Vec<Object<'_>> {
    document.items.into_iter().filter_map(|item| item.object.ok()).collect()
}

fn compare(args: &StixDiffArgs) -> Result<Answer, Failure> {
    let (first, second) = (bytes_of(&args.first)?, bytes_of(&args.second)?);
    let a = objects_of(document_of(&args.first, &first)?);
    let b = objects_of(document_of(&args.second, &second)?);
    let found = diff::documents(&a, &b);
    let differs = !found.is_empty();
    let text = describe(&found);
    Ok(Answer::facts(&found, text)?.refused_if(differs))
}

/// The identifier of one observable, or why there is none.
#[derive(Serialize)]
struct Identified {
    index: usize,
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Identified {
    fn of(index: usize, object: Result<&Object<'_>, String>) -> Self {
        let derived = object.and_then(|object| {
            observable::id_of(object.value()).map_err(|error| error.to_string()).map(|id| (id, object.kind()))
        });
        let (id, error) = match derived {
            Ok((Derived::Id(id), _)) => (Some(id.to_string()), None),
            Ok((Derived::Random, _)) => (
                None,
                Some("nothing contributes to the identifier; use a random UUID (version 4)".to_owned()),
            ),
            Ok((_, kind)) => {
                (None, Some(format!("{kind:?} is no observable of the standard; use a random UUID")))
            }
            Err(error) => (None, Some(error)),
        };
        Self { index, id, error }
    }
}

fn identify(session: &Session, args: &StixFileArgs) -> Result<Answer, Failure> {
    let limits = Limits::default();
    if session.shared.json && input::is_stdin(&args.file) {
        return lines::answer(limits.bytes, |index, line| {
            let answer = match line {
                lines::Line::Whole(bytes) => {
                    let object = Object::parse(bytes, &limits).map_err(|error| error.to_string());
                    Identified::of(index, object.as_ref().map_err(Clone::clone))
                }
                lines::Line::TooLong(most) => {
                    Identified::of(index, Err(format!("the line is longer than {most} bytes")))
                }
            };
            let yes = answer.id.is_some();
            (answer, yes)
        });
    }
    let bytes = bytes_of(&args.file)?;
    let answers: Vec<Identified> = document_of(&args.file, &bytes)?
        .items
        .iter()
        .filter_map(|item| Some(Identified::of(item.index, Ok(item.object.as_ref().ok()?))))
        .collect();
    let refused = answers.iter().any(|answer| answer.id.is_none());
    let line = |answer: &Identified| match (&answer.id, &answer.error) {
        (Some(id), _) => id.clone(),
        (None, error) => format!("object {}: {}", answer.index, error.as_deref().unwrap_or_default()),
    };
    let text = answers.iter().map(line).collect::<Vec<_>>().join("\n");
    Ok(Answer::facts(&answers, text)?.refused_if(refused))
}

/// A document that was made from another, with what was changed on the way.
#[derive(Serialize)]
struct Made<'d> {
    document: &'d [Value<'static>],
    changes: &'d [Change],
}

/// One change, in the words that both commands share.
#[derive(Serialize)]
struct Change {
    object: String,
    path: String,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

fn lifted(session: &Session, args: &StixFileArgs) -> Result<Answer, Failure> {
    let bytes = bytes_of(&args.file)?;
    let document = document_of(&args.file, &bytes)?;
    let lifted = lift::lift_document(&document);
    let changes: Vec<Change> = lifted
        .changes
        .into_iter()
        .map(|change| Change {
            object: change.object,
            path: change.path,
            code: change.what.code(),
            message: change.message,
            from: change.from.map(|value| written(&value)),
            to: change.to.map(|value| written(&value)),
        })
        .collect();
    made(session, &document, lifted.objects, &changes)
}

fn repaired(session: &Session, args: &StixFileArgs) -> Result<Answer, Failure> {
    let bytes = bytes_of(&args.file)?;
    let document = document_of(&args.file, &bytes)?;
    let registry = Registry::standard();
    let (mut objects, mut changes) = (Vec::new(), Vec::new());
    for item in &document.items {
        let object = item.object.as_ref().map_err(|error| unreadable(&args.file, item.index, error))?;
        let id = object.id().map(|id| id.to_string()).unwrap_or_default();
        let view = repair::view(object, &registry);
        changes.extend(view.changes.into_iter().map(|change| Change {
            object: id.clone(),
            path: change.path,
            code: change.code,
            message: change.message,
            from: change.from,
            to: change.to,
        }));
        objects.push(Value::Object(view.value));
    }
    made(session, &document, objects, &changes)
}

fn unreadable(path: &Path, index: usize, error: &ReadError) -> Failure {
    Failure::refused(format!("not a STIX document; {}, object {index}; {error}", input::name(path)))
}

fn document_of<'b>(path: &Path, bytes: &'b [u8]) -> Result<Document<'b>, Failure> {
    let document = read(bytes, &comity_app::limits::Limits::default().stix)
        .map_err(|error| Failure::refused(format!("not a STIX document; {}; {error}", input::name(path))))?;
    match document.items.iter().find_map(|item| Some((item.index, item.object.as_ref().err()?))) {
        Some((index, error)) => Err(unreadable(path, index, error)),
        None => Ok(document),
    }
}

/// A bundle for a bundle; else one object a line. The changes go to standard error, or with the document into one JSON
/// value.
fn made(
    session: &Session,
    document: &Document<'_>,
    objects: Vec<Value<'static>>,
    changes: &[Change],
) -> Result<Answer, Failure> {
    let whole = match (&document.form, &document.container) {
        (Form::Bundle, Ok(container)) => {
            let mut bundle = container.clone().into_owned();
            bundle.remove("spec_version");
            if document.listed {
                bundle.insert("objects", Value::Array(objects));
            }
            vec![Value::Object(bundle)]
        }
        _ => objects,
    };
    if session.shared.json {
        return Ok(Answer::exact(line_of(&Made { document: &whole, changes })?));
    }
    let mut said = std::io::stderr().lock();
    for change in changes {
        let place = if change.path.is_empty() { String::new() } else { format!(" {}", change.path) };
        let line = format!("{}: {}{place}: {}", change.code, change.object, change.message);
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(said, "{}", visible(&line));
    }
    let lines: Result<Vec<Vec<u8>>, Failure> = whole.iter().map(line_of).collect();
    Ok(Answer::exact(lines?.concat()))
}

fn line_of<T: Serialize>(value: &T) -> Result<Vec<u8>, Failure> {
    let mut line = serde_json::to_vec(value)
        .map_err(|error| Failure::environment(format!("the answer cannot be written as JSON; {error}")))?;
    line.push(b'\n');
    Ok(line)
}

fn written(value: &Value<'_>) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn rules() -> Result<Answer, Failure> {
    let rows: Vec<[String; 5]> = rule::ALL
        .iter()
        .map(|rule| {
            let lenient = if rule.level == rule.lenient { "" } else { rule.lenient.name() };
            [rule.code, rule.level.name(), lenient, rule.clause, rule.summary].map(str::to_owned)
        })
        .collect();
    Answer::facts(rule::ALL, table(["CODE", "LEVEL", "LENIENT", "CLAUSE", "RULE"], &rows))
}

/// Both sides by object, then each difference by property.
fn describe(found: &DocumentDiff) -> String {
    let mut text = String::new();
    let one = |version: &Version| match &version.version {
        Some(time) => format!("{} {}", version.id, time.as_str()),
        None => version.id.clone(),
    };
    for version in &found.only_a {
        text.push_str(&format!("- {}\n", one(version)));
    }
    for version in &found.only_b {
        text.push_str(&format!("+ {}\n", one(version)));
    }
    for changed in &found.changed {
        let versions = match (&changed.a.version, &changed.b.version) {
            (Some(a), Some(b)) if a != b => format!(" {} -> {}", a.as_str(), b.as_str()),
            (Some(a), _) => format!(" {}", a.as_str()),
            (None, _) => String::new(),
        };
        text.push_str(&format!("~ {}{versions}\n", changed.id));
        for difference in &changed.differences {
            let value = |value: &Option<Value<'static>>| value.as_ref().map(written).unwrap_or_default();
            let (from, to) = (value(&difference.from), value(&difference.to));
            let line = match difference.kind {
                Kind::Added => format!("    + {}: {to}\n", difference.path),
                Kind::Removed => format!("    - {}: {from}\n", difference.path),
                Kind::Changed => format!("    ~ {}: {from} -> {to}\n", difference.path),
                Kind::Representation => {
                    format!("    = {}: {from} -> {to} (means the same)\n", difference.path)
                }
            };
            text.push_str(&line);
        }
    }
    let counts = [
        ("only in A", found.only_a.len()),
        ("only in B", found.only_b.len()),
        ("changed", found.changed.len()),
    ];
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
    text.push_str(&format!("{}, same {}", counts.join(", "), found.same));
    text
}
