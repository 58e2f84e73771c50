//! A document that comes in whole or not at all: every object is judged before one is written, and all are written in one
//! transaction.

use comity_store::Tx;

use super::{
    Input, Placed, Rejected, Summary, candidate, collection, count, definitions, open, split, write_batch,
};
use crate::admit::{Candidate, Statement};
use crate::{Actor, App, AppError};

/// Objects that are written together: whether they are kept back, their positions, and what is stated about them.
type Part = (bool, Vec<usize>, Vec<(Candidate, Statement)>);

/// A document whose objects were judged.
pub(crate) struct Judged {
    into: String,
    open: Vec<Placed>,
    held: Vec<Placed>,
    rejected: Vec<Rejected>,
}

impl Judged {
    /// The first object that may not come in.
    pub(crate) fn refusal(&self) -> Option<&Rejected> {
        self.rejected.iter().min_by_key(|one| one.index)
    }
}

/// Asks of every object what an import asks, and writes nothing.
pub(crate) fn judge(app: &App, actor: &Actor, input: &Input<'_>, bytes: &[u8]) -> Result<Judged, AppError> {
    let found = app.store().read("import.collection", |tx| collection::find(tx, input.collection))?;
    let document = open(app, input.name, bytes)?;
    let definitions = definitions(&document);
    let mut summary = Summary::default();
    let mut candidates = Vec::with_capacity(document.items.len());
    for item in &document.items {
        match candidate(app, &actor.member, item, &definitions, &std::collections::BTreeSet::new()) {
            Ok(found) => candidates.push((item.index, found)),
            Err(rejected) => summary.rejected.push(rejected),
        }
    }
    let (held, open) = split(app, &actor.member, input, candidates, &mut summary)?;
    Ok(Judged { into: found.id, open, held, rejected: summary.rejected })
}

/// Writes all of it, and what `also` adds, in one transaction.
///
/// # Errors
/// [`AppError::Conflict`] naming the first object that is not taken; then nothing is written.
pub(crate) fn write(
    app: &App,
    actor: &Actor,
    input: &Input<'_>,
    judged: Judged,
    mut also: impl FnMut(&mut Tx<'_>) -> Result<(), AppError>,
) -> Result<Summary, AppError> {
    let refused =
        |one: &Rejected| AppError::Conflict(format!("{}: {}; nothing was imported", one.id, one.reason));
    if let Some(first) = judged.refusal() {
        return Err(refused(first));
    }
    let mut parts: Vec<Part> = Vec::new();
    for (hold, placed) in [(false, judged.open), (true, judged.held)] {
        let mut placed = placed.into_iter().peekable();
        while placed.peek().is_some() {
            let (indexes, items) = placed.by_ref().take(app.limits().batch_records).unzip();
            parts.push((hold, indexes, items));
        }
    }
    app.store().write("import.whole", |tx| {
        let mut summary = Summary::default();
        for (hold, indexes, items) in &parts {
            let (outcomes, waiting) = write_batch(app, tx, (actor, input), (&judged.into, *hold), items)?;
            summary.proposals.extend(waiting);
            for ((index, outcome), (candidate, _)) in indexes.iter().zip(outcomes).zip(items) {
                count(&mut summary, *index, outcome, candidate);
            }
        }
        if let Some(first) = summary.rejected.first() {
            return Err(refused(first));
        }
        also(tx)?;
        Ok(summary)
    })
}
