//! Bringing a member's own documents in: STIX bundles, single objects, envelopes and NDJSON.
//!
//! A bad object never spoils its neighbours: it is rejected with its reason and the rest is taken. Batches commit
//! one after the other, so what was counted stays, whatever happens next. What is to come in whole or not at all goes
//! through `whole`.

pub mod dry;
pub(crate) mod whole;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use comity_model::stix::marking::{Meaning, meaning};
use comity_model::stix::{Document, Id, Object, Registry, Tlp, read};
use comity_model::{Agreement, Flag, Grading, Handling, MemberId, Micros, Priority, RecordState, Stated};
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;

use crate::admit::{Admitted, Batch, Candidate, Statement, admit};
use crate::compose::Said;
use crate::compose::statement::StatementText;
use crate::council::figure::Counting;
use crate::edit::Change;
use crate::force::{InForce, in_force};
use crate::misp::{self, Converted, NotTaken};
use crate::proposal::{self, Action, ProposalView};
use crate::threshold::Threshold;
use crate::{
    Actor, App, AppError, Reader, Role, access, anonymous, attachment, collection, council, kinds,
    vocabulary, wording,
};

/// Where a document goes, and what is stated about all its objects.
#[derive(Clone, Debug, Default)]
pub struct Input<'a> {
    /// Collection: id, alias or title.
    pub collection: &'a str,
    /// Name of the file, for messages.
    pub name: &'a str,
    /// Release statements beyond the markings in the bytes.
    pub stated: Stated,
    /// Purpose of collection; required with personal data.
    pub purpose: Option<String>,
    /// Legal basis; required with personal data.
    pub legal_basis: Option<String>,
    /// When personal data is to be reviewed; by default after the time of the agreement.
    pub review_at: Option<Micros>,
    /// Until when the decision lasts on which the records rest; a review may then be up to five years away.
    pub decision_until: Option<Micros>,
    /// How the originator grades source and information; nothing stands for X4.
    pub grading: Option<Grading>,
    /// Why the wording stays although it names a community as such; needed where [`comity_model::neutral`] asks.
    pub reason: Option<String>,
    /// How soon the records are to be looked at.
    pub priority: Option<Priority>,
    /// The classification mark that they bear at their origin. The agreement says which level it means at least.
    pub classified: Option<String>,
    /// Keep the records back until somebody publishes them.
    pub draft: bool,
    /// The key that brings them, if no person of this node does: its right is read in the transaction of the write.
    pub key: Option<&'a Reader>,
    /// Why they are new versions of records that are here; kept with each.
    pub change: Option<&'a Change>,
    /// What was counted for a figure; kept with it.
    pub counting: Option<&'a Counting>,
}

/// How far an import is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Objects done.
    pub done: usize,
    /// Objects in all.
    pub total: usize,
}

/// What became of a document.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Summary {
    /// New records.
    pub accepted: usize,
    /// There already.
    pub unchanged: usize,
    /// There already, under another handling now.
    pub changed: usize,
    /// Kept back: drafts, and what waits for a second person.
    pub held: usize,
    /// Not taken.
    pub rejected: Vec<Rejected>,
    /// Findings that did not stop an object.
    pub warnings: usize,
    /// Proposals that wait for a second person.
    pub proposals: Vec<ProposalView>,
    /// What of a MISP event has no place in the records; empty for STIX.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_taken: Vec<NotTaken>,
}

/// An object that was not taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rejected {
    /// Its position in the document, from 0.
    pub index: usize,
    /// Its id, as far as it has one.
    pub id: String,
    /// Why, and where in the object.
    pub reason: String,
}

/// Where a document goes, with what is stated beside it as it was typed.
///
/// # Errors
/// [`AppError::Invalid`] or [`AppError::NotFound`] naming the word that is not known.
pub fn stated<'a>(
    app: &App,
    (collection, name): (&'a str, &'a str),
    text: &StatementText,
    draft: bool,
) -> Result<Input<'a>, AppError> {
    Ok(Input { name, ..Said::read(app, &text.clone().limited()?)?.input(collection, draft) })
}

/// Imports one document: STIX, or MISP events, which are converted first.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer; [`AppError::NotFound`] for an unknown
/// collection; [`AppError::Invalid`] when the document as a whole cannot be read. Faults of single objects are no
/// error: they stand in the summary.
pub fn run(
    app: &App,
    actor: &Actor,
    input: &Input<'_>,
    bytes: &[u8],
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, AppError> {
    let roles: &[Role] =
        if input.draft { &[Role::Analyst, Role::ReleaseOfficer] } else { &[Role::ReleaseOfficer] };
    actor.require(roles, if input.draft { "bring in drafts" } else { "publish records" })?;
    let into = app.store().read("import.collection", |tx| match input.key {
        Some(reader) => Ok(access::to_write(app, tx, reader, input.collection)?.id),
        None => collection::find(tx, input.collection).map(|found| found.id),
    })?;
    let converted = from_misp(app, input.name, bytes)?;
    let bytes = converted.as_ref().map_or(Cow::Borrowed(bytes), |made| Cow::Owned(made.document()));
    let document = open(app, input.name, &bytes)?;
    let definitions = definitions(&document);
    let total = document.items.len();
    let (closed, not_taken) = converted.map(|made| (made.closed, made.not_taken)).unwrap_or_default();
    let mut summary = Summary { not_taken, ..Summary::default() };
    let mut done = 0;
    for chunk in document.items.chunks(app.limits().batch_records) {
        let mut candidates = Vec::with_capacity(chunk.len());
        for item in chunk {
            match candidate(app, &actor.member, item, &definitions, &closed) {
                Ok(found) => candidates.push((item.index, found)),
                Err(rejected) => summary.rejected.push(rejected),
            }
        }
        write(app, actor, input, &into, candidates, &mut summary)?;
        done += chunk.len();
        progress(Progress { done, total });
    }
    Ok(summary)
}

/// The objects of MISP events; none when the input is something else.
pub(crate) fn from_misp(app: &App, name: &str, bytes: &[u8]) -> Result<Option<Converted>, AppError> {
    let limits = &app.limits().stix;
    if !misp::is_event(bytes, limits) {
        return Ok(None);
    }
    misp::convert(bytes, limits).map(Some).map_err(|error| AppError::invalid(name, error.to_string()))
}

/// Reads a document under the limits.
pub(crate) fn open<'a>(app: &App, name: &str, bytes: &'a [u8]) -> Result<Document<'a>, AppError> {
    read(bytes, &app.limits().stix).map_err(|error| AppError::invalid(name, error.to_string()))
}

/// What the marking definitions inside a document mean.
pub(crate) fn definitions(document: &Document<'_>) -> HashMap<String, Meaning> {
    document
        .items
        .iter()
        .filter_map(|item| item.object.as_ref().ok())
        .filter(|object| object.kind() == "marking-definition")
        .filter_map(|object| Some((object.id()?.as_str().to_owned(), meaning(object))))
        .collect()
}

/// What a marking definition means that is not in the document: as this node's own member published it.
pub(crate) fn resolve(app: &App, definitions: &HashMap<String, Meaning>, id: &Id) -> Meaning {
    resolve_by(app, app.member(), definitions, id)
}

/// The same for another member's documents.
fn resolve_by(app: &App, origin: &MemberId, definitions: &HashMap<String, Meaning>, id: &Id) -> Meaning {
    if let Some(known) = definitions.get(id.as_str()) {
        return *known;
    }
    app.store()
        .read("import.definition", |tx| meaning_by(app, tx, origin, id.as_str()))
        .unwrap_or(Meaning::Unknown)
}

pub(crate) fn stored_meaning(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<Meaning, AppError> {
    meaning_by(app, tx, app.member(), id)
}

/// What a marking definition means as this member published it here. Nobody defines markings for somebody else.
pub(crate) fn meaning_by(
    app: &App,
    tx: &mut Tx<'_>,
    origin: &MemberId,
    id: &str,
) -> Result<Meaning, AppError> {
    for stored in record::of_id(tx, id, None, None)? {
        let found = stored.peek();
        if &found.key.origin != origin || found.state != RecordState::Live {
            continue;
        }
        if let Some(bytes) = record::content(tx, &found.key, &[])?
            && let Ok(object) = Object::parse(&bytes, &app.limits().stix)
        {
            return Ok(meaning(&object));
        }
    }
    Ok(Meaning::Unknown)
}

fn candidate(
    app: &App,
    origin: &MemberId,
    item: &comity_model::stix::Item<'_>,
    definitions: &HashMap<String, Meaning>,
    closed: &BTreeSet<String>,
) -> Result<Candidate, Rejected> {
    let rejected = |id: String, reason: String| Rejected { index: item.index, id, reason };
    let object = item.object.as_ref().map_err(|error| rejected(String::new(), error.to_string()))?;
    let id = object.id().map(|id| id.as_str().to_owned()).unwrap_or_default();
    Candidate::read(app, object, &Registry::standard(), &|id| resolve_by(app, origin, definitions, id))
        .map(|found| Candidate { closed: closed.contains(&found.id), ..found })
        .and_then(|found| vocabulary::judge(app, found))
        .map_err(|reason| rejected(id, reason))
}

fn write(
    app: &App,
    actor: &Actor,
    input: &Input<'_>,
    into: &str,
    candidates: Vec<(usize, Candidate)>,
    summary: &mut Summary,
) -> Result<(), AppError> {
    let (held, open): (Vec<_>, Vec<_>) = split(app, &actor.member, input, candidates, summary)?;
    for (hold, part) in [(false, open), (true, held)] {
        if part.is_empty() {
            continue;
        }
        let (indexes, items): (Vec<usize>, Vec<(Candidate, Statement)>) = part.into_iter().unzip();
        let (outcomes, waiting) = app
            .store()
            .write("import.batch", |tx| write_batch(app, tx, (actor, input), (into, hold), &items))?;
        summary.proposals.extend(waiting);
        for ((index, outcome), (candidate, _)) in indexes.into_iter().zip(outcomes).zip(&items) {
            count(summary, index, outcome, candidate);
        }
    }
    Ok(())
}

/// Writes objects that were judged, in the transaction of the caller.
fn write_batch(
    app: &App,
    tx: &mut Tx<'_>,
    (actor, input): (&Actor, &Input<'_>),
    (into, hold): (&str, bool),
    items: &[(Candidate, Statement)],
) -> Result<(Vec<Admitted>, Option<ProposalView>), AppError> {
    if let Some(reader) = input.key {
        access::to_write(app, tx, reader, into)?;
    }
    let force = in_force(app, tx)?;
    let threshold = Threshold::of(app, tx, &force, &actor.member)?;
    let asks = |item: &(Candidate, Statement)| second_person(&threshold, input, &item.1.handling).is_some();
    if !hold && items.iter().any(asks) {
        return Err(AppError::Busy("the agreement changed during the import: import it again".into()));
    }
    if let Some(change) = input.change {
        for (candidate, _) in items {
            change.check(app, tx, (into, &actor.member, &candidate.id))?;
        }
    }
    let leaf = "records.published";
    let batch = Batch { collection: into, origin: &actor.member, actor: &actor.name, leaf, hold };
    let outcomes = admit(app, tx, &force, &batch, items)?;
    if let Some(change) = input.change {
        change.note(app, tx, actor, into, &outcomes)?;
    }
    if let Some(counting) = input.counting {
        counting.note(app, tx, actor, into, &outcomes)?;
    }
    if !hold {
        let ids: Vec<&str> = items.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
        attachment::follow_new(app, tx, &force, &actor.name, (into, &ids))?;
    }
    wording::keep(app, tx, &batch, input.reason.as_deref(), items, &outcomes)?;
    // Of what a hosted member brings the people of this node decide nothing: another key of it publishes it.
    let waiting = if hold && !input.draft && !force.hosts(app, &actor.member) {
        ask_second(app, tx, &force, (actor, input), into, items, &outcomes)?
    } else {
        None
    };
    Ok((outcomes, waiting))
}

/// Which rule asks for a second person: what is new is judged by itself, and a new version also by what it widens.
fn second_person(threshold: &Threshold<'_>, input: &Input<'_>, next: &Handling) -> Option<&'static str> {
    let widens = || threshold.asks(Some(input.change?.was()), next);
    threshold.asks(None, next).or_else(widens)
}

/// An object of a document with its position and what is stated about it.
type Placed = (usize, (Candidate, Statement));

/// States the handling of each candidate and parts those that are to be kept back from the others.
fn split(
    app: &App,
    origin: &MemberId,
    input: &Input<'_>,
    candidates: Vec<(usize, Candidate)>,
    summary: &mut Summary,
) -> Result<(Vec<Placed>, Vec<Placed>), AppError> {
    let force = app.store().read("import.force", |tx| in_force(app, tx))?;
    let threshold = app.store().read("import.threshold", |tx| Threshold::of(app, tx, &force, origin))?;
    let mut held = Vec::new();
    let mut open = Vec::new();
    for (index, mut candidate) in candidates {
        candidate.labels.priority = input.priority;
        candidate.labels.classification.clone_from(&input.classified);
        let asked = |statement: Statement| {
            if let Some(kind) = candidate.record.as_ref() {
                wording::check(kind, input.reason.as_deref())?;
                council::door::check(app, &force, (&candidate.id, kind), &statement.handling)?;
                council::figure::door(app, (kind, &statement.handling), input.counting)?;
            }
            Ok(statement)
        };
        match state(app, &force, origin, input, &candidate).and_then(asked) {
            Err(reason) => summary.rejected.push(Rejected { index, id: candidate.id, reason }),
            Ok(statement) => {
                let second = second_person(&threshold, input, &statement.handling).is_some();
                let part = if input.draft || second { &mut held } else { &mut open };
                part.push((index, (candidate, statement)));
            }
        }
    }
    Ok((held, open))
}

/// Refuses what may not come in under the circumstances that are stated; the error is the reason for people.
pub(crate) fn flagged(app: &App, candidate: &Candidate, handling: &Handling) -> Result<(), String> {
    if handling.flags.contains(&Flag::AnonymousSource) {
        anonymous::check(&candidate.object(app)?, handling)?;
    }
    if handling.flags.contains(&Flag::IllTreatment) {
        return Err("information of which you state yourself that ill-treatment played a part in how it was obtained is \
                    not processed; to allege it of a record that is here use `comity allege` (J3)"
            .into());
    }
    Ok(())
}

/// What is stated about one candidate; the error is the reason for people.
pub(crate) fn state(
    app: &App,
    force: &InForce,
    origin: &MemberId,
    input: &Input<'_>,
    candidate: &Candidate,
) -> Result<Statement, String> {
    let mut stated = input.stated.clone();
    if let Some(mark) = &input.classified {
        stated.tlp = stated.tlp.max(Some(marked(&force.agreement, mark)?));
    }
    // Its source lets nobody else have it. Without a level in its bytes nobody gets it anyway.
    if candidate.closed && stated.tlp.is_none() && candidate.markings.tlp.is_some() {
        stated.tlp = Some(Tlp::Red);
    }
    let mut handling = candidate.markings.handling(origin.clone(), &stated);
    if let Some(kind) = &candidate.record {
        kinds::complete(&mut handling, kind, app.now());
    }
    flagged(app, candidate, &handling)?;
    if handling.personal {
        if input.purpose.is_none() || input.legal_basis.is_none() {
            return Err("personal data needs a purpose (--purpose) and a legal basis (--basis)".into());
        }
        if handling.category.is_none() {
            return Err("personal data needs the category of the person (--category)".into());
        }
    }
    known(&force.agreement.purposes, input.purpose.as_deref(), "purpose", "--purpose")?;
    known(&force.agreement.legal_bases, input.legal_basis.as_deref(), "legal basis", "--basis")?;
    let review = i64::from(force.agreement.clocks.review_days) * 86_400;
    let review_at = input.review_at.or_else(|| handling.personal.then(|| app.now().plus_seconds(review)));
    let statement = Statement {
        review_at,
        decision_until: input.decision_until,
        grading: input.grading.clone(),
        handling,
        purpose: input.purpose.clone(),
        legal_basis: input.legal_basis.clone(),
        received: None,
    };
    if let Some(kind) = &candidate.record {
        kinds::check(kind, &statement, app.now())?;
    }
    Ok(statement)
}

/// The level that a classification mark means at least.
fn marked(agreement: &Agreement, mark: &str) -> Result<Tlp, String> {
    agreement.level_of(mark).ok_or_else(|| {
        let known: Vec<String> =
            agreement.classifications.iter().map(|one| format!("{} ({})", one.mark, one.body)).collect();
        let known = if known.is_empty() {
            "it knows none".to_owned()
        } else {
            format!("it knows {}", known.join(", "))
        };
        format!("the agreement does not say what the mark `{mark}` means (--classified); {known}")
    })
}

/// Purposes and legal bases are those of the agreement and no others.
fn known<T>(
    all: &std::collections::BTreeMap<String, T>,
    word: Option<&str>,
    what: &str,
    option: &str,
) -> Result<(), String> {
    match word {
        Some(word) if !all.contains_key(word) => {
            Err(format!("the agreement has no {what} `{word}` ({option})"))
        }
        _ => Ok(()),
    }
}

fn ask_second(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (actor, input): (&Actor, &Input<'_>),
    into: &str,
    items: &[(Candidate, Statement)],
    outcomes: &[Admitted],
) -> Result<Option<ProposalView>, AppError> {
    let seqs: Vec<i64> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Admitted::Held(seq) => Some(*seq),
            _ => None,
        })
        .collect();
    let threshold = Threshold::of(app, tx, force, &actor.member)?;
    let rules: Vec<&str> = items
        .iter()
        .filter_map(|(_, statement)| second_person(&threshold, input, &statement.handling))
        .collect();
    // The rule that asks most of the second person goes for all that is decided at once.
    let reason = rules.iter().find(|rule| **rule == proposal::NEUTRALITY).or(rules.first()).copied();
    match reason {
        Some(reason) if !seqs.is_empty() => {
            let action = Action::Publish { collection: into.to_owned(), seqs };
            proposal::propose(app, tx, actor, &action, reason).map(Some)
        }
        _ => Ok(None),
    }
}

fn count(summary: &mut Summary, index: usize, outcome: Admitted, candidate: &Candidate) {
    summary.warnings += candidate.warnings;
    match outcome {
        Admitted::Accepted(_) => summary.accepted += 1,
        Admitted::Held(_) => summary.held += 1,
        Admitted::Unchanged => summary.unchanged += 1,
        Admitted::Changed => summary.changed += 1,
        Admitted::Refused(why) => {
            summary.rejected.push(Rejected { index, id: candidate.id.clone(), reason: why.text });
        }
    }
}
