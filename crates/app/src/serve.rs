//! Pages for recognised clients: what an audience sees, released object by object, and noted as delivered.
//!
//! A page, the state that governs it, the delivery rows and the ledger leaf are one transaction.

mod asked;
mod desk;
mod drafts;
mod search;

use std::sync::Arc;

use comity_ledger::{Hash, commitment, root_of};
use comity_model::stix::Digest;
use comity_model::{Handling, Micros, Record, Stored};
use comity_policy::{Decision, Releasable, Released, release};
use comity_store::Tx;
use comity_store::tables::delivery::{self, Departure};
use comity_store::tables::record as rows;
use comity_store::tables::release::{Audience, audience};

pub use crate::access::Readable;
use crate::force::{InForce, in_force};
use crate::{App, AppError, Reader, access, catchup, cosign, duties, journal, settle};
use asked::Asked;
use desk::Desk;
pub use drafts::{Drafts, drafts};
pub use search::{FoundEntry, FoundPage, search};

/// Which versions are asked for (TAXII 2.1 §3.4).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Versions {
    /// The newest visible one.
    #[default]
    Last,
    /// Every visible one.
    All,
    /// Any of these.
    Some {
        /// The newest visible one.
        last: bool,
        /// The oldest visible one.
        first: bool,
        /// Those of these instants.
        at: Vec<Micros>,
    },
}

/// What a client asks of a collection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// Only what was added after this instant.
    pub added_after: Option<Micros>,
    /// At most so many objects.
    pub limit: Option<usize>,
    /// Continue here: the token of the page before.
    pub next: Option<String>,
    /// Only these STIX ids.
    pub ids: Vec<String>,
    /// Only these STIX types.
    pub types: Vec<String>,
    /// Which versions.
    pub versions: Versions,
    /// Only these values of `spec_version`.
    pub spec_versions: Vec<String>,
}

/// One object on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    record: Record,
    bytes: Vec<u8>,
    served: Digest,
    added_at: Micros,
}

impl Outgoing {
    /// The object, as it came or redacted.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Added-time as this client sees it.
    pub fn added_at(&self) -> Micros {
        self.added_at
    }

    /// STIX id.
    pub fn id(&self) -> &str {
        &self.record.key.id
    }

    /// Version as written.
    pub fn version(&self) -> &str {
        &self.record.key.version
    }

    /// What binds whoever reads it, a sentence each. All of it stands in the envelope too.
    pub fn duties(&self) -> Vec<String> {
        duties::of(&self.record.handling)
    }

    /// The record, under the handling under which it leaves.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// The entry of `x_comity_envelopes` for this object: digest of what is served, and the signed envelope.
    pub fn envelope_json(&self) -> String {
        format!(r#"{{"served":"{}","signed":{}}}"#, self.served, self.record.envelope)
    }
}

impl Releasable for Outgoing {
    fn handling_id(&self) -> comity_model::HandlingId {
        self.record.handling_id
    }

    fn state(&self) -> Option<comity_model::RecordState> {
        Some(self.record.state)
    }
}

/// One page of objects.
#[derive(Debug)]
pub struct Page {
    /// The objects, in the order of their added-times.
    pub objects: Vec<Released<Outgoing>>,
    /// Token of the next page; none when this is the last one.
    pub next: Option<String>,
    /// Added-time of the first object.
    pub first_added: Option<Micros>,
    /// Added-time of the last object.
    pub last_added: Option<Micros>,
}

impl Page {
    /// The page as an envelope resource (TAXII 2.1 §3.7): stored bytes are joined and nothing is parsed. What would be
    /// empty is left out, so an empty page is `{}`. With `envelopes`, one entry an object stands beside the objects.
    #[must_use]
    pub fn to_json(&self, envelopes: bool) -> Vec<u8> {
        let length: usize = self.objects.iter().map(|object| object.get().bytes().len() + 1).sum();
        let mut bytes = Vec::with_capacity(length + 128);
        bytes.push(b'{');
        match &self.next {
            Some(next) => {
                bytes.extend_from_slice(b"\"more\":true,\"next\":");
                bytes.extend_from_slice(serde_json::Value::from(next.as_str()).to_string().as_bytes());
            }
            None if self.objects.is_empty() => {}
            None => bytes.extend_from_slice(b"\"more\":false"),
        }
        if !self.objects.is_empty() {
            bytes.extend_from_slice(b",\"objects\":[");
            join(&mut bytes, self.objects.iter().map(|object| object.get().bytes()));
            bytes.push(b']');
            if envelopes {
                bytes.extend_from_slice(b",\"x_comity_envelopes\":[");
                join(&mut bytes, self.objects.iter().map(|object| object.get().envelope_json()));
                bytes.push(b']');
            }
        }
        bytes.push(b'}');
        bytes
    }
}

fn join(bytes: &mut Vec<u8>, parts: impl Iterator<Item = impl AsRef<[u8]>>) {
    for (index, part) in parts.enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(part.as_ref());
    }
}

/// One line of a manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ManifestEntry {
    /// STIX id.
    pub id: String,
    /// Added-time as this client sees it.
    pub date_added: Micros,
    /// Version as written.
    pub version: String,
    /// STIX `spec_version`.
    pub spec_version: String,
}

impl ManifestEntry {
    fn of(released: &Released<Record>, date_added: Micros) -> Self {
        let record = released.get();
        Self {
            id: record.key.id.clone(),
            date_added,
            version: record.key.version.clone(),
            spec_version: record.spec_version.clone(),
        }
    }
}

/// A page without the objects themselves: of a manifest, or of versions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// The lines.
    pub entries: Vec<ManifestEntry>,
    /// Token of the next page.
    pub next: Option<String>,
    /// Added-time of the first line.
    pub first_added: Option<Micros>,
    /// Added-time of the last line.
    pub last_added: Option<Micros>,
}

/// The collections on which a client has any right.
///
/// # Errors
/// Those of the store.
pub fn collections(app: &App, reader: &Reader) -> Result<Vec<Readable>, AppError> {
    app.store().read("serve.collections", |tx| access::all(app, tx, reader))
}

/// The collection of this id or alias; none when it is absent or not for this client.
///
/// # Errors
/// Those of the store.
pub fn collection(app: &App, reader: &Reader, id: &str) -> Result<Option<Readable>, AppError> {
    app.store().read("serve.collection", |tx| access::one(app, tx, reader, id))
}

/// One page of objects; every object on it is released, delivered and noted.
///
/// # Errors
/// [`AppError::NotFound`] for an absent or foreign collection; [`AppError::Denied`] when the key may only write;
/// [`AppError::Invalid`] for a token that was not made for this question; [`AppError::Busy`] when the caller gave up
/// meanwhile: then nothing counts as delivered.
pub fn page(app: &App, reader: &Reader, collection: &str, query: &Query) -> Result<Page, AppError> {
    app.store().write("serve.page", |tx| {
        catchup::require(tx)?;
        let found = access::to_read(app, tx, reader, collection)?;
        let force = in_force(app, tx)?;
        cosign::require_same(app, tx, &force, &reader.member)?;
        settle::dates(app, tx, &force)?;
        let asked = Asked::new(app, reader, &found.id, query)?;
        let mut desk = Desk::new(app, tx, reader, true)?;
        let (mut seen, mut next) = asked.seen(&mut desk, tx)?;
        let mut contents = asked.contents(&desk, tx, &mut seen, &mut next)?;
        let first_added = seen.first().map(|one| one.added_at);
        let last_added = seen.last().map(|one| one.added_at);
        let mut objects = Vec::with_capacity(seen.len());
        for one in seen {
            if let Some(content) = contents.remove(&one.record.peek().seq) {
                let one = one.with_envelope(content.envelope);
                objects.extend(desk.let_out(tx, one, content.bytes)?);
            }
        }
        note(app, tx, &force, &found.id, desk.audience(), &objects)?;
        desk.note_withheld(tx)?;
        app.require_awaited()?;
        Ok(Page { objects, next, first_added, last_added })
    })
}

/// One page of a single object's visible versions.
///
/// # Errors
/// As for [`page`]; [`AppError::NotFound`] when nothing of it is visible.
pub fn object(
    app: &App,
    reader: &Reader,
    collection: &str,
    id: &str,
    query: &Query,
) -> Result<Page, AppError> {
    let query = Query { ids: vec![id.to_owned()], types: Vec::new(), ..query.clone() };
    require_object(app, reader, collection, id)?;
    page(app, reader, collection, &query)
}

/// One page of the manifest.
///
/// # Errors
/// As for [`page`].
pub fn manifest(app: &App, reader: &Reader, collection: &str, query: &Query) -> Result<Listing, AppError> {
    settle_if_due(app)?;
    look(app, reader, "serve.manifest", |tx, desk| {
        let found = access::to_read(app, tx, reader, collection)?;
        let (seen, next) = Asked::new(app, reader, &found.id, query)?.seen(desk, tx)?;
        let first_added = seen.first().map(|one| one.added_at);
        let last_added = seen.last().map(|one| one.added_at);
        let entries = seen.into_iter().filter_map(|one| desk.list(one)).collect();
        Ok(Listing { entries, next, first_added, last_added })
    })
}

/// One page of the versions of an object.
///
/// # Errors
/// As for [`page`]; [`AppError::NotFound`] when nothing of it is visible.
pub fn versions(
    app: &App,
    reader: &Reader,
    collection: &str,
    id: &str,
    query: &Query,
) -> Result<Listing, AppError> {
    let query =
        Query { ids: vec![id.to_owned()], types: Vec::new(), versions: Versions::All, ..query.clone() };
    require_object(app, reader, collection, id)?;
    manifest(app, reader, collection, &query)
}

fn require_object(app: &App, reader: &Reader, collection: &str, id: &str) -> Result<(), AppError> {
    settle_if_due(app)?;
    let is_seen = look(app, reader, "serve.object", |tx, desk| {
        let found = access::to_read(app, tx, reader, collection)?;
        any(app, tx, desk, reader, (&found.id, id))
    })?;
    if is_seen { Ok(()) } else { Err(access::no_object()) }
}

/// Whether a client sees any version of an object. To be called where the transaction may write.
pub(crate) fn sees(
    app: &App,
    tx: &mut Tx<'_>,
    reader: &Reader,
    collection: &str,
    id: &str,
) -> Result<bool, AppError> {
    let mut desk = Desk::new(app, tx, reader, true)?;
    any(app, tx, &mut desk, reader, (collection, id))
}

fn any(
    app: &App,
    tx: &mut Tx<'_>,
    desk: &mut Desk<'_>,
    reader: &Reader,
    (collection, id): (&str, &str),
) -> Result<bool, AppError> {
    let ids = vec![id.to_owned()];
    let query = Query { ids, limit: Some(1), versions: Versions::All, ..Query::default() };
    let (seen, _) = Asked::new(app, reader, collection, &query)?.seen(desk, tx)?;
    Ok(!seen.is_empty())
}

/// Looks without handing objects over: in a reading transaction, and once more in a writing one where a redaction
/// was needed that nobody had made yet. That one keeps it.
fn look<T>(
    app: &App,
    reader: &Reader,
    name: &'static str,
    run: impl Fn(&mut Tx<'_>, &mut Desk<'_>) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let (found, lacks) = app.store().read(name, |tx| {
        catchup::require(tx)?;
        let mut desk = Desk::new(app, tx, reader, false)?;
        let found = run(tx, &mut desk)?;
        Ok::<_, AppError>((found, desk.lacks()))
    })?;
    if !lacks {
        return Ok(found);
    }
    app.store().write(name, |tx| {
        let mut desk = Desk::new(app, tx, reader, true)?;
        run(tx, &mut desk)
    })
}

/// Acts upon dates that passed, in a transaction of its own, so that a reading one sees the result.
pub(crate) fn settle_if_due(app: &App) -> Result<(), AppError> {
    if app.store().read("serve.due", |tx| settle::is_due(app, tx))? {
        app.store().write("serve.settle", |tx| {
            let force = in_force(app, tx)?;
            settle::dates(app, tx, &force)
        })?;
    }
    Ok(())
}

pub(crate) fn own_audience(tx: &mut Tx<'_>, reader: &Reader) -> Result<Audience, AppError> {
    audience(tx, reader.audience)?
        .ok_or_else(|| AppError::Internal(format!("audience {} is missing", reader.audience)))
}

/// A record with its bytes on its way out under another handling than it stands under here, by a decision about that one.
pub(crate) fn under(
    tx: &mut Tx<'_>,
    found: &Record,
    handling: Handling,
    decision: Decision,
) -> Result<Released<Outgoing>, AppError> {
    let bytes = rows::content(tx, &found.key, &[])?
        .ok_or_else(|| AppError::Conflict(format!("the content of {} is gone", found.key.id)))?;
    let mut record = found.clone();
    record.handling_id = handling.id()?;
    record.handling = Arc::new(handling);
    let outgoing = Outgoing { bytes, served: record.held, added_at: record.added_at, record };
    release(Stored::new(outgoing), decision).map_err(|denied| AppError::Conflict(denied.to_string()))
}

/// Writes the delivery rows of a page, and one leaf with the root over the commitments of first deliveries.
pub(crate) fn note(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    collection: &str,
    audience: &Audience,
    objects: &[Released<Outgoing>],
) -> Result<(), AppError> {
    if objects.is_empty() {
        return Ok(());
    }
    let departures: Vec<Departure> = objects
        .iter()
        .map(|released| {
            let one = released.get();
            Departure {
                seq: one.record.seq,
                served: one.served,
                handling: one.record.handling_id,
                salt: app.random_bytes(),
            }
        })
        .collect();
    let first = delivery::first_time(tx, collection, audience.number, &departures)?;
    let mut leaf = -1;
    if !first.is_empty() {
        let commitments: Vec<Hash> =
            first.iter().map(|departure| commitment(&departure.salt, &departure.served.0)).collect();
        let entry = journal::leaf(app, "records.delivered", "node")
            .member(audience.member.as_str())
            .object(root_of(&commitments))
            .policy(&force.set.hash().to_string())
            .count(commitments.len() as u64)
            .detail("epoch", &force.number.to_string());
        leaf = journal::append(app, tx, vec![entry])?;
    }
    let page = delivery::Page {
        collection: collection.to_owned(),
        audience: audience.number,
        policy: force.set.hash(),
        epoch: force.number,
        leaf,
        at_us: app.now().0,
    };
    delivery::write(tx, &page, &departures)?;
    Ok(())
}
