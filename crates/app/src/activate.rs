//! Bringing other local policies, and a community's own invariants, into force; and what was brought into force before.

use std::sync::Arc;

use comity_model::stix::Digest;
use comity_model::{ApprovalRule, Micros, SignedProof};
use comity_policy::PolicySet;
use comity_policy::generate::local_of;
use comity_store::Tx;
use comity_store::tables::activation::{self, Activation};
use comity_store::tables::epoch;
use serde::Serialize;

use crate::force::{InForce, altered, in_force};
use crate::foresee::{self, Foreseen};
use crate::gate::{self, Candidate, Passed};
use crate::proof::{INVARIANT_FILES_MAX, INVARIANTS_BYTES_MAX, Means, Own};
use crate::proposal::{self, Action, Outcome};
use crate::{Actor, App, AppError, Role, agreement, epochs, journal, triage};

/// Who begins an epoch with the guards of another program.
pub(crate) const PROGRAM: &str = "program";
/// What is said of rules whose guards another program renewed, until they are activated again.
pub const NOT_PROVED: &str = "not proved since the program changed";

/// What is to come into force.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wish {
    /// The local policies, in Cedar; none for what the release table of the agreement in force means.
    pub local: Option<String>,
    /// The community's own invariants; none keeps those that are in force, an empty list drops them.
    pub own: Option<Own>,
    /// The proof of the guards is inherited by their hash, and no solver is asked.
    pub inherit: bool,
    /// Why; kept in the history of this node.
    pub reason: Option<String>,
}

/// What came into force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Activated {
    /// Number of the epoch that began.
    pub epoch: i64,
    /// Hash of guards and local policies.
    pub policy: String,
    /// The community's own invariants that are kept.
    pub invariants: usize,
    /// SHA-256 of the proof.
    pub proof: String,
    /// By what it was proved: a solver and its version, or `inherited`.
    pub solver: String,
    /// What changed on the records that are here; none for who may not read records.
    pub now: Option<Foreseen>,
    /// Pairs of audience and handling that became visible.
    pub opened: usize,
    /// Pairs that are no longer visible.
    pub closed: usize,
}

/// Rules in force, for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RulesView {
    /// Number of the epoch.
    pub epoch: i64,
    /// Hash of guards and local policies.
    pub hash: String,
    /// SHA-256 of the guards.
    pub guards: String,
    /// Each rule, guards first: its name and its sentence.
    pub rules: Vec<RuleView>,
    /// The local policies, in Cedar.
    pub local: String,
    /// The community's own invariants: each file's name and its text.
    pub invariants: Own,
    /// Whether the newest proof is about these rules. It is not when the program brought other guards since: what was
    /// proved before is then to be proved again.
    pub is_proved: bool,
}

/// A rule, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RuleView {
    /// Its name.
    pub id: String,
    /// Its sentence.
    pub says: String,
}

/// One step in the history of the policies.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HistoryView {
    /// Number of the epoch that began with it.
    pub epoch: i64,
    /// When.
    pub at: Micros,
    /// By whom.
    pub by: String,
    /// Hash of guards and local policies.
    pub policy: String,
    /// By what it was proved; empty for what a new node started with; [`NOT_PROVED`] for other guards of another program.
    pub solver: String,
    /// SHA-256 of the proof; empty where there is none.
    pub proof: String,
    /// Why; empty when nobody said.
    pub reason: String,
}

/// Which rules are in force, to tell whether they still are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rules {
    pub(crate) policy: Digest,
    pub(crate) own: Own,
    /// Whether the newest proof is about these policies; not when another program renewed its guards since.
    pub(crate) is_proved: bool,
}

impl Rules {
    /// The name of local policies and invariants together.
    pub(crate) fn name(&self) -> String {
        Digest::of([self.policy.0, gate::own_hash(&self.own).0].as_flattened()).to_string()
    }
}

/// The epoch in force in this transaction, and which rules it stands for.
pub(crate) fn rules_in_force(app: &App, tx: &mut Tx<'_>) -> Result<(Arc<InForce>, Rules), AppError> {
    let force = in_force(app, tx)?;
    let policy = force.set.hash();
    epochs::require_unaltered(app, tx)?;
    let (own, is_proved) = match activation::newest(tx)? {
        Some(newest) => {
            let own: Own = serde_json::from_str(&newest.invariants).map_err(|_| altered("invariants"))?;
            let signed =
                SignedProof::from_json(&newest.proof).map_err(|_| altered("proof of the policies"))?;
            (own, signed.proof.policies == policy)
        }
        None => (Own::new(), false),
    };
    Ok((force, Rules { policy, own, is_proved }))
}

/// Brings policies into force, or proposes them where the agreement asks for a second person. Whatever the outcome is,
/// they were proved before, and the reader learns what they change.
///
/// # Errors
/// [`AppError::Denied`] without the role secretariat or administrator; [`AppError::Invalid`] with line and column for
/// policies and invariants that cannot be read; [`AppError::NotProved`] when the solver does not say yes to all that it
/// is asked; [`AppError::Environment`] without a solver, unless the proof is inherited; [`AppError::Conflict`] when
/// other policies came into force meanwhile. Nothing is changed then.
pub fn run(app: &App, actor: &Actor, wish: Wish, means: &Means) -> Result<Outcome<Activated>, AppError> {
    require(actor, "activate policies")?;
    let reason =
        wish.reason.map(|reason| triage::reason("--reason", &reason)).transpose()?.unwrap_or_default();
    let candidate = app.store().read("policy.candidate", |tx| {
        let (force, now) = rules_in_force(app, tx)?;
        let local = wish.local.clone().unwrap_or_else(|| from_table(&force));
        Ok::<_, AppError>(Candidate {
            local,
            own: wish.own.clone().unwrap_or(now.own),
            inherit: wish.inherit,
            table_of: wish.local.is_none().then(|| force.digest.to_string()),
        })
    })?;
    check_size(&candidate.own)?;
    let passed = gate::pass(app, candidate, means)?;
    let now =
        actor.may_read().is_ok().then(|| foresee::policies(app, &passed.candidate.local)).transpose()?;
    app.store().write("policy.activate", |tx| {
        let (force, rules) = rules_in_force(app, tx)?;
        require_same(&rules, &passed.before.name())?;
        require_table(&force, &passed.candidate)?;
        if force.agreement.two_person.contains(&ApprovalRule::Policies) {
            let action = Action::Policies {
                candidate: passed.candidate.clone(),
                policy: passed.policy.to_string(),
                instead_of: rules.name(),
                reason: reason.clone(),
            };
            let why = "the agreement asks for a second person when policies are changed";
            return proposal::propose(app, tx, actor, &action, why).map(Outcome::Pending);
        }
        let activated = bring(app, tx, &passed, &reason, &actor.name)?;
        Ok(Outcome::Done(Activated { now: now.clone(), ..activated }))
    })
}

/// Refuses who may not change policies.
pub(crate) fn require(actor: &Actor, what: &str) -> Result<(), AppError> {
    actor.require(&[Role::Secretariat, Role::Administrator], what)
}

/// Refuses when the rules in force are not the ones of this name.
pub(crate) fn require_same(now: &Rules, name: &str) -> Result<(), AppError> {
    if now.name() == name {
        return Ok(());
    }
    Err(AppError::Conflict(
        "other policies came into force meanwhile: look at them, then activate again".into(),
    ))
}

/// Refuses what was made from the release table of another agreement than the one in force.
pub(crate) fn require_table(force: &InForce, candidate: &Candidate) -> Result<(), AppError> {
    match &candidate.table_of {
        Some(digest) if *digest != force.digest.to_string() => Err(AppError::Conflict(
            "another agreement came into force meanwhile, and these policies are the release table of the one before: \
             look at its table, then activate again"
                .into(),
        )),
        _ => Ok(()),
    }
}

fn check_size(own: &Own) -> Result<(), AppError> {
    let bytes: usize = own.iter().map(|(file, text)| file.len() + text.len()).sum();
    if own.len() <= INVARIANT_FILES_MAX && bytes <= INVARIANTS_BYTES_MAX {
        return Ok(());
    }
    Err(AppError::Limit {
        what: "the size of the community's own invariants".into(),
        max: format!("{INVARIANT_FILES_MAX} files and {INVARIANTS_BYTES_MAX} bytes"),
    })
}

/// Puts policies that passed the gate in force. What changed is left to the caller to say.
pub(crate) fn bring(
    app: &App,
    tx: &mut Tx<'_>,
    passed: &Passed,
    reason: &str,
    by: &str,
) -> Result<Activated, AppError> {
    let Passed { candidate, policy, proof, proof_digest, solver, .. } = passed;
    let force = in_force(app, tx)?;
    let guards = PolicySet::guards_hash();
    epoch::keep_policy(tx, *policy, PolicySet::frame(), &candidate.local)?;
    let (number, settled) = agreement::begin(app, tx, &force.agreement, *policy, Some(&force), by)?;
    let invariants =
        serde_json::to_string(&candidate.own).map_err(|error| AppError::Internal(error.to_string()))?;
    activation::insert(
        tx,
        &Activation {
            epoch: number,
            invariants,
            proof: proof.clone(),
            digest: *proof_digest,
            solver: solver.clone(),
            reason: reason.to_owned(),
        },
    )?;
    let leaf = journal::leaf(app, "policy.activated", by)
        .policy(&policy.to_string())
        .detail("epoch", &number.to_string())
        .detail("agreement", &force.digest.to_string())
        .detail("guards", &guards.to_string())
        .detail("invariants", &gate::own_hash(&candidate.own).to_string())
        .detail("proof", &proof_digest.to_string())
        .detail("solver", solver);
    let place = journal::append(app, tx, vec![leaf])?;
    epochs::note(tx, number, place)?;
    Ok(Activated {
        epoch: number,
        policy: policy.to_string(),
        invariants: candidate.own.len(),
        proof: proof_digest.to_string(),
        solver: solver.clone(),
        now: None,
        opened: settled.opened,
        closed: settled.closed,
    })
}

fn from_table(force: &InForce) -> String {
    local_of(&force.agreement.release.clone().unwrap_or_default())
}

/// The local policies that the release table of the agreement in force means, in Cedar.
///
/// # Errors
/// Those of the store.
pub fn local_from_agreement(app: &App) -> Result<String, AppError> {
    app.store().read("policy.table", |tx| Ok(from_table(&*in_force(app, tx)?)))
}

/// The rules in force.
///
/// # Errors
/// Those of the store; [`AppError::Environment`] when they were activated with other guards.
pub fn rules(app: &App) -> Result<RulesView, AppError> {
    app.store().read("policy.rules", |tx| {
        let (force, now) = rules_in_force(app, tx)?;
        let rules = force.set.rules().into_iter();
        Ok(RulesView {
            epoch: force.number,
            hash: now.policy.to_string(),
            guards: PolicySet::guards_hash().to_string(),
            rules: rules.map(|rule| RuleView { id: rule.id.clone(), says: rule.says.clone() }).collect(),
            local: force.set.local_text().to_owned(),
            invariants: now.own,
            is_proved: now.is_proved,
        })
    })
}

/// Every change of the policies or of the invariants, the oldest first.
///
/// # Errors
/// Those of the store.
pub fn history(app: &App) -> Result<Vec<HistoryView>, AppError> {
    let mut before = None;
    let mut views = Vec::new();
    for step in app.store().read("policy.history", activation::steps)? {
        let is_other = before.replace(step.policy) != Some(step.policy);
        if !is_other && step.activation.is_none() {
            continue;
        }
        let (proof, solver, reason) = match step.activation {
            Some((proof, solver, reason)) => (proof.to_string(), solver, reason),
            None if !views.is_empty() && step.actor == PROGRAM => {
                (String::new(), NOT_PROVED.to_owned(), String::new())
            }
            None => Default::default(),
        };
        views.push(HistoryView {
            epoch: step.epoch,
            at: Micros(step.at_us),
            by: step.actor,
            policy: step.policy.to_string(),
            solver,
            proof,
            reason,
        });
    }
    Ok(views)
}

/// The signed proof with which an epoch began, or the newest one.
///
/// # Errors
/// [`AppError::NotFound`] where no proof is.
pub fn proof(app: &App, epoch: Option<i64>) -> Result<String, AppError> {
    let found = app.store().read("policy.proof", |tx| match epoch {
        Some(number) => activation::of(tx, number),
        None => activation::newest(tx),
    })?;
    found.map(|activation| activation.proof).ok_or_else(|| {
        AppError::NotFound(
            "no policies were activated here in that epoch: see `comity policy history`".into(),
        )
    })
}
