//! Modules are nouns of the domain: a file or folder that could hold anything is a fault.

use super::Fault;
use super::house::House;

const EMPTY_NAMES: [&str; 10] =
    ["util", "utils", "helper", "helpers", "common", "manager", "misc", "shared", "stuff", "types"];

/// Checks every Rust file and the folders above it.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in house.files() {
        let Some(path) = file.path.strip_suffix(".rs") else { continue };
        for name in path.split('/').filter(|name| EMPTY_NAMES.contains(name)) {
            let what = format!("{name} says nothing: name the module after what it is about");
            faults.push(Fault { check: "names", path: file.path.clone(), line: 0, what });
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_says_nothing_is_a_fault() {
        let bad = ["crates/app/src/utils.rs", "crates/app/src/common/lock.rs"].map(|path| (path, ""));
        assert_eq!(check(&House::of("", &bad)).len(), 2);
        assert!(check(&House::of("", &[("crates/app/src/uncommon.rs", "")])).is_empty());
    }
}
