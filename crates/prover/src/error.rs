//! Why nothing could be proved. A claim that does not hold is no error: it stands in the [`crate::Report`].

use comity_policy::{PolicyError, PolicySet};
use thiserror::Error;

/// What keeps a proof run from starting.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum ProveError {
    /// There is no solver.
    #[error(
        "no solver; {place}; install cvc5 (on Debian: apt-get install cvc5) or name it with --solver; without one the \
         proof of the guards is inherited by their hash, {guards}: each test run of this program proves \
         them, and local policies can only allow less"
    )]
    NoSolver {
        /// Where it was looked for.
        place: String,
        /// SHA-256 of the guards in this program.
        guards: String,
    },
    /// The program is no solver that we know.
    #[error("no solver; {path}; {what}; name a cvc5 with --solver")]
    NotASolver {
        /// The program.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// Claims that cannot be read.
    #[error("invariants; {file}; {what}")]
    Claims {
        /// The file, or what stands for one.
        file: String,
        /// What is wrong, with line and column where they are known.
        what: String,
    },
    /// Rules that cannot be read.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// More rules than are proved at once.
    #[error("{count} rules, at most {max} are proved at once; write fewer")]
    TooMany {
        /// Rules, with the guards.
        count: usize,
        /// The most.
        max: usize,
    },
    /// The rules cannot be turned into questions.
    #[error("the rules cannot be turned into questions; {0}")]
    Compile(String),
    /// The system refused something.
    #[error("the system refused; {0}")]
    System(String),
}

impl ProveError {
    pub(crate) fn no_solver(place: &str) -> Self {
        let place = format!("`{place}` is not there");
        Self::NoSolver { place, guards: PolicySet::guards_hash().to_string() }
    }

    pub(crate) fn claims(file: &str, error: &PolicyError) -> Self {
        let what = match error {
            PolicyError::TooLarge { found_bytes, max_bytes } => {
                format!("{found_bytes} bytes, at most {max_bytes} are read; make it several files")
            }
            PolicyError::Syntax { line, column, message } => {
                format!("line {line}, column {column}: {message}")
            }
            PolicyError::Invalid { rule, line, column, message } => {
                format!("line {line}, column {column}, {rule}: {message}")
            }
            PolicyError::Name { rule, message } => format!("{rule}: {message}"),
            other => other.to_string(),
        };
        Self::Claims { file: file.to_owned(), what }
    }
}
