//! The release table of an agreement: which levels each standing gets, in a form that people can read and sign.
//!
//! It decides nothing by itself. Local policies are made from it, and come into force when they are activated.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::stix::Tlp;

/// Levels of a row of the table.
pub type Levels = BTreeSet<Tlp>;

/// What each standing gets. What a row leaves out is as in [`ReleaseTable::default`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseTable {
    /// What full members get.
    #[serde(default = "to_members")]
    pub member: Levels,
    /// What observers get.
    #[serde(default = "to_everybody")]
    pub observer: Levels,
    /// What partners get.
    #[serde(default = "to_everybody")]
    pub partner: Levels,
    /// What is passed on, where its originator consents to that, to those who get the level.
    #[serde(default = "to_everybody")]
    pub forward: Levels,
    /// What the members of a group get besides, whatever their standing is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Levels>,
}

impl Default for ReleaseTable {
    /// What a new node starts with: TLP:CLEAR and TLP:GREEN for everybody, and passed on; the levels of TLP:AMBER for
    /// full members.
    fn default() -> Self {
        Self {
            member: to_members(),
            observer: to_everybody(),
            partner: to_everybody(),
            forward: to_everybody(),
            groups: BTreeMap::new(),
        }
    }
}

fn to_members() -> Levels {
    Levels::from([Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict])
}

fn to_everybody() -> Levels {
    Levels::from([Tlp::Clear, Tlp::Green])
}

impl ReleaseTable {
    /// The rows in the order in which they are shown, each with its name.
    pub fn rows(&self) -> Vec<(String, &Levels)> {
        let fixed = [
            ("member", &self.member),
            ("observer", &self.observer),
            ("partner", &self.partner),
            ("forward", &self.forward),
        ];
        let fixed = fixed.into_iter().map(|(name, levels)| (name.to_owned(), levels));
        fixed.chain(self.groups.iter().map(|(name, levels)| (format!("groups.{name}"), levels))).collect()
    }

    /// What cannot be meant, in a sentence: a level that a guard would deny anyway, a group that does not exist or
    /// that no rule can be named after.
    pub(crate) fn fault(&self, groups: &BTreeMap<String, String>) -> Option<String> {
        for (name, levels) in self.rows() {
            let most = match name.as_str() {
                "observer" => Tlp::Green,
                "forward" => Tlp::Amber,
                _ => Tlp::AmberStrict,
            };
            if let Some(level) = levels.iter().find(|level| **level > most) {
                return Some(format!(
                    "release: `{name}` has {}, which a guard denies whatever stands here; name at most {}",
                    level.name(),
                    most.name()
                ));
            }
        }
        self.groups.keys().find_map(|name| {
            let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
            if !groups.contains_key(name) {
                Some(format!("release: group `{name}` is not defined"))
            } else if name.is_empty() || name.len() > 60 || !name.chars().all(is_plain) {
                Some(format!(
                    "release: a rule cannot be named after group `{name}`; use 1 to 60 letters, digits, `-`, `_`, `.`"
                ))
            } else {
                None
            }
        })
    }

    /// The rows of a table, or of none, for a list of differences.
    pub(crate) fn line(table: Option<&Self>) -> String {
        let Some(table) = table else { return "none".into() };
        let row = |(name, levels): (String, &Levels)| {
            let levels: Vec<&str> = levels.iter().map(|level| level.name()).collect();
            format!("{name} [{}]", levels.join(", "))
        };
        table.rows().into_iter().map(row).collect::<Vec<_>>().join(", ")
    }
}
