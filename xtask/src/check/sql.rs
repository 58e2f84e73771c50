//! Only `store` holds SQL.

use super::Fault;
use super::house::House;

/// What no other text begins with or holds. They are written in capitals, as our SQL is.
const STATEMENTS: [&str; 11] = [
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    "ON CONFLICT",
];

/// Checks the sources of every crate but the store.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for product in house.products().iter().filter(|product| product.room != "store") {
        for seen in &product.source.texts {
            let update = seen.text.contains("UPDATE ") && seen.text.contains(" SET ");
            if update || STATEMENTS.iter().any(|statement| seen.text.contains(statement)) {
                let what = "only the store holds SQL: give it a function there".to_owned();
                faults.push(Fault { check: "sql", path: product.path.clone(), line: seen.line, what });
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_outside_the_store_is_a_fault() {
        for statement in ["SELECT a FROM b", "UPDATE a SET b = 1", "\\n  INSERT INTO a VALUES (1)"] {
            let text = format!("const Q: &str = \"{statement}\";");
            assert_eq!(check(&House::of("", &[("crates/app/src/a.rs", &text)])).len(), 1, "{statement}");
            assert_eq!(check(&House::of("", &[("crates/store/src/a.rs", &text)])).len(), 0, "{statement}");
        }
    }

    #[test]
    fn prose_and_tests_are_free() {
        let text = "/// SELECT a FROM b\nconst A: &str = \"select one and update it\";\n#[test]\nfn t() { \"SELECT 1\"; }";
        assert!(check(&House::of("", &[("crates/app/src/a.rs", text)])).is_empty());
    }
}
