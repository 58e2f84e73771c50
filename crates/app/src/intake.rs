//! What members' clients bring by TAXII: posts, their status, and withdrawal of their own.
//!
//! The origin is the member that the key speaks for; the handling is read from the markings in the bytes alone.

use std::collections::HashMap;

use comity_model::stix::marking::Meaning;
use comity_model::stix::{Form, Id, Item, Registry};
use comity_model::{Handling, Micros, Record, RecordState, Stated, Stored};
use comity_store::Tx;
use comity_store::tables::{desk, record};
use serde::{Deserialize, Serialize};

use crate::admit::{Admitted, Batch, Candidate, Statement, admit};
use crate::force::{InForce, in_force};
use crate::import::{definitions, flagged, meaning_by, open};
use crate::look::Look;
use crate::serve::{Query, Versions};
use crate::threshold::Threshold;
use crate::{App, AppError, Reader, access, attachment, kinds, recall, serve, stated, withdraw};

/// What a client is told about an object that nobody else will see.
const STAYS: &str =
    "it has no TLP marking, or a marking that is not known here, so it stays with its originator";

/// What a member's own client is told about personal data (A1).
const NO_PURPOSE: &str = "personal data needs a purpose and a legal basis, and a TAXII post states neither: bring it in \
     with `comity import` or the REST interface (A1)";

/// What a member's own client is told about what takes a second person.
const SECOND: &str =
    "bring it in with `comity import` or the REST interface, where a second person can approve it";

/// The status of a post (TAXII 2.1 §4.3.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Its id.
    pub id: String,
    /// Whether everything is done.
    pub complete: bool,
    /// When the post came.
    pub request_timestamp: Micros,
    /// Objects in it.
    pub total: usize,
    /// Taken, or there already.
    pub successes: Vec<StatusEntry>,
    /// Not taken.
    pub failures: Vec<StatusEntry>,
}

/// One object of a post.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StatusEntry {
    /// STIX id; empty when it has none.
    pub id: String,
    /// Version as written; empty when it has none.
    pub version: String,
    /// Why it was not taken.
    pub message: Option<String>,
}

/// Takes a post of which nothing is stated but what its markings say; see [`post_under`].
///
/// # Errors
/// Those of [`post_under`].
pub fn post(app: &App, reader: &Reader, collection: &str, bytes: &[u8]) -> Result<Status, AppError> {
    post_under(app, reader, collection, &[], bytes)
}

/// Takes a post under flags that hold for each of its objects. An exact repeat is no error; a fault in one object fails
/// that object only.
///
/// # Errors
/// [`AppError::NotFound`] or [`AppError::Denied`] by the key's rights; [`AppError::Invalid`] when the body is no
/// envelope with objects, or for a word that is no flag; [`AppError::Limit`] for too many.
pub fn post_under(
    app: &App,
    reader: &Reader,
    collection: &str,
    flags: &[String],
    bytes: &[u8],
) -> Result<Status, AppError> {
    let app = &reader.view(app)?;
    let stated = Stated { flags: stated::flags(flags)?, ..Stated::default() };
    let (into, force) = app.store().read("intake.collection", |tx| {
        Ok::<_, AppError>((access::to_write(app, tx, reader, collection)?, in_force(app, tx)?))
    })?;
    let document = open(app, "body", bytes)?;
    if document.form != Form::Envelope {
        return Err(AppError::invalid("body", "a post is a TAXII envelope: {\"objects\":[…]}"));
    }
    let max = app.limits().post_objects;
    if document.items.len() > max {
        let what = "the number of objects in one post".into();
        return Err(AppError::Limit { what, max: max.to_string() });
    }
    if document.items.is_empty() {
        return Err(AppError::invalid("body", "an envelope that is posted holds at least one object"));
    }
    let meanings = definitions(&document);
    let threshold =
        app.store().read("intake.threshold", |tx| Threshold::of(app, tx, &force, &reader.member))?;
    let mut failures = Vec::new();
    let mut items = Vec::new();
    for item in &document.items {
        match read_item(app, reader, (&force, &threshold), (item, &stated), &meanings) {
            Ok(found) => items.push(found),
            Err(entry) => failures.push(entry),
        }
    }
    let status = Status {
        id: app.random_uuid(),
        complete: true,
        request_timestamp: app.now(),
        total: document.items.len(),
        successes: Vec::new(),
        failures,
    };
    app.store().write("intake.post", |tx| {
        let found = access::to_write(app, tx, reader, &into.id)?;
        let force = in_force(app, tx)?;
        let actor = format!("key:{}", reader.credential);
        let leaf = "records.posted";
        let threshold = Threshold::of(app, tx, &force, &reader.member)?;
        if items.iter().any(|(_, statement)| {
            needs_second(&threshold, app, reader, &force, &statement.handling).is_some()
        }) {
            return Err(AppError::Busy("the agreement changed during the post: post it again".into()));
        }
        let batch = Batch { collection: &found.id, origin: &reader.member, actor: &actor, leaf, hold: false };
        let outcomes = admit(app, tx, &force, &batch, &items)?;
        let ids: Vec<&str> = items.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
        attachment::follow_new(app, tx, &force, &actor, (&found.id, &ids))?;
        let mut answer = status.clone();
        for (outcome, (candidate, _)) in outcomes.into_iter().zip(&items) {
            let (id, version) = (candidate.id.clone(), candidate.version.clone());
            match outcome {
                Admitted::Refused(why) => {
                    answer.failures.push(StatusEntry { id, version, message: Some(why.text) });
                }
                _ => {
                    let stays = candidate.markings.uninterpreted || candidate.markings.tlp.is_none();
                    let message = stays.then(|| STAYS.to_owned());
                    answer.successes.push(StatusEntry { id, version, message });
                }
            }
        }
        let body = serde_json::to_string(&answer).map_err(|error| AppError::Internal(error.to_string()))?;
        desk::keep_status(tx, &answer.id, &reader.credential, &body, app.now().0)?;
        Ok(answer)
    })
}

/// Which rule asks for a second person before a member releases something whose node this is. Of others it is not asked
/// here.
fn needs_second(
    threshold: &Threshold<'_>,
    app: &App,
    reader: &Reader,
    force: &InForce,
    handling: &Handling,
) -> Option<&'static str> {
    if force.is_home_of(app, &reader.member) { threshold.asks(None, handling) } else { None }
}

fn read_item(
    app: &App,
    reader: &Reader,
    (force, threshold): (&InForce, &Threshold<'_>),
    (item, stated): (&Item<'_>, &Stated),
    meanings: &HashMap<String, Meaning>,
) -> Result<(Candidate, Statement), StatusEntry> {
    let fail = |id: String, version: String, reason: String| StatusEntry {
        id,
        version,
        message: Some(format!("object {}: {reason}", item.index)),
    };
    let object =
        item.object.as_ref().map_err(|error| fail(String::new(), String::new(), error.to_string()))?;
    let id = object.id().map(|id| id.as_str().to_owned()).unwrap_or_default();
    let version = object.version().map(|at| at.as_str().to_owned()).unwrap_or_default();
    let stored = |id: &Id| {
        let read = |tx: &mut Tx<'_>| meaning_by(app, tx, &reader.member, id.as_str());
        app.store().read("intake.definition", read).unwrap_or(Meaning::Unknown)
    };
    let resolve = |id: &Id| meanings.get(id.as_str()).copied().unwrap_or_else(|| stored(id));
    let candidate = Candidate::read(app, object, &Registry::standard(), &resolve)
        .map_err(|reason| fail(id.clone(), version.clone(), reason))?;
    let mut handling = candidate.markings.handling(reader.member.clone(), stated);
    if let Some(kind) = &candidate.record {
        kinds::complete(&mut handling, kind, app.now());
    }
    if let Err(why) = flagged(app, &candidate, &handling) {
        return Err(fail(id, version, why));
    }
    // A post states neither purpose nor legal basis. Of others it waits in triage; who has no other node states it first.
    if handling.personal && force.is_home_of(app, &reader.member) {
        return Err(fail(id, version, NO_PURPOSE.to_owned()));
    }
    if let Some(rule) = needs_second(threshold, app, reader, force, &handling) {
        return Err(fail(id, version, format!("{rule}: {SECOND}")));
    }
    let statement = Statement::markings_alone(handling);
    Ok((candidate, statement))
}

/// The status of a post, for the key that made it; kept for a day.
///
/// # Errors
/// Those of the store.
pub fn status(app: &App, reader: &Reader, id: &str) -> Result<Option<Status>, AppError> {
    app.store()
        .read("intake.status", |tx| desk::status(tx, id, &reader.credential))?
        .map(|body| serde_json::from_str(&body).map_err(|error| AppError::Internal(error.to_string())))
        .transpose()
}

/// Withdraws versions of an object that this member brought. Without `match[version]` it is the newest one.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such object of this member, or the collection is not for this key;
/// [`AppError::Denied`] when the key may not both read and write.
pub fn withdraw(
    app: &App,
    reader: &Reader,
    collection: &str,
    id: &str,
    query: &Query,
) -> Result<(), AppError> {
    let app = &reader.view(app)?;
    app.store().write("intake.withdraw", |tx| {
        let found = match access::one(app, tx, reader, collection)? {
            None => return Err(access::absent()),
            Some(found) if found.can_read && found.can_write => found,
            Some(_) => {
                return Err(AppError::Denied("to withdraw takes a key that may read and write".into()));
            }
        };
        let force = in_force(app, tx)?;
        let own = own(app, tx, reader, (&found.id, id), RecordState::Live)?;
        if own.is_empty() {
            return refuse_foreign(app, tx, reader, &found.id, id);
        }
        let chosen = asked(&own, query);
        if chosen.is_empty() {
            return Err(access::no_object());
        }
        let actor = format!("key:{}", reader.credential);
        for one in &chosen {
            withdraw::one(app, tx, &force, one, &actor, "withdrawn by its originator")?;
        }
        let gone: Vec<Record> = chosen.into_iter().cloned().collect();
        recall::follow(app, tx, &force, &gone, (recall::Reason::Withdrawn, &actor))
    })
}

/// Drops every draft of an object that this member keeps back in a collection.
///
/// # Errors
/// [`AppError::NotFound`] when it keeps none back there, or the collection is not for this key; [`AppError::Denied`] when
/// the key may not write.
pub fn drop_drafts(app: &App, reader: &Reader, collection: &str, id: &str) -> Result<(), AppError> {
    let app = &reader.view(app)?;
    app.store().write("intake.drop_drafts", |tx| {
        let into = access::to_write(app, tx, reader, collection)?;
        let force = in_force(app, tx)?;
        let drafts = own(app, tx, reader, (&into.id, id), RecordState::Held)?;
        if drafts.is_empty() {
            return Err(access::no_object());
        }
        let actor = format!("key:{}", reader.credential);
        for one in drafts {
            withdraw::one(app, tx, &force, &one, &actor, "dropped before it was published")?;
        }
        Ok(())
    })
}

/// The versions of an object in a collection that a client's member brought and that are in this state, newest first.
fn own(
    app: &App,
    tx: &mut Tx<'_>,
    reader: &Reader,
    (collection, id): (&str, &str),
    state: RecordState,
) -> Result<Vec<Record>, AppError> {
    let mut look = Look::new(app, tx)?;
    Ok(record::of_id(tx, id, Some(collection), None)?
        .into_iter()
        .map(Stored::into_inner)
        .filter(|one| one.key.origin == reader.member && one.state == state)
        .filter(|one| look.sees(one))
        .collect())
}

/// Those of an object's versions (newest first) that a query means.
fn asked<'a>(own: &'a [Record], query: &Query) -> Vec<&'a Record> {
    match &query.versions {
        Versions::All => own.iter().collect(),
        Versions::Last => own.iter().take(1).collect(),
        Versions::Some { last, first, at } => own
            .iter()
            .enumerate()
            .filter(|(n, one)| {
                (*last && *n == 0) || (*first && *n + 1 == own.len()) || at.contains(&one.version_at)
            })
            .map(|(_, one)| one)
            .collect(),
    }
}

/// Another member's object that the key can see cannot be withdrawn; one that it cannot see does not exist for it.
fn refuse_foreign(
    app: &App,
    tx: &mut Tx<'_>,
    reader: &Reader,
    collection: &str,
    id: &str,
) -> Result<(), AppError> {
    if serve::sees(app, tx, reader, collection, id)? {
        return Err(AppError::Denied("only its originator can withdraw an object".into()));
    }
    Err(access::no_object())
}
