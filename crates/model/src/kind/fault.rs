//! Why a record is refused.

use serde::Serialize;

/// At most so many faults are kept of one record.
const MOST_FAULTS: usize = 100;
/// At most so many entries stand in one list of a record.
const MOST_ENTRIES: usize = 500;

/// One reason why a record, vocabulary or envelope is refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fault {
    /// Stable name of the refusal, such as `contact-without-link`.
    pub code: &'static str,
    /// Where, in the form of a STIX selector (clause 7.2.3.1); empty for the whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The row of the requirements that it comes from, such as `B1`; `form` when the shape alone is wrong.
    pub rule: &'static str,
}

/// The faults found so far; more than 100 are not kept.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(
        &mut self,
        rule: &'static str,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
    ) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault { code, path: path.to_owned(), message: message.into(), rule });
        }
    }

    /// Judges each entry of a list with its path, and the length of the list.
    pub(crate) fn each<'t, T>(
        &mut self,
        path: &str,
        list: &'t [T],
        mut judge: impl FnMut(&mut Self, &str, &'t T),
    ) {
        if list.len() > MOST_ENTRIES {
            self.add("form", "too-many", path, format!("at most {MOST_ENTRIES} entries; split the record"));
            return;
        }
        for (at, entry) in list.iter().enumerate() {
            judge(self, &format!("{path}.[{at}]"), entry);
        }
    }

    /// A text that must be there.
    pub(crate) fn filled(&mut self, path: &str, text: &str) {
        if text.trim().is_empty() {
            self.add("form", "empty", path, "say something here, or leave the property out");
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Fault> {
        self.0
    }

    pub(crate) fn into_result(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
