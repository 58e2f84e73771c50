//! The labels of quality of a record, as they are sent with it, and what somebody should look at before it leaves.

use comity_model::kind::Kind;
use comity_model::stix::Object;
use comity_model::{Grading, Labels, Quality, Record, RecordKey, SignedEnvelope};
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;

use crate::force::in_force;
use crate::{App, AppError, allegation, subject};

/// What is known about the quality of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QualityView {
    /// STIX id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Display name.
    pub name: String,
    /// Display name of the originator.
    pub origin: String,
    /// The four labels, as its originator sent them with it, or read here when it sent none; none for an object of
    /// no kind of ours.
    pub quality: Option<Quality>,
    /// Whether the labels came with the signed envelope.
    pub is_sent: bool,
    /// What somebody should look at, a sentence each; of one's own records alone.
    pub warnings: Vec<String>,
    /// How soon it is to be looked at.
    pub priority: Option<&'static str>,
    /// The classification mark that it bears at its origin.
    pub classification: Option<String>,
}

/// The quality of the newest record that a text names.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of(app: &App, text: &str) -> Result<QualityView, AppError> {
    app.store().read("quality.of", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        let envelope = SignedEnvelope::from_json(&found.envelope)?.envelope;
        let kind = kind_of(app, tx, &found.key)?;
        // Of what is alleged to be obtained by ill-treatment no grade holds that says more than that.
        let alleged = allegation::about(app, tx, &force, &found)?.is_some();
        let capped = alleged.then(|| Grading::of(&envelope).capped());
        let grading = capped.as_ref().or(envelope.grading.as_ref());
        let is_own = &found.key.origin == app.member();
        let warnings = match &kind {
            Some(kind) if is_own => Quality::warnings(kind, grading),
            _ => Vec::new(),
        };
        let sent = envelope.labels.quality.filter(|_| !alleged);
        let is_sent = sent.is_some();
        let read = kind.map(|kind| Quality::of(&kind, grading, &found.key.version));
        Ok(QualityView {
            origin: force.name_of(&found.key.origin).to_owned(),
            quality: sent.or(read),
            is_sent,
            warnings,
            priority: envelope.labels.priority.map(comity_model::Priority::name),
            classification: envelope.labels.classification,
            id: found.key.id,
            version: found.key.version,
            name: found.name,
        })
    })
}

fn kind_of(app: &App, tx: &mut Tx<'_>, key: &RecordKey) -> Result<Option<Kind>, AppError> {
    let Some(bytes) = record::content(tx, key, &[])? else { return Ok(None) };
    let object = Object::parse(&bytes, &app.limits().stix)
        .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))?;
    Ok(Kind::read(&object).ok().flatten())
}

/// The labels of a record that is signed anew: priority and mark stay as they were, quality is read again under the grade
/// that is stated now.
pub(crate) fn labels(
    app: &App,
    tx: &mut Tx<'_>,
    key: &RecordKey,
    grading: Option<&Grading>,
) -> Result<Labels, AppError> {
    let known = record::of_id(tx, &key.id, Some(&key.collection), Some(&key.version))?;
    let is_it = |one: &Record| one.key == *key;
    let before = match known.iter().map(comity_model::Stored::peek).find(|one| is_it(one)) {
        Some(one) => SignedEnvelope::from_json(&one.envelope)?.envelope.labels,
        None => Labels::default(),
    };
    let kind = kind_of(app, tx, key)?;
    Ok(Labels { quality: kind.map(|kind| Quality::of(&kind, grading, &key.version)), ..before })
}
