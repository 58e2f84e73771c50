//! The use cases as their callers meet them, on virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "a test says by a panic that something is wrong, and tells one story from start to end"
)]

mod backup;
mod change;
mod dates;
mod demo;
mod desk;
mod fake;
mod guards;
mod history;
mod hostile;
mod intake;
mod invariants;
mod keys;
mod kinds;
mod late;
mod misp;
mod paper;
mod second;
mod trail;
