//! Small counts: how a number about few persons is told.

/// How a count is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// As it is.
    Exactly,
    /// As fewer than so many.
    FewerThan(u32),
    /// As so many at least: a number nearby was told exactly before, and the difference would be about few persons.
    AtLeast(u32),
}

/// A count that is to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Count {
    /// The number.
    pub value: u32,
    /// Whether it is about persons: a record that was counted is personal data, or the unit is persons.
    pub personal: bool,
    /// The smallest number of records by which what was counted differs from what was counted for a number that was told
    /// exactly before; none when there is none, or nothing differs.
    pub nearest: Option<u32>,
}

/// How it is told under a smallest number `cell` that may be told of persons. Nothing is told as nothing.
pub fn told(count: Count, cell: u32) -> Told {
    if !count.personal || count.value == 0 {
        return Told::Exactly;
    }
    if count.value < cell {
        return Told::FewerThan(cell);
    }
    let rounded = count.value.saturating_sub(count.value.checked_rem(cell).unwrap_or(0));
    match count.nearest {
        Some(nearest) if nearest < cell => Told::AtLeast(rounded),
        _ => Told::Exactly,
    }
}

/// Whether a unit counts persons.
pub fn is_persons(unit: &str) -> bool {
    let unit = unit.trim().to_lowercase();
    ["person", "persons", "people"].contains(&unit.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(value: u32, nearest: Option<u32>) -> Told {
        told(Count { value, personal: true, nearest }, 5)
    }

    #[test]
    fn a_count_of_few_persons_is_told_as_fewer_and_nothing_as_nothing() {
        assert_eq!(count(0, None), Told::Exactly);
        for value in 1..5 {
            assert_eq!(count(value, None), Told::FewerThan(5));
        }
        assert_eq!(count(5, None), Told::Exactly);
        assert_eq!(told(Count { value: 1, personal: false, nearest: Some(1) }, 5), Told::Exactly);
        assert!(is_persons(" Persons") && is_persons("people") && !is_persons("finds"));
    }

    #[test]
    fn a_count_next_to_one_that_was_told_is_rounded_down() {
        assert_eq!(count(13, Some(1)), Told::AtLeast(10));
        assert_eq!(count(13, Some(4)), Told::AtLeast(10));
        assert_eq!(count(13, Some(5)), Told::Exactly);
    }
}
