//! The Information Exchange Policy 2.0 of FIRST: what a provider permits with what it shares, and what it asks for.
//!
//! The form is that of a policy in FIRST's JSON specification. What of it decides about release is taken into the
//! handling around it ([`crate::Handling::heed_iep`]); the rest is shown to whoever reads the record.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::stix::Tlp;
use crate::{Micros, ModelError};

/// Largest policy that is read, in bytes.
pub const IEP_BYTES_MAX: usize = 64 * 1024;
const TEXT_MAX: usize = 2_000;
const REFERENCES_MAX: usize = 20;

/// One policy. Only a policy itself is read: a reference to one elsewhere is refused, because nothing fetches it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Iep {
    /// Its id at whoever wrote it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Version of the framework; always 2.0.
    pub iep_version: IepVersion,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// From when on it holds: not to be released before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Micros>,
    /// Until when it holds: not to be released from then on. None means that it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Micros>,
    /// Whether it is to be encrypted on its way: may or must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypt_in_transit: Option<Duty>,
    /// What a recipient may do with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permitted_actions: Option<Permitted>,
    /// Whether a recipient may tell those whom it affects: may or must not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affected_party_notifications: Option<Duty>,
    /// Level; `white` of the framework is read as clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<Tlp>,
    /// Whether the provider is to be named when it is passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Duty>,
    /// Whether it may be sold as it is: may or must not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmodified_resale: Option<Duty>,
    /// Addresses of licences, agreements and conditions.
    #[serde(
        default,
        alias = "external_reference",
        deserialize_with = "one_or_many",
        skip_serializing_if = "BTreeSet::is_empty"
    )]
    pub external_references: BTreeSet<String>,
}

/// The version of the framework, of which only 2.0 is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct IepVersion;

impl Serialize for IepVersion {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str("2.0")
    }
}

impl<'de> Deserialize<'de> for IepVersion {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Text(String),
        }
        match Written::deserialize(source)? {
            Written::Number(2.0) => Ok(Self),
            Written::Text(text) if text == "2.0" => Ok(Self),
            _ => Err(serde::de::Error::custom("iep_version: only version 2.0 is known here")),
        }
    }
}

/// What the framework says with MAY, MUST and MUST NOT.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// It is left to the recipient.
    May,
    /// It has to be done.
    Must,
    /// It is not allowed.
    MustNot,
}

impl Duty {
    const ALL: [Self; 3] = [Self::May, Self::Must, Self::MustNot];

    /// The word used in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::May => "may",
            Self::Must => "must",
            Self::MustNot => "must-not",
        }
    }
}

impl<'de> Deserialize<'de> for Duty {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        word(source, &Self::ALL, Self::name)
    }
}

/// What a recipient may do with a record, the strictest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub enum Permitted {
    /// Nothing: it may be known, and not acted upon.
    #[serde(rename = "none")]
    None,
    /// What the provider says when asked.
    #[serde(rename = "contact-for-instruction")]
    Contact,
    /// What is seen in its own networks and systems alone.
    #[serde(rename = "internally-visible-actions")]
    Internal,
    /// What can be seen outside, as long as it is passive.
    #[serde(rename = "externally-visible-indirect-actions")]
    Indirect,
    /// Anything.
    #[serde(rename = "externally-visible-direct-actions")]
    Direct,
}

impl Permitted {
    /// Every value, the strictest first. The place in this list is the number in the rules.
    pub const ALL: [Self; 5] = [Self::None, Self::Contact, Self::Internal, Self::Indirect, Self::Direct];

    /// The word used in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Contact => "contact-for-instruction",
            Self::Internal => "internally-visible-actions",
            Self::Indirect => "externally-visible-indirect-actions",
            Self::Direct => "externally-visible-direct-actions",
        }
    }

    /// The number in the rules: 0 none to 4 direct.
    pub fn number(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Contact => 1,
            Self::Internal => 2,
            Self::Indirect => 3,
            Self::Direct => 4,
        }
    }
}

impl<'de> Deserialize<'de> for Permitted {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        word(source, &Self::ALL, Self::name)
    }
}

/// Reads a word of a closed list; capitals, blanks and low lines do not matter.
fn word<'de, D: Deserializer<'de>, T: Copy>(
    source: D,
    known: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, D::Error> {
    let text = String::deserialize(source)?;
    let plain = text.to_ascii_lowercase().replace([' ', '_'], "-");
    known.iter().copied().find(|one| name(*one) == plain).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|one| name(*one)).collect();
        let shown: String = text.chars().take(40).collect();
        serde::de::Error::custom(format!("{shown:?} is not one of {}", words.join(", ")))
    })
}

fn one_or_many<'de, D: Deserializer<'de>>(source: D) -> Result<BTreeSet<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        One(String),
        Many(BTreeSet<String>),
        None(()),
    }
    Ok(match Written::deserialize(source)? {
        Written::One(text) => BTreeSet::from([text]),
        Written::Many(texts) => texts,
        Written::None(()) => BTreeSet::new(),
    })
}

impl Iep {
    /// Reads a policy in FIRST's JSON form.
    ///
    /// # Errors
    /// [`ModelError::Handling`] when it is too large, of another version, a reference to a policy elsewhere, or has a
    /// member or a value that is not known.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let fault = |why: String| ModelError::Handling(format!("IEP: {why}"));
        if text.len() > IEP_BYTES_MAX {
            return Err(fault(format!("larger than {IEP_BYTES_MAX} bytes")));
        }
        let plain: serde_json::Value =
            serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
        if plain.get("id_ref").is_some() {
            let why = "this refers to a policy elsewhere, and nothing fetches it: give the policy itself";
            return Err(fault(why.into()));
        }
        let read: Self = serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
        read.checked()
    }

    /// Checks limits, and that each statement says one of the things that it can say.
    ///
    /// # Errors
    /// [`ModelError::Handling`] naming the statement.
    pub fn checked(self) -> Result<Self, ModelError> {
        let fault = |why: String| Err(ModelError::Handling(format!("IEP: {why}")));
        let limited = [
            ("encrypt_in_transit", self.encrypt_in_transit, Duty::MustNot),
            ("affected_party_notifications", self.affected_party_notifications, Duty::Must),
            ("unmodified_resale", self.unmodified_resale, Duty::Must),
        ];
        if let Some((place, said, _)) = limited.iter().find(|(_, said, not)| *said == Some(*not)) {
            return fault(format!("{place} cannot be `{}`", said.map_or("", Duty::name)));
        }
        let texts =
            [&self.id, &self.name].into_iter().chain(&self.description).chain(&self.external_references);
        if let Some(long) = texts.into_iter().find(|text| text.len() > TEXT_MAX) {
            let start: String = long.chars().take(40).collect();
            return fault(format!("the text that starts with {start:?} is longer than {TEXT_MAX} bytes"));
        }
        if self.external_references.len() > REFERENCES_MAX {
            return fault(format!("more than {REFERENCES_MAX} external references"));
        }
        if let (Some(start), Some(end)) = (self.start_date, self.end_date)
            && end <= start
        {
            return fault(format!("it ends at {end}, and starts at {start}"));
        }
        Ok(self)
    }

    /// Whether whoever keeps to this keeps to `other` too.
    pub fn is_within(&self, other: &Self) -> bool {
        let kept = |own: Option<Duty>, theirs: Option<Duty>| match theirs {
            None | Some(Duty::May) => true,
            strict => own == strict,
        };
        let permitted = match (self.permitted_actions, other.permitted_actions) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(theirs)) => own <= theirs,
        };
        let end = match (self.end_date, other.end_date) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(theirs)) => own <= theirs,
        };
        permitted
            && end
            && self.start_date >= other.start_date
            && self.tlp >= other.tlp
            && kept(self.encrypt_in_transit, other.encrypt_in_transit)
            && kept(self.affected_party_notifications, other.affected_party_notifications)
            && kept(self.attribution, other.attribution)
            && kept(self.unmodified_resale, other.unmodified_resale)
            && self.external_references.is_superset(&other.external_references)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{
        "id": "01bc4353-0000-4d55-8d52-0ab7e0790df9", "name": "EXERCISE policy", "iep_version": 2.0,
        "start_date": "2026-01-01T00:00:00Z", "end_date": null, "encrypt_in_transit": "MUST",
        "permitted_actions": "internally-visible-actions", "affected_party_notifications": "MUST NOT",
        "tlp": "white", "attribution": "may", "unmodified_resale": "must-not",
        "external_references": ["https://example.org/terms"]}"#;

    #[test]
    fn a_policy_is_read_and_written_in_one_form() {
        let read = Iep::from_json(POLICY).unwrap();
        assert_eq!(read.tlp, Some(Tlp::Clear), "white is the clear of TLP 1");
        assert_eq!(read.encrypt_in_transit, Some(Duty::Must));
        assert_eq!(read.affected_party_notifications, Some(Duty::MustNot));
        assert_eq!(read.permitted_actions, Some(Permitted::Internal));
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(Iep::from_json(&written).unwrap(), read);
        assert!(
            written.contains(r#""tlp":"clear""#) && written.contains(r#""iep_version":"2.0""#),
            "{written}"
        );
        let single = POLICY
            .replace(r#"["https://example.org/terms"]"#, r#""https://example.org/terms""#)
            .replace("external_references", "external_reference");
        assert_eq!(Iep::from_json(&single).unwrap(), read);
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_would_be() {
        for (from, to, why) in [
            ("MUST NOT", "MUST", "affected_party_notifications"),
            ("\"MUST\"", "\"MUST NOT\"", "encrypt_in_transit"),
            ("internally-visible-actions", "anything", "contact-for-instruction"),
            ("2.0", "1.0", "2.0"),
            ("\"white\"", "\"pink\"", "TLP"),
            ("\"attribution\"", "\"encrypt_at_rest\"", "encrypt_at_rest"),
            ("\"end_date\": null", "\"end_date\": \"2025-01-01T00:00:00Z\"", "ends"),
            ("\"id\"", "\"id_ref\"", "refers to a policy elsewhere"),
        ] {
            let refused = Iep::from_json(&POLICY.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(refused.contains(why), "{from} -> {to}: {refused}");
        }
        let long = POLICY.replace("EXERCISE policy", &"x".repeat(TEXT_MAX + 1));
        assert!(Iep::from_json(&long).is_err());
        assert!(Iep::from_json(&" ".repeat(IEP_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn none_is_stricter_than_to_ask_first() {
        assert!(Permitted::None < Permitted::Contact);
        assert!(Permitted::ALL.is_sorted());
        for (place, one) in Permitted::ALL.into_iter().enumerate() {
            assert_eq!(one.number(), i64::try_from(place).unwrap());
        }
    }

    #[test]
    fn within_means_that_no_statement_is_loosened() {
        let wide = Iep { permitted_actions: Some(Permitted::Direct), ..Iep::default() };
        let narrower: [fn(&mut Iep); 6] = [
            |iep| iep.permitted_actions = Some(Permitted::None),
            |iep| iep.end_date = Some(Micros(1)),
            |iep| iep.start_date = Some(Micros(1)),
            |iep| iep.attribution = Some(Duty::Must),
            |iep| iep.unmodified_resale = Some(Duty::MustNot),
            |iep| iep.tlp = Some(Tlp::Red),
        ];
        assert!(wide.is_within(&wide));
        for narrow in narrower {
            let mut changed = wide.clone();
            narrow(&mut changed);
            assert!(changed.is_within(&wide) && !wide.is_within(&changed), "{changed:?}");
        }
    }
}
