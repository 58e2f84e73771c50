//! Notes of this node's own member that say something to other members about a record: an allegation, a request. They
//! are STIX notes with a label, and travel by the ordinary exchange. What they ask for is read when they come.

use comity_model::stix::marking::Meaning;
use comity_model::stix::{Object, Registry};
use comity_model::{MemberId, Micros, Record, RecordState, Supplement};
use comity_store::Tx;
use comity_store::tables::access;
use comity_store::tables::allegation::{self as allegations, Allegation};
use comity_store::tables::collection as collections;
use comity_store::tables::consent::{self as consents, Consent};
use comity_store::tables::{lookup, record};
use serde_json::{Value, json};

use crate::admit::{Admitted, Batch, Candidate, Statement, admit};
use crate::force::InForce;
use crate::proposal::{self, Action, ProposalView};
use crate::threshold::Threshold;
use crate::{Actor, App, AppError, allegation, attachment, supplement};

/// The label of a note that alleges ill-treatment.
pub(crate) const ALLEGATION: &str = "comity-allegation";
/// The label of a note that asks its addressee for consent to a purpose.
pub(crate) const REQUEST: &str = "comity-consent-request";
/// Begins the label that names the purpose.
pub(crate) const PURPOSE: &str = "comity-purpose:";
/// Most objects about which one note says something.
const TARGETS_MAX: usize = 100;

/// Most notes of one's own about one object that are looked at when it is erased.
const OWN_MAX: i64 = 10_000;

/// What a note says.
pub(crate) struct Letter<'a> {
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    pub(crate) labels: Vec<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) about: &'a str,
}

/// Where a letter went.
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) waiting: Option<ProposalView>,
}

/// The collection in which a word to a member is laid: that of the record, if a key of the member reads it, else the
/// first that one does. What was pulled stands in a collection of this node's own, which its originator need not read.
/// Without any key the word stays beside the record, and is read when the member gets one.
pub(crate) fn place_for(
    app: &App,
    tx: &mut Tx<'_>,
    member: &MemberId,
    collection: &str,
) -> Result<String, AppError> {
    let now = app.now().0;
    let mut read = Vec::new();
    for key in access::credentials(tx)? {
        if &key.member == member && key.revoked_us.is_none() && now < key.expires_us {
            let rights = access::permissions(tx, &key.id)?.into_iter();
            read.extend(rights.filter(|right| right.can_read).map(|right| right.collection));
        }
    }
    if read.is_empty() || read.iter().any(|one| one == collection) {
        return Ok(collection.to_owned());
    }
    let all = collections::list(tx)?.into_iter().map(|one| one.id);
    Ok(all.into_iter().find(|id| read.contains(id)).unwrap_or_else(|| collection.to_owned()))
}

/// Writes a note as a record of this node's own member; it waits for a second person where the agreement asks for one.
pub(crate) fn send(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (actor, collection): (&Actor, &str),
    letter: &Letter<'_>,
    statement: Statement,
) -> Result<Sent, AppError> {
    let candidate = compose(app, letter)?;
    let id = candidate.id.clone();
    // What goes to the originator alone asks for nothing that a second person would have to weigh.
    let rule = if letter.labels.iter().any(|label| label == REQUEST) {
        None
    } else {
        Threshold::of(app, tx, force, app.member())?.asks(None, &statement.handling)
    };
    let batch = Batch {
        collection,
        origin: app.member(),
        actor: &actor.name,
        leaf: "records.published",
        hold: rule.is_some(),
    };
    let items = [(candidate, statement)];
    let outcomes = admit(app, tx, force, &batch, &items)?;
    // What a note of one's own says counts from here on alone: who may say it was asked, and it counts at once, also
    // while the note itself waits for a second person.
    if let (Some(Admitted::Accepted(seq) | Admitted::Held(seq)), [(candidate, _)]) =
        (outcomes.first(), &items)
    {
        for target in read_note(app, tx, &batch, candidate, *seq)? {
            allegation::set_aside(app, tx, force, &target, batch.actor)?;
        }
    }
    let waiting = match (rule, outcomes.first()) {
        (Some(reason), Some(Admitted::Held(seq))) => {
            let action = Action::Publish { collection: collection.to_owned(), seqs: vec![*seq] };
            Some(proposal::propose(app, tx, actor, &action, reason)?)
        }
        (_, Some(Admitted::Refused(why))) => return Err(AppError::Conflict(why.text.clone())),
        _ => None,
    };
    Ok(Sent { id, waiting })
}

fn compose(app: &App, letter: &Letter<'_>) -> Result<Candidate, AppError> {
    // STIX writes times with milliseconds.
    let now = Micros(app.now().0.div_euclid(1_000) * 1_000).to_string();
    let mut note = json!({
        "type": "note",
        "spec_version": "2.1",
        "id": format!("note--{}", app.random_uuid()),
        "created": now,
        "modified": now,
        "created_by_ref": app.member().as_str(),
        "abstract": letter.title,
        "content": letter.text,
        "labels": letter.labels,
        "object_refs": [letter.about],
    });
    if !letter.authors.is_empty()
        && let Some(fields) = note.as_object_mut()
    {
        fields.insert("authors".into(), json!(letter.authors));
    }
    let bytes = note.to_string();
    let object = Object::parse(bytes.as_bytes(), &app.limits().stix)
        .map_err(|error| AppError::invalid("the note", error.to_string()))?;
    Candidate::read(app, &object, &Registry::standard(), &|_| Meaning::Unknown)
        .map_err(|why| AppError::invalid("the note", why))
}

/// Reads what came: notes of other members that allege or ask are kept as such, and what is alleged about is set aside,
/// whichever of both came first. A note of one's own does so by [`send`] alone.
pub(crate) fn opened(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    items: &[(Candidate, Statement)],
    outcomes: &[Admitted],
) -> Result<(), AppError> {
    let mut touched: Vec<&str> = Vec::new();
    let mut targets: Vec<String> = Vec::new();
    for ((candidate, _), outcome) in items.iter().zip(outcomes) {
        if !matches!(outcome, Admitted::Unchanged | Admitted::Refused(_)) {
            touched.push(&candidate.id);
            // A file that comes after its record was set aside is set aside with it.
            touched.extend(attachment::belongs_to(candidate));
        }
        let Admitted::Accepted(seq) = outcome else { continue };
        if candidate.kind == "note" && batch.origin != app.member() {
            targets.extend(read_note(app, tx, batch, candidate, *seq)?);
        }
    }
    let mut alleged: Vec<String> =
        allegations::open(tx, &touched)?.into_iter().map(|one| one.target).chain(targets).collect();
    alleged.sort();
    alleged.dedup();
    for target in alleged {
        allegation::set_aside(app, tx, force, &target, batch.actor)?;
    }
    Ok(())
}

/// Keeps what a note says; answers the objects about which it alleges ill-treatment.
fn read_note(
    app: &App,
    tx: &mut Tx<'_>,
    batch: &Batch<'_>,
    candidate: &Candidate,
    seq: i64,
) -> Result<Vec<String>, AppError> {
    let Ok(note) = serde_json::from_slice::<Value>(&candidate.bytes) else { return Ok(Vec::new()) };
    let texts = |name: &str| -> Vec<String> {
        let list = note.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let labels = texts("labels");
    let mut targets = texts("object_refs");
    targets.truncate(TARGETS_MAX);
    let is = |label: &str| labels.iter().any(|one| one == label);
    if is(ALLEGATION) {
        for target in &targets {
            let row = Allegation {
                collection: batch.collection.to_owned(),
                seq,
                target: target.clone(),
                note: candidate.id.clone(),
                member: batch.origin.clone(),
                at: app.now(),
                lifted_at: None,
            };
            allegations::keep(tx, &row)?;
        }
        return Ok(targets);
    }
    let purpose = labels.iter().find_map(|label| label.strip_prefix(PURPOSE));
    if let (true, Some(purpose), Some(target)) = (is(REQUEST), purpose, targets.first()) {
        let row = Consent {
            collection: batch.collection.to_owned(),
            seq,
            note: candidate.id.clone(),
            target: target.clone(),
            purpose: purpose.to_owned(),
            member: batch.origin.clone(),
            reason: note.get("content").and_then(Value::as_str).unwrap_or_default().to_owned(),
            state: "asked".into(),
            at: app.now(),
            actor: batch.actor.to_owned(),
        };
        consents::keep(tx, &row)?;
    }
    Ok(Vec::new())
}

/// The notes of this node's own member that allege or ask about an object, or return a grade of it, every version that
/// is not erased.
pub(crate) fn own_about(app: &App, tx: &mut Tx<'_>, id: &str) -> Result<Vec<Record>, AppError> {
    let mut found = Vec::new();
    for stored in lookup::naming(tx, (id, "object_refs.[0]", "note"), Some(app.member()), (0, OWN_MAX))? {
        let one = stored.into_inner();
        if one.state == RecordState::Erased {
            continue;
        }
        let Some(bytes) = record::content(tx, &one.key, &[])? else { continue };
        let note: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let labels = note.get("labels").and_then(Value::as_array);
        let is_letter = labels.into_iter().flatten().any(|label| label == ALLEGATION || label == REQUEST);
        if is_letter || matches!(supplement::of(app, tx, &one)?, Some(Supplement::Grade(_))) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Whether a record can be spoken about: it is here, and not erased.
pub(crate) fn is_here(state: RecordState) -> bool {
    state != RecordState::Erased
}
