//! Journeys through the binary: each runs `comity` as a user does, in processes of its own.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test of its own crate; what fails here is the test"
)]

mod answers;
mod exchange;
mod inner;
mod join;
mod journey;
mod ledger;
mod life;
mod misp;
mod records;
mod second;
mod stage;
mod vault;
mod visit;
