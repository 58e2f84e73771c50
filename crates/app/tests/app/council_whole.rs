//! The council's work when something goes wrong: readings that come in whole or not at all, editors whose names are alike,
//! members who send too much, and records of which not everybody sees every version.

use comity_app::council::import::{self, Imported, Wish};
use comity_app::{AppError, explain, ledger};
use comity_testkit::{Community, Node};
use serde_json::Value;

use crate::council::{READING, bring, changed, community};

fn bring_as(node: &Node, editor: &str, text: &str, dry_run: bool) -> Result<Imported, AppError> {
    let wish = Wish { collection: "exercise", editor: Some(editor), text, dry_run };
    import::run(&node.app, &node.operator(), &wish)
}

fn here(community: &Community) -> (usize, u64) {
    let node = community.node();
    let records = explain::records(&node.app, None).unwrap().len();
    (records, ledger::verify(&node.app).unwrap().leaves)
}

/// The reading with another key for one session that has a stated number.
fn renamed() -> String {
    let reading: Value = serde_json::from_str(READING).unwrap();
    let sessions = reading["sessions"].as_array().unwrap();
    let key = sessions.iter().find(|one| one["number"]["value"] == 47).unwrap()["id"].as_str().unwrap();
    READING.replace(&format!("\"{key}\""), "\"exercise-renamed\"")
}

#[test]
fn a_reading_of_which_one_record_is_refused_leaves_nothing_behind() {
    let community = community();
    let node = community.node();
    bring(node, READING).unwrap();
    let before = here(&community);
    node.clock().advance_seconds(60);
    for dry_run in [true, false] {
        let told = bring_as(node, "EXERCISE other editor", &renamed(), dry_run).unwrap_err().to_string();
        assert!(told.contains("there is a session 47 of this body"), "{dry_run}: {told}");
        assert!(told.contains("sessions.[") && told.contains("nothing was imported"), "{dry_run}: {told}");
        assert_eq!(here(&community), before, "{dry_run}");
    }
    bring_as(node, "EXERCISE other editor", READING, false).unwrap();
}

#[test]
fn editors_are_told_apart_in_every_script_and_to_the_last_letter() {
    let community = community();
    let node = community.node();
    let long = "EXERCISE ".to_owned() + &"editor of the quiet reading room ".repeat(3);
    let names = ["EXERCISE редактор", "EXERCISE مُحرِّر", "редактор", "محرر"].map(str::to_owned);
    let names = names.into_iter().chain([format!("{long}A"), format!("{long}B")]);
    let mut met = std::collections::BTreeSet::new();
    for name in names {
        node.clock().advance_seconds(60);
        bring_as(node, &name, READING, false).unwrap();
        let all = explain::records(&node.app, None).unwrap();
        let own: Vec<_> = all
            .iter()
            .filter(|one| one.kind == "identity" && one.name == name.chars().take(120).collect::<String>())
            .collect();
        assert_eq!(own.len(), 1, "{name}: {own:?}");
        assert!(met.insert(own[0].id.clone()), "{name}");
        let claim = all.iter().find(|one| one.kind == "comity-claim").unwrap();
        let view = explain::show(&node.app, &claim.id).unwrap().remove(0);
        let object: Value = serde_json::from_str(&view.content.unwrap()).unwrap();
        assert_eq!(object["created_by_ref"], own[0].id.as_str(), "{name} wrote it");
    }
    // Two forms of one letter, and blanks around it, are one name.
    let again = bring_as(node, " EXERCISE Ede\u{301}l ", READING, false).unwrap();
    assert_eq!(again.unchanged, 0);
    let same = bring_as(node, "EXERCISE Ed\u{e9}l", READING, false).unwrap();
    assert_eq!((same.new, same.changed), (0, 0));
}

#[test]
fn an_editor_whose_id_is_another_one_here_is_refused() {
    let community = community();
    let node = community.node();
    bring(node, READING).unwrap();
    let all = explain::records(&node.app, None).unwrap();
    let editor = &all.iter().find(|one| one.kind == "identity").unwrap().id;
    node.clock().advance_seconds(60);
    let other = serde_json::json!({"type": "identity", "spec_version": "2.1", "id": editor, "created_by_ref": editor,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2099-01-01T00:00:00.000Z", "name": "EXERCISE somebody else",
        "identity_class": "group", "object_marking_refs": [comity_app::stix::Tlp::Clear.marking_id()]});
    node.publish("exercise", &crate::paper::at(comity_app::stix::Tlp::Clear), &other.to_string());
    let before = here(&community);
    let told = bring(node, READING).unwrap_err().to_string();
    assert!(told.contains("--editor") && told.contains("`EXERCISE somebody else`"), "{told}");
    assert_eq!(here(&community), before);
}
