//! What is said about things: texts, vulnerabilities and rules as single attributes, references between objects, event
//! reports, notes and opinions of analysts, sightings.

use comity_stix::{Map, Value};

use super::build::{Face, derived, id_for, map, text, texts, time_in, time_of};
use super::event::{Context, labels};
use super::source::{Node, short};
use super::tag::Tags;

/// Attributes that are no observables but have a plain counterpart. None for all others; `Ok(None)` never.
pub(super) fn plain(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    kind: &str,
    value: &str,
    tags: &Tags,
    at: &str,
) -> Option<Result<Option<String>, String>> {
    let (target, mut body) = match kind {
        "vulnerability" => ("vulnerability", vulnerability(value)),
        "campaign-name" => ("campaign", map([("name", text(value))])),
        "threat-actor" => ("threat-actor", map([("name", text(value))])),
        "yara" | "snort" | "sigma" => ("indicator", rule(kind, value, at)),
        "text" | "comment" | "other" => {
            let Some(whole) = cx.whole.clone() else {
                return Some(Err("there is no event that the text could be about".to_owned()));
            };
            ("note", map([("content", text(value)), ("object_refs", texts([whole]))]))
        }
        _ => return None,
    };
    body.insert("labels", labels(node, &["type", "category"], tags));
    if let Some(comment) = node.text("comment") {
        let key = if target == "note" { "abstract" } else { "description" };
        body.insert(key, text(comment));
    }
    let id = id_for(target, node.text("uuid").as_deref(), &[&cx.uuid, &node.path]);
    Some(cx.sdo(&id, at, tags.face, body).map(Some))
}

/// A vulnerability by its name; a CVE number is also where it is described.
pub(super) fn vulnerability(name: &str) -> Map<'static> {
    let mut body = map([("name", text(name))]);
    let upper = name.to_ascii_uppercase();
    if upper.starts_with("CVE-") {
        let source = map([("source_name", text("cve")), ("external_id", text(upper))]);
        body.insert("external_references", Value::Array(vec![Value::Object(source)]));
    }
    body
}

fn rule(kind: &str, value: &str, at: &str) -> Map<'static> {
    map([
        ("name", text(format!("{kind} rule"))),
        ("pattern", text(value)),
        ("pattern_type", text(kind)),
        ("valid_from", text(at)),
    ])
}

/// References of an object to other parts of the event.
pub(super) fn references(cx: &mut Context<'_>, node: &Node<'_>) {
    let own = node.text("uuid").and_then(|uuid| cx.main.get(&uuid).cloned());
    for reference in node.list("ObjectReference") {
        let verb = reference.text("relationship_type").unwrap_or_default();
        let target = reference.text("referenced_uuid").unwrap_or_default();
        let made = match (own.as_deref(), cx.main.get(&target).cloned()) {
            (Some(own), Some(target)) => relationship(cx, &reference, own, &verb, &target),
            (None, _) => Err("the object that refers is not among the results".to_owned()),
            (_, None) => Err("what it refers to is not among the results".to_owned()),
        };
        match made {
            Ok(()) => cx.account.take(&reference, &["relationship_type", "referenced_uuid", "object_uuid"]),
            Err(why) => cx.account.leave(&reference, short(&format!("{verb} {target}")), why),
        }
    }
}

fn relationship(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    from: &str,
    verb: &str,
    to: &str,
) -> Result<(), String> {
    let sign = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '-' };
    let kind: String = verb.chars().map(sign).collect();
    let kind = kind.trim_matches('-').to_owned();
    if kind.is_empty() {
        return Err("it has no kind of relationship".to_owned());
    }
    let uuid = node.text("uuid");
    let id = id_for("relationship", uuid.as_deref(), &[from, &kind, to]);
    let at = cx.time(node);
    let face = cx.face;
    let mut body =
        map([("relationship_type", text(kind)), ("source_ref", text(from)), ("target_ref", text(to))]);
    if let Some(comment) = node.text("comment") {
        body.insert("description", text(comment));
    }
    cx.sdo(&id, &at, face, body)?;
    cx.account.take(node, &["uuid", "comment"]);
    Ok(())
}

/// Event reports: texts about the event.
pub(super) fn reports(cx: &mut Context<'_>, event: &Node<'_>) {
    for node in event.list("EventReport") {
        let title = short(&node.text("name").unwrap_or_default());
        if node.flag("deleted") {
            cx.account.leave(&node, title, "it was deleted in MISP");
            continue;
        }
        let tags = cx.tags(&node, true);
        let at = cx.time(&node);
        let made = report(cx, &node, &tags, &at);
        match made {
            Ok(id) => {
                cx.account.take(&node, &["name", "content", "uuid"]);
                opinions(cx, &node, Some(&id), tags.face);
            }
            Err(why) => cx.account.leave(&node, title, why),
        }
    }
}

fn report(cx: &mut Context<'_>, node: &Node<'_>, tags: &Tags, at: &str) -> Result<String, String> {
    let whole = cx.whole.clone().ok_or("there is no event that it could be about")?;
    let content = node.text("content").ok_or("it has no content")?;
    let mut body = map([("content", text(content)), ("object_refs", texts([whole]))]);
    if let Some(name) = node.text("name") {
        body.insert("abstract", text(name));
    }
    if !tags.labels.is_empty() {
        body.insert("labels", texts(tags.labels.clone()));
    }
    let id = id_for("note", node.text("uuid").as_deref(), &[&cx.uuid, &node.path]);
    cx.sdo(&id, at, tags.face, body)
}

/// Notes and opinions of analysts about a part.
pub(super) fn opinions(cx: &mut Context<'_>, node: &Node<'_>, about: Option<&str>, face: Face) {
    for (key, is_note) in [("Note", true), ("Opinion", false)] {
        for said in node.list(key) {
            let tags = super::tag::tags(cx.account, &said, false, face);
            let made = match about {
                Some(about) => opinion(cx, &said, about, is_note, tags.face),
                None => Err("what it is about is not among the results".to_owned()),
            };
            match made {
                Ok(id) => {
                    let taken = ["note", "comment", "opinion", "authors", "uuid", "language"];
                    cx.account.take(&said, &taken);
                    opinions(cx, &said, Some(&id), face);
                }
                Err(why) => {
                    let what = said.text("note").or_else(|| said.text("comment")).unwrap_or_default();
                    cx.account.leave(&said, short(&what), why);
                }
            }
        }
    }
}

fn opinion(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    about: &str,
    is_note: bool,
    face: Face,
) -> Result<String, String> {
    let mut body = map([("object_refs", texts([about]))]);
    if is_note {
        body.insert("content", text(node.text("note").ok_or("it has no text")?));
        if let Some(language) = node.text("language") {
            body.insert("lang", text(language));
        }
    } else {
        let number = node.text("opinion").unwrap_or_default();
        let percent =
            number.parse::<u8>().map_err(|_| "its opinion is no number from 0 to 100".to_owned())?;
        body.insert("opinion", text(agreement(percent)));
        body.insert("labels", texts([format!("misp:opinion=\"{number}\"")]));
        if let Some(comment) = node.text("comment") {
            body.insert("explanation", text(comment));
        }
    }
    if let Some(authors) = node.text("authors") {
        body.insert("authors", texts([authors]));
    }
    let kind = if is_note { "note" } else { "opinion" };
    let id = id_for(kind, node.text("uuid").as_deref(), &[&cx.uuid, &node.path]);
    let milliseconds = |time: String| time.replace('Z', ".000Z");
    let read = |key: &str| node.text(key).and_then(|written| time_in(&written)).map(milliseconds);
    let (first, last) = (read("created"), read("modified"));
    let modified = last.clone().unwrap_or_else(|| cx.at.clone());
    let created = first.filter(|at| *at <= modified);
    for (key, is_read) in [("created", created.is_some()), ("modified", last.is_some())] {
        if is_read {
            cx.account.take(node, &[key]);
        }
    }
    let created = created.unwrap_or_else(|| modified.clone());
    body.insert("modified", text(modified));
    cx.sdo(&id, &created, face, body)
}

/// The word of the scale of STIX (clause 10.21) for a percentage of MISP.
fn agreement(percent: u8) -> &'static str {
    match percent {
        0..=19 => "strongly-disagree",
        20..=39 => "disagree",
        40..=60 => "neutral",
        61..=80 => "agree",
        _ => "strongly-agree",
    }
}

/// Sightings that stand with the event name the attribute they are of.
pub(super) fn sightings(cx: &mut Context<'_>, event: &Node<'_>) {
    for sighting in event.list("Sighting") {
        let of = sighting.text("attribute_uuid").and_then(|uuid| cx.main.get(&uuid).cloned());
        let face = cx.face;
        match of {
            Some(of) => sighting_of(cx, &sighting, &of, face),
            None => {
                let why = "what was sighted is not among the results, or not named by its uuid";
                cx.account.leave(&sighting, "sighting", why);
            }
        }
    }
}

/// Sightings of one attribute.
pub(super) fn seen(cx: &mut Context<'_>, node: &Node<'_>, of: &str, face: Face) {
    for sighting in node.list("Sighting") {
        sighting_of(cx, &sighting, of, face);
    }
}

fn sighting_of(cx: &mut Context<'_>, node: &Node<'_>, of: &str, face: Face) {
    let kind = node.text("type").unwrap_or_else(|| "0".to_owned());
    let made = match kind.as_str() {
        "0" if of.starts_with("indicator--") => sighting(cx, node, of, face),
        "0" => Err("a sighting in STIX is one of an indicator; what is only observed has none".to_owned()),
        "1" => {
            Err("a report of a false positive is no sighting: enter an opinion on the indicator".to_owned())
        }
        _ => Err("the end of a validity is stated by its author in a new version".to_owned()),
    };
    match made {
        Ok(()) => cx.account.take(node, &["type", "date_sighting", "uuid", "attribute_uuid"]),
        Err(why) => cx.account.leave(node, format!("sighting of type {kind}"), why),
    }
}

fn sighting(cx: &mut Context<'_>, node: &Node<'_>, of: &str, face: Face) -> Result<(), String> {
    let seen = node.text("date_sighting").and_then(|text| time_of(&text)).ok_or("it has no time")?;
    let uuid = node.text("uuid");
    let id = match &uuid {
        Some(uuid) => id_for("sighting", Some(uuid), &[of, &seen]),
        None => derived("sighting", &[of, &seen]),
    };
    let body = map([
        ("sighting_of_ref", text(of)),
        ("first_seen", text(seen.clone())),
        ("last_seen", text(seen.clone())),
        ("count", Value::Integer(1)),
    ]);
    cx.sdo(&id, &seen, face, body).map(drop)
}
