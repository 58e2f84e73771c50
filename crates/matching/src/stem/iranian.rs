//! Persian and Pashto in Arabic script, Tajik in Cyrillic, after the fold: plural, izafat, object marker,
//! comparative, the pronouns that stand at the end, and the oblique case of Pashto.

use super::{trimmed, without};

#[rustfmt::skip]
const PERSIAN: &[&str] = &[
    "هايشان", "هايمان", "هايش", "هايي", "هاي", "هارا", "ها", "ترين", "تر", "گان", "يان", "ان", "را", "ات",
    "اي", "ش", "م", "ي",
];
const PASHTO: &[&str] = &["گاني", "گانو", "ونه", "ونو", "انو", "ان", "ي", "و", "ه"];
const CLITIC: &[&str] = &["ро", "ашон", "амон", "атон", "яшон", "ям", "аш", "яш", "ат", "ам"];
const LINK: &[&str] = &["и", "е", "у"];
const PLURAL: &[&str] = &["хо", "гон", "ен", "вон", "он"];

/// The light stem of a Persian word.
pub(crate) fn persian(word: &str) -> String {
    let least = |rest: &&str| rest.chars().count() >= 3;
    let verb = ["نمي", "مي"].iter().filter_map(|before| word.strip_prefix(before)).find(least);
    let cut = trimmed(verb.unwrap_or(word), PERSIAN, 3);
    trimmed(cut, &["ها", "ان", "ي", "ه"], 3).to_owned()
}

/// The light stem of a Pashto word.
pub(crate) fn pashto(word: &str) -> String {
    let cut = trimmed(word, PASHTO, 3);
    trimmed(cut, &["ي", "ه"], 3).to_owned()
}

/// The light stem of a Tajik word.
pub(crate) fn tajik(word: &str) -> String {
    let cut = trimmed(word, CLITIC, 3);
    let cut = trimmed(cut, LINK, 3);
    let cut = trimmed(cut, PLURAL, 3);
    without(cut, &["а", "и", "у", "е"], 3).unwrap_or(cut).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{pashto, persian, tajik};

    #[test]
    fn the_forms_of_a_word_have_one_stem() {
        for word in ["مرزها", "مرزهاي", "مرزي", "مرزهايي", "مرزهايش", "مرزرا"]
        {
            assert_eq!(persian(word), "مرز", "{word}");
        }
        for word in ["سرحدونه", "سرحدونو", "سرحدي"] {
            assert_eq!(pashto(word), "سرحد", "{word}");
        }
        for word in ["сархад", "сархадхо", "сархадхои", "сархади", "сархадро", "сархадхоро"]
        {
            assert_eq!(tajik(word), "сархад", "{word}");
        }
    }
}
