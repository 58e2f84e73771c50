//! The table of the requirements on records: each row with its rule, what was read of the clause behind it, and the
//! tests that are named after it (`a1_…`).

use anyhow::Context;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where the rows stand.
pub const ROWS: &str = "xtask/requirements.toml";
/// Where the table stands.
pub const TABLE: &str = "docs/conformance/requirements.md";

const HEAD: &str = "\
# Requirements on records and their governance

Made by `cargo xtask requirements` of `xtask/requirements.toml` and of the tests whose names begin with a row; `cargo xtask check`
compares it and refuses a row without a test.

This list is the product's own baseline and no legal advice. A clause stands here when its text was read, in a public copy and
often as an excerpt. Where nothing was read but other texts about it, the row says *our rule*.

| row | the product keeps it so | clause | tests |
| --- | --- | --- | --- |
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    row: Vec<Row>,
}

/// One row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name, such as `A1`.
    pub id: String,
    rule: String,
    #[serde(default)]
    read: Vec<String>,
    #[serde(default)]
    like: Vec<String>,
}

/// Reads the rows.
///
/// # Errors
/// When the text is not of their form.
pub fn rows(text: &str) -> anyhow::Result<Vec<Row>> {
    let rows: Rows = toml::from_str(text).with_context(|| format!("{ROWS} is not of its form"))?;
    Ok(rows.row)
}

/// The tests of each row that is met in these sources, as `path::name`, in the order of the paths.
pub fn tests<'a>(sources: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = named(line) else { continue };
            let before = lines.get(..at).unwrap_or_default().iter().rev();
            let mut attributes = before.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
            let is_marked = attributes.any(|line| line.starts_with("#[") && line.contains("test"));
            // In `engines! { … }` a function becomes one test for each engine.
            let is_test = is_marked || line.ends_with("(engine: Engine) {");
            if is_test && let Some((row, _)) = name.split_once('_') {
                found.entry(row.to_ascii_uppercase()).or_default().push(format!("{path}::{name}"));
            }
        }
    }
    for names in found.values_mut() {
        names.sort();
    }
    found
}

/// The name of the function that a line begins, if it begins with a row: a letter, a number, an underscore.
fn named(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let name = line.strip_prefix("fn ")?.split('(').next()?;
    let (row, _) = name.split_once('_')?;
    let mut letters = row.chars();
    let starts = letters.next().is_some_and(|letter| letter.is_ascii_lowercase());
    let number = letters.as_str();
    (starts && !number.is_empty() && number.len() < 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(name)
}

/// The table as it stands in the docs.
pub fn table(rows: &[Row], tests: &BTreeMap<String, Vec<String>>) -> String {
    let mut out = String::from(HEAD);
    for row in rows {
        let like = row.like.join("; ");
        let clause = match (row.read.is_empty(), row.like.is_empty()) {
            (false, true) => row.read.join("; "),
            (false, false) => format!("{}; not read: {like}", row.read.join("; ")),
            (true, false) => format!("our rule, in the sense of {like}, which was not read"),
            (true, true) => "our rule".to_owned(),
        };
        let names: Vec<String> =
            tests.get(&row.id).into_iter().flatten().map(|test| format!("`{test}`")).collect();
        // Writing into a String cannot fail.
        let _ = writeln!(out, "| {} | {} | {clause} | {} |", row.id, row.rule, names.join("<br>"));
    }
    out
}

#[cfg(test)]
mod tests_of_the_table {
    use super::*;

    #[test]
    fn tests_are_found_by_their_names_and_nothing_else_is() {
        let text = "#[test]\nfn a1_is_kept() {}\n#[tokio::test]\nasync fn a1_by_post() {}\nfn b2_helps() {}\nfn a2_on_each(engine: Engine) {\n}\n#[test]\nfn abc_d() {}\n";
        let found = tests([("crates/x/src/lib.rs", text)].into_iter());
        assert_eq!(found.keys().collect::<Vec<_>>(), ["A1", "A2"]);
        assert_eq!(found["A1"], ["crates/x/src/lib.rs::a1_by_post", "crates/x/src/lib.rs::a1_is_kept"]);
    }

    #[test]
    fn a_row_whose_clause_nobody_read_is_our_rule() {
        let rows = rows("[[row]]\nid = \"A1\"\nrule = \"r\"\n[[row]]\nid = \"A2\"\nrule = \"s\"\nread = [\"art. 1\"]\nlike = [\"art. 2\"]\n").unwrap();
        let text = table(&rows, &BTreeMap::new());
        assert!(text.contains("| A1 | r | our rule |"), "{text}");
        assert!(text.contains("| A2 | s | art. 1; not read: art. 2 |"), "{text}");
    }
}
