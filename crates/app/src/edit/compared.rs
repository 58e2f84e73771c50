//! Two versions of a record, side by side.

use comity_model::stix::Object;
use comity_model::stix::diff::{self, Difference};
use comity_model::{Record, RecordState};
use comity_store::Tx;
use comity_store::tables::change as rows;
use serde::Serialize;

use crate::look::Look;
use crate::{App, AppError, subject};

/// The difference between two stored versions of a record.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Compared {
    /// STIX id.
    pub id: String,
    /// The older version.
    pub from: String,
    /// The newer version.
    pub to: String,
    /// The difference, property by property.
    pub differences: Vec<Difference>,
    /// Why the newer version was made, when that is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Compares two versions of a record as they are held here: by default the newest with the one before it.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record or version, or when there is one version alone;
/// [`AppError::Conflict`] when the content of one of them was erased.
pub fn compare(app: &App, id: &str, from: Option<&str>, to: Option<&str>) -> Result<Compared, AppError> {
    app.store().read("edit.compare", |tx| {
        let newest = subject::newest(app, tx, id)?;
        let mut all: Vec<Record> = subject::all(app, tx, &newest.key.id)?
            .into_iter()
            .map(comity_model::Stored::into_inner)
            .filter(|one| one.key.origin == newest.key.origin && one.state != RecordState::Triage)
            .collect();
        all.sort_by_key(|one| std::cmp::Reverse((one.version_at, one.seq)));
        all.dedup_by(|a, b| a.key.version == b.key.version && a.key.digest == b.key.digest);
        let named = |version: &str| {
            let found = all.iter().find(|one| one.key.version == version);
            found.ok_or_else(|| AppError::NotFound(format!("{id} has no version {version} here")))
        };
        let to = to.map_or(Ok(&newest), named)?;
        let before = || {
            let found = all.iter().find(|one| one.version_at < to.version_at);
            found.ok_or_else(|| AppError::NotFound(format!("{id} has one version here, {}", to.key.version)))
        };
        let from = from.map_or_else(before, named)?;
        let mut look = Look::new(app, tx)?;
        let (old, new) = (content(tx, &mut look, from)?, content(tx, &mut look, to)?);
        let limits = &app.limits().stix;
        let read = |bytes: &[u8]| {
            let object =
                Object::parse(bytes, limits).map_err(|error| AppError::Internal(error.to_string()))?;
            Ok::<_, AppError>(object.value().clone().into_owned())
        };
        Ok(Compared {
            id: newest.key.id.clone(),
            from: from.key.version.clone(),
            to: to.key.version.clone(),
            differences: diff::objects(&read(&old)?, &read(&new)?),
            reason: rows::of(tx, &to.key.collection, to.seq)?.map(|change| change.reason),
        })
    })
}

fn content(tx: &mut Tx<'_>, look: &mut Look<'_>, found: &Record) -> Result<Vec<u8>, AppError> {
    let key = &found.key;
    look.content(tx, found)?
        .ok_or_else(|| AppError::Conflict(format!("the content of {}@{} was erased", key.id, key.version)))
}
