//! Markings of objects and of their parts, marking definitions, and languages (STIX 2.1 clauses 7.1 and 7.2).

use super::Judge;
use crate::id::Id;
use crate::json::{Map, Value};
use crate::language::is_language;
use crate::marking::{Selector, TLP_EXTENSION, Tlp, claims_tlp};
use crate::object::Object;
use crate::rule;
use crate::trail::Step;

const TAG: &str = "the language must be a tag such as \"en\" or \"zh-Hant\"";

/// `object_marking_refs`, `granular_markings` and `lang`; that the first holds identifiers of marking definitions is
/// part of its shape.
pub(super) fn markings<'v>(judge: &mut Judge<'v>, object: &'v Object<'_>) {
    if let (Some(own), Some(list)) =
        (object.text("id"), object.value().get("object_marking_refs").and_then(Value::as_array))
        && list.iter().any(|item| item.as_str() == Some(own))
    {
        judge.inside(Step::Key("object_marking_refs"), |judge| {
            judge.report(&rule::MARKING_CIRCLE, "a marking definition cannot mark itself");
        });
    }
    if object.text("lang").is_some_and(|lang| !is_language(lang)) {
        judge.inside(Step::Key("lang"), |judge| judge.report(&rule::LANGUAGE, TAG));
    }
    granular_markings(judge, object.value());
}

/// The markings of parts of `object`, which may be contained in another (clause 7.2.3).
pub(super) fn granular_markings<'v>(judge: &mut Judge<'v>, object: &'v Map<'_>) {
    let Some(value) = object.get("granular_markings") else { return };
    judge.inside(Step::Key("granular_markings"), |judge| {
        let Value::Array(list) = value else {
            return judge.report_in(&rule::LIST, "7.2.3", "`granular_markings` must be a list");
        };
        for (at, entry) in list.iter().enumerate() {
            judge.inside(Step::Index(at), |judge| match entry {
                Value::Object(entry) => granular(judge, object, entry),
                _ => judge.report_in(&rule::DICTIONARY, "7.2.3.1", "a granular marking must be a dictionary"),
            });
        }
    });
}

fn granular<'v>(judge: &mut Judge<'v>, object: &'v Map<'_>, entry: &'v Map<'_>) {
    match (entry.get("lang"), entry.get("marking_ref")) {
        (Some(lang), None) => {
            if !lang.as_str().is_some_and(is_language) {
                judge.inside(Step::Key("lang"), |judge| judge.report_in(&rule::LANGUAGE, "7.2.3.1", TAG));
            }
        }
        (None, Some(marking)) => judge.inside(Step::Key("marking_ref"), |judge| {
            match marking.as_str().map(Id::parse) {
                Some(Ok(id)) if id.kind() == "marking-definition" => {}
                Some(Ok(_)) => {
                    judge.report(&rule::MARKING_TYPE, "`marking_ref` must name a marking definition")
                }
                _ => judge.report_in(&rule::REFERENCE, "7.2.3.1", "`marking_ref` must be an identifier"),
            }
            if marking.as_str().is_some() && marking.as_str() == object.get("id").and_then(Value::as_str) {
                judge.report_in(&rule::MARKING_CIRCLE, "7.2.3", "a marking definition cannot mark itself");
            }
        }),
        (Some(_), Some(_)) | (None, None) => {
            judge.report(&rule::GRANULAR, "exactly one of `lang` and `marking_ref` must be there");
        }
    }
    let Some(Value::Array(selectors)) = entry.get("selectors") else {
        return judge.report(&rule::SELECTORS, "`selectors` must be a list of selectors");
    };
    judge.trail.push(Step::Key("selectors"));
    for (at, selector) in selectors.iter().enumerate() {
        judge.inside(Step::Index(at), |judge| match selector.as_str().map(Selector::parse) {
            None => judge.report(&rule::SELECTOR, "a selector must be a string"),
            Some(Err(error)) => judge.report(&rule::SELECTOR, error),
            Some(Ok(selector)) if selector.find(object).is_none() => {
                judge.report(&rule::SELECTOR, "the selector points to nothing in this object");
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
                let message = format_args!("`{name}` is required unless an extension gives the content");
                judge.report(&rule::MARKING_DEFINITION, message);
            }
        }
    }
    match declared {
        Some("statement") => statement(judge, value),
        Some("tlp") | None => {}
        Some(_) => judge.inside(Step::Key("definition_type"), |judge| {
            let message = "the standard defines `statement` and `tlp`; define other kinds by an extension";
            judge.report(&rule::MARKING_DEFINITION_TYPE, message);
        }),
    }
    if !claims_tlp(object) || Tlp::of_definition(object).is_some() {
        return;
    }
    let by_content = declared == Some("tlp")
        || value
            .get("extensions")
            .and_then(Value::as_object)
            .is_some_and(|map| map.contains_key(TLP_EXTENSION));
    if by_content {
        let message =
            "this claims to be a TLP marking but is not the published object; use the published one";
        judge.report(&rule::TLP, message);
    } else {
        let message =
            "the identifier is that of a published TLP marking, the content is another; use a new one";
        judge.report(&rule::TLP_ID, message);
    }
}

fn statement<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let Some(Value::Object(content)) = value.get("definition") else { return };
    if content.get("statement").and_then(Value::as_str).is_none() {
        judge.inside(Step::Key("definition"), |judge| {
            let message = "a statement marking needs the string `statement`";
            judge.report_in(&rule::MARKING_DEFINITION, "7.2.1.3", message);
        });
    }
}

/// The translations of a language content object (clause 7.1).
pub(super) fn language_content<'v>(judge: &mut Judge<'v>, value: &'v Map<'_>) {
    let Some(Value::Object(contents)) = value.get("contents") else { return };
    judge.trail.push(Step::Key("contents"));
    for (language, translated) in contents.iter() {
        judge.inside(Step::Key(language), |judge| {
            if !is_language(language) {
                judge.report_in(
                    &rule::LANGUAGE,
                    "7.1",
                    "keys of `contents` are language tags such as \"en\"",
                );
            }
            let Value::Object(translated) = translated else {
                return judge.report(&rule::CONTENTS, "the contents of a language must be a dictionary");
            };
            for name in translated.keys() {
                if !is_property_name(name) {
                    judge.inside(Step::Key(name), |judge| {
                        judge.report(&rule::CONTENTS_NAME, "this is no name of a property");
                    });
                }
            }
        });
    }
    judge.trail.pop();
}

fn is_property_name(name: &str) -> bool {
    (3..=250).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
