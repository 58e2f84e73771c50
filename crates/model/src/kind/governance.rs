//! What has to be stated beside a record: purpose, legal basis, category and review date of personal data.

use jiff::Span;

use super::fault::{Fault, Faults};
use super::{Answer, Kind};
use crate::{Envelope, Flag, Handling, Micros};

/// The longest time until a review, in years; and where the decision on which the record rests lasts longer.
const REVIEW_YEARS: i64 = 3;
const LONG_REVIEW_YEARS: i64 = 5;

/// What is stated beside a record, in an envelope or before there is one.
#[derive(Clone, Copy, Debug)]
pub struct Governance<'a> {
    /// The handling.
    pub handling: &'a Handling,
    /// Purpose of collection.
    pub purpose: Option<&'a str>,
    /// Legal basis of the exchange.
    pub legal_basis: Option<&'a str>,
    /// When the record is to be reviewed.
    pub review_at: Option<Micros>,
    /// Until when the decision lasts on which the record rests, if that is known.
    pub decision_until: Option<Micros>,
}

impl<'a> From<&'a Envelope> for Governance<'a> {
    /// What an envelope states. It does not say how long a decision lasts: its origin is taken at its word, up to the
    /// longest time that any decision allows.
    fn from(envelope: &'a Envelope) -> Self {
        Self {
            handling: &envelope.handling,
            purpose: envelope.purpose.as_deref(),
            legal_basis: envelope.legal_basis.as_deref(),
            review_at: envelope.review_at,
            decision_until: envelope.review_at,
        }
    }
}

/// Every reason why a record of this kind may not be kept or leave with what is stated beside it, at the instant `at`.
/// A record without a person in it passes; so does one whose handling calls it personal although its kind is not.
pub fn check_envelope(kind: &Kind, stated: &Governance<'_>, at: Micros) -> Vec<Fault> {
    let mut faults = Faults::default();
    if !kind.is_personal() {
        return faults.into_vec();
    }
    let missing = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
    if missing(stated.purpose) {
        faults.add(
            "A1",
            "purpose-missing",
            "purpose",
            "personal data needs the purpose for which it was collected",
        );
    }
    if missing(stated.legal_basis) {
        faults.add(
            "A1",
            "legal-basis-missing",
            "legal_basis",
            "personal data needs the legal basis of the exchange",
        );
    }
    if !stated.handling.personal {
        let message = "the record is personal data, and its handling must say so";
        faults.add("A1", "not-called-personal", "handling.personal", message);
    }
    match (kind, stated.handling.category) {
        (_, None) => {
            let message = "state what the person is to the case: suspect, convicted, future-offence, contact, victim, witness or can-inform";
            faults.add("B1", "category-missing", "handling.category", message);
        }
        (Kind::Subject(subject), Some(category)) if category != subject.category => {
            let message = format!(
                "the handling says {}, the record {}; a person is shown and released by one category",
                category.name(),
                subject.category.name()
            );
            faults.add("B1", "category-differs", "handling.category", message);
        }
        _ => {}
    }
    if let Kind::Subject(subject) = kind
        && subject.is_under_18(at) == Answer::Yes
        && !stated.handling.flags.contains(&Flag::Minor)
    {
        let message = "the person is under 18: the handling needs the flag `minor`";
        faults.add("C4", "minor-not-flagged", "handling.flags", message);
    }
    check_review(&mut faults, stated, at);
    faults.into_vec()
}

fn check_review(faults: &mut Faults, stated: &Governance<'_>, at: Micros) {
    let Some(review) = stated.review_at else {
        faults.add("E1", "review-date-missing", "review_at", "personal data needs a review date");
        return;
    };
    if let Some(fault) = review_fault(review, stated.decision_until, at) {
        faults.add(fault.rule, fault.code, &fault.path, fault.message);
    }
}

/// Why a record may not have this review date, at the instant `at`: it has passed, or is too far away.
pub fn review_fault(review: Micros, decision_until: Option<Micros>, at: Micros) -> Option<Fault> {
    let mut faults = Faults::default();
    if review <= at {
        faults.add(
            "E1",
            "review-date-past",
            "review_at",
            "the review date has passed; review the record first",
        );
    }
    let long = decision_until.is_some_and(|until| until >= review);
    let years = if long { LONG_REVIEW_YEARS } else { REVIEW_YEARS };
    if later_by(at, years).is_none_or(|latest| review > latest) {
        let message = format!(
            "a review is due within {REVIEW_YEARS} years, or within {LONG_REVIEW_YEARS} while the decision lasts on which the record rests"
        );
        faults.add("E1", "review-date-late", "review_at", message);
    }
    faults.into_vec().into_iter().next()
}

/// The same instant of the calendar some years later.
fn later_by(at: Micros, years: i64) -> Option<Micros> {
    let start = jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    let end = start.checked_add(Span::new().try_years(years).ok()?).ok()?;
    Some(Micros(end.timestamp().as_microsecond()))
}
