//! A MISP event is imported like any other document: records, the list of what was not taken, and who sees it.

use serde_json::Value;

use crate::stage::{Node, SOUTH};

const EVENT: &str = include_str!("exercise-event.json");
const INDICATOR: &str = "indicator--5e7a1c00-0000-4000-8000-000000000003";
const CLOSED: &str = "indicator--5e7a1c00-0000-4000-8000-000000000004";

#[test]
fn an_event_becomes_records_and_what_was_not_taken_is_listed() {
    let north = Node::north(None);
    let file = north.file("event.json", EVENT.as_bytes());
    let rejects = north.path("not-taken.jsonl");
    let rejects = rejects.to_str().unwrap();
    let run = north.run(&["import", &file, "--collection", "reports", "--rejects", rejects]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("rejected 0, not taken ") && run.out.contains("(listed in "), "{}", run.out);
    let lines: Vec<Value> = std::fs::read_to_string(rejects)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let why = |path: &str| {
        let line = lines.iter().find(|line| line["misp"] == path);
        line.unwrap_or_else(|| panic!("{path}: {lines:#?}"))["why"].as_str().unwrap().to_owned()
    };
    assert!(why("Event.Attribute[1].distribution").contains("state a handling at import"));
    assert!(why("Event.Attribute[2].data").contains("never decoded"));
    assert!(why("Event.Attribute[3]").contains("personal data"));
    let records = north.run(&["records"]).out;
    for id in [INDICATOR, CLOSED, "report--5e7a1c00-0000-4000-8000-000000000001"] {
        assert!(records.contains(id), "{records}");
    }
    assert!(north.run(&["handling", INDICATOR]).out.contains("TLP:GREEN"));
    assert!(north.run(&["handling", CLOSED]).out.contains("TLP:RED"));
    let again = north.run(&["import", &file, "--collection", "reports"]);
    assert!(again.out.starts_with("accepted 0, ") && again.out.contains("--rejects FILE"), "{}", again.out);
}

#[test]
fn a_preview_of_an_event_says_that_a_distribution_to_one_organisation_lets_nobody_see_it() {
    let north = Node::north(None);
    let file = north.file("event.json", EVENT.as_bytes());
    let ask = |more: &[&str]| {
        let mut arguments = vec!["who-sees", &file, "--collection", "reports", "--json"];
        arguments.extend(more);
        let sights = north.run(&arguments).json();
        let of = |id: &str| {
            let all = sights.as_array().unwrap().iter();
            let mut found = all.filter(|sight| sight["id"] == id && sight["member"] == SOUTH);
            found.next().unwrap_or_else(|| panic!("{sights}"))["view"].as_str().unwrap().to_owned()
        };
        (of(INDICATOR), of(CLOSED))
    };
    assert_eq!(ask(&[]), ("whole".to_owned(), "nothing".to_owned()));
    assert_eq!(ask(&["--tlp", "green"]), ("whole".to_owned(), "whole".to_owned()));
}
