//! The life of a record as its people type it: graded by two nodes, annotated, with files and agreed words.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::exchange::Pair;
use crate::stage::{Node, command, note, note_id};

const EXTENSION: &str = "extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca";
const EVENT: &str = "incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a50";

/// A border event, as the published schemas have it.
fn event(manner: &str) -> String {
    json!({
        "type": "incident", "spec_version": "2.1", "id": EVENT, "name": "EXERCISE: crossing at km 41",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "extensions": {EXTENSION: {
            "extension_type": "property-extension", "kind": "border-event",
            "basis": {"whole": {"statement": "fact"}},
            "place": {"called": "EXERCISE km 41"},
            "manner": {"vocabulary": "exercise-manner", "version": 1, "term": manner},
        }},
    })
    .to_string()
}

fn person(number: u8, script: &str, name: &str) -> String {
    let id = format!("identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0b{number:02}");
    json!({
        "type": "identity", "spec_version": "2.1", "id": id, "name": name, "identity_class": "group",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "extensions": {EXTENSION: {
            "extension_type": "property-extension", "kind": "group",
            "basis": {"whole": {"statement": "fact"}},
            "names": [{"value": name, "script": script, "name_kind": "primary"}],
        }},
    })
    .to_string()
}

#[test]
fn b5_the_grade_of_a_receiver_arrives_at_the_provider_by_an_ordinary_pull() {
    let pair = Pair::make();
    pair.north.import(&note(1, Some("green")), &[]);
    let server = pair.north.serve();
    pair.introduce(&server.address);
    pair.south.ok(&["pull"]);
    assert!(pair.south.ok(&["grades", &note_id(1)]).contains("X4 (not graded)"));
    let graded =
        pair.south.ok(&["grade", &note_id(1), "D4", "--scale", "6x6", "--reason", "EXERCISE: we saw nobody"]);
    assert!(graded.contains("goes back to EXERCISE North desk"), "{graded}");
    pair.north.ok(&["grade", &note_id(1), "B2", "--scale", "6x6"]);

    let back = pair.south.serve();
    let collection = pair.south.json(&["collection", "list"])[0]["alias"].as_str().unwrap().to_owned();
    let key =
        pair.south.json(&["key", "add", "--member", "EXERCISE North desk", "--collection", &collection]);
    let url = format!("http://{}/", back.address);
    let user = key["user"].as_str().unwrap();
    let south = "EXERCISE South desk";
    let add = ["peer", "add", "south", &url, "--member", south, "--user", user, "--secret", "-"];
    let added = pair.north.run_with(&add, key["secret"].as_str().unwrap().as_bytes());
    assert_eq!(added.code, 0, "{added:?}");
    pair.north.ok(&["pull"]);
    let grades = pair.north.json(&["grades", &note_id(1)]);
    let lines: Vec<(&str, &str)> = grades["grades"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["grade"].as_str().unwrap(), one["against"].as_str().unwrap()))
        .collect();
    assert_eq!(lines, [("B2 (6x6)", "provider"), ("D4 (6x6)", "differs")]);
    let text = pair.north.ok(&["grades", &note_id(1)]);
    assert!(text.contains("DIFFERS") && text.contains("EXERCISE: we saw nobody"), "{text}");
    pair.south.ok(&["pull"]);
    assert!(
        pair.south.ok(&["grades", &note_id(1)]).contains("B2 (6x6)"),
        "the provider's new grade came over"
    );
    for node in [&pair.north, &pair.south] {
        node.ok(&["verify"]);
    }
}

#[test]
fn a_record_is_checked_annotated_and_given_a_file_and_a_word_for_its_manner() {
    let node = Node::north(None);
    let words = json!({
        "name": "exercise-manner", "version": 1,
        "adopted": {"body": "EXERCISE Council", "number": "EX-3", "date": "2026-02-11"},
        "terms": [{"code": "crossing", "labels": [{"language": "en", "text": "EXERCISE: crossing at night"}]}],
    });
    let file = node.file("manner.json", words.to_string().as_bytes());
    let adopt = ["vocabulary", "adopt", &file, "--collection", "reports", "--tlp", "green"];
    assert!(node.ok(&adopt).contains("exercise-manner version 1"));
    assert_eq!(node.run(&adopt).code, 1, "an adopted version never changes");
    assert!(node.ok(&["vocabulary", "list"]).contains("EXERCISE Council EX-3, 2026-02-11"));
    assert!(
        node.ok(&["vocabulary", "show", "exercise-manner"]).contains("crossing at night (en, as adopted)")
    );

    let flying = node.file("flying.json", event("flying").as_bytes());
    let unknown = node.run(&["import", &flying, "--collection", "reports", "--json"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.out.contains("has no term `flying`"), "{unknown:?}");
    node.import(&event("crossing"), &["--tlp", "green", "--priority", "urgent"]);
    assert!(node.ok(&["vocabulary", "cited", EVENT]).contains("crossing at night"));
    let checked = node.run(&["check", EVENT]);
    assert_eq!(checked.code, 1, "{checked:?}");
    assert!(
        checked.out.contains("date of the matter is not stated") && checked.out.contains("urgent"),
        "{checked:?}"
    );

    let kept = node.json(&["note", "add", EVENT, "EXERCISE: ask the post"]);
    assert!(node.ok(&["note", "list"]).contains("EXERCISE: ask the post"));
    node.ok(&["note", "remove", kept["note"].as_str().unwrap()]);
    assert!(node.ok(&["note", "list", EVENT]).contains("no notes"));

    let text = "EXERCISE: УЧЕНИЕ, تمرين\n".as_bytes();
    let file = node.file("seen.txt", text);
    let added = node.json(&["attachment", "add", EVENT, &file, "--title", "EXERCISE"]);
    let id = added["id"].as_str().unwrap();
    assert!(node.ok(&["attachment", "list", EVENT]).contains("seen.txt"));
    let got = command(&["attachment", "get", id, "--home", node.home_text()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(got.stdout, text, "byte for byte");
    let renamed = node.file("program.pdf", b"MZ\x90\0");
    let refused = node.run(&["attachment", "add", EVENT, &renamed]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
}

#[test]
fn two_records_of_one_group_are_offered_decided_shown_together_and_parted_again() {
    let node = Node::north(None);
    node.import(&person(1, "Latn", "EXERCISE Severnaya Kolonna"), &["--tlp", "green"]);
    node.import(&person(2, "Cyrl", "Северная колонна"), &["--tlp", "green"]);
    let ids = [1, 2].map(|number| format!("identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0b{number:02}"));
    let offered = |all: &[&str]| -> usize {
        let found: Value = node.json(&[&["same", &ids[0]], all].concat());
        found["offers"].as_array().unwrap().len()
    };
    assert_eq!(offered(&[]), 1);
    node.ok(&["same", &ids[0], &ids[1], "--yes", "--reason", "EXERCISE: one address"]);
    assert_eq!((offered(&[]), offered(&["--all"])), (0, 1));
    let merged = node.ok(&["same", &ids[1], "--merged"]);
    assert!(merged.contains("Северная колонна") && merged.contains("EXERCISE Severnaya Kolonna"), "{merged}");
    node.ok(&["same", &ids[1], &ids[0], "--undo", "--reason", "EXERCISE: two groups"]);
    assert_eq!(offered(&[]), 1);
    for wrong in
        [&["same", &ids[0], &ids[1]][..], &["same", &ids[0], &ids[1], "--yes"], &["same", &ids[0], "--no"]]
    {
        assert_eq!(node.run(wrong).code, 2, "{wrong:?}");
    }
}
