//! Proposing sets by rule: claims that give different numbers to one question. A person decides whether it becomes one.

use std::collections::BTreeMap;

use comity_model::council::contrast::{self, Overlap};
use comity_model::council::{Decimal, lineage};
use comity_model::kind::council::{Claim, ConflictSet, Difference};
use comity_model::kind::{Assertion, Basis, Kind, Period, Statement};
use comity_model::stix::Id;
use serde::Serialize;

use super::claims::{figure, told};
use super::gather::{Gathering, Held, claims, said};
use crate::compose::Entry;
use crate::compose::statement::StatementText;
use crate::{Actor, App, AppError};

/// Most claims of one topic, unit and scope that are compared with each other.
const COMPARED: usize = 2_000;
/// What claims speak of: topic, unit and scope, in small letters.
type Question = (String, String, Option<String>);
/// Most proposals of one answer.
const PROPOSED: usize = 100;

/// Two claims that may answer one question differently.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Proposed {
    /// Ids of the claims.
    pub claims: [String; 2],
    /// The claims, each with whose words it is.
    pub told: [String; 2],
    /// Why they are proposed.
    pub why: String,
    #[serde(skip)]
    collection: String,
}

/// Pairs of claims of one topic, unit and scope, of different voices and different sources, whose numbers cannot both
/// hold, and which stand in no set together.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::Limit`] when too many claims would have to be compared.
pub fn propose(app: &App, actor: &Actor) -> Result<Vec<Proposed>, AppError> {
    actor.may_read()?;
    app.store().read("council.propose", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let all = gathering.all(tx, "claim")?;
        let sets = gathering.all(tx, "conflict-set")?;
        let every = claims(&all);
        let roots = lineage::roots(&said(&every));
        let root_of: BTreeMap<&str, usize> = roots
            .iter()
            .enumerate()
            .flat_map(|(at, root)| root.claims.iter().map(move |id| (id.as_str(), at)))
            .collect();
        let mut groups: BTreeMap<Question, Vec<(&Held, &Claim)>> = BTreeMap::new();
        for (held, claim) in every {
            let Some(quantity) = claim.quantity.as_ref().filter(|one| one.value.is_some()) else { continue };
            let scope = quantity.scope.as_deref().map(str::to_lowercase);
            let group = (claim.topic.to_lowercase(), quantity.unit.to_lowercase(), scope);
            groups.entry(group).or_default().push((held, claim));
        }
        let mut found = Vec::new();
        for group in groups.values() {
            if group.len() > COMPARED {
                let what =
                    format!("the number of claims on {}", group.first().map_or("", |(_, one)| &one.topic));
                return Err(AppError::Limit { what, max: COMPARED.to_string() });
            }
            pairs(group, &root_of, &sets, &mut found);
        }
        found.truncate(PROPOSED);
        Ok(found)
    })
}

fn pairs(
    group: &[(&Held, &Claim)],
    root_of: &BTreeMap<&str, usize>,
    sets: &[Held],
    found: &mut Vec<Proposed>,
) {
    let voices = said(group);
    for (at, (one, first)) in group.iter().enumerate() {
        for (other_at, (other, second)) in group.iter().enumerate().skip(at + 1) {
            if found.len() >= PROPOSED {
                return;
            }
            let is_one_voice =
                voices.get(at).map(|said| &said.voice) == voices.get(other_at).map(|said| &said.voice);
            let (id, other_id) = (one.place.id.as_str(), other.place.id.as_str());
            if is_one_voice || root_of.get(id) == root_of.get(other_id) || stand_together(sets, id, other_id)
            {
                continue;
            }
            if let Some(why) = differ(first, second) {
                let collection = one.place.collection.clone();
                found.push(Proposed {
                    claims: [id.to_owned(), other_id.to_owned()],
                    told: [told(one, first), told(other, second)],
                    why,
                    collection,
                });
            }
        }
    }
}

/// Why the numbers of two claims cannot both hold, if they cannot.
fn differ(one: &Claim, other: &Claim) -> Option<String> {
    let (first, second) = (one.quantity.as_ref()?, other.quantity.as_ref()?);
    if !may_meet(&first.period, &second.period) {
        return None;
    }
    let a = (Decimal::parse(first.value.as_deref()?)?, first.bound);
    let b = (Decimal::parse(second.value.as_deref()?)?, second.bound);
    (contrast::pair(&a, &b) == Overlap::No).then(|| {
        format!(
            "one topic ({}), one unit, different voices and sources: {} and {} cannot both hold",
            one.topic,
            figure(first),
            figure(second)
        )
    })
}

/// Whether two periods may be of one time: neither says, or they touch.
fn may_meet(one: &Period, other: &Period) -> bool {
    let ends_before = |one: &Period, other: &Period| match (one.until, other.from) {
        (Some(until), Some(from)) => until.last() < from.first(),
        _ => false,
    };
    one.is_open() == other.is_open() && !ends_before(one, other) && !ends_before(other, one)
}

fn stand_together(sets: &[Held], one: &str, other: &str) -> bool {
    sets.iter().any(|held| match &held.kind {
        Kind::ConflictSet(set) => {
            let has = |id: &str| set.claim_refs.iter().any(|claim| claim.as_str() == id);
            has(one) && has(other)
        }
        _ => false,
    })
}

/// Makes a set of one of the pairs that [`propose`] lists, counted from 1.
///
/// # Errors
/// As for [`propose`]; [`AppError::NotFound`] when there are not so many. What is wrong with the question stands in the
/// answer.
pub fn accept(
    app: &App,
    actor: &Actor,
    number: usize,
    question: &str,
    statement: &StatementText,
) -> Result<Entry, AppError> {
    let all = propose(app, actor)?;
    let chosen = number.checked_sub(1).and_then(|at| all.get(at)).ok_or_else(|| {
        AppError::NotFound(format!(
            "there is no proposal {number}: `comity conflict propose` lists {}",
            all.len()
        ))
    })?;
    let ids = chosen.claims.iter().map(|id| Id::parse(id)).collect::<Result<Vec<_>, _>>();
    let set = ConflictSet {
        title: question.to_owned(),
        summary: None,
        claim_refs: ids.map_err(|error| AppError::Internal(error.to_string()))?,
        session_refs: Vec::new(),
        difference: Difference::Value,
        shown: None,
        parties_without_statement: Vec::new(),
        bears_on_refs: Vec::new(),
        derived: Vec::new(),
        notes: Vec::new(),
        basis: Basis::of(Assertion { statement: Statement::Assessment, ..Assertion::FACT }),
    };
    super::conflict::enter(app, actor, &chosen.collection, Kind::ConflictSet(set), statement)
}
