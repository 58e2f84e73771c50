//! Looking at a change before it is made: what would differ, and what each member would see of the new version.

use comity_model::kind::Fault;

use super::{Edit, Edited, Prepared, prepare};
use crate::compose::{Author, refused};
use crate::explain::{self, Sight};
use crate::preview::{self, Got, Subject};
use crate::{Actor, App, AppError};

/// A change that would be made, and who would see the new version.
#[derive(Clone, PartialEq, Debug)]
pub struct Looked {
    /// What would differ.
    pub edited: Edited,
    /// What each other member would see once it is published.
    pub sights: Vec<Sight>,
    /// The word of its kind.
    pub kind: String,
}

/// What a change would do, and who would see it; nothing is stored. The error inside is the list of faults.
///
/// # Errors
/// As for [`super::run`].
pub fn look(app: &App, actor: &Actor, edit: &Edit) -> Result<Result<Looked, Vec<Fault>>, AppError> {
    actor.may_read()?;
    let prepared = match prepare(app, Author::Person(actor), None, edit)? {
        Ok(prepared) => prepared,
        Err(faults) => return Ok(Err(faults)),
    };
    let Prepared { edited, made, told, collections, .. } = prepared;
    let into = collections.first().map(String::as_str).unwrap_or_default();
    match explain::preview(app, &made.stated.input(into, true), &told) {
        Ok(sights) => Ok(Ok(Looked { edited, sights, kind: made.kind })),
        Err(AppError::Invalid(why)) => Ok(Err(why.into_iter().map(|one| refused(one.reason)).collect())),
        Err(error) => Err(error),
    }
}

/// What one member would get of the new version; nothing is stored. The error inside is the list of faults.
///
/// # Errors
/// As for [`super::run`]; [`AppError::NotFound`] for an unknown member.
pub fn got(
    app: &App,
    actor: &Actor,
    edit: &Edit,
    member: &str,
) -> Result<Result<Vec<Got>, Vec<Fault>>, AppError> {
    actor.may_read()?;
    let prepared = match prepare(app, Author::Person(actor), None, edit)? {
        Ok(prepared) => prepared,
        Err(faults) => return Ok(Err(faults)),
    };
    let Prepared { made, told, collections, .. } = prepared;
    let into = collections.first().map(String::as_str).unwrap_or_default();
    preview::got(app, Subject::Document(&made.stated.input(into, true), &told), member).map(Ok)
}
