//! Russian: the classes of endings of the Snowball description, in our own words.
//!
//! Endings are taken off behind the first vowel only: a reflexive ся, then one ending of an adjective (with
//! the participle before it), a verb or a noun, then и, then ость, then a doubled н, the superlative or ь.
//! Vowels that come and go inside the stem (отец, отца) are not followed.

use super::without;

const VOWELS: [char; 8] = ['а', 'е', 'и', 'о', 'у', 'ы', 'э', 'ю'];
const GERUND_AFTER_A: &[&str] = &["в", "вши", "вшись"];
const GERUND: &[&str] = &["ив", "ивши", "ившись", "ыв", "ывши", "ывшись"];
#[rustfmt::skip]
const ADJECTIVE: &[&str] = &[
    "ее", "ие", "ые", "ое", "ими", "ыми", "ей", "ий", "ый", "ой", "ем", "им", "ым", "ом", "его", "ого",
    "ему", "ому", "их", "ых", "ую", "юю", "ая", "яя", "ою", "ею",
];
const PARTICIPLE_AFTER_A: &[&str] = &["ем", "нн", "вш", "ющ", "щ"];
const PARTICIPLE: &[&str] = &["ивш", "ывш", "ующ"];
#[rustfmt::skip]
const VERB_AFTER_A: &[&str] = &[
    "ла", "на", "ете", "йте", "ли", "й", "л", "ем", "н", "ло", "но", "ет", "ют", "ны", "ть", "ешь", "нно",
];
#[rustfmt::skip]
const VERB: &[&str] = &[
    "ила", "ыла", "ена", "ейте", "уйте", "ите", "или", "ыли", "ей", "уй", "ил", "ыл", "им", "ым", "ен",
    "ило", "ыло", "ено", "ят", "ует", "уют", "ит", "ыт", "ены", "ить", "ыть", "ишь", "ую", "ю",
];
#[rustfmt::skip]
const NOUN: &[&str] = &[
    "а", "ев", "ов", "ие", "ье", "е", "иями", "ями", "ами", "еи", "ии", "и", "ией", "ей", "ой", "ий", "й",
    "иям", "ям", "ием", "ем", "ам", "ом", "о", "у", "ах", "иях", "ях", "ы", "ь", "ию", "ью", "ю", "ия",
    "ья", "я",
];

/// The stem of a Russian word.
pub(crate) fn stem(word: &str) -> String {
    let is_vowel = |c: char| VOWELS.contains(&c) || c == 'я';
    let Some((head, tail)) = word
        .char_indices()
        .find(|(_, c)| is_vowel(*c))
        .and_then(|(at, c)| word.split_at_checked(at.saturating_add(c.len_utf8())))
    else {
        return word.to_owned();
    };
    let mut rest = tail;
    if let Some(cut) =
        after_a(rest, GERUND_AFTER_A).into_iter().chain(without(rest, GERUND, 0)).min_by_key(|cut| cut.len())
    {
        rest = cut;
    } else {
        rest = without(rest, &["ся", "сь"], 0).unwrap_or(rest);
        rest = adjective(rest).or_else(|| verb(rest)).or_else(|| without(rest, NOUN, 0)).unwrap_or(rest);
    }
    rest = rest.strip_suffix('и').unwrap_or(rest);
    if let Some(cut) = without(rest, &["ость", "ост"], 0)
        && has_second_region(cut, is_vowel)
    {
        rest = cut;
    }
    rest = match without(rest, &["ейш", "ейше"], 0) {
        Some(cut) => single_n(cut),
        None if rest.ends_with("нн") => single_n(rest),
        None => rest.strip_suffix('ь').unwrap_or(rest),
    };
    [head, rest].concat()
}

/// The rest without an ending that stands only behind а or я; that vowel stays.
fn after_a<'a>(rest: &'a str, endings: &[&str]) -> Option<&'a str> {
    endings
        .iter()
        .filter_map(|ending| rest.strip_suffix(ending))
        .filter(|cut| cut.ends_with(['а', 'я']))
        .min_by_key(|cut| cut.len())
}

fn adjective(rest: &str) -> Option<&str> {
    let cut = without(rest, ADJECTIVE, 0)?;
    let participle = after_a(cut, PARTICIPLE_AFTER_A).into_iter().chain(without(cut, PARTICIPLE, 0));
    Some(participle.min_by_key(|cut| cut.len()).unwrap_or(cut))
}

fn verb(rest: &str) -> Option<&str> {
    after_a(rest, VERB_AFTER_A).into_iter().chain(without(rest, VERB, 0)).min_by_key(|cut| cut.len())
}

/// Whether a consonant, a vowel and a consonant follow one another in what stands behind the first vowel.
fn has_second_region(rest: &str, is_vowel: impl Fn(char) -> bool) -> bool {
    let mut kinds: Vec<bool> = rest.chars().map(is_vowel).collect();
    kinds.dedup();
    let from = usize::from(kinds.first() == Some(&true));
    kinds.len().saturating_sub(from) >= 3
}

fn single_n(rest: &str) -> &str {
    if rest.ends_with("нн") { rest.strip_suffix('н').unwrap_or(rest) } else { rest }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn the_forms_of_a_word_have_one_stem() {
        for forms in [
            &[
                "граница",
                "границы",
                "границе",
                "границу",
                "границей",
                "границ",
                "границам",
                "границами",
                "границах",
            ][..],
            &["организация", "организации", "организацию", "организацией", "организаций", "организациями"],
            &["пограничный", "пограничная", "пограничного", "пограничными", "пограничному"],
            &["задержанный", "задержанного", "задержанных"],
            &["угроза", "угрозы", "угрозой", "угроз"],
            &["опасность", "опасности", "опасностью"],
            &["боевик", "боевики", "боевиков", "боевиками"],
        ] {
            let stems: std::collections::BTreeSet<String> = forms.iter().map(|form| stem(form)).collect();
            assert_eq!(stems.len(), 1, "{stems:?}");
        }
    }

    #[test]
    fn words_without_a_vowel_stay() {
        assert_eq!(stem("мчс"), "мчс");
        assert_eq!(stem(""), "");
    }
}
