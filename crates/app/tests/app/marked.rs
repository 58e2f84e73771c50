//! Whose record stands for an object of which several members have one, and under which marking what is told of it stands.

use comity_app::compose::statement::StatementText;
use comity_app::council::conflict::{self, Say};
use comity_app::council::paper::{self, csv};
use comity_app::council::{compare, decision};
use comity_app::model::paper::Paper;
use comity_app::model::stix::Tlp;
use comity_app::{Clock as _, explain, intake};
use comity_testkit::{Community, Node, Place, READ_WRITE, Seat};
use serde_json::{Value, json};

use crate::council::{READING, body, bring, claim, community, entered, set};
use crate::paper::at;

const SECOND: &str = "Exercise second";
const THIRD: &str = "Exercise third";

/// A node and two other members that send to it.
fn three() -> Community {
    let seats =
        vec![Seat::member("Exercise host").node(Place::memory()), Seat::member(SECOND), Seat::member(THIRD)];
    let mut community = Community::new(1, seats);
    community.amend(|agreement| _ = agreement.purposes.insert("work".into(), "EXERCISE purpose".into()));
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn content(node: &Node, id: &str) -> Value {
    let found = explain::show(&node.app, id).unwrap().into_iter().find_map(|view| view.content);
    serde_json::from_str(&found.unwrap()).unwrap()
}

/// A member sends an object; it is made now.
fn send(community: &Community, from: &str, object: &Value, level: Tlp) {
    let node = community.node();
    node.clock().advance_seconds(60);
    let mut object = object.clone();
    object["created_by_ref"] = community.id(from).to_string().into();
    object["modified"] = node.clock().now().to_string().into();
    object["object_marking_refs"] = json!([level.marking_id()]);
    let sent = json!({ "objects": [object] }).to_string();
    let key = node.key(from, "exercise", READ_WRITE);
    let status = intake::post(&node.app, &node.client(&key), "exercise", sent.as_bytes()).unwrap();
    assert_eq!(status.successes.len(), 1, "{status:?}");
}

fn made(node: &Node, text: &str) -> Paper {
    paper::of(&node.app, &node.operator(), text).unwrap()
}

fn told(paper: &Paper) -> String {
    serde_json::to_string(paper).unwrap()
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
fn no_other_member_puts_its_claim_in_the_place_of_mine() {
    let community = community();
    let node = community.node();
    bring(node, READING).unwrap();
    let one = entered(node, &claim("EXERCISE one", "100", "crossings"), "clear");
    let mut numbered = content(node, &one);
    numbered["external_references"] = json!([{"source_name": "EXERCISE reading", "external_id": "c-1"}]);
    numbered["id"] = "comity-claim--00000000-0000-4000-8000-000000000008".into();
    node.publish("exercise", &at(Tlp::Clear), &numbered.to_string());
    let mine = numbered["id"].as_str().unwrap().to_owned();
    let other = entered(node, &claim("EXERCISE other", "900", "crossings"), "clear");
    let form = json!({"kind": "conflict-set", "title": "EXERCISE How many?", "difference": "value",
        "claim_refs": [mine, other], "basis": {"whole": {"statement": "fact"}}});
    let id = entered(node, &form, "clear");
    let seen = || {
        let side = compare::show(&node.app, &node.operator(), &id).unwrap();
        let cards: Vec<String> = side.claims.iter().map(|one| one.words.text.clone()).collect();
        (
            set(node, &id).claims,
            set(node, &id).ratio,
            side.ratio,
            cards,
            told(&made(node, &id)).contains("700"),
        )
    };
    let before = seen();
    assert_eq!(before.1.as_deref(), Some("9.00"));
    let mut theirs = numbered.clone();
    theirs.as_object_mut().unwrap().remove("external_references");
    theirs["quantity"]["value"] = "700".into();
    send(&community, "Exercise member", &theirs, Tlp::Clear);
    assert_eq!(seen(), before);
}

#[test]
fn a_claim_of_another_member_in_its_own_set_is_not_replaced_by_a_third_one() {
    let community = three();
    let node = community.node();
    let draft = |value: &str, id: u32| {
        let mut object = content(node, &entered(node, &claim("EXERCISE voice", value, "crossings"), "clear"));
        object["id"] = format!("comity-claim--00000000-0000-4000-8000-00000000000{id}").into();
        object["speaker"] = format!("EXERCISE voice {id}").into();
        object["words"]["said_by"] = object["speaker"].clone();
        let words = &object["words"];
        object["name"] =
            format!("{}: {}", words["said_by"].as_str().unwrap(), words["text"].as_str().unwrap()).into();
        object
    };
    let (one, other) = (draft("100", 1), draft("900", 2));
    send(&community, SECOND, &one, Tlp::Clear);
    send(&community, SECOND, &other, Tlp::Clear);
    let form = json!({"kind": "conflict-set", "title": "EXERCISE How many?", "difference": "value",
        "claim_refs": [one["id"], other["id"]], "basis": {"whole": {"statement": "fact"}}});
    let mut theirs = content(node, &entered(node, &form, "clear"));
    theirs["id"] = "comity-conflict-set--00000000-0000-4000-8000-000000000003".into();
    send(&community, SECOND, &theirs, Tlp::Clear);
    let id = theirs["id"].as_str().unwrap();
    let mut forged = one.clone();
    forged["quantity"]["value"] = "700".into();
    send(&community, THIRD, &forged, Tlp::Clear);
    let seen = |id: &str| {
        let view = set(node, id);
        let side = compare::show(&node.app, &node.operator(), id).unwrap();
        assert!(view.claims.iter().all(|one| one.place.origin == SECOND), "{view:?}");
        assert!(side.claims.iter().all(|one| one.place.origin == SECOND), "{side:?}");
        (view.ratio, side.ratio)
    };
    let nine = || Some("9.00".to_owned());
    assert_eq!(seen(id), (nine(), nine()));
    // A set of one's own takes what came first, and a newer version of it is still the one that came first.
    let own = entered(node, &form, "clear");
    send(&community, SECOND, &one, Tlp::Clear);
    assert_eq!(seen(&own), (nine(), nine()));
    assert!(!told(&made(node, &own)).contains("700"));
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

/// A decision as its member made it, with a text and a state.
fn decided(node: &Node, procedure: &str) -> Value {
    let body = entered(node, &body("EXERCISE Council", "EC"), "clear");
    let form = json!({"kind": "decision", "title": "EXERCISE patrols", "body_ref": body, "text": "EXERCISE first text",
        "status": "proposed", "procedure": procedure, "basis": {"whole": {"statement": "fact"}}});
    content(node, &entered(node, &form, "clear"))
}

#[test]
fn an_earlier_text_of_a_decision_stands_under_its_own_marking() {
    let community = three();
    let node = community.node();
    let mut theirs = decided(node, "silence");
    theirs["id"] = "comity-decision--00000000-0000-4000-8000-000000000004".into();
    let id = theirs["id"].as_str().unwrap().to_owned();
    send(&community, SECOND, &theirs, Tlp::Red);
    theirs["text"] = "EXERCISE last text".into();
    theirs["status"] = "adopted".into();
    theirs["number"] = "EC-2026-9".into();
    let now = node.clock().now();
    for (at, after) in [("opened", 0), ("deadline", 7_200), ("closed", 7_300)] {
        theirs[at] = now.plus_seconds(after).to_string().into();
    }
    theirs["entitled_refs"] = json!([community.id(SECOND).to_string(), community.id(THIRD).to_string()]);
    send(&community, SECOND, &theirs, Tlp::Clear);
    let paper = made(node, &id);
    assert!(told(&paper).contains("EXERCISE first text") && told(&paper).contains("not followed"));
    assert_eq!(paper.marking.to_string(), "TLP:RED", "the text is of the earlier version");
    assert!(row(&paper, "EXERCISE first text").starts_with("TLP:RED"));
    let view = decision::show(&node.app, &node.operator(), &id).unwrap();
    assert!(view.line.place.level.to_uppercase().contains("RED"), "{view:?}");
}
