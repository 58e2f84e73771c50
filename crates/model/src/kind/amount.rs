//! Amounts as exact decimal numbers, with unit and counting rule, and sums of money.

use serde::{Deserialize, Serialize};

use super::basis::plain;
use super::fault::Faults;

/// The longest decimal number, in characters.
const LONGEST_NUMBER: usize = 30;

/// How a number is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// So many.
    #[default]
    Exactly,
    /// So many or more.
    AtLeast,
    /// So many or fewer.
    AtMost,
    /// Roughly so many.
    About,
    /// More than so many.
    MoreThan,
    /// Fewer than so many.
    LessThan,
}

impl Bound {
    /// How it is said before the number.
    pub fn words(self) -> &'static str {
        match self {
            Self::Exactly => "exactly",
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
            Self::About => "about",
            Self::MoreThan => "more than",
            Self::LessThan => "fewer than",
        }
    }
}

/// How much of a thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// A decimal number as text, so that nothing is rounded: `12.50`.
    pub value: String,
    /// How the number is meant.
    #[serde(default)]
    pub bound: Bound,
    /// The unit, such as `kg` or `pieces`.
    #[serde(default)]
    pub unit: String,
    /// What was counted or weighed, and how: gross or net, by whom.
    #[serde(default)]
    pub counting_rule: String,
}

impl Amount {
    pub(super) fn check(&self, faults: &mut Faults, path: &str) {
        number(faults, &format!("{path}.value"), &self.value);
        for (key, text) in [("unit", &self.unit), ("counting_rule", &self.counting_rule)] {
            let path = format!("{path}.{key}");
            if text.trim().is_empty() {
                let message =
                    "a number without unit and counting rule cannot be added to another: state both";
                faults.add("B6", "amount-incomplete", &path, message);
            } else {
                plain(faults, &path, text);
            }
        }
    }
}

/// A sum of money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// A decimal number as text.
    pub value: String,
    /// Currency as three letters of ISO 4217, or the name of a virtual one.
    pub currency: String,
}

impl Sum {
    pub(super) fn check(&self, faults: &mut Faults, path: &str) {
        number(faults, &format!("{path}.value"), &self.value);
        plain(faults, &format!("{path}.currency"), &self.currency);
    }
}

fn number(faults: &mut Faults, path: &str, text: &str) {
    if !is_number(text) {
        faults.add(
            "form",
            "number",
            path,
            "write a decimal number with digits and one full stop, such as 12.50",
        );
    }
}

/// Whether a text is a decimal number with digits and at most one full stop.
pub(super) fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= LONGEST_NUMBER && digits(whole) && digits(fraction)
}
