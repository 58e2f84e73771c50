//! The grammar of JSON byte by byte, for values too long to be kept: they are left out, but what breaks the grammar in
//! them breaks the document as it would anywhere else.

use crate::json::JsonErrorKind;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Text(Text),
    Number(Number),
    /// What is left of `true`, `false` or `null`.
    Word(&'static [u8]),
    Nothing,
}

/// Within a string or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Plain,
    Escape,
    /// Hexadecimal digits that must follow.
    Hex(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Sign,
    Zero,
    Digits,
    Point,
    Fraction,
    E,
    ESign,
    EDigits,
}

impl Number {
    /// The state after `byte`; nothing when `byte` does not belong to the number.
    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Sign, b'0') => Self::Zero,
            (Self::Sign | Self::Digits, b'0'..=b'9') => Self::Digits,
            (Self::Zero | Self::Digits, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Digits | Self::Fraction, b'e' | b'E') => Self::E,
            (Self::E, b'+' | b'-') => Self::ESign,
            (Self::E | Self::ESign | Self::EDigits, b'0'..=b'9') => Self::EDigits,
            _ => return None,
        })
    }

    fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Digits | Self::Fraction | Self::EDigits)
    }
}

/// One value, as far as it has come.
#[derive(Debug)]
pub(super) struct Grammar {
    next: Next,
    /// The open lists (`false`) and dictionaries (`true`).
    open: Vec<bool>,
    deepest: usize,
    in_key: bool,
}

/// What breaks the grammar, and at which of the bytes given.
pub(super) type Break = (usize, JsonErrorKind);

impl Grammar {
    /// A value nested at most `deepest` levels.
    pub(super) fn new(deepest: usize) -> Self {
        Self { next: Next::Value, open: Vec::new(), deepest, in_key: false }
    }

    /// Whether the value is complete.
    pub(super) fn is_done(&self) -> bool {
        self.next == Next::Nothing
    }

    /// Whether the value is complete if nothing follows.
    pub(super) fn may_end(&self) -> bool {
        self.is_done()
            || self.open.is_empty() && matches!(self.next, Next::Number(number) if number.may_end())
    }

    /// Takes the next bytes; how many belong to the value. All do while it is not done.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<usize, Break> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.is_done() || !self.step(*byte).map_err(|kind| (at, kind))? {
                return Ok(at);
            }
        }
        Ok(bytes.len())
    }

    /// Takes one byte; `false` when it stands behind the value.
    fn step(&mut self, byte: u8) -> Result<bool, JsonErrorKind> {
        match self.next {
            Next::Text(text) => self.text(text, byte)?,
            Next::Number(number) => match number.after(byte) {
                Some(number) => self.next = Next::Number(number),
                None if number.may_end() => {
                    self.close();
                    return if self.is_done() { Ok(false) } else { self.step(byte) };
                }
                None => return Err(syntax("invalid number")),
            },
            Next::Word(word) => match word.split_first() {
                Some((first, [])) if *first == byte => self.close(),
                Some((first, rest)) if *first == byte => self.next = Next::Word(rest),
                _ => return Err(syntax("expected ident")),
            },
            _ if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') => {}
            Next::ValueOrEnd if byte == b']' => self.leave(),
            Next::Value | Next::ValueOrEnd => self.value(byte)?,
            Next::KeyOrEnd if byte == b'}' => self.leave(),
            Next::Key | Next::KeyOrEnd if byte == b'"' => {
                self.in_key = true;
                self.next = Next::Text(Text::Plain);
            }
            Next::Key | Next::KeyOrEnd => return Err(syntax("key must be a string")),
            Next::Colon if byte == b':' => self.next = Next::Value,
            Next::Colon => return Err(syntax("expected `:`")),
            Next::CommaOrEnd => self.comma_or_end(byte)?,
            Next::Nothing => return Ok(false),
        }
        Ok(true)
    }

    fn value(&mut self, byte: u8) -> Result<(), JsonErrorKind> {
        self.next = match byte {
            b'{' => self.enter(true)?,
            b'[' => self.enter(false)?,
            b'"' => Next::Text(Text::Plain),
            b'-' => Next::Number(Number::Sign),
            b'0' => Next::Number(Number::Zero),
            b'1'..=b'9' => Next::Number(Number::Digits),
            b't' => Next::Word(b"rue"),
            b'f' => Next::Word(b"alse"),
            b'n' => Next::Word(b"ull"),
            _ => return Err(syntax("expected value")),
        };
        Ok(())
    }

    fn comma_or_end(&mut self, byte: u8) -> Result<(), JsonErrorKind> {
        let dictionary = self.open.last() == Some(&true);
        match (byte, dictionary) {
            (b',', true) => self.next = Next::Key,
            (b',', false) => self.next = Next::Value,
            (b'}', true) | (b']', false) => self.leave(),
            (_, true) => return Err(syntax("expected `,` or `}`")),
            (_, false) => return Err(syntax("expected `,` or `]`")),
        }
        Ok(())
    }

    fn text(&mut self, text: Text, byte: u8) -> Result<(), JsonErrorKind> {
        let text = match (text, byte) {
            (Text::Plain, b'"') if self.in_key => {
                self.in_key = false;
                self.next = Next::Colon;
                return Ok(());
            }
            (Text::Plain, b'"') => {
                self.close();
                return Ok(());
            }
            (Text::Plain, b'\\') => Text::Escape,
            (Text::Plain, 0..=0x1F) => {
                return Err(syntax("control character (\\u0000-\\u001F) found while parsing a string"));
            }
            (Text::Plain, _) => Text::Plain,
            (Text::Escape, b'u') => Text::Hex(4),
            (Text::Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Text::Plain,
            (Text::Hex(left), byte) if byte.is_ascii_hexdigit() => match left.saturating_sub(1) {
                0 => Text::Plain,
                left => Text::Hex(left),
            },
            (Text::Escape | Text::Hex(_), _) => return Err(syntax("invalid escape")),
        };
        self.next = Next::Text(text);
        Ok(())
    }

    fn enter(&mut self, dictionary: bool) -> Result<Next, JsonErrorKind> {
        if self.open.len() >= self.deepest {
            return Err(JsonErrorKind::TooDeep(self.deepest));
        }
        self.open.push(dictionary);
        Ok(if dictionary { Next::KeyOrEnd } else { Next::ValueOrEnd })
    }

    /// A list or dictionary ends.
    fn leave(&mut self) {
        self.open.pop();
        self.close();
    }

    /// A value ends.
    fn close(&mut self) {
        self.next = if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd };
    }
}

fn syntax(what: &str) -> JsonErrorKind {
    JsonErrorKind::Syntax(what.to_owned())
}

/// UTF-8 that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    /// The bytes of a character of which more must come.
    begun: Vec<u8>,
}

impl Utf8 {
    /// Takes the next bytes. Its error is the place of the byte among them that cannot belong to UTF-8.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let mut at = 0usize;
        loop {
            if self.begun.is_empty() {
                let rest = bytes.get(at..).unwrap_or_default();
                let Err(error) = std::str::from_utf8(rest) else { return Ok(()) };
                at = at.saturating_add(error.valid_up_to());
            }
            let Some(byte) = bytes.get(at) else { return Ok(()) };
            self.begun.push(*byte);
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) if error.error_len().is_some() => return Err(at),
                Err(_) => {}
            }
            at = at.saturating_add(1);
        }
    }

    /// Whether no character was left unfinished.
    pub(super) fn is_whole(&self) -> bool {
        self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    /// What this grammar says of a text that should be one value and no more.
    fn accepts(text: &str) -> bool {
        let mut grammar = Grammar::new(100);
        let Ok(used) = grammar.feed(text.as_bytes()) else { return false };
        let rest = text.as_bytes().get(used..).unwrap();
        grammar.may_end() && rest.iter().all(|byte| b" \t\r\n".contains(byte))
    }

    #[test]
    fn the_grammar_is_that_of_json() {
        for text in ["0", "-0.5e+10", "[1,2 , {}]", r#"{"a":[],"b":"\u00e9\n"} "#, "true", " null", "[[[]]]"]
        {
            assert!(accepts(text), "{text}");
        }
        for text in ["01", "-", "1.", "1e", "[1,]", "{,}", r#"{"a"}"#, r#"{"a":1,}"#, "[1}", "tru", r#""\x""#]
        {
            assert!(!accepts(text), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn it_agrees_with_the_grammar_of_the_whole_reader(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u12aF\"", "\"\\", "\"", "0", "-", "1", ".5", "e", "E+2",
                "true", "nul", "l", " ", "\n", "é", "\u{1}",
            ]), 0..9)
        ) {
            let text = pieces.concat();
            prop_assert_eq!(accepts(&text), serde_json::from_str::<&RawValue>(&text).is_ok(), "{}", text);
        }

        #[test]
        fn utf8_is_judged_alike_in_pieces(
            bytes in proptest::collection::vec(proptest::sample::select(vec![
                0x61u8, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xFF,
            ]), 0..12),
            size in 1usize..5
        ) {
            let mut pieces = Utf8::default();
            let fine = bytes.chunks(size).all(|piece| pieces.feed(piece).is_ok()) && pieces.is_whole();
            prop_assert_eq!(fine, std::str::from_utf8(&bytes).is_ok());
        }
    }
}
