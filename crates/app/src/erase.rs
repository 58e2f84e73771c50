//! Erasing what a record holds. A tombstone with id, digest, time and authority stays, and keeps copies from coming back
//! by import, post, pull, or with a backup that is older than the erasure.

use std::collections::HashMap;

use comity_ledger::{Hash, commitment};
use comity_model::recall::Reason;
use comity_model::{MemberId, Micros, NotTaken, Record, RecordState, Stored};
use comity_store::Tx;
use comity_store::tables::tombstone::{self, Tombstone};
use comity_store::tables::{allegation, change, consent, record};
use serde::{Deserialize, Serialize};

use crate::admit::{Candidate, Statement};
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::note as own_notes;
use crate::proposal::{self, Action, ProposalView};
use crate::why::Why;
use crate::{
    Actor, App, AppError, Role, attachment, council, journal, letter, recall, same, search, sight, subject,
};

/// Why something may be erased; each with what it means.
pub const REASONS: [(&str, &str); 7] = [
    ("purpose-achieved", "the purpose for which it was collected is achieved"),
    ("wrong", "it is wrong and cannot be corrected"),
    ("unlawful", "it was collected or sent unlawfully"),
    ("order", "a court or the supervisor ordered it"),
    ("request", "the person concerned asked for it, with good reason"),
    ("not-relevant", "it came without a purpose and is not needed"),
    ("review", "its review date has passed, and nobody has extended it"),
];
/// Why something is erased that its originator took back: nobody proposes it, because it is asked for.
pub(crate) const RECALLED: &str = "recalled";
/// The longest authority, in characters.
const AUTHORITY_CHARS_MAX: usize = 200;
/// Most tombstones that are taken from one file.
const APPLIED_MAX: usize = 200_000;

/// Why, on whose authority, and how far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cause {
    /// One of [`REASONS`], or [`RECALLED`].
    pub(crate) reason: String,
    pub(crate) authority: String,
    pub(crate) scope: Scope,
}

/// What an erasure keeps out from then on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// These very bytes, by their digest: what nobody wanted says nothing about what else has the same id.
    Copy,
    /// This version.
    Version,
    /// This version of its originator; not what another member says with the same bytes.
    Recalled,
    /// Every version that is not newer than the erased ones: a newer one is a new statement of its originator.
    Object,
    /// Every version, also those to come.
    Future,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Version => "version",
            Self::Recalled => "recalled",
            Self::Object => "object",
            Self::Future => "future",
        }
    }
}

/// What is left of an erased record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TombstoneView {
    /// Id of the collection.
    pub collection: String,
    /// Whose record it was.
    pub origin: MemberId,
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The version as an instant.
    pub version_at: Micros,
    /// Digest of the whole object, hex.
    pub digest: comity_model::stix::Digest,
    /// What is kept out.
    pub scope: String,
    /// Code of the reason.
    pub reason: String,
    /// On whose authority.
    pub authority: String,
    /// When.
    pub at: Micros,
}

/// Proposes to erase a record: every version here, or the one that `id@version` names. With `future` no version to
/// come is taken either. Another person carries it out with an approval.
///
/// # Errors
/// [`AppError::Denied`] without the role data protection; [`AppError::NotFound`] for an unknown record;
/// [`AppError::Conflict`] when it is erased already; [`AppError::Invalid`] for an unknown reason or an empty authority.
pub fn propose(
    app: &App,
    actor: &Actor,
    text: &str,
    (reason, authority): (&str, &str),
    future: bool,
) -> Result<ProposalView, AppError> {
    actor.require(&[Role::DataProtection], "erase records")?;
    if !REASONS.iter().any(|(code, _)| *code == reason) {
        let codes: Vec<&str> = REASONS.iter().map(|(code, _)| *code).collect();
        return Err(AppError::invalid("--reason", format!("`{reason}` is none of {}", codes.join(", "))));
    }
    let authority = crate::triage::said("--authority", authority, AUTHORITY_CHARS_MAX)?;
    let scope = match (text.contains('@'), future) {
        (_, true) => Scope::Future,
        (true, false) => Scope::Version,
        (false, false) => Scope::Object,
    };
    app.store().write("erase.propose", |tx| {
        if subject::all(app, tx, text)?.iter().all(is_erased) {
            return Err(AppError::Conflict(format!("{text} is erased already: see `comity erased list`")));
        }
        let cause = Cause { reason: reason.into(), authority: authority.clone(), scope };
        let action = Action::Erase { record: text.to_owned(), cause };
        proposal::propose(app, tx, actor, &action, "erasing cannot be undone, so it takes a second person")
    })
}

/// Carries an approved erasure out, on every version and copy that is here by now.
pub(crate) fn carry_out(
    app: &App,
    tx: &mut Tx<'_>,
    text: &str,
    cause: &Cause,
    actor: &str,
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    let named = subject::stored(tx, text)?;
    let mut look = Look::new(app, tx)?;
    // Nobody decides about what they do not see.
    if !named.iter().all(|found| look.sees(found.peek())) {
        return Err(AppError::Denied(format!(
            "not every version of {text} is there for you: somebody who sees them all approves this"
        )));
    }
    let gone: Vec<Record> = named.into_iter().map(Stored::into_inner).collect();
    for found in &gone {
        one(app, tx, &force, found, cause, actor)?;
    }
    recall::follow(app, tx, &force, &gone, (why(cause), actor))
}

/// Why an erasure is followed by those who have the record.
fn why(cause: &Cause) -> Reason {
    Reason::from_name(&cause.reason).unwrap_or(Reason::Withdrawn)
}

fn is_erased(found: &Stored<Record>) -> bool {
    found.peek().state == RecordState::Erased
}

/// Erases one record; one that is erased already is left alone.
pub(crate) fn one(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    cause: &Cause,
    actor: &str,
) -> Result<(), AppError> {
    if found.state == RecordState::Erased {
        return Ok(());
    }
    let key = &found.key;
    let marker = record::salt(tx, &key.collection, found.seq)?.map(|salt| commitment(&salt, &key.digest.0));
    let stone = Tombstone {
        collection: key.collection.clone(),
        origin: key.origin.clone(),
        id: key.id.clone(),
        version_at: found.version_at,
        version: key.version.clone(),
        digest: key.digest,
        marker: marker.map(|hash| hash.0),
        scope: cause.scope.name().into(),
        reason: cause.reason.clone(),
        authority: cause.authority.clone(),
        at: app.now(),
    };
    // One version that goes shows the one before it again, as a withdrawal does.
    let saw = match cause.scope {
        Scope::Version => sight::seers(app, tx, force, found)?,
        _ => Vec::new(),
    };
    tombstone::set(tx, &stone)?;
    tombstone::erase(tx, found, &format!("erased at {} by {}", stone.at, stone.authority))?;
    forget_beside(app, tx, force, found, (cause, actor))?;
    note(app, tx, marker, &cause.reason, actor)?;
    sight::show_before(app, tx, force, found, &saw)?;
    for file in attachment::left_behind(tx, found)? {
        one(app, tx, force, &file, cause, actor)?;
    }
    Ok(())
}

fn note(app: &App, tx: &mut Tx<'_>, marker: Option<Hash>, reason: &str, actor: &str) -> Result<(), AppError> {
    let leaf = journal::leaf(app, "record.erased", actor).detail("reason", reason);
    let leaf = match marker {
        Some(marker) => leaf.object(marker),
        None => leaf,
    };
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

/// What stands beside a record goes with it: its entry in the search, grades and notes of one's own, the reason of the
/// version; and with its last version what people decided about who is the same, and the letters of one's own about it.
fn forget_beside(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    (cause, actor): (&Cause, &str),
) -> Result<(), AppError> {
    let (collection, seq) = (&found.key.collection, found.seq);
    search::forget(tx, collection, seq)?;
    own_notes::forget(tx, collection, seq)?;
    change::forget(tx, collection, seq)?;
    let all_gone = record::of_id(tx, &found.key.id, None, None)?.iter().all(is_erased);
    council::figure::forget(tx, found, all_gone)?;
    proposal::forget(tx, found, all_gone)?;
    if all_gone {
        consent::forget(tx, &found.key.id)?;
        allegation::forget_reasons(tx, &found.key.id)?;
        for one_letter in letter::own_about(app, tx, &found.key.id)? {
            one(app, tx, force, &one_letter, cause, actor)?;
        }
        same::forget(tx, &found.key.id)?;
    }
    Ok(())
}

/// Why candidates of a member are kept out by tombstones: the reason for people, by the place of the candidate.
pub(crate) fn kept_out(
    tx: &mut Tx<'_>,
    origin: &MemberId,
    items: &[(Candidate, Statement)],
) -> Result<HashMap<usize, Why>, AppError> {
    let ids: Vec<&str> = items.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
    let stones = tombstone::of(tx, &ids)?;
    if stones.is_empty() {
        return Ok(HashMap::new());
    }
    let mut by_id: HashMap<&str, Vec<&Tombstone>> = HashMap::new();
    for stone in &stones {
        by_id.entry(&stone.id).or_default().push(stone);
    }
    let mut out = HashMap::new();
    for (at, (candidate, statement)) in items.iter().enumerate() {
        let object = statement.received.as_ref().map_or(candidate.digest, |received| received.object);
        let stone = by_id
            .get(candidate.id.as_str())
            .and_then(|stones| stones.iter().find(|stone| covers(stone, origin, candidate, object)));
        if let Some(stone) = stone {
            let rest = match stone.scope.as_str() {
                "future" => "no version of it is taken",
                "object" => "only a newer version is taken, as a new statement of its originator",
                "copy" => "this copy is not taken again",
                _ => "this version is not taken again",
            };
            let text = format!("it was erased here at {} by {}: {rest}", stone.at, stone.authority);
            out.insert(at, Why::new(NotTaken::Erased, text));
        }
    }
    Ok(out)
}

/// Whoever brings it and wherever to: a copy is a copy. Beyond that a tombstone speaks for the originator of what was
/// erased alone: what another member says under the same id is another record. Objects without a version are told
/// apart by their digest alone, because their id is the same for everybody.
fn covers(
    stone: &Tombstone,
    origin: &MemberId,
    candidate: &Candidate,
    object: comity_model::stix::Digest,
) -> bool {
    let is_copy = stone.digest == object || stone.digest == candidate.digest;
    if is_copy && (stone.scope != Scope::Recalled.name() || &stone.origin == origin) {
        return true;
    }
    let is_versioned = candidate.version_at.0 != 0;
    &stone.origin == origin
        && match stone.scope.as_str() {
            "future" => true,
            "object" => {
                is_versioned
                    && (stone.version == candidate.version || candidate.version_at <= stone.version_at)
            }
            "version" | "recalled" => is_versioned && stone.version == candidate.version,
            _ => false,
        }
}

/// Every tombstone of this node, the oldest first.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<TombstoneView>, AppError> {
    actor.may_read()?;
    app.store().read("erase.list", |tx| {
        let mut look = Look::new(app, tx)?;
        let mut views = Vec::new();
        for stone in tombstone::list(tx)? {
            let rows = record::of_id(tx, &stone.id, None, Some(&stone.version))?;
            let is_its = |one: &Record| one.key.digest == stone.digest && one.key.origin == stone.origin;
            if rows.iter().all(|one| !is_its(one.peek()) || look.sees(one.peek())) {
                views.push(view(stone));
            }
        }
        Ok(views)
    })
}

fn view(stone: Tombstone) -> TombstoneView {
    TombstoneView {
        collection: stone.collection,
        origin: stone.origin,
        id: stone.id,
        version: stone.version,
        version_at: stone.version_at,
        digest: stone.digest,
        scope: stone.scope,
        reason: stone.reason,
        authority: stone.authority,
        at: stone.at,
    }
}

/// Proposes to apply the tombstones that the node had, on a node that was restored from a backup taken before: what
/// came back is erased again, and a copy of what did not is kept out by its digest. Another person approves.
///
/// # Errors
/// [`AppError::Denied`] without the role data protection; [`AppError::Invalid`] when the text is no such list, or it
/// holds a reason or scope that is none; [`AppError::Limit`] when it is too long.
pub fn apply(app: &App, actor: &Actor, text: &str) -> Result<ProposalView, AppError> {
    actor.require(&[Role::DataProtection], "apply tombstones")?;
    let stones: Vec<TombstoneView> =
        serde_json::from_str(text).map_err(|error| AppError::invalid("the list", error.to_string()))?;
    if stones.is_empty() {
        return Err(AppError::invalid("the list", "it holds no tombstone"));
    }
    if stones.len() > APPLIED_MAX {
        return Err(AppError::Limit { what: "the list of tombstones".into(), max: APPLIED_MAX.to_string() });
    }
    for stone in &stones {
        let is_reason = REASONS.iter().any(|(code, _)| *code == stone.reason) || stone.reason == RECALLED;
        let known = is_reason && scope(&stone.scope).is_some();
        if !known || crate::triage::said("authority", &stone.authority, AUTHORITY_CHARS_MAX).is_err() {
            let fault = format!("{}: its reason, scope or authority is none that this node writes", stone.id);
            return Err(AppError::invalid("the list", fault));
        }
    }
    app.store().write("erase.apply", |tx| {
        let action = Action::Apply { stones: stones.clone() };
        proposal::propose(app, tx, actor, &action, "erasing cannot be undone, so it takes a second person")
    })
}

fn scope(name: &str) -> Option<Scope> {
    let all = [Scope::Copy, Scope::Version, Scope::Recalled, Scope::Object, Scope::Future];
    all.into_iter().find(|one| one.name() == name)
}

/// Applies an approved list.
pub(crate) fn apply_all(
    app: &App,
    tx: &mut Tx<'_>,
    stones: &[TombstoneView],
    actor: &str,
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    for stone in stones {
        apply_one(app, tx, &force, stone, actor)?;
    }
    let leaf = journal::leaf(app, "erasures.applied", actor).count(stones.len() as u64);
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

fn apply_one(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    stone: &TombstoneView,
    actor: &str,
) -> Result<(), AppError> {
    let scope = scope(&stone.scope).unwrap_or(Scope::Copy);
    let cause = Cause { reason: stone.reason.clone(), authority: stone.authority.clone(), scope };
    let mut is_here = false;
    for found in record::of_id(tx, &stone.id, None, Some(&stone.version))? {
        let found = found.into_inner();
        if found.key.digest == stone.digest && found.key.origin == stone.origin {
            is_here = true;
            one(app, tx, force, &found, &cause, actor)?;
        }
    }
    if is_here {
        return Ok(());
    }
    // Nothing here says whether the list is right about it: its copy is kept out, and no other version.
    let row = Tombstone {
        collection: stone.collection.clone(),
        origin: stone.origin.clone(),
        id: stone.id.clone(),
        version_at: stone.version_at,
        version: stone.version.clone(),
        digest: stone.digest,
        marker: None,
        scope: Scope::Copy.name().into(),
        reason: stone.reason.clone(),
        authority: stone.authority.clone(),
        at: stone.at,
    };
    Ok(tombstone::set(tx, &row)?)
}
