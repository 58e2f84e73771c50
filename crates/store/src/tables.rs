//! Typed functions over the tables: one module for each group of tables, each function one question or one change.

pub mod access;
pub mod allegation;
pub mod change;
pub mod collection;
pub mod consent;
pub mod delivery;
pub mod desk;
pub mod epoch;
pub mod fact;
pub mod handling;
pub mod journal;
pub mod life;
pub mod lookup;
pub mod page;
pub mod peer;
pub mod record;
pub mod release;
pub mod reshown;
pub mod review;
pub mod search;
pub mod tombstone;
pub mod triage;
pub mod wording;
