//! What changed about member keys without the agreement: a key that follows another, a key that somebody else has.

use comity_model::MemberId;
use comity_model::stix::Digest;

use crate::{Row, StoreError, Tx, Value};

/// What changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Another key took its place.
    Followed,
    /// Somebody else has it.
    Stolen,
}

impl Change {
    /// The word under which it is kept.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::Stolen => "stolen",
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        [Self::Followed, Self::Stolen]
            .into_iter()
            .find(|one| one.name() == name)
            .ok_or_else(|| StoreError::Corrupt(format!("`{name}` is no change of a key")))
    }
}

/// One change of a member's key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyChange {
    /// Whose key.
    pub member: MemberId,
    /// What changed.
    pub change: Change,
    /// Short name of the key.
    pub key: String,
    /// The statement of both keys; empty for a stolen one.
    pub body: String,
    /// Since when, in microseconds.
    pub since_us: i64,
    /// When it came to be known here, in microseconds.
    pub at_us: i64,
}

fn read(row: &Row) -> Result<KeyChange, StoreError> {
    let member = row.text_ref(0)?;
    Ok(KeyChange {
        member: member.parse().map_err(|_| StoreError::Corrupt(format!("`{member}` is no member id")))?,
        change: Change::named(row.text_ref(1)?)?,
        key: row.text(2)?,
        body: row.text(3)?,
        since_us: row.int(4)?,
        at_us: row.int(5)?,
    })
}

/// All changes, the oldest first.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<KeyChange>, StoreError> {
    let sql = "SELECT member, kind, key, body, since_us, at_us FROM key_change ORDER BY n";
    tx.query(sql, &[])?.iter().map(read).collect()
}

/// What tells the list of changes apart from every other one; none while nothing changed.
///
/// # Errors
/// Those of the engine.
pub fn mark(tx: &mut Tx<'_>) -> Result<Option<Digest>, StoreError> {
    tx.query_one("SELECT mark FROM key_change ORDER BY n DESC LIMIT 1", &[])?
        .map(|row| Ok(Digest(row.hash(0)?)))
        .transpose()
}

/// Adds a change.
///
/// # Errors
/// Those of the engine; also when that of this kind about this key is there already.
pub fn add(tx: &mut Tx<'_>, one: &KeyChange) -> Result<(), StoreError> {
    let last = tx.query_one("SELECT max(n) FROM key_change", &[])?;
    let n = last.map(|row| row.opt_int(0)).transpose()?.flatten().unwrap_or(0) + 1;
    let before = mark(tx)?.map_or_else(String::new, |mark| mark.to_string());
    let KeyChange { member, change, key, body, since_us, at_us } = one;
    let text = format!("{before}\n{member}\n{}\n{key}\n{since_us}\n{at_us}\n{body}", change.name());
    tx.exec(
        "INSERT INTO key_change (n, member, kind, key, body, since_us, at_us, mark)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[
            n.into(),
            member.as_str().into(),
            change.name().into(),
            key.into(),
            body.into(),
            Value::from(*since_us),
            Value::from(*at_us),
            Value::from(&Digest::of(text.as_bytes()).0),
        ],
    )?;
    Ok(())
}
