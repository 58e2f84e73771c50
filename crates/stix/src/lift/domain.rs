//! Domain objects, relationships and marking definitions.

use std::collections::BTreeMap;

use crate::id::Id;
use crate::json::{Map, Value};
use crate::marking::Segment;
use crate::schema::vocabulary::{Vocabulary, terms};
use crate::time::Timestamp;

use super::select::{reselect, selector};
use super::{Log, What, headed, observable};

/// Types whose `labels` became a property of their own: its name and vocabulary (clauses 10.10, 10.15, 10.22, 10.23,
/// 10.26).
const TYPES: [(&str, &str, &Vocabulary); 5] = [
    ("indicator", "indicator_types", &terms::INDICATOR_TYPE_OV),
    ("malware", "malware_types", &terms::MALWARE_TYPE_OV),
    ("report", "report_types", &terms::REPORT_TYPE_OV),
    ("threat-actor", "threat_actor_types", &terms::THREAT_ACTOR_TYPE_OV),
    ("tool", "tool_types", &terms::TOOL_TYPE_OV),
];

/// Everything but the container of observed data.
pub(super) fn lift(map: Map<'static>, log: &mut Log) -> Map<'static> {
    let from = map.get("spec_version").cloned();
    let message = "every object of STIX 2.1 says its version (clause 3.2)";
    let what = if from.is_some() { What::Rewritten } else { What::Added };
    log.say(what, "spec_version", from, Some("2.1".into()), message);
    let mut map = headed(map, None);
    if let Some(text) = map.get("id").and_then(Value::as_str)
        && let Err(error) = Id::parse(text)
    {
        log.say(
            What::Left,
            "id",
            None,
            None,
            format!("STIX 2.1 does not allow it, and others refer to it: {error}"),
        );
    }
    for key in ["created", "modified"] {
        digits(&mut map, key, log);
    }
    let kind = map.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some((_, types, vocabulary)) = TYPES.iter().find(|(name, _, _)| *name == kind) {
        map = labels(map, types, vocabulary, log);
    }
    match kind.as_str() {
        "indicator" => pattern(&mut map, log),
        "malware" => family(&mut map, log),
        "marking-definition" => tlp(&mut map, log),
        _ => {}
    }
    references(&mut map, log);
    map
}

/// The names of hash algorithms in external references, and the selectors that point to them.
fn references(map: &mut Map<'static>, log: &mut Log) {
    let Some(Value::Array(references)) = map.get_mut("external_references") else { return };
    let mut renamed = BTreeMap::new();
    for (at, reference) in references.iter_mut().enumerate() {
        if let Value::Object(reference) = reference
            && let Some(Value::Object(hashes)) = reference.get_mut("hashes")
        {
            let path = format!("external_references.[{at}].hashes");
            if observable::hash_names(hashes, &path, log) {
                renamed.insert(format!("{path}.ssdeep"), format!("{path}.SSDEEP"));
            }
        }
    }
    if !renamed.is_empty() {
        reselect(map, &mut |_, steps| renamed.get(&selector(steps)).map(|to| vec![to.clone()]));
    }
}

/// Gives a time of a version the three digits that clause 3.2 wants.
fn digits(map: &mut Map<'static>, key: &'static str, log: &mut Log) {
    let Some(Value::String(text)) = map.get_mut(key) else { return };
    let Ok(time) = Timestamp::parse(text) else { return };
    if time.digits() >= 3 {
        return;
    }
    let body = text.trim_end_matches('Z');
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let new = format!("{whole}.{fraction:0<3}Z");
    let (from, to) = (Value::String(text.clone()), Value::from(new.clone()));
    *text = new.into();
    log.say(
        What::Rewritten,
        key,
        Some(from),
        Some(to),
        "three digits of a second are the least (clause 3.2)",
    );
}

/// Moves the labels of the vocabulary to the property that took their place.
fn labels(
    mut map: Map<'static>,
    types: &'static str,
    vocabulary: &Vocabulary,
    log: &mut Log,
) -> Map<'static> {
    if map.contains_key(types) {
        log.say(
            What::Left,
            types,
            None,
            None,
            "the object already has this property; its labels stay as they are",
        );
        return map;
    }
    let Some(Value::Array(list)) = map.get("labels") else { return map };
    let from = Value::Array(list.clone());
    let (mut moved, mut kept, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for label in list {
        let known = label.as_str().is_some_and(|text| vocabulary.contains(text));
        let (name, side) = if known { (types, &mut moved) } else { ("labels", &mut kept) };
        places.push([Segment::Key(name.to_owned()), Segment::Index(side.len())]);
        side.push(label.clone());
    }
    if moved.is_empty() {
        if !kept.is_empty() {
            let message = format!("none of the labels is of the vocabulary of `{types}`; they stay labels");
            log.say(What::Left, "labels", None, None, message);
        }
        return map;
    }
    let names: Vec<&str> = if kept.is_empty() { vec![types] } else { vec![types, "labels"] };
    let to = Value::Array(moved);
    let mut new = Map::new();
    for (key, value) in map {
        if key == "labels" {
            new.insert(types, to.clone());
            if !kept.is_empty() {
                new.insert("labels", Value::Array(std::mem::take(&mut kept)));
            }
        } else {
            new.insert(key, value);
        }
    }
    map = new;
    reselect(&mut map, &mut |_, steps| match steps {
        [Segment::Key(first)] if first == "labels" => {
            Some(names.iter().map(|name| (*name).to_owned()).collect())
        }
        [Segment::Key(first), Segment::Index(at)] if first == "labels" => {
            Some(places.get(*at).map(|place| selector(place)).into_iter().collect())
        }
        _ => None,
    });
    let message = format!("labels of the vocabulary stand in `{types}`; all others stay labels");
    log.say(What::Moved, "labels", Some(from), Some(to), message);
    map
}

/// A pattern of STIX 2.0 stays as it is and says so: names of properties differ between the versions.
fn pattern(map: &mut Map<'static>, log: &mut Log) {
    if map.contains_key("pattern_type") {
        return log.say(What::Left, "pattern_type", None, None, "the object already has this property");
    }
    map.insert("pattern_type", "stix".into());
    log.say(
        What::Added,
        "pattern_type",
        None,
        Some("stix".into()),
        "patterns of STIX 2.0 have one language (clause 4.7)",
    );
    if !map.contains_key("pattern_version") {
        map.insert("pattern_version", "2.0".into());
        let message = "the pattern is kept as it is, in the language of 2.0 (clause 4.7)";
        log.say(What::Added, "pattern_version", None, Some("2.0".into()), message);
    }
}

fn family(map: &mut Map<'static>, log: &mut Log) {
    if !map.contains_key("is_family") {
        map.insert("is_family", Value::Bool(false));
        let message = "STIX 2.1 requires it and 2.0 does not say it: taken for an instance (clause 4.11)";
        log.say(What::Inferred, "is_family", None, Some(Value::Bool(false)), message);
    }
}

/// The published TLP definitions of 2.1 have a name (clause 7.2.1.4).
fn tlp(map: &mut Map<'static>, log: &mut Log) {
    let level = map.get("definition").and_then(Value::as_object).and_then(|content| content.get("tlp"));
    let Some(level) = level.and_then(Value::as_str) else { return };
    if map.contains_key("name") || map.get("definition_type").and_then(Value::as_str) != Some("tlp") {
        return;
    }
    let name = format!("TLP:{}", level.to_ascii_uppercase());
    map.insert("name", name.clone().into());
    log.say(
        What::Added,
        "name",
        None,
        Some(name.into()),
        "TLP definitions of STIX 2.1 have a name (clause 7.2.1.4)",
    );
}
