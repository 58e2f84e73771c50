//! A foreign TAXII client, `taxii2-client` of PyPI, unchanged, against the real binary: two members read one
//! collection of records under mixed handling and get two different sets, each exactly the one that a list made by
//! hand and `comity who-sees` name, object by object.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test of its own crate; what fails here is the test"
)]

mod client;
mod filters;
mod reading;
mod records;
#[path = "../node/stage.rs"]
#[allow(dead_code, reason = "other journeys use the rest of it")]
mod stage;
mod world;
mod writing;
