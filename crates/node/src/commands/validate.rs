//! `comity validate`: findings of the STIX validator over files, folders and lines. No home is needed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use comity_stix::locate::{self, Excerpt, Lines};
use comity_stix::{Document, Level, Limits, Placed, Profile, Registry, Validator, read, repair, rule};
use serde::Serialize;

use super::{Session, lines};
use crate::cli::stix as words;
use crate::cli::stix::ValidateArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::Answer;

/// Columns of a line of the source that are shown.
const COLUMNS: usize = 100;

/// One finding in a file.
#[derive(Serialize)]
struct Found {
    file: String,
    index: Option<usize>,
    id: String,
    level: Level,
    code: &'static str,
    path: String,
    message: String,
    clause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip)]
    excerpt: Option<Excerpt>,
}

#[derive(Default, Serialize)]
struct Outcome {
    files: usize,
    objects: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    /// Findings beyond the 10,000 that are kept of one document.
    omitted: usize,
    findings: Vec<Found>,
}

/// Checks every file; the answer is no when there is an error.
///
/// # Errors
/// A file or folder that cannot be read.
pub fn run(session: &Session, args: &ValidateArgs) -> Result<Answer, Failure> {
    let registry = Registry::standard();
    let profile = match args.profile {
        words::Profile::Strict => Profile::Strict,
        words::Profile::Lenient => Profile::Lenient,
    };
    let validator = Validator::new(&registry).profile(profile).least(level(args.level));
    if session.shared.json && args.files.len() == 1 && args.files.iter().all(|file| input::is_stdin(file)) {
        return by_line(&validator);
    }
    let mut outcome = Outcome::default();
    let work = Work { validator, excerpts: if session.shared.json { 0 } else { args.most } };
    for file in files(&args.files)? {
        judge(&file, &work, &mut outcome)?;
    }
    let refused = outcome.errors > 0;
    let text = describe(&outcome, args);
    Ok(Answer::facts(&outcome, text)?.refused_if(refused))
}

fn level(asked: words::Level) -> Level {
    match asked {
        words::Level::Error => Level::Error,
        words::Level::Warning => Level::Warning,
        words::Level::Note => Level::Note,
    }
}

/// The answer to one line.
#[derive(Serialize)]
struct LineAnswer {
    index: usize,
    id: Option<String>,
    valid: bool,
    findings: Vec<LineFinding>,
}

#[derive(Serialize)]
struct LineFinding {
    code: &'static str,
    level: Level,
    path: String,
    message: String,
    clause: &'static str,
}

fn by_line(validator: &Validator<'_>) -> Result<Answer, Failure> {
    let limits = Limits::default();
    lines::answer(limits.bytes, |index, line| {
        let report = match line {
            lines::Line::Whole(bytes) => validator.document(bytes, &limits),
            lines::Line::TooLong(most) => return (too_long(index, *most), false),
        };
        let valid = report.is_valid();
        let form = report.form;
        let id = Some(report.id).filter(|id| !id.is_empty());
        let findings = report.findings.into_iter().map(|placed| LineFinding {
            path: placed.path(form),
            code: placed.finding.code,
            level: placed.finding.level,
            message: placed.finding.message,
            clause: placed.finding.clause,
        });
        (LineAnswer { index, id, valid, findings: findings.collect() }, valid)
    })
}

fn too_long(index: usize, most: usize) -> LineAnswer {
    let finding = LineFinding {
        code: rule::UNREADABLE.code,
        level: Level::Error,
        path: String::new(),
        message: format!("the line is longer than {most} bytes; split the document"),
        clause: rule::UNREADABLE.clause,
    };
    LineAnswer { index, id: None, valid: false, findings: vec![finding] }
}

/// The files that were named, and those in the folders that were named, in order and each once.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for path in named {
        let listed = if !input::is_stdin(path) && path.is_dir() { walk(path)? } else { vec![path.clone()] };
        if listed.is_empty() {
            let message = format!("the folder holds no STIX file; {}; name the files", path.display());
            return Err(Failure::refused(message));
        }
        found.extend(listed.into_iter().filter(|path| seen.insert(path.clone())));
    }
    Ok(found)
}

/// The STIX files of a folder and of the folders in it, by name. Links to folders are not followed.
fn walk(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::file("the folder cannot be read", folder, &error);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        entries.push((entry.path(), entry.file_type().map_err(failed)?));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut found = Vec::new();
    for (path, kind) in entries {
        if kind.is_dir() {
            found.extend(walk(&path)?);
        } else if is_stix(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

fn is_stix(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".json", ".jsonl", ".ndjson", ".stix"].iter().any(|ending| name.ends_with(ending))
}

/// What is done with every file.
struct Work<'r> {
    validator: Validator<'r>,
    /// How many findings are shown with their lines.
    excerpts: usize,
}

fn judge(path: &Path, work: &Work<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let limits = comity_app::limits::Limits::default().stix;
    let bytes = input::read(path, limits.bytes)?;
    let file = input::name(path);
    let document = read(&bytes, &limits);
    let report = match &document {
        Ok(document) => work.validator.read_document(&bytes, document),
        Err(_) => work.validator.document(&bytes, &limits),
    };
    outcome.files = outcome.files.saturating_add(1);
    outcome.objects = outcome.objects.saturating_add(report.objects);
    outcome.errors = outcome.errors.saturating_add(report.count(Level::Error));
    outcome.warnings = outcome.warnings.saturating_add(report.count(Level::Warning));
    outcome.notes = outcome.notes.saturating_add(report.count(Level::Note));
    outcome.omitted = outcome.omitted.saturating_add(report.omitted());
    let places = (outcome.findings.len() < work.excerpts && !report.findings.is_empty()).then(|| Places {
        lines: Lines::of(&bytes),
        bytes: &bytes,
        document: document.as_ref().ok(),
    });
    for placed in report.findings {
        let shown = outcome.findings.len() < work.excerpts;
        let excerpt = places.as_ref().filter(|_| shown).and_then(|places| places.excerpt(&placed));
        outcome.findings.push(Found {
            file: file.clone(),
            index: placed.index,
            excerpt,
            id: placed.object,
            level: placed.finding.level,
            code: placed.finding.code,
            path: placed.finding.path,
            message: placed.finding.message,
            clause: placed.finding.clause,
            value: placed.finding.value,
        });
    }
    Ok(())
}

/// Where the objects of a document stand in its bytes.
struct Places<'b> {
    lines: Lines<'b>,
    bytes: &'b [u8],
    document: Option<&'b Document<'b>>,
}

impl Places<'_> {
    fn excerpt(&self, placed: &Placed) -> Option<Excerpt> {
        if let Some(offset) = placed.offset {
            return Some(self.lines.excerpt(offset..offset.saturating_add(1), COLUMNS));
        }
        let (start, object) = match placed.index {
            Some(index) => {
                let object = self.document?.items.get(index)?.bytes;
                ((object.as_ptr() as usize).saturating_sub(self.bytes.as_ptr() as usize), object)
            }
            None => (0, self.bytes),
        };
        let span = locate::mark(object, &placed.finding.steps)?;
        let shifted = start.saturating_add(span.start)..start.saturating_add(span.end);
        Some(self.lines.excerpt(shifted, COLUMNS))
    }
}

fn describe(outcome: &Outcome, args: &ValidateArgs) -> String {
    let mut text = String::new();
    for found in outcome.findings.iter().take(args.most) {
        text.push_str(&shown(found));
        text.push('\n');
    }
    let more = outcome.findings.len().saturating_sub(args.most).saturating_add(outcome.omitted);
    if more > 0 {
        text.push_str(&format!("{more} more findings; `--most` shows more, at most 10,000 of a document\n"));
    }
    let Outcome { files, objects, errors, warnings, notes, .. } = outcome;
    text.push_str(&format!("files {files}, objects {objects}, errors {errors}"));
    if args.level != words::Level::Error {
        text.push_str(&format!(", warnings {warnings}"));
    }
    if args.level == words::Level::Note {
        text.push_str(&format!(", notes {notes}"));
    }
    let offered = |found: &&Found| found.level != Level::Note && repair::OFFERED.contains(&found.code);
    let mendable = outcome.findings.iter().filter(offered).count();
    if mendable > 0 {
        text.push_str(&format!("\n`comity stix repair FILE` may mend {mendable} of them"));
    }
    text
}

/// A finding as a compiler words it: what, where, the line with a mark under the value.
fn shown(found: &Found) -> String {
    let level = found.level.name();
    let mut text = format!("{level}[{}]: {} (clause {})\n", found.code, found.message, found.clause);
    let place = match &found.excerpt {
        Some(excerpt) => format!("{}:{}:{}", found.file, excerpt.line, excerpt.column),
        None => found.file.clone(),
    };
    let object = match (found.id.is_empty(), found.index) {
        (false, _) => format!(" {}", found.id),
        (true, Some(index)) => format!(" object {index}"),
        (true, None) => String::new(),
    };
    let path = if found.path.is_empty() { String::new() } else { format!(" {}", found.path) };
    text.push_str(&format!("  --> {place}{object}{path}\n"));
    if let Some(excerpt) = &found.excerpt {
        text.push_str(&marked(excerpt));
    }
    text
}

/// A line of a source with its number, and a line of carets under the place.
pub(super) fn marked(excerpt: &Excerpt) -> String {
    let number = excerpt.line.to_string();
    let margin = " ".repeat(number.len());
    format!("{number} | {}\n{margin} | {}\n", excerpt.text, excerpt.caret)
}
