//! Purposes of exchange: what they are called, how far they act on records, and whether before a court.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A purpose of exchange: a title alone, or a table that also says what is done with records.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Purpose {
    /// What it is called.
    pub title: String,
    /// How far records are acted upon; to look at them where nothing is said.
    pub usage: Use,
    /// Whether records may come before a court.
    pub court: bool,
}

/// How far records that are asked for with a purpose are acted upon, after the permitted actions of IEP 2.0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// They are looked at.
    #[default]
    Look,
    /// What is done stays inside one's own networks and systems.
    Internal,
    /// What is done can be seen outside, and is passive.
    ExternalIndirect,
    /// What is done reaches others.
    ExternalDirect,
}

impl Use {
    /// Every use, the least first.
    pub const ALL: [Self; 4] = [Self::Look, Self::Internal, Self::ExternalIndirect, Self::ExternalDirect];

    /// The word used in the agreement.
    pub fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Internal => "internal",
            Self::ExternalIndirect => "external-indirect",
            Self::ExternalDirect => "external-direct",
        }
    }

    /// The number in the rules: that of the permitted action that it takes at least, and 0 to look.
    pub fn number(self) -> i64 {
        match self {
            Self::Look => 0,
            Self::Internal => 2,
            Self::ExternalIndirect => 3,
            Self::ExternalDirect => 4,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        if self.usage != Use::Look {
            write!(f, ", use {}", self.usage.name())?;
        }
        if self.court { f.write_str(", may come before a court") } else { Ok(()) }
    }
}

impl From<&str> for Purpose {
    fn from(title: &str) -> Self {
        Self { title: title.to_owned(), ..Self::default() }
    }
}

impl From<String> for Purpose {
    fn from(title: String) -> Self {
        Self { title, ..Self::default() }
    }
}

/// The table of a purpose.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposeTable {
    title: String,
    #[serde(default, rename = "use", skip_serializing_if = "is_look")]
    usage: Use,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    court: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_look(usage: &Use) -> bool {
    *usage == Use::Look
}

impl Serialize for Purpose {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        // A title alone is written as one, so that an agreement without the rest keeps its digest.
        if self.usage == Use::Look && !self.court {
            return out.serialize_str(&self.title);
        }
        PurposeTable { title: self.title.clone(), usage: self.usage, court: self.court }.serialize(out)
    }
}

impl<'de> Deserialize<'de> for Purpose {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Purpose;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the title of a purpose, or a table with `title`, `use` and `court`")
            }

            fn visit_str<E: serde::de::Error>(self, title: &str) -> Result<Purpose, E> {
                Ok(Purpose::from(title))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Purpose, A::Error> {
                let PurposeTable { title, usage, court } =
                    PurposeTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Purpose { title, usage, court })
            }
        }
        source.deserialize_any(Visitor)
    }
}
