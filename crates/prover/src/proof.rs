//! The proof run: every claim, for every action that it names, about the ceiling and about the rules in force; and
//! that no rule errs, and that something is allowed at all.

use std::time::Instant;

use cedar_policy::PolicySet;
use cedar_policy_symcc::CompiledPolicySet;
use cedar_policy_symcc::Env;
use comity_policy::{Action, Claim, Rule, Trial};

use crate::asking::{Unanswered, Worker, side_by_side};
use crate::case::Case;
use crate::invariants::{Invariant, Invariants};
use crate::report::{Counterexample, Failure, Outcome, Question, Report, Stated, Subject, Verdict};
use crate::rules::{Mint, Rules};
use crate::{ProveError, Solver};

/// Proves the claims about the rules, and says of each what came out. Blocks its thread.
///
/// # Errors
/// [`ProveError`] when the rules cannot be turned into questions. A solver that fails is no error: what it did not
/// answer stands in the report, and blocks.
pub fn prove(rules: &Rules, invariants: &Invariants, solver: &Solver) -> Result<Report, ProveError> {
    let began = Instant::now();
    let tasks: Vec<(Subject, Action)> = [Subject::Live, Subject::Ceiling]
        .into_iter()
        .flat_map(|subject| Action::ALL.map(|action| (subject, action)))
        .collect();
    let mut outcomes = side_by_side(solver, tasks, async |worker, (subject, action)| {
        let trial = match subject {
            Subject::Ceiling => &rules.ceiling,
            Subject::Live => &rules.live,
        };
        let mint = Mint::new(action)?;
        let round = Round { trial, subject, action, set: mint.set(trial)?, mint };
        let mut outcomes = vec![round.reaches(worker).await];
        for rule in trial.rules() {
            // The guards are the same in both: they are asked about once.
            if Rules::is_guard(rule) == (subject == Subject::Ceiling) && rule.id != "everything" {
                outcomes.push(round.never_errs(worker, rule).await?);
            }
        }
        for invariant in invariants.all().iter().filter(|known| known.claim.actions.contains(&action)) {
            outcomes.push(round.invariant(worker, invariant).await?);
        }
        Ok(outcomes)
    })?;
    let place = |id: &str| invariants.all().iter().position(|known| known.claim.id == id);
    outcomes.sort_by(|a, b| {
        (a.question, place(&a.id), &a.id, a.action, a.subject).cmp(&(
            b.question,
            place(&b.id),
            &b.id,
            b.action,
            b.subject,
        ))
    });
    Ok(Report {
        solver: solver.version().to_owned(),
        guards: rules.guards_hash().to_string(),
        policies: rules.hash().map(|hash| hash.to_string()),
        invariants: invariants.all().iter().map(stated).collect(),
        outcomes,
        wall_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

fn stated(invariant: &Invariant) -> Stated {
    let Claim { id, says, .. } = &invariant.claim;
    Stated { id: id.clone(), says: says.clone(), is_own: invariant.is_own }
}

/// The questions about one set and one action.
struct Round<'a> {
    trial: &'a Trial,
    subject: Subject,
    action: Action,
    set: CompiledPolicySet,
    mint: Mint,
}

impl Round<'_> {
    /// Whether anything is allowed. A community may allow nothing; guards that let nothing pass are a fault.
    async fn reaches(&self, worker: &mut Worker<'_>) -> Outcome {
        let began = Instant::now();
        let found = worker
            .ask(async |compiler| compiler.check_always_denies_with_counterexample_opt(&self.set).await);
        let verdict = match found.await {
            Ok(Some(_)) => Verdict::Holds,
            Ok(None) => Verdict::Fails(Failure::NotInLife("nothing is allowed".into())),
            Err(why) => Verdict::Unanswered(why),
        };
        self.outcome(Question::Reaches, "", verdict, began, self.subject == Subject::Ceiling)
    }

    /// Whether a rule errs. A guard that errs is skipped by the engine; a local rule that errs denies everything.
    async fn never_errs(&self, worker: &mut Worker<'_>, rule: &Rule) -> Result<Outcome, ProveError> {
        let began = Instant::now();
        let compiled = self.mint.rule(self.trial, rule)?;
        let found =
            worker.ask(async |compiler| compiler.check_never_errors_with_counterexample_opt(&compiled).await);
        let verdict =
            match found.await {
                Ok(None) => Verdict::Holds,
                Ok(Some(env)) => Verdict::Fails(self.show(&env, |case| {
                    case.answer(self.trial).is_some_and(|answer| !answer.errors.is_empty())
                })),
                Err(why) => Verdict::Unanswered(why),
            };
        Ok(self.outcome(Question::NeverErrs, &rule.id, verdict, began, Rules::is_guard(rule)))
    }

    async fn invariant(&self, worker: &mut Worker<'_>, invariant: &Invariant) -> Result<Outcome, ProveError> {
        let began = Instant::now();
        let claim = &invariant.claim;
        let compiled = self.mint.claim(claim)?;
        let found = implies(worker, &self.set, &compiled).await;
        let verdict = match found {
            Ok(None) => Verdict::Holds,
            Ok(Some(env)) => Verdict::Fails(self.failure(worker, claim, &env).await?),
            Err(why) => Verdict::Unanswered(why),
        };
        let is_binding = !invariant.is_own || self.subject == Subject::Live;
        Ok(self.outcome(Question::Invariant, &claim.id, verdict, began, is_binding))
    }

    /// Shows what the solver found; where that cannot be met in life, it is asked for something that can.
    async fn failure(
        &self,
        worker: &mut Worker<'_>,
        claim: &Claim,
        env: &Env,
    ) -> Result<Failure, ProveError> {
        let breaks = |case: &Case| case.is_allowed(self.trial) && case.is_against(claim);
        let first = self.show(env, breaks);
        if matches!(&first, Failure::Shown(example) if example.replays) {
            return Ok(first);
        }
        let compiled = self.mint.claim_in_life(claim)?;
        Ok(match implies(worker, &self.set, &compiled).await {
            Ok(Some(env)) => self.show(&env, breaks),
            Ok(None) => not_in_life(env),
            Err(_) => first,
        })
    }

    fn show(&self, env: &Env, breaks: impl Fn(&Case) -> bool) -> Failure {
        shown(env, self.action, self.trial, breaks)
    }

    fn outcome(
        &self,
        question: Question,
        id: &str,
        verdict: Verdict,
        began: Instant,
        binds: bool,
    ) -> Outcome {
        Outcome {
            question,
            id: id.to_owned(),
            subject: self.subject,
            action: self.action,
            verdict,
            took_us: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            is_binding: binds,
        }
    }
}

/// A request that `wide` allows and `narrow` does not.
pub(crate) async fn implies(
    worker: &mut Worker<'_>,
    wide: &CompiledPolicySet,
    narrow: &CompiledPolicySet,
) -> Result<Option<Env>, Unanswered> {
    worker.ask(async |compiler| compiler.check_implies_with_counterexample_opt(wide, narrow).await).await
}

/// Two sets of rules: whether the first allows nothing that the second denies.
pub(crate) struct Search<'a> {
    pub(crate) mint: &'a Mint,
    pub(crate) action: Action,
    pub(crate) wide: &'a PolicySet,
    pub(crate) narrow: &'a PolicySet,
    /// By which a request is decided when it is shown.
    pub(crate) trial: &'a Trial,
}

impl Search<'_> {
    /// Asks; where what is found cannot be met in life, it asks for something that can.
    pub(crate) async fn run(
        &self,
        worker: &mut Worker<'_>,
        shows: impl Fn(&Case) -> bool,
    ) -> Result<Verdict, ProveError> {
        let narrow = self.mint.compiled(self.narrow, "the rules")?;
        let env = match implies(worker, &self.mint.compiled(self.wide, "the rules")?, &narrow).await {
            Err(why) => return Ok(Verdict::Unanswered(why)),
            Ok(None) => return Ok(Verdict::Holds),
            Ok(Some(env)) => env,
        };
        let first = shown(&env, self.action, self.trial, &shows);
        if matches!(&first, Failure::Shown(example) if example.replays) {
            return Ok(Verdict::Fails(first));
        }
        Ok(Verdict::Fails(match implies(worker, &self.mint.in_life(self.wide)?, &narrow).await {
            Ok(Some(env)) => shown(&env, self.action, self.trial, &shows),
            Ok(None) => not_in_life(&env),
            Err(_) => first,
        }))
    }
}

/// What the solver found as a case of ours, replayed, and as plain as it still `breaks` the claim.
pub(crate) fn shown(env: &Env, action: Action, trial: &Trial, breaks: impl Fn(&Case) -> bool) -> Failure {
    let case = match Case::read(env, action) {
        Ok(case) => case,
        Err(why) => return Failure::NotInLife(format!("{why}: {}", on_one_line(env))),
    };
    let replays = breaks(&case);
    let case = if replays { case.plainest(&breaks) } else { case };
    let decision = case.answer(trial).map_or_else(|| "no decision".into(), |answer| answer.sentence);
    Failure::Shown(Box::new(Counterexample { case, decision, replays }))
}

fn not_in_life(env: &Env) -> Failure {
    Failure::NotInLife(format!(
        "no member and record that this program can hold show it; the solver's own: {}",
        on_one_line(env)
    ))
}

fn on_one_line(env: &Env) -> String {
    let text = env.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(2_000).collect()
}
