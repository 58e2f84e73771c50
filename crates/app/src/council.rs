//! The council's own work: bringing a reading of sources in, and looking at sessions, claims and what claims differ on.
//!
//! Views are made of what one viewer finds here and of nothing else; what is computed stands in [`comity_model::council`].

pub mod calendar;
pub mod card;
pub mod claims;
pub mod compare;
pub mod conflict;
pub mod decision;
pub(crate) mod door;
pub(crate) mod duties;
pub mod figure;
mod gather;
pub mod import;
pub mod journal;
mod mapping;
pub mod measure;
pub(crate) mod moves;
pub mod outcome;
mod parts;
mod procedure;
pub mod propose;
mod reading;
pub mod room;
pub mod session;
pub mod work;

pub use gather::{Listed, Place};
