//! `comity import`: one file after the other, a bar on a terminal, one line of counts at the end.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use comity_app::import::{self, Input, Rejected, Summary};
use comity_app::misp::NotTaken;
use comity_app::model::{Priority, Stated};
use comity_app::{Actor, App};
use serde::Serialize;

use super::handling::resolve;
use super::{Session, shown};
use crate::cli::record::ImportArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::Answer;
use crate::progress::Progress;

/// Reasons of refusal printed when no file for them was named.
const REASONS_SHOWN: usize = 10;

/// A refused object and the file it stands in.
#[derive(Serialize)]
struct Refusal {
    file: String,
    #[serde(flatten)]
    rejected: Rejected,
}

/// A part of a MISP event that has no place in the records, and the file it stands in.
#[derive(Serialize)]
struct Lost {
    file: String,
    /// The path in the event.
    misp: String,
    what: String,
    why: String,
}

/// The counts of all files together.
#[derive(Default, Serialize)]
struct Total {
    accepted: usize,
    unchanged: usize,
    changed: usize,
    held: usize,
    warnings: usize,
    rejected: Vec<Refusal>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_taken: Vec<Lost>,
    proposals: Vec<String>,
    seconds: f64,
}

/// Imports the files; the answer is no when an object was refused.
///
/// # Errors
/// A file that cannot be read at all, or an import that may not be done. What came before it stays.
pub fn run(session: &Session, args: &ImportArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let stated = resolve(&app, &args.stated)?;
    let begun = Instant::now();
    let mut total = Total::default();
    for path in &args.files {
        let summary = one(&app, &actor, args, stated.clone(), path)?;
        total.add(&input::name(path), summary);
    }
    total.seconds = begun.elapsed().as_secs_f64();
    if let Some(path) = &args.rejects {
        write_reasons(path, &total.rejected, &total.not_taken)?;
    } else if !session.shared.json {
        print_reasons(&total.rejected);
    }
    let refused = !total.rejected.is_empty();
    let text = total.describe(args.rejects.as_deref());
    Ok(Answer::facts(&total, text)?.refused_if(refused))
}

fn one(app: &App, actor: &Actor, args: &ImportArgs, stated: Stated, path: &Path) -> Result<Summary, Failure> {
    let name = input::name(path);
    let bytes = input::read(path, app.limits().file_bytes)?;
    let input = Input {
        collection: &args.collection,
        name: &name,
        stated,
        purpose: args.stated.purpose.first().cloned(),
        legal_basis: args.basis.clone(),
        priority: Priority::ALL.into_iter().find(|one| Some(one.name()) == args.priority.as_deref()),
        classified: args.classified.clone(),
        draft: args.draft,
        reason: args.reason.clone(),
        review_at: args.review.as_deref().map(|text| super::govern::time("--review", text)).transpose()?,
        ..Input::default()
    };
    let bar = Progress::start(&name);
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Ok(import::run(app, actor, &input, &bytes, &mut |at| bar.set(count(at.done), Some(count(at.total))))?)
}

impl Total {
    fn add(&mut self, file: &str, summary: Summary) {
        self.accepted = self.accepted.saturating_add(summary.accepted);
        self.unchanged = self.unchanged.saturating_add(summary.unchanged);
        self.changed = self.changed.saturating_add(summary.changed);
        self.held = self.held.saturating_add(summary.held);
        self.warnings = self.warnings.saturating_add(summary.warnings);
        let named = |rejected| Refusal { file: file.to_owned(), rejected };
        self.rejected.extend(summary.rejected.into_iter().map(named));
        let lost = |NotTaken { path, what, why }| Lost { file: file.to_owned(), misp: path, what, why };
        self.not_taken.extend(summary.not_taken.into_iter().map(lost));
        self.proposals.extend(summary.proposals.into_iter().map(|proposal| proposal.id));
    }

    /// The one line of counts, and a line for each proposal that waits.
    fn describe(&self, rejects: Option<&Path>) -> String {
        let reasons = match rejects {
            Some(path) if !self.rejected.is_empty() => format!(" (reasons in {})", shown(path)),
            _ => String::new(),
        };
        let lost = match (self.not_taken.len(), rejects) {
            (0, _) => String::new(),
            (many, Some(path)) => format!(", not taken {many} (listed in {})", shown(path)),
            (many, None) => format!(", not taken {many} (--rejects FILE lists them)"),
        };
        let mut text = format!(
            "accepted {}, unchanged {}, handling changed {}, held {}, rejected {}{reasons}{lost} in {:.1} s",
            self.accepted,
            self.unchanged,
            self.changed,
            self.held,
            self.rejected.len(),
            self.seconds
        );
        for id in &self.proposals {
            text.push_str(&format!("\nwaits for a second person: comity approve {id} --as USER"));
        }
        text
    }
}

/// One JSON object a line; an earlier file of that name is replaced, so that it never tells of another import.
fn write_reasons(path: &Path, refusals: &[Refusal], lost: &[Lost]) -> Result<(), Failure> {
    let lines = refusals.iter().map(serde_json::to_vec).chain(lost.iter().map(serde_json::to_vec));
    let mut text = Vec::new();
    for line in lines {
        text.extend(
            line.map_err(|error| {
                Failure::environment(format!("a reason cannot be written as JSON; {error}"))
            })?,
        );
        text.push(b'\n');
    }
    std::fs::write(path, text).map_err(|error| Failure::file("the reasons cannot be written", path, &error))
}

fn print_reasons(refusals: &[Refusal]) {
    let mut err = std::io::stderr().lock();
    for Refusal { file, rejected } in refusals.iter().take(REASONS_SHOWN) {
        let Rejected { index, id, reason, .. } = rejected;
        let line = format!("rejected: {file}: object {index} {id}: {reason}");
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(err, "{}", crate::output::visible(&line));
    }
    let more = refusals.len().saturating_sub(REASONS_SHOWN);
    if more > 0 {
        let _ = writeln!(err, "rejected: {more} more; --rejects FILE writes them all");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_counts_names_the_file_of_reasons_only_when_there_are_reasons() {
        let mut total = Total { accepted: 2, seconds: 0.25, ..Total::default() };
        let file = Some(Path::new("r.jsonl"));
        let line = "accepted 2, unchanged 0, handling changed 0, held 0, rejected 0 in 0.2 s";
        assert_eq!(total.describe(file), line);
        let rejected = Rejected { index: 1, id: String::new(), reason: "no id".to_owned() };
        total.add("a.json", Summary { rejected: vec![rejected], ..Summary::default() });
        assert!(total.describe(file).contains("rejected 1 (reasons in r.jsonl) in"));
    }

    #[test]
    fn reasons_stand_one_a_line_with_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let rejected = |index| Rejected { index, id: "x".to_owned(), reason: "two\nlines".to_owned() };
        let refusals = [0, 7].map(|index| Refusal { file: "a.json".to_owned(), rejected: rejected(index) });
        write_reasons(&path, &refusals, &[]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(
            text.ends_with("{\"file\":\"a.json\",\"index\":7,\"id\":\"x\",\"reason\":\"two\\nlines\"}\n"),
            "{text}"
        );
    }
}
