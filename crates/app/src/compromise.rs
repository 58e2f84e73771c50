//! A member key that somebody else has: nothing that is signed with it and comes from then on is believed, and what came since
//! is set aside for people to look at.

use comity_ledger::Hash;
use comity_model::{Micros, PublicKey, Record, RecordState, SignedEnvelope, SignedKeyNote, Stored};
use comity_store::Tx;
use comity_store::tables::key_change::{self as rows, Change, KeyChange};
use comity_store::tables::outbox::{self, MessageState};
use comity_store::tables::{collection, record, witness as notes};
use serde::Serialize;

use crate::force::{InForce, find_member, in_force};
use crate::{Actor, App, AppError, Role, attachment, journal, ledger, sight, triage};

/// Records that are read at once.
const BATCH: i64 = 500;

/// What was done about a key that somebody else has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Declared {
    /// Display name of the member.
    pub member: String,
    /// Short name of the key.
    pub key: String,
    /// Since when somebody else has it.
    pub since: String,
    /// Records that were signed with it and came since: they are set aside now.
    pub records: Vec<SetAside>,
    /// Messages that were signed with it, came since and were taken: what they said was done, and is not believed any more.
    pub messages: Vec<Doubted>,
    /// Whether what the member's node said of its other keys was signed with it since, and is forgotten.
    pub note: bool,
}

/// A record that is set aside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SetAside {
    /// Its STIX id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Alias of its collection.
    pub collection: String,
    /// When it came, or its newest statement did.
    pub at: String,
}

/// A message that is not believed any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Doubted {
    /// Its kind.
    pub kind: String,
    /// Its signer's name for it.
    pub id: String,
    /// When it came.
    pub at: String,
}

/// Declares that somebody else has a key of a member, named by its short name or whole, since an instant. It counts at this node from now on; every member does
/// the same at its own.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] for an unknown member, or a key that was never
/// one of it here; [`AppError::Invalid`] for an instant that has not come; [`AppError::Conflict`] for the key with which this
/// node signs, and for one of which it was declared before.
pub fn declare(
    app: &App,
    actor: &Actor,
    member: &str,
    key: &str,
    since: Micros,
) -> Result<Declared, AppError> {
    actor.require(&[Role::Administrator], "declare that a key is in other hands")?;
    let named = key.parse::<PublicKey>().map_or_else(|_| key.to_owned(), |key| key.id());
    let key = named.as_str();
    if since > app.now() {
        return Err(AppError::invalid("--since", "the instant has not come yet"));
    }
    if app.keys()?.member.public().id() == key {
        return Err(AppError::Conflict(
            "this node signs with that key: put another in its place first (`comity key rotate --member`)"
                .into(),
        ));
    }
    app.store().write("key.compromised", |tx| {
        let force = in_force(app, tx)?;
        let member = find_member(&force, member)?;
        let known = ledger::known_keys(tx)?;
        if !known.get(&member).is_some_and(|keys| keys.iter().any(|one| one.id() == key)) {
            let why = format!(
                "`{key}` was never a key of {} here: see `comity member list`",
                force.name_of(&member)
            );
            return Err(AppError::NotFound(why));
        }
        if force.signers.is_stolen(&member, key) {
            return Err(AppError::Conflict(format!("of key {key} that was said before")));
        }
        let row = KeyChange {
            member: member.clone(),
            change: Change::Stolen,
            key: key.to_owned(),
            body: String::new(),
            since_us: since.0,
            at_us: app.now().0,
        };
        rows::add(tx, &row)?;
        let force = in_force(app, tx)?;
        let (records, gone) = set_aside(app, tx, &force, &row, &actor.name)?;
        let messages = doubt(tx, &row)?;
        let note = forget(tx, &row)?;
        let mut leaf = journal::leaf(app, "key.compromised", &actor.name)
            .member(member.as_str())
            .count(gone.len() as u64)
            .detail("key", key)
            .detail("since", &since.to_string());
        if !gone.is_empty() {
            leaf = leaf.detail("records", &comity_ledger::root_of(&gone).to_string());
        }
        journal::append(app, tx, vec![leaf])?;
        Ok(Declared {
            member: force.name_of(&member).to_owned(),
            key: key.to_owned(),
            since: since.to_string(),
            records,
            messages,
            note,
        })
    })
}

/// Sets aside what was signed with the key and came since, with its files.
fn set_aside(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    row: &KeyChange,
    actor: &str,
) -> Result<(Vec<SetAside>, Vec<Hash>), AppError> {
    let (mut views, mut gone) = (Vec::new(), Vec::new());
    for one in collection::list(tx)? {
        let mut after = -1;
        loop {
            let found = record::signed_with(tx, &one.id, &row.key, (after, BATCH))?;
            let Some(last) = found.last() else { break };
            after = last.peek().seq;
            for found in found.into_iter().map(Stored::into_inner) {
                let Some(why) = about(force, &found)? else { continue };
                if matches!(found.state, RecordState::Withdrawn | RecordState::Erased) {
                    continue;
                }
                let saw = sight::losers(app, tx, force, &found)?;
                record::set_state(tx, &one.id, found.seq, RecordState::Quarantined, &why)?;
                gone.push(triage::marker(tx, &found)?);
                for file in attachment::without(tx, &found, RecordState::Live)? {
                    record::set_state(tx, &file.key.collection, file.seq, RecordState::Quarantined, &why)?;
                    gone.push(triage::marker(tx, &file)?);
                }
                sight::show_before(app, tx, force, &found, &saw)?;
                tracing::warn!(id = found.key.id, actor, "set aside: its signature is not believed any more");
                views.push(SetAside {
                    id: found.key.id,
                    version: found.key.version,
                    collection: one.alias.clone(),
                    at: found.added_at.to_string(),
                });
            }
        }
    }
    Ok((views, gone))
}

/// Why a record stays aside since it was signed with a key that somebody else had when it came; none when it was not.
pub(crate) fn about(force: &InForce, found: &Record) -> Result<Option<String>, AppError> {
    if !force.signers.is_any_stolen() || found.envelope.is_empty() {
        return Ok(None);
    }
    let signed = SignedEnvelope::from_json(&found.envelope)?;
    let since =
        force.signers.stolen_since(&signed.signer, &signed.key).filter(|since| found.added_at > *since);
    Ok(since.map(|since| {
        let name = force.name_of(&signed.signer);
        format!("signed with key {} of {name}, which is in other hands since {since}", signed.key)
    }))
}

/// Messages that were signed with the key and taken since are not believed any more. What they said was done: people look at it.
fn doubt(tx: &mut Tx<'_>, row: &KeyChange) -> Result<Vec<Doubted>, AppError> {
    let mut doubted = Vec::new();
    for mut message in outbox::taken_since(tx, &row.member, row.since_us)? {
        let signed = comity_model::SignedMessage::from_json(&message.body)?;
        if signed.key != row.key {
            continue;
        }
        doubted.push(Doubted {
            kind: message.kind.clone(),
            id: message.id.clone(),
            at: Micros(message.at_us).to_string(),
        });
        message.state = MessageState::Refused;
        message.reason = "stolen-key".into();
        outbox::keep(tx, &message)?;
    }
    Ok(doubted)
}

/// Forgets the key note of the member when it was signed with the key since: the next one is as the first.
fn forget(tx: &mut Tx<'_>, row: &KeyChange) -> Result<bool, AppError> {
    let Some(note) = notes::key_note(tx, &row.member)? else { return Ok(false) };
    let is_doubted = SignedKeyNote::from_json(&note.body)?.key == row.key
        && notes::noted_at(tx, &row.member)? > row.since_us;
    if is_doubted {
        notes::forget_key_note(tx, &row.member)?;
    }
    Ok(is_doubted)
}
