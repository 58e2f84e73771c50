//! The consonants of a word in Latin, Cyrillic or Arabic letters, with every reading of a letter that has several.
//!
//! Classes are one small letter each: b c d f g h j k l m n p r s t v z stand for themselves (c is ts, j is zh,
//! dj and dzh, h is also kh), `w` is sh and shch, `q` is ch. Vowels are `-`.

use crate::fold::{Script, fold, script};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A spelling and its readings.
type Reading = (&'static str, &'static [&'static str]);

/// A word has at most so many readings; further letters get their first one.
pub(crate) const MAX_READINGS: usize = 8;

/// Readings by the first letter of the spelling, longer ones first.
type Table = BTreeMap<char, Vec<&'static Reading>>;

static TABLES: LazyLock<[Table; 3]> = LazyLock::new(|| [table(LATIN), table(CYRILLIC), table(ARABIC)]);

fn table(readings: &'static [Reading]) -> Table {
    let mut table = Table::new();
    for reading in readings {
        if let Some(first) = reading.0.chars().next() {
            table.entry(first).or_default().push(reading);
        }
    }
    table.values_mut().for_each(|list| list.sort_by_key(|(written, _)| Reverse(written.len())));
    table
}

/// The readings of a word in [`crate::fold::letters`]; empty if its script is another.
pub(crate) fn readings(word: &str) -> Vec<String> {
    let [latin, cyrillic, arabic] = &*TABLES;
    let table = match script(word) {
        Script::Latin => latin,
        Script::Cyrillic => cyrillic,
        Script::Arabic => arabic,
        Script::Other => return Vec::new(),
    };
    let mut found = vec![String::new()];
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let known = table.get(&c).and_then(|list| list.iter().find(|(written, _)| rest.starts_with(written)));
        let (width, sounds) = match known {
            Some((written, sounds)) => (written.len(), *sounds),
            None => (c.len_utf8(), unmarked(table, c)),
        };
        if found.len().saturating_mul(sounds.len()) <= MAX_READINGS {
            found = sounds
                .iter()
                .flat_map(|sound| found.iter().map(move |head| format!("{head}{sound}")))
                .collect();
        } else {
            let first = sounds.first().copied().unwrap_or_default();
            found.iter_mut().for_each(|head| head.push_str(first));
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    found
}

/// The reading of a letter that the table does not have: that of the letter without its marks, else a vowel.
fn unmarked(table: &Table, c: char) -> &'static [&'static str] {
    let is_plain = matches!(c, 'a'..='z' | 'а'..='я' | 'ا' | 'ي');
    let bare = if is_plain { Vec::new() } else { fold(c.encode_utf8(&mut [0; 4])) };
    let list = bare.first().and_then(|bare| table.get(&bare.chars().next()?));
    let known =
        list.and_then(|list| list.iter().find(|(written, _)| bare.iter().any(|bare| bare == written)));
    known.map_or(&["-"], |(_, sounds)| *sounds)
}

const LATIN: &[Reading] = &[
    ("shch", &["w"]),
    ("tsch", &["q"]),
    ("dsch", &["j"]),
    ("sch", &["w"]),
    ("tch", &["q"]),
    ("dzh", &["j"]),
    ("sh", &["w"]),
    ("ch", &["q", "h", "w"]),
    ("zh", &["j", "zh"]),
    ("dz", &["d", "z"]),
    ("dj", &["j"]),
    ("kh", &["h"]),
    ("gh", &["g"]),
    ("dh", &["d", "z"]),
    ("th", &["t", "s"]),
    ("ph", &["f"]),
    ("ts", &["c"]),
    ("tz", &["c"]),
    ("ck", &["k"]),
    ("ij", &["-", "j"]),
    ("yj", &["-"]),
    ("au", &["-", "-v"]),
    ("ou", &["-", "-v"]),
    ("eu", &["-", "-v"]),
    ("off", &["-v"]),
    ("eff", &["-v"]),
    ("b", &["b"]),
    ("ç", &["q"]),
    ("č", &["q"]),
    ("ć", &["q"]),
    ("c", &["k", "j", "s"]),
    ("d", &["d"]),
    ("đ", &["d"]),
    ("f", &["f"]),
    ("g", &["g", "h"]),
    ("ğ", &["g"]),
    ("h", &["h"]),
    ("j", &["j", "-"]),
    ("k", &["k"]),
    ("l", &["l"]),
    ("ł", &["l"]),
    ("m", &["m"]),
    ("n", &["n"]),
    ("ñ", &["n"]),
    ("p", &["p"]),
    ("q", &["k", "g"]),
    ("r", &["r"]),
    ("š", &["w"]),
    ("ş", &["w"]),
    ("ș", &["w"]),
    ("s", &["s"]),
    ("t", &["t"]),
    ("ț", &["c"]),
    ("v", &["v"]),
    ("w", &["v", "-"]),
    ("x", &["h", "ks"]),
    ("ž", &["j"]),
    ("ż", &["j"]),
    ("z", &["z"]),
];

const CYRILLIC: &[Reading] = &[
    ("дж", &["j"]),
    ("дз", &["d", "z"]),
    ("б", &["b"]),
    ("в", &["v"]),
    ("г", &["g", "h"]),
    ("ґ", &["g"]),
    ("ғ", &["g"]),
    ("д", &["d"]),
    ("ж", &["j"]),
    ("җ", &["j"]),
    ("ҷ", &["j"]),
    ("ҹ", &["j"]),
    ("з", &["z"]),
    ("к", &["k"]),
    ("қ", &["k"]),
    ("ҝ", &["g"]),
    ("л", &["l"]),
    ("м", &["m"]),
    ("н", &["n"]),
    ("ң", &["n"]),
    ("п", &["p"]),
    ("р", &["r"]),
    ("с", &["s"]),
    ("т", &["t"]),
    ("ф", &["f"]),
    ("х", &["h"]),
    ("һ", &["h"]),
    ("ҳ", &["h"]),
    ("ц", &["c"]),
    ("ч", &["q"]),
    ("ш", &["w"]),
    ("щ", &["w"]),
    ("ў", &["-", "v"]),
];

/// After the fold.
const ARABIC: &[Reading] = &[
    // The end -ov, -ev of names is written with f.
    ("وف", &["-f", "-v"]),
    ("يف", &["-f", "-v"]),
    ("ب", &["b"]),
    ("پ", &["p"]),
    ("ت", &["t"]),
    ("ث", &["s", "t"]),
    ("ج", &["j", "g"]),
    ("چ", &["q"]),
    ("ح", &["h"]),
    ("خ", &["h"]),
    ("د", &["d"]),
    ("ذ", &["z", "d"]),
    ("ر", &["r"]),
    ("ز", &["z"]),
    ("ژ", &["j"]),
    ("س", &["s"]),
    ("ش", &["w"]),
    ("ص", &["s"]),
    ("ض", &["d", "z"]),
    ("ط", &["t"]),
    ("ظ", &["z"]),
    ("غ", &["g"]),
    ("ف", &["f"]),
    ("ڤ", &["v"]),
    ("ق", &["k", "g"]),
    ("ك", &["k"]),
    ("گ", &["g"]),
    ("ل", &["l"]),
    ("م", &["m"]),
    ("ن", &["n"]),
    ("ه", &["h"]),
    ("و", &["v", "-"]),
];
