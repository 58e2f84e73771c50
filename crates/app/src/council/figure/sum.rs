//! Figures of several members added up.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::council::partial::{self, Part, Sum};
use comity_model::council::{Decimal, trace};
use comity_model::kind::council::{self, Figure};
use comity_model::kind::{Bound, Kind};
use comity_model::{MemberId, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::record;

use super::super::gather::Gathering;
use super::keep::may_be_added;
use super::run::{Found, One, may_be_told};
use super::{Counting, Published, Question, explain, party, stamp};
use crate::compose::statement::StatementText;
use crate::compose::{self, Author, Draft};
use crate::force::in_force;
use crate::look::Look;
use crate::{Actor, App, AppError, supplement};

/// A sum that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewSum<'a> {
    /// Collection: id, alias or title.
    pub collection: &'a str,
    /// A heading.
    pub title: &'a str,
    /// The figures, by id.
    pub parts: &'a [String],
    /// Who is to have it; without a level it stays with the own member.
    pub statement: &'a StatementText,
    /// Say what it would come to, and write nothing.
    pub dry_run: bool,
}

/// What parts came to, with what they say alike.
pub(super) struct Added {
    pub(super) found: Found,
    sum: Sum,
    first: Figure,
    parts: Vec<String>,
    warnings: Vec<String>,
    names: Vec<String>,
}

/// Adds figures that count records: one that several of them name counts once, and what some do not name makes it a range.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown figure;
/// [`AppError::Conflict`] when they cannot be added, or one may not be told to others. What is wrong with the record itself
/// stands in the answer.
pub fn add(app: &App, actor: &Actor, new: &NewSum<'_>) -> Result<Published, AppError> {
    actor.may_read()?;
    let app = &app.seen_by(actor);
    let outward = super::is_outward(new.statement);
    let added = app.store().read("figure.add", |tx| read(app, tx, new.parts, outward))?;
    let mut figure = Figure {
        title: supplement::reason(new.title, "--title")?,
        summary: None,
        as_of: stamp(app.now()),
        stale: Vec::new(),
        changes: None,
        asked: None,
        notes: Vec::new(),
        ..added.first.clone()
    };
    added.put(&mut figure)?;
    let mut statement = new.statement.clone();
    super::heed_inner(&mut statement, &added.found)?;
    let counting = Counting::new(app, &mut figure, &added.question(outward), &added.found)?;
    let mut published = Published {
        figure: figure.line(),
        trace: trace::stamp(&trace::missing_of_figure(&figure)),
        counted: figure.counted,
        contributors: added.names.clone(),
        left_out: added.told(),
        entry: None,
    };
    if new.dry_run {
        return Ok(published);
    }
    let form = serde_json::to_value(Kind::Figure(Box::new(figure)))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let draft = Draft { collection: new.collection.to_owned(), form, statement, ..Draft::default() };
    published.entry = Some(compose::enter_counted(app, Author::Person(actor), &draft, &counting)?);
    Ok(published)
}

impl Added {
    /// Puts the sum into a figure.
    pub(super) fn put(&self, figure: &mut Figure) -> Result<(), AppError> {
        let is_exact = self.sum.low == self.sum.high;
        figure.value = self.sum.low.to_string();
        figure.upper = (!is_exact).then(|| self.sum.high.to_string());
        figure.bound = if is_exact { Bound::Exactly } else { Bound::AtLeast };
        figure.suppressed = false;
        let named = u32::try_from(self.sum.named.len()).unwrap_or(u32::MAX);
        figure.counted = (is_exact && self.sum.unnamed.is_empty()).then_some(named);
        figure.record_refs = Vec::new();
        if self.sum.named.len() <= council::MOST_REFS {
            figure.record_refs =
                self.sum.named.iter().map(|id| super::parse(id)).collect::<Result<_, _>>()?;
        }
        figure.part_refs = self.parts.iter().map(|id| super::parse(id)).collect::<Result<_, _>>()?;
        figure.contributors = self.found.contributors.iter().map(party).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn question(&self, outward: bool) -> Question {
        let query = self.first.asked.as_ref().map(|asked| asked.query.clone()).unwrap_or_default();
        Question {
            asked: council::Asked { query, count: council::Counted::Records, path: None },
            period: self.first.period,
            unit: self.first.unit.clone(),
            purpose: String::new(),
            outward,
            parts: self.parts.clone(),
        }
    }

    fn told(&self) -> Vec<String> {
        let unnamed = self.sum.unnamed.iter();
        let mut lines: Vec<String> = unnamed
            .map(|(id, count)| format!("{count} records at most of {id} are counted and not named"))
            .collect();
        lines.extend(self.warnings.iter().cloned());
        lines
    }
}

/// Reads the figures as the viewer finds them, and adds them.
pub(super) fn read(app: &App, tx: &mut Tx<'_>, parts: &[String], outward: bool) -> Result<Added, AppError> {
    let force = in_force(app, tx)?;
    let mut gathering = Gathering::new(app, tx)?;
    let mut held = Vec::new();
    for text in parts {
        held.push(gathering.one(tx, text, &["figure"])?);
    }
    let figures: Vec<(&str, &Figure)> = held
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::Figure(figure) => Some((one.place.id.as_str(), figure.as_ref())),
            _ => None,
        })
        .collect();
    let all: Vec<Part<'_>> = figures.iter().map(|(name, figure)| Part { name, figure }).collect();
    let sum = partial::add(&all).map_err(|faults| AppError::Conflict(faults.join("; ")))?;
    let Some((_, first)) = figures.first() else {
        return Err(AppError::Internal("two parts at least".into()));
    };
    let mut found = Found {
        value: Decimal::from(u32::try_from(sum.low).unwrap_or(u32::MAX)),
        records: Vec::new(),
        left: BTreeMap::new(),
        contributors: BTreeSet::new(),
        personal: false,
        inner: BTreeSet::new(),
    };
    let mut warnings = Vec::new();
    for one in &held {
        let Kind::Figure(figure) = &one.kind else { continue };
        let row = row_of(app, tx, &one.place.id, &one.origin, &one.place.version)?;
        if outward && &one.origin != app.member() && !may_be_told(&row) {
            let id = &one.place.id;
            return Err(AppError::Conflict(format!(
                "{id}: its originator is to be asked before others learn of it: {}. Keep the sum with your member, or ask",
                force.name_of(&one.origin)
            )));
        }
        let run = explain::run_of(app, tx, &one.origin, (&one.place.id, figure))?;
        if outward && run.is_some_and(|run| !may_be_added(&run)) {
            let id = &one.place.id;
            return Err(AppError::Conflict(format!(
                "{id} was counted for your own member alone: count it anew with --tlp, or keep the sum with your member"
            )));
        }
        if !explain::stale_lines(app, tx, one, figure)?.is_empty() {
            warnings.push(format!("{} is stale: it is added as it stands", one.place.id));
        }
        found.contributors.insert(one.origin.clone());
        let members = figure.contributors.iter().filter_map(|party| party.member_ref.as_ref());
        found.contributors.extend(members.filter_map(|id| id.as_str().parse::<MemberId>().ok()));
        found.inner.extend((!row.handling.inner.is_empty()).then(|| row.handling.inner.clone()));
        let share = Decimal::parse(&figure.value).unwrap_or_else(|| Decimal::from(0));
        let (id, digest) = (row.key.id, row.key.digest.0);
        found.records.push(One { collection: row.key.collection, seq: row.seq, id, digest, share });
    }
    found.records.sort_by(|one, other| (&one.collection, one.seq).cmp(&(&other.collection, other.seq)));
    let names = found.contributors.iter().map(|member| force.name_of(member).to_owned()).collect();
    let (first, parts) = ((*first).clone(), held.iter().map(|one| one.place.id.clone()).collect());
    Ok(Added { found, sum, first, parts, warnings, names })
}

/// The row of a figure that was gathered.
fn row_of(
    app: &App,
    tx: &mut Tx<'_>,
    id: &str,
    origin: &MemberId,
    version: &str,
) -> Result<comity_model::Record, AppError> {
    let mut look = Look::new(app, tx)?;
    record::of_id(tx, id, None, Some(version))?
        .into_iter()
        .map(Stored::into_inner)
        .find(|row| &row.key.origin == origin && row.state == RecordState::Live && look.sees(row))
        .ok_or_else(|| AppError::Internal(format!("{id} was gathered and is not there")))
}
