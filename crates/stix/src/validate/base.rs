//! Type, identifier, version of the standard, times of versions, and extensions.

use super::Judge;
use crate::id::{Id, is_type_name};
use crate::json::{Map, Value};
use crate::object::{Class, Object};
use crate::schema::{self, ExtensionKind};
use crate::time::Timestamp;
use crate::trail::Step;

/// `type`, `id` and `spec_version` (clauses 2.9, 3.2 and 3.3).
pub(super) fn identity<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    kind(judge, object, class);
    match object.value().get("id") {
        None => judge.error("stix-id", "3.2", "`id` is missing"),
        Some(value) => judge.inside(Step::Key("id"), |judge| match value.as_str().map(Id::parse) {
            None => judge.error("stix-id", "2.9", "`id` must be a string of the form type--UUID"),
            Some(Err(error)) => judge.error("stix-id", "2.9", error.to_string()),
            Some(Ok(id)) => own_id(judge, object, class, &id),
        }),
    }
    spec_version(judge, object, class);
}

fn kind<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    match object.value().get("type") {
        None => judge.error("stix-type", "3.2", "`type` is missing"),
        Some(value) => judge.inside(Step::Key("type"), |judge| match value.as_str() {
            None => judge.error("stix-type", "3.2", "`type` must be a string"),
            Some(name) if !is_type_name(name) => {
                let message = "names of types have 3 to 250 of a-z, 0-9 and single hyphens";
                judge.error("stix-type", "3.1", message);
            }
            Some(_) if class == Class::Custom => {
                judge.warning("stix-custom-type", "11.2", "the type is not known; it is kept as it is");
            }
            Some(_) => {}
        }),
    }
}

fn own_id(judge: &mut Judge<'_>, object: &Object<'_>, class: Class, id: &Id) {
    let (own, named) = (object.kind(), id.kind());
    if object.text("id").is_some_and(|text| text != id.as_str()) {
        judge.warning("stix-id-case", "2.9", "the UUID should be written in lower case");
    }
    if named != own {
        let message = format!("the identifier names the type {named:?}, but `type` is {own:?}");
        if class == Class::Custom {
            judge.warning("stix-id-type", "2.9", message);
        } else {
            judge.error("stix-id-type", "2.9", message);
        }
    } else if own == "process" && id.uuid_version() != 4 {
        judge.error(
            "stix-id-process",
            "6.13",
            "a process has no contributing properties; its UUID must be of version 4",
        );
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
            judge.error("stix-spec-version", "3.2", message);
        }
        None | Some(Some("2.1")) => {}
        Some(found) => judge.inside(Step::Key("spec_version"), |judge| match found {
            _ if class == Class::Bundle => {
                judge.warning("stix-spec-version", "8.1", "a bundle of STIX 2.1 has no `spec_version`");
            }
            Some("2.0") => {
                let message = "the object says it is of STIX 2.0; it was judged by the rules of 2.1, lift it";
                judge.warning("stix-spec-version", "3.2", message);
            }
            Some(other) => {
                judge.error(
                    "stix-spec-version",
                    "3.2",
                    format!("`spec_version` must be \"2.1\", not {:?}", cut(other)),
                );
            }
            None => judge.error("stix-spec-version", "3.2", "`spec_version` must be the string \"2.1\""),
        }),
    }
}

/// Whether the object must carry `created` and `modified`. An unknown type that carries either is taken for a domain
/// object; one without them for an observable.
fn is_versioned(object: &Object<'_>, class: Class) -> bool {
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
                judge.error(
                    "stix-time-digits",
                    "3.2",
                    format!("`{name}` needs at least three digits of a second"),
                );
            }),
            None if needed && !object.value().contains_key(name) => {
                judge.error("stix-required", "3.2", format!("`{name}` is missing"));
            }
            _ => {}
        }
    }
    if class == Class::Marking && object.value().contains_key("modified") {
        judge.warning(
            "stix-marking-modified",
            "7.2.1",
            "a marking definition has no versions and no `modified`",
        );
    }
    if let (Some(created), Some(modified)) = (object.created(), object.modified())
        && modified < created
    {
        judge.inside(Step::Key("modified"), |judge| {
            judge.error("stix-time-order", "3.6.1", "`modified` is earlier than `created`");
        });
    }
    if class == Class::Extension && !object.value().contains_key("created_by_ref") {
        judge.error("stix-required", "7.3.1", "`created_by_ref` is required for extension-definition");
    }
}

/// The dictionary `extensions` (clauses 3.2, 3.10 and 7.3).
pub(super) fn extensions<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, class: Class) {
    let Some(value) = object.value().get("extensions") else { return };
    judge.inside(Step::Key("extensions"), |judge| match value {
        Value::Object(map) if map.is_empty() => {
            judge.error("stix-empty-dictionary", "2.3", "`extensions` must not be empty; leave it out");
        }
        Value::Object(map) => {
            for (key, entry) in map.iter() {
                judge.inside(Step::Key(key), |judge| extension(judge, object.kind(), class, key, entry));
            }
        }
        _ => judge.error("stix-dictionary", "3.2", "`extensions` must be a dictionary"),
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
        return judge.error("stix-extension", "7.3", "an extension must be a dictionary");
    };
    let predefined = schema::kind_of(kind).into_iter().flat_map(|kind| kind.extensions);
    if let Some((_, properties)) = predefined.into_iter().find(|(name, _)| *name == key) {
        if content.is_empty() {
            return judge.error(
                "stix-extension",
                "3.10",
                "a predefined extension needs at least one property",
            );
        }
        return judge.record(content, properties);
    }
    if !key.starts_with("extension-definition--") {
        return judge.warning("stix-custom-extension", "11.3", "the key names no extension definition");
    }
    if let Err(error) = Id::parse(key) {
        return judge.error("stix-extension", "7.3", error.to_string());
    }
    declared(judge, class, content);
}

fn declared<'v>(judge: &mut Judge<'v>, class: Class, content: &'v Map<'_>) {
    let Some(value) = content.get("extension_type") else {
        return judge.note("stix-extension-type", "7.3", "the extension does not say of which type it is");
    };
    judge.inside(Step::Key("extension_type"), |judge| {
        let Some(kind) = value.as_str().and_then(ExtensionKind::from_name) else {
            return judge.error("stix-extension-type", "10.5", "this is no type of extension");
        };
        if kind.class().is_some_and(|declared| declared != class) {
            let message = format!("`{}` does not fit the class of this type", kind.name());
            judge.warning("stix-extension-type", "7.3", message);
        }
    });
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
