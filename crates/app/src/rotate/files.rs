//! The key files of a home while one takes the place of another, and the statements beside them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use comity_model::{MemberId, SignedSuccession};
use comity_store::Tx;
use serde::{Deserialize, Serialize};

use super::{Key, handed_over};
use crate::signers::Signers;
use crate::{App, AppError, home};

/// How the keys of a node came to be: it lies beside them, so that a database from before a change learns of it.
pub(crate) const HISTORY: &str = "history.json";

/// The statements of this node about its own keys.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct History {
    /// Member keys that follow others, oldest first.
    pub(super) member: Vec<SignedSuccession>,
    /// Checkpoints with which the ledger went on under other keys, oldest first.
    pub(super) ledger: Vec<String>,
}

pub(super) fn now(folder: &Path, key: Key) -> PathBuf {
    folder.join(format!("{}.key", key.name()))
}

pub(super) fn next(folder: &Path, key: Key) -> PathBuf {
    folder.join(format!("{}.next.key", key.name()))
}

pub(super) fn before(folder: &Path, key: Key) -> PathBuf {
    folder.join(format!("{}.before.key", key.name()))
}

/// Keeps every other process of this computer from changing or settling the keys of a home until it is dropped. It waits for one
/// that does. The file stays: whoever waits holds it open.
pub(super) fn lock(folder: &Path) -> Result<File, AppError> {
    let path = folder.join("changing.lock");
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let locked = options.open(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| AppError::Environment(format!("file {}: {error}", path.display())))
}

/// Makes the next key.
pub(super) fn prepare(app: &App, folder: &Path, key: Key) -> Result<[u8; 32], AppError> {
    let path = next(folder, key);
    if path.exists() {
        return Err(AppError::Conflict(format!(
            "a change of the {} key stopped before it was known whether the database has it: try again, the next start \
             finishes or undoes it",
            key.name()
        )));
    }
    home::make_key_once(&path, &*app.inner().random)?;
    home::read_key(&path)
}

/// Drops the next key, of which the database does not know.
pub(super) fn undo(folder: &Path, key: Key) -> Result<(), AppError> {
    remove(&next(folder, key))
}

pub(super) fn remove(path: &Path) -> Result<(), AppError> {
    match fs::remove_file(path) {
        Err(error) if path.exists() => {
            Err(AppError::Environment(format!("file {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Puts the next key in the place of the one before. It may be done again after any step.
pub(super) fn place(folder: &Path, key: Key, seed: &[u8; 32]) -> Result<(), AppError> {
    let fault = |path: &Path, error: std::io::Error| {
        AppError::Environment(format!("key {}: {error}", path.display()))
    };
    let (now, next, before) = (now(folder, key), next(folder, key), before(folder, key));
    let is_placed = home::read_key(&now)? == *seed;
    if !is_placed && key.is_kept() && !before.exists() {
        fs::hard_link(&now, &before).map_err(|error| fault(&before, error))?;
    }
    if is_placed {
        return remove(&next);
    }
    if !next.exists() {
        // The database goes with this key: it must lie here whatever became of the file.
        home::write_seed(&next, seed)?;
    }
    fs::rename(&next, &now).map_err(|error| fault(&next, error))
}

/// Reads the statements beside the keys; none when there is no such file.
pub(super) fn history(folder: &Path) -> Result<History, AppError> {
    let path = folder.join(HISTORY);
    if !path.exists() {
        return Ok(History::default());
    }
    let fault = |error: String| AppError::Environment(format!("file {}: {error}", path.display()));
    let text = fs::read_to_string(&path).map_err(|error| fault(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| fault(error.to_string()))
}

/// Whether the statements beside the keys are some of those of the database, and lack others: the node stopped between the
/// change of a key and the writing of them.
pub(super) fn is_history_behind(folder: &Path, tx: &mut Tx<'_>, member: &MemberId) -> Result<bool, AppError> {
    let (there, known) = (history(folder)?, (Signers::read(tx)?.followed(member), handed_over(tx)?));
    let is_part = there.member.iter().all(|one| known.0.contains(one))
        && there.ledger.iter().all(|one| known.1.contains(one));
    Ok(is_part && (there.member.len() < known.0.len() || there.ledger.len() < known.1.len()))
}

/// Writes the statements of the database beside the keys.
pub(super) fn keep_history(home: &Path, tx: &mut Tx<'_>, member: &MemberId) -> Result<(), AppError> {
    let history = History { member: Signers::read(tx)?.followed(member), ledger: handed_over(tx)? };
    let text = serde_json::to_string(&history).map_err(|error| AppError::Internal(error.to_string()))?;
    let folder = home.join("keys");
    let (path, draft) = (folder.join(HISTORY), folder.join("history.part"));
    remove(&draft)?;
    home::write_private(&draft, text.as_bytes())?;
    fs::rename(&draft, &path).map_err(|error| AppError::Environment(format!("{}: {error}", path.display())))
}
