//! The language of searches: what can be asked, and what is refused because of what it would select people by.
//!
//! A query is a list of parts that all must hold: words, "phrases", `-word`, and selectors `field:value`. There is no
//! nesting, no wildcard and no "or" but commas between values of some selectors. Everything here is pure: the same text
//! gives the same answer.
//!
//! Row C2: there is no selector for belief, descent and the like, and the nationality that a document states is never
//! enough: a name, number or id stands beside it. Since all parts must hold, that part identifies whoever is found.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use comity_matching::{JOINER, Use, name, tokens};
use comity_model::Category;
use comity_model::kind::{PartialDate, is_special};
use comity_model::neutral;
use comity_model::stix::Id;

/// Longest query, in bytes.
pub const QUERY_BYTES_MAX: usize = 2_000;
/// Most parts of a query.
pub const PARTS_MAX: usize = 24;
/// Most words, counted as the analyser sees them.
const TOKENS_MAX: usize = 48;
/// Most words of one name, and most names.
const NAME_WORDS_MAX: usize = 8;
const NAMES_MAX: usize = 4;
/// Most values between commas.
const VALUES_MAX: usize = 16;

const SPECIAL: &str = "people are not searched for by belief, descent or the like, and there is no such field: search for what somebody did, or for a name, number or id";
const NATIONALITY: &str =
    "nationality alone selects nobody: add what identifies the person, `name:`, `number:` or `id:` (rule C2)";

/// Words that name what C2 excludes and that [`is_special`] does not know, since no property would be called so.
const EXCLUDED: [&str; 14] = [
    "faith",
    "nation",
    "descent",
    "ancestry",
    "heritage",
    "colour",
    "color",
    "church",
    "mosque",
    "islam",
    "muslim",
    "christian",
    "party",
    "politics",
];

/// What a selector looks at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Field {
    /// A name, in any script.
    Name,
    /// Kind of record, or STIX type.
    Kind,
    /// What a person is to the case.
    Category,
    /// Country of a place of the matter.
    Country,
    /// The matter lasts until this date or later.
    From,
    /// The matter begins at this date or earlier.
    Until,
    /// Whose record it is.
    Origin,
    /// Collection.
    Collection,
    /// STIX id.
    Id,
    /// Number of a document, or an identifier.
    Number,
    /// Nationality as a document states it.
    Nationality,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 11] = [
        Self::Name,
        Self::Kind,
        Self::Category,
        Self::Country,
        Self::From,
        Self::Until,
        Self::Origin,
        Self::Collection,
        Self::Id,
        Self::Number,
        Self::Nationality,
    ];

    /// The word before the colon.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Category => "category",
            Self::Country => "country",
            Self::From => "from",
            Self::Until => "until",
            Self::Origin => "origin",
            Self::Collection => "collection",
            Self::Id => "id",
            Self::Number => "number",
            Self::Nationality => "nationality",
        }
    }

    /// Whether a value of it points at one person or thing.
    pub fn identifies(self) -> bool {
        matches!(self, Self::Name | Self::Number | Self::Id)
    }

    /// Whether commas part several values, of which one must hold.
    fn takes_several(self) -> bool {
        matches!(self, Self::Kind | Self::Category | Self::Country | Self::Nationality)
    }
}

/// One part of a query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// A word, or an identifier such as a domain.
    Word(String),
    /// Words that stand next to each other.
    Phrase(String),
    /// A word or phrase that must not be there.
    Without(String),
    /// A selector, with the values of which one must hold.
    Select(Field, Vec<String>),
}

/// A query that may be asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    parts: Vec<Part>,
}

/// Why a query may not be asked, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused(pub String);

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// The reason, and what to do, when the text is no query, asks for too much at once, or selects people by what row
    /// C2 excludes.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        if text.len() > QUERY_BYTES_MAX {
            return Err(Refused(format!(
                "a query has at most {QUERY_BYTES_MAX} bytes: ask for less at once"
            )));
        }
        if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            return Err(Refused("control characters are no part of a query: leave them out".into()));
        }
        let mut parts = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (part, after) = read_part(rest)?;
            parts.extend(part);
            rest = after.trim_start();
        }
        let query = Self { parts };
        query.judge()?;
        Ok(query)
    }

    /// The parts in the order in which they were written.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The values of every selector of a field.
    pub fn selected(&self, field: Field) -> impl Iterator<Item = &[String]> {
        self.parts.iter().filter_map(move |part| match part {
            Part::Select(of, values) if *of == field => Some(values.as_slice()),
            _ => None,
        })
    }

    /// Words of the query that name a community or what somebody is: whoever asks for them is asked why.
    /// They are compared in the linter's way and in that of the index, which folds more and finds other forms.
    pub fn notices(&self) -> Vec<String> {
        let words = self.parts.iter().filter_map(|part| match part {
            Part::Word(text) | Part::Phrase(text) | Part::Without(text) => Some(text.as_str()),
            Part::Select(..) => None,
        });
        let mut found: Vec<String> = Vec::new();
        for text in words {
            found.extend(neutral::traits(text).into_iter().map(|notice| notice.word));
            let asked = tokens(&text.to_lowercase(), Use::Query).into_iter();
            found.extend(
                asked.filter(|token| token.terms.iter().any(|term| LISTED.has(term))).map(|it| it.text),
            );
        }
        found.sort();
        found.dedup_by(|a, b| a.to_lowercase() == b.to_lowercase());
        found
    }

    fn judge(&self) -> Result<(), Refused> {
        let has = |wanted: fn(Field) -> bool| {
            self.parts.iter().any(|part| matches!(part, Part::Select(field, _) if wanted(*field)))
        };
        if has(|field| field == Field::Nationality) && !has(Field::identifies) {
            return Err(Refused(NATIONALITY.into()));
        }
        if self.parts.len() > PARTS_MAX {
            return Err(Refused(format!("a query has at most {PARTS_MAX} parts: ask for less at once")));
        }
        if !self.parts.iter().any(|part| !matches!(part, Part::Without(_))) {
            return Err(Refused("say what to look for: a word, or a selector such as `kind:plan`".into()));
        }
        let mut count = 0_usize;
        for part in &self.parts {
            if let Part::Word(text) | Part::Phrase(text) | Part::Without(text) = part {
                count = count.saturating_add(tokens(text, Use::Query).len());
            }
        }
        if count > TOKENS_MAX {
            return Err(Refused(format!("a query has at most {TOKENS_MAX} words: ask for less at once")));
        }
        if self.selected(Field::Name).count() > NAMES_MAX {
            return Err(Refused(format!("a query has at most {NAMES_MAX} names: ask one after the other")));
        }
        Ok(())
    }
}

/// The first part of a text, none for signs that say nothing, and what follows.
fn read_part(text: &str) -> Result<(Option<Part>, &str), Refused> {
    let (without, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if text.starts_with('"') {
        let (phrase, rest) = quoted(text)?;
        if tokens(phrase, Use::Query).is_empty() {
            return Err(Refused("there is no word between the quotation marks".into()));
        }
        let part = if without { Part::Without(phrase.into()) } else { Part::Phrase(phrase.into()) };
        return Ok((Some(part), rest));
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let Some((field, value)) = selector(word) else {
        if rest.starts_with('"') {
            return Err(Refused(
                "a quotation mark stands before and after a phrase, not inside a word".into(),
            ));
        }
        if tokens(word, Use::Query).is_empty() {
            return Ok((None, rest));
        }
        let part = if without { Part::Without(word.into()) } else { Part::Word(word.into()) };
        return Ok((Some(part), rest));
    };
    let field = known(field)?;
    if without {
        return Err(Refused(format!("only words can be left out: `-{}:` says nothing here", field.word())));
    }
    let (value, rest) = match (value, rest.starts_with('"')) {
        ("", true) => quoted(rest)?,
        (_, true) => {
            return Err(Refused(format!("write {}:\"…\" with the whole value in marks", field.word())));
        }
        (value, false) => (value, rest),
    };
    Ok((Some(Part::Select(field, values(field, value)?)), rest))
}

/// The text between quotation marks, and what follows.
fn quoted(text: &str) -> Result<(&str, &str), Refused> {
    let found = text.strip_prefix('"').and_then(|inner| inner.split_once('"'));
    let (inner, rest) = found.ok_or_else(|| Refused("a quotation mark is not closed: add one".into()))?;
    if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return Err(Refused("leave a blank behind the closing quotation mark".into()));
    }
    Ok((inner, rest))
}

/// The words of the lists as terms of the index.
#[derive(Default)]
struct Listed {
    terms: BTreeSet<String>,
    beginnings: Vec<String>,
}

static LISTED: LazyLock<Listed> = LazyLock::new(|| {
    let mut listed = Listed::default();
    for one in neutral::trait_words() {
        for term in tokens(&one.word, Use::Query).into_iter().flat_map(|token| token.terms) {
            let of = term.split_once(JOINER).map(|(sign, _)| sign.to_owned());
            match of {
                None if one.is_stem => listed.beginnings.push(term),
                // A stem says something in the language for which it was made; a key of a name never does here.
                Some(sign) if one.is_stem || sign != stemmer(one.language) => {}
                _ => drop(listed.terms.insert(term)),
            }
        }
    }
    listed
});

impl Listed {
    fn has(&self, term: &str) -> bool {
        let begins =
            || !term.contains(JOINER) && self.beginnings.iter().any(|one| term.starts_with(one.as_str()));
        self.terms.contains(term) || begins()
    }
}

/// The sign of the stemmer for a language of the lists.
fn stemmer(language: &str) -> &'static str {
    match language {
        "en" => "e",
        "ru" => "r",
        "uk" => "u",
        "tg" => "i",
        "ar" => "a",
        "fa" => "p",
        "ps" => "s",
        _ => "t",
    }
}

/// Field and value of a word that has the form of a selector. Links and addresses with a port have it not.
fn selector(word: &str) -> Option<(&str, &str)> {
    let (field, value) = word.split_once(':')?;
    let is_word = !field.is_empty() && field.chars().all(|c| c.is_alphabetic() || c == '-' || c == '_');
    (is_word && !value.starts_with("//")).then_some((field, value))
}

fn known(word: &str) -> Result<Field, Refused> {
    let lower = word.to_lowercase();
    if let Some(field) = Field::ALL.into_iter().find(|field| field.word() == lower) {
        return Ok(field);
    }
    let excluded = |word: &str| EXCLUDED.iter().any(|one| word.starts_with(one));
    if is_special(&lower) || lower.split(['-', '_']).any(excluded) || !neutral::traits(&lower).is_empty() {
        return Err(Refused(format!("`{lower}:` is refused (rule C2): {SPECIAL}")));
    }
    let fields: Vec<&str> = Field::ALL.iter().map(|field| field.word()).collect();
    Err(Refused(format!(
        "there is no selector `{lower}:`: use one of {}, or put the text in quotation marks",
        fields.join(", ")
    )))
}

fn values(field: Field, text: &str) -> Result<Vec<String>, Refused> {
    let word = field.word();
    let texts: Vec<&str> =
        if field.takes_several() { text.split(',').map(str::trim).collect() } else { vec![text.trim()] };
    if texts.len() > VALUES_MAX {
        return Err(Refused(format!("`{word}:` takes at most {VALUES_MAX} values")));
    }
    texts.into_iter().map(|text| value(field, text)).collect()
}

/// One value in the form in which it is compared.
fn value(field: Field, text: &str) -> Result<String, Refused> {
    let word = field.word();
    let wrong = |what: &str| Err(Refused(format!("`{word}:` needs {what}")));
    match field {
        Field::Name => match name::asked(text).len() {
            0 => wrong("a name with letters"),
            1..=NAME_WORDS_MAX => Ok(text.to_owned()),
            _ => wrong("a name of at most 8 words"),
        },
        Field::Kind => {
            let plain = text.to_ascii_lowercase();
            let form = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if plain.is_empty() || plain.len() > 100 || !plain.chars().all(form) {
                return wrong("a kind of record such as plan, or a STIX type such as malware");
            }
            Ok(plain)
        }
        Field::Category => {
            let plain = text.to_ascii_lowercase();
            let all: [Category; 7] = [
                Category::Suspect,
                Category::Convicted,
                Category::FutureOffence,
                Category::Contact,
                Category::Victim,
                Category::Witness,
                Category::CanInform,
            ];
            let names: Vec<&str> = all.iter().map(|one| one.name()).collect();
            if names.contains(&plain.as_str()) {
                return Ok(plain);
            }
            Err(Refused(format!("`{word}:` is one of {}", names.join(", "))))
        }
        Field::Country | Field::Nationality => {
            if text.len() != 2 || !text.chars().all(|c| c.is_ascii_alphabetic()) {
                return wrong("two letters of ISO 3166-1, such as KZ");
            }
            Ok(text.to_ascii_uppercase())
        }
        Field::From | Field::Until => match text.parse::<PartialDate>() {
            Ok(date) => Ok(date.to_string()),
            Err(_) => wrong("a date: 2026, 2026-03 or 2026-03-08"),
        },
        Field::Id => match text.parse::<Id>() {
            Ok(id) => Ok(id.as_str().to_owned()),
            Err(_) => wrong("a STIX id, such as note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11"),
        },
        Field::Number if number(text).is_empty() => wrong("letters or digits"),
        Field::Origin | Field::Collection if text.is_empty() => wrong("a name or an id"),
        Field::Number | Field::Origin | Field::Collection => Ok(text.to_owned()),
    }
}

/// A number as it is compared: letters and digits in small letters, without what groups them.
pub(crate) fn number(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(100).collect()
}

impl fmt::Display for Query {
    /// The query in one spelling, which reads as the same query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            match part {
                Part::Word(text) => f.write_str(text)?,
                Part::Phrase(text) => write!(f, "\"{text}\"")?,
                Part::Without(text) => write!(f, "-\"{text}\"")?,
                Part::Select(field, values) => {
                    let values = values.join(",");
                    let bare = !values.contains(char::is_whitespace) && !values.starts_with("//");
                    let mark = if bare { "" } else { "\"" };
                    write!(f, "{}:{mark}{values}{mark}", field.word())?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
