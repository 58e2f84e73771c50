//! How people sign in with a browser: passwords, second factors, one-time links, visits, attempts that failed.

use crate::{Row, StoreError, Tx, Value};

/// How a person proves who it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginRow {
    /// User name.
    pub name: String,
    /// Hash of the password.
    pub password: Vec<u8>,
    /// Salt of that hash.
    pub salt: Vec<u8>,
    /// Cost of that hash: memory in KiB, passes, lanes.
    pub cost: String,
    /// Secret of the second factor, sealed.
    pub totp: Option<Vec<u8>>,
    /// Last step whose code was used.
    pub totp_step: i64,
    /// When the password was set.
    pub set_us: i64,
}

fn read_login(row: &Row) -> Result<LoginRow, StoreError> {
    Ok(LoginRow {
        name: row.text(0)?,
        password: row.blob(1)?,
        salt: row.blob(2)?,
        cost: row.text(3)?,
        totp: row.opt_blob(4)?,
        totp_step: row.int(5)?,
        set_us: row.int(6)?,
    })
}

/// How this person proves who it is.
///
/// # Errors
/// Those of the engine.
pub fn login(tx: &mut Tx<'_>, name: &str) -> Result<Option<LoginRow>, StoreError> {
    let sql = "SELECT name, password, salt, cost, totp, totp_step, set_us FROM login WHERE name = ?1";
    tx.query_one(sql, &[name.into()])?.as_ref().map(read_login).transpose()
}

/// Whether anybody has a password.
///
/// # Errors
/// Those of the engine.
pub fn has_logins(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.query_one("SELECT 1 FROM login LIMIT 1", &[])?.is_some())
}

/// Keeps how a person proves who it is, in place of what was there.
///
/// # Errors
/// Those of the engine.
pub fn keep_login(tx: &mut Tx<'_>, one: &LoginRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO login (name, password, salt, cost, totp, totp_step, set_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (name) DO UPDATE SET password = excluded.password, salt = excluded.salt, cost = excluded.cost,
             totp = excluded.totp, totp_step = excluded.totp_step, set_us = excluded.set_us",
        &[
            (&one.name).into(),
            one.password.clone().into(),
            one.salt.clone().into(),
            (&one.cost).into(),
            one.totp.clone().map_or(Value::Null, Value::from),
            one.totp_step.into(),
            one.set_us.into(),
        ],
    )?;
    Ok(())
}

/// Forgets how a person proves who it is.
///
/// # Errors
/// Those of the engine.
pub fn drop_login(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.exec("DELETE FROM login WHERE name = ?1", &[name.into()])?;
    tx.exec("DELETE FROM recovery WHERE name = ?1", &[name.into()])?;
    Ok(())
}

/// Keeps these recovery codes, and none that were there before.
///
/// # Errors
/// Those of the engine.
pub fn keep_recovery(tx: &mut Tx<'_>, name: &str, codes: &[[u8; 32]]) -> Result<(), StoreError> {
    tx.exec("DELETE FROM recovery WHERE name = ?1", &[name.into()])?;
    for code in codes {
        tx.exec("INSERT INTO recovery (name, code) VALUES (?1, ?2)", &[name.into(), (*code).into()])?;
    }
    Ok(())
}

/// Uses up a recovery code; false when there is no such code, or it was used.
///
/// # Errors
/// Those of the engine.
pub fn use_recovery(tx: &mut Tx<'_>, name: &str, code: &[u8; 32], now_us: i64) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE recovery SET used_us = ?3 WHERE name = ?1 AND code = ?2 AND used_us IS NULL",
        &[name.into(), (*code).into(), now_us.into()],
    )?;
    Ok(changed > 0)
}

/// A one-time link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkRow {
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// User whom it is for.
    pub name: String,
    /// User who made it, or the node.
    pub made_by: String,
    /// Until when it is good.
    pub ends_us: i64,
}

/// The link with this token that was not used yet.
///
/// # Errors
/// Those of the engine.
pub fn link(tx: &mut Tx<'_>, token: &[u8; 32]) -> Result<Option<LinkRow>, StoreError> {
    let sql = "SELECT token, name, made_by, ends_us FROM link WHERE token = ?1 AND used_us IS NULL";
    let row = tx.query_one(sql, &[(*token).into()])?;
    row.map(|row| {
        Ok(LinkRow { token: row.hash(0)?, name: row.text(1)?, made_by: row.text(2)?, ends_us: row.int(3)? })
    })
    .transpose()
}

/// Keeps a new link, and forgets those that nobody can use any more.
///
/// # Errors
/// [`StoreError::Conflict`] when its token is taken.
pub fn keep_link(tx: &mut Tx<'_>, one: &LinkRow, now_us: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM link WHERE used_us IS NOT NULL OR ends_us <= ?1", &[now_us.into()])?;
    tx.exec(
        "INSERT INTO link (token, name, made_by, ends_us) VALUES (?1, ?2, ?3, ?4)",
        &[one.token.into(), (&one.name).into(), (&one.made_by).into(), one.ends_us.into()],
    )?;
    Ok(())
}

/// The links of a person that can be used, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn open_links(tx: &mut Tx<'_>, name: &str, now_us: i64) -> Result<Vec<[u8; 32]>, StoreError> {
    let sql =
        "SELECT token FROM link WHERE name = ?1 AND used_us IS NULL AND ends_us > ?2 ORDER BY ends_us, token";
    tx.query(sql, &[name.into(), now_us.into()])?.iter().map(|row| row.hash(0)).collect()
}

/// Forgets one link.
///
/// # Errors
/// Those of the engine.
pub fn drop_link(tx: &mut Tx<'_>, token: &[u8; 32]) -> Result<(), StoreError> {
    tx.exec("DELETE FROM link WHERE token = ?1", &[(*token).into()])?;
    Ok(())
}

/// Uses up a link; false when it was used before.
///
/// # Errors
/// Those of the engine.
pub fn use_link(tx: &mut Tx<'_>, token: &[u8; 32], now_us: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE link SET used_us = ?2 WHERE token = ?1 AND used_us IS NULL";
    Ok(tx.exec(sql, &[(*token).into(), now_us.into()])? > 0)
}

/// Forgets every link of a person.
///
/// # Errors
/// Those of the engine.
pub fn drop_links(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.exec("DELETE FROM link WHERE name = ?1", &[name.into()])?;
    Ok(())
}

/// A browser in which somebody is signed in, or is about to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VisitRow {
    /// SHA-256 of its cookie.
    pub visit: [u8; 32],
    /// User name.
    pub name: String,
    /// How far it has come.
    pub stage: String,
    /// Wrong codes at the second factor.
    pub tries: i64,
    /// Roles taken for it, separated by blanks.
    pub acting: String,
    /// A secret for codes that is not confirmed yet, sealed.
    pub offered: Option<Vec<u8>>,
    /// When it was last used, to the minute.
    pub seen_us: i64,
    /// When it ends at the latest.
    pub ends_us: i64,
    /// When the person last proved again who it is.
    pub stepped_us: i64,
}

const VISIT: &str = "visit, name, stage, tries, acting, offered, seen_us, ends_us, stepped_us";

fn read_visit(row: &Row) -> Result<VisitRow, StoreError> {
    Ok(VisitRow {
        visit: row.hash(0)?,
        name: row.text(1)?,
        stage: row.text(2)?,
        tries: row.int(3)?,
        acting: row.text(4)?,
        offered: row.opt_blob(5)?,
        seen_us: row.int(6)?,
        ends_us: row.int(7)?,
        stepped_us: row.int(8)?,
    })
}

/// The visit with this hash.
///
/// # Errors
/// Those of the engine.
pub fn visit(tx: &mut Tx<'_>, visit: &[u8; 32]) -> Result<Option<VisitRow>, StoreError> {
    let sql = format!("SELECT {VISIT} FROM visit WHERE visit = ?1");
    tx.query_one(&sql, &[(*visit).into()])?.as_ref().map(read_visit).transpose()
}

/// All visits, those of one person together, the last used first.
///
/// # Errors
/// Those of the engine.
pub fn visits(tx: &mut Tx<'_>) -> Result<Vec<VisitRow>, StoreError> {
    let sql = format!("SELECT {VISIT} FROM visit ORDER BY name, seen_us DESC, visit");
    tx.query(&sql, &[])?.iter().map(read_visit).collect()
}

/// The visits of a person, the last used first.
///
/// # Errors
/// Those of the engine.
pub fn visits_of(tx: &mut Tx<'_>, name: &str) -> Result<Vec<VisitRow>, StoreError> {
    let sql = format!("SELECT {VISIT} FROM visit WHERE name = ?1 ORDER BY seen_us DESC, visit");
    tx.query(&sql, &[name.into()])?.iter().map(read_visit).collect()
}

/// Keeps a visit as it is now.
///
/// # Errors
/// Those of the engine.
pub fn keep_visit(tx: &mut Tx<'_>, one: &VisitRow) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO visit (visit, name, stage, tries, acting, offered, seen_us, ends_us, stepped_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (visit) DO UPDATE SET stage = excluded.stage, tries = excluded.tries, acting = excluded.acting,
             offered = excluded.offered, seen_us = excluded.seen_us, ends_us = excluded.ends_us,
             stepped_us = excluded.stepped_us",
        &[
            one.visit.into(),
            (&one.name).into(),
            (&one.stage).into(),
            one.tries.into(),
            (&one.acting).into(),
            one.offered.clone().map_or(Value::Null, Value::from),
            one.seen_us.into(),
            one.ends_us.into(),
            one.stepped_us.into(),
        ],
    )?;
    Ok(())
}

/// Notes that a visit was used; one that ended meanwhile stays ended.
///
/// # Errors
/// Those of the engine.
pub fn saw_visit(tx: &mut Tx<'_>, visit: &[u8; 32], now_us: i64) -> Result<(), StoreError> {
    tx.exec("UPDATE visit SET seen_us = ?2 WHERE visit = ?1", &[(*visit).into(), now_us.into()])?;
    Ok(())
}

/// Ends a visit; false when it had ended.
///
/// # Errors
/// Those of the engine.
pub fn drop_visit(tx: &mut Tx<'_>, visit: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.exec("DELETE FROM visit WHERE visit = ?1", &[(*visit).into()])? > 0)
}

/// Ends every visit of a person; how many there were.
///
/// # Errors
/// Those of the engine.
pub fn drop_visits(tx: &mut Tx<'_>, name: &str) -> Result<u64, StoreError> {
    tx.exec("DELETE FROM visit WHERE name = ?1", &[name.into()])
}

/// Forgets the visits that are over: past their end, or not used since an instant.
///
/// # Errors
/// Those of the engine.
pub fn sweep_visits(tx: &mut Tx<'_>, now_us: i64, unused_since_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "DELETE FROM visit WHERE ends_us <= ?1 OR seen_us <= ?2",
        &[now_us.into(), unused_since_us.into()],
    )?;
    Ok(())
}

/// What failed for a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttemptRow {
    /// Keyed hash of the name.
    pub subject: [u8; 32],
    /// How often, without a success in between.
    pub failures: i64,
    /// Before this instant nothing is tried.
    pub next_us: i64,
    /// When it failed last.
    pub at_us: i64,
}

/// What failed for a name.
///
/// # Errors
/// Those of the engine.
pub fn attempt(tx: &mut Tx<'_>, subject: &[u8; 32]) -> Result<Option<AttemptRow>, StoreError> {
    let sql = "SELECT subject, failures, next_us, at_us FROM attempt WHERE subject = ?1";
    let row = tx.query_one(sql, &[(*subject).into()])?;
    row.map(|row| {
        Ok(AttemptRow {
            subject: row.hash(0)?,
            failures: row.int(1)?,
            next_us: row.int(2)?,
            at_us: row.int(3)?,
        })
    })
    .transpose()
}

/// When anything failed last; none when nothing is known.
///
/// # Errors
/// Those of the engine.
pub fn newest_attempt(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one("SELECT at_us FROM attempt ORDER BY at_us DESC LIMIT 1", &[])?;
    row.map(|row| row.int(0)).transpose()
}

/// Keeps what failed for a name. Names that failed last before `since_us` are forgotten; of the others the oldest make
/// room, so that there are never more than `most`.
///
/// # Errors
/// Those of the engine.
pub fn keep_attempt(tx: &mut Tx<'_>, one: &AttemptRow, since_us: i64, most: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM attempt WHERE at_us < ?1", &[since_us.into()])?;
    let sql = "SELECT COUNT(*) FROM attempt WHERE subject <> ?1";
    let others = tx.query_one(sql, &[one.subject.into()])?.map_or(Ok(0), |row| row.int(0))?;
    if others >= most {
        tx.exec(
            "DELETE FROM attempt WHERE subject IN
             (SELECT subject FROM attempt WHERE subject <> ?1 ORDER BY at_us, subject LIMIT ?2)",
            &[one.subject.into(), (others - most + 1).into()],
        )?;
    }
    tx.exec(
        "INSERT INTO attempt (subject, failures, next_us, at_us) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (subject) DO UPDATE
         SET failures = excluded.failures, next_us = excluded.next_us, at_us = excluded.at_us",
        &[one.subject.into(), one.failures.into(), one.next_us.into(), one.at_us.into()],
    )?;
    Ok(())
}

/// Forgets what failed for a name.
///
/// # Errors
/// Those of the engine.
pub fn drop_attempt(tx: &mut Tx<'_>, subject: &[u8; 32]) -> Result<(), StoreError> {
    tx.exec("DELETE FROM attempt WHERE subject = ?1", &[(*subject).into()])?;
    Ok(())
}
