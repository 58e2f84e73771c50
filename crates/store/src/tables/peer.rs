//! Nodes we pull from, how far we are with each, and what we could not take from them.

use comity_model::MemberId;
use comity_model::stix::Digest;

use crate::{Row, StoreError, Tx};

/// A node we pull from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Our name for it.
    pub name: String,
    /// Address of its TAXII discovery, without the path.
    pub url: String,
    /// The member that operates it.
    pub member: MemberId,
    /// User name it gave us.
    pub login: String,
    /// Secret it gave us, sealed with the node secret.
    pub sealed: Vec<u8>,
    /// PEM of the authority that signs its certificate; empty for public ones or plain HTTP.
    pub authority: String,
}

fn read_peer(row: &Row) -> Result<Peer, StoreError> {
    let member = row.text(2)?;
    Ok(Peer {
        name: row.text(0)?,
        url: row.text(1)?,
        member: member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?,
        login: row.text(3)?,
        sealed: row.blob(4)?,
        authority: row.text(5)?,
    })
}

const PEER: &str = "name, url, member, login, sealed, authority";

/// Adds a peer.
///
/// # Errors
/// [`StoreError::Conflict`] when the name is taken.
pub fn insert(tx: &mut Tx<'_>, peer: &Peer, now_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO peer (name, url, member, login, sealed, authority, created_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            (&peer.name).into(),
            (&peer.url).into(),
            peer.member.as_str().into(),
            (&peer.login).into(),
            peer.sealed.as_slice().into(),
            (&peer.authority).into(),
            now_us.into(),
        ],
    )?;
    Ok(())
}

/// Removes a peer and its cursors; false when it is unknown. What it sent stays.
///
/// # Errors
/// Those of the engine.
pub fn remove(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    tx.exec("DELETE FROM cursor WHERE peer = ?1", &[name.into()])?;
    Ok(tx.exec("DELETE FROM peer WHERE name = ?1", &[name.into()])? > 0)
}

/// All peers, by name.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Peer>, StoreError> {
    let sql = format!("SELECT {PEER} FROM peer ORDER BY name");
    tx.query(&sql, &[])?.iter().map(read_peer).collect()
}

/// How far we are with one remote collection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// Peer.
    pub peer: String,
    /// Collection there.
    pub remote: String,
    /// Collection here.
    pub collection: String,
    /// Added-time up to which everything is here, as the peer wrote it; empty at the start.
    pub added_after: String,
    /// Failures in a row.
    pub failures: i64,
    /// Not to be asked again before this instant.
    pub retry_us: i64,
    /// When a pull last reached the end.
    pub pulled_us: i64,
}

/// The cursors of a peer.
///
/// # Errors
/// Those of the engine.
pub fn cursors(tx: &mut Tx<'_>, peer: &str) -> Result<Vec<Cursor>, StoreError> {
    tx.query(
        "SELECT peer, remote, collection, added_after, failures, retry_us, pulled_us FROM cursor
         WHERE peer = ?1 ORDER BY remote, collection",
        &[peer.into()],
    )?
    .iter()
    .map(|row| {
        Ok(Cursor {
            peer: row.text(0)?,
            remote: row.text(1)?,
            collection: row.text(2)?,
            added_after: row.text(3)?,
            failures: row.int(4)?,
            retry_us: row.int(5)?,
            pulled_us: row.int(6)?,
        })
    })
    .collect()
}

/// Keeps a cursor.
///
/// # Errors
/// Those of the engine.
pub fn keep_cursor(tx: &mut Tx<'_>, cursor: &Cursor) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO cursor (peer, remote, collection, added_after, failures, retry_us, pulled_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (peer, remote, collection) DO UPDATE SET added_after = excluded.added_after,
         failures = excluded.failures, retry_us = excluded.retry_us, pulled_us = excluded.pulled_us",
        &[
            (&cursor.peer).into(),
            (&cursor.remote).into(),
            (&cursor.collection).into(),
            (&cursor.added_after).into(),
            cursor.failures.into(),
            cursor.retry_us.into(),
            cursor.pulled_us.into(),
        ],
    )?;
    Ok(())
}

/// Something a peer sent that could not be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Peer.
    pub peer: String,
    /// Collection here.
    pub collection: String,
    /// Digest of the bytes.
    pub digest: Digest,
    /// STIX id, as far as it could be read.
    pub id: String,
    /// Why.
    pub reason: String,
    /// When last.
    pub at_us: i64,
}

/// Notes a refusal; the same bytes refused again only move its time.
///
/// # Errors
/// Those of the engine.
pub fn refuse(tx: &mut Tx<'_>, refusal: &Refusal) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO refusal (peer, collection, digest, id, reason, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (peer, collection, digest) DO UPDATE SET reason = excluded.reason, at_us = excluded.at_us",
        &[
            (&refusal.peer).into(),
            (&refusal.collection).into(),
            refusal.digest.0.into(),
            (&refusal.id).into(),
            (&refusal.reason).into(),
            refusal.at_us.into(),
        ],
    )?;
    Ok(())
}

/// What was refused from a peer, newest first, at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn refusals(tx: &mut Tx<'_>, peer: &str, limit: i64) -> Result<Vec<Refusal>, StoreError> {
    tx.query(
        "SELECT peer, collection, digest, id, reason, at_us FROM refusal WHERE peer = ?1
         ORDER BY at_us DESC, digest LIMIT ?2",
        &[peer.into(), limit.into()],
    )?
    .iter()
    .map(|row| {
        Ok(Refusal {
            peer: row.text(0)?,
            collection: row.text(1)?,
            digest: Digest(row.hash(2)?),
            id: row.text(3)?,
            reason: row.text(4)?,
            at_us: row.int(5)?,
        })
    })
    .collect()
}
