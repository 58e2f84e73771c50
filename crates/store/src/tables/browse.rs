//! The list of records, the newest first: pages that begin at a number and follow an index, whatever the number of records.

use comity_model::{HandlingId, MemberId, Micros, Record, Stored};

use super::handling::Handlings;
use super::record::{BARE_COLUMNS, WIDTH, marks, read};
use crate::{StoreError, Tx, Value};

/// Which records of one collection are listed. Of several values any fits; what is empty or none restricts nothing.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The collection.
    pub collection: String,
    /// Where they stand; never empty.
    pub states: Vec<&'static str>,
    /// Handlings that whoever asks must not learn of.
    pub hidden: Vec<HandlingId>,
    /// Originators of whose records every version is listed: whether a newer one may be seen is asked by the caller.
    pub apart: Vec<MemberId>,
    /// Originators.
    pub origins: Vec<MemberId>,
    /// All but this originator.
    pub not_of: Option<MemberId>,
    /// Who brought them in.
    pub actor: Option<String>,
    /// Facets of the search: each field with its values.
    pub facets: Vec<(&'static str, Vec<String>)>,
    /// Levels as [`comity_model::Handling::level_name`] has them.
    pub levels: Vec<String>,
    /// Names of categories.
    pub categories: Vec<&'static str>,
    /// Only versions that somebody finds from whom a newer one is hidden; see [`super::counter`].
    pub is_behind: bool,
}

/// A record of the list.
pub struct Listed {
    /// The record, without its envelope.
    pub record: Stored<Record>,
    /// When it came.
    pub first_at: Micros,
}

/// Conditions with their parameters.
struct Conditions {
    text: String,
    params: Vec<Value>,
}

impl Conditions {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    fn list<T: Into<Value>>(&mut self, values: impl IntoIterator<Item = T>) -> String {
        let first = self.params.len() + 1;
        self.params.extend(values.into_iter().map(Into::into));
        marks(first, self.params.len() + 1 - first)
    }

    fn and(&mut self, text: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(text);
    }
}

/// What a list walks along.
enum Walk<'a> {
    /// All records of the collection.
    All,
    /// The records with one value of a facet.
    Facet(&'a str, &'a str),
    /// The records in one state that is not the usual one.
    Aside(&'a str),
}

/// The table of a walk, the name that it has in the conditions, and these.
struct Walked {
    table: &'static str,
    name: &'static str,
    conditions: Conditions,
}

impl Wanted {
    fn walk(&self) -> Walk<'_> {
        if let [state] = self.states.as_slice()
            && *state != "live"
        {
            return Walk::Aside(state);
        }
        let single = self.facets.iter().find_map(|(field, values)| match values.as_slice() {
            [value] => Some(Walk::Facet(field, value)),
            _ => None,
        });
        single.unwrap_or(Walk::All)
    }

    /// The table that is walked along, between two numbers of which neither is in it.
    fn walked(&self, (below, above): (i64, i64)) -> Walked {
        let mut all = Conditions { text: String::new(), params: Vec::new() };
        let collection = all.bind(&self.collection);
        let (below, above) = (all.bind(below), all.bind(above));
        let (table, name) = match self.walk() {
            Walk::Facet(..) => ("facet", "w"),
            Walk::All | Walk::Aside(_) => ("record", "r"),
        };
        all.text =
            format!("{name}.collection = {collection} AND {name}.seq < {below} AND {name}.seq > {above}");
        match self.walk() {
            Walk::All => {}
            Walk::Facet(field, value) => {
                let (field, value) = (all.bind(field), all.bind(value));
                all.and(&format!("w.field = {field} AND w.value = {value}"));
            }
            Walk::Aside(state) => {
                let state = all.bind(state);
                // The engines use an index of some rows alone where its condition stands as it is.
                all.and(&format!("r.state = {state} AND r.state <> 'live'"));
            }
        }
        Walked { table, name, conditions: all }
    }

    /// What is asked of a record `r`.
    fn ask(&self, all: &mut Conditions) {
        let states = all.list(self.states.iter().copied());
        all.and(&format!("r.state IN ({states})"));
        if !self.hidden.is_empty() {
            let hidden = all.list(self.hidden.iter().map(|id| id.0.0));
            all.and(&format!("r.handling NOT IN ({hidden})"));
        }
        if self.is_behind {
            all.and("r.seq IN (SELECT c.seq FROM counted c WHERE c.collection = ?1 AND c.behind = 1)");
        }
        if !self.origins.is_empty() {
            let origins = all.list(self.origins.iter().map(MemberId::as_str));
            all.and(&format!("r.origin IN ({origins})"));
        }
        if let Some(origin) = &self.not_of {
            let origin = all.bind(origin.as_str());
            all.and(&format!("r.origin <> {origin}"));
        }
        if let Some(actor) = &self.actor {
            let actor = all.bind(actor);
            all.and(&format!("r.actor = {actor}"));
        }
        for (field, values) in &self.facets {
            let (field, values) = (all.bind(*field), all.list(values.iter()));
            all.and(&format!(
                "EXISTS (SELECT 1 FROM facet x WHERE x.collection = r.collection AND x.seq = r.seq
                 AND x.field = {field} AND x.value IN ({values}))"
            ));
        }
        self.ask_handling(all);
        self.ask_newest(all);
    }

    /// The handling is read as the text that it is kept as: its canonical form, in which `tlp`, `uninterpreted` and `v`
    /// come last and what is not stated is left out.
    fn ask_handling(&self, all: &mut Conditions) {
        let mut both: Vec<String> = Vec::new();
        let levels: Vec<String> = self.levels.iter().map(|level| level_condition(level, all)).collect();
        if !levels.is_empty() {
            both.push(format!("({})", levels.join(" OR ")));
        }
        let categories: Vec<String> = self
            .categories
            .iter()
            .map(|name| format!("h.body LIKE {}", all.bind(format!("%\"category\":\"{name}\"%"))))
            .collect();
        if !categories.is_empty() {
            both.push(format!("({})", categories.join(" OR ")));
        }
        if !both.is_empty() {
            let such = both.join(" AND ");
            all.and(&format!("r.handling IN (SELECT h.handling FROM handling h WHERE {such})"));
        }
    }

    /// A version is not listed beside a newer one that is in use, or stands where it does.
    fn ask_newest(&self, all: &mut Conditions) {
        let hidden = if self.hidden.is_empty() {
            String::new()
        } else {
            format!(" AND o.handling NOT IN ({})", all.list(self.hidden.iter().map(|id| id.0.0)))
        };
        let newest = format!(
            "NOT EXISTS (SELECT 1 FROM record o WHERE o.collection = r.collection AND o.origin = r.origin
             AND o.id = r.id AND (o.version_us > r.version_us OR (o.version_us = r.version_us AND o.seq > r.seq))
             AND (o.state = 'live' OR o.state = r.state){hidden})"
        );
        if self.apart.is_empty() {
            all.and(&newest);
        } else {
            let apart = all.list(self.apart.iter().map(MemberId::as_str));
            all.and(&format!("(r.origin IN ({apart}) OR {newest})"));
        }
    }
}

/// What a level in words says of the text of a handling.
fn level_condition(level: &str, all: &mut Conditions) -> String {
    let unknown = "h.body LIKE '%\"uninterpreted\":true,\"v\":1}'";
    match level.strip_prefix("TLP:") {
        Some(short) => {
            let short = short.to_ascii_lowercase();
            format!("h.body LIKE {}", all.bind(format!("%\"tlp\":\"{short}\",\"v\":1}}")))
        }
        None if level == "unknown marking" => unknown.to_owned(),
        None => format!("(NOT {unknown} AND h.body NOT LIKE '%\"tlp\":\"%\",\"v\":1}}')"),
    }
}

/// The number behind which the walk has passed `rows` rows below a number; none when it ends before.
///
/// # Errors
/// Those of the engine.
pub fn floor(tx: &mut Tx<'_>, wanted: &Wanted, below: i64, rows: i64) -> Result<Option<i64>, StoreError> {
    let Walked { table, name, conditions: mut all } = wanted.walked((below, -1));
    let rows = all.bind(rows);
    let sql = format!(
        "SELECT {name}.seq FROM {table} {name} WHERE {} ORDER BY {name}.seq DESC LIMIT 1 OFFSET {rows}",
        all.text
    );
    tx.query_one(&sql, &all.params)?.map(|row| row.int(0)).transpose()
}

/// The records that are wanted, between two numbers of which neither is in it, the newest first and at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn page(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    between: (i64, i64),
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let (sql, params) = statement(wanted, between, limit);
    let mut handlings = Handlings::default();
    tx.query(&sql, &params)?
        .into_iter()
        .map(|mut row| {
            let first_at = Micros(row.int(WIDTH)?);
            Ok(Listed { record: read(tx, &mut row, &mut handlings)?, first_at })
        })
        .collect()
}

fn statement(wanted: &Wanted, between: (i64, i64), limit: i64) -> (String, Vec<Value>) {
    let Walked { name, conditions: mut all, .. } = wanted.walked(between);
    wanted.ask(&mut all);
    let limit = all.bind(limit);
    // The order of the tables is the order of the loops.
    let tables = match name {
        "w" => "facet w CROSS JOIN record r WHERE r.collection = w.collection AND r.seq = w.seq AND",
        _ => "record r WHERE",
    };
    let sql = format!(
        "SELECT {BARE_COLUMNS}, r.first_us FROM {tables} {} ORDER BY {name}.seq DESC LIMIT {limit}",
        all.text
    );
    (sql, all.params)
}

/// The first number of a collection that came with this leaf of the ledger or a later one; none when nothing did.
///
/// # Errors
/// Those of the engine.
pub fn since(tx: &mut Tx<'_>, collection: &str, leaf: i64) -> Result<Option<i64>, StoreError> {
    tx.query_one(
        "SELECT seq FROM record WHERE collection = ?1 AND leaf >= ?2 ORDER BY leaf, seq LIMIT 1",
        &[collection.into(), leaf.into()],
    )?
    .map(|row| row.int(0))
    .transpose()
}

/// The leaf with which the record of this number came.
///
/// # Errors
/// Those of the engine.
pub fn leaf_of(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<i64>, StoreError> {
    tx.query_one(
        "SELECT leaf FROM record WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into()],
    )?
    .map(|row| row.int(0))
    .transpose()
}

/// When the record of this number came.
///
/// # Errors
/// Those of the engine.
pub fn came(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<Option<Micros>, StoreError> {
    tx.query_one(
        "SELECT first_us FROM record WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into()],
    )?
    .map(|row| row.int(0).map(Micros))
    .transpose()
}

/// Notes that a record came anew: its originator stated it once more under the same number before it was in use here.
///
/// # Errors
/// Those of the engine.
pub fn came_anew(tx: &mut Tx<'_>, collection: &str, seq: i64, at: Micros) -> Result<(), StoreError> {
    tx.exec(
        "UPDATE record SET first_us = ?3 WHERE collection = ?1 AND seq = ?2",
        &[collection.into(), seq.into(), at.0.into()],
    )?;
    tx.touch(collection, seq);
    Ok(())
}

/// Facets of these records of a collection: number, field, value.
///
/// # Errors
/// Those of the engine.
pub fn facets(
    tx: &mut Tx<'_>,
    collection: &str,
    numbers: &[i64],
    fields: &[&str],
) -> Result<Vec<(i64, String, String)>, StoreError> {
    let mut found = Vec::new();
    for chunk in numbers.chunks(500) {
        let mut all = Conditions { text: String::new(), params: Vec::new() };
        let collection = all.bind(collection);
        let (numbers, fields) = (all.list(chunk.iter().copied()), all.list(fields.iter().copied()));
        let sql = format!(
            "SELECT seq, field, value FROM facet WHERE collection = {collection} AND seq IN ({numbers})
             AND field IN ({fields}) ORDER BY seq, field, value"
        );
        for row in tx.query(&sql, &all.params)? {
            found.push((row.int(0)?, row.text(1)?, row.text(2)?));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, Store};

    #[test]
    fn a_page_follows_an_index_sorts_nothing_and_finds_newer_versions_by_their_key() {
        let store = Store::open(&Location::Memory, 0).unwrap();
        let usual = || Wanted { collection: "c".into(), states: vec!["live", "held"], ..Wanted::default() };
        let plans = [
            (usual(), "sqlite_autoindex_record_1"),
            (
                Wanted { hidden: vec![HandlingId(comity_model::stix::Digest([7; 32]))], ..usual() },
                "sqlite_autoindex_record_1",
            ),
            (Wanted { facets: vec![("kind", vec!["plan".into()])], ..usual() }, "facet_value"),
            (Wanted { states: vec!["held"], ..usual() }, "record_aside"),
        ];
        for (wanted, index) in plans {
            let (sql, params) = statement(&wanted, (i64::MAX, -1), 51);
            let rows =
                store.read("test", |tx| tx.query(&format!("EXPLAIN QUERY PLAN {sql}"), &params)).unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.text(3).unwrap()).collect();
            assert!(plan[0].contains("SEARCH") && plan[0].contains(index), "{plan:#?}");
            assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE FOR ORDER")), "{plan:#?}");
            assert!(plan.iter().any(|line| line.contains(" o ") && line.contains("record_key")), "{plan:#?}");
        }
    }
}
