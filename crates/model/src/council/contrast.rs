//! How the claims of a set differ in their numbers: their ratio, and whether they can both hold. No mean, no middle and no
//! sum is made of them.

use serde::{Deserialize, Serialize};

use super::Decimal;
use crate::kind::council::Quantity;
use crate::kind::{Bound, Period};

/// Whether numbers can hold together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// They can.
    Yes,
    /// They cannot.
    No,
    /// Nobody can say.
    CannotBeSaid,
}

impl Overlap {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotBeSaid => "cannot-be-said",
        }
    }
}

/// What can be said about the numbers of several claims.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Contrast {
    /// The largest number divided by the smallest, with two places; none where they are not of one unit, scope and time,
    /// there are fewer than two, or one is nothing.
    pub ratio: Option<String>,
    /// Whether they can all hold.
    pub overlap: Overlap,
}

/// Compares numbers. Only those of one unit, one scope and one time are compared; where there are others, nothing is said.
pub fn of(quantities: &[&Quantity]) -> Contrast {
    let unknown = Contrast { ratio: None, overlap: Overlap::CannotBeSaid };
    let numbers: Option<Vec<(Decimal, Bound)>> =
        quantities.iter().map(|one| Some((Decimal::parse(one.value.as_deref()?)?, one.bound))).collect();
    let Some(numbers) = numbers else { return unknown };
    // Of three periods the first may meet both others, and these not each other.
    let mut rest = quantities;
    while let [one, others @ ..] = rest {
        if !others.iter().all(|other| is_comparable(one, other)) {
            return unknown;
        }
        rest = others;
    }
    if numbers.len() < 2 {
        return unknown;
    }
    let mut values: Vec<&Decimal> = numbers.iter().map(|(value, _)| value).collect();
    values.sort();
    let ratio = match (values.first(), values.last()) {
        (Some(least), Some(most)) => most.ratio_to(least),
        _ => None,
    };
    let mut overlap = Overlap::Yes;
    for (at, one) in numbers.iter().enumerate() {
        for other in numbers.iter().skip(at.saturating_add(1)) {
            match pair(one, other) {
                Overlap::No => return Contrast { ratio, overlap: Overlap::No },
                Overlap::CannotBeSaid => overlap = Overlap::CannotBeSaid,
                Overlap::Yes => {}
            }
        }
    }
    Contrast { ratio, overlap }
}

/// Whether two numbers are of one unit and one scope, and may be of one time.
pub fn is_comparable(one: &Quantity, other: &Quantity) -> bool {
    let folded = |text: &str| text.trim().to_lowercase();
    let scope = |quantity: &Quantity| quantity.scope.as_deref().map(folded);
    folded(&one.unit) == folded(&other.unit)
        && scope(one) == scope(other)
        && may_meet(&one.period, &other.period)
}

/// Whether two periods may be of one time: neither says, or they touch.
pub(super) fn may_meet(one: &Period, other: &Period) -> bool {
    let ends_before = |one: &Period, other: &Period| match (one.until, other.from) {
        (Some(until), Some(from)) => until.last() < from.first(),
        _ => false,
    };
    one.is_open() == other.is_open() && !ends_before(one, other) && !ends_before(other, one)
}

/// Whether two numbers can hold together. Roughly so many is a point: from twice the other on it is another number, and
/// below nobody can say.
pub fn pair((one, bound): &(Decimal, Bound), (other, against): &(Decimal, Bound)) -> Overlap {
    let decided = |holds: bool| if holds { Overlap::Yes } else { Overlap::No };
    if *bound == Bound::About || *against == Bound::About {
        let (least, most) = (one.min(other), one.max(other));
        // An open end on the side of the other number reaches it.
        let reaches = |from: &Decimal, bound: Bound, to: &Decimal| match bound {
            Bound::AtLeast | Bound::MoreThan => from <= to,
            Bound::AtMost | Bound::LessThan => from >= to,
            Bound::Exactly | Bound::About => false,
        };
        if one == other || reaches(one, *bound, other) || reaches(other, *against, one) {
            return Overlap::Yes;
        }
        return match most.is_twice(least) {
            Some(true) => Overlap::No,
            _ => Overlap::CannotBeSaid,
        };
    }
    let above = |bound: Bound| matches!(bound, Bound::AtLeast | Bound::MoreThan);
    let below = |bound: Bound| matches!(bound, Bound::AtMost | Bound::LessThan);
    let open = |bound: Bound| matches!(bound, Bound::MoreThan | Bound::LessThan);
    match (*bound, *against) {
        (Bound::Exactly, Bound::Exactly) => decided(one == other),
        (a, b) if above(a) && above(b) || below(a) && below(b) => Overlap::Yes,
        (a, b) => {
            // The end that everything lies above must be below the end that everything lies below.
            let (floor, ceiling) = if above(a) || below(b) { (one, other) } else { (other, one) };
            decided(if open(a) || open(b) { floor < ceiling } else { floor <= ceiling })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str, bound: Bound) -> (Decimal, Bound) {
        (Decimal::parse(text).unwrap(), bound)
    }

    fn quantity(value: &str, bound: Bound, unit: &str) -> Quantity {
        let text = serde_json::json!({"value": value, "unit": unit}).to_string();
        Quantity { bound, ..serde_json::from_str(&text).unwrap() }
    }

    #[test]
    fn thirty_thousand_and_two_hundred_thousand_have_a_ratio_and_no_overlap() {
        let (low, high) =
            (quantity("30000", Bound::About, "persons"), quantity("200000", Bound::About, "persons"));
        let found = of(&[&low, &high]);
        assert_eq!((found.ratio.as_deref(), found.overlap), (Some("6.67"), Overlap::No));
        let text = serde_json::to_string(&found).unwrap();
        assert!(!text.contains("average") && !text.contains("mean") && !text.contains("115000"), "{text}");
    }

    #[test]
    fn numbers_of_two_units_or_scopes_are_not_compared() {
        let share = quantity("40", Bound::About, "percent");
        let count = quantity("30000", Bound::About, "persons");
        assert_eq!(of(&[&share, &count]).ratio, None);
        let narrow = Quantity { scope: Some("EXERCISE north".into()), ..count.clone() };
        assert_eq!(of(&[&narrow, &count]), Contrast { ratio: None, overlap: Overlap::CannotBeSaid });
        let nothing = quantity("0", Bound::Exactly, "persons");
        assert_eq!(of(&[&nothing, &count]), Contrast { ratio: None, overlap: Overlap::No });
        assert_eq!(of(&[&count]).ratio, None);
    }

    #[test]
    fn figures_of_different_years_are_not_compared_and_do_not_contradict_each_other() {
        let of_years = |value: &str, from: &str, until: &str| -> Quantity {
            let text = serde_json::json!({"value": value, "unit": "persons", "bound": "exactly",
                "period": {"from": from, "until": until}})
            .to_string();
            serde_json::from_str(&text).unwrap()
        };
        let unknown = Contrast { ratio: None, overlap: Overlap::CannotBeSaid };
        let (early, late) = (of_years("30000", "2015", "2015"), of_years("5000", "2024", "2024"));
        assert_eq!(of(&[&early, &late]), unknown);
        let timeless = quantity("5000", Bound::Exactly, "persons");
        assert_eq!(of(&[&early, &timeless]), unknown, "nobody knows of when the other is");
        let within = of_years("5000", "2015-03", "2015-04");
        assert_eq!(of(&[&early, &within]).overlap, Overlap::No, "they touch");
        let long = of_years("7000", "2015", "2024");
        assert_eq!(of(&[&long, &early, &late]), unknown, "the first meets both, and these not each other");
    }

    #[test]
    fn whether_two_numbers_can_hold_follows_from_how_they_are_meant() {
        use Bound::{About, AtLeast, AtMost, Exactly, LessThan, MoreThan};
        for (one, bound, other, against, expected) in [
            ("100", MoreThan, "80", Exactly, Overlap::No),
            ("100", MoreThan, "100", Exactly, Overlap::No),
            ("100", AtLeast, "100", Exactly, Overlap::Yes),
            ("100", MoreThan, "300", AtLeast, Overlap::Yes),
            ("100", MoreThan, "100", LessThan, Overlap::No),
            ("5", AtMost, "5", AtLeast, Overlap::Yes),
            ("5", AtMost, "6", Exactly, Overlap::No),
            ("5", Exactly, "5.0", Exactly, Overlap::Yes),
            ("30", About, "30", Exactly, Overlap::Yes),
            ("30", About, "59", Exactly, Overlap::CannotBeSaid),
            ("30", About, "60", Exactly, Overlap::No),
            ("30", About, "20", MoreThan, Overlap::Yes),
            ("30", About, "70", MoreThan, Overlap::No),
        ] {
            let (a, b) = (number(one, bound), number(other, against));
            assert_eq!(pair(&a, &b), expected, "{one} {bound:?} {other} {against:?}");
            assert_eq!(pair(&b, &a), expected, "{other} {against:?} {one} {bound:?}");
        }
    }
}
