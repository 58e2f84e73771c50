//! Text as it can be printed: each character has a letter, and none steers the text around it. What cannot be printed is
//! named in its place, and counted.

use std::collections::BTreeMap;

use comity_model::paper::steers;
use unicode_normalization::char::is_combining_mark;

use crate::world::covers;

/// A word of Latin, Greek or Cyrillic letters and signs may be broken behind so many characters, where it does not fit.
const WHOLE: usize = 18;
/// So many marks may stand on one letter (the bound of the Stream-Safe Text Format of UAX #15). More take the time of all
/// of them for each.
const MARKS: usize = 30;
/// So many characters of those that cannot be printed are listed by their number.
const LISTED: usize = 40;

/// Characters that could not be printed, and how often each was met.
#[derive(Default)]
pub(crate) struct Missing(BTreeMap<char, usize>);

impl Missing {
    /// The text as it can be printed.
    pub(crate) fn mend(&mut self, text: &str) -> String {
        let mut mended = String::with_capacity(text.len() + 8);
        let mut word = 0_usize;
        let mut marks = 0_usize;
        let mut before = ' ';
        let mut rest = text.chars().peekable();
        while let Some(one) = rest.next() {
            marks = if is_combining_mark(one) { marks + 1 } else { 0 };
            match one {
                '\r' if rest.peek() == Some(&'\n') => continue,
                '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => mended.push('\n'),
                '\t' => mended.push(' '),
                one if steers(one) || marks > MARKS || !is_printed(one) => {
                    *self.0.entry(one).or_default() += 1;
                    mended.push_str(&name(one));
                }
                one => {
                    if word >= WHOLE && breaks(before) && breaks(one) {
                        mended.push('\u{200b}');
                        word = 0;
                    }
                    mended.push(one);
                }
            }
            word = if one.is_whitespace() { 0 } else { word + 1 };
            before = one;
        }
        mended
    }

    /// What is to be said of characters that stand in another form; none where all were printed.
    pub(crate) fn told(&self) -> Option<String> {
        let count: usize = self.0.values().sum();
        if count == 0 {
            return None;
        }
        let mut listed: Vec<String> = self
            .0
            .iter()
            .take(LISTED)
            .map(|(one, count)| format!("U+{:04X} ({count})", u32::from(*one)))
            .collect();
        if self.0.len() > LISTED {
            listed.push(format!("and {} others", self.0.len() - LISTED));
        }
        let (these, stand) = if count == 1 { ("character", "stands") } else { ("characters", "stand") };
        Some(format!(
            "{count} {these} for which the fonts of this program have no letter, which would steer the text around \
             them or are too many marks on one letter {stand} here by number in square brackets: {}.",
            listed.join(", ")
        ))
    }
}

/// The name of a character that is not printed.
fn name(one: char) -> String {
    format!("[U+{:04X}]", u32::from(one))
}

/// Whether a character is printed: it has a letter, or is one that joins or parts letters.
fn is_printed(one: char) -> bool {
    matches!(one, ' ' | '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}') || covers(one)
}

/// Whether a long word may be broken beside this character: not within letters that join, nor before a mark.
fn breaks(one: char) -> bool {
    one.is_ascii_graphic()
        || (one.is_alphanumeric() && matches!(one, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{52f}'))
}

/// Whether the first character with a direction goes from right to left.
pub(crate) fn is_rtl(text: &str) -> bool {
    text.chars().find_map(direction).unwrap_or(false)
}

/// Whether a letter goes from right to left; none for what has no direction of its own. The blocks of right-to-left
/// scripts are kept together by Unicode.
fn direction(one: char) -> Option<bool> {
    match one {
        '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}' => {
            // Digits of these scripts are no strong characters.
            (!one.is_numeric()).then_some(true)
        }
        one => one.is_alphabetic().then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_covers_is_named_and_counted_and_nothing_is_dropped() {
        let mut missing = Missing::default();
        assert_eq!(
            missing.mend("EXERCISE \u{2192} \u{1f600}\u{1f600}"),
            "EXERCISE [U+2192] [U+1F600][U+1F600]"
        );
        let told = missing.told().unwrap();
        assert!(told.starts_with("3 characters") && told.contains("U+1F600 (2)"), "{told}");
        assert_eq!(Missing::default().told(), None);
    }

    #[test]
    fn letters_of_the_three_scripts_are_printed_as_they_are() {
        let mut missing = Missing::default();
        for text in [
            "Ғафуров Ӯғлӣ ҷаҳон Өмүрбек",
            "محمد گروه پژوهش ۱۲۳ ٤٥ ټول ئۇيغۇر",
            "ʿAbd al-Raḥmān ı ş ǧ",
            "می\u{200c}خواهم",
        ] {
            assert_eq!(missing.mend(text), text);
        }
        assert_eq!(missing.told(), None);
    }

    #[test]
    fn what_would_steer_the_text_around_it_is_shown() {
        let mut missing = Missing::default();
        assert_eq!(missing.mend("a\u{202e}b\u{2069}c\u{0}d\u{feff}"), "a[U+202E]b[U+2069]c[U+0000]d[U+FEFF]");
        assert_eq!(missing.mend("a\r\nb\rc\td\u{2028}e"), "a\nb\nc d\ne");
    }

    #[test]
    fn a_long_word_may_be_broken_and_letters_that_join_are_not() {
        let mut missing = Missing::default();
        let id = "comity-conflict-set--00000000-0000-4000-8000-000000000001";
        let mended = missing.mend(id);
        assert!(mended.contains('\u{200b}'));
        assert_eq!(mended.replace('\u{200b}', ""), id);
        let arabic = "م".repeat(40);
        assert_eq!(missing.mend(&arabic), arabic);
        let marks = format!("{}a\u{301}", "x\u{301}".repeat(20));
        assert_eq!(missing.mend(&marks), marks);
    }

    #[test]
    fn more_marks_than_a_letter_bears_are_counted() {
        let mut missing = Missing::default();
        let mended = missing.mend(&format!("a{}b", "\u{301}".repeat(MARKS + 2)));
        assert!(mended.ends_with("\u{301}[U+0301][U+0301]b"), "{mended}");
        assert!(missing.told().unwrap().contains("U+0301 (2)"));
    }

    #[test]
    fn the_direction_of_a_text_is_that_of_its_first_letter() {
        assert!(is_rtl("1. «محمد» EXERCISE"));
        assert!(!is_rtl("EXERCISE محمد"));
        assert!(!is_rtl("Тест محمد"));
        assert!(!is_rtl("12 ٤٥"));
    }
}
