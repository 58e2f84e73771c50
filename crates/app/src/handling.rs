//! Changing what is stated about the release of a record of one's own: same bytes, a new revision of the envelope.

use std::collections::BTreeSet;

use comity_model::kind::Kind;
use comity_model::stix::marking::Meaning;
use comity_model::stix::{Digest, Object};
use comity_model::{
    Handling, HandlingCode, Iep, Markings, MemberId, Pap, Record, RecordState, SignedEnvelope,
};
use comity_store::Tx;
use comity_store::tables::record;
use serde::Serialize;

use crate::admit::{Batch, Restated, Statement, restate as move_to, sign};
use crate::council::figure;
use crate::force::{InForce, in_force};
use crate::proposal::{self, Action, Outcome};
use crate::stated::{defined, flags, members, states, time, tlp, word};
use crate::threshold::Threshold;
use crate::versions::{self, Added};
use crate::{Actor, App, AppError, Role, anonymous, attachment, group, received, subject};

/// What is to be different. What is not named stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Change {
    /// Another TLP level.
    pub tlp: Option<String>,
    /// Recipients to add, and to drop.
    pub to: (Vec<String>, Vec<String>),
    /// Members that may release it in its originator's name, to add, and to drop.
    pub delegates: (Vec<String>, Vec<String>),
    /// Members that may release it to a third one besides, each with that one. Who is no recipient any more is dropped.
    pub consents: Vec<(MemberId, MemberId)>,
    /// Need-to-know groups to add, and to drop.
    pub groups: (Vec<String>, Vec<String>),
    /// Exclusions to add, and to drop.
    pub exclude: (Vec<String>, Vec<String>),
    /// Purposes to add, and to drop.
    pub purposes: (Vec<String>, Vec<String>),
    /// Embargo: a time to set, or an empty text to drop it.
    pub embargo: Option<String>,
    /// End of release: a time to set, or an empty text to drop it.
    pub end: Option<String>,
    /// Consent to onward transfer.
    pub onward: Option<bool>,
    /// Handling code, or an empty text to drop it.
    pub code: Option<String>,
    /// Permissible actions, or an empty text to drop them.
    pub pap: Option<String>,
    /// Circumstances to add, and to drop.
    pub flags: (Vec<String>, Vec<String>),
    /// Information Exchange Policy: one to set, or none to drop it. Level and dates that came with one stay.
    pub iep: Option<Option<Iep>>,
    /// Readers' groups inside this node's member to add, and to drop.
    pub inner: (Vec<String>, Vec<String>),
    /// States from which the person has refuge, to add, and to drop.
    pub refugee_from: (Vec<String>, Vec<String>),
}

/// A record under its new handling.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Changed {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// In how many collections it stands.
    pub copies: usize,
    /// How often its handling was stated now.
    pub revision: u32,
    /// Level in words.
    pub level: String,
}

/// Changes the handling of a record, or proposes it where the agreement asks for a second person. Of a received record a
/// member says which of its own people read it, and no more.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer, or for another member's record; [`AppError::Conflict`] when
/// the new handling is wider than the markings in the bytes allow, or nothing would change.
pub fn change(app: &App, actor: &Actor, text: &str, change: &Change) -> Result<Outcome<Changed>, AppError> {
    actor.require(&[Role::ReleaseOfficer], "change a handling")?;
    app.store().write("handling.change", |tx| {
        let force = in_force(app, tx)?;
        match received::limit(app, tx, &force, actor, (text, change))? {
            Some(limited) => Ok(Outcome::Done(limited)),
            None => change_own(app, tx, &force, actor, (text, change, None)),
        }
    })
}

/// Changes the handling of a record of one's own, or proposes it. `question` is the one that is answered so: what is
/// proposed then counts only as long as that one is open.
pub(crate) fn change_own(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    actor: &Actor,
    (text, change, question): (&str, &Change, Option<Digest>),
) -> Result<Outcome<Changed>, AppError> {
    let own = subject::own(app, tx, text, "change its handling")?;
    let found = own
        .iter()
        .max_by_key(|one| (one.state == RecordState::Live, one.version_at, one.seq))
        .ok_or_else(|| AppError::NotFound(format!("there is no record `{text}`")))?;
    if found.state != RecordState::Live {
        return Err(AppError::Conflict(format!("{} is {}", found.key.id, found.state.name())));
    }
    let next = apply(force, &found.handling, change)?;
    keeps_a_reader(tx, actor, found, &next)?;
    // A record may stand in several collections: what is said about it holds for every copy.
    let copies: Vec<&Record> = own
        .iter()
        .filter(|one| one.state == RecordState::Live && is_copy(one, found) && *one.handling != next)
        .collect();
    if copies.is_empty() {
        return Err(AppError::Conflict(format!("{} is handled so already", found.key.id)));
    }
    within_bytes(app, tx, found, &next)?;
    let named: Vec<(String, i64, u32)> =
        copies.iter().map(|one| (one.key.collection.clone(), one.seq, one.revision)).collect();
    let threshold = Threshold::of(app, tx, force, &found.key.origin)?;
    let rule = copies.iter().find_map(|one| threshold.asks(Some(&one.handling), &next));
    if let Some(reason) = rule {
        // Asked for again, it is the same proposal.
        let is_same = |one: &Action| match one {
            Action::Handling { copies, handling, question: asked } => {
                *copies == named && **handling == next && *asked == question
            }
            _ => false,
        };
        if let Some(waiting) = proposal::waiting(tx, is_same)? {
            return Ok(Outcome::Pending(waiting));
        }
        let action = Action::Handling { copies: named, handling: Box::new(next), question };
        return proposal::propose(app, tx, actor, &action, reason).map(Outcome::Pending);
    }
    if !text.contains('@') {
        let excluded = next.exclusions.difference(&found.handling.exclusions).cloned().collect();
        let added = Added::default().excluding(excluded);
        let named = (&found.key.origin, found.key.id.as_str(), found.key.version.as_str());
        versions::spread(app, tx, force, named, &added, &actor.name)?;
    }
    let revision = restate(app, tx, &actor.name, &named, &next)?;
    Ok(Outcome::Done(Changed {
        id: found.key.id.clone(),
        version: found.key.version.clone(),
        copies: named.len(),
        revision,
        level: next.level_name().to_owned(),
    }))
}

/// Refuses readers' groups that do not exist, and those that leave whoever names them outside.
pub(crate) fn keeps_a_reader(
    tx: &mut Tx<'_>,
    actor: &Actor,
    found: &Record,
    next: &Handling,
) -> Result<(), AppError> {
    if next.inner == found.handling.inner || next.inner.is_empty() {
        return Ok(());
    }
    group::require(tx, &next.inner.difference(&found.handling.inner).cloned().collect())?;
    if actor.inner.is_disjoint(&next.inner) {
        return Err(AppError::Conflict(format!(
            "you are in none of the groups that could read {}: let somebody of them limit it, or join one",
            found.key.id
        )));
    }
    Ok(())
}

fn is_copy(one: &Record, other: &Record) -> bool {
    one.key.version == other.key.version && one.key.digest == other.key.digest
}

fn apply(force: &InForce, now: &Handling, change: &Change) -> Result<Handling, AppError> {
    let mut next = now.clone();
    if let Some(level) = &change.tlp {
        next.tlp = Some(tlp(level)?);
    }
    edit(&mut next.recipients, members(force, &change.to.0)?, members(force, &change.to.1)?);
    edit(&mut next.exclusions, members(force, &change.exclude.0)?, members(force, &change.exclude.1)?);
    edit(&mut next.delegates, members(force, &change.delegates.0)?, members(force, &change.delegates.1)?);
    for (by, third) in &change.consents {
        next.consents.entry(by.clone()).or_default().insert(third.clone());
    }
    for thirds in next.consents.values_mut() {
        thirds.retain(|third| next.recipients.contains(third));
    }
    next.consents.retain(|_, thirds| !thirds.is_empty());
    let groups = &force.agreement.groups;
    edit(
        &mut next.groups,
        defined(groups, &change.groups.0, "--group")?,
        change.groups.1.iter().cloned().collect(),
    );
    let purposes = &force.agreement.purposes;
    edit(
        &mut next.purposes,
        defined(purposes, &change.purposes.0, "--purpose")?,
        change.purposes.1.iter().cloned().collect(),
    );
    if let Some(text) = &change.embargo {
        next.embargo_until = time("--embargo", Some(text.as_str()).filter(|text| !text.is_empty()))?;
    }
    if let Some(text) = &change.end {
        next.end_at = time("--until", Some(text.as_str()).filter(|text| !text.is_empty()))?;
    }
    if let Some(onward) = change.onward {
        next.onward = onward;
    }
    restrict(&mut next, change)?;
    Ok(next.checked()?)
}

/// What limits the use of a record, and the private side.
fn restrict(next: &mut Handling, change: &Change) -> Result<(), AppError> {
    if let Some(code) = &change.code {
        next.code = if code.is_empty() { None } else { Some(word::<HandlingCode>("--code", code)?) };
    }
    if let Some(pap) = &change.pap {
        next.pap = if pap.is_empty() { None } else { Some(word::<Pap>("--pap", pap)?) };
    }
    edit(&mut next.flags, flags(&change.flags.0)?, flags(&change.flags.1)?);
    if let Some(iep) = &change.iep {
        next.iep.clone_from(iep);
        next.heed_iep();
    }
    let groups = |names: &[String]| names.iter().cloned().collect();
    edit(&mut next.inner, groups(&change.inner.0), groups(&change.inner.1));
    edit(&mut next.refugee_from, states(&change.refugee_from.0)?, states(&change.refugee_from.1)?);
    Ok(())
}

fn edit<T: Ord>(set: &mut BTreeSet<T>, add: BTreeSet<T>, drop: BTreeSet<T>) {
    set.extend(add);
    set.retain(|item| !drop.contains(item));
}

/// Refuses a handling that is wider than the markings in the record's bytes (DESIGN: a wider one takes a new version),
/// that keeps a source anonymous whom the bytes name, or that gives others a figure that was counted for the own member.
fn within_bytes(app: &App, tx: &mut Tx<'_>, found: &Record, next: &Handling) -> Result<(), AppError> {
    let bytes = record::content(tx, &found.key, &[])?
        .ok_or_else(|| AppError::Conflict(format!("the content of {} was erased", found.key.id)))?;
    let object = Object::parse(&bytes, &app.limits().stix)
        .map_err(|error| AppError::Internal(format!("stored bytes: {error}")))?;
    anonymous::check(&object, next).map_err(AppError::Conflict)?;
    if let Ok(Some(Kind::Figure(figure))) = Kind::read(&object) {
        figure::stays_inward(tx, &figure, next)?;
    }
    let uninterpreted = found.handling.uninterpreted;
    let meaning = |_: &_| if uninterpreted { Meaning::Unknown } else { Meaning::Statement };
    if Markings::of(&object, &meaning).allow(next) {
        return Ok(());
    }
    Err(AppError::Conflict(format!(
        "{} cannot be wider than the markings in its bytes allow: publish a new version with new markings",
        found.key.id
    )))
}

/// Puts the copies of a record of one's own under another handling and answers the highest revision. Each is named by
/// collection, number and the revision that it is expected to have.
pub(crate) fn restate(
    app: &App,
    tx: &mut Tx<'_>,
    actor: &str,
    copies: &[(String, i64, u32)],
    handling: &Handling,
) -> Result<u32, AppError> {
    let force = in_force(app, tx)?;
    let mut highest = 0;
    for (collection, seq, expected) in copies {
        let found = record::numbered(tx, collection, *seq)?
            .ok_or_else(|| AppError::NotFound("the record is gone".into()))?
            .into_inner();
        // A proposal may be approved long after it was made.
        if found.state != RecordState::Live {
            return Err(AppError::Conflict(format!("{} is {} by now", found.key.id, found.state.name())));
        }
        if found.revision != *expected {
            return Err(AppError::Conflict(format!(
                "the handling of {} was changed since this was proposed: propose it again",
                found.key.id
            )));
        }
        let key = &found.key;
        let added = Added::of(Some(&found.handling), handling);
        versions::spread(app, tx, &force, (&key.origin, &key.id, &key.version), &added, actor)?;
        let revision = restate_one(app, tx, &force, &found, handling, actor)?;
        attachment::follow(app, tx, &force, &found, handling, actor)?;
        highest = highest.max(revision);
    }
    Ok(highest)
}

/// Signs a record whose home this is anew under another handling, with all else as it was stated, moves it there, and
/// answers its revision.
pub(crate) fn restate_one(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    handling: &Handling,
    actor: &str,
) -> Result<u32, AppError> {
    let old = SignedEnvelope::from_json(&found.envelope)?.envelope;
    let statement = Statement {
        handling: handling.clone(),
        purpose: old.purpose,
        legal_basis: old.legal_basis,
        review_at: old.review_at,
        decision_until: old.review_at,
        grading: old.grading,
        received: None,
    };
    let revision = found.revision.saturating_add(1);
    let (collection, origin) = (found.key.collection.as_str(), &found.key.origin);
    let batch = Batch { collection, origin, actor, leaf: "handling.changed", hold: false };
    let envelope = sign(app, tx, &batch, &found.key, &statement, revision)?;
    move_to(app, tx, force, found, Restated { handling, envelope, revision }, actor)?;
    Ok(revision)
}
