//! Recalls: what each names and what became of that here, who told of it, and how each holder answered. The signed
//! messages themselves are kept by [`super::outbox`].

use std::collections::BTreeSet;

use comity_model::recall::{AnswerOrder, Holder, HolderState, Obligation, Reason, Says, Scope, TargetState};
use comity_model::stix::Digest;
use comity_model::{MemberId, Micros};

use super::record::marks;
use crate::{Row, StoreError, Tx, Value};

/// Most ids or digests in one question.
const CHUNK: usize = 500;

/// A recall that was made here or taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecallRow {
    /// Digest of the signed message: its name.
    pub message: Digest,
    /// The speaker's id for it, for people.
    pub id: String,
    /// Whose records it names.
    pub origin: MemberId,
    /// Who speaks.
    pub signer: MemberId,
    /// As whom.
    pub says: Says,
    /// The speaker's number.
    pub number: i64,
    /// What is asked.
    pub scope: Scope,
    /// Why.
    pub reason: Reason,
    /// What holders are to do; none for a lift.
    pub obligation: Option<Obligation>,
    /// The recall that it names as the one it replaces.
    pub supersedes: Option<Digest>,
    /// Whether it is passed on.
    pub cascade: bool,
    /// Whether another one stands in its place.
    pub is_superseded: bool,
    /// When it was said, by the speaker's clock.
    pub said: Micros,
    /// By when answers are expected.
    pub deadline: Micros,
    /// When it was made or taken here.
    pub at: Micros,
}

/// A version that a recall names, and what became of it here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetRow {
    /// Digest of the recall.
    pub message: Digest,
    /// Its place in the recall, from 1.
    pub n: i64,
    /// STIX id.
    pub id: String,
    /// The version as an instant; 0 for objects without one.
    pub version_at: Micros,
    /// The version as written in the recall.
    pub version: String,
    /// Digest of the whole object.
    pub object: Digest,
    /// The first revision of its envelope that stands, where it was narrowed.
    pub revision: Option<i64>,
    /// Where it stands here.
    pub state: TargetState,
    /// The code of why it is held or refused; empty otherwise.
    pub reason: String,
    /// Who brought it there.
    pub actor: String,
    /// When.
    pub at: Micros,
}

/// A member to whom this node gave what a recall names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HolderRow {
    /// Digest of the recall.
    pub message: Digest,
    /// The member.
    pub member: MemberId,
    /// Where it stands, with the answer that counts.
    pub holder: Holder,
    /// Why it was closed; empty otherwise.
    pub reason: String,
    /// How many of the records it got from here.
    pub targets: i64,
    /// From when on it is overdue.
    pub due: Micros,
    /// When its node had the recall.
    pub told: Option<Micros>,
    /// To how many it passed the recall on, and how many of these have not finished.
    pub onward: (i64, i64),
    /// When the chair was told that it does not answer.
    pub escalated: Option<Micros>,
    /// Who closed it.
    pub closed_by: Option<String>,
}

const RECALL: &str = "message, id, origin, signer, says, number, scope, reason, obligation, supersedes, cascade, state, \
                      said_us, deadline_us, at_us";
const TARGET: &str = "message, n, id, version_us, version, object, revision, state, reason, actor, at_us";
const HOLDER: &str = "message, member, state, reason, targets, due_us, told_us, answer, answer_us, answer_leaf, \
                      onward_told, onward_open, escalated_us, closed_by";

fn member(text: &str) -> Result<MemberId, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("`{text}` is no member id")))
}

fn word<T>(read: fn(&str) -> Option<T>, text: &str) -> Result<T, StoreError> {
    read(text).ok_or_else(|| StoreError::Corrupt(format!("`{text}` is no word of a recall")))
}

fn read_recall(row: &Row) -> Result<RecallRow, StoreError> {
    let obligation = row.opt_text(8)?;
    Ok(RecallRow {
        message: Digest(row.hash(0)?),
        id: row.text(1)?,
        origin: member(row.text_ref(2)?)?,
        signer: member(row.text_ref(3)?)?,
        says: word(Says::from_name, row.text_ref(4)?)?,
        number: row.int(5)?,
        scope: word(Scope::from_name, row.text_ref(6)?)?,
        reason: word(Reason::from_name, row.text_ref(7)?)?,
        obligation: obligation.map(|one| word(Obligation::from_name, &one)).transpose()?,
        supersedes: row.opt_hash(9)?.map(Digest),
        cascade: row.bool(10)?,
        is_superseded: row.text_ref(11)? == "superseded",
        said: Micros(row.int(12)?),
        deadline: Micros(row.int(13)?),
        at: Micros(row.int(14)?),
    })
}

fn read_target(row: &Row) -> Result<TargetRow, StoreError> {
    Ok(TargetRow {
        message: Digest(row.hash(0)?),
        n: row.int(1)?,
        id: row.text(2)?,
        version_at: Micros(row.int(3)?),
        version: row.text(4)?,
        object: Digest(row.hash(5)?),
        revision: row.opt_int(6)?,
        state: word(TargetState::from_name, row.text_ref(7)?)?,
        reason: row.text(8)?,
        actor: row.text(9)?,
        at: Micros(row.int(10)?),
    })
}

fn read_holder(row: &Row) -> Result<HolderRow, StoreError> {
    let answer = match (row.opt_hash(7)?, row.opt_int(8)?, row.opt_int(9)?) {
        (Some(digest), Some(at), Some(leaf)) => {
            let leaf = u64::try_from(leaf)
                .map_err(|_| StoreError::Corrupt(format!("{leaf} is no leaf of an answer")))?;
            Some(AnswerOrder { at: Micros(at), leaf, digest: Digest(digest) })
        }
        _ => None,
    };
    Ok(HolderRow {
        message: Digest(row.hash(0)?),
        member: member(row.text_ref(1)?)?,
        holder: Holder { state: word(HolderState::from_name, row.text_ref(2)?)?, answer },
        reason: row.text(3)?,
        targets: row.int(4)?,
        due: Micros(row.int(5)?),
        told: row.opt_int(6)?.map(Micros),
        onward: (row.int(10)?, row.int(11)?),
        escalated: row.opt_int(12)?.map(Micros),
        closed_by: row.opt_text(13)?,
    })
}

/// Keeps a recall with what it names; false, and nothing is changed, when it is known.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut Tx<'_>, recall: &RecallRow, targets: &[TargetRow]) -> Result<bool, StoreError> {
    let added = tx.exec(
        &format!(
            "INSERT INTO recall ({RECALL}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (message) DO NOTHING"
        ),
        &[
            recall.message.0.into(),
            (&recall.id).into(),
            recall.origin.as_str().into(),
            recall.signer.as_str().into(),
            recall.says.name().into(),
            recall.number.into(),
            recall.scope.name().into(),
            recall.reason.name().into(),
            recall.obligation.map(Obligation::name).into(),
            recall.supersedes.map(|one| one.0).into(),
            recall.cascade.into(),
            if recall.is_superseded { "superseded" } else { "in-force" }.into(),
            recall.said.0.into(),
            recall.deadline.0.into(),
            recall.at.0.into(),
        ],
    )?;
    if added == 0 {
        return Ok(false);
    }
    let mut values: Vec<Value> = Vec::with_capacity(targets.len() * 11);
    for target in targets {
        values.extend([
            target.message.0.into(),
            target.n.into(),
            (&target.id).into(),
            target.version_at.0.into(),
            (&target.version).into(),
            target.object.0.into(),
            target.revision.into(),
            target.state.name().into(),
            (&target.reason).into(),
            (&target.actor).into(),
            target.at.0.into(),
        ]);
    }
    tx.insert_many(&format!("INSERT INTO recall_target ({TARGET})"), 11, &values, "")?;
    Ok(true)
}

/// The recall of this digest.
///
/// # Errors
/// Those of the engine.
pub fn find(tx: &mut Tx<'_>, message: Digest) -> Result<Option<RecallRow>, StoreError> {
    let sql = format!("SELECT {RECALL} FROM recall WHERE message = ?1");
    tx.query_one(&sql, &[message.0.into()])?.as_ref().map(read_recall).transpose()
}

/// The recalls that a speaker calls by this id; several only when somebody took the id of another.
///
/// # Errors
/// Those of the engine.
pub fn called(tx: &mut Tx<'_>, id: &str) -> Result<Vec<RecallRow>, StoreError> {
    let sql = format!("SELECT {RECALL} FROM recall WHERE id = ?1 ORDER BY said_us, number, message");
    tx.query(&sql, &[id.into()])?.iter().map(read_recall).collect()
}

/// The recalls that say to replace this one.
///
/// # Errors
/// Those of the engine.
pub fn naming(tx: &mut Tx<'_>, message: Digest) -> Result<Vec<RecallRow>, StoreError> {
    let sql = format!("SELECT {RECALL} FROM recall WHERE supersedes = ?1 ORDER BY said_us, number, message");
    tx.query(&sql, &[message.0.into()])?.iter().map(read_recall).collect()
}

/// Every recall, in the order in which they were said; those in force alone, if so asked.
///
/// # Errors
/// Those of the engine.
pub fn list(tx: &mut Tx<'_>, only_in_force: bool) -> Result<Vec<RecallRow>, StoreError> {
    let only = if only_in_force { "WHERE state = 'in-force'" } else { "" };
    let sql = format!("SELECT {RECALL} FROM recall {only} ORDER BY said_us, number, message");
    tx.query(&sql, &[])?.iter().map(read_recall).collect()
}

/// The highest number of the recalls of a speaker; 0 before the first.
///
/// # Errors
/// Those of the engine.
pub fn highest(tx: &mut Tx<'_>, signer: &MemberId) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(number), 0) FROM recall WHERE signer = ?1";
    tx.query_one(sql, &[signer.as_str().into()])?.map_or(Ok(0), |row| row.int(0))
}

/// Notes that another recall stands in place of this one; false when that was noted.
///
/// # Errors
/// Those of the engine.
pub fn supersede(tx: &mut Tx<'_>, message: Digest) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE recall SET state = 'superseded' WHERE message = ?1 AND state <> 'superseded'",
        &[message.0.into()],
    )?;
    Ok(changed > 0)
}

/// Whether any recall is known: while none is, nobody has to ask what is kept out.
///
/// # Errors
/// Those of the engine.
pub fn is_any(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.query_one("SELECT 1 FROM recall_target LIMIT 1", &[])?.is_some())
}

/// What a recall names, in its order.
///
/// # Errors
/// Those of the engine.
pub fn targets(tx: &mut Tx<'_>, message: Digest) -> Result<Vec<TargetRow>, StoreError> {
    let sql = format!("SELECT {TARGET} FROM recall_target WHERE message = ?1 ORDER BY n");
    tx.query(&sql, &[message.0.into()])?.iter().map(read_target).collect()
}

/// What recalls in force of records of an originator name under these ids.
///
/// # Errors
/// Those of the engine.
pub fn of_ids(tx: &mut Tx<'_>, origin: &MemberId, ids: &[&str]) -> Result<Vec<TargetRow>, StoreError> {
    in_force(tx, "id", Some(origin), ids.iter().map(|id| Value::from(*id)).collect())
}

/// What recalls in force name with these bytes.
///
/// # Errors
/// Those of the engine.
pub fn of_objects(tx: &mut Tx<'_>, objects: &[Digest]) -> Result<Vec<TargetRow>, StoreError> {
    in_force(tx, "object", None, objects.iter().map(|object| Value::from(object.0)).collect())
}

fn in_force(
    tx: &mut Tx<'_>,
    column: &str,
    origin: Option<&MemberId>,
    wanted: Vec<Value>,
) -> Result<Vec<TargetRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in wanted.chunks(CHUNK) {
        let mut values = chunk.to_vec();
        let of_origin = origin.map_or_else(String::new, |origin| {
            values.push(origin.as_str().into());
            format!(" AND origin = ?{}", values.len())
        });
        let sql = format!(
            "SELECT {TARGET} FROM recall_target WHERE {column} IN ({})
             AND message IN (SELECT message FROM recall WHERE state = 'in-force'{of_origin}) ORDER BY message, n",
            marks(1, chunk.len())
        );
        for row in tx.query(&sql, &values)? {
            found.push(read_target(&row)?);
        }
    }
    Ok(found)
}

/// Notes where a record stands now under a recall, why, and by whom; false when the recall does not name it.
///
/// # Errors
/// Those of the engine.
pub fn move_target(
    tx: &mut Tx<'_>,
    (message, n): (Digest, i64),
    (state, reason): (TargetState, &str),
    actor: &str,
    now: Micros,
) -> Result<bool, StoreError> {
    let changed = tx.exec(
        "UPDATE recall_target SET state = ?3, reason = ?4, actor = ?5, at_us = ?6 WHERE message = ?1 AND n = ?2",
        &[message.0.into(), n.into(), state.name().into(), reason.into(), actor.into(), now.0.into()],
    )?;
    Ok(changed > 0)
}

/// Notes the same of many records that a recall names, by their places in it.
///
/// # Errors
/// Those of the engine.
pub fn move_targets(
    tx: &mut Tx<'_>,
    (message, places): (Digest, &[i64]),
    state: TargetState,
    actor: &str,
    now: Micros,
) -> Result<(), StoreError> {
    let (among, numbers) = tx.among(5, places.iter().copied());
    tx.exec(
        &format!(
            "UPDATE recall_target SET state = ?2, reason = '', actor = ?3, at_us = ?4
             WHERE message = ?1 AND n {among}"
        ),
        &[message.0.into(), state.name().into(), actor.into(), now.0.into(), numbers],
    )?;
    Ok(())
}

/// Which of these ids are named by another recall than this one, in force or not.
///
/// # Errors
/// Those of the engine.
pub fn named_besides(tx: &mut Tx<'_>, message: Digest, ids: &[&str]) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    for chunk in ids.chunks(CHUNK) {
        let mut values: Vec<Value> = vec![message.0.into()];
        values.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql =
            format!("SELECT id FROM recall_target WHERE message <> ?1 AND id IN ({})", marks(2, chunk.len()));
        for row in tx.query(&sql, &values)? {
            found.insert(row.text(0)?);
        }
    }
    Ok(found)
}

/// Notes that a member told of a recall, and whether it gets answers; whether it gets them from now on and did not before.
/// Who gets none has a number below 0.
///
/// # Errors
/// Those of the engine.
pub fn told_by(
    tx: &mut Tx<'_>,
    message: Digest,
    member: &MemberId,
    is_answered: bool,
) -> Result<bool, StoreError> {
    let next = if is_answered {
        "(SELECT coalesce(max(n), 0) + 1 FROM recall_teller WHERE message = ?1 AND n > 0)"
    } else {
        "(SELECT coalesce(min(n), 0) - 1 FROM recall_teller WHERE message = ?1 AND n < 0)"
    };
    let key = [message.0.into(), member.as_str().into()];
    if is_answered && tellers_below(tx, message)?.contains(member) {
        let sql = format!("UPDATE recall_teller SET n = {next} WHERE message = ?1 AND member = ?2");
        return Ok(tx.exec(&sql, &key)? > 0);
    }
    let sql = format!(
        "INSERT INTO recall_teller (message, n, member) VALUES (?1, {next}, ?2)
         ON CONFLICT (message, member) DO NOTHING"
    );
    Ok(tx.exec(&sql, &key)? > 0 && is_answered)
}

/// How many recalls that a member said were taken since then.
///
/// # Errors
/// Those of the engine.
pub fn count_since(tx: &mut Tx<'_>, signer: &MemberId, since: Micros) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM recall WHERE signer = ?1 AND at_us > ?2";
    tx.query_one(sql, &[signer.as_str().into(), since.0.into()])?.map_or(Ok(0), |row| row.int(0))
}

/// Who told of a recall and gets answers, the first one first.
///
/// # Errors
/// Those of the engine.
pub fn tellers(tx: &mut Tx<'_>, message: Digest) -> Result<Vec<MemberId>, StoreError> {
    let sql = "SELECT member FROM recall_teller WHERE message = ?1 AND n > 0 ORDER BY n";
    tx.query(sql, &[message.0.into()])?.iter().map(|row| member(row.text_ref(0)?)).collect()
}

/// Who told of a recall and gets no answers, the first one first.
///
/// # Errors
/// Those of the engine.
pub fn tellers_below(tx: &mut Tx<'_>, message: Digest) -> Result<Vec<MemberId>, StoreError> {
    let sql = "SELECT member FROM recall_teller WHERE message = ?1 AND n < 0 ORDER BY n DESC";
    tx.query(sql, &[message.0.into()])?.iter().map(|row| member(row.text_ref(0)?)).collect()
}

/// The recalls of which this node told a member that can answer, or the member told this node, replaced ones too: what the
/// two compare.
///
/// # Errors
/// Those of the engine.
pub fn between(tx: &mut Tx<'_>, member: &MemberId) -> Result<BTreeSet<Digest>, StoreError> {
    let rows = tx.query(
        "SELECT message FROM recall_holder WHERE member = ?1 AND state <> 'cannot'
         UNION SELECT message FROM recall_teller WHERE member = ?1",
        &[member.as_str().into()],
    )?;
    rows.iter().map(|row| Ok(Digest(row.hash(0)?))).collect()
}

/// Keeps how a holder stands.
///
/// # Errors
/// Those of the engine.
pub fn keep_holder(tx: &mut Tx<'_>, one: &HolderRow) -> Result<(), StoreError> {
    keep_holders(tx, std::slice::from_ref(one))
}

/// Keeps how several holders stand, each of them once.
///
/// # Errors
/// Those of the engine.
pub fn keep_holders(tx: &mut Tx<'_>, all: &[HolderRow]) -> Result<(), StoreError> {
    let mut values: Vec<Value> = Vec::with_capacity(all.len() * 14);
    for one in all {
        let answer = one.holder.answer;
        let leaf = answer.map(|answer| i64::try_from(answer.leaf)).transpose();
        let leaf =
            leaf.map_err(|_| StoreError::Corrupt("the leaf of an answer is beyond all ledgers".into()))?;
        values.extend([
            one.message.0.into(),
            one.member.as_str().into(),
            one.holder.state.name().into(),
            (&one.reason).into(),
            one.targets.into(),
            one.due.0.into(),
            one.told.map(|at| at.0).into(),
            answer.map(|answer| answer.digest.0).into(),
            answer.map(|answer| answer.at.0).into(),
            leaf.into(),
            one.onward.0.into(),
            one.onward.1.into(),
            one.escalated.map(|at| at.0).into(),
            one.closed_by.clone().into(),
        ]);
    }
    tx.insert_many(
        &format!("INSERT INTO recall_holder ({HOLDER})"),
        14,
        &values,
        "ON CONFLICT (message, member) DO UPDATE SET state = excluded.state, reason = excluded.reason,
         targets = excluded.targets, due_us = excluded.due_us, told_us = excluded.told_us,
         answer = excluded.answer, answer_us = excluded.answer_us, answer_leaf = excluded.answer_leaf,
         onward_told = excluded.onward_told, onward_open = excluded.onward_open,
         escalated_us = excluded.escalated_us, closed_by = excluded.closed_by",
    )?;
    Ok(())
}

/// Numbers a recall for each of its holders that waits for it, behind what goes to it already; one that it is numbered for
/// keeps its number.
///
/// # Errors
/// Those of the engine.
pub fn queue(tx: &mut Tx<'_>, message: Digest, now: Micros) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO outbox (member, n, digest, at_us)
         SELECT h.member, (SELECT coalesce(max(o.n), 0) + 1 FROM outbox o WHERE o.member = h.member), ?1, ?2
         FROM recall_holder h WHERE h.message = ?1 AND h.state = 'queued'
         ON CONFLICT (member, digest) DO NOTHING",
        &[message.0.into(), now.0.into()],
    )?;
    Ok(())
}

/// How a member stands with a recall, if it got from here what that names.
///
/// # Errors
/// Those of the engine.
pub fn holder(tx: &mut Tx<'_>, message: Digest, member: &MemberId) -> Result<Option<HolderRow>, StoreError> {
    let sql = format!("SELECT {HOLDER} FROM recall_holder WHERE message = ?1 AND member = ?2");
    tx.query_one(&sql, &[message.0.into(), member.as_str().into()])?.as_ref().map(read_holder).transpose()
}

/// Everybody who got from here what a recall names.
///
/// # Errors
/// Those of the engine.
pub fn holders(tx: &mut Tx<'_>, message: Digest) -> Result<Vec<HolderRow>, StoreError> {
    let sql = format!("SELECT {HOLDER} FROM recall_holder WHERE message = ?1 ORDER BY member");
    tx.query(&sql, &[message.0.into()])?.iter().map(read_holder).collect()
}

/// Who should have answered by now, the longest overdue first.
///
/// # Errors
/// Those of the engine.
pub fn overdue(tx: &mut Tx<'_>, now: Micros) -> Result<Vec<HolderRow>, StoreError> {
    let waiting: Vec<HolderState> = HolderState::ALL.iter().copied().filter(|state| state.waits()).collect();
    let mut values = vec![Value::from(now.0)];
    values.extend(waiting.iter().map(|state| Value::from(state.name())));
    let sql = format!(
        "SELECT {HOLDER} FROM recall_holder WHERE due_us <= ?1 AND state IN ({}) ORDER BY due_us, message, member",
        marks(2, waiting.len())
    );
    tx.query(&sql, &values)?.iter().map(read_holder).collect()
}

/// The recalls that wait for a member and that it has by now, since it said to have everything up to a number.
///
/// # Errors
/// Those of the engine.
pub fn arrived(tx: &mut Tx<'_>, member: &MemberId, told_n: i64) -> Result<Vec<HolderRow>, StoreError> {
    let sql = format!(
        "SELECT {HOLDER} FROM recall_holder h WHERE h.member = ?1 AND h.state = 'queued' AND h.message IN
         (SELECT o.digest FROM outbox o WHERE o.member = ?1 AND o.n <= ?2) ORDER BY h.message"
    );
    tx.query(&sql, &[member.as_str().into(), told_n.into()])?.iter().map(read_holder).collect()
}

/// The recalls about which a member could not answer so far.
///
/// # Errors
/// Those of the engine.
pub fn unable(tx: &mut Tx<'_>, member: &MemberId) -> Result<Vec<HolderRow>, StoreError> {
    let sql =
        format!("SELECT {HOLDER} FROM recall_holder WHERE member = ?1 AND state = 'cannot' ORDER BY message");
    tx.query(&sql, &[member.as_str().into()])?.iter().map(read_holder).collect()
}

/// Who is overdue and about whom nobody was told yet, the longest first, at most so many.
///
/// # Errors
/// Those of the engine.
pub fn newly_overdue(tx: &mut Tx<'_>, now: Micros, limit: i64) -> Result<Vec<HolderRow>, StoreError> {
    let waiting: Vec<HolderState> = HolderState::ALL.iter().copied().filter(|state| state.waits()).collect();
    let mut values = vec![Value::from(now.0), limit.into()];
    values.extend(waiting.iter().map(|state| Value::from(state.name())));
    let sql = format!(
        "SELECT {HOLDER} FROM recall_holder WHERE due_us <= ?1 AND escalated_us IS NULL AND state IN ({})
         ORDER BY due_us, message, member LIMIT ?2",
        marks(3, waiting.len())
    );
    tx.query(&sql, &values)?.iter().map(read_holder).collect()
}

/// What recalls in force name of the objects to which a record refers.
///
/// # Errors
/// Those of the engine.
pub fn under(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Vec<TargetRow>, StoreError> {
    let sql = format!(
        "SELECT {TARGET} FROM recall_target
         WHERE id IN (SELECT f.target FROM reference f WHERE f.collection = ?1 AND f.seq = ?2)
         AND message IN (SELECT message FROM recall WHERE state = 'in-force') ORDER BY message, n"
    );
    tx.query(&sql, &[collection.into(), seq.into()])?.iter().map(read_target).collect()
}
