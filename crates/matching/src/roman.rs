//! The consonants of a word in Latin, Cyrillic or Arabic letters, with every reading of a letter that has several.
//!
//! Classes are one small letter each: b c d f g h j k l m n p r s t v z stand for themselves (c is ts, j is zh,
//! dj and dzh, h is also kh), `w` is sh and shch, `q` is ch. Vowels are `-`.

use crate::fold::{Script, fold, script};

/// A spelling and its readings.
type Reading = (&'static str, &'static [&'static str]);

/// A word has at most so many readings; further letters get their first one.
pub(crate) const MAX_READINGS: usize = 8;

/// The readings of a word in [`crate::fold::letters`]; empty if its script is another.
pub(crate) fn readings(word: &str) -> Vec<String> {
    let table: &[Reading] = match script(word) {
        Script::Latin => LATIN,
        Script::Cyrillic => CYRILLIC,
        Script::Arabic => ARABIC,
        Script::Other => return Vec::new(),
    };
    let mut found = vec![String::new()];
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let first = rest.as_bytes().first();
        let known = table
            .iter()
            .find(|(written, _)| written.as_bytes().first() == first && rest.starts_with(written));
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
fn unmarked(table: &[Reading], c: char) -> &'static [&'static str] {
    let is_plain = matches!(c, 'a'..='z' | 'а'..='я' | 'ا' | 'ي');
    let bare = if is_plain { Vec::new() } else { fold(c.encode_utf8(&mut [0; 4])) };
    let known = bare.first().and_then(|bare| table.iter().find(|(written, _)| written == bare));
    known.map_or(&["-"], |(_, sounds)| *sounds)
}

/// Longer spellings before the shorter ones they begin with.
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
