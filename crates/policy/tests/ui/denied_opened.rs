//! A refusal does not give back what was refused.

use comity_model::{Record, Stored};
use comity_policy::{Decision, release};

fn open(stored: Stored<Record>, decision: Decision) -> Record {
    match release(stored, decision) {
        Ok(released) => released.into_inner(),
        Err(denied) => denied.record,
    }
}

fn main() {}
