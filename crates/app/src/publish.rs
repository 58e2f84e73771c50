//! Publishing what was kept back.

use comity_model::{Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;

use crate::compose::Author;
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::proposal::{self, Action, Outcome};
use crate::threshold::Threshold;
use crate::versions::{self, Added};
use crate::{
    Actor, App, AppError, Reader, Role, access, admit, attachment, council, journal, recall, settle, subject,
    triage, withdraw,
};

/// A record that was published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Published {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
}

/// Publishes a draft, or proposes it where the agreement asks for a second person.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown record;
/// [`AppError::Conflict`] when it is published already, or when an id without a version may mean another version than
/// was looked at.
pub fn run(app: &App, actor: &Actor, text: &str) -> Result<Outcome<Published>, AppError> {
    actor.require(&[Role::ReleaseOfficer], "publish records")?;
    app.store().write("publish.run", |tx| {
        let force = in_force(app, tx)?;
        let own = subject::own(app, tx, text, "publish it")?;
        if !text.contains('@') {
            is_plain(&own)?;
        }
        let found =
            newest_draft(own)?.ok_or_else(|| AppError::NotFound(format!("there is no record `{text}`")))?;
        match asks(app, tx, &force, &found)?.0 {
            Some(reason) => propose(app, tx, actor, found, reason),
            None => place(app, tx, actor, found),
        }
    })
}

/// Publishes a draft that a key's member brought into a collection. Where the agreement asks for a second person, a
/// person of this node approves what its own member drafted; of a member that is hosted here, another key than the one
/// that brought it publishes it. What is marked for neutrality review waits when one key of a hosted member asks, until
/// another one does and says why.
///
/// # Errors
/// [`AppError::NotFound`] when this member has no such record there, or the collection is not for this key;
/// [`AppError::Denied`] when the key may not write, or brought it itself where a second person is asked for;
/// [`AppError::Conflict`] when it is published already; [`AppError::Invalid`] without the reason that a neutrality
/// review takes.
pub fn by_key(
    app: &App,
    reader: &Reader,
    (collection, id): (&str, &str),
    reason: Option<&str>,
) -> Result<Outcome<Published>, AppError> {
    let reason = reason.map(|reason| triage::reason("reason", reason)).transpose()?;
    let author = Author::Key(reader);
    let (app, actor) = (&author.view(app)?, author.actor());
    app.store().write("publish.by_key", |tx| {
        let into = access::to_write(app, tx, reader, collection)?.id;
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let own = record::of_id(tx, id, Some(&into), None)?
            .into_iter()
            .map(Stored::into_inner)
            .filter(|one| one.key.origin == reader.member && look.sees(one))
            .collect();
        let found = newest_draft(own)?.ok_or_else(access::no_object)?;
        let (rule, going) = asks(app, tx, &force, &found)?;
        match rule {
            None => place(app, tx, &actor, found),
            Some(reason) if &reader.member == app.member() => propose(app, tx, &actor, found, reason),
            Some(proposal::NEUTRALITY) => review(app, tx, &actor, found, reason.as_deref()),
            Some(reason) if going.iter().any(|one| one.actor == actor.name) => {
                Err(AppError::Denied(format!("{reason}: another key of your member publishes it")))
            }
            Some(_) => place(app, tx, &actor, found),
        }
    })
}

/// Publishes what is marked for neutrality review when another key has asked for it; else it waits for another one.
fn review(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &Actor,
    found: Record,
    reason: Option<&str>,
) -> Result<Outcome<Published>, AppError> {
    let waiting = proposal::waiting_for(tx, &found.key.collection, found.seq)?;
    let Some(waiting) = waiting.filter(|waiting| waiting.by != actor.name) else {
        return propose(app, tx, actor, found, proposal::NEUTRALITY);
    };
    let reason = reason.ok_or_else(|| {
        AppError::invalid("reason", "say why it may go: it is marked for neutrality review")
    })?;
    proposal::decide(app, tx, (&waiting.id, "publish"), actor, Some(reason))?;
    let both = Actor { name: format!("{}+{}", waiting.by, actor.name), ..actor.clone() };
    place(app, tx, &both, found)
}

/// Which rule asks for a second person before a draft goes out, and what goes with it: the draft, and its files. The rule
/// that asks most of the second person goes for all.
fn asks(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
) -> Result<(Option<&'static str>, Vec<Record>), AppError> {
    let threshold = Threshold::of(app, tx, force, &found.key.origin)?;
    let mut going = attachment::held_with(tx, found)?;
    going.insert(0, found.clone());
    let rules: Vec<&str> = going.iter().filter_map(|one| threshold.asks(None, &one.handling)).collect();
    let rule = rules.iter().find(|rule| **rule == proposal::NEUTRALITY).or(rules.first()).copied();
    Ok((rule, going))
}

/// The newest draft among the versions of a record; none when there are none.
fn newest_draft(own: Vec<Record>) -> Result<Option<Record>, AppError> {
    let newest = own.into_iter().max_by_key(|one| (one.state == RecordState::Held, one.version_at, one.seq));
    match newest {
        Some(found) if found.state != RecordState::Held => {
            Err(AppError::Conflict(format!("{} is {}, not a draft", found.key.id, found.state.name())))
        }
        found => Ok(found),
    }
}

/// Refuses an id that does not say which draft is meant: where there are several, or a newer version is in use, whoever
/// publishes may have looked at another one.
fn is_plain(own: &[Record]) -> Result<(), AppError> {
    let mut drafts: Vec<&Record> = own.iter().filter(|one| one.state == RecordState::Held).collect();
    drafts.sort_by_key(|one| (one.version_at, one.seq));
    let Some(newest) = drafts.last() else { return Ok(()) };
    let live = own.iter().filter(|one| one.state == RecordState::Live).max_by_key(|one| one.version_at);
    let newer = live.filter(|one| one.version_at > newest.version_at);
    let why = match (drafts.len(), newer) {
        (1, None) => return Ok(()),
        (1, Some(live)) => format!("a newer version than the draft is published, {}", live.key.version),
        (count, _) => format!("there are {count} drafts of it"),
    };
    let mut named: Vec<String> =
        drafts.iter().map(|one| format!("{}@{}", one.key.id, one.key.version)).collect();
    named.dedup();
    let (id, named) = (&newest.key.id, named.join(" or "));
    Err(AppError::Conflict(format!("{id}: {why}; name the version that is to be published: {named}")))
}

fn propose(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &Actor,
    found: Record,
    reason: &str,
) -> Result<Outcome<Published>, AppError> {
    if let Some(waiting) = proposal::waiting_for(tx, &found.key.collection, found.seq)? {
        return Ok(Outcome::Pending(waiting));
    }
    let action = Action::Publish { collection: found.key.collection, seqs: vec![found.seq] };
    proposal::propose(app, tx, actor, &action, reason).map(Outcome::Pending)
}

fn place(app: &App, tx: &mut Tx<'_>, actor: &Actor, found: Record) -> Result<Outcome<Published>, AppError> {
    place_held(app, tx, &actor.name, &found.key.collection, &[found.seq])?;
    Ok(Outcome::Done(Published { id: found.key.id, version: found.key.version }))
}

/// Puts held records on their shelves.
pub(crate) fn place_held(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &str,
    collection: &str,
    seqs: &[i64],
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    settle::reach(app, tx, &force)?;
    let mut commitments = Vec::new();
    let mut published = Vec::new();
    let mut waiting = seqs.to_vec();
    let mut at = 0;
    while let Some(seq) = waiting.get(at).copied() {
        at += 1;
        let Some(stored) = record::numbered(tx, collection, seq)? else { continue };
        let mut held = stored.into_inner();
        if held.state != RecordState::Held {
            continue;
        }
        if let Some(why) = recall::why_aside(app, tx, &force, &held)? {
            return Err(AppError::Conflict(format!("{}: {why}; see `comity quarantine list`", held.key.id)));
        }
        council::moves::again(app, tx, &force, &held)?;
        // Its files were held back with it.
        waiting.extend(attachment::held_with(tx, &held)?.iter().map(|one| one.seq));
        published.push(held.key.id.clone());
        held.state = RecordState::Live;
        held.reason = String::new();
        admit::shelve(app, tx, &force, &mut held)?;
        let named = (&held.key.origin, held.key.id.as_str(), held.key.version.as_str());
        versions::spread(app, tx, &force, named, &Added::of(None, &held.handling), actor)?;
        withdraw::of_other_category(app, tx, &held, actor)?;
        let salt = record::salt(tx, collection, seq)?.unwrap_or_default();
        commitments.push(comity_ledger::commitment(&salt, &held.key.digest.0));
    }
    if !commitments.is_empty() {
        let leaf = journal::leaf(app, "held.published", actor)
            .object(comity_ledger::root_of(&commitments))
            .count(commitments.len() as u64)
            .detail("collection", collection);
        journal::append(app, tx, vec![leaf])?;
    }
    let ids: Vec<&str> = published.iter().map(String::as_str).collect();
    attachment::follow_new(app, tx, &force, actor, (collection, &ids))
}
