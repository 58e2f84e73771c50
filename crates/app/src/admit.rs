//! How a checked object becomes a record: written with its envelope, place and ledger leaf in one transaction. Import,
//! post and pull all come through here.

mod again;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use comity_ledger::{Hash, commitment, root_of};
use comity_model::stix::Digest;
use comity_model::{
    Envelope, Flag, Grading, Handling, HandlingId, Labels, MemberId, Micros, NotTaken, Quality, Record,
    RecordKey, RecordState,
};
use comity_store::Tx;
use comity_store::tables::record::{Known, NewRecord};
use comity_store::tables::{collection, handling, record, review as dates};

pub(crate) use crate::candidate::Candidate;
use crate::force::InForce;
use crate::look::Look;
use crate::versions::Added;
use crate::why::Why;
use crate::{
    App, AppError, attachment, council, dangling, ends, erase, journal, letter, quality, recall, review,
    search, settle, sight, triage, versions, vocabulary,
};

/// Why information is not processed at all (J3).
const CLEAR_CASE: &str = "its originator states itself that ill-treatment played a part in how it was obtained: such \
     information is not processed (J3)";

/// What is stated about a candidate, by whom.
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) handling: Handling,
    pub(crate) purpose: Option<String>,
    pub(crate) legal_basis: Option<String>,
    pub(crate) review_at: Option<Micros>,
    /// Until when the decision lasts on which the record rests; a review may then be later.
    pub(crate) decision_until: Option<Micros>,
    /// How its originator grades source and information.
    pub(crate) grading: Option<Grading>,
    /// The envelope as its origin signed it, its revision, and the digest of the whole object; none when this node
    /// makes the envelope.
    pub(crate) received: Option<Received>,
}

impl Statement {
    /// What is stated about an object that came without an envelope: what its markings say, and no more.
    pub(crate) fn markings_alone(handling: Handling) -> Self {
        Self {
            handling,
            purpose: None,
            legal_basis: None,
            review_at: None,
            decision_until: None,
            grading: None,
            received: None,
        }
    }
}

/// An envelope that came from elsewhere.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) text: String,
    pub(crate) revision: u32,
    pub(crate) object: Digest,
}

/// Where candidates go, and from whom.
pub(crate) struct Batch<'a> {
    pub(crate) collection: &'a str,
    pub(crate) origin: &'a MemberId,
    pub(crate) actor: &'a str,
    /// Kind of the ledger leaf.
    pub(crate) leaf: &'static str,
    /// Keep them back instead of publishing them.
    pub(crate) hold: bool,
}

/// What the owner of a key is told about what was erased here: when, why and by whom is for this node's own users.
const NOT_TAKEN: &str = "it is not taken here";

impl Batch<'_> {
    fn told(&self, why: Why) -> Admitted {
        Admitted::Refused(if self.is_by_key() { NOT_TAKEN.into() } else { why })
    }

    /// Whether the owner of a key waits for the answer, so that it may say nothing of what is not for that member.
    fn is_by_key(&self) -> bool {
        self.actor.starts_with("key:")
    }

    /// The records of a STIX id that may show in the answer: to a member by key what it knows of, to this node's own people
    /// what they see.
    pub(crate) fn known(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        force: &InForce,
        id: &str,
    ) -> Result<Vec<Record>, AppError> {
        let asks = if self.is_by_key() { self.origin } else { app.member() };
        let mut known = sight::known_to(app, tx, force, asks, id)?;
        if asks == app.member() {
            let mut look = Look::new(app, tx)?;
            known.retain(|one| look.sees(one));
        }
        Ok(known)
    }
}

/// What became of a candidate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Admitted {
    /// Written as a new record with this number.
    Accepted(i64),
    /// Written, kept back; with this number.
    Held(i64),
    /// There already, stated the same.
    Unchanged,
    /// There already; its handling was stated anew.
    Changed,
    /// Not taken, for this reason.
    Refused(Why),
}

struct Fresh {
    at: usize,
    handling: HandlingId,
}

/// The names of handlings met in one batch: most records of a batch share a few.
#[derive(Default)]
struct Names<'a>(HashMap<&'a Handling, HandlingId>);

impl<'a> Names<'a> {
    fn of(&mut self, handling: &'a Handling) -> Result<HandlingId, AppError> {
        if let Some(known) = self.0.get(handling) {
            return Ok(*known);
        }
        let name = handling.id()?;
        self.0.insert(handling, name);
        Ok(name)
    }
}

/// Writes the candidates that are new, restates those whose handling differs, and says what became of each.
pub(crate) fn admit(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    items: &[(Candidate, Statement)],
) -> Result<Vec<Admitted>, AppError> {
    let inherited = versions::inherit(tx, batch.origin, items)?;
    let items = inherited.as_deref().unwrap_or(items);
    let ids: Vec<&str> = items.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
    let mut known: HashMap<(String, String, Digest), Known> = HashMap::new();
    for one in record::known(tx, batch.collection, batch.origin, &ids)? {
        known.insert((one.id.clone(), one.version.clone(), one.digest), one);
    }
    let mut outcomes = vec![Admitted::Unchanged; items.len()];
    let mut kept_out = kept_out(app, tx, force, batch, items)?;
    let mut fresh = Vec::new();
    let mut replaced = BTreeSet::new();
    let mut met = HashSet::new();
    let mut names = Names::default();
    let mut taken = vocabulary::Taken::default();
    for (at, (candidate, statement)) in items.iter().enumerate() {
        if let Some(why) = kept_out.remove(&at) {
            if let Some(slot) = outcomes.get_mut(at) {
                *slot = batch.told(why);
            }
            continue;
        }
        let object = statement.received.as_ref().map_or(candidate.digest, |received| received.object);
        let key = (candidate.id.clone(), candidate.version.clone(), object);
        if !met.insert(key.clone()) {
            continue;
        }
        let name = names.of(&statement.handling)?;
        let outcome = match known.get(&key) {
            Some(one) => again::again(app, tx, force, batch, one, (candidate, statement, name))?,
            None if statement.handling.flags.contains(&Flag::IllTreatment) => {
                Admitted::Refused(Why::new(NotTaken::NotProcessed, CLEAR_CASE))
            }
            None => match unfit(app, tx, (force, batch), &mut taken, (at, items))? {
                Some(reason) => Admitted::Refused(reason.into()),
                None => {
                    let same = |one: &&Known| one.id == candidate.id && one.version == candidate.version;
                    let forms = known.values().filter(same);
                    match again::form(app, tx, batch, forms, (candidate, statement))? {
                        again::Form::Poorer => continue,
                        again::Form::Instead(seqs) => replaced.extend(seqs),
                        again::Form::New => {}
                    }
                    fresh.push(Fresh { at, handling: name });
                    continue;
                }
            },
        };
        if let Some(slot) = outcomes.get_mut(at) {
            *slot = outcome;
        }
    }
    for (at, outcome) in write_fresh(app, tx, force, batch, items, &fresh)? {
        if let Some(slot) = outcomes.get_mut(at) {
            *slot = outcome;
        }
    }
    for seq in replaced {
        again::replace(app, tx, batch, seq)?;
    }
    for ((candidate, statement), outcome) in items.iter().zip(&outcomes) {
        if matches!(outcome, Admitted::Accepted(_)) {
            let named = (batch.origin, candidate.id.as_str(), candidate.version.as_str());
            let added = Added::of(None, &statement.handling);
            versions::spread(app, tx, force, named, &added, batch.actor)?;
        }
    }
    recall::arrived(app, tx, force, batch, (items, &outcomes))?;
    dangling::came(app, tx, &accepted(items, &outcomes))?;
    letter::opened(app, tx, force, batch, items, &outcomes)?;
    Ok(outcomes)
}

/// Why candidates are kept out, by their place: they were erased here, or their originator recalled them.
fn kept_out(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    items: &[(Candidate, Statement)],
) -> Result<HashMap<usize, Why>, AppError> {
    let mut out = erase::kept_out(tx, batch.origin, items)?;
    out.extend(recall::kept_out(app, tx, force, batch.origin, items)?);
    Ok(out)
}

/// The ids of what was taken and is in use.
fn accepted<'a>(items: &'a [(Candidate, Statement)], outcomes: &[Admitted]) -> Vec<&'a str> {
    let taken = items.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Admitted::Accepted(_)));
    taken.map(|((candidate, _), _)| candidate.id.as_str()).collect()
}

/// Why something that stands beside records is not taken: a file of another's record, or a vocabulary.
fn unfit(
    app: &App,
    tx: &mut Tx<'_>,
    (force, batch): (&InForce, &Batch<'_>),
    taken: &mut vocabulary::Taken,
    (at, items): (usize, &[(Candidate, Statement)]),
) -> Result<Option<String>, AppError> {
    let Some(item @ (candidate, _)) = items.get(at) else { return Ok(None) };
    if let Some(reason) = council::moves::refusal(app, tx, (force, batch), item)? {
        return Ok(Some(reason));
    }
    if let Some(reason) = attachment::refusal(app, tx, force, batch, candidate)? {
        return Ok(Some(reason));
    }
    if let Some(reason) = ends::refusal(app, tx, (force, batch), at, items)? {
        return Ok(Some(reason));
    }
    taken.refusal(app, tx, batch.origin, candidate)
}

/// A record's handling, stated anew.
pub(crate) struct Restated<'a> {
    pub(crate) handling: &'a Handling,
    pub(crate) envelope: String,
    pub(crate) revision: u32,
}

/// Moves a record to the shelf of another handling, with a new added-time, and notes it in the ledger.
pub(crate) fn restate(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    record: &Record,
    next: Restated<'_>,
    actor: &str,
) -> Result<(), AppError> {
    restate_as(app, tx, force, record, next, (actor, "handling.changed"))
}

/// The same under another name in the ledger: what is stated anew need not be the handling.
pub(crate) fn restate_as(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    record: &Record,
    next: Restated<'_>,
    (actor, kind): (&str, &'static str),
) -> Result<(), AppError> {
    let mut moved = record.clone();
    moved.handling_id = next.handling.id()?;
    moved.handling = std::sync::Arc::new(next.handling.clone());
    moved.envelope = next.envelope;
    moved.revision = next.revision;
    settle::reach(app, tx, force)?;
    handling::intern(tx, moved.handling_id, next.handling)?;
    let place = (moved.key.collection.as_str(), moved.seq);
    review::follow_policy(tx, place, Some(&record.handling), next.handling)?;
    let saw = sight::seers(app, tx, force, record)?;
    shelve(app, tx, force, &mut moved)?;
    // Who may not have it any more, and took the newest versions only, is owed the one before it.
    sight::show_before(app, tx, force, &moved, &saw)?;
    let salt = record::salt(tx, &record.key.collection, record.seq)?.unwrap_or_default();
    // The ledger is open to others: it names what they may know of.
    let leaf = journal::leaf(app, kind, actor)
        .object(commitment(&salt, &record.key.digest.0))
        .detail("handling", &next.handling.outward().id()?.to_string());
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// Gives a record the next place on the shelf of its handling and the next added-time of its collection.
pub(crate) fn shelve(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    record: &mut Record,
) -> Result<(), AppError> {
    record.added_at = Micros(collection::take_instants(tx, &record.key.collection, app.now().0, 1)?);
    move_to_shelf(app, tx, force, record)
}

/// The same with the added-time that the record has.
pub(crate) fn move_to_shelf(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    record: &Record,
) -> Result<(), AppError> {
    let collection = &record.key.collection;
    let (ord, is_new) = handling::take_places(tx, collection, record.handling_id, 1)?;
    if is_new {
        settle::new_shelf(app, tx, force, collection, record.handling_id)?;
    }
    record::place(tx, record, ord)?;
    dangling::came(app, tx, &[&record.key.id])
}

/// Makes and signs the envelope of a record that this node states itself.
pub(crate) fn sign(
    app: &App,
    tx: &mut Tx<'_>,
    batch: &Batch<'_>,
    key: &RecordKey,
    statement: &Statement,
    revision: u32,
) -> Result<String, AppError> {
    let seq = collection::take_numbers(tx, batch.collection, 1)?;
    let labels = quality::labels(app, tx, key, statement.grading.as_ref())?;
    sign_as(app, batch.origin, key, statement, labels, (seq, revision))
}

fn sign_as(
    app: &App,
    origin: &MemberId,
    key: &RecordKey,
    statement: &Statement,
    labels: Labels,
    (seq, revision): (i64, u32),
) -> Result<String, AppError> {
    let envelope = Envelope {
        v: 1,
        object: key.digest,
        id: key.id.clone(),
        origin: origin.clone(),
        seq: seq.unsigned_abs(),
        revision,
        handling: statement.handling.outward(),
        grading: statement.grading.clone(),
        purpose: statement.purpose.clone(),
        legal_basis: statement.legal_basis.clone(),
        review_at: statement.review_at,
        labels,
    };
    Ok(envelope.sign(app.member().clone(), &app.keys()?.member)?.to_json()?)
}

fn write_fresh(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    items: &[(Candidate, Statement)],
    fresh: &[Fresh],
) -> Result<Vec<(usize, Admitted)>, AppError> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let count = i64::try_from(fresh.len()).map_err(|error| AppError::Internal(error.to_string()))?;
    settle::reach(app, tx, force)?;
    let first_seq = collection::take_numbers(tx, batch.collection, count)?;
    let first_us = if batch.hold {
        app.now().0
    } else {
        collection::take_instants(tx, batch.collection, app.now().0, count)?
    };
    let mut places = places(app, tx, force, batch, items, fresh)?;
    let mut rows = Vec::with_capacity(fresh.len());
    let mut commitments: Vec<Hash> = Vec::with_capacity(fresh.len());
    for (n, one) in (0_i64..).zip(fresh) {
        let Some((candidate, statement)) = items.get(one.at) else { continue };
        let ord = places.get_mut(&one.handling).map_or(-1, |next| {
            let ord = *next;
            *next += 1;
            ord
        });
        let salt: [u8; 32] = app.random_bytes();
        let added = if batch.hold { first_us } else { first_us + n };
        let row =
            new_record(app, batch, candidate, statement, (first_seq + n, added, ord), (one.handling, salt))?;
        commitments.push(commitment(&salt, &row.record.key.digest.0));
        rows.push(row);
    }
    let leaf = journal::leaf(app, if batch.hold { "records.held" } else { batch.leaf }, batch.actor)
        .member(batch.origin.as_str())
        .object(root_of(&commitments))
        .count(commitments.len() as u64)
        .detail("collection", batch.collection);
    let leaf = journal::append(app, tx, vec![leaf])?;
    for row in &mut rows {
        row.record.leaf = leaf;
    }
    record::insert(tx, &rows)?;
    let entry = |(one, row): (&Fresh, &NewRecord)| Some((row.record.seq, items.get(one.at)?.0.entry(app)));
    let entries: Vec<_> = fresh.iter().zip(&rows).filter_map(entry).collect();
    search::index(tx, batch.collection, &entries)?;
    keep_clocks(app, tx, batch, items, fresh, &rows)?;
    Ok(fresh
        .iter()
        .zip(&rows)
        .map(|(one, row)| {
            let seq = row.record.seq;
            (one.at, if batch.hold { Admitted::Held(seq) } else { Admitted::Accepted(seq) })
        })
        .collect())
}

/// Starts the clocks of new records: review dates, and triage.
fn keep_clocks(
    app: &App,
    tx: &mut Tx<'_>,
    batch: &Batch<'_>,
    items: &[(Candidate, Statement)],
    fresh: &[Fresh],
    rows: &[NewRecord],
) -> Result<(), AppError> {
    let mut waiting = Vec::new();
    for (one, row) in fresh.iter().zip(rows) {
        let review_at = items.get(one.at).and_then(|(_, statement)| statement.review_at);
        if review_at.is_some() {
            dates::state(tx, batch.collection, row.record.seq, review_at)?;
        }
        review::follow_policy(tx, (batch.collection, row.record.seq), None, &row.record.handling)?;
        if row.record.state == RecordState::Triage {
            waiting.push(row.record.seq);
        }
    }
    triage::taken(app, tx, batch, &waiting)
}

/// Where a new record stands, and why.
fn first_state(
    app: &App,
    batch: &Batch<'_>,
    candidate: &Candidate,
    statement: &Statement,
) -> (RecordState, &'static str) {
    if triage::is_for(app, batch.origin, candidate, statement) {
        return (RecordState::Triage, "it came without purpose or legal basis");
    }
    if batch.hold { (RecordState::Held, "not published yet") } else { (RecordState::Live, "") }
}

/// Interns the handlings of new records and takes their places; the answer is the first free `ord` of each.
fn places(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    items: &[(Candidate, Statement)],
    fresh: &[Fresh],
) -> Result<BTreeMap<HandlingId, i64>, AppError> {
    let mut counts: BTreeMap<HandlingId, (i64, &Handling)> = BTreeMap::new();
    for one in fresh {
        if let Some((_, statement)) = items.get(one.at) {
            counts.entry(one.handling).or_insert((0, &statement.handling)).0 += 1;
        }
    }
    let mut first = BTreeMap::new();
    for (id, (count, body)) in counts {
        handling::intern(tx, id, body)?;
        if batch.hold {
            continue;
        }
        let (ord, is_new) = handling::take_places(tx, batch.collection, id, count)?;
        if is_new {
            settle::new_shelf(app, tx, force, batch.collection, id)?;
        }
        first.insert(id, ord);
    }
    Ok(first)
}

fn new_record(
    app: &App,
    batch: &Batch<'_>,
    candidate: &Candidate,
    statement: &Statement,
    (seq, added_us, ord): (i64, i64, i64),
    (handling_id, salt): (HandlingId, [u8; 32]),
) -> Result<NewRecord, AppError> {
    let received = statement.received.as_ref();
    let (state, reason) = first_state(app, batch, candidate, statement);
    let key = RecordKey {
        collection: batch.collection.to_owned(),
        origin: batch.origin.clone(),
        id: candidate.id.clone(),
        version: candidate.version.clone(),
        digest: received.map_or(candidate.digest, |received| received.object),
    };
    let envelope = match received {
        Some(received) => received.text.clone(),
        None => {
            let read = |kind: &_| Quality::of(kind, statement.grading.as_ref(), &candidate.version);
            let labels = Labels { quality: candidate.record.as_ref().map(read), ..candidate.labels.clone() };
            sign_as(app, batch.origin, &key, statement, labels, (seq, 1))?
        }
    };
    Ok(NewRecord {
        record: Record {
            key,
            seq,
            kind: candidate.kind.clone(),
            version_at: candidate.version_at,
            spec_version: candidate.spec_version.clone(),
            name: candidate.name.clone(),
            handling: std::sync::Arc::new(statement.handling.clone()),
            handling_id,
            parts: candidate.markings.parts.clone(),
            added_at: Micros(added_us),
            state,
            reason: reason.to_owned(),
            envelope,
            held: candidate.digest,
            leaf: 0,
            names: !dangling::names_of(&candidate.references).is_empty(),
            revision: received.map_or(1, |received| received.revision),
            actor: batch.actor.to_owned(),
        },
        ord,
        salt,
        bytes: candidate.bytes.clone(),
        references: candidate.references.clone(),
        findings: candidate.findings.clone(),
    })
}
