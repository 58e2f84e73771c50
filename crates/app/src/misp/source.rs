//! The places of an event, and the account of what became of each.
//!
//! Every leaf is either taken or listed: what no part of the conversion took is listed at the end with the reason of
//! its field, so that nothing can be forgotten silently.

use std::collections::{BTreeMap, BTreeSet};

use comity_stix::Value;

use super::NotTaken;

/// A value of the event and the path that leads to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'v> {
    pub(super) value: &'v Value<'v>,
    pub(super) path: String,
}

impl<'v> Node<'v> {
    /// The value under a key, when it says something.
    pub(super) fn get(&self, key: &str) -> Option<Node<'v>> {
        let value = self.value.as_object()?.get(key)?;
        (!is_empty(value)).then(|| Node { value, path: join(&self.path, key) })
    }

    /// The text of a scalar under a key.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        scalar(self.get(key)?.value)
    }

    /// The members of a list under a key; none when there is no list.
    pub(super) fn list(&self, key: &str) -> Vec<Node<'v>> {
        self.get(key).map(|node| node.items()).unwrap_or_default()
    }

    /// The members of a list.
    pub(super) fn items(&self) -> Vec<Node<'v>> {
        let items = self.value.as_array().unwrap_or_default().iter().enumerate();
        items.map(|(at, value)| Node { value, path: format!("{}[{at}]", self.path) }).collect()
    }

    /// Whether a flag is set, in any of the ways in which MISP writes flags.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.text(key).is_some_and(|text| text == "true" || text == "1")
    }
}

/// The text of a string, a number or a flag.
pub(super) fn scalar(value: &Value<'_>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Unsigned(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a value says nothing: null, an empty text, list or dictionary.
fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// What became of the parts of the input.
#[derive(Debug, Default)]
pub(super) struct Account {
    taken: BTreeSet<String>,
    left: BTreeMap<String, (String, String)>,
    notes: Vec<NotTaken>,
}

impl Account {
    /// Notes that a part is in the result.
    pub(super) fn take(&mut self, node: &Node<'_>, keys: &[&str]) {
        for key in keys {
            if let Some(found) = node.get(key) {
                self.take_all(&found);
            }
        }
    }

    /// Notes that a part with everything in it is in the result.
    pub(super) fn take_all(&mut self, node: &Node<'_>) {
        self.taken.insert(node.path.clone());
    }

    /// Notes that a part, with everything in it, is not in the result. The first reason stays.
    pub(super) fn leave(&mut self, node: &Node<'_>, what: impl Into<String>, why: impl Into<String>) {
        self.left.entry(node.path.clone()).or_insert_with(|| (what.into(), why.into()));
    }

    /// Says something about a part that is otherwise dealt with.
    pub(super) fn note(&mut self, node: &Node<'_>, what: impl Into<String>, why: impl Into<String>) {
        self.notes.push(NotTaken { path: node.path.clone(), what: what.into(), why: why.into() });
    }

    /// The list of what is not in the result, in the order of the input; fields of one name whose values mean nothing
    /// elsewhere stand together under one path.
    pub(super) fn close(mut self, root: &Node<'_>) -> Vec<NotTaken> {
        let mut open = vec![root.clone()];
        let mut found = std::mem::take(&mut self.notes);
        let mut fields: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
        while let Some(node) = open.pop() {
            if self.taken.contains(&node.path) || is_empty(node.value) {
                continue;
            }
            if let Some((what, why)) = self.left.get(&node.path) {
                found.push(NotTaken { path: node.path, what: what.clone(), why: why.clone() });
                continue;
            }
            match node.value {
                Value::Array(_) => open.extend(node.items().into_iter().rev()),
                Value::Object(map) => {
                    let keys: Vec<&str> = map.keys().collect();
                    open.extend(keys.into_iter().rev().filter_map(|key| node.get(key)));
                }
                leaf => match reason(&node.path) {
                    Some(why) => {
                        let count = fields.entry((pattern(&node.path), why)).or_default();
                        *count = count.saturating_add(1);
                    }
                    None => found.push(NotTaken {
                        what: shown(leaf),
                        why: "STIX has no place for it, or none that is known here".to_owned(),
                        path: node.path,
                    }),
                },
            }
        }
        found.extend(fields.into_iter().map(|((path, why), count)| {
            let what = if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
            NotTaken { path, what, why: why.to_owned() }
        }));
        found
    }
}

/// The path with `[*]` for each number.
fn pattern(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut within = false;
    for sign in path.chars() {
        match sign {
            '[' => {
                within = true;
                text.push_str("[*]");
            }
            ']' => within = false,
            other if !within => text.push(other),
            _ => {}
        }
    }
    text
}

/// What a leaf says, cut to a length that a line holds.
pub(super) fn shown(value: &Value<'_>) -> String {
    short(&scalar(value).unwrap_or_default())
}

/// A text cut to a length that a line holds.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(80).collect()
}

/// Why a field without a place in STIX stays behind: for the fields that many parts of an event carry.
fn reason(path: &str) -> Option<&'static str> {
    let field = path.rsplit('.').next().unwrap_or(path);
    let field = field.split('[').next().unwrap_or(field);
    let inside = path.contains(".Object[") && path.contains("].Attribute[");
    Some(match field {
        "id"
        | "event_id"
        | "object_id"
        | "org_id"
        | "orgc_id"
        | "attribute_count"
        | "tag_id"
        | "galaxy_id"
        | "galaxy_cluster_id"
        | "numerical_value"
        | "attribute_id"
        | "user_id"
        | "template_uuid"
        | "template_version"
        | "referenced_id"
        | "referenced_type"
        | "collection_uuid"
        | "tag_name"
        | "proposal_email_lock"
        | "locked"
        | "disable_correlation"
        | "sighting_timestamp"
        | "old_id"
        | "cluster_count"
        | "object_type"
        | "object_uuid"
        | "source_uuid" => "it has a meaning only inside the MISP that wrote it",
        "colour" | "exportable" | "hide_tag" | "is_galaxy" | "is_custom_galaxy" | "icon" | "namespace"
        | "version" | "local_only" | "inherited" => "it describes a tag or a galaxy, not the event",
        "distribution" => "it says to whom MISP shows a part; the strictest of tags and distribution holds",
        "uuid" if inside => "attributes of an object become properties, which have no identifier",
        "category" | "timestamp" | "to_ids" | "type" | "object_relation" if inside => {
            "attributes of an object become properties, which have no such field"
        }
        "meta-category" => "the type of the STIX object says it",
        _ => return None,
    })
}
