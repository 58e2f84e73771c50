//! The one analyser that feeds every full-text engine.
//!
//! A term is letters and digits only, in small letters, with no sign that an engine would split, fold or stem
//! again. Engines must take terms as they are: SQLite FTS5 with `tokenize = "ascii"` over the terms joined by one
//! space, PostgreSQL with `array_to_tsvector`, never its parsers or dictionaries. A query asks for each
//! [`Token`] of it: at least one of its terms must be there, for all tokens.
//!
//! The terms of a text are several times as long as the text, each distinct one counted once. A `tsvector` holds less
//! than 1 MiB: a store limits the text that it gives, for both engines alike.
//!
//! Which terms a word has:
//!
//! | term | is | finds |
//! | --- | --- | --- |
//! | the word folded | plain letters, no marks | the same word on any keyboard |
//! | `rǀ…` `uǀ…` `iǀ…` | Russian, Ukrainian, Tajik stem | other forms of a Cyrillic word |
//! | `aǀ…` `pǀ…` `sǀ…` | Arabic, Persian, Pashto stem | other forms of a word in Arabic script |
//! | `tǀ…` | stem in the one Latin spelling of Turkic | other forms, and the other script |
//! | `eǀ…` | English singular | the plural |
//! | `nlǀ…` `ncǀ…` `naǀ…` | key of a name ([`crate::name`]), by the script of the text | the name in another script |
//! | parts with ǀ between | an identifier whole, its sections, its parent domains | domains, addresses, STIX ids |
//!
//! The sign ǀ is [`JOINER`]: a letter to Unicode, so that no engine splits at it, and in no alphabet of the
//! languages served. Name keys come from words with a capital and from words in Arabic script, which has none,
//! and only if they have three consonants; a query asks for those of the *other* scripts, since a key of
//! consonants is too coarse within one script.

use crate::fold::{MAX_WORD_CHARS, Script, cut, fold, is_mixed, letters, normal, script};
use crate::stem::{arabic, english, iranian, russian, turkic, ukrainian};
use crate::{chunk, name};
use std::collections::BTreeSet;

/// Stands inside terms, between the sign of a stemmer and the stem and between the parts of an identifier
/// (U+01C0, a letter).
pub const JOINER: char = 'ǀ';
/// A token has at most so many terms.
pub const MAX_TERMS: usize = 64;
/// A term has at most so many characters; PostgreSQL takes lexemes of up to 2,046 bytes.
pub const MAX_TERM_CHARS: usize = 500;

/// What the terms are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To be written into the index: every term.
    Index,
    /// To be asked for: of each token, one of its terms must be found.
    Query,
}

/// A word or identifier of a text, with its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The word as the text writes it, after Unicode NFKC.
    pub text: String,
    /// Its terms in order, each once, at most [`MAX_TERMS`], never none.
    pub terms: Vec<String>,
}

/// The tokens of a text. A word that no letter or digit stands in is none. For an index, identifiers stand
/// behind their parts as tokens of their own; for a query, an identifier is one token, a link one for each section.
#[must_use]
pub fn tokens(text: &str, purpose: Use) -> Vec<Token> {
    let text = chunk::armed(normal(text));
    let mut found = Vec::new();
    for chunk in chunk::chunks(&text) {
        if purpose == Use::Query {
            found.extend(chunk.asked().iter().flat_map(|parts| asked(chunk.text, parts)));
            continue;
        }
        found.extend(chunk.parts.iter().map(|part| token(part, word(part, purpose))));
        let wholes = chunk.wholes();
        found.extend(
            wholes.map(|(text, wholes)| token(text, wholes.iter().map(|parts| whole(parts)).collect())),
        );
    }
    found.retain(|token| !token.terms.is_empty());
    found
}

/// The terms of a text, each once. For an index this is what is written; of a query it shows what may be looked
/// up, while [`tokens`] says what must be found together.
#[must_use]
pub fn terms(text: &str, purpose: Use) -> BTreeSet<String> {
    tokens(text, purpose).into_iter().flat_map(|token| token.terms).collect()
}

/// Whether a query finds a text: every token of the query has a term among those of the text. A query without a
/// token finds nothing. Engines must give the same answer.
#[must_use]
pub fn found(query: &str, text: &str) -> bool {
    let index = terms(text, Use::Index);
    let asked = tokens(query, Use::Query);
    !asked.is_empty() && asked.iter().all(|token| token.terms.iter().any(|term| index.contains(term)))
}

fn token(text: &str, terms: BTreeSet<String>) -> Token {
    let terms = terms.into_iter().filter(|term| !term.is_empty()).take(MAX_TERMS).collect();
    Token { text: text.to_owned(), terms }
}

/// What is asked for parts that stand together: one token, or one for each where they make no term together.
fn asked(text: &str, parts: &[&str]) -> Vec<Token> {
    let term = whole(parts);
    if parts.len() < 2 || term.is_empty() {
        return parts.iter().map(|part| token(part, word(part, Use::Query))).collect();
    }
    vec![token(text, BTreeSet::from([term]))]
}

/// Parts as one term with the joiner between them; empty if fewer than two say something.
fn whole(parts: &[&str]) -> String {
    let plain: Vec<String> = parts
        .iter()
        .flat_map(|part| part.split(JOINER))
        .filter_map(|piece| fold(&letters(piece)).into_iter().next())
        .filter(|piece| !piece.is_empty())
        .map(http)
        .collect();
    if plain.len() < 2 {
        return String::new();
    }
    cut(plain.join(&JOINER.to_string()), MAX_TERM_CHARS).trim_end_matches(JOINER).to_owned()
}

/// A link that was made harmless is the link.
fn http(part: String) -> String {
    match part.as_str() {
        "hxxp" => "http".to_owned(),
        "hxxps" => "https".to_owned(),
        _ => part,
    }
}

// Letters that a language does not write: a word with one has no stem of it. In an index this holds for the letters
// that the fold leaves, since a text may be typed on the keyboard of another language.
const NOT_RUSSIAN: &str = "іїєґқғңөүұһәҳҷӯӣўјҹҝҡҙҫҕҗ";
const NOT_UKRAINIAN: &str = "ыэёъқғңөүұһәҳҷӯӣўјҹҝҡҙҫҕҗ";
const NOT_TAJIK: &str = "ыщцьіїєґңөүұһәўјҹҝҡҙҫҕҗ";

const NOT_ARABIC: [char; 4] = ['پ', 'چ', 'ژ', 'گ'];

/// The terms of one word.
fn word(text: &str, purpose: Use) -> BTreeSet<String> {
    let term = if text.contains(JOINER) { whole(&[text]) } else { String::new() };
    if !term.is_empty() {
        return BTreeSet::from([term]);
    }
    let letters: String = letters(text).chars().filter(|c| *c != JOINER).collect();
    let plain: Vec<String> = fold(&letters).into_iter().map(http).filter(|plain| !plain.is_empty()).collect();
    // No stemmer knows a word of two scripts that cannot be read in one.
    if plain.iter().any(|word| is_mixed(word)) {
        return plain.into_iter().collect();
    }
    let mut terms = BTreeSet::new();
    let mut add = |sign: &str, stem: String| {
        if !stem.is_empty() {
            terms.insert(format!("{sign}{JOINER}{stem}"));
        }
    };
    let script = plain.first().map_or(Script::Other, |word| script(word));
    for word in &plain {
        match script {
            Script::Latin => add("e", english::singular(word)),
            Script::Cyrillic => {
                let seen = if purpose == Use::Index { word } else { &letters };
                let may_be = |foreign: &str| !seen.contains(|c| foreign.contains(c));
                if may_be(NOT_RUSSIAN) {
                    add("r", russian::stem(word));
                }
                if may_be(NOT_UKRAINIAN) {
                    ukrainian::stems(word, &letters).into_iter().for_each(|stem| add("u", stem));
                }
                if may_be(NOT_TAJIK) {
                    add("i", iranian::tajik(word));
                }
            }
            Script::Arabic => {
                if !word.contains(NOT_ARABIC) {
                    add("a", arabic::stem(word));
                }
                add("p", iranian::persian(word));
                add("s", iranian::pashto(word));
            }
            Script::Other => {}
        }
        if matches!(script, Script::Latin | Script::Cyrillic) {
            turkic::stems(word).into_iter().for_each(|stem| add("t", stem));
        }
    }
    if matches!(script, Script::Latin | Script::Cyrillic) {
        turkic::stems(&letters).into_iter().for_each(|stem| add("t", stem));
    }
    names(text, &letters, script, purpose, &mut add);
    terms.extend(plain);
    terms
}

/// The keys of a word that may be a name: under the sign of its own script in an index, under those of the other
/// scripts in a query.
fn names(text: &str, letters: &str, script: Script, purpose: Use, add: &mut impl FnMut(&str, String)) {
    const SIGNS: [(Script, &str); 3] =
        [(Script::Latin, "nl"), (Script::Cyrillic, "nc"), (Script::Arabic, "na")];
    let may_be_name =
        script == Script::Arabic || purpose == Use::Query || text.starts_with(char::is_uppercase);
    if script == Script::Other || !may_be_name || letters.chars().count() >= MAX_WORD_CHARS {
        return;
    }
    // Arabic letters are read after the fold alone, so that a folded text has the same keys.
    let read = if script == Script::Arabic {
        fold(letters).into_iter().next().unwrap_or_default()
    } else {
        letters.to_owned()
    };
    for key in name::word_keys(&read).into_iter().filter(|key| key.len() >= 3) {
        for (of, sign) in SIGNS {
            if (of == script) == (purpose == Use::Index) {
                add(sign, key.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_TERMS, Use, found, terms, tokens};
    use proptest::prelude::*;

    #[test]
    fn identifiers_are_found_whole_and_by_part() {
        let text = "Seen at hxxps://mail.evil[.]example:8443/x?id=7 from 10.1.1.1; hash d41d8cd98f00b204e9800998ecf8427e, \
                    indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f, Exercise.User@mail.example.org, CVE-2024-12345.";
        for query in [
            "mail.evil.example",
            "evil.example",
            "https://mail.evil.example:8443/x?id=7",
            "evil",
            "10.1.1.1",
            "D41D8CD98F00B204E9800998ECF8427E",
            "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
            "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
            "17d4",
            "evil.example/x",
            "exercise.user@mail.example.org",
            "example.org",
            "cve-2024-12345",
        ] {
            assert!(found(query, text), "{query}");
        }
        for query in
            ["10.11.1", "1.10.1.1", "evil.org", "user@evil.example", "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd30"]
        {
            assert!(!found(query, text), "{query}");
        }
    }

    #[test]
    fn work_and_output_are_bounded_by_the_text() {
        for text in ["ұ", "q", "a.", "ǀ", "a\u{301}", "x/y.z@", "ﷺ", "[.]", "٣-", "ə"] {
            let text = text.repeat(5_000);
            let found = tokens(&text, Use::Index);
            let texts: usize = found.iter().map(|token| token.text.len()).sum();
            let bytes: usize = found.iter().flat_map(|token| &token.terms).map(String::len).sum();
            assert!(texts <= 20 * text.len(), "{texts} of {}", text.len());
            assert!(bytes <= 100 * text.len() + 10_000, "{bytes} of {}", text.len());
            assert!(!found.iter().any(|token| token.terms.len() > MAX_TERMS));
        }
    }

    #[test]
    fn a_query_without_a_word_finds_nothing() {
        assert!(!found("", "text"));
        assert!(!found(" -- … ", "text"));
    }

    #[test]
    fn names_are_found_in_another_script_and_words_alike_in_consonants_are_not() {
        assert!(found("karimov", "Задержан Каримов"));
        assert!(found("каримов", "detained: Karimov"));
        assert!(found("محمد", "Мухаммад прибыл"));
        assert!(!found("каримов", "Каримовна керамов"));
    }

    /// Texts that try what the scripts have: letters, marks, joiners, signs, our own terms.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-zA-Zа-яА-Яёіїєґқғңөүұһәҳҷӯӣўəşçğıöüßİǅ'ʻ’ .@:/_-]{0,40}",
            "[آ-یَُِّـ\u{200c}ټډړښږېۍ۰-۹ ]{0,40}",
            "[ǀa-zа-яʰ.-]{0,20}",
        ]
    }

    proptest! {
        #[test]
        fn terms_of_joined_terms_are_the_same(text in text()) {
            let once = terms(&text, Use::Index);
            let joined: Vec<&str> = once.iter().map(String::as_str).collect();
            prop_assert_eq!(&terms(&joined.join(" "), Use::Index), &once);
        }

        #[test]
        fn a_term_is_letters_and_digits_in_small_letters(text in text()) {
            for purpose in [Use::Index, Use::Query] {
                for token in tokens(&text, purpose) {
                    prop_assert!(!token.terms.is_empty() && token.terms.len() <= MAX_TERMS);
                    for term in token.terms {
                        prop_assert!(term.chars().all(char::is_alphanumeric), "{term:?}");
                        prop_assert_eq!(&term.to_lowercase(), &term);
                        prop_assert!(term.chars().count() <= super::MAX_TERM_CHARS);
                        prop_assert!(term.len() < 2046);
                    }
                }
            }
        }

        #[test]
        fn every_word_finds_its_own_text(text in text()) {
            for token in tokens(&text, Use::Index) {
                if !tokens(&token.text, Use::Query).is_empty() {
                    prop_assert!(found(&token.text, &text), "{:?}", token.text);
                }
            }
        }
    }
}
