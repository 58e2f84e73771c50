//! Every row of the requirements on records has a test that is named after it, and the table in the docs says so.

use super::Fault;
use super::house::House;
use crate::requirements::{ROWS, TABLE, rows, table, tests};

/// Checks the rows against the tests, and the table against both.
pub fn check(house: &House) -> Vec<Fault> {
    let fault =
        |path: &str, what: String| Fault { check: "requirements", path: path.to_owned(), line: 0, what };
    let Some(file) = house.file(ROWS) else { return Vec::new() };
    let rows = match rows(&file.text) {
        Ok(rows) => rows,
        Err(error) => return vec![fault(ROWS, format!("{error:#}"))],
    };
    let found = tests(sources(house));
    let mut faults: Vec<Fault> = rows
        .iter()
        .filter(|row| !found.contains_key(&row.id))
        .map(|row| {
            fault(ROWS, format!("no test is named after {} ({}_…)", row.id, row.id.to_ascii_lowercase()))
        })
        .collect();
    if house.file(TABLE).is_none_or(|file| file.text != table(&rows, &found)) {
        faults.push(fault(
            TABLE,
            "is not what the rows and tests say: run `cargo xtask requirements`".to_owned(),
        ));
    }
    faults
}

/// The sources in which tests of the rows stand: those of our own crates, the library for STIX left out.
fn sources(house: &House) -> impl Iterator<Item = (&str, &str)> {
    house
        .files()
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.ends_with(".rs"))
        .filter(|file| !file.path.starts_with("crates/stix/"))
        .map(|file| (file.path.as_str(), file.text.as_str()))
}

/// The table as it should be.
///
/// # Errors
/// When the rows are missing or not of their form.
pub fn made(house: &House) -> anyhow::Result<String> {
    let file = house.file(ROWS).ok_or_else(|| anyhow::anyhow!("{ROWS} is missing"))?;
    Ok(table(&rows(&file.text)?, &tests(sources(house))))
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn a_row_without_a_test_and_an_old_table_are_faults() {
        let row = (ROWS, "[[row]]\nid = \"A1\"\nrule = \"r\"\n");
        let test = ("crates/app/src/a.rs", "#[test]\nfn a1_holds() {}\n");
        let house = House::of("", &[row, test]);
        let made = made(&house).unwrap();
        assert_eq!(check(&House::of("", &[row, test, (TABLE, &made)])), []);
        assert_eq!(check(&House::of("", &[row, test, (TABLE, "old")])).len(), 1);
        assert_eq!(check(&House::of("", &[row, (TABLE, "old")])).len(), 2);
    }
}
