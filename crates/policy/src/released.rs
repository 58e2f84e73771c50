//! The one way out: what was stored becomes released by a decision about that very thing.
//!
//! Whatever leaves a node is built from [`Released`], which nothing outside this crate can construct.

use comity_model::{HandlingId, Record, RecordState, Stored};
use thiserror::Error;

use crate::Decision;

/// Something whose release is decided by a handling.
pub trait Releasable {
    /// The handling under which it stands now.
    fn handling_id(&self) -> HandlingId;

    /// Where it stands, if it knows. A decision made for another state does not release it.
    fn state(&self) -> Option<RecordState> {
        None
    }
}

impl Releasable for Record {
    fn handling_id(&self) -> HandlingId {
        self.handling_id
    }

    fn state(&self) -> Option<RecordState> {
        Some(self.state)
    }
}

/// A record with its bytes, or with whatever else goes with it.
impl<T> Releasable for (Record, T) {
    fn handling_id(&self) -> HandlingId {
        self.0.handling_id
    }

    fn state(&self) -> Option<RecordState> {
        Some(self.0.state)
    }
}

/// Something that may leave, for the member named in its decision.
#[derive(Clone, Debug)]
pub struct Released<T> {
    inner: T,
    decision: Decision,
}

impl<T> Released<T> {
    /// A look at it.
    pub fn get(&self) -> &T {
        &self.inner
    }

    /// Takes it out.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// The decision that released it: to whom, by which rules, under which circumstances.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

/// Why something was not released.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The decision is a denial.
    Denied,
    /// The decision is about another handling.
    OtherHandling,
    /// The decision was made for another state of the record.
    OtherState,
    /// The decision is about an action that hands nothing over, such as a count.
    NothingHandedOver,
}

/// Something was not released. For the audit inside the node; nothing of it may be said outside.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("not released: {}", match .refusal {
    Refusal::Denied => .decision.sentence(),
    Refusal::OtherHandling => "the decision is about another handling".to_owned(),
    Refusal::OtherState => "the decision was made for another state of the record".to_owned(),
    Refusal::NothingHandedOver => format!("to {} hands nothing over", .decision.action().name()),
})]
pub struct Denied {
    refusal: Refusal,
    decision: Box<Decision>,
}

impl Denied {
    /// Why.
    pub fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// The decision that was presented.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

/// Releases what was stored by a decision about it.
///
/// # Errors
/// [`Denied`] when the decision is a denial, is about another handling or state than the thing has, or is about an
/// action that hands nothing over. The thing is dropped then.
pub fn release<T: Releasable>(stored: Stored<T>, decision: Decision) -> Result<Released<T>, Denied> {
    let thing = stored.peek();
    let refusal = if !decision.allow() {
        Some(Refusal::Denied)
    } else if decision.handling_id() != thing.handling_id() {
        Some(Refusal::OtherHandling)
    } else if thing.state().is_some_and(|state| !decision.context().state.agree_with(state)) {
        Some(Refusal::OtherState)
    } else if !decision.action().hands_over() {
        Some(Refusal::NothingHandedOver)
    } else {
        None
    };
    match refusal {
        Some(refusal) => Err(Denied { refusal, decision: Box::new(decision) }),
        None => Ok(Released { inner: stored.into_inner(), decision }),
    }
}
