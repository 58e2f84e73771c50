//! What else must go with a part, and what may not go because the rest would say something else.

#![deny(clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use super::cut::Cut;
use crate::json::Value;
use crate::marking::Segment;
use crate::object::{Class, Object};

/// Type, property that went, property that may not stand without it (clauses 4.10 and 6.1).
const BONDS: &[(&str, &str, &str)] = &[
    ("location", "latitude", "longitude"),
    ("location", "longitude", "latitude"),
    ("location", "latitude", "precision"),
    ("location", "longitude", "precision"),
    ("artifact", "encryption_algorithm", "decryption_key"),
];

/// Marks what may not stand without something that went; whether there was any. The cut must be settled.
pub(super) fn follow(object: &Object<'_>, cut: &mut Cut) -> bool {
    let mut more: Vec<Vec<Segment>> = Vec::new();
    for (kind, gone, bound) in BONDS {
        if object.kind() == *kind
            && is_gone(cut, &[gone])
            && !is_gone(cut, &[bound])
            && object.value().contains_key(bound)
        {
            more.push(vec![Segment::Key((*bound).to_owned())]);
        }
    }
    if object.kind() == "observed-data" {
        neighbours(object, cut, &mut more);
    }
    for path in &more {
        cut.mark(path);
    }
    !more.is_empty()
}

/// Observables in the deprecated container name each other by key (clause 2.13); a name of one that went leads nowhere.
fn neighbours(object: &Object<'_>, cut: &Cut, more: &mut Vec<Vec<Segment>>) {
    let container = cut.inner.get(&Segment::Key("objects".to_owned()));
    let Some(container) = container.filter(|container| !container.gone) else { return };
    let gone: BTreeSet<&str> = container
        .inner
        .iter()
        .filter_map(|(segment, inner)| match segment {
            Segment::Key(key) if inner.gone => Some(key.as_str()),
            _ => None,
        })
        .collect();
    if gone.is_empty() {
        return;
    }
    object.each_reference(&mut |path, target| {
        let inside = matches!(path.first(), Some(Segment::Key(key)) if key == "objects");
        if inside && gone.contains(target) && !cut.covers(path) {
            more.push(path.to_vec());
        }
    });
}

/// The place of a part that goes although its absence says something else than that it is withheld.
pub(super) fn changed_meaning(object: &Object<'_>, cut: &Cut) -> Option<String> {
    // Absent means false (clauses 3.2 and 5.2.1).
    for name in ["revoked", "defanged", "summary"] {
        if is_gone(cut, &[name]) && object.value().get(name).and_then(Value::as_bool) != Some(false) {
            return Some(name.to_owned());
        }
    }
    // Absent means English (clause 3.2), and for ever (clause 4.7.1).
    if is_gone(cut, &["lang"]) && object.value().get("lang").and_then(Value::as_str) != Some("en") {
        return Some("lang".to_owned());
    }
    if is_gone(cut, &["valid_until"]) && object.kind() == "indicator" {
        return Some("valid_until".to_owned());
    }
    let touched = |name: &str| cut.inner.contains_key(&Segment::Key(name.to_owned()));
    if object.class() == Class::Marking {
        let named = ["definition_type", "definition", "extensions"].into_iter().find(|name| touched(name));
        if let Some(name) = named {
            return Some(name.to_owned());
        }
    }
    let extensions = object.value().get("extensions").and_then(Value::as_object)?;
    let mut entries = extensions.iter().filter(|(key, entry)| {
        let kind = entry.as_object().and_then(|entry| entry.get("extension_type"));
        let whole = is_gone(cut, &["extensions"]) || is_gone(cut, &["extensions", key]);
        match kind.and_then(Value::as_str) {
            // Nothing outside of the entry depends on it.
            None | Some("property-extension") if whole => false,
            None => false,
            // The type of the object or its top-level properties are declared by the entry (clause 7.3).
            Some(_) => whole || is_gone(cut, &["extensions", key, "extension_type"]),
        }
    });
    entries.next().map(|(key, _)| format!("extensions.{key}"))
}

fn is_gone(cut: &Cut, keys: &[&str]) -> bool {
    let mut at = Some(cut);
    for key in keys {
        at = at.and_then(|cut| cut.inner.get(&Segment::Key((*key).to_owned())));
    }
    at.is_some_and(|cut| cut.gone)
}
