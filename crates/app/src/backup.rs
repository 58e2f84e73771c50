//! Backups: one file, taken while the node serves; and a node made from one.
//!
//! A backup holds the database, not the keys: whoever finds it can read records, but cannot speak for the member.

use std::path::Path;
use std::sync::Arc;

use comity_store::tables::{fact, journal as rows};
use comity_store::{Location, Store};
use serde::Serialize;

use crate::{Actor, App, AppError, Clock, Random, Role, catchup, home, journal, rotate, search};

/// What a backup holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BackupView {
    /// Rows in all tables.
    pub rows: u64,
    /// Leaves of the ledger in it.
    pub leaves: i64,
    /// When it was taken.
    pub taken_at: String,
}

/// What a restored node has, and what it lacks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Restored {
    /// Display name of the member.
    pub member: String,
    /// What the backup held.
    pub backup: BackupView,
    /// What it lacks, a sentence each.
    pub lacks: Vec<String>,
}

/// Writes a backup into a new file.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] when the file exists;
/// [`AppError::Environment`] when it cannot be written.
pub fn write(app: &App, actor: &Actor, file: &Path) -> Result<BackupView, AppError> {
    actor.require(&[Role::Administrator], "make backups")?;
    if file.exists() {
        return Err(AppError::Conflict(format!("{} exists: name a new file", file.display())));
    }
    let now = app.now();
    let target = Store::open(&Location::File(file.to_path_buf()), now.0)?;
    app.store().write("backup.note", |tx| {
        journal::append(app, tx, vec![journal::leaf(app, "backup.taken", &actor.name)])
    })?;
    let copied = app.store().copy_to(&target)?;
    target.write("backup.fact", |tx| fact::set(tx, "backup_taken_at", &now.to_string()))?;
    let leaves = target.read("backup.head", rows::head)?.map_or(0, |head| head.size);
    target.settle()?;
    Ok(BackupView { rows: copied.total(), leaves, taken_at: now.to_string() })
}

/// Makes a node from a backup in an empty folder, with its database there or at `store_url`. The member's keys are
/// copied from `keys` when given; without them the node can be read, not changed.
///
/// # Errors
/// [`AppError::Conflict`] when the folder is not empty or the keys are another member's; [`AppError::Environment`]
/// when the file is no backup.
pub fn restore(
    file: &Path,
    new_home: &Path,
    store_url: Option<&str>,
    keys: Option<&Path>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Restored, AppError> {
    home::require_empty(new_home)?;
    if !file.is_file() {
        return Err(AppError::Environment(format!("{} is no file", file.display())));
    }
    let source = Store::open(&Location::File(file.to_path_buf()), clock.now().0)?;
    let read = |name: &'static str| source.read("restore.fact", |tx| fact::get(tx, name));
    let (Some(member), Some(taken_at)) = (read("member")?, read("backup_taken_at")?) else {
        return Err(AppError::Environment(format!("{} is no backup of a node", file.display())));
    };
    let vkey = read("ledger_vkey")?.unwrap_or_default();
    let log = vkey.split('+').next().unwrap_or_default();
    if let Some(folder) = keys
        && !rotate::is_of(folder, &vkey, &home::ledger_key(folder, log)?.vkey())?
    {
        return Err(AppError::Conflict("these keys are not the ones this ledger was signed with".into()));
    }
    let name = read("member_name")?.unwrap_or_default();
    let exercise = read("exercise")?.as_deref() == Some("1");
    let location = home::configure(new_home, &member.parse()?, &name, store_url, exercise)?;
    let target = Store::open(&location, clock.now().0)?;
    let copied = source.copy_to(&target)?;
    target.write("restore.fact", |tx| {
        fact::set(tx, "restored_at", &clock.now().to_string())?;
        catchup::note(tx, clock.now())
    })?;
    drop(target);
    let leaves = source.read("restore.head", rows::head)?.map_or(0, |head| head.size);
    if let Some(folder) = keys {
        home::copy_keys(folder, new_home)?;
    }
    let app = home::open(new_home, clock, random)?;
    search::rebuild_all(&app)?;
    if app.has_keys() {
        app.store().write("restore.note", |tx| {
            let leaf = journal::leaf(&app, "node.restored", "operator").detail("taken_at", &taken_at);
            journal::append(&app, tx, vec![leaf])
        })?;
    }
    let mut lacks = vec![format!(
        "everything after {taken_at}: records, deliveries and ledger leaves beyond {leaves}; members may hold a later checkpoint"
    )];
    if !app.has_keys() {
        lacks.push(
            "the member's keys: put its `keys` folder into the home; until then it can only be read".into(),
        );
    }
    lacks.push(
        "what peers released and took back since: `comity catch-up` fetches it; until then the node takes in and hands \
         out nothing else"
            .into(),
    );
    Ok(Restored { member: name, backup: BackupView { rows: copied.total(), leaves, taken_at }, lacks })
}
