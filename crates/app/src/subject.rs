//! What a person means by RECORD: a STIX id, or `id@version`.

use comity_model::{Record, Stored};
use comity_store::Tx;
use comity_store::tables::record;

use crate::AppError;

/// The records a text names, newest version first; never empty.
pub(crate) fn all(tx: &mut Tx<'_>, text: &str) -> Result<Vec<Stored<Record>>, AppError> {
    let (id, version) = match text.split_once('@') {
        Some((id, version)) => (id, Some(version)),
        None => (text, None),
    };
    let found = record::of_id(tx, id, None, version)?;
    if found.is_empty() {
        return Err(AppError::NotFound(format!(
            "there is no record `{text}`: name a STIX id or `id@version`; `comity records` lists them"
        )));
    }
    Ok(found)
}

/// The newest record a text names.
pub(crate) fn newest(tx: &mut Tx<'_>, text: &str) -> Result<Record, AppError> {
    let mut found = all(tx, text)?;
    found.sort_by_key(|stored| {
        let record = stored.peek();
        (record.state != comity_model::RecordState::Withdrawn, record.version_at, record.seq)
    });
    found.pop().map(Stored::into_inner).ok_or_else(|| AppError::NotFound(format!("there is no record `{text}`")))
}
