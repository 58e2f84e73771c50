//! What nodes say to each other besides records: signed messages, each numbered for the member that it goes to.
//!
//! One request carries both directions. Each side says which of the other's messages was the last that is durable here,
//! and gets what lies behind it. So nothing depends on an answer that arrives: what was lost is asked for again by the
//! next exchange, whoever begins it, and a member that no other can reach gets everything by asking. A side that was
//! put back to an older state notices that the other has more from it than it ever gave, and numbers on from there.

mod carried;
mod form;
mod take;

use std::time::Duration;

use comity_model::message::Body;
use comity_model::stix::Digest;
use comity_model::{MemberId, Message, SignedMessage};
use comity_store::Tx;
use comity_store::tables::outbox::{self as rows, MessageRow, MessageState};
use comity_store::tables::peer::Peer;
use serde::Serialize;

pub(crate) use self::carried::{Heard, Medium, Saying, hear, say as carry};
pub(crate) use self::form::Beside;
use self::form::Form;
pub use self::form::PATH;
pub(crate) use self::take::{Judged, NOTHING_HELD, Way, came, waits_for};
use crate::carrier::{Carrier, Failure};
use crate::force::in_force;
use crate::{Actor, App, AppError, Reader, Role, journal, peer, recall, witness};

/// Whether the other side had heard what this node says when it said something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    /// It answers what this node said in its request.
    InAnswer,
    /// It asks; the answers that it was given before may have been lost.
    Unasked,
}

/// What one meeting with a peer brought.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Exchanged {
    /// Our name for the peer.
    pub peer: String,
    /// Messages of ours that it has now and had not before.
    pub given: u64,
    /// Messages of theirs that were taken.
    pub taken: u64,
    /// Messages of theirs that cannot be judged yet: their key is not known here, or they are dated ahead of our clock.
    pub waiting: u64,
    /// Messages of theirs that were not taken.
    pub refused: u64,
    /// Messages of ours that it still has not.
    pub left: u64,
    /// Whether the same agreement is in force on both sides.
    pub same_agreement: bool,
    /// How far its clock stands before ours, in seconds; negative when behind.
    pub ahead_seconds: i64,
    /// Its program.
    pub program: String,
    /// Whether it only speaks TAXII, and has no messages.
    pub plain: bool,
    /// Why it stopped before the end; empty when it did not.
    pub failure: String,
}

/// Exchanges messages with one peer, or with all.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator or release officer; [`AppError::NotFound`] for an unknown
/// peer; [`AppError::Environment`] when the node's own database cannot go on. A peer that fails is no error: its
/// [`Exchanged::failure`] says why.
pub fn run(app: &App, actor: &Actor, only: Option<&str>) -> Result<Vec<Exchanged>, AppError> {
    actor.require(&[Role::Administrator, Role::ReleaseOfficer], "exchange messages with peers")?;
    peer::named(app, only)?.iter().map(|peer| with(app, peer)).collect()
}

/// Exchanges messages with every peer, as a node does by itself.
///
/// # Errors
/// [`AppError::Environment`] when the node's own database cannot go on.
pub fn with_all(app: &App) -> Result<Vec<Exchanged>, AppError> {
    peer::named(app, None)?.iter().map(|peer| with(app, peer)).collect()
}

/// Exchanges messages with one peer. What it sends or fails to send is its own matter.
fn with(app: &App, peer: &Peer) -> Result<Exchanged, AppError> {
    match peer::open(app, peer) {
        Ok(carrier) => over(app, peer, &*carrier),
        // A full disk or a lost database is the same for every peer.
        Err(error @ AppError::Environment(_)) => Err(error),
        Err(error) => Ok(failed(peer, &error.to_string())),
    }
}

fn failed(peer: &Peer, reason: &str) -> Exchanged {
    Exchanged { peer: peer.name.clone(), failure: reason.to_owned(), ..Exchanged::default() }
}

/// Exchanges messages with a peer over a way that is open, until neither side has more to say.
pub(crate) fn over(app: &App, peer: &Peer, carrier: &dyn Carrier) -> Result<Exchanged, AppError> {
    let mut all = Exchanged { peer: peer.name.clone(), ..Exchanged::default() };
    witness::note_own_keys(app)?;
    let mut lists = Lists::default();
    for round in 0..app.limits().messages.rounds {
        let mut ours = app.store().read("exchange.offer", |tx| form::of(app, tx, &peer.member))?;
        lists.put(app, &peer.member, &mut ours)?;
        let is_given = !ours.messages.0.is_empty();
        let answer = match ask(app, carrier, ours.to_json()?) {
            Ok(answer) => answer,
            Err(Failure::Absent(_)) if round == 0 => return Ok(Exchanged { plain: true, ..all }),
            Err(failure) => return Ok(Exchanged { failure: failure.text().to_owned(), ..all }),
        };
        let theirs = match Form::read(app, &answer.body) {
            Ok(theirs) => theirs,
            Err(error) => {
                let failure = format!("its answer cannot be read: {error}");
                return Ok(Exchanged { failure, ..all });
            }
        };
        let counted = match take::all(app, &peer.member, &theirs, Said::InAnswer) {
            Ok(counted) => counted,
            Err(error @ AppError::Environment(_)) => return Err(error),
            Err(error) => return Ok(Exchanged { failure: error.to_string(), ..all }),
        };
        all.given += counted.given;
        all.taken += counted.taken;
        all.waiting = counted.waiting;
        all.refused += counted.refused;
        all.left = counted.left;
        all.same_agreement = counted.same_agreement;
        all.ahead_seconds = counted.ahead_us / 1_000_000;
        all.program.clone_from(&theirs.program);
        let is_moving = counted.given > 0 || counted.came > 0 || round == 0;
        let is_listing = lists.go_on(app, &peer.member, &theirs)?;
        if !is_listing && (!(theirs.more || counted.left > 0 || is_given) || !is_moving) {
            break;
        }
    }
    Ok(all)
}

/// How far two nodes that do not know the same recalls are with sending each other all of them.
#[derive(Default)]
struct Lists {
    /// Behind which digest each side goes on; none before it began and after its end.
    ours: Option<Digest>,
    theirs: Option<Digest>,
    has_begun: bool,
}

impl Lists {
    /// Puts a part of our recalls into what we send, and asks for a part of theirs.
    fn put(&mut self, app: &App, member: &MemberId, form: &mut Form) -> Result<(), AppError> {
        form.want = self.theirs;
        if let Some(behind) = self.ours {
            let (list, last) =
                app.store().read("exchange.list", |tx| form::listed(app, tx, member, behind))?;
            form.list = list;
            self.ours = last;
        }
        Ok(())
    }

    /// Looks at their answer; whether there is more to say about recalls. Each side says all that it has once.
    fn go_on(&mut self, app: &App, member: &MemberId, theirs: &Form) -> Result<bool, AppError> {
        if !self.has_begun {
            let Some(said) = theirs.recalls else { return Ok(false) };
            if app.store().read("exchange.recalls", |tx| recall::list_digest(tx, member))? == said {
                return Ok(false);
            }
            let first = Some(Digest([0; 32]));
            (self.ours, self.theirs, self.has_begun) = (first, first, true);
            return Ok(true);
        }
        let last = theirs.list.0.last().and_then(|listed| form::read(listed).ok());
        self.theirs = self.theirs.and(last.map(|(_, _, digest)| digest));
        Ok(self.ours.is_some() || self.theirs.is_some())
    }
}

/// Asks, and asks again while the failure may pass.
fn ask(app: &App, carrier: &dyn Carrier, body: Vec<u8>) -> Result<crate::carrier::Answer, Failure> {
    let mut tries = 1;
    loop {
        match carrier.post(PATH, body.clone()) {
            Err(Failure::Passing(_, wait)) if tries < app.limits().peer.tries => {
                let seconds = wait.unwrap_or(0).min(30);
                carrier.pause(Duration::from_secs(seconds) + Duration::from_millis(250 << tries));
                tries += 1;
            }
            other => return other,
        }
    }
}

/// Takes what the node of a member says, and answers with what this node has for it.
///
/// # Errors
/// [`AppError::Invalid`] when it is not of the form; [`AppError::Denied`] when the key speaks for this node's own member or
/// for one that takes no part in the agreement; those of the store.
pub fn answer(app: &App, reader: &Reader, body: &[u8]) -> Result<Vec<u8>, AppError> {
    let theirs = Form::read(app, body)?;
    app.store().read("exchange.reader", |tx| {
        let force = in_force(app, tx)?;
        let is_other = &reader.member != app.member();
        if is_other && force.agreement.member(&reader.member).is_some_and(|member| member.active) {
            return Ok(());
        }
        Err(AppError::Denied(
            "messages are exchanged with the nodes of other members of the agreement".into(),
        ))
    })?;
    witness::note_own_keys(app)?;
    take::all(app, &reader.member, &theirs, Said::Unasked)?;
    let ours = app.store().read("exchange.answer", |tx| {
        let mut ours = form::of(app, tx, &reader.member)?;
        if let Some(behind) = theirs.want {
            (ours.list, _) = form::listed(app, tx, &reader.member, behind)?;
        }
        Ok::<_, AppError>(ours)
    })?;
    ours.to_json()
}

/// Says something to a member: signs it, keeps it, and numbers it for the member. It goes out by the next exchange.
pub(crate) fn say<B: Body>(
    app: &App,
    tx: &mut Tx<'_>,
    to: &MemberId,
    body: &B,
) -> Result<SignedMessage, AppError> {
    let id = format!("{}-{}", B::KIND, app.random_uuid());
    let message = Message::new(id, app.member().clone(), Some(to.clone()), app.now(), body)?;
    let signed = message.sign(&app.keys()?.member)?;
    let digest = keep_own(app, tx, &signed)?;
    rows::queue(tx, to, digest, app.now().0)?;
    Ok(signed)
}

/// Keeps a message that was made here; answers its digest.
pub(crate) fn keep_own(app: &App, tx: &mut Tx<'_>, signed: &SignedMessage) -> Result<Digest, AppError> {
    let body = signed.to_json()?;
    let digest = Digest::of(body.as_bytes());
    let row = MessageRow {
        digest,
        signer: signed.message.from.clone(),
        id: signed.message.id.clone(),
        kind: signed.message.kind.clone(),
        body,
        via: app.member().clone(),
        state: MessageState::Own,
        reason: String::new(),
        at_us: app.now().0,
    };
    rows::keep(tx, &row)?;
    Ok(digest)
}

/// How this node stands with the node of one member.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Standing {
    /// Display name of the member.
    pub member: String,
    /// Messages of ours that it has not said to have.
    pub unsaid: i64,
    /// When the two last met.
    pub met_at: String,
    /// Whether the same agreement was in force on both sides then.
    pub same_agreement: bool,
    /// Version of the agreement that was in force there then; 0 when its program does not say.
    pub agreement_version: i64,
    /// How far its clock stood before ours, in seconds.
    pub ahead_seconds: i64,
    /// Its last word came on a medium, which says nothing about its clock.
    pub carried: bool,
    /// Its program.
    pub program: String,
    /// What was wrong with what it said last; empty when nothing was.
    pub fault: String,
}

/// How this node stands with every member whose node it met, or has something to say to.
///
/// # Errors
/// Those of the store.
pub fn standings(app: &App) -> Result<Vec<Standing>, AppError> {
    app.store().read("exchange.standings", |tx| {
        let force = in_force(app, tx)?;
        let ours = force.digest;
        let mut all = Vec::new();
        for one in rows::mailboxes(tx)? {
            all.push(Standing {
                member: force.name_of(&one.member).to_owned(),
                unsaid: rows::left(tx, &one.member, one.told_n)?,
                met_at: comity_model::Micros(one.met_us).to_string(),
                same_agreement: one.agreement == Some(ours),
                agreement_version: one.agreement_version,
                ahead_seconds: if one.carried { 0 } else { one.ahead_us / 1_000_000 },
                carried: one.carried,
                program: one.program,
                fault: one.fault,
            });
        }
        Ok(all)
    })
}

/// Notes that the node of a member has more from this one than this one ever gave: this one was put back.
fn note_behind(app: &App, tx: &mut Tx<'_>, member: &MemberId) -> Result<(), AppError> {
    let leaf = journal::leaf(app, "exchange.behind", "node").member(member.as_str());
    journal::append(app, tx, vec![leaf])?;
    tracing::warn!(%member, "a member has messages from this node that this node does not know: was it restored?");
    Ok(())
}
