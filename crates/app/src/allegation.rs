//! Allegations of ill-treatment in the way that a record was obtained. Any member may attach one to any record that it
//! sees. Wherever the note and the record meet, the record is set aside until two people lift it with a reason.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use comity_model::stix::Tlp;
use comity_model::{Flag, Grading, MemberId, Record, RecordState, SignedEnvelope, Stored};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::allegation as rows;
use comity_store::tables::release::Audience;
use comity_store::tables::{collection, record};
use serde::Serialize;

use crate::admit::Statement;
use crate::force::{InForce, in_force};
use crate::letter::{self, ALLEGATION, Letter, Sent};
use crate::look::{Look, filled};
use crate::proposal::{self, Action, ProposalView};
use crate::{Actor, App, AppError, Role, admit, attachment, journal, recall, subject, triage};

/// The longest allegation and source, in characters.
const TEXT_CHARS_MAX: usize = 20_000;
const SOURCE_CHARS_MAX: usize = 200;
/// Most records named as resting on one that is set aside.
const RESTING_MAX: usize = 100;

/// An allegation that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Alleged {
    /// STIX id of the note.
    pub note: String,
    /// STIX id of the record.
    pub record: String,
    /// Where the record stands now.
    pub state: String,
    /// What waits for a second person, where the agreement asks for one: the note. The record is set aside at once.
    pub waiting: Option<ProposalView>,
}

/// A record that was set aside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SetAside {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Display name of the originator.
    pub origin: String,
    /// Why.
    pub reason: String,
    /// What the originator stated: scale, source, information.
    pub stated_grade: String,
    /// What holds meanwhile.
    pub grade: String,
    /// Records here that name it.
    pub resting: Vec<String>,
}

/// How often a member alleged.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counted {
    /// Display name of the member.
    pub member: String,
    /// Allegations in all.
    pub made: usize,
    /// Those that two people here lifted.
    pub lifted: usize,
}

/// What is set aside, and how often each member alleged.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Quarantine {
    /// The records.
    pub records: Vec<SetAside>,
    /// Counts by member.
    pub members: Vec<Counted>,
}

/// Alleges that ill-treatment played a part in how a record was obtained. The note goes to whom the record goes, and to
/// its originator, and never wider; the record is set aside here at once.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer or data protection; [`AppError::NotFound`] for an unknown
/// record; [`AppError::Invalid`] for an empty or long text.
pub fn make(
    app: &App,
    actor: &Actor,
    text: &str,
    words: &str,
    source: Option<&str>,
) -> Result<Alleged, AppError> {
    actor.require(&[Role::ReleaseOfficer, Role::DataProtection], "allege ill-treatment")?;
    let words = triage::said("--text", words, TEXT_CHARS_MAX)?;
    let source = source.map(|source| triage::said("--source", source, SOURCE_CHARS_MAX)).transpose()?;
    app.store().write("allegation.make", |tx| {
        let force = in_force(app, tx)?;
        let found = subject::newest(app, tx, text)?;
        if !letter::is_here(found.state) || found.state == RecordState::Triage {
            return Err(AppError::Conflict(format!("{text} is {}", found.state.name())));
        }
        // The note would go to whom the draft is meant for, and tell them that there is one.
        if found.state == RecordState::Held {
            return Err(AppError::Conflict(format!(
                "{text} is a draft, which nobody else has: withdraw it instead of alleging about it"
            )));
        }
        let letter = Letter {
            title: "allegation of ill-treatment",
            text: &words,
            labels: vec![ALLEGATION.to_owned()],
            authors: source.iter().cloned().collect(),
            about: &found.key.id,
        };
        let statement = like(app, &found)?;
        let place = letter::place_for(app, tx, &found.key.origin, &found.key.collection)?;
        let Sent { id, waiting } = letter::send(app, tx, &force, (actor, &place), &letter, statement)?;
        let leaf = journal::leaf(app, "allegation.made", &actor.name).object(triage::marker(tx, &found)?);
        journal::append(app, tx, vec![leaf])?;
        let now = record::numbered(tx, &found.key.collection, found.seq)?;
        let state = now.map_or(found.state, |stored| stored.peek().state);
        Ok(Alleged { note: id, record: found.key.id, state: state.name().to_owned(), waiting })
    })
}

/// What is stated about a note on a record: as the record, for whom the record is, and for its originator.
fn like(app: &App, found: &Record) -> Result<Statement, AppError> {
    let old = SignedEnvelope::from_json(&found.envelope)?.envelope;
    let mut handling = comity_model::Handling::unmarked(app.member().clone());
    let theirs = &found.handling;
    handling.tlp = theirs.tlp;
    handling.uninterpreted = theirs.uninterpreted;
    handling.recipients.extend(theirs.recipients.iter().cloned());
    handling.recipients.insert(found.key.origin.clone());
    handling.groups.clone_from(&theirs.groups);
    handling.exclusions.clone_from(&theirs.exclusions);
    handling.exclusions.remove(&found.key.origin);
    handling.purposes.clone_from(&theirs.purposes);
    handling.embargo_until = theirs.embargo_until;
    handling.end_at = theirs.end_at;
    handling.personal = theirs.personal;
    // What is said about a record is for those who see the record.
    handling.inner.clone_from(&theirs.inner);
    handling.refugee_from.clone_from(&theirs.refugee_from);
    handling.category = theirs.category;
    handling.code = theirs.code;
    handling.pap = theirs.pap;
    handling.iep.clone_from(&theirs.iep);
    // That a complaint is open or ill-treatment alleged stops the record, not what is said about it.
    let stops = |flag: &&Flag| matches!(flag, Flag::Complaint | Flag::IllTreatment);
    handling.flags = theirs.flags.iter().filter(|flag| !stops(flag)).copied().collect();
    let controlled = theirs.flags.contains(&Flag::OriginatorControl);
    // Whose record may not be passed on, of that one nothing is said to others.
    if &found.key.origin != app.member() && (!theirs.onward || controlled) {
        handling.tlp = Some(Tlp::Red);
    }
    Ok(Statement {
        handling: handling.checked()?,
        purpose: old.purpose,
        legal_basis: old.legal_basis,
        review_at: old.review_at,
        decision_until: old.review_at,
        grading: None,
        received: None,
    })
}

/// Why a record is set aside, if a member that can see it alleges something about it and nobody lifted that.
pub(crate) fn about(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
) -> Result<Option<String>, AppError> {
    let open = rows::open(tx, &[&found.key.id])?;
    let one = open.iter().find(|one| counts(app, force, &one.member, found));
    Ok(one.map(|one| format!("ill-treatment alleged by {}", force.name_of(&one.member))))
}

/// Whether a member has a say about a record: its originator, whom the handling names, and whoever may have it for one
/// of its purposes. Nobody sets aside what the exchange itself rests on: markings, definitions, the members.
fn counts(app: &App, force: &InForce, member: &MemberId, found: &Record) -> bool {
    let is_ground = matches!(found.kind.as_str(), "marking-definition" | "extension-definition")
        || force.agreement.members.iter().any(|one| one.id.as_str() == found.key.id);
    if is_ground {
        return false;
    }
    let handling = &found.handling;
    if member == app.member() || member == &found.key.origin || handling.recipients.contains(member) {
        return true;
    }
    let state = StateFlags::of(RecordState::Live, handling, app.now());
    let or_none =
        |words: Vec<&String>| -> Vec<String> { words.into_iter().cloned().chain([String::new()]).collect() };
    let bases = or_none(force.agreement.legal_bases.keys().collect());
    or_none(handling.purposes.iter().collect()).into_iter().any(|purpose| {
        bases.iter().any(|basis| {
            let (purpose, basis) = (purpose.clone(), basis.clone());
            let inner = BTreeSet::new();
            let audience = Audience { number: 0, member: member.clone(), purpose, basis, inner };
            force.decide(app, &audience, handling, state).allow()
        })
    })
}

/// Sets every version of an object aside that is in use here, and about which the members that allege have a say.
pub(crate) fn set_aside(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    target: &str,
    actor: &str,
) -> Result<(), AppError> {
    let mut leaves = Vec::new();
    for stored in record::of_id(tx, target, None, None)? {
        let found = stored.into_inner();
        let is_live = found.state == RecordState::Live;
        if !is_live && found.state != RecordState::Quarantined {
            continue;
        }
        let Some(reason) = about(app, tx, force, &found)? else { continue };
        if is_live {
            record::set_state(tx, &found.key.collection, found.seq, RecordState::Quarantined, &reason)?;
            leaves.push(journal::leaf(app, "record.quarantined", actor).object(triage::marker(tx, &found)?));
        }
        // Its files say what it says.
        for file in attachment::without(tx, &found, RecordState::Live)? {
            record::set_state(tx, &file.key.collection, file.seq, RecordState::Quarantined, &reason)?;
            leaves.push(journal::leaf(app, "record.quarantined", actor).object(triage::marker(tx, &file)?));
        }
    }
    if !leaves.is_empty() {
        journal::append(app, tx, leaves)?;
    }
    Ok(())
}

/// What is set aside because of allegations, and how often each member alleged.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads.
pub fn list(app: &App, actor: &Actor) -> Result<Quarantine, AppError> {
    actor.may_read()?;
    app.store().read("allegation.list", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let mut all = Vec::new();
        for one in rows::list(tx)? {
            if look.sees_object(tx, &one.target)? && look.sees_numbered(tx, &one.collection, one.seq)? {
                all.push(one);
            }
        }
        let mut counts: BTreeMap<String, Counted> = BTreeMap::new();
        let mut targets: Vec<&str> = Vec::new();
        for one in &all {
            let member = force.name_of(&one.member).to_owned();
            let count = counts.entry(member.clone()).or_insert(Counted { member, ..Counted::default() });
            count.made += 1;
            count.lifted += usize::from(one.lifted_at.is_some());
            if one.lifted_at.is_none() && !targets.contains(&one.target.as_str()) {
                targets.push(&one.target);
            }
        }
        let mut records = Vec::new();
        for target in targets {
            for stored in record::of_id(tx, target, None, None)? {
                if stored.peek().state == RecordState::Quarantined && look.sees(stored.peek()) {
                    records.push(set_aside_view(tx, &force, &mut look, stored.peek())?);
                }
            }
        }
        Ok(Quarantine { records, members: counts.into_values().collect() })
    })
}

/// The first `most` records of [`list`], without the members that alleged.
pub(crate) fn first(app: &App, actor: &Actor, most: usize) -> Result<Vec<SetAside>, AppError> {
    actor.may_read()?;
    app.store().read("allegation.first", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let (mut records, mut targets) = (Vec::new(), BTreeSet::new());
        for one in rows::list(tx)? {
            let is_shown = one.lifted_at.is_none()
                && !targets.contains(&one.target)
                && look.sees_object(tx, &one.target)?
                && look.sees_numbered(tx, &one.collection, one.seq)?;
            if !is_shown {
                continue;
            }
            for stored in record::of_id(tx, &one.target, None, None)? {
                if stored.peek().state == RecordState::Quarantined && look.sees(stored.peek()) {
                    records.push(set_aside_view(tx, &force, &mut look, stored.peek())?);
                }
            }
            if records.len() >= most {
                records.truncate(most);
                break;
            }
            targets.insert(one.target);
        }
        Ok(records)
    })
}

fn set_aside_view(
    tx: &mut Tx<'_>,
    force: &InForce,
    look: &mut Look<'_>,
    found: &Record,
) -> Result<SetAside, AppError> {
    let stated = Grading::of(&SignedEnvelope::from_json(&found.envelope)?.envelope);
    let words = |grade: &Grading| format!("{} {}{}", grade.scale, grade.source, grade.information);
    Ok(SetAside {
        id: found.key.id.clone(),
        version: found.key.version.clone(),
        origin: force.name_of(&found.key.origin).to_owned(),
        reason: found.reason.clone(),
        stated_grade: words(&stated),
        grade: words(&stated.capped()),
        resting: resting(tx, look, &found.key.id)?,
    })
}

/// Records in use here that name an object, the notes that allege left out.
pub(crate) fn resting(tx: &mut Tx<'_>, look: &mut Look<'_>, id: &str) -> Result<Vec<String>, AppError> {
    let notes: Vec<String> = rows::open(tx, &[id])?.into_iter().map(|one| one.note).collect();
    let mut found: Vec<String> = Vec::new();
    for one in collection::list(tx)? {
        let read = |tx: &mut Tx<'_>, part| record::naming(tx, &one.id, id, part);
        let mut met = HashSet::new();
        let rests = |_: &mut Tx<'_>, stored: &Stored<Record>| {
            let naming = &stored.peek().key.id;
            let is_known = notes.contains(naming) || found.contains(naming);
            Ok(!is_known && look.sees(stored.peek()) && met.insert(naming.clone()))
        };
        let here = filled(tx, RESTING_MAX.saturating_sub(found.len()), read, rests)?;
        found.extend(here.into_iter().map(|stored| stored.into_inner().key.id));
    }
    Ok(found)
}

/// Proposes to lift what is alleged about a record, with the reason. A second release officer decides.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown record;
/// [`AppError::Conflict`] when nothing is alleged about it.
pub fn propose_lift(app: &App, actor: &Actor, text: &str, reason: &str) -> Result<ProposalView, AppError> {
    actor.require(&[Role::ReleaseOfficer], "lift a quarantine")?;
    let reason = triage::reason("--reason", reason)?;
    app.store().write("allegation.lift", |tx| {
        let found = subject::newest(app, tx, text)?;
        let open = rows::open(tx, &[&found.key.id])?;
        if open.is_empty() {
            return Err(AppError::Conflict(format!("nothing is alleged about {text}")));
        }
        let notes = open.into_iter().map(|one| (one.collection, one.seq)).collect();
        let action = Action::Lift { id: found.key.id, notes, reason: reason.clone() };
        proposal::propose(
            app,
            tx,
            actor,
            &action,
            "to lift an allegation of ill-treatment takes a second person",
        )
    })
}

/// Lifts what these notes allege about an object: what was set aside is in use again, on a new place, unless others
/// allege something too, about which nobody decided.
pub(crate) fn lift(
    app: &App,
    tx: &mut Tx<'_>,
    (id, notes): (&str, &[(String, i64)]),
    reason: &str,
    actor: &str,
) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    for (collection, seq) in notes {
        rows::lift(tx, id, (collection, *seq), actor, reason, app.now())?;
    }
    let set_aside: Vec<Record> = record::of_id(tx, id, None, None)?
        .into_iter()
        .map(Stored::into_inner)
        .filter(|one| one.state == RecordState::Quarantined)
        .collect();
    let mut lifted: Vec<Record> = Vec::new();
    for one in set_aside {
        match recall::why_aside(app, tx, &force, &one)? {
            Some(still) => {
                record::set_state(tx, &one.key.collection, one.seq, RecordState::Quarantined, &still)?;
            }
            None => lifted.push(one),
        }
    }
    let mut files: Vec<Record> = Vec::new();
    for one in &lifted {
        for file in attachment::without(tx, one, RecordState::Quarantined)? {
            let place = |one: &Record| (one.key.collection.clone(), one.seq);
            let is_known = files.iter().any(|known| place(known) == place(&file));
            if !is_known && recall::why_aside(app, tx, &force, &file)?.is_none() {
                files.push(file);
            }
        }
    }
    // The oldest first, so that the newest version is the last to come.
    for mut one in lifted.into_iter().rev().chain(files.into_iter().rev()) {
        one.state = RecordState::Live;
        one.reason = String::new();
        admit::shelve(app, tx, &force, &mut one)?;
        let leaf = journal::leaf(app, "quarantine.lifted", actor).object(triage::marker(tx, &one)?);
        journal::append(app, tx, vec![leaf])?;
    }
    Ok(())
}
