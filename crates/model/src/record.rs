//! A record: one version of a STIX object in one collection from one origin, with its envelope.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::stix::{Digest, Tlp};
use crate::{Handling, HandlingId, MemberId, Micros};

/// What names a record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RecordKey {
    /// Collection on this node.
    pub collection: String,
    /// Whose record it is.
    pub origin: MemberId,
    /// STIX id of the object.
    pub id: String,
    /// Its version: `modified`, else `created`, else the epoch; as written.
    pub version: String,
    /// SHA-256 of the canonical form of the whole object.
    pub digest: Digest,
}

/// Where a record stands. Everything but [`RecordState::Live`] keeps it from leaving.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RecordState {
    /// In use.
    Live,
    /// Written, not yet published, or waiting for a second person.
    Held,
    /// Taken back by its originator; a tombstone.
    Withdrawn,
    /// Set aside at the receiver.
    Quarantined,
    /// Personal data that came without purpose or legal basis: held only until somebody finds it relevant, or erased.
    Triage,
    /// Its review date has passed and nobody has extended it.
    Overdue,
    /// Its content was erased; the tombstone keeps it from coming back.
    Erased,
}

impl RecordState {
    /// The word kept in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Held => "held",
            Self::Withdrawn => "withdrawn",
            Self::Quarantined => "quarantined",
            Self::Triage => "triage",
            Self::Overdue => "overdue",
            Self::Erased => "erased",
        }
    }

    /// Reads the word kept in the database.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Live,
            Self::Held,
            Self::Withdrawn,
            Self::Quarantined,
            Self::Triage,
            Self::Overdue,
            Self::Erased,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

/// One version of a STIX object in one collection from one origin.
///
/// It has no `Serialize`: what leaves is made from `policy::Released` alone.
#[derive(Clone, Debug)]
pub struct Record {
    /// What names it.
    pub key: RecordKey,
    /// Number of the record in its collection; it never changes.
    pub seq: i64,
    /// STIX type.
    pub kind: String,
    /// The version as an instant.
    pub version_at: Micros,
    /// STIX `spec_version`, `2.1` when the object does not say (SCOs).
    pub spec_version: String,
    /// Display name, empty when the object has none.
    pub name: String,
    /// What its originator states about release.
    pub handling: Arc<Handling>,
    /// The name of that handling.
    pub handling_id: HandlingId,
    /// Levels of its marked parts.
    pub parts: BTreeSet<Option<Tlp>>,
    /// When it became visible under this handling.
    pub added_at: Micros,
    /// Where it stands.
    pub state: RecordState,
    /// Why, for a record that is not live.
    pub reason: String,
    /// The signed envelope as it travels ([`crate::SignedEnvelope`] in its JSON form).
    pub envelope: String,
    /// Digest of the bytes held here; differs from the key's when only a redacted variant ever arrived.
    pub held: Digest,
    /// Ledger leaf of the batch that brought it.
    pub leaf: i64,
    /// Whether it names other records for which it is asked who may see them.
    pub names: bool,
    /// How often the origin restated its handling; 1 at first.
    pub revision: u32,
    /// The user or peer that brought it.
    pub actor: String,
}

/// Something read from the store, about whose release nothing has been decided yet.
///
/// It cannot be serialised and gives its content to no one but `policy` and the use cases that stay inside the node.
#[derive(Clone, Debug)]
pub struct Stored<T>(T);

impl<T> Stored<T> {
    /// Wraps what the store read.
    pub fn new(inner: T) -> Self {
        Self(inner)
    }

    /// A look at it inside the node.
    pub fn peek(&self) -> &T {
        &self.0
    }

    /// Takes it out, for `policy` and for work that stays inside the node.
    pub fn into_inner(self) -> T {
        self.0
    }
}
