//! What can be computed out of the records of a council, without a clock and without a store: which state follows which and
//! what came of a procedure, where claims come from, how they differ, what would make a figure traceable, in which order the
//! parts of a document came to be, and what stands in a calendar.
//!
//! Nothing here merges claims, and no number is made of several of them but the ratio of the largest to the smallest.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss
)]

pub mod beside;
pub mod calendar;
pub mod contrast;
mod decimal;
pub mod fair;
pub mod lineage;
pub mod machine;
pub mod partial;
pub mod silence;
pub mod suppress;
pub mod timeline;
pub mod trace;

pub use decimal::Decimal;
