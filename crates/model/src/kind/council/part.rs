//! What several kinds of a council are made of: how a field is known, and who takes part.

use serde::{Deserialize, Serialize};

use crate::kind::basis::{Attributed, plain};
use crate::kind::fault::Faults;
use crate::kind::place::check_country;
use crate::stix::Id;

/// How a field is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// The source of the record says it.
    Stated,
    /// It follows from what the source says.
    Inferred,
    /// It is from another public copy, not from the source.
    Elsewhere,
    /// It is not known: there is no value.
    Unknown,
}

impl Known {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Inferred => "inferred",
            Self::Elsewhere => "elsewhere",
            Self::Unknown => "unknown",
        }
    }
}

/// A field that a source may leave open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uncertain<T> {
    /// The value; none when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<T>,
    /// How it is known.
    pub basis: Known,
    /// What somebody remarks on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Attributed>,
}

impl<T> Uncertain<T> {
    /// A value that the source states.
    pub fn stated(value: T) -> Self {
        Self { value: Some(value), basis: Known::Stated, note: None }
    }

    pub(super) fn check(&self, faults: &mut Faults, path: &str, judge: impl FnOnce(&mut Faults, &str, &T)) {
        match (&self.value, self.basis) {
            (Some(value), Known::Stated | Known::Inferred | Known::Elsewhere) => {
                judge(faults, &format!("{path}.value"), value);
            }
            (None, Known::Unknown) => {}
            _ => {
                let message = "a field that is not known has no value: say `unknown`, or give the value";
                faults.add("form", "value-and-basis", path, message);
            }
        }
        if let Some(note) = &self.note {
            note.check(faults, &format!("{path}.note"));
        }
    }
}

/// Judges a text of ours that may not be known.
pub(super) fn text(faults: &mut Faults, path: &str, field: Option<&Uncertain<String>>) {
    if let Some(field) = field {
        field.check(faults, path, |faults, path, value| plain(faults, path, value));
    }
}

/// Somebody who takes part: a member, a state, or whoever a source names, with or without a name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The member of the community.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_ref: Option<Id>,
    /// The state, as two letters of ISO 3166-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Attributed>,
    /// How many they are, where a source counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The source names nobody: `several European countries`. Nobody made a number of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unnamed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Party {
    pub(super) fn check(&self, faults: &mut Faults, path: &str) {
        if self.member_ref.is_none() && self.country.is_none() && self.name.is_none() {
            faults.add(
                "form",
                "party-missing",
                path,
                "name the member, the state, or what the source calls it",
            );
        }
        if let Some(member) = self.member_ref.as_ref().filter(|member| member.kind() != "identity") {
            let message = format!("a member is an identity, not a {}", member.kind());
            faults.add("form", "reference-type", &format!("{path}.member_ref"), message);
        }
        if let Some(country) = &self.country {
            check_country(faults, &format!("{path}.country"), country);
        }
        if let Some(name) = &self.name {
            name.check(faults, &format!("{path}.name"));
        }
        if self.unnamed && (self.name.is_none() || self.member_ref.is_some() || self.country.is_some()) {
            let message =
                "somebody unnamed has the words of the source as `name`, and neither member nor country";
            faults.add("form", "party-unnamed", &format!("{path}.unnamed"), message);
        }
    }

    pub(super) fn check_all(faults: &mut Faults, path: &str, all: &[Self]) {
        faults.each(path, all, |faults, path, party| party.check(faults, path));
    }
}
