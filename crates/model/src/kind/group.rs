//! Groups, with who designated them and when, and plans.

use serde::{Deserialize, Serialize};

use super::basis::{Basis, Statement, plain};
use super::date::Period;
use super::fault::Faults;
use super::name::{self, Name};
use super::place::Place;

/// A group of persons that acts under a name. That it acts unlawfully is what a designation claims, never the kind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Names with their times: a former name is found in its time.
    pub names: Vec<Name>,
    /// Who designated it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub designations: Vec<Designation>,
    /// When it was active.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub active: Period,
    /// Where it is active.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// A few words of the record's creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// On what it rests.
    pub basis: Basis,
}

/// The claim of a body that a group belongs on its list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Designation {
    /// The body.
    pub designated_by: String,
    /// Its list.
    pub list: String,
    /// Number of the entry on the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// From when until when it is listed.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub valid: Period,
}

impl Group {
    pub(super) fn check(&self, faults: &mut Faults) {
        name::check(faults, &self.names);
        faults.each("designations", &self.designations, |faults, path, claim| {
            // The title of a list is the words of its body.
            for (key, text) in [("designated_by", &claim.designated_by), ("list", &claim.list)] {
                if text.trim().is_empty() {
                    let message = "a designation is a claim: say which body made it, on which list";
                    faults.add("B3", "designation-unattributed", &format!("{path}.{key}"), message);
                }
            }
            claim.valid.check(faults, &format!("{path}.valid"));
        });
        self.active.check(faults, "active");
        faults.each("places", &self.places, |faults, path, place| place.check(faults, path));
        if let Some(summary) = &self.summary {
            plain(faults, "summary", summary);
        }
    }
}

/// Something that somebody is held to intend. It has not happened; it is always an assessment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// A heading.
    pub title: String,
    /// What is intended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// To what end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// Within which time.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub window: Period,
    /// The facts on which the assessment rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<String>,
    /// On what it rests; `basis.whole` has the likelihood.
    pub basis: Basis,
}

impl Plan {
    pub(super) fn check(&self, faults: &mut Faults) {
        plain(faults, "title", &self.title);
        for (path, text) in
            [("summary", &self.summary), ("objective", &self.objective), ("grounds", &self.grounds)]
        {
            if let Some(text) = text {
                plain(faults, path, text);
            }
        }
        if self.grounds.is_none() {
            let message = "a plan is a forecast: state the facts on which it rests";
            faults.add("B1", "forecast-without-grounds", "grounds", message);
        }
        if self.basis.whole.statement != Statement::Assessment || self.basis.whole.likelihood.is_none() {
            let message =
                "a plan has not happened: it is an assessment, with its likelihood in the words of ICD 203";
            faults.add("B8", "plan-without-likelihood", "basis.whole", message);
        }
        self.window.check(faults, "window");
        faults.each("places", &self.places, |faults, path, place| place.check(faults, path));
    }
}
