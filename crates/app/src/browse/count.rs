//! How many records a list has, and how many of them each value of what it is filtered by would leave.
//!
//! The counters of the store hold, for each handling, how many records there are. A viewer's numbers are those under the
//! handlings that the viewer finds, so a record that is hidden changes no number. What only a look at each record can
//! tell (what another member keeps on this node, an older version whose newer one is hidden, two filters that no counter
//! joins) is looked at record by record, up to [`EXACT_MAX`]; beyond it the number says that there are more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use comity_model::{Handling, HandlingId, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::browse::{self as rows, Wanted};
use comity_store::tables::counter::{self, Of, Stand};
use comity_store::tables::handling::Handlings;
use serde::Serialize;

use super::{Filter, Reading};
use crate::force::in_force;
use crate::{Actor, App, AppError, search};

/// Records that are counted one by one, at most.
const EXACT_MAX: usize = 10_000;
/// Rows that are passed for it in each collection, at most.
const LOOKS_MAX: i64 = 200_000;
/// Values of one field that an answer lists: those that most records have.
const VALUES_MAX: usize = 100;
/// Every state that a list can have.
const LISTED: [RecordState; 6] = [
    RecordState::Live,
    RecordState::Held,
    RecordState::Quarantined,
    RecordState::Overdue,
    RecordState::Withdrawn,
    RecordState::Erased,
];
/// What the values are listed of, besides the fields of handlings.
const FIELDS: [&str; 4] = [counter::WORD, "country", "language", "month"];

/// A number of records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Count {
    /// How many that whoever asks may see.
    pub n: u64,
    /// Whether there may be more: so many were looked at one by one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

impl Count {
    fn add(&mut self, n: u64) {
        self.n = self.n.saturating_add(n);
    }
}

/// A value of what a list is filtered by, and how many records it would leave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Valued {
    /// The value as the filter takes it.
    pub value: String,
    /// How many.
    #[serde(flatten)]
    pub count: Count,
}

/// The numbers of one list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Counts {
    /// All records of the list.
    pub total: Count,
    /// By field (`kind`, `country`, `language`, `month`, `level`, `category`, `origin`, `state`) the values that
    /// records have, without what the list is filtered by in that field; those that most have first, at most a hundred.
    pub facets: BTreeMap<&'static str, Vec<Valued>>,
}

/// Counts the records of a list.
///
/// # Errors
/// Those of [`super::page`]; [`AppError::Environment`] when the counters were not built by this program.
pub fn counts(app: &App, actor: &Actor, filter: &Filter) -> Result<Counts, AppError> {
    actor.may_read()?;
    crate::serve::settle_if_due(app)?;
    app.store().read("browse.counts", |tx| {
        search::require_index(tx)?;
        let force = in_force(app, tx)?;
        let mut reading = Reading::new(app, tx, force, actor, filter)?;
        let mut sums = Sums::default();
        for (part, _) in reading.parts.clone() {
            let mut counting = Counting::new(tx, part)?;
            counting.count(tx, &mut reading, &mut sums)?;
        }
        Ok(sums.answer())
    })
}

/// Fields of a handling by which lists are filtered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Field {
    Level,
    Category,
    Origin,
    State,
}

impl Field {
    const ALL: [Self; 4] = [Self::Level, Self::Category, Self::Origin, Self::State];

    fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Category => "category",
            Self::Origin => "origin",
            Self::State => "state",
        }
    }

    fn value(self, handling: &Handling, state: RecordState) -> Option<String> {
        match self {
            Self::Level => Some(handling.level_name().to_owned()),
            Self::Category => handling.category.map(|category| category.name().to_owned()),
            Self::Origin => Some(handling.originator.to_string()),
            Self::State => Some(state.name().to_owned()),
        }
    }
}

/// What was counted so far, in all collections.
#[derive(Default)]
struct Sums {
    total: Count,
    values: BTreeMap<&'static str, BTreeMap<String, Count>>,
}

impl Sums {
    fn add(&mut self, field: &'static str, value: String, n: u64) {
        self.values.entry(field).or_default().entry(value).or_default().add(n);
    }

    fn answer(self) -> Counts {
        let is_capped = self.total.more;
        let facets = self.values.into_iter().map(|(field, values)| {
            let mut all: Vec<Valued> = values
                .into_iter()
                .filter(|(_, count)| count.n > 0)
                .map(|(value, count)| Valued { value, count })
                .collect();
            all.sort_by(|a, b| b.count.n.cmp(&a.count.n).then_with(|| a.value.cmp(&b.value)));
            all.truncate(VALUES_MAX);
            if is_capped {
                all.iter_mut().for_each(|one| one.count.more = true);
            }
            (if field == counter::WORD { "kind" } else { field }, all)
        });
        Counts { total: self.total, facets: facets.collect() }
    }
}

/// One record that was looked at.
struct One {
    handling: Arc<Handling>,
    state: RecordState,
    word: String,
    facets: Vec<(String, String)>,
}

impl One {
    fn has(&self, field: &str, values: &[String]) -> bool {
        values.iter().any(|value| self.facets.iter().any(|(of, one)| of == field && one == value))
    }

    fn values(&self, field: &str) -> Vec<String> {
        match field {
            counter::WORD => vec![self.word.clone()],
            _ => self.facets.iter().filter(|(of, _)| of == field).map(|(_, value)| value.clone()).collect(),
        }
    }
}

/// The counting of one collection.
struct Counting {
    wanted: Wanted,
    handlings: HashMap<HandlingId, Arc<Handling>>,
    all: Vec<Stand>,
}

impl Counting {
    fn new(tx: &mut Tx<'_>, wanted: Wanted) -> Result<Self, AppError> {
        let all = counter::stands(tx, &wanted.collection, counter::ALL, "")?;
        let mut known = Handlings::default();
        let mut handlings = HashMap::new();
        for stand in &all {
            handlings.insert(stand.handling, known.get(tx, stand.handling)?);
        }
        Ok(Self { wanted, handlings, all })
    }

    fn count(&mut self, tx: &mut Tx<'_>, reading: &mut Reading<'_>, sums: &mut Sums) -> Result<(), AppError> {
        let Some(base) = self.base(tx, &self.wanted.facets)? else {
            return self.one_by_one(tx, reading, sums);
        };
        for stand in base {
            let Some(handling) = self.counted(stand.handling) else { continue };
            let (handling, n) = (Arc::clone(handling), stand.n);
            if self.fits(&handling, stand.state, None) {
                sums.total.add(n);
            }
            for field in Field::ALL {
                if self.fits(&handling, stand.state, Some(field))
                    && let Some(value) = field.value(&handling, stand.state)
                {
                    sums.add(field.name(), value, n);
                }
            }
        }
        let own = self.fitting();
        for field in FIELDS {
            for (value, n) in self.values(tx, field, &own)? {
                sums.add(field, value, n);
            }
        }
        self.beside(tx, reading, sums)
    }

    /// A handling under which everything is counted: one that is not hidden, and of no member whose records are judged
    /// one by one.
    fn counted(&self, id: HandlingId) -> Option<&Arc<Handling>> {
        let handling = self.handlings.get(&id)?;
        let is_apart = self.wanted.apart.contains(&handling.originator);
        (!is_apart && !self.wanted.hidden.contains(&id)).then_some(handling)
    }

    /// Whether what is asked of handling and state holds, but for one field.
    fn fits(&self, handling: &Handling, state: RecordState, but: Option<Field>) -> bool {
        let (of, wanted) = (|field| but != Some(field), &self.wanted);
        let is_wanted = |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
        let categories = &wanted.categories;
        let category = handling.category.map(comity_model::Category::name);
        (!of(Field::Level) || is_wanted(&wanted.levels, handling.level_name()))
            && (!of(Field::Category)
                || categories.is_empty()
                || category.is_some_and(|name| categories.contains(&name)))
            && (!of(Field::Origin)
                || wanted.origins.is_empty()
                || wanted.origins.contains(&handling.originator))
            && wanted.not_of.as_ref() != Some(&handling.originator)
            && if of(Field::State) {
                wanted.states.contains(&state.name())
            } else {
                state != RecordState::Triage
            }
    }

    /// The handlings whose records are in the list, and those whose are not.
    fn fitting(&self) -> (Vec<HandlingId>, Vec<HandlingId>) {
        let mut split = (BTreeSet::new(), BTreeSet::new());
        for stand in &self.all {
            // Any state of the list: which one it is, the counters say.
            let state = self.wanted.states.first().and_then(|name| RecordState::from_name(name));
            let fits = self
                .counted(stand.handling)
                .is_some_and(|handling| self.fits(handling, state.unwrap_or(stand.state), None));
            if fits {
                split.0.insert(stand.handling)
            } else {
                split.1.insert(stand.handling)
            };
        }
        (split.0.into_iter().collect(), split.1.into_iter().collect())
    }

    /// How many records have the wanted facets, by handling and state; none where no counter tells.
    fn base(
        &self,
        tx: &mut Tx<'_>,
        facets: &[(&'static str, Vec<String>)],
    ) -> Result<Option<Vec<Stand>>, AppError> {
        if self.wanted.actor.is_some() {
            return Ok(None);
        }
        let collection = &self.wanted.collection;
        Ok(match facets {
            [] => Some(self.all.clone()),
            [(field, values)] => match values.as_slice() {
                [value] => Some(counter::stands(tx, collection, field, value)?),
                words if *field == "kind" && self.are_words(tx, words)? => {
                    let mut all = Vec::new();
                    for word in words {
                        all.extend(counter::stands(tx, collection, counter::WORD, word)?);
                    }
                    Some(all)
                }
                _ => None,
            },
            [("kind", words), (field, values)] => match values.as_slice() {
                [value] if self.are_words(tx, words)? => {
                    let mut all = Vec::new();
                    for word in words {
                        all.extend(counter::stands(tx, collection, &counter::of_word(word, field), value)?);
                    }
                    Some(all)
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether the list calls by these words all that a filter for them finds, so that each record has one of them.
    fn are_words(&self, tx: &mut Tx<'_>, words: &[String]) -> Result<bool, AppError> {
        let collection = &self.wanted.collection;
        let distinct: BTreeSet<&String> = words.iter().collect();
        let mut are = distinct.len() == words.len();
        for word in words {
            let sum = |stands: Vec<Stand>| stands.iter().fold(0_u64, |sum, one| sum.saturating_add(one.n));
            are = are
                && sum(counter::stands(tx, collection, "kind", word)?)
                    == sum(counter::stands(tx, collection, counter::WORD, word)?);
        }
        Ok(are)
    }

    /// The values of a field, with what the list is filtered by in other fields.
    fn values(
        &self,
        tx: &mut Tx<'_>,
        field: &'static str,
        (own, others): &(Vec<HandlingId>, Vec<HandlingId>),
    ) -> Result<BTreeMap<String, u64>, AppError> {
        let collection = &self.wanted.collection;
        let of = if own.len() <= others.len() { Of::Only(own) } else { Of::AllBut(others) };
        let is_own = |name: &str| name == field || (name == "kind" && field == counter::WORD);
        let rest: Vec<_> = self.wanted.facets.iter().filter(|(name, _)| !is_own(name)).cloned().collect();
        match rest.as_slice() {
            [] => Ok(counter::values(tx, (collection, field), &self.wanted.states, of)?),
            [("kind", words)] if self.are_words(tx, words)? => {
                let mut sums = BTreeMap::new();
                for word in words {
                    let field = counter::of_word(word, field);
                    for (value, n) in counter::values(tx, (collection, &field), &self.wanted.states, of)? {
                        let sum: &mut u64 = sums.entry(value).or_default();
                        *sum = sum.saturating_add(n);
                    }
                }
                Ok(sums)
            }
            [(name, values)] if field == counter::WORD && values.len() == 1 => {
                let words = counter::values(tx, (collection, field), &self.wanted.states, of)?;
                let mut sums = BTreeMap::new();
                for word in words.into_keys() {
                    let name = counter::of_word(&word, name);
                    let value = values.first().map(String::as_str).unwrap_or_default();
                    let mut sum = 0_u64;
                    for stand in counter::stands(tx, collection, &name, value)? {
                        if own.binary_search(&stand.handling).is_ok()
                            && self.wanted.states.contains(&stand.state.name())
                        {
                            sum = sum.saturating_add(stand.n);
                        }
                    }
                    sums.insert(word, sum);
                }
                Ok(sums)
            }
            // No counter joins them: nothing is said of this field.
            _ => Ok(BTreeMap::new()),
        }
    }

    /// What has to be looked at one by one beside what is counted: records of members that this node hosts, and older
    /// versions whose newer ones are hidden from whoever asks.
    fn beside(&self, tx: &mut Tx<'_>, reading: &mut Reading<'_>, sums: &mut Sums) -> Result<(), AppError> {
        let every = Wanted {
            states: LISTED.map(RecordState::name).to_vec(),
            facets: Vec::new(),
            levels: Vec::new(),
            categories: Vec::new(),
            not_of: None,
            ..self.wanted.clone()
        };
        let mut met = Vec::new();
        if !every.apart.is_empty() {
            met.extend(self.looked(
                tx,
                reading,
                &Wanted { origins: every.apart.clone(), ..every.clone() },
                sums,
            )?);
        }
        if !every.hidden.is_empty() {
            let behind = Wanted { origins: Vec::new(), is_behind: true, ..every };
            let found = self.looked(tx, reading, &behind, sums)?;
            met.extend(found.into_iter().filter(|one| !self.wanted.apart.contains(&one.handling.originator)));
        }
        for one in &met {
            self.add(one, sums, true);
        }
        Ok(())
    }

    /// Counts the list itself record by record.
    fn one_by_one(
        &self,
        tx: &mut Tx<'_>,
        reading: &mut Reading<'_>,
        sums: &mut Sums,
    ) -> Result<(), AppError> {
        for one in self.looked(tx, reading, &self.wanted, sums)? {
            self.add(&one, sums, false);
        }
        Ok(())
    }

    /// Adds one record: to the values of each field by what is asked in the others, where that is known of it.
    fn add(&self, one: &One, sums: &mut Sums, widened: bool) {
        let has =
            |but: &str| self.wanted.facets.iter().all(|(name, values)| *name == but || one.has(name, values));
        let all = has("");
        if all && self.fits(&one.handling, one.state, None) {
            sums.total.add(1);
        }
        for field in Field::ALL {
            let but = widened.then_some(field);
            if all
                && self.fits(&one.handling, one.state, but)
                && let Some(value) = field.value(&one.handling, one.state)
            {
                sums.add(field.name(), value, 1);
            }
        }
        for field in FIELDS {
            let name = if field == counter::WORD { "kind" } else { field };
            if self.fits(&one.handling, one.state, None) && if widened { has(name) } else { all } {
                for value in one.values(field) {
                    sums.add(field, value, 1);
                }
            }
        }
    }

    /// The records of a list one by one, as many as are counted exactly.
    fn looked(
        &self,
        tx: &mut Tx<'_>,
        reading: &mut Reading<'_>,
        wanted: &Wanted,
        sums: &mut Sums,
    ) -> Result<Vec<One>, AppError> {
        let (found, stop) = reading.part(tx, wanted, i64::MAX, (EXACT_MAX, LOOKS_MAX))?;
        sums.total.more |= stop.is_some() || found.len() > EXACT_MAX;
        let numbers: Vec<i64> = found.iter().map(|one| one.record.peek().seq).collect();
        let mut facets: HashMap<i64, Vec<(String, String)>> = HashMap::new();
        for (seq, field, value) in rows::facets(tx, &wanted.collection, &numbers, &counter::FIELDS)? {
            facets.entry(seq).or_default().push((field, value));
        }
        let one = |record: &Record| {
            let facets = facets.remove(&record.seq).unwrap_or_default();
            let said = facets.iter().find(|(field, value)| field == "kind" && value != &record.kind);
            let bare = record.kind.strip_prefix("comity-").unwrap_or(&record.kind);
            let word = said.map_or(bare, |(_, value)| value).to_owned();
            One { handling: Arc::clone(&record.handling), state: record.state, word, facets }
        };
        let mut one = one;
        Ok(found.iter().take(EXACT_MAX).map(|found| one(found.record.peek())).collect())
    }
}
