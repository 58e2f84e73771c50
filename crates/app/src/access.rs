//! What a recognised client may do in a collection, read in the transaction that it governs.

use comity_store::Tx;
use comity_store::tables::access as rows;
use comity_store::tables::collection::{self, Collection};

use crate::credential::{Scope, still_active};
use crate::force::in_force;
use crate::{App, AppError, Reader};

/// A collection as one client may use it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Readable {
    /// UUID.
    pub id: String,
    /// Title.
    pub title: String,
    /// Description; may be empty.
    pub description: String,
    /// Short name for addresses.
    pub alias: String,
    /// May read.
    pub can_read: bool,
    /// May write.
    pub can_write: bool,
}

fn readable(one: Collection, can_read: bool, can_write: bool) -> Readable {
    Readable {
        id: one.id,
        title: one.title,
        description: one.description,
        alias: one.alias,
        can_read,
        can_write,
    }
}

/// The collections on which a client has any right.
pub(crate) fn all(app: &App, tx: &mut Tx<'_>, reader: &Reader) -> Result<Vec<Readable>, AppError> {
    still_active(app, tx, reader)?;
    if reader.scope == Scope::Metrics {
        return Ok(Vec::new());
    }
    let force = in_force(app, tx)?;
    if !force.agreement.member(&reader.member).is_some_and(|member| member.active) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for permission in rows::permissions(tx, &reader.credential)? {
        if let Some(one) = collection::find(tx, &permission.collection)?
            && (permission.can_read || permission.can_write)
        {
            found.push(readable(one, permission.can_read, permission.can_write));
        }
    }
    Ok(found)
}

/// The collection of this id or alias, if the client has any right on it; absent and foreign are alike.
pub(crate) fn one(
    app: &App,
    tx: &mut Tx<'_>,
    reader: &Reader,
    id: &str,
) -> Result<Option<Readable>, AppError> {
    Ok(all(app, tx, reader)?.into_iter().find(|one| one.id == id || one.alias == id))
}

/// The collection, for reading.
pub(crate) fn to_read(app: &App, tx: &mut Tx<'_>, reader: &Reader, id: &str) -> Result<Readable, AppError> {
    match one(app, tx, reader, id)? {
        Some(found) if found.can_read => Ok(found),
        Some(_) => Err(AppError::Denied("this key may write to the collection, not read it".into())),
        None => Err(absent()),
    }
}

/// The collection, for writing.
pub(crate) fn to_write(app: &App, tx: &mut Tx<'_>, reader: &Reader, id: &str) -> Result<Readable, AppError> {
    match one(app, tx, reader, id)? {
        Some(found) if found.can_write => Ok(found),
        Some(_) => Err(AppError::Denied("this key may read the collection, not write to it".into())),
        None => Err(absent()),
    }
}

/// The one answer for a collection that is not there and for one that is not for this client (invariant 9).
pub(crate) fn absent() -> AppError {
    AppError::NotFound("there is no such collection".into())
}

/// The one answer for an object that is not there and for one that is not for this client.
pub(crate) fn no_object() -> AppError {
    AppError::NotFound("there is no such object in this collection".into())
}
