//! Whether the claims fit the guards: nothing that the guards let pass breaks a claim, and nothing that the guards
//! deny is passed over by all of them. Where both are proved, the claims say exactly what the guards do, so that no
//! guard can be dropped or weakened without breaking a claim.

use comity_policy::{Action, Claim};

use crate::asking::{Compiler, Unanswered, side_by_side};
use crate::case::Case;
use crate::invariants::Invariants;
use crate::proof::Search;
use crate::report::{Failure, Verdict};
use crate::rules::{Mint, Rules, all_of};
use crate::{ProveError, Solver};

/// The answer for one action.
#[derive(Clone, Debug)]
pub struct Cover {
    /// The action.
    pub action: Action,
    /// The answer.
    pub verdict: Verdict,
    /// The claims that the request shown has against it.
    pub broken: Vec<String>,
}

/// Whether the guards let nothing pass that breaks a claim: all claims in one question an action, which is faster than
/// [`crate::prove`] and says of a failure only what one request breaks. Blocks its thread.
///
/// # Errors
/// [`ProveError`] when the rules cannot be turned into questions.
pub fn is_kept(rules: &Rules, invariants: &Invariants, solver: &Solver) -> Result<Vec<Cover>, ProveError> {
    ask(rules, invariants, solver, true)
}

/// Whether the guards deny nothing that no claim speaks against. A failure shows a request which is denied, by which
/// guard, and that no claim would be broken if it were allowed. Blocks its thread.
///
/// # Errors
/// As for [`is_kept`].
pub fn is_told(rules: &Rules, invariants: &Invariants, solver: &Solver) -> Result<Vec<Cover>, ProveError> {
    ask(rules, invariants, solver, false)
}

fn ask(
    rules: &Rules,
    invariants: &Invariants,
    solver: &Solver,
    is_kept: bool,
) -> Result<Vec<Cover>, ProveError> {
    let mut covers = side_by_side(solver, Action::ALL.to_vec(), async |worker, action| {
        let all = invariants.all().iter().map(|known| &known.claim);
        let claims: Vec<&Claim> = all.filter(|claim| claim.actions.contains(&action)).collect();
        let mint = Mint::new(action)?;
        let set = all_of(&claims)?;
        for claim in &claims {
            let compiled = mint.policy(claim.engine())?;
            let sure =
                worker.ask(async |compiler: &mut Compiler| compiler.check_never_errors_opt(&compiled).await);
            if let Some(why) = unsure(sure.await) {
                return Ok(vec![Cover { action, verdict: Verdict::Unanswered(why), broken: Vec::new() }]);
            }
        }
        let trial = &rules.ceiling;
        let broken = |case: &Case| -> Vec<String> {
            claims.iter().filter(|claim| case.is_against(claim)).map(|claim| claim.id.clone()).collect()
        };
        let (wide, narrow) = if is_kept { (trial.engine(), &set) } else { (&set, trial.engine()) };
        let search = Search { mint: &mint, action, wide, narrow, trial };
        let found = search
            .run(worker, |case| case.is_allowed(trial) == is_kept && broken(case).is_empty() != is_kept)
            .await?;
        let broken = match &found {
            Verdict::Fails(Failure::Shown(example)) => broken(&example.case),
            _ => Vec::new(),
        };
        Ok(vec![Cover { action, verdict: found, broken }])
    })?;
    covers.sort_by_key(|cover| cover.action);
    Ok(covers)
}

fn unsure(sure: Result<bool, Unanswered>) -> Option<Unanswered> {
    match sure {
        Ok(true) => None,
        Ok(false) => Some(Unanswered::Failed("a claim may err".into())),
        Err(why) => Some(why),
    }
}
