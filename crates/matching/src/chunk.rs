//! Where a text falls into words, and which words stand together as one identifier.

use crate::analyser::JOINER;
use crate::fold::{is_apostrophe, is_silent};
use unicode_normalization::char::is_combining_mark;

/// More parts than this are words in a row, no identifier.
const MAX_PARTS: usize = 32;
/// The longest identifier that is kept whole, in bytes.
const MAX_WHOLE_BYTES: usize = 512;
/// How many parent domains of a name are kept beside it.
const MAX_PARENTS: usize = 4;

/// A run of text without spaces, as the words it is made of.
pub(crate) struct Chunk<'a> {
    /// The run itself.
    pub(crate) text: &'a str,
    /// Its words, without what joins them.
    pub(crate) parts: Vec<&'a str>,
}

/// The runs of a normalised text, in order; none is empty.
pub(crate) fn chunks(text: &str) -> impl Iterator<Item = Chunk<'_>> {
    text.split(|c: char| !is_inside(c) && !is_joining(c)).filter_map(|run| {
        let text = run.trim_matches(|c: char| is_joining(c) || is_apostrophe(c));
        let parts: Vec<&str> = text.split(is_joining).filter(|part| has_letters(part)).collect();
        (!parts.is_empty()).then_some(Chunk { text, parts })
    })
}

/// The text with the usual disguises of links taken off: `hxxp`, `[.]`, `(dot)`, `[@]`.
pub(crate) fn armed(text: String) -> String {
    const DISGUISES: [(&str, &str); 8] = [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
        ("[@]", "@"),
        ("[at]", "@"),
    ];
    if !text.contains(['[', '(', '{']) {
        return text;
    }
    DISGUISES.iter().fold(text, |text, (from, to)| text.replace(from, to))
}

fn is_inside(c: char) -> bool {
    c.is_alphanumeric() || is_apostrophe(c) || is_silent(c) || is_combining_mark(c)
}

fn is_joining(c: char) -> bool {
    matches!(
        c,
        '.' | '-' | '\u{2010}' | '_' | '@' | ':' | '/' | '\\' | '+' | '=' | '&' | '?' | '#' | '%' | '~'
    )
}

impl<'a> Chunk<'a> {
    /// Whether the run is an identifier rather than words with hyphens: a query then means all of it.
    pub(crate) fn is_identifier(&self) -> bool {
        let marked = self.text.contains(['@', '_', ':', '\\']) || self.text.contains("--");
        let dotted = self.text.contains('.') && self.text.is_ascii();
        self.parts.len() > 1
            && self.parts.len() <= MAX_PARTS
            && self.text.len() <= MAX_WHOLE_BYTES
            && (marked || dotted)
    }

    /// The parts that an index keeps together: the run, its sections between slashes and the like, and the parent
    /// domains of a section with dots. One part alone is no whole.
    pub(crate) fn wholes(&self) -> Vec<Vec<&'a str>> {
        let mut found: Vec<Vec<&'a str>> = Vec::new();
        if self.parts.len() < 2 || self.parts.len() > MAX_PARTS || self.text.len() > MAX_WHOLE_BYTES {
            return found;
        }
        found.push(self.parts.clone());
        let sections = self
            .text
            .split(['/', '@', '?', '=', '&', ':', '\\', '#'])
            .flat_map(|section| section.split("--"));
        for section in sections {
            let parts: Vec<&str> = section.split(is_joining).filter(|part| has_letters(part)).collect();
            let is_domain = section.contains('.')
                && parts.last().is_some_and(|last| !last.starts_with(|c: char| c.is_numeric()));
            let parents = if is_domain { MAX_PARENTS } else { 0 };
            for skipped in 0..=parents {
                if let Some(rest) = parts.get(skipped..).filter(|rest| rest.len() > 1) {
                    found.push(rest.to_vec());
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether there is something to find in it.
fn has_letters(part: &str) -> bool {
    part.chars().any(|c| c.is_alphanumeric() && c != JOINER)
}

#[cfg(test)]
mod tests {
    use super::{armed, chunks};

    #[test]
    fn a_link_falls_into_its_parts_and_its_wholes() {
        let text = armed("see https://a.evil[.]example/x, then".to_owned());
        let found: Vec<_> = chunks(&text).collect();
        let link = &found[1];
        assert_eq!(link.parts, ["https", "a", "evil", "example", "x"]);
        assert!(link.is_identifier());
        assert!(link.wholes().contains(&vec!["evil", "example"]));
        assert!(!found[0].is_identifier());
    }

    #[test]
    fn words_with_a_hyphen_are_no_identifier() {
        assert!(!chunks("северо-запад").next().unwrap().is_identifier());
    }
}
