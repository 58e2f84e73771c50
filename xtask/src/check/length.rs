//! No source is longer than 600 lines. Generated and recorded files (JSON, lock files, transcripts) are free.

use super::Fault;
use super::house::House;

const MAX_LINES: usize = 600;
const ENDINGS: [&str; 9] = [".rs", ".sql", ".cedar", ".cedarschema", ".sh", ".ts", ".svelte", ".css", ".py"];

/// Checks every source.
pub fn check(house: &House) -> Vec<Fault> {
    let sources =
        house.files().iter().filter(|file| ENDINGS.iter().any(|ending| file.path.ends_with(ending)));
    let counted = sources.map(|file| (file, file.text.lines().count()));
    counted
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| Fault {
            check: "length",
            path: file.path.clone(),
            line: 0,
            what: format!("{lines} lines are too many: split the file by its subjects (at most {MAX_LINES})"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_hundred_lines_are_the_most() {
        let long = "\n".repeat(601);
        let full = "\n".repeat(600);
        let house = House::of("", &[("xtask/a.rs", &long), ("xtask/b.rs", &full), ("demo/c.json", &long)]);
        let faults = check(&house);
        assert_eq!(faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(), ["xtask/a.rs"]);
    }
}
