//! `comity new` and `comity link`: from what was typed to a record, and what became of it.

mod guided;
mod table;

use std::io::{self, IsTerminal as _};

use comity_app::compose::file::{self, FILE_BYTES, Sheet};
use comity_app::compose::form;
use comity_app::compose::statement::{GradeText, StatementText};
use comity_app::compose::{self, Author, Draft, Entry, Preview, Written};
use comity_app::link;
use comity_app::model::kind::Fault;
use comity_app::{Actor, App};
use serde_json::{Value, json};

use super::{Session, record};
use crate::cli::field::{Need, Take};
use crate::cli::kinds::KindHelp;
use crate::cli::new::{BasisArgs, EntryArgs, LinkArgs, NewCommand, ReleaseArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::Answer;

/// `comity new KIND`.
///
/// # Errors
/// Those of the use case; exit code 2 when something that is needed was not said.
pub fn run(session: &Session, command: &NewCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    if let Some(csv) = &command.source.csv {
        return table::run(session, &app, &actor, command, csv);
    }
    if is_bare(command) && io::stdin().is_terminal() && io::stderr().is_terminal() {
        let mut input = io::stdin().lock();
        return guided::run(&app, &actor, command, &mut input, &mut io::stderr());
    }
    let draft = draft(command)?;
    enter(&app, &actor, command.kind, &draft, command.entry.dry_run)
}

/// Whether nothing was said about the record.
fn is_bare(command: &NewCommand) -> bool {
    let NewCommand { answers, basis, source, entry, .. } = command;
    answers.is_empty() && !basis.fact && !basis.assessment && source.file.is_none() && entry.set.is_empty()
}

/// What was typed, as a draft.
fn draft(command: &NewCommand) -> Result<Draft, Failure> {
    let NewCommand { kind, answers, basis, release, entry, source } = command;
    let mut sheet = match &source.file {
        Some(path) => {
            let text = input::read_text(path, FILE_BYTES)?;
            file::read(&text).map_err(|faults| Failure::refused(told(&faults, None)))?
        }
        None => Sheet { form: json!({}), ..Sheet::default() },
    };
    kind_of(&mut sheet.form, kind)?;
    let mut stated = Value::Null;
    for (field, text) in answers {
        let into = if matches!(field.take, Take::Stated(_)) { &mut stated } else { &mut sheet.form };
        field.apply(into, text).map_err(|why| Failure::usage(format!("--{}: {why}", field.flag)))?;
    }
    rest(&mut sheet.form, basis)?;
    set(&mut sheet.form, &entry.set)?;
    let mut statement = over(sheet.statement, release);
    if let Some(category) = stated.get("category").and_then(Value::as_str) {
        statement.category = Some(category.to_owned());
    }
    statement.reason = entry.reason.clone().or(statement.reason);
    let draft = Draft {
        collection: entry.collection.clone().unwrap_or_default(),
        form: sheet.form,
        statement,
        language: entry.language.clone().or(sheet.language),
        draft: entry.draft,
    };
    missing(kind, &draft)?;
    Ok(draft)
}

/// The word of the kind in a form; another one in a file is a mistake.
fn kind_of(value: &mut Value, kind: &KindHelp) -> Result<(), Failure> {
    match value.get("kind").and_then(Value::as_str) {
        Some(word) if word != kind.word => Err(Failure::usage(format!(
            "the file is a {word}; command line; use `comity new {word}`, not `comity new {}`",
            kind.word
        ))),
        _ => form::put(value, "kind", kind.word.into()).map_err(Failure::refused),
    }
}

/// Says everything that is needed and was not said, at once and in the words of the command.
fn missing(kind: &KindHelp, draft: &Draft) -> Result<(), Failure> {
    let mut wanted: Vec<String> = Vec::new();
    if draft.collection.is_empty() {
        wanted.push("--collection".to_owned());
    }
    if form::get(&draft.form, "basis.whole.statement").is_none() {
        wanted.push("--fact or --assessment".to_owned());
    }
    let is_said = |field: &crate::cli::field::Field| match field.take {
        Take::Stated(_) => draft.statement.category.is_some(),
        _ => form::get(&draft.form, &field.path.replace(".+", ".0")).is_some(),
    };
    let mut groups = Vec::new();
    for field in kind.all() {
        match field.need {
            Need::Always if !is_said(field) => wanted.push(format!("--{}", field.flag)),
            Need::OneOf(group) if !groups.contains(&group) => {
                groups.push(group);
                let members = || kind.all().filter(|other| other.need == Need::OneOf(group));
                if !members().any(&is_said) {
                    let flags: Vec<String> = members().map(|other| format!("--{}", other.flag)).collect();
                    wanted.push(flags.join(" or "));
                }
            }
            _ => {}
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "not said: {}; command line; see `comity new {} --help`",
        wanted.join(", "),
        kind.word
    )))
}

/// On what it rests, as the options say it.
fn rest(value: &mut Value, basis: &BasisArgs) -> Result<(), Failure> {
    let mut put = |path: &str, what: Value| form::put(value, path, what).map_err(Failure::refused);
    if basis.fact || basis.assessment {
        put("basis.whole.statement", if basis.fact { "fact" } else { "assessment" }.into())?;
    }
    for (path, word) in [
        ("basis.whole.likelihood", &basis.likelihood),
        ("basis.whole.confidence", &basis.confidence),
        ("basis.collected", &basis.collected),
    ] {
        if let Some(word) = word {
            put(path, word.as_str().into())?;
        }
    }
    if let (Some(text), Some(by)) = (&basis.quote, &basis.said_by) {
        let mut said = json!({"text": text, "said_by": by});
        if !basis.relayed_by.is_empty() {
            form::put(&mut said, "relayed_by", json!(basis.relayed_by)).map_err(Failure::refused)?;
        }
        put("basis.said.+", said)?;
    }
    Ok(())
}

/// Puts the pairs of `--set` into a form.
///
/// # Errors
/// Exit code 2 for what is no pair or leads nowhere.
pub fn set(value: &mut Value, pairs: &[String]) -> Result<(), Failure> {
    for (path, text) in split(pairs)? {
        form::set(value, &path, &text).map_err(|why| Failure::usage(format!("--set {why}")))?;
    }
    Ok(())
}

/// Cuts the pairs of `--set`.
///
/// # Errors
/// Exit code 2 for a text without `=`.
pub fn split(pairs: &[String]) -> Result<Vec<(String, String)>, Failure> {
    pairs
        .iter()
        .map(|pair| {
            let (path, text) = pair.split_once('=').ok_or_else(|| {
                Failure::usage(format!("--set {pair}: it has no `=`; command line; write PATH=VALUE"))
            })?;
            Ok((path.trim().to_owned(), text.to_owned()))
        })
        .collect()
}

/// What the options state, over what a file states.
pub fn over(mut stated: StatementText, args: &ReleaseArgs) -> StatementText {
    for (into, from) in [
        (&mut stated.preset, &args.preset),
        (&mut stated.tlp, &args.tlp),
        (&mut stated.code, &args.care.code),
        (&mut stated.pap, &args.care.pap),
        (&mut stated.embargo_until, &args.embargo),
        (&mut stated.end_at, &args.release_until),
        (&mut stated.legal_basis, &args.basis),
        (&mut stated.review_at, &args.review),
        (&mut stated.decision_until, &args.decision_until),
    ] {
        if from.is_some() {
            into.clone_from(from);
        }
    }
    for (into, from) in [
        (&mut stated.to, &args.reach.to),
        (&mut stated.groups, &args.reach.group),
        (&mut stated.exclude, &args.reach.exclude),
        (&mut stated.delegates, &args.reach.delegate),
        (&mut stated.flags, &args.care.flag),
        (&mut stated.purposes, &args.purpose),
    ] {
        if !from.is_empty() {
            into.clone_from(from);
        }
    }
    if let Some(first) = args.purpose.first() {
        stated.purpose = Some(first.clone());
    }
    stated.onward |= args.onward;
    if let Some(grade) = &args.grade {
        stated.grading = Some(GradeText::Short(grade.clone()));
        stated.scale.clone_from(&args.scale);
    }
    stated
}

/// Enters a draft, or says what would become of it.
fn enter(app: &App, actor: &Actor, kind: &KindHelp, draft: &Draft, dry_run: bool) -> Result<Answer, Failure> {
    if dry_run {
        actor.may_read()?;
        return match compose::preview(app, draft)? {
            Ok(preview) => Answer::facts(&preview, would(&preview)),
            Err(faults) => refusal(&faults, Some(kind)),
        };
    }
    answer(&compose::enter(app, Author::Person(actor), draft)?, Some(kind))
}

/// A preview in words: who would see it.
fn would(preview: &Preview) -> String {
    let mut text = record::describe(&preview.sights);
    for question in &preview.questions {
        text.push_str(&format!("asks for a reason: {question} (--reason)\n"));
    }
    format!("nothing is written\n{text}")
}

/// What became of an entry, as the answer of a command.
fn answer(entry: &Entry, kind: Option<&KindHelp>) -> Result<Answer, Failure> {
    match entry {
        Entry::Written(written) => Answer::facts(entry, lines(written)),
        Entry::Refused(faults) => refusal(faults, kind),
    }
}

fn refusal(faults: &[Fault], kind: Option<&KindHelp>) -> Result<Answer, Failure> {
    let entry = json!({ "refused": faults });
    let text = format!("refused, nothing is stored: {}", told(faults, kind));
    Ok(Answer::facts(&entry, text)?.refused_if(true))
}

/// A record that was stored, in lines.
pub fn lines(written: &Written) -> String {
    let Written { id, version, kind, collection, state, proposals, warnings } = written;
    let became = match *state {
        "held" => format!("held as a draft in {collection}; `comity publish {id}` publishes it"),
        "waiting" => format!("waits in {collection} for a second person"),
        "unchanged" => format!("is in {collection} already"),
        _ => format!("published in {collection}"),
    };
    let mut text = format!("{kind} {id}@{version}\n{became}");
    for proposal in proposals {
        text.push_str(&format!("\nwaits for a second person: comity approve {} --as USER", proposal.id));
    }
    for warning in warnings {
        text.push_str(&format!("\nwarning: {warning}"));
    }
    text
}

/// Faults in lines, each with its place, its flag where there is one, and its row of the requirements.
pub fn told(faults: &[Fault], kind: Option<&KindHelp>) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {}", line(fault, kind))).collect();
    format!("\n{}", lines.join("\n"))
}

/// One fault in one line.
pub fn line(fault: &Fault, kind: Option<&KindHelp>) -> String {
    let Fault { path, message, rule, .. } = fault;
    let flag =
        kind.and_then(|kind| kind.all().find(|field| field.path.trim_end_matches(".+") == path.as_str()));
    let flag = flag.map(|field| format!(" (--{})", field.flag)).or_else(|| match path.as_str() {
        "purpose" => Some(" (--purpose)".to_owned()),
        "legal_basis" => Some(" (--basis)".to_owned()),
        "review_at" => Some(" (--review)".to_owned()),
        _ => None,
    });
    let row = if *rule == "form" { String::new() } else { format!(" ({rule})") };
    match path.as_str() {
        "" => format!("{message}{row}"),
        path => format!("{path}{}: {message}{row}", flag.unwrap_or_default()),
    }
}

/// `comity link`.
///
/// # Errors
/// Those of the use case; exit code 2 when something that is needed was not said.
pub fn link(session: &Session, args: &LinkArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let EntryArgs { collection, draft, language, reason, set: pairs, dry_run } = &args.entry;
    let collection = collection
        .clone()
        .ok_or_else(|| Failure::usage("no collection is named; command line; add --collection C"))?;
    if !args.basis.fact && !args.basis.assessment {
        return Err(Failure::usage(
            "not said: --fact or --assessment; command line; see `comity link --help`",
        ));
    }
    let mut basis = json!({});
    rest(&mut basis, &args.basis)?;
    let mut statement = over(StatementText::default(), &args.release);
    statement.category.clone_from(&args.category);
    statement.reason.clone_from(reason);
    let link = link::Link {
        source: args.source.clone(),
        target: args.target.clone(),
        word: args.as_kind.clone(),
        grounds: args.grounds.clone(),
        from: args.from.clone(),
        until: args.until.clone(),
        summary: args.summary.clone(),
        basis: basis.get("basis").cloned().unwrap_or_default(),
        draft: Draft { collection, form: Value::Null, statement, language: language.clone(), draft: *draft },
    };
    let mut made = match link::draft(&app, &link)? {
        Ok(made) => made,
        Err(faults) => return refusal(&faults, None),
    };
    set(&mut made.form, pairs)?;
    if *dry_run {
        actor.may_read()?;
        return match compose::preview(&app, &made)? {
            Ok(preview) => Answer::facts(&preview, would(&preview)),
            Err(faults) => refusal(&faults, None),
        };
    }
    answer(&compose::enter(&app, Author::Person(&actor), &made)?, None)
}
