//! Proofs about the rules that ship and about others, with a real solver; and with programs that are none.
//!
//! The solver is named by COMITY_CVC5 or found on the search path. Where there is none, the tests that need it say so
//! in one line and are left out; under CI they fail.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic that something is wrong"
)]

mod change;
mod many;
mod mutation;
mod own;
mod shipped;
mod stranger;

use comity_prover::{Limits, Report, Solver};

/// The solver, where there is one.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the solver is")]
fn solver() -> Option<Solver> {
    let named = std::env::var_os("COMITY_CVC5").filter(|path| !path.is_empty());
    match Solver::find(named.as_deref().map(std::path::Path::new), Limits::default()) {
        Ok(solver) => Some(solver),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            eprintln!("left out, because there is no cvc5 (on Debian: apt-get install cvc5)");
            None
        }
    }
}

/// Everything that is not yes, in a form for the message of a failed test.
fn open(report: &Report) -> Vec<String> {
    let line = |outcome: &&comity_prover::Outcome| {
        format!(
            "{:?} {} {:?} {}: {:?}",
            outcome.question,
            outcome.id,
            outcome.subject,
            outcome.action.name(),
            outcome.verdict
        )
    };
    report.open().iter().map(line).collect()
}
