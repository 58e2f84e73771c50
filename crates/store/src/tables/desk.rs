//! What waits: answers to posts, and proposals for a second person.

use crate::{Row, StoreError, Tx};

/// Keeps the status of a post.
///
/// # Errors
/// Those of the engine.
pub fn keep_status(
    tx: &mut Tx<'_>,
    id: &str,
    credential: &str,
    body: &str,
    at_us: i64,
) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO status (status, credential, body, at_us) VALUES (?1, ?2, ?3, ?4)",
        &[id.into(), credential.into(), body.into(), at_us.into()],
    )?;
    tx.exec("DELETE FROM status WHERE at_us < ?1", &[(at_us - 86_400_000_000).into()])?;
    Ok(())
}

/// The status of a post, for the key that made it.
///
/// # Errors
/// Those of the engine.
pub fn status(tx: &mut Tx<'_>, id: &str, credential: &str) -> Result<Option<String>, StoreError> {
    tx.query_one(
        "SELECT body FROM status WHERE status = ?1 AND credential = ?2",
        &[id.into(), credential.into()],
    )?
    .map(|row| row.text(0))
    .transpose()
}

/// An action that waits for a second person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// Its id.
    pub id: String,
    /// What kind of action.
    pub kind: String,
    /// What it would do, as JSON.
    pub body: String,
    /// Which rule asks for a second person.
    pub reason: String,
    /// Who proposed it.
    pub actor: String,
    /// When.
    pub created_us: i64,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_us: Option<i64>,
    /// Whether it was refused, or taken back by its proposer.
    pub refused: bool,
}

fn read(row: &Row) -> Result<Proposal, StoreError> {
    Ok(Proposal {
        id: row.text(0)?,
        kind: row.text(1)?,
        body: row.text(2)?,
        reason: row.text(3)?,
        actor: row.text(4)?,
        created_us: row.int(5)?,
        decided_by: row.opt_text(6)?,
        decided_us: row.opt_int(7)?,
        refused: row.int(8)? != 0,
    })
}

const PROPOSAL: &str = "proposal, kind, body, reason, actor, created_us, decided_by, decided_us, refused";

/// Adds a proposal.
///
/// # Errors
/// [`StoreError::Conflict`] when the id is taken.
pub fn propose(tx: &mut Tx<'_>, proposal: &Proposal) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO proposal (proposal, kind, body, reason, actor, created_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            (&proposal.id).into(),
            (&proposal.kind).into(),
            (&proposal.body).into(),
            (&proposal.reason).into(),
            (&proposal.actor).into(),
            proposal.created_us.into(),
        ],
    )?;
    Ok(())
}

/// The proposal with this id.
///
/// # Errors
/// Those of the engine.
pub fn proposal(tx: &mut Tx<'_>, id: &str) -> Result<Option<Proposal>, StoreError> {
    let sql = format!("SELECT {PROPOSAL} FROM proposal WHERE proposal = ?1");
    tx.query_one(&sql, &[id.into()])?.as_ref().map(read).transpose()
}

/// Proposals that nobody decided yet, oldest first.
///
/// # Errors
/// Those of the engine.
pub fn waiting(tx: &mut Tx<'_>) -> Result<Vec<Proposal>, StoreError> {
    let sql =
        format!("SELECT {PROPOSAL} FROM proposal WHERE decided_by IS NULL ORDER BY created_us, proposal");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Marks a proposal as decided; false when somebody was faster.
///
/// # Errors
/// Those of the engine.
pub fn decide(tx: &mut Tx<'_>, id: &str, by: &str, at_us: i64) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE proposal SET decided_by = ?2, decided_us = ?3 WHERE proposal = ?1 AND decided_by IS NULL",
        &[id.into(), by.into(), at_us.into()],
    )?;
    Ok(changed > 0)
}

/// Marks a proposal as refused, with the reason; false when somebody decided before.
///
/// # Errors
/// Those of the engine.
pub fn refuse(tx: &mut Tx<'_>, id: &str, by: &str, at_us: i64, answer: &str) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE proposal SET decided_by = ?2, decided_us = ?3, answer = ?4, refused = 1
         WHERE proposal = ?1 AND decided_by IS NULL",
        &[id.into(), by.into(), at_us.into(), answer.into()],
    )?;
    Ok(changed > 0)
}

/// Proposals of this kind that were refused, the newest first; at most so many.
///
/// # Errors
/// Those of the engine.
pub fn refused(tx: &mut Tx<'_>, kind: &str, limit: i64) -> Result<Vec<Proposal>, StoreError> {
    let sql = format!(
        "SELECT {PROPOSAL} FROM proposal WHERE refused = 1 AND kind = ?1
         ORDER BY decided_us DESC, proposal LIMIT ?2"
    );
    tx.query(&sql, &[kind.into(), limit.into()])?.iter().map(read).collect()
}

/// Takes a proposal away that nobody decided; false when there is none.
///
/// # Errors
/// Those of the engine.
pub fn withdraw(tx: &mut Tx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.exec("DELETE FROM proposal WHERE proposal = ?1 AND decided_by IS NULL", &[id.into()])? > 0)
}

/// Keeps why the second person decided so.
///
/// # Errors
/// Those of the engine.
pub fn keep_answer(tx: &mut Tx<'_>, id: &str, answer: &str) -> Result<(), StoreError> {
    tx.exec("UPDATE proposal SET answer = ?2 WHERE proposal = ?1", &[id.into(), answer.into()])?;
    Ok(())
}

/// Proposals in which people wrote reasons of their own: those with an answer, and those of this kind.
///
/// # Errors
/// Those of the engine.
pub fn reasoned(tx: &mut Tx<'_>, kind: &str) -> Result<Vec<Proposal>, StoreError> {
    let sql =
        format!("SELECT {PROPOSAL} FROM proposal WHERE answer IS NOT NULL OR kind = ?1 ORDER BY proposal");
    tx.query(&sql, &[kind.into()])?.iter().map(read).collect()
}

/// Takes the answer out of a proposal and puts another body in place of the one that it had.
///
/// # Errors
/// Those of the engine.
pub fn strip(tx: &mut Tx<'_>, id: &str, body: &str) -> Result<(), StoreError> {
    tx.exec("UPDATE proposal SET answer = NULL, body = ?2 WHERE proposal = ?1", &[id.into(), body.into()])?;
    Ok(())
}

/// Why the second person decided so; none where no reason was asked for.
///
/// # Errors
/// Those of the engine.
pub fn answer(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT answer FROM proposal WHERE proposal = ?1", &[id.into()])?;
    Ok(row.map(|row| row.opt_text(0)).transpose()?.flatten())
}
