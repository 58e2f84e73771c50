//! What a node does about its keys when it is opened: it finishes a change that was not finished, and looks whether keys and
//! database are of one time.

use std::path::Path;

use comity_ledger::{HandOver, Verifier};
use comity_model::{MemberId, Micros};
use comity_store::tables::fact;
use comity_store::{Store, StoreError, Tx};

use super::files::{self, History};
use super::{CHANGES, HANDED_OVER, Key, changes, keep, ledger_id};
use crate::signers::Signers;
use crate::{App, AppError, catchup, home, journal};

/// How the keys of a home and its database go together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fit {
    /// They do.
    Good,
    /// The database is from before a change of a key that lies here: [`take_up`] tells it.
    DatabaseOlder,
    /// A key that lies here was given up: why nothing is signed.
    KeysOlder(String),
}

/// Finishes what was begun, and compares.
pub(crate) fn settle(
    home: &Path,
    store: &Store,
    member: &MemberId,
    now: Option<Micros>,
) -> Result<Fit, AppError> {
    let folder = home.join("keys");
    if !folder.exists() {
        return Ok(Fit::Good);
    }
    for key in Key::ALL {
        let path = files::next(&folder, key);
        if now.is_none() || !path.exists() {
            continue;
        }
        let seed = home::read_key(&path)?;
        if known(store, key)?.as_ref() == Some(&key.id(&seed)?) {
            files::place(&folder, key, &seed)?;
            store.read("key.history", |tx| files::keep_history(home, tx, member))?;
        } else {
            files::undo(&folder, key)?;
        }
    }
    let history = files::history(&folder)?;
    let mut fit = Fit::Good;
    for key in [Key::Member, Key::Ledger] {
        let id = key.id(&home::read_key(&files::now(&folder, key))?)?;
        let taken = taken(&history, key);
        let is_newest = taken.last() == Some(&id);
        let known = known(store, key)?;
        if known.as_ref() == Some(&id) || (known.is_none() && !is_newest) {
            continue;
        }
        let is_older = known.as_ref().is_none_or(|known| taken.contains(known));
        if !is_newest || !is_older {
            return Ok(Fit::KeysOlder(format!(
                "the {} key of this node, {id}, was given up for {}: put the newest `keys` folder into {}; until then it \
                 can only be read",
                key.name(),
                known.unwrap_or_default(),
                home.display()
            )));
        }
        fit = Fit::DatabaseOlder;
    }
    if let (Fit::DatabaseOlder, Some(now)) = (&fit, now) {
        // What the database does not know was signed: the ledger goes on under another name, and others are heard first.
        store.write("key.older", |tx| catchup::note_older(tx, now))?;
    }
    Ok(fit)
}

/// The short name of the key that the database goes with; none before the first change.
fn known(store: &Store, key: Key) -> Result<Option<String>, StoreError> {
    store.read("key.known", |tx| fact::get(tx, key.fact()))
}

/// The short names of the keys that took the place of others, oldest first.
fn taken(history: &History, key: Key) -> Vec<String> {
    match key {
        Key::Member => history.member.iter().map(|one| one.succession.next.id()).collect(),
        Key::Ledger => history.ledger.iter().filter_map(|note| stated(note)).map(ledger_id).collect(),
        Key::Witness | Key::Courier => Vec::new(),
    }
}

/// The verifier key that a checkpoint states as the next one.
fn stated(note: &str) -> Option<&str> {
    note.lines().find_map(|line| line.strip_prefix("next "))
}

/// Tells a database from before a change of a key that lies here. Gives whether the node has to be opened again.
pub(crate) fn take_up(app: &App) -> Result<bool, AppError> {
    let folder = app.home().join("keys");
    let history = files::history(&folder)?;
    let lacks = |tx: &mut Tx<'_>| {
        let mut lacks = false;
        for key in [Key::Member, Key::Ledger] {
            lacks |= taken(&history, key).last() != fact::get(tx, key.fact())?.as_ref();
        }
        Ok::<_, StoreError>(lacks)
    };
    if app.keys().is_err() || !app.store().read("key.lacks", lacks)? {
        return Ok(false);
    }
    app.store().write("key.take-up", |tx| {
        if !lacks(tx)? {
            return Ok(true);
        }
        let known = Signers::read(tx)?.followed(app.member());
        for one in history.member.iter().filter(|one| !known.contains(one)) {
            keep(app, tx, one)?;
        }
        let ledger = serde_json::to_string(&history.ledger);
        let ledger = ledger.map_err(|error| AppError::Internal(error.to_string()))?;
        fact::set(tx, HANDED_OVER, &ledger)?;
        for key in [Key::Member, Key::Ledger] {
            if let Some(id) = taken(&history, key).last() {
                fact::set(tx, key.fact(), id)?;
            }
        }
        let leaf = journal::leaf(app, "key.taken-up", "node");
        journal::append(app, tx, vec![leaf.detail("changes", &history.member.len().to_string())])?;
        let changes = changes(tx)?.saturating_add(1);
        fact::set(tx, CHANGES, &changes.to_string())?;
        Ok(true)
    })
}

/// Whether the ledger key in a folder is the one of this verifier key, or one that came after it.
pub(crate) fn is_of(folder: &Path, vkey: &str, own: &str) -> Result<bool, AppError> {
    if ledger_id(vkey) == ledger_id(own) {
        return Ok(true);
    }
    let Ok(before) = Verifier::parse(vkey) else { return Ok(false) };
    let chain = HandOver::follow(&before, &files::history(folder)?.ledger);
    Ok(chain.last().is_some_and(|last| ledger_id(&last.vkey) == ledger_id(own)))
}
