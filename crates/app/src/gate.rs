//! The gate before other policies come into force: what they promise is proved.
//!
//! The solver is a process of its own. So all this happens before the transaction that brings policies into force, and
//! says which rules it was about; the transaction compares.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::proof::INHERITED;
use comity_model::stix::Digest;
use comity_model::{Handling, HandlingId, PolicyProof, Promise, SignedProof};
use comity_policy::{Action, Ask, Context, PolicySet, StateFlags};
use comity_prover::{Invariant, Invariants, Outcome, PROVED, Report, Subject};
use comity_store::Tx;
use comity_store::tables::handling::{self, Handlings};
use comity_store::tables::release::{self, Audience};
use serde::{Deserialize, Serialize};

use crate::activate::{Rules, rules_in_force};
use crate::force::InForce;
use crate::proof::{self, Means, Own};
use crate::{App, AppError, explain};

/// Policies that are to come into force, and how they are to be proved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Candidate {
    /// The local policies, in Cedar.
    pub(crate) local: String,
    /// The community's own invariants that are kept with them.
    pub(crate) own: Own,
    /// The proof of the guards is inherited by their hash, and no solver is asked.
    pub(crate) inherit: bool,
    /// Digest of the agreement whose release table the local policies are; none where a person wrote them.
    #[serde(default)]
    pub(crate) table_of: Option<String>,
}

/// Policies that passed the gate.
pub(crate) struct Passed {
    pub(crate) candidate: Candidate,
    pub(crate) policy: Digest,
    /// The rules that were in force meanwhile.
    pub(crate) before: Rules,
    /// The signed proof, and its name.
    pub(crate) proof: String,
    pub(crate) proof_digest: Digest,
    pub(crate) solver: String,
}

/// Puts policies to the solver, or inherits the proof of the guards.
///
/// A solver that was started is always believed less than it says: false, unknown, a time-out and a death all are
/// [`AppError::NotProved`].
pub(crate) fn pass(app: &App, candidate: Candidate, means: &Means) -> Result<Passed, AppError> {
    let set = PolicySet::new(&candidate.local)?;
    let mut invariants = Invariants::shipped()?;
    for (file, text) in &candidate.own {
        invariants.add(file, text)?;
    }
    let inherited = candidate.inherit.then(|| inherit(&candidate, invariants.all())).transpose()?;
    let before = app.store().read("policy.gate", |tx| {
        let (force, before) = rules_in_force(app, tx)?;
        // What a solver proves need not be looked for among the records that happen to be here.
        if candidate.inherit {
            require_kept_here(app, tx, &force, &set, invariants.all())?;
        }
        Ok::<_, AppError>(before)
    })?;
    let (solver, promises) = if let Some(inherited) = inherited {
        inherited
    } else {
        let report =
            proof::run(&candidate.local, &candidate.own, means.solver.as_deref(), means.limits.clone())?;
        if report.blocks() {
            return Err(AppError::NotProved(Box::new(report)));
        }
        (report.solver.clone(), promises(&report))
    };
    let signed = PolicyProof {
        v: 1,
        policies: set.hash(),
        guards: PolicySet::guards_hash(),
        own: own_hash(&candidate.own),
        solver: solver.clone(),
        at: app.now(),
        invariants: promises,
    };
    let signed: SignedProof = signed.sign(app.member().clone(), &app.keys()?.member)?;
    let proof = signed.to_json()?;
    let proof_digest = Digest::of(proof.as_bytes());
    Ok(Passed { policy: set.hash(), candidate, before, proof, proof_digest, solver })
}

/// The name of a community's own invariants: SHA-256 over their texts, in the order of their files.
pub(crate) fn own_hash(own: &Own) -> Digest {
    let hashes: Vec<[u8; 32]> = own.iter().map(|(_, text)| Digest::of(text.as_bytes()).0).collect();
    Digest::of(hashes.as_flattened())
}

/// What holds without a solver: the invariants that ship, since the tests of this program proved its guards, and local
/// policies can only allow less.
fn inherit(candidate: &Candidate, invariants: &[Invariant]) -> Result<(String, Vec<Promise>), AppError> {
    if !candidate.own.is_empty() {
        return Err(AppError::Conflict(
            "invariants of the community cannot be inherited, they have to be proved: activate with a solver \
             (on Debian: apt-get install cvc5), or without them (--drop-invariants)"
                .into(),
        ));
    }
    if Invariants::shipped_hash().to_string() != PROVED {
        return Err(AppError::Environment(
            "the guards of this program are not the ones that its tests proved: activate with a solver"
                .into(),
        ));
    }
    let inherited = |invariant: &Invariant| {
        let actions = invariant.claim.actions.iter();
        let answers: BTreeMap<String, String> =
            actions.map(|action| (action.name().to_owned(), INHERITED.to_owned())).collect();
        Promise {
            id: invariant.claim.id.clone(),
            says: invariant.claim.says.clone(),
            is_own: false,
            any: answers.clone(),
            these: answers,
        }
    };
    Ok((INHERITED.to_owned(), invariants.iter().map(inherited).collect()))
}

fn promises(report: &Report) -> Vec<Promise> {
    let about = |id: &str, subject: Subject| {
        let is_asked = move |outcome: &&Outcome| outcome.subject == subject;
        let answer =
            |outcome: &Outcome| (outcome.action.name().to_owned(), outcome.verdict.name().to_owned());
        report.about(id).filter(is_asked).map(answer).collect()
    };
    let promise = |stated: &comity_prover::Stated| Promise {
        id: stated.id.clone(),
        says: stated.says.clone(),
        is_own: stated.is_own,
        any: about(&stated.id, Subject::Ceiling),
        these: about(&stated.id, Subject::Live),
    };
    report.invariants.iter().map(promise).collect()
}

/// Asks the invariants about all that the set allows of what is here: for every member, in each of its contexts, and every
/// handling that is used.
fn require_kept_here(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    set: &PolicySet,
    invariants: &[Invariant],
) -> Result<(), AppError> {
    let used: BTreeSet<HandlingId> =
        handling::shelves(tx, None)?.into_iter().map(|shelf| shelf.handling).collect();
    let mut handlings = Handlings::default();
    let audiences = release::audiences(tx)?;
    for id in used {
        let handling = handlings.get(tx, id)?;
        for member in &force.agreement.members {
            let nobody = explain::nobody(&member.id);
            let of_member = audiences.iter().filter(|audience| audience.member == member.id);
            let with_key = of_member.filter(|audience| !is_same_context(audience, &nobody));
            for audience in with_key.chain([&nobody]) {
                let (actions, context) = questions_about(app, force, audience, &handling);
                for action in actions {
                    let ask = Ask { member: &member.id, action, handling: &handling, context: &context };
                    if set.decide(force.entities(), &ask).allow() {
                        require_kept(force, invariants, &ask)?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn is_same_context(one: &Audience, other: &Audience) -> bool {
    (&one.purpose, &one.basis, &one.inner) == (&other.purpose, &other.basis, &other.inner)
}

/// What can be asked on this node about a handling for an audience, as the doors ask it.
fn questions_about(
    app: &App,
    force: &InForce,
    audience: &Audience,
    handling: &Handling,
) -> (Vec<Action>, Context) {
    let (action, context) = force.question(app, audience, handling, StateFlags::default());
    let mut actions = vec![action, Action::Count, Action::Oversee];
    if action == Action::Read {
        actions.push(Action::Select);
    }
    (actions, context)
}

fn require_kept(force: &InForce, invariants: &[Invariant], ask: &Ask<'_>) -> Result<(), AppError> {
    let broken = invariants.iter().find(|known| !known.claim.admits(force.entities(), ask, None));
    broken.map_or(Ok(()), |known| {
        Err(AppError::Conflict(format!(
            "not proved: {} of {} at {} for {} is against the invariant {}: {}; nothing was changed",
            ask.action.name(),
            force.name_of(&ask.handling.originator),
            ask.handling.level_name(),
            force.name_of(ask.member),
            known.claim.id,
            known.claim.says
        )))
    })
}
