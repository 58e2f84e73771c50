//! `comity policy prove`: what the rules promise, and a request that breaks the promise where there is one.

use std::path::Path;

use comity_app::activate;
use comity_app::policy::rules::LOCAL_BYTES_MAX;
use comity_app::proof::{self, INVARIANT_FILES_MAX, INVARIANTS_BYTES_MAX, Means, Own};
use comity_app::prover::{Failure as Break, Outcome, Question, Report, Stated, Subject, Unanswered, Verdict};
use serde_json::json;

use super::{Session, shown};
use crate::cli::policy::PolicyProveArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, pairs, table};

/// Proves, and answers no when something is not proved.
///
/// # Errors
/// Those of the use case; exit code 3 without a solver.
pub fn run(session: &Session, args: &PolicyProveArgs) -> Result<Answer, Failure> {
    // A set of its own needs no home; where one is named, its invariants hold for that set, too.
    let kept = if args.set.is_none() || session.home().is_ok() {
        Some(activate::rules(&session.open()?)?)
    } else {
        None
    };
    let local = match &args.set {
        Some(file) => input::read_text(file, LOCAL_BYTES_MAX)?,
        None => kept.as_ref().map(|rules| rules.local.clone()).unwrap_or_default(),
    };
    let own = match &args.invariants {
        Some(folder) => read_folder(folder)?,
        None => kept.map(|rules| rules.invariants).unwrap_or_default(),
    };
    let Means { solver, limits } = args.solver.means();
    answer(&proof::run(&local, &own, solver.as_deref(), limits)?)
}

/// The answer to a run of proofs: no when something that counts is not proved.
pub(super) fn answer(report: &Report) -> Result<Answer, Failure> {
    let facts = json!({"proved": !report.blocks(), "report": report});
    Ok(Answer::facts(&facts, text(report))?.refused_if(report.blocks()))
}

/// The `*.cedar` files of a folder, by name.
pub(super) fn read_folder(folder: &Path) -> Result<Own, Failure> {
    let failed = |error: std::io::Error| Failure::file("the invariants cannot be read", folder, &error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "cedar") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() || paths.len() > INVARIANT_FILES_MAX {
        return Err(Failure::refused(format!(
            "{} files *.cedar with invariants, 1 to {INVARIANT_FILES_MAX} are read; {}; name another folder",
            paths.len(),
            shown(folder)
        )));
    }
    let read = paths.iter().map(|path| Ok((shown(path), input::read_text(path, INVARIANTS_BYTES_MAX)?)));
    read.collect()
}

fn text(report: &Report) -> String {
    let proved = report.outcomes.iter().filter(|outcome| outcome.verdict.holds()).count();
    let rows: Vec<[String; 5]> = report.invariants.iter().map(|stated| row(report, stated)).collect();
    let heading = ["INVARIANT", "ANY LOCAL POLICIES", "THESE POLICIES", "MS", "SAYS"];
    let mut text = table(heading, &rows);
    text.push('\n');
    text.push_str(&pairs(&[
        ("solver", report.solver.clone()),
        ("guards", report.guards.clone()),
        ("policies", report.policies.clone().unwrap_or_default()),
        ("questions", format!("{} asked in {} ms, {proved} proved", report.outcomes.len(), report.wall_ms)),
        ("rules", rules_line(report)),
    ]));
    for outcome in report.open() {
        text.push('\n');
        text.push_str(&open_text(report, outcome));
    }
    let verdict = if report.blocks() {
        "\nNOT PROVED: these rules must not be brought into force.\n"
    } else {
        "\nproved\n"
    };
    text.push_str(verdict);
    text
}

fn row(report: &Report, stated: &Stated) -> [String; 5] {
    let about = |subject: Subject| -> Vec<&Outcome> {
        report.about(&stated.id).filter(|outcome| outcome.subject == subject).collect()
    };
    let took_us: u64 = report.about(&stated.id).map(|outcome| outcome.took_us).sum();
    [
        stated.id.clone(),
        verdicts(&about(Subject::Ceiling)),
        verdicts(&about(Subject::Live)),
        took_us.div_ceil(1_000).to_string(),
        stated.says.clone(),
    ]
}

/// `proved`, or what is not: `fails for release, unknown for count`.
fn verdicts(outcomes: &[&Outcome]) -> String {
    let open: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.verdict.holds())
        .map(|outcome| format!("{} for {}", outcome.verdict.name(), outcome.action.name()))
        .collect();
    if open.is_empty() { "proved".to_owned() } else { open.join(", ") }
}

fn rules_line(report: &Report) -> String {
    let of = |question: Question| report.outcomes.iter().filter(move |outcome| outcome.question == question);
    let erring = of(Question::NeverErrs).filter(|outcome| !outcome.verdict.holds()).count();
    let empty = of(Question::Reaches).filter(|outcome| !outcome.verdict.holds()).count();
    let errs = if erring == 0 {
        "none can err".to_owned()
    } else {
        format!("{erring} not shown to be free of errors")
    };
    let reach =
        if empty == 0 { String::new() } else { format!("; {empty} questions find nothing allowed at all") };
    format!("{errs}{reach}")
}

fn open_text(report: &Report, outcome: &Outcome) -> String {
    let place = match outcome.subject {
        Subject::Ceiling => "any local policies",
        Subject::Live => "these policies",
    };
    let says =
        report.invariants.iter().find(|stated| stated.id == outcome.id).map(|stated| stated.says.as_str());
    let what = match (outcome.question, says) {
        (Question::Invariant, Some(says)) => format!("{}: {says}", outcome.id),
        (Question::Invariant, None) => outcome.id.clone(),
        (Question::NeverErrs, _) => format!("the rule {} never errs", outcome.id),
        (Question::Reaches, _) => "something is allowed".to_owned(),
    };
    let weight = if outcome.blocks() { "" } else { " (does not block)" };
    let mut text = format!(
        "{}{weight}: {what}; {}, {place}\n",
        outcome.verdict.name().to_uppercase(),
        outcome.action.name()
    );
    match &outcome.verdict {
        Verdict::Fails(Break::Shown(example)) => {
            let lines = example.lines();
            text.push_str(&pairs(&lines).lines().map(|line| format!("  {line}\n")).collect::<String>());
        }
        Verdict::Fails(Break::NotInLife(why))
        | Verdict::Unanswered(Unanswered::Failed(why) | Unanswered::NotAsked(why)) => {
            text.push_str(&format!("  {why}\n"));
        }
        _ => {}
    }
    text
}
