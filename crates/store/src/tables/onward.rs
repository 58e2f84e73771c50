//! Questions whether a record may be passed on to a third member, and what was passed on without asking because a life was in
//! danger. The signed messages, with the words, are kept by [`super::outbox`].

use comity_model::stix::Digest;
use comity_model::{MemberId, Micros};

use crate::{Row, StoreError, Tx};

/// What this node has to do with a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// It was asked here.
    Asked,
    /// The answer is this node's.
    Decides,
    /// The record went from here to who asks.
    Told,
    /// It was passed on from here without asking. The message is the one by which the originator was told.
    Overrode,
    /// A record of this node was passed on without asking, and this node was told.
    Overridden,
    /// A record of another came here without its originator having been asked. The message is the one that came with it.
    Warned,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::Asked, Self::Decides, Self::Told, Self::Overrode, Self::Overridden, Self::Warned];

    const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Decides => "decides",
            Self::Told => "told",
            Self::Overrode => "overrode",
            Self::Overridden => "overridden",
            Self::Warned => "warned",
        }
    }
}

/// What was said to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answered {
    /// Nothing yet.
    Open,
    /// It may be passed on.
    Yes,
    /// It may not.
    No,
    /// Nobody was asked.
    Unasked,
}

impl Answered {
    const ALL: [Self; 4] = [Self::Open, Self::Yes, Self::No, Self::Unasked];

    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unasked => "unasked",
        }
    }
}

/// A question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OnwardRow {
    /// Digest of the signed message: its name.
    pub message: Digest,
    /// What this node has to do with it.
    pub part: Part,
    /// Who asks.
    pub asker: MemberId,
    /// Who answers.
    pub decides: MemberId,
    /// To whom the record would go.
    pub third: MemberId,
    /// STIX id of the record.
    pub id: String,
    /// What was said to it.
    pub answered: Answered,
    /// Digest of the signed answer.
    pub answer: Option<Digest>,
    /// Until when an answer counts.
    pub due: Micros,
    /// When it was asked or came.
    pub at: Micros,
    /// When the answer was given or came.
    pub answered_at: Option<Micros>,
}

const COLUMNS: &str = "message, role, asker, decides, third, id, state, answer, due_us, at_us, answered_us";

fn read(row: &Row) -> Result<OnwardRow, StoreError> {
    let member = |text: String| {
        text.parse::<MemberId>().map_err(|_| StoreError::Corrupt(format!("`{text}` is no member id")))
    };
    let (part, answered) = (row.text_ref(1)?, row.text_ref(6)?);
    Ok(OnwardRow {
        message: Digest(row.hash(0)?),
        part: Part::ALL
            .into_iter()
            .find(|one| one.name() == part)
            .ok_or_else(|| StoreError::Corrupt(format!("`{part}` is no part in a question")))?,
        asker: member(row.text(2)?)?,
        decides: member(row.text(3)?)?,
        third: member(row.text(4)?)?,
        id: row.text(5)?,
        answered: Answered::ALL
            .into_iter()
            .find(|one| one.name() == answered)
            .ok_or_else(|| StoreError::Corrupt(format!("`{answered}` is no answer")))?,
        answer: row.opt_hash(7)?.map(Digest),
        due: Micros(row.int(8)?),
        at: Micros(row.int(9)?),
        answered_at: row.opt_int(10)?.map(Micros),
    })
}

/// How many questions of a member came since then.
///
/// # Errors
/// Those of the engine.
pub fn count_since(tx: &mut Tx<'_>, asker: &MemberId, since: Micros) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM onward WHERE asker = ?1 AND at_us > ?2 AND state <> 'unasked'";
    tx.query_one(sql, &[asker.as_str().into(), since.0.into()])?.map_or(Ok(0), |row| row.int(0))
}

/// How often, as known here, a member passed something on without asking since then: as the one that did, to this node, or
/// of a record of this node.
///
/// # Errors
/// Those of the engine.
pub fn count_unasked_since(
    tx: &mut Tx<'_>,
    by: &MemberId,
    part: Part,
    since: Micros,
) -> Result<i64, StoreError> {
    let sql =
        "SELECT count(*) FROM onward WHERE asker = ?1 AND at_us > ?2 AND state = 'unasked' AND role = ?3";
    tx.query_one(sql, &[by.as_str().into(), since.0.into(), part.name().into()])?
        .map_or(Ok(0), |row| row.int(0))
}

/// Keeps a question; one that is known stays as it is.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, one: &OnwardRow) -> Result<(), StoreError> {
    tx.exec(
        &format!(
            "INSERT INTO onward ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (message) DO NOTHING"
        ),
        &[
            one.message.0.into(),
            one.part.name().into(),
            one.asker.as_str().into(),
            one.decides.as_str().into(),
            one.third.as_str().into(),
            (&one.id).into(),
            one.answered.name().into(),
            one.answer.map(|answer| answer.0).into(),
            one.due.0.into(),
            one.at.0.into(),
            one.answered_at.map(|at| at.0).into(),
        ],
    )?;
    Ok(())
}

/// The question of this digest.
///
/// # Errors
/// Those of the engine.
pub fn find(tx: &mut Tx<'_>, message: Digest) -> Result<Option<OnwardRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM onward WHERE message = ?1");
    tx.query_one(&sql, &[message.0.into()])?.as_ref().map(read).transpose()
}

/// The newest questions, the newest first.
///
/// # Errors
/// Those of the engine.
pub fn newest(tx: &mut Tx<'_>, count: i64) -> Result<Vec<OnwardRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM onward WHERE state <> 'unasked' ORDER BY at_us DESC, message LIMIT ?1"
    );
    tx.query(&sql, &[count.into()])?.iter().map(read).collect()
}

/// What was passed on without asking since then, the newest first, at most so many.
///
/// # Errors
/// Those of the engine.
pub fn unasked(tx: &mut Tx<'_>, since: Micros, count: i64) -> Result<Vec<OnwardRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM onward WHERE state = 'unasked' AND at_us >= ?1 ORDER BY at_us DESC, message LIMIT ?2"
    );
    tx.query(&sql, &[since.0.into(), count.into()])?.iter().map(read).collect()
}

/// Writes the answer; false when there was one.
///
/// # Errors
/// Those of the engine.
pub fn answer(
    tx: &mut Tx<'_>,
    message: Digest,
    (answered, answer): (Answered, Digest),
    at: Micros,
) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE onward SET state = ?2, answer = ?3, answered_us = ?4 WHERE message = ?1 AND state = 'open'",
        &[message.0.into(), answered.name().into(), answer.0.into(), at.0.into()],
    )?;
    Ok(changed > 0)
}
