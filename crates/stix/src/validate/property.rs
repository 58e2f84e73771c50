//! What holds for every value and every property of an object (STIX 2.1 clauses 2, 3 and 11).

use super::{Judge, cut};
use crate::canon::LARGEST_INTEGER;
use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::rule;
use crate::schema;
use crate::trail::Step;

/// Names that no property may have (clause 3.8).
const RESERVED: [&str; 4] = ["severity", "username", "phone_number", "action"];

/// Common properties that observables do not have (clause 3.2); found on one, they are kept.
const VERSIONING: [&str; 4] = ["created_by_ref", "created", "modified", "revoked"];

impl<'v> Judge<'v> {
    /// What holds for every value: no null, no empty list, no number that JSON readers disagree about. The objects of
    /// a bundle are judged one by one and left out here.
    pub(super) fn general(&mut self, map: &'v Map<'_>, objects: bool) {
        for (key, value) in map.iter() {
            if objects || key != "objects" {
                self.inside(Step::Key(key), |judge| judge.general_value(value));
            }
        }
    }

    fn general_value(&mut self, value: &'v Value<'_>) {
        match value {
            Value::Null => self.report(&rule::NULL, "null is not allowed; leave the property out"),
            Value::Unsigned(_) => self.large_integer(),
            Value::Integer(number) if number.unsigned_abs() > LARGEST_INTEGER.unsigned_abs() => {
                self.large_integer();
            }
            Value::Array(list) if list.is_empty() => {
                self.report(&rule::EMPTY_LIST, "an empty list is not allowed; leave the property out");
            }
            Value::Array(list) => {
                for (at, item) in list.iter().enumerate() {
                    self.inside(Step::Index(at), |judge| judge.general_value(item));
                }
            }
            Value::Object(map) if map.is_empty() => {
                self.report(
                    &rule::EMPTY_DICTIONARY,
                    "an empty dictionary is not allowed; leave the property out",
                );
            }
            Value::Object(map) => self.general(map, true),
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::String(_) => {}
        }
    }

    fn large_integer(&mut self) {
        self.report(&rule::INTEGER_RANGE, "integers must lie within 2^53 - 1; write it as a string");
    }

    /// Every top-level property by its known shape, and those that must be there.
    pub(super) fn properties(&mut self, object: &'v Object<'_>, class: Class) {
        let known = schema::kind_of(object.kind());
        let extended = self.extended(object);
        for (name, value) in object.value().iter() {
            let property = schema::common(name).or_else(|| {
                known.and_then(|kind| kind.properties.iter().find(|property| property.name == name))
            });
            // Judged with the identity of the object.
            if matches!(name, "type" | "id" | "spec_version") {
                continue;
            }
            self.inside(Step::Key(name), |judge| match property {
                Some(property) => judge.shaped(value, property.shape, property.required),
                None => judge.unknown(name, class, known.is_some() && !extended),
            });
        }
        self.placed(object, class);
        let Some(kind) = known else { return };
        for property in kind.properties.iter().filter(|property| property.required) {
            if !object.value().contains_key(property.name) {
                let message = format_args!("`{}` is required for {}", property.name, kind.name);
                self.report_in(&rule::REQUIRED, kind.clause, message);
            }
        }
        if !kind.one_of.is_empty() && !kind.one_of.iter().any(|name| object.value().contains_key(name)) {
            let message = format_args!("{} needs at least one of {}", kind.name, kind.one_of.join(", "));
            self.report_in(&rule::REQUIRED, kind.clause, message);
        }
        if class == Class::Bundle {
            self.bundle(object);
        }
    }

    /// Common properties that belong to some classes only (clause 3.2).
    fn placed(&mut self, object: &'v Object<'_>, class: Class) {
        if object.value().contains_key("defanged") && !matches!(class, Class::Sco | Class::Custom) {
            let message = "`defanged` must not be used on other objects than observables";
            self.inside(Step::Key("defanged"), |judge| judge.report(&rule::DEFANGED, message));
        }
        if class != Class::Sco {
            return;
        }
        for name in VERSIONING {
            if object.value().contains_key(name) {
                let message = "observables have no versions; this property is not theirs";
                self.inside(Step::Key(name), |judge| judge.report(&rule::VERSIONED_OBSERVABLE, message));
            }
        }
        for (name, _) in object.value().iter() {
            let Some(described) = name.strip_suffix("_enc") else { continue };
            if schema::is_encoding(object.kind(), name) && !object.value().contains_key(described) {
                let message = format_args!("it describes `{described}`, which is not there");
                self.inside(Step::Key(name), |judge| judge.report(&rule::ENCODING, message));
            }
        }
    }

    fn bundle(&mut self, object: &'v Object<'_>) {
        match object.value().get("objects") {
            Some(Value::Array(list)) if list.is_empty() => {
                self.inside(Step::Key("objects"), |judge| {
                    judge.report(&rule::EMPTY_LIST, "an empty list is not allowed; leave `objects` out");
                });
            }
            None | Some(Value::Array(_)) => {}
            Some(_) => self.report(&rule::BUNDLE_OBJECTS, "`objects` of a bundle must be a list"),
        }
        for (name, _) in object.value().iter() {
            if !["type", "id", "objects", "spec_version"].contains(&name) {
                let message = "others need not keep properties of one's own on a bundle";
                self.inside(Step::Key(name), |judge| judge.report(&rule::BUNDLE_CUSTOM, message));
            }
        }
    }

    /// Whether an extension of the object may bring top-level properties (clause 7.3).
    fn extended(&self, object: &Object<'_>) -> bool {
        let entries = object.value().get("extensions").and_then(Value::as_object);
        entries.into_iter().flat_map(|map| map.iter()).any(|(_, entry)| {
            let declared =
                entry.as_object().and_then(|entry| entry.get("extension_type")).and_then(Value::as_str);
            declared == Some("toplevel-property-extension")
        })
    }

    fn unknown(&mut self, name: &str, class: Class, worth_saying: bool) {
        if RESERVED.contains(&name) {
            let message = format_args!("`{name}` is reserved for future versions of the standard; rename it");
            return self.report(&rule::RESERVED, message);
        }
        if class == Class::Bundle {
            return;
        }
        if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !(3..=250).contains(&name.len()) {
            let message = "names of properties begin with a letter of a-z and have 3 to 250 characters";
            return self.report(&rule::PROPERTY_NAME, message);
        }
        if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            let message = format_args!(
                "{:?} has other characters than a-z, 0-9 and _; others may refuse it",
                cut(name)
            );
            return self.report(&rule::PROPERTY_NAME_FORM, message);
        }
        if worth_saying && !self.registry.knows_property(name) {
            let message = "the standard does not define this property; it is kept as it is";
            self.report(&rule::CUSTOM_PROPERTY, message);
        }
    }
}
