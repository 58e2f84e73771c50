//! What a person means by RECORD: a STIX id, or `id@version`. Of what the person may not see, nothing is meant.

use comity_model::{Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::record;

use crate::force::in_force;
use crate::look::Look;
use crate::{App, AppError};

/// The records a text names, whoever may see them: for what the node does to all of them.
pub(crate) fn stored(tx: &mut Tx<'_>, text: &str) -> Result<Vec<Stored<Record>>, AppError> {
    let (id, version) = match text.split_once('@') {
        Some((id, version)) => (id, Some(version)),
        None => (text, None),
    };
    Ok(record::of_id(tx, id, None, version)?)
}

/// The records a text names that whoever looks may see, newest version first; never empty.
pub(crate) fn all(app: &App, tx: &mut Tx<'_>, text: &str) -> Result<Vec<Stored<Record>>, AppError> {
    let mut found = stored(tx, text)?;
    let mut look = Look::new(app, tx)?;
    found.retain(|one| look.sees(one.peek()));
    if found.is_empty() { Err(none(text)) } else { Ok(found) }
}

/// That a text names nothing that is there for whoever looks.
pub(crate) fn none(text: &str) -> AppError {
    AppError::NotFound(format!(
        "there is no record `{text}`: name a STIX id or `id@version`; `comity list` lists them"
    ))
}

/// The newest record a text names: a record of this node's own member before the claims of others about the same object,
/// and what is in use before what was withdrawn. What waits in triage is for those who look at it there.
pub(crate) fn newest(app: &App, tx: &mut Tx<'_>, text: &str) -> Result<Record, AppError> {
    all(app, tx, text)?
        .into_iter()
        .map(Stored::into_inner)
        .filter(|one| one.state != RecordState::Triage)
        .max_by_key(|one| {
            let is_gone = matches!(one.state, RecordState::Withdrawn | RecordState::Erased);
            (&one.key.origin == app.member(), !is_gone, one.version_at, one.seq)
        })
        .ok_or_else(|| AppError::Conflict(format!("{text} waits in triage: see `comity triage list`")))
}

/// The records of this node's own member that a text names, newest version first; never empty. What others say about
/// the same object stands beside them and hinders nobody.
pub(crate) fn own(app: &App, tx: &mut Tx<'_>, text: &str, what: &str) -> Result<Vec<Record>, AppError> {
    let found = all(app, tx, text)?;
    let foreign = found.first().map(|stored| stored.peek().key.origin.clone());
    let own: Vec<Record> =
        found.into_iter().map(Stored::into_inner).filter(|one| &one.key.origin == app.member()).collect();
    match foreign {
        Some(origin) if own.is_empty() => {
            let force = in_force(app, tx)?;
            Err(AppError::Denied(format!(
                "{text} is a record of {}: only its originator can {what}",
                force.name_of(&origin)
            )))
        }
        _ => Ok(own),
    }
}
