//! A `Released` cannot be built outside the crate that decides.

use comity_policy::{Decision, Released};

fn leak(decision: Decision) -> Released<u8> {
    Released { inner: 1, decision }
}

fn main() {}
