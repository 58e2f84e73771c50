//! The published JSON schemas say what the types say. The walker knows the keywords that they use for shape; the
//! conditions among properties are kept by the tests of refusals.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{EXAMPLES, every_kind};
use crate::kind::*;
use crate::{Category, neutral};

const FILES: [(&str, &str); 29] = [
    ("subject.json", include_str!("../../../../../schema/kinds/subject.json")),
    ("group.json", include_str!("../../../../../schema/kinds/group.json")),
    ("plan.json", include_str!("../../../../../schema/kinds/plan.json")),
    ("training-site.json", include_str!("../../../../../schema/kinds/training-site.json")),
    ("border-event.json", include_str!("../../../../../schema/kinds/border-event.json")),
    ("attack.json", include_str!("../../../../../schema/kinds/attack.json")),
    ("find.json", include_str!("../../../../../schema/kinds/find.json")),
    ("channel.json", include_str!("../../../../../schema/kinds/channel.json")),
    ("journey.json", include_str!("../../../../../schema/kinds/journey.json")),
    ("account.json", include_str!("../../../../../schema/kinds/account.json")),
    ("payment.json", include_str!("../../../../../schema/kinds/payment.json")),
    ("relation.json", include_str!("../../../../../schema/kinds/relation.json")),
    ("body.json", include_str!("../../../../../schema/kinds/body.json")),
    ("session.json", include_str!("../../../../../schema/kinds/session.json")),
    ("agenda-item.json", include_str!("../../../../../schema/kinds/agenda-item.json")),
    ("document.json", include_str!("../../../../../schema/kinds/document.json")),
    ("decision.json", include_str!("../../../../../schema/kinds/decision.json")),
    ("measure.json", include_str!("../../../../../schema/kinds/measure.json")),
    ("programme.json", include_str!("../../../../../schema/kinds/programme.json")),
    ("report.json", include_str!("../../../../../schema/kinds/report.json")),
    ("claim.json", include_str!("../../../../../schema/kinds/claim.json")),
    ("conflict-set.json", include_str!("../../../../../schema/kinds/conflict-set.json")),
    ("position.json", include_str!("../../../../../schema/kinds/position.json")),
    ("figure.json", include_str!("../../../../../schema/kinds/figure.json")),
    ("outcome.json", include_str!("../../../../../schema/kinds/outcome.json")),
    ("parts.json", include_str!("../../../../../schema/kinds/parts.json")),
    ("kinds.json", include_str!("../../../../../schema/kinds/kinds.json")),
    ("vocabulary.json", include_str!("../../../../../schema/kinds/vocabulary.json")),
    ("criteria.json", include_str!("../../../../../schema/kinds/criteria.json")),
];

fn files() -> BTreeMap<&'static str, Value> {
    FILES.into_iter().map(|(name, text)| (name, serde_json::from_str(text).unwrap())).collect()
}

struct Walker {
    files: BTreeMap<&'static str, Value>,
    met: BTreeSet<String>,
}

impl Walker {
    /// Compares a value with the schema at `place` of `file`, and notes the properties met.
    fn walk(&mut self, file: &str, place: &str, value: &Value) {
        let schema = self.files[file].pointer(place).unwrap_or_else(|| panic!("{file}#{place}")).clone();
        if let Some(target) = schema["$ref"].as_str() {
            let (other, place) = target.split_once('#').unwrap();
            let other = if other.is_empty() { file } else { other };
            return self.walk(other, place, value);
        }
        if let Some(words) = schema["enum"].as_array() {
            assert!(words.contains(value), "{file}#{place}: {value}");
        }
        if schema.get("const").is_some() {
            assert_eq!(&schema["const"], value, "{file}#{place}");
        }
        if schema["type"] == "object" {
            assert_eq!(schema["additionalProperties"], false, "{file}#{place}");
            let (object, properties) =
                (value.as_object().unwrap(), schema["properties"].as_object().unwrap());
            for name in schema["required"].as_array().unwrap() {
                assert!(object.contains_key(name.as_str().unwrap()), "{file}#{place} lacks {name}");
            }
            for (key, inner) in object {
                assert!(properties.contains_key(key), "{file}#{place} has no {key}");
                let here = format!("{place}/properties/{key}");
                self.met.insert(format!("{file}#{here}"));
                self.walk(file, &here, inner);
            }
        }
        if schema["type"] == "array" {
            for entry in value.as_array().unwrap() {
                self.walk(file, &format!("{place}/items"), entry);
            }
        }
    }
}

/// Every place of a schema at which a property is declared.
fn declared(file: &str, place: &str, schema: &Value, found: &mut BTreeSet<String>) {
    let Some(map) = schema.as_object() else { return };
    if schema["type"] == "object" {
        for (key, inner) in schema["properties"].as_object().unwrap() {
            let here = format!("{place}/properties/{key}");
            found.insert(format!("{file}#{here}"));
            declared(file, &here, inner, found);
        }
    }
    if let Some(defs) = map.get("$defs").and_then(Value::as_object) {
        for (name, inner) in defs {
            declared(file, &format!("{place}/$defs/{name}"), inner, found);
        }
    }
}

#[test]
fn the_schemas_have_the_properties_of_the_types_and_no_others() {
    let mut walker = Walker { files: files(), met: BTreeSet::new() };
    // What the types write, with everything that the examples leave out added by default.
    for kind in every_kind() {
        let value = serde_json::to_value(&kind).unwrap();
        walker.walk(&format!("{}.json", kind.word()), "", &value);
    }
    let mut all = BTreeSet::new();
    for (name, schema) in files() {
        if !matches!(name, "vocabulary.json" | "criteria.json") {
            declared(name, "", &schema, &mut all);
        }
    }
    let vocabulary = |place: &&String| place.contains("/Adoption/") || place.contains("/Wording/");
    let never: Vec<_> = all.difference(&walker.met).filter(|place| !vocabulary(place)).collect();
    // A suspect cannot show what only a victim or witness has, nor a number the words that stand in place of one,
    // nor a figure that names its records be kept back,
    // nor a message what only a journal has: `tests/procedures.rs` walks one.
    assert_eq!(
        never,
        [
            "claim.json#/$defs/Quantity/properties/in_words",
            "document.json#/$defs/JournalEntry/properties/decision_ref",
            "document.json#/$defs/JournalEntry/properties/document_refs",
            "document.json#/$defs/JournalEntry/properties/entry_number",
            "document.json#/$defs/JournalEntry/properties/item_ref",
            "document.json#/$defs/JournalEntry/properties/spoken",
            "document.json#/$defs/JournalEntry/properties/words",
            "document.json#/properties/approved_refs",
            "document.json#/properties/document_state",
            "document.json#/properties/entries",
            "figure.json#/properties/suppressed",
            "subject.json#/properties/event_ref"
        ]
    );
    assert!(serde_json::from_str::<Vec<Value>>(EXAMPLES).unwrap().len() == 25);
}

#[test]
fn vocabularies_and_criteria_have_their_schemas() {
    let mut walker = Walker { files: files(), met: BTreeSet::new() };
    let wording = serde_json::json!({"language": "en", "text": "EXERCISE", "translated_by": "EXERCISE"});
    let head = serde_json::json!({"name": "exercise", "version": 2, "replaces": 1,
        "adopted": {"body": "EXERCISE", "number": "1", "date": "2026"}});
    let (mut vocabulary, mut criteria) = (head.clone(), head);
    vocabulary["terms"] =
        serde_json::json!([{"code": "one", "labels": [wording.clone()], "definitions": [wording.clone()]}]);
    criteria["criteria"] = serde_json::json!([{"code": "one", "act": [wording]}]);
    walker.walk("vocabulary.json", "", &vocabulary);
    walker.walk("criteria.json", "", &criteria);
    let read = crate::vocabulary::Vocabulary::from_json(&vocabulary.to_string()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), vocabulary);
    let read = crate::vocabulary::Criteria::from_json(&criteria.to_string()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), criteria);
}

/// Every word of an enumeration is one of the type's, and there are as many.
fn words<T: DeserializeOwned>(file: &str, name: &str, count: usize) {
    let all = files()[file]["$defs"][name]["enum"].as_array().unwrap().clone();
    assert_eq!(all.len(), count, "{file} {name}");
    for word in all {
        assert!(serde_json::from_value::<T>(word.clone()).is_ok(), "{file} {name} {word}");
    }
}

#[test]
fn the_words_of_the_schemas_are_those_of_the_types() {
    words::<NameKind>("parts.json", "NameKind", 7);
    words::<Precision>("parts.json", "Precision", 3);
    words::<Statement>("parts.json", "Statement", 2);
    words::<Likelihood>("parts.json", "Likelihood", Likelihood::ALL.len());
    words::<Confidence>("parts.json", "Confidence", 3);
    words::<Collected>("parts.json", "Collected", 7);
    words::<Bound>("parts.json", "Bound", 6);
    words::<council::Known>("parts.json", "Known", 4);
    words::<Category>("subject.json", "Category", 7);
    words::<StayKind>("subject.json", "StayKind", 4);
    words::<DocumentKind>("subject.json", "DocumentKind", 6);
    words::<IdentifierKind>("subject.json", "IdentifierKind", 6);
    words::<LinkKind>("subject.json", "LinkKind", 4);
    words::<HarmKind>("attack.json", "HarmKind", 4);
    words::<ItemClass>("find.json", "ItemClass", 6);
    words::<ChannelForm>("channel.json", "ChannelForm", 6);
    words::<Means>("journey.json", "Means", 5);
    words::<AccountForm>("account.json", "AccountForm", 5);
    words::<RelationKind>("relation.json", "RelationKind", 13);
    words::<council::BodyForm>("body.json", "BodyForm", 4);
    words::<council::SessionStatus>("session.json", "SessionStatus", 6);
    words::<council::InvitedAs>("session.json", "InvitedAs", 2);
    words::<council::DocumentState>("document.json", "DocumentState", 3);
    words::<council::DocumentType>("document.json", "DocumentType", 4);
    words::<council::DecisionStatus>("decision.json", "DecisionStatus", 5);
    words::<council::Procedure>("decision.json", "Procedure", 2);
    words::<council::MeasureStatus>("measure.json", "MeasureStatus", 7);
    words::<council::ProgrammeStatus>("programme.json", "ProgrammeStatus", 4);
    words::<council::ReportStatus>("report.json", "ReportStatus", 2);
    words::<council::Provided>("report.json", "Provided", 2);
    words::<council::Reported>("claim.json", "Reported", 2);
    words::<council::ClaimForm>("claim.json", "ClaimForm", 15);
    words::<council::Certainty>("claim.json", "Certainty", 2);
    words::<council::Mark>("claim.json", "Mark", 8);
    words::<council::Difference>("conflict-set.json", "Difference", 7);
    words::<council::Stance>("position.json", "Stance", 6);
    words::<council::Counted>("figure.json", "Counted", 4);
    words::<council::Why>("figure.json", "Why", 8);
    words::<council::OutcomeResult>("outcome.json", "OutcomeResult", council::OutcomeResult::ALL.len());
}

#[test]
fn b2_the_schema_of_a_person_forbids_what_the_category_does_not_allow() {
    let schema = &files()["subject.json"];
    for category in schema["$defs"]["Category"]["enum"].as_array().unwrap() {
        let rules = schema["allOf"].as_array().unwrap().iter();
        let holds = rules.filter(|rule| {
            rule["if"]["properties"]["category"]["enum"].as_array().unwrap().contains(category)
        });
        let forbidden: BTreeSet<String> =
            holds.flat_map(|rule| rule["then"]["properties"].as_object().unwrap().keys().cloned()).collect();
        let typed: Category = serde_json::from_value(category.clone()).unwrap();
        let fields = Field::ALL.into_iter().filter(|field| !field.is_allowed(typed));
        assert_eq!(forbidden, fields.map(|field| field.name().to_owned()).collect(), "{category}");
    }
}

/// Names of properties and definitions and words of enumerations, at any depth.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if matches!(key.as_str(), "properties" | "$defs") {
                    found.extend(inner.as_object().unwrap().keys().cloned());
                }
                if matches!(key.as_str(), "enum" | "const" | "title") {
                    let listed = inner.as_array().cloned().unwrap_or_else(|| vec![inner.clone()]);
                    found.extend(listed.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                names(inner, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| names(inner, found)),
        _ => {}
    }
}

#[test]
fn c1_no_schema_has_a_name_for_a_special_category_and_none_judges() {
    let mut all = Vec::new();
    for schema in files().values() {
        names(schema, &mut all);
    }
    assert!(all.len() > 200 && all.iter().any(|name| name == "states_nationality"));
    for name in all {
        assert!(!is_special(&name), "{name}");
        assert!(name == "states_nationality" || !name.contains("national"), "{name}");
        let spaced = name.replace(['_', '-'], " ");
        assert!(neutral::judging(&spaced).is_empty(), "{name}");
        assert!(neutral::communities(&spaced).is_empty(), "{name}");
    }
}
