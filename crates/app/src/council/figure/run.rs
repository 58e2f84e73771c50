//! Counting: what the index finds for a question, as far as who asks may use it, each object once.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::council::Decimal;
use comity_model::kind::council::Counted;
use comity_model::kind::{Kind, Period};
use comity_model::stix::{Object, Tlp};
use comity_model::{Flag, MemberId, Micros, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::record;
use comity_store::tables::search::{self as rows, Place, Wanted, Which};
use serde_json::Value;

use super::Question;
use crate::force::InForce;
use crate::search::judge::{needs_texts, phrases_hold};
use crate::search::matter::Matter;
use crate::search::{self, Query};
use crate::{App, AppError, look, settle};

/// Records read at a time.
const BATCH: i64 = 1_000;
/// A day in microseconds.
const A_DAY: i64 = 86_400_000_000;
/// Different units that a refusal names.
const UNITS_TOLD: usize = 5;

/// Why something that fits the question is not in the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Left {
    NoDate,
    PartlyInPeriod,
    NoAmount,
    NotExact,
    OtherUnit,
    OriginatorToBeAsked,
    CountedOnce,
}

impl Left {
    const ALL: [Self; 7] = [
        Self::NoDate,
        Self::PartlyInPeriod,
        Self::NoAmount,
        Self::NotExact,
        Self::OtherUnit,
        Self::OriginatorToBeAsked,
        Self::CountedOnce,
    ];

    /// The word that is kept.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NoDate => "no-date",
            Self::PartlyInPeriod => "partly-in-period",
            Self::NoAmount => "no-amount",
            Self::NotExact => "not-exact",
            Self::OtherUnit => "other-unit",
            Self::OriginatorToBeAsked => "originator-to-be-asked",
            Self::CountedOnce => "counted-once",
        }
    }

    /// What the word means.
    pub(super) fn sentence(word: &str) -> &'static str {
        match Self::ALL.into_iter().find(|one| one.name() == word) {
            Some(Self::NoDate) => "left out, because they have no date",
            Some(Self::PartlyInPeriod) => "left out, because they may lie outside the period",
            Some(Self::NoAmount) => "left out, because nothing stands at the path",
            Some(Self::NotExact) => "left out, because the amount is not exact",
            Some(Self::OtherUnit) => "amounts left out, because they are of another unit",
            Some(Self::OriginatorToBeAsked) => {
                "left out, because their originator is to be asked before others learn of them"
            }
            Some(Self::CountedOnce) => "not counted a second time: the same object of another originator",
            None => "left out",
        }
    }
}

/// A record that was counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct One {
    pub(super) collection: String,
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) digest: [u8; 32],
    pub(super) share: Decimal,
}

/// What was counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) value: Decimal,
    /// In the order of their places.
    pub(super) records: Vec<One>,
    pub(super) left: BTreeMap<Left, u32>,
    pub(super) contributors: BTreeSet<MemberId>,
    /// Some record that was counted is personal data.
    pub(super) personal: bool,
    /// The readers' groups of those that have some.
    pub(super) inner: BTreeSet<BTreeSet<String>>,
}

/// A record that fits the question.
struct Fits {
    record: Record,
    matter: Matter,
    form: Value,
    /// When it was made.
    made: Option<Micros>,
}

impl Fits {
    /// How many days after the last day of what it is about it was made.
    fn days(&self) -> Option<i64> {
        let (_, last) = self.matter.facets.iter().find(|(of, _)| *of == "last")?;
        // What has no end yet is not over.
        let last: Micros = format!("{last}T00:00:00Z").parse().ok().filter(|_| last != "9999-12-31")?;
        Some(self.made?.0.saturating_sub(last.0).div_euclid(A_DAY))
    }
}

/// Counts. The same stored records give the same answer.
pub(super) fn count(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    question: &Question,
    query: &Query,
) -> Result<Found, AppError> {
    search::require_index(tx)?;
    let wanted = search::wanted(tx, force, query)?;
    let mut found = Found {
        value: Decimal::from(0),
        records: Vec::new(),
        left: BTreeMap::new(),
        contributors: BTreeSet::new(),
        personal: false,
        inner: BTreeSet::new(),
    };
    let mut adding = Adding { question, units: BTreeSet::new(), values: BTreeSet::new() };
    let all = fitting(app, tx, force, (question, query), &wanted, &mut found)?;
    for one in all.into_values() {
        let handling = &one.record.handling;
        let is_own = &handling.originator == app.member();
        if question.outward && !is_own && !may_be_told(&one.record) {
            found.leave(Left::OriginatorToBeAsked);
            continue;
        }
        if let Some(left) = outside(&one.matter, &question.period) {
            left.into_iter().for_each(|left| found.leave(left));
            continue;
        }
        let Some(share) = adding.share(&one, &mut found)? else { continue };
        found.value = sum(&found.value, &share)?;
        found.personal |= handling.personal;
        if !handling.inner.is_empty() {
            found.inner.insert(handling.inner.clone());
        }
        // Who hides behind a record is not named by a figure.
        if !handling.flags.contains(&Flag::AnonymousSource) {
            found.contributors.insert(handling.originator.clone());
        }
        let Record { key, seq, .. } = one.record;
        found.records.push(One { collection: key.collection, seq, id: key.id, digest: key.digest.0, share });
    }
    adding.agree()?;
    if question.asked.count == Counted::Distinct {
        let count = u32::try_from(adding.values.len()).unwrap_or(u32::MAX);
        found.value = Decimal::from(count);
    }
    if found.contributors.is_empty() {
        // Whoever looked and found nothing says so.
        found.contributors.insert(app.member().clone());
    }
    found.records.sort_by(|one, other| (&one.collection, one.seq).cmp(&(&other.collection, other.seq)));
    Ok(found)
}

impl Found {
    fn leave(&mut self, left: Left) {
        let count = self.left.entry(left).or_default();
        *count = count.saturating_add(1);
    }
}

fn sum(one: &Decimal, other: &Decimal) -> Result<Decimal, AppError> {
    one.plus(other).ok_or_else(|| AppError::Limit { what: "the sum".into(), max: "30 digits".into() })
}

/// What fits the question, by object: of several originators the own record, else the one that came first.
fn fitting(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (question, query): (&Question, &Query),
    wanted: &Wanted,
    found: &mut Found,
) -> Result<BTreeMap<String, Fits>, AppError> {
    let audience = search::audience(app, force, &question.purpose, None)?;
    let hidden = look::hidden(app, tx, force, &audience)?;
    let now = settle::instant(app, tx)?;
    let most = app.limits().figure_records;
    let mut all: BTreeMap<String, Fits> = BTreeMap::new();
    let mut after: Option<Place> = None;
    let mut looked = 0_usize;
    loop {
        let of = (app.member(), hidden.as_slice());
        let batch = rows::own(tx, wanted, of, Which::Newest, after.as_ref(), BATCH)?;
        let is_last = batch.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for record in batch.into_iter().map(comity_model::Stored::into_inner) {
            let (collection, seq) = (record.key.collection.clone(), record.seq);
            after = Some(Place { version_us: record.version_at.0, collection, seq });
            looked = looked.saturating_add(1);
            if record.state != RecordState::Live || !search::is_readable(app, force, &audience, &record, now)
            {
                continue;
            }
            let Some(one) = fits(app, tx, query, record)? else { continue };
            keep(app, &mut all, one, found);
        }
        if looked > most {
            return Err(AppError::Limit {
                what: "what the question finds".into(),
                max: format!("{most} records"),
            });
        }
        if is_last {
            return Ok(all);
        }
    }
}

fn fits(app: &App, tx: &mut Tx<'_>, query: &Query, record: Record) -> Result<Option<Fits>, AppError> {
    let Some(bytes) = record::content(tx, &record.key, &[])? else { return Ok(None) };
    let Ok(object) = Object::parse(&bytes, &app.limits().stix) else { return Ok(None) };
    let matter = Matter::of(&object);
    if needs_texts(query) && !phrases_hold(query, &matter) {
        return Ok(None);
    }
    let form = match Kind::read(&object) {
        Ok(Some(kind)) => serde_json::to_value(&kind),
        _ => serde_json::to_value(object.value()),
    };
    let form = form.map_err(|error| AppError::Internal(error.to_string()))?;
    let made = object.created().map(|at| Micros(at.micros()));
    Ok(Some(Fits { record, matter, form, made }))
}

/// Of one object one record counts.
fn keep(app: &App, all: &mut BTreeMap<String, Fits>, one: Fits, found: &mut Found) {
    let rank = |record: &Record| {
        (&record.key.origin != app.member(), record.leaf, record.key.collection.clone(), record.seq)
    };
    match all.get_mut(&one.record.key.id) {
        None => _ = all.insert(one.record.key.id.clone(), one),
        Some(known) => {
            if known.record.key.origin != one.record.key.origin {
                found.leave(Left::CountedOnce);
            }
            if rank(&one.record) < rank(&known.record) {
                *known = one;
            }
        }
    }
}

/// Whether others may learn by a number that there is this record of another member: its originator let it into the
/// community, or consented to onward transfer at AMBER, and asks to be asked of no use.
pub(super) fn may_be_told(record: &Record) -> bool {
    let handling = &record.handling;
    let is_let_on = match handling.tlp {
        Some(Tlp::Clear | Tlp::Green) => true,
        Some(Tlp::Amber) => handling.onward,
        _ => false,
    };
    let is_limited = !handling.groups.is_empty()
        || !handling.exclusions.is_empty()
        || handling.flags.contains(&Flag::OriginatorControl);
    is_let_on && !is_limited
}

/// Whether the matter lies outside the period: none when it is inside; the reason when that cannot be said, and no reason when
/// it is outside.
fn outside(matter: &Matter, period: &Period) -> Option<Option<Left>> {
    if period.is_open() {
        return None;
    }
    let day = |field: &str| matter.facets.iter().find(|(of, _)| *of == field).map(|(_, day)| day.as_str());
    let (Some(first), Some(last)) = (day("first"), day("last")) else { return Some(Some(Left::NoDate)) };
    let from = period.from.map(|from| from.first().to_string()).unwrap_or_default();
    let until = period.until.map_or_else(|| "9999-12-31".to_owned(), |until| until.last().to_string());
    if last < from.as_str() || first > until.as_str() {
        return Some(None);
    }
    if first >= from.as_str() && last <= until.as_str() { None } else { Some(Some(Left::PartlyInPeriod)) }
}

/// What is added.
struct Adding<'a> {
    question: &'a Question,
    /// Units met in a sum for which none was said.
    units: BTreeSet<String>,
    /// Different values.
    values: BTreeSet<String>,
}

impl Adding<'_> {
    /// Within how many days records are counted.
    fn days(&self) -> Option<i64> {
        self.question.asked.path.as_ref()?.parse().ok()
    }

    /// What one record adds; none when it adds nothing and is not counted.
    fn share(&mut self, one: &Fits, found: &mut Found) -> Result<Option<Decimal>, AppError> {
        let form = &one.form;
        let path: Vec<&str> = self.question.asked.path.iter().flat_map(|path| path.split('.')).collect();
        let mut at = Vec::new();
        match self.question.asked.count {
            Counted::Records => return Ok(Some(Decimal::from(1))),
            Counted::Within => {
                return Ok(match (one.days(), self.days()) {
                    (Some(took), Some(most)) => (took <= most).then(|| Decimal::from(1)),
                    _ => {
                        found.leave(Left::NoDate);
                        None
                    }
                });
            }
            Counted::Sum | Counted::Distinct => walk(form, form, &path, &mut at),
        }
        if at.is_empty() {
            found.leave(Left::NoAmount);
            return Ok(None);
        }
        if self.question.asked.count == Counted::Distinct {
            let texts = at.iter().filter_map(|(value, _)| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            });
            let before = self.values.len();
            self.values.extend(texts);
            let added = self.values.len().saturating_sub(before);
            return Ok(Some(Decimal::from(u32::try_from(added).unwrap_or(u32::MAX))));
        }
        let mut total: Option<Decimal> = None;
        for (value, around) in at {
            if let Some(amount) = self.amount(value, around, found) {
                total = Some(sum(&total.unwrap_or_else(|| Decimal::from(0)), &amount)?);
            }
        }
        Ok(total)
    }

    /// The number at a place: a whole number, or an exact amount of the unit that is asked for.
    fn amount(&mut self, value: &Value, around: &Value, found: &mut Found) -> Option<Decimal> {
        let of = if value.is_object() { value } else { around };
        if of.get("bound").and_then(Value::as_str).is_some_and(|bound| bound != "exactly") {
            found.leave(Left::NotExact);
            return None;
        }
        let number = match value {
            Value::Number(number) => Decimal::parse(&number.to_string()),
            Value::Object(amount) => {
                let unit = amount.get("unit").and_then(Value::as_str).unwrap_or_default();
                match &self.question.unit {
                    Some(wanted) if wanted != unit => {
                        found.leave(Left::OtherUnit);
                        return None;
                    }
                    Some(_) => {}
                    None => _ = self.units.insert(unit.to_owned()),
                }
                amount.get("value").and_then(Value::as_str).and_then(Decimal::parse)
            }
            _ => None,
        };
        if number.is_none() {
            found.leave(Left::NoAmount);
        }
        number
    }

    /// Different units cannot be added.
    fn agree(&self) -> Result<(), AppError> {
        if self.units.len() < 2 {
            return Ok(());
        }
        let units: Vec<&str> = self.units.iter().take(UNITS_TOLD).map(String::as_str).collect();
        Err(AppError::Conflict(format!(
            "sum: {} cannot be added: narrow the question to one unit with --unit (B6)",
            units.join(" and ")
        )))
    }
}

/// Every value at a path, with the dictionary around it; lists on the way are gone through.
fn walk<'v>(value: &'v Value, around: &'v Value, path: &[&str], found: &mut Vec<(&'v Value, &'v Value)>) {
    match (value, path.split_first()) {
        (Value::Array(all), _) => all.iter().for_each(|one| walk(one, around, path, found)),
        (Value::Object(map), Some((key, rest))) => {
            if let Some(inner) = map.get(*key) {
                walk(inner, value, rest, found);
            }
        }
        (Value::Null, _) | (_, Some(_)) => {}
        (_, None) => found.push((value, around)),
    }
}
