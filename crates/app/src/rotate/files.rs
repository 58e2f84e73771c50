//! The key files of a home while one takes the place of another, and the statements beside them.

use std::fs;
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

/// Makes the next key.
pub(super) fn prepare(app: &App, folder: &Path, key: Key) -> Result<[u8; 32], AppError> {
    let path = next(folder, key);
    if path.exists() {
        return Err(AppError::Conflict(format!(
            "another process changes the {} key at this instant, or stopped while it did: try again",
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
