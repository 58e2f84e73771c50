//! What the screens of this node's people are made of: the frame around every list, one record with all that is known
//! beside it, and its history.

use std::collections::BTreeMap;

use comity_model::{ApprovalRule, MemberId, Preset, Standing};
use serde::Serialize;

use crate::dossier::Dossier;
use crate::explain::RecordView;
use crate::sheet::Sheet;

/// What every screen needs to know of the community and this node: nothing about single records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Frame {
    /// What the community calls itself.
    pub community: String,
    /// Whether it exists for exercises only.
    pub exercise: bool,
    /// Number of the epoch in force.
    pub epoch: i64,
    /// Collections of this node.
    pub collections: Vec<FrameCollection>,
    /// Members of the community.
    pub members: Vec<FrameMember>,
    /// Need-to-know groups: title by name.
    pub groups: BTreeMap<String, String>,
    /// Purposes: title by name.
    pub purposes: BTreeMap<String, String>,
    /// Legal bases: title by name.
    pub legal_bases: BTreeMap<String, String>,
    /// Named handlings to choose from, by name.
    pub presets: BTreeMap<String, Preset>,
    /// Words of the kinds of records.
    pub kinds: Vec<&'static str>,
    /// Categories of persons, by name, in words.
    pub categories: BTreeMap<&'static str, &'static str>,
    /// What needs a second person.
    pub two_person: Vec<ApprovalRule>,
}

/// A collection, as the frame has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FrameCollection {
    /// UUID.
    pub id: String,
    /// Short name for addresses.
    pub alias: String,
    /// Title.
    pub title: String,
}

/// A member, as the frame has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FrameMember {
    /// Its id.
    pub id: MemberId,
    /// Display name.
    pub name: String,
    /// What it is in the community.
    pub standing: Standing,
    /// Whether it takes part now.
    pub active: bool,
    /// Whether it is this node's own.
    pub own: bool,
}

/// A record as its screen shows it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RecordPage {
    /// The record.
    pub sheet: Sheet,
    /// The names in it, as written.
    pub names: Vec<NameLine>,
    /// What this node knows beside it.
    pub dossier: Dossier,
    /// What other members, or other collections, say under the same id: the newest of each, without content.
    pub claims: Vec<RecordView>,
    /// What whoever asks may do with it here, each by a word.
    pub may: Vec<&'static str>,
}

/// A name of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NameLine {
    /// As written.
    pub value: String,
    /// In Latin letters, where it is in other letters that this node can read. It never takes the place of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// Its script as four letters, where the record says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// What it is to its bearer: `primary`, `alias`, `former` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
}

/// One version in the history of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HistoryLine {
    /// Version as written.
    pub version: String,
    /// When it came here.
    pub at: String,
    /// Who brought it in: a user, a key or a peer.
    pub actor: String,
    /// Why it was made, where that is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ledger leaf that stands for it.
    pub leaf: i64,
    /// Where it stands.
    pub state: String,
    /// Level in words.
    pub level: String,
    /// Alias of the collection.
    pub collection: String,
}

/// A search of one's own, as it was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Asked {
    /// Its id.
    pub consultation: String,
    /// The query; a name that was asked for stands in it as `name:"…"`.
    pub query: String,
    /// For which purpose.
    pub purpose: String,
    /// Reference of the case; may be empty.
    pub case: String,
    /// Why, where a reason was asked for; else empty.
    pub reason: String,
    /// When.
    pub at: String,
}
