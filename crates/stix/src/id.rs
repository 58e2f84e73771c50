//! STIX identifiers: `type--uuid` (STIX 2.1 clause 2.9). Only the form is judged here; which version of UUID a
//! type wants is a matter of validation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{Uuid, Variant};

/// A well-formed identifier: a valid type name, `--`, and an RFC 4122 UUID of version 1 to 8, which is held in lower
/// case. RFC 4122 reads UUIDs in either case, so two spellings of one identifier are one [`Id`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    text: Box<str>,
}

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// There is no `--` that parts type and UUID.
    #[error("identifier {0:?} has no `--` between its type and its UUID")]
    NoSeparator(String),
    /// The part before `--` is no valid type name (clause 2.2 and 3.1: 3 to 250 of a-z, 0-9 and single hyphens).
    #[error("identifier {0:?} does not begin with a valid type name")]
    Kind(String),
    /// The part after `--` is not the 36-character form of a UUID.
    #[error("identifier {0:?} does not end with a UUID")]
    Uuid(String),
    /// The UUID is not of the RFC 4122 variant, or its version is not 1 to 8.
    #[error("identifier {0:?} ends with a UUID that is not of the RFC 4122 variant, versions 1 to 8")]
    Variant(String),
}

impl Id {
    /// Reads an identifier.
    ///
    /// # Errors
    /// [`IdError`] names what is malformed.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        kind_in(text)?;
        // The type part of a checked identifier has no upper-case letter.
        Ok(Self { text: text.to_ascii_lowercase().into() })
    }

    /// The type part, such as `indicator`.
    #[must_use]
    pub fn kind(&self) -> &str {
        parts(&self.text).map_or("", |(kind, _)| kind)
    }

    /// The UUID part, 36 characters.
    #[must_use]
    pub fn uuid(&self) -> &str {
        parts(&self.text).map_or("", |(_, uuid)| uuid)
    }

    /// The whole identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `text` is a well-formed identifier, without keeping it.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        kind_in(text).is_ok()
    }

    /// The version number of the UUID, 1 to 8.
    #[must_use]
    pub fn uuid_version(&self) -> usize {
        Uuid::try_parse(self.uuid()).map_or(0, |uuid| uuid.get_version_num())
    }
}

/// Whether `text` may name a type (STIX 2.1 clauses 2.2 and 3.1): 3 to 250 characters of a-z, 0-9 and hyphen, no two
/// hyphens in a row, none at either end.
#[must_use]
pub fn is_type_name(text: &str) -> bool {
    let mut before = b'-';
    for byte in text.bytes() {
        if !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || (byte == b'-' && before != b'-')) {
            return false;
        }
        before = byte;
    }
    before != b'-' && (3..=250).contains(&text.len())
}

/// The parts before and after the first `--`.
fn parts(text: &str) -> Option<(&str, &str)> {
    let at = text.as_bytes().windows(2).position(|pair| pair == b"--")?;
    Some((text.get(..at)?, text.get(at.saturating_add(2)..)?))
}

/// The type that an identifier names; nothing is kept.
///
/// # Errors
/// As [`Id::parse`].
pub(crate) fn kind_in(text: &str) -> Result<&str, IdError> {
    let shown = || text.chars().take(120).collect::<String>();
    let (kind, uuid) = parts(text).ok_or_else(|| IdError::NoSeparator(shown()))?;
    if !is_type_name(kind) {
        return Err(IdError::Kind(shown()));
    }
    if uuid.len() != 36 {
        return Err(IdError::Uuid(shown()));
    }
    let uuid = Uuid::try_parse(uuid).map_err(|_| IdError::Uuid(shown()))?;
    if uuid.get_variant() != Variant::RFC4122 || !(1..=8).contains(&uuid.get_version_num()) {
        return Err(IdError::Variant(shown()));
    }
    Ok(kind)
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Id({})", self.text)
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";

    #[test]
    fn a_good_identifier_falls_into_its_parts() {
        let id = Id::parse(GOOD).unwrap();
        assert_eq!(
            (id.kind(), id.uuid(), id.as_str()),
            ("indicator", "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", GOOD)
        );
        assert_eq!(id.uuid_version(), 4);
        assert_eq!(serde_json::from_str::<Id>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }

    #[test]
    fn two_spellings_of_a_uuid_are_one_identifier() {
        let upper = GOOD.replace("8e2e2d2b", "8E2E2D2B");
        assert_eq!(Id::parse(&upper), Id::parse(GOOD));
        assert_eq!(Id::parse(&upper).unwrap().as_str(), GOOD);
    }

    #[test]
    fn malformed_identifiers_are_named_by_their_fault() {
        type Check = fn(&IdError) -> bool;
        let cases: &[(&str, Check)] = &[
            ("indicator-8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", |e| matches!(e, IdError::NoSeparator(_))),
            ("", |e| matches!(e, IdError::NoSeparator(_))),
            ("Indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", |e| matches!(e, IdError::Kind(_))),
            ("ab--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", |e| matches!(e, IdError::Kind(_))),
            ("corpor@tion--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", |e| matches!(e, IdError::Kind(_))),
            ("indicator--8e2e2d2b17d44cbf938f98ee46b3cd3f", |e| matches!(e, IdError::Uuid(_))),
            ("indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3", |e| matches!(e, IdError::Uuid(_))),
            ("indicator--fdd60b30-b67c-01e3-b0b9-f01faf20d111", |e| matches!(e, IdError::Variant(_))),
            ("infrastructure--3000ae1b-784c-4f03-0abc-0a625b2ff018", |e| matches!(e, IdError::Variant(_))),
        ];
        for (text, expected) in cases {
            let error = Id::parse(text).unwrap_err();
            assert!(expected(&error), "{text}: {error}");
            assert!(!Id::is_valid(text));
        }
    }
}
