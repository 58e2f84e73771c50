//! The shapes of values (STIX 2.1 clause 2).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Judge;
use crate::id::Id;
use crate::json::{Map, Value};
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
                    self.error("stix-boolean", "2.2", "this must be true or false");
                }
            }
            Shape::Integer(least, most) => self.integer(value, least, most),
            Shape::Float(least, most) => self.float(value, least, most),
            Shape::Time => self.time(value),
            Shape::Ref(target) => self.reference(value, target),
            Shape::Refs(target) => self.each(value, |judge, item| judge.reference(item, target)),
            Shape::Enum(allowed) => self.enumerated(value, allowed.values()),
            Shape::Enums(allowed) => self.each(value, |judge, item| judge.enumerated(item, allowed.values())),
            Shape::Hashes => self.hashes(value),
            Shape::Open(_) => self.text(value, required),
            Shape::Opens(_) => self.each(value, |judge, item| judge.text(item, false)),
            Shape::Dictionary(_) => self.dictionary(value),
            Shape::Hex => self.spelled(value, is_hex, "2.8", "this must be hexadecimal digits, two a byte"),
            Shape::Binary => self.spelled(value, is_base64, "2.1", "this must be base64 text"),
            Shape::Ipv4 => self.spelled(value, is_ipv4, "6.8", "this is no IPv4 address or block"),
            Shape::Ipv6 => self.spelled(value, is_ipv6, "6.9", "this is no IPv6 address or block"),
            Shape::Record(properties) => match value {
                Value::Object(map) => self.record(map, properties),
                _ => self.error("stix-dictionary", "2.3", "this must be a dictionary"),
            },
            Shape::Records(properties) => self.each(value, |judge, item| match item {
                Value::Object(map) => judge.record(map, properties),
                _ => judge.error("stix-dictionary", "2.3", "this must be a dictionary"),
            }),
        }
    }

    /// Judges a dictionary with known properties; others are let pass.
    pub(super) fn record(&mut self, map: &'v Map<'_>, properties: &'static [Property]) {
        if map.is_empty() {
            return self.error("stix-empty-dictionary", "2.3", "an empty dictionary is not allowed");
        }
        for property in properties {
            match map.get(property.name) {
                Some(value) => self.inside(Step::Key(property.name), |judge| {
                    judge.shaped(value, property.shape, property.required);
                }),
                None if property.required => {
                    self.error("stix-required", "2.3", format!("`{}` is required here", property.name));
                }
                None => {}
            }
        }
    }

    fn each(&mut self, value: &'v Value<'_>, judge_item: impl Fn(&mut Self, &'v Value<'_>)) {
        let Value::Array(list) = value else {
            return self.error("stix-list", "2.12", "this must be a list");
        };
        for (at, item) in list.iter().enumerate() {
            self.inside(Step::Index(at), |judge| judge_item(judge, item));
        }
    }

    fn text(&mut self, value: &Value<'_>, required: bool) {
        match value.as_str() {
            None => self.error("stix-string", "2.15", "this must be a string"),
            Some("") if required => {
                self.error("stix-empty-string", "2.15", "a required string must not be empty")
            }
            Some(_) => {}
        }
    }

    fn integer(&mut self, value: &Value<'_>, least: i64, most: i64) {
        match value {
            Value::Integer(number) if (least..=most).contains(number) => {}
            Value::Integer(number) => {
                let message = format!("{number} is not within {least} and {most}");
                self.error("stix-integer-range", "2.10", message);
            }
            // Reported as too large for every reader already.
            Value::Unsigned(_) => {}
            _ => self.error("stix-integer", "2.10", "this must be an integer"),
        }
    }

    fn float(&mut self, value: &Value<'_>, least: f64, most: f64) {
        match value.as_f64() {
            None => self.error("stix-float", "2.6", "this must be a number"),
            Some(number) if number < least || number > most => {
                self.error("stix-float-range", "2.6", format!("{number} is not within {least} and {most}"));
            }
            Some(_) => {}
        }
    }

    fn time(&mut self, value: &Value<'_>) {
        match value.as_str().map(Timestamp::parse) {
            None => self.error("stix-timestamp", "2.16", "this must be a timestamp"),
            Some(Err(error)) => self.error("stix-timestamp", "2.16", error.to_string()),
            Some(Ok(_)) => {}
        }
    }

    fn reference(&mut self, value: &Value<'_>, target: Target) {
        let Some(text) = value.as_str() else {
            return self.error("stix-reference", "2.9", "a reference must be a string with an identifier");
        };
        if self.contained && !text.contains("--") {
            return;
        }
        match Id::parse(text) {
            Err(error) => self.error("stix-reference", "2.9", error.to_string()),
            Ok(id) if !target.admits(id.kind(), self.registry) => {
                let message = format!("this property may not name an object of type {:?}", id.kind());
                self.error("stix-reference-type", "2.9", message);
            }
            Ok(_) => {}
        }
    }

    fn enumerated(&mut self, value: &Value<'_>, allowed: &[&str]) {
        if !value.as_str().is_some_and(|text| allowed.contains(&text)) {
            self.error("stix-enumeration", "2.4", format!("this must be one of {}", allowed.join(", ")));
        }
    }

    fn spelled(&mut self, value: &Value<'_>, good: fn(&str) -> bool, clause: &'static str, message: &str) {
        if !value.as_str().is_some_and(good) {
            self.error("stix-format", clause, message);
        }
    }

    fn dictionary(&mut self, value: &'v Value<'_>) {
        let Value::Object(map) = value else {
            return self.error("stix-dictionary", "2.3", "this must be a dictionary");
        };
        if map.is_empty() {
            return self.error("stix-empty-dictionary", "2.3", "an empty dictionary is not allowed");
        }
        for key in map.keys() {
            if !is_key(key) {
                let message = "keys have 1 to 250 of a-z, A-Z, 0-9, hyphen and underscore";
                self.inside(Step::Key(key), |judge| judge.error("stix-key", "2.3", message));
            }
        }
    }

    fn hashes(&mut self, value: &'v Value<'_>) {
        self.dictionary(value);
        let Value::Object(map) = value else { return };
        for (algorithm, digest) in map.iter() {
            self.inside(Step::Key(algorithm), |judge| match (digest.as_str(), digest_length(algorithm)) {
                (None, _) => judge.error("stix-hash", "2.7", "a digest must be a string"),
                (Some(text), Some(length)) if text.len() != length || !is_hex(text) => {
                    let message = format!("a digest of {algorithm} has {length} hexadecimal digits");
                    judge.error("stix-hash", "2.7", message);
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
        && text.len() - body.len() <= 2
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
