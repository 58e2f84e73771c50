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
        let parts = parts(text);
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
    /// What a query that holds this run means: the run as one identifier, or the sections of a link, each a list of
    /// parts that stand together; one part alone is a word. Words with hyphens are words.
    pub(crate) fn asked(&self) -> Vec<Vec<&'a str>> {
        let marked = self.text.contains(['@', '_', ':', '\\']) || self.text.contains("--");
        let dotted = self.text.contains('.') && self.text.is_ascii();
        let fits = self.parts.len() <= MAX_PARTS && self.text.len() <= MAX_WHOLE_BYTES;
        if !fits || !(marked || dotted) {
            self.parts.iter().map(|part| vec![*part]).collect()
        } else if self.text.contains('/') {
            self.sections().map(parts).filter(|parts| !parts.is_empty()).collect()
        } else {
            vec![self.parts.clone()]
        }
    }

    /// The parts that an index keeps together: of the run, then of each of its sections with the parent domains of
    /// one with dots; each with the text it is from. One part alone is no whole, and what is too long is none.
    pub(crate) fn wholes(&self) -> impl Iterator<Item = (&'a str, Vec<Vec<&'a str>>)> {
        let is_short = |text: &&str| text.len() <= MAX_WHOLE_BYTES;
        let run = Some(self.text).filter(is_short).map(|text| (text, vec![self.parts.clone()]));
        let sections = self.sections().filter(is_short).map(|section| {
            let parts = parts(section);
            let ends_in_digit = parts.last().is_some_and(|last| last.starts_with(|c: char| c.is_numeric()));
            let parents = if section.contains('.') && !ends_in_digit { MAX_PARENTS } else { 0 };
            (
                section,
                (0..=parents).filter_map(|skipped| parts.get(skipped..).map(<[&str]>::to_vec)).collect(),
            )
        });
        run.into_iter().chain(sections).filter_map(|(text, mut wholes): (&str, Vec<Vec<&str>>)| {
            wholes.retain(|parts| parts.len() > 1 && parts.len() <= MAX_PARTS);
            (!wholes.is_empty()).then_some((text, wholes))
        })
    }

    /// The run between the signs that divide links, addresses and ids.
    fn sections(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let divided = self.text.split(['/', '@', '?', '=', '&', ':', '\\', '#']);
        divided.flat_map(|section| section.split("--"))
    }
}

fn parts(run: &str) -> Vec<&str> {
    run.split(is_joining).filter(|part| has_letters(part)).collect()
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
        assert_eq!(link.asked(), [vec!["https"], vec!["a", "evil", "example"], vec!["x"]]);
        assert!(link.wholes().flat_map(|(_, wholes)| wholes).any(|whole| whole == ["evil", "example"]));
        assert_eq!(found[0].asked(), [["see"]]);
        assert_eq!(found[0].wholes().count(), 0);
    }

    #[test]
    fn the_host_of_a_long_link_is_kept() {
        let link = format!("https://evil.example/{}", "part.".repeat(500));
        assert!(
            chunks(&link)
                .next()
                .unwrap()
                .wholes()
                .any(|(_, wholes)| wholes.contains(&vec!["evil", "example"]))
        );
    }

    #[test]
    fn words_with_a_hyphen_are_no_identifier() {
        assert_eq!(chunks("северо-запад").next().unwrap().asked(), [["северо"], ["запад"]]);
    }
}
