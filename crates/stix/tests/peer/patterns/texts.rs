//! The patterns: those of the public corpora, made ones, and mutations of both.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use serde_json::Value;

use crate::python::chosen;

/// Every keyword.
pub const KEYWORDS: [&str; 19] = [
    "AND",
    "OR",
    "NOT",
    "FOLLOWEDBY",
    "LIKE",
    "MATCHES",
    "ISSUPERSET",
    "ISSUBSET",
    "EXISTS",
    "LAST",
    "IN",
    "START",
    "STOP",
    "SECONDS",
    "true",
    "false",
    "WITHIN",
    "REPEATS",
    "TIMES",
];

/// The seed, `COMITY_SEED` or always the same, and how many patterns, `COMITY_PATTERNS` or a few.
pub fn asked() -> (u64, usize) {
    (chosen("COMITY_SEED", 20_261_122), usize::try_from(chosen("COMITY_PATTERNS", 2_000)).unwrap())
}

/// Random numbers from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<'t, T: ?Sized>(&mut self, list: &[&'t T]) -> &'t T {
        list[self.below(list.len())]
    }
}

/// So many patterns: some of the corpus as they are, made ones, and mutations of both.
pub fn texts(seed: u64, count: usize) -> Vec<String> {
    let mut chance = Chance(seed);
    let corpus = corpus();
    let mut texts = corpus.clone();
    // A quarter at most are unchanged; when that is not all, chance takes them.
    while texts.len() > count / 4 {
        let at = chance.below(texts.len());
        texts.swap_remove(at);
    }
    let short: Vec<&String> = corpus.iter().filter(|text| text.len() <= 300).collect();
    while texts.len() < count {
        let mut words = match chance.below(10) {
            0..6 => {
                let mut words = Vec::new();
                observations(&mut chance, &mut words, 3);
                words
            }
            _ if short.is_empty() => continue,
            _ => split(short[chance.below(short.len())]),
        };
        let mutated = chance.one_in(2);
        if mutated {
            for _ in 0..=chance.below(3) {
                mutate(&mut chance, &mut words);
            }
        }
        let mut text = join(&mut chance, &words);
        if mutated && chance.one_in(3) {
            edit(&mut chance, &mut text);
        }
        if text.len() < 2_000 {
            texts.push(text);
        }
    }
    texts
}

fn push(words: &mut Vec<String>, more: &[&str]) {
    words.extend(more.iter().map(|word| (*word).to_owned()));
}

fn observations(chance: &mut Chance, words: &mut Vec<String>, depth: usize) {
    observation(chance, words, depth);
    while chance.one_in(3) {
        let join = chance.of(&["AND", "OR", "FOLLOWEDBY"]);
        push(words, &[join]);
        observation(chance, words, depth);
    }
}

fn observation(chance: &mut Chance, words: &mut Vec<String>, depth: usize) {
    if depth > 0 && chance.one_in(4) {
        push(words, &["("]);
        observations(chance, words, depth - 1);
        push(words, &[")"]);
    } else {
        push(words, &["["]);
        comparisons(chance, words, depth);
        push(words, &["]"]);
    }
    while chance.one_in(4) {
        let number = chance.of(&["1", "0", "5", "300", "+7", "18446744073709551616"]);
        match chance.below(3) {
            0 => {
                let number =
                    if chance.one_in(2) { chance.of(&["1.5", ".5", "+0.0", "00.1"]) } else { number };
                push(words, &["WITHIN", number, "SECONDS"]);
            }
            1 => push(words, &["REPEATS", number, "TIMES"]),
            _ => {
                let (start, stop) = (time(chance), time(chance));
                push(words, &["START", &start, "STOP", &stop]);
            }
        }
    }
}

fn comparisons(chance: &mut Chance, words: &mut Vec<String>, depth: usize) {
    comparison(chance, words, depth);
    while chance.one_in(3) {
        let join = chance.of(&["AND", "OR"]);
        push(words, &[join]);
        comparison(chance, words, depth);
    }
}

fn comparison(chance: &mut Chance, words: &mut Vec<String>, depth: usize) {
    if depth > 0 && chance.one_in(5) {
        push(words, &["("]);
        comparisons(chance, words, depth - 1);
        return push(words, &[")"]);
    }
    if chance.one_in(10) {
        if chance.one_in(3) {
            push(words, &["NOT"]);
        }
        push(words, &["EXISTS"]);
        return path(chance, words);
    }
    path(chance, words);
    if chance.one_in(5) {
        push(words, &["NOT"]);
    }
    match chance.below(8) {
        0..3 => {
            let operator = chance.of(&["=", "!=", "==", "<>"]);
            push(words, &[operator]);
            constant(chance, words, true);
        }
        3 => {
            let operator = chance.of(&["<", "<=", ">", ">="]);
            push(words, &[operator]);
            // Few are booleans, which have no order.
            let boolean = chance.one_in(4);
            constant(chance, words, boolean);
        }
        4 => {
            push(words, &["IN", "("]);
            for at in 0..chance.below(4) {
                if at > 0 {
                    push(words, &[","]);
                }
                constant(chance, words, true);
            }
            push(words, &[")"]);
        }
        _ => {
            let operator = chance.of(&["LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"]);
            push(words, &[operator]);
            // Few are no strings, which these operators do not take.
            if chance.one_in(10) {
                constant(chance, words, true);
            } else {
                words.push(string(chance));
            }
        }
    }
}

const TYPES: [&str; 16] = [
    "file",
    "ipv4-addr",
    "network-traffic",
    "x-EXERCISE-kit",
    "a",
    "_",
    "t",
    "h-",
    "b",
    "x_y",
    "START-up",
    "AND-1",
    "windows-registry-key",
    "start",
    "Not",
    "a--b",
];
const NAMES: [&str; 30] = [
    "name",
    "value",
    "hashes",
    "start",
    "x_y",
    "_",
    "t",
    "b",
    "h",
    "src_ref",
    "contains_refs",
    "'a-b'",
    "'a.b'",
    "''",
    "'it\\'s'",
    "MD5",
    "'SHA-256'",
    "ssdeep",
    "'\u{e9}'",
    "within",
    "AND",
    "true",
    "IN",
    "'AND'",
    "a1",
    "size",
    "values",
    "'SHA256'",
    "extensions",
    "hashes",
];

fn path(chance: &mut Chance, words: &mut Vec<String>) {
    let name = |chance: &mut Chance| loop {
        let name = chance.of(&NAMES);
        // Keywords as names are documented as read; they should not be in most patterns.
        if !KEYWORDS.contains(&name) || chance.one_in(20) {
            break name;
        }
    };
    let kind = chance.of(&TYPES);
    let first = name(chance);
    push(words, &[kind, ":", first]);
    while chance.one_in(3) {
        match chance.below(4) {
            0 => push(words, &["[", "*", "]"]),
            1 => {
                let index = chance.of(&["0", "1", "12", "+3"]);
                push(words, &["[", index, "]"]);
            }
            _ => {
                let name = name(chance);
                push(words, &[".", name]);
            }
        }
    }
}

fn constant(chance: &mut Chance, words: &mut Vec<String>, boolean: bool) {
    let made = match chance.below(if boolean { 8 } else { 7 }) {
        0 => chance.of(&["0", "5", "-0", "+5", "-17", "007", "9007199254740993", "- 1"]).to_owned(),
        1 => chance.of(&["0.5", ".5", "-.5", "+00.5", "-0.0", "1.", "1e5", "12.25"]).to_owned(),
        2 => chance.of(&["h''", "h'ff'", "h'0aFF'", "h'0'", "h'0g'", "H'00'"]).to_owned(),
        3 => chance.of(&["b'YQ=='", "b'AQIDBA=='", "b'AB=='", "b''", "b'YQ'", "b'YWJj'", "b'Y'"]).to_owned(),
        4 => time(chance),
        5 | 6 => string(chance),
        _ => chance.of(&["true", "false", "True"]).to_owned(),
    };
    words.push(made);
}

fn string(chance: &mut Chance) -> String {
    let digest = "d41d8cd98f00b204e9800998ecf8427e";
    match chance.below(12) {
        0 => format!("'{digest}'"),
        1 => format!("'{digest}{digest}'"),
        2 => format!("'{}'", &digest[1..]),
        3 => "'96:xy/+AB:3z.q'".to_owned(),
        _ => {
            let parts = [
                "a",
                "EXERCISE",
                " ",
                "%",
                "_",
                "\\\\",
                "\\'",
                "\u{e9}",
                "\u{1f600}",
                "\n",
                "\"",
                "[",
                "]",
                "//",
                "/*",
                "1.2.3.4/24",
                "\u{2028}",
                "\t",
            ];
            let many = chance.below(6);
            let body: String = (0..many).map(|_| chance.of(&parts)).collect();
            format!("'{body}'")
        }
    }
}

fn time(chance: &mut Chance) -> String {
    let day =
        chance.of(&["2024-02-29", "2024-02-30", "2023-02-29", "1994-11-29", "2024-13-01", "0000-01-01"]);
    let time = chance.of(&["00:00:00", "23:59:60", "24:00:00", "12:30:45", "13:37:58", "12:60:00"]);
    // Most of the malformed ones are left to be made by mutation.
    let (day, time) = if chance.one_in(3) { (day, time) } else { ("2024-01-15", "12:30:45") };
    let end = chance.of(&["Z", "Z", "Z", ".5Z", ".123456789Z", ".Z", "z", ""]);
    let end = if chance.one_in(4) { end } else { "Z" };
    format!("t'{day}T{time}{end}'")
}

const POOL: [&str; 44] = [
    "AND",
    "OR",
    "NOT",
    "FOLLOWEDBY",
    "LIKE",
    "MATCHES",
    "EXISTS",
    "LAST",
    "IN",
    "START",
    "STOP",
    "SECONDS",
    "true",
    "WITHIN",
    "REPEATS",
    "TIMES",
    "[",
    "]",
    "(",
    ")",
    "=",
    "==",
    "!=",
    "<>",
    "<",
    ">=",
    ":",
    ".",
    ",",
    "*",
    "'",
    "\"",
    "5",
    "-5",
    "1.5",
    "x",
    "a-b",
    "'s'",
    "t'2024-01-15T12:30:45Z'",
    "h'00'",
    "b'YQ=='",
    "/* c */",
    "// c\n",
    "&&",
];

/// Changes the words of a pattern at one place.
fn mutate(chance: &mut Chance, words: &mut Vec<String>) {
    if words.is_empty() {
        return;
    }
    let (at, other) = (chance.below(words.len()), chance.below(words.len()));
    match chance.below(7) {
        0 => _ = words.remove(at),
        1 => words.swap(at, other),
        2 => words.insert(other, words[at].clone()),
        3 => {
            let upper = words[at].to_uppercase();
            words[at] = if upper == words[at] { words[at].to_lowercase() } else { upper };
        }
        4 => words[at] = chance.of(&POOL).to_owned(),
        5 => words.insert(at, chance.of(&POOL).to_owned()),
        _ => edit(chance, &mut words[at]),
    }
}

/// Changes one character.
fn edit(chance: &mut Chance, text: &mut String) {
    let pool: Vec<char> =
        "'\"\\[]().,:=<>!*+-_/tbhTZ09aA \n\u{a0}\u{3000}\u{85}\u{200b}\u{feff}\u{e9}\u{1c}\u{b}"
            .chars()
            .collect();
    let mut chars: Vec<char> = text.chars().collect();
    let at = chance.below(chars.len() + 1);
    let new = pool[chance.below(pool.len())];
    match chance.below(3) {
        0 if at < chars.len() => _ = chars.remove(at),
        1 if at < chars.len() => chars[at] = new,
        _ => chars.insert(at, new),
    }
    *text = chars.into_iter().collect();
}

/// The words with something between them.
fn join(chance: &mut Chance, words: &[String]) -> String {
    let dense = chance.one_in(4);
    let mut text = String::new();
    for word in words {
        text.push_str(word);
        text.push_str(match chance.below(60) {
            0 => "\n",
            1 => "\u{a0}",
            2 => "\u{2003}\t",
            3 => "/* c */",
            4 => "// c\r\n",
            5..30 if dense => "",
            _ => " ",
        });
    }
    text
}

/// A text in words, by a rough cut that need not be right.
fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    for char in text.chars() {
        let glue = |word: &String| {
            let wordy = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
            wordy(char) && word.ends_with(wordy) || char == '=' && word.ends_with(['!', '<', '>', '='])
        };
        match words.last_mut() {
            Some(word) if quoted || glue(word) => word.push(char),
            Some(word) if char == '\'' && matches!(word.as_str(), "t" | "h" | "b") => word.push(char),
            _ if char.is_whitespace() => words.push(String::new()),
            _ => words.push(char.to_string()),
        }
        if char == '\'' && !escaped {
            quoted = !quoted;
        }
        escaped = char == '\\' && !escaped;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Every pattern of the public corpora; none when they are not there.
fn corpus() -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "a test finds its data through the environment")]
    let Ok(folder) = std::env::var("COMITY_SHARED") else { return Vec::new() };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("data/stix");
    let mut found = Vec::new();
    for name in ["patterns.jsonl.gz", "pattern-match.jsonl.gz", "objects-valid.jsonl.gz"] {
        let Ok(file) = File::open(folder.join(name)) else { continue };
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text.lines().for_each(|line| collect(&serde_json::from_str(line).unwrap(), &mut found));
    }
    let mut bundles: Vec<_> = std::fs::read_dir(folder.join("bundles"))
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    bundles.sort();
    for path in bundles {
        let bundle = flate2::read::GzDecoder::new(File::open(path).unwrap());
        collect(&serde_json::from_reader(BufReader::new(bundle)).unwrap(), &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let stix = map.get("pattern_type").is_none_or(|kind| kind == "stix");
            if let (true, Some(text)) = (stix, map.get("pattern").and_then(Value::as_str)) {
                found.push(text.to_owned());
            }
            map.values().for_each(|value| collect(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}
