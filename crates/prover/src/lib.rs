//! Proofs about the rules of release: what holds for every member, every handling and every circumstance.
//!
//! A claim says "whatever is allowed satisfies this". The rules and the claim are compiled into one formula, and a
//! solver, another program, says whether any request breaks it. Only an exact *no request* is a proof: a
//! counterexample, *unknown*, a time-out, a death and anything unreadable keep a set from being activated. A
//! counterexample is read back as a member, a record and a request, and put before the ordinary evaluator before
//! anybody sees it.
//!
//! What is proved is about the rules and their schema. That a record is marked rightly, and that the program puts
//! before the rules what is stated, is not proved here.

mod asking;
mod case;
mod compare;
mod cover;
mod error;
mod invariants;
mod proof;
mod report;
mod rules;
mod solver;

pub use asking::Unanswered;
pub use case::Case;
pub use compare::{Change, compare, compare_ceilings};
pub use cover::{Cover, is_kept, is_told};
pub use error::ProveError;
pub use invariants::{Invariant, Invariants, PROVED};
pub use proof::prove;
pub use report::{Counterexample, Failure, Outcome, Question, Report, Stated, Subject, Verdict};
pub use rules::Rules;
pub use solver::{Limits, Solver};
