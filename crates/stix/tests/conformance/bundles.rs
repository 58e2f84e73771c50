//! Real bundles: what is read is what stood there, byte for byte.

use std::path::Path;

use comity_stix::{Limits, Value, canonical, json, parse, read};

use crate::Outcome;
use crate::corpus::unpacked;

/// Reads every file and prints it again. Objects that cannot be read fail.
pub fn round_trip(folder: &Path) -> Outcome {
    let Ok(entries) = std::fs::read_dir(folder) else { return Outcome::counted(0, Vec::new()) };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut objects, mut failures) = (0usize, Vec::new());
    for path in &paths {
        match check(&unpacked(path)) {
            Ok(count) => objects = objects.saturating_add(count),
            Err(why) => failures.push(format!("{}: {why}", path.display())),
        }
    }
    let mut outcome = Outcome::counted(paths.len(), failures);
    outcome
        .notes
        .push(format!("{objects} objects printed byte for byte, each with a canonical form that reads back"));
    outcome
}

fn check(bytes: &[u8]) -> Result<usize, String> {
    let limits = Limits::default();
    let document = read(bytes, &limits).map_err(|error| error.to_string())?;
    let whole = json::parse(bytes, &Limits { object_bytes: usize::MAX, ..Limits::default() })
        .map_err(|error| error.to_string())?;
    let listed = whole.as_object().and_then(|map| map.get("objects")).and_then(Value::as_array);
    let listed = listed.unwrap_or(std::slice::from_ref(&whole));
    if listed.len() != document.items.len() {
        return Err(format!("{} objects, {} read", listed.len(), document.items.len()));
    }
    // The document put together again from the slices of its objects and what stands between them.
    let mut printed = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (item, expected) in document.items.iter().zip(listed) {
        let object = item.object.as_ref().map_err(|error| format!("object {}: {error}", item.index))?;
        let start = item.bytes.as_ptr() as usize - bytes.as_ptr() as usize;
        printed.extend_from_slice(&bytes[at..start]);
        printed.extend_from_slice(object.bytes());
        at = start + item.bytes.len();
        let value = Value::Object(object.value().clone());
        let canon = canonical(&value).map_err(|error| format!("object {}: {error}", item.index))?;
        if value != *expected || parse(&canon, &limits).map_err(|error| error.to_string())? != value {
            return Err(format!("object {}: its value changed", item.index));
        }
        let again = canonical(&parse(&canon, &limits).map_err(|error| error.to_string())?);
        if again.as_deref() != Ok(canon.as_slice()) {
            return Err(format!("object {}: its canonical form is not stable", item.index));
        }
    }
    printed.extend_from_slice(&bytes[at..]);
    if printed == bytes { Ok(document.items.len()) } else { Err("printed with other bytes".to_owned()) }
}
