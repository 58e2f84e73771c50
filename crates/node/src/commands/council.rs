//! The council's own work: readings that come in, sessions, claims, and claims side by side.

use std::fmt::Write as _;

use comity_app::compose::Entry;
use comity_app::compose::statement::StatementText;
use comity_app::council::claims::{self, ClaimView};
use comity_app::council::conflict::{self, ConflictView, Say};
use comity_app::council::import::{self, Imported, Wish};
use comity_app::council::propose;
use comity_app::council::session::{self, Field, Paper, SessionView};
use comity_app::council::work;
use serde_json::json;

use super::{Session, new, session as held};
use crate::cli::council::{ClaimCommand, ConflictCommand, CouncilCommand, SessionCommand};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, isolated, pairs, table};

/// A little more than a reading may have, so that the use case says what is too long.
const READ_BYTES: usize = 8 << 20;

/// `comity council`.
///
/// # Errors
/// Those of the use case.
pub fn council(session: &Session, command: &CouncilCommand) -> Result<Answer, Failure> {
    let CouncilCommand::Import(args) = command;
    let text = input::read_text(&args.file, READ_BYTES)?;
    let (app, actor) = session.open_as_user()?;
    let wish = Wish {
        collection: &args.collection,
        editor: args.editor.as_deref(),
        text: &text,
        dry_run: args.dry_run,
    };
    let imported = import::run(&app, &actor, &wish)?;
    Answer::facts(&imported, came(&imported))
}

/// What came of a reading.
fn came(imported: &Imported) -> String {
    let counts: Vec<String> =
        imported.records.iter().map(|(word, count)| format!("{count} {}", plural(word, *count))).collect();
    let done = if imported.dry_run { "would be" } else { "are" };
    let mut text = format!(
        "{}\n{} {done} new, {} changed, {} as they were\n",
        counts.join(", "),
        imported.new,
        imported.changed,
        imported.unchanged
    );
    for line in &imported.not_taken {
        let _ = writeln!(text, "not taken: {}", isolated(line));
    }
    for line in &imported.warnings {
        let _ = writeln!(text, "warning: {}", isolated(line));
    }
    for proposal in &imported.proposals {
        let _ = writeln!(text, "waits for a second person: {}", proposal.id);
    }
    if imported.dry_run {
        text.push_str("nothing was brought in\n");
    }
    text
}

fn plural(word: &str, count: usize) -> String {
    let word = word.replace('-', " ");
    match (count, word.strip_suffix('y')) {
        (1, _) => word,
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{word}s"),
    }
}

/// `comity session`.
///
/// # Errors
/// Those of the use case.
pub fn sessions(session: &Session, command: &SessionCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        SessionCommand::List(args) => {
            let lines = session::list(&app, &actor, args.body.as_deref())?;
            let rows: Vec<[String; 5]> = lines
                .iter()
                .map(|line| {
                    [
                        known(&line.number),
                        known(&line.during),
                        line.title.clone(),
                        line.body.clone(),
                        line.place.id.clone(),
                    ]
                })
                .collect();
            let text = table(["NUMBER", "DATE", "SESSION", "BODY", "RECORD"], &rows);
            Answer::facts(&lines, text + &left_out(&lines.left_out))
        }
        SessionCommand::Show(args) => {
            let view = session::show(&app, &actor, &args.session)?;
            Answer::facts(&view, shown(&view))
        }
        SessionCommand::New(args) => held::plan(&app, &actor, args),
        SessionCommand::Agenda(args) => held::agenda(&app, &actor, args),
        SessionCommand::Invite(args) => answer(&work::invite(&app, &actor, &args.session)?),
        SessionCommand::Attend(args) => answer(&work::attend(&app, &actor, &args.session, &args.member)?),
        SessionCommand::Hold(args) => answer(&work::hold(&app, &actor, &args.session)?),
        SessionCommand::Say(args) => held::say(&app, &actor, args),
        SessionCommand::Close(args) => {
            answer(&work::close(&app, &actor, &args.session, args.cancel.as_deref())?)
        }
    }
}

/// A value with how it is known.
fn known(field: &Field) -> String {
    match &field.value {
        None => "not known".into(),
        Some(value) => format!("{value} ({})", field.basis),
    }
}

fn shown(view: &SessionView) -> String {
    let mut text = format!("{}\n\n", isolated(&view.title));
    let mut facts = vec![("record", view.place.id.clone()), ("body", isolated(&view.body))];
    facts.push(("status", view.status.to_owned()));
    for field in &view.fields {
        let note = field.note.as_ref().map(|note| format!("; {}", isolated(note))).unwrap_or_default();
        facts.push((field.what, format!("{}{note}", isolated(&known(field)))));
    }
    facts.push(("speakers", view.speakers.iter().map(|one| isolated(one)).collect::<Vec<_>>().join(", ")));
    facts.push(("claims", view.claims.to_string()));
    text.push_str(&pairs(&facts));
    let mut part = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = write!(text, "\n{heading}\n");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
    };
    let items = view.agenda.iter();
    part(
        "agenda",
        items
            .map(|one| format!("{}. {} ({}, {})", one.number, isolated(&one.topic), one.basis, one.level))
            .collect(),
    );
    let measures = view.measures.iter();
    part("measures", measures.map(|one| format!("{}: {}", one.status, isolated(&one.words))).collect());
    part("messages", view.messages.iter().flat_map(paper).collect());
    for programme in &view.programmes {
        let words = programme.words.as_ref().map(|words| format!("called {}", isolated(words)));
        let reports = programme.reports.iter().map(|report| isolated(report));
        part(&isolated(&programme.title), words.into_iter().chain(reports).collect());
    }
    part("around it", view.related.iter().map(|one| isolated(one)).collect());
    part("known from", view.sources.iter().flat_map(paper).collect());
    part("warnings", view.warnings.iter().map(|one| isolated(one)).collect());
    text
}

fn paper(paper: &Paper) -> Vec<String> {
    let from = paper.from.as_ref().map(|from| format!(", from {}", isolated(from))).unwrap_or_default();
    let mut lines = vec![format!("{}{from}", isolated(&paper.title))];
    lines.extend(paper.known_from.iter().map(|source| format!("  known from {}", isolated(source))));
    lines.extend(paper.sections.iter().map(|section| format!("  {}", isolated(section))));
    lines
}

/// `comity claim`.
///
/// # Errors
/// Those of the use case.
pub fn claims(session: &Session, command: &ClaimCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        ClaimCommand::List(args) => {
            let views = claims::list(&app, &actor, args.topic.as_deref())?;
            let rows: Vec<[String; 3]> = views
                .iter()
                .map(|view| {
                    [name(view).to_owned(), view.topic.clone(), format!("{}: {}", view.chain, view.text)]
                })
                .collect();
            let text = table(["CLAIM", "TOPIC", "WHOSE WORDS, AND WHAT"], &rows);
            Answer::facts(&views, text + &left_out(&views.left_out))
        }
        ClaimCommand::Show(args) => {
            let view = claims::show(&app, &actor, &args.claim)?;
            Answer::facts(&view, claim(&view))
        }
        ClaimCommand::Sources(args) => {
            let found = claims::sources(&app, &actor, &args.claim)?;
            let mut text = format!(
                "{}: one source, to which {} of the claims here go back\n",
                isolated(&found.voice),
                found.one_source.len()
            );
            for line in &found.one_source {
                let _ = writeln!(text, "  {}", isolated(line));
            }
            let _ = writeln!(text, "\nsources on this topic: {}", found.roots.len());
            for line in &found.roots {
                let _ = writeln!(text, "  {}", isolated(line));
            }
            text.push_str(&left_out(&found.left_out));
            Answer::facts(&found, text)
        }
    }
}

/// What a view leaves out, a line each.
pub(super) fn left_out(all: &[String]) -> String {
    all.iter().fold(String::new(), |text, one| text + "left out: " + &isolated(one) + "\n")
}

/// What a claim is called in a list.
fn name(view: &ClaimView) -> &str {
    view.place.key.as_deref().unwrap_or(&view.place.id)
}

fn claim(view: &ClaimView) -> String {
    let mut facts = vec![
        ("record", view.place.id.clone()),
        ("whose words", isolated(&view.chain)),
        ("words", isolated(&view.text)),
        ("given", view.reported.to_owned()),
        ("topic", isolated(&view.topic)),
    ];
    if let (Some(figure), Some(trace)) = (&view.figure, &view.trace) {
        facts.push(("figure", format!("{}; {trace}", isolated(figure))));
    }
    facts.extend(view.source.as_ref().map(|source| ("source", isolated(source))));
    if view.elsewhere {
        facts.push(("where", "not said at the session".into()));
    }
    facts.extend(view.contested_by.iter().map(|other| ("contested by", other.clone())));
    facts.extend(view.notes.iter().map(|note| ("remark", isolated(note))));
    pairs(&facts)
}

/// `comity conflict`.
///
/// # Errors
/// Those of the use case.
pub fn conflicts(session: &Session, command: &ConflictCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let stated = |tlp: &Option<String>| StatementText { tlp: tlp.clone(), ..StatementText::default() };
    match command {
        ConflictCommand::List(_) => {
            let views = conflict::list(&app, &actor)?;
            let rows: Vec<[String; 3]> = views
                .iter()
                .map(|view| {
                    let name = view.place.key.clone().unwrap_or_else(|| view.place.id.clone());
                    [name, view.heading(), view.question.clone()]
                })
                .collect();
            let text = table(["SET", "WHAT STANDS IN IT", "QUESTION"], &rows);
            Answer::facts(&views, text + &left_out(&views.left_out))
        }
        ConflictCommand::Show(args) => {
            let view = conflict::show(&app, &actor, &args.set)?;
            Answer::facts(&view, side_by_side(&view))
        }
        ConflictCommand::Export(args) => {
            let value = conflict::export(&app, &actor, &args.set)?;
            Ok(Answer::exact(format!("{value:#}\n")))
        }
        ConflictCommand::Propose(args) => match (&args.accept, &args.question) {
            (Some(mark), Some(question)) => {
                answer(&propose::accept(&app, &actor, mark, question, &stated(&args.tlp))?)
            }
            _ => {
                let found = propose::propose(&app, &actor)?;
                let mut text = String::new();
                for one in found.iter() {
                    let _ = writeln!(text, "{}  {}", one.mark, isolated(&one.why));
                    for told in &one.told {
                        let _ = writeln!(text, "   {}", isolated(told));
                    }
                }
                if found.is_empty() {
                    text.push_str("nothing to propose\n");
                }
                Answer::facts(&found, text + &left_out(&found.left_out))
            }
        },
        ConflictCommand::Adopt(args) => {
            let statement = stated(&args.tlp);
            let say =
                Say { set: &args.set, claim: Some(&args.claim), reason: &args.reason, statement: &statement };
            answer(&conflict::say(&app, &actor, &say)?)
        }
        ConflictCommand::Dissent(args) => {
            let statement = stated(&args.tlp);
            let say = Say { set: &args.set, claim: None, reason: &args.reason, statement: &statement };
            answer(&conflict::say(&app, &actor, &say)?)
        }
    }
}

/// What became of a record that was entered.
pub(super) fn answer(entry: &Entry) -> Result<Answer, Failure> {
    match entry {
        Entry::Written(written) => Answer::facts(entry, new::lines(written)),
        Entry::Refused(faults) => {
            let text = format!("refused, nothing is stored: {}", new::told(faults, None));
            Ok(Answer::facts(&json!({ "refused": faults }), text)?.refused_if(true))
        }
    }
}

/// The claims of a set, each with whose words it is.
pub fn side_by_side(view: &ConflictView) -> String {
    let mut text = format!("{}\n{}\n\n", isolated(&view.question), view.heading());
    if !view.claims.is_empty() {
        let rows: Vec<[String; 4]> = view
            .claims
            .iter()
            .map(|claim| {
                [
                    claim.figure.clone().unwrap_or_else(|| "-".into()),
                    claim.chain.clone(),
                    claim.text.clone(),
                    claim.source.clone().unwrap_or_default(),
                ]
            })
            .collect();
        text.push_str(&table(["FIGURE", "WHOSE WORDS", "WORDS", "SOURCE"], &rows));
    }
    for one in &view.sessions {
        let _ = writeln!(text, "{}", isolated(&one.session));
        for role in &one.roles {
            let _ = writeln!(text, "  {}: {}", role.what, isolated(&known(role)));
        }
    }
    text.push('\n');
    if let Some(overlap) = view.overlap {
        let ratio = view
            .ratio
            .as_ref()
            .map_or("no ratio: not of one unit, scope and time".to_owned(), |ratio| format!("ratio {ratio}"));
        let _ = writeln!(text, "{ratio} · all can hold: {} · not averaged", overlap.name().replace('-', " "));
    }
    for party in &view.without_statement {
        let _ = writeln!(text, "{}: no statement in these sources", isolated(party));
    }
    for line in &view.bears_on {
        let _ = writeln!(text, "bears on their reliability, and is no conflict: {}", isolated(line));
    }
    for line in &view.derived {
        let _ = writeln!(text, "derived, not a claim: {}", isolated(line));
    }
    if let Some(shown) = &view.shown {
        let _ = writeln!(text, "editor: {}", isolated(shown));
    }
    if view.positions.is_empty() {
        text.push_str("nobody whose statement is here has adopted a view\n");
    }
    for position in &view.positions {
        let by = position.by.as_ref().map(|by| format!(", by {}", isolated(by))).unwrap_or_default();
        let what = match &position.claim {
            Some(claim) => format!("works with: {}", isolated(claim)),
            None => "dissents".to_owned(),
        };
        let earlier = if position.on_earlier { " (of an earlier version)" } else { "" };
        let _ = writeln!(
            text,
            "{}{by}, {}: {what}{earlier}: {}",
            isolated(&position.place.origin),
            position.place.version.get(..10).unwrap_or_default(),
            isolated(&position.reason)
        );
    }
    text + &left_out(&view.left_out)
}
