//! Counts of several members added without counting a record twice: what is named by its id counts once; what a member counted
//! and does not name makes the sum a range.

use std::collections::BTreeSet;

use crate::kind::Bound;
use crate::kind::council::{Counted, Figure};

/// Parts of one sum.
const MOST_PARTS: usize = 100;
/// The largest count that is added.
const LARGEST: u64 = u32::MAX as u64;

/// A figure that is to be added.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its id, or what a refusal calls it.
    pub name: &'a str,
    /// What it says.
    pub figure: &'a Figure,
}

/// What parts come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sum {
    /// So many at least.
    pub low: u64,
    /// So many at most; the same as the lower end when it is known exactly.
    pub high: u64,
    /// The records that parts name, each once.
    pub named: BTreeSet<String>,
    /// How many records each part counted and does not name, at most; of those that do so.
    pub unnamed: Vec<(String, u64)>,
}

/// What one part counted and does not name: at least and at most.
struct Count {
    named: BTreeSet<String>,
    least: u64,
    most: u64,
}

/// Adds counts of records. The order of the parts changes nothing.
///
/// # Errors
/// Why they cannot be added, a sentence each: fewer than two parts, one twice, a sum among them, other counts than of records,
/// a part that contradicts itself, or parts that differ in unit, counting rule, period, scope or question.
pub fn add(parts: &[Part<'_>]) -> Result<Sum, Vec<String>> {
    let mut faults = Vec::new();
    if !(2..=MOST_PARTS).contains(&parts.len()) {
        faults.push(format!("name 2 to {MOST_PARTS} figures"));
    }
    let mut met = BTreeSet::new();
    for part in parts.iter().filter(|part| !met.insert(part.name)) {
        faults.push(format!("{} is named twice", part.name));
    }
    differ(parts, &mut faults);
    let mut counts = Vec::new();
    for part in parts {
        match count(part) {
            Ok(count) => counts.push((part.name, count)),
            Err(fault) => faults.push(format!("{}: {fault}", part.name)),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut sum = Sum { low: 0, high: 0, named: BTreeSet::new(), unnamed: Vec::new() };
    let mut more: u64 = 0;
    for (name, count) in counts {
        let own = u64::try_from(count.named.len()).unwrap_or(u64::MAX).saturating_add(count.least);
        // Whatever the others counted may be among what one counted.
        sum.low = sum.low.max(own);
        more = more.saturating_add(count.most);
        sum.named.extend(count.named);
        if count.most > 0 {
            sum.unnamed.push((name.to_owned(), count.most));
        }
    }
    let named = u64::try_from(sum.named.len()).unwrap_or(u64::MAX);
    sum.low = sum.low.max(named);
    sum.high = named.saturating_add(more);
    sum.unnamed.sort();
    Ok(sum)
}

/// What the parts must have in common.
fn differ(parts: &[Part<'_>], faults: &mut Vec<String>) {
    let said = |figure: &Figure| {
        let period = serde_json::to_string(&figure.period).unwrap_or_default();
        let asked = figure.asked.as_ref().map(|asked| asked.query.clone());
        [
            ("unit", figure.unit.clone()),
            ("counting rule", figure.counting_rule.clone()),
            ("scope", figure.scope.clone()),
            ("period", Some(period)),
            ("question", asked),
        ]
    };
    let Some(first) = parts.first() else { return };
    for (at, (what, one)) in said(first.figure).into_iter().enumerate() {
        let other = parts.iter().find_map(|part| {
            let (_, other) = said(part.figure).into_iter().nth(at)?;
            (other != one).then(|| (part.name, other.unwrap_or_else(|| "none".into())))
        });
        if let Some((name, other)) = other {
            let one = one.unwrap_or_else(|| "none".into());
            faults.push(format!(
                "{what}: {} says `{one}` and {name} says `{other}`, and they cannot be added",
                first.name
            ));
        }
    }
}

fn count(part: &Part<'_>) -> Result<Count, String> {
    let figure = part.figure;
    if !figure.part_refs.is_empty() || figure.upper.is_some() {
        return Err("it is a sum itself: add its parts".into());
    }
    if figure.asked.as_ref().is_some_and(|asked| asked.count != Counted::Records) {
        return Err("only counts of records add up without counting one twice".into());
    }
    let named: BTreeSet<String> = figure.record_refs.iter().map(|id| id.as_str().to_owned()).collect();
    let names = u64::try_from(named.len()).unwrap_or(u64::MAX);
    let value = figure.value.parse::<u64>().ok().filter(|value| *value <= LARGEST);
    let value = value.ok_or_else(|| format!("{} is no count of records", figure.value))?;
    match figure.bound {
        Bound::Exactly if names > value => Err(format!("it says {value} and names {names} records")),
        Bound::Exactly if figure.counted.is_some_and(|counted| u64::from(counted) != value) => {
            Err(format!("it says {value} and that it counted another number of records"))
        }
        Bound::Exactly => {
            let rest = value.saturating_sub(names);
            Ok(Count { named, least: rest, most: rest })
        }
        // Nothing would have been told as nothing.
        Bound::LessThan if figure.suppressed && value > 1 && names == 0 => {
            Ok(Count { named, least: 1, most: value.saturating_sub(1) })
        }
        _ => Err("it is not exact: ask its member for an exact one".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::council::Asked;
    use crate::kind::{Assertion, Basis};

    fn id(number: u32) -> crate::stix::Id {
        format!("incident--00000000-0000-4000-8000-{number:012}").parse().unwrap()
    }

    fn figure(value: &str, named: &[u32]) -> Figure {
        Figure {
            title: "EXERCISE".into(),
            summary: None,
            value: value.into(),
            bound: Bound::Exactly,
            upper: None,
            unit: Some("finds".into()),
            scope: None,
            period: Default::default(),
            as_of: "2026-11-10T10:00:00.000Z".parse().unwrap(),
            counting_rule: Some("EXERCISE each once".into()),
            contributors: Vec::new(),
            asked: Some(Asked { query: "kind:find".into(), count: Counted::Records, path: None }),
            counted: value.parse().ok(),
            record_refs: named.iter().map(|number| id(*number)).collect(),
            counted_root: None,
            suppressed: false,
            part_refs: Vec::new(),
            stale: Vec::new(),
            changes: None,
            notes: Vec::new(),
            basis: Basis::of(Assertion::FACT),
        }
    }

    fn added(parts: &[Figure]) -> Result<Sum, Vec<String>> {
        let names: Vec<String> = (0..parts.len()).map(|at| format!("f{at}")).collect();
        let parts: Vec<Part<'_>> =
            names.iter().zip(parts).map(|(name, figure)| Part { name, figure }).collect();
        add(&parts)
    }

    fn ends(parts: &[Figure]) -> (u64, u64) {
        let sum = added(parts).unwrap();
        (sum.low, sum.high)
    }

    #[test]
    fn partial_figures_add_up_without_counting_a_shared_record_twice() {
        assert_eq!(ends(&[figure("3", &[1, 2, 3]), figure("2", &[3, 4])]), (4, 4));
        assert_eq!(ends(&[figure("0", &[]), figure("2", &[3, 4])]), (2, 2));
    }

    #[test]
    fn what_partials_do_not_name_makes_the_sum_a_range() {
        // Two of the second are not named: both may be those that the first names, or none.
        assert_eq!(ends(&[figure("3", &[1, 2, 3]), figure("4", &[3, 4])]), (4, 6));
        assert_eq!(ends(&[figure("9", &[]), figure("4", &[])]), (9, 13));
        let few = Figure { suppressed: true, bound: Bound::LessThan, counted: None, ..figure("5", &[]) };
        assert_eq!(ends(&[figure("3", &[1, 2, 3]), few]), (3, 7));
    }

    #[test]
    fn parts_that_say_something_else_or_contradict_themselves_are_refused() {
        let one = || figure("1", &[1]);
        let why = |other: Figure| added(&[one(), other]).unwrap_err().join("; ");
        assert!(why(Figure { unit: Some("cases".into()), ..one() }).contains("unit"));
        assert!(why(Figure { counting_rule: None, ..one() }).contains("counting rule"));
        let fewer = Figure { counted: None, ..figure("1", &[1, 2]) };
        assert!(why(fewer).contains("names 2 records"));
        for value in ["9".repeat(30), "4294967296".into(), "1.5".into()] {
            assert!(why(Figure { counted: None, ..figure(&value, &[]) }).contains("no count"), "{value}");
        }
        let sum = Figure {
            part_refs: vec!["comity-figure--00000000-0000-4000-8000-000000000001".parse().unwrap()],
            ..one()
        };
        assert!(why(sum).contains("sum itself"), "so no circle of sums can be made");
        assert!(why(Figure { bound: Bound::About, ..one() }).contains("not exact"));
        assert!(added(&[one()]).is_err());
        let twice = one();
        let part = Part { name: "f", figure: &twice };
        assert!(add(&[part, part]).unwrap_err().join("").contains("twice"));
    }

    proptest::proptest! {
        #[test]
        fn a_sum_of_parts_does_not_depend_on_their_order_and_holds_the_true_number(
            sets in proptest::collection::vec(proptest::collection::btree_set(0_u32..20, 0..8), 2..6),
            hidden in proptest::collection::vec(0_usize..8, 6),
            turn in 0_usize..6,
        ) {
            let mut parts: Vec<Figure> = sets
                .iter()
                .zip(&hidden)
                .map(|(set, hidden)| {
                    let named: Vec<u32> = set.iter().copied().skip(*hidden).collect();
                    figure(&set.len().to_string(), &named)
                })
                .collect();
            let (low, high) = ends(&parts);
            let all: BTreeSet<u32> = sets.iter().flatten().copied().collect();
            let truth = all.len() as u64;
            proptest::prop_assert!(low <= truth && truth <= high, "{low} {truth} {high}");
            parts.rotate_left(turn.min(sets.len()));
            proptest::prop_assert_eq!(ends(&parts), (low, high));
        }
    }
}
