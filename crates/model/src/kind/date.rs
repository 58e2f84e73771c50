//! Dates with stated precision, periods, and what can be said about them: yes, no, or that it cannot be said.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fault::Faults;
use crate::{Micros, ModelError};

/// Zones lie between 12 hours behind UTC and 14 hours ahead of it; a date is that of an unknown place.
const HOURS_BEHIND: i64 = 12;
const HOURS_AHEAD: i64 = 14;
const SECONDS_AN_HOUR: i64 = 3_600;
const ADULT_YEARS: i16 = 18;

/// An answer that is not forced to be yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is so, whatever the missing parts of the dates are.
    Yes,
    /// It is not so, whatever the missing parts of the dates are.
    No,
    /// The dates do not say.
    CannotBeSaid,
}

/// How exactly a date is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DatePrecision {
    /// Only the year.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
}

/// A date as exactly as it is known: `1987`, `1987-05` or `1987-05-03`. Its precision is its form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PartialDate {
    first: Date,
    last: Date,
}

impl PartialDate {
    /// The first day that it may be.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last day that it may be.
    pub fn last(&self) -> Date {
        self.last
    }

    /// How exactly it is known.
    pub fn precision(&self) -> DatePrecision {
        if self.first == self.last {
            DatePrecision::Day
        } else if self.first.month() == self.last.month() {
            DatePrecision::Month
        } else {
            DatePrecision::Year
        }
    }

    /// Whether somebody born then is under 18 at the instant `at`, wherever in the world that is asked.
    ///
    /// A person born on 29 February comes of age on 28 February or 1 March, by the law of the place: on the day between
    /// it cannot be said.
    pub fn is_under_18(&self, at: Micros) -> Answer {
        let (Some(earliest), Some(latest)) = (day_at(at, -HOURS_BEHIND), day_at(at, HOURS_AHEAD)) else {
            return Answer::CannotBeSaid;
        };
        match (birthday(self.first, false), birthday(self.last, true)) {
            (Some(soonest), _) if latest < soonest => Answer::Yes,
            (_, Some(last)) if earliest >= last => Answer::No,
            _ => Answer::CannotBeSaid,
        }
    }
}

fn day_at(at: Micros, hours: i64) -> Option<Date> {
    let shifted = at.plus_seconds(hours.saturating_mul(SECONDS_AN_HOUR));
    let instant = jiff::Timestamp::from_microsecond(shifted.0).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(instant).date())
}

/// The 18th birthday; of 29 February the earlier or the later of the days that laws choose.
fn birthday(born: Date, late: bool) -> Option<Date> {
    let year = born.year().checked_add(ADULT_YEARS)?;
    let other = if late { (3, 1) } else { (2, 28) };
    Date::new(year, born.month(), born.day()).or_else(|_| Date::new(year, other.0, other.1)).ok()
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.first.year(), self.first.month(), self.first.day());
        match self.precision() {
            DatePrecision::Year => write!(f, "{year:04}"),
            DatePrecision::Month => write!(f, "{year:04}-{month:02}"),
            DatePrecision::Day => write!(f, "{year:04}-{month:02}-{day:02}"),
        }
    }
}

impl FromStr for PartialDate {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        read_date(text).ok_or_else(|| ModelError::Date(text.chars().take(40).collect()))
    }
}

fn read_date(text: &str) -> Option<PartialDate> {
    let mut parts = text.split('-');
    let year: i16 = digits(parts.next()?, 4)?.parse().ok()?;
    let Some(month) = parts.next() else {
        return Some(PartialDate { first: Date::new(year, 1, 1).ok()?, last: Date::new(year, 12, 31).ok()? });
    };
    let month: i8 = digits(month, 2)?.parse().ok()?;
    let first = Date::new(year, month, 1).ok()?;
    let Some(day) = parts.next() else {
        return Some(PartialDate { first, last: first.last_of_month() });
    };
    let date = Date::new(year, month, digits(day, 2)?.parse().ok()?).ok()?;
    parts.next().is_none().then_some(PartialDate { first: date, last: date })
}

fn digits(text: &str, count: usize) -> Option<&str> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A stretch of time; an end that is left out is open or not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Its first date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PartialDate>,
    /// Its last date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<PartialDate>,
}

impl Period {
    /// Whether nothing is stated.
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// Whether all of `date` lies within the period.
    pub fn covers(&self, date: &PartialDate) -> Answer {
        let begins_later = self.from.is_some_and(|from| from.first > date.last);
        let ended_before = self.until.is_some_and(|until| until.last < date.first);
        if begins_later || ended_before {
            return Answer::No;
        }
        let begun = self.from.is_none_or(|from| from.last <= date.first);
        let lasting = self.until.is_none_or(|until| until.first >= date.last);
        if begun && lasting { Answer::Yes } else { Answer::CannotBeSaid }
    }

    pub(crate) fn check(&self, faults: &mut Faults, path: &str) {
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until.last < from.first
        {
            faults.add(
                "form",
                "dates-order",
                path,
                format!("it ends in {until}, before it begins in {from}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Micros {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_is_written_as_exactly_as_it_is_known() {
        for text in ["1987", "1987-05", "1987-05-03", "2024-02-29", "0987-12"] {
            assert_eq!(date(text).to_string(), text);
        }
        assert_eq!(date("2024-02").last().day(), 29);
        for text in
            ["87", "1987-5", "1987-13", "2023-02-29", "1987-05-03-01", "1987-05-03T00:00:00Z", "", "+987"]
        {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }

    #[test]
    fn c4_under_18_is_computed_and_three_answers_are_possible() {
        let noon = at("2026-06-15T12:00:00Z");
        let expected = [
            ("2008-06-17", Answer::Yes),
            ("2008-06-16", Answer::CannotBeSaid), // it is the 16th already where the day begins first
            ("2008-06-15", Answer::No),
            ("2008-06-14", Answer::No),
            ("2008", Answer::CannotBeSaid),
            ("2008-07", Answer::Yes),
            ("2008-05", Answer::No),
            ("2007", Answer::No),
            ("2009", Answer::Yes),
        ];
        for (born, answer) in expected {
            assert_eq!(date(born).is_under_18(noon), answer, "{born}");
        }
        let morning = at("2026-06-15T08:00:00Z");
        assert_eq!(date("2008-06-15").is_under_18(morning), Answer::CannotBeSaid);
    }

    #[test]
    fn c4_a_birthday_on_29_february_is_two_days_in_a_common_year() {
        let born = date("2008-02-29");
        assert_eq!(born.is_under_18(at("2026-02-27T09:00:00Z")), Answer::Yes);
        assert_eq!(born.is_under_18(at("2026-02-28T12:00:00Z")), Answer::CannotBeSaid);
        assert_eq!(born.is_under_18(at("2026-03-01T12:00:00Z")), Answer::No);
    }

    #[test]
    fn a_period_says_what_it_covers_and_what_it_cannot_say() {
        let period = Period { from: Some(date("2013-04")), until: Some(date("2014")) };
        assert_eq!(period.covers(&date("2013-06")), Answer::Yes);
        assert_eq!(period.covers(&date("2013-04-08")), Answer::CannotBeSaid);
        assert_eq!(period.covers(&date("2014")), Answer::CannotBeSaid);
        assert_eq!(period.covers(&date("2015")), Answer::No);
        assert_eq!(period.covers(&date("2013-03")), Answer::No);
        assert_eq!(Period::default().covers(&date("1900")), Answer::Yes);
    }
}
