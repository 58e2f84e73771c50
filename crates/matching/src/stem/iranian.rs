//! Persian and Pashto in Arabic script, Tajik in Cyrillic, after the fold: plural, izafat, object marker,
//! comparative, the pronouns that stand at the end, and the oblique case of Pashto.

use super::{trimmed, without};

#[rustfmt::skip]
const PERSIAN: &[&str] = &[
    "هايشان", "هايمان", "هايش", "هايي", "هاي", "هارا", "ها", "ترين", "تر", "يان", "ان", "را", "ات", "اي", "ي",
];
const PASHTO: &[&str] = &["ونه", "ونو", "انو", "ان", "و"];
const CLITIC: &[&str] = &["ро", "ашон", "амон", "атон", "яшон", "аш", "яш"];
const LINK: &[&str] = &["и", "е", "у"];
const PLURAL: &[&str] = &["хо", "гон", "ен", "вон", "он"];

/// The light stem of a Persian word.
pub(crate) fn persian(word: &str) -> String {
    // Before -gan the silent heh of the singular is gone.
    if let Some(rest) = without(word, &["گان"], 3) {
        return format!("{rest}ه");
    }
    let cut = trimmed(word, PERSIAN, 3);
    trimmed(cut, &["ها", "ان", "ي"], 3).to_owned()
}

/// The light stem of a Pashto word. The vowels at its end, which carry gender and case, are one; a word that ends
/// in a consonant is another.
pub(crate) fn pashto(word: &str) -> String {
    let cut = without(word, &["گاني", "گانو"], 2).unwrap_or_else(|| trimmed(word, PASHTO, 3));
    match without(cut, &["ي", "ه"], 2) {
        Some(rest) => format!("{rest}ه"),
        None => cut.to_owned(),
    }
}

/// The light stem of a Tajik word.
pub(crate) fn tajik(word: &str) -> String {
    let mut cut = trimmed(word, CLITIC, 3);
    // The i of a name of a quality may have an izafat behind it.
    cut = trimmed(trimmed(cut, LINK, 3), LINK, 3);
    trimmed(cut, PLURAL, 3).to_owned()
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
        for word in ["سرحد", "سرحدونه", "سرحدونو"] {
            assert_eq!(pashto(word), "سرحد", "{word}");
        }
        assert_eq!(pashto("وسله"), pashto("وسلي"));
        assert_eq!(persian("پناهندگان"), persian("پناهنده"));
        for word in ["сархад", "сархадхо", "сархадхои", "сархади", "сархадро", "сархадхоро"]
        {
            assert_eq!(tajik(word), "сархад", "{word}");
        }
    }
}
