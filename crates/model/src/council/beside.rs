//! Claims in columns beside each other: what of them is the same, and what differs. It says nothing of who is right.

use serde::Serialize;

use super::Decimal;
use super::contrast::{self, Overlap};
use crate::kind::council::Quantity;
use crate::kind::{Bound, Period};

/// How what several claims say in one place stands to each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// None says anything.
    Nobody,
    /// One source alone says something.
    OnlyOne,
    /// They say the same.
    Same,
    /// They say the same name in letters of other scripts.
    OtherScript,
    /// They say otherwise, and both can hold: numbers or times that meet.
    Overlaps,
    /// Nobody can say whether they can hold together.
    CannotBeSaid,
    /// They answer other questions: another unit, scope or time. They are not compared.
    NotCompared,
    /// They differ.
    Differs,
}

/// What a claim says in one place.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A text, in one form of Unicode.
    Text(&'a str),
    /// A number with its unit, scope and time.
    Number(&'a Quantity),
    /// A time.
    Time(&'a Period),
}

/// How the entries of several claims stand to each other. Each has the number of the source that it goes back to; a claim
/// that says nothing has none. `is_one_name` says of two texts whether they are one name in two scripts.
pub fn likeness(
    entries: &[(usize, Option<Entry<'_>>)],
    is_one_name: impl Fn(&str, &str) -> bool,
) -> Likeness {
    let said: Vec<(usize, Entry<'_>)> =
        entries.iter().filter_map(|(root, entry)| Some((*root, (*entry)?))).collect();
    let Some((first, _)) = said.first().copied() else { return Likeness::Nobody };
    let has_silent_source = entries.iter().any(|(root, _)| *root != first);
    let is_of_one_source = said.iter().all(|(root, _)| *root == first);
    if is_of_one_source && (has_silent_source || said.len() == 1 && entries.len() > 1) {
        return Likeness::OnlyOne;
    }
    let mut found = Likeness::Same;
    let mut rest = said.as_slice();
    while let [(_, one), others @ ..] = rest {
        for (_, other) in others {
            found = found.max(pair(*one, *other, &is_one_name));
        }
        rest = others;
    }
    found
}

fn pair(one: Entry<'_>, other: Entry<'_>, is_one_name: &impl Fn(&str, &str) -> bool) -> Likeness {
    match (one, other) {
        (Entry::Text(one), Entry::Text(other)) if one == other => Likeness::Same,
        (Entry::Text(one), Entry::Text(other)) if is_one_name(one, other) => Likeness::OtherScript,
        (Entry::Number(one), Entry::Number(other)) => numbers(one, other),
        (Entry::Time(one), Entry::Time(other)) if one == other => Likeness::Same,
        (Entry::Time(one), Entry::Time(other)) if contrast::may_meet(one, other) => Likeness::Overlaps,
        _ => Likeness::Differs,
    }
}

fn numbers(one: &Quantity, other: &Quantity) -> Likeness {
    if !contrast::is_comparable(one, other) {
        return Likeness::NotCompared;
    }
    match (number(one), number(other)) {
        (Some(a), Some(b)) if a == b => Likeness::Same,
        (Some(a), Some(b)) => match contrast::pair(&a, &b) {
            Overlap::Yes => Likeness::Overlaps,
            Overlap::No => Likeness::Differs,
            Overlap::CannotBeSaid => Likeness::CannotBeSaid,
        },
        // Words stay words: nobody compares them with a number.
        _ => Likeness::CannotBeSaid,
    }
}

fn number(quantity: &Quantity) -> Option<(Decimal, Bound)> {
    Some((Decimal::parse(quantity.value.as_deref()?)?, quantity.bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(value: &str, bound: Bound, unit: &str) -> Quantity {
        let text = serde_json::json!({"value": value, "unit": unit}).to_string();
        Quantity { bound, ..serde_json::from_str(&text).unwrap() }
    }

    fn of(entries: &[(usize, Option<Entry<'_>>)]) -> Likeness {
        likeness(entries, |one, other| one.len() != other.len() && one.is_ascii() != other.is_ascii())
    }

    #[test]
    fn numbers_of_several_sources_are_the_same_overlap_differ_or_are_not_compared() {
        use Bound::{About, AtLeast, Exactly};
        for (one, other, expected) in [
            (quantity("30", About, "persons"), quantity("30.0", About, "persons"), Likeness::Same),
            (quantity("30", Exactly, "persons"), quantity("20", AtLeast, "persons"), Likeness::Overlaps),
            (quantity("30000", About, "persons"), quantity("200000", About, "persons"), Likeness::Differs),
            (quantity("30", About, "persons"), quantity("40", About, "persons"), Likeness::CannotBeSaid),
            (quantity("40", About, "percent"), quantity("40", About, "persons"), Likeness::NotCompared),
        ] {
            let told = of(&[(0, Some(Entry::Number(&one))), (1, Some(Entry::Number(&other)))]);
            assert_eq!(told, expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn one_name_in_two_scripts_is_not_called_different() {
        let (latin, cyrillic, other) = (Entry::Text("Anvar"), Entry::Text("Анвар"), Entry::Text("Orlan"));
        assert_eq!(of(&[(0, Some(latin)), (1, Some(cyrillic))]), Likeness::OtherScript);
        assert_eq!(of(&[(0, Some(latin)), (1, Some(latin))]), Likeness::Same);
        let all = [(0, Some(latin)), (1, Some(cyrillic)), (2, Some(other))];
        assert_eq!(of(&all), Likeness::Differs, "the widest difference is told");
    }

    #[test]
    fn what_one_source_alone_says_is_told_as_that_however_many_print_it() {
        let text = Some(Entry::Text("each once"));
        assert_eq!(of(&[(0, text), (1, None)]), Likeness::OnlyOne);
        assert_eq!(of(&[(0, text), (0, text), (1, None)]), Likeness::OnlyOne, "two claims of one source");
        assert_eq!(of(&[(0, text), (0, text)]), Likeness::Same, "there is one source");
        assert_eq!(of(&[(0, None), (1, None)]), Likeness::Nobody);
        assert_eq!(of(&[]), Likeness::Nobody);
    }

    #[test]
    fn times_that_meet_overlap() {
        let time = |from: &str, until: &str| Period { from: from.parse().ok(), until: until.parse().ok() };
        let (year, month, later) = (time("2025", "2025"), time("2025-03", "2025-04"), time("2026", "2026"));
        let told = |one, other| of(&[(0, Some(Entry::Time(one))), (1, Some(Entry::Time(other)))]);
        assert_eq!(told(&year, &month), Likeness::Overlaps);
        assert_eq!(told(&year, &later), Likeness::Differs);
        assert_eq!(told(&year, &year), Likeness::Same);
    }
}
