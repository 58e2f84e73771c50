//! The rules that are data: `xtask/edges.toml`.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Where the rules stand, from the root of the workspace.
pub const PATH: &str = "xtask/edges.toml";

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The crates of the house by folder name.
    #[serde(default)]
    pub crates: BTreeMap<String, Room>,
    /// Crates that no manifest may name, with the reason.
    #[serde(default)]
    pub banned: BTreeMap<String, String>,
    /// Places where a rule does not hold.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// What one crate may do.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// The crates of the house that it may depend on.
    pub uses: Vec<String>,
    /// It does no I/O and knows no async, clock, randomness or environment.
    #[serde(default)]
    pub pure: bool,
    /// It may depend on tokio directly.
    #[serde(default)]
    pub tokio: bool,
    /// It is for development only.
    #[serde(default)]
    pub dev: bool,
}

/// A place where a rule does not hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Name of the check.
    pub check: String,
    /// The file, from the root of the workspace.
    pub path: String,
    /// Why; for the reader of the rules.
    #[serde(rename = "reason")]
    pub _reason: String,
}

impl Rules {
    /// Reads the rules.
    ///
    /// # Errors
    /// When the text is not TOML of this form.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
