//! What other local policies, or another agreement, would change: for whom, on the records that are here now, and
//! whether in principle. Nothing is written.
//!
//! A decision looks at the handling and never at the record, so the records are counted by shelf. Only those with parts
//! marked apart are opened, and only where the parts matter: what is left of one can be nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use comity_model::stix::Tlp;
use comity_model::{Agreement, HandlingId, MemberId, Micros, Record, RecordState};
use comity_policy::{PolicySet, Prepared, StateFlags};
use comity_prover::{Change, Limits, ProveError, Rules, Solver, compare};
use comity_store::Tx;
use comity_store::tables::handling::Handlings;
use comity_store::tables::release::Audience;
use comity_store::tables::tally::{self, Tally};
use comity_store::tables::{collection, record};
use serde::Serialize;

use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::variant::{self, Meanings};
use crate::verdicts::Line;
use crate::{App, AppError, explain, serve, settle};

/// The most records with marked parts that are opened for one answer.
const OPENED_MAX: u64 = 20_000;
/// Records read at once.
const CHUNK_ROWS: i64 = 500;
/// Examples of each kind for each reader.
pub(crate) const EXAMPLES_MAX: usize = 3;

/// Levels of marked parts.
type Parts = BTreeSet<Option<Tlp>>;

/// What would change on the records of now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Foreseen {
    /// Live records that were looked at.
    pub records: u64,
    /// The readers for whom something changes, by name, purpose and legal basis.
    pub readers: Vec<Shift>,
    /// Records with marked parts that were too many to open; they count as if something of them were left.
    pub unopened: u64,
}

impl Foreseen {
    /// Whether anything changes for anybody.
    pub fn changes(&self) -> bool {
        !self.readers.is_empty()
    }
}

/// What changes for one reader: a member in one context of use.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Shift {
    /// Id of the member.
    pub member_id: MemberId,
    /// Its display name.
    pub member: String,
    /// Purpose that its key states.
    pub purpose: String,
    /// Legal basis that its key states.
    pub basis: String,
    /// Whether it has a key that reads these records; without one nothing can arrive, whatever the rules say.
    pub has_key: bool,
    /// Records that it does not see now and would see.
    pub gained: Found,
    /// Records that it sees now and would see no more.
    pub lost: Found,
    /// Records of which it would see other parts.
    pub other_parts: Found,
}

/// Records of one kind of change.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Found {
    /// How many.
    pub count: u64,
    /// Some of them, of those that whoever asks finds here.
    pub examples: Vec<Example>,
}

/// One record, to look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Example {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name.
    pub name: String,
    /// Level in words.
    pub level: String,
}

impl Example {
    pub(crate) fn of(record: &Record) -> Self {
        Self {
            id: record.key.id.clone(),
            version: record.key.version.clone(),
            name: record.name.clone(),
            level: record.handling.level_name().to_owned(),
        }
    }
}

impl Found {
    pub(crate) fn add(&mut self, count: u64, examples: &[Example]) {
        self.count += count;
        let room = EXAMPLES_MAX.saturating_sub(self.examples.len());
        self.examples.extend(examples.iter().take(room).cloned());
    }
}

/// What these local policies would change, in place of those in force.
///
/// # Errors
/// [`AppError::Invalid`] with line and column when they cannot be read.
pub fn policies(app: &App, local: &str) -> Result<Foreseen, AppError> {
    let set = PolicySet::new(local)?;
    serve::settle_if_due(app)?;
    app.store().read("foresee.policies", |tx| {
        let old = in_force(app, tx)?;
        let new = old.proposed(old.agreement.clone(), set.clone())?;
        Survey::of(app, tx, &old, &new)
    })
}

/// What this agreement would change, in place of the one in force.
///
/// # Errors
/// [`AppError::Invalid`] when it is no agreement.
pub fn agreement(app: &App, toml: &str) -> Result<Foreseen, AppError> {
    let new = Agreement::from_toml(toml)?;
    serve::settle_if_due(app)?;
    app.store().read("foresee.agreement", |tx| {
        let old = in_force(app, tx)?;
        let new = old.proposed(new.clone(), old.set.clone())?;
        Survey::of(app, tx, &old, &new)
    })
}

/// Who gains and who loses by these local policies in principle: for each action, whether there is such a request, of
/// all that could be made, with one to show. The answer names the solver; none when there is no solver.
///
/// # Errors
/// [`AppError::Invalid`] with line and column when they cannot be read; [`AppError::Environment`] when the solver does
/// not work.
pub fn in_principle(
    app: &App,
    local: &str,
    solver: Option<&Path>,
    limits: Limits,
) -> Result<Option<(String, Vec<Change>)>, AppError> {
    let now = crate::activate::rules(app)?.local;
    let (old, new) = (Rules::new(&now)?, Rules::new(local)?);
    match Solver::find(solver, limits) {
        Ok(solver) => Ok(Some((solver.version().to_owned(), compare(&old, &new, &solver)?))),
        Err(ProveError::NoSolver { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// A reader of one collection.
#[derive(Clone)]
struct Reader {
    audience: Audience,
    has_key: bool,
    /// The verdicts that are known of it under the epoch in force, and under the other one.
    lines: (Arc<Line>, Arc<Line>),
}

/// What a reader may see of the records of a tally: none, or all without these parts.
type Glance = Option<Parts>;

/// Sums up what differs between two epochs, of which one need never be.
struct Survey<'a> {
    app: &'a App,
    old: &'a InForce,
    new: &'a InForce,
    now: Micros,
    look: Look<'a>,
    opened: u64,
    unopened: u64,
    shifts: BTreeMap<(String, String, String, String, bool), Shift>,
}

impl<'a> Survey<'a> {
    fn of(app: &'a App, tx: &mut Tx<'_>, old: &'a InForce, new: &'a InForce) -> Result<Foreseen, AppError> {
        let now = settle::instant(app, tx)?;
        let look = Look::new(app, tx)?;
        let mut survey = Self { app, old, new, now, look, opened: 0, unopened: 0, shifts: BTreeMap::new() };
        let mut readers = HashMap::new();
        for one in collection::list(tx)? {
            let found = survey.readers(tx, &one.id)?;
            readers.insert(one.id, found);
        }
        let mut handlings = Handlings::default();
        let mut records = 0;
        for tally in tally::all(tx)? {
            records += tally.count;
            let handling = handlings.get(tx, tally.handling)?;
            let prepared = (old.prepare(&handling), new.prepare(&handling));
            let mut differing = Vec::new();
            for reader in readers.get(&tally.collection).into_iter().flatten() {
                let Reader { audience, lines, .. } = reader;
                let before =
                    survey.glance((old, &lines.0), audience, (tally.handling, &prepared.0), &tally.parts);
                let after =
                    survey.glance((new, &lines.1), audience, (tally.handling, &prepared.1), &tally.parts);
                if before != after {
                    differing.push((reader.clone(), before, after));
                }
            }
            if !differing.is_empty() {
                let is_found =
                    survey.look.sees_such(tally.handling, &handling, &tally.parts, RecordState::Live);
                survey.count(tx, &tally, &differing, is_found)?;
            }
        }
        Ok(Foreseen { records, readers: survey.shifts.into_values().collect(), unopened: survey.unopened })
    }

    /// Who reads a collection, as [`explain::who_sees`] has it: each context in which a member's keys read it, and each
    /// other member without one. Everybody is asked about: a purpose that means something else, or a member that is hosted
    /// elsewhere, changes what others get.
    fn readers(&self, tx: &mut Tx<'_>, collection: &str) -> Result<Vec<Reader>, AppError> {
        let with_keys = explain::keyed(self.app, tx, collection)?;
        let members = self.old.agreement.members.iter().chain(&self.new.agreement.members);
        let without: BTreeSet<&MemberId> = members
            .map(|member| &member.id)
            .filter(|id| *id != self.app.member() && !with_keys.iter().any(|one| one.member == **id))
            .collect();
        let without: Vec<Audience> = without.into_iter().map(explain::nobody).collect();
        let reader = |audience: Audience, has_key| {
            let lines = (self.old.line(self.app, &audience), self.new.line(self.app, &audience));
            Reader { audience, has_key, lines }
        };
        let with_keys = with_keys.into_iter().map(|audience| reader(audience, true));
        Ok(with_keys.chain(without.into_iter().map(|audience| reader(audience, false))).collect())
    }

    fn glance(
        &self,
        (force, line): (&InForce, &Line),
        audience: &Audience,
        (id, prepared): (HandlingId, &Prepared<'_>),
        parts: &Parts,
    ) -> Glance {
        let handling = prepared.handling();
        let state = StateFlags::of(RecordState::Live, handling, self.now);
        // What is kept are verdicts without the state of a record.
        let allows = match state == StateFlags::default() {
            true => force.verdict(self.app, line, audience, (id, prepared)).allow,
            false => force.decide(self.app, audience, handling, state).allow(),
        };
        if !allows {
            return None;
        }
        if parts.is_empty() {
            return Some(Parts::new());
        }
        Some(force.denied(self.app, audience, handling, parts, RecordState::Live, self.now))
    }

    fn count(
        &mut self,
        tx: &mut Tx<'_>,
        tally: &Tally,
        differing: &[(Reader, Glance, Glance)],
        is_found: bool,
    ) -> Result<(), AppError> {
        if tally.parts.is_empty() {
            let limit = if is_found { i64::try_from(EXAMPLES_MAX).unwrap_or(i64::MAX) } else { 0 };
            let first = tally::records(tx, tally, i64::MIN, limit)?;
            let examples: Vec<Example> = first.iter().map(|(_, one)| Example::of(one.peek())).collect();
            for (reader, before, after) in differing {
                self.add(reader, before, after, tally.count, &examples);
            }
            return Ok(());
        }
        let mut after_ord = i64::MIN;
        let mut left = tally.count;
        while left > 0 && self.opened < OPENED_MAX {
            let rows = tally::records(tx, tally, after_ord, CHUNK_ROWS)?;
            let Some((last, _)) = rows.last() else { break };
            after_ord = *last;
            for (_, stored) in rows {
                self.open(tx, stored.peek(), differing, is_found)?;
                left = left.saturating_sub(1);
            }
        }
        self.unopened += left;
        if left > 0 {
            for (reader, before, after) in differing {
                self.add(reader, before, after, left, &[]);
            }
        }
        Ok(())
    }

    /// Looks at what is left of one record with marked parts for each reader.
    fn open(
        &mut self,
        tx: &mut Tx<'_>,
        record: &Record,
        differing: &[(Reader, Glance, Glance)],
        is_found: bool,
    ) -> Result<(), AppError> {
        self.opened += 1;
        let bytes = record::content(tx, &record.key, &[])?.unwrap_or_default();
        let mut left: HashMap<Parts, bool> = HashMap::from([(Parts::new(), true)]);
        let mut shown = |tx: &mut Tx<'_>, glance: &Glance| -> Result<Glance, AppError> {
            let Some(without) = glance else { return Ok(None) };
            let is_left = match left.get(without) {
                Some(known) => *known,
                None => {
                    let made = variant::left(self.app, tx, &bytes, without, &Meanings::new())?.is_some();
                    left.insert(without.clone(), made);
                    made
                }
            };
            Ok(Some(without.clone()).filter(|_| is_left))
        };
        let mut seen = Vec::with_capacity(differing.len());
        for (reader, before, after) in differing {
            seen.push((reader, shown(tx, before)?, shown(tx, after)?));
        }
        let examples: Vec<Example> = is_found.then(|| Example::of(record)).into_iter().collect();
        for (reader, before, after) in seen {
            self.add(reader, &before, &after, 1, &examples);
        }
        Ok(())
    }

    fn add(&mut self, reader: &Reader, before: &Glance, after: &Glance, count: u64, examples: &[Example]) {
        if before == after {
            return;
        }
        let Audience { member, purpose, basis, .. } = &reader.audience;
        let known = self.new.agreement.member(member).or(self.old.agreement.member(member));
        let name = known.map_or(member.as_str(), |member| member.name.as_str()).to_owned();
        let key = (name.clone(), member.to_string(), purpose.clone(), basis.clone(), reader.has_key);
        let shift = self.shifts.entry(key).or_insert_with(|| Shift {
            member_id: member.clone(),
            member: name,
            purpose: purpose.clone(),
            basis: basis.clone(),
            has_key: reader.has_key,
            gained: Found::default(),
            lost: Found::default(),
            other_parts: Found::default(),
        });
        let found = match (before, after) {
            (None, _) => &mut shift.gained,
            (_, None) => &mut shift.lost,
            _ => &mut shift.other_parts,
        };
        found.add(count, examples);
    }
}
