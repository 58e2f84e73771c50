//! Random cyber-observable objects, put to this crate and to the Python package stix2: both must derive the same
//! identifier. What they are known to disagree about is listed in `docs/conformance/ids.md` and tested at the end.

mod dice;
mod objects;

use std::path::Path;

use comity_stix::observable::{contributing, id_of};
use comity_stix::{Derived, Limits, Map, Value, parse};

use crate::python::{ask, chosen, python};
use dice::Dice;

const OBJECTS: usize = 6_000;

fn map(line: &[u8]) -> Map<'static> {
    let Value::Object(map) = parse(line, &Limits::default()).unwrap().into_owned() else {
        unreachable!("each line is a dictionary")
    };
    map
}

/// What the other program answers to each line.
fn answers(python: &Path, lines: &[String]) -> Vec<Map<'static>> {
    ask(python, "sco_ids.py", lines).iter().map(|answer| map(answer.to_string().as_bytes())).collect()
}

/// Our answer in the form of the other program's.
fn ours(object: &Map<'_>) -> Map<'static> {
    let (key, value) = match id_of(object) {
        Ok(Derived::Id(id)) => ("id", id.to_string().into()),
        Ok(_) => ("id", Value::Null),
        Err(error) => ("error", error.to_string().into()),
    };
    [(key, value)].into_iter().collect()
}

#[test]
fn both_derive_the_same_identifiers() {
    let Some(python) = python() else { return };
    let seed = chosen("COMITY_SEED", 20_261_122);
    println!("COMITY_SEED={seed}");
    let mut dice = Dice::new(seed);
    let made: Vec<_> = (0..OBJECTS)
        .map(|turn| objects::object(&mut dice, objects::KINDS[turn % objects::KINDS.len()]))
        .collect();
    let lines: Vec<_> = made.iter().map(|object| serde_json::to_string(object).unwrap()).collect();
    let answers = answers(&python, &lines);
    let (mut alike, mut random, mut refused) = (0, 0, Vec::new());
    for ((object, line), theirs) in made.iter().zip(&lines).zip(&answers) {
        if theirs.contains_key("error") {
            refused.push(format!("{line}\n    {theirs:?}"));
            continue;
        }
        // Read again, so that what was written is what is judged.
        assert_eq!(map(line.as_bytes()), *object);
        assert_eq!(ours(&map(line.as_bytes())), *theirs, "COMITY_SEED={seed}\n{line}");
        alike += 1;
        random += usize::from(theirs.get("id") == Some(&Value::Null));
    }
    println!("{alike} alike, {random} of them random; the other program refused {}", refused.len());
    assert!(refused.len() * 50 < OBJECTS, "{}", refused[..20.min(refused.len())].join("\n"));
    assert!(random * 3 < OBJECTS);
}

#[test]
fn the_known_disagreements_are_as_they_are_written_down() {
    let Some(python) = python() else { return };
    let flow = |start: &str| {
        format!(
            r#"{{"type":"network-traffic","protocols":["tcp"],"src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","start":"{start}"}}"#
        )
    };
    let lines = vec![
        // Integers that a double cannot hold are rounded there, refused here.
        r#"{"type":"autonomous-system","number":9007199254740993}"#.to_owned(),
        r#"{"type":"autonomous-system","number":9007199254740992}"#.to_owned(),
        // Without a preferred hash the order of keys decides there, the order of names here.
        r#"{"type":"file","hashes":{"SSDEEP":"EXERCISE","SHA3-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}"#.to_owned(),
        // Years before 1000 lose a digit there.
        flow("0999-01-01T00:00:00Z"),
        // More than six digits of a second are refused there.
        flow("2020-01-01T00:00:00.1234567Z"),
        // What is null is left out there, refused here.
        r#"{"type":"software","name":"EXERCISE","vendor":null}"#.to_owned(),
    ];
    let answers = answers(&python, &lines);
    for (line, theirs) in lines.iter().zip(&answers) {
        assert_ne!(ours(&map(line.as_bytes())), *theirs, "{line}");
    }
    assert_eq!(answers[0], answers[1]);
    assert!(ours(&map(lines[0].as_bytes())).contains_key("error"));
    assert!(answers[4].contains_key("error") && ours(&map(lines[4].as_bytes())).contains_key("id"));
    assert!(objects::KINDS.iter().all(|kind| contributing(kind).is_some()));
}
