//! Wording of one's own records that names a community as such: the author is asked why, and the answer is kept. The
//! lists of words are short; this asks a question and does not pretend to be more.

use comity_model::kind::Kind;
use comity_store::Tx;
use comity_store::tables::wording::{self as rows, Wording};
use serde::Serialize;

use crate::admit::{Admitted, Batch, Candidate, Statement};
use crate::look::Look;
use crate::{Actor, App, AppError, Role, journal};

/// Most places that one refusal tells.
const PLACES_TOLD: usize = 5;
/// Most answers that a list shows.
const LISTED_MAX: i64 = 10_000;
/// The longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 2_000;

/// An answer, for those who sample them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WordingView {
    /// Id of the collection.
    pub collection: String,
    /// Number of the record in it.
    pub number: i64,
    /// Where in the record.
    pub place: String,
    /// The words.
    pub words: String,
    /// Why they stay.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: String,
}

/// Refuses wording that names a community as such, unless a reason is given. The error is the question for people.
pub(crate) fn check(kind: &Kind, reason: Option<&str>) -> Result<(), String> {
    let asked = kind.questions();
    let Some((_, first)) = asked.first() else { return Ok(()) };
    let reason = reason.unwrap_or_default();
    if asked.iter().all(|(_, question)| question.is_answered_by(reason)) {
        if reason.chars().nth(REASON_CHARS_MAX).is_some() {
            return Err(format!("the reason is longer than {REASON_CHARS_MAX} characters"));
        }
        return Ok(());
    }
    let places: Vec<String> = asked
        .iter()
        .take(PLACES_TOLD)
        .map(|(place, question)| {
            let words: Vec<&str> = question.notices.iter().map(|notice| notice.word.as_str()).collect();
            format!("{place}: {}", words.join(", "))
        })
        .collect();
    Err(format!("{} Answer with --reason TEXT ({}) (A6)", first.text, places.join("; ")))
}

/// Keeps the answers that came with new records.
pub(crate) fn keep(
    app: &App,
    tx: &mut Tx<'_>,
    batch: &Batch<'_>,
    reason: Option<&str>,
    items: &[(Candidate, Statement)],
    outcomes: &[Admitted],
) -> Result<(), AppError> {
    let Some(reason) = reason else { return Ok(()) };
    let mut kept = Vec::new();
    for ((candidate, _), outcome) in items.iter().zip(outcomes) {
        let (Admitted::Accepted(seq) | Admitted::Held(seq)) = outcome else { continue };
        for (place, question) in candidate.record.as_ref().map(Kind::questions).unwrap_or_default() {
            let words: Vec<String> = question.notices.into_iter().map(|notice| notice.word).collect();
            kept.push(Wording {
                collection: batch.collection.to_owned(),
                seq: *seq,
                place,
                words: words.join(", "),
                reason: reason.to_owned(),
                actor: batch.actor.to_owned(),
                at: app.now(),
            });
        }
    }
    if kept.is_empty() {
        return Ok(());
    }
    rows::keep(tx, &kept)?;
    let leaf = journal::leaf(app, "wording.kept", batch.actor).count(kept.len() as u64);
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// The answers that were given, the oldest first.
///
/// # Errors
/// [`AppError::Denied`] without the role data protection or auditor.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<WordingView>, AppError> {
    actor.require(&[Role::DataProtection, Role::Auditor], "read why wording was kept")?;
    let found = app.store().read("wording.list", |tx| {
        let mut look = Look::new(app, tx)?;
        let mut seen = Vec::new();
        for one in rows::list(tx, LISTED_MAX)? {
            if look.sees_numbered(tx, &one.collection, one.seq)? {
                seen.push(one);
            }
        }
        Ok::<_, AppError>(seen)
    })?;
    Ok(found
        .into_iter()
        .map(|one| WordingView {
            collection: one.collection,
            number: one.seq,
            place: one.place,
            words: one.words,
            reason: one.reason,
            by: one.actor,
            at: one.at.to_string(),
        })
        .collect())
}
