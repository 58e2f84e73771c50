//! Markings of objects and of their parts, and marking definitions (STIX 2.1 clause 7.2).

use super::Judge;
use crate::id::Id;
use crate::json::{Map, Value};
use crate::marking::{Selector, Tlp, claims_tlp};
use crate::object::Object;
use crate::trail::Step;

/// `object_marking_refs` and `granular_markings`; that the former holds identifiers of marking definitions is part of
/// its shape.
pub(super) fn markings<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>) {
    if let (Some(own), Some(list)) =
        (object.text("id"), object.value().get("object_marking_refs").and_then(Value::as_array))
        && list.iter().any(|item| item.as_str() == Some(own))
    {
        judge.inside(Step::Key("object_marking_refs"), |judge| {
            judge.error("stix-marking-circle", "7.2.2", "a marking definition cannot mark itself");
        });
    }
    let Some(value) = object.value().get("granular_markings") else { return };
    judge.inside(Step::Key("granular_markings"), |judge| {
        let Value::Array(list) = value else {
            return judge.error("stix-list", "7.2.3", "`granular_markings` must be a list");
        };
        for (at, entry) in list.iter().enumerate() {
            judge.inside(Step::Index(at), |judge| match entry {
                Value::Object(entry) => granular(judge, object, entry),
                _ => judge.error("stix-dictionary", "7.2.3.1", "a granular marking must be a dictionary"),
            });
        }
    });
}

fn granular<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>, entry: &'v Map<'_>) {
    match (entry.get("lang"), entry.get("marking_ref")) {
        (Some(lang), None) => {
            if !lang.as_str().is_some_and(is_language) {
                judge.error(
                    "stix-language",
                    "7.2.3.1",
                    "`lang` must be a language tag such as \"en\" or \"zh-Hant\"",
                );
            }
        }
        (None, Some(marking)) => {
            let known = marking.as_str().and_then(|text| Id::parse(text).ok());
            match known {
                Some(id) if id.kind() == "marking-definition" => {}
                Some(_) => judge.error(
                    "stix-marking-type",
                    "7.2.3.1",
                    "`marking_ref` must name a marking definition",
                ),
                None => judge.error("stix-reference", "7.2.3.1", "`marking_ref` must be an identifier"),
            }
            if marking.as_str() == object.text("id") {
                judge.error("stix-marking-circle", "7.2.3", "a marking definition cannot mark itself");
            }
        }
        (Some(_), Some(_)) | (None, None) => {
            judge.error("stix-granular", "7.2.3.1", "exactly one of `lang` and `marking_ref` must be there");
        }
    }
    let Some(Value::Array(selectors)) = entry.get("selectors") else {
        return judge.error("stix-selectors", "7.2.3.1", "`selectors` must be a list of selectors");
    };
    judge.trail.push(Step::Key("selectors"));
    for (at, selector) in selectors.iter().enumerate() {
        judge.inside(Step::Index(at), |judge| match selector.as_str().map(Selector::parse) {
            None => judge.error("stix-selector", "7.2.3.1", "a selector must be a string"),
            Some(Err(error)) => judge.error("stix-selector", "7.2.3.1", error.to_string()),
            Some(Ok(selector)) if object.at(&selector).is_none() => {
                judge.error("stix-selector", "7.2.3.1", "the selector points to nothing in this object");
            }
            Some(Ok(_)) => {}
        });
    }
    judge.trail.pop();
}

/// The content of a marking definition (clause 7.2.1).
pub(super) fn definition<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>) {
    let value = object.value();
    let declared = object.text("definition_type");
    if !value.contains_key("extensions") {
        for name in ["definition_type", "definition"] {
            if !value.contains_key(name) {
                let message = format!("`{name}` is required unless an extension gives the content");
                judge.error("stix-required", "7.2.1.1", message);
            }
        }
    }
    if declared == Some("statement")
        && let Some(Value::Object(content)) = value.get("definition")
        && content.get("statement").and_then(Value::as_str).is_none()
    {
        judge.error("stix-required", "7.2.1.3", "a statement marking needs the string `statement`");
    }
    if !claims_tlp(object) || Tlp::of_definition(object).is_some() {
        return;
    }
    let only_id = declared != Some("tlp")
        && !value
            .get("extensions")
            .and_then(Value::as_object)
            .is_some_and(|map| map.contains_key(crate::marking::TLP_EXTENSION));
    let message = "this claims to be a TLP marking but is not the published object; use the published one";
    if only_id {
        judge.warning("stix-tlp", "7.2.1.4", message);
    } else {
        judge.error("stix-tlp", "7.2.1.4", message);
    }
}

/// The outer form of a language tag of RFC 5646: parts of 1 to 8 letters and digits, the first of letters only.
pub(super) fn is_language(text: &str) -> bool {
    text.split('-').enumerate().all(|(at, part)| {
        (1..=8).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && (at > 0 || part.bytes().all(|byte| byte.is_ascii_alphabetic()))
    })
}
