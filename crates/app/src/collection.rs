//! Collections of this node.

use comity_model::RecordState;
use comity_store::Tx;
use comity_store::tables::collection::{self as rows, Collection};
use comity_store::tables::record;
use serde::Serialize;

use crate::look::Look;
use crate::{Actor, App, AppError, Role, journal};

/// A collection, as listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CollectionView {
    /// UUID.
    pub id: String,
    /// Title.
    pub title: String,
    /// Short name for addresses.
    pub alias: String,
    /// Description; may be empty.
    pub description: String,
    /// Live records in it.
    pub records: i64,
}

/// Adds a collection. Its alias is made of the title.
///
/// # Errors
/// [`AppError::Denied`] without the role administrator or secretariat; [`AppError::Invalid`] for an empty or long
/// title.
pub fn add(
    app: &App,
    actor: &Actor,
    title: &str,
    description: Option<&str>,
) -> Result<CollectionView, AppError> {
    actor.require(&[Role::Administrator, Role::Secretariat], "add collections")?;
    let title = title.trim();
    if title.is_empty() || title.len() > 200 {
        return Err(AppError::invalid("title", "1 to 200 bytes"));
    }
    app.store().write("collection.add", |tx| {
        let made = make(app, tx, title, &alias_of(title), description.unwrap_or_default(), &actor.name)?;
        Ok(view(made, 0))
    })
}

/// Adds a collection inside a transaction; a taken alias gets a number.
pub(crate) fn make(
    app: &App,
    tx: &mut Tx<'_>,
    title: &str,
    alias: &str,
    description: &str,
    actor: &str,
) -> Result<Collection, AppError> {
    let mut free = alias.to_owned();
    let mut number = 2;
    while rows::find(tx, &free)?.is_some() {
        free = format!("{alias}-{number}");
        number += 1;
    }
    let made = Collection {
        id: app.random_uuid(),
        alias: free,
        title: title.to_owned(),
        description: description.to_owned(),
        exercise: app.is_exercise(),
    };
    rows::insert(tx, &made, app.now().0)?;
    let leaf = journal::leaf(app, "collection.added", actor).detail("collection", &made.id);
    journal::append(app, tx, vec![leaf])?;
    Ok(made)
}

/// All collections, each with how many live records of it whoever looks sees.
///
/// # Errors
/// Those of the store.
pub fn list(app: &App) -> Result<Vec<CollectionView>, AppError> {
    app.store().read("collection.list", |tx| {
        let mut views = Vec::new();
        let mut look = Look::new(app, tx)?;
        for one in rows::list(tx)? {
            let seen = record::count_alike(tx, &one.id)?.into_iter().filter(|alike| {
                look.sees_such(alike.handling_id, &alike.handling, &alike.parts, RecordState::Live)
            });
            let live = seen.map(|alike| alike.count).sum();
            views.push(view(one, live));
        }
        Ok(views)
    })
}

fn view(one: Collection, records: i64) -> CollectionView {
    CollectionView { id: one.id, title: one.title, alias: one.alias, description: one.description, records }
}

/// The collection with this id, alias or (unique) title.
pub(crate) fn find(tx: &mut Tx<'_>, text: &str) -> Result<Collection, AppError> {
    if let Some(found) = rows::find(tx, text)? {
        return Ok(found);
    }
    let mut titled = rows::list(tx)?.into_iter().filter(|one| one.title == text);
    match (titled.next(), titled.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(AppError::NotFound(format!(
            "there is no collection `{text}`: name an id, an alias or a title of `comity collection list`"
        ))),
    }
}

/// Lower-case letters and digits of any script, other characters as single dashes.
pub(crate) fn alias_of(title: &str) -> String {
    let mut alias = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            alias.push(c);
        } else if !alias.ends_with('-') && !alias.is_empty() {
            alias.push('-');
        }
    }
    let alias = alias.trim_end_matches('-');
    if alias.is_empty() { "collection".into() } else { alias.chars().take(60).collect() }
}

#[cfg(test)]
mod tests {
    use super::alias_of;

    #[test]
    fn an_alias_is_safe_in_an_address() {
        assert_eq!(alias_of("Border events, 2026"), "border-events-2026");
        assert_eq!(alias_of("  "), "collection");
        assert_eq!(alias_of("Пресса"), "collection");
    }
}
