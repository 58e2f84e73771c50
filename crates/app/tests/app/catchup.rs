//! Nodes that were put back to an older state: they hear what they missed before they work, and their ledgers go on under
//! another name.

use std::fs;

use comity_app::catchup::{self, CaughtUp};
use comity_app::{
    Actor, AppError, Role, backup, collection, explain, ledger, person, proposal, serve, witness,
};

use crate::witness::{NAMES, NORTH, SOUTH, Three, WEST, grow, meet, run, size, url};

/// What a node that catches up still waits for, by the name of the member.
fn outstanding(caught: &CaughtUp) -> Vec<&str> {
    caught.outstanding.iter().map(|one| one.member.as_str()).collect()
}

#[test]
fn a_restored_node_hands_out_and_takes_in_nothing_until_it_has_heard_everybody_whom_it_knew() {
    let three = Three::new();
    let reader = three.reader(SOUTH, NORTH);
    let file = three.backup(NORTH);
    let known = size(&three.node(NORTH).app);
    grow(&three.node(NORTH).app, 4);
    meet(&three.node(NORTH).app, SOUTH);
    three.community.clock.advance_seconds(3_600);
    let app = three.restored(NORTH, &file);
    let operator = person::actor(&app, None).unwrap();
    assert_eq!(catchup::state(&app).unwrap().unwrap().why, "restored");

    let page = serve::page(&app, &reader, "exercise", &serve::Query::default());
    assert!(matches!(&page, Err(AppError::NotNow(why)) if why.contains("catch-up")), "{page:?}");
    let listed = serve::manifest(&app, &reader, "exercise", &serve::Query::default());
    assert!(matches!(listed, Err(AppError::NotNow(_))));
    let added = collection::add(&app, &operator, "EXERCISE", None);
    assert!(matches!(added, Err(AppError::NotNow(_))), "{added:?}");
    assert_eq!(explain::records(&app, None).unwrap().len(), 0, "its own people can look");

    three.mesh.leave(&url(WEST));
    let caught = catchup::run(&app, &operator, &[], "").unwrap();
    assert!(!caught.done);
    assert_eq!(outstanding(&caught), [NAMES[WEST]]);
    assert!(serve::page(&app, &reader, "exercise", &serve::Query::default()).is_err());
    let officer = person::actor(&app, None).map(|one| Actor { roles: [Role::ReleaseOfficer].into(), ..one });
    assert!(matches!(catchup::run(&app, &officer.unwrap(), &[], ""), Err(AppError::Denied(_))));
    let nobody = vec!["EXERCISE nobody".to_owned()];
    assert!(matches!(catchup::run(&app, &operator, &nobody, "EXERCISE"), Err(AppError::NotFound(_))));
    let west = vec![NAMES[WEST].to_owned()];
    assert!(matches!(catchup::run(&app, &operator, &west, ""), Err(AppError::Invalid(_))), "a reason");

    three.mesh.join(&url(WEST), &three.node(WEST).app);
    let caught = catchup::run(&app, &operator, &[], "").unwrap();
    assert!(caught.done, "{caught:?}");
    assert_eq!(catchup::state(&app).unwrap(), None);
    assert!(serve::page(&app, &reader, "exercise", &serve::Query::default()).is_ok());
    grow(&app, 1);
    assert!(matches!(catchup::run(&app, &operator, &[], ""), Err(AppError::Conflict(_))), "once");
    let verified = ledger::verify(&app).unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    assert_eq!(verified.kinds.get("ledger.continued"), Some(&1));
    assert!(size(&app) > known);
}

#[test]
fn a_member_that_is_gone_is_not_waited_for_when_its_people_say_so() {
    let three = Three::new();
    let file = three.backup(NORTH);
    three.community.clock.advance_seconds(60);
    let app = three.restored(NORTH, &file);
    let operator = person::actor(&app, None).unwrap();
    three.mesh.leave(&url(WEST));
    let west = vec![NAMES[WEST].to_owned()];
    let caught = catchup::run(&app, &operator, &west, "EXERCISE its node burnt down").unwrap();
    assert!(caught.done, "{caught:?}");
    assert_eq!(ledger::verify(&app).unwrap().kinds.get("node.caught-up"), Some(&1));
}

#[test]
fn a_restored_ledger_goes_on_under_another_name_that_witnesses_accept_when_it_begins_with_what_they_saw() {
    let three = Three::new();
    let before = three.view(NORTH, SOUTH);
    let file = three.backup(NORTH);
    three.community.clock.advance_seconds(3_600);
    grow(&three.node(NORTH).app, 4);
    meet(&three.node(NORTH).app, SOUTH);
    let lost = three.view(NORTH, SOUTH).size;
    three.community.clock.advance_seconds(3_600);
    let app = three.restored(NORTH, &file);
    let operator = person::actor(&app, None).unwrap();
    assert!(catchup::run(&app, &operator, &[], "").unwrap().done);
    grow(&app, 1);
    meet(&app, SOUTH);
    meet(&app, SOUTH);
    let after = three.view(NORTH, SOUTH);
    assert!(after.log.starts_with(&format!("{}/", before.log)), "{}", after.log);
    assert_eq!((after.fault.as_str(), after.size), ("", size(&app)), "it is signed");
    // What South had seen beyond the backup is lost, and people look into that; West had seen no more.
    assert!(after.alarm.starts_with("open rolled-back"), "{}", after.alarm);
    meet(&app, WEST);
    assert_eq!((three.alarms(SOUTH), three.alarms(WEST)), (1, 0));
    assert_eq!(three.view(NORTH, WEST).alarm, "");
    let kinds = ledger::verify(&three.node(SOUTH).app).unwrap().kinds;
    assert_eq!(kinds.get("ledger.taken-up"), Some(&1), "that {lost} leaves were seen stands in its ledger");
    // What was proved before is proved: the leaves are the same.
    let proof = ledger::witnessed_proof(&app, 2).unwrap();
    assert!(proof.is_some());
    // The same backup once more: another name again, and no second history under one.
    drop(app);
    fs::remove_dir_all(three.node(NORTH).folder().join("restored")).unwrap();
    three.community.clock.advance_seconds(60);
    let third = three.restored(NORTH, &file);
    assert!(catchup::run(&third, &person::actor(&third, None).unwrap(), &[], "").unwrap().done);
    let again = three.view(NORTH, WEST);
    assert!(again.log.starts_with(&format!("{}/", before.log)) && again.log != after.log, "{}", again.log);
    assert!(!again.alarm.contains("split-view"), "{}", again.alarm);
}

#[test]
fn a_ledger_that_goes_on_and_does_not_begin_with_what_was_seen_of_the_one_before_is_an_alarm() {
    let three = Three::new();
    let copy = three.copied(NORTH);
    three.community.clock.advance_seconds(3_600);
    grow(&three.node(NORTH).app, 2);
    meet(&three.node(NORTH).app, SOUTH);
    three.community.clock.advance_seconds(3_600);
    // Another history, from before what South has seen; then it says that it was restored at its end.
    grow(&copy, 9);
    let file = copy.home().join("backup.db");
    backup::write(&copy, &person::actor(&copy, None).unwrap(), &file).unwrap();
    let app = three.restored(NORTH, &file);
    for _ in 0..6 {
        let _ = run(&app, Some(SOUTH));
    }
    assert_eq!(three.alarms(SOUTH), 1);
    assert!(three.view(NORTH, SOUTH).alarm.starts_with("open split-view"), "{:?}", three.view(NORTH, SOUTH));
}

#[test]
fn an_old_copy_of_a_home_stops_at_its_first_meeting_and_goes_on_when_its_people_take_it_up() {
    let three = Three::new();
    let copy = three.copied(NORTH);
    grow(&three.node(NORTH).app, 3);
    meet(&three.node(NORTH).app, SOUTH);
    assert_eq!(catchup::state(&copy).unwrap(), None, "it cannot know");
    meet(&copy, SOUTH);
    assert_eq!(catchup::state(&copy).unwrap().unwrap().why, "rolled-back");
    let operator = person::actor(&copy, None).unwrap();
    assert!(matches!(collection::add(&copy, &operator, "EXERCISE", None), Err(AppError::NotNow(_))));
    assert!(matches!(catchup::run(&copy, &operator, &[], ""), Err(AppError::Conflict(_))), "open it again");
    let home = copy.home().to_owned();
    let again = three.open(&home, three.node(NORTH));
    assert!(catchup::run(&again, &operator, &[], "").unwrap().done);
    grow(&again, 1);
    let stale = person::add(&copy, &operator, "stale", &[Role::Auditor], &[]);
    assert!(matches!(&stale, Err(AppError::NotNow(why)) if why.contains("start it again")), "{stale:?}");
    meet(&again, SOUTH);
    let view = three.view(NORTH, SOUTH);
    assert!(view.log.matches('/').count() == 2 && view.fault.is_empty(), "{view:?}");
    assert!(view.alarm.starts_with("open rolled-back"), "three leaves are lost: {view:?}");
    // The alarm is about the name before; people name the ledger as it is listed.
    let south = three.node(SOUTH);
    let asked = witness::propose_clear(&south.app, &south.operator(), &view.log, "EXERCISE a copy").unwrap();
    let second = south.user("second", &[Role::Administrator]);
    proposal::approve(&south.app, &second, &asked.id).unwrap();
    assert_eq!(three.view(NORTH, SOUTH).alarm, "");
}

#[test]
fn a_node_that_learns_while_it_catches_up_that_it_is_an_old_copy_does_not_go_on() {
    let three = Three::new();
    let file = three.backup(NORTH);
    three.community.clock.advance_seconds(60);
    let first = three.restored(NORTH, &file);
    assert!(catchup::run(&first, &person::actor(&first, None).unwrap(), &[], "").unwrap().done);
    grow(&first, 3);
    meet(&first, SOUTH);
    let name = first.ledger_vkey().to_owned();
    drop(first);
    fs::remove_dir_all(three.node(NORTH).folder().join("restored")).unwrap();
    // The same backup in the same second: the one case in which a name comes twice.
    let again = three.restored(NORTH, &file);
    assert_eq!(again.ledger_vkey(), name);
    let operator = person::actor(&again, None).unwrap();
    let caught = catchup::run(&again, &operator, &[], "");
    assert!(matches!(&caught, Err(AppError::NotNow(why)) if why.contains("old copy")), "{caught:?}");
    assert_eq!(catchup::state(&again).unwrap().unwrap().why, "rolled-back");
}
