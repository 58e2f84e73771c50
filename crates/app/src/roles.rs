//! What people of a member may do at their own node.

use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::AppError;

/// A role of a user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Writes and reads records.
    Analyst,
    /// Publishes, changes handling, withdraws, approves.
    ReleaseOfficer,
    /// Keeps the agreement and the council's papers.
    Secretariat,
    /// Watches over personal data.
    DataProtection,
    /// Reads the ledger and the deliveries.
    Auditor,
    /// Runs the machine: users, keys, peers, collections, backups. Gets no content by this role.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Analyst,
        Self::ReleaseOfficer,
        Self::Secretariat,
        Self::DataProtection,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The word used on the command line and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::ReleaseOfficer => "release-officer",
            Self::Secretariat => "secretariat",
            Self::DataProtection => "data-protection",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

impl FromStr for Role {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, AppError> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|role| role.name()).collect();
            AppError::invalid("--role", format!("`{text}` is no role: use one of {}", known.join(", ")))
        })
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
