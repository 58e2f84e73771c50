//! The search: terms, name keys and facets of records, and who asked for what.
//!
//! Both engines answer the same question in the same way: a record has a set of terms, and a token of a query is found
//! when one of its terms is in the set. No engine cuts, folds, stems or ranks anything. Terms hold letters and digits
//! only, so they need no quoting beyond that of the engines' query languages.

use std::collections::BTreeSet;

use comity_model::{HandlingId, MemberId, Record, Stored};

use super::counter;
use super::group::{read_names, text_of};
use super::handling::Handlings;
use super::record::{COLUMNS, marks, read};
use crate::{Engine, Row, StoreError, Tx, Value};

/// Rows with terms in one statement, and their bytes.
const ROWS_MAX: usize = 128;
const BYTES_MAX: usize = 4 << 20;

/// What the index keeps of one record.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    /// Its terms, joined by blanks. Together they stay below 1 MiB, which is what a `tsvector` takes.
    pub terms: String,
    /// Keys of its names, each with the number of the name.
    pub keys: Vec<(i64, String)>,
    /// What it is filtered by: field and value.
    pub facets: Vec<(String, String)>,
}

/// Keeps the entries of records that have none.
///
/// # Errors
/// [`StoreError::Conflict`] when a record has one.
pub fn keep(tx: &mut Tx<'_>, collection: &str, entries: &[(i64, &Entry)]) -> Result<(), StoreError> {
    let numbers: Vec<i64> = entries.iter().map(|(seq, _)| *seq).collect();
    counter::uncount(tx, collection, &numbers)?;
    match tx.engine() {
        Engine::Sqlite => keep_words(tx, collection, entries)?,
        Engine::Postgres => keep_vectors(tx, collection, entries)?,
    }
    let mut keys: Vec<Value> = Vec::new();
    let mut facets: Vec<Value> = Vec::new();
    for (seq, entry) in entries {
        for (n, key) in &entry.keys {
            keys.extend([collection.into(), (*seq).into(), (*n).into(), key.into()]);
        }
        for (field, value) in &entry.facets {
            facets.extend([collection.into(), (*seq).into(), field.into(), value.into()]);
        }
    }
    tx.insert_many("INSERT INTO name_key (collection, seq, n, key)", 4, &keys, "")?;
    tx.insert_many("INSERT INTO facet (collection, seq, field, value)", 4, &facets, "")?;
    Ok(())
}

fn keep_words(tx: &mut Tx<'_>, collection: &str, entries: &[(i64, &Entry)]) -> Result<(), StoreError> {
    let last = tx.query_one("SELECT max(doc) FROM document", &[])?.map(|row| row.opt_int(0)).transpose()?;
    let first = last.flatten().unwrap_or(0) + 1;
    let mut rows: Vec<Value> = Vec::with_capacity(entries.len() * 3);
    let mut words: Vec<Value> = Vec::with_capacity(entries.len() * 2);
    for (doc, (seq, entry)) in (first..).zip(entries) {
        rows.extend([collection.into(), (*seq).into(), doc.into()]);
        words.extend([doc.into(), (&entry.terms).into()]);
    }
    tx.insert_many("INSERT INTO document (collection, seq, doc)", 3, &rows, "")?;
    tx.insert_many("INSERT INTO word (rowid, terms)", 2, &words, "")?;
    Ok(())
}

fn keep_vectors(tx: &mut Tx<'_>, collection: &str, entries: &[(i64, &Entry)]) -> Result<(), StoreError> {
    let mut rest = entries;
    while !rest.is_empty() {
        let mut bytes = 0_usize;
        let within = rest.iter().take(ROWS_MAX).take_while(|(_, entry)| {
            bytes = bytes.saturating_add(entry.terms.len());
            bytes <= BYTES_MAX
        });
        // A power of two, so that few different statements are prepared.
        let count = 1_usize << within.count().max(1).ilog2();
        let (batch, later) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        let row = |n: usize| {
            let (seq, terms) = (n * 2 + 2, n * 2 + 3);
            format!("(?1,?{seq},0,array_to_tsvector(string_to_array(?{terms},' ')))")
        };
        let rows: Vec<String> = (0..batch.len()).map(row).collect();
        let mut params: Vec<Value> = vec![collection.into()];
        for (seq, entry) in batch {
            params.extend([(*seq).into(), (&entry.terms).into()]);
        }
        let sql = format!("INSERT INTO document (collection, seq, doc, terms) VALUES {}", rows.join(","));
        tx.exec(&sql, &params)?;
        rest = later;
    }
    Ok(())
}

/// Takes a record out of the search; false when it was not in it.
///
/// # Errors
/// Those of the engine.
pub fn forget(tx: &mut Tx<'_>, collection: &str, seq: i64) -> Result<bool, StoreError> {
    counter::uncount(tx, collection, &[seq])?;
    let key = [Value::from(collection), seq.into()];
    if tx.engine() == Engine::Sqlite {
        tx.exec(
            "DELETE FROM word WHERE rowid IN (SELECT doc FROM document WHERE collection = ?1 AND seq = ?2)",
            &key,
        )?;
    }
    tx.exec("DELETE FROM name_key WHERE collection = ?1 AND seq = ?2", &key)?;
    tx.exec("DELETE FROM facet WHERE collection = ?1 AND seq = ?2", &key)?;
    Ok(tx.exec("DELETE FROM document WHERE collection = ?1 AND seq = ?2", &key)? > 0)
}

/// Takes every record of a collection out of the search; the answer is how many there were.
///
/// # Errors
/// Those of the engine.
pub fn forget_all(tx: &mut Tx<'_>, collection: &str) -> Result<u64, StoreError> {
    counter::forget_all(tx, collection)?;
    let key = [Value::from(collection)];
    if tx.engine() == Engine::Sqlite {
        tx.exec("DELETE FROM word WHERE rowid IN (SELECT doc FROM document WHERE collection = ?1)", &key)?;
    }
    tx.exec("DELETE FROM name_key WHERE collection = ?1", &key)?;
    tx.exec("DELETE FROM facet WHERE collection = ?1", &key)?;
    tx.exec("DELETE FROM document WHERE collection = ?1", &key)
}

/// What is looked for; every part that is there must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Of each of these lists one term must be there.
    pub all: Vec<Vec<String>>,
    /// Of each of these not every list may have a term there: a word that is left out.
    pub none: Vec<Vec<Vec<String>>>,
    /// Names: for each, one name of the record must have a key of every list.
    pub names: Vec<Vec<Vec<String>>>,
    /// Facets: a field, and the values of which it must have one.
    pub facets: Vec<(String, Vec<String>)>,
    /// The last day of the matter is this one or later.
    pub from: Option<String>,
    /// The first day of the matter is this one or earlier.
    pub until: Option<String>,
    /// Whose record it is: of each list one.
    pub origins: Vec<Vec<String>>,
    /// Collections: of each list one.
    pub collections: Vec<Vec<String>>,
    /// STIX ids, all of them.
    pub ids: Vec<String>,
}

/// Conditions on the record `r` with their parameters.
struct Conditions {
    engine: Engine,
    text: String,
    params: Vec<Value>,
    /// Whether a part narrows enough to begin with it.
    is_led: bool,
}

impl Conditions {
    fn new(engine: Engine, params: Vec<Value>) -> Self {
        Self { engine, text: String::new(), params, is_led: false }
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    fn list(&mut self, values: &[String]) -> String {
        let first = self.params.len() + 1;
        self.params.extend(values.iter().map(Value::from));
        // An empty list holds for nothing, and `IN ()` is not written the same everywhere.
        if values.is_empty() { "NULL".to_owned() } else { marks(first, values.len()) }
    }

    /// All parts of what is wanted.
    fn of(mut self, wanted: &Wanted) -> Self {
        for id in &wanted.ids {
            let id = self.bind(id);
            self.text.push_str(&format!(" AND r.id = {id}"));
            self.is_led = true;
        }
        self.named(wanted);
        self.worded(wanted);
        for (field, values) in &wanted.facets {
            let (field, values) = (self.bind(field), self.list(values));
            self.facet(&format!("f.field = {field} AND f.value IN ({values})"));
        }
        if let Some(day) = &wanted.from {
            let day = self.bind(day);
            self.facet(&format!("f.field = 'last' AND f.value >= {day}"));
        }
        if let Some(day) = &wanted.until {
            let day = self.bind(day);
            self.facet(&format!("f.field = 'first' AND f.value <= {day}"));
        }
        for (column, lists) in [("r.origin", &wanted.origins), ("r.collection", &wanted.collections)] {
            for list in lists {
                let values = self.list(list);
                self.text.push_str(&format!(" AND {column} IN ({values})"));
            }
        }
        for left_out in &wanted.none {
            self.has(left_out, "NOT ");
        }
        self
    }

    fn worded(&mut self, wanted: &Wanted) {
        if !wanted.all.is_empty() {
            self.has(&wanted.all, "");
            self.is_led = true;
        }
    }

    /// That all of these tokens are there, or not all.
    fn has(&mut self, tokens: &[Vec<String>], not: &str) {
        let (from, is_found) = match self.engine {
            Engine::Sqlite => {
                let asked = self.bind(full_text(tokens, "\"", " OR ", " AND "));
                ("word w CROSS JOIN document d ON d.doc = w.rowid", format!("w.word MATCH {asked}"))
            }
            Engine::Postgres => {
                let asked = self.bind(full_text(tokens, "'", " | ", " & "));
                ("document d", format!("d.terms @@ CAST(CAST({asked} AS TEXT) AS tsquery)"))
            }
        };
        self.text.push_str(&format!(
            " AND (r.collection, r.seq) {not}IN (SELECT d.collection, d.seq FROM {from} WHERE {is_found})"
        ));
    }

    fn named(&mut self, wanted: &Wanted) {
        for name in &wanted.names {
            // Grouped, so that each name is planned by itself: PostgreSQL takes minutes to plan four long ones together.
            let mut text = "SELECT k0.collection, k0.seq FROM name_key k0".to_owned();
            let mut is_key = Vec::new();
            for (n, keys) in name.iter().enumerate() {
                if n > 0 {
                    text.push_str(&format!(
                        " JOIN name_key k{n} ON k{n}.collection = k0.collection AND k{n}.seq = k0.seq AND k{n}.n = k0.n"
                    ));
                }
                let keys = self.list(keys);
                is_key.push(format!("k{n}.key IN ({keys})"));
            }
            self.text.push_str(&format!(
                " AND (r.collection, r.seq) IN ({text} WHERE {} GROUP BY k0.collection, k0.seq)",
                is_key.join(" AND ")
            ));
            self.is_led = true;
        }
    }

    /// A condition on a facet `f` of the record: where nothing else narrows, the facets are read first.
    fn facet(&mut self, condition: &str) {
        if self.is_led {
            self.text.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM facet f WHERE f.collection = r.collection AND f.seq = r.seq AND {condition})"
            ));
        } else {
            self.text.push_str(&format!(
                " AND (r.collection, r.seq) IN (SELECT f.collection, f.seq FROM facet f WHERE {condition})"
            ));
            self.is_led = true;
        }
    }
}

/// Tokens in the query language of an engine: terms in quotes, one of each token, all tokens.
fn full_text(tokens: &[Vec<String>], quote: &str, or: &str, and: &str) -> String {
    let token = |terms: &Vec<String>| {
        let terms: Vec<String> = terms.iter().map(|term| format!("{quote}{term}{quote}")).collect();
        format!("({})", terms.join(or))
    };
    tokens.iter().map(token).collect::<Vec<_>>().join(and)
}

/// Where a list of hits goes on: behind this version of this record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its version as an instant.
    pub version_us: i64,
    /// Its collection.
    pub collection: String,
    /// Its number.
    pub seq: i64,
}

/// Which versions a member's own search shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// The newest of each object and origin in a collection.
    Newest,
    /// All of them.
    All,
}

/// The newest `limit` records behind `after` in which all of it is found: live ones, and what this member `own` holds
/// back. Those under a handling that is `hidden` are not there, and hide no other version.
///
/// # Errors
/// Those of the engine.
pub fn own(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    (own, hidden): (&MemberId, &[HandlingId]),
    which: Which,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Stored<Record>>, StoreError> {
    let mut conditions = Conditions::new(tx.engine(), vec![own.as_str().into(), limit.into()]).of(wanted);
    let hidden: Vec<String> = hidden.iter().map(|id| conditions.bind(id.0.0)).collect();
    let not_hidden = |row: &str| match hidden.as_slice() {
        [] => String::new(),
        some => format!(" AND {row}.handling NOT IN ({})", some.join(", ")),
    };
    conditions.text.push_str(&not_hidden("r"));
    if which == Which::Newest {
        // A draft hides nothing that is live.
        conditions.text.push_str(&format!(
            " AND NOT EXISTS (SELECT 1 FROM record o WHERE o.collection = r.collection AND o.origin = r.origin
             AND o.id = r.id AND (o.state = 'live' OR (o.state = 'held' AND r.state = 'held')){}
             AND (o.version_us > r.version_us OR (o.version_us = r.version_us AND o.seq > r.seq)))",
            not_hidden("o")
        ));
    }
    if let Some(place) = after {
        let at = conditions.bind(place.version_us);
        let (collection, seq) = (conditions.bind(&place.collection), conditions.bind(place.seq));
        conditions.text.push_str(&format!(
            " AND (r.version_us < {at} OR (r.version_us = {at} AND (r.collection > {collection}
             OR (r.collection = {collection} AND r.seq > {seq}))))"
        ));
    }
    // Sorted by their places alone, since most of what is found is not on the page.
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT r.collection, r.seq FROM record r
         WHERE (r.state = 'live' OR (r.state = 'held' AND r.origin = ?1)){}
         ORDER BY r.version_us DESC, r.collection, r.seq LIMIT ?2) p
         JOIN record r ON r.collection = p.collection AND r.seq = p.seq
         ORDER BY r.version_us DESC, r.collection, r.seq",
        conditions.text
    );
    let rows = tx.query(&sql, &conditions.params)?;
    let mut handlings = Handlings::default();
    rows.into_iter().map(|mut row| read(tx, &mut row, &mut handlings)).collect()
}

/// Numbers of live records of a collection behind `after_seq` that lie in an interval of the audience, in order, at most
/// `limit`: those without marked parts in which all of `wanted` is found, and those with marked parts in which `loosely`
/// is. They are proposed and no more: the caller asks the pages and the rules, and judges the latter by what is left.
///
/// # Errors
/// Those of the engine.
pub fn candidates(
    tx: &mut Tx<'_>,
    (collection, audience): (&str, i64),
    (wanted, loosely): (&Wanted, &Wanted),
    after_seq: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let mut found = Vec::new();
    for (parts, wanted) in [("=", wanted), ("<>", loosely)] {
        let params = vec![collection.into(), after_seq.into(), limit.into(), audience.into()];
        let conditions = Conditions::new(tx.engine(), params).of(wanted);
        let sql = format!(
            "SELECT r.seq FROM record r WHERE r.collection = ?1 AND r.seq > ?2 AND r.state = 'live'
             AND r.parts {parts} ''{} AND EXISTS (SELECT 1 FROM release g WHERE g.collection = r.collection
             AND g.audience = ?4 AND g.handling = r.handling AND r.ord >= g.lo AND (g.hi IS NULL OR r.ord < g.hi))
             ORDER BY r.seq LIMIT ?3",
            conditions.text
        );
        for row in tx.query(&sql, &conditions.params)? {
            found.push(row.int(0)?);
        }
    }
    found.sort_unstable();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// A search of a user, as noted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consultation {
    /// Its id.
    pub id: String,
    /// Who asked.
    pub actor: String,
    /// For which purpose.
    pub purpose: String,
    /// Why, where a reason was asked for; else empty.
    pub reason: String,
    /// Reference of the case; may be empty.
    pub case: String,
    /// The query, sealed.
    pub asked: Vec<u8>,
    /// The salt of its commitment in the ledger.
    pub salt: [u8; 32],
    /// How many hits were shown.
    pub hits: i64,
    /// The ledger leaf.
    pub leaf: i64,
    /// When.
    pub at_us: i64,
    /// In which readers' groups whoever asked was then.
    pub inner: BTreeSet<String>,
}

/// Notes a search.
///
/// # Errors
/// [`StoreError::Conflict`] when the id is taken.
pub fn note(tx: &mut Tx<'_>, one: &Consultation) -> Result<(), StoreError> {
    tx.exec(
        "INSERT INTO consultation (consultation, actor, purpose, reason, asked, salt, hits, leaf, at_us,
         inner_groups, case_ref) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &[
            (&one.id).into(),
            (&one.actor).into(),
            (&one.purpose).into(),
            (&one.reason).into(),
            one.asked.as_slice().into(),
            one.salt.into(),
            one.hits.into(),
            one.leaf.into(),
            one.at_us.into(),
            text_of(&one.inner).into(),
            (&one.case).into(),
        ],
    )?;
    Ok(())
}

/// The newest searches, at most `limit`.
///
/// # Errors
/// Those of the engine.
pub fn consultations(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Consultation>, StoreError> {
    let sql = format!("SELECT {CONSULTED} FROM consultation ORDER BY at_us DESC, leaf DESC LIMIT ?1");
    tx.query(&sql, &[limit.into()])?.iter().map(read_consultation).collect()
}

/// The search of this id.
///
/// # Errors
/// Those of the engine.
pub fn consultation(tx: &mut Tx<'_>, id: &str) -> Result<Option<Consultation>, StoreError> {
    let sql = format!("SELECT {CONSULTED} FROM consultation WHERE consultation = ?1");
    tx.query_one(&sql, &[id.into()])?.as_ref().map(read_consultation).transpose()
}

const CONSULTED: &str =
    "consultation, actor, purpose, reason, asked, salt, hits, leaf, at_us, inner_groups, case_ref";

fn read_consultation(row: &Row) -> Result<Consultation, StoreError> {
    Ok(Consultation {
        id: row.text(0)?,
        actor: row.text(1)?,
        purpose: row.text(2)?,
        reason: row.text(3)?,
        asked: row.blob(4)?,
        salt: row.hash(5)?,
        hits: row.int(6)?,
        leaf: row.int(7)?,
        at_us: row.int(8)?,
        inner: read_names(row.text_ref(9)?),
        case: row.text(10)?,
    })
}
