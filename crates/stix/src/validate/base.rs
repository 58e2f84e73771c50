//! Type, identifier, version of the standard, times of versions, and extensions.

use super::{Judge, cut};
use crate::id::{Id, is_type_name};
use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::rule;
use crate::schema::{self, ExtensionKind};
use crate::time::Timestamp;
use crate::trail::Step;

/// `type`, `id` and `spec_version` (clauses 2.9, 3.2 and 3.3).
pub(super) fn identity<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    kind(judge, object, class);
    match object.value().get("id") {
        None => judge.report_in(&rule::ID, "3.2", "`id` is missing"),
        Some(value) => judge.inside(Step::Key("id"), |judge| match value.as_str().map(Id::parse) {
            None => judge.report(&rule::ID, "`id` must be a string of the form type--UUID"),
            Some(Err(error)) => judge.report(&rule::ID, error),
            Some(Ok(id)) => own_id(judge, object, class, &id),
        }),
    }
    spec_version(judge, object, class);
}

fn kind<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    match object.value().get("type") {
        None => judge.report(&rule::TYPE, "`type` is missing"),
        Some(value) => judge.inside(Step::Key("type"), |judge| match value.as_str() {
            None => judge.report(&rule::TYPE, "`type` must be a string"),
            Some(name) if !is_type_name(name) => {
                judge.report(&rule::TYPE_NAME, "names of types have 3 to 250 of a-z, 0-9 and single hyphens");
            }
            Some(_) if class == Class::Custom => {
                judge.report(&rule::CUSTOM_TYPE, "the type is not known; the object is kept as it is");
            }
            Some(_) => {}
        }),
    }
}

fn own_id(judge: &mut Judge<'_>, object: &Object<'_>, class: Class, id: &Id) {
    let (own, named) = (object.kind(), id.kind());
    if object.text("id").is_some_and(|text| text != id.as_str()) {
        judge.report(&rule::ID_CASE, "the UUID should be written in lower case");
    }
    if named != own {
        let message = format_args!("the identifier names the type {named:?}, but `type` is {:?}", cut(own));
        let rule = if class == Class::Custom { &rule::ID_TYPE_CUSTOM } else { &rule::ID_TYPE };
        return judge.report(rule, message);
    }
    match (class, id.uuid_version()) {
        (Class::Sco, version) if own == "process" && version != 4 => judge.report(
            &rule::ID_PROCESS,
            "a process has no contributing properties; its UUID must be of version 4",
        ),
        (Class::Sdo | Class::Sro | Class::Language | Class::Extension | Class::Bundle, version)
            if version != 4 =>
        {
            judge.report(&rule::ID_RANDOM, format_args!("the UUID is of version {version}; 4 is advised"));
        }
        _ => {}
    }
}

fn spec_version<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    let needed =
        matches!(class, Class::Sdo | Class::Sro | Class::Marking | Class::Language | Class::Extension)
            || (class == Class::Custom && is_versioned(object, class));
    match object.value().get("spec_version").map(Value::as_str) {
        None if needed => {
            let message =
                "`spec_version` is missing; an object without it is of STIX 2.0 and must be lifted to 2.1";
            judge.report(&rule::SPEC_VERSION_MISSING, message);
        }
        None | Some(Some("2.1")) if class != Class::Bundle => {}
        None => {}
        Some(found) => judge.inside(Step::Key("spec_version"), |judge| match found {
            _ if class == Class::Bundle => {
                judge.report(&rule::BUNDLE_SPEC_VERSION, "a bundle of STIX 2.1 has no `spec_version`");
            }
            Some("2.0") => {
                let message = "the object says it is of STIX 2.0; it was judged by the rules of 2.1, lift it";
                judge.report(&rule::SPEC_VERSION_20, message);
            }
            Some(other) => {
                let message = format_args!("`spec_version` must be \"2.1\", not {:?}", cut(other));
                judge.report(&rule::SPEC_VERSION, message);
            }
            None => judge.report(&rule::SPEC_VERSION, "`spec_version` must be the string \"2.1\""),
        }),
    }
}

/// Whether the object must carry `created` and `modified`. An unknown type that carries either is taken for a domain
/// object; one without them for an observable.
pub(super) fn is_versioned(object: &Object<'_>, class: Class) -> bool {
    match class {
        Class::Sdo | Class::Sro | Class::Language | Class::Extension => true,
        Class::Custom => object.value().contains_key("created") || object.value().contains_key("modified"),
        Class::Sco | Class::Marking | Class::Bundle => false,
    }
}

/// `created` and `modified` (clauses 3.2 and 3.6.1).
pub(super) fn versions<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    let versioned = is_versioned(object, class);
    for name in ["created", "modified"] {
        let needed = versioned || (class == Class::Marking && name == "created");
        match object.text(name).map(Timestamp::parse) {
            Some(Ok(time)) if needed && time.digits() < 3 => judge.inside(Step::Key(name), |judge| {
                let message = format_args!("`{name}` needs at least three digits of a second");
                judge.report(&rule::TIME_DIGITS, message);
            }),
            None if needed && !object.value().contains_key(name) => {
                judge.report_in(&rule::REQUIRED, "3.2", format_args!("`{name}` is missing"));
            }
            _ => {}
        }
    }
    if class == Class::Marking && object.value().contains_key("modified") {
        judge.inside(Step::Key("modified"), |judge| {
            judge.report(&rule::MARKING_MODIFIED, "a marking definition has no versions and no `modified`");
        });
    }
    if let (Some(created), Some(modified)) = (object.created(), object.modified())
        && modified < created
    {
        judge.inside(Step::Key("modified"), |judge| {
            judge.report(&rule::TIME_ORDER, "`modified` is earlier than `created`");
        });
    }
    if class == Class::Extension && !object.value().contains_key("created_by_ref") {
        judge.report_in(&rule::REQUIRED, "7.3.1", "`created_by_ref` is required for extension-definition");
    }
}

/// The dictionary `extensions` (clauses 3.2, 3.10 and 7.3).
pub(super) fn extensions<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    let Some(value) = object.value().get("extensions") else { return };
    judge.inside(Step::Key("extensions"), |judge| match value {
        Value::Object(map) => {
            for (key, entry) in map.iter() {
                judge.inside(Step::Key(key), |judge| extension(judge, object.kind(), class, key, entry));
            }
        }
        _ => judge.report_in(&rule::DICTIONARY, "3.2", "`extensions` must be a dictionary"),
    });
}

pub(super) fn extension<'v>(
    judge: &mut Judge<'v>,
    kind: &str,
    class: Class,
    key: &'v str,
    entry: &'v Value<'_>,
) {
    let Value::Object(content) = entry else {
        return judge.report(&rule::EXTENSION, "an extension must be a dictionary");
    };
    let predefined = schema::kind_of(kind).into_iter().flat_map(|kind| kind.extensions);
    if let Some((_, properties)) = predefined.into_iter().find(|(name, _)| *name == key) {
        return judge.record(content, properties);
    }
    if !key.starts_with("extension-definition--") {
        if let Some(home) = schema::home_of_extension(key) {
            let message = format_args!("this extension is made for {home}, not for {:?}", cut(kind));
            return judge.report(&rule::EXTENSION_PLACE, message);
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !key.bytes().all(plain) || !(3..=250).contains(&key.len()) {
            let message = "names of extensions of the old style have 3 to 250 of a-z, 0-9 and hyphen";
            judge.report(&rule::EXTENSION_NAME, message);
        }
        let message = "the key names no extension definition; it is kept as an extension of the old style";
        return judge.report(&rule::CUSTOM_EXTENSION, message);
    }
    if let Err(error) = Id::parse(key) {
        return judge.report(&rule::EXTENSION_KEY, error);
    }
    declared(judge, class, content);
}

fn declared<'v>(judge: &mut Judge<'v>, class: Class, content: &'v Map<'_>) {
    let Some(value) = content.get("extension_type") else {
        let message = "the extension does not say of which type it is";
        return judge.report(&rule::EXTENSION_TYPE_MISSING, message);
    };
    judge.inside(Step::Key("extension_type"), |judge| {
        let Some(kind) = value.as_str().and_then(ExtensionKind::from_name) else {
            let message =
                "write new-sdo, new-sco, new-sro, property-extension or toplevel-property-extension";
            return judge.report(&rule::EXTENSION_TYPE, message);
        };
        if kind.class().is_some_and(|declared| declared != class) {
            let message = format_args!("`{}` does not fit the class of this type", kind.name());
            judge.report(&rule::EXTENSION_CLASS, message);
        }
    });
}

/// What an extension definition says about itself (clause 7.3.1).
pub(super) fn extension_definition<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let types = value.get("extension_types").and_then(Value::as_array).unwrap_or_default();
    let top_level = types.iter().any(|kind| kind.as_str() == Some("toplevel-property-extension"));
    match (top_level, value.contains_key("extension_properties")) {
        (false, true) => judge.inside(Step::Key("extension_properties"), |judge| {
            let message = "this belongs to extensions of the type toplevel-property-extension; leave it out";
            judge.report(&rule::EXTENSION_PROPERTIES, message);
        }),
        (true, false) => {
            let message = "name the top-level properties that the extension defines";
            judge.report(&rule::EXTENSION_PROPERTIES_MISSING, message);
        }
        _ => {}
    }
    if !value.contains_key("description") {
        judge.report(&rule::EXTENSION_DESCRIPTION, "say what the extension conveys and how it is used");
    }
}
