//! Keys of names: what the spellings of one name have in common, whatever the script.
//!
//! The key of a word is its consonants in a small alphabet, doubled ones once; the vowel at the start is `a`, the
//! other vowels and an h at the end are nothing. Where a letter has several readings, each gives a key. A name has
//! the keys of its words in no order, and those of each two neighbours written as one word (Abd al-Rahman,
//! Abdulrahman). Articles and words for *son of* are no words of a name.
//!
//! Keys are made to miss little, not to decide: Karim and Karam have one key. Whoever uses them shows what matched
//! and leaves the judgement to a person. Words in other scripts than Latin, Cyrillic and Arabic are their own key.

use crate::fold::{Script, fold, is_apostrophe, is_silent, letters, normal, script};
use crate::roman::readings;
use std::collections::BTreeSet;

/// A name is read up to so many words.
pub const MAX_WORDS: usize = 32;

/// Words that only link the words of a name: articles, *son of*, *daughter of*.
const LINKS: [&str; 46] = [
    "al",
    "el",
    "ul",
    "il",
    "bin",
    "ben",
    "ibn",
    "bint",
    "binti",
    "ogly",
    "oglu",
    "ogli",
    "ugli",
    "uulu",
    "uly",
    "kyzy",
    "qizi",
    "kizi",
    "qyzy",
    "gizi",
    "kyz",
    "аль",
    "эль",
    "ал",
    "уль",
    "бин",
    "бен",
    "ибн",
    "бинт",
    "оглы",
    "оглу",
    "огли",
    "угли",
    "уулу",
    "улы",
    "кызы",
    "кизи",
    "гызы",
    "кыз",
    "ال",
    "بن",
    "ابن",
    "بنت",
    "بنتي",
    "اوغلي",
    "ولد",
];
/// Of these, the ones that follow the name of the father.
const AFTER_FATHER: [&str; 23] = [
    "ogly",
    "oglu",
    "ogli",
    "ugli",
    "uulu",
    "uly",
    "kyzy",
    "qizi",
    "kizi",
    "qyzy",
    "gizi",
    "kyz",
    "оглы",
    "оглу",
    "огли",
    "угли",
    "уулу",
    "улы",
    "кызы",
    "кизи",
    "гызы",
    "кыз",
    "اوغلي",
];
/// The article before a consonant that takes over its l.
const ASSIMILATED: [&str; 14] =
    ["as", "ash", "ar", "an", "ad", "at", "az", "ас", "аш", "ар", "ан", "ад", "ат", "аз"];
const FATHERS: [&str; 20] = [
    "ovich",
    "evich",
    "ovych",
    "yovych",
    "evych",
    "ovna",
    "evna",
    "ivna",
    "yivna",
    "ichna",
    "ович",
    "евич",
    "йович",
    "овна",
    "евна",
    "ивна",
    "ична",
    "инич",
    "ьич",
    "льич",
];

/// One word of a name.
struct Word {
    keys: BTreeSet<String>,
    /// Names the father: it is often left out.
    is_father: bool,
}

/// The keys of a personal or other name, in any order of its words.
#[must_use]
pub fn keys(name: &str) -> BTreeSet<String> {
    let words = words(name);
    let mut found: BTreeSet<String> = words.iter().flat_map(|word| word.keys.iter().cloned()).collect();
    found.extend(words.windows(2).flat_map(joined));
    found
}

/// Whether a text holds all words of the name that is looked for, under any spelling of them; a father's name
/// (Karimovich, Karim oglu) may be missing. A query without a word matches nothing.
#[must_use]
pub fn matches(query: &str, text: &str) -> bool {
    let held = keys(text);
    let words = words(query);
    let meets = |keys: &BTreeSet<String>| keys.iter().any(|key| held.contains(key));
    let own: Vec<bool> = words.iter().map(|word| meets(&word.keys)).collect();
    let pairs: Vec<bool> = words.windows(2).map(|pair| meets(&joined(pair))).collect();
    let optional = words.iter().any(|word| !word.is_father);
    !words.is_empty()
        && words.iter().zip(&own).enumerate().all(|(at, (word, own))| {
            let paired = pairs.get(at) == Some(&true)
                || at.checked_sub(1).is_some_and(|at| pairs.get(at) == Some(&true));
            *own || paired || (optional && word.is_father)
        })
}

/// The keys of two neighbours written as one word.
fn joined(pair: &[Word]) -> BTreeSet<String> {
    let [first, second] = pair else { return BTreeSet::new() };
    let heads = first.keys.iter().take(2);
    heads
        .flat_map(|head| {
            second.keys.iter().take(4).map(move |tail| settled(&format!("{head}{}", inner(tail))))
        })
        .collect()
}

/// A key inside a longer one: the vowel at its start is one among others there.
fn inner(key: &str) -> &str {
    key.strip_prefix('a').unwrap_or(key)
}

fn words(name: &str) -> Vec<Word> {
    let name = normal(name);
    let split: Vec<String> = name
        .split(|c: char| !(c.is_alphanumeric() || is_apostrophe(c) || is_silent(c)))
        .map(letters)
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect();
    let plain: Vec<String> = split.iter().filter_map(|word| fold(word).into_iter().next()).collect();
    let mut found = Vec::new();
    for (at, (word, folded)) in split.iter().zip(&plain).enumerate() {
        let next = plain.get(at.saturating_add(1)).map(String::as_str).unwrap_or_default();
        let is_link = LINKS.contains(&folded.as_str())
            || (ASSIMILATED.contains(&folded.as_str()) && takes_over(folded, next));
        // A name of links alone keeps them.
        if is_link && split.len() > 1 {
            continue;
        }
        let is_father = AFTER_FATHER.contains(&next)
            || (folded.chars().count() > 6 && FATHERS.iter().any(|end| folded.ends_with(end)));
        let keys = word_keys(if script(word) == Script::Arabic { folded } else { word });
        if !keys.is_empty() {
            found.push(Word { keys, is_father });
        }
    }
    found
}

/// Whether the word begins with the consonant that the article before it ends with.
fn takes_over(article: &str, word: &str) -> bool {
    article.strip_prefix(['a', 'а']).is_some_and(|consonant| word.starts_with(consonant))
}

/// The keys of one word in the letters of its language.
pub(crate) fn word_keys(word: &str) -> BTreeSet<String> {
    let bare = word.strip_prefix("ال").filter(|rest| rest.chars().count() >= 3).unwrap_or(word);
    let found: BTreeSet<String> =
        readings(bare).iter().map(|reading| skeleton(reading)).filter(|key| !key.is_empty()).collect();
    if found.is_empty() && script(word) == Script::Other {
        fold(word).into_iter().filter(|key| !key.is_empty()).collect()
    } else {
        found
    }
}

/// A reading without vowels but for the mark of one at the start.
fn skeleton(reading: &str) -> String {
    let starts = if reading.starts_with('-') { "a" } else { "" };
    let consonants: String = reading.chars().filter(|c| *c != '-').collect();
    let spoken = match consonants.strip_suffix('h') {
        Some(rest) if !rest.is_empty() || !starts.is_empty() => rest,
        _ => &consonants,
    };
    settled(&format!("{starts}{spoken}"))
}

/// Doubled consonants once, and abd-al- as abd-.
fn settled(key: &str) -> String {
    let mut once: Vec<char> = key.chars().collect();
    once.dedup();
    let once: String = once.into_iter().collect();
    match once.strip_prefix("abdl") {
        Some(rest) if rest.len() > 1 => format!("abd{rest}"),
        _ => once,
    }
}

#[cfg(test)]
mod tests {
    use super::{keys, matches};

    #[test]
    fn spellings_of_one_name_meet_across_scripts() {
        for spellings in [
            &["Karimov", "Каримов", "كريموف", "Karimoff", "Karimow"][..],
            &["Muhammad", "Mohammed", "Muhamed", "Мухаммад", "Магомед", "محمد", "Məhəmməd"],
            &[
                "Abd al-Rahman",
                "Abdulrahman",
                "Abdurrahman",
                "Абдурахман",
                "Абд ар-Рахман",
                "عبد الرحمن",
                "عبدالرحمن",
            ],
            &["Yusuf", "Юсуф", "يوسف", "Yousef", "Jusuf"],
            &["Jamal", "Джамал", "Жамал", "جمال", "Djamal", "Camal"],
            &["جمال", "Gamal", "Jamal"],
            &["Qosim", "Қосим", "Kasim", "قاسم", "Касим"],
            &["Shcherbakov", "Щербаков", "Sherbakov"],
            &["Evgeny", "Yevgeniy", "Евгений", "Jewgenij"],
            &["Əliyev", "Aliyev", "Алиев", "Eliev"],
            &["Gʻulom", "G'ulom", "Ғулом", "Ghulam", "غلام"],
        ] {
            for spelling in spellings {
                assert!(
                    matches(spelling, spellings[0]) || matches(spellings[0], spelling),
                    "{spelling}: {:?} {:?}",
                    keys(spelling),
                    keys(spellings[0])
                );
            }
        }
    }

    #[test]
    fn order_and_the_name_of_the_father_do_not_matter() {
        assert!(matches("EXERCISE Karimov Anvar Rustamovich", "Anvar Karimov (exercise)"));
        assert!(matches("Anvar Karimov", "КАРИМОВ Анвар Рустам оглы"));
        assert!(matches("Hasanov Əli Vaqif oğlu", "Али Гасанов"));
        assert!(!matches("Anvar Karimov", "Anvar Rahimov"));
        assert!(!matches("Anvar Karimov", "Karimov"));
    }

    #[test]
    fn a_query_without_a_word_matches_nothing() {
        assert!(!matches("", "Karimov"));
        assert!(!matches("-- .", "Karimov"));
    }
}
