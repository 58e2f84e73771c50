//! Turkic words in one Latin spelling for both scripts, and the endings of noun, number, person and case.
//!
//! The spelling serves every word in Latin or Cyrillic: it is how чегара and chegara meet. It keeps the vowels,
//! so it separates far more words than a key of consonants would.

use std::collections::BTreeSet;

/// A case or person leaves at least so many letters: words of three lose too much otherwise (Volga, panda).
const LEAST: usize = 4;
/// A word has at most so many rounds of them.
const MAX_ENDINGS: usize = 4;
/// What a plural, a genitive and an adjective of place leave, whose endings are long enough to be known.
const LEAST_LONG: usize = 3;
#[rustfmt::skip]
const LONG_CASES: &[&str] = &[
    "nin", "nun", "din", "dun", "tin", "tun", "dagi", "degi", "dogi", "tagi", "tegi", "togi", "daki", "deki", "ndagi", "ndegi",
    "ndogi", "ndaki", "ndeki",
];
#[rustfmt::skip]
const CASES: &[&str] = &[
    "ni", "nu", "di", "du", "ti", "tu", "ga", "ge", "go", "ka", "ke", "ko", "na", "ne", "da", "de", "do",
    "nda", "nde", "ndo", "ta", "te", "to", "dan", "den", "don", "tan", "ten", "ton", "nan", "nen", "non",
    "ndan", "nden", "ben", "men", "pen",
];
#[rustfmt::skip]
const PERSONS: &[&str] = &[
    "imiz", "miz", "umuz", "iniz", "si", "su", "lari", "leri", "im", "um", "in", "un",
];
const PLURALS: &[&str] = &["lar", "ler", "lor", "dar", "der", "dor", "tar", "ter", "tor"];

/// The stem of a word in the one spelling: endings come off until none fits, so that a word whose own end looks like
/// an ending has the same stem with another behind it (келісім, келісімдер).
fn stem(word: &str) -> &str {
    let mut cut = word;
    for _ in 0..MAX_ENDINGS {
        let before = cut.len();
        cut = ending(cut, LONG_CASES, LEAST_LONG);
        if cut.len() == before {
            cut = ending(cut, CASES, LEAST);
        }
        cut = ending(cut, PERSONS, LEAST);
        // The person of the possessor stands behind the plural: lar-i.
        cut = cut
            .strip_suffix('i')
            .filter(|rest| ending(rest, PLURALS, LEAST_LONG).len() < rest.len())
            .unwrap_or(cut);
        cut = ending(cut, PLURALS, LEAST_LONG);
        if cut.len() == before {
            break;
        }
    }
    cut.strip_suffix(['a', 'e', 'i', 'o', 'u']).filter(|rest| sounds(rest) >= LEAST).unwrap_or(cut)
}

/// The word without the longest of the endings that may stand behind what is left.
fn ending<'a>(word: &'a str, endings: &[&str], least: usize) -> &'a str {
    endings
        .iter()
        .filter_map(|ending| word.strip_suffix(ending).map(|rest| (rest, *ending)))
        .filter(|(rest, ending)| sounds(rest) >= least && fits(rest, ending))
        .min_by_key(|(rest, _)| rest.len())
        .map_or(word, |(rest, _)| rest)
}

/// Whether an ending may follow: its first sound agrees with the last one of the stem, its vowel with the last
/// vowel. Uzbek has no harmony and uses the endings with a, which are allowed everywhere.
fn fits(rest: &str, ending: &str) -> bool {
    let Some(last) = rest.chars().last() else { return false };
    let Some(vowel) = rest.chars().rev().find(|c| is_vowel(*c)) else { return false };
    let starts = match ending.chars().next() {
        // Lands in -stan are no ablatives.
        Some('t') if ending.len() == 3 && last == 's' && !PLURALS.contains(&ending) => false,
        Some('t') => !is_vowel(last) && !matches!(last, 'l' | 'm' | 'n' | 'r' | 'z' | 'j' | 'y'),
        Some('d') if PLURALS.contains(&ending) => matches!(last, 'l' | 'm' | 'n' | 'z' | 'j' | 'v'),
        // Genitive and accusative in d follow consonants, place and origin follow everything.
        Some('d') if matches!(ending, "din" | "dun" | "di" | "du") => !is_vowel(last),
        Some('k') => !is_vowel(last) && !matches!(last, 'l' | 'm' | 'n' | 'r' | 'z' | 'j'),
        Some('s') => is_vowel(last),
        // Behind the vowel of a possessor only (-si-na, -i-ndan); the ablative in n also behind nasals.
        Some('n') if ending.starts_with("nd") || matches!(ending, "na" | "ne") => matches!(last, 'i' | 'u'),
        Some('n') if matches!(ending, "nan" | "nen" | "non") => matches!(last, 'i' | 'u' | 'm' | 'n'),
        _ => true,
    };
    let harmony = match ending.chars().find(|c| is_vowel(*c)) {
        Some('e') => matches!(vowel, 'e' | 'i' | 'o' | 'u'),
        Some('o' | 'u') => matches!(vowel, 'o' | 'u'),
        _ => true,
    };
    starts && harmony
}

/// How many sounds a word in the one spelling has: sh and ch are one each.
fn sounds(word: &str) -> usize {
    word.len().saturating_sub(word.matches("sh").count()).saturating_sub(word.matches("ch").count())
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// The stems of a word in Latin or Cyrillic letters in the one spelling, at most four; empty if a letter has no
/// place in it.
pub(crate) fn stems(letters: &str) -> BTreeSet<String> {
    let mut readings = vec![String::new()];
    let mut rest = letters;
    while let Some(c) = rest.chars().next() {
        let (width, sounds) = sound(rest, c);
        if sounds.is_empty() {
            return BTreeSet::new();
        }
        if readings.len() < 4 && sounds.len() == 2 {
            readings = sounds
                .iter()
                .flat_map(|sound| readings.iter().map(move |head| format!("{head}{sound}")))
                .collect();
        } else {
            let first = sounds.first().copied().unwrap_or_default();
            readings.iter_mut().for_each(|head| head.push_str(first));
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    readings
        .iter()
        .map(|word| single(stem(&word.replace("ng", "n"))))
        .filter(|stem| !stem.is_empty())
        .collect()
}

/// Doubled letters once: habits differ there.
fn single(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}

/// The sounds that begin a text: how many bytes they take, and one or two ways to write them.
fn sound(rest: &str, c: char) -> (usize, &'static [&'static str]) {
    for (written, sounds) in PAIRS {
        if rest.starts_with(written) {
            return (written.len(), sounds);
        }
    }
    (c.len_utf8(), latin(c).or_else(|| cyrillic(c)).unwrap_or_default())
}

const PAIRS: [(&str, &[&str]); 9] = [
    ("shch", &["sh"]),
    ("sh", &["sh"]),
    ("ch", &["ch"]),
    ("zh", &["j"]),
    ("kh", &["h"]),
    ("gh", &["g"]),
    ("ts", &["ts"]),
    ("дж", &["j"]),
    ("iy", &["i"]),
];

fn latin(c: char) -> Option<&'static [&'static str]> {
    Some(match c {
        'a' | 'â' | 'ā' | 'á' | 'à' => &["a"],
        'ä' | 'ə' => &["a", "e"],
        'b' => &["b"],
        'c' | 'j' => &["j"],
        'ç' | 'č' => &["ch"],
        'd' => &["d"],
        'e' | 'é' | 'ê' | 'è' => &["e"],
        'f' => &["f"],
        'g' | 'ğ' | 'ġ' | 'ǵ' => &["g"],
        'h' | 'x' => &["h"],
        'i' | 'y' | 'î' | 'ī' | 'ý' | 'í' => &["i"],
        'k' => &["k"],
        'l' => &["l"],
        'm' => &["m"],
        'n' => &["n"],
        'ñ' | 'ń' | 'ň' | 'ŋ' => &["n"],
        'o' | 'ö' | 'ó' | 'ô' | 'ò' => &["o"],
        'p' => &["p"],
        'q' => &["k", "g"],
        'r' => &["r"],
        's' => &["s"],
        'ş' | 'š' | 'ș' => &["sh"],
        't' => &["t"],
        'u' | 'ü' | 'ū' | 'û' | 'ú' | 'ù' => &["u"],
        'v' | 'w' => &["v"],
        'z' => &["z"],
        'ž' => &["j"],
        '0'..='9' => digits(c),
        _ => return None,
    })
}

fn digits(c: char) -> &'static [&'static str] {
    const DIGITS: [&[&str]; 10] =
        [&["0"], &["1"], &["2"], &["3"], &["4"], &["5"], &["6"], &["7"], &["8"], &["9"]];
    c.to_digit(10).and_then(|value| DIGITS.get(usize::try_from(value).ok()?)).copied().unwrap_or_default()
}

fn cyrillic(c: char) -> Option<&'static [&'static str]> {
    Some(match c {
        'а' => &["a"],
        'ә' => &["a", "e"],
        'б' => &["b"],
        'в' => &["v"],
        'г' | 'ґ' | 'ғ' => &["g"],
        'д' => &["d"],
        'е' | 'э' | 'є' => &["e"],
        'ё' => &["io", "e"],
        'ж' | 'җ' | 'ҷ' | 'ҹ' => &["j"],
        'з' | 'ҙ' => &["z"],
        'и' | 'й' | 'ы' | 'і' | 'ї' | 'ӣ' | 'ј' => &["i"],
        'к' | 'қ' | 'ҡ' => &["k"],
        'ҝ' => &["g"],
        'л' => &["l"],
        'м' => &["m"],
        'н' => &["n"],
        'ң' => &["n"],
        'о' | 'ө' | 'ў' => &["o"],
        'п' => &["p"],
        'р' => &["r"],
        'с' | 'ҫ' => &["s"],
        'т' => &["t"],
        'у' | 'ү' | 'ұ' | 'ӯ' => &["u"],
        'ф' => &["f"],
        'х' | 'һ' | 'ҳ' => &["h"],
        'ц' => &["ts"],
        'ч' => &["ch"],
        'ш' | 'щ' => &["sh"],
        'ъ' | 'ь' => &[""],
        'ю' => &["iu"],
        'я' => &["ia"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::stems;

    fn meet(forms: &[&str]) {
        for form in forms {
            assert!(
                !stems(form).is_disjoint(&stems(forms[0])),
                "{form}: {:?} {:?}",
                stems(form),
                stems(forms[0])
            );
        }
    }

    #[test]
    fn the_forms_of_a_noun_share_a_stem() {
        meet(&[
            "chegara",
            "chegaralar",
            "chegarasi",
            "chegarada",
            "chegaradan",
            "chegaralarning",
            "chegaralarida",
            "чегара",
            "чегаралардан",
        ]);
        meet(&["шекара", "шекаралар", "шекарасы", "шекарада", "шекараның", "şekara"]);
        meet(&["sərhəd", "sərhədlər", "sərhəddə", "sərhədin", "сәрһәд"]);
        meet(&["өзбектер", "өзбек", "өзбектердин"]);
        meet(&["келісім", "келісімдер"]);
        meet(&["kitob", "kitoblar", "kitobni", "китоблардан"]);
    }

    #[test]
    fn what_only_looks_like_an_ending_stays() {
        for (word, other) in [("border", "bor"), ("master", "mas"), ("шайтан", "шай"), ("volga", "vol")]
        {
            assert!(stems(word).is_disjoint(&stems(other)), "{word}");
        }
    }
}
