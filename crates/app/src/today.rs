//! What waits for a person of this node, by role: the inbox.

use serde::Serialize;

/// Work of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Group {
    /// Which kind: `alarms`, `recalls`, `approve`, `deliveries`, `refused`, `triage`, `review`, `quarantine`,
    /// `consents`, `received`, `drafts`.
    pub kind: &'static str,
    /// What is to be done with each, as a word: `look`, `answer`, `approve`, `decide`, `publish`, `read`.
    pub verb: &'static str,
    /// How many there are, as far as they were counted.
    pub count: usize,
    /// Whether there are more than are counted or listed.
    pub more: bool,
    /// The first of them.
    pub items: Vec<Item>,
}

/// One thing that waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// What names it, for putting it away; the same as long as it waits for the same reason.
    pub key: String,
    /// On which screen it is dealt with: `record`, `recall`, `proposal`, `partner`, `log`, `triage`, `request`, `node`.
    pub screen: &'static str,
    /// What that screen shows: a STIX id, the id of a recall or proposal, the name of a partner or ledger.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The same in Latin letters, where it is a name in other letters that this node can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// Why it waits, in a few words or as a code; may be empty.
    pub why: String,
    /// Display name of the member it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Level of the record in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// When it came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// By when it is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Whether that is past.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// Whether it can be put away: it asks for nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub putaway: bool,
}

/// The inbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Today {
    /// What waits, the most pressing kind first; kinds of which nothing waits are left out.
    pub groups: Vec<Group>,
}
