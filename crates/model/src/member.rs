//! Who takes part: ids and standings of members.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ModelError;
use crate::stix::Id;

/// The id of a member: a STIX `identity` id (STIX 2.1 §2.9). Names are for display only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberId(Id);

impl MemberId {
    /// The id as written, `identity--…`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The id as a STIX id.
    pub fn id(&self) -> &Id {
        &self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MemberId {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        let id: Id = text.parse().map_err(|_| ModelError::MemberId(text.to_owned()))?;
        if id.kind() == "identity" { Ok(Self(id)) } else { Err(ModelError::MemberId(text.to_owned())) }
    }
}

impl Serialize for MemberId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MemberId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a member is in the community.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Full member.
    Member,
    /// Attends and receives what the handling allows.
    Observer,
    /// Cooperates from outside.
    Partner,
    /// Looks at conduct (counts, ledger), not at content.
    Oversight,
}

impl Standing {
    /// The word used in the agreement and in the policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Observer => "observer",
            Self::Partner => "partner",
            Self::Oversight => "oversight",
        }
    }
}
