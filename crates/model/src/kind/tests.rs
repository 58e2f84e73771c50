//! Each kind from its JSON form to a STIX object and back, and every refusal, named after the row of the requirements.

mod council;
mod procedures;
mod refusals;
mod schemas;

use super::*;
use crate::stix::{Limits, Object, Registry, Value, json, validate};

/// One full example of every kind: each property is there at least once.
pub(super) const EXAMPLES: &str = include_str!("tests/examples.json");

pub(super) fn example(word: &str) -> serde_json::Value {
    let all: Vec<serde_json::Value> = serde_json::from_str(EXAMPLES).unwrap();
    all.into_iter().find(|one| one["kind"] == word).unwrap()
}

pub(super) fn kind(value: &serde_json::Value) -> Kind {
    Kind::from_json(&value.to_string()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

pub(super) fn codes(faults: &[Fault]) -> Vec<(&str, &str)> {
    faults.iter().map(|fault| (fault.rule, fault.code)).collect()
}

fn context(kind: &Kind, number: usize) -> Context {
    Context {
        id: format!("{}--00000000-0000-4000-8000-0000000001{number:02}", kind.stix_type()).parse().unwrap(),
        created: "2026-11-01T10:00:00.000Z".parse().unwrap(),
        modified: "2026-11-02T10:00:00.000Z".parse().unwrap(),
        created_by: "identity--00000000-0000-4000-8000-000000000001".parse().unwrap(),
        markings: vec!["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb".parse().unwrap()],
        language: Some("en".into()),
    }
}

fn written(kind: &Kind, number: usize) -> String {
    let object = kind.write(&context(kind, number)).unwrap_or_else(|faults| panic!("{faults:#?}"));
    serde_json::to_string_pretty(&object).unwrap()
}

pub(super) fn every_kind() -> Vec<Kind> {
    let all: Vec<serde_json::Value> = serde_json::from_str(EXAMPLES).unwrap();
    all.iter().map(kind).collect()
}

#[test]
fn every_kind_has_an_example_and_each_passes() {
    let words: Vec<_> = every_kind().iter().map(Kind::word).collect();
    assert_eq!(words, Kind::words().collect::<Vec<_>>());
    for kind in every_kind() {
        assert_eq!(kind.check(), [], "{}", kind.word());
    }
}

#[test]
fn every_kind_becomes_a_valid_object_and_comes_back_the_same() {
    for (number, kind) in every_kind().iter().enumerate() {
        let text = written(kind, number);
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        let findings = validate(&object, &Registry::standard());
        // The standard advises against relationships of one's own, and lets them be.
        let met: Vec<_> = findings.iter().filter(|found| found.code != "relationship-undefined").collect();
        assert!(met.is_empty(), "{} {met:#?}", kind.word());
        assert_eq!(object.kind(), kind.stix_type());
        assert!(object.name().is_some() || kind.word() == "relation");
        assert_eq!(Kind::read(&object), Ok(Some(kind.clone())));
    }
}

/// The bundle that other implementations were asked about; it is compared so that their answers stay true.
#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 asks this test to rewrite the file")]
fn the_published_examples_are_what_is_written() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/kinds/examples.json");
    let extension: serde_json::Value = serde_json::from_str(EXTENSION_BUNDLE).unwrap();
    let mut bundle = extension.clone();
    bundle["id"] = "bundle--00000000-0000-4000-8000-000000000100".into();
    let objects = bundle["objects"].as_array_mut().unwrap();
    for (number, kind) in every_kind().iter().enumerate() {
        objects.push(serde_json::from_str(&written(kind, number)).unwrap());
    }
    let made = serde_json::to_string_pretty(&bundle).unwrap() + "\n";
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &made).unwrap();
    }
    // By value: how serde_json orders keys depends on what else is built.
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(
        kept == bundle,
        "{} is stale: run `UPDATE=1 cargo test -p comity-model examples`",
        path.display()
    );
}

#[test]
fn the_extension_definition_is_valid_and_has_the_identifier_that_is_written() {
    let bundle: serde_json::Value = serde_json::from_str(EXTENSION_BUNDLE).unwrap();
    for object in bundle["objects"].as_array().unwrap() {
        let text = object.to_string();
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(validate(&object, &Registry::standard()), [], "{text}");
    }
    assert_eq!(bundle["objects"][1]["id"], EXTENSION_ID);
}

#[test]
fn an_object_of_others_is_of_no_kind() {
    let text = br#"{"type":"identity","id":"identity--00000000-0000-4000-8000-000000000001","name":"EXERCISE","x_religion":"-"}"#;
    assert_eq!(Kind::read(&Object::parse(text, &Limits::default()).unwrap()), Ok(None));
}

fn read_changed(word: &str, change: impl FnOnce(&mut serde_json::Value)) -> Vec<Fault> {
    let mut object: serde_json::Value = serde_json::from_str(&written(&kind(&example(word)), 1)).unwrap();
    change(&mut object);
    let text = object.to_string();
    Kind::read(&Object::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap_err()
}

#[test]
fn what_other_programs_show_is_what_the_kind_says() {
    assert_eq!(
        codes(&read_changed("subject", |o| o["name"] = "EXERCISE other".into())),
        [("form", "name-differs")]
    );
    assert_eq!(
        codes(&read_changed("subject", |o| o["identity_class"] = "group".into())),
        [("form", "identity-class")]
    );
    assert_eq!(codes(&read_changed("attack", |o| o["type"] = "campaign".into())), [("form", "kind-type")]);
    assert_eq!(
        codes(&read_changed("journey", |o| drop(o.as_object_mut().unwrap().remove("extensions")))),
        [("form", "extension-missing")]
    );
    let seen = |o: &mut serde_json::Value| o["first_seen"] = "2026-01-01T00:00:00Z".into();
    assert_eq!(codes(&read_changed("plan", seen)), [("form", "plan-seen")]);
    let named = read_changed("group", |o| o["extensions"][EXTENSION_ID]["colour"] = "red".into());
    assert_eq!(codes(&named), [("form", "form")]);
    assert!(named[0].message.contains("colour"), "{named:?}");
}

#[test]
fn nothing_is_said_in_two_places() {
    let entry = |key: &'static str| {
        move |o: &mut serde_json::Value| o["extensions"][EXTENSION_ID][key] = "EXERCISE".into()
    };
    for (word, key) in
        [("attack", "title"), ("group", "summary"), ("plan", "objective"), ("relation", "relationship_type")]
    {
        assert_eq!(codes(&read_changed(word, entry(key))), [("form", "property-place")], "{word} {key}");
    }
    assert_eq!(
        codes(&read_changed("payment", |o| o["title"] = "EXERCISE".into())),
        [("form", "property-place")]
    );
    assert_eq!(codes(&read_changed("journey", |o| o["objective"] = "EXERCISE".into())), [("form", "form")]);
    assert_eq!(codes(&read_changed("account", entry("institution"))), [("form", "property-place")]);
    let kind_of =
        |o: &mut serde_json::Value| o["extensions"][EXTENSION_ID]["extension_type"] = "new-sdo".into();
    assert_eq!(codes(&read_changed("attack", kind_of)), [("form", "extension-type")]);
}

#[test]
fn an_identifier_of_another_type_is_refused() {
    let attack = kind(&example("attack"));
    let context = Context {
        id: "campaign--00000000-0000-4000-8000-000000000001".parse().unwrap(),
        ..context(&attack, 1)
    };
    assert_eq!(codes(&attack.write(&context).unwrap_err()), [("form", "id-type")]);
}

#[test]
fn every_kind_but_those_about_persons_and_money_is_shared_without_a_person() {
    for kind in every_kind() {
        let expected = matches!(kind.word(), "subject" | "account" | "payment" | "relation");
        assert_eq!(kind.is_personal(), expected, "{}", kind.word());
    }
    let mut group_only = example("relation");
    group_only["concerns_person"] = false.into();
    assert!(!kind(&group_only).is_personal());
}

#[test]
fn a_former_name_is_found_in_its_time() {
    let Kind::Group(group) = kind(&example("group")) else { unreachable!() };
    let former = group.names.iter().find(|name| name.name_kind == NameKind::Former).unwrap();
    assert_eq!(former.in_use(&"2013-10".parse().unwrap()), Answer::Yes);
    assert_eq!(former.in_use(&"2015".parse().unwrap()), Answer::No);
    assert_eq!(former.in_use(&"2014-06".parse().unwrap()), Answer::CannotBeSaid);
}

#[test]
fn documents_and_identifiers_have_their_strength() {
    let Kind::Subject(subject) = kind(&example("subject")) else { unreachable!() };
    assert_eq!(subject.documents[0].strength(), Strength::Strong);
    let strengths: Vec<_> = subject.identifiers.iter().map(Identifier::strength).collect();
    assert_eq!(strengths, [Strength::Medium, Strength::Weak]);
    assert!(Strength::Strong > Strength::Medium && Strength::Medium > Strength::Weak);
}

#[test]
fn properties_keep_their_values_in_json() {
    for kind in every_kind() {
        let text = serde_json::to_string(&kind).unwrap();
        assert_eq!(Kind::from_json(&text), Ok(kind));
        assert!(matches!(json::parse(text.as_bytes(), &Limits::default()), Ok(Value::Object(_))));
    }
}

/// Every place in a value, inner ones included.
fn places(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, inner) in map {
                places(inner, &format!("{path}/{key}"), found);
            }
        }
        serde_json::Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                places(inner, &format!("{path}/{at}"), found);
            }
        }
        _ => {}
    }
    found.push(path.to_owned());
}

#[test]
fn whatever_stands_in_a_record_it_is_refused_or_becomes_a_valid_object() {
    let hostile = serde_json::json!([
        null, true, "", " ", "\u{0}", "x", "EXERCISE", "2026-02-30", "9999", "-9999", -1, 0, 4294967296u64, 1e308, -0.0,
        [], [[]], {}, {"kind": "group"}, "identity--00000000-0000-4000-8000-000000000199", "names.[0]", "..", "\u{202E}"
    ]);
    let (mut passed, mut refused) = (0, 0);
    for example in serde_json::from_str::<Vec<serde_json::Value>>(EXAMPLES).unwrap() {
        let mut all = Vec::new();
        places(&example, "", &mut all);
        for (place, value) in
            all.iter().flat_map(|place| hostile.as_array().unwrap().iter().map(move |value| (place, value)))
        {
            let mut changed = example.clone();
            *changed.pointer_mut(place).unwrap() = value.clone();
            let Ok(kind) = Kind::from_json(&changed.to_string()) else {
                refused += 1;
                continue;
            };
            let Ok(object) = kind.write(&context(&kind, 1)) else {
                assert_ne!(kind.check(), [], "{place} {value}");
                refused += 1;
                continue;
            };
            let text = serde_json::to_string(&object).unwrap();
            let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
            let findings = validate(&object, &Registry::standard());
            assert!(crate::stix::is_valid(&findings), "{place} {value} {findings:#?}");
            assert_eq!(Kind::read(&object), Ok(Some(kind)), "{place} {value}");
            passed += 1;
        }
    }
    assert!(passed > 500 && refused > 5_000, "{passed} {refused}");
}
