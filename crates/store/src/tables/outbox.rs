//! Signed messages between members: each kept once, numbered for every member that it goes to.

use comity_model::MemberId;
use comity_model::stix::Digest;

use super::record::marks;
use crate::{Row, StoreError, Tx, Value};

/// Most values in one question.
const CHUNK: usize = 500;

/// What became of a message here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageState {
    /// It was made here.
    Own,
    /// It came, and what it says was done.
    Taken,
    /// It came and cannot be judged yet.
    Waiting,
    /// It came and was not taken.
    Refused,
}

impl MessageState {
    fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Taken => "taken",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        [Self::Own, Self::Taken, Self::Waiting, Self::Refused]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no state of a message")))
    }
}

/// A signed message as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageRow {
    /// SHA-256 of its canonical form.
    pub digest: Digest,
    /// Who signed it.
    pub signer: MemberId,
    /// The signer's name for it.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its canonical form.
    pub body: String,
    /// Who brought it; this node's own member for what was made here.
    pub via: MemberId,
    /// What became of it.
    pub state: MessageState,
    /// Why it waits or was refused.
    pub reason: String,
    /// When it was made or came.
    pub at_us: i64,
}

const MESSAGE: &str = "digest, signer, id, kind, body, via, state, reason, at_us";

fn read_message(row: &Row) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        digest: Digest(row.hash(0)?),
        signer: member(row.text_ref(1)?)?,
        id: row.text(2)?,
        kind: row.text(3)?,
        body: row.text(4)?,
        via: member(row.text_ref(5)?)?,
        state: MessageState::from_word(row.text_ref(6)?)?,
        reason: row.text(7)?,
        at_us: row.int(8)?,
    })
}

fn member(text: &str) -> Result<MemberId, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("`{text}` is no member id")))
}

/// Keeps a message, or what became now of one that is known.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, message: &MessageRow) -> Result<(), StoreError> {
    tx.exec(
        &format!(
            "INSERT INTO message ({MESSAGE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (digest) DO UPDATE
             SET via = excluded.via, state = excluded.state, reason = excluded.reason"
        ),
        &[
            message.digest.0.into(),
            message.signer.as_str().into(),
            (&message.id).into(),
            (&message.kind).into(),
            (&message.body).into(),
            message.via.as_str().into(),
            message.state.word().into(),
            (&message.reason).into(),
            message.at_us.into(),
        ],
    )?;
    Ok(())
}

/// The message of this digest.
///
/// # Errors
/// Those of the engine.
pub fn find(tx: &mut Tx<'_>, digest: Digest) -> Result<Option<MessageRow>, StoreError> {
    let sql = format!("SELECT {MESSAGE} FROM message WHERE digest = ?1");
    tx.query_one(&sql, &[digest.0.into()])?.as_ref().map(read_message).transpose()
}

/// The message that was made here or taken under this name of its signer.
///
/// # Errors
/// Those of the engine.
pub fn named(tx: &mut Tx<'_>, signer: &MemberId, id: &str) -> Result<Option<MessageRow>, StoreError> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message WHERE signer = ?1 AND id = ?2 AND state IN ('own', 'taken') LIMIT 1"
    );
    tx.query_one(&sql, &[signer.as_str().into(), id.into()])?.as_ref().map(read_message).transpose()
}

/// The messages of a member that were taken since an instant, oldest first.
///
/// # Errors
/// Those of the engine.
pub fn taken_since(tx: &mut Tx<'_>, signer: &MemberId, since_us: i64) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message WHERE signer = ?1 AND state = 'taken' AND at_us > ?2 ORDER BY at_us, digest"
    );
    tx.query(&sql, &[signer.as_str().into(), since_us.into()])?.iter().map(read_message).collect()
}

/// What a member brought that waits, the oldest first, at most so many.
///
/// # Errors
/// Those of the engine.
pub fn waiting(tx: &mut Tx<'_>, via: &MemberId, limit: i64) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message WHERE via = ?1 AND state = 'waiting' ORDER BY at_us, digest LIMIT ?2"
    );
    tx.query(&sql, &[via.as_str().into(), limit.into()])?.iter().map(read_message).collect()
}

/// What waits of a kind, whoever brought it, and was last judged under another agreement than this one: the reason names
/// the agreement. The oldest first, at most so many.
///
/// # Errors
/// Those of the engine.
pub fn waiting_since(
    tx: &mut Tx<'_>,
    kind: &str,
    agreement: Digest,
    limit: i64,
) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message WHERE state = 'waiting' AND kind = ?1 AND reason LIKE '% %'
         AND reason NOT LIKE ?2
         ORDER BY at_us, digest LIMIT ?3"
    );
    let named = format!("% {agreement}%");
    tx.query(&sql, &[kind.into(), named.into(), limit.into()])?.iter().map(read_message).collect()
}

/// What waits for one of these reasons, whoever brought it.
///
/// # Errors
/// Those of the engine.
pub fn waiting_for(tx: &mut Tx<'_>, reasons: &[String]) -> Result<Vec<MessageRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in reasons.chunks(CHUNK) {
        let values: Vec<Value> = chunk.iter().map(Value::from).collect();
        let sql = format!(
            "SELECT {MESSAGE} FROM message WHERE state = 'waiting' AND reason IN ({}) ORDER BY at_us, digest",
            marks(1, chunk.len())
        );
        for row in tx.query(&sql, &values)? {
            found.push(read_message(&row)?);
        }
    }
    Ok(found)
}

/// How many other messages a member brought that wait for a reason that begins so.
///
/// # Errors
/// Those of the engine.
pub fn count_waiting(tx: &mut Tx<'_>, via: &MemberId, reason: &str, but: Digest) -> Result<i64, StoreError> {
    let row = tx.query_one(
        "SELECT count(*) FROM message WHERE via = ?1 AND state = 'waiting' AND reason LIKE ?2 AND digest <> ?3",
        &[via.as_str().into(), format!("{reason}%").into(), but.0.into()],
    )?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Forgets the oldest of what a member brought and what waits, beyond so many; how many went.
///
/// # Errors
/// Those of the engine.
pub fn trim_waiting(tx: &mut Tx<'_>, via: &MemberId, most: i64) -> Result<u64, StoreError> {
    tx.exec(
        "DELETE FROM message WHERE digest IN (SELECT digest FROM message WHERE via = ?1 AND state = 'waiting'
         ORDER BY at_us DESC, digest LIMIT 1000000 OFFSET ?2)",
        &[via.as_str().into(), most.into()],
    )
}

/// Forgets the oldest of what a member brought and was refused, beyond so many; how many went.
///
/// # Errors
/// Those of the engine.
pub fn trim_refused(tx: &mut Tx<'_>, via: &MemberId, most: i64) -> Result<u64, StoreError> {
    tx.exec(
        "DELETE FROM message WHERE digest IN (SELECT digest FROM message WHERE via = ?1 AND state = 'refused'
         ORDER BY at_us DESC, digest LIMIT 1000000 OFFSET ?2)",
        &[via.as_str().into(), most.into()],
    )
}

/// How many messages a member brought that were refused, of those that are kept.
///
/// # Errors
/// Those of the engine.
pub fn count_refused(tx: &mut Tx<'_>, via: &MemberId) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM message WHERE via = ?1 AND state = 'refused'";
    tx.query_one(sql, &[via.as_str().into()])?.map_or(Ok(0), |row| row.int(0))
}

/// Numbers a message for a member that it goes to; false when it was numbered for it before.
///
/// # Errors
/// Those of the engine.
pub fn queue(tx: &mut Tx<'_>, to: &MemberId, digest: Digest, now_us: i64) -> Result<bool, StoreError> {
    let added = tx.exec(
        "INSERT INTO outbox (member, n, digest, at_us)
         VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM outbox WHERE member = ?1), ?2, ?3)
         ON CONFLICT (member, digest) DO NOTHING",
        &[to.as_str().into(), digest.0.into(), now_us.into()],
    )?;
    Ok(added > 0)
}

/// One numbered message for a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Numbered {
    /// Its number for that member.
    pub n: i64,
    /// The message in its canonical form.
    pub body: String,
    /// Its kind.
    pub kind: String,
}

/// What goes to a member behind a number, in order, at most so many.
///
/// # Errors
/// Those of the engine.
pub fn behind(tx: &mut Tx<'_>, to: &MemberId, n: i64, limit: i64) -> Result<Vec<Numbered>, StoreError> {
    let rows = tx.query(
        "SELECT o.n, m.body, m.kind FROM outbox o JOIN message m ON m.digest = o.digest
         WHERE o.member = ?1 AND o.n > ?2 ORDER BY o.n LIMIT ?3",
        &[to.as_str().into(), n.into(), limit.into()],
    )?;
    rows.iter().map(|row| Ok(Numbered { n: row.int(0)?, body: row.text(1)?, kind: row.text(2)? })).collect()
}

/// Whether something of a kind was ever made here for a member.
///
/// # Errors
/// Those of the engine.
pub fn has_said(tx: &mut Tx<'_>, to: &MemberId, kind: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM outbox o JOIN message m ON m.digest = o.digest
               WHERE o.member = ?1 AND m.kind = ?2 AND m.state = 'own' LIMIT 1";
    Ok(tx.query_one(sql, &[to.as_str().into(), kind.into()])?.is_some())
}

/// The digest of what has this number for a member.
///
/// # Errors
/// Those of the engine.
pub fn numbered(tx: &mut Tx<'_>, to: &MemberId, n: i64) -> Result<Option<Digest>, StoreError> {
    let row = tx.query_one(
        "SELECT digest FROM outbox WHERE member = ?1 AND n = ?2",
        &[to.as_str().into(), n.into()],
    )?;
    row.map(|row| Ok(Digest(row.hash(0)?))).transpose()
}

/// Whether a member said to have a message that goes to it.
///
/// # Errors
/// Those of the engine.
pub fn is_told(tx: &mut Tx<'_>, to: &MemberId, digest: Digest) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM outbox o JOIN mailbox b ON b.member = o.member
               WHERE o.member = ?1 AND o.digest = ?2 AND o.n <= b.told_n";
    Ok(tx.query_one(sql, &[to.as_str().into(), digest.0.into()])?.is_some())
}

/// How many messages there are for a member behind a number.
///
/// # Errors
/// Those of the engine.
pub fn left(tx: &mut Tx<'_>, to: &MemberId, n: i64) -> Result<i64, StoreError> {
    let row = tx.query_one(
        "SELECT count(*) FROM outbox WHERE member = ?1 AND n > ?2",
        &[to.as_str().into(), n.into()],
    )?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Gives everything that goes to a member new numbers, in the same order, all behind `n`.
///
/// # Errors
/// Those of the engine.
pub fn renumber(tx: &mut Tx<'_>, to: &MemberId, n: i64) -> Result<(), StoreError> {
    let key = Value::from(to.as_str());
    let rows = tx
        .query("SELECT digest, at_us FROM outbox WHERE member = ?1 ORDER BY n", std::slice::from_ref(&key))?;
    tx.exec("DELETE FROM outbox WHERE member = ?1", std::slice::from_ref(&key))?;
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 4);
    for (number, row) in (n.saturating_add(1)..).zip(&rows) {
        values.extend([key.clone(), number.into(), row.hash(0)?.into(), row.int(1)?.into()]);
    }
    tx.insert_many("INSERT INTO outbox (member, n, digest, at_us)", 4, &values, "")?;
    Ok(())
}

/// How far this node and the node of a member are with each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mailbox {
    /// The member.
    pub member: MemberId,
    /// Number of the last of its messages that is here; 0 before the first.
    pub have_n: i64,
    /// Its digest.
    pub have_digest: Option<Digest>,
    /// Number of the last of our messages that it said it has.
    pub told_n: i64,
    /// When the two last met.
    pub met_us: i64,
    /// Digest of the agreement that was in force there then.
    pub agreement: Option<Digest>,
    /// Its program then.
    pub program: String,
    /// How far its clock stood before ours then, in microseconds; negative when behind.
    pub ahead_us: i64,
    /// What was wrong with what it said last; empty when nothing was.
    pub fault: String,
    /// Whether its last word came on a medium: then it says nothing about its clock.
    pub carried: bool,
    /// Version of that agreement; 0 when its program does not say.
    pub agreement_version: i64,
    /// Since when another agreement is in force there than here, in microseconds; 0 when it is the same.
    pub differs_us: i64,
}

impl Mailbox {
    /// Before the first meeting.
    #[must_use]
    pub fn empty(member: MemberId) -> Self {
        Self {
            member,
            have_n: 0,
            have_digest: None,
            told_n: 0,
            met_us: 0,
            agreement: None,
            program: String::new(),
            ahead_us: 0,
            fault: String::new(),
            carried: false,
            agreement_version: 0,
            differs_us: 0,
        }
    }
}

const MAILBOX: &str = "member, have_n, have_digest, told_n, met_us, agreement, program, ahead_us, fault, carried, \
     agreement_version, differs_us";

fn read_mailbox(row: &Row) -> Result<Mailbox, StoreError> {
    let digest = |column: usize| -> Result<Option<Digest>, StoreError> {
        if row.opt_blob(column)?.is_none() { Ok(None) } else { Ok(Some(Digest(row.hash(column)?))) }
    };
    Ok(Mailbox {
        member: member(row.text_ref(0)?)?,
        have_n: row.int(1)?,
        have_digest: digest(2)?,
        told_n: row.int(3)?,
        met_us: row.int(4)?,
        agreement: digest(5)?,
        program: row.text(6)?,
        ahead_us: row.int(7)?,
        fault: row.text(8)?,
        carried: row.bool(9)?,
        agreement_version: row.int(10)?,
        differs_us: row.int(11)?,
    })
}

/// How far this node is with a member.
///
/// # Errors
/// Those of the engine.
pub fn mailbox(tx: &mut Tx<'_>, member: &MemberId) -> Result<Mailbox, StoreError> {
    let sql = format!("SELECT {MAILBOX} FROM mailbox WHERE member = ?1");
    let found = tx.query_one(&sql, &[member.as_str().into()])?;
    found.as_ref().map_or_else(|| Ok(Mailbox::empty(member.clone())), read_mailbox)
}

/// How far this node is with every member it ever met.
///
/// # Errors
/// Those of the engine.
pub fn mailboxes(tx: &mut Tx<'_>) -> Result<Vec<Mailbox>, StoreError> {
    tx.query(&format!("SELECT {MAILBOX} FROM mailbox ORDER BY member"), &[])?
        .iter()
        .map(read_mailbox)
        .collect()
}

/// Keeps how far this node is with a member.
///
/// # Errors
/// Those of the engine.
pub fn keep_mailbox(tx: &mut Tx<'_>, one: &Mailbox) -> Result<(), StoreError> {
    tx.exec(
        &format!(
            "INSERT INTO mailbox ({MAILBOX}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (member) DO UPDATE SET have_n = excluded.have_n, have_digest = excluded.have_digest,
             told_n = excluded.told_n, met_us = excluded.met_us, agreement = excluded.agreement,
             program = excluded.program, ahead_us = excluded.ahead_us, fault = excluded.fault,
             carried = excluded.carried, agreement_version = excluded.agreement_version,
             differs_us = excluded.differs_us"
        ),
        &[
            one.member.as_str().into(),
            one.have_n.into(),
            one.have_digest.map(|digest| digest.0).into(),
            one.told_n.into(),
            one.met_us.into(),
            one.agreement.map(|digest| digest.0).into(),
            (&one.program).into(),
            one.ahead_us.into(),
            (&one.fault).into(),
            one.carried.into(),
            one.agreement_version.into(),
            one.differs_us.into(),
        ],
    )?;
    Ok(())
}
