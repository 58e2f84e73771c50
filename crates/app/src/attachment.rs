//! Files that belong to records. Each is a record of its own that names the one it belongs to, with exactly its handling:
//! restated, published and withdrawn together. The server never opens, renders or runs a file.

use comity_model::attachment::Attachment;
use comity_model::stix::{Id, Object};
use comity_model::supplement::ATTACHMENT_TYPE;
use comity_model::{Handling, MemberId, Record, RecordState, SignedEnvelope, Supplement};
use comity_store::Tx;
use comity_store::tables::{lookup, record, review};
use serde::Serialize;

use crate::admit::{Batch, Candidate, Restated, Statement, restate_as, sign};
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::proposal::{self, Action, ProposalView};
use crate::supplement::{self, New};
use crate::{Actor, App, AppError, Role, subject, withdraw};

/// Most files of one record.
const FILES_MAX: usize = 20;
/// Most objects that are read as attachments of one record, of its origin.
const LOOKED_AT_MAX: usize = 1_000;

/// An attachment, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AttachmentView {
    /// STIX id of the attachment.
    pub id: String,
    /// Name of the file.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// Media type.
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its level in words.
    pub level: String,
    /// Where it stands.
    pub state: String,
    /// What waits for a second person before it leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<ProposalView>,
}

fn view(found: &Record, file: &Attachment) -> AttachmentView {
    AttachmentView {
        id: found.key.id.clone(),
        name: file.name.clone(),
        title: file.title.clone().unwrap_or_default(),
        mime_type: file.mime_type.clone(),
        size: file.size,
        sha256: file.sha256.to_string(),
        level: found.handling.level_name().to_owned(),
        state: found.state.name().to_owned(),
        pending: None,
    }
}

/// Attaches a file to a record of one's own, under the handling of the record.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer (an analyst may add to a draft), or for another member's record;
/// [`AppError::Invalid`] for a file that is not taken; [`AppError::Conflict`] when it is there already, the record has 20
/// files, is not in use, or a draft of it waits for a second person.
pub fn add(
    app: &App,
    actor: &Actor,
    text: &str,
    file: (&str, Option<&str>),
    bytes: &[u8],
) -> Result<AttachmentView, AppError> {
    put(app, actor, (text, &[RecordState::Live, RecordState::Held]), file, bytes)
}

/// The same to a draft of one's own, from which nothing leaves.
///
/// # Errors
/// As for [`add`]; [`AppError::Conflict`] when there is no draft of it.
pub fn add_to_draft(
    app: &App,
    actor: &Actor,
    text: &str,
    file: (&str, Option<&str>),
    bytes: &[u8],
) -> Result<AttachmentView, AppError> {
    put(app, actor, (text, &[RecordState::Held]), file, bytes)
}

fn put(
    app: &App,
    actor: &Actor,
    (text, states): (&str, &[RecordState]),
    (name, title): (&str, Option<&str>),
    bytes: &[u8],
) -> Result<AttachmentView, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer], "attach files")?;
    app.store().write("attachment.add", |tx| {
        let force = in_force(app, tx)?;
        let own = subject::own(app, tx, text, "attach a file to it")?;
        let found = own
            .iter()
            .filter(|one| states.contains(&one.state))
            .max_by_key(|one| (one.state == RecordState::Live, one.version_at, one.seq))
            .ok_or_else(|| match states.contains(&RecordState::Live) {
                true => AppError::Conflict(format!("{text} is not in use")),
                false => AppError::Conflict(format!("there is no draft of {text}")),
            })?;
        if found.state == RecordState::Live {
            actor.require(&[Role::ReleaseOfficer], "attach a file to a published record")?;
        }
        if found.kind == ATTACHMENT_TYPE {
            return Err(AppError::invalid("RECORD", "an attachment has no attachments"));
        }
        is_open(app, tx, found)?;
        let of: Id = found.key.id.parse().map_err(|_| AppError::invalid("RECORD", "it has no STIX id"))?;
        let file = Attachment::of(of, name, bytes).map_err(|faults| supplement::refused(&faults))?;
        let mut file = file;
        file.title = title.map(str::to_owned);
        let known = held(app, tx, found)?;
        if known.len() >= FILES_MAX {
            return Err(AppError::Conflict(format!("a record has at most {FILES_MAX} files")));
        }
        if let Some((one, _)) = known.iter().find(|(_, one)| one.sha256 == file.sha256) {
            return Err(AppError::Conflict(format!("the file is there already as {}", one.key.id)));
        }
        let new = New {
            collection: &found.key.collection,
            supplement: &Supplement::Attachment(Box::new(file.clone())),
            before: None,
            markings: markings(app, tx, found)?,
            handling: (*found.handling).clone(),
            about: Some(found),
            hold: found.state == RecordState::Held,
        };
        let written = supplement::put(app, tx, &force, actor, new)?;
        let stored = record::of_id(tx, &written.id, Some(&found.key.collection), Some(&written.version))?;
        let stored = stored.into_iter().next().ok_or_else(|| AppError::Internal("it is not there".into()))?;
        Ok(AttachmentView { pending: written.pending, ..view(stored.peek(), &file) })
    })
}

/// Refuses a file for a record of which a draft waits for a second person: it would go out with the draft, although whoever
/// approves may have looked before it was there.
fn is_open(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<(), AppError> {
    let own = subject::own(app, tx, &found.key.id, "attach a file to it")?;
    let at = &found.key.collection;
    let drafts: Vec<i64> = own
        .iter()
        .filter(|one| one.state == RecordState::Held && &one.key.collection == at)
        .map(|one| one.seq)
        .collect();
    let names = |action: &Action| match action {
        Action::Publish { collection, seqs } => {
            collection == at && drafts.iter().any(|seq| seqs.contains(seq))
        }
        _ => false,
    };
    match proposal::waiting(tx, names)? {
        Some(waiting) => Err(AppError::Conflict(format!(
            "a draft of {} waits for a second person, and what is approved does not grow meanwhile: attach the file once \
             the proposal {} is decided",
            found.key.id, waiting.id
        ))),
        None => Ok(()),
    }
}

/// The markings in the bytes of a record: the file says the same to programs that see no envelope.
fn markings(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Vec<Id>, AppError> {
    let Some(bytes) = record::content(tx, &found.key, &[])? else { return Ok(Vec::new()) };
    let object = Object::parse(&bytes, &app.limits().stix)
        .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))?;
    Ok(object.object_marking_refs())
}

/// The objects that name a record as the one they belong to, of the record's own origin: nobody attaches anything to
/// another's record. In whatever state, erased ones left out; in one collection, or in all.
pub(crate) fn records(
    tx: &mut Tx<'_>,
    origin: &MemberId,
    id: &str,
    collection: Option<&str>,
) -> Result<Vec<Record>, AppError> {
    let all = lookup::naming_by(tx, (id, "record_ref"), ATTACHMENT_TYPE, origin, collection)?;
    Ok(all.into_iter().map(comity_model::Stored::into_inner).collect())
}

/// The id of the record that an attachment names as the one it belongs to.
pub(crate) fn belongs_to(candidate: &Candidate) -> Option<&str> {
    let mut named = candidate.references.iter().filter(|_| candidate.kind == ATTACHMENT_TYPE);
    named.find(|(path, _)| path == "record_ref").map(|(_, id)| id.as_str())
}

/// Why an attachment that comes in is not taken: what it names is here as another member's record, and nobody attaches
/// anything to another's record.
pub(crate) fn refusal(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    batch: &Batch<'_>,
    candidate: &Candidate,
) -> Result<Option<String>, AppError> {
    let Some(record) = belongs_to(candidate) else { return Ok(None) };
    let known = batch.known(app, tx, force, record)?;
    let is_others = !known.is_empty() && !known.iter().any(|one| &one.key.origin == batch.origin);
    Ok(is_others.then(|| {
        "the record that it belongs to is another member's, and only its originator attaches files to it"
            .into()
    }))
}

/// The files of a record, each once.
fn held(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Vec<(Record, Attachment)>, AppError> {
    let mut files: Vec<(Record, Attachment)> = Vec::new();
    let mut look = Look::new(app, tx)?;
    let all = records(tx, &found.key.origin, &found.key.id, None)?.into_iter();
    let in_use = |one: &Record| matches!(one.state, RecordState::Live | RecordState::Held);
    for one in all.filter(in_use).take(LOOKED_AT_MAX) {
        if files.iter().any(|(known, _)| known.key.id == one.key.id) {
            continue;
        }
        if let Some(Supplement::Attachment(file)) = supplement::of(app, tx, &one)?
            && look.sees(&one)
        {
            files.push((one, *file));
        }
    }
    files.reverse();
    Ok(files)
}

/// The files of a record, oldest first.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of(app: &App, text: &str) -> Result<Vec<AttachmentView>, AppError> {
    app.store().read("attachment.of", |tx| {
        let found = subject::newest(app, tx, text)?;
        Ok(held(app, tx, &found)?.iter().map(|(one, file)| view(one, file)).collect())
    })
}

/// A file with what is known about it, as it was attached: size and digest are checked.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such attachment, or its bytes were erased.
pub fn get(app: &App, text: &str) -> Result<(AttachmentView, Vec<u8>), AppError> {
    app.store().read("attachment.get", |tx| {
        let found = subject::newest(app, tx, text)?;
        let absent = || AppError::NotFound(format!("{text} is no attachment, or was withdrawn or erased"));
        if !matches!(found.state, RecordState::Live | RecordState::Held) {
            return Err(absent());
        }
        let Some(Supplement::Attachment(file)) = supplement::of(app, tx, &found)? else {
            return Err(absent());
        };
        let bytes = file.bytes().ok_or_else(absent)?;
        Ok((view(&found, &file), bytes))
    })
}

/// Whether a version of a record is the newest of its origin that is in use in its collection: its handling is the one
/// that the files have.
fn governs(tx: &mut Tx<'_>, found: &Record) -> Result<bool, AppError> {
    let all = record::of_id(tx, &found.key.id, Some(&found.key.collection), None)?;
    Ok(!all.iter().map(comity_model::Stored::peek).any(|one| {
        one.key.origin == found.key.origin
            && one.state == RecordState::Live
            && (one.version_at, one.seq) > (found.version_at, found.seq)
    }))
}

/// Puts the files of a record whose home this is under the handling that it has now.
pub(crate) fn follow(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    handling: &Handling,
    actor: &str,
) -> Result<(), AppError> {
    if !force.is_home_of(app, &found.key.origin) || found.kind == ATTACHMENT_TYPE || !governs(tx, found)? {
        return Ok(());
    }
    for mut one in records(tx, &found.key.origin, &found.key.id, Some(&found.key.collection))? {
        // A new version in use takes along the files that went out of use with the one before.
        let again = one.state == RecordState::Overdue && found.state == RecordState::Live;
        if !again && (one.state != RecordState::Live || *one.handling == *handling) {
            continue;
        }
        let mut old = SignedEnvelope::from_json(&one.envelope)?.envelope;
        if again {
            old.review_at = SignedEnvelope::from_json(&found.envelope)?.envelope.review_at;
            review::state(tx, &one.key.collection, one.seq, old.review_at)?;
            one.state = RecordState::Live;
            one.reason = String::new();
        }
        let statement = Statement {
            handling: handling.clone(),
            purpose: old.purpose,
            legal_basis: old.legal_basis,
            review_at: old.review_at,
            decision_until: old.review_at,
            grading: old.grading,
            received: None,
        };
        let revision = one.revision.saturating_add(1);
        let batch = Batch {
            collection: &found.key.collection,
            origin: &found.key.origin,
            actor,
            leaf: "handling.changed",
            hold: false,
        };
        let envelope = sign(app, tx, &batch, &one.key, &statement, revision)?;
        let next = Restated { handling, envelope, revision };
        restate_as(app, tx, force, &one, next, (actor, "handling.changed"))?;
    }
    Ok(())
}

/// After new versions of records whose home this is were published: their files follow the new handling.
pub(crate) fn follow_new(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    actor: &str,
    (collection, ids): (&str, &[&str]),
) -> Result<(), AppError> {
    for id in lookup::named(tx, collection, "record_ref", ids)? {
        let newest = record::of_id(tx, &id, Some(collection), None)?.into_iter();
        // Of each origin the newest one alone is followed.
        for found in newest.map(comity_model::Stored::into_inner).filter(|one| one.state == RecordState::Live)
        {
            follow(app, tx, force, &found, &found.handling, actor)?;
        }
    }
    Ok(())
}

/// The files that are held back with a draft, which is published now.
pub(crate) fn held_with(tx: &mut Tx<'_>, found: &Record) -> Result<Vec<Record>, AppError> {
    let files = records(tx, &found.key.origin, &found.key.id, Some(&found.key.collection))?.into_iter();
    Ok(files.filter(|one| one.state == RecordState::Held).collect())
}

/// The files of a record in its collection, in use or past their review date.
pub(crate) fn kept_with(tx: &mut Tx<'_>, found: &Record) -> Result<Vec<Record>, AppError> {
    if found.kind == ATTACHMENT_TYPE {
        return Ok(Vec::new());
    }
    let all = records(tx, &found.key.origin, &found.key.id, Some(&found.key.collection))?.into_iter();
    Ok(all.filter(|one| matches!(one.state, RecordState::Live | RecordState::Overdue)).collect())
}

/// The files of a record in its collection that stand in a state, once no version of the record is in use there.
pub(crate) fn without(tx: &mut Tx<'_>, found: &Record, state: RecordState) -> Result<Vec<Record>, AppError> {
    let (origin, collection) = (&found.key.origin, &found.key.collection);
    let all = record::of_id(tx, &found.key.id, Some(collection), None)?;
    let in_use = |one: &Record| &one.key.origin == origin && one.state == RecordState::Live;
    if found.kind == ATTACHMENT_TYPE || all.iter().any(|one| in_use(one.peek())) {
        return Ok(Vec::new());
    }
    let files = records(tx, origin, &found.key.id, Some(collection))?.into_iter();
    Ok(files.filter(|one| one.state == state).collect())
}

/// The files, in whatever state, of a record of which every version in its collection was withdrawn or erased.
pub(crate) fn left_behind(tx: &mut Tx<'_>, gone: &Record) -> Result<Vec<Record>, AppError> {
    let is_gone = |one: &Record| matches!(one.state, RecordState::Withdrawn | RecordState::Erased);
    let left = record::of_id(tx, &gone.key.id, Some(&gone.key.collection), None)?;
    let stays = |one: &Record| one.key.origin == gone.key.origin && !is_gone(one);
    if gone.kind == ATTACHMENT_TYPE || left.iter().any(|one| stays(one.peek())) {
        return Ok(Vec::new());
    }
    records(tx, &gone.key.origin, &gone.key.id, Some(&gone.key.collection))
}

/// After a record was withdrawn: its files go with its last version.
pub(crate) fn withdraw_with(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    gone: &Record,
    (actor, reason): (&str, &str),
) -> Result<(), AppError> {
    for one in left_behind(tx, gone)?.into_iter().filter(|one| one.state != RecordState::Withdrawn) {
        withdraw::one(app, tx, force, &one, actor, reason)?;
    }
    Ok(())
}
