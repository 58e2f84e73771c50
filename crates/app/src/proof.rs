//! Proofs about the rules, for people who mean to bring rules into force. Nothing is changed by them.

use comity_prover::{Invariants, Limits, ProveError, Report, Rules, Solver, prove};
use std::path::{Path, PathBuf};

use crate::AppError;

/// Largest file with a community's own invariants, in bytes.
pub const INVARIANTS_BYTES_MAX: usize = comity_policy::rules::LOCAL_BYTES_MAX;
/// Largest number of such files in a folder.
pub const INVARIANT_FILES_MAX: usize = 64;

/// A community's own invariants: each file's name and its text.
pub type Own = Vec<(String, String)>;

/// By what policies are proved.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// The solver; none for `cvc5` on the search path.
    pub solver: Option<PathBuf>,
    /// How far it may go.
    pub limits: Limits,
}

/// Proves the invariants that ship and those of a community, each a file's name and its text, for the guards with the
/// local policies `local`. The solver is the program at `solver`, else `cvc5` on the search path.
///
/// # Errors
/// [`AppError::Environment`] without a solver, [`AppError::Invalid`] with line and column for policies and invariants
/// that cannot be read. What is not proved is no error: it stands in the report.
pub fn run(
    local: &str,
    own: &[(String, String)],
    solver: Option<&Path>,
    limits: Limits,
) -> Result<Report, AppError> {
    let rules = Rules::new(local)?;
    let mut invariants = Invariants::shipped()?;
    for (file, text) in own {
        invariants.add(file, text)?;
    }
    Ok(prove(&rules, &invariants, &Solver::find(solver, limits)?)?)
}

impl From<ProveError> for AppError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Policy(inner) => inner.into(),
            ProveError::Claims { file, what } => Self::invalid(format!("invariants in {file}"), what),
            ProveError::TooMany { .. } => Self::invalid("local policies", error.to_string()),
            ProveError::NoSolver { .. } | ProveError::NotASolver { .. } | ProveError::System(_) => {
                Self::Environment(error.to_string())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}
