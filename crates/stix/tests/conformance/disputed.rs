//! Rows about which the reference tools disagree. `docs/conformance/disputed.md` decides them one by one; what the
//! validator says must be what stands there.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::objects::{errors, text_of};
use crate::{Outcome, id_of};

const DECISIONS: &str = include_str!("../../../../docs/conformance/disputed.md");

/// The decisions: whether the row of this id is accepted.
fn decisions() -> BTreeMap<&'static str, bool> {
    let rows = DECISIONS.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let id = cells.next()?.trim_matches('`');
        match cells.next()? {
            "accepted" => Some((id, true)),
            "refused" => Some((id, false)),
            _ => None,
        }
    });
    rows.collect()
}

pub fn decided(rows: &[Value]) -> Outcome {
    let decisions = decisions();
    let (known, unknown): (Vec<Value>, Vec<Value>) =
        rows.iter().cloned().partition(|row| decisions.contains_key(id_of(row)));
    let mut outcome = Outcome::of(&known, |row| {
        let found = errors(&text_of(row));
        match (decisions[id_of(row)], found.is_empty()) {
            (true, true) | (false, false) => Ok(()),
            (true, false) => Err(format!("decided as accepted, but refused: {}", found.join("; "))),
            (false, true) => Err("decided as refused, but accepted".to_owned()),
        }
    });
    for row in &unknown {
        let found = errors(&text_of(row));
        let verdict =
            if found.is_empty() { "accepted".to_owned() } else { format!("refused: {}", found.join("; ")) };
        outcome.notes.push(format!("{}: not decided in writing; {verdict}", id_of(row)));
    }
    outcome
}
