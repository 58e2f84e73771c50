//! A person in a record, as far as the category allows.

use serde::{Deserialize, Serialize};

use super::basis::{Basis, Citation, plain};
use super::date::{Answer, PartialDate, Period};
use super::fault::Faults;
use super::name::{self, Name};
use super::place::{Place, check_country};
use crate::stix::Id;
use crate::{Category, Micros};

/// A person. There is no property for origin by descent, for belief or for health, and there never will be.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Names; one at least is primary.
    pub names: Vec<Name>,
    /// What the person is to the case. It limits which of the properties below may be there.
    pub category: Category,
    /// Birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<Birth>,
    /// Where the person lives or was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Stay>,
    /// Documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// Other identifiers and means of contact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// Acts of which the person is suspected or was convicted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offences: Vec<Offence>,
    /// The factual grounds for the category; required for a future offence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<String>,
    /// The link to somebody or something else; required for a contact, and with it every supporter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// What a victim suffered, or a witness saw, or a person can inform about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_ref: Option<Id>,
    /// A few words of the record's creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// On what it rests.
    pub basis: Basis,
}

/// Date and place of birth.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Birth {
    /// The date as exactly as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
    /// The place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What a place is to a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StayKind {
    /// Lives there.
    Residence,
    /// Works there.
    Work,
    /// Was seen there.
    Seen,
    /// Is held there.
    Detention,
}

/// A place of a person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stay {
    /// What the place is to the person.
    pub stay_kind: StayKind,
    /// The place.
    pub place: Place,
    /// When.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub during: Period,
}

/// How much an identifier says about who somebody is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Chosen by the holder or shared by several.
    Weak,
    /// Given to one person at a time, but it changes hands.
    Medium,
    /// Given by an authority to one person.
    Strong,
}

/// Kinds of documents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// Passport.
    Passport,
    /// Identity card.
    IdentityCard,
    /// Residence permit or visa.
    ResidencePermit,
    /// Driving licence.
    DrivingLicence,
    /// Seafarer's identity document.
    SeafarerDocument,
    /// Certificate of birth.
    BirthCertificate,
}

/// A document and what it states.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its kind.
    pub document_kind: DocumentKind,
    /// Its number as printed.
    pub number: String,
    /// The country that issued it.
    pub issued_by: String,
    /// The nationality that it states. There is no other place for a nationality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states_nationality: Option<String>,
    /// From issue to expiry.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub valid: Period,
}

impl Document {
    /// How much it says about who somebody is.
    pub fn strength(&self) -> Strength {
        match self.document_kind {
            DocumentKind::Passport | DocumentKind::IdentityCard | DocumentKind::ResidencePermit => {
                Strength::Strong
            }
            DocumentKind::DrivingLicence
            | DocumentKind::SeafarerDocument
            | DocumentKind::BirthCertificate => Strength::Medium,
        }
    }

    fn check(&self, faults: &mut Faults, path: &str) {
        faults.filled(&format!("{path}.number"), &self.number);
        check_country(faults, &format!("{path}.issued_by"), &self.issued_by);
        if let Some(country) = &self.states_nationality {
            check_country(faults, &format!("{path}.states_nationality"), country);
        }
        self.valid.check(faults, &format!("{path}.valid"));
    }
}

/// Kinds of identifiers that are no documents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentifierKind {
    /// Number that a state gives to each person.
    PersonalNumber,
    /// Number of a tax payer.
    TaxNumber,
    /// Telephone number.
    Telephone,
    /// Plate of a vehicle.
    VehiclePlate,
    /// Address of electronic mail.
    EmailAddress,
    /// Name on a network service.
    AccountHandle,
}

/// An identifier of a person or a means to reach one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Its kind.
    pub identifier_kind: IdentifierKind,
    /// As written.
    pub value: String,
    /// The country or service that gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_by: Option<String>,
    /// When it was the person's.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub valid: Period,
}

impl Identifier {
    /// How much it says about who somebody is.
    pub fn strength(&self) -> Strength {
        match self.identifier_kind {
            IdentifierKind::PersonalNumber | IdentifierKind::TaxNumber => Strength::Strong,
            IdentifierKind::Telephone | IdentifierKind::VehiclePlate => Strength::Medium,
            IdentifierKind::EmailAddress | IdentifierKind::AccountHandle => Strength::Weak,
        }
    }
}

/// An act of which somebody is suspected or was convicted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offence {
    /// The act, as a term of a vocabulary.
    pub act: Citation,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
    /// The court or authority that charges or convicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

/// How somebody is linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Supports: gives money, shelter, goods or work.
    Supports,
    /// Acts together with.
    AssociatesWith,
    /// Is in contact with.
    Contacts,
    /// Is of the family of.
    FamilyOf,
}

/// The stated link of a contact or associate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// How.
    pub link_kind: LinkKind,
    /// With whom or what.
    pub with_ref: Id,
    /// The facts that show it.
    pub grounds: String,
}

/// The properties that a category may forbid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `places`.
    Places,
    /// `documents`.
    Documents,
    /// `identifiers`.
    Identifiers,
    /// `offences`.
    Offences,
    /// `grounds`.
    Grounds,
    /// `link`.
    Link,
    /// `event_ref`.
    EventRef,
}

impl Field {
    /// Every such property.
    pub const ALL: [Self; 7] = [
        Self::Places,
        Self::Documents,
        Self::Identifiers,
        Self::Offences,
        Self::Grounds,
        Self::Link,
        Self::EventRef,
    ];

    /// The name of the property.
    pub fn name(self) -> &'static str {
        match self {
            Self::Places => "places",
            Self::Documents => "documents",
            Self::Identifiers => "identifiers",
            Self::Offences => "offences",
            Self::Grounds => "grounds",
            Self::Link => "link",
            Self::EventRef => "event_ref",
        }
    }

    /// Whether a person of this category may have the property. Names and birth are allowed for all.
    pub fn is_allowed(self, category: Category) -> bool {
        use Category::{CanInform, Contact, Convicted, FutureOffence, Suspect, Victim, Witness};
        match self {
            Self::Identifiers => true,
            Self::Places => !matches!(category, Witness | CanInform),
            Self::Documents => matches!(category, Suspect | Convicted | FutureOffence | Contact | Victim),
            Self::Offences => matches!(category, Suspect | Convicted),
            Self::Grounds => matches!(category, Suspect | FutureOffence),
            Self::Link => matches!(category, Suspect | Convicted | FutureOffence | Contact),
            Self::EventRef => matches!(category, Victim | Witness | CanInform),
        }
    }
}

/// What a change of category took away.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dropped {
    /// The property.
    pub field: Field,
    /// How many entries it had; 1 for a single value.
    pub entries: usize,
}

impl Subject {
    /// The same person under another category, without what that category does not allow, and the list of what was
    /// dropped, for the log. What the new category asks for is not invented: [`super::Kind::check`] says what is missing.
    #[must_use]
    pub fn recategorised(&self, category: Category) -> (Self, Vec<Dropped>) {
        let mut changed = Self { category, ..self.clone() };
        let mut dropped = Vec::new();
        for field in Field::ALL.into_iter().filter(|field| !field.is_allowed(category)) {
            let entries = changed.drop_field(field);
            if entries > 0 {
                dropped.push(Dropped { field, entries });
                // What was said about a part that is gone goes with it.
                let name = field.name();
                changed.basis.parts.retain(|part| part.selector.split('.').next() != Some(name));
            }
        }
        (changed, dropped)
    }

    fn drop_field(&mut self, field: Field) -> usize {
        match field {
            Field::Places => std::mem::take(&mut self.places).len(),
            Field::Documents => std::mem::take(&mut self.documents).len(),
            Field::Identifiers => std::mem::take(&mut self.identifiers).len(),
            Field::Offences => std::mem::take(&mut self.offences).len(),
            Field::Grounds => usize::from(self.grounds.take().is_some()),
            Field::Link => usize::from(self.link.take().is_some()),
            Field::EventRef => usize::from(self.event_ref.take().is_some()),
        }
    }

    fn has(&self, field: Field) -> bool {
        match field {
            Field::Places => !self.places.is_empty(),
            Field::Documents => !self.documents.is_empty(),
            Field::Identifiers => !self.identifiers.is_empty(),
            Field::Offences => !self.offences.is_empty(),
            Field::Grounds => self.grounds.is_some(),
            Field::Link => self.link.is_some(),
            Field::EventRef => self.event_ref.is_some(),
        }
    }

    /// Whether the person is under 18 at `at`; without a date of birth it cannot be said.
    pub fn is_under_18(&self, at: Micros) -> Answer {
        let date = self.birth.as_ref().and_then(|birth| birth.date);
        date.map_or(Answer::CannotBeSaid, |date| date.is_under_18(at))
    }

    /// Whether the record may be used only where that is strictly necessary, and a search answers hit or no hit
    /// alone: victims, witnesses, persons who can inform, and whoever is or may by a stated date be under 18.
    pub fn is_strictly_necessary_only(&self, at: Micros) -> bool {
        let dated = self.birth.as_ref().is_some_and(|birth| birth.date.is_some());
        matches!(self.category, Category::Victim | Category::Witness | Category::CanInform)
            || (dated && self.is_under_18(at) != Answer::No)
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        name::check(faults, &self.names);
        self.check_category(faults);
        if self.birth.as_ref().is_some_and(|birth| *birth == Birth::default()) {
            faults.add("form", "empty", "birth", "leave the property out instead of an empty value");
        }
        if let Some(place) = self.birth.as_ref().and_then(|birth| birth.place.as_ref()) {
            place.check(faults, "birth.place");
        }
        faults.each("places", &self.places, |faults, path, stay| {
            stay.place.check(faults, &format!("{path}.place"));
            stay.during.check(faults, &format!("{path}.during"));
        });
        faults.each("documents", &self.documents, |faults, path, document| document.check(faults, path));
        faults.each("identifiers", &self.identifiers, |faults, path, identifier| {
            faults.filled(&format!("{path}.value"), &identifier.value);
            identifier.valid.check(faults, &format!("{path}.valid"));
        });
        faults.each("offences", &self.offences, |faults, path, offence| {
            offence.act.check(faults, &format!("{path}.act"));
            if let Some(authority) = &offence.authority {
                plain(faults, &format!("{path}.authority"), authority);
            }
        });
        for (path, text) in [("grounds", &self.grounds), ("summary", &self.summary)] {
            if let Some(text) = text {
                plain(faults, path, text);
            }
        }
        if let Some(link) = &self.link {
            plain(faults, "link.grounds", &link.grounds);
        }
    }

    fn check_category(&self, faults: &mut Faults) {
        if self.category == Category::Contact && self.link.is_none() {
            let message =
                "a contact or associate is recorded only with the link: with whom, how, on what grounds";
            faults.add("B1", "contact-without-link", "link", message);
        }
        if self.category == Category::FutureOffence
            && self.grounds.as_ref().is_none_or(|text| text.trim().is_empty())
        {
            let message = "state the factual grounds to believe that the person will commit an offence";
            faults.add("B1", "forecast-without-grounds", "grounds", message);
        }
        for field in Field::ALL {
            if self.has(field) && !field.is_allowed(self.category) {
                let message = format!(
                    "a person of the category {} has no `{}`; change the category or remove it",
                    self.category.name(),
                    field.name()
                );
                faults.add("B2", "field-not-allowed", field.name(), message);
            }
        }
    }
}
