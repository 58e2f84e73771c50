//! The same questions about a document that is not imported yet: its objects, as they would stand.

use std::borrow::Cow;

use comity_model::stix::Registry;
use comity_model::{MemberId, RecordKey, RecordState};
use comity_store::Tx;

use super::{Sight, Thing, all_of};
use crate::admit::{Candidate, Statement};
use crate::dangling::{self, Namer, Sibling, Siblings};
use crate::force::{InForce, in_force};
use crate::import::{self, Input, definitions, open, resolve};
use crate::variant::Meanings;
use crate::{App, AppError, collection};

/// What each member would see of the objects of a document, if it were imported so.
///
/// # Errors
/// [`AppError::Invalid`] when the document or one of its objects cannot be read; [`AppError::NotFound`] for an
/// unknown collection.
pub fn preview(app: &App, input: &Input<'_>, bytes: &[u8]) -> Result<Vec<Sight>, AppError> {
    let sights = with_document(app, input, bytes, |tx, force, thing| all_of(app, tx, force, thing))?;
    Ok(sights.into_iter().flatten().collect())
}

/// Puts each object of a document, as it would be imported, before a question.
pub(crate) fn with_document<T>(
    app: &App,
    input: &Input<'_>,
    bytes: &[u8],
    ask: impl Fn(&mut Tx<'_>, &InForce, &Thing<'_>) -> Result<T, AppError>,
) -> Result<Vec<T>, AppError> {
    let converted = import::from_misp(app, input.name, bytes)?;
    let bytes = converted.as_ref().map_or(Cow::Borrowed(bytes), |made| Cow::Owned(made.document()));
    let closed = converted.map(|made| made.closed).unwrap_or_default();
    let document = open(app, input.name, &bytes)?;
    let meanings = definitions(&document);
    let force = app.store().read("explain.force", |tx| in_force(app, tx))?;
    let mut stated = Vec::new();
    for item in &document.items {
        let object = item.object.as_ref().map_err(|error| {
            AppError::invalid(format!("{} object {}", input.name, item.index), error.to_string())
        })?;
        let read = Candidate::read(app, object, &Registry::standard(), &|id| resolve(app, &meanings, id));
        let read = read
            .map_err(|reason| AppError::invalid(format!("{} object {}", input.name, item.index), reason))?;
        let candidate = Candidate { closed: closed.contains(&read.id), ..read };
        let statement = import::state(app, &force, app.member(), input, &candidate)
            .map_err(|reason| AppError::invalid(candidate.id.clone(), reason))?;
        stated.push((candidate, statement));
    }
    let all = Stated { meanings: &meanings, all: &stated, of: (0, usize::MAX) };
    with_stated(app, input.collection, &all, ask)
}

/// The objects of a document with what is stated about each.
pub(crate) struct Stated<'a> {
    /// What the marking definitions mean that come with them.
    pub(crate) meanings: &'a Meanings,
    /// All of them: each sees of the others what comes with it.
    pub(crate) all: &'a [(Candidate, Statement)],
    /// Which of them are asked about: so many from this one on.
    pub(crate) of: (usize, usize),
}

/// Puts objects, as they would stand in a collection, before a question.
pub(crate) fn with_stated<T>(
    app: &App,
    collection: &str,
    stated: &Stated<'_>,
    ask: impl Fn(&mut Tx<'_>, &InForce, &Thing<'_>) -> Result<T, AppError>,
) -> Result<Vec<T>, AppError> {
    app.store().read("explain.preview", |tx| {
        let force = in_force(app, tx)?;
        let into = collection::find(tx, collection)?;
        let mut beside = Siblings::new();
        for (candidate, statement) in stated.all {
            let sibling = sibling(&into.id, candidate, statement);
            beside.entry(candidate.id.clone()).or_default().push(sibling);
        }
        let (from, most) = stated.of;
        let mut answers = Vec::new();
        for (candidate, statement) in stated.all.iter().skip(from).take(most) {
            let thing = Thing {
                id: &candidate.id,
                version: &candidate.version,
                name: &candidate.name,
                collection: &into.id,
                handling: &statement.handling,
                parts: &candidate.markings.parts,
                state: RecordState::Live,
                bytes: &candidate.bytes,
                is_draft: false,
                meanings: stated.meanings,
                namer: Namer { origin: &statement.handling.originator, leaf: i64::MAX },
                names: &dangling::names_of(&candidate.references),
                beside: &beside,
            };
            answers.push(ask(tx, &force, &thing)?);
        }
        Ok(answers)
    })
}

/// What others in its document see of an object that is not imported yet.
fn sibling(collection: &str, candidate: &Candidate, statement: &Statement) -> Sibling {
    let origin: &MemberId = &statement.handling.originator;
    Sibling {
        key: RecordKey {
            collection: collection.to_owned(),
            origin: origin.clone(),
            id: candidate.id.clone(),
            version: candidate.version.clone(),
            digest: candidate.digest,
        },
        handling: statement.handling.clone(),
        parts: candidate.markings.parts.clone(),
        names: dangling::names_of(&candidate.references),
        bytes: candidate.bytes.clone(),
    }
}
