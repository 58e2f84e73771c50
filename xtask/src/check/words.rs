//! The project speaks of itself alone: no path of a machine that built it, no host of a registry. Lock files name
//! registries by their nature and are free.

use super::Fault;
use super::house::House;

// In two parts, so that this file does not find itself.
const WORDS: [(&str, &str); 9] = [
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("/Us", "ers/"), "a path of one machine"),
    (concat!("/tmp/ba", "sh_"), "a path of one machine"),
    (concat!("index.", "crates.io"), "the host of a registry"),
    (concat!("registry.", "npmjs.org"), "the host of a registry"),
    (concat!("pythonho", "sted.org"), "the host of a registry"),
    (concat!("py", "pi.org"), "the host of a registry"),
];
const FREE: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// Checks every text file.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in house.files() {
        if FREE.iter().any(|name| file.path.ends_with(name)) {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            for (word, why) in WORDS.iter().filter(|(word, _)| line.contains(word)) {
                let what = format!("{word} is {why}: say it in words that hold everywhere");
                faults.push(Fault { check: "words", path: file.path.clone(), line: number + 1, what });
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_a_fault() {
        for (word, _) in WORDS {
            let text = format!("see {word}x");
            assert_eq!(check(&House::of("", &[("docs/src/start.md", &text)])).len(), 1, "{word}");
            assert_eq!(check(&House::of("", &[("web/package-lock.json", &text)])).len(), 0, "{word}");
        }
    }
}
