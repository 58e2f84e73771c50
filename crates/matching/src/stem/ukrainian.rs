//! Ukrainian, after the fold (і, ї are и; є is е; ґ is г): endings of nouns, adjectives and verbs.

use super::without;
use std::collections::BTreeSet;

/// A stem keeps at least so many characters.
const LEAST: usize = 3;
#[rustfmt::skip]
const ADJECTIVE: &[&str] = &[
    "ого", "ому", "ими", "ий", "им", "их", "ой", "ои", "ою", "ього", "ьому", "ьою", "ьои", "юю", "яя", "ее",
    "ая", "ый",
];
#[rustfmt::skip]
const NOUN: &[&str] = &[
    "ами", "ями", "ам", "ям", "ах", "ях", "ови", "еви", "ив", "ев", "ою", "ею", "ию", "ей", "ом", "ем",
    "ия", "ии", "ией", "иею", "ий", "иям", "иями", "иях", "а", "я", "у", "ю", "и", "е", "о", "ь", "й", "ью",
    "ьми", "ьмы",
];
const VERBAL: &[&str] = &["ння", "нню", "нням", "ннях", "ннями", "нь"];
#[rustfmt::skip]
const VERB: &[&str] = &[
    "ти", "ть", "ла", "ло", "ли", "в", "ють", "ять", "уть", "ать", "еш", "иш", "емо", "имо", "ете", "ите",
    "ить", "еть", "ав", "ив", "ати",
];

/// The stems of a Ukrainian word: the plain one, and those of the sounds that change inside it. `letters` is
/// the word before the fold, which alone still shows the letter і.
///
/// In a closed syllable о and е become і (дому, дім); before the ending -і the consonants г, к, х become з, ц, с
/// (атака, атаці). A word with such a letter gets both readings.
pub(crate) fn stems(word: &str, letters: &str) -> BTreeSet<String> {
    let stem = stem(word);
    let mut found = BTreeSet::new();
    if let Some(rest) = letters.strip_suffix('і') {
        for (soft, hard) in [('ц', 'к'), ('з', 'г'), ('с', 'х')] {
            if rest.ends_with(soft)
                && let Some(rest) = stem.strip_suffix(soft)
            {
                found.insert(format!("{rest}{hard}"));
            }
        }
    }
    let vowel = stem.char_indices().rev().find(|(_, c)| matches!(c, 'а' | 'е' | 'и' | 'о' | 'у' | 'ю' | 'я'));
    if let Some((at, 'и')) = vowel
        && letters.chars().nth(word.get(..at).map_or(0, |head| head.chars().count())) == Some('і')
        && let (Some(head), Some(tail)) =
            (stem.get(..at), stem.get(at..).and_then(|tail| tail.strip_prefix('и')))
    {
        found.insert(format!("{head}о{tail}"));
        found.insert(format!("{head}е{tail}"));
    }
    found.insert(stem);
    found
}

fn stem(word: &str) -> String {
    let word = without(word, &["ся", "сь"], LEAST).unwrap_or(word);
    if let Some(rest) = without(word, VERBAL, LEAST) {
        return format!("{rest}н");
    }
    let endings = [ADJECTIVE, NOUN, VERB];
    let cut = endings
        .iter()
        .filter_map(|list| without(word, list, LEAST))
        .min_by_key(|rest| rest.len())
        .unwrap_or(word);
    let cut = cut.strip_suffix('ь').unwrap_or(cut);
    cut.to_owned()
}

#[cfg(test)]
mod tests {
    use super::stems;
    use crate::fold::{fold, letters};

    fn of(word: &str) -> std::collections::BTreeSet<String> {
        let letters = letters(word);
        fold(&letters).iter().flat_map(|word| stems(word, &letters)).collect()
    }

    #[test]
    fn the_forms_of_a_word_share_a_stem() {
        for forms in [
            &["кордон", "кордону", "кордоні", "кордонів", "кордонами", "кордоном"][..],
            &["загроза", "загрози", "загрозі", "загрозою", "загроз"],
            &["атака", "атаці", "атаки", "атакою"],
            &["безпека", "безпеки", "безпеці", "безпекою"],
            &["прикордонний", "прикордонного", "прикордонних", "прикордонної"],
        ] {
            for form in forms {
                assert!(!of(form).is_disjoint(&of(forms[0])), "{form}: {:?} {:?}", of(form), of(forms[0]));
            }
        }
        assert!(!of("порт").is_disjoint(&of("портів")));
        assert!(!of("дім").is_disjoint(&of("дому")));
    }
}
