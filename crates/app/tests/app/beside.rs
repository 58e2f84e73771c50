//! What is kept beside a record: notes that never leave, and files under the record's handling.

use comity_app::attachment;
use comity_app::handling::{self, Change};
use comity_app::import::Input;
use comity_app::model::Stated;
use comity_app::serve::{Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{AppError, Role, backup, home, ledger, note, publish, reindex, withdraw};
use comity_testkit::{Node, READ, SeededRandom};

use crate::paper::at;
use crate::two::{SOUTH, Two, example, governed, held, put, taken};

const SECRET: &str = "EXERCISE: ask our man at the border post";

/// Everything that a node sends to a member: bytes and envelopes of every version.
fn sent(node: &Node, member: &str) -> String {
    let key = node.key_for(member, "exercise", READ, Some("border"), Some("treaty"));
    let query = Query { versions: Versions::All, ..Query::default() };
    let mut all = String::new();
    for one in node.stream(&node.client(&key), "exercise", &query, 10) {
        all.push_str(&String::from_utf8_lossy(one.get().bytes()));
        all.push_str(&one.get().envelope_json());
    }
    all
}

#[test]
fn a_note_of_ones_own_is_on_no_page_in_no_ledger_and_with_no_peer_but_in_ones_own_backup() {
    let two = Two::new();
    let node = two.north();
    let record = taken(node, &governed(), &example("border-event"));
    let kept = note::add(&node.app, &node.operator(), &record, SECRET).unwrap();
    assert_eq!(note::list(&node.app, Some(&record)).unwrap(), std::slice::from_ref(&kept));
    let page = sent(node, SOUTH);
    assert!(page.contains(&record) && !page.contains(SECRET) && !page.contains(&kept.note), "{page}");
    two.southward();
    assert!(note::list(&two.south().app, None).unwrap().is_empty());
    let folder = node.folder().join("ledger");
    ledger::export(&node.app, &folder).unwrap();
    for entry in walk(&folder) {
        let bytes = std::fs::read(&entry).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("border post"), "{}", entry.display());
    }

    let file = node.folder().join("backup.db");
    backup::write(&node.app, &node.operator(), &file).unwrap();
    let home = node.folder().join("restored");
    let random = || std::sync::Arc::new(SeededRandom::new(9));
    backup::restore(&file, &home, None, None, node.clock().clone(), random()).unwrap();
    let app = home::open(&home, node.clock().clone(), random()).unwrap();
    assert_eq!(note::list(&app, Some(&record)).unwrap(), std::slice::from_ref(&kept));

    note::remove(&node.app, &node.operator(), &kept.note).unwrap();
    assert!(note::list(&node.app, None).unwrap().is_empty());
    let again = note::remove(&node.app, &node.operator(), &kept.note);
    assert!(matches!(again, Err(AppError::NotFound(_))), "{again:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn notes_are_written_by_those_who_work_with_records_and_are_plain_and_short() {
    let two = Two::new();
    let node = two.north();
    let record = taken(node, &governed(), &example("border-event"));
    let auditor = node.user("auditor", &[Role::Auditor]);
    assert!(matches!(note::add(&node.app, &auditor, &record, SECRET), Err(AppError::Denied(_))));
    let long = "x".repeat(10_001);
    for wrong in ["", "  ", "a\u{1b}[31m", long.as_str()] {
        let refused = note::add(&node.app, &node.operator(), &record, wrong);
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{refused:?}");
    }
    let unknown =
        note::add(&node.app, &node.operator(), "incident--00000000-0000-4000-8000-000000000000", SECRET);
    assert!(matches!(unknown, Err(AppError::NotFound(_))));
}

fn attach(
    node: &Node,
    record: &str,
    name: &str,
    bytes: &[u8],
) -> Result<attachment::AttachmentView, AppError> {
    attachment::add(&node.app, &node.operator(), record, (name, Some("EXERCISE")), bytes)
}

fn change(node: &Node, record: &str, change: &Change) {
    handling::change(&node.app, &node.operator(), record, change).unwrap();
}

fn exclude(member: &str) -> Change {
    Change { exclude: (vec![member.into()], Vec::new()), ..Change::default() }
}

#[test]
fn a_file_travels_with_its_record_and_comes_out_as_it_went_in() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("border-event"));
    let large = vec![b'x'; 3 << 20];
    let added = attach(two.north(), &record, "EXERCISE.txt", &large).unwrap();
    assert_eq!(
        (added.mime_type.as_str(), added.size, added.level.as_str()),
        ("text/plain", 3 << 20, "TLP:AMBER")
    );
    assert_eq!(two.southward().received, 2);
    let listed = attachment::of(&two.south().app, &record).unwrap().remove(0);
    assert_eq!(listed.id, added.id);
    assert_eq!(attachment::get(&two.south().app, &added.id).unwrap().1, large);
    reindex::run(&two.south().app, &two.south().operator()).unwrap();
    assert_eq!(attachment::of(&two.south().app, &record).unwrap().len(), 1);
    // A receiver has no word in what belongs to another's record.
    assert!(matches!(attach(two.south(), &record, "a.txt", b"EXERCISE"), Err(AppError::Denied(_))));
}

#[test]
fn who_may_not_have_the_record_does_not_get_its_file_whatever_comes_first() {
    let two = Two::new();
    let node = two.north();
    let narrow = Input {
        stated: Stated { exclude: [two.south().member().clone()].into(), ..governed().stated },
        ..governed()
    };
    let record = taken(node, &narrow, &example("border-event"));
    let file = attach(node, &record, "EXERCISE.txt", b"EXERCISE text").unwrap();
    assert_eq!(two.southward().received, 0);
    change(node, &record, &Change { exclude: (Vec::new(), vec![SOUTH.into()]), ..Change::default() });
    assert_eq!(two.southward().received, 2, "the file was widened with its record");
    change(node, &record, &exclude(SOUTH));
    assert!(!sent(node, SOUTH).contains(&file.id), "and narrowed with it");
    withdraw::run(&node.app, &node.operator(), &record, "EXERCISE").unwrap();
    assert!(attachment::of(&node.app, &record).unwrap().is_empty());
    assert!(matches!(attachment::get(&node.app, &file.id), Err(AppError::NotFound(_))));
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_file_of_a_draft_waits_with_it_and_a_new_stricter_version_takes_it_along() {
    let two = Two::new();
    let node = two.north();
    let event = example("border-event");
    let record = taken(node, &Input { draft: true, ..governed() }, &event);
    let analyst = node.user("analyst", &[Role::Analyst]);
    let name = ("EXERCISE.json", None);
    let file = attachment::add(&node.app, &analyst, &record, name, b"{}").unwrap();
    assert_eq!(file.state, "held");
    assert_eq!(two.southward().received, 0);
    publish::run(&node.app, &node.operator(), &record).unwrap();
    assert_eq!(two.southward().received, 2);
    let denied = attachment::add(&node.app, &analyst, &record, name, b"[]");
    assert!(matches!(denied, Err(AppError::Denied(_))), "a published record takes a release officer");

    let mut next = event;
    next["modified"] = "2026-11-03T10:00:00.000Z".into();
    let red = Input { stated: at(Tlp::Red), purpose: None, legal_basis: None, ..governed() };
    assert_eq!(put(node, &red, &next).accepted, 1);
    assert_eq!(attachment::of(&node.app, &record).unwrap()[0].level, "TLP:RED");
    assert!(!sent(node, SOUTH).contains(&file.id));
}

#[test]
fn hostile_files_are_refused_whole_and_leave_nothing() {
    let two = Two::new();
    let node = two.north();
    let record = taken(node, &governed(), &example("border-event"));
    let too_large = vec![b'x'; (8 << 20) + 1];
    for (name, bytes) in [
        ("EXERCISE.pdf", &b"MZ\x90\0\x03\0\0\0 a program"[..]),
        ("EXERCISE.pdf", b"%PDF-1.4 /OpenAction << /S /JavaScript >> %%EOF"),
        ("EXERCISE.png", b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82PK\x03\x04 and an archive"),
        ("EXERCISE.zip", b"PK\x03\x04 a bomb"),
        ("EXERCISE.txt", b"<html><script>alert(1)</script>"),
        ("EXERCISE.svg", b"<svg/>"),
        ("../../EXERCISE.txt", b"EXERCISE"),
        ("EXERCISE.txt", b""),
        ("EXERCISE.txt", &too_large),
    ] {
        let refused = attach(node, &record, name, bytes);
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{name} {refused:?}");
    }
    assert!(held(node, "comity-attachment").is_empty());
    attach(node, &record, "EXERCISE.txt", b"EXERCISE").unwrap();
    let twice = attach(node, &record, "EXERCISE again.txt", b"EXERCISE");
    assert!(matches!(twice, Err(AppError::Conflict(_))), "{twice:?}");
}

#[test]
fn a_file_that_a_peer_sends_is_judged_like_ones_own() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("border-event"));
    let file = attach(two.north(), &record, "EXERCISE.txt", b"EXERCISE text").unwrap();
    let text = comity_app::explain::show(&two.north().app, &file.id).unwrap().remove(0).content.unwrap();
    let hostile = text
        .replace("EXERCISE.txt", "..EXERCISE.txt")
        .replace(&file.id, "comity-attachment--00000000-0000-4000-8000-00000000cafe");
    let object: serde_json::Value = serde_json::from_str(&hostile).unwrap();
    let summary = put(two.south(), &governed(), &object);
    assert!(summary.rejected[0].reason.contains("no folder"), "{summary:?}");
}

#[test]
fn another_members_file_for_a_record_is_refused_and_hides_none() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("border-event"));
    let file = attach(two.north(), &record, "EXERCISE.txt", b"EXERCISE text").unwrap();
    two.southward();
    let text = comity_app::explain::show(&two.north().app, &file.id).unwrap().remove(0).content.unwrap();
    let forged = text.replace(&file.id, "comity-attachment--00000000-0000-4000-8000-00000000cafe");
    let object: serde_json::Value = serde_json::from_str(&forged).unwrap();
    let summary = put(two.south(), &governed(), &object);
    assert!(summary.rejected.iter().any(|one| one.reason.contains("another member's")), "{summary:?}");
    assert_eq!(attachment::of(&two.south().app, &record).unwrap().len(), 1);
}
