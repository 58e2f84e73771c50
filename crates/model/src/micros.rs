//! Instants in microseconds, as the database and TAXII use them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ModelError;

/// An instant in UTC, in microseconds since 1970-01-01. Printed and serialised as RFC 3339 with six fraction
/// digits, the form that TAXII 2.1 §1.4 asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Micros(pub i64);

impl Micros {
    /// The instant `seconds` later; saturates at the ends of the range.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(f, "{instant:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Micros {
    type Err = ModelError;

    /// Reads RFC 3339. Digits beyond the microsecond are cut, never rounded up.
    fn from_str(text: &str) -> Result<Self, ModelError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| ModelError::Time(text.to_owned()))?;
        Ok(Self(
            instant
                .as_nanosecond()
                .div_euclid(1_000)
                .try_into()
                .map_err(|_| ModelError::Time(text.to_owned()))?,
        ))
    }
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_six_digits_and_reads_them_back() {
        let instant = Micros(1_700_000_000_000_007);
        assert_eq!(instant.to_string(), "2023-11-14T22:13:20.000007Z");
        assert_eq!(instant.to_string().parse::<Micros>().unwrap(), instant);
    }

    #[test]
    fn finer_digits_are_cut() {
        assert_eq!("1970-01-01T00:00:00.0000019Z".parse::<Micros>().unwrap(), Micros(1));
    }

    #[test]
    fn a_time_without_zone_is_refused() {
        assert!("2026-01-01T00:00:00".parse::<Micros>().is_err());
    }
}
