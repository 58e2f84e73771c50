//! For simulations alone: a process that dies between two transactions. After so many commits a database fails whatever
//! is asked of it, until it is said to be opened anew.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::connection::Mode;
use crate::error::StoreError;
use crate::location::Location;

/// Commits that are left to a database before its process dies.
static LEFT: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Lets the process of this database die after so many more commits.
pub fn after(location: &Location, commits: u64) {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).insert(location.to_string(), commits);
}

/// The database is opened by a new process, or never dies.
pub fn over(location: &Location) {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).remove(&location.to_string());
}

/// Whether its process died.
#[must_use]
pub fn is_dead(location: &Location) -> bool {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).get(&location.to_string()) == Some(&0)
}

/// To be asked before a transaction begins.
pub(crate) fn begin(location: &Location) -> Result<(), StoreError> {
    if is_dead(location) { Err(StoreError::Unavailable("the process died".to_owned())) } else { Ok(()) }
}

/// To be asked after a commit.
pub(crate) fn committed(location: &Location, mode: Mode) {
    let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(left) = left.get_mut(&location.to_string()).filter(|_| mode == Mode::Write) {
        *left = left.saturating_sub(1);
    }
}
