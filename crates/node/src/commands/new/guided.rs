//! `comity new KIND` without options: question by question, what is needed first. It reads lines and writes lines, so
//! that a test can hold the conversation.

use std::io::{BufRead, Write};

use comity_app::compose::statement::GradeText;
use comity_app::compose::{self, Author, Draft};
use comity_app::model::kind::Fault;
use comity_app::model::neutral;
use comity_app::{Actor, App};
use serde_json::{Value, json};

use super::{answer, line, over, set, split};
use crate::cli::field::{Field, Need, Take};
use crate::cli::kinds::KindHelp;
use crate::cli::new::NewCommand;
use crate::commands::record;
use crate::failure::Failure;
use crate::output::{Answer, visible};

/// Longest line that is read, in bytes.
const LINE_BYTES: u64 = 64 << 10;
/// Most answers to one question, so that no input keeps it going for ever.
const TRIES: usize = 50;

const LIKELIHOOD: &[&str] = &[
    "almost-no-chance",
    "very-unlikely",
    "unlikely",
    "roughly-even-chance",
    "likely",
    "very-likely",
    "almost-certain",
];
const STATEMENT: Field = Field::new(
    "fact or assessment",
    "basis.whole.statement",
    "WORD",
    Take::Word(&["fact", "assessment"]),
    "fact: it is established; assessment: somebody's judgement",
);
const HOW_LIKELY: Field = Field::new(
    "likelihood",
    "basis.whole.likelihood",
    "WORD",
    Take::Word(LIKELIHOOD),
    "how likely it is, in the words of ICD 203",
);
const HOW_SURE: Field = Field::new(
    "confidence",
    "basis.whole.confidence",
    "WORD",
    Take::Word(&["low", "moderate", "high"]),
    "how sure the assessor is, apart from how likely it is",
);
const LEVEL: Field = Field::new(
    "level",
    "tlp",
    "LEVEL",
    Take::Word(&["clear", "green", "amber", "amber+strict", "red"]),
    "level of the Traffic Light Protocol; without one the record stays with your own member",
);

/// The two sides of the conversation.
struct Talk<'t> {
    input: &'t mut dyn BufRead,
    out: &'t mut dyn Write,
}

impl Talk<'_> {
    fn say(&mut self, text: &str) -> Result<(), Failure> {
        let shown: Vec<String> = text.lines().map(visible).collect();
        writeln!(self.out, "{}", shown.join("\n")).map_err(|error| Failure::environment(error.to_string()))
    }

    /// One line; the end of the input means that somebody gave up.
    fn hear(&mut self, prompt: &str) -> Result<String, Failure> {
        use std::io::Read as _;
        let broken =
            |error: std::io::Error| Failure::environment(format!("the terminal cannot be read; {error}"));
        write!(self.out, "{prompt}: ").and_then(|()| self.out.flush()).map_err(broken)?;
        let mut bytes = Vec::new();
        let read = (&mut *self.input).take(LINE_BYTES).read_until(b'\n', &mut bytes).map_err(broken)?;
        if read == 0 {
            return Err(Failure::refused("given up; nothing is written"));
        }
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// Asks until the answer is good; none when nothing was said and nothing is needed. `?` explains.
    fn ask(&mut self, field: &Field, needed: bool, form: &mut Value) -> Result<Option<String>, Failure> {
        let mark = if needed { " (needed)" } else { "" };
        for _ in 0..TRIES {
            let text = self.hear(&format!("{}{mark}", field.flag))?;
            if text == "?" {
                self.say(&explained(field))?;
            } else if text.is_empty() && !needed {
                return Ok(None);
            } else if text.is_empty() {
                self.say("  this is needed; `?` explains")?;
            } else if let Some(word) = judged(field, &text) {
                self.say(&format!(
                    "  {word:?} judges: it may stand only in the words of somebody who is named; say it otherwise"
                ))?;
            } else {
                match field.apply(form, &text) {
                    Ok(()) => return Ok(Some(text)),
                    Err(why) => self.say(&format!("  {why}"))?,
                }
            }
        }
        Err(Failure::refused("too many answers to one question; nothing is written"))
    }

    fn yes(&mut self, question: &str) -> Result<bool, Failure> {
        let text = self.hear(&format!("{question} [y/N]"))?;
        Ok(matches!(text.to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

fn explained(field: &Field) -> String {
    let mut text = format!("  {}", field.help);
    match field.take {
        Take::Word(words) | Take::Stated(words) => {
            text.push_str(&format!("\n  one of: {}", words.join(", ")))
        }
        Take::Date | Take::Day => text.push_str("\n  as 2026, 2026-03 or 2026-03-01"),
        Take::Parts(fields) => {
            for field in fields {
                let mark = if field.need == Need::Always { " (needed)" } else { "" };
                text.push_str(&format!("\n  {}={}  {}{mark}", field.flag, field.value, field.help));
            }
            text.push_str("\n  as key=value; key=value");
        }
        _ => {}
    }
    text
}

/// A word that judges, in a text of ours.
fn judged(field: &Field, text: &str) -> Option<String> {
    let ours = matches!(field.take, Take::Text | Take::Name(_));
    let word = neutral::judging(text).into_iter().next().filter(|_| ours)?;
    Some(word.word)
}

/// Holds the conversation, and enters the record at its end when the answer is yes.
pub(super) fn run(
    app: &App,
    actor: &Actor,
    command: &NewCommand,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<Answer, Failure> {
    let mut talk = Talk { input, out };
    let kind = command.kind;
    let (about, long) = kind.about.split_once("\n\n").unwrap_or((kind.about, ""));
    talk.say(&format!("{about}. {long}\nEnter skips what is not needed, `?` explains.\n"))?;
    let mut draft = Draft {
        form: json!({"kind": kind.word}),
        statement: over(Default::default(), &command.release),
        language: command.entry.language.clone(),
        draft: command.entry.draft,
        collection: command.entry.collection.clone().unwrap_or_default(),
    };
    while draft.collection.is_empty() {
        draft.collection = talk.hear("collection (needed)")?;
    }
    needed(&mut talk, kind, &mut draft)?;
    rests_on(&mut talk, kind, &mut draft)?;
    optional(&mut talk, kind, &mut draft)?;
    beside(&mut talk, kind, &mut draft)?;
    let understood = settled(&mut talk, app, kind, &mut draft)?;
    talk.say(&understood)?;
    if !talk.yes("write it")? {
        return Err(Failure::refused("not written"));
    }
    answer(&compose::enter(app, Author::Person(actor), &draft)?, Some(kind))
}

/// Whether a field has to be there, given what was said so far.
fn is_needed(field: &Field, form: &Value) -> bool {
    let category = form.get("category").and_then(Value::as_str).unwrap_or_default();
    match field.flag {
        "link-to" | "link-kind" | "link-grounds" => category == "contact",
        "grounds" if form.get("kind").and_then(Value::as_str) == Some("subject") => {
            category == "future-offence"
        }
        _ => field.need == Need::Always,
    }
}

fn needed(talk: &mut Talk<'_>, kind: &KindHelp, draft: &mut Draft) -> Result<(), Failure> {
    let mut groups = Vec::new();
    for field in kind.all() {
        if let Need::OneOf(group) = field.need {
            if groups.contains(&group) {
                continue;
            }
            groups.push(group);
            let members: Vec<&Field> = kind.all().filter(|other| other.need == field.need).collect();
            talk.say(&format!("one of these is needed: {}", flags(&members)))?;
            let mut said = false;
            for _ in 0..TRIES {
                for member in &members {
                    said |= talk.ask(member, false, &mut draft.form)?.is_some();
                }
                if said {
                    break;
                }
                talk.say("  one of these is needed; `?` explains")?;
            }
        } else if is_needed(field, &draft.form) {
            one(talk, field, draft)?;
        }
    }
    Ok(())
}

/// Asks for one field that is needed; of a list for more of them after the first.
fn one(talk: &mut Talk<'_>, field: &Field, draft: &mut Draft) -> Result<(), Failure> {
    if matches!(field.take, Take::Stated(_)) {
        draft.statement.category = talk.ask(field, true, &mut Value::Null)?;
        return Ok(());
    }
    talk.ask(field, true, &mut draft.form)?;
    for _ in 0..TRIES {
        if !field.is_many() || talk.ask(field, false, &mut draft.form)?.is_none() {
            break;
        }
    }
    Ok(())
}

fn rests_on(talk: &mut Talk<'_>, kind: &KindHelp, draft: &mut Draft) -> Result<(), Failure> {
    let said = talk.ask(&STATEMENT, true, &mut draft.form)?;
    if said.as_deref() == Some("assessment") {
        talk.ask(&HOW_LIKELY, kind.word == "plan", &mut draft.form)?;
        talk.ask(&HOW_SURE, false, &mut draft.form)?;
    }
    Ok(())
}

fn optional(talk: &mut Talk<'_>, kind: &KindHelp, draft: &mut Draft) -> Result<(), Failure> {
    for group in kind.fields {
        let open: Vec<&Field> = group
            .iter()
            .filter(|field| field.need == Need::Never && !is_needed(field, &draft.form))
            .collect();
        if open.is_empty() || !talk.yes(&format!("add {}", flags(&open)))? {
            continue;
        }
        for field in open {
            for _ in 0..TRIES {
                if talk.ask(field, false, &mut draft.form)?.is_none() || !field.is_many() {
                    break;
                }
            }
        }
    }
    if talk.yes("add words of somebody")? {
        let mut said = json!({});
        talk.ask(
            &Field::new("words", "text", "", Take::Stated(&[]), "the words as they fell"),
            true,
            &mut said,
        )?;
        talk.ask(
            &Field::new("said by", "said_by", "", Take::Stated(&[]), "whose words they are"),
            true,
            &mut said,
        )?;
        comity_app::compose::form::put(&mut draft.form, "basis.said.+", said).map_err(Failure::refused)?;
    }
    Ok(())
}

/// Asks for what is stated beside the record.
fn beside(talk: &mut Talk<'_>, kind: &KindHelp, draft: &mut Draft) -> Result<(), Failure> {
    let stated = &mut draft.statement;
    if stated.tlp.is_none() {
        stated.tlp = talk.ask(&LEVEL, false, &mut Value::Null)?;
    }
    let personal = matches!(kind.word, "subject" | "account" | "payment");
    let word = |flag, help| Field::new(flag, "x", "", Take::Stated(&[]), help);
    let purpose = word("purpose", "purpose of collection, a word of the agreement (`comity agreement show`)");
    let basis = word("basis", "legal basis of the exchange, a word of the agreement");
    if (personal || kind.word == "relation") && stated.purpose.is_none() {
        stated.purpose = talk.ask(&purpose, personal, &mut Value::Null)?;
    }
    if (personal || kind.word == "relation") && stated.legal_basis.is_none() {
        stated.legal_basis = talk.ask(&basis, personal, &mut Value::Null)?;
    }
    if stated.grading.is_none() {
        let grade = word("grade", "a letter for the source and a digit for the information, such as B2");
        if let Some(text) = talk.ask(&grade, false, &mut Value::Null)? {
            let scale = Field::new("scale", "x", "", Take::Word(&["4x4", "6x6"]), "the scale of the grade");
            stated.scale = talk.ask(&scale, true, &mut Value::Null)?;
            stated.grading = Some(GradeText::Short(text));
        }
    }
    Ok(())
}

/// The record as it was understood, and who would see it; what is wrong is told and asked again.
fn settled(talk: &mut Talk<'_>, app: &App, kind: &KindHelp, draft: &mut Draft) -> Result<String, Failure> {
    for _ in 0..TRIES {
        let faults = match compose::preview(app, draft) {
            Ok(Ok(preview)) => {
                for question in &preview.questions {
                    talk.say(&format!("  {question}"))?;
                }
                if !preview.questions.is_empty() && draft.statement.reason.is_none() {
                    draft.statement.reason = Some(talk.hear("reason")?).filter(|text| !text.is_empty());
                }
                return Ok(format!("\n{:#}\n\n{}", preview.form, record::describe(&preview.sights)));
            }
            Ok(Err(faults)) => faults,
            Err(comity_app::AppError::Invalid(why)) => why.into_iter().map(fault).collect(),
            Err(error) => return Err(error.into()),
        };
        talk.say("this cannot be written yet:")?;
        for fault in &faults {
            talk.say(&format!("  {}", line(fault, Some(kind))))?;
        }
        let text = talk.hear("correct it: an option without its dashes, PATH=VALUE, or Enter to give up")?;
        if text.is_empty() {
            return Err(Failure::refused("given up; nothing is written"));
        }
        if let Err(failure) = correct(talk, kind, draft, &text) {
            talk.say(&format!("  {}", failure.message))?;
        }
    }
    Err(Failure::refused("given up; nothing is written"))
}

fn fault(one: comity_app::Fault) -> Fault {
    Fault { code: "statement", path: one.place, message: one.reason, rule: "form" }
}

fn correct(talk: &mut Talk<'_>, kind: &KindHelp, draft: &mut Draft, text: &str) -> Result<(), Failure> {
    let text = text.trim_start_matches("--");
    if let Some(field) = kind.all().find(|field| field.flag == text) {
        return one(talk, field, draft);
    }
    let stated = &mut draft.statement;
    let word = Field::new("value", "x", "", Take::Stated(&[]), "a word of the agreement");
    match text {
        "purpose" => stated.purpose = talk.ask(&word, true, &mut Value::Null)?,
        "basis" => stated.legal_basis = talk.ask(&word, true, &mut Value::Null)?,
        "review" => stated.review_at = talk.ask(&word, true, &mut Value::Null)?,
        "tlp" => stated.tlp = talk.ask(&LEVEL, true, &mut Value::Null)?,
        "collection" => draft.collection = talk.hear("collection")?,
        _ => {
            split(&[text.to_owned()])?;
            set(&mut draft.form, &[text.to_owned()])?;
        }
    }
    Ok(())
}

fn flags(fields: &[&Field]) -> String {
    fields.iter().map(|field| field.flag).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser as _;
    use comity_app::home::{self, Setup};
    use comity_app::{SystemClock, SystemRandom, collection, explain, person};

    use super::*;
    use crate::cli::{Cli, Command};

    /// Holds a conversation on a node of its own; the answer, what was said, and how many records there are then.
    fn talk(kind: &str, lines: &[&str]) -> (Result<Answer, Failure>, String, usize) {
        let folder = tempfile::tempdir().unwrap();
        let setup =
            Setup { member_name: "EXERCISE North", store_url: Some("sqlite::memory:"), exercise: true };
        let app =
            home::init(&folder.path().join("home"), &setup, Arc::new(SystemClock), Arc::new(SystemRandom))
                .unwrap();
        let actor = person::actor(&app, None).unwrap();
        collection::add(&app, &actor, "Reports", None).unwrap();
        let words = ["comity", "new", kind, "--collection", "reports"];
        let Command::New(command) = Cli::try_parse_from(words).unwrap().command else { panic!("{kind}") };
        let mut out = Vec::new();
        let input = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let answer = run(&app, &actor, &command, &mut input.as_bytes(), &mut out);
        let count = explain::records(&app, None).unwrap().len();
        (answer, String::from_utf8(out).unwrap(), count)
    }

    #[test]
    fn a_conversation_asks_for_what_is_needed_tells_mistakes_at_once_and_writes_after_a_yes() {
        let lines = [
            "?",                       // title
            "",                        // it is needed
            "EXERCISE terrorist camp", // it judges
            "EXERCISE camp at the quarry",
            "EXERCISE quarry", // place
            "xa",              // country
            "XA",
            "",     // district
            "fact", // fact or assessment
            "n",    // more about the period
            "n",    // coordinates
            "y",    // capacity and activity
            "forty",
            "40",
            "",      // activity
            "n",     // summary
            "n",     // words of somebody
            "green", // level
            "",      // grade
            "y",     // write it
        ];
        let (answer, said, count) = talk("training-site", &lines);
        assert!(answer.is_ok(), "{answer:?} {said}");
        for part in ["A heading", "this is needed", "judges", "two capital letters", "no whole number"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(count, 1);
    }

    #[test]
    fn whoever_gives_up_or_says_no_has_written_nothing() {
        let (answer, said, count) = talk("training-site", &["EXERCISE camp"]);
        assert!(answer.unwrap_err().message.contains("nothing is written"), "{said}");
        assert_eq!(count, 0);
        let lines = ["EXERCISE camp", "", "XA", "", "fact", "n", "n", "n", "n", "n", "", "", "no"];
        let (answer, said, count) = talk("training-site", &lines);
        assert!(answer.unwrap_err().message.contains("not written"), "{said}");
        assert_eq!(count, 0);
    }
}
