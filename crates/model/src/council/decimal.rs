//! Exact decimal numbers, as they stand in records: digits with at most one full stop.

use std::cmp::Ordering;
use std::fmt;

/// The longest decimal number of a record, in characters.
const LONGEST: usize = 30;

/// A decimal number that is not negative. Nothing is rounded when it is read or compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decimal {
    /// Digits before the full stop, without leading zeros.
    whole: String,
    /// Digits behind it, without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Reads digits with at most one full stop.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        (digits(whole) && digits(fraction)).then(|| Self {
            whole: whole.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// How often `other` goes into it, rounded to two places; none when `other` is nothing, or the numbers are too long
    /// to be divided exactly.
    pub fn ratio_to(&self, other: &Self) -> Option<String> {
        let hundredths = self.hundredths_of(other)?;
        let (whole, rest) = (hundredths.checked_div(100)?, hundredths.checked_rem(100)?);
        Some(format!("{whole}.{rest:02}"))
    }

    /// Whether it is at least twice `other`; none when that cannot be computed.
    pub fn is_twice(&self, other: &Self) -> Option<bool> {
        let scale = self.fraction.len().max(other.fraction.len());
        Some(self.units(scale)? >= other.units(scale)?.checked_mul(2)?)
    }

    /// This and another; none when the sum is longer than a record can say.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let scale = self.fraction.len().max(other.fraction.len());
        let sum = self.units(scale)?.checked_add(other.units(scale)?)?;
        let digits = format!("{sum:0>width$}", width = scale.checked_add(1)?);
        let (whole, fraction) = digits.split_at_checked(digits.len().checked_sub(scale)?)?;
        let text = if scale == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") };
        if text.len() > LONGEST { None } else { Self::parse(&text) }
    }

    fn hundredths_of(&self, other: &Self) -> Option<i128> {
        let scale = self.fraction.len().max(other.fraction.len());
        let (one, by) = (self.units(scale)?, other.units(scale)?);
        let half = by.checked_div(2)?;
        one.checked_mul(100)?.checked_add(half)?.checked_div(by)
    }

    /// The number in units of the last of `scale` places.
    fn units(&self, scale: usize) -> Option<i128> {
        let digits = format!("{}{:0<scale$}", self.whole, self.fraction);
        if digits.is_empty() { Some(0) } else { digits.parse().ok() }
    }
}

impl fmt::Display for Decimal {
    /// Digits, and a full stop where there are places behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.whole.is_empty() { "0" } else { &self.whole })?;
        if self.fraction.is_empty() { Ok(()) } else { write!(f, ".{}", self.fraction) }
    }
}

impl From<u32> for Decimal {
    fn from(value: u32) -> Self {
        let whole = if value == 0 { String::new() } else { value.to_string() };
        Self { whole, fraction: String::new() }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len()).then_with(|| self.whole.cmp(&other.whole));
        // Behind the full stop the digits compare from the left, whatever their count is.
        whole.then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_compare_exactly() {
        let rising = ["0", "0.09", "0.1", "0.11", "1", "1.5", "9", "10", "30000", "200000"];
        for pair in rising.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
        assert_eq!(number("007.50"), number("7.5"));
        assert_eq!(number("000"), number("0.0"));
        for text in ["", ".", "1.", ".5", "-1", "1e3", "NaN", "٣", "1.2.3"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn numbers_add_exactly_and_a_sum_that_is_too_long_is_none() {
        let add = |one: &str, other: &str| number(one).plus(&number(other)).map(|sum| sum.to_string());
        assert_eq!(add("0", "0").unwrap(), "0");
        assert_eq!(add("0.05", "0.95").unwrap(), "1");
        assert_eq!(add("12.50", "0.075").unwrap(), "12.575");
        assert_eq!(add("0.1", "0.02").unwrap(), "0.12");
        assert_eq!(add(&"9".repeat(30), "1"), None, "one digit more than a record can say");
        assert_eq!(add(&"9".repeat(60), "1"), None);
        assert_eq!(Decimal::from(0), number("0"));
        assert_eq!(Decimal::from(40).to_string(), "40");
    }

    #[test]
    fn a_ratio_has_two_places_and_nothing_has_none() {
        assert_eq!(number("200000").ratio_to(&number("30000")).unwrap(), "6.67");
        assert_eq!(number("1").ratio_to(&number("1.0")).unwrap(), "1.00");
        assert_eq!(number("1").ratio_to(&number("0.5")).unwrap(), "2.00");
        assert_eq!(number("1").ratio_to(&number("0")), None);
        let long = number(&"9".repeat(30));
        assert_eq!(long.ratio_to(&number(&format!("0.{}1", "0".repeat(28)))), None);
        assert_eq!(number("60000").is_twice(&number("30000")), Some(true));
        assert_eq!(number("59999.9").is_twice(&number("30000")), Some(false));
    }
}
