//! Possibly the same: offered with reasons, decided by a person, undone, shown side by side; the records stay as they are.

use comity_app::model::stix::{Limits, Object, canon};
use comity_app::same::{self, Asking, Offers};
use comity_app::{AppError, Role, explain, ledger, search};
use comity_testkit::Node;
use serde_json::{Value, json};

use crate::two::{EXTENSION, NORTH, SOUTH, Two, example, governed, taken};

fn id(number: u32) -> String {
    format!("identity--00000000-0000-4000-8000-00000000a{number:03}")
}

/// A person with these names, the first primary, and a date of birth.
fn person(number: u32, names: &[(&str, &str)], born: &str) -> Value {
    let mut subject = example("subject");
    subject["id"] = id(number).into();
    subject["name"] = names[0].1.into();
    let entry = subject["extensions"][EXTENSION].as_object_mut().unwrap();
    for left in ["documents", "identifiers", "link"] {
        entry.remove(left);
    }
    entry["basis"] = json!({"whole": {"statement": "fact"}});
    entry["birth"] = json!({"date": born});
    entry["names"] = names
        .iter()
        .enumerate()
        .map(|(at, (script, value))| {
            let kind = if at == 0 { "primary" } else { "alias" };
            json!({"value": value, "script": script, "name_kind": kind})
        })
        .collect();
    subject
}

const LATIN: &[(&str, &str)] = &[("Latn", "EXERCISE Anvar Karimov")];
const CYRILLIC: &[(&str, &str)] = &[("Cyrl", "Анвар Каримов"), ("Latn", "EXERCISE two")];
const ARABIC: &[(&str, &str)] = &[("Arab", "أنور كريموف"), ("Latn", "EXERCISE three")];

/// North has a person in Latin letters, South sends the same in Cyrillic and Arabic ones, and another person.
fn three() -> Two {
    let two = Two::new();
    taken(two.north(), &governed(), &person(1, LATIN, "1987-05"));
    taken(two.south(), &governed(), &person(2, CYRILLIC, "1987"));
    taken(two.south(), &governed(), &person(3, ARABIC, "1987-05-03"));
    taken(two.south(), &governed(), &person(4, &[("Latn", "EXERCISE Bahrom Rahimov")], "1987"));
    taken(
        two.south(),
        &governed(),
        &person(5, &[("Latn", "Anvar Karimov"), ("Latn", "EXERCISE five")], "1990"),
    );
    assert_eq!(two.northward().received, 4);
    two
}

/// A comparison for the purpose for which the records are kept.
fn asking(record: &str) -> Asking<'_> {
    Asking { record, purpose: Some("border"), basis: Some("treaty"), ..Asking::default() }
}

fn offers(node: &Node, number: u32, all: bool) -> Offers {
    let record = id(number);
    let asking = Asking { all, ..asking(&record) };
    same::offers(&node.app, &node.operator(), &asking).unwrap()
}

fn offered(node: &Node, number: u32, all: bool) -> Vec<String> {
    let mut ids: Vec<String> = offers(node, number, all).offers.into_iter().map(|one| one.id).collect();
    ids.sort();
    ids
}

/// Bytes, digest and handling of every record.
fn everything(node: &Node) -> Vec<(String, Option<String>, String, String)> {
    let all = explain::records(&node.app, None).unwrap();
    all.iter()
        .map(|one| {
            let shown = explain::show(&node.app, &one.id).unwrap().remove(0);
            let bytes = shown.content.clone().unwrap();
            let object = Object::parse(bytes.as_bytes(), &Limits::default()).unwrap();
            let digest = canon::digest_of(object.value()).unwrap().to_string();
            (one.id.clone(), shown.content, digest, one.handling.clone())
        })
        .collect()
}

#[test]
fn spellings_in_three_scripts_are_offered_in_both_directions_with_reasons_and_no_score() {
    let two = three();
    let node = two.north();
    assert_eq!(offered(node, 1, false), [id(2), id(3)]);
    assert_eq!(offered(node, 2, false), [id(1), id(3)]);
    assert!(offered(node, 4, false).is_empty());
    let found = offers(node, 1, false);
    assert_eq!(found.compared, 4, "the person born in another year was compared, and is not offered");
    let reasons = &found.offers.iter().find(|one| one.id == id(2)).unwrap().reasons;
    assert!(reasons[0].contains("EXERCISE Anvar Karimov and Анвар Каримов"), "{reasons:?}");
    assert!(reasons[1].contains("can be one day"), "{reasons:?}");
    assert_eq!(found.offers[0].origin, SOUTH);
}

#[test]
fn one_passport_is_offered_whatever_the_names_and_dates_say_and_what_speaks_against_it_is_told() {
    let two = three();
    let with_passport = |mut object: Value, number: &str| {
        object["extensions"][EXTENSION]["documents"] =
            json!([{"document_kind": "passport", "number": number, "issued_by": "UZ"}]);
        object
    };
    let node = two.north();
    let one = person(6, &[("Latn", "EXERCISE Sobir Odinaev")], "1970");
    let other = person(7, &[("Latn", "EXERCISE Karim Nazarov")], "1980");
    taken(node, &governed(), &with_passport(one, "EX 000-0009"));
    taken(node, &governed(), &with_passport(other, "EX0000009"));
    let found = offers(node, 6, false).offers.remove(0);
    assert_eq!(found.id, id(7));
    assert!(found.reasons[0].contains("passport EX 000-0009 of UZ"), "{:?}", found.reasons);
    assert!(found.against[0].contains("cannot be one day"), "{:?}", found.against);
}

#[test]
fn a_decision_changes_no_byte_of_a_record_and_undoing_it_restores_the_offer() {
    let two = three();
    let node = two.north();
    let before = everything(node);
    let analyst = node.user("analyst", &[Role::Analyst]);
    let pair = (&*id(1), &*id(2));
    let decided = same::decide(&node.app, &analyst, pair, true, "EXERCISE: one photograph").unwrap();
    assert_eq!((decided.by.as_str(), decided.same), ("analyst", true));
    assert_eq!(everything(node), before);
    assert_eq!(offered(node, 1, false), [id(3)]);
    assert_eq!(offered(node, 1, true), [id(2), id(3)]);
    let told = same::of(&node.app, &id(2)).unwrap().remove(0);
    assert_eq!(
        (told.other, told.by.as_str(), told.reason.as_str()),
        (id(1), "analyst", "EXERCISE: one photograph")
    );
    let twice = same::decide(&node.app, &analyst, (pair.1, pair.0), false, "EXERCISE");
    assert!(matches!(twice, Err(AppError::Conflict(_))), "{twice:?}");

    let officer = node.operator();
    let undone = same::undo(&node.app, &officer, (pair.1, pair.0), "EXERCISE: two brothers").unwrap();
    assert!(undone.undone.unwrap().contains("operator"));
    assert_eq!(everything(node), before);
    assert_eq!(offered(node, 1, false), [id(2), id(3)]);
    assert_eq!(same::of(&node.app, &id(1)).unwrap().len(), 1, "what was undone is still told");
    let none = same::undo(&node.app, &officer, pair, "EXERCISE");
    assert!(matches!(none, Err(AppError::NotFound(_))), "{none:?}");
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_pair_that_was_rejected_is_not_offered_again() {
    let two = three();
    let node = two.north();
    same::decide(&node.app, &node.operator(), (&id(1), &id(3)), false, "EXERCISE: born elsewhere").unwrap();
    assert_eq!(offered(node, 1, false), [id(2)]);
    assert_eq!(offered(node, 3, false), [id(2)]);
    assert_eq!(offered(node, 1, true), [id(2), id(3)]);
}

#[test]
fn b3_a_merged_view_shows_every_statement_with_its_origin_and_whether_it_is_a_fact() {
    let two = three();
    let node = two.north();
    let before = everything(node);
    same::decide(&node.app, &node.operator(), (&id(1), &id(2)), true, "EXERCISE: one photograph").unwrap();
    let merged = same::merged(&node.app, &node.operator(), &asking(&id(2))).unwrap();
    assert_eq!(merged.records, [id(2), id(1)]);
    let births: Vec<(String, String)> = merged
        .statements
        .iter()
        .filter(|one| one.property == "birth")
        .map(|one| (one.origin.clone(), one.value.clone()))
        .collect();
    assert_eq!(births, [(SOUTH.into(), "date 1987".into()), (NORTH.into(), "date 1987-05".into())]);
    assert!(merged.statements.iter().all(|one| one.statement == "fact" && one.grade == "X4 (not graded)"));
    assert_eq!(merged.decisions[0].reason, "EXERCISE: one photograph");
    assert_eq!(everything(node), before);
}

#[test]
fn c4_comparing_takes_a_role_and_a_purpose_is_noted_and_tells_of_a_witness_only_that_there_is_a_record() {
    let two = three();
    let node = two.north();
    let mut witness = person(8, CYRILLIC, "1987");
    let entry = witness["extensions"][EXTENSION].as_object_mut().unwrap();
    entry.insert("category".into(), "witness".into());
    entry.retain(|key, _| !["places", "offences", "grounds"].contains(&key.as_str()));
    taken(node, &governed(), &witness);
    let keeper = node.user("keeper", &[Role::Administrator]);
    let record = id(1);
    let refused = same::offers(&node.app, &keeper, &asking(&record));
    assert!(matches!(refused, Err(AppError::Denied(_))), "{refused:?}");
    let aimless = Asking { purpose: None, ..asking(&record) };
    let refused = same::offers(&node.app, &node.operator(), &aimless);
    assert!(matches!(refused, Err(AppError::Invalid(_))), "{refused:?}");
    let noted = || {
        let auditor = node.user("auditor", &[Role::Auditor]);
        search::consultations(&node.app, &auditor).unwrap()
    };
    let found = offers(node, 1, false).offers.into_iter().find(|one| one.id == id(8)).unwrap();
    assert!(found.hit_only && found.name.is_empty() && found.reasons.is_empty(), "{found:?}");
    let noted = noted();
    assert_eq!((noted.len(), noted[0].purpose.as_str()), (1, "border"));
    assert!(noted[0].query.contains(&id(1)), "{noted:?}");
    same::decide(&node.app, &node.operator(), (&id(1), &id(8)), true, "EXERCISE: one photograph").unwrap();
    let merged = same::merged(&node.app, &node.operator(), &asking(&record)).unwrap();
    assert!(merged.statements.iter().all(|one| one.id != id(8)), "{merged:?}");
}

#[test]
fn only_persons_and_groups_are_compared_each_with_its_like() {
    let two = three();
    let node = two.north();
    let group = taken(node, &governed(), &example("group"));
    let site = taken(node, &governed(), &example("training-site"));
    assert!(matches!(same::offers(&node.app, &node.operator(), &asking(&site)), Err(AppError::Invalid(_))));
    for (a, b) in [(id(1), group.clone()), (id(1), id(1)), (group, site)] {
        let refused = same::decide(&node.app, &node.operator(), (&a, &b), true, "EXERCISE");
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{a} {b} {refused:?}");
    }
    let empty = same::decide(&node.app, &node.operator(), (&id(1), &id(2)), true, "  ");
    assert!(matches!(empty, Err(AppError::Invalid(_))), "a decision has a reason");
}
