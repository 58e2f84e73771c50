//! A program that brings other guards than the database was last used with.

use std::sync::Arc;

use comity_app::activate::{self, Wish};
use comity_app::proof::Means;
use comity_app::stix::Tlp;
use comity_app::{App, AppError, agreement, home, ledger};
use comity_store::{Location, Store, StoreError};
use comity_testkit::{Community, NOW_US, Place, Seat, SeededRandom};

use crate::paper::{at, id, note, with_marked_abstract};

const READER: &str = "Exercise reader";

#[test]
fn a_home_that_was_used_with_other_guards_opens_under_a_new_epoch_and_decides_again() {
    let community =
        Community::new(1, vec![Seat::member("Exercise host").node(Place::file()), Seat::member(READER)]);
    let node = community.node();
    assert_eq!(node.collection("Exercise"), "exercise");
    let reader = node.reader(READER, "exercise");
    let marked = with_marked_abstract(&note(1, 0, "a", None), Tlp::Red);
    node.publish("exercise", &at(Tlp::Green), &marked);
    node.publish("exercise", &at(Tlp::Red), &note(2, 0, "b", None));
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    let before = agreement::current(&node.app).unwrap();

    // What an older program would have left: the same rules under the hash of other guards.
    let Location::File(path) = node.place().location() else { panic!("a file was asked for") };
    let store = Store::open(&Location::File(path.clone()), NOW_US).unwrap();
    let foreign: [u8; 32] = [7; 32];
    store
        .write("foreign", |tx| {
            tx.exec("UPDATE policy SET policy = ?1, guards = ?1", &[foreign.into()])?;
            tx.exec("UPDATE epoch SET policy = ?1", &[foreign.into()])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();

    let app = node.second();
    let after = agreement::current(&app).unwrap();
    assert_eq!((after.epoch, after.digest), (before.epoch + 1, before.digest));
    assert_eq!(after.policy, before.policy, "the guards of this program are in force again");
    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    assert_eq!(ledger::verify(&app).unwrap().faults, Vec::<String>::new());
    assert_eq!(agreement::current(&node.second()).unwrap().epoch, after.epoch, "once");
}

/// Changes what the database holds, and opens the home again.
fn reopened_after(community: &Community, sql: &str, text: &str) -> Result<App, AppError> {
    let node = community.node();
    let Location::File(path) = node.place().location() else { panic!("a file was asked for") };
    let store = Store::open(&Location::File(path.clone()), NOW_US).unwrap();
    store
        .write("tamper", |tx| {
            tx.exec(sql, if text.is_empty() { vec![] } else { vec![text.into()] }.as_slice())?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    home::open(node.app.home(), community.clock.clone(), Arc::new(SeededRandom::new(3)))
}

fn refusal(refused: Result<App, AppError>) -> String {
    match refused {
        Err(AppError::Environment(why)) => why,
        Err(other) => panic!("{other:?}"),
        Ok(app) => panic!("epoch {} is in force", agreement::current(&app).unwrap().epoch),
    }
}

fn fresh() -> Community {
    Community::new(1, vec![Seat::member("Exercise host").node(Place::file()), Seat::member(READER)])
}

#[test]
fn local_policies_that_were_altered_in_the_database_never_come_into_force() {
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    let altered = refusal(reopened_after(&fresh(), "UPDATE policy SET body = ?1", everything));
    assert!(altered.contains("policies") && altered.contains("restore a backup"), "{altered}");
    // Saying that another program kept them does not help: their name says with which guards.
    let sql = "UPDATE policy SET body = ?1, guards = zeroblob(64)";
    let altered = refusal(reopened_after(&fresh(), sql, everything));
    assert!(altered.contains("altered"), "{altered}");
    let gone = refusal(reopened_after(&fresh(), "DELETE FROM policy", ""));
    assert!(gone.contains("missing"), "{gone}");
}

#[test]
fn an_agreement_that_was_altered_in_the_database_does_not_count() {
    let community = fresh();
    let mut other = community.agreement.clone();
    other.title = "EXERCISE of somebody else".into();
    let text = other.to_toml().unwrap();
    let app = reopened_after(&community, "UPDATE epoch SET body = ?1", &text);
    let altered = refusal(app.and_then(|app| agreement::current(&app).map(|_| app)));
    assert!(altered.contains("agreement") && altered.contains("altered"), "{altered}");
}

#[test]
fn invariants_that_were_altered_in_the_database_do_not_count() {
    let community = fresh();
    let node = community.node();
    let wish = Wish { inherit: true, ..Wish::default() };
    activate::run(&node.app, &node.operator(), wish, &Means::default()).unwrap();
    let other = r#"[["own.cedar", "@id(\"mine\") permit (principal, action, resource);"]]"#;
    let app = reopened_after(&community, "UPDATE activation SET invariants = ?1", other);
    let altered = refusal(app.and_then(|app| activate::rules(&app).map(|_| app)));
    assert!(altered.contains("invariants") && altered.contains("altered"), "{altered}");
}

#[test]
fn what_another_program_left_is_shown_as_not_proved_until_it_is_activated_again() {
    let community = fresh();
    let activated = |app: &App, community: &Community| {
        let wish = Wish { inherit: true, ..Wish::default() };
        activate::run(app, &community.node().operator(), wish, &Means::default()).unwrap();
        activate::rules(app).unwrap().is_proved
    };
    assert!(activated(&community.node().app, &community));
    let policy = agreement::current(&community.node().app).unwrap().policy;
    let foreign = "UPDATE policy SET policy = zeroblob(32), guards = zeroblob(32) WHERE policy =
                   (SELECT policy FROM epoch ORDER BY epoch DESC LIMIT 1)";
    assert!(refusal(reopened_after(&community, foreign, "")).contains("missing"));
    let proof = "UPDATE activation SET proof = replace(proof, ?1, hex(zeroblob(32)))";
    assert!(refusal(reopened_after(&community, proof, &policy)).contains("missing"));
    let app = reopened_after(&community, "UPDATE epoch SET policy = zeroblob(32)", "").unwrap();
    assert!(!activate::rules(&app).unwrap().is_proved);
    assert_eq!(activate::history(&app).unwrap().last().unwrap().solver, activate::NOT_PROVED);
    assert!(activated(&app, &community));
    assert_ne!(activate::history(&app).unwrap().last().unwrap().solver, activate::NOT_PROVED);
}
