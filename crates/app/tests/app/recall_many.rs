//! Recalling many records at once.

use comity_app::model::Stored;
use comity_app::model::recall::{Reason, Scope};
use comity_app::recall::{self, Many, Wish};
use comity_app::{AppError, Role, attachment};
use comity_store::StoreError;
use comity_store::tables::{collection, record};

use crate::exchange::leaves;
use crate::paper::{id, version};
use crate::web::{NORTH, OBSERVER, SOUTH, Web, all, issue, purge, states};

const WRONG: Wish<'static> = Wish::new(Scope::Withdraw, Reason::Wrong);

fn many(web: &Web, ids: &[String], wish: &Wish<'_>) -> Result<Many, AppError> {
    let north = web.north();
    recall::issue_many(&north.app, &north.operator(), ids, wish, &mut |_| {})
}

#[test]
fn many_records_go_in_few_recalls_and_every_holder_answers_each() {
    let web = Web::pair();
    for number in 1..=40 {
        web.publish(0, number, 0);
    }
    web.publish(0, 1, 1);
    web.settle();
    let observer = web.north().reader(OBSERVER, "reports");
    assert_eq!(web.north().sees(&observer, "reports").len(), 40);
    let ids: Vec<String> = (1..=40).chain([7]).map(id).collect();
    let mut seen = Vec::new();
    let (north, south) = (web.north(), web.south());
    let done =
        recall::issue_many(&north.app, &north.operator(), &ids, &WRONG, &mut |at| seen.push(at)).unwrap();
    assert_eq!((done.records, done.left_out, done.gone_before), (41, 0, 0), "{done:?}");
    assert!(done.recalls < 5, "{done:?}");
    assert_eq!((done.told.get(SOUTH), done.cannot.get(OBSERVER)), (Some(&done.recalls), Some(&done.recalls)));
    assert_eq!(seen.last(), Some(&40), "each once");
    assert_eq!(leaves(north, "recall.issued"), done.recalls as u64);
    for number in 1..=40 {
        assert_eq!(states(north, number, 0), ["withdrawn"]);
    }
    web.go(1);
    for number in 1..=40 {
        assert_eq!(states(south, number, 0), ["quarantined"]);
    }
    for one in all(south) {
        purge(south, &one.recall);
    }
    web.go(1);
    for one in all(north) {
        let south = one.members.iter().find(|one| one.member == SOUTH).unwrap();
        assert_eq!(south.state, "complied");
    }
    // Whoever was stopped half way names all of them again.
    let again = many(&web, &ids, &WRONG).unwrap();
    assert_eq!((again.recalls, again.gone_before), (0, 40), "{again:?}");
}

#[test]
fn a_list_with_something_else_than_ids_is_refused_whole_with_its_line() {
    let web = Web::pair();
    web.publish(0, 1, 0);
    let ids = [id(1), "note--1".to_owned()];
    let error = many(&web, &ids, &WRONG).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("nothing was recalled"), "{error}");
    assert_eq!(states(web.north(), 1, 0), ["live"]);
    let narrow = Wish::new(Scope::Narrow, Reason::Wrong);
    assert!(matches!(many(&web, &ids[..1], &narrow), Err(AppError::Invalid(_))));
    let reader = web.north().user("reader", &[Role::Analyst]);
    let denied = recall::issue_many(&web.north().app, &reader, &ids, &WRONG, &mut |_| {});
    assert!(matches!(denied, Err(AppError::Denied(_))));
}

#[test]
fn what_cannot_be_recalled_is_left_alone_with_the_reason_and_the_rest_is_recalled() {
    let web = Web::new(2, &[(0, 1)]);
    web.publish(0, 1, 0);
    web.publish(1, 2, 0);
    web.settle();
    let done = many(&web, &[id(2), id(9), id(1)], &WRONG).unwrap();
    assert_eq!((done.records, done.left_out), (1, 2), "{done:?}");
    assert!(done.why[0].contains("comity dispute") && done.why[1].contains("there is no record"), "{done:?}");
    assert_eq!(states(web.north(), 1, 0), ["withdrawn"]);
    assert_eq!(states(web.north(), 2, 0), ["live"], "of another originator than {NORTH}");
}

/// Where a version stands: its id, when it is from, its state, and why.
type Stand = (String, String, &'static str, String);

/// What becomes of records of every sort when they are recalled together, or one after the other: where everything stands at
/// both nodes and for which reason, and of how many records each was told.
fn ends(wish: &Wish<'_>, together: bool) -> (Vec<Stand>, i64) {
    let web = Web::pair();
    let (north, south) = (web.north(), web.south());
    // The first stands alone, the second has two versions, the third a file; the fourth was stopped before, and of the fifth
    // one version was taken back.
    for number in 1..=6 {
        web.publish(0, number, 0);
    }
    web.publish(0, 2, 1);
    web.publish(0, 5, 1);
    let added = attachment::add(&north.app, &north.operator(), &id(3), ("EXERCISE.txt", None), b"EXERCISE");
    assert!(added.is_ok(), "{added:?}");
    web.settle();
    let stop = Wish::new(Scope::Restrict, Reason::Wrong);
    let before = [issue(north, &id(4), &stop), issue(north, &format!("{}@{}", id(5), version(0)), &WRONG)];
    web.settle();
    let ids: Vec<String> = (1..=6).map(id).collect();
    if together {
        let done = many(&web, &ids, wish).unwrap();
        assert_eq!((done.left_out, done.gone_before), (0, 0), "{done:?}");
    } else {
        for one in &ids {
            issue(north, one, wish);
        }
    }
    web.settle();
    let told = all(north).into_iter().filter(|one| before.iter().all(|known| known.recall != one.recall));
    let told = told.flat_map(|one| one.members).map(|one| one.records).sum();
    let mut stand = Vec::new();
    for node in [north, south] {
        assert!(comity_app::ledger::verify(&node.app).unwrap().faults.is_empty());
        let all = node.place().open().read("test.stand", |tx| {
            let mut all = Vec::new();
            for one in collection::list(tx)? {
                all.extend(record::list(tx, &one.id, 0, 100)?);
            }
            Ok::<_, StoreError>(all)
        });
        for one in all.unwrap().into_iter().map(Stored::into_inner) {
            // Without the id of the recall, and that of a file.
            let why = one.reason.split(": recall--").next().unwrap().to_owned();
            let id = if one.key.id.starts_with("note--") { one.key.id } else { String::new() };
            stand.push((id, one.key.version, one.state.name(), why));
        }
    }
    stand.sort();
    (stand, told)
}

#[test]
fn what_becomes_of_many_records_is_the_same_together_and_one_by_one() {
    for wish in [WRONG, Wish::new(Scope::Restrict, Reason::Wrong)] {
        let (together, alone) = (ends(&wish, true), ends(&wish, false));
        assert_eq!(together, alone, "{:?}", wish.scope);
        assert!(together.0.len() > 16, "at both nodes: {together:?}");
    }
}
