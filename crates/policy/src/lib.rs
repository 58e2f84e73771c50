//! Who may have what: release decisions, redaction, and the one way out of the store.
//!
//! A decision looks at the member that asks, the handling of the record and the circumstances, never at the record
//! itself, so it can be computed once per handling and explained by rule. The rules are written in Cedar: guards
//! that ship and cannot be switched off, and local rules that a community edits. Any error inside a decision is a
//! denial.
//!
//! This crate reads no clock, no file and no network, and keeps nothing: caching, logging and delivery are `app`'s.

pub mod ask;
pub mod claim;
pub mod decision;
pub mod entities;
pub mod error;
pub mod generate;
pub mod redact;
pub mod released;
pub mod rules;
mod syntax;
#[cfg(test)]
mod table;
pub mod trial;

pub use ask::{Action, Ask, Context, StateFlags, choose};
pub use claim::Claim;
pub use comity_model as model;
pub use decision::{Decision, Rule};
pub use entities::{Entities, Prepared};
pub use error::PolicyError;
pub use redact::redact;
pub use released::{Denied, Refusal, Releasable, Released, release};
pub use rules::{GUARDS, PolicySet, SCHEMA, STANDARD_LOCAL};
pub use trial::{Answer, Trial};
