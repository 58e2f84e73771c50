//! A program that brings other guards than the database was last used with.

use comity_app::agreement;
use comity_app::ledger;
use comity_app::stix::Tlp;
use comity_store::{Location, Store, StoreError};
use comity_testkit::{Community, NOW_US, Place, Seat};

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
