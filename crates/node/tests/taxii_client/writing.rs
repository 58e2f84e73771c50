//! Posting, its status, and deleting, by members with a write key.

use serde_json::{Value, json};

use crate::client::{Answer, Client, python};
use crate::stage::{Node, SOUTH, WEST, note, note_id};
use crate::world::{Key, REPORTS, canon, canons};

fn add(client: &Client<'_>, objects: &[String]) -> Answer {
    let envelope = format!(r#"{{"objects":[{}]}}"#, objects.join(","));
    client.step(json!({"do": "add", "collection": REPORTS, "envelope": envelope}))
}

fn read(client: &Client<'_>) -> Vec<String> {
    canons(&client.step(json!({"do": "objects", "collection": REPORTS, "per_request": 2})).objects())
}

fn delete(client: &Client<'_>, number: u8, filters: &Value) -> Answer {
    client.step(json!({"do": "delete", "collection": REPORTS, "id": note_id(number), "filters": filters}))
}

#[test]
fn what_a_member_adds_is_judged_one_by_one_and_served_by_its_markings() {
    let Some(python) = python() else { return };
    let north = Node::north(None);
    let south = Key::make(&north, SOUTH, &["--collection", "reports", "--rights", "rw"]);
    let west = Key::make(&north, WEST, &["--collection", "reports", "--rights", "rw"]);
    let server = north.serve();
    let (south, west) = (south.client(&python, &server), west.client(&python, &server));
    let nameless = r#"{"type":"note","spec_version":"2.1","content":"EXERCISE"}"#.to_owned();
    let amber = note(2, Some("amber"));
    let posted = add(&south, &[note(1, Some("green")), nameless, amber.clone(), note(3, None)]);
    let status = posted.ok();
    assert_eq!(status["status"], "complete");
    let counts = ["total_count", "success_count", "failure_count", "pending_count"].map(|name| &status[name]);
    assert_eq!(counts, [&json!(4), &json!(3), &json!(1), &json!(0)]);
    let ids: Vec<&Value> = status["successes"].as_array().unwrap().iter().map(|entry| &entry["id"]).collect();
    assert_eq!(ids, [note_id(1).as_str(), &note_id(2), &note_id(3)]);
    assert!(status["failures"][0]["message"].as_str().unwrap().contains("id"), "{status}");
    // The status can be read again by the key that posted, and by no other.
    let again = json!({"do": "status", "id": status["id"]});
    assert_eq!(south.step(again.clone()).ok(), status);
    assert_eq!(west.step(again).status(), 404);
    // South sees all of its own; West nothing, since the origin consented to no onward transfer.
    let own = [note(1, Some("green")), amber.clone(), note(3, None)].map(|text| canon(&text));
    assert_eq!(read(&south), own);
    assert_eq!(read(&west), [] as [String; 0]);
    // The same again is no error, writes nothing, and is served once.
    let repeated = add(&south, &[amber]);
    assert_eq!(repeated.ok()["success_count"], 1, "{repeated:?}");
    assert_eq!(read(&south), own);
}

#[test]
fn a_member_deletes_its_own_and_nobody_elses() {
    let Some(python) = python() else { return };
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    north.import(&note(2, Some("red")), &[]);
    let south = Key::make(&north, SOUTH, &["--collection", "reports", "--rights", "rw"]);
    let server = north.serve();
    let south = south.client(&python, &server);
    let later = note(3, Some("green"))
        .replace(r#""modified":"2026-01-01T00:00:00.000Z""#, r#""modified":"2026-02-01T00:00:00.000Z""#);
    let earlier = note(3, Some("green"));
    assert_eq!(add(&south, &[earlier.clone(), later, note(4, Some("green"))]).ok()["success_count"], 3);
    assert_eq!(read(&south).len(), 3);
    assert_eq!(delete(&south, 1, &json!({})).status(), 403, "another member's");
    assert_eq!(delete(&south, 2, &json!({})).status(), 404, "another member's, and hidden");
    assert_eq!(delete(&south, 9, &json!({})).status(), 404, "nobody's");
    assert_eq!(delete(&south, 4, &json!({})).ok(), &Value::Null);
    assert_eq!(delete(&south, 4, &json!({})).status(), 404, "a second time");
    // Without a version the newest goes; then the older one is the newest.
    let north_note = canon(&note(1, Some("green")));
    delete(&south, 3, &json!({})).ok();
    assert_eq!(read(&south), [north_note.clone(), canon(&earlier)]);
    delete(&south, 3, &json!({"version": "all"})).ok();
    assert_eq!(read(&south), [north_note]);
    // What was withdrawn does not come back by posting it again.
    assert_eq!(add(&south, &[note(4, Some("green"))]).ok()["failure_count"], 1);
}

#[test]
fn rights_hold_on_both_sides() {
    let Some(python) = python() else { return };
    let north = Node::north(None);
    north.import(&note(1, Some("green")), &[]);
    let key = |rights| Key::make(&north, SOUTH, &["--collection", "reports", "--rights", rights]);
    let (reading, writing) = (key("r"), key("w"));
    let server = north.serve();
    let (reading, writing) = (reading.client(&python, &server), writing.client(&python, &server));
    // The client believes the rights that the server states, and does not even ask.
    assert_eq!(add(&reading, &[note(2, Some("green"))]).error(), "AccessError");
    assert_eq!(delete(&reading, 1, &json!({})).error(), "AccessError");
    let page = json!({"do": "objects", "collection": REPORTS, "per_request": 2});
    assert_eq!(writing.step(page).error(), "AccessError");
    assert_eq!(add(&writing, &[note(2, Some("green"))]).ok()["success_count"], 1);
    assert_eq!(delete(&writing, 2, &json!({})).status(), 403, "to delete takes reading, too");
    assert_eq!(read(&reading).len(), 2);
    assert_eq!(add(&writing, &["{".to_owned()]).status(), 400);
}
