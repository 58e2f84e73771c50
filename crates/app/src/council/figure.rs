//! Figures that trace: a stored question with what it counted. A figure is a record; which records it counted under which
//! bytes stays on the node that counted, and says later what has changed.

mod again;
mod explain;
mod keep;
mod run;
mod sum;

use comity_model::council::suppress::{self, Count, Told};
use comity_model::council::trace;
use comity_model::kind::council::{self, Asked, Figure, Party};
use comity_model::kind::{Assertion, Basis, Bound, Kind, Period};
use comity_model::stix::{Id, Timestamp};
use comity_model::{MemberId, Micros};
use comity_store::tables::figure::Run;
use serde::{Deserialize, Serialize};

use crate::compose::statement::StatementText;
use crate::compose::{self, Author, Draft, Entry};
use crate::force::{InForce, in_force};
use crate::search::{self, Query, Why, query::Field};
use crate::{Actor, App, AppError, supplement};

pub(crate) use again::mark_stale;
pub use again::{Again, recalculate};
pub use explain::{CountedLine, Explained, FigureLine, FigureView, explain, list};
pub use keep::Counting;
pub(crate) use keep::{door, forget};
use run::Found;
pub use sum::{NewSum, add};

/// Kinds that say what others say, or are made of counts themselves: they are not counted.
const NOT_COUNTED: [&str; 8] = [
    "claim",
    "conflict-set",
    "position",
    "figure",
    "comity-claim",
    "comity-conflict-set",
    "comity-position",
    "comity-figure",
];
/// Parts of a record in which a person is described: nothing there is counted.
const ASIDE: [&str; 6] = ["birth", "documents", "identifiers", "names", "designations", "category"];

/// A figure that is to be counted.
#[derive(Clone, Copy, Debug)]
pub struct NewFigure<'a> {
    /// Collection: id, alias or title.
    pub collection: &'a str,
    /// A heading.
    pub title: &'a str,
    /// The question, in the language of searches. It names kinds and selects nobody.
    pub ask: &'a str,
    /// What is counted: `records`, `sum:PATH`, `distinct:PATH`, or `within:DAYS`, the records that were made at most so many
    /// days after what they are about.
    pub count: &'a str,
    /// First day, month or year of the period.
    pub from: Option<&'a str>,
    /// Its last one.
    pub until: Option<&'a str>,
    /// The unit.
    pub unit: Option<&'a str>,
    /// What was counted, and how.
    pub rule: Option<&'a str>,
    /// Of what.
    pub scope: Option<&'a str>,
    /// Purpose of counting, one of the agreement's.
    pub purpose: Option<&'a str>,
    /// Who is to have it; without a level it stays with the own member.
    pub statement: &'a StatementText,
    /// Say what would be counted, and write nothing.
    pub dry_run: bool,
}

/// A figure that was counted.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Published {
    /// The number as it is told, with unit and scope.
    pub figure: String,
    /// `traced`, or that it is not, and why.
    pub trace: String,
    /// How many records were counted; none where so few must not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<u32>,
    /// Display names of those whose records were counted.
    pub contributors: Vec<String>,
    /// What was left out, a sentence each.
    pub left_out: Vec<String>,
    /// What became of the record; none for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
}

/// A question as it is kept with its runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Question {
    asked: Asked,
    #[serde(default)]
    period: Period,
    #[serde(default)]
    unit: Option<String>,
    purpose: String,
    /// The figures that are added, of a sum.
    #[serde(default)]
    parts: Vec<String>,
    /// Whether the figure is stated to others: then only what others let on is counted of theirs.
    outward: bool,
}

/// Counts, and makes a figure of it.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::Invalid`] for a question that may not be asked, or a
/// purpose that the agreement does not define; [`AppError::Conflict`] when what was counted may not be told, or cannot be
/// added. What is wrong with the record itself stands in the answer.
pub fn publish(app: &App, actor: &Actor, new: &NewFigure<'_>) -> Result<Published, AppError> {
    actor.may_read()?;
    let app = &app.seen_by(actor);
    let (question, query) = read(app, new)?;
    let (found, cell, nearest, contributors) = app.store().read("figure.count", |tx| {
        let force = in_force(app, tx)?;
        let found = run::count(app, tx, &force, &question, &query)?;
        let nearest = keep::nearest(tx, &found, force.agreement.small_cell())?;
        let names = contributors(&force, app, &found);
        Ok::<_, AppError>((found, force.agreement.small_cell(), nearest, names))
    })?;
    search::note(app, actor, &query.to_string(), why(&question), found.records.len())?;
    let mut statement = new.statement.clone();
    heed_inner(&mut statement, &found)?;
    let mut figure = blank(app, new, &question)?;
    fill(&mut figure, &question, &found, (cell, nearest))?;
    let counting = Counting::new(app, &mut figure, &question, &found)?;
    let mut published = Published {
        figure: figure.line(),
        trace: trace::stamp(&trace::missing_of_figure(&figure)),
        counted: figure.counted,
        contributors,
        left_out: told_left(found.left.iter().map(|(left, count)| (left.name(), i64::from(*count)))),
        entry: None,
    };
    if new.dry_run {
        return Ok(published);
    }
    let kind = Kind::Figure(Box::new(figure));
    let form = serde_json::to_value(kind).map_err(|error| AppError::Internal(error.to_string()))?;
    let draft = Draft { collection: new.collection.to_owned(), form, statement, ..Draft::default() };
    published.entry = Some(compose::enter_counted(app, Author::Person(actor), &draft, &counting)?);
    Ok(published)
}

fn why(question: &Question) -> Why<'_> {
    Why { purpose: &question.purpose, reason: "figure", case: "" }
}

/// Reads what is asked. A figure counts what happened: nothing in it picks somebody out.
fn read(app: &App, new: &NewFigure<'_>) -> Result<(Question, Query), AppError> {
    let query = search::read(new.ask)?;
    selects_nobody(&query)?;
    let (count, path) = counted_form(new.count)?;
    let date = |option: &str, text: Option<&str>| {
        let wrong = || AppError::invalid(option, "write a date: 2026, 2026-03 or 2026-03-08");
        text.map(|text| text.parse().map_err(|_| wrong())).transpose()
    };
    let period = Period { from: date("--from", new.from)?, until: date("--until", new.until)? };
    let purpose = app.store().read("figure.purpose", |tx| {
        let force = in_force(app, tx)?;
        search::purpose_of(&force, new.purpose).map(str::to_owned)
    })?;
    let asked = Asked { query: query.to_string(), count, path };
    let (unit, outward) = (new.unit.map(str::to_owned), is_outward(new.statement));
    Ok((Question { asked, period, unit, purpose, parts: Vec::new(), outward }, query))
}

/// Whether a statement lets anybody but the own member have it.
fn is_outward(statement: &StatementText) -> bool {
    statement.tlp.is_some() || statement.preset.is_some() || statement.iep.is_some()
}

/// Row C2: what identifies, what somebody belongs to, and what is said by others is no question of a figure.
fn selects_nobody(query: &Query) -> Result<(), AppError> {
    let refused = |reason: String| Err(AppError::invalid("ask", reason));
    for field in [Field::Name, Field::Number, Field::Id, Field::Nationality] {
        if query.selected(field).next().is_some() {
            let word = field.word();
            return refused(format!("a figure counts events, not a person: leave out {word}: (C2)"));
        }
    }
    for field in [Field::From, Field::Until] {
        if query.selected(field).next().is_some() {
            let word = field.word();
            return refused(format!("say the period of a figure with --from and --until, not with {word}:"));
        }
    }
    let words = query.notices();
    if !words.is_empty() {
        let words = words.join("`, `");
        return refused(format!(
            "a figure counts what happened, not what people are: leave out `{words}` (C2)"
        ));
    }
    let kinds: Vec<&String> = query.selected(Field::Kind).flatten().collect();
    if kinds.is_empty() {
        return refused("say what is counted: a kind of record, such as kind:find".into());
    }
    if let Some(kind) = kinds.iter().find(|kind| NOT_COUNTED.contains(&kind.as_str())) {
        return refused(format!(
            "{kind} says what somebody said or counted; it is not counted: count records of the matter, or add figures"
        ));
    }
    Ok(())
}

fn counted_form(text: &str) -> Result<(council::Counted, Option<String>), AppError> {
    let wrong = |reason: String| Err(AppError::invalid("--count", reason));
    let (form, path) = match text.split_once(':') {
        None if text == "records" => return Ok((council::Counted::Records, None)),
        Some(("sum", path)) => (council::Counted::Sum, path),
        Some(("distinct", path)) => (council::Counted::Distinct, path),
        Some(("within", days)) if days.parse::<u16>().is_ok_and(|days| (1..=3_650).contains(&days)) => {
            return Ok((council::Counted::Within, Some(days.to_owned())));
        }
        Some(("within", _)) => return wrong("write within: and 1 to 3650 days, such as within:7".into()),
        _ => {
            return wrong(
                "write records, sum:PATH, distinct:PATH or within:DAYS, such as sum:items.amount".into(),
            );
        }
    };
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if path.len() > 100 || !path.split('.').all(is_part) {
        return wrong("write properties with full stops between them, such as items.amount".into());
    }
    let special = |part: &str| ASIDE.contains(&part) || comity_model::kind::is_special(part);
    if path.split('.').any(special) {
        return wrong("what describes a person is not counted (C2)".into());
    }
    Ok((form, Some(path.to_owned())))
}

/// A figure over records that only some of the own people read is for them, unless somebody says for whom.
fn heed_inner(statement: &mut StatementText, found: &Found) -> Result<(), AppError> {
    if !statement.inner.is_empty() || found.inner.is_empty() {
        return Ok(());
    }
    let mut all = found.inner.iter();
    match (all.next(), all.next()) {
        (Some(groups), None) => {
            statement.inner = groups.iter().cloned().collect();
            Ok(())
        }
        _ => Err(AppError::Conflict(
            "it counts records of several readers' groups: say with --inner who of your people may read it"
                .into(),
        )),
    }
}

/// The figure before anything was counted.
fn blank(app: &App, new: &NewFigure<'_>, question: &Question) -> Result<Figure, AppError> {
    let filled = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Figure {
        title: supplement::reason(new.title, "--title")?,
        summary: None,
        value: "0".into(),
        bound: Bound::Exactly,
        upper: None,
        unit: filled(new.unit),
        scope: filled(new.scope),
        period: question.period,
        as_of: stamp(app.now()),
        counting_rule: filled(new.rule),
        contributors: Vec::new(),
        asked: Some(question.asked.clone()),
        counted: None,
        record_refs: Vec::new(),
        counted_root: None,
        suppressed: false,
        part_refs: Vec::new(),
        stale: Vec::new(),
        changes: None,
        notes: Vec::new(),
        basis: Basis::of(Assertion::FACT),
    })
}

fn stamp(at: Micros) -> Timestamp {
    Timestamp::from_micros(at.0)
}

/// Puts into a figure what was counted, as far as it may be told.
fn fill(
    figure: &mut Figure,
    question: &Question,
    found: &Found,
    (cell, nearest): (u32, Option<u32>),
) -> Result<(), AppError> {
    let few = u32::try_from(found.records.len()).unwrap_or(u32::MAX);
    let by_records = question.asked.count.is_of_records();
    let persons = question.unit.as_deref().is_some_and(suppress::is_persons);
    let value = found.value.to_string();
    // Of a sum that is no count of persons, the records are what could tell about somebody.
    let number = if by_records || !persons { few } else { value.parse().unwrap_or(u32::MAX) };
    let told = suppress::told(Count { value: number, personal: found.personal || persons, nearest }, cell);
    let is_whole = by_records || persons;
    if told != Told::Exactly && !is_whole {
        return Err(AppError::Conflict(format!(
            "{cell} records about persons at least are needed for a number that is no count of them: ask more widely"
        )));
    }
    (figure.value, figure.bound) = match told {
        Told::Exactly => (value, Bound::Exactly),
        Told::FewerThan(cell) => (cell.to_string(), Bound::LessThan),
        Told::AtLeast(rounded) => (rounded.to_string(), Bound::AtLeast),
    };
    figure.suppressed = told != Told::Exactly;
    figure.counted = (!figure.suppressed).then_some(few);
    figure.record_refs = Vec::new();
    if !figure.suppressed && found.records.len() <= council::MOST_REFS {
        for one in &found.records {
            figure.record_refs.push(parse(&one.id)?);
        }
    }
    figure.contributors = found.contributors.iter().map(party).collect::<Result<_, _>>()?;
    Ok(())
}

fn parse(id: &str) -> Result<Id, AppError> {
    Id::parse(id).map_err(|error| AppError::Internal(format!("{id}: {error}")))
}

fn party(member: &MemberId) -> Result<Party, AppError> {
    Ok(Party { member_ref: Some(parse(member.as_str())?), ..Party::default() })
}

fn contributors(force: &InForce, _app: &App, found: &Found) -> Vec<String> {
    found.contributors.iter().map(|member| force.name_of(member).to_owned()).collect()
}

/// What a run left out, a sentence each.
fn told_left<'a>(left: impl Iterator<Item = (&'a str, i64)>) -> Vec<String> {
    left.map(|(reason, count)| format!("{count}: {}", run::Left::sentence(reason))).collect()
}

/// The question of a run, as it was kept, and as the language of searches reads it; a sum has none.
fn question_of(run: &Run) -> Result<(Question, Result<Query, AppError>), AppError> {
    let question: Question = serde_json::from_str(&run.asked)
        .map_err(|error| AppError::Internal(format!("kept question: {error}")))?;
    let query = search::read(&question.asked.query);
    Ok((question, query))
}
