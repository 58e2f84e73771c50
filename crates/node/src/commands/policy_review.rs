//! `comity policy diff`, `comity policy replay`, and the records' part of `comity agreement diff`.

use std::fmt::Write as _;
use std::time::Duration;

use comity_app::compose::statement::instant;
use comity_app::foresee::{self, Example, Foreseen, Found};
use comity_app::policy::rules::LOCAL_BYTES_MAX;
use comity_app::prover::{Change, Failure as Break, Limits, Verdict};
use comity_app::replay::{self, Replayed};
use serde_json::json;

use super::Session;
use crate::cli::policy_review::{PolicyDiffArgs, PolicyReplayArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, isolated, pairs, table};

/// `comity policy diff`; the answer is no when something changes.
///
/// # Errors
/// Those of the use case.
pub fn diff(session: &Session, args: &PolicyDiffArgs) -> Result<Answer, Failure> {
    let local = input::read_text(&args.file, LOCAL_BYTES_MAX)?;
    let app = session.open_to_read()?;
    let foreseen = foresee::policies(&app, &local)?;
    let limits = Limits { question: Duration::from_secs(args.question_seconds), ..Limits::default() };
    let solver = args.solver.as_deref().filter(|path| !path.as_os_str().is_empty());
    let principle = foresee::in_principle(&app, &local, solver, limits)?;
    let mut text = match &principle {
        Some((solver, changes)) => principle_text(solver, changes),
        None => "only the records of now were looked at: there is no solver (cvc5)\n".to_owned(),
    };
    text.push('\n');
    text.push_str(&foreseen_text(&foreseen));
    let changes = principle.as_ref().map(|(_, changes)| changes.as_slice()).unwrap_or_default();
    let differs = changes.iter().any(|one| !one.gains.holds() || !one.loses.holds());
    let facts = json!({
        "solver": principle.as_ref().map(|(solver, _)| solver),
        "in_principle": principle.as_ref().map(|(_, changes)| changes),
        "now": foreseen,
    });
    Ok(Answer::facts(&facts, text)?.refused_if(differs || foreseen.changes()))
}

fn principle_text(solver: &str, changes: &[Change]) -> String {
    let word = |verdict: &Verdict| match verdict {
        Verdict::Holds => "nobody",
        Verdict::Fails(_) => "somebody",
        Verdict::Unanswered(_) => "not known",
    };
    let rows: Vec<[String; 3]> = changes
        .iter()
        .map(|one| [one.action.name().to_owned(), word(&one.gains).to_owned(), word(&one.loses).to_owned()])
        .collect();
    let mut text = format!("in principle ({solver}):\n{}", table(["ACTION", "GAINS", "LOSES"], &rows));
    for one in changes {
        for (verdict, what) in [(&one.gains, "GAINS"), (&one.loses, "LOSES")] {
            let Verdict::Fails(shown) = verdict else { continue };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\n{what}: {}, for example", one.action.name());
            match shown {
                Break::Shown(example) => {
                    text.extend(pairs(&example.lines()).lines().map(|line| format!("  {line}\n")));
                }
                Break::NotInLife(why) => _ = writeln!(text, "  {why}"),
            }
        }
        if !one.may_err.is_empty() {
            let _ = writeln!(
                text,
                "\n{} may err for {}: that is denied",
                one.may_err.join(", "),
                one.action.name()
            );
        }
    }
    text
}

/// What would change on the records of now, for people.
pub fn foreseen_text(foreseen: &Foreseen) -> String {
    let mut text = format!("on the {} live records of now:", foreseen.records);
    if !foreseen.changes() {
        text.push_str(" nobody sees more, nobody less\n");
        return text;
    }
    let rows: Vec<[String; 7]> = foreseen
        .readers
        .iter()
        .map(|one| {
            [
                one.member.clone(),
                one.purpose.clone(),
                one.basis.clone(),
                if one.has_key { "yes" } else { "no key" }.to_owned(),
                one.gained.count.to_string(),
                one.lost.count.to_string(),
                one.other_parts.count.to_string(),
            ]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(["MEMBER", "PURPOSE", "BASIS", "KEY", "GAINS", "LOSES", "OTHER PARTS"], &rows));
    for one in &foreseen.readers {
        let what = [("gains", &one.gained), ("loses", &one.lost), ("sees other parts of", &one.other_parts)];
        text.push_str(&examples(&reader(&one.member, &one.purpose, &one.basis), &what));
    }
    if foreseen.unopened > 0 {
        let _ = writeln!(
            text,
            "\n{} records with marked parts were not opened: they count as if something of them were left",
            foreseen.unopened
        );
    }
    text
}

fn reader(member: &str, purpose: &str, basis: &str) -> String {
    let mut name = isolated(member);
    for (word, value) in [("purpose", purpose), ("basis", basis)] {
        if !value.is_empty() {
            let _ = write!(name, ", {word} {}", isolated(value));
        }
    }
    name
}

fn examples(reader: &str, what: &[(&str, &Found)]) -> String {
    let mut text = String::new();
    for (verb, found) in what.iter().filter(|(_, found)| found.count > 0) {
        let _ = writeln!(text, "\n{reader} {verb} {}:", found.count);
        for Example { id, version, name, level } in &found.examples {
            let _ = writeln!(text, "  {level}  {}  {id}@{version}", isolated(name));
        }
        let more = found.count.saturating_sub(found.examples.len() as u64);
        if more > 0 {
            let _ = writeln!(text, "  and {more} more");
        }
    }
    text
}

/// `comity policy replay`; the answer is no when something would have been different.
///
/// # Errors
/// Those of the use case.
pub fn replay(session: &Session, args: &PolicyReplayArgs) -> Result<Answer, Failure> {
    let local = input::read_text(&args.file, LOCAL_BYTES_MAX)?;
    let since = instant("--since", Some(&args.since))?
        .ok_or_else(|| Failure::usage("no time is named; --since; write it as 2026-03-01"))?;
    let until = instant("--until", args.until.as_deref())?;
    let app = session.open_to_read()?;
    let replayed = replay::policies(&app, &local, since, until)?;
    let differs = !replayed.readers.is_empty();
    Ok(Answer::facts(&replayed, replayed_text(&replayed))?.refused_if(differs))
}

fn replayed_text(replayed: &Replayed) -> String {
    let Replayed { since, until, deliveries, undecided, by_guards_of_now, readers } = replayed;
    let mut text = format!("{deliveries} first deliveries to other members from {since} to before {until}\n");
    if *undecided > 0 {
        let _ = writeln!(
            text,
            "{undecided} of them cannot be decided again: their epoch is not kept, or not readable now"
        );
    }
    if *by_guards_of_now > 0 {
        let _ = writeln!(
            text,
            "{by_guards_of_now} of them left under the guards of another program, whose text is not kept: the guards of now \
             judge them"
        );
    }
    if readers.is_empty() {
        text.push_str("nothing would have been different\n");
        return text;
    }
    let rows: Vec<[String; 6]> = readers
        .iter()
        .map(|one| {
            [
                one.member.clone(),
                one.purpose.clone(),
                one.basis.clone(),
                one.withheld.count.to_string(),
                one.other_parts.count.to_string(),
                one.sent.count.to_string(),
            ]
        })
        .collect();
    let heading = ["MEMBER", "PURPOSE", "BASIS", "WITHHELD", "OTHER PARTS", "SENT BESIDES"];
    let _ = write!(text, "\n{}", table(heading, &rows));
    for one in readers {
        let what = [
            ("would not have got", &one.withheld),
            ("would have got other parts of", &one.other_parts),
            ("would have got besides", &one.sent),
        ];
        text.push_str(&examples(&reader(&one.member, &one.purpose, &one.basis), &what));
    }
    text.push_str(
        "\nWhat left is decided by the agreement of its epoch and the handling under which it left. What would have gone \
         out\nbesides is judged by the handling, state, agreement and keys of now; records with marked parts are not opened.\n",
    );
    text
}
