//! MISP events come in: one way, with a list of all that was not taken.
//!
//! An event of the MISP core format becomes STIX 2.1 objects. What an analyst marked for detection (`to_ids`) becomes an
//! `indicator` with a pattern, beside the observables that it is made of; everything else that can be observed becomes
//! `observed-data` with its observables; the event itself a `report`, or a `grouping` as long as it is not published.
//! Whatever has no place in the result is listed with its path and the reason. `docs/conformance/misp.md` has the
//! tables.
//!
//! Two rules are about release. The strictest TLP tag of a part and of all around it is its marking. Distribution never
//! widens: where it keeps a part within an organisation or a sharing group, the identifier of the object stands in
//! [`Converted::closed`], and the import hands it to nobody before a person states a handling.
//!
//! Attachments and samples are never decoded or kept.

mod attribute;
mod build;
mod event;
mod galaxy;
mod object;
mod source;
mod tag;
mod talk;

use std::collections::BTreeSet;

use comity_stix::{JsonError, Limits, Value, parse};
use serde::Serialize;
use thiserror::Error;

use build::Out;
use source::{Account, Node};

/// A part of an event that is not in the result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NotTaken {
    /// Where it stands, such as `Event.Attribute[3].comment`; `[*]` stands for every number, where many parts carry
    /// the same field.
    pub path: String,
    /// What it is: type, category and identifier, or the value, cut to a line.
    pub what: String,
    /// Why it was not taken, and what to do where something can be done.
    pub why: String,
}

/// What an input became.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Converted {
    /// The objects in their canonical bytes, each valid STIX 2.1; the same input gives the same bytes.
    pub objects: Vec<Vec<u8>>,
    /// Identifiers of the objects whose distribution in MISP allows no release beyond an organisation or a sharing
    /// group.
    pub closed: BTreeSet<String>,
    /// All that is not in the objects.
    pub not_taken: Vec<NotTaken>,
}

impl Converted {
    /// The objects in one document, as a TAXII envelope.
    #[must_use]
    pub fn document(&self) -> Vec<u8> {
        let mut bytes = b"{\"objects\":[".to_vec();
        for (at, object) in self.objects.iter().enumerate() {
            if at > 0 {
                bytes.push(b',');
            }
            bytes.extend_from_slice(object);
        }
        bytes.extend_from_slice(b"]}");
        bytes
    }
}

/// Why an input cannot be converted at all.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum MispError {
    /// It is no JSON that is taken.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is no MISP event.
    #[error("this is no MISP event: it needs an `Event`, a `response` with events, or a list of attributes")]
    NoEvent,
    /// It holds more attributes, objects and the like than the limit.
    #[error("the MISP events hold more than {0} parts: export fewer events at a time")]
    TooMany(usize),
    /// Objects could not be written; a fault of ours.
    #[error("an object cannot be written: {0}")]
    Write(String),
}

/// Whether an input has the form of MISP events. It is read as JSON first; what is not, is none.
#[must_use]
pub fn is_event(bytes: &[u8], limits: &Limits) -> bool {
    // STIX documents are many and large, and every one of them names this key early on or not at all.
    let hints = ["\"Event\"", "\"Attribute\"", "\"Orgc\""];
    if !std::str::from_utf8(bytes).is_ok_and(|text| hints.iter().any(|hint| text.contains(hint))) {
        return false;
    }
    parse(bytes, &wide(limits))
        .is_ok_and(|value| !events(&Node { value: &value, path: String::new() }).is_empty())
}

/// Converts one or more events: `{"Event": …}`, `{"response": […]}`, a list of events, or a bare event or list of
/// attributes.
///
/// # Errors
/// [`MispError`] when the input is no JSON, no event, or beyond the limits. Faults of parts are no error: they stand in
/// [`Converted::not_taken`].
pub fn convert(bytes: &[u8], limits: &Limits) -> Result<Converted, MispError> {
    let value = parse(bytes, &wide(limits))?;
    let root = Node { value: &value, path: String::new() };
    let events = events(&root);
    if events.is_empty() {
        return Err(MispError::NoEvent);
    }
    if parts(&value) > limits.objects {
        return Err(MispError::TooMany(limits.objects));
    }
    let mut out = Out::new();
    let mut account = Account::default();
    for event in &events {
        event::convert(&mut out, &mut account, event);
    }
    let (objects, closed) = out.close().map_err(MispError::Write)?;
    Ok(Converted { objects, closed, not_taken: account.close(&root) })
}

/// Attachments are long texts that are read over and never kept: they may be as long as the input.
fn wide(limits: &Limits) -> Limits {
    Limits { string_bytes: limits.bytes, ..limits.clone() }
}

/// The events of an input, each with its path.
fn events<'v>(root: &Node<'v>) -> Vec<Node<'v>> {
    if root.value.as_array().is_some() {
        return root.items().iter().filter_map(event_in).collect();
    }
    match root.get("response") {
        Some(response) if response.value.as_array().is_some() => {
            response.items().iter().filter_map(event_in).collect()
        }
        Some(response) => event_in(&response).into_iter().collect(),
        None => event_in(root).into_iter().collect(),
    }
}

/// The event that a value is or holds. STIX documents have a `type` or `objects`, and never these keys in capitals.
fn event_in<'v>(node: &Node<'v>) -> Option<Node<'v>> {
    let map = node.value.as_object()?;
    if map.contains_key("objects") || (map.contains_key("type") && map.contains_key("spec_version")) {
        return None;
    }
    if let Some(event) = node.get("Event") {
        return event.value.as_object().is_some().then_some(event);
    }
    let has_list = |key: &str| map.get(key).is_some_and(|value| value.as_array().is_some());
    let bare = map.contains_key("info") && map.contains_key("uuid");
    (bare || has_list("Attribute") || has_list("Object")).then(|| node.clone())
}

/// How many dictionaries a value holds.
fn parts(value: &Value<'_>) -> usize {
    let mut count = 0_usize;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(map) => {
                count = count.saturating_add(1);
                open.extend(map.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    count
}
