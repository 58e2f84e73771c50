//! What limits every version of a record alike. Who must not have the newest version must not be left with the one before
//! it, and a new version does not drop what a person said about the old one.

use std::collections::{BTreeSet, HashMap};

use comity_model::{Flag, Handling, MemberId, Micros, Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::{handling as handlings, record};

use crate::admit::{Candidate, Statement};
use crate::force::InForce;
use crate::{App, AppError, handling};

/// What one statement about a record adds, to hold for its other versions too.
#[derive(Default)]
pub(crate) struct Added {
    inner: BTreeSet<String>,
    refugee_from: BTreeSet<String>,
    control: bool,
    /// Only where the record as a whole was named: one version may well be for fewer members than another.
    exclusions: BTreeSet<MemberId>,
}

impl Added {
    /// What a handling states that another did not.
    pub(crate) fn of(before: Option<&Handling>, next: &Handling) -> Self {
        let controls = |one: &Handling| one.flags.contains(&Flag::OriginatorControl);
        let new = |old: Option<&BTreeSet<String>>, now: &BTreeSet<String>| match old {
            Some(old) => now.difference(old).cloned().collect(),
            None => now.clone(),
        };
        let regrouped = before.is_none_or(|before| before.inner != next.inner);
        Self {
            inner: if regrouped { next.inner.clone() } else { BTreeSet::new() },
            refugee_from: new(before.map(|before| &before.refugee_from), &next.refugee_from),
            control: controls(next) && !before.is_some_and(controls),
            exclusions: BTreeSet::new(),
        }
    }

    /// The same with members whom the record as a whole excludes.
    pub(crate) fn excluding(self, members: BTreeSet<MemberId>) -> Self {
        Self { exclusions: members, ..self }
    }

    fn is_nothing(&self) -> bool {
        self.inner.is_empty() && self.refugee_from.is_empty() && !self.control && self.exclusions.is_empty()
    }

    fn on(&self, now: &Handling) -> Handling {
        let mut next = now.clone();
        if next.inner.is_empty() {
            next.inner.clone_from(&self.inner);
        } else {
            // A version is never opened to a group that could not read it.
            let both: BTreeSet<String> = next.inner.intersection(&self.inner).cloned().collect();
            if !both.is_empty() {
                next.inner = both;
            }
        }
        next.refugee_from.extend(self.refugee_from.iter().cloned());
        if self.control {
            next.flags.insert(Flag::OriginatorControl);
        }
        next.exclusions.extend(self.exclusions.iter().cloned());
        next
    }
}

/// Puts what was added to one version of a record on every other version of its origin that is here, or may be in use
/// again, whoever sees it.
pub(crate) fn spread(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (origin, id, version): (&MemberId, &str, &str),
    added: &Added,
    actor: &str,
) -> Result<(), AppError> {
    if added.is_nothing() || !force.is_home_of(app, origin) {
        return Ok(());
    }
    let lasts = |one: &Record| {
        !matches!(one.state, RecordState::Withdrawn | RecordState::Erased | RecordState::Triage)
    };
    let mut others: Vec<Record> = record::of_id(tx, id, None, None)?
        .into_iter()
        .map(Stored::into_inner)
        .filter(|one| &one.key.origin == origin && one.key.version != version && lasts(one))
        .collect();
    // The oldest first, so that none of them is shown again in place of the next.
    others.sort_by_key(|one| (one.version_at, one.seq));
    for one in others {
        let next = added.on(&one.handling);
        if next != *one.handling {
            handling::restate_one(app, tx, force, &one, &next.checked()?, actor)?;
        }
    }
    Ok(())
}

/// A version that is here: when it was made, its number, as it is written, and its handling if that has a private side.
type Here<'a> = (Micros, i64, String, Option<&'a Handling>);

/// The private side of what is here of these objects goes on to what comes: nobody drops it by bringing a newer version,
/// or the same once more, and what is received stays limited as this member limited it. None when nothing here has one.
pub(crate) fn inherit(
    tx: &mut Tx<'_>,
    origin: &MemberId,
    items: &[(Candidate, Statement)],
) -> Result<Option<Vec<(Candidate, Statement)>>, AppError> {
    let private: HashMap<_, _> = handlings::private(tx)?.into_iter().collect();
    if private.is_empty() {
        return Ok(None);
    }
    let ids: Vec<&str> = items.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
    let mut here: HashMap<String, Vec<Here<'_>>> = HashMap::new();
    for one in handlings::of_objects(tx, origin, &ids)? {
        let states = private.get(&one.handling).map(|handling| &**handling);
        here.entry(one.id).or_default().push((one.version_at, one.seq, one.version, states));
    }
    if here.values().flatten().all(|one| one.3.is_none()) {
        return Ok(None);
    }
    let mut all = Vec::with_capacity(items.len());
    let mut changed = false;
    for (candidate, statement) in items {
        let mut statement = statement.clone();
        let known = here.get(&candidate.id).map(Vec::as_slice).unwrap_or_default();
        let newest = known.iter().max_by_key(|(at, seq, ..)| (*at, *seq)).and_then(|one| one.3);
        let same = known.iter().filter(|one| one.2 == candidate.version).filter_map(|one| one.3);
        for theirs in same.chain(newest) {
            changed |= take_over(&mut statement.handling, theirs);
        }
        all.push((candidate.clone(), statement));
    }
    Ok(changed.then_some(all))
}

fn take_over(handling: &mut Handling, theirs: &Handling) -> bool {
    let before = (handling.inner.len(), handling.refugee_from.len());
    handling.refugee_from.extend(theirs.refugee_from.iter().cloned());
    // Who limits it to other groups now says so; more groups would be more readers.
    if handling.inner.is_empty() {
        handling.inner.clone_from(&theirs.inner);
    }
    before != (handling.inner.len(), handling.refugee_from.len())
}
