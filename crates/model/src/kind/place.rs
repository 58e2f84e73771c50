//! Places with stated precision.

use serde::{Deserialize, Serialize};

use super::basis::plain;
use super::fault::Faults;

/// How exactly a place is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// The country; coordinates stand for all of it.
    Country,
    /// A district or town; coordinates stand for all of it.
    District,
    /// The very spot.
    Point,
}

/// Coordinates in degrees of WGS 84, as in a STIX `location` (clause 4.10).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coordinates {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

/// A place.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// Country as two letters of ISO 3166-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// District or town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Coordinates; only with `precision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// How exactly it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
}

impl Place {
    pub(super) fn check(&self, faults: &mut Faults, path: &str) {
        for (key, text) in [("called", &self.called), ("district", &self.district)] {
            if let Some(text) = text {
                plain(faults, &format!("{path}.{key}"), text);
            }
        }
        if let Some(country) = &self.country {
            check_country(faults, &format!("{path}.country"), country);
        }
        if let Some(found) = self.coordinates {
            if !((-90.0..=90.0).contains(&found.latitude) && (-180.0..=180.0).contains(&found.longitude)) {
                let message = "latitude lies within 90 and longitude within 180 degrees";
                faults.add("form", "coordinates-range", &format!("{path}.coordinates"), message);
            }
            if self.precision.is_none() {
                let message = "coordinates look exact on every map: say with `precision` whether they stand for a country, a district or a point";
                faults.add("B6", "coordinates-without-precision", &format!("{path}.coordinates"), message);
            }
        }
        let missing = match self.precision {
            Some(Precision::Point) if self.coordinates.is_none() => Some("a point has coordinates"),
            Some(Precision::District) if self.district.is_none() => Some("name the district"),
            Some(Precision::Country) if self.country.is_none() => Some("name the country"),
            None if self.called.is_none()
                && self.country.is_none()
                && self.district.is_none()
                && self.coordinates.is_none() =>
            {
                Some("a place has a name, a country, a district or coordinates")
            }
            _ => None,
        };
        if let Some(message) = missing {
            faults.add("B6", "place-incomplete", path, message);
        }
    }
}

/// A country is two capital letters; whether the code is assigned is not known here.
pub(super) fn check_country(faults: &mut Faults, path: &str, code: &str) {
    if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        faults.add("form", "country", path, "write the country as two capital letters of ISO 3166-1");
    }
}
