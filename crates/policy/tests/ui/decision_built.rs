//! A `Decision` cannot be made up.

use comity_policy::Decision;

fn make_up(denial: Decision) -> Decision {
    Decision { allow: true, ..denial }
}

fn main() {}
