//! Differential tests against other implementations, each from a printed seed: patterns against the validator of OASIS,
//! identifiers of observables against stix2, canonical forms against rfc8785.
//!
//! They need Python 3 with venv and, the first time, a package index. Where these are missing they are left out with one
//! line; under CI they fail. `COMITY_SEED=7 COMITY_PATTERNS=20000 cargo test -p comity-stix --test peer -- --nocapture`
//! tries other and more patterns.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::expect_used,
    reason = "what asks the other program fails loudly"
)]

mod canonical;
#[path = "../corpus/mod.rs"]
mod corpus;
mod identifiers;
mod patterns;
mod python;
