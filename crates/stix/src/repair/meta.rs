//! Markings, the published definitions of TLP, and the version of the standard.

use std::collections::BTreeSet;

use super::mend::Mender;
use super::{Change, change, judged};
use crate::json::{Map, Value, parse};
use crate::limits::Limits;
use crate::marking::{Segment, Selector, TLP_EXTENSION, Tlp};
use crate::object::{Class, Object};
use crate::rule::{self, Level};
use crate::schema::Registry;
use crate::validate::{Profile, Validator, is_valid};

/// Whether an entry of `granular_markings` names a language and no data marking.
pub(super) fn is_language_marking(entry: &Map<'_>) -> bool {
    let says = |key: &str| entry.get(key).is_some_and(|value| *value != Value::Null);
    entry.get("lang").is_some_and(|lang| lang.as_str().is_some()) && !says("marking_ref")
}

/// Mends `granular_markings`. Of data markings only the case of identifiers is mended: a selector that points to
/// nothing may protect what was misspelled.
pub(super) fn granular(mender: &mut Mender<'_>, root: &mut Map<'static>) {
    let dead = dead_selectors(root);
    let Some(value) = root.get_mut("granular_markings") else { return };
    let kept = mender.inside(Segment::Key("granular_markings".to_owned()), |mender| {
        if let Value::Array(list) = value {
            let shrinks = mender.may_shrink();
            let mut kept: Vec<bool> = Vec::with_capacity(list.len());
            for (at, item) in list.iter_mut().enumerate().rev() {
                kept.push(
                    mender.inside(Segment::Index(at), |mender| entry(mender, item, at, &dead, shrinks)),
                );
            }
            list.retain(|_| kept.pop().unwrap_or(true));
        }
        mender.stays(value, false, false)
    });
    if !kept {
        root.remove("granular_markings");
    }
}

/// The selectors of language markings that point to nothing, by entry and place.
fn dead_selectors(root: &Map<'_>) -> BTreeSet<(usize, usize)> {
    let mut dead = BTreeSet::new();
    let listed = root.get("granular_markings").and_then(Value::as_array).unwrap_or_default();
    for (at, item) in listed.iter().enumerate() {
        let Some(entry) = item.as_object().filter(|entry| is_language_marking(entry)) else { continue };
        let selectors = entry.get("selectors").and_then(Value::as_array).unwrap_or_default();
        for (place, item) in selectors.iter().enumerate() {
            let Some(Ok(selector)) = item.as_str().map(Selector::parse) else { continue };
            // What points to the markings themselves would move while they are mended.
            let own = selector.segments().first() == Some(&Segment::Key("granular_markings".to_owned()));
            if !own && selector.find(root).is_none() {
                dead.insert((at, place));
            }
        }
    }
    dead
}

/// Mends one entry; whether it stays.
fn entry(
    mender: &mut Mender<'_>,
    value: &mut Value<'static>,
    at: usize,
    dead: &BTreeSet<(usize, usize)>,
    shrinks: bool,
) -> bool {
    // What is no dictionary may have protected something, and stays.
    let Value::Object(map) = value else { return true };
    let language = is_language_marking(map);
    let says = |map: &Map<'_>, key: &str| map.get(key).is_some_and(|value| *value != Value::Null);
    for (empty, other) in [("lang", "marking_ref"), ("marking_ref", "lang")] {
        if map.get(empty) == Some(&Value::Null) && says(map, other) {
            let step = Segment::Key(empty.to_owned());
            if !mender.inside(step, |mender| mender.stays(&Value::Null, false, false)) {
                map.remove(empty);
            }
        }
    }
    if let Some(marking) = map.get_mut("marking_ref") {
        mender.inside(Segment::Key("marking_ref".to_owned()), |mender| mender.reference(marking));
    }
    if !language {
        return true;
    }
    if let Some(lang) = map.get_mut("lang") {
        mender.inside(Segment::Key("lang".to_owned()), |mender| mender.language(lang));
    }
    let Some(Value::Array(selectors)) = map.get_mut("selectors") else { return true };
    mender.inside(Segment::Key("selectors".to_owned()), |mender| {
        if !mender.may_shrink() {
            return;
        }
        for (place, selector) in selectors.iter().enumerate().rev() {
            if dead.contains(&(at, place)) {
                let message = "the language of a part that is not there is left out";
                mender.inside(Segment::Index(place), |mender| {
                    mender.leave_out(&rule::SELECTOR, message, selector)
                });
            }
        }
        let mut places = 0..selectors.len();
        selectors.retain(|_| places.next().is_none_or(|place| !dead.contains(&(at, place))));
    });
    if selectors.is_empty() && shrinks {
        mender.leave_out(&rule::EMPTY_LIST, "a language of no part is left out", value);
        return false;
    }
    true
}

/// The published definition of TLP for an object that has its identifier and its level but not its text. An object that
/// carries markings itself is left, since the published one carries none.
pub(super) fn published(object: &Object<'_>, class: Class) -> Option<(Map<'static>, Vec<Change>)> {
    if class != Class::Marking || Tlp::of_definition(object).is_some() {
        return None;
    }
    let value = object.value();
    if value.contains_key("object_marking_refs") || value.contains_key("granular_markings") {
        return None;
    }
    let id = object.id()?;
    let level = Tlp::from_marking_id(id.as_str())?;
    let stated = [("definition", "tlp"), ("extensions", "tlp_2_0")].map(|(key, name)| {
        let inner = value.get(key)?.as_object()?;
        let inner = if key == "extensions" { inner.get(TLP_EXTENSION)?.as_object()? } else { inner };
        inner.get(name)
    });
    let mut levels = stated.into_iter().flatten().map(|text| text.as_str()?.parse::<Tlp>().ok());
    let first = levels.next()?;
    if first != Some(level) || levels.any(|other| other != first) {
        return None;
    }
    let published = definition(level, id.as_str())?;
    let mut changes = Vec::new();
    let message = "as in the published definition of this TLP marking";
    let keys: BTreeSet<&str> = value.keys().chain(published.keys()).collect();
    for key in keys {
        let (from, to) = (value.get(key), published.get(key));
        if from != to {
            changes.push(change(&[Segment::Key(key.to_owned())], &rule::TLP, message, from, to));
        }
    }
    Some((published, changes))
}

/// The published definition of this identifier, of either edition.
fn definition(level: Tlp, id: &str) -> Option<Map<'static>> {
    let short = if level == Tlp::Clear { "white" } else { level.short() };
    let first = format!(
        r#"{{"type":"marking-definition","spec_version":"2.1","id":"{id}","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"TLP:{}","definition":{{"tlp":"{short}"}}}}"#,
        short.to_ascii_uppercase()
    );
    [level.definition(), first].iter().find_map(|text| {
        let object = Object::from_value(parse(text.as_bytes(), &Limits::default()).ok()?).ok()?;
        let found = Tlp::of_definition(&object) == Some(level) && object.text("id") == Some(id);
        found.then(|| object.value().clone().into_owned())
    })
}

/// Types of which STIX 2.0 had the kinds in `labels`.
const LABELLED: [(&str, &str); 5] = [
    ("indicator", "indicator_types"),
    ("malware", "malware_types"),
    ("report", "report_types"),
    ("threat-actor", "threat_actor_types"),
    ("tool", "tool_types"),
];

/// Sets a missing `spec_version`, if the object is then one of STIX 2.1 and nothing in it is of STIX 2.0 only.
pub(super) fn versioned(
    value: Map<'static>,
    mut changes: Vec<Change>,
    registry: &Registry,
) -> (Map<'static>, Vec<Change>) {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    let labelled = LABELLED.iter().find(|(name, _)| *name == kind);
    let old = labelled.is_some_and(|(_, types)| value.contains_key("labels") && !value.contains_key(types))
        || (kind == "observed-data" && value.contains_key("objects"));
    if old || value.contains_key("spec_version") || !value.contains_key("created") {
        return (value, changes);
    }
    let (value, found) = judged(value, Validator::new(registry));
    let missing = found.iter().any(|found| found.code == rule::SPEC_VERSION_MISSING.code);
    let lenient = Validator::new(registry).profile(Profile::Lenient).least(Level::Error);
    let (mut value, found) = judged(value, lenient);
    if missing && is_valid(&found) {
        let to = Value::from("2.1");
        let steps = [Segment::Key("spec_version".to_owned())];
        let message = "the object is one of STIX 2.1 in everything else";
        changes.push(change(&steps, &rule::SPEC_VERSION_MISSING, message, None, Some(&to)));
        value.insert("spec_version", to);
    }
    (value, changes)
}
