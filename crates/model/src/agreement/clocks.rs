//! Periods that a community agreed on.

use serde::{Deserialize, Serialize};

/// Periods of the community.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clocks {
    /// How long a key to the exchange lives, in days.
    #[serde(default = "key_days")]
    pub key_days: u32,
    /// After how long personal data is reviewed, in days, when the record does not say.
    #[serde(default = "review_days")]
    pub review_days: u32,
    /// How long personal data that came without purpose or legal basis is held, in days.
    #[serde(default = "triage_days")]
    pub triage_days: u32,
    /// How long after its review date a record is erased, in days; until then somebody can still keep it.
    #[serde(default = "erase_days")]
    pub erase_days: u32,
    /// How long before its review date a record is listed as due, in days.
    #[serde(default = "warn_days")]
    pub warn_days: u32,
    /// How long a record stays once its purpose is achieved, in days.
    #[serde(default = "purpose_days")]
    pub purpose_days: u32,
    /// How long after a delivery the receipt of the member is expected, in hours; a day when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_hours: Option<u32>,
}

impl Clocks {
    /// How long after a delivery the receipt of the member is expected, in hours.
    #[must_use]
    pub fn receipt_hours(&self) -> u32 {
        self.receipt_hours.unwrap_or(24)
    }
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            key_days: key_days(),
            review_days: review_days(),
            triage_days: triage_days(),
            erase_days: erase_days(),
            warn_days: warn_days(),
            purpose_days: purpose_days(),
            receipt_hours: None,
        }
    }
}

fn key_days() -> u32 {
    365
}

fn review_days() -> u32 {
    1_095
}

fn triage_days() -> u32 {
    180
}

fn erase_days() -> u32 {
    30
}

fn warn_days() -> u32 {
    120
}

fn purpose_days() -> u32 {
    15
}
