//! What members witness of each other's ledgers: key notes, checkpoints seen, signatures under them, and evidence.

use comity_model::MemberId;

use crate::{Row, StoreError, Tx};

const HOUR_US: i64 = 3_600_000_000;

fn member(text: &str) -> Result<MemberId, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("`{text}` is no member id")))
}

/// The newest key note of a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyNoteRow {
    /// Whose.
    pub member: MemberId,
    /// Its number.
    pub number: i64,
    /// Name of the ledger.
    pub log: String,
    /// The signed note in its canonical form.
    pub body: String,
}

fn read_note(row: &Row) -> Result<KeyNoteRow, StoreError> {
    let member = member(row.text_ref(0)?)?;
    Ok(KeyNoteRow { member, number: row.int(1)?, log: row.text(2)?, body: row.text(3)? })
}

/// The key note of a member.
///
/// # Errors
/// Those of the engine.
pub fn key_note(tx: &mut Tx<'_>, member: &MemberId) -> Result<Option<KeyNoteRow>, StoreError> {
    let sql = "SELECT member, number, log, body FROM keynote WHERE member = ?1";
    tx.query_one(sql, &[member.as_str().into()])?.as_ref().map(read_note).transpose()
}

/// When the key note of a member came, or was made here; 0 when there is none.
///
/// # Errors
/// Those of the engine.
pub fn noted_at(tx: &mut Tx<'_>, member: &MemberId) -> Result<i64, StoreError> {
    let sql = "SELECT at_us FROM keynote WHERE member = ?1";
    tx.query_one(sql, &[member.as_str().into()])?.map_or(Ok(0), |row| row.int(0))
}

/// All key notes.
///
/// # Errors
/// Those of the engine.
pub fn key_notes(tx: &mut Tx<'_>) -> Result<Vec<KeyNoteRow>, StoreError> {
    let rows = tx.query("SELECT member, number, log, body FROM keynote ORDER BY log, member", &[])?;
    rows.iter().map(read_note).collect()
}

/// Keeps a key note in place of the one before.
///
/// # Errors
/// Those of the engine.
pub fn keep_key_note(tx: &mut Tx<'_>, one: &KeyNoteRow, now_us: i64) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO keynote (member, number, log, body, at_us) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (member) DO UPDATE SET number = excluded.number, log = excluded.log, body = excluded.body,
         at_us = excluded.at_us",
        &[
            one.member.as_str().into(),
            one.number.into(),
            (&one.log).into(),
            (&one.body).into(),
            now_us.into(),
        ],
    )?;
    Ok(())
}

/// Forgets the key note of a member.
///
/// # Errors
/// Those of the engine.
pub fn forget_key_note(tx: &mut Tx<'_>, member: &MemberId) -> Result<(), StoreError> {
    tx.exec("DELETE FROM keynote WHERE member = ?1", &[member.as_str().into()])?;
    Ok(())
}

/// How the node of a member stands with this one about ledgers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LedgerPeer {
    /// Size of this ledger that it has seen last.
    pub known: i64,
    /// Sizes from which it wants proofs, as JSON; empty for none.
    pub asked: String,
    /// What was wrong with what it said last.
    pub fault: String,
    /// What it finds wrong with what this node said last.
    pub says: String,
    /// Number of the key note of this node that it has; 0 for none.
    pub noted: i64,
}

/// How the node of a member stands with this one.
///
/// # Errors
/// Those of the engine.
pub fn peer(tx: &mut Tx<'_>, member: &MemberId) -> Result<LedgerPeer, StoreError> {
    let sql = "SELECT known, asked, fault, says, noted FROM ledger_peer WHERE member = ?1";
    let Some(row) = tx.query_one(sql, &[member.as_str().into()])? else { return Ok(LedgerPeer::default()) };
    Ok(LedgerPeer {
        known: row.int(0)?,
        asked: row.text(1)?,
        fault: row.text(2)?,
        says: row.text(3)?,
        noted: row.int(4)?,
    })
}

/// Keeps how the node of a member stands with this one.
///
/// # Errors
/// Those of the engine.
pub fn keep_peer(tx: &mut Tx<'_>, member: &MemberId, one: &LedgerPeer) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO ledger_peer (member, known, asked, fault, says, noted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (member) DO UPDATE SET known = excluded.known, asked = excluded.asked, fault = excluded.fault,
         says = excluded.says, noted = excluded.noted",
        &[
            member.as_str().into(),
            one.known.into(),
            (&one.asked).into(),
            (&one.fault).into(),
            (&one.says).into(),
            one.noted.into(),
        ],
    )?;
    Ok(())
}

/// A checkpoint of another's ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// Name of the ledger.
    pub log: String,
    /// Its size.
    pub size: i64,
    /// Its root.
    pub root: [u8; 32],
    /// The signed note.
    pub note: String,
    /// When it was seen here.
    pub at_us: i64,
}

const SEEN: &str = "log, size, root, note, at_us";

fn read_seen(row: &Row) -> Result<Seen, StoreError> {
    Ok(Seen {
        log: row.text(0)?,
        size: row.int(1)?,
        root: row.hash(2)?,
        note: row.text(3)?,
        at_us: row.int(4)?,
    })
}

/// The largest checkpoint of a ledger that this node signed.
///
/// # Errors
/// Those of the engine.
pub fn newest(tx: &mut Tx<'_>, log: &str) -> Result<Option<Seen>, StoreError> {
    let sql = format!("SELECT {SEEN} FROM witnessed WHERE log = ?1 ORDER BY size DESC LIMIT 1");
    tx.query_one(&sql, &[log.into()])?.as_ref().map(read_seen).transpose()
}

/// The checkpoint of this size that this node signed, or that a third member has seen.
///
/// # Errors
/// Those of the engine.
pub fn of_size(tx: &mut Tx<'_>, log: &str, size: i64) -> Result<Option<Seen>, StoreError> {
    for table in ["witnessed", "seen"] {
        let sql = format!("SELECT {SEEN} FROM {table} WHERE log = ?1 AND size = ?2");
        if let Some(row) = tx.query_one(&sql, &[log.into(), size.into()])? {
            return read_seen(&row).map(Some);
        }
    }
    Ok(None)
}

/// Keeps a checkpoint that this node signed; of those of the same hour only this one stays.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, one: &Seen) -> Result<(), StoreError> {
    let hour = one.at_us - one.at_us.rem_euclid(HOUR_US);
    tx.exec("DELETE FROM witnessed WHERE log = ?1 AND at_us >= ?2", &[(&one.log).into(), hour.into()])?;
    tx.exec(
        &format!("INSERT INTO witnessed ({SEEN}) VALUES (?1, ?2, ?3, ?4, ?5)"),
        &[(&one.log).into(), one.size.into(), one.root.into(), (&one.note).into(), one.at_us.into()],
    )?;
    Ok(())
}

/// The checkpoints of a ledger of at most so many leaves that this node signed or that a third member has seen.
///
/// # Errors
/// Those of the engine.
pub fn upto(tx: &mut Tx<'_>, log: &str, size: i64) -> Result<Vec<Seen>, StoreError> {
    let mut all = Vec::new();
    for table in ["witnessed", "seen"] {
        let sql = format!("SELECT {SEEN} FROM {table} WHERE log = ?1 AND size <= ?2 ORDER BY size");
        for row in tx.query(&sql, &[log.into(), size.into()])? {
            all.push(read_seen(&row)?);
        }
    }
    Ok(all)
}

/// Forgets every checkpoint of a ledger: the next one is taken as the first.
///
/// # Errors
/// Those of the engine.
pub fn forget(tx: &mut Tx<'_>, log: &str) -> Result<(), StoreError> {
    for table in ["witnessed", "seen"] {
        tx.exec(&format!("DELETE FROM {table} WHERE log = ?1"), &[log.into()])?;
    }
    Ok(())
}

/// Keeps a checkpoint that a third member has seen; of one ledger at most so many, the largest.
///
/// # Errors
/// Those of the engine.
pub fn keep_seen(tx: &mut Tx<'_>, one: &Seen, via: &MemberId, most: i64) -> Result<(), StoreError> {
    tx.exec(
        &format!(
            "INSERT INTO seen ({SEEN}, via, proved, asked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)
             ON CONFLICT (log, size) DO NOTHING"
        ),
        &[
            (&one.log).into(),
            one.size.into(),
            one.root.into(),
            (&one.note).into(),
            one.at_us.into(),
            via.as_str().into(),
        ],
    )?;
    tx.exec(
        "DELETE FROM seen WHERE log = ?1 AND size IN
         (SELECT size FROM seen WHERE log = ?1 ORDER BY size DESC LIMIT 1000000 OFFSET ?2)",
        &[(&one.log).into(), most.into()],
    )?;
    Ok(())
}

/// What third members have seen of a ledger and it has not shown yet that it extends.
///
/// # Errors
/// Those of the engine.
pub fn unproved(tx: &mut Tx<'_>, log: &str) -> Result<Vec<Seen>, StoreError> {
    let sql = format!("SELECT {SEEN} FROM seen WHERE log = ?1 AND proved = 0 ORDER BY size");
    tx.query(&sql, &[log.into()])?.iter().map(read_seen).collect()
}

/// Notes that the ledger showed that it extends what a third member has seen.
///
/// # Errors
/// Those of the engine.
pub fn prove(tx: &mut Tx<'_>, log: &str, size: i64) -> Result<(), StoreError> {
    tx.exec("UPDATE seen SET proved = 1 WHERE log = ?1 AND size = ?2", &[log.into(), size.into()])?;
    Ok(())
}

/// Notes that the ledger was asked in vain once more; how often by now.
///
/// # Errors
/// Those of the engine.
pub fn asked_in_vain(tx: &mut Tx<'_>, log: &str, size: i64) -> Result<i64, StoreError> {
    tx.exec("UPDATE seen SET asked = asked + 1 WHERE log = ?1 AND size = ?2", &[log.into(), size.into()])?;
    let sql = "SELECT asked FROM seen WHERE log = ?1 AND size = ?2";
    tx.query_one(sql, &[log.into(), size.into()])?.map_or(Ok(0), |row| row.int(0))
}

/// A signature line of a member under a checkpoint of this node's ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosignature {
    /// Size of the checkpoint.
    pub size: i64,
    /// Who signed.
    pub member: MemberId,
    /// The line.
    pub line: String,
    /// When it came.
    pub at_us: i64,
}

/// Keeps a signature line; of those of the same hour and member only this one stays.
///
/// # Errors
/// Those of the engine.
pub fn keep_line(tx: &mut Tx<'_>, log: &str, one: &Cosignature) -> Result<(), StoreError> {
    let hour = one.at_us - one.at_us.rem_euclid(HOUR_US);
    tx.exec(
        "DELETE FROM cosignature WHERE log = ?1 AND member = ?2 AND (at_us >= ?3 OR size = ?4)",
        &[log.into(), one.member.as_str().into(), hour.into(), one.size.into()],
    )?;
    tx.exec(
        "INSERT INTO cosignature (log, size, member, line, at_us) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[log.into(), one.size.into(), one.member.as_str().into(), (&one.line).into(), one.at_us.into()],
    )?;
    Ok(())
}

/// The signature lines under checkpoints of this node's ledger of more than `above` leaves, the largest first, at most
/// so many.
///
/// # Errors
/// Those of the engine.
pub fn lines(tx: &mut Tx<'_>, log: &str, above: i64, limit: i64) -> Result<Vec<Cosignature>, StoreError> {
    let rows = tx.query(
        "SELECT size, member, line, at_us FROM cosignature WHERE log = ?1 AND size > ?2
         ORDER BY size DESC, member LIMIT ?3",
        &[log.into(), above.into(), limit.into()],
    )?;
    let read = rows.iter().map(|row| {
        let member = member(row.text_ref(1)?)?;
        Ok(Cosignature { size: row.int(0)?, member, line: row.text(2)?, at_us: row.int(3)? })
    });
    read.collect()
}

/// Two signed checkpoints of one ledger that do not go together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// Its name.
    pub id: String,
    /// Name of the ledger.
    pub log: String,
    /// `split-view` or `rolled-back`.
    pub kind: String,
    /// `suspected`, `open` or `cleared`.
    pub state: String,
    /// The note that was known.
    pub known: String,
    /// The note that was shown.
    pub shown: String,
    /// When it was seen first.
    pub at_us: i64,
}

const EVIDENCE: &str = "evidence, log, kind, state, known, shown, at_us";

fn read_evidence(row: &Row) -> Result<Evidence, StoreError> {
    Ok(Evidence {
        id: row.text(0)?,
        log: row.text(1)?,
        kind: row.text(2)?,
        state: row.text(3)?,
        known: row.text(4)?,
        shown: row.text(5)?,
        at_us: row.int(6)?,
    })
}

/// All evidence about a ledger in this state, or about all of them; the newest first.
///
/// # Errors
/// Those of the engine.
pub fn evidence(tx: &mut Tx<'_>, log: Option<&str>, state: &str) -> Result<Vec<Evidence>, StoreError> {
    let sql = format!(
        "SELECT {EVIDENCE} FROM evidence WHERE (?1 = '' OR log = ?1) AND (?2 = '' OR state = ?2)
         ORDER BY at_us DESC, evidence LIMIT 1000"
    );
    tx.query(&sql, &[log.unwrap_or_default().into(), state.into()])?.iter().map(read_evidence).collect()
}

/// One piece of evidence.
///
/// # Errors
/// Those of the engine.
pub fn find_evidence(tx: &mut Tx<'_>, id: &str) -> Result<Option<Evidence>, StoreError> {
    let sql = format!("SELECT {EVIDENCE} FROM evidence WHERE evidence = ?1");
    tx.query_one(&sql, &[id.into()])?.as_ref().map(read_evidence).transpose()
}

/// Keeps a piece of evidence; what is kept under this name already only changes its state.
///
/// # Errors
/// Those of the engine.
pub fn keep_evidence(tx: &mut Tx<'_>, one: &Evidence) -> Result<(), StoreError> {
    tx.exec(
        &format!(
            "INSERT INTO evidence ({EVIDENCE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (evidence) DO UPDATE SET state = excluded.state"
        ),
        &[
            (&one.id).into(),
            (&one.log).into(),
            (&one.kind).into(),
            (&one.state).into(),
            (&one.known).into(),
            (&one.shown).into(),
            one.at_us.into(),
        ],
    )?;
    Ok(())
}

/// Forgets what is only suspected of a ledger.
///
/// # Errors
/// Those of the engine.
pub fn drop_suspicion(tx: &mut Tx<'_>, log: &str) -> Result<(), StoreError> {
    tx.exec("DELETE FROM evidence WHERE log = ?1 AND state = 'suspected'", &[log.into()])?;
    Ok(())
}

/// Marks what is open about a ledger as cleared; how many pieces.
///
/// # Errors
/// Those of the engine.
pub fn clear(tx: &mut Tx<'_>, log: &str) -> Result<u64, StoreError> {
    tx.exec("UPDATE evidence SET state = 'cleared' WHERE log = ?1 AND state = 'open'", &[log.into()])
}
