//! Users of this node, and who acts.

use std::collections::BTreeSet;

use comity_model::MemberId;
use comity_store::tables::{access, scratch, visit as visits};
use serde::Serialize;

use crate::{App, AppError, Role, group, journal};

/// The person who acts; stands in every ledger leaf of what is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// User name.
    pub name: String,
    /// Member the person works for.
    pub member: MemberId,
    /// Roles.
    pub roles: BTreeSet<Role>,
    /// Readers' groups inside the member.
    pub inner: BTreeSet<String>,
}

impl Actor {
    /// Refuses unless the person has one of these roles.
    ///
    /// # Errors
    /// [`AppError::Denied`] naming the roles that may.
    pub fn require(&self, roles: &[Role], what: &str) -> Result<(), AppError> {
        if roles.iter().any(|role| self.roles.contains(role)) {
            return Ok(());
        }
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        Err(AppError::Denied(format!(
            "user {} may not {what}: it takes the role {}",
            self.name,
            names.join(" or ")
        )))
    }
}

impl Actor {
    /// Refuses unless the person may read records and what became of them.
    ///
    /// # Errors
    /// [`AppError::Denied`] naming the roles that may.
    pub fn may_read(&self) -> Result<(), AppError> {
        let roles =
            [Role::Analyst, Role::ReleaseOfficer, Role::Secretariat, Role::DataProtection, Role::Auditor];
        self.require(&roles, "read records")
    }
}

/// A user, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PersonView {
    /// User name.
    pub name: String,
    /// Member.
    pub member: MemberId,
    /// Roles.
    pub roles: Vec<Role>,
    /// Readers' groups inside the member.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub inner: BTreeSet<String>,
}

/// The acting user; `operator` when none is named.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such user.
pub fn actor(app: &App, name: Option<&str>) -> Result<Actor, AppError> {
    let name = name.unwrap_or("operator");
    let person = app
        .store()
        .read("person.actor", |tx| access::person(tx, name))?
        .ok_or_else(|| AppError::NotFound(format!("there is no user `{name}`: see `comity user list`")))?;
    let roles = person.roles.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    Ok(Actor { name: person.name, member: person.member, roles, inner: person.inner })
}

/// Adds a user, in these readers' groups.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::Conflict`] when the name is taken;
/// [`AppError::Invalid`] for a name that is empty, long or holds blanks; [`AppError::NotFound`] for an unknown group.
pub fn add(
    app: &App,
    actor: &Actor,
    name: &str,
    roles: &[Role],
    inner: &[String],
) -> Result<PersonView, AppError> {
    actor.require(&[Role::Administrator], "add users")?;
    if name.is_empty() || name.len() > 64 || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AppError::invalid("user name", "1 to 64 bytes without blanks"));
    }
    if ["node", "clock"].contains(&name) || name.contains(':') {
        return Err(AppError::invalid("user name", "the ledger calls the node itself, keys and peers so"));
    }
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    if roles.is_empty() {
        return Err(AppError::invalid("--role", "a user needs at least one role"));
    }
    let words: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    let person = access::Person {
        name: name.to_owned(),
        member: app.member().clone(),
        roles: words.join(" "),
        inner: inner.iter().cloned().collect(),
    };
    app.store().write("person.add", |tx| {
        if access::person(tx, name)?.is_some() {
            return Err(AppError::Conflict(format!("user `{name}` exists already")));
        }
        if access::is_name_taken(tx, name)? {
            return Err(AppError::Conflict(format!(
                "a user `{name}` was ended, and the ledger names that one so: take another name"
            )));
        }
        group::require(tx, &person.inner)?;
        access::add_person(tx, &person, app.now().0)?;
        let leaf =
            journal::leaf(app, "user.added", &actor.name).detail("user", name).detail("roles", &person.roles);
        journal::append(app, tx, vec![leaf])?;
        Ok(())
    })?;
    Ok(PersonView {
        name: person.name,
        member: person.member,
        roles: roles.into_iter().collect(),
        inner: person.inner,
    })
}

/// Ends a user: nobody acts or signs in under this name any more. What was done under it stays.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator; [`AppError::NotFound`] for an unknown user;
/// [`AppError::Conflict`] for the last administrator.
pub fn end(app: &App, actor: &Actor, name: &str) -> Result<(), AppError> {
    actor.require(&[Role::Administrator], "end users")?;
    app.store().write("person.end", |tx| {
        let people = access::people(tx)?;
        if !people.iter().any(|person| person.name == name) {
            return Err(AppError::NotFound(format!("there is no user `{name}`: see `comity user list`")));
        }
        let administers = |person: &access::Person| {
            person.roles.split_whitespace().any(|role| role == Role::Administrator.name())
        };
        if !people.iter().any(|person| person.name != name && administers(person)) {
            return Err(AppError::Conflict(format!(
                "`{name}` is the last administrator: without one nobody could run this node"
            )));
        }
        access::end_person(tx, name, app.now().0)?;
        visits::drop_visits(tx, name)?;
        visits::drop_links(tx, name)?;
        visits::drop_login(tx, name)?;
        scratch::drop_of(tx, name)?;
        let leaf = journal::leaf(app, "user.ended", &actor.name).detail("user", name);
        journal::append(app, tx, vec![leaf])?;
        Ok(())
    })
}

/// All users.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<PersonView>, AppError> {
    app.store()
        .read("person.list", access::people)?
        .into_iter()
        .map(|person| {
            let roles = person.roles.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
            Ok(PersonView { name: person.name, member: person.member, roles, inner: person.inner })
        })
        .collect()
}
