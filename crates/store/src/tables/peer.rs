//! Nodes we pull from, how far we are with each, and what we could not take from them.

use comity_model::MemberId;
use comity_model::stix::Digest;

use super::record::marks;
use crate::{Row, StoreError, Tx, Value};

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
    /// How TLS to it is checked.
    pub trust: Trust,
}

/// How TLS to a peer is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Trust {
    /// By an authority.
    #[default]
    Authority,
    /// By an authority, and this node shows its own certificate.
    Shown,
    /// By the key note of its member, and this node shows its own certificate.
    Pinned,
}

impl Trust {
    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authority => "",
            Self::Shown => "shown",
            Self::Pinned => "pinned",
        }
    }
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
        trust: match row.text_ref(6)? {
            "" => Trust::Authority,
            "shown" => Trust::Shown,
            "pinned" => Trust::Pinned,
            other => return Err(StoreError::Corrupt(format!("`{other}` is no way to check TLS"))),
        },
    })
}

const PEER: &str = "name, url, member, login, sealed, authority, trust";

/// Adds a peer.
///
/// # Errors
/// [`StoreError::Conflict`] when the name is taken.
pub fn insert(tx: &mut Tx<'_>, peer: &Peer, now_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO peer (name, url, member, login, sealed, authority, created_us, trust)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[
            (&peer.name).into(),
            (&peer.url).into(),
            peer.member.as_str().into(),
            (&peer.login).into(),
            peer.sealed.as_slice().into(),
            (&peer.authority).into(),
            now_us.into(),
            peer.trust.name().into(),
        ],
    )?;
    Ok(())
}

/// Puts a peer in the place of the one of the same name; its cursors stay.
///
/// # Errors
/// Those of the engine.
pub fn replace(tx: &mut Tx<'_>, peer: &Peer, now_us: i64) -> Result<(), StoreError> {
    tx.exec("DELETE FROM peer WHERE name = ?1", &[(&peer.name).into()])?;
    insert(tx, peer, now_us)
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
    /// Where to begin again when another epoch is in force; none while nothing was refused.
    pub again: Option<Again>,
    /// Failures in a row.
    pub failures: i64,
    /// Not to be asked again before this instant.
    pub retry_us: i64,
    /// When a pull last reached the end.
    pub pulled_us: i64,
}

/// The place before the first thing that was refused, and the epoch that refused it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Again {
    /// Added-time after which the page was asked for; empty at the start.
    pub added_after: String,
    /// Number of the epoch in force then; the lowest when there were several.
    pub epoch: i64,
}

const CURSOR: &str =
    "peer, remote, collection, added_after, refused_after, refused_epoch, failures, retry_us, pulled_us";

/// The cursors of a peer.
///
/// # Errors
/// Those of the engine.
pub fn cursors(tx: &mut Tx<'_>, peer: &str) -> Result<Vec<Cursor>, StoreError> {
    let sql = format!("SELECT {CURSOR} FROM cursor WHERE peer = ?1 ORDER BY remote, collection");
    tx.query(&sql, &[peer.into()])?
        .iter()
        .map(|row| {
            let again = row.opt_text(4)?.zip(row.opt_int(5)?);
            Ok(Cursor {
                peer: row.text(0)?,
                remote: row.text(1)?,
                collection: row.text(2)?,
                added_after: row.text(3)?,
                again: again.map(|(added_after, epoch)| Again { added_after, epoch }),
                failures: row.int(6)?,
                retry_us: row.int(7)?,
                pulled_us: row.int(8)?,
            })
        })
        .collect()
}

/// Keeps a cursor.
///
/// # Errors
/// Those of the engine.
pub fn keep_cursor(tx: &mut Tx<'_>, cursor: &Cursor) -> Result<(), StoreError> {
    let (refused_after, refused_epoch) = match &cursor.again {
        Some(again) => (Value::from(&again.added_after), Value::from(again.epoch)),
        None => (Value::Null, Value::Null),
    };
    let sql = format!(
        "INSERT INTO cursor ({CURSOR}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (peer, remote, collection) DO UPDATE SET added_after = excluded.added_after,
         refused_after = excluded.refused_after, refused_epoch = excluded.refused_epoch,
         failures = excluded.failures, retry_us = excluded.retry_us, pulled_us = excluded.pulled_us"
    );
    tx.exec(
        &sql,
        &[
            (&cursor.peer).into(),
            (&cursor.remote).into(),
            (&cursor.collection).into(),
            (&cursor.added_after).into(),
            refused_after,
            refused_epoch,
            cursor.failures.into(),
            cursor.retry_us.into(),
            cursor.pulled_us.into(),
        ],
    )?;
    Ok(())
}

/// Lets every cursor that refused something judge that again when it is pulled next.
///
/// # Errors
/// Those of the engine.
pub fn begin_again(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.exec("UPDATE cursor SET refused_epoch = 0 WHERE refused_epoch IS NOT NULL", &[])?;
    Ok(())
}

/// Keeps how often a cursor failed and when it may be asked again; the place that it reached stays.
///
/// # Errors
/// Those of the engine.
pub fn keep_failure(tx: &mut Tx<'_>, cursor: &Cursor) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE cursor SET failures = ?4, retry_us = ?5 WHERE peer = ?1 AND remote = ?2 AND collection = ?3",
        &[
            (&cursor.peer).into(),
            (&cursor.remote).into(),
            (&cursor.collection).into(),
            cursor.failures.into(),
            cursor.retry_us.into(),
        ],
    )?;
    Ok(())
}

/// Something a peer sent that could not be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Peer.
    pub peer: String,
    /// Collection there.
    pub remote: String,
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
        "INSERT INTO refusal (peer, remote, collection, digest, id, reason, at_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (peer, remote, collection, digest)
         DO UPDATE SET reason = excluded.reason, at_us = excluded.at_us",
        &[
            (&refusal.peer).into(),
            (&refusal.remote).into(),
            (&refusal.collection).into(),
            refusal.digest.0.into(),
            (&refusal.id).into(),
            (&refusal.reason).into(),
            refusal.at_us.into(),
        ],
    )?;
    Ok(())
}

/// Drops the refusals of one remote collection, which are about to be judged again.
///
/// # Errors
/// Those of the engine.
pub fn drop_refusals(tx: &mut Tx<'_>, cursor: &Cursor) -> Result<(), StoreError> {
    tx.exec(
        "DELETE FROM refusal WHERE peer = ?1 AND remote = ?2 AND collection = ?3",
        &[(&cursor.peer).into(), (&cursor.remote).into(), (&cursor.collection).into()],
    )?;
    Ok(())
}

/// Drops the oldest refusals of a peer until at most `most` are left.
///
/// # Errors
/// Those of the engine.
pub fn trim_refusals(tx: &mut Tx<'_>, peer: &str, most: i64) -> Result<(), StoreError> {
    let first_over = tx.query_one(
        "SELECT at_us, digest FROM refusal WHERE peer = ?1 ORDER BY at_us DESC, digest DESC LIMIT 1 OFFSET ?2",
        &[peer.into(), most.into()],
    )?;
    if let Some(row) = first_over {
        tx.exec(
            "DELETE FROM refusal WHERE peer = ?1 AND (at_us < ?2 OR (at_us = ?2 AND digest <= ?3))",
            &[peer.into(), row.int(0)?.into(), row.hash(1)?.into()],
        )?;
    }
    Ok(())
}

/// What was refused from a peer, newest first, at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn refusals(tx: &mut Tx<'_>, peer: &str, limit: i64) -> Result<Vec<Refusal>, StoreError> {
    tx.query(
        "SELECT peer, remote, collection, digest, id, reason, at_us FROM refusal WHERE peer = ?1
         ORDER BY at_us DESC, digest LIMIT ?2",
        &[peer.into(), limit.into()],
    )?
    .iter()
    .map(|row| {
        Ok(Refusal {
            peer: row.text(0)?,
            remote: row.text(1)?,
            collection: row.text(2)?,
            digest: Digest(row.hash(3)?),
            id: row.text(4)?,
            reason: row.text(5)?,
            at_us: row.int(6)?,
        })
    })
    .collect()
}

/// How far an object is known, in whatever collection it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// Digest of the whole object.
    pub digest: Digest,
    /// The highest revision of its envelope that is held.
    pub revision: i64,
    /// Whether it was withdrawn somewhere.
    pub withdrawn: bool,
}

/// What all collections together hold of these ids from one origin, one row for each version and digest.
///
/// # Errors
/// Those of the engine.
pub fn held(tx: &mut Tx<'_>, origin: &MemberId, ids: &[&str]) -> Result<Vec<Held>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let mut params: Vec<Value> = vec![origin.as_str().into()];
        params.extend(chunk.iter().map(|id| Value::from(*id)));
        // The list of collections lets the engine use the key of the records, which begins with the collection.
        let sql = format!(
            "SELECT id, version, digest, MAX(revision),
                    CAST(MAX(CASE WHEN state = 'withdrawn' THEN 1 ELSE 0 END) AS BIGINT)
             FROM record WHERE collection IN (SELECT collection FROM collection) AND origin = ?1 AND id IN ({})
             GROUP BY id, version, digest",
            marks(2, chunk.len())
        );
        for row in tx.query(&sql, &params)? {
            found.push(Held {
                id: row.text(0)?,
                version: row.text(1)?,
                digest: Digest(row.hash(2)?),
                revision: row.int(3)?,
                withdrawn: row.bool(4)?,
            });
        }
    }
    Ok(found)
}
