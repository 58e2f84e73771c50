//! People, and the keys by which others come in.

use std::collections::BTreeSet;

use comity_model::MemberId;

use super::group::{read_names, text_of};
use crate::{Row, StoreError, Tx, Value};

/// A user of this node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Name, unique on the node.
    pub name: String,
    /// The member the person works for.
    pub member: MemberId,
    /// Roles, separated by blanks.
    pub roles: String,
    /// Readers' groups inside the member.
    pub inner: BTreeSet<String>,
}

fn member(text: &str) -> Result<MemberId, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("`{text}` is no member id")))
}

fn read_person(row: &Row) -> Result<Person, StoreError> {
    Ok(Person {
        name: row.text(0)?,
        member: member(row.text_ref(1)?)?,
        roles: row.text(2)?,
        inner: read_names(row.text_ref(3)?),
    })
}

/// Adds a user.
///
/// # Errors
/// [`StoreError::Conflict`] when the name is taken.
pub fn add_person(tx: &mut Tx<'_>, person: &Person, now_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO person (name, member, roles, created_us, inner_groups) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            (&person.name).into(),
            person.member.as_str().into(),
            (&person.roles).into(),
            now_us.into(),
            text_of(&person.inner).into(),
        ],
    )?;
    Ok(())
}

/// The active user of this name.
///
/// # Errors
/// Those of the engine.
pub fn person(tx: &mut Tx<'_>, name: &str) -> Result<Option<Person>, StoreError> {
    tx.query_one(
        "SELECT name, member, roles, inner_groups FROM person WHERE name = ?1 AND ended_us IS NULL",
        &[name.into()],
    )?
    .as_ref()
    .map(read_person)
    .transpose()
}

/// All active users.
///
/// # Errors
/// Those of the engine.
pub fn people(tx: &mut Tx<'_>) -> Result<Vec<Person>, StoreError> {
    let sql = "SELECT name, member, roles, inner_groups FROM person WHERE ended_us IS NULL ORDER BY name";
    tx.query(sql, &[])?.iter().map(read_person).collect()
}

/// Whether a user is or was called so.
///
/// # Errors
/// Those of the engine.
pub fn is_name_taken(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(tx.query_one("SELECT 1 FROM person WHERE name = ?1", &[name.into()])?.is_some())
}

/// Ends an active user; false when there is none of this name.
///
/// # Errors
/// Those of the engine.
pub fn end_person(tx: &mut Tx<'_>, name: &str, now_us: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE person SET ended_us = ?2 WHERE name = ?1 AND ended_us IS NULL";
    Ok(tx.exec(sql, &[name.into(), now_us.into()])? > 0)
}

/// Puts an active user into these readers' groups and no others; false when there is no such user.
///
/// # Errors
/// Those of the engine.
pub fn regroup(tx: &mut Tx<'_>, name: &str, inner: &BTreeSet<String>) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE person SET inner_groups = ?2 WHERE name = ?1 AND ended_us IS NULL",
        &[name.into(), text_of(inner).into()],
    )?;
    Ok(changed > 0)
}

/// A key to the exchange.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    /// Public id.
    pub id: String,
    /// User name for HTTP Basic.
    pub login: String,
    /// SHA-256 of the secret.
    pub secret: [u8; 32],
    /// `exchange` or `metrics`.
    pub scope: String,
    /// Member it speaks for.
    pub member: MemberId,
    /// Audience: that member in the key's context.
    pub audience: i64,
    /// When it ends.
    pub expires_us: i64,
    /// When it was revoked.
    pub revoked_us: Option<i64>,
    /// Whether it works only over a connection that shows a certificate of its member's key note.
    pub bound: bool,
}

const CREDENTIAL: &str = "credential, login, secret, scope, member, audience, expires_us, revoked_us, bound";

fn read_credential(row: &Row) -> Result<Credential, StoreError> {
    Ok(Credential {
        id: row.text(0)?,
        login: row.text(1)?,
        secret: row.hash(2)?,
        scope: row.text(3)?,
        member: member(row.text_ref(4)?)?,
        audience: row.int(5)?,
        expires_us: row.int(6)?,
        revoked_us: row.opt_int(7)?,
        bound: row.bool(8)?,
    })
}

/// Adds a key.
///
/// # Errors
/// [`StoreError::Conflict`] when its id or login is taken.
pub fn add_credential(tx: &mut Tx<'_>, credential: &Credential, now_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO credential (credential, login, secret, scope, member, audience, created_us, expires_us, bound)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &[
            (&credential.id).into(),
            (&credential.login).into(),
            credential.secret.into(),
            (&credential.scope).into(),
            credential.member.as_str().into(),
            credential.audience.into(),
            now_us.into(),
            credential.expires_us.into(),
            credential.bound.into(),
        ],
    )?;
    Ok(())
}

/// The key with this id or login.
///
/// # Errors
/// Those of the engine.
pub fn credential(tx: &mut Tx<'_>, id_or_login: &str) -> Result<Option<Credential>, StoreError> {
    let sql = format!("SELECT {CREDENTIAL} FROM credential WHERE credential = ?1 OR login = ?1");
    tx.query_one(&sql, &[id_or_login.into()])?.as_ref().map(read_credential).transpose()
}

/// All keys, oldest first.
///
/// # Errors
/// Those of the engine.
pub fn credentials(tx: &mut Tx<'_>) -> Result<Vec<Credential>, StoreError> {
    let sql = format!("SELECT {CREDENTIAL} FROM credential ORDER BY created_us, credential");
    tx.query(&sql, &[])?.iter().map(read_credential).collect()
}

/// Revokes a key; false when it is unknown or was revoked before.
///
/// # Errors
/// Those of the engine.
pub fn revoke(tx: &mut Tx<'_>, id: &str, now_us: i64) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE credential SET revoked_us = ?2 WHERE credential = ?1 AND revoked_us IS NULL",
        &[id.into(), now_us.into()],
    )?;
    Ok(changed > 0)
}

/// What a key may do in a collection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permission {
    /// Collection.
    pub collection: String,
    /// May read.
    pub can_read: bool,
    /// May write.
    pub can_write: bool,
}

/// Gives a key rights in a collection.
///
/// # Errors
/// Those of the engine.
pub fn permit(tx: &mut Tx<'_>, credential: &str, permission: &Permission) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO permission (credential, collection, can_read, can_write) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (credential, collection) DO UPDATE
         SET can_read = excluded.can_read, can_write = excluded.can_write",
        &[
            credential.into(),
            (&permission.collection).into(),
            permission.can_read.into(),
            permission.can_write.into(),
        ],
    )?;
    Ok(())
}

/// The rights of a key.
///
/// # Errors
/// Those of the engine.
pub fn permissions(tx: &mut Tx<'_>, credential: &str) -> Result<Vec<Permission>, StoreError> {
    tx.query(
        "SELECT collection, can_read, can_write FROM permission WHERE credential = ?1 ORDER BY collection",
        &[Value::from(credential)],
    )?
    .iter()
    .map(|row| Ok(Permission { collection: row.text(0)?, can_read: row.bool(1)?, can_write: row.bool(2)? }))
    .collect()
}
