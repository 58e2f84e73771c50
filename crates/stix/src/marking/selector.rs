//! Selectors (STIX 2.1 clause 7.2.3): paths to parts of an object.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::json::{Map, Value};

/// One step of a selector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A property of an object or a key of a dictionary.
    Key(String),
    /// An element of a list, from 0.
    Index(usize),
}

/// A path to a part of an object, such as `external_references.[0].url` (clause 7.2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    segments: Vec<Segment>,
}

/// Why a text is not a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no selector; write property names and [n] for list elements, joined by full stops")]
pub struct SelectorError(String);

/// More steps than any object allowed by the limits has.
const MOST_SEGMENTS: usize = 128;

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// [`SelectorError`] when a step is neither a name nor `[n]`, or the first is no name.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let refuse = || SelectorError(text.chars().take(120).collect());
        let mut segments = Vec::new();
        for part in text.split('.') {
            segments.push(segment(part).ok_or_else(refuse)?);
            if segments.len() > MOST_SEGMENTS {
                return Err(refuse());
            }
        }
        if !matches!(segments.first(), Some(Segment::Key(_))) {
            return Err(refuse());
        }
        Ok(Self { segments })
    }

    /// The steps, at least one.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// A selector of known steps.
    pub(crate) fn from_segments(segments: Vec<Segment>) -> Self {
        Self { segments }
    }

    /// Whether this part is `other` or lies within it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.segments.starts_with(&other.segments)
    }

    /// The steps to each part around this one, the outermost first.
    pub(super) fn around(&self) -> impl Iterator<Item = &[Segment]> {
        (1..self.segments.len()).filter_map(|depth| self.segments.get(..depth))
    }

    /// The value that the selector points to within `object`.
    #[must_use]
    pub fn find<'v, 'a>(&self, object: &'v Map<'a>) -> Option<&'v Value<'a>> {
        let (first, rest) = self.segments.split_first()?;
        let Segment::Key(key) = first else { return None };
        rest.iter().try_fold(object.get(key)?, |value, segment| match (segment, value) {
            (Segment::Key(key), Value::Object(map)) => map.get(key),
            (Segment::Index(at), Value::Array(list)) => list.get(*at),
            _ => None,
        })
    }
}

fn segment(part: &str) -> Option<Segment> {
    if let Some(index) = part.strip_prefix('[') {
        let digits = index.strip_suffix(']')?;
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'))
            && digits.len() <= 9;
        return if plain { digits.parse().ok().map(Segment::Index) } else { None };
    }
    let named = (1..=250).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    named.then(|| Segment::Key(part.to_owned()))
}

/// A selector is found by its steps: both are ordered and compared alike.
impl Borrow<[Segment]> for Selector {
    fn borrow(&self) -> &[Segment] {
        &self.segments
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                out.write_str(".")?;
            }
            match segment {
                Segment::Key(key) => out.write_str(key)?,
                Segment::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        Self::parse(text)
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}
