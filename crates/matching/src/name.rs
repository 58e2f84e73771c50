//! Keys of names: what the spellings of one name have in common, whatever the script.
//!
//! The key of a word is its consonants in a small alphabet, doubled ones once; the vowel at the start is `a`, the
//! other vowels and an h at the end are nothing. Where a letter has several readings, each gives a key. A name has
//! the keys of its words in no order, and those of each two neighbours written as one word (Abd al-Rahman,
//! Abdulrahman). Articles and words for *son of* are no words of a name.
//!
//! Keys are made to miss little, not to decide: Karim and Karam have one key, Muhammad and Mahmud too. Whoever uses
//! them shows what matched and leaves the judgement to a person. Words in other scripts than Latin, Cyrillic and
//! Arabic are their own key. Translated names and names of firms are not met: keys know no dictionary.
//!
//! On the public list pairs of `data/names` (`cargo test -p comity-matching --test names -- --nocapture` prints them),
//! for names of persons that have any word in common:
//!
//! | pairs | same name meets | nearest other meets | random other meets |
//! | --- | --- | --- | --- |
//! | Cyrillic and Latin (1,729 same) | 95.3 % | 0.6 % | 0.0 % |
//! | Arabic and Latin (200 same) | 95.5 % | 1.4 % | 0.0 % |
//! | Latin and Latin, EU aliases (901 same) | 73.0 % | 4.8 % | 0.6 % |
//! | Latin and Latin, OFAC aliases (2,311 same) | 70.7 % | 3.4 % | 0.1 % |

use crate::fold::{Script, fold, is_apostrophe, is_silent, letters, normal, script};
use crate::roman::readings;
use std::collections::BTreeSet;

/// A name is read up to so many words.
pub const MAX_WORDS: usize = 256;

/// Words that only link the words of a name: articles, *son of*, *daughter of*.
#[rustfmt::skip]
const LINKS: &[&str] = &[
    "al", "el", "ul", "il", "bin", "ben", "ibn", "bint", "binti", "ogly", "oglu", "ogli", "ugli", "uulu",
    "uly", "kyzy", "qizi", "kizi", "qyzy", "gizi", "kyz", "аль", "эль", "ал", "уль", "бин", "бен", "ибн",
    "бинт", "оглы", "оглу", "огли", "угли", "уулу", "улы", "кызы", "кизи", "гызы", "кыз", "ال", "بن", "ابن",
    "بنت", "بنتي", "اوغلي", "ولد",
];
/// Of these, the ones that follow the name of the father.
#[rustfmt::skip]
const AFTER_FATHER: &[&str] = &[
    "ogly", "oglu", "ogli", "ugli", "uulu", "uly", "kyzy", "qizi", "kizi", "qyzy", "gizi", "kyz", "оглы",
    "оглу", "огли", "угли", "уулу", "улы", "кызы", "кизи", "гызы", "кыз", "اوغلي",
];
/// The article before a consonant that takes over its l.
#[rustfmt::skip]
const ASSIMILATED: &[&str] = &[
    "as", "ash", "ar", "an", "ad", "at", "az", "ас", "аш", "ар", "ан", "ад", "ат", "аз",
];
/// *Servant of*: one name with the word that follows, written apart or not.
const SERVANT: &[&str] =
    &["abd", "abdul", "abdel", "abdal", "abdol", "abdur", "абд", "абдул", "абдель", "абдуль", "абдал", "عبد"];
/// Ends of a father's name.
#[rustfmt::skip]
const FATHERS: &[&str] = &[
    "ovich", "evich", "ovych", "yovych", "evych", "ovna", "evna", "ivna", "yivna", "avich", "auna", "авич",
    "ауна", "ichna", "ович", "евич", "йович", "овна", "евна", "ивна", "ична", "инич", "ьич", "льич",
];

/// One word of a name.
struct Word {
    keys: BTreeSet<String>,
    /// What a shorter form of it has: Rahman of Abd al-Rahman.
    also: BTreeSet<String>,
    /// Names the father: it is often left out.
    is_father: bool,
}

/// The keys of a personal or other name, in any order of its words.
#[must_use]
pub fn keys(name: &str) -> BTreeSet<String> {
    let words = words(name);
    let mut found: BTreeSet<String> = words.iter().flat_map(|word| word.keys.iter().cloned()).collect();
    found.extend(words.iter().flat_map(|word| word.also.iter().cloned()));
    found.extend(words.windows(2).flat_map(joined));
    found
}

/// What a name asks for: of each of its words, one of the keys must be among those of a text. The keys of a word
/// here hold those of it and a neighbour written as one. A father's name (Karimovich, Karim oglu) is not asked for
/// if two other words stay. Empty if there is no word.
#[must_use]
pub fn asked(name: &str) -> Vec<BTreeSet<String>> {
    let words = words(name);
    let pairs: Vec<BTreeSet<String>> = words.windows(2).map(joined).collect();
    let father = words.iter().skip(1).position(|word| word.is_father).filter(|_| words.len() > 2);
    let father = father.map(|at| at.saturating_add(1));
    let with_pairs = words.iter().enumerate().filter(|(at, _)| father != Some(*at)).map(|(at, word)| {
        let beside = [pairs.get(at), at.checked_sub(1).and_then(|before| pairs.get(before))];
        word.keys.iter().chain(beside.into_iter().flatten().flatten()).cloned().collect()
    });
    with_pairs.collect()
}

/// Whether a text holds the name that is looked for, under any spelling: everything that it [`asked`] for. A query
/// without a word matches nothing.
#[must_use]
pub fn matches(query: &str, text: &str) -> bool {
    let (asked, held) = (asked(query), keys(text));
    !asked.is_empty() && asked.iter().all(|keys| !keys.is_disjoint(&held))
}

/// A name in Latin letters, letter by letter and for reading alone: of Cyrillic the letters as English texts write them, of
/// Arabic the letters that are written, which leaves out most vowels. None for a name that is in Latin letters already, in
/// letters of another script, or in several scripts. No language is guessed.
#[must_use]
pub fn latin(name: &str) -> Option<String> {
    crate::latin::of(name)
}

/// The keys of two neighbours written as one word.
fn joined(pair: &[Word]) -> BTreeSet<String> {
    let [first, second] = pair else { return BTreeSet::new() };
    let heads = first.keys.iter().take(2);
    heads.flat_map(|head| second.keys.iter().take(4).map(move |tail| after(head, tail))).collect()
}

/// The key of a word that goes on with another: the vowel at the start of that one is one among others there.
fn after(head: &str, tail: &str) -> String {
    settled(&format!("{head}{}", tail.strip_prefix('a').unwrap_or(tail)))
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
    let mut found: Vec<Word> = Vec::new();
    let mut servant = false;
    for (at, (word, folded)) in split.iter().zip(&plain).enumerate() {
        let next = plain.get(at.saturating_add(1)).map(String::as_str).unwrap_or_default();
        let is_link = LINKS.contains(&folded.as_str())
            || (ASSIMILATED.contains(&folded.as_str()) && takes_over(folded, next));
        // A name of links alone keeps them.
        if is_link && split.len() > 1 {
            continue;
        }
        if SERVANT.contains(&folded.as_str()) && split.len() > at.saturating_add(1) {
            servant = true;
            continue;
        }
        let is_father = AFTER_FATHER.contains(&next)
            || (folded.chars().count() > 6 && FATHERS.iter().any(|end| folded.ends_with(end)));
        let own = word_keys(if script(word) == Script::Arabic { folded } else { word });
        let (keys, also) = if servant {
            (own.iter().map(|key| after("abd", key)).collect(), own)
        } else {
            (own, BTreeSet::new())
        };
        servant = false;
        if !keys.is_empty() {
            found.push(Word { keys, also, is_father });
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
    let bare = word
        .strip_prefix("ال")
        .filter(|rest| rest.chars().count() >= 3 && !rest.starts_with('ل'))
        .unwrap_or(word);
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
    // A lone h stays: something must.
    let spoken = reading.strip_suffix('h').filter(|rest| !rest.is_empty()).unwrap_or(reading);
    settled(&format!("{starts}{}", spoken.replace('-', "")))
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn every_name_matches_itself_in_a_longer_text(name in prop_oneof![
            any::<String>(),
            "[a-zA-Zа-яА-Яёіїєґқғңөүұһәҳҷӯӣўəşçğıöüßʻ' -]{0,40}",
            "[آ-ی\u{200c}ټډړښږې ]{0,30}",
        ]) {
            let asked = super::asked(&name);
            prop_assert_eq!(asked.is_empty(), keys(&name).is_empty());
            let longer = format!("{name} EXERCISE");
            prop_assert!(asked.is_empty() || matches(&name, &name));
            // A word that alone is a name may be an article beside another.
            let is_held = super::asked(&longer).len() == asked.len().saturating_add(1);
            prop_assert!(asked.is_empty() || !is_held || matches(&name, &longer));
            prop_assert!(keys(&name).len() <= name.chars().count().saturating_mul(32));
        }
    }

    #[test]
    fn a_query_without_a_word_matches_nothing() {
        assert!(!matches("", "Karimov"));
        assert!(!matches("-- .", "Karimov"));
    }
}
