//! Numbers that a member counted out of records, and what came of records that were shared.

use serde::{Deserialize, Serialize};

use super::gathering::{heading, remarks};
use super::part::Party;
use super::{Counsel, are_of};
use crate::kind::amount::{Amount, Bound, is_number};
use crate::kind::basis::{Attributed, Basis, plain};
use crate::kind::date::{PartialDate, Period};
use crate::kind::fault::Faults;
use crate::stix::{Id, Timestamp};

/// Records that one figure names. Of more than these it tells the number and the root alone.
pub const MOST_REFS: usize = 2_000;
/// Longest query, in bytes.
const QUERY_BYTES: usize = 2_000;
/// Longest path into a record, in characters.
const PATH_CHARACTERS: usize = 100;
/// Most days within which a record is made.
const MOST_DAYS: u16 = 3_650;
/// Parts of one sum.
const MOST_PARTS: usize = 100;

/// What is counted of the records that are found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// The records themselves.
    Records,
    /// The numbers at a path, added.
    Sum,
    /// The different values at a path.
    Distinct,
    /// The records that were made at most so many days after what they are about.
    Within,
}

impl Counted {
    /// Whether the number is one of records.
    pub fn is_of_records(self) -> bool {
        matches!(self, Self::Records | Self::Within)
    }

    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Sum => "sum",
            Self::Distinct => "distinct",
            Self::Within => "within",
        }
    }
}

/// What was asked, so that it can be asked again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The query in the language of searches; it selects nobody.
    pub query: String,
    /// What was counted of what it found.
    pub count: Counted,
    /// Where in a record, for a sum or for different values; how many days, for those made within so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Why the records that a figure counted are others now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// There is a newer version.
    Corrected,
    /// Its originator took it back.
    Withdrawn,
    /// A recall set it aside.
    Recalled,
    /// It was set aside for another reason.
    SetAside,
    /// Its review date has passed.
    Overdue,
    /// Its content was erased.
    Erased,
    /// It is here and is not counted any more.
    NoLonger,
    /// It was not counted before.
    New,
}

impl Why {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Withdrawn => "withdrawn",
            Self::Recalled => "recalled",
            Self::SetAside => "set-aside",
            Self::Overdue => "overdue",
            Self::Erased => "erased",
            Self::NoLonger => "no-longer",
            Self::New => "new",
        }
    }
}

/// How many of the records are others now, for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// The reason.
    pub why: Why,
    /// How many records; none where so few must not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// What a recalculation changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recalculated {
    /// The number before, in words.
    pub was: String,
    /// The number since then, in words.
    pub now: String,
    /// Why.
    pub moved: Vec<Moved>,
}

/// A number that a member counted: with what was asked, what was counted, and who contributed to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// A decimal number as text.
    pub value: String,
    /// How the number is meant.
    #[serde(default)]
    pub bound: Bound,
    /// The number lies between `value` and this one, where it is not known exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<String>,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// In which time.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub period: Period,
    /// When it was counted.
    pub as_of: Timestamp,
    /// What was counted, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting_rule: Option<String>,
    /// Whose records were counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<Party>,
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// How many records were counted; none where so few must not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u32>,
    /// The records that were counted. Each reader finds those that it may see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub record_refs: Vec<Id>,
    /// Root over a salted commitment to each of them, as hex: it shows later what was counted, and lets nobody guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_root: Option<String>,
    /// The number is not told exactly, because it is about so few.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suppressed: bool,
    /// The figures that were added, of a sum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub part_refs: Vec<Id>,
    /// Why it is stale: how many of the records that it counted are others since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<Moved>,
    /// What the last recalculation changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Recalculated>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Figure {
    /// The number as it is meant, with its unit and of what it is.
    pub fn line(&self) -> String {
        let unit = self.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let scope = self.scope.as_deref().map(|scope| format!(", {scope}")).unwrap_or_default();
        if let Some(upper) = &self.upper {
            return format!("between {} and {upper}{unit}{scope}", self.value);
        }
        match self.bound {
            Bound::Exactly => format!("{}{unit} (exactly){scope}", self.value),
            other => format!("{} {}{unit}{scope}", other.words(), self.value),
        }
    }

    fn numbers(&self, faults: &mut Faults) {
        for (path, number) in [("value", Some(&self.value)), ("upper", self.upper.as_ref())] {
            if number.is_some_and(|number| !is_number(number)) {
                let message = "a figure is a decimal number with digits and one full stop, such as 12.50";
                faults.add("form", "number", path, message);
            }
        }
        let read = |text: &str| crate::council::Decimal::parse(text);
        if let Some(upper) = &self.upper
            && (self.bound != Bound::AtLeast || read(upper) <= read(&self.value))
        {
            let message = "a number that is only known to lie between two is `at-least` the lower, and `upper` is above it";
            faults.add("form", "range", "upper", message);
        }
        let named = u32::try_from(self.record_refs.len()).unwrap_or(u32::MAX);
        if self.counted.is_some_and(|counted| counted < named) {
            let message = format!("it names {named} records and says that it counted fewer (K6)");
            faults.add("K6", "counted-fewer", "counted", message);
        }
        let by_records = self.asked.as_ref().is_none_or(|asked| asked.count.is_of_records());
        let says = self.counted.map(|counted| counted.to_string());
        let is_exact = self.bound == Bound::Exactly && self.part_refs.is_empty() && self.asked.is_some();
        if by_records && is_exact && says.is_some_and(|says| says != self.value) {
            let message = "a count of records is the number of records that were counted";
            faults.add("K6", "value-and-counted", "value", message);
        }
        if self.suppressed && (self.bound == Bound::Exactly || self.counted.is_some()) {
            let message =
                "a number that is not told is no exact one, and says nothing of how many were counted";
            faults.add("K6", "suppressed", "suppressed", message);
        }
    }

    fn question(&self, faults: &mut Faults) {
        let Some(asked) = &self.asked else { return };
        plain(faults, "asked.query", &asked.query);
        if asked.query.len() > QUERY_BYTES {
            let message = format!("a query has at most {QUERY_BYTES} bytes");
            faults.add("form", "too-long", "asked.query", message);
        }
        if (asked.count == Counted::Records) == asked.path.is_some() {
            let message = "a sum and a count of different values say where in a record, and within how many days; a count of records does not";
            faults.add("form", "path", "asked.path", message);
        }
        let is_path = |text: &String| {
            let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
            !text.is_empty() && text.len() <= PATH_CHARACTERS && text.chars().all(part)
        };
        let days = |text: &String| text.parse::<u16>().is_ok_and(|days| (1..=MOST_DAYS).contains(&days));
        if asked.count == Counted::Within && !asked.path.as_ref().is_some_and(days) {
            faults.add("form", "days", "asked.path", format!("write 1 to {MOST_DAYS} days"));
        } else if asked.path.as_ref().is_some_and(|path| !is_path(path)) {
            let message = "write properties with full stops between them, such as items.amount";
            faults.add("form", "path", "asked.path", message);
        }
    }

    fn references(&self, faults: &mut Faults) {
        if self.record_refs.len() > MOST_REFS {
            let message = format!("at most {MOST_REFS} records are named; of more, say how many they are");
            faults.add("form", "too-many", "record_refs", message);
        }
        let mut met = std::collections::BTreeSet::new();
        for (at, id) in self.record_refs.iter().enumerate().take(MOST_REFS) {
            if !met.insert(id.as_str()) {
                let path = format!("record_refs.[{at}]");
                faults.add("K6", "record-twice", &path, "a record counts once: name it once");
            }
        }
        if self.part_refs.len() > MOST_PARTS {
            faults.add("form", "too-many", "part_refs", format!("at most {MOST_PARTS} parts"));
        }
        are_of(faults, "part_refs", &self.part_refs, &["figure"]);
        let is_root = |root: &String| root.len() == 64 && root.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.counted_root.as_ref().is_some_and(|root| !is_root(root)) {
            faults.add("form", "root", "counted_root", "a root is 64 hexadecimal digits");
        }
    }
}

impl Counsel for Figure {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        for (path, text) in
            [("unit", &self.unit), ("scope", &self.scope), ("counting_rule", &self.counting_rule)]
        {
            if let Some(text) = text {
                plain(faults, path, text);
            }
        }
        self.numbers(faults);
        self.period.check(faults, "period");
        Party::check_all(faults, "contributors", &self.contributors);
        self.question(faults);
        self.references(faults);
        faults.each("stale", &self.stale, |_, _, _| {});
        if let Some(changes) = &self.changes {
            plain(faults, "changes.was", &changes.was);
            plain(faults, "changes.now", &changes.now);
            if changes.moved.is_empty() {
                faults.add("form", "empty", "changes.moved", "say why the number is another one");
            }
            faults.each("changes.moved", &changes.moved, |_, _, _| {});
        }
        remarks(faults, &self.notes);
    }
}

/// What came of records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeResult {
    /// What they describe was seen.
    Sighting,
    /// A hit was confirmed.
    HitConfirmed,
    /// Something was prevented.
    Prevented,
    /// Something was seized.
    Seized,
    /// Somebody was arrested.
    Arrested,
    /// Nothing came of it.
    Nothing,
}

impl OutcomeResult {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Sighting, Self::HitConfirmed, Self::Prevented, Self::Seized, Self::Arrested, Self::Nothing];

    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sighting => "sighting",
            Self::HitConfirmed => "hit-confirmed",
            Self::Prevented => "prevented",
            Self::Seized => "seized",
            Self::Arrested => "arrested",
            Self::Nothing => "nothing",
        }
    }

    /// The one of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// What came of a record that another member shared; returned to whoever shared it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The record.
    pub of_ref: Id,
    /// Its version, as written.
    pub of_version: Timestamp,
    /// What came of it.
    pub result: OutcomeResult,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened: Option<PartialDate>,
    /// How much, of what was seized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Outcome {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        if self.of_ref.kind() == "comity-outcome" {
            let message = "an outcome is of a record that was shared, not of another outcome";
            faults.add("form", "reference-type", "of_ref", message);
        }
        if let Some(amount) = &self.amount {
            if self.result != OutcomeResult::Seized {
                faults.add("form", "amount-not-asked", "amount", "only what was seized has an amount");
            }
            amount.check(faults, "amount");
        }
        remarks(faults, &self.notes);
    }
}
