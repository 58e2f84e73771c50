//! The shapes of values (STIX 2.1 clause 2).

mod form;
mod hash;
pub(super) mod url;

use super::Judge;
use crate::id::kind_in;
use crate::json::{Map, Value};
use crate::rule::{self, Rule};
use crate::schema::vocabulary::Vocabulary;
use crate::schema::{Entry, Property, Shape, Target};
use crate::time::Timestamp;
use crate::trail::Step;

impl<'v> Judge<'v> {
    /// Judges `value` by `shape`; a required text should not be empty.
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
                    self.report(&rule::BOOLEAN, "this must be true or false");
                }
            }
            Shape::Integer(least, most) => self.integer(value, least, most),
            Shape::Float(least, most) => self.float(value, least, most),
            Shape::Time => self.time(value),
            Shape::Ref(target) => self.reference(value, target),
            Shape::Refs(target) => self.each(value, |judge, item| judge.reference(item, target)),
            Shape::Enum(allowed) => self.enumerated(value, allowed),
            Shape::Enums(allowed) => self.each(value, |judge, item| judge.enumerated(item, allowed)),
            Shape::Open(vocabulary) => self.open(value, vocabulary, required),
            Shape::Opens(vocabulary) => self.each(value, |judge, item| judge.open(item, vocabulary, false)),
            Shape::Hashes => self.hashes(value, &rule::HASH_ALGORITHM),
            Shape::KnownHashes => self.hashes(value, &rule::HASH_UNKNOWN),
            Shape::Dictionary(entry, clause) => self.dictionary_of(value, entry, clause),
            Shape::Hex => self.hex(value),
            Shape::Binary => self.spelled(value, form::is_base64, &rule::BINARY, "this must be base64 text"),
            Shape::Ipv4 => self.address(value, form::is_ipv4, "this is no IPv4 address or block"),
            Shape::Ipv6 => self.ipv6(value),
            Shape::Mime => self.mime(value),
            Shape::Url => self.url(value),
            Shape::Record(properties) => match value {
                Value::Object(map) => self.record(map, properties),
                _ => self.report(&rule::DICTIONARY, "this must be a dictionary"),
            },
            Shape::Records(properties) => self.each(value, |judge, item| match item {
                Value::Object(map) => judge.record(map, properties),
                _ => judge.report(&rule::DICTIONARY, "this must be a dictionary"),
            }),
        }
    }

    /// Judges a dictionary with known properties, one of which must be there; others are let pass.
    pub(super) fn record(&mut self, map: &'v Map<'_>, properties: &'static [Property]) {
        if map.is_empty() {
            // The general rules have reported it.
            return;
        }
        let mut known = false;
        for property in properties {
            match map.get(property.name) {
                Some(value) => {
                    known = true;
                    self.inside(Step::Key(property.name), |judge| {
                        judge.shaped(value, property.shape, property.required);
                    });
                }
                None if property.required => {
                    known = true;
                    self.report_in(
                        &rule::REQUIRED,
                        "2.3",
                        format_args!("`{}` is required here", property.name),
                    );
                }
                None => {}
            }
        }
        if !known {
            let message = "at least one of the properties that the standard defines here is required";
            self.report_in(&rule::REQUIRED, "2.3", message);
        }
    }

    fn each(&mut self, value: &'v Value<'_>, judge_item: impl Fn(&mut Self, &'v Value<'_>)) {
        let Value::Array(list) = value else {
            return self.report(&rule::LIST, "this must be a list");
        };
        for (at, item) in list.iter().enumerate() {
            self.inside(Step::Index(at), |judge| judge_item(judge, item));
        }
    }

    fn text(&mut self, value: &Value<'_>, required: bool) {
        match value.as_str() {
            None => self.report(&rule::STRING, "this must be a string"),
            Some("") if required => {
                self.report(&rule::EMPTY_STRING, "a required string should not be empty");
            }
            Some(_) => {}
        }
    }

    fn integer(&mut self, value: &Value<'_>, least: i64, most: i64) {
        match value {
            Value::Integer(number) if (least..=most).contains(number) => {}
            Value::Integer(number) => {
                let message = format_args!("{number} is not within {least} and {most}");
                self.report(&rule::INTEGER_RANGE, message);
            }
            // Reported as too large for every reader already.
            Value::Unsigned(_) => {}
            Value::Float(number) => match form::whole(*number) {
                Some(whole) if (least..=most).contains(&whole) => {
                    self.report(&rule::INTEGER_FORM, format_args!("write {whole}, without a fraction"));
                }
                Some(whole) => {
                    let message = format_args!("{whole} is not within {least} and {most}");
                    self.report(&rule::INTEGER_RANGE, message);
                }
                None => self.report(&rule::INTEGER, "this must be an integer"),
            },
            _ => self.report(&rule::INTEGER, "this must be an integer"),
        }
    }

    fn float(&mut self, value: &Value<'_>, least: f64, most: f64) {
        match value.as_f64() {
            None => self.report(&rule::FLOAT, "this must be a number"),
            Some(number) if number < least || number > most => {
                let message = format_args!("{number} is not within {least} and {most}");
                self.report(&rule::FLOAT_RANGE, message);
            }
            Some(_) => {}
        }
    }

    fn time(&mut self, value: &Value<'_>) {
        match value.as_str().map(Timestamp::check) {
            None => self.report(&rule::TIMESTAMP, "this must be a timestamp"),
            Some(Err(error)) => self.report(&rule::TIMESTAMP, error),
            Some(Ok(())) => {}
        }
    }

    fn reference(&mut self, value: &Value<'_>, target: Target) {
        let Some(text) = value.as_str() else {
            return self.report(&rule::REFERENCE, "a reference must be a string with an identifier");
        };
        if self.contained {
            return self.neighbour(text, target);
        }
        match kind_in(text) {
            Err(error) => self.report(&rule::REFERENCE, error),
            Ok(kind) => self.admitted(kind, target),
        }
    }

    /// A reference within the container of observables is the key of a neighbour (clause 2.13).
    fn neighbour(&mut self, key: &str, target: Target) {
        let root = self.root;
        match root.get("objects").and_then(Value::as_object).map(|objects| objects.get(key)) {
            Some(Some(Value::Object(entry))) => {
                if let Some(kind) = entry.get("type").and_then(Value::as_str) {
                    self.admitted(kind, target);
                }
            }
            // Reported as no dictionary already.
            Some(Some(_)) => {}
            _ => {
                let message = "within a container references name the key of an object of the same container";
                self.report(&rule::CONTAINER_REFERENCE, message);
            }
        }
    }

    fn admitted(&mut self, kind: &str, target: Target) {
        if !target.admits(kind, self.registry) {
            let message = format_args!("this property may not name an object of type {:?}", super::cut(kind));
            self.report(&rule::REFERENCE_TYPE, message);
        }
    }

    fn enumerated(&mut self, value: &Value<'_>, allowed: &'static Vocabulary) {
        if !value.as_str().is_some_and(|text| allowed.contains(text)) {
            let message = format_args!("this must be one of {}", allowed.values().join(", "));
            self.report_in(&rule::ENUMERATION, allowed.clause(), message);
        }
    }

    fn open(&mut self, value: &Value<'_>, vocabulary: &'static Vocabulary, required: bool) {
        self.text(value, required);
        if !self.wants(&rule::VOCABULARY) {
            return;
        }
        let Some(text) = value.as_str().filter(|text| !text.is_empty() && !vocabulary.contains(text)) else {
            return;
        };
        let message = format_args!("this is none of the terms of {}", vocabulary.name());
        self.report_in(&rule::VOCABULARY, vocabulary.clause(), message);
        if text.chars().any(|letter| letter.is_uppercase() || letter == '_' || letter.is_whitespace()) {
            let message = "terms of one's own should be lower case with hyphens between words";
            self.report(&rule::VOCABULARY_FORM, message);
        }
    }

    fn spelled(&mut self, value: &Value<'_>, good: fn(&str) -> bool, rule: &Rule, message: &str) {
        match value.as_str() {
            None => self.report(&rule::STRING, "this must be a string"),
            Some(text) if !good(text) => self.report(rule, message),
            Some(_) => {}
        }
    }

    fn hex(&mut self, value: &Value<'_>) {
        self.spelled(value, form::is_hex, &rule::HEX, "this must be hexadecimal digits, two a byte");
        if value
            .as_str()
            .is_some_and(|text| form::is_hex(text) && text.bytes().any(|byte| byte.is_ascii_uppercase()))
        {
            self.report(&rule::HEX_CASE, "hexadecimal digits are written in lower case");
        }
    }

    fn address(&mut self, value: &Value<'_>, good: fn(&str) -> bool, message: &str) {
        self.spelled(value, good, &rule::ADDRESS, message);
    }

    fn ipv6(&mut self, value: &Value<'_>) {
        let zoned = value.as_str().and_then(form::without_zone);
        match zoned {
            Some(address) if form::is_ipv6(&address) => {
                self.report(&rule::ADDRESS_ZONE, "a zone has no meaning outside its host; leave it out");
            }
            _ => self.address(value, form::is_ipv6, "this is no IPv6 address or block"),
        }
    }

    fn mime(&mut self, value: &Value<'_>) {
        self.text(value, false);
        if value.as_str().is_some_and(|text| !form::is_mime(text)) {
            let message = "a MIME type of the IANA registry has the form type/subtype";
            self.report(&rule::MIME_TYPE, message);
        }
    }

    fn url(&mut self, value: &Value<'_>) {
        match value.as_str().map(url::judged) {
            None => self.report(&rule::STRING, "this must be a string"),
            Some(Err(why)) => self.report_in(&rule::URL, "6.1.1", why),
            Some(Ok(())) => {}
        }
    }

    fn dictionary(&mut self, value: &'v Value<'_>) {
        let Value::Object(map) = value else {
            return self.report(&rule::DICTIONARY, "this must be a dictionary");
        };
        if map.is_empty() {
            // The general rules have reported it.
            return;
        }
        for key in map.keys() {
            if !form::is_key(key) {
                let message = "keys have 1 to 250 of a-z, A-Z, 0-9, hyphen and underscore";
                self.inside(Step::Key(key), |judge| judge.report(&rule::DICTIONARY_KEY, message));
            }
        }
    }

    fn dictionary_of(&mut self, value: &'v Value<'_>, entry: Entry, clause: &'static str) {
        self.dictionary(value);
        let Value::Object(map) = value else { return };
        for (key, value) in map.iter() {
            let wanted = match (entry, value) {
                // The general rules have reported it.
                (_, Value::Null) | (Entry::Any, _) => continue,
                (Entry::Text | Entry::IntegerOrText, Value::String(_))
                | (Entry::Integer | Entry::IntegerOrText, Value::Integer(_) | Value::Unsigned(_)) => continue,
                (Entry::Integer | Entry::IntegerOrText, Value::Float(number))
                    if form::whole(*number).is_some() =>
                {
                    self.inside(Step::Key(key), |judge| judge.integer(value, i64::MIN, i64::MAX));
                    continue;
                }
                (Entry::Texts | Entry::Headers, Value::Array(list))
                    if list.iter().all(|item| item.as_str().is_some()) =>
                {
                    continue;
                }
                (Entry::Headers, Value::String(_)) => {
                    let message = "write a list of strings; a header field may be repeated";
                    self.inside(Step::Key(key), |judge| judge.report(&rule::HEADER_VALUE, message));
                    continue;
                }
                (Entry::Text, _) => "a string",
                (Entry::Texts | Entry::Headers, _) => "a list of strings",
                (Entry::Integer, _) => "an integer",
                (Entry::IntegerOrText, _) => "an integer or a string",
            };
            let message = format_args!("values of this dictionary must be {wanted}");
            self.inside(Step::Key(key), |judge| {
                judge.report_in(&rule::DICTIONARY_VALUE, clause, message);
            });
        }
    }

    /// Digests by algorithm; `unknown` is broken by a name outside the vocabulary.
    fn hashes(&mut self, value: &'v Value<'_>, unknown: &Rule) {
        self.dictionary(value);
        let Value::Object(map) = value else { return };
        for (name, digest) in map.iter() {
            self.inside(Step::Key(name), |judge| judge.hash(name, digest, unknown));
        }
        if !map.is_empty() && !map.contains_key("SHA-256") {
            self.report(&rule::HASH_PREFERRED, "add the SHA-256 digest where it is known");
        }
    }

    fn hash(&mut self, name: &str, digest: &Value<'_>, unknown: &Rule) {
        if name.len() < 3 {
            self.report(&rule::HASH_KEY, "the name of an algorithm has at least three characters");
        }
        let algorithm = hash::Algorithm::of(name);
        match (digest, &algorithm) {
            (Value::Null, _) => {}
            (Value::String(text), Some(known)) => {
                if let Err(why) = known.judge(text) {
                    let fuzzy = matches!(known.term(), Some("SSDEEP" | "TLSH"));
                    let rule = if fuzzy { &rule::HASH_FORM } else { &rule::HASH };
                    self.report(rule, format_args!("a digest of {name} has {why}"));
                }
            }
            (Value::String(_), None) => {}
            _ => self.report(&rule::HASH, "a digest must be a string"),
        }
        match algorithm.and_then(|known| known.term()) {
            Some(term) if term == name => {}
            Some(term) => self.report(unknown, format_args!("write {term:?}, as the vocabulary does")),
            None => self.report(unknown, "this is none of the terms of hash-algorithm-ov"),
        }
    }
}
