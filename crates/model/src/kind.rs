//! The kinds of records that members exchange: persons, groups, plans, sites, events, journeys, channels, finds, money,
//! and the relations among them; and the work of their council ([`council`]).
//!
//! Each kind is a typed view of a STIX object that carries the published extension [`EXTENSION_ID`]; which object, and
//! why, stands in `docs/decisions/0007-kinds.md`. [`Kind::read`] and [`Kind::from_json`] judge the form,
//! [`Kind::check`] what may be recorded at all, [`check_envelope`] what is stated beside it. Nothing is decided here about
//! release, and nothing is kept.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss
)]

mod amount;
mod basis;
pub mod council;
mod date;
mod event;
mod fault;
mod governance;
mod group;
mod journey;
mod money;
mod name;
mod object;
mod place;
mod relation;
mod site;
mod special;
mod subject;
mod texts;

use serde::{Deserialize, Serialize};

use crate::neutral::{self, Question};
use council::Counsel as _;

pub use amount::{Amount, Bound, Sum};
pub use basis::{Assertion, Attributed, Basis, Citation, Collected, Confidence, Likelihood, Part, Statement};
pub use date::{Answer, DatePrecision, PartialDate, Period};
pub use event::{Attack, BorderEvent, Find, FoundItem, Harm, HarmKind, ItemClass};
pub use fault::Fault;
pub use governance::{Governance, check_envelope, review_fault};
pub use group::{Designation, Group, Plan};
pub use journey::{Journey, Leg, Means};
pub use money::{Account, AccountForm, Payment};
pub use name::{Name, NameKind};
pub use object::{Context, EXTENSION_BUNDLE, EXTENSION_ID};
pub use place::{Coordinates, Place, Precision};
pub use relation::{Relation, RelationKind};
pub use site::{Channel, ChannelForm, TrainingSite};
pub use special::is_special;
pub use subject::{
    Birth, Document, DocumentKind, Dropped, Field, Identifier, IdentifierKind, Link, LinkKind, Offence, Stay,
    StayKind, Strength, Subject,
};

pub(crate) use basis::plain;
pub(crate) use fault::Faults;

/// STIX type of a journey, which the extension defines.
pub const JOURNEY_TYPE: &str = "comity-journey";
/// STIX type of an account for money, which the extension defines.
pub const ACCOUNT_TYPE: &str = "comity-account";
/// STIX type of a payment, which the extension defines.
pub const PAYMENT_TYPE: &str = "comity-payment";

/// A record of one of the kinds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A person: `identity` of the class individual.
    Subject(Box<Subject>),
    /// A group: `identity` of the class group.
    Group(Group),
    /// A plan: `campaign` that nobody has seen yet.
    Plan(Plan),
    /// A training site: `infrastructure`.
    TrainingSite(TrainingSite),
    /// A border event: `incident`.
    BorderEvent(BorderEvent),
    /// An attack: `incident`.
    Attack(Attack),
    /// A find: `incident`.
    Find(Find),
    /// A channel: `infrastructure`.
    Channel(Channel),
    /// A journey: [`JOURNEY_TYPE`].
    Journey(Journey),
    /// An account for money: [`ACCOUNT_TYPE`].
    Account(Account),
    /// A payment: [`PAYMENT_TYPE`].
    Payment(Payment),
    /// A relation: `relationship`.
    Relation(Relation),
    /// A body of a council; like all that follow an object of a type that the extension defines.
    Body(Box<council::Body>),
    /// A session of a body.
    Session(Box<council::Session>),
    /// An item on the agenda of a session.
    AgendaItem(council::AgendaItem),
    /// A document.
    Document(Box<council::Document>),
    /// What a body decides.
    Decision(Box<council::Decision>),
    /// A joint measure.
    Measure(Box<council::Measure>),
    /// A programme of several years.
    Programme(council::Programme),
    /// A report on one year of a programme.
    Report(council::Report),
    /// What somebody said.
    Claim(Box<council::Claim>),
    /// A question on which claims differ.
    ConflictSet(council::ConflictSet),
    /// What a member says about a record of a council.
    Position(council::Position),
    /// A number that a member counted out of records.
    Figure(Box<council::Figure>),
    /// What came of a record.
    Outcome(Box<council::Outcome>),
}

impl Kind {
    /// The words of the kinds that are about the matter itself, in the order of the variants; those of the work of a
    /// council follow, see [`council::WORDS`].
    pub const MATTER: [&str; 12] = [
        "subject",
        "group",
        "plan",
        "training-site",
        "border-event",
        "attack",
        "find",
        "channel",
        "journey",
        "account",
        "payment",
        "relation",
    ];

    /// The words of all kinds, in the order of the variants.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Self::MATTER.into_iter().chain(council::WORDS)
    }

    /// The word used in documents, files and commands.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Subject(_) => "subject",
            Self::Group(_) => "group",
            Self::Plan(_) => "plan",
            Self::TrainingSite(_) => "training-site",
            Self::BorderEvent(_) => "border-event",
            Self::Attack(_) => "attack",
            Self::Find(_) => "find",
            Self::Channel(_) => "channel",
            Self::Journey(_) => "journey",
            Self::Account(_) => "account",
            Self::Payment(_) => "payment",
            Self::Relation(_) => "relation",
            Self::Body(_) => "body",
            Self::Session(_) => "session",
            Self::AgendaItem(_) => "agenda-item",
            Self::Document(_) => "document",
            Self::Decision(_) => "decision",
            Self::Measure(_) => "measure",
            Self::Programme(_) => "programme",
            Self::Report(_) => "report",
            Self::Claim(_) => "claim",
            Self::ConflictSet(_) => "conflict-set",
            Self::Position(_) => "position",
            Self::Figure(_) => "figure",
            Self::Outcome(_) => "outcome",
        }
    }

    /// The STIX type of the object that it is written as.
    pub fn stix_type(&self) -> &'static str {
        match self {
            Self::Subject(_) | Self::Group(_) => "identity",
            Self::Plan(_) => "campaign",
            Self::TrainingSite(_) | Self::Channel(_) => "infrastructure",
            Self::BorderEvent(_) | Self::Attack(_) | Self::Find(_) => "incident",
            Self::Journey(_) => JOURNEY_TYPE,
            Self::Account(_) => ACCOUNT_TYPE,
            Self::Payment(_) => PAYMENT_TYPE,
            Self::Relation(_) => "relationship",
            Self::Body(_)
            | Self::Session(_)
            | Self::AgendaItem(_)
            | Self::Document(_)
            | Self::Decision(_)
            | Self::Measure(_)
            | Self::Programme(_)
            | Self::Report(_)
            | Self::Claim(_)
            | Self::ConflictSet(_)
            | Self::Position(_)
            | Self::Figure(_)
            | Self::Outcome(_) => council::stix_type(self.word()).unwrap_or_default(),
        }
    }

    /// Whether the record is personal data by its kind: persons, accounts, payments, and relations that concern one.
    pub fn is_personal(&self) -> bool {
        match self {
            Self::Subject(_) | Self::Account(_) | Self::Payment(_) => true,
            Self::Relation(relation) => relation.concerns_person,
            _ => false,
        }
    }

    /// On what the record rests.
    pub fn basis(&self) -> &Basis {
        match self {
            Self::Subject(kind) => &kind.basis,
            Self::Group(kind) => &kind.basis,
            Self::Plan(kind) => &kind.basis,
            Self::TrainingSite(kind) => &kind.basis,
            Self::BorderEvent(kind) => &kind.basis,
            Self::Attack(kind) => &kind.basis,
            Self::Find(kind) => &kind.basis,
            Self::Channel(kind) => &kind.basis,
            Self::Journey(kind) => &kind.basis,
            Self::Account(kind) => &kind.basis,
            Self::Payment(kind) => &kind.basis,
            Self::Relation(kind) => &kind.basis,
            Self::Body(kind) => kind.basis(),
            Self::Session(kind) => kind.basis(),
            Self::AgendaItem(kind) => kind.basis(),
            Self::Document(kind) => kind.basis(),
            Self::Decision(kind) => kind.basis(),
            Self::Measure(kind) => kind.basis(),
            Self::Programme(kind) => kind.basis(),
            Self::Report(kind) => kind.basis(),
            Self::Claim(kind) => kind.basis(),
            Self::ConflictSet(kind) => kind.basis(),
            Self::Position(kind) => kind.basis(),
            Self::Figure(kind) => kind.basis(),
            Self::Outcome(kind) => kind.basis(),
        }
    }

    /// What the author is asked before the record is kept: each text that names a community as such, with its place.
    /// It finds listed words alone, see [`crate::neutral`].
    pub fn questions(&self) -> Vec<(String, Question)> {
        let Ok(properties) = object::properties(self) else { return Vec::new() };
        let mut asked = Vec::new();
        texts::each(&properties, &mut |path, text| {
            if let Some(question) = neutral::question(text) {
                asked.push((path, question));
            }
        });
        asked
    }

    /// Every reason why this may not be recorded as it stands; none when it may. At most 100 are listed.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        match self {
            Self::Subject(kind) => kind.check(&mut faults),
            Self::Group(kind) => kind.check(&mut faults),
            Self::Plan(kind) => kind.check(&mut faults),
            Self::TrainingSite(kind) => kind.check(&mut faults),
            Self::BorderEvent(kind) => kind.check(&mut faults),
            Self::Attack(kind) => kind.check(&mut faults),
            Self::Find(kind) => kind.check(&mut faults),
            Self::Channel(kind) => kind.check(&mut faults),
            Self::Journey(kind) => kind.check(&mut faults),
            Self::Account(kind) => kind.check(&mut faults),
            Self::Payment(kind) => kind.check(&mut faults),
            Self::Relation(kind) => kind.check(&mut faults),
            Self::Body(kind) => kind.check(&mut faults),
            Self::Session(kind) => kind.check(&mut faults),
            Self::AgendaItem(kind) => kind.check(&mut faults),
            Self::Document(kind) => kind.check(&mut faults),
            Self::Decision(kind) => kind.check(&mut faults),
            Self::Measure(kind) => kind.check(&mut faults),
            Self::Programme(kind) => kind.check(&mut faults),
            Self::Report(kind) => kind.check(&mut faults),
            Self::Claim(kind) => kind.check(&mut faults),
            Self::ConflictSet(kind) => kind.check(&mut faults),
            Self::Position(kind) => kind.check(&mut faults),
            Self::Figure(kind) => kind.check(&mut faults),
            Self::Outcome(kind) => kind.check(&mut faults),
        }
        match object::properties(self) {
            Ok(properties) => self.basis().check(&mut faults, &properties),
            Err(why) => faults.add("form", "form", "", why),
        }
        faults.into_vec()
    }
}

#[cfg(test)]
mod tests;
