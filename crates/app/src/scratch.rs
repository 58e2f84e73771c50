//! What people have begun to write and not kept yet: so that nothing is lost when a page is closed or a visit ends. It is
//! sealed for its owner, nobody else's page and no copy of the database has it, and it ends by itself. It is no record:
//! no ledger leaf stands for it.

use comity_model::Micros;
use comity_store::tables::scratch::{self as rows, ScratchRow};
use serde::Serialize;
use serde_json::Value;

use crate::{Actor, App, AppError, Role, seal};

/// Most things that one person has begun at a time.
pub const SCRATCHES_MAX: usize = 20;
/// Largest of them, in bytes of JSON.
pub const SCRATCH_BYTES_MAX: usize = 256 << 10;
/// How long it stays after the last change, in seconds.
const KEPT_SECONDS: i64 = 14 * 86_400;
/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Most characters of a title in a list.
const TITLE_CHARACTERS: usize = 120;

/// Something begun, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ScratchLine {
    /// What the page calls it.
    pub scratch: String,
    /// When it was last changed.
    pub at: String,
    /// The word of the kind.
    pub kind: String,
    /// Its title or first name as far as it is written; may be empty.
    pub title: String,
    /// The record of which it is to be a new version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
}

/// Something begun.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Scratch {
    /// What the page calls it.
    pub scratch: String,
    /// When it was last changed.
    pub at: String,
    /// What was written, as the page sent it.
    pub content: Value,
}

fn may_write(actor: &Actor) -> Result<(), AppError> {
    actor.require(&[Role::Analyst, Role::ReleaseOfficer], "write records")
}

/// Where something sealed stands; it opens nowhere else.
fn place(owner: &str, name: &str) -> String {
    format!("scratch/{owner}/{name}")
}

/// The instant before which what nobody changed is gone.
fn oldest(app: &App) -> Micros {
    app.now().plus_seconds(-KEPT_SECONDS)
}

/// Keeps what was written so far in place of what stood under the name.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer; [`AppError::Invalid`] for a name that is none;
/// [`AppError::Limit`] when it is too large; [`AppError::Conflict`] when this person has begun too much.
pub fn keep(app: &App, actor: &Actor, name: &str, content: &Value) -> Result<(), AppError> {
    may_write(actor)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(is_name) {
        return Err(AppError::invalid("scratch", "a name of letters, digits and hyphens"));
    }
    if !content.is_object() {
        return Err(AppError::invalid("content", "one dictionary"));
    }
    let text = content.to_string();
    if text.len() > SCRATCH_BYTES_MAX {
        let max = format!("{SCRATCH_BYTES_MAX} bytes");
        return Err(AppError::Limit { what: "what was begun".into(), max });
    }
    let row = ScratchRow {
        scratch: name.to_owned(),
        sealed: seal::seal(app, &place(&actor.name, name), &text)?,
        at_us: app.now().0,
    };
    app.store().write("scratch.keep", |tx| {
        rows::forget_before(tx, oldest(app).0)?;
        let others = all(tx, actor)?.into_iter().filter(|one| one.scratch != name).count();
        if others >= SCRATCHES_MAX {
            return Err(AppError::Conflict(format!(
                "you have begun {SCRATCHES_MAX} records: finish or drop one of them first"
            )));
        }
        Ok(rows::keep(tx, &actor.name, &row)?)
    })
}

fn all(tx: &mut comity_store::Tx<'_>, actor: &Actor) -> Result<Vec<ScratchRow>, AppError> {
    Ok(rows::all(tx, &actor.name, i64::try_from(SCRATCHES_MAX).unwrap_or(i64::MAX))?)
}

/// What this person has begun, the latest first.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer.
pub fn list(app: &App, actor: &Actor) -> Result<Vec<ScratchLine>, AppError> {
    may_write(actor)?;
    let after = oldest(app).0;
    let rows = app.store().read("scratch.list", |tx| all(tx, actor))?;
    let lines = rows.into_iter().filter(|row| row.at_us >= after).map(|row| {
        let content = opened(app, actor, &row)?;
        let text = |at: &str| content.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let title = text("/form/title").or_else(|| text("/form/names/0/value")).unwrap_or_default();
        Ok(ScratchLine {
            kind: text("/form/kind").unwrap_or_default(),
            title: title.chars().take(TITLE_CHARACTERS).collect(),
            object: text("/object"),
            at: Micros(row.at_us).to_string(),
            scratch: row.scratch,
        })
    });
    lines.collect()
}

fn opened(app: &App, actor: &Actor, row: &ScratchRow) -> Result<Value, AppError> {
    let text = seal::open(app, &place(&actor.name, &row.scratch), &row.sealed)?;
    serde_json::from_str(&text).map_err(|error| AppError::Internal(format!("what was begun: {error}")))
}

/// What this person has begun under a name.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer; [`AppError::NotFound`] when there is nothing, or it
/// is another person's.
pub fn get(app: &App, actor: &Actor, name: &str) -> Result<Scratch, AppError> {
    may_write(actor)?;
    let row = app.store().read("scratch.get", |tx| rows::one(tx, &actor.name, name))?;
    let row = row.filter(|row| row.at_us >= oldest(app).0);
    let row = row.ok_or_else(|| AppError::NotFound("nothing was begun under this name".into()))?;
    let content = opened(app, actor, &row)?;
    Ok(Scratch { at: Micros(row.at_us).to_string(), scratch: row.scratch, content })
}

/// Drops what this person has begun under a name; nothing happens when there is nothing.
///
/// # Errors
/// [`AppError::Denied`] without the role analyst or release officer.
pub fn drop(app: &App, actor: &Actor, name: &str) -> Result<(), AppError> {
    may_write(actor)?;
    app.store().write("scratch.drop", |tx| Ok(rows::drop(tx, &actor.name, name).map(|_| ())?))
}
