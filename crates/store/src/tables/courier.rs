//! Bundles for members without a network: those that were made, and those that came.

use comity_model::MemberId;
use comity_model::stix::Digest;

use crate::{Row, StoreError, Tx};

/// A bundle that was made for a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    /// For whom.
    pub member: MemberId,
    /// Its number for that member, from 1.
    pub n: i64,
    /// Digest of its manifest.
    pub digest: Digest,
    /// How far the records go that it and those before it hold, as JSON.
    pub cursors: String,
    /// When its making began.
    pub begun_us: i64,
    /// When it was made.
    pub at_us: i64,
    /// Until when it can be opened.
    pub expires_us: i64,
    /// When the member said that it has it.
    pub acknowledged_us: Option<i64>,
    /// Nobody counts on it any more.
    pub lost: bool,
}

const MADE: &str = "member, n, digest, cursors, begun_us, at_us, expires_us, acknowledged_us, lost";

fn member(text: &str) -> Result<MemberId, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("`{text}` is no member id")))
}

fn read_made(row: &Row) -> Result<Made, StoreError> {
    Ok(Made {
        member: member(row.text_ref(0)?)?,
        n: row.int(1)?,
        digest: Digest(row.hash(2)?),
        cursors: row.text(3)?,
        begun_us: row.int(4)?,
        at_us: row.int(5)?,
        expires_us: row.int(6)?,
        acknowledged_us: row.opt_int(7)?,
        lost: row.bool(8)?,
    })
}

/// Keeps a bundle that was made.
///
/// # Errors
/// [`StoreError::Conflict`] when its number is taken.
pub fn add_made(tx: &mut Tx<'_>, made: &Made) -> Result<(), StoreError> {
    tx.exec(
        &format!("INSERT INTO courier_out ({MADE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
        &[
            made.member.as_str().into(),
            made.n.into(),
            made.digest.0.into(),
            (&made.cursors).into(),
            made.begun_us.into(),
            made.at_us.into(),
            made.expires_us.into(),
            made.acknowledged_us.into(),
            made.lost.into(),
        ],
    )?;
    Ok(())
}

/// The bundles that were made for a member, by their numbers.
///
/// # Errors
/// Those of the engine.
pub fn made(tx: &mut Tx<'_>, to: &MemberId) -> Result<Vec<Made>, StoreError> {
    let sql = format!("SELECT {MADE} FROM courier_out WHERE member = ?1 ORDER BY n");
    tx.query(&sql, &[to.as_str().into()])?.iter().map(read_made).collect()
}

/// The last bundle for a member on which somebody still counts.
///
/// # Errors
/// Those of the engine.
pub fn last_made(tx: &mut Tx<'_>, to: &MemberId) -> Result<Option<Made>, StoreError> {
    let sql =
        format!("SELECT {MADE} FROM courier_out WHERE member = ?1 AND lost = 0 ORDER BY n DESC LIMIT 1");
    tx.query_one(&sql, &[to.as_str().into()])?.as_ref().map(read_made).transpose()
}

/// The highest number that was given to a bundle for a member; 0 before the first.
///
/// # Errors
/// Those of the engine.
pub fn highest_made(tx: &mut Tx<'_>, to: &MemberId) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(n), 0) FROM courier_out WHERE member = ?1";
    tx.query_one(sql, &[to.as_str().into()])?.map_or(Ok(0), |row| row.int(0))
}

/// Notes that a member has the bundles up to a number.
///
/// # Errors
/// Those of the engine.
pub fn acknowledge(tx: &mut Tx<'_>, by: &MemberId, upto: i64, now_us: i64) -> Result<u64, StoreError> {
    tx.exec(
        "UPDATE courier_out SET acknowledged_us = ?3
         WHERE member = ?1 AND n <= ?2 AND lost = 0 AND acknowledged_us IS NULL",
        &[by.as_str().into(), upto.into(), now_us.into()],
    )
}

/// Notes that nobody counts on the bundles of a member behind a number any more: all of them, or those that the member
/// did not say to have. How many.
///
/// # Errors
/// Those of the engine.
pub fn lose(tx: &mut Tx<'_>, of: &MemberId, behind: i64, also_had: bool) -> Result<u64, StoreError> {
    tx.exec(
        "UPDATE courier_out SET lost = 1
         WHERE member = ?1 AND n > ?2 AND lost = 0 AND (?3 = 1 OR acknowledged_us IS NULL)",
        &[of.as_str().into(), behind.into(), also_had.into()],
    )
}

/// Notes that nobody counts any more on the bundles of a member that cannot be opened now, since their time is over and the
/// member did not say to have them, nor on those behind them, which wait for them. How many.
///
/// # Errors
/// Those of the engine.
pub fn lose_expired(tx: &mut Tx<'_>, of: &MemberId, now_us: i64) -> Result<u64, StoreError> {
    let sql = "SELECT min(n) FROM courier_out
               WHERE member = ?1 AND lost = 0 AND acknowledged_us IS NULL AND expires_us < ?2";
    let first = tx.query_one(sql, &[of.as_str().into(), now_us.into()])?;
    match first.map(|row| row.opt_int(0)).transpose()?.flatten() {
        Some(first) => lose(tx, of, first.saturating_sub(1), false),
        None => Ok(0),
    }
}

/// The times during which bundles were made that are on their way to a member and can still be opened there: from and to,
/// in microseconds.
///
/// # Errors
/// Those of the engine.
pub fn on_their_way(tx: &mut Tx<'_>, to: &MemberId, now_us: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let sql = "SELECT begun_us, at_us FROM courier_out
               WHERE member = ?1 AND lost = 0 AND acknowledged_us IS NULL AND expires_us >= ?2";
    tx.query(sql, &[to.as_str().into(), now_us.into()])?
        .iter()
        .map(|row| Ok((row.int(0)?, row.int(1)?)))
        .collect()
}

/// What became of a bundle that came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CameState {
    /// Its pages are being taken.
    Opening,
    /// Its pages wait for an earlier bundle.
    Waiting,
    /// All of it is here.
    Taken,
}

impl CameState {
    fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Waiting => "waiting",
            Self::Taken => "taken",
        }
    }
}

/// A bundle that came from a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Came {
    /// From whom.
    pub member: MemberId,
    /// Its number.
    pub n: i64,
    /// Digest of its manifest.
    pub digest: Digest,
    /// What became of it.
    pub state: CameState,
    /// How many of its pages are here.
    pub pages: i64,
    /// The number for which it waits; 0 when it does not.
    pub waits_for: i64,
    /// When.
    pub at_us: i64,
}

const CAME: &str = "member, n, digest, state, pages, waits_for, at_us";

fn read_came(row: &Row) -> Result<Came, StoreError> {
    Ok(Came {
        member: member(row.text_ref(0)?)?,
        n: row.int(1)?,
        digest: Digest(row.hash(2)?),
        state: match row.text_ref(3)? {
            "opening" => CameState::Opening,
            "waiting" => CameState::Waiting,
            "taken" => CameState::Taken,
            other => return Err(StoreError::Corrupt(format!("`{other}` is no state of a bundle"))),
        },
        pages: row.int(4)?,
        waits_for: row.int(5)?,
        at_us: row.int(6)?,
    })
}

/// Keeps what became of a bundle that came; another one of the same number makes room for it.
///
/// # Errors
/// Those of the engine.
pub fn keep_came(tx: &mut Tx<'_>, came: &Came) -> Result<(), StoreError> {
    tx.exec(
        &format!(
            "INSERT INTO courier_in ({CAME}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (member, n) DO UPDATE SET digest = excluded.digest, state = excluded.state,
             pages = excluded.pages, waits_for = excluded.waits_for, at_us = excluded.at_us"
        ),
        &[
            came.member.as_str().into(),
            came.n.into(),
            came.digest.0.into(),
            came.state.word().into(),
            came.pages.into(),
            came.waits_for.into(),
            came.at_us.into(),
        ],
    )?;
    Ok(())
}

/// The bundle of this number that came from a member.
///
/// # Errors
/// Those of the engine.
pub fn came(tx: &mut Tx<'_>, from: &MemberId, n: i64) -> Result<Option<Came>, StoreError> {
    let sql = format!("SELECT {CAME} FROM courier_in WHERE member = ?1 AND n = ?2");
    tx.query_one(&sql, &[from.as_str().into(), n.into()])?.as_ref().map(read_came).transpose()
}

/// The highest number of a bundle that came from a member, whatever became of it; 0 before the first.
///
/// # Errors
/// Those of the engine.
pub fn highest_came(tx: &mut Tx<'_>, from: &MemberId) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(n), 0) FROM courier_in WHERE member = ?1";
    tx.query_one(sql, &[from.as_str().into()])?.map_or(Ok(0), |row| row.int(0))
}

/// The last bundle from a member of which everything is here.
///
/// # Errors
/// Those of the engine.
pub fn last_taken(tx: &mut Tx<'_>, from: &MemberId) -> Result<Option<Came>, StoreError> {
    let sql = format!(
        "SELECT {CAME} FROM courier_in WHERE member = ?1 AND state = 'taken' ORDER BY n DESC LIMIT 1"
    );
    tx.query_one(&sql, &[from.as_str().into()])?.as_ref().map(read_came).transpose()
}

/// The bundles from a member of which not everything is here, by their numbers. One that waits is none of them once a later
/// one is here: that one began before it, since otherwise it would wait too.
///
/// # Errors
/// Those of the engine.
pub fn unfinished(tx: &mut Tx<'_>, from: &MemberId) -> Result<Vec<Came>, StoreError> {
    let sql = format!(
        "SELECT {CAME} FROM courier_in WHERE member = ?1 AND (state = 'opening' OR (state = 'waiting' AND n >
         (SELECT coalesce(max(last.n), 0) FROM courier_in last WHERE last.member = ?1 AND last.state = 'taken')))
         ORDER BY n"
    );
    tx.query(&sql, &[from.as_str().into()])?.iter().map(read_came).collect()
}

/// What a member said in its newest bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The highest number of a bundle of this node that it ever named.
    pub numbered: i64,
    /// Digest of the recalls that it knows.
    pub recalls: Option<Digest>,
}

/// What a member said in its newest bundle, if one came.
///
/// # Errors
/// Those of the engine.
pub fn said(tx: &mut Tx<'_>, by: &MemberId) -> Result<Option<Said>, StoreError> {
    let sql = "SELECT numbered, recalls FROM courier_peer WHERE member = ?1";
    let read = |row: Row| Ok(Said { numbered: row.int(0)?, recalls: row.opt_hash(1)?.map(Digest) });
    tx.query_one(sql, &[by.as_str().into()])?.map(read).transpose()
}

/// Keeps what a member said.
///
/// # Errors
/// Those of the engine.
pub fn keep_said(tx: &mut Tx<'_>, by: &MemberId, said: &Said) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO courier_peer (member, numbered, recalls) VALUES (?1, ?2, ?3)
         ON CONFLICT (member) DO UPDATE SET numbered = excluded.numbered, recalls = excluded.recalls",
        &[by.as_str().into(), said.numbered.into(), said.recalls.map(|digest| digest.0).into()],
    )?;
    Ok(())
}

/// The members for whom bundles were made or from whom some came.
///
/// # Errors
/// Those of the engine.
pub fn members(tx: &mut Tx<'_>) -> Result<Vec<MemberId>, StoreError> {
    let sql = "SELECT member FROM courier_out UNION SELECT member FROM courier_in ORDER BY member";
    tx.query(sql, &[])?.iter().map(|row| member(row.text_ref(0)?)).collect()
}
