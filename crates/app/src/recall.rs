//! Recalls: an originator takes back, corrects or stops what it shared; whoever holds it sets it aside, passes that on,
//! and answers. What is said, and who may say it, is decided in [`comity_model::recall`].
//!
//! A recall is the same signed message for everybody. Whatever the order in which messages come, twice or late, the end is
//! the same; nothing is erased without a person.

mod answer;
mod aside;
mod bulk;
mod comply;
mod dispute;
mod holders;
mod issue;
mod kept;
mod many;
mod overview;
mod reader;
mod take;

use std::collections::BTreeSet;

use comity_model::recall::{self as model, Ground, Known, Recall, Scope, TargetState};
use comity_model::stix::Digest;
use comity_model::{MemberId, Record, SignedMessage, Stored};
use comity_store::Tx;
use comity_store::tables::recall::{self as rows, RecallRow, TargetRow};
use comity_store::tables::{outbox, record};

pub use self::comply::{Complied, How, comply};
pub use self::dispute::{DisputeView, dispute, disputes, end_dispute};
pub use self::holders::close;
pub use self::issue::{Issued, Wish, issue, lift};
pub use self::many::{IDS_MAX, Many, Stopped, issue_many};
pub use self::overview::{Filter, HolderView, RecallView, TargetView, overview};
pub use self::reader::{ReaderRecall, of_reader};
pub use comity_model::recall::Scope as RecallScope;
pub use comity_model::recall::{Doubt, Obligation, Reason, Refusal};

pub(crate) use self::answer::take as take_answer;
pub(crate) use self::aside::why_aside;
pub(crate) use self::dispute::{take as take_dispute, target_of};
pub(crate) use self::holders::{act, is_due, met, take_overdue};
pub(crate) use self::issue::follow;
pub(crate) use self::kept::{arrived, kept_out};
pub(crate) use self::take::{TOO_MANY, take, told_again};

use crate::force::InForce;
use crate::{App, AppError};

/// A recall that is known here, with what it says.
struct Kept {
    row: RecallRow,
    recall: Recall,
}

impl Kept {
    fn known(&self) -> Known<'_> {
        Known {
            digest: self.row.message,
            signer: &self.row.signer,
            says: self.row.says,
            at: self.row.said,
            recall: &self.recall,
        }
    }

    /// The recall of this digest, if it was made or taken here.
    fn find(tx: &mut Tx<'_>, digest: Digest) -> Result<Option<Self>, AppError> {
        let Some(row) = rows::find(tx, digest)? else { return Ok(None) };
        let Some(message) = outbox::find(tx, digest)? else { return Ok(None) };
        let recall = Recall::read(&SignedMessage::from_json(&message.body)?)?;
        Ok(Some(Self { row, recall }))
    }
}

/// The recall that a text names: its id, or the digest of the signed message.
fn named(tx: &mut Tx<'_>, text: &str) -> Result<RecallRow, AppError> {
    let mut found = rows::called(tx, text)?;
    if let Ok(digest) = text.parse::<Digest>() {
        found.extend(rows::find(tx, digest)?);
    }
    match found.len() {
        1 => found.pop().ok_or_else(|| AppError::Internal("a recall is gone".into())),
        0 => Err(AppError::NotFound(format!("there is no recall `{text}`: see `comity recalls`"))),
        _ => {
            let digests: Vec<String> = found.iter().map(|one| one.message.to_string()).collect();
            Err(AppError::Conflict(format!(
                "several recalls are called {text}: name one by its digest, {}",
                digests.join(" or ")
            )))
        }
    }
}

/// Whether a recall names a record with this target.
fn is_named(recall: &RecallRow, target: &TargetRow, found: &Record) -> bool {
    let key = &found.key;
    recall.origin == key.origin
        && target.id == key.id
        && target.version_at == found.version_at
        && (target.version_at.0 != 0 || target.object == key.digest)
}

/// What is here of a record that a recall names: every copy and form of the version.
fn here(tx: &mut Tx<'_>, recall: &RecallRow, target: &TargetRow) -> Result<Vec<Record>, AppError> {
    let all = record::of_id(tx, &target.id, None, None)?.into_iter().map(Stored::into_inner);
    Ok(all.filter(|found| is_named(recall, target, found)).collect())
}

/// The recalls in force that name a record, each with the target that does.
fn naming(tx: &mut Tx<'_>, found: &Record) -> Result<Vec<(RecallRow, TargetRow)>, AppError> {
    let mut named = Vec::new();
    for target in rows::of_ids(tx, &found.key.origin, &[&found.key.id])? {
        if let Some(row) = rows::find(tx, target.message)?
            && is_named(&row, &target, found)
        {
            named.push((row, target));
        }
    }
    Ok(named)
}

/// Why a record is kept aside by a recall, if one in force does.
pub(crate) fn keeps_aside(
    tx: &mut Tx<'_>,
    force: &InForce,
    found: &Record,
) -> Result<Option<String>, AppError> {
    if !rows::is_any(tx)? {
        return Ok(None);
    }
    let mut strongest: Option<(Ground, RecallRow)> = None;
    for (row, target) in naming(tx, found)? {
        let Some(ground) = model::keeps_aside([(row.scope, target.state)], false) else { continue };
        if strongest.as_ref().is_none_or(|(known, _)| *known < ground) {
            strongest = Some((ground, row));
        }
    }
    Ok(strongest.map(|(ground, row)| in_words(force, ground, &row)))
}

/// What a record rests on that a recall in force keeps aside here, in words: somebody should look at the record again.
pub(crate) fn stale(tx: &mut Tx<'_>, force: &InForce, found: &Record) -> Result<Vec<String>, AppError> {
    let mut lines = Vec::new();
    for target in rows::under(tx, &found.key.collection, found.seq)? {
        let Some(row) = rows::find(tx, target.message)? else { continue };
        let is_aside = target.state != TargetState::Absent;
        if let Some(ground) = model::keeps_aside([(row.scope, target.state)], false).filter(|_| is_aside) {
            lines.push(format!("{}@{}: {}", target.id, target.version, in_words(force, ground, &row)));
        }
    }
    Ok(lines)
}

/// Who decides what becomes of a record that a recall keeps aside, while nobody has.
pub(crate) fn who_decides(tx: &mut Tx<'_>, found: &Record) -> Result<Option<String>, AppError> {
    for (row, target) in naming(tx, found)? {
        if target.state.outcome(row.obligation).is_none() {
            return Ok(Some(format!(
                "a release officer or the data protection decides here: `comity comply {}`",
                row.id
            )));
        }
    }
    Ok(None)
}

/// Why a record is set aside, and by which recall.
fn in_words(force: &InForce, ground: Ground, row: &RecallRow) -> String {
    let done = match ground {
        Ground::Withdrawn => "taken back",
        Ground::Corrected => "corrected",
        Ground::Narrowed => "narrowed",
        Ground::Restricted | Ground::Alleged => "stopped",
    };
    format!("{done} by {} ({}): {}", force.name_of(&row.signer), row.reason.name(), row.id)
}

/// The digest of all recalls of which this node told a member or the member told this node.
pub(crate) fn list_digest(tx: &mut Tx<'_>, member: &MemberId) -> Result<Digest, AppError> {
    Ok(model::list_digest(&rows::between(tx, member)?))
}

/// Those recalls behind a digest, in the order of their digests, at most so many, as they are signed.
pub(crate) fn listed(
    tx: &mut Tx<'_>,
    member: &MemberId,
    behind: Digest,
    most: usize,
) -> Result<Vec<(Digest, String)>, AppError> {
    let all: BTreeSet<Digest> = rows::between(tx, member)?;
    let mut list = Vec::new();
    for digest in all.into_iter().filter(|digest| *digest > behind).take(most) {
        if let Some(message) = outbox::find(tx, digest)? {
            list.push((digest, message.body));
        }
    }
    Ok(list)
}

/// Whether this node may speak for an originator: its own member, or one without keys that is hosted here.
fn speaks_for(app: &App, force: &InForce, origin: &MemberId) -> bool {
    let has_no_key = || force.agreement.member(origin).is_some_and(|member| member.keys.is_empty());
    origin == app.member() || (force.hosts(app, origin) && has_no_key())
}

/// Whether records of a scope are withdrawn for good where they come from.
const fn is_for_good(scope: Scope) -> bool {
    matches!(scope, Scope::Withdraw | Scope::Correct)
}
