//! Names, each in its script, with what it is and when it was in use.

use serde::{Deserialize, Serialize};

use super::basis::plain;
use super::date::{Answer, PartialDate, Period};
use super::fault::Faults;

/// What a name is to its bearer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameKind {
    /// The name in use; one for each script.
    Primary,
    /// Another name in use.
    Alias,
    /// A name that was in use.
    Former,
    /// The family name before a marriage.
    Maiden,
    /// The name in another script, made by a scheme or found in a document.
    Transliteration,
    /// A short form.
    Abbreviation,
    /// A spelling that was met and is held to be wrong.
    Misspelling,
}

/// A name of a person or a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The name as written.
    pub value: String,
    /// Its script as a code of ISO 15924, such as `Latn`, `Cyrl` or `Arab`.
    pub script: String,
    /// What it is.
    pub name_kind: NameKind,
    /// Its language as a tag of RFC 5646.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When it was in use.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub valid: Period,
    /// Scheme or document that a transliteration comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Who calls it so, if that is neither the bearer nor the creator of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<String>,
}

impl Name {
    /// Whether the name was in use at `date`.
    pub fn in_use(&self, date: &PartialDate) -> Answer {
        self.valid.covers(date)
    }

    fn check(&self, faults: &mut Faults, path: &str) {
        // Attributed to somebody else, a name may hold any word.
        if self.called_by.as_deref().is_none_or(|by| by.trim().is_empty()) {
            plain(faults, &format!("{path}.value"), &self.value);
        } else {
            faults.filled(&format!("{path}.value"), &self.value);
        }
        let mut letters = self.script.chars();
        let form = letters.next().is_some_and(|c| c.is_ascii_uppercase())
            && letters.clone().count() == 3
            && letters.all(|c| c.is_ascii_lowercase());
        if !form {
            let message = "write the script as four letters of ISO 15924, such as Latn, Cyrl or Arab";
            faults.add("form", "name-script", &format!("{path}.script"), message);
        } else if !self.value.chars().any(|c| is_of(&self.script, c)) {
            let message = format!("no letter of the name is of the script {}", self.script);
            faults.add("form", "name-script", &format!("{path}.script"), message);
        }
        self.valid.check(faults, &format!("{path}.valid"));
    }
}

/// Whether a character may stand for a script. Scripts other than the three most used here are not told apart.
fn is_of(script: &str, c: char) -> bool {
    match script {
        "Latn" => c.is_ascii_alphabetic() || matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}'),
        "Cyrl" => matches!(c, '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}'),
        "Arab" => {
            matches!(c, '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{8A0}'..='\u{8FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}')
        }
        _ => c.is_alphabetic(),
    }
}

/// The name that stands for the bearer in lists: the first primary one, else the first.
pub(super) fn display(names: &[Name]) -> &str {
    let primary = names.iter().find(|name| name.name_kind == NameKind::Primary);
    primary.or_else(|| names.first()).map(|name| name.value.as_str()).unwrap_or_default()
}

pub(super) fn check(faults: &mut Faults, names: &[Name]) {
    if !names.iter().any(|name| name.name_kind == NameKind::Primary) {
        faults.add(
            "form",
            "name-primary",
            "names",
            "one name must be primary: it stands for the record in lists",
        );
    }
    let mut scripts = std::collections::BTreeSet::new();
    faults.each("names", names, |faults, path, name| {
        name.check(faults, path);
        if name.name_kind == NameKind::Primary && !scripts.insert(name.script.clone()) {
            let message =
                format!("another primary name is of the script {}; one of them is an alias", name.script);
            faults.add("form", "name-primary", path, message);
        }
    });
}
