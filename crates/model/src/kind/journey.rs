//! Journeys: legs with dates as exactly as they are known, and nobody in them.

use serde::{Deserialize, Serialize};

use super::basis::{Basis, plain};
use super::date::PartialDate;
use super::fault::Faults;
use super::place::Place;

/// A journey. Who travelled is a relation to it, so that the route can be shared without a person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The legs in their order; at least one.
    pub legs: Vec<Leg>,
    /// How many travelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travellers: Option<u32>,
    /// On what it rests.
    pub basis: Basis,
}

/// Means of travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// By aeroplane.
    Air,
    /// By train.
    Rail,
    /// By road.
    Road,
    /// By ship.
    Sea,
    /// On foot.
    Foot,
}

/// One leg.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// From where.
    pub origin: Place,
    /// To where.
    pub destination: Place,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departed: Option<PartialDate>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<PartialDate>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Means>,
}

impl Journey {
    pub(super) fn check(&self, faults: &mut Faults) {
        plain(faults, "title", &self.title);
        if let Some(summary) = &self.summary {
            plain(faults, "summary", summary);
        }
        if self.legs.is_empty() {
            faults.add("form", "empty", "legs", "a journey has at least one leg");
        }
        // The latest date so far: no later date of the journey lies before it for certain.
        let mut reached: Option<PartialDate> = None;
        faults.each("legs", &self.legs, |faults, path, leg| {
            leg.origin.check(faults, &format!("{path}.origin"));
            leg.destination.check(faults, &format!("{path}.destination"));
            for (key, date) in [("departed", leg.departed), ("arrived", leg.arrived)] {
                let Some(date) = date else { continue };
                match reached {
                    Some(before) if date.last() < before.first() => {
                        let message = format!("{date} lies before {before}, an earlier point of the journey");
                        faults.add("form", "dates-order", &format!("{path}.{key}"), message);
                    }
                    _ => reached = Some(date),
                }
            }
        });
    }
}
