//! Pages for recognised clients: what an audience sees, released object by object, and noted as delivered.
//!
//! A page, the state that governs it, the delivery rows and the ledger leaf are one transaction.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use comity_ledger::{Hash, commitment, root_of};
use comity_model::stix::{Digest, Object, Tlp, canon};
use comity_model::{Micros, Record, Stored};
use comity_policy::{Decision, Releasable, Released, StateFlags, release};
use comity_store::Tx;
use comity_store::tables::delivery::{self, Departure};
use comity_store::tables::page::{self, Filter, Seen, Versions as StoreVersions};
use comity_store::tables::release::{Audience, audience};

pub use crate::access::Readable;
use crate::force::{InForce, in_force};
use crate::{App, AppError, Reader, access, journal, settle, token, variant};

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
/// [`AppError::Invalid`] for a token that was not made for this question.
pub fn page(app: &App, reader: &Reader, collection: &str, query: &Query) -> Result<Page, AppError> {
    app.store().write("serve.page", |tx| {
        let found = access::to_read(app, tx, reader, collection)?;
        let force = in_force(app, tx)?;
        settle::dates(app, tx, &force)?;
        let asked = Asked::new(app, reader, &found.id, query)?;
        let mut desk = Desk::new(app, tx, reader)?;
        let (mut seen, mut next) = asked.seen(&desk, tx)?;
        let mut contents = asked.contents(app, tx, &mut seen, &mut next)?;
        let first_added = seen.first().map(|one| one.added_at);
        let last_added = seen.last().map(|one| one.added_at);
        let mut objects = Vec::with_capacity(seen.len());
        for one in seen {
            if let Some(bytes) = contents.remove(&one.record.peek().seq) {
                objects.extend(desk.let_out(tx, one, bytes)?);
            }
        }
        note(app, tx, &force, &found.id, &desk.audience, &objects)?;
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
    app.store().read("serve.manifest", |tx| {
        let found = access::to_read(app, tx, reader, collection)?;
        let asked = Asked::new(app, reader, &found.id, query)?;
        let (seen, next) = asked.seen(&Desk::new(app, tx, reader)?, tx)?;
        let first_added = seen.first().map(|one| one.added_at);
        let last_added = seen.last().map(|one| one.added_at);
        let entries = seen
            .into_iter()
            .map(|one| {
                let record = one.record.peek();
                ManifestEntry {
                    id: record.key.id.clone(),
                    date_added: one.added_at,
                    version: record.key.version.clone(),
                    spec_version: record.spec_version.clone(),
                }
            })
            .collect();
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
    app.store().read("serve.object", |tx| {
        let found = access::to_read(app, tx, reader, collection)?;
        if sees(app, tx, reader, &found.id, id)? { Ok(()) } else { Err(access::no_object()) }
    })
}

/// Whether a client sees any version of an object.
pub(crate) fn sees(
    app: &App,
    tx: &mut Tx<'_>,
    reader: &Reader,
    collection: &str,
    id: &str,
) -> Result<bool, AppError> {
    let ids = vec![id.to_owned()];
    let query = Query { ids, limit: Some(1), versions: Versions::All, ..Query::default() };
    let desk = Desk::new(app, tx, reader)?;
    let (seen, _) = Asked::new(app, reader, collection, &query)?.seen(&desk, tx)?;
    Ok(!seen.is_empty())
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

/// A question, made ready for the store.
struct Asked {
    filter: Filter,
    question: String,
    limit: usize,
}

impl Asked {
    fn new(app: &App, reader: &Reader, collection: &str, query: &Query) -> Result<Self, AppError> {
        let limits = app.limits();
        let limit = query.limit.unwrap_or(limits.page_default).clamp(1, limits.network.page_objects);
        let question = format!(
            "{}|{collection}|{:?}|{:?}|{:?}|{:?}",
            reader.audience, query.ids, query.types, query.versions, query.spec_versions
        );
        let mut after_us = query.added_after.map_or(i64::MIN / 4, |at| at.0);
        if let Some(next) = &query.next {
            let position = token::position(&app.keys()?.secret, &question, next)?.ok_or_else(|| {
                AppError::invalid("next", "this token was not made for this question: start without it")
            })?;
            after_us = after_us.max(position);
        }
        let versions = match &query.versions {
            Versions::Last => StoreVersions { last: true, ..StoreVersions::default() },
            Versions::All => StoreVersions { all: true, ..StoreVersions::default() },
            Versions::Some { last, first, at } => StoreVersions {
                last: *last,
                first: *first,
                all: false,
                at_us: at.iter().map(|at| at.0).collect(),
            },
        };
        let filter = Filter {
            collection: collection.to_owned(),
            audience: reader.audience,
            after_us,
            limit: i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
            ids: query.ids.clone(),
            kinds: query.types.clone(),
            specs: query.spec_versions.clone(),
            versions,
        };
        Ok(Self { filter, question, limit })
    }

    /// What the audience sees of it: what would be withheld whole takes no place on the page and leaves no trace.
    fn seen(&self, desk: &Desk<'_>, tx: &mut Tx<'_>) -> Result<(Vec<Seen>, Option<String>), AppError> {
        let mut filter = self.filter.clone();
        let mut seen: Vec<Seen> = Vec::new();
        loop {
            let found = page::seen(tx, &filter)?;
            let ends = i64::try_from(found.len()).is_ok_and(|count| count < filter.limit);
            filter.after_us = found.last().map_or(filter.after_us, |last| last.added_at.0);
            for one in found {
                let record = one.record.peek();
                if !variant::is_withheld(desk.app, tx, record, &desk.denied(record))? {
                    seen.push(one);
                }
            }
            if ends || seen.len() > self.limit {
                break;
            }
        }
        let more = seen.len() > self.limit;
        seen.truncate(self.limit);
        let next = match seen.last().filter(|_| more) {
            Some(last) => Some(self.token(desk.app, last)?),
            None => None,
        };
        Ok((seen, next))
    }

    fn token(&self, app: &App, last: &Seen) -> Result<String, AppError> {
        token::next(&app.keys()?.secret, &self.question, last.added_at.0)
    }

    /// Cuts the page where its objects would pass the limit on bytes, then reads the objects that are left.
    fn contents(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        seen: &mut Vec<Seen>,
        next: &mut Option<String>,
    ) -> Result<HashMap<i64, Vec<u8>>, AppError> {
        let seqs: Vec<i64> = seen.iter().map(|one| one.record.peek().seq).collect();
        let sizes = page::sizes(tx, &self.filter.collection, &seqs)?;
        let mut total = 0;
        let fitting = seqs
            .iter()
            .take_while(|seq| {
                total += sizes.get(seq).copied().unwrap_or(0);
                total <= app.limits().page_bytes
            })
            .count()
            .max(1);
        if fitting < seen.len() {
            seen.truncate(fitting);
            if let Some(last) = seen.last() {
                *next = Some(self.token(app, last)?);
            }
        }
        let kept = seqs.get(..fitting.min(seqs.len())).unwrap_or_default();
        Ok(page::contents(tx, &self.filter.collection, kept)?)
    }
}

/// Lets records out: decides once for each distinct handling and state, without a cache, then releases.
struct Desk<'a> {
    app: &'a App,
    force: Arc<InForce>,
    audience: Audience,
    /// The instant that governed what is visible; the clock itself may stand before it.
    now: Micros,
    decisions: HashMap<(Digest, StateFlags), Decision>,
}

impl<'a> Desk<'a> {
    fn new(app: &'a App, tx: &mut Tx<'_>, reader: &Reader) -> Result<Self, AppError> {
        Ok(Self {
            app,
            force: in_force(app, tx)?,
            audience: own_audience(tx, reader)?,
            now: settle::instant(app, tx)?,
            decisions: HashMap::new(),
        })
    }

    /// The levels of a record's parts that the audience may not have.
    fn denied(&self, record: &Record) -> BTreeSet<Option<Tlp>> {
        if record.parts.is_empty() {
            return BTreeSet::new();
        }
        self.force.denied(self.app, &self.audience, &record.handling, &record.parts, record.state, self.now)
    }

    fn let_out(
        &mut self,
        tx: &mut Tx<'_>,
        seen: Seen,
        bytes: Vec<u8>,
    ) -> Result<Option<Released<Outgoing>>, AppError> {
        let added_at = seen.added_at;
        let record = seen.record.into_inner();
        let now = self.now;
        let state = StateFlags::of(record.state, &record.handling, now);
        let (app, force, audience) = (self.app, &self.force, &self.audience);
        let decision = self
            .decisions
            .entry((record.handling_id.0, state))
            .or_insert_with(|| force.decide(app, audience, &record.handling, state))
            .clone();
        let held = record.held;
        let mut outgoing = Outgoing { record, bytes, served: held, added_at };
        let denied = self.denied(&outgoing.record);
        if !denied.is_empty() && !self.redact(tx, &mut outgoing, &denied)? {
            return Ok(None);
        }
        let id = outgoing.record.key.id.clone();
        match release(Stored::new(outgoing), decision) {
            Ok(released) => Ok(Some(released)),
            Err(denied) => {
                // The interval said visible and the decision says no: the record stays, and somebody must look.
                self.app.alarms().door_denials.fetch_add(1, Ordering::Relaxed);
                tracing::error!(record = id, "a visible record was denied at the door: {denied}");
                Ok(None)
            }
        }
    }

    /// Puts the redacted variant in place of the bytes, made once and kept; false when nothing valid is left.
    fn redact(
        &self,
        tx: &mut Tx<'_>,
        outgoing: &mut Outgoing,
        denied: &BTreeSet<Option<Tlp>>,
    ) -> Result<bool, AppError> {
        let made = variant::keep(self.app, tx, &outgoing.record, &outgoing.bytes, denied)?;
        let Some(bytes) = made else { return Ok(false) };
        let object = Object::parse(&bytes, &self.app.limits().stix)
            .map_err(|error| AppError::Internal(format!("redacted variant: {error}")))?;
        outgoing.served = canon::digest_of(object.value())
            .map_err(|error| AppError::Internal(format!("redacted variant: {error}")))?;
        outgoing.bytes = bytes;
        Ok(true)
    }
}

/// Writes the delivery rows of a page, and one leaf with the root over the commitments of first deliveries.
fn note(
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
