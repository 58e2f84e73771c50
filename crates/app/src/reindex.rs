//! Building again what is derived: references, redacted variants and the index of the search.

use comity_model::stix::Object;
use comity_store::tables::{collection, record};
use serde::Serialize;

use crate::{Actor, App, AppError, Role, candidate, journal, review, search};

/// What was built again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Reindexed {
    /// Derived rows that were dropped.
    pub dropped: u64,
    /// Records that were read again.
    pub records: u64,
}

/// Drops and rebuilds everything derived, collection by collection: each is one transaction with a ledger leaf of
/// its own. Redacted variants are made at the next page that needs them.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator.
pub fn run(app: &App, actor: &Actor) -> Result<Reindexed, AppError> {
    actor.require(&[Role::Administrator], "reindex")?;
    let mut done = Reindexed::default();
    for one in app.store().read("reindex.list", collection::list)? {
        let (dropped, records) = app.store().write("reindex.collection", |tx| {
            let dropped = record::drop_derived(tx, &one.id)?;
            let mut records = 0;
            let mut after = 0;
            loop {
                let page = record::list(tx, &one.id, after, 1_000)?;
                let Some(last) = page.last() else { break };
                after = last.peek().seq;
                for stored in page {
                    let found = stored.peek();
                    if let Some(bytes) = record::content(tx, &found.key, &[])?
                        && let Ok(object) = Object::parse(&bytes, &app.limits().stix)
                    {
                        record::keep_references(tx, &one.id, found.seq, &candidate::references(&object))?;
                    }
                    records += 1;
                }
            }
            search::rebuild(app, tx, &one.id)?;
            review::fill(tx, &one.id)?;
            let leaf = journal::leaf(app, "derived.rebuilt", &actor.name).detail("collection", &one.id);
            journal::append(app, tx, vec![leaf])?;
            Ok::<_, AppError>((dropped, records))
        })?;
        done.dropped += dropped;
        done.records += records;
    }
    app.store().write("reindex.search", search::is_whole)?;
    Ok(done)
}
