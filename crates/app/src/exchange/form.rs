//! The form of what two nodes send each other: the same for a request and for its answer.

use comity_model::message::Body as _;
use comity_model::stix::Digest;
use comity_model::{MemberId, Micros, OnwardDanger, SignedMessage};
use comity_store::Tx;
use comity_store::tables::outbox as rows;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::few::Few;
use crate::force::in_force;
use crate::limits::MessageLimits;
use crate::onward::danger;
use crate::serve::Outgoing;
use crate::{App, AppError, recall, witness};

/// Where a node takes it.
pub const PATH: &str = "/api/v1/exchange";
/// Most recalls in one list.
const LISTED_MAX: usize = 200;
/// Longest name of a program that is kept, in bytes.
const PROGRAM_BYTES_MAX: usize = 64;

/// What one node sends another. Fields that are not known here are passed over: a newer program may send more.
#[derive(Serialize, Deserialize)]
pub(super) struct Form {
    /// Version of this form; always 1.
    v: u8,
    /// Name and version of the program.
    #[serde(default)]
    pub(super) program: String,
    /// The agreement in force.
    pub(super) agreement: Digest,
    /// Its version; absent from programs that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) agreement_version: Option<u64>,
    /// Now, by the sender's clock.
    pub(super) at: Micros,
    /// The last of the other's messages that is durable here.
    pub(super) have: Have,
    /// What the other has not yet.
    #[serde(default)]
    pub(super) messages: Few<Line, { MessageLimits::COUNT_MAX }>,
    /// Whether there are more messages than these.
    #[serde(default)]
    pub(super) more: bool,
    /// What the sender says about ledgers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ledger: Option<Box<RawValue>>,
    /// Digest of all recalls of which one of the two told the other, as the sender knows them; absent from programs that
    /// know of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recalls: Option<Digest>,
    /// The sender wants the other's recalls whose digest is greater than this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) want: Option<Digest>,
    /// Recalls that the sender knows, in the order of their digests.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub(super) list: Few<Box<RawValue>, LISTED_MAX>,
}

fn is_empty(list: &Few<Box<RawValue>, LISTED_MAX>) -> bool {
    list.0.is_empty()
}

/// The last message of the other side that is here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Have {
    /// Its number; 0 before the first.
    pub(super) n: u64,
    /// Its digest, when it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<Digest>,
}

/// A numbered message.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    /// Its number for the other side.
    pub(super) n: u64,
    /// The signed message.
    pub(super) message: Box<RawValue>,
    /// The record that goes with it, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) beside: Option<Beside>,
}

/// A record that goes with a message. It is no part of what is signed and kept as a message, so that nothing of it stays in
/// a message when it is erased.
#[derive(Serialize, Deserialize)]
pub(crate) struct Beside {
    /// The object.
    pub(crate) object: Box<RawValue>,
    /// Its entry, as it stands beside an object on a page.
    pub(crate) entry: Box<RawValue>,
}

impl Beside {
    /// What was released, as it is sent.
    pub(crate) fn of(released: &Outgoing) -> Result<Self, AppError> {
        let raw = |text: String| {
            RawValue::from_string(text).map_err(|error| AppError::Internal(format!("a kept record: {error}")))
        };
        let object = String::from_utf8(released.bytes().to_vec())
            .map_err(|error| AppError::Internal(format!("a kept record: {error}")))?;
        Ok(Self { object: raw(object)?, entry: raw(released.envelope_json())? })
    }

    fn length(&self) -> usize {
        self.object.get().len().saturating_add(self.entry.get().len())
    }
}

impl Form {
    /// Reads what another node sent.
    pub(super) fn read(app: &App, body: &[u8]) -> Result<Self, AppError> {
        let limits = &app.limits().messages;
        if body.len() > limits.exchange_bytes {
            return Err(AppError::Limit {
                what: "an exchange".into(),
                max: format!("{} bytes", limits.exchange_bytes),
            });
        }
        let read: Self = serde_json::from_slice(body)
            .map_err(|error| AppError::invalid("body", format!("it is no exchange: {error}")))?;
        if read.v != 1 {
            let why = format!("version {} of an exchange is not known here", read.v);
            return Err(AppError::invalid("v", why));
        }
        let program = &read.program;
        if program.len() > PROGRAM_BYTES_MAX || program.chars().any(char::is_control) {
            return Err(AppError::invalid("program", format!("at most {PROGRAM_BYTES_MAX} plain bytes")));
        }
        let mut last = read.messages.0.first().map_or(0, |line| line.n.saturating_sub(1));
        for line in &read.messages.0 {
            if line.n <= last || line.n > MessageLimits::NUMBER_MAX {
                return Err(AppError::invalid("messages", "their numbers rise from 1 to 2^53"));
            }
            last = line.n;
        }
        if read.have.n > MessageLimits::NUMBER_MAX {
            return Err(AppError::invalid("have", "a number goes from 0 to 2^53"));
        }
        Ok(read)
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, AppError> {
        serde_json::to_vec(self).map_err(|error| AppError::Internal(format!("exchange: {error}")))
    }
}

/// What this node sends the node of a member: what lies behind the last message that it said to have.
pub(super) fn of(app: &App, tx: &mut Tx<'_>, member: &MemberId) -> Result<Form, AppError> {
    let told = rows::mailbox(tx, member)?.told_n;
    let mut form = behind(app, tx, member, told)?;
    form.ledger = witness::offer(app, tx, member)?;
    Ok(form)
}

/// What lies behind a message, without a word about ledgers.
pub(super) fn behind(app: &App, tx: &mut Tx<'_>, member: &MemberId, n: i64) -> Result<Form, AppError> {
    let force = in_force(app, tx)?;
    let mailbox = rows::mailbox(tx, member)?;
    let limit = i64::try_from(MessageLimits::COUNT_MAX).unwrap_or(i64::MAX);
    let mut messages = Vec::new();
    // Half of what the other side takes: the frame of each message counts too.
    let mut room = app.limits().messages.exchange_bytes / 2;
    let mut more = false;
    let found = rows::behind(tx, member, n, limit.saturating_add(1))?;
    for one in found {
        let is_warning = one.kind == OnwardDanger::KIND;
        let beside = if is_warning { danger::beside(app, tx, &one.body)? } else { None };
        let length = one.body.len().saturating_add(beside.as_ref().map_or(0, Beside::length));
        if messages.len() >= MessageLimits::COUNT_MAX || (length > room && !messages.is_empty()) {
            more = true;
            break;
        }
        room = room.saturating_sub(length);
        let message = RawValue::from_string(one.body)
            .map_err(|error| AppError::Internal(format!("a kept message: {error}")))?;
        messages.push(Line { n: one.n.unsigned_abs(), message, beside });
    }
    Ok(Form {
        v: 1,
        program: concat!("comity/", env!("CARGO_PKG_VERSION")).to_owned(),
        agreement: force.digest,
        agreement_version: Some(force.agreement.version),
        at: app.now(),
        have: Have { n: mailbox.have_n.unsigned_abs(), digest: mailbox.have_digest },
        messages: Few(messages),
        more,
        ledger: None,
        recalls: Some(recall::list_digest(tx, member)?),
        want: None,
        list: Few(Vec::new()),
    })
}

/// A part of the recalls of which one of the two told the other: those behind a digest, as many as fit. Answers the last
/// digest that stands in it.
pub(super) fn listed(
    app: &App,
    tx: &mut Tx<'_>,
    member: &MemberId,
    behind: Digest,
) -> Result<(Few<Box<RawValue>, LISTED_MAX>, Option<Digest>), AppError> {
    let mut room = app.limits().messages.exchange_bytes / 4;
    let (mut list, mut last) = (Vec::new(), None);
    for (digest, body) in recall::listed(tx, member, behind, LISTED_MAX)? {
        if body.len() > room && !list.is_empty() {
            break;
        }
        room = room.saturating_sub(body.len());
        list.push(RawValue::from_string(body).map_err(|error| AppError::Internal(error.to_string()))?);
        last = Some(digest);
    }
    Ok((Few(list), last))
}

/// A signed message, in its canonical form and with its digest.
pub(super) fn read(message: &RawValue) -> Result<(SignedMessage, String, Digest), String> {
    let signed = SignedMessage::from_json(message.get()).map_err(|error| error.to_string())?;
    let body = signed.to_json().map_err(|error| error.to_string())?;
    let digest = Digest::of(body.as_bytes());
    Ok((signed, body, digest))
}
