//! Objects of MISP: several attributes that are one thing.

mod parts;
mod rows;

use comity_stix::{Map, Value};

use super::attribute::{self, Test, pattern};
use super::build::{Face, id_for, map, text};
use super::event::{Context, attachment, described, labels, no_place, observation, proposals, unreadable};
use super::source::{Node, short};
use super::{galaxy, talk};
use parts::Draft;
use rows::{Row, Shape, shape};

/// Converts one object.
pub(super) fn convert(cx: &mut Context<'_>, node: &Node<'_>) {
    let name = node.text("name").unwrap_or_default();
    let what = short(&format!("object {name} / {}", node.text("uuid").unwrap_or_default()));
    if node.flag("deleted") {
        return cx.account.leave(node, what, "it was deleted in MISP");
    }
    if name == "person" {
        let why = "it is personal data: enter it by hand, with a purpose and a legal basis";
        return cx.account.leave(node, what, why);
    }
    let at = cx.time(node);
    let mut tags = cx.tags(node, true);
    let attributes = node.list("Attribute");
    for attribute in &attributes {
        let more = cx.tags(attribute, true);
        tags.face = tags.face.with(more.face);
        tags.labels.extend(more.labels);
    }
    let mut seen = std::collections::BTreeSet::new();
    tags.labels.retain(|label| seen.insert(label.clone()));
    let shape = shape(&name);
    let seed = node.text("uuid").unwrap_or_else(|| format!("{}{}", cx.uuid, node.path));
    let mut draft = Draft::new(seed, tags.face, shape, &attributes);
    for attribute in &attributes {
        part(cx, &mut draft, attribute);
    }
    let labels = labels(node, &["name", "meta-category"], &tags);
    let made = finish(cx, node, &mut draft, labels, &at);
    match made {
        Ok(id) => {
            cx.account.take(node, &["name", "meta-category", "uuid"]);
            for done in &draft.done {
                cx.account.take(done, &["value"]);
            }
            if let Some(uuid) = node.text("uuid") {
                cx.main.insert(uuid, id.clone());
            }
            about(cx, node, &attributes, &id, tags.face);
        }
        Err(why) => cx.account.leave(node, what, why),
    }
    for (left, why) in draft.left {
        let what = described(&left);
        cx.account.leave(&left, what, why);
    }
    if let Some(place) = node.get("description") {
        cx.account.leave(&place, "description", "it describes the template, not the object");
    }
}

/// What is said about the object and its attributes.
fn about(cx: &mut Context<'_>, node: &Node<'_>, attributes: &[Node<'_>], id: &str, face: Face) {
    talk::opinions(cx, node, Some(id), face);
    galaxy::galaxies(cx, node, Some(id), face);
    for attribute in attributes {
        if unreadable(attribute).is_none() {
            if let Some(uuid) = attribute.text("uuid") {
                cx.main.entry(uuid).or_insert_with(|| id.to_owned());
            }
            talk::opinions(cx, attribute, Some(id), face);
            galaxy::galaxies(cx, attribute, Some(id), face);
            talk::seen(cx, attribute, id, face);
        }
    }
}

/// One attribute: by the row of its relation, else as an observable of its own.
fn part<'v>(cx: &mut Context<'_>, draft: &mut Draft<'v>, node: &Node<'v>) {
    if let Some(why) = unreadable(node) {
        draft.left.push((node.clone(), why.to_owned()));
        return;
    }
    attachment(cx, node);
    proposals(cx, node);
    let relation = node.text("object_relation").unwrap_or_default();
    let kind = node.text("type").unwrap_or_default();
    let value = node.text("value").unwrap_or_default();
    let row = draft.shape.and_then(|shape| shape.row(&relation));
    let done = match row {
        Some(row) => draft.put(cx, row, &kind, &value),
        None => loose(cx, draft, &kind, &value),
    };
    match done {
        Ok(tests) => {
            if node.flag("to_ids") {
                draft.marked = true;
                draft.tests.extend(tests);
            }
            draft.done.push(node.clone());
        }
        Err(why) => draft.left.push((node.clone(), why)),
    }
}

/// An attribute for which the object has no row.
fn loose(cx: &mut Context<'_>, draft: &mut Draft<'_>, kind: &str, value: &str) -> Result<Vec<Test>, String> {
    if matches!(draft.shape, Some(Shape { domain: true, .. })) {
        return Err("the STIX object has no property for it".to_owned());
    }
    let seed = format!("{}{kind}{value}", draft.seed);
    let made = attribute::observe(cx.out, draft.face, &seed, kind, value);
    let mapped = made.ok_or_else(|| no_place(kind).to_owned())??;
    if mapped.refs.is_empty() {
        return Err("STIX has no object for it".to_owned());
    }
    draft.extras.extend(mapped.refs);
    Ok(mapped.tests)
}

/// Makes what the draft came to, and the indicator or observation of it.
fn finish(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    draft: &mut Draft<'_>,
    labels: Value<'static>,
    at: &str,
) -> Result<String, String> {
    if draft.done.is_empty() {
        return Err("nothing of it has a place in STIX".to_owned());
    }
    let uuid = node.text("uuid");
    if let Some(Shape { domain: true, kind, .. }) = draft.shape {
        let mut body = std::mem::take(&mut draft.body);
        body.insert("labels", labels);
        if *kind == "identity" && !body.contains_key("identity_class") {
            body.insert("identity_class", text("organization"));
        }
        if let Some(comment) = node.text("comment")
            && !body.contains_key("description")
        {
            body.insert("description", text(comment));
            cx.account.take(node, &["comment"]);
        }
        let id = id_for(kind, uuid.as_deref(), &[&cx.uuid, &node.path]);
        return cx.sdo(&id, at, draft.face, body);
    }
    let refs = draft.make(cx)?;
    for id in &refs {
        cx.refer(id);
    }
    if draft.marked {
        let pattern = pattern(&draft.tests).ok_or("its values make no valid pattern")?;
        let body = indicator(cx, node, pattern, labels, at);
        let id = id_for("indicator", uuid.as_deref(), &[&cx.uuid, &node.path]);
        return cx.sdo(&id, at, draft.face, body);
    }
    let body = observation(cx, node, refs, labels, at)?;
    let id = id_for("observed-data", uuid.as_deref(), &[&cx.uuid, &node.path]);
    cx.sdo(&id, at, draft.face, body)
}

fn indicator(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    pattern: String,
    labels: Value<'static>,
    at: &str,
) -> Map<'static> {
    let name = node.text("name").unwrap_or_default();
    let mut body = map([
        ("name", text(format!("{name} object"))),
        ("pattern", text(pattern)),
        ("pattern_type", text("stix")),
        ("valid_from", text(at)),
        ("labels", labels),
    ]);
    if let Some(comment) = node.text("comment") {
        body.insert("description", text(comment));
        cx.account.take(node, &["comment"]);
    }
    body
}

impl Shape {
    /// The row of a relation.
    fn row(&self, relation: &str) -> Option<Row> {
        self.rows.iter().find(|(name, _)| *name == relation).map(|(_, row)| *row)
    }
}
