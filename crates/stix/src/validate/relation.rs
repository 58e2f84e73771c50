//! Rules that tie properties of one object together.

use super::{Judge, domain, observable};
use crate::json::{Map, Value};
use crate::object::Object;
use crate::rule;
use crate::schema::{self, Kind};
use crate::time::Timestamp;
use crate::trail::Step;

/// Earlier property, later property, whether they may be equal.
const ORDERS: &[(&str, &str, bool)] = &[
    ("first_seen", "last_seen", true),
    ("first_observed", "last_observed", true),
    ("valid_from", "valid_until", false),
    ("start_time", "stop_time", false),
    ("start", "end", true),
];

/// Runs every rule that applies to the object.
pub(super) fn relations<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>) {
    let (kind, value) = (object.kind(), object.value());
    if let Some(known) = schema::kind_of(kind) {
        orders(judge, known, value);
    }
    domain::rules(judge, kind, value);
    observable::rules(judge, kind, value);
}

/// Times of one object that must not run backwards.
pub(super) fn orders<'v>(judge: &mut Judge<'v>, kind: &'static Kind, value: &'v Map<'_>) {
    let time =
        |name: &str| value.get(name).and_then(Value::as_str).and_then(|text| Timestamp::parse(text).ok());
    for (earlier, later, equal) in ORDERS {
        if !kind.properties.iter().any(|property| property.name == *later) {
            continue;
        }
        let (Some(first), Some(last)) = (time(earlier), time(later)) else { continue };
        if last < first || (last == first && !equal) {
            judge.inside(Step::Key(later), |judge| {
                let relation = if *equal { "earlier than" } else { "not later than" };
                let message = format_args!("`{later}` is {relation} `{earlier}`");
                judge.report_in(&rule::TIME_ORDER, kind.clause, message);
            });
        }
    }
}
