//! Timestamps as STIX writes them (STIX 2.1 clause 2.16): RFC 3339, UTC, with `Z`. The text is kept as written, since
//! the number of digits is part of the content.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MICROS_PER_SECOND: i64 = 1_000_000;
/// More digits than any clock has; the text of a timestamp is bounded by it.
const MOST_DIGITS: usize = 64;

/// An instant with its text as written. Two timestamps are equal when they name the same instant: `.1Z` equals
/// `.100Z`; [`Timestamp::as_str`] tells them apart.
#[derive(Clone)]
pub struct Timestamp {
    text: Box<str>,
    second: i64,
}

/// Why a text is not a STIX timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The text does not have the form `YYYY-MM-DDTHH:MM:SS[.digits]Z`.
    #[error("{0:?} is not of the form YYYY-MM-DDTHH:MM:SS.sssZ")]
    Form(String),
    /// The form is right, but there is no such day or time of day (leap seconds are none of a STIX timestamp).
    #[error("{0:?} names no existing date and time")]
    Calendar(String),
}

impl Timestamp {
    /// Reads a timestamp.
    ///
    /// # Errors
    /// [`TimeError`], when the text is not RFC 3339 in UTC with upper-case `T` and `Z`.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        second_of(text).map(|second| Self { text: text.into(), second })
    }

    /// Judges a timestamp without keeping it.
    ///
    /// # Errors
    /// As [`Timestamp::parse`].
    pub fn check(text: &str) -> Result<(), TimeError> {
        second_of(text).map(drop)
    }

    /// The timestamp of `micros` microseconds since 1970-01-01T00:00:00Z, with six digits of fraction. Instants
    /// outside the years 1 to 9999 become the nearest one inside.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "years 0 to 9999 keep every step far within 64 bits")]
    pub fn from_micros(micros: i64) -> Self {
        let (low, high) = (second_at(1, 1, 1, 0), second_at(9999, 12, 31, 86_399));
        let micros = micros.clamp(low * MICROS_PER_SECOND, high * MICROS_PER_SECOND + MICROS_PER_SECOND - 1);
        let (second, fraction) = (micros.div_euclid(MICROS_PER_SECOND), micros.rem_euclid(MICROS_PER_SECOND));
        let (year, month, day) = date_of(second.div_euclid(86_400));
        let of_day = second.rem_euclid(86_400);
        let (hour, minute, rest) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{rest:02}.{fraction:06}Z");
        Self { text: text.into(), second }
    }

    /// The text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Microseconds since 1970-01-01T00:00:00Z; digits beyond the sixth are cut off.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "years 0 to 9999 keep every step far within 64 bits")]
    pub fn micros(&self) -> i64 {
        let digits = self.fraction().bytes().chain(std::iter::repeat(b'0')).take(6);
        let fraction = digits.fold(0, |sum, digit| sum * 10 + i64::from(digit.saturating_sub(b'0')));
        self.second * MICROS_PER_SECOND + fraction
    }

    /// How many digits the fraction of a second has as written.
    #[must_use]
    pub fn digits(&self) -> usize {
        self.fraction().len()
    }

    /// Whether `text` is a timestamp, without keeping it.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        second_of(text).is_ok()
    }

    fn fraction(&self) -> &str {
        self.text.split_once('.').map_or("", |(_, fraction)| fraction.trim_end_matches('Z'))
    }

    /// The fraction without the zeros that do not change the instant; texts of it compare as the numbers do.
    fn significant(&self) -> &str {
        self.fraction().trim_end_matches('0')
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "years 0 to 9999 keep every step far within 64 bits")]
fn second_of(text: &str) -> Result<i64, TimeError> {
    let form = || TimeError::Form(text.chars().take(64).collect());
    let body = text.strip_suffix('Z').ok_or_else(form)?;
    let (whole, fraction) = match body.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    if fraction.is_some_and(|digits| {
        digits.is_empty() || digits.len() > MOST_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_digit())
    }) {
        return Err(form());
    }
    let shape = b"0000-00-00T00:00:00";
    if whole.len() != shape.len()
        || !whole
            .bytes()
            .zip(shape)
            .all(|(is, want)| if *want == b'0' { is.is_ascii_digit() } else { is == *want })
    {
        return Err(form());
    }
    let number = |from: usize, to: usize| {
        whole.get(from..to).and_then(|digits| digits.parse::<i16>().ok()).unwrap_or_default()
    };
    let small = |from: usize| i8::try_from(number(from, from + 2)).unwrap_or_default();
    let calendar = |_| TimeError::Calendar(text.chars().take(64).collect());
    // The calendar of other readers begins with the year 1.
    if number(0, 4) < 1 {
        return Err(TimeError::Calendar(text.chars().take(64).collect()));
    }
    let date = jiff::civil::Date::new(number(0, 4), small(5), small(8)).map_err(calendar)?;
    let time = jiff::civil::Time::new(small(11), small(14), small(17), 0).map_err(calendar)?;
    let of_day = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Ok(second_at(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()), of_day))
}

/// Seconds since the epoch of a day of the proleptic Gregorian calendar, and a second of that day.
#[expect(clippy::arithmetic_side_effects, reason = "years 0 to 9999 keep every step far within 64 bits")]
fn second_at(year: i64, month: i64, day: i64, of_day: i64) -> i64 {
    // Years counted from March put the leap day at the end of a year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) * 86_400 + of_day
}

/// Year, month and day of a day counted from the epoch; the reverse of [`second_at`].
#[expect(clippy::arithmetic_side_effects, reason = "years 0 to 9999 keep every step far within 64 bits")]
fn date_of(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.second.cmp(&other.second).then_with(|| self.significant().cmp(other.significant()))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timestamp {}

impl Hash for Timestamp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.second.hash(state);
        self.significant().hash(state);
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Timestamp({})", self.text)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_text_is_kept_and_the_instant_compared() {
        let (short, long) = (time("2020-02-29T12:00:00.1Z"), time("2020-02-29T12:00:00.100Z"));
        assert_eq!(short, long);
        assert_eq!((short.as_str(), short.digits(), long.digits()), ("2020-02-29T12:00:00.1Z", 1, 3));
        assert_eq!(short.micros(), 1_582_977_600_100_000);
        assert!(time("2020-01-01T00:00:00.0000001Z") > time("2020-01-01T00:00:00Z"));
        assert_eq!(time("2020-01-01T00:00:00.0000009Z").micros(), time("2020-01-01T00:00:00Z").micros());
        assert!(time("2020-01-01T00:00:00.9Z") < time("2020-01-01T00:00:01Z"));
        assert!(time("2020-01-01T00:00:00.09Z") < time("2020-01-01T00:00:00.1Z"));
    }

    #[test]
    fn instants_before_the_epoch_count_downwards() {
        assert_eq!(time("1969-12-31T23:59:59.999999Z").micros(), -1);
        assert_eq!(Timestamp::from_micros(-1).as_str(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp::from_micros(i64::MAX).as_str(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp::from_micros(i64::MIN).as_str(), "0001-01-01T00:00:00.000000Z");
    }

    #[test]
    fn other_forms_and_days_that_do_not_exist_are_refused() {
        for text in [
            "2016-04-06T20:03:48",
            "2016-04-06T20:03:48+00:00",
            "2016-04-06 20:03:48Z",
            "2016-04-06t20:03:48z",
            "2016-04-06T20:03:48.Z",
            "2016-04-06T20:03Z",
            "16-04-06T20:03:48Z",
            "２016-04-06T20:03:4Z",
            "Z",
            "",
        ] {
            assert!(matches!(Timestamp::parse(text), Err(TimeError::Form(_))), "{text}");
        }
        for text in [
            "0000-01-01T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-01-01T24:00:00Z",
            "2016-12-31T23:59:60Z",
        ] {
            assert!(matches!(Timestamp::parse(text), Err(TimeError::Calendar(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn microseconds_come_back(micros in -62_135_596_800_000_000i64..253_402_300_800_000_000) {
            let made = Timestamp::from_micros(micros);
            prop_assert_eq!(made.digits(), 6);
            prop_assert_eq!(Timestamp::parse(made.as_str()).unwrap().micros(), micros);
        }

        #[test]
        fn no_text_makes_it_fail_badly(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text).map(|time| time.micros());
        }
    }
}
