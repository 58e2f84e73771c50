//! The rules of the house, each in a file of its own. They read the sources as text and tokens and build nothing.

mod edges;
mod house;
mod length;
mod links;
mod names;
mod purity;
mod requirements;
mod rules;
mod source;
mod sql;
mod unfinished;
mod web;
mod wire;
mod words;

use house::House;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    check: &'static str,
    path: String,
    /// The line, from 1; 0 for the whole file.
    line: usize,
    what: String,
}

type Check = fn(&House) -> Vec<Fault>;

const CHECKS: [Check; 11] = [
    edges::check,
    length::check,
    links::check,
    names::check,
    purity::check,
    requirements::check,
    sql::check,
    unfinished::check,
    web::check,
    wire::check,
    words::check,
];

/// Runs every check over the workspace at `root` and prints what it found.
///
/// # Errors
/// When a file cannot be read, or `xtask/edges.toml` is not in its form.
pub fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let house = House::at(root)?;
    let faults = look_over(&house);
    for fault in &faults {
        match fault.line {
            0 => println!("{}: {}: {}", fault.path, fault.check, fault.what),
            line => println!("{}:{line}: {}: {}", fault.path, fault.check, fault.what),
        }
    }
    if faults.is_empty() {
        println!("{} checks over {} files: all rules kept", CHECKS.len(), house.files().len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} faults", faults.len());
    Ok(ExitCode::FAILURE)
}

/// Writes the table of the requirements anew.
///
/// # Errors
/// When a file cannot be read or written, or the rows are not of their form.
pub fn requirements(root: &Path) -> anyhow::Result<()> {
    let table = requirements::made(&House::at(root)?)?;
    Ok(std::fs::write(root.join(crate::requirements::TABLE), table)?)
}

/// All faults but the excepted ones, and the exceptions that excepted nothing.
fn look_over(house: &House) -> Vec<Fault> {
    let mut used = BTreeSet::new();
    let mut faults: Vec<Fault> = house.unreadable().to_vec();
    for fault in CHECKS.iter().flat_map(|check| check(house)) {
        let exceptions = house.rules().exceptions.iter().enumerate();
        match exceptions.into_iter().find(|(_, it)| it.check == fault.check && it.path == fault.path) {
            Some((number, _)) => _ = used.insert(number),
            None => faults.push(fault),
        }
    }
    for (number, exception) in house.rules().exceptions.iter().enumerate() {
        if !used.contains(&number) {
            faults.push(Fault {
                check: "exceptions",
                path: rules::PATH.to_owned(),
                line: 0,
                what: format!("{} needs no exception from {}: remove it", exception.path, exception.check),
            });
        }
    }
    faults.sort();
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: (&str, &str) = ("crates/app/src/lib.rs", "const Q: &str = \"SELECT 1\";");

    #[test]
    fn the_house_keeps_its_rules() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let faults = look_over(&House::at(root).unwrap());
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn an_exception_covers_its_check_and_file_only() {
        let except = |check: &str| {
            let rules = format!("[[exceptions]]\ncheck = \"{check}\"\npath = \"{}\"\nreason = \"r\"", SQL.0);
            look_over(&House::of(&rules, &[SQL]))
        };
        assert_eq!(except("sql"), []);
        let faults = except("wire");
        assert!(faults.iter().any(|fault| fault.check == "sql"));
        assert!(faults.iter().any(|fault| fault.check == "exceptions"));
    }

    #[test]
    fn a_source_that_is_no_rust_is_a_fault() {
        let faults = look_over(&House::of("", &[("crates/app/src/lib.rs", "fn (")]));
        assert_eq!(faults.first().map(|fault| fault.check), Some("source"));
    }
}
