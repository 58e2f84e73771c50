//! Under which marking what a paper tells stands.

use comity_app::compose::statement::StatementText;
use comity_app::council::conflict::{self, Say};
use comity_app::council::paper::{self, csv};
use comity_app::explain;
use comity_app::model::paper::Paper;
use comity_app::model::stix::Tlp;
use comity_testkit::Node;
use serde_json::{Value, json};

use crate::council::{claim, community, entered};
use crate::paper::at;

fn content(node: &Node, id: &str) -> Value {
    let found = explain::show(&node.app, id).unwrap().into_iter().find_map(|view| view.content);
    serde_json::from_str(&found.unwrap()).unwrap()
}

fn made(node: &Node, text: &str) -> Paper {
    paper::of(&node.app, &node.operator(), text).unwrap()
}

fn row(paper: &Paper, text: &str) -> String {
    let rows = String::from_utf8(csv::write(paper).unwrap()).unwrap();
    rows.lines().find(|line| line.contains(text)).unwrap().to_owned()
}

#[test]
fn words_that_are_marked_apart_make_the_paper_of_their_claim_stricter() {
    let community = community();
    let node = community.node();
    let one = entered(node, &claim("EXERCISE voice", "100", "crossings"), "green");
    assert_eq!(made(node, &one).marking.to_string(), "TLP:GREEN");
    let mut object = content(node, &one);
    object["id"] = "comity-claim--00000000-0000-4000-8000-000000000007".into();
    object["granular_markings"] =
        json!([{"marking_ref": Tlp::Red.marking_id(), "selectors": ["words.text"]}]);
    node.publish("exercise", &at(Tlp::Green), &object.to_string());
    let paper = made(node, object["id"].as_str().unwrap());
    assert_eq!(paper.marking.to_string(), "TLP:RED");
    assert!(row(&paper, "EXERCISE 100 crossings").starts_with("TLP:RED"));
}

#[test]
fn a_line_of_a_paper_stands_under_the_marking_of_everything_it_tells() {
    let community = community();
    let node = community.node();
    let document = json!({"kind": "document", "title": "EXERCISE secret paper", "document_type": "paper",
        "basis": {"whole": {"statement": "fact"}}});
    let document = entered(node, &document, "red");
    let mut form = claim("EXERCISE one", "100", "crossings");
    form["source"] = json!({"document_ref": document});
    let one = entered(node, &form, "clear");
    let other = entered(node, &claim("EXERCISE other", "900", "crossings"), "amber");
    let form = json!({"kind": "conflict-set", "title": "EXERCISE How many?", "difference": "value",
        "claim_refs": [one, other], "basis": {"whole": {"statement": "fact"}}});
    let set = entered(node, &form, "clear");
    let statement = StatementText { tlp: Some("clear".into()), ..StatementText::default() };
    let say = Say { set: &set, claim: Some(&other), reason: "EXERCISE our count", statement: &statement };
    conflict::say(&node.app, &node.operator(), &say).unwrap();
    let paper = made(node, &set);
    let rows = String::from_utf8(csv::write(&paper).unwrap()).unwrap();
    let mut told = 0;
    for line in rows.lines().filter(|line| line.contains("EXERCISE secret paper")) {
        assert!(line.starts_with("TLP:RED"), "{line}");
        told += 1;
    }
    assert_eq!(told, 2, "the row and its endnote: {rows}");
    assert!(row(&paper, "works with").starts_with("TLP:AMBER"), "it tells the claim: {rows}");
}
