//! The list of records as people of this node walk through it with a browser: the newest first, page by page, each object
//! once.
//!
//! A page costs what it shows, however many records there are: it begins where the one before ended, follows an index,
//! and looks at a bounded number of rows. No content is read.

use comity_model::Category;
use serde::Serialize;

/// Which records are listed. What is not named does not narrow; of several values of one field any fits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Words of kinds, or STIX types.
    pub kinds: Vec<String>,
    /// What the person is to the case.
    pub categories: Vec<Category>,
    /// Originators, by id or name.
    pub origins: Vec<String>,
    /// Collections: id, alias or title.
    pub collections: Vec<String>,
    /// Countries of the matter, by their codes of two letters.
    pub countries: Vec<String>,
    /// Levels in words, as [`BrowseLine::level`] has them.
    pub levels: Vec<String>,
    /// Where they stand; without any, all that is neither withdrawn nor erased.
    pub states: Vec<String>,
    /// Only what whoever asks brought in.
    pub mine: bool,
    /// Only what other members originated.
    pub received: bool,
    /// Go on behind the page that ended with this.
    pub after: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// What a number of records counts. Nothing that is hidden is ever in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// All that whoever asks may see.
    Seen,
    /// What is shown; more may follow.
    Shown,
}

/// One object of the list, by its newest version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BrowseLine {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The word of its kind; the STIX type for an object that is of no kind.
    pub word: String,
    /// Display name; empty when it was erased, or when the record is only told of.
    pub name: String,
    /// The name in Latin letters, where it is in other letters that this node can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin: Option<String>,
    /// Display name of the originator.
    pub origin: String,
    /// Level in words.
    pub level: String,
    /// Whether a group, recipient, exclusion or date narrows it.
    pub narrowed: bool,
    /// Where it stands.
    pub state: String,
    /// What the person in it is to the case, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'static str>,
    /// Alias of the collection.
    pub collection: String,
    /// When it came here.
    pub at: String,
    /// That there is such a record and nothing else: it is of a victim, a witness, a person who can inform, or a minor.
    pub hit_only: bool,
    /// Whether whoever asks brought it in.
    pub mine: bool,
}

/// One page of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Page {
    /// The objects, what came last first.
    pub lines: Vec<BrowseLine>,
    /// Where to go on; left out when nothing is left. There may be one although there are few lines, or none: then as
    /// many rows were looked at as one call does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the number of lines counts.
    pub basis: Basis,
}
