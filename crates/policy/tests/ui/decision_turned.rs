//! A denial cannot be turned into its opposite.

use comity_policy::Decision;

fn turn(mut decision: Decision) -> Decision {
    decision.allow = true;
    decision
}

fn main() {}
