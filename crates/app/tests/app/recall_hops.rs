//! Recalls over members that pass records on, that are switched off, or that were put back to an older state.

use std::sync::Arc;

use comity_app::model::recall::{Reason, Scope};
use comity_app::recall::{self, How, Wish};
use comity_app::{AppError, backup, exchange, home, ledger};
use comity_testkit::mesh::Ways;
use comity_testkit::{Node, SeededRandom};

use crate::exchange::leaves;
use crate::paper::id;
use crate::recall::{NORTH, SOUTH, WEST, Web, all, holder, issue, one, purge, states, take_back, url};

#[test]
fn an_onward_holder_is_told_by_the_hop_and_counted_by_the_issuer() {
    let web = Web::new(3, &[(1, 0), (2, 1)]);
    web.publish(0, 1, 0);
    web.settle();
    let issued = take_back(web.north(), 1);
    web.go(1);
    web.go(2);
    assert_eq!(states(web.node(2), 1, 0), ["quarantined"], "West never spoke with North");
    purge(web.south(), &issued.recall);
    web.go(1);
    let waiting = holder(web.north(), &issued.recall, SOUTH);
    assert_eq!(
        (waiting.state, waiting.onward),
        ("partly", (1, 1)),
        "South is done, and West behind it is not"
    );
    purge(web.node(2), &issued.recall);
    web.settle();
    let done = holder(web.north(), &issued.recall, SOUTH);
    assert_eq!((done.state, done.onward), ("complied", (1, 0)));
    assert_eq!(one(web.north(), &issued.recall).members.len(), 1, "who is behind South is South's to know");
    assert_eq!(holder(web.south(), &issued.recall, WEST).state, "complied");
    assert_eq!(one(web.node(2), &issued.recall).by, NORTH, "the recall is North's, whoever brings it");
}

#[test]
fn a_recall_that_is_not_to_be_passed_on_stays_with_the_first_holders() {
    let web = Web::new(3, &[(1, 0), (2, 1)]);
    web.publish(0, 1, 0);
    web.settle();
    let wish = Wish { cascade: false, ..Wish::new(Scope::Withdraw, Reason::ReleasedInError) };
    issue(web.north(), &id(1), &wish);
    web.settle();
    assert_eq!(
        (states(web.south(), 1, 0), states(web.node(2), 1, 0)),
        (vec!["quarantined".into()], vec!["live".into()])
    );
}

#[test]
fn a_circle_of_members_ends() {
    // South, West and East pull in a circle, and all of them from North.
    let web = Web::new(4, &[(1, 0), (2, 0), (3, 0), (1, 3), (2, 1), (3, 2)]);
    web.publish(0, 1, 0);
    web.settle();
    let issued = take_back(web.north(), 1);
    web.settle();
    for at in 1..4 {
        assert!(states(web.node(at), 1, 0).iter().all(|state| state == "quarantined"));
        purge(web.node(at), &issued.recall);
    }
    web.settle();
    web.settle();
    let members = one(web.north(), &issued.recall).members;
    assert_eq!(members.len(), 3);
    assert!(members.iter().all(|one| one.state == "complied" && one.onward.1 == 0), "{members:?}");
    let said: u64 = (1..4).map(|at| leaves(web.node(at), "recall.answered")).sum();
    web.settle();
    let later: u64 = (1..4).map(|at| leaves(web.node(at), "recall.answered")).sum();
    assert_eq!(said, later, "nobody talks on");
}

#[test]
fn a_newer_recall_supersedes_and_an_older_answer_changes_nothing() {
    let web = Web::new(2, &[(1, 0)]);
    web.publish(0, 1, 0);
    web.settle();
    let (north, south) = (web.north(), web.south());
    let first = issue(north, &id(1), &Wish::new(Scope::Restrict, Reason::Complaint));
    web.settle();
    // South decides about the first one while North replaces it.
    recall::comply(&south.app, &south.operator(), &first.recall, None, How::Hold { ground: "EXERCISE" })
        .unwrap();
    let wish = Wish { supersedes: Some(&first.recall), ..Wish::new(Scope::Withdraw, Reason::Wrong) };
    let second = issue(north, &id(1), &wish);
    web.settle();
    assert_eq!(holder(north, &first.recall, SOUTH).state, "superseded");
    assert_eq!(holder(north, &second.recall, SOUTH).state, "acknowledged");
    assert!(!one(south, &first.recall).in_force && one(south, &second.recall).in_force);
    let late = recall::comply(&south.app, &south.operator(), &first.recall, None, How::Purge);
    assert!(matches!(late, Err(AppError::Conflict(_))), "{late:?}");
    purge(south, &second.recall);
    web.settle();
    assert_eq!(holder(north, &second.recall, SOUTH).state, "complied");
    // What was taken back is not given back by a restriction that can be lifted.
    let wish = Wish { supersedes: Some(&second.recall), ..Wish::new(Scope::Restrict, Reason::Other) };
    let failed = recall::issue(&north.app, &north.operator(), &id(1), &wish);
    assert!(
        matches!(&failed, Err(AppError::Conflict(text)) if text.contains("not given back")),
        "{failed:?}"
    );
}

/// Puts a node back to a backup, behind the same address.
fn restore(web: &mut Web, at: usize, file: &std::path::Path) {
    let node: &mut Node = &mut web.community.nodes[at];
    let home = node.folder().join("restored");
    let random = || Arc::new(SeededRandom::new(77));
    let keys = node.app.home().join("keys");
    let database = format!("sqlite:{}", node.folder().join("restored.db").display());
    backup::restore(file, &home, Some(&database), Some(&keys), node.clock().clone(), random()).unwrap();
    let ways = Arc::new(Ways(Arc::clone(&web.mesh)));
    let limits = node.app.limits().clone();
    node.app = home::open_on(&home, node.clock().clone(), random(), limits, ways).unwrap();
    web.mesh.join(&url(at), &node.app);
}

#[test]
fn a_restored_holder_applies_it_again() {
    let mut web = Web::new(2, &[(1, 0)]);
    web.publish(0, 1, 0);
    web.settle();
    let file = web.south().folder().join("backup.db");
    backup::write(&web.south().app, &web.south().operator(), &file).unwrap();
    let issued = take_back(web.north(), 1);
    web.settle();
    purge(web.south(), &issued.recall);
    web.settle();
    assert_eq!(holder(web.north(), &issued.recall, SOUTH).state, "complied");
    restore(&mut web, 1, &file);
    assert_eq!(states(web.south(), 1, 0), ["live"], "the backup is older than the recall");
    web.community.clock.advance_seconds(60);
    web.settle();
    assert_eq!(states(web.south(), 1, 0), ["quarantined"]);
    assert_eq!(
        holder(web.north(), &issued.recall, SOUTH).state,
        "acknowledged",
        "and it has to decide again"
    );
    purge(web.south(), &issued.recall);
    web.settle();
    assert_eq!(holder(web.north(), &issued.recall, SOUTH).state, "complied");
}

#[test]
fn a_restored_issuer_gets_its_own_recalls_back() {
    let mut web = Web::new(2, &[(1, 0)]);
    web.publish(0, 1, 0);
    web.publish(0, 2, 0);
    web.settle();
    let file = web.north().folder().join("backup.db");
    backup::write(&web.north().app, &web.north().operator(), &file).unwrap();
    let first = take_back(web.north(), 1);
    web.settle();
    purge(web.south(), &first.recall);
    web.settle();
    restore(&mut web, 0, &file);
    assert_eq!((states(web.north(), 1, 0), all(web.north()).len()), (vec!["live".into()], 0));
    web.community.clock.advance_seconds(60);
    web.settle();
    assert_eq!(states(web.north(), 1, 0), ["withdrawn"]);
    assert_eq!(holder(web.north(), &first.recall, SOUTH).state, "complied", "with the answer that was given");
    // It goes on numbering behind what it said.
    let second = take_back(web.north(), 2);
    web.settle();
    purge(web.south(), &second.recall);
    web.settle();
    assert_eq!(holder(web.north(), &second.recall, SOUTH).state, "complied");
    assert_eq!(ledger::verify(&web.south().app).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_delegate_recalls_for_its_originator_who_learns_of_it() {
    let mut web = Web::new(3, &[(1, 0), (2, 1), (0, 1)]);
    web.community.amend(|_| {});
    let delegate = web.community.id(SOUTH);
    let stated = comity_app::model::Stated { delegates: [delegate].into(), ..crate::recall::onward() };
    let text = crate::paper::note(1, 0, "paper 1", Some(comity_app::stix::Tlp::Green));
    web.north().publish("reports", &stated, &text);
    web.settle();
    let issued = take_back(web.south(), 1);
    assert!(issued.told.contains(&NORTH.to_owned()) && issued.told.contains(&WEST.to_owned()), "{issued:?}");
    web.settle();
    assert_eq!(one(web.north(), &issued.recall).says, "delegate");
    for at in 0..3 {
        assert_eq!(states(web.node(at), 1, 0), ["quarantined"], "{at}");
    }
    let failed = recall::issue(
        &web.node(2).app,
        &web.node(2).operator(),
        &id(1),
        &Wish::new(Scope::Withdraw, Reason::Wrong),
    );
    assert!(matches!(failed, Err(AppError::Denied(_))), "{failed:?}");
}

#[test]
fn an_exchange_without_news_says_nothing_more_about_recalls() {
    let web = Web::new(2, &[(1, 0)]);
    web.publish(0, 1, 0);
    web.settle();
    take_back(web.north(), 1);
    web.settle();
    let met = exchange::run(&web.south().app, &web.south().operator(), None).unwrap().remove(0);
    assert_eq!((met.given, met.taken, met.refused, met.waiting, met.left), (0, 0, 0, 0, 0), "{met:?}");
}
