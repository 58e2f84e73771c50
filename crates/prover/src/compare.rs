//! Who gains and who loses by other local rules: whether such a request exists, with one to show.
//!
//! It speaks of every request that could be made, not of the records that are there.

use std::time::Instant;

use comity_policy::{Action, Trial};
use serde::{Serialize, Serializer};

use crate::asking::{Worker, side_by_side};
use crate::case::Case;
use crate::proof::Search;
use crate::report::Verdict;
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
    compare_sets(&old.live, &new.live, solver)
}

/// Compares what the guards of two sets let pass at most.
///
/// # Errors
/// As for [`compare`].
pub fn compare_ceilings(old: &Rules, new: &Rules, solver: &Solver) -> Result<Vec<Change>, ProveError> {
    compare_sets(&old.ceiling, &new.ceiling, solver)
}

fn compare_sets(old: &Trial, new: &Trial, solver: &Solver) -> Result<Vec<Change>, ProveError> {
    let mut changes = side_by_side(solver, Action::ALL.to_vec(), async |worker, action| {
        let began = Instant::now();
        let mint = Mint::new(action)?;
        let gains = wider(worker, &mint, action, new, old).await?;
        let loses = wider(worker, &mint, action, old, new).await?;
        let mut may_err = Vec::new();
        for trial in [old, new] {
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
    wide: &Trial,
    narrow: &Trial,
) -> Result<Verdict, ProveError> {
    let search = Search { mint, action, wide: wide.engine(), narrow: narrow.engine(), trial: wide };
    search.run(worker, |case: &Case| case.is_allowed(wide) && !case.is_allowed(narrow)).await
}
