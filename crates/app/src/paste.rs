//! Values in a text that somebody pastes: dates, states, telephones, plates, domains, addresses, hashes and amounts. Pure
//! rules over the letters that are there; nothing is stored, nothing is guessed from a name, and a person takes each value
//! or leaves it.

mod number;
mod word;

use serde::Serialize;

use crate::AppError;

/// Longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 256 << 10;
/// Most values that are told of one text.
pub const FOUND_MAX: usize = 500;

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A date as exactly as it is said: `2026`, `2026-03` or `2026-03-01`.
    Date,
    /// A state, by its two letters.
    Country,
    /// A telephone number as written, with its `+`.
    Phone,
    /// What may be the plate of a vehicle.
    Plate,
    /// A mail address.
    Email,
    /// The address of a page.
    Url,
    /// A domain name.
    Domain,
    /// An address of the Internet Protocol.
    Ip,
    /// MD5, SHA-1 or SHA-256 in hexadecimal digits.
    Hash,
    /// A sum of money or a quantity.
    Amount,
    /// How many persons.
    Persons,
}

/// A value that stands in the text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// What it is.
    pub what: What,
    /// The value as a record holds it.
    pub value: String,
    /// The unit or currency of an amount; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// As it stands in the text.
    pub text: String,
    /// Where it begins, counted as browsers count: in units of UTF-16.
    pub at: usize,
    /// How long it is, counted so.
    pub length: usize,
}

/// A value and the bytes of the text that it is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Hit {
    what: What,
    value: String,
    unit: String,
    from: usize,
    to: usize,
}

impl Hit {
    fn new(what: What, value: impl Into<String>, (from, to): (usize, usize)) -> Self {
        Self { what, value: value.into(), unit: String::new(), from, to }
    }
}

/// A stretch of the text without blanks and without the marks around it, with where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Piece<'t> {
    text: &'t str,
    from: usize,
}

impl Piece<'_> {
    fn end(&self) -> usize {
        self.from.saturating_add(self.text.len())
    }

    fn place(&self) -> (usize, usize) {
        (self.from, self.end())
    }
}

/// The values in a text, in their order, each stretch of it once.
///
/// # Errors
/// [`AppError::Limit`] for a text that is too long.
pub fn find(text: &str) -> Result<Vec<Found>, AppError> {
    if text.len() > TEXT_BYTES_MAX {
        let max = format!("{TEXT_BYTES_MAX} bytes");
        return Err(AppError::Limit { what: "the text".into(), max });
    }
    let pieces = pieces(text);
    let mut hits: Vec<Hit> = Vec::new();
    for at in 0..pieces.len() {
        let rest = pieces.get(at..).unwrap_or_default();
        // The end of a number is no number by itself, unless another value took what stands before it.
        let before = at.checked_sub(1).and_then(|at| pieces.get(at));
        let before = before.filter(|one| hits.last().is_none_or(|last| last.to < one.end()));
        let goes_on = match (before, rest.first()) {
            (Some(before), Some(first)) => number::goes_on(text, before, first),
            _ => false,
        };
        let hit = number::date(rest)
            .or_else(|| number::phone(text, rest))
            .or_else(|| word::country(rest))
            .or_else(|| rest.first().and_then(word::single))
            .or_else(|| number::amount(text, rest).filter(|_| !goes_on));
        // What a value before it took is not told again as another.
        if let Some(hit) = hit.filter(|hit| hits.last().is_none_or(|last| last.to <= hit.from)) {
            hits.push(hit);
        }
        if hits.len() >= FOUND_MAX {
            break;
        }
    }
    Ok(placed(text, hits))
}

/// Hits with their places counted in UTF-16, in one walk over the text.
fn placed(text: &str, hits: Vec<Hit>) -> Vec<Found> {
    let (mut bytes, mut units) = (0_usize, 0_usize);
    let mut found = Vec::with_capacity(hits.len());
    for hit in hits {
        let (Some(before), Some(own)) = (text.get(bytes..hit.from), text.get(hit.from..hit.to)) else {
            continue;
        };
        let at = before.encode_utf16().count().saturating_add(units);
        let length = own.encode_utf16().count();
        (bytes, units) = (hit.to, at.saturating_add(length));
        let Hit { what, value, unit, .. } = hit;
        found.push(Found { what, value, unit, text: own.to_owned(), at, length });
    }
    found
}

/// Marks that stand around a value and are none of it.
fn is_around(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '('
            | ')'
            | '{'
            | '}'
            | '"'
            | '\''
            | '«'
            | '»'
            | '“'
            | '”'
            | '„'
            | '‘'
            | '’'
            | '<'
            | '>'
            | '…'
            | '–'
            | '—'
            | '،'
            | '؛'
            | '؟'
            | '*'
            | '`'
    )
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut all = Vec::new();
    let mut from = 0_usize;
    for part in text.split_inclusive(char::is_whitespace) {
        let trimmed = part.trim_end();
        let start = trimmed.trim_start_matches(is_around);
        let cut = trimmed.len().saturating_sub(start.len());
        let inner = start.trim_end_matches(is_around);
        if !inner.is_empty() {
            all.push(Piece { text: inner, from: from.saturating_add(cut) });
        }
        from = from.saturating_add(part.len());
    }
    all
}

#[cfg(test)]
mod tests;
