//! The shapes of values (STIX 2.1 clause 2).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Judge;
use crate::id::Id;
use crate::json::{Map, Value};
use crate::rule::{self, Rule};
use crate::schema::{Property, Shape, Target};
use crate::time::Timestamp;
use crate::trail::Step;

impl<'v> Judge<'v> {
    /// Judges `value` by `shape`; a required text must not be empty.
    pub(super) fn shaped(&mut self, value: &'v Value<'_>, shape: Shape, required: bool) {
        if *value == Value::Null {
            // The general rules have reported it.
            return;
        }
        match shape {
            Shape::Any => {}
            Shape::Text => self.text(value, required),
            Shape::Texts => self.each(value, |judge, item| judge.text(item, false)),
            Shape::Bool => {
                if value.as_bool().is_none() {
                    self.report_in(&rule::BOOLEAN, "2.2", "this must be true or false");
                }
            }
            Shape::Integer(least, most) => self.integer(value, least, most),
            Shape::Float(least, most) => self.float(value, least, most),
            Shape::Time => self.time(value),
            Shape::Ref(target) => self.reference(value, target),
            Shape::Refs(target) => self.each(value, |judge, item| judge.reference(item, target)),
            Shape::Enum(allowed) => self.enumerated(value, allowed),
            Shape::Enums(allowed) => self.each(value, |judge, item| judge.enumerated(item, allowed)),
            Shape::Hashes => self.hashes(value),
            Shape::Dictionary => self.dictionary(value),
            Shape::Hex => {
                self.spelled(value, is_hex, &rule::HEX, "this must be hexadecimal digits, two a byte")
            }
            Shape::Binary => self.spelled(value, is_base64, &rule::BINARY, "this must be base64 text"),
            Shape::Ipv4 => self.spelled(value, is_ipv4, &rule::ADDRESS, "this is no IPv4 address or block"),
            Shape::Ipv6 => self.spelled(value, is_ipv6, &rule::ADDRESS, "this is no IPv6 address or block"),
            Shape::Record(properties) => match value {
                Value::Object(map) => self.record(map, properties),
                _ => self.report_in(&rule::DICTIONARY, "2.3", "this must be a dictionary"),
            },
            Shape::Records(properties) => self.each(value, |judge, item| match item {
                Value::Object(map) => judge.record(map, properties),
                _ => judge.report_in(&rule::DICTIONARY, "2.3", "this must be a dictionary"),
            }),
        }
    }

    /// Judges a dictionary with known properties; others are let pass.
    pub(super) fn record(&mut self, map: &'v Map<'_>, properties: &'static [Property]) {
        if map.is_empty() {
            return self.report_in(&rule::EMPTY_DICTIONARY, "2.3", "an empty dictionary is not allowed");
        }
        for property in properties {
            match map.get(property.name) {
                Some(value) => self.inside(Step::Key(property.name), |judge| {
                    judge.shaped(value, property.shape, property.required);
                }),
                None if property.required => {
                    self.report_in(
                        &rule::REQUIRED,
                        "2.3",
                        format_args!("`{}` is required here", property.name),
                    );
                }
                None => {}
            }
        }
    }

    fn each(&mut self, value: &'v Value<'_>, judge_item: impl Fn(&mut Self, &'v Value<'_>)) {
        let Value::Array(list) = value else {
            return self.report_in(&rule::LIST, "2.12", "this must be a list");
        };
        for (at, item) in list.iter().enumerate() {
            self.inside(Step::Index(at), |judge| judge_item(judge, item));
        }
    }

    fn text(&mut self, value: &Value<'_>, required: bool) {
        match value.as_str() {
            None => self.report_in(&rule::STRING, "2.15", "this must be a string"),
            Some("") if required => {
                self.report_in(&rule::EMPTY_STRING, "2.15", "a required string must not be empty")
            }
            Some(_) => {}
        }
    }

    fn integer(&mut self, value: &Value<'_>, least: i64, most: i64) {
        match value {
            Value::Integer(number) if (least..=most).contains(number) => {}
            Value::Integer(number) => {
                let message = format_args!("{number} is not within {least} and {most}");
                self.report_in(&rule::INTEGER_RANGE, "2.10", message);
            }
            // Reported as too large for every reader already.
            Value::Unsigned(_) => {}
            _ => self.report_in(&rule::INTEGER, "2.10", "this must be an integer"),
        }
    }

    fn float(&mut self, value: &Value<'_>, least: f64, most: f64) {
        match value.as_f64() {
            None => self.report_in(&rule::FLOAT, "2.6", "this must be a number"),
            Some(number) if number < least || number > most => {
                self.report_in(
                    &rule::FLOAT_RANGE,
                    "2.6",
                    format_args!("{number} is not within {least} and {most}"),
                );
            }
            Some(_) => {}
        }
    }

    fn time(&mut self, value: &Value<'_>) {
        match value.as_str().map(Timestamp::parse) {
            None => self.report_in(&rule::TIMESTAMP, "2.16", "this must be a timestamp"),
            Some(Err(error)) => self.report_in(&rule::TIMESTAMP, "2.16", error),
            Some(Ok(_)) => {}
        }
    }

    fn reference(&mut self, value: &Value<'_>, target: Target) {
        let Some(text) = value.as_str() else {
            return self.report_in(
                &rule::REFERENCE,
                "2.9",
                "a reference must be a string with an identifier",
            );
        };
        if self.contained && !text.contains("--") {
            return;
        }
        match Id::parse(text) {
            Err(error) => self.report_in(&rule::REFERENCE, "2.9", error),
            Ok(id) if !target.admits(id.kind(), self.registry) => {
                let message = format_args!("this property may not name an object of type {:?}", id.kind());
                self.report_in(&rule::REFERENCE_TYPE, "2.9", message);
            }
            Ok(_) => {}
        }
    }

    fn enumerated(&mut self, value: &Value<'_>, allowed: &[&str]) {
        if !value.as_str().is_some_and(|text| allowed.contains(&text)) {
            self.report_in(
                &rule::ENUMERATION,
                "2.4",
                format_args!("this must be one of {}", allowed.join(", ")),
            );
        }
    }

    fn spelled(&mut self, value: &Value<'_>, good: fn(&str) -> bool, rule: &Rule, message: &str) {
        if !value.as_str().is_some_and(good) {
            self.report(rule, message);
        }
    }

    fn dictionary(&mut self, value: &'v Value<'_>) {
        let Value::Object(map) = value else {
            return self.report_in(&rule::DICTIONARY, "2.3", "this must be a dictionary");
        };
        if map.is_empty() {
            return self.report_in(&rule::EMPTY_DICTIONARY, "2.3", "an empty dictionary is not allowed");
        }
        for key in map.keys() {
            if !is_key(key) {
                let message = "keys have 1 to 250 of a-z, A-Z, 0-9, hyphen and underscore";
                self.inside(Step::Key(key), |judge| judge.report_in(&rule::DICTIONARY_KEY, "2.3", message));
            }
        }
    }

    fn hashes(&mut self, value: &'v Value<'_>) {
        self.dictionary(value);
        let Value::Object(map) = value else { return };
        for (algorithm, digest) in map.iter() {
            self.inside(Step::Key(algorithm), |judge| match (digest.as_str(), digest_length(algorithm)) {
                (None, _) => judge.report_in(&rule::HASH, "2.7", "a digest must be a string"),
                (Some(text), Some(length)) if text.len() != length || !is_hex(text) => {
                    let message = format_args!("a digest of {algorithm} has {length} hexadecimal digits");
                    judge.report_in(&rule::HASH, "2.7", message);
                }
                _ => {}
            });
        }
    }
}

/// The length in hexadecimal digits, for the algorithms of which it is fixed (clause 10.7).
fn digest_length(algorithm: &str) -> Option<usize> {
    match algorithm {
        "MD5" => Some(32),
        "SHA-1" => Some(40),
        "SHA-256" | "SHA3-256" => Some(64),
        "SHA-512" | "SHA3-512" => Some(128),
        _ => None,
    }
}

fn is_key(key: &str) -> bool {
    (1..=250).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len().saturating_sub(body.len()) <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

fn is_ipv4(text: &str) -> bool {
    is_block(text, 32, |address| address.parse::<Ipv4Addr>().is_ok())
}

fn is_ipv6(text: &str) -> bool {
    is_block(text, 128, |address| address.parse::<Ipv6Addr>().is_ok())
}

/// An address, or an address and the length of its network.
fn is_block(text: &str, most: u8, is_address: impl Fn(&str) -> bool) -> bool {
    match text.split_once('/') {
        None => is_address(text),
        Some((address, length)) => {
            let plain = length.bytes().all(|digit| digit.is_ascii_digit())
                && (length == "0" || !length.starts_with('0'))
                && length.parse::<u8>().is_ok_and(|length| length <= most);
            plain && is_address(address)
        }
    }
}
