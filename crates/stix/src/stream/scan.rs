//! Finds the end of a value in the bytes that are there, and goes on where it stopped when more have come. It counts
//! brackets and knows strings; whether the value is well formed is judged afterwards.

use serde_json::value::RawValue;

use crate::json::{JsonError, JsonErrorKind};

/// How far the search for the end of a value has come.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    at: usize,
    depth: usize,
    in_string: bool,
}

impl Scanner {
    /// The length of the value that `bytes` begin with, once its end is there. `bytes` must begin at the same place in
    /// every call. A number and a word have no end of their own: theirs is the byte that cannot belong to them.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes.first()? {
            b'{' | b'[' | b'"' => self.nested(bytes),
            _ => self.word(bytes),
        }
    }

    fn word(&mut self, bytes: &[u8]) -> Option<usize> {
        let ends =
            |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}' | b'"' | b':');
        let found = bytes.iter().skip(self.at).position(ends);
        match found {
            // A byte that begins no value is a value of its own, so that there is something to complain of.
            Some(count) => Some(self.at.saturating_add(count).max(1)),
            None => {
                self.at = bytes.len();
                None
            }
        }
    }

    // Places and depths are at most the length of the bytes: nothing wraps.
    fn nested(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            if self.in_string {
                if !self.string(bytes) {
                    return None;
                }
                if self.depth == 0 {
                    return Some(self.at);
                }
            }
            while let Some(byte) = bytes.get(self.at) {
                self.at = self.at.wrapping_add(1);
                match byte {
                    b'"' => {
                        self.in_string = true;
                        break;
                    }
                    b'{' | b'[' => self.depth = self.depth.wrapping_add(1),
                    b'}' | b']' => {
                        self.depth = self.depth.saturating_sub(1);
                        if self.depth == 0 {
                            return Some(self.at);
                        }
                    }
                    _ => {}
                }
            }
            if !self.in_string {
                return None;
            }
        }
    }

    /// Goes behind the quote that ends the string; `false` when it is not there yet.
    fn string(&mut self, bytes: &[u8]) -> bool {
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some((count, byte)) = quote_or_backslash(rest) else {
                // After a backslash that was the last byte the place already lies one further.
                self.at = self.at.max(bytes.len());
                return false;
            };
            self.at = self.at.wrapping_add(count).wrapping_add(1);
            if byte == b'"' {
                self.in_string = false;
                return true;
            }
            self.at = self.at.wrapping_add(1);
        }
    }
}

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
const QUOTES: u64 = 0x2222_2222_2222_2222;
const BACKSLASHES: u64 = 0x5C5C_5C5C_5C5C_5C5C;

/// The first quote or backslash, eight bytes at a time: most of a document stands within strings.
fn quote_or_backslash(bytes: &[u8]) -> Option<(usize, u8)> {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut at = 0usize;
    for chunk in words {
        let word = u64::from_le_bytes(*chunk);
        let hits = zero(word ^ QUOTES) | zero(word ^ BACKSLASHES);
        if hits != 0 {
            // The lowest hit is exact; those above it may be the borrow of a subtraction.
            let within = usize::try_from(hits.trailing_zeros() / 8).unwrap_or_default();
            return chunk.get(within).map(|byte| (at.wrapping_add(within), *byte));
        }
        at = at.wrapping_add(8);
    }
    let found = tail.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    tail.get(found).map(|byte| (at.wrapping_add(found), *byte))
}

/// Not zero when a byte of `word` is zero.
fn zero(word: u64) -> u64 {
    word.wrapping_sub(EACH) & !word & HIGH
}

/// Whether `bytes` are one value by the grammar of JSON in UTF-8, judged as [`crate::read()`] judges the slices of a
/// document. `next` is the byte behind them, without which a number or a word looks as if it were cut off.
pub(super) fn check(bytes: &[u8], next: Option<u8>) -> Result<(), JsonError> {
    let text = text_of(bytes)?;
    let Err(error) = serde_json::from_str::<&RawValue>(text) else { return Ok(()) };
    if error.is_eof()
        && let Some(next) = next.filter(u8::is_ascii)
    {
        let longer = format!("{text}{}", char::from(next));
        if let Err(error) = serde_json::from_str::<&RawValue>(&longer) {
            return Err(JsonError::explain(&error, longer.as_bytes()));
        }
    }
    Err(JsonError::explain(&error, bytes))
}

/// The bytes as text.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, JsonError> {
    std::str::from_utf8(bytes)
        .map_err(|error| JsonError::at(JsonErrorKind::InvalidUtf8, bytes, error.valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_wherever_the_bytes_are_divided() {
        let long = format!("\"{}\"", "x".repeat(40));
        let values = [
            r#"{"a":["}",{"b":"\\\""}],"c":"\"]"}"#,
            r#""""#,
            r#""\\""#,
            r#""eight bytes and \" more""#,
            "[[],[[]]]",
            "17",
            "null",
            &long,
        ];
        for value in values {
            let text = format!("{value},{{\"next\":1}}");
            for first in 0..text.len() {
                let mut scanner = Scanner::default();
                let early = scanner.end(&text.as_bytes()[..first]);
                let found = early.or_else(|| scanner.end(text.as_bytes()));
                assert_eq!(found, Some(value.len()), "{value} divided at {first}");
            }
        }
    }
}
