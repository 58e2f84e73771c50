//! What can go wrong in a use case. Which status it becomes on a wire is decided in one place in `http`.

use comity_ledger::LedgerError;
use comity_model::ModelError;
use comity_policy::PolicyError;
use comity_prover::Report;
use comity_store::StoreError;
use serde::Serialize;
use thiserror::Error;

/// One thing that is wrong in an input.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fault {
    /// Where: a file, a line, an index or a path in an object.
    pub place: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// Why a use case did not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// The person or key may not do this.
    #[error("{0}")]
    Denied(String),
    /// What was named does not exist, or may not be known to exist.
    #[error("{0}")]
    NotFound(String),
    /// It contradicts something that is there.
    #[error("{0}")]
    Conflict(String),
    /// The input is wrong.
    #[error("{}", faults(.0))]
    Invalid(Vec<Fault>),
    /// The policies are not proved, so they do not come into force.
    #[error("not proved: {} of {} answers about these policies keep them from coming into force; nothing was changed",
        .0.outcomes.iter().filter(|outcome| outcome.blocks()).count(), .0.outcomes.len())]
    NotProved(Box<Report>),
    /// A limit was passed.
    #[error("{what} is over the limit of {max}")]
    Limit {
        /// What.
        what: String,
        /// The limit, with its unit.
        max: String,
    },
    /// Another process or peer is busy; the same call may succeed later.
    #[error("{0}")]
    Busy(String),
    /// Not while the node is in the state that it is in; the text says until when.
    #[error("{0}")]
    NotNow(String),
    /// The machine around us lacks something: a file, a key, a disk, a reachable peer.
    #[error("{0}")]
    Environment(String),
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

fn faults(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{}: {}", fault.place, fault.reason)).collect::<Vec<_>>().join("; ")
}

impl AppError {
    /// One wrong thing in the input.
    pub fn invalid(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault { place: place.into(), reason: reason.into() }])
    }

    /// The text that may be shown outside the node; it never carries an inner cause.
    pub fn outside(&self) -> String {
        match self {
            Self::Environment(_) => {
                "the node cannot answer now; its operator finds the reason in the log".into()
            }
            Self::Internal(_) => "the node failed to answer; its operator finds the reason in the log".into(),
            other => other.to_string(),
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy(error.to_string()),
            StoreError::Full
            | StoreError::Unavailable(_)
            | StoreError::Corrupt(_)
            | StoreError::Schema(_) => Self::Environment(error.to_string()),
            // What a caller named holds something that no row can hold, such as a NUL character.
            StoreError::Conflict(_) => Self::invalid("input", error.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<ModelError> for AppError {
    fn from(error: ModelError) -> Self {
        Self::invalid("input", error.to_string())
    }
}

impl From<PolicyError> for AppError {
    fn from(error: PolicyError) -> Self {
        Self::invalid("policy", error.to_string())
    }
}

impl From<LedgerError> for AppError {
    fn from(error: LedgerError) -> Self {
        Self::Internal(format!("ledger: {error}"))
    }
}
