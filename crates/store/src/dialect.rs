//! The few places where the two engines spell the same thing differently. SQL is written once, with `?1`
//! placeholders and the types `BIGINT`, `TEXT` and `BLOB`; here it becomes each engine's own.

use std::borrow::Cow;

use crate::location::Engine;
use crate::schema::Statement;

/// The statement as the engine wants it: `?1` is `$1` in PostgreSQL. Quoted text stays as it is.
pub(crate) fn statement(sql: &str, engine: Engine) -> Cow<'_, str> {
    match engine {
        Engine::Sqlite => Cow::Borrowed(sql),
        Engine::Postgres => Cow::Owned(number_placeholders(sql)),
    }
}

fn number_placeholders(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    let mut quote = None;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        match quote {
            Some(open) if open == letter => quote = None,
            Some(_) => {}
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            None => {}
        }
        let places = quote.is_none() && letter == '?' && letters.peek().is_some_and(char::is_ascii_digit);
        out.push(if places { '$' } else { letter });
    }
    out
}

/// A statement of the schema series as the engine wants it.
///
/// SQLite gets `STRICT` tables, so that a column refuses another type there as it does in PostgreSQL. PostgreSQL gets
/// the collation "C", so that text has the same order in both, whatever the locale of the server.
pub(crate) fn definition(statement: &Statement, engine: Engine) -> String {
    let mut out = String::with_capacity(statement.sql.len() + 64);
    let mut word = String::new();
    let mut quote = None;
    for letter in statement.sql.chars().chain(['\n']) {
        if quote.is_none() && (letter.is_ascii_alphanumeric() || letter == '_') {
            word.push(letter);
            continue;
        }
        out.push_str(column_type(&word, engine, statement.table.is_some()));
        word.clear();
        match quote {
            Some(open) if open == letter => quote = None,
            Some(_) => {}
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            None => {}
        }
        out.push(letter);
    }
    let mut out = out.trim_end().to_owned();
    if engine == Engine::Sqlite && statement.table.is_some() {
        out.push_str(" STRICT");
    }
    out
}

fn column_type(word: &str, engine: Engine, in_table: bool) -> &str {
    match (engine, word) {
        (Engine::Postgres, "BLOB") => "BYTEA",
        (Engine::Postgres, "TEXT") if in_table => "TEXT COLLATE \"C\"",
        (Engine::Sqlite, "BIGINT") => "INTEGER",
        _ => word,
    }
}

/// The columns and rows of a multi-row insert: `(?1,?2),(?3,?4)`.
pub(crate) fn insert(sql_head: &str, columns: usize, rows: usize, sql_tail: &str) -> String {
    use std::fmt::Write as _;
    let mut sql = String::with_capacity(sql_head.len() + sql_tail.len() + rows * (columns * 6 + 3) + 10);
    sql.push_str(sql_head);
    sql.push_str(" VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { "," };
            // Writing into a String cannot fail.
            let _ = write!(sql, "{comma}?{}", row * columns + column + 1);
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(sql_tail);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn placeholders_change_their_sign_only_outside_quotes() {
        let sql = "SELECT '?1', \"a?2\", 'it''s ?3' FROM t WHERE a = ?1 AND b = ?12";
        assert_eq!(
            statement(sql, Engine::Postgres),
            "SELECT '?1', \"a?2\", 'it''s ?3' FROM t WHERE a = $1 AND b = $12"
        );
        assert_eq!(statement(sql, Engine::Sqlite), sql);
    }

    #[test]
    fn one_table_becomes_two_dialects() {
        let text = "-- local\nCREATE TABLE t (\n  a BIGINT NOT NULL PRIMARY KEY,\n  b TEXT DEFAULT 'TEXT',\n  c BLOB\n);\n";
        let statement = schema::statements(text).remove(0);
        assert_eq!(
            definition(&statement, Engine::Sqlite),
            "CREATE TABLE t (\n  a INTEGER NOT NULL PRIMARY KEY,\n  b TEXT DEFAULT 'TEXT',\n  c BLOB\n) STRICT"
        );
        assert_eq!(
            definition(&statement, Engine::Postgres),
            "CREATE TABLE t (\n  a BIGINT NOT NULL PRIMARY KEY,\n  b TEXT COLLATE \"C\" DEFAULT 'TEXT',\n  c BYTEA\n)"
        );
    }

    #[test]
    fn rows_are_numbered_through() {
        assert_eq!(
            insert("INSERT INTO t (a, b)", 2, 2, "ON CONFLICT DO NOTHING"),
            "INSERT INTO t (a, b) VALUES (?1,?2),(?3,?4) ON CONFLICT DO NOTHING"
        );
    }
}
