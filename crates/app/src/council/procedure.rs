//! What is known here about a decision: who can object, what members said, and whether they could be heard. This is the
//! node's own judgement, of everything that it holds; people look at decisions through [`super::decision`].

use std::collections::{BTreeMap, BTreeSet};

use comity_ledger::Leaf;
use comity_model::council::silence::{self, Asked, Contact, Verdict, Voice};
use comity_model::kind::Kind;
use comity_model::kind::council::{
    Body, Decision, DecisionStatus, Procedure, Session, SessionStatus, Stance,
};
use comity_model::stix::{Id, Object, Timestamp};
use comity_model::{Agreement, MemberId, Micros, Record, RecordState, Standing, Stored};
use comity_store::Tx;
use comity_store::tables::{activation, delivery, epoch, journal, lookup, peer, record};

use crate::force::{InForce, in_force};
use crate::{App, AppError, allegation};

/// Statements of one member on one decision that are read, the newest first.
const READ_MAX: usize = 1_000;
/// Refusals of one peer that are looked through.
const REFUSALS_MAX: i64 = 1_000;

/// The kind of a stored record; none when its content is gone or is of no kind.
pub(super) fn kind_of(app: &App, tx: &mut Tx<'_>, found: &Record) -> Result<Option<Kind>, AppError> {
    let Some(bytes) = record::content(tx, &found.key, &[])? else { return Ok(None) };
    let Ok(object) = Object::parse(&bytes, &app.limits().stix) else { return Ok(None) };
    Ok(Kind::read(&object).ok().flatten())
}

/// The versions in use of an object of one origin, the newest first.
pub(super) fn versions(tx: &mut Tx<'_>, origin: &MemberId, id: &str) -> Result<Vec<Record>, AppError> {
    let all = record::of_id(tx, id, None, None)?.into_iter().map(Stored::into_inner);
    Ok(all.filter(|one| &one.key.origin == origin && one.state == RecordState::Live).collect())
}

/// The newest version in use of an object of this origin. Of an object that the origin has not at all, that of the one other
/// member that has it; none when several have it, because nobody says whose is meant.
pub(super) fn newest(
    app: &App,
    tx: &mut Tx<'_>,
    origin: &MemberId,
    id: &str,
) -> Result<Option<(Record, Kind)>, AppError> {
    let mut all: Vec<Record> =
        record::of_id(tx, id, None, None)?.into_iter().map(Stored::into_inner).collect();
    let is_own = all.iter().any(|one| &one.key.origin == origin);
    all.retain(|one| one.state == RecordState::Live && (!is_own || &one.key.origin == origin));
    let origins: BTreeSet<&MemberId> = all.iter().map(|one| &one.key.origin).collect();
    if origins.len() > 1 {
        return Ok(None);
    }
    for one in all {
        if let Some(kind) = kind_of(app, tx, &one)? {
            return Ok(Some((one, kind)));
        }
    }
    Ok(None)
}

/// The newest version in use of an object of each member that has it. Where some have the version that is named, of those
/// alone.
pub(super) fn of_each(
    app: &App,
    tx: &mut Tx<'_>,
    id: &str,
    version: &str,
) -> Result<Vec<(MemberId, Kind)>, AppError> {
    let mut all: Vec<Record> =
        record::of_id(tx, id, None, None)?.into_iter().map(Stored::into_inner).collect();
    all.retain(|one| one.state == RecordState::Live);
    let has: BTreeSet<MemberId> =
        all.iter().filter(|one| one.key.version == version).map(|one| one.key.origin.clone()).collect();
    all.retain(|one| has.is_empty() || has.contains(&one.key.origin));
    let mut found: Vec<(MemberId, Kind)> = Vec::new();
    for one in all {
        if found.iter().any(|(origin, _)| origin == &one.key.origin) {
            continue;
        }
        if let Some(kind) = kind_of(app, tx, &one)? {
            found.push((one.key.origin, kind));
        }
    }
    Ok(found)
}

/// A decision as far as it can be followed here, version by version; with its newest version.
pub(super) struct Course {
    /// The decision as it stands here.
    pub(super) now: Option<Decision>,
    /// The record that says so.
    pub(super) behind: Option<Record>,
    /// Why the newest version is not followed here; none when it is.
    pub(super) not_followed: Option<String>,
}

/// Follows the versions of a decision of one origin that are here. What others hold is judged as one's own is.
pub(super) fn course(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    origin: &MemberId,
    id: &str,
) -> Result<Course, AppError> {
    course_until(app, tx, force, (origin, id), Micros(i64::MAX))
}

/// The same of the versions up to one: who finds no newer one here is told of none.
pub(super) fn course_until(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (origin, id): (&MemberId, &str),
    until: Micros,
) -> Result<Course, AppError> {
    let (mut rows, mut kinds) = (Vec::new(), Vec::new());
    for one in versions(tx, origin, id)?.into_iter().rev().filter(|one| one.version_at <= until) {
        if let Some(kind) = kind_of(app, tx, &one)? {
            rows.push(one);
            kinds.push(kind);
        }
    }
    let read: Vec<&Kind> = kinds.iter().collect();
    let followed = comity_model::council::machine::followed(&read);
    let at = |place: usize| match kinds.get(place) {
        Some(Kind::Decision(decision)) => Some(decision.as_ref().clone()),
        _ => None,
    };
    let (now, behind) =
        (followed.last.and_then(at), followed.last.and_then(|place| rows.get(place).cloned()));
    if !followed.whole {
        return Ok(Course {
            now,
            behind,
            not_followed: Some("the states before it are not here, or one is skipped".into()),
        });
    }
    // Others state that it was adopted; what this node holds may say otherwise.
    if let Some(decision) = now.as_ref().filter(|one| one.status == DecisionStatus::Adopted)
        && !force.is_home_of(app, origin)
    {
        let why = against(app, tx, force, (origin, id), decision)?;
        if let Some(why) = why {
            let before = kinds.len().checked_sub(2);
            return Ok(Course {
                now: before.and_then(at),
                behind: before.and_then(|place| rows.get(place).cloned()),
                not_followed: Some(why),
            });
        }
    }
    Ok(Course { now, behind, not_followed: None })
}

/// What stands here against a decision of another member that is stated as adopted; none when nothing does.
fn against(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (origin, id): (&MemberId, &str),
    decision: &Decision,
) -> Result<Option<String>, AppError> {
    let closed = decision.closed.as_ref().map_or(i64::MAX, Timestamp::micros);
    let heard = voices(app, tx, id, decision)?;
    let said: Vec<Voice<'_>> =
        heard.said.iter().map(Spoken::voice).filter(|voice| voice.said.0 <= closed).collect();
    let last = silence::last(&entitled(decision), &said);
    // Whoever objected was heard, whatever the decision says of it, and also when the objection is set aside here.
    let objects = last.iter().filter(|(_, stance)| **stance == Stance::Object).map(|(member, _)| *member);
    let aside = heard.aside.iter().filter(|one| one.objects && one.row.version_at.0 <= closed);
    let objecting: BTreeSet<&str> = objects.chain(aside.map(|one| one.member.as_str())).collect();
    if !objecting.is_empty() {
        return Ok(Some(format!("{} had objected", named(force, objecting))));
    }
    let own = app.member().as_str();
    if last.contains_key(own) || !voting(app, tx, force, origin, &decision.body_ref)?.contains(own) {
        return Ok(None);
    }
    let micros = |at: &Option<Timestamp>| at.as_ref().map_or(0, Timestamp::micros);
    let begun = if decision.opened.is_some() { &decision.opened } else { &decision.closed };
    if !entitled(decision).contains(own) && was_full(app, tx, micros(begun))? {
        return Ok(Some(format!("{} can object, and it names others alone", named(force, [own]))));
    }
    let passed = decision.not_heard_refs.iter().any(|one| one.as_str() == own);
    let deadline = micros(&decision.deadline);
    if decision.procedure == Procedure::Silence
        && !passed
        && was_full(app, tx, deadline)?
        && came(app, tx, (origin, id), decision)?.is_some_and(|came| came.0 > deadline)
    {
        return Ok(Some("its text came here after the deadline".into()));
    }
    Ok(None)
}

/// Whether the own member was a full member at an instant, by the agreement that was in force at this node then. Before its
/// first agreement it was none.
fn was_full(app: &App, tx: &mut Tx<'_>, at: i64) -> Result<bool, AppError> {
    let steps = activation::steps(tx)?;
    let Some(step) = steps.iter().rev().find(|step| step.at_us <= at) else { return Ok(false) };
    let Some(then) = epoch::numbered(tx, step.epoch)? else { return Ok(false) };
    let agreement = Agreement::from_toml(&then.agreement)
        .map_err(|error| AppError::Internal(format!("an agreement that was in force: {error}")))?;
    Ok(agreement.member(app.member()).is_some_and(|one| one.standing == Standing::Member))
}

/// When the text that a decision is about first came here as open.
fn came(
    app: &App,
    tx: &mut Tx<'_>,
    (origin, id): (&MemberId, &str),
    decision: &Decision,
) -> Result<Option<Micros>, AppError> {
    let mut first: Option<Micros> = None;
    for one in versions(tx, origin, id)? {
        let Some(Kind::Decision(version)) = kind_of(app, tx, &one)? else { continue };
        if version.status != DecisionStatus::Silence
            || version.opened != decision.opened
            || version.text != decision.text
        {
            continue;
        }
        // The leaf stays that of its coming, also when its handling is restated.
        let leaf = journal::leaves(tx, one.leaf, 1)?.into_iter().next();
        let at = leaf.and_then(|bytes| Timestamp::parse(&Leaf::decode(&bytes).ok()?.at).ok());
        let at = at.map_or(one.added_at, |at| Micros(at.micros()));
        first = Some(first.map_or(at, |first| first.min(at)));
    }
    Ok(first)
}

/// Names of members, for a sentence.
pub(super) fn named<'a>(force: &InForce, members: impl IntoIterator<Item = &'a str>) -> String {
    let name = |id: &str| id.parse().map_or_else(|_| id.to_owned(), |id| force.name_of(&id).to_owned());
    members.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The members that can object to what a body decides: the full members that belong to it, as far as its record names
/// members; else all full members.
pub(super) fn voting(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    origin: &MemberId,
    body: &Id,
) -> Result<BTreeSet<String>, AppError> {
    let full = force.agreement.members.iter().filter(|member| member.standing == Standing::Member);
    let full: BTreeSet<String> = full.map(|member| member.id.as_str().to_owned()).collect();
    let Some((_, Kind::Body(body))) = newest(app, tx, origin, body.as_str())? else { return Ok(full) };
    let of_body: BTreeSet<String> = parties(&body);
    let both: BTreeSet<String> = full.intersection(&of_body).cloned().collect();
    Ok(if both.is_empty() { full } else { both })
}

fn parties(body: &Body) -> BTreeSet<String> {
    body.member_parties.iter().filter_map(|one| Some(one.member_ref.as_ref()?.as_str().to_owned())).collect()
}

/// The members that a decision names as those that can object.
pub(super) fn entitled(decision: &Decision) -> BTreeSet<&str> {
    decision.entitled_refs.iter().map(Id::as_str).collect()
}

/// What a member said, with the member.
pub(super) struct Spoken {
    member: String,
    stance: Stance,
    pub(super) said: Micros,
}

impl Spoken {
    pub(super) fn voice(&self) -> Voice<'_> {
        Voice { member: &self.member, stance: self.stance, said: self.said }
    }
}

/// What a member said last, and what of it is set aside at this node.
pub(super) struct Aside {
    pub(super) member: String,
    /// Whether it is an objection.
    pub(super) objects: bool,
    pub(super) row: Record,
}

/// What members say last about a decision.
pub(super) struct Heard {
    pub(super) said: Vec<Spoken>,
    /// Of these members the newest statement is not in use here: it is neither counted nor taken for silence.
    pub(super) aside: Vec<Aside>,
}

impl Heard {
    /// The members whose newest statement is set aside.
    pub(super) fn set_aside(&self) -> BTreeSet<&str> {
        self.aside.iter().map(|one| one.member.as_str()).collect()
    }
}

/// What the members that can object say last about a decision. Whose record it is says who speaks, and nothing in it.
pub(super) fn voices(app: &App, tx: &mut Tx<'_>, id: &str, decision: &Decision) -> Result<Heard, AppError> {
    use RecordState::{Erased, Held, Live, Overdue, Quarantined, Triage, Withdrawn};
    let mut heard = Heard { said: Vec::new(), aside: Vec::new() };
    let force = in_force(app, tx)?;
    for member in entitled(decision) {
        let Ok(origin) = member.parse::<MemberId>() else { continue };
        let rows = lookup::naming_by(tx, (id, "on_ref"), "comity-position", &origin, None)?;
        let mut rows: Vec<Record> = rows.into_iter().map(Stored::into_inner).take(READ_MAX).collect();
        // What is not yet stated says nothing; of one version what is in use comes first.
        rows.retain(|row| !matches!(row.state, Held | Erased));
        rows.sort_by_key(|row| (std::cmp::Reverse(row.version_at), row.state != Live));
        let mut met = BTreeSet::new();
        for row in rows {
            // Of each statement the newest version counts: where that is not in use, no older one stands for it.
            if !met.insert(row.key.id.clone()) || row.state == Withdrawn {
                continue;
            }
            // What its originator takes back is quarantined at others: it is withdrawn, and not set aside by somebody else.
            if row.state == Quarantined && allegation::about(app, tx, &force, &row)?.is_none() {
                continue;
            }
            let kind = kind_of(app, tx, &row)?;
            let is_aside = matches!(row.state, Quarantined | Triage | Overdue);
            let stance = match kind {
                Some(Kind::Position(position)) => Some(position.stance),
                // What cannot be read and is set aside may be an objection.
                _ if is_aside => None,
                _ => continue,
            };
            if !stance.is_none_or(|one| matches!(one, Stance::Object | Stance::Reserve | Stance::Approve)) {
                continue;
            }
            match stance.filter(|_| !is_aside) {
                Some(stance) => {
                    heard.said.push(Spoken { member: member.to_owned(), stance, said: row.version_at });
                }
                None => {
                    let objects = stance == Some(Stance::Object);
                    heard.aside.push(Aside { member: member.to_owned(), objects, row });
                }
            }
            break;
        }
    }
    Ok(heard)
}

/// Whether the members that can object got the text that is open, and up to when everything that they said is here.
pub(super) fn contacts(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (origin, id): (&MemberId, &str),
    decision: &Decision,
) -> Result<BTreeMap<String, Contact>, AppError> {
    let mut reached: BTreeMap<String, Micros> = BTreeMap::new();
    for one in versions(tx, origin, id)? {
        let Some(Kind::Decision(version)) = kind_of(app, tx, &one)? else { continue };
        if version.opened != decision.opened || version.text != decision.text {
            continue;
        }
        for (member, at) in delivery::first(tx, &one.key.collection, one.seq)? {
            let first = reached.entry(member.as_str().to_owned()).or_insert(at);
            *first = (*first).min(at);
        }
    }
    let since = decision.opened.as_ref().map_or(Micros(0), |at| Micros(at.micros()));
    let peers = peer::list(tx)?;
    let mut found = BTreeMap::new();
    for member in entitled(decision) {
        let parsed = member.parse::<MemberId>().ok();
        let here = parsed.as_ref().is_some_and(|one| one == app.member());
        let hosted = parsed.as_ref().is_some_and(|one| force.hosts(app, one));
        let heard = if hosted { Some(Micros(i64::MAX)) } else { heard(tx, &peers, member, since)? };
        found.insert(member.to_owned(), Contact { here, reached: reached.get(member).copied(), heard });
    }
    Ok(found)
}

/// Up to when everything that the node of a member released is here; none when that cannot be said: it is no peer, was never
/// pulled from to the end, failed last, or sent something since `since` that was refused and could be a statement.
fn heard(
    tx: &mut Tx<'_>,
    peers: &[peer::Peer],
    member: &str,
    since: Micros,
) -> Result<Option<Micros>, AppError> {
    let mut heard: Option<Micros> = None;
    for one in peers.iter().filter(|one| one.member.as_str() == member) {
        let cursors = peer::cursors(tx, &one.name)?;
        if cursors.is_empty() || cursors.iter().any(|cursor| cursor.failures > 0) {
            return Ok(None);
        }
        let could_be = |refusal: &peer::Refusal| {
            let other = Id::parse(&refusal.id).is_ok_and(|id| id.kind() != "comity-position");
            refusal.at_us >= since.0 && !other
        };
        if peer::refusals(tx, &one.name, REFUSALS_MAX)?.iter().any(could_be) {
            return Ok(None);
        }
        let first = cursors.iter().map(|cursor| Micros(cursor.pulled_us)).min();
        heard = match (heard, first) {
            (Some(kept), Some(first)) => Some(kept.min(first)),
            (kept, first) => kept.or(first),
        };
    }
    Ok(heard)
}

/// Judges a silence procedure by what is here now; `without` are members whose silence is not asked for.
pub(super) fn judge(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (origin, id): (&MemberId, &str),
    (decision, without): (&Decision, &BTreeSet<&str>),
) -> Result<Verdict, AppError> {
    let deadline = decision.deadline.as_ref().map_or(Micros(i64::MAX), |at| Micros(at.micros()));
    let heard = voices(app, tx, id, decision)?;
    let said: Vec<Voice<'_>> = heard.said.iter().map(Spoken::voice).collect();
    let contacts = contacts(app, tx, force, (origin, id), decision)?;
    let contacts = contacts.iter().map(|(member, contact)| (member.as_str(), *contact)).collect();
    let entitled = entitled(decision);
    let aside = heard.set_aside();
    let asked = Asked { deadline, entitled: &entitled, without, aside: &aside };
    Ok(silence::judge(&asked, &said, &contacts, app.now()))
}

/// The members that were present at the session of a decision, as far as it was held.
pub(super) fn present(
    app: &App,
    tx: &mut Tx<'_>,
    origin: &MemberId,
    decision: &Decision,
) -> Result<BTreeSet<String>, AppError> {
    let Some(session) = &decision.session_ref else { return Ok(BTreeSet::new()) };
    match newest(app, tx, origin, session.as_str())? {
        Some((_, Kind::Session(session))) if session.status == SessionStatus::Held => Ok(took_part(&session)),
        _ => Ok(BTreeSet::new()),
    }
}

/// The members that took part in a session, as its record names them.
pub(super) fn took_part(session: &Session) -> BTreeSet<String> {
    let all = session.members.as_ref().and_then(|members| members.value.as_ref());
    let id = |one: &comity_model::kind::council::Party| Some(one.member_ref.as_ref()?.as_str().to_owned());
    all.into_iter().flatten().filter_map(id).collect()
}
