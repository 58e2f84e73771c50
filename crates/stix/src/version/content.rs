//! What makes two representations of one version the same (clause 3.6): the same properties with the same values.

use crate::digest::Digest;
use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::schema::{self, Shape};
use crate::time::Timestamp;

/// Integers up to here are the same number as a float of the same value.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A digest that is equal for equal content: the order of keys, the spelling of numbers, zeros at the end of a
/// timestamp and a property that says its default do not count.
pub(super) fn fingerprint(object: &Object<'_>) -> Digest {
    let mut out = Vec::new();
    let observable = object.class() == Class::Sco;
    let mut keys: Vec<_> =
        object.value().iter().filter(|(key, value)| !is_default(key, value, observable)).collect();
    keys.sort_unstable_by_key(|(key, _)| *key);
    for (key, value) in keys {
        text(key, &mut out);
        match value.as_str().filter(|_| is_time(object.kind(), key)).map(Timestamp::parse) {
            Some(Ok(time)) => instant(&time, &mut out),
            _ => write(value, &mut out),
        }
    }
    Digest::of(&out)
}

/// Clause 3.6 lets a property that says its default be left out; these are the common ones that have one.
fn is_default(key: &str, value: &Value<'_>, observable: bool) -> bool {
    match key {
        "revoked" | "defanged" => value.as_bool() == Some(false),
        "spec_version" => observable && value.as_str() == Some("2.1"),
        _ => false,
    }
}

fn is_time(kind: &str, key: &str) -> bool {
    let own = || schema::kind_of(kind)?.properties.iter().find(|property| property.name == key);
    schema::common(key).or_else(own).is_some_and(|property| matches!(property.shape, Shape::Time))
}

/// Every part begins with its length or ends with a mark, so that no two values are written alike.
fn text(content: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&u64::try_from(content.len()).unwrap_or(u64::MAX).to_be_bytes());
    out.extend_from_slice(content.as_bytes());
}

fn instant(time: &Timestamp, out: &mut Vec<u8>) {
    let body = time.as_str().trim_end_matches('Z');
    let short = if time.digits() > 0 { body.trim_end_matches('0').trim_end_matches('.') } else { body };
    out.push(b't');
    text(short, out);
}

/// Nesting is bounded by the reader's limit.
fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(value) => out.extend_from_slice(if *value { b"b1" } else { b"b0" }),
        Value::Integer(number) => integer(i128::from(*number), out),
        Value::Unsigned(number) => integer(i128::from(*number), out),
        Value::Float(number) => float(*number, out),
        Value::String(content) => {
            out.push(b's');
            text(content, out);
        }
        Value::Array(list) => {
            out.push(b'[');
            for item in list {
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(map) => dictionary(map, out),
    }
}

fn dictionary(map: &Map<'_>, out: &mut Vec<u8>) {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    out.push(b'{');
    for (key, value) in entries {
        out.push(b'k');
        text(key, out);
        write(value, out);
    }
    out.push(b'}');
}

fn integer(number: i128, out: &mut Vec<u8>) {
    out.push(b'i');
    out.extend_from_slice(&number.to_be_bytes());
}

fn float(number: f64, out: &mut Vec<u8>) {
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, so the cast is exact")]
        let whole = number as i64;
        return integer(i128::from(whole), out);
    }
    out.push(b'f');
    out.extend_from_slice(&number.to_bits().to_be_bytes());
}
