//! Who gains and who loses by other local rules: whether such a request exists, with one to show.
//!
//! It speaks of every request that could be made, not of the records that are there.

use std::time::Instant;

use comity_policy::{Action, Trial};
use serde::{Serialize, Serializer};

use crate::asking::{Worker, side_by_side};
use crate::case::Case;
use crate::proof::{implies, shown};
use crate::report::{Failure, Verdict};
use crate::rules::{Mint, Rules};
use crate::{ProveError, Solver};

/// What a change of rules means for one action. [`Verdict::Holds`] means: nobody.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The action.
    #[serde(serialize_with = "action_name")]
    pub action: Action,
    /// Whether nobody gains; a failure shows a request that becomes allowed.
    pub gains: Verdict,
    /// Whether nobody loses; a failure shows a request that is no longer allowed.
    pub loses: Verdict,
    /// Rules of either set that may err. What they err on is denied, which the two answers above do not see.
    pub may_err: Vec<String>,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

fn action_name<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(action.name())
}

/// Compares two sets of rules, action by action. Blocks its thread.
///
/// # Errors
/// [`ProveError`] when the rules cannot be turned into questions.
pub fn compare(old: &Rules, new: &Rules, solver: &Solver) -> Result<Vec<Change>, ProveError> {
    compare_sets((&old.live, &old.in_life()?), (&new.live, &new.in_life()?), solver)
}

/// Compares what the guards of two sets let pass at most.
///
/// # Errors
/// As for [`compare`].
pub fn compare_ceilings(old: &Rules, new: &Rules, solver: &Solver) -> Result<Vec<Change>, ProveError> {
    compare_sets((&old.ceiling, &old.ceiling), (&new.ceiling, &new.ceiling), solver)
}

/// A set, and the same set without what cannot be met in life.
type Pair<'a> = (&'a Trial, &'a Trial);

fn compare_sets(old: Pair<'_>, new: Pair<'_>, solver: &Solver) -> Result<Vec<Change>, ProveError> {
    let mut changes = side_by_side(solver, Action::ALL.to_vec(), async |worker, action| {
        let began = Instant::now();
        let mint = Mint::new(action)?;
        let gains = wider(worker, &mint, action, new, old).await?;
        let loses = wider(worker, &mint, action, old, new).await?;
        let mut may_err = Vec::new();
        for trial in [old.0, new.0] {
            for rule in trial.rules() {
                let compiled = mint.rule(trial, rule)?;
                let asked = worker.ask(async |compiler| compiler.check_never_errors_opt(&compiled).await);
                if !matches!(asked.await, Ok(true)) && !may_err.contains(&rule.id) {
                    may_err.push(rule.id.clone());
                }
            }
        }
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(vec![Change { action, gains, loses, may_err, took_us }])
    })?;
    changes.sort_by_key(|change| change.action);
    Ok(changes)
}

/// Whether nothing is allowed by `wide` that is not allowed by `narrow`.
async fn wider(
    worker: &mut Worker<'_>,
    mint: &Mint,
    action: Action,
    wide: Pair<'_>,
    narrow: Pair<'_>,
) -> Result<Verdict, ProveError> {
    let becomes = |case: &Case| case.is_allowed(wide.0) && !case.is_allowed(narrow.0);
    let compiled = mint.set(narrow.0)?;
    let mut failure = match implies(worker, &mint.set(wide.0)?, &compiled).await {
        Err(why) => return Ok(Verdict::Unanswered(why)),
        Ok(None) => return Ok(Verdict::Holds),
        Ok(Some(env)) => shown(&env, action, wide.0, becomes),
    };
    if !matches!(&failure, Failure::Shown(example) if example.replays)
        && let Ok(Some(env)) = implies(worker, &mint.set(wide.1)?, &compiled).await
    {
        failure = shown(&env, action, wide.0, becomes);
    }
    Ok(Verdict::Fails(failure))
}
