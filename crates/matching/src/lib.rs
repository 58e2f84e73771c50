//! Words for the text search, and keys for names across scripts.
//!
//! Two rooms, both pure: no I/O, no clock, no language model, no guess of where somebody is from.
//!
//! - [`analyser`] makes the terms of a text. The store writes them into its full-text index as they are and asks
//!   for those of the query, so that every engine finds the same. [`found`] says what an engine must answer.
//! - [`name`] makes the keys of a name: two spellings of one name, in Latin, Cyrillic or Arabic letters, share
//!   a key for each of their words. Keys have no score; a hit is a lead that a person looks at.
//!
//! Readings follow the letters that are written, never an assumed language: where a letter has several readings,
//! all of them are keys.

#![deny(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

pub mod analyser;
mod chunk;
mod fold;
mod latin;
pub mod name;
mod roman;
mod stem;

pub use analyser::{JOINER, MAX_TERM_CHARS, MAX_TERMS, Token, Use, found, terms, tokens};
