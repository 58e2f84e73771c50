//! A source that must stay anonymous: what would name it is refused at the door, since nothing could take it out of the
//! bytes later without breaking their digest. What free text says, and what other records say, nobody can judge here.

use comity_model::stix::{Object, Value};
use comity_model::{Flag, Handling};

/// Properties that say where information came from, wherever they stand in an object.
const NAMING: [&str; 8] = [
    "external_references",
    "authors",
    "author",
    "where_sighted_refs",
    "said_by",
    "relayed_by",
    "voice",
    "provider",
];

/// Refuses an object that names a source although its handling says that the source stays anonymous (D7). The error is
/// the reason for people, with the path of the property.
pub(crate) fn check(object: &Object<'_>, handling: &Handling) -> Result<(), String> {
    if !handling.flags.contains(&Flag::AnonymousSource) {
        return Ok(());
    }
    let author = object.created_by_ref();
    let is_other = author.is_some_and(|author| author.as_str() != handling.originator.as_str());
    let named = if is_other {
        Some("created_by_ref".to_owned())
    } else {
        object.value().iter().find_map(|(key, value)| named_in("", key, value))
    };
    named.map_or(Ok(()), |path| {
        Err(format!(
            "{path}: it may name the source, which is stated to be anonymous (anonymous-source): take it out, and keep \
             the source in a note of your own (`comity note add`), which never leaves this node (D7)"
        ))
    })
}

/// The path of the first property within this one that names a source. The parser bounds how deep an object goes.
fn named_in(above: &str, key: &str, value: &Value<'_>) -> Option<String> {
    let path = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
    if NAMING.contains(&key) {
        return Some(path);
    }
    match value {
        Value::Object(inner) => inner.iter().find_map(|(key, value)| named_in(&path, key, value)),
        Value::Array(list) => {
            list.iter().enumerate().find_map(|(at, entry)| named_in(&path, &format!("[{at}]"), entry))
        }
        _ => None,
    }
}
