//! Passing a record on without asking its originator, because a life is in danger at once (requirement D5).
//!
//! It stands in for one thing that a yes of the originator gives, the consent that this member passes this version on to that
//! one for that purpose, and for nothing else. What the originator itself would not release to that member stays back: the rules are
//! asked about that, with the guards that are proved. Two persons decide. The originator is told in the same transaction.

use std::sync::Arc;

use comity_ledger::Hash;
use comity_model::onward::{OnwardDanger, OnwardTold};
use comity_model::recall::Target;
use comity_model::{Handling, MemberId, Micros, Record, RecordState, SignedEnvelope, SignedMessage, Stored};
use comity_policy::{Decision, Released, StateFlags};
use comity_store::Tx;
use comity_store::tables::onward::{self as rows, Answered, OnwardRow, Part};
use comity_store::tables::release::{self, Audience};
use comity_store::tables::{handling, outbox, record};
use serde::{Deserialize, Serialize};

use super::message;
use crate::exchange::{self, Beside, Judged};
use crate::force::{InForce, find_member, in_force};
use crate::limits::MessageLimits;
use crate::look::Look;
use crate::proposal::{self, Action, ProposalView};
use crate::receipt::Served;
use crate::serve::Outgoing;
use crate::{
    Actor, App, AppError, Role, catchup, credential, explain, journal, pull, recall, receipt, serve, settle,
    subject, triage,
};

/// Why a second person is asked, whatever the agreement says.
const SECOND: &str = "a danger to life: it goes on without its originator, so a second person decides";

/// To whom a record is to go without asking, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Danger<'a> {
    /// To whom: id or display name.
    pub third: &'a str,
    /// For which purpose, of the agreement.
    pub purpose: &'a str,
    /// Legal basis, of the agreement; needed for personal data.
    pub basis: Option<&'a str>,
    /// Whose life is in danger, and why there is no time to ask.
    pub danger: &'a str,
}

/// What a second person approves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Override {
    /// The record as `id@version`.
    pub(crate) record: String,
    pub(crate) collection: String,
    pub(crate) seq: i64,
    pub(crate) revision: u32,
    pub(crate) third: MemberId,
    pub(crate) purpose: String,
    pub(crate) basis: String,
    pub(crate) danger: String,
}

/// A record that was passed on without asking, as reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OverrideView {
    /// `given` from here, `told` to this node about a record of its own, or `came` here.
    pub part: &'static str,
    /// STIX id of the record.
    pub record: String,
    /// Display name of who passed it on.
    pub by: String,
    /// Display name of the originator, or of the member that hosts it.
    pub originator: String,
    /// Display name of who got it.
    pub to: String,
    /// For which purpose.
    pub purpose: String,
    /// Whose life was in danger, and why there was no time to ask.
    pub danger: String,
    /// When it was passed on, was told, or came.
    pub at: String,
    /// Whether the originator's node said to have what it was told; nothing where that is not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originator_knows: Option<bool>,
}

/// How often records were passed on without asking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OverrideReport {
    /// From when on.
    pub since: String,
    /// By this member.
    pub given: usize,
    /// Records of this member, by others.
    pub told: usize,
    /// To this member.
    pub came: usize,
    /// Each of them, the newest first.
    pub overrides: Vec<OverrideView>,
}

/// Proposes to pass a record of another member on to a third without asking, because a life is in danger at once. It goes
/// when a second person approves.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown record or member;
/// [`AppError::Invalid`] without words on the danger, or for a purpose or basis that the agreement does not know;
/// [`AppError::Conflict`] with the reason for what no danger opens.
pub fn propose(app: &App, actor: &Actor, text: &str, danger: &Danger<'_>) -> Result<ProposalView, AppError> {
    actor.require(&[Role::ReleaseOfficer], "pass a record on because a life is in danger")?;
    let words = triage::reason("--danger", danger.danger)?;
    app.store().write("onward.override", |tx| {
        catchup::require(tx)?;
        within_a_day(app, tx)?;
        let force = in_force(app, tx)?;
        credential::check_context(&force.agreement, Some(danger.purpose), danger.basis)?;
        let third = find_member(&force, danger.third)?;
        let found = subject::newest(app, tx, text)?;
        let wish = Override {
            record: format!("{}@{}", found.key.id, found.key.version),
            collection: found.key.collection.clone(),
            seq: found.seq,
            revision: found.revision,
            third,
            purpose: danger.purpose.to_owned(),
            basis: danger.basis.unwrap_or_default().to_owned(),
            danger: words.clone(),
        };
        let _ = out(app, tx, &force, &found, &wish)?;
        require_needed(app, &force, &found, &wish)?;
        proposal::propose(app, tx, actor, &Action::Override(Box::new(wish)), SECOND)
    })
}

fn audience(wish: &Override) -> Audience {
    let mut audience = explain::nobody(&wish.third);
    audience.purpose.clone_from(&wish.purpose);
    audience.basis.clone_from(&wish.basis);
    audience
}

/// Refuses what needs no override.
fn require_needed(app: &App, force: &InForce, found: &Record, wish: &Override) -> Result<(), AppError> {
    let state = StateFlags::of(found.state, &found.handling, app.now());
    if !force.decide(app, &audience(wish), &found.handling, state).allow() {
        return Ok(());
    }
    let name = force.name_of(&wish.third);
    Err(AppError::Conflict(format!("{} may go to {name} from here already", found.key.id)))
}

/// The record on its way to the third, decided now; the error says why it stays back.
fn out(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
    wish: &Override,
) -> Result<Released<Outgoing>, AppError> {
    reachable(app, force, found, &wish.third)?;
    genuine(found)?;
    let (lifted, decision) = lifted(app, force, found, wish)?;
    let released = serve::under(tx, found, lifted, decision)?;
    let most = app.limits().messages.exchange_bytes / 4;
    if released.get().bytes().len() > most {
        let why = format!("{} has more than {most} bytes: tell what matters in words", found.key.id);
        return Err(AppError::Conflict(why));
    }
    Ok(released)
}

/// Who is to be told; refuses where the record cannot go so.
fn reachable(app: &App, force: &InForce, found: &Record, third: &MemberId) -> Result<MemberId, AppError> {
    let conflict = |text: String| Err(AppError::Conflict(text));
    let (id, origin) = (&found.key.id, &found.key.origin);
    if force.is_home_of(app, origin) {
        return conflict(format!("{id} is your own: name the recipient with `comity handling`"));
    }
    let name = force.name_of(third);
    if third == app.member() || third == origin {
        return conflict(format!("{name} has it already"));
    }
    let has_node =
        |one: &MemberId| force.agreement.member(one).is_some_and(|one| one.active && !one.keys.is_empty());
    if !has_node(third) {
        return conflict(format!("{name} has no node that could be warned: speak with its people"));
    }
    let member = force.agreement.member(origin);
    let told = member.and_then(|one| one.hosted_by.as_ref()).unwrap_or(origin);
    if !has_node(told) || told == third {
        return conflict(format!(
            "{} has no node that could be told at once: speak with its people",
            force.name_of(origin)
        ));
    }
    Ok(told.clone())
}

/// Refuses what the third could not recognise as its originator's.
fn genuine(found: &Record) -> Result<(), AppError> {
    let id = &found.key.id;
    if found.state != RecordState::Live {
        return Err(AppError::Conflict(format!("{id} is {}", found.state.name())));
    }
    let signed = SignedEnvelope::from_json(&found.envelope)?;
    if signed.signer != found.key.origin {
        let why = format!("{id} is not signed by its originator, so nothing would show that it is genuine");
        return Err(AppError::Conflict(why));
    }
    if found.held != found.key.digest {
        let why =
            format!("{id} is here in part only, so nothing would show that it is genuine: tell it in words");
        return Err(AppError::Conflict(why));
    }
    Ok(())
}

/// The handling as it would be with the consent that is missing, and the decision by which the record leaves under it.
///
/// First the rules are asked whether its originator could release it to the third as it stands: level, names, groups,
/// exclusions, dates, states and what protects persons hold. Only the purpose is taken from the danger.
fn lifted(
    app: &App,
    force: &InForce,
    found: &Record,
    wish: &Override,
) -> Result<(Handling, Decision), AppError> {
    let stays = |why: String| {
        let id = &found.key.id;
        AppError::Conflict(format!("{id} stays back, also for a danger to life: {why}"))
    };
    let mut handling = (*found.handling).clone();
    if handling.personal || !handling.purposes.is_empty() {
        handling.purposes.insert(wish.purpose.clone());
    }
    let audience = audience(wish);
    let state = StateFlags::of(found.state, &handling, app.now());
    let origin = &found.key.origin;
    let first = force.decide_from(origin, &audience, &handling, state);
    if !first.allow() {
        return Err(stays(first.sentence()));
    }
    if !force.denied_from(origin, &audience, &handling, (&found.parts, state)).is_empty() {
        return Err(stays("a part of it is marked more strictly than this member may have".into()));
    }
    handling.recipients.insert(wish.third.clone());
    handling.consents.entry(app.member().clone()).or_default().insert(wish.third.clone());
    let handling = handling.checked()?;
    let decision = force.decide_from(app.member(), &audience, &handling, state);
    if !decision.allow() {
        return Err(stays(decision.sentence()));
    }
    Ok((handling, decision))
}

/// Passes the record on, tells its originator, and notes both, in one transaction.
pub(crate) fn carry_out(app: &App, tx: &mut Tx<'_>, wish: &Override, by: &str) -> Result<(), AppError> {
    catchup::require(tx)?;
    within_a_day(app, tx)?;
    let force = in_force(app, tx)?;
    let found = record::numbered(tx, &wish.collection, wish.seq)?.map(Stored::into_inner);
    let Some(found) = found.filter(|found| found.revision == wish.revision) else {
        let why = format!("{} is not what it was when this was proposed: propose it again", wish.record);
        return Err(AppError::Conflict(why));
    };
    require_needed(app, &force, &found, wish)?;
    let told = reachable(app, &force, &found, &wish.third)?;
    let released = out(app, tx, &force, &found, wish)?;
    let target = recall::target_of(&found, None)?;
    let said = OnwardTold {
        target: target.clone(),
        third: wish.third.clone(),
        purpose: wish.purpose.clone(),
        danger: wish.danger.clone(),
    };
    let signed = exchange::say(app, tx, &told, &said)?;
    let warning = OnwardDanger {
        target,
        origin: found.key.origin.clone(),
        purpose: wish.purpose.clone(),
        basis: wish.basis.clone(),
        danger: wish.danger.clone(),
    };
    exchange::say(app, tx, &wish.third, &warning)?;
    settle::reach(app, tx, &force)?;
    let (audience, is_new) =
        release::audience_of(tx, &wish.third, &wish.purpose, &wish.basis, &Default::default())?;
    if is_new {
        settle::new_audience(app, tx, &force, &audience)?;
    }
    let left = released.get().record();
    handling::intern(tx, left.handling_id, &left.handling)?;
    serve::note(app, tx, &force, &wish.collection, &audience, &[released])?;
    let row = row(app, &signed, (&told, &wish.third, &found.key.id), Part::Overrode)?;
    rows::keep(tx, &row)?;
    let leaf = journal::leaf(app, "onward.overridden", by)
        .member(wish.third.as_str())
        .object(Hash(row.message.0))
        .detail("purpose", &wish.purpose);
    journal::append(app, tx, vec![leaf])?;
    Ok(())
}

fn row(
    app: &App,
    signed: &SignedMessage,
    (decides, third, id): (&MemberId, &MemberId, &str),
    part: Part,
) -> Result<OnwardRow, AppError> {
    Ok(OnwardRow {
        message: signed.digest()?,
        part,
        asker: signed.message.from.clone(),
        decides: decides.clone(),
        third: third.clone(),
        id: id.to_owned(),
        answered: Answered::Unasked,
        answer: None,
        due: app.now(),
        at: app.now(),
        answered_at: None,
    })
}

/// The record that travels beside a warning, as the rules let it go at this moment; none when they do not any more.
pub(crate) fn beside(app: &App, tx: &mut Tx<'_>, body: &str) -> Result<Option<Beside>, AppError> {
    let signed = SignedMessage::from_json(body)?;
    let said = OnwardDanger::read(&signed)?;
    let Some(third) = signed.message.to else { return Ok(None) };
    let force = in_force(app, tx)?;
    let Some(found) = held(tx, &said.target, &said.origin)? else { return Ok(None) };
    let wish = Override {
        record: String::new(),
        collection: found.key.collection.clone(),
        seq: found.seq,
        revision: found.revision,
        third,
        purpose: said.purpose,
        basis: said.basis,
        danger: said.danger,
    };
    match out(app, tx, &force, &found, &wish) {
        Ok(released) => Ok(Some(Beside::of(released.get())?)),
        Err(AppError::Conflict(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The record of an originator that is meant, as long as it is in use.
fn held(tx: &mut Tx<'_>, target: &Target, origin: &MemberId) -> Result<Option<Record>, AppError> {
    let all = record::of_id(tx, target.id.as_str(), None, None)?.into_iter().map(Stored::into_inner);
    Ok(all.into_iter().find(|one| {
        &one.key.origin == origin
            && one.version_at == target.version_at()
            && one.key.digest == target.object
            && one.held == target.object
            && one.state == RecordState::Live
    }))
}

/// Whether a member passed on so much in a day, or warned this node so often, that no more goes.
fn is_too_much(app: &App, tx: &mut Tx<'_>, by: &MemberId, part: Part) -> Result<bool, AppError> {
    let day = app.now().plus_seconds(-86_400);
    Ok(rows::count_unasked_since(tx, by, part, day)? >= MessageLimits::WARNINGS_MAX)
}

/// Refuses to pass on more in a day than those who are warned take.
fn within_a_day(app: &App, tx: &mut Tx<'_>) -> Result<(), AppError> {
    if is_too_much(app, tx, app.member(), Part::Overrode)? {
        let most = MessageLimits::WARNINGS_MAX;
        return Err(AppError::Conflict(format!(
            "{most} records were passed on from here for a danger to life in 24 hours, and no more are taken: \
             ask their originators, or tell it in words"
        )));
    }
    Ok(())
}

/// Takes a record that came with a warning. It goes no further from here.
pub(crate) fn take(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    (signed, beside): (&SignedMessage, Option<&Beside>),
) -> Result<Judged, AppError> {
    let Ok(said) = OnwardDanger::read(signed) else { return Ok(Judged::Refused("not-of-its-form")) };
    let by = &signed.message.from;
    if is_too_much(app, tx, by, Part::Warned)? {
        return Ok(Judged::Refused("too-many-warnings"));
    }
    let Some(beside) = beside else { return Ok(Judged::Refused("came-without-its-record")) };
    let outcome = pull::warned(app, tx, force, (by, &said.origin, &said.target), beside)?;
    let mut served = Served::default();
    served.note(said.target.object, outcome.as_ref().err().map(|why| why.code));
    receipt::say(app, tx, by, &served)?;
    if let Err(why) = outcome {
        tracing::warn!(%by, why = why.text, "a record that came for a danger to life was not taken");
        return Ok(Judged::Refused("its-record-was-not-taken"));
    }
    let row = row(app, signed, (&said.origin, app.member(), said.target.id.as_str()), Part::Warned)?;
    rows::keep(tx, &row)?;
    let leaf = journal::leaf(app, "onward.warned", "node").member(by.as_str()).object(Hash(row.message.0));
    journal::append(app, tx, vec![leaf])?;
    tracing::warn!(%by, "a record came because a life is in danger");
    Ok(Judged::Taken)
}

/// Takes the word that a record of this node was passed on without asking.
pub(crate) fn take_told(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    signed: &SignedMessage,
) -> Result<Judged, AppError> {
    let Ok(said) = OnwardTold::read(signed) else { return Ok(Judged::Refused("not-of-its-form")) };
    let by = &signed.message.from;
    let all = record::of_id(tx, said.target.id.as_str(), None, None)?;
    let is_it = |one: &Record| {
        force.is_home_of(app, &one.key.origin)
            && one.version_at == said.target.version_at()
            && one.key.digest == said.target.object
    };
    if !all.iter().map(Stored::peek).any(is_it) {
        return Ok(Judged::Refused("not-our-record"));
    }
    // What went on has gone on: however often a member does it, its originator knows each.
    let row = row(app, signed, (app.member(), &said.third, said.target.id.as_str()), Part::Overridden)?;
    rows::keep(tx, &row)?;
    let leaf =
        journal::leaf(app, "onward.overridden-told", "node").member(by.as_str()).object(Hash(row.message.0));
    journal::append(app, tx, vec![leaf])?;
    tracing::warn!(%by, "a member passed a record of ours on without asking, because a life is in danger");
    Ok(Judged::Taken)
}

/// To whom records of this node were passed on without asking, each with what was, as far as this node meets them: they are
/// told of recalls by it too. Whom it never met hears of a recall from the member that passed the record on.
pub(crate) fn thirds(app: &App, tx: &mut Tx<'_>) -> Result<Vec<(Target, MemberId)>, AppError> {
    let most = i64::try_from(app.limits().listed).unwrap_or(i64::MAX);
    let mut all = Vec::new();
    for row in rows::unasked(tx, Micros(0), most)?.into_iter().filter(|row| row.part == Part::Overridden) {
        let told: OnwardTold = message(tx, row.message)?;
        if outbox::mailbox(tx, &told.third)?.met_us > 0 {
            all.push((told.target, told.third));
        }
    }
    Ok(all)
}

/// What was passed on without asking from `since` on: by this member, of its records, and to it.
///
/// # Errors
/// [`AppError::Denied`] without a role that reads.
pub fn report(app: &App, actor: &Actor, since: Micros) -> Result<OverrideReport, AppError> {
    actor.may_read()?;
    app.store().read("onward.report", |tx| {
        let force = in_force(app, tx)?;
        let mut look = Look::new(app, tx)?;
        let most = i64::try_from(app.limits().listed).unwrap_or(i64::MAX);
        let mut overrides = Vec::new();
        for row in rows::unasked(tx, since, most)? {
            if look.sees_object(tx, &row.id)? {
                overrides.push(view(tx, &force, &row)?);
            }
        }
        let count = |part: &str| overrides.iter().filter(|one| one.part == part).count();
        Ok(OverrideReport {
            since: since.to_string(),
            given: count("given"),
            told: count("told"),
            came: count("came"),
            overrides,
        })
    })
}

fn view(tx: &mut Tx<'_>, force: &Arc<InForce>, row: &OnwardRow) -> Result<OverrideView, AppError> {
    let (purpose, danger) = if row.part == Part::Warned {
        let said: OnwardDanger = message(tx, row.message)?;
        (said.purpose, said.danger)
    } else {
        let said: OnwardTold = message(tx, row.message)?;
        (said.purpose, said.danger)
    };
    let (part, originator_knows) = match row.part {
        Part::Warned => ("came", None),
        Part::Overrode => ("given", Some(outbox::is_told(tx, &row.decides, row.message)?)),
        _ => ("told", Some(true)),
    };
    Ok(OverrideView {
        part,
        record: row.id.clone(),
        by: force.name_of(&row.asker).to_owned(),
        originator: force.name_of(&row.decides).to_owned(),
        to: force.name_of(&row.third).to_owned(),
        purpose,
        danger,
        at: row.at.to_string(),
        originator_knows,
    })
}
