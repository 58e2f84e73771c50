//! What other local policies would have done with what left: past deliveries decided again, and what would have gone out
//! besides. Nothing is written.
//!
//! A delivery row keeps the audience, the handling under which the record left, and the epoch that decided; the epoch
//! keeps its agreement and its local policies, but of its guards only the hash. So deliveries are decided again exactly,
//! and those that left under other guards than the ones of now are counted, since these judge them. What would have gone out besides is judged by the
//! handling, state, agreement and keys of today, since a record keeps no history of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use comity_model::stix::Tlp;
use comity_model::{Handling, HandlingId, Micros, RecordState};
use comity_policy::{PolicySet, StateFlags};
use comity_store::Tx;
use comity_store::tables::handling::Handlings;
use comity_store::tables::past::{self, Past};
use comity_store::tables::release::{self, Audience};
use comity_store::tables::tally;
use comity_store::tables::{collection, epoch};
use serde::Serialize;

use crate::force::{InForce, agreement_of, in_force};
use crate::foresee::{EXAMPLES_MAX, Example, Found};
use crate::look::Look;
use crate::{App, AppError, explain, serve};

/// What would have been different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Replayed {
    /// From when on.
    pub since: String,
    /// Before when.
    pub until: String,
    /// First deliveries to other members in this time.
    pub deliveries: u64,
    /// Of them, those whose epoch is not kept any more, or cannot be read any more: nothing is said about them.
    pub undecided: u64,
    /// Of them, those that left under the guards of another program: of these the hash is kept and not the text, so that
    /// the guards of now judge them.
    pub by_guards_of_now: u64,
    /// The readers for whom something would have been different, by name, purpose and legal basis.
    pub readers: Vec<Course>,
}

/// What would have been different for one reader: a member in one context of use.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Course {
    /// Display name of the member.
    pub member: String,
    /// Purpose that its key states.
    pub purpose: String,
    /// Legal basis that its key states.
    pub basis: String,
    /// Deliveries that would not have been made.
    pub withheld: Found,
    /// Deliveries that would have been made with other parts.
    pub other_parts: Found,
    /// Records that would have gone out, and did not.
    pub sent: Found,
}

/// Decides again, under these local policies, what left from `since` on and before `until`, which is now by default.
///
/// # Errors
/// [`AppError::Invalid`] with line and column when the policies cannot be read, or when the time ends before it begins.
pub fn policies(app: &App, local: &str, since: Micros, until: Option<Micros>) -> Result<Replayed, AppError> {
    let set = PolicySet::new(local)?;
    let until = until.map_or(app.now(), |until| until.min(app.now()));
    if until < since {
        return Err(AppError::invalid("--since", format!("{since} is later than the end, {until}")));
    }
    serve::settle_if_due(app)?;
    app.store().read("replay.policies", |tx| {
        let force = in_force(app, tx)?;
        let mut run = Run {
            app,
            set: &set,
            force: &force,
            look: Look::new(app, tx)?,
            since,
            until,
            epochs: HashMap::new(),
            courses: BTreeMap::new(),
        };
        let counts = run.deliveries(tx)?;
        run.besides(tx)?;
        Ok(Replayed {
            since: since.to_string(),
            until: until.to_string(),
            deliveries: counts.all,
            undecided: counts.undecided,
            by_guards_of_now: counts.by_guards_of_now,
            readers: run.courses.into_values().collect(),
        })
    })
}

/// An epoch as it was, and as it would have been.
struct Twice {
    was: InForce,
    would: InForce,
    /// The epoch was in force with other guards than these.
    has_other_guards: bool,
}

/// How many deliveries there are, and how they can be judged.
#[derive(Default)]
struct Counts {
    all: u64,
    undecided: u64,
    by_guards_of_now: u64,
}

struct Run<'a> {
    app: &'a App,
    set: &'a PolicySet,
    force: &'a InForce,
    look: Look<'a>,
    since: Micros,
    until: Micros,
    epochs: HashMap<i64, Option<Arc<Twice>>>,
    courses: BTreeMap<(String, String, String, String), Course>,
}

impl Run<'_> {
    /// Decides the deliveries again.
    fn deliveries(&mut self, tx: &mut Tx<'_>) -> Result<Counts, AppError> {
        let (since, until) = (self.since.0, self.until.0);
        let audiences: HashMap<i64, Audience> =
            release::audiences(tx)?.into_iter().map(|one| (one.number, one)).collect();
        let mut handlings = Handlings::default();
        let mut counts = Counts::default();
        for past in past::all(tx, since, until)? {
            let Some(audience) = audiences.get(&past.audience) else { continue };
            if &audience.member == self.app.member() {
                continue;
            }
            counts.all += past.count;
            let handling = handlings.get(tx, past.handling)?;
            let Some(twice) = self.epoch(tx, past.epoch)? else {
                counts.undecided += past.count;
                continue;
            };
            if twice.has_other_guards {
                counts.by_guards_of_now += past.count;
            }
            let Some(is_withheld) = self.differs(&twice, audience, &handling, &past) else { continue };
            let limit = self.examples_of(past.handling, &handling, &past.parts);
            let examples: Vec<Example> = past::examples(tx, &past, (since, until), limit)?
                .into_iter()
                .map(|(id, version, name)| Example { id, version, name, level: handling.level_name().into() })
                .collect();
            let course = self.course(&twice.would, audience);
            let found = if is_withheld { &mut course.withheld } else { &mut course.other_parts };
            found.add(past.count, &examples);
        }
        Ok(counts)
    }

    /// How many examples are told of records of a handling: none to whom they are not there.
    fn examples_of(&mut self, id: HandlingId, handling: &Handling, parts: &BTreeSet<Option<Tlp>>) -> i64 {
        let is_found = self.look.sees_such(id, handling, parts, RecordState::Live);
        if is_found { i64::try_from(EXAMPLES_MAX).unwrap_or(i64::MAX) } else { 0 }
    }

    /// How deliveries would have been different: withheld (true), made with other parts (false), or not at all.
    fn differs(
        &self,
        Twice { was, would, .. }: &Twice,
        audience: &Audience,
        handling: &Handling,
        past: &Past,
    ) -> Option<bool> {
        // What left was live, and neither under embargo nor past its end.
        if !would.decide(self.app, audience, handling, StateFlags::default()).allow() {
            return Some(true);
        }
        let mut undated = handling.clone();
        undated.embargo_until = None;
        undated.end_at = None;
        let lacks = |epoch: &InForce| {
            epoch.denied(self.app, audience, &undated, &past.parts, RecordState::Live, self.until)
        };
        let lacked = if past.whole { Default::default() } else { lacks(was) };
        (lacks(would) != lacked).then_some(false)
    }

    /// The epoch of this number with its own policies and with the proposed ones; none when it is not kept, or when its
    /// policies cannot be read with the schema of now.
    fn epoch(&mut self, tx: &mut Tx<'_>, number: i64) -> Result<Option<Arc<Twice>>, AppError> {
        if let Some(known) = self.epochs.get(&number) {
            return Ok(known.clone());
        }
        let made = match epoch::numbered(tx, number)? {
            None => None,
            Some(row) => {
                let agreement = agreement_of(&row)?;
                let local = epoch::policy(tx, row.policy)?;
                match local.and_then(|local| PolicySet::new(&local).ok()) {
                    None => None,
                    Some(set) => Some(Arc::new(Twice {
                        has_other_guards: set.hash() != row.policy,
                        was: self.force.proposed(agreement.clone(), set)?,
                        would: self.force.proposed(agreement, self.set.clone())?,
                    })),
                }
            }
        };
        self.epochs.insert(number, made.clone());
        Ok(made)
    }

    /// What would have gone out besides, by what is known today.
    fn besides(&mut self, tx: &mut Tx<'_>) -> Result<(), AppError> {
        let would = self.force.proposed(self.force.agreement.clone(), self.set.clone())?;
        let mut readers = HashMap::new();
        for one in collection::list(tx)? {
            let found = explain::keyed(self.app, tx, &one.id)?;
            readers.insert(one.id, found);
        }
        let mut handlings = Handlings::default();
        for tally in tally::all(tx)? {
            let handling = handlings.get(tx, tally.handling)?;
            let state = StateFlags::of(RecordState::Live, &handling, self.until);
            for audience in readers.get(&tally.collection).into_iter().flatten() {
                let may = |epoch: &InForce| epoch.decide(self.app, audience, &handling, state).allow();
                if &audience.member == self.app.member() || may(self.force) || !may(&would) {
                    continue;
                }
                let limit = self.examples_of(tally.handling, &handling, &tally.parts);
                let (count, first) = tally::not_sent(tx, &tally, audience.number, self.until.0, limit)?;
                if count > 0 {
                    let examples: Vec<Example> = first.iter().map(|one| Example::of(one.peek())).collect();
                    self.course(&would, audience).sent.add(count, &examples);
                }
            }
        }
        Ok(())
    }

    fn course(&mut self, force: &InForce, audience: &Audience) -> &mut Course {
        let Audience { member, purpose, basis, .. } = audience;
        let name = force.name_of(member).to_owned();
        let key = (name.clone(), member.to_string(), purpose.clone(), basis.clone());
        self.courses.entry(key).or_insert_with(|| Course {
            member: name,
            purpose: purpose.clone(),
            basis: basis.clone(),
            withheld: Found::default(),
            other_parts: Found::default(),
            sent: Found::default(),
        })
    }
}
