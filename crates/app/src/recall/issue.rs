//! Recalling what was shared, by its originator, the member that hosts it, or its delegate.

use std::collections::{BTreeMap, BTreeSet};

use comity_ledger::{Hash, root_of};
use comity_model::recall::{
    DEADLINE_DAYS_MAX, HolderState, Obligation, Reason, Recall, Says, Scope, TARGETS_MAX, Target,
};
use comity_model::stix::Digest;
use comity_model::supplement::ATTACHMENT_TYPE;
use comity_model::{MemberId, Message, Record, RecordState};
use comity_store::Tx;
use comity_store::tables::recall as rows;
use comity_store::tables::{delivery, dispute as disputes};
use serde::Serialize;

use super::dispute::target_of;
use super::take::{enter, judge, row_of};
use super::{Kept, holders, is_for_good, named, naming, speaks_for};
use crate::force::{InForce, in_force};
use crate::look::Look;
use crate::{Actor, App, AppError, Role, attachment, exchange, journal, subject};

/// Hours within which an answer is expected where nobody says otherwise.
pub const HOURS: i64 = 72;

/// What is wished of those who hold a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish<'a> {
    /// What is asked for: to withdraw, correct, narrow or restrict. To narrow says that the handling stands that the
    /// record has here by now, and no wider one.
    pub scope: Scope,
    /// Why.
    pub reason: Reason,
    /// What holders are to do with their copies; none for what goes with the scope: to delete them, or to stop using them
    /// where they are restricted.
    pub obligation: Option<Obligation>,
    /// For a correction, the version that stands from now on: as written, or `id@version`.
    pub replacement: Option<&'a str>,
    /// Hours within which an answer is expected.
    pub hours: i64,
    /// Whether holders pass it on to those who have the record from them.
    pub cascade: bool,
    /// An earlier recall that this one replaces: its id or digest.
    pub supersedes: Option<&'a str>,
}

impl Wish<'_> {
    /// To do this for that reason, as is usual.
    #[must_use]
    pub const fn new(scope: Scope, reason: Reason) -> Self {
        Self {
            scope,
            reason,
            obligation: None,
            replacement: None,
            hours: HOURS,
            cascade: true,
            supersedes: None,
        }
    }
}

/// A recall that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Issued {
    /// Its id.
    pub recall: String,
    /// Digest of the signed message: its name among nodes.
    pub digest: Digest,
    /// What is asked.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// The records that it names, as `id@version`.
    pub records: Vec<String>,
    /// Display names of those who are told and can answer.
    pub told: Vec<String>,
    /// Display names of those who have it and cannot confirm anything.
    pub cannot: Vec<String>,
    /// By when answers are expected.
    pub due: String,
}

/// What is said, before it has its number and its signature.
pub(super) struct Said {
    pub(super) origin: MemberId,
    pub(super) scope: Scope,
    pub(super) reason: Reason,
    pub(super) obligation: Option<Obligation>,
    pub(super) targets: Vec<Target>,
    pub(super) replacement: Option<Target>,
    pub(super) hours: i64,
    pub(super) cascade: bool,
    pub(super) supersedes: Option<Digest>,
}

/// Recalls the records that a text names: every version (`id`), or one (`id@version`), with the files that go with them.
/// They are out of use here at once, and everybody to whom this node gave one of them is told.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer, or for a record of which this node is not the originator, host or
/// delegate: others may dispute it; [`AppError::NotFound`] for an unknown record; [`AppError::Conflict`] for a draft, or
/// an earlier recall that it cannot replace; [`AppError::Invalid`] for a wish that cannot be; [`AppError::Limit`] for
/// more versions than one recall names.
pub fn issue(app: &App, actor: &Actor, text: &str, wish: &Wish<'_>) -> Result<Issued, AppError> {
    actor.require(&[Role::ReleaseOfficer], "recall records")?;
    check_hours(wish.hours)?;
    app.store().write("recall.issue", |tx| {
        let force = in_force(app, tx)?;
        let (origin, all) = mine(app, tx, &force, text)?;
        let replacement = replacement(wish, text, &all)?;
        let chosen = chosen(app, tx, text, all, replacement.as_ref())?;
        let chosen = if wish.scope == Scope::Narrow { narrowed(text, chosen)? } else { chosen };
        let supersedes =
            wish.supersedes.map(|text| Ok::<_, AppError>(named(tx, text)?.message)).transpose()?;
        let usual = if wish.scope == Scope::Restrict { Obligation::StopUse } else { Obligation::Delete };
        let said = Said {
            origin,
            scope: wish.scope,
            reason: wish.reason,
            obligation: Some(wish.obligation.unwrap_or(usual)),
            targets: targets(&chosen, wish.scope)?,
            replacement: replacement.as_ref().map(|one| target_of(one, None)).transpose()?,
            hours: wish.hours,
            cascade: wish.cascade,
            supersedes,
        };
        say(app, tx, &force, said, &actor.name)
    })
}

/// Ends a restriction that was made here, for every record that it names.
///
/// # Errors
/// [`AppError::Denied`] without the role release officer; [`AppError::NotFound`] for an unknown recall;
/// [`AppError::Conflict`] for one of somebody else, one that is no restriction, or that holds no more.
pub fn lift(app: &App, actor: &Actor, recall: &str, reason: Reason, hours: i64) -> Result<Issued, AppError> {
    actor.require(&[Role::ReleaseOfficer], "lift a restriction")?;
    check_hours(hours)?;
    app.store().write("recall.lift", |tx| {
        let force = in_force(app, tx)?;
        let row = named(tx, recall)?;
        let fault = |text: &str| Err(AppError::Conflict(format!("{recall} {text}")));
        if &row.signer != app.member() {
            return fault("was made by another member, and only that one lifts it");
        }
        if row.scope != Scope::Restrict {
            return fault("is no restriction: what was taken back comes again as a new version only");
        }
        if row.is_superseded {
            return fault("holds no more: another recall stands in its place");
        }
        let Some(older) = Kept::find(tx, row.message)? else { return fault("is gone") };
        let said = Said {
            origin: row.origin,
            scope: Scope::Lift,
            reason,
            obligation: None,
            targets: older.recall.targets,
            replacement: None,
            hours,
            cascade: row.cascade,
            supersedes: Some(row.message),
        };
        say(app, tx, &force, said, &actor.name)
    })
}

/// Records of this node were withdrawn or erased in another way: everybody who has them from here is told. Nothing is
/// said where nobody has them, and for members that speak for themselves.
pub(crate) fn follow(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    gone: &[Record],
    (reason, actor): (Reason, &str),
) -> Result<(), AppError> {
    let mut by_origin: BTreeMap<MemberId, Vec<Record>> = BTreeMap::new();
    for one in gone.iter().filter(|one| speaks_for(app, force, &one.key.origin)) {
        let files = attachment::left_behind(tx, one)?;
        let all = by_origin.entry(one.key.origin.clone()).or_default();
        for record in std::iter::once(one.clone()).chain(files) {
            let said = naming(tx, &record)?.iter().any(|(row, _)| is_for_good(row.scope));
            if !said && !delivery::members(tx, &record.key.collection, record.seq)?.is_empty() {
                all.push(record);
            }
        }
    }
    for (origin, records) in by_origin {
        for part in targets(&records, Scope::Withdraw)?.chunks(TARGETS_MAX) {
            let said = Said {
                origin: origin.clone(),
                scope: Scope::Withdraw,
                reason,
                obligation: Some(Obligation::Delete),
                targets: part.to_vec(),
                replacement: None,
                hours: HOURS,
                cascade: true,
                supersedes: None,
            };
            say(app, tx, force, said, actor)?;
        }
    }
    Ok(())
}

pub(super) fn check_hours(hours: i64) -> Result<(), AppError> {
    let most = DEADLINE_DAYS_MAX * 24;
    if (1..=most).contains(&hours) {
        return Ok(());
    }
    Err(AppError::invalid("--hours", format!("1 to {most} hours")))
}

/// The records that a text names and of which this node is the originator, the host or a delegate, oldest first.
pub(super) fn mine(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    text: &str,
) -> Result<(MemberId, Vec<Record>), AppError> {
    let all = subject::all(app, tx, text)?.into_iter().map(comity_model::Stored::into_inner).collect();
    own(app, force, text, all)
}

/// Those of the records under one id that this node may speak of, oldest first.
pub(super) fn own(
    app: &App,
    force: &InForce,
    text: &str,
    all: Vec<Record>,
) -> Result<(MemberId, Vec<Record>), AppError> {
    let origin_of = |is_mine: &dyn Fn(&Record) -> bool| {
        all.iter().find(|one| is_mine(one)).map(|one| one.key.origin.clone())
    };
    let origin = origin_of(&|one| &one.key.origin == app.member())
        .or_else(|| origin_of(&|one| speaks_for(app, force, &one.key.origin)))
        .or_else(|| origin_of(&|one| one.handling.delegates.contains(app.member())));
    let Some(origin) = origin else {
        let others = all.first().map(|one| force.name_of(&one.key.origin)).unwrap_or_default();
        return Err(AppError::Denied(format!(
            "{text} is a record of {others}: only its originator, its host or its delegate recalls it; say what is wrong \
             with `comity dispute`"
        )));
    };
    let mut own: Vec<Record> = all.into_iter().filter(|one| one.key.origin == origin).collect();
    own.sort_by_key(|one| (one.version_at, one.seq));
    Ok((origin, own))
}

/// The version that stands in the place of the others.
fn replacement(wish: &Wish<'_>, text: &str, all: &[Record]) -> Result<Option<Record>, AppError> {
    let Some(version) = wish.replacement else {
        return match wish.scope {
            Scope::Correct => Err(AppError::invalid("--correct", "name the version that stands from now on")),
            _ => Ok(None),
        };
    };
    if wish.scope != Scope::Correct {
        return Err(AppError::invalid("--correct", "only a correction has a replacement"));
    }
    let version = version.split_once('@').map_or(version, |(_, version)| version);
    if text.contains('@') {
        return Err(AppError::invalid(
            "RECORD",
            "a correction replaces all older versions: name the id alone",
        ));
    }
    let found = all.iter().find(|one| one.key.version == version && one.state == RecordState::Live);
    found.cloned().map(Some).ok_or_else(|| {
        AppError::Conflict(format!(
            "no version {version} of {text} is in use: publish it with `comity edit` first"
        ))
    })
}

/// What is recalled: what is here in use or set aside, and what was withdrawn when nothing else is left; with the files
/// of records that go as a whole.
fn chosen(
    app: &App,
    tx: &mut Tx<'_>,
    text: &str,
    all: Vec<Record>,
    new: Option<&Record>,
) -> Result<Vec<Record>, AppError> {
    let mut chosen = picked(text, all, new)?;
    if new.is_none() && !text.contains('@') {
        add_files(tx, &mut chosen)?;
    }
    all_seen(&mut Look::new(app, tx)?, text, &chosen)?;
    Ok(chosen)
}

/// The versions that are recalled.
pub(super) fn picked(text: &str, all: Vec<Record>, new: Option<&Record>) -> Result<Vec<Record>, AppError> {
    let older = |one: &Record| new.is_none_or(|new| one.version_at < new.version_at);
    let is_draft = |one: &Record| one.state == RecordState::Held;
    let is_gone = |one: &Record| matches!(one.state, RecordState::Withdrawn | RecordState::Erased);
    let (gone, here): (Vec<Record>, Vec<Record>) =
        all.into_iter().filter(|one| !is_draft(one) && older(one)).partition(is_gone);
    let chosen = if here.is_empty() { gone } else { here };
    if chosen.is_empty() {
        return Err(AppError::Conflict(match new {
            Some(new) => format!("no version of {text} is older than {}", new.key.version),
            None => format!("{text} is a draft, which nobody else has: withdraw it instead"),
        }));
    }
    Ok(chosen)
}

/// Adds the files that go with a record as a whole.
pub(super) fn add_files(tx: &mut Tx<'_>, chosen: &mut Vec<Record>) -> Result<(), AppError> {
    let Some(first) = chosen.first().filter(|first| first.kind != ATTACHMENT_TYPE) else { return Ok(()) };
    let files = attachment::records(tx, &first.key.origin, &first.key.id, None)?.into_iter();
    let is_out =
        |one: &Record| matches!(one.state, RecordState::Withdrawn | RecordState::Erased | RecordState::Held);
    chosen.extend(files.filter(|one| !is_out(one)));
    Ok(())
}

/// That all of what is recalled is there for whoever recalls it.
pub(super) fn all_seen(look: &mut Look<'_>, text: &str, chosen: &[Record]) -> Result<(), AppError> {
    if chosen.iter().all(|one| look.sees(one)) {
        return Ok(());
    }
    Err(AppError::Denied(format!(
        "not everything that goes with {text} is there for you: somebody who sees it all recalls it"
    )))
}

/// Those records of which the handling was changed since they were published.
fn narrowed(text: &str, chosen: Vec<Record>) -> Result<Vec<Record>, AppError> {
    let is_changed = |one: &Record| one.state == RecordState::Live && one.revision > 1;
    let changed: Vec<Record> = chosen.into_iter().filter(is_changed).collect();
    if changed.is_empty() {
        return Err(AppError::Conflict(format!(
            "the handling of {text} was never changed: narrow it with `comity handling` first"
        )));
    }
    let differs = |one: &Record| {
        let is_same = |other: &&Record| (&other.key.id, other.version_at) == (&one.key.id, one.version_at);
        changed.iter().filter(is_same).any(|other| other.revision != one.revision)
    };
    if changed.iter().any(differs) {
        return Err(AppError::Conflict(format!(
            "{text} stands in several collections, and its handling was not stated equally often in each: withdraw it \
             instead, and publish a new version"
        )));
    }
    Ok(changed)
}

/// The versions of some records, each once.
pub(super) fn targets(records: &[Record], scope: Scope) -> Result<Vec<Target>, AppError> {
    let mut met = BTreeSet::new();
    let mut targets: Vec<Target> = Vec::new();
    for one in records {
        let bytes = (one.version_at.0 == 0).then_some(one.key.digest);
        if met.insert((one.key.id.clone(), one.version_at, bytes)) {
            targets.push(target_of(one, (scope == Scope::Narrow).then_some(one.revision))?);
        }
    }
    Ok(targets)
}

/// As whom this node recalls these versions of a member.
///
/// # Errors
/// [`AppError::Denied`] when it may not recall every one of them.
pub(super) fn may(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    origin: &MemberId,
    targets: &[Target],
) -> Result<Says, AppError> {
    judge(tx, force, app.member(), (origin, targets), &mut None)?
        .map_err(|fault| AppError::Denied(fault.to_string()))
}

/// Numbers and signs a recall, does here what it says, and tells everybody whom it concerns.
pub(super) fn say(
    app: &App,
    tx: &mut Tx<'_>,
    force: &InForce,
    said: Said,
    actor: &str,
) -> Result<Issued, AppError> {
    if said.targets.len() > TARGETS_MAX {
        let what = "what one recall names (recall it version by version)".to_owned();
        return Err(AppError::Limit { what, max: format!("{TARGETS_MAX} versions") });
    }
    let now = app.now();
    let number = rows::highest(tx, app.member())?.saturating_add(1);
    let recall = Recall {
        origin: said.origin,
        number: number.unsigned_abs(),
        scope: said.scope,
        reason: said.reason,
        targets: said.targets,
        replacement: said.replacement,
        obligation: said.obligation,
        deadline: now.plus_seconds(said.hours.saturating_mul(3_600)),
        cascade: said.cascade,
        supersedes: said.supersedes,
    };
    let says = may(app, tx, force, &recall.origin, &recall.targets)?;
    let id = format!("recall--{}", app.random_uuid());
    let message = Message::new(id, app.member().clone(), None, now, &recall)?;
    let recall = recall.checked(&message).map_err(|error| AppError::invalid("recall", error.to_string()))?;
    let signed = message.sign(&app.keys()?.member)?;
    let digest = exchange::keep_own(app, tx, &signed)?;
    let kept = Kept { row: row_of(app, &signed, digest, &recall, says), recall };
    if let Some(older) = kept.row.supersedes {
        let older =
            Kept::find(tx, older)?.ok_or_else(|| AppError::NotFound("the older recall is gone".into()))?;
        kept.known().replaces(&older.known()).map_err(|fault| AppError::Conflict(fault.to_string()))?;
    }
    let records: Vec<String> = kept
        .recall
        .targets
        .iter()
        .map(|target| format!("{}@{}", target.id.as_str(), target.version.as_str()))
        .collect();
    let named: BTreeSet<&str> = kept.recall.targets.iter().map(|target| target.id.as_str()).collect();
    for open in disputes::open(tx)?.into_iter().filter(|one| !one.is_own && named.contains(one.id.as_str())) {
        disputes::close(tx, open.message)?;
    }
    let gone = enter(app, tx, force, kept, actor)?;
    let leaf = journal::leaf(app, "recall.issued", actor)
        .object(Hash(digest.0))
        .count(records.len() as u64)
        .detail("scope", said.scope.name())
        .detail("reason", said.reason.name())
        .detail("records", &root_of(&gone).to_string());
    journal::append(app, tx, vec![leaf])?;
    holders::tell(app, tx, force, digest)?;
    issued(tx, force, digest, records)
}

fn issued(
    tx: &mut Tx<'_>,
    force: &InForce,
    digest: Digest,
    records: Vec<String>,
) -> Result<Issued, AppError> {
    let row = rows::find(tx, digest)?.ok_or_else(|| AppError::Internal("a recall is gone".into()))?;
    let (mut told, mut cannot) = (Vec::new(), Vec::new());
    for holder in rows::holders(tx, digest)? {
        let name = force.name_of(&holder.member).to_owned();
        if holder.holder.state == HolderState::Cannot { cannot.push(name) } else { told.push(name) }
    }
    Ok(Issued {
        recall: row.id,
        digest,
        scope: row.scope.name().to_owned(),
        reason: row.reason.name().to_owned(),
        records,
        told,
        cannot,
        due: row.deadline.to_string(),
    })
}
