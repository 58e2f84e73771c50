//! What the schema must keep so that it can be spread over a cluster without a change: every unique key of a
//! distributed table starts with the collection, nothing counts by itself, and integers are BIGINT.

use std::collections::BTreeMap;

use super::{SERIES, Statement, statements};

/// Every fault of a schema text, each naming its table or index.
fn faults(text: &str) -> Vec<String> {
    let found = statements(text);
    let mut faults = Vec::new();
    let mut kinds = BTreeMap::new();
    for statement in &found {
        if let Some(table) = &statement.table {
            let kind = kind(statement);
            if kind.is_none() {
                faults.push(format!("{table}: no line says `-- distributed`, `-- reference` or `-- local`"));
            }
            kinds.insert(table.clone(), kind.unwrap_or_default());
        }
    }
    for statement in &found {
        words(statement, &mut faults);
        if let Some(table) = &statement.table {
            keys(statement, table, &kinds, &mut faults);
        }
        unique_index(statement, &kinds, &mut faults);
    }
    faults
}

fn kind(statement: &Statement) -> Option<String> {
    let known = |note: &&String| ["distributed", "reference", "local"].contains(&note.as_str());
    statement.notes.iter().find(known).cloned()
}

fn words(statement: &Statement, faults: &mut Vec<String>) {
    let place = statement.sql.lines().next().unwrap_or_default();
    for word in statement.sql.to_uppercase().split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if ["SERIAL", "BIGSERIAL", "SMALLSERIAL", "AUTOINCREMENT", "IDENTITY", "GENERATED"].contains(&word) {
            faults.push(format!("{place}: {word} counts by itself"));
        }
        if ["INT", "INTEGER", "SMALLINT", "INT4", "INT8", "INT2", "BOOLEAN", "BOOL", "REAL", "FLOAT"]
            .contains(&word)
            || ["DOUBLE", "NUMERIC", "TIMESTAMP", "TIMESTAMPTZ", "VARCHAR", "JSON", "JSONB"].contains(&word)
        {
            faults.push(format!("{place}: the type {word} is not BIGINT, TEXT or BLOB"));
        }
    }
}

/// The lists in brackets after PRIMARY KEY and UNIQUE, and the single columns that carry these words.
fn keys(statement: &Statement, table: &str, kinds: &BTreeMap<String, String>, faults: &mut Vec<String>) {
    let distributed = kinds.get(table).is_some_and(|kind| kind == "distributed");
    let mut has_primary_key = false;
    for line in statement.sql.lines().skip(1).map(str::trim) {
        let is_primary = line.contains("PRIMARY KEY");
        has_primary_key |= is_primary;
        if distributed && (is_primary || line.contains("UNIQUE")) {
            let column = line.split(['(', ')']).nth(1).unwrap_or(line);
            if first_word(column) != "collection" {
                faults.push(format!("{table}: the key `{line}` does not start with collection"));
            }
        }
        if let Some((_, after)) = line.split_once("REFERENCES ") {
            let other = first_word(after);
            let other_distributed = kinds.get(other).is_some_and(|kind| kind == "distributed");
            let same_collection = line.starts_with("FOREIGN KEY (collection");
            if distributed && other_distributed && !same_collection {
                faults.push(format!("{table}: `{line}` points across collections"));
            }
        }
    }
    if !has_primary_key {
        faults.push(format!("{table}: no primary key"));
    }
}

fn unique_index(statement: &Statement, kinds: &BTreeMap<String, String>, faults: &mut Vec<String>) {
    let Some(rest) = statement.sql.strip_prefix("CREATE UNIQUE INDEX ") else { return };
    let Some((_, target)) = rest.split_once(" ON ") else { return };
    let columns = target.split_once('(').map(|(_, columns)| first_word(columns)).unwrap_or_default();
    let distributed = kinds.get(first_word(target)).is_some_and(|kind| kind == "distributed");
    if distributed && columns != "collection" {
        faults.push(format!("{}: the unique index does not start with collection", first_word(rest)));
    }
}

fn first_word(text: &str) -> &str {
    text.trim().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[test]
fn the_schema_can_be_spread_by_collection() {
    let whole: String = SERIES.iter().map(|migration| migration.text).collect();
    assert_eq!(faults(&whole), Vec::<String>::new());
}

#[test]
fn each_rule_finds_its_fault() {
    let bad = [
        ("CREATE TABLE t (\n a TEXT PRIMARY KEY\n);", "no line says"),
        ("-- local\nCREATE TABLE t (\n a TEXT\n);", "no primary key"),
        ("-- local\nCREATE TABLE t (\n a INTEGER PRIMARY KEY\n);", "INTEGER"),
        ("-- local\nCREATE TABLE t (\n a BIGSERIAL PRIMARY KEY\n);", "BIGSERIAL"),
        ("-- distributed\nCREATE TABLE t (\n a TEXT PRIMARY KEY\n);", "does not start with collection"),
        ("-- distributed\nCREATE TABLE t (\n a TEXT,\n PRIMARY KEY (a, collection)\n);", "does not start"),
        (
            "-- distributed\nCREATE TABLE t (\n collection TEXT,\n a TEXT UNIQUE,\n PRIMARY KEY (collection, a)\n);",
            "`a TEXT UNIQUE,`",
        ),
        (
            "-- distributed\nCREATE TABLE t (\n collection TEXT,\n PRIMARY KEY (collection)\n);\n\
             CREATE UNIQUE INDEX i ON t (a, collection);",
            "i: the unique index",
        ),
        (
            "-- distributed\nCREATE TABLE t (\n collection TEXT,\n a TEXT REFERENCES t (a),\n PRIMARY KEY (collection)\n);",
            "across collections",
        ),
    ];
    for (text, wanted) in bad {
        let found = faults(text);
        assert!(found.iter().any(|fault| fault.contains(wanted)), "{text}\ngave {found:?}");
    }
}

#[test]
fn a_key_within_the_collection_is_no_fault() {
    let good = "-- distributed\nCREATE TABLE t (\n collection TEXT NOT NULL,\n a BIGINT NOT NULL,\n \
                PRIMARY KEY (collection, a),\n FOREIGN KEY (collection, a) REFERENCES t (collection, a)\n);\n\
                CREATE UNIQUE INDEX i ON t (collection, a);";
    assert_eq!(faults(good), Vec::<String>::new());
}
