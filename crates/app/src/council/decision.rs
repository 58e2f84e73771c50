//! Decisions as people look at them and act on them: proposed, opened for silence or consensus, objected to, closed.
//!
//! What a decision stands at is judged here and not taken from whoever states it.

use std::collections::{BTreeMap, BTreeSet};

use comity_model::council::silence::{self, Asked, Contact, Voice};
use comity_model::kind::council::{Body, Decision, DecisionStatus, Procedure, Stance};
use comity_model::kind::{Kind, NameKind};
use comity_model::stix::{Id, Timestamp};
use comity_model::{MemberId, Micros};
use comity_store::Tx;
use serde::Serialize;

use super::gather::{Gathering, Held, Listed, Place, meant, several, whose};
use super::moves::verdict;
use super::{answer, procedure};
use crate::compose::{Entry, malformed};
use crate::edit::{self, Edit};
use crate::force::{InForce, in_force};
use crate::{Actor, App, AppError, Role};

/// What a member says about a decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Answer {
    /// Display name of the member.
    pub member: String,
    /// `objects`, `reserves`, `approves`, `dissents`, `silent`, or `closed without it`.
    pub says: &'static str,
    /// Its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who said it for the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, by the clock of that member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What is to be known of it: said to an earlier text, after the deadline, after the close, or by who is not entitled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<&'static str>,
    /// Whether it counts for what comes of the decision.
    pub counts: bool,
}

/// A line on a list of decisions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DecisionLine {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where it stands, as far as it can be followed here.
    pub status: &'static str,
    /// What its originator states and this node does not follow, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// Until when silence is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
}

/// A decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DecisionView {
    /// What a list says of it.
    #[serde(flatten)]
    pub line: DecisionLine,
    /// What is decided.
    pub text: String,
    /// Name of the body; its id when it is not here.
    pub body: String,
    /// How it is come to.
    pub procedure: &'static str,
    /// When silence began to be waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// What would come of it now, or why it waits; none once it is closed, and of a decision of another member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// What each member that can object says, and what others say.
    pub answers: Vec<Answer>,
    /// Why it was closed without members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
    /// Ids of what it decides about.
    pub decides: Vec<String>,
    /// What is left out because there is too much of it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// The decisions that are here, those with the nearest deadline first.
///
/// # Errors
/// [`AppError::Denied`] to who may not read.
pub fn list(app: &App, actor: &Actor) -> Result<Listed<DecisionLine>, AppError> {
    actor.may_read()?;
    app.store().read("council.decisions", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let mut lines = Vec::new();
        for held in gathering.all(tx, "decision")? {
            if let Kind::Decision(newest) = &held.kind {
                lines.push(line(app, tx, &force, &mut gathering, (&held, newest))?.line);
            }
        }
        let open = |line: &DecisionLine| (line.status != "silence", line.deadline.clone());
        lines.sort_by_key(|line| (open(line), line.place.id.clone()));
        Ok(Listed { lines, left_out: gathering.left_out() })
    })
}

/// A decision as it stands here.
pub(super) struct Stands {
    pub(super) line: DecisionLine,
    /// What the viewer is told of it.
    pub(super) now: Decision,
    /// The record that says so, which is an earlier version where the newest is not followed.
    pub(super) behind: Held,
    /// What it decides about, for judging alone: the viewer need not find all of it.
    pub(super) decides: Vec<Id>,
}

/// How a decision stands here, by the versions up to the one that the viewer finds. Of an earlier version that the viewer
/// does not find nothing is told but its status.
pub(super) fn line(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    gathering: &mut Gathering<'_>,
    (held, newest): (&Held, &Decision),
) -> Result<Stands, AppError> {
    let at = (&held.origin, held.place.id.as_str());
    let course = procedure::course_until(app, tx, force, at, held.version_at)?;
    let stated = course.not_followed.map(|why| {
        let origin = &held.place.origin;
        format!("{} is stated by {origin}, not followed here: {why}", newest.status.name())
    });
    let found = match &course.behind {
        Some(row) => gathering.same(tx, held, row)?,
        None => None,
    };
    let (now, behind) = match found {
        Some(Held { kind: Kind::Decision(ref now), .. }) => (now.as_ref().clone(), found),
        // Without a first version that can be followed it counts as proposed.
        _ => {
            let status = course.now.as_ref().map_or(DecisionStatus::Proposed, |now| now.status);
            let told = Decision {
                status,
                number: None,
                opened: None,
                deadline: None,
                closed: None,
                ..newest.clone()
            };
            (told, None)
        }
    };
    let behind = behind.unwrap_or_else(|| held.clone());
    let mut place = held.place.clone();
    // What is told stands under the stricter level of both.
    let both = held.marking.and(behind.marking);
    if (both.level, both.unmarked) != (held.marking.level, held.marking.unmarked) {
        place.level.clone_from(&behind.place.level);
    }
    let line = DecisionLine {
        place,
        title: newest.title.clone(),
        number: now.number.clone(),
        status: now.status.name(),
        stated,
        deadline: now.deadline.as_ref().map(|at| at.as_str().to_owned()),
    };
    let decides = course.now.map_or_else(|| newest.decides_refs.clone(), |now| now.decides_refs);
    Ok(Stands { line, now, behind, decides })
}

/// One decision: by its id or its number.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none; [`AppError::Conflict`] when several
/// are meant.
pub fn show(app: &App, actor: &Actor, text: &str) -> Result<DecisionView, AppError> {
    actor.may_read()?;
    app.store().read("council.decision", |tx| {
        let force = in_force(app, tx)?;
        let mut gathering = Gathering::new(app, tx)?;
        let (held, newest) = find(app, tx, &mut gathering, text)?;
        let Stands { line, now, .. } = line(app, tx, &force, &mut gathering, (&held, &newest))?;
        let positions = gathering.naming(tx, &held.place.id, "on_ref", "position")?;
        let bodies = gathering.of_ids(tx, &[now.body_ref.as_str()])?;
        let own = &held.origin == app.member();
        let verdict =
            if own { standing(app, tx, &force, (&held, &now), (&mut gathering, &positions))? } else { None };
        Ok(DecisionView {
            text: now.text.clone(),
            body: meant(&bodies, &held.origin).map_or_else(|| now.body_ref.as_str().to_owned(), Held::title),
            procedure: now.procedure.name(),
            opened: now.opened.as_ref().map(|at| at.as_str().to_owned()),
            closed: now.closed.as_ref().map(|at| at.as_str().to_owned()),
            verdict,
            answers: answers(&force, &now, &newest, &positions),
            without: now.not_heard_reason.clone(),
            decides: now.decides_refs.iter().map(|id| id.as_str().to_owned()).collect(),
            left_out: gathering.left_out(),
            line,
        })
    })
}

/// What would come of a decision now, out of the statements that the viewer finds.
fn standing(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (held, now): (&Held, &Decision),
    (gathering, positions): (&mut Gathering<'_>, &[Held]),
) -> Result<Option<String>, AppError> {
    if now.status != DecisionStatus::Silence {
        return Ok(None);
    }
    let voices: Vec<Voice<'_>> = positions.iter().filter_map(voice).collect();
    let contacts = procedure::contacts(app, tx, force, (&held.origin, &held.place.id), now)?;
    let contacts: BTreeMap<&str, Contact> =
        contacts.iter().map(|(member, contact)| (member.as_str(), *contact)).collect();
    let deadline = now.deadline.as_ref().map_or(Micros(i64::MAX), |at| Micros(at.micros()));
    let (entitled, without) = (procedure::entitled(now), BTreeSet::new());
    let heard = procedure::voices(app, tx, &held.place.id, now)?;
    let aside = heard.aside.iter().filter(|one| gathering.sees(&one.row));
    let aside = aside.map(|one| one.member.as_str()).collect();
    let asked = Asked { deadline, entitled: &entitled, without: &without, aside: &aside };
    Ok(Some(verdict(force, &silence::judge(&asked, &voices, &contacts, app.now()))))
}

fn voice(held: &Held) -> Option<Voice<'_>> {
    let Kind::Position(position) = &held.kind else { return None };
    Some(Voice { member: held.origin.as_str(), stance: position.stance, said: held.version_at })
}

/// What members say: those that can object with the newest of what they said, and then everything else that was said.
pub(super) fn answers(force: &InForce, now: &Decision, newest: &Decision, positions: &[Held]) -> Vec<Answer> {
    let entitled = procedure::entitled(now);
    let micros = |at: &Option<Timestamp>| at.as_ref().map(|at| Micros(at.micros()));
    let (opened, deadline, closed) = (micros(&now.opened), micros(&now.deadline), micros(&now.closed));
    let voices: Vec<Voice<'_>> = positions.iter().filter_map(voice).collect();
    let last = silence::last(&entitled, &voices);
    let mut met = BTreeSet::new();
    let mut told = Vec::new();
    let mut all: Vec<&Held> = positions.iter().collect();
    all.sort_by_key(|held| (std::cmp::Reverse(held.version_at), held.place.id.clone()));
    for held in all {
        let Kind::Position(position) = &held.kind else { continue };
        let says = match position.stance {
            Stance::Object => "objects",
            Stance::Reserve => "reserves",
            Stance::Approve => "approves",
            Stance::Dissent => "dissents",
            Stance::AdoptView | Stance::Amend => continue,
        };
        let is_last = last.get(held.origin.as_str()) == Some(&position.stance)
            && met.insert((held.origin.as_str(), says));
        let mut remarks = Vec::new();
        let at = held.version_at;
        if !entitled.is_empty() && !entitled.contains(held.origin.as_str()) && says != "dissents" {
            remarks.push("not entitled: it changes nothing");
        }
        if opened.is_some_and(|opened| Micros(position.on_version.micros()) < opened && at < opened) {
            remarks.push("to an earlier text");
        }
        let late = deadline.is_some_and(|deadline| at > deadline);
        if closed.is_some_and(|closed| at > closed) {
            remarks.push("after the close: it changes nothing");
        } else if late && says == "objects" {
            remarks.push("after the deadline: it counts, because silence was not yet stated");
        }
        let counts = is_last && closed.is_none_or(|closed| at <= closed);
        told.push(Answer {
            member: held.place.origin.clone(),
            says,
            text: Some(position.text.clone()),
            by: position.stated_by.clone(),
            at: Some(held.place.version.clone()),
            remarks,
            counts,
        });
    }
    let without: BTreeSet<&str> = newest.not_heard_refs.iter().map(Id::as_str).collect();
    for member in entitled.iter().filter(|member| !last.contains_key(*member)) {
        let says = if without.contains(member) { "closed without it" } else { "silent" };
        let member = procedure::named(force, [*member]);
        told.push(Answer {
            member,
            says,
            text: None,
            by: None,
            at: None,
            remarks: Vec::new(),
            counts: says == "silent",
        });
    }
    told
}

/// The decision that a text names: by its id, `ID@MEMBER`, its number, or the number under which it came.
pub(super) fn find(
    app: &App,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    text: &str,
) -> Result<(Held, Decision), AppError> {
    let mut found = Vec::new();
    if Id::parse(whose(text).0).is_err() {
        found = gathering.all(tx, "decision")?;
        let is_named = |held: &Held| match &held.kind {
            Kind::Decision(one) => one.number.as_deref() == Some(text),
            _ => false,
        };
        found.retain(is_named);
        found.sort_by_key(|held| &held.origin != app.member());
    }
    let held = match found.first() {
        Some(first) => {
            let is_other = |one: &&Held| one.origin != first.origin && &first.origin != app.member();
            if let Some(other) = found.iter().find(|other| other.place.id != first.place.id) {
                return Err(AppError::Conflict(format!(
                    "`{text}` names {} of {} and {} of {}: name one by its id",
                    first.place.id, first.place.origin, other.place.id, other.place.origin
                )));
            }
            if let Some(other) = found.iter().find(is_other) {
                return Err(several(first, other));
            }
            first.clone()
        }
        None => gathering.one(tx, text, &["decision"])?,
    };
    let Kind::Decision(decision) = &held.kind else {
        return Err(AppError::Internal("a decision is a decision".into()));
    };
    let decision = decision.as_ref().clone();
    Ok((held, decision))
}

/// The own decision that a text names, with its record.
fn own(app: &App, actor: &Actor, text: &str, what: &str) -> Result<(Held, Decision), AppError> {
    actor.require(&[Role::Secretariat], what)?;
    app.store().read("council.decision", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let found = find(app, tx, &mut gathering, text)?;
        if &found.0.origin != app.member() {
            return Err(AppError::Denied(format!(
                "{} is a decision of {}: only its originator can {what}",
                found.0.place.id, found.0.place.origin
            )));
        }
        Ok(found)
    })
}

/// Writes a new version of a record of the own member.
pub(super) fn rewrite(
    app: &App,
    actor: &Actor,
    id: &str,
    kind: Kind,
    reason: &str,
) -> Result<Entry, AppError> {
    let form = serde_json::to_value(kind).map_err(|error| AppError::Internal(error.to_string()))?;
    let edit = Edit { record: id.to_owned(), form: Some(form), reason: reason.to_owned(), ..Edit::default() };
    match edit::run(app, actor, &edit)? {
        Ok(edited) => {
            let first = edited.entries.into_iter().next();
            first.ok_or_else(|| AppError::Internal("a version that was written has an entry".into()))
        }
        Err(faults) if faults.is_empty() => Ok(Entry::Refused(vec![malformed("", "nothing was written")])),
        Err(faults) => Ok(Entry::Refused(faults)),
    }
}

/// Begins to wait for silence until an instant; of what is open already, puts the deadline off, or begins anew with another
/// text.
///
/// # Errors
/// [`AppError::Denied`] without the role secretariat or of another member's decision; [`AppError::NotFound`] when there is
/// none. What is wrong with the deadline stands in the answer.
pub fn open(
    app: &App,
    actor: &Actor,
    text: &str,
    until: Micros,
    (anew, reason): (Option<&str>, &str),
) -> Result<Entry, AppError> {
    let (held, mut decision) = own(app, actor, text, "open it")?;
    let is_open = decision.status == DecisionStatus::Silence;
    let other = anew.filter(|anew| *anew != decision.text);
    if let Some(other) = other {
        decision.text = other.to_owned();
    }
    decision.deadline = Some(Timestamp::from_micros(until.0));
    if !is_open || other.is_some() {
        decision.opened = Some(Timestamp::from_micros(app.now().0));
        let voting = app.store().read("council.voting", |tx| {
            let force = in_force(app, tx)?;
            procedure::voting(app, tx, &force, app.member(), &decision.body_ref)
        })?;
        decision.entitled_refs = ids(&voting)?;
    }
    decision.status = DecisionStatus::Silence;
    rewrite(app, actor, &held.place.id, Kind::Decision(Box::new(decision)), reason)
}

pub(super) fn ids(all: &BTreeSet<String>) -> Result<Vec<Id>, AppError> {
    let parsed: Result<Vec<Id>, _> = all.iter().map(|id| Id::parse(id)).collect();
    parsed.map_err(|error| AppError::Internal(error.to_string()))
}

/// What closing came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Closed {
    /// `adopted` or `stopped`.
    pub outcome: &'static str,
    /// Its number, of an adopted one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// In words.
    pub told: String,
    /// What was written.
    pub entry: Entry,
}

/// States what came of a decision: adopted with the next number of its body, or stopped by an objection.
///
/// # Errors
/// [`AppError::Denied`] without the roles secretariat and release officer, or of another member's decision;
/// [`AppError::NotFound`] when there is none; [`AppError::Conflict`] while it cannot be closed, with what it waits for.
pub fn close(
    app: &App,
    actor: &Actor,
    text: &str,
    (without, reason): (&[String], Option<&str>),
) -> Result<Closed, AppError> {
    let (held, mut decision) = own(app, actor, text, "close it")?;
    let id = held.place.id.as_str();
    let judged = app.store().read("council.close", |tx| {
        let force = in_force(app, tx)?;
        let passed = crate::stated::members(&force, without)?;
        judged(app, tx, &force, (id, &decision), &passed)
    })?;
    decision.closed = Some(Timestamp::from_micros(app.now().0));
    let (outcome, told) = match judged {
        Judged::Waits(why) => return Err(AppError::Conflict(why)),
        Judged::Stopped { why, entitled } => {
            decision.status = DecisionStatus::Stopped;
            decision.entitled_refs = ids(&entitled)?;
            ("stopped", why)
        }
        Judged::Adopted { entitled, passed, number } => {
            decision.status = DecisionStatus::Adopted;
            decision.entitled_refs = ids(&entitled)?;
            decision.not_heard_refs = ids(&passed)?;
            decision.not_heard_reason = reason.filter(|_| !passed.is_empty()).map(str::to_owned);
            decision.number.get_or_insert(number);
            ("adopted", format!("adopted as {}", decision.number.as_deref().unwrap_or_default()))
        }
    };
    let number = decision.number.clone().filter(|_| outcome == "adopted");
    let why = reason.unwrap_or("closed");
    let entry = rewrite(app, actor, id, Kind::Decision(Box::new(decision)), why)?;
    Ok(Closed { outcome, number, told, entry })
}

/// What closing would come to.
enum Judged {
    Waits(String),
    Stopped { why: String, entitled: BTreeSet<String> },
    Adopted { entitled: BTreeSet<String>, passed: BTreeSet<String>, number: String },
}

fn judged(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (id, decision): (&str, &Decision),
    passed: &BTreeSet<MemberId>,
) -> Result<Judged, AppError> {
    use silence::Verdict;
    let passed: BTreeSet<String> = passed.iter().map(|one| one.as_str().to_owned()).collect();
    let without: BTreeSet<&str> = passed.iter().map(String::as_str).collect();
    let mut named = decision.clone();
    let found = if decision.procedure == Procedure::Silence {
        if decision.status != DecisionStatus::Silence {
            let status = decision.status.name();
            return Ok(Judged::Waits(format!(
                "it is {status}: a silence procedure that is open is closed (K4)"
            )));
        }
        procedure::judge(app, tx, force, (app.member(), id), (decision, &without))?
    } else {
        named.entitled_refs = ids(&procedure::voting(app, tx, force, app.member(), &decision.body_ref)?)?;
        let heard = procedure::voices(app, tx, id, &named)?;
        let said: Vec<Voice<'_>> = heard.said.iter().map(procedure::Spoken::voice).collect();
        let present = procedure::present(app, tx, app.member(), &named)?;
        let present = present.iter().map(String::as_str).collect();
        let (objecting, missing) = silence::consensus(&procedure::entitled(&named), &said, &present);
        if objecting.is_empty() && !heard.aside.is_empty() {
            return Ok(Judged::Waits(super::moves::aside(force, &heard.set_aside()) + " (K4)"));
        }
        if objecting.is_empty() && !missing.is_empty() {
            let names = procedure::named(force, missing.iter().map(String::as_str));
            return Ok(Judged::Waits(format!("consensus needs every member: {names} has not approved (K4)")));
        }
        if objecting.is_empty() {
            Verdict::Adopts { approving: missing, reserving: BTreeSet::new(), silent: BTreeSet::new() }
        } else {
            Verdict::Stopped(objecting)
        }
    };
    let entitled = procedure::entitled(&named).into_iter().map(str::to_owned).collect();
    Ok(match found {
        Verdict::Stopped(_) => Judged::Stopped { why: verdict(force, &found), entitled },
        Verdict::Adopts { .. } => Judged::Adopted { entitled, passed, number: number(app, tx, decision)? },
        _ => Judged::Waits(verdict(force, &found)),
    })
}

/// The next number of a body: its abbreviation, the year, and one more than the highest that this node gave in it.
fn number(app: &App, tx: &mut Tx<'_>, decision: &Decision) -> Result<String, AppError> {
    let mut gathering = Gathering::new(app, tx)?;
    let bodies = gathering.of_ids(tx, &[decision.body_ref.as_str()])?;
    let short = meant(&bodies, app.member()).and_then(|held| match &held.kind {
        Kind::Body(body) => abbreviation(body),
        _ => None,
    });
    let year: String = app.now().to_string().chars().take(4).collect();
    let begins = format!("{}-{year}-", short.unwrap_or_else(|| "D".into()));
    let mut highest = 0_u32;
    for held in gathering.own(tx, "decision")? {
        if let Kind::Decision(one) = &held.kind
            && let Some(n) = one.number.as_deref().and_then(|one| one.strip_prefix(&begins))
        {
            highest = highest.max(n.parse().unwrap_or(0));
        }
    }
    Ok(format!("{begins}{}", highest.saturating_add(1)))
}

fn abbreviation(body: &Body) -> Option<String> {
    let short = body.names.iter().find(|name| name.name_kind == NameKind::Abbreviation)?;
    let plain: String = short.value.chars().filter(|c| c.is_alphanumeric()).take(20).collect();
    (!plain.is_empty()).then_some(plain)
}

/// Takes a decision back that is not closed.
///
/// # Errors
/// As for [`open`].
pub fn withdraw(app: &App, actor: &Actor, text: &str, reason: &str) -> Result<Entry, AppError> {
    let (held, mut decision) = own(app, actor, text, "withdraw it")?;
    decision.status = DecisionStatus::Withdrawn;
    rewrite(app, actor, &held.place.id, Kind::Decision(Box::new(decision)), reason)
}

/// States what the own member says about a decision: that it objects, approves, or lets it pass with a reservation. Without a
/// level whoever has the decision gets the statement.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] when there is no such decision. Who is not
/// entitled is told so in the answer.
pub fn say(
    app: &App,
    actor: &Actor,
    text: &str,
    (stance, words): (Stance, &str),
    tlp: Option<&str>,
) -> Result<Entry, AppError> {
    actor.may_read()?;
    let (held, decision) = app.store().read("council.say", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        find(app, tx, &mut gathering, text)
    })?;
    let heading = match stance {
        Stance::Object => "Objection",
        Stance::Reserve => "Reservation",
        _ => "Approval",
    };
    let title = format!("{heading}: {}", decision.title);
    answer::position(app, actor, &held, (stance, title, words), tlp)
}
