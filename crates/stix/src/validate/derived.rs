//! Rules that need a whole room of this crate: the grammar of patterns, and identifiers that follow from properties.

use super::Judge;
use crate::json::Map;
use crate::json::Value;
use crate::observable::{self, Derived};
use crate::pattern::{self, PatternLimits};
use crate::rule;
use crate::trail::Step;

/// The pattern of an indicator (clauses 4.7.1 and 9), if it is one of STIX. Two qualifiers of one type are in use, so that
/// they make an indicator questionable, not invalid; whoever writes a pattern is told by [`pattern::parse`].
pub(super) fn indicator<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let (Some("stix"), Some(pattern)) = (text("pattern_type"), text("pattern")) else { return };
    judge.inside(Step::Key("pattern"), |judge| {
        match pattern::parse_lenient(pattern, &PatternLimits::default()) {
            Err(error) => judge.report(&rule::PATTERN, error),
            Ok(pattern) => {
                for remark in pattern.remarks() {
                    judge.report(&rule::PATTERN_MEANING, remark);
                }
            }
        }
    });
}

/// The identifier of an observable (clauses 2.9 and 3.4).
pub(super) fn identifier<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let Some(mismatch) = observable::check(value) else { return };
    judge.inside(Step::Key("id"), |judge| match mismatch.expected {
        Derived::Id(id) => {
            let message =
                format_args!("its contributing properties give {id}; other producers will use that");
            judge.report(&rule::ID_DETERMINISTIC, message);
        }
        // For a process there is a rule of its own.
        _ if value.get("type").and_then(Value::as_str) == Some("process") => {}
        _ => {
            judge.report(&rule::ID_CONTRIBUTING, "nothing contributes to it; its UUID must be of version 4");
        }
    });
}
