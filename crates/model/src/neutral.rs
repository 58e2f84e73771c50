//! Linters for free text: words that name a community as such, words that judge, words for traits, places where people
//! gather.
//!
//! They compare single words with the short lists of `neutral/words.tsv` (Latin, Cyrillic and Arabic script) and do no
//! more than that. What is said in other words, in other languages, with an ending that the list lacks or with
//! accented letters is not found; a word that stands in a name or in a harmless sentence is found all the same. A
//! notice is a question to the author, never a verdict, and a text without notices is not thereby neutral.
//!
//! Before words are compared, letters are made small and narrow, signs that are not seen are dropped, marks above and below letters, apostrophes and joiners are
//! dropped, `ё` becomes `е`, and the Persian and Arabic forms of one letter become one; Arabic articles and short
//! prepositions that are written together with the word are taken off.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

const WORDS: &str = include_str!("neutral/words.tsv");
/// At most so many notices are given of one text.
const MOST_NOTICES: usize = 100;
/// The longest word that is looked at, in bytes.
const LONGEST_WORD: usize = 200;
/// The longest stem of the lists, in characters after the second.
const LONGEST_STEM: usize = 14;
/// Before a word that judges, these turn the meaning round: a body against something is not that thing.
const AGAINST: [&str; 6] = ["anti", "counter", "контр", "анти", "ضد", "مكافحه"];
/// Arabic article and short words that are written together with the next, the longest first.
const JOINED: [&str; 10] = ["وال", "بال", "كال", "فال", "لل", "ال", "و", "ب", "ل", "ف"];

/// The lists of words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// Passes a verdict on a person.
    Judging,
    /// Names people by descent, belief or origin.
    Community,
    /// Names what somebody is, looks like or believes.
    Trait,
    /// A place of worship or a school.
    Gathering,
}

/// One word that was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Notice {
    /// First byte of the word in the text.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// The word as written.
    pub word: String,
    /// The list on which it stands.
    pub list: List,
    /// Language of the entry.
    pub language: &'static str,
    /// What the list says about it; may be empty.
    pub note: &'static str,
}

/// What the author of a text is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Question {
    /// The words that name a community.
    pub notices: Vec<Notice>,
    /// The question.
    pub text: &'static str,
}

impl Question {
    /// Whether a reason was given at all: two words or more. Whether it is a good one, a person judges.
    pub fn is_answered_by(&self, reason: &str) -> bool {
        reason.split_whitespace().count() >= 2
    }
}

/// Asks for a reason when a text names a community as such; none when no listed word is met.
pub fn question(text: &str) -> Option<Question> {
    let notices = communities(text);
    let text = "The text names people by descent, belief or origin. Say why that is needed here, or name what somebody did.";
    (!notices.is_empty()).then_some(Question { notices, text })
}

/// Words that name a community as such.
pub fn communities(text: &str) -> Vec<Notice> {
    find(text, List::Community)
}

/// Words that pass a verdict on a person. After *anti* or *counter* such a word is part of the name of a body and passes.
pub fn judging(text: &str) -> Vec<Notice> {
    find(text, List::Judging)
}

/// Words for traits and communities, which no criterion may name.
pub fn traits(text: &str) -> Vec<Notice> {
    let mut found = find(text, List::Trait);
    found.extend(communities(text));
    found.sort_by_key(|notice| notice.start);
    found
}

/// Words for a place of worship or a school.
pub fn gathering_places(text: &str) -> Vec<Notice> {
    find(text, List::Gathering)
}

/// A word of the lists as it is written there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Language of the entry.
    pub language: &'static str,
    /// The word, or the beginning of one.
    pub word: String,
    /// Whether any ending may follow.
    pub is_stem: bool,
}

/// The words that [`traits`] knows, for whoever compares words in a way of its own.
pub fn trait_words() -> Vec<Listed> {
    let mut all = Vec::new();
    for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let list = fields.next().and_then(list_of);
        let (Some(List::Trait | List::Community), Some(language), Some(stem), Some(endings)) =
            (list, fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        all.extend(endings.split(',').map(|ending| {
            let is_stem = ending == "*";
            let ending = if matches!(ending, "*" | "-") { "" } else { ending };
            Listed { language, word: format!("{stem}{ending}"), is_stem }
        }));
    }
    all
}

#[derive(Clone, Copy)]
struct Row {
    language: &'static str,
    note: &'static str,
}

/// The words of one list, folded: whole words, and stems that take any ending.
#[derive(Default)]
struct Table {
    words: BTreeMap<String, Row>,
    stems: BTreeMap<String, Row>,
}

static TABLES: LazyLock<BTreeMap<List, Table>> = LazyLock::new(|| {
    let mut tables: BTreeMap<List, Table> = BTreeMap::new();
    for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(list), Some(language), Some(stem), Some(endings)) =
            (fields.next().and_then(list_of), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let row = Row { language, note: fields.next().unwrap_or_default() };
        let table = tables.entry(list).or_default();
        for ending in endings.split(',') {
            match ending {
                "*" => drop(table.stems.insert(folded(stem), row)),
                "-" => drop(table.words.insert(folded(stem), row)),
                ending => drop(table.words.insert(folded(&format!("{stem}{ending}")), row)),
            }
        }
    }
    tables
});

fn list_of(name: &str) -> Option<List> {
    Some(match name {
        "judging" => List::Judging,
        "community" => List::Community,
        "trait" => List::Trait,
        "gathering" => List::Gathering,
        _ => return None,
    })
}

fn find(text: &str, list: List) -> Vec<Notice> {
    let Some(table) = TABLES.get(&list) else { return Vec::new() };
    let mut found = Vec::new();
    let mut against = false;
    for (start, word) in words(text) {
        let plain = folded(word);
        let row = table.look_up(&plain).or_else(|| table.look_up(&reshaped(&plain)?));
        if let Some(row) = row.filter(|_| !against) {
            let end = start.saturating_add(word.len());
            let (language, note) = (row.language, row.note);
            found.push(Notice { start, end, word: word.to_owned(), list, language, note });
            if found.len() >= MOST_NOTICES {
                break;
            }
        }
        against = list == List::Judging && AGAINST.contains(&plain.as_str());
    }
    found
}

impl Table {
    fn look_up(&self, word: &str) -> Option<Row> {
        let whole = self.words.get(word).copied();
        whole.or_else(|| self.by_stem(word)).or_else(|| self.joined(word))
    }

    fn by_stem(&self, word: &str) -> Option<Row> {
        let ends =
            word.char_indices().skip(2).take(LONGEST_STEM).map(|(at, c)| at.saturating_add(c.len_utf8()));
        ends.filter_map(|end| self.stems.get(word.get(..end)?)).next().copied()
    }

    fn joined(&self, word: &str) -> Option<Row> {
        let rest = JOINED.iter().filter_map(|joined| word.strip_prefix(joined));
        rest.filter(|rest| rest.chars().nth(2).is_some()).find_map(|rest| self.words.get(rest)).copied()
    }
}

/// The words of a text with the byte at which each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let mut at = 0usize;
    std::iter::from_fn(move || {
        loop {
            let skipped = rest.find(char::is_alphabetic)?;
            let (_, from) = rest.split_at_checked(skipped)?;
            let length = from.find(|c: char| !(c.is_alphabetic() || is_dropped(c))).unwrap_or(from.len());
            let (word, after) = from.split_at_checked(length)?;
            let start = at.saturating_add(skipped);
            at = start.saturating_add(length);
            rest = after;
            if length <= LONGEST_WORD {
                return Some((start, word));
            }
        }
    })
}

/// Marks, apostrophes and joiners within words.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{640}' | '\u{200C}' | '\u{200D}')
        || matches!(
            c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        )
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
        || matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{2BB}' | '\u{2BC}' | '`')
}

fn folded(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).filter(|c| !is_dropped(*c)).map(fold).collect()
}

/// A word in which Latin and Cyrillic letters of the same shape are mixed, in the script of most of its letters.
fn reshaped(word: &str) -> Option<String> {
    const LATIN: &str = "aceopxyijskmht";
    const CYRILLIC: &str = "асеорхуіјѕкмнт";
    let latin = word.chars().filter(char::is_ascii_alphabetic).count();
    let cyrillic = word.chars().filter(|c| ('\u{400}'..='\u{52F}').contains(c)).count();
    let (from, to) = if latin > cyrillic { (CYRILLIC, LATIN) } else { (LATIN, CYRILLIC) };
    let same = |c: char| from.chars().zip(to.chars()).find(|(shape, _)| *shape == c).map_or(c, |(_, to)| to);
    (latin > 0 && cyrillic > 0).then(|| word.chars().map(same).collect())
}

fn fold(c: char) -> char {
    match c {
        'ı' => 'i',
        // The wide letters of East Asian keyboards.
        '\u{FF41}'..='\u{FF5A}' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
        'ё' => 'е',
        'ک' => 'ك',
        'ی' | 'ى' | 'ې' => 'ي',
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ة' => 'ه',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_list_is_read() {
        let rows: Vec<_> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.len() > 100);
        for row in rows {
            let fields: Vec<_> = row.split('\t').collect();
            assert_eq!(fields.len(), 5, "{row}");
            assert!(list_of(fields[0]).is_some() && !fields[1].is_empty() && !fields[2].is_empty(), "{row}");
            assert!((3..=LONGEST_STEM + 2).contains(&fields[2].chars().count()) || fields[3] != "*", "{row}");
            assert!(fields[3] == "*" || fields[3].split(',').all(|ending| !ending.is_empty()), "{row}");
        }
    }

    #[test]
    fn a6_a_text_that_names_a_community_is_asked_for_a_reason_in_three_scripts() {
        for (text, word) in [
            ("EXERCISE. It is said that the Muslims of the town knew.", "Muslims"),
            ("УЧЕНИЕ. Среди таджиков ходит слух.", "таджиков"),
            ("УЧЕНИЕ: Мусульмане посёлка", "Мусульмане"),
            ("MASHQ. Oʻzbeklar haqida", "Oʻzbeklar"),
            ("تمرين: بين المسلمين في المدينة", "المسلمين"),
            ("تمرین: تاجیک‌ها در شهر", "تاجیک‌ها"),
        ] {
            let asked = question(text).unwrap();
            let notice = &asked.notices[0];
            assert_eq!((text.get(notice.start..notice.end), notice.word.as_str()), (Some(word), word));
            assert!(!asked.is_answered_by(" ") && asked.is_answered_by("the quotation says so"));
        }
    }

    #[test]
    fn a6_a_word_is_asked_about_however_it_is_disguised() {
        for text in [
            "\u{41C}uslims",
            "Mus\u{AD}lims",
            "Mus\u{200B}lims",
            "\u{FF2D}\u{FF35}\u{FF33}\u{FF2C}\u{FF29}\u{FF2D}",
            "Musl\u{131}ms",
            "муслимы",
            "Afghans",
        ] {
            assert!(question(text).is_some(), "{text}");
        }
    }

    #[test]
    fn states_and_their_bodies_are_no_communities() {
        for text in [
            "EXERCISE: Tajik border guard of Tajikistan",
            "Таджикистан и Узбекистан",
            "the Russian text",
            "طاجيكستان",
        ] {
            assert_eq!(question(text), None, "{text}");
        }
    }

    #[test]
    fn b3_words_that_judge_are_found_but_not_in_the_name_of_a_body_against_them() {
        for text in
            ["three militants", "Боевики", "террористическая ячейка", "الإرهابيين", "Terrorchilar", "bandits"]
        {
            assert_eq!(judging(text).len(), 1, "{text}");
        }
        for text in ["Anti-Terrorist Center", "counter-terrorist", "terrorism", "militarised", "band"] {
            assert!(judging(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn spellings_of_one_word_are_one_word() {
        for (one, other) in [
            ("Посёлок", "поселок"),
            ("مدرسة", "مدرسه"),
            ("کلیسا", "كليسا"),
            ("إرهابي", "ارهابى"),
            ("Oʻzbeklar", "o'zbeklar"),
            ("مُسلِم", "مسلم"),
            ("تاجیک\u{200C}ها", "تاجیکها"),
            ("МЕЧЕТЬ", "мечеть"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("боевик"), folded("боевик2"));
    }

    #[test]
    fn a_hostile_text_gives_a_bounded_answer() {
        assert_eq!(judging(&"bandit ".repeat(100_000)).len(), MOST_NOTICES);
        assert!(judging(&"a".repeat(1_000_000)).is_empty());
        assert!(judging("\u{301}'`\u{200C} ").is_empty());
    }
}
