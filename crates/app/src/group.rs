//! Readers' groups inside this node's own member: who of its own people and programs may see what is limited to some of
//! them. They are the member's own business. No agreement names them, and no peer learns that there are any.

use std::collections::BTreeSet;

use comity_store::Tx;
use comity_store::tables::{access, group as rows, handling as handlings, release};
use serde::Serialize;

use crate::{Actor, App, AppError, Role, journal};

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Most groups of a node.
const GROUPS_MAX: usize = 1_000;

/// A group, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GroupView {
    /// Name.
    pub name: String,
    /// The users who are in it.
    pub users: Vec<String>,
    /// Ids of the keys that read in it and work now.
    pub keys: Vec<String>,
}

fn administers(actor: &Actor) -> Result<(), AppError> {
    actor.require(&[Role::Administrator], "keep readers' groups")
}

/// Refuses names of which there is no group.
pub(crate) fn require(tx: &mut Tx<'_>, names: &BTreeSet<String>) -> Result<(), AppError> {
    if names.is_empty() {
        return Ok(());
    }
    let known = rows::list(tx)?;
    match names.iter().find(|name| !known.contains(*name)) {
        Some(name) => Err(unknown(name)),
        None => Ok(()),
    }
}

fn unknown(name: &str) -> AppError {
    AppError::NotFound(format!("there is no readers' group `{name}`: see `comity group list`"))
}

/// Adds a group, with nobody in it.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] when there is one of this name;
/// [`AppError::Invalid`] for a name that is not made of small letters, digits and dashes; [`AppError::Limit`] for too
/// many.
pub fn add(app: &App, actor: &Actor, name: &str) -> Result<GroupView, AppError> {
    administers(actor)?;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(is_plain) {
        return Err(AppError::invalid(
            "group name",
            format!("1 to {NAME_BYTES_MAX} small letters, digits and dashes"),
        ));
    }
    app.store().write("group.add", |tx| {
        let known = rows::list(tx)?;
        if known.contains(name) {
            return Err(AppError::Conflict(format!("there is a readers' group `{name}` already")));
        }
        if known.len() >= GROUPS_MAX {
            return Err(AppError::Limit { what: "readers' groups".into(), max: GROUPS_MAX.to_string() });
        }
        rows::add(tx, name, app.now().0)?;
        note(app, tx, actor, "group.added")?;
        Ok(GroupView { name: name.to_owned(), users: Vec::new(), keys: Vec::new() })
    })
}

/// The names of groups and of people stay out of the ledger, which others may read.
fn note(app: &App, tx: &mut Tx<'_>, actor: &Actor, kind: &str) -> Result<(), AppError> {
    journal::append(app, tx, vec![journal::leaf(app, kind, &actor.name)])?;
    Ok(())
}

/// All groups, with who is in them.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<GroupView>, AppError> {
    app.store().read("group.list", |tx| {
        let names = rows::list(tx)?;
        names.into_iter().map(|name| view(app, tx, name)).collect()
    })
}

fn view(app: &App, tx: &mut Tx<'_>, name: String) -> Result<GroupView, AppError> {
    let users = access::people(tx)?.into_iter().filter(|one| one.inner.contains(&name)).map(|one| one.name);
    let users = users.collect();
    let now_us = app.now().0;
    let mut keys = Vec::new();
    for key in access::credentials(tx)? {
        let works = key.revoked_us.is_none() && now_us < key.expires_us;
        if works && release::audience(tx, key.audience)?.is_some_and(|one| one.inner.contains(&name)) {
            keys.push(key.id);
        }
    }
    Ok(GroupView { name, users, keys })
}

/// Puts a user into a group, or takes a user out of it; it holds from the next command or request on.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] for an unknown group or user.
pub fn place(
    app: &App,
    actor: &Actor,
    (name, user): (&str, &str),
    within: bool,
) -> Result<GroupView, AppError> {
    administers(actor)?;
    app.store().write("group.place", |tx| {
        require(tx, &[name.to_owned()].into())?;
        let person = access::person(tx, user)?.ok_or_else(|| {
            AppError::NotFound(format!("there is no user `{user}`: see `comity user list`"))
        })?;
        let mut groups = person.inner;
        let changed = if within { groups.insert(name.to_owned()) } else { groups.remove(name) };
        if changed {
            access::regroup(tx, user, &groups)?;
            note(app, tx, actor, if within { "group.joined" } else { "group.left" })?;
        }
        view(app, tx, name.to_owned())
    })
}

/// Removes a group in which nobody is any more, and to which nothing is limited that is in use or may be again.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] for an unknown group;
/// [`AppError::Conflict`] while a user or a working key is in it, or a record is limited to it.
pub fn remove(app: &App, actor: &Actor, name: &str) -> Result<(), AppError> {
    administers(actor)?;
    app.store().write("group.remove", |tx| {
        let found = view(app, tx, name.to_owned())?;
        if !found.users.is_empty() || !found.keys.is_empty() {
            return Err(AppError::Conflict(format!(
                "users or keys are in `{name}`: take them out first (`comity group list`)"
            )));
        }
        for (id, handling) in handlings::limited(tx)? {
            if handling.inner.contains(name) && handlings::in_use(tx, id)? {
                return Err(AppError::Conflict(format!(
                    "records are limited to `{name}`: drop that first (`comity handling ID --no-inner {name}`)"
                )));
            }
        }
        if !rows::remove(tx, name)? {
            return Err(unknown(name));
        }
        note(app, tx, actor, "group.removed")
    })
}
