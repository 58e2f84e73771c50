//! The one spelling of contributing values: times without zeros that mean nothing, hash algorithms by their names in
//! clause 10.7. Only what the tables know is touched; everything else contributes as it was written.
//!
//! An integer where a text is due, and the reverse, is invalid but met in the field; it contributes as what is due,
//! which is what other producers do.

use std::borrow::Cow;

use crate::json::{Map, Value};
use crate::schema::{Kind, Property, Shape};
use crate::time::Timestamp;

/// The names of clause 10.7.
const ALGORITHMS: [&str; 8] =
    ["MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512", "SSDEEP", "TLSH"];

/// In which spelling values contribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In the one spelling.
    Normal,
    /// As they were written.
    AsWritten,
}

impl Form {
    /// The name of a hash algorithm: `sha256` is SHA-256, and a name of no algorithm of the standard stays.
    pub(super) fn algorithm(self, name: &str) -> Cow<'_, str> {
        let same = |known: &&str| {
            let bare = |text: &str| -> Vec<u8> {
                text.bytes().filter(|byte| *byte != b'-').map(|byte| byte.to_ascii_uppercase()).collect()
            };
            name.len() <= 16 && bare(known) == bare(name)
        };
        match self {
            Self::AsWritten => Cow::Borrowed(name),
            Self::Normal => Cow::Borrowed(ALGORITHMS.into_iter().find(same).unwrap_or(name)),
        }
    }
}

/// The property `key` of an object of the type `kind` as it contributes.
pub(super) fn normal<'a>(kind: &Kind, key: &str, value: &Value<'a>, form: Form) -> Value<'a> {
    if form == Form::AsWritten {
        return value.clone();
    }
    if let ("extensions", Value::Object(entries)) = (key, value) {
        let entry = |(name, entry): (&str, &Value<'a>)| {
            let known = kind.extensions.iter().find(|(known, _)| *known == name);
            let entry = match (known, entry) {
                (Some((_, properties)), Value::Object(map)) => record(map, properties),
                _ => entry.clone(),
            };
            (name.to_owned(), entry)
        };
        return Value::Object(entries.iter().map(entry).collect());
    }
    match kind.properties.iter().find(|property| property.name == key) {
        Some(property) => shaped(value, property),
        None => value.clone(),
    }
}

/// Hashes under the names of their algorithms; of two spellings of one name the later counts.
pub(super) fn hashes<'a>(hashes: &Map<'a>, form: Form) -> Map<'a> {
    hashes.iter().map(|(name, digest)| (form.algorithm(name).into_owned(), digest.clone())).collect()
}

fn record<'a>(map: &Map<'a>, properties: &[Property]) -> Value<'a> {
    let entry = |(name, value): (&str, &Value<'a>)| {
        let known = properties.iter().find(|property| property.name == name);
        (name.to_owned(), known.map_or_else(|| value.clone(), |property| shaped(value, property)))
    };
    Value::Object(map.iter().map(entry).collect())
}

fn shaped<'a>(value: &Value<'a>, property: &Property) -> Value<'a> {
    match (property.shape, value) {
        // Clause 6.7.7 has it precise to the second.
        (Shape::Time, Value::String(text)) if property.name == "time_date_stamp" => {
            Value::from(time(text, 0))
        }
        (Shape::Time, Value::String(text)) => Value::from(time(text, usize::MAX)),
        (Shape::Text, Value::Integer(number)) => Value::from(number.to_string()),
        (Shape::Integer(..), Value::String(text)) => {
            text.parse::<i64>().map_or_else(|_| value.clone(), Value::Integer)
        }
        (Shape::Texts, Value::Array(list)) => {
            let item = |item: &Value<'a>| match item {
                Value::Integer(number) => Value::from(number.to_string()),
                other => other.clone(),
            };
            Value::Array(list.iter().map(item).collect())
        }
        (Shape::Hashes, Value::Object(map)) => Value::Object(hashes(map, Form::Normal)),
        (Shape::Record(properties), Value::Object(map)) => record(map, properties),
        (Shape::Records(properties), Value::Array(list)) => {
            let item = |item: &Value<'a>| match item {
                Value::Object(map) => record(map, properties),
                other => other.clone(),
            };
            Value::Array(list.iter().map(item).collect())
        }
        _ => value.clone(),
    }
}

/// A timestamp with at most `digits` digits of a second, the last of which is not zero. What is no timestamp stays.
fn time(text: &str, digits: usize) -> String {
    match text.strip_suffix('Z').and_then(|body| body.split_once('.')) {
        Some((whole, fraction)) if Timestamp::is_valid(text) => {
            let fraction = fraction.get(..digits).unwrap_or(fraction).trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{whole}{point}{fraction}Z")
        }
        _ => text.to_owned(),
    }
}
