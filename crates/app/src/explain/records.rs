//! The records of this node, as its own people list them.

use comity_model::{Record, RecordState, Stored};
use comity_store::tables::record;
use serde::Serialize;

use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{App, AppError, collection, duties, subject};

/// A record of this node, as its own people list it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RecordView {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// STIX type.
    pub kind: String,
    /// Display name.
    pub name: String,
    /// Alias of the collection.
    pub collection: String,
    /// Display name of the originator.
    pub origin: String,
    /// Level in words.
    pub level: String,
    /// Whether a group, recipient, exclusion or date narrows it.
    pub narrowed: bool,
    /// Where it stands.
    pub state: String,
    /// Its handling in canonical form.
    pub handling: String,
    /// What binds whoever reads it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<String>,
    /// The object as held here; none when erased or not asked for.
    pub content: Option<String>,
}

/// Records of a collection, or of all, in the order they came.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown collection.
pub fn records(app: &App, only: Option<&str>) -> Result<Vec<RecordView>, AppError> {
    app.store().read("explain.records", |tx| {
        let force = in_force(app, tx)?;
        let collections = match only {
            Some(text) => vec![collection::find(tx, text)?],
            None => comity_store::tables::collection::list(tx)?,
        };
        let mut views = Vec::new();
        let mut look = Look::new(app, tx)?;
        for one in collections {
            for stored in record::list(tx, &one.id, 0, i64::MAX)? {
                if look.sees(stored.peek()) {
                    views.push(record_view(&force, stored, &one.alias, None)?);
                }
            }
        }
        Ok(views)
    })
}

/// Every version of a record here, newest first, with the bytes.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn show(app: &App, text: &str) -> Result<Vec<RecordView>, AppError> {
    app.store().read("explain.show", |tx| {
        let force = in_force(app, tx)?;
        let mut views = Vec::new();
        let mut look = Look::new(app, tx)?;
        for stored in subject::all(app, tx, text)? {
            let content = look.content(tx, stored.peek())?;
            let id = stored.peek().key.collection.clone();
            let alias = comity_store::tables::collection::find(tx, &id)?.map(|one| one.alias).unwrap_or(id);
            views.push(record_view(&force, stored, &alias, content)?);
        }
        Ok(views)
    })
}

pub(crate) fn record_view(
    force: &InForce,
    stored: Stored<Record>,
    alias: &str,
    content: Option<Vec<u8>>,
) -> Result<RecordView, AppError> {
    let one = stored.into_inner();
    // What waits in triage is looked at by `triage::look` alone.
    let waits = one.state == RecordState::Triage;
    let content = content.filter(|_| !waits);
    Ok(RecordView {
        version: one.key.version.clone(),
        kind: one.kind,
        name: if waits { String::new() } else { one.name },
        collection: alias.to_owned(),
        origin: force.name_of(&one.key.origin).to_owned(),
        level: one.handling.level_name().to_owned(),
        narrowed: one.handling.is_narrowed(),
        state: one.state.name().to_owned(),
        handling: one.handling.canonical()?,
        duties: duties::of(&one.handling),
        content: content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        id: one.key.id,
    })
}
