//! The schema as text: the series of migrations that this program carries, cut into statements.
//! It knows no database; `migrate` applies what stands here.
//!
//! A comment line before a statement says two things about it: how a table lies on a cluster (`-- distributed` by
//! collection, `-- reference` copied everywhere, `-- local` to the coordinator), and, where an engine needs a
//! statement of its own, `-- only sqlite` or `-- only postgres`. A copy leaves out what is `-- derived`, since it can be
//! made again from the records, and what is `-- fleeting`, since it is of the running node alone.

use crate::location::Engine;

/// One migration: its version, its name and its text. Versions are 1, 2, 3 and so on.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// All migrations in order. A file in `schema/` that is missing here fails a test.
pub(crate) const SERIES: &[Migration] = &[
    Migration { version: 1, name: "init", text: include_str!("../../../schema/0001_init.sql") },
    Migration { version: 2, name: "search", text: include_str!("../../../schema/0002_search.sql") },
    Migration { version: 3, name: "change", text: include_str!("../../../schema/0003_change.sql") },
    Migration { version: 4, name: "life", text: include_str!("../../../schema/0004_life.sql") },
    Migration { version: 5, name: "govern", text: include_str!("../../../schema/0005_govern.sql") },
    Migration { version: 6, name: "inner", text: include_str!("../../../schema/0006_inner.sql") },
    Migration { version: 7, name: "activate", text: include_str!("../../../schema/0007_activate.sql") },
    Migration { version: 8, name: "review", text: include_str!("../../../schema/0008_review.sql") },
    Migration { version: 9, name: "silence", text: include_str!("../../../schema/0009_silence.sql") },
    Migration { version: 10, name: "speed", text: include_str!("../../../schema/0010_speed.sql") },
    Migration { version: 11, name: "references", text: include_str!("../../../schema/0011_references.sql") },
    Migration { version: 12, name: "messages", text: include_str!("../../../schema/0012_messages.sql") },
    Migration { version: 13, name: "receipts", text: include_str!("../../../schema/0013_receipts.sql") },
    Migration { version: 14, name: "witness", text: include_str!("../../../schema/0014_witness.sql") },
    Migration { version: 15, name: "recall", text: include_str!("../../../schema/0015_recall.sql") },
    Migration {
        version: 16,
        name: "invitations",
        text: include_str!("../../../schema/0016_invitations.sql"),
    },
    Migration { version: 17, name: "desk", text: include_str!("../../../schema/0017_desk.sql") },
    Migration { version: 18, name: "case", text: include_str!("../../../schema/0018_case.sql") },
    Migration { version: 19, name: "onward", text: include_str!("../../../schema/0019_onward.sql") },
    Migration { version: 20, name: "refusals", text: include_str!("../../../schema/0020_refusals.sql") },
    Migration { version: 21, name: "courier", text: include_str!("../../../schema/0021_courier.sql") },
    Migration { version: 22, name: "counters", text: include_str!("../../../schema/0022_counters.sql") },
    Migration { version: 23, name: "figure", text: include_str!("../../../schema/0023_figure.sql") },
    Migration { version: 24, name: "scratch", text: include_str!("../../../schema/0024_scratch.sql") },
    Migration { version: 25, name: "keys", text: include_str!("../../../schema/0025_keys.sql") },
];

/// One statement of a migration, without its comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// The table that the statement creates, if it creates one.
    pub(crate) table: Option<String>,
    /// The comment lines right before the statement, without their dashes.
    pub(crate) notes: Vec<String>,
}

impl Statement {
    /// Whether the statement is for this engine.
    pub(crate) fn is_for(&self, engine: Engine) -> bool {
        let only = |name: &str| self.notes.iter().any(|note| note == name);
        match engine {
            Engine::Sqlite => !only("only postgres"),
            Engine::Postgres => !only("only sqlite"),
        }
    }
}

/// Cuts a migration into statements; each ends with `;` at the end of a line.
pub(crate) fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    let mut sql = String::new();
    for line in text.lines() {
        if let Some(note) = line.trim().strip_prefix("--") {
            notes.push(note.trim().to_owned());
            continue;
        }
        if sql.is_empty() && line.trim().is_empty() {
            continue;
        }
        sql.push_str(line);
        sql.push('\n');
        if let Some(whole) = sql.trim_end().strip_suffix(';') {
            let whole = whole.trim_end().to_owned();
            let table = created_table(&whole).map(str::to_owned);
            found.push(Statement { sql: whole, table, notes: std::mem::take(&mut notes) });
            sql.clear();
        }
    }
    if !sql.trim().is_empty() {
        found.push(Statement { table: created_table(&sql).map(str::to_owned), sql, notes });
    }
    found
}

/// The tables of the whole series in the order of their creation, which is an order in which rows can be filled in;
/// those that hold derived or fleeting rows are left out.
pub(crate) fn copied_tables(engine: Engine) -> Vec<String> {
    tables(engine, |statement| !statement.notes.iter().any(|note| note == "derived" || note == "fleeting"))
}

fn tables(engine: Engine, wanted: fn(&Statement) -> bool) -> Vec<String> {
    let all = SERIES.iter().flat_map(|migration| statements(migration.text));
    let mut names: Vec<String> = Vec::new();
    for statement in all.filter(|statement| statement.is_for(engine) && wanted(statement)) {
        if let Some(name) = dropped_table(&statement.sql) {
            names.retain(|known| known != name);
        }
        names.extend(statement.table);
    }
    names
}

fn created_table(sql: &str) -> Option<&str> {
    name_after(sql, &["CREATE", "TABLE"])
}

fn dropped_table(sql: &str) -> Option<&str> {
    name_after(sql, &["DROP", "TABLE"])
}

fn name_after<'a>(sql: &'a str, words: &[&str]) -> Option<&'a str> {
    let mut found = sql.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty());
    words
        .iter()
        .all(|word| found.next().is_some_and(|got| got.eq_ignore_ascii_case(word)))
        .then(|| found.next())?
}

#[cfg(test)]
mod lint;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_cut_at_the_ends_of_lines_and_keep_their_notes() {
        let text =
            "-- About a.\n-- local\nCREATE TABLE a (\n  x TEXT DEFAULT ';'\n);\nCREATE INDEX i ON a (x);\n";
        let found = statements(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].table.as_deref(), Some("a"));
        assert_eq!(found[0].notes, ["About a.", "local"]);
        assert!(found[0].sql.ends_with(')'));
        assert_eq!(found[1].table, None);
        assert!(found[1].notes.is_empty());
    }

    #[test]
    fn a_statement_can_be_for_one_engine_only() {
        let found =
            statements("-- only sqlite\nCREATE VIRTUAL TABLE f USING fts5 (x);\nCREATE INDEX i ON a (x);\n");
        assert!(found[0].is_for(Engine::Sqlite) && !found[0].is_for(Engine::Postgres));
        assert!(found[1].is_for(Engine::Sqlite) && found[1].is_for(Engine::Postgres));
    }

    #[test]
    fn every_file_of_the_schema_folder_stands_in_the_series() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        files.sort();
        let named: Vec<String> =
            SERIES.iter().map(|one| format!("{:04}_{}.sql", one.version, one.name)).collect();
        assert_eq!(files, named);
        for (place, migration) in (1..).zip(SERIES) {
            assert_eq!(migration.version, place, "versions have no gaps");
        }
    }

    #[test]
    fn both_engines_have_the_same_tables() {
        let all = |engine| tables(engine, |_| true);
        assert!(all(Engine::Sqlite).contains(&"record".to_owned()));
        assert_eq!(all(Engine::Sqlite), all(Engine::Postgres));
        let left_out: Vec<String> = all(Engine::Sqlite)
            .into_iter()
            .filter(|one| !copied_tables(Engine::Sqlite).contains(one))
            .collect();
        let derived = ["document", "name_key", "facet"];
        let fleeting = ["link", "visit", "attempt"];
        let counters = ["counter", "counter_total", "counted"];
        assert_eq!(left_out, [&derived[..], &fleeting, &counters, &["scratch"]].concat());
    }
}
