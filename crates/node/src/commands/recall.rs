//! Taking back what was shared, and deciding about what others take back.

use comity_app::recall::{
    self, DisputeView, Doubt, Filter, HolderView, How, Issued, Obligation, Reason, RecallScope, RecallView,
    Refusal, TargetView, Wish,
};
use std::path::Path;

use serde_json::json;

use super::Session;
use crate::cli::recall::{ComplyArgs, DisputeArgs, RecallArgs, RecallsArgs, RecallsCommand};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, isolated, pairs, table};
use crate::progress::Progress;

/// Largest list of ids, in bytes.
const IDS_BYTES_MAX: usize = 128 << 20;

/// Reads a word that the command line has checked.
fn word<T>(read: fn(&str) -> Option<T>, text: &str) -> Result<T, Failure> {
    read(text).ok_or_else(|| Failure::usage(format!("`{text}` is not known; command line; see --help")))
}

/// `comity recall`.
///
/// # Errors
/// Those of the use case.
pub fn recall(session: &Session, args: &RecallArgs) -> Result<Answer, Failure> {
    let reason = word(Reason::from_name, &args.reason)?;
    let subject = args.subject.as_deref().unwrap_or_default();
    if args.lift {
        let (app, actor) = session.open_as_user()?;
        let issued = recall::lift(&app, &actor, subject, reason, args.hours)?;
        return Answer::facts(&issued, text(&issued));
    }
    let scope = match (&args.correct, args.narrow, args.restrict) {
        (Some(_), ..) => RecallScope::Correct,
        (None, true, _) => RecallScope::Narrow,
        (None, false, true) => RecallScope::Restrict,
        (None, false, false) => RecallScope::Withdraw,
    };
    let obligation = match (args.keep_as_evidence, args.stop_use) {
        (true, _) => Some(Obligation::KeepAsEvidence),
        (false, true) => Some(Obligation::StopUse),
        (false, false) => None,
    };
    let wish = Wish {
        obligation,
        replacement: args.correct.as_deref(),
        hours: args.hours,
        cascade: !args.no_cascade,
        supersedes: args.supersedes.as_deref(),
        ..Wish::new(scope, reason)
    };
    if let Some(file) = &args.from {
        return many(session, file, &wish);
    }
    let (app, actor) = session.open_as_user()?;
    let issued = recall::issue(&app, &actor, subject, &wish)?;
    Answer::facts(&issued, text(&issued))
}

/// Recalls the records whose ids stand in a file.
fn many(session: &Session, file: &Path, wish: &Wish<'_>) -> Result<Answer, Failure> {
    let ids: Vec<String> =
        input::read_text(file, IDS_BYTES_MAX)?.lines().map(|line| line.trim().to_owned()).collect();
    let (app, actor) = session.open_as_user()?;
    let bar = Progress::start("recall");
    let all = u64::try_from(ids.iter().filter(|line| !line.is_empty()).count()).ok();
    let done = recall::issue_many(&app, &actor, &ids, wish, &mut |at| {
        bar.set(u64::try_from(at).unwrap_or(u64::MAX), all);
    })?;
    drop(bar);
    let mut lines = vec![format!(
        "recalled {} versions in {} recalls; {} records were out of use before; {} were left alone",
        done.records, done.recalls, done.gone_before, done.left_out
    )];
    lines.extend(
        done.told.iter().map(|(member, count)| format!("told {}: {count} recalls", isolated(member))),
    );
    lines.extend(
        done.cannot.iter().map(|(member, count)| format!("cannot confirm {}: {count}", isolated(member))),
    );
    lines.extend(done.why.iter().map(|why| format!("left alone: {why}")));
    lines.extend(done.stopped.iter().map(|one| {
        format!(
            "stopped at line {}: {}; from there on nothing was recalled: run the same command again",
            one.line, one.why
        )
    }));
    Ok(Answer::facts(&done, lines.join("\n"))?.refused_if(done.left_out > 0 || done.stopped.is_some()))
}

fn text(issued: &Issued) -> String {
    let names = |names: &[String]| match names {
        [] => "nobody".to_owned(),
        names => names.iter().map(|name| isolated(name)).collect::<Vec<_>>().join(", "),
    };
    let mut facts = vec![("recall", issued.recall.clone())];
    facts.extend(issued.records.iter().map(|record| ("names", record.clone())));
    facts.push(("asked", format!("{} ({})", issued.scope, issued.reason)));
    facts.push(("told", names(&issued.told)));
    if !issued.cannot.is_empty() {
        facts.push(("cannot confirm", names(&issued.cannot)));
    }
    facts.push(("due", issued.due.clone()));
    pairs(&facts)
}

/// `comity recalls`.
///
/// # Errors
/// Those of the use case; exit code 1 when an answer is overdue.
pub fn recalls(session: &Session, args: &RecallsArgs) -> Result<Answer, Failure> {
    match &args.command {
        Some(RecallsCommand::Show(one)) => {
            list(session, &Filter { recall: Some(&one.recall), ..Filter::default() })
        }
        Some(RecallsCommand::Close(one)) => {
            let (app, actor) = session.open_as_user()?;
            recall::close(&app, &actor, &one.recall, &one.member, &one.reason)?;
            let text = format!("nobody waits any more for what {} answers to {}", one.member, one.recall);
            Answer::facts(&json!({"recall": one.recall, "member": one.member, "closed": true}), text)
        }
        None if args.disputes => {
            let (app, actor) = session.open_as_user()?;
            let views = recall::disputes(&app, &actor)?;
            Answer::facts(&views, disputes(&views))
        }
        None => list(
            session,
            &Filter {
                recall: None,
                record: args.record.as_deref(),
                in_force: args.in_force,
                open: args.open,
                overdue: args.overdue,
                here: args.here,
                stale: args.stale,
            },
        ),
    }
}

fn list(session: &Session, filter: &Filter<'_>) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let views = recall::overview(&app, &actor, filter)?;
    let is_late = views.iter().any(|view| view.members.iter().any(|member| member.overdue));
    let text = match views.as_slice() {
        [] => "no recalls".to_owned(),
        views => views.iter().map(described).collect::<Vec<_>>().join("\n"),
    };
    Ok(Answer::facts(&views, text)?.refused_if(is_late))
}

/// A recall, what it names, and who has it from here.
fn described(view: &RecallView) -> String {
    let by = match view.says.as_str() {
        "originator" => isolated(&view.by),
        says => format!("{} ({says} of {})", isolated(&view.by), isolated(&view.origin)),
    };
    let asked = match view.obligation.as_str() {
        "" => format!("{} ({})", view.scope, view.reason),
        obligation => format!("{} ({}): {obligation}", view.scope, view.reason),
    };
    let holds = if view.in_force { asked } else { format!("{asked}; another recall stands in its place") };
    let mut text = pairs(&[
        ("recall", view.recall.clone()),
        ("by", by),
        ("asked", holds),
        ("said", view.said_at.clone()),
        ("due", view.due.clone()),
    ]);
    let records: Vec<[String; 4]> = view.records.iter().map(|one| record(view, one)).collect();
    text.push_str(&table(["RECORD", "HERE", "WHY", "BY"], &records));
    let members: Vec<[String; 6]> = view.members.iter().map(holder).collect();
    if !members.is_empty() {
        text.push_str(&table(["MEMBER", "STATE", "SINCE", "DUE", "ONWARD (OPEN/TOLD)", "WHY"], &members));
    }
    for one in view.records.iter().flat_map(|one| &one.resting) {
        text.push_str(&format!("rests on it, look at it again: {one}\n"));
    }
    if view.records.iter().any(|one| one.waits) {
        text.push_str(&format!("somebody has to decide: comity comply {}\n", view.recall));
    }
    text
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

fn record(view: &RecallView, one: &TargetView) -> [String; 4] {
    let state = match (one.state.as_str(), view.own) {
        ("", _) => "not here",
        ("set-aside", true) => "out of use",
        (state, _) => state,
    };
    [format!("{}@{}", one.id, one.version), state.to_owned(), or_dash(&one.reason), or_dash(&one.by)]
}

fn holder(one: &HolderView) -> [String; 6] {
    let state = if one.overdue { format!("OVERDUE: {}", one.words) } else { one.words.to_owned() };
    let (told, open) = one.onward;
    let onward = if told == 0 { "-".to_owned() } else { format!("{open}/{told}") };
    let since = one.since.clone().unwrap_or_default();
    [one.member.clone(), state, or_dash(&since), one.due.clone(), onward, or_dash(&one.reason)]
}

fn disputes(views: &[DisputeView]) -> String {
    if views.is_empty() {
        return "no disputes".to_owned();
    }
    let mut text = String::new();
    for view in views {
        text.push_str(&pairs(&[
            ("dispute", view.dispute.to_string()),
            (if view.own { "said here, by" } else { "by" }, isolated(&view.member)),
            ("record", format!("{}@{}", view.id, view.version)),
            ("what", view.reason.clone()),
            ("words", isolated(&view.text)),
            ("at", view.at.clone()),
        ]));
    }
    text
}

/// `comity comply`.
///
/// # Errors
/// Those of the use case.
pub fn comply(session: &Session, args: &ComplyArgs) -> Result<Answer, Failure> {
    let how = match (&args.ground, &args.refuse) {
        (_, Some(code)) => How::Refuse { reason: word(Refusal::from_name, code)? },
        (Some(ground), None) => How::Hold { ground },
        (None, None) => How::Purge,
    };
    let (app, actor) = session.open_as_user()?;
    let done = recall::comply(&app, &actor, &args.recall, args.record.as_deref(), how)?;
    let what = match how {
        How::Purge => "deleted",
        How::Hold { .. } => "keeps out of use",
        How::Refuse { .. } => "refuses to delete",
    };
    let of = format!("{} of {}", done.decided, done.of);
    let text = match done.open {
        0 => format!("answered: this member states that it {what} {of}"),
        open => format!("decided about {of}; {open} wait for a decision, then the answer goes out"),
    };
    Answer::facts(&done, text)
}

/// `comity dispute`.
///
/// # Errors
/// Those of the use case.
pub fn dispute(session: &Session, args: &DisputeArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let (Some(reason), Some(text)) = (&args.reason, &args.text) else {
        recall::end_dispute(&app, &actor, &args.subject)?;
        let text = format!("nobody has to do anything about {} any more", args.subject);
        return Answer::facts(&json!({"dispute": args.subject, "done": true}), text);
    };
    let view = recall::dispute(&app, &actor, &args.subject, word(Doubt::from_name, reason)?, text)?;
    let told =
        format!("the originator of {} is told, and nobody else; nothing changes by that alone", view.id);
    Answer::facts(&view, told)
}
