//! A source that must stay anonymous (D7), and what readers are told of their duties.

use comity_app::handling::{self, Change};
use comity_app::model::{Duty, Flag, HandlingCode, Iep, Pap, Stated};
use comity_app::stix::Tlp;
use comity_app::{AppError, explain, sheet};
use serde_json::{Value, json};

use crate::paper::{self, at};
use crate::two::{self, SOUTH, Two};

const STRANGER: &str = "identity--00000000-0000-4000-8000-000000000777";

fn note(number: u32) -> Value {
    serde_json::from_str(&paper::note(number, 1, "what somebody saw", None)).unwrap()
}

/// Imports one object with this flag and answers why it was refused.
fn refusal(two: &Two, flag: Flag, object: &Value) -> Option<String> {
    let stated = Stated { flags: [flag].into(), ..two::governed().stated };
    let input = comity_app::import::Input { stated, ..two::governed() };
    two::put(two.north(), &input, object).rejected.first().map(|one| one.reason.clone())
}

#[test]
fn d7_what_would_name_an_anonymous_source_is_refused_with_its_path_and_nothing_is_stored() {
    let two = Two::new();
    let url = json!([{"source_name": "EXERCISE gazette", "url": "https://example.invalid/1"}]);
    let seen = json!({"text": "EXERCISE words", "said_by": "EXERCISE speaker"});
    let mut words = two::example("subject");
    words["created_by_ref"] = json!(two.north().member().as_str());
    words["extensions"][two::EXTENSION]["basis"]["said"] = json!([seen]);
    let with = |number: u32, property: &str, value: Value| {
        let mut object = note(number);
        object[property] = value;
        object
    };
    let said = format!("extensions.{}.basis.said.[0].said_by", two::EXTENSION);
    for (path, object) in [
        ("external_references", with(1, "external_references", url)),
        ("authors", with(2, "authors", json!(["EXERCISE author"]))),
        ("created_by_ref", with(3, "created_by_ref", json!(STRANGER))),
        (&said, words),
    ] {
        assert_eq!(refusal(&two, Flag::Neutrality, &object), None, "{path}: without the flag it is taken");
        let mut next = object.clone();
        next["modified"] = json!("2027-02-01T00:00:00.000Z");
        let reason = refusal(&two, Flag::AnonymousSource, &next).expect(path);
        assert!(reason.starts_with(&format!("{path}: ")) && reason.contains("comity note"), "{reason}");
        let held = explain::show(&two.north().app, object["id"].as_str().unwrap()).unwrap();
        assert_eq!(held.len(), 1, "{path}: nothing of the new version is stored");
    }
    let own = with(4, "created_by_ref", json!(two.north().member().as_str()));
    assert_eq!(refusal(&two, Flag::AnonymousSource, &own), None, "its originator may stand there");
}

#[test]
fn d7_a_record_that_names_a_source_cannot_be_put_under_the_flag_later() {
    let two = Two::new();
    let mut object = note(1);
    object["authors"] = json!(["EXERCISE author"]);
    let id = two::taken(two.north(), &two::governed(), &object);
    let change = Change { flags: (vec!["anonymous-source".into()], vec![]), ..Change::default() };
    let answer = handling::change(&two.north().app, &two.north().operator(), &id, &change);
    assert!(matches!(&answer, Err(AppError::Conflict(why)) if why.starts_with("authors: ")), "{answer:?}");
    let other = two::taken(two.north(), &two::governed(), &note(2));
    handling::change(&two.north().app, &two.north().operator(), &other, &change).unwrap();
}

#[test]
fn d2_the_duties_of_readers_are_the_same_sentences_in_every_view_and_at_the_member_who_pulled() {
    let two = Two::new();
    let iep = Iep { attribution: Some(Duty::Must), ..Iep::default() };
    let stated = Stated {
        code: Some(HandlingCode::H1),
        pap: Some(Pap::Amber),
        iep: Some(iep),
        onward: true,
        ..at(Tlp::Green)
    };
    let input = comity_app::import::Input {
        collection: "exercise",
        name: "x",
        stated,
        ..comity_app::import::Input::default()
    };
    let id = two::taken(two.north(), &input, &note(1));
    two.southward_of(&id);
    let duties = sheet::of(&two.north().app, &id).unwrap().view.duties;
    for part in ["handling code H1: ", "PAP:AMBER: ", "permitted actions: ", "to name its provider"] {
        assert!(duties.iter().any(|duty| duty.starts_with(part)), "{part} {duties:?}");
    }
    let foretold = explain::who_sees(&two.north().app, &id).unwrap();
    assert!(!foretold.is_empty() && foretold.iter().all(|sight| sight.duties == duties));
    let explained = explain::to(&two.north().app, &id, SOUTH).unwrap();
    assert!(duties.iter().all(|duty| explained.steps.contains(duty)), "{:?}", explained.steps);
    assert_eq!(sheet::of(&two.south().app, &id).unwrap().view.duties, duties);
}
