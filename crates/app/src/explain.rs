//! Who will see a record, in which form, and why; and why a member has not got it.
//!
//! The answer comes from the code that enforces: the same decision, the same redaction, the same rights of keys.

pub(crate) mod document;
mod records;

use std::borrow::Cow;
use std::collections::BTreeSet;

use comity_model::stix::Tlp;
use comity_model::{Handling, MemberId, Record, RecordState};
use comity_policy::{Decision, StateFlags};
use comity_store::Tx;
use comity_store::tables::release::{self, Audience};
use comity_store::tables::{access, delivery, record};
use serde::Serialize;

use crate::dangling::{self, Left, Namer, Siblings};
use crate::force::{InForce, find_member, in_force};
use crate::look::Look;
use crate::remedy::{self, Outlook};
use crate::variant::Meanings;
use crate::{App, AppError, duties, settle, subject};

pub use document::preview;
pub(crate) use document::with_document;
pub(crate) use records::record_view;
pub use records::{RecordView, records, show};

/// What a member sees of a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Nothing, and no trace of it.
    Nothing,
    /// The record without its parts that are marked more strictly.
    Part,
    /// The whole record.
    Whole,
}

/// What one member sees of one record, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Sight {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name.
    pub name: String,
    /// Display name of the originator.
    pub origin: String,
    /// Id of the member.
    pub member_id: MemberId,
    /// Display name of the member.
    pub member: String,
    /// What it sees.
    pub view: View,
    /// Levels of the parts, and references, that are taken out.
    pub without: Vec<String>,
    /// Ids of the deciding rules.
    pub rules: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
    /// Purpose of use that was assumed, from the member's key.
    pub purpose: String,
    /// Legal basis that was assumed, from the member's key.
    pub basis: String,
    /// Whether the member has a key that reads the collection; without one nothing can arrive.
    pub has_key: bool,
    /// What binds whoever reads it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<String>,
}

impl Sight {
    /// The context in which it was decided.
    pub(crate) fn audience(&self) -> Audience {
        let (member, purpose, basis) = (self.member_id.clone(), self.purpose.clone(), self.basis.clone());
        Audience { number: 0, member, purpose, basis, inner: BTreeSet::new() }
    }
}

/// Why a member has, or has not, got a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explanation {
    /// What the member sees.
    pub sight: Sight,
    /// When the record first left for the member.
    pub delivered_at: Option<String>,
    /// The answer in one sentence.
    pub answer: String,
    /// What else was looked at, in order.
    pub steps: Vec<String>,
    /// What would have to change for the member to see it.
    pub outlook: Outlook,
}

/// What each member of the agreement, this node's own left out, sees of the newest record that a text names; of a draft,
/// what it will see once that is published.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn who_sees(app: &App, text: &str) -> Result<Vec<Sight>, AppError> {
    crate::serve::settle_if_due(app)?;
    app.store().read("explain.who_sees", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        with_record(app, tx, &found, once_published(&found), |tx, thing| all_of(app, tx, &force, thing))
    })
}

/// Where a record stands once it is published, if it is a draft.
pub(crate) fn once_published(found: &Record) -> RecordState {
    if found.state == RecordState::Held { RecordState::Live } else { found.state }
}

/// What each other member sees of every live record of this node's own member.
///
/// # Errors
/// Those of the store.
pub fn survey(app: &App) -> Result<Vec<Sight>, AppError> {
    crate::serve::settle_if_due(app)?;
    app.store().read("explain.survey", |tx| {
        let force = in_force(app, tx)?;
        let mut all = Vec::new();
        let mut look = Look::new(app, tx)?;
        for one in comity_store::tables::collection::list(tx)? {
            for stored in record::list(tx, &one.id, 0, i64::MAX)? {
                let found = stored.peek();
                if look.sees(found) && &found.key.origin == app.member() && found.state == RecordState::Live {
                    let of = |tx: &mut Tx<'_>, thing: &Thing<'_>| all_of(app, tx, &force, thing);
                    all.extend(with_record(app, tx, found, found.state, of)?);
                }
            }
        }
        Ok(all)
    })
}

/// Puts a stored record, as it would stand in this state, before a question.
pub(crate) fn with_record<T>(
    app: &App,
    tx: &mut Tx<'_>,
    found: &Record,
    state: RecordState,
    ask: impl FnOnce(&mut Tx<'_>, &Thing<'_>) -> Result<T, AppError>,
) -> Result<T, AppError> {
    // Whoever asks is not told by the answer what it may not find itself.
    let mut look = Look::new(app, tx)?;
    let hidden = look.cut(tx, found)?.gone;
    let bytes = look.content(tx, found)?.unwrap_or_default();
    let mut names = BTreeSet::new();
    if found.names {
        let all = dangling::names(tx, &found.key.collection, &[found.seq])?;
        names.extend(all.into_values().flatten().filter(|id| !hidden.contains(id)));
    }
    let thing = Thing {
        id: &found.key.id,
        version: &found.key.version,
        name: if found.state == RecordState::Triage { "" } else { &found.name },
        collection: &found.key.collection,
        handling: &found.handling,
        parts: &found.parts,
        state,
        bytes: &bytes,
        is_draft: found.state == RecordState::Held && state == RecordState::Live,
        meanings: &Meanings::new(),
        namer: Namer::of(found),
        names: &names,
        beside: &Siblings::new(),
    };
    ask(tx, &thing)
}

/// What each other member sees of a thing. Who holds the record itself is not told about: this node's own member, or the
/// one that is hosted here.
pub(crate) fn all_of(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'_>,
) -> Result<Vec<Sight>, AppError> {
    let holder = holder_of(app, force, &thing.handling.originator);
    let audiences = keyed(app, tx, thing.collection)?;
    let others = force.agreement.members.iter().filter(|member| &member.id != holder);
    others.map(|member| best_of(app, tx, force, thing, (&member.id, &audiences))).collect()
}

/// Who holds the records of an originator on this node.
fn holder_of<'a>(app: &'a App, force: &InForce, originator: &'a MemberId) -> &'a MemberId {
    if force.hosts(app, originator) { originator } else { app.member() }
}

/// Why a member has, or has not, got the newest record that a text names.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record or member.
pub fn to(app: &App, text: &str, member: &str) -> Result<Explanation, AppError> {
    crate::serve::settle_if_due(app)?;
    app.store().read("explain.to", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        let member = find_member(&force, member)?;
        if &member == holder_of(app, &force, &found.key.origin) {
            return Err(AppError::invalid("--to", "this member holds the record itself"));
        }
        let (sight, outlook) =
            with_record(app, tx, &found, found.state, |tx, thing| weighed(app, tx, &force, thing, &member))?;
        let rows =
            delivery::list(tx, Some((&found.key.collection, found.seq)), Some(member.as_str()), 1_000)?;
        let current = rows.iter().find(|row| row.handling == found.handling_id).or(rows.first());
        let delivered_at = current.map(|row| row.first_at.to_string());
        let steps = steps(&force, &found, &sight);
        Ok(Explanation {
            answer: answer(&sight, delivered_at.as_deref()),
            sight,
            delivered_at,
            steps,
            outlook,
        })
    })
}

/// What a member sees of a thing, and what would have to change.
pub(crate) fn weighed(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'_>,
    member: &MemberId,
) -> Result<(Sight, Outlook), AppError> {
    let sight = best(app, tx, force, thing, member)?;
    let now = settle::instant(app, tx)?;
    let mut outlook = remedy::outlook(app, tx, force, thing, &sight.audience(), now)?;
    if sight.view == View::Nothing && outlook == Outlook::default() {
        let gone = shown(app, tx, force, thing, &sight.audience())?.gone;
        outlook.in_the_way.extend(
            gone.iter().map(|id| format!("the record it names must be for {} too: {id}", sight.member)),
        );
    }
    Ok((sight, outlook))
}

fn steps(force: &InForce, found: &Record, sight: &Sight) -> Vec<String> {
    let handling = &found.handling;
    let names = |set: &BTreeSet<MemberId>| {
        set.iter().map(|id| force.name_of(id).to_owned()).collect::<Vec<_>>().join(", ")
    };
    let mut steps = vec![
        format!(
            "the record is {} and is a record of {}",
            found.state.name(),
            force.name_of(&found.key.origin)
        ),
        format!("its level is {}", handling.level_name()),
    ];
    if handling.recipients.len() > 1 {
        steps.push(format!("named recipients: {}", names(&handling.recipients)));
    }
    if !handling.groups.is_empty() {
        let groups: Vec<&str> = handling.groups.iter().map(String::as_str).collect();
        steps.push(format!("limited to need-to-know groups: {}", groups.join(", ")));
    }
    if !handling.exclusions.is_empty() {
        steps.push(format!("not for: {}", names(&handling.exclusions)));
    }
    if let Some(at) = handling.embargo_until {
        steps.push(format!("embargo until {at}"));
    }
    if let Some(at) = handling.end_at {
        steps.push(format!("release ends {at}"));
    }
    steps.extend(sight.duties.iter().cloned());
    steps.push(if sight.has_key {
        format!("{} has a key that reads this collection", sight.member)
    } else {
        format!("{} has no active key that reads this collection", sight.member)
    });
    steps
}

fn answer(sight: &Sight, delivered_at: Option<&str>) -> String {
    let member = &sight.member;
    match (sight.view, delivered_at) {
        (View::Nothing, Some(at)) => {
            format!("{member} got it at {at}; it would not get it now: {}", sight.why)
        }
        (View::Nothing, None) => format!("{member} has not got it: {}", sight.why),
        (_, Some(at)) => format!("{member} got it at {at}: {}", sight.why),
        (_, None) if !sight.has_key => {
            format!(
                "{member} has not got it: it may see it, but has no active key that reads this collection"
            )
        }
        (_, None) => {
            format!("{member} has not fetched it yet: it will arrive at its next pull ({})", sight.why)
        }
    }
}

/// A record, or what would become one.
#[derive(Clone, Copy)]
pub(crate) struct Thing<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: &'a str,
    pub(crate) name: &'a str,
    pub(crate) collection: &'a str,
    pub(crate) handling: &'a Handling,
    pub(crate) parts: &'a BTreeSet<Option<Tlp>>,
    pub(crate) state: RecordState,
    pub(crate) bytes: &'a [u8],
    /// It is a draft, looked at as it will be once it is published.
    pub(crate) is_draft: bool,
    /// What the marking definitions that come with it mean.
    pub(crate) meanings: &'a Meanings,
    /// Whose it is, and since when it is here.
    pub(crate) namer: Namer<'a>,
    /// Ids that it names.
    pub(crate) names: &'a BTreeSet<String>,
    /// What comes with it.
    pub(crate) beside: &'a Siblings,
}

/// The best that a member gets through any of its keys for the collection; without a key, what it would get with
/// one that states no purpose.
pub(crate) fn best(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'_>,
    member: &MemberId,
) -> Result<Sight, AppError> {
    let audiences = keyed(app, tx, thing.collection)?;
    best_of(app, tx, force, thing, (member, &audiences))
}

/// The best that a member gets through any of these contexts, as [`best`] has it.
fn best_of(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'_>,
    (member, audiences): (&MemberId, &[Audience]),
) -> Result<Sight, AppError> {
    let mut best: Option<Sight> = None;
    for audience in audiences.iter().filter(|one| &one.member == member) {
        let sight = sight(app, tx, force, thing, audience, true)?;
        if best.as_ref().is_none_or(|kept| sight.view > kept.view) {
            best = Some(sight);
        }
    }
    match best {
        Some(sight) => Ok(sight),
        None => sight(app, tx, force, thing, &nobody(member), false),
    }
}

/// The contexts in which active keys read a collection, of every member.
pub(crate) fn keyed(app: &App, tx: &mut Tx<'_>, collection: &str) -> Result<Vec<Audience>, AppError> {
    let now = app.now().0;
    let mut found: Vec<Audience> = Vec::new();
    for key in access::credentials(tx)? {
        let active = key.revoked_us.is_none() && now < key.expires_us;
        if !active || found.iter().any(|audience| audience.number == key.audience) {
            continue;
        }
        let reads = access::permissions(tx, &key.id)?
            .iter()
            .any(|permission| permission.collection == collection && permission.can_read);
        if reads && let Some(audience) = release::audience(tx, key.audience)? {
            found.push(audience);
        }
    }
    Ok(found)
}

/// What stands for a member without a key: one that states no purpose.
pub(crate) fn nobody(member: &MemberId) -> Audience {
    Audience {
        number: 0,
        member: member.clone(),
        purpose: String::new(),
        basis: String::new(),
        inner: BTreeSet::new(),
    }
}

/// What is decided about a thing for an audience, and what is left of it.
pub(crate) struct Shown<'a> {
    decision: Decision,
    /// Levels of the parts that are taken out.
    denied: BTreeSet<Option<Tlp>>,
    /// Ids that it names and that are taken out.
    pub(crate) gone: BTreeSet<String>,
    /// The bytes that the audience may have; none when it is denied, or nothing valid is left.
    pub(crate) bytes: Option<Cow<'a, [u8]>>,
}

/// Decides as the door does, and takes out what the door takes out.
pub(crate) fn shown<'a>(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'a>,
    audience: &Audience,
) -> Result<Shown<'a>, AppError> {
    // The same instant as at the door: a clock that was put back changes nothing about what is shown.
    let now = settle::instant(app, tx)?;
    let decision =
        force.decide(app, audience, thing.handling, StateFlags::of(thing.state, thing.handling, now));
    if !decision.allow() {
        return Ok(Shown { decision, denied: BTreeSet::new(), gone: BTreeSet::new(), bytes: None });
    }
    let denied = if thing.parts.is_empty() {
        BTreeSet::new()
    } else {
        force.denied(app, audience, thing.handling, thing.parts, thing.state, now)
    };
    let mut ends = dangling::ends(app, tx, audience)?.with(thing.beside).told_to(app.viewer());
    let gone = ends.hidden(tx, thing.namer, thing.names)?;
    let bytes = match dangling::left(app, tx, thing.bytes, &denied, &gone, thing.meanings)? {
        Left::Whole => Some(Cow::Borrowed(thing.bytes)),
        Left::Bytes(bytes) => Some(Cow::Owned(bytes)),
        Left::Nothing => None,
    };
    Ok(Shown { decision, denied, gone, bytes })
}

/// What is taken out, one by one, and in words.
fn without(member: &str, denied: &BTreeSet<Option<Tlp>>, gone: &BTreeSet<String>) -> (Vec<String>, String) {
    let levels: Vec<String> =
        denied.iter().map(|part| part.map_or("unknown marking", Tlp::name).to_owned()).collect();
    let mut taken = Vec::new();
    if !levels.is_empty() {
        taken.push(format!("its parts marked {}", levels.join(", ")));
    }
    if !gone.is_empty() {
        let ids: Vec<&str> = gone.iter().map(String::as_str).collect();
        taken.push(format!(
            "its references to what is not for {member} ({}): the records it names must be for it too",
            ids.join(", ")
        ));
    }
    let ids = gone.iter().map(|id| format!("the reference to {id}"));
    (levels.into_iter().chain(ids).collect(), taken.join(" and "))
}

fn sight(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    thing: &Thing<'_>,
    audience: &Audience,
    has_key: bool,
) -> Result<Sight, AppError> {
    let Shown { decision, denied, gone, bytes } = shown(app, tx, force, thing, audience)?;
    let (without, taken) = without(force.name_of(&audience.member), &denied, &gone);
    let why = decision.sentence();
    let (view, why) = match bytes {
        Some(_) if without.is_empty() => (View::Whole, why),
        Some(_) => (View::Part, format!("{why}; without {taken}")),
        None if decision.allow() => {
            (View::Nothing, format!("withheld whole: without {taken} no valid object is left"))
        }
        None => (View::Nothing, why),
    };
    let why = if thing.is_draft { format!("once it is published: {why}") } else { why };
    Ok(Sight {
        id: thing.id.to_owned(),
        version: thing.version.to_owned(),
        name: thing.name.to_owned(),
        origin: force.name_of(&thing.handling.originator).to_owned(),
        member_id: audience.member.clone(),
        member: force.name_of(&audience.member).to_owned(),
        view,
        without,
        rules: decision.rules().iter().map(|rule| rule.id.clone()).collect(),
        why,
        purpose: audience.purpose.clone(),
        basis: audience.basis.clone(),
        has_key,
        duties: duties::of(thing.handling),
    })
}
