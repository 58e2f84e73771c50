//! One entry of a container: properties that have another name or another shape in STIX 2.1.

use crate::json::{Map, Value};
use crate::schema::{self, Property, Shape};

use super::{Log, What, renamed};

/// Type, name in 2.0, name in 2.1.
const RENAMED: [(&str, &str, &str); 11] = [
    ("directory", "created", "ctime"),
    ("directory", "modified", "mtime"),
    ("directory", "accessed", "atime"),
    ("file", "created", "ctime"),
    ("file", "modified", "mtime"),
    ("file", "accessed", "atime"),
    ("network-traffic", "encapsulates_by_ref", "encapsulated_by_ref"),
    ("process", "created", "created_time"),
    ("process", "binary_ref", "image_ref"),
    ("user-account", "password_last_changed", "credential_last_changed"),
    ("windows-registry-key", "modified", "modified_time"),
];

/// Type, extension or nothing, and a property that 2.1 does not have.
const GONE: [(&str, &str, &str); 8] = [
    ("file", "", "is_encrypted"),
    ("file", "", "encryption_algorithm"),
    ("file", "", "decryption_key"),
    ("file", "archive-ext", "version"),
    ("file", "raster-image-ext", "image_compression_algorithm"),
    ("network-traffic", "socket-ext", "protocol_family"),
    ("process", "", "name"),
    ("process", "", "arguments"),
];

/// The name in 2.1 of a property of 2.0.
pub(super) fn name_of<'n>(kind: &str, name: &'n str) -> &'n str {
    let known = RENAMED.iter().find(|(of, from, _)| *of == kind && *from == name);
    known.map_or(name, |(_, _, to)| to)
}

/// One entry without references; `path` is where it stands.
pub(super) fn lift(mut map: Map<'static>, path: &str, log: &mut Log) -> Map<'static> {
    let kind = map.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (_, from, to) in RENAMED.iter().filter(|(of, _, _)| *of == kind) {
        if !map.contains_key(from) {
            continue;
        }
        let here = format!("{path}.{from}");
        if map.contains_key(to) {
            log.say(What::Left, here, None, None, format!("`{to}` is there already; both stay"));
            continue;
        }
        map = renamed(map, from, to);
        log.say(What::Renamed, here, None, Some((*to).into()), format!("STIX 2.1 calls it `{to}`"));
    }
    let Some(known) = schema::kind_of(&kind) else { return map };
    gone(&map, &kind, "", path, log);
    hashes(&mut map, known.properties, path, log);
    if kind == "email-message" {
        header(&mut map, "additional_header_fields", "6.6", path, log);
    }
    if let Some(Value::Object(extensions)) = map.get_mut("extensions") {
        for (name, properties) in known.extensions {
            let Some(Value::Object(extension)) = extensions.get_mut(name) else { continue };
            let path = format!("{path}.extensions.{name}");
            gone(extension, &kind, name, &path, log);
            hashes(extension, properties, &path, log);
            if *name == "http-request-ext" {
                header(extension, "request_header", "6.12.2", &path, log);
            }
        }
    }
    map
}

fn gone(map: &Map<'static>, kind: &str, extension: &str, path: &str, log: &mut Log) {
    for (_, _, name) in GONE.iter().filter(|(of, within, _)| *of == kind && *within == extension) {
        if map.contains_key(name) {
            let message = format!("STIX 2.1 does not define `{name}` here; it stays as a custom property");
            log.say(What::Left, format!("{path}.{name}"), None, None, message);
        }
    }
}

/// Names of hash algorithms wherever the tables know hashes. The tables bound the nesting.
fn hashes(map: &mut Map<'static>, properties: &[Property], path: &str, log: &mut Log) {
    for property in properties {
        let path = format!("{path}.{}", property.name);
        match (property.shape, map.get_mut(property.name)) {
            (Shape::Hashes, Some(Value::Object(found))) => {
                hash_names(found, &path, log);
            }
            (Shape::Record(inner), Some(Value::Object(found))) => hashes(found, inner, &path, log),
            (Shape::Records(inner), Some(Value::Array(list))) => {
                for (at, item) in list.iter_mut().enumerate() {
                    if let Value::Object(found) = item {
                        hashes(found, inner, &format!("{path}.[{at}]"), log);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Gives `ssdeep` the spelling of 2.1, the one name that changed; says whether it did.
pub(super) fn hash_names(map: &mut Map<'static>, path: &str, log: &mut Log) -> bool {
    let rename = map.contains_key("ssdeep") && !map.contains_key("SSDEEP");
    if rename {
        *map = renamed(std::mem::take(map), "ssdeep", "SSDEEP");
        let message = "STIX 2.1 writes it in upper case (clause 10.7)";
        log.say(What::Renamed, format!("{path}.ssdeep"), None, Some("SSDEEP".into()), message);
    }
    rename
}

/// In 2.1 a header field has a list of values, since it may come again.
fn header(map: &mut Map<'static>, key: &str, clause: &str, path: &str, log: &mut Log) {
    let Some(Value::Object(fields)) = map.get_mut(key) else { return };
    let mut wrapped = 0usize;
    fields.retain(|_, value| {
        if matches!(value, Value::String(_)) {
            *value = Value::Array(vec![std::mem::replace(value, Value::Null)]);
            wrapped = wrapped.saturating_add(1);
        }
        true
    });
    if wrapped > 0 {
        let message = format!("{wrapped} header fields hold a list of texts now (clause {clause})");
        log.say(What::Rewritten, format!("{path}.{key}"), None, None, message);
    }
}
