//! Taking what the node of another member says: message by message, each in a transaction of its own.

use std::borrow::Cow;
use std::sync::Arc;

use comity_model::message::Body as _;
use comity_model::recall::{Dispute, Overdue, Recall, RecallAnswer};
use comity_model::stix::Digest;
use comity_model::{MemberId, OnwardAnswer, OnwardAsk, OnwardDanger, OnwardTold, Receipt, SignedMessage};
use comity_store::Tx;
use comity_store::tables::outbox::{self as rows, Mailbox, MessageRow, MessageState};

use serde_json::value::RawValue;

use super::form::{self, Beside, Form, Have};
use super::{Said, note_behind};
use crate::force::{InForce, in_force};
use crate::limits::MessageLimits;
use crate::signers::NoSigner;
use crate::{App, AppError, catchup, onward, recall, receipt, witness};

/// What one form of another node brought.
#[derive(Default)]
pub(super) struct Counted {
    /// Messages that were new here.
    pub(super) came: u64,
    /// Of them and of those that waited: taken.
    pub(super) taken: u64,
    /// Not taken.
    pub(super) refused: u64,
    /// Waiting now.
    pub(super) waiting: u64,
    /// Ours that it has now and had not before.
    pub(super) given: u64,
    /// Ours that it still has not.
    pub(super) left: u64,
    pub(super) same_agreement: bool,
    pub(super) ahead_us: i64,
}

/// What becomes of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Judged {
    Taken,
    /// It cannot be judged yet.
    Waits(Cow<'static, str>),
    Refused(&'static str),
}

/// How a message came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Numbered for this node: somebody tells it.
    Numbered,
    /// In a list of all that the other side has, since the two do not have the same.
    Listed,
}

/// Takes everything that the node of a member sent.
pub(super) fn all(app: &App, via: &MemberId, form: &Form, when: Said) -> Result<Counted, AppError> {
    let (counted, is_all) = hear(app, via, (form, when), meet(app, via, form, false)?)?;
    if is_all {
        catchup::note_heard(app, via)?;
    }
    Ok(counted)
}

/// Takes what the node of a member said on a medium; whether that is all that there is to hear from it. Where something later
/// was heard, it says nothing about how the member stands.
pub(super) fn carried(
    app: &App,
    via: &MemberId,
    form: &Form,
    is_newest: bool,
) -> Result<(Counted, bool), AppError> {
    let counted = if is_newest { meet(app, via, form, true)? } else { Counted::default() };
    hear(app, via, (form, Said::Unasked), counted)
}

/// Takes what a form says; whether that is all that there is to hear.
fn hear(
    app: &App,
    via: &MemberId,
    (form, when): (&Form, Said),
    mut counted: Counted,
) -> Result<(Counted, bool), AppError> {
    if let Some(said) = &form.ledger {
        witness::take(app, via, said, when)?;
    }
    again(app, via, &mut counted)?;
    for line in &form.messages.0 {
        app.store().write("exchange.take", |tx| one(app, tx, via, line))?.count(&mut counted);
    }
    for listed in &form.list.0 {
        app.store().write("exchange.listed", |tx| one_listed(app, tx, via, listed))?.count(&mut counted);
    }
    let (left, waiting) = app.store().read("exchange.left", |tx| {
        let told_n = rows::mailbox(tx, via)?.told_n;
        let waiting = rows::waiting(tx, via, MessageLimits::WAITING_MAX)?.len();
        Ok::<_, AppError>((rows::left(tx, via, told_n)?, waiting))
    })?;
    (counted.left, counted.waiting) = (left.unsigned_abs(), waiting as u64);
    if form.more || waiting > 0 {
        return Ok((counted, false));
    }
    let ours = app.store().read("exchange.list", |tx| recall::list_digest(tx, via))?;
    // A program without recalls has no list.
    Ok((counted, form.recalls.is_none_or(|theirs| theirs == ours)))
}

/// What happened with one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Known,
    Taken,
    Waiting,
    Refused,
}

impl Step {
    fn count(self, counted: &mut Counted) {
        counted.came += u64::from(self != Self::Known);
        counted.taken += u64::from(self == Self::Taken);
        counted.refused += u64::from(self == Self::Refused);
    }
}

/// Notes how far the other side is, and how it stands with ours.
fn meet(app: &App, via: &MemberId, form: &Form, is_carried: bool) -> Result<Counted, AppError> {
    app.store().write("exchange.meet", |tx| {
        let force = in_force(app, tx)?;
        let mut mailbox = rows::mailbox(tx, via)?;
        let before = mailbox.told_n;
        told(app, tx, &mut mailbox, form.have)?;
        mailbox.met_us = app.now().0;
        mailbox.agreement = Some(form.agreement);
        mailbox.agreement_version = i64::try_from(form.agreement_version.unwrap_or(0)).unwrap_or(i64::MAX);
        mailbox.differs_us = match (form.agreement == force.digest, mailbox.differs_us) {
            (true, _) => 0,
            (false, 0) => app.now().0,
            (false, since) => since,
        };
        mailbox.program.clone_from(&form.program);
        mailbox.carried = is_carried;
        mailbox.ahead_us = form.at.0.saturating_sub(app.now().0);
        rows::keep_mailbox(tx, &mailbox)?;
        recall::met(app, tx, &mailbox)?;
        Ok(Counted {
            given: mailbox.told_n.saturating_sub(before).max(0).unsigned_abs(),
            same_agreement: form.agreement == force.digest,
            ahead_us: mailbox.ahead_us,
            ..Counted::default()
        })
    })
}

/// Takes the other side's word for which of our messages it has. When it names one that this node never gave it, this
/// node was put back to an older state: everything for that member is numbered anew behind it.
fn told(app: &App, tx: &mut Tx<'_>, mailbox: &mut Mailbox, have: Have) -> Result<(), AppError> {
    let n = i64::try_from(have.n).unwrap_or(i64::MAX);
    if n > 0 {
        let known = rows::numbered(tx, &mailbox.member, n)?;
        let is_ours = known.is_some() && (have.digest.is_none() || have.digest == known);
        if !is_ours {
            let last = mailbox.told_n.saturating_add(rows::left(tx, &mailbox.member, mailbox.told_n)?);
            if n > last.saturating_add(MessageLimits::BEHIND_MAX) {
                let why = format!("it names number {n}, which is far beyond what this node ever gave it");
                return Err(AppError::invalid("have", why));
            }
            rows::renumber(tx, &mailbox.member, n.max(last))?;
            // As long as there is nothing to say, it names the same one at every meeting.
            if mailbox.told_n != n {
                note_behind(app, tx, &mailbox.member)?;
            }
        }
    }
    mailbox.told_n = n;
    Ok(())
}

/// Judges again what waits: a key may be known now, a clock may have gone on. A recall waits for whoever it concerns, so
/// that an agreement that came into force is asked about it whoever is met. One about which nothing changed is left.
fn again(app: &App, via: &MemberId, counted: &mut Counted) -> Result<(), AppError> {
    let waiting = app.store().read("exchange.waiting", |tx| {
        let agreement = in_force(app, tx)?.judged_by();
        let mut waiting = rows::waiting(tx, via, MessageLimits::WAITING_MAX)?;
        let is_of_time = |reason: &str| [DATED_AHEAD, recall::TOO_MANY].contains(&reason);
        waiting.retain(|row| row.kind != Recall::KIND || is_of_time(&row.reason));
        waiting.extend(rows::waiting_since(tx, Recall::KIND, agreement, MessageLimits::WAITING_MAX)?);
        Ok::<_, AppError>(waiting)
    })?;
    for row in waiting {
        let step = app.store().write("exchange.again", |tx| {
            let force = in_force(app, tx)?;
            match rows::find(tx, row.digest)? {
                Some(known) if known.state == MessageState::Waiting => once_more(app, tx, &force, known),
                _ => Ok(Step::Known),
            }
        })?;
        counted.taken += u64::from(step == Step::Taken);
        counted.refused += u64::from(step == Step::Refused);
    }
    Ok(())
}

fn once_more(app: &App, tx: &mut Tx<'_>, force: &Arc<InForce>, row: MessageRow) -> Result<Step, AppError> {
    let signed = SignedMessage::from_json(&row.body)?;
    let judged = judge(app, tx, force, (&row.via, Way::Numbered), (&signed, None))?;
    keep(tx, judged, row)
}

/// Judges the recalls again that wait for records of these ids, since some came.
pub(crate) fn came(app: &App, tx: &mut Tx<'_>, ids: &[&str]) -> Result<(), AppError> {
    let force = in_force(app, tx)?;
    let reasons: Vec<String> = ids.iter().map(|id| waits_for(&force, id)).collect();
    for row in rows::waiting_for(tx, &reasons)? {
        once_more(app, tx, &force, row)?;
    }
    Ok(())
}

/// Why a recall waits that may be judged once a record of this id is here, or another agreement is in force.
pub(crate) fn waits_for(force: &InForce, id: &str) -> String {
    format!("{NOTHING_HELD} {} {id}", force.judged_by())
}

/// A recall waits since nothing is held here of a record that it names.
pub(crate) const NOTHING_HELD: &str = "nothing-held";
/// A message waits since it is dated ahead of this clock.
const DATED_AHEAD: &str = "dated-ahead";

/// Takes one line, and moves past it whatever becomes of it.
fn one(app: &App, tx: &mut Tx<'_>, via: &MemberId, line: &form::Line) -> Result<Step, AppError> {
    let mut mailbox = rows::mailbox(tx, via)?;
    let n = i64::try_from(line.n).unwrap_or(i64::MAX);
    if n <= mailbox.have_n {
        return Ok(Step::Known);
    }
    mailbox.have_n = n;
    let step = match form::read(&line.message) {
        Ok((signed, body, digest)) => {
            mailbox.have_digest = Some(digest);
            take(app, tx, (via, Way::Numbered), (&signed, body, digest), line.beside.as_ref())?
        }
        Err(why) => {
            mailbox.have_digest = None;
            mailbox.fault = format!("message {n}: {why}").chars().take(500).collect();
            Step::Refused
        }
    };
    if step == Step::Refused && mailbox.have_digest.is_some() {
        let why = mailbox.have_digest.map(|digest| rows::find(tx, digest)).transpose()?.flatten();
        mailbox.fault = format!("message {n}: {}", why.map(|row| row.reason).unwrap_or_default());
    }
    rows::keep_mailbox(tx, &mailbox)?;
    Ok(step)
}

/// Takes one message of a list of recalls; others have no place there.
fn one_listed(app: &App, tx: &mut Tx<'_>, via: &MemberId, listed: &RawValue) -> Result<Step, AppError> {
    match form::read(listed) {
        Ok((signed, body, digest)) if signed.message.kind == Recall::KIND => {
            take(app, tx, (via, Way::Listed), (&signed, body, digest), None)
        }
        _ => Ok(Step::Refused),
    }
}

fn take(
    app: &App,
    tx: &mut Tx<'_>,
    (via, way): (&MemberId, Way),
    (signed, body, digest): (&SignedMessage, String, Digest),
    beside: Option<&Beside>,
) -> Result<Step, AppError> {
    // What another member brought and had refused says nothing about the one who brings it now. A recall that waits is the
    // same whoever brings it.
    let is_open = |known: &MessageRow| match known.state {
        MessageState::Refused => &known.via != via,
        MessageState::Waiting => known.kind == Recall::KIND,
        _ => false,
    };
    let known = rows::find(tx, digest)?;
    if let Some(known) = known.as_ref().filter(|known| !is_open(known)) {
        if known.kind == Recall::KIND {
            recall::told_again(app, tx, (via, way), known)?;
        }
        return Ok(Step::Known);
    }
    let waited = known.filter(|known| known.state == MessageState::Waiting);
    let force = in_force(app, tx)?;
    let row = MessageRow {
        digest,
        signer: signed.message.from.clone(),
        id: signed.message.id.clone(),
        kind: signed.message.kind.clone(),
        body,
        via: via.clone(),
        state: MessageState::Waiting,
        reason: String::new(),
        at_us: app.now().0,
    };
    if row.kind == Recall::KIND || row.kind == RecallAnswer::KIND {
        // What follows from it reads it.
        rows::keep(tx, &row)?;
    }
    let judged = judge(app, tx, &force, (via, way), (signed, beside))?;
    if let (Judged::Waits(_), Some(waited)) = (&judged, waited) {
        // It stays with who brought it first, and counts there.
        keep(tx, judged, waited)?;
        return Ok(Step::Known);
    }
    let step = keep(tx, judged, row)?;
    match step {
        Step::Waiting => _ = rows::trim_waiting(tx, via, MessageLimits::WAITING_MAX)?,
        Step::Refused => _ = rows::trim_refused(tx, via, app.limits().messages.refused)?,
        Step::Known | Step::Taken => {}
    }
    Ok(step)
}

fn keep(tx: &mut Tx<'_>, judged: Judged, row: MessageRow) -> Result<Step, AppError> {
    let (state, reason, step) = match judged {
        Judged::Taken => (MessageState::Taken, String::new(), Step::Taken),
        Judged::Waits(reason) => (MessageState::Waiting, reason.into_owned(), Step::Waiting),
        Judged::Refused(reason) => (MessageState::Refused, reason.to_owned(), Step::Refused),
    };
    rows::keep(tx, &MessageRow { state, reason, ..row })?;
    Ok(step)
}

/// Whether a message is what it says, and for us; then does what it says.
fn judge(
    app: &App,
    tx: &mut Tx<'_>,
    force: &Arc<InForce>,
    (via, way): (&MemberId, Way),
    (signed, beside): (&SignedMessage, Option<&Beside>),
) -> Result<Judged, AppError> {
    let message = &signed.message;
    // A recall is for everybody whom it concerns, and whoever has the record passes it on as it is signed.
    let is_recall = message.kind == Recall::KIND;
    if &message.from != via && !is_recall {
        return Ok(Judged::Refused("not-its-own"));
    }
    if message.to.as_ref() != Some(app.member()) && !is_recall {
        return Ok(Judged::Refused("not-for-us"));
    }
    let unknown = || Ok(Judged::Waits(format!("unknown-key {}", force.judged_by()).into()));
    if !force.agreement.member(&message.from).is_some_and(|member| member.active) {
        return unknown();
    }
    let key = match force.key_at(&message.from, &signed.key, Some(message.at)) {
        Ok(key) => key,
        Err(NoSigner::Unknown) => return unknown(),
        Err(NoSigner::Stolen) => return Ok(Judged::Refused("stolen-key")),
        Err(NoSigner::Ended(_)) => return Ok(Judged::Refused("ended-key")),
    };
    if signed.verify(&[key]).is_err() {
        return Ok(Judged::Refused("bad-signature"));
    }
    if message.at > app.now().plus_seconds(MessageLimits::AHEAD_SECONDS_MAX) {
        return Ok(Judged::Waits(DATED_AHEAD.into()));
    }
    if is_recall {
        return recall::take(app, tx, force, (via, way), signed);
    }
    if rows::named(tx, &message.from, &message.id)?.is_some() {
        // Another one of the same name was taken: what is said under one name is said once.
        return Ok(Judged::Refused("said-otherwise"));
    }
    done(app, tx, force, signed, beside)
}

/// Does what a message says, by its kind. A kind that is not known here is of a newer program.
fn done(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    signed: &SignedMessage,
    beside: Option<&Beside>,
) -> Result<Judged, AppError> {
    match signed.message.kind.as_str() {
        Receipt::KIND => receipt::take(app, tx, signed),
        RecallAnswer::KIND => recall::take_answer(app, tx, signed),
        Dispute::KIND => recall::take_dispute(app, tx, signed),
        Overdue::KIND => recall::take_overdue(app, tx, signed),
        OnwardAsk::KIND => onward::take(app, tx, force, signed),
        OnwardAnswer::KIND => onward::take_answer(app, tx, signed),
        OnwardDanger::KIND => onward::danger::take(app, tx, force, (signed, beside)),
        OnwardTold::KIND => onward::danger::take_told(app, tx, force, signed),
        _ => Ok(Judged::Refused("unknown-kind")),
    }
}
