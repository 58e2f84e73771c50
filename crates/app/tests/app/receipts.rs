//! Signed receipts: what is known about who has what, and what nobody can say.

use std::collections::BTreeMap;

use comity_app::delivery::{self, DeliveryView, State};
use comity_app::handling::{self, Change};
use comity_app::model::{MemberKey, NotTaken, Receipt, RecordState, SignedMessage, Standing, Stated};
use comity_app::peer::{self, NewPeer};
use comity_app::serve::Query;
use comity_app::stix::Tlp;
use comity_app::{agreement, exchange};
use comity_testkit::comity_store::tables::{collection, outbox, record};
use comity_testkit::mesh::Fate;
use comity_testkit::{Community, Place, Seat};

use crate::exchange::{
    Desk, GUEST, NORTH, NORTH_URL, Pair, SOUTH, SOUTH_URL, digest, guest_key, leaves, meet, pull, served,
    signed, state,
};
use crate::fake::{Fake, plain};
use crate::paper::{at, id, note};

const WEST: &str = "Exercise west";
const EAST: &str = "Exercise east";
const LOST: &str = "Exercise outpost";

#[test]
fn a_page_that_came_is_confirmed_by_signature_in_one_message() {
    let pair = Pair::new();
    for number in 1..=3 {
        pair.publish(number);
    }
    let pulled = pull(pair.south()).remove(0);
    assert_eq!((pulled.received, pulled.unsaid.as_str()), (3, ""), "{pulled:?}");
    let views = delivery::of_member(&pair.north().app, SOUTH).unwrap();
    assert!(views.len() == 3 && views.iter().all(|view| view.state == State::Received), "{views:?}");
    let receipts = delivery::receipts(&pair.north().app, &views).unwrap();
    assert_eq!(receipts.len(), 1);
    let keys = &pair.community.agreement.find(SOUTH).unwrap().keys;
    receipts[0].verify(keys).unwrap();
    assert!(receipts[0].verify(&pair.community.agreement.find(NORTH).unwrap().keys).is_err());
    let mut told = receipts[0].read::<Receipt>().unwrap().got().to_vec();
    told.sort();
    let mut sent = vec![digest(1), digest(2), digest(3)];
    sent.sort();
    assert_eq!(told, sent);
    assert_eq!(pull(pair.south())[0].unchanged, 0, "nothing new came");
    assert_eq!(leaves(pair.north(), "receipt.received"), 1, "so there is nothing to say");
}

#[test]
fn g1_who_got_what_is_known_with_the_reason() {
    let others = vec![
        Seat::member(WEST),
        Seat::member(EAST).standing(Standing::Observer),
        Seat::member(LOST),
        Seat::member(GUEST),
    ];
    let mut pair = Pair::with(others);
    pair.community.amend_member(GUEST, |member| member.keys = vec![guest_key().public()]);
    let (north, excluded) = (pair.north(), pair.community.id(EAST));
    let stated = Stated { exclude: [excluded].into(), ..at(Tlp::Green) };
    north.publish("reports", &stated, &note(1, 0, "paper", Some(Tlp::Green)));
    pull(pair.south());
    let west = north.reader(WEST, "reports");
    assert_eq!(north.stream(&west, "reports", &Query::default(), 10).len(), 1);
    for member in [GUEST, EAST] {
        let _key = north.reader(member, "reports");
    }
    let mut known: BTreeMap<String, State> = delivery::of_record(&north.app, &id(1))
        .unwrap()
        .into_iter()
        .map(|view| (view.member, view.state))
        .collect();
    let without = delivery::without(&north.app, &id(1)).unwrap();
    assert!(without.iter().all(|one| !one.why.is_empty()));
    known.extend(without.into_iter().map(|one| (one.member, one.state)));
    let expected = [
        (SOUTH, State::Received),
        (WEST, State::Told),
        (GUEST, State::Waiting),
        (LOST, State::NoKey),
        (EAST, State::Withheld),
    ];
    assert_eq!(known, expected.map(|(name, state)| (name.to_owned(), state)).into());
}

#[test]
fn what_could_not_be_taken_is_told_with_a_code_and_no_text() {
    let mut pair = Pair::new();
    let mut other = pair.community.agreement.clone();
    other.version += 1;
    let new = MemberKey::from_seed([3; 32]).public();
    other.members.iter_mut().filter(|one| one.name == NORTH).for_each(|one| one.keys = vec![new]);
    let south = pair.south();
    agreement::import(&south.app, &south.operator(), &other.to_toml().unwrap()).unwrap();
    pair.publish(1);
    assert_eq!(pull(south)[0].refused, 1);
    let view = delivery::of_record(&pair.north().app, &id(1)).unwrap().remove(0);
    assert_eq!((view.state, view.why.as_str()), (State::Refused, "unknown-key"));
    let said = delivery::receipts(&pair.north().app, &[view]).unwrap().remove(0).to_json().unwrap();
    let told = &peer::list(&south.app).unwrap()[0].refused[0].reason;
    assert!(told.contains("is not among the keys of"), "{told}");
    assert!(!said.contains("among") && said.contains(r#""reason":"unknown-key""#), "{said}");
    pair.community.amend(|agreement| agreement.version += 1);
    assert_eq!(pull(pair.south())[0].received, 1, "under the right agreement it is pulled again");
    assert_eq!(state(pair.north(), 1, SOUTH), State::Received, "what was said later holds");
}

#[test]
fn what_was_taken_back_here_is_told_as_such() {
    let pair = Pair::new();
    pair.publish(1);
    pull(pair.south());
    let store = pair.south().place().open();
    store
        .write("test.withdraw", |tx| {
            let here = collection::list(tx)?;
            let all = record::of_id(tx, &id(1), None, None)?;
            assert!(here.len() == 2 && all.len() == 1);
            let one = all[0].peek();
            record::set_state(tx, &one.key.collection, one.seq, RecordState::Withdrawn, "EXERCISE")
        })
        .unwrap();
    let north = pair.north();
    let change = Change { onward: Some(true), ..Change::default() };
    handling::change(&north.app, &north.operator(), &id(1), &change).unwrap();
    assert_eq!(pull(pair.south())[0].refused, 1);
    let views = delivery::of_record(&north.app, &id(1)).unwrap();
    let is_told = |view: &DeliveryView| (view.state, view.why.as_str()) == (State::Refused, "withdrawn");
    assert!(views.len() == 2 && views.iter().all(is_told), "{views:?}");
}

#[test]
fn a_record_that_comes_back_to_its_originator_is_confirmed_too() {
    let pair = Pair::new();
    pair.publish(1);
    pull(pair.south());
    let (north, south) = (pair.north(), pair.south());
    let all = comity_app::collection::list(&south.app).unwrap();
    let pulled = all.iter().find(|one| one.alias != "reports").unwrap();
    north.befriend(south, "south", SOUTH_URL, &pulled.alias);
    let back = comity_app::pull::run(&north.app, &north.operator(), None, None, None, &mut |_| {}).unwrap();
    assert_eq!((back[0].own, back[0].refused), (1, 0), "{back:?}");
    assert_eq!(state(south, 1, NORTH), State::Received);
}

#[test]
fn a_receipt_speaks_of_what_was_delivered_to_its_signer_and_of_nothing_else() {
    let mut desk = Desk::new();
    let node = desk.node();
    // A record that is there, and that the guest was never served.
    node.publish("reports", &at(Tlp::Green), &note(4, 0, "paper", Some(Tlp::Green)));
    let south = node.reader(SOUTH, "reports");
    assert_eq!(node.stream(&south, "reports", &Query::default(), 10).len(), 4);
    let both = Receipt::over(&BTreeMap::from([(digest(1), None), (digest(4), None)])).remove(0);
    let standing = desk.send(&[signed(desk.message("both", &both))]);
    assert_eq!(standing.fault, "message 1: not-delivered");
    assert_eq!(desk.state(1), State::Delivered, "it is refused as a whole");
    assert_eq!(leaves(desk.node(), "receipt.received"), 0);
    desk.send(&[signed(desk.receipt(1))]);
    assert_eq!(desk.state(1), State::Received);
    assert_eq!(state(desk.node(), 1, SOUTH), State::Told, "and of nobody else");
}

#[test]
fn what_was_said_later_holds_in_whatever_order_it_comes() {
    let mut desk = Desk::new();
    let first = desk.message("first", &served(1, Some(NotTaken::UnknownKey)));
    let second = desk.message("second", &served(1, None));
    desk.send(&[signed(second)]);
    assert_eq!(desk.state(1), State::Received);
    desk.send(&[signed(first)]);
    assert_eq!(desk.state(1), State::Received);
    let third = desk.message("third", &served(1, Some(NotTaken::Erased)));
    desk.send(&[signed(third)]);
    let view = delivery::of_record(&desk.node().app, &id(1)).unwrap().remove(0);
    assert_eq!((view.state, view.why.as_str()), (State::Refused, "erased"));
}

#[test]
fn without_a_receipt_in_time_a_delivery_is_late() {
    let mut desk = Desk::new();
    assert_eq!(desk.state(1), State::Delivered);
    desk.community.clock.advance_seconds(24 * 3_600 - 60);
    assert_eq!(desk.state(1), State::Delivered);
    desk.community.clock.advance_seconds(120);
    assert_eq!(desk.state(1), State::Late);
    desk.community.amend(|agreement| agreement.clocks.receipt_hours = Some(48));
    assert_eq!(desk.state(1), State::Delivered);
    desk.community.clock.advance_seconds(24 * 3_600);
    assert_eq!(desk.state(1), State::Late);
    desk.send(&[signed(desk.receipt(1))]);
    assert_eq!(desk.state(1), State::Received, "a late receipt is one");
}

#[test]
fn a_page_without_envelopes_is_not_confirmed() {
    let mut community = Community::new(8, vec![Seat::member(NORTH).node(Place::file()), Seat::member(GUEST)]);
    community.amend_member(GUEST, |member| member.keys = vec![guest_key().public()]);
    let node = community.node();
    let fake = Fake::pages(|_| plain(&[note(1, 0, "paper", Some(Tlp::Green))], "").last(1));
    let (url, member) = (fake.url(), community.id(GUEST));
    let new = NewPeer {
        name: "plain",
        url: &url,
        member: member.as_str(),
        login: "u",
        secret: "s",
        authority: None,
    };
    peer::add(&node.app, &node.operator(), &new).unwrap();
    let pulled = pull(node).remove(0);
    assert_eq!((pulled.received, pulled.unsaid.as_str()), (1, ""), "{pulled:?}");
    let left = node.place().open().read("test.left", |tx| outbox::left(tx, &member, 0)).unwrap();
    assert_eq!(left, 0);
    let met = meet(node);
    assert!(met.plain && met.failure.is_empty(), "{met:?}");
    assert_eq!(exchange::standings(&node.app).unwrap(), []);
}

#[test]
fn a_receipt_is_the_same_for_whoever_checks_it_later() {
    let mut desk = Desk::new();
    desk.send(&[signed(desk.receipt(1))]);
    let views = delivery::of_record(&desk.node().app, &id(1)).unwrap();
    let receipt = delivery::receipts(&desk.node().app, &views).unwrap().remove(0);
    let read = SignedMessage::from_json(&serde_json::to_string_pretty(&receipt).unwrap()).unwrap();
    read.verify(&[guest_key().public()]).unwrap();
    assert_eq!(read.read::<Receipt>().unwrap(), served(1, None));
    // When the member replaces its key, what it signed before stays.
    desk.community.amend_member(GUEST, |member| member.keys = vec![MemberKey::from_seed([9; 32]).public()]);
    assert_eq!(desk.state(1), State::Received);
}

#[test]
fn a_node_with_the_peers_address_changed_says_what_it_had_to_say_there() {
    let pair = Pair::new();
    pair.publish(1);
    pair.exchanges(Fate::Lost);
    pull(pair.south());
    pair.mesh.calm();
    let south = pair.south();
    peer::remove(&south.app, &south.operator(), "north").unwrap();
    south.befriend(pair.north(), "north-again", NORTH_URL, "reports");
    assert_eq!(meet(south).given, 1);
    assert_eq!(state(pair.north(), 1, SOUTH), State::Received);
}
