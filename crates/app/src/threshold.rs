//! When a second person is asked before something goes out, as the agreement sets it. What an observer has got before
//! is read in the transaction that asks.

use comity_model::{ApprovalRule, Handling, Member, MemberId, RecordState, Standing};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::handling::{self, Handlings};
use comity_store::tables::release::{self, Audience};
use comity_store::tables::{delivery, tally};

use crate::force::InForce;
use crate::{App, AppError, explain, proposal, settle};

/// The most contexts of one observer that are asked about.
const CONTEXTS_MAX: usize = 1_000;

/// What asks for a second person, in one transaction.
pub(crate) struct Threshold<'a> {
    app: &'a App,
    force: &'a InForce,
    /// In which contexts observers could read to whom no record of the originator ever went, also those for which no key
    /// was made yet; none where the agreement does not ask about them.
    unreached: Vec<Audience>,
    /// There are more contexts than are asked about, so that a second person is always asked.
    is_always_asked: bool,
}

impl<'a> Threshold<'a> {
    /// What asks before records of this originator go out.
    pub(crate) fn of(
        app: &'a App,
        tx: &mut Tx<'_>,
        force: &'a InForce,
        originator: &MemberId,
    ) -> Result<Self, AppError> {
        let mut unreached = Vec::new();
        let mut is_always_asked = false;
        if force.agreement.two_person.contains(&ApprovalRule::FirstToObserver) {
            let audiences = release::audiences(tx)?;
            for observer in force.agreement.members.iter().filter(|member| is_observer(member)) {
                let mut contexts: Vec<Audience> =
                    audiences.iter().filter(|one| one.member == observer.id).cloned().collect();
                if contexts.is_empty() {
                    contexts.push(explain::nobody(&observer.id));
                }
                let got = delivery::went(tx, &observer.id, originator)?;
                if !got && !sees(app, tx, force, &contexts, originator)? {
                    match possible(force, &observer.id) {
                        Some(possible) => unreached.extend(possible),
                        None => is_always_asked = true,
                    }
                }
            }
        }
        Ok(Self { app, force, unreached, is_always_asked })
    }

    /// Which rule asks for a second person before a record is released under this handling; see
    /// [`proposal::second_person`]. A date never counts here: what is under embargo goes out when it ends.
    pub(crate) fn asks(&self, now: Option<&Handling>, next: &Handling) -> Option<&'static str> {
        if let Some(rule) = proposal::second_person(self.force, now, next) {
            return Some(rule);
        }
        if now.is_some_and(|now| next.is_within(now)) {
            return None;
        }
        let reaches =
            |audience: &Audience| self.force.decide(self.app, audience, next, StateFlags::default()).allow();
        let first = self.is_always_asked || self.unreached.iter().any(reaches);
        first.then_some("the agreement asks for a second person for what is the first to reach an observer")
    }
}

/// Every context in which a key of this member could read by the agreement; none when they are too many to ask about.
fn possible(force: &InForce, member: &MemberId) -> Option<Vec<Audience>> {
    let none = String::new();
    let purposes: Vec<&String> = force.agreement.purposes.keys().chain([&none]).collect();
    let bases: Vec<&String> = force.agreement.legal_bases.keys().chain([&none]).collect();
    if purposes.len().saturating_mul(bases.len()) > CONTEXTS_MAX {
        return None;
    }
    let with = |purpose: &String, basis: &String| Audience {
        purpose: purpose.clone(),
        basis: basis.clone(),
        ..explain::nobody(member)
    };
    Some(purposes.iter().flat_map(|purpose| bases.iter().map(|basis| with(purpose, basis))).collect())
}

fn is_observer(member: &Member) -> bool {
    member.active && member.standing == Standing::Observer
}

/// Whether a live record of the originator is visible in one of these contexts.
fn sees(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    contexts: &[Audience],
    originator: &MemberId,
) -> Result<bool, AppError> {
    let now = settle::instant(app, tx)?;
    let mut handlings = Handlings::default();
    for shelf in handling::shelves(tx, None)? {
        let handling = handlings.get(tx, shelf.handling)?;
        let state = StateFlags::of(RecordState::Live, &handling, now);
        let shows = |audience: &Audience| force.decide(app, audience, &handling, state).allow();
        if &handling.originator == originator
            && contexts.iter().any(shows)
            && tally::has_live(tx, &shelf.collection, shelf.handling)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
