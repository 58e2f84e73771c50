//! The contract of the tables: what each function promises, the same on SQLite in memory, SQLite on disk and
//! PostgreSQL. The engine underneath has its own contract beside this one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a test says by a panic that something is wrong, and tells one story from start to end"
)]

mod access;
mod browse;
mod collection;
mod courier;
mod delivery;
mod desk;
mod epoch;
mod fact;
mod figure;
mod handling;
mod journal;
mod life;
mod merge;
mod outbox;
mod page;
mod peer;
mod put_away;
mod recall;
mod record;
mod release;
mod sample;
mod search;
mod stream;
mod visit;
