//! Names in Latin letters, for reading: a table for the letters of each script, and no guess of a language.

use crate::fold::{Script, is_silent, normal, script_of};

/// The longest name that is written so, in characters; of a longer one nothing is written.
const MAX_CHARS: usize = 1_000;

/// The name with its Cyrillic and Arabic letters in Latin ones; none when it has no such letter, or a letter that no table
/// has.
pub(crate) fn of(name: &str) -> Option<String> {
    let letters: Vec<char> = normal(name).chars().take(MAX_CHARS.saturating_add(1)).collect();
    if letters.len() > MAX_CHARS {
        return None;
    }
    let is_upper = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_uppercase());
    let mut met = false;
    let mut text = String::new();
    for (at, c) in letters.iter().enumerate() {
        let small = c.to_lowercase().next().unwrap_or(*c);
        if let Some(written) = spelling(small) {
            met = true;
            let in_capitals = is_upper(at.checked_sub(1)) || is_upper(at.checked_add(1));
            text.push_str(&cased(written, c.is_uppercase(), in_capitals));
        } else if is_silent(*c) {
            // Joiners, marks of direction and stress.
        } else if script_of(*c) == Script::Latin || !c.is_alphabetic() {
            text.push(*c);
        } else {
            return None;
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (met && !text.is_empty()).then_some(text)
}

/// The spelling of a capital letter: `Shch`, or `SHCH` among other capitals.
fn cased(written: &str, capital: bool, in_capitals: bool) -> String {
    let mut letters = written.chars();
    match (capital, letters.next()) {
        (true, _) if in_capitals => written.to_uppercase(),
        (true, Some(first)) => first.to_uppercase().chain(letters).collect(),
        _ => written.to_owned(),
    }
}

/// How a small letter is written in Latin ones; none for a letter that stands in no table.
#[rustfmt::skip]
fn spelling(letter: char) -> Option<&'static str> {
    Some(match letter {
        // Cyrillic, with the letters of the languages of Central Asia, the Caucasus and Europe.
        'а' | 'ә' | 'ӑ' | 'ӓ' => "a", 'б' => "b", 'в' => "v", 'г' | 'ґ' => "g", 'ғ' => "gh", 'д' => "d",
        'е' | 'э' => "e", 'ё' => "yo", 'є' => "ye", 'ж' | 'җ' => "zh", 'з' => "z", 'ѕ' => "dz",
        'и' | 'і' | 'ӣ' => "i", 'ї' => "yi", 'й' | 'ы' => "y", 'ј' | 'ҷ' => "j", 'к' => "k", 'қ' => "q",
        'л' => "l", 'љ' => "lj", 'м' => "m", 'н' => "n", 'ң' | 'ҥ' => "ng", 'њ' => "nj", 'о' | 'ө' | 'ӧ' => "o",
        'п' => "p", 'р' => "r", 'с' => "s", 'т' => "t", 'ћ' => "c", 'ђ' => "dj", 'у' | 'ӯ' | 'ү' | 'ұ' | 'ӱ' => "u",
        'ў' => "u", 'ф' => "f", 'х' => "kh", 'ҳ' | 'һ' => "h", 'ц' => "ts", 'ч' | 'ҹ' => "ch", 'џ' => "dz",
        'ш' => "sh", 'щ' => "shch", 'ъ' | 'ь' => "", 'ю' => "yu", 'я' => "ya", 'ѓ' => "gj", 'ќ' => "kj", 'ѝ' => "i",
        'ѐ' => "e",
        // Arabic, with the letters of Persian, Pashto, Urdu and Uyghur; vowels are there only where they are written.
        'ا' | 'آ' | 'أ' | 'ٱ' | 'ى' | 'ة' | '\u{64e}' => "a", 'إ' | '\u{650}' => "i", '\u{64f}' => "u",
        '\u{64b}' => "an", '\u{64c}' => "un", '\u{64d}' => "in", 'ب' => "b", 'پ' => "p", 'ت' | 'ٹ' | 'ټ' | 'ط' => "t",
        'ث' => "th", 'ج' => "j", 'چ' => "ch", 'ح' | 'ه' | 'ھ' | 'ە' | 'ہ' => "h", 'خ' | 'څ' => "kh",
        'د' | 'ڈ' | 'ډ' | 'ض' => "d", 'ذ' => "dh", 'ر' | 'ڑ' | 'ړ' => "r", 'ز' | 'ظ' | 'ځ' => "z", 'ژ' | 'ږ' => "zh",
        'س' | 'ص' => "s", 'ش' | 'ښ' => "sh", 'ع' | 'ء' | 'ئ' | 'ؤ' => "'", 'غ' => "gh", 'ف' => "f", 'ق' => "q",
        'ك' | 'ک' | 'ګ' => "k", 'گ' => "g", 'ڭ' => "ng", 'ل' => "l", 'م' => "m", 'ن' | 'ں' | 'ڼ' => "n", 'و' => "w",
        'ۆ' => "o", 'ۇ' | 'ۈ' => "u", 'ۋ' => "v", 'ي' | 'ی' | 'ۍ' => "y", 'ې' | 'ے' => "e",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::of;
    use proptest::prelude::*;

    #[test]
    fn cyrillic_names_are_written_as_they_are_read() {
        for (name, written) in [
            ("Каримов Анвар", "Karimov Anvar"),
            ("Щербаков", "Shcherbakov"),
            ("ЩЕРБАКОВ", "SHCHERBAKOV"),
            ("Юсупова Юлия", "Yusupova Yuliya"),
            ("Қосимов Ғулом", "Qosimov Ghulom"),
            ("EXERCISE Группа 7", "EXERCISE Gruppa 7"),
            ("Соловьёв-Объездчик", "Solovyov-Obezdchik"),
        ] {
            assert_eq!(of(name).as_deref(), Some(written), "{name}");
        }
    }

    #[test]
    fn arabic_names_keep_the_letters_that_are_written() {
        assert_eq!(of("محمد كريموف").as_deref(), Some("mhmd krymwf"));
        assert_eq!(of("مُحَمَّد").as_deref(), Some("muhamad"));
        assert_eq!(of("می\u{200c}رود").as_deref(), Some("myrwd"));
    }

    #[test]
    fn latin_names_and_unknown_scripts_have_no_other_form() {
        for name in ["Karimov", "", "  ", "12", "王小明", "Каримов 王", "Γιώργος"] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_has_latin_letters_alone(name in "\\PC{0,60}") {
            if let Some(text) = of(&name) {
                prop_assert!(text.chars().all(|c| !('\u{400}'..'\u{780}').contains(&c) || !c.is_alphabetic()), "{text}");
            }
        }
    }
}
