//! Letters: one spelling for what keyboards, scripts and habits write in several ways.
//!
//! A word passes two steps. [`letters`] keeps the letters of its language and removes what is no letter (case,
//! width, marks of stress and vowel, apostrophes, joiners). [`fold`] then takes every letter to its plain
//! neighbour, so that a text typed on the keyboard of another language is found as well.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The longest word, in characters; what follows is not looked at. A SHA-512 in hexadecimal fits.
pub(crate) const MAX_WORD_CHARS: usize = 128;

/// What a letter belongs to. A word has the script of its first letter that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Latin with all its extensions.
    Latin,
    /// Cyrillic with all its extensions.
    Cyrillic,
    /// Arabic with the letters of Persian, Pashto and Urdu.
    Arabic,
    /// Every other script, and digits.
    Other,
}

/// The script of a letter.
pub(crate) fn script_of(c: char) -> Script {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' => {
            Script::Latin
        }
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{a640}'..='\u{a69f}' => Script::Cyrillic,
        '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6ef}' | '\u{6fa}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' => {
            Script::Arabic
        }
        _ => Script::Other,
    }
}

/// The script of a word.
pub(crate) fn script(word: &str) -> Script {
    word.chars().map(script_of).find(|script| *script != Script::Other).unwrap_or(Script::Other)
}

/// The text in Unicode NFKC, with the accent that stands alone as an apostrophe (NFKC would make it a space).
pub(crate) fn normal(text: &str) -> String {
    text.chars().map(|c| if c == '\u{b4}' { '\'' } else { c }).nfkc().collect()
}

/// Whether it is one of the signs that stand for an apostrophe, a glottal stop or the Uzbek turned comma.
pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{2b0}'..='\u{2ff}' | '\u{a78c}'
    )
}

/// Whether it stands inside words and says nothing: joiners, direction marks, soft hyphen, tatweel.
pub(crate) fn is_silent(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    ) || (is_combining_mark(c) && !c.is_alphanumeric())
        || is_combining_mark(c)
            && matches!(c, '\u{345}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{5b0}'..='\u{5c7}')
}

/// The letters and digits of a word in small letters, still those of its language; at most
/// [`MAX_WORD_CHARS`].
pub(crate) fn letters(word: &str) -> String {
    let mut found = String::new();
    for c in
        unmixed(word).chars().flat_map(char::to_lowercase).filter(|c| !is_apostrophe(*c) && !is_silent(*c))
    {
        match c {
            'ß' => found.push_str("ss"),
            'ı' => found.push('i'),
            'ς' => found.push('σ'),
            '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' | '\u{966}'..='\u{96f}' => found.push(digit(c)),
            _ if c.is_alphanumeric() => found.push(c),
            _ => {}
        }
    }
    cut(found, MAX_WORD_CHARS)
}

/// Whether a word has letters of both Latin and Cyrillic.
pub(crate) fn is_mixed(word: &str) -> bool {
    word.chars().any(|c| script_of(c) == Script::Latin)
        && word.chars().any(|c| script_of(c) == Script::Cyrillic)
}

/// The word in one script where Latin and Cyrillic letters of the same shape are mixed, by slip or to deceive: the
/// script that all its letters can have. A word where neither will do stays.
fn unmixed(word: &str) -> Cow<'_, str> {
    const LATIN: &str = "aceopxyijsABCEHIJKMOPSTXY";
    const CYRILLIC: &str = "асеорхуіјѕАВСЕНІЈКМОРЅТХУ";
    let count =
        |script, but: &str| word.chars().filter(|c| script_of(*c) == script && !but.contains(*c)).count();
    let (latin, cyrillic) = (count(Script::Latin, ""), count(Script::Cyrillic, ""));
    let (from, to) = match (count(Script::Latin, LATIN), count(Script::Cyrillic, CYRILLIC)) {
        (0, 0) if latin > cyrillic => (CYRILLIC, LATIN),
        (0, _) => (LATIN, CYRILLIC),
        (_, 0) => (CYRILLIC, LATIN),
        _ => return Cow::Borrowed(word),
    };
    let same = |c: char| from.chars().zip(to.chars()).find(|(shape, _)| *shape == c).map_or(c, |(_, to)| to);
    Cow::Owned(word.chars().map(same).collect())
}

/// The ASCII digit for an Arabic, Persian or Devanagari one.
fn digit(c: char) -> char {
    let zero = match c {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => 0x966,
    };
    char::from_digit(u32::from(c).saturating_sub(zero), 10).unwrap_or(c)
}

/// The first `chars` characters.
pub(crate) fn cut(text: String, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => text.get(..at).map(str::to_owned).unwrap_or_default(),
        None => text,
    }
}

/// The plain spellings of a word in [`letters`]: one, or two where the letter ə or ә is written both as a and
/// as e by those who have no such key.
pub(crate) fn fold(letters: &str) -> Vec<String> {
    let first = spelled(letters, false);
    if letters.contains(['ə', 'ә']) { vec![first, spelled(letters, true)] } else { vec![first] }
}

/// One plain spelling; `front` writes the letter ə as e.
fn spelled(letters: &str, front: bool) -> String {
    let once = plain(letters, front);
    let whole = match unmixed(&once) {
        Cow::Borrowed(_) => once,
        Cow::Owned(whole) => plain(&whole, front),
    };
    cut(whole, MAX_WORD_CHARS)
}

fn plain(letters: &str, front: bool) -> String {
    let mut plain = String::with_capacity(letters.len());
    for c in letters.chars() {
        match c {
            'ə' => plain.push(if front { 'e' } else { 'a' }),
            'ә' => plain.push(if front { 'е' } else { 'а' }),
            // The hard sign and the apostrophe of Ukrainian stand for the same, and both are often left out.
            'ъ' => {}
            _ => match neighbour(c) {
                Some(to) => plain.push_str(to),
                None => unmarked(c, &mut plain),
            },
        }
    }
    plain
}

/// The letter without its marks, where marks only vary a letter. The letter й is one of its own in every
/// language that writes it.
fn unmarked(c: char, into: &mut String) {
    let varies = matches!(script_of(c), Script::Latin | Script::Arabic)
        || matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}');
    if c == 'й' || !(varies || script_of(c) == Script::Cyrillic) {
        into.push(c);
        return;
    }
    decompose_canonical(c, |part| {
        if !is_combining_mark(part) {
            into.push_str(neighbour(part).unwrap_or(part.encode_utf8(&mut [0; 4])));
        }
    });
}

/// The plain neighbour of a letter that is not a plain letter with a mark.
fn neighbour(c: char) -> Option<&'static str> {
    latin(c).or_else(|| cyrillic(c)).or_else(|| arabic(c))
}

fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' | 'ɵ' => "o",
        'đ' | 'ð' | 'ɖ' => "d",
        'ł' => "l",
        'þ' => "th",
        'ħ' => "h",
        'ŋ' => "n",
        'ɓ' => "b",
        'ƙ' => "k",
        'ƣ' => "g",
        _ => return None,
    })
}

/// Letters of other languages to those that stand on a Russian keyboard, after the practice of their writers.
fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'ё' | 'є' => "е",
        'і' | 'ї' | 'ӏ' => "и",
        'қ' | 'ҡ' | 'ӄ' | 'ҝ' | 'ҟ' => "к",
        'ғ' | 'ґ' | 'ҕ' => "г",
        'ң' | 'ҥ' | 'ӈ' => "н",
        'ө' => "о",
        'ү' | 'ұ' => "у",
        'һ' | 'ҳ' => "х",
        'ҷ' | 'ҹ' | 'ӌ' => "ч",
        'җ' => "ж",
        'ҙ' | 'ѕ' => "з",
        'ҫ' => "с",
        'ј' => "й",
        _ => return None,
    })
}

/// Letters of Persian, Pashto and Urdu, and the seats of hamza, to one of each.
fn arabic(c: char) -> Option<&'static str> {
    Some(match c {
        'آ' | 'أ' | 'إ' | 'ٱ' | 'ٲ' | 'ٳ' => "ا",
        'ؤ' | 'ٶ' | 'ۇ' | 'ۆ' | 'ۈ' | 'ۋ' => "و",
        'ئ' | 'ى' | 'ی' | 'ې' | 'ۍ' | 'ے' | 'ێ' | 'ۓ' => "ي",
        'ء' => "",
        'ة' | 'ۀ' | 'ہ' | 'ھ' | 'ۂ' | 'ە' | 'ۃ' => "ه",
        'ک' | 'ڪ' => "ك",
        'ګ' | 'ڳ' => "گ",
        'ټ' | 'ٹ' => "ت",
        'ډ' | 'ڈ' => "د",
        'ړ' | 'ڑ' => "ر",
        'ڼ' | 'ں' => "ن",
        'ښ' => "ش",
        'ږ' => "ژ",
        'څ' => "س",
        'ځ' => "ز",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{fold, letters, normal};

    fn plain(word: &str) -> Vec<String> {
        fold(&letters(&normal(word)))
    }

    #[test]
    fn case_and_width_are_folded_in_every_script() {
        assert_eq!(plain("ＦＵＬＬ"), ["full"]);
        assert_eq!(plain("STRASSE"), plain("Straße"));
        assert_eq!(plain("İSTANBUL"), plain("ıstanbul"));
        assert_eq!(plain("ΟΔΟΣ"), plain("οδός"));
    }

    #[test]
    fn letters_of_turkic_languages_and_tajik_go_to_their_russian_neighbours() {
        assert_eq!(plain("Қазақстан"), ["казакстан"]);
        assert_eq!(plain("өзгөчө түзүлгөн"), plain("озгочо тузулгон"));
        assert_eq!(plain("Тоҷикӣ"), ["точики"]);
        assert_eq!(plain("Ўзбек"), ["узбек"]);
        assert_eq!(plain("әскер"), ["аскер", "ескер"]);
        assert_eq!(plain("Ґанок їжа є"), plain("Ганок ижа е"));
        assert_eq!(plain("й"), ["й"]);
    }

    #[test]
    fn arabic_and_persian_variants_are_one() {
        assert_eq!(plain("إسلام"), plain("اسلام"));
        assert_eq!(plain("کتابی"), plain("كتابي"));
        assert_eq!(plain("مُحَمَّد"), plain("محمـــد"));
        assert_eq!(plain("۱۲۳"), ["123"]);
    }

    #[test]
    fn a_word_of_two_scripts_is_read_in_the_one_that_all_its_letters_can_have() {
        assert_eq!(plain("Kapимoв"), plain("Каримов"));
        assert_eq!(plain("exаmple"), ["example"]);
    }

    #[test]
    fn all_forms_of_the_apostrophe_are_none() {
        for sign in ["ʻ", "'", "’", "`", "ʼ", "‘", "´", ""] {
            assert_eq!(plain(&format!("O{sign}zbek")), ["ozbek"], "{sign:?}");
        }
    }
}
