//! Proposing sets by rule: claims that give different numbers to one question. A person decides whether it becomes one.

use std::collections::BTreeMap;

use comity_model::council::contrast::{self, Overlap};
use comity_model::council::{Decimal, lineage};
use comity_model::kind::council::{Claim, ConflictSet, Difference};
use comity_model::kind::{Assertion, Basis, Kind, Statement};
use comity_model::stix::{Digest, Id};
use serde::Serialize;

use super::claims::{figure, told};
use super::gather::{Gathering, Held, Listed, claims, said};
use crate::compose::Entry;
use crate::compose::statement::StatementText;
use crate::{Actor, App, AppError};

/// What claims speak of: topic, unit and scope, in small letters.
type Question = (String, String, Option<String>);
/// Most proposals of one answer.
const PROPOSED: usize = 100;
/// Hexadecimal digits of the mark of a proposal.
const MARK_DIGITS: usize = 12;

/// Two claims that may answer one question differently.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Proposed {
    /// What it is accepted by: it stands for these two claims as they are shown, whatever else comes in.
    pub mark: String,
    /// Ids of the claims.
    pub claims: [String; 2],
    /// The claims, each with whose words it is.
    pub told: [String; 2],
    /// Why they are proposed.
    pub why: String,
    #[serde(skip)]
    collection: String,
}

/// Pairs of claims of one topic, unit, scope and time, of different voices and different sources, whose numbers cannot both
/// hold, and which stand in no set together. A question on which there are too many claims is left out and named.
///
/// # Errors
/// [`AppError::Denied`] to who may not read.
pub fn propose(app: &App, actor: &Actor) -> Result<Listed<Proposed>, AppError> {
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
        let mut left_out = gathering.left_out();
        let most = app.limits().council_compared;
        let mut lines = Vec::new();
        for ((topic, unit, scope), group) in &groups {
            if group.len() > most {
                let scope = scope.as_deref().map(|scope| format!(", {scope}")).unwrap_or_default();
                let count = group.len();
                left_out.push(format!(
                    "{count} claims on {topic} in {unit}{scope}: more than {most} are not compared"
                ));
            } else {
                pairs(group, &root_of, &sets, &mut lines);
            }
        }
        Ok(Listed { lines, left_out })
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
                    mark: mark(one, other),
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
    if !contrast::is_comparable(first, second) {
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

/// The short digest of two claims as they are shown: another content under the same version is another claim.
fn mark(one: &Held, other: &Held) -> String {
    let mut named = [one, other].map(|held| {
        let (place, content) = (&held.place, serde_json::to_string(&held.kind).unwrap_or_default());
        format!("{} {} {} {content}", place.id, place.version, held.origin)
    });
    named.sort();
    Digest::of(named.join("\n").as_bytes()).to_string().chars().take(MARK_DIGITS).collect()
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

/// Makes a set of the pair that [`propose`] lists under this mark. What came in between moves no mark to another pair.
///
/// # Errors
/// As for [`propose`]; [`AppError::NotFound`] when no pair has the mark now. What is wrong with the question stands in the
/// answer.
pub fn accept(
    app: &App,
    actor: &Actor,
    mark: &str,
    question: &str,
    statement: &StatementText,
) -> Result<Entry, AppError> {
    let all = propose(app, actor)?;
    let mut marked = all.iter().filter(|one| one.mark == mark);
    let (Some(chosen), None) = (marked.next(), marked.next()) else {
        return Err(AppError::NotFound(format!(
            "no proposal has the mark `{mark}` now: look again with `comity conflict propose`"
        )));
    };
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
