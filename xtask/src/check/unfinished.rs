//! Nothing is left for later: no `todo!`, no note that something is still to do, no test that is switched off.

use super::Fault;
use super::house::House;

// In two parts, so that this file does not find itself.
const MARKS: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("#[ign", "ore"),
];
const ENDINGS: [&str; 8] = [".rs", ".toml", ".md", ".sql", ".cedar", ".sh", ".ts", ".svelte"];

/// Checks every file that people write.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in house.files() {
        if !ENDINGS.iter().any(|ending| file.path.ends_with(ending)) {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            for mark in MARKS.iter().filter(|mark| line.contains(**mark)) {
                let what =
                    format!("{mark} is unfinished work: finish it, or file an issue and remove the note");
                let path = file.path.clone();
                faults.push(Fault { check: "unfinished", path, line: number + 1, what });
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_is_a_fault() {
        for mark in MARKS {
            let text = format!("fn a() {{}}\n// {mark}");
            let faults = check(&House::of("", &[("crates/app/src/a.rs", &text)]));
            assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2], "{mark}");
        }
    }
}
