//! Consent to pass a record on (the third-party rule): who holds a record of another member asks its originator whether a
//! third may have it. Silence is a no. A yes is the originator's next envelope, which names the third among the recipients
//! and lets the one who asks release it to them; the answer beside it says under which conditions.

pub mod danger;

use comity_ledger::Hash;
use comity_model::message::Body;
use comity_model::onward::ASKED_DAYS_MAX;
use comity_model::stix::Digest;
use comity_model::{MemberId, OnwardAnswer, OnwardAsk, Record, RecordState, SignedMessage};
use comity_policy::StateFlags;
use comity_store::Tx;
use comity_store::tables::onward::{self as rows, Answered, OnwardRow, Part};
use comity_store::tables::{delivery, outbox, peer, record};
use serde::Serialize;

pub use self::danger::{Danger, OverrideReport, OverrideView};
use crate::exchange::{self, Judged};
use crate::force::{InForce, find_member, in_force};
use crate::handling::{self, Change};
use crate::limits::MessageLimits;
use crate::look::Look;
use crate::proposal::{Outcome, ProposalView};
use crate::{Actor, App, AppError, Role, explain, journal, pull, recall, subject, triage};

/// Hours within which an answer counts where nobody says otherwise.
pub const HOURS: i64 = 72;

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question<'a> {
    /// To whom the record would go: id or display name.
    pub third: &'a str,
    /// For which purpose, of the agreement.
    pub purpose: &'a str,
    /// Why, and how serious the matter is.
    pub reason: &'a str,
    /// How what is personal in it would be protected there.
    pub protection: &'a str,
    /// Hours within which an answer counts.
    pub hours: i64,
}

/// A question, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OnwardView {
    /// Digest of the signed question: its name.
    pub question: Digest,
    /// `open`, `yes`, `no`, or `expired`: nobody answered in time, and that is a no.
    pub state: &'static str,
    /// STIX id of the record.
    pub record: String,
    /// Display name of who asks.
    pub by: String,
    /// Display name of who answers.
    pub decides: String,
    /// Display name of who would get it.
    pub to: String,
    /// For which purpose.
    pub purpose: String,
    /// Why, and how serious the matter is.
    pub reason: String,
    /// How what is personal in it would be protected there.
    pub protection: String,
    /// Whether it was asked here.
    pub own: bool,
    /// Whether the answer is to be given here.
    pub ours: bool,
    /// Until when an answer counts.
    pub due: String,
    /// The conditions of a yes, the reason of a no.
    pub words: String,
    /// What still keeps the record from the third in spite of a yes; empty when nothing does, or nothing was said.
    pub kept_by: String,
}

/// What became of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Given {
    /// It goes out by the next exchange.
    Answered(Box<OnwardView>),
    /// A second person approves the new handling first; then the question is answered once more.
    Pending(ProposalView),
}

/// Asks the originator of a record whether it may go to a third member. When it came by way of another member, that one is
/// told as well.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst, release officer or data protection; [`AppError::NotFound`] for an
/// unknown record or member; [`AppError::Conflict`] for a record of one's own, one that the originator keeps from the third
/// by name, one that may go there already, or whose originator cannot be asked; [`AppError::Invalid`] for a purpose that the
/// agreement does not know, an empty text or a time that cannot be.
pub fn ask(app: &App, actor: &Actor, text: &str, question: &Question<'_>) -> Result<OnwardView, AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer, Role::DataProtection], "ask to pass a record on")?;
    let reason = triage::reason("--reason", question.reason)?;
    let protection = triage::reason("--protection", question.protection)?;
    let most = ASKED_DAYS_MAX * 24;
    if !(1..=most).contains(&question.hours) {
        return Err(AppError::invalid("--hours", format!("1 to {most} hours")));
    }
    app.store().write("onward.ask", |tx| {
        let force = in_force(app, tx)?;
        if !force.agreement.purposes.contains_key(question.purpose) {
            let why = format!("`{}` is not defined in the agreement", question.purpose);
            return Err(AppError::invalid("--purpose", why));
        }
        let third = find_member(&force, question.third)?;
        let found = subject::newest(app, tx, text)?;
        let decides = may_be_asked(app, &force, &found, &third)?;
        let said = OnwardAsk {
            target: recall::target_of(&found, None)?,
            decides: decides.clone(),
            third,
            purpose: question.purpose.to_owned(),
            reason: reason.clone(),
            protection: protection.clone(),
            due: app.now().plus_seconds(question.hours.saturating_mul(3_600)),
        };
        let signed = exchange::say(app, tx, &decides, &said)?;
        let row = row_of(app, &signed, &said, Part::Asked)?;
        rows::keep(tx, &row)?;
        if let Some(between) = between(tx, &force, &found)?.filter(|one| one != &decides) {
            exchange::say(app, tx, &between, &said)?;
        }
        let leaf = journal::leaf(app, "onward.asked", &actor.name)
            .member(decides.as_str())
            .object(Hash(row.message.0))
            .detail("purpose", question.purpose);
        journal::append(app, tx, vec![leaf])?;
        view(app, tx, &force, row)
    })
}

/// Whether this may be asked about a record; gives who answers.
fn may_be_asked(app: &App, force: &InForce, found: &Record, third: &MemberId) -> Result<MemberId, AppError> {
    let conflict = |text: String| Err(AppError::Conflict(text));
    let (id, origin) = (&found.key.id, &found.key.origin);
    if force.is_home_of(app, origin) {
        return conflict(format!("{id} is your own: name the recipient with `comity handling`"));
    }
    let name = force.name_of(third);
    if third == app.member() || third == origin {
        return conflict(format!("{name} has it already"));
    }
    if found.state != RecordState::Live {
        return conflict(format!("{id} is {}", found.state.name()));
    }
    if found.handling.exclusions.contains(third) {
        return conflict(format!("its originator keeps {id} from {name} by name"));
    }
    if found.handling.consents_to(app.member(), third) && found.handling.recipients.contains(third) {
        return conflict(format!("{id} may go to {name} from here already"));
    }
    let member = force.agreement.member(origin);
    let decides = member.and_then(|one| one.hosted_by.as_ref()).unwrap_or(origin);
    if force.agreement.member(decides).is_none_or(|one| !one.active || one.keys.is_empty()) {
        return conflict(format!(
            "{} has no node that could be asked: speak with its people",
            force.name_of(origin)
        ));
    }
    Ok(decides.clone())
}

/// From whom a record came, when not from its home.
fn between(tx: &mut Tx<'_>, force: &InForce, found: &Record) -> Result<Option<MemberId>, AppError> {
    let Some(name) = found.actor.strip_prefix("peer:") else { return Ok(None) };
    if let Some(one) = peer::list(tx)?.into_iter().find(|one| one.name == name) {
        return Ok(Some(one.member));
    }
    let members = force.agreement.members.iter();
    Ok(members.map(|one| &one.id).find(|one| pull::carried::name_of(one) == name).cloned())
}

fn row_of(app: &App, signed: &SignedMessage, said: &OnwardAsk, part: Part) -> Result<OnwardRow, AppError> {
    Ok(OnwardRow {
        message: signed.digest()?,
        part,
        asker: signed.message.from.clone(),
        decides: said.decides.clone(),
        third: said.third.clone(),
        id: said.target.id.as_str().to_owned(),
        answered: Answered::Open,
        answer: None,
        due: said.due,
        at: app.now(),
        answered_at: None,
    })
}

/// The message of this digest, as it was signed.
fn message<B: Body>(tx: &mut Tx<'_>, digest: Digest) -> Result<B, AppError> {
    let kept = outbox::find(tx, digest)?.ok_or_else(|| AppError::Internal("a message is gone".into()))?;
    Ok(SignedMessage::from_json(&kept.body)?.read()?)
}

fn view(app: &App, tx: &mut Tx<'_>, force: &InForce, row: OnwardRow) -> Result<OnwardView, AppError> {
    let asked: OnwardAsk = message(tx, row.message)?;
    let words = match row.answer {
        Some(answer) => message::<OnwardAnswer>(tx, answer)?.words,
        None => String::new(),
    };
    let state = match row.answered {
        Answered::Open if row.due < app.now() => "expired",
        Answered::Open => "open",
        Answered::Yes => "yes",
        Answered::No => "no",
        Answered::Unasked => "unasked",
    };
    let kept_by =
        if row.answered == Answered::Yes { kept_by(app, tx, force, &row, &asked)? } else { String::new() };
    Ok(OnwardView {
        question: row.message,
        state,
        record: row.id,
        by: force.name_of(&row.asker).to_owned(),
        decides: force.name_of(&row.decides).to_owned(),
        to: force.name_of(&row.third).to_owned(),
        purpose: asked.purpose,
        reason: asked.reason,
        protection: asked.protection,
        own: row.part == Part::Asked,
        ours: row.part == Part::Decides,
        due: row.due.to_string(),
        words,
        kept_by,
    })
}

/// What keeps the record from the third when the one who asked gives it on, as its envelope stands here.
fn kept_by(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    row: &OnwardRow,
    asked: &OnwardAsk,
) -> Result<String, AppError> {
    let all = record::of_id(tx, &row.id, None, None)?;
    let is_it = |one: &&Record| one.version_at == asked.target.version_at() && one.state == RecordState::Live;
    let Some(found) = all.iter().map(comity_model::Stored::peek).find(is_it) else {
        return Ok("the record is not in use here any more".into());
    };
    let none = String::new();
    let mut why = String::new();
    for basis in std::iter::once(&none).chain(force.agreement.legal_bases.keys()) {
        let mut audience = explain::nobody(&row.third);
        audience.purpose.clone_from(&asked.purpose);
        audience.basis.clone_from(basis);
        let state = StateFlags::of(found.state, &found.handling, app.now());
        let decision = force.decide_from(&row.asker, &audience, &found.handling, state);
        if decision.allow() {
            return Ok(String::new());
        }
        why = decision.sentence();
    }
    Ok(why)
}

/// Questions that were asked here, and those that came, the newest first.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<OnwardView>, AppError> {
    actor.may_read()?;
    app.store().read("onward.list", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let mut views = Vec::new();
        let most = i64::try_from(app.limits().listed).unwrap_or(i64::MAX);
        for row in rows::newest(tx, most)? {
            if look.sees_object(tx, &row.id)? {
                views.push(view(app, tx, &force, row)?);
            }
        }
        Ok(views)
    })
}

/// Answers a question about a record of which this node is the home. Yes names the third among the recipients, lets the one
/// who asked release it to that one, and adds the purpose where the handling lists purposes; that travels as a new envelope.
/// `words` are the conditions of a yes, or the reason of a no.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown question;
/// [`AppError::Conflict`] for one that was answered or expired, or is not for this node to answer, and when the handling
/// cannot be changed so; [`AppError::Invalid`] for a no without a reason.
pub fn answer(app: &App, actor: &Actor, question: &str, yes: bool, words: &str) -> Result<Given, AppError> {
    actor.require(&[Role::ReleaseOfficer], "answer whether a record may be passed on")?;
    let words =
        if yes && words.trim().is_empty() { String::new() } else { triage::reason("--words", words)? };
    app.store().write("onward.answer", |tx| {
        let force = in_force(app, tx)?;
        let row = open(app, tx, question)?;
        let asked: OnwardAsk = message(tx, row.message)?;
        if yes {
            // If the change is not allowed, the question stays open.
            let found = held(app, tx, &force, &asked)?;
            if let Some(change) = change(&force, &row, &asked, &found)? {
                let named = format!("{}@{}", asked.target.id.as_str(), asked.target.version.as_str());
                let what = (named.as_str(), &change, Some(row.message));
                if let Outcome::Pending(proposal) = handling::change_own(app, tx, &force, actor, what)? {
                    return Ok(Given::Pending(proposal));
                }
            }
        } else {
            may_say_no(app, tx, &force, &row, &asked)?;
        }
        let said = OnwardAnswer { ask: row.message, yes, words: words.clone() };
        let digest = exchange::say(app, tx, &row.asker, &said)?.digest()?;
        let state = if yes { Answered::Yes } else { Answered::No };
        rows::answer(tx, row.message, (state, digest), app.now())?;
        let leaf = journal::leaf(app, "onward.answered", &actor.name)
            .member(row.asker.as_str())
            .object(Hash(row.message.0))
            .detail("answer", if yes { "yes" } else { "no" });
        journal::append(app, tx, vec![leaf])?;
        let row = OnwardRow { answered: state, answer: Some(digest), ..row };
        Ok(Given::Answered(Box::new(view(app, tx, &force, row)?)))
    })
}

/// The question that a text names, as long as this node can answer it.
fn open(app: &App, tx: &mut Tx<'_>, question: &str) -> Result<OnwardRow, AppError> {
    let found = match question.parse::<Digest>() {
        Ok(digest) => rows::find(tx, digest)?,
        Err(_) => None,
    };
    let row = match found {
        Some(row) if Look::new(app, tx)?.sees_object(tx, &row.id)? => row,
        _ => {
            return Err(AppError::NotFound(format!(
                "there is no question `{question}`: see `comity onward list`"
            )));
        }
    };
    waits(app, &row)?;
    Ok(row)
}

/// Refuses a question that is for somebody else, was answered, or is over.
fn waits(app: &App, row: &OnwardRow) -> Result<(), AppError> {
    let conflict = |text: String| Err(AppError::Conflict(text));
    if row.part != Part::Decides {
        return conflict("it is for another member to answer".into());
    }
    if row.answered != Answered::Open {
        return conflict("it was answered before".into());
    }
    if row.due < app.now() {
        return conflict(format!(
            "the time to answer ended at {}: silence was a no, and it can be asked again",
            row.due
        ));
    }
    Ok(())
}

/// Refuses to carry out what was proposed as the answer to a question that is open no more.
pub(crate) fn still_open(app: &App, tx: &mut Tx<'_>, question: Digest) -> Result<(), AppError> {
    let row = rows::find(tx, question)?
        .ok_or_else(|| AppError::Conflict("the question that it answers is gone: refuse it".into()))?;
    waits(app, &row)
        .map_err(|why| AppError::Conflict(format!("the question that it answers: {why}; refuse it")))
}

/// The record that is asked about, as its home has it in use.
fn held(app: &App, tx: &mut Tx<'_>, force: &InForce, asked: &OnwardAsk) -> Result<Record, AppError> {
    let all = record::of_id(tx, asked.target.id.as_str(), None, None)?;
    let is_it = |one: &Record| {
        force.is_home_of(app, &one.key.origin)
            && one.version_at == asked.target.version_at()
            && one.key.digest == asked.target.object
            && one.state == RecordState::Live
    };
    all.into_iter().map(comity_model::Stored::into_inner).find(is_it).ok_or_else(|| {
        AppError::Conflict(format!(
            "what was asked about is not in use here as {}@{}: answer no",
            asked.target.id.as_str(),
            asked.target.version.as_str()
        ))
    })
}

/// How the handling is to change so that the record may be passed on; none when nothing is missing.
fn change(
    force: &InForce,
    row: &OnwardRow,
    asked: &OnwardAsk,
    found: &Record,
) -> Result<Option<Change>, AppError> {
    let handling = &found.handling;
    for member in [&row.asker, &row.third] {
        let name = force.name_of(member);
        if handling.exclusions.contains(member) {
            return Err(AppError::Conflict(format!(
                "the record is kept from {name} by name: change its handling first, or answer no"
            )));
        }
        if force.agreement.member(member).is_none_or(|one| !one.active) {
            return Err(AppError::Conflict(format!(
                "{name} takes no part in the agreement any more: answer no"
            )));
        }
    }
    let has_purposes = handling.personal || !handling.purposes.is_empty();
    let mut change = Change::default();
    if !handling.recipients.contains(&row.third) {
        change.to.0.push(row.third.to_string());
    }
    if !handling.consents_to(&row.asker, &row.third) {
        change.consents.push((row.asker.clone(), row.third.clone()));
    }
    if has_purposes && !handling.purposes.contains(&asked.purpose) {
        change.purposes.0.push(asked.purpose.clone());
    }
    Ok((change != Change::default()).then_some(change))
}

/// Refuses a no that the handling gives the lie to.
fn may_say_no(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    row: &OnwardRow,
    asked: &OnwardAsk,
) -> Result<(), AppError> {
    let Ok(found) = held(app, tx, force, asked) else { return Ok(()) };
    let handling = &found.handling;
    if !handling.recipients.contains(&row.third) || !handling.consents_to(&row.asker, &row.third) {
        return Ok(());
    }
    let name = force.name_of(&row.third);
    Err(AppError::Conflict(format!(
        "by its handling {} goes to {name} from there already: take that back first (`comity handling {} --not-to \
         '{name}'`)",
        row.id, row.id
    )))
}

/// Takes a question about a record of this node, or one about a record that went from here to who asks.
pub(crate) fn take(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    signed: &SignedMessage,
) -> Result<Judged, AppError> {
    let Ok(asked) = OnwardAsk::read(signed) else { return Ok(Judged::Refused("not-of-its-form")) };
    let asker = &signed.message.from;
    let all = record::of_id(tx, asked.target.id.as_str(), None, None)?;
    let mut part = None;
    for one in all.iter().map(comity_model::Stored::peek) {
        if one.version_at != asked.target.version_at() {
            continue;
        }
        if &asked.decides == app.member() && force.is_home_of(app, &one.key.origin) {
            part = Some(Part::Decides);
        } else if &asked.decides != app.member()
            && delivery::members(tx, &one.key.collection, one.seq)?.contains(asker)
        {
            part = part.or(Some(Part::Told));
        }
    }
    let Some(part) = part else { return Ok(Judged::Refused("not-our-record")) };
    if force.agreement.member(&asked.third).is_none_or(|third| !third.active) {
        return Ok(Judged::Refused("no-such-member"));
    }
    if rows::count_since(tx, asker, app.now().plus_seconds(-86_400))? >= MessageLimits::DISPUTES_MAX {
        return Ok(Judged::Refused("too-many-questions"));
    }
    let row = row_of(app, signed, &asked, part)?;
    rows::keep(tx, &row)?;
    let leaf =
        journal::leaf(app, "onward.received", "node").member(asker.as_str()).object(Hash(row.message.0));
    journal::append(app, tx, vec![leaf])?;
    Ok(Judged::Taken)
}

/// Takes the answer to a question of this node.
pub(crate) fn take_answer(app: &App, tx: &mut Tx<'_>, signed: &SignedMessage) -> Result<Judged, AppError> {
    let Ok(said) = OnwardAnswer::read(signed) else { return Ok(Judged::Refused("not-of-its-form")) };
    let row = match rows::find(tx, said.ask)? {
        Some(row) if row.part == Part::Asked && row.decides == signed.message.from => row,
        _ => return Ok(Judged::Refused("never-asked")),
    };
    if signed.message.at > row.due {
        return Ok(Judged::Refused("too-late"));
    }
    let state = if said.yes { Answered::Yes } else { Answered::No };
    if !rows::answer(tx, row.message, (state, signed.digest()?), app.now())? {
        return Ok(Judged::Refused("answered-before"));
    }
    let leaf = journal::leaf(app, "onward.answer-received", "node")
        .member(row.decides.as_str())
        .object(Hash(row.message.0))
        .detail("answer", if said.yes { "yes" } else { "no" });
    journal::append(app, tx, vec![leaf])?;
    Ok(Judged::Taken)
}
