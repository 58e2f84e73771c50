//! Strict JSON (RFC 8259 as narrowed by RFC 7493): the value tree that everything else looks at.
//!
//! Refused, each with its own kind and place: duplicate keys, `NaN` and infinities, numbers that no `f64` or 64-bit
//! integer holds, invalid UTF-8, a byte order mark, lone surrogates, nesting and strings beyond the limits, bytes after
//! the value. Texts without escapes are borrowed from the input.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use crate::limits::Limits;

pub use crate::map::Map;

/// One JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`, which STIX never allows (clause 3.1) but a reader must be able to name.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that a signed 64-bit number holds.
    Integer(i64),
    /// A positive integer beyond the signed range.
    Unsigned(u64),
    /// A number with a fraction or an exponent, and `-0`. Always finite when it was parsed.
    Float(f64),
    /// A text.
    String(Cow<'a, str>),
    /// A list.
    Array(Vec<Value<'a>>),
    /// A dictionary.
    Object(Map<'a>),
}

/// What is wrong with a text that should be JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The input is longer than the limit, in bytes.
    #[error("the input is longer than {0} bytes")]
    TooLong(usize),
    /// The input begins with a byte order mark, which JSON forbids.
    #[error("the input begins with a byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// The bytes are not UTF-8.
    #[error("the bytes are not valid UTF-8")]
    InvalidUtf8,
    /// A key stands twice in one dictionary.
    #[error("the key {0:?} stands twice in one dictionary")]
    DuplicateKey(String),
    /// `NaN`, `Infinity` or `-Infinity`.
    #[error("NaN and Infinity are no JSON numbers")]
    NotFinite,
    /// A number too large for a 64-bit floating-point number, such as `1e400`.
    #[error("the number is too large for 64 bits")]
    NumberRange,
    /// An integer that 64 bits cannot hold exactly.
    #[error("the integer needs more than 64 bits and would lose digits")]
    IntegerRange,
    /// An escape names half of a surrogate pair.
    #[error("a \\u escape names half of a surrogate pair")]
    LoneSurrogate,
    /// Lists and dictionaries are nested deeper than the limit.
    #[error("lists and dictionaries are nested deeper than {0}")]
    TooDeep(usize),
    /// A string or key is longer than the limit, in bytes.
    #[error("a string is longer than {0} bytes")]
    StringTooLong(usize),
    /// There is more after the value.
    #[error("there is more after the end of the value")]
    TrailingBytes,
    /// The input ends within the value.
    #[error("the input ends too early")]
    Truncated,
    /// Any other break of the grammar, with what was expected.
    #[error("this is not JSON: {0}")]
    Syntax(String),
}

/// Why and where a text is not acceptable JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (line {}, column {})", .line.max(&1), .column.max(&1))]
#[non_exhaustive]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Line, from 1.
    pub line: usize,
    /// Byte within the line, from 1.
    pub column: usize,
    /// Byte within the input, from 0.
    pub offset: usize,
}

/// The deepest nesting that can be asked for; the reader below stops at 128.
const DEEPEST: usize = 120;

/// Keys of an outer dictionary for which room is made at once; most objects have no more.
const USUAL_KEYS: usize = 16;

/// Reads one JSON value from the whole of `bytes`.
///
/// # Errors
/// [`JsonError`] with kind and place; see the list in the module's description. The limits used are `bytes`, `depth`
/// and `string_bytes`.
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Value<'a>, JsonError> {
    parse_text(text_of(bytes, limits.bytes)?, limits)
}

/// Reads one JSON value from a text that [`text_of`] has let through, or a part of it.
pub(crate) fn parse_text<'a>(text: &'a str, limits: &Limits) -> Result<Value<'a>, JsonError> {
    let bytes = text.as_bytes();
    let context = Context::new(limits);
    let mut source = serde_json::Deserializer::from_str(text);
    let seed = Seed { context: &context, depth: context.depth };
    let value = seed.deserialize(&mut source).map_err(|error| context.explain(&error, bytes))?;
    source.end().map_err(|error| context.explain(&error, bytes))?;
    if context.wide_number.get()
        && let Some(offset) = find_wide_integer(bytes)
    {
        return Err(JsonError::at(JsonErrorKind::IntegerRange, bytes, offset));
    }
    Ok(value)
}

/// The input as text: within `limit` bytes, without byte order mark, valid UTF-8.
pub(crate) fn text_of(bytes: &[u8], limit: usize) -> Result<&str, JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::at(JsonErrorKind::TooLong(limit), bytes, 0));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(JsonError::at(JsonErrorKind::ByteOrderMark, bytes, 0));
    }
    std::str::from_utf8(bytes)
        .map_err(|error| JsonError::at(JsonErrorKind::InvalidUtf8, bytes, error.valid_up_to()))
}

impl JsonError {
    pub(crate) fn at(kind: JsonErrorKind, bytes: &[u8], offset: usize) -> Self {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count().saturating_add(1);
        Self { kind, line, column, offset }
    }

    /// Puts an error of `serde_json` into our words.
    pub(crate) fn explain(error: &serde_json::Error, bytes: &[u8]) -> Self {
        let offset = offset_of(error.line(), error.column(), bytes);
        let shown = error.to_string();
        let message = shown.split(" at line ").next().unwrap_or_default();
        let kind = match message {
            _ if error.is_eof() => JsonErrorKind::Truncated,
            "number out of range" => JsonErrorKind::NumberRange,
            "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
                JsonErrorKind::LoneSurrogate
            }
            "trailing characters" => JsonErrorKind::TrailingBytes,
            "recursion limit exceeded" => JsonErrorKind::TooDeep(DEEPEST),
            _ if stands_at_non_finite(bytes, offset) => JsonErrorKind::NotFinite,
            other => JsonErrorKind::Syntax(other.to_owned()),
        };
        Self { kind, line: error.line(), column: error.column(), offset }
    }
}

/// The byte that `serde_json` means by a line and a column, both from 1; its column 0 is the line's start.
fn offset_of(line: usize, column: usize, bytes: &[u8]) -> usize {
    let mut breaks =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at.saturating_add(1));
    let start = if line <= 1 { 0 } else { breaks.nth(line.saturating_sub(2)).unwrap_or(bytes.len()) };
    start.saturating_add(column.saturating_sub(1)).min(bytes.len())
}

fn stands_at_non_finite(bytes: &[u8], offset: usize) -> bool {
    (offset.saturating_sub(1)..=offset.saturating_add(1)).any(|at| {
        bytes.get(at..).is_some_and(|rest| rest.starts_with(b"NaN") || rest.starts_with(b"Infinity"))
    })
}

/// Finds an integer literal that 64 bits cannot hold. Only called on valid JSON, and only when a number of that size
/// was met, which is rare.
fn find_wide_integer(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = match byte {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => {
                let literal: Vec<u8> = rest
                    .iter()
                    .copied()
                    .take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte))
                    .collect();
                let digits = literal.strip_prefix(b"-").unwrap_or(&literal);
                if digits.iter().all(u8::is_ascii_digit)
                    && std::str::from_utf8(&literal)
                        .is_ok_and(|text| text.parse::<i64>().is_err() && text.parse::<u64>().is_err())
                {
                    return Some(at);
                }
                literal.len()
            }
            _ => 1,
        };
        at = at.saturating_add(length);
    }
    None
}

fn string_length(rest: &[u8]) -> usize {
    let mut escaped = false;
    let end = rest.iter().skip(1).position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    end.map_or(rest.len(), |end| end.saturating_add(2))
}

/// What the visitors share: the limits and what they found, since an error of `serde` carries only text.
struct Context {
    depth: usize,
    string_bytes: usize,
    fault: Cell<Option<JsonErrorKind>>,
    wide_number: Cell<bool>,
}

impl Context {
    fn new(limits: &Limits) -> Self {
        Self {
            depth: limits.depth.min(DEEPEST),
            string_bytes: limits.string_bytes,
            fault: Cell::new(None),
            wide_number: Cell::new(false),
        }
    }

    fn refuse<E: de::Error>(&self, kind: JsonErrorKind) -> E {
        self.fault.set(Some(kind));
        E::custom("refused")
    }

    fn measure<E: de::Error>(&self, text: &str) -> Result<(), E> {
        if text.len() > self.string_bytes {
            return Err(self.refuse(JsonErrorKind::StringTooLong(self.string_bytes)));
        }
        Ok(())
    }

    fn explain(&self, error: &serde_json::Error, bytes: &[u8]) -> JsonError {
        let mut found = JsonError::explain(error, bytes);
        if let Some(kind) = self.fault.take() {
            found.kind = kind;
        }
        found
    }
}

/// Reads a value of at most `depth` further levels.
#[derive(Clone, Copy)]
struct Seed<'c> {
    context: &'c Context,
    depth: usize,
}

impl Seed<'_> {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.context.refuse(JsonErrorKind::TooDeep(self.context.depth))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn deserialize<D: de::Deserializer<'de>>(self, source: D) -> Result<Value<'de>, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::Unsigned(value), Value::Integer))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value<'de>, E> {
        // 2^63: smaller integer literals arrive as integers.
        if value.abs() >= 9_223_372_036_854_775_808.0 {
            self.context.wide_number.set(true);
        }
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        self.context.measure(text)?;
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value<'de>, E> {
        self.context.measure(text)?;
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let seed = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(seed)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        let seed = self.inner()?;
        let mut map = if self.depth == self.context.depth { Map::of_room(USUAL_KEYS) } else { Map::new() };
        while let Some(key) = entries.next_key_seed(KeySeed(self.context))? {
            if map.contains_key(&key) {
                return Err(self
                    .context
                    .refuse(JsonErrorKind::DuplicateKey(key.chars().take(120).collect())));
            }
            let value = entries.next_value_seed(seed)?;
            map.push(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads a key, borrowed where it has no escapes.
struct KeySeed<'c>(&'c Context);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Cow<'de, str>;

    fn deserialize<D: de::Deserializer<'de>>(self, source: D) -> Result<Cow<'de, str>, D::Error> {
        source.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed<'_> {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        self.0.measure(text)?;
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        self.0.measure(text)?;
        Ok(Cow::Owned(text.to_owned()))
    }
}

impl<'a> Value<'a> {
    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        if let Self::Array(list) = self { Some(list) } else { None }
    }

    /// The dictionary, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Map<'a>> {
        if let Self::Object(map) = self { Some(map) } else { None }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The integer, if it is one and fits; a number written with a fraction is none.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(*value) } else { None }
    }

    /// The number as floating point, if it is a number of any kind; integers beyond 2^53 lose digits.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "said in the description")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The same value without borrows.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Unsigned(value) => Value::Unsigned(value),
            Self::Float(value) => Value::Float(value),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Array(list) => Value::Array(list.into_iter().map(Value::into_owned).collect()),
            Self::Object(map) => Value::Object(map.into_owned()),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(list: Vec<Value<'a>>) -> Self {
        Self::Array(list)
    }
}

impl<'a> From<Map<'a>> for Value<'a> {
    fn from(map: Map<'a>) -> Self {
        Self::Object(map)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => out.serialize_unit(),
            Self::Bool(value) => out.serialize_bool(*value),
            Self::Integer(value) => out.serialize_i64(*value),
            Self::Unsigned(value) => out.serialize_u64(*value),
            Self::Float(value) => out.serialize_f64(*value),
            Self::String(text) => out.serialize_str(text),
            Self::Array(list) => out.collect_seq(list),
            Self::Object(map) => map.serialize(out),
        }
    }
}

#[cfg(test)]
mod tests;
