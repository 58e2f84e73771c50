//! Wording of one's own records that names a community as such: the author is asked why, and the answer is kept. The
//! lists of words are short; this asks a question and does not pretend to be more.

use comity_model::kind::Kind;
use comity_store::Tx;
use comity_store::tables::record;
use comity_store::tables::wording::{self as rows, Wording};
use serde::Serialize;

use crate::admit::{Admitted, Batch, Candidate, Statement};
use crate::look::{Look, filled};
use crate::{Actor, App, AppError, Role, journal};

/// Most places that one refusal tells.
const PLACES_TOLD: usize = 5;
/// The longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 2_000;

/// An answer, for those who sample them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WordingView {
    /// STIX id of the record.
    pub id: String,
    /// Its version as written.
    pub version: String,
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
    app.store().read("wording.list", |tx| {
        let mut look = Look::new(app, tx)?;
        let sees = |tx: &mut Tx<'_>, one: &Wording| look.sees_numbered(tx, &one.collection, one.seq);
        let mut views = Vec::new();
        for one in filled(tx, app.limits().listed, rows::list, sees)? {
            // Where it stands in its collection would tell how many others are there.
            let Some(found) = record::numbered(tx, &one.collection, one.seq)? else { continue };
            let key = found.into_inner().key;
            views.push(WordingView {
                id: key.id,
                version: key.version,
                place: one.place,
                words: one.words,
                reason: one.reason,
                by: one.actor,
                at: one.at.to_string(),
            });
        }
        Ok(views)
    })
}
