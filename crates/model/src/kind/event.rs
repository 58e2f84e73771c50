//! What happened: border events, attacks, finds.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, Bound};
use super::basis::{Basis, Citation, plain};
use super::date::Period;
use super::fault::Faults;
use super::place::{Place, check_country};

/// Something that happened at a frontier.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BorderEvent {
    /// A heading.
    pub title: String,
    /// What happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub during: Period,
    /// Where.
    pub place: Place,
    /// What kind of event, as a term of a vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manner: Option<Citation>,
    /// The country from which a movement went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_country: Option<String>,
    /// The country to which it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_country: Option<String>,
    /// How many persons took part, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<u32>,
    /// On what it rests.
    pub basis: Basis,
}

impl BorderEvent {
    pub(super) fn check(&self, faults: &mut Faults) {
        happened(faults, &self.title, self.summary.as_deref(), self.during);
        self.place.check(faults, "place");
        if let Some(manner) = &self.manner {
            manner.check(faults, "manner");
        }
        for (path, country) in [("from_country", &self.from_country), ("to_country", &self.to_country)] {
            if let Some(country) = country {
                check_country(faults, path, country);
            }
        }
    }
}

/// An act of violence that was carried out or tried.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// A heading.
    pub title: String,
    /// What happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub during: Period,
    /// Where.
    pub place: Place,
    /// How, as a term of a vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Citation>,
    /// Harm done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub harm: Vec<Harm>,
    /// On what it rests. Who did it is a relation, claims of responsibility are words of others (`basis.said`).
    pub basis: Basis,
}

/// What was done to persons.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HarmKind {
    /// Lost their lives.
    Killed,
    /// Were injured.
    Injured,
    /// Are missing.
    Missing,
    /// Were taken.
    Abducted,
}

/// A count of persons harmed, with the rule by which they were counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// What was done to them.
    pub harm_kind: HarmKind,
    /// How many.
    pub persons: u32,
    /// How the number is meant.
    #[serde(default)]
    pub bound: Bound,
    /// Who was counted, when and by whom.
    pub counting_rule: String,
}

impl Attack {
    pub(super) fn check(&self, faults: &mut Faults) {
        happened(faults, &self.title, self.summary.as_deref(), self.during);
        self.place.check(faults, "place");
        if let Some(method) = &self.method {
            method.check(faults, "method");
        }
        faults.each("harm", &self.harm, |faults, path, harm| {
            plain(faults, &format!("{path}.counting_rule"), &harm.counting_rule);
        });
    }
}

/// Things that were found or seized.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// A heading.
    pub title: String,
    /// What happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub during: Period,
    /// Where.
    pub place: Place,
    /// What was found; at least one entry.
    pub items: Vec<FoundItem>,
    /// On what it rests.
    pub basis: Basis,
}

/// Classes of things found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemClass {
    /// Narcotics and precursors.
    Narcotics,
    /// Weapons and ammunition.
    Weapons,
    /// Explosives and their parts.
    Explosives,
    /// Money and valuables.
    Money,
    /// Documents and data carriers.
    Documents,
    /// Anything else.
    Other,
}

/// One thing found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundItem {
    /// Its class.
    pub item_class: ItemClass,
    /// The substance, make or currency.
    pub what: String,
    /// How much. None when it was not counted; words such as "a large amount" belong to somebody (`basis.said`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

impl Find {
    pub(super) fn check(&self, faults: &mut Faults) {
        happened(faults, &self.title, self.summary.as_deref(), self.during);
        self.place.check(faults, "place");
        if self.items.is_empty() {
            faults.add("form", "empty", "items", "say what was found");
        }
        faults.each("items", &self.items, |faults, path, item| {
            plain(faults, &format!("{path}.what"), &item.what);
            if let Some(amount) = &item.amount {
                amount.check(faults, &format!("{path}.amount"));
            }
        });
    }
}

fn happened(faults: &mut Faults, title: &str, summary: Option<&str>, during: Period) {
    plain(faults, "title", title);
    if let Some(summary) = summary {
        plain(faults, "summary", summary);
    }
    during.check(faults, "during");
}
