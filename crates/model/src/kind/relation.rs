//! Relations among the kinds, with grounds and dates.

use serde::{Deserialize, Serialize};

use super::basis::{Basis, plain};
use super::date::Period;
use super::fault::Faults;
use super::{ACCOUNT_TYPE, JOURNEY_TYPE, PAYMENT_TYPE};
use crate::stix::Id;

/// How two records are related: the `relationship_type` of a STIX relationship (clause 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// A person or group acts together with another.
    AssociatedWith,
    /// A person or group supports a group or a plan.
    Supports,
    /// A person belongs to a group.
    MemberOf,
    /// A person leads a group.
    Leads,
    /// A person was trained at a site.
    TrainedAt,
    /// A person or group runs a site or channel.
    Runs,
    /// A person made a journey.
    TravelledOn,
    /// A person or group took part in an event.
    TookPartIn,
    /// A plan is that of a person or group.
    IntendedBy,
    /// An event is the carrying out of a plan.
    CarriesOut,
    /// One event belongs to another, such as a find to an attack.
    PartOf,
    /// An account is that of a person or group.
    HeldBy,
    /// Something is at a place (in the standard's own sense).
    LocatedAt,
}

const IDENTITY: &str = "identity";
const EVENT: &str = "incident";
const SITE: &str = "infrastructure";
const PLAN: &str = "campaign";

impl RelationKind {
    /// The STIX types that the source and the target may have.
    pub fn ends(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::AssociatedWith | Self::MemberOf | Self::Leads => (&[IDENTITY], &[IDENTITY]),
            Self::Supports => (&[IDENTITY], &[IDENTITY, PLAN]),
            Self::TrainedAt | Self::Runs => (&[IDENTITY], &[SITE]),
            Self::TravelledOn => (&[IDENTITY], &[JOURNEY_TYPE]),
            Self::TookPartIn => (&[IDENTITY], &[EVENT]),
            Self::IntendedBy => (&[PLAN], &[IDENTITY]),
            Self::CarriesOut => (&[EVENT], &[PLAN]),
            Self::PartOf => (&[EVENT, PAYMENT_TYPE, JOURNEY_TYPE], &[EVENT, PLAN]),
            Self::HeldBy => (&[ACCOUNT_TYPE], &[IDENTITY]),
            Self::LocatedAt => (&[IDENTITY, SITE], &["location"]),
        }
    }
}

/// A relation between two records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// How they are related.
    pub relationship_type: RelationKind,
    /// The one that the sentence begins with.
    pub source_ref: Id,
    /// The other.
    pub target_ref: Id,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Whether one of the ends is a person, an account or a payment: the relation is then personal data. An
    /// identifier does not tell a person from a group, so whoever writes the relation says it.
    pub concerns_person: bool,
    /// The facts that show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<String>,
    /// When it held.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub during: Period,
    /// On what it rests.
    pub basis: Basis,
}

impl Relation {
    pub(super) fn check(&self, faults: &mut Faults) {
        let (sources, targets) = self.relationship_type.ends();
        for (path, end, allowed) in
            [("source_ref", &self.source_ref, sources), ("target_ref", &self.target_ref, targets)]
        {
            if !allowed.contains(&end.kind()) {
                let message = format!("this end of the relation is one of: {}", allowed.join(", "));
                faults.add("form", "relation-ends", path, message);
            }
            let personal = [ACCOUNT_TYPE, PAYMENT_TYPE].contains(&end.kind());
            if personal && !self.concerns_person {
                let message = "an account or a payment is personal data, and so is the relation to it";
                faults.add("A1", "relation-personal", "concerns_person", message);
            }
        }
        if self.source_ref == self.target_ref {
            faults.add("form", "relation-ends", "target_ref", "a record has no relation to itself");
        }
        match &self.grounds {
            Some(grounds) => plain(faults, "grounds", grounds),
            None => faults.add(
                "B1",
                "relation-without-grounds",
                "grounds",
                "state the facts that show the relation",
            ),
        }
        if let Some(summary) = &self.summary {
            plain(faults, "summary", summary);
        }
        self.during.check(faults, "during");
    }
}
