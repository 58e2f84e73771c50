//! What is stated beside a record, as typed: on the command line, in a file, or by a program.

use comity_model::{Grading, Iep, Micros};
use serde::Deserialize;

use crate::AppError;

/// Most entries of one list and most characters of one text in a statement.
const ENTRIES: usize = 1_000;

/// What is stated beside a record. Members are ids or display names; dates are days or instants.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatementText {
    /// Name of a preset of the agreement, applied first.
    pub preset: Option<String>,
    /// TLP level.
    pub tlp: Option<String>,
    /// Handling code.
    pub code: Option<String>,
    /// Permissible actions.
    pub pap: Option<String>,
    /// Named recipients.
    pub to: Vec<String>,
    /// Need-to-know groups.
    pub groups: Vec<String>,
    /// Members who must not receive it.
    pub exclude: Vec<String>,
    /// Hubs that may release it in the originator's name.
    pub delegates: Vec<String>,
    /// Purposes it may be used for; without one it is the purpose of collection.
    pub purposes: Vec<String>,
    /// Not before.
    pub embargo_until: Option<String>,
    /// Not from then on.
    pub end_at: Option<String>,
    /// Consent to onward transfer.
    pub onward: bool,
    /// It holds personal data; a record of a kind says it itself.
    #[serde(skip)]
    pub personal: bool,
    /// What the person is to the case; a subject says it itself.
    pub category: Option<String>,
    /// Circumstances that call for more care.
    pub flags: Vec<String>,
    /// Information Exchange Policy 2.0, in FIRST's JSON form.
    pub iep: Option<Iep>,
    /// Readers' groups inside this node's member; they never leave the node.
    pub inner: Vec<String>,
    /// States from which the person has refuge, by two letters; they never leave the node.
    pub refugee_from: Vec<String>,
    /// Purpose of collection; needed with personal data.
    pub purpose: Option<String>,
    /// Legal basis; needed with personal data.
    #[serde(alias = "basis")]
    pub legal_basis: Option<String>,
    /// When the record is to be reviewed.
    #[serde(alias = "review")]
    pub review_at: Option<String>,
    /// Until when the decision lasts on which the record rests.
    pub decision_until: Option<String>,
    /// Grade of source and information.
    #[serde(alias = "grade")]
    pub grading: Option<GradeText>,
    /// Scale of a grade that is a letter and a digit: 4x4 or 6x6.
    pub scale: Option<String>,
    /// Why a text stays that names a community as such.
    pub reason: Option<String>,
}

/// A grade as typed.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub enum GradeText {
    /// A letter for the source and a digit for the information, such as `A2`.
    Short(String),
    /// All three words.
    Full(Grading),
}

impl StatementText {
    /// The grade on its scale; none when nobody graded.
    pub(crate) fn grading(&self) -> Result<Option<Grading>, AppError> {
        let invalid = |error: String| AppError::invalid("grading", error);
        let full = match &self.grading {
            None if self.scale.is_some() => {
                return Err(invalid("a scale alone is no grade: add the letter and the digit".into()));
            }
            None => return Ok(None),
            Some(GradeText::Full(full)) => full.clone(),
            Some(GradeText::Short(text)) => {
                let mut letters = text.trim().chars();
                let (Some(source), Some(information), None) =
                    (letters.next(), letters.next(), letters.next())
                else {
                    return Err(invalid(format!(
                        "`{text}` is no grade: write a letter and a digit, such as A2"
                    )));
                };
                let scale = self.scale.clone().ok_or_else(|| {
                    invalid(format!("name the scale of {text}: 4x4 or 6x6; the two are never converted"))
                })?;
                Grading { scale, source: source.to_string(), information: information.to_string() }
            }
        };
        full.checked().map(Some).map_err(|error| invalid(error.to_string()))
    }

    /// Refuses lists that are longer than any agreement needs.
    pub(crate) fn limited(self) -> Result<Self, AppError> {
        let lists = [
            &self.to,
            &self.groups,
            &self.exclude,
            &self.delegates,
            &self.purposes,
            &self.flags,
            &self.inner,
            &self.refugee_from,
        ];
        if lists.iter().any(|list| list.len() > ENTRIES) {
            return Err(AppError::Limit {
                what: "a list of the statement".into(),
                max: format!("{ENTRIES} entries"),
            });
        }
        Ok(self)
    }

    /// Takes a word for a property that holds a text, or adds it to a list.
    ///
    /// # Errors
    /// The sentence that says that there is no such property.
    pub(crate) fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let one = match name {
            "preset" => &mut self.preset,
            "tlp" => &mut self.tlp,
            "code" => &mut self.code,
            "pap" => &mut self.pap,
            "embargo_until" => &mut self.embargo_until,
            "end_at" => &mut self.end_at,
            "category" => &mut self.category,
            "purpose" => &mut self.purpose,
            "legal_basis" | "basis" => &mut self.legal_basis,
            "review_at" | "review" => &mut self.review_at,
            "decision_until" => &mut self.decision_until,
            "scale" => &mut self.scale,
            "reason" => &mut self.reason,
            "grading" | "grade" => {
                self.grading = Some(GradeText::Short(text.to_owned()));
                return Ok(());
            }
            "to" | "groups" | "exclude" | "delegates" | "purposes" | "flags" | "inner" | "refugee_from" => {
                let list = match name {
                    "inner" => &mut self.inner,
                    "refugee_from" => &mut self.refugee_from,
                    "to" => &mut self.to,
                    "groups" => &mut self.groups,
                    "exclude" => &mut self.exclude,
                    "delegates" => &mut self.delegates,
                    "purposes" => &mut self.purposes,
                    _ => &mut self.flags,
                };
                list.push(text.to_owned());
                return Ok(());
            }
            _ => return Err(format!("a statement has no property `{name}`")),
        };
        *one = Some(text.to_owned());
        Ok(())
    }
}

/// Reads a day or an instant; a day is its first moment in UTC.
///
/// # Errors
/// [`AppError::Invalid`] when it is neither.
pub fn instant(place: &str, text: Option<&str>) -> Result<Option<Micros>, AppError> {
    let Some(text) = text else { return Ok(None) };
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole.parse().map(Some).map_err(|_| {
        AppError::invalid(place, format!("`{text}` is no date: write 2027-01-31 or 2027-01-31T12:00:00Z"))
    })
}
