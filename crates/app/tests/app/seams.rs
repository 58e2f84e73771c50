//! What stands beside a record shares its fate: files, notes, the entry in the search, the reasons of its versions.

use comity_app::edit::{self, Edit};
use comity_app::model::Micros;
use comity_app::search::{self, Asking};
use comity_app::serve::{Query, Versions};
use comity_app::{
    AppError, Role, allegation, attachment, dossier, erase, explain, ledger, note, proposal, review, tick,
    withdraw,
};
use comity_testkit::{Node, READ};

use crate::two::{SOUTH, Two, example, governed, taken};

const DAY: i64 = 86_400;
const FILE: &[u8] = b"EXERCISE: seen at km 41";

fn hits(node: &Node, query: &str) -> usize {
    let asking = Asking { query, purpose: Some("border"), ..Asking::default() };
    search::run(&node.app, &node.operator(), &asking).unwrap().hits.len()
}

fn seen(node: &Node) -> usize {
    let key = node.key_for(SOUTH, "exercise", READ, Some("border"), Some("treaty"));
    let query = Query { versions: Versions::All, ..Query::default() };
    node.stream(&node.client(&key), "exercise", &query, 100).len()
}

/// A person with a file, a note and a correction.
fn person(node: &Node) -> String {
    let review_at: Option<Micros> = Some(node.app.now().plus_seconds(100 * DAY));
    let input = comity_app::import::Input { review_at, ..governed() };
    let record = taken(node, &input, &example("subject"));
    let operator = node.operator();
    let file = ("seen.txt", Some("EXERCISE what was seen"));
    attachment::add(&node.app, &operator, &record, file, FILE).unwrap();
    note::add(&node.app, &operator, &record, "EXERCISE: ask the desk about Anvar").unwrap();
    record
}

#[test]
fn e3_with_a_record_that_is_kept_longer_its_files_are_kept() {
    let two = Two::new();
    let node = two.north();
    let record = person(node);
    assert_eq!(seen(node), 2);
    two.community.clock.advance_seconds(101 * DAY);
    assert_eq!(seen(node), 0, "both are past their date");
    let until = node.app.now().plus_seconds(200 * DAY);
    review::extend(&node.app, &node.operator(), &record, (until, None), "EXERCISE: the trial is open")
        .unwrap();
    assert_eq!(seen(node), 2);
    two.community.clock.advance_seconds(150 * DAY);
    tick::run(&node.app).unwrap();
    assert_eq!(
        attachment::of(&node.app, &record).unwrap().len(),
        1,
        "nor is the file erased at the old date"
    );
}

#[test]
fn e7_with_an_erased_record_go_its_files_its_notes_its_reasons_and_its_place_in_the_search() {
    let two = Two::new();
    let node = two.north();
    let record = person(node);
    two.community.clock.advance_seconds(60);
    let change = Edit {
        record: record.clone(),
        set: vec![("summary".into(), "EXERCISE: seen at the ford".into())],
        reason: "EXERCISE: Anvar was seen again".into(),
        ..Edit::default()
    };
    edit::run(&node.app, &node.operator(), &change).unwrap().unwrap();
    assert_eq!((hits(node, "ford"), hits(node, "name:Sample")), (1, 1));
    let file = attachment::of(&node.app, &record).unwrap().remove(0).id;
    let second = node.user("second", &[Role::DataProtection, Role::ReleaseOfficer]);
    let asked =
        erase::propose(&node.app, &node.operator(), &record, ("order", "EXERCISE 12"), false).unwrap();
    proposal::approve(&node.app, &second, &asked.id).unwrap();

    assert_eq!((hits(node, "ford"), hits(node, "name:Sample")), (0, 0));
    assert_eq!(note::list(&node.app, None).unwrap(), []);
    assert!(matches!(attachment::get(&node.app, &file), Err(AppError::NotFound(_))));
    let left = explain::show(&node.app, &file).unwrap().remove(0);
    assert_eq!((left.state.as_str(), left.content), ("erased", None));
    assert_eq!(seen(node), 0);
    assert!(edit::compare(&node.app, &record, None, None).is_err(), "neither content nor reason is left");
    assert_eq!(ledger::verify(&node.app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_record_past_its_date_is_not_found_any_more_and_what_is_beside_it_stays_for_its_review() {
    let two = Two::new();
    let node = two.north();
    let record = person(node);
    assert_eq!(hits(node, "name:Sample"), 1);
    two.community.clock.advance_seconds(101 * DAY);
    tick::run(&node.app).unwrap();
    assert_eq!(hits(node, "name:Sample"), 0);
    assert_eq!(dossier::of(&node.app, &record).unwrap().notes.len(), 1);
}

/// The state of the one file of a record.
fn file_state(node: &Node, file: &str) -> String {
    explain::show(&node.app, file).unwrap().remove(0).state
}

#[test]
fn e7_with_a_record_that_was_withdrawn_before_it_is_erased_its_files_are_erased() {
    let two = Two::new();
    let node = two.north();
    let record = person(node);
    let file = attachment::of(&node.app, &record).unwrap().remove(0).id;
    withdraw::run(&node.app, &node.operator(), &record, "EXERCISE").unwrap();
    assert_eq!(file_state(node, &file), "withdrawn");
    let second = node.user("second", &[Role::DataProtection, Role::ReleaseOfficer]);
    let asked =
        erase::propose(&node.app, &node.operator(), &record, ("order", "EXERCISE 12"), false).unwrap();
    proposal::approve(&node.app, &second, &asked.id).unwrap();
    let left = explain::show(&node.app, &file).unwrap().remove(0);
    assert_eq!((left.state.as_str(), left.content), ("erased", None));
}

#[test]
fn j3_with_a_record_that_is_set_aside_its_files_are_set_aside_and_come_back_with_it() {
    let two = Two::new();
    let node = two.north();
    let record = person(node);
    let file = attachment::of(&node.app, &record).unwrap().remove(0).id;
    assert_eq!(seen(node), 2);
    allegation::make(&node.app, &node.operator(), &record, "EXERCISE: he was beaten", None).unwrap();
    assert_eq!(file_state(node, &file), "quarantined");
    let second = node.user("second", &[Role::ReleaseOfficer]);
    let asked = allegation::propose_lift(&node.app, &node.operator(), &record, "EXERCISE: not so").unwrap();
    proposal::approve(&node.app, &second, &asked.id).unwrap();
    assert_eq!(file_state(node, &file), "live");
    // A file that came before its record was set aside does not come back with a withdrawn one.
    allegation::make(&node.app, &node.operator(), &record, "EXERCISE: again", None).unwrap();
    withdraw::run(&node.app, &node.operator(), &record, "EXERCISE").unwrap();
    assert_eq!(file_state(node, &file), "withdrawn");
}

#[test]
fn e3_with_a_record_whose_purpose_is_achieved_its_files_end() {
    let two = Two::new();
    let record = person(two.north());
    two.southward();
    let file = attachment::of(&two.north().app, &record).unwrap().remove(0).id;
    for node in [two.north(), two.south()] {
        review::done(&node.app, &node.operator(), &record, "EXERCISE: the trial is over").unwrap();
        let due = review::list(&node.app, &node.operator(), Some(200)).unwrap();
        let at = |id: &str| due.iter().find(|one| one.id == id).map(|one| one.due_at.clone());
        assert!(at(&record).is_some());
        assert_eq!(at(&file), at(&record));
    }
}
